"""The steps of atools-from-spark(7) that a frame can be asked for, as the page has them, asked of Spark too: what is
behind >>> by it, what is behind $ by our tools."""
import importlib.util
import json
import os
import re
import subprocess
import types

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PAGE = os.path.join(ROOT, "man", "atools-from-spark.7")
VIEW = re.compile(r'spark\.sql\("+([^"]*)"+\)\.createOrReplaceTempView\("(\w+)"\)')
SHOWN = re.compile(r'spark\.sql\("+([^"]*)"+\)\.show\((\d*)\)')
MAPPED = re.compile(r'messages\.rdd\.flatMap\((\w+)\)\.toDF\(\)\.createOrReplaceTempView\("(\w+)"\)')


def machinery():
    """The tests of the man pages know how to take one apart."""
    spec = importlib.util.spec_from_file_location("man", os.path.join(ROOT, "tests", "interop", "man-examples.tap.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def typed(text):
    """What is typed into the notebook: the lines behind >>> and those that go on with them."""
    lines = text.split("\n$ ")[0].split("\n")
    return "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")))


def mapped(source, name, exams):
    """The rows of a function of the page for flatMap, over all messages."""
    scope = {"json": json, "Row": dict}
    exec(re.search(r"^def (?:.|\n )*", source, re.M).group(0), scope)  # pylint: disable=exec-used
    rows = [row for line in exams.splitlines() for row in scope[name](types.SimpleNamespace(value=line))]
    return "".join(json.dumps(row) + "\n" for row in rows)


def cases():
    man = machinery()
    script = os.path.join(ROOT, "scripts", "gen-attempts")
    tables = {"exams": subprocess.run([script, "--ndjson"], capture_output=True, check=True).stdout.decode()}
    found, views = [], {}
    for _, text, _, _ in man.examples(PAGE):
        source = typed(text)
        commands = [command for command, _ in man.steps(text) if "file:" not in command]
        ours = " &&\n".join(commands).replace("exams.ndjson", '"$exams"').replace("exams=exams/", 'exams="$exams"')
        for name, view in MAPPED.findall(source):
            tables[view] = mapped(source, name, tables["exams"])
        views.update((view, sql) for sql, view in VIEW.findall(source))
        for sql, rows in SHOWN.findall(source):
            used = [view for view in views if re.search(r"\b%s\b" % view, sql)]
            with_views = ", ".join("%s as (%s)" % (view, views[view]) for view in used)
            found.append({
                "name": " ".join(sql.split()),
                "table": "exams",
                "views": {name: name for name in tables},
                "show": {"sql": ("with %s " % with_views if used else "") + sql, "rows": int(rows or 20)},
                "ours": ours,
            })
        if "exams.printSchema()" in source:
            found.append({"name": "printSchema", "table": "exams", "print_schema": "tree",
                          "views": {"exams": "exams"}, "ours": re.sub(r" \| head -n \d+", "", ours)})
    return {"tables": tables, "cases": found}
