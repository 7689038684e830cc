/* CSV (RFC 4180): records of cells below a header of column names, quoted where they hold what would end them. Cells
 * stand in slots as those of TSV do: what TSV would escape is escaped in a reader's memory. */
#include "table/form/row_form.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/quoted.h"
#include "json/scan/scan.h"
#include "table/form/flat_inner.h"

struct csv_rows {
    struct flat_rows flat; /* first */
    struct quoting quoting;
};

/* A cell as it stands in the record, without its quotes. */
struct cell {
    const char *text;
    size_t len;
    bool quoted, odd; /* odd: it may hold quotes that are doubled, or what TSV escapes */
};

struct csv_reader {
    struct flat_reader flat; /* first */
    const struct quoting *quoting;
    struct cell *cells;
    size_t cell_cap;
    struct arena arena; /* cells that were rewritten, of this batch */
    struct buffer text;
};

static const char not_closed[] = "this quote is not closed";

/* What is wrong with a record; at: where in it. */
struct wrong {
    const char *reason;
    size_t at;
};

/* The length of the record at text with its newline. */
static size_t record_len(const struct quoting *quoting, const char *text, size_t len)
{
    struct quoted_scan scan = {0};
    quoted_scan(quoting, text, len, true, &scan);
    return scan.end > 0 ? scan.end : len;
}

/* The same without its line end. */
static size_t without_end(const char *text, size_t len)
{
    len -= len > 0 && text[len - 1] == '\n';
    return len - (len > 0 && text[len - 1] == '\r');
}

/* The quote that closes what begins at text[at], or len. */
static size_t find_close(char quote, const char *text, size_t len, size_t at)
{
    for (;; at += 2) {
        const char *found = memchr(text + at, quote, len - at);
        at = found ? (size_t)(found - text) : len;
        if (at + 1 >= len || text[at + 1] != quote)
            return at;
    }
}

/* Splits a record (without its line end) into at most cap cells; returns how many there are. Where something is wrong
 * it stops, and *wrong says why. */
static size_t split(const struct quoting *quoting, const char *text, size_t len, struct cell *cells, size_t cap,
                    struct wrong *wrong)
{
    size_t count = 0;
    *wrong = (struct wrong){0};
    for (size_t at = 0;; at++) {
        struct cell cell = {.text = text + at, .quoted = at < len && text[at] == quoting->quote, .odd = true};
        size_t end;
        if (cell.quoted) {
            size_t close = find_close(quoting->quote, text, len, at + 1);
            if (close == len)
                *wrong = (struct wrong){not_closed, at};
            else if (close + 1 < len && text[close + 1] != quoting->delimiter)
                *wrong = (struct wrong){"a quoted cell ends before this byte", close + 1};
            if (wrong->reason)
                return count;
            cell.text++;
            cell.len = close - at - 1;
            end = close + 1;
        } else {
            const char *found = at < len ? memchr(text + at, quoting->delimiter, len - at) : NULL;
            end = found ? (size_t)(found - text) : len;
            cell.len = end - at;
        }
        if (cells && count < cap)
            cells[count] = cell;
        count++;
        at = end;
        if (at >= len)
            return count;
    }
}

/* The cell's bytes; quotes that are doubled become one. With `escape` as TSV has them, and true if that escaped any. */
static bool decode(const struct cell *cell, char quote, bool escape, struct buffer *into)
{
    static const char specials[] = "\\\t\n\r", letters[] = "\\tnr";
    bool escaped = false;
    for (size_t i = 0; i < cell->len; i++) {
        char c = cell->text[i];
        const char *special = escape && c != '\0' ? strchr(specials, c) : NULL;
        if (special) {
            buffer_add_char(into, '\\');
            c = letters[special - specials];
            escaped = true;
        } else if (cell->quoted && c == quote) {
            i++;
        }
        buffer_add_char(into, c);
    }
    return escaped;
}

static void read_head(const struct flat_rows *flat, const char *text, size_t len, struct arena *arena,
                      struct flat_head *head)
{
    const struct quoting *quoting = &((const struct csv_rows *)flat)->quoting;
    struct wrong wrong;
    size_t record = without_end(text, record_len(quoting, text, len)), bad;
    head->count = split(quoting, text, record, NULL, 0, &wrong);
    if (!scan_utf8(text, record, &bad) && flat->header)
        wrong = (struct wrong){"invalid UTF-8", bad};
    if (wrong.reason && flat->header) {
        struct position place = {0};
        for (size_t i = 0; i < wrong.at; i++) {
            place.line += text[i] == '\n';
            place.byte = text[i] == '\n' ? 0 : place.byte + 1;
        }
        head->wrong = wrong.reason;
        head->line = place.line + 1;
        head->byte = place.byte + 1;
    }
    struct cell *cells = mem_zero(head->count + 1, sizeof *cells);
    split(quoting, text, record, cells, head->count, &wrong);
    head->cells = arena_alloc(arena, head->count * sizeof *head->cells);
    struct buffer name = {0};
    for (size_t i = 0; i < head->count; i++) {
        name.len = 0;
        decode(&cells[i], quoting->quote, false, &name);
        head->cells[i] =
            (struct span){.text = arena_copy(arena, name.data, name.len), .len = name.len, .type = SPAN_CELL};
    }
    buffer_free(&name);
    free(cells);
}

static void scan(const struct flat_rows *flat, struct scan_cells *ends, const char *text, size_t len)
{
    const struct quoting *quoting = &((const struct csv_rows *)flat)->quoting;
    scan_csv(ends, text, len, quoting->delimiter, quoting->quote);
}

/* A first line with delimiters and no tab. (One of a single cell is TSV's.) */
static bool begins(const char *text, size_t len, const struct rows_options *options)
{
    const char *newline = memchr(text, '\n', len);
    size_t line = newline ? (size_t)(newline - text) : len;
    return memchr(text, options->quoting.delimiter, line) &&
           (options->quoting.delimiter == '\t' || !memchr(text, '\t', line));
}

static void *open_rows(const struct row_input *input)
{
    struct csv_rows *rows = mem_zero(1, sizeof *rows);
    rows->quoting = input->options->quoting;
    rows->flat.read_head = read_head;
    rows->flat.scan = scan;
    frame_quoted_lines(input->frame, rows->quoting);
    size_t len;
    const char *text = frame_sniff(input->frame, true, &len); /* more than a line, if the header has newlines */
    flat_open(&rows->flat, input, text, len);
    return rows;
}

static void close_rows(void *form)
{
    flat_close(form);
    free(form);
}

static struct rows_reader *reader_new(void *form)
{
    struct csv_rows *rows = form;
    struct csv_reader *reader = mem_zero(1, sizeof *reader);
    flat_reader_open(&reader->flat, &rows->flat);
    reader->quoting = &rows->quoting;
    return &reader->flat.row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    (void)form;
    struct csv_reader *reader = (struct csv_reader *)row;
    flat_reader_close(&reader->flat);
    arena_free(&reader->arena);
    buffer_free(&reader->text);
    free(reader->cells);
    free(reader);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct csv_reader *reader = (struct csv_reader *)row;
    struct flat_reader *flat = &reader->flat;
    arena_reset(&reader->arena);
    if (!flat_reader_start(flat, batch, result))
        return;
    if (reader->cell_cap < flat->file->count) {
        reader->cell_cap = flat->file->count;
        reader->cells = mem_resize(reader->cells, reader->cell_cap, sizeof *reader->cells);
    }
    if (batch->first && flat->rows->header)
        flat->at = record_len(reader->quoting, batch->text, batch->len);
}

static bool holds_special(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\\' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r')
            return true;
    return false;
}

/* The cell as a slot has it: one that is empty, or is the text for null, is null unless it is quoted. */
static struct span cell_span(struct csv_reader *reader, const struct cell *cell)
{
    const struct flat_rows *rows = reader->flat.rows;
    char quote = reader->quoting->quote;
    struct span span = {.text = cell->text, .len = cell->len, .type = SPAN_CELL};
    if (!cell->quoted && (cell->len == 0 || (rows->null && cell->len == rows->null_len &&
                                             memcmp(cell->text, rows->null, cell->len) == 0)))
        span.type = SPAN_NULL;
    else if (cell->odd && (holds_special(cell->text, cell->len) ||
                           (cell->quoted && memchr(cell->text, quote, cell->len)))) {
        reader->text.len = 0;
        span.escaped = decode(cell, quote, true, &reader->text);
        span.len = reader->text.len;
        span.text = arena_copy(&reader->arena, reader->text.data, reader->text.len);
    }
    return span;
}

/* The next record if there are no quotes in the piece and it is as it should be: as many cells as columns. Fills the
 * slots; false: look closer. */
static bool plain_record(struct csv_reader *reader, size_t *len)
{
    struct flat_reader *flat = &reader->flat;
    const uint32_t *positions = flat->ends.positions + flat->next;
    const char *text = flat->batch->text + flat->piece;
    size_t start, end, count = flat->file->count;
    if (!flat_reader_line(flat, &start, &end))
        return false;
    if (end > start && text[end - 1] == '\r')
        end--;
    for (size_t i = 0; i < flat->rows->paths->count; i++) {
        size_t column = flat->file->column[i];
        size_t from = column > 0 ? positions[column - 1] + (size_t)1 : start;
        size_t to = column + 1 < count ? positions[column] : end;
        struct cell cell = {.text = text + from, .len = to - from, .odd = flat->ends.any_backslash};
        flat->slots[i] = cell_span(reader, &cell);
    }
    *len = end - start;
    flat_reader_line_done(flat);
    return true;
}

/* The token behind the cell that begins with the quote of token `at`; SIZE_MAX: look closer. */
static size_t pass_cell(const struct csv_reader *reader, size_t at, struct cell *cell)
{
    const struct scan_cells *ends = &reader->flat.ends;
    const unsigned char quote = (unsigned char)reader->quoting->quote;
    const char *text = reader->flat.batch->text + reader->flat.piece;
    size_t open = ends->positions[at], first = at + 1;
    *cell = (struct cell){.text = text + open + 1, .quoted = true, .odd = ends->any_backslash};
    for (at = first; at + 1 < ends->count; at++) {
        if (ends->kinds[at] != quote) {
            cell->odd |= ends->kinds[at] == '\n';
            continue;
        }
        size_t close = ends->positions[at], behind = ends->positions[at + 1];
        if (ends->kinds[at + 1] == quote && behind == close + 1) {
            cell->odd = true;
            at++;
            continue;
        }
        bool returns = behind == close + 2 && ends->kinds[at + 1] == '\n' && text[close + 1] == '\r';
        cell->len = close - open - 1;
        return ends->kinds[at + 1] != quote && (behind == close + 1 || returns) ? at + 1 : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* The same where there are quotes. */
static bool quoted_record(struct csv_reader *reader, size_t *len)
{
    const struct scan_cells *ends = &reader->flat.ends;
    const unsigned char quote = (unsigned char)reader->quoting->quote;
    const char *text = reader->flat.batch->text + reader->flat.piece;
    size_t start = reader->flat.at - reader->flat.piece, from = start, at = reader->flat.next, count = 0, end = 0;
    for (bool more = true; more; at++, count++) {
        if (at >= ends->count || count == reader->flat.file->count)
            return false;
        struct cell *cell = &reader->cells[count];
        if (ends->kinds[at] == quote && ends->positions[at] == from) {
            at = pass_cell(reader, at, cell);
            if (at == SIZE_MAX)
                return false;
            end = ends->positions[at];
        } else {
            while (at < ends->count && ends->kinds[at] == quote)
                at++;
            if (at == ends->count)
                return false;
            end = ends->positions[at];
            *cell = (struct cell){.text = text + from, .len = end - from, .odd = ends->any_backslash};
            if (ends->kinds[at] == '\n' && cell->len > 0 && text[end - 1] == '\r')
                cell->len--;
        }
        more = ends->kinds[at] != '\n';
        from = end + 1;
    }
    if (count != reader->flat.file->count || reader->flat.piece + end >= reader->flat.end)
        return false;
    for (size_t i = 0; i < reader->flat.rows->paths->count; i++)
        reader->flat.slots[i] = cell_span(reader, &reader->cells[reader->flat.file->column[i]]);
    *len = without_end(text + start, end - start);
    reader->flat.at = reader->flat.piece + end + 1;
    reader->flat.next = at;
    return true;
}

/* Checks the record (len without its line end) and splits it. True: it is a row. Else *go_on says whether to go on. */
static bool check(struct csv_reader *reader, size_t record, size_t len, bool *go_on)
{
    const char *text = reader->flat.batch->text + record;
    size_t wanted = reader->flat.file->count;
    struct wrong wrong;
    size_t count = split(reader->quoting, text, len, reader->cells, wanted, &wrong), at;
    if (!scan_utf8(text, len, &at)) {
        *go_on = flat_reader_bad(&reader->flat, record, len, at, "invalid UTF-8");
        return false;
    }
    if (wrong.reason) {
        *go_on = flat_reader_bad(&reader->flat, record, len, wrong.at, wrong.reason);
        return false;
    }
    if (count == wanted)
        return true;
    const struct cell *last = count > wanted ? &reader->cells[wanted - 1] : NULL;
    *go_on = flat_reader_miscounted(&reader->flat, record, len, count,
                                    last ? (size_t)(last->text - text) + last->len + last->quoted : 0);
    return false;
}

/* The next record byte by byte; false: it is bad, and whether to go on is in *go_on. */
static bool careful_record(struct csv_reader *reader, size_t *len, bool *go_on)
{
    const struct batch *batch = reader->flat.batch;
    size_t record = reader->flat.at;
    size_t whole = record_len(reader->quoting, batch->text + record, batch->len - record);
    *len = without_end(batch->text + record, whole);
    reader->flat.at = record + whole;
    reader->flat.end = reader->flat.piece = 0;
    if (!check(reader, record, *len, go_on)) {
        reader->flat.piece_size = FLAT_PIECE_MIN;
        return false;
    }
    for (size_t i = 0; i < reader->flat.rows->paths->count; i++)
        reader->flat.slots[i] = cell_span(reader, &reader->cells[reader->flat.file->column[i]]);
    return true;
}

/* Passes a line without a byte, which is no record unless records are of one cell. */
static bool pass_blank(struct csv_reader *reader)
{
    const char *text = reader->flat.batch->text + reader->flat.at;
    size_t left = reader->flat.batch->len - reader->flat.at;
    size_t len = text[0] == '\n' ? 1 : left > 1 && text[0] == '\r' && text[1] == '\n' ? 2 : 0;
    if (len == 0 || reader->flat.file->count == 1)
        return false;
    reader->flat.next += reader->flat.at < reader->flat.end; /* its newline */
    reader->flat.at += len;
    return true;
}

static bool next(struct rows_reader *row)
{
    struct csv_reader *reader = (struct csv_reader *)row;
    const struct batch *batch = reader->flat.batch;
    bool go_on = true;
    while (go_on && reader->flat.at < batch->len) {
        size_t record = reader->flat.at, len;
        if (pass_blank(reader))
            continue;
        bool quick = record < reader->flat.end || flat_reader_piece(&reader->flat);
        reader->flat.index++;
        reader->flat.result->records++;
        if (!(quick && (reader->flat.ends.any_quote ? quoted_record(reader, &len) : plain_record(reader, &len))) &&
            !careful_record(reader, &len, &go_on))
            continue;
        flat_reader_give(&reader->flat, record, len);
        return true;
    }
    return false;
}

const struct row_form row_form_csv = {
    .name = "csv", .title = "CSV", .suffix = ".csv", .flat = true, .quoted = true, .begins = begins, .open = open_rows,
    .source = flat_source, .header = flat_header, .bind = flat_bind, .watch = flat_watch, .close = close_rows,
    .reader_new = reader_new, .start = start, .next = next, .reader_free = reader_free};
