#include "expr/file_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "value/cast.h"

/* Some text, and the expression behind it (the last one: NULL). */
struct piece {
    struct buffer text;
    char *source; /* of the expression, which may point into it */
    struct expr *expr;
};

struct file_name {
    struct piece *pieces;
    size_t count;
    bool scoped; /* the expressions are freed with their scope */
    char *folder;
};

/* Behind the closing brace of the expression at `at`, or NULL. */
static const char *expression_end(const char *at)
{
    size_t depth = 0, len = strlen(at);
    for (size_t i = 0; i < len; i++) {
        i = text_pass_quoted(at, len, i);
        depth += at[i] == '{';
        if (at[i] == '}' && depth-- == 0)
            return at + i + 1;
    }
    return NULL;
}

/* The text up to the next expression, or the end; where that is. NULL: a brace stands alone. */
static const char *read_text(const char *at, struct buffer *into)
{
    for (; *at; at++) {
        if ((*at == '{' || *at == '}') && at[1] == at[0])
            at++;
        else if (*at == '{')
            return at;
        else if (*at == '}')
            return NULL;
        buffer_add_char(into, *at);
    }
    return at;
}

static void read_expression(struct piece *piece, const char *what, struct select *scope,
                            const struct expr_options *options, struct problem *problem)
{
    piece->expr = expr_compile(what, piece->source, scope, options, problem);
    if (piece->expr || !problem->what)
        return;
    struct problem bare = {0}; /* the caret would point into what is freed: it is said without */
    problem_usage(&bare, "%s: {%s}: %s", what, piece->source, problem->text);
    *problem = bare;
}

/* What comes before the last slash in front of the first expression. */
static char *folder_of(const struct buffer *text)
{
    const char *slash = text->len > 0 ? memrchr(text->data, '/', text->len) : NULL;
    if (!slash)
        return mem_copy(".", 1);
    return slash == text->data ? mem_copy("/", 1) : mem_copy(text->data, (size_t)(slash - text->data));
}

struct file_name *file_name_compile(const char *what, const char *text, struct select *scope,
                                    const struct expr_options *options, struct problem *problem)
{
    struct file_name *name = mem_zero(1, sizeof *name);
    name->scoped = scope != NULL;
    for (const char *at = text;;) {
        name->pieces = mem_resize(name->pieces, name->count + 1, sizeof *name->pieces);
        struct piece *piece = &name->pieces[name->count++];
        *piece = (struct piece){0};
        at = read_text(at, &piece->text);
        const char *end = at && *at ? expression_end(at + 1) : NULL;
        if (!at || (*at && !end))
            problem_usage(problem, "%s %s: a brace is not closed, or was not opened ({{ and }} stand for braces)", what,
                          text);
        else if (*at) {
            piece->source = mem_copy(at + 1, (size_t)(end - at) - 2);
            read_expression(piece, what, scope, options, problem);
        }
        if (problem->status != STATUS_OK || !end)
            break;
        at = end;
    }
    name->folder = folder_of(&name->pieces[0].text);
    if (problem->status == STATUS_OK && name->count == 1)
        problem_usage(problem, "%s %s: expected an expression in braces, as in 'events/{type}.ndjson'", what, text);
    if (problem->status == STATUS_OK)
        return name;
    file_name_free(name);
    return NULL;
}

void file_name_write(const struct file_name *name, struct row *row, struct buffer *into)
{
    for (size_t i = 0; i < name->count; i++) {
        buffer_add(into, name->pieces[i].text.data, name->pieces[i].text.len);
        if (!name->pieces[i].expr)
            continue;
        struct value value = expr_eval(name->pieces[i].expr, row), text = cast_string(&value, row->arena);
        size_t dot = text.len > 0 && text.text[0] == '.';
        if (dot)
            buffer_add_text(into, "%2E");
        if (text.type != VALUE_NULL && text.len > 0)
            text_add_file_name(text.text + dot, text.len - dot, into);
        else
            buffer_add_text(into, TEXT_NO_VALUE);
    }
}

const char *file_name_folder(const struct file_name *name)
{
    return name->folder;
}

void file_name_free(struct file_name *name)
{
    if (!name)
        return;
    for (size_t i = 0; i < name->count; i++) {
        buffer_free(&name->pieces[i].text);
        free(name->pieces[i].source);
        if (!name->scoped)
            expr_free(name->pieces[i].expr);
    }
    free(name->pieces);
    free(name->folder);
    free(name);
}
