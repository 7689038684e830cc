#!/usr/bin/env bats
# Brokers that do not answer, without a cluster: what can't go away by itself ends the tool at once, with the cause;
# what can is told at once, and waited for.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    unset ATOOLS_BROKERS ATOOLS_CONFIG
}

teardown() { [ -z "${server:-}" ] || kill "$server"; }

# a TLS server whose certificate nobody vouches for; its address in $address
tls_server() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem 2>/dev/null
    mkfifo never # its end would be the server's
    exec 5<>never
    openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem >log 2>&1 <&5 3>&- &
    server=$!
    eventually grep -q '^ACCEPT ' log
    address=$(sed -n 's/^ACCEPT //p;T;q' log)
}

# told TEXT COMMAND…: it says the text on stderr while it goes on, and is ended then.
told() {
    local text=$1 status=0
    shift
    "$@" 2>errors </dev/null 3>&- &
    local tool=$!
    eventually grep -qF "$text" errors
    kill -KILL $tool || status=$?
    wait $tool || true
    same "it was still waiting" $status 0
}

@test "an unknown host is told at once by every Kafka tool, and is no silence" {
    for tool in "aconsume -t x" "aproduce -t x" "atopic create x" "atopic groups" "atopic list" "atopic delete x"; do
        check 3 "$tool -b no.such.host.invalid:9092 </dev/null"
        [[ $errors == "${tool%% *}: no.such.host.invalid:9092: Failed to resolve"* ]]
        [ "$(wc -l <<<"$errors")" = 1 ]
    done
}

@test "two unknown hosts are two, and one of them beside a port where nobody is may still turn out well" {
    check 3 "aconsume -t x -b no.such.host.invalid:9092,neither.this.invalid:9092"
    [[ $errors == *.invalid:9092:\ Failed\ to\ resolve* && $errors != *"no answer"* ]]
    told "127.0.0.1:1: Connect to ipv4#127.0.0.1:1 failed: Connection refused" \
        aconsume -t x -b no.such.host.invalid:9092,127.0.0.1:1
}

@test "a certificate that nobody vouches for is told at once" {
    tls_server
    check 3 "aconsume -t x -b $address -X security.protocol=ssl"
    [[ $errors == "aconsume: $address: "*"certificate verify failed"* ]] # "SSL handshake failed: " before it, or not
    [[ $errors != *"no answer"* ]]
}

@test "TLS at a port that knows none, none at a port that wants it: told while it is waited for" {
    tls_server
    told "$address: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol" \
        aconsume -t x -b "$address"
    kill $server
    python3 - >port <<'END' 3>&- &
import socketserver
class Closing(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(1000)
server = socketserver.TCPServer(("127.0.0.1", 0), Closing)
print("127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
END
    server=$!
    eventually grep -q : port
    told "$(cat port): " aconsume -t x -b "$(cat port)" -X security.protocol=ssl
    [[ $(cat errors) == *"SSL routines::unexpected eof"* ]]
}

@test "a port where nobody is: told at once, and the end says why" {
    check 3 "aconsume -t x -b 127.0.0.1:1"
    cause="127.0.0.1:1: Connect to ipv4#127.0.0.1:1 failed: Connection refused"
    same first "$(head -n 1 <<<"$errors")" "aconsume: $cause"
    same last "$(tail -n 1 <<<"$errors")" "aconsume: x: no answer from 127.0.0.1:1 ($cause)"
}

@test "--follow on a folder waits for what is written: idle it does next to nothing, and each record comes at once" {
    atopic create -q -b file:log --partitions 3 t
    aconsume -q -b file:log -t t --follow >out 3>&- &
    local tool=$! before
    echo 0 | aproduce -q -b file:log -t t
    eventually has_lines 1 out
    switches() { awk '/^voluntary/ { print $2 }' "/proc/$tool/status"; }
    before=$(switches)
    sleep 2
    [ $(($(switches) - before)) -lt 60 ] # a look each 10 ms would be 200
    for i in 1 2 3 4 5 6 7 8; do
        echo $i | aproduce -q -b file:log -t t
        eventually has_lines $((i + 1)) out
    done
    seq 1000 | aproduce -q -u -b file:log -t t
    eventually has_lines 1009 out
    kill $tool
}
