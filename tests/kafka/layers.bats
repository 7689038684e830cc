#!/usr/bin/env bats
# The speed and serving layers, killed with -9 at random moments, one part of the pipe at a time, while records come:
# what is seen in the end is the answer of a batch run over all of them. KILLS: how often each part is (make
# check-kafka-long: 100).
load helper

KILLS=${KILLS:-3}
# a row comes and goes with every record of its group
question=(-q -T json --having 'n % 5 <> 0' -g k 'count(*) as n, sum(x) as s, avg(x) as m, max(x) as most')

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    T=layers-$BATS_TEST_NUMBER-$RANDOM
    export T
    RANDOM=${SEED:-$$}
    echo "seed $RANDOM"
    create "$T" --partitions 3
    loaded=0 hits=0
}

teardown() {
    sort errors | uniq -c | sort -rn | head -5
    kill -9 "${parts[@]}" 2>/dev/null || true
}

# A load of so many more records, in two pieces.
load_more() {
    { records $loaded "$1"; sleep 0.05; records $((loaded + $1)) "$1"; } | aproduce -q -t "$T" --key-path k
    loaded=$((loaded + 2 * $1))
}

# start PART: the pipe, up to the last part, of which $parts has the processes by their names; $pipe is all of it.
declare -gA parts
start() {
    local part
    rm -f pid.*
    {
        { echo "$BASHPID" >pid.aconsume; exec aconsume -q -t "$T" -J --follow -o @state; } |
            { echo "$BASHPID" >pid.aagg; exec aagg --envelope --state state --checkpoint 30ms --every 10ms \
                "${question[@]}"; } |
            { echo "$BASHPID" >"pid.$1"; "$1"; }
    } 2>>errors 3>&- &
    pipe=$!
    for part in aconsume aagg "$1"; do
        until [ -s "pid.$part" ]; do sleep 0.01; done
        parts[$part]=$(<"pid.$part")
    done
}
aserve() { exec "$(type -P aserve)" -q -k k -l "127.0.0.1:$port" --snapshot table --snapshot-every 1 --exit-at-end; }
aproduce_view() { exec "$(type -P aproduce)" -q -t "$T-view" --key-path k --tombstone _deleted; }

# The batch layer's answer.
answer() { aconsume -q -t "$T" | aagg "${question[@]}" | LC_ALL=C sort; }

# killed PART LAST: one round: the pipe that ends in LAST is started while records come, and PART killed in it.
killed() {
    load_more 60 &
    local load=$!
    start "$2"
    sleep "0.$(printf %03d $((RANDOM % 500)))"
    ! kill -9 "${parts[$1]}" || hits=$((hits + 1))
    wait "$pipe" || true
    wait $load
    loaded=$((loaded + 120))
}

# rounds LAST PART…: kills each part so often.
rounds() {
    local last=$1 part round
    shift
    : >state
    for ((round = 0; round < KILLS; round++)); do
        for part; do killed "$part" "$last"; done
    done
    answer >wanted
    [ "$(wc -l <wanted)" -gt 20 ]
    [ $hits -ge $((KILLS * $# * 9 / 10)) ] # one may be gone: its neighbour of the round before was
    start "$last"
}

finish() {
    kill "${parts[aconsume]}"
    wait "$pipe" || true
}

@test "kill -9 of aconsume, aagg --state and aserve --snapshot: the table that is served is the batch answer" {
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    rounds aserve aconsume aagg aserve
    served() {
        curl -sS "http://127.0.0.1:$port/rows.json" | sed 's/^\[//; s/[],]*$//' | sed '/^$/d' | LC_ALL=C sort >seen
        cmp -s seen wanted
    }
    eventually served || diff wanted seen
    finish
    # and what it kept
    grep -v -e '"aserve":1' -e '"end":true' table | LC_ALL=C sort | cmp - wanted
}

@test "kill -9 of aconsume, aagg --state and aproduce: the compacted topic is the batch answer" {
    create "$T-view" --config cleanup.policy=compact
    rounds aproduce_view aconsume aagg aproduce_view
    viewed() { aconsume -q -t "$T-view" --latest | LC_ALL=C sort >seen && cmp -s seen wanted; }
    eventually viewed || diff wanted seen
    finish
    viewed
}
