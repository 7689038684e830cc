# The same bytes for any number of threads, any kernel, and any kind of input; under --bad skip and in each framing
# too. `tests/run tsan` runs this file with the thread sanitizer as well.
load ../helper

setup_file() {
    cd "$BATS_FILE_TMPDIR" || exit
    # some batches' worth: 8 replicas, some lines broken in many ways, blanks between
    if [ -n "${ATOOLS_SANITIZE-}" ]; then replicas=1; else replicas=2; fi
    "$ROOT/scripts/gen-attempts" --replicas $replicas --ndjson >good.ndjson
    "$ROOT/scripts/gen-attempts" --replicas $replicas >array.json
    awk 'NR % 97 == 0 { print substr($0, 1, length($0) - 3); next }
        NR % 211 == 0 { print "" } NR % 389 == 0 { print "\"scalar\"" }
         NR % 463 == 0 { sub(/"exam_name"/, "\"exam_name") } { print }' good.ndjson >bad.ndjson
    awk '{ gsub(/,"/, ",\n \""); print }' good.ndjson >pretty.json
    head -c 3000000 good.ndjson | head -n -1 >short.ndjson
    gzip -kn good.ndjson
}

# told 'COMMAND': digests of its output and its messages, and its status. (Apart: between two streams there is no
# order.)
told() {
    bash -c "set -o pipefail; $1" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/errors" </dev/null
    echo "$?"
    sha256sum <"$BATS_TEST_TMPDIR/out"
    sha256sum <"$BATS_TEST_TMPDIR/errors"
}

# alike 'COMMAND': the same output, messages and status for 1, 2 and 7 threads; COMMAND holds their number as J.
# Each kernel this machine has is asked too.
alike() {
    cd "$BATS_FILE_TMPDIR" || return
    local first='' now threads kernel
    for threads in 1 2 7; do
        now=$(told "${1// J / $threads }")
        [ -z "$first" ] || same "with $threads threads: $1" "$now" "$first" || return
        first=$now
    done
    [ "${ATOOLS_SANITIZE-}" = thread ] || for kernel in portable avx2 avx512; do
        now=$(ATOOLS_KERNEL=$kernel told "${1// J / 2 }")
        same "with kernel $kernel: $1" "$now" "$first" || return
    done
    digest=$first
}

# The commands agree with each other as well.
all_alike() {
    local wanted=''
    local command
    for command; do
        alike "$command" || return
        [ -z "$wanted" ] || same "against the first: $command" "$digest" "$wanted" || return
        wanted=$digest
    done
}

@test "threads: aslice, file, pipe, gzip, array, pretty-printed" {
    all_alike "aslice --threads J -c . good.ndjson" "cat good.ndjson | aslice --threads J -c ." \
        "aslice --threads J -c . good.ndjson.gz" "aslice --threads J -c '.[]' array.json" \
        "cat array.json | aslice --threads J -c '.[]'" "aslice --threads J -c . pretty.json"
    all_alike "aslice --threads J 'select(.user_exam_id)|{n: .exam_name}' good.ndjson" \
        "aslice --threads J '.[]|select(.user_exam_id)|{n: .exam_name}' array.json"
    all_alike "aslice --threads J -c . good.ndjson"
    same 'as written' "$digest" "$(echo 0; sha256sum <"$BATS_FILE_TMPDIR/good.ndjson"; sha256sum </dev/null)"
}

@test "threads: aflatten, file, pipe, gzip, array, pretty-printed" {
    local select="'user_exam_id, exam_name, sequences.counts.*, sequences.questions'"
    all_alike "aflatten -j J $select good.ndjson" "cat good.ndjson | aflatten -j J $select" \
        "aflatten -j J $select good.ndjson.gz" \
        "aflatten -j J $select array.json" "cat array.json | aflatten -j J $select" "aflatten -j J $select pretty.json"
}

@test "threads: rows as Parquet, file, pipe, array; exploded, chosen, bad ones put aside" {
    all_alike "aflatten -j J -T parquet 'user_exam_id, sequences.counts.*, sequences.questions' good.ndjson" \
        "cat good.ndjson | aflatten -j J -T parquet 'user_exam_id, sequences.counts.*, sequences.questions'" \
        "aflatten -j J -T parquet 'user_exam_id, sequences.counts.*, sequences.questions' array.json"
    alike "aflatten -j J -T parquet -w 'q.user_correct' -e 'sequences.questions as q' -e 'q.options as o' \
        'user_exam_id, q.user_result, o.*, keen_timestamp + 1 as t' good.ndjson"
    alike "aflatten -j J -T parquet --bad skip -e 'sequences.questions as q' 'exam_name, q.id' bad.ndjson"
    alike "aflatten -j J -T parquet user_exam_id bad.ndjson"
    alike "asql -j J -T parquet 'select exam_name, sequences.counts.* from t where keen_id is not null' t=good.ndjson"
    same rows "$(cd "$BATS_FILE_TMPDIR" && aflatten -T parquet 'exam_name, keen_id' good.ndjson >good.parquet &&
        aflatten 'exam_name, keen_id' good.parquet | sha256sum)" \
        "$(aflatten 'exam_name, keen_id' "$BATS_FILE_TMPDIR/good.ndjson" | sha256sum)"
}

@test "threads: aagg, file, pipe, gzip, array, pretty-printed; groups in first-seen order" {
    local ask="-g exam_name 'count(*) as n, count(distinct user_exam_id) as ids,
        sum(sequences.counts.correct) as s, avg(sequences.counts.total) as a'"
    all_alike "aagg -j J $ask good.ndjson" "cat good.ndjson | aagg -j J $ask" "aagg -j J $ask good.ndjson.gz" \
        "aagg -j J $ask array.json" "aagg -j J $ask pretty.json"
    check 0 "aagg -g exam_name 'count(*)' $BATS_FILE_TMPDIR/good.ndjson | tail -n +2 | cut -f1"
    same order "$output" "$(jq -r .exam_name "$BATS_FILE_TMPDIR/good.ndjson" | awk '!seen[$0]++' | sed 's/[\]/&&/g')"
}

@test "threads: TSV in, and limits" {
    cd "$BATS_FILE_TMPDIR"
    aflatten 'user_exam_id, exam_name, sequences.counts.*' good.ndjson >good.tsv
    alike "aflatten -j J -w 'correct > 2' 'exam_name, correct + 1 as c' good.tsv"
    alike "aagg -j J -g exam_name -o 'n desc, exam_name' 'sum(correct) as n' good.tsv"
    alike "aflatten -j J -n 1234 'user_exam_id' good.ndjson"
    alike "aslice --threads J --limit 1234 -c .user_exam_id good.ndjson"
    all_alike "aflatten -j J -o 'user_exam_id desc' -n 100 'user_exam_id' good.ndjson" \
        "aflatten -j J -o 'user_exam_id desc' -n 100 'user_exam_id' array.json"
}

@test "threads: bad records stop at the same place, or are put aside in the same order" {
    alike "aslice --threads J -c . bad.ndjson"
    alike "aflatten -j J user_exam_id bad.ndjson"
    alike "aagg -j J 'count(*)' bad.ndjson"
    alike "aslice --threads J -c --bad skip .user_exam_id bad.ndjson"
    alike "aflatten -j J --bad skip 'user_exam_id, sequences.counts.*' bad.ndjson"
    alike "aagg -j J --bad skip -g exam_name 'count(*)' bad.ndjson"
    alike "aflatten -j J --bad aside.J user_exam_id bad.ndjson; cat aside.J"
    alike "cat bad.ndjson | aflatten -j J --bad skip user_exam_id"
    alike "aflatten -j J --framing nest user_exam_id bad.ndjson"
    alike "aflatten -j J --bad skip --framing nest user_exam_id bad.ndjson"
    alike "{ cat array.json; echo '[1,]'; } | aslice --threads J -c '.[]'"
}

@test "threads: windows over many partitions, in every way out, up to the first row that fails" {
    seq 60000 | awk 'BEGIN { print "k\tv" } { print "k" $1 * 7919 % 6007 "\t" $1 % 1000 }' \
        >"$BATS_FILE_TMPDIR/keys.tsv"
    local sum='sum(v) over (partition by k order by v rows unbounded preceding)' bad
    alike "aflatten --threads J 'k, v, $sum as s' keys.tsv"
    alike "aflatten --threads J 'k, $sum as s, row_number() over (order by v, k) as n' -n 30000 --offset 999 keys.tsv"
    alike "aflatten --threads J 'k, v, $sum as s, lag(v, 3) over (order by v, k) as b' -o 's desc, k' keys.tsv"
    alike "aflatten --threads J k --qualify '$sum > 2000' -n 500 keys.tsv"
    alike "aflatten --threads J -T parquet 'k, v, $sum as s' keys.tsv | aflatten '*'"
    alike "asql --threads J 'select k, max(s) m from (select k, $sum s from t) group by k order by k' t=keys.tsv"
    bad="aflatten --threads J --ansi 'k, cast(case when k = \"k77\" then k else v end as int) + $sum as s'"
    alike "$bad keys.tsv"
    check 1 "cd $BATS_FILE_TMPDIR && ${bad/ J / 2 } keys.tsv"
    same failed "$errors|${output##*$'\n'}" $'aflatten: a row\'s window: \'k77\' cannot be cast to int|k76\t8276'
}
