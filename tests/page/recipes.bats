#!/usr/bin/env bats
# The recipes of atools-lambda(7) that hand the view on, as they stand there, against the real servers: PostgreSQL,
# Redis, Prometheus, and a webhook. Each server has a free port, and is ended by its process id.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    servers=()
    atopic create -q -b file:log --config cleanup.policy=compact exam_scores
    scores '{"exam_name":"Learning \"Git\" \\ é","answers":3,"mean":0.5}' \
        '{"exam_name":"SQL","answers":1,"mean":null}' \
        '{"exam_name":"Old","answers":9,"mean":1}' '{"exam_name":"SQL","answers":2,"mean":0.25}'
}

teardown() {
    for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
    for server in "${servers[@]}"; do wait "$server" 2>/dev/null || true; done
}

# scores ROW…: told by the speed layer.
scores() {
    printf '%s\n' "$@" >>rows
    printf '%s\n' "$@" | aproduce -q -b file:log -t exam_scores --key-path exam_name --tombstone _deleted
}

# recipe NAME [PAGE]: the block of the manual behind `.\" not run: NAME, …`; B is the log here.
recipe() {
    awk -v name=".\\\\\" not run: $1," 'index($0, name) == 1 { in_it = 1; next }
        in_it && /^\.Ed/ { exit } in_it && !/^\.Bd/' "$ROOT/man/${2-atools-lambda.7}" |
        sed "s/\\\\(aq/'/g; s/\\\\(dq/\"/g; s/\\\\(ha/^/g; s/\\\\(ti/~/g; s/\\\\e/\\\\/g; s/-b B /-b file:log /"
}

# run_recipe NAME [PAGE]: once; `speed`, which it may read, gives the rows that were told.
run_recipe() {
    recipe "$@" >recipe
    [ -s recipe ]
    bash -c 'set -eu -o pipefail; speed() { cat rows; }; . ./recipe'
}

# run_sales NAME: a recipe of atools-cookbook(7), whose file is made as for the other examples.
run_sales() {
    sed -n "/^cat >sales.csv/,/^END/p" "$ROOT/tests/interop/man-examples.sh" | bash
    run_recipe "$1" atools-cookbook.7
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

@test "PostgreSQL: the table is the view, with its deletions" {
    folder=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$folder" ] || skip 'no PostgreSQL'
    folder=${folder%/initdb}
    as=()
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid postgres --regid postgres --clear-groups --)
    data=$(mktemp -d /tmp/pgXXXXXX) # its socket's path has to be short, and it may not be ours
    [ "$(id -u)" != 0 ] || chown postgres "$data"
    PGPORT=$(free_port)
    export PGHOST=127.0.0.1 PGPORT PGUSER=tester PGDATABASE=postgres
    "${as[@]}" "$folder/initdb" -D "$data/db" -U tester -A trust -E UTF8 --locale=C >initdb.log
    "${as[@]}" "$folder/postgres" -D "$data/db" -h 127.0.0.1 -p "$PGPORT" -k "$data" -F >server.log 2>&1 3>&- &
    servers+=($!)
    eventually psql -q -c 'select 1'
    psql -q -c 'create table exam_scores (exam_name text primary key, answers bigint, mean double precision)'
    table() { psql -q -At -F '|' -c 'select * from exam_scores order by 1'; }
    run_recipe PostgreSQL
    same rows "$(table)" $'Learning "Git" \\ é|3|0.5\nOld|9|1\nSQL|2|0.25'
    scores '{"exam_name":"Old","_deleted":true}' '{"exam_name":"New\tone","answers":1,"mean":0}' \
        '{"exam_name":"SQL","answers":4,"mean":null}'
    run_recipe PostgreSQL
    same 'rows then' "$(table)" $'Learning "Git" \\ é|3|0.5\nNew\tone|1|0\nSQL|4|'
    run_sales cookbook-postgresql
    same sales "$(psql -q -At -c "select count(*), sum(qty * price) from sales where day < '2024-05-03'")" '5|130.00'
    kill -INT "${servers[0]}" && wait "${servers[0]}" || true
    rm -rf "$data"
}

@test "Redis: a hash is the view, with its deletions" {
    type redis-server >/dev/null 2>&1 || skip 'no Redis'
    REDIS_PORT=$(free_port)
    export REDIS_PORT
    redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save '' --daemonize no --dir "$PWD" >server.log 2>&1 3>&- &
    servers+=($!)
    eventually redis-cli -p "$REDIS_PORT" ping
    run_recipe Redis
    get() { redis-cli --raw -p "$REDIS_PORT" hget exam_scores "$1"; }
    same value "$(get 'Learning "Git" \ é')" '{"exam_name":"Learning \"Git\" \\ é","answers":3,"mean":0.5}'
    same last "$(get SQL)" '{"exam_name":"SQL","answers":2,"mean":0.25}'
    scores '{"exam_name":"Old","_deleted":true}'
    run_recipe Redis
    same keys "$(redis-cli --raw -p "$REDIS_PORT" hlen exam_scores)" 2
    run_sales cookbook-redis
    same sold "$(redis-cli --raw -p "$REDIS_PORT" hget city:Oslo sold)" 12
}

@test "Prometheus: the view as metrics, and aserve's own, are right; a real one scrapes them" {
    type promtool >/dev/null 2>&1 || skip 'no Prometheus'
    run_recipe Prometheus
    check 0 'promtool check metrics <exam_scores.prom'
    wanted=$'exam_answers{exam_name="Learning \\"Git\\" \\\\ é"} 3\nexam_answers{exam_name="Old"} 9\n'
    same lines "$(grep -v '^#' exam_scores.prom | sort)" "$wanted"'exam_answers{exam_name="SQL"} 2'
    port=$(free_port) scraper=$(free_port)
    aserve -q -k exam_name -l "127.0.0.1:$port" rows 3>&- &
    servers+=($!)
    eventually curl -sSf "http://127.0.0.1:$port/healthz"
    curl -sSf "http://127.0.0.1:$port/metrics" >metrics
    check 0 'promtool check metrics <metrics'
    printf '%s\n' 'global: {scrape_interval: 1s}' 'scrape_configs:' "- job_name: aserve
  static_configs: [{targets: ['127.0.0.1:$port']}]" >prometheus.yml
    prometheus --config.file prometheus.yml --storage.tsdb.path data --web.listen-address "127.0.0.1:$scraper" \
        >server.log 2>&1 3>&- &
    servers+=($!)
    scraped() { [ "$(curl -sS "http://127.0.0.1:$scraper/api/v1/query?query=aserve_rows" |
        aslice -r '.data.result[0].value[1]')" = 3 ]; }
    eventually scraped
}

@test "a webhook: each row that changed is posted, again until it is taken" {
    cat >hook.py <<'X'
import http.server, sys
tries = 0
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global tries
        tries += 1
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(503 if tries % 3 == 1 else 204)
        self.end_headers()
        if tries % 3 != 1:
            print(self.headers["Content-Type"], body, file=open("posted", "a", encoding="utf-8"))
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
X
    port=$(free_port)
    export HOOK=http://127.0.0.1:$port/scores
    python3 hook.py "$port" 3>&- &
    servers+=($!)
    eventually bash -c "</dev/tcp/127.0.0.1/$port"
    run_recipe webhook
    same posted "$(cat posted)" "$(sed 's/^/application\/json /' rows)"
}
