#include "expr/function/like.h"

#include <stdint.h>
#include <string.h>

#include "base/unicode.h"

/* One unit of a pattern: a character, or one of these. */
enum { UNIT_ANY = 0x110000, UNIT_ONE };

/* What most patterns are is found by comparing bytes; anything else goes character by character. */
enum form { FORM_EQUAL, FORM_PREFIX, FORM_SUFFIX, FORM_INSIDE, FORM_UNITS };

struct like {
    uint32_t *units;
    size_t count;
    enum form form;
    const char *text; /* the pattern's characters without % and _ */
    size_t len;
};

static enum form form_of(const struct like *like)
{
    size_t any = 0, one = 0;
    for (size_t i = 0; i < like->count; i++) {
        any += like->units[i] == UNIT_ANY;
        one += like->units[i] == UNIT_ONE;
    }
    bool first = like->count > 0 && like->units[0] == UNIT_ANY;
    bool last = like->count > 1 && like->units[like->count - 1] == UNIT_ANY;
    if (one > 0 || any != (size_t)first + last)
        return FORM_UNITS;
    return first && last ? FORM_INSIDE : first ? FORM_SUFFIX : last ? FORM_PREFIX : FORM_EQUAL;
}

static bool may_escape(const char *text, size_t len, uint32_t escape)
{
    uint32_t code = 0;
    if (len > 0)
        unicode_next(text, len, &code);
    return len > 0 && (code == '%' || code == '_' || code == escape);
}

const struct like *like_compile(struct arena *arena, const struct value *pattern, const struct value *escape,
                                const char **wrong)
{
    uint32_t escape_code = '\\', code;
    if (escape && (escape->len == 0 || unicode_next(escape->text, escape->len, &escape_code) != escape->len)) {
        *wrong = "the escape is one character";
        return NULL;
    }
    struct like *like = arena_alloc(arena, sizeof *like);
    char *text = arena_alloc(arena, pattern->len + 1);
    *like = (struct like){.units = arena_alloc(arena, (pattern->len + 1) * sizeof *like->units), .text = text};
    for (size_t at = 0; at < pattern->len;) {
        size_t size = unicode_next(pattern->text + at, pattern->len - at, &code);
        bool escaped = code == escape_code;
        if (escaped) {
            at += size;
            if (!may_escape(pattern->text + at, pattern->len - at, escape_code)) {
                *wrong = at < pattern->len ? "the escape character stands before one that needs none"
                                           : "the pattern ends with its escape character";
                return NULL;
            }
            size = unicode_next(pattern->text + at, pattern->len - at, &code);
        }
        bool special = !escaped && (code == '%' || code == '_');
        like->units[like->count++] = !special ? code : code == '%' ? UNIT_ANY : UNIT_ONE;
        if (!special) {
            memcpy(text + like->len, pattern->text + at, size);
            like->len += size;
        }
        at += size;
    }
    like->form = form_of(like);
    return like;
}

static bool same_character(uint32_t unit, uint32_t code, bool any_case)
{
    return unit == UNIT_ONE || unit == code || (any_case && unicode_lower(unit) == unicode_lower(code));
}

/* Where a unit does not fit, the last % takes one character more. */
static bool match_units(const struct like *like, const char *text, size_t len, bool any_case)
{
    size_t at = 0, unit = 0, after_any = SIZE_MAX, any_at = 0;
    uint32_t code;
    while (at < len) {
        size_t size = unicode_next(text + at, len - at, &code);
        if (unit < like->count && like->units[unit] == UNIT_ANY) {
            after_any = ++unit;
            any_at = at;
        } else if (unit < like->count && same_character(like->units[unit], code, any_case)) {
            unit++;
            at += size;
        } else if (after_any != SIZE_MAX) {
            unit = after_any;
            any_at += unicode_next(text + any_at, len - any_at, &code);
            at = any_at;
        } else {
            return false;
        }
    }
    while (unit < like->count && like->units[unit] == UNIT_ANY)
        unit++;
    return unit == like->count;
}

bool like_match(const struct like *like, const char *text, size_t len, bool any_case)
{
    size_t wanted = like->len;
    if (any_case || like->form == FORM_UNITS)
        return match_units(like, text, len, any_case);
    if (len < wanted || (like->form == FORM_EQUAL && len != wanted))
        return false;
    if (wanted == 0)
        return true;
    if (like->form == FORM_INSIDE)
        return memmem(text, len, like->text, wanted);
    return memcmp(like->form == FORM_SUFFIX ? text + len - wanted : text, like->text, wanted) == 0;
}
