#!/usr/bin/env python3
"""TAP: every example of the man pages runs. (tests/kafka runs those that need a broker, with --brokers.)

Each `.Bd -literal` block of man/*.[1-8] is one example, and so is each run of `.Dl` lines under EXAMPLES.
Lines that begin with `$ ` are commands and the lines behind each its expected output (a command goes on while a quote
is open, or behind a backslash or a |); what stands before the first of them is not run; a block without such lines is
one shell script. An example has to end with status 0, unless a comment before it says `.\\" status N`.
`.\\" no command` says that there is nothing to run; `.\\" not run: REASON` leaves an example out, and
`.\\" needs COMMAND` does where there is no such command: both are reported as skipped. Examples run in order in one
folder per page, which holds the sample data.
"""
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ESCAPES = {
    "\\e": "\\", "\\&": "", "\\-": "-", "\\(aq": "'", "\\(dq": '"', "\\(ga": "`", "\\(ha": "^", "\\(ti": "~",
    "\\(rs": "\\", "\\ ": " ", "\\(bs": "\\", "\\(at": "@", "\\(sh": "#", "\\(Do": "$", "\\(ba": "|", "\\(or": "|"
}


def plain(line):
    """A line of mdoc as the reader sees it."""
    return re.sub(r"\\(\(..|.)", lambda found: ESCAPES.get(found.group(0), found.group(0)), line)


def examples(page):
    """(line number, text, wanted status, reason not to run) of each example."""
    section = block = None
    status, reason, found = 0, None, []
    for number, line in enumerate(open(page, encoding="utf-8").read().split("\n"), 1):
        if line.startswith(".Sh "):
            section = line[4:].strip()
        if line.startswith(".Ed") and block is not None:
            if reason != "no command":
                found.append((block[0], "\n".join(block[1]), status, reason))
            block, status, reason = None, 0, None
        elif block is not None:
            block[1].append(plain(line))
        elif line.startswith(".Bd -literal"):
            block = (number, [])
        elif line.startswith(".Dl ") and section == "EXAMPLES":
            text = plain(line[4:])
            if text.startswith('"') and text.endswith('"'):
                text = text[1:-1].replace('""', '"')
            if found and found[-1][0] == number - 1 and found[-1][1].endswith("\\"):
                found[-1] = (number, found[-1][1] + "\n" + text, found[-1][2], found[-1][3])
            else:
                found.append((number, text, status, reason))
                status, reason = 0, None
        elif line.startswith('.\\" status '):
            status = int(line.split()[2])
        elif line.startswith('.\\" not run: '):
            reason = line[len('.\\" not run: '):]
        elif line == '.\\" no command':
            reason = "no command"
        elif line.startswith('.\\" needs ') and not shutil.which(line.split()[2]):
            reason = "there is no " + line.split()[2]
    return found


def steps(text):
    """(command, expected output or None) of an example."""
    lines = text.split("\n")
    if not any(line.startswith("$ ") for line in lines):
        return [(text, None)]
    made = []
    for line in lines:
        if line.startswith("$ "):
            made.append([line[2:], []])
        elif made and not made[-1][1] and goes_on(made[-1][0]):
            made[-1][0] += "\n" + (line[2:] if line.startswith("> ") else line)
        elif made:
            made[-1][1].append(line)
    return [(command, "\n".join(output)) for command, output in made]


def goes_on(command):
    """Whether its next line is a part of it."""
    try:
        shlex.split(command)
    except ValueError:
        return True
    return command.endswith(("\\", "|"))


def needs_broker(text):
    return re.search(r"\b(aproduce|aconsume|atopic|kcat)\b", text) and "file:" not in text


def main():
    brokers = sys.argv[2] if len(sys.argv) > 2 and sys.argv[1] == "--brokers" else None
    env = dict(os.environ,
               PATH=os.environ.get("ATOOLS_BIN", ROOT + "/bin") + ":" + os.environ["PATH"],
               LC_ALL="C.UTF-8",
               TZ="UTC")
    if brokers:
        env["ATOOLS_BROKERS"] = brokers
    count = failed = 0
    for page in sorted(glob.glob(ROOT + "/man/*.[1-8]")):
        name = os.path.basename(page)
        with tempfile.TemporaryDirectory() as folder:
            for data in ("attempts.json", "attempts.ndjson"):
                shutil.copy(ROOT + "/data/" + data, folder)
            prepare = os.path.join(ROOT, "tests/interop/man-examples.sh")
            subprocess.run(["bash", prepare], cwd=folder, env=env, check=True, stdin=subprocess.DEVNULL)
            found = examples(page)
            if not found and brokers is None and page.endswith(".1"):
                count, failed = count + 1, failed + 1
                print("not ok %d - %s has examples" % (count, name))
            for number, text, wanted, reason in found:
                if bool(brokers) != bool(needs_broker(text)):
                    continue
                count += 1
                title = "%s:%d: %s" % (name, number, text.split("\n")[0][:70].replace("#", ""))
                if reason:
                    print("ok %d - %s # skip %s" % (count, title, reason))
                    continue
                problem = run_example(text, wanted, folder, env, brokers)
                failed += bool(problem)
                print("%sok %d - %s" % ("not " if problem else "", count, title))
                for line in problem[:40]:
                    print("# " + line)
                sys.stdout.flush()
    print("1..%d" % count)
    return 1 if failed else 0


def run_example(text, wanted, folder, env, brokers):
    for command, output in steps(text):
        if brokers:
            command = re.sub(r"\b(localhost|kafka|broker|[a-z]+\.example\.(com|org|net)):90\d\d\b", brokers, command)
        try:
            ran = subprocess.run(["bash", "-o", "pipefail", "-c", command],
                                 cwd=folder,
                                 env=env,
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE,
                                 timeout=60)
        except subprocess.TimeoutExpired:
            return [command, "took longer than 60 s"]
        said = ran.stdout.decode("utf-8", "replace").rstrip("\n")
        errors = ran.stderr.decode("utf-8", "replace").rstrip("\n")
        # 141: a reader that had seen enough
        if ran.returncode != wanted and (wanted or ran.returncode != 141):
            return [command, "status %d, expected %d" %
                    (ran.returncode, wanted)] + errors.split("\n") + said.split("\n")[:5]
        if output is not None and output.rstrip("\n") not in (said, (said + "\n" + errors).strip("\n"), errors):
            return [command, "expected:"] + output.split("\n") + ["got:"] + said.split("\n") + errors.split("\n")
    return []


if __name__ == "__main__":
    sys.exit(main())
