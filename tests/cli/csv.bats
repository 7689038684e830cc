# CSV in and out. What Python's csv module makes of it is tests/interop/csv.tap.py's.
load ../helper

@test "csv: quotes, doubled quotes, line ends, BOM, null and empty, told by the first line" {
    printf '\xef\xbb\xbfid,name,note\r\n1,"a ""b"" c",x\r\n2,,""\r\n\r\n3,"l1\nl2\\t","5"" x"\r\n4,5" pipe, sp\r\n' >a
    check 0 "aflatten '*' <a"
    same tsv "$output" $'id\tname\tnote\n1\ta "b" c\tx\n2\t\\N\t\n3\tl1\\nl2\\\\t\t5" x\n4\t5" pipe\t sp'
    check 0 "aflatten -T csv '*' a"
    same csv "$output" $'id,name,note\n1,"a ""b"" c",x\n2,,""\n3,"l1\nl2\\t","5"" x"\n4,"5"" pipe"," sp"'
    check 0 "aagg -g name 'count(*) as n' -T csv a -o 1 -n 1"; same group "$output" $'name,n\n,1'
    check 0 "aflatten -T csv --null NA name a -n 2"; same null "$output" $'name\n"a ""b"" c"\nNA'
    printf 'a\nNA\n"NA"\n' >b.csv
    check 0 "aflatten --null NA -T json a b.csv"; same 'null in' "$output" $'{"a":null}\n{"a":"NA"}'
    check 0 "aflatten --no-header -T csv 'c2, c1' <<<'1,2'"; same headless "$output" "2,1"
    check 0 "aflatten --delimiter ';' --quote \"'\" -T csv '*' <<<\$'a;b\n1;\'x;y\''"
    same other "$output" $'a;b\n1;\'x;y\''
}

@test "csv: a name decides; TSV with commas in its header is not read in silence" {
    echo '[x]' >a.csv; echo 1 >>a.csv; gzip -k a.csv; printf 'a,b\n1,2\n' >b.tsv
    check 0 "aflatten -T json '*' a.csv";    same name "$output" '{"[x]":1}'
    check 0 "aflatten -T json '*' a.csv.gz"; same name "$output" '{"[x]":1}'
    check 0 "aflatten '*' b.tsv"; [[ $errors == *'b.tsv: the first line has commas but no tab'* ]]
    check 0 "aflatten -i tsv '*' b.tsv"; same silent "$output" $'a,b\n1,2'
    check 2 "aflatten -i json -T tsv --delimiter ';' a b.tsv"
}

@test "csv: bad records have their line and byte, and are kept as they are" {
    printf 'a,b\n1,"x\ny"\n2,"q\nr"z\n3\n4,\xff\n5,6\n' >a
    check 1 "aflatten '*' a"; [[ $errors == *'a:5: byte 3: a quoted cell ends before this byte'* ]]
    check 0 "aflatten --bad bad -T csv '*' a"; same good "$output" $'a,b\n1,"x\ny"\n5,6'
    [[ $errors == *'3 bad records'* ]]
    same bad "$(cat bad)" $'2,"q\nr"z\n3\n4,\xff'
    check 1 "aflatten a <<<\$'a,b\n1,\"x\n2,3'"; [[ $errors == *'stdin:2: byte 3: this quote is not closed'* ]]
    check 1 "aflatten '*' <<<'\"a,b' -i csv"; [[ $errors == *'byte 1: this quote is not closed'* ]]
    { printf 'a,b\n1,"'; head -c 18000000 /dev/zero | tr '\0' 'x'; } >long
    { cat long; yes x | head -c 20000000; } >longer
    check 1 "aflatten a longer"; [[ $errors == *'longer:2: byte 3: this quote is not closed within 16 MiB'* ]]
}

@test "csv: aland and ajoin take it" {
    printf 'k,a\n1,"x,y"\n' >l.csv; printf '{"k":1,"b":2}\n' >r
    check 0 "ajoin -k k -T csv a,b l.csv r"; same joined "$output" $'a,b\n"x,y",2'
    aland -q -d set l.csv
    check 0 "aread set"; same landed "$output" '{"a":"x,y","k":1}'
}

@test "--no-header=in and =out: a header can be read and not written, and the other way round" {
    printf 'a,b\n1,2\n' >in.csv
    check 0 "aflatten --no-header=out '*' in.csv";    same out "$output" $'1\t2'
    check 0 "aflatten --no-header=in -T csv '*' in.csv"; same in "$output" $'c1,c2\na,b\n1,2'
    check 0 "aflatten --no-header c1 in.csv";         same both "$output" $'a\n1'
    check 0 "aflatten --no-header=in --no-header=out c1 in.csv"; same 'one after the other' "$output" $'a\n1'
    check 0 "aagg --no-header=out -g b 'sum(a)' in.csv"; same aagg "$output" $'2\t1'
    check 0 "ajoin --no-header=out -k a 'a, l.b' in.csv in.csv"; same ajoin "$output" $'1\t2'
    check 0 "asql --no-header=out 'select b from t' t=in.csv"; same asql "$output" 2
    check 2 "aflatten --no-header=x a in.csv"
    [[ $errors == *'--no-header=x: expected in, out or nothing'* ]]
}

@test "--cells json: nested cells of TSV are JSON that others read" {
    printf '%s\n' '{"a":{"s":"x\"y\tz\\n"}, "b":[ "q\"", {"t" : 1} ],"c":"q\\"}' >in.ndjson
    check 0 "aflatten --cells json --no-header=out 'a, b, c, struct(a.s as t) as d, null as e' in.ndjson"
    same cells "$output" $'{"s":"x\\"y\\tz\\\\n"}\t["q\\"",{"t":1}]\tq\\\\\t{"t":"x\\"y\\tz\\\\n"}\t\\N'
    check 0 "aflatten --cells json --no-header=out b in.ndjson | jq -c '.[1].t'"
    same jq "$output" 1
    check 0 "aflatten --cells copy b in.ndjson | cmp - <(aflatten b in.ndjson)"
    check 0 "aagg --cells json --no-header=out 'collect_list(c) as l' in.ndjson"
    same aagg "$output" '["q\\"]'
    check 2 'aflatten --cells json -T csv b in.ndjson'
    check 2 'aflatten --cells raw b in.ndjson'
}
