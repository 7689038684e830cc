#!/usr/bin/env python3
"""TAP: programs of the jq language with their results: tests/golden/jq/*.test, and each function's own example.

A case is a program, an input and its results, one a line, up to a blank line; a last line %%ERROR: an error ends them;
%%FAIL and a program: it does not compile.
"""
import glob
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DRIVER = os.environ.get("JQ_DRIVER", ROOT + "/build/tests/jq_driver")


def cases(path):
    block = []
    for line in open(path, encoding="utf-8").read().split("\n") + [""]:
        if line.startswith("#") and not block:
            continue
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def failure(block):
    """What is wrong with one case, or None."""
    if block[0] == "%%FAIL":
        done = subprocess.run([DRIVER, block[1]], input="null\n", capture_output=True, text=True)
        return None if done.returncode == 3 else f"compiles: {block[1]}"
    program, document, results = block[0], block[1], block[2:]
    error = results[-1:] == ["%%ERROR"]
    done = subprocess.run([DRIVER, program], input=document + "\n", capture_output=True, text=True)
    wanted = results[:-1] if error else results
    if done.stdout.splitlines() != wanted or done.returncode != (5 if error else 0):
        return (f"{program} on {document}: {done.stdout.splitlines()} status {done.returncode}, not {results}; "
                f"{done.stderr.strip()}")
    return None


def main():
    files = sorted(glob.glob(ROOT + "/tests/golden/jq/*.test"))
    print(f"1..{len(files)}")
    failed = 0
    for number, path in enumerate(files, 1):
        found = list(cases(path))
        wrong = [text for text in map(failure, found) if text]
        failed += bool(wrong)
        print(f"{'not ok' if wrong or not found else 'ok'} {number} - {os.path.basename(path)}: {len(found)} programs")
        for text in wrong:
            print("#", text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
