#!/usr/bin/env python3
"""Reads partial states from standard input by atools-partial(5) alone, knowing nothing of atools' sources.

    read_partial.py KEYS LIST KIND…

KEYS and LIST are aagg's arguments, the kinds those of LIST's aggregates in turn: count, sum, variance, pair, bits,
bool, extreme, percentile, discrete, sketch, tally:N (N values an entry). Prints a line a group: its keys and each
state, in JSON. Anything that is not as the page says ends it.
"""
import base64
import fractions
import json
import math
import struct
import sys
import zlib


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        piece = self.data[self.at:self.at + count]
        assert len(piece) == count, "ends early"
        self.at += count
        return piece

    def byte(self):
        return self.take(1)[0]

    def number(self):
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def signed(self):
        number = self.number()
        return number >> 1 if number % 2 == 0 else -(number + 1 >> 1)

    def word(self):
        return int.from_bytes(self.take(8), "little")

    def wide(self):
        return int.from_bytes(self.take(16), "little", signed=True)

    def real(self):
        return struct.unpack("<d", self.take(8))[0]

    def bytes(self):
        return self.take(self.number())

    def end(self):
        assert self.at == len(self.data), "more than there should be"


def exact(of):
    special, count = of.byte(), of.number()
    if count == 0:
        total = fractions.Fraction(0)
    else:
        base = of.number() - 128
        words = [of.take(8) for _ in range(count)]
        assert words[0] != bytes(8), "a word that could be left out"
        total = int.from_bytes(b"".join(words), "little", signed=True) * fractions.Fraction(2) ** (64 * base)
    if special & 1 or special & 6 == 6:
        return math.nan
    return math.inf if special & 2 else -math.inf if special & 4 else total


def value(of):
    head = of.byte()
    kind = head & 15
    if head & 16:
        of.byte()
    found = None
    if kind == 1:
        found = bool(of.byte())
    elif kind in (2, 6, 7):
        found = of.signed()
    elif kind == 3:
        found = of.real()
    elif kind == 4:
        scale, _ = of.byte(), of.byte()
        found = float(fractions.Fraction(of.wide(), 10 ** scale))
    elif kind == 8:
        found = {"fields": list(of.take(2)), "microseconds": of.signed(), "months": of.signed()}
    elif kind in (5, 9, 10, 11):
        found = of.bytes().decode()
    else:
        assert kind == 0, "no type"
    if head & 64:
        of.bytes()
    return found


def sum_of(of):
    there, count, longs = of.byte(), of.number(), of.wide()
    assert there < 8
    state = {"count": count, "longs": longs}
    if there & 1:
        state["reals"] = float(exact(of))
    if there & 2:
        scale, _ = of.number(), of.number()
        state["decimals"] = float(exact(of) / 10 ** scale)
    if there & 4:
        state["months"], state["microseconds"] = of.wide(), of.wide()
        state["intervals"], state["fields"] = of.number(), list(of.take(2))
    return state


def variance(of):
    return {"count": of.number(), "sum": float(exact(of)), "squares": float(exact(of))}


def moments(of):
    return {"count": of.number(), "sums": [float(exact(of)) for _ in range(4)]}


def bitmap(of):
    data = of.bytes()
    assert len(data) <= 4096 and data[-1:] != b"\0"
    return {"bits": [bit for bit in range(8 * len(data)) if data[bit // 8] >> bit % 8 & 1]}


def pair(of):
    return {"count": of.number(), **{name: float(exact(of)) for name in ("x", "y", "xx", "yy", "xy")}}


def bits(of):
    return {"any": bool(of.byte()), "bits": of.word()}


def truth(of):
    seen = of.byte()
    return {"true": bool(seen & 1), "false": bool(seen & 2)}


def candidate(of):
    inner = Bytes(of.bytes())
    key = value(inner) if inner.data else None
    inner.end()
    by = None
    if of.byte():
        inner = Bytes(of.bytes())
        by = value(inner)
        inner.end()
    return [key, by]


def extreme(of):
    cells = of.number()
    found = candidate(of)
    return candidate(of) if cells == 1 else found


def percentile(of):
    runs = [(of.number(), of.real()) for _ in range(of.number())]
    if runs and runs[0][0] == 0:  # times, by their type and fields
        assert int(runs.pop(0)[1]) >> 24 in (6, 7, 8)
    reals = [real for _, real in runs if real == real]
    assert reals == sorted(set(reals)) and all(times > 0 for times, _ in runs)
    return [[times, real] for times, real in runs]


def discrete(of):
    return {"fractional": bool(of.byte()), "values": percentile(of)}


def sketch(of):
    count = of.number()
    if count == 0:
        return sum(content > 0 for content in of.take(512))
    few = [of.number() for _ in range(count - 1)]
    assert few == sorted(few) and len({one >> 8 for one in few}) == len(few)
    return len(few)


def columns(data, of=None):
    keys = Bytes(data)
    found = []
    while keys.at < len(data):
        length = keys.number()
        found.append(None if length == 0 else keys.take(length - 1).decode())
    return found


def tally(of, values):
    entries = []
    for _ in range(of.number()):
        times, key, extra = of.number(), of.bytes(), Bytes(of.bytes())
        entries.append((key, times, [value(extra) for _ in range(values)]))
        extra.end()
    assert [key for key, _, _ in entries] == sorted({key for key, _, _ in entries}), "not in order"
    return [[times, columns(key), found] for key, times, found in entries]


STATES = {"count": Bytes.number, "sum": sum_of, "variance": variance, "pair": pair, "bits": bits, "bool": truth,
          "extreme": extreme, "percentile": percentile, "discrete": discrete, "sketch": sketch,
          "moments": moments, "bitmap": bitmap}


def fnv(data):
    number = 0xcbf29ce484222325
    for byte in data:
        number = (number ^ byte) * 0x100000001b3 % 2 ** 64
    return "%016x" % number


def head(of, text):
    """How a column was written."""
    kind = of.byte()
    assert kind <= 5 and (kind == 0) == (text is None) or kind == 5
    if kind == 4:
        of.byte(), of.byte(), of.bytes()
    elif kind == 5:
        value(of)


def main():
    keys, select, kinds = sys.argv[1], sys.argv[2], sys.argv[3:]
    for line in sys.stdin:
        front, tab, rest = line.partition("\t")
        rest = rest if tab else line
        state = json.loads(rest)
        assert list(state) == ["aagg", "of", "keys", "state"] and " " not in rest.split('"keys"')[0]
        assert state["aagg"] == 2 and state["of"] == fnv(("2\n%s\n%s" % (keys, select)).encode())
        whole = base64.b64decode(state["state"], validate=True)
        assert int.from_bytes(whole[:4], "little") == zlib.crc32(whole[4:])
        of = Bytes(whole[4:])
        key = of.bytes()
        texts = columns(key)
        written = Bytes(of.bytes())
        for text in texts:
            head(written, text)
        written.end()
        if tab:
            assert front == fnv(key) or front == ",".join("\\N" if text is None else text for text in texts)
        found = []
        for kind in kinds:
            name, _, values = kind.partition(":")
            found.append(tally(of, int(values)) if name == "tally" else STATES[name](of))
        of.end()
        print(json.dumps({"key": texts, "states": found}))


main()
