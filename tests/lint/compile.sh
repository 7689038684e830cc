#!/bin/bash
# TAP: every source is clean under gcc and clang. (gcc's warnings that need its optimizer come with `make check`'s own
# build, which is made with -Werror.)
set -u
shopt -s nullglob
cd "$(dirname "$0")/../.." || exit 2
flags=$(make -s print-flags)
number=0
failed=0
sources=(common/*/*.c common/*/*/*.c cmd/*.c tests/unit/*.c)
echo "1..2"
for compiler in gcc clang; do
    number=$((number + 1))
    # shellcheck disable=SC2086 # words are meant
    if said=$(printf '%s\0' "${sources[@]}" | xargs -0 -n 8 -P 2 "$compiler" $flags -Werror -fsyntax-only 2>&1); then
        echo "ok $number - $compiler compiles ${#sources[@]} files without a warning"
    else
        echo "not ok $number - $compiler compiles ${#sources[@]} files without a warning"
        printf '%s\n' "$said" | sed 's/^/# /' | head -n 60
        failed=1
    fi
done
exit "$failed"
