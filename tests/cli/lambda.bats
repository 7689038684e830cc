#!/usr/bin/env bats
# scripts/lambda: generator, batch view, speed layer, serving layer; what is served in the end is what a batch run says.
load ../helper

# A port that was free a moment ago.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

lambda() { timeout 200 "$ROOT/scripts/lambda" -l "127.0.0.1:$(free_port)" "$@" 3>&-; }

@test 'the view that is served is the answer of a batch run over everything, also when it is started again' {
    lambda -r 500 -n 400 -p 1500 here >out
    grep -q '^# 1900 answers are in the topic' out
    grep -q '^# are equal, [0-9]* rows' out
    lambda -r 0 -n 300 -p 1500 here >out
    grep -q '^# 2200 answers are in the topic' out
    grep -q '^# are equal, [0-9]* rows' out
}

@test 'it ends by a signal with all that it started, and goes on from there' {
    mkdir here
    "$ROOT/scripts/lambda" -l "127.0.0.1:$(free_port)" -r 200 -p 1000 here >out 3>&- &
    local script=$!
    eventually test -s here/table.snapshot
    kill "$script"
    wait "$script" || true
    eventually bash -c "! pgrep -f '[a]consume.*-b file:$PWD/here/log'"
    lambda -r 0 -n 100 -p 1000 here >out
    grep -q '^# are equal, [0-9]* rows' out
}

@test 'wrong options' {
    check 2 "$ROOT/scripts/lambda -x"
    check 2 "$ROOT/scripts/lambda a b"
    check 0 "$ROOT/scripts/lambda -h"
    [[ $output == *'answers a second'* ]]
}
