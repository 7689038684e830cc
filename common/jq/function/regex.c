/* Functions of regular expressions, by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "jq/function/function_inner.h"
#include "base/unicode.h"

enum { REGEXES_MAX = 64 };

struct jq_regex {
    char *pattern;
    size_t len;
    uint32_t options;
    pcre2_code *code;
    pcre2_match_data *match;
};

void jq_regexes_free(struct jq_machine *jq)
{
    for (unsigned i = 0; i < jq->regex_count; i++) {
        pcre2_match_data_free(jq->regexes[i].match);
        pcre2_code_free(jq->regexes[i].code);
        free(jq->regexes[i].pattern);
    }
    free(jq->regexes);
    jq->regexes = NULL;
    jq->regex_count = 0;
}

/* The compiled pattern, from those of before where it is among them; NULL after an error. */
static struct jq_regex *compile(struct jq_machine *jq, struct jq_bytes pattern, uint32_t options)
{
    for (unsigned i = 0; i < jq->regex_count; i++) {
        struct jq_regex *known = &jq->regexes[i];
        if (known->options == options && known->len == pattern.len &&
            memcmp(known->pattern, pattern.at, pattern.len) == 0)
            return known;
    }
    int number;
    size_t at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.at, pattern.len,
                                     options | PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &number, &at, NULL);
    if (!code) {
        char text[256];
        pcre2_get_error_message(number, (PCRE2_UCHAR *)text, sizeof text);
        jq_fail_text(jq, "%.*s (at offset %zu) is not a valid regex: %s", (int)(pattern.len < 200 ? pattern.len : 200),
                     pattern.at, at, text);
        return NULL;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    if (jq->regex_count == REGEXES_MAX)
        jq_regexes_free(jq);
    if (!jq->regexes)
        jq->regexes = mem_zero(REGEXES_MAX, sizeof *jq->regexes);
    struct jq_regex *regex = &jq->regexes[jq->regex_count++];
    *regex = (struct jq_regex){mem_copy(pattern.at, pattern.len), pattern.len, options, code,
                               pcre2_match_data_create_from_pattern(code, NULL)};
    return regex;
}

struct flags {
    uint32_t options;
    bool global, not_empty;
};

static bool read_flags(struct jq_machine *jq, struct jq_value *value, struct flags *flags)
{
    *flags = (struct flags){0};
    if (value->type == JQ_NULL)
        return true;
    if (value->type != JQ_STRING) {
        jq_fail_value(jq, jq_keep(jq, *value), "is not a string");
        return false;
    }
    struct jq_bytes bytes = jq_string_bytes(jq, value);
    for (size_t i = 0; i < bytes.len; i++) {
        switch (bytes.at[i]) {
        case 'g':
            flags->global = true;
            break;
        case 'i':
            flags->options |= PCRE2_CASELESS;
            break;
        case 'x':
            flags->options |= PCRE2_EXTENDED;
            break;
        case 's': /* $ only at the very end */
            flags->options |= PCRE2_DOLLAR_ENDONLY;
            break;
        case 'p': /* . takes newlines too */
            flags->options |= PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY;
            break;
        case 'n':
            flags->not_empty = true;
            break;
        case 'l': /* the longest match: PCRE2 takes the first */
            break;
        default:
            jq_fail_text(jq, "%.*s is not a valid modifier string", (int)(bytes.len < 100 ? bytes.len : 100), bytes.at);
            return false;
        }
    }
    return true;
}

/* A search: the text, its matches one after the other, characters counted as far as they went. */
struct search {
    struct jq_regex *regex;
    struct jq_bytes text;
    struct flags flags;
    size_t next, counted;
    int64_t characters;
    const size_t *places; /* of the present match */
    uint32_t groups;
    bool over;
};

static bool search_start(struct jq_machine *jq, struct search *search, struct jq_value *text, struct jq_value *pattern,
                         struct jq_value *flags)
{
    *search = (struct search){0};
    if (text->type != JQ_STRING) {
        jq_fail_value(jq, jq_keep(jq, *text), "cannot be matched, as it is not a string");
        return false;
    }
    if (pattern->type != JQ_STRING) {
        jq_fail_value(jq, jq_keep(jq, *pattern), "cannot be matched, as it is not a string");
        return false;
    }
    search->text = jq_string_bytes(jq, text);
    if (!read_flags(jq, flags, &search->flags))
        return false;
    search->regex = compile(jq, jq_string_bytes(jq, pattern), search->flags.options);
    if (!search->regex)
        return false;
    pcre2_pattern_info(search->regex->code, PCRE2_INFO_CAPTURECOUNT, &search->groups);
    return true;
}

/* The next match. False: there is none, or the run ends. */
static bool search_next(struct jq_machine *jq, struct search *search)
{
    if (search->over || search->next > search->text.len)
        return false;
    uint32_t options = (search->flags.not_empty ? PCRE2_NOTEMPTY : 0) | (search->next > 0 ? PCRE2_NO_UTF_CHECK : 0);
    int got = pcre2_match(search->regex->code, (PCRE2_SPTR)search->text.at, search->text.len, search->next, options,
                          search->regex->match, NULL);
    if (got == PCRE2_ERROR_NOMATCH)
        return false;
    if (got < 0) {
        jq_fail_text(jq, "the regular expression needs too many steps, or the text is no UTF-8");
        return false;
    }
    search->places = pcre2_get_ovector_pointer(search->regex->match);
    size_t end = search->places[1];
    if (search->places[0] >= end) { /* empty: on by one character */
        for (end = end + 1; end < search->text.len && unicode_continues(search->text.at[end]);)
            end++;
    }
    search->next = end;
    search->over = !search->flags.global;
    return true;
}

/* Characters before a byte. */
static int64_t characters_to(struct search *search, size_t at)
{
    if (at < search->counted)
        search->counted = 0, search->characters = 0;
    for (; search->counted < at; search->counted++)
        search->characters += !unicode_continues(search->text.at[search->counted]);
    return search->characters;
}

static struct jq_value group_text(struct jq_machine *jq, const struct search *search, uint32_t group)
{
    size_t from = search->places[2 * group], to = search->places[2 * group + 1];
    return from == PCRE2_UNSET ? jq_null() : jq_string(jq, search->text.at + from, to > from ? to - from : 0);
}

/* The name of a group, or null. */
static struct jq_value group_name(struct jq_machine *jq, const struct search *search, uint32_t group)
{
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(search->regex->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(search->regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(search->regex->code, PCRE2_INFO_NAMETABLE, &table);
    for (uint32_t i = 0; i < count; i++, table += size)
        if ((uint32_t)(table[0] << 8 | table[1]) == group)
            return jq_string_text(jq, (const char *)table + 2);
    return jq_null();
}

static struct jq_value place_object(struct jq_machine *jq, struct search *search, uint32_t group)
{
    size_t from = search->places[2 * group], to = search->places[2 * group + 1];
    bool unset = from == PCRE2_UNSET;
    int64_t offset = unset ? -1 : characters_to(search, from), length = 0;
    if (!unset && to > from)
        length = characters_to(search, to) - offset;
    struct jq_value object = jq_object_set_text(jq, jq_object(jq, 4), "offset", jq_int(offset));
    object = jq_object_set_text(jq, object, "length", jq_int(length));
    return jq_object_set_text(jq, object, "string", group_text(jq, search, group));
}

static struct jq_value match_object(struct jq_machine *jq, struct search *search)
{
    struct jq_value captures = jq_array(jq, search->groups);
    for (uint32_t i = 1; i <= search->groups; i++)
        captures = jq_array_add(jq, captures,
                                jq_object_set_text(jq, place_object(jq, search, i), "name", group_name(jq, search, i)));
    return jq_object_set_text(jq, place_object(jq, search, 0), "captures", captures);
}

/* Named groups as an object. */
static struct jq_value named_groups(struct jq_machine *jq, struct search *search)
{
    struct jq_value object = jq_object(jq, 4);
    for (uint32_t i = 1; i <= search->groups; i++) {
        struct jq_value name = group_name(jq, search, i);
        if (name.type == JQ_STRING)
            object = jq_object_set(jq, object, name, group_text(jq, search, i));
    }
    return object;
}

/* [pattern, flags] in place of a pattern. */
static void spread(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[1].type != JQ_ARRAY || arguments[2].type != JQ_NULL || jq_array_length(jq, &arguments[1]) == 0)
        return;
    struct jq_value both = arguments[1];
    arguments[1] = jq_keep(jq, both.array->items[0]);
    if (both.array->len > 1)
        arguments[2] = jq_keep(jq, both.array->items[1]);
    jq_drop(jq, both);
}

static struct jq_value done(struct jq_machine *jq, struct jq_value *arguments, unsigned count, struct jq_value result)
{
    jq_drop_all(jq, arguments, count);
    if (jq->ending == JQ_GOES_ON)
        return result;
    jq_drop(jq, result);
    return jq_none();
}

static struct jq_value matches(struct jq_machine *jq, struct jq_value *arguments)
{
    struct search search;
    struct jq_value list = jq_array(jq, 4);
    spread(jq, arguments);
    if (search_start(jq, &search, &arguments[0], &arguments[1], &arguments[2]))
        while (search_next(jq, &search) && !jq_ends(jq))
            list = jq_array_add(jq, list, match_object(jq, &search));
    return done(jq, arguments, 3, list);
}

static struct jq_value test_flags(struct jq_machine *jq, struct jq_value *arguments)
{
    struct search search;
    spread(jq, arguments);
    bool is = search_start(jq, &search, &arguments[0], &arguments[1], &arguments[2]) && search_next(jq, &search);
    return done(jq, arguments, 2, jq_bool(is));
}

static struct jq_value test(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value all[3] = {arguments[0], arguments[1], jq_null()};
    return test_flags(jq, all);
}

/* What is between matches, and the named groups of each match between those. */
static struct jq_value pieces(struct jq_machine *jq, struct jq_value *arguments)
{
    struct search search;
    struct jq_value list = jq_array(jq, 4);
    size_t from = 0;
    if (search_start(jq, &search, &arguments[0], &arguments[1], &arguments[2])) {
        while (search_next(jq, &search) && !jq_ends(jq)) {
            list = jq_array_add(
                jq, list, jq_string(jq, search.text.at + from, search.places[0] > from ? search.places[0] - from : 0));
            list = jq_array_add(jq, list, named_groups(jq, &search));
            from = search.places[1];
        }
        list = jq_array_add(jq, list, jq_string(jq, search.text.at + from, search.text.len - from));
    }
    return done(jq, arguments, 2, list);
}

static struct jq_value split_regex(struct jq_machine *jq, struct jq_value *arguments)
{
    struct search search;
    struct jq_value list = jq_array(jq, 4);
    size_t from = 0;
    if (search_start(jq, &search, &arguments[0], &arguments[1], &arguments[2])) {
        search.flags.global = true;
        while (search_next(jq, &search) && !jq_ends(jq)) {
            list = jq_array_add(
                jq, list, jq_string(jq, search.text.at + from, search.places[0] > from ? search.places[0] - from : 0));
            from = search.places[1];
        }
        list = jq_array_add(jq, list, jq_string(jq, search.text.at + from, search.text.len - from));
    }
    return done(jq, arguments, 2, list);
}

/* A match's named groups as an object. */
static struct jq_value captures(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value list = jq_object_get(jq, arguments[0], (struct jq_bytes){"captures", 8}), object = jq_object(jq, 4),
                    capture;
    struct jq_steps steps = jq_steps(jq, &list);
    while (jq_steps_next(jq, &steps, NULL, &capture)) {
        struct jq_value name = jq_object_get(jq, capture, (struct jq_bytes){"name", 4});
        if (name.type == JQ_STRING)
            object = jq_object_set(jq, object, name, jq_object_get(jq, capture, (struct jq_bytes){"string", 6}));
        jq_drop(jq, capture);
    }
    jq_drop(jq, list);
    jq_drop(jq, arguments[0]);
    return object;
}

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE_ORDERED, call, NULL, description, example                                             \
    }
const struct jq_native jq_regex_functions[] = {
    ROW("test", 1, test, "whether a regular expression matches", "\"abc\" | test(\"b\")"),
    ROW("test", 2, test_flags, "the same with flags", "\"aBc\" | test(\"b\"; \"i\")"),
    ROW("split", 2, split_regex, "the pieces between matches of a regular expression",
        "\"a, b\" | split(\", *\"; null)"),
    ROW("_match", 3, matches, "", ""),
    ROW("_pieces", 2, pieces, "", ""),
    ROW("_captures", 0, captures, "", ""),
    {0},
};
