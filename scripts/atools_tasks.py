"""What runs in Spark's tasks: a share of the input through filters, states of groups merged, rows written."""
import array
import os
import re
import socket
import stat
import sys
import tempfile
import zipimport

from atools_pipe import FILTERS, Pipe, STATUS_DATA, STATUS_IO, STATUS_USAGE
from atools_shares import by_filter, lines_before, reader_words, share_name

# Rows of a shuffled join come with their places in front, which sort gives their order; what stands before a header
# is less than any place.
IN_ORDER = [["env", "LC_ALL=C", "sort", "-s", "-S", "64M", "-t", "\t", "-k", "1,1"], ["cut", "-f", "2-"]]
NO_PLACE = b" " * 32 + b"\t"
RECORD = 1 << 20  # bytes of states or rows that go through Spark as one record, about
TOO_MUCH = ("a task writes more than the driver can hold: give --output FOLDER, a smaller --split, or a larger --conf "
            "spark.driver.maxResultSize, of which one task may take a quarter")


def quicken():
    """What makes a task short, before it reads anything: a worker of Spark lets Python forget, before each task, what
    is in the archives that modules come from, which are then read again for 0.1 s (those that are not remembered are
    not); and where it and the JVM each wait for the other's next packet, 40 ms pass before one of them says so."""
    for path, importer in list(sys.path_importer_cache.items()):
        if isinstance(importer, zipimport.zipimporter):
            del sys.path_importer_cache[path]
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as other:
                    other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    other.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        except (OSError, AttributeError):  # no such descriptor, another kind of socket, another system
            continue


def by_item(run):
    """The task of a partition, of which `run` takes one item after the other."""
    def task(items):
        quicken()
        for item in items:
            yield from run(item)
    return task


class Tools:
    """Where a task finds the binaries: in the bundle that came with it, in a folder, or in PATH."""

    def __init__(self, folder, bundled):
        self.folder = folder
        self.bundled = bundled

    def environment(self):
        folder = self.folder
        if self.bundled:
            from pyspark import SparkFiles
            folder = os.path.join(SparkFiles.getRootDirectory(), "atools", "bin")
        return dict(os.environ, PATH=folder + os.pathsep + os.environ.get("PATH", "")) if folder else dict(os.environ)


class Rows:
    """Pieces of a shuffled join's rows, to be read once: those that a partition has got, or what failed before."""

    def __init__(self, header, pieces):
        self.header, self.pieces = header, pieces
        self.failed = None

    def __iter__(self):
        if self.header:
            yield NO_PLACE + self.header
        for key, value in self.pieces:
            if key is None:
                self.failed = min(self.failed or value, value)
            elif not self.failed:
                yield value


def placed(text, share, environment, later):
    """A filter's words about "stdin:LINE" with the file and the line in it; those of a later one, which reads what
    another one wrote, with the share."""
    before = None

    def place(found):
        nonlocal before
        if later:
            return f"{share_name(share)}, from byte {share[2]}: line {found[1]} of what came in"
        if before is None:
            before = lines_before(share, environment)
        return f"{share_name(share)}:{int(found[1]) + before}"
    return re.sub(r"\bstdin:(\d+)", place, text)


def open_share(share, mapped, tools):
    """The pipe of a task, from the input's bytes to what its last filter writes."""
    words = [list(command) for command in mapped]
    environment = tools.environment()
    if share[0] == "rows":
        return Pipe(IN_ORDER + words, environment, share[5], wait=True)
    first, form = words[0] if words else None, share[4]
    direct = by_filter(share, first) if first else None
    if direct:
        return Pipe([direct] + words[1:], environment)
    told = ("csv",) if first and first[0] == "ajoin" else ("csv", "tsv")  # of ajoin it is both sides' form
    if first and first[0] != "aslice" and form in told and not {"-i", "--from", "--rows"} & set(first):
        first[1:1] = ["-i", form]
    return Pipe([reader_words(share)] + words, environment)


def failure(pipe, share, tools):
    """None if all went well; otherwise (status, text). What another try may mend is raised, for Spark to try again."""
    status, number, said = pipe.end()
    if share[0] == "rows" and share[5].failed:
        return share[5].failed[1:]
    environment = tools.environment()
    tools_of = [words[0] for words in pipe.commands]
    first = next((at for at, tool in enumerate(tools_of) if tool in FILTERS), len(tools_of))
    said = [placed(text, share, environment, at > first) for at, text in enumerate(said)]
    if status == 0:
        print("".join(said), end="", file=sys.stderr)
        return None
    text = said[number].strip() or f"{pipe.commands[number][0]} ended with {status}"
    if status not in (STATUS_DATA, STATUS_USAGE):
        raise RuntimeError(text)
    return status, text


class States:
    """States of groups, a line each, in the order in which their share had them; with the place of each in it, and its
    key's hash. They go through Spark as one record: a record a state would cost more than making it."""

    def __init__(self, number):
        self.number, self.size = number, 0
        self.places, self.keys, self.lines = array.array("Q"), [], []

    def add(self, at, line):
        self.places.append(at)
        self.keys.append(line[:16])
        self.lines.append(line[17:])
        self.size += len(line)
        return self.size >= RECORD

    def record(self):
        return self.number, self.places, self.keys, b"".join(self.lines)


def map_task(mapped, tools, reducers):
    """[(number, share)] to [(reducer, a States' record)]; a failure is (None, (share, status, text))."""
    def run(item):
        number, share = item
        pipe = open_share(share, mapped, tools)
        states = {}
        for at, line in enumerate(pipe.out):
            reducer = int(line[8:16], 16) % reducers
            if reducer not in states:
                states[reducer] = States(number)
            if states[reducer].add(at, line):
                yield reducer, states.pop(reducer).record()
        failed = failure(pipe, share, tools)
        if failed:
            yield None, (number, *failed)
        for reducer, some in states.items():
            yield reducer, some.record()
    return by_item(run)


def merge_task(merge, tools):
    """The States of some keys, merged: one record of (share, place) and state, in which the place is that of the key's
    first."""
    def run(items):
        quicken()
        records = []
        for reducer, value in items:
            if reducer is None:
                yield None, value
            else:
                records.append(value)
        if not records:
            return
        records.sort(key=lambda record: (record[0], record[1][0]))
        first = {}
        for number, places, keys, _ in records:
            for at, key in zip(places, keys):
                first.setdefault(key, (number, at))
        pipe = Pipe([merge], tools.environment(), (record[3] for record in records))
        merged = pipe.out.read()
        status, _, said = pipe.end()
        if status != 0:
            raise RuntimeError(said[0].strip())
        if merged.count(b"\n") != len(first):
            raise RuntimeError("two keys of one hash: run this without atools-spark, or with another aagg")
        yield 0, (list(first.values()), merged)
    return run


def held_rows_task(mapped, tools, form, bare, most):
    """[(number, share)] to what their filters write: (number, bytes), of each share first its header, which may be
    empty, then at most `most` bytes in pieces. (None, failure) as above."""
    def run(item):
        number, share = item
        pipe = open_share(share, mapped, tools)
        yield number, pipe.out.readline() if form in ("tsv", "csv") and not bare else b""
        size = 0
        for piece in pipe.pieces(RECORD):
            size += len(piece)
            if size > most:
                pipe.stop()
                yield None, (number, STATUS_IO, f"{share_name(share)}: {TOO_MUCH}")
                return
            yield number, piece
        failed = failure(pipe, share, tools)
        if failed:
            yield None, (number, *failed)
    return by_item(run)


def rows_task(mapped, tools, output, form):
    """What the filters of a task write, in a file of the folder: (number, its name). (None, failure) as above."""
    def run(item):
        number, share = item
        pipe = open_share(share, mapped, tools)
        name = f"part-{number:05d}.{'ndjson' if form == 'json' else form}"
        os.makedirs(output, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=output, prefix="_" + name, delete=False) as file:
            for piece in pipe.pieces(RECORD):
                file.write(piece)
        try:
            failed = failure(pipe, share, tools)
            if not failed:
                os.chmod(file.name, 0o644)
                os.rename(file.name, os.path.join(output, name))
        finally:
            if os.path.exists(file.name):
                os.remove(file.name)
        yield (None, (number, *failed)) if failed else (number, name)
    return by_item(run)
