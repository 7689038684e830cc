#!/usr/bin/env python3
"""TAP: scripts/atools-spark on a Spark of several processes: the bytes that one process gives, for any number of
parts, with a worker killed on the way; what is wrong with a record is told with its file and line.

    tests/scale/spark.tap.py [SEED [JOINS [PART...]]]      JOINS: random joins (default: 8); PART: queries, forms,
                                                           joins, parquet, kafka, output, faults, killed (default: all)

Needs Java 17; pip brings Spark; `make bundle` has packed the tools."""
import glob
import gzip
import importlib.machinery
import importlib.util
import io
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
sys.dont_write_bytecode = True
import spark_oracle  # noqa: E402

if os.environ.get("SCALE_INSIDE") is None:
    python = spark_oracle.environment()
    os.execve(python, [python, os.path.abspath(__file__)] + sys.argv[1:],
              dict(os.environ, SCALE_INSIDE="1", TZ="UTC", PYSPARK_PYTHON=python))

loader = importlib.machinery.SourceFileLoader("atools_spark", os.path.join(ROOT, "scripts", "atools-spark"))
specification = importlib.util.spec_from_loader("atools_spark", loader)
tool = importlib.util.module_from_spec(specification)
sys.modules["atools_spark"] = tool
loader.exec_module(tool)

SAMPLE = os.path.join(ROOT, "data", "attempts.ndjson")
ARRAY = os.path.join(ROOT, "data", "attempts.json")
PARTS = [1, 2, 7, 40]
WORKFLOW = [
    "aagg 'count(*) as n'",
    "aagg -g exam_name 'count(*) as n'",
    "aagg -g exam_name -o 'n desc, exam_name' 'count(*) as n'",
    "aagg -g exam_name -o n -n 1 'count(*) as n'",
    "aagg -T json -g exam_name -o 'mean desc nulls last, exam_name' -n 10 "
    "'avg(sequences.counts.correct / sequences.counts.total) as mean, count(*) as n'",
    "aagg --table -g sequences.counts.all_correct 'count(*) as n, stddev(sequences.counts.correct) as s'",
    "aagg --having 'n > 50' -g exam_name 'count(*) as n, count(distinct user_exam_id) as users, "
    "percentile(sequences.counts.correct, 0.5) as p'",
    "aagg -w \"exam_name = 'Learning Git'\" -g 'substr(started_at, 1, 10) as day' -o day 'count(*) as n'",
    "aflatten -e sequences.questions 'exam_name, sequences.questions.user_result as r' | aagg -g r 'count(*) as n'",
    "aslice '.sequences.questions[] | {id, user_correct}' | aagg -g id -o 'n desc, id' -n 20 "
    "'count(*) as n, count_if(user_correct) as good'",
    "aflatten 'user_exam_id, exam_name, sequences.counts.*'",
    "aslice '{exam_name, n: (.sequences.questions | length)}'",
    "aslice -r '.exam_name' | aslice -R 'ascii_upcase'",
    "aflatten -T json -w 'sequences.counts.correct > 3' 'exam_name, sequences.counts.correct as c' | "
    "aflatten -o 'c desc, exam_name' -n 30 'exam_name, c'",
    "aagg -g exam_name 'count(*) as n' | aagg 'sum(n) as all, max(n) as most'",
    "aslice .exam_name | aslice -s 'group_by(.) | map({k: .[0], n: length})'",
    "aslice -nc 'reduce inputs as $x (0; . + $x.sequences.counts.correct)'",
    "aslice '[., input] | map(.user_exam_id)'",
    "aslice --arg name 'Learning Git' 'select(.exam_name == $name) | .user_exam_id' | aslice -R length",
    "aflatten 'row_number() over (partition by exam_name order by started_at) as n' | aagg -g n 'count(*)'",
]
AGGREGATES = ["count(*)", "count(x)", "sum(x)", "avg(x)", "min(s)", "max(s)", "min(x)", "max(y)", "sum(y)", "avg(y)",
              "stddev(y)", "var_pop(x)", "count(distinct s)", "sum(distinct x)", "approx_count_distinct(s)",
              "percentile(x, 0.25)", "median(y)", "corr(x, y)", "bool_and(x > 3)", "count_if(x > 50)", "mode(s)",
              "max_by(s, y)", "min_by(x, y)", "bit_xor(x)", "sum(y) filter (where x > 20)"]
KEYS = ["g", "h", "g, h", "s", "x", "upper(s) as t", "h, x % 3 as m"]
number = failed = 0


def result(good, name, *said):
    global number, failed
    number += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        for text in said:
            for line in str(text).splitlines()[:12]:
                print("#  " + line)
    sys.stdout.flush()


def alone(command, *files):
    """(status, output, messages) of the pipe on one machine; the files are those of its first filter."""
    first, *others = [shlex.join(stage.argv) for stage in tool.split_command([command])]
    done = subprocess.run(["bash", "-o", "pipefail", "-c", " | ".join([first + ' "$@"'] + others), "bash", *files],
                          capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def spread(context, command, *inputs, parts=1, size=None, more=()):
    """The same of atools-spark."""
    size = size or sum(os.path.getsize(path) for path in inputs if os.path.isfile(path))
    words = [word for path in inputs for word in ("--input", path)]
    options = tool.parse_arguments([*words, "--split", str(max(1, -(-size // parts))), *more, "--", command])
    out = io.BytesIO()
    try:
        plan, inputs = tool.plan_of(options, lambda text: None)
        tool.run(context, options, plan, inputs, lambda text: None, out)
    except tool.Fault as fault:
        return fault.status, out.getvalue(), str(fault)
    return 0, out.getvalue(), ""


def same(context, command, *files, parts, name=None, **more):
    wanted = alone(command, *files)
    for count in parts:
        given = spread(context, command, *files, parts=count, **more)
        if given[:2] != wanted[:2]:
            return result(False, name or command, f"{count} parts, status {given[0]} and {wanted[0]}", given[2],
                          given[1].decode()[:300], "one process:", wanted[2], wanted[1].decode()[:300])
    return result(True, f"{name or command} ({', '.join(map(str, parts))} parts)")


def random_rows(path, chance, count):
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(count):
            row = {"g": f'"k{int(chance.random() ** 3 * 50)}"', "h": chance.randrange(5), "x": chance.randrange(100),
                   "y": repr((chance.random() - .5) * 10 ** chance.randrange(20)), "s": f'"{chance.choice("abcdé")}"'}
            for name in list(row):
                if chance.random() < .1:
                    row[name] = "null"
            file.write("{" + ",".join(f'"{name}":{value}' for name, value in row.items()) + "}\n")


def random_command(chance):
    items = ", ".join(f"{function} as a{i}" for i, function in enumerate(chance.sample(AGGREGATES, 3)))
    words = []
    if chance.random() < .85:
        words += ["-g", f"'{chance.choice(KEYS)}'"]
    if chance.random() < .4:
        words += ["-o", f"'a0{chance.choice(['', ' desc'])}, a1, a2'"]
    if chance.random() < .2:
        words += ["-n", str(chance.randrange(8))]
    if chance.random() < .3:
        words += ["-w", f"'{chance.choice(['x > 20', 'h <> 2', 's is not null'])}'"]
    if chance.random() < .3:
        words += ["-T", "json"]
    if chance.random() < .2:
        words += ["--having", "'a0 is not null'"]
    return "aagg " + " ".join(words) + f" '{items}'"


def test_queries(context, folder, chance):
    for command in WORKFLOW:
        same(context, command, SAMPLE, parts=PARTS)
    rows = os.path.join(folder, "rows.ndjson")
    random_rows(rows, chance, 3000)
    wrong = []
    for turn in range(60):
        command = random_command(chance)
        parts = PARTS[turn % len(PARTS)]
        wanted, given = alone(command, rows), spread(context, command, rows, parts=parts)
        if given[:2] != wanted[:2]:
            wrong.append(f"{parts} parts: {command}: {given} and {wanted}")
    result(not wrong, "60 random queries give the same bytes", *wrong)


def test_forms(context, folder):
    count = "aagg -g exam_name 'count(*) as n, sum(correct) as c'"
    for form in ("tsv", "csv", "parquet"):
        path = os.path.join(folder, "flat." + form)
        with open(path, "wb") as file:
            file.write(alone(f"aflatten -T {form} 'exam_name, sequences.counts.correct as correct'", SAMPLE)[1])
        same(context, count, path, parts=[1, 7], name=form)
    packed = os.path.join(folder, "packed")
    os.makedirs(packed)
    with open(SAMPLE, "rb") as file:
        lines = file.readlines()
    for i in range(4):
        with gzip.open(os.path.join(packed, f"{i}.ndjson.gz"), "wb") as file:
            file.writelines(lines[i::4])
    files = sorted(glob.glob(packed + "/*"))
    wanted = alone(WORKFLOW[2], *files)
    for place in (packed, packed + "/*.gz"):
        given = spread(context, WORKFLOW[2], place, size=1000)
        result(given[:2] == wanted[:2], "compressed files: " + place[len(folder):], given)
    same(context, "aslice '.[]' | aagg -g exam_name 'count(*) as n'", ARRAY, parts=[7], name="one array is one task")
    pretty = os.path.join(folder, "pretty.json")
    with open(pretty, "wb") as file:
        file.write(alone("aslice -p .", SAMPLE)[1])
    same(context, WORKFLOW[1], pretty, parts=[7], name="records over several lines are one task")
    right = os.path.join(folder, "right.tsv")
    with open(right, "wb") as file:
        file.write(alone("aagg -g exam_name 'count(*) as n'", SAMPLE)[1])
    join = f"ajoin -k exam_name 'user_exam_id, n' - {right}"
    for kind in ("", "--left ", "--anti "):
        wanted = subprocess.run(["bash", "-c", join.replace("ajoin ", "ajoin " + kind) + " <" + SAMPLE],
                                capture_output=True, check=False)
        given = spread(context, join.replace("ajoin ", "ajoin " + kind), SAMPLE, parts=7)
        result(given[:2] == (0, wanted.stdout), f"a join with a table that all see: {kind or '--inner '}", given[2])


def alone_join(command, stream):
    """(status, output, messages) of a pipe that begins with ajoin - on one machine."""
    with open(stream, "rb") as file:
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdin=file, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def same_join(context, command, stream, parts, more=("--broadcast-threshold", "0")):
    """The join of what comes in with a file: None, or what is not the same."""
    wanted = alone_join(command, stream)
    for count in parts:
        size = max(os.path.getsize(word) for word in [stream, *shlex.split(command)] if os.path.isfile(word))
        got = spread(context, command, stream, parts=count, size=size, more=("--reducers", "3", *more))
        refused = got[0] == wanted[0] == 2  # behind a filter that ends at once others may have written a header
        if got[:2] != wanted[:2] and not refused:
            return f"{command}: {count} parts, status {got[0]} and {wanted[0]}: {got[2]} {got[1][:300]} and " \
                   f"{wanted[2]} {wanted[1][:300]}"
    return None


def side_rows(path, chance, count):
    """Rows in which keys meet none, one and many, are null, numbers and texts of one value; as TSV or NDJSON."""
    cells = {True: "true", None: "null"}
    with open(path, "w", encoding="utf-8") as file:
        if path.endswith("tsv"):
            file.write("k\tj\tv\tw\n")
        for i in range(count):
            row = [chance.choice([None, "1", "1.0", '"1"', '"a\\tb"', "2.5", "true", *map(str, range(30))]),
                   chance.choice(["1", "2", None]), chance.choice([str(i), f'"x{i}é"', None, f'{{"a":[{i}, 2]}}']),
                   str(round(chance.random(), 3))]
            if path.endswith("tsv"):
                file.write("\t".join("\\N" if cell is None else cell.strip('"') for cell in row) + "\n")
            else:
                members = (f'"{name}":{cells.get(cell, cell)}' for name, cell in zip("kjvw", row))
                file.write("{" + ", ".join(members) + "}\n")


def random_join(chance, right):
    kind = chance.choice(["inner", "left", "right", "full", "semi", "anti"])
    lists = ["l.v, l.w", "l.*", "l.k as a, l.j as b"]
    if kind not in ("semi", "anti"):
        lists += ["l.*, r.v as rv", "l.v as a, r.w as b, upper(r.v) as c", "k, r.v as x, r.w as y"]
    words = [f"ajoin --{kind}", f"-k '{chance.choice(['k', 'j, k', 'j'])}'",
             chance.choice(["", "", "-w 'l.w > 0.4'", "--on 'l.w < r.w'", "-T json"]), f"'{chance.choice(lists)}'"]
    behind = chance.choice(["", "", "", " | aflatten '*'", " | aagg 'count(*) as n'"])
    return " ".join(words) + chance.choice([f" - {right}"] * 3 + [f" {right} -"]) + behind


def test_joins(context, folder, chance, count):
    """Joins whose sides are both shuffled."""
    wrong = []
    for turn in range(count):
        left, right = (os.path.join(folder, name + chance.choice([".ndjson", ".tsv"])) for name in ("left", "right"))
        side_rows(left, chance, chance.choice([0, 3, 400, 400]))
        side_rows(right, chance, chance.choice([0, 3, 300, 300]))
        failed = same_join(context, random_join(chance, right), left, [PARTS[turn % len(PARTS)]])
        wrong += [failed] if failed else []
    result(not wrong, f"{count} random joins of two sides that are shuffled give the same bytes", *wrong)
    right = write_exams(folder)
    for kind in ("inner", "left", "right", "full", "semi", "anti"):
        command = f"ajoin --{kind} -k exam_name 'l.exam_name, l.user_exam_id' - {right}"
        failed = same_join(context, command, SAMPLE, [1, 7])
        result(not failed, f"ajoin --{kind}, both sides shuffled, 1 and 7 parts", failed)
    for command in (f"ajoin --full -k exam_name '*' - {right}", f"ajoin --full -k exam_name 'l.*' - {right}",
                    f"aslice '{{exam_name, id: .user_exam_id}}' | ajoin --right -k exam_name '*' - {right} | "
                    f"ajoin --full -T json -k exam_name 'l.*, r.n as m' - {right} | aagg -g exam_name 'count(*) as n'",
                    f"ajoin -k exam_name 'l.exam_name, n' - {right} | aflatten -o 'exam_name desc' -n 50 '*'"):
        failed = same_join(context, command, SAMPLE, [1, 7])
        result(not failed, command.replace(folder, "…"), failed)
    broadcast = f"ajoin --left -k exam_name 'user_exam_id, n' - {right}"
    failed = same_join(context, broadcast, SAMPLE, [7], more=("--broadcast-threshold", "1M"))
    result(not failed, "a side below --broadcast-threshold is read by each task", failed)


def write_exams(folder):
    """A table of exams, of which one has no attempts, and some that have are not there."""
    path = os.path.join(folder, "exams.tsv")
    with open(path, "wb") as file:
        groups = alone("aagg -g exam_name 'count(*) as n'", SAMPLE)[1].splitlines(keepends=True)
        file.writelines([*groups[:2], *groups[9:], b"Nobody\t7\n"])
    return path


def test_join_output(context, folder):
    right = write_exams(folder)
    output = os.path.join(folder, "joined")
    command = f"ajoin --full -k exam_name 'l.exam_name, n, user_exam_id' - {right}"
    wanted = alone_join(command, SAMPLE)
    given = spread(context, command, SAMPLE, parts=7, more=("--output", output, "--broadcast-threshold", "0"))
    text = b""
    for i, path in enumerate(sorted(glob.glob(output + "/part-*"))):
        with open(path, "rb") as file:
            text += file.read().partition(b"\n")[2] if i else file.read()
    result(given[0] == 0 and text == wanted[1], "--output: the parts of a shuffled join, one behind the other", given)


def test_parquet(context, folder):
    """Parquet with many row groups, in folders and in Delta tables: each task its row groups."""
    flat = os.path.join(folder, "typed.ndjson")
    with open(flat, "w", encoding="utf-8") as file:
        for i in range(60000):
            day = f"2024-01-{1 + i % 28:02d}T10:00:00Z"
            file.write(f'{{"k":{i % 700},"d":{i}.25,"t":"{day}","s":"x{i * 7919}","p":{i % 3}}}\n')
    schema = "k bigint, d decimal(12,3), t timestamp, s string, p bigint"
    for name, more in (("folders", ["--partition-by", "p"]), ("delta", ["--delta"])):
        place = os.path.join(folder, name)
        subprocess.run(["aland", "-q", "-d", place, "--row-group", "64K", "--file-rows", "25000", "--schema", schema,
                        *more, flat], check=True)
        groups = sum(int(line.split(b"\t")[2]) for line in tool.atools_pipe.run_tool(["aread", "--files", place])
                     .splitlines()[1:])
        size = sum(len(files) and sum(os.path.getsize(os.path.join(top, file)) for file in files)
                   for top, _, files in os.walk(place))
        shares = tool.Inputs([place], None).shares(max(1, size // 40))
        result(groups > 12 and len(shares) > 12 and shares[0][2] == 0 and shares[-1][3] == groups and
               all(a[3] == b[2] for a, b in zip(shares, shares[1:])), f"{name}: {groups} row groups in shares", shares)
        for command in ("aagg -g p 'count(*) as n, sum(d) as s, max(t) as t, typeof(max(d)) as y'",
                        "aflatten 'k, d * 2 as d, t + interval 1 day as t, typeof(t) as y, p'", "aflatten '*'",
                        "aslice -r '.s'", "aagg 'count(*)'"):
            first = command.replace("aslice", f"aread {place} | aslice") + ("" if "aslice" in command else f" {place}")
            wanted = alone_join(first, "/dev/null")
            for parts in (7, 40):
                given = spread(context, command, place, parts=parts, size=size)
                if given[:2] != wanted[:2]:
                    result(False, f"{name}, {parts} parts: {command}", given[2], given[1][:300], wanted[1][:300])
                    break
            else:
                result(True, f"{name}: {command}")
        right = os.path.join(folder, "right.tsv")
        with open(right, "w", encoding="utf-8") as file:
            file.write("k\tv\n" + "".join(f"{k}\t{k * k}\n" for k in range(650, 750)))
        for kind in ("inner", "full"):
            list_of = "l.t + interval 1 day as t, l.d * 2 as d, typeof(l.d) as y, r.v"
            for threshold in ("0", "1M"):
                wanted = alone_join(f"ajoin --{kind} -k k '{list_of}' {place} {right}", "/dev/null")
                given = spread(context, f"ajoin --{kind} -k k '{list_of}' - {right}", place, parts=7, size=size,
                               more=("--broadcast-threshold", threshold))
                result(given[:2] == wanted[:2], f"{name}: ajoin --{kind}, threshold {threshold}", given[2],
                       given[1][:300], wanted[1][:300])
            wanted = alone_join(f"ajoin --{kind} -k k 'l.v, r.d, r.t' {right} {place}", "/dev/null")
            given = spread(context, f"ajoin --{kind} -k k 'l.v, r.d, r.t' - {place}", right, parts=2,
                           more=("--broadcast-threshold", "0"))
            result(given[:2] == wanted[:2], f"{name}: ajoin --{kind} with it on the right", given[2])
    both = [os.path.join(folder, name) for name in ("delta", "folders")]
    given = spread(context, "aagg -g p 'count(*) as n'", *both, size=1 << 30)
    wanted = alone("aagg -g p 'count(*) as n'", *both)
    result(given[:2] == wanted[:2], "two datasets", given)


def test_kafka(context, folder):
    """A topic whose partitions are divided into ranges of offsets."""
    brokers = "file:" + os.path.join(folder, "log")
    with open(SAMPLE, "rb") as file:
        lines = file.readlines()
    subprocess.run(["atopic", "create", "-b", brokers, "--partitions", "2", "exams"], check=True)
    for partition, part in (("0", lines[:3000]), ("1", lines[3000:])):
        subprocess.run(["aproduce", "-q", "-b", brokers, "-t", "exams", "-p", partition], input=b"".join(part),
                       check=True)
    place = f"kafka://{brokers}/exams"
    for least, count in ((None, 2), (1, 2), (2, 2), (7, 7), (40, 40)):
        shares = tool.Inputs([place], None).shares(None, 1, least)
        whole = all(a[3] == b[2] if a[1] == b[1] else (a[3], b[2]) == (3000, 0) for a, b in zip(shares, shares[1:]))
        result(whole and len(shares) == count and (shares[0][2], shares[-1][3]) == (0, len(lines) - 3000),
               f"--min-partitions {least}: {count} ranges of offsets", shares)
        given = spread(context, WORKFLOW[1], place, size=1, more=("--min-partitions", str(least)) if least else ())
        result(given[:2] == alone(WORKFLOW[1], SAMPLE)[:2], f"--min-partitions {least}: the same bytes", given)


def test_join_faults(context, folder):
    """A bad record of either side, and one that fails when it is joined, are told with file and line."""
    bad = os.path.join(folder, "bad.ndjson")
    exams = write_exams(folder)
    for parts in (1, 7, 40):
        given = spread(context, f"ajoin --full -k exam_name 'l.exam_name, n' - {exams}", bad, parts=parts)
        result(given[0] == 1 and f"{bad}:2001: byte" in given[2], f"a bad record on the left, {parts} parts", given)
        given = spread(context, f"ajoin --full -k exam_name 'n, user_exam_id' - {bad}", exams, parts=2,
                       more=("--split", str(os.path.getsize(bad) // parts + 1)))
        result(given[0] == 1 and f"{bad}:2001: byte" in given[2], f"a bad record on the right, {parts} parts", given)
    left, right = os.path.join(folder, "few.tsv"), os.path.join(folder, "few.ndjson")
    with open(left, "w", encoding="utf-8") as file:
        file.write("k\tv\n" + "".join(f"{i}\t{i if i != 777 else 'many'}\n" for i in range(1000)))
    with open(right, "w", encoding="utf-8") as file:
        file.write("\n".join(f'{{"k":{i},"n":{i}}}' if i != 1500 else '{"k":1500,"n":"x"}' for i in range(500, 2000)))
    for parts in (1, 7):
        for select, place in (("cast(l.v as int) as v", f"{left}:779"), ("cast(r.n as int) as n", f"{right}:1001")):
            given = spread(context, f"ajoin --full --ansi -k k '{select}' - {right}", left, parts=parts,
                           more=("--split", str(30000 // parts)))
            result(given[0] == 1 and place + ": " in given[2], f"a row that fails when joined: {select}", given)
    for command, said in ((f"ajoin --full -k nothing 'n' - {exams}", "nothing"), ("ajoin --full -k k x y z", "one of"),
                          (f"ajoin --full -k exam_name 'nix(n)' - {exams}", "nix")):
        given = spread(context, command, SAMPLE, more=("--broadcast-threshold", "0"))
        result(given[0] == 2 and said in given[2], f"refused: {command.replace(folder, '…')}", given)
    hive = os.path.join(folder, "hive", "day=1")
    os.makedirs(hive)
    shutil.copy(right, hive)
    given = spread(context, "aagg 'count(*)'", os.path.dirname(hive), size=1000)
    result(given[0] == 2 and "of Parquet only" in given[2], "text in folders that are columns is refused", given)


def test_output(context, folder):
    for name, command in (("rows", WORKFLOW[10]), ("groups", WORKFLOW[1])):
        output = os.path.join(folder, name)
        given = spread(context, command, SAMPLE, parts=7, more=("--output", output))
        files = sorted(glob.glob(output + "/part-*"))
        text = b""
        for i, path in enumerate(files):
            with open(path, "rb") as file:
                text += file.read().partition(b"\n")[2] if i and name == "rows" else file.read()
        result(given[0] == 0 and text == alone(command, SAMPLE)[1] and sorted(os.listdir(output))[0] == "_SUCCESS"
               and len(os.listdir(output)) == len(files) + 1, f"--output: {len(files)} files of {name}", given)
        given = spread(context, command, SAMPLE, parts=7, more=("--output", output))
        result(given[0] == 2 and "is not empty" in given[2], "--output does not go into a folder that has something")


def test_held(context):
    """Rows that go through the driver: in pieces, as many tasks at a time as it can hold."""
    rows = "aslice ."
    same(context, rows, SAMPLE, parts=(1, 40), name="rows of several pieces, and of several waves")
    honest = tool.held_bytes
    tool.held_bytes = lambda context: 300000
    same(context, rows, SAMPLE, parts=(40,), name="rows of which the driver holds one task's at a time")
    same(context, "aflatten 'exam_name, sequences.counts.*'", SAMPLE, parts=(7,), name="and tables")
    given = spread(context, rows, SAMPLE, parts=7)
    result(given[:2] == (3, b"") and f"{SAMPLE}: a task writes more" in given[2] and "--output" in given[2],
           "rows that the driver can't hold: what to do is said", given)
    tool.held_bytes = honest
    result(honest(context) == 1 << 28, "a quarter of Spark's own 1g", honest(context))
    shares = tool.atools_shares
    for total, slots, held, tasks in ((0, 2, False, 0), (1 << 20, 8, False, 1), (860 << 20, 2, False, 8),
                                      (860 << 20, 200, False, 27), (8600 << 20, 2, False, 8),
                                      (8600 << 20, 3, False, 12), (86 << 30, 2, False, 44), (8600 << 20, 2, True, 136)):
        count = shares.in_parts(total, shares.share_bytes(total, slots, held))
        way = " through the driver" if held else ""
        result(count == tasks, f"{total >> 20} MB on {slots} slots{way}: {tasks} tasks", count)


def test_faults(context, folder):
    bad = os.path.join(folder, "bad.ndjson")
    with open(SAMPLE, "rb") as file:
        lines = file.readlines()
    lines[2000] = lines[2000][:100] + b"\n"
    with open(bad, "wb") as file:
        file.writelines(lines)
    for command in ("aagg 'count(*)'", "aflatten exam_name", "aslice .exam_name"):
        for parts in (1, 7, 40):
            given = spread(context, command, bad, parts=parts)
            result(given[0] == 1 and f"{bad}:2001: byte" in given[2], f"a bad record, {parts} parts: {command}", given)
    given = spread(context, "aslice .exam_name | aflatten exam_name", SAMPLE, parts=7)
    result(given[0] == 1 and f"{SAMPLE}, from byte 0: line 1 of what came in: byte 1" in given[2],
           "what a later filter can't read is of what the one before it wrote", given)
    given = spread(context, "aagg 'count(*)' | aflatten 'nothing(1)'", SAMPLE)
    result(given[0] == 2, "what is wrong in the last filter", given)
    for command, said in (("aagg 'cuont(*)'", "count"), ("cat", "cat: only"), ("aagg x; rm", "';'"),
                          ("aagg x |", "missing"), ("aagg 'x", "No closing quotation")):
        given = spread(context, command, SAMPLE)
        result(given[0] == 2 and said in given[2], f"refused: {command}", given)
    words = [sys.executable, "-S", os.path.join(ROOT, "scripts", "atools-spark"), "--input", SAMPLE, "--", "aslice ."]
    given = subprocess.run(words, capture_output=True, text=True, check=False)
    result(given.returncode == 3 and "pip install pyspark" in given.stderr.splitlines()[-1] and
           "Traceback" not in given.stderr, "where there is no pyspark", given)
    given = spread(context, "aagg 'count(*)'", folder + "/nowhere", size=1)
    result(given[0] == 2 and "no such file" in given[2], "an input that is not there", given)
    given = spread(context, "aagg --bad skip 'count(*) as n'", bad, parts=7)
    result(given[:2] == (0, b"n\n3279\n"), "--bad skip counts the others", given)


def executors(context):
    """The pids of Spark's executors for this application."""
    application = context.applicationId
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and application.encode() in words:
            found.append(int(path.split("/")[2]))
    return found


def kill_during(context, command, done, wanted, name):
    """An executor is killed when so many tasks of the run have ended."""
    before = executors(context)
    given = []
    thread = threading.Thread(target=lambda: given.append(
        spread(context, command, SAMPLE, parts=40, more=("--broadcast-threshold", "0", "--reducers", "4"))))
    tracker = context.statusTracker()
    seen = set(tracker.getActiveStageIds())
    thread.start()
    until = time.monotonic() + 60
    ended = -1
    while ended < done and thread.is_alive() and time.monotonic() < until:
        time.sleep(.01)
        seen |= set(tracker.getActiveStageIds())
        stages = [tracker.getStageInfo(stage) for stage in seen]
        if tracker.getActiveStageIds():
            ended = sum(stage.numCompletedTasks for stage in stages if stage)
    os.kill(before[0], signal.SIGKILL)
    thread.join()
    result(len(before) > 1 and ended >= done and given and given[0][:2] == wanted[:2], name, before, ended, given)


def test_killed(context, folder):
    """Workers are killed as soon as tasks have begun, and in mid-run."""
    command = "aflatten -e sequences.questions 'exam_name, sequences.questions.id' | aagg -g id 'count(*) as n'"
    kill_during(context, command, 0, alone(command, SAMPLE), "a worker that is killed takes nothing away and counts "
                "nothing twice")
    until = time.monotonic() + 60
    while len(executors(context)) < 2 and time.monotonic() < until:
        time.sleep(.1)
    command = f"ajoin --full -k exam_name 'l.exam_name, l.user_exam_id, n' - {write_exams(folder)}"
    kill_during(context, command, 25, alone_join(command, SAMPLE), "nor from a join of which both sides are shuffled")


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    from pyspark import SparkConf, SparkContext, cloudpickle

    cloudpickle.register_pickle_by_value(tool)
    conf = SparkConf().setMaster("local-cluster[2,1,1024]").setAppName("scale")
    for name, value in {**spark_oracle.CONFIG, "spark.executor.memory": "600m",
                        "spark.executor.extraJavaOptions": "-Xss512k",
                        "spark.ui.showConsoleProgress": "false", "spark.task.maxFailures": "4"}.items():
        if name not in ("spark.master", "spark.default.parallelism"):
            conf.set(name, value)
    folder = tempfile.mkdtemp(prefix="atools-scale-")
    os.chdir(folder)  # Spark's workers keep their folders here
    conf.set("spark.local.dir", folder)
    os.environ["SPARK_WORKER_DIR"] = folder
    log = spark_oracle.silent()
    context = SparkContext(conf=conf)
    context.setLogLevel("OFF")
    joins = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    tests = {"queries": lambda: test_queries(context, folder, random.Random(seed)),
             "forms": lambda: test_forms(context, folder),
             "joins": lambda: test_joins(context, folder, random.Random(seed), joins),
             "parquet": lambda: test_parquet(context, folder),
             "kafka": lambda: test_kafka(context, folder),
             "output": lambda: (test_output(context, folder), test_join_output(context, folder)),
             "held": lambda: test_held(context),
             "faults": lambda: (test_faults(context, folder), test_join_faults(context, folder)),
             "killed": lambda: test_killed(context, folder)}
    try:
        for name, test in tests.items():
            if not sys.argv[3:] or name in sys.argv[3:]:
                test()
        print(f"1..{number}")
    finally:
        context.stop()
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
        log.close()
    return 1 if failed else 0


sys.exit(main())
