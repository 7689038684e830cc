# aslice: jq's language and options, over threads and over streams, and by the name jq. What a program gives is in
# tests/golden/jq.
load ../helper

setup_file() {
    local made="$BATS_FILE_TMPDIR/made"
    mkdir -p "$made/name" && ln -sf "$(command -v aslice)" "$made/name/jq"
    # under a sanitizer still enough for threads and for what is streamed
    count=40000 && [[ -z ${ATOOLS_SANITIZE:-} ]] || count=14000
    echo "$count" >"$made/count"
    for ((i = 1; i <= count; i++)); do
        printf '{"id":%d,"name":"n%d","tags":[%d,"é"],"long":"%060d"}\n' "$i" $((i % 7)) $((i % 3)) 7
    done >"$made/lines"
    { echo '['; sed '$!s/$/,/' "$made/lines"; echo ']'; } >"$made/array"
}

setup() { cd "$BATS_TEST_TMPDIR" && ln -s "$BATS_FILE_TMPDIR"/made/* . && count=$(<count); }

# give FILTER INPUT WANTED [OPTIONS]
give() {
    printf '%s' "$2" >input
    check 0 "aslice ${4:-} '$1' input"
    same "$1" "$output" "$3"
}

@test "a program runs over each value: construction, variables, reduction, definitions" {
    give '{a, n: (.b | length)}' '{"a":1.50,"b":[1,2]}' '{"a":1.50,"n":2}'
    give '.b[] | select(. > 1) | . + 1' '{"b":[1,2,3]}' $'3\n4'
    give 'reduce .[] as $x (0; . + $x)' '[1,2,3]' 6
    give 'def f(g): [.[] | g]; f(. * 2)' '[1,2]' '[2,4]'
    give '.a as [$x, {y: $z}] | $z - $x' '{"a":[1,{"y":9}]}' 8
    give 'try error("x") catch .' null '"x"'
    give '"\(.a) é" | ascii_downcase, test("A")' '{"a":"A"}' $'"a é"\ntrue'
    give '# only . | here
      .a' '{"a":1}' 1
    give '"a|b", (.x | "\(. | . + 1)|")' '{"x":1}' $'"a|b"\n"2|"'
    give '' '{"a" : 1}' '{"a":1}'
    check 0 "echo '[1]' | aslice"; same default "$output" '[1]'
}

@test "any number of threads, any framing, array or lines: the same results, those of jq" {
    for filter in 'select(.id % 3 == 0) | .name' '{name, t: (.tags | length)}' '.tags[]' \
        '.id, (.tags | map(tostring))' \
        'if .id < 5 then empty else .tags[0] end'; do
        jq -c "$filter" lines >wanted
        for run in "lines" "--threads 1 lines" "--threads 4 lines" "--framing nest lines" "-u lines" "<lines"; do
            check 0 "aslice '$filter' $run | cmp - wanted"
        done
        for run in "array" "--threads 4 array" "- <array"; do
            check 0 "aslice '.[] | $filter' $run | cmp - wanted"
        done
    done
    check 0 "cat array | aslice '.[] | .id' | wc -l"; same streamed "$output" "$count"
    check 0 "aslice 'map(.id) | add' array"; same sum "$output" $((count * (count + 1) / 2))
}

@test "map along a large value: the results of whole values, errors too, in the memory of what it makes" {
    { printf '{"x":{"y":'; cat array; printf '},"n":null,"s":"a"}\n'; } >keyed
    { cat array; printf '[{"id":1}]'; cat array; } >several
    { echo '['; sed 's/$/,/' lines; echo '5]'; } >bad
    for input in array keyed several bad; do
        for filter in 'map(.id?)' '[.[] | .name?, 1] | length' "map(select(.id? > $((count - 10)))) | .[]" 'map(.id)' \
            '.x.y | map(.tags[1]) | unique' '.x | [.[] | length]' '.n | map(.)' '.s | map(.)' 'map(.n) | map(.)' \
            'map(empty)' '.x.y | map(.id) | add | . + 1' 'map(")"|.)|length' '.z.q | map(.)' \
            'map(.id? # ) | (.b
            )' '[.[] | .id?, [.]] | .[1][0]'; do
            status=0 && aslice -n "inputs | ($filter)" "$input" >wanted 2>said || status=$?
            for run in "" "--threads 1" "--framing nest"; do
                check "$status" "aslice $run '$filter' $input >given"
                cmp given wanted
            done
        done
    done
    check 0 "aslice --limit 2 'map(.id) | .[]' array"; same limit "$output" $'1\n2'
    check 0 "aslice --bad kept 'map(.id) | length' bad"; same without "$output" "$count"; same kept "$(<kept)" 5
    check 0 "aslice -w 'n > 5' 'map(.id) | {n: length}' array"; same where "$output" "{\"n\":$count}"
    check 0 "aslice --arg a x 'map(\$a + .name) | .[1]' array"; same variable "$output" '"xn2"'
}

@test "map over an array of 80 MB takes less than 48 MiB" {
    not_sanitized
    { echo '['; for i in {1..18}; do sed 's/$/,/' lines; done; echo '{"id":1}]'; } >large
    check 0 "ulimit -v 786432 && ulimit -d 49152 && aslice --threads 2 '[.[] | .id] | add' large"
    same sum "$output" 14400360001
}

@test "what goes over all items of a large value gives what it gives of a whole one, errors too" {
    { printf '{"x":{"y":'; cat array; printf '},"n":null,"s":"a"}\n'; } >keyed
    { cat array; printf '[{"id":1}] []'; cat array; printf '{"a":2,"b":1}'; } >several
    { echo '['; sed 's/$/,/' lines; echo '5]'; } >bad
    { echo '{'; sed 's/^{"id":\([0-9]*\)/"k\1":&/; $!s/$/,/' lines; echo '}'; } >object
    for input in array keyed several bad object; do
        for filter in 'add' 'add?' 'map(.id?) | add' 'add(.[] | .id?)' 'any(.id? == 7)' 'all(.id? < 9)' 'any' 'length' \
            'first | .id?' 'first(.[]) | .id?' 'limit(3; .[]) | .id?' '[limit(3; .[])] | length' 'isempty(.[])' \
            'first(.[] | select(.id? > 20000)) | .id' 'last | .id?' '[.[] | .id?] | last' 'nth(3) | .id' \
            'min_by(.id?) | .id?' 'max_by(.name?) | .id?' 'min | .id?' '.x.y | max | .id' 'max_by(.name?) | .id?' \
            'sort_by(.name?) | map(.id?)' 'sort_by(.name?, -.id?) | .[:3]' '.x | .y | sort_by(.tags)[5] | .id' \
            'group_by(.name?) | map({k: .[0].name?, n: length})' 'group_by(.tags?)[] | length' 'unique | length' \
            'unique_by(.tags?[0]?) | map(.id?)' '[.[] | .name?] | unique' \
            '.x.y | map(.name) | group_by(.) | map(length)' \
            'reduce .[] as $x (0; . + ($x.id? // 0))' 'reduce .[] as {id: $i} (0; . + $i)' 'sort_by(.long?)[10:12]' \
            'foreach .[] as $x (0; . + 1; select(. % 10000 == 0))' 'group_by(error("x"))' \
            'map(select(.id? < 3)) | sort' \
            'reduce .[] as $x (0; if $x.id? == 9 then error("y") else . end)' '(.x.y | add), 1' '. as $all | length' \
            'def f: .id?; map(f) | max' 'try add catch .' '.n | add' '.s | sort' 'add / 2' 'sort_by(.id?) | .[-1]' \
            'paths' 'leaf_paths' 'tostream' '.x.y | tostream' '.x | .y | leaf_paths' '[paths(numbers)] | length' \
            'paths(type == "array")' '.. | numbers' '.. | .id? // empty' '.. | (strings, nulls)' \
            '[.. | objects] | length' '.[5:7] | paths' 'map(.tags?) | tostream' 'first(.. | strings)' 'paths(error)' \
            '..?' '[.. | arrays] | length' 'def paths: 1; paths' \
            'group_by(.name?) | {a: .[0][0].id?, n: length}' '[.[] | .id?] == (map(.id?) | sort)'; do
            status=0 && aslice -n "inputs | ($filter)" "$input" >wanted 2>said || status=$?
            check "$status" "aslice '$filter' $input >given"; cmp given wanted
        done
    done
    for filter in 'sort_by(.name) | .[0]' 'group_by(.name) | map(length)' 'length' 'map(.id) | add' 'add | .id' '.[0]' \
        'unique_by(.tags) | map(.id)' 'min_by(.long)' 'map(error)' 'first' '. == []' \
        'reduce .[] as $x (0; . + $x.id)'; do
        status=0 && aslice "$filter" array >wanted 2>said || status=$?
        check "$status" "aslice -s '$filter' lines >given"; cmp given wanted
        check "$status" "aslice -n '[inputs] | ($filter)' lines >given"; cmp given wanted
    done
    check 0 "aslice --limit 2 'sort_by(-.id)[] | .id' array"; same limit "$output" "$count"$'\n'"$((count - 1))"
    check 0 "aslice -w 'n > 5' 'group_by(.name)[] | {n: .[0].id}' array | wc -l"; same where "$output" 2
    check 0 "aslice --batch-count 4 'unique_by(.name)[] | .id' array"; same batch "$output" $'[7,1,2,3]\n[4,5,6]'
    check 0 "aslice --bad kept 'map(.id) | add' bad"; same without "$output" $((count * (count + 1) / 2))
    check 0 "aslice --bad kept 'add(.[] | .id)' bad"; same all "$output" ''; cmp kept bad
    check 0 "aslice -p 'unique_by(.tags[0]) | map(.id)' array"; same pretty "$output" $'[\n  3,\n  1,\n  2\n]'
    check 0 "aslice --arg n n3 'first(.[] | select(.name == \$n)) | .id' array"; same variable "$output" 3
}

@test "what goes over all items of 80 MB takes the memory of its results: sums, extremes, order, groups" {
    not_sanitized
    { for i in {1..18}; do cat lines; done; echo '{"id":1,"name":"n1","tags":[],"long":""}'; } >many
    { echo '['; sed '$!s/$/,/' many; echo ']'; } >large
    small="ulimit -v 786432 && ulimit -d 65536"
    check 0 "$small && aslice 'add(.[] | .id)' large"; same sum "$output" 14400360001
    check 0 "$small && aslice 'reduce .[] as \$x (0; . + \$x.id)' large"; same reduced "$output" 14400360001
    check 0 "$small && aslice 'leaf_paths' large | tail -1"; same leaf "$output" '[720000,"long"]'
    check 0 "$small && aslice '.. | .id? // empty' large | tail -1"; same id "$output" 1
    check 0 "$small && aslice 'max_by(.id) | .id' large"; same greatest "$output" 40000
    check 0 "$small && aslice 'all(.id > 0)' large"; same all "$output" true
    check 0 "$small && aslice 'group_by(.id % 1000) | map(length) | unique' large"; same groups "$output" '[720,721]'
    check 0 "$small && aslice 'sort_by(-.id)[] | .id' large | sed -n 1,19p | uniq -c | tr -s ' '"
    same order "$output" $' 18 40000\n 1 39999'
    check 0 "$small && aslice 'unique_by(.name) | map(.id)' large"; same once "$output" '[7,1,2,3,4,5,6]'
    check 0 "$small && aslice -s 'group_by(.name) | map(length) | add' many"; same slurped "$output" 720001
    check 0 "$small && aslice -n '[inputs] | sort_by(.id) | .[:2] | map(.id)' many"; same inputs "$output" '[1,1]'
}

@test "an error of the program: its place, what was before it, --bad" {
    printf '{"a":1}\n {"a":"x"}\n{"a":3}\n' >input
    check 1 "aslice '.a, .a + 1' input"
    same results "$output" $'1\n2\n"x"'
    same message "$errors" 'aslice: input:2: byte 2: string ("x") and number (1) cannot be added'
    check 0 "aslice --bad kept '.a, .a + 1' input"
    same results "$output" $'1\n2\n3\n4'
    same kept "$(<kept)" '{"a":"x"}'
    check 1 "aslice '.[] | .a + 1' <(printf '[{\"a\":1},\n{\"a\":\"x\"}]')"
    [[ $errors == *'cannot be added'* ]]
    check 1 "aslice 'error' input"; [[ $errors == *'{"a":1}'* ]]
}

@test "--limit ends programs that never would; -w is asked of results" {
    check 0 "aslice --limit 3 'repeat(1)' lines"; same three "$output" $'1\n1\n1'
    check 0 "aslice --limit 2 -n '1, 2, 3'"; same two "$output" $'1\n2'
    check 0 "aslice -n 'range(1000000)' | tail -1"; same last "$output" 999999
    check 0 "echo 0 | aslice 'range(1000000)' | tail -1"; same last "$output" 999999
    check 0 "aslice -w 'n = 3' '{n: .id, name}' lines"; same where "$output" '{"n":3,"name":"n3"}'
    check 0 "aslice --batch-count 2 '.id' lines | sed -n 1p"; same batch "$output" '[1,2]'
}

@test "-n, input, inputs, -s, -R, --stream: inputs as the program wants them" {
    check 0 "aslice -n 'reduce inputs as \$x (0; . + \$x.id)' lines"; same sum "$output" $((count * (count + 1) / 2))
    check 0 "aslice -n '[limit(2; inputs | .id)]' lines"; same inputs "$output" '[1,2]'
    check 0 "seq 5 | aslice '[., input]' 2>&1 || true"; same pairs "$output" $'[1,2]\n[3,4]\naslice: No more inputs'
    check 0 "printf '1 2\n[3]' | aslice -s ."; same slurp "$output" '[1,2,[3]]'
    check 0 "aslice -s . /dev/null"; same none "$output" '[]'
    check 0 "printf 'a\nb\\\\\n\nc' | aslice -R ."; same lines "$output" $'"a"\n"b\\\\"\n""\n"c"'
    check 0 "printf 'a\nb' | aslice -Rs ."; same text "$output" '"a\nb"'
    check 0 "printf 'a\nb\nc\n' | aslice -Rn '[inputs]'"; same all "$output" '["a","b","c"]'
    check 0 "printf '\\xff\n' | aslice -R ."; same 'no UTF-8' "$output" $'"\uFFFD"'
    check 0 "printf '{\"a\":[1,{}]} 3' | aslice --framing nest --stream ."
    same events "$output" $'[["a",0],1]\n[["a",1],{}]\n[["a",1]]\n[["a"]]\n[[],3]'
    check 0 "printf '{\"a\":[1,{\"b\":2}]}' | aslice -n 'fromstream(1 | truncate_stream(inputs))' --stream"
    same truncated "$output" '[1,{"b":2}]'
    check 0 "aslice -n 'input_filename, (inputs | input_line_number), input_filename' <(seq 2) | tail -3 | head -2"
    same line "$output" $'1\n2'
    check 1 "printf '1\n2\n{\n' | aslice -n 'inputs'"; same before "$output" $'1\n2'
    [[ $errors == 'aslice: stdin:3: byte 2: '* ]]
}

@test "variables from the command line" {
    echo '1 [2]' >values
    check 0 "aslice -n '[\$a, \$b.x, \$c, \$d]' --arg a 1 --argjson b '{\"x\": 2}' \
        --slurpfile c values --rawfile d values"
    same values "$output" '["1",2,[1,[2]],"1 [2]\n"]'
    check 0 "aslice -n '\$ARGS' --arg a 1 --args x --jsonargs '{\"y\": 1}' 2"
    same args "$output" '{"positional":["x",{"y":1},2],"named":{"a":"1"}}'
    check 0 "aslice '[.id, \$ARGS.positional[]]' lines --limit 1 --args x"; same 'file before' "$output" '[1,"x"]'
    check 0 "aslice -n '\$a' --arg a first --arg a second"; same first "$output" '"first"'
    check 0 "X=y aslice -n 'env.X, \$ENV.X'"; same env "$output" $'"y"\n"y"'
    echo '.id # the filter' >program
    check 0 "aslice --limit 1 -f program lines"; same file "$output" 1
    check 0 "aslice --limit 1 lines -f program"; same file "$output" 1
    check 2 "aslice -f none"
}

@test "layouts: indented, sorted, ASCII, coloured, raw, joined, RS" {
    printf '{"b":[1,{}],"a":"é\\n"}' >input
    for options in '--tab' '--indent 1' '--indent 0' '-S' '-S -c' '-a -c' '--indent 7 -S' '-r' '-j' '-p' '-r --tab'; do
        check 0 "aslice -p $options '., .a' input"; ours=$output
        check 0 "jq ${options/-p/} '., .a' input"; same "$options" "$ours" "$output"
    done
    check 0 "aslice -r '.a, .b[0]' input"; same raw "$output" $'é\n\n1'
    check 0 "aslice --seq '.a, 1' input | tr '\\036' '|'"; same RS "$output" $'|"é\\n"\n|1'
    check 0 "aslice -j '.a, .b[0]' input"; same joined "$output" $'é\n1'
    check 0 "aslice --raw-output0 '.a, 1' input | tr '\\0' '|'"; same nul "$output" $'é\n|1|'
    check 0 "aslice -C . input | tr -d '\\033'"
    wanted='[1;39m{[0m[34;1m"b"[0m[1;39m:[0m[1;39m[[0m[0;39m1[0m[1;39m,[0m[1;39m{}[0m'
    same colours "$output" "$wanted"'[1;39m][0m[1;39m,[0m[34;1m"a"[0m[1;39m:[0m[0;32m"é\n"[0m[1;39m}[0m'
    check 0 "JQ_COLORS='4;31' aslice -C -n null | tr -d '\\033'"; same JQ_COLORS "$output" '[4;31mnull[0m'
    check 0 "JQ_COLORS=x aslice -C -n null | tr -d '\\033'"; [[ $errors == *JQ_COLORS* ]]
    same standard "$output" '[0;90mnull[0m'
    check 0 "aslice -CM . input"; same monochrome "$output" '{"b":[1,{}],"a":"é\n"}'
}

@test "exit statuses: -e, halt, halt_error, messages" {
    check 0 "echo 1 | aslice -e ."; check 1 "echo 1 null | aslice --framing nest -e ."
    check 1 "echo false | aslice -e ."
    check 4 "echo 1 | aslice -e empty"; check 0 "echo null 1 | aslice --framing nest -e ."
    check 0 "seq 3 | aslice '., halt'"; same halt "$output" 1
    check 5 "seq 3 | aslice '\"bad\\n\" | halt_error'"; same message "$errors" bad
    check 7 "echo '{\"a\":1}' | aslice 'halt_error(7)'"; same message "$errors" '{"a":1}'
    check 0 "echo 1 | aslice 'debug, stderr'"; same debug "$errors" $'["DEBUG:",1]\n1'
}

@test "by the name jq: its layout, its errors, its statuses" {
    printf '{"a":1}\n{"a":"x"}\n{"a":3}\n' >input
    export PATH="$PWD/name:$PATH"
    check 0 "jq . input | head -3"; same pretty "$output" $'{\n  "a": 1\n}'
    check 0 "jq -c '.a + 1' input"; same 'goes on' "$output" $'2\n4'
    same message "$errors" 'jq: error (at input:2): string ("x") and number (1) cannot be added'
    check 3 "jq 'foo' input"; check 2 "jq . none"
    check 2 "echo '1 {' | jq ."; same before "$output" 1
    [[ $errors == 'jq: parse error: '* ]]
    check 5 "jq -e '.a.b' input"; check 1 "jq -e '.b' input"
}

@test "--stream-errors: what is no JSON is an event, with what was whole before it" {
    printf '["a",n]' >input
    check 0 "aslice --stream-errors . input"
    same events "$output" $'[[0],"a"]\n["input:1: byte 7: misspelt literal (expected true, false or null)",[1]]'
    check 1 "aslice --stream . input"; same none "$output" ''
    printf '{"a":[1]}\n[2,}\n{"b":3}\n' >lines3
    check 0 "aslice --stream-errors --framing line -n '[inputs | select(length == 2) | .[1]]' lines3"
    same lines "$output" '[1,2,[1],3]'
    check 0 "aslice --stream-errors -s 'map(.[-1])' input"; same slurped "$output" '["a",[1]]'
    check 2 "aslice --stream-errors . nowhere"
}

@test "--memory ends what needs more; what never ends can be interrupted; -L is refused by name" {
    check 1 "aslice --memory 8M -n '[range(10000000)] | add'"
    same message "$errors" 'aslice: the program needs more than 8388608 bytes of memory'
    check 1 "aslice --memory 8M -n 'try ([range(10000000)] | add) catch 1'"
    check 0 "aslice --memory 8M -n 'reduce range(1000000) as \$i (0; . + 1)'"; same sum "$output" 1000000
    check 1 "echo 1 | aslice --memory 1M '[range(1000000)] | add'"
    [[ $errors == *'more than 1048576 bytes of memory' ]]
    check 0 "echo 1 | aslice --memory 1M '[range(1000000)] | length'"; same counted "$output" 1000000
    check 1 "aslice --memory 8M -n '\"abc\" * 9999999'"; [[ $errors == *'more than 8388608 bytes'* ]]
    check 1 "aslice --memory 8M -n '.[9999999] = 1'"; [[ $errors == *'more than 8388608 bytes'* ]]
    check 2 "aslice --memory 10 ."
    for program in 'repeat(1) | empty' 'def f: f; f' '[limit(infinite; repeat(empty))]' 'last(repeat(1))'; do
        check 124 "timeout -s INT 0.5 aslice -n '$program'"
    done
    check 2 "aslice -L folder ."
    [[ $errors == 'aslice: -L folder: there are no modules; a program is one text (-f FILE)'* ]]
}

@test "by the name jq: files that are not there, the last input counts, escapes are resolved" {
    printf '1\n' >one
    check 2 "name/jq . none one"; same others "$output" 1
    [[ $errors == *'Could not open none: No such file or directory' ]]
    check 2 "name/jq . none </dev/null"
    check 0 "printf '[1]\n{\"a\":2}' | name/jq .a"; same last "$output" 2
    check 5 "printf '{\"a\":2}\n[1]' | name/jq .a"
    check 0 "echo '{\"a\":\"\\u00e9\\/\",\"a\":\"\\u0041\"}' | name/jq -c ."; same escapes "$output" '{"a":"A"}'
    check 0 "echo '[\"\\u00e9\\/\"]' | aslice -c ."; same kept "$output" '["\u00e9\/"]'
}
