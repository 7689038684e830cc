# What is about a Kafka broker and its clients: kcat on the other side, codecs, signals, properties.
load helper

setup() {
    on_kafka
    cd "$BATS_TEST_TMPDIR" || exit
    T=broker-$BATS_TEST_NUMBER-$RANDOM
    export T
}

@test "kcat reads what aproduce wrote, byte for byte, in every codec" {
    for codec in none gzip snappy lz4 zstd; do
        create "$T-$codec" --partitions 2
        check 0 "aproduce -q -t $T-$codec -z $codec -p 1 '$LINES_FILE'"
        check 0 "kcat -C -e -q -b $BROKER -t $T-$codec -p 1 | cmp - '$LINES_FILE'"
    done
    create "$T"
    check 0 "printf 'k\0:v\nk2:\n' | aproduce -q -t $T -K : -H a=1 -H b=2 -z lz4; aproduce -q -t $T -Z <<<''"
    check 0 "kcat -C -e -q -b $BROKER -t $T -f '%k/%K %s/%S %h|' | od -An -c | tr -d ' \n'"
    same kcat "$output" 'k\0/2v/1a=1,b=2|k2/2/0a=1,b=2|/-1/-1|'
}

@test "aconsume reads what kcat wrote, byte for byte, in every codec" {
    for codec in none gzip snappy lz4 zstd; do
        create "$T-$codec"
        check 0 "kcat -P -b $BROKER -t $T-$codec -z $codec -l '$LINES_FILE'"
        check 0 "aconsume -t $T-$codec | cmp - '$LINES_FILE'"
    done
    create "$T"
    check 0 "printf 'k=v\nw\n' | kcat -P -b $BROKER -t $T -K = -H a=1 -H b=; printf '' |
        kcat -P -b $BROKER -t $T -Z -k x /dev/stdin"
    check 0 "aconsume -t $T -J | aslice '.key, .value, .headers[0].value' | paste - - -"
    [[ $output == $'"k"\t"v"\t"1"\nnull\t"w"\t"1"'* ]]
}

@test "the same bytes as with kcat on either side of a pipe" {
    create "$T"
    check 0 "kcat -P -b $BROKER -t $T -l '$LINES_FILE'; aproduce -q -t $T '$LINES_FILE'"
    check 0 "aconsume -t $T | cmp - <(kcat -C -e -q -b $BROKER -t $T)"
}

# What a notebook gives kafkacat, and the same words given to our tools.
@test "the commands of a notebook: kafkacat's words after aproduce and aconsume" {
    command -v kcat >/dev/null || skip "no kcat"
    create "$T-kcat"
    create "$T-ours"
    write="-P -b $BROKER -t" read="-C -b $BROKER -t"
    check 0 "kcat $write $T-kcat <'$LINES_FILE' && aproduce $write $T-ours <'$LINES_FILE'"
    check 0 "kcat $write $T-kcat -l '$LINES_FILE' && aproduce $write $T-ours -l '$LINES_FILE'"
    printf 'k:v\nw:x\n' >in
    check 0 "kcat $write $T-kcat -q -K: -z lz4 -l in && aproduce $write $T-ours -q -K: -z lz4 -l in"
    for options in "-o beginning -e" "-e -q" "-o -5 -e -q" "-o 3279 -e -u" "-c 7" "-e -K:" "-o end -e"; do
        check 0 "kcat $read $T-kcat $options >theirs && aconsume $read $T-ours $options >ours"
        same "$options" "$(cksum <ours)" "$(cksum <theirs)"
    done
    check 0 "aconsume $read $T-ours -o beginning -e | wc -l"; same messages "$output" 6562
}

@test "memory: 85 MB in and out in less than 96 MiB" {
    not_sanitized
    create "$T"
    for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$LINES_FILE"; done >big
    check 0 "/usr/bin/time -f %M aproduce -q -t $T big && /usr/bin/time -f %M aconsume -q -t $T | cmp - big"
    for peak in $errors; do [ "$peak" -lt 98304 ]; done
    check 0 "cat big | /usr/bin/time -f %M aproduce -q -t $T --once $T"
    for peak in $errors; do [ "$peak" -lt 98304 ]; done
}

@test "two runs of one NAME: the older is fenced, nothing is there twice" {
    create "$T"
    mkfifo in
    aproduce -t "$T" --once "$T" --once-batch 100ms in 2>older &
    tool=$!
    exec 5>in
    seq 1000 >&5
    stored() { aconsume -t "$T" | grep -qx 1000; }
    eventually stored
    check 0 "seq 2000 | aproduce -q -t $T --once $T"
    seq 1001 2000 >&5
    exec 5>&-
    status=0
    wait $tool || status=$?
    same status $status 3
    [[ $(<older) == \
        *"--once $T: another run of this name has taken over; this one ends, its open batch is not published"* ]]
    check 0 "aconsume -t $T | cmp - <(seq 2000)"
}

@test "SIGINT: what was accepted is delivered, then it dies of the signal" {
    create "$T"
    mkfifo in
    aproduce -t "$T" in 2>errors &
    tool=$!
    exec 5>in
    seq 1000 >&5
    delivered() { aconsume -t "$T" | grep -qx 1000; }
    eventually delivered
    kill -INT $tool
    status=0
    wait $tool || status=$?
    exec 5>&-
    same status $status 130
    same errors "$(cat errors)" "aproduce: 1000 messages, 2893 bytes, 0 failed"
}

@test "--follow goes on until it is stopped, and shows each record at once" {
    create "$T"
    aconsume -t "$T" --follow >out &
    tool=$!
    check 0 "aproduce -q -t $T <<<one"
    eventually holds out one
    check 0 "aproduce -q -t $T <<<two"
    eventually holds out $'one\ntwo'
    status=0
    kill -TERM $tool
    wait $tool || status=$?
    same status $status 143
}

@test "an aborted and an open transaction are no obstacle to the end" {
    create "$T"
    head -c 2000000 /dev/zero | tr '\0' y >big
    check 1 "(seq 10000; cat big) | aproduce -q -t $T --transaction"
    check 0 "aproduce -q -t $T <<<after; aconsume -t $T"
    same committed "$output" after
    check 0 "aconsume -t $T -X isolation.level=read_uncommitted | wc -l"
    [ "$output" -gt 1 ]
    mkfifo in
    aproduce -q -t "$T" --transaction in &
    tool=$!
    exec 5>in
    seq 100000 >&5
    is_open() { atopic offsets "$T" | awk 'NR == 2 { exit !($4 < $5) }'; }
    eventually is_open
    check 0 "aproduce -q -t $T <<<behind; aconsume -t $T" # behind the open transaction: not visible yet
    same open "$output" after
    exec 5>&-
    wait $tool
    check 0 "aconsume -t $T | wc -l"
    same all "$output" 100002
}

@test "a compacted topic: what compaction left is read, a record without a key is refused by name" {
    create "$T" --config cleanup.policy=compact
    check 1 "printf 'k:1\nnone\nk:2\n' | aproduce -t $T -K : --rejects rejected"
    same errors "$errors" "aproduce: stdin:2: a record without key is refused by a compacted topic
aproduce: 2 messages, 4 bytes, 1 failed"
    check 0 "cat rejected; aconsume -t $T"
    same both "$output" $'none\n1\n2'
}

@test "properties: -X, -F, ATOOLS_CONFIG, bootstrap.servers; wrong ones are named" {
    create "$T"
    printf '# a comment\n\nbootstrap.servers = %s\nclient.id=me\n' "$BROKER" >config
    check 0 "env -u ATOOLS_BROKERS aproduce -q -F config -t $T <<<x;
        env -u ATOOLS_BROKERS ATOOLS_CONFIG=config aconsume -t $T"
    same output "$output" x
    check 2 "aconsume -t $T -X no.such.property=1"
    [[ $errors == *"no.such.property"* ]]
    check 2 "aproduce -t $T -X acks=many <<<x"
    check 0 "aproduce -q -t $T -X acks=1 -X topic.message.timeout.ms=5000 <<<y"
    check 0 "aconsume -t $T -c 1 -X topic.metadata.refresh.interval.ms=1000"
    check 2 "aconsume -t $T -X topic.no.such=1"
    printf 'nonsense\n' >wrong
    check 2 "aconsume -t $T -F wrong"
    same line "$errors" "aconsume: wrong:1: expected name=value"
    check 2 "aproduce -t $T -z zip <<<x"
}

@test "a topic that brokers make on the fly" {
    check 0 "aproduce -q -t $T <<<x; aconsume -t $T"
    same output "$output" x
}

@test "--once: what another name's run left open does not hide what is in already" {
    cat >die.c <<'END'
#include <signal.h>
void *rd_kafka_commit_transaction(void *rk, int timeout);
void *rd_kafka_commit_transaction(void *rk, int timeout)
{
    (void)rk;
    (void)timeout;
    raise(SIGKILL);
    return 0;
}
END
    cc -shared -fPIC -o die.so die.c
    create "$T"
    seq 100 >in
    # its ledger entry is written, its commit is not: the ledger is stable only before it
    check 137 "LD_PRELOAD=$PWD/die.so aproduce -q -t $T --once-topic $T-ledger --once $T-a \
        --once-batch 1s -X transaction.timeout.ms=5000 in"
    check 0 "aproduce -t $T --once-topic $T-ledger --once $T-b in"
    [[ $errors == *"waiting for a transaction in $T-ledger"*"100 messages"* ]]
    check 0 "aproduce -t $T --once-topic $T-ledger --once $T-b in"; [[ $errors == *"100 records were in already"* ]]
    check 0 "aconsume -t $T | cmp - in"
}

@test "what was done is seen by who looks next: commits, new topics, new partitions, what is deleted" {
    seq 1000 >in
    for round in 1 2 3 4 5 6 7 8; do
        check 0 "atopic create -q --partitions 2 $T-$round && aconsume -t $T-$round"
        check 0 "aproduce -q -t $T-$round --transaction in && aconsume -t $T-$round | sort -n | cmp - in"
        check 0 "atopic alter -q --partitions 3 $T-$round && aproduce -q -t $T-$round -p 2 <<<x"
        check 0 "aproduce -q -t $T-$round --once $T-$round in && aconsume -t $T-$round | wc -l"
        same records "$output" 2001
        check 0 "atopic delete -q $T-$round && atopic list"
        [[ $'\n'$output$'\n' != *$'\n'"$T-$round"$'\n'* ]]
    done
}

@test "a transaction that was open for too long is told as such, one that another run took over as that" {
    atopic create -q "$T"
    check 3 "{ seq 10; sleep 3; seq 10; } | aproduce -t $T --transaction -X transaction.timeout.ms=1000"
    [[ $errors == *'longer than transaction.timeout.ms allows (1000 ms)'*'nothing was published'* ]]
    [[ $errors != *fenced* && $errors != *'taken over'* ]]
    mkfifo pipe
    aproduce -q -t "$T" --once "$T" pipe 2>errors &
    tool=$!
    exec 5>pipe
    seq 10 >&5
    unfinished() { [ "$(atopic offsets -q -J "$T" | aslice .high)" -gt "${1:-0}" ]; }
    eventually unfinished
    check 0 "seq 10 | aproduce -q -t $T --once $T"
    seq 10 >&5 || true
    exec 5>&-
    wait $tool && return 1
    grep -q 'another run of this name has taken over' errors
}
