#!/usr/bin/env bats
# The directory behind file:DIR beside Kafka's own tools: its segments are Kafka's segments.
# DumpLogSegments comes with the jars of Kafka 3.9 (4.x moved it out of them).
load ../helper

records() { jq -nc 'range(5000) | {n: ., text: ("x" * (. % 50))}'; }

dump() { java -cp "$("$ROOT/scripts/kafka" jars zookeeper)/*" kafka.tools.DumpLogSegments "$@"; }

files() { ls "$1"/*.log "$1"/*.index "$1"/*.timeindex | paste -sd,; }

@test "DumpLogSegments reads what aproduce wrote, to the last record" {
    records >in
    for codec in none gzip; do
        atopic create -q -b file:log --config segment.bytes=100000 "t$codec"
        aproduce -q -b file:log -t "t$codec" -k key -H a=1 -z $codec in
        dump --deep-iteration --print-data-log --files "$(files "log/t$codec-0")" >dumped 2>errors
        [ "$(grep -c '^| offset' dumped)" = 5000 ]
        grep -q 'isvalid: true' dumped
        refuse grep -i 'isvalid: false\|mismatch\|out of order\|non-consecutive\|corrupt' dumped errors
        same "$codec payloads" "$(sed -n 's/^| offset.* payload: //p' dumped | md5sum)" "$(md5sum <in)"
        dump --index-sanity-check --files "$(files "log/t$codec-0")" >dumped 2>errors
        [ "$(grep -c 'passed sanity check' dumped)" -ge 2 ]
        refuse grep -i 'mismatch\|failed' dumped errors
    done
}

@test "DumpLogSegments sees the ends of our transactions" {
    atopic create -q -b file:log t
    records | aproduce -q -b file:log -t t --transaction
    dump --deep-iteration --files log/t-0/00000000000000000000.log >dumped 2>/dev/null
    [ "$(grep -c 'isTransactional: true isControl: false' dumped)" -ge 1 ]
    [ "$(grep -c 'endTxnMarker: COMMIT' dumped)" = 1 ]
}

@test "segments of a real broker are read, a partition written here is served by one" {
    cluster=$BATS_TEST_TMPDIR/cluster
    broker=$("$ROOT/scripts/kafka" start "$cluster")
    records >in
    for codec in none gzip snappy lz4 zstd; do
        kcat -q -b "$broker" -P -t "real-$codec" -z $codec -l in
    done
    aproduce -q -b "$broker" -t real-txn --transaction in
    atopic create -q -b "$broker" ours
    atopic create -q -b "$broker" ours-txn
    "$ROOT/scripts/kafka" stop "$cluster"

    data=$cluster/node-1/data
    mkdir -p copy && cp -r "$data"/real-* copy/
    for topic in real-none real-gzip real-snappy real-lz4 real-zstd real-txn; do
        aconsume -b file:copy -t $topic >out
        cmp out in
        aconsume -b file:copy -t $topic -o 4000 >out
        tail -n +4001 in | cmp - out
    done

    aproduce -q -b file:log -t ours in
    aproduce -q -b file:log -t ours-txn --transaction in
    for topic in ours ours-txn; do cp log/$topic-0/* "$data/$topic-0/"; done
    broker=$("$ROOT/scripts/kafka" start "$cluster")
    for topic in ours ours-txn; do
        kcat -q -b "$broker" -C -t $topic -o beginning -e >out
        cmp out in
    done
    aproduce -q -b "$broker" -t ours in
    aconsume -b "$broker" -t ours | cmp - <(cat in in)
    "$ROOT/scripts/kafka" stop --wipe "$cluster"
}

teardown() { [ ! -d "$BATS_TEST_TMPDIR/cluster" ] || "$ROOT/scripts/kafka" stop --wipe "$BATS_TEST_TMPDIR/cluster"; }
