# aland in HDFS, against a real NameNode and DataNode (scripts/hdfs).
load ../land_helper
load server

# hidden: what aland has left beside datasets.
hidden() { $D list "$U" | grep -c '^\.aland-' || true; }

@test "records land, again, in folders; nothing hidden stays" {
    lands
    same hidden "$(hidden)" 0
}

@test "--envelope: killed at 20 moments, every record is there once" {
    killed_envelope 20
    same hidden "$(hidden)" 0
}

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
