#!/usr/bin/env python3
"""TAP: source.py [TREE]: what the C sources keep to, beyond the compilers: why state outlives a call, who may end the
program, which test is a part's own, that comments stand by themselves, that functions name their part. Object files are
looked for in TREE/build.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Parts that may end the program: what ends it for the tools, and where nothing could go on; serve/apart ends processes
# that it has forked itself.
ENDING = {"base/" + part for part in ("diag", "problem", "mem", "pool", "output", "spill", "input")} | {"serve/apart"}
ENDS = re.compile(r"(?<![\w.>])(exit|_exit|_Exit|quick_exit|abort|diag_die\w*|problem_die|problem_check)\s*\(")
CITES = re.compile(r"\b(DESIG" r"N|STYL" r"E)\b")  # documents that are not in the repository


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text):
    """The text with its comments and strings blank, lines as they were."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda found: re.sub(r"[^\n]", " ", found.group()), text,
                  flags=re.S)


def ends():
    for path in glob.glob("common/**/*.[ch]", recursive=True):
        if os.path.splitext(path)[0][len("common/"):] not in ENDING:
            text = read(path)
            for number, (line, bare) in enumerate(zip(text.split("\n"), without_comments(text).split("\n")), 1):
                if ENDS.search(bare):
                    yield "%s:%d: only cmd/ ends the program: %s" % (path, number, line.strip())


def explained(text, name):
    """Whether the definition of the variable has a comment on its line or above it, or above its neighbours."""
    lines, bare = text.split("\n"), without_comments(text).split("\n")
    defines = re.compile(r"(\s*static\b|\}|\w)[^(]*\b%s\b[^(]*[;=]" % name)
    at = next((i for i, line in enumerate(bare) if defines.match(line)), -1)
    while at >= 0 and bare[at].startswith(("}", " ")) and "static" not in bare[at]:
        at -= 1  # to the beginning of a struct
    while at >= 0 and "/*" not in lines[at] and bare[at].lstrip().startswith("static "):
        at -= 1
    return at >= 0 and ("/*" in lines[at] or lines[at].rstrip().endswith("*/"))


def state():
    for path in glob.glob("build/common/**/*.o", recursive=True):
        source = path[len("build/"):-1] + "c"
        if not os.path.exists(source):
            continue  # left over
        text = read(source)
        table = subprocess.run(["objdump", "-t", path], capture_output=True, text=True, check=True).stdout
        for section, name in re.findall(r" O (\S+)\s+\S+ (\w+)(?:\.\d+)?$", table, flags=re.M):
            if re.match(r"\.t?(bss|data)\b(?!\.rel\.ro)|\*COM\*", section) and not name.startswith("__compound"):
                if not explained(text, name):
                    yield "%s: %s outlives a call, and no comment there says why" % (source, name)


def cites():
    folders = ("common", "cmd", "tests", "scripts", ".ci", "man")
    paths = [path for folder in folders for path in glob.glob(folder + "/**", recursive=True) if os.path.isfile(path)]
    for path in paths + glob.glob("Makefile") + glob.glob("*.md"):
        if not path.startswith("tests/golden/") and "/corpus/" not in path:
            for number, line in enumerate(read(path).split("\n"), 1):
                if CITES.search(line):
                    yield "%s:%d: cites what is not here: %s" % (path, number, line.strip())


def untested():
    for path in glob.glob("common/**/*.h", recursive=True):
        part, folder = re.sub(r"(_inner)?\.h$", "", os.path.basename(path)), os.path.dirname(path)
        above = [folder.rsplit("/", up)[0] if up else folder for up in range(folder.count("/"))]
        notes = "".join(read(up + "/README.md") for up in above if os.path.exists(up + "/README.md"))
        named = re.search(r"\b%s(_inner)?\b|the other `\*_inner\.h`" % part, notes) and "test" in notes
        if not os.path.exists("tests/unit/test_%s.c" % part) and not named:
            yield "%s: no tests/unit/test_%s.c, and no README.md says which test is its own" % (path, part)


def declared(path):
    """The names of the functions that a header declares or defines."""
    text = re.sub(r"^[ \t]*#(?:.*\\\n)*.*", "", without_comments(read(path)), flags=re.M)
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)(?=[;\s])", "", text)
    while re.search(r"\{[^{}]*\}", text):
        text = re.sub(r"\{[^{}]*\}", ";", text)
    for statement in text.split(";"):
        found = re.match(r"\s*(?!typedef)(?:\w[\w\s*]*[\s*])(\w+)\s*\(", statement)
        if found:
            yield found.group(1)


def prefixes():
    for path in glob.glob("common/**/*.h", recursive=True):
        folder = os.path.dirname(path)
        own = set(folder.split("/")[1:]) | {re.sub(r"(_inner)?\.h$", "", os.path.basename(path))}
        for header in glob.glob(folder + "/*.h"):
            own |= set(re.findall(r"^(?:typedef )?(?:struct|union|enum) (\w+)(?= \{|;)", without_comments(read(header)),
                                  flags=re.M))
        for name in declared(path):
            if not any(re.match(prefix + "s?(_|$)", name) for prefix in own):
                yield "%s: %s has not the name of its part, its folder or a type of it in front" % (path, name)


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else ROOT)
    checks = (("only cmd/ ends the program", ends), ("state that outlives a call says why", state),
              ("comments cite nothing that is not here", cites), ("each part has a test of its own", untested),
              ("functions carry their part's prefix", prefixes))
    print("1..%d" % len(checks))
    failed = False
    for number, (name, check) in enumerate(checks, 1):
        wrong = sorted(check())
        print("%s %d - %s" % ("not ok" if wrong else "ok", number, name))
        print("".join("# %s\n" % line for line in wrong), end="", flush=True)
        failed = failed or bool(wrong)
    return failed


if __name__ == "__main__":
    sys.exit(main())
