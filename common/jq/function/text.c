/* Functions of strings. */
#include <stdlib.h>

#include "base/unicode.h"
#include "jq/function/function_inner.h"

struct jq_value jq_split(struct jq_machine *jq, struct jq_value text, struct jq_value separator)
{
    if (text.type != JQ_STRING || separator.type != JQ_STRING) {
        jq_drop(jq, text);
        jq_drop(jq, separator);
        return jq_fail_text(jq, "split input and separator must be strings");
    }
    struct jq_bytes bytes = jq_string_bytes(jq, &text), by = jq_string_bytes(jq, &separator);
    struct jq_value pieces = jq_array(jq, 4);
    const char *at = bytes.at, *end = bytes.at + bytes.len;
    while (by.len == 0 && at < end) {
        uint32_t code;
        size_t used = unicode_next(at, (size_t)(end - at), &code);
        pieces = jq_array_add(jq, pieces, jq_string(jq, at, used));
        at += used;
    }
    while (by.len > 0 && bytes.len > 0) {
        const char *next = memmem(at, (size_t)(end - at), by.at, by.len);
        pieces = jq_array_add(jq, pieces, jq_string(jq, at, (size_t)((next ? next : end) - at)));
        if (!next)
            break;
        at = next + by.len;
    }
    jq_drop(jq, text);
    jq_drop(jq, separator);
    return pieces;
}

static struct jq_value split(struct jq_machine *jq, struct jq_value *arguments)
{
    return jq_split(jq, arguments[0], arguments[1]);
}

static struct jq_value join(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value array = arguments[0], with = arguments[1];
    if (array.type != JQ_ARRAY && array.type != JQ_OBJECT) {
        jq_drop(jq, with);
        return jq_fail_iterate(jq, array);
    }
    struct jq_value made = jq_string(jq, NULL, 0), item;
    jq_expand(jq, &array);
    struct jq_steps steps = jq_steps(jq, &array);
    bool first = true;
    while (made.type != JQ_NONE && jq_steps_next(jq, &steps, NULL, &item)) {
        if (!first) {
            made = jq_operate(jq, JQ_ADD, made, jq_keep(jq, with));
        } else if (with.type != JQ_STRING && with.type != JQ_NULL) {
            made = jq_operate(jq, JQ_ADD, made, jq_keep(jq, with));
        }
        first = false;
        if (item.type == JQ_NUMBER || item.type == JQ_TRUE || item.type == JQ_FALSE)
            item = jq_to_string(jq, item);
        if (made.type == JQ_NONE)
            jq_drop(jq, item);
        else
            made = jq_operate(jq, JQ_ADD, made, item);
    }
    jq_drop(jq, array);
    jq_drop(jq, with);
    return made;
}

/* Both strings, or an error that says the words. */
static bool both_strings(struct jq_machine *jq, struct jq_value *arguments, const char *words)
{
    if (arguments[0].type == JQ_STRING && arguments[1].type == JQ_STRING)
        return true;
    jq_drop_all(jq, arguments, 1);
    jq_fail_text(jq, "%s", words);
    return false;
}

static bool begins(struct jq_bytes text, struct jq_bytes with)
{
    return text.len >= with.len && memcmp(text.at, with.at, with.len) == 0;
}

static bool ends(struct jq_bytes text, struct jq_bytes with)
{
    return text.len >= with.len && memcmp(text.at + text.len - with.len, with.at, with.len) == 0;
}

static struct jq_value startswith(struct jq_machine *jq, struct jq_value *arguments)
{
    if (!both_strings(jq, arguments, "startswith() requires string inputs"))
        return jq_none();
    bool is = begins(jq_string_bytes(jq, &arguments[0]), jq_string_bytes(jq, &arguments[1]));
    jq_drop_all(jq, arguments, 1);
    return jq_bool(is);
}

static struct jq_value endswith(struct jq_machine *jq, struct jq_value *arguments)
{
    if (!both_strings(jq, arguments, "endswith() requires string inputs"))
        return jq_none();
    bool is = ends(jq_string_bytes(jq, &arguments[0]), jq_string_bytes(jq, &arguments[1]));
    jq_drop_all(jq, arguments, 1);
    return jq_bool(is);
}

/* The string without what it begins or ends with. */
static struct jq_value strip(struct jq_machine *jq, struct jq_value *arguments, bool left, bool right)
{
    struct jq_bytes text = jq_string_bytes(jq, &arguments[0]), with = jq_string_bytes(jq, &arguments[1]);
    size_t from = left && begins(text, with) ? with.len : 0, to = text.len;
    struct jq_bytes rest = {text.at + from, to - from};
    if (right && ends(rest, with))
        to -= with.len;
    jq_drop(jq, arguments[1]);
    if (from == 0 && to == text.len)
        return arguments[0];
    struct jq_value made = jq_string(jq, text.at + from, to - from);
    jq_drop(jq, arguments[0]);
    return made;
}

static struct jq_value ltrimstr(struct jq_machine *jq, struct jq_value *arguments)
{
    return both_strings(jq, arguments, "startswith() requires string inputs") ? strip(jq, arguments, true, false)
                                                                              : jq_none();
}

static struct jq_value rtrimstr(struct jq_machine *jq, struct jq_value *arguments)
{
    return both_strings(jq, arguments, "endswith() requires string inputs") ? strip(jq, arguments, false, true)
                                                                            : jq_none();
}

static struct jq_value trimstr(struct jq_machine *jq, struct jq_value *arguments)
{
    return both_strings(jq, arguments, "startswith() requires string inputs") ? strip(jq, arguments, true, true)
                                                                              : jq_none();
}

static bool is_white(uint32_t code)
{
    return (code >= 9 && code <= 13) || code == ' ' || code == 0x85 || code == 0xA0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
           code == 0x3000;
}

static struct jq_value trim_white(struct jq_machine *jq, struct jq_value value, bool left, bool right)
{
    if (value.type != JQ_STRING)
        return jq_fail_value(jq, value, "cannot be trimmed");
    struct jq_bytes text = jq_string_bytes(jq, &value);
    size_t from = 0, to = text.len;
    uint32_t code;
    while (left && from < to) {
        size_t used = unicode_next(text.at + from, to - from, &code);
        if (!is_white(code))
            break;
        from += used;
    }
    while (right && to > from) {
        size_t at = to - 1;
        while (at > from && unicode_continues(text.at[at]))
            at--;
        unicode_next(text.at + at, to - at, &code);
        if (!is_white(code))
            break;
        to = at;
    }
    if (from == 0 && to == text.len)
        return value;
    struct jq_value made = jq_string(jq, text.at + from, to - from);
    jq_drop(jq, value);
    return made;
}

static struct jq_value trim(struct jq_machine *jq, struct jq_value *arguments)
{
    return trim_white(jq, arguments[0], true, true);
}

static struct jq_value ltrim(struct jq_machine *jq, struct jq_value *arguments)
{
    return trim_white(jq, arguments[0], true, false);
}

static struct jq_value rtrim(struct jq_machine *jq, struct jq_value *arguments)
{
    return trim_white(jq, arguments[0], false, true);
}

static struct jq_value change_case(struct jq_machine *jq, struct jq_value value, char from, char to, const char *words)
{
    if (value.type != JQ_STRING) {
        jq_drop(jq, value);
        return jq_fail_text(jq, "%s", words);
    }
    struct jq_bytes text = jq_string_bytes(jq, &value);
    struct jq_value made = jq_string(jq, text.at, text.len);
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= from && text.at[i] <= to)
            made.string->bytes[i] ^= 0x20;
    jq_drop(jq, value);
    return made;
}

static struct jq_value ascii_downcase(struct jq_machine *jq, struct jq_value *arguments)
{
    return change_case(jq, arguments[0], 'A', 'Z', "ascii_downcase input must be a string");
}

static struct jq_value ascii_upcase(struct jq_machine *jq, struct jq_value *arguments)
{
    return change_case(jq, arguments[0], 'a', 'z', "ascii_upcase input must be a string");
}

static struct jq_value explode(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type != JQ_STRING)
        return jq_fail_value(jq, value, "cannot be exploded");
    struct jq_bytes text = jq_string_bytes(jq, &value);
    struct jq_value codes = jq_array(jq, text.len);
    for (size_t i = 0; i < text.len;) {
        uint32_t code;
        i += unicode_next(text.at + i, text.len - i, &code);
        codes = jq_array_add(jq, codes, jq_int(code));
    }
    jq_drop(jq, value);
    return codes;
}

/* Where a string stands in another, in characters. */
static struct jq_value places_in_string(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_bytes text = jq_string_bytes(jq, &arguments[0]), wanted = jq_string_bytes(jq, &arguments[1]);
    struct jq_value places = jq_array(jq, 4);
    int64_t characters = 0;
    const char *at = text.at, *end = text.at + text.len, *counted = at;
    while (wanted.len > 0 && (at = memmem(at, (size_t)(end - at), wanted.at, wanted.len)) != NULL) {
        for (; counted < at; counted++)
            characters += !unicode_continues(*counted);
        places = jq_array_add(jq, places, jq_int(characters));
        at++;
    }
    jq_drop_all(jq, arguments, 1);
    return places;
}

static struct jq_value indices(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type == JQ_STRING && arguments[1].type == JQ_STRING)
        return places_in_string(jq, arguments);
    if (arguments[0].type == JQ_ARRAY && arguments[1].type != JQ_ARRAY)
        arguments[1] = jq_array_add(jq, jq_array(jq, 1), arguments[1]);
    return jq_get(jq, arguments[0], arguments[1]);
}

static struct jq_value one_place(struct jq_machine *jq, struct jq_value *arguments, bool last)
{
    struct jq_value places = indices(jq, arguments);
    if (places.type != JQ_ARRAY)
        return places.type == JQ_NONE ? places : jq_get(jq, places, jq_int(0));
    size_t len = jq_array_length(jq, &places);
    struct jq_value place = len == 0 ? jq_null() : jq_keep(jq, places.array->items[last ? len - 1 : 0]);
    jq_drop(jq, places);
    return place;
}

static struct jq_value index_function(struct jq_machine *jq, struct jq_value *arguments)
{
    return one_place(jq, arguments, false);
}

static struct jq_value rindex_function(struct jq_machine *jq, struct jq_value *arguments)
{
    return one_place(jq, arguments, true);
}

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE, call, NULL, description, example                                                     \
    }
const struct jq_native jq_text_functions[] = {
    ROW("split", 1, split, "the pieces between separators", "\"a,b\" | split(\",\")"),
    ROW("join", 1, join, "the items as one string, with separators", "[\"a\", 1] | join(\",\")"),
    ROW("startswith", 1, startswith, "whether the string begins so", "\"abc\" | startswith(\"ab\")"),
    ROW("endswith", 1, endswith, "whether the string ends so", "\"abc\" | endswith(\"bc\")"),
    ROW("ltrimstr", 1, ltrimstr, "the string without this beginning", "\"abc\" | ltrimstr(\"a\")"),
    ROW("rtrimstr", 1, rtrimstr, "the string without this end", "\"abc\" | rtrimstr(\"c\")"),
    ROW("trimstr", 1, trimstr, "the string without this beginning and end", "\"aba\" | trimstr(\"a\")"),
    ROW("trim", 0, trim, "the string without white space at its ends", "\" a \" | trim"),
    ROW("ltrim", 0, ltrim, "the string without white space in front", "\" a \" | ltrim"),
    ROW("rtrim", 0, rtrim, "the string without white space behind", "\" a \" | rtrim"),
    ROW("ascii_downcase", 0, ascii_downcase, "A to Z small", "\"AB\" | ascii_downcase"),
    ROW("ascii_upcase", 0, ascii_upcase, "a to z large", "\"ab\" | ascii_upcase"),
    ROW("explode", 0, explode, "the codes of the characters", "\"AB\" | explode"),
    ROW("indices", 1, indices, "where it stands in the input", "\"abab\" | indices(\"b\")"),
    ROW("index", 1, index_function, "where it stands first", "\"abab\" | index(\"b\")"),
    ROW("rindex", 1, rindex_function, "where it stands last", "\"abab\" | rindex(\"b\")"),
    {0},
};
