# What a crash, a restart and a second run do: nothing lost, nothing twice. Takes minutes.
load ../kafka/helper

setup() {
    on_kafka
    cd "$BATS_TEST_TMPDIR" || exit
    T=crash-$BATS_TEST_NUMBER-$RANDOM
    export T
}

# own_broker [OPTION…]: a broker of this test's own, that may be stopped.
own_broker() {
    OWN=$BATS_TEST_TMPDIR/kafka
    "$ROOT/scripts/kafka" start "$@" "$OWN" >&2
    ATOOLS_BROKERS=$(cat "$OWN/bootstrap")
    export OWN ATOOLS_BROKERS
}

teardown() {
    [ -z "${OWN:-}" ] || "$ROOT/scripts/kafka" stop --wipe "$OWN" >&2
}

# ten times the data: 32,800 records, told apart by a number in front
numbered() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$LINES_FILE"; done | awk '{ print NR "\t" $0 }' >in
}

# halves: the first 16000 lines of in, and the others as soon as there is a file go.
halves() {
    head -16000 in
    until [ -e go ]; do sleep 0.05; done
    tail -n +16001 in
}

# arrived TOPIC [COUNT]: so many records (all of the first half) can be read; for eventually.
arrived() { [ "$(aconsume -q -t "$1" | wc -l)" -ge "${2:-16000}" ]; }

@test "--once, killed with -9 at ten random moments and run again: every record once, in order" {
    numbered
    for round in 1 2 3 4 5 6 7 8 9 10; do
        atopic create -q "$T-$round" --partitions 2
        for _ in 1 2 3; do # three crashes, then a run to the end
            timeout -s KILL "0.$((RANDOM % 6 + 1))$((RANDOM % 10))" aproduce -q -t "$T-$round" -K $'\t' \
                --once "$T-$round" --once-batch 1000 in || true
        done
        check 0 "aproduce -t $T-$round -K '\t' --once $T-$round --once-batch 1000 in"
        check 0 "aconsume -t $T-$round -K '\t' | sort -n | cmp - in"
        for partition in 0 1; do
            check 0 "aconsume -t $T-$round -p $partition -f '%k\n' | sort -nc"
        done
        check 0 "aproduce -t $T-$round -K '\t' --once $T-$round in"
        same "nothing is left" "$errors" "aproduce: 0 messages, 0 bytes, 0 failed; 32800 records were in already"
    done
}

@test "the broker stopped for 5 s in the middle of a load and of a read: nothing lost, nothing twice" {
    own_broker
    numbered
    atopic create -q "$T"
    halves | aproduce -t "$T" 2>errors &
    tool=$!
    eventually arrived "$T"
    "$ROOT/scripts/kafka" stop "$OWN" >&2
    touch go
    sleep 5 # the outage
    "$ROOT/scripts/kafka" start "$OWN" >&2
    wait $tool
    tail -1 errors | grep -x 'aproduce: 32800 messages, [0-9]* bytes, 0 failed'
    check 0 "aconsume -t $T | cmp - in"
    # a read that is held up by its reader, so that the stop falls into its middle
    rm go
    aconsume -q -t "$T" | { head -c 3000000; until [ -e go ]; do sleep 0.05; done; cat; } >out &
    tool=$!
    eventually [ -s out ]
    "$ROOT/scripts/kafka" stop "$OWN" >&2
    touch go
    sleep 5
    "$ROOT/scripts/kafka" start "$OWN" >&2
    wait $tool
    cmp out in
    # and in transactions
    atopic create -q "$T-once"
    rm go
    halves | aproduce -t "$T-once" --once "$T" --once-batch 1s 2>errors &
    tool=$!
    eventually arrived "$T-once"
    "$ROOT/scripts/kafka" stop "$OWN" >&2
    touch go
    sleep 5
    "$ROOT/scripts/kafka" start "$OWN" >&2
    wait $tool
    check 0 "aconsume -t $T-once | cmp - in"
}

@test "the broker killed with -9 in the middle of a load, and started again" {
    own_broker
    numbered
    atopic create -q "$T"
    halves | aproduce -q -t "$T" &
    tool=$!
    eventually arrived "$T"
    kill -9 "$(cat "$OWN/node-1/pid")"
    touch go
    sleep 2 # the outage
    "$ROOT/scripts/kafka" start "$OWN" >&2
    wait $tool
    check 0 "aconsume -t $T | cmp - in"
}

@test "a group of three, one killed with -9 in the middle: every record at least once, none committed was missing" {
    numbered
    atopic create -q "$T" --partitions 6
    check 0 "aproduce -q -t $T -K '\t' in"
    quick=(-X session.timeout.ms=2000 -X heartbeat.interval.ms=500)
    for member in 1 2 3; do
        mkfifo pipe$member
        # each is held up by its reader, so that the kill falls into the middle
        { while head -c 300000; do sleep 0.02; [ -e go ] && break; done; cat; } <pipe$member >out$member 2>/dev/null &
        readers[member]=$!
        aconsume -q -t "$T" -g "$T" -K '\t' "${quick[@]}" >pipe$member &
        pids[member]=$!
    done
    eventually [ -s out2 ]
    kill -9 "${pids[2]}"
    # what the group has committed by now was written by somebody
    atopic lag "$T" >lag || true
    touch go
    wait "${pids[1]}" && wait "${pids[3]}"
    wait "${readers[@]}" || true
    # the last line of the killed one may be cut
    for member in 1 2 3; do cat out$member; echo; done | LC_ALL=C sort -u >all
    check 0 "LC_ALL=C sort in | LC_ALL=C comm -13 all - | wc -l"
    same "records missing" "$output" 0
    check 0 "atopic lag -J $T | aslice .lag | sort -u"
    same lag "$output" 0
}

@test "ZooKeeper mode: the workflow's commands give the same answers" {
    own_broker --zookeeper
    BROKER=$ATOOLS_BROKERS bats --tap "$ROOT/tests/kafka/tools.bats" >&2
}

@test "three nodes: one is stopped while a load goes on" {
    own_broker --nodes 3
    numbered
    atopic create -q "$T" --partitions 3 --replication-factor 3 --config min.insync.replicas=2
    check 0 "atopic describe $T | grep -c 'Replicas: [123],[123],[123]'"
    same replicas "$output" 3
    halves | aproduce -q -t "$T" -K '\t' &
    tool=$!
    eventually arrived "$T"
    kill -9 "$(cat "$OWN/node-2/pid")"
    touch go
    wait $tool
    check 0 "aconsume -t $T -K '\t' | sort -n | cmp - in"
}

@test "a partition whose only broker is dead is no obstacle to the others, with -p and without" {
    own_broker --nodes 3
    atopic create -q --partitions 3 --replication 1 "$T"
    for i in 0 1 2; do aproduce -q -t "$T" -p $i <<<"$i"; done
    kill -9 "$(cat "$OWN/node-3/pid")"
    leaderless() { atopic describe -q -J "$T" | aslice '.partitions[] | select(.leader < 0) | .partition'; }
    is_dead() { [ -n "$(leaderless)" ]; }
    eventually is_dead
    dead=$(leaderless)
    live=$(printf '%s\n' 0 1 2 | grep -vx "$dead" | paste -sd,)
    for from in earliest @0; do
        check 0 "aconsume -t $T -p $live -o $from | sort"
        same "of $from" "$output" "$(tr , '\n' <<<"$live")"
    done

    # without -p the others are read, and the dead one is waited for behind them, a minute at most
    status=0
    aconsume -t "$T" >alive 2>errors || status=$?
    same "status when it does not come" $status 3
    same "what is alive" "$(sort alive | paste -sd,)" "$live"
    grep -qF "topic $T [$dead]: there is no leader: read behind the others" errors
    tail -1 errors | grep -F "topic $T [$dead]: "
    check 0 "aconsume -q -t $T -c 2 | sort | paste -sd,"; same "enough is enough" "$output" "$live"
    aconsume -t "$T" >whole 2>errors &
    whole=$!
    aconsume -t "$T" --follow >followed 2>followed.errors &
    follower=$!
    eventually has_lines 2 whole
    eventually has_lines 2 followed
    grep -qF "topic $T [$dead]: there is no leader: read as soon as there is one" followed.errors
    "$ROOT/scripts/kafka" start "$OWN" >&2
    wait $whole
    same "all of them, the dead one last" "$(sort whole | paste -sd,) $(tail -1 whole)" "0,1,2 $dead"
    eventually has_lines 3 followed
    kill -INT $follower
    wait $follower || true
}

@test "TLS and SASL, by a properties file; a wrong password is told" {
    own_broker --secure
    check 0 "env -u ATOOLS_BROKERS atopic create -q -F '$OWN/client.properties' $T
             env -u ATOOLS_BROKERS aproduce -q -F '$OWN/client.properties' -t $T '$LINES_FILE'
             env -u ATOOLS_BROKERS ATOOLS_CONFIG='$OWN/client.properties' aconsume -t $T | cmp - '$LINES_FILE'"
    check 3 "env -u ATOOLS_BROKERS aconsume -F '$OWN/client.properties' -X sasl.password=wrong -t $T"
    [[ $errors == *"SASL authentication error"* && $errors != *"no answer"* ]]
    check 3 "env -u ATOOLS_BROKERS atopic groups -F '$OWN/client.properties' -X sasl.password=wrong"
    [[ $errors == *"SASL authentication error"* && $errors != *"no answer"* ]]
    check 3 "env -u ATOOLS_BROKERS aconsume -F '$OWN/client.properties' -X ssl.ca.location= -t $T"
    [[ $errors == *"certificate verify failed"* && $errors != *"no answer"* ]]
}

@test "a broker's certificate that has expired is told at once" {
    own_broker --secure
    "$ROOT/scripts/kafka" stop "$OWN" >&2
    tls=$OWN/tls
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -days -1 -out "$tls/old.pem" \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") 2>/dev/null
    cat "$tls/server.key" "$tls/old.pem" "$tls/ca.pem" >"$tls/keystore.pem"
    "$ROOT/scripts/kafka" start "$OWN" >&2
    for tool in "aconsume -t $T" "atopic list" "aproduce -t $T"; do
        before=$SECONDS
        check 3 "env -u ATOOLS_BROKERS $tool -F '$OWN/client.properties'"
        [[ $errors == *"certificate"* && $errors != *"no answer"* ]] || { echo "$errors" >&2; return 1; }
        [ $((SECONDS - before)) -lt 8 ]
    done
}

@test "SCRAM over TLS" {
    # librdkafka before 2.6.1 repeats a nonce, which brokers since 4.0 notice
    own_broker --secure --kafka39
    check 0 "env -u ATOOLS_BROKERS atopic create -q -F '$OWN/client-scram.properties' $T
             env -u ATOOLS_BROKERS aproduce -q -F '$OWN/client-scram.properties' -t $T '$LINES_FILE'
             env -u ATOOLS_BROKERS aconsume -F '$OWN/client-scram.properties' -t $T | cmp - '$LINES_FILE'"
    check 3 "env -u ATOOLS_BROKERS aconsume -F '$OWN/client-scram.properties' -X sasl.password=wrong -t $T"
    [[ $errors == *uthentication* ]]
}

@test "^C: the first delivers what was accepted, the second gives up and says how many are unconfirmed" {
    own_broker
    numbered
    atopic create -q "$T"
    mkfifo pipe
    aproduce -t "$T" pipe 2>errors &
    tool=$!
    exec 5>pipe
    cat in >&5
    eventually arrived "$T" 32800
    kill -INT $tool
    status=0
    wait $tool || status=$?
    same "dies of the signal" $status 130
    check 0 "aconsume -t $T | cmp - in"
    exec 5>&-
    aproduce -t "$T" pipe 2>errors &
    tool=$!
    exec 5>pipe
    head -1 in >&5
    eventually arrived "$T" 32801
    kill -STOP "$(cat "$OWN/node-1/pid")"
    head -2000 in >&5
    kill -INT $tool
    sleep 1
    kill -0 $tool # still waiting for the broker
    kill -INT $tool
    status=0
    wait $tool || status=$?
    kill -CONT "$(cat "$OWN/node-1/pid")"
    same "dies of the signal" $status 130
    grep -Eq '^aproduce: given up; messages unconfirmed: [1-9][0-9]*$' errors
}

@test "nobody there: a plain message and status 3" {
    check 3 "aconsume -b 127.0.0.1:1 -t x -X socket.connection.setup.timeout.ms=1000"
    [[ $errors == *"x: no answer from 127.0.0.1:1 (127.0.0.1:1: "*"Connection refused)" ]]
}

