"""Maps: objects whose keys are data; in Spark they need a schema."""
import json

ROWS = [
    {"i": 1, "c": {"b": 2, "a": 1, "é\"": None}, "d": {"x": {"n": 1}, "y": None}, "s": "x=1&y=2&z", "k": ["p", "q"]},
    {"i": 2, "c": {}, "d": {}, "s": "", "k": []},
    {"i": 3, "c": {"b": 0, "a": 5, "": 7}, "d": {"x": {"n": 3, "w": "é"}}, "s": "a:1,b:2:3,c", "k": ["r", "s"]},
    {"i": 4, "c": None, "d": None, "s": None, "k": None},
    {"i": 5},
]

EXPRESSIONS = """
map_keys(c)
map_values(c)
map_entries(c)
map_keys(d)
map_contains_key(c, 'a')
map_contains_key(c, 'zz')
map_contains_key(c, '')
size(c)
cardinality(d)
element_at(c, 'a')
element_at(c, 'zz')
try_element_at(c, 'b')
c['a']
c.b
d['x'].n
map('x', i, 'y', 2)
map('x', s)
map()
map_from_arrays(k, array(i, 7))
map_from_arrays(array('a', 'b'), array(1, null))
map_from_entries(map_entries(c))
map_from_entries(array(struct('a', i), struct('b', i)))
map_from_entries(array(struct('a', i), null))
map_concat(c, map('zz', 1L))
map_concat(map('x', i), map('y', i))
map_filter(c, (k, v) -> v > 1)
map_filter(c, (k, v) -> k = 'a' or v is null)
transform_values(c, (k, v) -> v * 10)
transform_values(c, (k, v) -> concat(k, '-', v))
transform_values(d, (k, v) -> v.n)
transform_keys(c, (k, v) -> upper(k))
transform_keys(c, (k, v) -> concat(k, coalesce(v, 0)))
map_keys(map_filter(c, (k, v) -> v is not null))
sort_array(map_keys(c))
array_sort(map_values(c))
exists(map_values(c), v -> v > 4)
aggregate(map_values(c), 0L, (n, v) -> n + coalesce(v, 0))
filter(map_entries(c), e -> e.value > 1)
transform(map_entries(c), e -> e.key)
str_to_map(s, '&', '=')
str_to_map(s)
str_to_map(s, ',')
str_to_map('a:1,b:2', ',', ':')
str_to_map('a')
c is null
map('a', 1)['a'] + i
transform_values(map('a', i), (k, v) -> v + i)
"""


def cases():
    schema = "i bigint, c map<string,bigint>, d map<string,struct<n:bigint,w:string>>, s string, k array<string>"
    found = [{
        "name": "expressions", "table": "t", "schema": schema,
        "expressions": [line for line in EXPRESSIONS.split("\n") if line]
    }]
    for outer in ("", "outer "):
        found.append({
            "name": f"explode {outer}of a map", "table": "t", "schema": schema,
            "sql": f"select i, e.key, e.value from t lateral view {outer}explode(map_entries(c)) x as e",
            "ours": f"aflatten {'--outer ' if outer else ''}-e 'map_entries(c) as e' 'i, e.key, e.value'"
        })
    found.append({
        "name": "sums by key", "table": "t", "schema": schema,
        "sql": "select e.key as k, sum(e.value) as n from t lateral view explode(map_entries(c)) x as e group by e.key",
        "ours": "aflatten -e 'map_entries(c) as e' 'e.key as k, e.value as v' | aagg -g k 'sum(v) as n'", "order": "any"
    })
    return {"tables": {"t": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)}, "cases": found}
