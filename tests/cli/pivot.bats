# aagg --pivot: what stands where, against a plain count of every pair; forms, parts, memory and errors.
load ../helper

courses() {
    printf '%s\n' y,c,x 2012,dotNET,10000 2012,Java,20000 2012,dotNET,5000 2013,dotNET,48000 2013,Java,30000 2014,,1 \
        >c.csv
}

@test "aagg --pivot: random tables, values found and listed, as dictionaries have it" {
    cat >wanted.py <<'PY'
import json, random, sys
random.seed(int(sys.argv[1]))
rows = [{"k": random.choice([None, "a", "b", 1, 2.5]), "m": random.randrange(3),
         "v": random.choice([None, "x", "y", "z w", "é"]) if random.random() < .5 else random.randrange(12),
         "n": random.choice([None, *range(50)])} for i in range(random.choice([1, 40, 3000]))]
with open("t.ndjson", "w") as out:
    out.writelines(json.dumps(row) + "\n" for row in rows)
def text(value):
    return "null" if value is None else str(value)
def rank(value):
    return (0, 0) if value is None else (1, value) if not isinstance(value, str) else (2, value.encode())
values = sorted({row["v"] for row in rows}, key=rank)
if len(sys.argv) > 2:
    values = [None, "x", 3, "never"]
groups = {}
for row in rows:
    groups.setdefault((row["k"], row["m"]), {}).setdefault(text(row["v"]), []).append(row["n"])
with open("wanted", "w") as out:
    names = [text(value) + end for value in values for end in ("_s", "_c")]
    print("k", "m", *names, sep="\t", file=out)
    for key, cells in groups.items():
        line = []
        for value in values:
            met = cells.get(text(value))
            some = [n for n in met or [] if n is not None]
            line += ["\\N" if not some else str(sum(some)), "\\N" if met is None else str(len(met))]
        print("\\N" if key[0] is None else key[0], key[1], *line, sep="\t", file=out)
PY
    local seed list="'sum(n) as s, count(*) as c'"
    for seed in $(seq 12); do
        python3 wanted.py "$seed"
        check 0 "aagg -g 'k, m' --pivot v $list t.ndjson | cmp - wanted"
        check 0 "aagg -g 'k, m' --pivot v -j 4 --memory 1M $list - <t.ndjson | cmp - wanted"
        check 0 "split -n l/3 t.ndjson part. && for part in part.*; do
                aagg --partial -g 'k, m' --pivot v $list \$part; done |
            aagg --merge -g 'k, m' --pivot v -o '1, 2' $list | cmp - <(head -n 1 wanted; aagg -g 'k, m' \
                --pivot v -o 'k, m' --no-header $list t.ndjson)"
        python3 wanted.py "$seed" listed
        check 0 "aagg -g 'k, m' --pivot \"v in (null, 'x', 3, 'never')\" $list t.ndjson | cmp - wanted"
    done
}

@test "aagg --pivot: names, having, order, offset, several columns, each form" {
    courses
    check 0 "aagg -g y --pivot c 'sum(x)' c.csv"
    same found "$output" $'y\tnull\tJava\tdotNET\n2012\t\\N\t20000\t15000\n2013\t\\N\t30000\t48000\n2014\t1\t\\N\t\\N'
    check 0 "aagg -g y --pivot \"c in ('Java' as j, 'C')\" --having 'j is not null' -o 'j desc' 'sum(x) as s' c.csv"
    same named "$output" $'y\tj\tC\n2013\t30000\t\\N\n2012\t20000\t\\N'
    check 0 "aagg -g c --pivot y -o '\`2012_s\` desc' --offset 1 -n 1 -T json 'count(*), sum(x) as s' c.csv"
    local dotnet='"2012_s":15000,"2013_count(*)":1,"2013_s":48000,"2014_count(*)":null,"2014_s":null'
    same json "$output" "{\"c\":\"dotNET\",\"2012_count(*)\":2,$dotnet}"
    check 0 "aagg -g c --pivot '(y, x > 9000) in ((2012, true) as a, (2013, false))' 'count(*)' c.csv"
    same several "$output" $'c\ta\t{2013, false}\ndotNET\t1\t\\N\nJava\t1\t\\N\n\\N\t\\N\t\\N'
    check 0 "aagg --pivot 'year(d)' 'max(d)' -T csv <<<'{\"d\":\"2024-05-06\"}'"
    same computed "$output" $'2024\n2024-05-06'
    check 0 "aagg -g y --pivot c 'sum(x) as s' -T parquet c.csv >p.parquet && aflatten 'y, Java' p.parquet"
    same parquet "$output" $'y\tJava\n2012\t20000\n2013\t30000\n2014\t\\N'
    check 0 "aagg -g y --pivot c 'sum(x)' --table=1 c.csv"
    same table "$output" $'+----+----+-----+------+\n|   y|null| Java|dotNET|\n+----+----+-----+------+
|2012|NULL|20000| 15000|\n+----+----+-----+------+\nonly showing top 1 row'
    check 0 "aagg -e 'array(1, 2) as e' -g y --pivot e 'sum(x + e) as s' -w 'y < 2014' c.csv"
    same exploded "$output" $'y\t1\t2\n2012\t35003\t35006\n2013\t78002\t78004'
    check 0 "head -n 1 c.csv | aagg -i csv -g y --pivot c 'sum(x)'"; same nothing "$output" "y"
    check 0 "head -n 1 c.csv | aagg -i csv --pivot c 'sum(x)'"; same nothing "$output" ""
    check 0 "head -n 1 c.csv | aagg -i csv --pivot 'c in (1)' 'count(*)'"; same nulls "$output" $'1\n\\N'
}

@test "aagg --pivot: what is refused, and where" {
    courses
    wrong() { check 2 "aagg -g y --pivot $1 c.csv"; [[ $errors == *"$2"* ]] || { echo "$errors"; return 1; }; }
    wrong "c 'y, sum(x)'" "with --pivot the list is of aggregates"
    wrong "c ''" "expected aggregates"
    wrong "c -o zz 'sum(x)'" "no column that comes out is called so"
    wrong "c --having 'sum(x) > 1' 'sum(x)'" "aggregate"
    wrong "'c in (x)' 'sum(x)'" "a value is a constant"
    wrong "'c in (1, lowe(\"A\"))' 'sum(x)'" $'c in (1, lowe("A"))\n           ^'
    wrong "'c in (1, 1.0)' 'sum(x)'" "listed twice"
    wrong "'c in (1 as a, 2 as a)' 'sum(x)'" "two columns are called a"
    wrong "'c in (1 as y)' 'sum(x)'" "two columns are called y"
    wrong "'c in (1' 'sum(x)'" "expected in (value"
    wrong "'c in ()' 'sum(x)'" "no values"
    wrong "'' 'sum(x)'" "expected a column"
    wrong "'(c, x) in (1)' 'sum(x)'" "a value for each column"
    wrong "c --every 1s 'sum(x)'" "--every"
    check 2 "aagg -g 'rollup(y)' --pivot c 'sum(x)' c.csv"; [[ $errors == *"goes with plain keys"* ]]
    check 2 "aagg -g ', y' --pivot c 'sum(x)' c.csv"; [[ $errors == *"a key is missing"* ]]
    check 2 "aagg -g all --pivot c 'y, sum(x)' c.csv"; [[ $errors == *"name the keys"* ]]
    check 1 "seq 10001 | sed 's/.*/{\"v\":&}/' | aagg --pivot v 'count(*)'"
    [[ $errors == *"more than 10000 values; list those that are wanted"* ]]; same whole "$output" ""
    check 0 "seq 10000 | sed 's/.*/{\"v\":&}/' | aagg --pivot v -T json 'count(*)' | aslice length"
    same most "$output" 10000
}

@test "aagg --pivot, asql's PIVOT: --bars and --spark draw the columns that come out" {
    courses
    check 0 "aagg -g y --pivot c --bars Java 'sum(x) as s' c.csv"
    same found "$(sed -n '2p;4p' <<<"$output")" \
'|   y|null| Java|                    |dotNET|
|2012|NULL|20000|█████████████▍      | 15000|'
    check 0 "aagg -g y --pivot \"c in ('Java' as j)\" --bars j_n 'sum(x), count(*) as n' c.csv | sed -n 4p"
    same 'one of several' "$output" '|2012|   20000|   1|████████████████████|'
    check 2 "aagg -g y --pivot c --bars s 'sum(x) as s' c.csv"
    [[ $errors == *'--bars s: no such column among y, null, Java, dotNET'* ]]
    check 2 "aagg -g y --pivot \"c in ('Java')\" --spark c 'sum(x) as s'" # before anything is read
    [[ $errors == *'--spark c: no such column among y, Java'* ]]
    local statement="select * from t pivot (sum(x) for c in ('Java', 'dotNET'))"
    check 0 "asql --bars Java \"$statement\" t=c.csv | sed -n 4p"
    same asql "$output" '|2012|20000|█████████████▍      | 15000|'
    check 2 "asql --bars s \"$statement\" t=c.csv"
    [[ $errors == *'--bars s: no such column among y, Java, dotNET'* ]]
}

@test "aagg --pivot: SIGUSR1 prints the columns so far, and the end has all" {
    mkfifo in
    aagg -g y --pivot c 'sum(x) as s' in >out 2>err 3>&- &
    local pid=$!
    exec 9>in
    printf '{"y":1,"c":"b","x":2}\n' >&9
    eventually bash -c "kill -USR1 $pid && [ -s out ]"
    printf '{"y":1,"c":"a","x":3}\n{"y":2,"c":"b","x":4}\n' >&9
    exec 9>&-
    wait "$pid"
    same first "$(head -n 2 out)" $'y\tb\n1\t2'
    same last "$(tail -n 3 out)" $'y\ta\tb\n1\t3\t2\n2\t\\N\t4'
}
