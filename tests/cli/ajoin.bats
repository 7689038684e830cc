# ajoin: kinds, names, forms, order, memory, errors; random joins against a plain loop.
load ../helper

@test "a left side that cannot be read: no header of the right one's columns" {
    printf 'k\tv\na\t1\n' >right
    printf '{"k":"a"}\n' | gzip | head -c 12 >left.gz
    check 1 "ajoin -k k '*' left.gz right"
    same stdout "$output" ""
    [[ $errors == *"left.gz: compressed byte 13: the gzip data is cut off here"* ]]
    # What was read before the input broke is handed on, below its header.
    printf '{"k":"a"}\n' | gzip | head -c 24 >left.gz
    check 1 "ajoin -k k '*' left.gz right"
    same stdout "$output" $'k\tv\na\t1'
}

tables() {
    printf 'k\tv\na\t1\nb\t2\nc\t3\na\t4\n\\N\t9\n' >left
    printf 'k\tw\na\tx\nd\ty\na\tz\n\\N\tn\nb\tq\n' >right
}

@test "ajoin: every kind, duplicates, nulls, and the order" {
    tables
    local inner=$'a\t1\tx\na\t1\tz\nb\t2\tq' tail=$'a\t4\tx\na\t4\tz'
    check 0 "ajoin -k k '*' left right";         same inner "$output" $'k\tv\tw\n'"$inner"$'\n'"$tail"
    check 0 "ajoin --inner -k k '*' left right"; same inner "$output" $'k\tv\tw\n'"$inner"$'\n'"$tail"
    check 0 "ajoin --left -k k '*' left right"
    same left "$output" $'k\tv\tw\n'"$inner"$'\nc\t3\t\\N\n'"$tail"$'\n\\N\t9\t\\N'
    check 0 "ajoin --right -k k '*' left right"
    same right "$output" $'k\tv\tw\n'"$inner"$'\n'"$tail"$'\nd\t\\N\ty\n\\N\t\\N\tn'
    check 0 "ajoin --full -k k '*' left right"
    same full "$output" $'k\tv\tw\n'"$inner"$'\nc\t3\t\\N\n'"$tail"$'\n\\N\t9\t\\N\nd\t\\N\ty\n\\N\t\\N\tn'
    check 0 "ajoin --semi -k k '*' left right";  same semi "$output" $'k\tv\na\t1\nb\t2\na\t4'
    check 0 "ajoin --anti -k k '*' left right";  same anti "$output" $'k\tv\nc\t3\n\\N\t9'
}

@test "ajoin: names: bare, l. and r., keys of two names, stars, expressions" {
    tables
    check 0 "ajoin --full -k k -w 'l.k is null' 'k, l.k as lk, r.k as rk, v, w' left right"
    same coalesced "$output" $'k\tlk\trk\tv\tw\n\\N\t\\N\t\\N\t9\t\\N\nd\t\\N\td\t\\N\ty\n\\N\t\\N\t\\N\t\\N\tn'
    sed 's/^k/key/' right >other
    check 0 "ajoin -k k=key 'k, key, upper(w) as u, v + 1 as n' left other | tail -n 1"
    same expression "$output" $'a\ta\tZ\t5'
    check 0 "ajoin -k k 'l.*, w' left right | head -n 2";    same 'l star' "$output" $'k\tv\tw\na\t1\tx'
    check 0 "ajoin -k k 'v, r.*' left right | head -n 2";    same 'r star' "$output" $'v\tk\tw\n1\ta\tx'
    check 2 "ajoin -k k 'k, v, z' left right";   [[ $errors == *'neither side has this name'* ]]
    check 2 "ajoin -k k=key 'v, v2' left other"
    printf 'k\tv\na\t5\n' >both
    check 2 "ajoin -k k v left both";            [[ $errors == *'both sides have this name'* ]]
    check 2 "ajoin -k k '*' left both"
    check 0 "ajoin -k k 'k, l.v as a, r.v as b' left both | tail -n 1"; same said "$output" $'a\t4\t5'
    check 2 "ajoin --semi -k k 'k, w' left right"; check 2 "ajoin --semi -k k r.w left right"
    check 2 "ajoin -k nokey l.k left right";       [[ $errors == *nokey* ]]
}

@test "ajoin: NDJSON on either side, nested keys, escapes, numbers by value" {
    printf '%s\n' '{"id":1,"who":{"name":"ann"},"x":[1]}' '{"id":2.0,"who":{"name":"b\u006fb"}}' '{"id":3}' >left
    printf '%s\n' '{"name":"bob","age":5}' '{"name":"ann","age":null}' >right
    check 0 "ajoin --left -k who.name=name 'id, l.who.name, age, x' left right"
    same nested "$output" $'id\tname\tage\tx\n1\tann\t\\N\t[1]\n2.0\tbob\t5\t\\N\n3\t\\N\t\\N\t\\N'
    check 0 "ajoin -T json -k who.name=name 'id, l.who, age' left right | tail -n 1"
    same json "$output" '{"id":2.0,"who":{"name":"b\u006fb"},"age":5}'
    printf 'n\tt\n1\tone\n2\ttwo\n' >words
    check 0 "ajoin -k id=n 'id, t' left words";            same mixed "$output" $'id\tt\n1\tone\n2.0\ttwo'
    check 0 "ajoin --left -k who.name=name '*' left right"
    same star "$output" $'name\tid\tx\tage\nann\t1\t[1]\t\\N\nbob\t2.0\t\\N\t5\n\\N\t3\t\\N\t\\N'
    check 0 "cat left | ajoin -k who.name=name id - right | paste -sd,";  same 'stdin left' "$output" 'id,1,2.0'
    check 0 "cat right | ajoin -k who.name=name id left - | paste -sd,";  same 'stdin right' "$output" 'id,1,2.0'
    check 2 "ajoin -k id id - -"
}

@test "ajoin: the workflow's query: nulls where one side is missing, the name kept" {
    printf 'exam_name\tAll_True\nGit\t2\nSQL\t10\nAll\t1\n' >t1
    printf 'exam_name\tNot_All_True\nGit\t3\nNone\t4\nSQL\t1\n' >t2
    check 0 "ajoin --full -k exam_name 'exam_name, All_True, Not_All_True,
        round(All_True/(All_True+Not_All_True),2) as Proficiency' t1 t2"
    wanted=$'exam_name\tAll_True\tNot_All_True\tProficiency\nGit\t2\t3\t0.4\nSQL\t10\t1\t0.91\nAll\t1\t\\N\t\\N\n'
    wanted+=$'None\t\\N\t4\t\\N'
    same proficiency "$output" "$wanted"
    check 0 "ajoin --full -k exam_name -o 'Proficiency desc' --table=1 'exam_name,
        round(All_True/(All_True+Not_All_True),2) as Proficiency' t1 t2"
    wanted=$'+---------+-----------+\n|exam_name|Proficiency|\n+---------+-----------+\n|      SQL|       0.91|\n'
    wanted+=$'+---------+-----------+\nonly showing top 1 row'
    same shown "$output" "$wanted"
}

@test "ajoin: limits and order, also among rows without a match" {
    tables
    for n in 0 1 6 7 8 100; do
        check 0 "ajoin --no-header -i tsv --full -n $n -k c1 'l.c2, r.c2 as w' <(tail -n +2 left) <(tail -n +2 right) |
            wc -l"
        same "limit $n" "$output" $((n < 9 ? n : 9))
    done
    check 0 "ajoin --full -o 'v desc, w' -n 2 -k k 'v, w' left right"; same order "$output" $'v\tw\n9\t\\N\n4\tx'
    check 0 "ajoin --full -n 3 --table=5 -k k 'v, w' left right | wc -l"; same table "$output" 7
}

@test "ajoin: random joins equal a plain loop: kinds, threads, memory, which side is kept" {
    cat >check.py <<'END'
import json, random, subprocess, sys
chance = random.Random(int(sys.argv[1]))
def text(value): return "\\N" if value is None else value
def loop(kind, left, right):
    rows, met, places = [], set(), {}
    for j, (k, _) in enumerate(right):
        if k is not None: places.setdefault(k, []).append(j)
    for k, v in left:
        found = places.get(k, [])
        if kind in ("semi", "anti"):
            if bool(found) == (kind == "semi"): rows.append((k, v))
            continue
        rows += [(k, v, right[j][1]) for j in found]
        met.update(found)
        if not found and kind in ("left", "full"): rows.append((k, v, None))
    if kind in ("right", "full"):
        rows += [(k, None, w) for j, (k, w) in enumerate(right) if j not in met]
    return rows
def write(name, rows, column, as_json):
    with open(name, "w") as file:
        if not as_json: file.write("k\t%s\n" % column)
        for k, v in rows: file.write(json.dumps({"k": k, column: v}) + "\n" if as_json else "%s\t%s\n" % (text(k), v))
for round, (nl, nr, keys) in enumerate([(0, 3, 2), (3, 0, 2), (40, 9000, 30), (9000, 9000, 5000), (20000, 60, 40),
                                       (9000, 12000, 90000), (30, 60000, 5)]):
    def key(): return None if chance.random() < .05 else "k%d" % chance.randrange(keys)
    left = [(key(), "v%d" % i) for i in range(nl)]
    right = [(key(), "w%d" % i + "x" * chance.randrange(60)) for i in range(nr)]
    write("L", left, "v", chance.random() < .5)
    write("R", right, "w", chance.random() < .5)
    for kind in ("inner", "left", "right", "full", "semi", "anti"):
        half = kind in ("semi", "anti")
        rows = ["\t".join(map(text, row)) + "\n" for row in loop(kind, left, right)]
        want = ("k\tv" + "\tw" * (not half) + "\n" + "".join(rows)).encode()
        select = "k, v" if half else "k, l.v, r.w"
        for arguments, files in (("-j1", "LR"), ("-j7", "LR"), ("-j2 --memory=1M", "LR"), ("-j1 --memory=1M", "LR"),
                                 ("-j2", "-R"), ("-j2", "L-")):
            stdin = open("L" if files[0] == "-" else "R", "rb")
            command = ["ajoin", "-q", "--" + kind, "-k", "k", select] + arguments.split() + list(files)
            got = subprocess.run(command, stdin=stdin, capture_output=True)
            assert got.returncode == 0 and got.stdout == want, (round, kind, arguments, files, got.stderr)
END
    check 0 "python3 check.py 3"
}

@test "ajoin: one key over and over, beyond memory: pieces of the kept side" {
    awk 'BEGIN { for (i = 0; i < 20000; i++)
        printf "%s\t%d some text that takes memory\n", i % 4000 ? "same" : "k" i, i }' >right
    printf 'same\tl1\nother\tl2\nk4000\tl3\nsame\tl4\n' >left
    for kind in inner left right full; do
        check 0 "ajoin -j2 --no-header -i tsv --$kind -k c1 'c1, l.c2, r.c2 as w' - right <left | sha256sum"
        direct=$output
        check 0 "ajoin -j2 --no-header -i tsv --memory 1M --$kind -k c1 'c1, l.c2, r.c2 as w' - right <left | sha256sum"
        same $kind "$output" "$direct"
    done
    for kind in semi anti; do
        check 0 "ajoin -j2 --no-header -i tsv --memory 1M --$kind -k c1 'c2' - right <left | paste -sd,"
        same $kind "$output" "$([ $kind = semi ] && echo l1,l3,l4 || echo l2)"
    done
}

@test "ajoin: bad records on either side, a full disk, a closed pipe, usage" {
    tables
    printf '{"k":"a","v":1}\n{"k":}\n{"k":"b","v":2}\n' >bad
    check 1 "ajoin -k k 'k, v, w' bad right"; [[ $errors == 'ajoin: bad:2: byte 6: '* ]]
    same 'before it' "$output" $'k\tv\tw\na\t1\tx\na\t1\tz'
    check 1 "ajoin -k k 'k, w' right bad";    [[ $errors == 'ajoin: bad:2: byte 6: '* ]]; same nothing "$output" ''
    check 0 "ajoin --bad skip -k k 'k, l.v, w' bad right | tail -n 1"; same skipped "$output" $'b\t2\tq'
    check 0 "ajoin -q --bad rest -k k 'k, w, r.v' right bad | wc -l"; same right "$output" 4
    same kept "$(<rest)" '{"k":}'
    seq 300000 | sed '1i n' >many
    check 3 "ajoin -k n n many many >/dev/full"; [[ $errors == 'ajoin: stdout: '* ]]
    check 141 "ajoin -k n n many many | head -n 1"; same quiet "$errors" ''
    check 2 "ajoin '*' left right"; check 2 "ajoin -k k '*' left"; check 2 "ajoin -k k '*' left nofile"
    check 2 "ajoin --left --right -k k '*' left right"
    check 2 "ajoin -k 'k=' '*' left right"; check 2 "ajoin -k 'k;' '*' left right"
    check 0 "ajoin --help"; [[ $output == 'usage: ajoin '* ]]; check 0 "ajoin --version"
    same version "${output%% (*}" ajoin
}

# following ARGUMENT…: a join with --follow whose left side is the descriptor 4; $tool, its rows in out.
following() {
    rm -f left && mkfifo left
    ajoin --follow "$@" <left >out 2>err 3>&- 5>&- &
    tool=$!
    exec 4>left
}
asks() { printf '{"k":"%s","n":%d}\n' "$@" >&4; }

@test "--follow: each record is joined as it comes, with the file as it was last written" {
    printf '{"k":"a","name":"Anna"}\n{"k":"b","name":"Bert"}\n' >right
    following --left -T json -k k 'k, l.n, name' - right
    asks a 1
    eventually holds out '{"k":"a","n":1,"name":"Anna"}'
    asks c 2
    eventually has_lines 2 out
    printf '{"k":"c","name":"Carl"}\n{"k":"a","name":"Ada"}\n{"k":"a","name":"Alma"}\n' >new
    mv new right
    joined() { asks c 3 && sleep 0.05 && grep -q '"n":3,"name":"Carl"' out; }
    eventually joined
    asks a 4
    eventually grep -q '"n":4,"name":"Alma"' out
    asks b 5
    eventually grep -q '"n":5,"name":null' out
    # written in its place too; and what cannot be read is told, and not taken
    printf '{"k":"b","name":"Bea"}\n' >right
    joined() { asks b 6 && sleep 0.05 && grep -q '"n":6,"name":"Bea"' out; }
    eventually joined
    echo '{"k":' >right
    eventually grep -q 'right is not taken, the table stays as it was' err
    mv right elsewhere
    asks b 7
    eventually grep -q '"n":7,"name":"Bea"' out
    exec 4>&-
    wait $tool
    grep -q 'right:2: byte 1: ends within an object' err
}

@test "--follow: a pipe on the right gives changes: the last row of each key, until one says it is deleted" {
    mkfifo changes
    following -T json -k k=id 'k, n, r.v' - changes
    exec 5<>changes
    asks a 1 b 2 x2999 3 # which wait until the changes make a pause
    seq 1 3000 | sed 's/.*/{"id":"x&","v":&}/' >&5
    printf '{"id":"a","v":1}\n{"id":"b","v":1}\n{"id":"a","v":2}\n' >&5
    eventually has_lines 3 out
    [ "$(cat out)" = "$(printf '%s\n' '{"k":"a","n":1,"v":2}' '{"k":"b","n":2,"v":1}' '{"k":"x2999","n":3,"v":2999}')" ]
    printf '{"id":"a","_deleted":true}\n{"id":"b","v":[3]}\n' >&5
    joined() { asks b 4 && sleep 0.05 && grep -q '"n":4,"v":\[3\]' out; }
    eventually joined
    asks a 5 x1 6
    eventually grep -q '"n":6' out
    refuse grep -q '"n":5' out
    # many changes of the same keys take no more room than the keys
    for round in 1 2 3; do seq 1 3000 | sed "s/.*/{\"id\":\"x&\",\"v\":\"$round $(printf %0300d 0)\"}/" >&5; done
    printf '{"id":"a","v":"again"}\n' >&5
    joined() { asks a 7 && sleep 0.05 && grep -q '"n":7,"v":"again"' out; }
    eventually joined
    asks x3000 8
    eventually grep -q '"n":8,"v":"3 000' out
    [ "$(grep -c '"n":8' out)" = 1 ]
    exec 5>&- # the table stays
    asks b 9
    eventually grep -q '"n":9,"v":\[3\]' out
    exec 4>&-
    wait $tool
    same quiet "$(cat err)" ''
}

@test "--follow: a bad change ends it, but not under --bad; so does a table beyond --memory" {
    mkfifo changes
    following -k k 'k, r.v' - changes
    exec 5<>changes
    asks a 1 # before it ends: nobody reads that then
    printf '{"k":"a","v":1}\n{"k":}\n' >&5
    status=0
    wait $tool || status=$?
    exec 4>&- 5>&-
    [ $status = 1 ]
    grep -q 'changes:2: byte 6: ' err
    following --bad bad -k k 'k, r.v' - changes
    exec 5<>changes
    printf '{"k":"a","v":1}\n{"k":}\n{"k":"b","v":2}\n' >&5
    printf '{"k":x}\n' >&4
    asks b 1
    eventually has_lines 2 out
    [ "$(tail -1 out)" = "$(printf 'b\t2')" ]
    exec 4>&- 5>&-
    wait $tool
    [ "$(sort bad)" = "$(printf '%s\n' '{"k":x}' '{"k":}' | sort)" ]
    following --memory 1M -k k 'k, r.v' - changes
    exec 5<>changes
    asks a 1
    exec 6>changes # for writing alone: who writes there ends when nobody reads any more, nor has begun to
    reads() { find "/proc/$tool/fd" -lname '*/changes' | grep -q .; }
    eventually reads
    { seq 20000 | sed "s/.*/{\"k\":\"&\",\"v\":\"$(printf %0100d 0)\"}/"; } >&6 3>&- 4>&- 5>&- 6>&- &
    exec 5>&- 6>&-
    status=0
    wait $tool || status=$?
    exec 4>&- 5>&-
    [ $status = 3 ]
    grep -q 'outgrows --memory' err
}

@test "--follow: semi and anti joins, a limit, conditions, TSV; a compacted topic as the table" {
    printf 'k\tv\na\t1\nb\t20\n' >right
    printf 'k\tn\na\t1\nc\t2\nb\t3\n' >rows
    check 0 "ajoin --follow -k k '*' rows right"
    same inner "$output" $'k\tn\tv\na\t1\t1\nb\t3\t20'
    check 0 "ajoin --follow --semi -k k '*' rows right"; same semi "$output" $'k\tn\na\t1\nb\t3'
    check 0 "ajoin --follow --anti -k k '*' rows right"; same anti "$output" $'k\tn\nc\t2'
    check 0 "ajoin --follow --left --on 'r.v > 10' -w 'n > 1' -k k '*' rows right"
    same on "$output" $'k\tn\tv\nc\t2\t\\N\nb\t3\t20'
    check 0 "ajoin --follow -n 1 -k k '*' rows right"; same limit "$output" $'k\tn\tv\na\t1\t1'
    atopic create -q -b file:log --config cleanup.policy=compact names
    printf '{"k":"a","v":1}\n{"k":"b","v":2}\n{"k":"a","v":3}\n{"k":"b","_deleted":true}\n' |
        aproduce -q -b file:log -t names --key-path k --tombstone _deleted
    following -T json -k k 'k, n, r.v' - <(aconsume -q -b file:log -t names -J --value-json --follow 3>&- |
        aslice --unbuffered '.value // {k: .key, _deleted: true}' 3>&-)
    asks a 1 b 2
    eventually holds out '{"k":"a","n":1,"v":3}'
    printf '{"k":"b","v":4}\n' | aproduce -q -b file:log -t names --key-path k
    joined() { asks b 4 && sleep 0.05 && grep -q '"n":4,"v":4' out; }
    eventually joined
    exec 4>&-
    wait $tool
}

@test "--follow: wrong usage" {
    printf '{"k":1}\n' >right
    mkdir folder
    check 2 "ajoin --follow --full -k k 'k' - right"; [[ $errors == *'not known before the end'* ]]
    check 2 "ajoin --follow -o k -k k 'k' - right"; [[ $errors == *'no order before the end'* ]]
    check 2 "ajoin --follow -k k '*' - right <right"; [[ $errors == *"a stream's columns are not known"* ]]
    check 2 "ajoin --follow -k k 'k' right folder"
    check 2 "ajoin --follow -k k 'k' right missing"
}
