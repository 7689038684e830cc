/* NDJSON: an object a line, its members the columns; those of a `*` that stays an item are the row's own. */
#include "table/form/output_form.h"

#include <stdlib.h>

#include "json/json.h"
#include "table/star.h"

struct json_output {
    const struct select *select;
    struct buffer *heads; /* of each item: '{' or ',', "name": */
};

static void *start(const struct select *select, const struct output_form_options *options)
{
    (void)options;
    struct json_output *form = mem_zero(1, sizeof *form);
    form->select = select;
    form->heads = mem_zero(select->count, sizeof *form->heads);
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (item->kind == ITEM_STAR)
            continue;
        buffer_add_char(&form->heads[i], i == 0 ? '{' : ',');
        json_encode(item->name, item->name_len, &form->heads[i]);
        buffer_add_char(&form->heads[i], ':');
    }
    return form;
}

static void write_row(const void *context, const struct output_row *row, struct buffer *into)
{
    const struct json_output *form = context;
    const struct select *select = form->select;
    size_t begin = into->len;
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (item->kind == ITEM_STAR) { /* each of its members comes behind a comma */
            struct star_writing writing = {.leaves = row->stars[i].leaves, .spaced = row->spaced,
                                           .edits = row->stars[i].edits, .values = row->items + select->count,
                                           .name = row->scratch};
            star_write_members(row->slots[row->stars[i].slot], &writing, into);
            continue;
        }
        buffer_add(into, form->heads[i].data, form->heads[i].len);
        if (item->path && row->stars[i].edits)
            star_edit_write(row->slots[item->slot], row->stars[i].edits, row->items + select->count, row->spaced,
                            into);
        else if (item->path)
            value_write_span_json(row->slots[item->slot], row->spaced, into);
        else
            value_write_json(&row->items[i], into);
    }
    if (into->len == begin)
        buffer_add_char(into, '{');
    else
        into->data[begin] = '{'; /* where a star's first comma may stand */
    buffer_add_text(into, "}\n");
}

static void write_gone(const void *context, const struct output_row *row, size_t count, struct buffer *into)
{
    const struct json_output *form = context;
    for (size_t i = 0; i < count; i++) {
        const struct select_item *item = &form->select->items[i];
        buffer_add(into, form->heads[i].data, form->heads[i].len);
        if (item->path)
            value_write_span_json(row->slots[item->slot], row->spaced, into);
        else
            value_write_json(&row->items[i], into);
    }
    buffer_add_text(into, count > 0 ? ",\"_deleted\":true}\n" : "{\"_deleted\":true}\n");
}

static void finish(void *context, bool complete, struct output *out)
{
    (void)complete;
    (void)out;
    struct json_output *form = context;
    for (size_t i = 0; i < form->select->count; i++)
        buffer_free(&form->heads[i]);
    free(form->heads);
    free(form);
}

const struct output_form output_form_json = {
    .name = "json", .alias = "ndjson", .own_members = true, .start = start, .row = write_row,
    .gone = write_gone, .finish = finish};
