# The house itself: install and uninstall, setup, the test runner, README's commands.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    unset MAKEFLAGS MAKELEVEL MFLAGS
}

@test "make install brings binaries, pages and completions; uninstall takes them away" {
    check 0 "make -s -C '$ROOT' install DESTDIR='$PWD/to here' PREFIX=/opt/atools"
    for tool in "$ROOT"/cmd/*.c; do
        tool=$(basename "$tool" .c)
        same version "$("$PWD/to here/opt/atools/bin/$tool" --version)" "$("$ROOT/bin/$tool" --version)"
        [ -s "to here/opt/atools/share/man/man1/$tool.1" ]
        [ -s "to here/opt/atools/share/bash-completion/completions/$tool" ]
        [ -s "to here/opt/atools/share/zsh/site-functions/_$tool" ]
    done
    [ -s "to here/opt/atools/share/man/man7/atools.7" ]
    same modes \
        "$(find 'to here' -type f -path '*/bin/*' ! -perm 755; find 'to here' -type f ! -path '*/bin/*' ! -perm 644)" ''
    check 0 "make -s -C '$ROOT' uninstall DESTDIR='$PWD/to here' PREFIX=/opt/atools"
    same left "$(find 'to here' -type f)" ''
}

@test "only the Kafka tools load librdkafka; only those with stores libcurl" {
    [ -z "${ATOOLS_SANITIZE-}" ] || skip "the plain build"
    for tool in "$ROOT"/cmd/*.c; do
        tool=$(basename "$tool" .c)
        libraries=$(ldd "$ROOT/bin/$tool")
        case $tool in aproduce|aconsume|atopic) wanted=1 ;; *) wanted=0 ;; esac
        case $tool in aland|aread) curl=1 ;; *) curl=0 ;; esac
        same "$tool: libcurl" "$(grep -c libcurl <<<"$libraries")" "$curl"
        same "$tool: librdkafka" "$(grep -c librdkafka <<<"$libraries")" "$wanted"
        [[ $libraries != *libcmocka* ]]
    done
}

@test "the lint of hardening fails on a program without it" {
    mkdir plain
    echo 'int main(void) { return 0; }' | cc -no-pie -fno-stack-protector -Wl,-z,norelro,-z,lazy -x c - -o plain/program
    check 1 "'$ROOT/tests/lint/hardened.sh' '$PWD/plain'"
    same verdicts "$(grep -c '^not ok' <<<"$output")" 5
}

@test "setup: what is missing is named for each system, and nothing is installed" {
    mkdir few
    for program in sh sed grep cut tr awk paste id cat; do ln -s "$(command -v $program)" few/; done
    check 1 "PATH=$PWD/few '$ROOT/scripts/setup' build demo test"
    [[ $errors == *'there is no apt-get here; install by hand:'* ]]
    [[ $errors == *'apt-get install gcc libc6-dev make'*' jq '*' bats '* ]]
    [[ $errors == *'dnf install gcc'* ]]
    [[ $errors == *'pacman -S gcc'* ]]
    [[ $errors == *'apk add gcc musl-dev'* ]]
    [[ $errors == *'brew install make'* ]]
    check 1 "PATH=$PWD/few '$ROOT/scripts/setup' --check test"
    [[ $errors == *'only looking'* ]]
    check 2 "'$ROOT/scripts/setup' nonsense"
}

@test "setup: nothing missing, nothing said" {
    check 0 "'$ROOT/scripts/setup' build demo test"
    same said "$output$errors" ''
}

# run_suite BODY: what tests/run makes of a suite with that body.
run_suite() {
    printf '#!/bin/bash\n%s\n' "$1" >suite.sh
    chmod +x suite.sh
    "$ROOT/tests/run" "$PWD/suite.sh" >out 2>&1
    echo "$? $(tail -n 1 out)"
}

@test "tests/run: counts passed, failed and skipped tests" {
    same good "$(run_suite 'echo 1..3; echo ok 1 - a; echo ok 2 - b; echo ok 3 - c \# skip no reason')" \
        '0 2 passed, 0 failed'
    same bad "$(run_suite 'echo 1..2; echo ok 1 - a; echo not ok 2 - b; echo "# why"; exit 1')" '1 1 passed, 1 failed'
    grep -q '    # why' out
}

@test "tests/run: a suite that dies, plans nothing, stops early or ends badly counts as failed" {
    same dies "$(run_suite 'echo 1..2; echo ok 1 - a; kill -9 $$')" '1 1 passed, 1 failed'
    same 'no plan' "$(run_suite 'echo ok 1 - a')" '1 1 passed, 1 failed'
    same nothing "$(run_suite 'exit 0')" '1 0 passed, 1 failed'
    same early "$(run_suite 'echo 1..3; echo ok 1 - a')" '1 1 passed, 1 failed'
    same status "$(run_suite 'echo 1..1; echo ok 1 - a; exit 3')" '1 1 passed, 1 failed'
    same 'bail out' "$(run_suite 'echo 1..1; echo ok 1 - a; echo Bail out!')" '1 1 passed, 1 failed'
}

@test "make help lists every target that is for people" {
    check 0 "make -s -C '$ROOT' help"
    for target in all demo check lint check-long check-kafka-long check-spark fuzz bench deps install uninstall \
        clean; do
        grep -q "^$target " <<<"$output"
    done
}

# complete TOOL WORD…: what bash offers for the last word.
complete_words() {
    bash -c '. <("$1" --completion bash); compopt() { :; }; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        "_$1"; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

@test "completion of bash: options, their words, the names that may be called in an expression" {
    same options "$(complete_words aagg --part)" --partial
    same words "$(complete_words aflatten --framing l)" line
    same "a function" "$(complete_words aflatten "'a, uppe")" "a, upper("
    same "an alias, behind a quote and options" "$(complete_words ajoin -k k '"x + ceil')" $'x + ceil(\nx + ceiling('
    same "an aggregate" "$(complete_words aagg -g a "'count(a), percentile_d")" "count(a), percentile_disc("
    same "over windows" "$(complete_words aflatten "'percentile_d")" 'percentile_disc('
    same "window functions" "$(complete_words aflatten "'row_num")" 'row_number('
    same "none in other tools" "$(complete_words ajoin "'percentile_d")" ""
    same "within a condition" "$(complete_words aagg -w 'b > 1 and startsw')" "b > 1 and startswith("
}
