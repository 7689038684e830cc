#!/usr/bin/env bats
# `make static`: tools in one file each, which need no library, and have the codecs in them.
load ../helper

STATIC=$ROOT/build/static/bin

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    awk 'BEGIN { for (i = 0; i < 5000; i++) printf "{\"k\":\"exam %d\",\"x\":%d}\n", i % 97, i }' >in.ndjson
}

@test "none of them asks for a library, or for a loader" {
    local tool
    for tool in aslice aflatten aagg ajoin asql; do
        check 0 "readelf -W -d -l '$STATIC/$tool'"
        [[ $output != *NEEDED* && $output != *INTERP* && $output == *GNU_RELRO* ]]
        check 0 "'$STATIC/$tool' --version"
    done
}

@test "they read and write every packed form and codec" {
    local form
    for form in gzip zstd lz4 bzip2 xz; do
        check 0 "'$STATIC/aslice' -z $form . in.ndjson >packed"
        check 0 "'$STATIC/aslice' . packed | cmp - in.ndjson"
        check 0 "aslice . packed | cmp - in.ndjson"
    done
    for form in none snappy gzip lz4 zstd; do
        check 0 "aland -q --codec $form -d $form in.ndjson"
        check 0 "'$STATIC/aagg' 'count(*) as n, sum(x) as s' $form";   same $form "$output" $'n\ts\n5000\t12497500'
    done
}

@test "they answer as the others do" {
    check 0 "'$STATIC/aagg' -g 'regexp_extract(k, \"(\\\\\\d)\$\", 1) as d' 'count(*), avg(x)' in.ndjson | cmp - <(
        aagg -g 'regexp_extract(k, \"(\\\\\\d)\$\", 1) as d' 'count(*), avg(x)' in.ndjson)"
    check 0 "'$STATIC/aagg' -j 2 --partial -g k 'sum(x)' in.ndjson | '$STATIC/aagg' --merge -g k 'sum(x)' | cmp - <(
        aagg -g k 'sum(x)' in.ndjson)"
    local statement='select a.k, count(*) as n from t a join t b on a.k = b.k group by a.k'
    check 0 "'$STATIC/asql' '$statement' t=in.ndjson | cmp - <(asql '$statement' t=in.ndjson)"
}
