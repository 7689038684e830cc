# aagg --partial and --merge: the format of atools-partial(5), the same bytes for the same groups, and damage.
load ../helper

reader=$ROOT/tests/cli/read_partial.py
all="count(distinct k), collect_set(y), mode(k), percentile(x, 0.5), approx_percentile(x, 0.3),
    approx_count_distinct(k),
    approx_count_distinct(y), sum(x), avg(y), sum(cast(x as decimal(20,3))), stddev(x), corr(x, y),
    bit_xor(cast(y as int)), min(k),
    max_by(k, y), sum(distinct x), bool_and(y = 2), sum(timestamp(t) - timestamp '2024-01-01 00:00:00'), count(*),
    skewness(x), kurtosis(y), percentile(y, 0.5, cast(y as int)), approx_percentile(to_date(t), 0.5),
    histogram_numeric(y, 2), median(timestamp(t) - timestamp '2024-01-01 00:00:00'), mode(y, true),
    bitmap_construct_agg(cast(y as int)), bitmap_or_agg(cast(k as binary))"

# records N GROUPS SEED
records() {
    awk -v n="$1" -v groups="$2" -v seed="$3" \
        'BEGIN { srand(seed); split("1e30,-0.0,null,7,0.125,\"NaN\",-0.3,1e-320", x, ",")
        split("2,\"7\",2.5,null,3", y, ",")
        for (i = 0; i < n; i++) printf "{\"g\":%d,\"k\":\"u%d\",\"x\":%s,\"y\":%s,\"t\":\"2024-01-%02d 10:00:0%d\"}\n",
            rand() * groups, rand() * 90, rand() < .5 ? int(rand() * 50) : x[1 + int(rand() * 8)],
            y[1 + int(rand() * 5)],
            1 + rand() * 28, rand() * 10 }'
}

@test "states are the same bytes for any threads, memory and chunking, in first-seen order" {
    records 30000 40 1 >r.ndjson
    check 0 "aagg -j 1 --partial -g g \"$all\" r.ndjson"
    local want=$output
    for how in '-j 2' '-j 7' '-j 2 --memory 1M' '-j 1 --memory 3M'; do
        check 0 "aagg $how --partial -g g \"$all\" r.ndjson";         same "$how" "$output" "$want"
        check 0 "cat r.ndjson | aagg $how --partial -g g \"$all\"";   same "$how of a pipe" "$output" "$want"
    done
    check 0 "jq -r .g r.ndjson | awk '!seen[\$1]++'"
    same 'as first seen' "$(jq -r .keys.g <<<"$want")" "$output"
}

@test "states of a group are the same bytes for any order of its records and any way of merging" {
    records 20000 5 2 >r.ndjson
    shuf --random-source=r.ndjson r.ndjson >s.ndjson
    check 0 "aagg --partial -g g \"$all\" r.ndjson | sort"
    local want=$output
    check 0 "aagg -j 2 --partial -g g \"$all\" s.ndjson | sort"
    same shuffled "$output" "$want"
    split -n l/9 s.ndjson part.
    for part in part.*; do aagg --partial -g g "$all" "$part" >>states; done
    check 0 "shuf --random-source=r.ndjson states | aagg -j 2 --merge --partial -g g \"$all\" | sort"
    same 'merged' "$output" "$want"
}

@test "no byte of a state is left to chance" {
    check 0 "for i in 1 2 3 4 5 6 7 8; do echo '{\"a\":\"2024-01-01 00:00:00\",\"b\":\"2024-01-02 03:04:05\"}' |
        aagg --partial 'sum(timestamp(b) - timestamp(a)), avg(cast(a as date) - cast(b as date))'; done | uniq | wc -l"
    same 'one line' "$output" 1
}

@test "an independent reader finds in the states what was put into them" {
    records 5000 3 3 >r.ndjson
    local list=${all//$'\n'/ }
    local kinds='tally:0 tally:1 tally:1 percentile discrete sketch sketch sum sum sum variance pair bits'
    kinds+=' extreme extreme tally:1 bool sum count moments moments percentile discrete discrete percentile tally:1'
    kinds+=' bitmap bitmap'
    check 0 "aagg --partial -g g \"$list\" r.ndjson | $reader g \"$list\" $kinds"
    cp .out states.json
    check 0 "jq -r '.key[0]' states.json; jq '.states[18]' states.json";  local got=$output
    check 0 "aagg -g g --no-header 'count(*)' r.ndjson | cut -f1; aagg -g g --no-header 'count(*)' r.ndjson | cut -f2"
    same 'keys and counts' "$got" "$output"
    check 0 "jq -c '[(.states[0] | length), ([.states[0][][0]] | add),
        (.states[3] | map(.[0]) | add), .states[7].count]' states.json"
    got=$output
    check 0 "aagg -g g --no-header 'count(distinct k), count(k), count(x), count(x + 0)' r.ndjson | cut -f2- |
        jq -cR 'split(\"\\t\") | map(tonumber)'"
    same 'how many values' "$got" "$output"
    check 0 "jq -c '[.states[12].bits, .states[13][0], .states[14][1], .states[16]]' states.json"
    got=$output
    check 0 "aagg -g g -T json 'bit_xor(cast(y as int)) as b, min(k) as m, max_by(k, y) as w' r.ndjson |
        jq -c '[(if .b < 0 then .b + 18446744073709551616 else .b end), .m, .w, {\"true\": true, \"false\": true}]'"
    same 'bits, extremes, truths' "$got" "$output"
    check 0 "jq '.states[17].microseconds' states.json"
    got=$output
    check 0 "aagg -g g --no-header 'sum(unix_micros(timestamp(t)) -
        unix_micros(timestamp \"2024-01-01 00:00:00\"))' r.ndjson | cut -f2"
    same 'lengths of time' "$got" "$output"
    check 0 "jq '.states[8] | .longs + .reals' states.json | awk '{ printf \"%.3f\\n\", \$1 }'";  got=$output
    check 0 "aagg -g g --no-header 'sum(y)' r.ndjson | cut -f2 | awk '{ printf \"%.3f\\n\", \$1 }'"
    same 'sums' "$got" "$output"
    check 0 "jq -c '[.states[19].count, (.states[20].sums[0] | round), (.states[21] | map(.[0]) | add),
        (.states[22].values | map(.[0]) | add), .states[26].bits]' states.json";  got=$output
    check 0 "aagg -g g --no-header 'count(x + 0), round(sum(y)), sum(cast(y as int)), count(t),
        to_json(collect_set(cast(y as int)))' r.ndjson | cut -f2- |
        jq -cR 'split(\"\t\") | map(fromjson) | .[4] |= sort | .[1] |= round'"
    same 'moments, weights, dates, bits' "$got" "$output"
}

@test "--key-first: equal keys have equal beginnings, which cut takes away" {
    printf '%s\n' '{"a":1,"b":"x\ty"}' '{"a":1.0,"b":"x\u0009y"}' '{"a":null,"b":"é"}' >in
    check 0 "aagg --partial -g a,b --key-first text 'count(*)' in | cut -f1";   same text "$output" $'1,x\\ty\n\\N,é'
    check 0 "aagg --partial -g a,b --key-first hash 'count(*)' in | $reader a,b 'count(*)' count | jq -c .states"
    same 'hash' "$output" $'[2]\n[1]'
    check 0 "for i in 1 2 3; do sed -n \${i}p in | aagg --partial -g a,b --key-first hash 'count(*)'; done | cut -f1 |
        uniq | wc -l"
    same 'of other runs' "$output" 2
    check 0 "aagg --partial -g a,b --key-first hash 'count(*) as n' in | sort | cut -f2- |
        aagg --merge -g a,b -o n 'count(*) as n'"
    same merged "$output" $'a\tb\tn\n\\N\té\t1\n1\tx\\ty\t2'
    check 0 "aagg --partial --key-first=text 'count(*)' in | cut -f1";          same 'no key' "$output" ''
    check 2 "aagg -g a --key-first hash 'count(*)' in"
    [[ $errors == *'--key-first goes with --partial'* ]]
    check 2 "aagg --partial -g a --key-first both 'count(*)' in"
    [[ $errors == *"expected hash or text, not 'both'"* ]]
}

@test "a state of another version, damaged, or made up is bad data, never more" {
    echo '{"k":"a","x":1}' | aagg --partial -g k 'sum(x) as s' >p
    for version in 1 3 23; do
        check 1 "sed 's/\"aagg\":2/\"aagg\":$version/' p | aagg --merge -g k 'sum(x) as s'"
        same "version $version" "$errors" \
            "aagg: stdin:1: byte 1: a partial state of version $version; this aagg reads version 2"
    done
    # states with a right checksum and wrong contents: each byte of what the checksum covers in turn
    cat >forge.py <<'END'
import base64, json, zlib, sys
line = json.loads(sys.stdin.read())
good = base64.b64decode(line["state"])[4:]
for at in range(len(good)):
    for byte in (0, 1, 2, 4, 5, 127, 128, 255):
        bad = good[:at] + bytes([byte]) + good[at + 1:]
        line["state"] = base64.b64encode(zlib.crc32(bad).to_bytes(4, "little") + bad).decode()
        print(json.dumps(line))
END
    check 0 "python3 forge.py <p >forged"
    while read -r line; do
        status=0
        aagg --merge -g k 'sum(x) as s' <<<"$line" >out 2>err || status=$?
        [ "$status" = 0 ] || [ "$status" = 1 ] || { echo "$line"; return 1; }
        [ "$status" = 0 ] || [ "$(<err)" = 'aagg: stdin:1: byte 1: a damaged partial state' ] ||
            grep -q 'beyond 64 bits' err
    done <forged
}

@test "small states of one group are merged in a time that their number decides, not its square" {
    not_sanitized
    seq 40000 | sed 's/.*/{"k":&,"x":&}/' >in
    aagg --partial -g k 'percentile(x, 0.5) as p, count(distinct x) as n' in >states
    # one group of all of them
    cat >rekey.py <<'END'
import base64, json, zlib, sys
for line in sys.stdin:
    line = json.loads(line)
    old = base64.b64decode(line["state"])[4:]
    rest = old[1 + old[0]:]
    rest = rest[1 + rest[0]:]
    new = b"\x02\x02\x31\x01\x02" + rest
    line["state"] = base64.b64encode(zlib.crc32(new).to_bytes(4, "little") + new).decode()
    print(json.dumps(line))
END
    check 0 "python3 rekey.py <states >one"
    check 0 "ulimit -t 2; aagg -j 1 --merge -g k 'percentile(x, 0.5) as p, count(distinct x) as n' one"
    same medians "$output" $'k\tp\tn\n1\t20000.5\t40000'
}

# fixed N: records that are the same wherever they are made.
fixed() {
    awk -v n="$1" 'BEGIN { split("1e30,-0.0,null,7,0.125,\"NaN\",-0.3,1e-320", x, ",")
        split("2,\"7\",2.5,null,3", y, ",")
        for (i = 0; i < n; i++) printf "{\"g\":%d,\"k\":\"u%d\",\"x\":%s,\"y\":%s,\"t\":\"2024-01-%02d 10:00:0%d\"}\n",
            i * 7 % 11, i * 31 % 89, i % 3 ? i * 13 % 50 : x[1 + i % 8], y[1 + i * 3 % 5], 1 + i * 5 % 28, i % 10 }'
}

@test "states are the same bytes on every machine" {
    # as x86-64 and s390x, whose words begin with their highest byte, have written them; others make another version
    fixed 3000 >in
    check 0 "aagg --partial -g g \"$all\" in | sha256sum"
    same bytes "$output" '8d4ed51ce77326e287a11acd2591ad612e1530d6ffc4de4f51354d84a516853a  -'
}

@test "--merge of a folder of a state each, and of many in one stream, in the order of their names" {
    fixed 3000 >in
    check 0 "aagg -g g 'count(*), sum(y)' in"
    local want=$output
    mkdir states
    aagg --partial -g g 'count(*), sum(y)' in >one
    aagg --partial --every 1 -g g 'count(*), sum(y)' in | split -l 1 -a 4 -d - states/
    check 0 "ls states | wc -l";                                                same files "$output" 3000
    check 0 "aagg --merge -g g 'count(*), sum(y)' states";                      same folder "$output" "$want"
    check 0 "find states -type f | sort | xargs cat | aagg --merge -g g 'count(*), sum(y)'"
    same stream "$output" "$want"
    check 0 "aagg --merge --partial -g g 'count(*), sum(y)' states | cmp - one"
}
