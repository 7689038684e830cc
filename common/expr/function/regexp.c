#define PCRE2_CODE_UNIT_WIDTH 8
#include "expr/function/regexp.h"

#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "base/foreign.h"

struct regex {
    pcre2_code *code;
    uint32_t groups;
};

/* PCRE2's memory comes from the arena, so nothing has to be freed. */
static void *take(PCRE2_SIZE size, void *arena)
{
    return arena_alloc(arena, size);
}

static void leave(void *memory, void *arena)
{
    (void)memory, (void)arena;
}

/* Java writes characters as \u00e9; PCRE2 reads that only when asked to, and then no \x{e9}. */
static bool has_unicode_escape(const char *pattern, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (pattern[i] != '\\')
            continue;
        if (pattern[i + 1] == 'u')
            return true;
        i++;
    }
    return false;
}

const struct regex *regexp_compile(struct arena *arena, const char *pattern, size_t len, bool lasting,
                                   const char **wrong)
{
    pcre2_general_context *general = pcre2_general_context_create(take, leave, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    int error = 0;
    PCRE2_SIZE at = 0;
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    if (has_unicode_escape(pattern, len))
        options |= PCRE2_ALT_BSUX;
    struct regex *regex = arena_alloc(arena, sizeof *regex);
    *regex =
        (struct regex){.code = pcre2_compile((PCRE2_SPTR)(pattern ? pattern : ""), len, options, &error, &at, context)};
    if (!regex->code) {
        char message[160] = "", text[200];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof message);
        int size = snprintf(text, sizeof text, "%s at character %zu of the pattern", message, (size_t)at + 1);
        *wrong = arena_copy(arena, text, size < 0 ? 0 : (size_t)size);
        return NULL;
    }
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
    if (lasting)
        pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE); /* without it matching is only slower */
    return regex;
}

size_t regexp_groups(const struct regex *regex)
{
    return regex->groups;
}

size_t regexp_group_named(const struct regex *regex, const char *name, size_t len)
{
    char text[64];
    if (len >= sizeof text)
        return 0;
    memcpy(text, name, len);
    text[len] = '\0';
    int number = pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)text);
    return number > 0 ? (size_t)number : 0;
}

enum regex_result regexp_find(const struct regex *regex, const char *text, size_t len, size_t start,
                              struct arena *arena, const size_t **places)
{
    pcre2_general_context *general = pcre2_general_context_create(take, leave, arena);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(regex->code, general);
    PCRE2_SPTR subject = (PCRE2_SPTR)(text ? text : "");
    int found = pcre2_match(regex->code, subject, len, start, 0, data, NULL);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT)
        found = pcre2_match(regex->code, subject, len, start, PCRE2_NO_JIT, data, NULL);
    if (found == PCRE2_ERROR_NOMATCH)
        return REGEX_NONE;
    if (found < 0)
        return REGEX_FAILED;
    *places = pcre2_get_ovector_pointer(data);
    foreign_wrote(*places, 2 * (size_t)pcre2_get_ovector_count(data) * sizeof **places);
    return REGEX_FOUND;
}
