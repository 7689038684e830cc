"""Random tables of pyarrow's types: what the SQL tools have to keep of them, through a value and back."""
import datetime
import decimal
import struct

import pyarrow as pa

PLAIN = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.string(), pa.binary(),
         pa.date32(), pa.timestamp("us", tz="UTC"), pa.timestamp("us"), pa.bool_(), "decimal"]
EPOCH = datetime.datetime(1970, 1, 1)


def random_type(draw, depth=0):
    kind = draw.choice(PLAIN + (["list", "struct", "map"] * 3 if depth < 3 else []))
    if kind == "decimal":
        digits = draw.randint(1, 38)
        return pa.decimal128(digits, draw.randint(0, digits))
    if kind == "list":
        return pa.list_(random_type(draw, depth + 1))
    if kind == "struct":
        # in the order of names, which is the one that nested members are written in
        return pa.struct([pa.field(name, random_type(draw, depth + 1))
                          for name in sorted(draw.sample("abcdefgh", draw.randint(1, 4)))])
    if kind == "map":
        key = random_type(draw, 3)
        while pa.types.is_floating(key):
            key = random_type(draw, 3)
        return pa.map_(key, random_type(draw, depth + 1))
    return kind


def random_moment(draw):
    moment = EPOCH + datetime.timedelta(microseconds=draw.choice([0, draw.randint(-10**15, 10**16), -1]))
    return draw.choice([moment, moment, datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),
                        datetime.datetime(1, 1, 1)])


def random_plain(draw, kind):
    if pa.types.is_boolean(kind):
        return draw.random() < 0.5
    if pa.types.is_integer(kind):
        most = 2**(kind.bit_width - 1) - 1
        return draw.choice([draw.randint(-most - 1, most), draw.randint(-9, 9), -most - 1, most])
    if kind == pa.float32():
        near = struct.unpack("f", struct.pack("f", draw.uniform(-1e9, 1e9)))[0]
        return draw.choice([0.0, -0.0, float("inf"), float("-inf"), 1e-40, near])
    if kind == pa.float64():
        return draw.choice([0.0, -0.0, draw.uniform(-1, 1), draw.uniform(-1e300, 1e300), 5e-324,
                            float(draw.randint(-99, 99))])
    if kind == pa.string():
        start = draw.choice(["", "x", "NaN", "null", '"q"\\', "é😀", "\t\n", "2020-01-01", "12"])
        return start + draw.choice(["", "a"])
    if kind == pa.binary():
        return bytes(draw.randrange(256) for _ in range(draw.randint(0, 6)))
    if pa.types.is_decimal(kind):
        most = 10**kind.precision - 1
        return decimal.Decimal(draw.randint(-most, most)).scaleb(-kind.scale, decimal.Context(prec=60))
    if kind == pa.date32():
        day = EPOCH.date() + datetime.timedelta(days=draw.randint(-9999, 99999))
        return draw.choice([day, datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(1582, 10, 4)])
    moment = random_moment(draw)
    return moment.replace(tzinfo=datetime.timezone.utc) if kind.tz else moment


def random_value(draw, kind, nulls=0.15):
    if draw.random() < nulls:
        return None
    if pa.types.is_list(kind):
        return [random_value(draw, kind.value_type) for _ in range(draw.randint(0, 3))]
    if pa.types.is_struct(kind):
        return {field.name: random_value(draw, field.type) for field in kind}
    if pa.types.is_map(kind):
        return list({random_value(draw, kind.key_type, 0): random_value(draw, kind.item_type)
                     for _ in range(draw.randint(0, 3))}.items())
    return random_plain(draw, kind)


def all_seen(value, kind):
    """Whether all of the type is told by the value: nothing is told by nulls alone."""
    if value is None:
        return False
    if pa.types.is_list(kind):
        return any(all_seen(one, kind.value_type) for one in value)
    if pa.types.is_struct(kind):
        return all(all_seen(value[field.name], field.type) for field in kind)
    if pa.types.is_map(kind):
        return any(all_seen(one, kind.item_type) for _, one in value)
    return True


def random_table(draw):
    """A table of which each column has a value that tells its type."""
    fields, columns = [], []
    while len(fields) < 4:
        kind = random_type(draw)
        column = [random_value(draw, kind) for _ in range(20)]
        if any(all_seen(value, kind) for value in column):
            fields.append(pa.field("c%d" % len(fields), kind))
            columns.append(pa.array(column, kind))
    return pa.table(columns, schema=pa.schema(fields))
