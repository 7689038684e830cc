#!/usr/bin/env bats
# Kafka as the shuffle, each part killed with -9 at 20 random moments (KILLS=100: at so many): tests/kafka/shuffle.bats,
# longer. Takes minutes.
load ../kafka/helper

@test "kill -9 of each part of a group's members at random moments: the states are those of every message once" {
    KILLS=${KILLS:-20} bats --tap -f 'kill -9' "$ROOT/tests/kafka/shuffle.bats"
}
