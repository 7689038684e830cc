# Common to all bats files: `load ../helper`. Tools come from ATOOLS_BIN (default: bin/ of this tree),
# each test runs in a folder of its own, status and both streams can be checked apart:
#   check STATUS 'shell command'     runs it with bash; leaves $output (stdout), $errors (stderr)
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=${ATOOLS_BIN:-$ROOT/bin}:$PATH
export LC_ALL=C.UTF-8 TZ=UTC

setup() { cd "$BATS_TEST_TMPDIR" || exit; }

# For tests of memory, speed, or with LD_PRELOAD, which a sanitizer build can't pass: skips there.
not_sanitized() { [ -z "${ATOOLS_SANITIZE-}" ] || skip "not with sanitizers"; }

check() {
    local want=$1 got=0
    bash -c "set -o pipefail; $2" >"$BATS_TEST_TMPDIR/.out" 2>"$BATS_TEST_TMPDIR/.err" </dev/null || got=$?
    output=$(cat "$BATS_TEST_TMPDIR/.out"; printf x) && output=${output%x} && output=${output%$'\n'}
    errors=$(<"$BATS_TEST_TMPDIR/.err")
    if [ "$got" != "$want" ]; then
        printf 'command: %s\nstatus: %s, expected %s\nstdout: %s\nstderr: %s\n' "$2" "$got" "$want" "$output" \
            "$errors" >&2
        return 1
    fi
}

# refuse COMMAND…: it must fail. (`! COMMAND` can't fail a test: bash exempts it from -e.)
refuse() { if "$@"; then printf 'did not fail: %s\n' "$*" >&2; return 1; fi; }

# eventually COMMAND…: waits until it succeeds, a minute at most; for what another process does in its own time.
eventually() {
    local end=$((SECONDS + 60))
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $end ]; then printf 'not within a minute: %s\n' "$*" >&2; return 1; fi
        sleep 0.05
    done
}

# holds FILE TEXT, has_lines N FILE: for eventually.
holds() { [ "$(cat "$1")" = "$2" ]; }
has_lines() { [ "$(wc -l <"$2")" -ge "$1" ]; }

# final [FILE…]: the last row of each key (its first column) of TSV.
final() { awk -F '\t' 'NR > 1 { row[$1] = $0 } END { for (key in row) print row[key] }' "$@" | sort; }

# same NAME GOT WANTED: compares and shows the difference.
same() {
    [ "$2" = "$3" ] && return 0
    diff <(printf '%s\n' "$3") <(printf '%s\n' "$2") >&2
    printf '%s differs (- expected, + got)\n' "$1" >&2
    return 1
}
