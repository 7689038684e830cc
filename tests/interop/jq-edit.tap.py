#!/usr/bin/env python3
"""TAP: programs that edit the text of their input (del, assignments, map of them), against the same programs where
values are built: behind `| .` nothing is edited. Random programs on random documents, with repeated and escaped keys,
white space, and numbers of all sizes; under the name jq with its options, and as aslice. Where the documents are such
that jq 1.6 writes them as they came, it is a judge, too.

    jq-edit.tap.py [PROGRAMS [SEED]]    (600, 1)
"""
import json
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from documents import spaced  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASLICE = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aslice")
GROUP = 50
KEYS = ["a", "b", "c", "d", "a b", "é"]
TEXTS = ["", "a", "é", "a,b", "]}", "\\", "a\"b", "l\nl", "x" * 70]
NUMBERS = ["0", "1", "-1", "2", "1.5", "100"]
ODD_NUMBERS = ["-0", "1.0", "1e2", "123456789012345678901234567890", "0.10", "1E-7", "17179869184.5"]
OPTIONS = [["-c"], ["-c"], [], ["-S", "-c"], ["-S"], ["--tab"], ["-C", "-c"], ["-C"], ["-s", "-c"], ["-a", "-c"],
           ["--seq", "-c"], ["--stream", "-c"], ["--indent", "3"], ["-j"], ["-e", "-c"]]


def key_text(draw, key, plain):
    if not plain and draw.random() < 0.05:
        return '"' + "".join("\\u%04x" % ord(letter) for letter in key) + '"'
    return json.dumps(key, ensure_ascii=False)


def document(draw, plain, depth=0):
    kind = draw.random()
    if depth > 4 or (depth > 0 and kind < 0.25 + 0.1 * depth) or kind < 0.05:
        number = draw.choice(NUMBERS if plain or draw.random() < 0.7 else ODD_NUMBERS)
        text = json.dumps(draw.choice(TEXTS), ensure_ascii=not plain and draw.random() < 0.3)
        return draw.choice([number, number, text, text, "true", "false", "null"])
    count = draw.choice([0, 1, 2, 3, 4, 6])
    if kind < 0.5:
        return "[" + ",".join(document(draw, plain, depth + 1) for _ in range(count)) + "]"
    keys = draw.sample(KEYS, count)
    if not plain and keys and draw.random() < 0.08:
        keys.insert(draw.randrange(len(keys) + 1), draw.choice(keys))
    return "{" + ",".join(key_text(draw, key, plain) + ":" + document(draw, plain, depth + 1) for key in keys) + "}"


class Maker:
    """Random programs. `plain`: such as jq 1.6 runs as 1.8 does."""

    def __init__(self, seed, plain):
        self.draw = random.Random(seed)
        self.plain = plain

    def path(self):
        draw = self.draw
        made = ""
        if draw.random() < 0.04:
            return draw.choice([".", "select(%s)" % self.condition()])
        for _ in range(draw.choice([1, 1, 2, 2, 3])):
            step = draw.choice([".a", ".b", ".c", ".d", '."a b"', '["é"]', "[]", "[]", '["a"]'])
            if draw.random() < 0.05:
                step = draw.choice(["[0]", "[-1]", '."\\u0061"'] + ([] if self.plain else [".a?", "[]?"]))
            if made == "" and step.startswith("["):
                step = "." + step
            made += step
        kind = draw.random()
        if kind < 0.15:
            return "(%s | select(%s))" % (made, self.condition())
        return "(%s | %s)" % (made, self.path()) if kind < 0.2 else made

    def condition(self):
        ways = ['type == "object"', ". != null", "length > 1", ".a", "true", "false",
                'type == "array" and length > 0']
        if not self.plain:
            ways += [".a? == 1", "(.b, .c)?"]  # whose ? catches what comes behind it, too, in 1.6, here as elsewhere
        return self.draw.choice(ways)

    def literal(self):
        draw = self.draw
        ways = ["1", '"x"', "null", "[]", '{"b":[1]}', "$v"] + ([] if self.plain else [".a?"])
        return draw.choice(ways) if draw.random() < 0.9 else "(1, 2)"

    def change(self):
        draw = self.draw
        if draw.random() < 0.45:
            return "(" + self.edit() + ")"
        ways = [".", "1", "tojson", "[.]", "{a: .}", "(1, 2)", ". + 1", "$v", "type", "if . then 1 else . end"]
        if not self.plain:
            ways += ["length?", "empty", "select(. != null)", "error", "first(.[]?)", "break $out"]
        return draw.choice(ways)

    def edit(self):
        draw = self.draw
        kind = draw.randrange(10)
        if kind < 4:
            return "del(%s)" % ", ".join(self.path() for _ in range(draw.choice([1, 1, 1, 2, 3])))
        if kind < 6:
            return "%s |= %s" % (self.path(), self.change())
        if kind == 6:
            return "%s %s %s" % (self.path(), draw.choice(["=", "=", "+=", "//="]), self.literal())
        if kind == 7:
            return "map(%s)" % self.edit()
        if kind == 8:
            return "map_values(%s)" % self.change()
        return "(%s) | (%s)" % (self.edit(), self.edit())

    def program(self):
        draw = self.draw
        edit = self.edit()
        kind = draw.randrange(12)
        if kind == 0:
            edit = ".[]? | " + edit
        elif kind == 1:
            edit = "select(%s) | %s" % (self.condition(), edit)
        elif kind == 2:
            edit = "(%s), (%s)" % (edit, self.edit())
        elif kind == 3:
            edit = "if %s then %s else %s end" % (self.condition(), edit, self.edit())
        elif kind == 4:
            edit = "{x: (%s)}" % edit
        elif kind == 5:
            edit = ".a? | " + edit
        if draw.random() < 0.4:
            edit = 'try (%s) catch %s' % (edit, "1" if self.plain else ".")
        return "[1] as $v | label $out | (%s)" % edit


def run(name, arguments, text):
    done = subprocess.run([name] + arguments, executable=shutil.which("jq") if name == "oracle" else ASLICE,
                          input=text.encode(), capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def differs(name, options, program, text):
    edited, built = (run(name, options + [way], text) for way in (program, "(%s) | ." % program))
    return edited != built and "%s %s %r on %r:\n#  %r\n#  %r" % (name, " ".join(options), program, text, edited, built)


def try_one(number, seed):
    """What is wrong with one program."""
    draw = random.Random(seed * 1000003 + number)
    plain = number % 4 == 0
    maker = Maker(draw.random(), plain)
    program = maker.program()
    documents = [document(draw, plain) for _ in range(12)]
    text = "".join(one + "\n" for one in documents)
    if plain:
        ours, theirs = (run(name, ["-c", program], text)[:2] for name in ("jq", "oracle"))
        if ours != theirs and shutil.which("jq"):
            yield "jq -c %r on %r:\n#  %r\n#  %r" % (program, text, ours, theirs)
    if draw.random() < 0.4:
        text = "".join(spaced(draw, one) + "\n" for one in documents)
    options = draw.choice(OPTIONS)
    if "--seq" in options:
        text = "".join("\x1e" + line + "\n" for line in documents)
    yield differs("jq", options, program, text)
    yield differs("jq", ["-n", "-c"], "inputs | " + program, text)
    yield differs("aslice", ["-c"], "try (%s) catch \"E \" + tojson" % program, text)
    yield differs("aslice", ["-p"], "(%s)?" % program, text)
    yield differs("aslice", ["-c"], ".[] | try (%s) catch tojson" % program, "[" + ",".join(documents) + "]")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print("1..%d" % ((count + GROUP - 1) // GROUP))
    failed = 0
    for first in range(0, count, GROUP):
        wrong = [text for number in range(first, min(first + GROUP, count)) for text in try_one(number, seed) if text]
        failed += bool(wrong)
        print("%s %d - programs from %d on" % ("not ok" if wrong else "ok", first // GROUP + 1, first), flush=True)
        for text in wrong[:5]:
            print("#", text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
