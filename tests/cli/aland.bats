# aland: records into datasets of this machine.
load ../helper

records() { printf '%s\n' '{"a":1,"b":{"c":[1,2]},"d":"x"}' '{"a":null,"b":{"c":[]}}' '{"a":3,"e":1.5}' >in; }

# parts DATASET: its files, random parts as UUID, in their order.
parts() { (cd "$1" && find . -type f | LC_ALL=C sort |
    sed -E 's|^\./||; s/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/UUID/'); }
rows() { local file; for file in $(find "$1" -name 'part-*' | LC_ALL=C sort); do aflatten -T json '*' "$file"; done; }
# hidden: what aland has left beside datasets.
hidden() { find . -name '.aland-*' | wc -l; }

@test "NDJSON lands as one Parquet file, with the schema of all records" {
    records
    check 0 "aland -d D in"
    [[ $errors == 'aland: 3 records, 1 file, '*' bytes' ]]
    same parts "$(parts D)" $'_SUCCESS\npart-00000-UUID.snappy.parquet'
    same schema "$(aflatten --schema D/part-*)" "$(aflatten --schema in)"
    same rows "$(aflatten 'a, b, d, e' D/part-*)" "$(aflatten 'a, b, d, e' in)"
    same hidden "$(hidden)" 0
    check 0 "aland -q -d D2/ <in"
    same quiet "$errors" ''
    cmp D/part-* D2/part-*
}

@test "files in one go, pipes by way of a temporary file: the same bytes, whatever comes late" {
    awk 'BEGIN { text = sprintf("%2000s", ""); gsub(" ", "x", text)
        for (i = 0; i < 4500; i++)
            printf "{\"a\":%d,\"d\":%d.5,\"s\":\"%s\",\"l\":[{\"x\":true}],\"o\":{\"k\":\"v%d\"}}\n",
            i, i, text, i % 7 }' >alike
    for late in '{"a":null,"d":"","s":"é\\n","l":[],"o":{}}' '{"d":3}' '{"a":2.5}' \
        '{"a":"1"}' '{"a":9223372036854775808}' \
        '{"d":"NaN"}' '{"new":null}' '{"l":[{"y":1}]}' '{"l":7}' '{"o":"text"}' '{"a":1,"a":"two"}' '{"s":{"a":1}}' \
        '{"o":{"":1}}' '[{"a":1},{"a":2}]'; do
        { cat alike && printf '%s\n' "$late" && tail -n 3 alike; } >in
        rm -rf D E
        check 0 "aland -q -d D in && cat in | aland -q -d E && cmp D/part-* E/part-*"
    done
    { cat alike && echo '{"a":}' && tail -n 3 alike; } >in
    check 1 "rm -r D && aland -d D in"
    same message "$errors" 'aland: in:4501: byte 6: expected a value'
    [ ! -e D ] || false
}

@test "TSV: cells become numbers and booleans if no digit is lost" {
    printf 'n\tz\tb\tbig\tr\ts\n1\t007\ttrue\t12345678901234567890\t1.5\tx\\ty\n-2\t8\tfalse\t1\t2\t\\N\n' >in
    check 0 "aland -d D in && aflatten --schema D/part-* && aflatten 'n, z, b, big, r, s' D/part-*"
    same all "$output" 'root
 |-- b: boolean (nullable = true)
 |-- big: decimal(20,0) (nullable = true)
 |-- n: long (nullable = true)
 |-- r: double (nullable = true)
 |-- s: string (nullable = true)
 |-- z: string (nullable = true)
n	z	b	big	r	s
1	007	true	12345678901234567890	1.5	x\ty
-2	8	false	1	2.0	\N'
    printf 'n\tz\tb\tbig\tr\ts\tnew\n1\t2\t3\t4\t5\t6\t7\n' >other
    check 1 "aland -d E in other"
    same column "$errors" 'aland: other:2: byte 1: the first file has no column "new"'
    [ ! -e E ]
}

@test "modes: error, append, overwrite, ignore" {
    records
    check 0 "aland -d D in"
    check 2 "aland -d D in"
    same error "$errors" 'aland: D: is there already: --mode append adds to it, --mode overwrite replaces it'
    check 0 "aland -d D --mode append in"
    same two "$(parts D)" $'_SUCCESS\npart-00000-UUID.snappy.parquet\npart-00000-UUID.snappy.parquet'
    check 0 "aland -d D --mode ignore <<<'{\"z\":1}'"
    same ignored "$errors" 'aland: D: is there already; nothing was done'
    check 0 "echo '{\"z\":1}' | aland -d D --mode overwrite"
    same rows "$(rows D)" '{"z":1}'
    check 0 "aland -d new/deep/D --mode append in"
    same appended "$(parts new/deep/D)" $'_SUCCESS\npart-00000-UUID.snappy.parquet'
    mkdir empty
    check 0 "aland -d empty --mode overwrite in"
    check 2 "aland -d in in"
    same file "$errors" 'aland: in: is a file, expected a folder'
    check 2 "aland -d D --mode replace in"
    check 2 "aland in"
    check 2 "aland -d . in"
    check 2 "aland -d hdfs://a/b in"
    same hidden "$(hidden)" 0
}

@test "--partition-by: folders as Spark names them, one schema for all files" {
    printf '%s\n' '{"a":1,"b":"x/y=z","c":1}' '{"a":null,"b":"","c":2.5}' '{"a":1,"b":"x/y=z"}' \
        '{"a":"ü %","b":true,"c":3}' >in
    check 0 "aland -d D --partition-by 'a, b' in"
    same parts "$(parts D)" '_SUCCESS
a=1/b=x%2Fy%3Dz/part-00000-UUID.snappy.parquet
a=__HIVE_DEFAULT_PARTITION__/b=__HIVE_DEFAULT_PARTITION__/part-00001-UUID.snappy.parquet
a=ü %25/b=true/part-00002-UUID.snappy.parquet'
    same rows "$(cd D && for file in a*/*/part*; do aflatten -T json '*' "$file"; done)" \
        $'{"c":1.0}\n{}\n{"c":2.5}\n{"c":3.0}'
    check 1 "echo '{\"a\":[1],\"b\":1}' | aland -d E --partition-by a"
    same nested "$errors" 'aland: stdin:1: byte 1: a: a partition is named by a plain value'
    check 1 "echo '{\"a\":1}' | aland -d E --partition-by a"
    same nothing "$errors" 'aland: nothing to be written: no record has a member'
    check 2 "printf 'a\tb\n1\t2\n' | aland -d E --partition-by c"
    check 2 "aland -d E --partition-by a,,b in"
    [ ! -e E ]
    check 1 "seq 1 10001 | sed 's/.*/{\"a\":&,\"b\":1}/' | aland -d E --partition-by a"
    same many "$errors" 'aland: stdin:10001: byte 1: more than 10000 different partitions'
    check 0 "seq 1 10000 | sed 's/.*/{\"a\":&,\"b\":1}/' | aland -q -d E --partition-by a; find E -name 'part-*' |
        wc -l"
    same most "$output" 10000
}

@test "--file-rows, --file-bytes, --row-group: the same records in more files" {
    seq 1 100000 | sed 's/.*/{"k":&,"text":"some &"}/' >in
    check 0 "aland -d D --file-rows 30000 in"
    same counts "$(for file in D/part-*; do aagg 'count(*) as n' "$file" | tail -n 1; done)" \
        $'30000\n30000\n30000\n10000'
    same rows "$(rows D)" "$(<in)"
    check 0 "aland -d E --file-bytes 200K --codec none in"
    [ "$(find E -name 'part-*' | wc -l)" = 5 ]
    same rows "$(rows E)" "$(<in)"
    check 0 "aland -d F --row-group 64K in; aland -d G in"
    [ "$(stat -c %s F/part-*)" -gt "$(stat -c %s G/part-*)" ]
    check 2 "aland -d H --row-group 1K in"
    check 2 "aland -d H --file-rows 0 in"
}

@test "codecs, and NDJSON" {
    records
    for codec in snappy zstd gzip lz4 none; do
        check 0 "aland -d $codec --codec $codec in && aflatten 'a, b, d, e' $codec/part-*"
        same "$codec" "$output" "$(aflatten 'a, b, d, e' in)"
    done
    same names "$(for codec in snappy zstd gzip lz4 none; do parts $codec | tail -n 1; done)" \
        'part-00000-UUID.snappy.parquet
part-00000-UUID.zstd.parquet
part-00000-UUID.gz.parquet
part-00000-UUID.lz4raw.parquet
part-00000-UUID.parquet'
    check 0 "aland -d N -T ndjson in && zcat N/part-*"
    same ndjson "$output" "$(<in)"
    check 0 "printf '{\"a\":\n 1.50}' | aland -d M -T ndjson --codec none && cat M/part-*.ndjson"
    same lines "$output" '{"a":1.50}'
    check 2 "aland -d X --codec brotli in"
    check 2 "aland -d X -T ndjson --codec snappy in"
    check 2 "aland -d X -T orc in"
}

@test "--schema: its types, what does not fit is bad data, what it has not got is left out" {
    records
    check 0 "aland -d D --schema 'a INT, b STRUCT<c: ARRAY<STRING>>, f DATE' in && aflatten -T json 'a, b, f' D/part-*"
    same rows "$output" '{"a":1,"b":{"c":["1","2"]},"f":null}
{"a":null,"b":{"c":[]},"f":null}
{"a":3,"b":null,"f":null}'
    printf 'a INT,\nd INT\n' >schema
    check 1 "aland -d E --schema schema in"
    same misfit "$errors" 'aland: in:1: byte 1: d: expected a whole number of 32 bits, not "x"'
    [ ! -e E ]
    check 0 "aland -d E --schema schema --bad aside in && cat aside && aflatten 'a, d' E/part-*"
    same kept "$output" $'{"a":1,"b":{"c":[1,2]},"d":"x"}\na\td\n\\N\t\\N\n3\t\\N'
    check 2 "aland -d F --schema 'a INTEGRAL' in"
    [[ $errors == *$'  a INTEGRAL\n    ^'* ]]
    check 2 "aland -d F -T ndjson --schema 'a INT' in"
}

@test "bad data, a full disk: nothing appears, nothing stays" {
    printf '{"a":1}\n{"a":\n' >in
    check 1 "aland -d D in"
    same message "$errors" 'aland: in:2: byte 6: ends within an object (--framing nest reads values of several lines)'
    check 0 "aland -d E --bad skip in"
    [ ! -e D ]
    check 0 "aland -d E </dev/null --mode overwrite"
    same empty "$(parts E)" _SUCCESS
    mkdir shut && chmod 555 shut
    [ "$(id -u)" = 0 ] || { check 3 "aland -d shut/D --bad skip in"; [[ $errors == *'shut/D'*'ermission denied'* ]]; }
    check 3 "aland -d in/D --bad skip in"
    [[ $errors == 'aland: in'*'Not a directory' ]]
    same hidden "$(hidden)" 0
}

@test "killed at any moment: nothing can be read, the next one cleans up" {
    seq 1 300000 | sed 's/.*/{"k":&,"text":"some &"}/' >in
    for round in 1 2 3 4 5 6 7 8; do
        aland -q -d D --mode overwrite in &
        sleep "0.0$((round * 3 % 10))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        [ ! -e D ] || same whole "$(aagg 'count(*) as n, sum(k) as s' D/part-* | tail -n 1)" $'300000\t45000150000'
    done
    check 0 "aland -d D --mode overwrite in"
    same hidden "$(hidden)" 0
    same rows "$(aagg 'count(*) as n, sum(k) as s' D/part-* | tail -n 1)" $'300000\t45000150000'
}

@test "a second one at the same dataset takes over; the first says so" {
    records
    mkfifo pipe
    aland -d D pipe 2>first 3>&- &
    exec 5>pipe
    eventually test -e .aland-D-*/.owner
    check 0 "aland -d D in"
    cat in >&5
    exec 5>&-
    refuse wait $!
    same first "$(<first)" 'aland: D: another landing has begun meanwhile; nothing was landed by this one'
    same one "$(parts D)" $'_SUCCESS\npart-00000-UUID.snappy.parquet'
    same hidden "$(hidden)" 0
}

messages() { # TOPIC PARTITION FROM TO
    seq "$3" "$4" | sed "s/.*/{\"key\":null,\"value\":\"{\\\\\"n\\\\\":&}\",\"topic\":\"$1\",\"partition\":$2,\
\"offset\":&,\"timestamp\":1,\"timestampType\":0}/"
}

@test "--envelope: values once, offsets in the names, what was landed is passed over" {
    { messages exams 0 0 9; messages exams 1 100 104; messages b 0 5 5; } >in
    check 0 "aland --envelope -d D in"
    same parts "$(parts D)" '_SUCCESS
part-b+0+0000000005+0000000006.snappy.parquet
part-exams+0+0000000000+0000000010.snappy.parquet
part-exams+1+0000000100+0000000105.snappy.parquet'
    check 0 "aland -d D --offsets"
    same offsets "$output" '{"b":{"0":6},"exams":{"0":10,"1":105}}'
    messages exams 0 10 12 >>in
    check 0 "cat in in | aland --envelope -d D"
    [[ $errors == 'aland: 3 records, 1 file, '*'; 35 were landed before' ]]
    same rows "$(aagg 'count(*) as n, count(distinct n) as d, sum(n) as s' D/part-exams+0* | tail -n 1)" $'13\t13\t78'
    same new "$(parts D | grep -c +0000000010+0000000013)" 1
    check 0 "aland -d none --offsets"
    same none "$output" '{}'
}

@test "--envelope: arrays of records, JSON values, tombstones, bad messages" {
    printf '%s\n' '{"topic":"t","partition":0,"offset":3,"value":"[{\"n\":1},{\"n\":2}]"}' \
        '{"topic":"t","partition":0,"offset":4,"value":null}' \
        '{"topic":"t","partition":0,"offset":7,"value":{"n":3}}' \
        '{"topic":"t","partition":0,"offset":8,"value":null}' >in
    check 0 "cat in in | aland --envelope -d D"
    [[ $errors == 'aland: 3 records, '*'; 2 were landed before; 4 messages without a value' ]]
    same offsets "$(aland -d D --offsets)" '{"t":{"0":9}}'
    same rows "$(rows D)" $'{"n":1}\n{"n":2}\n{"n":3}'
    for bad in '{"a":1}' '{"topic":"a/b","partition":0,"offset":1,"value":"{}"}' \
        '{"topic":"a","partition":-1,"offset":1,"value":"{}"}' \
        '{"topic":"a","partition":0,"offset":1.5,"value":"{}"}' \
        '{"topic":"a","partition":0,"offset":1,"value_base64":"AA=="}'; do
        printf '%s\n' "$bad" >bad
        check 1 "aland --envelope -d E bad"
        [[ $errors == 'aland: bad:1: byte 1: no message as aconsume -J writes it: '* ]]
    done
    check 1 "echo '{\"topic\":\"a\",\"partition\":0,\"offset\":1,\"value\":\"{\\\"n\\\": x}\"}' | aland --envelope -d E"
    same value "$errors" 'aland: stdin:1: byte 1: the value of offset 1: byte 7: expected a value'
    [ ! -e E ]
    check 2 "aland --envelope -d E --mode overwrite in"
    check 2 "aland --envelope -d E --partition-by n in"
    check 2 "printf 'a\tb\n1\t2\n' | aland --envelope -d E"
}

@test "--envelope: killed anywhere and run again, every record is there once" {
    messages t 0 0 99999 >in
    for round in 1 2 3 4 5 6 7 8; do
        head -n $((round * 12500)) in | aland -q --envelope -d D &
        sleep "0.0$((round * 7 % 10))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
    done
    check 0 "aland --envelope -d D in"
    same rows "$(aagg 'count(*) as n, count(distinct n) as d, sum(n) as s' D/part-* | tail -n 1)" \
        $'100000\t100000\t4999950000'
    same hidden "$(hidden)" 0
}
