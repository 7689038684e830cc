# `make demo`: the workflow's tables come out, with the figures people know, and quickly.
load ../helper

setup_file() {
    "$ROOT/scripts/demo" >"$BATS_FILE_TMPDIR/demo" 2>&1
    export DEMO=$BATS_FILE_TMPDIR/demo
}

# after COMMAND-PATTERN: what the first command that matches printed.
after() { awk -v pattern="$1" '/^\$ /{on=0} on; index($0, pattern) && !seen{on=1; seen=1}' "$DEMO" | sed '/^$/,$d'; }

# table: the cells of a --table, separated by `|`, without its frame.
cells() { grep '^|' | sed 's/^| *//; s/ *|$//; s/ *| */|/g'; }

@test "demo: the figures of looking at the file" {
    same length "$(after "aslice '. | length'")" 3280
    same exams "$(after "sort -u | wc -l")" 103
}

@test "demo: five messages, the fifth by its offset; 3280 once, 42 of them" {
    same fifth "$(after 'slices":{"0":4}' | jq -r '.id, .user_result, (.options | length)' | paste -sd' ')" \
        'ff4fd2c3-d00d-4fee-b783-f1a6091f61f9 correct 4'
    same envelope "$(after 'slices -J' | wc -w)" 5
    same records "$(after "slices | aagg" | tail -n 1)" 3280
    same once "$(after 'exams | wc -l')" 3280
    same 42 "$(after 'c 42')" 42
}

@test "demo: the flat rows, the counts and the proficiencies of the workflow" {
    same 'flat rows' "$(after "table '*' attempts.tsv" | cells | tail -n +2)" \
        "6d4089e4-bde5-4a2...|Normal Forms and ...|false|2|1|1|4|4|0
2fec1534-b41f-441...|Normal Forms and ...|false|1|2|1|4|4|0
8edbc8a8-4d26-429...|The Principles of...|false|3|0|1|4|4|0
c0ee680e-8892-4e6...|The Principles of...|false|2|2|0|4|4|0
e4525b79-7904-405...|Introduction to B...|false|3|0|1|4|4|0
3186dafa-7acf-47e...|Learning Git|true|5|0|0|5|5|0
48d88326-36a3-4cb...|Git Fundamentals ...|true|1|0|0|1|1|0
bb152d6b-cada-41e...|Introduction to P...|true|5|0|0|5|5|0
70073d6f-ced5-4d0...|Intermediate Pyth...|true|4|0|0|4|4|0
9eb6d4d6-fd1f-4f3...|Introduction to P...|false|0|1|0|1|5|4"
    same attempts "$(after 'as attempts' | tail -n 1)" "3280	103"
    same most "$(after 'exam_count desc' | cells | tail -n +2 | head -n 5)" "Learning Git|394
Introduction to Python|162
Intermediate Python Programming|158
Introduction to Java 8|158
Learning to Program with R|128"
    same least "$(after 'o exam_count -n' | cells | tail -n +2 | cut -d'|' -f2 | paste -sd' ')" '1 1 1 1 2 2 2 2 2 2'
    same proficiency "$(after 'ajoin' | cells | tail -n +2)" "Learning SQL for Oracle|10|1|0.91
Git Fundamentals for Web Developers|21|7|0.75
Introduction to Hadoop YARN|6|2|0.75
Introduction to Amazon Web Services (AWS) - EC2 Deployment Fundamentals|4|2|0.67
Introduction to Java 8|94|64|0.59
Introduction to Apache Hive|4|3|0.57
Refactor a Monolithic Architecture into Microservices|9|8|0.53
What's New in JavaScript|1|1|0.5
Learning Apache Cassandra|6|6|0.5
Introduction to Apache Spark|4|5|0.44"
}

@test "demo: both tables land and are read back; from the topic, once" {
    same most "$(after 'aread exams_table' | cells | tail -n +2 | head -n 3)" "Learning Git|394
Introduction to Python|162
Intermediate Python Programming|158"
    same once "$(after 'aread landed')" 3280
    same again "$(grep -c '3280 were landed before' "$DEMO")" 1
    same versions "$(after 'aread --history table')" $'version\toperation\tmode\tadded\trows
1\tWRITE\tAppend\t1\t2280\n0\tWRITE\tAppend\t1\t1000'
    same first "$(after 'as-of 0')" 1000
    same offsets "$(after 'offsets -d table')" '{"exams":{"0":3280}}'
}

@test "demo: it takes about a second" {
    seconds=$(sed -n 's/^# all of the above took \(.*\) s$/\1/p' "$DEMO")
    awk -v seconds="$seconds" 'BEGIN { exit !(seconds > 0 && seconds < 6) }'   # 6: beside other tests, on two cores
}

@test "README shows what the demo prints" {
    sed -n '/<!-- demo -->/,/<!-- .demo -->/p' "$ROOT/README.md" | grep -v '^<!--\|^```' >shown
    [ "$(wc -l <shown)" -gt 40 ]
    # every line, in order
    check 0 "awk 'NR == FNR { line[++n] = \$0; next } at < n && \$0 == line[at + 1] { at++ }
        END { if (at < n) { print line[at + 1]; exit 1 } }' shown $DEMO"
}
