#!/usr/bin/env python3
"""TAP: aagg --every against what Spark Structured Streaming said of the same batches of events, late and out of order
(tests/golden/streams.json, which spark_streams.py asks for): windows, sessions, watermarks, modes."""
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATH = os.environ.get("ATOOLS_BIN", os.path.join(ROOT, "bin")) + ":" + os.environ["PATH"]


def ours(scenario):
    """Rows as aagg writes them, with as many events between two reports as Spark had in a batch."""
    command = ["aagg", "-q", "-T", "json", "--every", str(len(scenario["batches"][0])), "--mode", scenario["mode"],
               "--watermark", "t, " + scenario["delay"], "-g", scenario["window"] + " as w, k",
               "count(*) as n, sum(x) as s"]
    text = "".join(json.dumps(event) + "\n" for batch in scenario["batches"] for event in batch)
    said = subprocess.run(command, input=text, capture_output=True, text=True, check=True,
                          env=dict(os.environ, PATH=PATH, TZ="UTC"))
    return said.stdout.splitlines()


def key(row):
    row = json.loads(row)
    return json.dumps([row["w"], row["k"]])


def told(rows):
    """What each key's row was in turn, without repetitions."""
    turns = collections.defaultdict(list)
    for row in rows:
        if turns[key(row)][-1:] != [json.loads(row)]:
            turns[key(row)].append(json.loads(row))
    return dict(turns)


def last(rows):
    return {key(row): json.loads(row) for row in rows}


def complaint(scenario):
    answers = [batch for batch in scenario["answers"] if batch]
    everything = [row for batch in answers for row in batch]
    got = ours(scenario)
    if scenario["mode"] == "append":
        mine, theirs = sorted(map(json.loads, got), key=str), sorted(map(json.loads, everything), key=str)
    elif scenario["mode"] == "update":
        mine, theirs = told(got), told(everything)
    else:
        # sessions that grew together are gone from the last table
        mine, theirs = last(got[len(got) - len(answers[-1]):]), last(answers[-1])
    return "" if mine == theirs else "Spark: %s\n# ours:  %s" % (theirs, mine)


with open(os.path.join(ROOT, "tests", "golden", "streams.json"), encoding="utf-8") as file:
    SCENARIOS = json.load(file)
print("1..%d" % len(SCENARIOS))
failed = 0
for number, one in enumerate(SCENARIOS, 1):
    wrong = complaint(one)
    failed += bool(wrong)
    print("%sok %d - %s" % ("not " if wrong else "", number, one["name"]))
    if wrong:
        print("# " + wrong)
sys.exit(failed > 0)
