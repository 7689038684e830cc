#!/usr/bin/env bats
# The speed and serving layers, each part killed with -9 at 30 random moments (KILLS=100: at so many), before a broker
# and over a folder at the same time: tests/kafka/layers.bats, longer. Takes minutes.
load ../kafka/helper

@test "kill -9 of each part at random moments, on both brokers: the view is the batch answer" {
    export KILLS=${KILLS:-30}
    cd "$BATS_TEST_TMPDIR"
    BROKER=file:$BATS_TEST_TMPDIR/log bats --tap "$ROOT/tests/kafka/layers.bats" >log.tap 2>&1 &
    status=0
    bats --tap "$ROOT/tests/kafka/layers.bats" >kafka.tap 2>&1 || status=$?
    wait $! || status=$?
    [ $status = 0 ] || grep -v Killed log.tap kafka.tap
    return $status
}
