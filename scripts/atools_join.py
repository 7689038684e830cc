"""A join whose sides are both shuffled by the hash of its key.

Each task writes the rows of its share (ajoin --partial), each reducer joins those of some keys (ajoin --merge), and a
second shuffle brings the joined rows to where their left row's share stands in the order, right rows that met none
behind them."""
import contextlib
import os
import re
import subprocess
import tempfile

from atools_pipe import Fault, Pipe, STATUS_DATA, STATUS_USAGE, run_tool
from atools_shares import Inputs, PACKED, by_filter, lines_before, reader_words, remote, share_name
from atools_tasks import RECORD, Rows, by_item, failure, open_share, quicken

HEAD = 1 << 19     # bytes of the first records, from which ajoin takes names of columns; it looks at half as many
SHARE_BITS = 40    # of a place those below are the record's in its share
BATCH = 2048       # rows that go to a reducer together, at most
ALONE = b"f" * 16  # stands for the left place of a right row that met none


class Join:
    """An ajoin of which "-" is what comes in (the stream), and the other side is a file or a folder.

    head: how the stream begins, as bytes, and what a file of that would be called; or the dataset that it is."""

    def __init__(self, stage, split, slots):
        self.stage = stage
        self.stream = "left" if stage.operands[1] == "-" else "right"
        self.other = os.path.abspath(stage.operands[2 if self.stream == "left" else 1])
        given = next((words[-1] for name, words in stage.options if name == "from"), None)
        self.shares = Inputs([self.other], given).shares(split, slots)
        self.head = self.name = self.dataset = None

    @contextlib.contextmanager
    def operands(self):
        """The select list and the names of both sides' files, as long as they are there."""
        select = self.stage.operands[0]

        def both(stream):
            return [select, *((stream, self.other) if self.stream == "left" else (self.other, stream))]
        if self.dataset:
            yield both(self.dataset)
            return
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, self.name)
            with open(path, "wb") as file:
                file.write(self.head)
            yield both(path)

    def words(self, operands, *more):
        return self.stage.task_words((), *more)[:-len(operands)] + operands

    def partial(self, side, operands, number, share, direct):
        """The command that writes the rows of a share; direct: it reads it itself."""
        more = ["--partial", side, "--first-place", str(number << SHARE_BITS)]
        more += ["--row-groups", f"{share[2]}-{share[3]}"] if direct else ["--rows", "-"]
        return self.words(operands, *more)

    def header(self):
        """The line in front of the rows; what is wrong with the command is said now."""
        with self.operands() as operands:
            return run_tool(self.words(operands, "--merge"))

    def order(self, count):
        """(which of its shares are the left ones, and the right ones) by the number of the stream's."""
        return (count, len(self.shares)) if self.stream == "left" else (len(self.shares), count)


def is_direct(share, mapped):
    """Whether ajoin reads the share, of Parquet, itself."""
    return not mapped and share[0] == "groups" and by_filter(share, ["ajoin", "--", "-"]) is not None


def first_rows(mapped, tools):
    """How what the filters write of a share begins."""
    def run(item):
        pipe = open_share(item[1], mapped, tools)
        text = pipe.out.read(HEAD)
        text += pipe.out.readline() if len(text) == HEAD else b""
        pipe.stop()
        yield text
    return by_item(run)


def find_head(context, join, source, plan, tools):
    """Sets how the stream begins: out of as many shares as it takes."""
    shares = source.shares or []
    if any(is_direct(share, plan.mapped) for share in shares):
        if not all(is_direct(share, plan.mapped) for share in shares):
            raise Fault(STATUS_USAGE, "a side of ajoin is Parquet or text, not both")
        join.dataset, = shares[0][1]
        return
    form = plan.form or (shares[0][4] if shares else None)
    flat = form in ("tsv", "csv")
    raw = not plan.mapped and shares and shares[0][0] == "file"
    packed = next((end for end in PACKED if raw and shares[0][1].endswith(end)), "")
    join.name, join.head = f"head.{form if flat else 'ndjson'}{packed}", b""
    begin, wave = 0, 1
    task = first_rows(plan.mapped, tools)
    while begin < source.count and len(join.head) < HEAD and not (join.head and (flat or packed)):
        partitions = list(range(begin, min(begin + wave, source.count)))
        join.head += b"".join(context.runJob(source.rdd, task, partitions))
        begin, wave = begin + wave, 4 * wave


def partial_task(join, side, mapped, tools, reducers):
    """The rows of a share: [(reducer, lines)]; a failure is (None, (share, status, text))."""
    def run(item):
        number, share = item
        direct = is_direct(share, mapped)
        waiting = [[] for _ in range(reducers)]
        with join.operands() as operands:
            command = join.partial(side, operands, number, share, direct)
            pipe = Pipe([command], tools.environment()) if direct else open_share(share, [*mapped, command], tools)
            for line in pipe.out:
                reducer = int(line[8:16], 16) % reducers
                lines = waiting[reducer]
                lines.append(line[17:])
                if len(lines) == BATCH:
                    yield reducer, b"".join(lines)
                    lines.clear()
            failed = failure(pipe, share, tools)
        for reducer, lines in enumerate(waiting):
            if lines:
                yield reducer, b"".join(lines)
        if failed:
            yield None, (number, *failed)
    return by_item(run)


def find_record(share, record, tools):
    """What a record of a share is called: its file and line, where a line is a record."""
    if share[0] != "lines":
        return f"record {record + 1} of {share_name(share)}"
    with subprocess.Popen(reader_words(share), stdout=subprocess.PIPE, env=tools.environment()) as process:
        left = record + (1 if share[4] in ("csv", "tsv") else 0)
        number = 0
        for number, line in enumerate(process.stdout, 1):
            left -= 1 if line.strip() or share[4] == "tsv" else 0
            if left < 0:
                break
        process.kill()
    return f"{share[1]}:{lines_before(share, tools.environment()) + number}"


def tell_places(text, shares, tools):
    """What ajoin says of "left place X", with the record that it is."""
    def name(found):
        place = int(found[2], 16)
        if not shares[found[1]]:
            return f"{found[1]} record {place & (1 << SHARE_BITS) - 1} of part {place >> SHARE_BITS}"
        return find_record(shares[found[1]][place >> SHARE_BITS], place & (1 << SHARE_BITS) - 1, tools)
    return re.sub(r"(left|right) place ([0-9a-f]{16})", name, text)


def join_task(join, shares, order, tools):
    """The lines of some keys, joined: [(part, rows)], of parts in the order of the output. Failures are handed on.

    shares: of "left" and "right", those that records can be found in; None: they come from filters.
    order: how many left ones there are, and right ones."""
    def run(items):
        quicken()
        failed = []

        def lines():
            for key, value in items:
                if key is None:
                    failed.append(value)
                else:
                    yield value
        with join.operands() as operands:
            command = join.words(operands, "--merge", "--place-first", "-q", "--no-header=out")
            pipe = Pipe([command], tools.environment(), lines(), wait=True)
            part, rows, size = None, [], 0
            for line in pipe.out:
                mark = line[16:22] if line.startswith(ALONE) else line[:6]
                now = int(mark, 16) + (order[0] if line.startswith(ALONE) else 0)
                if now != part or size > RECORD:
                    if rows:
                        yield part, b"".join(rows)
                    part, rows, size = now, [], 0
                rows.append(line)
                size += len(line)
            status, _, said = pipe.end()
        if rows:
            yield part, b"".join(rows)
        text = tell_places(said[0], shares, tools).strip()
        if status in (STATUS_DATA, STATUS_USAGE) and not failed:
            failed.append((sum(order), status, text))
        elif status != 0 and not failed:
            raise RuntimeError(text)
        if failed:
            yield None, min(failed)
    return run


def shuffle_join(context, source, plan, tools, reducers, split):
    """The rows of plan.join, whose stream is what plan.mapped makes of the source: (an RDD of shares, how many)."""
    join = Join(plan.join, split, context.defaultParallelism)
    find_head(context, join, source, plan, tools)
    header = join.header() if plan.join.form() == "tsv" else b""
    other = "right" if join.stream == "left" else "left"
    order = join.order(source.count)
    found = {join.stream: None if plan.mapped else source.shares, other: join.shares}
    streamed = source.rdd.mapPartitions(partial_task(join, join.stream, plan.mapped, tools, reducers))
    others = context.parallelize(list(enumerate(join.shares)), max(1, len(join.shares))) \
        .mapPartitions(partial_task(join, other, [], tools, reducers))
    form = plan.join.form()

    def share_of(number, pieces):
        yield number, ("rows", "the joined rows", number, None, form, Rows(header, pieces))
    rows = streamed.union(others).partitionBy(reducers, lambda key: key or 0) \
        .mapPartitions(join_task(join, found, order, tools)) \
        .partitionBy(max(1, sum(order)), lambda key: key or 0) \
        .mapPartitionsWithIndex(share_of)
    return rows, max(1, sum(order))
