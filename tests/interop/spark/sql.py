"""Whole statements: asql, and the pipe that asql --pipe prints, against Spark SQL. The questions that people asked of
the exam attempts, on the generated data; and statements over small tables, clause by clause.

One a line; what is indented goes on with the line before."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BOTH = os.path.join(ROOT, "tests", "interop", "asql-both.sh")

SMALL = {
    "t": '{"id":1,"name":"ann","v":10,"x":1.5,"tags":["p","q"],"s":{"a":1,"b":"u"}}\n'
         '{"id":2,"name":"bob","v":20,"x":null,"tags":[],"s":{"a":2,"b":null}}\n'
         '{"id":3,"name":null,"v":null,"x":2.25,"tags":null,"s":null}\n'
         '{"id":4,"name":"ann","v":5,"x":-1.0,"tags":["r"],"s":{"a":4,"b":"w"}}\n'
         '{"id":5,"name":"Cid","v":20,"x":0.5,"tags":["p",null],"s":{"a":null,"b":"u"}}\n',
    "u": '{"id":1,"w":"x","k":10}\n{"id":1,"w":"y","k":11}\n{"id":3,"w":null,"k":12}\n{"id":6,"w":"z","k":null}\n'
         '{"id":null,"w":"n","k":13}\n',
    "p": '{"a":1,"b":"x","c":10}\n{"a":1,"b":"y","c":11}\n{"a":2,"b":"x","c":12}\n{"a":2,"b":null,"c":13}\n'
         '{"a":1,"b":"x","c":10}\n',
    "o": '{"a":1,"b":"x","e":20}\n{"a":2,"b":null,"e":22}\n{"a":3,"b":"x","e":23}\n{"a":1,"b":"x","e":24}\n',
    "d": '{"at":"2018-01-23T14:23:19.082Z","day":"2018-01-23","n":"1.0"}\n'
         '{"at":"2017-12-05T09:00:00.000Z","day":"2017-12-05","n":"2.5"}\n'
         '{"at":null,"day":"nonsense","n":"x"}\n',
    "none": '{"id":99,"w":"unmatched","k":null}\n',
}

# The questions of those who published this workflow; exams is the file of attempts.
QUESTIONS = """
select exam_name from exams limit 10
select count(*) from exams
select count(exam_name) from exams
select count(distinct exam_name) from exams
select count(distinct base_exam_id) as ids from exams
select exam_name, count(exam_name) as exam_count from exams group by exam_name order by exam_count desc
select exam_name, count(exam_name) as exam_count from exams group by exam_name order by exam_count asc,
    exam_name limit 10
select exam_name, count(*) from exams group by exam_name order by count(*) desc, exam_name limit 5
select user_exam_id, exam_name, sequences.counts.all_correct, sequences.counts.correct,
    sequences.counts.incomplete, sequences.counts.incorrect, sequences.counts.submitted, sequences.counts.total,
    sequences.counts.unanswered from exams
select exam_name, count(sequences.counts.all_correct) as All_True from exams where
    sequences.counts.all_correct = 'true' group by exam_name order by All_True desc, exam_name
select exam_name, avg(sequences.counts.correct / sequences.counts.total) as score from exams group by
    exam_name order by score desc, exam_name limit 10
select exam_name, avg(sequences.counts.correct / sequences.counts.total) as score from exams group by
    exam_name order by score, exam_name limit 10
select round(avg(sequences.counts.correct / sequences.counts.total), 5) as mean,
    round(stddev(sequences.counts.correct / sequences.counts.total), 3) as deviation from exams
select count(*) as perfect from exams where sequences.counts.correct = sequences.counts.total
select count(*) as unknown from exams where sequences.counts.correct is null
select keen_id, count(*) as n from exams group by keen_id having count(*) > 1 order by n desc, keen_id
select count(*) as n from (select distinct keen_id, user_exam_id, exam_name from exams)
select certification, count(*) as n from exams group by certification order by n desc
select max_attempts, count(*) from exams group by max_attempts
select min(started_at), max(started_at) from exams
select substring(started_at, 1, 10) as day, count(*) as n from exams group by substring(started_at, 1, 10)
    order by n desc, day limit 5
select substring(started_at, 12, 2) as hour, count(*) as n from exams group by 1 order by 2 desc, 1 limit 5
select to_date(started_at) as day, count(1) as n from exams group by to_date(started_at) order by day
select hour(to_timestamp(started_at)) as hour, count(*) as n from exams group by hour order by n desc, hour
select exam_name, max(sequences.counts.total) as questions from exams group by exam_name order by questions
    desc, exam_name limit 20
select exam_name, count(*) as attempts from exams where exam_name like '%Python%' group by exam_name order by
    attempts desc, exam_name
select count(*) as n from exams where lower(exam_name) like '%java%'
select exam_name, sum(sequences.counts.correct) as correct, sum(sequences.counts.total) as total from exams
    group by exam_name order by exam_name
select exam_name, sum(sequences.counts.unanswered) as unanswered from exams group by exam_name having
    sum(sequences.counts.unanswered) > 10 order by unanswered desc, exam_name
select user_exam_id, exam_name from exams where sequences.counts.total = 20 and sequences.counts.all_correct
    order by user_exam_id
select sequences.questions[0].user_result as first, count(*) as n from exams group by
    sequences.questions[0].user_result order by n desc
select q.user_result, count(*) as n from exams lateral view explode(sequences.questions) qs as q group by
    q.user_result order by n desc
select count(*) as rows from exams lateral view explode(sequences.questions) qs as q
select count(distinct q.id) as ids from (select explode(sequences.questions) as q from exams)
select q.id, avg(case when q.user_correct then 1 else 0 end) as share, count(*) as n from exams lateral view
    explode(sequences.questions) x as q group by q.id order by share, n desc, q.id limit 15
select o.checked, count(*) as n from exams lateral view explode(sequences.questions) x as q lateral view
    explode(q.options) y as o group by o.checked order by n desc
select count(*) as right_always from (select q.id from exams lateral view explode(sequences.questions) x as q
    group by q.id having min(q.user_correct) = true) z
select size(sequences.questions) as n, count(*) as attempts from exams group by size(sequences.questions) order by n
select exam_name, count(*) as n from exams group by exam_name having count(*) = 1 order by exam_name
select exam_name, count(distinct base_exam_id) as ids from exams group by exam_name having count(distinct
    base_exam_id) > 1 order by exam_name
select round(100 * sum(case when sequences.counts.correct / sequences.counts.total > 0.7 then 1 else 0 end) /
    count(*), 2) as share from exams
with scores as (select exam_name, sequences.counts.correct / sequences.counts.total as score from exams)
    select exam_name, round(avg(score), 4) as mean from scores group by exam_name order by mean desc, exam_name
    limit 10
select a.exam_name, a.All_True, b.Not_All_True, round(All_True / (All_True + Not_All_True), 2) as Proficiency
    from (select exam_name, count(*) as All_True from exams where sequences.counts.all_correct = 'true' group by
    exam_name) a full outer join (select exam_name, count(*) as Not_All_True from exams where
    sequences.counts.all_correct = 'false' group by exam_name) b on a.exam_name = b.exam_name order by Proficiency
    desc, a.exam_name
select exam_name from exams group by exam_name order by avg(sequences.counts.correct) desc, exam_name limit 3
select distinct exam_name from exams where sequences.counts.total > 10 order by exam_name
select exam_name, count(*) as n from exams group by exam_name having count(*) > (select avg(c) from (select
    count(*) as c from exams group by exam_name)) order by n desc, exam_name
select e.exam_name, e.user_exam_id from exams e join (select exam_name, max(started_at) as latest from exams
    group by exam_name) m on e.exam_name = m.exam_name and e.started_at = m.latest order by e.exam_name,
    e.user_exam_id limit 20
select count(*) as n from exams where exam_name in (select exam_name from exams group by exam_name having
    count(*) > 100)
select exam_name, percentile(sequences.counts.correct / sequences.counts.total, 0.5) as median from exams
    group by exam_name order by median desc, exam_name limit 10
select exam_name, min(cast(keen_timestamp as double)) as first from exams group by exam_name order by first limit 5
select avg(sequences.counts.total) as questions, max(sequences.counts.total) as most,
    min(sequences.counts.total) as least from exams
"""

STATEMENTS = """
select * from t
select id from t
select id, name from t
select ID, Name from T
select t.* from t
select t.id, t.name from t
select a.id from t a
select a.id from t as a
select s.a, s.b from t
select s.* from t
select tags[0] as first from t
select id as i, v as w from t
select id i, v w from t
select v + 1 from t
select v + 1 as w, v * 2 as z from t
select v / 2, v % 3, v div 3 from t
select -v, +v from t
select upper(name), length(name) from t
select name || '-' || id as label from t
select concat(name, '!') as bang from t
select coalesce(name, 'nobody') as who from t
select case when v > 10 then 'much' when v is null then 'unknown' else 'little' end as how from t
select case name when 'ann' then 1 else 2 end as c from t
select if(v > 10, 'a', 'b') as i from t
select cast(v as string) as s, cast(x as int) as i from t
select v is null, v is not null from t
select id from t where v > 5
select id from t where v > 5 and name = 'ann'
select id from t where v > 5 or name = 'ann'
select id from t where not v > 5
select id from t where v between 5 and 10
select id from t where v not between 5 and 10
select id from t where name in ('ann', 'bob')
select id from t where name not in ('ann', 'bob')
select id from t where name like 'a%'
select id from t where name rlike '^[abc]'
select id from t where name is null
select id from t where v <=> null
select id from t where (v > 5 or x > 1) and id < 5
select id from t where v = 20 or (name = 'ann' and v < 10)
select id from t where array_contains(tags, 'p')
select id, size(tags) as n from t
select id from t where s.a > 1
select count(*) from t
select count(v), count(name), count(distinct name) from t
select sum(v), avg(v), min(v), max(v) from t
select sum(v) as total, avg(x) as mean from t where id > 1
select count(*) from t where v > 1000
select sum(v) from t where v > 1000
select name, count(*) from t group by name
select name, count(*) as n from t group by name order by n desc, name
select name, sum(v) as total from t group by name having sum(v) > 10
select name, sum(v) as total from t group by name having total > 10
select name, count(*) as n from t group by 1 order by 1
select name as who, count(*) as n from t group by who order by who
select name, v, count(*) from t group by name, v
select name, v, count(*) as n from t group by all order by name, v
select count(*) from t group by name
select sum(v) as s from t group by name order by s
select upper(name) as u, count(*) as n from t group by upper(name) order by u
select upper(name), count(*) from t group by upper(name)
select v % 2 as odd, sum(id) as ids from t group by v % 2 order by odd
select v % 2 + 1 as odd, count(*) as n from t group by v % 2 order by 1
select length(name) as l, max(v) - min(v) as spread from t group by length(name) order by l
select name from t group by name order by max(v) desc, name
select name, max(v) as m from t group by name order by m desc nulls last, name
select name from t group by name having count(*) > 1
select max(v) from t having count(*) > 3
select max(v) from t having count(*) > 30
select name, count(*) filter (where v > 5) as big from t group by name order by name
select name, collect_list(id) as ids from t group by name order by name
select round(avg(v), 2) as r, round(sum(x) / count(*), 3) as q from t
select name, round(sum(v) / count(*), 2) as mean from t group by name order by name
select s.b, count(*) as n from t group by s.b order by n desc, s.b
select max(s.a) as m from t
select distinct name from t
select distinct name, v from t order by name, v
select distinct v % 2 as odd from t order by odd
select distinct name from t order by name desc limit 2
select distinct count(*) as n from t group by name order by n
select id, v from t order by v
select id, v from t order by v desc, id
select id, v from t order by v nulls last, id
select id, v from t order by v desc nulls first, id desc
select id, v from t order by 2, 1
select id, v * 2 as w from t order by w, id
select id from t order by v, id
select id, name from t order by length(name), id
select id from t order by coalesce(v, 100) desc, id
select id from t order by id limit 2
select id from t order by id limit 2 offset 1
select id from t order by id offset 3
select id from t order by id limit 0
select name, count(*) as n from t group by name order by n desc, name limit 1
select name, count(*) as n from t group by name order by n desc, name limit 2 offset 1
select * from t join u on t.id = u.id
select t.id, u.w from t join u on t.id = u.id
select t.id, w from t inner join u on t.id = u.id where k > 10
select t.id, name, w from t left join u on t.id = u.id
select t.id, name, w from t left outer join u on t.id = u.id order by t.id, w
select t.id as ti, u.id as ui, w from t right join u on t.id = u.id
select t.id as ti, u.id as ui, w from t full join u on t.id = u.id
select t.id as ti, u.id as ui from t full outer join u on t.id = u.id where w is null
select id, name, w from t join u using (id)
select id, name, w from t left join u using (id)
select id, name, w from t right join u using (id)
select id, name, w from t full join u using (id)
select * from t join u using (id)
select * from p join o using (a, b)
select * from p natural join o
select * from p natural left join o
select a, count(*) as n from p natural join o group by a order by a
select t.id, w from t cross join u
select count(*) as n from t cross join u
select t.id, u.k from t, u where t.id = u.id
select t.id, u.k from t, u where t.v < u.k
select t.id, u.k from t join u on t.v < u.k
select t.id, u.k from t left join u on t.v < u.k
select t.id, u.k from t left join u on t.id = u.id and u.k > 10
select t.id, u.k from t left join u on t.id = u.id and t.v > 10
select t.id, u.k from t left join u on t.id = u.id and t.v + 1 = u.k
select t.id, u.id as ui from t full join u on t.id = u.id and u.k > 10
select t.id, u.id as ui, k from t right join u on t.id = u.id and t.v > 10
select t.id from t left semi join u on t.id = u.id
select t.id from t left anti join u on t.id = u.id
select t.id from t semi join u on t.id = u.id and u.k > 10
select t.id from t anti join u on t.id = u.id and u.k > 10
select a.id, b.id as other from t a join t b on a.name = b.name and a.id < b.id
select a.id, b.id as other from t a join t b on a.v = b.v where a.id <> b.id
select x.id, y.w, z.k from t x join u y on x.id = y.id join u z on z.id = x.id
select x.id, y.w, z.c from t x left join u y on x.id = y.id left join p z on z.a = x.id
select x.id, y.w, z.c from t x left join u y on x.id = y.id join p z on z.a = x.id order by 1, 2, 3
select upper(t.name) as n, u.w from t join u on t.id = u.id order by n, w
select t.name, count(*) as n, max(u.k) as m from t join u on t.id = u.id group by t.name order by n
select t.name, sum(u.k) as s from t left join u on t.id = u.id group by t.name having sum(u.k) > 1 order by s
select distinct t.name from t join u on t.id = u.id
select t.id from t join none on t.id = none.id
select t.id, none.w from t left join none on t.id = none.id
select p.a, p.b, o.e from p join o on p.a = o.a and p.b = o.b
select p.a, p.b, o.e from p join o on p.a = o.a and p.b <=> o.b
select p.a, o.e from p join o on p.a = o.a or p.b = o.b
select p.a, o.e from p join o on p.a + 1 = o.a
select p.a, o.e from p join o on lower(p.b) = lower(o.b)
select t.id, u.w from t join u on t.id = u.id where t.v > 5 and u.k > 10 and t.v + u.k > 20
select t.id, u.w from t left join u on t.id = u.id where u.w is null
select t.id, u.w from t left join u on t.id = u.id where t.v > 5
select * from (select id, v from t where v > 5) q
select q.id + 1 as i from (select id from t) q where q.id > 2
select max(n) as most from (select name, count(*) as n from t group by name)
select name, n from (select name, count(*) as n from t group by name) where n > 1
select a.id, b.n from t a join (select name, count(*) as n from t group by name) b on a.name = b.name
select q.s.a from (select s from t) q
select x.a.b from (select named_struct('b', id) as a from t) x
select d + interval 1 day as e from (select to_date(day) as d from d) where d is not null
select date_add(d, 1) as e, typeof(d) as y from (select to_date(day) as d from d)
select year(at) as y from (select to_timestamp(at) as at from d)
select n + 1 as m from (select cast(n as decimal(5,2)) as n from d)
select b is null as n, a from (select cast(n as double) as a, cast(n as int) as b from d)
select (select max(v) from t) as m
select id, (select max(v) from t) - v as less from t
select id from t where v = (select max(v) from t)
select id from t where v > (select avg(v) from t)
select id from t where v > (select max(v) from t where v > 1000)
select id, (select max(u.k) from u where u.id = t.id) as m from t
select id, (select count(*) from u where u.id = t.id) as n from t
select id from t where (select count(*) from u where u.id = t.id) > 1
select id from t where v < (select max(k) from u where u.id = t.id)
select id from t where id in (select id from u)
select id from t where id not in (select id from u)
select id from t where id not in (select id from u where id is not null)
select id from t where v not in (select k from u where k is not null)
select id from t where id in (select id from u where k > 10)
select id from t where id in (select id from u) and v > 5
select id from t where id in (select id from u) or v = 5
select id from t where id not in (select id from none)
select id from t where id not in (select id from none where id < 0)
select id from t where id + 1 in (select a from p)
select id, id in (select id from u where id is not null) as there from t
select id from t where exists (select 1 from u where u.id = t.id)
select id from t where not exists (select 1 from u where u.id = t.id)
select id from t where exists (select * from u where u.id = t.id and u.k > 10)
select id from t where exists (select 1 from u)
select id from t where exists (select 1 from u where k > 1000)
select id from t where exists (select 1 from u where u.id = t.id) and v > 5
select a from p where exists (select 1 from o where o.a = p.a and o.b = p.b)
select name, count(*) as n from t where id in (select id from u) group by name
select t.id from t where t.id in (select u.id from u where u.id = t.id)
select id from t union select id from u
select id from t union all select id from u
select id from t union distinct select id from u order by id
select id, name from t union all select id, w from u order by id, name
select id from t union all select id from u union all select a from p
select id from t union select id from u union select a from p order by 1
select id from t intersect select id from u
select id from t except select id from u
select id from t minus select id from u
select a, b from p intersect select a, b from o
select a, b from p except select a, b from o
select a, b from p intersect all select a, b from o
select a, b from p except all select a, b from o
select a from p union select a from o intersect select id from t
(select a from p) union all (select a from o)
(select a from p order by a limit 1) union all (select a from o)
select count(*) as n from (select id from t union all select id from u)
select id from t union all select id from u order by id desc nulls last limit 3
select x from (select v as x from t union all select k from u) where x > 10 order by x
with q as (select id, v from t) select * from q where v > 5
with q as (select id, v from t), r as (select id from q where v > 5) select count(*) as n from r
with q(a, b) as (select id, v from t) select a + b as c from q
with q as (select id, v from t) select x.id, y.v from q x join q y on x.id = y.id
with t as (select 1 as id) select * from t
with q as (select name, count(*) as n from t group by name) select max(n) as most, min(n) as least from q
select * from (with q as (select id from t) select id + 1 as i from q)
values (1, 'a'), (2, 'b')
values 1, 2, 3
select * from values (1, 'a'), (2, null) as q(n, s)
select n * 2 as m from (values (1), (2)) as q(n)
select q.n, t.name from (values (1), (2), (9)) as q(n) left join t on t.id = q.n
select 1
select 1 as one, 'two' as two, 3.5 as three, true as four, null as five
select 1 + 1 as two where 1 = 1
select 1 + 1 as two where 1 = 2
select 'it''s' as s
select id, tag from t lateral view explode(tags) x as tag
select id, tag from t lateral view outer explode(tags) x as tag
select id, x.tag from t lateral view explode(tags) x as tag where x.tag = 'p'
select id, pos, tag from t lateral view posexplode(tags) x as pos, tag
select id, pos, tag from t lateral view outer posexplode(tags) x as pos, tag
select s.* from (select id, s from t where id < 3) order by a
select s.*, id from (select struct(id as n, name) as s, id from t) order by n
select x.s.b, x.s.a from (select struct(s, id) as x from t) order by x.id
select x.s.* from (select struct(s, id) as x from t where id = 4)
select e.* from (select explode(array(s, struct(7 as a, 'z' as b))) as e from t where id in (1, 3))
select j.* from (select from_json('{"a":1,"b":"x","d":true}', 'a int, b string, c double') as j)
select j.c.* from (select from_json('{"c":{"d":1}}', 'c struct<d int, e date>') as j)
select inline(array(struct(1 as a, 'x' as b), struct(2 as a, 'y' as b)))
select id, inline(array(struct(id as p, name as q), struct(v as p, 'w' as q))) from t
select id, inline(array(struct(id as p, name as q))) as (n, m) from t
select id, inline(filter(array(struct(id as p, name as q)), e -> e.p > 2)) from t
select id, inline_outer(filter(array(struct(id as p, name as q)), e -> e.p > 2)) from t
select id, n, m from t lateral view inline(array(struct(id as p, name as q), struct(v as p, 'w' as q))) w as n, m
    where n > 3
select id, n from t lateral view outer inline(filter(array(struct(id)), e -> e.id > 3)) w as n
select w.* from t lateral view inline(from_json('[{"a":1},{"a":2,"b":3}]', 'array<struct<a int, b int>>')) w as x, y
    where id = 1
select json_tuple('{"a":1,"b":[2]}', 'a', 'b', 'c')
select id, json_tuple(concat('{"k":', v, '}'), 'k', 'z') as (k, z) from t
select id, k, n from t lateral view json_tuple(to_json(s), 'a', 'b') j as k, n
select id, k from t lateral view json_tuple(to_json(s), 'b') j as k where k is not null
select k, count(*) as c from t lateral view json_tuple(to_json(s), 'b', 'a') j as k, n group by k
select j.c0, j.c1 from t lateral view json_tuple(to_json(s), 'b', 'a') j
select tag, count(*) as n from t lateral view explode(tags) x as tag group by tag order by tag
select id, explode(tags) as tag from t
select id, explode_outer(tags) as tag from t
select explode(tags) from t
select posexplode(tags) from t
select id, k, w from t lateral view explode(map('a', id, 'b', v)) m as k, w
select id, n from t lateral view explode(array(1, 2)) a as n where n > 1
select id, n, m from t lateral view explode(array(1, 2)) a as n lateral view explode(array(n, 10)) b as m
select id, tag from t lateral view explode(tags) x as tag order by id desc, tag limit 2
select distinct tag from t lateral view explode(tags) x as tag
select t.id, tag, w from t join u on t.id = u.id lateral view explode(tags) x as tag
select c, count(*) as n from (select explode(split(concat('a,b,', name), ',')) as c from t) group by c order by c
select count(distinct name, v) from t
select count(distinct v), sum(distinct v) from t
select name, max(x) as m from t where x is not null group by name order by m
select min(name), max(name) from t
select first(name) from t where id = 2
select any_value(name) from t where id = 2
select stddev(v) as s, variance(v) as r from t
select approx_count_distinct(name) as n from t
select sum(case when v > 5 then 1 else 0 end) as n from t
select sum(if(name = 'ann', v, 0)) as a, sum(if(name = 'bob', v, 0)) as b from t
select max(struct(v, id)) as m from t
select max_by(name, v) as who from t where v < 20
select to_date(day) as d, count(*) as n from d group by to_date(day) order by d
select date_format(to_timestamp(at), 'yyyy-MM') as m, count(*) as n from d group by 1 order by 1
select datediff(max(to_date(day)), min(to_date(day))) as days from d
select cast(n as double) * 2 as n from d
select id from t where name = 'ann' order by x desc
select t.id, t.v, u.k from t join u on t.id = u.id order by u.k desc, t.v
select id as v, v as id from t
select v as id from t order by id
select name as v from t where v > 5 order by v
select id, id as id2, id + 0 as id3 from t where id < 3
select upper(name) as name, name as raw from t order by id
select id + 1 as n, n * 2 as m from t
select `id` as `my id` from t order by `my id`
select id from t -- a comment
select /* another */ id from t where id < 3
select sum(v) / count(v) = avg(v) as same from t
select name, v from t where (name, v) = ('ann', 10)
select round(x) as r, floor(x) as f, ceil(x) as c from t
select transform(tags, x -> upper(x)) as u from t
select filter(tags, id -> id = 'p') as f from t
select sum(size(tags)) as n from t
select substring(name, 1, 1) as a, count(*) as n from t group by substring(name, 1, 1) having count(*) >= 1
    order by n desc, a
select lower(w) as l, sum(k) as s from u group by lower(w) order by l nulls last
select id, w, k from u where w = 'x' or k is null order by id
select a, b, sum(c) as s from p group by a, b order by a, b
select a, count(b) as n from p group by a having count(b) > 1 order by a
select a, b from p group by a, b having sum(c) > 11 order by s, a
select 2 as n, count(*) as c from p group by n
select max(a) + min(c) as z from p
select b from p group by b order by count(*) desc, b
select p.a, sum(o.e) as s from p join o using (a) group by p.a order by s desc
select a from (select a, b from p order by c limit 2) order by a
select x.a, x.n from (select a, count(*) as n from p group by a) x where x.n = (select max(n) from (select a,
    count(*) as n from p group by a))
"""

# rollup, cube and grouping sets, in every place of a statement.
GROUPINGS = """
select a, b, sum(c) as s from p group by rollup(a, b)
select a, b, sum(c) as s from p group by cube(a, b)
select a, b, sum(c) as s from p group by a, b with rollup
select a, b, sum(c) as s from p group by a, b with cube
select a, b, count(*) as n from p group by grouping sets ((a, b), (a), ())
select a, b, count(*) as n from p group by a, b grouping sets ((b), (a))
select a, b, count(*) as n, grouping(a), grouping(b), grouping_id(a, b) from p group by rollup(a, b)
select a, b, grouping_id() as id, count(*) as n from p group by cube(a, b)
select a, count(*) as n from p group by rollup(a) having grouping(a) = 1
select a, b, max(c) as m from p group by a, rollup(b)
select a, b, max(c) as m from p group by rollup(a), rollup(b)
select a, b, c, count(*) as n from p group by rollup((a, b), c)
select a, b, c, count(*) as n from p group by cube((a, b), c)
select a, b, count(*) as n from p group by grouping sets (a, rollup(a, b))
select a, b, count(*) as n from p group by grouping sets (rollup(a), cube(b))
select a, b, count(*) as n from p group by grouping sets ((), (a), grouping sets ((b), (a, b)))
select a, b, count(*) as n from p group by grouping sets ((a), (a), (b))
select upper(b) as u, a % 2 as odd, sum(c) as s from p group by rollup(upper(b), a % 2)
select upper(b) as u, sum(c) as s from p group by rollup(u)
select a, b, sum(c) as s from p group by rollup(1, 2)
select (a + 1) * 2 as x, count(*) as n from p group by rollup((a + 1) * 2)
select coalesce(b, 'all') as b, count(*) as n from p group by rollup(b)
select case when grouping(a) = 1 then 'total' else string(a) end as label, sum(c) as s from p group by rollup(a)
select sum(c) as s from p group by rollup(a, b)
select distinct grouping_id(a, b) as id from p group by cube(a, b)
select a, sum(a) as s, count(distinct a) as d from p group by rollup(a)
select a, count(*) as n, rank() over (order by count(*) desc) as place from p group by rollup(a)
select a, b, sum(c) as s, sum(c) / sum(sum(c)) over (partition by grouping_id(a, b)) as share from p group by cube(a, b)
select a, b, n from (select a, b, count(*) as n from p group by cube(a, b)) where a is null
select p.a, o.b, count(*) as n from p join o on p.a = o.a group by rollup(p.a, o.b)
select tag, name, count(*) as n from t lateral view explode(tags) x as tag group by grouping sets ((tag), (name))
select s.a, s.b, count(*) as n from t group by cube(s.a, s.b)
select a, count(*) as n from p group by rollup(a) union all select k, 0 from u where k > 11
select name, (select max(n) from (select a, count(*) as n from p group by rollup(a))) as most from t
select a, count(*) as n from p where b in (select b from o group by rollup(b)) group by cube(a)
select exam_name, certification, count(*) as n, grouping_id() as level from exams group by rollup(exam_name,
    certification) having count(*) > 100
select max_attempts, certification, avg(sequences.counts.correct) as mean from exams group by cube(max_attempts,
    certification)
select sequences.questions[0].user_result, count(*) as n from exams group by sequences.questions[0].user_result
select tags[0], s.b, count(*) from t group by rollup(tags[0], s.b)
select a, b, sum(c) as s, grouping_id() as g from p group by rollup(a, b) order by g, a, b limit 4
"""

# Windows: over rows, groups, joins and views, in queries within queries, with names.
WINDOWS = """
select id, row_number() over (partition by name order by v, id) as n from t order by id
select id, rank() over (order by v desc), dense_rank() over (order by v desc) as d from t order by id
select id, row_number() over (order by id), lag(v) over (order by id), lead(v, 2) over (order by id desc) from t
select id, percent_rank() over (order by v) as p, cume_dist() over (order by v), ntile(2) over (order by id) from t
select id, v, sum(v) over (order by id) as run, sum(v) over () as whole from t order by id
select id, sum(v) over (partition by name order by id desc rows between unbounded preceding and current row) from t
select id, avg(v) over (order by id rows between 1 preceding and 1 following) as m from t order by id
select id, count(*) over (order by v range between 5 preceding and 5 following) as near from t order by id
select id, max(x) over (order by id rows between 2 preceding and 1 preceding) from t order by id
select id, first_value(name) over (partition by v order by id) as f, last_value(id) over (partition by v order by id
    rows between unbounded preceding and unbounded following) as l from t order by id
select id, nth_value(v, 2) over (order by id) as second, lag(name, 1, 'none') over (order by id) as before from t
select id, sum(v) over w as s, avg(v) over w as a, row_number() over w as n from t window w as (order by id) order by id
select id, sum(v) over w as s from t window w as (order by id rows 1 preceding), unused as (partition by v)
select id, v - lag(v) over (order by id) as step, v / sum(v) over () as share from t where v is not null order by id
select id, v * 2 as v, sum(v) over (order by id) as s from t order by id
select id, case when row_number() over (partition by name order by id) = 1 then 'first' else 'more' end as c from t
select id, s.b, count(s.a) over (partition by s.b order by id) as n from t order by id
select name, count(*) as n, rank() over (order by count(*) desc, name) as place from t group by name order by place
select name, sum(v) as total, sum(sum(v)) over (order by name) as run from t group by name order by name
select name, sum(v) as total, sum(v) / sum(sum(v)) over () as share from t group by name order by name
select upper(name) as name, max(v) as m, dense_rank() over (order by max(v) desc) as d from t group by upper(name)
    order by d, name
select name, row_number() over (order by name) as n from t group by name having count(*) > 0 order by n
select name, count(*) as n, lag(count(*)) over (order by name) as before from t group by name having n >= 1
    order by name
select a, b, sum(c) as s, rank() over (partition by a order by sum(c) desc) as place from p group by a, b order by a, b
select a, max(c) - min(c) as width, row_number() over (order by max(c) - min(c) desc, a) as n from p group by a
select count(*) as n, sum(count(*)) over () as s from t
select a, count(*) over (partition by a) as n from p group by a, b order by a
select v % 2 as odd, count(*) as n, max(count(*)) over () as most from t group by v % 2 order by odd
select t.id, u.w, row_number() over (partition by t.id order by u.w) as n from t join u on t.id = u.id order by id, n
select t.id, u.k, sum(u.k) over (order by t.id, u.k) as s from t left join u on t.id = u.id order by t.id, u.k
select t.name, count(*) as n, rank() over (order by count(*) desc, t.name) as place from t join u using (id)
    group by t.name
select id, tag, row_number() over (partition by tag order by id) as n from t lateral view explode(tags) x as tag
    order by id, tag
select tag, count(*) as n, rank() over (order by count(*) desc, tag) as r from t lateral view explode(tags) x as tag
    group by tag order by r
select distinct rank() over (order by v) as r from t order by r
select distinct name, count(*) over (partition by name) as n from t order by name
with numbered as (select id, v, row_number() over (order by v desc, id) as n from t) select id, v from numbered
    where n <= 2 order by n
select name, id from (select name, id, row_number() over (partition by name order by id desc) as n from t) where n = 1
select x.id, u.w from (select id, rank() over (order by v) as r from t) x join u on u.id = x.r order by x.id, u.w
select id from t where id in (select max(id) over (partition by name) from t) order by id
select id, (select max(n) from (select row_number() over (order by id) as n from u)) as most from t order by id
select row_number() over (order by id) as n from t union all select count(*) over () from u order by n
select id, row_number() over (order by v desc, id) as n from t order by n limit 3
select id, row_number() over (order by id) as n from t order by n desc limit 2 offset 1
select *, row_number() over (order by id, k) as n from u order by n
select exam_name, count(*) as n, rank() over (order by count(*) desc) as place from exams group by exam_name
    order by place, exam_name limit 10
select day, n, sum(n) over (order by day) as running from (select substring(started_at, 1, 10) as day, count(*) as n
    from exams group by substring(started_at, 1, 10)) order by day limit 20
select exam_name, keen_id, started_at from (select exam_name, keen_id, started_at, row_number() over (partition by
    exam_name order by started_at desc, keen_id) as n from exams) where n = 1 order by exam_name, keen_id limit 20
select to_date(day) as at, row_number() over (order by to_date(day), n) as r, lag(to_date(day)) over (order by n) as b
    from d
"""
# What Spark has no clause for: asked of it in a query around.
QUALIFIED = {
    "select id, name from t qualify row_number() over (partition by name order by id desc) = 1":
        "select id, name from (select id, name, row_number() over (partition by name order by id desc) as n from t) "
        "where n = 1",
    "select id, rank() over w as r from t where v > 1 qualify r <= 2 window w as (order by v desc)":
        "select * from (select id, rank() over (order by v desc) as r from t where v > 1) where r <= 2",
    "select name, sum(v) as total from t group by name qualify rank() over (order by sum(v) desc) = 1":
        "select name, total from (select name, sum(v) as total, rank() over (order by sum(v) desc) as r from t "
        "group by name) where r = 1",
    "select distinct name from t qualify count(*) over (partition by name) > 1":
        "select distinct name from (select name, count(*) over (partition by name) as n from t) where n > 1",
    "select t.id, w from t join u on t.id = u.id qualify row_number() over (partition by t.id order by w) = 1":
        "select id, w from (select t.id, w, row_number() over (partition by t.id order by w) as n from t join u on "
        "t.id = u.id) where n = 1",
}

# Ties that the order says nothing of: by double sums in any order, by nulls.
ANY_ORDER = ("order by score, exam_name limit 10", "order by Proficiency desc, a.exam_name")
DIFFERS = {
    "select -v, +v from t": "unary plus leaves no trace in a column's name",
    "select date_add(d, 1) as e, typeof(d) as y from (select to_date(day) as d from d)":
        "values are typed one by one: the type of null is void",
    "select name, v from t where (name, v) = ('ann', 10)": "structs compare by place, whatever their fields are called",
}

# Stars without some columns, or members.
EXCEPTED = """
select * except (tags, s) from t order by id
select * except (x, V) from t order by id
select T.* except (s, tags, x) from t order by id
select s.* except (b), id from t order by id
select * except (s.b, tags) from t order by id
select * except (s.a, s.b) from t where s is not null order by id
select * except (n) from (select id, row_number() over (partition by name order by id desc) as n from t) where n = 1
with a as (select *, 1 as one from u) select * except (one, k) from a order by id, w
select distinct * except (id, x, tags, s) from t order by name, v
select t.* except (tags, s, x), u.* except (id) from t join u on t.id = u.id order by id, w
select * except (id), id from u order by id, w, k
select * except (k) from u except select id, w from u where id = 1 order by id
select s.* from (select * except (s.a) from t) order by b
select * except (at, n), to_date(day) as date from d
"""
# FROM in front.
FROM_FIRST = """
from t select id, name where v > 5 order by id
from t select name, count(*) as n group by name having count(*) > 1
from t join u on t.id = u.id select t.id, u.w order by t.id, u.w
from t lateral view explode(tags) x as tag select id, tag order by id, tag
select * from (from u select id where k > 10) order by id
with a as (from t select id, v) from a select sum(v) as s
"""
# Replacements, and FROM alone, which Spark has no clauses for: asked of it in its words.
REPLACED = {
    "from u order by id, k": "select * from u order by id, k",
    "from t where v > 5 order by id limit 2": "select * from t where v > 5 order by id limit 2",
    "select * replace (v * 2 as v) except (tags, s) from t order by id":
        "select id, name, v * 2 as v, x from t order by id",
    "select * replace (upper(s.b) as s.b) except (tags, x, name) from t order by id":
        "select id, if(s is null, null, named_struct('a', s.a, 'b', upper(s.b))) as s, v from t order by id",
    "select s.* replace (id as a) from t order by id": "select id as a, s.b from t order by id",
    "select * replace (count(*) over (partition by id) as w) from u order by id, k":
        "select id, k, count(*) over (partition by id) as w from u order by id, k",
}

# What Spark calls columns that nobody named.
UNNAMED = [
    "count(id)", "count(distinct v)", "sum(v) + 1", "avg(x)", "max(v) - min(v)", "round(avg(v), 2)",
    "sum(case when v > 5 then 1 else 0 end)", "count(*) filter (where v > 5)", "min(upper(name))", "sum(v * 2)",
    "max(s.a)", "count(if(v > 5, 1, null))", "sum(cast(x as int))", "max(length(name))", "count(v is null)",
]


def cases():
    script = os.path.join(ROOT, "scripts", "gen-attempts")
    exams = subprocess.run([script, "--ndjson"], capture_output=True, check=True).stdout.decode()
    tables = dict(SMALL, exams=exams)
    found = []

    def add(group, statements, asked=None):
        for statement in statements.strip().replace("\n    ", " ").split("\n"):
            used = [name for name in tables if re.search(r"\b" + name + r"\b", statement, re.I)]
            words = "'" + statement.replace("'", "'\\''") + "'"
            bound = " ".join(f'{name}="${name}"' for name in used)
            total = re.search(r"order by", statement) and group == "questions"
            case = {"name": statement, "views": {name: name for name in used},
                    "sql": asked.get(statement, statement) if asked else statement,
                    "ours": f"{BOTH} {words} {bound}", "table": "t", "tolerance": 1e-12}
            if statement in DIFFERS:
                case["differs"] = DIFFERS[statement]
            if not total or statement.endswith(ANY_ORDER):
                case["order"] = "any"
            found.append(case)

    add("questions", QUESTIONS)
    add("clauses", STATEMENTS)
    add("groupings", GROUPINGS)
    add("windows", WINDOWS)
    add("windows", "\n".join(QUALIFIED), QUALIFIED)
    add("stars", EXCEPTED)
    add("clauses", FROM_FIRST)
    add("stars", "\n".join(REPLACED), REPLACED)
    add("unnamed", "\n".join(f"select {text} from t" for text in UNNAMED))
    return {"tables": tables, "cases": found}
