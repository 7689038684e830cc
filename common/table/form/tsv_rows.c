/* TSV: lines of cells below a header of column names. */
#include "table/form/row_form.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "json/scan/scan.h"
#include "table/form/flat_inner.h"
#include "value/tsv.h"

struct tsv_reader {
    struct flat_reader flat; /* first */
    struct span *cells;
    size_t cell_cap;
};

/* The length of the line at text without \n, and without \r before it if `returns`. */
static size_t line_len(const char *text, size_t len, bool returns)
{
    const char *newline = memchr(text, '\n', len);
    size_t line = newline ? (size_t)(newline - text) : len;
    return returns && line > 0 && text[line - 1] == '\r' ? line - 1 : line;
}

static void read_head(const struct flat_rows *rows, const char *text, size_t len, struct arena *arena,
                      struct flat_head *head)
{
    (void)rows;
    size_t line = line_len(text, len, true);
    head->returns = line < line_len(text, len, false);
    head->count = tsv_split(text, line, NULL, 0);
    head->cells = arena_alloc(arena, head->count * sizeof *head->cells);
    tsv_split(text, line, head->cells, head->count);
    struct buffer name = {0};
    for (size_t i = 0; i < head->count; i++) {
        name.len = 0;
        tsv_decode(head->cells[i], &name);
        head->cells[i] =
            (struct span){.text = arena_copy(arena, name.data, name.len), .len = name.len, .type = SPAN_CELL};
    }
    buffer_free(&name);
}

static void scan(const struct flat_rows *rows, struct scan_cells *ends, const char *text, size_t len)
{
    (void)rows;
    scan_tsv(ends, text, len);
}

/* The name alone says that it is TSV. */
static void warn_of_commas(const struct row_input *input)
{
    size_t line = input->text ? line_len(input->text, input->len, false) : 0;
    if (!input->options->form && line > 0 && memchr(input->text, ',', line) && !memchr(input->text, '\t', line))
        diag_warn("%s: the first line has commas but no tab; it is read as TSV of one column (-i csv: as CSV)",
                  input->count > 0 && strcmp(input->files[0], "-") != 0 ? input->files[0] : "stdin");
}

static void *open_rows(const struct row_input *input)
{
    warn_of_commas(input);
    struct flat_rows *rows = mem_zero(1, sizeof *rows);
    rows->read_head = read_head;
    rows->scan = scan;
    flat_open(rows, input, input->text, input->len);
    frame_lines(input->frame);
    return rows;
}

static void close_rows(void *form)
{
    flat_close(form);
    free(form);
}

static struct rows_reader *reader_new(void *form)
{
    struct tsv_reader *reader = mem_zero(1, sizeof *reader);
    flat_reader_open(&reader->flat, form);
    return &reader->flat.row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    (void)form;
    struct tsv_reader *reader = (struct tsv_reader *)row;
    flat_reader_close(&reader->flat);
    free(reader->cells);
    free(reader);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct tsv_reader *reader = (struct tsv_reader *)row;
    struct flat_reader *flat = &reader->flat;
    if (!flat_reader_start(flat, batch, result))
        return;
    if (reader->cell_cap < flat->file->count) {
        reader->cell_cap = flat->file->count;
        reader->cells = mem_resize(reader->cells, reader->cell_cap, sizeof *reader->cells);
    }
    if (batch->first && flat->rows->header) {
        flat->at = line_len(batch->text, batch->len, false);
        flat->at += flat->at < batch->len;
    }
}

/* Checks the line and splits it into cells. True: it is a row. Else *go_on says whether to go on behind it. */
static bool split(struct tsv_reader *reader, size_t line, size_t len, bool *go_on)
{
    struct flat_reader *flat = &reader->flat;
    const char *text = flat->batch->text + line;
    size_t at;
    if (!scan_utf8(text, len, &at)) {
        *go_on = flat_reader_bad(flat, line, len, at, "invalid UTF-8");
        return false;
    }
    size_t wanted = flat->file->count;
    size_t count = tsv_split(text, len, reader->cells, wanted);
    size_t backslashes = 0;
    while (backslashes < len && text[len - 1 - backslashes] == '\\')
        backslashes++;
    if (backslashes % 2 != 0) {
        *go_on = flat_reader_bad(flat, line, len, len - 1, "a backslash ends the line");
        return false;
    }
    if (count == wanted)
        return true;
    const struct span *last = &reader->cells[wanted - 1];
    *go_on = flat_reader_miscounted(flat, line, len, count, (size_t)(last->text - text) + last->len);
    return false;
}

/* The next line if it is as lines should be: as many cells as columns. Fills the slots; false: look closer. */
static bool quick_line(struct flat_reader *flat, size_t *len)
{
    const struct flat_file *file = flat->file;
    const struct scan_cells *ends = &flat->ends;
    const uint32_t *positions = ends->positions + flat->next;
    const char *text = flat->batch->text + flat->piece;
    size_t start, end, count = file->count;
    if (!flat_reader_line(flat, &start, &end))
        return false;
    if (file->returns && end > start && text[end - 1] == '\r')
        end--;
    if (end > start && text[end - 1] == '\\')
        return false;
    for (size_t i = 0; i < flat->rows->paths->count; i++) {
        size_t column = file->column[i];
        size_t from = column > 0 ? positions[column - 1] + (size_t)1 : start;
        size_t cell = (column + 1 < count ? positions[column] : end) - from;
        bool null = cell == 2 && text[from] == '\\' && text[from + 1] == 'N';
        flat->slots[i] = (struct span){.text = text + from,
                                       .len = cell,
                                       .type = null ? SPAN_NULL : SPAN_CELL,
                                       .escaped = ends->any_backslash && !null && memchr(text + from, '\\', cell)};
    }
    *len = end - start;
    flat_reader_line_done(flat);
    return true;
}

/* The next line byte by byte; false: it is bad, and whether to go on is in *go_on. */
static bool careful_line(struct tsv_reader *reader, size_t *len, bool *go_on)
{
    struct flat_reader *flat = &reader->flat;
    const struct batch *batch = flat->batch;
    size_t line = flat->at;
    size_t whole = line_len(batch->text + line, batch->len - line, false);
    *len = whole;
    if (flat->file->returns && whole > 0 && batch->text[line + whole - 1] == '\r')
        --*len;
    flat->at = line + whole < batch->len ? line + whole + 1 : batch->len;
    flat->end = flat->piece = 0;
    if (!split(reader, line, *len, go_on)) {
        flat->piece_size = FLAT_PIECE_MIN;
        return false;
    }
    for (size_t i = 0; i < flat->rows->paths->count; i++)
        flat->slots[i] = reader->cells[flat->file->column[i]];
    return true;
}

static void find_nulls(const struct flat_rows *columns, struct span *slots)
{
    for (size_t i = 0; i < columns->paths->count; i++)
        if (slots[i].len == columns->null_len && slots[i].type == SPAN_CELL &&
            memcmp(slots[i].text, columns->null, columns->null_len) == 0)
            slots[i].type = SPAN_NULL;
}

static bool next(struct rows_reader *row)
{
    struct tsv_reader *reader = (struct tsv_reader *)row;
    struct flat_reader *flat = &reader->flat;
    bool go_on = true;
    while (go_on && flat->at < flat->batch->len) {
        size_t line = flat->at, len;
        bool quick = line < flat->end || flat_reader_piece(flat);
        flat->index++;
        flat->result->records++;
        if (!(quick && quick_line(flat, &len)) && !careful_line(reader, &len, &go_on))
            continue;
        if (flat->rows->null)
            find_nulls(flat->rows, flat->slots);
        flat_reader_give(flat, line, len);
        return true;
    }
    return false;
}

const struct row_form row_form_tsv = {
    .name = "tsv", .title = "TSV", .suffix = ".tsv", .flat = true, .open = open_rows, .source = flat_source,
    .header = flat_header, .bind = flat_bind, .watch = flat_watch, .close = close_rows, .reader_new = reader_new,
    .start = start, .next = next, .reader_free = reader_free};
