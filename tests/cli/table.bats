# Tables of --table, whichever tool prints them.
load ../helper

@test "aflatten: a table has never more rows than -n" {
    seq 30 | sed 's/.*/{"a":&}/' >thirty
    check 0 "aflatten -n 3 --table a thirty";    same rows "$(wc -l <<<"$output")" 7
    check 0 "aflatten -n 3 --table=2 a thirty";  same rows "$(tail -n 1 <<<"$output")" 'only showing top 2 rows'
    check 0 "aflatten -n 0 --table a thirty";    same rows "$(wc -l <<<"$output")" 4
    check 0 "aflatten -n 3 -o 'a desc' --table a thirty"; same rows "$(wc -l <<<"$output")" 7
}
