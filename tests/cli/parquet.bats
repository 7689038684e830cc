# Parquet as a form of rows, in and out: aflatten, aagg, ajoin.
load ../helper

records() {
    cat >in <<'END'
{"id":1,"s":{"b":true,"a":"x\ty"},"l":[1,null,3],"d":1.5,"big":12345678901234567890}
{"id":2,"s":{"b":false},"l":[],"d":null}
{"id":3}
END
}

@test "-T parquet: columns of records come back as they were, types and all" {
    records
    check 0 "aflatten -T parquet 'id, s, l, d, big, s.a as name, id + 1 as next, cast(id as int) as i,
        date(\"2020-02-29\") as day' in >out.parquet"
    check 0 "head -c 4 out.parquet; tail -c 4 out.parquet"
    same magic "$output" PAR1PAR1
    check 0 "aflatten -T json 'id, s, l, d, big, name, next, i, day' out.parquet"
    same rows "$output" '{"id":1,"s":{"a":"x\ty","b":true},"l":[1,null,3],"d":1.5,"big":12345678901234567890,'\
'"name":"x\ty","next":2,"i":1,"day":"2020-02-29"}
{"id":2,"s":{"b":false},"l":[],"d":null,"big":null,"name":null,"next":3,"i":2,"day":"2020-02-29"}
{"id":3,"s":null,"l":null,"d":null,"big":null,"name":null,"next":4,"i":3,"day":"2020-02-29"}'
    check 0 "aflatten 'id, s.b, l[2] as third, s' out.parquet"
    same paths "$output" \
        $'id\tb\tthird\ts\n1\ttrue\t3\t{"a":"x\\\\ty","b":true}\n2\tfalse\t\\N\t{"b":false}\n3\t\\N\t\\N\t\\N'
    check 0 "aflatten '*' out.parquet"
    same star "$(head -n 1 <<<"$output")" $'big\td\tday\ti\tid\tl\tname\tnext\ts.a\ts.b'
}

@test "parquet: what NDJSON, TSV and Parquet of the same data give is the same" {
    aflatten 'exam_name, user_exam_id, sequences.counts.*, started_at' "$ROOT/data/attempts.ndjson" >flat.tsv
    aflatten -T json 'exam_name, user_exam_id, sequences.counts.*, started_at' "$ROOT/data/attempts.ndjson" >flat.ndjson
    aflatten -T parquet 'exam_name, user_exam_id, sequences.counts.*, started_at' \
        "$ROOT/data/attempts.ndjson" >flat.parquet
    check 0 "aflatten -T parquet '*' flat.tsv >tsv.parquet"
    for file in flat.ndjson flat.parquet tsv.parquet; do
        check 0 "aflatten 'exam_name, user_exam_id, all_correct, correct, incomplete, incorrect, submitted, total,
            unanswered, started_at' $file"
        same "$file" "$output" "$(<flat.tsv)"
        check 0 "aagg -g exam_name -o 'n desc, exam_name' -w 'total > 2' 'count(*) as n, sum(correct) as c,
            max(started_at) as last' $file"
        [ "$file" != flat.ndjson ] || groups=$output
        same "groups of $file" "$output" "$groups"
    done
    check 0 "ajoin -k user_exam_id -n 5 'l.exam_name, r.total' flat.parquet flat.ndjson"
    same join "$output" "$(ajoin -k user_exam_id -n 5 'l.exam_name, r.total' flat.ndjson flat.ndjson)"
}

@test "parquet: several files, stdin, threads; -e, -n, --schema" {
    records
    aflatten -T parquet 'id, l' in >a.parquet
    aflatten -T parquet 'id + 10 as id, s.a as name' in >b.parquet
    check 0 "aflatten 'id, name' a.parquet b.parquet"
    same rows "$output" $'id\tname\n1\t\\N\n2\t\\N\n3\t\\N\n11\tx\\ty\n12\t\\N\n13\t\\N'
    check 0 "aflatten -j 4 'id, name' a.parquet b.parquet b.parquet a.parquet | md5sum
        aflatten -j 1 'id, name' a.parquet b.parquet b.parquet a.parquet | md5sum"
    same threads "$(head -n 1 <<<"$output")" "$(tail -n 1 <<<"$output")"
    check 0 "aflatten -e 'l as x' 'id, x' <a.parquet"
    same explode "$output" $'id\tx\n1\t1\n1\t\\N\n1\t3'
    check 0 "aflatten -n 1 id a.parquet"
    same limit "$output" $'id\n1'
    check 0 "aflatten --schema a.parquet"
    wanted=$'root\n |-- id: long (nullable = true)\n |-- l: array (nullable = true)\n'
    wanted+=$' |    |-- element: long (containsNull = true)'
    same schema "$output" "$wanted"
    check 0 "aflatten 'id, nowhere' a.parquet"
    same warning "$errors" 'aflatten: no record has the path nowhere'
}

@test "parquet: cells become numbers only if no character is lost" {
    printf 'n\tr\tz\tm\n1\t1.5\t007\t1\n-2\t2\t8\tx\n' >in
    check 0 "aflatten -T parquet '*' in >out.parquet; aflatten --schema out.parquet; aflatten '*' out.parquet"
    wanted=$'root\n |-- m: string (nullable = true)\n |-- n: long (nullable = true)\n'
    wanted+=$' |-- r: double (nullable = true)\n |-- z: string (nullable = true)\nm\tn\tr\tz\n1\t1\t1.5\t007\n'
    wanted+=$'x\t-2\t2.0\t8'
    same types "$output" "$wanted"
}

@test "parquet: nothing in, no columns" {
    check 0 "aflatten -T parquet id </dev/null >out.parquet; aflatten id out.parquet"
    same header "$output" id
    check 0 "aflatten -T parquet '*' </dev/null >none.parquet; aagg 'count(*) as n' none.parquet"
    same count "$output" $'n\n0'
}

@test "parquet: damage is named, with file, row group, column and page; status 1" {
    aflatten -T parquet 'exam_name, user_exam_id' "$ROOT/data/attempts.ndjson" >good.parquet
    { head -c 1000 good.parquet; printf 'damage'; tail -c +1007 good.parquet; } >bad.parquet
    check 1 "aflatten 'exam_name, user_exam_id' bad.parquet"
    same message "$errors" \
        'aflatten: bad.parquet: row group 0, column exam_name, page 0: its checksum does not match: the page is damaged'
    head -c 5000 good.parquet >short.parquet
    check 1 "aagg 'count(exam_name) as n' good.parquet short.parquet"
    same short "$errors" 'aagg: short.parquet: is truncated or no Parquet file (PAR1 is not at its end)'
    check 2 "cat good.parquet | aflatten exam_name"
    same pipe "$errors" 'aflatten: stdin: Parquet is read from both ends, and this is no regular file'
}
