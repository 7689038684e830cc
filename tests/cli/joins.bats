# ajoin: cross joins, joins by a condition alone, of more than two files, and of elements (-e).
load ../helper

@test "ajoin --cross, and --on without -k: each row with each, as plain loops have it" {
    python3 - <<'PY'
import json, random
random.seed(5)
sides = []
for name, count in (("l", 40), ("r", 60)):
    rows = [{"i": i, "x": random.choice([None, *range(20)])} for i in range(count)]
    sides.append(rows)
    with open(name + ".ndjson", "w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
def fits(l, r):
    return l["x"] is not None and r["x"] is not None and l["x"] < r["x"] - 12
def cell(row):
    return "\\N" if row is None else str(row["i"])
def lines(kind):
    out, seen = [], set()
    for l in sides[0]:
        met = [r for r in sides[1] if kind == "cross" or fits(l, r)]
        seen.update(r["i"] for r in met)
        if kind in ("semi", "anti"):
            out += [cell(l)] * (bool(met) == (kind == "semi"))
        else:
            out += [cell(l) + "\t" + cell(r) for r in met or [None] * (kind in ("left", "full"))]
    if kind in ("right", "full"):
        out += ["\\N\t" + cell(r) for r in sides[1] if r["i"] not in seen]
    return out
for kind in ("cross", "inner", "left", "right", "full", "semi", "anti"):
    with open("wanted." + kind, "w") as out:
        out.writelines(line + "\n" for line in lines(kind))
PY
    local kind list options
    for kind in cross inner left right full semi anti; do
        list="'l.i, r.i as j'" options="--on 'l.x < r.x - 12'"
        case $kind in semi | anti) list=l.i ;; cross) options="" ;; esac
        check 0 "ajoin --$kind $options --no-header $list l.ndjson r.ndjson | cmp - wanted.$kind"
        check 0 "ajoin --$kind $options --no-header -j 3 $list l.ndjson - <r.ndjson | cmp - wanted.$kind"
    done
    python3 -c 'import json
for i in range(300): print(json.dumps({"i": i, "pad": "x" * 9000}))' >wide.ndjson
    check 0 "ajoin --cross --no-header 'l.i, r.i as j, length(r.pad) as n' l.ndjson wide.ndjson >all"
    [ "$(wc -l <all)" = 12000 ]
    check 0 "ajoin --cross --memory 1M -j 2 --no-header 'l.i, r.i as j, length(r.pad) as n' l.ndjson wide.ndjson |
        cmp - all"
}

@test "ajoin of more files: as one join after the other, for each kind" {
    python3 - <<'PY'
import json, random
random.seed(6)
for n, name in enumerate("abcd"):
    with open(name + ".ndjson", "w") as out:
        for i in range(80):
            row = {"k": random.choice([None, *range(25)]), "o": {"v" + name: i}, "t": i * (n + 2)}
            out.write(json.dumps(row) + "\n")
PY
    aflatten -T csv 'k, o.vc as vc, t as tc' c.ndjson >c.csv
    aflatten -T parquet 'k, o.vd as vd' d.ndjson >d.parquet
    local kind
    for kind in inner left right full; do
        check 0 "ajoin --$kind -k k -T json 'k, l.o.va as va, r.o.vb as vb' a.ndjson b.ndjson |
            ajoin --$kind -k k -T json 'k, va, vb, vc' - c.csv | ajoin --$kind -k k -o 'va, vb, vc, vd' \
                'k, va, vb, vc, vd' - d.parquet >wanted"
        [ "$(wc -l <wanted)" -gt 20 ]
        check 0 "ajoin --$kind -k k -o 'va, vb, vc, vd' 'k, l.o.va as va, r.o.vb as vb, vc, r3.vd' \
            a.ndjson b.ndjson c.csv d.parquet | cmp - wanted"
        check 0 "ajoin --$kind -k k=k=k=k -j 1 --memory 1M -o 'va, vb, vc, vd' \
            'k, l.o.va as va, r.o.vb as vb, r2.vc, vd' a.ndjson b.ndjson c.csv - <d.parquet | cmp - wanted"
    done
    for kind in semi anti; do
        check 0 "ajoin --$kind -k k -T json 'k, o.va as va' a.ndjson b.ndjson |
            ajoin --$kind -k k 'k, va' - c.csv >wanted"
        check 0 "ajoin --$kind -k k 'k, o.va as va' a.ndjson b.ndjson c.csv | cmp - wanted"
    done
    check 0 "ajoin --asof t -T json 'l.t as t, l.o.va as va, r.t as tb' a.ndjson b.ndjson |
        ajoin --asof t=tc 't, va, tb, tc' - c.csv >wanted"
    check 0 "ajoin --asof t=t=tc 'l.t, l.o.va as va, r.t as tb, tc' a.ndjson b.ndjson c.csv | cmp - wanted"
    printf 'x\n1\n2\n' >x.tsv; printf 'y\na\nb\n' >y.tsv; printf 'z\nt\nf\n' >z.tsv
    check 0 "ajoin --cross -w 'x = 2 or z = \"f\"' -n 3 '*' x.tsv y.tsv z.tsv"
    same cross "$output" $'x\ty\tz\n1\ta\tf\n1\tb\tf\n2\ta\tt'
    check 0 "ajoin --on 'concat(x, y) = concat(x, \"b\") and z = \"t\"' '*' x.tsv y.tsv z.tsv"
    same on "$output" $'x\ty\tz\n1\tb\tt\n2\tb\tt'
    printf 'k\tx\n1\tp\n' >k1; printf 'kk\ty\n1\tq\n' >k2; printf 'kkk\tz\n1\tr\n' >k3
    check 0 "ajoin -k k=kk=kkk '*' k1 k2 k3"; same star "$output" $'k\tx\ty\tz\n1\tp\tq\tr'
    check 2 "ajoin -k k=kk '*' k1 k2 k3"; [[ $errors == *"expected one name, or one for each side"* ]]
    check 2 "ajoin -k k=kk=kkk=k '*' k1 k2 k3"; [[ $errors == *"more names than there are sides"* ]]
    check 2 "ajoin --left -k k --on 'x > 1' '*' k1 k2 k3"; [[ $errors == *"join two files at a time"* ]]
    check 2 "ajoin --follow -k k x k1 k2 k3"; [[ $errors == *"joins one stream with one table"* ]]
    check 2 "ajoin -k k x k1"; [[ $errors == *"expected SELECT LEFT RIGHT"* ]]
    check 2 "ajoin -k k x - k1 -"; [[ $errors == *"only one side can be stdin"* ]]
    check 2 "ajoin x k1 k2"; [[ $errors == *"-k KEY is needed"* ]]
    check 2 "ajoin -k k=kk=kkk 'r3.x' k1 k2 k3"; [[ $errors == *"write l.NAME or r.NAME"* ]]
    printf '{"k":1}\n{"k":\n' >bad.ndjson
    check 1 "ajoin -k k k bad.ndjson k1 k1"; [[ $errors == *"bad.ndjson:2: byte"* ]]; same nothing "$output" ""
}

@test "ajoin -e: the elements of joined rows, as aflatten -e behind it gives them" {
    python3 - <<'PY'
import json, random
random.seed(8)
for name in "ab":
    with open(name + ".ndjson", "w") as out:
        for i in range(300):
            out.write(json.dumps({"k": random.randrange(60), "i" + name: i,
                                  "q" + name: [{"n": random.randrange(9)} for _ in range(random.randrange(4))]}) + "\n")
PY
    local kind
    for kind in inner left full; do
        check 0 "ajoin --$kind -k k -T json 'k, ia, ib, qa, qb' a.ndjson b.ndjson |
            aflatten --outer -e 'qa as x' -e 'qb as y' -w 'x.n > 2 or y is null' \
                'k, ia, ib, x.n as n, y_pos, y.n as m' >wanted"
        [ "$(wc -l <wanted)" -gt 100 ]
        check 0 "ajoin --$kind -k k --outer -e 'qa as x' -e 'r.qb as y' -w 'x.n > 2 or y is null' \
            'k, ia, ib, x.n as n, y_pos, y.n as m' a.ndjson b.ndjson | cmp - wanted"
        check 0 "ajoin --$kind -k k --outer -e 'qa as x' -e 'r.qb as y' -w 'x.n > 2 or y is null' -j 4 --memory 1M \
            'k, ia, ib, x.n as n, y_pos, y.n as m' a.ndjson b.ndjson | cmp - wanted"
    done
    printf '{"k":1,"p":[5,6]}\n' >l; printf '{"k":1,"w":"a-b"}\n' >r
    check 0 "ajoin -k k -e 'p as x' -e \"split(w, '-') as y\" -o 'y desc, x' --offset 1 -n 2 '*' l r"
    same star "$output" $'k\tp\tw\tx\ty\n1\t[5,6]\ta-b\t6\tb\n1\t[5,6]\ta-b\t5\ta'
    check 0 "ajoin --semi -k k -e 'p as x' 'k, x' l r"; same semi "$output" $'k\tx\n1\t5\n1\t6'
    check 0 "ajoin -k k -e 'p as x' -T json 'r2.w as z, x' l r r"
    same several "$output" $'{"z":"a-b","x":5}\n{"z":"a-b","x":6}'
    check 1 "ajoin -k k -e 'k as x' x l r"; [[ $errors == *"k: expected an array to explode, found a number"* ]]
    check 2 "ajoin -k k -e 'pp as x' x l r"; [[ $errors == *"-e pp: neither side has this name"* ]]
    check 2 "ajoin -k k -e 'p as x' 'x, nothing' l r"; [[ $errors == *"neither side has this name"* ]]
    check 2 "ajoin -k k --outer k l r"; [[ $errors == *"--outer goes with -e"* ]]
    check 2 "ajoin --follow -k k -e 'p as x' x l r"; [[ $errors == *"aflatten -e, goes behind"* ]]
}
