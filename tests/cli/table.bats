# Tables of --table, whichever tool prints them.
load ../helper

@test "aflatten: a table has never more rows than -n" {
    seq 30 | sed 's/.*/{"a":&}/' >thirty
    check 0 "aflatten -n 3 --table a thirty";    same rows "$(wc -l <<<"$output")" 7
    check 0 "aflatten -n 3 --table=2 a thirty";  same rows "$(tail -n 1 <<<"$output")" 'only showing top 2 rows'
    check 0 "aflatten -n 0 --table a thirty";    same rows "$(wc -l <<<"$output")" 4
    check 0 "aflatten -n 3 -o 'a desc' --table a thirty"; same rows "$(wc -l <<<"$output")" 7
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
    [[ $errors == *'--bars and --spark are drawn in tables: not with -T json'* ]]
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
