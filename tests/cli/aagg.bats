# aagg: groups, keys, aggregates, order and limits, bad records, spilling, partial states.
load ../helper

people() {
    cat >people.ndjson <<'END'
{"city":"Ulm","age":30,"pay":1.5}
{"city":"Bonn","age":41,"pay":2}
{"city":"Ulm","age":null,"pay":0.1}
{"age":7,"pay":0.2}
{"city":"Bonn","age":41}
{"city":null,"age":1,"pay":-3e2}
END
}

@test "groups come in first-seen order, a missing key is null" {
    people
    check 0 "aagg -g city 'count(*) as n, count(age) as ages, sum(age) as sum, avg(pay) as mean' people.ndjson"
    same table "$output" $'city\tn\tages\tsum\tmean
Ulm\t2\t1\t30\t0.8
Bonn\t2\t2\t82\t2.0
\\N\t2\t2\t8\t-149.9'
    same quiet "$errors" ''
}

@test "without -g there is one row, also of nothing" {
    people
    check 0 "aagg 'count(*), sum(age), min(city), max(pay)' people.ndjson"
    same one "$output" $'count(*)\tsum(age)\tmin(city)\tmax(pay)\n6\t120\tBonn\t2'
    check 0 "printf '' | aagg 'count(*), count(x), sum(x), avg(x), min(x), stddev(x), median(x), collect_list(x),
        collect_set(x), approx_count_distinct(x), bool_and(x), first(x), string_agg(x), mode(x)'"
    same nothing "$(tail -n 1 <<<"$output")" $'0\t0\t\\N\t\\N\t\\N\t\\N\t\\N\t[]\t[]\t0\t\\N\t\\N\t\\N\t\\N'
    check 0 "printf '' | aagg -g a 'count(*)'"
    same 'no groups' "$output" $'a\tcount(*)'
    check 0 "printf 'a\tb\n' | aagg -g a 'count(b)'"
    same 'a header alone' "$output" $'a\tcount(b)'
}

@test "keys: several, named, computed; earlier names are usable later" {
    people
    check 0 "aagg -g 'lower(city) as town, length(town) as letters' 'sum(age) as years, years / count(*) as each,
        max(letters) as same' people.ndjson"
    same table "$output" $'town\tletters\tyears\teach\tsame
ulm\t3\t30\t15.0\t3
bonn\t4\t82\t41.0\t4
\\N\t\\N\t8\t4.0\t\\N'
    check 0 "aagg -g 'city, age > 30 as old' 'count(*) as n' people.ndjson"
    same two "$output" $'city\told\tn\nUlm\tfalse\t1\nBonn\ttrue\t2\nUlm\t\\N\t1\n\\N\tfalse\t2'
    check 0 "aagg -g 'age + 1 as next' 'next * 2 as twice, sum(next) as s' people.ndjson"
    same computed "$output" $'next\ttwice\ts\n31\t62\t31\n42\t84\t84\n\\N\t\\N\t\\N\n8\t16\t8\n2\t4\t2'
}

@test "keys compare by value and are written as first seen" {
    printf '%s\n' '{"a":"\u0041","n":1}' '{"a":"A","n":1.0}' '{"a":"A","n":10e-1}' '{"a":"\u0041","n":2}' '{"n":-0.0}' \
        '{"n":0}' >k.ndjson
    check 0 "aagg -T json -g a 'count(*) as n' k.ndjson"
    same strings "$output" $'{"a":"\\u0041","n":4}\n{"a":null,"n":2}'
    check 0 "aagg -g n 'count(*) as c' k.ndjson"
    same numbers "$output" $'n\tc\n1\t3\n2\t1\n-0.0\t2'
    printf '%s\n' '{"a":[1,2]}' '{"a":[1, 2]}' '{"a":{"b":1}}' '{"a":"[1,2]x"}' >n.ndjson
    check 0 "aagg -T json -g a 'count(*) as c' n.ndjson"
    same nested "$output" $'{"a":[1,2],"c":2}\n{"a":{"b":1},"c":1}\n{"a":"[1,2]x","c":1}'
}

@test "where, having, order, limit; ties keep first-seen order" {
    people
    check 0 "aagg -w 'pay > 0' -g city -o 'n desc, city' 'count(*) as n' people.ndjson"
    same where "$output" $'city\tn\nUlm\t2\n\\N\t1\nBonn\t1'
    check 0 "aagg -g city --having 'top is not null and count(age) > 1' 'max(city) as top' people.ndjson"
    same having "$output" $'city\ttop\nBonn\tBonn'
    check 0 "aagg -g city -o 'n' 'count(*) as n' people.ndjson | tail -n +2 | cut -f 1 | paste -sd' '"
    same ties "$output" 'Ulm Bonn \N'
    check 0 "aagg -g city -o 'city desc nulls first' -n 2 'count(*) as n' people.ndjson"
    same top "$output" $'city\tn\n\\N\t2\nUlm\t2'
    check 0 "aagg -g city -n 1 'count(*) as n' people.ndjson";   same 'one row' "$output" $'city\tn\nUlm\t2'
    check 0 "aagg -g city -n 0 'count(*) as n' people.ndjson";   same 'no row' "$output" $'city\tn'
    check 0 "aagg -g city -o 'max(age) desc' 'count(*) as n' people.ndjson | cut -f 1 | paste -sd' '"
    same 'an aggregate that is not selected' "$output" 'city Bonn Ulm \N'
}

@test "forms: tsv, json, table, no header, null" {
    people
    check 0 "aagg -T json -g city 'collect_list(age) as ages, avg(age) as mean' people.ndjson"
    same json "$output" '{"city":"Ulm","ages":[30],"mean":30.0}
{"city":"Bonn","ages":[41,41],"mean":41.0}
{"city":null,"ages":[7,1],"mean":4.0}'
    check 0 "aagg --no-header --null - -g city 'min(pay) as m' people.ndjson"
    same null "$output" $'Ulm\t0.1\nBonn\t2\n-\t-3e2'
    check 0 "aagg --table -g city 'count(*) as n' people.ndjson"
    same table "$output" '+----+---+
|city|  n|
+----+---+
| Ulm|  2|
|Bonn|  2|
|NULL|  2|
+----+---+'
    check 0 "aagg --table=1 -g city 'count(*) as n' people.ndjson | tail -n 1"
    same more "$output" 'only showing top 1 row'
    check 0 "aagg --table=1 -o 'city desc' -g city 'count(*) as n' people.ndjson | sed -n 4p"
    same 'ordered table' "$output" '| Ulm|  2|'
}

@test "TSV: cells are numbers only if all of a group are" {
    printf 'g\tv\n1\t10\n1\t9\n2\t10\n2\t9\n2\tx\n3\t\\N\n' >t.tsv
    check 0 "aagg -g g 'min(v) as a, max(v) as b, sum(v) as s, count(v) as c, max_by(g, v) as m' t.tsv"
    same cells "$output" $'g\ta\tb\ts\tc\tm\n1\t9\t10\t19\t2\t1\n2\t10\tx\t19\t3\t2\n3\t\\N\t\\N\t\\N\t0\t\\N'
    check 0 "aagg -g v -o v 'count(*) as n' t.tsv | cut -f 1 | paste -sd' '"
    same words "$output" 'v \N 10 9 x'
    check 0 "grep -v x t.tsv | aagg -g v -o v 'count(*) as n' | cut -f 1 | paste -sd' '"
    same numbers "$output" 'v \N 9 10'
    check 0 "printf 'k\tb\n007\ttrue\n7\tfalse\n7\ttrue\n' | aagg -g k 'count_if(b) as t, bool_and(b) as all'"
    same 'texts are not numbers' "$output" $'k\tt\tall\n007\t1\ttrue\n7\t1\tfalse'
    check 2 "aagg -g h 'count(*)' t.tsv"
    [[ $errors == *'h'*'g, v'* ]]
    check 0 "printf 'a\tb\nx\\\\ty\t1\nx\\\\ty\t2\n' | aagg -g a 'sum(b) as s'"
    same escapes "$output" $'a\ts\nx\\ty\t3'
}

@test "exact sums: no order, no overflow on the way, an error beyond 64 bits" {
    check 0 "printf '{\"x\":%s}\n' 1e308 1e308 -1e308 -1e308 3 | aagg -T json 'sum(x) as s, avg(x) as m'"
    same doubles "$output" '{"s":3.0,"m":0.6}'
    check 0 "printf '{\"x\":%s}\n' 9223372036854775807 9223372036854775807 -9223372036854775807 |
        aagg 'sum(x) as s, avg(x) as m'"
    same longs "$output" $'s\tm\n9223372036854775807\t3.0744573456182584E18'
    check 1 "printf '{\"g\":\"a\",\"x\":%s}\n' 1 9223372036854775807 1 | aagg -g g 'sum(x)'"
    same 'nothing written' "$output" ''
    [[ $errors == 'aagg: group g="a": sum(x): the sum is beyond 64 bits'* ]]
    check 0 "printf '{\"x\":%s}\n' 12345678901234567890 1 | aagg 'sum(x) as s, avg(x) as m'"
    same decimals "$output" $'s\tm\n12345678901234567891\t6172839450617283945.5000'
    check 0 "printf '{\"x\":%s}\n' 1e9 1000000001 1000000002 | aagg 'stddev(x) as s, var_pop(x) as v'"
    same 'no cancelling' "$output" $'s\tv\n1.0\t0.6666666666666666'
}

@test "aggregates: the others" {
    printf '%s\n' '{"g":1,"x":3,"s":"b","t":true}' '{"g":1,"x":1,"s":"a","t":null}' '{"g":1,"x":3,"s":null,"t":false}' \
        '{"g":1,"x":2,"s":"b","t":true}' >v.ndjson
    check 0 "aagg 'count(distinct x) as a, count(distinct x, s) as b, sum(distinct x) as c, avg(distinct x) as d,
        count(*) filter (where x > 1) as e' v.ndjson"
    same distinct "$(tail -n 1 <<<"$output")" $'3\t3\t6\t2.0\t3'
    check 0 "aagg 'first(s) as a, last(s) as b, first(t, true) as c, last(t) ignore nulls as d, any_value(x) as e,
        max_by(s, x) as f, min_by(s, x) as g' v.ndjson"
    same first "$(tail -n 1 <<<"$output")" $'b\tb\ttrue\ttrue\t3\tb\ta'
    check 0 "aagg 'collect_list(s) as a, collect_set(s) as b, array_agg(distinct s) as c, string_agg(s, \"-\") as d,
        listagg(distinct s) as e, string_agg(x) as f' v.ndjson"
    same lists "$(tail -n 1 <<<"$output")" $'["b","a","b"]\t["a","b"]\t["b","a"]\tb-a-b\tba\t3132'
    check 0 "aagg 'bool_and(t) as a, bool_or(t) as b, every(x > 0) as c, some(x > 3) as d, count_if(t) as e,
        mode(x) as f, mode(s) as g' v.ndjson"
    same bools "$(tail -n 1 <<<"$output")" $'false\ttrue\ttrue\tfalse\t2\t3\tb'
    check 0 "aagg 'median(x) as a, percentile(x, 0.25) as b, percentile(x, 1) as c,
        percentile(x, 0) filter (where x > 1) as d' v.ndjson"
    same percentiles "$(tail -n 1 <<<"$output")" $'2.5\t1.75\t3.0\t2.0'
}

@test "approx_count_distinct stays within its error" {
    for n in 10 300 1000 5000 50000; do
        check 0 "seq $n | sed 's/.*/{\"x\":\"id-&\"}/' |
            aagg --no-header 'approx_count_distinct(x), approx_count_distinct(x, 0.01)'"
        read -r rough fine <<<"$output"
        ((rough * 100 >= n * 87 && rough * 100 <= n * 113 && fine * 1000 >= n * 970 && fine * 1000 <= n * 1030)) || {
            echo "$n: $rough $fine" >&2
            return 1
        }
    done
}

@test "wrong arguments are named, status 2" {
    people
    check 2 "aagg -g city 'age, count(*)' people.ndjson"
    same stray "$errors" \
        'aagg: keys and select list: age is neither a key (-g) nor in an aggregate; first(age) takes one of its values
  city, age, count(*)
        ^'
    check 2 "aagg -g city 'summ(age)' people.ndjson";               [[ $errors == *'did you mean sum?'* ]]
    check 2 "aagg -g city 'cnt(age)' people.ndjson";                [[ $errors == *'did you mean count?'* ]]
    check 2 "aagg -g city '*' people.ndjson";                       [[ $errors == *'* can'\''t be grouped'* ]]
    check 2 "aagg -g '*' 'count(*)' people.ndjson";                 [[ $errors == *'name the keys'* ]]
    check 2 "aagg -g 'count(*)' 'sum(age)' people.ndjson";          [[ $errors == *'-g: count is an aggregate'* ]]
    check 2 "aagg -w 'count(*) > 1' 'sum(age)' people.ndjson";      [[ $errors == *'where: count is an aggregate'* ]]
    check 2 "aagg 'sum(max(age))' people.ndjson"
    [[ $errors == *'an aggregate within an aggregate'* ]]
    check 2 "aagg -g city 'count(*) as city' people.ndjson";        [[ $errors == *'two columns are called city'* ]]
    check 2 "aagg 'percentile(age, 2)' people.ndjson";              [[ $errors == *'a fraction from 0 to 1'* ]]
    check 2 "aagg 'percentile(age, pay)' people.ndjson";            [[ $errors == *'argument 2 must be a constant'* ]]
    check 2 "aagg 'approx_count_distinct(age, 0.9)' people.ndjson"; [[ $errors == *'from 0.003 to 0.39'* ]]
    check 2 "aagg";                                                 [[ $errors == *'expected a select list'* ]]
    check 2 "aagg 'count(*)' nothere"
    [[ $errors == *'nothere: no such file; quote the select list'* ]]
    check 2 "aagg -j 0 'count(*)' people.ndjson";                   [[ $errors == *'from 1 to'* ]]
    check 2 "aagg --memory 10 'count(*)' people.ndjson";            [[ $errors == *'--memory 10'* ]]
    check 2 "aagg --partial --having 'n > 1' 'count(*) as n' people.ndjson"
    check 2 "aagg --merge -w 'age > 1' 'count(*) as n' people.ndjson"
    check 2 "aagg --nonsense 'count(*)'";                           [[ $errors == *'--nonsense'* ]]
}

@test "a bad record: status 1 and no table; --bad goes on without any of it" {
    printf '%s\n' '{"a":1}' '{"a":}' '{"a":3}' >bad.ndjson
    check 1 "aagg 'sum(a)' bad.ndjson"
    same nothing "$output" ''
    same where "$errors" 'aagg: bad.ndjson:2: byte 6: expected a value'
    check 0 "aagg --bad skip 'sum(a) as s' bad.ndjson"
    same rest "$output" $'s\n4'
    same counted "$errors" 'aagg: 1 bad record skipped'
    printf '%s\n' '{"a":1,"b":true}' '{"a":2,"b":3}' '7' >bool.ndjson
    check 1 "aagg 'count(*), sum(b)' bool.ndjson"
    same 'a boolean is no number' "$errors" 'aagg: bool.ndjson:1: byte 1: sum(b): a value that is no number'
    check 0 "aagg -q --bad aside -g a 'count(*) as n, sum(b) as s' bool.ndjson && cat aside"
    same 'not even its group' "$output" $'a\tn\ts\n2\t1\t3\n{"a":1,"b":true}\n7'
    check 1 "printf '{\"a\":\"x\"}\n' | aagg --ansi 'sum(a)'"
    check 0 "printf '{\"a\":\"x\"}\n{\"a\":\"2\"}\n' | aagg 'sum(a) as s'"
    same 'a text counts as its number' "$output" $'s\n2.0'
}

@test "a path that no record has is warned of" {
    people
    check 0 "aagg -g ctiy 'count(*) as n' people.ndjson"
    same warned "$errors" 'aagg: no record has the path ctiy'
}

@test "full disk and closed pipe" {
    people
    check 3 "aagg -g city 'count(*)' people.ndjson >/dev/full"
    [[ $errors == 'aagg: stdout: No space left on device' ]]
    check 0 "seq 200000 | sed 's/.*/{\"k\":&}/' | { aagg -T json -g k 'count(*) as number'; echo \$? >status; } |
        head -n 2 | wc -l"
    same 'died of SIGPIPE' "$(<status)" 141
    same quiet "$errors" ''
}

every='count(*) as n, count(x), sum(x), sum(y), avg(y), avg(x), min(s), max(y), stddev(y), var_pop(x),
    count(distinct s), sum(distinct x), median(y), percentile(x, 0.9), mode(x), collect_set(x),
    approx_count_distinct(y), max_by(s, y), min_by(x, y), bool_and(x > 2), bool_or(y > 99), count_if(x > 50),
    count(*) filter (where s < "m") as m, corr(x, y), covar_samp(x, y), regr_slope(y, x),
    regr_intercept(y, x), bit_xor(x), bit_and(x), approx_percentile(y, 0.3)'
ordered='first(y), last(s), first(s, true), any_value(x), collect_list(x), string_agg(s, ","), array_agg(distinct x)'

# Random groups: nulls, whole numbers, doubles of all sizes, decimals beyond 64 bits, texts.
random_rows() {
    awk -v n="$1" -v groups="$2" -v seed="$3" 'BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) {
            g = int(rand() * groups)
            x = rand() < .1 ? "null" : int(rand() * 100)
            y = rand() < .1 ? "null" : sprintf("%.17g", (rand() - .5) * 10 ^ int(rand() * 30 - 10))
            s = rand() < .1 ? "null" : sprintf("\"%c%d\"", 97 + int(rand() * 26), rand() * 5)
            printf "{\"g\":\"key %d\",\"h\":%d,\"x\":%s,\"y\":%s,\"s\":%s}\n", g, g % 7, x, y, s
        }
    }'
}

@test "the same bytes for 1, 2 and 7 threads, file, pipe and gzip, and with next to no memory" {
    random_rows 10000 1500 1 >r.ndjson
    gzip -k r.ndjson
    local q="-g 'g, h' '${every}, ${ordered}'"
    check 0 "aagg -j 1 $q r.ndjson | sha256sum"
    local want=$output
    check 0 "aagg -j 1 --no-header $q r.ndjson | wc -l"
    ((output > 1400))
    for how in "aagg -j 2 $q r.ndjson" "aagg -j 7 $q r.ndjson" "cat r.ndjson | aagg $q" "aagg $q r.ndjson.gz" \
        "aagg -j 1 --memory 1M $q r.ndjson" "aagg -j 2 --memory 1M $q r.ndjson" "aagg -j 7 --memory 1M $q r.ndjson"; do
        check 0 "$how | sha256sum"
        same "$how" "$output" "$want"
    done
    for form in '-T json' '--table=7' "-o 'n desc, g' -n 50" "-o 'max(y)'" "--having 'n > 9'" '-n 33'; do
        check 0 "aagg $form -j 1 $q r.ndjson | sha256sum"
        want=$output
        check 0 "aagg $form -j 2 --memory 1M $q r.ndjson | sha256sum"
        same "$form" "$output" "$want"
    done
}

@test "TSV spills to the same bytes too; the order may be spilled as well" {
    random_rows 40000 40000 2 >r.ndjson
    aflatten 'g, h, x, y, s' r.ndjson >r.tsv
    check 0 "aagg -j 1 -g g -o 'x desc, g' 'max(x) as x, min(s) as s, sum(y) as y' r.tsv | sha256sum"
    local want=$output
    check 0 "aagg -j 2 --memory 1M -g g -o 'x desc, g' 'max(x) as x, min(s) as s, sum(y) as y' r.tsv | sha256sum"
    same spilled "$output" "$want"
}

@test "spilling needs a place: without one status 3, a message and no output" {
    random_rows 40000 40000 3 >r.ndjson
    check 3 "TMPDIR=/nonexistent aagg --memory 1M -g g 'count(*)' r.ndjson"
    same nothing "$output" ''
    [[ $errors == 'aagg: temporary file in /nonexistent: '* ]]
    check 3 "ulimit -f 100; trap '' XFSZ; aagg --memory 1M -g g 'count(*), collect_list(y)' r.ndjson | cat"
    same nothing "$output" ''
    [[ $errors == *'File too large'* ]]
    mkdir tmp
    check 0 "TMPDIR=tmp aagg --memory 1M -g g 'count(*)' r.ndjson | wc -l && ls -A tmp | wc -l"
    same 'nothing is left behind' "$(tail -n 1 <<<"$output")" 0
}

@test "an alias changes what the same text aggregates, in every clause" {
    row='{"b":1,"c":5}'
    check 0 "echo '$row' | aagg -g c 'sum(b), c as b, sum(b) as s2'"
    same select "$output" $'c\tsum(b)\tb\ts2\n5\t1\t5\t5'
    check 0 "echo '$row' | aagg -g c --having 'sum(b) = 5' 'sum(b), c as b'"
    same having "$output" $'c\tsum(b)\tb\n5\t1\t5'
    check 0 "echo '$row' | aagg -g c --having 'sum(b) = 1' 'sum(b), c as b'"
    same 'having the field' "$output" $'c\tsum(b)\tb'
    check 0 "echo '$row' | aagg -g c 'count(*) filter (where b = 5), c as b, count(*) filter (where b = 5) as n'"
    same filter "$output" $'c\tcount(*) filter (where b = 5)\tb\tn\n5\t0\t5\t1'
    check 0 "echo '$row' | aagg -g c 'percentile_cont(0.5) within group (order by b) as p, c as b,
        percentile_cont(0.5) within group (order by b) as q'"
    same 'within group' "$output" $'c\tp\tb\tq\n5\t1.0\t5\t5.0'
    check 0 "printf '%s\n' '{\"k\":1,\"b\":1,\"c\":9}' '{\"k\":2,\"b\":2,\"c\":8}' |
        aagg -g k,c -o 'sum(b)' 'sum(b) as s, c as b'"
    same 'order by' "$output" $'k\tc\ts\tb\n2\t8\t2\t8\n1\t9\t1\t9'
    check 0 "echo '$row' | aagg 'sum(b) as x, SUM( b ) as y, sum(b + 1) as z, sum(b + 1.0) as w, sum(distinct b) as d'"
    same 'the same or not' "$output" $'x\ty\tz\tw\td\n1\t1\t2\t2.0\t1'
}

@test "partial states: merged in any order and grouping they are the whole" {
    for seed in 1 2 3; do
        random_rows 3000 60 "$seed" >r.ndjson
        local q="-g 'g, h' '$every'"
        check 0 "aagg $q r.ndjson"
        local want=$output
        split -n "l/$((seed + 2))" r.ndjson part.
        for part in part.??; do aagg --partial -g 'g, h' "$every" "$part" >"$part.p" || return; done
        check 0 "aagg --merge $q part.*.p"
        same "in order, seed $seed" "$output" "$want"
        local sorted
        sorted=$(sort <<<"$want")
        check 0 "cat part.*.p | shuf --random-source=r.ndjson | aagg --merge -j 2 $q | sort"
        same "shuffled, seed $seed" "$output" "$sorted"
        check 0 "{ aagg --merge --partial $q part.a[ab].p; cat part.a[c-z].p; } | aagg --merge $q | sort"
        same "in two steps, seed $seed" "$output" "$sorted"
        check 0 "for h in 0 1 2 3 4 5 6; do cat part.*.p | jq -c \"select(.keys.h == \$h)\" |
            aagg --merge --no-header $q; done | sort"
        same "split by key, seed $seed" "$output" "$(tail -n +2 <<<"$want" | sort)"
        check 0 "cat part.*.p | aagg --merge -j 2 --memory 1M $q | sort"
        same "spilled, seed $seed" "$output" "$sorted"
        rm part.*
    done
}

@test "approx_percentile of the greatest whole number is that, not the least" {
    check 0 "echo '{\"x\":9223372036854775807}' | aagg 'approx_percentile(x, 0.5) as p'"
    same greatest "$output" $'p\n9223372036854775807'
}

@test "partial states of no input, of no keys, with having and order at the merge" {
    people
    check 0 "printf '' | aagg --partial 'count(*) as n' | aagg --merge 'count(*) as n'";  same nothing "$output" $'n\n0'
    check 0 "printf '' | aagg --merge 'count(*) as n, sum(x) as s'"
    same 'not even states' "$output" $'n\ts\n0\t\\N'
    check 0 "aagg --partial -g city 'sum(age) as s' people.ndjson |
        aagg --merge -g city --having 's > 10' -o 's' -T json 'sum(age) as s'"
    same merged "$output" $'{"city":"Ulm","s":30}\n{"city":"Bonn","s":82}'
    check 2 "aagg --partial -g city 'sum(age) as s' people.ndjson |
        aagg --merge -g city --having 'count(*) > 1' 'sum(age) as s'"
    [[ $errors == *'count(*): not in the select list'* ]]
    for ordered in 'first(age)' 'last(age)' 'any_value(age)' 'collect_list(age)' 'array_agg(age)' 'string_agg(city)' \
        'collect_list(distinct age)'; do
        check 2 "aagg --partial '$ordered' people.ndjson"
        [[ $errors == *'depends on the order of the input'* ]]
    done
}

@test "partial states that are foreign or damaged are bad data" {
    people
    aagg --partial -g city 'sum(age) as s' people.ndjson >p
    check 1 "aagg --merge -g city 'sum(pay) as s' p"
    [[ $errors == 'aagg: p:1: byte 1: a partial state of another -g or SELECT' ]]
    check 1 "aagg --merge 'sum(age) as s' p";                [[ $errors == *'another -g or SELECT' ]]
    check 1 "aagg --merge -g city 'sum(age) as s' people.ndjson"; [[ $errors == *'no partial state'* ]]
    check 1 "sed '2s/:\"\\(.\\)\\(.\\)\\([^\"]*\"}\$\\)/:\"\\2\\1\\3/' p | aagg --merge -g city 'sum(age) as s'"
    [[ $errors == 'aagg: stdin:2: byte 1: a damaged partial state' ]]
    check 0 "sed '2s/}\$//' p | aagg --bad skip --merge -g city 'sum(age) as s'"
    same rest "$output" $'city\ts\nUlm\t30\n\\N\t8'
}

@test "arrays count as their elements, pretty-printed values and several files too" {
    check 0 "printf '[{\"a\":1},{\"a\":2}]\n[{\"a\":3}]\n' | aagg 'sum(a) as s, count(*) as n'"
    same arrays "$output" $'s\tn\n6\t3'
    printf '[\n {"a": 1},\n {"a": 2}\n]' >x.json
    printf '{"a":5}\n' >y.json
    check 0 "aagg 'sum(a) as s' x.json y.json"
    same files "$output" $'s\n8'
}

@test "aagg: cells are numbers as Spark casts text, and text as keys" {
    printf 'm\n07\n08\n12\n' >months
    check 0 "aagg 'sum(m) as s, count_if(m < 9) as n, avg(m) as a' months"
    same months "$output" $'s\tn\ta\n27\t2\t9.0'
    check 0 "aagg -g m 'count(*) as n' months"
    same keys "$output" $'m\tn\n07\t1\n08\t1\n12\t1'
    printf '{"a":"%s"}\n' 007 +5 ' 7' .5 1. x >texts
    check 0 "aagg 'sum(a) as s' texts"
    same text "$output" $'s\n20.5'
    check 0 "aflatten a texts | aagg 'sum(a) as s'"
    same cells "$output" $'s\n20.5'
}

@test "help and version" {
    check 0 "aagg --help";    [[ $output == 'usage: aagg '* ]]
    check 0 "aagg --version"; [[ $output == 'aagg (atools) '* ]]
}

@test "aagg: an order within the group, columns by number, and sums of lengths of time" {
    printf '%s\n' '{"k":"a","n":2,"s":"y","t":"2024-01-01 00:00:00"}' \
        '{"k":"b","n":5,"s":"x","t":"2024-01-01 06:00:00"}' \
        '{"k":"a","n":1,"s":"z","t":"2024-01-02 12:00:00.5"}' '{"k":"a","n":null,"s":"x"}' >in
    check 0 "aagg -g k \"listagg(s, '>') within group (order by n desc) as path\" in"
    same 'by another field' "$output" $'k\tpath\na\ty>z>x\nb\tx'
    check 0 "aagg -j 3 -g k \"listagg(s) within group (order by n nulls last, s) filter (where s <> 'x') as path\" in"
    same 'and filtered' "$output" $'k\tpath\na\tzy\nb\t\\N'
    check 0 "aagg -o '2 desc' -g k 'sum(n) as n, max(n) as most' in"
    same 'by number' "$output" $'k\tn\tmost\nb\t5\t5\na\t3\t2'
    for wrong in '-o 4|there is no column 4: the select list has 3' '-o 0|there is no column 0'; do
        check 2 "aagg ${wrong%%|*} -g k 'sum(n) as n, max(n) as most' in"
        [[ $errors == *"${wrong#*|}"* ]]
    done
    for wrong in 'sum(n) within group (order by n)|sum takes no order within the group' \
        'percentile_cont(0.5)|expected within group' 'mode()|expected within group' \
        'percentile_disc(0.5) within group (order by n, s)|is of one value' \
        'percentile_cont(2) within group (order by n)|expected a fraction'; do
        check 2 "aagg '${wrong%%|*}' in"
        [[ $errors == *"${wrong#*|}"* ]]
    done
    check 0 'aagg "sum(to_timestamp(t) - timestamp \"2024-01-01 00:00:00\") as total,
        avg(to_timestamp(t) - timestamp \"2024-01-01 00:00:00\") as mean" in'
    same 'lengths of time' "$output" \
        $'total\tmean\nINTERVAL \'1 18:00:00.5\' DAY TO SECOND\tINTERVAL \'0 14:00:00.166667\' DAY TO SECOND'
    for list in 'sum(interval 1 hour) as h, avg(interval 5 month) as m, sum(n) as n' \
        'avg(to_timestamp(t) - timestamp "2024-01-01 00:00:00")'; do
        check 0 "aagg -g k '$list' in"
        whole=$output
        check 0 "aagg --partial -g k '$list' in | tee states | aagg --merge -g k '$list'"
        same 'states merged' "$output" "$whole"
    done
    check 1 'aagg "sum(if(n = 2, interval 1 hour, interval 1 month))" in'
    [[ $errors == *'months, or days to seconds'* ]]
    check 1 'aagg "sum(9223372036854775807)" in'
    check 0 'aagg "try_sum(9223372036854775807) as t, try_sum(n) as n, try_avg(n) as a" in'
    same 'null instead' "$output" $'t\tn\ta\n\\N\t8\t2.6666666666666665'
}

@test "aagg: arrays and structs are keys by their values" {
    printf '%s\n' '{"o":{"a":1,"b":"x"}}' '{"o":{"b":"\u0078","a":1.0,"c":null}}' '{"o":{"a":1}}' '{"o":[1, 2]}' \
        '{"o":[1.0,2]}' '{"o":[1,2,null]}' '{"o":[[1],[2]]}' '{"o":[[1,2]]}' >in
    for threads in 1 3; do
        check 0 "aagg -j $threads -g o 'count(*) as n, count(distinct o) as d' in"
        wanted=$'o\tn\td\n{"a":1,"b":"x"}\t2\t1\n{"a":1}\t1\t1\n[1,2]\t2\t1\n[1,2,null]\t1\t1\n[[1],[2]]\t1\t1\n'
        wanted+=$'[[1,2]]\t1\t1'
        same groups "$output" "$wanted"
    done
    deep=$(printf '[%.0s' $(seq 300))1$(printf ']%.0s' $(seq 300))
    check 0 "printf '{\"o\":%s}\n{\"o\":%s}\n{\"o\":[%s]}\n' $deep $deep $deep | aagg -g o 'count(*) as n' | cut -f2"
    same deep "$output" $'n\n2\n1'
}

@test "aagg --null: in what comes in, too, in keys and arguments, and beside \\N" {
    printf 'k\tx\na\t1\na\tNA\nb\t\\N\nNA\t2\n' >in
    check 0 "aagg --null NA -g k 'count(x) as n' in"
    same rows "$output" $'k\tn\na\t1\nb\t0\nNA\t1'
    check 0 "aagg --null NA -T json -g k 'sum(x) as s' in"
    same json "$output" '{"k":"a","s":1}
{"k":"b","s":null}
{"k":null,"s":2}'
    check 0 "aflatten --null '' 'k, x is null as n' <<<$'k\tx\na\t\nb\t1'"
    same "an empty cell" "$output" $'k\tn\na\ttrue\nb\tfalse'
}

@test "aagg --no-header: a column of numbers, or of what else JSON has, is one of cells" {
    check 0 "printf '1\n2.5\n' | aagg --no-header 'sum(c1)'"
    same numbers "$output" 3.5
    check 0 "printf 'null\n\"a\"\nnull\n' | aagg --no-header -g c1 'count(*)'"
    same texts "$output" $'null\t2\n"a"\t1'
    check 1 "printf '1\n2.5\n' | aagg 'sum(c1)'"
    [[ $errors == *"a record must be an object"* ]]
    check 0 "echo '{\"a\":1}' | aagg --no-header 'sum(a)'"
    same objects "$output" 1
}

@test "aagg: rollup, cube, grouping sets, grouping(): subtotals are told from keys that are null" {
    printf '%s\n' '{"c":"x","y":1,"n":10}' '{"c":"x","y":2,"n":5}' '{"c":"z","y":1,"n":7}' '{"c":null,"y":1,"n":1}' >in
    check 0 "aagg -g 'rollup(c, y)' 'sum(n) as s, grouping(c) as g, grouping_id() as id' in"
    local rollup=$'c\ty\ts\tg\tid\nx\t1\t10\t0\t0\nx\t2\t5\t0\t0\nz\t1\t7\t0\t0\n\\N\t1\t1\t0\t0
x\t\\N\t15\t0\t1\nz\t\\N\t7\t0\t1\n\\N\t\\N\t1\t0\t1\n\\N\t\\N\t23\t1\t3'
    same rollup "$output" "$rollup"
    check 0 "aagg -j 3 --memory 1M -g 'rollup(c, y)' 'sum(n) as s, grouping(c) as g, grouping_id() as id' in"
    same threads "$output" "$rollup"
    check 0 "aagg --partial -g 'rollup(c, y)' 'sum(n) as s, grouping(c) as g, grouping_id() as id' in >p &&
        aagg --merge -g 'rollup(c, y)' 'sum(n) as s, grouping(c) as g, grouping_id() as id' p"
    same partial "$output" "$rollup"
    check 0 "aflatten -T parquet 'c, y, n' in >q && aagg -g 'rollup(c)' 'sum(n) as s' q"
    same parquet "$output" $'c\ts\nx\t15\nz\t7\n\\N\t1\n\\N\t23'
    check 0 "aagg -g 'cube(c, y)' 'count(*) as k' --having 'grouping(c) = 1' -o 'y nulls last' in"
    same cube "$output" $'c\ty\tk\n\\N\t1\t3\n\\N\t2\t1\n\\N\t\\N\t4'
    check 0 "aagg -g 'grouping sets ((upper(c) as u), ())' 'count(*) as k' -w 'c is not null' in"
    same sets "$output" $'u\tk\nX\t2\nZ\t1\n\\N\t3'
    check 2 "aagg -g 'rollup(c)' 'grouping(y) as g' in";    [[ $errors == *'grouping is of a key'* ]]
    check 2 "aflatten 'grouping(c)' in";                    [[ $errors == *'aagg -g'* ]]
    check 2 "aagg -g 'cube(a,b,c,d,e,f,g,h,i,j,k,l,m)' 'count(*)' in"; [[ $errors == *'4096'* ]]
}

@test "aagg: keys by number, all of them, and distinct values" {
    printf '%s\n' '{"c":"x","y":1,"n":10}' '{"c":"x","y":2,"n":5}' '{"c":"x","y":1,"n":7}' >in
    check 0 "aagg -g 1 'c, sum(n) as s' in";             same number "$output" $'c\ts\nx\t22'
    check 0 "aagg -g '3, 1' 'c, sum(n) as s, y' in";     same numbers "$output" $'y\tc\ts\n1\tx\t17\n2\tx\t5'
    check 0 "aagg -g all 'c, y + 1 as z, sum(n) as s' in"; same all "$output" $'c\tz\ts\nx\t2\t17\nx\t3\t5'
    check 0 "aagg -g 'c, y' '' in";                      same distinct "$output" $'c\ty\nx\t1\nx\t2'
    check 0 "aagg -g all 'c' in";                        same 'distinct, too' "$output" $'c\nx'
    check 2 "aagg -g 2 'c, sum(n)' in";                  [[ $errors == *'an aggregate'* ]]
    check 2 "aagg -g 3 'c, sum(n)' in";                  [[ $errors == *'no item of that number'* ]]
}
