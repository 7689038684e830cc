#!/usr/bin/env bats
# Kafka as the shuffle (atools-scale(7)): members of a group make partial states of what they read, and commit both
# together. Members join and leave, and each part of their pipes is killed with -9 while records come; in the end the
# states come to what one process makes of all records. KILLS: how often each part is (make check-kafka-long: 20).
load helper

KILLS=${KILLS:-2}
question=(-g k 'count(*) as n, sum(x) as s, avg(x) as m, max(x) as most, count(distinct x % 10) as d')

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    T=shuffle-$BATS_TEST_NUMBER-$RANDOM
    export T
    on_kafka
    RANDOM=${SEED:-$$}
    echo "seed $RANDOM"
    create "$T" --partitions 6
    create "$T-partials" --partitions 3
    loaded=0 kills=0
}

teardown() {
    touch over
    cat pid.* 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    wait
}

# run_pipe NAME: one member, once; each part's process in pid.NAME.PART.
run_pipe() {
    { echo "$BASHPID" >"pid.$1.aconsume"; exec aconsume -q -t "$T" -g "$T" -X "group.instance.id=$1" -J --follow \
        --leave-commit; } |
        { echo "$BASHPID" >"pid.$1.aagg"; exec aagg --envelope --partial --every 50ms --key-first hash \
            "${question[@]}"; } |
        { echo "$BASHPID" >"pid.$1.aproduce"; exec aproduce -q -t "$T-partials" -K '\t' --commit "$T-$1"; }
}

# member NAME: runs until the file over or over.NAME is there, again whenever a part of it dies.
member() {
    until [ -e over ] || [ -e "over.$1" ]; do run_pipe "$1" 2>>"errors.$1" || true; done 3>&-
}

# load_more N: so many records more, the same for each seed.
load_more() {
    records "$loaded" "$1" >load.ndjson
    cat load.ndjson >>all
    aproduce -q -t "$T" --key-path x load.ndjson
    loaded=$((loaded + $1))
}

committed() { [ "$(atopic lag "$T" -J | aagg --no-header 'sum(lag)')" = 0 ] && [ "$(atopic lag "$T" | wc -l)" = 7 ]; }

# The states' sum, a partition of them after the other, as one process each has it.
merged() {
    local partition
    for partition in 0 1 2; do
        aconsume -q -t "$T-partials" -p $partition | aagg --no-header=out --merge "${question[@]}"
    done | LC_ALL=C sort
}

# All is read and committed; the members end.
finish() {
    eventually committed
    touch over
    cat pid.*.aconsume | xargs kill 2>/dev/null || true # one has ended
    wait "${members[@]}"
    aagg --no-header=out "${question[@]}" all | LC_ALL=C sort >wanted
    [ "$(wc -l <wanted)" = 60 ]
    merged >seen
    diff wanted seen
}

@test "members of a group join and leave: the partial states are those of every message once" {
    member a & members=($!)
    load_more 500
    eventually committed
    member b & members+=($!)
    load_more 500
    eventually shared_by 2
    load_more 500
    member c & members+=($!)
    eventually shared_by 3
    load_more 500
    eventually committed
    touch over.b # what it has read is committed before it goes
    kill "$(cat pid.b.aconsume)"
    wait "${members[1]}"
    load_more 500
    finish
    # nothing had to be done again
    cat errors.*
    [ ! -s errors.a ]
    [ ! -s errors.b ]
    [ ! -s errors.c ]
}

# shared_by N: the group is shared out to so many.
shared_by() {
    [ "$(atopic groups "$T" -J | aslice 'select(.state == "Stable") | .members | length')" = "$1" ]
}

@test "kill -9 of aconsume, aagg and aproduce of members at work: the partial states are those of every message once" {
    local round part name
    member a & members=($!)
    member b & members+=($!)
    load_more 300
    eventually shared_by 2
    for ((round = 0; round < KILLS; round++)); do
        for part in aconsume aagg aproduce; do
            name=$([ $((RANDOM % 2)) = 0 ] && echo a || echo b)
            load_more 300
            sleep "0.$(printf %03d $((RANDOM % 300)))" # anywhere in its work
            ! kill -9 "$(cat "pid.$name.$part")" || kills=$((kills + 1))
            load_more 300
        done
    done
    [ "$kills" -ge $((KILLS * 3 * 3 / 4)) ] # one may be gone: its neighbour of the round before was
    finish
    cat errors.* | sort | uniq -c
}

# once TOPIC: a member that reads the topic to its end.
once() {
    check 0 "set -o pipefail; timeout 50 aconsume -q -t $1 -g $1 -J --leave-commit |
        aagg --envelope --partial --every 10s --key-first hash -g k 'count(*) as n' |
        aproduce -q -t $T-partials -K '\t' --commit $1"
}

@test "partitions without a message, all or some: a member that reads to the end comes to it" {
    create "$T-none"
    once "$T-none"
    echo '{"k":"a"}' | aproduce -q -t "$T" -p 2
    once "$T"
    once "$T" # nothing is new
    check 0 "aconsume -q -t $T-partials | aagg --no-header=out --merge -g k 'count(*) as n'"
    same states "$output" $'a\t1'
}
