# aproduce, aconsume, atopic: the same commands and the same answers whoever keeps the log
# (BROKER=file:/some/folder bats tests/kafka/tools.bats runs them against the local one).
load helper

@test "publish and read back, row by row: slices of 2.6 MB, the fifth message by its offset" {
    create "$T" --partitions 1 --replication-factor 1 --config max.message.bytes=5242880
    check 0 "atopic create --partitions 1 --replication-factor 1 --if-not-exists --config max.message.bytes=5242880 $T"
    same errors "$errors" "atopic: topic $T: already there"
    check 3 "atopic create $T"
    [[ $errors == *"$T: "*"exists already"* ]]
    check 0 "atopic describe $T"
    [[ $output =~ \
        ^"Topic: $T"$'\t'"PartitionCount: 1"$'\t'"ReplicationFactor: 1"$'\t'"Configs: ".*max.message.bytes=5242880 ]]
    tail -n +2 <<<"$output" | grep -Pqx "\tTopic: $T\tPartition: 0\tLeader: \d+\tReplicas: \d+\tIsr: \d+"
    for filter in '.[0:1000]' '.[1000:2000]' '.[2000:3000]' '.[3000:3279]' '.[3279]'; do
        check 0 "aslice -c '$filter' '$ARRAY' | aproduce -q -t $T"
    done
    check 0 "aconsume -t $T | wc -l"
    same messages "$output" 5
    check 0 "aconsume -c 4 -t $T | aslice '.[]' | cmp - <(head -3279 '$LINES_FILE')"
    check 0 "aconsume -t $T -o '{\"$T\":{\"0\":4}}' | cmp - <(tail -1 '$LINES_FILE')"
    check 0 "aconsume -t $T -o '{\"$T\":{\"0\":4}}' | aslice '.sequences.questions[0].id'"
    same question "$output" '"ff4fd2c3-d00d-4fee-b783-f1a6091f61f9"'
}

@test "one message a record: 3280 in, 3280 out, byte for byte; 42 of them; twice is 6560" {
    create "$T"
    check 0 "aslice -c '.[]' '$ARRAY' | aproduce -t $T"
    [[ $errors == "aproduce: 3280 messages, "*" bytes, 0 failed" ]]
    check 0 "aconsume -t $T | cmp - '$LINES_FILE'"
    check 0 "aconsume -t $T -c 42 | cmp - <(head -42 '$LINES_FILE')"
    check 0 "aproduce -q -t $T '$LINES_FILE'; aconsume -t $T | wc -l"
    same twice "$output" 6560
}

@test "a topic made by writing to it is said, with -q not; one that is there is no news" {
    check 0 "seq 3 | aproduce -t $T-new"
    same "made" "$errors" "aproduce: topic $T-new: created"$'\n''aproduce: 3 messages, 3 bytes, 0 failed'
    check 0 "seq 3 | aproduce -t $T-new"; same "there" "$errors" "aproduce: 3 messages, 3 bytes, 0 failed"
    check 0 "seq 3 | aproduce -q -t $T-quiet"; same quiet "$errors" ""
    check 0 "seq 3 | aproduce -t $T-once --once $T"
    same "the ledger is no news" "$errors" "aproduce: topic $T-once: created
aproduce: 3 messages, 3 bytes, 0 failed"
    check 0 "aconsume -t $T-new -t $T-quiet -t $T-once | sort | uniq -c | tr -s ' \n' ' '"
    same all "$output" " 4 1 4 2 4 3 "
}

@test "kcat's letters: -P, -C, -e, -l are what is done anyway; -l not with -W, -e not with --follow" {
    create "$T"
    printf 'a\n\nb' >in
    check 0 "aproduce -P -q -u -t $T -l in && aproduce -P -q -e -t $T -z gzip <in &&
        aproduce -P -q -t $T -D ';' -l <<<'c;d'"
    check 0 "aconsume -C -q -u -e -t $T -o beginning -D ,"; same read "$output" $'a,,b,a,,b,c,d\n,'
    check 2 "aproduce -P -t $T -l -W in"; [[ $errors == "aproduce: -l and -W exclude each other"* ]]
    check 2 "aconsume -C -t $T -e --follow"; [[ $errors == "aconsume: -e and --follow exclude each other"* ]]
}

@test "--once: a re-run publishes nothing, another input is noticed, a grown one goes on" {
    create "$T"
    check 0 "aproduce -t $T --once $T '$LINES_FILE'"
    [[ $errors == *": 3280 messages, "*" bytes, 0 failed" ]]
    check 0 "aproduce -t $T --once $T '$LINES_FILE'"
    same errors "$errors" "aproduce: 0 messages, 0 bytes, 0 failed; 3280 records were in already"
    check 0 "gzip -c '$LINES_FILE' | aproduce -q -t $T --once $T"
    check 0 "aconsume -t $T | cmp - '$LINES_FILE'"
    check 0 "(cat '$LINES_FILE'; echo more) | aproduce -t $T --once $T"
    same errors "$errors" "aproduce: 1 messages, 4 bytes, 0 failed; 3280 records were in already"
    check 1 "(echo other; cat '$LINES_FILE') | aproduce -q -t $T --once $T"
    [[ $errors == *"this is not the input of which it has loaded 3281 records"* ]]
    check 1 "head -5 '$LINES_FILE' | aproduce -q -t $T --once $T"
    create "$T-other"
    check 1 "aproduce -q -t $T-other --once $T '$LINES_FILE'"
    [[ $errors == *"into topic $T; take another name"* ]]
    check 0 "aconsume -t $T | wc -l"
    same messages "$output" 3281
}

@test "--once in many batches, from a slow input too" {
    create "$T"
    check 0 "seq 1000 | aproduce -q -t $T --once $T --once-batch 7 ; aconsume -t $T | cmp - <(seq 1000)"
    mkfifo in
    aproduce -q -t "$T" --once "$T" --once-batch 200ms in &
    tool=$!
    exec 5>in
    seq 1010 >&5
    committed() { [ "$(aconsume -t "$T" | tail -n 1)" = 1010 ]; }
    eventually committed # while the input waits
    seq 1011 1020 >&5
    exec 5>&-
    wait $tool
    check 0 "aconsume -t $T | cmp - <(seq 1020)"
}

@test "the envelope's fields" {
    create "$T"
    check 0 "aproduce -q -t $T -k a -H one=1 -H two=2 -H one= <<<'x\"y'"
    check 0 "aproduce -q -t $T <<<plain; aconsume -t $T -J | sed 's/\"timestamp\":1[0-9]\\{12\\}/\"timestamp\":N/'"
    same envelopes "$output" '{"key":"a","value":"x\"y","topic":"'"$T"'","partition":0,"offset":0,'\
'"timestamp":N,"timestampType":0,'\
'"headers":[{"key":"one","value":"1"},{"key":"two","value":"2"},{"key":"one","value":""}]}
{"key":null,"value":"plain","topic":"'"$T"'","partition":0,"offset":1,"timestamp":N,"timestampType":0}'
    create "$T-append" --config message.timestamp.type=LogAppendTime
    check 0 "aproduce -q -t $T-append <<<x; aconsume -t $T-append -f '%T' | wc -c;
        aconsume -J -t $T-append | aslice .timestampType"
    same "append time" "$output" $'13\n1'
}

@test "a topic copied by envelope compares equal: binary keys, tombstones, headers, partitions, times" {
    create "$T" --partitions 3
    create "$T-copy" --partitions 3
    printf '%s' '{"key_base64":"/wAB","value_base64":"AP//","partition":2,"timestamp":1000000000001,' >in
    cat >>in <<'E'
"headers":[{"key":"h","value_base64":"gA=="},{"key":"h","value":null},{"key":"h","value":""}]}
{"key":"tomb","value":null,"partition":1,"timestamp":1500000000000}
{"key":"","value":"","partition":0,"timestamp":1500000000001}
{"key":"é \u0000 \n","value":"two\nlines\u0000","partition":0,"timestamp":1500000000002}
{"key":null,"value":"null","partition":2,"timestamp":1500000000003}
E
    check 0 "aproduce -q -t $T -J in && aproduce -q -t $T -p 1 -k many '$LINES_FILE'"
    check 0 "aconsume -t $T -J | aproduce -q -t $T-copy -J"
    check 0 "aconsume -t $T -J | sort >one; aconsume -t $T-copy -J | sed 's/$T-copy/$T/' | sort | cmp - one; wc -l <one"
    same messages "$output" 3285
    check 0 "aconsume -t $T -p 2 -c 1 -J | aslice '.key_base64, .headers'"
    same binary "$output" $'"/wAB"\n[{"key":"h","value_base64":"gA=="},{"key":"h","value":null},{"key":"h","value":""}]'
    check 1 "aproduce -q -t $T-copy -J <<<'{\"value\":\"x\",\"partition\":3}'"
    same "no such partition" "$errors" "aproduce: stdin:1: byte 1: the topic has no such partition"
    check 1 "aproduce -q -t $T-copy -J <<<'{\"key\":\"x\",\"vlaue\":\"y\"}'"
    [[ $errors == *"stdin:1: byte 12: an envelope has no such member"* ]]
    check 1 "aproduce -q -t $T-copy -J <<<'{\"key\":\"x\"}'"
    [[ $errors == *"an envelope without value"* ]]
}

@test "framing: empty lines are messages, NUL passes, nothing is added" {
    create "$T"
    check 0 "printf 'a\n\nb\0c\n\nlast' | aproduce -q -t $T; aconsume -t $T -f '%S:%s|' | od -An -c | tr -d ' \n'"
    same lines "$output" '1:a|0:|3:b\0c|0:|4:last|'
    create "$T-0"
    check 0 "printf 'a\nb\0\0c' | aproduce -q -t $T-0 -0; aconsume -t $T-0 -0 | od -An -c | tr -d ' \n'"
    same zeros "$output" 'a\nb\0\0c\0'
    create "$T-D"
    check 0 "printf 'a--b-\n--' | aproduce -q -t $T-D -D --; aconsume -t $T-D -D '\x0a==' | od -An -c | tr -d ' \n'"
    same delimiters "$output" 'a\n==b-\n\n=='
    create "$T-W"
    printf 'one\ntwo\n' >f
    : >empty
    check 0 "aproduce -q -t $T-W -W f empty f; aconsume -t $T-W -f '%S '"
    same whole "$output" '8 0 8 '
    create "$T-empty"
    check 0 "aproduce -t $T-empty </dev/null"
    same nothing "$errors" "aproduce: 0 messages, 0 bytes, 0 failed"
    check 0 "gzip -c f >f.gz; aproduce -q -t $T-empty f.gz f; aproduce -q -t $T-empty --raw f.gz;
        aconsume -t $T-empty -c 4"
    same gzip "$output" $'one\ntwo\none\ntwo'
}

@test "keys, headers, partitions, nulls" {
    create "$T" --partitions 4
    check 0 "printf 'k:v:w\nnone\n:x\n' | aproduce -q -t $T -K : -p 3;
        aconsume -t $T -p 3 -J | aslice '.key, .value' | paste - -"
    same -K "$output" $'"k"\t"v:w"\nnull\t"none"\n""\t"x"'
    check 0 "printf 'k:\n:x\n' | aproduce -q -t $T -K : -Z -p 2;
        aconsume -t $T -p 2 -J | aslice '.key, .value' | paste - -"
    same -Z "$output" $'"k"\tnull\nnull\t"x"'
    cat >json <<'J'
{"a":{"b":["x","y\u0041"]},"at":"2020-01-02T03:04:05.678Z","n":1.50,"o":{"p" : 1}}
J
    check 0 "aproduce -q -t $T -p 1 --key-path 'a.b[1]' --time-path at json; aproduce -q -t $T -p 1 --key-path n json
             aproduce -q -t $T -p 1 --key-path o json; aproduce -q -t $T -p 1 --key-path no.where json
             aconsume -t $T -p 1 -J | aslice .key; aconsume -t $T -p 1 -c 1 -f %T"
    same paths "$output" $'"yA"\n"1.50"\n"{\\"p\\":1}"\nnull\n1577934245678'
    check 1 "aproduce -q -t $T --key-path a <<<'{\"a\":1'"
    [[ $errors == "aproduce: stdin:1: byte 7: "* ]]
    check 1 "printf '{\"t\":1600000000000}\n{\"t\":\"1516717442.735266\"}\n{\"t\":1600000000000}\n' |
        aproduce -t $T -p 0 --time-path t"
    [[ $errors == "aproduce: stdin:2: byte 6: --time-path: expected ISO 8601"*"1 messages, 19 bytes, 1 failed" ]]
    check 2 "aproduce -t $T -p 4 json"
    [[ $errors == *"topic $T has partitions 0 to 3 only"* ]]
}

@test "the same key goes to the partition where Java's producer puts it" {
    create "$T" --partitions 7
    check 0 \
        "printf '%s\n' 21: foobar: a-little-bit-long-string: lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: abc: |
        aproduce -q -t $T -K :
             aconsume -t $T -f '%k %p\n' | sort"
    # (murmur2 & 0x7fffffff) % 7, murmur2 from the tests of Kafka's own Utils class
    same partitions "$output" "21 $(((-973932308 & 0x7fffffff) % 7))
a-little-bit-long-string $(((-985981536 & 0x7fffffff) % 7))
abc $(((479470107 & 0x7fffffff) % 7))
foobar $(((-790332482 & 0x7fffffff) % 7))
lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8 $(((-58897971 & 0x7fffffff) % 7))"
}

@test "plain output refuses what it cannot carry, and names the way" {
    create "$T"
    check 0 "printf 'a\0b\nc\0' | aproduce -q -t $T -0; aproduce -q -t $T -Z <<<''; aproduce -q -t $T <<<z"
    check 1 "aconsume -t $T"
    same output "$output" a
    same errors "$errors" "aconsume: $T [0] offset 1: the value holds a newline: use -J, -0, or --compact for JSON"
    check 1 "aconsume -t $T -0 | tr '\0' '|'"
    same output "$output" $'a|b\nc|'
    same errors "$errors" "aconsume: $T [0] offset 2: the value is null (a tombstone): use -J, or -Z NULL"
    check 0 "aconsume -t $T -0 -Z | tr '\0' '|'"
    same -Z "$output" $'a|b\nc|NULL|z|'
    check 0 "aconsume -t $T -0 -Z '<null>' -o 2 | tr '\0' '|'"
    same '-Z TEXT' "$output" '<null>|z|'
    create "$T-json"
    printf '{"a" : [1,\n2.50 ]}\0"x"\0' | aproduce -q -t "$T-json" -0
    check 0 "aconsume -t $T-json --compact"
    same compact "$output" $'{"a":[1,2.50]}\n"x"'
    check 0 "aconsume -t $T-json -J --value-json | aslice -c .value"
    same --value-json "$output" $'{"a":[1,2.50]}\n"x"'
    check 0 "aconsume -t $T-json -J --value-json | aproduce -q -t $T-json -J --value-json;
        aconsume -t $T-json --compact -o 2"
    same "embedded and back" "$output" $'{"a":[1,2.50]}\n"x"'
    check 0 "aproduce -q -t $T-json <<<'not json'"
    check 1 "aconsume -t $T-json --compact -o -1"
    why=$(aslice . <<<'not json' 2>&1 | sed 's/.*byte 2: //')
    same "not JSON" "$errors" "aconsume: $T-json [0] offset 4: the value is not JSON: byte 2: $why"
    check 1 "aproduce -q -t $T-json -k a:b <<<x; aconsume -t $T-json -K : -o -1"
    [[ $errors == *"the key holds a delimiter"* ]]
}

@test "-f, -K, -D, -u" {
    create "$T"
    check 0 "printf 'k=v\n=w\n' | aproduce -q -t $T -K = -H a=b -H c=;
        aconsume -t $T -f '%t %p %o %k/%K %s/%S %h %%\x41\n'"
    same -f "$output" "$T 0 0 k/1 v/1 a=b,c= %A
$T 0 1 /0 w/1 a=b,c= %A"
    check 0 "aconsume -t $T -f '%R' | od -An -tx1 | tr -d ' '"
    same %R "$output" 0000000100000001
    check 0 "aconsume -t $T -K '\t' -u"
    same -K "$output" $'k\tv\n\tw'
    check 2 "aconsume -t $T -f %q"
    [[ $errors == *"expected one of %s"* ]]
}

@test "where to begin and where to end" {
    create "$T"
    check 0 "for i in 0 1 2 3 4 5 6 7 8 9; do echo '{\"value\":\"'\$i'\",\"timestamp\":160000000000'\$i'}'; done |
        aproduce -q -t $T -J"
    expect() { check 0 "aconsume -t $T $1 | tr -d '\n'" && same "$1" "$output" "$2"; }
    expect "-o earliest" 0123456789
    expect "-o beginning -e" 0123456789
    expect "-o latest" ''
    expect "-o end" ''
    expect "-o 7" 789
    expect "-o 10" ''
    expect "-o -3" 789
    expect "-o -30" 0123456789
    expect "-o @1600000000004" 456789
    expect "-o @2020-09-13T12:26:40.004Z" 456789
    expect "-o @2020-09-13T14:26:40.004+02:00 -c 2" 45
    expect "-o @-10m" ''
    expect "-o '{\"$T\":{\"0\":8}}'" 89
    expect "-o '{\"$T\":{\"0\":-1}}'" ''
    expect "--until 3" 012
    expect "--until -3" 0123456
    expect "--until @1600000000004" 0123
    expect "-o 2 --until '{\"$T\":{\"0\":4}}'" 23
    expect "--until 100" 0123456789
    expect "--follow --until 10" 0123456789
    expect "-c 0" ''
    check 3 "aconsume -t $T -o 11"
    same beyond "$errors" "aconsume: $T [0]: offset 11 is beyond the end, which is 10"
    check 2 "aconsume -t $T -o '{\"$T\":{\"1\":4}}'"
    [[ $errors == *"topic $T has no partition 1, only 0 to 0"* ]]
    check 2 "aconsume -t $T -o '{\"other\":{\"1\":4}}'"
    [[ $errors == *'topic "other" is not read'* ]]
    check 2 "aconsume -t $T -o sometime"
    check 2 "aconsume -t $T -p 1"
    check 3 "aconsume -t $T-none"
    [[ $errors == *"$T-none: "*"no such topic"* ]]
}

@test "aproduce that waits for its input does next to nothing, and what comes then goes at once" {
    local number=0 topic
    for options in "" -u --transaction "--once $T"; do
        topic=$T-$((++number))
        create "$topic"
        rm -f in && mkfifo in
        # shellcheck disable=SC2086 # options
        aproduce -q -t "$topic" $options <in 3>&- &
        local tool=$! before took
        exec 7>in
        echo one >&7
        switches() { cat "/proc/$tool/task"/*/status | awk '/^voluntary/ { sum += $2 } END { print sum }'; }
        centiseconds() { awk '{ print $14 + $15 }' "/proc/$tool/stat"; }
        case $options in ''|-u) eventually grep -qx one <(aconsume -q -t "$topic" --follow -c 1) ;; esac
        sleep 1 # it may still say hello to the broker
        before=$(switches) took=$(centiseconds)
        sleep 2
        [ $(($(switches) - before)) -lt 60 ] # a look each 20 ms would be 100, and more of the library's threads
        [ $(($(centiseconds) - took)) -lt 30 ]
        echo two >&7
        exec 7>&-
        wait "$tool"
        check 0 "aconsume -q -t $topic"
        same "$options" "$output" $'one\ntwo'
    done
}

@test "--follow ends when its reader is gone, also while nothing comes" {
    create "$T"
    echo one | aproduce -q -t "$T"
    check 141 "aconsume -q -t $T --follow | head -n 1"
    same stdout "$output" one
    same stderr "$errors" ''
}

@test "several topics, by name and by pattern, and some of their partitions" {
    create "$T-a" --partitions 2
    create "$T-b" --partitions 2
    for t in a b; do for p in 0 1; do check 0 "aproduce -q -t $T-$t -p $p <<<$t$p"; done; done
    check 0 "aconsume -t $T-b -t $T-a | sort | tr '\n' ' '"
    same both "$output" 'a0 a1 b0 b1 '
    check 0 "aconsume -t '^$T-[ab]\$' -p 1 | sort | tr '\n' ' '"
    same pattern "$output" 'a1 b1 '
    check 3 "aconsume -t '^$T-[x]\$'"
    check 2 "aconsume -t '^('"
}

@test "a line at the topic's limit passes, one byte more is refused by name; its neighbours arrive" {
    create "$T" --config max.message.bytes=5242880
    head -c 5242806 /dev/zero | tr '\0' x >limit
    head -c 5242807 /dev/zero | tr '\0' x >beyond
    check 1 "(seq 100; cat limit; echo; seq 100; cat beyond; echo; seq 100) | aproduce -t $T --rejects rejected"
    why="5242807 bytes are too large a message for topic $T, which takes 5242880 with overhead (max.message.bytes)"
    hint='split it (aslice --batch-bytes) or raise the limit (atopic alter --config)'
    [[ $errors == "aproduce: stdin:202: $why: $hint"*"301 messages, "*", 1 failed" ]]
    check 0 "cmp rejected <(cat beyond; echo); aconsume -t $T | awk 'length < 10' | cmp - <(seq 100; seq 100; seq 100)"
    check 0 "aconsume -t $T | awk 'length > 10' | cmp - <(cat limit; echo)"
    # kafka-configs would do the same: then what was kept aside goes in
    check 0 "atopic alter -q --config max.message.bytes=6000000 $T && aproduce -q -t $T rejected &&
        aconsume -t $T -o -1 | cmp - rejected"
}

@test "a 7 MB line among small ones, and 200 KB into a topic of 100 KB" {
    create "$T" --config max.message.bytes=5242880
    head -c 7000000 /dev/zero | tr '\0' y >big
    check 1 "(cat '$LINES_FILE'; cat big; echo; cat '$LINES_FILE') | aproduce -q -t $T --rejects rejected"
    check 0 "cmp rejected <(cat big; echo); aconsume -t $T | cmp - <(cat '$LINES_FILE' '$LINES_FILE')"
    create "$T-100k" --config max.message.bytes=102400
    head -c 200000 /dev/zero | tr '\0' y >big
    check 1 "(seq 500; cat big; echo; seq 501 1000) | aproduce -q -t $T-100k --rejects rejected"
    check 0 "cmp rejected <(cat big; echo); aconsume -t $T-100k | cmp - <(seq 1000)"
}

@test "--transaction: all or none" {
    create "$T" --config max.message.bytes=5000
    head -c 6000 /dev/zero | tr '\0' y >big
    check 1 "(seq 500; cat big; echo; seq 500) | aproduce -t $T --transaction"
    [[ $errors == *"the transaction is aborted: nothing was published"*"0 messages, 0 bytes, 1 failed" ]]
    check 0 "aconsume -t $T | wc -l"
    same nothing "$output" 0
    check 0 "aproduce -q -t $T <<<before; seq 500 | aproduce -q -t $T --transaction
        aconsume -t $T | cmp - <(echo before; seq 500)"
    check 0 "aconsume -t $T -J -o -1 | wc -l" # the last offset is a marker, and no obstacle
    same marker "$output" 0
}

@test "--once: refused records are left out under --rejects, and end the run without" {
    create "$T" --config max.message.bytes=5000
    head -c 6000 /dev/zero | tr '\0' y >big
    (seq 500; cat big; echo; seq 501 1000) >in
    check 1 "aproduce -q -t $T --once $T in"
    check 0 "aconsume -t $T | wc -l"
    same nothing "$output" 0
    check 1 "aproduce -t $T --once $T --rejects rejected in"
    [[ $errors == *"stdin"* || $errors == *"in:501: 6000 bytes are too large"*"1000 messages, "*", 1 failed" ]]
    check 0 "cmp rejected <(cat big; echo); aconsume -t $T | cmp - <(seq 1000)"
    check 0 "aproduce -q -t $T --once $T --rejects rejected in; cmp rejected <(cat big; echo); aconsume -t $T | wc -l"
    same "a re-run" "$output" 1000
}

@test "bad data ends a load, what is before it is delivered; --rejects goes on" {
    create "$T"
    printf '{"value":"a"}\n{"value":1}\n{"value":"b"}\n' >in
    check 1 "aproduce -t $T -J in"
    same errors "$errors" "aproduce: in:2: byte 10: expected a string or null
aproduce: 1 messages, 1 bytes, 1 failed"
    check 1 "aproduce -t $T -J --rejects rejected in"
    check 0 "cat rejected; aconsume -t $T | tr -d '\n'"
    same all "$output" $'{"value":1}\naab'
    create "$T-once" # what is before the bad record is in, and is not sent again when that is mended
    check 1 "aproduce -q -t $T-once -J --once $T in"
    check 0 "sed 's/:1/:\"c\"/' in | aproduce -q -t $T-once -J --once $T; aconsume -t $T-once | tr -d '\n'"
    same mended "$output" acb
    check 2 "aproduce -q -t $T missing.json"
}

@test "a group commits what was written, and goes on there" {
    create "$T" --partitions 2
    check 0 "seq 1000 | aproduce -q -t $T -p 0; seq 1001 2000 | aproduce -q -t $T -p 1"
    check 0 "aconsume -t $T -g $T | sort -n | cmp - <(seq 2000)"
    check 0 "aconsume -t $T -g $T | wc -l"
    same again "$output" 0
    check 0 "atopic lag $T"
    same lag "$output" "group	topic	partition	committed	end	lag	high
$T	$T	0	1000	1000	0	1000
$T	$T	1	1000	1000	0	1000"
    check 0 "atopic reset -q -o 990 $T"
    check 0 "aconsume -t $T -g $T | sort -n | cmp - <(seq 991 1000; seq 1991 2000)"
    check 0 "atopic reset -o earliest -t $T $T | tail -1; aconsume -t $T -g $T -c 5 | wc -l
        atopic lag -J $T | aslice .lag | awk '{ sum += \$1 } END { print sum }'"
    same "five of them" "$output" "$T	$T	1	0
5
1995"
    check 0 "atopic reset -q -o 7 -t $T $T; atopic reset -J -o '{\"$T\":{\"1\":5}}' $T | aslice .committed;
        atopic lag -J $T | aslice .committed"
    same "the partition that is named, and no other" "$output" $'group\ttopic\tpartition\tcommitted\n'"$T	$T	0	7
$T	$T	1	7
5
7
5"
    check 0 "atopic groups $T"
    same groups "$output" $'group\tstate\tmembers\n'"$T"$'\tEmpty\t0'
    check 3 "atopic lag $T-none"
    check 3 "atopic groups $T-none"
}

@test "a group commits nothing that was not written" {
    create "$T"
    check 0 "aproduce -q -t $T '$LINES_FILE'"
    quick='-X session.timeout.ms=1000 -X heartbeat.interval.ms=300' # a member that died is forgotten sooner
    check 3 "aconsume -t $T -g $T $quick >/dev/full"
    [[ $errors == "aconsume: stdout: No space left on device" ]]
    check 3 "atopic lag $T" # nothing committed
    # a reader that leaves: what was committed had gone into the pipe
    check 141 "aconsume -t $T -g $T $quick | head -1 >/dev/null"
    check 0 "atopic lag -J $T | aslice .committed || echo 0"
    committed=${output##*$'\n'}
    [ "$committed" -lt 3280 ]
    check 0 "aconsume -t $T -g $T $quick | cmp - <(tail -n +$((committed + 1)) '$LINES_FILE')"
}

@test "atopic: partitions, configs, offsets, deletion" {
    create "$T" --partitions 2 --config segment.bytes=1048576 --config max.message.bytes=2000000
    check 0 "atopic alter -q --config max.message.bytes=3000000 --partitions 3 $T && atopic describe -J $T |
        aslice -c '.configs[\"max.message.bytes\"], .configs[\"segment.bytes\"]'; atopic describe $T | wc -l"
    same merged "$output" $'"3000000"\n"1048576"\n4'
    check 0 "atopic alter -q --delete-config segment.bytes $T; atopic describe -J $T |
        aslice '.configs[\"segment.bytes\"]'"
    same 'back to the default' "$output" null
    check 2 "atopic alter --partitions 1 $T"
    check 2 "atopic alter --config no.such.config=1 $T"
    check 2 "atopic create 'a b'"
    check 0 "atopic list | grep -x $T; atopic list -J | grep -c '{\"topic\":\"$T\",\"partitions\":3}'"
    same listed "$output" "$T"$'\n1'
    check 0 "seq 5 | aproduce -q -t $T -p 1; atopic offsets $T"
    same offsets "$output" "topic	partition	low	stable	high
$T	0	0	0	0
$T	1	0	5	5
$T	2	0	0	0"
    check 0 "atopic offsets -J -o -2 $T | sed -n 2p; atopic offsets -o @-1h $T | sed -n 3p"
    same at "$output" '{"topic":"'"$T"'","partition":1,"offset":3}
'"$T	1	0"
    check 0 "atopic delete $T && atopic delete --if-exists $T; atopic list | grep -cx $T || true"
    same deleted "$output" 0
    check 3 "atopic delete $T"
    check 3 "atopic describe $T"
    [[ $errors == *"$T: "*"no such topic"* ]]
}

@test "wrong usage" {
    for wrong in "aproduce" "aproduce -t t -K : -k x" "aproduce -t t --transaction --once x" "aproduce -t t -J -k x" \
        "aproduce -t t -D ''" \
        "aproduce -t t --key-path 'a['" "aproduce -t t -H x" "aproduce -t t --once-batch 1x" \
        "aproduce -t t --once x --once-batch 1h" \
        "aproduce -t t -X transactional.id=x" "aconsume" "aconsume -t t -K ''" "aconsume -t t x" \
        "aconsume -t t -J -f %s" "aconsume -t t -c x" "aconsume -t t --value-json" "aconsume -t t -g g -p 1" \
        "atopic" "atopic make x" "atopic create" "atopic lag" "atopic lag a b" "atopic reset g" "atopic alter t" \
        "atopic create --partitions 0 t"; do
        check 2 "$wrong </dev/null"
        [[ -n $errors ]]
    done
    ATOOLS_BROKERS='' check 2 "atopic list"
    for tool in aproduce aconsume atopic; do
        check 0 "$tool --version && $tool --help | head -1"
        [[ $output == "$tool (atools) "*"usage: $tool "* ]]
    done
}

@test "wrong options are named, status 2" {
    for tool in aproduce aconsume atopic; do
        check 2 "$tool --frobnicate"; [[ $errors == "$tool: --frobnicate: no such option"* ]]
        check 2 "$tool -b"; [[ $errors == "$tool: -b: needs an argument"* ]]
    done
}

@test "--rejects on the input itself is refused, and nothing is lost" {
    create "$T"
    seq 3 >in
    ln -s in link
    check 2 "aproduce -t $T in --rejects in"; [[ $errors == *"--rejects in: is read as input"* ]]
    check 2 "aproduce -t $T --rejects link <in"
    check 2 "aproduce -t $T --once $T --rejects in - <link"
    same "the input" "$(<in)" $'1\n2\n3'
    check 0 "aconsume -t $T"; same "what was published" "$output" ""
}

@test "the ledger of --once is not the topic itself; names are not empty" {
    create "$T"
    check 2 "seq 3 | aproduce -t $T --once $T --once-topic $T"
    check 0 "aconsume -t $T"; same "what was published" "$output" ""
    check 2 "aconsume -t $T -g ''"
    for verb in lag groups "reset -o 0"; do check 2 "atopic $verb ''"; done
    check 0 "atopic groups"
}

@test "a group that begins at the end goes on from there" {
    create "$T" --partitions 2
    check 0 "seq 5 | aproduce -q -p 0 -t $T && aconsume -t $T -g $T -o latest"; same "from the end" "$output" ""
    check 0 "seq 6 8 | aproduce -q -p 1 -t $T && aconsume -t $T -g $T -o latest"; same "later" "$output" $'6\n7\n8'
    check 0 "atopic lag $T | cut -f 3-"
    same "lag" "$output" $'partition\tcommitted\tend\tlag\thigh\n0\t5\t5\t0\t5\n1\t3\t3\t0\t3'
}

@test "what a group has committed goes with the topic" {
    create "$T"
    check 0 "seq 5 | aproduce -q -t $T && aconsume -t $T -g $T && atopic delete -q $T"
    create "$T"
    check 0 "seq 11 18 | aproduce -q -t $T && aconsume -t $T -g $T"; same "the new topic" "$output" "$(seq 11 18)"
    check 2 "atopic alter --partitions 1 $T"
    for _ in {1..5}; do # with ZooKeeper a deletion goes on for a while after the topic has gone
        check 0 "atopic delete -q $T && atopic create -q $T && seq 3 | aproduce -q -t $T && aconsume -q -t $T -g $T"
        same "again" "$output" "$(seq 3)"
    done
    check 3 "atopic create -q $T"; [[ $errors == *'it exists already'* ]]
}

@test "a local log: what a broken deletion left of a group's offsets is not taken for a new topic's" {
    check 0 "aproduce -q -b file:log -t a <<<1 && aconsume -q -b file:log -t a -g g -o 0 >/dev/null"
    echo 1 >log/.atools/groups/stray
    rm -r log/a-0
    check 0 "atopic create -q -b file:log a && aproduce -q -b file:log -t a <<<2 && aconsume -b file:log -t a -g g"
    same new "$output" 2
    check 0 "atopic groups -b file:log | tail -n +2"; same groups "$output" $'g\tEmpty\t0'
}

@test "--follow in a group reads and commits partitions that are made meanwhile" {
    create "$T"
    check 0 "seq 3 | aproduce -q -t $T"
    aconsume -t "$T" -g "$T" --follow -X topic.metadata.refresh.interval.ms=500 >out &
    tool=$!
    eventually has_lines 3 out
    check 0 "atopic alter -q --partitions 2 $T && seq 11 13 | aproduce -q -p 1 -t $T"
    eventually has_lines 6 out
    kill -TERM $tool
    wait $tool || true
    same "all six" "$(<out)" $'1\n2\n3\n11\n12\n13'
    check 0 "atopic lag $T | cut -f 3- | tail -n +2"; same lag "$output" $'0\t3\t3\t0\t3\n1\t3\t3\t0\t3'
    check 0 "aconsume -t $T -g $T"; same "nothing twice" "$output" ""
}

@test "a local log: partitions that are links are deleted too; what is no folder is named" {
    mkdir log disk
    ln -s ../disk log/a-0
    check 0 "aproduce -q -b file:log -t a <<<1 && aconsume -b file:log -t a && atopic delete -q -b file:log a &&
        find disk log -name '[0a]*' | wc -l"
    same "what is left" "$output" $'1\n0'
    mkdir log/3.deleted
    touch log/3.deleted/00000000000000000000.log log/b-0
    ln -s nowhere log/c-0
    check 0 "aproduce -q -b file:log -t a <<<1 && atopic delete -q -b file:log a && ls log"
    same "killed deletions" "$output" $'b-0\nc-0'
    check 3 "aproduce -b file:log -t b <<<1"; same file "$errors" "aproduce: log/b-0: Not a directory"
    check 3 "aproduce -b file:log -t c <<<1"; [[ $errors == "aproduce: log/c-0: No such file or directory" ]]
}

@test "a local log that cannot be written: every record read is counted, named and kept aside" {
    mkdir -p log/a-0/00000000000000000000.log
    check 3 "seq 3 | aproduce -b file:log -t a --rejects aside"
    [[ $errors == "aproduce: stdin:1: log/a-0/"*"stdin:3: "*$'\naproduce: 0 messages, 0 bytes, 3 failed' ]]
    same aside "$(<aside)" $'1\n2\n3'
}

@test "a local log that ends before what a group has committed: an error, not silence" {
    check 0 "seq 9 | aproduce -q -b file:log -t a && aconsume -b file:log -t a -g g | tail -n 1"; same all "$output" 9
    rm log/a-0/*
    check 0 "seq 11 14 | aproduce -q -b file:log -t a"
    check 3 "aconsume -b file:log -t a -g g"
    same why "$errors" "aconsume: a partition 0: the group has committed offset 9, but the log ends at 4 (atopic reset)"
    check 0 "atopic reset -b file:log -o earliest -t a g >/dev/null && aconsume -b file:log -t a -g g"
    same again "$output" "$(seq 11 14)"
}

@test "aconsume: each -t must mean a topic, in whatever order they stand" {
    create "$T"
    check 3 "aconsume -t $T -t '^nothing-$T'"
    check 3 "aconsume -t '^nothing-$T' -t $T"
    [[ $errors == *"-t ^nothing-$T: no topic matches" ]]
    check 0 "aconsume -t '^$T' -t $T"
}

@test "aconsume -g: a run that ends with an error leaves its group" {
    create "$T"
    check 0 "printf 'a\\0b\\nc\\0' | aproduce -q -0 -t $T"
    check 1 "aconsume -q -t $T -g $T" # the second value holds a newline
    check 0 "atopic reset -q -o earliest -t $T $T" # no living member
}
