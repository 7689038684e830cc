"""What aland writes, read by Spark: 1000 random nested documents, values at their edges, strings of 10 MB."""
import hashlib
import json
import os
import random
import subprocess

from documents import EDGES, EDGES_SCHEMA, bare, documents

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONG = 10_000_000


def land(folder, lines, options):
    subprocess.run([os.path.join(ROOT, "bin", "aland"), "-q", "-d", folder] + options, input=lines.encode(), check=True)


def random_documents(session, form, place, options):
    for seed in range(10):
        folder = os.path.join(place, "documents-%d" % seed)
        rows = documents(random.Random(seed), 100)
        land(folder, "".join(json.dumps(row) + "\n" for row in rows), options)
        theirs = [json.loads(line) for line in session.read.format(form).load(folder).toJSON().collect()]
        got, wanted = (sorted(json.dumps(bare(row), sort_keys=True) for row in records) for records in (theirs, rows))
        if got != wanted:
            return "seed %d: %d and %d rows\n" % (seed, len(got), len(wanted)) + "\n".join(
                "%s\n%s" % pair for pair in zip(got, wanted) if pair[0] != pair[1])
    return None


def edges(session, form, place, options):
    folder = os.path.join(place, "edges")
    land(folder, "".join(line + "\n" for line, _ in EDGES), options + ["--schema", EDGES_SCHEMA])
    frame = session.read.format(form).load(folder)
    columns = ["hex(b)" if name == "b" else "cast(`%s` as string)" % name for name in frame.columns]
    got = [list(row) for row in frame.selectExpr(*columns).collect()]
    return "\n".join("%r\n%r" % (a, b) for a, (_, b) in zip(got, EDGES) if a != b) or (
        None if len(got) == len(EDGES) else "%d rows" % len(got))


def long_strings(session, form, place, options):
    folder = os.path.join(place, "long")
    rows = [{"n": 1, "s": "x" * LONG}, {"n": 2, "s": "\U0001f642" * (LONG // 4)}, {"n": 3, "s": ""}]
    land(folder, "".join(json.dumps(row) + "\n" for row in rows), options)
    got = [tuple(row) for row in session.read.format(form).load(folder).selectExpr(
        "n", "octet_length(s)", "md5(s)").orderBy("n").collect()]
    wanted = [(row["n"], len(row["s"].encode()), hashlib.md5(row["s"].encode()).hexdigest()) for row in rows]
    return None if got == wanted else "%r\n%r" % (got, wanted)


def verdicts(session, form, place, options, verdict):
    verdict("aland, 1000 random documents: the same in Spark", random_documents(session, form, place, options))
    verdict("aland, edges of values: the same in Spark", edges(session, form, place, options))
    verdict("aland, strings of 10 MB: the same in Spark", long_strings(session, form, place, options))
