"""Arrays and structs as values: their order, their hashes, rows of values; and the checksums and zones that stand
beside them."""
import json

ROWS = [
    {
        "i": 1, "k": "x", "n": 9, "s": "x", "a": [9], "aa": [[10], [9]], "sa": ["b", None, "a"], "da": [1, 2.5],
        "o": {"x": 9, "y": "p", "z": None}, "d": 0.5, "t": "2020-02-29 12:34:56.789", "b": True
    },
    {
        "i": 2, "k": "x", "n": 10, "s": "y", "a": [10], "aa": [[1, 2], [1]], "sa": ["b"], "da": [-0.0],
        "o": {"y": "a", "x": 10}, "d": -0.0, "t": "1969-12-31 23:59:59", "b": False
    },
    {
        "i": 3, "k": "x", "n": None, "s": "z", "a": [9, 1], "aa": [[None], []], "sa": [], "da": [],
        "o": {"x": 10, "y": None, "z": [1]}, "d": 1e300, "t": None, "b": None
    },
    {
        "i": 4, "k": "y", "n": -1, "s": "é😀 and more than 32 bytes of text, so lanes", "a": [], "aa": [], "sa": [None],
        "da": [None, 3.0], "o": None, "d": 7.0, "t": "2021-03-28 02:30:00", "b": True
    },
    {
        "i": 5, "k": "y", "n": 100, "s": "", "a": None, "aa": None, "sa": None, "da": None, "o": {"x": None, "y": "p"},
        "d": None, "t": "2021-07-01 00:00:00", "b": False
    },
    {
        "i": 6, "k": "y", "n": 100, "s": "12345678", "a": [None, 3], "aa": [[2], None], "sa": ["a", "b"], "da": [1e10],
        "o": {"x": None, "y": None, "z": [0]}, "d": 2.5, "t": "2021-12-24 18:00:00.000001", "b": True
    },
    {
        "i": 7, "k": None, "n": 100, "s": "abcdefghijk", "a": [9, 1], "aa": [[9], [10], [1, 2]], "sa": ["A"],
        "da": [2.5], "o": {"z": [1], "x": 10, "y": None}, "d": 0.1, "t": "0001-01-01 00:00:00", "b": None
    },
]

EXPRESSIONS = """
array(9) < array(10)
array(n) > array(9)
a = array(9)
a < array(9, 1)
a >= array(null, 3)
a <=> array(9, 1)
array(1, 2.5) = array(1.0, 2)
array(null) = array(null)
struct(n, s) < struct(10L as n, 'z' as s)
struct(n) = struct(100L as n)
o = o
o < named_struct('x', 10L, 'y', 'b', 'z', array(1L))
o >= named_struct('x', 9L, 'y', 'p', 'z', cast(null as array<bigint>))
(n, s) = (100L, '')
(n, s) in ((9L, 'x'), (10L, 'y'))
(n, s) not in ((9L, 'x'), (100L, ''))
(i, n) < (2L, 1L)
sort_array(aa)
sort_array(aa, false)
array_sort(aa)
sort_array(sa)
sort_array(array(struct(n, s), struct(9 as n, 'w' as s)))
array_max(aa)
array_min(aa)
array_max(array(array(2, 10), array(2, 9), array(1, 99)))
array_contains(aa, array(9))
array_contains(aa, array(1, 2))
array_distinct(array(array(1), array(1), array(2)))
array_position(aa, array(9))
array_remove(aa, array(9))
array_union(aa, array(array(9L)))
array_except(aa, array(array(9L)))
array_intersect(aa, array(array(9L), array(10L)))
arrays_overlap(aa, array(array(9L)))
greatest(n, 10)
hash(i)
hash(i, n, s)
hash(s)
hash(null)
hash()
hash(1)
hash(2Y, 3S)
hash(d)
hash(b)
hash(float(0.5), float(-0.0))
hash(to_date(t))
hash(to_timestamp(t))
hash(a)
hash(aa)
hash(sa)
hash(da)
hash(o)
hash(struct(n, s))
hash(cast(n as decimal(10, 2)))
hash(cast(n as decimal(38, 5)))
hash(cast(-12345678901234567890 as decimal(38, 18)))
hash(cast('99999999999999999999999999999999999999' as decimal(38, 0)))
hash(cast(128 as decimal(38, 0)), cast(-128 as decimal(38, 0)), cast(0 as decimal(38, 0)))
hash(12345678901234567890)
hash(interval 1 day)
hash(interval 13 month)
pmod(hash(s), 10)
xxhash64(i)
xxhash64(i, n, s)
xxhash64(s)
xxhash64(null)
xxhash64(1)
xxhash64(d)
xxhash64(b)
xxhash64(double('NaN'), float('NaN'))
xxhash64(to_date(t))
xxhash64(to_timestamp(t))
xxhash64(a)
xxhash64(aa)
xxhash64(sa)
xxhash64(da)
xxhash64(o)
xxhash64(cast(n as decimal(38, 5)))
xxhash64(repeat(s, 10))
xxhash64(repeat('abcdefg', i))
sha2(s, 384)
sha2(s, 512)
sha2(repeat('x', 111), 512)
sha2(repeat('x', 112), 512)
sha2(repeat('x', 127), 384)
sha2(repeat('x', 128), 384)
sha2(repeat('xyz', 1000), 512)
sha2(s, 1)
sha2(s, 224)
from_utc_timestamp(t, 'PST')
from_utc_timestamp(t, 'IST')
to_utc_timestamp(t, 'EST')
from_utc_timestamp(t, 'JST')
to_utc_timestamp(t, 'ECT')
from_utc_timestamp(t, 'CST')
from_utc_timestamp(t, 'HST')
from_utc_timestamp(t, 'VST')
extract(day from interval '3 04:05:06.789' day to second)
extract(hour from interval '3 04:05:06.789' day to second)
extract(minute from interval '3 04:05:06.789' day to second)
extract(second from interval '-3 04:05:06.789' day to second)
extract(year from interval '2-7' year to month)
extract(month from interval '-2-7' year to month)
date_part('hour', to_timestamp(t) - timestamp '2020-01-01 00:00:00')
date_format(date '-0044-03-15', 'yyyy-MM-dd')
date_format(date '-0044-03-15', 'yyyy-MM-dd G')
date_format(date '-0044-03-15', 'd.M.yy')
date_format(date '0000-12-31', 'y')
date_format(timestamp '12024-01-02 03:04:05', 'yyyy-MM-dd')
to_date('+2020-01-31', 'yyyy-MM-dd')
to_date('+12020-01-31', 'yyyy-MM-dd')
to_date('-0044-03-15', 'yyyy-MM-dd')
to_date('+7-01-31', 'y-MM-dd')
split('abc', '', 2)
split('abc', '', 0)
split('abc', '', -1)
split('', '', 3)
split(s, '', 3)
"""

ORDERS = [
    "a, i", "a desc, i", "a nulls last, i", "aa, i", "o, i", "o desc nulls first, i", "struct(n, s), i",
    "struct(b, n) desc, i", "sa, i", "da, i", "array(d, n), i"
]
AGGREGATES = [
    "max(struct(n, s))", "min(struct(n, s))", "max(struct(n, s)).s", "max(a)", "min(a)", "max(aa)", "min(aa)",
    "max(o).x", "min(o).y", "max(array(n, i))", "max(da)[0] + 0.0D", "min(sa)", "max_by(i, struct(n, i))",
    "min_by(i, a)", "max(struct(d, i)).i", "sort_array(collect_list(a))", "count(distinct a)", "count(distinct o)",
    "count(distinct da)", "count(distinct struct(n, b))", "bit_xor(hash(s))", "sum(xxhash64(i) % 1000)"
]


def cases():
    found = [{"name": "expressions", "table": "t", "expressions": [line for line in EXPRESSIONS.split("\n") if line]}]
    for order in ORDERS:
        found.append({
            "name": f"order by {order}", "table": "t", "sql": f"select i from t order by {order}",
            "ours": f"aflatten -o '{order}' i"
        })
        found.append({
            "name": f"order by {order} limit 3", "table": "t", "sql": f"select i from t order by {order} limit 3",
            "ours": f"aflatten -o '{order}' -n 3 i"
        })
        found.append({
            "name": f"order by {order}, spilled", "table": "t", "sql": f"select i from t order by {order}",
            "ours": f"aflatten --memory 1M -o '{order}' i"
        })
    for aggregate in AGGREGATES:
        found.append({
            "name": f"{aggregate} by k", "table": "t", "sql": f"select k, {aggregate} as x from t group by k",
            "ours": f"aagg -g k '{aggregate} as x'", "order": "any"
        })
        found.append({
            "name": aggregate, "table": "t", "sql": f"select {aggregate} as x from t",
            "ours": f"aagg '{aggregate} as x'"
        })
    for keys in ("a", "aa", "struct(n, b)", "sa", "o", "da", "d * 0 * -1"):
        found.append({
            "name": f"group by {keys}", "table": "t",
            "sql": f"select count(*) as c, sum(i) as s from t group by {keys}",
            "ours": f"aagg -g '{keys}' 'count(*) as c, sum(i) as s' | cut -f2-", "order": "any"
        })
    for outer in ("", "outer "):
        for array in ("split(s, ' ')", "filter(a, x -> x > 1)", "sequence(1, i)",
                      "from_json('[1,null,3]', 'array<int>')", "array(n, i)", "aa[0]", "transform(aa, x -> size(x))"):
            ours = array.replace(", 'array<int>'", "").replace("'", "'\\''")
            found.append({
                "name": f"explode {outer}{array}", "table": "t",
                "sql": f"select i, e_pos, e from t lateral view {outer}posexplode({array}) x as e_pos, e",
                "ours": f"aflatten {'--outer ' if outer else ''}-e '{ours} as e' 'i, e_pos, e'"
            })
    found.append({
        "name": "explode of an explode", "table": "t",
        "sql": "select i, x, y from t lateral view explode(aa) p as x lateral view explode(transform(x, v -> v + i)) q "
               "as y",
        "ours": "aflatten -e 'aa as x' -e 'transform(x, v -> v + i) as y' 'i, x, y'"
    })
    for kind in ("inner", "left semi", "left anti"):
        found.append({
            "name": f"{kind} join on a struct", "table": "t", "views": {"l": "t", "r": "t"},
            "sql": f"select l.i as li from l {kind} join r on l.o = r.o",
            "ours": f"ajoin --{kind.split()[-1]} -k o 'l.i as li' $l $r", "order": "any"
        })
    return {"tables": {"t": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)}, "cases": found}
