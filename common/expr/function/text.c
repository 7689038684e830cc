/* Functions of strings. */
#include <stdint.h>

#include "base/unicode.h"
#include "expr/function/function.h"
#include "expr/function/like.h"
#include "expr/node.h"
#include "expr/parse_inner.h"

static struct value lower(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *text = arena_alloc(call->arena, 3 * args->len + 1);
    return value_string(text, unicode_text_lower(args->text, args->len, text));
}

static struct value upper(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *text = arena_alloc(call->arena, 3 * args->len + 1);
    return value_string(text, unicode_text_upper(args->text, args->len, text));
}

/* What a text is measured in: characters, or the bytes of a binary. */
static size_t units_of(const struct value *text)
{
    return value_is_binary(text) ? text->len : unicode_count(text->text, text->len);
}

/* Where so many of them end. */
static size_t units_end(const struct value *text, size_t units)
{
    if (value_is_binary(text))
        return units < text->len ? units : text->len;
    return unicode_offset(text->text, text->len, units);
}

/* A part of a text, as binary where that is. */
static struct value part_of(const struct value *text, size_t from, size_t len)
{
    struct value part = *text;
    part.text += from;
    part.len = len;
    return part;
}

static struct value length(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((int64_t)units_of(args));
}

/* From position (1 is the first, 0 counts as 1, negative from the end), so many characters. */
static struct value substring(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    int64_t characters = (int64_t)units_of(args), position = args[1].integer;
    int64_t want = count > 2 ? args[2].integer : INT32_MAX;
    int64_t start = position > 0 ? position - 1 : position < 0 ? characters + position : 0;
    int64_t end = want > INT32_MAX || start >= characters ? INT64_MAX : want < 0 ? start : start + want;
    if (start >= characters)
        return part_of(args, 0, 0);
    if (start < 0)
        start = 0;
    if (end > characters)
        end = characters;
    if (end <= start)
        return part_of(args, 0, 0);
    size_t from = units_end(args, (size_t)start);
    struct value rest = part_of(args, from, args->len - from);
    return part_of(&rest, 0, units_end(&rest, (size_t)(end - start)));
}

static bool holds(const struct value *characters, const char *text, size_t len)
{
    uint32_t wanted, code;
    unicode_next(text, len, &wanted);
    for (size_t at = 0; at < characters->len;) {
        at += unicode_next(characters->text + at, characters->len - at, &code);
        if (code == wanted)
            return true;
    }
    return false;
}

/* Cuts characters of the set (a space unless given) off both ends, or one. */
static struct value trimmed(const struct value *value, const struct value *characters, bool left, bool right)
{
    static const struct value space = {.type = VALUE_STRING, .text = " ", .len = 1};
    const char *start = value->text, *end = start + value->len;
    if (!characters)
        characters = &space;
    while (left && start < end) {
        uint32_t code;
        size_t size = unicode_next(start, (size_t)(end - start), &code);
        if (!holds(characters, start, size))
            break;
        start += size;
    }
    while (right && start < end) {
        const char *last = end - 1;
        while (last > start && unicode_continues(*last))
            last--;
        if (!holds(characters, last, (size_t)(end - last)))
            break;
        end = last;
    }
    return value_string(start, (size_t)(end - start));
}

static struct value trim(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    return trimmed(&args[0], count > 1 ? &args[1] : NULL, true, true);
}

/* In Spark the two-argument calls name the characters first. */
static struct value ltrim(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    return count > 1 ? trimmed(&args[1], &args[0], true, false) : trimmed(&args[0], NULL, true, false);
}

static struct value rtrim(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    return count > 1 ? trimmed(&args[1], &args[0], false, true) : trimmed(&args[0], NULL, false, true);
}

static const void *prepare_like(struct arena *arena, const struct value *const *args, size_t count, const char **wrong)
{
    if (!args[1] || args[1]->type != VALUE_STRING || (count > 2 && !args[2]))
        return NULL;
    return like_compile(arena, args[1], count > 2 ? args[2] : NULL, wrong);
}

static struct value matches(struct call *call, const struct value *args, size_t count, bool any_case)
{
    const struct like *like = call->prepared;
    const char *wrong = NULL;
    if (!like)
        like = like_compile(call->arena, &args[1], count > 2 ? &args[2] : NULL, &wrong);
    if (!like)
        return row_fail(call->row, "like: %s", wrong);
    return value_boolean(like_match(like, args[0].text, args[0].len, any_case));
}

static struct value fn_like(struct call *call, const struct value *args, size_t count)
{
    return matches(call, args, count, false);
}

static struct value ilike(struct call *call, const struct value *args, size_t count)
{
    return matches(call, args, count, true);
}

static struct value left(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t characters = args[1].integer;
    return part_of(args, 0, characters <= 0 ? 0 : units_end(args, (size_t)characters));
}

static struct value right(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    size_t all = units_of(args);
    int64_t characters = args[1].integer;
    size_t skip = characters <= 0 ? all : (uint64_t)characters >= all ? 0 : all - (size_t)characters;
    size_t at = units_end(args, skip);
    return part_of(args, at, args->len - at);
}

/* `times` copies, or null and a bad record when that is too long a value. */
static struct value copies(struct call *call, const struct value *text, int64_t times)
{
    if (times <= 0 || text->len == 0)
        return value_string("", 0);
    if ((uint64_t)times > VALUE_SIZE_MAX / text->len)
        return expr_too_long(call->row, call->name);
    char *all = arena_alloc(call->arena, text->len * (size_t)times);
    for (int64_t i = 0; i < times; i++)
        memcpy(all + (size_t)i * text->len, text->text, text->len);
    return value_string(all, text->len * (size_t)times);
}

static struct value repeat(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return copies(call, &args[0], args[1].integer);
}

static struct value space(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value one = value_string(" ", 1);
    return copies(call, &one, args[0].integer);
}

/* To so many characters: cut, or filled up with the padding (a space unless given) in front or behind. */
static struct value padded(struct call *call, const struct value *args, size_t count, bool in_front)
{
    const struct value *text = &args[0];
    struct value pad = count > 2 ? args[2] : value_is_binary(text) ? value_binary("", 1) : value_string(" ", 1);
    int64_t wanted = args[1].integer, have = (int64_t)units_of(text);
    if (wanted <= 0)
        return part_of(text, 0, 0);
    if (wanted <= have || pad.len == 0)
        return part_of(text, 0, units_end(text, (size_t)wanted));
    int64_t missing = wanted - have, pad_characters = (int64_t)units_of(&pad);
    size_t times = (size_t)(missing / pad_characters);
    size_t rest = units_end(&pad, (size_t)(missing % pad_characters));
    if (times > VALUE_SIZE_MAX / pad.len)
        return expr_too_long(call->row, call->name);
    size_t fill = times * pad.len + rest;
    char *all = arena_alloc(call->arena, fill + text->len), *filler = in_front ? all : all + text->len;
    for (size_t i = 0; i < times; i++)
        memcpy(filler + i * pad.len, pad.text, pad.len);
    memcpy(filler + times * pad.len, pad.text, rest);
    memcpy(in_front ? all + fill : all, text->text, text->len);
    return value_is_binary(text) && value_is_binary(&pad) ? value_binary(all, fill + text->len)
                                                          : value_string(all, fill + text->len);
}

static struct value lpad(struct call *call, const struct value *args, size_t count)
{
    return padded(call, args, count, true);
}

static struct value rpad(struct call *call, const struct value *args, size_t count)
{
    return padded(call, args, count, false);
}

static struct value replace(struct call *call, const struct value *args, size_t count)
{
    const struct value *text = &args[0], *from = &args[1];
    struct value to = count > 2 ? args[2] : value_string("", 0);
    if (from->len == 0)
        return *text;
    size_t found = 0, used = 0;
    const char *at = text->text, *end = at + text->len, *next;
    for (const char *look = at; (look = memmem(look, (size_t)(end - look), from->text, from->len)); look += from->len)
        found++;
    if (found == 0)
        return *text;
    if (to.len > 0 && found > VALUE_SIZE_MAX / to.len)
        return expr_too_long(call->row, call->name);
    char *all = arena_alloc(call->arena, text->len + found * to.len);
    for (; (next = memmem(at, (size_t)(end - at), from->text, from->len)); at = next + from->len) {
        memcpy(all + used, at, (size_t)(next - at));
        used += (size_t)(next - at);
        memcpy(all + used, to.text, to.len);
        used += to.len;
    }
    memcpy(all + used, at, (size_t)(end - at));
    return value_string(all, used + (size_t)(end - at));
}

/* Where `wanted` first stands from character `from` (1 is the first) on; 0 if nowhere. */
static int64_t place_of(const struct value *text, const struct value *wanted, int64_t from)
{
    if (from < 1)
        return 0;
    size_t at = unicode_offset(text->text, text->len, (size_t)from - 1);
    if (wanted->len == 0)
        return 1;
    const char *found = memmem(text->text + at, text->len - at, wanted->text, wanted->len);
    return found ? (int64_t)unicode_count(text->text, (size_t)(found - text->text)) + 1 : 0;
}

static struct value instr(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(place_of(&args[0], &args[1], 1));
}

static struct value locate(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    bool from_null = count > 2 && args[2].type == VALUE_NULL; /* Spark: nowhere, not null */
    if (args[0].type == VALUE_NULL || args[1].type == VALUE_NULL)
        return from_null ? value_int(0) : value_null();
    return value_int(from_null ? 0 : place_of(&args[1], &args[0], count > 2 ? args[2].integer : 1));
}

static struct value starts_with(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_boolean(args[0].len >= args[1].len && memcmp(args[0].text, args[1].text, args[1].len) == 0);
}

static struct value ends_with(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    size_t len = args[1].len;
    return value_boolean(args[0].len >= len && memcmp(args[0].text + args[0].len - len, args[1].text, len) == 0);
}

static struct value contains(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_boolean(args[1].len == 0 || memmem(args[0].text, args[0].len, args[1].text, args[1].len));
}

static struct value initcap(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *text = arena_alloc(call->arena, 3 * args->len + 1);
    return value_string(text, unicode_text_title(args->text, args->len, text));
}

static struct value reverse_text(struct call *call, const struct value *text)
{
    char *all = arena_alloc(call->arena, text->len + 1);
    for (size_t at = 0; at < text->len;) {
        uint32_t code;
        size_t size = unicode_next(text->text + at, text->len - at, &code);
        memcpy(all + text->len - at - size, text->text + at, size);
        at += size;
    }
    return value_string(all, text->len);
}

static struct value reverse(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type == VALUE_ARRAY)
        return function_array_reverse(call, &args[0]);
    struct value text = cast_string(&args[0], call->arena);
    return reverse_text(call, &text);
}

/* Up to the count-th delimiter from the left, or behind it from the right when count is negative. */
static struct value substring_index(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    const struct value *text = &args[0], *delimiter = &args[1];
    int64_t wanted = args[2].integer;
    if (wanted == 0 || delimiter->len == 0)
        return value_string("", 0);
    const char *start = text->text, *end = start + text->len;
    if (wanted > 0) {
        for (const char *at = start; (at = memmem(at, (size_t)(end - at), delimiter->text, delimiter->len)); at++)
            if (--wanted == 0)
                return value_string(start, (size_t)(at - start));
        return *text;
    }
    for (const char *at = end - delimiter->len; at >= start; at--)
        if (memcmp(at, delimiter->text, delimiter->len) == 0 && ++wanted == 0)
            return value_string(at + delimiter->len, (size_t)(end - at) - delimiter->len);
    return *text;
}

/* The n-th piece between delimiters, from the end if negative; empty when there is none. */
static struct value split_part(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct value *text = &args[0], *delimiter = &args[1];
    int64_t wanted = args[2].integer, pieces = 1;
    if (wanted == 0)
        return row_fail(call->row, "split_part: parts count from 1, not 0");
    const char *start = text->text, *end = start + text->len, *found;
    if (delimiter->len == 0)
        return wanted == 1 || wanted == -1 ? *text : value_string("", 0);
    for (const char *at = start; (found = memmem(at, (size_t)(end - at), delimiter->text, delimiter->len));
         at = found + delimiter->len)
        pieces++;
    if (wanted < 0)
        wanted += pieces + 1;
    if (wanted < 1 || wanted > pieces)
        return value_string("", 0);
    for (; wanted > 1; wanted--)
        start = (const char *)memmem(start, (size_t)(end - start), delimiter->text, delimiter->len) + delimiter->len;
    found = memmem(start, (size_t)(end - start), delimiter->text, delimiter->len);
    return value_string(start, (size_t)((found ? found : end) - start));
}

/* The characters of `from` become those of `to` at the same place; those beyond its end go. */
static struct value translate(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct value *text = &args[0], *from = &args[1], *to = &args[2];
    char *all = arena_alloc(call->arena, 4 * text->len + 1);
    size_t used = 0;
    for (size_t at = 0; at < text->len;) {
        uint32_t code, other;
        size_t size = unicode_next(text->text + at, text->len - at, &code), place = 0, in = 0;
        bool found = false;
        for (; in < from->len && !found; place++) {
            in += unicode_next(from->text + in, from->len - in, &other);
            found = other == code;
        }
        size_t target = found ? unicode_offset(to->text, to->len, place - 1) : 0;
        const char *bytes = found ? to->text + target : text->text + at;
        size_t len = !found ? size : target < to->len ? unicode_next(to->text + target, to->len - target, &other) : 0;
        memcpy(all + used, bytes, len);
        used += len;
        at += size;
    }
    return value_string(all, used);
}

/* Insertions, deletions and changes, by characters. */
static struct value levenshtein(struct call *call, const struct value *args, size_t count)
{
    enum { CHARACTERS_MAX = 10000 };
    size_t columns = unicode_count(args[1].text, args[1].len);
    if (columns > CHARACTERS_MAX || unicode_count(args[0].text, args[0].len) > CHARACTERS_MAX)
        return row_fail(call->row, "levenshtein: texts of more than %d characters", CHARACTERS_MAX);
    size_t *row = arena_alloc(call->arena, (columns + 1) * sizeof *row), lines = 0;
    for (size_t i = 0; i <= columns; i++)
        row[i] = i;
    for (size_t at = 0; at < args[0].len;) {
        uint32_t a, b;
        at += unicode_next(args[0].text + at, args[0].len - at, &a);
        size_t corner = lines++, column = 0;
        row[0] = lines;
        for (size_t in = 0; in < args[1].len;) {
            in += unicode_next(args[1].text + in, args[1].len - in, &b);
            size_t above = row[++column], best = corner + (a != b);
            best = above + 1 < best ? above + 1 : best;
            row[column] = row[column - 1] + 1 < best ? row[column - 1] + 1 : best;
            corner = above;
        }
    }
    bool beyond = count > 2 && (int64_t)row[columns] > args[2].integer;
    return value_int(beyond ? -1 : (int64_t)row[columns]);
}

/* A part of the text replaced: from position on, so many characters (as many as the new text has). */
static struct value overlay(struct call *call, const struct value *args, size_t count)
{
    const struct value *text = &args[0], *with = &args[1];
    int64_t position = args[2].integer,
            len = count > 3 ? args[3].integer : (int64_t)units_of(with);
    if (position > INT32_MAX || position < INT32_MIN || len > INT32_MAX)
        return value_null();
    /* Spark makes it of substrings, and so of what they do with 0 and negative places */
    len = len < 0 ? (int64_t)units_of(with) : len;
    const struct value before[] = {*text, value_long(1), value_long(position - 1)};
    const struct value behind[] = {*text, value_long(position + len), value_long(INT32_MAX)};
    struct value head = substring(call, before, 3), tail = substring(call, behind, 3);
    char *all = arena_alloc(call->arena, head.len + with->len + tail.len + 1);
    memcpy(all, head.text, head.len);
    memcpy(all + head.len, with->text, with->len);
    memcpy(all + head.len + with->len, tail.text, tail.len);
    return value_is_binary(text) && value_is_binary(with) ? value_binary(all, head.len + with->len + tail.len)
                                                           : value_string(all, head.len + with->len + tail.len);
}

/* The place of a text in a comma-separated list. */
static struct value find_in_set(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    const char *at = args[1].text, *end = at + args[1].len;
    if (memchr(args[0].text, ',', args[0].len))
        return value_int(0);
    for (int64_t place = 1;; place++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t len = (size_t)((comma ? comma : end) - at);
        if (len == args[0].len && memcmp(at, args[0].text, len) == 0)
            return value_int(place);
        if (!comma)
            return value_int(0);
        at = comma + 1;
    }
}

/* substring(x from a [for n]) */
static struct expr *parse_substring(struct parser *parser, const struct function *function, size_t offset,
                                    struct expr_list *first)
{
    expr_list_add(parser, first, expr_parse_value(parser));
    if (!expr_accept_word(parser, "from"))
        return NULL;
    expr_list_add(parser, first, expr_parse_value(parser));
    if (expr_accept_word(parser, "for"))
        expr_list_add(parser, first, expr_parse_value(parser));
    expr_expect(parser, ")");
    return expr_build_call(parser, function, function->callable.name, offset, first->items, first->count);
}

/* overlay(x placing y from a [for n]) */
static struct expr *parse_overlay(struct parser *parser, const struct function *function, size_t offset,
                                  struct expr_list *first)
{
    expr_list_add(parser, first, expr_parse_value(parser));
    if (!expr_accept_word(parser, "placing"))
        return NULL;
    expr_list_add(parser, first, expr_parse_value(parser));
    expr_expect_word(parser, "from");
    expr_list_add(parser, first, expr_parse_value(parser));
    if (expr_accept_word(parser, "for"))
        expr_list_add(parser, first, expr_parse_value(parser));
    expr_expect(parser, ")");
    return expr_build_call(parser, function, function->callable.name, offset, first->items, first->count);
}

/* position(x in y) */
static struct expr *parse_position(struct parser *parser, const struct function *function, size_t offset,
                                   struct expr_list *first)
{
    expr_list_add(parser, first, expr_parse_value(parser));
    if (!expr_accept_word(parser, "in"))
        return NULL;
    expr_list_add(parser, first, expr_parse_value(parser));
    expr_expect(parser, ")");
    return expr_build_call(parser, function, function->callable.name, offset, first->items, first->count);
}

/* trim([both|leading|trailing] [characters] from x) */
static struct expr *parse_trim(struct parser *parser, const struct function *function, size_t offset,
                               struct expr_list *first)
{
    static const char *const sides[][2] = {{"both", "btrim"}, {"leading", "ltrim"}, {"trailing", "rtrim"}};
    const struct token *next = expr_token_ahead(parser, 1);
    const char *name = NULL;
    for (size_t i = 0; i < 3 && !expr_token_is(next, ")") && !expr_token_is(next, ",");
         i++) /* it may be a column called both */
        if (!name && expr_accept_word(parser, sides[i][0]))
            name = sides[i][1];
    if (!expr_token_word(expr_token_now(parser), "from"))
        expr_list_add(parser, first, expr_parse_value(parser));
    if (!expr_accept_word(parser, "from")) {
        if (name)
            expr_parse_unexpected(parser, "from");
        return NULL;
    }
    struct expr *source = expr_parse_value(parser), *characters = first->count > 0 ? first->items[0] : NULL;
    expr_expect(parser, ")");
    if (!characters)
        return expr_build_named(parser, name ? name : function->callable.name, offset, 1, source);
    /* the characters go first where only one side is trimmed */
    bool both = !name || name == sides[0][1];
    return expr_build_named(parser, both ? sides[0][1] : name, offset, 2, both ? source : characters,
                            both ? characters : source);
}

const struct function functions_text[] = {
    {{"length", "len char_length character_length", "s", "Int", "Characters (code points)",
      "length('żółw') => 4\n"
      "len('abc') => 3\n"
      "char_length('abc') => 3\n"
      "character_length('') => 0"},
     "s", .run = length},
    {{"lower", "lcase", "s", "String", "Small letters",
      "lower('ÄRGER') => ärger\n"
      "lcase('ABC') => abc"},
     "s", .run = lower},
    {{"upper", "ucase", "s", "String", "Capitals",
      "upper('straße') => STRASSE\n"
      "ucase('abc') => ABC"},
     "s", .run = upper},
    {{"initcap", NULL, "s", "String", "A capital at the start of each word, small letters in it; blanks part words",
      "initcap('sPARK sql') => Spark Sql"},
     "s", .run = initcap},
    {{"substring", "substr", "s, from[, n]", "String",
      "From that character on (1 is the first, negative from the end). Also substring(s from 2 for 3)",
      "substring('hello', -3, 2) => ll\n"
      "substr('hello', 2) => ello"},
     "si|i", .run = substring, .parse = parse_substring},
    {{"left", NULL, "s, n", "String", "The first n characters", "left('hello', 2) => he"},
     "si", .run = left},
    {{"right", NULL, "s, n", "String", "The last n characters", "right('hello', 2) => lo"},
     "si", .run = right},
    {{"trim", NULL, "s", "String", "Without blanks around. Also trim(both|leading|trailing 'x' from s)",
      "trim(both 'x' from 'xxaxx') => a"},
     "s", .run = trim, .parse = parse_trim},
    {{"btrim", NULL, "s[, set]", "String", "Without blanks, or characters of the set, around",
      "btrim('--a-', '-') => a"},
     "s|s", .run = trim},
    {{"ltrim", NULL, "[set,] s", "String", "Without them in front", "ltrim('x', 'xxa') => a"},
     "s|s", .run = ltrim},
    {{"rtrim", NULL, "[set,] s", "String", "Without them behind", "rtrim('a  ') => a"},
     "s|s", .run = rtrim},
    {{"lpad", NULL, "s, n[, pad]", "String", "Filled up in front, or cut, to n characters",
      "lpad('7', 3, '0') => 007"},
     "si|s", .run = lpad},
    {{"rpad", NULL, "s, n[, pad]", "String", "Filled up behind, or cut, to n characters",
      "rpad('ab', 4, '*') => ab**"},
     "si|s", .run = rpad},
    {{"repeat", NULL, "s, n", "String", "So many times", "repeat('ab', 3) => ababab"},
     "si", .run = repeat},
    {{"space", NULL, "n", "String", "So many blanks", "length(space(3)) => 3"},
     "i", .run = space},
    {{"reverse", NULL, "x", "String or array", "Backwards", "reverse('abc') => cba"},
     "x", .run = reverse},
    {{"replace", NULL, "s, from[, to]", "String", "Each occurrence replaced", "replace('a-b-c', '-', '+') => a+b+c"},
     "ss|s", .run = replace},
    {{"translate", NULL, "s, from, to", "String", "Each character of from becomes the one at its place in to",
      "translate('abcb', 'ab', 'x') => xc"},
     "sss", .run = translate},
    {{"overlay", NULL, "s, r, from[, n]", "String", "n characters replaced by r. Also overlay(s placing r from 2)",
      "overlay('Spark SQL', '_', 6, 1) => Spark_SQL"},
     "ssi|i", .run = overlay, .parse = parse_overlay},
    {{"instr", NULL, "s, t", "Int", "Where t first stands in s, 0 if nowhere", "instr('hello', 'l') => 3"},
     "ss", .run = instr},
    {{"locate", NULL, "t, s[, from]", "Int", "The same, from a character on", "locate('l', 'hello', 4) => 4"},
     "ss|i", .run = locate, .sees_null = true},
    {{"position", NULL, "t, s", "Int", "The same; also position(t in s)", "position('lo' in 'hello') => 4"},
     "ss|i", .run = locate, .parse = parse_position, .sees_null = true},
    {{"startswith", NULL, "s, t", "Boolean", "Whether s begins with t", "startswith('hello', 'he') => true"},
     "ss", .run = starts_with},
    {{"endswith", NULL, "s, t", "Boolean", "Whether s ends with t", "endswith('hello', 'lo') => true"},
     "ss", .run = ends_with},
    {{"contains", NULL, "s, t", "Boolean", "Whether t is in s", "contains('hello', 'ell') => true"},
     "ss", .run = contains},
    {{"like", NULL, "s, p[, escape]", "Boolean", "As s like p: % is any text, _ one character",
      "like('100%', '%\\\\%') => true"},
     "ss|s", .run = fn_like, .prepare = prepare_like},
    {{"ilike", NULL, "s, p[, escape]", "Boolean", "The same in any case", "ilike('ABC', 'a_c') => true"},
     "ss|s", .run = ilike, .prepare = prepare_like},
    {{"substring_index", NULL, "s, t, n", "String", "Up to the n-th t; from the right if n is negative",
      "substring_index('www.example.org', '.', -2) => example.org"},
     "ssi", .run = substring_index},
    {{"split_part", NULL, "s, t, n", "String", "The n-th part between t's; empty if there are fewer",
      "split_part('a,b,c', ',', 2) => b"},
     "ssi", .run = split_part},
    {{"find_in_set", NULL, "s, list", "Int", "The place of s in a list with commas, 0 if it is not there",
      "find_in_set('b', 'a,b,c') => 2"},
     "ss", .run = find_in_set},
    {{"levenshtein", NULL, "s, t[, most]", "Int", "How many characters have to change; -1 if more than that",
      "levenshtein('kitten', 'sitting') => 3"},
     "ss|i", .run = levenshtein},
    {.takes = NULL},
};
