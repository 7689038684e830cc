#!/usr/bin/env python3
"""TAP: aslice against jq on random documents and random filters of its grammar.

Each filter runs over a handful of documents. jq says which results each document gives and whether it ends
in an error; aslice has to give the same results and the same verdict: all good documents in one run, by line
and by nesting, and each bad one alone. The documents hold only numbers and escapes that jq writes as they
came; what jq rewrites is checked in tests/cli/aslice.bats.

    jq.tap.py [FILTERS [SEED]]
"""
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from documents import spaced  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASLICE = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aslice")
KEYS = ["a", "b", "c", "a b", "é", "\U0001f600", "A", "aa", ""]
TEXTS = [
    "", "a", "abc", "x y", "é", "日本語", "\U0001f600z\U0001f600", "a\"b", "a\\b", "l1\nl2", "\t", "[1,2]", "{\"a\":1}",
    "null", "ab" * 40
]
NUMBERS = ["0", "1", "-1", "2", "10", "-0", "1.5", "-2.25", "0.125", "123456789", "-1000000"]
DOCUMENTS = 16  # a filter
GROUP = 20      # filters a TAP line


def document(random, depth=0):
    """A random value, as jq writes it."""
    kind = random.random()
    if depth > 4 or kind < 0.35 + 0.1 * depth:
        return random.choice(
            [random.choice(NUMBERS),
             json.dumps(random.choice(TEXTS), ensure_ascii=False), "true", "false", "null"])
    if kind < 0.7:
        return "[" + ",".join(document(random, depth + 1) for _ in range(random.choice([0, 1, 2, 3, 5, 8]))) + "]"
    keys = random.sample(KEYS, random.choice([0, 1, 2, 3, 5]))
    return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + document(random, depth + 1) for key in keys) + "}"


def index(random):
    return str(random.choice([0, 0, 1, 2, 3, 7, -1, -2, -5]))


def step(random):
    kind = random.random()
    key = random.choice(KEYS[:4] if random.random() < 0.8 else KEYS)
    quoted = json.dumps(key, ensure_ascii=random.random() < 0.3)
    if kind < 0.25 and key.isascii() and key.isalpha():
        text = "." + key
    elif kind < 0.35:
        text = "." + quoted
    elif kind < 0.42:
        text = "[" + quoted + "]"
    elif kind < 0.6:
        text = "[" + index(random) + "]"
    elif kind < 0.75:
        low, high = index(random), index(random)
        text = "[" + random.choice([low + ":", ":" + high, low + ":" + high]) + "]"
    else:
        text = "[]"
    return text + ("?" if random.random() < 0.25 else "")


def path(random):
    if random.random() < 0.1:
        return "."
    text = ""
    for _ in range(random.choice([1, 1, 2, 2, 3, 4])):
        text += (random.choice(["", " "]) if text else "") + step(random)
    return text if text.startswith(".") else "." + text


def term(random, depth):
    kind = random.random()
    if kind < 0.7 or depth > 3:
        return path(random)
    if kind < 0.85:
        return random.choice(["length", "length", "keys", "keys_unsorted", "type"
                              ]) + (step(random) if random.random() < 0.2 else "")
    text = "(" + pipe(random, depth + 1) + ")"
    return text + step(random) if random.random() < 0.5 else text


def pipe(random, depth=0):
    text = term(random, depth)
    while random.random() < (0.35, 0.3, 0.2, 0.1)[min(depth, 3)]:
        text += random.choice(["|", " | ", ",", " , "]) + term(random, depth)
    return text


def filter_text(random):
    text = pipe(random)
    # `(f)? | g` differs on purpose (aslice(1), CAVEATS): such a `?` only at the very end
    return "(" + text + ")?" if random.random() < 0.1 else text


def judge(text, documents):
    """What jq gives for each document: (results, failed)."""
    program = "(try (%s) catch \"\\u0001error\"), \"\\u0001end\"" % text
    run = subprocess.run(["jq", "-c", program],
                         input="\n".join(documents).encode(),
                         stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    if run.returncode:
        return None
    verdicts, results = [], []
    for line in run.stdout.decode().split("\n")[:-1]:
        if line == '"\\u0001end"':
            failed = bool(results) and results[-1] == '"\\u0001error"'
            verdicts.append((results[:-1] if failed else results, failed))
            results = []
        else:
            results.append(line)
    return verdicts


def aslice(text, documents, *options):
    run = subprocess.run([ASLICE, *options, text],
                         input=documents.encode(),
                         stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def compare(random, text):
    """Problems with this filter, and how many comparisons were made."""
    documents = [document(random) for _ in range(DOCUMENTS)]
    verdicts = judge(text, documents)
    if verdicts is None or len(verdicts) != len(documents):
        return ["jq does not take the filter " + text], 0
    good = [document for document, verdict in zip(documents, verdicts) if not verdict[1]]
    wanted = "".join(line + "\n" for results, failed in verdicts if not failed for line in results)
    problems, count = [], 0
    runs = [(good, "\n".join(good), ["--framing", "line"])]
    loose = [spaced(random, document) for document in good]
    runs.append((good, "\n".join(loose), ["--framing", "nest"]))
    runs.append((good, " ".join(good), ["--framing", "nest", "--threads", "3"]))
    for _, feed, options in runs:
        status, output, errors = aslice(text, feed, *options)
        count += len(good)
        if status != 0 or output != wanted:
            problems.append("filter %s, options %s, status %d, errors %s\ninput:\n%s\nexpected:\n%s\ngot:\n%s"
                            % (text, options, status, errors, feed, wanted, output))
    bad = [(document, results) for document, (results, failed) in zip(documents, verdicts) if failed]
    for document_text, results in bad[:2]:
        wanted = "".join(line + "\n" for line in results)
        framing = random.choice(["line", "nest"])
        status, output, errors = aslice(text, document_text, "--framing", framing)
        count += 1
        if status != 1 or output != wanted or not errors.startswith("aslice: stdin:1: byte "):
            problems.append(
                "filter %s, framing %s, status %d, errors %s\ninput:\n%s\nexpected an error after:\n%s\ngot:\n%s" %
                (text, framing, status, errors, document_text, wanted, output))
    return problems, count


def main():
    filters = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20180123
    generator = random.Random(seed)
    groups = (filters + GROUP - 1) // GROUP
    print("1..%d" % groups)
    total = failed = 0
    for group in range(groups):
        problems, count = [], 0
        for _ in range(min(GROUP, filters - group * GROUP)):
            found, made = compare(generator, filter_text(generator))
            problems += found
            count += made
        total += count
        failed += bool(problems)
        print("%sok %d - %d results of random filters equal jq's" % ("not " if problems else "", group + 1, count))
        for problem in problems[:3]:
            print("\n".join("# " + line for line in problem.split("\n")))
        sys.stdout.flush()
    print("# %d comparisons, seed %d" % (total, seed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
