# Stores in S3, against a real server (scripts/s3).
load ../store_helper
load server

@test "files of 0 bytes, one, a piece, 50 MB: written, read, replaced" { files_of_all_sizes; }
@test "names with blanks, umlauts, percent, plus" { odd_names; }
@test "2500 files in a folder; a dataset's files" { many_files; }
@test "put if absent: one of eight at a time wins" { one_of_eight_wins; }
@test "what is not there" {
    no_such_thing
    check 3 "$D list s3://no-such-bucket/a"
    [[ $errors == "store_driver: s3://no-such-bucket/a/: cannot list: 404 NoSuchBucket: "* ]]
}

@test "the server is killed while a file is written: status 3, and nothing of it is there" {
    # shellcheck disable=SC2016 # evaluated there
    dies_in_the_middle 'kill -9 "$(cat "$S3_DIR/pid")"' '"$ROOT/scripts/s3" start "$S3_DIR" >&2'
}

@test "keys: wrong ones are named, none are named, those of a profile work" {
    check 3 "AWS_SECRET_ACCESS_KEY=wrong $D list s3://atools"
    [[ $errors == 'store_driver: s3://atools/: cannot list: 403 SignatureDoesNotMatch: '* ]]
    [[ $errors == *'; are the keys right (AWS_SECRET_ACCESS_KEY, AWS_PROFILE)?' ]]
    check 3 "AWS_SECRET_ACCESS_KEY=wrong $D stat $U/a"
    [[ $errors == "store_driver: $U/a: cannot look at it: 403 SignatureDoesNotMatch: "* ]]
    check 3 "AWS_ACCESS_KEY_ID=nobody $D stat $U/a"
    [[ $errors == "store_driver: $U/a: cannot look at it: 40"*'; are the keys right (AWS_ACCESS_KEY_ID, AWS_PROFILE)?' \
        ]] || same message "$errors" keys
    key=$AWS_ACCESS_KEY_ID secret=$AWS_SECRET_ACCESS_KEY endpoint=$AWS_ENDPOINT_URL
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL
    export HOME=$PWD
    check 2 "$D list s3://atools"
    [[ $errors == *'no keys for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile'* ]]
    mkdir .aws
    printf '[default]\naws_access_key_id = other\n[lake]\naws_access_key_id = %s\naws_secret_access_key=%s\n' "$key" \
        "$secret" >.aws/credentials
    printf '[profile lake]\nendpoint_url = %s\n' "$endpoint" >.aws/config
    echo here | AWS_PROFILE=lake $D put "$U/a"
    same 'with a profile' "$(AWS_PROFILE=lake $D get "$U/a")" here
    check 2 "AWS_PROFILE=none $D get $U/a"
    [[ $errors == *"AWS_PROFILE: there is no profile 'none'"* ]]
}

@test "no such host, nobody there: named, status 3" {
    check 3 "AWS_ENDPOINT_URL=http://no-such-host.invalid $D stat $U/a"
    [[ $errors == *"$U/a: cannot look at it: could not resolve host: no-such-host.invalid"* ]]
    check 3 "AWS_ENDPOINT_URL=http://127.0.0.1:9 $D stat $U/a"
    [[ $errors == *"$U/a: cannot look at it: "*"127.0.0.1 port 9"*' (tried 4 times)' ]]
}

@test "answers that are cut off are asked for again; one that never ends is given up" {
    head -c 3000000 /dev/urandom >wanted
    $D put "$U/a" <wanted
    proxy "${AWS_ENDPOINT_URL#http://}" cut 1000000 3
    check 0 "AWS_ENDPOINT_URL=http://$proxy $D get $U/a | cmp - wanted"
    proxy "${AWS_ENDPOINT_URL#http://}" cut 1000000
    check 3 "AWS_ENDPOINT_URL=http://$proxy $D get $U/a >out"
    [[ $errors == *"$U/a: cannot read: "*' (tried 4 times)' ]]
    proxy "${AWS_ENDPOINT_URL#http://}" stall 1000000
    check 3 "PATIENCE=2 AWS_ENDPOINT_URL=http://$proxy $D get $U/a >out"
    [[ $errors == *"$U/a: cannot read: operation too slow"*' (tried 4 times)' ]]
}
