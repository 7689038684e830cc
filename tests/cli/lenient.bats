#!/usr/bin/env bats
# --corrupt, --allow, --sampling, --primitives-as-string: Spark's options of its reader of JSON.
load ../helper

odd() {
    cat <<'X'
{"a":1,"b":"x"}
{"a":2,
{'a':3, 'b':'it\'s "y"'} // hi
{a:NaN, b: -INF /* c */}
5
{"a":007,"b":"\q"}
X
}

@test "--corrupt: a bad record is a row with its text, the others have null there" {
    odd >in
    check 0 "aflatten --corrupt bad 'a, b, bad' in"
    same rows "$output" \
$'a\tb\tbad\n1\tx\t\\N\n\\N\t\\N\t{"a":2,\n\\N\t\\N\t{\'a\':3, \'b\':\'it\\\\\'s "y"\'} // hi
\\N\t\\N\t{a:NaN, b: -INF /* c */}\n\\N\t\\N\t5\n\\N\t\\N\t{"a":007,"b":"\\\\q"}'
    check 0 "aflatten --corrupt bad '*' in | sed -n 1,2p"
    same star "$output" $'a\tb\tbad\n1\tx\t\\N'
    check 0 "aflatten --corrupt bad -T json '*' in | sed -n 1,2p"
    same ndjson "$output" $'{"a":1,"b":"x"}\n{"bad":"{\\"a\\":2,"}'
    check 0 "aflatten --corrupt _corrupt_record --schema in"
    same schema "$output" \
'root
 |-- _corrupt_record: string (nullable = true)
 |-- a: long (nullable = true)
 |-- b: string (nullable = true)'
    check 0 "aagg --corrupt c -j 3 'count(*) as n, count(c) as bad' in in"
    same counts "$output" $'n\tbad\n12\t10'
    check 0 "asql --corrupt c --no-header 'select count(c) from t' t=in"
    same asql "$output" 5
    check 0 "ajoin --corrupt c -k a --no-header 'a, l.b' in in"
    same ajoin "$output" $'1\tx'
    check 0 "printf 'a\\xff\\0b\\n{\"a\":1}\\n' | aflatten -i json --corrupt c 'a, c'"
    same 'no text' "$output" $'a\tc\n\\N\ta\xef\xbf\xbd\\\\u0000b\n1\t\\N'
}

@test "--allow: what some take for JSON is read, and nothing else" {
    odd >in
    check 0 "aflatten --allow comments,single-quotes,nan,unquoted,leading-zeros,backslash --corrupt bad \
        -w 'bad is null' 'a, b, double(a) as d' in"
    same rows "$output" $'a\tb\td\n1\tx\t1.0\n3\tit\'s "y"\t3.0\nNaN\t-Infinity\tNaN\n7\tq\t7.0'
    check 1 "sed 2d in | aflatten --allow comments a"
    same 'up to the first' "$output" $'a\n1'
    [[ $errors == *'stdin:2: byte 2: '* ]]
    while IFS='|' read -r option record wanted; do
        check 0 "printf '%s\n' '$record' | aflatten -i json --allow $option -T json '*'"
        same "$option" "$output" "$wanted"
        check 1 "printf '%s\n' '$record' | aflatten -i json -T json '*'"
        for other in nan comments single-quotes unquoted leading-zeros backslash; do
            [ "$other" = "$option" ] || check 1 "printf '%s\n' '$record' | aflatten -i json --allow $other -T json '*'"
        done
    done <<'X'
nan|{"a":[NaN, +INF,-Infinity]}|{"a":["NaN","Infinity","-Infinity"]}
comments|{"a":/* no "b" */1}// end|{"a":1}
comments|/**/ {"a":"// kept"}|{"a":"// kept"}
unquoted|{a_1:{$b:1},ä:2}|{"a_1":{"$b":1},"ä":2}
leading-zeros|{"a":-007,"b":00.5,"c":0}|{"a":-7,"b":0.5,"c":0}
backslash|{"a":"\x\"\\\n\u0041"}|{"a":"x\"\\\n\u0041"}
X
    check 0 "printf '%s\n' \"{'a\\\"':'it\\\\'s'}\" | aflatten --allow single-quotes -T json '*'"
    same single "$output" '{"a\"":"it'"'"'s"}'
    odd >in
    check 0 "sed '1d; 2d; 5d' in | aflatten --allow comments,single-quotes,nan,unquoted,leading-zeros,backslash '*'"
    same 'columns of *' "$output" $'a\tb\n3\tit\'s "y"\nNaN\t-Infinity\n7\tq'
    check 0 "printf '%s\n' '{n:1,m:{x:[2]}}' '{\"n\":2,o:3}' | aflatten -j 3 --allow unquoted '*, m.*' --cells json"
    same 'within' "$output" $'m.x\tn\to\tx\n[2]\t1\t\\N\t[2]\n\\N\t2\t3\t\\N'
    check 0 "printf '%s\n' '{n:1}' x '{\"p\":2}' | aflatten -i json --allow unquoted --corrupt c '*'"
    same 'beside what is corrupt' "$output" $'c\tn\tp\n\\N\t1\t\\N\nx\t\\N\t\\N\n\\N\t\\N\t2'
    check 1 "printf '{\"a\":nan}\n' | aflatten --allow nan a"
    check 1 "printf '{\"a\":1,}\n' | aflatten --allow nan,comments,single-quotes,unquoted,leading-zeros,backslash a"
    check 1 "printf '{\"a\":\"x\n' | aflatten --allow nan,comments,single-quotes,unquoted,leading-zeros,backslash a"
}

@test "many such records, over threads, are those of one thread" {
    for i in $(seq 3000); do printf "{'n':%d}\n{\"n\":%d}\n%d,\n" "$i" "$i" "$i"; done >in
    check 0 'aflatten -j 1 --allow single-quotes --corrupt c -T json "*" in >one
        aflatten -j 4 --allow single-quotes --corrupt c -T json "*" in | cmp - one'
    check 0 'aagg --allow single-quotes --corrupt c --no-header "count(n), sum(n), count(c)" in'
    same sums "$output" $'6000\t9003000\t3000'
}

@test "--schema: a sample of the records, primitives as strings" {
    seq 10000 | awk '{print "{\"n\":" $1 ",\"m\":[{\"x\":true}]" ($1 % 1000 ? "" : ",\"rare\":1.5") "}"}' >in
    check 0 'aflatten --schema --primitives-as-string in'
    same strings "$output" \
'root
 |-- m: array (nullable = true)
 |    |-- element: struct (containsNull = true)
 |    |    |-- x: string (nullable = true)
 |-- n: string (nullable = true)
 |-- rare: string (nullable = true)'
    check 0 'aflatten --schema --sampling 1 in | cmp - <(aflatten --schema in)'
    check 0 'aflatten --schema --sampling 0.001 in >one
        aflatten -j 3 --schema --sampling 0.001 <in | cmp - one; cat one'
    [[ $output == *'n: long'* && $output != *rare* ]]
    for wrong in 0 -1 1.5 x '' nan; do check 2 "aflatten --schema --sampling '$wrong' in"; done
    check 2 'aflatten --sampling 0.5 n in'
    check 2 'aflatten --primitives-as-string n in'
}

@test "--schema --infer-timestamp: by casts, or by a format" {
    printf '%s\n' '{"a":"2024-05-01T10:00:00Z","b":"01.05.2024 10:00","c":[{"d":"2024-05-01"}],"e":"","f":"2024"}' \
        '{"a":"2024-05-02","b":"02.05.2024 10:00","c":[],"e":null,"f":7}' >in
    check 0 'aflatten --schema --infer-timestamp in'
    same casts "$output" \
'root
 |-- a: timestamp (nullable = true)
 |-- b: string (nullable = true)
 |-- c: array (nullable = true)
 |    |-- element: struct (containsNull = true)
 |    |    |-- d: timestamp (nullable = true)
 |-- e: string (nullable = true)
 |-- f: string (nullable = true)'
    check 0 "aflatten -j 2 --schema=json --infer-timestamp='dd.MM.yyyy HH:mm' in |
        aslice -r '.fields[] | .name + \" \" + (.type | tostring)' | sed -n 1,2p"
    same format "$output" $'a string\nb timestamp'
    check 0 'aflatten --schema in | grep -c timestamp || true'
    [ "$output" = 0 ]
    check 2 "aflatten --schema --infer-timestamp='YYYY' in"
    check 2 'aflatten --infer-timestamp a in'
}

@test "what does not go together is refused" {
    printf 'a\n1\n' >in.tsv
    check 2 'aflatten --corrupt c a in.tsv'
    [[ $errors == *'--corrupt goes with NDJSON, and this is TSV'* ]]
    check 2 'aflatten --allow nan a in.tsv'
    check 2 'aflatten --allow nan,zip a in.tsv'
    [[ $errors == *'expected some of nan|comments'* ]]
    check 2 'aflatten --corrupt c --bad skip a in.tsv'
}

@test "--allow: an array of records is all of them, as one of strict JSON is" {
    printf '%s\n' '{"a":0}' '[{a:1}, {a:2,b:"x"}]' '[/* none */]' '[{"a":3}]' '[{a:4},5]' '{a:6}' >in
    local allow='--allow unquoted,comments'
    check 0 "aflatten $allow --bad skip 'a, b' in"
    same rows "$output" $'a\tb\n0\t\\N\n1\t\\N\n2\tx\n3\t\\N\n6\t\\N'
    check 0 "aflatten $allow --corrupt c -T csv '*' in"
    same corrupt "$output" $'a,b,c\n0,,\n1,,\n2,x,\n3,,\n,,"[{a:4},5]"\n6,,'
    check 0 "sed 5d in | aagg $allow 'count(*) as n, sum(a) as s'";        same sum "$output" $'n\ts\n5\t12'
    check 0 "sed 5d in | aflatten $allow -o 'b nulls last, a desc' -n 2 a"; same order "$output" $'a\n2\n6'
    check 0 "sed 5d in | aflatten $allow -n 2 a";                          same limit "$output" $'a\n0\n1'
    check 1 "aflatten $allow a in"
    same 'up to it' "$output" $'a\n0\n1\n2\n3';                        [[ $errors == *'in:5: byte '* ]]
}
