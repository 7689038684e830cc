"""Types: binary, intervals, what is within arrays, structs and maps, casts, from_json, the digits of doubles."""
import random

SINGLE = r"""
-interval '1' day
abs(interval '-1' day)
abs(interval '-1-2' year to month)
sign(interval '-1' day)
sign(interval '-1' month)
signum(interval '0' day)
positive(interval '1' day)
negative(interval '1' day)
+interval '1' day
interval '10' day div interval '3' day
interval '1-2' year to month div interval '5' month
interval '10' day / 3
interval '1' month / 3
interval '1' year / 7
interval '1' second / 3
interval '1' day / 1.5BD
interval '1' day / 0.7D
interval '3' month * 1.5
interval '1 00:00:01' day to second * 0.1
interval '1 00:00:01' day to second * 1.1BD
width_bucket(interval '5' day, interval '0' day, interval '10' day, 5)
width_bucket(interval '5' month, interval '0' month, interval '10' month, 5)
cast(interval '10' day as decimal(10,2))
cast(interval '10' hour as int)
cast(interval '10.5' second as decimal(10,2))
cast(interval '10.5' second as int)
cast(interval '3 10:00:00' day to second as decimal(10,2))
cast(interval '1-2' year to month as decimal(10,2))
cast(interval '14' month as decimal(10,2))
cast(interval '2' year as bigint)
cast(interval '1-2' year to month as int)
cast(interval '1-2' year to month as string)
cast(10 as interval day)
cast(10 as interval year)
cast(1.5BD as interval second)
cast('1' as interval day)
cast('1 2' as interval day to hour)
cast('1-2' as interval year to month)
get_json_object('{"a":{"x":1,"y":2}}', '$.a.*')
get_json_object('{"a":1,"b":2}', '$.*')
get_json_object('{"a":[1,2]}', '$.a.*')
get_json_object('[{"a":1},{"a":2}]', '$.*.a')
get_json_object('{"a":{"b":1},"c":{"b":2}}', '$.*.b')
get_json_object('{"a":1}', '$["a"]')
get_json_object('{"a":1}', '$..a')
typeof(array(1,2))
typeof(array(struct(1 as a, 'x' as b)))
typeof(map('a', 1))
typeof(map(1, array(1.5)))
typeof(struct(1 as a, date'2020-01-01' as b))
typeof(array())
typeof(array(null))
typeof(map())
typeof(struct(null as a))
typeof(array(1, 2.5))
typeof(array(1, 2L))
typeof(array(date'2020-01-01', timestamp'2020-01-01'))
typeof(sequence(date'2020-01-01', date'2020-01-03'))
typeof(sequence(date'2020-01-01', date'2020-01-03')[0])
typeof(sequence(1, 3))
typeof(sequence(1L, 3L))
typeof(transform(array(1,2), x -> x + 1))
typeof(split('a,b', ','))
typeof(map_keys(map(1, 2)))
typeof(map_entries(map(1, 2)))
typeof(cast(array('1') as array<date>))
typeof(x'41')
typeof(interval '1' day)
typeof(timestamp_ntz'2020-01-01')
typeof(current_timestamp())
typeof(named_struct('a', 1, 'b', array(1)))
typeof(from_json('{"a":1}', 'a int, b array<date>'))
current_timestamp = current_timestamp()
now() = current_timestamp
cast('2147483648' as float)
cast(2147483648 as float)
cast(16777216 as float)
cast(0.1 as float)
cast(1.0E-5 as float)
cast('3.4028235e38' as float)
cast(123456789 as float)
cast(33554432 as float)
cast(8388608.5 as float)
cast('2.0E-3' as double)
cast('2e23' as double)
cast('1e23' as double)
cast('4.9e-324' as double)
cast('2.2250738585072014e-308' as double)
cast('9007199254740993' as double)
to_json(map('a', null))
to_json(map('a', cast(null as int), 'b', 1))
to_json(struct(null as a, map('x', null) as m))
to_json(array(struct(null as a)))
to_json(struct(1 as a, null as b), map('ignoreNullFields', 'false'))
regexp_substr('abc', 'x*')
regexp_substr('abc', 'b')
regexp_substr('abc', 'z')
regexp_substr('abc', 'b*')
+'5'
+'abc'
positive('5')
negative('5')
-'5'
abs('-5')
transform(array(struct(1 as sku, 2 as qty)), x -> struct(x.sku, x.qty))
transform(array(1), x -> struct(x))
transform(array(1), (x, i) -> struct(x, i))
transform(array(1), x -> struct(x + 1))
transform(array(1), x -> named_struct('a', x))
struct(1, 'a' as b)
nullifzero('0')
nullifzero('a')
nullifzero(0)
nullifzero(0.0)
zeroifnull(null)
zeroifnull('a')
date_format(date'2020-03-04', 'DD')
date_format(date'2020-03-04', 'D')
date_format(date'2020-03-04', 'DDD')
date_format(date'2020-03-04', 'yyy')
date_format(date'2020-03-04', 'y')
date_format(date'2020-12-04', 'DD')
to_date('2020-064', 'yyyy-DDD')
to_date('064 2020', 'DDD yyyy')
to_date('64 2020', 'DD yyyy')
to_date('64 2020', 'D yyyy')
to_date('020', 'yyy')
to_timestamp('2020-03-04 10 PM 22', 'yyyy-MM-dd hh a HH')
to_timestamp('2020-03-04 10 PM 10', 'yyyy-MM-dd hh a HH')
to_timestamp('2020-03-04 064', 'yyyy-MM-dd DDD')
to_timestamp('2020-03-04 065', 'yyyy-MM-dd DDD')
make_date(10000, 1, 1)
make_date(-1, 1, 1)
make_date(0, 1, 1)
make_timestamp(10000, 1, 1, 0, 0, 0)
cast(make_date(10000,1,1) as string)
x'41'
X'4142'
hex(x'41')
x'4'
length(x'4142')
x'00ff'
cast(x'ff' as string)
cast('abc' as binary)
hex(cast(1 as binary))
hex(cast(1L as binary))
hex(cast(1S as binary))
hex(cast(1Y as binary))
to_json(struct(x'ff' as a))
struct(x'ff' as a)
array(x'41', x'42')
array(x'41', x'42')[0]
lpad(x'41', 3)
lpad(x'41', 3, x'4243')
rpad(x'41', 3, x'4243')
hex(lpad(x'41', 3))
hex(rpad(x'4142', 1))
substring(x'414243', 2)
hex(substring(x'414243', 2, 1))
hex(x'41' || x'42')
typeof(x'41' || x'42')
typeof(concat(x'41', 'a'))
x'41' = 'A'
x'41' = x'41'
x'41' < x'42'
upper(x'41')
typeof(unhex('41'))
unhex('41')
typeof(unbase64('QQ=='))
base64(x'ff')
md5(x'41')
sha1(x'41')
crc32(x'41')
reverse(x'4142')
typeof(substring(x'4142', 1, 1))
bit_length(x'4142')
octet_length(x'4142')
char_length(x'4142')
trim(x'2041')
1.5BD
1BD
1.BD
.5BD
1e3BD
1.5e-3BD
typeof(1.5BD)
typeof(1e3BD)
typeof(123.45)
typeof(1e3)
typeof(0.1BD)
typeof(.5)
typeof(00012.5)
timestamp_ntz'2020-01-01 10:00:00'
timestamp_ntz'2020-01-01 10:00:00+05:00'
timestamp_ltz'2020-01-01 10:00:00'
cast('2020-01-01 10:00:00' as timestamp_ntz)
typeof(cast('2020-01-01 10:00:00' as timestamp_ntz))
cast(array(1) as array<struct<a:int>>)
cast(struct(1, '2') as struct<a:string,b:int>)
cast(struct(1) as struct<a:string,b:int>)
cast(array(struct(1, '2')) as array<struct<a:string,b int>>)
cast(named_struct('a', 1) as struct<b:double>).b
cast(struct(1, struct('2020-01-01')) as struct<a:int,b:struct<c:date>>)
typeof(cast(struct(1) as struct<a: string comment 'x'>))
from_json('{"a":1, "b":"x"}', 'a int, b string')
from_json('{"a":"1", "b":2}', 'a int, b string')
from_json('{"a":1.5}', 'a int')
from_json('{"a":1, "c":3}', 'a int, b string')
from_json('{"a":1', 'a int')
from_json('x', 'a int')
from_json('', 'a int')
from_json('null', 'a int')
from_json('[1,2]', 'array<int>')
from_json('1', 'array<int>')
from_json('{"a":1}', 'array<struct<a:int>>')
from_json('[{"a":1},{"a":2}]', 'a int')
from_json('[]', 'a int')
from_json('{"a":1}', 'map<string,int>')
from_json('{"a":"x"}', 'map<string,int>')
from_json('{"a":{"b":[1,"2"]}}', 'a struct<b:array<int>>')
from_json('{"a":{"b":[1,2]}}', 'a string')
from_json('{"a":true}', 'a string')
from_json('{"a":1.50}', 'a string')
from_json('{"a":"true"}', 'a boolean')
from_json('{"a":1}', 'a boolean')
from_json('{"a":"2020-01-01"}', 'a date')
from_json('{"a":"01/02/2020"}', 'a date', map('dateFormat', 'dd/MM/yyyy'))
from_json('{"a":"2020-01-01"}', 'a timestamp')
from_json('{"a":"2020-01-01T10:00:00.000Z"}', 'a timestamp')
from_json('{"a":"2020-01-01 10:00:00"}', 'a timestamp')
from_json('{"a":"01/02/2020 10"}', 'a timestamp', map('timestampFormat', 'dd/MM/yyyy HH'))
from_json('{"a":1577836800}', 'a timestamp')
from_json('{"a":1577836800}', 'a date')
from_json('{"a":18000}', 'a date')
from_json('{"a":1.25}', 'a decimal(3,1)')
from_json('{"a":"1.25"}', 'a decimal(3,1)')
from_json('{"a":123456}', 'a decimal(3,1)')
from_json('{"a":NaN}', 'a double')
from_json('{"a":"NaN"}', 'a double')
from_json('{"a":"1.5"}', 'a double')
from_json('{"a":Infinity}', 'a double', map('allowNonNumericNumbers','false'))
from_json("{'a':1}", 'a int')
from_json("{'a':1}", 'a int', map('allowSingleQuotes','false'))
from_json('{"a":1}', 'a int', map('mode','FAILFAST'))
from_json('{"a":x}', 'a int', map('mode','FAILFAST'))
from_json('{"a":x}', 'a int', map('mode','DROPMALFORMED'))
from_json('{"a":"x","b":2}', 'a int, b int, _corrupt_record string')
from_json('{"a":x,"b":2}', 'a int, b int, c string', map('columnNameOfCorruptRecord','c'))
from_json('{"a":1,"b":{"c":2.0}}', 'a string, b string', map('primitivesAsString','true'))
from_json('{"a":"QQ=="}', 'a binary')
from_json('{"a":128}', 'a tinyint')
from_json('{"a":1e2}', 'a int')
from_json('{"A":1}', 'a int')
from_json('{"a":1,"a":2}', 'a int')
from_json('{"a":""}', 'a int')
from_json('{"a":""}', 'a string')
from_json('{"a":null}', 'a int')
from_json('{"a":[1,null]}', 'a array<int>')
from_json('{"a":[1,"x",3]}', 'a array<int>')
from_json('{"a":1} {"a":2}', 'a int')
from_json('{"a":1} x', 'a int')
from_json('{"a":1}', 'STRUCT<a: INT>')
from_json('{"a":1}', 'a int').a + 1
from_json('{"a":"x"}', 'a int, b int').a
from_json('{"a":{"b":"x"},"c":5}', 'a struct<b:int>, c int')
from_json('{"a b":1}', '`a b` int')
from_json(' {"a":1} ', 'a int not null')
from_json('{"a":01}', 'a int')
format_number(1234567.891, '##,##0.00')
format_number(1234567.891, '#,###.##')
format_number(12332.123456, '##################.###')
format_number(0.5, '#')
format_number(1.5, '0')
format_number(2.5, '0')
format_number(0.256, '0.0%')
format_number(12345.678, '')
format_number(12345.678, '$#,##0.00')
format_number(5, '000')
format_number(12345.678, 'abc')
format_number(1234567890, '####,####')
format_number(null, '0.0')
format_number(-0.001, '0.00')
format_number(0.5, '#.##')
format_number(0.5, '#.00')
format_number(1234.5, '0,000.0')
format_number(cast('NaN' as double), '0.0')
format_number(-1.0D/0, '#,##0')
format_number(12345678901234567890.125BD, '#,##0.00')
format_number(7, '#,##0 EUR')
"""

DIFFERS = {
    "typeof(cast(array('1') as array<date>))": "typed one by one",
    "typeof(from_json('{\"a\":1}', 'a int, b array<date>'))": "typed one by one",
    "cast(array(1) as array<struct<a:int>>)": "leniency",
    "cast(struct(1) as struct<a:string,b:int>)": "leniency",
}
TEXTS = ["1", "-1", "1.5", "-2.75", "abc", "2020-01-01", "2020-02-30", "true", "1e3", "", " 7 ", "127", "128", "40000",
         "3000000000", "NaN", "2020-01-01 10:00:00", "0x1F"]
CASTS = ["tinyint", "smallint", "int", "bigint", "float", "double", "decimal(5,2)", "boolean", "date", "timestamp"]
JSON = ["1", "1.5", '"1"', '"x"', "true", "null", '"2020-01-01"', "[1,2]", '{"b":1}', "1e2", "128", "3000000000",
        '"QQ=="', '["a",null]']
SCHEMAS = ["int", "bigint", "double", "float", "string", "boolean", "date", "timestamp", "decimal(5,2)", "array<int>",
           "array<string>", "struct<b:int>", "map<string,int>", "tinyint", "smallint"]
NUMBERS = ["1", "-1", "300", "70000", "1Y", "-2S", "5L", "9223372036854775807"]


def binaries():
    chosen = random.Random(16)
    found = ["hex(cast(%s as binary))" % number for number in NUMBERS]
    for _ in range(14):
        digits = "".join(chosen.choice("0123456789abcdef") for _ in range(2 * chosen.randint(0, 9)))
        place, size = chosen.randint(-6, 8), chosen.randint(-1, 9)
        found += [text % digits for text in (
            "hex(x'%s')", "length(x'%s')", "base64(x'%s')", "md5(x'%s')", "struct(x'%s' as a)", "typeof(array(x'%s'))",
            f"hex(substring(x'%s', {place}, {size}))", f"hex(lpad(x'%s', {size + 3}, x'0102'))",
            f"hex(rpad(x'%s', {size + 3}))", "hex(x'%s' || x'00ff')", "x'%s' < x'80'", "hex(array(x'%s', x'41')[0])",
            "unhex('%s') = unbase64(base64(x'41'))")]
    return found


def cases():
    casts = [f"cast('{text}' as {name})" for text in TEXTS for name in CASTS]
    reads = [f"from_json('{{\"a\":{value},\"z\":5}}', 'a {schema}, z int')" for value in JSON for schema in SCHEMAS]
    return {
        "tables": {"t": '{"one":1}\n'},
        "cases": [{"name": name, "table": "t", "expressions": expressions,
                   "differs": {text: why for text, why in DIFFERS.items() if text in expressions}}
                  for name, expressions in (
            ("single", [line for line in SINGLE.split("\n") if line]), ("binary", binaries()), ("casts", casts),
            ("from_json", reads))],
    }
