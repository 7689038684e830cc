#!/usr/bin/env python3
"""TAP: lets every call of the tools fail, one at a time (shim.c), and holds what comes out against what is right.

    faults.tap.py [--all] [-k TEXT] [--shim FILE]

For each command below and each kind of call: how many such calls a run makes is counted, then the n-th fails, for each
n (some thirty of them, spread, without --all). Allowed is
  - the right output and status 0, and the files it leaves are right;
  - or a status of 1 to 3 with a message, nothing on stdout that is no beginning of the right output (but with --table:
    the rows before the fault get a frame of their own).
Never: a signal, a hang, a wrong output with status 0, an error without a word. EINTR and EAGAIN where the call may be
asked again must not be seen at all. Prints a line a command with the faults tried; at the end their sum.
"""
import argparse
import errno
import glob
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 60  # seconds that no run may take, on a busy machine either

# kind of call: the errors that it may give; "transient" ones must not be seen
CALLS = {
    "open": ([errno.EACCES, errno.EMFILE, errno.EIO], [errno.EINTR]),
    "read": ([errno.EIO], [errno.EINTR]),
    "pread": ([errno.EIO], [errno.EINTR]),
    "write": ([errno.ENOSPC, errno.EIO], [errno.EINTR]),
    "pwrite": ([errno.ENOSPC, errno.EIO], [errno.EINTR]),
    "close": ([errno.EIO], []),
    "fsync": ([errno.EIO], []),
    "malloc": ([errno.ENOMEM], []),
    "mmap": ([errno.ENOMEM], []),
    "thread": ([errno.EAGAIN], []),
    "rename": ([errno.EIO], []),
    "unlink": ([errno.EIO], []),
    "truncate": ([errno.EIO], []),
    "stat": ([errno.EIO], []),
    "opendir": ([errno.EIO, errno.EMFILE], []),
    "readdir": ([errno.EIO], []),
    "flock": ([errno.ENOLCK], [errno.EINTR]),
    "pipe": ([errno.EMFILE], []),
    "poll": ([errno.ENOMEM], [errno.EINTR]),
    "seek": ([errno.EIO], []),
    "mkdir": ([errno.ENOSPC], []),
}

# name: what is made ready in the folder, the command (the tool under fault runs alone, first word), its stdin, and what
# is to be seen afterwards besides stdout (a command without faults)
COMMANDS = {
    "aslice, file": ("", "aslice .a.b lines", None, None),
    "aslice, array": ("", "aslice '.[].a' array", None, None),
    "aslice, stdin": ("", "aslice -c .", "lines", None),
    "aslice, gzip": ("", "aslice .a lines.gz", None, None),
    "aslice, --bad FILE": ("cat lines broken >in", "aslice --bad aside .a in", None, "cat aside"),
    "aslice, where": ("", "aslice -w 'n > 500' .a lines", None, None),
    "aflatten": ("", "aflatten 'a.b, n' lines", None, None),
    "aflatten, star": ("", "aflatten '*' lines", None, None),
    "aflatten, TSV": ("", "aflatten 'k, n + 1 as m' table", None, None),
    "aflatten, order": ("", "aflatten -o 'n desc' 'n, a.b' lines", None, None),
    "aflatten, order, spilled": ("", "aflatten --memory 1M -o 'k desc, n' 'k, n' large", None, None),
    "aflatten, explode": ("", "aflatten -e 'l as x' 'n, x' lines", None, None),
    "aflatten, schema": ("", "aflatten --schema lines", None, None),
    "aflatten, table": ("", "aflatten --table n lines", None, None),
    "aagg": ("", "aagg -g k 'count(*) as n, sum(n) as s, count(distinct n) as d' lines", None, None),
    "aagg, spilled": ("", "aagg --memory 1M -g n 'count(*) as c, max(k) as m' large", None, None),
    "aagg, partial": ("", "aagg --partial -g k 'avg(n) as a' lines", None, None),
    "aagg, merge": ("aagg --partial -g k 'avg(n) as a' lines >state", "aagg --merge -g k 'avg(n) as a' state state",
                    None, None),
    "ajoin": ("", "ajoin -k k '*' table other", None, None),
    "ajoin, full, ordered": ("", "ajoin --full -o 'k, n' -k k 'k, n, v' table other", None, None),
    "ajoin, spilled": ("", "ajoin --memory 1M -k n 'n, l.k as a, r.k as b' large large", None, None),
    "aflatten, windows": ("", "aflatten 'k, n, rank() over (partition by k order by n desc) as r' lines", None, None),
    "aflatten, windows, spilled": (
        "", "aflatten --memory 1M 'k, n, row_number() over (partition by k order by n) as r' large", None, None),
    "aflatten, to Parquet": ("", "aflatten -T parquet 'k, n, a, l' lines", None, None),
    "aflatten, CSV": ("tr '\\t' , <table >table.csv", "aflatten -T csv 'k, n' table.csv", None, None),
    "aagg, Parquet": ("aflatten -T parquet 'k, n' lines >columns", "aagg -g k 'count(*) as c, sum(n) as s' columns",
                      None, None),
    "asql": ("", "asql 'select k, count(*) as c from t where n > 10 group by k order by c desc, k' t=lines", None,
             None),
    "asql, join": ("", "asql 'select a.k, b.v, a.n from a join b on a.k = b.k order by n' a=table b=other", None, None),
    "aland": ("", "aland -q -d D lines", None, "aread -q D"),
    "aland, append": ("aland -q -d D lines", "aland -q --mode append -d D few.json", None, "aread -q D | sort"),
    "aland, Delta": ("aland -q --delta -d D few.json", "aland -q --delta --mode append -d D lines", None,
                     "aread -q D | sort"),
    "aland, envelope": ("aproduce -q -b file:log -t t lines; aconsume -b file:log -t t -J >messages",
                        "aland -q --envelope -d D messages", None, "aread -q D; aland --offsets -d D"),
    "aread": ("aland -q -d D lines", "aread -q -c 'k, n' -w 'n > 500' D", None, None),
    "aread, list": ("aland -q -d D lines", "aread --schema D", None, None),
    "aread, raw": ("", "aread --raw --lines 100-900 lines", None, None),
    "aserve": ("", "aserve -q -k n --exit-at-end --snapshot kept -l 127.0.0.1:0 lines", None, None),
    "aproduce": ("", "aproduce -b file:log -t t lines", None, "aconsume -q -b file:log -t t"),
    "aproduce, behind others": ("aproduce -q -b file:log -t t lines", "aproduce -b file:log -t t few", None,
                                "aconsume -q -b file:log -t t"),
    "aproduce, gzip": ("", "aproduce -z gzip -b file:log -t t lines", None, "aconsume -q -b file:log -t t"),
    "aproduce, transaction": ("", "aproduce --transaction -b file:log -t t lines", None,
                              "aconsume -q -b file:log -t t"),
    "aproduce, once": ("", "aproduce --once a --once-batch 100 -b file:log -t t lines", None,
                       "aconsume -q -b file:log -t t"),
    "aproduce, rejects": (
        "",
        "aproduce --rejects aside -b file:log -t t lines",
        None,
        # what could not be confirmed may be in both; in the order of the input
        "{ cat aside; aconsume -q -b file:log -t t; } | sort -u -t: -k3n"),
    "aconsume": ("aproduce -q -b file:log -t t lines", "aconsume -b file:log -t t", None, None),
    "aconsume, gzip": ("aproduce -q -z gzip -b file:log -t t lines", "aconsume -b file:log -t t", None, None),
    "aconsume, template": ("aproduce -q -b file:log -t t few", "aconsume -f '%o %s\\n' -b file:log -t t", None, None),
    "aconsume, group": ("aproduce -q -b file:log -t t lines", "aconsume -g g -b file:log -t t", None, None),
    "atopic create": ("", "atopic create -b file:log --partitions 2 t", None, "atopic describe -b file:log t"),
    "atopic list": ("aproduce -q -b file:log -t t few", "atopic list -b file:log", None, None),
    "atopic describe": ("atopic create -q -b file:log t", "atopic describe -b file:log t", None, None),
    "atopic offsets": ("aproduce -q -b file:log -t t few", "atopic offsets -b file:log t", None, None),
    "atopic lag": ("aproduce -q -b file:log -t t few; aconsume -b file:log -t t -g g >/dev/null",
                   "atopic lag -b file:log g", None, None),
    "atopic groups": ("aproduce -q -b file:log -t t few; aconsume -b file:log -t t -g g >/dev/null",
                      "atopic groups -b file:log", None, None),
    "atopic reset": ("aproduce -q -b file:log -t t few; aconsume -b file:log -t t -g g >/dev/null",
                     "atopic reset -b file:log -o 1 g", None, "atopic lag -b file:log g"),
    "atopic delete": ("aproduce -q -b file:log -t t few", "atopic delete -b file:log t", None,
                      "atopic list -b file:log"),
}
# Commands that add to a log: with a fault, what is there must be a beginning of the right content (whole batches),
# after one more run of --once exactly it. The others leave nothing but the right thing.
ADDS = ("aproduce",)


def make_inputs(folder):
    with open(folder + "/lines", "w") as file:
        for n in range(1000):
            file.write('{"k":"k%d","n":%d,"a":{"b":"text %d"},"l":[%d,null,%d]}\n' % (n % 7, n, n, n, n + 1))
    with open(folder + "/array", "w") as file:
        file.write("[" + ",".join('{"a":%d,"t":"%s"}' % (n, "x" * 300) for n in range(2000)) + "]")
    with open(folder + "/few", "w") as file:
        file.write("one\ntwo\nthree\n")
    with open(folder + "/few.json", "w") as file:
        file.write('{"k":"few","n":-1}\n{"k":"fewer","n":-2}\n')
    with open(folder + "/broken", "w") as file:
        file.write('{"a":\n{"a":1}\n')
    with open(folder + "/table", "w") as file:
        file.write("k\tn\n" + "".join("k%d\t%d\n" % (n % 300, n) for n in range(1000)))
    with open(folder + "/other", "w") as file:
        file.write("k\tv\n" + "".join("k%d\tv%d\n" % (n, n) for n in range(200, 400)))
    with open(folder + "/large", "w") as file:
        file.write("k\tn\n" + "".join("key %d of some length\t%d\n" % (n * 7919 % 5003, n) for n in range(60000)))
    subprocess.run(["gzip", "-k", folder + "/lines"], check=True)


class Command:
    def __init__(self, name, inputs, shim):
        self.name = name
        self.ready, self.command, self.stdin, self.after = COMMANDS[name]
        self.inputs, self.shim = inputs, shim
        self.tried = self.told = self.unseen = 0
        self.wrong = []

    def run(self, fault=None):
        """One run in a fresh folder: (status, stdout, stderr, what is to be seen afterwards, counts)."""
        with tempfile.TemporaryDirectory(prefix="atools-fault-") as folder:
            for path in glob.glob(self.inputs + "/*"):
                os.symlink(path, os.path.join(folder, os.path.basename(path)))
            plain = dict(os.environ,
                         PATH=os.environ.get("ATOOLS_BIN", ROOT + "/bin") + ":" + os.environ["PATH"],
                         LC_ALL="C.UTF-8",
                         TMPDIR=folder,
                         TZ="UTC")
            if self.ready:
                subprocess.run(["bash", "-c", self.ready], cwd=folder, env=plain, check=True, stdin=subprocess.DEVNULL)
            faulty = dict(plain, FAULT_COUNTS=folder + "/.counts", LD_PRELOAD=self.shim)
            if fault:
                faulty["FAULT"] = fault
            stdin = open(os.path.join(folder, self.stdin)) if self.stdin else subprocess.DEVNULL
            tool = subprocess.Popen(["bash", "-c", "exec env LD_PRELOAD=$SHIM " + self.command],
                                    cwd=folder,
                                    stdin=stdin,
                                    env=dict(faulty, SHIM=self.shim, LD_PRELOAD=""),
                                    stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
            try:
                out, errors = tool.communicate(timeout=LIMIT)
                status = tool.returncode
            except subprocess.TimeoutExpired:
                tool.kill()
                out, errors = tool.communicate()
                status = "hangs"
            seen = b""
            if self.after:
                seen = subprocess.run(["bash", "-c", self.after], cwd=folder, env=plain, stdin=subprocess.DEVNULL,
                                      capture_output=True).stdout
            counts = {}
            if os.path.exists(folder + "/.counts"):
                for line in open(folder + "/.counts"):
                    call, count = line.split()
                    counts[call] = counts.get(call, 0) + int(count)
            return status, out, errors, seen, counts

    def judge(self, fault, transient, right, got):
        status, out, errors, seen, counts = got
        said = " ".join(errors.decode("utf-8", "replace").split())[:200]
        if counts and not counts.get("failed"):
            return False
        self.tried += 1
        adds = self.command.startswith(ADDS)
        wrong = None
        if status == "hangs":
            wrong = "hangs"
        elif status < 0 or status > 3:
            wrong = "status %d: %s" % (status, said)
        elif status == 0 and (out != right[1] or seen != right[3]):
            wrong = "wrong output with status 0: %s" % said
        elif status != 0 and transient:
            wrong = "%s is seen, status %d: %s" % (transient, status, said)
        elif status != 0 and not errors.strip():
            wrong = "status %d without a word" % status
        elif status != 0 and not right[1].startswith(out) and "--table" not in self.command:
            wrong = "status %d, and stdout is no beginning of the right one: %s" % (status, said)
        elif status != 0 and adds and not right[3].startswith(seen):
            wrong = "status %d, and what is stored is no beginning of the input: %s" % (status, said)
        if wrong:
            self.wrong.append("%s: %s" % (fault, wrong))
        elif status:
            self.told += 1
        else:
            self.unseen += 1
        return True

    def check(self, all_of_them):
        right = self.run()
        if right[0] != 0:
            self.wrong.append("does not work without a fault: status %s: %s" % (right[0], right[2].decode()[:300]))
            return
        for call, (errors, transient) in CALLS.items():
            count = right[4].get(call, 0)
            numbers = list(range(1, count + 1))
            most = count if all_of_them else 6
            if count > most:
                numbers = sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})
            for i, n in enumerate(numbers):
                for error in errors if all_of_them else errors[i % len(errors):][:1]:
                    fault = "%s:%d:%d" % (call, n, error)
                    self.judge(fault, None, right, self.run(fault))
                if transient and (all_of_them or i % 2 == 0):
                    fault = "%s:%d:%d" % (call, n, transient[0])
                    self.judge(fault, errno.errorcode[transient[0]], right, self.run(fault))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("-k", default="", metavar="TEXT")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="atools-faults-")
    try:
        shim = folder + "/shim.so"
        subprocess.run([os.environ.get("CC", "cc").split()[-1], "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", shim,
                        ROOT + "/tests/faults/shim.c", "-ldl"], check=True)
        inputs = folder + "/inputs"
        os.mkdir(inputs)
        make_inputs(inputs)
        names = [name for name in COMMANDS if options.k in name]
        print("1..%d" % len(names), flush=True)
        tried = failed = 0
        for number, name in enumerate(names, 1):
            command = Command(name, inputs, shim)
            command.check(options.all)
            tried += command.tried
            failed += bool(command.wrong)
            print("%s %d - %s: %d faults, %d told, %d without effect" %
                  ("not ok" if command.wrong else "ok", number, name, command.tried, command.told, command.unseen),
                  flush=True)
            for line in command.wrong[:40]:
                print("# " + line, flush=True)
        print("# %d faults in all" % tried)
        return 1 if failed else 0
    finally:
        shutil.rmtree(folder)


sys.exit(main())
