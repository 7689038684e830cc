#!/bin/bash
# TAP: clang-tidy (.clang-tidy) on each source, cppcheck on all (we count on >> of a negative number being
# arithmetic, as gcc and clang promise).
set -u
shopt -s nullglob
cd "$(dirname "$0")/../.." || exit 2
flags=$(make -s print-flags)
sources=(common/*/*.c common/*/*/*.c cmd/*.c)
folder=$(mktemp -d) || exit 3
trap 'rm -rf "$folder"' EXIT
failed=0
number=0
echo "1..$((${#sources[@]} + 1))"

# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P 2 sh -c '
    said=$1/$(echo "$3" | tr / _)
    clang-tidy --quiet "$3" -- $2 >"$said" 2>&1 || touch "$said.failed"' sh "$folder" "$flags"
for source in "${sources[@]}"; do
    number=$((number + 1))
    said=$folder/${source//\//_}
    if [ -e "$said" ] && [ ! -e "$said.failed" ]; then
        echo "ok $number - clang-tidy $source"
    else
        echo "not ok $number - clang-tidy $source"
        sed 's/^/# /' "$said" | head -n 40
        failed=1
    fi
done

number=$((number + 1))
said=$folder/cppcheck
# What cppcheck 2.10 gets wrong here is left to gcc, clang-tidy and the sanitizers: it does not see that a call may
# change what a pointer points to (uninitvar, returnDanglingLifetime, identicalInnerCondition), nor _Noreturn.
if cppcheck --quiet --error-exitcode=1 --inline-suppr --language=c --std=c11 -j 2 \
    --enable=warning,portability,performance \
    -D'_Noreturn=__attribute__((noreturn))' -D__GNUC__=12 -D__x86_64__ -Dnot=negated \
    --suppress=missingInclude --suppress=missingIncludeSystem --suppress=shiftNegativeLHS \
    --suppress=shiftTooManyBitsSigned \
    --suppress=uninitvar --suppress=returnDanglingLifetime --suppress=identicalInnerCondition --suppress=pointerSize \
    -Icommon common cmd >"$said" 2>&1; then
    echo "ok $number - cppcheck"
else
    echo "not ok $number - cppcheck"
    sed 's/^/# /' "$said" | head -n 60
    failed=1
fi
exit "$failed"
