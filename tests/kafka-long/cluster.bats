# A cluster of three brokers whose members die, come back, move leaders, fill their disks: every record is there once,
# or its failure was told. Takes minutes.
load ../kafka/helper

# One cluster for the file; each test leaves it whole.
setup_file() {
    [ -z "${BROKER:-}" ] || skip "starts brokers of its own"
    export CLUSTER=$BATS_FILE_TMPDIR/kafka
    KAFKA_HEAP=128m "$ROOT/scripts/kafka" start --nodes 3 "$CLUSTER" >&2
    ATOOLS_BROKERS=$(cat "$CLUSTER/bootstrap")
    export ATOOLS_BROKERS
}

teardown() {
    [ -z "${proxy:-}" ] || kill "$proxy"
    [ -z "${own:-}" ] || "$ROOT/scripts/kafka" stop --wipe "$own" >&2
    ! mountpoint -q "$BATS_TEST_TMPDIR/disk" || umount -l "$BATS_TEST_TMPDIR/disk"
}

teardown_file() {
    [ -z "${CLUSTER:-}" ] || "$ROOT/scripts/kafka" stop --wipe "$CLUSTER" >&2
}

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    T=cluster-$BATS_TEST_NUMBER-$RANDOM
    export T
}

# whole [NODES]: starts what is down, and waits until that is in sync everywhere.
whole() {
    KAFKA_HEAP=128m "$ROOT/scripts/kafka" start "$CLUSTER" >&2
    eventually in_sync
}
in_sync() {
    local missing='.partitions[] | select((.isr | length) < (.replicas | length)) | 1'
    [ "$(atopic describe -q -J | aslice "$missing" | wc -l)" = 0 ]
}
broker_pid() { cat "$CLUSTER/node-$1/pid"; }
running() { kill -0 "$1" 2>/dev/null; }

# lines N: so many records, each told by its number.
lines() { seq "$1" | sed 's/$/\tabcdefghijklmnopqrstuvwxyz0123456789/'; }
# complete TOPIC N: each of the N records once.
complete() { check 0 "aconsume -t $1 -K '\t' | cut -f1 | sort -n | cmp - <(seq $2)"; }

@test "--once: the load killed with -9 at 40 random moments, and brokers at some of them: each record once" {
    atopic create -q --partitions 3 --replication-factor 3 --config min.insync.replicas=2 "$T"
    lines 400000 >in
    for ((kill = 1; kill <= ${KILLS:-40}; kill++)); do
        aproduce -q -t "$T" -K $'\t' --once "$T" --once-batch 2000 in 2>errors &
        tool=$!
        sleep "0.$((RANDOM % 9 + 1))"
        if [ $((kill % ${BROKER_EVERY:-4})) = 0 ]; then # a broker; the load must go on without it
            node=$((RANDOM % 3 + 1))
            kill -9 "$(broker_pid $node)" || true # one that is short of memory may be gone by itself
            sleep 0.3
            kill -9 $tool 2>/dev/null || true
            wait $tool 2>/dev/null || true
            KAFKA_HEAP=128m "$ROOT/scripts/kafka" start "$CLUSTER" >&2
            eventually in_sync
        else
            kill -9 $tool 2>/dev/null || true
            wait $tool 2>/dev/null || true
        fi
    done
    check 0 "aproduce -t $T -K '\t' --once $T --once-batch 20000 in"
    complete "$T" 400000
}

@test "a load, a read and a group go on while the cluster is restarted broker by broker" {
    atopic create -q --partitions 3 --replication-factor 3 --config min.insync.replicas=2 "$T"
    lines 60000 >in
    { head -20000 in; until [ -e go ]; do sleep 0.1; done; tail -n +20001 in; } | aproduce -t "$T" -K $'\t' 2>errors &
    load=$!
    aconsume -q -t "$T" -g "$T" --follow -K $'\t' >followed &
    follower=$!
    for node in 1 2 3; do
        kill "$(broker_pid $node)"
        eventually refuse running "$(broker_pid $node)"
        [ $node != 2 ] || touch go
        whole
    done
    wait $load
    grep -x 'aproduce: 60000 messages, [0-9]* bytes, 0 failed' errors
    complete "$T" 60000
    eventually has_lines 60000 followed
    kill -INT $follower
    wait $follower || true
    same "followed: at least once" "$(cut -f1 followed | sort -nu | wc -l)" 60000
}

@test "partitions added and leaders moved in the middle of a load" {
    atopic create -q --partitions 2 --replication-factor 3 "$T"
    lines 40000 >in
    { head -20000 in; until [ -e go ]; do sleep 0.1; done; tail -n +20001 in; } | aproduce -q -t "$T" -K $'\t' &
    load=$!
    arrived() { [ "$(aconsume -q -t "$T" | wc -l)" -ge 20000 ]; }
    eventually arrived
    atopic alter -q --partitions 5 "$T"
    leader=$(atopic describe -q -J "$T" | aslice '.partitions[0].leader')
    kill -STOP "$(broker_pid "$leader")" # silent, not gone: the cluster elects another one
    moved() { [ "$(atopic describe -q -J "$T" | aslice '.partitions[0].leader')" != "$leader" ]; }
    touch go
    eventually moved
    kill -CONT "$(broker_pid "$leader")"
    wait $load
    whole
    complete "$T" 40000
}

@test "what was done is seen by who looks next, whichever broker is asked" {
    seq 1000 >in
    for round in $(seq 15); do
        check 0 "atopic create -q --partitions 2 $T-$round && aconsume -t $T-$round"
        check 0 "aproduce -q -t $T-$round --transaction in && aconsume -t $T-$round | wc -l"
        same "round $round" "$output" 1000
        check 0 "atopic alter -q --partitions 3 $T-$round && aproduce -q -t $T-$round -p 2 <<<x"
        check 0 "aproduce -q -t $T-$round-new <<<x && aconsume -t $T-$round-new"
        check 0 "atopic delete -q $T-$round && atopic list"
        [[ $'\n'$output$'\n' != *$'\n'"$T-$round"$'\n'* ]]
    done
}

@test "doors that stall and shut before three brokers: late, but nothing lost and nothing twice" {
    own=$BATS_TEST_TMPDIR/own
    export KAFKA_HEAP=128m
    "$ROOT/scripts/kafka" start --nodes 3 "$own" >&2
    mkdir door
    IFS=, read -r -a brokers <"$own/bootstrap"
    python3 "$ROOT/tests/kafka-long/proxy.py" ports door "${brokers[@]}" &
    proxy=$!
    eventually [ -s ports ]
    mapfile -t ports <ports
    "$ROOT/scripts/kafka" stop "$own" >&2
    for node in 1 2 3; do # the brokers talk to each other through the doors, too
        sed -i "s|^advertised.listeners=.*|advertised.listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]}|" \
            "$own/node-$node/server.properties"
    done
    "$ROOT/scripts/kafka" start "$own" >&2
    ATOOLS_BROKERS=127.0.0.1:${ports[0]},127.0.0.1:${ports[1]},127.0.0.1:${ports[2]}
    atopic create -q --partitions 3 --replication-factor 3 --config min.insync.replicas=2 "$T"
    lines 30000 >in
    { for from in 1 6001 12001 18001 24001; do tail -n +$from in | head -6000; sleep 1; done; } |
        aproduce -t "$T" -K $'\t' -X socket.timeout.ms=3000 2>errors &
    load=$!
    for _ in 1 2 3 4; do
        sleep 0.7
        touch door/stall
        sleep 0.5
        rm door/stall
        touch door/cut
    done
    wait $load
    tail -1 errors | grep -x 'aproduce: 30000 messages, [0-9]* bytes, 0 failed'
    complete "$T" 30000
}

@test "a broker's disk that is full: told, and every record that was confirmed is there" {
    mkdir disk
    mount -t tmpfs -o size=24m tmpfs disk 2>/dev/null || skip "no tmpfs may be mounted"
    own=$PWD/one
    mkdir -p "$own"
    "$ROOT/scripts/kafka" start "$own" >&2
    "$ROOT/scripts/kafka" stop "$own" >&2
    cp -r "$own/node-1/data/." disk/
    sed -i "s|^log.dirs=.*|log.dirs=$PWD/disk|" "$own/node-1/server.properties"
    "$ROOT/scripts/kafka" start "$own" >&2
    ATOOLS_BROKERS=$(cat "$own/bootstrap")
    atopic create -q "$T"
    lines 1000000 >in
    status=0
    timeout 120 aproduce -t "$T" -X message.timeout.ms=15000 -X linger.ms=0 in 2>errors || status=$?
    same status $status 3
    tail -1 errors | grep -E '^aproduce: [0-9]+ messages, [0-9]+ bytes, [1-9][0-9]* failed'
    confirmed=$(tail -1 errors | sed 's/^aproduce: \([0-9]*\) .*/\1/')
    # with room again, the broker has what it confirmed
    "$ROOT/scripts/kafka" stop "$own" >&2
    mount -o remount,size=300m disk
    "$ROOT/scripts/kafka" start "$own" >&2
    aconsume -q -t "$T" | sort -u >there
    [ "$(wc -l <there)" -ge "$confirmed" ] && [ "$confirmed" -gt 0 ]
}

@test "groups of the protocol of KIP-848 are listed" {
    command -v javac >/dev/null || skip "no Java compiler"
    atopic create -q "$T"
    seq 10 | aproduce -q -t "$T"
    java -Xmx64m -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$("$ROOT/scripts/kafka" jars kraft)/*" \
        "$ROOT/tests/kafka-long/NewMember.java" "$ATOOLS_BROKERS" "$T" "$T" >out &
    member=$!
    eventually has_lines 10 out
    check 0 "atopic groups $T"; same listed "$output" $'group\tstate\tmembers\n'"$T"$'\tStable\t\\N'
    check 0 "atopic groups -J | grep -Fx '{\"group\":\"$T\",\"state\":\"Stable\",\"members\":null}'"
    check 1 "atopic reset -o earliest -t $T $T"; [[ $errors == *"it has living members"* ]]
    committed() { [ "$(atopic lag -J "$T" | aslice .committed)" = 10 ]; }
    eventually committed
    kill $member
    wait $member || true
}
