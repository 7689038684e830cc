#!/usr/bin/env python3
"""Asks real Spark Structured Streaming what windows of time and watermarks come to, and keeps its answers:
tests/interop/spark_streams.py > tests/golden/streams.json. Needs Java 17; pip brings Spark. Each scenario is a stream
in batches of events, some of them late or out of order; a batch is a file."""
import json
import os
import random
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import spark_oracle  # noqa: E402

WINDOWS = {
    "tumbling": "window(t, '10 minutes')",
    "shifted": "window(t, '10 minutes', '10 minutes', '3 minutes')",
    "sliding": "window(t, '10 minutes', '4 minutes')",
    "sliding-evenly": "window(t, '15 minutes', '5 minutes', '-1 minutes')",
    "session": "session_window(t, '5 minutes')",
    "session-own": "session_window(t, concat(g, ' minutes'))",
}
SIZE, BATCHES = 6, 5
TOGETHER = 6  # scenarios asked at the same time: Spark mostly waits


def events(seed):
    """Batches whose times go on by some minutes, with a few far behind, nulls, and times that are none."""
    draw = random.Random(seed)
    now, batches = 0, []
    for _ in range(BATCHES):
        batch = []
        for _ in range(SIZE):
            now += draw.choice([0, 0, 1, 2, 5, 9])
            back = draw.choice([0, 0, 0, 1, 4, 12, 40])
            minute = max(now - back, 0)
            time = "2024-05-01 %02d:%02d:%02d" % (10 + minute // 60, minute % 60, draw.choice([0, 0, 30, 59]))
            batch.append({"t": draw.choice([time] * 14 + [None, "no time"]), "k": draw.choice("ab"),
                          "x": draw.randrange(100), "g": draw.choice([0, 1, 3, 5, 8])})
        batches.append(batch)
    return batches


def scenarios():
    seed = 0
    for name in WINDOWS:
        for mode in ("append", "complete") if name.startswith("session") else ("append", "update", "complete"):
            for delay in ("0 seconds", "5 minutes", "1 hour"):
                seed += 1
                yield {"name": "%s, %s, %s late" % (name, mode, delay), "window": WINDOWS[name], "mode": mode,
                       "delay": delay, "batches": events(seed)}


def ask(spark, scenario):
    """The rows of each batch, as JSON texts. The next batch comes when Spark has nothing left to do for the one before:
    it has run one without data, with the watermark that came of it."""
    folder, answers = tempfile.mkdtemp(), []

    def keep(frame, _):
        answers.append(sorted(frame.toJSON().collect()))

    stream = spark.readStream.schema("t string, k string, x bigint, g int").json(folder)
    query = (stream.selectExpr("cast(t as timestamp) as t", "k", "x", "g").withWatermark("t", scenario["delay"])
             .groupBy(expr(scenario["window"]).alias("w"), "k").agg(expr("count(*) as n"), expr("sum(x) as s"))
             .writeStream.outputMode(scenario["mode"]).foreachBatch(keep).start())
    for number, batch in enumerate(scenario["batches"]):
        path = os.path.join(folder, "_%d.json" % number)
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(event) + "\n" for event in batch)
        os.utime(path, (1700000000 + number * 10,) * 2)
        os.rename(path, os.path.join(folder, "%d.json" % number))
        query.processAllAvailable()
    query.stop()
    shutil.rmtree(folder)
    return answers


if __name__ == "__main__":
    if os.environ.get("STREAMS_INSIDE") is None:
        python = spark_oracle.environment()
        os.execve(python, [python, os.path.abspath(__file__)], dict(os.environ, STREAMS_INSIDE="1", TZ="UTC"))
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import expr
    session = (SparkSession.builder.master("local[%d]" % TOGETHER).config("spark.sql.shuffle.partitions", 1)
               .config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", False)
               .config("spark.sql.ansi.enabled", False).config("spark.driver.memory", "1g").getOrCreate())
    session.sparkContext.setLogLevel("OFF")


    def answer(one):
        one["answers"] = ask(session, one)
        print(one["name"], file=sys.stderr)
        return json.dumps(one, separators=(",", ":"))

    with ThreadPoolExecutor(TOGETHER) as pool:
        print("[" + ",\n".join(pool.map(answer, scenarios())) + "]")
