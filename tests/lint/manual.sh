#!/bin/bash
# TAP: the lists of functions in the manual are those of the functions' rows; `make man-functions` makes them so.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}
pages=(man/atools-expr.7 man/aagg.1 man/aslice.1)
if ! make -s "$build/manual" >&2; then
    echo 'Bail out! build/manual cannot be made'
    exit 1
fi
echo "1..${#pages[@]}"
status=0
for number in "${!pages[@]}"; do
    page=${pages[number]}
    if difference=$("$build/manual" "$page" 2>&1 | diff "$page" -); then
        echo "ok $((number + 1)) - $page"
    else
        echo "not ok $((number + 1)) - $page: make man-functions"
        head -n 40 <<<"$difference" | sed 's/^/# /'
        status=1
    fi
done
exit $status
