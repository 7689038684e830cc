#!/usr/bin/env python3
"""TAP: Parquet between real Spark and us: what Spark writes, also in its legacy form, we read as Spark does; what we
write, Spark reads with the schema that aflatten --schema shows. Needs Java 17; pip brings Spark."""
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
sys.dont_write_bytecode = True
import spark_landed  # noqa: E402
import spark_oracle  # noqa: E402

DRIVER = os.path.join(ROOT, "build", "tests", "parquet_driver")
AREAD = os.path.join(ROOT, "bin", "aread")
ALAND = os.path.join(ROOT, "bin", "aland")
AFLATTEN = os.path.join(ROOT, "bin", "aflatten")
SAMPLE = os.path.join(ROOT, "data", "attempts.ndjson")

if os.environ.get("PARQUET_INSIDE") is None:
    python = spark_oracle.environment()
    os.execve(python, [python, os.path.abspath(__file__)], dict(os.environ, PARQUET_INSIDE="1", TZ="UTC"))

RICH = """select cast(id as tinyint) as t, cast(id as smallint) as s, cast(id as int) as i, id as l,
    cast(id as float) / 3 as f,
    id / 7D as d,
    cast(id as decimal(5,2)) as d5, cast(-id as decimal(18,6)) as d18, cast(id as decimal(38,10)) as d38,
    concat('s', id) as str,
    encode(concat('b', id), 'UTF-8') as bin, date_add(date'1582-10-01', cast(id as int) * 1000) as day,
    timestamp'1900-01-01 00:00:00.123456' + make_interval(0, 0, 0, cast(id as int) * 97, 0, 0, 0) as ts,
    timestamp_ntz'2020-01-31 10:00:00' as ntz, array(id, null, id + 1) as a, cast(array() as array<string>) as e,
    if(id % 3 = 0, null, array(array(id), null, array())) as aa,
    map(concat('k', id), id, 'z', null) as m,
    named_struct('x', id, 'y', named_struct('z', if(id % 2 = 0, null, array(named_struct('w', id))))) as st,
    if(id % 2 = 0, null, named_struct('only', 1)) as opt, id % 2 = 0 as flag from range(0, 500)"""
tests = failed = 0


def verdict(title, complaint):
    global tests, failed
    tests += 1
    failed += bool(complaint)
    print(("not ok" if complaint else "ok") + " %d - %s" % (tests, title))
    for line in str(complaint or "").split("\n")[:4] if complaint else []:
        print("# " + line[:600])
    sys.stdout.flush()


def files(folder):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".parquet"))


def ours(folder):
    rows = []
    for path in files(folder):
        said = subprocess.run([DRIVER, "json", path], capture_output=True, check=False)
        if said.returncode:
            return said.stderr.decode()
        rows += [json.loads(line) for line in said.stdout.decode().split("\n")[:-1]]
    return rows


def different(mine, theirs):
    if isinstance(mine, str):
        return mine
    if len(mine) != len(theirs):
        return "%d rows, not %d" % (len(mine), len(theirs))
    return "\n".join("%r\n%r" % pair for pair in zip(mine, theirs) if pair[0] != pair[1])


def spark_writes(session, folder):
    from pyspark.sql import functions

    rich = session.sql(RICH).coalesce(1)
    exact = rich.withColumn("ts",
                            functions.date_format("ts",
                                                  "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"))  # toJSON cuts microseconds off
    theirs = [json.loads(line) for line in exact.toJSON().collect()]
    for legacy in ("false", "true"):
        for stamps in ("INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"):
            for version in ("PARQUET_1_0", "PARQUET_2_0"):
                codec = {"INT96": "snappy", "TIMESTAMP_MICROS": "zstd", "TIMESTAMP_MILLIS": "lz4"}[stamps]
                session.conf.set("spark.sql.parquet.writeLegacyFormat", legacy)
                session.conf.set("spark.sql.parquet.outputTimestampType", stamps)
                frame = rich.drop("ts", "ntz") if stamps == "TIMESTAMP_MILLIS" else rich
                right = [{k: v for k, v in row.items() if k in frame.columns} for row in theirs]
                path = os.path.join(folder, "spark-%s-%s-%s" % (legacy, stamps, version))
                frame.write.option("compression", codec).option("parquet.writer.version",
                                                                version).option("parquet.page.size",
                                                                                "500").parquet(path)
                verdict("Spark writes: legacy %s, %s, %s, %s" % (legacy, stamps, version, codec),
                        different(ours(path), right))


def we_write(session, folder):
    path = os.path.join(folder, "ours.parquet")
    with open(SAMPLE, "rb") as records, open(path, "wb") as out:
        subprocess.run([DRIVER, "write", "snappy", "200000", "300", "-"], stdin=records, stdout=out, check=True)
    frame = session.read.parquet(path)
    shown = subprocess.run([AFLATTEN, "--schema", SAMPLE], capture_output=True, check=True).stdout.decode()
    verdict("we write: printSchema is what aflatten --schema shows",
            None if frame._jdf.schema().treeString() == shown else frame._jdf.schema().treeString())
    with open(SAMPLE, encoding="utf-8") as records:
        right = [json.loads(line) for line in records]

    def bare(value):
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if v is not None}
        return [bare(v) for v in value] if isinstance(value, list) else value

    verdict("we write: Spark reads the same records",
            different([json.loads(line) for line in frame.toJSON().collect()], [bare(row) for row in right]))
    flat = os.path.join(folder, "flat.parquet")
    with open(flat, "wb") as out:
        subprocess.run([
            AFLATTEN, "-T", "parquet",
            "exam_name, sequences.counts.total as n, cast(started_at as timestamp) as t, cast(1.5 as decimal(5,2)) as "
            "d",
            SAMPLE
        ],
                       stdout=out,
                       check=True)
    frame = session.read.parquet(flat)
    verdict(
        "we write: types of expressions", None if frame.schema.simpleString()
        == "struct<exam_name:string,n:bigint,t:timestamp,d:decimal(5,2)>" else frame.schema.simpleString())
    count = frame.where("n > 3 and t > timestamp'2018-01-10'").count()
    said = subprocess.run([AFLATTEN, "-T", "json", "-w", "n > 3 and t > '2018-01-10'", "n", flat],
                          capture_output=True,
                          check=True).stdout
    verdict("we write: Spark filters by statistics and finds the same rows",
            None if count == said.count(b"\n") > 0 else "%d %d" % (count, said.count(b"\n")))


def we_land(session, folder):
    nested, flat, parts = (os.path.join(folder, name) for name in ("nested", "flat", "parts"))
    subprocess.run([ALAND, "-q", "-d", nested, "--file-rows", "1000", SAMPLE], check=True)
    frame = session.read.parquet(nested)
    shown = subprocess.run([AFLATTEN, "--schema", SAMPLE], capture_output=True, check=True).stdout.decode()
    verdict("aland, nested: printSchema is what aflatten --schema shows",
            None if frame._jdf.schema().treeString() == shown else frame._jdf.schema().treeString())
    verdict("aland, nested: all rows, of four files",
            None if frame.count() == 3280 and len(files(nested)) == 4 else str(frame.count()))
    rows = subprocess.run([AFLATTEN, "user_exam_id, exam_name, sequences.counts.*", SAMPLE],
                          capture_output=True,
                          check=True).stdout
    subprocess.run([ALAND, "-q", "-d", flat], input=rows, check=True)
    frame = session.read.parquet(flat)
    wanted = session.read.json(SAMPLE).selectExpr("user_exam_id", "exam_name", "sequences.counts.*")
    verdict(
        "aland, nine columns: what Spark itself would have", None if sorted(frame.columns) == sorted(wanted.columns)
        and dict(frame.dtypes) == dict(wanted.dtypes) and frame.select(wanted.columns).exceptAll(wanted).count() == 0
        and wanted.exceptAll(frame.select(wanted.columns)).count() == 0 else str(frame.dtypes))
    subprocess.run([ALAND, "-q", "-d", parts, "--partition-by", "exam_name,certification", SAMPLE], check=True)
    frame, right = session.read.parquet(parts), session.read.json(SAMPLE)
    theirs = os.path.join(folder, "theirs")
    right.write.partitionBy("exam_name", "certification").parquet(theirs)

    def folders(path):
        return sorted(
            os.path.relpath(at, path) for at, _, names in os.walk(path) if any(
                name.endswith(".parquet") for name in names))

    verdict("aland --partition-by: Spark's own folders",
            None if folders(parts) == folders(theirs) else str(set(folders(parts)) ^ set(folders(theirs))))
    columns = ["exam_name", "certification", "user_exam_id"]
    verdict(
        "aland --partition-by: the same rows",
        None if frame.select(columns).exceptAll(session.read.parquet(theirs).select(columns)).count() == 0
        and frame.count() == 3280 else str(frame.count()))
    said = subprocess.run([AREAD, "-c", "exam_name,certification,user_exam_id", theirs],
                          capture_output=True,
                          check=True).stdout.decode()
    mine = list((row.get("exam_name"), row.get("certification"), row["user_exam_id"])
                for row in map(json.loads,
                               said.split("\n")[:-1]))
    right = sorted(((row.exam_name, row.certification, row.user_exam_id) for row in right.select(columns).collect()),
                   key=str)
    verdict("aread: Spark's partitioned dataset",
            None if sorted(mine, key=str) == right else "%r\n%r" % (mine[:3], right[:3]))


IN_FOLDERS = ["0", "7", "-7", "+5", "007", "2147483647", "2147483648", "-9223372036854775808", "9223372036854775808",
              "1e5", "1.5", "1.", "2.50", ".5", "-0", "1e400", "NaN", "Infinity", "inf", "1d", "2f", "2020-01-31",
              "2020-02-30", "2020-1-1", "20200131", "2020-01-31 10%3A11%3A12", "2020-01-31 10%3A11%3A12.5",
              "2020-01-31 25%3A00%3A00", "2020-01-31T10%3A11%3A12", "x", " 1", "true", "1" + 37 * "0",
              "__HIVE_DEFAULT_PARTITION__"]


def folders_with_values(session, folder):
    """Columns in the names of folders: the type and the values that Spark finds, for each value alone, and some."""
    choice = random.Random(7)
    cases = [[value] for value in IN_FOLDERS] + [choice.sample(IN_FOLDERS[:-8] + IN_FOLDERS[-1:], 2 + i % 2)
                                                 for i in range(26)]
    sheet = os.path.join(folder, "sheet")
    session.range(1).coalesce(1).write.parquet(sheet)
    wrong = []
    for number, values in enumerate(cases):
        dataset = os.path.join(folder, "in_folders", str(number))
        for value in values:
            os.makedirs(os.path.join(dataset, "p=" + value))
            os.link(files(sheet)[0], os.path.join(dataset, "p=" + value, "f.parquet"))
        frame = session.read.parquet(dataset)
        right = (dict(frame.dtypes)["p"], sorted(str(row.p) for row in frame.selectExpr("string(p) as p").collect()))
        said = subprocess.run([AFLATTEN, "--no-header", "--null", "None", "typeof(p), string(p)", dataset],
                              capture_output=True, check=True).stdout.decode()
        mine = [line.split("\t") for line in said.split("\n")[:-1]]
        types = {pair[0] for pair in mine} - {"void"} or {"void"}
        if types != {right[0]} or sorted(pair[1] for pair in mine) != right[1]:
            wrong.append("%r: %r, Spark has %r" % (values, mine, right))
    verdict("columns in the names of folders: Spark's types and values, %d times" % len(cases), "\n".join(wrong))


if __name__ == "__main__":
    spark = spark_oracle.start()
    with tempfile.TemporaryDirectory() as temporary:
        spark_writes(spark, temporary)
        we_write(spark, temporary)
        we_land(spark, temporary)
        folders_with_values(spark, temporary)
        spark_landed.verdicts(spark, "parquet", temporary, [], verdict)
    spark.stop()
    print("1..%d" % tests)
    sys.exit(failed > 0)
