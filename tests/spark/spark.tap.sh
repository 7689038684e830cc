#!/bin/bash
# Asks real Spark again: its answers must be those that are kept, and ours must equal them. Needs Java 17;
# pip brings Spark.
root=$(cd "$(dirname "$0")/../.." && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$root"/tests/interop/spark_oracle.py -o "$fresh/golden" >"$fresh/log" 2>&1
status=$?
[ $status = 0 ] || sed 's/^/# /' "$fresh/log"
"$root"/tests/interop/spark_compare.py -g "$fresh/golden" >"$fresh/ours" || true
tests=$(grep -c -E '^(not )?ok ' "$fresh/ours")
echo "1..$((tests + 1))"
sed 1d "$fresh/ours"
if diff -r "$fresh/golden" "$root/tests/golden/spark" >"$fresh/diff"; then
    echo "ok $((tests + 1)) - Spark's answers are those in tests/golden/spark"
else
    echo "not ok $((tests + 1)) - Spark's answers are those in tests/golden/spark"
    head -40 "$fresh/diff" | sed 's/^/# /'
fi
