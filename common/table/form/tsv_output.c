/* TSV: PostgreSQL's COPY text behind a line of column names. */
#include "table/form/output_form.h"

#include <stdlib.h>

#include "value/tsv.h"

struct tsv_output {
    const struct select *select;
    bool header, raw_json;
    const char *null;
};

static void *start(const struct select *select, const struct output_form_options *options)
{
    struct tsv_output *form = mem_zero(1, sizeof *form);
    *form = (struct tsv_output){.select = select, .header = options->header, .raw_json = options->raw_json,
                                 .null = options->null};
    return form;
}

static void write_header(const void *context, struct buffer *into)
{
    const struct tsv_output *form = context;
    if (!form->header || form->select->count == 0)
        return;
    for (size_t i = 0; i < form->select->count; i++) {
        if (i > 0)
            buffer_add_char(into, '\t');
        tsv_encode(form->select->items[i].name, form->select->items[i].name_len, into);
    }
    buffer_add_char(into, '\n');
}

/* JSON has neither tabs nor newlines in it, once it is without space between its tokens. */
static void write_nested(const struct tsv_output *form, const struct output_row *row, size_t i, struct buffer *into)
{
    const struct select_item *item = &form->select->items[i];
    if (item->path)
        value_write_span_json(row->slots[item->slot], row->spaced, into);
    else
        value_write_json(&row->items[i], into);
}

static bool is_nested(const struct tsv_output *form, const struct output_row *row, size_t i)
{
    const struct select_item *item = &form->select->items[i];
    if (!item->path)
        return row->items[i].type == VALUE_ARRAY || row->items[i].type == VALUE_STRUCT;
    unsigned char type = row->slots[item->slot].type;
    return type == SPAN_ARRAY || type == SPAN_OBJECT;
}

static void write_row(const void *context, const struct output_row *row, struct buffer *into)
{
    const struct tsv_output *form = context;
    const struct select *select = form->select;
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (i > 0)
            buffer_add_char(into, '\t');
        if (form->raw_json && is_nested(form, row, i))
            write_nested(form, row, i, into);
        else if (item->path)
            value_write_span_tsv(row->slots[item->slot], row->spaced, form->null, into);
        else
            value_write_tsv(&row->items[i], form->null, into);
    }
    buffer_add_char(into, '\n');
}

static void finish(void *form, bool complete, struct output *out)
{
    (void)complete;
    (void)out;
    free(form);
}

const struct output_form output_form_tsv = {
    .name = "tsv", .null_text = true, .start = start, .header = write_header, .row = write_row, .finish = finish};
