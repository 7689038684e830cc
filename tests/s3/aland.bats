# aland in S3, against a real server (scripts/s3).
load ../land_helper
load server

@test "records land, again, in folders" { lands; }

@test "--envelope: killed at 60 moments, every record is there once" { killed_envelope 60; }

@test "Delta tables: written, read, by several at a time" { lands_delta; }

@test "Delta tables: killed at 60 moments, every record is there once" { killed_delta 60; }

@test "the server is killed while records are written: status 3, nothing appears, and it can be done again" {
    mkfifo pipe
    aland -d "$U/d" pipe 2>said 3>&- &
    pid=$!
    exec 5>pipe
    messages 0 999 >&5
    kill -9 "$(cat "$S3_DIR/pid")"
    exec 5>&-
    got=0
    wait $pid || got=$?
    same status "$got" 3
    [[ $(<said) == "aland: s3://"* ]]
    "$ROOT/scripts/s3" start "$S3_DIR" >&2
    same nothing "$($D stat "$U/d")" no
    check 0 "echo '{\"n\":1}' | aland -d '$U/d'"
    same files "$($D dataset "$U/d" | wc -l)" 1
}

@test "the server is killed while a Delta table is added to: status 3, its version stays, and it can be done again" {
    check 0 "echo '{\"n\":1}' | aland --delta -d '$U/d'"
    mkfifo pipe
    aland -d "$U/d" --mode append pipe 2>said 3>&- &
    pid=$!
    exec 5>pipe
    echo '{"n":2}' >&5
    kill -9 "$(cat "$S3_DIR/pid")"
    exec 5>&-
    got=0
    wait $pid || got=$?
    same status "$got" 3
    "$ROOT/scripts/s3" start "$S3_DIR" >&2
    check 0 "aread '$U/d'; echo '{\"n\":2}' | aland -q -d '$U/d' --mode append; aread '$U/d' | wc -l"
    same rows "$output" $'{"n":1}\n2'
}
