#!/usr/bin/env bats
# --lines: a file that several readers share, each by its bytes.

load ../helper

# The file as PARTS ranges, one after the other, through a tool: its first words are before --lines, its last behind it.
ranges() { # PARTS FILE WORD... -- WORD...
    local parts=$1 file=$2 size before=()
    shift 2
    while [ "$1" != -- ]; do before+=("$1"); shift; done
    shift
    size=$(stat -c %s "$file")
    for ((i = 0; i < parts; i++)); do
        "${before[@]}" --lines "$((size * i / parts))-$((size * (i + 1) / parts))" "$@" "$file" || return
    done
}
export -f ranges

@test "ranges that divide a file give each line once, for any tool, threads and number of parts" {
    seq 1 60000 | sed 's/.*/{"n":&,"t":"é\\u00e9","a":[1,{"b":null}]}/' >large
    { printf '\357\273\277{"n":0}\n\n'; seq 1 40 | sed 's/.*/{"n":&}/'; printf '{"n":41}'; } >small
    for file in small large; do
        aslice .n "$file" >wanted
        for parts in 1 2 7 40; do
            check 0 "ranges $parts $file aslice -q -- .n | cmp - wanted"
            check 0 "ranges $parts $file aflatten -q -j 3 --no-header -- n | cmp - wanted"
            check 0 "ranges $parts $file aflatten -q -j 1 --no-header -- n | cmp - wanted"
            sums='sum(n) as s, count(*) as c'
            check 0 "ranges $parts $file aagg -q --partial -- '$sums' | aagg --merge '$sums'"
            same sums "$output" "$(aagg "$sums" "$file")"
        done
    done
    printf '%s\n' '{"n":5,"s":"x"}' '{"n":59999,"s":"y"}' >right
    half=$(($(stat -c %s large) / 2))
    check 0 "for range in 0-$half $half-; do ajoin -q --no-header=out --lines \$range -k n 'n, s' large right; done"
    same joined "$output" $'5\tx\n59999\ty'
    check 0 "aslice -s --lines 0-20 length small; aslice -nc --lines 20-60 '[inputs.n]' small
        aslice -R --lines 12-20 . small"
    same other "$output" $'2\n[2,3,4,5,6]\n"{\\"n\\":1}"'
}

@test "messages count lines and bytes from the file's beginning; a bad record is of one range" {
    { seq 1 30000 | sed 's/.*/{"n":&,"pad":"................................"}/'; printf '%s\n' '{"n":"bad' '{"n":2}'
    } >in
    size=$(stat -c %s in)
    for tool in "aflatten -q" "aagg -q -g n" "aslice -q --framing line"; do
        [ "$tool" = "aslice -q --framing line" ] && what=.n || what=n
        [ "$tool" = "aagg -q -g n" ] && what='count(*)'
        check 1 "$tool '$what' in >/dev/null"
        whole=$errors
        for from in $((size / 3)) $((size - 30)) 5; do
            check 1 "$tool --lines $from- '$what' in >/dev/null"
            same message "$errors" "$whole"
        done
        check 0 "$tool --lines 0-$((size / 3)) '$what' in >/dev/null"
    done
    check 0 "ranges 7 in aslice -q --bad bad -- .n >/dev/null; aslice --bad skip --lines $((size - 30))- .n in"
    same skipped "$errors" 'aslice: 1 bad record skipped'
    same rest "$output" 2
}

@test "what can't be shared so is refused" {
    printf '{"n":1}\n{"n":2}\n' >in
    gzip -k in
    printf 'n\n1\n' >in.tsv
    check 2 "aslice --lines 0-4 . in.gz"
    same packed "$errors" 'aslice: in.gz: --lines goes with one regular file that is text'
    check 2 "aflatten --lines 0-4 n in in"
    same two "$errors" 'aflatten: in: --lines goes with one regular file that is text'
    check 2 "cat in | aagg --lines 0-4 'count(*)'"
    same pipe "$errors" 'aagg: stdin: --lines goes with one regular file that is text'
    check 2 "aflatten --lines 0-4 n in.tsv"
    [[ $errors == 'aflatten: --lines goes with NDJSON, and this is TSV'* ]]
    check 2 "aflatten --lines 4-2 n in"
    check 2 "asql --lines 0-4 \"select n from 'in'\""
    printf '[{"n":1},\n{"n":2}]\n' >array
    check 2 "aflatten --lines 0-4 n array"
    same several "$errors" 'aflatten: array: --lines goes with a record a line'
    check 2 "aslice --framing nest --lines 0-4 . in"
    check 0 "(read -r line; aagg --lines 0- 'sum(n) as s') <in"
    same stdin "$output" $'s\n3'
    printf '{"n":1}\n\357\273\277{"n":2}\n' >marked
    check 1 "aslice --lines 8- . marked"
    same marked "$errors" "$(aslice . marked 2>&1 >/dev/null)"
    check 0 "aslice --lines 100- . in; aslice --lines 3-3 . in; aslice --lines 0-1 . <in"
    same none "$output" '{"n":1}'
}
