# ajoin, and what aflatten collects (explode, order, schema, scan): the same bytes for 1, 2 and 7 threads, kept in
# memory or not. `tests/run tsan` runs this file with the thread sanitizer as well.
load ../helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || exit
    if [ -n "${ATOOLS_SANITIZE-}" ]; then rows=6000; else rows=40000; fi
    awk -v n=$rows 'BEGIN { for (i = 0; i < n; i++)
        printf "{\"k\":\"k%d\",\"l\":%d,\"q\":[{\"x\":%d,\"o\":[%d,null]},{\"x\":null}],\"pad\":\"%0300d\"}\n",
        i * 7919 % 5003, i, i % 97, i, i }' >left.ndjson
    awk -v n=$rows \
        'BEGIN { print "k\tr"; for (i = 0; i < n; i++) printf "k%d\tsome text, the %d-th\n", i * 104729 % 6007, i }' \
        >right.tsv
}

alike() {
    cd "$BATS_FILE_TMPDIR" || return
    local first='' now threads
    for threads in 1 2 7; do
        now=$(bash -c "set -o pipefail; ${1//-j J/-j $threads}" 2>&1 </dev/null | sha256sum; echo "${PIPESTATUS[0]}")
        [ -z "$first" ] || same "with $threads threads: $1" "$now" "$first" || return
        first=$now
    done
    [ "${now##*$'\n'}" = 0 ] || { echo "status ${now##*$'\n'}: $1" >&2; return 1; }
    digest=$first
}

@test "threads: ajoin of every kind, in memory and beyond it" {
    local kind direct
    for kind in inner left right full; do
        alike "ajoin -j J --$kind -k k 'k, l, r, l + 1 as next' left.ndjson right.tsv"
        direct=$digest
        alike "ajoin -j J --memory 1M --$kind -k k 'k, l, r, l + 1 as next' left.ndjson right.tsv"
        same "$kind" "$digest" "$direct"
    done
    for kind in semi anti; do
        alike "ajoin -j J --$kind -k k 'k, l' left.ndjson right.tsv"
        direct=$digest
        alike "ajoin -j J --memory 1M --$kind -k k 'k, l' left.ndjson right.tsv"
        same "$kind" "$digest" "$direct"
    done
}

@test "threads: ajoin sorted, limited, as a table" {
    alike "ajoin -j J --full -k k -o 'r desc, l' -n 100 'k, l, r' left.ndjson right.tsv"
    alike "ajoin -j J --left -k k -n 777 'k, l, r' left.ndjson right.tsv"
    alike "ajoin -j J -k k --table=30 'k, l, r' left.ndjson right.tsv"
}

@test "threads: explode, order, schema, scan" {
    alike "aflatten -j J -e q -e q.o as o --outer 'k, q.x, q_pos, o, o_pos' left.ndjson"
    alike "aflatten -j J -e q -o 'q.x, l desc' 'k, q.x' left.ndjson"
    local direct=$digest
    alike "aflatten -j J --memory 1M -e q -o 'q.x, l desc' 'k, q.x' left.ndjson"
    same 'beyond memory' "$digest" "$direct"
    alike "aflatten -j J --schema left.ndjson"
    alike "aflatten -j J --scan all '*' left.ndjson"
}

# Stacks of so many bytes can't be had, so no thread can be made: everything is done by the first one.
@test "threads: where none can be had, ajoin, aagg and aflatten do all themselves" {
    not_sanitized
    cd "$BATS_FILE_TMPDIR" || return
    local command wanted
    # more rows than one thread indexes
    awk 'NR == 1 { print; next } { for (i = 0; i < 4; i++) print $0 }' right.tsv >long.tsv
    for command in "ajoin -j 4 --semi -k k 'k, l' left.ndjson long.tsv" \
        "ajoin -j 4 --memory 1M -k k 'k, l, r' left.ndjson right.tsv" \
        "aagg -j 4 -g l 'count(*)' left.ndjson" "aflatten -j 4 'k, l' left.ndjson" \
        "aslice --threads 4 .k left.ndjson"; do
        check 0 "$command | sha256sum"
        wanted=$output
        check 0 "ulimit -Ss 100000000000; $command | sha256sum"
        same "$command" "$output$errors" "$wanted"
    done
}
