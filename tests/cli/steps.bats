#!/usr/bin/env bats
# aagg --state of many groups: checkpoints that say only what changed, behind the file of the state.
bats_require_minimum_version 1.5.0
load ../helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    envelopes 24000 >all
    head -20000 all >most
    aagg --envelope -g k "$list" all | sed 1d | sort >want
}

setup() { cd "$BATS_TEST_TMPDIR" && ln -s "$BATS_FILE_TMPDIR"/{all,most,want} .; }

list='count(*) as n, sum(x) as s, count(distinct x) as u'

# A topic of envelopes in 3 partitions: the first 20000 of keys of their own, then some of 500 of these.
envelopes() {
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) { p = i % 3
        printf "{\"value\":\"{\\\"k\\\":%d,\\\"x\\\":%d.%d}\",", i < 20000 ? i : i * 7919 % 500, i, i % 10
        printf "\"topic\":\"t\",\"partition\":%d,\"offset\":%d}\n", p, at[p]++ } }'
}

# An aagg that keeps its groups.
keep() { aagg -q --envelope --state state --every 1s -g k "$list" "$@"; }
size() { stat -c %s "$@"; }

# The state of `most`, and three steps behind it; *.1 to *.3: as they were behind each step.
three_steps() {
    keep most >/dev/null
    for i in 1 2 3; do
        head -$((20000 + i * 1000)) all | keep >/dev/null
        cp state.steps steps.$i
    done
}

@test "steps stand behind the file, which stays; a run goes on from both, and aconsume reads on behind them" {
    keep most >/dev/null
    cp state whole
    [ ! -e state.steps ] && [ "$(size state)" -gt 1048576 ]
    for lines in 20001 20001 20700 22000; do head -$lines all | keep >/dev/null; done
    cmp state whole
    [ "$(grep -c '"after"' state.steps)" = 4 ]
    [ "$(size state.steps)" -lt $(($(size whole) / 10)) ]
    [[ "$(tail -1 state.steps)" == *'"offsets":{"t":{"0":7334,"1":7333,"2":7333}},"after":"'* ]]
    keep all | final >got
    cmp got want

    atopic create -q -b "file:$PWD/log" t --partitions 3
    aproduce -q -b "file:$PWD/log" -t t -J all
    aconsume -q -b "file:$PWD/log" -t t -J -o @state >rest
    [ ! -s rest ]
    aconsume -q -b "file:$PWD/log" -t t -J -o @whole >rest
    [ "$(wc -l <rest)" = 4000 ]
}

@test "a state is written whole when half of it changed, or its steps are as large; then they are gone" {
    three_steps
    cp state whole
    sed 's/"offset":\([0-9]*\)/"offset":9\1/' most >again
    keep again >/dev/null
    [ ! -e state.steps ]
    run -1 cmp -s state whole
    rm state
    keep most >/dev/null
    cp state whole
    for i in 1 2 3 4; do # of 9000 groups each, until they are as large
        head -9000 all | awk -F '"offset":' -v i=$i '{ printf "%s\"offset\":%d}\n", $1, $2 + i * 100000 }' |
            keep >/dev/null
        [ "$i" != 1 ] || [ -e state.steps ]
        [ -e state.steps ] || break
    done
    run -1 cmp -s state whole
    [ "$(wc -l <state)" = 20001 ]
}

@test "a whole state that cannot be written leaves the one before, with its steps" {
    three_steps
    cp state whole
    sed 's/"offset":\([0-9]*\)/"offset":9\1/' most >again
    ln -s /dev/null state.new # takes what is written, and cannot be synced
    run -3 keep again
    cmp state whole
    cmp state.steps steps.3
    rm state.new
    keep all | final | diff - want
}

@test "steps that were cut anywhere: what is whole of them counts, and the rest is read again" {
    three_steps
    cp state whole
    at=$(size steps.3)
    for cut in 0 1 $(size steps.1) $(size steps.2) $(shuf -i 1-"$at" -n 8 --random-source=all) $((at - 1)) "$at"; do
        cp whole state
        head -c "$cut" steps.3 >state.steps
        offset=0
        for i in 1 2 3; do [ "$cut" -lt "$(size steps.$i)" ] || offset=$i; done
        echo "cut at $cut: $offset steps"
        keep </dev/null | final | diff - <(head -$((20000 + offset * 1000)) all | aagg --envelope -g k "$list" |
            sed 1d | sort)
        keep all | final | diff - want
    done
}

@test "steps of another state are none; damage among steps is told" {
    three_steps
    cp state other
    rm state state.steps
    keep most >/dev/null
    cp steps.3 state.steps
    keep </dev/null | final | diff - <(aagg --envelope -g k "$list" most | sed 1d | sort)
    head -20001 all | keep >/dev/null
    [ "$(wc -l <state.steps)" = 3 ]
    keep all | final | diff - want

    cp other state
    sed '3s/"state":"..../"state":"AAAA/' steps.3 >state.steps
    run -1 keep </dev/null
    [[ "$output" == *'state.steps:3: byte 1: a damaged partial state'* ]]
}

# Some lines at a time.
slowly() {
    while mapfile -t -n "$1" some && ((${#some[@]})); do
        printf '%s\n' "${some[@]}"
        sleep 0.002
        ! grep -qs '"gone"' state.steps || touch gone
    done
}

@test "kill -9 at random moments, in steps: what is kept goes on to the answer of a batch" {
    keep most >/dev/null
    cp state whole
    : >state.steps
    for i in {1..15}; do
        (tail -n +20000 all | slowly 40 2>&-; sleep 5) |
            aagg -q --envelope --state state --checkpoint 1ms --every 1ms -g k "$list" >out 2>err 3>&- &
        # another step, and some more
        before=$(size state.steps)
        goes_on() { [ "$(size state.steps)" != "$before" ]; }
        eventually goes_on
        sleep "0.0$((RANDOM % 70 + 10))"
        kill -9 $! && wait $! 2>&- || true
        cmp state whole # so these were steps
    done
    [ "$(grep -c '"after"' state.steps)" -ge 15 ]
    keep all | final | diff - want
}

@test "windows that are closed leave a state in steps, too; sessions as well" {
    awk 'BEGIN { srand(5); for (i = 0; i < 40000; i++) {
        t = i < 30000 ? int(rand() * 600) : 600 + int((i - 30000) / 4)
        printf "{\"value\":\"{\\\"k\\\":%d,\\\"t\\\":%d}\",", i < 30000 ? i : i % 7, t
        printf "\"topic\":\"t\",\"partition\":0,\"offset\":%d}\n", i } }' >timed
    for keys in "window(timestamp_seconds(t), '1 minute') as w, k" \
        "session_window(timestamp_seconds(t), '9 seconds') as w, k"; do
        rm -f state state.steps
        go_on() { aagg -q --envelope --state state --checkpoint 1ms --every 700 --mode append -T json \
            --watermark 'timestamp_seconds(t), 20 minutes' -g "$keys" 'count(*) as n'; }
        for lines in 30000 36000 40000; do head -$lines timed | slowly 500 | go_on; done >pieces
        [[ "$keys" == session* || -e gone ]] # what is left of the sessions is small, and mostly written whole
        # all that a batch counts of the windows that ended
        go_on </dev/null >last
        aagg --envelope -T json -g "$keys" 'count(*) as n' timed | sort >counted
        sort -u pieces last >told
        [ -z "$(comm -23 told counted)" ]
        ends() { sed 's/.*"end":"\([^"]*\)".*/\1/' "$@" | sort; }
        newest=$(ends told | tail -1)
        awk -F '"end":"' -v newest="$newest" '{ split($2, end, "\""); if (end[1] < newest) print }' counted |
            sort >ended
        [ -z "$(comm -13 told ended)" ]
        # and those that were told long ago are not in the state any more
        [ "$(wc -l <told)" -gt 20000 ] && [ "$(wc -l <last)" -lt 5000 ]
    done
}

@test "a group that is gone is said once to be, under sessions too" {
    awk 'BEGIN { for (i = 0; i < 20000; i++) {
        printf "{\"value\":\"{\\\"k\\\":%d,\\\"t\\\":%d}\",", i, i < 5 ? 0 : 100000
        printf "\"topic\":\"t\",\"partition\":0,\"offset\":%d}\n", i } }' >timed
    for keys in "window(timestamp_seconds(t), '9 seconds') as w, k" \
        "session_window(timestamp_seconds(t), '9 seconds') as w, k"; do
        go_on() { aagg -q --envelope --state state --checkpoint "$1" --every "$2" --mode append -T json \
            --watermark 'timestamp_seconds(t), 20 minutes' -g "$keys" 'count(*) as n'; }
        rm -f state state.steps in
        go_on 1h 1h <timed >told
        [ "$(wc -l <told)" = 5 ]
        mkfifo in
        go_on 1ms 1 <in >out 2>err 3>&- &
        local pid=$! step
        exec 9>in
        has_steps() { [ "$(grep -c '"after"' state.steps)" -ge "$1" ]; }
        for step in {1..6}; do
            sed -n "$((step + 100))s/\"offset\":/\"offset\":90/p" timed >&9
            eventually has_steps "$step"
        done
        exec 9>&-
        wait "$pid"
        same once "$(grep '"gone"' state.steps | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs)" '5 1'
    done
}
