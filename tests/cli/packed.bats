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

unpack() {
    case $1 in
    lz4) lz4 -qdc ;;
    zstd) zstd -qdc ;;
    *) "$1" -dc ;;
    esac
}

@test "-z: what goes out is what its own program unpacks, of every tool, and read again" {
    records 60000 >plain
    aproduce -q -b file:log -t t plain
    aland -q -d landed plain
    for codec in $codecs; do
        for command in 'aslice . plain' 'aflatten "a, b" plain' 'aagg -g b "max(a) as a" plain' \
            'aconsume -q -b file:log -t t' \
            'ajoin -k a "a, l.b" plain plain' 'asql "select a from t" t=plain' \
            'aread landed' 'aflatten --schema plain' \
            'aflatten --summary plain' 'aslice -n "range(99999)"'; do
            bash -c "$command" >wanted
            check 0 "${command/ / -z $codec } >got.packed"
            check 0 "cat got.packed got.packed >twice"
            [ "$(stat -c %s got.packed)" -lt "$(stat -c %s wanted)" ] || [ "$(stat -c %s wanted)" -lt 500 ]
            unpack $codec <got.packed | cmp - wanted
        done
        check 0 "aslice -z $codec . plain >one && aagg 'count(*) as n' one one"
        same read "$output" $'n\n120000'
        check 0 "aslice -z $codec . /dev/null >empty"
        [ -z "$(unpack $codec <empty)" ]
        [ -s empty ]
        check 0 "aflatten -T json -z $codec --split '$codec/{a % 3}' '*' plain"
        cat $codec/* >parts
        unpack $codec <parts | sort | cmp - <(sort plain)
        check 1 "printf '{\"a\":1}\nx\n' | aslice -z $codec . >bad"
        same 'before what is bad' "$(unpack $codec <bad)" '{"a":1}'
    done
}

@test "-z with levels; what was flushed can be unpacked at once; what is wrong is refused" {
    records 30000 >plain
    check 0 'aslice -z gzip:1 . plain | wc -c; aslice -z gzip:9 . plain | wc -c
        aslice -z zstd:19 . plain | zstd -dc | cmp - plain'
    [ "$(sed -n 1p <<<"$output")" -gt "$(sed -n 2p <<<"$output")" ]
    mkfifo pipe
    for codec in gzip zstd lz4; do
        rm -f got
        aslice -u -z $codec . <pipe >got 3>&- &
        pid=$!
        exec 9>pipe
        echo '{"a":1}' >&9
        flushed() { unpack $codec <got 2>/dev/null | grep -qx '{"a":1}'; }
        eventually flushed
        exec 9>&-
        wait $pid
        unpack $codec <got >/dev/null
    done
    for wrong in zip gzip:0 gzip:10 zstd: '' :1; do
        check 2 "aslice -z '$wrong' . plain"
    done
    check 2 'aflatten -z gzip -T parquet a plain'
    if command -v script >/dev/null; then
        check 2 "script -qefc 'aslice -z gzip . plain' /dev/null"
        [[ $output == *'compressed output is not for a terminal'* ]]
    fi
    check 3 'aslice -z gzip . plain plain >/dev/full'
}
