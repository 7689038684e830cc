"""Joins of every kind with nulls and duplicates; explode and its kin; the workflow's own query."""

TABLES = {
    "left": '{"k":"a","v":1}\n{"k":"b","v":2}\n{"k":null,"v":3}\n{"v":4}\n{"k":"a","v":5}\n{"k":"c","v":null}\n'
            '{"k":"","v":7}\n',
    "right": '{"k":"a","w":"x"}\n{"k":"d","w":"y"}\n{"k":null,"w":"n"}\n{"k":"a","w":null}\n{"k":"b","w":"z"}\n'
             '{"k":"d","w":"u"}\n',
    "numbers": '{"n":1,"m":2.5,"p":"one"}\n{"n":2,"m":2.0,"p":"two"}\n{"n":2,"m":null,"p":"zwei"}\n'
               '{"n":null,"m":1.0,"p":"none"}\n',
    "doubles": '{"n":1.0,"q":true}\n{"n":2.5,"q":false}\n{"n":2.0,"q":null}\n{"n":null,"q":true}\n',
    "pairs": '{"a":1,"b":"x","c":10}\n{"a":1,"b":"y","c":11}\n{"a":2,"b":"x","c":12}\n{"a":2,"b":null,"c":13}\n',
    "other": '{"a":1,"e":"x","f":20}\n{"a":1,"e":"x","f":21}\n{"a":2,"e":null,"f":22}\n{"a":3,"e":"x","f":23}\n',
    "nested": '{"id":1,"who":{"name":"ann","tags":["p","q"]}}\n{"id":2,"who":{"name":"bob","tags":[]}}\n'
              '{"id":3,"who":null}\n',
    "people": '{"name":"ann","age":30}\n{"name":"bob","age":null}\n{"name":"cid","age":5}\n',
    "none": '{"k":"zz","w":"unmatched"}\n',
    "flat": "".join(
        '{"exam":"%s","ok":%s}\n' % (exam, ok) for exam, oks in
        {"Git": ["true"] * 2 + ["false"] * 3, "SQL": ["true"] * 10 + ["false"], "None": ["false"] *
         4, "All": ["true"]}.items() for ok in oks),
    "quiz": '{"u":1,"s":{"q":[{"id":"a","o":[{"c":true},{"c":false,"at":"t1"}]},{"id":"b","o":[]},{"id":"c","o":null},'
            '{"id":"d"}]}}\n'
    '{"u":2,"s":{"q":[]}}\n{"u":3,"s":{"q":null}}\n{"u":4,"s":null}\n{"u":5,"s":{"q":[null,{"id":"e","o":[{"c":null},'
    'null]}]}}\n',
    "lists": '{"n":1,"x":["p","q",null],"y":[1,2]}\n{"n":2,"x":[],"y":[3]}\n{"n":3,"x":null,"y":null}\n'
             '{"n":4,"y":[4,null]}\n',
    "matrix": '{"n":1,"m":[[1,2],[],null,[3]]}\n{"n":2,"m":[]}\n',
}
KINDS = {"inner": "inner join", "left": "left join", "right": "right join", "full": "full join"}


def cases():
    found = []

    def add(name, sql, ours, views=(), table="left", order="any"):
        case = {"name": name, "table": table, "views": {view: view for view in views}, "sql": sql, "ours": ours}
        if order:
            case["order"] = order
        found.append(case)

    for kind, join in KINDS.items():
        pair = ("left", "right")
        add(f"{kind}: using", f"select k, v, w from `left` l {join} `right` r using (k)",
            f"ajoin --{kind} -k k 'k, v, w' $left $right", pair)
        add(f"{kind}: both keys", f"select l.k as lk, r.k as rk, v, w from `left` l {join} `right` r on l.k = r.k",
            f"ajoin --{kind} -k k 'l.k as lk, r.k as rk, v, w' $left $right", pair)
        add(
            f"{kind}: expressions and where",
            f"select upper(k) as u, coalesce(v, 0) + 1 as v1 from `left` l {join} `right` r using (k) where w is not "
            f"null or v > 2",
            f"ajoin --{kind} -k k -w 'w is not null or v > 2' 'upper(k) as u, coalesce(v, 0) + 1 as v1' $left $right",
            pair)
        add(f"{kind}: ordered, limited",
            f"select k, v, w from `left` l {join} `right` r using (k) order by w desc nulls last, v, k limit 4",
            f"ajoin --{kind} -k k -o 'w desc nulls last, v, k' -n 4 'k, v, w' $left $right",
            pair,
            order=None)
        add(f"{kind}: nothing matches", f"select k, v, w from `left` l {join} `none` r using (k)",
            f"ajoin --{kind} -k k 'k, v, w' $left $none", ("left", "none"))
        add(f"{kind}: numbers", f"select l.n as n, p, q from numbers l {join} doubles r on l.n = r.n",
            f"ajoin --{kind} -k n 'l.n as n, p, q' $numbers $doubles", ("numbers", "doubles"))
        add(
            f"{kind}: two keys of other names",
            f"select l.a as la, r.a as ra, b, e, c, f from pairs l {join} other r on l.a = r.a and l.b = r.e",
            f"ajoin --{kind} -k a,b=e 'l.a as la, r.a as ra, b as bb, r.e, c, f' $pairs $other | sed 1s/bb/b/" if kind
            in ("inner", "left") else f"ajoin --{kind} -k a,b=e 'l.a as la, r.a as ra, l.b, r.e, c, f' $pairs $other",
            ("pairs", "other"))
        add(f"{kind}: a nested key",
            f"select id, who.name as name, who.tags as tags, age from nested l {join} people r on l.who.name = r.name",
            f"ajoin --{kind} -k who.name=name 'id, l.who.name, l.who.tags, age' $nested $people", ("nested", "people"))
    for kind in ("semi", "anti"):
        add(f"{kind}", f"select * from `left` l left {kind} join `right` r on l.k = r.k",
            f"ajoin --{kind} -k k '*' $left $right", ("left", "right"))
        add(f"{kind}: turned", f"select w, k from `right` l left {kind} join `left` r on l.k = r.k",
            f"ajoin --{kind} -k k 'w, k' $right $left", ("left", "right"))
        add(f"{kind}: where", f"select v from `left` l left {kind} join `right` r on l.k = r.k where v is not null",
            f"ajoin --{kind} -k k -w 'v is not null' v $left $right", ("left", "right"))

    add("the workflow's query",
        """
        select l.exam, All_True, Not_All_True, round(All_True/(All_True+Not_All_True),2) as Proficiency
        from (select exam, count(ok) as All_True from flat where ok = 'true' group by exam) l
        full outer join (select exam, count(ok) as Not_All_True from flat where ok = 'false' group by exam) r \
on l.exam = r.exam
        order by Proficiency desc, All_True""",
        """aflatten '*' $flat > flat.tsv
        aagg -g exam -w "ok = 'true'" 'count(ok) as All_True' flat.tsv > t1
        aagg -g exam -w "ok = 'false'" 'count(ok) as Not_All_True' flat.tsv > t2
        ajoin --full -k exam -o 'Proficiency desc, All_True' 'l.exam, All_True, Not_All_True, \
round(All_True/(All_True+Not_All_True),2) as Proficiency' t1 t2""",
        ("flat", ),
        order=None)

    quiz = [("", ""), ("outer ", "--outer ")]
    for outer, option in quiz:
        word = outer.strip() or "inner"
        add(f"explode {word}: structs",
            f"select u, q.id from t lateral view {outer}explode(s.q) e as q",
            f"aflatten {option}-e s.q 'u, q.id'",
            table="quiz")
        add(f"explode {word}: positions",
            f"select u, q_pos, q.id as i from t lateral view {outer}posexplode(s.q) e as q_pos, q",
            f"aflatten {option}-e s.q as q 'u, q_pos, q.id as i'",
            table="quiz")
        add(f"explode {word}: two levels",
            f"select u, q.id, o.c, o.at from t lateral view {outer}explode(s.q) e as q lateral view "
            f"{outer}explode(q.o) f as o",
            f"aflatten {option}-e s.q as q -e q.o as o 'u, q.id, o.c, o.at'",
            table="quiz",
            order=None)
        add(f"explode {word}: two levels, positions, where",
            f"select u, q_pos, o_pos from t lateral view {outer}posexplode(s.q) e as q_pos, q lateral view "
            f"{outer}posexplode(q.o) f as o_pos, o where u <> 2",
            f"aflatten {option}-e s.q as q -e q.o as o -w 'u <> 2' 'u, q_pos, o_pos'",
            table="quiz",
            order=None)
        add(f"explode {word}: whole elements",
            f"select u, q as e from t lateral view {outer}explode(s.q) e as q where u <> 5 and q.o is not null and "
            f"size(q.o) > 1",
            f"aflatten {option}-e s.q as q -w 'u <> 5 and q.o is not null and size(q.o) > 1' 'u, q as e'"
            " | sed 's/{\"c\":true}/{\"at\":null,\"c\":true}/; s/{\"c\":false,\"at\":\"t1\"}/{\"at\":\"t1\","
            "\"c\":false}/'",
            table="quiz")
        add(f"explode {word}: scalars", f"select n, x1, upper(x1) as up from t lateral view {outer}explode(x) e as x1",
            f"aflatten {option}-e x as x1 'n, x1, upper(x1) as up'", table="lists", order=None)
        add(f"explode {word}: both arrays",
            f"select n, p, r from t lateral view {outer}explode(x) e as p lateral view {outer}explode(y) f as r",
            f"aflatten {option}-e x as p -e y as r 'n, p, r'",
            table="lists",
            order=None)
        add(f"explode {word}: of an array of arrays",
            f"select n, a, b from t lateral view {outer}explode(m) e as a lateral view {outer}explode(a) f as b",
            f"aflatten {option}-e m as a -e a as b 'n, a, b'",
            table="matrix",
            order=None)
        add(f"explode {word}: fields over arrays",
            f"select u, q.o.c as c from t lateral view {outer}explode(s.q) e as q",
            f"aflatten {option}-e s.q as q 'u, q.o.c as c'",
            table="quiz",
            order=None)
        add(f"explode {word}: an array over an array", f"select u, i from t lateral view {outer}explode(s.q.id) e as i",
            f"aflatten {option}-e s.q.id as i 'u, i'", table="quiz", order=None)
        add(f"explode {word}: sorted",
            f"select u, q.id from t lateral view {outer}explode(s.q) e as q order by q.id desc nulls first, u limit 3",
            f"aflatten {option}-e s.q as q -o 'q.id desc nulls first, u' -n 3 'u, q.id'",
            table="quiz",
            order=None)
    return {"tables": TABLES, "cases": found}
