#!/usr/bin/env python3
"""What pyarrow finds in the column n of a dataset: rows, different ones, their sum (TSV).

    parquet_counts.py FOLDER
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import virtual_environment  # noqa: E402

virtual_environment.enter("delta", ["deltalake", "duckdb", "pyarrow"], "deltalake, duckdb, pyarrow")

import pyarrow.dataset as ds  # noqa: E402

numbers = ds.dataset(sys.argv[1], format="parquet").to_table(columns=["n"]).column("n").to_pylist()
print("%d\t%d\t%d" % (len(numbers), len(set(numbers)), sum(numbers)))
sys.stdout.flush()
os._exit(0)  # not all of these libraries end well
