#!/usr/bin/env python3
"""How many records Spark finds in a dataset, how many different numbers in its column n, and their sum (TSV). pip
brings Spark, Maven Delta Lake's jars.

    spark_counts.py parquet|delta FOLDER
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import spark_oracle  # noqa: E402

form, folder = sys.argv[1:]
if os.environ.get("COUNTS_INSIDE") is None:
    python = spark_oracle.environment()
    jars = subprocess.run(["bash", "-c", '. "$0" && jars delta-spark', os.path.join(ROOT, "scripts", "servers.bash")],
                          check=True, stdout=subprocess.PIPE).stdout.decode().strip() if form == "delta" else ""
    inside = dict(os.environ, COUNTS_INSIDE=jars, TZ="UTC")
    os.execve(python, [python, os.path.abspath(__file__)] + sys.argv[1:], inside)

jars = os.environ["COUNTS_INSIDE"]
if jars:
    spark_oracle.CONFIG.update({
        "spark.jars": ",".join(os.path.join(jars, name) for name in sorted(os.listdir(jars)) if name.endswith(".jar")),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    })
answers, sys.stdout = sys.stdout, spark_oracle.silent()
session = spark_oracle.start()
found = session.read.format(form).load(os.path.abspath(folder)).selectExpr("count(*)", "count(distinct n)", "sum(n)")
print(*found.collect()[0], sep="\t", file=answers)
session.stop()
