#!/usr/bin/env python3
"""TAP: aslice against jq on documents too large to be held, which it streams: random filters that begin with a
path into them, on arrays and objects, compact and with white space, concatenated, with errors in the middle.

    jq-stream.tap.py [FILTERS [SEED]]
"""
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
specification = importlib.util.spec_from_file_location("oracle", os.path.join(HERE, "jq.tap.py"))
oracle = importlib.util.module_from_spec(specification)
specification.loader.exec_module(oracle)

LARGE = 600000  # bytes of a document: more than frame holds of a value it can stream (FRAME_WHOLE_MAX)
GROUP = 10


def many(random, kind, size):
    """A container of so many bytes."""
    parts, used = [], 0
    while used < size:
        # now and then one that is large itself, so that cuts fall everywhere
        part = oracle.document(random, 1) if random.random() < 0.999 else json.dumps("x" * 70000)
        if kind == "{":
            part = '"m%d":' % len(parts) + part
        parts.append(part)
        used += len(part) + 1
    if kind == "{" and random.random() < 0.5:
        parts[len(parts) // 2] = '"a":' + oracle.document(random, 1)
    return kind + ",".join(parts) + ("]" if kind == "[" else "}")


def documents(random):
    """name: (path to the large container, its kind, text)"""
    array, members = many(random, "[", LARGE), many(random, "{", LARGE)
    nested = '{"z":[1,{"a":[]}],"a":{"c":null,"b":%s,"d":"]"},"y":"}"}' % many(random, "[", LARGE)
    deep = '[[],0,[%s,{"a":%s}],"end"]' % (oracle.document(random), many(random, "[", LARGE))
    object_in = '{"b":[{"a":1}],"a":%s}' % many(random, "{", LARGE)
    return {"array": ("", array), "object": ("", members), "nested": (".a.b", nested), "deep": (".[2][1].a", deep),
            "object_in": (".a", object_in), "after": (".a", '{"a":[1,[2,3],{"a":"b"}],"rest":%s}' % array),
            "scalar": (".a", '{"rest":%s,"a":%s}' % (array, random.choice(["7", '"strïng"', "true", "null"]))),
            "two": ("", array + "\n" + members + " [1,2] {\"a\":[3]}")}


def bound(random):
    return str(random.choice([0, 1, 2, 3, 10, 777, 100000000, -1, -2, -10, -500, -100000000]))


def leading(random, path):
    """A filter's beginning that is streamed, behind path."""
    low, high = bound(random), bound(random)
    piece = "[" + random.choice([low + ":", ":" + high, low + ":" + high]) + "]"
    last = random.choice([
        "[]", "[]", "[]?", piece + "[]", piece + "[]?", "[" + low + "]", "[" + low + "]?", piece, "|length",
        "[" + low + "][]?", "[" + low + "].a", "." + random.choice(["a", "m3", "b.c"]) + "[]?"
    ])
    text = path + last
    if text.startswith("|"):
        text = "." + text
    return text if text.startswith(".") else "." + text


def following(random):
    kind = random.random()
    if kind < 0.4:
        return ""
    if kind < 0.6:
        return "|length?"
    if kind < 0.7:
        return "|type"
    if kind < 0.9:
        text = "".join(oracle.step(random).rstrip("?") + "?" for _ in range(random.choice([1, 1, 2, 3])))
        return "|" + (text if text.startswith(".") else "." + text)
    return "|" + oracle.pipe(random)


def compare(random, folder, name, path, text):
    """A problem, or None."""
    stop = random.random() < 0.1
    filter_text = leading(random, path if random.random() < 0.9 else "") + following(random)
    program = '(try (%s) catch "\\u0001error")' % filter_text
    # several inputs: jq goes on behind an error, we stop; so jq is asked for all, up to the first
    run = subprocess.run(["jq", "-c", program, os.path.join(folder, name)],
                         stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    if run.returncode:
        return "jq does not take %s on %s: %s" % (filter_text, name, run.stderr.decode())
    wanted, mark, _ = run.stdout.partition(b'"\\u0001error"\n')
    options = random.choice([[], ["--threads", "1"], ["--threads", "3"]])
    lines = wanted.split(b"\n")[:-1]
    if stop:
        limit = random.choice([0, 1, 2, 5, 1000, 5000])
        options += ["--limit", str(limit)]
        if limit <= len(lines):
            wanted, mark = b"".join(line + b"\n" for line in lines[:limit]), b""
    source = name + random.choice(["", ".spaced"])
    ours = subprocess.run(
        [oracle.ASLICE, *options, filter_text, os.path.join(folder, source)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    status = 1 if mark else 0
    stops = re.match(r"\.\[(\d+|\d*:\d+)\]", filter_text) # reads no further (aslice(1), Streaming)
    if name == "two" and stops and ours.returncode == 0 and wanted.startswith(ours.stdout):
        return None
    if ours.returncode == status and ours.stdout == wanted:
        return None
    at = next((i for i, (a, b) in enumerate(zip(ours.stdout, wanted)) if a != b), min(len(ours.stdout), len(wanted)))
    return "%s on %s %s: status %d, expected %d, %s\n%d bytes, expected %d; from byte %d on:\n%s\nexpected:\n%s" % (
        filter_text, source, options, ours.returncode, status, ours.stderr.decode(), len(ours.stdout), len(wanted), at,
        ours.stdout[at:at + 200].decode("utf-8", "replace"), wanted[at:at + 200].decode("utf-8", "replace"))


def main():
    filters = int(sys.argv[1]) if len(sys.argv) > 1 else 80
    generator = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 850)
    made = documents(generator)
    groups = (filters + GROUP - 1) // GROUP
    failed = 0
    print("1..%d" % groups)
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, text) in made.items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
            with open(os.path.join(folder, name + ".spaced"), "w") as file:
                file.write(oracle.spaced(generator, text))
        names = list(made)
        for group in range(groups):
            problems = []
            for number in range(GROUP):
                name = names[(group * GROUP + number) % len(names)]
                problem = compare(generator, folder, name, *made[name])
                if problem:
                    problems.append(problem)
            failed += bool(problems)
            print("%sok %d - %d random filters over streamed documents equal jq's" %
                  ("not " if problems else "", group + 1, GROUP))
            for problem in problems[:4]:
                print("\n".join("# " + line for line in problem.split("\n")))
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
