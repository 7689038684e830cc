#!/usr/bin/env python3
"""TAP: datasets that aland has written, read by pyarrow and DuckDB: equal to the input; and datasets of theirs, read by
aread and the SQL tools.

    land.tap.py [-k TEXT]
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import parquet_oracle as oracle  # noqa: E402

oracle.enter()

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.dataset as ds  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

CHOSEN = sys.argv[2] if sys.argv[1:2] == ["-k"] else ""
BIN = os.environ.get("ATOOLS_BIN", os.path.join(ROOT, "bin"))
SAMPLE = os.path.join(ROOT, "data", "attempts.ndjson")
tests = failed = 0


def verdict(title, complaint):
    global tests, failed
    tests += 1
    failed += bool(complaint)
    print("%s %d - %s" % ("not ok" if complaint else "ok", tests, title))
    for line in str(complaint or "").split("\n")[:20] if complaint else []:
        print("# " + line[:400])
    sys.stdout.flush()


def run(tool, *arguments, given=""):
    done = subprocess.run([os.path.join(BIN, tool)] + list(arguments), input=given.encode(), capture_output=True,
                          check=False)
    assert done.returncode == 0, "%s %s: %s" % (tool, " ".join(arguments), done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode()


def records(lines):
    return [json.loads(line) for line in lines.split("\n")[:-1]]


def bare(value):
    """Without members that are null: in JSON they may as well not be there."""
    if isinstance(value, dict):
        return {key: bare(member) for key, member in value.items() if member is not None}
    return [bare(element) for element in value] if isinstance(value, list) else value


def difference(got, wanted, key=None):
    """A complaint if they are not the same records; in the order of a key, if one is given."""
    got, wanted = [bare(row) for row in got], [bare(row) for row in wanted]
    if key:
        got, wanted = sorted(got, key=key), sorted(wanted, key=key)
    if len(got) != len(wanted):
        return "%d records, not %d" % (len(got), len(wanted))
    for i, (a, b) in enumerate(zip(got, wanted)):
        # 1 is 1.0 here, and True: types are told by their own test
        if a != b:
            return "record %d:\ngot    %r\nwanted %r" % (i, a, b)
    return None


def by_pyarrow(folder):
    files = ds.dataset(folder, partitioning="hive").files
    whole = pa.unify_schemas([pq.read_schema(name).remove_metadata() for name in files])
    columns = ds.dataset(folder, partitioning="hive").schema
    for name in columns.names:
        if name not in whole.names:
            whole = whole.append(columns.field(name))
    return ds.dataset(folder, schema=whole, partitioning=ds.partitioning(flavor="hive")).to_table().to_pylist()


def by_duckdb(folder):
    found = duckdb.sql("select * from read_parquet('%s/**/*.parquet', union_by_name = true, hive_partitioning = true)" %
                       folder)
    return found.to_arrow_table().to_pylist()


READERS = (("pyarrow", by_pyarrow), ("DuckDB", by_duckdb))

EDGES = [
    {"i": 9223372036854775807, "d": 1.7976931348623157e308, "s": "\U0001f642 é \t\"\\", "b": True, "l": [],
     "o": {"x": 1}},
    {"i": -9223372036854775808, "d": 5e-324, "s": "", "b": False, "l": [None, 1, -1], "o": {"y": [{"z": "a"}, {}]}},
    {"i": 0, "d": -0.0, "s": "x" * 100000, "l": [0], "o": {"y": []}},
    {"i": None, "d": None, "s": None, "b": None, "l": None, "o": None},
    {"i": 1},
]


def land(folder, lines, *options):
    run("aland", "-q", "-d", folder, *options, given=lines)


def landed(temporary):
    with open(SAMPLE, encoding="utf-8") as file:
        lines = file.read()
    sample = records(lines)
    for codec in ("snappy", "zstd", "gzip", "lz4", "none"):
        folder = os.path.join(temporary, codec)
        land(folder, lines, "--codec", codec, "--file-rows", "700", "--row-group", "64K")
        for name, read in READERS:
            verdict("the sample in %s, 5 files, by %s" % (codec, name), difference(read(folder), sample))
    folder = os.path.join(temporary, "edges")
    land(folder, "".join(json.dumps(row) + "\n" for row in EDGES))
    for name, read in READERS:
        verdict("edges of values, by %s" % name, difference(read(folder), EDGES))
    shown = pq.read_schema(ds.dataset(folder).files[0]).remove_metadata()
    wanted = pa.schema([("b", pa.bool_()), ("d", pa.float64()), ("i", pa.int64()), ("l", pa.list_(pa.int64())),
                        ("o", pa.struct([("x", pa.int64()), ("y", pa.list_(pa.struct([("z", pa.string())])))])),
                        ("s", pa.string())])
    verdict("their types", None if [(f.name, without_names(f.type)) for f in shown] ==
            [(f.name, without_names(f.type)) for f in wanted] else shown)
    folder = os.path.join(temporary, "parts")
    land(folder, lines, "--partition-by", "exam_name")
    for name, read in READERS:
        verdict("the sample by exam_name, by %s" % name,
                difference(read(folder), sample, key=lambda row: row["user_exam_id"] + row["started_at"]))
    folder = os.path.join(temporary, "wider")
    land(folder, '{"a":1,"s":{"x":1}}\n')
    land(folder, '{"a":2,"s":{"x":3},"b":["new"]}\n', "--mode", "append")
    for name, read in READERS:
        verdict("files of different columns, by %s" % name,
                difference(read(folder), [{"a": 1, "s": {"x": 1}}, {"a": 2, "s": {"x": 3}, "b": ["new"]}],
                           key=lambda row: row["a"]))


def without_names(kind):
    """A type as text; what lists call their elements does not matter."""
    return str(kind).replace("element:", "item:")


def theirs(temporary):
    rows = [{"v": i, "t": "text %d" % (i % 7), "n": i % 3, "k": "a/b é %d" % (i % 2)} for i in range(3000)]
    sheet = pa.Table.from_pylist(rows)
    arrow, duck = os.path.join(temporary, "arrow"), os.path.join(temporary, "duck")
    ds.write_dataset(sheet, arrow, format="parquet", partitioning=ds.partitioning(
        pa.schema([("n", pa.int64()), ("k", pa.string())]), flavor="hive"))
    duckdb.sql("copy sheet to '%s' (format parquet, partition_by (n, k))" % duck)
    wanted = "\n".join("%d\t%s\t%d" % (n, k, sum(row["v"] for row in rows if (row["n"], row["k"]) == (n, k)))
                       for n in range(3) for k in ("a/b é 0", "a/b é 1"))
    for name, folder in (("pyarrow", arrow), ("DuckDB", duck)):
        verdict("parts of %s, by aread" % name,
                difference(records(run("aread", folder)), rows, key=lambda row: row["v"]))
        got = run("aagg", "-g", "n, k", "-o", "n, k", "sum(v) as v", folder)
        verdict("parts of %s, by aagg" % name, None if got == "n\tk\tv\n" + wanted + "\n" else got)
        got = run("aread", "-c", "v", "-w", "v between 100 and 102", folder)
        verdict("parts of %s, by aread -w" % name,
                difference(records(got), [{"v": 100}, {"v": 101}, {"v": 102}], key=lambda row: row["v"]))


with tempfile.TemporaryDirectory() as temporary:
    for part in (landed, theirs):
        if CHOSEN in part.__name__:
            part(temporary)
print("1..%d" % tests)
sys.exit(failed > 0)
