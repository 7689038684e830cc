# scripts/atools-hadoop as jobs of Hadoop Streaming on a real YARN: the bytes that one process gives.
load ../helper
export ROOT

setup_file() {
    export DATA=$ROOT/data/attempts.ndjson
    YARN=$ROOT/run/test-yarn-$$
    export YARN
    "$ROOT/scripts/yarn" start "$YARN" >&2
    cd "$BATS_FILE_TMPDIR" || return
    aflatten 'exam_name, sequences.counts.correct as correct' "$DATA" >flat.tsv
    mkdir packed
    head -n 2000 "$DATA" | gzip >packed/1.ndjson.gz
    tail -n +2001 "$DATA" | gzip >packed/2.ndjson.gz
    sed '2001s/,.*//' "$DATA" >bad.ndjson
    hadoop fs -mkdir -p /in
    hadoop fs -put "$DATA" flat.tsv packed bad.ndjson /in/
}

teardown_file() { "$ROOT/scripts/yarn" stop --wipe "$YARN"; }

hadoop() { "$ROOT/scripts/yarn" hadoop "$YARN" "$@" 2>/dev/null; }

# spread [OPTION…] -- COMMAND: on the cluster, whose containers are small here.
spread() {
    "$ROOT/scripts/atools-hadoop" --hadoop "$ROOT/scripts/yarn hadoop $YARN" --streaming - -q \
        -D yarn.app.mapreduce.am.resource.mb=400 -D yarn.app.mapreduce.am.command-opts=-Xmx300m \
        -D mapreduce.map.memory.mb=256 -D mapreduce.reduce.memory.mb=256 -D mapreduce.map.java.opts=-Xmx150m \
        -D mapreduce.reduce.java.opts=-Xmx150m -D mapreduce.task.io.sort.mb=16 "$@"
}
export -f spread

@test "hadoop: groups in the order of the input, over five mappers and two reducers" {
    query="aagg -g exam_name 'count(*) as n, avg(sequences.counts.correct) as mean'"
    check 0 "spread -D mapreduce.input.fileinputformat.split.maxsize=2000000 --input /in/attempts.ndjson \
        --work /states -- \"$query\""
    same table "$output" "$(eval "$query" '"$DATA"')"
    run hadoop fs -ls /states
    [ "$status" -ne 0 ]
}

@test "hadoop: a pipe over compressed files, ordered and limited" {
    query="aslice '.sequences.questions[] | {id, user_correct}' @ | aagg -g id -o 'n desc, id' -n 20 \
        'count(*) as n, count_if(user_correct) as good'"
    check 0 "spread --reducers 3 --input /in/packed --work /states -- \"${query/@/}\""
    same table "$output" "$(eval "${query/@/'"$DATA"'}")"
}

@test "hadoop: TSV, whose header only the first mapper's part has" {
    query="aagg -g exam_name -T json 'sum(correct) as c, count(*) as n'"
    check 0 "spread -D mapreduce.input.fileinputformat.split.maxsize=40000 --input /in/flat.tsv --work /states \
        -- \"$query\""
    same table "$output" "$(eval "$query" '"$BATS_FILE_TMPDIR/flat.tsv"')"
}

@test "hadoop: rows stay in the cluster" {
    check 0 "spread -D mapreduce.input.fileinputformat.split.maxsize=5000000 --input /in/attempts.ndjson \
        --output /rows -- \"aslice '{exam_name, n: (.sequences.questions | length)}'\""
    same rows "$(hadoop fs -cat '/rows/part-*' | sort | sha256sum)" \
        "$(aslice '{exam_name, n: (.sequences.questions | length)}' "$DATA" | sed 's/$/\t/' | sort | sha256sum)"
}

@test "hadoop: a bad record is told with its part; wrong usage, before anything runs" {
    check 1 "spread --input /in/bad.ndjson --work /states -- \"aagg 'count(*)'\""
    [[ $errors == 'atools-hadoop: '*'/in/bad.ndjson, from byte 0: aagg: stdin:2001: byte '* ]]
    check 2 "spread --input /in/bad.ndjson --work /states -- \"aflatten exam_name\""
    check 2 "spread --input /in/bad.ndjson --output /rows -- \"aagg 'count(*)'\""
    check 2 "spread --input /in/bad.ndjson --output /rows -- \"aflatten -o a a\""
    check 2 "spread --input /in/bad.ndjson --work /states -- \"cat\""
    check 3 "spread --input /nowhere --work /states -- \"aagg 'count(*)'\""
}

@test "hadoop: a join of two places, by reducers, of every kind" {
    aagg -g exam_name 'count(*) as n' "$DATA" | sed -n '1,3p;9,$p' >exams.tsv
    printf 'Nobody\t7\n' >>exams.tsv
    hadoop fs -put exams.tsv /in/exams.tsv
    for join in "ajoin --full -k exam_name 'l.*, n' @" \
        "aslice '{exam_name, id: .user_exam_id}' | ajoin --right -T json -k exam_name '*' @ |
            aagg -g exam_name 'count(*) as n'"; do
        check 0 "spread -D mapreduce.input.fileinputformat.split.maxsize=2000000 --input /in/attempts.ndjson \
            --work /joined -- \"${join/@/- /in/exams.tsv}\" | sha256sum"
        same "$join" "$output" "$(eval "${join/@/- exams.tsv}" <"$DATA" | sha256sum)"
    done
    check 1 "spread --input /in/bad.ndjson --work /joined -- \"ajoin --full -k exam_name 'n' - /in/exams.tsv\""
    [[ $errors == 'atools-hadoop: '*'/in/bad.ndjson, from byte 0: ajoin: stdin:2001: byte '* ]]
    for wrong in "'n' - $PWD/exams.tsv" "'nix(n)' - /in/exams.tsv"; do
        check 2 "spread --input /in/attempts.ndjson --work /joined -- \"ajoin --full -k exam_name $wrong\""
    done
}
