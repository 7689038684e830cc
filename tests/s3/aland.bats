# aland in S3, against a real server (scripts/s3).
load ../land_helper
load server

@test "records land, again, in folders" { lands; }

@test "--envelope: killed at 30 moments, every record is there once" { killed_envelope 30; }

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
