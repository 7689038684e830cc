# Tables of --table, whichever tool prints them.
load ../helper

@test "aflatten: a table has never more rows than -n" {
    seq 30 | sed 's/.*/{"a":&}/' >thirty
    check 0 "aflatten -n 3 --table a thirty";    same rows "$(wc -l <<<"$output")" 7
    check 0 "aflatten -n 3 --table=2 a thirty";  same rows "$(tail -n 1 <<<"$output")" 'only showing top 2 rows'
    check 0 "aflatten -n 0 --table a thirty";    same rows "$(wc -l <<<"$output")" 4
    check 0 "aflatten -n 3 -o 'a desc' --table a thirty"; same rows "$(wc -l <<<"$output")" 7
}

@test "--types: each column's type below its name, of every tool, also down the page" {
    printf '%s\n' '{"a":1,"b":"x","c":[1.5],"d":null,"e":{"f":true}}' '{"a":2,"b":"y","c":[]}' >in.ndjson
    check 0 "aflatten --types 'a, b, c, d, e, cast(a as decimal(3,1)) as g, unhex(hex(a)) as h' in.ndjson"
    same types "$output" \
'+------+------+-------------+----+-----------------+------------+------+
|     a|     b|            c|   d|                e|           g|     h|
|bigint|string|array<double>|void|struct<f:boolean>|decimal(3,1)|binary|
+------+------+-------------+----+-----------------+------------+------+
|     1|     x|        [1.5]|NULL|           {true}|         1.0|  [01]|
|     2|     y|           []|NULL|             NULL|         2.0|  [02]|
+------+------+-------------+----+-----------------+------------+------+'
    check 0 "aagg --types --vertical -g b --bars n 'count(*) as n' in.ndjson | sed -n 2,4p"
    same vertical "$(sed 's/ *$//' <<<"$output")" ' b   | string | x
 n   | bigint | 1
     |        | ████████████████████'
    check 0 "asql --types --table=9,6 'select map(1, 2) as m' | sed -n 3p
        ajoin --types -k a 'a, l.b' in.ndjson in.ndjson | sed -n 3p"
    same others "$output" $'|map...|\n|bigint|string|'
    check 2 "aflatten --types -T tsv a in.ndjson"
    same wrong "$errors" "aflatten: --bars, --spark and --types are of tables: not with -T tsv
aflatten: try 'aflatten --help'"
}

@test "--bars and --spark draw numbers, in blocks or ASCII, of every tool" {
    printf '%s\n' '{"k":1,"a":4,"q":[1,5,null,9]}' '{"k":2,"a":-2,"q":"no"}' '{"k":3,"a":null,"q":null}' >in.ndjson
    check 0 "aflatten --bars a --spark q 'a, q' in.ndjson"
    same blocks "$output" \
'+----+--------------------+----+
|   a|                    |   q|
+----+--------------------+----+
|   4|       █████████████|▁▅ █|
|  -2|▐██████             |  no|
|NULL|                    |NULL|
+----+--------------------+----+'
    check 0 "LC_ALL=C aflatten --bars a --spark q --table=1 'a, q' in.ndjson"
    same ascii "$output" \
'+---+--------------------+----+
|  a|                    |   q|
+---+--------------------+----+
|  4|####################|_= #|
+---+--------------------+----+
only showing top 1 row'
    check 0 "aflatten --vertical --bars a a in.ndjson | sed -n 2,3p"
    same vertical "$output" $' a   | 4                    \n     |        █████████████ '
    aflatten 'k, q' in.ndjson >in.tsv
    check 0 "aflatten --spark q q in.tsv | sed -n 4p"
    same 'an array in a cell' "$output" '|▁▅ █|'
    check 0 "aagg -g k --bars n 'count(*) as n' in.ndjson | sed -n 4p"
    same aagg "$output" '|  1|  1|████████████████████|'
    check 0 "ajoin -k k --bars a 'k, l.a' in.ndjson in.ndjson | sed -n 4p"
    same ajoin "$output" '|  1|   4|       █████████████|'
    check 0 "asql --bars n 'select k as n from t where k = 2' t=in.ndjson | sed -n 4p"
    same asql "$output" '|  2|████████████████████|'
    check 0 "aflatten --summary -w 'k < 3' in.ndjson --table=9,0 | grep -o '|█.*█|'"
    [ -n "$output" ]
}

@test "--bars and --spark: what there is not is refused before anything is read" {
    printf '{"k":1}\n' >in.ndjson
    for command in "aflatten --bars x 'k, k as b'" "aagg -g k --spark x 'max(k) as b'" \
        "ajoin -k k --bars x 'k, k as b' -"; do
        check 2 "$command in.ndjson"
        [[ $errors == *': no such column among k, b'* ]]
    done
    check 2 "asql --bars x 'select k, k as b from t' t=in.ndjson"
    [[ $errors == *': no such column among k, b'* ]]
    check 2 "aflatten --bars k -T json k in.ndjson"
    [[ $errors == *'--bars, --spark and --types are of tables: not with -T json'* ]]
}

@test "bars have colours on a terminal only, and NO_COLOR is heeded" {
    command -v script >/dev/null || skip 'no script(1)'
    printf '%s\n' '{"a":1}' '{"a":-1}' >in.ndjson
    check 0 "aflatten --bars a a in.ndjson | grep -c $'\x1b' || true"
    [ "$output" = 0 ]
    check 0 "script -qefc 'aflatten -q --bars a a in.ndjson' /dev/null | grep -c $'\x1b'"
    [ "$output" = 2 ]
    check 0 "NO_COLOR=1 script -qefc 'aflatten -q --bars a a in.ndjson' /dev/null | grep -c $'\x1b' || true"
    [ "$output" = 0 ]
}

@test "on a terminal a table fits its width; in a pipe, and with a WIDTH, it is Spark's" {
    command -v script >/dev/null || skip 'no script(1)'
    printf '{"long":"%s","wide":"%s","n":1,"日本":2}\n' abcdefghijklmnopqrstuvwxyz 日本語日本語日本語日本語 >in.ndjson
    aflatten --table 'long, wide, n' in.ndjson >piped
    check 0 'cut -c 1-200 piped | grep -c "abcdefghijklmnopq\.\.\."'
    shown() { check 0 "script -qefc 'stty cols $1; $2' /dev/null | tr -d '\r'"; }
    shown 40 'aflatten -q --table "long, wide, n" in.ndjson'
    same narrow "$output" \
'+----------------+----------------+---+
|            long|            wide|  n|
+----------------+----------------+---+
|abcdefghijklmno…| 日本語日本語日…|  1|
+----------------+----------------+---+'
    shown 25 'LC_ALL=C aflatten -q --table "long, wide, n, 日本" in.ndjson'
    same 'left out' "$output" \
'+---------+---------+---+
|     long|     wide|  n|
+---------+---------+---+
|abcdef...|日本語...|  1|
+---------+---------+---+
1 more column: 日本'
    shown 200 'aflatten -q --table "long" in.ndjson'
    same whole "$(sed -n 4p <<<"$output")" '|abcdefghijklmnopqrstuvwxyz|'
    shown 5 'aflatten -q --table "long" in.ndjson'
    same least "$(sed -n 4p <<<"$output")" '|abcdefg…|'
    shown 30 'aflatten -q --table=20,20 "long, wide, n" in.ndjson'
    same 'as said' "$output" "$(cat piped)"
    shown 50 'aflatten -q --bars n "long, wide, n" in.ndjson'
    same bars "$(sed -n 2p <<<"$output")" '|       long|       wide|  n|                    |'
}
