# aland --every: files that are visible while the input goes on.
load ../helper

messages() { seq "$1" "$2" | sed 's/.*/{"value":"{\\"n\\":&}","topic":"t","partition":0,"offset":&}/'; }
count() { aread "$1" 2>/dev/null | wc -l; }
has() { [ "$(count "$1")" = "$2" ]; }

@test "what has come can be read while the input is open; schemas widen with the files" {
    mkfifo in
    printf '%s\n' '{"a":2,"b":"x"}' '{"a":3}' >two-rows
    for form in '' --delta; do
        rm -rf D
        aland -d D --every 50ms $form <in 2>errors 3>&- &
        pid=$!
        exec 5>in
        echo '{"a":1}' >&5
        eventually has D 1
        cat two-rows >&5 # in one write: no step falls between its lines
        eventually has D 3
        same two "$(find D -name 'part-*' | wc -l)" 2
        exec 5>&-
        wait $pid
        same said "$(sed 's/, [0-9]* bytes//' errors)" 'aland: 3 records, 2 files'
        check 0 "aread D"
        same rows "$(sort <<<"$output")" $'{"a":1}\n{"a":2,"b":"x"}\n{"a":3}'
    done
    [ -z "$(find . -name '.aland-*')" ]
}

@test "a signal ends the input: what was read is landed, then it dies of the signal" {
    mkfifo in
    for signal in INT TERM; do
        bash -c "exec aland -d $signal --every 1h <in" 2>errors 3>&- &
        pid=$!
        exec 5>in
        seq 1000 | sed 's/.*/{"n":&}/' >&5
        eventually bash -c "grep -q 'sigtimedwait\|sigtimed' /proc/$pid/task/*/wchan 2>/dev/null || sleep 0.3"
        kill -$signal $pid
        got=0
        wait $pid || got=$?
        exec 5>&-
        same "status of $signal" "$got" $((128 + $(kill -l $signal)))
        same "rows of $signal" "$(count $signal)" 1000
    done
}

@test "--envelope: exactly once, also step by step, and alone on a dataset" {
    mkfifo in
    for form in '' --delta; do
        rm -rf D
        aland --envelope -d D --every 50ms $form <in 2>errors 3>&- &
        pid=$!
        exec 5>in
        messages 0 9 >&5
        eventually has D 10
        messages 5 19 >&5
        eventually has D 20
        same offsets "$(aland --offsets -d D)" '{"t":{"0":20}}'
        messages 20 29 | aland -q --envelope -d D # somebody else goes on with it
        messages 20 39 >&5
        got=0
        wait $pid || got=$?
        exec 5>&-
        same status "$got" 3
        grep -q 'another landing\|committed meanwhile' errors
        check 0 "aagg 'count(*) as a, count(distinct n) as b' D | tail -n 1"
        same all "$output" $'30\t30'
    done
}

@test "killed while steps are taken, run again: every record once" {
    messages 0 4999 >all
    for form in '' --delta; do
        rm -rf D moments
        for round in {1..15}; do
            (head -n $((round * 300)) all | while read -r line; do echo "$line"; done) |
                aland -q --envelope -d D --every 5ms $form 2>/dev/null 3>&- &
            pid=$!
            sleep "0.0$((RANDOM % 10))"
            kill -9 $pid 2>/dev/null || true
            wait $pid 2>/dev/null || true
            [ ! -d D ] || aagg 'count(*) as a, count(distinct n) as b' D 2>/dev/null | tail -n 1 >>moments
        done
        check 0 "aland -q --envelope -d D $form all && aagg 'count(*) as a, count(distinct n) as b' D | tail -n 1"
        same all "$output" $'5000\t5000'
        same moments "$(awk -F '\t' '$1 != $2' moments)" ''
    done
}

@test "--strict: the first file says what records are to be" {
    mkfifo in
    aland -d D --every 50ms --strict --bad rest <in 2>errors 3>&- &
    pid=$!
    exec 5>in
    echo '{"a":1}' >&5
    eventually has D 1
    printf '%s\n' '{"a":2}' '{"a":"x"}' '{"a":3,"b":1}' >&5
    exec 5>&-
    got=0
    wait $pid || got=$?
    same rest "$(<rest)" $'{"a":"x"}\n{"a":3,"b":1}'
    same rows "$(aread D | sort)" $'{"a":1}\n{"a":2}'
    check 2 "aland -d E --strict <<<'{}'"
    same none "$errors" 'aland: --strict: there is no schema yet that records could be held against: give --schema'
    schema='a BIGINT, s STRUCT<x: STRING>'
    check 1 "aland -d E --strict --schema '$schema' <<<'{\"a\":1,\"s\":{\"x\":{\"any\":1}},\"c\":1}'"
    same unknown "$errors" 'aland: stdin:1: byte 1: c: not in the schema'
    check 0 "aland -q -d E --strict --schema '$schema' <<<'{\"a\":1,\"s\":{\"x\":{\"any\":1}}}' && aread E"
    same text "$output" '{"a":1,"s":{"x":"{\"any\":1}"}}'
    check 2 "aland -d F --every 0s <<<'{}'"
    check 2 "aland -d F --every soon <<<'{}'"
}
