# aagg --partial --every: states of what came since the last report, whose sum is one run's; what is said of a group.
load ../helper

# envelopes FROM TO [PARTITION]: messages with their offset as x.
envelopes() {
    seq "$1" "$2" | jq -c --argjson p "${3:-0}" '{topic: "t", partition: $p, offset: ., value: {k: ., x: .} | tojson}'
}

@test "the reports' states come to what one run over all records gives, and hold nothing twice" {
    seq 10000 | awk '{ printf "{\"k\":%d,\"x\":%d.5}\n", $1 % 7, $1 }' >in
    local list='count(*) as n, sum(x) as s, percentile(x, 0.3) as p, count(distinct x) as d'
    check 0 "aagg -g k '$list' in";                                                    local want=$output
    check 0 "aagg --partial --every 1000 -g k '$list' in | wc -l";                     same reports "$output" 70
    check 0 "aagg --partial --every 1000 -g k '$list' in | aagg --merge -g k '$list'"; same all "$output" "$want"
    check 0 "aagg -w 'x > 5000' -g k '$list' in";                                      want=$output
    check 0 "aagg --partial --every 300 -w 'x > 5000' -g k '$list' in | aagg --merge -g k '$list'"
    same 'chosen' "$output" "$want"
    check 0 "aagg --partial --every 1 'count(*) as n' in | aagg --merge 'count(*) as n'"
    same 'one group' "$output" $'n\n10000'
    check 0 "aagg --partial --every 1s 'count(*)' /dev/null";                          same nothing "$output" ''
}

@test "groups that outgrow --memory are reported all the same" {
    seq 200000 | sed 's/.*/{"k":&}/' >in
    check 0 "aagg --partial --every 1h --memory 4M -g k 'count(*) as n' in |
        aagg --merge -g k 'count(*) as n' | cmp - <(aagg -g k 'count(*) as n' in)"
}

@test "a report by time, while records come, and by a signal" {
    mkfifo pipe
    aagg --partial --every 20ms 'sum(x) as s' <pipe >out 3>&- &
    exec 4>pipe
    echo '{"x":1}' >&4
    eventually has_lines 1 out
    echo '{"x":2}' >&4
    eventually has_lines 2 out
    exec 4>&-
    wait $!
    check 0 "aagg --merge 'sum(x) as s' out"; same sum "$output" $'s\n3'
    aagg --partial --every 1h 'sum(x) as s' <pipe >out 3>&- &
    exec 4>pipe
    echo '{"x":1}' >&4
    hears() { [ $((0x$(awk '/^SigBlk/ { print $2 }' "/proc/$1/status") & 0x200)) != 0 ]; }
    eventually hears $!
    asked() { kill -USR1 $!; has_lines 1 out; }
    eventually asked
    exec 4>&-
    wait $!
    same once "$(wc -l <out)" 1
}

@test "envelopes: each report ends with its offsets; what is said of a group parts reports" {
    { echo '{"group":"QQ=="}'; envelopes 0 3; envelopes 7 8 1; echo '{"group":"QQ==","offsets":{"t":{"0":9,"1":9}}}'
        echo '{"group":"Qg=="}'; envelopes 9 11; } >in
    check 0 "aagg --envelope --partial --every 1h --key-first hash -g 'k % 2 as odd' 'sum(x) as s' in >out; cat out"
    local name
    name=$(sed -n 's/.*"of":"\([0-9a-f]*\)".*/\1/p;q' out)
    local begin="{\"aagg\":2,\"of\":\"$name\",\"offsets\":{\"t\":"
    same ends "$(grep -n offsets out)" "3:$begin{\"0\":9,\"1\":9}},\"group\":\"QQ==\"}
6:$begin{\"0\":12}},\"group\":\"Qg==\"}"
    check 0 "cut -f2- out | aagg --merge -g 'k % 2 as odd' 'sum(x) as s'"; same all "$output" $'odd\ts\n0\t20\n1\t31'
    # asked for what was reported: nothing more
    { echo '{"group":"QQ=="}'; envelopes 0 1; for _ in 1 2; do echo '{"group":"QQ==","offsets":{"t":{"0":2}}}'
        echo '{"group":"QQ=="}'; done; } >in
    check 0 "aagg --envelope --partial --every 2 'sum(x) as s' in | wc -l"; same twice "$output" 3
    # messages without value, and bad ones that are skipped, are committed, too
    { echo '{"group":"QQ=="}'; echo '{"topic":"t","partition":0,"offset":4,"value":null}'
        echo '{"topic":"t","partition":0,"offset":5,"value":"{"}'
        echo '{"group":"QQ==","offsets":{"t":{"0":6}}}'; } >in
    check 0 "aagg --bad skip --envelope --partial --every 1h 'sum(x) as s' in"
    [[ $output == *'"offsets":{"t":{"0":6}},"group":"QQ=="}' ]]
    # a partition without a message: what is to be committed there is 0
    check 0 "echo '{\"group\":\"QQ==\",\"offsets\":{\"t\":{\"0\":0}}}' |
        aagg --envelope --partial --every 1h 'count(*)'"
    [[ $output == *'"offsets":{"t":{"0":0}}}' ]]
    check 1 "echo '{\"group\":\"QQ==\",\"offsets\":{\"t\":7}}' | aagg --envelope --partial --every 1h 'count(*)'"
    [[ $errors == *'damaged offsets of a group' ]]
    check 1 "aagg --envelope --partial 'sum(x) as s' in"
    [[ $errors == *'in:1: byte 1: of a group'*'which goes with aagg --partial --every'* ]]
}

@test "a bad record ends it behind a report of those before" {
    { envelopes 0 3; echo '{"topic":"t","partition":0,"offset":4,"value":"{"}'; envelopes 5 6; } >in
    check 1 "aagg --envelope --partial --every 1h 'count(*) as n' in >out"
    check 0 "tail -n 1 out"
    [[ $output == *'"offsets":{"t":{"0":4}}}' ]]
    check 0 "aagg --merge 'count(*) as n' out"; same before "$output" $'n\n4'
}

@test "--merge --envelope: states out of a topic, and up to where they go" {
    envelopes 1 6 >in
    aagg --envelope --partial --every 2 -g 'k % 2 as odd' 'sum(x) as s' in | grep -v offsets |
        aproduce -q -b file:log -t p
    check 0 "aconsume -q -b file:log -t p | aagg --merge -g 'k % 2 as odd' 'sum(x) as s'";  local want=$output
    : >view
    more() {
        aconsume -q -b file:log -t p -J -o @view |
            aagg -q --merge --envelope --partial -g 'k % 2 as odd' 'sum(x) as s' >news
        aagg -q --merge --partial -g 'k % 2 as odd' 'sum(x) as s' view news >new
        mv new view
    }
    more
    check 0 "aagg --merge -g 'k % 2 as odd' 'sum(x) as s' view";                            same view "$output" "$want"
    more # nothing new
    check 0 "aagg --merge -g 'k % 2 as odd' 'sum(x) as s' view; grep -c offsets view";      same again "$output" "$want
1"
    envelopes 7 8 | aagg --envelope --partial --every 2 -g 'k % 2 as odd' 'sum(x) as s' | grep -v offsets |
        aproduce -q -b file:log -t p
    more
    check 0 "aagg --merge -g 'k % 2 as odd' 'sum(x) as s' view";           same more "$output" $'odd\ts\n1\t16\n0\t20'
}

@test "options that do not go with it are refused" {
    for wrong in "--every 1s --partial --mode complete 'count(*)'" "--every 1s --merge 'count(*)'" \
        "--every 1s --partial --envelope --state s 'count(*)'" "--every 1s --partial --offsets '{}' 'count(*)'"; do
        check 2 "aagg $wrong </dev/null"
    done
    check 2 "aconsume -b file:log -t t --leave-commit -J"
    [[ $errors == *'--leave-commit goes with -g and -J'* ]]
    check 2 "aconsume -b file:log -t t --leave-commit -J -g g -X partition.assignment.strategy=cooperative-sticky"
    check 2 "aproduce -b file:log -t t --commit a --once b </dev/null"
    check 2 "aproduce -b file:log -t t --commit '' </dev/null"
}

@test "aproduce --commit: what ends within a report, or without a group, publishes nothing; nor can a folder" {
    { echo '{"group":"QQ=="}'; envelopes 0 3; } | aagg --envelope --partial --every 1h -g k 'count(*)' >in
    check 3 "grep -v offsets in | aproduce -b file:log -t p --commit a"
    [[ $errors == *'the input ended within a report: its states are not published'*'0 messages'* ]]
    check 1 "sed 's/,\"group\":\"QQ==\"//' in | aproduce -b file:log -t p --commit a"
    [[ $errors == *'stdin:5: no offsets with a group'* ]]
    check 3 "aproduce -b file:log -t p --commit a in"
    [[ $errors == *'a log in a directory'* ]]
    check 0 "aconsume -b file:log -t p"; same none "$output" ''
    check 0 "aproduce -b file:log -t p --commit a </dev/null"
}
