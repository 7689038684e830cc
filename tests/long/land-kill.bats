# aland killed at 60 random moments on this machine: plain and Delta, in one go and step by step: every record is there
# once, as pyarrow and delta-rs count. (In HDFS and S3: tests/hdfs/aland.bats, tests/s3/aland.bats.)
load ../helper

messages() { seq "$1" "$2" | sed 's/.*/{"value":"{\\"n\\":&}","topic":"t","partition":0,"offset":&}/'; }

# killed FORM OPTION...: what can be read at each moment is whole.
killed() {
    local form=$1 round pid
    shift
    messages 0 59999 >in
    for ((round = 1; round <= 60; round++)); do
        head -n $((round * 1000)) in >some
        aland -q --envelope -d D "$@" some 2>/dev/null 3>&- &
        pid=$!
        sleep "0.$((RANDOM % 2))$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        [ ! -d D ] || aagg 'count(*) as a, count(distinct n) as b, coalesce(sum(n), 0) as c' D 2>>said |
            tail -n 1 >>moments
    done
    check 0 "aland -q --envelope -d D $* in"
    same moments "$(awk -F '\t' '$1 != $2 || $3 != $1 * ($1 - 1) / 2' moments)" ''
    if [ "$form" = delta ]; then
        same counts "$("$ROOT/tests/interop/delta_counts.py" D)" $'60000\t60000\t1799970000'
    else
        same counts "$("$ROOT/tests/interop/parquet_counts.py" D)" $'60000\t60000\t1799970000'
    fi
    same hidden "$(find . -name '.aland-*' | wc -l)" 0
}

@test "a plain dataset" { killed plain; }
@test "a plain dataset, step by step" { killed plain --every 10ms; }
@test "a Delta table" { killed delta --delta; }
@test "a Delta table, step by step" { killed delta --delta --every 10ms; }

@test "six begin one Delta table at once, two hundred times: one is first, the others add nothing twice" {
    messages 0 99 >in
    for round in {1..200}; do
        for _ in {1..6}; do
            aland -q --envelope --delta -d "D-$round" in 2>>said 3>&- &
        done
        wait
        same "round $round" "$(aread "D-$round" | wc -l)" 100
    done
    same refusals "$(grep -v 'committed meanwhile by another landing' said)" ''
    same marks "$(find . -name '.aland-*')" ''
}
