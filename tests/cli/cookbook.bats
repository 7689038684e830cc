#!/usr/bin/env bats
# atools-cookbook(7): its examples are run with those of the other pages; here: that jobs are found, and the tables run.
load ../helper

page=$BATS_TEST_DIRNAME/../../man/atools-cookbook.7

@test "apropos finds each job by the page's name line" {
    line=$(grep '^\.Nd ' "$page")
    for word in pivot histogram sessions funnel dedupe 'top N' percent 'running total' gaps diff redact split sample \
        load SQLite PostgreSQL Redis DuckDB; do
        [[ $line == *"$word"* ]] || { echo "$word is not there"; return 1; }
    done
}

@test "forty jobs and more, each with what is typed" {
    awk '/^\.Sh COMING/ { exit }
        /^\.Ss / { if (job && !typed) { print job; bad = 1 } job = $0; typed = 0; jobs++ }
        /^\.Bd -literal/ { typed = 1 }
        END { if (!typed || jobs < 40) { print jobs, "jobs", job; bad = 1 } exit bad }' "$page"
}

@test "what those who come from elsewhere type runs" {
    sed -n '/^cat >events/,$p' "$ROOT/tests/interop/man-examples.sh" | bash
    printf 'sku,name\nmug,Blue mug\n' >names.csv
    printf '%s\n' '{"sequences":{"questions":[{"id":"a"},{"id":"b"}],"counts":{"n":1}}}' >attempts.ndjson
    sed -n 's/^\.It Li ".*" Ta Li "\(.*\)"$/\1/p' "$page" |
        sed "s/\\\\(aq/'/g; s/\\\\(dq/\"/g; s/\\\\(ha/^/g; s/\\\\e/\\\\/g" >commands
    [ "$(wc -l <commands)" -gt 70 ]
    while IFS= read -r command; do
        check 0 "$command"
        [[ $command == *\>* || -n $output ]] || { echo "nothing came out: $command"; return 1; }
    done <commands
}
