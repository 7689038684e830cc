# The rows of the workflow, "look at the file" and "ask", with the figures people know; jq counts beside us where
# it can.
# (Publishing and reading back stand in tests/kafka; the whole in a row in demo.bats.)
load ../helper

setup_file() { export F=$ROOT/data/attempts.json L=$ROOT/data/attempts.ndjson; }

@test "look: the first record, pretty" {
    check 0 "aslice -p '.[0]' $F | cmp - <(jq '.[0]' $F)"
}

@test "look: length, exam names, all records" {
    check 0 "aslice '. | length' $F";                              same length "$output" 3280
    check 0 "aslice -r '.[].exam_name' $F | sort -u | wc -l";      same exams "$output" 103
    check 0 "aslice -r '.[].exam_name' $F | cmp - <(jq -r '.[].exam_name' $F)"
    check 0 "aslice -c '.[]' $F | wc -l";                          same records "$output" 3280
    check 0 "aslice -c '.[]' $F | cmp - $L"
}

@test "look: keys in the record's own order" {
    check 0 "aslice '.[0] | keys_unsorted' $F"
    same keys "$output" '["keen_timestamp","max_attempts","started_at","base_exam_id","user_exam_id",'\
'"sequences","keen_created_at","certification","keen_id","exam_name"]'
    check 0 "aslice '.[0].sequences | keys_unsorted' $F"
    same keys "$output" '["questions","attempt","id","counts"]'
    check 0 "aslice '.[0].sequences.counts | keys_unsorted' $F"
    same keys "$output" '["incomplete","submitted","incorrect","all_correct","correct","total","unanswered"]'
}

@test "look: four slices, one line each, and the last record" {
    for slice in 0:1000 1000:2000 2000:3000 3000:3279; do
        check 0 "aslice -c '.[$slice]' $F | cmp - <(jq -c '.[$slice]' $F)"
    done
    check 0 "aslice '.[0:1000], .[1000:2000], .[2000:3000], .[3000:3279]' $F | aslice length | paste -sd' '"
    same lengths "$output" '1000 1000 1000 279'
    check 0 "aslice '.[3279]' $F | cmp - <(tail -n 1 $L)"
    check 0 "head -n 1 $L | aslice '.sequences.questions[0]' | cmp - <(head -n 1 $L | jq -c '.sequences.questions[0]')"
}

@test "ask: ten names, the count, the distinct count; arrays count as their elements" {
    check 0 "aflatten -n 10 exam_name $L | cmp - <(echo exam_name; head -n 10 $L | jq -r .exam_name)"
    check 0 "aagg 'count(exam_name)' $L | tail -n 1";              same count "$output" 3280
    check 0 "aagg 'count(distinct exam_name)' $L | tail -n 1";     same distinct "$output" 103
    check 0 "aslice '.[0:1000], .[1000:2000], .[2000:3000], .[3000:3279], .[3279]' $F |
        aagg 'count(exam_name), count(distinct exam_name)' | tail -n 1"
    same 'five messages' "$output" '3280	103'
    check 0 "aagg 'count(*)' $F | tail -n 1";                      same 'the array' "$output" 3280
}

@test "ask: attempts by exam, most and least" {
    check 0 "aagg -g exam_name -o 'exam_count desc' 'count(exam_name) as exam_count' $L"
    same table "$(head -n 12 <<<"$output")" "exam_name	exam_count
Learning Git	394
Introduction to Python	162
Intermediate Python Programming	158
Introduction to Java 8	158
Learning to Program with R	128
Introduction to Machine Learning	119
Software Architecture Fundamentals Understanding the Basics	109
Beginning C# Programming	95
Learning Eclipse	85
Learning Apache Maven	80
Beginning Programming with JavaScript	79"
    same all "$(tail -n +2 <<<"$output" | sort)" \
        "$(jq -r .exam_name "$L" | sort | uniq -c | sed -E 's/[\]/&&/g; s/^ *([0-9]+) (.*)/\2\t\1/' | sort)"
    check 0 "aagg -g exam_name -o 'exam_count' -n 10 'count(exam_name) as exam_count' $L"
    same least "$output" "exam_name	exam_count
Nulls, Three-valued Logic and Missing Information	1
Learning to Visualize Data with D3.js	1
Native Web Apps for Android	1
Operating Red Hat Enterprise Linux Servers	1
Client-Side Data Storage for Web Developers	2
Arduino Prototyping Techniques	2
What's New in JavaScript	2
Understanding the Grails 3 Domain Model	2
Hibernate and JPA Fundamentals	2
Learning Spring Programming	2"
}

@test "ask: the flat table of nine columns" {
    printf 'user_exam_id\texam_name\tall_correct\tcorrect\tincomplete\tincorrect\tsubmitted\ttotal\tunanswered\n' \
        >wanted
    jq -r '[.user_exam_id, .exam_name,
        (.sequences.counts | .all_correct, .correct, .incomplete, .incorrect, .submitted, .total, .unanswered)]
           | map(tostring) | join("\t")' "$L" | sed 's/\tnull/\t\\N/g' >>wanted
    check 0 "aflatten 'user_exam_id, exam_name, sequences.counts.*' $L | cmp - wanted"
}

PROFICIENCY="exam_name	All_True	Not_All_True	Proficiency
Learning SQL for Oracle	10	1	0.91
Git Fundamentals for Web Developers	21	7	0.75
Introduction to Hadoop YARN	6	2	0.75
Introduction to Amazon Web Services (AWS) - EC2 Deployment Fundamentals	4	2	0.67
Introduction to Java 8	94	64	0.59
Introduction to Apache Hive	4	3	0.57
Refactor a Monolithic Architecture into Microservices	9	8	0.53
What's New in JavaScript	1	1	0.5
Learning Apache Cassandra	6	6	0.5
Introduction to Apache Spark	4	5	0.44"

@test "ask: proficiency in one pass, from NDJSON and from flat rows" {
    ask="-g exam_name -o 'Proficiency desc' 'count_if(all_correct) as All_True,
        count_if(not all_correct) as Not_All_True, round(All_True/(All_True+Not_All_True),2) as Proficiency'"
    check 0 "aflatten 'exam_name, sequences.counts.all_correct' $L | aagg $ask"
    # here 0 stands where a side is missing: three exams have only perfect attempts, one has no counts
    same perfect "$(sed -n '2,4s/\t.*\t/ /p' <<<"$output" | sort)" "Learning to Visualize Data with D3.js 1.0
Nulls, Three-valued Logic and Missing Information 1.0
The Closed World Assumption 1.0"
    same proficiency "$(sed 2,4d <<<"$output" | head -n 11)" "$PROFICIENCY"
    same exams "$(wc -l <<<"$output")" 104
    check 0 "aagg -g exam_name -o 'All_True desc' -n 3 'count_if(sequences.counts.all_correct) as All_True,
        count_if(not sequences.counts.all_correct) as Not_All_True,
        round(All_True/(All_True+Not_All_True),2) as Proficiency' $L"
    same 'by All_True' "$output" "exam_name	All_True	Not_All_True	Proficiency
Learning Git	130	264	0.33
Introduction to Java 8	94	64	0.59
Introduction to Machine Learning	46	73	0.39"
}

@test "ask: proficiency as the workflow's query has it: two tables, joined in full" {
    aflatten 'exam_name, sequences.counts.all_correct' "$L" >flat.tsv
    check 0 "aagg -g exam_name -w \"all_correct = 'true'\" 'count(all_correct) as All_True' flat.tsv > t1.tsv"
    check 0 "aagg -g exam_name -w \"all_correct = 'false'\" 'count(all_correct) as Not_All_True' flat.tsv > t2.tsv"
    check 0 "ajoin --full -k exam_name -o 'Proficiency desc' 'exam_name, All_True, Not_All_True,
        round(All_True/(All_True+Not_All_True),2) as Proficiency' t1.tsv t2.tsv"
    same proficiency "$(head -n 11 <<<"$output")" "$PROFICIENCY"
    same exams "$(wc -l <<<"$output")" 103
    # exams that only one side has: null, as in the query's full outer join, but the name is kept
    counted='group_by(.exam_name)[] | map(.sequences.counts.all_correct) | select(all(. != null))'
    same 'no perfect one' "$(grep -c '	\\N	[0-9]*	\\N$' <<<"$output")" \
        "$(jq -s "[$counted | select(any | not)] | length" "$L")"
    same 'only perfect ones' "$(grep -c '	[0-9]*	\\N	\\N$' <<<"$output")" \
        "$(jq -s "[$counted | select(all)] | length" "$L")"
}

@test "ask: printSchema and show" {
    check 0 "aflatten --schema $L"
    same schema "$output" 'root
 |-- base_exam_id: string (nullable = true)
 |-- certification: string (nullable = true)
 |-- exam_name: string (nullable = true)
 |-- keen_created_at: string (nullable = true)
 |-- keen_id: string (nullable = true)
 |-- keen_timestamp: string (nullable = true)
 |-- max_attempts: string (nullable = true)
 |-- sequences: struct (nullable = true)
 |    |-- attempt: long (nullable = true)
 |    |-- counts: struct (nullable = true)
 |    |    |-- all_correct: boolean (nullable = true)
 |    |    |-- correct: long (nullable = true)
 |    |    |-- incomplete: long (nullable = true)
 |    |    |-- incorrect: long (nullable = true)
 |    |    |-- submitted: long (nullable = true)
 |    |    |-- total: long (nullable = true)
 |    |    |-- unanswered: long (nullable = true)
 |    |-- id: string (nullable = true)
 |    |-- questions: array (nullable = true)
 |    |    |-- element: struct (containsNull = true)
 |    |    |    |-- id: string (nullable = true)
 |    |    |    |-- options: array (nullable = true)
 |    |    |    |    |-- element: struct (containsNull = true)
 |    |    |    |    |    |-- at: string (nullable = true)
 |    |    |    |    |    |-- checked: boolean (nullable = true)
 |    |    |    |    |    |-- correct: boolean (nullable = true)
 |    |    |    |    |    |-- id: string (nullable = true)
 |    |    |    |    |    |-- submitted: long (nullable = true)
 |    |    |    |-- user_correct: boolean (nullable = true)
 |    |    |    |-- user_incomplete: boolean (nullable = true)
 |    |    |    |-- user_result: string (nullable = true)
 |    |    |    |-- user_submitted: boolean (nullable = true)
 |-- started_at: string (nullable = true)
 |-- user_exam_id: string (nullable = true)'
    check 0 "aagg -g exam_name -o 'exam_count desc' --table 'count(exam_name) as exam_count' $L"
    same table "$(head -n 5 <<<"$output"; tail -n 2 <<<"$output")" "+--------------------+----------+
|           exam_name|exam_count|
+--------------------+----------+
|        Learning Git|       394|
|Introduction to P...|       162|
+--------------------+----------+
only showing top 20 rows"
    same rows "$(wc -l <<<"$output")" 25
}

@test "what it must show: a bad record, --bad skip, a full disk, a closed pipe, a misspelt path" {
    printf '{"a":1}\n{"a":}\n{"a":3}\n' >bad.ndjson
    check 1 "aflatten a <bad.ndjson"
    same 'before it' "$output" $'a\n1'
    [[ $errors == 'aflatten: stdin:2: byte 6: '* ]]
    check 0 "aflatten --bad skip a <bad.ndjson"
    same 'both good rows' "$output" $'a\n1\n3'
    [[ $errors == *1*bad* ]] || [[ $errors == *'1 '*skip* ]]
    check 3 "aflatten user_exam_id $L >/dev/full"
    [[ $errors == *'No space left on device'* ]]
    check 0 "set +o pipefail; aflatten user_exam_id $L | head -1"
    same quiet "$errors" ''
    check 0 "aflatten exam_nmae $L >rows"
    [[ $errors == *exam_nmae* ]]
    same rows "$(sort -u rows | paste -sd' ')" '\N exam_nmae'
}
