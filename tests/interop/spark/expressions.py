"""Expressions over edge values: numbers, strings, times, arrays, JSON text."""
import json

NUMBERS = [
    {"i": 0, "j": 1, "d": 0.0, "e": 2.5, "f": 10.0},
    {"i": 1, "j": -1, "d": -0.0, "e": -2.5, "f": 0.1},
    {"i": -1, "j": 3, "d": 1.5, "e": 0.5, "f": 1e300},
    {"i": 42, "j": 0, "d": -2.25, "e": 1.005, "f": 1e-300},
    {"i": -7, "j": 3, "d": 123456789.125, "e": -0.5, "f": 4.9e-324},
    {"i": 7, "j": -3, "d": 0.30000000000000004, "e": 3.5, "f": 1.7976931348623157e308},
    {"i": 1000000007, "j": 2, "d": 9007199254740993.0, "e": 2.675, "f": 0.001},
    {"i": 2147483647, "j": 10, "d": -1234.5678, "e": 1e7, "f": 9999999.0},
    {"i": -2147483648, "j": 7, "d": 0.00012345, "e": 99.995, "f": 100.0},
    {"i": None, "j": 5, "d": None, "e": 1.0, "f": None},
    {"j": None},
]
LIMITS = [
    {"l": 9223372036854775807, "m": -9223372036854775808, "s": "9223372036854775807"},
    {"l": -9223372036854775808, "m": 9223372036854775807, "s": "-9223372036854775808"},
    {"l": 9007199254740993, "m": 9007199254740992, "s": "9223372036854775808"},
    {"l": 0, "m": 0, "s": "123456789012345678901234567890.123456789"},
    {"l": None, "m": 1, "s": None},
    {"l": 255, "m": 65536, "s": "12345678901234567890123456789012345678"},
]
TEXTS = [
    "", " ", "  12 ", "abc", "ABC def", "12.5", "1e3", "NaN", "-7", "Àéß Straße", "日本語", "a,b,,c,", "true", "F", "yes",
    "1.", ".5", "+5", "0x10", "Infinity", "-inf", "1d", "foo.bar.baz", "o'neil \"x\" \\ y", "tab\tnew\nline", "100%",
    "a_b", "😀 smile", "2147483648", "007", "ΣΊΣΥΦΟΣ", "ǆ İi", "word1 word2-word3_word4", "aaa", None
]
TIMES = [
    "2020-02-29 12:34:56.789", "2019-12-31 23:59:59.999999", "1970-01-01 00:00:00", "1969-12-31 23:59:59.5",
    "2018-01-23T14:23:19.082Z", "2020-03-29T02:30:00+02:00", "2019-03-31 01:30:00", "2016-02-29", "2015-02-29",
    "2020-1-5 3:4:5", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2020", "2020-07", "2020-07-04 Z", "2020-07-04T",
    "2020-07-04 25:00:00", "2020-13-01", "abc", "", " 2021-11-07 06:30:00 ", "2021-11-07 06:30:00 America/New_York",
    "2020-12-28", "2021-01-03", "2000-10-31 10:20:30.123456789", "1582-10-10 00:00:00", None
]
ARRAYS = [
    {"a": [3, 1, 2], "s": ["b", "a", None, "c"], "n": [[1, 2], [3]], "o": [{"k": 1, "v": "x"}, {"k": 2, "v": None}]},
    {"a": [], "s": [], "n": [], "o": []},
    {"a": [1, None, 1], "s": ["x", "x", "y"], "n": [[1], None], "o": [{"k": 7, "v": "z"}]},
    {"a": None, "s": None, "n": None, "o": None},
    {"a": [-5, 9223372036854775807, 0], "s": ["", " ", "é"], "n": [[], [4, 4]], "o": None},
]
JSONS = [
    '{"a":1,"b":{"c":[10,20,{"d":"x"}]},"e":null,"f":"q\\"uote","g":1.50}', '[1,2,3]', '{"a":"text"}', '{"a":', '',
    'null', '{"a b":{"c.d":true}}', '[{"k":1},{"k":2},{"j":3}]', '"str"', '12', None
]


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


TABLES = {
    "numbers": lines(NUMBERS),
    "limits": lines(LIMITS),
    "texts": lines([{"s": text, "n": i % 7 - 2} for i, text in enumerate(TEXTS)]),
    "times": lines([{"t": text, "n": i % 9 - 4} for i, text in enumerate(TIMES)]),
    "arrays": lines(ARRAYS),
    "jsons": lines([{"x": text} for text in JSONS]),
    "one": '{"x":1}\n',
}

OF_NUMBERS = """
i + j
i - j
i * 2
i / j
i % j
i div j
-i
- d
i + d
i * e
d + e
d - e
d * 3
d / e
d % e
d / 0
i / 0
i % 0
i div 0
1 / i
i = j
i <> j
i < j
i <= d
d > e
d >= 0
d = -0.0D
i <=> null
i <=> j
d == 0
i between -1 and 42
i not between j and 10
i in (1, 42, -7)
i in (1, null)
d in (1.5, -2.25)
i > 0 and j > 0
i > 0 or j > 0
not (i > 0)
i is null
i is not null
i > 5 is true
i is distinct from j
abs(i)
abs(d)
sign(d)
sign(i)
signum(e)
round(d)
round(d, 2)
round(e, 2)
round(e, 1)
round(d, -2)
round(i, -1)
round(i)
bround(e)
bround(e, 2)
bround(i, -1)
floor(d)
ceil(d)
ceiling(e)
floor(i)
floor(e, 1)
ceil(e, 1)
rint(e)
sqrt(d)
sqrt(e)
cbrt(27)
exp(i % 5)
expm1(d % 10)
ln(e)
ln(d)
log(e)
log(2, e)
log(10, i)
log10(e)
log2(e)
log1p(d)
pow(i % 10, 2)
power(e, 0.5)
pow(e, -1)
pow(d, 0)
mod(i, 5)
mod(d, 2)
pmod(i, 5)
pmod(i, j)
pmod(d, 2)
pmod(-7, 3)
greatest(i, j)
greatest(i, d)
least(i, j, 0)
least(d, e, f)
greatest(d, null)
negative(i)
positive(d)
sin(0)
cos(0)
degrees(e)
radians(180)
atan2(0, 1)
hypot(3, 4)
sinh(0)
cosh(0)
tanh(0)
asin(2)
acos(1)
pi()
e()
factorial(5)
factorial(21)
bin(i)
bit_count(i)
hex(i)
conv('ff', 16, 10)
conv('-10', 10, 16)
conv(i, 10, 2)
conv('zz', 36, -10)
i & 6
i | 8
i ^ 5
~i
i << 2
i >> 1
i >>> 1
shiftleft(i, 1)
shiftright(i, 1)
isnan(d)
isnan(cast('NaN' as double))
nanvl(cast('NaN' as double), d)
cast(i as string)
cast(d as string)
cast(e as string)
cast(f as string)
cast(f * 1 as string)
f * 10
f / 3
cast(i as double)
cast(d as int)
cast(f as int)
cast(f as bigint)
cast(d as bigint)
cast(i as smallint)
cast(i as tinyint)
cast(f as smallint)
cast(i as int)
cast(d as float)
cast(f as float)
cast(e as float)
cast(d as boolean)
cast(i as boolean)
cast(i as decimal(10,2))
cast(d as decimal(10,2))
cast(e as decimal(4,1))
cast(f as decimal(38,10))
cast(i as decimal(3,0))
cast(d as decimal(5,4))
cast(i as timestamp)
cast(d as timestamp)
cast(i > 0 as int)
cast(true as double)
cast(true as string)
cast(e as decimal(10,3)) * 2
cast(e as decimal(10,3)) / 3
cast(i as decimal(10,0)) / cast(7 as decimal(3,0))
cast(d as decimal(20,4)) + cast(e as decimal(10,2))
cast(d as decimal(20,4)) - 1
cast(d as decimal(20,4)) * cast(e as decimal(10,2))
cast(d as decimal(20,4)) % cast(3 as decimal(2,0))
cast(e as decimal(10,2)) / 0
cast(e as decimal(10,2)) > 1
cast(e as decimal(10,2)) = e
round(cast(d as decimal(20,4)), 1)
round(cast(d as decimal(20,4)), -2)
round(cast(d as decimal(20,4)))
floor(cast(d as decimal(20,4)))
ceil(cast(d as decimal(20,4)))
abs(cast(d as decimal(20,4)))
bround(cast(e as decimal(10,3)), 2)
- cast(d as decimal(20,4))
1.5 + 2
1.5 * 2.25
1.5 / 3
10 / 4
10.0 / 3
1 / 3.0
2.0 / 3.00
0.1 + 0.2
1.10 - 1.1
5.5 % 2
-5.5 % 2
1e3
1.5e-3
12345678901234567890
12345678901234567890 + 1
1L + 1
1.5D * 2
1.5BD * 2
0.000000001 * 1
1.0 = 1
1.5 > 1
i + 1.5
i * 1.10
j / 1.5
3.0 * i
1.5 * i / 7
if(i > 0, 'pos', 'neg')
if(i > 0, i, j)
case when i > 10 then 'big' when i > 0 then 'small' else 'none' end
case i when 1 then 'one' when 42 then 'forty-two' end
case when d > 0 then d end
coalesce(i, j)
coalesce(null, null)
coalesce(d, e)
nvl(i, j)
ifnull(i, -1L)
nvl2(i, 'some', 'none')
nullif(i, 1)
nullif(j, 3)
typeof(i)
typeof(d)
typeof(1)
typeof(1.5)
typeof('a')
typeof(null)
typeof(i > 0)
typeof(i / j)
typeof(1.50 * 2)
typeof(cast(i as int))
typeof(current_date())
format_number(d, 2)
format_number(i, 0)
format_number(12345.6789, 3)
i = '42'
d = '1.5'
d < '2'
i + '1'
'5' * 2
'abc' + 1
'7' / '2'
'10' % 3
true = 'true'
i = true
(i > 0) = 'false'
d between 0 and '2'
array(i, j)
array(i, d)
array(d, null)
to_json(array(i, j))
to_json(named_struct('a', i, 'b', d))
to_json(struct(i, j as k))
to_json(struct(d as x, 'y' as y))
concat(i, '-', d)
i || '/' || j
concat_ws(',', i, d)
length(i)
e as string
hash_that_is_missing(i)
width_bucket_missing(1)
i is
1 +
"""

OF_LIMITS = """
l
l = m
l < m
l <=> m
l > 9223372036854775806
l >= 9.2e18
l = 9223372036854775807
cast(l as double)
cast(l as int)
cast(l as smallint)
cast(l as string)
cast(l as decimal(20,0))
cast(l as decimal(38,10))
cast(s as bigint)
cast(s as int)
cast(s as double)
cast(s as decimal(38,0))
cast(s as decimal(38,9))
cast(s as decimal(20,2))
float(s)
cast(s as decimal(38,0)) + 1
cast(s as decimal(38,9)) * 2
cast(s as decimal(30,5)) / 7
cast(s as decimal(38,0)) % 10
cast(l as decimal(20,0)) + cast(m as decimal(20,0))
cast(l as decimal(20,0)) * cast(m as decimal(20,0))
cast(l as decimal(19,0)) / 3
l / 2
l % 10
l div 10
l & 255
hex(l)
bin(m)
bit_count(l)
cast(l as boolean)
l = '9223372036854775807'
l = s
s > l
greatest(l, m)
least(l, m)
round(l, -3) is null or l < 0 or l >= 0
l in (9223372036854775807, 0)
cast(l as timestamp) is null
-9223372036854775808
9223372036854775807
cast('9223372036854775807' as bigint)
99999999999999999999999999999999999999
0.12345678901234567890123456789012345678
cast(1e18 as bigint)
cast(1e19 as bigint)
cast(-1e19 as bigint)
cast(1e300 as int)
cast('NaN' as double)
cast('NaN' as double) = cast('NaN' as double)
cast('NaN' as double) > 1e300
cast('Infinity' as double) > 1e308D
cast('-Infinity' as double)
cast('NaN' as int)
cast(cast('NaN' as double) as int)
cast('Infinity' as decimal(10,2))
"""

OF_TEXTS = """
s
length(s)
char_length(s)
octet_length(s)
bit_length(s)
upper(s)
lower(s)
initcap(s)
reverse(s)
trim(s)
ltrim(s)
rtrim(s)
trim(both 'a' from s)
trim(leading 'a' from s)
trim(trailing 'c' from s)
trim('ac' from s)
trim(from s)
btrim(s)
btrim(s, 'a1')
substring(s, 2)
substring(s, 2, 3)
substring(s, -3, 2)
substring(s, 0, 2)
substring(s, n)
substr(s, n, 2)
substring(s from 2 for 2)
substring(s from 3)
left(s, 2)
left(s, n)
right(s, 2)
right(s, 0)
repeat(s, 2)
repeat(s, n)
space(3)
lpad(s, 6, '*')
lpad(s, 6)
lpad(s, 2, 'x')
lpad(s, 6, '')
rpad(s, 8, 'é-')
rpad(s, n, 'z')
concat(s, '!')
concat(s, null)
concat('a')
s || s
concat_ws('-', s, 'x', null)
concat_ws(',', array('a', null, 'b'), s)
concat_ws(',')
concat_ws(null, 'a')
instr(s, 'a')
instr(s, '')
locate('a', s)
locate('a', s, 2)
locate('a', s, 0)
position('b' in s)
position('b', s)
replace(s, 'a', 'XY')
replace(s, 'a')
replace(s, '', 'z')
translate(s, 'abc', 'x')
translate(s, 'aé', 'éa')
startswith(s, 'a')
endswith(s, 'c')
contains(s, 'b')
contains(s, '')
s like 'a%'
s like '%a%'
s like '%c'
s like '_b_'
s like '%'
s like ''
s like 'a\\\\_b'
s like '100\\\\%'
s like '100x%' escape 'x'
s like '%e%o%'
s not like 'a%'
s ilike 'ABC'
s ilike '%STRASSE%'
s like '__'
s like '日%'
s rlike '^[a-z]+$'
s rlike '\\\\d'
s rlike '(?i)ABC'
s rlike '^$'
rlike(s, 'b')
regexp_like(s, '^a')
s regexp '[0-9]+'
regexp_extract(s, '([a-z]+)', 1)
regexp_extract(s, '(\\\\d+)(\\\\.)?', 2)
regexp_extract(s, '\\\\w+', 0)
regexp_extract(s, '(a)|(b)', 2)
regexp_extract_all(s, '(\\\\w)', 1)
regexp_extract_all(s, '[a-z]', 0)
regexp_replace(s, '[aeiou]', '_')
regexp_replace(s, '(\\\\w)(\\\\w)', '$2$1')
regexp_replace(s, '\\\\s+', '')
regexp_replace(s, '', '-')
regexp_replace(s, 'a', 'b', 2)
regexp_replace(s, '\\\\.', '\\\\$')
regexp_count(s, 'a')
regexp_substr(s, '\\\\d+')
regexp_instr(s, '\\\\d')
split(s, ',')
split(s, ',', 2)
split(s, '')
split(s, '[ ,]+')
split(s, 'b')[0]
split(s, ',')[5]
size(split(s, ','))
split_part(s, '.', 2)
split_part(s, ',', -1)
split_part(s, ',', 9)
substring_index(s, '.', 1)
substring_index(s, '.', -1)
substring_index(s, '.', 0)
substring_index(s, 'aa', 1)
substring_index(s, 'aa', -1)
ascii(s)
chr(65)
chr(233)
chr(n)
char(256 + 65)
base64(s)
unbase64('aGVsbG8=')
cast(unbase64(base64(s)) as string)
hex(s)
unhex('41')
cast(unhex(hex(s)) as string)
unhex('zz')
md5(s)
sha2(s, 256)
crc32(s)
levenshtein(s, 'abc')
overlay(s placing 'X' from 2)
overlay(s, 'XY', 2, 1)
find_in_set('b', 'a,b,c')
find_in_set('', ',a')
soundex_missing(s)
nullif(s, '')
coalesce(s, 'none')
nvl(s, 'none')
if(s is null, 'null', 'there')
s = 'abc'
s <> 'abc'
s < 'b'
s > 'a' and s <= 'b'
s <=> 'abc'
s in ('abc', 'F', '日本語')
s in ('abc', null)
s between 'a' and 'b'
s = 12
s = 12.5
s = 12.5D
s > 5
s = 1000
s = true
s in (12, 7)
s + 1
s * 2
s || 1
cast(s as int)
cast(s as bigint)
cast(s as tinyint)
cast(s as double)
cast(s as float)
cast(s as decimal(10,2))
cast(s as decimal(5,0))
cast(s as boolean)
cast(s as date)
cast(s as timestamp)
cast(s as string)
int(s)
double(s)
boolean(s)
string(n)
s::int
try_cast(s as int)
n::string || 'x'
'it\\'s'
"double"
'a' 'b'
'tab\\there'
'\\u00e9'
r'\\d'
'\\101'
'a\\%b'
'it''s'
to_json(struct(s))
to_json(array(s, 'x'))
to_json(named_struct('s', s, 'n', n))
get_json_object('{"a":"x"}', '$.a')
array(s, 'x')
size(array(s))
array_join(array(s, 'z'), '|')
case when s like 'a%' then 'A' when s is null then 'N' else 'O' end
case s when 'abc' then 1 when 'F' then 2 else 0 end
length(upper(s))
lower(s) = s
if(n > 0, 1, 2.5)
case when n > 0 then 1 when n < 0 then 2.25 else 3D end
coalesce(cast(null as int), 1.5)
nvl2(s, 1, 2.5)
coalesce(cast(s as int), 0.5)
case when n > 0 then 1 end
cast('123456789012345678901234567890123456789012.5' as decimal(38,2))
cast('0.123456789012345678901234567890123456789012' as decimal(38,38))
sort_array(split(s, ','))
element_at(split(s, ','), -1)
array_contains(split(s, ','), 'b')
s is not null and length(s) > 3
not s = 'abc'
!(s = 'abc')
elt_missing(1, s)
"""

OF_TIMES = """
cast(t as timestamp)
cast(t as date)
to_timestamp(t)
to_date(t)
cast(cast(t as timestamp) as string)
cast(cast(t as timestamp) as bigint)
cast(cast(t as timestamp) as double)
cast(cast(t as timestamp) as date)
cast(cast(t as date) as timestamp)
cast(cast(t as date) as string)
year(t)
quarter(t)
month(t)
day(t)
dayofmonth(t)
hour(t)
minute(t)
second(t)
dayofweek(t)
weekday(t)
dayofyear(t)
weekofyear(t)
last_day(t)
next_day(t, 'Mon')
next_day(t, 'SUNDAY')
next_day(t, 'xx')
date_add(t, int(n))
date_sub(t, 1)
date_add(cast(t as date), 365)
datediff(t, '2020-01-01')
datediff('2020-03-01', t)
add_months(t, 1)
add_months(t, n)
add_months('2020-01-31', 1)
months_between(t, '2020-02-29 12:00:00')
months_between('2020-03-31', '2020-02-29')
months_between(t, '2019-12-31', false)
trunc(t, 'year')
trunc(t, 'MM')
trunc(t, 'week')
trunc(t, 'quarter')
trunc(t, 'day')
date_trunc('year', t)
date_trunc('quarter', t)
date_trunc('month', t)
date_trunc('week', t)
date_trunc('day', t)
date_trunc('hour', t)
date_trunc('minute', t)
date_trunc('second', t)
date_trunc('millisecond', t)
date_trunc('nonsense', t)
unix_timestamp(t)
unix_timestamp(t, 'yyyy-MM-dd')
unix_timestamp(cast(t as timestamp))
to_unix_timestamp('2020-01-01', 'yyyy-MM-dd')
from_unixtime(n)
from_unixtime(n * 86400, 'yyyy-MM-dd')
from_unixtime(1500000000)
date_format(t, 'yyyy-MM-dd')
date_format(t, 'yyyy/MM/dd HH:mm:ss.SSS')
date_format(t, 'EEE, d MMM yyyy')
date_format(t, 'EEEE MMMM dd')
date_format(t, 'hh:mm a')
date_format(t, 'yy-M-d H:m:s')
date_format(t, 'D')
date_format(t, 'DDD')
date_format(t, 'Q')
date_format(t, 'QQQ')
date_format(t, 'k K')
date_format(t, 'XXX')
date_format(t, 'Z')
date_format(t, 'z')
date_format(t, 'VV')
date_format(t, 'G y')
date_format(t, "'at' HH 'o''clock'")
date_format(t, 'SSSSSS')
date_format(t, 'y')
to_timestamp('2020-02-03 04:05:06', 'yyyy-MM-dd HH:mm:ss')
to_timestamp('03/02/2020', 'dd/MM/yyyy')
to_timestamp('3.2.2020', 'd.M.yyyy')
to_timestamp('20200203', 'yyyyMMdd')
to_timestamp('20200203040506', 'yyyyMMddHHmmss')
to_timestamp('2020-02-03T04:05:06.789Z', "yyyy-MM-dd'T'HH:mm:ss.SSSX")
to_timestamp('2020-02-03 04:05:06+02:00', 'yyyy-MM-dd HH:mm:ssXXX')
to_timestamp('3 Feb 2020', 'd MMM yyyy')
to_timestamp('February 3, 2020', 'MMMM d, yyyy')
to_timestamp('12:30 PM', 'hh:mm a')
to_timestamp('2020-02-30', 'yyyy-MM-dd')
to_timestamp('2020-2-3', 'yyyy-MM-dd')
to_timestamp('20-02-03', 'yy-MM-dd')
to_timestamp('2020-02-03 extra', 'yyyy-MM-dd')
to_timestamp('2020-02-03', 'yyyy-MM-dd[ HH:mm]')
to_timestamp('2020-02-03 10:11', 'yyyy-MM-dd[ HH:mm]')
to_timestamp('1.5', 's.S')
to_timestamp('2020 045', 'yyyy DDD')
to_timestamp(t, 'yyyy-MM-dd HH:mm:ss')
to_date('03/02/2020', 'dd/MM/yyyy')
to_date(t, 'yyyy-MM-dd')
to_timestamp(t, 'yyyy-MM-dd HH:mm:ss.SSSSSS')
date '2020-01-31' + interval 1 month
date '2020-02-29' + interval 1 year
date '2020-02-29' - interval 12 months
date '2020-01-01' + interval 1 day
date '2020-01-01' + interval 25 hours
date '2020-01-01' + interval 90 minutes
date '2020-01-01' + 1
date '2020-01-01' - 1
cast(t as timestamp) + interval 1 day
cast(t as timestamp) + interval 1 month
cast(t as timestamp) - interval 1 second
cast(t as timestamp) + interval '1 02:03:04' day to second
cast(t as timestamp) + interval '1-6' year to month
cast(t as date) + interval 1 week
cast(t as date) + interval '3' day
cast(t as timestamp) + interval 2 hours
date '2020-03-01' - date '2020-02-01'
timestamp '2020-03-01 12:00:00' - timestamp '2020-02-29 00:00:00'
cast(t as date) = '2016-02-29'
cast(t as timestamp) > '2020-01-01'
cast(t as date) < date '2000-01-01'
cast(t as timestamp) = cast(t as date)
cast(t as date) between '2016-01-01' and '2020-12-31'
t > '2020'
cast(t as timestamp) in (timestamp '1970-01-01 00:00:00')
make_date(2020, 2, 29)
make_date(2019, 2, 29)
make_date(2020, n, 1)
make_timestamp(2020, 1, 2, 3, 4, 5.678)
make_timestamp(2020, 1, 2, 3, 4, 60)
make_timestamp(2020, 1, 2, 25, 4, 5)
extract(year from t)
extract(month from cast(t as timestamp))
extract(hour from cast(t as timestamp))
extract(second from cast(t as timestamp))
extract(doy from cast(t as date))
extract(week from cast(t as date))
date_part('dow', cast(t as date))
date_part('quarter', cast(t as timestamp))
timestamp_seconds(n)
timestamp_seconds(1.5)
timestamp_millis(1500)
timestamp_micros(1500000)
unix_seconds(cast(t as timestamp))
unix_millis(cast(t as timestamp))
unix_micros(cast(t as timestamp))
unix_date(cast(t as date))
date_from_unix_date(n)
from_utc_timestamp(t, 'America/New_York')
from_utc_timestamp(t, '+05:30')
to_utc_timestamp(t, 'Europe/Berlin')
from_utc_timestamp('2021-03-14 07:00:00', 'America/New_York')
to_utc_timestamp('2021-03-14 02:30:00', 'America/New_York')
to_utc_timestamp('2021-11-07 01:30:00', 'America/New_York')
to_utc_timestamp('2030-07-01 00:00:00', 'Europe/Paris')
from_utc_timestamp('2050-01-01 00:00:00', 'Australia/Sydney')
timestamp '2021-03-28 02:30:00 Europe/Berlin'
timestamp '2021-10-31 02:30:00 Europe/Berlin'
timestamp '2020-01-01 00:00:00+05:30'
date '2020-02-30'
dayname(cast(t as date))
monthname(cast(t as date))
typeof(cast(t as timestamp))
typeof(to_date(t))
typeof(current_timestamp())
typeof(interval 1 day)
typeof(date '2020-01-01' - date '2019-01-01')
interval 1 day
interval '1-2' year to month
interval 90 minutes
interval 1 day + interval 2 hours
interval 1 day = interval 24 hours
now() > timestamp '2020-01-01'
current_date() > date '2020-01-01'
current_date = current_date()
unix_timestamp() > 1500000000
to_json(struct(cast(t as timestamp) as ts))
to_json(struct(cast(t as date) as d))
concat(cast(t as timestamp), '')
coalesce(to_timestamp(t), timestamp '1999-01-01')
greatest(cast(t as date), date '2000-01-01')
least(cast(t as timestamp), timestamp '2000-01-01')
if(to_date(t) is null, 'bad', 'good')
cast(n as timestamp)
cast(1.5D as timestamp)
cast('1500' as timestamp)
cast(timestamp '2020-01-01 00:00:01.5' as decimal(20,3))
date_format(date '2020-01-01', 'YYYY')
"""

OF_ARRAYS = """
size(a)
cardinality(s)
array_size(a)
a[0]
a[5]
a[-1]
s[1]
n[0][1]
o[0].k
o.k
o.v
element_at(a, 1)
element_at(a, -1)
element_at(a, 10)
element_at(s, 2)
get(a, 0)
get(a, -1)
array_contains(a, 1)
array_contains(a, 9)
array_contains(s, 'x')
sort_array(a)
sort_array(s)
sort_array(a, false)
sort_array(s, false)
array_sort(s)
array_join(s, ',')
array_join(s, ',', '?')
array_join(a, '-')
slice(a, 1, 2)
slice(a, -2, 2)
slice(s, 2, 10)
slice(a, 9, 1)
array_distinct(a)
array_distinct(s)
array_min(a)
array_max(a)
array_max(s)
flatten(n)
array_position(a, 1)
array_position(s, 'zz')
array_remove(a, 1)
array_remove(s, 'x')
array_compact(s)
array_append(a, 7)
array_prepend(a, 7)
array_append(s, null)
array_union(a, array(1, 9))
array_intersect(a, array(1, 2))
array_except(a, array(1))
arrays_overlap(a, array(1))
arrays_overlap(s, array('zz', null))
array_repeat('x', 3)
array_repeat(1, 0)
sequence(1, 5)
sequence(5, 1)
sequence(1, 10, 3)
reverse(a)
reverse(s)
concat(a, a)
concat(s, array('z'))
array()
array(1, 2.5)
array('a', 1)
array(1, null)
to_json(a)
to_json(o)
to_json(n)
o[0]
o[1].v
a = array(3, 1, 2)
a <=> null
a is null
size(null)
size(n)
coalesce(a, array(0))
if(size(a) > 2, a[2], -1)
concat_ws(',', s)
transform_missing(a)
explode_missing(a)
"""

OF_JSONS = """
get_json_object(x, '$.a')
get_json_object(x, '$.b.c')
get_json_object(x, '$.b.c[1]')
get_json_object(x, '$.b.c[2].d')
get_json_object(x, '$.b')
get_json_object(x, '$.e')
get_json_object(x, '$.f')
get_json_object(x, '$.g')
get_json_object(x, '$[1]')
get_json_object(x, '$[*].k')
get_json_object(x, '$[0]')
get_json_object(x, '$')
get_json_object(x, '$.nope')
get_json_object(x, "$['a b']['c.d']")
get_json_object(x, '$.b.c[*]')
get_json_object(x, 'a')
json_array_length(x)
json_object_keys(x)
"""


# Intended differences, by their rows in atools-expr(7).
LAST = "last digit"
COPIED = "copied numbers"
TYPED = "typed one by one"
OVERFLOW = "overflow"
UTF16 = "UTF-16"
MICROSECONDS = "microseconds"
DIFFERS = {
    "exp(i % 5)": LAST,
    "greatest(i, d)": COPIED,
    "least(d, e, f)": COPIED,
    "greatest(d, null)": COPIED,
    "nanvl(cast('NaN' as double), d)": COPIED,
    "case when d > 0 then d end": COPIED,
    "coalesce(d, e)": COPIED,
    "array(i, d)": COPIED,
    "array(d, null)": COPIED,
    "to_json(named_struct('a', i, 'b', d))": COPIED,
    "to_json(struct(d as x, 'y' as y))": COPIED,
    "get_json_object(x, '$.g')": COPIED,
    "get_json_object(x, '$')": COPIED,
    "typeof(i)": TYPED,
    "typeof(d)": TYPED,
    "typeof(i > 0)": TYPED,
    "typeof(i / j)": TYPED,
    "typeof(cast(i as int))": TYPED,
    "typeof(cast(t as timestamp))": TYPED,
    "typeof(to_date(t))": TYPED,
    "round(l, -3) is null or l < 0 or l >= 0": OVERFLOW,
    "regexp_replace(s, '', '-')": UTF16,
    "to_json(struct(cast(t as timestamp) as ts))": MICROSECONDS,
}


def expressions(text):
    return [line for line in text.strip().split("\n") if line]


def cases():
    groups = {
        "numbers": OF_NUMBERS, "limits": OF_LIMITS, "texts": OF_TEXTS, "times": OF_TIMES, "arrays": OF_ARRAYS,
        "jsons": OF_JSONS
    }
    return {
        "tables": TABLES,
        "cases": [
            {"name": name, "table": name, "expressions": expressions(text),
             "differs": {e: why for e, why in DIFFERS.items() if e in expressions(text)}}
            for name, text in groups.items()
        ],
    }
