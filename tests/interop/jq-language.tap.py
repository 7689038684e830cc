#!/usr/bin/env python3
"""TAP: the jq language of common/jq against other implementations, on random programs and documents.

Programs are drawn from the whole grammar. Each one runs over a few documents; for each document its results, and
whether an error ended them, must be those of the oracle: PyPI's jq (1.8), which comes at the first run. gojq and jaq,
where they are found, are the judges where ours and jq differ: what both of them say is right too.

    jq-language.tap.py [PROGRAMS [SEED]]    (1500, 1)
"""
import json
import os
import random
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DRIVER = os.environ.get("JQ_DRIVER", ROOT + "/build/tests/jq_driver")
sys.dont_write_bytecode = True
import virtual_environment  # noqa: E402

virtual_environment.enter("jq", ["jq==1.13.0"], "jq")

import jq as binding  # noqa: E402

OTHERS = [
    path for path in (shutil.which("gojq"), shutil.which("jaq"), os.path.expanduser("~/.cache/atools/bin/jaq"))
    if path and os.path.exists(path)
][:2]
GROUP = 50

KEYS = ["a", "b", "c", "d"]
TEXTS = ["", "a", "abc", "x y", "a,b", "é", "ab\ncd", "12", "\U0001f600z", "<&'\">", "AbC"]
NUMBERS = ["0", "1", "-1", "2", "3", "10", "1.5", "-2.25", "100"]


def document(random, depth=0):
    kind = random.random()
    if depth > 3 or kind < 0.3 + 0.15 * depth:
        return random.choice(
            [random.choice(NUMBERS),
             json.dumps(random.choice(TEXTS), ensure_ascii=False), "true", "false", "null"])
    if kind < 0.65:
        return "[" + ",".join(document(random, depth + 1) for _ in range(random.choice([0, 1, 2, 3, 4]))) + "]"
    return "{" + ",".join(f'"{key}":' + document(random, depth + 1)
                          for key in random.sample(KEYS, random.choice([0, 1, 2, 3]))) + "}"


PLAIN = [
    "length", "keys", "keys_unsorted", "type", "not", "add", "any", "all", "flatten", "sort", "unique", "min", "max",
    "tojson", "tostring", "to_entries", "floor", "sqrt", "ascii_downcase", "ascii_upcase", "explode", "first", "last",
    "empty", "error", "tonumber", "paths", "arrays", "objects", "strings", "numbers", "scalars", "iterables", "nulls",
    "booleans", "values", "recurse", "..", "transpose?", "utf8bytelength", "@json", "@text", "@html", "@uri", "@base64",
    "@csv?", "@tsv?", "@sh?", "isnan?", "round", "ceil", "fabs", "tostream", "(env|type)", "from_entries?",
    "[splits(\"b\")?]", "isinfinite?", "nan|isnan", "(now|type)", "($ENV|type)", "min_by(.)", "implode?",
    "floor?|gmtime?", "floor?|todate?", "$__loc__.line", "ascii_downcase?", "infinite"
]
NEWER = [
    "toboolean?", "abs?", "trim?", "ltrim?", "rtrim?", "@urid?", "have_decnum|type", "trunc", "significand?",
    "[limit(0; 1, error)]", "[skip(1; .[]?)]", "ltrimstr(\"a\")?", "pick(.a?)?", "pick(.[0]?)?", "add(.[]?)",
    "[.[]?|trimstr(\"a\")?]", "debug(1)", "halt_error?|empty", "error(null)?", "[.[]?|scan(\"[a-c]\"; \"g\")?]",
    "(.. |= .)?", "splits(\"a\";null)?", "getpath([\"a\",\"b\"])?", "if . then 1 end"
]
NEWER.remove("halt_error?|empty")


class Maker:
    """Random programs: `names` are the variables, `functions` the functions (name, arity) in force."""

    def __init__(self, seed, newer):
        self.random = random.Random(seed)
        self.newer = newer

    def pick(self, *ways):
        return self.random.choice(ways)

    def literal(self):
        return self.pick(self.random.choice(NUMBERS), self.random.choice(NUMBERS),
                         json.dumps(self.random.choice(TEXTS), ensure_ascii=False), "null", "true", "false", "[]", "{}",
                         "[1,2]", '{"a":1}', '"a"', "0", "1")

    def path(self, depth):
        r = self.random
        steps = r.choice([1, 1, 2, 3])
        made = ""
        for number in range(steps):
            step = r.choice(
                [".a", ".b", '."c"', "[]", "[0]", "[1]", "[-1]", '["a"]', "[1:]", "[:-1]", "[0:2]", ".a?", "[]?"])
            if number == 0 and step.startswith("["):
                step = "." + step
            made += step + r.choice(["", "", "?"])
        return made

    def term(self, depth, names, functions):
        r = self.random
        if depth <= 0:
            return r.choice([".", self.path(0), self.literal(), "$" + r.choice(names) if names else "."])
        e = lambda: self.expression(depth - 1, names, functions)
        kind = r.randrange(34)
        if kind < 4:
            return self.path(depth)
        if kind < 6:
            return self.literal()
        if kind == 6:
            return f"[{e()}]"
        if kind == 7:
            return "{" + ",".join(self.member(depth - 1, names, functions) for _ in range(r.choice([1, 1, 2]))) + "}"
        if kind == 8:
            return f"({e()})"
        if kind == 9:
            end = "" if self.newer and r.random() < 0.2 else f" else {e()}"
            middle = f" elif {e()} then {e()}" if r.random() < 0.2 else ""
            return f"if {e()} then {e()}{middle}{end} end"
        if kind == 10:
            # the text of a message differs from one version of jq to the next
            return f"(try ({e()}) catch {self.pick('1', 'type')})" if r.random() < 0.6 else f"({e()})?"
        if kind == 11:
            name, pattern, bound = self.pattern()
            # first: where there are more initial values, jq runs the source on null from the second one on.
            return f"reduce ({e()}) as {pattern} (first({e()}); {self.expression(depth - 1, names + bound, functions)})"
        if kind == 12:
            name, pattern, bound = self.pattern()
            inner = lambda: self.expression(depth - 1, names + bound, functions)
            return f"foreach ({e()}) as {pattern} (first({e()}); {inner()}" + (
                f"; {inner()})" if r.random() < 0.5 else ")")
        if kind == 13 and names:
            return "$" + r.choice(names)
        if kind == 14 and functions:
            name, arity = r.choice(functions)
            return name + ("(" + ";".join(e() for _ in range(arity)) + ")" if arity else "")
        if kind == 15:
            return r.choice(["@json ", "@base64 ", "@html ", "@uri ", "", "", ""]) + '"x\\(' + e() + ')y"'
        if kind == 16:
            return f"(label $f | ({e()}) | ., break $f)" if r.random(
            ) < 0.5 else f"(label $f | foreach ({e()}) as $i (0; .+1; if . > 2 then ., break $f else $i end))"
        if kind < 22:
            return self.call(depth, names, functions)
        if kind < 24:
            return f"({e()}){self.pick('[]?', '[0]?', '.a?', '[1:]?', '?')}"
        if kind == 24:
            return f"({self.path(depth)})[{e()}]?"
        return r.choice(PLAIN + (NEWER if self.newer else []))

    def call(self, depth, names, functions):
        r = self.random
        e = lambda: self.expression(depth - 1, names, functions)
        p = lambda: self.pathish(depth - 1, names, functions)
        ways = [
            lambda: f"map({e()})", lambda: f"select({e()})", lambda: f"map_values({e()})?",
            lambda: f"[limit({r.randrange(4)}; {e()})]", lambda: f"first({e()})", lambda: f"any({e()})",
            lambda: f"all({e()})", lambda: f"has({self.pick('0', '1', json.dumps('a'))})?", lambda: f"[paths({e()})]",
            lambda: f"path({p()})", lambda: f"del({p()})",
            lambda: f"[getpath({self.pick('[]', '[0]', '[' + json.dumps('a') + ']')})?]", lambda: f"sort_by({e()})?",
            lambda: f"group_by({e()})?", lambda: f"unique_by({e()})?", lambda: f"min_by({e()})?",
            lambda: f"max_by({e()})?", lambda: f"range({e()})?",
            lambda: f"[range({r.randrange(3)}; {r.randrange(6)}; {self.pick('1', '2', '-1')})]",
            lambda: f"with_entries({e()})?", lambda: f"walk({e()})?"
            if self.newer else ".", lambda: f"join({self.pick(json.dumps(','), json.dumps(''))})?",
            lambda: f"split({self.pick(json.dumps(','), json.dumps('b'))})?", lambda: f"index({json.dumps('b')})?",
            lambda: f"indices({self.pick('1', json.dumps('b'), '[1]')})?",
            lambda: f"test({self.pick(json.dumps('b'), json.dumps('^a'))})?", lambda:
            f"[match({json.dumps(self.pick('b', '(a)(z)?', '[a-c]+', '(?<n>b)'))}; "
            f"{self.pick('null', json.dumps('g'), json.dumps('gi'))})?]",
            lambda:
            f"sub({json.dumps(self.pick('b', '(?<n>[a-c])'))}; {self.pick(json.dumps('x'), '.n?', json.dumps('y'))})?",
            lambda:
            f"gsub({json.dumps(self.pick('b', '(?<n>[a-c])'))}; "
            f"{self.pick(json.dumps('x'), json.dumps('[') + '+(.n//' + json.dumps('') + ')')})?",
            lambda: f"capture({json.dumps('(?<n>[a-z])(?<m>9)?')})?", lambda: f"startswith({json.dumps('a')})?",
            lambda: f"rtrimstr({json.dumps('c')})?"
            if self.newer else ".", lambda: f"contains({self.pick(json.dumps('b'), '[1]', '{}', self.literal())})?",
            lambda: f"inside({self.literal()})?", lambda: f"isempty({e()})" if self.newer else ".",
            lambda: f"[limit(5; recurse(if type == \"number\" and . < 4 and . > -9 then . + 1 else empty end))]",
            lambda: f"[limit(6; recurse({p()}))]", lambda: f"error({e()})",
            lambda: f"({p()}) {self.pick('|=', '=', '+=', '//=', '-=', '*=')} {self.term(depth - 1, names, functions)}",
            lambda: f"({p()}) |= ({e()})", lambda: f"to_entries?",
            lambda: f"setpath([{self.pick('0', json.dumps('a'))}]; {e()})?",
            lambda: f"delpaths([[{self.pick('0', json.dumps('a'))}]])?", lambda: f"last({e()})",
            lambda: f"[.[]? | {e()}]", lambda: f"fromjson?", lambda: f"[until(type != \"number\" or . > 9; . + 3)]",
            lambda: f"[limit(4; while(type == \"number\" and . < 9; . + 4))]", lambda: f"add",
            lambda: f"bsearch({self.literal()})?", lambda: f"flatten({r.randrange(3)})?", lambda: f"[combinations?]"
            if self.newer and False else "[.]", lambda: f"splits({json.dumps('[ ,]')})?",
            lambda: f"strftime({json.dumps('%Y-%m-%d')})?",
            lambda: f"[{json.dumps('2015-03-05T23:51:47Z')} | strptime({json.dumps('%Y-%m-%dT%H:%M:%SZ')}) | mktime]",
            lambda: f"fromstream({e()} | tostream)", lambda: f"[1 | truncate_stream({e()} | tostream)]",
            lambda: f"ltrimstr({json.dumps('a')})?", lambda: f"pow(2; {r.randrange(5)})", lambda: f"any(.[]?; {e()})",
            lambda: f"all(.[]?; {e()})", lambda: f"nth({r.randrange(2)}; {e()})"
        ]
        return r.choice(ways)()

    def pathish(self, depth, names, functions):
        r = self.random
        if depth <= 0 or r.random() < 0.5:
            return self.path(depth)
        p = lambda: self.pathish(depth - 1, names, functions)
        e = lambda: self.expression(depth - 1, names, functions)
        return r.choice([
            lambda: f"{p()} | {p()}", lambda: f"{p()}, {p()}", lambda: f"if {e()} then {p()} else {p()} end",
            lambda: f"({p()}) // ({p()})", lambda: f".[]? | select({e()})", lambda: f"({e()}) as $v | {p()}",
            lambda: "..", lambda: f"first({p()})", lambda: f"recurse(.[]?)",
            lambda: f"getpath([{self.pick('0', json.dumps('a'))}])", lambda: f"({p()})?", lambda: f"limit(2; {p()})",
            lambda: f"paths" if False else "empty", lambda: "strings", lambda: "arrays",
            lambda: f"(label $g | {p()} | ., break $g)"
        ])()

    def pattern(self):
        return self.pick(("x", "$x", ["x"]), ("x", "$x", ["x"]), ("x", "[$x, $y]", ["x", "y"]), ("x", "{a: $x}", ["x"]),
                         ("x", "{$a}", ["a"]), ("x", "{\"b\": [$x]}", ["x"]),
                         ("x", "{$a: [$x]}", ["a", "x"])) if self.random.random() < 0.9 else ("x", "$x", ["x"])

    def member(self, depth, names, functions):
        r = self.random
        value = lambda: self.term(depth, names, functions)
        return r.choice([
            lambda: f"{r.choice(KEYS)}: {value()}", lambda: r.choice(KEYS), lambda: f'"b": {value()}',
            lambda: f"({self.pick('.a', json.dumps('z'), '.[]?')} | tostring): {value()}", lambda: "$" + r.choice(names)
            if names else "a", lambda: "$__loc__"
            if False else '"c"', lambda: f'"k\\({self.pick("1", "2,3")})": {value()}', lambda: f"if: {value()}"
        ])()

    def expression(self, depth, names, functions):
        r = self.random
        if depth <= 0:
            return self.term(0, names, functions)
        t = lambda: self.term(depth - 1, names, functions)
        e = lambda: self.expression(depth - 1, names, functions)
        kind = r.randrange(26)
        if kind < 6:
            return f"{e()} | {e()}"
        if kind < 8:
            return f"{e()}, {e()}"
        if kind < 12:
            return f"{t()} {r.choice(['+', '-', '*', '/', '%'])} {t()}"
        if kind < 14:
            return f"{t()} {r.choice(['==', '!=', '<', '<=', '>', '>='])} {t()}"
        if kind == 14:
            return f"{t()} {r.choice(['and', 'or'])} {t()}"
        if kind == 15:
            return f"{t()} // {t()}"
        if kind == 16:
            name, pattern, bound = self.pattern()
            return f"({e()}) as {pattern} | {self.expression(depth - 1, names + bound, functions)}"
        if kind == 17:
            return f"[({e()}) as [$x] ?// {{a: $x}} ?// $x | {self.expression(depth - 1, names + ['x'], functions)}]"
        if kind == 18:
            name = r.choice(["f", "g"])
            shape = r.choice(["", "h", "$v", "h;$v", "$v;$w"])
            arity = len(shape.split(";")) if shape else 0
            inside = [("h", 0)] if "h" in shape else []
            variables = [word[1:] for word in shape.split(";") if word.startswith("$")]
            body = self.expression(depth - 1, names + variables, functions + inside)
            rest = self.expression(depth - 1, names, functions + [(name, arity)])
            return f"def {name}{'(' + shape + ')' if shape else ''}: {body}; {rest}"
        if kind == 19:
            return f"-({e()})"
        return t()


def wrapped(program):
    return f"(try (({program}) | {{v: .}}) catch {{e: 1}}), \"END\""


def by_document(lines, count):
    """Results of each document, sorted out by the marks; None when the program died."""
    found, present = [], []
    for line in lines:
        if line == "END" or line == '"END"':
            found.append(present)
            present = []
        else:
            present.append(line)
    return found if len(found) == count else None


def normal(text):
    """A result so that 1.0 and 1 are the same, and 17 digits suffice."""
    def number(value):
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)):
            value = float(value) if abs(value) < 1e300 else (1e300 if value > 0 else -1e300)
            return float(f"{value:.14g}")
        if isinstance(value, list):
            return [number(item) for item in value]
        return {key: number(item) for key, item in value.items()}
    return json.dumps(number(json.loads(text) if isinstance(text, str) else text), sort_keys=True)


def run_process(command, program, documents, limit=10):
    try:
        done = subprocess.run(command + [wrapped(program)],
                              input="\n".join(documents) + "\n",
                              capture_output=True,
                              text=True,
                              timeout=limit)
    except subprocess.TimeoutExpired:
        return "timeout"
    if done.returncode < 0:
        return f"signal {-done.returncode}"
    parts = by_document(done.stdout.splitlines(), len(documents))
    return parts and [[normal(line) for line in part] for part in parts]


def run_binding(program, documents):
    found = []
    try:
        compiled = binding.compile(wrapped(program))
    except ValueError:
        return None
    for text in documents:
        try:
            found.extend(json.dumps(result) if result != "END" else "END" for result in compiled.input_text(text).all())
        except ValueError:
            return None
    parts = by_document(found, len(documents))
    return parts and [[normal(line) for line in part] for part in parts]


def compare(program, documents):
    """None if ours is right, else what is wrong."""
    ours = run_process([DRIVER], program, documents)
    if isinstance(ours, str):
        return ours
    theirs = run_binding(program, documents)
    if ours == theirs or theirs == "timeout":
        return None
    for other in OTHERS:
        if run_process([other, "-c"], program, documents) == ours:
            return None
    if ours is None or theirs is None:
        return f"ours {ours} jq {theirs}"
    for text, left, right in zip(documents, ours, theirs):
        if left != right:
            return f"on {text}: ours {left} jq {right}"
    return None


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    groups = (count + GROUP - 1) // GROUP
    print(f"1..{groups}\n# seed {seed}, others {OTHERS}")
    failed = 0
    for group in range(groups):
        wrong = []
        for number in range(group * GROUP, min(count, (group + 1) * GROUP)):
            maker = Maker(f"{seed} {number}", True)
            program = maker.expression(maker.random.choice([1, 2, 2, 3, 3, 4]), [], [])
            documents = [document(maker.random) for _ in range(6)]
            difference = compare(program, documents)
            if difference:
                wrong.append(f"{number}: {program}\n#   {difference}")
        failed += bool(wrong)
        print(
            f"{'not ok' if wrong else 'ok'} {group + 1} - programs {group * GROUP} to "
            f"{min(count, (group + 1) * GROUP) - 1}",
            flush=True)
        for text in wrong:
            print("#", text.replace("\n\n", "\n"), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
