"""Times around the changes of the clock, in zones other than UTC."""
import json

TIMES = {
    "America/New_York": [
        "2021-03-14 01:59:59", "2021-03-14 02:00:00", "2021-03-14 02:30:00", "2021-03-14 03:00:00",
        "2021-03-14 07:00:00Z", "2021-11-07 00:59:59", "2021-11-07 01:00:00", "2021-11-07 01:30:00",
        "2021-11-07 02:00:00", "2021-11-07 05:30:00Z", "2021-11-07 06:30:00Z", "2050-07-01 12:00:00",
        "1900-01-01 00:00:00", "1883-11-18 12:03:57", "1970-01-01", None
    ],
    "Europe/Berlin": [
        "2021-03-28 01:59:59.999999", "2021-03-28 02:00:00", "2021-03-28 02:59:59", "2021-03-28 03:00:00",
        "2021-10-31 02:00:00", "2021-10-31 02:30:00", "2021-10-31 03:00:00", "2021-10-31 00:30:00Z",
        "2021-10-31 01:30:00Z", "1945-05-24 02:30:00", "1893-04-01 00:00:00", "2038-01-19 03:14:08",
        "2100-08-01 00:00:00", "2020-02-29"
    ],
    "Australia/Lord_Howe": [
        "2021-04-04 01:45:00", "2021-04-04 02:00:00", "2021-10-03 02:15:00", "2021-10-03 02:30:00",
        "2021-07-01 12:10:50"
    ],
    "+05:30": ["2021-03-28 02:00:00", "1970-01-01 00:00:00", "2021-07-01 23:59:59.5"],
}

EXPRESSIONS = """
cast(t as timestamp)
cast(cast(t as timestamp) as bigint)
cast(cast(t as date) as timestamp)
cast(cast(cast(t as date) as timestamp) as bigint)
cast(cast(t as timestamp) as date)
hour(t)
minute(t)
day(t)
date_trunc('hour', t)
date_trunc('day', t)
date_trunc('minute', t)
date_trunc('month', t)
cast(t as timestamp) + interval 1 day
cast(t as timestamp) + interval 24 hours
cast(t as timestamp) - interval 1 month
cast(t as timestamp) + interval 30 minutes
cast(t as date) + interval 2 hours
cast(t as timestamp) - timestamp '2021-01-01 00:00:00'
unix_timestamp(t)
unix_timestamp(t, 'yyyy-MM-dd HH:mm:ss')
from_unixtime(unix_timestamp(t))
from_unixtime(1616893200)
from_unixtime(1635640200)
to_timestamp(t, 'yyyy-MM-dd HH:mm:ss')
date_format(t, 'yyyy-MM-dd HH:mm:ss XXX')
date_format(t, 'Z x')
date_format(t, 'VV')
to_json(struct(cast('2021-07-01 12:00:00' as timestamp) as ts))
from_utc_timestamp(t, 'Asia/Tokyo')
to_utc_timestamp(t, 'Asia/Tokyo')
make_timestamp(2021, 3, 28, 2, 30, 0)
make_timestamp(2021, 11, 7, 1, 30, 0)
timestamp_seconds(1616893200)
months_between(t, '2021-01-31')
last_day(t)
datediff(t, '2021-01-01')
"""


def cases():
    tables = {zone: "".join(json.dumps({"t": text}) + "\n" for text in texts) for zone, texts in TIMES.items()}
    expressions = [line for line in EXPRESSIONS.split("\n") if line]
    return {"tables": tables,
            "cases": [{"name": zone, "table": zone, "zone": zone, "expressions": expressions} for zone in tables]}
