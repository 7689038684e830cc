# Each suite has a server of its own: an S3 server (scripts/s3). $U is a folder in it for each test.
# To be loaded behind the helper.
setup_file() {
    S3_DIR=$ROOT/run/test-s3-$(basename "$BATS_TEST_FILENAME" .bats)-$$
    export S3_DIR
    "$ROOT/scripts/s3" start "$S3_DIR" >&2
}

teardown_file() { "$ROOT/scripts/s3" stop --wipe "$S3_DIR"; }

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    # shellcheck source=/dev/null
    . "$S3_DIR/environment"
    U=s3://atools/test-$BATS_TEST_NUMBER
    export U
}
