# --offset: rows left out at the beginning, whatever makes them, in any form, for any number of threads.
load ../helper

@test "--offset: the rows behind it, in each way that rows are made" {
    python3 - <<'PY'
import json, random
random.seed(7)
with open("t.ndjson", "w") as out:
    for i in range(30000):
        out.write(json.dumps({"i": i, "g": random.randrange(100), "x": random.random()}) + "\n")
PY
    head -n 5 t.ndjson >few.ndjson; gzip -k t.ndjson
    local ways=("aflatten 'i, x' t.ndjson" "aflatten -o 'x desc' 'i, x' t.ndjson" "aflatten -w 'g < 7' i t.ndjson.gz"
        "aflatten 'i, sum(x) over (order by i) as s' t.ndjson" "aflatten -e 'array(1, 2) as e' 'i, e' t.ndjson"
        "aagg -g g 'count(*) as n' t.ndjson" "aagg -g g -o 'n, g' 'count(*) as n' t.ndjson"
        "aagg -g i --memory 1M 'sum(x) as s' t.ndjson" "ajoin --left -k i 'i, l.x' t.ndjson few.ndjson"
        "ajoin --right -k i 'i, r.x' few.ndjson t.ndjson" "ajoin --full -k i --memory 1M 'i, l.x' t.ndjson few.ndjson"
        "asql 'select i from t order by x' t=t.ndjson" "asql 'select i, x from t limit 20000 offset 3' t=t.ndjson")
    local way form=tsv skip
    for way in "${ways[@]}"; do
        check 0 "$way -T $form --no-header >all"
        for skip in 4 17321 1000000; do
            tail -n +$((skip + 1)) all >wanted
            check 0 "$way -T $form --no-header -j 4 --offset $skip | cmp - wanted"
            check 0 "$way -T $form --no-header -j 1 --offset $skip -n 3 | cmp - <(head -n 3 wanted)"
        done
        case $form in tsv) form=json ;; json) form=csv ;; csv) form=tsv ;; esac
    done
}

@test "--offset: tables, Parquet, statements, and what it cannot be" {
    seq 10 | awk '{ print "{\"a\":" $1 "}" }' >t.ndjson; echo '{"b":1,"c":2}' >s.ndjson
    check 0 "aflatten --offset 7 --table=2 a t.ndjson"
    same table "$output" $'+---+\n|  a|\n+---+\n|  8|\n|  9|\n+---+\nonly showing top 2 rows'
    check 0 "aflatten --offset 8 -T parquet a t.ndjson >t.parquet && aflatten a t.parquet"
    same parquet "$output" $'a\n9\n10'
    check 0 "asql --offset 3 -n 9 'select a from t order by a desc limit 6 offset 2' t=t.ndjson"
    same both "$output" $'a\n5\n4\n3'
    check 0 "asql --pipe 'select a from t order by a desc limit 6 offset 2' t=t.ndjson"
    same pipe "$output" "aflatten -o 'a desc' -n 6 --offset 2 a t.ndjson"
    check 0 "asql 'select count(*) as n from (select a from t limit 6 offset 7)' t=t.ndjson"
    same inner "$output" $'n\n3'
    for form in tsv json csv; do
        for way in "--summary t.ndjson s.ndjson" "--summary -o 'column_name desc' t.ndjson s.ndjson" \
            "--keys t.ndjson s.ndjson" "--keys -o key t.ndjson s.ndjson"; do
            check 0 "aflatten -T $form --no-header $way >all"
            [ "$(wc -l <all)" = 3 ]
            check 0 "aflatten -T $form --no-header --offset 1 $way | cmp - <(tail -n +2 all)"
            check 0 "aflatten -T $form --no-header --offset 1 -n 1 $way | cmp - <(sed -n 2p all)"
            check 0 "aflatten -T $form --no-header --offset 9 $way"
            same none "$output" ""
        done
    done
    check 0 "aflatten --keys --offset 2 --table t.ndjson s.ndjson | grep -c '^| *[a-z]\+|number|'"
    same 'table of keys' "$output" 1
    check 2 "aflatten --offset -1 a t.ndjson"; [[ $errors == *"--offset -1: expected a whole number"* ]]
    check 2 "aagg --partial --offset 1 'count(*)' t.ndjson"; [[ $errors == *"--offset go with --merge"* ]]
    check 2 "aagg --every 1s --offset 1 -g a 'count(*)' t.ndjson"; [[ $errors == *"--mode complete"* ]]
    check 0 "aagg --every 1s --mode complete --offset 9 -g a 'count(*) as n' t.ndjson"
    same live "$output" $'a\tn\n10\t1'
}
