"""rollup, cube, grouping sets, grouping() and grouping_id(), over random tables with nulls among the keys."""
import json
import random
import shlex

CASES = 100
KEYS = ["k", "g", "b", "upper(s) as u", "x % 3 as m"]
AGGREGATES = ["count(*)", "sum(x)", "avg(d)", "min(s)", "max(x)", "count(distinct k)", "count(x)", "sum(d)", "max(d)",
              "count_if(b)", "sum(x) filter (where b)"]


def table(dice):
    lines = []
    for number in range(dice.choice([1, 12, 40, 100])):
        record = {
            "id": number,
            "k": dice.choice(["a", "b", "ä b", None]),
            "g": dice.choice([1, 2, None]),
            "b": dice.choice([True, False]),
            "s": dice.choice(["p", "q", "Q", "", None]),
            "x": dice.choice([None, *range(-5, 20)]),
            "d": dice.choice([None, round(dice.uniform(-50, 50), 1)]),
        }
        lines.append(json.dumps(record, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def name_of(key):
    return key.split(" as ")[-1]


def shape(dice, keys):
    """(the keys' clause, the keys in the order in which they come)."""
    kind = dice.randrange(6)
    if kind == 0:
        return f"rollup({', '.join(keys)})"
    if kind == 1:
        return f"cube({', '.join(keys)})"
    if kind == 2 and len(keys) > 1:
        return f"{keys[0]}, {dice.choice(['rollup', 'cube'])}({', '.join(keys[1:])})"
    if kind == 3 and len(keys) > 2:
        return f"rollup(({keys[0]}, {keys[1]}), {', '.join(keys[2:])})"
    sets = [f"({', '.join(keys)})"]
    for _ in range(dice.randint(1, 3)):
        sets.append(f"({', '.join(key for key in keys if dice.random() < 0.5)})")
    return f"grouping sets ({', '.join(sets)})"


def case(number):
    dice = random.Random(number)
    keys = dice.sample(KEYS, dice.randint(1, 3))
    clause = shape(dice, keys)
    plain = [key.split(" as ")[0] for key in keys]
    items = [f"{text} as a{i}" for i, text in enumerate(dice.sample(AGGREGATES, dice.randint(1, 3)))]
    ours, spark = list(items), list(items)
    if dice.random() < 0.7:
        at = dice.randrange(len(keys))
        ours.append(f"grouping({name_of(keys[at])}) as one")
        spark.append(f"grouping({plain[at]}) as one")
    if dice.random() < 0.7:
        ours.append("grouping_id() as id")
        spark.append("grouping_id() as id")
    spark_clause = clause
    for key, text in zip(keys, plain):
        spark_clause = spark_clause.replace(key, text)
    columns = [f"{text} as {name_of(key)}" for key, text in zip(keys, plain)] + spark
    sql = f"select {', '.join(columns)} from t group by {spark_clause}"
    command = ["aagg", "-g", clause, ", ".join(ours)]
    if dice.random() < 0.2:
        sql += " having count(*) > 2"
        command += ["--having", "count(*) > 2"]
    return {"name": f"sets {number}", "table": f"t{number % 5}", "order": "any", "tolerance": 1e-9, "sql": sql,
            "ours": " ".join(shlex.quote(word) for word in command)}


def cases():
    tables = {f"t{i}": table(random.Random(2000 + i)) for i in range(5)}
    return {"tables": tables, "cases": [case(number) for number in range(CASES)]}
