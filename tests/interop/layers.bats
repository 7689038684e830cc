# The lint of common/'s layers (tests/lint/layers.sh) passes, and fails on each kind of planted fault.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    mkdir tree
    cp -r "$ROOT/common" tree/
}

# refused LINE FILE WORDS: with the line planted in the file the lint fails and says so; without it, it passes.
refused() {
    check 0 "'$ROOT/tests/lint/layers.sh' tree"
    printf '%s\n' "$1" >"tree/common/$2"
    check 1 "'$ROOT/tests/lint/layers.sh' tree"
    [[ $output == *"# common/$2:1: $3"* ]]
    rm "tree/common/$2"
}

@test "layers: an include against the order" {
    refused '#include "table/rows.h"' json/planted.c 'json may not use table/rows.h'
    refused '#include "json/json.h"' base/planted.h 'base may not use json/json.h'
    refused '#include "group/group.h"' join/planted.c 'join may not use group/group.h'
}

@test "layers: a private header from outside its folder; from a folder below it is fine" {
    refused '#include "json/walk/walk_inner.h"' table/planted.c 'json/walk/walk_inner.h is private to common/json/walk'
    refused '#include "json/walk/walk_inner.h"' json/planted.c 'json/walk/walk_inner.h is private to common/json/walk'
    echo '#include "expr/parse_inner.h"' >tree/common/expr/function/planted.c
    check 0 "'$ROOT/tests/lint/layers.sh' tree"
}

@test "layers: a folder that no layer names, and a file beside the layers" {
    mkdir tree/common/planted
    check 1 "'$ROOT/tests/lint/layers.sh' tree"
    [[ $output == *'# common/planted is no layer'* ]]
    rmdir tree/common/planted
    echo >tree/common/loose.c
    check 1 "'$ROOT/tests/lint/layers.sh' tree"
    [[ $output == *'# common/loose.c'* ]]
}
