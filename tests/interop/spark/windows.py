"""Window functions: every function over random partitions, orders, frames of rows and ranges, names, and qualify."""
import json
import random
import shlex

CASES = 300
TABLES = 6

ORDERED = ["row_number()", "ntile({n})", "lag({v})", "lag({v}, {n})", "lag({v}, {n}, {v})", "lead({v})",
           "lead({v}, {n})", "lag({v}) ignore nulls", "lead({v}, {n}) ignore nulls", "lag(x, {n}, -1)",
           "lead(s, 1, 'none')"]
RANKS = ["rank()", "dense_rank()", "percent_rank()", "cume_dist()"]
FRAMED = ["first_value({v})", "last_value({v})", "nth_value({v}, {n})", "first_value({v}) ignore nulls",
          "last_value({v}, true)", "nth_value({v}, {n}) ignore nulls", "first({v})", "last({v}) ignore nulls"]
AGGREGATES = ["sum(x)", "sum(d)", "count(*)", "count({v})", "avg(x)", "avg(d)", "min({v})", "max({v})",
              "stddev(d)", "variance(x)", "count_if(x > 3)", "bool_or(b)", "bool_and(b)", "bit_xor(x)", "corr(x, d)",
              "max_by(s, id)", "min_by(x, id)", "collect_list({v})", "regr_slope(x, d)", "percentile(d, 0.3)",
              "sum(x * 2 - 1)",
              "sum(case when b then x else 0 end)", "any_value(x)"]
ANY_ORDER = [name for name in AGGREGATES if "collect" not in name and "any_value" not in name]
VALUES = ["x", "d", "s", "b", "day", "id"]
ROWS = [("unbounded preceding", "current row"), ("unbounded preceding", "{a} following"),
        ("{a} preceding", "current row"), ("{a} preceding", "{c} following"), ("{c} preceding", "{a} preceding"),
        ("{a} following", "{c} following"),
        ("current row", "unbounded following"), ("{a} preceding", "unbounded following"),
        ("unbounded preceding", "unbounded following"), ("current row", "current row"),
        ("unbounded preceding", "{a} preceding"), ("{a} following", "unbounded following")]
INTERVALS = ["interval {n} days", "interval '{n}' hour", "interval '{n} 12' day to hour"]


def table(dice):
    lines = []
    for number in range(dice.choice([9, 25, 60, 150])):
        record = {
            "id": number,
            "k": dice.choice(["a", "b", "c", "ä", None]),
            "g": dice.choice([1, 2, 10]),
            "t": dice.choice([None, *range(8)]),
            "x": dice.choice([None, *range(-5, 20)]),
            "d": dice.choice([None, round(dice.uniform(-50, 50), 2), round(dice.uniform(0, 9), 1)]),
            "s": dice.choice([None, "p", "q", "Q", "long text", ""]),
            "b": dice.choice([True, False, None]),
            "day": f"2024-{dice.choice([1, 2, 3]):02}-{dice.randint(1, 28):02}",
            "at": f"2024-03-{dice.randint(28, 31)} {dice.randint(0, 23):02}:{dice.choice([0, 30]):02}:00",
        }
        lines.append(json.dumps(record, ensure_ascii=False))
    dice.shuffle(lines)
    return "\n".join(lines) + "\n"


def fill(dice, text):
    a = dice.randint(0, 4)
    return text.format(n=dice.randint(1, 4), v=dice.choice(VALUES), a=a, c=a + dice.randint(0, 4))


def partition(dice):
    return dice.choice(["", "partition by k ", "partition by g ", "partition by k, g ", "partition by x % 3, b ",
                        "partition by b "])


def direction(dice):
    return dice.choice(["", " desc", " nulls last", " desc nulls first", " asc"])


def unique_order(dice):
    return "order by " + dice.choice([f"t{direction(dice)}, id", f"id{direction(dice)}", f"s{direction(dice)}, id desc",
                                      f"d{direction(dice)}, id", "upper(s), x, id"])


def range_window(dice):
    """An order of one value, and amounts of it."""
    order, amount = dice.choice([("t", "{n}"), ("x", "{n}"), ("d", "{n}"), ("d", "2.5D"), ("to_date(day)", "{n}"),
                                 ("to_date(day)", "interval {n} days"), ("to_timestamp(at)", dice.choice(INTERVALS))])
    low, high = fill(dice, amount), fill(dice, amount)
    frame = dice.choice([f"between {low} preceding and current row", f"between {low} preceding and {high} following",
                         f"between current row and {high} following",
                         f"between unbounded preceding and {high} following",
                         f"between {low} preceding and unbounded following",
                         "between current row and unbounded following",
                         "between unbounded preceding and current row", "between current row and current row"])
    return f"order by {order}{direction(dice)} range {frame}"


def rows_frame(dice):
    start, end = dice.choice(ROWS)
    a = dice.randint(0, 4)
    c = a + dice.randint(0, 4)
    return f"rows between {start.format(a=a, c=c)} and {end.format(a=a, c=c)}"


def item(dice):
    kind = dice.randrange(6)
    if kind == 0:
        return f"{fill(dice, dice.choice(ORDERED))} over ({partition(dice)}{unique_order(dice)})"
    if kind == 1:
        name = dice.choice(RANKS)
        return f"{name} over ({partition(dice)}order by {dice.choice(['t', 's', 'd', 'x, s', 'b desc, t'])})"
    if kind == 2:
        return f"{fill(dice, dice.choice(FRAMED))} over ({partition(dice)}{unique_order(dice)} {rows_frame(dice)})"
    if kind == 3:
        return f"{fill(dice, dice.choice(AGGREGATES))} over ({partition(dice)}{unique_order(dice)} {rows_frame(dice)})"
    if kind == 4:
        return f"{fill(dice, dice.choice(ANY_ORDER))} over ({partition(dice)}{range_window(dice)})"
    shape = dice.choice(["", "order by t", "order by x desc, s"])
    return f"{fill(dice, dice.choice(ANY_ORDER))} over ({partition(dice)}{shape})"


def case(number):
    dice = random.Random(number)
    items = [item(dice) for _ in range(dice.randint(1, 4))]
    if dice.random() < 0.3:  # several over one window
        window = f"({partition(dice)}{unique_order(dice)})"
        calls = ORDERED + RANKS + ["sum(x)", "avg(d)", "count(*)"]
        items = [f"{fill(dice, dice.choice(calls))} over {window}" for _ in range(3)]
    columns = ["id"] + [f"{text} as c{i}" for i, text in enumerate(items)]
    if dice.random() < 0.2:
        dice.random()
        columns.append(f"x * 1.0D / sum(x) over ({partition(dice)}) as share")
    found = {"name": f"window {number}", "table": f"t{number % TABLES}", "order": "any", "tolerance": 1e-9}
    if dice.random() < 0.15:
        columns = columns[:1 + len(items)]
        bound, window = dice.randint(1, 5), f"({partition(dice)}{unique_order(dice)})"
        names, select = ", ".join(["id"] + [f"c{i}" for i in range(len(items))]), ", ".join(columns)
        inner = f"select {select}, row_number() over {window} as q from t"
        found["sql"] = f"select {names} from ({inner}) where q <= {bound}"
        qualify = f"row_number() over {window} <= {bound}"
        found["ours"] = f"aflatten {shlex.quote(select)} --qualify {shlex.quote(qualify)}"
    elif dice.random() < 0.15:
        window, frame = f"{partition(dice)}{unique_order(dice)}", rows_frame(dice)
        named = f"id, sum(x) over w as c0, avg(d) over (w {frame}) as c1, row_number() over w as c2"
        found["sql"] = f"select {named.replace('(w ', f'({window} ')} from t window w as ({window})"
        found["ours"] = f"aflatten {shlex.quote(named)} --window {shlex.quote(f'w as ({window})')}"
    else:
        found["sql"] = f"select {', '.join(columns)} from t"
        found["ours"] = f"aflatten {shlex.quote(', '.join(columns))}"
    return found


def cases():
    tables = {f"t{i}": table(random.Random(1000 + i)) for i in range(TABLES)}
    return {"tables": tables, "cases": [case(number) for number in range(CASES)]}
