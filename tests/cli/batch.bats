# scripts/batch.mk: new files in, tables out.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    mkdir incoming
    jq -c '.[:1200]' "$ROOT/data/attempts.json" >incoming/monday.json
    jq -c '.[1200:2400]' "$ROOT/data/attempts.json" | gzip -n >incoming/tuesday.json.gz
    BATCH="make -f $ROOT/scripts/batch.mk"
}

# wanted RECORDS: jq's own count by exam over the first RECORDS records.
wanted() {
    jq -r ".[:$1] | group_by(.exam_name)[] | [.[0].exam_name, length] | @tsv" "$ROOT/data/attempts.json" | sort
}

@test "batch.mk: tables over all files; a new file is read, the others are not" {
    check 0 "$BATCH -j2"
    same tables "$(ls tables/attempts | paste -sd' ')" 'monday.tsv tuesday.tsv'
    same counts "$(tail -n +2 tables/exams.tsv | sort)" "$(wanted 2400)"
    check 0 "$BATCH"
    same 'nothing to do' "$(grep -c '^aflatten\|^aagg' <<<"$output")" 0
    jq -c '.[2400:][]' "$ROOT/data/attempts.json" >incoming/wednesday.json
    check 0 "$BATCH -j2"
    same 'one read' "$(grep '^aflatten' <<<"$output")" \
        'aflatten incoming/wednesday.json > tables/attempts/wednesday.tsv'
    same counts "$(tail -n +2 tables/exams.tsv | sort)" "$(wanted 3280)"
    same proficiency "$(head -n 3 tables/proficiency.tsv)" "exam_name	All_True	Not_All_True	Proficiency
Nulls, Three-valued Logic and Missing Information	1	0	1.0
Learning to Visualize Data with D3.js	1	0	1.0"
}

@test "batch.mk: a broken file leaves no table and no sums, the good ones are done with -k" {
    printf '[{"user_exam_id":"x","exam_name":"y","sequences":{"counts":{"a":1}}},{"user_exam_id":]\n' \
        >incoming/broken.json
    check 2 "$BATCH -k"
    [[ $errors == *'incoming/broken.json:1: '* ]]
    same tables "$(ls tables/attempts | paste -sd' ')" 'monday.tsv tuesday.tsv'
    [ ! -e tables/exams.tsv ]
    rm incoming/broken.json
    check 0 "$BATCH"
    same counts "$(tail -n +2 tables/exams.tsv | sort)" "$(wanted 2400)"
}

@test "batch.mk: an empty folder is an error, not an empty table" {
    rm incoming/*
    check 2 "$BATCH"
    [[ $errors == *'nothing in incoming'* ]]
    [ ! -e tables/exams.tsv ]
}
