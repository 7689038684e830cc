#include "table/relation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/spill.h"
#include "json/json.h"
#include "value/nested.h"
#include "value/pack.h"

/* A row: the length of what follows, then each cell: its span's type, whether it has escapes, its length, its text. */
enum { ROW_HEAD = 8, CELL_HEAD = 6, BATCH_SIZE = 256 * 1024, SPAN_SLACK = 64 };

struct relation {
    int descriptor;
    const char *text; /* mapped; NULL: there are no rows */
    uint64_t to;
    size_t mapped;
    struct span *names;
    size_t count;
    struct arena arena;
};

struct relation *relation_new(const char *const *names, size_t count)
{
    struct relation *relation = mem_zero(1, sizeof *relation);
    relation->descriptor = spill_open();
    relation->names = arena_alloc(&relation->arena, (count + 1) * sizeof *relation->names);
    relation->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(names[i]);
        relation->names[i] =
            (struct span){.text = arena_copy(&relation->arena, names[i], len), .len = len, .type = SPAN_CELL};
    }
    return relation;
}

void relation_free(struct relation *relation)
{
    if (!relation)
        return;
    if (relation->text)
        munmap((void *)(uintptr_t)relation->text, relation->mapped);
    close(relation->descriptor);
    arena_free(&relation->arena);
    free(relation);
}

struct output *relation_output(struct relation *relation)
{
    return output_start(spill_copy(relation->descriptor), "temporary file");
}

void relation_settle(struct relation *relation)
{
    static const char zeros[SPAN_SLACK]; /* spans may be read beyond their end */
    struct stat info;
    if (fstat(relation->descriptor, &info) != 0)
        spill_lost();
    relation->to = (uint64_t)info.st_size;
    if (relation->to == 0)
        return;
    if (write(relation->descriptor, zeros, sizeof zeros) != (ssize_t)sizeof zeros)
        spill_lost();
    relation->mapped = (size_t)relation->to + sizeof zeros;
    void *text = mmap(NULL, relation->mapped, PROT_READ, MAP_SHARED, relation->descriptor, 0);
    if (text == MAP_FAILED)
        spill_lost();
    relation->text = text;
}

uint64_t relation_bytes(const struct relation *relation)
{
    return relation->to;
}

static uint64_t row_size(const char *row)
{
    uint64_t size;
    memcpy(&size, row, sizeof size);
    return size + ROW_HEAD;
}

static void read_cells(const char *row, struct span *cells, size_t count)
{
    const char *at = row + ROW_HEAD;
    for (size_t i = 0; i < count; i++) {
        uint32_t len;
        memcpy(&len, at + 2, sizeof len);
        cells[i] = (struct span){
            .text = at + CELL_HEAD, .len = len, .type = (unsigned char)at[0], .escaped = at[1] != 0};
        at += CELL_HEAD + len;
    }
}

bool relation_next(const struct relation *relation, uint64_t *at, struct span *cells)
{
    if (*at >= relation->to)
        return false;
    read_cells(relation->text + *at, cells, relation->count);
    *at += row_size(relation->text + *at);
    return true;
}

/* Writing. */

static void *form_start(const struct select *select, const struct output_form_options *options)
{
    (void)options;
    return (void *)(uintptr_t)select;
}

static void add_cell(unsigned char type, bool escaped, const char *text, size_t len, struct buffer *into)
{
    uint32_t size = (uint32_t)len;
    if (len > UINT32_MAX)
        mem_refuse(len, 1);
    buffer_add_char(into, (char)type);
    buffer_add_char(into, escaped);
    buffer_add(into, &size, sizeof size);
    buffer_add(into, text, len);
}

static void add_string(const struct value *value, struct buffer *into)
{
    static const char head[CELL_HEAD];
    size_t start = into->len;
    buffer_add(into, head, sizeof head);
    json_encode(value->text, value->len, into);
    size_t len = into->len - start - CELL_HEAD;
    uint32_t size = (uint32_t)len;
    into->data[start] = SPAN_STRING;
    into->data[start + 1] = len != value->len + 2;
    memcpy(into->data + start + 2, &size, sizeof size);
}

/* As text of JSON what that says in full, all else packed. */
static void add_value(const struct value *value, struct buffer *scratch, struct buffer *into)
{
    char digits[VALUE_LONG_DIGITS];
    size_t len;
    scratch->len = 0;
    switch (value->type) {
    case VALUE_NULL:
        add_cell(SPAN_NULL, false, NULL, 0, into);
        return;
    case VALUE_BOOLEAN:
        add_cell(value->boolean ? SPAN_TRUE : SPAN_FALSE, false, value->boolean ? "true" : "false",
                 value->boolean ? 4 : 5, into);
        return;
    case VALUE_STRING:
        if (value_is_binary(value))
            break;
        add_string(value, into);
        return;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        if (value->of)
            break;
        add_cell(value->type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT, false, value->text, value->len, into);
        return;
    case VALUE_LONG:
        if (value->width == 0 || value->width == 8) {
            const char *text = value_long_digits(value->integer, digits, &len);
            add_cell(SPAN_NUMBER, false, text, len, into);
            return;
        }
        break;
    default:
        break;
    }
    pack_value(scratch, value);
    add_cell(SPAN_PACKED, false, scratch->data, scratch->len, into);
}

static void write_row(const void *form, const struct output_row *row, struct buffer *into)
{
    const struct select *select = form;
    size_t start = into->len;
    uint64_t size = 0;
    buffer_add(into, &size, sizeof size);
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (!item->path) {
            add_value(&row->items[i], row->scratch, into);
            continue;
        }
        struct span span = row->slots[item->slot];
        add_cell(span.type == SPAN_ABSENT ? SPAN_NULL : span.type, span.escaped, span.text, span.len, into);
    }
    size = into->len - start - ROW_HEAD;
    memcpy(into->data + start, &size, sizeof size);
}

static void form_finish(void *form, bool complete, struct output *out)
{
    (void)form;
    (void)complete;
    (void)out;
}

const struct output_form output_form_relation = {
    .name = "relation", .start = form_start, .row = write_row, .finish = form_finish};

/* Reading. */

struct relation_rows {
    struct source source; /* first */
    const struct relation *relation;
    uint64_t at, sequence;
    const struct path_set *paths;
    size_t *column; /* by path; SIZE_MAX: none */
};

struct relation_reader {
    struct rows_reader row; /* first: the public face */
    struct relation_rows *rows;
    struct span *cells, *slots;
    const struct batch *batch;
    struct result *result;
    size_t at;
    struct arena arenas[2]; /* what was looked up in ROWS_ALIVE rows, and in those before */
    size_t taken;
};

static bool next_batch(struct source *source, struct batch *batch)
{
    struct relation_rows *rows = (struct relation_rows *)source;
    const struct relation *relation = rows->relation;
    batch->status = STATUS_OK;
    batch->sequence = rows->sequence;
    if (rows->at >= relation->to || source_stopped(source))
        return false;
    uint64_t from = rows->at;
    while (rows->at < relation->to && rows->at - from < BATCH_SIZE)
        rows->at += row_size(relation->text + rows->at);
    batch->kind = BATCH_PAYLOAD;
    batch->text = relation->text + from;
    batch->len = (size_t)(rows->at - from);
    batch->file = "a table in between";
    batch->first = from == 0;
    rows->sequence++;
    return true;
}

static void place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    (void)at;
    snprintf(text, size, "%s: row %llu of part %llu", batch->file, (unsigned long long)record + 1,
             (unsigned long long)batch->sequence + 1);
}

static void progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    const struct relation_rows *rows = (const struct relation_rows *)source;
    *done = rows->at;
    *size = rows->relation->to;
}

static const struct source_kind kind = {.next = next_batch, .place = place, .progress = progress};

static void *open_rows(const struct row_input *input)
{
    struct relation_rows *rows = mem_zero(1, sizeof *rows);
    rows->source = (struct source){.kind = &kind, .batch_size = BATCH_SIZE};
    rows->relation = input->options->relation;
    rows->at = 0;
    return rows;
}

static struct source *get_source(void *form)
{
    struct relation_rows *rows = form;
    return &rows->source;
}

static const struct span *header(const void *form, size_t *count)
{
    const struct relation_rows *rows = form;
    *count = rows->relation->count;
    return rows->relation->names;
}

static size_t find_column(const struct relation *relation, const char *name, size_t len)
{
    for (size_t i = 0; i < relation->count; i++)
        if (relation->names[i].len == len && memcmp(relation->names[i].text, name, len) == 0)
            return i;
    return SIZE_MAX;
}

static bool bind_paths(void *form, const struct path_set *paths, struct problem *problem)
{
    struct relation_rows *rows = form;
    rows->paths = paths;
    rows->column = mem_zero(paths->count + 1, sizeof *rows->column);
    for (size_t i = 0; i < paths->count; i++) {
        const struct path *path = paths->paths[i];
        const struct path_step *first = path->steps;
        rows->column[i] =
            path->count > 0 && first->key ? find_column(rows->relation, first->key, first->key_len) : SIZE_MAX;
        if (rows->column[i] == SIZE_MAX)
            return problem_set(problem, STATUS_USAGE, "no column %s", path->text);
    }
    return true;
}

static void watch(void *form, const struct path *path, bool all)
{
    (void)form;
    (void)path;
    (void)all;
}

static void close_rows(void *form)
{
    struct relation_rows *rows = form;
    free(rows->column);
    free(rows);
}

static struct rows_reader *reader_new(void *form)
{
    struct relation_reader *reader = mem_zero(1, sizeof *reader);
    reader->rows = form;
    reader->cells = mem_zero(reader->rows->relation->count + 1, sizeof *reader->cells);
    reader->slots = mem_zero(reader->rows->paths->count + 1, sizeof *reader->slots);
    return &reader->row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    (void)form;
    struct relation_reader *reader = (struct relation_reader *)row;
    arena_free(&reader->arenas[0]);
    arena_free(&reader->arenas[1]);
    free(reader->cells);
    free(reader->slots);
    free(reader);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct relation_reader *reader = (struct relation_reader *)row;
    reader->batch = batch;
    reader->result = result;
    reader->at = 0;
    row->index = UINT64_MAX;
}

static struct span element(struct span array, int64_t index)
{
    struct json_cursor cursor = json_cursor_into(array);
    struct span value;
    for (; json_cursor_next(&cursor, &value); index--)
        if (index == 0)
            return value;
    return (struct span){0};
}

/* The same in a value that was packed; what is found is packed again. */
static struct span look_into_packed(struct span span, const struct path *path, struct arena *arena)
{
    struct value value = value_from_span(span, arena);
    for (size_t i = 1; i < path->count; i++)
        value = nested_step(&value, &path->steps[i], arena);
    if (value.type == VALUE_NULL)
        return (struct span){0};
    return pack_span(&value, arena);
}

/* What the steps behind a column lead to. */
static struct span look_into(struct span span, const struct path *path, struct arena *arena)
{
    if (span.type == SPAN_PACKED)
        return look_into_packed(span, path, arena);
    for (size_t i = 1; i < path->count && span.type != SPAN_ABSENT; i++) {
        const struct path_step *step = &path->steps[i];
        if (step->key && span.type == SPAN_OBJECT) {
            span = json_cursor_find(json_cursor_into(span), step->key, step->key_len, NULL);
        } else if (!step->key && span.type == SPAN_ARRAY) {
            span = element(span, step->index);
        } else if (step->key && span.type == SPAN_ARRAY) {
            struct value array = value_from_span(span, arena);
            struct value members = nested_members(&array, step->key, step->key_len, arena);
            span = (struct span){.text = members.text, .len = members.len, .type = SPAN_ARRAY};
        } else {
            return (struct span){0};
        }
    }
    return span;
}

static bool next(struct rows_reader *row)
{
    struct relation_reader *reader = (struct relation_reader *)row;
    const struct relation_rows *rows = reader->rows;
    if (reader->at >= reader->batch->len)
        return false;
    const char *text = reader->batch->text + reader->at;
    if (reader->taken++ % ROWS_ALIVE == 0) {
        struct arena older = reader->arenas[1];
        reader->arenas[1] = reader->arenas[0];
        reader->arenas[0] = older;
        arena_reset(&reader->arenas[0]);
    }
    read_cells(text, reader->cells, rows->relation->count);
    for (size_t i = 0; i < rows->paths->count; i++) {
        const struct path *path = rows->paths->paths[i];
        struct span cell = reader->cells[rows->column[i]];
        reader->slots[i] = path->count > 1 ? look_into(cell, path, &reader->arenas[0]) : cell;
    }
    row->at = reader->at;
    reader->at += (size_t)row_size(text);
    reader->result->records++;
    row->slots = reader->slots;
    row->record = (struct span){.text = "", .len = 0};
    row->index++;
    row->stranger = (struct span){0};
    row->spaced = true;
    return true;
}

const struct row_form row_form_relation = {
    .name = "relation", .title = "table", .flat = true, .open = open_rows, .source = get_source, .header = header,
    .bind = bind_paths, .watch = watch, .close = close_rows, .reader_new = reader_new, .start = start, .next = next,
    .reader_free = reader_free};
