#!/usr/bin/env python3
"""TAP: the examples of atools-expr(7) give what the page says, and the page tells every function there is."""
import glob
import importlib.util
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("ATOOLS_BIN") or os.path.join(ROOT, "bin")


def manual():
    spec = importlib.util.spec_from_file_location("manual", os.path.join(ROOT, "tests", "interop", "spark", "manual.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(expressions):
    """What aflatten makes of them, over one record."""
    select = ", ".join(f"{expression} as c{i}" for i, expression in enumerate(expressions))
    done = subprocess.run([os.path.join(BIN, "aflatten"), "--no-header", "--null", "null", select], input=b'{"x":1}\n',
                          capture_output=True, env=dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8"), check=False)
    return done.stdout.decode().rstrip("\n").split("\t"), done.stderr.decode()


def main():
    examples = manual().examples()
    functions = set()
    for path in glob.glob(os.path.join(ROOT, "common", "function_*.c")):
        with open(path, encoding="utf-8") as file:
            functions |= set(re.findall(r'^    \{"([a-z_0-9]+)", "', file.read(), flags=re.M))
    print(f"1..{len(examples) + 2}")
    results, errors = run([expression for _, expression, _ in examples])
    if len(results) != len(examples):
        print(f"Bail out! {len(results)} results for {len(examples)} examples: {errors}")
    for number, (function, expression, wanted) in enumerate(examples, 1):
        got = results[number - 1] if number <= len(results) else "nothing"
        print(f"{'ok' if got == wanted else 'not ok'} {number} - {function}: {expression}")
        if got != wanted:
            print(f"  # the page says {wanted}\n  # aflatten says {got}")
    documented = {function for function, _, _ in examples}
    for number, (what, names) in enumerate((("every function is on the page", functions - documented),
                                            ("the page tells of no other", documented - functions)), len(examples) + 1):
        print(f"{'not ok' if names else 'ok'} {number} - {what}")
        if names:
            print("  # " + " ".join(sorted(names)))


main()
