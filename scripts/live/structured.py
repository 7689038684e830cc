"""The count of scripts/bench-live with Spark Structured Streaming: structured.py BROKERS TOPIC FOLDER JARS, by the
Python that has pyspark. Rows that changed are printed as {"k":...,"n":...,"sent":...}; the next batch begins as soon as
the last one is done."""
import os
import sys

from pyspark.sql import SparkSession, functions

brokers, topic, folder, jars = sys.argv[1:]
session = (SparkSession.builder.appName("bench").master("local[2]").config("spark.jars", jars)
           .config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
           .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.memory", "2g")
           .config("spark.sql.shuffle.partitions", "2").config("spark.sql.session.timeZone", "UTC").getOrCreate())
session.sparkContext.setLogLevel("OFF")


def write(rows, _):
    text = "".join('{"k":"%s","n":%d,"sent":%d}\n' % tuple(row) for row in rows.collect())
    os.write(1, text.encode())


records = (session.readStream.format("kafka").option("kafka.bootstrap.servers", brokers).option("subscribe", topic)
           .option("startingOffsets", "earliest").load()
           .select(functions.from_json(functions.col("value").cast("string"), "k string, sent bigint").alias("v"))
           .select("v.k", "v.sent"))
counts = records.groupBy("k").agg(functions.count("*").alias("n"), functions.max("sent").alias("sent"))
(counts.writeStream.outputMode("update").foreachBatch(write).option("checkpointLocation", folder)
 .trigger(processingTime="0 seconds").start().awaitTermination())
