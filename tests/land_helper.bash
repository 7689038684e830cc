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
    same offsets "$(aland -d "$U/landed" --offsets)" '{"t":{"0":60000}}'
    # what could be seen at any moment was whole and without repetition
    same moments "$(awk -F '\t' '$1 != $2 || $3 != $1 * ($1 - 1) / 2' moments 2>/dev/null)" ''
}
