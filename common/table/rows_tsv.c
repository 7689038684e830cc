#include "table/rows_tsv_inner.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "json/json.h"
#include "json/scan/scan.h"
#include "value/tsv.h"

/* What one file's first line settled. */
struct file_columns {
    bool ready;
    bool returns;      /* its lines end in \r\n */
    size_t count;      /* cells a line must have */
    size_t *column;    /* of each path */
    struct span stranger; /* a column that the first file had not, as a JSON string; for `*` */
    char *error;       /* not NULL: the whole message: this file can't be read */
};

struct rows_tsv {
    bool header, watched;
    struct arena arena;
    struct span *names; /* the first file's */
    size_t count;
    const struct path_set *paths;
    const struct span **wanted; /* by path: its column's name */
    pthread_mutex_t lock;
    pthread_cond_t settled;
    struct file_columns **files;
    size_t file_cap;
};

struct rows_tsv_reader {
    struct rows_tsv *columns;
    const struct file_columns *file;
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

static bool ends_in_return(const char *text, size_t len)
{
    size_t line = line_len(text, len, false);
    return line > 0 && text[line - 1] == '\r';
}

/* The names in a file's first line, decoded; without a header c1, c2, … */
static struct span *read_names(struct arena *arena, const char *line, size_t len, bool header, size_t *count)
{
    size_t cells = tsv_split(line, len, NULL, 0);
    struct span *names = arena_alloc(arena, cells * sizeof *names);
    tsv_split(line, len, names, cells);
    struct buffer name = {0};
    for (size_t i = 0; i < cells; i++) {
        name.len = 0;
        if (header)
            tsv_decode(names[i], &name);
        else
            buffer_add_format(&name, "c%zu", i + 1);
        names[i] = (struct span){.text = arena_copy(arena, name.data, name.len), .len = name.len, .type = SPAN_CELL};
    }
    buffer_free(&name);
    *count = cells;
    return names;
}

struct rows_tsv *rows_tsv_new(const char *text, size_t len, bool header)
{
    struct rows_tsv *columns = mem_zero(1, sizeof *columns);
    columns->header = header;
    pthread_mutex_init(&columns->lock, NULL);
    pthread_cond_init(&columns->settled, NULL);
    if (text)
        columns->names = read_names(&columns->arena, text, line_len(text, len, true), header, &columns->count);
    return columns;
}

const struct span *rows_tsv_header(const struct rows_tsv *columns, size_t *count)
{
    *count = columns->count;
    return columns->names;
}

static bool same_name(const struct span *name, const char *text, size_t len)
{
    return name->len == len && (len == 0 || memcmp(name->text, text, len) == 0);
}

/* The path's column: its keys joined by dots are the whole name. */
static const struct span *find_column(const struct rows_tsv *columns, const struct path *path)
{
    struct buffer name = {0};
    const struct span *found = NULL;
    bool keys = true;
    for (size_t i = 0; i < path->count && keys; i++) {
        keys = path->steps[i].key != NULL;
        if (i > 0)
            buffer_add_char(&name, '.');
        if (keys)
            buffer_add(&name, path->steps[i].key, path->steps[i].key_len);
    }
    for (size_t i = 0; i < columns->count; i++) {
        const struct span *column = &columns->names[i];
        if (!same_name(column, path->text, strlen(path->text)) && !(keys && same_name(column, name.data, name.len)))
            continue;
        if (found)
            die(STATUS_USAGE, "two columns are called '%.*s'", (int)found->len, found->text);
        found = column;
    }
    buffer_free(&name);
    return found;
}

static _Noreturn void die_unknown(const struct rows_tsv *columns, const struct path *path)
{
    struct buffer list = {0};
    for (size_t i = 0; i < columns->count; i++) {
        buffer_add_text(&list, i > 0 ? ", " : "");
        buffer_add(&list, columns->names[i].text, columns->names[i].len);
    }
    if (path->count > 1)
        die(STATUS_USAGE, "no column '%s' (JSON text in a cell is looked into by get_json_object only); there are: %.*s",
            path->text, (int)list.len, list.data);
    die(STATUS_USAGE, "no column '%s'; there are: %.*s", path->text, (int)list.len, list.data ? list.data : "");
}

void rows_tsv_bind(struct rows_tsv *columns, const struct path_set *paths)
{
    columns->paths = paths;
    columns->wanted = mem_zero(paths->count, sizeof(struct span *));
    for (size_t i = 0; i < paths->count; i++) {
        columns->wanted[i] = find_column(columns, paths->paths[i]);
        if (!columns->wanted[i])
            die_unknown(columns, paths->paths[i]);
    }
}

void rows_tsv_watch(struct rows_tsv *columns)
{
    columns->watched = true;
}

void rows_tsv_free(struct rows_tsv *columns)
{
    if (!columns)
        return;
    for (size_t i = 0; i < columns->file_cap; i++)
        if (columns->files[i]) {
            free(columns->files[i]->column);
            free(columns->files[i]->error);
            free(columns->files[i]);
        }
    free(columns->files);
    free(columns->wanted);
    pthread_cond_destroy(&columns->settled);
    pthread_mutex_destroy(&columns->lock);
    arena_free(&columns->arena);
    free(columns);
}

static void file_error(struct file_columns *file, const char *name, const char *what, const struct span *column)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%s:1: %s '%.*s'", name, what, (int)column->len, column->text);
    free(file->error);
    file->error = mem_copy(text.data, text.len);
    buffer_free(&text);
}

static size_t find_name(const struct span *names, size_t count, const struct span *name, size_t from)
{
    for (size_t i = from; i < count; i++)
        if (same_name(&names[i], name->text, name->len))
            return i;
    return count;
}

/* A name that the first file has not got, as a JSON string: what `*` must not drop. */
static void note_new_column(struct rows_tsv *columns, struct file_columns *file, const struct span *names)
{
    for (size_t i = 0; i < file->count && file->stranger.type == SPAN_ABSENT; i++) {
        if (find_name(columns->names, columns->count, &names[i], 0) < columns->count)
            continue;
        struct buffer text = {0};
        json_encode(names[i].text, names[i].len, &text);
        file->stranger =
            (struct span){.text = arena_copy(&columns->arena, text.data, text.len), .len = text.len, .type = SPAN_STRING};
        file->stranger.escaped = memchr(text.data, '\\', text.len) != NULL;
        buffer_free(&text);
    }
}

/* From a file's first line: which column each path means. Under the lock. */
static struct file_columns *settle(struct rows_tsv *columns, const struct batch *batch)
{
    struct file_columns *file = mem_zero(1, sizeof *file);
    file->returns = ends_in_return(batch->text, batch->len);
    struct span *names = read_names(&columns->arena, batch->text, line_len(batch->text, batch->len, file->returns),
                                    columns->header, &file->count);
    file->column = mem_zero(columns->paths->count, sizeof *file->column);
    for (size_t i = 0; i < columns->paths->count; i++) {
        const struct span *wanted = columns->wanted[i];
        size_t column = find_name(names, file->count, wanted, 0);
        if (column == file->count)
            file_error(file, batch->file, "no column", wanted);
        else if (find_name(names, file->count, wanted, column + 1) < file->count)
            file_error(file, batch->file, "two columns are called", wanted);
        else
            file->column[i] = column;
    }
    if (columns->watched)
        note_new_column(columns, file, names);
    file->ready = true;
    return file;
}

/* The columns of the batch's file; its first batch settles them. */
static const struct file_columns *file_columns(struct rows_tsv *columns, const struct batch *batch)
{
    size_t number = batch->file_index;
    pthread_mutex_lock(&columns->lock);
    if (number >= columns->file_cap) {
        size_t cap = 2 * number + 8;
        columns->files = mem_resize(columns->files, cap, sizeof *columns->files);
        for (size_t i = columns->file_cap; i < cap; i++)
            columns->files[i] = NULL;
        columns->file_cap = cap;
    }
    if (batch->first && !columns->files[number]) {
        columns->files[number] = settle(columns, batch);
        pthread_cond_broadcast(&columns->settled);
    }
    while (!columns->files[number])
        pthread_cond_wait(&columns->settled, &columns->lock);
    const struct file_columns *file = columns->files[number];
    pthread_mutex_unlock(&columns->lock);
    return file;
}

struct rows_tsv_reader *rows_tsv_reader_new(struct rows_tsv *columns)
{
    struct rows_tsv_reader *reader = mem_zero(1, sizeof *reader);
    reader->columns = columns;
    reader->piece_size = PIECE;
    reader->slots = mem_zero(columns->paths->count, sizeof *reader->slots);
    return reader;
}

void rows_tsv_reader_free(struct rows_tsv_reader *reader)
{
    if (!reader)
        return;
    scan_cells_free(&reader->ends);
    free(reader->slots);
    free(reader->cells);
    free(reader);
}

void rows_tsv_start(struct rows_tsv_reader *reader, const struct batch *batch, struct result *result)
{
    reader->batch = batch;
    reader->result = result;
    reader->at = reader->piece = reader->end = 0;
    reader->index = 0;
    reader->file = file_columns(reader->columns, batch);
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
static bool bad(struct rows_tsv_reader *reader, size_t line, size_t len, size_t at, const char *reason)
{
    return result_bad(reader->result, reader->batch, line + at, reader->index - 1, reader->batch->text + line, len, false, reason);
}

/* Checks the line and splits it into cells. True: it is a row. Else *go_on says whether to go on behind it. */
static bool split(struct rows_tsv_reader *reader, size_t line, size_t len, bool *go_on)
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
static bool next_piece(struct rows_tsv_reader *reader)
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
static bool quick_line(struct rows_tsv_reader *reader, size_t *len)
{
    const struct file_columns *file = reader->file;
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
static bool careful_line(struct rows_tsv_reader *reader, size_t *len, bool *go_on)
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

bool rows_tsv_next(struct rows_tsv_reader *reader, struct rows_reader *row)
{
    const struct batch *batch = reader->batch;
    bool go_on = true;
    while (go_on && reader->at < batch->len) {
        size_t line = reader->at, len;
        bool quick = line < reader->end || next_piece(reader);
        reader->index++;
        reader->result->records++;
        if (!(quick && quick_line(reader, &len)) && !careful_line(reader, &len, &go_on))
            continue;
        *row = (struct rows_reader){.slots = reader->slots,
                                    .record = {.text = batch->text + line, .len = len, .type = SPAN_CELL},
                                    .index = reader->index - 1,
                                    .at = line,
                                    .stranger = reader->file->stranger};
        return true;
    }
    return false;
}
