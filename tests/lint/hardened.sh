#!/bin/bash
# TAP: hardened.sh [FOLDER]: the tools in bin/ (or FOLDER) are position independent, fully read-only after relocation,
# bound at start, with stack protector and fortified calls.
set -u
cd "$(dirname "$0")/../.." || exit 2
number=0
failed=0
# want NAME PATTERN TEXT
want() {
    number=$((number + 1))
    if grep -qE "$2" <<<"$3"; then echo "ok $number - $1"; else echo "not ok $number - $1"; failed=1; fi
}
for tool in "${1:-bin}"/*; do
    headers=$(readelf -W -h -l -d "$tool")
    symbols=$(readelf -W --dyn-syms "$tool")
    want "$tool: position independent" 'Type: +DYN' "$headers"
    want "$tool: relocations are read-only" 'GNU_RELRO' "$headers"
    want "$tool: bound at start" 'BIND_NOW|Flags:.* NOW' "$headers"
    want "$tool: stack protector" '__stack_chk_fail' "$symbols"
    want "$tool: fortified" '_chk(@|$)' "$(grep -v __stack_chk_fail <<<"$symbols")"
done
echo "1..$number"
exit $failed
