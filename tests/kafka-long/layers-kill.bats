#!/usr/bin/env bats
# The speed and serving layers, each part killed with -9 at 100 random moments, before a broker and over a folder at the
# same time: tests/kafka/layers.bats, longer. Takes minutes.
load ../kafka/helper

@test "kill -9 of each part at 100 random moments, on both brokers: the view is the batch answer" {
    export KILLS=${KILLS:-100}
    cd "$BATS_TEST_TMPDIR"
    BROKER=file:$BATS_TEST_TMPDIR/log bats --tap "$ROOT/tests/kafka/layers.bats" >log.tap 2>&1 &
    status=0
    bats --tap "$ROOT/tests/kafka/layers.bats" >kafka.tap 2>&1 || status=$?
    wait $! || status=$?
    [ $status = 0 ] || grep -v Killed log.tap kafka.tap
    return $status
}
