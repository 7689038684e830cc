/* Functions of strings that format, hide or take apart: format_string, mask, soundex, elt, URLs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/unicode.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "expr/parse_inner.h"

/* One % of a format: %[number$][flags][width][.precision]conversion, as java.util.Formatter has them. */
struct directive {
    size_t argument; /* from 1; 0: the next one */
    bool left, plus, blank, zero, grouped, parentheses, alternate;
    size_t width;
    int precision; /* -1: none */
    char conversion;
};

enum { WIDTH_MAX = 100000, PRECISION_MAX = 340 };

static size_t read_count(const char **at, const char *end, size_t most)
{
    size_t number = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        number = number > most ? number : number * 10 + (size_t)(**at - '0');
    return number;
}

static bool read_flag(struct directive *directive, char c)
{
    bool *const flags[] = {&directive->left, &directive->plus, &directive->blank, &directive->zero,
                           &directive->grouped, &directive->parentheses, &directive->alternate};
    static const char letters[] = "-+ 0,(#";
    const char *found = c ? strchr(letters, c) : NULL;
    if (found)
        *flags[found - letters] = true;
    return found != NULL;
}

/* Behind the %; false if it is none. */
static bool read_directive(const char **at, const char *end, struct directive *directive)
{
    *directive = (struct directive){.precision = -1};
    const char *start = *at;
    size_t number = read_count(at, end, WIDTH_MAX);
    if (*at < end && **at == '$' && number > 0)
        ++*at, directive->argument = number;
    else
        *at = start;
    while (*at < end && read_flag(directive, **at))
        ++*at;
    directive->width = read_count(at, end, WIDTH_MAX);
    if (*at < end && **at == '.') {
        ++*at;
        if (*at == end || **at < '0' || **at > '9')
            return false;
        directive->precision = (int)read_count(at, end, PRECISION_MAX);
    }
    if (*at == end || directive->width > WIDTH_MAX || directive->precision > PRECISION_MAX)
        return false;
    directive->conversion = *(*at)++;
    return true;
}

static void add_padded(struct buffer *into, const struct directive *directive, const char *text, size_t len)
{
    size_t shown = unicode_count(text, len), fill = directive->width > shown ? directive->width - shown : 0;
    for (size_t i = 0; i < fill && !directive->left; i++)
        buffer_add_char(into, ' ');
    buffer_add(into, text, len);
    for (size_t i = 0; i < fill && directive->left; i++)
        buffer_add_char(into, ' ');
}

/* A number's digits with its sign, grouping and zeros in front. */
static void add_number(struct buffer *into, const struct directive *directive, bool negative, const char *digits,
                       size_t len)
{
    struct buffer text = {0};
    size_t whole = 0, used = 0, signs = negative ? 1 + directive->parentheses : directive->plus || directive->blank;
    while (whole < len && digits[whole] >= '0' && digits[whole] <= '9')
        whole++;
    size_t commas = directive->grouped && whole > 0 ? (whole - 1) / 3 : 0;
    if (negative)
        buffer_add_char(&text, directive->parentheses ? '(' : '-');
    else if (directive->plus || directive->blank)
        buffer_add_char(&text, directive->plus ? '+' : ' ');
    for (used = signs + commas + len; directive->zero && used < directive->width; used++)
        buffer_add_char(&text, '0');
    for (size_t i = 0; i < len; i++) {
        if (directive->grouped && i > 0 && i < whole && (whole - i) % 3 == 0)
            buffer_add_char(&text, ',');
        buffer_add_char(&text, digits[i]);
    }
    if (negative && directive->parentheses)
        buffer_add_char(&text, ')');
    add_padded(into, directive, text.data, text.len);
    buffer_free(&text);
}

/* A number as it shows itself: 0.digits * 10^point. */
struct shown {
    char digits[64];
    size_t count;
    int point;
    bool negative;
};

static struct shown shown_of(const struct value *number, struct arena *arena)
{
    struct shown shown = {0};
    struct value text = cast_string(number, arena);
    bool behind_point = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.text[i];
        if (c == 'E' || c == 'e') {
            int exponent = 0;
            bool negative = i + 1 < text.len && text.text[i + 1] == '-';
            for (i += 1; i < text.len; i++)
                if (text.text[i] >= '0' && text.text[i] <= '9')
                    exponent = exponent * 10 + (text.text[i] - '0'); /* a double's or decimal's: three digits at most */
            shown.point += negative ? -exponent : exponent;
            break;
        }
        if (c == '-')
            shown.negative = true;
        else if (c == '.')
            behind_point = true;
        else if (c != '0' || shown.count > 0) {
            if (shown.count < sizeof shown.digits)
                shown.digits[shown.count++] = c;
            shown.point += !behind_point;
        } else {
            shown.point -= behind_point; /* a zero behind the point and before all digits */
        }
    }
    return shown;
}

/* Rounds half up to `keep` digits, as Java does (C rounds the binary value); keep may be below 0. */
static void round_shown(struct shown *shown, int keep)
{
    if (keep >= (int)shown->count)
        return;
    bool up = keep >= 0 && shown->digits[keep] >= '5';
    shown->count = keep > 0 ? (size_t)keep : 0;
    for (size_t i = shown->count; up && i-- > 0;) {
        up = shown->digits[i] == '9';
        shown->digits[i] = up ? '0' : (char)(shown->digits[i] + 1);
    }
    if (up) { /* 9.99 became 10 */
        memmove(shown->digits + 1, shown->digits,
                shown->count < sizeof shown->digits ? shown->count : sizeof shown->digits - 1);
        shown->digits[0] = '1';
        shown->count += shown->count < sizeof shown->digits;
        shown->point++;
    }
}

static char digit_at(const struct shown *shown, int place)
{
    return place >= 0 && place < (int)shown->count ? shown->digits[place] : '0';
}

static void fixed_digits(struct shown *shown, int places, struct buffer *into)
{
    round_shown(shown, shown->point + places);
    if (shown->count == 0)
        shown->point = 0;
    if (shown->point <= 0)
        buffer_add_char(into, '0');
    for (int i = 0; i < shown->point; i++)
        buffer_add_char(into, digit_at(shown, i));
    if (places > 0)
        buffer_add_char(into, '.');
    for (int i = 0; i < places; i++)
        buffer_add_char(into, digit_at(shown, shown->point + i));
}

static void scientific_digits(struct shown *shown, int places, struct buffer *into)
{
    round_shown(shown, places + 1);
    int exponent = shown->count > 0 ? shown->point - 1 : 0;
    buffer_add_char(into, digit_at(shown, 0));
    if (places > 0)
        buffer_add_char(into, '.');
    for (int i = 1; i <= places; i++)
        buffer_add_char(into, digit_at(shown, i));
    buffer_add_format(into, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

/* %f, %e, %g */
static void add_real(struct buffer *into, const struct directive *directive, const struct value *number,
                     struct arena *arena)
{
    char small = (char)(directive->conversion | 0x20);
    int precision = directive->precision < 0 ? 6 : directive->precision;
    struct shown shown = shown_of(number, arena);
    bool negative = shown.negative, fixed = small == 'f';
    if (small == 'g') { /* so many digits in all; powers below 10^-4 and from 10^precision on */
        precision = precision == 0 ? 1 : precision;
        round_shown(&shown, precision);
        fixed = shown.count == 0 || (shown.point > -4 && shown.point <= precision);
        precision -= fixed && shown.count > 0 ? shown.point : 1;
    }
    struct buffer digits = {0};
    if (fixed)
        fixed_digits(&shown, precision, &digits);
    else
        scientific_digits(&shown, precision, &digits);
    for (size_t i = 0; i < digits.len && directive->conversion != small; i++)
        digits.data[i] = digits.data[i] == 'e' ? 'E' : digits.data[i];
    add_number(into, directive, negative, digits.data, digits.len);
    buffer_free(&digits);
}

static void add_whole(struct buffer *into, const struct directive *directive, const struct value *number)
{
    char digits[32];
    int64_t integer = number->integer;
    uint64_t bits = number->width == 4 ? (uint64_t)integer & UINT32_MAX : (uint64_t)integer;
    if (directive->conversion == 'd') {
        uint64_t magnitude = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)magnitude);
        add_number(into, directive, integer < 0, digits, strlen(digits));
        return;
    }
    bool octal = directive->conversion == 'o', upper = directive->conversion == 'X';
    const char *prefix = !directive->alternate ? "" : octal ? "0" : upper ? "0X" : "0x";
    snprintf(digits, sizeof digits, octal ? "%s%llo" : upper ? "%s%llX" : "%s%llx", prefix, (unsigned long long)bits);
    add_number(into, directive, false, digits, strlen(digits));
}

/* True if the value can be formatted so; it is then. */
static bool add_value(struct buffer *into, const struct directive *directive, const struct value *value,
                      struct arena *arena)
{
    char conversion = directive->conversion, small = (char)(conversion | 0x20);
    struct value text = value_string("null", 4);
    bool number = value->type == VALUE_LONG || value->type == VALUE_DOUBLE || value->type == VALUE_DECIMAL;
    if (small == 'b')
        text = value->type == VALUE_NULL || (value->type == VALUE_BOOLEAN && !value->boolean) ? value_string("false", 5)
                                                                                              : value_string("true", 4);
    else if (value->type != VALUE_NULL && small == 's')
        text = cast_string(value, arena);
    if (value->type == VALUE_NULL || small == 's' || small == 'b') {
        if (!strchr("sbdxofegcXEGSB", conversion))
            return false;
        size_t len =
            directive->precision >= 0 ? unicode_offset(text.text, text.len, (size_t)directive->precision) : text.len;
        char *capitals = arena_alloc(arena, 3 * len + 1);
        bool upper = conversion != small;
        if (upper)
            len = unicode_text_upper(text.text, len, capitals);
        add_padded(into, directive, upper ? capitals : text.text, len);
        return true;
    }
    if (conversion == 'c' && value->type == VALUE_LONG && value->integer >= 0 && value->integer <= 0x10FFFF) {
        char character[4];
        add_padded(into, directive, character, unicode_put((uint32_t)value->integer, character));
        return true;
    }
    if ((conversion == 'd' || small == 'x' || conversion == 'o') && value->type == VALUE_LONG) {
        add_whole(into, directive, value);
        return true;
    }
    if (!number || value->type == VALUE_LONG || (conversion != 'f' && small != 'e' && small != 'g'))
        return false;
    double real = value_to_double(value);
    if (real != real || real - real != 0) /* NaN, Infinity */
        add_padded(into, directive,
                   real != real ? "NaN"
                   : real > 0   ? "Infinity"
                                : "-Infinity",
                   real != real ? 3
                   : real > 0   ? 8
                                : 9);
    else
        add_real(into, directive, value, arena);
    return true;
}

/* Everything a format gives; a message if it or an argument is wrong. */
static const char *format_all(struct buffer *into, const struct value *args, size_t count, struct arena *arena)
{
    struct value format = cast_string(&args[0], arena);
    const char *at = format.text, *end = format.text + format.len;
    size_t next = 1;
    while (at < end) {
        struct directive directive;
        if (*at != '%') {
            buffer_add_char(into, *at++);
            continue;
        }
        at++;
        if (!read_directive(&at, end, &directive))
            return "a % that is no directive";
        if (directive.conversion == '%' || directive.conversion == 'n') {
            add_padded(into, &directive, directive.conversion == '%' ? "%" : "\n", 1);
            continue;
        }
        size_t number = directive.argument > 0 ? directive.argument : next++;
        if (number >= count)
            return "more directives than arguments";
        if (!add_value(into, &directive, &args[number], arena))
            return "an argument of another type than its directive's";
        if (into->len > VALUE_SIZE_MAX)
            return NULL; /* too long, which who asked sees */
    }
    return NULL;
}

static struct value format_string(struct call *call, const struct value *args, size_t count)
{
    if (args[0].type == VALUE_NULL)
        return value_null();
    struct buffer text = {0};
    const char *wrong = format_all(&text, args, count, call->arena);
    if (!wrong && text.len <= VALUE_SIZE_MAX)
        return expr_take_text(call->arena, &text);
    buffer_free(&text);
    return wrong ? row_fail(call->row, "%s: %s", call->name, wrong) : expr_too_long(call->row, call->name);
}

/* The n-th of the texts behind it. */
static struct value elt(struct call *call, const struct value *args, size_t count)
{
    struct value number = cast_long(&args[0]);
    if (number.type == VALUE_NULL || number.integer < 1 || (uint64_t)number.integer >= count)
        return value_null();
    const struct value *chosen = &args[number.integer];
    return chosen->type == VALUE_NULL ? *chosen : cast_string(chosen, call->arena);
}

/* Capitals become X, small letters x, digits n, the rest stays; other replacements may be given, null for none. */
static struct value mask(struct call *call, const struct value *args, size_t count)
{
    const char *with[4] = {NULL};
    size_t with_len[4] = {0};
    if (args[0].type == VALUE_NULL)
        return args[0];
    for (size_t i = 1; i < count; i++) {
        struct value one = args[i].type == VALUE_NULL ? value_null() : cast_string(&args[i], call->arena);
        with[i - 1] = one.type == VALUE_NULL ? NULL : one.text;
        with_len[i - 1] = one.type == VALUE_NULL ? 0 : one.len;
        if (with[i - 1] && unicode_count(one.text, one.len) != 1)
            return row_fail(call->row, "mask: a replacement is one character, not %s", row_show(call->row, &one));
    }
    struct value text = cast_string(&args[0], call->arena);
    char *masked = arena_alloc(call->arena, 4 * text.len + 1);
    size_t used = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t code;
        size_t len = unicode_next(text.text + at, text.len - at, &code);
        char capitals[16];
        bool small =
            unicode_text_upper(text.text + at, len, capitals) != len || memcmp(capitals, text.text + at, len) != 0;
        unsigned kind = code >= '0' && code <= '9' ? 2 : unicode_lower(code) != code ? 0 : small ? 1 : 3;
        const char *from = with[kind] ? with[kind] : text.text + at;
        size_t from_len = with[kind] ? with_len[kind] : len;
        memcpy(masked + used, from, from_len);
        used += from_len;
        at += len;
    }
    return value_string(masked, used);
}

/* Its arguments may stand behind their names. */
static struct expr *parse_mask(struct parser *parser, const struct function *function, size_t offset,
                               struct expr_list *first)
{
    static const char *const names[] = {"str", "upperChar", "lowerChar", "digitChar", "otherChar"};
    struct expr *const defaults[] = {NULL, expr_literal(parser->arena, value_string("X", 1)),
                                     expr_literal(parser->arena, value_string("x", 1)),
                                     expr_literal(parser->arena, value_string("n", 1)),
                                     expr_literal(parser->arena, value_null())};
    (void)first;
    struct expr **args = expr_parse_named_arguments(parser, "mask", offset, names, defaults, 5);
    return expr_build_call(parser, function, "mask", offset, args, 5);
}

/* A letter and three digits for how an English word sounds; a text that does not begin with a letter stays. */
static struct value soundex(struct call *call, const struct value *args, size_t count)
{
    static const char codes[] = "01230127022455012623017202"; /* of A to Z; 7 is passed over */
    (void)count;
    char *result = arena_copy(call->arena, "0000", 4);
    size_t used = 0;
    char last = '0';
    for (size_t i = 0; i < args->len && used < 4; i++) {
        char c = args->text[i];
        c = c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c;
        if (c < 'A' || c > 'Z') {
            if (i == 0)
                return *args;
            last = '0';
            continue;
        }
        char code = codes[c - 'A'];
        if (i == 0)
            result[used++] = c;
        else if (code != '7' && code != '0' && code != last)
            result[used++] = code;
        if (code != '7' || i == 0)
            last = code;
    }
    return value_string(result, args->len > 0 ? 4 : 0);
}

/* As application/x-www-form-urlencoded: a blank is +. */
static struct value url_encode(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *text = arena_alloc(call->arena, 3 * args->len + 1);
    size_t used = 0;
    for (size_t i = 0; i < args->len; i++) {
        unsigned char c = (unsigned char)args->text[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr(".-*_", c));
        if (plain || c == ' ')
            text[used++] = c == ' ' ? '+' : (char)c;
        else
            used += (size_t)snprintf(text + used, 4, "%%%02X", c);
    }
    return value_string(text, used);
}

static struct value decode_url(struct call *call, const struct value *url, bool *wrong)
{
    char *text = arena_alloc(call->arena, url->len + 1);
    size_t used = 0;
    for (size_t i = 0; i < url->len; i++) {
        char c = url->text[i];
        if (c == '%') {
            if (url->len - i < 3 || !text_is_hex(url->text[i + 1]) || !text_is_hex(url->text[i + 2])) {
                *wrong = true;
                return value_null();
            }
            c = (char)(text_digit(url->text[i + 1]) << 4 | text_digit(url->text[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        text[used++] = c;
    }
    return value_string(text, used);
}

static struct value url_decode(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    bool wrong = false;
    struct value text = decode_url(call, args, &wrong);
    return wrong ? row_fail(call->row, "url_decode: %s has a %% without two hexadecimal digits",
                            row_show(call->row, args))
                 : text;
}

static struct value try_url_decode(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    bool wrong = false;
    return decode_url(call, args, &wrong);
}

/* A piece of a URL; NULL if it is not there. */
struct piece {
    const char *text;
    size_t len;
};

struct url {
    struct piece protocol, authority, user, host, path, query, reference, file;
};

static struct piece piece_to(const char **at, const char *end, const char *stops)
{
    struct piece piece = {.text = *at};
    while (*at < end && !strchr(stops, **at))
        ++*at;
    piece.len = (size_t)(*at - piece.text);
    return piece;
}

/* scheme://user@host:port/path?query#reference (RFC 3986, appendix B); false if it holds what no URL may. */
static bool take_url_apart(const struct value *text, struct url *url)
{
    const char *at = text->text, *end = at + text->len;
    *url = (struct url){0};
    for (const char *c = at; c < end; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F || strchr("\"<>\\^`{|}", *c))
            return false;
    struct piece first = piece_to(&at, end, ":/?#");
    if (at < end && *at == ':' && first.len > 0)
        url->protocol = first, at++;
    else
        at = text->text;
    if (url->protocol.text && (at == end || *at != '/')) { /* mailto:name: there is nothing to take apart */
        piece_to(&at, end, "#");
        if (at < end)
            url->reference = (struct piece){at + 1, (size_t)(end - at - 1)};
        return true;
    }
    if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
        at += 2;
        url->authority = piece_to(&at, end, "/?#");
        const char *host = url->authority.text, *host_end = host + url->authority.len;
        const char *user_end = url->authority.len > 0 ? memchr(host, '@', url->authority.len) : NULL;
        if (user_end) {
            url->user = (struct piece){host, (size_t)(user_end - host)};
            host = user_end + 1;
        }
        url->host = host < host_end && *host == '[' ? piece_to(&host, host_end, "]") : piece_to(&host, host_end, ":");
        if (host < host_end && *host == ']')
            url->host.len++;
    }
    const char *file = at;
    url->path = piece_to(&at, end, "?#");
    if (at < end && *at == '?') {
        at++;
        url->query = piece_to(&at, end, "#");
    }
    url->file = (struct piece){file, (size_t)(at - file)};
    if (at < end)
        url->reference = (struct piece){at + 1, (size_t)(end - at - 1)};
    return true;
}

static struct value query_value(struct piece query, const struct value *key)
{
    for (const char *at = query.text, *end = query.text ? query.text + query.len : NULL; at < end; at++) {
        struct piece pair = piece_to(&at, end, "&");
        if (pair.len > key->len && memcmp(pair.text, key->text, key->len) == 0 && pair.text[key->len] == '=')
            return value_string(pair.text + key->len + 1, pair.len - key->len - 1);
    }
    return value_null();
}

/* A part by name; of QUERY also one key's value. */
static struct value parse_url(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    struct url url;
    if (!take_url_apart(&args[0], &url))
        return value_null();
    const struct {
        const char *name;
        struct piece piece;
    } parts[] = {{"HOST", url.host},         {"PATH", url.path}, {"QUERY", url.query},         {"REF", url.reference},
                 {"PROTOCOL", url.protocol}, {"FILE", url.file}, {"AUTHORITY", url.authority}, {"USERINFO", url.user}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strlen(parts[i].name) != args[1].len || memcmp(parts[i].name, args[1].text, args[1].len) != 0)
            continue;
        if (count > 2)
            return strcmp(parts[i].name, "QUERY") == 0 ? query_value(url.query, &args[2]) : value_null();
        return parts[i].piece.text ? value_string(parts[i].piece.text, parts[i].piece.len) : value_null();
    }
    return value_null();
}

const struct function functions_string[] = {
    {{"elt", NULL, "n, x, ...", "String; also null if there is no n-th", "The n-th of the arguments behind it",
      "elt(2, 'a', 'b') => b"},
     "xxx*", .run = elt, .sees_null = true},
    {{"format_string", "printf", "s, x, ...", "String; null only if s is",
      "As java.util.Formatter: %s %d %x %o %c %b %f %e %g with flags, width and precision. An argument of the wrong "
      "type is an error",
      "format_string('%s: %05.1f', 'x', 2.25D) => x: 002.3\n"
      "printf('%,d', 1234567) => 1,234,567"},
     "s|x*", .run = format_string, .sees_null = true},
    {{"mask", NULL, "str[, upperChar[, lowerChar[, digitChar[, otherChar]]]]", "String",
      "Capitals become X, small letters x, digits n, or what is given, also by these names, as in mask(x, otherChar "
      "=> '#'); null leaves them", "mask('Ab-12') => Xx-nn"},
     "x|xxxx", .run = mask, .sees_null = true, .parse = parse_mask},
    {{"soundex", NULL, "s", "String", "A letter and three digits for how an English word sounds",
      "soundex('Miller') => M460"},
     "s", .run = soundex},
    {{"url_encode", NULL, "s", "String", "As in a form that is sent: a blank is +", "url_encode('a b&c') => a+b%26c"},
     "s", .run = url_encode},
    {{"url_decode", NULL, "s", "String", "Back from that; a wrong % is an error", "url_decode('a+b%26c') => a b&c"},
     "s", .run = url_decode},
    {{"try_url_decode", NULL, "s", "String; also null for a wrong %", "The same", "try_url_decode('%zz') => null"},
     "s", .run = try_url_decode},
    {{"parse_url", "try_parse_url", "s, part[, key]", "String; also null if the part is not there",
      "HOST, PATH, QUERY (or the value of a key of it), REF, PROTOCOL, FILE, AUTHORITY or USERINFO",
      "parse_url('http://a.org/b?c=1&d=2', 'QUERY', 'd') => 2\n"
      "try_parse_url('http://a.org/b', 'HOST') => a.org"},
     "ss|s", .run = parse_url},
    {.takes = NULL},
};
