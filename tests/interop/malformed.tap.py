#!/usr/bin/env python3
"""TAP: malformed JSON in every framing is refused at the right line and byte, with status 1.

The corpus is made here: hand-written pieces, and good documents with one byte taken out, put in, doubled or
changed. Where the first wrong byte is, a reader of RFC 8259 written for this purpose says (it shares
nothing with the C code). Each text is fed alone, as a line among lines, as an element of an array, a small one and one
that is streamed, behind other values framed by nesting, and among lines where values may have several.

    malformed.tap.py [CASES [SEED]]
"""
import os
import random
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASLICE = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aslice")
GROUP = 50  # cases a TAP line

PIECES = [
    b"",
    b"]",
    b"}",
    b",",
    b":",
    b"[",
    b"{",
    b"[[",
    b"{\"a\"",
    b"{\"a\":",
    b"{\"a\":1",
    b"{\"a\":1,",
    b"[1",
    b"[1,",
    b"\"",
    b"\"a",
    b"[1,]",
    b"[,1]",
    b"[,]",
    b"[1,,2]",
    b"[1 2]",
    b"[1}",
    b"{\"a\":1]",
    b"{,}",
    b"{\"a\":1,}",
    b"{\"a\" 1}",
    b"{\"a\":}",
    b"{\"a\"}",
    b"{a:1}",
    b"{1:1}",
    b"{null:1}",
    b"{'a':1}",
    b"{[]:1}",
    b"{\"a\":1 \"b\":2}",
    b"{\"a\":1,,\"b\":2}",
    b"{\"a\"::1}",
    b"['a']",
    b"tru",
    b"truE",
    b"True",
    b"TRUE",
    b"nul",
    b"nulll",
    b"none",
    b"fals",
    b"falsee",
    b"nan",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"undefined",
    b"+1",
    b"-",
    b"--1",
    b"01",
    b"-01",
    b"00",
    b"1.",
    b"1.e1",
    b".5",
    b"-.5",
    b"1e",
    b"1e+",
    b"1e-",
    b"1e1.5",
    b"1E+-1",
    b"0x10",
    b"1_000",
    b"1,5",
    b"0e",
    b"-e1",
    b"1.2.3",
    b"\xef\xbc\x91",
    b"1a",
    b"\"\\x41\"",
    b"\"\\u12\"",
    b"\"\\u12g4\"",
    b"\"\\U0041\"",
    b"\"\\'\"",
    b"\"\\",
    b"\"\\u",
    b"\"\\\n\"",
    b"\"a\tb\"",
    b"\"a\nb\"",
    b"\"a\x00b\"",
    b"\"\x1f\"",
    b"\x00",
    b"[\x00]",
    b"{\"a\":\x00}",
    b"[1\x00]",
    b"\x01",
    b"\"\x80\"",
    b"\"\xbf\"",
    b"\"\xc0\x80\"",
    b"\"\xc1\xbf\"",
    b"\"\xc3\"",
    b"\"\xc3(\"",
    b"\"\xe0\x80\x80\"",
    b"\"\xe0\x9f\xbf\"",
    b"\"\xe2\x82\"",
    b"\"\xe2(\xac\"",
    b"\"\xed\xa0\x80\"",
    b"\"\xed\xbf\xbf\"",
    b"\"\xf0\x80\x80\x80\"",
    b"\"\xf0\x8f\xbf\xbf\"",
    b"\"\xf0\x9f\x98\"",
    b"\"\xf4\x90\x80\x80\"",
    b"\"\xf5\x80\x80\x80\"",
    b"\"\xf8\x88\x80\x80\x80\"",
    b"\"\xfe\"",
    b"\"\xff\"",
    b"\xe9",
    b"{\"\xff\":1}",
    b"{\"\\q\":1}",
    b"[1]//x",
    b"/*x*/[1]",
    b"#x",
    b"[1,/**/2]",
    b"\xc2\xa01",
    b"\x0c1",
    b"\x0b1",
    b"[\x0c]",
    b"\xe2\x80\xa81",
    b"\"a\"\"b\"",
    b"\"a\" \"b\":",
    b"<a/>",
    b"a,b,c",
    b"=1",
    b"(1)",
    b"[1;2]",
    b"{\"a\"=1}",
    b"\\u0031",
    b"[\"a\\u00e\"]",
    b"[\"\\ud83d\\ude0\"]",
]
GOOD = [
    b'{"a":1,"b":[true,false,null],"c":{"d":"e"}}',
    b'[1,-2.5e+10,0,"x"]',
    b'"a\\"b\\\\c\\u00e9\\n"',
    b'{"k\\u0061":"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}',
    b'[[[]],{},[{}],""]',
    b'{"id":"6d4089e4","n":1516717442.735266,"o":[{"at":"x","ok":true},{"ok":false}]}',
    b'-0.5E-3',
    b'true',
    b'[ 1 , { "a" : [ ] } , "\xc3\x9f" ]',
    b'{"":{"":[null]}}',
    b'"' + b"long " * 40 + b'"',
    b'[' + b",".join(b"%d" % n for n in range(70)) + b']',
]
NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
GLUED = re.compile(rb"[0-9A-Za-z+.-]")
SPACE = b" \t\r\n"
MANY = b"".join(b'{"good":%d},\n ' % n for n in range(20000))  # enough for an array to be streamed


class Wrong(Exception):
    """The byte at args[0] cannot stand there."""


def space(text, at):
    while at < len(text) and text[at:at + 1] in (b" ", b"\t", b"\r", b"\n"):
        at += 1
    return at


def string(text, at):
    at += 1
    while True:
        c = text[at:at + 1]
        if c == b'"':
            return at + 1
        if c == b"" or c < b" ":
            raise Wrong(at)
        if c == b"\\":
            at += 1
            kind = text[at:at + 1]
            if kind == b"" or kind not in b'"\\/bfnrtu':
                raise Wrong(at)
            at += 1
            for _ in range(4 if kind == b"u" else 0):
                if text[at:at + 1] == b"" or text[at:at + 1] not in b"0123456789abcdefABCDEF":
                    raise Wrong(at)
                at += 1
        elif c < b"\x80":
            at += 1
        else:
            at = character(text, at)


def character(text, at):
    """A character beyond ASCII: Python's own decoder says how far its bytes are good."""
    for length in (2, 3, 4):
        try:
            text[at:at + length].decode("utf-8")
            return at + length
        except UnicodeDecodeError:
            pass
    for length in (1, 2, 3):  # the first byte that no character can go on with
        beginnings = [bytes([b]) for b in range(0x80, 0xc0)]
        piece = text[at:at + length]
        if len(piece) < length:
            raise Wrong(len(text))
        if not begins(piece, 4 - length, beginnings):
            raise Wrong(at + length - 1)
    raise Wrong(at + 3)


def begins(piece, more, bytes_on, memory={}):
    """Can a character begin with piece?"""
    if piece not in memory:
        memory[piece] = False
        for tail in range(more + 1):
            # the extremes and the middle of the continuation bytes are enough to try
            for filler in (b"\x80", b"\x90", b"\x9f", b"\xa0", b"\xbf"):
                try:
                    (piece + filler * tail).decode("utf-8")
                    memory[piece] = True
                except UnicodeDecodeError:
                    pass
    return memory[piece]


def number(text, at):
    """The longest number, or the byte that breaks it."""
    found = NUMBER.match(text, at)
    if not found:
        raise Wrong(at + 1)  # a minus alone
    end = found.end()
    rest = text[end:end + 1]
    whole = found.group(0).lstrip(b"-")
    if whole == b"0" and rest.isdigit():
        raise Wrong(end)
    if rest == b"." and found.group(2) is None and found.group(3) is None:
        raise Wrong(end + 1)
    if rest in (b"e", b"E") and found.group(3) is None:
        end += 1
        raise Wrong(end + 1 if text[end:end + 1] in (b"+", b"-") else end)
    return end


def value(text, at):
    """The end of the value at `at` (behind white space)."""
    c = text[at:at + 1]
    if c == b'"':
        return string(text, at)
    if c in (b"[", b"{"):
        return container(text, at)
    if c == b"-" or c.isdigit():
        return number(text, at)
    for word in (b"true", b"false", b"null"):
        if c == word[:1]:
            for i in range(len(word)):
                if text[at + i:at + i + 1] != word[i:i + 1]:
                    raise Wrong(at + i)
            return at + len(word)
    raise Wrong(at)


def container(text, at):
    closing = b"]" if text[at:at + 1] == b"[" else b"}"
    at = space(text, at + 1)
    if text[at:at + 1] == closing:
        return at + 1
    while True:
        if closing == b"}":
            if text[at:at + 1] != b'"':
                raise Wrong(at)
            at = space(text, string(text, at))
            if text[at:at + 1] != b":":
                raise Wrong(at)
            at = space(text, at + 1)
        at = space(text, value(text, at))
        if text[at:at + 1] == closing:
            return at + 1
        if text[at:at + 1] != b",":
            raise Wrong(at)
        at = space(text, at + 1)


def wrong_record(text):
    """Offset of the first wrong byte of a text that should be one value, or None."""
    try:
        at = space(text, value(text, space(text, 0)))
        return None if at == len(text) else at
    except Wrong as wrong:
        return wrong.args[0]


def wrong_sequence(text, at=0):
    """The same for values one after the other, from `at` on; behind a number or literal, nothing like it stands."""
    at = space(text, at)
    while at < len(text):
        try:
            end = value(text, at)
        except Wrong as wrong:
            return wrong.args[0]
        if text[at:at + 1] not in (b'"', b"[", b"{") and GLUED.match(text, end):
            return end
        at = space(text, end)
    return None


def wrong_mixed(text, line):
    """The same where values of several lines stand among lines, of which the one at `line` is no value; what begins
    there and never ends is wrong where its line is."""
    wrong = wrong_sequence(text, line)
    if wrong != len(text):
        return wrong
    end = text.index(b"\n", line)
    return line + wrong_record(text[line:end])


def place(text, offset):
    line = text.count(b"\n", 0, offset) + 1
    return line, offset - (text.rfind(b"\n", 0, offset) + 1) + 1


def mutate(random, text):
    at = random.randrange(len(text))
    kind = random.randrange(5)
    junk = bytes([random.choice(b"[]{}:,\"\\0123456789-+.eEtfn \x00\x1f\x7f\x80\xbf\xc3\xed\xf0\xff/'")])
    if kind == 0:
        return text[:at] + text[at + 1:]
    if kind == 1:
        return text[:at] + junk + text[at:]
    if kind == 2:
        return text[:at] + junk + text[at + 1:]
    if kind == 3:
        return text[:at] + text[at:at + 1] + text[at:]
    return text[:at]


def framings(piece):
    """(name, input, options, offset of the wrong byte in the input, results before it) of each framing where piece is
    wrong."""
    made = []
    lone = wrong_record(piece)
    if lone is not None and piece.strip(SPACE) and b"\n" not in piece and not piece.startswith(b"\x1e"):
        made.append(("alone", piece, ["--framing", "line"], lone, []))
        head = b'{"good":1}\n[2]\n'
        text = head + piece + b'\n{"good":3}\n'
        made.append(("a line", text, ["--framing", "line"], len(head) + lone, [b'{"good":1}', b"[2]"]))
        mixed = wrong_mixed(text, len(head))
        if mixed is not None:
            made.append(("among lines", text, [], mixed, None))
    head = b'[{"good":1},\n "x", '
    text = head + piece + b", 4]\n"
    wrong = wrong_record(text)
    if wrong is not None:
        made.append(("an element", text, ["--framing", "nest"], wrong, None))
        if len(piece) % 3 == 0:
            made.append(("an element of many", b"[" + MANY + text[1:], [], len(MANY) + wrong, None))
    head = b'{\n"good" : 1}\n[2]\n'
    text = head + piece + b"\n7\n"
    wrong = wrong_sequence(text)
    if wrong is not None:
        made.append(("by nesting", text, [], wrong, None))
    return made


def check(name, text, options, offset, before):
    """What is wrong with aslice's answer, or None."""
    program = ".[]" if name.startswith("an element") else "."
    run = subprocess.run([ASLICE, *options, program], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line, byte = place(text, offset)
    wanted = "aslice: stdin:%d: byte %d: " % (line, byte)
    errors = run.stderr.decode("utf-8", "replace")
    problem = None
    if run.returncode != 1:
        problem = "status %d" % run.returncode
    elif not errors.startswith(wanted) or errors.count("\n") != 1:
        problem = "expected " + wanted
    elif before is not None and run.stdout.split(b"\n")[:-1] != before:
        problem = "expected the results %r" % before
    elif name == "an element of many" and run.stdout.count(b"\n") < 20000:
        problem = "the good elements before it are missing"
    elif not text.startswith(b"[") and before is None and not run.stdout.startswith(b'{"good":1}\n[2]\n'):
        problem = "the good values before it are missing"
    if problem:
        return "%s: %r %s\n  %s\n  status %d, errors %s  results %r" % (
            name, text, options, problem, run.returncode, errors, run.stdout[:200])
    return None


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    generator = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 8259)
    corpus = list(dict.fromkeys(PIECES))
    while len(corpus) < count:
        piece = mutate(generator, generator.choice(GOOD))
        if piece not in corpus and wrong_record(piece) is not None:
            corpus.append(piece)
    groups = [corpus[i:i + GROUP] for i in range(0, len(corpus), GROUP)]
    print("1..%d" % len(groups))
    failed = 0
    for number_of, group in enumerate(groups, 1):
        problems, made = [], 0
        for piece in group:
            for case in framings(piece):
                made += 1
                problem = check(*case)
                if problem:
                    problems.append(problem)
        failed += bool(problems)
        print("%sok %d - %d malformed texts in %d framings are refused where they are wrong"
              % ("not " if problems else "", number_of, len(group), made))
        for problem in problems[:8]:
            print("\n".join("# " + line for line in problem.split("\n")))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
