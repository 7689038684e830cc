# scripts/gen-attempts: the shape, the pinned records and the marginals that the workflow's tables come from.
# jq is the judge here, not our tools.
bats_require_minimum_version 1.5.0
load ../helper

setup_file() {
    export GENERATE=$ROOT/scripts/gen-attempts
    export DATA=$BATS_FILE_TMPDIR/attempts.json
    "$GENERATE" >"$DATA"
    # exam, attempts, all_correct: one line an exam in order of first appearance
    jq -r 'reduce .[] as $r ([{}, []];
               ($r.exam_name) as $e | (if .[0][$e] then . else .[1] += [$e] end)
               | .[0][$e] = [(.[0][$e][0] // 0) + 1,
                             (.[0][$e][1] // 0) + (if $r.sequences.counts.all_correct then 1 else 0 end)])
           | .[0] as $n | .[1][] | [., $n[.][0], $n[.][1]] | @tsv' "$DATA" >"$BATS_FILE_TMPDIR/exams.tsv"
    export EXAMS=$BATS_FILE_TMPDIR/exams.tsv
}

@test "gen-attempts: one array on one line, 3280 records, 103 exams, about 9 MB" {
    check 0 "wc -l <$DATA";  same lines "$output" 1
    check 0 "jq '. | length' $DATA"; same records "$output" 3280
    check 0 "wc -l <$EXAMS"; same exams "$output" 103
    bytes=$(wc -c <"$DATA")
    [ "$bytes" -gt 8500000 ] && [ "$bytes" -lt 9200000 ]
    head -c 1 "$DATA" | grep -qF '['
    check 0 "jq -c . $DATA | cmp - $DATA"   # no white space, nothing that jq writes in another way
    # no record is empty or far from the mean
    check 0 "jq -c '.[]' $DATA | awk '{n=length(\$0); if(n<500||n>12000){print n; exit 1}}'"
}

@test "gen-attempts: the first ten records and the last are pinned" {
    check 0 "jq -r '.[:10][] | [.user_exam_id[:17], .exam_name,
        (.sequences.counts | .all_correct, .correct, .incomplete, .incorrect, .submitted, .total, .unanswered)] |
        map(tostring) |
        join(\"|\")' $DATA"
    same 'first ten' "$output" "6d4089e4-bde5-4a2|Normal Forms and All That Jazz Master Class|false|2|1|1|4|4|0
2fec1534-b41f-441|Normal Forms and All That Jazz Master Class|false|1|2|1|4|4|0
8edbc8a8-4d26-429|The Principles of Microservices|false|3|0|1|4|4|0
c0ee680e-8892-4e6|The Principles of Microservices|false|2|2|0|4|4|0
e4525b79-7904-405|Introduction to Big Data|false|3|0|1|4|4|0
3186dafa-7acf-47e|Learning Git|true|5|0|0|5|5|0
48d88326-36a3-4cb|Git Fundamentals for Web Developers|true|1|0|0|1|1|0
bb152d6b-cada-41e|Introduction to Python|true|5|0|0|5|5|0
70073d6f-ced5-4d0|Intermediate Python Programming|true|4|0|0|4|4|0
9eb6d4d6-fd1f-4f3|Introduction to Python|false|0|1|0|1|5|4"
    check 0 "jq -c '.[0] | del(.sequences), .sequences.questions[0].options[0], .sequences.questions[0].user_result,
        .sequences.counts, (.sequences.questions[0].id, .sequences.id)[:8], keys_unsorted,
        (.sequences|keys_unsorted)' $DATA"
    id=$(jq -c '.[0].sequences.questions[0].options[0].id' "$DATA")
    same first "$output" '{"keen_timestamp":"1516717442.735266","max_attempts":"1.0",'\
'"started_at":"2018-01-23T14:23:19.082Z",'\
'"base_exam_id":"37f0a30a-7464-11e6-aa92-a8667f27e5dc","user_exam_id":"6d4089e4-bde5-4a22-b65f-18bce9ab79c8",'\
'"keen_created_at":"1516717442.735266",'\
'"certification":"false","keen_id":"5a6745820eb8ab00016be1f1","exam_name":"Normal Forms and All That Jazz Master Class"}
{"checked":true,"at":"2018-01-23T14:23:24.670Z","id":'"$id"',"submitted":1,"correct":true}
"missed_some"
{"incomplete":1,"submitted":4,"incorrect":1,"all_correct":false,"correct":2,"total":4,"unanswered":0}
"7a2ed6d3"
"5b28a462"
["keen_timestamp","max_attempts","started_at","base_exam_id","user_exam_id","sequences","keen_created_at",'\
'"certification","keen_id","exam_name"]
["questions","attempt","id","counts"]'
    check 0 "jq -c '.[3279] | .keen_timestamp, .started_at,
        (.sequences.questions[0] | .id, .user_result, (.options | length), .options[0],
            [.options[1:][] | .checked])' $DATA |
        sed 's/\"id\":\"a8b3951b-d1e1-4fa7-94cb-0a0415be1573\"/ID/'"
    same last "$output" '"1513766386.5845051"
"2017-12-20T10:38:26.490Z"
"ff4fd2c3-d00d-4fee-b783-f1a6091f61f9"
"correct"
4
{"checked":true,"at":"2017-12-20T10:38:29.540Z",ID,"submitted":1,"correct":true}
[false,false,false]'
}

@test "gen-attempts: the figures that are known of the file, and those of each exam" {
    local figures="python3 '$ROOT/tests/interop/attempts-figures.py'"
    grep -v '^#' "$ROOT/tests/golden/attempts-figures.txt" >wanted
    check 0 "$figures $DATA '$ROOT/scripts/exams.tsv'"
    same figures "$output" "$(<wanted)"
    # with another seed, and in each replica, too
    "$GENERATE" --seed 7 >other.json
    check 0 "$figures other.json '$ROOT/scripts/exams.tsv'"
    same 'figures of another seed' "$output" "$(<wanted)"
    "$GENERATE" --replicas 3 >three.json
    check 0 "$figures three.json '$ROOT/scripts/exams.tsv' 3"
    same 'figures of three replicas' "$output" "$(<wanted)"
}

@test "gen-attempts: exams that are off in one figure are told by the judge" {
    jq -c '(.[] | select(.exam_name == "TCP/IP").sequences.counts.correct) |= 1
        | (first(.[] | select(.exam_name == "JavaScript Templating")).base_exam_id) |= "another"
        | (first(.[] | select(.exam_name == "Learning DNS")).sequences.counts.total) |= 6
        | (first(.[] | select(.exam_name == "Learning Apache Maven" and .sequences.counts.all_correct == false))
            .sequences.counts.all_correct) |= true
        | [limit(1; .[] | select(.exam_name == "Learning Eclipse"))] as $one | . - $one' "$DATA" >off.json
    check 0 "python3 '$ROOT/tests/interop/attempts-figures.py' off.json '$ROOT/scripts/exams.tsv' |
        grep '^off' | sort"
    same off "$output" 'off: JavaScript Templating
off: Learning Apache Maven
off: Learning DNS
off: Learning Eclipse
off: TCP/IP'
}

@test "gen-attempts: equal counts and shares come in the tables' order" {
    check 0 "awk -F'\t' '\$2<=2{print \$1}' $EXAMS | paste -sd'|'"
    wanted='Nulls, Three-valued Logic and Missing Information|Learning to Visualize Data with D3.js|'
    wanted+='Native Web Apps for Android|Operating Red Hat Enterprise Linux Servers|'
    wanted+='Client-Side Data Storage for Web Developers|Arduino Prototyping Techniques|'
    wanted+="What's New in JavaScript|Understanding the Grails 3 Domain Model|Hibernate and JPA Fundamentals|"
    same rare "$output" "${wanted}Learning Spring Programming|The Closed World Assumption"
    check 0 "awk -F'\t' '\$1~/^(Intermediate Python|Introduction to Java)/{print \$1}' $EXAMS | paste -sd'|'"
    same 'ties of count' "$output" 'Intermediate Python Programming|Introduction to Java 8'
    check 0 "jq -c '[to_entries[] | select(.value.exam_name == (\"What\\u0027s New in JavaScript\",
        \"Learning Apache Cassandra\")) | .value | [.exam_name[:5], .sequences.counts.all_correct]] |
        .[0], .[1][0]' $DATA"
    same 'ties of share' "$output" "[\"What'\",true]
\"Learn\""
}

@test "gen-attempts: counts follow from the questions" {
    check 0 "jq -c '.[] | .sequences as \$s | select(\$s.counts) | (\$s.questions | group_by(.user_result) |
        map({(.[0].user_result): length}) | add) as \$n
        | [\$n.correct // 0, \$n.missed_some // 0, \$n.incorrect // 0, \$n.unanswered // 0] as [\$c, \$m, \$i, \$u]
        | select(\$s.counts != {correct: \$c, incomplete: \$m, incorrect: \$i, unanswered: \$u,
                                submitted: (\$c+\$m+\$i),
            total: (\$c+\$m+\$i+\$u), all_correct: (\$c == (\$c+\$m+\$i+\$u))}) | .user_exam_id' $DATA"
    same 'records at odds' "$output" ''
    check 0 "jq -c '.[].sequences.questions[] | select(
        (.user_correct != (.user_result == \"correct\")) or (.user_incomplete != (.user_result == \"missed_some\"))
        or (.user_submitted != (.user_result != \"unanswered\")) or (.options | length < 3 or length > 5)
        or ([.options[] | select(.checked != has(\"submitted\") or (.checked and (has(\"at\") | not)))] != [])
        or ([.options[] | .checked] | any) != .user_submitted
        or (.user_result == \"incorrect\" and ([.options[] | select(.checked) | has(\"correct\")] | any))
        or (.user_result == \"correct\" and ([.options[] | .checked != has(\"correct\")] | any)))' $DATA"
    same 'questions at odds' "$output" ''
}

@test "gen-attempts: odd names, key orders, text that looks like numbers" {
    check 0 "jq -c '[.[] | keys_unsorted] | unique | length >= 5' $DATA";                same orders "$output" true
    check 0 "jq -c '[.[].sequences | keys_unsorted] | unique | length >= 3' $DATA";      same orders "$output" true
    check 0 "jq -c '[.[] | .keen_timestamp, .keen_created_at, .max_attempts, .started_at, .keen_id, .base_exam_id
        | type] | unique' $DATA"
    same types "$output" '["string"]'
    for odd in "'" '&' / ',' '(' '#'; do grep -qF "$odd" "$EXAMS"; done
    check 0 "jq -r '.[] | .started_at, .sequences.questions[].options[].at // empty' $DATA |
        grep -vcE '^201[78]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$' || true"
    same times "$output" 0
}

@test "gen-attempts --dirty: lines that are cut, doubled or no JSON are added, the others stay" {
    "$GENERATE" --ndjson --dirty >dirty.ndjson
    jq -c '.[]' "$DATA" >clean.ndjson
    check 0 "python3 '$ROOT/tests/interop/attempts-figures.py' --dirty clean.ndjson dirty.ndjson"
    same added "$output" "dirty lines [('cut', 11), ('doubled', 11), ('no JSON', 10)] clean ones 3280 of 3280"
    check 0 "aslice --bad skip . dirty.ndjson | cmp - <(jq -c '.[]' $DATA)"
    [[ $errors == *'32 bad records skipped'* ]]
    check 2 "$GENERATE --dirty"
    [[ $errors == *'--dirty goes with --ndjson'* ]]
}

@test "gen-attempts: every attempt has ids of its own, in replicas too; the rest of a replica is equal" {
    "$GENERATE" --replicas 3 --ndjson >three.ndjson
    jq -c '[.user_exam_id, .keen_id], del(.user_exam_id, .keen_id)' three.ndjson >both
    grep '^[[]' both | tr -d '[]"' | tr , '\n' >ids
    check 0 "sort -u ids | wc -l"
    same ids "$output" $((3 * 2 * 3242))
    check 0 "grep -vcE '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\$|^[0-9a-f]{24}\$' ids || true"
    same 'odd ids' "$output" 0
    grep -v '^[[]' both | split -l 3280 - part.
    cmp part.aa part.ab
    cmp part.aa part.ac
    head -n 3280 three.ndjson | cmp - <(jq -c '.[]' "$DATA")
    "$GENERATE" --replicas 2 | sed 's/^\[//; s/]$//; s/},{"\(keen_t\|exam_n\|started\|sequences"\)/}\n{"\1/g' |
        cmp - <(head -n 6560 three.ndjson)
}

@test "gen-attempts: the same bytes for the same seed, the same marginals for another" {
    "$GENERATE" --seed 1 | cmp - "$DATA"
    "$GENERATE" --seed 7 >other.json
    run ! cmp -s other.json "$DATA"
    check 0 "jq -c '[length, ([.[].exam_name] | unique | length),
        ([.[] | select(.exam_name == \"Learning Git\" and .sequences.counts.all_correct)] | length)]' other.json"
    same marginals "$output" '[3280,103,130]'
    cmp <(jq -cS '.[:10][] | .sequences.counts, .exam_name' other.json) \
        <(jq -cS '.[:10][] | .sequences.counts, .exam_name' "$DATA")
}

@test "gen-attempts: wrong options are refused, a full disk is told, a closed pipe ends it" {
    check 2 "$GENERATE --replicas 0";  [[ $errors == *'--replicas: 1 to'* ]]
    check 2 "$GENERATE --replicas x"
    check 3 "$GENERATE >/dev/full";    [[ $errors == *'No space left on device'* ]]
    check 0 "set +o pipefail; $GENERATE --replicas 2 --ndjson | head -n 1 | wc -l"
    same 'one line' "$output" 1
    same quiet "$errors" ''
}

@test "gen-attempts --live: answers question by question, when they are due, the same for a seed" {
    "$GENERATE" --live 1000 --count 3000 --takers 7 --start 2018-01-23T14:00:00Z --seed 5 >one
    "$GENERATE" --live 0 --count 3000 --takers 7 --start 2018-01-23T14:00:00Z --seed 5 >two
    [ "$(wc -l <one)" = 3000 ]
    [ "$(jq -r .at one | sed -n '1p;2p;3000p' | paste -sd' ' -)" = \
        '2018-01-23T14:00:00.000Z 2018-01-23T14:00:00.001Z 2018-01-23T14:00:02.999Z' ]
    diff <(jq -c 'del(.at)' one) <(jq -c 'del(.at)' two)
    # each taker answers from the first question to the last, and is finished then
    jq -se 'group_by(.user_exam_id) | all(.[]; [.[].question] == [range(1; length + 1)] and
        all(.[]; .finished == (.question == .questions)) and (map(.exam_name) | unique | length) == 1)' one
    jq -se 'map(.user_correct) | add / length | . > 0.5 and . < 0.9' one
    jq -se 'all(.[]; (.user_correct == 1) == (.user_result == "correct"))' one
    "$GENERATE" --live 0 --count 3000 --takers 7 --start 2018-01-23T14:00:00Z --seed 6 >other
    run ! cmp -s other two
}

@test "gen-attempts --live: at its rate, until its reader has enough or it is ended" {
    local begun=${EPOCHREALTIME/./}
    "$GENERATE" --live 100 --count 51 >/dev/null
    [ $((${EPOCHREALTIME/./} - begun)) -ge 500000 ]
    "$GENERATE" --live 1000 | head -n 3 | wc -l | grep -qx 3
    status=0
    timeout -s INT 1 env --default-signal=INT "$GENERATE" --live 10 >/dev/null 2>errors || status=$?
    [ "$status" = 124 ]
    [ ! -s errors ]
    for wrong in '--count 3' '--live -1' '--live 1 --ndjson' '--live 1 --start noon' '--live 1 --takers 0'; do
        # shellcheck disable=SC2086 # words are meant
        if "$GENERATE" $wrong >/dev/null 2>&1; then echo "not refused: $wrong" >&2; return 1; fi
    done
}
