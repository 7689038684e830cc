#!/usr/bin/env python3
"""TAP: ajoin --asof on random tables against DuckDB's ASOF JOIN: numbers, times and dates, each direction."""
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import virtual_environment  # noqa: E402

virtual_environment.enter("delta", ["deltalake", "duckdb", "pyarrow"], "deltalake, duckdb, pyarrow")

import duckdb  # noqa: E402

PATH = os.environ.get("ATOOLS_BIN", os.path.join(ROOT, "bin")) + ":" + os.environ["PATH"]
CASES = 48
WAYS = {">=": [], ">": ["--no-equal"], "<=": ["--direction", "forward"], "<": ["--direction", "forward", "--no-equal"]}
TYPES = {"bigint": lambda n: n, "double": lambda n: n / 8,
         "timestamp": lambda n: "2024-01-%02d %02d:%02d:00" % (1 + n // 1440 % 28, n // 60 % 24, n % 60),
         "date": lambda n: "20%02d-%02d-%02d" % (n // 372 % 90, n // 31 % 12 + 1, n % 28 + 1)}


def write(name, seed, form):
    """Rows of a few keys, and of no two of the same key and time: which one is met then DuckDB does not say."""
    times = random.Random(seed)
    seen = set()
    with open(name, "w", encoding="ascii") as out:
        for i in range(times.randrange(400)):
            key, time = times.choice("abcd"), TYPES[form](times.randrange(1200))
            if (key, time) not in seen:
                out.write(json.dumps({"k": key, "t": time, "i": i, "x": times.randrange(9)}) + "\n")
            seen.add((key, time))
        out.write(json.dumps({"k": "z", "t": TYPES[form](1), "i": -1, "x": 0}) + "\n")


def theirs(form, way, outer, condition):
    table = "read_json('%s', columns={k: 'varchar', t: '" + form + "', i: 'bigint', x: 'bigint'})"
    rows = duckdb.sql("select l.i, r.i from %s l asof %s join (from %s where %s) r on l.k = r.k and l.t %s r.t" %
                      (table % "l.ndjson", "left" if outer else "", table % "r.ndjson", condition, way)).fetchall()
    return sorted((str(a), "\\N" if b is None else str(b)) for a, b in rows)


def ours(way, outer, condition):
    command = ["ajoin", "--no-header", "--left" if outer else "--inner", "-k", "k", "--asof", "t", "--on",
               "r." + condition, *WAYS[way], "l.i, r.i as j", "l.ndjson", "r.ndjson"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ, PATH=PATH))
    return sorted(tuple(line.split("\t")) for line in said.stdout.splitlines())


def main():
    random.seed(20)
    print("1..%d" % CASES)
    failed = 0
    for case in range(1, CASES + 1):
        form, way, outer = random.choice(list(TYPES)), random.choice(list(WAYS)), random.random() < 0.5
        condition = random.choice(["x >= 0", "x > 3"])
        write("l.ndjson", 2 * case, form)
        write("r.ndjson", 2 * case + 1, form)
        want, got = theirs(form, way, outer, condition), ours(way, outer, condition)
        same = want == got
        failed += not same
        print("%s %d - %s %s%s, %d rows" % ("ok" if same else "not ok", case, form, way, " left" if outer else "",
                                            len(want)))
        if not same:
            print("# only DuckDB: %s\n# only ajoin: %s" % (sorted(set(want) - set(got))[:5],
                                                           sorted(set(got) - set(want))[:5]))
    sys.exit(failed > 0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
