"""Casts of arrays and maps: by their elements."""
import json

ROWS = [{"i": i, "q": q, "n": n, "d": d, "qq": [q, [], None], "m": {"a": 1, "b": n and n[0]}}
        for i, (q, n, d) in enumerate([
            (["9", "10"], [1, -2, 300], [1.5, 2.25]),
            ([], [], []),
            (None, None, None),
            (["x", None, " 7", "1.9", "2147483648", "true"], [None, 0], [-0.5, None]),
            (["2020-02-29", "2021-02-29", "2020-01-01 10:00:00"], [86400], [1e10, 0.1]),
        ])]

EXPRESSIONS = """
cast(q as array<int>)
array_max(cast(q as array<int>))
array_max(q)
cast(q as array<bigint>)
cast(q as array<smallint>)
cast(q as array<tinyint>)
cast(q as array<double>)
cast(slice(q, 3, 2) as array<float>)
cast(q as array<boolean>)
cast(q as array<date>)
cast(cast(q as array<timestamp>) as array<date>)
cast(q as array<decimal(5,1)>)
cast(q as array<string>)
try_cast(q as array<int>)
cast(n as array<string>)
cast(n as array<tinyint>)
cast(n as array<double>)
cast(n as array<boolean>)
cast(d as array<int>)
cast(d as array<bigint>)
cast(d as array<decimal(3,1)>)
cast(d as array<string>)
cast(qq as array<array<int>>)
cast(array(qq) as array<array<array<int>>>)
cast(qq[0] as array<int>)[1]
aggregate(cast(q as array<int>), 0, (a, x) -> a + coalesce(x, 0))
sort_array(cast(q as array<int>))
cast(map('a', '1', 'b', 'x') as map<string,int>)
cast(map(1, array('1', 'x')) as map<string, array<int>>)
cast(map(1, '07') as map<bigint, double>)
map_values(cast(map('a', '10', 'b', '9') as map<string,int>))
cast(array(map('a', '1')) as array<map<string,int>>)
cast(array('1', '2') as array<int>)[0] + 1
transform(cast(q as array<int>), x -> x + 1)
exists(cast(q as array<int>), x -> x > 9)
"""


def cases():
    return {
        "tables": {"t": "".join(json.dumps(row) + "\n" for row in ROWS)},
        "cases": [{"name": "nested", "table": "t", "expressions": [line for line in EXPRESSIONS.split("\n") if line]}],
    }
