#!/bin/bash
# TAP: layers.sh [TREE]: each folder of common/ includes only folders left of it, and no one a folder's
# *_inner.h from outside.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
# folder: those it may use besides itself. A new layer is a line here, and one in ARCHITECTURE.md.
layers='base:
json: base
frame: base json
value: base json
expr: base json value
parquet: base json value
delta: base json value parquet
table: base json frame value expr parquet delta
group: base json frame value expr table
over: base json frame value expr table group
profile: base json frame value expr table group
join: base json frame value expr table
sql: base json frame value expr table group over join
jq: base json value
slice: base json frame value expr jq
log: base json
load: base json log
store: base json
serve: base json frame value expr parquet table
dataset: base json frame value expr parquet delta table store'
wrong=$(grep -rn '^#include "' common --include='*.[ch]' | awk -F'[:"]' -v layers="$layers" '
    BEGIN { n = split(layers, line, "\n"); for (i = 1; i <= n; i++) { k = split(line[i], word, /:? +|:/)
        for (j = 1; j <= k; j++) may[word[1], word[j]] = 1 } }
    { split($1, at, "/"); split($4, to, "/")
      folder = $1; sub(/^common\//, "", folder); sub(/\/[^\/]*$/, "", folder); inner = $4; sub(/\/[^\/]*$/, "", inner) }
    !((at[2], to[1]) in may) { print $1 ":" $2 ": " at[2] " may not use " $4 }
    $4 ~ /_inner\.h$/ && index(folder "/", inner "/") != 1 { print $1 ":" $2 ": " $4 " is private to common/" inner }')
unlisted=$(for folder in common/*/; do folder=$(basename "$folder"); grep -q "^$folder:" <<<"$layers" ||
    echo "common/$folder is no layer"; done
    find common -maxdepth 1 -type f)
echo 1..1
[ -z "$wrong$unlisted" ] && echo 'ok 1 - layers' && exit 0
echo 'not ok 1 - layers'
printf '%s\n' "$wrong" "$unlisted" | sed '/^$/d; s/^/# /'
exit 1
