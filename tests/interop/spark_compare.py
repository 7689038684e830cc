#!/usr/bin/env python3
"""Asks our tools the questions of the case files and compares with what Spark answered (tests/golden/spark). Prints
TAP.

    tests/interop/spark_compare.py [-g FOLDER] [-k TEXT] [NAME…]

No Java is needed. The case format stands at the top of spark_cases.py. ATOOLS_BIN tells where the tools are (bin/).
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import spark_cases  # noqa: E402

TOGETHER = 60  # expressions for one aflatten


def run(command, text, folder, zone):
    """Our command's (status, stdout, stderr)."""
    environment = dict(os.environ, TZ=zone, LC_ALL="C.UTF-8")
    bin_folder = os.environ.get("ATOOLS_BIN") or os.path.join(spark_cases.ROOT, "bin")
    environment["PATH"] = bin_folder + os.pathsep + environment["PATH"]
    for name in os.listdir(folder):
        environment[os.path.splitext(name)[0]] = os.path.join(folder, name)
    shell = command if isinstance(command, list) else ["bash", "-c", "set -o pipefail; " + command]
    done = subprocess.run(shell,
                          input=text.encode(),
                          cwd=folder,
                          env=environment,
                          capture_output=True,
                          timeout=120,
                          check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def ours_of_expressions(expressions, text, folder, zone):
    answers = {}

    def ask(some):
        select = ", ".join(f"({expression}) as c{i}" for i, expression in enumerate(some))
        status, out, errors = run(["aflatten", "-i", "json", "--no-header", select], text, folder, zone)
        if status == 0:
            rows = [line.split("\t") for line in out.split("\n")[:-1]]
            for i, expression in enumerate(some):
                answers[expression] = [row[i] for row in rows]
        elif len(some) == 1:
            answers[some[0]] = {"error": f"status {status}: {errors.strip()}"}
        else:
            half = len(some) // 2
            ask(some[:half])
            ask(some[half:])

    for i in range(0, len(expressions), TOGETHER):
        ask(expressions[i : i + TOGETHER])
    return answers


def is_close(a, b, tolerance):
    try:
        x, y = float(a), float(b)
    except ValueError:
        return False
    return x == y or abs(x - y) <= tolerance * max(abs(x), abs(y))


def same_lines(ours, spark, case):
    """Equal text; lines sorted and numbers close where the case allows it."""
    if ours == spark:
        return True
    a, b = ours.split("\n"), spark.split("\n")
    if case.get("order") == "any":
        a, b = a[:1] + sorted(a[1:]), b[:1] + sorted(b[1:])
    if a == b:
        return True
    tolerance = case.get("tolerance")
    if tolerance is None or len(a) != len(b):
        return False
    for left, right in zip(a, b):
        x, y = left.split("\t"), right.split("\t")
        if len(x) != len(y) or not all(p == q or is_close(p, q, tolerance) for p, q in zip(x, y)):
            return False
    return True


def report(name, ours, spark, equal, reason, text=""):
    """(good, description, details): a difference that is intended must be one."""
    if reason and equal:
        return False, name, f"said to differ ({reason}), but equal: {spark}"
    if reason:
        return True, f"{name} (differs: {reason})", ""
    details = "" if equal else f"spark: {spark}\nours:  {ours}" + (f"\ninput: {text}" if text else "")
    return equal, name, details


def expression_results(name, case, text, spark, folder):
    ours = ours_of_expressions(case["expressions"], text, folder, case.get("zone", "UTC"))
    lines = [line for line in text.split("\n") if line.strip()]
    results = []
    for expression in case["expressions"]:
        mine, theirs = ours[expression], spark.get(expression)
        reason = case.get("differs", {}).get(expression)
        label = f"{name}: {expression}"
        if theirs is None:
            results.append((False, label, "Spark has not been asked: run spark_oracle.py"))
            continue
        both = isinstance(mine, list) and isinstance(theirs, list)
        # an expression that Spark refuses must be refused here too, unless said otherwise
        equal = mine == theirs if both else isinstance(mine, dict) and isinstance(theirs, dict)
        if both and not equal and not reason:
            rows = [i for i in range(len(theirs)) if i >= len(mine) or mine[i] != theirs[i]]
            details = "\n".join(
                f"spark: {theirs[i]}\nours:  {mine[i] if i < len(mine) else 'no row'}\ninput: {lines[i]}"
                for i in rows[:3])
            results.append((False, label, details))
            continue
        results.append(report(label, mine, theirs, equal, reason))
    return results


def case_results(found, name, case, spark):
    text = spark_cases.text_of(found, case)
    label = f"{name}: {case['name']}"
    if spark is None:
        return [(False, label, "Spark has not been asked: run spark_oracle.py")]
    with tempfile.TemporaryDirectory() as folder:
        for view, table in case.get("views", {}).items():
            with open(os.path.join(folder, view + ".json"), "w", encoding="utf-8") as file:
                file.write(found["tables"][table])
        if "expressions" in case:
            return expression_results(label, case, text, spark, folder)
        status, out, errors = run(case["ours"], text, folder, case.get("zone", "UTC"))
    if isinstance(spark, dict):
        return [report(label, out, spark["error"], status != 0, case.get("differs"))]
    equal = status == 0 and same_lines(out, spark, case)
    shown = out if status == 0 else f"status {status}: {errors}{out}"
    return [report(label, shown, spark, equal, case.get("differs"), text[:2000])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-g", "--golden", default=spark_cases.GOLDEN)
    parser.add_argument("-k", "--only", default="")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    results = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = []
        for name in options.names or spark_cases.names():
            found = spark_cases.load(name)
            path = os.path.join(options.golden, name + ".json")
            answers = {}
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    answers = json.load(file)["answers"]
            for case in found["cases"]:
                if options.only in case["name"]:
                    jobs.append(pool.submit(case_results, found, name, case, answers.get(case["name"])))
        for job in jobs:
            results += job.result()
    print(f"1..{len(results)}")
    for number, (good, description, details) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {description}".replace("#", "\\#").replace("\n", " "))
        for line in details.split("\n") if details else []:
            print("  # " + line)
    sys.exit(0 if all(good for good, _, _ in results) else 1)


if __name__ == "__main__":
    main()
