"""The pipe that atools-spark and atools-hadoop are given: its filters, which part of it runs where, and running it."""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading

STATUS_DATA, STATUS_USAGE, STATUS_IO = 1, 2, 3
FILTERS = ("aslice", "aflatten", "aagg", "ajoin")
# aagg's options by which of its halves they belong to; all others go with both.
MAP_ONLY = {"where", "from", "framing", "bad", "raw", "explode", "outer", "unbuffered"}
MERGE_ONLY = {"order-by", "limit", "having", "to", "table", "vertical", "null", "offset"}
# Options with which a filter needs all records in one place.
WHOLE = {
    "aflatten": {"order-by", "limit", "offset", "schema", "scan", "table", "vertical", "qualify", "summary", "keys",
                 "window", "split"},
    "aslice": {"null-input", "slurp", "limit", "batch-count", "batch-bytes", "exit-status"},
    "ajoin": {"order-by", "limit", "offset", "right", "full", "table", "vertical"},
}
# What in their first operand asks for it, too: window functions, and the other inputs.
WHOLE_WORDS = {"aflatten": r"\bover\b\s*[(\w`]|\bmonotonically_increasing_id\b", "aslice": r"(?<![\w.$\"])inputs?\b"}
# Options with which ajoin's rows cannot come from several processes.
ONE_JOIN = WHOLE["ajoin"] - {"right", "full"} | {"cross", "explode", "outer", "follow", "compress", "bars", "spark"}
THRESHOLD = 10 << 20  # bytes, as spark.sql.autoBroadcastJoinThreshold


class Fault(Exception):
    """Ends the program with a status and a message."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def run_tool(words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise Fault(done.returncode if done.returncode in (1, 2, 3) else STATUS_IO,
                    done.stderr.decode(errors="replace").strip())
    return done.stdout


# ---- what is asked: the pipe, and which part of it runs where ----

def option_table(tool):
    """{spelling: (its long name or letter, how many words follow it)}, out of the tool's --help all."""
    table = {}
    said = subprocess.run([tool, "--help", "all"], capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        found = re.match(r" {2,6}(?:(-\w)(?:, )?)?(--[\w-]+)?(?=[\[ ]|$)", line)
        if not found or not (found[1] or found[2]):
            continue
        rest = line[found.end(2) if found[2] else found.end(1):]
        pair = re.match(r" NAME [A-Z]+(  |$)", rest)
        arguments = 2 if pair else 1 if re.match(r" [A-Za-z\[]", rest) else 0
        name = (found[2] or found[1]).lstrip("-")
        for spelling in found.group(1, 2):
            if spelling:
                table[spelling] = (name, arguments)
    return table


def read_words(argv, table):
    """A filter's words: its options [(name, words as they came)] and its operands."""
    options, operands = [], []
    at = 1
    while at < len(argv):
        word = argv[at]
        at += 1
        if word == "--":
            operands += argv[at:]
            break
        if not word.startswith("-") or word == "-":
            operands.append(word)
        elif word.startswith("--"):
            name, has, _ = word.partition("=")
            known, arguments = table.get(name, (name[2:], 0))
            arguments -= min(len(has), arguments)
            options.append((known, [word, *argv[at:at + arguments]]))
            at += arguments
        else:
            letters = word[1:]
            while letters:
                known, arguments = table.get("-" + letters[0], (letters[0], 0))
                if not arguments:
                    options.append((known, ["-" + letters[0]]))
                    letters = letters[1:]
                    continue
                words = ["-" + letters[0], letters[1:] or (argv[at] if at < len(argv) else "")]
                at += 0 if letters[1:] else 1
                options.append((known, words))
                break
    return options, operands


def size_of(place):
    """Bytes of a file, or of all in a folder, of this machine's file system; without end, if it is not there."""
    if not os.path.isdir(place):
        return os.path.getsize(place) if os.path.exists(place) else float("inf")
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(place) for name in names)


class Stage:
    """One filter of the pipe."""

    def __init__(self, argv):
        self.argv = argv
        self.tool = os.path.basename(argv[0])
        if self.tool not in FILTERS:
            raise Fault(STATUS_USAGE, f"{argv[0]}: only {', '.join(FILTERS)} run in tasks")
        self.options, self.operands = read_words(argv, option_table(self.tool))
        self.names = {name for name, _ in self.options}

    def whole(self):
        """What keeps this filter from running on parts of the input; or None."""
        option = next(iter(sorted(self.names & WHOLE.get(self.tool, set()))), None)
        word = WHOLE_WORDS.get(self.tool)
        if word and not option and re.search(word, self.program(), re.IGNORECASE):
            return "with what it asks for"
        if self.tool == "ajoin" and not option and self.operands[1:].count("-") == 1 and self.operands[1] != "-":
            return "with - on its right"
        return option and "--" + option

    def program(self):
        """What it is asked for: aslice's filter, the others' select list."""
        for name, words in self.options:
            if self.tool == "aslice" and name == "from-file" and os.path.isfile(words[-1]):
                with open(words[-1], encoding="utf-8", errors="replace") as file:
                    return file.read()
        return self.operands[0] if self.operands else ""

    def shuffles(self, threshold):
        """Whether both sides of an ajoin are to be shuffled: the other one is larger, or its rows may come alone."""
        if self.tool != "ajoin" or len(self.operands) != 3 or self.operands[1:].count("-") != 1 or \
                "key" not in self.names or self.names & ONE_JOIN or self.form() not in ("tsv", "json"):
            return False
        other = self.operands[1] if self.operands[2] == "-" else self.operands[2]
        return bool(self.names & {"right", "full"}) or self.operands[2] == "-" or size_of(other) > threshold

    def task_words(self, left_out, *more):
        """As it runs in a task, which has one core, unless it is told otherwise."""
        return self.words(left_out, *more, *(() if "threads" in self.names else ("--threads", "1")))

    def words(self, left_out, *more):
        kept = [word for name, words in self.options if name not in left_out for word in words]
        return [self.tool, *more, *kept, "--", *self.operands]

    def form(self):
        """What it writes: tsv, json …"""
        for name, words in reversed(self.options):
            if name == "to":
                return words[-1].partition("=")[2] if len(words) == 1 else words[-1]
            if name in ("table", "vertical"):
                return "table"
        return "json" if self.tool == "aslice" else "tsv"


def split_command(words):
    """The filters of the pipe."""
    if len(words) == 1:
        reader = shlex.shlex(words[0], posix=True, punctuation_chars="|&;<>()")
        reader.whitespace_split = True
        reader.commenters = ""
        try:
            words = list(reader)
        except ValueError as wrong:
            raise Fault(STATUS_USAGE, f"{words[0]}: {wrong}") from wrong
    stages = [[]]
    for word in words:
        if word == "|":
            stages.append([])
        elif re.fullmatch(r"[|&;<>()]+", word):
            raise Fault(STATUS_USAGE, f"'{word}': a pipe of filters is expected, as in: aslice .[] | aagg ...")
        else:
            stages[-1].append(word)
    if not all(stages):
        raise Fault(STATUS_USAGE, "a filter is missing beside '|'")
    return [Stage(argv) for argv in stages]


class Plan:
    """The pipe in three parts: mapped (in each task), the aagg that is merged (or None), and what runs here. Or in two,
    around an ajoin whose sides are shuffled: mapped, join, and the plan `rest` of what comes behind.

    threshold: bytes of the side of an ajoin that tasks read as a whole; None: there is no shuffle of both sides.
    before: what the stages follow, or None."""

    def __init__(self, stages, remark, threshold=None, before=None):
        count = 0
        self.join = self.rest = None
        while count < len(stages) and stages[count].tool != "aagg" and not self.join:
            if stages[count].tool == "ajoin" and len(stages[count].operands) > 2 and "-" not in stages[count].operands:
                raise Fault(STATUS_USAGE, "ajoin: one of its files is what comes in: -")
            if threshold is not None and stages[count].shuffles(threshold):
                self.join = stages[count]
                break
            if stages[count].whole():
                break
            count += 1
        self.mapped = [stage.task_words(()) for stage in stages[:count]]
        self.last = stages[count - 1] if count else before
        if self.join:
            self.rest = Plan(stages[count + 1:], remark, threshold, self.join)
            stages = stages[:count]
        self.grouped = count < len(stages) and stages[count].tool == "aagg" and \
            not stages[count].names & {"partial", "merge"}
        self.here = [stage.argv for stage in stages[count:]]
        self.merge = None
        if self.grouped:
            aagg = stages[count]
            self.mapped.append(aagg.task_words(MERGE_ONLY, "--partial", "--key-first=hash"))
            self.merge = aagg.task_words(MAP_ONLY | MERGE_ONLY, "--merge", "--partial", "-q")
            self.here[0] = aagg.words(MAP_ONLY, "--merge")
        elif count < len(stages):
            why = stages[count].whole() or "--merge"
            remark(f"{stages[count].tool} {why} needs all records in one place: it runs here")
        self.form = self.last.form() if self.last else None


# ---- programs that run

class Pipe:
    """Programs, each reading what the one before it writes; their messages are kept apart.

    feed: pieces of bytes for the first one, written by a thread; or, where that one writes nothing before it has read
    all, by this one (wait)."""

    def __init__(self, commands, environment, feed=None, wait=False):
        self.commands = commands
        self.messages = [tempfile.TemporaryFile() for _ in commands]
        self.processes = []
        source = subprocess.PIPE if feed is not None else subprocess.DEVNULL
        for words, messages in zip(commands, self.messages):
            process = subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, stderr=messages, env=environment)
            if self.processes and self.processes[-1].stdout:
                self.processes[-1].stdout.close()
            self.processes.append(process)
            source = process.stdout
        self.out = source
        self.feeder = None
        if wait:
            self.write(feed)
        elif feed is not None:
            self.feeder = threading.Thread(target=self.write, args=(feed,))
            self.feeder.start()

    def write(self, feed):
        try:
            for piece in feed:
                self.processes[0].stdin.write(piece)
        except BrokenPipeError:
            pass
        try:
            self.processes[0].stdin.close()
        except BrokenPipeError:
            pass

    def pieces(self, size):
        """What the last one writes, as it comes, so many bytes at a time."""
        return iter(lambda: self.out.read(size), b"")

    def stop(self):
        """Ends the programs, whose output is not wanted any more."""
        for process in self.processes:
            process.kill()
        self.end()

    def end(self):
        """(status of the first that failed, its number, its messages as text); status 0: all went well."""
        if self.feeder:
            self.feeder.join()
        self.out.close()
        statuses = [process.wait() for process in self.processes]
        said = []
        for messages in self.messages:
            messages.seek(0)
            said.append(messages.read().decode(errors="replace"))
            messages.close()
        # One that the next one no longer listened to has not failed.
        for number, status in enumerate(statuses):
            if status != 0 and not (status == -13 and any(s == 0 for s in statuses[number + 1:])):
                # What broke is the last that complains: those before it die of its end.
                later = [n for n in range(number, len(statuses)) if statuses[n] not in (0, -13)]
                number = later[0] if later else number
                return statuses[number], number, said
        return 0, 0, said


def finish(plan, feed, into):
    """What runs on this machine, on pieces of bytes."""
    if not plan.here:
        for piece in feed:
            into.write(piece)
        into.flush()
        return
    pipe = Pipe(plan.here, None, feed)
    for piece in pipe.pieces(1 << 16):
        into.write(piece)
    into.flush()
    status, number, said = pipe.end()
    sys.stderr.write("".join(said))
    if status != 0:
        raise Fault(status if status > 0 else STATUS_IO, "" if said[number] else f"{plan.here[number][0]} failed")
