#!/usr/bin/env bats
# aslice and aflatten --split: results into files called by their values.
# shellcheck disable=SC2012 # names are ours
load ../helper

tree() { find "$1" -type f | LC_ALL=C sort | while read -r file; do echo "$file: $(tr '\n' ';' <"$file")"; done; }

@test "aslice: each result goes into the file of its key, whole, over what was there" {
    printf '%s\n' '{"t":"a","n":1}' '{"t":"b", "n":2}' '{"n":3}' '{"t":"a","n":4}' >in
    mkdir -p out && echo old >out/a.ndjson
    check 0 "aslice --split 'out/{t}.ndjson' . in"
    [ -z "$output$errors" ]
    same files "$(tree out)" \
'out/__HIVE_DEFAULT_PARTITION__.ndjson: {"n":3};
out/a.ndjson: {"t":"a","n":1};{"t":"a","n":4};
out/b.ndjson: {"t":"b","n":2};'
    [ "$(ls -A out | wc -l)" = 3 ]
    check 0 "aslice -s --split 'slurped/{n % 2}/x' '.[] | {n}' in"
    same slurped "$(tree slurped)" $'slurped/0/x: {"n":2};{"n":4};\nslurped/1/x: {"n":1};{"n":3};'
    check 0 "aslice -w 'n > 1' --limit 2 --split '{{{t}}}' . in; cat {*}"
    same 'some, with braces' "$(echo '{'*)" '{__HIVE_DEFAULT_PARTITION__} {b}'
}

@test "aflatten: rows in any form of text, each file with its header, sorted, with windows" {
    printf 't,n\na,1\nb,2\na,3\n' >in.csv
    check 0 "aflatten --split 'out/{t}.tsv' n in.csv"
    same tsv "$(tree out)" $'out/a.tsv: n;1;3;\nout/b.tsv: n;2;'
    check 0 "aflatten -T csv -o 'n desc' --split 'csv/{upper(t)}/{x}' 't, n, n > 1 as x' in.csv"
    same csv "$(tree csv)" \
$'csv/A/false: t,n,x;a,1,false;\ncsv/A/true: t,n,x;a,3,true;\ncsv/B/true: t,n,x;b,2,true;'
    check 0 "aflatten -T json --split 'w/{r}' 't, n, row_number() over (order by n desc) as r' in.csv"
    same windows "$(tree w)" $'w/1: {"t":"a","n":3,"r":1};\nw/2: {"t":"b","n":2,"r":2};\nw/3: {"t":"a","n":1,"r":3};'
    check 2 "aflatten --split 'x/{t}' --table n in.csv"
    check 2 "aflatten --split 'x/{t}' -T parquet n in.csv"
    check 2 "aflatten --split 'x/{nope}' n in.csv"
    [[ $errors == *nope* ]]
    refuse [ -e x ]
}

@test "no value leads out of the folder, and different values never share a file" {
    printf '%s\n' '{"t":".."}' '{"t":"../../x"}' '{"t":"."}' '{"t":"%2E"}' '{"t":"/etc/x"}' '{"t":""}' \
        '{"t":"a\u0000b\nc"}' 7 >in
    check 0 "aslice --split 'deep/out/{t}' . in"
    same names "$(find . -path './deep/*' -type f | LC_ALL=C sort)" \
'./deep/out/%252E
./deep/out/%2E
./deep/out/%2E.
./deep/out/%2E.%2F..%2Fx
./deep/out/%2Fetc%2Fx
./deep/out/__HIVE_DEFAULT_PARTITION__
./deep/out/a%00b%0Ac'
    check 0 "aslice --split 'two/{t}{t}' 'objects | select(.t == \".\")' in"
    [ -f two/%2E%2E ]
}

@test "more files than may be open, and the same bytes for any number of threads" {
    seq 3000 | awk '{for (i = 0; i < 4; i++) print "{\"k\":" $1 % 1000 ",\"v\":" $1 * 10 + i "}"}' >in
    for threads in 1 4; do
        check 0 "ulimit -n 40; aflatten -j $threads -T json --split '$threads/{k % 10}/{k}' '*' in"
        check 0 "ulimit -n 40; aslice --threads $threads --split 's$threads/{k % 10}/{k}' . in"
    done
    [ "$(find 1 -type f | wc -l)" = 1000 ]
    find 1 -type f -exec cat {} + | sort | cmp - <(sort in)
    diff -r 1 4
    diff -r 1 s1
    diff -r 1 s4
}

@test "where no other file can be opened besides the most there may be, more of them are closed" {
    mkfifo pipe
    aslice -u --split 'out/{k}' . pipe 3>&- &
    pid=$!
    exec 9>pipe
    records() { seq "$1" "$2" | awk '{ printf "{\"k\":%d,\"pad\":\"%066000d\"}\n", $1, 0 }'; }
    records 0 63 >&9
    records 0 62 >&9 # the last one was not written to for longest
    written() { [ "$(find out/.atools-split-* -size +100k | wc -l)" = 63 ]; }
    eventually written
    first=$(find /proc/$pid/fd -lname '*split-*/0' -printf %f)
    prlimit --pid $pid --nofile=$((first + 1))
    records 64 64 >&9
    opened() { test -s out/.atools-split-*/64 || refuse kill -0 $pid; }
    eventually opened # before the input ends, whose place another file could take
    exec 9>&-
    wait $pid
    [ "$(ls out | wc -l)" = 65 ]
}

@test "a bad record leaves nothing, --bad skip the rest" {
    printf '%s\n' '{"t":"a"}' '{"t":' '{"t":"b"}' >in
    check 1 "aflatten -T json --split 'out/{t}' '*' in"
    [ -z "$(ls -A out)" ]
    check 1 "aslice --split 'out/{t}' . in"
    [ -z "$(ls -A out)" ]
    check 0 "aslice --bad skip --split 'out/{t}' . in"
    same skipped "$(tree out)" $'out/a: {"t":"a"};\nout/b: {"t":"b"};'
    mkdir d
    check 3 "aslice --split '{if(t = \"a\", \"d\", \"e\")}' 'select(.t)' <(echo '{\"t\":\"a\"}')"
    [[ $errors == *'d: Is a directory'* ]]
    check 1 "printf '{\"t\":\"%0300d\"}' 1 | aslice --split 'out/{t}' ."
    [[ $errors == *'name would have 300 bytes, more than 255'* ]]
    check 3 "touch file; aslice --split 'file/{t}' ."
}

@test "a result too deep to be read is told, and leaves nothing" {
    printf '%s\n' '{"t":"a"}' '{"t":"b"}' '{"t":"c"}' >in
    deeper() { echo "if .t == \"b\" then .v = reduce range($1) as \$i (0; [.]) end"; }
    check 0 "aslice --split 'out/{t}' '$(deeper 9999)' in"
    same files "$(ls -A out)" $'a\nb\nc'
    rm -r out
    check 1 "aslice --split 'out/{t}' '$(deeper 10000)' in"
    same told "$errors" 'aslice: --split: a result: nested deeper than 10000'
    check 1 "aslice -n --split 'out/{t}' 'inputs | $(deeper 10000)' in"
    [ -z "$(ls -A out)" ]
}

@test "killed: nothing that could be read is there, and the next one removes what is left" {
    mkfifo pipe
    aflatten -u -T json --split 'out/{t}' '*' pipe 3>&- &
    pid=$!
    exec 9>pipe
    seq 20000 | sed 's/.*/{"t":"a","n":&}/' >&9
    grown() { test -s out/.atools-split-*/0; }
    eventually grown
    kill -KILL $pid
    wait $pid || true
    exec 9>&-
    [ -z "$(ls out)" ]
    [ "$(ls -A out | wc -l)" = 1 ]
    check 0 "echo '{\"t\":\"a\"}' | aflatten -T json --split 'out/{t}' '*'"
    same rest "$(ls -A out)" a
    same whole "$(cat out/a)" '{"t":"a"}'
}

@test "two at once do not take each other's files away" {
    mkfifo pipe
    aslice --split 'out/{t}' . pipe 3>&- &
    pid=$!
    exec 9>pipe
    echo '{"t":"a"}' >&9
    begun() { test -d out/.atools-split-*; }
    eventually begun
    check 0 "echo '{\"t\":\"b\"}' | aslice --split 'out/{t}' ."
    exec 9>&-
    wait $pid
    same both "$(ls -A out)" $'a\nb'
}

@test "what does not go with it is refused" {
    for options in -p -r -j -C -0 -e --seq '--batch-count 2' --tab; do
        check 2 "echo 1 | aslice $options --split 'x/{a}' ."
        [[ $errors == *'--split writes compact values'* ]]
    done
    check 2 "echo 1 | aslice --split x ."
    check 2 "echo 1 | aslice --split 'x/{' ."
    check 2 "echo 1 | aslice --split 'x/}' ."
    check 2 "echo 1 | aslice --split 'x/{count(*)}' ."
    check 2 "aflatten --summary --split 'x/{a}'"
    refuse [ -e x ]
}
