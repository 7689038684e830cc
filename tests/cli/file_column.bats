#!/usr/bin/env bats
# --file-column: each record's file, as a column of any form.
load ../helper

@test "a column says which file a record is in, in every form and tool" {
    printf '{"a":1}\n{"a":2}\n' >x.ndjson
    printf '{"a":3,"f":"mine"}\n' >y.ndjson
    printf 'a,b\n1,2\n' >x.csv
    printf 'b,a\n1,2\n' >y.csv
    mkdir -p d/k=7 && cp x.ndjson d/k=7/z.ndjson
    check 0 "aflatten --file-column f -T json 'a, f' x.ndjson y.ndjson"
    same json "$output" $'{"a":1,"f":"x.ndjson"}\n{"a":2,"f":"x.ndjson"}\n{"a":3,"f":"y.ndjson"}'
    check 0 "printf '%s\n' '{\"f\":\"mine\"}' '{\"a\":1, \"f\" :[1] , \"b\":{\"f\":2}}' >z.ndjson
        aflatten --file-column f -T json '*' z.ndjson"
    same 'in the place of a member' "$output" $'{"f":"z.ndjson"}\n{"a":1,"b":{"f":2},"f":"z.ndjson"}'
    check 0 "aflatten --file-column f '*' x.csv y.csv"
    same csv "$output" $'a\tb\tf\n1\t2\tx.csv\n2\t1\ty.csv'
    check 0 "aflatten --file-column f -w \"f like 'y%'\" 'f, a, upper(f) as g' x.csv y.csv"
    same where "$output" $'f\ta\tg\ny.csv\t2\tY.CSV'
    check 0 "aflatten --file-column a '*' x.csv"
    same 'it wins' "$output" $'a\tb\nx.csv\t2'
    check 0 "aflatten --file-column f -T json '*' d"
    same folder "$(head -n 1 <<<"$output")" '{"a":1,"k":7,"f":"d/k=7/z.ndjson"}'
    aflatten -T parquet a x.ndjson >p.parquet
    check 0 "aagg --file-column f -g f 'sum(a) as s' p.parquet"
    same parquet "$output" $'f\ts\np.parquet\t3'
    check 0 "ajoin --file-column f -k a 'a, l.f as lf, r.f as rf' x.ndjson x.csv"
    same join "$output" $'a\tlf\trf\n1\tx.ndjson\tx.csv'
    check 0 "asql --file-column f 'select f, count(*) as n from t group by f' t=d"
    same asql "$output" $'f\tn\nd/k=7/z.ndjson\t2'
    check 0 "aflatten --file-column f f <x.ndjson"
    same stdin "$output" $'f\n\\N\n\\N'
    check 0 "aflatten --file-column f '*' <x.ndjson && aflatten --file-column f 'f, * except (f)' <x.ndjson"
    same 'all of stdin' "$output" $'a\tf\n1\t\\N\n2\t\\N\nf\ta\n\\N\t1\n\\N\t2'
    check 0 "aflatten --file-column f --schema <x.ndjson"
    same 'schema of stdin' "$output" \
        $'root\n |-- a: long (nullable = true)\n |-- f: string (nullable = true)'
    mkdir -p 'n/k=__HIVE_DEFAULT_PARTITION__' && cp x.ndjson n/k=*/
    check 0 "aflatten '*' n >all && aflatten --scan all '*' n | cmp - all && cat all"
    same 'of a folder' "$output" $'a\tk\n1\t\\N\n2\t\\N'
    check 0 "aflatten --file-column f -T json '*' <x.ndjson"
    same 'as objects' "$output" $'{"a":1}\n{"a":2}'
    check 0 "aflatten --file-column f --table '*' - y.ndjson <x.ndjson | sed -n 2,5p"
    same 'stdin among others' "$output" $'|  a|       f|\n+---+--------+\n|  1|    NULL|\n|  2|    NULL|'
    check 0 "aflatten --summary --file-column f x.csv y.csv | cut -f 1,3,5,6 | tail -n 1"
    same summary "$output" $'f\t2\t2\tx.csv'
    check 2 "aflatten --file-column '' a x.csv"
    check 2 "aflatten --file-column f nope x.csv"
    [[ $errors == *nope* ]]
}

@test "the same for any number of threads, and names that need quotes" {
    for i in 1 2 3; do seq $i 3000 | sed 's/.*/{"a":&}/' >"in \"$i\".ndjson"; done
    check 0 'aflatten -j 1 --file-column f -T json "*" in*'
    one=$output
    check 0 'aflatten -j 4 --file-column f -T json "*" in*'
    [ "$output" = "$one" ]
    check 0 'aagg --file-column f -g f -T json "count(*) as n" in*'
    same names "$output" \
        $'{"f":"in \\"1\\".ndjson","n":3000}\n{"f":"in \\"2\\".ndjson","n":2999}\n{"f":"in \\"3\\".ndjson","n":2998}'
}
