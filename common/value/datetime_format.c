#include "value/datetime_format.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "value/datetime.h"

/* One piece of a pattern: a letter repeated, or literal text. */
struct piece {
    char letter; /* 0: literal, '[' and ']': an optional part begins and ends */
    int count;
    bool of_era;   /* the pattern has a G */
    bool adjacent; /* a number follows at once, so this one has its width exactly */
    const char *text;
    size_t len;
};

struct datetime_format {
    struct piece *pieces;
    size_t count;
    size_t most; /* bytes of what it writes, at most */
};

/* No letter, however often it is repeated, writes more: that much of a zone's name is written. */
enum { LETTER_TEXT_MAX = 64 };

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

static const char *check_letter(char letter, int count)
{
    static const struct {
        char letter;
        int most;
    } letters[] = {{'y', 6}, {'M', 4}, {'L', 4}, {'d', 2}, {'D', 3}, {'E', 4}, {'a', 1}, {'H', 2},
                   {'h', 2}, {'K', 2}, {'k', 2}, {'m', 2}, {'s', 2}, {'S', 9}, {'Q', 4}, {'q', 4},
                   {'G', 4}, {'z', 4}, {'V', 2}, {'X', 5}, {'x', 5}, {'Z', 5}, {'O', 4}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == letter)
            return count > letters[i].most || (letter == 'V' && count != 2) ||
                           (letter == 'O' && count != 1 && count != 4)
                       ? "a letter is repeated too often"
                       : NULL;
    return "there is no such letter in a date pattern; text stands in '…'";
}

static bool is_number(const struct piece *piece)
{
    return piece->letter &&
           (strchr("ydDHhKkmsS", piece->letter) || (strchr("MLQq", piece->letter) && piece->count < 3));
}

static size_t take_quoted(const char *pattern, size_t at, size_t len, char *text, size_t *used, const char **wrong)
{
    if (at + 1 < len && pattern[at + 1] == '\'') {
        text[(*used)++] = '\'';
        return at + 2;
    }
    for (at++; at < len; at++) {
        if (pattern[at] != '\'')
            text[(*used)++] = pattern[at];
        else if (at + 1 < len && pattern[at + 1] == '\'')
            text[(*used)++] = pattern[at++];
        else
            return at + 1;
    }
    *wrong = "a quote that is not closed";
    return len;
}

const struct datetime_format *datetime_format_compile(struct arena *arena, const char *pattern, size_t len,
                                                      const char **wrong)
{
    struct datetime_format *format = arena_alloc(arena, sizeof *format);
    *format = (struct datetime_format){.pieces = arena_alloc(arena, (len + 1) * sizeof *format->pieces),
                                       .most = 1}; /* a NUL behind it */
    char *text = arena_alloc(arena, len + 1);
    size_t used = 0, at = 0;
    int open = 0;
    *wrong = NULL;
    while (at < len && !*wrong) {
        char c = pattern[at];
        struct piece piece = {.text = text + used};
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
            piece.letter = c;
            while (at < len && pattern[at] == c)
                piece.count++, at++;
            *wrong = check_letter(c, piece.count);
        } else if (c == '[' || c == ']') {
            piece.letter = c;
            open += c == '[' ? 1 : -1;
            if (open < 0 || open > 8)
                *wrong = "brackets that do not match";
            at++;
        } else if (c == '\'') {
            at = take_quoted(pattern, at, len, text, &used, wrong);
        } else {
            if (c == '{' || c == '}' || c == '#')
                *wrong = "{, } and # are reserved in date patterns";
            text[used++] = c;
            at++;
        }
        piece.len = piece.letter ? 0 : (size_t)(text + used - piece.text);
        if (is_number(&piece) && format->count > 0)
            format->pieces[format->count - 1].adjacent = is_number(&format->pieces[format->count - 1]);
        format->most += piece.letter ? LETTER_TEXT_MAX : piece.len;
        format->pieces[format->count++] = piece;
    }
    bool era = false;
    for (size_t i = 0; i < format->count; i++)
        era = era || format->pieces[i].letter == 'G';
    for (size_t i = 0; i < format->count; i++)
        format->pieces[i].of_era = era;
    if (!*wrong && open != 0)
        *wrong = "brackets that do not match";
    return *wrong ? NULL : format;
}

static void add_padded(struct buffer *into, int64_t number, int width)
{
    buffer_add_format(into, "%0*lld", width, (long long)number);
}

static void add_offset(struct buffer *into, int offset, bool colon, bool minutes_always)
{
    int size = offset < 0 ? -offset : offset;
    buffer_add_format(into, "%c%02d", offset < 0 ? '-' : '+', size / 3600);
    if (minutes_always || size / 60 % 60 != 0)
        buffer_add_format(into, colon ? ":%02d" : "%02d", size / 60 % 60);
}

static void add_zone(struct buffer *into, const struct piece *piece, const struct civil *civil)
{
    const char *name = getenv("TZ");
    bool named = name && *name && strcmp(name, "UTC") != 0;
    int offset = civil->offset, size = offset < 0 ? -offset : offset;
    switch (piece->letter) {
    case 'X':
        if (offset == 0) {
            buffer_add_char(into, 'Z');
            return;
        }
        /* fall through */
    case 'x':
        add_offset(into, offset, piece->count == 3 || piece->count == 5, piece->count > 1);
        return;
    case 'Z':
        if (piece->count == 5 && offset == 0)
            buffer_add_char(into, 'Z');
        else if (piece->count < 4 || piece->count == 5)
            add_offset(into, offset, piece->count == 5, true);
        else
            buffer_add_text(into, "GMT"), offset ? add_offset(into, offset, true, true) : (void)0;
        return;
    case 'O':
        buffer_add_text(into, "GMT");
        if (offset != 0 && piece->count == 4)
            add_offset(into, offset, true, true);
        else if (offset != 0)
            buffer_add_format(into, size / 60 % 60 ? "%c%d:%02d" : "%c%d", offset < 0 ? '-' : '+', size / 3600,
                              size / 60 % 60);
        return;
    default: /* z, V: the zone's name as TZ has it, or UTC */
        if (named)
            buffer_add(into, name, strnlen(name, LETTER_TEXT_MAX));
        else
            buffer_add_text(into, piece->letter == 'z' && piece->count == 4 ? "Coordinated Universal Time" : "UTC");
    }
}

static void add_name(struct buffer *into, const char *name, int count)
{
    buffer_add(into, name, count == 4 ? strlen(name) : 3);
}

/* The year of the era where the pattern names it; else years before 1 are 0 and below. */
static void add_year(struct buffer *into, const struct piece *piece, const struct civil *civil)
{
    int64_t year = civil->year <= 0 && piece->of_era ? 1 - civil->year : civil->year;
    if (year < 0 && piece->count != 2)
        buffer_add_char(into, '-');
    year = year < 0 ? -year : year;
    bool plus = civil->year > 0 || piece->of_era;
    if (piece->count == 2)
        add_padded(into, year % 100, 2);
    else if (plus && piece->count >= 4 && year >= 10000 && piece->count < 5)
        buffer_add_format(into, "+%lld", (long long)year);
    else
        add_padded(into, year, piece->count);
}

static void add_quarter(struct buffer *into, const struct piece *piece, int quarter)
{
    static const char *const names[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
    if (piece->count < 3)
        add_padded(into, quarter, piece->count);
    else if (piece->count == 3)
        buffer_add_format(into, "Q%d", quarter);
    else
        buffer_add_text(into, names[quarter - 1]);
}

static void write_piece(const struct piece *piece, const struct civil *civil, int64_t days, struct buffer *into)
{
    switch (piece->letter) {
    case 0:
        buffer_add(into, piece->text, piece->len);
        break;
    case 'y':
        add_year(into, piece, civil);
        break;
    case 'M':
    case 'L':
        if (piece->count > 2)
            add_name(into, months[civil->month - 1], piece->count);
        else
            add_padded(into, civil->month, piece->count);
        break;
    case 'd':
        add_padded(into, civil->day, piece->count);
        break;
    case 'D':
        add_padded(into, datetime_day_of_year(days), piece->count);
        break;
    case 'E':
        add_name(into, weekdays[datetime_weekday(days) - 1], piece->count);
        break;
    case 'a':
        buffer_add_text(into, civil->hour < 12 ? "AM" : "PM");
        break;
    case 'H':
        add_padded(into, civil->hour, piece->count);
        break;
    case 'k':
        add_padded(into, civil->hour ? civil->hour : 24, piece->count);
        break;
    case 'K':
        add_padded(into, civil->hour % 12, piece->count);
        break;
    case 'h':
        add_padded(into, civil->hour % 12 ? civil->hour % 12 : 12, piece->count);
        break;
    case 'm':
        add_padded(into, civil->minute, piece->count);
        break;
    case 's':
        add_padded(into, civil->second, piece->count);
        break;
    case 'S': {
        size_t start = into->len;
        add_padded(into, (int64_t)civil->microsecond * 1000, 9);
        into->len = start + (size_t)piece->count;
        break;
    }
    case 'Q':
    case 'q':
        add_quarter(into, piece, (civil->month + 2) / 3);
        break;
    case 'G':
        buffer_add_text(into, piece->count == 4 ? (civil->year > 0 ? "Anno Domini" : "Before Christ")
                              : civil->year > 0 ? "AD"
                                                : "BC");
        break;
    case '[':
    case ']':
        break;
    default:
        add_zone(into, piece, civil);
    }
}

void datetime_format_write(const struct datetime_format *format, int64_t microseconds, struct buffer *into)
{
    struct civil civil;
    datetime_local(microseconds, &civil);
    int64_t days = datetime_days(civil.year, civil.month, civil.day);
    for (size_t i = 0; i < format->count; i++)
        write_piece(&format->pieces[i], &civil, days, into);
}

struct value datetime_format_text(const struct datetime_format *format, int64_t microseconds, struct arena *arena)
{
    struct buffer text = {.data = arena_alloc(arena, format->most), .cap = format->most};
    datetime_format_write(format, microseconds, &text);
    return value_string(text.data, text.len);
}

/* What reading has found so far; -1 where nothing. */
struct found {
    int64_t year;
    int month, day, day_of_year, hour, half_hour, afternoon, minute, second, weekday, quarter;
    int64_t nano;
    bool has_year, before_christ, has_zone;
    const struct zone *zone;
};

static bool read_number(const char **at, const char *end, int least, int most, int64_t *number)
{
    const char *start = *at;
    *number = 0;
    while (*at < end && *at - start < most && **at >= '0' && **at <= '9')
        *number = *number * 10 + (*(*at)++ - '0');
    return *at - start >= least;
}

/* d, H, …: one letter takes as many digits as there are, two letters exactly two. */
static bool read_small(const struct piece *piece, const char **at, const char *end, int *into)
{
    int64_t number;
    int most = piece->count > 1 || piece->adjacent ? piece->count : 9;
    if (!read_number(at, end, piece->count, most, &number))
        return false;
    *into = (int)number;
    return true;
}

static bool read_year(const struct piece *piece, const char **at, const char *end, struct found *found)
{
    bool sign = *at < end && (**at == '-' || **at == '+');
    bool negative = sign && **at == '-';
    *at += sign;
    const char *start = *at;
    int most = piece->count == 2 ? 2 : piece->adjacent ? piece->count : 7;
    if (!read_number(at, end, piece->count, most, &found->year) || (piece->count == 2 && sign))
        return false;
    /* more digits than the pattern has come with a plus sign */
    if (piece->count >= 3 && *at - start > piece->count && !sign)
        return false;
    if (sign && !negative && (piece->count < 3 || *at - start <= piece->count))
        return false;
    if (piece->count == 2)
        found->year += 2000;
    if (negative)
        found->year = -found->year;
    found->has_year = true;
    return true;
}

/* A name in any case. */
static bool read_name(const char *const *names, int count, int letters, const char **at, const char *end, int *into)
{
    for (int i = 0; i < count; i++) {
        size_t len = letters == 4 ? strlen(names[i]) : 3;
        if ((size_t)(end - *at) >= len && strncasecmp(*at, names[i], len) == 0) {
            *at += len;
            *into = i + 1;
            return true;
        }
    }
    return false;
}

static bool read_fraction(const struct piece *piece, const char **at, const char *end, struct found *found)
{
    const char *start = *at;
    int64_t number;
    if (!read_number(at, end, 1, piece->count, &number))
        return false;
    for (long digits = *at - start; digits < 9; digits++)
        number *= 10;
    found->nano = number;
    return true;
}

/* Z, +hh, +hhmm, +hh:mm, or a name, as the letter allows. */
static bool read_zone(const struct piece *piece, const char **at, const char *end, struct found *found)
{
    const char *start = *at;
    bool name = piece->letter == 'V' || piece->letter == 'z';
    if (*at < end && **at == 'Z' && (piece->letter == 'X' || name)) {
        ++*at;
    } else if (name) {
        while (*at < end && **at != ' ' && **at != ']')
            ++*at;
    } else {
        if (piece->letter == 'O' || (piece->letter == 'Z' && piece->count == 4)) {
            if (end - *at < 3 || strncmp(*at, "GMT", 3) != 0)
                return false;
            *at += 3;
        }
        if (*at < end && (**at == '+' || **at == '-')) {
            ++*at;
            while (*at < end && ((**at >= '0' && **at <= '9') || **at == ':'))
                ++*at;
        }
        bool colon = memchr(start, ':', (size_t)(*at - start));
        bool wanted = piece->count == 3 || piece->count == 5 || piece->letter == 'O' || piece->count == 4;
        if (*at - start > 3 && colon != (piece->letter == 'Z' && piece->count < 4 ? false : wanted) &&
            piece->count != 1)
            return false;
    }
    found->has_zone = true;
    return *at > start && datetime_zone(start, (size_t)(*at - start), &found->zone);
}

static bool read_piece(const struct piece *piece, const char **at, const char *end, struct found *found)
{
    static const char *const halves[] = {"AM", "PM"}, *const eras[] = {"BC", "AD"};
    switch (piece->letter) {
    case 0:
        if ((size_t)(end - *at) < piece->len || memcmp(*at, piece->text, piece->len) != 0)
            return false;
        *at += piece->len;
        return true;
    case 'y':
        return read_year(piece, at, end, found);
    case 'M':
    case 'L':
        return piece->count > 2 ? read_name(months, 12, piece->count, at, end, &found->month)
                                : read_small(piece, at, end, &found->month);
    case 'd':
        return read_small(piece, at, end, &found->day);
    case 'D':
        return read_small(piece, at, end, &found->day_of_year);
    case 'E':
        return read_name(weekdays, 7, piece->count, at, end, &found->weekday);
    case 'H':
        return read_small(piece, at, end, &found->hour) && found->hour < 24;
    case 'k':
        return read_small(piece, at, end, &found->hour) && found->hour >= 1 && found->hour <= 24 &&
               (found->hour %= 24, true);
    case 'K':
        return read_small(piece, at, end, &found->half_hour) && found->half_hour < 12;
    case 'h':
        return read_small(piece, at, end, &found->half_hour) && found->half_hour >= 1 && found->half_hour <= 12 &&
               (found->half_hour %= 12, true);
    case 'm':
        return read_small(piece, at, end, &found->minute) && found->minute < 60;
    case 's':
        return read_small(piece, at, end, &found->second) && found->second < 60;
    case 'S':
        return read_fraction(piece, at, end, found);
    case 'Q':
    case 'q':
        return piece->count < 3 && read_small(piece, at, end, &found->quarter) && found->quarter >= 1 &&
               found->quarter <= 4;
    case 'a':
    case 'G': {
        const char *const *names = piece->letter == 'a' ? halves : eras;
        for (int i = 0; i < 2; i++)
            if (end - *at >= 2 && strncasecmp(*at, names[i], 2) == 0) {
                *at += 2;
                found->afternoon = piece->letter == 'a' ? i : found->afternoon;
                found->before_christ = piece->letter == 'G' ? i == 0 : found->before_christ;
                return true;
            }
        return false;
    }
    case '[':
    case ']':
        return true;
    default:
        return read_zone(piece, at, end, found);
    }
}

static bool resolve_day(const struct found *found, int64_t *days)
{
    int64_t year = found->has_year ? found->year : 1970;
    if (found->before_christ)
        year = 1 - year;
    if (year > YEAR_LIMIT || year < -YEAR_LIMIT)
        return false;
    if (found->day_of_year >= 0) {
        if (found->day_of_year < 1 || found->day_of_year > 365 + datetime_leap(year))
            return false;
        *days = datetime_days(year, 1, 1) + found->day_of_year - 1;
        struct civil civil; /* what else is said of the day must agree */
        datetime_date(*days, &civil);
        if ((found->month >= 0 && found->month != civil.month) || (found->day >= 0 && found->day != civil.day))
            return false;
    } else {
        int month = found->month >= 0 ? found->month : 1, day = found->day >= 0 ? found->day : 1;
        if (month < 1 || month > 12 || day < 1 || day > datetime_month_days(year, month))
            return false;
        *days = datetime_days(year, month, day);
    }
    return found->weekday < 0 || found->weekday == datetime_weekday(*days);
}

/* Skips an optional part that did not fit: to behind its closing bracket. */
static size_t skip_optional(const struct datetime_format *format, size_t i)
{
    int open = 1;
    while (open > 0 && ++i < format->count)
        open += (format->pieces[i].letter == '[') - (format->pieces[i].letter == ']');
    return i;
}

bool datetime_format_read(const struct datetime_format *format, const char *text, size_t len, int64_t *microseconds)
{
    enum { OPTIONAL_MAX = 8 };
    struct {
        struct found found;
        const char *at;
        size_t piece;
    } saved[OPTIONAL_MAX];
    int open = 0;
    struct found found = {
        .month = -1, .day = -1, .day_of_year = -1, .hour = -1, .half_hour = -1, .afternoon = -1, .minute = -1,
        .second = -1, .weekday = -1, .quarter = -1,
    };
    const char *at = text, *end = text + len;
    for (size_t i = 0; i < format->count; i++) {
        const struct piece *piece = &format->pieces[i];
        if (piece->letter == '[' && open < OPTIONAL_MAX) {
            saved[open].found = found;
            saved[open].at = at;
            saved[open++].piece = i;
        } else if (piece->letter == ']') {
            open--;
        } else if (!read_piece(piece, &at, end, &found)) {
            if (open == 0)
                return false;
            open--;
            found = saved[open].found;
            at = saved[open].at;
            i = skip_optional(format, saved[open].piece);
        }
    }
    int64_t days;
    if (at != end || !resolve_day(&found, &days))
        return false;
    if (found.hour >= 0 && ((found.half_hour >= 0 && found.hour % 12 != found.half_hour) ||
                            (found.afternoon >= 0 && found.hour / 12 != found.afternoon)))
        return false;
    int hour = found.hour >= 0 ? found.hour : found.half_hour >= 0 ? found.half_hour + 12 * (found.afternoon == 1) : 0;
    int64_t local = days * SECONDS_PER_DAY + hour * 3600 + (found.minute > 0 ? found.minute : 0) * 60 +
                    (found.second > 0 ? found.second : 0);
    *microseconds =
        datetime_zone_local_to_utc(found.has_zone ? found.zone : NULL, local) * MICROS_PER_SECOND + found.nano / 1000;
    return true;
}
