"""The input of a job, in shares: what each task reads, and the words of the tool that reads it."""
import fnmatch
import glob
import json
import os
import re
import subprocess

from atools_pipe import Fault, STATUS_USAGE, run_tool

PACKED = (".gz", ".zst", ".lz4", ".bz2", ".xz")
# Bytes of the input for a task: below FLOOR it costs more than it gains; where a slot has WAVES tasks they are larger
# than LEAST; where they would be larger than MOST (ROWS, if the driver holds what they write) there are more of them.
FLOOR, LEAST, ROWS, MOST = 32 << 20, 128 << 20, 64 << 20, 2 << 30
WAVES = 4


def remote(place):
    return re.match(r"(s?webhdfs|s3a?)://", place) is not None


def list_folder(place):
    """[(url, bytes or None for a folder)] of what is directly in a folder; of a file itself."""
    entries = []
    for line in run_tool(["aread", "-l", place]).decode().splitlines():
        fields = line.split(None, 7)
        if len(fields) == 8:
            entries.append((fields[7], None if fields[0].startswith("d") else int(fields[4])))
    return entries


def find_remote(place):
    scheme, _, path = place.partition("://")
    host, *parts = path.split("/")
    found = [(scheme + "://" + host, None)]
    for at, part in enumerate(parts):
        if not part:
            continue
        if re.search(r"[*?\[]", part):
            found = [(url, size) for folder, _ in found for url, size in list_folder(folder + "/")
                     if fnmatch.fnmatchcase(url.rstrip("/").rpartition("/")[2], part)
                     and (size is None or at == len(parts) - 1)]
        else:
            found = [(folder + "/" + part, None) for folder, _ in found]
    return found


def walk_remote(place):
    """The files below what the pattern names."""
    files, todo = [], find_remote(place)
    seen = set()
    while todo:
        url, size = todo.pop(0)
        if size is not None:
            files.append((url, size))
        elif url not in seen:
            seen.add(url)
            inside = list_folder(url)
            todo += [entry for entry in inside if entry[0].rstrip("/").rpartition("/")[2][:1] not in ("_", ".")]
    return sorted(files)


def walk_local(place):
    files = []
    for found in sorted(glob.glob(place)) or [place]:
        if not os.path.isdir(found):
            if not os.path.exists(found):
                raise Fault(STATUS_USAGE, f"{found}: no such file or folder")
            files.append(found)
            continue
        for folder, folders, names in os.walk(found):
            folders[:] = sorted(name for name in folders if name[0] not in "_.")
            files += [os.path.join(folder, name) for name in sorted(names) if name[0] not in "_."]
    return [(os.path.abspath(path), os.path.getsize(path)) for path in files]


def first_form(url, size, given):
    """(form, whether its lines may be divided) of a file; given: what -i of the first filter says, or None."""
    name = url.lower()
    head = run_tool(["aread", "--raw", "--lines", "0-1", url]) if size and not name.endswith(PACKED) else b""
    if head.startswith(b"PAR1"):
        return "parquet", False
    if name.endswith(PACKED) or head.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        return given or next((form for form in ("csv", "tsv") if "." + form + "." in name), None), False
    form = given or next((form for form in ("csv", "tsv") if name.endswith("." + form)), None)
    if form is None:
        form = "json" if head.lstrip()[:1] in (b"{", b"[", b'"', b"") else "tsv"
    if form == "json":
        # One whole record on the first line, and something behind it.
        try:
            json.loads(head)
            return form, len(head) < size
        except ValueError:
            return form, False
    # A quoted cell may hold a newline.
    return form, form == "tsv"


def is_delta(place):
    """Whether a folder has the log of a Delta table."""
    if remote(place):
        return any(url.rstrip("/").endswith("/_delta_log") for url, _ in list_folder(place))
    return os.path.isdir(os.path.join(place, "_delta_log"))


def in_parts(total, part):
    """How many parts of at most so much there are in it."""
    return -(-total // part)


def share_bytes(total, slots, held):
    """Bytes for a task, so that each of the slots has the same number of them."""
    waves = max(1, min(WAVES, in_parts(total, slots * LEAST)), in_parts(total, slots * (ROWS if held else MOST)))
    return max(FLOOR, in_parts(total, slots * waves))


def group_shares(places, bytes_of):
    """Shares of the row groups of Parquet: of these files and folders together, as the tools count them."""
    weights = []
    for line in run_tool(["aread", "--files", *places]).decode(errors="replace").splitlines()[1:]:
        _, size, groups = line.split("\t")[:3]
        weights += [int(size) / max(1, int(groups))] * int(groups)
    bounds, done, whole = [0], 0, int(sum(weights))
    count = max(1, min(len(weights), in_parts(whole, bytes_of(whole))))
    for at, weight in enumerate(weights):
        done += weight
        if len(bounds) < count and done >= whole * len(bounds) / count and at + 1 < len(weights):
            bounds.append(at + 1)
    bounds.append(len(weights))
    return [("groups", tuple(places), begin, end, "parquet", False) for begin, end in zip(bounds, bounds[1:])]


def text_shares(url, size, form, divided, split):
    if not divided:
        return [("file", url, 0, size, form, False)]
    count = max(1, in_parts(size, split))
    return [("lines", url, size * i // count, size * (i + 1) // count, form, form != "json") for i in range(count)]


def find_datasets(place, given):
    """[(place, None)] of what is Parquet, a folder as a whole; [(file, (size, form, divided))] of other files."""
    found = []
    folders = [place] if remote(place) else [os.path.abspath(path) for path in sorted(glob.glob(place)) or [place]]
    for folder in folders:
        wild = remote(folder) and re.search(r"[*?\[]", folder)
        if not wild and (remote(folder) or os.path.isdir(folder)) and is_delta(folder):
            found.append((folder, None))
            continue
        files = walk_remote(folder) if remote(folder) else walk_local(folder)
        forms = [(url, size, *first_form(url, size, given)) for url, size in files[:1]]
        if forms and forms[0][2] == "parquet":
            found += [(url, None) for url, _ in files] if wild else [(folder, None)]
            continue
        if any("=" in part for url, _ in files for part in url[len(folder):].split("/")[:-1]):
            raise Fault(STATUS_USAGE, f"{folder}: columns in the names of folders are taken of Parquet only")
        forms += [(url, size, *first_form(url, size, given)) for url, size in files[1:]]
        found += [(url, None if form == "parquet" else (size, form, divided)) for url, size, form, divided in forms]
    return found


class Inputs:
    """What is at the places: found at once, so that what is wrong with it is said, and divided later.

    given: what -i of the first filter says, or None."""

    def __init__(self, places, given):
        self.found = []  # in their order: [(place of Kafka | dataset of Parquet, None), (file, (size, form, divided))]
        for place in places:
            self.found += [(place, None)] if place.startswith("kafka://") else find_datasets(place, given)

    def shares(self, split, slots=1, least=None, held=False):
        """[(kind, url, from, to, form, header)]: what each task reads. Divided evenly, in the order of the input.

        split: bytes of a file for a task; None: share_bytes. least: shares there are to be, at least, of each topic of
        Kafka; or None. held: what tasks write goes into the driver's memory."""
        shares, parquet = [], []

        def bytes_of(total):
            return split or share_bytes(total, slots, held)
        of_text = bytes_of(sum(text[0] for _, text in self.found if text))

        def end_parquet():
            if parquet:
                shares.extend(group_shares(parquet, bytes_of))
            parquet.clear()
        for url, text in self.found:
            if text is None and not url.startswith("kafka://"):
                parquet.append(url)
                continue
            end_parquet()
            shares += text_shares(url, *text, of_text) if text else kafka_shares(url, least)
        end_parquet()
        return shares


def divide_offsets(ranges, least):
    """The ranges, cut so that there are about `least` of them, the longer ones into more, as Spark's source does it."""
    total = sum(end - begin for _, begin, end in ranges)
    if not least or len(ranges) >= least:
        return ranges
    cut = []
    for partition, begin, end in ranges:
        count = min(end - begin, max(1, round((end - begin) * least / total)))
        cut += [(partition, begin + (end - begin) * i // count, begin + (end - begin) * (i + 1) // count)
                for i in range(count)]
    return cut


def kafka_shares(place, least):
    """Shares of the partitions of kafka://BROKERS/TOPIC, up to their ends as they are now."""
    brokers, _, topic = place[len("kafka://"):].rpartition("/")
    if not brokers or not topic:
        raise Fault(STATUS_USAGE, f"{place}: expected kafka://BROKERS/TOPIC")
    ends = {}
    for where in ("earliest", "latest"):
        for line in run_tool(["atopic", "offsets", "-b", brokers, "-o", where, topic]).decode().splitlines()[1:]:
            _, partition, offset = line.split("\t")[:3]
            ends.setdefault(int(partition), []).append(int(offset))
    ranges = [(partition, begin, end) for partition, (begin, end) in sorted(ends.items()) if end > begin]
    return [("kafka", f"{brokers} {topic} {partition}", begin, end, "json", False)
            for partition, begin, end in divide_offsets(ranges, least)]


def reader_words(share):
    """The command that writes what is in a share."""
    kind, url, begin, end, _, header = share
    if kind == "kafka":
        brokers, topic, partition = url.split(" ")
        return ["aconsume", "-q", "-b", brokers, "-t", topic, "-p", partition, "-o", str(begin), "--until", str(end)]
    if kind == "groups":
        return ["aread", "-q", "--row-groups", f"{begin}-{end}", *url]
    words = ["aread", "--raw"]
    if kind == "lines":
        words += ["--lines", f"{begin}-{end}"] + (["--header"] if header else [])
    return words + [url]


def has_one_input(words):
    """Whether a filter reads its standard input alone, so that a file can be named in its place."""
    at = words.index("--")
    operands, options = words[at + 1:], words[1:at]
    if {"--args", "--jsonargs", "-f", "--lines", "-L"} & set(options):
        return False
    if words[0] == "ajoin":
        return len(operands) == 3 and operands[1] == "-"
    return "-" not in operands and (words[0] != "aslice" or len(operands) == 1)


def by_filter(share, words):
    """The filter `words`, reading the share itself: Parquet, whose types it so keeps, or lines of JSON, which are then
    not copied through a pipe; or None: it cannot."""
    kind, places, begin, end, form, header = share
    if kind == "lines":
        places, can = [places], form == "json" and not header and has_one_input(words)
    else:
        can = kind == "groups" and words[0] != "aslice"
    if not can or any(remote(place) for place in places):
        return None
    words = [words[0], "--lines" if kind == "lines" else "--row-groups", f"{begin}-{end}", *words[1:]]
    if words[0] != "ajoin":
        return words + list(places)
    if len(places) > 1:
        raise Fault(STATUS_USAGE, "a side of ajoin is one dataset: one --input, without a pattern of several files")
    at = words.index("-", words.index("--"))
    return words[:at] + list(places) + words[at + 1:]


def lines_before(share, environment):
    """The lines of the file in front of a share's."""
    kind, url, begin = share[:3]
    if kind != "lines" or begin == 0:
        return 0
    words = ["aread", "--raw", "--lines", f"0-{begin}", url]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as process:
        count = sum(piece.count(b"\n") for piece in iter(lambda: process.stdout.read(1 << 20), b""))
    # The header came before the lines of the share, and counted as its first.
    return count - (1 if share[5] else 0)


def share_name(share):
    """What a share is called in messages."""
    if share[0] == "kafka":
        return "{1}-{2} from {3}".format(*share[1].split(" "), share[2])
    if share[0] == "groups":
        return " ".join(share[1]) + f", from row group {share[2]}"
    return share[1]
