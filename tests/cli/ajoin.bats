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
