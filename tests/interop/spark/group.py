"""Every aggregate over random groups, by keys of every type; having, order by, limit; no group and no rows."""
import json
import random

SEEDS = range(6)
# Spark's text : ours, where they differ (collect_set has no order in Spark)
AGGREGATES = {
    "count(*)": None,
    "count(l)": None,
    "count(d)": None,
    "count(s)": None,
    "count(b)": None,
    "count(l, s)": None,
    "count(distinct l)": None,
    "count(distinct s)": None,
    "count(distinct d)": None,
    "count(distinct l, s)": None,
    "count(distinct b)": None,
    "sum(l)": None,
    "sum(d)": None,
    "sum(h)": None,
    "sum(distinct l)": None,
    "sum(distinct d)": None,
    "sum(n)": None,
    "avg(l)": None,
    "avg(d)": None,
    "mean(n)": None,
    "avg(distinct l)": None,
    "avg(h)": None,
    "min(l)": None,
    "max(l)": None,
    "min(d)": None,
    "max(d)": None,
    "min(s)": None,
    "max(s)": None,
    "min(b)": None,
    "max(b)": None,
    "min(h)": None,
    "max(h)": None,
    "min(t)": None,
    "max(t)": None,
    "min(to_date(t))": None,
    "max(to_timestamp(t))": None,
    "stddev(l)": None,
    "stddev(d)": None,
    "std(n)": None,
    "stddev_samp(d)": None,
    "stddev_pop(d)": None,
    "variance(l)": None,
    "var_samp(d)": None,
    "var_pop(n)": None,
    "stddev(distinct n)": None,
    "percentile(l, 0.5)": None,
    "percentile(d, 0.9)": None,
    "percentile(l, 0)": None,
    "percentile(n, 1.0)": None,
    "median(d)": None,
    "median(l)": None,
    "percentile(n, array(0.25, 0.5, 0.75))": None,
    "percentile(distinct n, 0.3)": None,
    "corr(l, d)": None,
    "corr(n, d)": None,
    "covar_pop(l, d)": None,
    "covar_samp(l, d)": None,
    "covar_samp(d, n)": None,
    "regr_count(d, l)": None,
    "regr_avgx(d, l)": None,
    "regr_avgy(d, l)": None,
    "regr_sxx(d, l)": None,
    "regr_syy(d, l)": None,
    "regr_sxy(d, l)": None,
    "regr_slope(d, l)": None,
    "regr_intercept(d, l)": None,
    "regr_r2(d, l)": None,
    "corr(l, l)": None,
    "corr(distinct n, l)": None,
    "bit_and(l)": None,
    "bit_or(l)": None,
    "bit_xor(h)": None,
    "approx_percentile(l, 0.5)": None,
    "approx_percentile(d, 0.25)": None,
    "percentile_approx(l, 0.9, 100000)": None,
    "approx_percentile(l, array(0.0, 0.1, 1.0))": None,
    "mode(m)": None,
    "approx_count_distinct(l)": None,
    "approx_count_distinct(s)": None,
    "approx_count_distinct(d)": None,
    "approx_count_distinct(s, 0.1)": None,
    "approx_count_distinct(b)": None,
    "approx_count_distinct(to_date(t))": None,
    "first(l)": None,
    "first(s)": None,
    "last(d)": None,
    "last(s)": None,
    "first(l, true)": None,
    "last(s, true)": None,
    "first(s) ignore nulls": None,
    "last(d) ignore nulls": None,
    "any_value(i)": None,
    "first_value(l)": None,
    "last_value(l)": None,
    "collect_list(l)": None,
    "collect_list(s)": None,
    "collect_list(d)": None,
    "collect_list(b)": None,
    "array_agg(l)": None,
    "sort_array(collect_set(l))": "collect_set(l)",
    "sort_array(collect_set(s))": "collect_set(s)",
    "sort_array(collect_set(d))": "collect_set(d)",
    "count_if(b)": None,
    "count_if(l > 50)": None,
    "bool_and(b)": None,
    "bool_or(b)": None,
    "every(l > 5)": None,
    "some(l > 95)": None,
    "any(b)": None,
    "max_by(s, i)": None,
    "min_by(s, i)": None,
    "max_by(l, d)": None,
    "min_by(i, d)": None,
    "string_agg(s, ',')": None,
    "listagg(s)": None,
    "string_agg(s)": None,
    "count(*) filter (where l > 50)": None,
    "sum(l) filter (where b)": None,
    "avg(d) filter (where s is not null)": None,
    "min(s) filter (where l < 0)": None,
    "count(distinct s) filter (where b)": None,
    "collect_list(l) filter (where l > 90)": None,
    "sum(cast(l as decimal(10, 2)))": None,
    "avg(cast(l as decimal(10, 2)))": None,
    "avg(cast(d as decimal(20, 5)))": None,
    "sum(cast(d as decimal(12, 3)))": None,
    "min(cast(d as decimal(12, 3)))": None,
    "avg(cast(h as decimal(38, 0)))": None,
    "max(cast(l as decimal(4, 1)))": None,
    "sum(distinct cast(l as decimal(5, 1)))": None,
    "try_sum(l)": None,
    "try_avg(d)": None,
    "try_sum(h)": None,
    "percentile_cont(0.3) within group (order by l)": None,
    "percentile_cont(0.3) within group (order by d desc)": None,
    "percentile_disc(0.3) within group (order by l)": None,
    "percentile_disc(0.7) within group (order by n desc)": None,
    "percentile_disc(0.0) within group (order by d)": None,
    "percentile_cont(array(0.1, 0.9)) within group (order by n)": None,
    "mode() within group (order by m)": None,
    "mode() within group (order by l)": None,
    "mode() within group (order by l desc)": None,
    "listagg(s, ',') within group (order by s)": None,
    "listagg(s, ';') within group (order by l desc nulls first, i)": None,
    "string_agg(s) within group (order by b, i desc)": None,
    "listagg(s, '|') within group (order by d) filter (where l > 20)": None,
    "sum(to_timestamp(t) - timestamp '2009-03-04 05:06:07')": None,
    "avg(to_timestamp(t) - timestamp '2009-03-04 05:06:07.5')": None,
    "sum(interval 90 minute)": None,
    "avg(cast(l as int) * interval 1 month)": None,
    "sum(cast(l as int) * interval 1 month)": None,
    "max(to_timestamp(t) - timestamp '2009-03-04 05:06:07')": None,
    "sum(l) / count(l)": None,
    "round(avg(d), 2)": None,
    "max(l) - min(l)": None,
    "coalesce(max(s), 'none')": None,
    "sum(l + 1)": None,
    "sum(case when b then 1 else 0 end)": None,
    "concat(min(s), '-', max(s))": None,
}
KEYS = [
    "k", "l", "b", "n", "k, b", "upper(k) as u", "l % 3 as r", "to_date(t) as day", "year(to_date(t)) as y",
    "k is null as missing"
]
TOLERANT = ("corr", "covar", "regr", "avg", "mean", "std", "var", "sum(d)", "sum(distinct d)", "percentile", "median")


def rows(seed, count):
    chance = random.Random(seed)

    def maybe(value):
        return None if chance.random() < 0.12 else value

    found = []
    for i in range(count):
        row = {
            "i": i,
            "k": maybe(chance.choice(["Ulm", "Bonn", "Köln", "a \"b\"", "tab\there", "x\\y", "", "日本"])),
            "l": maybe(chance.randint(-5, 100)),
            "d": maybe(round(chance.uniform(-1000, 1000), 3) + 0.0001),
            "n": maybe(chance.choice([0.5, 1.25, 2.75, 8.125])),
            "h": maybe(chance.randint(-(2**55), 2**55)),
            "s": maybe("".join(chance.choice("abcäß€😀XYZ") for _ in range(chance.randint(0, 3)))),
            "b": maybe(chance.random() < 0.6),
            "t": maybe("20%02d-%02d-%02d" % (chance.randint(10, 12), chance.randint(1, 12), chance.randint(1, 28))),
            "m": chance.choice(["often", "often", "often", "often", "often", "often", "seldom", "rare"]),
        }
        for name in list(row):
            if row[name] is None and chance.random() < 0.5:
                del row[name]
        found.append(row)
    # Spark types a column by all its values, and takes the order of the first record
    found.insert(
        0,
        {"i": -1, "k": "Ulm", "l": 1, "d": 0.5, "n": 0.5, "h": 1, "s": "a", "b": True, "t": "2010-01-01", "m": "often"})
    return "".join(json.dumps(row, ensure_ascii=chance.random() < 0.3) + "\n" for row in found)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def cases():
    tables = {f"random{seed}": rows(seed, 40 if seed else 600) for seed in SEEDS}
    tables["few"] = rows(99, 3)
    found = []

    def add(name, table, sql, ours, tolerance=False, order="any"):
        case = {"name": name, "table": table, "sql": sql, "ours": ours}
        if order:
            case["order"] = order
        if tolerance:
            case["tolerance"] = 1e-12
        found.append(case)

    items = list(AGGREGATES.items())
    # a query with a distinct aggregate is planned another way, and Spark's lists and firsts lose their order in it
    for tolerant, distinct in ((False, False), (False, True), (True, False), (True, True)):
        some = [(spark, own or spark) for spark, own in items
                if any(word in spark for word in TOLERANT) == tolerant and ("distinct " in spark) == distinct]
        for table in tables:
            for at in range(0, len(some), 12):
                part = some[at : at + 12]
                spark = ", ".join(f"{text} as c{i}" for i, (text, _) in enumerate(part))
                own = ", ".join(f"{text} as c{i}" for i, (_, text) in enumerate(part))
                kind = ("distinct, " if distinct else "") + ("to 1e-12" if tolerant else "equal")
                add(f"{table} by k, {kind}, {at}: {spark}", table, f"select k, {spark} from t group by k",
                    f"aagg -g k {quoted(own)}", tolerant)
                if table in ("random0", "few"):
                    add(f"{table} in one, {kind}, {at}", table, f"select {spark} from t", f"aagg {quoted(own)}",
                        tolerant)
                    add(f"{table}, nothing left, {kind}, {at}", table, f"select {spark} from t where i > 10000",
                        f"aagg -w 'i > 10000' {quoted(own)}", tolerant)
    for keys in KEYS:
        groups = ", ".join(key.split(" as ")[0] for key in keys.split(", "))
        for table in ("random0", "random1"):
            add(f"{table} by {keys}", table,
                f"select {keys}, count(*) as c, sum(l) as total, min(s) as least from t group by {groups}",
                f"aagg -g {quoted(keys)} 'count(*) as c, sum(l) as total, min(s) as least'")
    add("no rows, grouped", "few", "select k, count(*) as c from t where i > 10000 group by k",
        "aagg -w 'i > 10000' -g k 'count(*) as c'")
    for table in ("random0", "random2"):
        add(f"{table}: having", table,
            "select k, count(*) as c from t where b group by k having count(*) > 2 and max(l) is not null",
            "aagg -w b -g k --having 'count(*) > 2 and max(l) is not null' 'count(*) as c'")
        add(f"{table}: having by alias", table, "select k, count(*) as c from t group by k having c >= 3",
            "aagg -g k --having 'c >= 3' 'count(*) as c'")
        add(f"{table}: order by, limit",
            table,
            "select l, count(*) as c, max(i) as last from t group by l order by c desc, l nulls last limit 7",
            "aagg -g l -o 'c desc, l nulls last' -n 7 'count(*) as c, max(i) as last'",
            order=None)
        add(f"{table}: order by strings",
            table,
            "select k, count(*) as c from t group by k order by k desc nulls first",
            "aagg -g k -o 'k desc nulls first' 'count(*) as c'",
            order=None)
        add(f"{table}: order by an aggregate",
            table,
            "select k, min(i) as m from t group by k order by sum(l), k",
            "aagg -g k -o 'sum(l), k' 'min(i) as m'",
            order=None)
    for name, sql, ours in (
        ("an alias that is a field, in aggregates", "select sum(l) as l, max(l) as most from t",
         "aagg 'sum(l) as l, max(l) as most'"),
        ("a key that is called like its field", "select l % 2 as l, sum(l) as s, max(l) as most from t group by l % 2",
         "aagg -g 'l % 2 as l' 'sum(l) as s, max(l) as most'"),
        ("having of such an alias", "select k, sum(l) as l from t group by k having max(l) > 90",
         "aagg -g k --having 'max(l) > 90' 'sum(l) as l'"),
        ("order by such an alias", "select k, sum(n) as l from t group by k order by l desc, k",
         "aagg -g k -o 'l desc, k' 'sum(n) as l'"),
        ("listagg distinct", "select k, listagg(distinct s, ',') within group (order by s desc) as x from t group by k",
         "aagg -g k \"listagg(distinct s, ',') within group (order by s desc) as x\""),
        ("an alias that is a field, in a list", "select upper(s) as s, concat(s, '!') as t2, length(t2) as n2 from t",
         "aflatten \"upper(s) as s, concat(s, '!') as t2, length(t2) as n2\""),
        ("order by it", "select i, l % 7 as l from t order by l, i", "aflatten -o 'l, i' 'i, l % 7 as l'"),
        ("order by numbers",
         "select k, count(*) as c, sum(l) as total from t group by k order by 2 desc, 3 nulls last, 1",
         "aagg -g k -o '2 desc, 3 nulls last, 1' 'count(*) as c, sum(l) as total'"),
        ("order by numbers in a list", "select l, i from t order by 1 desc, 2 limit 20",
         "aflatten -n 20 -o '1 desc, 2' 'l, i'"),
    ):
        add(name, "random0", sql, ours, order=None if "order by" in sql else "any")
    return {"tables": tables, "cases": found}
