# Stores in HDFS, against a real NameNode and DataNode (scripts/hdfs).
load ../store_helper
load server

@test "files of 0 bytes, one, a piece, 50 MB: written, read, replaced" { files_of_all_sizes; }
@test "names with blanks, umlauts, percent, plus" { odd_names; }
@test "2500 files in a folder; a dataset's files" { many_files; }
@test "put if absent: one of eight at a time wins" { one_of_eight_wins; }
@test "what is not there" { no_such_thing; }

@test "rename: a file, a folder, never onto what is there" {
    for name in a/1 b/1; do echo "$name" | $D put "$U/$name"; done
    same file "$($D rename "$U" a/1 a/2)" yes
    same onto "$($D rename "$U" a/2 b/1)" no
    same folder "$($D rename "$U" a c/d)" yes
    same onto "$($D rename "$U" c/d b)" no
    same left "$($D dataset "$U")" $'b/1\nc/d/2'
    check 3 "$D rename $U none other"
    [[ $errors == "store_driver: $U/other: cannot rename: 404 FileNotFoundException: "* ]]
}

@test "the NameNode is killed while a file is written: status 3, and nothing of it is there" {
    # shellcheck disable=SC2016 # evaluated there
    dies_in_the_middle 'kill -9 "$(cat "$HDFS_DIR/namenode/pid")"' '"$ROOT/scripts/hdfs" start "$HDFS_DIR" >&2'
}

# answers STATUS BODY: a server that gives this answer to everything; its address in $proxy. The real one,
# without Kerberos, takes any token.
answers() {
    end_proxy
    rm -f port
    STATUS=$1 BODY=$2 python3 - 3>&- <<'PY' &
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["BODY"].encode()
        with open("asked", "w") as file:
            file.write(self.path)
        self.send_response(int(os.environ["STATUS"]))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *ignored):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PY
    proxy_pid=$!
    eventually test -s port
    proxy=127.0.0.1:$(cat port)
}

@test "users: the URL's, HADOOP_USER_NAME, a token" {
    echo 1 | $D put "webhdfs://ann@${HDFS#webhdfs://}/test-users/1"
    echo 2 | HADOOP_USER_NAME=bob $D put "$HDFS/test-users/2"
    check 0 "curl -s 'http://${HDFS#webhdfs://}/webhdfs/v1/test-users?op=LISTSTATUS' |
        jq -r '.FileStatuses.FileStatus[].owner'"
    same owners "$output" $'ann\nbob'
    answers 403 '{"RemoteException":{"exception":"InvalidToken","message":"token (…) is expired\nat"}}'
    check 3 "HADOOP_TOKEN=one+1,two $D list webhdfs://$proxy/a"
    why='403 InvalidToken: token (…) is expired'
    same message "$errors" "store_driver: webhdfs://$proxy/a: cannot list: $why; \
the delegation token in HADOOP_TOKEN is not valid, or not any more"
    same asked "$(cat asked)" '/webhdfs/v1/a?op=LISTSTATUS&delegation=one%2B1'
    answers 401 ''
    check 3 "$D list webhdfs://$proxy/a"
    [[ $errors == *' answered 401; the server wants Kerberos (kinit), or a delegation token in HADOOP_TOKEN' ]]
    answers 503 ''
    check 3 "$D list webhdfs://$proxy/a"
    [[ $errors == *' answered 503 (tried 4 times)' ]]
    # a DataNode whose NameNode was away for a moment
    answers 403 '{"RemoteException":{"exception":"EOFException","message":"End of File Exception between hosts"}}'
    check 3 "$D list webhdfs://$proxy/a"
    [[ $errors == *' cannot list: 403 EOFException: End of File Exception between hosts (tried 4 times)' ]]
}

@test "no such host, nobody there, a server that is something else: named, status 3" {
    check 3 "$D stat webhdfs://no-such-host.invalid:9870/a"
    [[ $errors == \
        *'webhdfs://no-such-host.invalid:9870/a: cannot look at it: could not resolve host: no-such-host.invalid'* ]]
    check 3 "$D stat webhdfs://127.0.0.1:9/a"
    [[ $errors == *'webhdfs://127.0.0.1:9/a: cannot look at it: '*'127.0.0.1 port 9'*' (tried 4 times)' ]]
    check 2 "$D stat hdfs://127.0.0.1:9/a"
    [[ $errors == *'webhdfs://HOST:9870/PATH'* ]]
    mkdir web
    python3 -u -m http.server --bind 127.0.0.1 -d web 0 >web.log 2>&1 3>&- &
    proxy_pid=$!
    eventually grep -q 'port [0-9]' web.log
    check 3 "$D stat webhdfs://127.0.0.1:$(grep -o 'port [0-9]*' web.log | head -n 1 | tr -dc 0-9)/a"
    [[ $errors == *' answered 404' ]]
}

@test "a server that stalls is given up, one that cuts off is asked again" {
    echo 1 | $D put "$U/a"
    proxy "${HDFS#webhdfs://}" stall 20
    check 3 "PATIENCE=2 $D stat webhdfs://$proxy/${U#"$HDFS"/}/a"
    [[ $errors == *'/a: cannot look at it: operation too slow'*' (tried 4 times)' ]] || same message "$errors" slow
    proxy "${HDFS#webhdfs://}" cut 20 3
    check 0 "$D stat webhdfs://$proxy/${U#"$HDFS"/}/a"
    same size "$output" 2
}
