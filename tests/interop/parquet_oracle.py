"""Other programs' Parquet for parquet.tap.py: where they live, and what pyarrow says is in a file, as our JSON has
it."""
import base64
import datetime
import decimal
import math
import virtual_environment

PACKAGES = ["pyarrow", "duckdb", "polars", "fastparquet", "numpy"]


def enter():
    """Goes on in the Python that has these packages."""
    virtual_environment.enter("parquet", PACKAGES, ", ".join(PACKAGES))


def fraction(nanos, least):
    digits = 9 if nanos % 1000 else 6 if nanos % 1000000 else 3 if nanos else 0
    digits = max(digits, least)
    return "." + ("%09d" % nanos)[:digits] if digits else ""


def moment(count, unit, zone):
    """A count of units since the epoch as ISO 8601 text."""
    second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    seconds, rest = divmod(count, second)
    days, of_day = divmod(seconds, 86400)
    return "%sT%02d:%02d:%02d%s%s" % (date(days), of_day // 3600, of_day // 60 % 60, of_day % 60,
                                     fraction(rest * (10**9 // second), 3), "Z" if zone else "")


def date(days):
    """Any year: civil from days (Howard Hinnant's algorithm)."""
    era, day = divmod(days + 719468, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    of_year = day - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = year + era * 400 + (month <= 2)
    sign = "+" if year > 9999 else "-" if year < 0 else ""
    return "%s%04d-%02d-%02d" % (sign, abs(year), month, day)


def expected(array):
    """A pyarrow array's values as what json.loads makes of our text; nulls are None."""
    import pyarrow as pa

    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        if str(kind).startswith("extension<arrow.uuid"):
            return [None if v is None else str(v) for v in array.to_pylist()]
        return expected(array.storage)
    if pa.types.is_dictionary(kind):
        return expected(array.dictionary_decode())
    if pa.types.is_struct(kind):
        members = [(kind.field(i).name, expected(array.field(i))) for i in range(kind.num_fields)]
        valid = array.is_valid().to_pylist()
        return [{name: values[i] for name, values in members} if valid[i] else None for i in range(len(array))]
    if pa.types.is_map(kind):
        keys, items = expected(array.keys), expected(array.items)
        offsets, valid = array.offsets.to_pylist(), array.is_valid().to_pylist()
        first = offsets[0]
        return [{key_text(keys[k - first]): items[k - first]
                 for k in range(offsets[i], offsets[i + 1])} if valid[i] else None for i in range(len(array))]
    if pa.types.is_fixed_size_list(kind):
        return expected(array.cast(pa.list_(kind.value_type)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values, valid, at, made = expected(array.flatten()), array.is_valid().to_pylist(), 0, []
        for i, length in enumerate(array.value_lengths().to_pylist()):
            made.append(values[at:at + length] if valid[i] else None)
            at += length if valid[i] else 0
        return made
    return [None if v is None else scalar(v, kind) for v in raw(array, kind)]


def raw(array, kind):
    import pyarrow as pa

    if pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
        return array.cast(pa.int64()).to_pylist()
    if pa.types.is_time64(kind):
        return array.cast(pa.int64()).to_pylist()
    if pa.types.is_time32(kind) or pa.types.is_date32(kind):
        return array.cast(pa.int32()).to_pylist()
    return array.to_pylist()


def scalar(value, kind):
    import pyarrow as pa

    if pa.types.is_floating(kind):
        value = float(value)
        return "NaN" if math.isnan(value) else value if math.isfinite(
            value) else "Infinity" if value > 0 else "-Infinity"
    if pa.types.is_timestamp(kind):
        return moment(value, kind.unit, kind.tz)
    if pa.types.is_date32(kind):
        return date(value)
    if pa.types.is_time(kind):
        second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        seconds, rest = divmod(value, second)
        return "%02d:%02d:%02d%s" % (seconds // 3600, seconds // 60 % 60, seconds % 60,
                                     fraction(rest * (10 ** 9 // second), 0))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def key_text(key):
    if isinstance(key, bool):
        return str(key).lower()
    return key if isinstance(key, str) else str(key)


def same(ours, theirs):
    """Our parsed JSON (numbers with a point or exponent as Decimal) against what was expected."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and list(ours) == list(theirs) and all(same(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, bool) or theirs is None or isinstance(theirs, str):
        return type(ours) is type(theirs) and ours == theirs
    if isinstance(theirs, int):
        return type(ours) is int and ours == theirs
    if isinstance(theirs, decimal.Decimal):
        return decimal.Decimal(ours) == theirs and not isinstance(ours, (str, bool))
    if isinstance(theirs, float):
        return not isinstance(ours, (str, bool)) and (float(ours) == theirs or narrow(ours) == theirs)
    raise TypeError(type(theirs))


def narrow(number):
    """A float's digits, as the float they stand for."""
    import numpy

    with numpy.errstate(over="ignore"):
        return float(numpy.float32(float(number)))
