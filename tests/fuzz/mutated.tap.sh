#!/bin/bash
# Mutated inputs, the same in each run, through each driver of this folder under the address and undefined behaviour
# sanitizers: MUTATED (20,000) in all. `make fuzz-million` is the long form, `make fuzz` the one that learns.
set -u
cd "$(dirname "$0")/../.." || exit 2
drivers=(tests/fuzz/fuzz_*.c)
each=$(((${MUTATED:-20000} + ${#drivers[@]} - 1) / ${#drivers[@]}))
export ASAN_OPTIONS=detect_leaks=1:exitcode=99:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=99
log=$(mktemp) && trap 'rm -f "$log"' EXIT
number=0
total=0
echo "1..${#drivers[@]}"
for source in "${drivers[@]}"; do
    name=$(basename "$source" .c)
    number=$((number + 1))
    if count=$("build/asan/tests/mutate_${name#fuzz_}" "$each" tests/fuzz/corpus/"$name"/* 2>"$log") &&
        [ "$count" = "$each" ]; then
        total=$((total + count))
        echo "ok $number - $name: $count inputs"
    else
        echo "not ok $number - $name"
        head -n 30 "$log" | sed 's/^/# /'
    fi
done
echo "# $total inputs in all"
