#!/bin/bash
# TAP: shell scripts, man pages, completions, and what STYLE asks of the tree as a whole.
set -u
shopt -s nullglob
cd "$(dirname "$0")/../.." || exit 2
failed=0
number=0

# verdict NAME TEXT: ok if TEXT is empty.
verdict() {
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/# /' | head -n 60
        failed=1
    fi
}

mapfile -t scripts < <(grep -lE '^#!.*(/| )(ba)?sh\b' .ci/* scripts/* scripts/*/* tests/lint/* tests/interop/* tests/*/* 2>/dev/null | sort -u)
for script in "${scripts[@]}" tests/helper.bash; do
    verdict "shellcheck $script" "$(shellcheck -x --severity=style "$script" 2>&1)"
done
for suite in tests/*/*.bats; do
    # set by check() in the helper, in a way shellcheck can't see: errors, output
    verdict "shellcheck $suite" "$(shellcheck -x --severity=warning -e SC2154,SC2034,SC2030,SC2031,SC1011 "$suite" 2>&1)"
done

tools=$(for source in cmd/*.c; do basename "$source" .c; done)
for page in man/*.[1-8]; do
    # a page that is not installed can't be found
    verdict "mandoc $page" "$(mandoc -Tlint -W style "$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db'
        case $page in *.1) for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES CAVEATS; do
            grep -q "^\.Sh $section" "$page" || echo "no section $section"; done ;; esac)"
done
for tool in $tools; do
    verdict "$tool has its page and completions" "$(for file in man/"$tool".1 completions/"$tool".bash completions/_"$tool"; do
        [ -s "$file" ] || echo "$file is missing"; done)"
    # an option the tool has (in its table or its help) is in its page and in both completions
    verdict "$tool: each long option is in the page and the completions" "$({
        grep -oE '\{ *"[a-z][a-z0-9-]*" *, *(no|required|optional)_argument' cmd/"$tool".c | cut -d'"' -f2
        bin/"$tool" --help | grep -oE -- '(^|[^a-z-])--[a-z][a-z0-9-]*' | sed 's/^[^-]*--//'
        } | sort -u | while read -r option; do
            dashed=${option//-/\\\\-}
            grep -qE -e "-($option|$dashed)\b" man/"$tool".1 || echo "--$option: not in man/$tool.1"
            grep -q -e "--$option\b" completions/"$tool".bash || echo "--$option: not in completions/$tool.bash"
            grep -q -e "--$option\b" completions/_"$tool" || echo "--$option: not in completions/_$tool"
        done)"
done
for file in completions/*.bash; do
    verdict "bash -n $file" "$(bash -n "$file" 2>&1)"
done

verdict 'tools have at most about 400 lines' "$(wc -l /dev/null cmd/*.c | awk '$2 != "total" && $1 > 440')"
verdict 'parts have at most about 600 lines' "$(wc -l common/*/*.[ch] common/*/*/*.[ch] | awk '$2 != "total" && $1 > 640')"
verdict 'only diag prints to stderr' "$(grep -nE '\b(v?fprintf|fputs|fputc|putc|fwrite|v?dprintf|write|writev) *\([^;]*(\bstderr\b|STDERR_FILENO)|\bperror\(' /dev/null common/*/*.c common/*/*/*.c cmd/*.c | grep -v '^common/base/diag\.c')"
verdict 'numbers are read by functions that tell errors' "$(grep -nE '\bato(i|l|ll|f)\(' /dev/null common/*/*.c common/*/*/*.c cmd/*.c)"
verdict 'nothing left to do' "$(grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' common cmd man scripts completions README.md Makefile 2>/dev/null)"
verdict 'no white space at the ends of lines' "$(git ls-files -z 2>/dev/null | grep -zvE '^tests/(golden|.*/corpus)/' | xargs -0 grep -nIE '[[:blank:]]+$' 2>/dev/null | cut -c1-120)"
echo "1..$number"
exit "$failed"
