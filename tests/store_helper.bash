# Common to the tests of stores against real servers: `load ../store_helper`. $U is a folder of the test's
# own in the store.
# shellcheck disable=SC2154,SC2034 # output, errors: set by check; proxy: for the tests
load "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/helper"
PATH=$PATH:$ROOT/build/tests
D=store_driver
export D

# proxy ADDRESS HOW AFTER [TIMES]: one before ADDRESS (store_proxy.py); its own address in $proxy.
proxy() {
    end_proxy
    rm -f port
    "$ROOT/tests/store_proxy.py" port "$@" 3>&- &
    proxy_pid=$!
    eventually test -s port
    proxy=127.0.0.1:$(cat port)
}

end_proxy() {
    [ -z "${proxy_pid:-}" ] || kill "$proxy_pid"
    proxy_pid=
}

teardown() { end_proxy; }

# round_trip NAME BYTES: a file of so many bytes, written and read; in the middle, too.
round_trip() {
    head -c "$2" /dev/urandom >wanted
    check 0 "$D put '$U/$1' <wanted && $D get '$U/$1' | cmp - wanted && $D stat '$U/$1'"
    same "size of $1" "$output" "$2"
    check 0 "cmp <($D get '$U/$1' $(($2 / 2)) $(($2 / 2 + 100))) <(tail -c +$(($2 / 2 + 1)) wanted | head -c 100)"
}

files_of_all_sizes() {
    round_trip empty 0
    round_trip one 1
    round_trip piece $((8 << 20))
    round_trip piece-and-one $(((8 << 20) + 1))
    round_trip large 50000000
    round_trip one 5 # in the place of the other
    check 0 "$D list '$U'"
    same names "$output" $'empty\nlarge\none\npiece\npiece-and-one'
}

odd_names() {
    local names=('a b' 'umlaut äöü ß' 'per%20cent' 'p+l+u+s' "it's" 'a&b=c;d' 'q?r#s' '日本' 'tab-~_.,()[]{}@!$*') name
    for name in "${names[@]}"; do
        printf '%s' "$name" | $D put "$U/odd ü+%/$name"
        same "$name" "$($D get "$U/odd ü+%/$name")" "$name"
    done
    same list "$($D list "$U/odd ü+%")" "$(printf '%s\n' "${names[@]}" | LC_ALL=C sort)"
    same remove "$($D remove "$U/odd ü+%")" yes
    same gone "$($D stat "$U/odd ü+%")" no
}

many_files() {
    check 0 "$D many '$U/many' 2500 && $D list '$U/many'"
    same list "$output" "$(printf 'file-%05d\n' {0..2499})"
    for name in a=1/part-0 a=1/b=2/part-1 _SUCCESS .hidden a=1/_tmp/x part-2; do echo "$name" |
        $D put "$U/set/$name"; done
    same dataset "$($D dataset "$U/set")" $'a=1/b=2/part-1\na=1/part-0\npart-2'
}

# Of eight at a time one wins, twenty times, and what is there is the winner's.
one_of_eight_wins() {
    local round i pids
    for round in {1..20}; do
        for i in {1..8}; do
            echo "$round $i" | $D absent "$U/race/$round" >"answer-$i" 2>"error-$i" 3>&- &
            pids[i]=$!
        done
        for i in {1..8}; do wait "${pids[i]}" || true; done
        same "errors of $round" "$(cat error-*)" ''
        same "winners of $round" "$(cat answer-* | sort | uniq -c | tr -s ' ')" $' 7 no\n 1 yes'
        same "what $round holds" "$($D get "$U/race/$round")" "$round $(grep -l yes answer-* | tr -dc 0-9)"
    done
    same 'nothing else' "$($D list "$U/race" | wc -l)" 20
}

no_such_thing() {
    same stat "$($D stat "$U/nowhere/at/all")" no
    same remove "$($D remove "$U/nowhere/at/all")" no
    check 3 "$D list '$U/nowhere'"
    [[ $errors == "store_driver: $U/nowhere"*": cannot list: "* ]] || same message "$errors" 'cannot list'
}

# dies_in_the_middle COMMAND-THAT-KILLS COMMAND-THAT-STARTS: while a file is being written; nothing of it can be seen.
dies_in_the_middle() {
    echo before | $D put "$U/old"
    mkfifo pipe
    for name in old new; do
        $D put "$U/$name" <pipe >out 2>"errors-$name" 3>&- &
        local writer=$! got=0
        exec 5>pipe
        head -c 20000000 /dev/zero >&5
        eval "$1"
        head -c 20000000 /dev/zero >&5 2>/dev/null || true
        exec 5>&-
        wait "$writer" || got=$?
        same "status of $name" "$got" 3
        [[ $(<"errors-$name") == "store_driver: $U/$name: cannot write: "* ]] || same message "$(<"errors-$name")" \
            'cannot write'
        eval "$2"
    done
    same old "$($D get "$U/old")" before
    same new "$($D stat "$U/new")" no
    same dataset "$($D dataset "$U")" old
}
