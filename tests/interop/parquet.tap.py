#!/usr/bin/env python3
"""TAP: Parquet of pyarrow, DuckDB, polars, fastparquet and parquet-go, in every type, encoding, page version, codec and
nesting that they can write, read by us as pyarrow reads it; and what we write, read by them as it was.

    parquet.tap.py [--all] [-k TEXT]

Without --all a part of it, and shorter files, in seconds.
"""
import datetime
import decimal
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
import parquet_oracle as oracle  # noqa: E402
import virtual_environment  # noqa: E402
from documents import bare, documents, text  # noqa: E402

DRIVER = os.path.join(ROOT, "build", "tests", "parquet_driver")
ALL = "--all" in sys.argv
ROWS = 3000 if ALL else 500
GROUP_ROWS = 1100 if ALL else 300

oracle.enter()

import duckdb  # noqa: E402
import fastparquet  # noqa: E402
import numpy  # noqa: E402
import pandas  # noqa: E402
import polars  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

import parquet_types  # noqa: E402

CHOSEN = sys.argv[sys.argv.index("-k") + 1] if "-k" in sys.argv else ""
tests = failed = 0


def verdict(title, complaint):
    global tests, failed
    tests += 1
    if complaint:
        failed += 1
    print(("not ok" if complaint else "ok") + " %d - %s" % (tests, title))
    for line in str(complaint or "").split("\n")[:20] if complaint else []:
        print("# " + line[:400])
    sys.stdout.flush()


def read_json(path, *arguments):
    """What we read, or a complaint."""
    said = subprocess.run([DRIVER, "json", "--nulls", path] + list(arguments), capture_output=True, check=False)
    if said.returncode:
        return None, "status %d: %s" % (said.returncode, said.stderr.decode("utf-8", "replace"))
    return [json.loads(line, parse_float=decimal.Decimal) for line in said.stdout.decode().split("\n")[:-1]], None


def compare(path, table=None):
    """A complaint if we do not read what pyarrow reads."""
    ours, trouble = read_json(path)
    if trouble:
        return trouble
    table = table if table is not None else pq.ParquetFile(path).read()
    theirs = [dict() for _ in range(table.num_rows)]
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        for row, value in zip(theirs, oracle.expected(column)):
            row[name] = value
    if len(ours) != len(theirs):
        return "%d rows, not %d" % (len(ours), len(theirs))
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if not oracle.same(a, b):
            for key in b:
                if not oracle.same(a.get(key), b[key]):
                    return "row %d, %s:\nours   %r\ntheirs %r" % (i, key, a.get(key), b[key])
            return "row %d: %r %r" % (i, list(a), list(b))
    return None


def holes(draw, values, share=0.15):
    return [None if draw.random() < share else value for value in values]


def columns(draw):
    """name: pyarrow array of ROWS values, of every type."""
    def make(kind, value, share=0.15):
        return pa.array(holes(draw, [value() for _ in range(ROWS)], share), kind)

    def near(bits, signed):
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
        return lambda: draw.choice([low, high, 0, 1, draw.randrange(low, high + 1), draw.randrange(0, 100)])

    def number(digits, scale):
        return lambda: decimal.Decimal(
            draw.choice([0, 1, -1, 10 ** digits - 1, 1 - 10 ** digits,
                         draw.randrange(-10 ** digits + 1, 10 ** digits)])).scaleb(-scale)

    decimal.getcontext().prec = 80
    made = {
        "bool": make(pa.bool_(), lambda: draw.random() < 0.5),
        "bool_required": make(pa.bool_(), lambda: draw.random() < 0.9, 0)
    }
    for bits in (8, 16, 32, 64):
        made["int%d" % bits] = make(getattr(pa, "int%d" % bits)(), near(bits, True))
        made["uint%d" % bits] = make(getattr(pa, "uint%d" % bits)(), near(bits, False))
    reals = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1.5, 1e300, 5e-324, 0.1, 1e7, 123456.789]
    made["double"] = make(pa.float64(), lambda: draw.choice(reals + [draw.gauss(0, 1e6)]))
    made["float"] = make(
        pa.float32(),
        lambda: float(numpy.float32(draw.choice([0.1, 1e30, float("nan"), 1.5, -2.25,
                                                 draw.gauss(0, 1)]))))
    made["half"] = make(pa.float16(), lambda: numpy.float16(
        draw.choice([0.1, 65504, 6e-8, float("inf"), 1.5, draw.gauss(0, 1)])))
    made["string"] = make(pa.string(), lambda: text(draw))
    made["large"] = make(pa.large_string(), lambda: text(draw))
    made["few"] = make(pa.string(), lambda: draw.choice(["x", "yy", "zzz"]))
    made["binary"] = make(pa.binary(), lambda: bytes(draw.randrange(256) for _ in range(draw.randrange(9))))
    made["fixed"] = make(pa.binary(5), lambda: bytes(draw.randrange(256) for _ in range(5)))
    for digits, scale in ((5, 2), (9, 0), (15, 7), (18, 18), (25, 3), (38, 10)):
        made["decimal_%d_%d" % (digits, scale)] = make(pa.decimal128(digits, scale), number(digits, scale))
    made["decimal_76_20"] = make(pa.decimal256(76, 20), number(76, 20))
    made["date"] = make(
        pa.date32(), lambda: draw.choice([0, -1, -141428, -141427, -719162, 2932896,
                                          draw.randrange(-10 ** 6, 10 ** 6)]))
    made["time_ms"] = make(pa.time32("ms"), lambda: draw.choice([0, 1, 86399999, draw.randrange(86400000)]))
    made["time_us"] = make(pa.time64("us"), lambda: draw.choice([0, 1000, 86399999999, draw.randrange(86400000000)]))
    made["time_ns"] = make(pa.time64("ns"), lambda: draw.choice([0, 1000, draw.randrange(86400 * 10**9)]))
    for unit, span in (("ms", 10**14), ("us", 10**17), ("ns", 9 * 10**18)):
        for zone in (None, "UTC"):
            made["stamp_%s_%s" % (unit, zone)] = make(
                pa.timestamp(unit, zone),
                lambda span=span: draw.choice([0, 1, -1, 10 ** 9, draw.randrange(-span, span)]))
    made["nothing"] = pa.nulls(ROWS)
    made["uuid"] = pa.ExtensionArray.from_storage(
        pa.uuid(), make(pa.binary(16), lambda: bytes(draw.randrange(256) for _ in range(16))))
    made["json"] = pa.ExtensionArray.from_storage(pa.json_(pa.string()),
                                                  make(pa.string(), lambda: json.dumps({"a": text(draw)})))
    return made


def nested(draw):
    """Nested arrays, with nulls and empty lists at each level."""
    def items(depth):
        return holes(
            draw,
            [draw.randrange(100) if depth == 0 else items(depth - 1) for _ in range(draw.choice([0, 0, 1, 2, 5]))], 0.2)

    def record(depth):
        if draw.random() < 0.15:
            return None
        return {
            "a": draw.choice([None, "x", "yy"]), "b": None if draw.random() < 0.2 else items(0),
            "c": record(depth - 1) if depth else None,
            "d": None if draw.random() < 0.2 else [record(depth - 1)
                                                   for _ in range(draw.choice([0, 1, 3]))] if depth else None
        }

    def kind(depth):
        below = kind(depth - 1) if depth else pa.struct([("a", pa.string())])
        return pa.struct([("a", pa.string()), ("b", pa.list_(pa.int32())), ("c", below), ("d", pa.list_(below))])

    def strip(value, depth):
        if value is None or depth == 0:
            return None if value is None else {"a": value["a"]}
        return dict(value,
                    c=strip(value["c"], depth - 1),
                    d=None if value["d"] is None else [strip(v, depth - 1) for v in value["d"]])

    rows = 700
    made = {
        "list": pa.array(holes(draw, [items(0) for _ in range(rows)]),
                         pa.list_(pa.int32())), "list2": pa.array(holes(draw, [items(1) for _ in range(rows)]),
                                                                  pa.list_(pa.list_(pa.int32()))),
        "list3": pa.array(holes(draw, [items(2) for _ in range(rows)]), pa.list_(pa.list_(pa.list_(pa.int32())))),
        "struct": pa.array([strip(record(2), 2) for _ in range(rows)], kind(1)), "map": pa.array(
            holes(draw, [[(text(draw) + str(i), draw.choice([None, 1, 2]))
                          for i in range(draw.choice([0, 1, 3]))] for _ in range(rows)]),
            pa.map_(pa.string(), pa.int64())), "map_int": pa.array([[(i * 7, [None, [None], [], ["x", "y"]][i % 4])
                                                                     for i in range(draw.choice([0, 1, 4]))]
                                                                    for _ in range(rows)],
                                                                   pa.map_(pa.int32(), pa.list_(pa.string()))),
        "pair": pa.array(holes(draw, [[1, None], [None, 2]] * (rows // 2)), pa.list_(pa.int8(), 2)),
        "maps": pa.array(holes(draw, [[[("k", 1)], None, []][:draw.randrange(4)] for _ in range(rows)]),
                         pa.list_(pa.map_(pa.string(), pa.int32())))
    }
    return pa.table(made)


def matrix(folder):
    """All types in all codecs, page versions and encodings of pyarrow."""
    draw = random.Random(7)
    table = pa.table(columns(draw))
    path = os.path.join(folder, "matrix.parquet")
    encodings = {
        "dictionary": {},
        "plain": {"use_dictionary": False},
        "delta": {
            "use_dictionary": False, "column_encoding": encoding_by(table, "DELTA_BINARY_PACKED",
                                                                    "DELTA_LENGTH_BYTE_ARRAY", "RLE")
        },
        "front": {
            "use_dictionary": False, "column_encoding": encoding_by(table, "DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY",
                                                                    "RLE")
        },
        "split": {
            "use_dictionary": False, "column_encoding": encoding_by(table, "BYTE_STREAM_SPLIT", None, None, split=True)
        },
        "integers": {"store_decimal_as_integer": True, "use_dictionary": ["few"]},
        "int96": {"use_deprecated_int96_timestamps": True},
    }
    for version in ("1.0", "2.0"):
        for name, options in encodings.items():
            every = name in ("dictionary", "delta") and (ALL or (name, version) == ("dictionary", "2.0"))
            for codec in ("none", "snappy", "gzip", "brotli", "lz4", "zstd") if every else ("snappy", ):
                title = "pyarrow: %s, pages %s, %s" % (name, version, codec)
                if CHOSEN not in title:
                    continue
                source = table
                if name == "int96":
                    source = table.select([c for c in table.column_names if "stamp_us_UTC" in c or c == "int32"])
                pq.write_table(source,
                               path,
                               data_page_version=version,
                               compression=codec,
                               data_page_size=1500,
                               row_group_size=GROUP_ROWS,
                               write_page_checksum=True,
                               write_page_index=True,
                               **options)
                verdict(title, compare(path, None if name != "int96" else source))


def encoding_by(table, number, string, boolean, split=False):
    chosen = {}
    for field in table.schema:
        kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
        if pa.types.is_boolean(kind):
            chosen[field.name] = boolean
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
            chosen[field.name] = string
        elif pa.types.is_fixed_size_binary(kind) or pa.types.is_decimal(kind) or pa.types.is_float16(kind):
            chosen[field.name] = "BYTE_STREAM_SPLIT" if split else string if string == "DELTA_BYTE_ARRAY" else None
        elif pa.types.is_floating(kind):
            chosen[field.name] = "BYTE_STREAM_SPLIT"
        elif not pa.types.is_null(kind):
            chosen[field.name] = number
    return {name: encoding for name, encoding in chosen.items() if encoding}


def nestings(folder):
    path = os.path.join(folder, "nested.parquet")
    for seed in range(3 if ALL else 1):
        table = nested(random.Random(seed))
        for version in ("1.0", "2.0"):
            for compliant in (True, False):
                title = "pyarrow: nesting, seed %d, pages %s, list elements called %s" % (seed, version, "element"
                                                                                          if compliant else "item")
                if CHOSEN in title:
                    pq.write_table(table,
                                   path,
                                   data_page_version=version,
                                   data_page_size=300,
                                   row_group_size=401,
                                   use_compliant_nested_type=compliant,
                                   use_dictionary=seed != 1)
                    verdict(title, compare(path))


def others(folder):
    """Files of DuckDB, polars, fastparquet."""
    draw = random.Random(11)
    flat = pa.table({
        name: column
        for name, column in columns(draw).items()
        if name not in ("half", "nothing", "uuid", "json", "decimal_76_20", "large", "time_ns", "fixed",
                        "stamp_ns_None", "stamp_ns_UTC", "date") and not name.startswith("time_")
    })
    path = os.path.join(folder, "other.parquet")
    nests = nested(draw).drop_columns(["pair"])
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "brotli"):
        for version in ("V1", "V2"):
            title = "duckdb: %s, %s" % (codec, version)
            if CHOSEN in title:
                duckdb.sql(
                    "copy (select * from flat) to '%s' (format parquet, codec '%s', parquet_version %s, row_group_size "
                    "2048)"
                    % (path, codec, version))
                # its own reading, as pyarrow refuses its pages of nulls in delta encodings
                verdict(title, compare(path, duckdb.sql("select * from '%s'" % path).to_arrow_table()))
    if CHOSEN in "duckdb: nesting":
        duckdb.sql("copy (select * from nests) to '%s' (format parquet)" % path)
        verdict("duckdb: nesting", compare(path))
    if CHOSEN in "duckdb: intervals, enums, uuids":
        duckdb.sql("copy (select interval '14 months 3 days 4.005 seconds' as i, 'b'::enum('a','b') as e, "
                   "'00112233-4455-6677-8899-aabbccddeeff'::uuid as u, 12::uhugeint as h) to '%s' (format parquet)" %
                   path)
        ours, trouble = read_json(path)
        right = [{
            "i": "P14M3DT4.005S", "e": "b", "u": "00112233-4455-6677-8899-aabbccddeeff", "h": decimal.Decimal(12)
        }]
        verdict("duckdb: intervals, enums, uuids", trouble or (None if ours == right else ours))
    for codec in ("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4"):
        title = "polars: " + codec
        if CHOSEN in title:
            polars.from_arrow(flat).write_parquet(path, compression=codec, row_group_size=1500, data_page_size=2000)
            verdict(title, compare(path))
    if CHOSEN in "polars: nesting":
        polars.from_arrow(nests.drop_columns(["map", "map_int", "maps"])).write_parquet(path)
        verdict("polars: nesting", compare(path))
    frame = pandas.DataFrame({
        "i": [1, 2, 3] * 500, "f": [0.5, float("inf"), -1.0] * 500, "s": ["a", "é", ""] * 500,
        "c": pandas.Categorical(["x", "y", "x"] * 500), "b": [True, False, True] * 500,
        "t": pandas.to_datetime(["1999-12-31 23:59:59.5", "2020-01-01", "1700-01-01"] * 500,
                                format="ISO8601").astype("datetime64[us]")
    })
    for codec in ("UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4"):
        for times in ("int64", "int96"):
            title = "fastparquet: %s, times as %s" % (codec, times)
            if CHOSEN in title:
                fastparquet.write(path,
                                  frame if times == "int64" else frame.drop(columns="t"),
                                  compression=codec,
                                  row_group_offsets=400,
                                  times=times)
                verdict(title, compare(path))


def go_program():
    """The program of tests/interop/parquet_go, built below the cache; None: no go, or no way to its modules."""
    source = os.path.join(HERE, "parquet_go")
    program = os.path.join(virtual_environment.cache(), "parquet_go")
    newest = max(os.path.getmtime(os.path.join(source, name)) for name in os.listdir(source))
    if not os.path.exists(program) or os.path.getmtime(program) < newest:
        try:
            subprocess.run(["go", "build", "-o", program, "."], cwd=source, check=True,
                           env=dict(os.environ, GOFLAGS="-modcacherw"))
        except (OSError, subprocess.CalledProcessError):
            return None
    return program


def parquet_go(folder):
    """Files of parquet-go."""
    if CHOSEN not in "parquet-go":
        return
    program = go_program()
    if program is None:
        verdict("parquet-go # SKIP go, or its modules, cannot be had", None)
        return
    place = os.path.join(folder, "go")
    os.mkdir(place)
    subprocess.run([program, place], check=True)
    for name in sorted(os.listdir(place)):
        if ALL or "none" in name or "zstd" in name:
            path = os.path.join(place, name)
            table = pq.ParquetFile(path).read()
            for column in table.column_names:
                if column.startswith("enum_"):  # bytes to pyarrow
                    table = table.set_column(table.column_names.index(column), column,
                                             table.column(column).cast(pa.string()))
            verdict("parquet-go: " + name, compare(path, table))


def chosen_columns(folder):
    path = os.path.join(folder, "chosen.parquet")
    table = nested(random.Random(5)).append_column(
        "flat", pa.array([None if i % 7 == 0 else "v%d" % (i % 50) for i in range(700)]))
    pq.write_table(table, path, data_page_size=300, row_group_size=300)
    ours, trouble = read_json(path, "flat", "struct.c")
    right = [{"struct": None if v is None else {"c": v["c"]}, "flat": w}
             for v, w in zip(table["struct"].to_pylist(), table["flat"].to_pylist())]
    verdict("only the columns asked for", trouble or (None if ours == right else "%r %r" % (ours[:3], right[:3])))
    said = subprocess.run([DRIVER, "values", path, "flat", "struct.a", "struct.b", "struct.d.a", "list2[1]", "nowhere"],
                          capture_output=True,
                          check=False)
    rows = [line.split("\t") for line in said.stdout.decode().split("\n")[:-1]]

    def shown(value):
        return "\\N" if value is None else value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))

    right = []
    for row in table.to_pylist():
        s = row["struct"] or {"a": None, "b": None, "d": None}
        inner = None if s["d"] is None else [None if v is None else v["a"] for v in s["d"]]
        item = row["list2"][1] if row["list2"] is not None and len(row["list2"]) > 1 else None
        right.append([shown(v) for v in (row["flat"], s["a"], s["b"], inner, item, None)])
    wrong = [(a, b) for a, b in zip(rows, right) if a != b]
    verdict("values of paths", said.stderr.decode() or (None if len(rows) == len(right) and not wrong else wrong[:2]))


def damage(folder):
    """Each truncation, and each byte changed: an error that names the file, or what was written; never a crash."""
    path = os.path.join(folder, "small.parquet")
    hurt = os.path.join(folder, "hurt.parquet")
    pq.write_table(pa.table({"a": [1, None, 3], "b": ["x", "y", None], "c": [[1], [], None]}),
                   path,
                   write_page_checksum=True)
    with open(path, "rb") as file:
        good = file.read()
    right = subprocess.run([DRIVER, "json", path], capture_output=True, check=False).stdout
    complaints = []
    for cut in range(0, len(good), 7 if ALL else 61):
        with open(hurt, "wb") as file:
            file.write(good[:cut])
        said = subprocess.run([DRIVER, "json", hurt], capture_output=True, check=False)
        if said.returncode != 1 or b"hurt.parquet" not in said.stderr:
            complaints.append("cut at %d: %d %r" % (cut, said.returncode, said.stderr))
    verdict("a truncated file is named, status 1", "\n".join(complaints))
    complaints = []
    pages = pq.ParquetFile(path).metadata.row_group(0)
    last = pages.column(2)
    end = (last.dictionary_page_offset or last.data_page_offset) + last.total_compressed_size
    for at in range(4, end, 3 if ALL else 23):
        with open(hurt, "wb") as file:
            file.write(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1:])
        said = subprocess.run([DRIVER, "json", hurt], capture_output=True, check=False)
        fine = said.returncode == 0 and said.stdout == right
        if not fine and (said.returncode != 1 or b"hurt.parquet: row group 0, column " not in said.stderr):
            complaints.append("byte %d: %d %r %r" % (at, said.returncode, said.stderr, said.stdout))
    verdict("a damaged page is named with row group, column and page, status 1", "\n".join(complaints))


def without_rows(folder):
    """Row groups of no rows, which have no page, or a dictionary alone."""
    path = os.path.join(folder, "none.parquet")
    table = pa.table({"a": pa.array([1, None, 3], pa.int32()), "b": ["x", "y", None], "c": [[1], [], None]})
    none = table.slice(0, 0)
    for dictionary in (True, False):
        with pq.ParquetWriter(path, table.schema, use_dictionary=dictionary) as writer:
            for part in (none, table, none, none, table, none):
                writer.write_table(part)
        said = subprocess.run(
            [os.path.join(ROOT, "bin", "aagg"), "--no-header=out", "count(*) as n, sum(a) as a", path],
            capture_output=True, check=False)
        verdict("row groups of no rows, %s a dictionary" % ("with" if dictionary else "without"), compare(path)
                or (None if said.stdout == b"6\t8\n" else said.stdout + said.stderr))
        pq.write_table(none, path, use_dictionary=dictionary)
        verdict("no rows, %s a dictionary" % ("with" if dictionary else "without"), compare(path))


def write(path, text, ddl="-", codec="snappy", group=0, together=100):
    with open(path, "wb") as out:
        said = subprocess.run(
            [DRIVER, "write", codec, str(group), str(together), ddl],
            input=text.encode(),
            stdout=out,
            stderr=subprocess.PIPE,
            check=False)
    return said.stderr.decode() if said.returncode else None


def spark_type(kind):
    """What printSchema makes of a type in Spark's row metadata."""
    if isinstance(kind, str):
        return kind
    if kind["type"] == "struct":
        return {f["name"]: spark_type(f["type"]) for f in kind["fields"]}
    return [spark_type(kind["elementType"])]


def arrow_type(kind):
    """The same of pyarrow's schema."""
    if pa.types.is_struct(kind):
        return {kind.field(i).name: arrow_type(kind.field(i).type) for i in range(kind.num_fields)}
    if pa.types.is_list(kind):
        return [arrow_type(kind.value_type)]
    if pa.types.is_decimal(kind):
        return "decimal(%d,%d)" % (kind.precision, kind.scale)
    return {"int64": "long", "bool": "boolean"}.get(str(kind), str(kind))


def read_back(path, rows):
    """A complaint if pyarrow, DuckDB or polars do not read these rows."""
    file = pq.ParquetFile(path, page_checksum_verification=True)
    table = file.read()
    theirs = [bare(row) for row in table.to_pylist()]
    rows = [bare(row) for row in rows]
    for i, (a, b) in enumerate(zip(theirs, rows)):
        if a != b:
            return "pyarrow, row %d:\n%r\n%r" % (i, a, b)
    if len(theirs) != len(rows):
        return "pyarrow: %d rows, not %d" % (len(theirs), len(rows))
    kind = {f.name: arrow_type(f.type) for f in table.schema}
    said = spark_type(json.loads(table.schema.metadata[b"org.apache.spark.sql.parquet.row.metadata"]))
    if kind != said or list(kind) != list(said):
        return "Spark's metadata: %r, columns: %r" % (said, kind)
    ducks = [bare(row) for row in duckdb.sql("select * from '%s'" % path).to_arrow_table().to_pylist()]
    if ducks != rows:
        return "DuckDB: " + next("row %d: %r %r" % (i, a, b) for i, (a, b) in enumerate(zip(ducks, rows)) if a != b)
    bears = [bare(row) for row in polars.read_parquet(path).to_dicts()]
    if bears != rows:
        return "polars: " + next("row %d: %r %r" % (i, a, b) for i, (a, b) in enumerate(zip(bears, rows)) if a != b)
    return None


def written(folder):
    path = os.path.join(folder, "written.parquet")
    sample = os.path.join(ROOT, "data", "attempts.ndjson")
    with open(sample, encoding="utf-8") as file:
        attempts = file.read()
    rows = [json.loads(line) for line in attempts.split("\n")[:-1]]
    for codec in ("none", "snappy", "gzip", "zstd", "lz4"):
        verdict("written: the sample, " + codec,
                write(path, attempts, codec=codec, group=200000) or read_back(path, rows))
    shown = subprocess.run([os.path.join(ROOT, "bin", "aflatten"), "--schema=json", sample],
                           capture_output=True,
                           check=False).stdout
    metadata = pq.ParquetFile(path).schema_arrow.metadata[b"org.apache.spark.sql.parquet.row.metadata"]
    verdict("written: Spark's row metadata is what aflatten --schema=json says",
            None if json.loads(shown) == json.loads(metadata) else metadata)
    for seed in range(10 if ALL else 2):
        rows = documents(random.Random(seed), 100)
        lines = "".join(
            json.dumps(row, ensure_ascii=seed % 2 == 0, separators=(", ", ": ") if seed % 3 else (",", ":")) + "\n"
            for row in rows)
        verdict("written: 100 random documents, seed %d" % seed,
                write(path, lines, group=3000) or read_back(path, rows))
    length = 10_000_000 if ALL else 1000
    large = [{"s": "x" * length, "n": 1}, {"s": "é" * (length // 2)}, {"s": "", "n": None},
             {"s": "\U0001f600" * 40, "n": 2}]
    lines = "".join(json.dumps(row) + "\n" for row in large)
    verdict("written: long strings, of 10 MB with --all", write(path, lines) or read_back(path, large))
    typed = ("d date, t timestamp, l timestamp_ntz, x decimal(20,2), f float, r double, b binary, i int, s smallint, "
             "y tinyint, m map<string,array<int>>")
    lines = (
        '{"d":"1582-10-04","t":"1582-10-04T12:00:00Z","l":"1500-01-01 00:00:00.000001","x":-123456789012345678.905,'
        '"f":0.1,"r":"NaN","b":"AAEC","i":-1,"s":-2,"y":-3,"m":{"a":[1,null],"b":null}}\n'
        '{"d":"0001-01-01","t":"9999-12-31T23:59:59.999999Z","l":"2020-02-29","x":0.005,"f":"Infinity","r":-0.0,"b":"",'
        '"i":2147483647,"s":32767,"y":127,"m":{}}\n{}\n'
    )
    trouble = write(path, lines, typed)
    table = pq.ParquetFile(path).read() if not trouble else None
    right = [(datetime.date(1582, 10, 4), datetime.datetime(1582, 10, 4, 12, tzinfo=datetime.timezone.utc),
              datetime.datetime(1500, 1, 1, 0, 0, 0, 1), decimal.Decimal("-123456789012345678.91"),
              float(numpy.float32(0.1)), "nan", b"\0\1\2", -1, -2, -3, [("a", [1, None]), ("b", None)]),
             (datetime.date(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999,
                                                        tzinfo=datetime.timezone.utc), datetime.datetime(2020, 2, 29),
              decimal.Decimal("0.01"), float("inf"), -0.0, b"", 2147483647, 32767, 127, []), (None, ) * 11]
    got = [tuple("nan" if v != v else v for v in row.values()) for row in table.to_pylist()] if table else []
    verdict(
        "written: types by a schema", trouble
        or (None if got == right else "\n".join("%r %r" % pair for pair in zip(got, right) if pair[0] != pair[1])))
    duck = duckdb.sql("select x, i, y, isnan(r), d::varchar, l::varchar from '%s'" %
                      path).fetchall() if not trouble else None
    verdict(
        "written: the same types in DuckDB",
        None if duck[:1] == [(decimal.Decimal("-123456789012345678.91"), -1, -3, True, "1582-10-04",
                              "1500-01-01 00:00:00.000001")] else duck)
    with open(path, "wb") as file:
        subprocess.run([os.path.join(ROOT, "bin", "aflatten"), "-T", "parquet",
                        "unhex(h) as b, base64(unhex(h)) as t, if(h = '', h, unhex(h)) as either"],
                       input=b'{"h":"00ff41"}\n{"h":""}\n{}\n', stdout=file, check=False)
    table = pq.ParquetFile(path).read()
    verdict("written: bytes of expressions are binary, beside strings text",
            None if table.schema.types == [pa.binary(), pa.string(), pa.string()] and table.to_pylist() == [
                {"b": b"\0\xffA", "t": "AP9B", "either": "AP9B"}, {"b": b"", "t": "", "either": ""},
                {"b": None, "t": None, "either": None}] else (table.schema, table.to_pylist()))
    duck = duckdb.sql("select typeof(b), hex(b) from '%s'" % path).fetchall()
    verdict("written: bytes in DuckDB", None if duck == [("BLOB", "00FF41"), ("BLOB", ""), ("BLOB", None)] else duck)
    back = subprocess.run([os.path.join(ROOT, "bin", "aflatten"), "typeof(b) as t, hex(b) as h, typeof(either) as e",
                           path], capture_output=True, check=False).stdout
    verdict("written: bytes come back", None if back == b"t\th\te\nbinary\t00FF41\tstring\nbinary\t\tstring\n"
            b"void\t\\N\tvoid\n" else back)
    many = "".join('{"k":%d,"s":"%s"}\n' % (i, "ab" * 40 + str(i)) for i in range(50000))
    trouble = write(path, many)
    found = polars.scan_parquet(path).filter(polars.col("k") == 31000).collect().to_dicts() if not trouble else None
    verdict(
        "written: statistics and indexes that others use", trouble
        or (None if found == [{"k": 31000, "s": "ab" * 40 + "31000"}]
            and duckdb.sql("select count(*) from '%s' where s >= '%s'" %
                           (path, "ab" * 40 + "5")).fetchall() == [(5 * 1111, )] else found))


def bare_type(kind):
    """Without the names that lists and maps give their parts."""
    if pa.types.is_list(kind):
        return "list<%s>" % bare_type(kind.value_type)
    if pa.types.is_map(kind):
        return "map<%s,%s>" % (bare_type(kind.key_type), bare_type(kind.item_type))
    if pa.types.is_struct(kind):
        return "struct<%s>" % ",".join("%s:%s" % (field.name, bare_type(field.type)) for field in kind)
    return str(kind)


def through_values(folder):
    """All that a file says of its values goes through an SQL tool: types at any depth, each value."""
    source, copy = os.path.join(folder, "typed.parquet"), os.path.join(folder, "copy.parquet")
    for zone in ("UTC", "Europe/Berlin", "America/New_York"):
        complaints = []
        for seed in range(300 if ALL else 60):
            draw = random.Random("%s %d" % (zone, seed))
            table = parquet_types.random_table(draw)
            pq.write_table(table, source, use_dictionary=draw.random() < 0.5)
            with open(copy, "wb") as file:
                said = subprocess.run(
                    [os.path.join(ROOT, "bin", "aflatten"), "-T", "parquet", "c0, c1, c2, c3", source],
                    env=dict(os.environ, TZ=zone), stdout=file, stderr=subprocess.PIPE, check=False)
            if said.returncode:
                complaints.append("%d: %s" % (seed, said.stderr.decode("utf-8", "replace")))
                continue
            back = pq.ParquetFile(copy).read()
            for name in table.column_names:
                right, got = table.column(name), back.column(name)
                types = bare_type(right.type), bare_type(got.type)
                if types[0] != types[1]:
                    complaints.append("%d %s: %s, right is %s" % (seed, name, types[1], types[0]))
                elif repr(right.to_pylist()) != repr(got.to_pylist()):
                    complaints.append("%d %s: %s\n%r\n%r" % (seed, name, types[0], got.to_pylist(), right.to_pylist()))
        verdict("through values: types and values as they were, %s" % zone, "\n".join(complaints))


with tempfile.TemporaryDirectory() as temporary:
    for part in (matrix, nestings, others, parquet_go, chosen_columns, damage, without_rows, written, through_values):
        if part in (matrix, nestings, others, parquet_go) or CHOSEN in part.__name__:
            part(temporary)
print("1..%d" % tests)
sys.exit(failed > 0)
