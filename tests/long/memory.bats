# Large inputs: memory stays where the man pages say, whatever the size. `make check-long` builds the data:
# data/attempts-100.json and .ndjson, 860 MB each.
load ../helper

setup_file() { export BIG=$ROOT/data/attempts-100.json LINES_BIG=$ROOT/data/attempts-100.ndjson; }

# peak MIB 'command': runs the command (its last line is left in $output), fails above so many MiB.
peak() {
    not_sanitized
    check 0 "/usr/bin/time -f %M -o peak $2"
    local used=$(($(tail -n 1 peak) / 1024))
    echo "# $2: $used MiB" >&3
    [ "$used" -le "$1" ] || { echo "$used MiB, at most $1 wanted" >&2; return 1; }
}

@test "aslice '.[]' on 860 MB: 328000 lines, at most 16 MiB" {
    peak 16 "aslice -c '.[]' $BIG | cmp - $LINES_BIG"
}

@test "aslice '.[0]' on 860 MB stops reading after the first element" {
    not_sanitized
    start=${EPOCHREALTIME/./}
    check 0 "aslice '.[0]' $BIG"
    took=$((${EPOCHREALTIME/./} - start))
    same first "$output" "$(head -n 1 "$LINES_BIG")"
    [ "$took" -lt 100000 ]   # microseconds, bash and all; reading it all takes four times as long at least
}

@test "aslice length of 860 MB: at most 16 MiB" {
    peak 16 "aslice '. | length' $BIG"
    same length "$output" 328000
}

@test "aslice slices and negative indexes of 860 MB: bounded by what they count" {
    peak 16 "aslice -c '.[1000:2000][]' $BIG | cmp - <(sed -n '1001,2000p' $LINES_BIG)"
    peak 16 "aslice -c '.[-1]' $BIG | cmp - <(tail -n 1 $LINES_BIG)"
}

@test "aslice '.a.b[]' on a nested array of 860 MB: at most 16 MiB" {
    peak 16 "aslice -c '.a.b[]' <(printf '{\"head\":[1,{}],\"a\":{\"b\":'; cat $BIG; printf '},\"tail\":null}') |
        cmp - $LINES_BIG"
}

@test "aflatten of 860 MB, array and NDJSON: at most 32 MiB, the same rows" {
    peak 32 "aflatten 'user_exam_id, exam_name, sequences.counts.*' $LINES_BIG | sha256sum"
    from_lines=$output
    peak 32 "aflatten 'user_exam_id, exam_name, sequences.counts.*' $BIG | sha256sum"
    same rows "$output" "$from_lines"
}

@test "aagg of 860 MB, array and NDJSON: at most 32 MiB, the counts times a hundred" {
    peak 32 "aagg -g exam_name -o 'n desc' -n 3 'count(*) as n' $LINES_BIG"
    same counts "$output" "exam_name	n
Learning Git	39400
Introduction to Python	16200
Intermediate Python Programming	15800"
    peak 32 "aagg -g exam_name -o 'n desc' -n 3 'count(*) as n' $BIG"
    same counts "$output" "exam_name	n
Learning Git	39400
Introduction to Python	16200
Intermediate Python Programming	15800"
}

@test "aflatten --schema of 860 MB: bounded by the schema" {
    peak 32 "aflatten --schema $LINES_BIG | sha256sum"
    same schema "$output" "$(aflatten --schema "$ROOT/data/attempts.ndjson" | sha256sum)"
}

@test "a tool starts in little memory" {
    echo '{"a":1}' >one.json
    peak 8 "aslice .a one.json"
    peak 8 "aflatten a one.json"
    peak 8 "aagg 'count(*)' one.json"
}

@test "aagg over 10 million keys keeps to --memory, and the groups are the same" {
    { echo k; seq 10000000; seq 1 2 10000000; } >keys.tsv
    check 0 "aagg -g k 'count(*) as n' keys.tsv | sha256sum"
    wanted=$output
    peak 256 "aagg --memory 256M -g k 'count(*) as n' keys.tsv | sha256sum"
    same groups "$output" "$wanted"
    check 0 "aagg -g n 'count(*)' <(aagg --memory 256M -g k 'count(*) as n' keys.tsv)"
    same counts "$output" $'n\tcount(*)\n2\t5000000\n1\t5000000'
}

@test "ajoin of 5 million rows a side keeps to --memory, and the rows are the same" {
    { echo k; seq 5000000; } >left.tsv
    { printf 'k\tv\n'; seq 5000000 | sed 's/.*/&\t&/'; } >right.tsv
    check 0 "ajoin -k k 'k, v' left.tsv right.tsv | sort | sha256sum"
    wanted=$output
    peak 256 "ajoin --memory 128M -k k 'k, v' left.tsv right.tsv | sort -S 64M | sha256sum"
    same rows "$output" "$wanted"
}
