#!/usr/bin/env bats
# `make static`: tools in one file each, which need no library, and have the codecs in them.
load ../helper

STATIC=$ROOT/build/static/bin

teardown() {
    if [ -d "$BATS_TEST_TMPDIR/broker" ]; then "$ROOT/scripts/kafka" stop --wipe "$BATS_TEST_TMPDIR/broker" >&2; fi
}

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    awk 'BEGIN { for (i = 0; i < 5000; i++) printf "{\"k\":\"exam %d\",\"x\":%d}\n", i % 97, i }' >in.ndjson
}

@test "none of them asks for a library, or for a loader" {
    local tool
    for tool in aslice aflatten aagg ajoin asql aproduce aconsume atopic; do
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

@test "a broker by the name of its host, over TLS with PLAIN and SCRAM; Kerberos is refused by name; the local log" {
    export ATOOLS_BROKERS=
    "$ROOT/scripts/kafka" start --secure --kafka39 broker >&2
    local form port
    port=$(sed 's/.*://' broker/bootstrap)
    check 0 "'$STATIC/atopic' create -q -b localhost:$port t"
    check 0 "'$STATIC/aproduce' -q -b localhost:$port -t t in.ndjson"
    check 0 "'$STATIC/aconsume' -b localhost:$port -t t | sort | cmp - <(sort in.ndjson)"
    for form in client client-scram; do
        check 0 "'$STATIC/aconsume' -F broker/$form.properties -t t | sort | cmp - <(sort in.ndjson)"
        check 3 "'$STATIC/aconsume' -F broker/$form.properties -X sasl.password=wrong -t t"
        [[ $errors == *uthentication* ]]
    done
    for form in sasl.mechanism sasl.mechanisms; do
        check 2 "'$STATIC/aconsume' -F broker/client.properties -X $form=GSSAPI -t t"
        [[ $errors == *'GSSAPI (Kerberos) is not in this program'* && $errors == *'make bundle'* ]]
    done
    check 2 "'$STATIC/aproduce' -b localhost:$port -X security.protocol=sasl_plaintext -t t in.ndjson"
    [[ $errors == *'GSSAPI (Kerberos) is not in this program'* ]]
    check 3 "'$STATIC/aconsume' -b no-such-host.invalid:1 -t t"; [[ $errors == *'no-such-host.invalid'* ]]
    for form in none gzip snappy lz4 zstd; do
        check 0 "'$STATIC/aproduce' -q -b localhost:$port -z $form -t $form in.ndjson"
        check 0 "aconsume -b localhost:$port -t $form | sort | cmp - <(sort in.ndjson)"
    done
    for form in none gzip; do
        check 0 "'$STATIC/aproduce' -q -b file:log -z $form -t $form in.ndjson"
        check 0 "aconsume -b file:log -t $form | cmp - in.ndjson"
        check 0 "'$STATIC/aconsume' -b file:log -t $form | cmp - in.ndjson"
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
