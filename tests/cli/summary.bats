#!/usr/bin/env bats
# aflatten --summary, --keys: what is in records.
load ../helper

# fact COLUMN FACT: a cell of the summary in $output.
fact() { awk -F'\t' -v c="$1" -v f="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == f) at = i}
    $1 == c {print $at}' <<<"$output"; }

@test "a row for each leaf, as DuckDB's SUMMARIZE has it" {
    printf '%s\n' '{"a":1,"o":{"s":"x"},"q":[1,2]}' '{"a":2.5,"o":{"s":"y"}}' '{"a":null,"o":{"s":"x"}}' \
        '{"a":4,"o":null,"b":true}' >in.ndjson
    check 0 'aflatten --summary in.ndjson'
    same columns "$(cut -f 1-7,13-15 <<<"$output")" \
'column_name	column_type	count	nulls	approx_unique	min	max	top	freq	histogram
a	double	4	1	3	1	4	1	1	[1,0,0,0,0,1,0,0,0,1]
b	boolean	4	3	1	true	true	true	1	\N
o.s	string	4	1	2	x	y	x	2	\N
q	array<bigint>	4	3	1	\N	\N	\N	\N	\N'
    [ "$(fact a avg) $(fact a std) $(fact a q25) $(fact a q50) $(fact a q75)" = '2.5 1.5 1.0 2.5 4.0' ]
}

@test "cells of TSV and CSV have the types that they read as" {
    printf 'n,m,d,t,b,s,e\n01,1.5,2024-05-01,2024-05-01 9:00,true,x,\n+3,2,2024-05-03,2024-05-01 10:00:30,false,7,\n' \
        >in.csv
    check 0 'aflatten --summary in.csv'
    same types "$(tail -n +2 <<<"$output" | cut -f 1,2,4,6,7)" \
'n	bigint	0	1	3
m	double	0	1.5	2
d	date	0	2024-05-01	2024-05-03
t	timestamp	0	2024-05-01 09:00:00	2024-05-01 10:00:30
b	boolean	0	false	true
s	string	0	7	x
e	void	2	\N	\N'
    [ "$(fact d q50)" = 2024-05-01 ]
    [ "$(fact t q75)" = '2024-05-01 10:00:30' ]
    printf 'a\tb\n' >empty.tsv
    check 0 'aflatten --summary empty.tsv | cut -f 1-4'
    same empty "$output" $'column_name\tcolumn_type\tcount\tnulls\na\tvoid\t0\t0\nb\tvoid\t0\t0'
    check 0 "echo '{\"a\":[null],\"s\":[{\"x\":{},\"y\":1}],\"n\":null}' | aflatten --summary | cut -f 1,2"
    same 'as Spark names them' "$output" \
        $'column_name\tcolumn_type\na\tarray<string>\nn\tvoid\ns\tarray<struct<y:bigint>>'
    check 0 'aflatten --summary </dev/null | wc -l'
    [ "$output" = 1 ]
}

@test "a key that is an object here and a number there is told of twice, and mixed types are strings" {
    check 0 "printf '%s\n' '{\"a\":{\"b\":1}}' '{\"a\":7}' '{\"c\":1}' '{\"c\":\"x\"}' | aflatten --summary"
    same columns "$(cut -f 1,2,4,6,7,9 <<<"$output")" \
'column_name	column_type	nulls	min	max	std
a	bigint	3	7	7	\N
a.b	bigint	3	1	1	\N
c	string	2	1	x	\N'
}

@test "the same bytes for any number of threads, from a file, a pipe, in any order, also where it is an estimate" {
    python3 - <<'PY'
import random
random.seed(16)
with open("in.ndjson", "w") as out:
    for i in range(60000):
        out.write('{"id":"%016x","x":%r,"n":%d,"w":"%s"}\n' % (random.getrandbits(64), random.lognormvariate(0, 3),
                  random.randrange(-10**6, 10**6), random.choice(["often"] * 3 + [str(random.randrange(5000))])))
PY
    aflatten --summary -T json in.ndjson >one
    aflatten -j 1 --summary -T json in.ndjson | cmp - one
    aflatten -j 7 --summary -T json in.ndjson | cmp - one
    aflatten --summary -T json <in.ndjson | cmp - one
    shuf --random-source=in.ndjson in.ndjson | aflatten --summary -T json | cmp - one
    python3 - <<'PY'
import json
rows = [json.loads(line) for line in open("in.ndjson")]
told = {r["column_name"]: r for r in map(json.loads, open("one"))}
for name in ("x", "n"):
    values = sorted(r[name] for r in rows)
    row = told[name]
    assert row["min"] == values[0] and row["max"] == values[-1], row
    for key, part in (("q25", .25), ("q50", .5), ("q75", .75)):
        exact = values[int(part * len(values)) - 1]
        assert abs(row[key] - exact) <= abs(exact) * 0.02 + 1e-9, (key, row[key], exact)
    assert sum(row["histogram"]) == len(values), row
    assert abs(row["avg"] - sum(values) / len(values)) <= 1e-9 * abs(row["avg"]) + 1e-9, row
for name in ("id", "x", "n", "w"):
    exact = len({r[name] for r in rows})
    assert abs(told[name]["approx_unique"] - exact) < 0.05 * exact, (name, told[name]["approx_unique"], exact)
often = sum(r["w"] == "often" for r in rows)
assert told["w"]["top"] == "often" and often <= told["w"]["freq"] < often * 1.01, told["w"]
assert told["id"]["top"] is None and told["id"]["freq"] is None
PY
}

@test "conditions choose records, order and limit the rows; every form" {
    printf '%s\n' '{"a":1,"b":"x"}' '{"a":2}' '{"a":3,"b":"y"}' >in.ndjson
    check 0 "aflatten --summary -w 'a > 1' -o 'nulls desc, column_name' -n 1 in.ndjson | cut -f 1,3,4"
    same rows "$output" $'column_name\tcount\tnulls\nb\t2\t1'
    check 0 "aflatten --summary -T csv in.ndjson | sed -n 1,2p | cut -d , -f 1-7"
    same csv "$output" $'column_name,column_type,count,nulls,approx_unique,min,max\na,bigint,3,0,3,1,3'
    check 0 "aflatten --summary -T parquet in.ndjson >out.parquet; aflatten -T json 'column_name, q50' out.parquet"
    same parquet "$output" $'{"column_name":"a","q50":2}\n{"column_name":"b","q50":null}'
    check 0 "aflatten --summary --table in.ndjson"
    check 2 "aflatten --summary -o nonsense in.ndjson"
    [[ $errors == *'there is no column nonsense, but column_name, '* ]]
    check 2 "aflatten --summary -e b in.ndjson"
    [[ $errors == *'--summary goes over whole records'* ]]
    check 2 "aflatten --summary --keys in.ndjson"
    check 1 "printf '{\"a\":1}\n{\"a\":\n' | aflatten --summary"
    [ -z "$output" ]
    [[ $errors == *'stdin:2: '* ]]
    check 0 "printf '{\"a\":1}\nx\n{\"a\":2}\n' | aflatten --summary --bad skip | cut -f 1-4 | tail -n 1"
    [ "$output" = $'a\tbigint\t2\t0' ]
}

@test "--keys: every path of keys, through arrays, as aflatten takes it" {
    printf '%s\n' '{"a":[{"b":1},{"b":null}],"odd name":{}}' '{"a":[],"c":{"d":[[{"e":true}]]}}' '{"a":7}' >in.ndjson
    check 0 'aflatten --keys in.ndjson'
    same keys "$output" \
'key	type	records	percent	count
a	array|number	3	100.0	3
a.b	number|null	1	33.33	2
c	object	1	33.33	1
c.d	array	1	33.33	1
c.d.e	boolean	1	33.33	1
`odd name`	object	1	33.33	1'
    check 0 "aflatten --keys -o 'records desc' -n 1 -T json in.ndjson"
    [ "$output" = '{"key":"a","type":"array|number","records":3,"percent":100.0,"count":3}' ]
    check 2 "printf 'a\tb\n1\t2\n' | aflatten --keys"
    [[ $errors == *'--keys goes with NDJSON'* ]]
}
