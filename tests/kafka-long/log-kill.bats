#!/usr/bin/env bats
# file:DIR under kill -9: 100 plain and 100 --once loads, killed at random moments.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    RANDOM=4711
    seq -f '{"n":%.0f}' 40000 >in
}

# killed SECONDS COMMAND…: runs it in the background and kills it -9 after a moment; true if it was killed.
killed() {
    local moment=$1 pid
    shift
    "$@" &
    pid=$!
    sleep "$moment"
    kill -9 $pid 2>/dev/null || true
    refuse wait $pid 2>/dev/null
}

# moment MILLISECONDS: a random moment within so many.
moment() { printf '0.%03d' $((RANDOM % $1)); }

@test "no record that was reported as delivered is lost (100 kills)" {
    local i stored
    for i in $(seq 100); do
        rm -rf log
        # what has been acknowledged when it dies is a prefix of the input; each append leaves whole batches
        killed "$(moment 60)" aproduce -q -u -b file:log -t t in || true
        [ -d log/t-0 ] || continue
        aconsume -b file:log -t t >stored 2>errors
        stored=$(wc -l <stored)
        head -n "$stored" in | cmp - stored
        # the log goes on: a torn tail is cut, nothing before it is touched
        echo '{"n":"after"}' | aproduce -q -b file:log -t t 2>>errors
        aconsume -b file:log -t t >again
        cmp <(cat stored; echo '{"n":"after"}') again
    done
}

@test "--once: every record once and in order, however often it is killed (100 kills)" {
    local kills=0 loads=0 within
    while [ $kills -lt 100 ]; do
        rm -rf log
        loads=$((loads + 1))
        within=30 # longer from try to try: each load comes to its end, also on a slow machine
        while killed "$(moment $within)" aproduce -q -b file:log -t t --once load --once-batch 1000 in 2>errors; do
            [ ! -s errors ] || cat errors
            kills=$((kills + 1))
            within=$((within + within / 8))
            [ $within -lt 900 ] || within=900
        done
        aconsume -b file:log -t t | cmp - in
    done
    echo "# $kills kills in $loads loads" >&3
}
