#!/usr/bin/env python3
"""TAP: every option of jq together with every other one: aslice under the name jq prints what jq prints and ends as jq
ends. Not compared: what jq 1.6, as Debian has it, does otherwise than 1.8 (colours), and messages.

    jq-options.tap.py
"""
import itertools
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASLICE = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aslice")
OPTIONS = [["-n"], ["-r"], ["-j"], ["-a"], ["-s"], ["-e"], ["-S"], ["-M"], ["-c"], ["-R"], ["--tab"], ["--indent", "3"],
           ["--indent", "0"], ["--seq"], ["--stream"], ["--unbuffered"], ["--arg", "x", "1"], ["--argjson", "x", "[2]"],
           ["--slurpfile", "x", "values"], ["--rawfile", "x", "values"], ["-f", "program"]]
PROGRAMS = [".", ".a?, [., input?]", "$x?, ."]
INPUTS = ['{"b":[1,"é\\n"],"a":null}\n"x"\n', "1 [2,[3]] false", ""]


def run(program, arguments, text):
    done = subprocess.run([program] + arguments, input=text.encode(), capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout


def main():
    pairs = [[]] + [[one] for one in OPTIONS] + list(map(list, itertools.combinations(OPTIONS, 2)))
    print("1..%d" % len(PROGRAMS))
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
                if "$x" in program and not named:
                    continue
                options = sum(pair, [])
                arguments = options + ([] if "-f" in options else [program])
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
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
