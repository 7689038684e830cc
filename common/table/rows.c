#include "table/rows.h"

#include <stdlib.h>

#include "table/form/row_form.h"

struct rows {
    struct rows_options options;
    struct frame *frame;
    const struct row_form *form;
    void *state; /* the form's own */
};

/* Settles the form by how the first input begins, and leaves that in *input. */
static const struct row_form *settle(struct rows *rows, struct row_input *input)
{
    bool fallback = rows->form && rows->form->flat;
    input->text = frame_sniff(rows->frame, fallback, &input->len);
    if (rows->form)
        return rows->form;
    const struct row_form *form = row_form_of(input->text, input->len, &rows->options, &fallback);
    if (!fallback)
        return form;
    input->text = frame_sniff(rows->frame, true, &input->len); /* a long header, or a long string cut in two */
    return row_form_of(input->text, input->len, &rows->options, &fallback);
}

struct rows *rows_open(char *const *files, size_t count, const struct rows_options *options)
{
    struct rows *rows = mem_zero(1, sizeof *rows);
    rows->options = *options;
    rows->form = options->form;
    struct frame_options frame_options = {
        .framing = options->framing, .raw = options->raw, .elements = true, .single = options->single,
        .progress = true};
    rows->frame = frame_open(files, count, &frame_options);
    struct row_input input = {.frame = rows->frame, .files = files, .count = count, .options = &rows->options};
    rows->form = settle(rows, &input);
    rows->state = rows->form->open(&input);
    return rows;
}

const struct row_form *rows_form(const struct rows *rows)
{
    return rows->form;
}

const struct span *rows_header(const struct rows *rows, size_t *count)
{
    *count = 0;
    return rows->form->header ? rows->form->header(rows->state, count) : NULL;
}

bool rows_shape(struct rows *rows, struct schema *schema)
{
    return rows->form->shape && rows->form->shape(rows->state, schema);
}

bool rows_bind(struct rows *rows, const struct path_set *paths, struct problem *problem)
{
    return rows->form->bind(rows->state, paths, problem);
}

void rows_watch(struct rows *rows, const struct path *path, bool all)
{
    rows->form->watch(rows->state, path, all);
}

bool rows_failed(const struct rows *rows)
{
    return frame_failed(rows->frame);
}

struct source *rows_source(struct rows *rows)
{
    return rows->form->source(rows->state);
}

void rows_warn_absent(const struct rows *rows, uint64_t records)
{
    if (rows->form->warn_absent && records > 0)
        rows->form->warn_absent(rows->state);
}

void rows_close(struct rows *rows)
{
    rows->form->close(rows->state);
    frame_close(rows->frame);
    free(rows);
}

struct rows_reader *rows_reader_new(struct rows *rows)
{
    struct rows_reader *reader = rows->form->reader_new(rows->state);
    reader->form = rows->form;
    return reader;
}

void rows_start(struct rows_reader *reader, const struct batch *batch, struct result *result)
{
    reader->form->start(reader, batch, result);
}

bool rows_next(struct rows_reader *reader)
{
    return reader->form->next(reader);
}

void rows_reader_free(struct rows *rows, struct rows_reader *reader)
{
    rows->form->reader_free(rows->state, reader);
}
