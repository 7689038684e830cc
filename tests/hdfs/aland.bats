# aland in HDFS, against a real NameNode and DataNode (scripts/hdfs).
load ../land_helper
load server

# hidden: what aland has left beside datasets.
hidden() { $D list "$U" | grep -c '^\.aland-' || true; }

@test "records land, again, in folders; nothing hidden stays" {
    lands
    same hidden "$(hidden)" 0
}

@test "--envelope: killed at 60 moments, every record is there once" {
    killed_envelope 60
    same hidden "$(hidden)" 0
}

@test "Delta tables: written, read, by several at a time" { lands_delta; }

@test "Delta tables: killed at 60 moments, every record is there once" { killed_delta 60; }

@test "killed in the middle: nothing can be read, the next one cleans up" {
    mkfifo pipe
    aland -d "$U/d" pipe 3>&- &
    pid=$!
    exec 5>pipe
    eventually test "$(hidden)" != 0
    kill -9 $pid
    wait $pid || true
    exec 5>&-
    same hidden "$(hidden)" 1
    same nothing "$($D stat "$U/d")" no
    check 0 "echo '{\"n\":1}' | aland -d '$U/d'"
    same hidden "$(hidden)" 0
}

@test "the NameNode is killed while records are written: status 3, nothing appears, and it can be done again" {
    mkfifo pipe
    aland -d "$U/d" pipe 2>said 3>&- &
    pid=$!
    exec 5>pipe
    messages 0 999 >&5
    kill -9 "$(cat "$HDFS_DIR/namenode/pid")"
    exec 5>&-
    got=0
    wait $pid || got=$?
    same status "$got" 3
    [[ $(<said) == "aland: $U/"* ]]
    "$ROOT/scripts/hdfs" start "$HDFS_DIR" >&2
    same nothing "$($D stat "$U/d")" no
    # the DataNode has to find the new NameNode
    eventually bash -c 'echo 1 | $D put "$U/probe"'
    check 0 "echo '{\"n\":1}' | aland -d '$U/d'"
    same files "$($D dataset "$U/d" | wc -l)" 1
}

@test "the NameNode is killed while a Delta table is added to: status 3, its version stays, and it can be done again" {
    check 0 "echo '{\"n\":1}' | aland --delta -d '$U/d'"
    mkfifo pipe
    aland -d "$U/d" --mode append pipe 2>said 3>&- &
    pid=$!
    exec 5>pipe
    echo '{"n":2}' >&5
    kill -9 "$(cat "$HDFS_DIR/namenode/pid")"
    exec 5>&-
    got=0
    wait $pid || got=$?
    same status "$got" 3
    "$ROOT/scripts/hdfs" start "$HDFS_DIR" >&2
    eventually bash -c 'echo 1 | $D put "$U/probe"'
    check 0 "aread '$U/d'; echo '{\"n\":2}' | aland -q -d '$U/d' --mode append; aread '$U/d' | wc -l"
    same rows "$output" $'{"n":1}\n2'
}
