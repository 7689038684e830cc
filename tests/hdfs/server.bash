# Each suite has an HDFS of its own, a NameNode and a DataNode (scripts/hdfs); $U is a folder in it for each test.
# To be loaded behind the helper.
hdfs_options=() # of its start
setup_file() {
    HDFS_DIR=$ROOT/run/test-hdfs-$(basename "$BATS_TEST_FILENAME" .bats)-$$
    export HDFS_DIR
    "$ROOT/scripts/hdfs" start "${hdfs_options[@]}" "$HDFS_DIR" >&2
    [ ! -e "$HDFS_DIR/kdc" ] || export KRB5_CONFIG=$HDFS_DIR/kdc/krb5.conf
    HDFS=$(cat "$HDFS_DIR/webhdfs")
    export HDFS
}

teardown_file() { "$ROOT/scripts/hdfs" stop --wipe "$HDFS_DIR"; }

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    U=$HDFS/test-$BATS_TEST_NUMBER
    export U
}
