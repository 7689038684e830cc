# ajoin --partial and --merge: a join whose sides are read in parts, and whose keys are joined by several processes,
# gives the bytes of one process.
load ../helper

# rows SIDE N SEED: keys that match none, one and many, nulls, numbers and texts of one value.
rows() {
    awk -v side="$1" -v n="$2" -v seed="$3" 'BEGIN { srand(seed)
        split("null,1,1.0,\"1\",\"a\\tb\",2.50,true", odd, ",")
        for (i = 0; i < n; i++) { key = rand() < .2 ? odd[1 + int(rand() * 7)] : int(rand() * 60)
            printf "{\"k\":%s,\"j\":%s,\"%s\":%s,\"w\":%.3f}\n", key, rand() < .8 ? int(rand() * 2) : "null", side,
                rand() < .5 ? i : "{\"x\": [" i ",\"\\u00e9\"]}", rand() } }'
}

# as_lines SIDE FILE PARTS JOIN: the rows of a file that is read in so many parts.
as_lines() {
    local size at header=
    size=$(stat -c %s "$2")
    [[ $2 != *.tsv ]] || header=--header
    for ((at = 0; at < $3; at++)); do
        aread --raw $header --lines "$((size * at / $3))-$((size * (at + 1) / $3))" "$2" |
            eval "ajoin -q --partial $1 --rows - --first-place $((at << 40)) $4" || return
    done
}

# joins PARTS JOIN LEFT RIGHT: one process; lines that come in any order; three processes of a third of the keys each.
joins() {
    local join="$2 $3 $4" at
    check 0 "ajoin $join"
    local want=$output
    { as_lines left "$3" "$1" "$join" && as_lines right "$4" "$1" "$join"; } >lines
    check 0 "shuf --random-source=lines lines | cut -f 2- | ajoin -q --merge $join"
    same "$1 parts: $join" "$output" "$want"
    check 0 "ajoin --merge $join </dev/null
        for at in 0 1 2; do
            awk -v at=\$at 'index(\"0123456789abcdef\", substr(\$0, 16, 1)) % 3 == at' lines | cut -f 2- |
                ajoin -q --merge --place-first --no-header=out $join
        done | LC_ALL=C sort | cut -f 2-"
    same "three processes: $join" "$output" "$want"
}

@test "every kind of join, in parts, gives the same bytes" {
    rows a 400 1 >l.ndjson
    rows b 300 2 >r.ndjson
    aflatten 'k, j, a, w' l.ndjson >l.tsv
    aflatten 'k, j, b, w' r.ndjson >r.tsv
    local kind
    for kind in inner left right full semi anti; do
        joins 1 "--$kind -k k 'l.*'" l.ndjson r.tsv
        joins 7 "--$kind -k 'k, j' -T json 'l.w, a as x'" l.tsv r.ndjson
        joins 3 "--$kind -k j -w 'l.w > 0.9' --on 'l.k <> r.k' 'l.k, l.w'" l.ndjson r.ndjson
    done
    joins 2 "--full -k 'k, j, w' '*'" l.tsv r.tsv
    joins 2 "--left -k k=k --asof w 'l.a, l.w, r.w as v, b'" l.ndjson r.ndjson
    joins 2 "--on 'l.w < r.w and l.k = 1' 'l.a, r.b'" l.ndjson r.ndjson
    join="--right -k k -o 'b desc, l.w' -n 30 --offset 5 'l.*, b' l.ndjson r.ndjson"
    check 0 "{ ajoin --partial left $join; ajoin --partial right $join; } | cut -f 2- | ajoin --merge $join"
    same ordered "$output" "$(eval "ajoin $join")"
}

@test "sides of nothing" {
    rows a 20 1 >l.ndjson
    : >none.ndjson
    printf 'k\tb\n' >none.tsv
    local kind
    for kind in left right full anti; do
        joins 2 "--$kind -k k 'l.*'" l.ndjson none.tsv
        joins 2 "--$kind -k k 'l.k, l.a'" none.ndjson l.ndjson
    done
}

@test "Parquet keeps its types; the side is divided by row groups" {
    awk 'BEGIN { for (i = 0; i < 60000; i++)
        printf "{\"k\":%d,\"d\":\"%d.25\",\"t\":\"2024-01-%02dT10:00:00Z\",\"s\":\"x%d\"}\n",
        i % 500, i, 1 + i % 28, i * 7919 }' | aflatten -q -T parquet \
        'k, cast(d as decimal(12,3)) as d, timestamp(t) as t, s' >all.parquet
    aread all.parquet | aland -q -d L --row-group 64K --schema \
        'k bigint, d decimal(12,3), t timestamp, s string' -
    local join="-k k 'l.t + interval 1 day as t, l.d * 2 as d, typeof(l.t) as y, r.v' L r.tsv" groups at
    groups=$(aread --files L | aagg -i tsv --no-header=out 'sum(row_groups)')
    [ "$groups" -gt 4 ]
    printf 'k\tv\n7\ta\n9\tb\n' >r.tsv
    check 0 "ajoin $join"
    local want=$output
    check 0 "{ ajoin --partial right $join
        for ((at = 0; at < $groups; at += 3)); do
            ajoin -q --partial left --row-groups \$at-\$((at + 3)) --first-place \$((at << 40)) $join
        done; } | cut -f 2- | ajoin -q --merge $join"
    same parquet "$output" "$want"
}

@test "columns come from the file that is named, and rows from another" {
    printf '{"k":1,"a":2}\n' >head.ndjson
    printf 'k\tb\n1\t5\n' >r.tsv
    join="-k k '*' head.ndjson r.tsv"
    check 0 "{ printf '{\"k\":1,\"a\":3}\n{\"a\":4,\"k\":1}\n' | ajoin --partial left --rows - $join
        ajoin --partial right $join; } | cut -f 2- | ajoin --merge $join"
    same rows "$output" $'k\ta\tb\n1\t3\t5\n1\t4\t5'
    check 1 "printf '{\"k\":1,\"a\":3}\n{\"k\":1,\"z\":3}\n' | ajoin --partial left --rows - $join"
    [[ $errors == *'stdin:2: '*z* ]]
}

@test "what is damaged, of another join, or fails when joined" {
    printf '{"k":1,"a":"x"}\n{"k":2,"a":"3"}\n' >l.ndjson
    printf 'k\tb\n1\t5\n2\t6\n' >r.tsv
    join="-k k 'cast(l.a as int) as n' l.ndjson r.tsv"
    { eval "ajoin --partial left --first-place 1M $join" && eval "ajoin --partial right $join"; } >lines
    check 0 "cut -f 2- lines | ajoin --merge $join"
    check 1 "cut -f 2- lines | ajoin --merge --ansi $join"
    [[ $errors == 'ajoin: a joined row of left place 0000000000100000: '* ]]
    check 0 "cut -f 2- lines | ajoin --merge --ansi --bad skip $join"
    same 'the other one' "$output" $'n\n3'
    check 1 "cut -f 2- lines | ajoin --merge -k k 'l.a, r.b' l.ndjson r.tsv"
    [[ $errors == *'stdin:1: '*'a row of another join'* ]]
    check 1 "cut -f 2- lines | sed 's/\"state\":\"..../\"state\":\"AAAA/' | ajoin --merge $join"
    [[ $errors == *'stdin:1: '*'a damaged row of ajoin --partial'* ]]
    check 1 "cut -f 2- lines | sed 's/\"place\":\"0/\"place\":\"x/' | ajoin --merge $join"
    check 1 "cut -f 2- lines | sed 's/\"side\":\"l/\"side\":\"x/' | ajoin --merge $join"
    check 1 "cut -f 2- lines | sed 's/\"ajoin\":1/\"ajoin\":2/' | ajoin --merge $join"
    check 1 "echo '{}' | ajoin --merge $join"
    local wrong
    for wrong in '--rows x' '--first-place 3' '--place-first' '--partial middle' '--merge --partial left' \
        '--partial left --follow' '--merge -e l.a' '--merge --place-first -o n' '--merge --place-first -T csv'; do
        check 2 "ajoin $wrong $join </dev/null"
    done
    check 2 "ajoin --merge -k k '*' l.ndjson r.tsv r.tsv </dev/null"
    # a side that is standard input would take rows away
    for wrong in '--merge' '--partial left --rows -' '--partial right --rows -'; do
        check 2 "ajoin $wrong -k k 'l.k, r.b' - r.tsv <l.ndjson"
        [[ $errors == *'stdin has the rows'* ]]
    done
    check 0 "ajoin --partial left -k k 'l.k, r.b' - r.tsv <l.ndjson | wc -l"
    same 'all of stdin' "$output" 2
}

@test "a row whose checksum is right, but whose columns are not what they say" {
    cat >make.py <<'PY'
import base64, json, sys, zlib
GOOD = {2: [b"false"], 3: [b"true"], 4: [b"1e1"], 5: [b'"z"', b'""'], 6: [b"[]"], 7: [b"{}"], 8: [b"", b"z"],
        9: [b"\2\2"]}
BAD = {2: [b"", b"x", b"true"], 3: [b"", b"false"], 4: [b"", b"1e", b" 1", b"1 "],
       5: [b"", b'"', b"x", b'"\\"', b'"\\u"'], 6: [b"", b"[", b"{}"], 7: [b"", b'{"a', b"[]"],
       8: [b"\t", b"\n", b"\xff"], 9: [b"", b"\x12", b"\5\xff\xff", b"\0x"], 10: [b"1"], 127: [b"1"]}
for line in sys.stdin:
    row = json.loads(line)
    key = base64.b64decode(row["state"])[4:8]
    for kind, texts in globals()[sys.argv[1]].items():
        for text in texts:
            for flag in (0, 128):
                state = key + b"\4\0011" + bytes([kind | flag, len(text)]) + text
                row["state"] = base64.b64encode(zlib.crc32(state).to_bytes(4, "little") + state).decode()
                print(json.dumps(row, separators=(",", ":")))
PY
    printf '{"k":1,"a":"x"}\n' >l.ndjson
    printf '{"k":1,"b":"y"}\n' >r.ndjson
    join="-k k 'k, upper(l.a) as a, r.b' l.ndjson r.ndjson"
    check 0 "{ ajoin --partial left $join; ajoin --partial right $join; } | cut -f 2- >lines"
    check 0 "python3 make.py GOOD <lines | ajoin --merge --no-header=out $join | wc -l"
    same 'each with each' "$output" 400
    check 0 "python3 make.py BAD <lines | tee damaged | ajoin --merge --bad refused $join"
    same 'none is joined' "$output" $'k\ta\tb'
    cmp damaged refused
}
