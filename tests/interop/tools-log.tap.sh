#!/bin/bash
# TAP: the tests of the Kafka tools once more, against the local log: one list for both sides.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
BROKER=file:$log/log bats --tap tests/kafka/tools.bats
