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

@test "parquet: groups by columns are those of records, whatever the key, the aggregates and the memory" {
    awk 'BEGIN { srand(3); for (i = 0; i < 30000; i++) {
        k = int(rand() * 900) - 450; t = i < 9000 ? int(rand() * 50) : i
        printf "{\"k\":%s,\"t\":%s,\"u\":%d,\"v\":%s,\"x\":%d.5}\n",
            rand() < 0.05 ? "null" : k, rand() < 0.05 ? "null" : "\"t" t "\"", i,
            rand() < 0.1 ? "null" : i == 7 ? "4000000000000000000" : int(rand() * 1e6) - 5e5, rand() * 40 } }' >in
    aflatten -T parquet 'k, t, u, v, x' in >a.parquet
    aflatten -T parquet 'k, t, u, v, x' <(head -n 7000 in) >b.parquet
    head -n 7000 in | cat in - >both
    for key in k t u x 'k + 1 as k1' ''; do
        for list in 'count(*) as n' 'sum(v) as s, count(v) as c, avg(v) as a' 'count(t) as c, count(k) as d' \
            'sum(k) as s, min(v) as least' 'sum(v) filter (where v > 0) as s' 'sum(x) as s, count(distinct t) as d' \
            'sum(nowhere) as s, count(nowhere) as c'; do
            aagg -q ${key:+-g "$key"} "$list" both >right
            aagg -q -j 3 ${key:+-g "$key"} "$list" a.parquet b.parquet >ours
            same "-g $key $list" "$(<ours)" "$(<right)"
        done
    done
    check 0 "aagg -q -g u --memory 1M 'sum(v) as s, count(*) as n' a.parquet b.parquet | md5sum
        aagg -q -g u 'sum(v) as s, count(*) as n' both | md5sum"
    same spilled "$(head -n 1 <<<"$output")" "$(tail -n 1 <<<"$output")"
}

@test "parquet: -w passes over row groups and pages by their statistics, and gives the same" {
    awk 'BEGIN { for (i = 0; i < 100000; i++)
        printf "{\"k\":%d,\"t\":\"t%06d\",\"n\":%s,\"z\":%d}\n", i, i, i % 3 ? "null" : i, i * 7 % 1000 }' >in
    aland -q -d D in
    aland -q -d G --row-group 64K in
    cp D/part-* pages.parquet
    cp G/part-* groups.parquet
    [ "$(aread --files groups.parquet | tail -n 1 | cut -f 3)" -gt 3 ]
    for file in pages.parquet groups.parquet; do
        for where in 'k < 10' 'k >= 99990 and z > 500' 't = "t000007"' 'k between 40000 and 40010' \
            'n is null and k < 20' \
            'k < 5 or k > 99995' 'k = 1.5' 'z = 13' 'k < 0' "t > 't099990'"; do
            same "$file $where" "$(aflatten -w "$where" 'k, t, n, z' $file)" "$(aflatten -w "$where" 'k, t, n, z' in)"
            same "$file sum $where" "$(aagg -w "$where" 'count(*) as n, sum(z) as s' $file)" \
                "$(aagg -w "$where" 'count(*) as n, sum(z) as s' in)"
        done
        size=$(stat -c %s $file) # what lies behind is not even read
        printf '\0\0\0\0\0\0\0\0' | dd of=$file bs=1 seek=$((size / 2)) conv=notrunc status=none
        check 1 "aflatten 'k, t, n, z' $file >all"
        check 0 "aflatten -w 'k < 10' 'k, t, n, z' $file | tail -n 1"
        same "$file first" "$output" $'9\tt000009\t9\t63'
        check 0 "aagg -w 'k < 10' 'count(*) as n' $file | tail -n 1"
        same "$file count" "$output" 10
    done
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

@test "parquet: a column's type is that of all its values, whenever the one comes that widens it" {
    awk 'BEGIN { for (i = 0; i < 20000; i++)
        printf "{\"n\":%d,\"d\":%d,\"t\":%d.50,\"b\":true,\"s\":{\"a\":%d}}\n", i, i, i, i }' >in
    echo '{"n":-0,"d":0.25,"t":"x","b":[1],"s":{"a":"z","c":true}}' >>in
    check 0 "aflatten -T parquet 'n, d, t, b, s' in >out.parquet; aflatten --schema out.parquet"
    wanted=$'root\n |-- b: string (nullable = true)\n |-- d: double (nullable = true)\n |-- n: long (nullable = true)\n'
    wanted+=$' |-- s: struct (nullable = true)\n |    |-- a: string (nullable = true)\n'
    wanted+=$' |    |-- c: boolean (nullable = true)\n |-- t: string (nullable = true)'
    same schema "$output" "$wanted"
    check 0 "aflatten -T json 'n, d, t, b, s' out.parquet | sed -n '1p;4321p;\$p'"
    same rows "$output" '{"n":0,"d":0.0,"t":"0.50","b":"true","s":{"a":"0"}}
{"n":4320,"d":4320.0,"t":"4320.50","b":"true","s":{"a":"4320"}}
{"n":0,"d":0.25,"t":"x","b":"[1]","s":{"a":"z","c":true}}'
    check 0 "aflatten -o 'n desc, d' -n 2 -T parquet 'n, d' in >top.parquet; aflatten 'n, d' top.parquet"
    same top "$output" $'n\td\n19999\t19999\n19998\t19998'
    check 3 "TMPDIR=nowhere aflatten -T parquet n in"
    check 3 "aflatten -T parquet n in >/dev/full"
}

@test "parquet: what is written ahead is written again when a column changes; several row groups" {
    awk 'BEGIN { for (i = 0; i < 130000; i++) {
        late = i > 3000 ? ",\"b\":" i : ""
        late = late (i > 6000 ? ",\"c\":1.5" : "") (i > 9000 ? ",\"d\":true" : "") (i > 12000 ? ",\"e\":\"x\"" : "")
        print "{\"a\":" (i == 125000 ? "\"t\"" : i) late "}" } }' >late
    for columns in 'a, b' 'b' 'b, c, d, e' 'b, c, d, e, b + 1 as f'; do
        aflatten -j 3 -T parquet "$columns" late >late.parquet
        names=${columns/b + 1 as /}
        same "$columns" "$(aflatten "$names" late.parquet | md5sum)" "$(aflatten "$columns" late | md5sum)"
    done
    head -c 15M /dev/urandom | base64 -w 1000 | awk '{ print "{\"n\":" NR ",\"s\":\"" $0 "\"}" }' >large
    aflatten -j 3 -T parquet 'n, s' large >large.parquet
    aflatten -o n -T parquet 'n, s' large >sorted.parquet
    cmp large.parquet sorted.parquet
    same rows "$(aflatten -T json '*' large.parquet | md5sum)" "$(md5sum <large)"
    mkdir F
    mv large.parquet F
    same groups "$(aread --files F | tail -n 1 | cut -f 1,3)" "$(wc -l <large)"$'\t2'
}

@test "parquet: types are kept at any depth: in expressions, conditions, sums, schemas, tables, and on the way out" {
    printf '%s\n' '{"t":"2020-01-01 10:00:00","n":"1.10","b":"/w=="}' \
        '{"t":"2020-01-01 10:00:01.5","n":"2.25","b":"AA=="}' >in
    local list="cast(t as timestamp) as ts, cast(t as date) as d, cast(n as decimal(10,2)) as n, cast(n as float) as f,
        cast(n as int) as i, array(cast(t as date)) as days, map(cast(n as int), unbase64(b)) as m,
        named_struct('at', cast(t as timestamp), 'n', cast(n as decimal(10,2)), 'none', if(n = '1.10', null, n)) as s"
    aflatten -T parquet "$list" in >in.parquet
    local types="typeof(ts) as a, typeof(d) as b, typeof(n) as c, typeof(f) as e, typeof(i) as g, typeof(days) as h,
        typeof(m) as j, typeof(s) as k, typeof(s.at) as l, typeof(days[0]) as o, typeof(map_values(m)[0]) as p"
    check 0 "aflatten -n 1 '$types' in.parquet | tail -n 1 | tr '\t' '\n'"
    same types "$output" "timestamp
date
decimal(10,2)
float
int
array<date>
map<int,binary>
struct<at:timestamp,n:decimal(10,2),none:string>
timestamp
date
binary"
    check 0 "aagg 'sum(n) as n, max(ts) as ts, sum(s.n) as s, sum(i) as i' in.parquet | tail -n 1"
    same sums "$output" $'3.35\t2020-01-01 10:00:01.5\t3.35\t3'
    # the text of a timestamp sorts otherwise: 'T' behind ' '
    check 0 "aagg -w \"ts > '2020-01-01 10:00:00'\" 'count(*) as n' in.parquet | tail -n 1
        aagg -w \"s.at > '2020-01-01 10:00:00'\" 'count(*) as n' in.parquet | tail -n 1
        aread -w \"ts > '2020-01-01 10:00:00'\" in.parquet | wc -l"
    same conditions "$output" $'1\n1\n1'
    wanted='root
 |-- d: date (nullable = true)
 |-- days: array (nullable = true)
 |    |-- element: date (containsNull = true)
 |-- f: float (nullable = true)
 |-- i: integer (nullable = true)
 |-- m: map (nullable = true)
 |    |-- key: integer
 |    |-- value: binary (valueContainsNull = true)
 |-- n: decimal(10,2) (nullable = true)
 |-- s: struct (nullable = true)
 |    |-- at: timestamp (nullable = true)
 |    |-- n: decimal(10,2) (nullable = true)
 |    |-- none: string (nullable = true)
 |-- ts: timestamp (nullable = true)'
    for tool in aflatten aread; do
        check 0 "$tool --schema in.parquet"
        same "schema of $tool" "$output" "$wanted"
    done
    check 0 "aflatten -T parquet 'ts, d, n, f, i, days, m, s' in.parquet >again.parquet; aread --schema again.parquet"
    same 'schema of the copy' "$output" "$wanted"
    aread in.parquet >one
    aread again.parquet >two
    cmp one two
    for key in ts d n f i days s 'm[1]'; do
        check 0 "aagg -g '$key' 'count(*) as c, min(s.at) as m' in.parquet >whole
            aagg --partial -g '$key' 'count(*) as c, min(s.at) as m' in.parquet >states
            aagg --merge -g '$key' 'count(*) as c, min(s.at) as m' states | cmp - whole"
    done
    check 0 "aflatten --table=20,0 'days, m, s, ts' in.parquet"
    same table "$output" '+------------+-----------+-----------------------------------+---------------------+
|days        |m          |s                                  |ts                   |
+------------+-----------+-----------------------------------+---------------------+
|[2020-01-01]|{1 -> [FF]}|{2020-01-01 10:00:00, 1.10, NULL}  |2020-01-01 10:00:00  |
|[2020-01-01]|{2 -> [00]}|{2020-01-01 10:00:01.5, 2.25, 2.25}|2020-01-01 10:00:01.5|
+------------+-----------+-----------------------------------+---------------------+'
    check 0 "aflatten --summary 'in.parquet' | cut -f 1,2 | tail -n +2 | tr '\t' ' '"
    same summary "$output" 'd date
days array<date>
f float
i int
m map<int,binary>
n decimal(10,2)
s.at timestamp
s.n decimal(10,2)
s.none string
ts timestamp'
    check 0 "asql 'describe t; select days[0] + 1 as d, s.n * 2 as n from t limit 1' t=in.parquet | tail -n 2"
    same asql "$output" $'d\tn\n2020-01-02\t2.20'
}

@test "parquet: members of typed structs: by stars in JSON, of exploded elements, of elements within elements" {
    printf '%s\n' '{"n":"1.10","d":"2020-01-01"}' '{"n":"2.25","d":"2020-01-02"}' >in
    aflatten -T parquet "named_struct('d', cast(d as date), 'n', cast(n as decimal(10,2))) as s,
        array(named_struct('d', cast(d as date), 'l', array(named_struct('n', cast(n as decimal(10,2)))))) as a" \
        in >in.parquet
    check 0 "aflatten -T json 's.*' in.parquet"
    same star "$output" '{"d":"2020-01-01","n":1.10}
{"d":"2020-01-02","n":2.25}'
    check 0 "aflatten -n 1 -T json 's.* except (d), a' in.parquet
        aflatten -n 1 -T json '* except (s.d, a)' in.parquet
        aflatten -n 1 -T json '* except (a) replace (1 as s.d)' in.parquet"
    same edits "$output" '{"n":1.10,"a":[{"d":"2020-01-01","l":[{"n":1.10}]}]}
{"s":{"n":1.10}}
{"s":{"d":1,"n":1.10}}'
    check 1 "aflatten -T json 's.*, 1 as n' in.parquet"
    [[ $errors == *'two columns are called "n"'* ]]
    check 0 "aflatten -e 'a as e' -T json 'e.*' in.parquet | head -n 1
        aflatten --no-header=out -n 1 -e 'a as e' 'e, typeof(e) as t, typeof(e.l) as l, typeof(e.l.n) as n' in.parquet
        aflatten --no-header=out -n 1 -e 'a as e' -e 'e.l as f' 'typeof(f) as t, typeof(f.n) as n, f.n as v' in.parquet"
    same elements "$output" '{"d":"2020-01-01","l":[{"n":1.10}]}
{"d":"2020-01-01","l":[{"n":1.10}]}	struct<d:date,l:array<struct<n:decimal(10,2)>>>	'\
$'array<struct<n:decimal(10,2)>>\tarray<decimal(10,2)>\nstruct<n:decimal(10,2)>\tdecimal(10,2)\t1.10'
    aflatten -T parquet -e 'a as e' 'e, e.l as l' in.parquet >out.parquet
    check 0 "aread --schema out.parquet"
    same 'schema of elements' "$output" 'root
 |-- e: struct (nullable = true)
 |    |-- d: date (nullable = true)
 |    |-- l: array (nullable = true)
 |    |    |-- element: struct (containsNull = true)
 |    |    |    |-- n: decimal(10,2) (nullable = true)
 |-- l: array (nullable = true)
 |    |-- element: struct (containsNull = true)
 |    |    |-- n: decimal(10,2) (nullable = true)'
}

@test "parquet: a map's value by a number, of the file, a list's element, an exploded one, a subquery; as a condition" {
    echo '{"a":"x","b":"y"}' |
        aflatten -T parquet 'map(1, a, 2, b) as m, array(named_struct("m", map(0, a, 2, b))) as l' >in.parquet
    check 0 "aflatten -T json 'm[1] as x, m[2] as y, m[3] as z, l[0].m[2] as l' in.parquet
        aflatten -T json -e 'l as e' 'e.m[2] as x, e.m[0] as y' in.parquet
        asql -T json 'select m[2] as x from (select * from t) q' t=in.parquet
        aagg -T json -g 'm[1]' 'count(*) as n' -w \"m[2] = 'y'\" in.parquet
        aread -w \"m[2] = 'y'\" in.parquet | wc -l"
    same values "$output" '{"x":"x","y":"y","z":null,"l":"y"}
{"x":"y","y":"x"}
{"x":"y"}
{"m[1]":"x","n":1}
1'
}

@test "parquet: keys of maps have their types in schemas and tables" {
    echo '{}' | aflatten -T parquet "map(date'2020-01-02', 1) as d, map(true, 1) as b,
        map(timestamp'2020-01-02 10:00:00', 1) as t, map(cast(1.5 as decimal(5,2)), 1) as n" >in.parquet
    for tool in aread aflatten; do
        check 0 "$tool --schema in.parquet | grep key"
        same "$tool" "$output" ' |    |-- key: boolean
 |    |-- key: date
 |    |-- key: decimal(5,2)
 |    |-- key: timestamp'
    done
    check 0 "aflatten --table=30,0 'b, d, n, t' in.parquet | tail -n 2"
    same table "$output" '|{true -> 1}|{2020-01-02 -> 1}|{1.50 -> 1}|{2020-01-02 10:00:00 -> 1}|
+-----------+-----------------+-----------+--------------------------+'
}

@test "parquet: entries of exploded maps keep the types of their keys and values" {
    echo '{}' | aflatten -T parquet "map(cast(1 as int), cast(0.5 as decimal(3,1))) as i, map(true, 1) as b,
        map(cast(1.5 as decimal(5,2)), 2) as n, map(date'2020-01-02', 3) as d, map('1', 4) as s,
        map(double('nan'), 5, double('1.5'), 6) as r" >in.parquet
    local wanted='{"e":{"key":1,"value":0.5}}
{"e":{"key":true,"value":1}}
{"e":{"key":1.50,"value":2}}
{"e":{"key":"2020-01-02","value":3}}
{"e":{"key":"1","value":4}}
{"e":{"key":"NaN","value":5}}
{"e":{"key":1.5,"value":6}}'
    check 0 "for map in i b n d s r; do aflatten -T json -e \"\$map as e\" e in.parquet; done"
    same entries "$output" "$wanted"
    check 0 "for map in i b n d s r; do aflatten -T parquet -e \"\$map as e\" e in.parquet >out; aread out; done"
    same 'entries through Parquet' "$output" "$wanted"
}

@test "parquet: keys of maps that are none of their type are said, whatever they look like" {
    local key type
    for key in x nope null t 1.2.3 1x '[' '{' '' '\u0031'; do
        for type in double int boolean 'decimal(5,2)'; do
            check 1 "echo '{\"m\":{\"$key\":1}}' | aland -q -d t --schema 'm map<$type,int>'"
            [[ $errors == *"m.key: expected "*", not \"$key\"" ]]
        done
    done
    echo '{"m":{"NaN":1,"-Infinity":2,"-1.5":3,"2e1":4}}' | aland -q -d d --schema 'm map<double,int>'
    echo '{"m":{"true":1,"false":2}}' | aland -q -d b --schema 'm map<boolean,int>'
    check 0 "aread d; aread b"
    same keys "$output" '{"m":{"NaN":1,"-Infinity":2,"-1.5":3,"20.0":4}}
{"m":{"true":1,"false":2}}'
}

@test "parquet: bytes are binary, in and out; base64 in JSON, as show() has them in tables" {
    printf '%s\n' '{"k":1,"h":"61627A"}' '{"k":2,"h":"00FF"}' '{"k":3}' '{"k":4,"h":""}' '{"k":5,"h":"61627A"}' >in
    check 0 "aflatten -T parquet 'k, unhex(h) as b, if(k = 1, h, unhex(h)) as either' in >out.parquet"
    check 0 "aflatten 'k, typeof(b) as t, length(b) as l, hex(b) as h, typeof(either) as e' out.parquet"
    same types "$output" $'k\tt\tl\th\te\n1\tbinary\t3\t61627A\tstring\n2\tbinary\t2\t00FF\tstring
3\tvoid\t\\N\t\\N\tvoid\n4\tbinary\t0\t\tstring\n5\tbinary\t3\t61627A\tstring'
    wanted=$'root\n |-- b: binary (nullable = true)\n |-- either: string (nullable = true)\n'
    wanted+=$' |-- k: long (nullable = true)'
    for tool in aflatten aread; do
        check 0 "$tool --schema out.parquet"
        same "schema of $tool" "$output" "$wanted"
    done
    check 0 "asql 'describe t' t=out.parquet
        asql 'select hex(b) as h from t where b > unhex(\"00\") limit 1' t=out.parquet"
    same asql "$output" $'col_name\tdata_type\tcomment\nb\tbinary\t\\N\neither\tstring\t\\N
k\tbigint\t\\N\nh\n61627A'
    check 0 "aflatten -T json 'b, either' out.parquet"
    rows='{"b":"YWJ6","either":"61627A"}
{"b":"AP8=","either":"AP8="}
{"b":null,"either":null}
{"b":"","either":""}
{"b":"YWJ6","either":"YWJ6"}'
    same rows "$output" "$rows"
    check 0 "aread out.parquet | aslice -c '[.b]' | sed -n 1,2p"
    same text "$output" $'["YWJ6"]\n["AP8="]'
    check 0 "aflatten --table -n 2 b out.parquet"
    same table "$output" $'+----------+\n|         b|\n+----------+\n|[61 62 7A]|\n|   [00 FF]|\n+----------+'
    check 0 "aagg -g b -o 'n desc, hex(b)' 'count(*) as n, hex(b) as h' out.parquet | cut -f 2,3"
    same groups "$output" $'n\th\n2\t61627A\n1\t\\N\n1\t\n1\t00FF'
    check 0 "aflatten -w \"b = unhex('00ff')\" k out.parquet; ajoin -k b 'l.k, r.k as other' out.parquet out.parquet"
    same keys "$output" $'k\n2\nk\tother\n1\t1\n1\t5\n2\t2\n4\t4\n5\t1\n5\t5'
    check 0 "aflatten -T parquet -o 'b desc' 'b, k' out.parquet >again.parquet; aflatten 'hex(b) as h' again.parquet"
    same again "$output" $'h\n61627A\n61627A\n00FF\n\n\\N'
    check 0 "asql -T parquet 'select max(b) as b from t' t=out.parquet >max.parquet
        aflatten 'typeof(b) as t' max.parquet"
    same max "$output" $'t\nbinary'
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

# The same whether the folder is read, or what aread makes of it.
alike() { # TOOL… with FOLDER in the place of the input
    local folder=$1
    shift
    check 0 "${*//INPUT/$folder}"
    same "$*" "$output" "$(eval "${*//INPUT/$folder.ndjson}")"
}

@test "parquet: a folder is a dataset, read as aread reads it" {
    aland -q -d D --partition-by exam_name --file-rows 500 "$ROOT/data/attempts.ndjson"
    aread D >D.ndjson
    alike D "aagg -g exam_name -o exam_name 'count(*) as n, sum(sequences.counts.total) as t' INPUT"
    alike D "aflatten '*' INPUT | md5sum"
    alike D "aflatten --scan all '*' INPUT | md5sum"
    alike D "aflatten --schema INPUT"
    alike D "aflatten -w \"exam_name like '%Git%'\" --table=5 'exam_name, user_exam_id' INPUT"
    alike D "ajoin -k exam_name --semi 'user_exam_id, exam_name' INPUT INPUT | md5sum"
    for threads in 1 4; do alike D "aflatten -j $threads 'exam_name, user_exam_id' INPUT | md5sum"; done
    check 0 "aagg 'count(*) as n, count(exam_name) as e' D/ D/*/part-* D"
    same several "$output" $'n\te\n9840\t6560'
}

@test "folders: columns in names, typed as Spark does, on Parquet and NDJSON; files of other columns" {
    mkdir -p D/n=1/s=x D/n=02.5/s=7 'D/n=__HIVE_DEFAULT_PARTITION__/s=a%2Fb' D/_temporary
    echo '{"v":1,"w":{"x":5}}' >D/n=1/s=x/f
    echo '{"v":2.5}' >D/n=02.5/s=7/f
    echo '{"u":"t"}' >'D/n=__HIVE_DEFAULT_PARTITION__/s=a%2Fb/f'
    echo nonsense | tee D/_SUCCESS D/.f.crc >D/_temporary/f
    cp -r D P
    for file in P/n*/s*/f; do
        aflatten -T parquet '*' "$file" >new
        mv new "$file"
    done
    rows=$'n\ts\tv\tx\n2.5\t7\t2.5\t\\N\n1.0\tx\t1\t5\n\\N\ta/b\t\\N\t\\N'
    check 0 "aflatten 'n, s, v, w.x' D"
    same NDJSON "$output" "$rows"
    check 0 "aflatten 'n, s, v, \`w.x\` as x' P"
    same Parquet "$output" "$rows"
    same quiet "$errors" ''
    check 0 "aflatten '*' D"
    same star "$output" $'n\ts\tu\tv\tw.x\n2.5\t7\t\\N\t2.5\t\\N\n1.0\tx\t\\N\t1\t5\n\\N\ta/b\tt\t\\N\t\\N'
    check 0 "aflatten -T json '*' P"
    same members "$output" $'{"v":2.5,"n":2.5,"s":"7"}\n{"v":1,"w.x":5,"n":1.0,"s":"x"}\n{"u":"t","s":"a/b"}'
    check 0 "aagg -w 'n > 1' 'max(n) as n, count(*) as c' D D"
    same where "$output" $'n\tc\n2.5\t2'
    check 0 "aflatten -w 'v is null' 'n, s' P | tail -n 1"
    same null "$output" $'\\N\ta/b'
    check 0 "aflatten --schema D"
    same schema "$output" 'root
 |-- n: double (nullable = true)
 |-- s: string (nullable = true)
 |-- u: string (nullable = true)
 |-- v: double (nullable = true)
 |-- w: struct (nullable = true)
 |    |-- x: long (nullable = true)'
    echo '{"v":2.5,"n":9}' >D/n=02.5/s=7/f
    check 0 "aflatten -n 1 'n, v' D"
    same 'the name wins' "$output" $'n\tv\n2.5\t2.5'
    check 0 "aflatten nowhere P"
    same absent "$errors" 'aflatten: no record has the path nowhere'
}

@test "folders: empty, missing, unreadable, and the output in one" {
    mkdir E
    check 0 "aagg 'count(*) as n' E"
    same empty "$output" $'n\n0'
    check 2 "aagg 'count(*) as n' E nowhere"
    same missing "$errors" "aagg: nowhere: no such file; quote the select list: aagg 'count(*), sum(x)' FILE
aagg: try 'aagg --help'"
    echo '{"a":1}' >E/f
    check 2 "aflatten a E >E/out"
    same own "$errors" "aflatten: E/out: stdout goes to the file that is read; let it go to another
aflatten: try 'aflatten --help'"
    rm E/out
    ln -s . E/loop
    check 3 "aflatten a E"
    [[ $errors == *'folders lie in each other too deep' || $errors == *'Too many levels of symbolic links' ]]
}

@test "parquet: --row-groups: ranges of a dataset's row groups give each record once" {
    awk 'BEGIN { for (i = 0; i < 90000; i++)
        printf "{\"k\":%d,\"d\":\"t%06d\",\"p\":%d}\n", i, i * 7, i % 3 }' >in
    aland -q -d G --row-group 64K --partition-by p in
    check 0 "aread --files G | aagg -i tsv --no-header=out 'count(*) as f, sum(row_groups) as n'"
    local files groups
    read -r files groups <<<"$output"
    [ "$files" -eq 3 ] && [ "$groups" -gt 9 ]
    for tool in aread "aflatten --no-header=out 'k, p'" "aflatten --no-header=out '*'"; do
        check 0 "$tool G"
        local all=$output
        check 0 "for range in 0-1 1-5 5-5 5-$((groups - 1)) $((groups - 1))-; do $tool -q --row-groups \$range G; done"
        same "$tool" "$output" "$all"
    done
    check 0 "for ((i = 0; i < $groups; i += 4)); do
        aagg -q --partial -g p --row-groups \$i-\$((i + 4)) 'count(*) as n, sum(k) as s' G; done |
        aagg --merge -g p 'count(*) as n, sum(k) as s'"
    same merged "$output" "$(aagg -g p 'count(*) as n, sum(k) as s' G)"
    check 0 "aread --row-groups $groups- G"
    same 'behind the last' "$output" ''
    aagg -g p 'count(*) as n' G >r.tsv
    check 0 "{ ajoin -q --row-groups 0-4 --no-header=out -k p 'l.k, n' G r.tsv
        ajoin -q --row-groups 4- --no-header=out -k p 'l.k, n' G r.tsv; }"
    same joined "$output" "$(ajoin -q --no-header=out -k p 'l.k, n' G r.tsv)"
    check 2 "aflatten --row-groups 0-1 k in"
    [[ $errors == *'--row-groups goes with Parquet, and this is NDJSON'* ]]
    check 2 "aread --row-groups 2-1 G"
    check 2 "aread --row-groups 0-1 --raw in"
}

@test "a table without rows, as pyarrow writes it: a row group that has no pages" {
    base64 -d >none.parquet <<'END'
UEFSMRUEFQAVAkwVABUAEgAAABUEGSw1ABgGc2NoZW1hFQIAFQQlAhgBawAWABkcGRwmABwVBBklAAYZGAFrFQIWABYcFh4mACYIKRwVBBUAFQIA
AAAWHBYAJggWHgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAAdAAAAFBBUjE=
END
    printf '{"k":1}\n' | aflatten -q -T parquet k >one.parquet
    local tool
    for tool in aread 'aread -T tsv' 'aflatten k' 'aread -w k=1' 'aflatten --row-groups 1- k' 'aagg sum(k)'; do
        check 0 "${tool/sum(k)/\'sum(k)\'} none.parquet one.parquet"
        same "$tool" "${output##*$'\n'}" "$([[ $tool == aread || $tool == *-w* ]] && echo '{"k":1}' || echo 1)"
    done
}
