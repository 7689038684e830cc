# Common to the Kafka tests: `load helper`. One real broker serves all suites that run at a time: the
# first to come starts it (scripts/kafka, run/test-kafka), the last to go ends it. With BROKER set, the tests
# run against that address instead: another cluster, or the local log (BROKER=file:/some/folder).
load "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/helper"

KAFKA_DIR=$ROOT/run/test-kafka

# with_lock COMMAND…: one suite at a time.
with_lock() {
    mkdir -p "$ROOT/run"
    (
        flock 9
        "$@" 9>&-
    ) 9>"$ROOT/run/test-kafka.lock"
}

# Forgets users that are dead; prints how many live.
live_users() {
    local user count=0
    for user in "$ROOT"/run/test-kafka-users/*; do
        [ -e "$user" ] || continue
        if kill -0 "${user##*/}" 2>/dev/null; then count=$((count + 1)); else rm -f "$user"; fi
    done
    echo $count
}

join_broker() {
    mkdir -p "$ROOT/run/test-kafka-users"
    if [ "$(live_users)" = 0 ]; then "$ROOT/scripts/kafka" stop --wipe "$KAFKA_DIR" >&2; fi
    "$ROOT/scripts/kafka" start "$KAFKA_DIR" >&2
    touch "$ROOT/run/test-kafka-users/$1"
}

leave_broker() {
    rm -f "$ROOT/run/test-kafka-users/$1"
    [ "$(live_users)" != 0 ] || "$ROOT/scripts/kafka" stop --wipe "$KAFKA_DIR" >&2
}

setup_file() {
    export OWN_BROKER= # not that of the suite that runs this one: its end is not ours
    if [ -z "${BROKER:-}" ]; then
        with_lock join_broker $$
        BROKER=$(cat "$KAFKA_DIR/bootstrap")
        OWN_BROKER=$$
    fi
    export BROKER ATOOLS_BROKERS=$BROKER
    make -s -C "$ROOT" data/attempts.json data/attempts.ndjson >&2
    ARRAY=$ROOT/data/attempts.json LINES_FILE=$ROOT/data/attempts.ndjson
    export ARRAY LINES_FILE
}

teardown_file() {
    [ -z "${OWN_BROKER:-}" ] || with_lock leave_broker "$OWN_BROKER"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    T=${BATS_TEST_FILENAME##*/}
    T=${T%.bats}-$BATS_TEST_NUMBER-$RANDOM
    export T
}

# records FROM COUNT: of 60 exams, always the same ones.
records() { awk -v from="$1" -v n="$2" 'BEGIN { srand(from); for (i = from; i < from + n; i++)
    printf "{\"k\":\"exam %d\",\"x\":%d.%d}\n", rand() * 60, rand() * 1000, i % 10 }'; }

# create [NAME] [OPTION…]: a topic of this test.
create() {
    local name=$1
    shift
    check 0 "atopic create -q $* $name"
}

# on_kafka: skips a test that is about the network when there is none.
on_kafka() {
    case $BROKER in file:*) skip "about a Kafka broker" ;; esac
}
