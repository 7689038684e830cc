# aslice: the filter language, the written forms, errors and where they are.
load ../helper

# give FILTER INPUT WANTED [OPTIONS]: the results of a filter over an input.
give() {
    printf '%s' "$2" >input
    check 0 "aslice ${4:-} '$1' input"
    same "$1" "$output" "$3"
}

# wrong FILTER HINT [COLUMN]: status 2, the caret under the column (from 1), the hint in the message.
wrong() {
    check 2 "aslice '$1' </dev/null"
    [[ $errors == *"$2"* ]] || same "$1" "$errors" "$2"
    [ -z "${3:-}" ] || same "caret of $1" "$(sed -n 's/^  \( *\)^$/\1/p' <<<"$errors" | wc -c)" "$3"
}

# refuse FILTER INPUT MESSAGE [OPTIONS]: status 1 and exactly this message.
refuse() {
    printf '%s' "$2" >input
    check 1 "aslice ${4:-} '$1' input"
    same "$1" "$errors" "aslice: input:$3"
}

@test "paths: members, elements, slices" {
    doc='{"a":{"b":[1,2,[3]]},"a b":"x","é":null,"":0}'
    give . "$doc" "$doc"
    give .a.b "$doc" '[1,2,[3]]'
    give '."a b"' "$doc" '"x"'
    give '.["a b"]' "$doc" '"x"'
    give '."\u00e9",.["é"],.""' "$doc" $'null\nnull\n0'
    give '.a.b[2][0]' "$doc" 3
    give '.a.b[-1],.a.b[-4],.a.b[9]' "$doc" $'[3]\nnull\nnull'
    give '.a["b"][0:2]' "$doc" '[1,2]'
    give '.a.b[1:],.a.b[:-1],.a.b[-2:-1],.a.b[2:1],.a.b[-9:9]' "$doc" $'[2,[3]]\n[1,2]\n[2]\n[]\n[1,2,[3]]'
    give '.a.b[]' "$doc" $'1\n2\n[3]'
    give '.a|.b|.[0]' "$doc" 1
    give '.none.at.all,.none[3],.none[1:2]' "$doc" $'null\nnull\nnull'
    give ' . a' '{}' '' '' 2>/dev/null || true
    give $'.a # a comment\n | .b[0]' "$doc" 1
}

@test "strings are sliced and measured by code points, escapes as written" {
    give '.[1:3]' '"aé日\ud83d\ude00z"' '"é日"'
    give '.[3:]' '"aé日\ud83d\ude00z"' '"\ud83d\ude00z"'
    give '.[:-1]' '"a\u0041\n\\"' '"a\u0041\n"'
    give length '"aé日\ud83d\ude00z"' 5
    give length '"\ud800\ud800\udc00"' 2
    give '.[9:]' '"abc"' '""'
}

@test "length, keys, keys_unsorted, type" {
    give length '[1,[2,3],4]' 3
    give length '{"a":1,"b":2,"\u0061":3}' 2
    give length null 0
    give length -1.50 1.50
    give length 12345678901234567890123 12345678901234567890123
    refuse length true '1: byte 1: boolean has no length'
    give keys '{"b":1,"a":2,"é":3,"B":4,"":5,"😀":6,"b":7}' '["","B","a","b","é","😀"]'
    give keys_unsorted '{"b":1,"a":2,"b":3}' '["b","a"]'
    give 'keys|.[1:]|length' '[5,6,7]' 2
    give 'keys[]' '{"b":1,"a":2}' $'"a"\n"b"'
    refuse keys 1 '1: byte 1: number has no keys'
    give '.[]|type' '[null,true,1,"x",[],{}]' $'"null"\n"boolean"\n"number"\n"string"\n"array"\n"object"'
}

@test "comma binds tighter than pipe, parentheses group" {
    give '.[0],.[1]|length' '[[1],[2,3]]' $'1\n2'
    give '.[0],(.[1]|length)' '[[1],[2,3]]' $'[1]\n2'
    give '(.a,.b)[0]' '{"a":[1],"b":[2]}' $'1\n2'
    give '(.a|.b).c' '{"a":{"b":{"c":7}}}' 7
    give '(((.)))' 1 1
}

@test "a question mark passes the errors of its step over, and no others" {
    give '.a?' 1 ''
    give '.[]?' 1 ''
    give '.[]|.a?' '[1,{"a":2},[]]' 2
    give 'length?' true ''
    give '(.a.b.c)?' '{"a":{"b":1}}' ''
    give '(.[]|.a)?' '[{"a":1},2,{"a":3}]' 1
    refuse '.a.b?' '1' '1: byte 1: cannot index number with "a"'
    refuse '(.a)?|.b' '{"a":1}' '1: byte 6: cannot index number with "b"'
    refuse '.a?.b' '{"a":"x"}' '1: byte 6: cannot index string with "b"'
}

@test "a type that a step cannot enter is an error in jq's words, with its place" {
    refuse .a '[1]' '1: byte 1: cannot index array with "a"'
    refuse '.["x\"y"]' '"s"' '1: byte 1: cannot index string with "x\"y"'
    refuse '.[0]' '{"a":1}' '1: byte 1: cannot index object with number'
    refuse '.[1:]' ' 5' '1: byte 2: cannot index number with a slice'
    refuse '.[]' null '1: byte 1: cannot iterate over null'
    refuse '.a[]' $'{"a":[]}\n{"a":true}\n' '2: byte 6: cannot iterate over boolean'
    refuse '.[].a' '[{"a":1},2]' '1: byte 10: cannot index number with "a"' '--framing nest'
    refuse '.a.b[].c' $'{\n"a":{"b":[{"c":1},\n 3]}}' '3: byte 2: cannot index number with "c"'
    # streamed, the element is named too
    { printf '[\n'; for i in {1..30000}; do printf '{"a":"%0100d"},\n' "$i"; done; printf '2,\n{"a":1}]'; } >large
    check 1 "aslice '.[].a' large | wc -l"
    same message "$errors" 'aslice: large:30002: byte 1: element 30000: cannot index number with "a"'
    same before "$output" 30000
    check 0 "aslice --bad kept '.[].a' large | tail -1"
    same last "$output" 1
    same kept "$(<kept)" 2
    refuse '.b|.a' $'{"b":{}}\n\n{"b" : [1] }' '3: byte 8: cannot index array with "a"'
}

@test "an error about a member that is not there names its record" {
    printf '{"a":[1]}\n{"a":[2]}\n {"b":1}\n' > lines
    for run in "aslice '.a[]' lines" "aslice '.a[]' < lines" "cat lines | aslice --threads 2 '.a[]'" \
        "aslice '.a | .[]' lines" "aslice '(.a)[]' lines"; do
        check 1 "$run"
        same stdout "$output" $'1\n2'
        [[ $errors == *:3:\ byte\ 2:\ cannot\ iterate\ over\ null ]]
    done
}

@test "results before an error stay, as with jq; none behind it is written" {
    printf '{"a":1}\n{"a":2,"b":3}\n{"a":4}\n' >input
    check 1 "aslice '.a, .b.c' input"
    same results "$output" $'1\nnull\n2'
    same message "$errors" 'aslice: input:2: byte 12: cannot index number with "c"'
    # put aside, a record leaves nothing behind
    check 0 "aslice --bad kept '.a, .b.c' input"
    same results "$output" $'1\nnull\n4\nnull'
    same kept "$(<kept)" '{"a":2,"b":3}'
    same count "$errors" 'aslice: 1 bad record skipped'
    check 0 "aslice -q --bad skip '.a, .b.c' input"
    same quiet "$errors" ''
}

@test "wrong filters are status 2, with a caret and what to do" {
    wrong '.a.' "expected a name, a string or '['" 4
    wrong '.a-b' '."odd-key"' 4
    wrong '.a[' 'expected a value before the end' 4
    wrong '.a[1' 'before the end' 5
    wrong '.a["x' 'not closed' 4
    wrong '.[:]' 'expected a bound' 4
    wrong '(.a' "expected ')'" 4
    wrong '.a)' 'expected an operator or the end' 3
    wrong '.a |' 'expected a value' 5
    wrong '.a,,.b' "expected a value" 4
    wrong 'a' 'a key is written .key' 1
    wrong '.é' 'expected an operator' 2
    wrong '."a\q"' 'no such escape' 4
    wrong '.[]|selec(.a)' 'there is select/1' 5
    wrong '.[] | lenght' 'there is length/0' 7
    wrong '.[] | sort_by' 'there is sort_by/1' 7
    wrong '.[] | $x' '$x is not defined' 7
    check 2 "aslice \"\$(printf '(%.0s' {1..1200}).\$(printf ')%.0s' {1..1200})\""
    [[ $errors == *nested* ]] || same depth "$errors" nested
}

@test "options: each combination that makes no sense is refused, none that does" {
    check 0 "echo '{\"a\":\"x\"}' | aslice --compact-output --raw-output .a"
    same result "$output" x
    check 0 "echo '{\"a\":\"x\"}' | aslice .a -cr"
    same result "$output" x
    check 2 "aslice --wrong ."; [[ $errors == 'aslice: --wrong: no such option'* ]]
    check 2 "aslice -Z ."; [[ $errors == 'aslice: -Z: no such option'* ]]
    check 2 "aslice . --limit"; [[ $errors == *'--limit: needs an argument'* ]]
    check 2 "aslice --arg x"; [[ $errors == *'--arg: needs two arguments'* ]]
    check 2 "aslice .a .b"; [[ $errors == *'.b: no such file; '* ]]
    echo 1 >some.json
    check 2 "aslice some.json"; [[ $errors == 'aslice: some.json is a file; the filter comes first'* ]]
    check 2 "aslice --limit -1 ."; check 2 "aslice --limit x ."; check 2 "aslice --threads 0 ."
    check 2 "aslice --framing x ."
    check 2 "aslice --indent 8 ."; check 2 "aslice --argjson x '{' ."; check 2 "aslice --slurpfile x none ."
    check 2 "aslice --batch-count 2 -r ."; check 2 "aslice --batch-bytes 8 ."
    for option in -n -s -R -e -j --seq --stream; do check 2 "aslice $option -w true ."; done
    check 2 "aslice --bad skip input"
    check 0 "aslice --help"; [[ $output == 'usage: aslice '* ]]
    check 0 "aslice --version"; [[ $output == 'aslice (atools) '* ]]
    check 3 "aslice --version >/dev/full"
}

@test "numbers, escapes and repeated keys stay as they are written" {
    line='{"n":[1.0,1e2,-0,0.10,12345678901234567890,3.141592653589793238462643383279],'
    line+='"s":"\u0041\/\u00e9\ud800","n":1}'
    give . "$line" "$line"
    give '.n' "$line" 1
    give '.s' "$line" '"\u0041\/\u00e9\ud800"'
    give . '{"a":"\u0000"}' '{"a":"\u0000"}'
}

@test "-p is what jq prints; white space goes otherwise" {
    printf '{"a" : [ 1 , {} , [ ] , {"b":"x, y"}],\n"c":{"d":null}}' >input
    check 0 "aslice -p . input"; pretty=$output
    check 0 "jq . input"; same pretty "$pretty" "$output"
    check 0 "aslice . input"
    same compact "$output" '{"a":[1,{},[],{"b":"x, y"}],"c":{"d":null}}'
    check 0 "aslice -p '.a[1:]' input"; pretty=$output
    check 0 "jq '.a[1:]' input"; same pretty "$pretty" "$output"
}

@test "-r decodes strings, -0 ends results with NUL" {
    printf '["a\\nb","\\u00e9\\ud83d\\ude00",{"x":"\\n"},1,"\\ud800"]' >input
    check 0 "aslice -r '.[]' input"
    same raw "$output" $'a\nb\né😀\n{"x":"\\n"}\n1\n\uFFFD'
    check 0 "aslice -r -0 '.[]' input | tr '\\n\\0' '|\\n'"
    same nul "$output" $'a|b\né😀\n{"x":"\\n"}\n1\n\uFFFD'
    check 0 "aslice -0 '.[]' input | tr '\\0' '\\n'"
    same nul "$(head -1 <<<"$output")" '"a\nb"'
    printf '"ok"\n"a\\u0000b"\n' >input
    check 1 "aslice -r -0 . input | tr '\\0' '\\n'"
    same before "$output" ok
    [[ $errors == 'aslice: input:2: byte 1: a string with a NUL'* ]]
    check 0 "aslice -r . input | od -An -c | tr -d ' \\n'"
    same nul "$output" 'ok\na\0b\n'
}

@test "--limit: so many results, over all kinds of input" {
    seq 1 100000 >lines
    check 0 "aslice --limit 3 . lines"; same lines "$output" $'1\n2\n3'
    check 0 "aslice --limit 0 . lines"; same none "$output" ''
    check 0 "aslice --limit 100001 . lines | wc -l"; same all "$output" 100000
    { echo '['; seq -s, 1 50000; echo ']'; } >array
    check 0 "aslice --limit 3 '.[]' array"; same elements "$output" $'1\n2\n3'
    check 0 "aslice --limit 3 '.[10:40000][]' array"; same elements "$output" $'11\n12\n13'
    check 0 "aslice --limit 1 '.[2:4],.[0]' array"; same slice "$output" '[3,4]'
    check 0 "aslice --limit 2 '.[1:4]|.[]' array"; same elements "$output" $'2\n3'
    check 0 "aslice --limit 5 --batch-count 2 '.[]' array"; same batches "$output" $'[1,2]\n[3,4]\n[5]'
    # an error behind the limit is not looked for
    printf '1\n2\n{bad\n' >input
    check 0 "aslice --limit 2 . input"; same 'before the error' "$output" $'1\n2'
}

@test "--batch-count and --batch-bytes pack results into arrays" {
    check 0 "seq 1 10 | aslice --batch-count 4 ."
    same batches "$output" $'[1,2,3,4]\n[5,6,7,8]\n[9,10]'
    check 0 "printf '' | aslice --batch-count 4 ."; same none "$output" ''
    check 0 "seq 1 4 | aslice --batch-count 4 ."; same full "$output" '[1,2,3,4]'
    check 0 "seq 1 10 | aslice --batch-count 3 --batch-bytes 1K ."
    same batches "$output" $'[1,2,3]\n[4,5,6]\n[7,8,9]\n[10]'
    # exactly at the limit: [1234567,"abcd"] has 16 bytes
    check 0 "printf '1234567 \"abcd\" 1 \"abcdefghijkl\" 2' | aslice --framing nest --batch-bytes 16 ."
    same batches "$output" $'[1234567,"abcd"]\n[1]\n["abcdefghijkl"]\n[2]'
    printf '1\n"abcdefghijkl"\n"abcdefghijklm"\n2\n' >input
    check 1 "aslice --batch-bytes 16 . input"
    same before "$output" $'[1]\n["abcdefghijkl"]'
    same message "$errors" \
        'aslice: input:3: byte 1: a result of 15 bytes does not fit into an array of --batch-bytes 16'
    check 0 "aslice --batch-bytes 16 --bad kept . input"
    same around "$output" $'[1]\n["abcdefghijkl"]\n[2]'
    same kept "$(<kept)" '"abcdefghijklm"'
    # packed again, everything is there, and nothing is larger
    seq 1 200000 >lines
    check 0 "aslice --batch-bytes 1000 . lines | tee packed | aslice '.[]' | cmp - lines"
    check 0 "awk 'length(\$0) > 1000' packed | wc -l"; same larger "$output" 0
    check 0 "wc -l <packed"; [ "$output" -lt 1320 ]
}

@test "-w: whole results for which an SQL condition is true" {
    printf '{"a":1,"b":{"c":"x"}}\n{"a":2,"b":{"c":"y"}}\n{"b":{"c":"y"}}\n{"a":3, "b":{"c":"yy"}}\n' >input
    check 0 "aslice -w 'a > 1' . input"; same where "$output" $'{"a":2,"b":{"c":"y"}}\n{"a":3,"b":{"c":"yy"}}'
    check 0 "aslice -w 'c = \"y\"' .b input"; same result "$output" $'{"c":"y"}\n{"c":"y"}'
    check 0 "aslice --limit 1 -w 'b.c like \"y%\"' . input"; same limit "$output" '{"a":2,"b":{"c":"y"}}'
    check 0 "aslice -w 'a is null' '.b,.' input | wc -l"; same null "$output" 5
    check 0 "printf '[[{\"x\":1},{\"x\":2}],[{\"x\":3}]]' | aslice -w 'x >= 2' '.[][]'"
    same nested "$output" $'{"x":2}\n{"x":3}'
    check 2 "aslice -w 'a >' . input"
    check 2 "aslice -w 'nofunc(a)' . input"
}

@test "bad data: where it is, and what was before it" {
    printf '{"a":1}\n{"a":}\n{"a":3}\n' >input
    check 1 "aslice .a input"
    same before "$output" 1
    same place "$errors" 'aslice: input:2: byte 6: expected a value'
    check 0 "aslice --bad skip .a input"
    same around "$output" $'1\n3'
    same count "$errors" 'aslice: 1 bad record skipped'
    # framed by nesting nobody knows where the next record begins
    printf '{\n"a":1}\n{"a":}\n{"a":3}\n' >input
    check 1 "aslice --bad skip .a input"
    same before "$output" 1
    [[ $errors == 'aslice: input:3: byte 6: '* ]]
    # what no step asks for is validated too
    check 1 "printf '{\"a\":1,\"b\":[tru]}' | aslice .a"; [[ $errors == 'aslice: stdin:1: byte 16: '* ]]
    check 1 "printf '[\\n1,\\n[01]]' | aslice '.[-1:]'"; [[ $errors == 'aslice: stdin:3: byte 3: '* ]]
    check 1 "printf '[\\n{\"a\":1,\"b\":\"\\xff\"}]' | aslice '.[].a'"; [[ $errors == 'aslice: stdin:2: byte 13: '* ]]
    check 1 "printf '{\"x\":[\\x00],\"a\":[\\n1]}' | aslice '.a[]'"; [[ $errors == 'aslice: stdin:1: byte 7: '* ]]
    # a byte order mark is skipped, a second one is not
    check 0 "printf '\\xef\\xbb\\xbf1' | aslice ."; same bom "$output" 1
    check 1 "printf '\\xef\\xbb\\xbf\\xef\\xbb\\xbf1' | aslice ."; [[ $errors == 'aslice: stdin:1: byte 4: '* ]]
}

@test "nested too deeply is an error, not a crash" {
    deep() { head -c "$1" /dev/zero | tr '\0' '['; head -c "$1" /dev/zero | tr '\0' ']'; }
    deep 10000 >input
    check 0 "aslice . input | cmp - <(cat input; echo)"
    check 0 "aslice '.[0][0]|length' input"; same length "$output" 1
    check 0 "aslice -p . input | wc -l"; same lines "$output" 19999
    deep 10001 >input
    check 1 "aslice . input"; [[ $errors == *'deeper than 10000'* ]]
    check 1 "aslice '.[]' input"; [[ $errors == *'deeper than 10000'* ]]
}

@test "several files, an empty one among them; stdin as -" {
    echo '{"a":1}' >one; : >none; printf '[\n{"a":2}\n]' >two
    check 0 "echo '{\"a\":3}' | aslice '.a?, (.[].a?)' one none two - | grep -v null"
    same all "$output" $'1\n2\n3'
    check 2 "aslice . one missing"
    same message "$(head -1 <<<"$errors")" 'aslice: missing: no such file; the filter is one argument: quote it'
}

@test "a full disk is loud, a closed pipe quiet" {
    seq 1 100000 >lines
    check 3 "aslice . lines >/dev/full"
    same message "$errors" 'aslice: stdout: No space left on device'
    check 3 "echo 1 | aslice . >/dev/full"
    check 3 "seq 1 9 | aslice --batch-count 20 . >/dev/full"
    seq 1 1000000 >many
    check 0 "(aslice . many; echo \$? >status) | head -1"
    same first "$output" 1
    same status "$(<status)" 141
    same quiet "$errors" ''
}

@test "a directory, an unreadable file, a damaged gzip" {
    mkdir folder
    check 2 "aslice . folder"
    seq 1 100000 | gzip >good.gz
    head -c 100000 good.gz >cut.gz
    check 1 "aslice . cut.gz | tail -1 >last"
    [[ $errors == 'aslice: cut.gz: '* ]]
    [ "$(<last)" -gt 1000 ]
    check 1 "aslice --raw . good.gz"
    [[ $errors == 'aslice: good.gz:1: byte 1: '* ]]
}

@test "file, pipe, a byte at a time, gzip, two threads: the same bytes, also where it goes wrong" {
    printf '[{"a":1.0,"b":"é"},\n {"a":[2,{"c":"x\\ny"}]},\n\t{"b":{}} ]' >nested
    printf '{"a":1.0}\r\n\n{"a":[2, 3]}\n{"a":null}' >lines
    printf '{"k":{"list":[1,22,333,[4]]},\n"z":0}{"k":{"list":[]}}\n{"k":{}}' >values
    printf '{"a":1}\n{"a":\xc3}\n{"a":3}\n' >bad
    printf '[{"a":1},\n{"a":tru}]' >badnested
    for name in nested lines values bad badnested; do
        gzip -k "$name"
        for filter in . '.[]?' '.k.list[]?' '.[-2:]?' '.a?,length?' '.[0]?'; do
            first=''
            for feed in "cat $name | aslice" "dd bs=1 status=none if=$name | aslice --threads 2" \
                "cat $name.gz | aslice -u" \
                "dd bs=1 status=none if=$name.gz | aslice -0" "aslice --threads 1 <$name"; do
                now=$(bash -c "$feed '$filter' 2>&1; echo \$?" | tr '\0' '\n')
                [ -n "$first" ] || first=$now
                same "$feed, $filter" "$now" "$first"
            done
            same "the file itself, $filter" \
                "$(aslice "$filter" "$name" 2>&1 | sed "s/ $name:/ stdin:/"; echo "${PIPESTATUS[0]}")" "$first"
        done
    done
}

@test "results that stand in the input as they go out, and what comes between them" {
    printf '{"a":1}\n{"a":2}\n\n{"a":3}\n{"a": 4}\n{"a":5}\r\n{"a":6}' >in
    check 0 "aslice . in"
    same lines "$output" $'{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n{"a":5}\n{"a":6}'
    check 0 "aslice -0 . in | tr '\0' '|'";     same zeros "$output" '{"a":1}|{"a":2}|{"a":3}|{"a":4}|{"a":5}|{"a":6}|'
    check 0 "printf '1 \"x\"\n2\t[3] {}' | aslice ."; same values "$output" $'1\n"x"\n2\n[3]\n{}'
    check 0 "printf '[1]\n\"a\\\\tb\"\n[2]\n' | aslice -r ."; same raw "$output" $'[1]\na\tb\n[2]'
    check 0 "printf '{\"a\":1}\n{\"a\":2}\n{\n{\"a\":3}\n{\"a\":4}\n' | aslice --bad skip ."
    same skipped "$output" $'{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}'
    check 1 "printf '[1,2,3,x,4]' | aslice '.[]'"; same 'nothing of a broken value' "$output" ''
    # an array large enough to be streamed: elements one behind the other, then not, then broken
    { printf '['; seq 1 60000 | sed 's/.*/{"n":&},/' | tr -d '\n'; printf ' {"n" : 0} ,'
        seq 1 60000 | sed 's/.*/{"n":&}/' | paste -sd,; } >open
    { seq 1 60000; echo 0; seq 1 60000; } | sed 's/.*/{"n":&}/' >wanted
    check 0 "{ cat open; echo ']'; } | aslice '.[]' | cmp - wanted"
    check 0 "{ cat open; echo ']'; } >whole; aslice '.[]' whole | cmp - wanted"
    check 1 "{ cat open; echo ',{\"n\":}]'; } >broken; aslice '.[]' broken >got"
    same place "$errors" "aslice: broken:2: byte 7: element 120001: expected a value"
    cmp got wanted
    check 1 "aslice '.[]' <broken >got"
    same place "$errors" "aslice: stdin:2: byte 7: element 120001: expected a value"
    check 0 "aslice --limit 60002 '.[]' broken | cmp - <(head -n 60002 wanted)"
    check 0 "{ read -r line; aslice -c . ; cat; } <in"
    same 'from where stdin stands' "$output" $'{"a":2}\n{"a":3}\n{"a":4}\n{"a":5}\n{"a":6}'
}
