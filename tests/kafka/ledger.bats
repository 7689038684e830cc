#!/usr/bin/env bats
# The ledger of aproduce --once: what it knows of the topic, and how it is looked at (atopic once).
load helper

@test "--once after the topic was deleted and made anew: an empty one is loaded again" {
    create "$T"
    check 0 "seq 3 | aproduce -q -t $T --once $T; atopic delete -q $T; atopic create -q $T; seq 5 |
        aproduce -t $T --once $T"
    [[ $errors == *"topic $T is empty, made anew since 3 records were loaded: all are loaded again"*"5 messages"* ]]
    check 0 "seq 5 | aproduce -t $T --once $T; aconsume -t $T | cmp - <(seq 5)"
    [[ $errors == *"0 messages, 0 bytes, 0 failed; 5 records were in already" ]]
}

@test "--once: a topic that holds other messages where the load's were is refused, and nothing is loaded twice" {
    create "$T"
    check 0 "seq 3 | aproduce -q -t $T --once $T; atopic delete -q $T; atopic create -q $T; echo x | aproduce -q -t $T"
    check 1 "seq 3 | aproduce -q -t $T --once $T"
    [[ $errors == *"the 3 records that this name has loaded are not in topic $T any more"*"atopic once --forget"* ]]
    # now behind the end of theirs
    check 1 "echo y | aproduce -q -t $T; echo z | aproduce -q -t $T; seq 3 | aproduce -q -t $T --once $T"
    check 0 "atopic once --forget $T; seq 3 | aproduce -q -t $T --once $T; aconsume -t $T | tr '\n' ' '"
    same messages "$output" "x y z 1 2 3 "
}

@test "--once: a load of which everything was refused has left no mark, and is not loaded again" {
    create "$T" --config max.message.bytes=1000
    head -c 2000 /dev/zero | tr '\0' y >big
    check 1 "aproduce -q -t $T --once $T --rejects rejected big"
    check 0 "aproduce -t $T --once $T --rejects rejected big; cat rejected | wc -l"
    [[ $errors == *"0 messages, 0 bytes, 0 failed; 1 records were in already" ]]
}

@test "atopic once: names, topics and counts; forgotten ones are gone" {
    create "$T"
    check 0 "for name in b a c; do seq 3 | aproduce -q -t $T --once \$name-$T --once-topic $T-ledger; done; seq 7 |
        aproduce -q -t $T --once a-$T --once-topic $T-ledger"
    check 0 "atopic once --once-topic $T-ledger"
    same table "$output" \
        "$(printf 'name\ttopic\trecords\na-%s\t%s\t7\nb-%s\t%s\t3\nc-%s\t%s\t3' "$T" "$T" "$T" "$T" "$T" "$T")"
    check 0 "atopic once -J --once-topic $T-ledger b-$T"
    same json "$output" "{\"name\":\"b-$T\",\"topic\":\"$T\",\"records\":3}"
    check 0 "atopic once --forget --once-topic $T-ledger a-$T c-$T"
    [[ $errors == *"once a-$T: forgotten; it had loaded 7 records into topic $T"* ]]
    check 0 "atopic once -J --once-topic $T-ledger"
    same left "$output" "{\"name\":\"b-$T\",\"topic\":\"$T\",\"records\":3}"
    check 3 "atopic once --once-topic $T-ledger a-$T"
    check 3 "atopic once --forget --once-topic $T-ledger a-$T"
    check 2 "atopic once --forget --once-topic $T-ledger"
    check 0 "atopic once -J --once-topic $T-none" # no ledger, nothing in it
    same none "$output" ""
}
