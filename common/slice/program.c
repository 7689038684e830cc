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

bool program_divide(const struct program_text *text, struct filter **filter, struct jq_program **program,
                    struct problem *problem)
{
    *filter = filter_parse(text->text);
    *program = *filter ? jq_compile(".", 1, NULL, 0, problem) : program_whole(text, problem);
    if (*filter || !*program)
        return *program != NULL;
    for (const char *bar = strchr(text->text, '|'); bar; bar = strchr(bar + 1, '|')) {
        struct filter *leading = bar[1] != '=' ? leading_path(text->text, bar) : NULL;
        struct jq_program *rest = leading ? compile_behind(text, bar) : NULL;
        if (!rest) {
            filter_free(leading);
            continue;
        }
        filter_free(*filter);
        jq_program_free(*program);
        *filter = leading;
        *program = rest;
    }
    if (!*filter)
        *filter = filter_parse(".");
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
    return jq_machine_new(program, &all);
}
