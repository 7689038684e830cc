# aland --delta, and reading Delta tables. What others make of them: tests/interop/delta.tap.py and
# tests/spark/delta.tap.py.
load ../helper

versions() { find "$1/_delta_log" -name '0*.json' | wc -l; }
names() { (cd "$1" && find . -type f | LC_ALL=C sort |
    sed -E 's|^\./||; s/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/UUID/'); }
# messages FROM TO: as aconsume -J writes them.
messages() { seq "$1" "$2" | sed 's/.*/{"value":"{\\"n\\":&}","topic":"t","partition":0,"offset":&}/'; }

@test "a table: files, one commit, read by version" {
    check 0 "aland --delta -d D <<<'{\"a\":1,\"s\":{\"x\":[1]}}'"
    same names "$(names D)" $'_delta_log/00000000000000000000.json\npart-00000-UUID.snappy.parquet'
    check 2 "aland --delta -d D <<<'{\"a\":2}'"
    same there "$errors" 'aland: D: is there already: --mode append adds to it, --mode overwrite replaces it'
    check 0 "aland -d D --mode ignore <<<'{\"a\":2}'"
    check 0 "aland -q -d D --mode append <<<'{\"b\":\"new\",\"s\":{\"y\":true}}' && aread D"
    same rows "$output" $'{"a":1,"s":{"x":[1]}}\n{"s":{"y":true},"b":"new"}'
    check 0 "aland -q -d D --mode overwrite <<<'{\"z\":0}' && aread D && aflatten -T json '*' D"
    same replaced "$output" $'{"z":0}\n{"z":0}'
    check 0 "aread --as-of 1 D; aagg 'count(*) as n' D; aread --as-of 0 -c a D; aread --as-of 1 --files D | wc -l"
    same before "$output" $'{"a":1,"s":{"x":[1]}}\n{"s":{"y":true},"b":"new"}\nn\n1\n{"a":1}\n3'
    check 2 "aread --as-of 3 D"
    same none "$errors" 'aread: D: there is no version 3: the last one is 2'
    check 0 "aread --history D | cut -f 1,3-7"
    same history "$output" $'version\toperation\tmode\tadded\tremoved\trows
2\tWRITE\tOverwrite\t1\t2\t1\n1\tWRITE\tAppend\t1\t0\t1\n0\tWRITE\tErrorIfExists\t1\t0\t1'
    check 0 "aland -q -d D --mode append </dev/null && aland -q --delta -d E </dev/null && aread E"
    same nothing "$(versions D) $(versions E) $output" '3 1 '
}

@test "schemas: columns come in addition, what has another type is bad data, named" {
    check 0 "aland -q --delta -d D <<<'{\"a\":1,\"s\":{\"x\":1}}'"
    check 1 "printf '%s\n' '{\"a\":2}' '{\"a\":1.5}' | aland -d D --mode append"
    same bad "$errors" 'aland: stdin:2: byte 1: a: expected a whole number of 64 bits, not 1.5'
    check 0 "printf '%s\n' '{\"a\":2}' '{\"s\":{\"x\":\"t\"}}' | aland -d D --mode append --bad rest"
    same rest "$(<rest)" '{"s":{"x":"t"}}'
    check 1 "aland -d D --mode append --strict <<<'{\"s\":{\"x\":1,\"new\":2}}'"
    same strict "$errors" 'aland: stdin:1: byte 1: s.new: not in the schema'
    check 2 "aland -d D --mode append --schema 's STRUCT<x: STRING>' <<<'{}'"
    same schema "$errors" 'aland: --schema: s.x has another type in the Delta table'
    echo '{"d":"2020-02-29","s":{"y":1}}' >in
    check 0 "aland -q -d D --mode append --schema 'd DATE, s STRUCT<x: BIGINT, y: DOUBLE>' in"
    check 0 "aread D && aread -T tsv -c d,s.y -w 'd is not null' D"
    same rows "$output" $'{"a":1,"s":{"x":1}}\n{"a":2}\n{"s":{"y":1.0},"d":"2020-02-29"}\nd\ts.y\n2020-02-29\t1.0'
    check 1 "aland --delta -d E <<<'{\"a\":1,\"A\":2}'"
    same case "$errors" 'aland: E: columns A and a are one and the same to Delta'
    check 2 "aland --delta -d E -T ndjson <<<'{}'"
    check 2 "aland -d D --mode append -T ndjson <<<'{}'"
    same form "$errors" 'aland: D: a Delta table, whose files are Parquet'
    mkdir plain && echo x >plain/file
    check 2 "aland --delta -d plain --mode append <<<'{\"a\":1}'"
    same plain "$errors" 'aland: plain: is there already, and no Delta table'
}

@test "partitions: values typed by the schema, with every character; the table knows its columns" {
    check 0 "aland -q --delta -d D --partition-by 'p, n' <<<'{\"p\":\"1\",\"n\":7,\"x\":1}'"
    check 0 "printf '%s\n' '{\"p\":\"ü %/=\",\"n\":8,\"x\":2}' '{\"p\":null,\"x\":3}' | aland -q -d D --mode append"
    check 0 "aread D"
    same rows "$output" $'{"x":1,"p":"1","n":7}\n{"x":2,"p":"ü %/=","n":8}\n{"x":3}'
    check 0 "aagg -g 'p' 'sum(n) as n' D; aread -c x -w \"p = '1'\" D"
    same sums "$output" $'p\tn\n1\t7\nü %/=\t8\n\\N\t\\N\n{"x":1}'
    check 2 "aland -d D --mode append --partition-by p <<<'{\"p\":1}'"
    same columns "$errors" 'aland: D: a Delta table that is partitioned by other columns'
    check 2 "aland --delta -d E --partition-by p <<<'{\"x\":1}'"
    same column "$errors" 'aland: E: no column that files can be partitioned by: p'
    [ "$(find E -name 'part-*' 2>/dev/null | wc -l)" = 0 ]
}

@test "checkpoints: every tenth commit, read without what is before it" {
    for i in {0..21}; do
        aland -q --delta -d D --mode append --partition-by p <<<"{\"i\":$i,\"p\":null}"
    done
    same names "$(names D | grep -v '[0-9].json\|part')" $'_delta_log/00000000000000000010.checkpoint.parquet
_delta_log/00000000000000000020.checkpoint.parquet\n_delta_log/_last_checkpoint'
    rm D/_delta_log/0000000000000000000?.json
    check 0 "aagg 'count(*) as n, sum(i) as s' D; aread --as-of 10 D | aagg 'count(*) as n, sum(i) as s'"
    same sums "$output" $'n\ts\n22\t231\nn\ts\n11\t55'
    check 2 "aread --as-of 5 D"
    same gone "$errors" "aread: D: version 5 can't be made up any more: the log does not reach back"
    rm D/_delta_log/00000000000000000020.checkpoint.parquet
    check 0 "aagg 'count(*) as n, sum(i) as s' D"
    rm D/_delta_log/00000000000000000017.json
    check 2 "aread D"
}

@test "--envelope: offsets are in the commit; what was landed is passed over" {
    messages 0 99 >one
    messages 50 199 >two
    check 0 "aland --envelope --delta -d D one && aland --envelope -d D two"
    [[ $errors == *' bytes'$'\n''aland: 100 records, 1 file, '*' bytes; 50 were landed before' ]]
    check 0 "aland --offsets -d D; aagg 'count(*) as a, count(distinct n) as b, sum(n) as c' D"
    same all "$output" $'{"t":{"0":200}}\na\tb\tc\n200\t200\t19900'
    check 0 "aland --envelope -d D two"
    same versions "$(versions D)" 2
    echo '{"value":null,"topic":"t","partition":3,"offset":7}' >empty
    check 0 "aland --envelope -d D --file-rows 10 --delta empty"
    check 0 "aland --offsets -d D"
    same tombstone "$output" '{"t":{"0":200,"3":8}}'
    check 0 "aland -q --delta -d P --partition-by n <<<'{\"n\":1,\"x\":1}'"
    check 2 "aland --envelope -d P one"
}

@test "eight at a time: all that only add succeed; of messages none comes twice" {
    aland -q --delta -d D <<<'{"n":-1}'
    for i in {1..8}; do
        aland -q -d D --mode append <<<"{\"n\":$i}" 3>&- &
    done
    wait
    same all "$(versions D) $(aread D | wc -l)" '9 9'
    messages 0 999 >in
    for round in {1..5}; do
        messages 0 $((round * 1000)) >in
        for i in {1..8}; do
            aland -q --envelope --delta -d E in 2>"errors-$i" 3>&- &
        done
        wait
        check 0 "aagg 'count(*) as a, count(distinct n) as b' E | tail -n 1"
        same "round $round" "$output" "$((round * 1000 + 1))"$'\t'"$((round * 1000 + 1))"
    done
    same refusals "$(grep -hv 'was committed meanwhile by another landing; nothing was landed' errors-*)" ''
    # what the losers wrote is gone again
    same files "$(find E -name 'part-*' | wc -l)" "$(aread --files E | tail -n +2 | wc -l)"
}

@test "killed at any moment: what was committed is there, and every message once" {
    messages 0 20000 >in
    for round in {1..25}; do
        head -n $((round * 800)) in >some
        aland -q --envelope --delta -d D some 3>&- &
        pid=$!
        sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        [ ! -d D/_delta_log ] || aagg 'count(*) as a, count(distinct n) as b, coalesce(sum(n), 0) as c' D 2>>said |
            tail -n 1 >>moments
    done
    check 0 "aland -q --envelope --delta -d D in"
    check 0 "aagg 'count(*) as a, count(distinct n) as b, sum(n) as c' D | tail -n 1"
    same all "$output" $'20001\t20001\t200010000'
    same moments "$(awk -F '\t' '$1 != $2 || $3 != $1 * ($1 - 1) / 2' moments)" ''
}

@test "what is not known is refused by name; damage is told with its place" {
    log=D/_delta_log/00000000000000000001.json
    aland -q --delta -d D <<<'{"a":1}'
    with() { echo "$1" >"$log"; }
    with '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"]}}'
    check 2 "aread D"
    same feature "$errors" 'aread: D: a Delta table with v2Checkpoint, which is not read here'
    check 2 "aagg 'count(*) as n' D"
    with '{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]}}'
    check 0 "aread D"
    check 2 "aland -d D --mode append <<<'{\"a\":2}'"
    same writer "$errors" 'aland: D: a Delta table with rowTracking, which is not written here'
    with '{"protocol":{"minReaderVersion":4,"minWriterVersion":8}}'
    check 2 "aread D"
    set_to() { with '{"metaData":{"schemaString":"{\"type\":\"struct\",\"fields\":[]}","configuration":{'"$1"'}}}'; }
    set_to '"delta.columnMapping.mode":"name"'
    check 2 "aread D"
    same mapping "$errors" 'aread: D: a Delta table with columnMapping, which is not read here'
    with '{"add":{"path":"x","deletionVector":{"storageType":"u"}}}'
    check 2 "aread D"
    same vector "$errors" 'aread: D: x has a deletion vector, which is not read'
    for path in s3://b/x /x ../x a/../../x %2e%2E/x; do
        with '{"add":{"path":"'$path'"}}'
        check 2 "aread D"
        [[ $errors == "aread: D: "*"lies outside of the table, where it is not read from" ]]
    done
    set_to '"delta.appendOnly":"true"'
    check 2 "aland -d D --mode overwrite <<<'{\"a\":1}'"
    same only "$errors" 'aland: D: a Delta table that is only added to (delta.appendOnly)'
    set_to '"delta.constraints.c":"a > 0"'
    check 2 "aland -d D --mode append <<<'{\"a\":1}'"
    field='{\"name\":\"a\",\"type\":\"long\",\"nullable\":false,\"metadata\":{}}'
    with '{"metaData":{"schemaString":"{\"type\":\"struct\",\"fields\":['"$field"']}"}}'
    check 2 "aland -d D --mode append <<<'{\"a\":1}'"
    same null "$errors" 'aland: D: a Delta table with columns that may not be null, which is not written here'
    with '{"add":{"path":}}'
    check 1 "aread D"
    same damage "$errors" 'aread: D/_delta_log/00000000000000000001.json:1: byte 16: expected a value'
    with '{"metaData":{"schemaString":"nonsense"}}'
    check 1 "aread D"
    with '{"txn":{"appId":"x"}}'
    check 1 "aread D"
    same txn "$errors" 'aread: D: its log is damaged: a txn has no version'
    rm "$log"
    check 2 "aread --history ."
    mkdir -p outer && mv D outer
    check 2 "aagg 'count(*) as n' outer"
    same within "$errors" 'aagg: outer/D: a Delta table within a folder: name it itself'
}

@test "a commit that is refused leaves nothing; a full disk, too" {
    aland -q --delta -d D <<<'{"a":1}'
    touch D/before && chmod 500 D/_delta_log
    if [ "$(id -u)" != 0 ]; then
        check 3 "aland -d D --mode append <<<'{\"a\":2}'"
        same files "$(find D -name 'part-*' | wc -l)" 1
    fi
    chmod 700 D/_delta_log
    check 1 "printf '%s\n' '{\"a\":2}' '{\"a\":' | aland -d D --mode append"
    same files "$(find D -name 'part-*' | wc -l) $(versions D)" '1 1'
}
