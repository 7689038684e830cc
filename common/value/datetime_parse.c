/* Dates and timestamps out of text, as Spark's casts read them (SparkDateTimeUtils.stringToDate, stringToTimestamp). */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "value/datetime.h"

/* What is being read: the parts of a timestamp, one after the other. */
enum segment {
    SEGMENT_YEAR,
    SEGMENT_MONTH,
    SEGMENT_DAY,
    SEGMENT_HOUR,
    SEGMENT_MINUTE,
    SEGMENT_SECOND,
    SEGMENT_FRACTION,
    SEGMENT_ZONE
};

struct reader {
    const char *at, *end;
    int segments[SEGMENT_ZONE];
    int value, digits;
    int segment;
    bool just_time;
};

static void trim(const char **text, size_t *len)
{
    const char *start = *text, *end = start + *len;
    while (start < end && (unsigned char)*start <= ' ')
        start++;
    while (end > start && ((unsigned char)end[-1] <= ' ' || end[-1] == 0x7F))
        end--;
    *text = start;
    *len = (size_t)(end - start);
}

static bool segment_ends(struct reader *reader, int year_digits)
{
    int digits = reader->digits;
    bool good = reader->segment == SEGMENT_FRACTION ? true
                : reader->segment == SEGMENT_YEAR   ? digits >= 4 && digits <= year_digits
                                                    : digits >= 1 && digits <= 2;
    if (good && reader->segment < SEGMENT_ZONE)
        reader->segments[reader->segment] = reader->value;
    reader->value = reader->digits = 0;
    return good;
}

static bool date_exists(int64_t year, int month, int day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= datetime_month_days(year, month) && year < YEAR_LIMIT &&
           year > -YEAR_LIMIT;
}

/* A sign in front of the year. */
static int year_sign(struct reader *reader, bool *any)
{
    *any = reader->at < reader->end && (*reader->at == '-' || *reader->at == '+');
    return *any && *reader->at++ == '-' ? -1 : 1;
}

bool datetime_parse_date(const char *text, size_t len, int64_t *days)
{
    trim(&text, &len);
    struct reader reader = {.at = text, .end = text + len, .segments = {1, 1, 1}};
    bool signed_year;
    int sign = year_sign(&reader, &signed_year);
    for (; reader.at < reader.end && *reader.at != ' ' && *reader.at != 'T'; reader.at++) {
        char c = *reader.at;
        if (reader.segment < SEGMENT_DAY && c == '-') {
            if (!segment_ends(&reader, 7))
                return false;
            reader.segment++;
        } else if (c >= '0' && c <= '9' && reader.digits < 8) {
            reader.value = reader.value * 10 + (c - '0');
            reader.digits++;
        } else {
            return false;
        }
    }
    if (!segment_ends(&reader, 7) || (reader.segment < SEGMENT_DAY && reader.at < reader.end))
        return false;
    int64_t year = (int64_t)sign * reader.segments[0];
    if (!date_exists(year, reader.segments[1], reader.segments[2]))
        return false;
    *days = datetime_days(year, reader.segments[1], reader.segments[2]);
    return true;
}

/* A byte that is no digit ends a segment, or is wrong there. The zone is what follows the seconds. */
static bool separator(struct reader *reader, bool signed_year)
{
    char c = *reader->at;
    switch (reader->segment) {
    case SEGMENT_YEAR:
        if (c == ':' && !signed_year) {
            reader->just_time = true;
            reader->segment = SEGMENT_HOUR;
            break;
        }
        if (c == 'T' && reader->digits == 0 && !signed_year) {
            reader->just_time = true;
            reader->segment = SEGMENT_HOUR;
            return true;
        }
        /* fall through */
    case SEGMENT_MONTH:
        if (c != '-')
            return false;
        break;
    case SEGMENT_DAY:
        if (c != ' ' && c != 'T')
            return false;
        break;
    case SEGMENT_HOUR:
    case SEGMENT_MINUTE:
        if (c != ':')
            return false;
        break;
    case SEGMENT_SECOND:
        if (c == '.')
            break;
        /* fall through */
    default:
        if (!segment_ends(reader, 6))
            return false;
        reader->segment = SEGMENT_ZONE;
        return true;
    }
    bool good = segment_ends(reader, 6);
    reader->segment++;
    return good;
}

/* Java also takes +h:mm and +hh:m. */
static bool parse_zone(const char *text, size_t len, const struct zone **zone)
{
    trim(&text, &len);
    return datetime_zone(text, len, zone);
}

static int64_t today(const struct zone *zone)
{
    int64_t seconds = clock_wall_s();
    seconds += datetime_zone_offset(zone, seconds);
    return seconds / SECONDS_PER_DAY;
}

bool datetime_parse_timestamp(const char *text, size_t len, int64_t *microseconds)
{
    trim(&text, &len);
    if (len == 0)
        return false;
    struct reader reader = {.at = text, .end = text + len, .segments = {1, 1, 1}};
    bool signed_year;
    int sign = year_sign(&reader, &signed_year), fraction_digits = 0;
    const struct zone *zone = NULL;
    for (; reader.at < reader.end && reader.segment < SEGMENT_ZONE; reader.at++) {
        char c = *reader.at;
        if (c < '0' || c > '9') {
            if (!separator(&reader, signed_year))
                return false;
            if (reader.segment == SEGMENT_ZONE)
                break;
            continue;
        }
        bool fraction = reader.segment == SEGMENT_FRACTION;
        fraction_digits += fraction;
        if (!fraction && ++reader.digits > 7)
            return false;
        if (!fraction || fraction_digits <= 6) /* what is finer than microseconds is cut off */
            reader.value = reader.value * 10 + (c - '0');
    }
    if (reader.segment == SEGMENT_ZONE) {
        if (!parse_zone(reader.at, (size_t)(reader.end - reader.at), &zone))
            return false;
    } else if (!segment_ends(&reader, 6)) {
        return false;
    }
    int *parts = reader.segments;
    for (int digits = fraction_digits; digits < 6; digits++)
        parts[SEGMENT_FRACTION] *= 10;
    int64_t year = (int64_t)sign * parts[SEGMENT_YEAR];
    if (parts[SEGMENT_HOUR] > 23 || parts[SEGMENT_MINUTE] > 59 || parts[SEGMENT_SECOND] > 59 ||
        (!reader.just_time && !date_exists(year, parts[SEGMENT_MONTH], parts[SEGMENT_DAY])))
        return false;
    int64_t days = reader.just_time ? today(zone) : datetime_days(year, parts[SEGMENT_MONTH], parts[SEGMENT_DAY]);
    int64_t local =
        days * SECONDS_PER_DAY + parts[SEGMENT_HOUR] * 3600 + parts[SEGMENT_MINUTE] * 60 + parts[SEGMENT_SECOND];
    *microseconds = datetime_zone_local_to_utc(zone, local) * MICROS_PER_SECOND + parts[SEGMENT_FRACTION];
    return true;
}
