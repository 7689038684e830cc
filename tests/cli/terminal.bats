# On a terminal: progress is shown after a second and taken away again; never into a file.
load ../helper

# shown 'COMMAND': what it writes to a terminal, in $shown.
shown() {
    printf '%s\n' "$1" >commands
    check 0 "script -qefc 'bash -o pipefail commands' /dev/null"
    shown=$output
}

@test "progress on a terminal: bytes and records, and the line is cleared at the end" {
    command -v script >/dev/null || skip "no script(1)"
    slow='{ for i in 1 2 3; do echo "{\"n\":$i}"; sleep 0.6; done; }'
    for tool in "aslice ." "aflatten n" "aproduce -b file:log -t t" "aagg -g n 'count(*)'"; do
        shown "$slow | $tool >out"
        [[ $shown == *"${tool%% *}: 0.0 MiB, "*" records/s"*$'\r\033[K'* ]] ||
            { printf '%q\n' "$tool: $shown" >&2; return 1; }
    done
    shown "$slow | aproduce -q -b file:log -t t"
    same silent "$shown" ''
    check 0 "$slow | aproduce -b file:log -t t"
    [[ $errors == "aproduce: 3 "* ]] || { echo "$errors" >&2; return 1; }
    [[ $errors != *$'\r'* ]]
}
