# aagg -e: groups of elements are those that aflatten -e in front of it would make.
load ../helper

events() {
    python3 - <<'PY'
import json, random
random.seed(11)
with open("t.ndjson", "w") as out:
    for i in range(20000):
        record = {"i": i, "at": "2024-01-01T%02d:%02d:00Z" % (i * 24 // 20000, i % 60), "c": random.choice("abc")}
        if random.random() < 0.9:
            record["qs"] = [{"id": "q%d" % random.randrange(50), "n": random.randrange(9),
                             "os": [random.randrange(5) for _ in range(random.randrange(4))]}
                            for _ in range(random.randrange(5))]
        out.write(json.dumps(record) + "\n")
PY
}

@test "aagg -e: as aflatten -e and aagg, for every kind of grouping, threads and memory" {
    events
    local flat="aflatten -T json -e 'qs as q' 'i, at, c, q.id as id, q.n as n, q_pos as pos' t.ndjson"
    local deep="aflatten -T json --outer -e 'qs as q' -e 'q.os as o' 'q.id as id, o, o_pos as pos' t.ndjson"
    local own piped
    while IFS='|' read -r own piped; do
        check 0 "$flat | aagg $piped >wanted"
        [ "$(wc -l <wanted)" -gt 1 ]
        check 0 "aagg -e 'qs as q' $own t.ndjson | cmp - wanted"
        check 0 "aagg -e 'qs as q' -j 4 --memory 1M $own <t.ndjson | cmp - wanted"
    done <<'PAIRS'
-g q.id 'count(*) as n, sum(q.n) as s, max(q_pos) as p'|-g id 'count(*) as n, sum(n) as s, max(pos) as p'
-g q.id 'first(i) as f, last(i) as l'|-g id 'first(i) as f, last(i) as l'
-g 'i, q_pos' 'collect_list(q.n) as v'|-g 'i, pos as q_pos' 'collect_list(n) as v'
-g 'rollup(c, q.id as id)' -o 'c, id' 'count(*) as n'|-g 'rollup(c, id)' -o 'c, id' 'count(*) as n'
-w 'q.n > 3' -o 's, id' -g q.id --having 's > 9' 'sum(i) s'|-w 'n > 3' -o 's, id' -g id --having 's > 9' 'sum(i) s'
-g "window(at, '1 hour') as w, q.id" -o '1, 2' 'sum(i) s'|-g "window(at, '1 hour') as w, id" -o '1, 2' 'sum(i) s'
'count(*) as n, approx_count_distinct(q.id) as d'|'count(*) as n, approx_count_distinct(id) as d'
PAIRS
    check 0 "$deep | aagg -g 'id, o' 'count(*) as n, max(pos) as p' >wanted"
    check 0 "aagg --outer -e 'qs as q' -e 'q.os as o' -g 'q.id, o' 'count(*) as n, max(o_pos) as p' t.ndjson |
        cmp - wanted"
    check 0 "split -n l/3 t.ndjson part && for p in part??; do
            aagg --partial -e 'qs as q' -g 'q.id as id' 'sum(q.n) as s' \$p
        done | aagg --merge -g 'q.id as id' -o id 'sum(q.n) as s' >merged"
    check 0 "$flat | aagg -g id -o id 'sum(n) as s' | cmp - merged"
}

@test "aagg -e: live, bad records as a whole, cells, and what it does not go with" {
    printf '%s\n' '{"k":1,"qs":[{"id":"a"},{"id":"b"}]}' '{"k":2,"qs":[{"id":"b"}]}' >t.ndjson
    check 0 "aagg --every 1s --mode complete -e 'qs as q' -g q.id 'count(*) as n' t.ndjson"
    same live "$output" $'id\tn\na\t1\nb\t2'
    printf '%s\n' '{"qs":[1,2,"x"]}' '{"qs":[5]}' '{"qs":7}' >bad.ndjson
    check 1 "aagg -e 'qs as q' 'sum(q) as s' bad.ndjson"
    [[ $errors == *"bad.ndjson:3: byte 1: qs: expected an array to explode, found a number"* ]]
    same nothing "$output" ""
    check 0 "aagg --ansi --bad bad.out -e 'qs as q' 'sum(cast(q as int)) as s' bad.ndjson && cat bad.out"
    same whole "$output" $'s\n5\n{"qs":[1,2,"x"]}\n{"qs":7}'
    check 0 "printf 's,n\na-b,1\na,2\n' | aagg -i csv -e \"split(s, '-') as e\" -g e 'sum(n) as n'"
    same csv "$output" $'e\tn\na\t3\nb\t1'
    check 2 "printf 's\na\n' | aagg -e s 'count(*)'"; [[ $errors == *"a TSV cell holds no array"* ]]
    check 2 "aagg --outer 'count(*)' t.ndjson"; [[ $errors == *"--outer goes with -e"* ]]
    check 2 "aagg --merge -e 'qs as q' 'count(*)' t.ndjson"; [[ $errors == *"-e goes with --partial"* ]]
}
