#!/usr/bin/env python3
"""Asks real Spark all questions of the case files once, and keeps its answers as tests/golden/spark/NAME.json.

    tests/interop/spark_oracle.py [-o FOLDER] [NAME…]

The case format stands at the top of spark_cases.py. Spark 4.0.0 comes from PyPI into a virtual environment of its own
(${XDG_CACHE_HOME:-~/.cache}/atools/spark-4.0.0) at the first run; Java 17 must be there. Local mode, no ANSI, UTC, as
the workflow's Spark behaves; `spark.sql.ansi.enabled=false` is what Spark 3 had as its default.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import spark_cases  # noqa: E402
import virtual_environment  # noqa: E402

VERSION = "4.0.0"
CONFIG = {
    "spark.master": "local[2]",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.default.parallelism": "1",
}
TOGETHER = 25  # expressions in one query
VIEWS = {}  # what each view is of: the same one need not be made again


def environment():
    """The Python of the virtual environment with pyspark."""
    return virtual_environment.python_with("spark-" + VERSION, ["pyspark==" + VERSION],
                                           f"pyspark; assert pyspark.__version__ == '{VERSION}'")


def silent():
    """Spark's own log, with a page for each query it refuses, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    log = os.dup(2)
    os.dup2(nowhere, 2)
    return os.fdopen(log, "w")


def start():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("oracle")
    for key, value in CONFIG.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def as_text(frame):
    """Every column as the text that our TSV shows."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import ArrayType, MapType, StructType

    plain = frame.toDF(*[f"c{i}" for i in range(len(frame.columns))])
    columns = []
    for field in plain.schema.fields:
        nested = isinstance(field.dataType, (ArrayType, MapType, StructType))
        column = F.to_json(field.name, {"ignoreNullFields": "false"}) if nested else F.col(field.name).cast("string")
        columns.append(column.alias(field.name))
    return [[spark_cases.escape(value) for value in row] for row in plain.select(*columns).collect()]


def why(error):
    """What Spark says of a query it refuses: the first line is enough to know it by, without numbers of its objects."""
    text = re.sub(r"\bcalling o\d+\.", "calling o.", str(error).strip().split("\n")[0])
    text = re.sub(r"#\d+", "#0", text)
    return text.split(" SQLSTATE")[0][:200]


def run_expressions(session, expressions):
    """{expression: [value of each row]}, or {"error": …} where Spark refuses it."""
    answers = {}

    def ask(some):
        try:
            query = "select " + ", ".join(f"({text}) as c{i}" for i, text in enumerate(some)) + " from t"
            rows = as_text(session.sql(query))
            for i, text in enumerate(some):
                answers[text] = [row[i] for row in rows]
        except Exception as error:  # pylint: disable=broad-except
            if len(some) == 1:
                answers[some[0]] = {"error": why(error)}
                return
            half = len(some) // 2
            ask(some[:half])
            ask(some[half:])

    for i in range(0, len(expressions), TOGETHER):
        ask(expressions[i : i + TOGETHER])
    return {text: answers[text] for text in expressions}


def run_case(session, found, case, folder):
    def view(name, text, schema=None):
        path = os.path.join(folder, name + ".json")
        if VIEWS.get(name) == (path, text, schema):
            return session.table(name)
        VIEWS[name] = (path, text, schema)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        reader = session.read.schema(schema) if schema else session.read
        frame = reader.json(path)
        frame.createOrReplaceTempView(name)
        return frame

    session.conf.set("spark.sql.session.timeZone", case.get("zone", "UTC"))
    try:
        frame = view("t", spark_cases.text_of(found, case), case.get("schema"))
        for name, table in case.get("views", {}).items():
            view(name, found["tables"][table])
        if "expressions" in case:
            return run_expressions(session, case["expressions"])
        if "sql" in case:
            answer = session.sql(case["sql"])
            lines = [[spark_cases.escape(name) for name in answer.columns]] + as_text(answer)
            return "".join("\t".join(line) + "\n" for line in lines)
        if "print_schema" in case:
            return frame.schema.json() + "\n" if case["print_schema"] == "json" else frame._jdf.schema().treeString()
        show = case["show"]
        answer = session.sql(show.get("sql", "select * from t"))
        text = answer._jdf.showString(show.get("rows", 20), show.get("width", 20), show.get("vertical", False))
        return text.rstrip("\n") + "\n"  # Spark ends some with a newline and some without, and prints one more
    except Exception as error:  # pylint: disable=broad-except
        return {"error": why(error)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", "--out", default=spark_cases.GOLDEN)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if os.environ.get("ATOOLS_IN_SPARK") != VERSION:
        python = environment()
        os.environ.update(ATOOLS_IN_SPARK=VERSION, TZ="UTC", SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=python)
        os.environ.pop("SPARK_HOME", None)
        os.execv(python, [python, os.path.abspath(__file__)] + sys.argv[1:])
    log = silent()
    session = start()
    os.makedirs(options.out, exist_ok=True)
    for name in options.names or spark_cases.names():
        found = spark_cases.load(name)
        answers = {}
        with tempfile.TemporaryDirectory() as folder:
            for case in found["cases"]:
                answers[case["name"]] = run_case(session, found, case, folder)
        golden = {
            "spark": session.version, "made_by": "tests/interop/spark_oracle.py", "config": CONFIG, "answers": answers
        }
        with open(os.path.join(options.out, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(golden, file, ensure_ascii=False, indent=0)
            file.write("\n")
        print(f"{name}: {len(answers)} cases", file=log, flush=True)
    session.stop()


if __name__ == "__main__":
    main()
