#!/usr/bin/env python3
"""TAP: CSV against Python's csv module, and tables carried through CSV, TSV and NDJSON and back.

Files are random, of odd cells (quotes, delimiters, line ends, blanks, backslashes, tabs, BOM, words for null, and
more), written by Python in several dialects. aflatten must read the cells that Python wrote, by one thread, three, or
record by record (-u); what aflatten writes, Python must read as the same cells.

    csv.tap.py [FILES [SEED]]
"""
import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AFLATTEN = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aflatten")
GROUP = 50  # files a TAP line

PIECES = ["", "a", "Bc", "7", "007", "-1.50", "1e3", "true", "null", "NULL", "\\N", "\\", "\\n", "\\\\", '"', '""', "'",
          ",", ";", "|", "\t", "\n", "\r\n", "\n\n", " ", "  x", "x ", "é", "€uro", "😀", "\ufeff", "{\"a\":1}", "[1,2]",
          "#", "=1+1", "\x01", "\x7f", "NA", "x" * 70, "long \"quoted\" text, with all\nof it " * 3]


def run(*arguments, text=b""):
    done = subprocess.run([AFLATTEN, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def cell(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.choice([0, 1, 1, 1, 2, 3])))


def table(rng, least=1, plain=False):
    columns = rng.randint(least, 6)
    names = [f"c{number}" if plain else f"{cell(rng)}{number}" for number in range(columns)]
    return names, [[cell(rng) for _ in range(columns)] for _ in range(rng.choice([0, 1, 2, 5, 40, 400]))]


def objects(output):
    """NDJSON as lists of names and cells. A cell that reads as a number or a boolean is written as one."""
    words = {True: "true", False: "false"}
    return [[(name, words[value] if isinstance(value, bool) else value) for name, value in
             json.loads(line, object_pairs_hook=list, parse_int=str, parse_float=str)]
            for line in output.decode().split("\n") if line]


def lines_of(output):
    return [[value for _, value in row] for row in objects(output)]


def dialect(rng):
    delimiter = rng.choice([",", ",", ",", ";", "|", "\t"])
    quote = rng.choice(['"', '"', '"', "'"])
    return delimiter, quote, rng.choice(["\n", "\r\n"]), rng.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])


def options_of(delimiter, quote):
    return ["--delimiter", delimiter if delimiter != "\t" else "\\t", "--quote", quote]


def by_python(text, delimiter, quote):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, strict=True))


def expected(rows, quoting):
    """What we read of rows Python wrote: it does not quote what is empty, unless told to quote all."""
    return [[value if value or quoting == csv.QUOTE_ALL else None for value in row] for row in rows]


def check_reading(rng):
    delimiter, quote, end, quoting = dialect(rng)
    names, rows = table(rng, 2)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quotechar=quote, lineterminator=end, quoting=quoting).writerows([names] + rows)
    text = out.getvalue()
    if rng.random() < 0.3 and text.endswith(end):
        text = text[:-len(end)]
    if by_python(text, delimiter, quote) != [names] + rows:
        return f"Python does not read what it wrote: {text[:200]!r}"
    data = (rng.choice(["", "\ufeff"]) if not text.startswith("\ufeff") else "\ufeff").encode() + text.encode()
    wanted = [list(zip(names, row)) for row in expected(rows, quoting)]
    for more in (["--threads", "1"], ["--threads", "3"], ["-u"]):
        status, output, errors = run("-i", "csv", "-T", "json", *options_of(delimiter, quote), *more, "*", text=data)
        if status != 0 or errors:
            return f"status {status}: {errors} of {data[:300]!r}"
        wrong = [(got, row) for got, row in zip(objects(output), wanted) if got != row]
        if wrong or len(objects(output)) != len(wanted):
            return f"{more}: read {wrong[:1]!r} of {data[:300]!r}"
    return None


def check_writing(rng):
    delimiter, quote, _, _ = dialect(rng)
    names, rows = table(rng, plain=True)
    rows = [[None if rng.random() < 0.1 else value for value in row] for row in rows]
    null = rng.choice(["", "", "NA", "NULL"])
    text = "".join(json.dumps(dict(zip(names, row))) + "\n" for row in rows).encode()
    if not rows:
        return None
    status, output, errors = run("-T", "csv", *options_of(delimiter, quote), "--null", null, "--", "*", text=text)
    if status != 0 or errors:
        return f"status {status}: {errors} of {text[:300]!r}"
    got = by_python(output.decode(), delimiter, quote)
    wanted = [names] + [[null if value is None else value for value in row] for row in rows]
    if len(names) == 1:
        wanted = [[] if number > 0 and null == "" and rows[number - 1] == [None] else row  # a line of nothing
                  for number, row in enumerate(wanted)]
    if got != wanted:
        return f"Python reads {got[:3]!r}, not {wanted[:3]!r}, of {output[:300]!r}"
    return None


def check_around(rng):
    """NDJSON to CSV to TSV to CSV to NDJSON, and straight: the same bytes."""
    names, rows = table(rng, plain=True)
    rows = [[None if rng.random() < 0.15 else value for value in row] for row in rows] or [[None] * len(names)]
    delimiter, quote, _, _ = dialect(rng)
    csv_options = options_of(delimiter, quote)
    text = "".join(json.dumps(dict(zip(names, row)), ensure_ascii=False) + "\n" for row in rows).encode()
    straight = run("-i", "json", "-T", "json", "*", text=text)
    _, first, errors = run("-i", "json", "-T", "csv", *csv_options, "*", text=text)
    _, tsv, more = run("-i", "csv", "-T", "tsv", *csv_options, "*", text=first)
    straight_tsv = run("-i", "json", "-T", "tsv", "*", text=text)
    _, second, more2 = run("-i", "tsv", "-T", "csv", *csv_options, "*", text=tsv)
    last = run("-i", "csv", "-T", "json", *csv_options, "*", text=second)
    if errors or more or more2:
        return f"{errors}{more}{more2} of {text[:300]!r}"
    if first != second:
        return f"CSV {first[:300]!r} became {second[:300]!r}"
    if tsv != straight_tsv[1]:
        return f"TSV {tsv[:300]!r} is not {straight_tsv[1][:300]!r}"
    if lines_of(last[1]) != lines_of(straight[1]):
        return f"NDJSON {last[1][:300]!r} is not {straight[1][:300]!r}"
    return None


def check_cut(rng):
    """Records with newlines are not torn between batches: a file of many batches, by any number of threads."""
    count = 40000
    rows = [[str(number), "\n" * rng.randint(0, 3) + "x" * rng.randint(0, 60) + '"' * rng.randint(0, 2) +
             ",\n" * rng.randint(0, 2)] for number in range(count)]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["n", "text"]] + rows)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(out.getvalue().encode())
        file.flush()
        for threads in ("1", "3"):
            status, output, errors = run("--threads", threads, "-T", "json", "*", file.name)
            got = lines_of(output)
            if status != 0 or errors or got != expected(rows, csv.QUOTE_MINIMAL):
                return f"{threads} threads: status {status}, {len(got)} of {count} rows, {errors}"
    return None


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20261128)
    number = 0
    checks = (("read as Python's csv does", check_reading, files),
              ("written as Python's csv reads", check_writing, files // 2),
              ("carried through CSV, TSV and NDJSON", check_around, files // 4), ("cut between batches", check_cut, 1))
    for name, check, count in checks:
        for first in range(0, count, GROUP):
            wrong = [what for what in (check(rng) for _ in range(min(GROUP, count - first))) if what]
            number += 1
            print(f"{'not ok' if wrong else 'ok'} {number} - csv: {name}, {first + 1} to {min(first + GROUP, count)}")
            for what in wrong[:3]:
                print("# " + what.replace("\n", "\n# "))
            sys.stdout.flush()
    print(f"1..{number}")


if __name__ == "__main__":
    main()
