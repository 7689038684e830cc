#!/usr/bin/env python3
"""TAP: every option of jq together with every other one: aslice under the name jq prints what jq prints and ends as jq
ends. Not compared: what jq 1.6, as Debian has it, does otherwise than 1.8, and messages. What 1.6 does not know or ends
in a failed assertion for (-C's colours, --raw-output0, -0, --stream-errors, -h) is held against what it is made of: the
same without it, or with an older option.

    jq-options.tap.py
"""
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASLICE = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aslice")
OPTIONS = [["-n"], ["-r"], ["-j"], ["-a"], ["-s"], ["-e"], ["-S"], ["-M"], ["-c"], ["-R"], ["--tab"], ["--indent", "3"],
           ["--indent", "0"], ["--seq"], ["--stream"], ["--unbuffered"], ["--arg", "x", "1"], ["--argjson", "x", "[2]"],
           ["--slurpfile", "x", "values"], ["--rawfile", "x", "values"], ["-f", "program"], ["--args"], ["--jsonargs"]]
PROGRAMS = [".", ".a?, [., input?]", "$x?, .", "$ARGS, ."]
OF_SEVERAL_LINES = [["--tab"], ["--indent", "3"], ["--seq"], ["-j"]]
INPUTS = ['{"b":[1,"é\\n"],"a":null}\n"x"\n', "1 [2,[3]] false", ""]


def run(program, arguments, text):
    done = subprocess.run([program] + arguments, input=text.encode(), capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout


def arguments_of(options, program):
    behind = ["1", "[2]"] if "--args" in options or "--jsonargs" in options else []
    return options + ([] if "-f" in options else [program]) + behind


def newer():
    """What is wrong with the options that jq 1.6 does not know, each with every other one."""
    text = '{"b":[1,"e"],"a":null} "x" [true,{}]'
    for option in [[]] + OPTIONS:
        def ours(*more, program="."):
            return run("./jq", arguments_of(list(more) + option, program), text)

        status, lines = ours("-c", "-r")
        with_nul = (status, lines.replace(b"\n", b"\0"))
        if option not in OF_SEVERAL_LINES and ours("-c", "--raw-output0") != with_nul:
            yield "--raw-output0 with %s" % option
        if option not in OF_SEVERAL_LINES and ours("-c", "-r", "-0") != with_nul:
            yield "-r -0 with %s" % option
        status, colored = ours("-C")
        plain = re.sub(rb"\x1b\[[0-9;]*m", b"", colored)
        if (status, plain) != ours() or (plain == colored and option not in (["-r"], ["-j"], ["-M"], ["-R"])):
            yield "-C with %s" % option
        if ours("--stream-errors") != ours("--stream"):
            yield "--stream-errors with %s" % option
        done = run("./jq", ["-h"] + arguments_of(option, "."), text)
        if done[0] != 0 or not done[1].startswith(b"usage: "):
            yield "-h with %s" % option


def main():
    pairs = [[]] + [[one] for one in OPTIONS] + list(map(list, itertools.combinations(OPTIONS, 2)))
    print("1..%d" % (len(PROGRAMS) + 1))
    failed = 0
    theirs = shutil.which("jq")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(ASLICE, folder + "/jq")
        os.chdir(folder)
        with open("values", "w", encoding="utf-8") as out:
            out.write("7 {}\n")
        with open("program", "w", encoding="utf-8") as out:
            out.write("# of a file\n.")
        for number, program in enumerate(PROGRAMS, 1):
            wrong = []
            for pair in pairs:
                named = any("x" in option for option in pair)
                if ("$x" in program and not named) or (program == PROGRAMS[3] and pair[-1:] not in (
                        [["--args"]], [["--jsonargs"]])):
                    continue
                options = sum(pair, [])
                arguments = arguments_of(options, program)
                for text in INPUTS:
                    if "-e" in options and text == "":
                        continue  # 1.6 does not tell that there was no result
                    if "--seq" in options:
                        text = "".join("\x1e" + line + "\n" for line in text.splitlines())
                    if run("./jq", arguments, text) != run(theirs, arguments, text):
                        wrong.append("jq %s on %r" % (" ".join(arguments), text))
            failed += bool(wrong)
            print("%s %d - %s" % ("not ok" if wrong else "ok", number, program))
            for text in wrong[:40]:
                print("#", text)
        wrong = list(newer())
        failed += bool(wrong)
        print("%s %d - options that jq 1.6 does not know" % ("not ok" if wrong else "ok", len(PROGRAMS) + 1))
        for text in wrong:
            print("#", text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
