/* CSV (RFC 4180, lines ending in \n): cells in quotes where they must be, behind a line of column names. */
#include "table/form/output_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "value/tsv.h"

struct csv_output {
    const struct select *select;
    bool header;
    struct quoting quoting;
    const char *null;
    size_t null_len;
    bool special[256]; /* bytes that must stand between quotes */
};

static void *start(const struct select *select, const struct output_form_options *options)
{
    struct csv_output *form = mem_zero(1, sizeof *form);
    form->select = select;
    form->header = options->header;
    form->quoting = options->quoting;
    form->null = options->null ? options->null : "";
    form->null_len = strlen(form->null);
    form->special['\n'] = form->special['\r'] = true;
    form->special[(unsigned char)form->quoting.delimiter] = form->special[(unsigned char)form->quoting.quote] = true;
    return form;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether a reader would take the text, unquoted, for something else, or might trim it. */
static bool needs_quotes(const struct csv_output *form, const char *text, size_t len)
{
    if (len == 0 || is_blank(text[0]) || is_blank(text[len - 1]) || (len >= 3 && memcmp(text, TEXT_BOM, 3) == 0) ||
        (len == form->null_len && memcmp(text, form->null, len) == 0))
        return true;
    for (size_t i = 0; i < len; i++)
        if (form->special[(unsigned char)text[i]])
            return true;
    return false;
}

/* Puts what was written from `from` on into quotes. */
static void add_quotes(char quote, size_t from, struct buffer *into)
{
    size_t more = 2;
    for (size_t i = from; i < into->len; i++)
        more += into->data[i] == quote;
    buffer_reserve(into, more);
    const char *text = into->data + from;
    size_t left = into->len - from;
    char *to = into->data + into->len + more;
    into->len += more;
    *--to = quote;
    while (left > 0) {
        char c = text[--left];
        *--to = c;
        if (c == quote)
            *--to = quote;
    }
    *--to = quote;
}

/* A cell was written as TSV from `from` on: makes it one of CSV. */
static void end_cell(const struct csv_output *form, size_t from, struct buffer *scratch, struct buffer *into)
{
    size_t len = into->len - from;
    if (len > 0 && memchr(into->data + from, '\\', len)) {
        scratch->len = 0;
        buffer_add(scratch, into->data + from, len);
        into->len = from;
        tsv_decode((struct span){.text = scratch->data, .len = len, .type = SPAN_CELL, .escaped = true}, into);
    }
    if (into->len == from || needs_quotes(form, into->data + from, into->len - from))
        add_quotes(form->quoting.quote, from, into);
}

static void write_header(const void *context, struct buffer *into)
{
    const struct csv_output *form = context;
    struct buffer scratch = {0};
    if (!form->header || form->select->count == 0)
        return;
    for (size_t i = 0; i < form->select->count; i++) {
        if (i > 0)
            buffer_add_char(into, form->quoting.delimiter);
        size_t from = into->len;
        tsv_encode(form->select->items[i].name, form->select->items[i].name_len, into);
        end_cell(form, from, &scratch, into);
    }
    buffer_add_char(into, '\n');
    buffer_free(&scratch);
}

static void write_row(const void *context, const struct output_row *row, struct buffer *into)
{
    const struct csv_output *form = context;
    const struct select *select = form->select;
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (i > 0)
            buffer_add_char(into, form->quoting.delimiter);
        struct span span = item->path ? row->slots[item->slot] : (struct span){0};
        if (item->path ? span.type == SPAN_NULL || span.type == SPAN_ABSENT : row->items[i].type == VALUE_NULL) {
            buffer_add(into, form->null, form->null_len);
            continue;
        }
        size_t from = into->len;
        if (item->path)
            value_write_span_tsv(span, row->spaced, NULL, into);
        else
            value_write_tsv(&row->items[i], NULL, into);
        end_cell(form, from, row->scratch, into);
    }
    buffer_add_char(into, '\n');
}

static void finish(void *form, bool complete, struct output *out)
{
    (void)complete;
    (void)out;
    free(form);
}

const struct output_form output_form_csv = {
    .name = "csv", .null_text = true, .quoted = true, .start = start, .header = write_header, .row = write_row,
    .finish = finish};
