#!/bin/bash
# TAP: shell scripts, man pages, options, completions, and habits of the tree as a whole.
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

mapfile -t scripts < <(grep -lE '^#!.*(/| )(ba)?sh\b' .ci/* scripts/* scripts/*/* tests/lint/* tests/interop/* \
    tests/*/* 2>/dev/null | sort -u)
for script in "${scripts[@]}" tests/helper.bash; do
    verdict "shellcheck $script" "$(shellcheck -x --severity=style "$script" 2>&1)"
done
for suite in tests/*/*.bats; do
    # set by check() in the helper, in a way shellcheck can't see: errors, output
    verdict "shellcheck $suite" \
        "$(shellcheck -x --severity=warning -e SC2154,SC2034,SC2030,SC2031,SC1011 "$suite" 2>&1)"
done

tools=$(for source in cmd/*.c; do basename "$source" .c; done)
for page in man/*.[1-8]; do
    # a page that is not installed can't be found
    verdict "mandoc $page" \
        "$(mandoc -Tlint -W style "$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db'
        case $page in *.1) for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES CAVEATS; do
            grep -q "^\.Sh $section" "$page" || echo "no section $section"; done ;; esac)"
done
# the options that --help, made from the tool's table, begins its lines with; and those that items of the page
# begin with
in_table() {
    bin/"$1" --help all |
        sed -nE 's/^  (-[^ ,])(, (--[a-z0-9-]+))?([ [].*)?$/\1 \3/p; s/^      (--[a-z0-9-]+)([ [].*)?$/\1/p' |
        tr ' ' '\n' | sed '/^$/d' | sort
}
in_page() {
    awk '/^\.It Fl / { name = 0
        for (i = 2; i <= NF; i++)
            if ($i == "Fl") name = 1
            else if ($i ~ /^[A-Z][a-z]$/) name = 0
            else if (name && $i != ",") { gsub(/\\&/, "", $i); print "-" $i } }' man/"$1".1 | sort
}
for tool in $tools; do
    verdict "$tool: the page has each option once, and no other" "$(diff <(in_table "$tool") <(in_page "$tool") |
        sed -n 's/^</not in the page:/p; s/^>/not in the table:/p'; [ -n "$(in_table "$tool")" ] || echo 'no options')"
    verdict "$tool: --help has at most 80 columns, and fits a terminal" \
        "$(bin/"$tool" --help all | awk 'length > 80'; bin/"$tool" --help | awk 'length > 80 || NR > 24')"
    verdict "$tool: bash's completion" \
        "$(bin/"$tool" --completion bash | bash -n 2>&1; bin/"$tool" --completion bash | shellcheck -s bash - 2>&1)"
    verdict "$tool: zsh's completion" "$(bin/"$tool" --completion zsh | grep -q "^#compdef $tool$" || echo none
        ! command -v zsh >/dev/null || bin/"$tool" --completion zsh | zsh -n 2>&1)"
done

verdict 'tools have at most about 400 lines' "$(wc -l /dev/null cmd/*.c | awk '$2 != "total" && $1 > 440')"
verdict 'parts have at most about 600 lines' \
    "$(wc -l common/*/*.[ch] common/*/*/*.[ch] | awk '$2 != "total" && $1 > 640')"
writes='(v?fprintf|fputs|fputc|putc|fwrite|v?dprintf|write|writev)'
verdict 'only diag prints to stderr' \
    "$(grep -nE "\\b$writes *\\([^;]*(\\bstderr\\b|STDERR_FILENO)|\\bperror\\(" /dev/null \
        common/*/*.c common/*/*/*.c cmd/*.c | grep -v '^common/base/diag\.c')"
verdict 'numbers are read by functions that tell errors' \
    "$(grep -nE '\bato(i|l|ll|f)\(' /dev/null common/*/*.c common/*/*/*.c cmd/*.c)"
verdict 'nothing left to do' \
    "$(grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' common cmd man scripts README.md Makefile 2>/dev/null)"
# in characters; examples in man pages are lines to be typed, JSON is data
verdict 'lines have at most 120 columns' \
    "$(git ls-files -z 2>/dev/null | grep -zvE '^(tests/(golden|.*/corpus)|man)/|\.(md|json)$' |
        LC_ALL=C.UTF-8 xargs -0 grep -nIE '.{121}' 2>/dev/null | cut -c1-120)"
verdict 'no white space at the ends of lines' \
    "$(git ls-files -z 2>/dev/null | grep -zvE '^tests/(golden|.*/corpus)/' |
        xargs -0 grep -nIE '[[:blank:]]+$' 2>/dev/null | cut -c1-120)"
echo "1..$number"
exit "$failed"
