# What scripts/kafka, scripts/hdfs and scripts/s3 share: to be sourced. Servers listen on 127.0.0.1 and free ports, run
# in the background in sessions of their own, and are ended by their process ids.
# shellcheck shell=bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/atools
# shellcheck disable=SC2034 # for those that source this
loopback=127.0.0.1

fail() {
    echo "${0##*/}: $*" >&2
    exit 3
}

# jars NAME: makes sure that the jars of scripts/jars/NAME.xml are there; prints their folder.
jars() {
    local libs=$cache/$1 pom=$here/jars/$1.xml
    if ! cmp -s "$pom" "$libs/pom.xml"; then
        command -v mvn >/dev/null || fail "mvn is missing: run 'make deps'"
        mkdir -p "$cache"
        local new
        new=$(mktemp -d "$cache/$1.XXXXXX")
        mvn -B -q -ntp -f "$pom" -Dmaven.repo.local="$cache/maven" dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$new" >&2 || fail "Maven could not fetch the jars"
        cp "$pom" "$new/pom.xml"
        rm -rf "$libs"
        mv "$new" "$libs"
    fi
    echo "$libs"
}

# free_ports N: prints N ports nobody listens on.
free_ports() {
    python3 - "$1" <<'PY'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
PY
}

# living PID: it runs. One that has ended counts as gone, also while nobody has asked how (a zombie).
living() {
    local state
    state=$(ps -o stat= -p "$1" 2>/dev/null) && [[ $state != Z* ]]
}

# alive PIDFILE
alive() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && living "$pid"
}

# background PIDFILE LOG COMMAND…
background() {
    local pidfile=$1 log=$2
    shift 2
    setsid "$@" >>"$log" 2>&1 </dev/null 3>&- 4>&- &
    echo $! >"$pidfile"
}

# await PIDFILE LOG COMMAND…: waits until the command succeeds: seconds, on a busy machine many.
await() {
    local pidfile=$1 log=$2 until=$((SECONDS + 180))
    shift 2
    while [ "$SECONDS" -lt "$until" ]; do
        if "$@" >/dev/null 2>&1; then return 0; fi
        alive "$pidfile" || break
        sleep 0.05
    done
    tail -20 "$log" >&2
    fail "the server did not start, see $log"
}

# end PIDFILE: SIGTERM, up to 20 s, then SIGKILL.
end() {
    local pid
    pid=$(cat "$1" 2>/dev/null) || return 0
    if kill "$pid" 2>/dev/null; then
        for _ in $(seq 400); do
            living "$pid" || break
            sleep 0.05
        done
        kill -9 "$pid" 2>/dev/null || true
    fi
    rm -f "$1"
}

# stop_arguments DEFAULT [--wipe] [DIR]: sets dir (absolute) and wipe.
# shellcheck disable=SC2034 # for the caller
stop_arguments() {
    wipe=no
    dir=$1
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        --wipe) wipe=yes ;;
        -*) usage >&2; exit 2 ;;
        *) dir=$1 ;;
        esac
        shift
    done
    dir=$(realpath -m "$dir")
}
