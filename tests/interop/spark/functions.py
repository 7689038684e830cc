"""What analysts reach for besides the usual functions: numbers by formats, lengths of time, CSV, schemas, random
numbers, maps side by side, checks; and the aggregates that go with them."""
import json

ROWS = [
    {"i": 1, "n": 12454, "d": 12454.8, "s": "12,454.8-", "c": "1,abc", "j": "{\"a\":1,\"b\":\"x\"}",
     "t": "2024-03-10 01:30:00",
     "m": {"a": 1, "b": 2}, "k": {"b": 20, "c": 30}, "u": "Hi there! Good morning."},
    {"i": 2, "n": -7, "d": -0.5, "s": "454", "c": "2,\"q \"\"r\"\" s\"", "j": "{\"a\":[1,2.5],\"c\":null}",
     "t": "2021-12-06 00:00:00",
     "m": {}, "k": {"z": None}, "u": "One. Two? \"Three\", four; five: it's 3.5 o'clock - or not."},
    {"i": 3, "n": 0, "d": 0.0, "s": "$78.12", "c": ",", "j": "[{\"a\":true}]",
     "t": "1969-12-31 23:59:59.999999",
     "m": {"a": None}, "k": {}, "u": ""},
    {"i": 4, "n": 99999999999, "d": 1e10, "s": "<12>", "c": "x", "j": "not json", "t": "bad", "m": None, "k": {"a": 1},
     "u": "é ü. Ünder, Dr. Who went. 日本"},
    {"i": 5},
]
SCHEMA = ("i bigint, n bigint, d double, s string, c string, j string, t string, m map<string,bigint>, "
          "k map<string,bigint>, u string")

MAPS = """
map_zip_with(m, k, (key, x, y) -> x + y)
map_zip_with(m, k, (key, x, y) -> coalesce(x, 0) + coalesce(y, 0))
map_zip_with(m, k, (key, x, y) -> concat(key, '-', x, '-', y))
map_zip_with(k, m, (key, x, y) -> struct(x, y))
map_zip_with(m, map('b', 5L), (q, v, w) -> v is null)
map_zip_with(map(1, 'a'), map(1, 'x', 2, 'y'), (q, v, w) -> concat(v, w))
map_zip_with(map('a', 1), map('a', 2), (q, v, w) -> map_zip_with(map('a', v), map('b', w), (r, x, y) -> concat(q, r)))
size(map_zip_with(m, k, (key, x, y) -> 1))
"""

LENGTHS = """
make_interval()
make_interval(1)
make_interval(1, 2)
make_interval(1, 2, 3, 4, 5, 6, 7.008)
make_interval(0, 1, 0, 1, 0, 0, 100.000001)
make_interval(100, null, 3)
make_interval(0, 0, 0, 0, 0, 0, -0.5)
make_interval(-1, 14)
make_interval(0, 0, -2, 3)
make_interval(2147483647)
try_make_interval(2147483647)
try_make_interval(0, 1, 2)
typeof(make_interval(1))
date '2020-01-31' + make_interval(0, 1)
timestamp '2020-01-31 10:00:00' + make_interval(0, 1, 0, 1, 2)
timestamp '2020-03-31 10:00:00' - make_interval(0, 1, 0, 0, 0, 30)
extract(month from make_interval(1, 14))
extract(day from make_interval(0, 0, 1, 2))
extract(second from make_interval(0, 0, 0, 0, 0, 0, 7.25))
make_dt_interval()
make_dt_interval(1)
make_dt_interval(1, 12, 30, 1.001001)
make_dt_interval(-1, 12)
make_dt_interval(100, null, 3)
make_dt_interval(0, 0, 0, 0.0000005)
make_dt_interval(i, 1)
make_dt_interval(2147483647)
make_dt_interval(106751992)
typeof(make_dt_interval(1))
make_ym_interval()
make_ym_interval(1, 2)
make_ym_interval(-1, 1)
make_ym_interval(2)
make_ym_interval(0, -13)
make_ym_interval(null, 1)
make_ym_interval(178956970, 7)
make_ym_interval(178956970, 8)
make_ym_interval(i, i)
typeof(make_ym_interval(1))
make_dt_interval(1) * 2
make_ym_interval(1) + make_ym_interval(0, 1)
make_dt_interval(0, 1) < make_dt_interval(0, 0, 61)
"""

ZONES = """
convert_timezone('Europe/Brussels', 'America/Los_Angeles', timestamp_ntz'2021-12-06 00:00:00')
convert_timezone('Europe/Brussels', timestamp_ntz'2021-12-05 15:00:00')
convert_timezone('America/New_York', 'UTC', timestamp_ntz'2024-03-10 02:30:00')
convert_timezone('America/New_York', 'UTC', timestamp_ntz'2024-11-03 01:30:00')
convert_timezone('UTC', '+05:30', timestamp_ntz'2024-11-03 01:30:00.123456')
convert_timezone('UTC', 'Asia/Kolkata', t)
convert_timezone('Europe/Berlin', 'UTC', cast(t as timestamp_ntz))
convert_timezone('Europe/Berlin', 'UTC', date '2020-07-01')
convert_timezone('UTC', null, timestamp_ntz'2024-11-03 01:30:00')
convert_timezone('Mars/Olympus', 'UTC', timestamp_ntz'2024-11-03 01:30:00')
typeof(convert_timezone('UTC', 'Asia/Kolkata', timestamp_ntz'2024-11-03 01:30:00'))
make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887)
make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887, 'CET')
make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)
make_timestamp_ntz(2019, 6, 30, 23, 59, 60)
make_timestamp_ntz(null, 7, 22, 15, 30, 0)
typeof(make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887))
try_make_timestamp(2024, 13, 22, 15, 30, 0)
try_make_timestamp(2019, 6, 30, 23, 59, 1)
try_make_timestamp(2014, 12, 28, 6, 30, 45.887, 'CET')
try_make_timestamp_ltz(2014, 12, 28, 25, 30, 45.887)
try_make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)
try_make_timestamp_ntz(2014, 2, 30, 6, 30, 45.887)
localtimestamp() > timestamp_ntz'2020-01-01 00:00:00'
typeof(localtimestamp())
"""

FORMATS = """
to_char(454, '999')
to_char(454.00, '000.00')
to_char(12454, '99,999')
to_char(78.12, '$99.99')
to_char(-12454.8, '99,999.9S')
to_char(12454.8, '99,999.9S')
to_char(-12454.8, 'S99,999.9')
to_char(12454.8, 'S99,999.9')
to_char(-12454.8, 'MI99,999.9')
to_char(12454.8, 'MI99,999.9')
to_char(12454.8, '99,999.9MI')
to_char(-12454.8, '99,999.9MI')
to_char(-12, '99PR')
to_char(12, '99PR')
to_char(-12, '999PR')
to_char(5, '999')
to_char(5, '099')
to_char(5, '009')
to_char(5, '990')
to_char(0, '999')
to_char(0, '990')
to_char(0.5, '9.9')
to_char(0.5, '.9')
to_char(0.5, '99.99')
to_char(0.5, '00.00')
to_char(5, '9.99')
to_char(5.25, '9.9')
to_char(5.1, '9.9999')
to_char(5.1, '9.0000')
to_char(1234, '999')
to_char(12345, '9,999')
to_char(1234, '9,999')
to_char(234, '9,999')
to_char(234, '0,000')
to_char(34, '9,9,9')
to_char(-5, '999')
to_char(-0.5, '9.9S')
to_char(-0.5, '9.9')
to_char(1234567, '9G999G999')
to_char(1.5, '9D9')
to_char(1.5, '9d9s')
to_char(5, '$999')
to_char(-5, 'S$999')
to_char(-5, '$999S')
to_char(12, '99.')
to_char(1e10D, '99999999999')
to_char(cast(12.5 as double), '99.9')
to_char(cast(12.5 as float), '99.9')
to_char(123L, '999')
to_char(n, '999,999,999,999')
to_char(n, '000,000,000,000S')
to_char(n, '99999MI')
to_char(n, 'S99')
to_char(cast(d as decimal(20,2)), '99,999.99S')
to_char(cast(d as decimal(20,2)), '$99,999,999,999.00')
to_char(cast(d as decimal(20,2)), '09.99')
to_char(null, '999')
to_char(5, null)
to_char(5, '')
to_char(5, 'abc')
to_char(5, '9S9')
to_char(5, '9.9.9')
to_char(5, '$$9')
to_char(5, '9,')
to_char(5, ',9')
to_char(5, '9.9,9')
to_char(5, 'S')
to_char(5, 'PR9')
to_char(5, '9$')
to_char(5, 'S9S')
to_char(date '2020-02-03', 'yyyy/MM/dd')
to_char(timestamp '2020-02-03 04:05:06', 'HH:mm')
to_char(cast(t as timestamp), 'yyyy')
to_char(x'537061726b', 'base64')
to_char(x'537061726b', 'hex')
to_char(encode('abc', 'utf-8'), 'utf-8')
to_char(x'537061726b', 'other')
to_varchar(454, '999')
to_varchar(date '2020-02-03', 'MMM d')
to_varchar(x'537061726b', 'base64')
to_number('454', '999')
to_number('454.00', '000.00')
to_number('12,454', '99,999')
to_number('$78.12', '$99.99')
to_number('12,454.8-', '99,999.9S')
to_number('-12,454.8', 'S99,999.9')
to_number('+12,454.8', 'S99,999.9')
to_number('-12', 'MI99')
to_number('+12', 'MI99')
to_number('12', 'MI99')
to_number('12-', '99MI')
to_number('<12>', '99PR')
to_number('12', '99PR')
to_number('<12', '99PR')
to_number('5', '999')
to_number('5', '000')
to_number('005', '000')
to_number('5', '099')
to_number('12', '99.99')
to_number('12.5', '99.99')
to_number('12.', '99.99')
to_number('.5', '99.99')
to_number('.5', '.9')
to_number('', '99')
to_number(' 12', '99')
to_number('12 ', '99')
to_number('12', '$99')
to_number('12', '99$')
to_number('12$', '99$')
to_number('1,2', '9,999')
to_number('1234', '9,999')
to_number('1,234,567', '9,999')
to_number('1,234', '9G999')
to_number('1.5', '9D9')
to_number('abc', '999')
to_number('1234', '999')
to_number('12.345', '99.99')
to_number(null, '99')
to_number('5', null)
to_number('5', '')
to_number('5', 'x')
to_number('5', '9S9')
to_number('5', s)
typeof(to_number('12,454.8', '99,999.9'))
typeof(to_number('00012', '00099'))
to_number('12', '99') + 1
to_number('00012345678901234567890123456789', '99999999999999999999999999999999')
try_to_number('454', '999')
try_to_number('abc', '999')
try_to_number(s, '99,999.9S')
try_to_number(s, '999')
try_to_number(s, '$99.99')
try_to_number(s, '99PR')
try_to_number('5', 'x')
"""

CSV = r'''
from_csv(c, 'a int, b string')
from_csv(c, 'a string, b string')
from_csv(c, 'a double')
from_csv(c, 'a int, b string, z date')
from_csv('1, 0.8', 'a INT, b DOUBLE')
from_csv('1, x ', 'a INT, b string')
from_csv('1, x ', 'a INT, b string', map('ignoreLeadingWhiteSpace', 'true', 'ignoreTrailingWhiteSpace', 'true'))
from_csv('26/08/2015', 'time Timestamp', map('timestampFormat', 'dd/MM/yyyy'))
from_csv('26/08/2015', 'd date', map('dateFormat', 'dd/MM/yyyy'))
from_csv('2015-08-26', 'd date')
from_csv('2015-08-26 01:02:03', 't timestamp')
from_csv('2015-08-26T01:02:03.456Z', 't timestamp')
from_csv('1;2', 'a int, b int', map('sep', ';'))
from_csv('1|2', 'a int, b int', map('delimiter', '|'))
from_csv('"a,b",2', 'a string, b int')
from_csv('"a ""b""",2', 'a string, b int')
from_csv('"a \\"b",2', 'a string, b int')
from_csv("'a,b',2", 'a string, b int', map('quote', "'"))
from_csv('NULL,2', 'a string, b int', map('nullValue', 'NULL'))
from_csv('NULL,2', 'a int, b int', map('nullValue', 'NULL'))
from_csv(',2', 'a string, b int')
from_csv('"",2', 'a string, b int')
from_csv('x,2', 'a int, b int')
from_csv('x,2', 'a int, b int', map('mode', 'FAILFAST'))
from_csv('x,2', 'a int, b int, _corrupt_record string')
from_csv('true,false', 'a boolean, b boolean')
from_csv('TRUE,yes', 'a boolean, b boolean')
from_csv('1.5,2', 'a int, b decimal(5,2)')
from_csv('1e3,NaN', 'a double, b double')
from_csv('Inf,-Inf', 'a double, b float')
from_csv('300', 'a tinyint')
from_csv('99999999999', 'a int')
from_csv('99999999999', 'a bigint')
from_csv('', 'a int')
from_csv('', 'a string')
from_csv('1,2,3', 'a int')
from_csv(null, 'a int')
from_csv('1', 'a array<int>')
from_csv('1', 'int')
from_csv('1,2', 'a int, b int').b + 1
typeof(from_csv('1,2020-01-01', 'a int, b date'))
to_csv(named_struct('a', 1, 'b', 2))
to_csv(struct(i, n, d, s))
to_csv(struct(s, c))
to_csv(struct(null, 1))
to_csv(struct('', 1))
to_csv(struct(' a ', 'b,c', 'd"e', 'f' || chr(10) || 'g'))
to_csv(struct('#a', 'b'))
to_csv(struct(true, 1.50, 2.5D, 1e10D))
to_csv(named_struct('time', to_timestamp('2015-08-26', 'yyyy-MM-dd')), map('timestampFormat', 'dd/MM/yyyy'))
to_csv(struct(timestamp '2015-08-26 01:02:03.456', date '2020-02-03'))
to_csv(struct(timestamp '2015-08-26 01:02:03'))
to_csv(struct(timestamp_ntz '2015-08-26 01:02:03'))
to_csv(struct(date '2020-02-03'), map('dateFormat', 'dd/MM/yyyy'))
to_csv(struct(1, 'a'), map('sep', ';'))
to_csv(struct(1, 'a;b'), map('sep', ';'))
to_csv(struct(1, null), map('nullValue', 'NULL'))
to_csv(struct(1, 'a'), map('quoteAll', 'true'))
to_csv(struct("a'b", 'c'), map('quote', "'"))
to_csv(cast(null as struct<a:int>))
to_csv(1)
to_csv(map('a', 1))
schema_of_csv('1,abc')
schema_of_csv('1.5,true,2020-01-01,2020-01-01 10:00:00,99999999999')
schema_of_csv('1;2', map('sep', ';'))
schema_of_csv('')
schema_of_csv(',')
schema_of_csv(c)
schema_of_csv(null)
schema_of_json('[{"col":0}]')
schema_of_json('{"a":1,"b":"x","c":[1,2.5],"d":{"e":null},"f":true}')
schema_of_json('{"a":[]}')
schema_of_json('{"a":[{"x":1},{"y":"s"}]}')
schema_of_json('{"a":[1,"x"]}')
schema_of_json('{"a":12345678901234567890,"b":1.5}')
schema_of_json('{"b":1,"a":2}')
schema_of_json('{"a b":1,"c-d":2,"e.f":3}')
schema_of_json('1')
schema_of_json('"x"')
schema_of_json('null')
schema_of_json('[]')
schema_of_json('{}')
schema_of_json('[1,2]')
schema_of_json('{"a":1.5}', map('prefersDecimal', 'true'))
schema_of_json('{"a":1}', map('primitivesAsString', 'true'))
schema_of_json('bad')
schema_of_json(j)
schema_of_json(null)
'''

RANDOM = """
rand(0)
rand(42)
rand(-1)
rand(null)
random(7)
rand(12345678901234)
randn(0)
randn(42)
uniform(10, 20, 0)
uniform(0, 1000000, 7)
uniform(0L, 10000000000L, 7)
uniform(1.5D, 2.5D, 3)
uniform(0, 1.5D, 3)
uniform(5, -5, 3)
uniform(null, 5, 3)
typeof(uniform(0, 10, 1))
typeof(uniform(0L, 10, 1))
randstr(3, 0)
randstr(10, 42)
randstr(0, 1)
typeof(randstr(3, 1))
rand(i)
uniform(i, 10, 0)
randstr(-1, 0)
length(uuid())
uuid() rlike '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
rand() between 0 and 1
sort_array(shuffle(array(3, 1, 2)))
shuffle(null)
shuffle(array())
size(shuffle(array(1, null, 2)))
monotonically_increasing_id()
typeof(monotonically_increasing_id())
"""

CHECKS = """
assert_true(i > 0)
assert_true(1 < 2)
assert_true(1 > 2)
assert_true(i > 1)
assert_true(1 > 2, 'no')
assert_true(null)
raise_error('no')
if(i > 0, 'fine', raise_error('no'))
is_valid_utf8('Spark')
is_valid_utf8(x'61')
is_valid_utf8(x'80')
is_valid_utf8(x'61C262')
is_valid_utf8(x'EDA080')
is_valid_utf8(null)
make_valid_utf8(x'61C262')
make_valid_utf8(x'80')
make_valid_utf8(x'E28282F09F')
make_valid_utf8(x'F0908080C0AF')
make_valid_utf8(x'EDA080')
make_valid_utf8(s)
validate_utf8('Spark')
validate_utf8(x'80')
try_validate_utf8(x'61')
try_validate_utf8(x'80')
bitmap_bit_position(1)
bitmap_bit_position(123)
bitmap_bit_position(0)
bitmap_bit_position(-5)
bitmap_bit_position(32768)
bitmap_bit_position(32769)
bitmap_bit_position(-32769)
bitmap_bit_position(n)
bitmap_bucket_number(123)
bitmap_bucket_number(0)
bitmap_bucket_number(-1)
bitmap_bucket_number(32769)
bitmap_bucket_number(-32768)
bitmap_bucket_number(n)
bitmap_count(x'1010')
bitmap_count(x'FFFF')
try_parse_url('http://spark.apache.org/path?query=1', 'HOST')
try_parse_url('inva lid://spark.apache.org/path?query=1', 'QUERY')
sentences('Hi there! Good morning.')
sentences('Hi there! Good morning.', 'en')
sentences('Hi there! Good morning.', 'en', 'US')
sentences(u)
sentences('')
sentences(null)
sentences('a.b c')
sentences('One')
sentences('x  y,z')
sentences('Is it? Yes. no')
sentences('a-b c_d 1,234.5 don''t U.S.A. now')
mask('AbCD123-@$#')
mask(str => 'AbCD123-@$#')
mask('AbCD123-@$#', lowerChar => 'q', upperChar => 'Q')
mask('AbCD123-@$#', digitChar => 'd')
mask('AbCD123-@$#', otherChar => 'o')
mask(otherChar => 'o', str => 'AbCD123-@$#')
mask('AbCD123-@$#', upperChar => null)
mask('AbCD123-@$#', 'Q', upperChar => 'R')
mask('AbCD123-@$#', wrong => 'R')
mask(upperChar => 'R')
mask(str => 'AbCD123-@$#', 'R')
upper(s => 'x')
explode(array(1), array(2))
xpath_int('<a>1</a>', 'b', 'c')
"""

EDGES = r'''
to_char(12.345, '99.999')
to_char(-12.345, '99.999PR')
to_char(0.05, '.99')
to_char(0.05, '9.99')
to_char(100, '$9,99')
to_char(1, 'MI0')
to_char(-1, 'MI0')
to_char(-1, 'MI99')
to_char(1, 'S00')
to_char(-1234.5, '$9,999.99MI')
to_char(-1234.5, '$9,999.99PR')
to_char(1234.5, '$9,999.99PR')
to_char(-5, '9.S')
to_char(5, '9.MI')
to_char('12', '99')
to_char(true, '99')
to_char(cast('NaN' as double), '99')
to_char(1e-20D, '9.99')
to_number('-5', 'S9')
to_number('5-', '9S')
to_number('+5', 'S9')
to_number('- 5', 'S9')
to_number('$5', '$9')
to_number('-$5', 'S$9')
to_number('$-5', '$S9')
to_number('1 2', '99')
to_number('00', '09')
try_to_number('.', '9.9')
try_to_number('1.2.3', '9.9')
try_to_number('1,,2', '9,9')
try_to_number(',1', '9,9')
try_to_number('1,', '9,9')
try_to_number('12,3', '9,9')
try_to_number('<1>', 'S9')
from_csv('1,"a', 'x int, y string')
from_csv('"a"b,1', 'x string, y int')
from_csv('"a" ,1', 'x string, y int')
from_csv(' "a",1', 'x string, y int')
from_csv('a"b,1', 'x string, y int')
from_csv('a\nb,1', 'x string, y int')
from_csv('"a\nb",1', 'x string, y int')
from_csv('"a\\\\",1', 'x string, y int')
from_csv(' 1 ,2', 'x int, y int')
from_csv('+1,-2', 'x int, y int')
from_csv('1.234,12345', 'x decimal(4,2), y decimal(4,2)')
from_csv('1 234', 'x decimal(10,2)')
from_csv('2020-02-30', 'x date')
from_csv('2020-02', 'x date')
from_csv('2020-01-01', 'x timestamp')
from_csv('2020-01-01 10:00:00', 'x timestamp_ntz')
from_csv('bad', 'x timestamp')
from_csv('#1,2', 'x string, y int')
from_csv('é,日', 'x string, y string')
from_csv('NaN', 'x float')
from_csv('1', 'x int, x2 int, _corrupt_record string')
to_csv(struct('a\\b', 'c'))
to_csv(struct('', '', null))
to_csv(struct('"', ','))
to_csv(struct('é', 'x y'))
to_csv(struct('x', '#y'))
to_csv(struct(cast(1.5 as float), cast('NaN' as double), cast('Infinity' as double)))
to_csv(struct(cast(1 as tinyint), 12345678901L, 1.10))
to_csv(struct('a  ', '  b'), map('ignoreLeadingWhiteSpace', 'false', 'ignoreTrailingWhiteSpace', 'false'))
to_csv(struct('', 'x'), map('emptyValue', 'EMPTY'))
to_csv(named_struct('a', interval '1' day))
schema_of_csv('1 , 2020-13-01,TRUE,-5,99999999999999999999,1e5')
schema_of_csv('NULL,1', map('nullValue', 'NULL'))
schema_of_csv('10:00,2020-01-01T10:00:00Z,2020')
schema_of_json('{"a":1e5,"b":1.0,"c":-1}')
schema_of_json('{"a":[1,2.5,null]}')
schema_of_json('{"a":[[],[1]]}')
schema_of_json('{"A":1,"a":2}')
schema_of_json('{"a":{"b":[{"c":null},{"c":1}]}}')
schema_of_json('[{"a":1},{"a":"x"},{"b":true}]')
schema_of_json('{"a":[{"x":1},5]}')
schema_of_json('{"1a":1,"_b":2,"ü":3}')
sentences('Mr. Smith went. He came back!Then left... Really?')
sentences('He said "Go!" and left. "No," she said.')
sentences('v1.2.3 is out; e-mail a@b.com, see http://x.org/a?b=1.')
sentences('tab\tand\nnewline. Next')
sentences('100% of $5.00, #1 (best)!')
make_interval(0, 0, 0, 1, 24, 61, 61)
make_interval(1, -1, 1, -1)
make_dt_interval(1, -25, 0, 0.5)
make_dt_interval('1', '2')
make_ym_interval('1', 2)
make_interval('1')
map_zip_with(map(1, 2), map(2, 3), (k, a, b) -> k)
map_zip_with(map('b', 1, 'a', 2), map('c', 3, 'a', 4), (k, a, b) -> coalesce(a, b))
uniform(0, 1, 0)
uniform(1.5, 3.25, 5)
uniform(cast(1 as smallint), cast(9 as smallint), 5)
uniform(0, 10, null)
rand(0) + rand(0)
rand(0) < 0.5
randn(7) * 0
convert_timezone('UTC', 'GMT+1', timestamp_ntz'2020-01-01 00:00:00')
convert_timezone('UTC', 'Europe/Paris', timestamp'2020-07-01 00:00:00')
convert_timezone('Europe/Paris', timestamp'2020-07-01 00:00:00')
bitmap_count(x'')
try_make_interval(0, 0, 0, 0, 0, 0, 1e18)
mask('aB1-é', upperChar => '*', otherChar => '?')
mask(null)
mask('x', 'A', 'b', '1', '-')
'''

GROUPED = {
    "skewness(v)": None,
    "kurtosis(v)": None,
    "skewness(f)": None,
    "kurtosis(f)": None,
    "skewness(distinct v)": None,
    "kurtosis(v) filter (where v > 2)": None,
    "mode(v, true)": None,
    "mode(s, true)": None,
    "mode(v, null)": None,
    "percentile(v, 0.5, w)": None,
    "percentile(v, array(0.1, 0.9), w)": None,
    "percentile(f, 0.25, w)": None,
    "percentile(v, 0.5, 3)": None,
    "percentile(v, 0.5, 0)": None,
    "percentile(v, 0.5, -1)": None,
    "percentile(v, 0.5, w) filter (where v > 2)": None,
    "percentile(make_dt_interval(v), 0.5)": None,
    "percentile(make_dt_interval(v), array(0.1, 0.9))": None,
    "percentile(make_ym_interval(0, v), 0.5)": None,
    "median(make_dt_interval(0, v))": None,
    "median(make_ym_interval(0, v))": None,
    "percentile_cont(0.4) within group (order by make_dt_interval(v))": None,
    "percentile_disc(0.4) within group (order by make_dt_interval(v))": None,
    "percentile_disc(0.4) within group (order by make_ym_interval(v))": None,
    "approx_percentile(to_date(t), 0.5)": None,
    "approx_percentile(to_date(t), array(0.0, 1.0))": None,
    "approx_percentile(to_timestamp(t), 0.5)": None,
    "approx_percentile(make_dt_interval(v), 0.5)": None,
    "approx_percentile(make_ym_interval(v), array(0.5, 1.0))": None,
    "typeof(approx_percentile(to_date(t), 0.5))": None,
    "typeof(median(make_dt_interval(v)))": None,
    "histogram_numeric(v, 10)": None,
    "histogram_numeric(f, 20)": None,
    "histogram_numeric(to_date(t), 10)": None,
    "histogram_numeric(to_timestamp(t), 10)": None,
    "histogram_numeric(make_dt_interval(v), 10)": None,
    "histogram_numeric(cast(v as decimal(10,2)), 10)": "x of decimals is a double",
    "histogram_numeric(v, 10)[0].y": None,
    "histogram_numeric(v, 1)": None,
    "histogram_numeric(v, 2.5)": None,
    "typeof(histogram_numeric(v, 10))": None,
    "histogram_numeric(s, 10)": None,
    "typeof(collect_list(to_date(t)))": None,
    "typeof(collect_list(to_timestamp(t)))": None,
    "typeof(collect_list(cast(v as decimal(10,2))))": None,
    "typeof(collect_list(cast(v as int)))": None,
    "typeof(collect_set(make_dt_interval(v)))": None,
    "typeof(collect_list(struct(to_date(t) as d, v)))": None,
    "typeof(collect_list(array(cast(v as smallint))))": None,
    "array_max(collect_list(to_date(t)))": None,
    "date_add(array_min(collect_set(to_date(t))), 1)": None,
    "sort_array(collect_set(cast(v as decimal(10,2))))": None,
    "sort_array(collect_set(to_date(t)))": None,
    "transform(collect_list(to_timestamp(t)), x -> x + interval 1 day)": None,
    "transform(sort_array(collect_list(to_date(t))), x -> year(x))": None,
    "collect_list(struct(to_date(t) as d))[0].d - date '2020-01-01'": None,
    "hex(substring(bitmap_construct_agg(bitmap_bit_position(v)), 1, 4))": None,
    "bitmap_count(bitmap_construct_agg(bitmap_bit_position(v)))": None,
    "hex(substring(bitmap_or_agg(unhex(h)), 1, 4))": None,
    "bitmap_count(bitmap_or_agg(unhex(h)))": None,
    "length(bitmap_construct_agg(v) filter (where v > 1000))": None,
}

NUMBERS = "".join(json.dumps(row) + "\n" for row in [
    {"g": "a", "v": 1, "f": 0.5, "s": "x", "w": 2, "t": "2020-02-01 10:00:00", "h": "10"},
    {"g": "a", "v": 2, "f": -3.25, "s": "y", "w": 1, "t": "2020-01-05 01:02:03.5", "h": "20"},
    {"g": "a", "v": 2, "f": 100.0, "s": "y", "w": 5, "t": "2019-12-31 23:59:59", "h": "2040"},
    {"g": "b", "v": 7, "f": None, "s": None, "w": None, "t": None, "h": None},
    {"g": "a", "v": 9, "f": 1e-3, "s": "z", "w": 0, "t": "2020-02-01 10:00:00", "h": "10"},
    {"g": "c", "v": None, "f": None, "s": None, "w": 1, "t": None, "h": None},
    {"g": "b", "v": 11, "f": 2.5, "s": "q", "w": 3, "t": "1970-01-01 00:00:00", "h": "FF"},
    {"g": "d", "v": 4, "f": 4.0, "s": "q", "w": 1, "t": "2021-06-01 00:00:00", "h": "00"},
    {"g": "d", "v": 4, "f": 4.0, "s": "p", "w": 1, "t": "2021-06-01 00:00:00", "h": "01"},
])
NUMBERS_SCHEMA = "g string, v bigint, f double, s string, w bigint, t string, h string"

DIFFERS = {
    "make_interval(0, 0, 0, 1, 24, 61, 61)": "24 hours are a day",
}


def lines(text):
    return [line for line in text.split("\n") if line]


def cases():
    table = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    found = [{"name": name, "table": "t", "schema": SCHEMA, "expressions": lines(text)} for name, text in (
        ("maps", MAPS), ("lengths of time", LENGTHS), ("zones", ZONES), ("formats", FORMATS), ("csv", CSV),
        ("random", RANDOM), ("checks", CHECKS))]
    found.append({"name": "edges", "input": '{"one":1}\n', "expressions": lines(EDGES), "differs": DIFFERS})
    for text, differs in GROUPED.items():
        quoted = text.replace("'", "'\\''")
        for over in ("all",) if text.startswith("typeof") else ("group", "all"):
            ours = f"aagg -g g -o g '{quoted} as r'" if over == "group" else f"aagg '{quoted} as r'"
            query = (f"select g, {text} as r from t group by g order by g" if over == "group"
                     else f"select {text} as r from t")
            case = {"name": f"{text}, {over}", "input": NUMBERS, "schema": NUMBERS_SCHEMA, "sql": query, "ours": ours,
                    "tolerance": 1e-12}
            found.append(dict(case, differs=differs) if differs else case)
    for text in ("skewness(v)", "kurtosis(f)", "percentile(v, 0.5, w)", "histogram_numeric(v, 10)",
                 "bitmap_count(bitmap_construct_agg(v))", "array_max(collect_list(to_date(t)))"):
        window = f"{text} over (partition by g order by v, s rows between 1 preceding and current row) as r"
        found.append({"name": f"{text}, over", "input": NUMBERS, "schema": NUMBERS_SCHEMA, "tolerance": 1e-12,
                      "sql": f"select g, v, {window} from t order by g, v, s",
                      "ours": f"aflatten -o 'g, v, s' 'g, v, {window}'"})
    for items in ("json_tuple(j, 'a', 'b')", "json_tuple(j, 'a')", "json_tuple(j, 'c', 'a', 'zz') as (x, y, z)",
                  "i, json_tuple(j, 'a') as x",
                  "json_tuple('{\"a\":1.50,\"b\":{\"c\":[1, 2]},\"d\":null}', 'a', 'b', 'd', 'e')",
                  "json_tuple('[1]', 'a')", "json_tuple('{\"a\":\"x\\\\ty\"}', 'a')",
                  "json_tuple(j, s)", "json_tuple(j)"):
        found.append({"name": items, "table": "t", "schema": SCHEMA, "sql": f"select {items} from t",
                      "ours": "aflatten '" + items.replace("'", "'\\''") + "'"})
    for generator, columns in (("explode", "i, x"), ("explode_outer", "i, x"), ("posexplode", "i, x_pos, x"),
                               ("posexplode_outer", "i, x_pos, x")):
        names = "(p, x)" if generator.startswith("pos") else "x"
        array = "filter(sequence(1, i), e -> e > 1 and e < 4)"
        found.append({"name": generator, "table": "t", "schema": SCHEMA,
                      "sql": f"select {columns.replace('x_pos', 'p as x_pos')} from "
                             f"(select i, {generator}({array}) as {names} from t)",
                      "ours": f"aflatten -e '{generator}({array}) as x' '{columns}'"})
    for generator in ("inline", "inline_outer"):
        array = "filter(array(struct(i as x, s as y)), e -> e.x > 1)"
        found.append({"name": generator, "table": "t", "schema": SCHEMA, "sql": f"select {generator}({array}) from t",
                      "ours": f"aflatten -e '{generator}({array}) as e' 'e.x, e.y'"})
    return {"tables": {"t": table}, "cases": found}
