# aland --strict on datasets that are there.
load ../helper

@test "--strict on what is there: its schema is what records must fit, and what new files are written in" {
    schema='n INT, s STRUCT<x: BIGINT, l: ARRAY<STRING>>, day DATE, f DECIMAL(6,2), m MAP<STRING, BIGINT>, r FLOAT'
    one='{"n":1,"s":{"x":1,"l":["a"]},"day":"2020-01-02","f":1.50,"m":{"k":1},"r":0.5}'
    check 0 "aland -q -d D --schema '$schema' <<<'$one'"
    check 0 "aland -q -d D --mode append --strict <<<'{\"s\":{\"x\":2},\"day\":\"1500-02-28\",\"m\":{\"new\":2}}'"
    check 0 "aread D | grep 1500"
    same rows "$output" '{"s":{"x":2},"day":"1500-02-28","m":{"new":2}}'
    for bad in '{"n":1.5}|n: expected a whole number of 32 bits, not 1.5' \
        '{"n":1,"s":{"x":"2"}}|s.x: expected a whole number of 64 bits, not "2"' \
        '{"s":{"x":1,"y":1}}|s.y: not in the schema' '{"new":1}|new: not in the schema' \
        '{"day":"soon"}|day: expected a date, not "soon"'; do
        printf '%s\n' '{"n":7}' "${bad%%|*}" >in
        check 1 "aland -d D --mode append --strict in"
        same "$bad" "$errors" "aland: in:2: byte 1: ${bad#*|}"
    done
    check 0 "aland -q -d D --mode append --strict --bad rest in && cat rest && aread D | grep 7"
    same rest "$output" $'{"day":"soon"}\n{"n":7}'
    check 0 "aread D | wc -l; ls D | grep -c part"
    same nothing "$output" $'3\n3'
    # steps and messages, too
    message='{"value":"{\"n\":1}","topic":"t","partition":0,"offset":0}'
    printf '%s\n' "$message" "${message/:1/:1.5}" | sed '2s/:0}$/:1}/' >messages
    check 1 "aland -d D --envelope --strict messages"
    same message "$errors" "aland: messages:2: byte 1: n: expected a whole number of 32 bits, not 1.5"
    check 1 "aland -d D --mode append --every 1h --strict in"
    same step "$errors" 'aland: in:2: byte 1: day: expected a date, not "soon"'
}

@test "--strict on what is there: folders by columns, files that differ, no files, other types" {
    check 0 "aland -q -d P --partition-by a,b <<<'{\"a\":1,\"b\":\"x\",\"c\":1.5}'"
    check 0 "aland -q -d P --mode append --strict --partition-by a,b <<<'{\"a\":2,\"b\":\"y\",\"c\":2}'"
    check 0 'aread P | sort'
    same rows "$output" $'{"c":1.5,"a":1,"b":"x"}\n{"c":2.0,"a":2,"b":"y"}'
    check 1 "aland -d P --mode append --strict --partition-by a,b <<<'{\"a\":\"z\",\"b\":\"y\",\"c\":2}'"
    same type "$errors" 'aland: stdin:1: byte 1: a: expected a whole number of 64 bits, not "z"'
    check 2 "aland -d P --mode append --strict <<<'{\"a\":2,\"b\":\"y\",\"c\":2}'"
    same parted "$errors" 'aland: --strict: P has folders by columns: give --partition-by a,b'
    check 0 "aland -q -d D <<<'{\"a\":1,\"s\":{\"x\":1}}'"
    check 0 "aland -q -d D --mode append <<<'{\"a\":1,\"s\":{\"x\":2,\"y\":true}}'"
    check 0 "aland -q -d D --mode append --strict <<<'{\"s\":{\"y\":false}}' && aread D | wc -l"
    same merged "$output" 3
    check 2 "aland -d D --mode append --strict --partition-by a <<<'{\"a\":1}'"
    same none "$errors" 'aland: --strict: D has no folders by columns: leave --partition-by out'
    check 0 "aland -q -d D --mode append <<<'{\"s\":{\"y\":\"text\"}}'"
    check 2 "aland -d D --mode append --strict <<<'{}'"
    [[ $errors == 'aland: --strict: D/part-'*': column s.y has another type than in files before it: give --schema' ]]
    check 2 "aland -d E --mode append --strict <<<'{}'"
    same none "$errors" 'aland: --strict: there is no schema yet that records could be held against: give --schema'
    check 2 "aland -d P --mode overwrite --strict <<<'{}'"
    same replaced "$errors" 'aland: --strict: there is no schema yet that records could be held against: give --schema'
    check 0 "aland -q -d N -T ndjson <<<'{\"a\":1}'"
    check 1 "aland -d N --mode append --strict <<<'{}'"
    [[ $errors == 'aland: N/part-'*'.ndjson.gz: '* ]]
}
