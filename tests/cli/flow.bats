# What all filters share: how input is cut into records, when output comes, how failures end a run.
load ../helper

@test "flow: a newline ends a record when the first value is whole on its line" {
    check 1 "printf '{\"a\":1}\n{\"a\":}\n{\"a\":3}\n' | aflatten a"
    same stdout "$output" $'a\n1'
    [[ $errors == 'aflatten: stdin:2: byte 6: '* ]]
    check 0 "printf '{\"a\":1}\n{\"a\":}\n{\"a\":3}\n' | aflatten --bad skip a"
    same stdout "$output" $'a\n1\n3'
    same stderr "$errors" 'aflatten: 1 bad record skipped'
    check 0 "printf '{\"a\":}\n{\"a\":\n2}\n{\"a\":3}' | aflatten --bad rest a; cat rest"
    same stdout "$output" $'a\n3\n{"a":}\n{"a":\n2}'
}

@test "flow: otherwise brackets end it, and what is malformed is fatal" {
    check 0 "printf '{\"a\":\n1}{\"a\":2}\n\n[{\"a\":3},\n{\"a\":4}]' | aflatten a"
    same stdout "$output" $'a\n1\n2\n3\n4'
    check 0 "printf '{\"a\":1}{\"a\":2}\n{\"a\":3}\n' | aslice .a"
    same stdout "$output" $'1\n2\n3'
    check 1 "printf '{\"a\":\n1}\n{\"a\":}\n{\"a\":3}\n' | aflatten --bad skip a"
    same stdout "$output" $'a\n1'
    [[ $errors == 'aflatten: stdin:3: byte 6: '* ]]
    printf '{"a":1}\n{"a":\n' > broken
    for tool in "aflatten a" "aslice --bad skip .a 2>&1" "aslice --framing line .a"; do
        status=1 && [[ $tool != *skip* ]] || status=0
        check "$status" "printf '{\"a\":1}\n{\"a\":\n2}\n' | $tool"
        [[ $tool != aflatten* ]] || same "$tool" "$errors" \
            'aflatten: stdin:2: byte 6: ends within an object (--framing nest reads values of several lines)'
    done
    for input in 'cat broken' "printf '{\"a\":1}\n'; sed 1d broken" \
        'while IFS= read -r line; do echo "$line"; done < broken'; do
        check 1 "{ $input; } | aslice .a" # however it comes
        same message "$errors" 'aslice: stdin:2: byte 6: ends within an object'
    done
    check 1 "head -c -1 broken | aslice .a"
    [ "$errors" = 'aslice: stdin:2: byte 6: ends within an object' ]
    check 0 "printf '{\"a\":1}\n{\"a\":\n2}\n' | aslice --framing nest .a"
    same stdout "$output" $'1\n2'
    check 1 "printf '{\"a\":\n1}\n' | aslice --framing line .a"
}

@test "flow: aslice reads values of one line and of several, mixed, as jq does" {
    printf '{"a":1}\n{"a":\n2}\n{"a":3} {"a":4}\n[\n\n1\n]\n"x"\n' >mixed
    jq -c . mixed >wanted
    for run in 'aslice . mixed' 'cat mixed | aslice .' 'aslice -u . mixed' 'aslice -n inputs mixed' \
        'while IFS= read -r line; do echo "$line"; done < mixed | aslice .'; do
        check 0 "$run | cmp - wanted"
    done
    for glued in 2024-10-12 truefalse 1true 1.5.2 1-2; do
        check 1 "echo '$glued' | aslice ."
        [[ $errors == *'expected white space between two values' ]]
        check 1 "echo '[]$glued' | aslice ."
    done
    check 0 "printf '1\"a\"[1]true{}2' | aslice ."; same apart "$output" $'1\n"a"\n[1]\ntrue\n{}\n2'
}

@test "flow: BOM, RS, CRLF, blank lines, no newline at the end" {
    check 0 "printf '\xef\xbb\xbf\n\r\n{\"a\":1}\r\n\n  {\"a\":2}' | aslice .a"
    same stdout "$output" $'1\n2'
    check 0 "printf '\x1e{\"a\":1}\n\x1e{\"a\":2}\n' | aslice .a"
    same stdout "$output" $'1\n2'
    check 0 "printf '\x1e{\"a\":\n1}\n\x1e{\"a\":2}\n' | aslice .a"
    same stdout "$output" $'1\n2'
    check 0 "printf '\xef\xbb\xbfa\tb\n1\t2\n' | aflatten 'b, a'"
    same stdout "$output" $'b\ta\n2\t1'
    check 0 "printf '{\"a\":1}\n\x1e{\"a\":\n2}\n' | aslice --framing nest .a"
    same stdout "$output" $'1\n2'
    check 1 "printf '{\"a\":\n\x1e1}\n' | aslice --framing nest .a"
    [[ $errors == 'aslice: stdin:2: byte 1: '* ]]
    check 1 "printf '{\"a\":1}\n\0\n' | aslice .a"
    [[ $errors == 'aslice: stdin:2: byte 1: '* ]]
    check 0 "printf '' | aslice ."
    same stdout "$output" ''
}

@test "flow: several inputs, one behind the other, stdin among them" {
    printf '{"a":1}' >1.json
    printf '[{"a":2},\n{"a":3}]' >2.json
    printf '{"a":4}\n{"a":}\n' >3.json
    gzip 2.json
    check 1 'printf "{\"a\":9}\n" | aflatten --no-header a 1.json 2.json.gz - 3.json 1.json'
    same stdout "$output" $'1\n2\n3\n9\n4'
    [[ $errors == 'aflatten: 3.json:2: byte 6: '* ]]
}

@test "flow: an element of a large array is named with its place and index" {
    { echo "["; seq -f '{"i":%.0f},' 0 39999; printf '{"i":}\n]'; } >big.json
    check 1 'aslice -c ".[]" big.json | tail -n 1'
    same stdout "$output" '{"i":39999}'
    [[ $errors == 'aslice: big.json:40002: byte 6: element 40000: '* ]]
    check 1 'aflatten i big.json | tail -n 1'
    same stdout "$output" 39999
    [[ $errors == 'aflatten: big.json:40002: byte 6: element 40000: '* ]]
    check 0 'aslice -c ".[39998:40000][]" big.json'
    same stdout "$output" $'{"i":39998}\n{"i":39999}'
}

@test "flow: each record comes out at once, also while a batch is not full" {
    mkfifo in
    aflatten a <in >out &
    local tool=$!
    exec 7>in
    printf '{"a":1}\n{"a":2}\n{"a"' >&7
    eventually holds out $'a\n1\n2'
    printf ':3}\n' >&7
    eventually holds out $'a\n1\n2\n3'
    exec 7>&-
    wait "$tool"
}

@test "flow: a limit ends the run while the writer is still there; so does a reader that leaves" {
    mkfifo in
    aflatten -n 2 a <in >out &
    local tool=$!
    exec 7>in
    printf '{"a":1}\n{"a":2}\n' >&7
    wait "$tool"
    exec 7>&-
    same limit "$(cat out)" $'a\n1\n2'
    aflatten a <in 2>err | head -n 1 >out &
    tool=$!
    exec 7>in
    printf '{"a":1}\n' >&7
    wait "$tool" # while nothing more is written
    exec 7>&-
    same header "$(cat out)" a
    same quiet "$(cat err)" ''
}

@test "flow: a closed pipe is quiet, a full disk is not" {
    seq 200000 | sed 's/.*/{"a":&}/' >in.json
    check 0 'set +o pipefail; aslice .a in.json | head -n 1'
    same stdout "$output" 1
    same stderr "$errors" ''
    check 141 'aslice .a in.json | true'
    check 3 'aslice .a in.json >/dev/full'
    same stderr "$errors" 'aslice: stdout: No space left on device'
    check 3 'aflatten a in.json --bad /dev/full <<<x >/dev/full'
    check 3 'echo x | aslice . --bad /dev/full'
    [[ $errors == *'aslice: /dev/full: No space left on device' ]]
}

@test "flow: damaged input: what came before is delivered" {
    seq 50000 | sed 's/.*/{"a":&}/' | gzip >whole.gz
    head -c 60000 whole.gz >cut.gz
    check 1 'aslice .a cut.gz >got'
    [[ $errors == 'aslice: cut.gz: compressed byte 60001: '* ]]
    seq 50000 | head -n "$(wc -l <got)" | cmp - got
    [ "$(wc -l <got)" -gt 10000 ]
    { cat whole.gz; echo x; } >more.gz
    check 1 'aslice .a more.gz | tail -n 1'
    same stdout "$output" 50000
    check 1 'cat cut.gz | aagg "count(*)"'
    same 'no half result' "$output" ''
    check 3 'aslice . /proc/self/mem'
    [[ $errors == 'aslice: /proc/self/mem: Input/output error' ]]
}

@test "flow: progress on a terminal only, and taken away at the end" {
    command -v script >/dev/null || skip 'no script(1)'
    printf '{"a":1}\n' >line
    check 0 '{ cat line; sleep 1.2; cat line; sleep 0.1; cat line; } |
        script -qec "aslice .a - >out" /dev/null </dev/null || true'
    check 0 'script -qec "bash -c \"{ cat line; sleep 1.2; cat line; sleep 0.1; } |
        aslice .a >out\"" log </dev/null >/dev/null; cat out'
    same stdout "$output" $'1\n1'
    grep -q 'records/s' log
    grep -q $'\r\033\[K' log
    check 0 '{ cat line; sleep 1.2; cat line; } | aslice .a'
    same 'no terminal' "$errors" ''
}

@test "flow: --bad on an input is refused, which opening it would empty" {
    printf '{"a":1}\nx\n' >in
    for tool in "aslice --bad in .a in" "aslice --bad in .a <in" "aflatten --bad in a in" \
        "aagg --bad in 'sum(a)' - <in" \
        "ajoin -k a --bad in a in in" "ajoin -k a --bad in a other in"; do
        cp in other
        check 2 "$tool"; [[ $errors == *"--bad in: is read as input"* ]]
        same "$tool" "$(<in)" $'{"a":1}\nx'
    done
    cp in skip
    check 0 "aslice --bad skip .a skip"; same 'skip is no file' "$output" 1
}

@test "flow: standard descriptors that are closed fail, and no file of ours takes their place" {
    printf '{"a":1}\n{"a":}\n{"a":3}\n' >in.json
    for tool in 'aslice .' 'aflatten a' 'aagg "count(*)"'; do
        check 3 "timeout 60 $tool <&-"
        [[ $errors == *': stdin: Bad file descriptor' ]]
        check 3 "timeout 60 $tool --bad skip -q in.json >&-"
        [[ $errors == *': stdout: Bad file descriptor' ]]
    done
    check 0 'aslice --bad bad .a in.json 2>&-'
    same stdout "$output" $'1\n3'
    same 'no message in it' "$(cat bad)" '{"a":}'
}

@test "flow: output that would go into the input is refused, and two outputs into one file" {
    printf '{"a":1}\n{"a":}\n' >in
    cp in kept
    ln in link
    for tool in 'aslice .' 'aflatten a' 'aflatten --schema' 'aagg "count(*)"' 'ajoin -k a "*" kept' \
        'aproduce -b file:log -t t'; do
        check 2 "$tool in >>in"
        [[ $errors == *': in: stdout goes to the file that is read'* ]]
    done
    check 2 'aslice . <in >>link'
    [[ $errors == *': stdin: stdout goes to the file that is read'* ]]
    check 2 'aslice --bad out . kept >out'
    [[ $errors == *': --bad out: stdout goes to that file too'* ]]
    check 2 'aproduce -b file:log -t t --rejects out kept >out'
    same 'nothing was added' "$(cmp in kept && echo same)" same
    check 0 'aslice --bad skip . in </dev/null >out; cat out'
    same stdout "$output" '{"a":1}'
}

# peak MIB 'command': it may take so much memory at most.
peak() {
    check 0 "/usr/bin/time -q -f %M -o peak $2"
    [ "$(tail -n 1 peak)" -le $(($1 * 1024)) ] || { echo "$(tail -n 1 peak) KiB: $2" >&2; return 1; }
}

@test "flow: what one batch or one record gives goes out as it is made, however much it is" {
    not_sanitized
    local j
    seq 1700 | awk 'BEGIN { print "k\tl" } { print "1\tleft-" $1 }' >left.tsv
    seq 1700 | awk 'BEGIN { print "k\tr" } { print "1\tright-" $1 }' >right.tsv
    awk 'NR > 1 { all[NR] = $2 }
        END { for (i = 2; i <= NR; i++) for (k = 2; k <= NR; k++) print all[i] "\t" "right-" k - 1 }' left.tsv >pairs
    printf '{"a":[%s],"b":[%s]}\n' "$(seq -s, 1700)" "$(seq -f '"right-%g"' -s, 1700)" >arrays.ndjson
    sed 's/^left-//' pairs >elements
    for j in 1 2; do
        peak 32 "ajoin -j $j --memory 1M --no-header -k c1 'l.c2 as l, r.c2 as r' <(tail -n +2 left.tsv) \
            <(tail -n +2 right.tsv) | cmp - pairs"
        peak 32 "ajoin -j $j -k k -w 'length(l) > 0' 'l.l, r.r' left.tsv right.tsv | tail -n +2 | cmp - pairs"
        peak 32 "ajoin -j $j -k k -n 5 'l.l, r.r' left.tsv right.tsv | tail -n +2 | cmp - <(head -n 5 pairs)"
        peak 32 "aflatten -j $j --no-header -e 'a as x' -e 'b as y' 'x, y' arrays.ndjson | cmp - elements"
        peak 32 \
            "aflatten -j $j --no-header -n 7 -e 'a as x' -e 'b as y' 'x, y' arrays.ndjson | cmp - <(head -n 7 elements)"
    done
}

@test "flow: a record with a row that fails gives none, however many come before it" {
    printf '{"n":0,"a":[7],"b":[1]}\n{"n":1,"a":[%s],"b":[%s,0]}\n{"n":2,"a":[8],"b":[1]}\n' "$(seq -s, 1000)" \
        "$(seq -s, 1000)" >arrays.ndjson
    check 0 "aflatten --ansi --bad skip -e 'a as x' -e 'b as y' 'n, x / y as q' arrays.ndjson"
    same rows "$output" $'n\tq\n0\t7.0\n2\t8.0'
    check 1 "aflatten --ansi -e 'a as x' -e 'b as y' 'n, x / y as q' arrays.ndjson"
    same 'rows before' "$output" $'n\tq\n0\t7.0'
    printf 'k\tl\n1\t0\n2\t5\n3\t1\n' >left.tsv
    { printf 'k\tr\n1\t7\n'; seq 300000 | sed 's/^/2\tlong-enough-to-be-handed-on-/'
        printf '2\tx\n3\t9\n'; } >right.tsv
    check 0 "ajoin --ansi --bad skip -k k 'k, r.r, 1 / (length(r.r) - 1) as q' left.tsv \
        <(sed 's/^\([13]\)\t.*/\1\tyy/' right.tsv)"
    same join "$output" $'k\tr\tq\n1\tyy\t1.0\n3\tyy\t1.0'
}
