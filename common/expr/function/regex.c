/* Functions of regular expressions. */
#include <stdint.h>

#include "base/unicode.h"
#include "expr/function/function.h"
#include "expr/function/regexp.h"
#include "expr/node.h"
#include "value/nested.h"

/* The pattern is the second argument of all of these. */
static const void *prepare_pattern(struct arena *arena, const struct value *const *args, size_t count,
                                   const char **wrong)
{
    (void)count;
    if (!args[1] || args[1]->type != VALUE_STRING)
        return NULL;
    return regexp_compile(arena, args[1]->text, args[1]->len, true, wrong);
}

/* The prepared pattern, or the row's own; NULL after row_fail. */
static const struct regex *pattern_of(struct call *call, const struct value *pattern)
{
    if (call->prepared)
        return call->prepared;
    const char *wrong = NULL;
    const struct regex *regex = regexp_compile(call->arena, pattern->text, pattern->len, false, &wrong);
    if (!regex)
        row_fail(call->row, "regular expression %s: %s", row_show(call->row, pattern), wrong);
    return regex;
}

/* One search; a pattern that needs too many steps makes the row bad. */
static bool find(struct call *call, const struct regex *regex, const struct value *text, size_t start,
                 const size_t **places)
{
    if (call->arena->size > EXPR_MEMORY_MAX) /* each search takes a little: the call fails */
        return false;
    enum regex_result result = regexp_find(regex, text->text, text->len, start, call->arena, places);
    if (result == REGEX_FAILED)
        row_fail(call->row, "the regular expression needs too many steps on %s", row_show(call->row, text));
    return result == REGEX_FOUND;
}

/* Where to look after a match: behind it, or one character on if it was empty. */
static size_t behind(const struct value *text, const size_t *places)
{
    size_t at = places[1];
    if (places[0] != places[1] || at >= text->len)
        return places[0] != places[1] ? at : at + 1;
    uint32_t code;
    return at + unicode_next(text->text + at, text->len - at, &code);
}

static struct value rlike(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const size_t *places;
    const struct regex *regex = pattern_of(call, &args[1]);
    if (!regex)
        return value_null();
    bool found = find(call, regex, &args[0], 0, &places);
    return call->row->error ? value_null() : value_boolean(found);
}

static struct value group_text(const struct value *text, const size_t *places, size_t group)
{
    if (places[2 * group] == REGEX_UNSET)
        return value_string("", 0);
    return value_string(text->text + places[2 * group], places[2 * group + 1] - places[2 * group]);
}

static bool wanted_group(struct call *call, const struct regex *regex, const struct value *args, size_t count,
                         size_t *group)
{
    int64_t wanted = count > 2 ? args[2].integer : 1;
    if (wanted < 0 || (uint64_t)wanted > regexp_groups(regex)) {
        row_fail(call->row, "the regular expression has %zu groups, not %lld", regexp_groups(regex), (long long)wanted);
        return false;
    }
    *group = (size_t)wanted;
    return true;
}

static struct value regexp_extract(struct call *call, const struct value *args, size_t count)
{
    const size_t *places;
    size_t group;
    const struct regex *regex = pattern_of(call, &args[1]);
    if (!regex || !wanted_group(call, regex, args, count, &group))
        return value_null();
    return find(call, regex, &args[0], 0, &places) ? group_text(&args[0], places, group) : value_string("", 0);
}

static struct value regexp_extract_all(struct call *call, const struct value *args, size_t count)
{
    const size_t *places;
    size_t group;
    const struct regex *regex = pattern_of(call, &args[1]);
    if (!regex || !wanted_group(call, regex, args, count, &group))
        return value_null();
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (size_t at = 0; at <= args->len && find(call, regex, &args[0], at, &places); at = behind(&args[0], places)) {
        struct value piece = group_text(&args[0], places, group);
        nested_add_value(&text, &piece);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

static struct value regexp_count(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const size_t *places;
    int64_t found = 0;
    const struct regex *regex = pattern_of(call, &args[1]);
    if (!regex)
        return value_null();
    for (size_t at = 0; at <= args->len && find(call, regex, &args[0], at, &places); at = behind(&args[0], places))
        found++;
    return value_int(found);
}

static struct value regexp_substr(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const size_t *places;
    const struct regex *regex = pattern_of(call, &args[1]);
    if (!regex || !find(call, regex, &args[0], 0, &places))
        return value_null();
    struct value match = group_text(&args[0], places, 0);
    return match.len > 0 ? match : value_null();
}

static struct value regexp_instr(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const size_t *places;
    const struct regex *regex = pattern_of(call, &args[1]);
    if (!regex)
        return value_null();
    bool found = find(call, regex, &args[0], 0, &places);
    return value_int(found ? (int64_t)unicode_count(args[0].text, places[0]) + 1 : 0);
}

/* $1 as far as there are such groups, as Java reads it: $12 is group 1 and a 2 where there are fewer than 12. */
static size_t group_number(const struct value *with, size_t *at, size_t groups)
{
    size_t group = (size_t)(with->text[*at] - '0');
    for (++*at; *at < with->len && with->text[*at] >= '0' && with->text[*at] <= '9'; ++*at) {
        size_t longer = group * 10 + (size_t)(with->text[*at] - '0');
        if (longer > groups)
            break;
        group = longer;
    }
    return group;
}

/* The replacement of one match: \x is x, $1 and ${name} are groups. False when a group is unknown. */
static bool add_replacement(struct nested_text *into, const struct regex *regex, const struct value *text,
                            const size_t *places, const struct value *with)
{
    for (size_t at = 0; at < with->len;) {
        char c = with->text[at];
        size_t group = 0;
        if (c == '\\' && at + 1 < with->len) {
            nested_add(into, with->text + at + 1, 1);
            at += 2;
            continue;
        }
        if (c != '$') {
            nested_add(into, with->text + at++, 1);
            continue;
        }
        at++;
        if (at < with->len && with->text[at] == '{') {
            const char *end = memchr(with->text + at, '}', with->len - at);
            if (!end)
                return false;
            group = regexp_group_named(regex, with->text + at + 1, (size_t)(end - with->text) - at - 1);
            at = (size_t)(end - with->text) + 1;
            if (group == 0)
                return false;
        } else if (at < with->len && with->text[at] >= '0' && with->text[at] <= '9') {
            group = group_number(with, &at, regexp_groups(regex));
        } else {
            return false;
        }
        if (group > regexp_groups(regex))
            return false;
        struct value piece = group_text(text, places, group);
        nested_add(into, piece.text, piece.len);
    }
    return true;
}

static struct value regexp_replace(struct call *call, const struct value *args, size_t count)
{
    const struct regex *regex = pattern_of(call, &args[1]);
    const struct value *text = &args[0];
    const size_t *places;
    if (!regex)
        return value_null();
    int64_t position = count > 3 ? args[3].integer : 1;
    if (position < 1)
        return row_fail(call->row, "regexp_replace: positions count from 1, not %lld", (long long)position);
    size_t at = unicode_offset(text->text, text->len, (size_t)position - 1), done = 0;
    struct nested_text into = {.arena = call->arena};
    for (; at <= text->len && find(call, regex, text, at, &places); at = behind(text, places)) {
        nested_add(&into, text->text + done, places[0] - done);
        if (!add_replacement(&into, regex, text, places, &args[2]))
            return row_fail(call->row, "regexp_replace: no such group in %s", row_show(call->row, &args[2]));
        done = places[1];
    }
    if (done == 0 && into.len == 0)
        return *text;
    nested_add(&into, text->text + done, text->len - done);
    return value_string(into.data, into.len);
}

/* The first characters, each a piece. */
static struct value split_letters(struct call *call, const struct value *text, int64_t limit)
{
    struct nested_text into = {.arena = call->arena};
    nested_add(&into, "[", 1);
    for (size_t at = 0; at < text->len && limit > 0; limit--) {
        size_t end = at + unicode_offset(text->text + at, text->len - at, 1);
        struct value piece = value_string(text->text + at, end - at);
        nested_add_value(&into, &piece);
        at = end;
    }
    if (text->len == 0) {
        struct value empty = value_string("", 0);
        nested_add_value(&into, &empty);
    }
    return nested_finish(&into, VALUE_ARRAY);
}

/* Java's split: at most `limit` pieces if it is positive; an empty match at the very start makes no piece. */
static struct value split(struct call *call, const struct value *args, size_t count)
{
    const struct regex *regex = pattern_of(call, &args[1]);
    const struct value *text = &args[0];
    const size_t *places;
    int64_t limit = count > 2 ? args[2].integer : -1, pieces = 0;
    size_t done = 0;
    if (!regex)
        return value_null();
    struct nested_text into = {.arena = call->arena};
    nested_add(&into, "[", 1);
    if (args[1].len == 0 && limit > 0) /* by the empty pattern: one piece a character, the rest is dropped */
        return split_letters(call, text, limit);
    bool letters = args[1].len == 0; /* one piece a character, and none behind the last */
    for (size_t at = 0; at <= text->len && (limit <= 0 || pieces + 1 < limit) && find(call, regex, text, at, &places);
         at = behind(text, places)) {
        if (places[1] == 0 || (letters && places[1] == text->len))
            continue;
        struct value piece = value_string(text->text + done, places[0] - done);
        nested_add_value(&into, &piece);
        done = places[1];
        pieces++;
    }
    size_t rest_len = text->len - done;
    if (letters && limit > 0 && pieces + 1 == limit) /* Spark: the last one is a character, too */
        rest_len = unicode_offset(text->text + done, rest_len, 1);
    struct value rest = value_string(text->text + done, rest_len);
    nested_add_value(&into, &rest);
    return nested_finish(&into, VALUE_ARRAY);
}

const struct function functions_regex[] = {
    {{"rlike", "regexp regexp_like", "s, re", "Boolean", "As s rlike re: whether re matches somewhere",
      "rlike('abc123', '[0-9]+') => true\n"
      "regexp('abc', '^b') => false\n"
      "regexp_like('abc', 'c$') => true"},
     "ss", .run = rlike, .prepare = prepare_pattern},
    {{"regexp_extract", NULL, "s, re[, n]", "String", "The n-th group (1) of the first match, empty if there is none",
      "regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 2) => 200"},
     "ss|i", .run = regexp_extract, .prepare = prepare_pattern},
    {{"regexp_extract_all", NULL, "s, re[, n]", "Array", "That group of every match",
      "regexp_extract_all('a1b2', '([a-z])(\\\\d)', 2) => [\"1\",\"2\"]"},
     "ss|i", .run = regexp_extract_all, .prepare = prepare_pattern},
    {{"regexp_replace", NULL, "s, re, r[, from]", "String", "Every match replaced; $1 is the first group",
      "regexp_replace('a1b2', '(\\\\d)', '<$1>') => a<1>b<2>"},
     "sss|i", .run = regexp_replace, .prepare = prepare_pattern},
    {{"regexp_count", NULL, "s, re", "Int", "How many matches there are", "regexp_count('banana', 'a') => 3"},
     "ss", .run = regexp_count, .prepare = prepare_pattern},
    {{"regexp_substr", NULL, "s, re", "String; also null if nothing matches, or ''", "The first match",
      "regexp_substr('abc123', '\\\\d+') => 123"},
     "ss", .run = regexp_substr, .prepare = prepare_pattern},
    {{"regexp_instr", NULL, "s, re", "Int", "Where the first match begins, 0 if nowhere",
      "regexp_instr('abc123', '\\\\d') => 4"},
     "ss", .run = regexp_instr, .prepare = prepare_pattern},
    {{"split", NULL, "s, re[, limit]", "Array", "The pieces between matches",
      "split('a1b2c', '[0-9]') => [\"a\",\"b\",\"c\"]"},
     "ss|i", .run = split, .prepare = prepare_pattern},
    {.takes = NULL},
};
