/* Time zones: fixed offsets, and regions out of the system's time zone database (TZif files, RFC 8536). */
#include "value/datetime.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

enum { TZIF_MAX = 256 * 1024 }; /* bytes of a zone's file; the largest has a few thousand */

/* One yearly change in a POSIX TZ rule: Mm.w.d/time, Jn or n. */
struct rule_change {
    char kind; /* 'M', 'J' or 'n' */
    int month, week, day;
    int seconds; /* of the local day */
};

struct zone {
    int64_t *times;  /* UTC seconds at which offsets[i + 1] begins */
    int *offsets;    /* count + 1 of them */
    size_t count;
    int standard, summer; /* behind the last transition, from the file's footer */
    bool has_rule;
    struct rule_change begin, end; /* of summer time */
    struct zone *next;
    char name[64];
};

static const struct zone utc = {.offsets = (int[]){0}, .name = "UTC"};

/* The session zone and every region read so far: written once each, under a lock, then only read. */
static pthread_once_t session_once = PTHREAD_ONCE_INIT;
static const struct zone *session = &utc;
static bool session_known = true, libc_known = true; /* TZ is not set, or names a zone */
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *known;

static int rule_number(const char **text)
{
    int number = 0;
    while (**text >= '0' && **text <= '9' && number < 100000)
        number = number * 10 + (*(*text)++ - '0');
    return number;
}

/* [+-]h[h[h]][:mm[:ss]] */
static int rule_time(const char **text)
{
    int sign = 1;
    if (**text == '-' || **text == '+')
        sign = *(*text)++ == '-' ? -1 : 1;
    int seconds = rule_number(text) * 3600;
    if (**text == ':') {
        ++*text;
        seconds += rule_number(text) * 60;
    }
    if (**text == ':') {
        ++*text;
        seconds += rule_number(text);
    }
    return sign * seconds;
}

static void rule_name(const char **text)
{
    if (**text == '<') {
        while (**text && **text != '>')
            ++*text;
        if (**text)
            ++*text;
        return;
    }
    while ((**text | 0x20) >= 'a' && (**text | 0x20) <= 'z')
        ++*text;
}

/* ,Mm.w.d[/time], ,Jn[/time] or ,n[/time]; kind 0: it is none of them. */
static struct rule_change rule_change(const char **text)
{
    struct rule_change change = {.kind = 'n', .seconds = 7200};
    if (**text != ',')
        return (struct rule_change){0};
    ++*text;
    if (**text == 'M') {
        change.kind = 'M';
        ++*text;
        change.month = rule_number(text);
        *text += **text == '.';
        change.week = rule_number(text);
        *text += **text == '.';
        change.day = rule_number(text);
    } else {
        if (**text == 'J') {
            change.kind = 'J';
            ++*text;
        }
        change.day = rule_number(text);
    }
    if (**text == '/') {
        ++*text;
        change.seconds = rule_time(text);
    }
    bool good = change.kind == 'M' ? change.month >= 1 && change.month <= 12 && change.week >= 1 && change.week <= 5 &&
                                         change.day <= 6
                                   : change.day <= 365 && (change.kind == 'n' || change.day >= 1);
    return good ? change : (struct rule_change){0};
}

/* The footer, or TZ itself: std offset [dst [offset] [,begin,end]]. False if it is no such rule. */
static bool rule_parse(const char *text, struct zone *zone)
{
    const char *start = text;
    rule_name(&text);
    if (text == start || !((*text >= '0' && *text <= '9') || *text == '-' || *text == '+'))
        return false;
    zone->standard = -rule_time(&text);
    zone->summer = zone->standard;
    if (*text == '\0' || *text == '\n')
        return true;
    start = text;
    rule_name(&text);
    if (text == start)
        return false;
    zone->summer = zone->standard + 3600;
    if (*text && *text != ',' && *text != '\n')
        zone->summer = -rule_time(&text);
    if (*text == '\0')
        text = ",M3.2.0,M11.1.0"; /* as the C library has it */
    zone->begin = rule_change(&text);
    zone->end = rule_change(&text);
    zone->has_rule = zone->begin.kind && zone->end.kind && (*text == '\0' || *text == '\n');
    return zone->has_rule;
}

/* Local second (since the epoch) of a change in a year. */
static int64_t rule_when(const struct rule_change *change, int64_t year)
{
    int64_t days;
    if (change->kind == 'M') {
        int64_t first = datetime_days(year, change->month, 1);
        int first_weekday = datetime_weekday(first) % 7; /* Sunday is 0 in rules */
        int day = 1 + (change->day - first_weekday + 7) % 7 + (change->week - 1) * 7;
        while (day > datetime_month_days(year, change->month))
            day -= 7;
        days = first + day - 1;
    } else {
        days = datetime_days(year, 1, 1) + change->day;
        if (change->kind == 'J') /* the 29th of February is never counted */
            days += datetime_leap(year) && change->day >= 60 ? 0 : -1;
    }
    return days * SECONDS_PER_DAY + change->seconds;
}

static int rule_offset(const struct zone *zone, int64_t seconds)
{
    if (!zone->has_rule)
        return zone->standard;
    struct civil civil;
    int64_t local = seconds + zone->standard;
    datetime_date(local >= 0 ? local / SECONDS_PER_DAY : -((-local + SECONDS_PER_DAY - 1) / SECONDS_PER_DAY), &civil);
    int64_t begin = rule_when(&zone->begin, civil.year) - zone->standard;
    int64_t end = rule_when(&zone->end, civil.year) - zone->summer;
    bool summer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
    return summer ? zone->summer : zone->standard;
}

static int64_t big_endian(const unsigned char *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return count == 4 ? (int64_t)(int32_t)(uint32_t)number : (int64_t)number;
}

struct tzif_header {
    size_t is_utc, is_standard, leaps, times, types, names;
};

static bool tzif_header(const unsigned char *at, const unsigned char *end, struct tzif_header *header)
{
    if (end - at < 44 || memcmp(at, "TZif", 4) != 0)
        return false;
    size_t *fields[] = {&header->is_utc, &header->is_standard, &header->leaps,
                        &header->times,  &header->types,       &header->names};
    for (size_t i = 0; i < 6; i++) {
        *fields[i] = (size_t)big_endian(at + 20 + 4 * i, 4);
        if (*fields[i] > 100000)
            return false;
    }
    return header->types > 0;
}

static size_t tzif_body(const struct tzif_header *header, size_t time_size)
{
    return header->times * (time_size + 1) + header->types * 6 + header->names + header->leaps * (time_size + 4) +
           header->is_standard + header->is_utc;
}

/* The second, 64-bit half of the file and its footer. */
static bool tzif_parse(const unsigned char *bytes, size_t len, struct zone *zone)
{
    const unsigned char *end = bytes + len, *at = bytes;
    struct tzif_header header;
    if (!tzif_header(at, end, &header) || at[4] < '2' || tzif_body(&header, 4) > (size_t)(end - at) - 44)
        return false;
    at += 44 + tzif_body(&header, 4);
    if (!tzif_header(at, end, &header) || tzif_body(&header, 8) > (size_t)(end - at) - 44)
        return false;
    at += 44;
    const unsigned char *indexes = at + header.times * 8, *types = indexes + header.times;
    zone->times = mem_zero(header.times + 1, sizeof *zone->times);
    zone->offsets = mem_zero(header.times + 1, sizeof *zone->offsets);
    zone->count = header.times;
    zone->offsets[0] = (int)big_endian(types, 4);
    for (size_t i = 0; i < header.times; i++) {
        if (indexes[i] >= header.types)
            return false;
        zone->times[i] = big_endian(at + 8 * i, 8);
        zone->offsets[i + 1] = (int)big_endian(types + 6 * (size_t)indexes[i], 4);
    }
    zone->standard = zone->summer = zone->offsets[zone->count];
    at += tzif_body(&header, 8);
    char footer[128] = "";
    if (end - at > 1 && *at == '\n')
        snprintf(footer, sizeof footer, "%.*s", (int)(end - at - 1 < 127 ? end - at - 1 : 127), (const char *)at + 1);
    if (footer[0] && footer[0] != '\n')
        rule_parse(footer, zone);
    return true;
}

static bool tzif_read(const char *name, struct zone *zone)
{
    char path[192];
    const char *folder = getenv("TZDIR");
    if (name[0] == '\0' || name[0] == '.' || strstr(name, ".."))
        return false;
    if (name[0] == '/')
        snprintf(path, sizeof path, "%s", name);
    else
        snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
    struct buffer bytes = {0};
    bool good = file_load(path, TZIF_MAX, &bytes) && tzif_parse((const unsigned char *)bytes.data, bytes.len, zone);
    buffer_free(&bytes);
    return good;
}

/* Z, UTC, GMT, UT, [UTC|GMT|UT][+-]h[h][:mm[:ss]] or [+-]hhmm. */
static bool fixed_offset(const char *name, int *offset)
{
    const char *at = name;
    if (strcmp(at, "Z") == 0) {
        *offset = 0;
        return true;
    }
    if (strncmp(at, "UTC", 3) == 0 || strncmp(at, "GMT", 3) == 0)
        at += 3;
    else if (strncmp(at, "UT", 2) == 0)
        at += 2;
    if (*at == '\0' && at != name) {
        *offset = 0;
        return true;
    }
    int sign = *at == '-' ? -1 : *at == '+' ? 1 : 0;
    if (sign == 0)
        return false;
    at++;
    int parts[3] = {0}, count = 0;
    while (count < 3) {
        const char *start = at;
        while (*at >= '0' && *at <= '9' && at - start < 4)
            parts[count] = parts[count] * 10 + (*at++ - '0');
        if (count == 0 && at - start == 4) {
            parts[1] = parts[0] % 100;
            parts[0] /= 100;
            break;
        }
        if (at == start || at - start > 2)
            return false;
        count++;
        if (*at != ':')
            break;
        at++;
    }
    if (*at || parts[0] > 18 || parts[1] > 59 || parts[2] > 59 || (parts[0] == 18 && (parts[1] || parts[2])))
        return false;
    *offset = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
    return true;
}

/* Java's names of three letters (ZoneId.SHORT_IDS), which Spark takes too. */
static const char *long_name(const char *name)
{
    static const char *const names[][2] = {{"ACT", "Australia/Darwin"},
                                           {"AET", "Australia/Sydney"},
                                           {"AGT", "America/Argentina/Buenos_Aires"},
                                           {"ART", "Africa/Cairo"},
                                           {"AST", "America/Anchorage"},
                                           {"BET", "America/Sao_Paulo"},
                                           {"BST", "Asia/Dhaka"},
                                           {"CAT", "Africa/Harare"},
                                           {"CNT", "America/St_Johns"},
                                           {"CST", "America/Chicago"},
                                           {"CTT", "Asia/Shanghai"},
                                           {"EAT", "Africa/Addis_Ababa"},
                                           {"ECT", "Europe/Paris"},
                                           {"EST", "-05:00"},
                                           {"HST", "-10:00"},
                                           {"IET", "America/Indiana/Indianapolis"},
                                           {"IST", "Asia/Kolkata"},
                                           {"JST", "Asia/Tokyo"},
                                           {"MIT", "Pacific/Apia"},
                                           {"MST", "-07:00"},
                                           {"NET", "Asia/Yerevan"},
                                           {"NST", "Pacific/Auckland"},
                                           {"PLT", "Asia/Karachi"},
                                           {"PNT", "America/Phoenix"},
                                           {"PRT", "America/Puerto_Rico"},
                                           {"PST", "America/Los_Angeles"},
                                           {"SST", "Pacific/Guadalcanal"},
                                           {"VST", "Asia/Ho_Chi_Minh"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], name) == 0)
            return names[i][1];
    return name;
}

static void zone_free(struct zone *zone)
{
    free(zone->times);
    free(zone->offsets);
    free(zone);
}

static struct zone *zone_make(const char *name)
{
    struct zone *zone = mem_zero(1, sizeof *zone);
    snprintf(zone->name, sizeof zone->name, "%s", name);
    int offset = 0;
    if (fixed_offset(long_name(name), &offset)) {
        zone->standard = offset;
        return zone;
    }
    if (tzif_read(long_name(name), zone))
        return zone;
    zone_free(zone);
    return NULL;
}

/* What TZ names, or NULL. */
static const char *session_name(void)
{
    const char *name = getenv("TZ");
    if (name && *name == ':')
        name++;
    return name && *name ? name : NULL;
}

/* Zones as the C library takes them from TZ. */
static bool libc_zone(const char *name, struct zone *zone)
{
    return tzif_read(name, zone) || rule_parse(name, zone) || strcmp(name, "UTC") == 0 || strcmp(name, "GMT") == 0;
}

static void session_start(void)
{
    const char *name = session_name();
    if (!name)
        return;
    struct zone *own = zone_make(name), *libc = mem_zero(1, sizeof *libc);
    libc_known = libc_zone(name, libc);
    session_known = own || libc_known;
    if (own || libc_known)
        session = own ? own : libc;
    if (session != libc)
        zone_free(libc);
}

bool datetime_session(bool libc, struct problem *problem)
{
    pthread_once(&session_once, session_start);
    return (libc ? libc_known : session_known) ||
           problem_usage(problem, "TZ=%s: there is no such time zone (one is named as Europe/Berlin or UTC)",
                         getenv("TZ"));
}

bool datetime_zone(const char *name, size_t len, const struct zone **zone)
{
    char text[sizeof utc.name];
    if (len == 0 || len >= sizeof text || memchr(name, '\0', len) || name[0] == '/')
        return false;
    memcpy(text, name, len);
    text[len] = '\0';
    pthread_mutex_lock(&known_lock);
    struct zone *found = known;
    while (found && strcmp(found->name, text) != 0)
        found = found->next;
    if (!found && (found = zone_make(text))) {
        found->next = known;
        known = found;
    }
    pthread_mutex_unlock(&known_lock);
    *zone = found;
    return found;
}

int datetime_zone_offset(const struct zone *zone, int64_t seconds)
{
    if (!zone) {
        pthread_once(&session_once, session_start);
        zone = session;
    }
    if (zone->count == 0 || seconds >= zone->times[zone->count - 1])
        return zone->has_rule ? rule_offset(zone, seconds) : zone->count ? zone->offsets[zone->count] : zone->standard;
    size_t low = 0, high = zone->count; /* first transition behind seconds */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (zone->times[middle] <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    return zone->offsets[low];
}

int64_t datetime_zone_local_to_utc(const struct zone *zone, int64_t local_seconds)
{
    /* the offsets a day before and behind bracket any transition near */
    int before = datetime_zone_offset(zone, local_seconds - SECONDS_PER_DAY);
    int after = datetime_zone_offset(zone, local_seconds + SECONDS_PER_DAY);
    if (before == after)
        return local_seconds - before;
    int64_t early = local_seconds - before, late = local_seconds - after;
    if (datetime_zone_offset(zone, early) == before)
        return early; /* unambiguous, or the earlier offset of an overlap */
    if (datetime_zone_offset(zone, late) == after)
        return late;
    return early; /* in a gap: the old offset moves it forward by the gap's length */
}
