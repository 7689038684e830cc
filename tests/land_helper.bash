# Common to the tests of aland and aread against real servers, behind store_helper: `load ../land_helper`.
# $U: a folder of the test's own in the store.
load "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/store_helper"

# messages FROM TO: as aconsume -J writes them.
messages() {
    seq "$1" "$2" | sed 's/.*/{"key":null,"value":"{\\"n\\":&,\\"text\\":\\"some text &\\"}","topic":"t",'\
'"partition":0,"offset":&,"timestamp":1,"timestampType":0}/'
}

# fetch URL: its files, as readers of datasets see them, into the folder got.
fetch() {
    rm -rf got
    $D dataset "$1" >list || return
    while read -r name; do
        mkdir -p "got/$(dirname "$name")"
        $D get "$1/$name" >"got/$name" || return
    done <list
}

# What the fetched files hold of the messages: how many, how many different, their sum.
counts() { find got -type f | xargs aagg 'count(*) as a, count(distinct n) as b, sum(n) as c' | tail -n 1; }

lands() {
    check 0 "aland -d '$U/nested' '$ROOT/data/attempts.ndjson'"
    fetch "$U/nested"
    same schema "$(aflatten --schema got/part-*)" "$(aflatten --schema "$ROOT/data/attempts.ndjson")"
    same rows "$(aflatten 'user_exam_id, exam_name, sequences.counts.*, sequences.questions' got/part-* | md5sum)" \
        "$(aflatten -T parquet 'user_exam_id, exam_name, sequences.counts.*, sequences.questions' \
            "$ROOT/data/attempts.ndjson" >direct &&
        aflatten 'user_exam_id, exam_name, all_correct, correct, incomplete, incorrect, submitted, total, unanswered,
            questions' direct | md5sum)"
    check 0 "aread '$U/nested' | cmp - <(aread got/part-*)"
    check 0 "aread -w 'sequences.counts.all_correct' -c exam_name '$U/nested' | wc -l"
    same where "$output" \
        "$(aflatten -w 'sequences.counts.all_correct' exam_name "$ROOT/data/attempts.ndjson" | tail -n +2 | wc -l)"
    check 0 "aread --raw '$U/nested/$(grep part- list)' | cmp - got/part-*"
    check 0 "aread -l '$U/nested' | sed -E 's/ +/ /g' | cut -d ' ' -f 5,8"
    same list "$output" "$(printf '%s\n' '' "0 $U/nested/_SUCCESS" "$(stat -c %s got/part-*) $U/nested/$(cat list)")"
    check 2 "aread '$U/nowhere'"
    same nowhere "$errors" "aread: $U/nowhere: no such dataset"
    check 2 "aland -d '$U/nested' '$ROOT/data/attempts.ndjson'"
    same there "$errors" "aland: $U/nested: is there already: --mode append adds to it, --mode overwrite replaces it"
    check 0 "aland -d '$U/nested' --mode append --file-rows 1000 '$ROOT/data/attempts.ndjson'"
    same files "$($D dataset "$U/nested" | wc -l)" 5
    check 0 "echo '{\"a\":\"x/y: ü\",\"n\":1}' | aland -d '$U/nested' --mode overwrite --partition-by a"
    same files "$($D dataset "$U/nested" | sed 's/part-.*/part/')" 'a=x%2Fy%3A ü/part'
    check 0 "aread '$U/nested' && $D stat '$U/nested/_SUCCESS'"
    same folders "$output" $'{"n":1,"a":"x/y: ü"}\n0'
}

# killed_envelope ROUNDS: aland is killed at that many moments, then runs to its end: every message is there once.
killed_envelope() {
    local round pid
    messages 0 59999 >in
    for ((round = 1; round <= $1; round++)); do
        head -n $((round * 60000 / $1)) in >some
        aland -q --envelope -d "$U/landed" some 2>killed-errors 3>&- &
        pid=$!
        sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        [ "$($D stat "$U/landed")" = no ] && continue
        fetch "$U/landed"
        [ -s list ] && counts >>moments
    done
    check 0 "aland --envelope -d '$U/landed' in"
    fetch "$U/landed"
    same counts "$(counts)" $'60000\t60000\t1799970000'
    same Spark "$("$ROOT/tests/interop/spark_counts.py" parquet got)" $'60000\t60000\t1799970000'
    same offsets "$(aland -d "$U/landed" --offsets)" '{"t":{"0":60000}}'
    # what could be seen at any moment was whole and without repetition
    same moments "$(awk -F '\t' '$1 != $2 || $3 != $1 * ($1 - 1) / 2' moments 2>/dev/null)" ''
}

# fetch_table URL: a Delta table with its log, into the folder got.
fetch_table() {
    local name
    rm -rf got
    mkdir -p got/_delta_log
    $D dataset "$1" | while read -r name; do
        mkdir -p "got/$(dirname "$name")"
        $D get "$1/$name" >"got/$name"
    done
    $D list "$1/_delta_log" | while read -r name; do $D get "$1/_delta_log/$name" >"got/_delta_log/$name"; done
}

# Delta tables: written and read here, and read by delta-rs.
lands_delta() {
    check 0 "aland -q --delta -d '$U/table' '$ROOT/data/attempts.ndjson' && aread '$U/table' | md5sum"
    same rows "$output" "$(aland -q -d local "$ROOT/data/attempts.ndjson" && aread local | md5sum)"
    check 2 "aland --delta -d '$U/table' '$ROOT/data/attempts.ndjson'"
    same there "$errors" "aland: $U/table: is there already: --mode append adds to it, --mode overwrite replaces it"
    check 0 "echo '{\"p\":\"x/y: ü\",\"n\":1}' | aland -q -d '$U/table' --mode overwrite --partition-by p"
    for i in {2..11}; do
        check 0 "echo '{\"p\":null,\"n\":$i}' | aland -q -d '$U/table' --mode append"
    done
    check 0 "aread '$U/table' | head -n 2; aread --as-of 0 '$U/table' | wc -l; aread --history '$U/table' | wc -l"
    same versions "$output" $'{"n":1,"p":"x/y: ü"}\n{"n":2}\n3280\n13'
    check 0 "$D stat '$U/table/_delta_log/00000000000000000010.checkpoint.parquet'"
    fetch_table "$U/table"
    same delta-rs "$("$ROOT/tests/interop/delta_counts.py" got)" $'11\t11\t66'
    same begun "$($D stat "$U/table/_delta_log/.aland-begun")" no
    # who only add all succeed, and of messages none comes twice
    messages 0 99 >in
    for i in {1..4}; do
        (echo "{\"p\":null,\"n\":$((11 + i))}" | aland -q -d "$U/table" --mode append) 3>&- &
        aland -q --envelope --delta -d "$U/once" in 2>"errors-$i" 3>&- &
    done
    wait
    check 0 "aread '$U/table' | wc -l; aread '$U/once' | wc -l"
    same together "$output" $'15\n100'
    same refusals "$(grep -hv 'committed meanwhile by another landing' errors-*)" ''
}

# killed_delta ROUNDS: as killed_envelope, a Delta table.
killed_delta() {
    local round pid
    messages 0 59999 >in
    for ((round = 1; round <= $1; round++)); do
        head -n $((round * 60000 / $1)) in >some
        aland -q --envelope --delta -d "$U/landed" some 2>killed-errors 3>&- &
        pid=$!
        sleep "0.$((RANDOM % 7))$((RANDOM % 10))"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        [ "$($D stat "$U/landed")" = no ] && continue
        aread -q "$U/landed" | aagg 'count(*) as a, count(distinct n) as b, coalesce(sum(n), 0) as c' 2>>said |
            tail -n 1 >>moments
    done
    check 0 "aland -q --envelope -d '$U/landed' --delta in"
    fetch_table "$U/landed"
    same counts "$("$ROOT/tests/interop/delta_counts.py" got)" $'60000\t60000\t1799970000'
    same Spark "$("$ROOT/tests/interop/spark_counts.py" delta got)" $'60000\t60000\t1799970000'
    same offsets "$(aland -d "$U/landed" --offsets)" '{"t":{"0":60000}}'
    same moments "$(awk -F '\t' '$1 != $2 || $3 != $1 * ($1 - 1) / 2' moments)" ''
}
