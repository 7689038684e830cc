/* TSV: lines of cells below a header of column names; columns are found by name in each file. The first batch of a file
 * settles that file's columns, readers of its later batches wait for that. */
#include "table/form/row_form.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
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

struct names {
    struct span *names;
    size_t count;
    struct index index;
};

struct tsv_rows {
    struct frame *frame;
    bool header, watched;
    const char *null; /* a cell that is null besides \N; or NULL */
    size_t null_len;
    struct arena arena;
    struct names first; /* the first file's */
    const struct path_set *paths;
    const struct span **wanted; /* by path: its column's name */
    pthread_mutex_t lock;
    pthread_cond_t settled;
    struct file_columns **files;
    size_t file_cap;
};

struct tsv_reader {
    struct rows_reader row; /* first: the public face */
    struct tsv_rows *columns;
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
static struct names read_names(struct arena *arena, const char *line, size_t len, bool header)
{
    struct names names = {.count = tsv_split(line, len, NULL, 0)};
    names.names = arena_alloc(arena, names.count * sizeof *names.names);
    tsv_split(line, len, names.names, names.count);
    struct buffer name = {0};
    for (size_t i = 0; i < names.count; i++) {
        name.len = 0;
        if (header)
            tsv_decode(names.names[i], &name);
        else
            buffer_add_format(&name, "c%zu", i + 1);
        names.names[i] =
            (struct span){.text = arena_copy(arena, name.data, name.len), .len = name.len, .type = SPAN_CELL};
        index_add(&names.index, index_hash(names.names[i].text, name.len), i);
    }
    buffer_free(&name);
    return names;
}

static void *open_rows(const struct row_input *input)
{
    struct tsv_rows *columns = mem_zero(1, sizeof *columns);
    columns->frame = input->frame;
    columns->header = input->options->header;
    columns->null = input->options->null;
    columns->null_len = columns->null ? strlen(columns->null) : 0;
    pthread_mutex_init(&columns->lock, NULL);
    pthread_cond_init(&columns->settled, NULL);
    if (input->text)
        columns->first =
            read_names(&columns->arena, input->text, line_len(input->text, input->len, true), columns->header);
    frame_lines(input->frame);
    return columns;
}

static struct source *source(void *form)
{
    struct tsv_rows *columns = form;
    return frame_source(columns->frame);
}

static const struct span *header(const void *form, size_t *count)
{
    const struct tsv_rows *columns = form;
    *count = columns->first.count;
    return columns->first.names;
}

static bool same_name(const struct span *name, const char *text, size_t len)
{
    return name->len == len && (len == 0 || memcmp(name->text, text, len) == 0);
}

/* Columns with one name: the first two. */
struct found {
    size_t count, columns[2];
};

static void find(const struct names *names, const char *name, size_t len, struct found *found)
{
    uint64_t hash = index_hash(name, len);
    for (size_t at = index_first(&names->index, hash); at != INDEX_NONE && found->count < 2;
         at = index_next(&names->index, hash, at)) {
        size_t column = index_number(&names->index, at);
        if (same_name(&names->names[column], name, len) && !(found->count > 0 && found->columns[0] == column))
            found->columns[found->count++] = column;
    }
}

/* The path's keys joined by dots; false if there are others than keys. */
static bool join_keys(const struct path *path, struct buffer *name)
{
    for (size_t i = 0; i < path->count; i++) {
        if (!path->steps[i].key)
            return false;
        if (i > 0)
            buffer_add_char(name, '.');
        buffer_add(name, path->steps[i].key, path->steps[i].key_len);
    }
    return true;
}

/* The path's column: its text is the whole name; or else its keys joined by dots are. NULL if there is none, or two. */
static const struct span *find_column(const struct tsv_rows *columns, const struct path *path, struct problem *problem)
{
    struct found found = {0};
    struct buffer name = {0};
    find(&columns->first, path->text, strlen(path->text), &found);
    if (found.count == 0 && join_keys(path, &name))
        find(&columns->first, name.data ? name.data : "", name.len, &found);
    buffer_free(&name);
    if (found.count == 0)
        return NULL;
    const struct span *column = &columns->first.names[found.columns[0]];
    if (found.count == 2)
        problem_set(problem, STATUS_USAGE, "two columns are called '%.*s'", (int)column->len, column->text);
    return found.count == 2 ? NULL : column;
}

/* Unless there is another problem. */
static void say_unknown(const struct tsv_rows *columns, const struct path *path, struct problem *problem)
{
    struct buffer list = {0};
    const struct span *names = columns->first.names;
    for (size_t i = 0; names && i < columns->first.count && list.len < DIAG_TEXT_MAX; i++) {
        buffer_add_text(&list, i > 0 ? ", " : "");
        buffer_add(&list, names[i].text, names[i].len);
    }
    problem_set(problem, STATUS_USAGE, "no column '%s'%s; there are: %.*s", path->text,
                path->count > 1 ? " (JSON text in a cell is looked into by get_json_object only)" : "", (int)list.len,
                list.data ? list.data : "");
    buffer_free(&list);
}

static bool bind_paths(void *form, const struct path_set *paths, struct problem *problem)
{
    struct tsv_rows *columns = form;
    columns->paths = paths;
    columns->wanted = mem_zero(paths->count, sizeof(struct span *));
    for (size_t i = 0; i < paths->count; i++) {
        columns->wanted[i] = find_column(columns, paths->paths[i], problem);
        if (!columns->wanted[i]) {
            say_unknown(columns, paths->paths[i], problem);
            return false;
        }
    }
    return true;
}

static void watch(void *form, const struct path *path, bool all)
{
    (void)all;
    struct tsv_rows *columns = form;
    columns->watched = columns->watched || !path;
}

static void close_rows(void *form)
{
    struct tsv_rows *columns = form;
    for (size_t i = 0; i < columns->file_cap; i++)
        if (columns->files[i]) {
            free(columns->files[i]->column);
            free(columns->files[i]->error);
            free(columns->files[i]);
        }
    free(columns->files);
    free(columns->wanted);
    index_free(&columns->first.index);
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

/* A name that the first file has not got, as a JSON string: what `*` must not drop. */
static void note_new_column(struct tsv_rows *columns, struct file_columns *file, const struct span *names)
{
    for (size_t i = 0; i < file->count && file->stranger.type == SPAN_ABSENT; i++) {
        struct found found = {0};
        find(&columns->first, names[i].text, names[i].len, &found);
        if (found.count > 0)
            continue;
        struct buffer text = {0};
        json_encode(names[i].text, names[i].len, &text);
        file->stranger = (struct span){
            .text = arena_copy(&columns->arena, text.data, text.len), .len = text.len, .type = SPAN_STRING};
        file->stranger.escaped = memchr(text.data, '\\', text.len) != NULL;
        buffer_free(&text);
    }
}

/* From a file's first line: which column each path means. Under the lock. */
static struct file_columns *settle(struct tsv_rows *columns, const struct batch *batch)
{
    struct file_columns *file = mem_zero(1, sizeof *file);
    file->returns = ends_in_return(batch->text, batch->len);
    struct names names =
        read_names(&columns->arena, batch->text, line_len(batch->text, batch->len, file->returns), columns->header);
    file->count = names.count;
    file->column = mem_zero(columns->paths->count, sizeof *file->column);
    for (size_t i = 0; i < columns->paths->count; i++) {
        const struct span *wanted = columns->wanted[i];
        struct found found = {0};
        find(&names, wanted->text, wanted->len, &found);
        if (found.count == 0)
            file_error(file, batch->file, "no column", wanted);
        else if (found.count == 2)
            file_error(file, batch->file, "two columns are called", wanted);
        else
            file->column[i] = found.columns[0];
    }
    if (columns->watched)
        note_new_column(columns, file, names.names);
    index_free(&names.index);
    file->ready = true;
    return file;
}

/* The columns of the batch's file; its first batch settles them. */
static const struct file_columns *file_columns(struct tsv_rows *columns, const struct batch *batch)
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

static struct rows_reader *reader_new(void *form)
{
    struct tsv_rows *columns = form;
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
    reader->file = file_columns(reader->columns, batch);
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

static void find_nulls(const struct tsv_rows *columns, struct span *slots)
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
    .name = "tsv", .title = "TSV", .flat = true, .open = open_rows, .source = source, .header = header,
    .bind = bind_paths,
    .watch = watch, .close = close_rows, .reader_new = reader_new, .start = start, .next = next,
    .reader_free = reader_free};
