# ajoin --asof: the nearest row in time, against a look at every pair; its options, types and errors.
load ../helper

@test "ajoin --asof: random tables, every kind and direction, as a look at every pair finds it" {
    local seed options
    for seed in $(seq 60); do
        options=$(python3 "$ROOT/tests/cli/asof.py" "$seed" 120)
        check 0 "ajoin $options | cmp - wanted.tsv" || { echo "seed $seed: $options" >&2; return 1; }
    done
}

@test "ajoin --asof: the same from temporary files, of which one key needs several, and for any number of threads" {
    local seed options
    for seed in $(seq 101 108); do
        options=$(python3 "$ROOT/tests/cli/asof.py" "$seed" 700)
        check 0 "ajoin -j 1 $options | cmp - wanted.tsv" || { echo "seed $seed: $options" >&2; return 1; }
        # wide rows: the memory holds few of them
        python3 - <<'PY'
import json
rows = [json.loads(line) for line in open("r.ndjson")]
with open("wide.ndjson", "w") as out:
    for row in rows:
        out.write(json.dumps(dict(row, pad="x" * 20000)) + "\n")
PY
        options=${options/r.ndjson/wide.ndjson}
        case $options in
        *"r.i as j'"*) options=${options/r.i as j/r.i + length(r.pad) - 20000 as j} ;;
        *) options="--on 'r.pad is not null' ${options/--on/-w \"true\" --on}" ;;
        esac
        [[ $options != *--on*--on* ]] || continue
        check 0 "ajoin --memory 1M -j 3 $options | cmp - wanted.tsv" || { echo "seed $seed: $options" >&2; return 1; }
    done
}

@test "ajoin --asof: names, stars, two names, forms" {
    printf 'k,t,price\na,2024-01-01 10:00:00,1\na,2024-01-01 10:05:00,2\nb,2024-01-01 10:00:00,3\n' >quotes.csv
    printf 'k\tat\tqty\na\t2024-01-01 10:04:59\t7\nb\t2024-01-01 09:00:00\t8\n' >trades.tsv
    check 0 "ajoin -k k --asof at=t '*' trades.tsv quotes.csv"
    same star "$output" $'k\tat\tqty\tt\tprice\na\t2024-01-01 10:04:59\t7\t2024-01-01 10:00:00\t1'
    sed 's/at/t/' trades.tsv >same.tsv
    check 0 "ajoin --left -k k --asof t '*' same.tsv quotes.csv"
    same once "$output" $'k\tt\tqty\tprice\na\t2024-01-01 10:04:59\t7\t1\nb\t2024-01-01 09:00:00\t8\t\\N'
    check 0 "ajoin --full -k k --asof t -T json 't, l.t as lt, r.t as rt, qty, price' same.tsv quotes.csv | tail -n 2"
    same full "$output" '{"t":"2024-01-01 10:05:00","lt":null,"rt":"2024-01-01 10:05:00","qty":null,"price":2}
{"t":"2024-01-01 10:00:00","lt":null,"rt":"2024-01-01 10:00:00","qty":null,"price":3}'
    check 0 "aflatten -T parquet 'k, cast(t as timestamp) as t, price' quotes.csv >q.parquet
        ajoin -k k --asof at=t --direction nearest --tolerance '3 minutes' 'qty, price' trades.tsv q.parquet"
    same parquet "$output" $'qty\tprice\n7\t2'
    check 0 "ajoin --asof at=t 'qty, price' trades.tsv quotes.csv"; same alone "$output" $'qty\tprice\n7\t3'
    printf '{"t":9007199254740993}\n' >l.ndjson
    printf '{"t":%s,"v":%s}\n' 9007199254740992 1 9007199254740994 2 >r.ndjson
    check 0 "ajoin --asof t 'v' l.ndjson r.ndjson"; same exact "$output" $'v\n1'
    check 0 "ajoin --asof t --direction forward -T csv 'v' l.ndjson r.ndjson"; same exact "$output" $'v\n2'
}

@test "ajoin --asof --on: each pair is asked once, also in several pieces, and what cannot be asked is one bad row" {
    seq 200 | sed 's/.*/{"t":100,"i":&}/' >l.ndjson
    seq 60 | sed 's/.*/{"t":&}/' >r.ndjson
    python3 -c 'for i in range(150): print("{\"t\":%d,\"pad\":\"%s\"}" % (i % 100, "x" * 20000))' >wide.ndjson
    for right in r.ndjson '--memory 1M wide.ndjson'; do
        check 0 "ajoin --asof t --on 'rand() < 0.5 or r.t < 0' i l.ndjson $right | wc -l"; same inner "$output" 201
        check 0 "ajoin --anti --asof t --on 'rand() < 0.5 or r.t < 0' i l.ndjson $right"; same anti "$output" i
    done
    for right in r.ndjson '--memory 1M wide.ndjson'; do
        check 0 "ajoin --bad skip --ansi --left --asof t --on '1 / (l.i - 7) < 2 and r.t >= 0' i l.ndjson $right >rest"
        [ "$(wc -l <rest)" = 200 ]
        [ "$(grep -c 'a joined row is left out\|skipped' <<<"$errors")" = 1 ]
    done
}

@test "ajoin --asof: bad data by its place, and what it does not go with" {
    printf '{"t":1}\n{"t":"soon"}\n' >l.ndjson; printf '{"t":1}\n' >r.ndjson
    check 1 "ajoin --asof t 't' l.ndjson r.ndjson"; [[ $errors == *"l.ndjson:2: byte 1: --asof: neither a number"* ]]
    check 1 "ajoin --asof t 't' r.ndjson l.ndjson"; [[ $errors == *"l.ndjson:2: byte 1: --asof: neither a number"* ]]
    check 0 "ajoin --bad skip --asof t 't' l.ndjson r.ndjson"; same skipped "$output" $'t\n1'
    check 1 "ajoin --tolerance 5s --asof t 't' r.ndjson r.ndjson"
    [[ $errors == *"r.ndjson:1: byte 1: --asof: a number, and --tolerance is a length of time"* ]]
    check 0 ": >empty.ndjson; ajoin --left --asof t 'l.t as t' r.ndjson empty.ndjson"; same empty "$output" $'t\n1'
    check 2 "ajoin --asof t --direction back 't' l.ndjson r.ndjson"; [[ $errors == *"expected backward, forward"* ]]
    check 2 "ajoin --asof t --tolerance -1 't' l.ndjson r.ndjson"; [[ $errors == *"--tolerance -1: expected"* ]]
    check 2 "ajoin -k t --tolerance 1 't' l.ndjson r.ndjson"; [[ $errors == *"go with --asof"* ]]
    check 2 "ajoin --asof t,k 't' l.ndjson r.ndjson"; [[ $errors == *"expected one column"* ]]
    check 2 "ajoin --asof t --follow 't' l.ndjson r.ndjson"; [[ $errors == *"--follow"* ]]
    check 2 "ajoin --asof t --cross 't' l.ndjson r.ndjson"; [[ $errors == *"--cross: each row with each"* ]]
}
