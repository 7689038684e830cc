#!/bin/bash
# asql-both.sh STATEMENT [NAME=SOURCE…]: what asql answers. Where asql --pipe prints a pipe, that is run too, and must
# give the same lines (in another order where nothing says which).
set -u -o pipefail
ours=$(asql "$@") || exit
pipe=$(asql --pipe "$@") || exit
if [[ $pipe != '# no pipe '* ]]; then
    theirs=$(bash -o pipefail -c "$pipe") || { echo "status $? of the pipe: $pipe" >&2; exit 1; }
    if [ "$(sort <<<"$ours")" != "$(sort <<<"$theirs")" ]; then
        { echo "the pipe gives something else:"; echo "$pipe"; echo "$theirs"; } >&2
        exit 1
    fi
fi
printf '%s\n' "$ours"
