#include "table/form/flat_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "json/json.h"

/* Names are text: whatever else it is that is read here, it is of no flat form. */
static void check_head(const char *text, size_t len, struct flat_head *head)
{
    const char *newline = memchr(text, '\n', len);
    size_t end = newline ? (size_t)(newline - text) : len;
    for (size_t at = 0, size; at < end && !head->wrong; at += size) {
        size = text[at] ? unicode_valid(text + at, end - at) : 0;
        if (size == 0)
            head->wrong =
                text[at] ? "the header is not UTF-8: this is no text" : "a NUL in the header: this is no text";
        head->line = head->wrong ? 1 : 0;
        head->byte = head->wrong ? at + 1 : 0;
    }
}

/* The names in a file's first record; without a header c1, c2, … */
static struct flat_names read_names(struct flat_rows *rows, const char *text, size_t len, struct flat_head *head)
{
    *head = (struct flat_head){0};
    if (rows->header)
        check_head(text, len, head);
    if (!head->wrong)
        rows->read_head(rows, text, len, &rows->arena, head);
    struct flat_names names = {.names = head->cells, .count = head->count};
    struct buffer name = {0};
    for (size_t i = 0; i < names.count; i++) {
        if (!rows->header) {
            name.len = 0;
            buffer_add_format(&name, "c%zu", i + 1);
            names.names[i] = (struct span){
                .text = arena_copy(&rows->arena, name.data, name.len), .len = name.len, .type = SPAN_CELL};
        }
        index_add(&names.index, index_hash(names.names[i].text, names.names[i].len), i);
    }
    buffer_free(&name);
    return names;
}

void flat_open(struct flat_rows *rows, const struct row_input *input, const char *text, size_t len)
{
    struct flat_head head;
    rows->frame = input->frame;
    rows->header = input->options->header;
    rows->null = input->options->null;
    rows->null_len = rows->null ? strlen(rows->null) : 0;
    pthread_mutex_init(&rows->lock, NULL);
    pthread_cond_init(&rows->settled, NULL);
    if (text)
        rows->first = read_names(rows, text, len, &head);
    rows->first_wrong = text && head.wrong;
}

struct source *flat_source(void *form)
{
    struct flat_rows *rows = form;
    return frame_source(rows->frame);
}

const struct span *flat_header(const void *form, size_t *count)
{
    const struct flat_rows *rows = form;
    *count = rows->first.count;
    return rows->first.names;
}

static bool same_name(const struct span *name, const char *text, size_t len)
{
    return name->len == len && (len == 0 || memcmp(name->text, text, len) == 0);
}

/* Columns with one name: the first two. */
struct found {
    size_t count, columns[2];
};

static void find(const struct flat_names *names, const char *name, size_t len, struct found *found)
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
static const struct span *find_column(const struct flat_rows *rows, const struct path *path, struct problem *problem)
{
    struct found found = {0};
    struct buffer name = {0};
    find(&rows->first, path->text, strlen(path->text), &found);
    if (found.count == 0 && join_keys(path, &name))
        find(&rows->first, name.data ? name.data : "", name.len, &found);
    buffer_free(&name);
    if (found.count == 0)
        return NULL;
    const struct span *column = &rows->first.names[found.columns[0]];
    if (found.count == 2)
        problem_set(problem, STATUS_USAGE, "two columns are called '%.*s'", (int)column->len, column->text);
    return found.count == 2 ? NULL : column;
}

/* Unless there is another problem. */
static void say_unknown(const struct flat_rows *rows, const struct path *path, struct problem *problem)
{
    struct buffer list = {0};
    const struct span *names = rows->first.names;
    for (size_t i = 0; names && i < rows->first.count && list.len < DIAG_TEXT_MAX; i++) {
        buffer_add_text(&list, i > 0 ? ", " : "");
        buffer_add(&list, names[i].text, names[i].len);
    }
    problem_set(problem, STATUS_USAGE, "no column '%s'%s; there are: %.*s", path->text,
                path->count > 1 ? " (JSON text in a cell is looked into by get_json_object only)" : "", (int)list.len,
                list.data ? list.data : "");
    buffer_free(&list);
}

bool flat_bind(void *form, const struct path_set *paths, struct problem *problem)
{
    struct flat_rows *rows = form;
    static const struct span nothing = {.text = "", .type = SPAN_CELL};
    rows->paths = paths;
    rows->wanted = mem_zero(paths->count, sizeof(struct span *));
    for (size_t i = 0; i < paths->count; i++) {
        /* a header that can't be read is told with its place, once the file is read */
        rows->wanted[i] = rows->first_wrong ? &nothing : find_column(rows, paths->paths[i], problem);
        if (!rows->wanted[i]) {
            say_unknown(rows, paths->paths[i], problem);
            return false;
        }
    }
    return true;
}

void flat_watch(void *form, const struct path *path, bool all)
{
    (void)all;
    struct flat_rows *rows = form;
    rows->watched = rows->watched || !path;
}

void flat_close(struct flat_rows *rows)
{
    for (size_t i = 0; i < rows->file_cap; i++)
        if (rows->files[i]) {
            free(rows->files[i]->column);
            free(rows->files[i]->error);
            free(rows->files[i]);
        }
    free(rows->files);
    free(rows->wanted);
    index_free(&rows->first.index);
    pthread_cond_destroy(&rows->settled);
    pthread_mutex_destroy(&rows->lock);
    arena_free(&rows->arena);
}

static void file_error(struct flat_file *file, const char *name, const char *what, const struct span *column)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%s:1: %s '%.*s'", name, what, (int)column->len, column->text);
    free(file->error);
    file->error = mem_copy(text.data, text.len);
    buffer_free(&text);
}

static void head_error(struct flat_file *file, const char *name, const struct flat_head *head)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%s:%llu: byte %llu: %s", name, (unsigned long long)head->line,
                      (unsigned long long)head->byte, head->wrong);
    free(file->error);
    file->error = mem_copy(text.data, text.len);
    buffer_free(&text);
}

/* A name that the first file has not got, as a JSON string: what `*` must not drop. */
static void note_new_column(struct flat_rows *rows, struct flat_file *file, const struct span *names)
{
    for (size_t i = 0; i < file->count && file->stranger.type == SPAN_ABSENT; i++) {
        struct found found = {0};
        find(&rows->first, names[i].text, names[i].len, &found);
        if (found.count > 0)
            continue;
        struct buffer text = {0};
        json_encode(names[i].text, names[i].len, &text);
        file->stranger = (struct span){
            .text = arena_copy(&rows->arena, text.data, text.len), .len = text.len, .type = SPAN_STRING};
        file->stranger.escaped = memchr(text.data, '\\', text.len) != NULL;
        buffer_free(&text);
    }
}

/* From a file's first line: which column each path means. Under the lock. */
static struct flat_file *settle(struct flat_rows *rows, const struct batch *batch)
{
    struct flat_file *file = mem_zero(1, sizeof *file);
    struct flat_head head;
    struct flat_names names = read_names(rows, batch->text, batch->len, &head);
    file->returns = head.returns;
    file->count = names.count;
    file->column = mem_zero(rows->paths->count, sizeof *file->column);
    for (size_t i = 0; i < rows->paths->count; i++) {
        const struct span *wanted = rows->wanted[i];
        struct found found = {0};
        find(&names, wanted->text, wanted->len, &found);
        if (found.count == 0)
            file_error(file, batch->file, "no column", wanted);
        else if (found.count == 2)
            file_error(file, batch->file, "two columns are called", wanted);
        else
            file->column[i] = found.columns[0];
    }
    if (rows->watched)
        note_new_column(rows, file, names.names);
    if (head.wrong)
        head_error(file, batch->file, &head);
    index_free(&names.index);
    return file;
}

const struct flat_file *flat_file(struct flat_rows *rows, const struct batch *batch)
{
    size_t number = batch->file_index;
    pthread_mutex_lock(&rows->lock);
    if (number >= rows->file_cap) {
        size_t cap = 2 * number + 8;
        rows->files = mem_resize(rows->files, cap, sizeof *rows->files);
        for (size_t i = rows->file_cap; i < cap; i++)
            rows->files[i] = NULL;
        rows->file_cap = cap;
    }
    if (batch->first && !rows->files[number]) {
        rows->files[number] = settle(rows, batch);
        pthread_cond_broadcast(&rows->settled);
    }
    while (!rows->files[number])
        pthread_cond_wait(&rows->settled, &rows->lock);
    const struct flat_file *file = rows->files[number];
    pthread_mutex_unlock(&rows->lock);
    return file;
}

void flat_reader_open(struct flat_reader *reader, struct flat_rows *rows)
{
    reader->rows = rows;
    reader->piece_size = FLAT_PIECE;
    reader->slots = mem_zero(rows->paths->count, sizeof *reader->slots);
}

void flat_reader_close(struct flat_reader *reader)
{
    scan_cells_free(&reader->ends);
    free(reader->slots);
}

bool flat_reader_start(struct flat_reader *reader, const struct batch *batch, struct result *result)
{
    reader->batch = batch;
    reader->result = result;
    reader->at = reader->piece = reader->end = 0;
    reader->index = 0;
    reader->file = flat_file(reader->rows, batch);
    reader->row.slots = reader->slots;
    reader->row.stranger = reader->file->stranger;
    if (!reader->file->error)
        return true;
    result->status = STATUS_DATA;
    snprintf(result->error, sizeof result->error, "%s", reader->file->error);
    reader->at = batch->len;
    return false;
}

bool flat_reader_piece(struct flat_reader *reader)
{
    const char *text = reader->batch->text + reader->at;
    size_t left = reader->batch->len - reader->at;
    size_t len = left < reader->piece_size ? left : reader->piece_size;
    const char *newline = memrchr(text, '\n', len);
    if (!newline)
        newline = memchr(text + len, '\n', left - len);
    if (!newline || (len = (size_t)(newline - text) + 1) > FLAT_PIECE_MAX)
        return false;
    scan_cells_reserve(&reader->ends, len);
    reader->rows->scan(reader->rows, &reader->ends, text, len);
    reader->piece = reader->at;
    reader->end = reader->at + reader->ends.scanned;
    reader->next = 0;
    if (reader->piece_size < FLAT_PIECE)
        reader->piece_size *= 4;
    return true;
}

bool flat_reader_bad(struct flat_reader *reader, size_t record, size_t len, size_t at, const char *reason)
{
    return result_bad(reader->result, reader->batch, record + at, reader->index - 1, reader->batch->text + record, len,
                      false, reason);
}

bool flat_reader_miscounted(struct flat_reader *reader, size_t record, size_t len, size_t count, size_t last)
{
    char reason[96];
    snprintf(reason, sizeof reason, "expected %zu cells, found %zu", reader->file->count, count);
    return flat_reader_bad(reader, record, len, count < reader->file->count ? len : last, reason);
}
