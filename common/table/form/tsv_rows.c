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
    struct rows_reader row; /* first: the public face */
    struct flat_rows *columns;
    const struct flat_file *file;
    const struct batch *batch;
    struct result *result;
    size_t at;              /* the next line */
    uint64_t index;
    struct span *slots, *cells;
    size_t cell_cap;
    struct scan_cells ends; /* of the cells of a piece of the batch, */
    size_t piece, end;      /* which is here, and right up to there; */
    size_t next;            /* the first one of the next line */
    size_t piece_size;
};

/* As in walk.c: a piece and its index stay in the nearest caches, behind a bad line pieces are small again, and a line
 * that is longer than the largest piece is read byte by byte. */
enum { PIECE_MIN = 512, PIECE = 64 * 1024, PIECE_MAX = 64 * 1024 * 1024 };

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
    struct flat_rows *columns = form;
    struct tsv_reader *reader = mem_zero(1, sizeof *reader);
    reader->columns = columns;
    reader->piece_size = PIECE;
    reader->slots = mem_zero(columns->paths->count, sizeof *reader->slots);
    return &reader->row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    (void)form;
    struct tsv_reader *reader = (struct tsv_reader *)row;
    scan_cells_free(&reader->ends);
    free(reader->slots);
    free(reader->cells);
    free(reader);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct tsv_reader *reader = (struct tsv_reader *)row;
    reader->batch = batch;
    reader->result = result;
    reader->at = reader->piece = reader->end = 0;
    reader->index = 0;
    reader->file = flat_file(reader->columns, batch);
    row->slots = reader->slots;
    row->stranger = reader->file->stranger;
    if (reader->file->error) {
        result->status = STATUS_DATA;
        snprintf(result->error, sizeof result->error, "%s", reader->file->error);
        reader->at = batch->len;
        return;
    }
    if (reader->cell_cap < reader->file->count) {
        reader->cell_cap = reader->file->count;
        reader->cells = mem_resize(reader->cells, reader->cell_cap, sizeof *reader->cells);
    }
    if (batch->first && reader->columns->header) {
        reader->at = line_len(batch->text, batch->len, false);
        reader->at += reader->at < batch->len;
    }
}

/* Calls the line bad: where within it, and why. */
static bool bad(struct tsv_reader *reader, size_t line, size_t len, size_t at, const char *reason)
{
    return result_bad(reader->result, reader->batch, line + at, reader->index - 1, reader->batch->text + line, len,
                      false, reason);
}

/* Checks the line and splits it into cells. True: it is a row. Else *go_on says whether to go on behind it. */
static bool split(struct tsv_reader *reader, size_t line, size_t len, bool *go_on)
{
    const char *text = reader->batch->text + line;
    size_t at;
    if (!scan_utf8(text, len, &at)) {
        *go_on = bad(reader, line, len, at, "invalid UTF-8");
        return false;
    }
    size_t wanted = reader->file->count;
    size_t count = tsv_split(text, len, reader->cells, wanted);
    size_t backslashes = 0;
    while (backslashes < len && text[len - 1 - backslashes] == '\\')
        backslashes++;
    if (backslashes % 2 != 0) {
        *go_on = bad(reader, line, len, len - 1, "a backslash ends the line");
        return false;
    }
    if (count == wanted)
        return true;
    char reason[96];
    snprintf(reason, sizeof reason, "expected %zu cells, found %zu", wanted, count);
    const struct span *last = &reader->cells[wanted - 1];
    at = count < wanted ? len : (size_t)(last->text - text) + last->len;
    *go_on = bad(reader, line, len, at, reason);
    return false;
}

/* Finds the cells of the next piece: whole lines. False if the next line ends the batch without a newline, or is longer
 * than any piece. */
static bool next_piece(struct tsv_reader *reader)
{
    const struct batch *batch = reader->batch;
    const char *text = batch->text + reader->at;
    size_t left = batch->len - reader->at;
    size_t len = left < reader->piece_size ? left : reader->piece_size;
    const char *newline = memrchr(text, '\n', len);
    if (!newline)
        newline = memchr(text + len, '\n', left - len);
    if (!newline || (len = (size_t)(newline - text) + 1) > PIECE_MAX)
        return false;
    scan_cells_reserve(&reader->ends, len);
    scan_tsv(&reader->ends, text, len);
    reader->piece = reader->at;
    reader->end = reader->at + reader->ends.scanned;
    reader->next = 0;
    if (reader->piece_size < PIECE)
        reader->piece_size *= 4;
    return true;
}

/* The next line if it is as lines should be: as many cells as columns. Fills the slots; false: look closer. */
static bool quick_line(struct tsv_reader *reader, size_t *len)
{
    const struct flat_file *file = reader->file;
    const struct scan_cells *ends = &reader->ends;
    const unsigned char *kinds = ends->kinds + reader->next;
    const uint32_t *positions = ends->positions + reader->next;
    size_t count = file->count;
    if (ends->count - reader->next < count || memchr(kinds, '\n', count) != kinds + count - 1)
        return false;
    const char *text = reader->batch->text + reader->piece;
    size_t start = reader->at - reader->piece, end = positions[count - 1];
    if (reader->piece + end >= reader->end)
        return false;
    if (file->returns && end > start && text[end - 1] == '\r')
        end--;
    if (end > start && text[end - 1] == '\\')
        return false;
    for (size_t i = 0; i < reader->columns->paths->count; i++) {
        size_t column = file->column[i];
        size_t from = column > 0 ? positions[column - 1] + (size_t)1 : start;
        size_t cell = (column + 1 < count ? positions[column] : end) - from;
        bool null = cell == 2 && text[from] == '\\' && text[from + 1] == 'N';
        reader->slots[i] = (struct span){.text = text + from,
                                         .len = cell,
                                         .type = null ? SPAN_NULL : SPAN_CELL,
                                         .escaped = ends->any_backslash && !null && memchr(text + from, '\\', cell)};
    }
    *len = end - start;
    reader->at = reader->piece + positions[count - 1] + 1;
    reader->next += count;
    return true;
}

/* The next line byte by byte; false: it is bad, and whether to go on is in *go_on. */
static bool careful_line(struct tsv_reader *reader, size_t *len, bool *go_on)
{
    const struct batch *batch = reader->batch;
    size_t line = reader->at;
    size_t whole = line_len(batch->text + line, batch->len - line, false);
    *len = whole;
    if (reader->file->returns && whole > 0 && batch->text[line + whole - 1] == '\r')
        --*len;
    reader->at = line + whole < batch->len ? line + whole + 1 : batch->len;
    reader->end = reader->piece = 0;
    if (!split(reader, line, *len, go_on)) {
        reader->piece_size = PIECE_MIN;
        return false;
    }
    for (size_t i = 0; i < reader->columns->paths->count; i++)
        reader->slots[i] = reader->cells[reader->file->column[i]];
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
    const struct batch *batch = reader->batch;
    bool go_on = true;
    while (go_on && reader->at < batch->len) {
        size_t line = reader->at, len;
        bool quick = line < reader->end || next_piece(reader);
        reader->index++;
        reader->result->records++;
        if (!(quick && quick_line(reader, &len)) && !careful_line(reader, &len, &go_on))
            continue;
        if (reader->columns->null)
            find_nulls(reader->columns, reader->slots);
        row->record = (struct span){.text = batch->text + line, .len = len, .type = SPAN_CELL};
        row->index = reader->index - 1;
        row->at = line;
        return true;
    }
    return false;
}

const struct row_form row_form_tsv = {
    .name = "tsv", .title = "TSV", .suffix = ".tsv", .flat = true, .open = open_rows, .source = flat_source,
    .header = flat_header, .bind = flat_bind, .watch = flat_watch, .close = close_rows, .reader_new = reader_new,
    .start = start, .next = next, .reader_free = reader_free};
