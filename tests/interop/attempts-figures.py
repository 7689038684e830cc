#!/usr/bin/env python3
"""attempts-figures.py FILE EXAMS [REPLICAS]: the figures of generated attempts, one a line; those of each exam against
EXAMS (a line for each that is off). Of a file of several replicas, counts are told by replica. Python's own JSON and
arithmetic are the judge, not our tools.

attempts-figures.py --dirty CLEAN DIRTY: what lines DIRTY has between those of CLEAN."""
import collections
import csv
import json
import statistics
import sys
from datetime import datetime


REPLICAS = int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[1] != "--dirty" else 1


def time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def score(record):
    counts = record["sequences"].get("counts")
    return counts["correct"] / counts["total"] if counts else None


def a_replica(count):
    """How many of these things each replica has."""
    return count // REPLICAS if count % REPLICAS == 0 else count / REPLICAS


def exam_is_right(row, records):
    if a_replica(len(records)) != int(row["attempts"]):
        return False
    ids = collections.Counter(record["base_exam_id"] for record in records)
    shares = row["base_exam_ids"] if "+" in row["base_exam_ids"] else row["attempts"]
    parts = [int(part) for part in shares.split("+")]
    if sorted(map(a_replica, ids.values())) != sorted(parts):
        return False
    if not row["questions"]:
        return all("counts" not in record["sequences"] for record in records)
    counts = [record["sequences"]["counts"] for record in records]
    perfect = a_replica(sum(count["all_correct"] for count in counts))
    if row["all_correct"]:
        known = perfect == int(row["all_correct"])
    else:
        known = perfect < 20 and round(perfect / int(row["attempts"]), 2) < 0.44
    return known and {count["total"] for count in counts} == {int(row["questions"])} and \
        a_replica(sum(count["correct"] for count in counts)) == int(row["correct"])


def ids_by_name(records):
    ids = collections.defaultdict(set)
    for record in records:
        ids[record["exam_name"]].add(record["base_exam_id"])
    return ids


def join_figures(records):
    """Of attempts without and with a fault by exam: who is on one side only, and the first of those on both."""
    sides = collections.defaultdict(lambda: [0, 0])
    for record in records:
        if "counts" in record["sequences"]:
            sides[record["exam_name"]][not record["sequences"]["counts"]["all_correct"]] += 1
    print("only perfect attempts:", sorted(name for name, (_, faulty) in sides.items() if not faulty))
    shares = [(name, a_replica(perfect), a_replica(faulty), round(perfect / (perfect + faulty) + 1e-9, 2))
              for name, (perfect, faulty) in sides.items() if perfect and faulty]
    for name, perfect, faulty, share in sorted(shares, key=lambda row: -row[3])[:10]:
        print("by proficiency: %s %d/%d %.2f" % (name, perfect, faulty, share))
    for name, perfect, faulty, share in sorted(shares, key=lambda row: -row[1])[:3]:
        print("by all_true: %s %d/%d %.2f" % (name, perfect, faulty, share))


def dirty_figures(clean, dirty):
    """Each line that is no line of the file is cut out of the one before it, that one doubled, or no JSON."""
    kinds, lines, at, before = collections.Counter(), clean.splitlines(), 0, ""
    for line in dirty.splitlines():
        if at < len(lines) and line == lines[at]:
            at, before = at + 1, line
        elif line == before + before:
            kinds["doubled"] += 1
        elif len(line) < len(before) and before.startswith(line):
            kinds["cut"] += 1
        elif not line.startswith(("{", "[", '"')):
            kinds["no JSON"] += 1
        else:
            kinds["unknown"] += 1
    print("dirty lines", sorted(kinds.items()), "clean ones", at, "of", len(lines))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        records = json.load(file)
    exams = collections.defaultdict(list)
    for record in records:
        exams[record["exam_name"]].append(record)
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        if not exam_is_right(row, exams.pop(row["exam_name"], [])):
            print("off:", row["exam_name"])
    print("exams", len(rows), "others", len(exams), "ids", len({record["base_exam_id"] for record in records}))
    two = sorted(name for name, ids in ids_by_name(records).items() if len(ids) > 1)
    print("names with two ids", len(two), two)
    print("names in ASCII:", all(row["exam_name"].isascii() for row in rows), "questions an exam",
          min(int(row["questions"]) for row in rows if row["questions"]), "to",
          max(int(row["questions"]) for row in rows if row["questions"]))
    for key, count in collections.Counter(
        (record["exam_name"], record["base_exam_id"], len(record["sequences"]["questions"]))
            for record in records if "counts" not in record["sequences"]).items():
        print("without counts:", a_replica(count), "of", *key)
    join_figures(records)

    times = collections.Counter(json.dumps(record) for record in records)
    again = [count for count in times.values() if count > 1]
    print("records", a_replica(len(records)), "distinct", a_replica(len(times)), "repeated", a_replica(len(again)),
          a_replica(sum(again)))
    scores = [score(record) for record in records if score(record) is not None]
    print("scores", a_replica(len(scores)),
          "mean %.5f deviation %.3f" % (statistics.mean(scores), statistics.stdev(scores)))
    distinct = [json.loads(text) for text in times]
    print("above 0.70:", a_replica(sum((score(record) or 0) > 0.7 for record in distinct)), "of",
          a_replica(len(distinct)))

    answers = collections.defaultdict(list)
    for record in records:
        for question in record["sequences"]["questions"]:
            answers[question["id"]].append(question["user_correct"])
    print("questions", a_replica(sum(map(len, answers.values()))), "distinct", len(answers),
          "always right", sum(map(all, answers.values())))
    for member in "certification", "max_attempts":
        found = collections.Counter(json.dumps(record[member]) for record in records)
        print(member, sorted((value, a_replica(count)) for value, count in found.items()))
    for name in "Learning Git", "Git Fundamentals for Web Developers":
        print(name, "nothing right",
              a_replica(sum(score(record) == 0 for record in records if record["exam_name"] == name)))

    started = [record["started_at"] for record in records]
    print("started", min(started), max(started), "sorted" if started == sorted(started) else "unsorted")
    for what, part, most in ("days", slice(10), 2), ("hour", slice(11, 13), 1):
        common = collections.Counter(text[part] for text in started).most_common(most)
        print(what, [(text, a_replica(count)) for text, count in common])
    minutes = []
    for record in records:
        at = [
            option["at"] for question in record["sequences"]["questions"] for option in question["options"]
            if "at" in option
        ]
        if at:
            minutes.append((time(max(at)) - time(record["started_at"])).total_seconds() / 60)
        if at and min(at) < record["started_at"]:
            print("answered before the start:", record["user_exam_id"])
        if int(record["keen_id"][:8], 16) != int(float(record["keen_timestamp"])):
            print("keen_id without its second:", record["keen_id"])
    print("minutes to the last answer: %.2f" % statistics.mean(minutes))
    sequences = {(record["exam_name"], record["base_exam_id"]): record["sequences"]["id"] for record in records}
    print(
        "sequences.id repeats:",
        all(record["sequences"]["id"] == sequences[record["exam_name"], record["base_exam_id"]] for record in records))
    for shape in sorted({
            json.dumps({key: value
                        for key, value in option.items() if key not in ("id", "at")}, sort_keys=True) + " at" *
        ("at" in option)
            for record in records
            for question in record["sequences"]["questions"]
            for option in question["options"]
    }):
        print("option", shape)


if sys.argv[1] == "--dirty":
    with open(sys.argv[2], encoding="utf-8") as clean_file, open(sys.argv[3], encoding="utf-8") as dirty_file:
        dirty_figures(clean_file.read(), dirty_file.read())
else:
    main()
