#!/usr/bin/env python3
"""TAP: inputs in which values of one line and of several are mixed: aslice's results are those of framing by nesting,
and jq's, however the input comes: as a file of any size, in threads, through a pipe in pieces, one record at a time.

    mixed.tap.py [INPUTS [SEED]]    (12, 1)
"""
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATH = os.environ.get("ATOOLS_BIN", ROOT + "/bin") + ":" + os.environ["PATH"]

def document(source, depth=0):
    kind = source.random()
    if depth > 2 or kind < 0.4:
        return source.choice([1, -2.5, "x, y", True, None, "a]b", "é{", 12345678901, {}, []])
    if kind < 0.7:
        return [document(source, depth + 1) for _ in range(source.randrange(5))]
    return {source.choice("abcdef"): document(source, depth + 1) for _ in range(source.randrange(4))}


def text_of(source, count):
    """Documents, most on a line; the first one is, so that it is framed by line."""
    parts = []
    plain = source.choice([0.3, 0.9, 0.999])
    for number in range(count):
        whole = number == 0 or source.random() < plain
        value = document(source)
        if number and source.random() < 0.01:
            value = {"big": "x" * source.choice([10, 100000])}
        parts.append(json.dumps(value, ensure_ascii=False, indent=None if whole else source.choice([0, 1, 4])))
        apart = ["\n", "\n", "\n\n", "\n \n", "\r\n", " \n"] + ([" "] if number and plain < 0.99 else [])
        parts.append(source.choice(apart))
    return "".join(parts)


def output(command):
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, env=dict(os.environ, PATH=PATH))
    return done.stdout if done.returncode == 0 else b"status %d: " % done.returncode + done.stderr


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print("1..%d" % count)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number in range(count):
            source = random.Random("%d %d" % (seed, number))
            with open("in", "w", encoding="utf-8", newline="") as out:
                out.write(text_of(source, (3, 30, 500, 8000)[number % 4]))
            wanted = output("aslice --framing nest . in")
            piece = source.choice([100, 1000, 4096, 65536])
            wrong = [
                way for way in ("aslice . in", "aslice --threads 1 . in", "cat in | aslice .", "aslice -u . in",
                                "dd if=in bs=%d status=none | aslice ." % piece, "aslice -n inputs < in", "jq -c . in")
                if output(way) != wanted
            ]
            failed += bool(wrong)
            print("%s %d - %d bytes of values" % ("not ok" if wrong else "ok", number + 1, os.path.getsize("in")))
            for way in wrong:
                print("#", way)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
