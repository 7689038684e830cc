#!/usr/bin/env python3
"""TAP: what asql makes of an expression is what aflatten makes of it: in a list, and out of a query in FROM, from which
its type comes as well. The expressions are those that Spark has answered (spark/*)."""
import os
import subprocess
import sys
import tempfile

import spark_cases

BIN = os.environ.get("ATOOLS_BIN", os.path.join(spark_cases.ROOT, "bin")).split(":")[0]
ONE_RUN = ("current_", "now(", "curdate", "localtimestamp")  # of which each program has its own
ROWS = ("stack(",)  # what makes rows in asql's list, and is an array elsewhere
TOGETHER = 40


def run(zone, tool, *arguments):
    """(status, output)."""
    ran = subprocess.run([os.path.join(BIN, tool), "-q", "--no-header", *arguments],
                         stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL,
                         env=dict(os.environ, TZ=zone, LC_ALL="C.UTF-8"),
                         timeout=120)
    return ran.returncode, ran.stdout


def differs(expressions, path, zone):
    """Whether asql says something else than aflatten; None where aflatten refuses one."""
    names = ["r_%d" % number for number in range(len(expressions))]
    items = ", ".join("%s as %s" % pair for pair in zip(expressions, names))
    types = ", ".join("typeof(%s)" % text for text in expressions)
    wanted = run(zone, "aflatten", items, path), run(zone, "aflatten", types, path)
    if wanted[0][0] or wanted[1][0]:
        return None
    inner = "from (select %s from t)" % items
    got = (run(zone, "asql", "select %s from t" % items, "t=" + path),
           run(zone, "asql", "select %s %s" % (", ".join(names), inner), "t=" + path),
           run(zone, "asql", "select %s %s" % (", ".join("typeof(%s)" % name for name in names), inner), "t=" + path))
    return got != (wanted[0], wanted[0], wanted[1])


def different(expressions, path, zone):
    """Those that differ."""
    if not expressions or differs(expressions, path, zone) is False:
        return []
    if len(expressions) == 1:
        return expressions if differs(expressions, path, zone) else []
    half = len(expressions) // 2
    return different(expressions[:half], path, zone) + different(expressions[half:], path, zone)


def main():
    count = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "t.ndjson")
        for name in spark_cases.names():
            found, checked = [], 0
            cases = spark_cases.load(name)
            for case in cases["cases"]:
                with open(path, "w", encoding="utf-8") as out:
                    out.write(cases["tables"][case["table"]] if "table" in case else case["input"])
                texts = [text for text in case.get("expressions", []) if not any(one in text for one in ONE_RUN + ROWS)]
                checked += len(texts)
                for at in range(0, len(texts), TOGETHER):
                    found += different(texts[at:at + TOGETHER], path, case.get("zone", "UTC"))
            if checked == 0:
                continue
            count, failed = count + 1, failed + bool(found)
            print("%sok %d - %s: %d expressions" % ("not " if found else "", count, name, checked))
            for text in found[:20]:
                print("# " + text)
            sys.stdout.flush()
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
