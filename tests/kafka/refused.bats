#!/usr/bin/env bats
# Records that a broker refuses take nobody with them.
load helper

# times COUNT BAD: JSON records with their times, of which number BAD is a day old.
times() {
    local now=$(($(date +%s) * 1000)) n
    for ((n = 1; n <= $1; n++)); do echo "{\"n\":$n,\"t\":$((n == $2 ? now - 86400000 : now))}"; done
}

@test "one create time of 1000 that the topic does not take: it alone is refused, plain, --once and --transaction" {
    on_kafka
    create "$T" --config message.timestamp.before.max.ms=3600000
    times 1000 501 >in
    check 1 "aproduce -t $T --time-path t --rejects rejected in"
    [[ $errors == *"in:501: the create time is longer ago than the topic takes"*"999 messages"*" 1 failed" ]]
    check 0 "cmp rejected <(sed -n 501p in); aconsume -t $T | cmp - <(sed 501d in)"
    create "$T-once" --config message.timestamp.before.max.ms=3600000
    check 1 "aproduce -q -t $T-once --time-path t --once $T --rejects rejected-once in"
    check 0 "cmp rejected-once <(sed -n 501p in); aconsume -t $T-once | cmp - <(sed 501d in)"
    check 1 "aproduce -t $T-once --time-path t --transaction in"
    [[ $errors == *"in:501: "*"nothing was published"* ]]
    echo '{"aagg":2,"of":"0","offsets":{},"group":"x"}' >>in
    check 1 "aproduce -t $T-once --time-path t --commit $T in"
    [[ $errors == *"in:501: "*"0 messages, 0 bytes"* ]]
}

# limited TOPIC: it takes no record of 3000 bytes.
limited() { ! head -c 3000 /dev/zero | tr '\0' x | aproduce -q -t "$1"; }

# lowered OPTION…: sends `in` after the topic has taken its first 10 lines and then a smaller limit, which the broker
# heeds as soon as it heeds one that another topic was given later.
lowered() {
    create "$T-later"
    mkfifo "fifo-$T"
    aproduce -q -t "$T" "$@" "fifo-$T" 2>errors &
    local tool=$!
    exec 5>"fifo-$T"
    head -n 10 in >&5
    sleep 0.5
    atopic alter -q --config max.message.bytes=2000 "$T"
    atopic alter -q --config max.message.bytes=2000 "$T-later"
    eventually limited "$T-later"
    tail -n +11 in >&5
    exec 5>&-
    status=0
    wait $tool || status=$?
}

@test "the limit is lowered in mid-run: of a refused batch only what is too large fails, named by line" {
    on_kafka
    create "$T"
    for ((n = 1; n <= 300; n++)); do printf '%d%*s\n' "$n" $((n == 200 ? 3000 : 100)) x; done >in
    lowered --rejects rejected
    same status "$status" 1
    [[ $(cat errors) == *":200: 3003 bytes are too large"* && $(wc -l <errors) = 1 ]]
    check 0 "cmp rejected <(sed -n 200p in); aconsume -t $T | sort -n | cmp - <(sed 200d in)"
}

@test "the limit is lowered in mid-run under --once: the batch goes again without what is too large" {
    on_kafka
    create "$T"
    for ((n = 1; n <= 60; n++)); do printf '%d%*s\n' "$n" $((n == 20 ? 3000 : 100)) x; done >in
    lowered --once "$T" --rejects rejected
    same status "$status" 1
    check 0 "cmp rejected <(sed -n 20p in); aconsume -t $T | cmp - <(sed 20d in)"
    check 0 "aproduce -q -t $T --once $T in; aconsume -t $T | wc -l"
    same again "$output" 59
}
