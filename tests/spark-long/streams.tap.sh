#!/bin/bash
# Asks real Spark Structured Streaming again (a memory sink, 48 streams of late and disordered events): its answers must
# be those that are kept, which tests/interop/window.tap.py compares with ours. Needs Java 17; pip brings Spark.
root=$(cd "$(dirname "$0")/../.." && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
echo 1..2
say() { # WHAT LOG: how the command before it ended
    if [ $? = 0 ]; then echo "ok $1"; else echo "not ok $1" && head -40 "$2" | sed 's/^/# /'; fi
}
"$root"/tests/interop/spark_streams.py >"$fresh/streams.json" 2>"$fresh/log" &&
    cmp "$fresh/streams.json" "$root/tests/golden/streams.json" >>"$fresh/log" 2>&1
say "1 - Spark's answers are those in tests/golden/streams.json" "$fresh/log"
[ "$(grep -o '"mode":"[a-z]*"' "$fresh/streams.json" | wc -l)" -ge 40 ] &&
    "$root"/tests/interop/window.tap.py >"$fresh/ours" 2>&1 && ! grep -q '^not ok' "$fresh/ours"
say "2 - ours are equal to them" "$fresh/ours"
