#!/usr/bin/env bats
# The examples of services (scripts/units) do what they say: a stop commits, a kill -9 loses nothing.
load helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    T=units-$BATS_TEST_NUMBER-$RANDOM
    on_kafka
    create "$T" --partitions 2
    set -a
    # shellcheck source=scripts/units/exams.env
    . "$ROOT/scripts/units/exams.env"
    set +a
    export BROKERS="${BROKER:?}" TOPIC=$T GROUP=$T PARTIALS=$T-partials NAME=$T EVERY=100ms STATE=$BATS_TEST_TMPDIR
    main=
}

teardown() {
    [ -z "$main" ] || kill -9 "$main" 2>/dev/null || true
}

load_all() { aproduce -q -t "$T" --key-path user_exam_id "$LINES_FILE"; }
answer() { aagg --no-header=out -g "$KEYS" "$QUESTION" "$@" | LC_ALL=C sort; }
taken() { [ "$(atopic lag "$T" -J | aagg --no-header 'sum(lag)')" = 0 ] && [ "$(atopic lag "$T" | wc -l)" = 3 ]; }

@test "member: SIGTERM has all that was read committed; run again it goes on behind it" {
    create "$PARTIALS" --partitions 2
    "$ROOT/scripts/units/member" >out 2>&1 3>&- &
    main=$!
    eventually taken_part
    load_all
    eventually taken
    kill $main
    status=0
    wait $main || status=$?
    same status "$status" 143
    "$ROOT/scripts/units/member" >out 2>&1 3>&- &
    main=$!
    load_all
    eventually taken
    kill $main
    wait $main || true
    answered
}

# What the manifest's readiness asks.
taken_part() { atopic groups -b "$BROKERS" -J "$GROUP" | grep -q "\"state\":\"Stable\""; }
answered() {
    aconsume -q -t "$PARTIALS" | aagg --no-header=out --merge -g "$KEYS" "$QUESTION" | LC_ALL=C sort >seen
    answer "$LINES_FILE" "$LINES_FILE" >wanted
    diff wanted seen
}

@test "speed: what is served after kill -9 and a new start is the answer over all" {
    export LISTEN
    LISTEN=127.0.0.1:$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    local files=()
    while [ ${#files[@]} -lt 2 ]; do
        files+=("$LINES_FILE")
        "$ROOT/scripts/units/speed" >out 2>&1 3>&- &
        main=$!
        ready() { [ "$(curl -sS "http://$LISTEN/healthz")" = ok ]; }
        eventually ready
        load_all
        served() {
            curl -sS "http://$LISTEN/rows.tsv" | tail -n +2 | LC_ALL=C sort >seen
            answer "${files[@]}" >wanted
            cmp -s seen wanted
        }
        eventually served || diff seen wanted
        kill -9 $main
        wait $main || true
        others() { ! pgrep -f "aconsume.* -t $T " >/dev/null; }
        eventually others
    done
}
