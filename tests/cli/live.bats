#!/usr/bin/env bats
# aagg while records come: reports and modes, windows and watermarks, signals, states and views.
bats_require_minimum_version 1.5.0
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    for i in 1 2 3 4 5 6; do echo "{\"k\":\"a$((i % 2))\",\"x\":$i}"; done >six
}

@test "--every N: the rows that changed, behind so many records each; a header once" {
    run -0 aagg --every 2 -g k 'count(*) as n, max(if(x < 3, x, 0)) as m' six
    [ "$output" = "$(printf 'k\tn\tm\na1\t1\t1\na0\t1\t2\na1\t2\t1\na0\t2\t2\na1\t3\t1\na0\t3\t2')" ]
}

@test "--every: a row that is as it was is not told again" {
    run -0 aagg --every 2 -T json -g k 'max(if(x < 3, x, 0)) as m' six
    [ "$output" = "$(printf '{"k":"a1","m":1}\n{"k":"a0","m":2}')" ]
}

@test "--every: a row that HAVING no longer lets pass is told as deleted, in NDJSON, once" {
    run -0 aagg --every 2 -T json --having 'n < 2' -g k 'count(*) as n' six
    [ "$output" = "$(printf '%s\n' '{"k":"a1","n":1}' '{"k":"a0","n":1}' '{"k":"a1","_deleted":true}' \
        '{"k":"a0","_deleted":true}')" ]
}

@test "--mode complete: all rows, in order, with a limit" {
    run -0 aagg --every 3 --mode complete -o 'n desc, k' -n 1 -g k 'count(*) as n' six
    [ "$output" = "$(printf 'k\tn\na1\t2\na0\t3')" ]
}

@test "--every DURATION: the report comes while the input stays open; nothing new is no report" {
    mkfifo in
    aagg --every 20ms -g k 'count(*) as n' <in >out 3>&- &
    exec 4>in
    cat six >&4
    eventually has_lines 3 out
    [ "$(cat out)" = "$(printf 'k\tn\na1\t3\na0\t3')" ]
    echo '{"k":"b"}' >&4
    eventually has_lines 4 out
    [ "$(tail -1 out)" = "$(printf 'b\t1')" ]
    exec 4>&-
    wait $!
    [ "$(wc -l <out)" = 4 ]
}

@test "without --every SIGTERM and SIGINT print the result so far, and the status says who; SIGUSR1 goes on" {
    for signal in TERM INT; do
        rm -f in out && mkfifo in
        ( trap - INT; exec env --default-signal=INT aagg -j 2 -g k 'count(*) as n' <in >out 3>&- ) &
        exec 4>in
        cat six >&4
        hears() { [ $((0x$(awk '/^SigBlk/ { print $2 }' "/proc/$1/status") & 0x200)) != 0 ]; }
        eventually hears $!
        shown() { kill -USR1 "$1" && sleep 0.05 && grep -q 'a1.3' out; }
        eventually shown $!
        kill -$signal $!
        status=0
        wait $! || status=$?
        exec 4>&-
        [ "$(kill -l $status)" = $signal ]
        [ "$(tail -3 out)" = "$(printf 'k\tn\na1\t3\na0\t3')" ]
    done
}

@test "wrong usage: what goes only with --every, and with each mode" {
    wrong() {
        run -2 "$@" </dev/null
        [[ "$output" == *"${text:?}"* ]] || { echo "$output"; return 1; }
    }
    text='--mode goes with --every' wrong aagg --mode update 'count(*)'
    text='-o, -n and --offset are of all rows' wrong aagg --every 1s -o n 'count(*) as n'
    text='--mode append: a --watermark' wrong aagg --every 1s --mode append 'count(*) as n'
    text='--state and --base need' wrong aagg --every 1s --state s 'count(*) as n'
    text='expected a length of time' wrong aagg --every 1x 'count(*) as n'
    text='--watermark closes windows' wrong aagg --every 1s --watermark 't, 1 minute' 'count(*) as n'
    text='expected a time and a delay' wrong aagg --every 1s --watermark 't' -g "window(t, '1 hour')" 'count(*)'
    text='sessions grow together' wrong aagg --every 1s -g "session_window(t, '1 hour')" 'count(*)'
    text='depends on the order' wrong aagg --envelope --every 1s --state s 'first(x)'
    text='one window only' wrong aagg -g "window(t, '1 hour') as a, window(t, '2 hours') as b" 'count(*)'
    text="without months" wrong aagg -g "window(t, '1 month') as a" 'count(*)'
    text='slides by no more' wrong aagg -g "window(t, '1 hour', '2 hours') as a" 'count(*)'
}

late_events() {
    cat <<'X'
{"t":"2024-05-01 10:00:00","k":"a"}
{"t":"2024-05-01 10:05:00","k":"a"}
{"t":"2024-05-01 10:30:00","k":"a"}
{"t":"2024-05-01 10:01:00","k":"in time"}
{"t":"2024-05-01 10:02:00","k":"late"}
{"t":"2024-05-01 11:31:00","k":"a"}
X
}

@test "windows as keys in batch: tumbling, sliding, sessions; a time that is none is in none" {
    printf '%s\n' '{"t":"2024-05-01 10:17:00","k":"a","x":1}' '{"t":"2024-05-01 10:27:00","k":"b","x":2}' \
        '{"t":"2024-05-01 10:21:00","k":"a","x":4}' '{"t":null,"x":8}' '{"t":"x","x":16}' \
        '{"t":"2024-05-01 10:26:00","k":"a","x":32}' >events
    list='substring(w.start, 12, 5) as s, substring(w.end, 12, 5) as e, sum(x) as x'
    hours() { aagg -q -T json -o 1 -g "$1" "$list" events | sed 's/"w":{[^}]*},//'; }
    [ "$(hours "window(t, '15 minutes') as w")" = '{"s":"10:15","e":"10:30","x":39}' ]
    [ "$(hours "window(t, '30 minutes', '15 minutes') as w")" = "$(printf '%s\n' \
        '{"s":"10:00","e":"10:30","x":39}' '{"s":"10:15","e":"10:45","x":39}')" ]
    [ "$(hours "k, session_window(t, '5 minutes') as w")" = "$(printf '%s\n' \
        '{"k":"a","s":"10:17","e":"10:31","x":37}' '{"k":"b","s":"10:27","e":"10:32","x":2}')" ]
}

@test "sessions: any order of records, threads, spilling and merging of states gives the same" {
    awk 'BEGIN { srand(7); for (i = 0; i < 20000; i++) printf "{\"k\":%d,\"t\":%d,\"x\":%d}\n",
        rand() * 50, 1700000000 + int(rand() * 1e6), i }' >events
    keys="k, session_window(timestamp_seconds(t), '20 seconds') as w" list='count(*) as n, sum(x) as x'
    aagg -j1 -g "$keys" -o '1, 2' "$list" events >want
    [ "$(wc -l <want)" -gt 1000 ]
    shuf --random-source=want events >shuffled
    aagg -j2 -g "$keys" -o '1, 2' "$list" shuffled | cmp - want
    aagg -j2 --memory 1M -g "$keys" -o '1, 2' "$list" shuffled | cmp - want
    split -n l/3 shuffled part.
    for part in part.*; do aagg --partial -g "$keys" "$list" "$part"; done |
        aagg --merge -g "$keys" -o '1, 2' "$list" | cmp - want
}

@test "a watermark closes windows: late records are counted and kept, rows are told once" {
    late_events | aagg --every 2 --mode append --watermark 't, 5 minutes' --late late -T json \
        -g "window(t, '10 minutes') as w, k" 'count(*) as n' >out 2>err
    [ "$(sed 's/"w":{"start":"[^"]*T\([0-9:]*\).*Z"}/"w":"\1"/' out)" = "$(printf '%s\n' \
        '{"w":"10:00:00","k":"a","n":2}' '{"w":"10:00:00","k":"in time","n":1}' '{"w":"10:30:00","k":"a","n":1}')" ]
    [ "$(cat late)" = '{"t":"2024-05-01 10:02:00","k":"late"}' ]
    grep -q '1 record too late for a window' err
    grep -q '1 window is still open: not written' err
}

@test "a record that touches a session that was closed, but is not late itself, begins another" {
    printf '{"t":"2024-05-01 10:%s:00","x":%d}\n' 32 1 44 2 35 4 59 8 >events # 39 is the watermark behind the second
    aagg -q --every 2 --mode append --watermark 't, 5 minutes' -T json -g "session_window(t, '5 minutes') as w" \
        'sum(x) as x' events | sed 's/.*"x"://' | tr -d '}' | sort >out
    [ "$(tr '\n' ' ' <out)" = '1 2 4 ' ]
    sed 's/{\(.*\)}/{"value":{\1},"topic":"t","partition":0,"offset":/' events | awk '{ print $0 NR "}" }' >all
    # a state has both; each is told, also by the run behind it
    for some in 2 3 4; do
        head -$some all | aagg -q --envelope --state state --every 1 --mode append --watermark 't, 5 minutes' -T json \
            -g "session_window(t, '5 minutes') as w" 'sum(x) as x'
    done | sed 's/.*"x"://' | tr -d '}' | sort -u >out
    [ "$(tr '\n' ' ' <out)" = '1 2 4 ' ]
}

@test "windows with a watermark: memory stays what the open ones need" {
    not_sanitized
    (ulimit -v 400000
     awk 'BEGIN { for (i = 0; i < 3000000; i++) printf "{\"t\":%d,\"k\":%d}\n", i, i % 1000 }' |
        aagg --every 20000 --memory 8M --mode append --watermark 'timestamp_seconds(t), 1 minute' -q \
            -g "window(timestamp_seconds(t), '1 minute') as w, k" 'count(*) as n, collect_set(k) as s' | wc -l >lines)
    [ "$(cat lines)" = 2999881 ]
}

@test "envelopes: the values' members; a bad value is told with its envelope's place" {
    printf '%s\n' '{"key":null,"value":"{\"k\":\"a\\u0062\"}","topic":"t","partition":0,"offset":3}' \
        '{"value":{"k":"ab"},"topic":"t","partition":1,"offset":7}' \
        '{"value":null,"topic":"t","partition":1,"offset":8}' >in
    run -0 aagg --envelope -g k 'count(*) as n' in
    [ "$output" = "$(printf 'k\tn\nab\t2')" ]
    run -0 aagg --envelope --partial -g k 'count(*) as n' in
    [[ "$output" == '{"aagg":2,"of":"'*'","offsets":{"t":{"0":4,"1":8}}}'* ]]
    echo '{"value":"{\"k\":x}","topic":"t","partition":1,"offset":9}' >>in
    run -1 aagg --envelope -g k 'count(*) as n' in
    [[ "$output" == *"in:4: byte 1: the value's byte 6: "* ]]
    run -0 aagg --bad skip --envelope -g k 'count(*) as n' in
    [[ "$output" == *$'ab\t2'* && "$output" == *'1 bad record skipped'* ]]
}

# A topic of envelopes: $1 records of 3 partitions.
envelopes() {
    awk -v n="$1" 'BEGIN { srand(3); for (i = 0; i < n; i++) { p = i % 3
        printf "{\"value\":\"{\\\"k\\\":%d,\\\"x\\\":%d.%d}\",", rand() * 40, i, i % 10
        printf "\"topic\":\"t\",\"partition\":%d,\"offset\":%d}\n", p, at[p]++ } }'
}

@test "--state: a run goes on where the last one ended, and offsets are taken once" {
    envelopes 5000 >all
    list='count(*) as n, sum(x) as s, stddev(x) as d, count(distinct x) as u'
    aagg --envelope -g k "$list" all | sed 1d | sort >want
    for lines in 1 700 2500 2500 4999; do
        head -n "$lines" all | aagg --envelope --state state --every 1s -g k "$list" >/dev/null
    done
    aagg --envelope --state state --every 1s -g k "$list" all | final | cmp - want
    run -1 aagg --envelope --state state --every 1s -g k 'count(*) as n' all
    [[ "$output" == *'of another -g or SELECT'* ]]
}

@test "--state: what it holds is told before any record comes, and what HAVING does not let pass as deleted" {
    envelopes 400 >all
    mkfifo in
    aagg -q --envelope --state state --every 1s -T json --having 'n <> 10' -g k 'count(*) as n' all |
        sed 's/,"n":.*//' | sort -u >told
    aagg -q --envelope --state state --every 10ms -T json --having 'n % 2 = 0' -g k 'count(*) as n' <in >out 3>&- &
    exec 4>in
    eventually has_lines 40 out # all keys
    [ "$(grep -c '"_deleted":true' out)" = "$(aagg --envelope -T json --having 'n % 2 = 1' -g k 'count(*) as n' all |
        wc -l)" ]
    exec 4>&-
    wait $!
    has_lines 40 out && refuse has_lines 41 out
}

@test "--base: a view below, offsets before its own are passed over; a new base is begun from anew" {
    envelopes 3000 >all
    aagg --envelope -g k 'count(*) as n, avg(x) as m' all | sed 1d | sort >want
    head -1000 all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' >base
    aagg --envelope --base base --state state --every 1s -g k 'count(*) as n, avg(x) as m' all | final | cmp - want
    head -2000 all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' >base
    aagg --envelope --base base --state state --every 1s -g k 'count(*) as n, avg(x) as m' all >out 2>err
    final out | cmp - want
    grep -q 'belongs to another --base' err
    head -1500 all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' >base
    rm state
    head -2800 all | aagg --envelope --base base --state state --every 1s -g k 'count(*) as n, avg(x) as m' >/dev/null
    head -1600 all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' >base
    tail -n +2801 all >rest
    run -1 aagg --envelope --base base --state state --every 1s -g k 'count(*) as n, avg(x) as m' rest
    [[ "$output" == *'goes on where the old state ended'* ]]
}

# renewing OPTION…: a speed layer over `old`, with 2000 of 3000 messages read, and told; $tool, its input 4.
renewing() {
    envelopes 3000 >all
    head -1000 all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' >view
    aagg --envelope -g k 'count(*) as n, avg(x) as m' all | sed 1d | sort >want
    rm -f in && mkfifo in
    aagg --envelope --base view --every 1ms "$@" -g k 'count(*) as n, avg(x) as m' <in >out 2>err 3>&- &
    tool=$!
    exec 4>in
    head -2000 all >&4
    aagg --envelope -g k 'count(*) as n, avg(x) as m' <(head -2000 all) | sed 1d | sort >early
    eventually told early
}
told() { final out | cmp -s - "$1"; }
# takes N: a view of the first N messages, taken while it runs.
takes() {
    head -"$1" all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' >new && mv new view
    kill -HUP "$tool"
}
ends() {
    exec 4>&-
    wait "$tool"
    told want
}

@test "SIGHUP: a new base that ends before what was read: --reread prints what is between, nothing is told again" {
    renewing --state state --reread 'echo "$$" >asked; cat all'
    before=$(wc -l <out)
    takes 1500
    eventually grep -q 'view is taken' err
    [ -s asked ]
    sum=$(sed -n '1s/.*"base":\([0-9]*\).*/\1/p' state)
    [ -n "$sum" ]
    sleep 0.05
    [ "$(wc -l <out)" = "$before" ] # all is as it was
    tail -n +2001 all >&4
    ends
    # the state belongs to the new view: begun again it goes on, and tells all
    aagg --envelope --base view --state state --every 1s -g k 'count(*) as n, avg(x) as m' all | final - |
        cmp - want
}

@test "SIGHUP: a new base that goes further than what was read needs nothing, and what it holds is passed over" {
    renewing
    takes 2600
    eventually grep -q 'view is taken' err
    aagg --envelope -g k 'count(*) as n, avg(x) as m' <(head -2600 all) | sed 1d | sort >later
    eventually told later
    tail -n +2001 all >&4
    ends
}

@test "SIGHUP: a base that is damaged, of another question, or that nothing leads back to: the old one stays" {
    renewing --reread 'cat some'
    head -1700 all >some
    takes 1500
    eventually grep -q 'view is not taken, the old --base stays: --reread does not reach' err
    printf '{"aagg":2,"of":"x"' >view
    kill -HUP "$tool"
    eventually grep -q 'view is not taken.*: view: not taken' err
    head -5 all | aagg --envelope --partial -g k 'count(*) as n' >view
    kill -HUP "$tool"
    eventually grep -q 'of another -g or SELECT' err
    rm view
    kill -HUP "$tool"
    eventually grep -q 'view: No such file' err
    head -1200 all | aagg --envelope --partial -g k 'count(*) as n, avg(x) as m' |
        sed '3s/"state":"..../"state":"AAAA/' >view
    kill -HUP "$tool"
    eventually test "$(grep -c 'view: not taken' err)" -ge 3 || eventually grep -q damaged err
    rm some # the command fails
    takes 1500
    eventually grep -q -e '--reread failed' err
    tail -n +2001 all >&4
    ends
}

@test "SIGHUP: without --reread only a base that goes further; without --base it ends as ever" {
    renewing
    takes 1900
    eventually grep -q 'it ends before what was read, and there is no --reread' err
    tail -n +2001 all >&4
    ends
    rm -f in && mkfifo in
    aagg --every 1s 'count(*)' <in 3>&- &
    tool=$!
    exec 4>in
    kill -HUP $tool
    status=0
    wait $tool || status=$?
    [ $status = 129 ]
}

@test "SIGHUP: groups that a corrected view has no more are told as gone" {
    envelopes 900 >all
    aagg -q --envelope --partial -g k 'count(*) as n' all >view
    mkfifo in
    aagg --envelope --base view --every 1ms -T json -g k 'count(*) as n' <in >out 2>err 3>&- &
    exec 4>in
    eventually has_lines 40 out
    grep -v '\\"k\\":7,' all | aagg -q --envelope --partial -g k 'count(*) as n' >new
    mv new view
    kill -HUP $!
    eventually has_lines 41 out
    [ "$(tail -n 1 out)" = '{"k":7,"_deleted":true}' ]
    exec 4>&-
    wait $!
}

@test "SIGHUP with windows: in append mode no window is told twice; late records count in the view" {
    late_events | awk '{ gsub(/"/, "\\\""); printf "{\"value\":\"%s\",\"topic\":\"t\",\"partition\":0,\"offset\":%d}\n",
        $0, NR - 1 }' >all
    keys="window(t, '10 minutes') as w, k"
    printf '{"aagg":2,"of":"%s","offsets":{"t":{"0":0}}}\n' \
        "$(aagg --envelope --partial -g "$keys" 'count(*) as n' all | sed -n '1s/.*"of":"\([^"]*\).*/\1/p')" >view
    for mode in append update; do
        cp view base
        rm -f in && mkfifo in
        aagg --envelope --base base --reread 'cat all' --every 2 --mode $mode --watermark 't, 5 minutes' -T json \
            -g "$keys" 'count(*) as n' <in >out 2>err 3>&- &
        tool=$!
        exec 4>in
        cat all >&4
        eventually grep -q '"in time","n":1' out
        head -2 all | aagg -q --envelope --partial -g "$keys" 'count(*) as n' >new && mv new base
        kill -HUP $tool
        eventually grep -q 'base is taken' err
        exec 4>&-
        wait $tool
        [ "$(grep -c '"in time"' out)" = 1 ]
        [ $mode = update ] || refuse grep -q '"late"' out
    done
    grep -q '"late","n":1' out
}

@test "--offsets: a view of records that do not say where they come from" {
    envelopes 600 >all
    head -300 all | sed 's/.*"value":"\(.*}\)","topic.*/\1/; s/\\"/"/g' >plain
    head -300 all | aagg --envelope --partial -g k 'count(*) as n' >want
    aagg --partial --offsets '{"t":{"0":100,"1":100,"2":100}}' -g k 'count(*) as n' plain | cmp - want
    for wrong in x '[]' '{"t":{"0":-1}}' '{"t":{"0":1}'; do
        run -2 aagg --partial --offsets "$wrong" 'count(*)' plain
        [[ "$output" == *'--offsets: expected'* ]]
    done
    run -2 aagg --offsets '{}' 'count(*)' plain
    run -2 aagg --envelope --partial --offsets '{}' 'count(*)' all
}

@test "views of parts merge, and say how far they go together" {
    envelopes 3000 >all
    head -1000 all | aagg --envelope --partial -g k 'count(*) as n' >one
    tail -n +1001 all | aagg --envelope --partial -g k 'count(*) as n' >two
    aagg --merge --partial -g k 'count(*) as n' one two >both
    [ "$(head -1 both | sed 's/.*"offsets"://')" = '{"t":{"0":1000,"1":1000,"2":1000}}}' ]
    aagg --merge -g k 'count(*) as n' both | cmp - <(aagg --envelope -g k 'count(*) as n' all)
}

@test "kill -9 at random moments: what is kept goes on to the answer of a batch" {
    envelopes 30000 >all
    aagg --envelope -g k 'count(*) as n, sum(x) as s' all | sed 1d | sort >want
    : >view
    for i in {1..12}; do
        (cat all; sleep 5) | aagg --envelope --state state --checkpoint 1ms --every 1ms -T json \
            -g k 'count(*) as n, sum(x) as s' >>view 3>&- &
        sleep "0.0$((RANDOM % 90 + 10))"
        kill -9 $! && wait $! || true
    done
    aagg --envelope --state state --every 1s -T json -g k 'count(*) as n, sum(x) as s' all >>view
    # lines that were cut off by a kill are no rows
    grep -o '^{.*}$' view | sed 's/{"k":\([0-9]*\),"n":\([0-9]*\),"s":\(.*\)}/\1\t\2\t\3/' | final <(echo k) - |
        cmp - want
}

@test "into a compacted topic and back as a table: the last value of each key, without those that vanished" {
    atopic create -q -b "file:$PWD/log" scores
    aagg --every 2 -T json --having 'k = "a1" or n < 2' -g k 'count(*) as n' six |
        aproduce -q -b "file:$PWD/log" -t scores --key-path k --tombstone _deleted
    run -0 aconsume -q -b "file:$PWD/log" -t scores --latest
    [ "$output" = '{"k":"a1","n":3}' ]
}

@test "aconsume -o @FILE goes on where a state or a view ends" {
    atopic create -q -b "file:$PWD/log" exams
    aproduce -q -b "file:$PWD/log" -t exams six
    aconsume -q -b "file:$PWD/log" -t exams -J -c 4 | aagg --envelope --partial -g k 'count(*) as n' >view
    run -0 aconsume -q -b "file:$PWD/log" -t exams -o @view
    [ "$output" = "$(tail -2 six)" ]
    : >nothing
    run -0 aconsume -q -b "file:$PWD/log" -t exams -o @nothing
    [ "$output" = "$(cat six)" ]
    run -2 aconsume -q -b "file:$PWD/log" -t exams -o @missing
    run -2 aconsume -q -b "file:$PWD/log" -t exams -o @six
    [[ "$output" == *'no state or view with offsets'* ]]
}

@test "a table on a terminal is painted anew in its place" {
    export TERM=xterm
    command="(cat six; sleep 0.2; cat six) | aagg --every 20ms --table -o k -g k 'count(*) as n'"
    run -0 script -qec "stty rows 12; $command" /dev/null
    [[ "$output" == *$'\033[H'*'6 records, '*'| a0|  3|'*$'\033[H'*'12 records, '*'| a0|  6|'* ]]
}
