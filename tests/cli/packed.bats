#!/usr/bin/env bats
# Compressed input, told by its first bytes: what its own program packs is what comes out, however it comes.
load ../helper

codecs='gzip zstd lz4 bzip2 xz'

# pack CODEC: stdin to stdout.
pack() {
    case $1 in
    lz4) lz4 -qzc - ;;
    zstd) zstd -qc - ;;
    *) "$1" -c ;;
    esac
}

records() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "{\"a\":" i ",\"b\":\"" i * 7919 % 1000003 "\"}" }'; }

@test "each codec, in a file, a pipe, several members, over threads, in every tool" {
    records 60000 >plain
    printf '%s\n' '{"a":7,"c":"x"}' >right
    aagg 'count(*) as n, sum(a) as s' plain >wanted
    for codec in $codecs; do
        pack $codec <plain >one
        { pack $codec <plain; pack $codec </dev/null; pack $codec <plain; } >three
        pack $codec <right >right.packed
        check 0 'aslice -c . one | cmp - plain'
        check 0 'aslice -c . <one | cmp - plain'
        check 0 'cat one | aslice -c . | cmp - plain'
        check 0 'aslice -c --threads 3 . three | cmp - <(cat plain plain)'
        check 0 'aagg "count(*) as n, sum(a) as s" one | cmp - wanted'
        check 0 'aflatten -j 2 --no-header "a, b" three | tail -n 1'
        same "$codec" "$output" $'59999\t130656'
        check 0 'ajoin -k a -T json "a, c" one right.packed'; same "$codec" "$output" '{"a":7,"c":"x"}'
        check 0 'asql --no-header "select count(*) from t" t=one'; same "$codec" "$output" 60000
        check 0 'asql --no-header "select max(b.a), count(*) from a join b using (a)" a=one b=right.packed'
        check 0 "aproduce -q -b file:log -t $codec one && aconsume -q -b file:log -t $codec | cmp - plain"
        check 0 "aland -q -d landed.$codec one"
        check 0 "aread landed.$codec | aagg 'count(*) as n, sum(a) as s' | cmp - wanted"
        refuse cmp -s <(aslice -c --raw . one 2>/dev/null) plain
    done
}

@test "what is cut off or damaged is said with its byte, and what was before comes out" {
    records 20000 >plain
    for codec in $codecs; do
        pack $codec <plain >one
        size=$(stat -c %s one)
        for part in 2 3 5; do
            head -c $((size * (part - 1) / part)) one >part
            check 1 'aslice -c . part >got'
            byte=$((size * (part - 1) / part + 1))
            [[ $errors == *"part: compressed byte $byte: the $codec data is cut off here"* ]]
            check 0 'cmp got <(head -n $(wc -l <got) plain)'
        done
        { cat one; echo '{"a":1}'; } >behind
        check 1 'aslice -c . behind | cmp - plain'
        [[ $errors == *"behind: compressed byte $((size + 1)): something that is no $codec "*' the end of one'* ]]
        { head -c $((size / 2)) one; printf 'damaged here'; tail -c $((size / 2 - 12)) one; } >damaged
        check 1 'aslice -c . damaged >/dev/null'
        [[ $errors == *'damaged:'*byte* ]]
    done
}

@test "bytes changed anywhere: status 0 or 1, no crash, no hang" {
    records 300 >plain
    for codec in $codecs; do
        pack $codec <plain >one
        python3 - $codec <<'END'
import random, subprocess, sys
dice = random.Random(sys.argv[1])
whole = open("one", "rb").read()
for turn in range(60):
    changed = bytearray(whole)
    for _ in range(dice.randint(1, 4)):
        changed[dice.randrange(4, len(changed))] = dice.randrange(256)
    if dice.random() < 0.3:
        changed = changed[:dice.randrange(4, len(changed))]
    ran = subprocess.run(["aslice", "-c", "."], input=bytes(changed), capture_output=True, timeout=60)
    if ran.returncode not in (0, 1):
        sys.exit("%s: status %d: %s" % (sys.argv[1], ran.returncode, ran.stderr[-300:]))
END
    done
}

@test "frames of zstd and lz4 that are passed over, padding of gzip and xz, a window beyond the limit" {
    records 10 >plain
    printf 'P*M\x18\x03\x00\x00\x00abc' >skip
    { cat skip; zstd -qc plain; cat skip; } >zst
    check 0 'aslice -c . zst | cmp - plain'
    { lz4 -qzc plain; cat skip; } >l4
    check 0 'aslice -c . l4 | cmp - plain'
    for codec in gzip xz; do
        { pack $codec <plain; head -c 64 /dev/zero; pack $codec <plain; head -c 64 /dev/zero; } >padded
        check 0 'aslice -c . padded | cmp - <(cat plain plain)'
    done
    { zstd -qc plain; head -c 64 /dev/zero; } >padded
    check 1 'aslice -c . padded | cmp - plain'
    head -c 3000000 /dev/zero | tr '\0' ' ' | zstd -qc --ultra -22 --long=31 --no-content-size - >wide 2>&1 || true
    check 1 'aslice . wide'; [[ $errors == *'too much memory'* ]]
}

@test "a pipe that stays open: each record comes out when its bytes are there" {
    not_sanitized
    mkfifo in
    for codec in gzip zstd; do
        aslice -c . in >out & reader=$!
        exec 7>in
        echo '{"a":1}' | pack $codec >&7
        eventually holds out '{"a":1}'
        echo '{"a":2}' | pack $codec >&7
        eventually has_lines 2 out
        exec 7>&-
        wait $reader
        rm out
    done
}
