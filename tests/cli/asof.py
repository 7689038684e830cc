"""asof.py SEED ROWS: l.ndjson, r.ndjson, and wanted.tsv: what ajoin --asof should make of them, found by looking at
every pair. Prints the options of ajoin."""
import datetime
import json
import random
import sys

random.seed(int(sys.argv[1]))
count = int(sys.argv[2])
kind = random.choice(["inner", "left", "semi", "anti", "right", "full"])
direction = random.choice(["backward", "forward", "nearest"])
no_equal = random.random() < 0.3
form = random.choice(["long", "double", "text", "time"])
on = random.random() < 0.3
span = random.choice([10, count, 1000 * count])
tolerance = random.choice([None, span / 50])


def time():
    number = random.randrange(span)
    if form == "double":
        return number + random.choice([0, 0.25, 0.5])
    return number


def written(number):
    if number is None or form in ("long", "double"):
        return number
    if form == "text":
        return str(number)
    return (datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=number)).isoformat() + random.choice(["Z", ""])


def rows():
    return [{"k": random.choice(["a", "b", "c", None]), "t": None if random.random() < 0.05 else time(),
             "x": random.randrange(9), "i": i} for i in range(count)]


def distance(a, b):
    return abs(a["t"] - b["t"])


def best(row, others):
    """The nearest one; of several the last one below, or the first one above."""
    below = [o for o in others if o["t"] < row["t"] or (o["t"] == row["t"] and not no_equal)]
    above = [o for o in others if o["t"] > row["t"] or
             (o["t"] == row["t"] and not no_equal and direction == "forward")]
    low = max(below, key=lambda o: (o["t"], o["i"]), default=None) if direction != "forward" else None
    high = min(above, key=lambda o: (o["t"], o["i"]), default=None) if direction != "backward" else None
    if low and high:
        return low if distance(row, low) <= distance(row, high) else high
    return low or high


def met(row, right):
    if row["k"] is None or row["t"] is None:
        return None
    return best(row, [o for o in right if o["k"] == row["k"] and o["t"] is not None and
                      (tolerance is None or distance(row, o) <= tolerance) and (not on or row["x"] <= o["x"])])


def line(row, other):
    cells = [(row or {}).get("i"), (other or {}).get("i")]
    return "\t".join("\\N" if cell is None else str(cell) for cell in cells)


def main():
    left, right = rows(), rows()
    for name, side in (("l.ndjson", left), ("r.ndjson", right)):
        with open(name, "w", encoding="ascii") as out:
            for row in side:
                out.write(json.dumps(dict(row, t=written(row["t"]))) + "\n")
    out, seen = [], set()
    for row in left:
        other = met(row, right)
        if other:
            seen.add(other["i"])
        if kind in ("semi", "anti"):
            out += [str(row["i"])] * ((other is not None) == (kind == "semi"))
        elif other or kind in ("left", "full"):
            out.append(line(row, other))
    if kind in ("right", "full"):
        out += [line(None, other) for other in right if other["i"] not in seen]
    with open("wanted.tsv", "w", encoding="ascii") as wanted:
        wanted.write("".join(row + "\n" for row in out))
    options = ["--" + kind, "--direction", direction] + ["--no-equal"] * no_equal
    if tolerance is not None:
        options += ["--tolerance", str(tolerance) if form != "time" else str(int(tolerance * 1000)) + "ms"]
    print(" ".join(options) + (" --on 'l.x <= r.x'" if on else "") + " -k k --asof t --no-header " +
          ("l.i" if kind in ("semi", "anti") else "'l.i, r.i as j'") + " l.ndjson r.ndjson")


main()
