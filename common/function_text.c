/* Functions of strings. */
#include <stdint.h>

#include "expr_node.h"
#include "function.h"
#include "like.h"
#include "unicode.h"

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

static struct value length(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((int64_t)unicode_count(args->text, args->len));
}

static struct value concat(struct call *call, const struct value *args, size_t count)
{
    size_t len = 0, used = 0;
    for (size_t i = 0; i < count; i++)
        len += args[i].len;
    char *text = arena_alloc(call->arena, len + 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + used, args[i].text ? args[i].text : "", args[i].len);
        used += args[i].len;
    }
    return value_string(text, len);
}

/* From position (1 is the first, 0 counts as 1, negative from the end), so many characters. */
static struct value substring(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    int64_t characters = (int64_t)unicode_count(args->text, args->len), position = args[1].integer;
    int64_t want = count > 2 ? args[2].integer : INT32_MAX;
    int64_t start = position > 0 ? position - 1 : position < 0 ? characters + position : 0;
    int64_t end = want > INT64_MAX / 2 ? INT64_MAX : start + want;
    if (start < 0)
        start = 0;
    if (end > characters)
        end = characters;
    if (end <= start)
        return value_string("", 0);
    size_t from = unicode_offset(args->text, args->len, (size_t)start);
    size_t len = unicode_offset(args->text + from, args->len - from, (size_t)(end - start));
    return value_string(args->text + from, len);
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
        while (last > start && ((unsigned char)*last & 0xC0) == 0x80)
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

static struct value ltrim_of(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    return trimmed(&args[0], count > 1 ? &args[1] : NULL, true, false);
}

static struct value rtrim_of(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    return trimmed(&args[0], count > 1 ? &args[1] : NULL, false, true);
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

const struct function functions_text[] = {
    {"lower", "s", .run = lower},
    {"lcase", "s", .run = lower},
    {"upper", "s", .run = upper},
    {"ucase", "s", .run = upper},
    {"length", "s", .run = length},
    {"len", "s", .run = length},
    {"char_length", "s", .run = length},
    {"character_length", "s", .run = length},
    {"concat", "s*", .run = concat},
    {"substring", "si|i", .run = substring},
    {"substr", "si|i", .run = substring},
    {"trim", "s", .run = trim},
    {"trim of", "ss", .run = trim},
    {"ltrim", "s|s", .run = ltrim},
    {"ltrim of", "ss", .run = ltrim_of},
    {"rtrim", "s|s", .run = rtrim},
    {"rtrim of", "ss", .run = rtrim_of},
    {"like", "ss|s", .run = fn_like, .prepare = prepare_like},
    {"ilike", "ss|s", .run = ilike, .prepare = prepare_like},
    {0},
};
