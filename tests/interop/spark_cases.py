"""Cases that real Spark and our tools both answer: reading the case files, for spark_oracle.py and spark_compare.py.

A case file is tests/interop/spark/NAME.json, or NAME.py with a function cases() that returns the same:

    {
      "tables": {"people": "NDJSON text"},        # shared inputs; Spark infers their schema
      "cases": [ CASE, … ]
    }

A CASE has a name (unique in its file) and

    "table": "people"  or  "input": "NDJSON text" what is view t for Spark, and stdin for our command
    "views": {"l": "people", "r": "…"}            more views, by table name; our command finds their files as $l, $r
    "schema": "a string, b double"                optional: read t with this schema instead of inferring one

    "zone": "Europe/Berlin"                      another session time zone than UTC (our TZ)

and one of these questions:

    "sql": "select … from t"         rows as TSV with a header line: each value cast to string, nested ones as JSON
                                     (to_json with null fields), \\N for null, escaped as in our cells
    "expressions": ["upper(a)", …]   each over every row of t, in the rows' order
    "print_schema": "tree" | "json"  df.printSchema(), df.schema.json()
    "show": {"sql": …, "rows": 20, "width": 20, "vertical": false}

Our side:

    "ours": "aflatten 'a, b'"        a shell command; its stdout must equal the text above
                                     (expressions need none: aflatten gets the same expressions)
    "order": "any"                   lines behind the header are sorted on both sides
    "tolerance": 1e-12               numbers may differ by that share
    "differs": {"expression": "why"} intended differences, each with its row in atools-expr(7): ours must not equal
    Spark's
                                     (for other questions: "differs": "why")

Results of Spark: tests/golden/spark/NAME.json.
"""
import glob
import importlib.util
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GOLDEN = os.path.join(ROOT, "tests", "golden", "spark")


def names():
    paths = glob.glob(os.path.join(HERE, "spark", "*.json")) + glob.glob(os.path.join(HERE, "spark", "*.py"))
    return sorted(os.path.splitext(os.path.basename(path))[0] for path in paths)


def load(name):
    path = os.path.join(HERE, "spark", name)
    if os.path.exists(path + ".py"):
        spec = importlib.util.spec_from_file_location("cases_" + name, path + ".py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = module.cases()
    else:
        with open(path + ".json", encoding="utf-8") as file:
            found = json.load(file)
    seen = set()
    for case in found["cases"]:
        if case["name"] in seen:
            raise SystemExit(f"{name}: two cases are called {case['name']}")
        seen.add(case["name"])
    return found


def text_of(found, case):
    """The NDJSON that is view t and our stdin."""
    return case["input"] if "input" in case else found["tables"][case["table"]] if "table" in case else ""


def escape(value):
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n",
                                                                    "\\n").replace("\r",
                                                                                   "\\r").replace("\0", "\\\\u0000")
