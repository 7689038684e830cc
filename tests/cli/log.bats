#!/usr/bin/env bats
# A log in a folder (file:DIR) that is damaged, or whose disk and system do not do what they are asked for.
load ../helper

# records N: a topic t of N batches of five records, in segments of about 3000 bytes, all synced.
records() {
    atopic create -q -b file:log --config segment.bytes=3000 t
    for i in $(seq "$1"); do seq -f "$i-%g" 5 | aproduce -q -b file:log -t t; done
}

# change FILE BYTE: changes one byte (from 0; negative: from the end).
change() {
    python3 - "$1" "$2" <<'END'
import sys
name, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(name, "rb").read())
data[at] ^= 0x41
open(name, "wb").write(data)
END
}

segment() { echo log/t-0/0*"$1".log; }

# fault CALL NTH ERRNO [PATH]: the environment in which that call fails; needs tests/faults/shim.c (shim).
shim() { cc -shared -fPIC -O1 -o shim.so -D_GNU_SOURCE "$ROOT/tests/faults/shim.c" -ldl; }
# fault CALL N ERRNO PATH COMMAND...: the command, whose Nth such call on files of that path fails.
fault() {
    timeout -s KILL 60 env LD_PRELOAD="$PWD/shim.so" FAULT_COUNTS="$PWD/struck" FAULT="$1:$2:$3" FAULT_PATH="$4" \
        "${@:5}"
}
export -f fault

@test "each byte of three batches changed: reading, appending and groups stop where it is" {
    atopic create -q -b file:good t
    for i in 1 2 3; do seq -f "$i-%g" 3 | aproduce -q -b file:good -t t; done
    size=$(($(stat -c %s good/t-0/00000000000000000000.log) / 3))
    for at in $(seq 0 11 $((3 * size - 1))); do
        [ $((at % size)) -lt 12 ] || [ $((at % size)) -gt 15 ] || continue # the leader's epoch is nobody's
        rm -rf log && cp -r good log && change log/t-0/00000000000000000000.log "$at"
        first=$((at / size * 3))
        check 3 "aconsume -b file:log -t t -g g"
        [[ $errors == *"0.log: byte $((at / size * size + 1)) (offset $first): "*atopic\ check* ]]
        same "what is before it" "$output" "$(for i in 1 2 3; do seq -f "$i-%g" 3; done | head -n $first)"
        check 3 "aconsume -b file:log -t t"
        if [ "$first" -gt 0 ]; then
            check 0 "atopic lag -J -b file:log g | aslice .committed"
            same committed "$output" "$first"
        fi
        cp log/t-0/00000000000000000000.log before
        check 3 "aproduce -b file:log -t t <<<more"
        cmp before log/t-0/00000000000000000000.log
    done
}

@test "-p: a damaged partition is no obstacle to the others" {
    atopic create -q -b file:log --partitions 2 t
    for i in 0 1; do seq -f "$i-%g" 3 | aproduce -q -b file:log -t t -p $i; done
    change log/t-1/00000000000000000000.log 20
    for from in earliest @0 -3; do
        check 3 "aconsume -b file:log -t t -o $from"
        check 0 "aconsume -b file:log -t t -p 0 -o $from"
        same "of $from" "$output" $'0-1\n0-2\n0-3'
    done
}

@test "a segment that was cut short is not taken for the end" {
    records 20
    cp -r log good
    for len in 0 1 60 61 222 223 700 1500; do
        rm -rf log && cp -r good log && truncate -s $len "$(segment 00)"
        check 3 "aconsume -b file:log -t t"
        check 1 "atopic check -b file:log t"
        rm -rf log && cp -r good log && newest=$(ls log/t-0/*.log | tail -n 1)
        [ $len -lt "$(stat -c %s "$newest")" ] || continue
        truncate -s $len "$newest"
        check 3 "aconsume -b file:log -t t"
        check 3 "aproduce -b file:log -t t <<<more"
    done
}

@test "an unfinished write, and only that, is cut at the next append, and said" {
    records 3
    head -c 100 "$(segment 00)" >>"$(segment 00)"
    check 0 "aconsume -b file:log -t t | wc -l"; same "before it" "$output" 15
    check 0 "atopic check -b file:log | tail -n +2"; [[ $output == *"an unfinished write"* ]]
    check 0 "aproduce -q -b file:log -t t <<<more"; [[ $errors == *"cut 100 bytes of an unfinished write at byte "* ]]
    check 0 "aconsume -b file:log -t t | tail -n 1; atopic check -b file:log"
    same after "$output" $'more\ntopic\tpartition\tfirst\tlast\tdamage'
}

@test "check names all damage, repair keeps what was there and loses nothing else" {
    records 40
    change "$(segment 00)" 500
    change "$(segment 00)" 1200
    newest=$(ls log/t-0/*.log | tail -n 1)
    change "$newest" -5
    cp -r log damaged
    check 1 "atopic check -b file:log t | cut -f -4"
    same found "$output" $'topic\tpartition\tfirst\tlast\nt\t0\t20\t24\nt\t0\t50\t54\nt\t0\t195\t199'
    check 1 "atopic check -J -b file:log | aslice .first"; same JSON "$output" $'20\n50\n195'
    check 0 "atopic repair -b file:log t"
    [[ $output == *"; what was there is in log/t-0/00000000000000000000.log~damaged"* ]]
    cmp log/t-0/00000000000000000000.log~damaged damaged/t-0/00000000000000000000.log
    cmp "$newest~damaged" "damaged/${newest#log/}"
    check 0 "atopic check -b file:log t | wc -l"; same "no more" "$output" 1
    check 0 "aproduce -q -b file:log -t t <<<more"
    check 0 "aconsume -b file:log -t t -f '%o %s\n'"
    same "all the rest, under its offsets" "$output" "$(for i in $(seq 40); do seq -f "$i-%g" 5; done |
        awk '{ o = NR - 1 } (o < 20 || o > 24) && (o < 50 || o > 54) && o < 195 { print o, $0 }
             END { print "200 more" }')"
    check 0 "aconsume -b file:log -t t -g g | wc -l; aconsume -b file:log -t t -g g | wc -l"
    same group "$output" $'186\n0'
}

@test "repair: a lost segment, a cut one, a lost end, bytes in between, what says how far it goes" {
    records 40
    cp -r log good
    all() { for i in $(seq 40); do seq -f "$i-%g" 5; done; }
    second=$(ls log/t-0/*.log | sed -n 2p)
    rm "$second"
    check 3 "aconsume -b file:log -t t"
    check 0 "atopic repair -b file:log && aproduce -q -b file:log -t t <<<more &&
        aconsume -b file:log -t t -f '%o %s\n'"
    [[ $output == *$'\n200 more' ]]
    rm -rf log && cp -r good log && truncate -s 1000 "$second"
    check 0 "atopic repair -b file:log >/dev/null && aproduce -q -b file:log -t t <<<more &&
        aconsume -b file:log -t t | tail -n 1"
    same cut "$output" more
    rm -rf log && cp -r good log && printf 'xyz' | cat - "$(segment 00)" >with && mv with "$(segment 00)"
    check 3 "aconsume -b file:log -t t"
    check 0 "atopic repair -b file:log >/dev/null && aconsume -b file:log -t t"
    same "bytes in front" "$output" "$(all)"
    rm -rf log && cp -r good log && change log/t-0/synced 3
    check 3 "aproduce -b file:log -t t <<<more"; [[ $errors == *"log/t-0/synced: "* ]]
    check 1 "atopic check -b file:log"
    check 0 "atopic repair -b file:log >/dev/null && aproduce -q -b file:log -t t <<<more && aconsume -b file:log -t t"
    same synced "$output" "$(all; echo more)"
}

@test "small files that are damaged are errors, never values" {
    records 3
    check 0 "aconsume -q -b file:log -t t -g g >/dev/null; aproduce -q -b file:log -t t --once load <<<x"
    for file in log/.atools/groups/g/t-0 log/.atools/topics/t log/.atools/writers/atools.load; do
        cp $file kept
        for at in $(seq 0 3 $(($(stat -c %s $file) - 1))); do
            change $file "$at"
            case $file in
            *groups*) check 3 "aconsume -b file:log -t t -g g" ;;
            *topics*) check 3 "aproduce -b file:log -t t <<<y" ;;
            *writers*) check 3 "aproduce -b file:log -t t --once load <<<x" ;;
            esac
            [[ $errors == *"$file: damaged"* ]]
            check 1 "atopic check -b file:log"; [[ $output == *"$file: "* ]]
            cp kept $file
        done
        change $file 0
        check 0 "atopic repair -b file:log >/dev/null; atopic check -b file:log"
        [ -e $file~damaged ]
    done
    printf '7' >log/.atools/groups/g/t-0 && check 3 "aconsume -b file:log -t t -g g"
    : >log/.atools/groups/g/t-0 && check 3 "aconsume -b file:log -t t -g g"
    head -c 70000000 /dev/zero | tr '\0' '\n' >log/.atools/groups/g/t-0 && check 3 "aconsume -b file:log -t t -g g"
    [[ $errors == *"more than"* ]]
}

@test "a folder that is not there is no empty log; a link or a pipe is no segment; check is for logs in folders" {
    for verb in list describe offsets groups check; do
        check 3 "atopic $verb -b file:typo"
        [[ $errors == *typo* ]]
    done
    check 3 "aconsume -b file:typo -t t"
    records 1
    mv log/t-0/00000000000000000000.log elsewhere && ln -s "$PWD/elsewhere" log/t-0/00000000000000000000.log
    check 3 "aconsume -b file:log -t t"; [[ $errors == *"symbolic link"* ]]
    check 3 "aproduce -b file:log -t t <<<x"
    rm log/t-0/00000000000000000000.log && mkfifo log/t-0/00000000000000000000.log
    check 3 "timeout 60 aconsume -b file:log -t t"
    check 2 "atopic check -b 127.0.0.1:1"; [[ $errors == *"file:DIR"* ]]
}

@test "a read, a listing, a lock that fails is never the end: each call, one after the other" {
    not_sanitized
    shim
    records 20
    cp -r log good
    check 0 "aconsume -b file:log -t t"; all=$output
    for call in pread readdir opendir open stat flock read; do
        for n in 1 2 3 4 5 6 7 8 9 10 13 17 22; do
            rm -rf log struck && cp -r good log
            status=0
            fault $call "$n" 5 log/ aconsume -q -b file:log -t t -g g >out 2>errors || status=$?
            ! grep -qs '^failed 0' struck || break
            echo "$call $n: status $status"
            if [ $status = 0 ]; then cmp out <(echo "$all"); else [ $status = 3 ] && [ -s errors ]; fi
        done
    done
    for call in pread readdir opendir open stat flock pwrite; do
        for n in 1 2 3 4 5 6 7 8 9 10 13 17 22; do
            rm -rf log struck && cp -r good log
            status=0
            fault $call "$n" 5 log/ aproduce -q -b file:log -t t --transaction <<<more >out 2>errors || status=$?
            ! grep -qs '^failed 0' struck || break
            echo "$call $n: status $status"
            [ $status = 0 ] || { [ $status = 3 ] && [ -s errors ]; }
            check 0 "aconsume -b file:log -t t"
            [ "$output" = "$all" ] || [ "$output" = "$all"$'\nmore' ]
            [ $status != 0 ] || same "$call $n" "$output" "$all"$'\nmore'
        done
    done
}

@test "a call that was interrupted, or cannot be done for a moment, is made again" {
    not_sanitized
    shim
    records 3
    check 0 "aconsume -b file:log -t t"; all=$output
    for errno in 4 11; do
        for call in open pread read flock; do
            [ $call != flock ] || [ $errno = 4 ] || continue
            for n in 1 2 3 5 8; do
                check 0 "fault $call $n $errno log/ aconsume -q -b file:log -t t"
                same "$call $n, $errno" "$output" "$all"
            done
        done
    done
    for ((n = 1;; n++)); do # a topic is made, and written to
        rm -rf new struck
        check 0 "fault open $n 4 new aproduce -q -b file:new -t t <<<x"
        ! grep -q '^failed 0' struck || break
        check 0 "aconsume -b file:new -t t"; same "aproduce, open $n" "$output" x
    done
}

@test "memory that ends behind a commit: the message says that all is published" {
    not_sanitized
    shim
    records 3
    cp -r log good
    seq 5 >five
    before=$(aconsume -q -b file:log -t t | wc -l)
    fault malloc 100000 12 '' aproduce -q -b file:log -t t --transaction five
    last=$(sed -n 's/^malloc //p' struck)
    told=0
    for ((n = last; n > 0 && n > last - 60; n--)); do
        rm -rf log && cp -r good log
        status=0
        fault malloc $n 12 '' aproduce -q -b file:log -t t --transaction five 2>errors || status=$?
        count=$(aconsume -q -b file:log -t t | wc -l)
        echo "$n of $last: status $status, $count records: $(cat errors)"
        [ "$count" = "$before" ] || [ "$count" = $((before + 5)) ]
        if [ $status != 0 ]; then
            [ $status = 3 ]
            [ "$count" = "$before" ] || { grep -q 'committed all the same: all of it is published' errors && told=1; }
        fi
    done
    [ $told = 1 ]
}
