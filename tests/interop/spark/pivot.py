"""PIVOT, UNPIVOT, stack and OFFSET: asql and its pipe, and aagg --pivot with its values listed and found, over random
tables."""
import json
import os
import random
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BOTH = os.path.join(ROOT, "tests", "interop", "asql-both.sh")
COLUMNS = ("k", "j", "c", "d", "x", "y", "s")
VALUES = {"c": ["red", "green", "blue", "it's", "", None], "d": [1, 2, 3, 10, None], "j": [True, False, None]}
AGGREGATES = ["sum(x)", "count(*)", "max(s)", "min(y)", "avg(x)", "count(x)", "max(x) - min(x)", "first(j)",
              "round(avg(y), 2)", "count(distinct s)", "sum(x) filter (where y > 3)", "collect_list(x)[0]"]
STATEMENTS = """
select * from (select k, c, x from t) pivot (sum(x) for c in ('red', 'green')) order by k
select k, red, blue from (select k, c, x from t) pivot (sum(x) as s for c in ('red', 'blue')) where red > 3 order by k
select * from (select c, x from t) pivot (sum(x) as s, count(*) as n for c in ('red' as r, 'nothing'))
select * from (select k, c, d, x from t) pivot (max(x) for (c, d) in (('red', 1), ('green', 2) as g)) order by k
select * from (select k, d, x from t) p pivot (count(x) for d in (1 as one, 2, null)) order by k
select k, `1` + `2` as both from (select k, d, x from t) pivot (sum(x) for d in (1, 2)) order by k
select * from (select k, j, x from t) pivot (avg(x) for j in (true as yes, false)) order by k
select * from (select t.k, u.w, t.x from t join u on t.k = u.k) pivot (sum(x) for w in ('p', 'q')) order by k
select * from t pivot (sum(x) for c in ('red')) order by k, j, d, y, s limit 20
select count(*) from (select * from t) pivot (sum(x) for c in ('red', 'green'))
select k, sum(r) from (select k, c, d, x from t) pivot (sum(x) for c in ('red' as r)) group by k order by k
select * from (select k, c, x from t where x > 5) pivot (sum(x) for c in ('red', 'green')) order by k
select * from (select k, upper(c) as c, x from t) pivot (sum(x) for c in ('RED', 'BLUE')) order by k
select * from (select c, x from t where false) pivot (count(*) for c in ('red'))
select * from (select k, c, x from t where false) pivot (count(*) for c in ('red'))
select * from (select k, x, y from t) unpivot (v for n in (x, y)) order by k, n, v
select * from (select k, x, y from t) unpivot include nulls (v for n in (x, y)) order by k, n, v
select * from (select k, x, y from t) unpivot exclude nulls (v for n in (x as ex, y)) as u order by k, n, v
select k, u.n, u.v from (select k, x, y from t) unpivot (v for n in (x, y)) u where v > 4 order by 1, 2, 3
select * from (select k, c, s, x, y from t) unpivot ((n, t) for w in ((x, c) as first, (y, s))) order by 1, 2, 3, 4
select * from (select k, x, y, c, s from t) unpivot include nulls ((n, t) for w in ((x, c),
    (y, s) as two)) order by 1, 2, 3, 4
select w, count(v) as n, sum(v) as s from (select k, x, y from t) unpivot (v for w in (x, y)) group by w order by w
select k, stack(2, 'x', x, 'k', k) from t order by k, x
select k, stack(2, 'x', x, 'k', k) as (n, v) from t order by k, x
select k, n, v from t lateral view stack(2, 'x', x, 'k', k) s as n, v where v is not null order by k, n, v
select k, a, b, c1 from t lateral view stack(2, x, y, s, k, 1.5D) q as a, b, c1 order by k, a, b, c1
select stack(3, 1, 2, 3, 4) from u limit 3
select stack(1, k, w) as (a, b) from u order by a, b
select n, sum(v) as s from t lateral view stack(2, 'x', x, 'k', k) q as n, v group by n order by n
select k, e, n from t lateral view explode(array(1, 2)) q as e lateral view stack(2, 'a', 'b') r as n
    where k = 2 order by e, n
select k, c, sum(x) as s from t group by rollup(k, c) order by k, c, s
select k, c, grouping_id(k, c) as g, count(*) as n from t group by cube(k, c) order by k, c, g
select c, d, sum(x) as s from t group by grouping sets ((c), (d), ()) order by c, d, s
select k, x from t order by k, x limit 5 offset 7
select k, count(*) as n from t group by k order by k offset 2
select k from (select k from t order by k limit 10 offset 5) order by k desc limit 3 offset 1
select l.k as a, r.k as b from u l cross join u r order by a, b
select l.k, l.w, r.w as w2 from u l join u r on l.k < r.k order by 1, 2, 3
select l.k, r.w from u l left join u r on l.k < r.k and r.w = 'q' order by 1, 2
select l.k, r.k as k2 from u l full join u r on l.k < r.k - 1 order by 1, 2
"""


def table(seed):
    rows = random.Random(seed)
    return "".join(json.dumps({"k": rows.randrange(5), "j": rows.choice(VALUES["j"]), "c": rows.choice(VALUES["c"]),
                               "d": rows.choice(VALUES["d"]), "x": rows.choice([None, *range(9)]),
                               "y": rows.choice([None, 0.5, 2.25, 4.0, 7.75]), "s": rows.choice([None, "p", "q", "r"])})
                   + "\n" for _ in range(60))


def literal(value):
    if value is None:
        return "null"
    return json.dumps(value) if not isinstance(value, str) else "'" + value.replace("'", "\\'") + "'"


def word(text):
    return "'" + text.replace("'", "'\\''") + "'"


def random_cases(rows):
    """aagg --pivot and asql, with the values listed and, where Spark is told all of them, found."""
    for number in range(100):
        table_name = f"t{number % 6}"
        column = rows.choice(list(VALUES))
        keys = rows.sample([key for key in ("k", "j", "d") if key != column], rows.randrange(3))
        asked = rows.sample(AGGREGATES, rows.choice([1, 1, 2]))
        aggregates = ", ".join(f"{text} as a{i}" for i, text in enumerate(asked))
        present = {json.loads(line)[column] for line in table(number % 6).splitlines()}
        found = sorted(present, key=lambda value: (value is not None, value))
        listed = rows.random() < 0.5
        values = rows.sample(found, min(len(found), 3)) if listed else found
        inside = ", ".join(literal(value) for value in values)
        order = " order by " + ", ".join(keys) if keys else ""
        aggregated = [name for name in COLUMNS if re.search(rf"\b{name}\b", aggregates)]
        if {*keys, column} & {*aggregated}:  # Spark groups by no column that is aggregated
            continue
        needed = ", ".join([*keys, column, *aggregated])
        sql = (f"select * from (select {needed} from {table_name}) pivot ({aggregates} "
               f"for {column} in ({inside})){order}")
        pivot = f"{column} in ({inside})" if listed else column
        group = f"-g {word(', '.join(keys))} -o {word(', '.join(keys))} " if keys else ""
        yield {"name": f"{number}: {sql}", "table": "t", "views": {table_name: table_name}, "sql": sql,
               "tolerance": 1e-12, "ours": f"aagg {group}--pivot {word(pivot)} {word(aggregates)} ${table_name}"}


def cases():
    tables = {f"t{seed}": table(seed) for seed in range(6)}
    tables.update(t=table(6), u='{"k":1,"w":"p"}\n{"k":2,"w":"q"}\n{"k":3,"w":"p"}\n{"k":null,"w":"q"}\n')
    found = list(random_cases(random.Random(16)))
    for statement in STATEMENTS.strip().replace("\n    ", " ").split("\n"):
        used = [name for name in ("t", "u") if f" {name} " in statement + " " or f" {name})" in statement]
        bound = " ".join(f'{name}="${name}"' for name in used)
        found.append({"name": statement, "table": "t", "views": {name: name for name in used}, "sql": statement,
                      "ours": f"{BOTH} {word(statement)} {bound}", "tolerance": 1e-12})
    return {"tables": tables, "cases": found}
