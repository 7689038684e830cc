#!/usr/bin/env bats
# aserve: rows by key behind HTTP. Each test has a server of its own on a port that was free; rows go into it through
# the descriptor 7.
load ../helper

# serve OPTIONS…: starts one; $url is where it is, $server its process.
serve() {
    rm -f in && mkfifo in
    : >errors # nothing of the one before is there while this one starts
    env --default-signal=INT aserve -l 127.0.0.1:0 "$@" <in 2>errors 3>&- &
    server=$!
    exec 7>in
    eventually grep -q 'serving at' errors
    url=$(sed -n 's|.*serving at \(.*\)/$|\1|p' errors)
}

teardown() {
    exec 7>&-
    [ -z "${server-}" ] || kill "$server" 2>/dev/null || true
    [ -z "${other-}" ] || kill "$other" 2>/dev/null || true
}

# send LINE…: rows into it.
send() { printf '%s\n' "$@" >&7; }

# stop [SIGNAL]: ends it; its status in $ended.
stop() {
    kill -"${1:-TERM}" "$server"
    ended=0
    wait "$server" || ended=$?
    server=
}

get() { curl -sS --max-time 30 "$@"; }
status_of() { get -o /dev/null -w '%{http_code}' "$@"; }
rows_are() { [ "$(get "$url/rows")" = "$1" ]; }
metric() { get "$url/metrics" | sed -n "s/^aserve_$1 //p"; }
metric_is() { [ "$(metric "$1")" = "$2" ]; }

# events FILE PATTERN CURL-ARGUMENTS…: reads events into FILE until the pattern is there.
events() {
    local into=$1 pattern=$2
    shift 2
    : >"$into" # nothing of the last time is there while curl starts
    curl -sN "$@" >"$into" 3>&- &
    other=$!
    eventually grep -q -- "$pattern" "$into"
    kill "$other" 2>/dev/null || true
    other=
}

@test 'rows replace those of their key, in the order in which the keys came' {
    serve -k exam
    send '{"exam":"Git","n":1}' '{"n": 2, "exam":"SQL"}' '{"exam":"Git","n":3}'
    eventually rows_are $'[{"exam":"Git","n":3},\n{"n":2,"exam":"SQL"}]'
    same row "$(get "$url/rows/Git")" '{"exam":"Git","n":3}'
    same 'no row' "$(get "$url/rows/git")" '{"error":"there is no row with this key"}'
    same health "$(get "$url/healthz")" ok
    stop
    [ "$ended" = 143 ]
}

@test 'a row that says _deleted is taken away; numbers and texts that read alike are one key' {
    serve -k a,b
    send '{"a":1,"b":"x","n":1}' '{"a":"1","b":"x","n":2}' '{"a":2,"b":null,"n":3}' '{"a":1.0,"b":"y","n":4}'
    eventually rows_are $'[{"a":"1","b":"x","n":2},\n{"a":2,"b":null,"n":3},\n{"a":1.0,"b":"y","n":4}]'
    same 'two parts' "$(get "$url/rows/1/y")" '{"a":1.0,"b":"y","n":4}'
    same null "$(get "$url/rows/2/%5CN")" '{"a":2,"b":null,"n":3}'
    [ "$(status_of "$url/rows/1")" = 400 ]
    [ "$(status_of "$url/rows/1/y/z")" = 400 ]
    send '{"a":1,"b":"x","_deleted":true}' '{"a":7,"b":"x","_deleted":true}' '{"a":2,"b":null,"n":5,"_deleted":false}'
    eventually rows_are $'[{"a":2,"b":null,"n":5,"_deleted":false},\n{"a":1.0,"b":"y","n":4}]'
}

@test 'TSV and CSV come in, JSON, TSV and CSV go out: by suffix, by Accept' {
    serve -k exam
    printf 'exam\tn\t_deleted\nGit\t3\t\\N\nSQL, "x"\t0.50\t\\N\na\\tb\t\\N\t\\N\nGit\t\\N\ttrue\n' >&7
    json=$'[{"exam":"SQL, \\"x\\"","n":0.50},\n{"exam":"a\\tb","n":null}]'
    tsv=$'exam\tn\nSQL, "x"\t0.50\na\\tb\t\\N'
    csv=$'exam,n\n"SQL, ""x""",0.50\na\tb,'
    eventually rows_are "$json"
    same json "$(get "$url/rows.json")" "$json"
    same tsv "$(get "$url/rows.tsv")" "$tsv"
    same csv "$(get "$url/rows.csv")" "$csv"
    same accept "$(get -H 'Accept: text/csv' "$url/rows")" "$csv"
    same quality "$(get -H 'Accept: text/csv;q=0.5, text/tab-separated-values;q=0.9, */*;q=0.1' "$url/rows")" "$tsv"
    same browser "$(get -H 'Accept: text/html,application/xhtml+xml,*/*;q=0.8' "$url/rows")" "$json"
    same row "$(get -H 'Accept: text/tab-separated-values' "$url/rows/a%09b")" $'exam\tn\na\\tb\t\\N'
    [ "$(get -o /dev/null -w '%{content_type}' "$url/rows.csv")" = 'text/csv; charset=utf-8; header=present' ]
}

@test 'columns that only some rows have, and other forms by -i' {
    serve -k k -i csv
    printf 'k,v\n"a\nb",1\n' >&7
    eventually rows_are '[{"k":"a\nb","v":1}]'
    stop
    serve -k k
    send '{"k":1,"x":{"y":[1, 2]}}' '{"k":2,"a.b":true}'
    eventually rows_are $'[{"k":1,"x":{"y":[1,2]}},\n{"k":2,"a.b":true}]'
    same tsv "$(get "$url/rows.tsv")" $'k\tx\ta.b\n1\t{"y":[1,2]}\t\\N\n2\t\\N\ttrue'
}

@test 'where, order and limit are SQL' {
    serve -k k
    send '{"k":"a","n":3}' '{"k":"b","n":1}' '{"k":"c"}' '{"k":"d","n":10}'
    eventually metric_is rows 4
    same where "$(get -G "$url/rows.tsv" --data-urlencode 'where=n > 1 or k = "c"')" $'k\tn\na\t3\nc\t\\N\nd\t10'
    same order "$(get -G "$url/rows.tsv" -d 'order=n+desc,k')" $'k\tn\nd\t10\na\t3\nb\t1\nc\t\\N'
    same all "$(get -G "$url/rows.csv" -d 'order=n&limit=2' --data-urlencode 'where=n is not null')" $'k,n\nb,1\na,3'
    same limit "$(get "$url/rows?limit=1")" '[{"k":"a","n":3}]'
    same none "$(get "$url/rows?limit=0")" '[]'
    same wrong "$(get -G "$url/rows" --data-urlencode 'where=n >')" \
        '{"error":"expected a value, but the text ends","in":"where","offset":3}'
    same unknown "$(get "$url/rows?order=nosuch(n)")" \
        '{"error":"no function nosuch; atools-expr(7) lists them","in":"order","offset":0}'
    for query in 'limit=x' 'limit=-1' 'limit=' 'limit=1&limit=2' 'wher=n' 'where=%00' 'where=%zz' 'where=%ff' \
        'where='; do
        [ "$(status_of "$url/rows?$query")" = 400 ] || { echo "not refused: $query" >&2; return 1; }
    done
    [ "$(status_of "$url/rows/a?limit=1")" = 400 ]
    [ "$(status_of "$url/healthz?x=1")" = 400 ]
}

@test 'a query has its time and its memory, and the server goes on meanwhile' {
    not_sanitized
    serve -k k --query-time 300
    send '{"k":"a"}'
    eventually metric_is rows 1
    slow='where=size(transform(sequence(1,3000000),x -> size(sequence(1,30000)))) > 1'
    get -G "$url/rows" --data-urlencode "$slow" >answer &
    local asked=$!
    [ "$(status_of "$url/healthz")" = 200 ]
    wait "$asked"
    same late "$(cat answer)" '{"error":"the query took too long"}'
    same after "$(get "$url/rows")" '[{"k":"a"}]'
    metric_is queries_late_total 1
}

@test 'keys of any bytes' {
    serve -k k
    send '{"k":"a/b c?d#e%41&ü\u0000\n","n":1}' '{"k":"\\N","n":2}' '{"k":null,"n":3}' '{"k":"","n":4}'
    eventually metric_is rows 4
    same odd "$(get "$url/rows/a%2Fb%20c%3Fd%23e%2541%26%C3%BC%00%0A")" '{"k":"a/b c?d#e%41&ü\u0000\n","n":1}'
    same backslash "$(get "$url/rows/%5C%5CN")" '{"k":"\\N","n":2}'
    same null "$(get "$url/rows/%5CN")" '{"k":null,"n":3}'
    same empty "$(get "$url/rows/")" '{"k":"","n":4}'
    [ "$(status_of "$url/rows/%zz")" = 400 ]
}

@test 'events: from now on, from an id on, from so many back; a reader of another run begins again' {
    serve -k k
    send '{"k":"a","n":1}' '{"k":"b","n":1}'
    eventually metric_is rows 2
    run=$(get -o /dev/null -D - "$url/rows" | sed -n 's/^Last-Event-ID: \(.*\)-2\r$/\1/p')
    [ -n "$run" ]
    get -N "$url/events" >now & other=$!
    eventually metric_is readers 1
    send '{"k":"a","n":2}' '{"k":"a","n":2}' '{"k":"b","_deleted":true}'
    eventually grep -q delete now
    kill "$other"
    same now "$(cat now)" "retry: 2000

id: $run-3
event: row
data: {\"k\":\"a\",\"n\":2}

id: $run-4
event: delete
data: {\"k\":\"b\"}"
    events later delete -H "Last-Event-ID: $run-3" "$url/events"
    same later "$(sed -n 3,4p later)" "id: $run-4
event: delete"
    events back delete "$url/events?replay=2"
    same back "$(grep -c ^id: back) $(grep -m 1 ^id: back)" "2 id: $run-3"
    for id in 0123456789ab-2 "$run-5" "$run-99999999999999999" nonsense; do
        events reset 'data: {}' "$url/events?last-event-id=$id"
        same reset "$(sed -n 3,5p reset)" "id: $run-4
event: reset
data: {}"
    done
}

@test 'what has left the window is told as a reset' {
    serve -k k --window 2M
    send '{"k":"a","n":0}'
    eventually metric_is rows 1
    id=$(get -o /dev/null -D - "$url/rows" | sed -n 's/^Last-Event-ID: \(.*\)\r$/\1/p')
    for n in 1 2 3; do
        printf '{"k":"a","n":%s,"text":"%s"}\n' "$n" "$(head -c 1000000 /dev/zero | tr '\0' x)" >&7
    done
    eventually metric_is events_total 4
    events told reset -H "Last-Event-ID: $id" "$url/events"
    same reset "$(sed -n 4p told)" 'event: reset'
}

@test '--envelope: messages as aconsume -J writes them, tombstones by their key' {
    serve -k exam --envelope
    send '{"key":"Git","value":"{\"exam\":\"Git\",\n\"n\":1}","topic":"t","partition":0,"offset":1}' \
        '{"key":"SQL","value":{"exam":"SQL","n": 2},"topic":"t","partition":0,"offset":2}' \
        '{"key":"R","value":{"exam":"R","n":3},"topic":"t","partition":0,"offset":3}'
    eventually rows_are $'[{"exam":"Git","n":1},\n{"exam":"SQL","n":2},\n{"exam":"R","n":3}]'
    send '{"key":"SQL","value":null,"topic":"t","partition":0,"offset":4}'
    eventually rows_are $'[{"exam":"Git","n":1},\n{"exam":"R","n":3}]'
    stop
    serve -k a,b --envelope
    send '{"key":"x","value":{"a":1,"b":2,"n":3}}' '{"key":"{\"b\":2,\"a\":\"1\"}","value":null}' \
        '{"key":"x","value":{"a":4,"b":2}}'
    eventually rows_are '[{"a":4,"b":2}]'
}

@test 'a view through a compacted topic, tombstones and all' {
    printf '%s\n' '{"exam":"Git","n":1}' '{"exam":"SQL","n":2}' |
        aproduce -q -b file:log -t view --key-path exam
    printf 'SQL\t\n' | aproduce -q -b file:log -t view -K '\t' -Z
    aconsume -q -b file:log -t view -J >view
    aserve -k exam --envelope -l 127.0.0.1:0 view 2>errors 3>&- &
    server=$!
    eventually grep -q 'serving at' errors
    url=$(sed -n 's|.*serving at \(.*\)/$|\1|p' errors)
    eventually metric_is input_ended 1
    same view "$(get "$url/rows")" '[{"exam":"Git","n":1}]'
}

@test 'bad records stop it, or are put aside' {
    check 1 "printf '%s\n' '{\"k\":1}' '{\"n\":1}' | aserve -k k -l 127.0.0.1:0"
    [[ $errors == *'stdin:2: byte 1: none of the key'* ]]
    check 1 "echo '{\"key\":\"x\"}' | aserve -k k --envelope -l 127.0.0.1:0"
    [[ $errors == *'there is no value'* ]]
    check 1 "echo '{\"value\":null}' | aserve -k k --envelope -l 127.0.0.1:0"
    [[ $errors == *'needs a key'* ]]
    for value in 5 '[]' '"x"' '"{"' '"{} {}"'; do
        check 1 "echo '{\"key\":\"x\",\"value\":$value}' | aserve -k k --envelope -l 127.0.0.1:0"
        [[ $errors == *"value is no object"* ]]
    done
    check 0 "printf '%s\n' '{\"k\":1}' '{\"n\":1}' x '{\"k\":2}' | aserve -k k --bad aside --exit-at-end -l 127.0.0.1:0"
    same aside "$(cat aside)" $'{"n":1}\nx'
    check 2 "printf 'a\tb\n1\t2\n' | aserve -k k -l 127.0.0.1:0"
    [[ $errors == *'no column k'* ]] || [[ $errors == *"k"*"a, b"* ]]
    check 1 "{ printf '{\"k\":1,\"v\":\"'; head -c 1048576 /dev/zero | tr '\0' x; echo '\"}'; } |
        aserve -k k -l 127.0.0.1:0"
    [[ $errors == *'a row has at most 1 MiB'* ]]
}

@test 'the input ends: it goes on serving, or ends with it' {
    serve -k k
    send '{"k":1}'
    exec 7>&-
    eventually metric_is input_ended 1
    same health "$(get "$url/healthz")" 'ok, the input has ended'
    rows_are '[{"k":1}]'
    stop INT
    [ "$ended" = 130 ]
    check 0 "echo '{\"k\":1}' | aserve -q -k k --exit-at-end -l 127.0.0.1:0"
    same quiet "$errors" ''
    check 0 'aserve -q -k k --exit-at-end -l 127.0.0.1:0 </dev/null'
}

@test 'a signal before the first row ends it too' {
    serve -k k
    stop
    [ "$ended" = 143 ]
}

@test 'rows beyond the limits are refused, counted and told' {
    serve -k k --rows 2
    send '{"k":1}' '{"k":2}' '{"k":3}' '{"k":1,"n":1}'
    eventually metric_is puts_total 4
    eventually rows_are $'[{"k":1,"n":1},\n{"k":2}]'
    eventually metric_is refused_total 1
    eventually grep -q 'too many rows' errors
    stop
    serve -k k --memory 200
    send '{"k":1,"n":"xxxxxxxxxxxxxxxxxxxx"}' '{"k":2}' '{"k":1}' '{"k":2}'
    eventually metric_is puts_total 4
    eventually rows_are '[{"k":1}]'
}

@test '--columns: nothing else is served, nor can be asked for' {
    serve -k k --columns 'b, `a c`'
    send '{"secret":7,"a c":1,"b":{"x": 2},"k":"K"}' '{"k":"L","secret":8}'
    eventually rows_are $'[{"k":"K","b":{"x":2},"a c":1},\n{"k":"L"}]'
    same where "$(get "$url/rows?where=secret=7")" '[]'
    same about "$(get "$url/about" | grep -o '"columns":[^]]*]')" '"columns":["b","a c"]'
    stop
    serve -k k --columns b
    printf 'a\tb\tk\n1\t2\t3\n' >&7
    eventually rows_are '[{"b":2,"k":3}]'
    check 2 "printf 'k\n1\n' | aserve -k k --columns nosuch -l 127.0.0.1:0"
}

@test '--snapshot: the table is there again, after a signal and after kill -9' {
    serve -k k --snapshot table --snapshot-every 1
    send '{"k":"a","n":1}' '{"k":"b","n":2}'
    eventually grep -q '"b"' table
    send '{"k":"b","_deleted":true}' '{"k":"c","n":3}'
    eventually grep -q '"c"' table
    stop KILL
    serve -k k --snapshot table
    same again "$(get "$url/rows")" $'[{"k":"a","n":1},\n{"k":"c","n":3}]'
    send '{"k":"d"}'
    eventually metric_is puts_total 3
    stop
    same written "$(cat table)" $'{"aserve":1,"keys":["k"]}\n{"k":"a","n":1}\n{"k":"c","n":3}\n{"k":"d"}\n{"end":true}'
    [ ! -e table.new ]
}

@test '--snapshot: what is no snapshot, another one or half of one is refused, and stays as it is' {
    printf '{"aserve":1,"keys":["k"]}\n{"k":1}\n{"end":true}\n' >good
    check 0 'aserve -k k --snapshot good --exit-at-end -l 127.0.0.1:0'
    check 2 'aserve -k j --snapshot good --exit-at-end -l 127.0.0.1:0'
    [[ $errors == *'other keys'* ]]
    echo hello >no
    check 2 'aserve -k k --snapshot no --exit-at-end -l 127.0.0.1:0'
    [[ $errors == *'is no snapshot'* ]]
    head -n 2 good >half
    check 1 'aserve -k k --snapshot half --exit-at-end -l 127.0.0.1:0'
    [[ $errors == *'its end is missing'* ]]
    printf '{"aserve":1,"keys":["k"]}\n{"k":1\n{"end":true}\n' >bad
    check 1 'aserve -k k --snapshot bad --exit-at-end -l 127.0.0.1:0'
    [[ $errors == *'is damaged'* ]]
    same kept "$(cat no half)" $'hello\n{"aserve":1,"keys":["k"]}\n{"k":1}'
    check 2 'aserve -k k --snapshot good --exit-at-end -l 127.0.0.1:0 good'
}

@test 'a snapshot is one state or another, wherever it is killed' {
    printf '{"aserve":1,"keys":["k"]}\n{"end":true}\n' >table
    for try in 1 2 3; do
        serve -k k --snapshot table --snapshot-every 1
        seq 1 2000 | sed "s/.*/{\"k\":&,\"n\":$try}/" >&7
        eventually grep -q "\"n\":$try" table
        kill -9 "$server"
        wait "$server" || true
        [ "$(tail -n 1 table)" = '{"end":true}' ]
    done
}

@test 'tokens: needed for rows, events and metrics, not for the page' {
    printf 'correct-horse-battery\n' >token
    chmod 600 token
    serve -k k --token-file token
    send '{"k":1}'
    eventually test "$(get -H 'Authorization: Bearer correct-horse-battery' "$url/rows")" = '[{"k":1}]'
    for path in /rows /rows.csv /rows/1 /events /metrics; do
        [ "$(status_of "$url$path")" = 401 ]
        [ "$(status_of -H 'Authorization: Bearer correct-horse-batterY' "$url$path")" = 401 ]
        [ "$(status_of -H 'Authorization: Basic correct-horse-battery' "$url$path")" = 401 ]
    done
    get -o /dev/null -D - "$url/rows" | grep -qi '^WWW-Authenticate: Bearer'
    for path in / /page.js /page.css /icon.svg /about /healthz; do [ "$(status_of "$url$path")" = 200 ]; done
    # whoever has a token may call it by any name
    [ "$(status_of -H 'Host: table.example' -H 'Authorization: bearer correct-horse-battery' "$url/rows")" = 200 ]
    grep -q correct "$BATS_TEST_TMPDIR/errors" && return 1
    printf 'short\n' >token
    check 2 'aserve -k k --token-file token -l 127.0.0.1:0 </dev/null'
    printf 'two words of a token\n' >token
    check 2 'aserve -k k --token-file token -l 127.0.0.1:0 </dev/null'
    check 3 'aserve -k k --token-file none -l 127.0.0.1:0 </dev/null'
}

@test 'other machines: not without a token or TLS' {
    check 2 'aserve -k k -l 0.0.0.0:0 </dev/null'
    [[ $errors == *'--token-file'* ]]
    check 2 'aserve -k k -l :0 </dev/null'
    printf 'correct-horse-battery\n' >token
    chmod 600 token
    check 0 'aserve -k k -l 0.0.0.0:0 --token-file token --exit-at-end </dev/null'
    check 2 'aserve -k k -l 127.0.0.1:99999 </dev/null'
    check 2 'aserve -k k -l 127.0.0.1:x </dev/null'
    check 2 'aserve -k k -l [::1 </dev/null'
    check 3 'aserve -k k -l 203.0.113.7:8080 </dev/null'
    [[ $errors == *'cannot listen'* ]]
}

@test 'TLS: with a certificate and its key, and nothing older than 1.2' {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
        -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>openssl
    serve -k k --tls-cert cert.pem --tls-key key.pem
    send '{"k":1}'
    [[ $url == https://* ]]
    eventually test "$(get --cacert cert.pem "$url/rows")" = '[{"k":1}]'
    events told '^event: row' --cacert cert.pem "$url/events?replay=9"
    refuse get --cacert cert.pem --tls-max 1.1 "$url/rows"
    refuse get "${url/https/http}/rows"
    [ "$(status_of --cacert cert.pem "$url/rows")" = 200 ]
    check 2 'aserve -k k --tls-cert cert.pem -l 127.0.0.1:0 </dev/null'
    check 3 'aserve -k k --tls-cert cert.pem --tls-key cert.pem -l 127.0.0.1:0 </dev/null'
}

@test 'read-only: other methods, bodies and names are refused' {
    serve -k k
    send '{"k":1}'
    eventually metric_is rows 1
    for method in POST PUT DELETE PATCH OPTIONS TRACE; do
        [ "$(status_of -X "$method" "$url/rows")" = 405 ]
    done
    get -o /dev/null -D - -X PUT "$url/rows" | grep -q '^Allow: GET, HEAD'
    [ "$(status_of -X GET -d x=1 "$url/rows")" = 413 ]
    [ "$(status_of -I "$url/rows")" = 200 ]
    [ "$(status_of -H 'Host: evil.example' "$url/rows")" = 403 ]
    [ "$(status_of -H 'Host: 127.0.0.1.evil.example:1' "$url/rows")" = 403 ]
    for host in localhost localhost:99 '[::1]:80' 127.1.2.3 x.localhost; do
        [ "$(status_of -H "Host: $host" "$url/rows")" = 200 ]
    done
}

@test 'headers of safety are on every answer' {
    serve -k k
    for path in / /page.js /rows /nothing /events; do
        events body '' -D headers --max-time 1 "$url$path"
        eventually grep -q '^Referrer-Policy' headers
        grep -q "^Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';" headers
        grep -q '^X-Content-Type-Options: nosniff' headers
        grep -q '^X-Frame-Options: DENY' headers
        grep -q '^Referrer-Policy: no-referrer' headers
    done
}

# raw TEXT: bytes as they are, to the server; the answer's first line.
raw() {
    local port=${url##*:}
    exec 8<>"/dev/tcp/127.0.0.1/$port"
    printf "$1" >&8 2>/dev/null || true
    timeout 1 head -n 1 <&8 | tr -d '\r' || true
    exec 8>&-
}

@test 'hostile requests: tricks with paths, huge headers, nonsense; it goes on' {
    serve -k k
    send '{"k":1}'
    eventually metric_is rows 1
    for path in /../../etc/passwd /%2e%2e/etc/passwd //rows /rows/../metrics /rows%00 /.git/config /rows.xml /page.js/ \
        '/\..\..' /ROWS; do
        code=$(status_of --path-as-is "$url$path")
        [ "$code" = 404 ] || [ "$code" = 400 ] || { echo "$path: $code" >&2; return 1; }
    done
    # what is still on its way when it hangs up may take the answer with it
    local much
    much=$(head -c 100000 /dev/zero | tr '\0' a)
    [[ $(raw "GET /$much HTTP/1.1\r\nHost: localhost\r\n\r\n" | cut -d' ' -f2) =~ ^(414)?$ ]]
    [[ $(raw "GET /rows HTTP/1.1\r\nHost: localhost\r\nX: $much\r\n\r\n" | cut -d' ' -f2) =~ ^(431)?$ ]]
    raw 'GET\r\n\r\n' >/dev/null
    raw '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' >/dev/null
    raw 'GET /rows HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n' >/dev/null
    raw 'GET /rows HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n' >/dev/null
    raw 'GET /rows HTTP/9.9\r\n\r\n' >/dev/null
    same after "$(get "$url/rows")" '[{"k":1}]'
    stop
    [ "$ended" = 143 ]
}

@test 'options: what is wrong is said' {
    check 2 'aserve </dev/null'
    [[ $errors == *'-k KEYS is needed'* ]]
    check 2 "aserve -k a.b </dev/null"
    [[ $errors == *'expected a member'* ]]
    check 2 "aserve -k a,a </dev/null"
    [[ $errors == *'named twice'* ]]
    check 2 "aserve -k '$(seq -s, -f k%g 17)' </dev/null"
    check 2 'aserve -k k -i parquet </dev/null'
    check 2 'aserve -k k --window 1M </dev/null'
    check 2 'aserve -k k --rows 0 </dev/null'
    check 2 'aserve -k k nosuchfile'
    check 0 'aserve --help'
}
