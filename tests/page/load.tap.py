#!/usr/bin/env python3
"""TAP: aserve under hostile load: a thousand readers who do not read, ten thousand connections, requests that never
end. It goes on reading its rows and answers others meanwhile, and its memory stays small."""
import json
import resource
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

from browser import Table, eventually, run

SLOW_READERS, CONNECTIONS, AT_ONCE = 1000, 10000, 4000
MEMORY_MAX_MB = 400


def get(table, path, seconds=20):
    with urllib.request.urlopen(table.url + path.lstrip("/"), timeout=seconds) as answer:
        return answer.read().decode()


def metric(table, name):
    for line in get(table, "/metrics").split("\n"):
        if line.startswith("aserve_" + name + " "):
            return float(line.split()[1])
    raise AssertionError("no metric " + name)


def memory_mb(table):
    with open("/proc/%d/status" % table.process.pid, encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def connect(table, receive_buffer=None):
    made = socket.socket()
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.settimeout(20)
    made.connect(("127.0.0.1", table.port))
    return made


def still_answers(table, most=5.0):
    """In a few seconds, even on a busy machine; one who is told that too many queries wait asks again."""
    begun = time.monotonic()
    rows = None
    while rows is None:
        try:
            rows = json.loads(get(table, "/rows?where=n%20is%20not%20null&limit=1"))
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() - begun > most:
                raise
            time.sleep(0.1)
    took = time.monotonic() - begun
    if len(rows) != 1 or took > most:
        raise AssertionError("%d rows in %.1f s" % (len(rows), took))


def with_table(test, *options):
    table = Table("-k", "id", *options)
    made = []
    try:
        table.send('{"id":0,"n":0}')
        eventually("a row", lambda: metric(table, "rows") == 1)
        test(table, made)
        if memory_mb(table) > MEMORY_MAX_MB:
            raise AssertionError("%d MB of memory" % memory_mb(table))
        if table.process.poll() is not None:
            raise AssertionError("it ended")
    finally:
        for one in made:
            one.close()
        table.close()


def slow_readers():
    """a thousand readers of events who read nothing are dropped, rows go on at full speed, one who reads gets all"""
    def test(table, made):
        for _ in range(SLOW_READERS - 1):
            reader = connect(table, 4096)
            reader.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            made.append(reader)
        eventually("all of them", lambda: metric(table, "readers") == SLOW_READERS - 1)
        good = urllib.request.urlopen(table.url + "events", timeout=60)
        seen = []

        def read():
            for line in good:
                if b'"n":' in line:
                    seen.append(line)
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        text = "x" * 1000
        begun = time.monotonic()
        for n in range(1, 30001):
            table.send('{"id":%d,"n":%d,"text":"%s"}' % (n % 1000, n, text))
            if n % 5000 == 0:  # one who reads, but in Python: not at the speed of what comes
                eventually("the good reader", lambda n=n: len(seen) >= n)
        eventually("all rows read", lambda: metric(table, "puts_total") == 30001)
        took = time.monotonic() - begun
        eventually("the good reader has seen all", lambda: len(seen) >= 30000)
        still_answers(table)
        eventually("dropped", lambda: metric(table, "readers") < SLOW_READERS / 10)
        print("# 30000 rows past %d readers in %.1f s, %d MB" % (SLOW_READERS, took, memory_mb(table)))
    with_table(test, "--window", "16M")


def connections():
    """ten thousand connections that say nothing, thousands at once: others are answered meanwhile"""
    def test(table, made):
        worst = 0.0
        for i in range(CONNECTIONS):
            made.append(connect(table))
            if len(made) > AT_ONCE:
                made.pop(0).close()
            if i % 1000 == 999:
                begun = time.monotonic()
                still_answers(table)
                worst = max(worst, time.monotonic() - begun)
        print("# slowest answer among them: %.2f s, %d dropped" % (worst, metric(table, "connections_dropped_total")))
        if metric(table, "connections_total") < CONNECTIONS:
            raise AssertionError("not all came")
    with_table(test)


def half_requests():
    """fifteen hundred requests that never end, and bytes that drip: dropped in time"""
    def test(table, made):
        for i in range(1500):
            slow = connect(table)
            slow.sendall(b"GET /rows HTTP/1.1\r\nHost: localhost\r\nX-%d: " % i)
            made.append(slow)
        still_answers(table)
        end = time.monotonic() + 40
        while metric(table, "connections") > 20:
            if time.monotonic() > end:
                raise AssertionError("%d are still there" % metric(table, "connections"))
            for slow in made[:50]:
                try:
                    slow.sendall(b"x")
                except OSError:
                    pass
            time.sleep(1)
    with_table(test)


def hostile_queries():
    """queries that would take for ever, from many at once: each has its time, the others their answers"""
    def test(table, made):
        slow = "/rows?where=size(transform(sequence(1,3000000),x-%3Esize(sequence(1,30000))))%3E1"
        codes = []

        def ask():
            try:
                get(table, slow, 60)
                codes.append(200)
            except urllib.error.HTTPError as error:
                codes.append(error.code)
        askers = [threading.Thread(target=ask) for _ in range(80)]
        for asker in askers:
            asker.start()
        begun = time.monotonic()
        if get(table, "/rows/0") != '{"id":0,"n":0}\n' or time.monotonic() - begun > 3:
            raise AssertionError("a row took %.1f s" % (time.monotonic() - begun))
        for asker in askers:
            asker.join()
        if codes != [503] * 80:
            raise AssertionError(str(codes))
        still_answers(table)
        del made
    with_table(test, "--query-time", "100")


def nonsense():
    """bytes of any kind, thousands of times"""
    def test(table, made):
        pieces = [b"\0" * 300, b"GET " + b"/" * 40000, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 9000, b"\xff\xfe\r\n\r\n",
                  b"GET /rows/%00%ff%2f..%2f HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /rows HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 99999999999999999999\r\n\r\n" + b"x" * 5000, b"GET /events HTTP/1.0\r\n\r\n",
                  b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /rows?" + b"where=1&" * 3000 + b" HTTP/1.1\r\n\r\n",
                  b"GET /rows?where=" + b"(" * 30000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"]
        for i in range(2000):
            one = connect(table)
            try:
                one.sendall(pieces[i % len(pieces)])
            except OSError:
                pass
            made.append(one)
            if len(made) > 300:
                made.pop(0).close()
        still_answers(table, 20)
    with_table(test)


def limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = AT_ONCE + 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


limit()
sys.exit(run([slow_readers, connections, half_requests, hostile_queries, nonsense]))
