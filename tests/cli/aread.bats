# aread: datasets of this machine.
load ../helper

records() { printf '%s\n' '{"a":1,"b":{"c":[1,2]},"d":"x"}' '{"b":{"c":[]}}' '{"a":3,"e":1.5}' >in; }

@test "what landed is read as it was" {
    records
    aland -q -d D in
    check 0 "aread D"
    same records "$output" "$(<in)"
    check 0 "aread D/part-*"
    same file "$output" "$(<in)"
    check 0 "aread D/ ./D"
    same twice "$output" "$(cat in in)"
    aland -q -d S "$ROOT/data/attempts.ndjson" --file-rows 700 --row-group 64K
    same count "$(aread S | wc -l)" 3280
    same rows "$(aread S | aflatten 'user_exam_id, sequences.counts.*' | md5sum)" \
        "$(aflatten 'user_exam_id, sequences.counts.*' "$ROOT/data/attempts.ndjson" | md5sum)"
    for threads in 1 2 5; do same "$threads threads" "$(aread -j $threads S | md5sum)" "$(aread S | md5sum)"; done
}

@test "-c: only these columns; -n: no more" {
    records
    aland -q -d D in
    check 0 "aread -c 'd, b.c' D"
    same columns "$output" $'{"b":{"c":[1,2]},"d":"x"}\n{"b":{"c":[]}}\n{}'
    check 0 "aread -c nowhere -n 1 D"
    same absent "$output$errors" '{}aread: no record has the path nowhere'
    check 0 "aread -n 0 D"
    same none "$output" ''
    aland -q -d D --mode append in
    check 0 "aread -n 4 D"
    same four "$output" "$(cat in in | head -n 4)"
    check 2 "aread -c 'a,,b' D"
    same caret "$errors" $'aread: columns: expected a name\n  a,,b\n    ^'
    check 2 "aread -c 'a b' D"
}

@test "-w: a condition on any columns, also those that are not written" {
    records
    aland -q -d D in
    check 0 "aread -w 'a > 1 or size(b.c) = 2' D"
    same where "$output" $'{"a":1,"b":{"c":[1,2]},"d":"x"}\n{"a":3,"e":1.5}'
    check 0 "aread -w 'a is null' -c b D"
    same columns "$output" '{"b":{"c":[]}}'
    seq 1 20000 | sed 's/.*/{"k":&,"t":"text &"}/' >many
    aland -q -d M --row-group 64K --file-rows 7000 many
    check 0 "aread -w 'k % 1000 = 7' M"
    same many "$output" \
        "$(grep -E '"k":([0-9]+00|)7,|"k":1?[0-9]007,' many | aflatten -T json -w 'k % 1000 = 7' 'k, t')"
    check 0 "aread -w 'k > 6990' -n 15 -c k M | paste -sd ' '"
    same limit "$output" "$(seq 6991 7005 | sed 's/.*/{"k":&}/' | paste -sd ' ')"
    check 1 "aread -w 'k * 9223372036854775807 > 0' M"
    [[ $errors == 'aread: M/part-00000-'*': row group 0, row 1: '* ]]
    check 2 "aread -w 'k >' M"
    check 2 "aread -w 'count(k) > 1' M"
}

@test "-w: row groups whose statistics have nothing that fits are not read; the records are the same" {
    seq 1 20000 | awk '{ z = $1 > 10000 ? $1 : "null"
        printf "{\"k\":%d,\"d\":%f,\"t\":\"t%d\",", $1, $1 / 4, 10000 + $1
        printf "\"s\":{\"z\":%s},\"pad\":\"%f\"}\n", z, rand() }' >in
    aland -q -d D --row-group 128K --codec none in
    aread D >D.ndjson
    far=('k > 19990' '19990 < k' 'd = 4999' "t > 't29990'" "t = 't29999'" 'k between 19980 and 19990' 's.z >= 19991'
        "k >= 19991 and pad is not null" "k = 19999 and t like 't%'" "t >= 't3'"
        's.z is not null')
    near=('k % 2 = 0' 'k > 19990 or k < 3' 's.z is null' 'k < 5' 'k = 7' 'k <= 1' "t < 't10005'" 'k != 19999'
        'cast(k as string) > "19990"' 'not k > 5' 'd < 0.5' 'd > 4997') # NaN is greater
    for condition in "${far[@]}" "${near[@]}"; do
        aread -w "$condition" D >out
        # of what `or` joins nothing follows
        same "$condition" "$(md5sum <out)" "$(aread -w "($condition) or k is null" D | md5sum)"
        same "rows: $condition" "$(wc -l <out)" "$(aflatten --no-header -w "$condition" k D.ndjson | wc -l)"
    done
    export condition
    printf damage | dd of="$(echo D/part-*)" bs=1 seek=200 conv=notrunc status=none # in the first row group
    for condition in "${near[@]}"; do
        check 1 'aread -w "$condition" D'
        [[ $errors == *'row group 0, column'* ]]
    done
    for condition in "${far[@]}"; do check 0 'aread -w "$condition" D'; done
    check 0 "aread -n 1 -c k -w 'k > 19990' D"
    same first "$output" '{"k":19991}'
}

@test "-w: pages whose statistics have nothing that fits are not read; the records are the same" {
    seq 1 70000 | awk '{ printf "{\"k\":%d,\"l\":[%d,%d],\"pad\":\"%f\"}\n", $1, $1, $1 % 7, rand() }' >in
    aland -q -d D --codec none in # one row group, pages of 20000 rows
    same groups "$(aread --files D | tail -n 1 | cut -f 3)" 1
    for condition in 'k > 65000' 'k between 19990 and 20010' 'k >= 60001 and l[1] = 3' 'k < 10 or k > 69990' \
        'k in (3, 69999)' 'k > 70000'; do
        for options in '-T json' '-T tsv -c k,l' '-c l' '-j 1'; do
            # shellcheck disable=SC2086 # options are words
            same "$condition $options" "$(aread $options -w "$condition" D | md5sum)" \
                "$(aread $options -w "($condition) or k is null" D | md5sum)"
        done
    done
    check 1 "aread -w 'k > 65000 and k * 9223372036854775807 > 0' D"
    [[ $errors == 'aread: D/part-00000-'*': row group 0, row 65000: '* ]] || same place "$errors" "row 65000"
    printf damage | dd of="$(echo D/part-*)" bs=1 seek=200 conv=notrunc status=none # in the first page of k
    check 1 "aread -w 'k % 2 = 0' D"
    check 0 "aread -c k -w 'k > 69999' D && aagg -w 'k > 69999' 'sum(k) as s' D && aread -T tsv -c l -w 'k = 70000' D"
    same last "$output" $'{"k":70000}\ns\n70000\nl\n[70000,0]'
}

@test "columns in the names of folders" {
    printf '%s\n' '{"n":1,"s":"x/y","v":1}' '{"n":2,"s":"7","v":2}' '{"n":null,"s":null,"v":3}' >in
    aland -q -d D --partition-by n,s in
    check 0 "aread D"
    same records "$output" $'{"v":1,"n":1,"s":"x/y"}\n{"v":2,"n":2,"s":"7"}\n{"v":3}'
    check 0 "aread -c 's' D"
    same column "$output" $'{"s":"x/y"}\n{"s":"7"}\n{}'
    check 0 "aread -w 'n = 2' D && aread -w 'n is null' -c v D && aread -w \"s = 'x/y' and v = 1\" -c v,n D"
    same where "$output" $'{"v":2,"n":2,"s":"7"}\n{"v":3}\n{"v":1,"n":1}'
    check 0 "aread D/n=1"
    same inside "$output" '{"v":1,"s":"x/y"}'
}

@test "columns in the names of folders have types; a condition on them leaves out files, unopened" {
    printf '%s\n' '{"a":1,"day":"2020-01-31","k":1}' '{"a":2,"day":"2020-02-01","k":2}' \
        '{"a":3,"day":"2020-02-01","k":null}' >in
    aland -q -d D --partition-by day,k in
    check 0 "aflatten -o a 'typeof(day), typeof(k), day + interval 1 day as next, struct(*).day = day as same' D"
    same types "$output" "$(printf '%s\t%s\t%s\t%s\n' 'typeof(day)' 'typeof(k)' next same date int 2020-02-01 true \
        date int 2020-02-02 true date void 2020-02-02 true)"
    check 0 "aflatten -T parquet '*' D >P; aflatten --schema P"
    same schema "$output" 'root
 |-- a: long (nullable = true)
 |-- day: date (nullable = true)
 |-- k: integer (nullable = true)'
    check 0 "asql \"select sum(a) as s, max(day) as last from 'D' where day > '2020-01-31' and k > 1\""
    same statement "$output" $'s\tlast\n2\t2020-02-01'
    echo PAR1damaged >"$(echo D/day=2020-01-31/k=1/part*)"
    for where in "day > '2020-01-31'" "day = date'2020-02-01' and a > 0" "k = 2 or k is null" \
        "a < 4 and not day in ('2020-01-31')"; do
        check 0 "aread -w \"$where\" D | sort; aagg -w \"$where\" 'count(*) as n' D"
        same rows "$output" $'{"a":2,"day":"2020-02-01","k":2}\n{"a":3,"day":"2020-02-01"}\nn\n2'
    done
    check 1 "aread -w \"day = '2020-01-31' and a > 0\" D"
    check 1 "aagg -w \"k > 0\" 'count(*) as n' D"
}

@test "-l: what hadoop fs -ls prints" {
    mkdir -p D/folder
    printf 12345 >D/file
    chmod 640 D/file
    chmod 1777 D/folder
    touch -d '2020-01-02T03:04:05Z' D/*
    me=$(id -un) mine=$(id -gn)
    check 0 "aread -l D"
    same list "$output" "Found 2 items
-rw-r-----   1 $me $mine          5 2020-01-02 03:04 D/file
drwxrwxrwt   - $me $mine          0 2020-01-02 03:04 D/folder"
    check 0 "TZ=Europe/Berlin aread -l D/file D/folder"
    same file "$output" "-rw-r-----   1 $me $mine          5 2020-01-02 04:04 D/file"
    check 2 "aread -l nowhere"
    same nowhere "$errors" 'aread: nowhere: no such file or folder'
    check 2 "aread -l -n 1 D"
}

@test "--raw: bytes" {
    head -c 3000000 /dev/urandom >bytes
    check 0 "aread --raw bytes bytes | cmp - <(cat bytes bytes)"
    check 2 "aread --raw ."
    same folder "$errors" 'aread: .: is a folder, expected a file'
    check 2 "aread --raw -l bytes"
    check 3 "aread --raw bytes >/dev/full"
}

@test "--raw --lines: ranges of a file give each of its lines once" {
    { echo name; seq 1000; printf last; } >lines
    for parts in 1 2 7 500; do
        for i in $(seq "$parts"); do
            aread --raw --lines "$((3902 * (i - 1) / parts))-$((3902 * i / parts))" lines || return
        done | cmp - lines
    done
    check 0 "aread --raw --lines 3889- --header lines"
    same rest "$output" $'name\n999\n1000\nlast'
    check 0 "aread --raw --lines 2-5 lines | wc -c"
    same 'none begins there' "$output" 0
    for wrong in 3 5-3 ''; do
        check 2 "aread --raw --lines '$wrong' lines"
        same wrong "${errors%%$'\n'*}" "aread: --lines $wrong: expected two numbers, as in 0-1000"
    done
    check 2 "aread --raw --lines 3-x lines"
    check 2 "aread --lines 0-3 lines"
    check 2 "aread --raw --header lines"
}

@test "what is not there, no Parquet, damage: named" {
    records
    check 2 "aread nowhere"
    same nowhere "$errors" 'aread: nowhere: no such dataset'
    check 2 "aread"
    check 2 "aread hdfs://a/b"
    check 1 "aread in"
    [[ $errors == 'aread: in: '* ]]
    aland -q -d D in
    aland -q -d D --mode append "$ROOT/data/attempts.ndjson"
    large=$(find D -name 'part-*' -size +100k)
    printf damage | dd of="$large" bs=1 seek=1000 conv=notrunc status=none
    check 1 "aread D"
    [[ $errors == "aread: $large: row group 0, column "*", page 0: its checksum does not match: the page is damaged" ]]
    head -c 5000 "$large" >D/short.parquet
    rm "$large"
    check 1 "aread D"
    same before "$output" "$(<in)"
    same truncated "$errors" 'aread: D/short.parquet: is truncated or no Parquet file (PAR1 is not at its end)'
    mkdir E
    check 0 "aread E"
    same empty "$output" ''
}

@test "--files: statistics of the columns, over all row groups" {
    schema='m MAP<STRING,ARRAY<BIGINT>>, day DATE, at TIMESTAMP, f DECIMAL(9,2), b BINARY, r DOUBLE,
        s STRUCT<x: STRING>, z INT'
    printf '%s\n' \
        '{"m":{"k":[1,7],"a":[]},"day":"1500-02-28","at":"2020-01-01T01:02:03.5Z","f":1.5,"b":"AAAA","r":-1}' \
        '{"s":{"x":"a\tb"},"day":"2020-01-01","r":"NaN","f":-3}' '{"s":{"x":"ü"},"m":{}}' >in
    aland -q -d D --schema "$schema" in
    same statistics "$(printf '%b' "$(aread --files D | tail -n 1 | cut -f 6)" | jq -c 'to_entries[]' | tr -d ' ')" \
        '{"key":"m.key","value":{"nulls":2,"min":"a","max":"k"}}
{"key":"m.value","value":{"nulls":3,"min":1,"max":7}}
{"key":"day","value":{"nulls":1,"min":"1500-02-28","max":"2020-01-01"}}
{"key":"at","value":{"nulls":2,"min":"2020-01-01T01:02:03.500Z","max":"2020-01-01T01:02:03.500Z"}}
{"key":"f","value":{"nulls":1,"min":-3,"max":1.5}}
{"key":"b","value":{"nulls":2}}
{"key":"r","value":{"nulls":1,"min":-1,"max":-1}}
{"key":"s.x","value":{"nulls":1,"min":"a\tb","max":"ü"}}
{"key":"z","value":{"nulls":3}}'
    seq 1 30000 | awk '{ printf "{\"k\":%s,\"pad\":\"%f\"}\n", $1 < 9000 ? "null" : $1, rand() }' >many
    aland -q -d M --row-group 64K --codec none many
    check 0 "aread --files M | aflatten -i tsv 'row_groups > 5 as many, substring(statistics, 1, 43) as k' | tail -n 1"
    [[ $(aread --files D) == *'"f":{"nulls":1,"min":-3.00,"max":1.50}'* ]]
    same groups "$output" $'true\t{"k":{"nulls":8999,"min":9000,"max":30000},'
}

@test "--files: rows, bytes, row groups, codecs; --schema: what the files say" {
    printf '%s\n' '{"n":1,"v":1,"s":{"x":[1.5]}}' '{"n":2,"v":2,"s":{"y":"t"}}' '{"n":2,"v":3}' >in
    aland -q -d D --partition-by n in
    aland -q -d D --mode append --codec none --partition-by n in
    check 0 "aread --files D/ | aagg -i tsv 'count(*) as files, sum(rows) as rows, min(row_groups) as least'"
    same sums "$output" $'files\trows\tleast\n4\t6\t1'
    check 0 "aread --files D | aagg -i tsv -g codecs -o codecs 'sum(rows) as rows'"
    same codecs "$output" $'codecs\trows\nnone\t3\nsnappy\t3'
    check 0 "aread --files D | aflatten -i tsv 'file, bytes' | tail -n +2 | sort"
    same sizes "$output" "$(find D -name 'part-*' -printf '%p\t%s\n' | sort)"
    check 0 "aread --schema D"
    same schema "$output" 'root
 |-- n: integer (nullable = true)
 |-- s: struct (nullable = true)
 |    |-- x: array (nullable = true)
 |    |    |-- element: double (containsNull = true)
 |    |-- y: string (nullable = true)
 |-- v: long (nullable = true)'
    same like-aflatten "$output" "$(aflatten --schema D)"
    check 2 "aread --schema --files D"
    check 2 "aread --files -c n D"
    check 1 "aread --files in"
    aland -q -d E "$ROOT/data/attempts.ndjson"
    same sample "$(aread --schema E)" "$(aflatten --schema "$ROOT/data/attempts.ndjson")"
}

@test "-T tsv: a column for each leaf, or those of -c" {
    printf '%s\n' '{"n":1,"v":1,"s":{"x":[1.5],"z":"a\tb"}}' '{"n":2,"v":2,"s":{"y":"t\n"}}' '{"n":2,"v":3}' >in
    aland -q -d D --partition-by n in
    check 0 "aread -T tsv D"
    same all "$output" "$(aflatten '*' D)"
    check 0 "aread -T tsv -c 'v, s.y, n, s' -w 'v > 1' D"
    same chosen "$output" $'v\ts.y\tn\ts\n2\tt\\n\t2\t{"y":"t\\\\n"}\n3\t\\N\t2\t\\N'
    aland -q -d E --file-rows 1500 "$ROOT/data/attempts.ndjson"
    same sample "$(aread -T tsv E | md5sum)" "$(aflatten '*' E | md5sum)"
    for threads in 1 3; do
        same "$threads threads" "$(aread -j $threads -T tsv E | md5sum)" "$(aread -T tsv E | md5sum)"
    done
    check 0 "aread -T tsv -n 0 -c v D"
    same none "$output" v
    check 0 "aread -T json D"
    same json "$output" "$(aread D)"
    check 2 "aread -T parquet D"
    check 2 "aread --files -T tsv D"
}
