# aflatten: select lists, stars, explode, schema, tables, both forms, errors.
load ../helper

nested() {
    cat >in <<'END'
{"id":1,"s":{"b":true,"a":"x\ty","t":{"n":1.50}},"l":[1, {"k" : "v"}]}
{"s":{"a":null,"b":false,"t":{"n":12345678901234567890}},"id":2}
{"id":3,"l":[]}
END
}

@test "aflatten: paths, names, arrays, what is missing is null; numbers as written" {
    nested
    check 0 "aflatten 'id, s.a, s.t.n as n, l[1].k, s.t' in"
    wanted=$'id\ta\tn\tk\tt\n1\tx\\ty\t1.50\tv\t{"n":1.50}\n'
    wanted+=$'2\t\\N\t12345678901234567890\t\\N\t{"n":12345678901234567890}\n3\t\\N\t\\N\t\\N\t\\N'
    same rows "$output" "$wanted"
}

@test "aflatten: expressions, earlier names, headings as typed, where" {
    nested
    check 0 "aflatten -w 'id < 3' 'id * 10 as ten, ten + 1, upper(s.a)' in"
    same rows "$output" $'ten\tten + 1\tupper(s.a)\n10\t11\tX\\tY\n20\t21\t\\N'
}

@test "aflatten: a.b.* is sorted by name, * is every leaf" {
    nested
    check 0 "aflatten 'id, s.*' in"
    same members "$(head -n 2 <<<"$output")" $'id\ta\tb\tt\n1\tx\\ty\ttrue\t{"n":1.50}'
    check 0 "aflatten '*' in"
    wanted=$'id\tl\ts.a\ts.b\ts.t.n\n1\t[1,{"k":"v"}]\tx\\ty\ttrue\t1.50\n2\t\\N\t\\N\tfalse\t12345678901234567890\n'
    wanted+=$'3\t[]\t\\N\t\\N\t\\N'
    same leaves "$output" "$wanted"
}

@test "aflatten: names with dots and backticks" {
    echo '{"a.b":1,"c":{"d.e":2,"f g":3},"x`y":4}' >in
    check 0 "aflatten '*' in"
    same star "$output" $'`a.b`\tc.`d.e`\tc.f g\tx`y\n1\t2\t3\t4'
    check 0 "aflatten '\`a.b\`, c.\`d.e\` as z, c.\`f g\`' in"
    same paths "$output" $'a.b\tz\tf g\n1\t2\t3'
}

@test "aflatten: empty input: a header where columns are known, nothing where they are not" {
    check 0 "aflatten 'a, b' </dev/null";  same header "$output" $'a\tb'
    check 0 "aflatten '*' </dev/null | wc -c";  same star "$output" 0
    check 0 "aflatten -T json '*' </dev/null | wc -c";  same json "$output" 0
    check 0 "aflatten --table a </dev/null";  same table "$output" $'+---+\n|  a|\n+---+\n+---+'
}

@test "aflatten: two columns of one name are refused" {
    nested
    check 2 "aflatten 'id, s.t.n as id' in"
    check 2 "aflatten 'a.id, id' in"
    check 2 "aflatten '*, id' in"
}

@test "aflatten: two columns of one name are refused in NDJSON, too" {
    echo '{"user":{"email":"a@b","n":1},"k":2}' >in
    check 2 "aflatten -T json 'user.*, mask(user.email) as email' in"
    [[ $errors == *'two columns are called email'*'* replace'* ]] && [ -z "$output" ]
    check 2 "aflatten -T json '*, upper(k) as k' in"
    check 1 "aflatten -T json 'user.*, 3 as email' in"
    [[ $errors == *'two columns are called "email"'* ]] && [ -z "$output" ]
    check 1 "aflatten -T json '*, user.*, user.*' in"
    check 0 "aflatten -T json 'user.* except (email), mask(user.email) as email' in"
    same other "$output" '{"n":1,"email":"x@x"}'
}

@test "aflatten: * except, * replace: members of structs are left out, or have other values" {
    echo '{"user":{"email":"a@b","n":1},"x":[1,2],"k":2,"items":[{"a":1,"price":3}]}' >in
    check 0 "aflatten -T json '* except (user.email, k)' in"
    same except "$output" '{"user":{"n":1},"x":[1,2],"items":[{"a":1,"price":3}]}'
    check 0 "aflatten -T json '* replace (mask(user.email) as user.email, 1 as x) except (items.price)' in"
    same replace "$output" '{"user":{"email":"x@x","n":1},"x":1,"k":2,"items":[{"a":1}]}'
    check 0 "aflatten --flat -T json '* except (k, x, items) replace (mask(user.email) as user.email)' in"
    same flat "$output" '{"user.email":"x@x","user.n":1}'
    check 0 "aflatten '* except (k, x, items) replace (mask(user.email) as user.email)' in"
    same tsv "$output" $'user.email\tuser.n\nx@x\t1'
    check 0 "aflatten '* replace (user.n + 1 as user) except (x, items)' in"
    same whole "$output" $'k\tuser\n2\t2'
    check 0 "aflatten 'user.* replace (mask(user.email) as email)' in"
    same members "$output" $'email\tn\nx@x\t1'
    check 0 "printf 'a\tb.c\n1\t2\n' | aflatten '* except (b.c)'";        same 'TSV in' "$output" $'a\n1'
    check 0 "printf 'a\tb.c\n1\t2\n' | aflatten '* replace (a + 1 as a)'"; same 'TSV in' "$output" $'a\tb.c\n2\t2'
    check 2 "aflatten '* except (items.price)' in";                 [[ $errors == *'part of one column'* ]]
    check 2 "aflatten '* except (emial)' in";                       [[ $errors == *'no such column'* ]]
    check 2 "printf 'a\n1\n' | aflatten '* except (b)'";            [[ $errors == *'no such column'* ]]
    check 0 "aflatten -T json '* except (emial)' in";               [[ $errors == *'emial'* ]]
    check 1 "aflatten -T json '* replace (3 as items.price)' in";   [[ $errors == *'items is an array'* ]]
    check 2 "aflatten '* except (user, user.n)' in";                [[ $errors == *'changed twice'* ]]
    check 2 "aflatten '* except (x[0])' in";                        [[ $errors == *'by keys'* ]]
    check 2 "ajoin -k k '* except (x)' in in";                      [[ $errors == *'takes no except'* ]]
}

@test "aflatten: * under -e: the record as it came, each element under its name, nothing twice and nothing gone" {
    echo '{"k":2,"o":{"l":[{"a":1,"p":[8]},7],"z":3},"x":[5]}' >in
    check 0 "aflatten -T json -e x '*' in"
    same element "$output" '{"k":2,"o":{"l":[{"a":1,"p":[8]},7],"z":3},"x":5}'
    check 0 "aflatten -T json -e 'o.l as e' -e 'e.p as q' --outer '* except (x)' in"
    same levels "$output" '{"k":2,"o":{"z":3},"e":{"a":1},"q":8}
{"k":2,"o":{"z":3},"e":7,"q":null}'
    check 0 "aflatten -T json -e 'o.l as e' '* except (x, o, e.p) replace (coalesce(e.a, 0) * 5 as e.a, 9 as k)' in"
    same changed "$output" '{"k":9,"e":{"a":5}}
{"k":9,"e":7}'
}

@test "aflatten: -e on an object gives its keys and values" {
    echo '{"svc":"a","counts":{"x":3, "y\"":[1 , 2]},"e":{}}' >in
    check 0 "aflatten -e 'counts as c' 'svc, c.key, c.value, c_pos' in"
    same rows "$output" $'svc\tkey\tvalue\tc_pos\na\tx\t3\t0\na\ty"\t[1,2]\t1'
    check 0 "aflatten -e e svc in";         same empty "$output" svc
    check 0 "aflatten -e e --outer svc in"; same outer "$output" $'svc\na'
}

@test "aflatten: struct(*), struct(a.*), and members named by what they are taken from" {
    echo '{"a.b":{"n":1}, "s":{"p":1,"q":2},"l":[{"x":1,"y":2}]}' >in
    check 0 "aflatten 'struct(*) as r, struct(s.*) as t' in"
    same whole "$output" $'r\tt\n{"a.b":{"n":1},"s":{"p":1,"q":2},"l":[{"x":1,"y":2}]}\t{"p":1,"q":2}'
    check 0 "aflatten -e 'map_entries(struct(*)) as e' 'e.key, e.value.n' in"
    same entries "$output" $'key\tn\na.b\t1\ns\t\\N\nl\t[null]'
    check 0 "aflatten --no-header 'transform(l, e -> struct(e.y, e, e.x + 1)), struct(s.p as z, s.q, 1)' in"
    same names "$output" $'[{"y":2,"e":{"x":1,"y":2},"col3":2}]\t{"z":1,"q":2,"col3":1}'
    check 2 "aflatten 'struct(*, 1)' in";    [[ $errors == *'nothing stands beside the *'* ]]
    check 0 "printf '{\"t\":1,\"v\":5}\n{\"t\":3,\"v\":4}\n' | aagg 'max_by(struct(*), t) m'"
    same latest "$output" $'m\n{"t":3,"v":4}'
}

@test "aflatten: a later key is an error that names it and the ways out; NDJSON needs no columns" {
    { yes '{"a":1,"o":{"b":2}}' | head -n 40000; echo '{"a":2,"o":{"c":3}}'; echo '{"a":3,"z":1}'; } >in
    check 1 "aflatten '*' in | tail -n 1"
    same last "$output" $'1\t2'
    [[ $errors == 'aflatten: in:40001: byte 1: "c" does not fit the columns of *'*'--scan all'*'-T json'* ]]
    check 1 "aflatten 'o.*' in | wc -l"
    same before "$output" 40001
    check 0 "aflatten --bad skip '*' in | wc -l"
    same skipped "$output" 40001
    [[ $errors == *'2 bad records skipped'* ]]
    check 0 "aflatten -w 'a < 2' '*' in | wc -l"
    same where "$output" 40001
    check 0 "aflatten --scan all '*' in | sed -n '1p; 40002,\$p'"
    same scanned "$output" $'a\to.b\to.c\tz\n2\t\\N\t3\t\\N\n3\t\\N\t\\N\t1'
    check 0 "aflatten -T json '*' in | tail -n 2"
    same json "$output" $'{"a":2,"o":{"c":3}}\n{"a":3,"z":1}'
    check 0 "aflatten --flat -T json '*' in | tail -n 2"
    same flat "$output" $'{"a":2,"o.c":3}\n{"a":3,"z":1}'
    check 2 "aflatten --scan all '*' < in"
    check 0 "{ cat in; echo '{\"a\":1,\"o\":5}'; } > other; aflatten --scan all '*' other | sed -n '1,2p;\$p'"
    same mixed "$output" $'a\to\tz\n1\t{"b":2}\t\\N\n1\t5\t\\N'
}

@test "aflatten: an object where the columns have a number, and the other way round" {
    { yes '{"a":1,"o":{"b":2}}' | head -n 60000; echo '{"a":{"x":1},"o":{"b":3}}'; } >in
    check 0 "aflatten '*' in | tail -n 1"
    same 'a leaf holds anything' "$output" $'{"x":1}\t3'
    echo '{"a":1,"o":5}' >>in
    check 1 "aflatten '*' in"
    [[ $errors == *'in:60002: '*'"o" does not fit'* ]]
}

@test "aflatten: NDJSON out: nulls, escapes and numbers as written, members of a star in their order" {
    nested
    check 0 "aflatten -T json 'id, s.a, l as list, s.t.*' in"
    same rows "$output" '{"id":1,"a":"x\ty","list":[1,{"k":"v"}],"n":1.50}
{"id":2,"a":null,"list":null,"n":12345678901234567890}
{"id":3,"a":null,"list":[]}'
    check 0 "aflatten -T json '*, id + 1 as next' in | tail -n 1"
    same star "$output" '{"id":3,"l":[],"next":4}'
    check 0 "echo '{}' | aflatten -T json '*'"
    same empty "$output" '{}'
}

@test "aflatten: TSV in: whole names first, untyped cells, stars, unknown columns" {
    printf 'a\tb.c\td\n1\tx\\ty\t\\N\n10\t\\\\\ttrue\n9\t\ttrue\n' >in.tsv
    check 0 "aflatten -o 'a desc' 'd, b.c, a' in.tsv"
    same rows "$output" $'d\tc\ta\ntrue\t\\\\\t10\ntrue\t\t9\n\\N\tx\\ty\t1'
    check 0 "aflatten '*' in.tsv | cmp - in.tsv"
    check 0 "aflatten 'b.*' in.tsv | head -n 2"
    same star "$output" $'c\nx\\ty'
    check 2 "aflatten 'e' in.tsv"
    check 0 "aflatten --no-header -i tsv 'c1, c3' <in.tsv"
    same bare "$output" $'a\td\n1\t\\N\n10\ttrue\n9\ttrue'
    check 2 "aflatten -e a a in.tsv"
    check 2 "aflatten --schema in.tsv"
    check 0 "aflatten --null NULL -w d d in.tsv; aflatten --null '' 'a, d' in.tsv"
    same null "$output" $'d\ntrue\ntrue\na\td\n1\t\n10\ttrue\n9\ttrue'
}

@test "aflatten: cells obey COPY, whatever strings hold" {
    python3 - <<'END'
import json, random
chance = random.Random(5)
parts = ["\\", "\t", "\n", "\r", "\b", "\f", "\v", "\"", "/", "N", "\\N", "\\.", "x", "é", "漢", "😀",
         "\u007f", "\u0001", "'", ","]
with open("in", "w") as file:
    for i in range(3000):
        text = "".join(chance.choice(parts) for _ in range(chance.randrange(6)))
        file.write(json.dumps({"i": i, "s": text}, ensure_ascii=chance.random() < .5) + "\n")
END
    check 0 "aflatten 'i, s' in > out.tsv"
    # a reader of COPY text, after PostgreSQL's description, must get the strings back
    python3 - <<'END'
import json
escapes = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
def cell(text):
    if text == "\\N":
        return None
    out, i = "", 0
    while i < len(text):
        if text[i] == "\\":
            i += 1
            out += escapes.get(text[i], text[i])
        else:
            out += text[i]
        i += 1
    return out
rows = open("out.tsv", newline="\n").read().split("\n")[1:-1]
wanted = [json.loads(line) for line in open("in")]
assert len(rows) == len(wanted) == 3000, len(rows)
for row, want in zip(rows, wanted):
    i, s = row.split("\t")
    assert (int(i), cell(s)) == (want["i"], want["s"]), (row, want)
END
    check 0 "aflatten -T json 'cast(i as int) as i, s' out.tsv > back.json; python3 -c \"
import json
a, b = ([json.loads(line) for line in open(name)] for name in ('in', 'back.json'))
assert a == b\""
    printf '{"s":"nul\\u0000"}\n{"s":"lone\\ud800"}\n' >odd
    check 0 "aflatten s odd"
    same kept "$output" $'s\nnul\\\\u0000\nlone\\\\ud800'
}

@test "aflatten: explode, several levels, positions, outer, errors" {
    printf '%s\n' '{"u":1,"s":{"q":[{"id":"a","o":[{"c":1},{"c":2}]},{"id":"b","o":[]}]}}' '{"u":2,"s":{"q":[]}}' \
        '{"u":3}' >in
    check 0 "aflatten -e s.q as q -e q.o as o 'u, q.id, q_pos, o.c, o_pos' in"
    same inner "$output" $'u\tid\tq_pos\tc\to_pos\n1\ta\t0\t1\t0\n1\ta\t0\t2\t1'
    check 0 "aflatten --outer -e 's.q as q' -e 'q.o' 'u, q.id, q_pos, o.c, o_pos' in"
    wanted=$'u\tid\tq_pos\tc\to_pos\n1\ta\t0\t1\t0\n1\ta\t0\t2\t1\n1\tb\t1\t\\N\t\\N\n2\t\\N\t\\N\t\\N\t\\N\n'
    wanted+=$'3\t\\N\t\\N\t\\N\t\\N'
    same outer "$output" "$wanted"
    check 0 "aflatten -e s.q -w \"q.id = 'b'\" 'u, q.*' in"
    same star "$output" $'u\tid\to\n1\tb\t[]'
    check 0 "aflatten -e s.q '*' in"
    same everything "$output" $'u\tq.id\tq.o\n1\ta\t[{"c":1},{"c":2}]\n1\tb\t[]'
    check 0 "aflatten -T json -e s.q as q 'u, q.*' in"
    same json "$output" $'{"u":1,"id":"a","o":[{"c":1},{"c":2}]}\n{"u":1,"id":"b","o":[]}'
    check 0 "aflatten -e s.q as q -o 'q.id desc' -n 1 'q.id' in"
    same sorted "$output" $'id\nb'
    echo '{"u":4,"s":{"q":[{"id":"d","o":[{"c":9}]},{"id":"e","o":"no array"}]}}' >>in
    check 1 "aflatten -e s.q as q -e q.o as o 'u, o.c' in"
    same 'all rows of a record or none' "$output" $'u\tc\n1\t1\n1\t2'
    [[ $errors == *'in:4: byte 1: q.o: expected an array to explode, found a string'* ]]
    check 0 "aflatten --bad rest -e s.q as q -e q.o as o -o 'o.c desc' 'u, o.c' in; cmp rest <(tail -n 1 in)"
    same 'none in a sort either' "$output" $'u\tc\n1\t2\n1\t1'
    check 2 "aflatten -e s.q as q -e u as q 'u' in"
    check 2 "aflatten --outer u in"
    check 2 "aflatten -e 's.q or' u in"
}

@test "aflatten: schema, of lines, of an array, empty, with bad records" {
    nested
    check 0 "aflatten --schema in"
    same tree "$output" 'root
 |-- id: long (nullable = true)
 |-- l: array (nullable = true)
 |    |-- element: string (containsNull = true)
 |-- s: struct (nullable = true)
 |    |-- a: string (nullable = true)
 |    |-- b: boolean (nullable = true)
 |    |-- t: struct (nullable = true)
 |    |    |-- n: double (nullable = true)'
    check 0 "aslice . in | jq -cs . | aflatten --schema=json; aflatten --schema=json </dev/null"
    same json "$(tail -n 1 <<<"$output")" '{"fields":[],"type":"struct"}'
    echo '{"id":' >>in
    check 1 "aflatten --schema in";             same 'nothing on failure' "$output" ''
    check 0 "aflatten --bad skip --schema in";  same 'bad ones aside' "$(wc -l <<<"$output")" 9
    check 2 "aflatten --schema=xml in"
}

@test "aflatten: tables: rows and widths, vertical, sorted, with nested values" {
    nested
    check 0 "aflatten --table=2,0 'id, l, s' in"
    same uncut "$output" '+---+----------------+--------------------------------------+
|id |l               |s                                     |
+---+----------------+--------------------------------------+
|1  |[1, {"k" : "v"}]|{x\ty, true, {1.5}}                   |
|2  |NULL            |{NULL, false, {1.2345678901234567E19}}|
+---+----------------+--------------------------------------+
only showing top 2 rows'
    check 0 "aflatten -T table -o 'id desc' -n 2 id in"
    same sorted "$output" $'+---+\n| id|\n+---+\n|  3|\n|  2|\n+---+'
    check 0 "aflatten --vertical --table=1 'id, s.b' in"
    same vertical "$output" $'-RECORD 0---\n id  | 1    \n b   | true \nonly showing top 1 row'
    check 2 "aflatten --table=x id in"
    check 2 "aflatten --table=1,2,3 id in"
}

@test "aflatten: order by with nulls, limits, memory" {
    awk 'BEGIN { for (i = 1; i <= 30000; i++)
        printf "{\"i\":%d,\"k\":%d,\"p\":\"some bytes to make it long %d\"}\n", i, i * 7919 % 1000, i }' >in
    check 0 "aflatten -o 'k desc, i' 'k, i' in | sha256sum"; direct=$output
    check 0 "aflatten --memory 1M -o 'k desc, i' 'k, i' in | sha256sum"; same spilled "$output" "$direct"
    check 0 "tail -n +2 <(aflatten -o 'k desc, i' -n 50 'k, i' in) |
        cmp - <(tr -c '0-9\n' ' ' <in | awk '{ print \$2 \"\t\" \$1 }' | sort -k1,1nr -k2,2n | head -n 50)"
    printf '{"a":1}\n{"a":null}\n{}\n{"a":-1}\n' >nulls
    check 0 "aflatten --no-header -o a a nulls | paste -sd,";             same first "$output" '\N,\N,-1,1'
    check 0 "aflatten --no-header -o 'a desc' a nulls | paste -sd,";      same last "$output" '1,-1,\N,\N'
    check 0 "aflatten --no-header -o 'a nulls last' a nulls | paste -sd,"; same said "$output" '-1,1,\N,\N'
    check 0 "aflatten --no-header -n 0 a nulls";                          same none "$output" ''
}

@test "aflatten: a bad record, skipped, a full disk, a closed pipe, a path that nobody has" {
    printf '{"a":1}\n{"a":}\n{"a":3}\n' >in
    check 1 "aflatten a < in"
    same 'before it' "$output" $'a\n1'
    [[ $errors == 'aflatten: stdin:2: byte 6: '* ]]
    check 0 "aflatten --bad skip a in";  same rest "$output" $'a\n1\n3'
    [[ $errors == *'1 bad record skipped'* ]]
    check 0 "aflatten --bad aside a in && cat aside"; same aside "$(tail -n 1 <<<"$output")" '{"a":}'
    yes '{"a":1}' | head -n 1500000 >many
    check 3 "aflatten a many >/dev/full"; [[ $errors == 'aflatten: stdout: '* ]]
    check 141 "aflatten a many | head -n 1"; same quiet "$errors" ''
    check 0 "aflatten exam_nmae many >out"; [[ $errors == *'no record has the path exam_nmae'* ]]
    check 2 "aflatten a, many"; check 2 "aflatten 'a b c' many"; check 2 "aflatten a nofile"; [[ $errors == *quote* ]]
    check 2 "aflatten"; check 2 "aflatten --nosuch a"; [[ $errors == *'--nosuch: no such option'* ]]
    check 2 "aflatten a -n"; check 2 "aflatten -n x a in"; check 2 "aflatten -T xml a in"
    check 2 "aflatten -i csv a in"
    check 0 "aflatten --help"; [[ $output == 'usage: aflatten '* ]]; check 0 "aflatten --version"
    same version "${output%% (*}" aflatten
}

@test "aflatten: arrays, maps and structs are cast by their elements; what is no such type is refused" {
    echo '{"q":["9","10"],"m":{"a":"1","b":"x"},"s":{"a":1}}' > in
    local list='array_max(cast(q as array<int>)), m::map<string, int>, array(q)::array<array<int>>'
    check 0 "aflatten --no-header '$list' in"
    same cast "$output" $'10\t{"a":1,"b":null}\t[[9,10]]'
    check 0 "aflatten --no-header 'q::array<int>[0] >> 1 as r' in"; same shifted "$output" 4
    check 1 "aflatten --ansi 'cast(m as map<string, int>) as r' in"; [[ $errors == *'in:1: '*'cannot be cast'* ]]
    check 2 "aflatten 'cast(q as array<int>>) as r' in"; [[ $errors == *'one > less'* ]]
    check 2 "aflatten 'cast(q as array<int) as r' in"; [[ $errors == *'expected > behind a type'* ]]
    check 0 "aflatten 'cast(s as struct<b: string, c int>) as r, cast(s as struct<b: string>) as t' in"
    same members "$output" $'r\tt\n\\N\t{"b":"1"}'
    check 2 "aflatten 'cast(s as struct<1 int>) as r' in"; [[ $errors == *"expected a member's name"* ]]
    check 2 "aflatten 'cast(s as int<a>) as r' in"; [[ $errors == *'no < behind this type'* ]]
    deep() { printf 'array<%.0s' $(seq "$1"); printf int; printf '>%.0s' $(seq "$1"); }
    check 0 "aflatten 'cast(q as $(deep 100)) as r' in"
    check 2 "aflatten 'cast(q as $(deep 101)) as r' in"; [[ $errors == *'more than 100 levels'* ]]
}

@test "aflatten: --ansi makes null an error that names the record" {
    printf '{"a":"1"}\n{"a":"x"}\n{"a":"3"}\n' >in
    check 0 "aflatten --no-header 'cast(a as int) as i' in | paste -sd,"; same nulls "$output" '1,\N,3'
    check 1 "aflatten --ansi 'cast(a as int) as i' in"; [[ $errors == 'aflatten: in:2: '* ]]
    check 0 "aflatten -q --ansi --bad skip --no-header 'cast(a as int) as i' in | paste -sd,"
    same skipped "$output" '1,3'
}

@test "aflatten: a stream is passed on as it comes" {
    mkfifo pipe
    aflatten a <pipe >out 3>&- &
    local tool=$!
    exec 5>pipe
    for record in 1 2; do
        echo "{\"a\":$record}" >&5
        eventually has_lines $((record + 1)) out
        same early "$(tail -n 1 out)" $record
    done
    exec 5>&-
    wait $tool
}

@test "lambdas: variables, scopes, and what is wrong with them" {
    check 0 "printf '{\"a\":[1,2],\"x\":10,\"o\":[{\"k\":5}]}\n' | aflatten --no-header 'transform(a, x -> x + 1),
        transform(o, e -> e.k + x), transform(a, x -> transform(a, y -> x * y)), size(filter(a, v -> v > 1)) n, n + 1'"
    same stdout "$output" $'[2,3]\t[15]\t[[1,2],[2,4]]\t1\t2'
    check 0 "printf '{\"a\":[3,1]}\n{\"a\":[7]}\n' | aagg 'sum(aggregate(a, 0, (s, x) -> s + x)) as s,
        filter(collect_list(a[0]), x -> x > 3) as f'"
    same stdout "$output" $'s\tf\n11\t[7]'
    check 0 "printf '{\"a\":[3,1]}\n' | aslice -w 'exists(a, x -> x = 3)' ."
    same stdout "$output" '{"a":[3,1]}'
    check 2 "aflatten 'transform(a, 1)' </dev/null"
    [[ $errors == *'argument 2 of transform is a lambda: x -> …'* ]]
    check 2 "aflatten 'upper(x -> 1)' </dev/null"
    [[ $errors == *'argument 1 of upper is no lambda'* ]]
    check 2 "aflatten 'exists(a, (x, y) -> true)' </dev/null"
    [[ $errors == *'this lambda of exists has one variable'* ]]
    check 2 "aflatten 'transform(a, (x, y, z) -> 1)' </dev/null"
    [[ $errors == *'this lambda of transform has one or two variables'* ]]
    check 2 "aflatten 'map_zip_with(a, b, (x, y) -> 1)' </dev/null"
    [[ $errors == *'this lambda of map_zip_with has three variables'* ]]
    check 2 "aflatten 'transform(a, (x, y, z, w) -> 1)' </dev/null"
    [[ $errors == *'a lambda of more than 3 variables'* ]]
    check 2 "aagg 'sum(x -> 1)' </dev/null"
    [[ $errors == *'argument 1 of sum is no lambda'* ]]
    check 2 "aagg 'transform(collect_list(a), x -> x + b)' </dev/null"
    [[ $errors == *'b is neither a key'* ]]
}

@test "functions that fail name the record" {
    check 1 "printf '{\"s\":\"a\"}\n' | aflatten 'format_string(s, 1), format_string(\"%d\", s)'"
    [[ $errors == *'stdin:1: byte 1: format_string: an argument of another type'* ]]
    check 1 "printf '{\"s\":\"%%4\"}\n' | aflatten 'url_decode(s)'"
    [[ $errors == *'without two hexadecimal digits'* ]]
    check 1 "printf '{\"n\":1}\n' | aflatten 'timestampadd(year, 99999999, timestamp \"2020-01-01\")'"
    [[ $errors == *'beyond the years of timestamps'* ]]
    check 2 "aflatten 'timestampadd(fortnight, 1, t)' </dev/null"
    [[ $errors == *'expected a unit such as day'* ]]
}

@test "aflatten: a TSV header, or a first line without one, may be of any length" {
    awk 'BEGIN { for (i = 0; i < 300000; i++) printf "x"; print "\ty"; print "a\t1" }' >long.tsv
    check 0 'aflatten y long.tsv'
    same stdout "$output" $'y\n1'
    check 0 'cat long.tsv | aflatten --no-header -i tsv -n 1 c2'
    same stdout "$output" y
    # several files
    check 0 'seq -s "	" 60000 >many.tsv; cut -f 59990- many.tsv >last; cat last |
        aflatten "\`59999\` as n" many.tsv last'
    same stdout "$output" n
    check 1 'awk "BEGIN { printf \"\\\"\"; for (i = 0; i < 300000; i++) printf \"x\"; print \"\\\"\" }" | aflatten a'
    [[ $errors == 'aflatten: stdin:1: byte 1: a record must be an object' ]]
}

@test "aflatten: where every record is bad, no nameless path is missed" {
    check 0 "echo '[1]' | aflatten --bad skip -T json '*'"
    same stderr "$errors" 'aflatten: 1 bad record skipped'
}

@test "aflatten: explode of what is computed: of cells, of lambdas, of an element before" {
    printf 'id\ttags\n1\ta,b\n2\t\\N\n3\tc\n' >cells
    check 0 "aflatten -e \"split(tags, ',') as tag\" 'id, tag, tag_pos' cells"
    same cells "$output" $'id\ttag\ttag_pos\n1\ta\t0\n1\tb\t1\n3\tc\t0'
    check 0 "aflatten --outer -e \"split(tags, ',')\" as tag '*' cells"
    same 'outer, all' "$output" $'id\ttags\ttag\n1\ta,b\ta\n1\ta,b\tb\n2\t\\N\t\\N\n3\tc\tc'
    check 2 "aflatten -e tags id cells"
    [[ $errors == *"-e tags: a TSV cell holds no array"*'split(tags, ",")'* ]]
    printf '%s\n' '{"i":1,"s":"x y","q":[{"n":1,"w":"u v"},{"n":5,"w":"z"}]}' '{"i":2,"s":null,"q":null}' >in
    for threads in 1 3; do
        check 0 "aflatten -j $threads -e q -e \"split(q.w, ' ') as word\" -o 'word desc' 'i, q.n, word, word_pos' in"
        same 'of an element' "$output" $'i\tn\tword\tword_pos\n1\t5\tz\t0\n1\t1\tv\t1\n1\t1\tu\t0'
    done
    check 0 "aflatten -T json -e 'filter(q, x -> x.n > 2) as big' 'i, big.*' in"
    same lambda "$output" '{"i":1,"n":5,"w":"z"}'
    check 2 "aflatten -e 'filter(q, x -> x.n > 2) as big' 'i, big.*' in"
    [[ $errors == *'name them'* ]]
    check 0 "aflatten -e 'sequence(1, i) as k' -w 'k > 1' 'i, k' in"
    same sequence "$output" $'i\tk\n2\t2'
    check 1 "aflatten -e 'upper(s) as k' 'i, k' in"
    [[ $errors == *'in:1: byte 1: upper(s) as k: expected an array to explode, found a string'* ]]
    check 1 "aflatten --ansi -e 'array(1 / 0) as k' 'i, k' in"
    [[ $errors == *'in:1: byte 1: division by zero'* ]]
    for wrong in "split(s, 1)|expected as NAME" "split(s, 1) as a, i|expected one array" "sum(i) as a|aggregate" \
        "split(s as a|expected )"; do
        check 2 "aflatten -e '${wrong%%|*}' i in"
        [[ $errors == *"${wrong#*|}"* ]]
    done
}

@test "aflatten: what is wrong in explode(…) is shown where it was typed" {
    local in='{"q":[1],"r":[2]}' array caret
    while IFS='|' read -r array message caret; do
        check 2 "echo '$in' | aflatten -e \"$array\" '*'"
        same "$array" "$errors" "aflatten: $message"$'\n'"  $array"$'\n'"  $caret"
    done <<'X'
explode(nope(q)) as e|-e: no function nope; did you mean now?|        ^
posexplode_outer( split(s) ) as e|-e: split takes 2 to 3 arguments, not 1|                  ^
explode(split(q, 1))|-e: expected as NAME behind the expression|                    ^
explode(q[0])|-e: an element of an array needs a name: PATH as NAME|             ^
explode(q, r) as e|-e: expected one array: PATH as NAME, or EXPRESSION as NAME|           ^
X
    check 2 "echo '$in' | aflatten -e 'explode(q) as a.b' '*'"
    same name "$errors" $'aflatten: -e: a name must be one word\n  a.b\n  ^'
    check 2 "echo '$in' | aflatten -e 'inline(q) as e' -e 'explode(r) as e' '*'"
    [[ $errors == 'aflatten: -e explode(r) as e: the name e is taken; say -e PATH as NAME'* ]]
    check 1 "echo '{\"q\":1}' | aflatten -e 'explode( q ) as e' e"
    [[ $errors == *': q: expected an array to explode, found a number'* ]]
    check 1 "echo '{\"q\":1}' | aflatten -e 'explode(q + 1) as e' e"
    [[ $errors == *': q + 1'*': expected an array to explode, found a number'* ]]
    check 2 "printf 's\na\n' | aflatten -e 'explode(s) as e' e"
    [[ $errors == *'-e s: a TSV cell holds no array; make one of it: -e '\''split(s, ",") as NAME'* ]]
}

@test "aflatten: maps: what is no map, repeated and null keys" {
    printf '%s\n' '{"i":1,"c":{"b":2,"a":1,"b":3},"s":"x"}' '{"i":2,"c":[1],"s":null}' >in
    check 0 "aflatten 'map_keys(c) as k, map_values(c) as v, map_filter(c, (k, x) -> x > 2) as f, size(c) as n' in"
    same 'the last of a repeated key counts' "$output" $'k\tv\tf\tn\n["a","b"]\t[1,3]\t{"b":3}\t2\n\\N\t\\N\t\\N\t1'
    check 0 "aflatten -e 'map_entries(c) as e' 'i, e.key, e.value' in"
    same rows "$output" $'i\tkey\tvalue\n1\ta\t1\n1\tb\t3'
    for wrong in "map('a', 1, 'a', 2)|map: the key 'a' comes twice" "map(s, 1)|in:2: byte 1: map: a key is null" \
        "map(1)|a key without a value" \
        "map_from_arrays(array('a'), array(1, 2))|1 keys and 2 values" \
        "map_concat(map('x', 1), map('x', 2))|map_concat: the key 'x' comes twice" \
        "transform_keys(c, (k, x) -> 'same')|transform_keys: the key 'same' comes twice"; do
        check 1 "aflatten -n 2 \"${wrong%%|*} as x\" in"
        [[ $errors == *"${wrong#*|}"* ]]
    done
    check 2 "aflatten 'map_filter(c, x -> x > 1)' in"
}

@test "aflatten: -e with '*': the elements are a column, whole where they are not all objects" {
    check 0 "aflatten -e tags '*' <<<'{\"id\":1,\"tags\":[\"x\",\"y\"]}'"
    same scalars "$output" $'id\ttags\n1\tx\n1\ty'
    check 0 "aflatten -e 'events as e' '*' <<<'{\"h\":\"x\",\"events\":[1,\"2\",null,{\"message\":\"hi\"}]}'"
    same mixed "$output" $'h\te\nx\t1\nx\t2\nx\t\\N\nx\t{"message":"hi"}'
    check 0 "aflatten -e q -e q.o '*' <<<'{\"k\":1,\"q\":[{\"a\":2,\"o\":[3,4]}]}'"
    same nested "$output" $'k\tq.a\to\n1\t2\t3\n1\t2\t4'
}

@test "aflatten: a TSV column whose whole name is asked for goes before one whose keys joined are that" {
    check 0 "printf '\`a.b\`\ta.b\n1\t2\n' | aflatten 'a.b as n, \`a.b\` as f'"
    same names "$output" $'n\tf\n2\t1'
}

@test "aflatten: the columns of '*' are those of the first 256 KiB of records, of files, pipes and gzip" {
    local how wanted
    printf '{"k":1,"d":null}\n' >a.ndjson
    printf '{"k":2,"d":{"x":1},"m":3}\n' >b.ndjson
    wanted=$'d.x\tk\tm\n\\N\t1\t\\N\n1\t2\t3'
    for how in "aflatten '*' a.ndjson b.ndjson" "cat a.ndjson b.ndjson | aflatten '*'" \
        "gzip -c a.ndjson b.ndjson | aflatten '*'" \
        "(cat a.ndjson; sleep .2; cat b.ndjson) | aflatten '*'" "aflatten -u '*' a.ndjson b.ndjson"; do
        check 0 "$how"
        same "$how" "$output" "$wanted"
    done
    # 29127 * 9 < 262144
    awk 'BEGIN { for (i = 0; i < 29127; i++) print "{\"a\":123}"; print "{\"b\":1}" }' >fits.ndjson
    awk 'BEGIN { for (i = 0; i < 29128; i++) print "{\"a\":123}"; print "{\"b\":1}" }' >beyond.ndjson
    sed '$d; s/$/,/; 1s/^/[/' beyond.ndjson >beyond.json && echo '{"b":1}]' >>beyond.json
    for how in "aflatten '*' FILE" "cat FILE | aflatten '*'" "gzip -c FILE | aflatten '*'" \
        "dd bs=999 if=FILE 2>/dev/null | aflatten '*'" "aflatten -u '*' FILE"; do
        check 0 "${how/FILE/fits.ndjson} | tail -n 1"
        same "$how" "$output" $'\\N\t1'
        check 1 "${how/FILE/beyond.ndjson} | tail -n 1"
        grep -q '29129: .*"b" does not fit the columns' <<<"$errors"
        check 1 "${how/FILE/beyond.json} | tail -n 1"
        grep -q '"b" does not fit the columns' <<<"$errors"
    done
}

@test "aflatten: a field that no time has is refused before anything is read, unless it comes with the data" {
    check 2 "aflatten 'extract(microseconds from ts)' nowhere"
    [[ $errors == *"no such file"* ]]
    check 2 "aflatten 'a, extract(microseconds from ts)' <<<'{}'"
    [[ $errors == *"extract: a time has no such field (year, "*$'\n  a, extract(microseconds from ts)\n     ^' ]]
    check 2 "aflatten 'date_part(\"moment\", ts)' <<<'{}'"
    check 1 "aflatten 'date_part(f, ts) as p' <<<'{\"f\":\"moment\",\"ts\":\"2024-11-28 23:59:00.312\"}'"
    [[ $errors == *"stdin:1: byte 1: there is no field 'moment' of a time" ]]
    check 0 "aflatten --no-header \
        'extract(SECONDS from ts), date_part(\"dow_iso\", ts), date_part(\"YearOfWeek\", ts)' \
        <<<'{\"ts\":\"2024-12-30 23:59:00.312\"}'"
    same fields "$output" $'0.312000\t1\t2025'
}

@test "values that a function makes keep their types under -e" {
    echo '{"id":1}' >one
    check 0 "aflatten -e \"sequence(timestamp'2020-01-01', timestamp'2020-01-02', interval '12' hour) as t\" \
        'typeof(t) as type, t' one"
    same sequence "$output" $'type\tt\ntimestamp\t2020-01-01 00:00:00\ntimestamp\t2020-01-01 12:00:00
timestamp\t2020-01-02 00:00:00'
    check 0 "aflatten -i json --no-header -e \"map_entries(map(x'41', date'2020-01-31')) as m\" \
        'hex(m.key), add_months(m.value, 1), typeof(m.value)' one"
    same entries "$output" $'41\t2020-02-29\tdate'
}

@test "from_json refuses options that it does not have, and a text that is not of the schema where that is asked for" {
    echo '{"a":"{\"x\":\"y\"}"}' >one
    check 2 "aflatten \"from_json(a, 'x int', map('allowComments', 'true')) as b\" one"
    [[ $errors == *'the option allowComments is not supported'* ]]
    check 1 "aflatten \"from_json(a, 'x int', map('mode', 'FAILFAST')) as b\" one"
    [[ $errors == *'is not of the schema'* ]]
    check 0 "aflatten -T json \"from_json(a, 'x int') as b\" one"; same null "$output" '{"b":{"x":null}}'
}
