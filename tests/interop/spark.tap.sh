#!/bin/bash
# Our answers against what Spark gave (tests/golden/spark); see spark_cases.py.
exec "$(dirname "$0")"/spark_compare.py "$@"
