# The examples of the man pages that speak of a broker run against one; `localhost:9092` in them stands for it.
load helper

@test "man pages: examples with a broker" {
    on_kafka
    check 0 "'$ROOT/tests/interop/man-examples.tap.py' --brokers '$BROKER'" || {
        grep -A30 '^not ok' <<<"$output" >&2
        return 1
    }
    echo "$output" | tail -n 1 | sed 's/^/# plan of examples: /' >&3
}
