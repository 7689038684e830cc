/* libFuzzer: statements over two tables. Whatever it is: the reader and the planner return, and what they plan prints
 * as a pipe or says why not. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/pipe.h"
#include "sql/plan.h"
#include "sql/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sql_column columns[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "odd name"}};
static struct sql_source tables[] = {
    {.name = "t", .argument = "t.tsv", .columns = columns, .column_count = 4, .flat = true},
    {.name = "u", .argument = "it's", .columns = columns, .column_count = 2, .flat = true}};

static struct sql_source *find(void *context, const char *name, bool is_file, struct problem *problem)
{
    (void)context, (void)is_file, (void)problem;
    for (size_t i = 0; i < 2; i++)
        if (strcasecmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

static const char *name(void *context, size_t number)
{
    (void)context;
    return number < 2 ? tables[number].name : NULL;
}

static void plan(struct sql_script *script, struct sql_statement *statement, struct plan_view **views,
                 struct arena *arena)
{
    static const struct plan_options options = {.source = find, .source_name = name};
    static const struct pipe_options none;
    struct problem problem = {0};
    if (statement->kind == SQL_VIEW) {
        struct plan_view *view = arena_alloc(arena, sizeof *view);
        *view = (struct plan_view){
            .name = statement->name, .query = statement->query, .script = script, .before = *views};
        *views = view;
        return;
    }
    if (!statement->query)
        return;
    const struct stage *stage = plan_make_query(&options, script, statement->query, *views, arena, &problem);
    struct buffer text = {0};
    const char *why = NULL;
    if (!stage != (problem.status != STATUS_OK))
        abort();
    if (stage && !stage_pipe(stage, &none, &text, &why) && !why)
        abort();
    buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_copy((const char *)data, size);
    struct problem problem = {0};
    struct sql_script *script = sql_read(text, &problem);
    struct arena arena = {0};
    struct plan_view *views = NULL;
    for (size_t i = 0; script && i < script->count; i++)
        plan(script, &script->statements[i], &views, &arena);
    arena_free(&arena);
    sql_script_free(script);
    free(text);
    return 0;
}
