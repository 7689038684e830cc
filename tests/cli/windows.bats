#!/usr/bin/env bats
# aflatten's windows: what is typed first, what is refused, memory, threads, -e, -o, -n, every form out.

load ../helper

rows() {
    printf '%s\n' '{"k":"b","t":3,"x":30,"d":"2020-01-03"}' '{"k":"a","t":1,"x":10,"d":"2020-01-01"}' \
        '{"k":"a","t":2,"x":null,"d":"2020-01-02"}' '{"k":"a","t":2,"x":7,"d":"2020-01-05"}' \
        '{"k":"b","t":1,"x":5,"d":"2020-01-01"}' '{"k":"a","t":9,"x":1,"d":"2020-01-07"}' >in
}

@test "windows: top of each group, running total, share, latest, the row before" {
    rows
    check 0 "aflatten 'k, x' --qualify 'rank() over (partition by k order by x desc) <= 2' in"
    same top "$output" $'k\tx\na\t10\na\t7\nb\t30\nb\t5'
    check 0 "aflatten 't, sum(x) over (order by t rows unbounded preceding) as total' in"
    same running "$output" $'t\ttotal\n1\t10\n1\t15\n2\t15\n2\t22\n3\t52\n9\t53'
    check 0 "aflatten --no-header 'k, x / sum(x) over (partition by k) as share' -w 'k = \"b\"' in"
    same share "$output" $'b\t0.8571428571428571\nb\t0.14285714285714285'
    check 0 "aflatten -T json '*, row_number() over (partition by k order by t desc) as n' --qualify 'n = 1' in"
    same latest "$output" '{"k":"a","t":9,"x":1,"d":"2020-01-07","n":1}
{"k":"b","t":3,"x":30,"d":"2020-01-03","n":1}'
    local w='w as (partition by k order by t)'
    check 0 "aflatten --no-header 'k, t - lag(t, 1, t) over w as gap, t > 2 and gap > 1 as new' --window '$w' in"
    same sessions "$output" $'a\t0\tfalse\na\t1\tfalse\na\t0\tfalse\na\t7\ttrue\nb\t0\tfalse\nb\t2\ttrue'
    local range='range between interval 2 days preceding and current row'
    check 0 "aflatten --no-header 'd, count(*) over (order by to_date(d) $range) c' -w 'k = \"a\"' in"
    same range "$output" $'2020-01-01\t1\n2020-01-02\t2\n2020-01-05\t1\n2020-01-07\t2'
}

@test "windows: -o, -n, --table, Parquet, -e, TSV, whose cells are numbers or are not" {
    rows
    check 0 "aflatten --no-header 'k, t, row_number() over (order by t, x) as n' -o 'n desc' -n 2 in"
    same order "$output" $'a\t9\t6\nb\t3\t5'
    check 0 "aflatten --no-header 't, row_number() over (order by t) as n' -n 1 in";  same limit "$output" $'1\t1'
    check 0 "aflatten --table=1 'k, count(*) over () as n' in";  [[ $output == *'|  b|  6|'*'only showing top 1 row'* ]]
    check 0 "aflatten -T parquet 'k, count(*) over (partition by k) as n' in >p &&
        aflatten --no-header 'k, n' p | uniq -c | tr -s ' '"
    same parquet "$output" $' 4 a\t4\n 2 b\t2'
    echo '{"id":1,"l":[3,1,2]}' >nested
    check 0 "aflatten --no-header -e l 'l, l_pos, sum(l) over (partition by id order by l) as s' nested"
    same exploded "$output" $'1\t1\t1\n2\t2\t3\n3\t0\t6'
    check 0 "printf 'a\\n9\\n10\\n9.0\\n' | aflatten 'a, rank() over (order by a) as r'"
    same numbers "$output" $'a\tr\n9\t1\n9.0\t1\n10\t3'
    check 0 "printf 'a\\n9\\n10\\nx\\n' | aflatten 'a, rank() over (order by a) as r'"
    same words "$output" $'a\tr\n10\t1\n9\t2\nx\t3'
}

@test "windows: the same bytes for any threads, any memory, and partitions beyond it" {
    seq 20000 | awk '{ printf "{\"k\":%d,\"t\":%d,\"x\":%d,\"s\":\"text %d\"}\n", $1 * 7919 % 13, $1 * 104729 % 10007,
        $1 % 1000, $1 }' >in
    local list="k, s, sum(x) over (partition by k order by t, x, s) as a,
        lag(s) over (partition by k order by t, x, s) as b,
        avg(x) over (order by s rows between 40 preceding and 60 following) as c, count(*) over () as n,
        lead(x, 3) over (order by s) as d"
    aflatten -j 1 "$list" in >one
    aflatten -j 4 "$list" in >four
    aflatten -j 2 --memory 1M "$list" in >little
    cmp one four && cmp one little
    same lines "$(wc -l <one)" 20001
    check 0 "aflatten --no-header 'max(a) over () m, max(b) over () s' -n 1 <<<'{\"a\":1}'"
    same absent "$output" $'1\t\\N'
}

@test "windows: many partitions, put in order where they are computed, are those that one thread and files give" {
    seq 60000 | awk 'BEGIN { print "k\tv" }
        { printf "key %d\t%d\n", $1 * 7919 % 9001 * ($1 % 3), $1 * 104729 % 47 }' >in
    local list="k, v, sum(v) over (partition by k order by v rows unbounded preceding) as s,
        rank() over (partition by k order by v) as r, count(*) over (partition by k, v) as n,
        max(v) over (partition by v % 5 order by k desc) as m"
    aflatten -j 1 "$list" in >one
    aflatten -j 7 "$list" in >seven
    aflatten -j 2 --memory 1M "$list" in >little
    cmp one seven && cmp one little
    same rows "$(tail -n +2 one | cut -f 1,2 | sort)" "$(tail -n +2 in | sort)"
    aflatten "k, v, sum(v) over (partition by k order by v rows unbounded preceding) as s" in | tail -n +2 >sums
    sort -t $'\t' -k 1,1 -k 2,2n -s <(tail -n +2 in) | awk -F '\t' -v OFS='\t' '
        { s = ($1 == k ? s : 0) + $2; k = $1; print $1, $2, s }' | sort >wanted
    sort sums | cmp - wanted
}

@test "windows: the first rows of each partition are those of all, whatever was left out on the way" {
    seq 9000 | awk 'BEGIN { srand(5) } { k = int(rand() * 40); v = int(rand() * 50)
        printf "{\"k\":%s,\"v\":%s,\"d\":%s,\"s\":\"%c%d\",\"id\":%d}\n", k ? k : "null", v ? v : "null",
            $1 % 3 ? v ".5" : v, 97 + v % 5, v, $1 }' >in
    local all how condition orders function
    for orders in 'v' 'v desc nulls last, s' 's, v nulls last' 'd desc' 'id desc' 'if(id > 1, v, s)'; do
        for function in row_number rank dense_rank; do
            all="k, v, d, s, id, $function() over (partition by k order by $orders) as n"
            aflatten -T json "$all" in >every
            for condition in 'n <= 3' '5 > n and v > 7' 'n between 2 and 4' 'n <= 2 or v = 3'; do
                aflatten -T json -w "$condition" '*' every | aflatten 'k, v, d, s, id, n' >wanted
                for how in "-j 1" "-j 7 --memory 1M"; do
                    aflatten $how --qualify "$condition" "$all" in | cmp - wanted ||
                        { echo "$orders: $function, $condition, $how"; false; }
                done
            done
        done
    done
    aflatten 'id, row_number() over (order by v desc) as n' --qualify 'n <= 4' in >top
    aflatten 'id, row_number() over (order by v desc) as n' in | head -5 | cmp - top
    local ranked='(select k, id, rank() over (partition by k order by v desc) as place from t)'
    asql "select k, id from $ranked where place <= 2 and id > 9" t=in >ranks
    asql "select k, id from $ranked where place + 0 <= 2 and id > 9" t=in | cmp - ranks
    check 0 "asql --pipe 'select k from $ranked where place < 3 and k > 1' t=in"
    [[ $output == *"--qualify 'place < 3'"*"-w 'k > 1'"* ]]
    check 1 "aflatten -j 2 --ansi 'k, cast(s as int) as i, rank() over (order by v desc) as r' --qualify 'r = 1' in"
    [[ $errors == *cannot* ]]
}

@test "windows: what cannot be is refused before anything is read" {
    rows
    check 2 "aflatten 'k, sum(x) as n' in";                             [[ $errors == *'without over'*'aagg'* ]]
    check 2 "aflatten k -w 'row_number() over () = 1' in";              [[ $errors == *'--qualify'* ]]
    check 2 "aflatten k --qualify 'k = 1' in";                          [[ $errors == *'there is none'* ]]
    check 2 "aflatten 'rank()' in";                                     [[ $errors == *'over (partition by'* ]]
    check 2 "aflatten 'rank() over w' in";                              [[ $errors == *'no window is called w'* ]]
    check 2 "aflatten 'rank() over (order by t rows 1 preceding)' in";  [[ $errors == *'takes no frame'* ]]
    check 2 "aflatten 'ntile(0) over (order by t)' in";                 [[ $errors == *'1 or more'* ]]
    check 2 "aflatten 'lag(x, t) over (order by t)' in";                [[ $errors == *'constant'* ]]
    check 2 "aflatten 'sum(rank() over (order by t)) over ()' in";      [[ $errors == *'within a window'* ]]
    check 2 "aflatten 'rank() over (order by t) as r, sum(r) over () as s' in"
    [[ $errors == *'within a window'* ]]
    check 2 "aflatten 'sum(x) over (order by t, x range 1 preceding)' in";      [[ $errors == *'one value'* ]]
    check 2 "aflatten 'sum(x) over (rows between 1 following and 1 preceding)' in"
    [[ $errors == *'before it begins'* ]]
    check 2 "aflatten 'rnak() over (order by t)' in";                   [[ $errors == *'did you mean rank?'* ]]
    check 2 "aagg -g k 'sum(x) over () s' in";                          [[ $errors == *'aflatten'* ]]
    check 1 "aflatten 'sum(x) over (order by k range 1 preceding) s' in"; [[ $errors == *'over numbers and times'* ]]
    check 1 "aflatten --ansi 'sum(x) over (order by t) as s, cast(k as int) as i' in"; [[ $errors == *window* ]]
}
