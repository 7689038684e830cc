"""The examples of atools-expr(7), asked of Spark too."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PAGE = os.path.join(ROOT, "man", "atools-expr.7")
ESCAPES = {"\\e": "\\", "\\-": "-", "\\(aq": "'", "\\(dq": '"', "\\(ga": "`", "\\(ha": "^", "\\(ti": "~", "\\&": ""}
ROWS = {"stack"}  # rows and no value in Spark: pivot.py has them


def plain(line):
    return re.sub(r"\\(\(..|.)", lambda found: ESCAPES[found.group(0)], line)


def examples():
    """[(function, expression, result)] in the page's order, up to the window functions, which stand in windows."""
    found, function = [], None
    with open(PAGE, encoding="utf-8") as file:
        for line in file:
            if line.startswith('.\\" windows'):
                break
            if line.startswith(".It Li "):
                function = plain(line[7:]).split("(")[0].strip()
            elif line.startswith(".Dl ") and function not in ROWS:
                expression, result = plain(line[4:].rstrip("\n")).split(" => ")
                found.append((function, expression, result))
    return found


DIFFERS = {"stack": "is an array of its rows, for -e",
           "window_time": "takes any struct with an end, not only the column of a window"}


def cases():
    return {
        "tables": {"one": '{"x":1}\n'},
        "cases": [{"name": "examples", "table": "one", "expressions": [expression for _, expression, _ in examples()],
                   "differs": {expression: DIFFERS[name] for name, expression, _ in examples() if name in DIFFERS}}],
    }
