/* A table for people, as Spark's show() prints it. It is laid out when all rows that are shown are there. */
#include "table/form/output_form.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/terminal.h"

struct table_output {
    struct table *table;
    uint64_t shown_max;
};

/* As stdout shows it best: in its characters and colours, and as wide as it is unless a width was asked for. */
static struct table_options for_terminal(const struct table_options *options)
{
    struct table_options table = *options;
    table.draw = (struct draw_options){
        .plain = !terminal_is_utf8(), .color = terminal_is_colored(STDOUT_FILENO)};
    if (!table.sized && !table.vertical)
        table.fit = terminal_columns(STDOUT_FILENO);
    return table;
}

static void *start(const struct select *select, const struct output_form_options *options)
{
    struct table_output *form = mem_zero(1, sizeof *form);
    struct table_options table = for_terminal(&options->table);
    const char **names = mem_zero(select->count, sizeof *names);
    size_t *lens = mem_zero(select->count, sizeof *lens);
    for (size_t i = 0; i < select->count; i++) {
        names[i] = select->items[i].name;
        lens[i] = select->items[i].name_len;
    }
    form->table = table_start(&table, names, lens, select->count);
    form->shown_max = options->table.rows;
    free(names);
    free(lens);
    return form;
}

static void take(void *context, const struct value *values)
{
    struct table_output *form = context;
    table_row(form->table, values);
}

/* One more than shown tells that there are more. */
static uint64_t wanted(const void *context)
{
    const struct table_output *form = context;
    return form->shown_max + 1;
}

static void column(void *context, size_t column, const struct schema_node *node)
{
    struct table_output *form = context;
    table_column(form->table, column, node);
}

/* After an error too: the rows before it. */
static void finish(void *context, bool complete, struct output *out)
{
    (void)complete;
    struct table_output *form = context;
    struct buffer text = {0};
    table_finish(form->table, out ? &text : NULL);
    if (out)
        output_write(out, text.data, text.len);
    buffer_free(&text);
    free(form);
}

const struct output_form output_form_table = {
    .name = "table", .start = start, .take = take, .wanted = wanted, .column = column, .finish = finish};
