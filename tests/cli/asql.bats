#!/usr/bin/env bats
# asql: what statements mean is held against Spark in tests/interop/spark/sql.py; here is the tool around them.
load ../helper

tables() {
    printf '%s\n' '{"id":1,"name":"ann","v":10,"tags":["p","q"]}' '{"id":2,"name":"bob","v":20,"tags":[]}' \
        '{"id":3,"name":null,"v":null}' >t.ndjson
    printf '%s\n' '{"id":1,"w":"x"}' '{"id":1,"w":"y"}' '{"id":3,"w":null}' >u.ndjson
}

@test "names are bound to files, stdin, folders and quoted names, in any case of letters" {
    tables
    check 0 "asql 'select ID, v from T where V > 5 order by v desc' t=t.ndjson"
    same bound "$output" $'ID\tv\n2\t20\n1\t10'
    check 0 "asql 'select count(*) from t' t=- <t.ndjson";                      same stdin "$output" $'count(1)\n3'
    check 0 "asql 'select a.id from t a join t b on a.id = b.id and b.v > 15' t=- <t.ndjson"
    same 'stdin twice' "$output" $'id\n2'
    check 0 "asql \"select count(*) from 't.ndjson'\"";                         same quoted "$output" $'count(1)\n3'
    check 0 "asql 'select count(*) from \`t.ndjson\`'";                         same backticks "$output" $'count(1)\n3'
    check 0 "asql 'select count(*) from json.\`t.ndjson\`'";                    same form "$output" $'count(1)\n3'
    mkdir set && aflatten -T parquet 'id, name' t.ndjson >set/part-0.parquet
    check 0 "asql 'select name from s where id = 2' s=set";                     same folder "$output" $'name\nbob'
    check 0 "aflatten 'id, v' t.ndjson >t.tsv; asql 'select sum(v) as s from t' t=t.tsv"; same tsv "$output" $'s\n30'
}

@test "a topic of a local log, from an offset, and one that is not there" {
    tables
    aproduce -q -b file:log -t events t.ndjson
    check 0 "asql 'select count(*) as n from e' e=file:log/events";             same all "$output" $'n\n3'
    check 0 "asql 'select id from e' 'e=file:log/events?-1'";                   same last "$output" $'id\n3'
    check 0 "asql 'select count(*) as n from e a join e b on a.id = b.id' e=file:log/events"
    same twice "$output" $'n\n3'
    check 3 "asql 'select count(*) as n from e' e=file:log/nothing"
    [[ $errors == *nothing* ]]
}

@test "errors show where, and the nearest name" {
    tables
    check 2 "asql 'select nmae from t' t=t.ndjson"
    [[ $errors == *'no column nmae; did you mean name?'*$'\n         ^' ]]
    check 2 "asql 'select id from exmas' exams=t.ndjson";  [[ $errors == *'no table exmas; did you mean exams?'* ]]
    check 2 "asql 'select uper(name) from t' t=t.ndjson";  [[ $errors == *'did you mean upper?'* ]]
    check 2 "asql 'select id from t where'  t=t.ndjson";   [[ $errors == *'expected a value, but the text ends'* ]]
    check 2 "asql 'selec 1'";                              [[ $errors == *'expected select, with'* ]]
    check 2 "asql 'select name, v from t group by name' t=t.ndjson"
    [[ $errors == *'v is neither in group by nor in an aggregate; first(v)'* ]]
    check 2 "asql 'select id from t join u on t.id = u.id' t=t.ndjson u=u.ndjson"
    [[ $errors == *'id is a column of several tables'* ]]
    check 2 "asql 'select id from t where exists (select 1 from u where u.id > t.id)' t=t.ndjson u=u.ndjson"
    [[ $errors == *'in equalities only'* ]]
    check 2 "asql 'select (select id from t) as i' t=t.ndjson"; [[ $errors == *'more than one row'* ]]
    check 2 "asql 'with a as (select * from b) select * from a'"; [[ $errors == *'no table b'* ]]
    check 2 "asql"; [[ $errors == *'expected a statement'* ]]
    check 3 "asql 'select 1 from t' t=missing.ndjson"; [[ $errors == *'missing.ndjson: No such file'* ]]
}

@test "bad data is named by file and line, status 1; --bad goes on" {
    tables
    echo '{"id":' >>t.ndjson
    check 1 "asql 'select count(*) from t' t=t.ndjson"; [[ $errors == *'t.ndjson:4: byte 7'* ]]
    check 0 "asql -q --bad skip 'select count(*) as n from t' t=t.ndjson"; same skipped "$output" $'n\n3'
    check 1 "asql 'select max(n) from (select count(*) as n from t group by name)' t=t.ndjson"
    same 'nothing of it' "$output" ''
}

@test "several statements, scripts, views that use views, describe" {
    tables
    check 0 "asql 'select 1 as a; select 2 as b'";                    same two "$output" $'a\n1\nb\n2'
    check 0 "asql 'select 1 as a' 'select 2 as b'";                   same arguments "$output" $'a\n1\nb\n2'
    printf '%s\n' '-- what is large' 'create or replace temporary view big as select * from t where v >= 10;' \
        'create temp view names as select name from big; select count(*) as n from names' >s.sql
    check 0 "asql -f s.sql t=t.ndjson";                               same script "$output" $'n\n2'
    check 0 "asql -f - t=t.ndjson <s.sql";                            same 'from stdin' "$output" $'n\n2'
    check 2 "asql 'create temporary view a as select 1 as x; create temporary view A as select 2 as x'"
    [[ $errors == *'there is a view A'* ]]
    check 2 "asql 'create temporary view a as select * from a; select * from a'"; [[ $errors == *'deeper than 100'* ]]
    check 0 "asql 'describe t' t=t.ndjson"
    same describe "$output" \
        $'col_name\tdata_type\tcomment\nid\tbigint\t\\N\nname\tstring\t\\N\ntags\tarray<string>\t\\N\nv\tbigint\t\\N'
    check 0 "asql --no-header 'describe select id, v / 2 as h, to_date(name) as d, array(1) as a from t' t=t.ndjson"
    same query "$output" $'id\tbigint\t\\N\nh\tdouble\t\\N\nd\tvoid\t\\N\na\tarray<int>\t\\N'
}

@test "insert overwrite directory: whole, or as it was" {
    tables
    check 0 "asql \"insert overwrite directory 'out' using parquet select id, v from t\" t=t.ndjson && ls out"
    same files "$output" part-00000.parquet
    check 0 "asql 'select sum(v) as s from o' o=out";                 same read "$output" $'s\n30'
    check 0 "asql \"insert overwrite directory 'out' using json select max(id) as m from t\" t=t.ndjson && cat out/*"
    same replaced "$output" '{"m":3}'
    echo '{' >>t.ndjson
    check 1 "asql \"insert overwrite directory 'out' using json select id from t\" t=t.ndjson"
    check 0 "ls; cat out/*"
    same 'as it was' "$output" $'out\nt.ndjson\nu.ndjson\n{"m":3}'
    check 2 "asql \"insert overwrite directory 'x' using orc select 1\""
    [[ $errors == *'expected parquet, json, csv or tsv'* ]]
}

@test "--pipe prints what can be pasted, or why there is nothing" {
    tables
    check 0 "asql --pipe \"select name, count(*) as n from t where name <> 'it''s' group by name\" t=t.ndjson"
    same group "$output" "aagg -g name -w 'name <> '\\''it'\\'''\\''s'\\''' 'name, count(*) as n' t.ndjson"
    check 0 "asql --pipe 'select t.name, u.w from t join u on t.id = u.id where v > 5' t=t.ndjson u=u.ndjson"
    same join "$output" "ajoin -k id 'l.name, r.w' <(aflatten -w 'v > 5' -T json 'id, name, v' t.ndjson) u.ndjson"
    check 0 "asql --pipe --table 'select id from t order by id limit 1' t=- <t.ndjson"
    same 'stdin and options' "$output" "aflatten -o id -n 1 --table id"
    check 0 "asql --pipe 'select id from t where v > (select avg(v) from t)' t=t.ndjson"
    [[ $output == '# no pipe of the other tools does the same: '* ]]
    aproduce -q -b file:log -t events t.ndjson
    check 0 "asql --pipe 'select id from e' e=file:log/events"
    same topic "$output" $'aconsume -b file:log -t events |\naflatten id'
    ids="select id from e"
    check 0 "asql '$ids' e=file:log/events | md5sum; bash -c \"\$(asql --pipe '$ids' e=file:log/events)\" | md5sum"
    same 'the same' "${output%%$'\n'*}" "${output##*$'\n'}"
}

@test "--pipe: each tool gets the options that are about what it does" {
    printf 'name;v\nann;1\nbob;~\nann;x\nbob;5\n' >t.csv
    printf '%s\n' '{"k":"a","n":1}' '{"k":"b","n":4}' '{"k":"a","n":2}' >n.ndjson
    local sql='select name, count(*) as n from (select name, int(v) as v from t) where v is not null group by name'
    local in="-i csv --delimiter ';' --null '~' -j 2" out='-T csv --no-header=out'
    check 0 "asql --pipe $in -q --ansi $out --bad skip '$sql order by name' t=t.csv"
    local inner="'name, int(v) as v' t.csv"
    same each "$output" "aflatten $in -q --ansi --bad skip -T json $inner |
aagg -g name -w 'v is not null' -o name --delimiter ';' --null '~' -j 2 -q --ansi $out 'name, count(*) as n'"
    check 0 "asql --pipe $in -T csv --no-header 'select c1 as a from (select c1 from t limit 2)' t=t.csv"
    same sides "$output" "aflatten -n 2 $in --no-header=in -T json c1 t.csv |
aflatten --delimiter ';' --null '~' -j 2 -T csv --no-header=out 'c1 as a'"
    check 0 "asql --pipe $in -T csv --no-header 'select c1 as a from t' t=t.csv"
    same one "$output" "aflatten $in -T csv --no-header 'c1 as a' t.csv"
    check 0 "asql --pipe -n 2 --offset 1 -z gzip 'select n from t order by n limit 5 offset 3' t=- <n.ndjson"
    same limits "$output" 'aflatten -o n -n 2 --offset 4 -z gzip n'
    check 0 "asql --pipe -n 9 --offset 2 'select 1 as a union all select 2 limit 3' t=t.csv"
    [[ $output == *'-n 1 --offset 2'* ]]
    check 0 "asql --pipe --bad f 'select l.n from (select n from l where n > 1) l cross join (select n from r) r' \
        l=n.ndjson r=n.ndjson"
    same writers "$output" '# no pipe of the other tools does the same: several tools would write the file of --bad'
    for more in '--bars n' '--no-header --null -' "-T csv --delimiter '|' --no-header=out" '--offset 1' \
        '--table=1,0 --vertical' '--allow nan -z zstd -T json' '--file-column f -j 1 --memory 4M'; do
        sql='select k, sum(n) as n from (select k, n from t where n < 9) group by k order by n'
        check 0 "asql $more '$sql' t=n.ndjson | md5sum; bash -c \"\$(asql --pipe $more '$sql' t=n.ndjson)\" | md5sum"
        same "$more" "${output%%$'\n'*}" "${output##*$'\n'}"
    done
}

@test "rollup, cube and grouping sets, and the pipe of them; what is wrong with them is said" {
    tables
    sql='select name, count(*) as n, grouping(name) as g from t group by rollup(name) order by g, name'
    check 0 "asql --no-header '$sql' t=t.ndjson"
    same rollup "$output" $'\\N\t1\t0\nann\t1\t0\nbob\t1\t0\n\\N\t3\t1'
    check 0 "asql --pipe '$sql' t=t.ndjson"
    same pipe "$output" "aagg -g 'rollup (name)' -o 'g, name' 'name, count(*) as n, grouping(name) as g' t.ndjson"
    check 2 "asql 'select grouping(name) from t group by name' t=t.ndjson"
    [[ $errors == *'grouping goes with rollup, cube or grouping sets in group by'*$'\n         ^' ]]
    check 2 "asql 'select name from t where grouping(name) = 1 group by cube(name)' t=t.ndjson"
    [[ $errors == *'an aggregate in where'* ]]
    check 2 "asql 'select id, count(*) from t group by grouping sets ((name), ())' t=t.ndjson"
    [[ $errors == *'id is neither in group by nor in an aggregate'* ]]
    deep=$(printf 'grouping sets (%.0s' {1..40})
    check 2 "asql 'select 1 from t group by $deep' t=t.ndjson"; [[ $errors == *'grouping sets deeper than 10'* ]]
    check 2 "asql 'select 1 from t group by rollup(' t=t.ndjson"; [[ $errors == *'expected a value'* ]]
}

@test "stars of members: by any case, behind a table's name, of members that come late" {
    awk 'BEGIN { for (i = 0; i < 60000; i++) print "{\"a\":{\"b\":{\"x\":" i "}},\"other\":{\"c\":1}}"; }' >s.ndjson
    echo '{"a":{"b":{"late":7}}}' >>s.ndjson
    for star in 'a.b.*' 'A.b.*' 's.a.b.*' 'S.A.B.*'; do
        check 0 "asql --no-header 'select $star from s where a.b.late is not null' s=s.ndjson"
        same "$star" "$output" $'7\t\\N'
        check 0 "aflatten --scan all -w 'a.b.late is not null' a.b.* s.ndjson"; same flat "$output" $'late\tx\n7\t\\N'
    done
    check 2 "asql 'select a.nope.* from s' s=s.ndjson"; [[ $errors == *'a.nope.*: there is no such table'* ]]
    check 2 "asql 'select a.b.x.* from s' s=s.ndjson"; [[ $errors == *'a.b.x.*: there is no such table'* ]]
}

@test "stars without columns or members, or with other values; what cannot be changed is said" {
    printf '%s\n' '{"id":1,"u":{"a":1,"b":{"c":"x","d":2}},"l":[{"p":1,"q":[[{"y":1,"z":2}]]},null]}' \
        '{"id":2,"u":null,"l":null,"only":3}' >s.ndjson
    stars() { check 0 "asql -T json \"select $1\" s=s.ndjson"; same "$1" "$output" "$2"; }
    stars '* except (u, L) from s' $'{"id":1,"only":null}\n{"id":2,"only":3}'
    stars 's.* exclude (u, only, l.p, l.q.y) from s where id = 1' '{"id":1,"l":[{"q":[[{"z":2}]]},null]}'
    stars 'u.b.* from (select * except (u.a, u.b.c) from s)' $'{"d":2}\n{"d":null}'
    stars "u.* replace (upper(u.b.c) as b.c) from s" $'{"a":1,"b":{"c":"X","d":2}}\n{"a":null,"b":null}'
    stars "* replace (id + 1 as id, date '2024-01-01' as u.a) except (l, only) from s" \
        $'{"id":2,"u":{"a":"2024-01-01","b":{"c":"x","d":2}}}\n{"id":3,"u":null}'
    awk 'BEGIN { for (i = 0; i < 60000; i++) print "{\"u\":{\"a\":1}}" } END { print "{\"u\":{\"a\":1,\"late\":7}}" }' \
        </dev/null >late.ndjson
    check 0 "asql --no-header -T json 'select * except (u.a) from s where u.late > 0' s=late.ndjson"
    same late "$output" '{"u":{"late":7}}'
    check 0 "asql --pipe 'select * except (l, only, u.b) from s' s=s.ndjson | bash"
    same pipe "$output" $'id\tu\n1\t{"a":1}\n2\t{"a":null}'
    wrong() {
        check 2 "asql \"select $1 from s\" s=s.ndjson"
        [[ $errors == *"$2"* ]] || { echo "$1: $errors"; false; }
    }
    wrong '* except (ids)' 'no column ids; did you mean id?'
    wrong '* except (u.b.e)' 'u.b.e: there is no member e'
    wrong '* except (id.x)' 'id.x: there is no member x'
    wrong 'u.* except (e)' 'e: there is no member e'
    wrong '* except (id) replace (1 as ID)' 'ID is changed twice'
    wrong '* except (u, u.a)' 'u is changed twice'
    wrong '* replace (1 as l.p)' "not into an array's elements"
    wrong '* replace (max(id) as u.a)' 'an aggregate for a member of a struct'
    wrong '* except (id, u, l, only)' '* without columns'
    wrong '* except (id + 1)' "a column's or a member's name is expected here"
    wrong '* except (l[0])' "a column's or a member's name is expected here"
    echo '{"u":"text"}' >>s.ndjson
    wrong '* except (u.a)' 'u.a: what it is a member of is not a struct in all records'
}

@test "a misspelt clause is no alias without a remark; from in front; what there is no statement for" {
    echo '{"id":1}' >s.ndjson
    for pair in 'id from s wher id = 1:wher where' 'id from s grup by id:grup group' 'id fro s:fro from' \
        'id from s joi s b on true:joi join'; do
        check 2 "asql 'select ${pair%:*}' s=s.ndjson"
        set -- ${pair#*:}
        [[ $errors == *"$1 is taken for a name here; did you mean $2?"* ]] || { echo "$errors"; false; }
    done
    check 0 "asql 'from s; describe from s where id > 0; from s where id = (from s select max(id))' s=s.ndjson"
    same 'from in front' "$output" $'id\n1\ncol_name\tdata_type\tcomment\nid\tbigint\t\\N\nid\n1'
    check 2 "asql 'from s select id from s' s=s.ndjson"
    [[ $errors == *'expected the end of the statement, not from'* ]]
    for pair in 'explain:--pipe' 'show:describe' 'summarize:aflatten --summary' 'copy:-T' 'set:asql --help all' \
        'update:aland' 'delete:aland' 'merge:aland' 'drop:no tables are kept' 'alter:no tables' 'use:no tables'; do
        check 2 "asql '${pair%%:*} s' s=s.ndjson"
        [[ $errors == *"statement: ${pair%%:*}: "*"${pair#*:}"* ]] || { echo "$errors"; false; }
    done
    check 2 "asql 'from s x y' s=s.ndjson"; [[ $errors == *'expected the end of the statement, not y'* ]]
}

@test "stars and inline of what queries, views and schemas make; members that come late; json_tuple" {
    awk 'BEGIN { for (i = 0; i < 60000; i++) print "{\"l\":[{\"x\":" i "}]}" } END { print "{\"l\":[{\"late\":7}]}" }' \
        </dev/null >s.ndjson
    late=" where x.late is not null"
    for from in 's lateral view explode(l) v as x' '(select explode(l) as x from s)' '(select l[0] as x from s)' \
        '(select y as x from (select distinct l[0] as y from s))' '(select reverse(l)[0] as x from s)'; do
        check 0 "asql --no-header 'select x.* from $from $late' s=s.ndjson";  same "$from" "$output" $'7\t\\N'
    done
    check 0 "asql --no-header 'select * from (select inline(l) from s) where late > 0' s=s.ndjson"
    same inline "$output" $'7\t\\N'
    local sql='select a, late from s lateral view inline(l) v as late, a where late > 0'
    check 0 "asql --pipe '$sql' s=s.ndjson"
    same pipe "$output" "aflatten -e 'l as _inline' -w '_inline.late > 0' '_inline.x as a, _inline.late' s.ndjson"
    check 2 "asql 'select inline(l) as (a) from s' s=s.ndjson"
    [[ $errors == *'1 names for the 2 columns of inline'* ]]
    check 2 "asql 'select inline(array())'";             [[ $errors == *'is not known: explode(ARRAY) as x'* ]]
    check 2 "asql 'select inline(map(1, 2))'";           [[ $errors == *'is not known'* ]]
    check 2 "asql 'select x.* from (select 1 as x)'";    [[ $errors == *'no such struct'* ]]
    check 2 "asql 'select 1 from s lateral view json_tuple(l) t' s=s.ndjson"
    [[ $errors == *'json_tuple takes JSON text and names'* ]]
    check 2 "asql \"select 1 + json_tuple(l, 'a', 'b') from s\" s=s.ndjson";  [[ $errors == *'one call a name'* ]]
    check 0 "asql --pipe \"select c1 from s lateral view json_tuple(to_json(l[0]), 'x', 'late') t\" s=s.ndjson"
    [[ $output == *"-e 'stack(1, json_tuple(to_json(l[0]), "*"' _json_tuple.col1"* ]] || echo "$output"
}

@test "a query's text is the statement's from its first character on; types go from query to query" {
    check 0 "asql --no-header \"select date '2020-01-31' + 1, x'41', interval 90 minutes, interval '1' day * 2\""
    same literals "$output" "2020-02-01"$'\t'"A"$'\t'"INTERVAL '90' MINUTE"$'\t'"INTERVAL '2 00:00:00' DAY TO SECOND"
    made="select unhex('41ff') as b, array(date '2020-01-01') as a, struct(timestamp_ntz '2020-01-01' as t) as s"
    check 0 "asql --no-header \"select hex(b), typeof(b), a[0] + 1, typeof(a), typeof(s.t) from ($made)\""
    same types "$output" $'41FF\tbinary\t2020-01-02\tarray<date>\ttimestamp_ntz'
    check 0 "asql --no-header \"select e - interval 1 month from ($made) lateral view explode(a) x as e\""
    same exploded "$output" 2019-12-01
    check 0 "asql --pipe \"select hex(b) from ($made)\""; [[ $output == '# no pipe'* ]]
}

@test "count(distinct *) is of all columns, as Spark's: a row with a null among them does not count" {
    tables
    printf '%s\n' '{"id":1,"a":"x"}' '{"id":1,"a":"x"}' '{"id":2,"a":null}' '{"id":3}' '{"id":4,"a":"y"}' >d.ndjson
    check 0 "asql 'select count(distinct *) from d' d=d.ndjson"
    same all "$output" $'count(DISTINCT a, id)\n2'
    check 0 "asql --pipe 'select count(distinct *) filter (where id > 1) as n from d' d=d.ndjson"
    same pipe "$output" "aagg 'count(distinct a, id) filter (where id > 1) as n' d.ndjson"
    check 2 "asql 'select count(distinct *)'"; [[ $errors == *'* without columns'* ]]
    check 2 "asql 'select count(distinct *) over () from d' d=d.ndjson"; [[ $errors == *'name the columns'* ]]
    check 2 "aagg 'count(distinct *)' d.ndjson"
    [[ $errors == *'name them, or count(distinct struct(*)) counts different records'* ]]
    check 0 "aagg 'count(distinct struct(*)) as n' d.ndjson"; same hint "$output" $'n\n4'
}

@test "windows over rows, groups and joins; by name; qualify; and their pipes" {
    tables
    check 0 "asql --no-header 'select id, sum(v) over w as s from t window w as (order by id)' t=t.ndjson"
    same named "$output" $'1\t10\n2\t30\n3\t30'
    sql='select name, count(*) as n, sum(count(*)) over (order by name) as r from t group by name having n > 0'
    check 0 "asql --no-header '$sql order by name' t=t.ndjson"
    same groups "$output" $'\\N\t1\t1\nann\t1\t2\nbob\t1\t3'
    check 0 "asql --pipe '$sql' t=t.ndjson"
    same pipe "$output" "aagg -g name --having '(count(*)) > 0' -T json 'name, count(*) as n' t.ndjson |
aflatten 'name, n, sum(n) over (order by name) as \`r\`'"
    check 0 "asql --pipe 'select id from t qualify rank() over (order by v desc) = 1' t=t.ndjson"
    same qualify "$output" "aflatten --qualify 'rank() over (order by v desc) = 1' id t.ndjson"
    join='select t.id, row_number() over (partition by t.id order by w) as n from t join u on t.id = u.id'
    check 0 "asql --no-header '$join order by id, n' t=t.ndjson u=u.ndjson"
    same join "$output" $'1\t1\n1\t2\n3\t1'
    same_for='select id, v, row_number() over (partition by v order by id) as n from t order by id'
    check 0 "asql -j 1 '$same_for' t=t.ndjson | md5sum; asql -j 4 --memory 1M '$same_for' t=t.ndjson | md5sum"
    same threads "${output%%$'\n'*}" "${output##*$'\n'}"
}

@test "windows where none can be" {
    tables
    check 2 "asql 'select id from t where rank() over (order by v) = 1' t=t.ndjson"
    [[ $errors == *'a window in where: qualify is for those'* ]]
    check 2 "asql 'select name from t group by name having rank() over (order by name) = 1' t=t.ndjson"
    [[ $errors == *'a window in having: qualify is for those'* ]]
    check 2 "asql 'select count(*) from t group by rank() over (order by name)' t=t.ndjson"
    [[ $errors == *'a window in group by'* ]]
    check 2 "asql 'select 1 from t join u on t.id = rank() over (order by w)' t=t.ndjson u=u.ndjson"
    [[ $errors == *'a window in on'* ]]
    check 2 "asql 'select id from t qualify id = 1' t=t.ndjson";      [[ $errors == *'qualify goes with windows'* ]]
    check 2 "asql 'select rank() over w from t window v as (order by id)' t=t.ndjson"
    [[ $errors == *'no window is called w'* ]]
    check 2 "asql 'select rank() over (order by sum(v)) from t group by name, rank() over w' t=t.ndjson"
    check 2 "asql 'select v, rank() over (order by name) from t group by name' t=t.ndjson"
    [[ $errors == *'v is neither in group by nor in an aggregate'* ]]
    check 2 "asql 'select sum(rank() over (order by v)) from t' t=t.ndjson"
    [[ $errors == *'a window within a window or an aggregate'* ]]
    check 2 "asql 'select id from t where exists (select rank() over (order by w) from u where u.id = t.id)
             and v > 1' t=t.ndjson u=u.ndjson"
    [[ $errors == *'windows in a query that names the one around'* ]]
}

@test "types go from step to step: dates, decimals, integers beyond a double" {
    printf '%s\n' '{"d":"2020-02-29","n":"9007199254740993","p":"1.10"}' >t.ndjson
    check 0 "asql --no-header 'select typeof(a), typeof(b), typeof(c), a + interval 1 day, b + 1, c + c
             from (select to_date(d) as a, cast(n as bigint) as b, cast(p as decimal(4,2)) as c from t)' t=t.ndjson"
    same typed "$output" $'date\tbigint\tdecimal(4,2)\t2020-03-01\t9007199254740994\t2.20'
    check 0 "asql --no-header 'select x.a, y.a from (select to_date(d) as a from t) x
             join (select date(d) as a from t) y
             on x.a = y.a' t=t.ndjson"
    same joined "$output" $'2020-02-29\t2020-02-29'
    check 0 "asql --no-header 'select typeof(a), count(*) from (select to_date(d) as a from t)
             group by a, typeof(a)' t=t.ndjson"
    same grouped "$output" $'date\t1'
}

@test "values of queries and names of columns keep quotes, backslashes and NULs where they become text" {
    printf '%s\n' '{"x":"a\u0000b"}' >nul.ndjson
    check 0 "asql -T json 'select (select max(x) from t) as m from t where x = (select max(x) from t)' t=nul.ndjson"
    same nul "$output" '{"m":"a\u0000b"}'
    printf '%s\n' '{"it'"'"'s":1,"a\\b":2}' >quoted.ndjson
    check 0 "asql -T json 'select (select max(n)
        from t unpivot (v for n in (\`it'\''s\`, \`a\\b\`))) as m' t=quoted.ndjson"
    same quoted "$output" '{"m":"it'"'"'s"}'
}

@test "an alias of explode in a list is one name; in parentheses and behind lateral view there are more" {
    printf '{"k":7,"a":[1,2],"m":{"x":3}}\n' >t.ndjson
    check 0 "asql 'select explode(a) as x, k, posexplode(a) as (p, y), k as j from t limit 3' t=t.ndjson"
    same list "$output" $'x\tk\tp\ty\tj\n1\t7\t0\t1\t7\n1\t7\t1\t2\t7\n2\t7\t0\t1\t7'
    check 0 "asql 'select k, n, v from t lateral view explode(m) e as n, v' t=t.ndjson"
    same view "$output" $'k\tn\tv\n7\tx\t3'
}

@test "elements and what is unpivoted have names that no column and no other view has" {
    local rows=$'a\tb\nx\tz\nx\tw\ny\tz\ny\tw'
    check 0 "asql \"select stack(2, 'x', 'y') as a, stack(2, 'z', 'w') as b\""; same stacks "$output" "$rows"
    check 0 "asql \"select a, b from (select 1 as _stack) lateral view stack(2, 'x', 'y') s as a
        lateral view stack(2, 'z', 'w') r as b\""; same views "$output" "$rows"
    printf '{"a":[1,2],"x_pos":7}\n' >t.ndjson
    local view='lateral view explode(a)'
    check 0 "asql -n 2 'select * from t $view q as x $view r as x $view s as x' t=t.ndjson"
    same three "$output" $'a\tx_pos\tx\tx\tx\n[1,2]\t7\t1\t1\t1\n[1,2]\t7\t1\t1\t2'
    check 0 "asql 'select posexplode(a) as (x, q), posexplode(array(9)) as (y, q_pos), x_pos from t' t=t.ndjson"
    same positions "$output" $'x\tq\ty\tq_pos\tx_pos\n0\t1\t0\t9\t7\n1\t2\t0\t9\t7'
    check 0 "asql 'select * from (select 1 as _unpivot, 2 as b, 3 as c) unpivot (v for n in (b, c))'"
    same unpivot "$output" $'_unpivot\tn\tv\n1\tb\t2\n1\tc\t3'
}

@test "the same bytes for any number of threads, and beyond --memory" {
    seq 1 60000 | awk '{ printf "{\"k\":%d,\"g\":\"g%d\",\"v\":%d}\n", $1, $1 * 7919 % 5003, $1 % 97 }' >big.ndjson
    sql="select g, s, n from (select g, sum(v) as s, count(*) as n from b group by g)
         where n > 3 order by s desc, g limit 50"
    join="select x.g, count(*) as n from b x join b y on x.k = y.k and x.v <= y.v group by x.g order by x.g"
    for statement in "$sql" "$join"; do
        check 0 "asql -j 1 '$statement' b=big.ndjson | md5sum"; one=$output
        check 0 "asql -j 4 '$statement' b=big.ndjson | md5sum"; same threads "$output" "$one"
        check 0 "asql --memory 1M '$statement' b=big.ndjson | md5sum"; same memory "$output" "$one"
    done
}
