#!/usr/bin/env python3
"""attempts-figures.py FILE EXAMS: the figures of generated attempts, one a line; those of each exam against EXAMS (a
line for each that is off). Python's own JSON and arithmetic are the judge, not our tools."""
import collections
import csv
import json
import statistics
import sys
from datetime import datetime


def time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def score(record):
    counts = record["sequences"].get("counts")
    return counts["correct"] / counts["total"] if counts else None


def exam_is_right(row, records):
    if len(records) != int(row["attempts"]):
        return False
    ids = collections.Counter(record["base_exam_id"] for record in records)
    parts = [int(part) for part in row["base_exam_ids"].split("+")] if "+" in row["base_exam_ids"] else [len(records)]
    if sorted(ids.values()) != sorted(parts):
        return False
    if not row["questions"]:
        return all("counts" not in record["sequences"] for record in records)
    counts = [record["sequences"]["counts"] for record in records]
    perfect = sum(count["all_correct"] for count in counts)
    if row["all_correct"]:
        known = perfect == int(row["all_correct"])
    else:
        known = perfect < 20 and round(perfect / len(records), 2) < 0.44
    return known and {count["total"] for count in counts} == {int(row["questions"])} and \
        sum(count["correct"] for count in counts) == int(row["correct"])


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

    times = collections.Counter(json.dumps(record) for record in records)
    again = [count for count in times.values() if count > 1]
    print("records", len(records), "distinct", len(times), "repeated", len(again), sum(again))
    scores = [score(record) for record in records if score(record) is not None]
    print("scores", len(scores), "mean %.5f deviation %.3f" % (statistics.mean(scores), statistics.stdev(scores)))
    distinct = [json.loads(text) for text in times]
    print("above 0.70:", sum((score(record) or 0) > 0.7 for record in distinct), "of", len(distinct))

    answers = collections.defaultdict(list)
    for record in records:
        for question in record["sequences"]["questions"]:
            answers[question["id"]].append(question["user_correct"])
    print("questions", sum(map(len, answers.values())), "distinct", len(answers),
          "always right", sum(map(all, answers.values())))
    for member in "certification", "max_attempts":
        print(member, sorted(collections.Counter(str(record[member]) for record in records).items()))
    for name in "Learning Git", "Git Fundamentals for Web Developers":
        print(name, "nothing right", sum(score(record) == 0 for record in records if record["exam_name"] == name))

    started = [record["started_at"] for record in records]
    print("started", min(started), max(started), "sorted" if started == sorted(started) else "unsorted")
    print("days", collections.Counter(text[:10] for text in started).most_common(2))
    print("hour", collections.Counter(text[11:13] for text in started).most_common(1))
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


main()
