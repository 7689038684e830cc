#!/usr/bin/env python3
"""TAP: Delta tables between real Spark and us, both ways, in turn, and by version; and what aland leaves when it is
killed at random moments, counted by Spark. Needs Java 17; pip brings Spark, Maven Delta Lake's jars.

    delta.tap.py [-k TEXT]
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
sys.dont_write_bytecode = True
import spark_landed  # noqa: E402
import spark_oracle  # noqa: E402

BIN = os.path.join(ROOT, "bin")
SAMPLE = os.path.join(ROOT, "data", "attempts.ndjson")
CHOSEN = sys.argv[2] if sys.argv[1:2] == ["-k"] else ""
KILLS = 60

if os.environ.get("DELTA_INSIDE") is None:
    python = spark_oracle.environment()
    folder = subprocess.run(["bash", "-c", '. "$0" && jars delta-spark', os.path.join(ROOT, "scripts", "servers.bash")],
                            check=True, capture_output=True).stdout.decode().strip()
    jars = ",".join(os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".jar"))
    os.execve(python, [python, os.path.abspath(__file__)] + sys.argv[1:], dict(os.environ, DELTA_INSIDE=jars, TZ="UTC"))

spark_oracle.CONFIG.update({
    "spark.jars": os.environ["DELTA_INSIDE"],
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "1",
})
tests = failed = 0


def verdict(title, complaint):
    global tests, failed
    tests += 1
    failed += bool(complaint)
    print(("not ok" if complaint else "ok") + " %d - %s" % (tests, title))
    for line in str(complaint or "").split("\n")[:4] if complaint else []:
        print("# " + line[:600])
    sys.stdout.flush()


def run(tool, *arguments, given=""):
    done = subprocess.run([os.path.join(BIN, tool)] + list(arguments), input=given.encode(), capture_output=True,
                          check=False)
    assert done.returncode == 0, "%s %s: %s" % (tool, " ".join(arguments), done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode()


def bare(value):
    if isinstance(value, dict):
        return {key: bare(member) for key, member in value.items() if member is not None}
    return [bare(element) for element in value] if isinstance(value, list) else value


def difference(got, wanted):
    got, wanted = (sorted(json.dumps(bare(row), sort_keys=True) for row in rows) for rows in (got, wanted))
    if len(got) != len(wanted):
        return "%d rows, not %d" % (len(got), len(wanted))
    return "\n".join("%s\n%s" % pair for pair in zip(got, wanted) if pair[0] != pair[1])


def theirs(session, folder, version=None):
    reader = session.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    return [json.loads(line) for line in reader.load(folder).toJSON().collect()]


def ours(folder, *options):
    return [json.loads(line) for line in run("aread", "-q", *options, folder).split("\n")[:-1]]


def we_write(session, temporary):
    with open(SAMPLE, encoding="utf-8") as file:
        sample = [json.loads(line) for line in file]
    folder = os.path.join(temporary, "ours")
    run("aland", "-q", "--delta", "-d", folder, "--file-rows", "1000", SAMPLE)
    frame = session.read.format("delta").load(folder)
    verdict("printSchema is what aflatten --schema shows",
            None if frame._jdf.schema().treeString() == run("aflatten", "--schema", SAMPLE)
            else frame._jdf.schema().treeString())
    verdict("the sample, four files", difference(theirs(session, folder), sample))
    run("aland", "-q", "-d", folder, "--mode", "overwrite", "--partition-by", "exam_name", SAMPLE)
    verdict("by exam_name", difference(theirs(session, folder), sample))
    name = sample[0]["exam_name"]
    count = session.read.format("delta").load(folder).where("exam_name = \"%s\"" % name).count()
    verdict("one exam", None if count == sum(row["exam_name"] == name for row in sample) else str(count))
    verdict("as it was before", difference(theirs(session, folder, 0), sample))
    history = session.sql("describe history delta.`%s`" % folder).select("version", "operation").collect()
    verdict("its history", None if [tuple(row) for row in history] == [(1, "WRITE"), (0, "WRITE")] else str(history))
    folder = os.path.join(temporary, "types")
    rows = [{"i": i, "d": i / 4, "s": "t%d" % i, "day": "2020-01-%02d" % (i % 28 + 1), "f": i / 100,
             "at": "2020-01-01T00:00:%02d.500Z" % (i % 60), "m": {"k": i}} for i in range(100)]
    run("aland", "-q", "--delta", "-d", folder, "--file-rows", "10", "--schema",
        "i BIGINT, d DOUBLE, s STRING, day DATE, f DECIMAL(10,2), at TIMESTAMP, m MAP<STRING, BIGINT>",
        given="".join(json.dumps(row) + "\n" for row in rows))
    frame = session.read.format("delta").load(folder)
    verdict("types", None if frame.schema.simpleString() == "struct<i:bigint,d:double,s:string,day:date,"
            "f:decimal(10,2),at:timestamp,m:map<string,bigint>>" else frame.schema.simpleString())
    found = sorted(row.i for row in frame.where("i > 41 and f < 0.50 and day > date'2020-01-15' and at > "
                                                "timestamp'2020-01-01 00:00:42.1'").collect())
    wanted = [i for i in range(42, 50) if i % 28 + 1 > 15 and i % 60 >= 42]
    verdict("files passed over by their statistics", None if found == wanted else str(found))
    verdict("count, min and max out of statistics", None if tuple(frame.selectExpr(
        "count(*)", "min(i)", "max(i)", "max(day)").collect()[0])[:3] == (100, 0, 99) else "others")


def in_turn(session, temporary):
    folder = os.path.join(temporary, "turn")
    session.sql("select cast(id as bigint) as a, concat('p', id % 2) as p from range(10)").write.format(
        "delta").partitionBy("p").save(folder)
    run("aland", "-q", "-d", folder, "--mode", "append", given='{"a":10,"p":"p0","new":{"x":[1.5]}}\n')
    session.sql("select 11L as a, 'ü/ %' as p").write.format("delta").mode("append").save(folder)
    run("aland", "-q", "-d", folder, "--mode", "append", given='{"a":12,"p":null}\n')
    wanted = [{"a": a, "p": "p%d" % (a % 2)} for a in range(10)] + [
        {"a": 10, "p": "p0", "new": {"x": [1.5]}}, {"a": 11, "p": "ü/ %"}, {"a": 12}]
    verdict("written in turn, by Spark", difference(theirs(session, folder), wanted))
    verdict("written in turn, by us", difference(ours(folder), wanted))
    for i in range(13, 31):  # version i - 9; those of 10 and 20 make checkpoints: Spark's and ours
        if i % 4 < 2:
            run("aland", "-q", "-d", folder, "--mode", "append", given='{"a":%d}\n' % i)
        else:
            row = session.sql("select %dL as a, cast(null as string) as p" % i)
            row.write.format("delta").mode("append").save(folder)
        wanted.append({"a": i})
    verdict("over checkpoints of both, by Spark", difference(theirs(session, folder), wanted))
    verdict("over checkpoints of both, by us", difference(ours(folder), wanted))
    verdict("an older version", difference(ours(folder, "--as-of", "9"), theirs(session, folder, 9)))
    session.sql("optimize delta.`%s`" % folder)
    session.sql("delete from delta.`%s` where a = 12" % folder)
    wanted = [row for row in wanted if row["a"] != 12]
    verdict("after optimize and delete", difference(ours(folder), wanted))
    session.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    session.sql("vacuum delta.`%s` retain 0 hours" % folder)
    verdict("after vacuum", difference(ours(folder), wanted) or difference(theirs(session, folder), wanted))
    got = run("aagg", "-g", "p is null as n", "-o", "n", "count(*) as c", folder)
    verdict("grouped by us", None if got == "n\tc\nfalse\t12\ntrue\t18\n" else got)
    deleted = os.path.join(temporary, "vectors")
    session.sql("create table delta.`%s` (a bigint) using delta tblproperties "
                "('delta.enableDeletionVectors' = true)" % deleted)
    session.sql("insert into delta.`%s` select id from range(100)" % deleted)
    session.sql("delete from delta.`%s` where a = 7" % deleted)
    done = subprocess.run([os.path.join(BIN, "aread"), deleted], capture_output=True, check=False)
    verdict("deletion vectors are refused by name", None if done.returncode == 2 and b"deletion vector" in done.stderr
            and not done.stdout else done.stderr)
    said = [run("aread", "--as-of", "1", deleted).count("\n"), run("aread", "--as-of", "0", deleted)]
    verdict("but not before there were any", None if said == [100, ""] else str(said))


def values(session, temporary):
    spark_landed.verdicts(session, "delta", os.path.join(temporary, "values"), ["--delta"], verdict)


def message(number):
    return '{"value":"{\\"n\\":%d}","topic":"t","partition":0,"offset":%d}\n' % (number, number)


def killed(session, temporary):
    killed_form(session, temporary, False)
    killed_form(session, temporary, True)


def killed_form(session, temporary, delta):
    folder = os.path.join(temporary, "killed-delta" if delta else "killed")
    chance = random.Random()
    path = os.path.join(temporary, "messages")
    options = ["-q", "--envelope", "-d", folder] + (["--delta"] if delta else [])
    for turn in range(1, KILLS + 1):
        with open(path, "w", encoding="ascii") as file:
            file.writelines(message(number) for number in range(turn * 500))
        landing = subprocess.Popen([os.path.join(BIN, "aland")] + options + [path], stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * 0.1)
        landing.send_signal(signal.SIGKILL)
        landing.wait()
    run("aland", *options, path)
    frame = session.read.format("delta" if delta else "parquet").load(folder)
    counts = tuple(frame.selectExpr("count(*)", "count(distinct n)", "sum(n)").collect()[0])
    rows = KILLS * 500
    verdict("killed at %d moments, %s: every record once" % (KILLS, "Delta" if delta else "plain"),
            None if counts == (rows, rows, rows * (rows - 1) // 2) else str(counts))


if __name__ == "__main__":
    spark = spark_oracle.start()
    with tempfile.TemporaryDirectory() as scratch:
        for part in (we_write, in_turn, values, killed):
            if CHOSEN in part.__name__:
                part(spark, scratch)
    spark.stop()
    print("1..%d" % tests)
    sys.exit(failed > 0)
