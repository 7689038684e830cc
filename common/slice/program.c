#include "slice/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/threads.h"

struct jq_program *program_whole(const struct program_text *text, struct problem *problem)
{
    return jq_compile(text->text, strlen(text->text), text->variables, text->variable_count, problem);
}

/* The path that the text begins with, up to the bar; NULL where it is none that streams. */
static struct filter *leading_path(const char *text, const char *bar)
{
    char *leading = mem_copy(text, (size_t)(bar - text));
    struct filter *filter = filter_parse(leading);
    free(leading);
    if (filter && filter_plan(filter).stream != STREAM_EACH) {
        filter_free(filter);
        return NULL;
    }
    return filter;
}

/* What is behind the bar as a program; blanks stand for what is before it, so that places and lines are the text's. */
static struct jq_program *compile_behind(const struct program_text *text, const char *bar)
{
    size_t len = strlen(text->text);
    char *rest = mem_copy(text->text, len);
    for (char *at = rest; at <= rest + (bar - text->text); at++)
        if (*at != '\n')
            *at = ' ';
    struct problem problem = {0};
    struct jq_program *program = jq_compile(rest, len, text->variables, text->variable_count, &problem);
    free(rest);
    return program;
}

static struct jq_program *compile_part(const struct program_text *text, const char *part, size_t len)
{
    struct problem problem = {0};
    return jq_compile(part, len, text->variables, text->variable_count, &problem);
}

static struct jq_program *compile_items(const struct program_text *text, const char *part, bool sure, bool *arrays)
{
    return jq_compile_items(part, strlen(part), text->variables, text->variable_count, sure, arrays);
}

struct jq_program *program_items(const struct program_text *text)
{
    bool arrays;
    return compile_items(text, text->text, false, &arrays);
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Behind `map(` or `[.[] |`, with *close what ends it; NULL: the text begins otherwise. */
static const char *enter_map(const char *at, char *close)
{
    static const char *const map[] = {"map", "(", NULL}, *const each[] = {"[", ".[]", "|", NULL};
    for (int way = 0; way < 2; way++) {
        const char *behind = at;
        const char *const *word = way == 0 ? map : each;
        for (; *word && strncmp(behind = skip_blanks(behind), *word, strlen(*word)) == 0; word++)
            behind += strlen(*word);
        *close = way == 0 ? ')' : ']';
        if (!*word)
            return behind;
    }
    return NULL;
}

/* The two parts of a program that begins with map at `at`: f, and what is behind the `|` that follows. Which bracket is
 * the closing one only the compiler knows. */
static bool divide_map(const struct program_text *text, const char *at, struct program_parts *parts)
{
    char close;
    const char *inside = enter_map(at, &close);
    for (const char *end = inside ? strchr(inside, close) : NULL; end; end = strchr(end + 1, close)) {
        const char *behind = skip_blanks(end + 1);
        if (*behind != '\0' && (*behind != '|' || behind[1] == '='))
            continue;
        parts->element = compile_part(text, inside, (size_t)(end - inside));
        if (!parts->element)
            continue;
        const char *rest = *behind ? behind + 1 : ".";
        parts->rest = compile_part(text, rest, strlen(rest));
        if (parts->rest) {
            bool arrays;
            parts->items = compile_items(text, rest, false, &arrays);
            return true;
        }
        jq_program_free(parts->element);
        parts->element = NULL;
    }
    return false;
}

/* Keys, and a map behind them. Not with comments: a bracket in one would be taken for another. */
static bool divide_keys(const struct program_text *text, struct program_parts *parts)
{
    if (strchr(text->text, '#'))
        return false;
    if (divide_map(text, text->text, parts))
        return true;
    const char *bar = strchr(text->text, '|');
    if (!bar || bar[1] == '=' || !divide_map(text, bar + 1, parts))
        return false;
    char *leading = mem_copy(text->text, (size_t)(bar - text->text));
    parts->filter = filter_parse(leading);
    free(leading);
    struct jq_program *rest = NULL;
    if (parts->filter && filter_plan_elements(parts->filter).stream == STREAM_COLLECT)
        rest = compile_behind(text, bar);
    if (rest) {
        jq_program_free(parts->program);
        parts->program = rest;
        return true;
    }
    filter_free(parts->filter);
    jq_program_free(parts->element);
    jq_program_free(parts->rest);
    jq_program_free(parts->items);
    parts->filter = NULL;
    parts->element = parts->rest = parts->items = NULL;
    return false;
}

/* Keys, or nothing, and behind them what goes over the items of an array. */
static void divide_items(const struct program_text *text, struct program_parts *parts)
{
    parts->items = compile_items(text, text->text, true, &parts->arrays);
    const char *bar = strchr(text->text, '|');
    if (parts->items || !bar || bar[1] == '=')
        return;
    char *leading = mem_copy(text->text, (size_t)(bar - text->text));
    struct filter *keys = filter_parse(leading);
    free(leading);
    struct jq_program *rest = NULL;
    if (keys && filter_plan_elements(keys).stream == STREAM_COLLECT)
        rest = compile_behind(text, bar);
    if (rest)
        parts->items = compile_items(text, bar + 1, true, &parts->arrays);
    if (!parts->items) {
        filter_free(keys);
        jq_program_free(rest);
        return;
    }
    parts->filter = keys;
    jq_program_free(parts->program);
    parts->program = rest;
}

bool program_divide(const struct program_text *text, struct program_parts *parts, struct problem *problem)
{
    *parts = (struct program_parts){.filter = filter_parse(text->text)};
    parts->program = parts->filter ? jq_compile(".", 1, NULL, 0, problem) : program_whole(text, problem);
    if (parts->filter || !parts->program)
        return parts->program != NULL;
    for (const char *bar = strchr(text->text, '|'); bar; bar = strchr(bar + 1, '|')) {
        struct filter *leading = bar[1] != '=' ? leading_path(text->text, bar) : NULL;
        struct jq_program *rest = leading ? compile_behind(text, bar) : NULL;
        if (!rest) {
            filter_free(leading);
            continue;
        }
        filter_free(parts->filter);
        jq_program_free(parts->program);
        parts->filter = leading;
        parts->program = rest;
    }
    if (!parts->filter && !divide_keys(text, parts))
        divide_items(text, parts);
    if (!parts->filter)
        parts->filter = filter_parse(".");
    return true;
}

struct jq_machine *program_machine(const struct jq_program *program, const struct program_text *text,
                                   const struct jq_settings *settings)
{
    struct jq_settings all = settings ? *settings : (struct jq_settings){0};
    size_t stack = threads_stack() / 8 * 7;
    all.stack_bytes = stack < JQ_STACK_BYTES ? stack : JQ_STACK_BYTES;
    all.variables = text->variables;
    all.variable_count = text->variable_count;
    all.named = text->named;
    all.memory_limit = text->memory;
    return jq_machine_new(program, &all);
}
