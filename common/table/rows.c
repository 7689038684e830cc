#include "table/rows.h"

#include <stdlib.h>
#include <string.h>

#include "json/cursor.h"
#include "json/json.h"
#include "table/form/row_form.h"
#include "table/relation.h"
#include "table/schema_parquet.h"

struct rows {
    struct rows_options options;
    struct frame *frame;
    const struct row_form *form;
    void *state; /* the form's own */
    const struct parquet_partitions *partitions; /* by file: columns that belong to all its records; or NULL */
    size_t partition_count;
    struct parquet_partitions *own; /* those, where there is a column for the file itself; or NULL */
    bool columns;           /* some file has some */
    const struct path_set *paths;
    struct path_set inner;  /* a flat form's: those that are no such columns, */
    size_t *from;           /* and which of them each path is; SIZE_MAX: none. NULL: they are the same */
    struct span *header;    /* a flat form's, with the column of the file; or NULL */
    size_t header_count;
    bool *known;            /* by path: some file has it in its name */
};

/* A reader's own, where there are columns in the names of folders. */
struct rows_columns {
    const struct rows *rows;
    const struct parquet_partitions *file; /* of the batch */
    struct span *slots;                    /* of the row, with them */
    size_t *path;                          /* which path each column of the file is; SIZE_MAX: none */
    size_t whole;                          /* the path that is the record itself; SIZE_MAX: none */
    struct buffer record;                  /* with them */
    struct arena texts, before;            /* records of these ROWS_ALIVE rows, and of those before */
    size_t taken;
};

/* Settles the form by how the first input begins, and leaves that in *input. */
static const struct row_form *settle(struct rows *rows, struct row_input *input)
{
    if (rows->form && !rows->form->flat && rows->options.at_once)
        return rows->form;
    input->text = frame_sniff(rows->frame, rows->form && rows->form->flat, &input->len);
    if (rows->form)
        return rows->form;
    const char *name = input->count > 0 ? input->files[0] : NULL;
    const struct row_form *form = row_form_of(name, input->text, input->len, &rows->options);
    if (form->flat) {
        input->text = frame_sniff(rows->frame, true, &input->len); /* a long header, or a long string cut in two */
        form = row_form_of(name, input->text, input->len, &rows->options);
    }
    return form;
}

/* The columns of each file, with one that says which it is. A flat form has none but that. */
static void name_files(struct rows *rows, const struct inputs *inputs)
{
    const char *name = rows->options.file_column;
    rows->partition_count = inputs->count > 0 ? inputs->count : 1;
    rows->own = mem_zero(rows->partition_count, sizeof *rows->own);
    rows->partitions = rows->own;
    for (size_t i = 0; i < rows->partition_count; i++) {
        const struct parquet_partitions *others = inputs->columns && i < inputs->count ? &inputs->columns[i] : NULL;
        for (size_t k = 0; others && !rows->form->flat && k < others->count; k++) {
            const struct parquet_partition *other = &others->columns[k];
            if (!parquet_partition_is(other, name, strlen(name)))
                parquet_partitions_put(&rows->own[i], other->name, other->name_len, &other->value);
        }
        bool named = i < inputs->count && strcmp(inputs->files[i], "-") != 0;
        struct value value = named ? value_string(inputs->files[i], strlen(inputs->files[i])) : value_null();
        parquet_partitions_put(&rows->own[i], name, strlen(name), &value);
    }
}

/* The header with the column of the file, where it has none of that name. */
static void extend_header(struct rows *rows)
{
    const char *name = rows->options.file_column;
    const struct span *header = rows->form->header(rows->state, &rows->header_count);
    rows->header = mem_zero(rows->header_count + 1, sizeof *rows->header);
    for (size_t i = 0; i < rows->header_count; i++) {
        rows->header[i] = header[i];
        if (header[i].len == strlen(name) && memcmp(header[i].text, name, header[i].len) == 0)
            name = ""; /* it is there */
    }
    if (*name)
        rows->header[rows->header_count++] = (struct span){.text = name, .len = strlen(name), .type = SPAN_CELL};
}

/* Rows of a relation: there is nothing to find out. */
static struct rows *open_relation(struct rows *rows)
{
    struct row_input input = {.options = &rows->options};
    rows->form = &row_form_relation;
    rows->state = rows->form->open(&input);
    return rows;
}

struct rows *rows_open(const struct inputs *inputs, const struct rows_options *options)
{
    struct rows *rows = mem_zero(1, sizeof *rows);
    rows->options = *options;
    rows->form = options->form;
    if (options->relation)
        return open_relation(rows);
    if (!rows->options.quoting.delimiter)
        rows->options.quoting = (struct quoting){.delimiter = ',', .quote = '"'};
    struct frame_options frame_options = {
        .framing = options->framing, .lines_of = options->lines, .raw = options->raw, .parquet = true, .elements = true,
        .single = options->single, .progress = true};
    rows->frame = frame_open(inputs->files, inputs->count, &frame_options);
    struct row_input input = {
        .frame = rows->frame, .files = inputs->files, .count = inputs->count, .options = &rows->options};
    rows->form = settle(rows, &input);
    rows->partitions = rows->form->flat ? NULL : inputs->columns;
    rows->partition_count = inputs->count;
    if (options->file_column)
        name_files(rows, inputs);
    input.columns = rows->partitions;
    rows->state = rows->form->open(&input);
    for (size_t i = 0; rows->partitions && i < rows->partition_count; i++)
        rows->columns |= rows->partitions[i].count > 0;
    if (options->file_column && rows->form->header)
        extend_header(rows);
    return rows;
}

const struct row_form *rows_form(const struct rows *rows)
{
    return rows->form;
}

const struct span *rows_header(const struct rows *rows, size_t *count)
{
    *count = rows->header_count;
    if (rows->header)
        return rows->header;
    return rows->form->header ? rows->form->header(rows->state, count) : NULL;
}

void rows_shape_columns(const struct rows *rows, struct schema *schema)
{
    for (size_t i = 0; rows->columns && i < rows->partition_count; i++)
        schema_parquet_add_partitions(schema, &rows->partitions[i]);
}

bool rows_shape(struct rows *rows, struct schema *schema)
{
    if (!rows->form->shape || !rows->form->shape(rows->state, schema))
        return false;
    rows_shape_columns(rows, schema);
    return true;
}

/* The paths that a flat form has to find: not that of the file. */
static const struct path_set *inner_paths(struct rows *rows)
{
    rows->from = mem_zero(rows->paths->count + 1, sizeof *rows->from);
    for (size_t k = 0; k < rows->paths->count; k++)
        rows->from[k] = rows->known[k] ? SIZE_MAX : path_set_add(&rows->inner, rows->paths->paths[k]);
    return &rows->inner;
}

bool rows_bind(struct rows *rows, const struct path_set *paths, struct problem *problem)
{
    bool odd = rows->options.allow || rows->options.corrupt;
    if (odd && rows->form != row_form_find("json") && rows->form != &row_form_relation)
        return problem_usage(problem, "%s goes with NDJSON, and this is %s",
                             rows->options.corrupt ? "--corrupt" : "--allow", rows->form->title);
    if (rows->options.row_groups.on && rows->form != row_form_find("parquet"))
        return problem_usage(problem, "--row-groups goes with Parquet, and this is %s", rows->form->title);
    if (rows->options.lines.on && rows->form != row_form_find("json") && rows->form != row_form_find("envelope"))
        return problem_usage(problem, "--lines goes with NDJSON, and this is %s", rows->form->title);
    rows->paths = paths;
    rows->known = mem_zero(paths->count + 1, sizeof *rows->known);
    for (size_t i = 0; rows->columns && i < rows->partition_count; i++)
        for (size_t k = 0; k < paths->count; k++)
            rows->known[k] |= parquet_partitions_find(&rows->partitions[i], paths->paths[k]) != NULL;
    return rows->form->bind(rows->state, rows->form->flat && rows->columns ? inner_paths(rows) : paths, problem);
}

void rows_where(struct rows *rows, const struct expr *where)
{
    if (where && rows->form->where)
        rows->form->where(rows->state, where);
}

void rows_watch(struct rows *rows, const struct path *path, bool all)
{
    rows->form->watch(rows->state, path, all);
}

bool rows_failed(const struct rows *rows)
{
    return rows->frame && frame_failed(rows->frame);
}

void rows_tell(const struct rows *rows, struct problem *problem)
{
    frame_tell(rows->frame, problem);
}

struct source *rows_source(struct rows *rows)
{
    return rows->form->source(rows->state);
}

void rows_warn_absent(const struct rows *rows, uint64_t records)
{
    if (rows->form->warn_absent && records > 0)
        rows->form->warn_absent(rows->state, rows->known);
}

void rows_close(struct rows *rows)
{
    rows->form->close(rows->state);
    if (rows->frame)
        frame_close(rows->frame);
    for (size_t i = 0; rows->own && i < rows->partition_count; i++)
        parquet_partitions_free(&rows->own[i]);
    free(rows->own);
    free(rows->from);
    free(rows->header);
    path_set_free(&rows->inner);
    free(rows->known);
    free(rows);
}

static struct rows_columns *columns_new(const struct rows *rows)
{
    struct rows_columns *columns = mem_zero(1, sizeof *columns);
    size_t most = 0;
    columns->rows = rows;
    columns->whole = SIZE_MAX;
    for (size_t i = 0; i < rows->partition_count; i++)
        most = rows->partitions[i].count > most ? rows->partitions[i].count : most;
    columns->path = mem_zero(most + 1, sizeof *columns->path);
    columns->slots = mem_zero(rows->paths->count + 1, sizeof *columns->slots);
    for (size_t i = 0; i < rows->paths->count; i++)
        if (rows->paths->paths[i]->count == 0)
            columns->whole = i;
    return columns;
}

/* Goes to a file: which of its columns are asked for. */
static void enter_file(struct rows_columns *columns, const struct parquet_partitions *file)
{
    const struct path_set *paths = columns->rows->paths;
    columns->file = file;
    for (size_t i = 0; i < file->count; i++)
        columns->path[i] = SIZE_MAX;
    for (size_t k = 0; k < paths->count; k++) {
        const struct parquet_partition *column = parquet_partitions_find(file, paths->paths[k]);
        if (column)
            columns->path[column - file->columns] = k;
    }
}

/* The record without its own members of this name. */
static struct span without(struct rows_columns *columns, struct span record, const char *name)
{
    struct json_cursor cursor = json_cursor_into(record);
    struct span key, value;
    if (json_cursor_find(cursor, name, strlen(name), NULL).type == SPAN_ABSENT)
        return record;
    struct buffer text = {0};
    while (json_cursor_member(&cursor, &key, &value)) {
        if (json_string_equal(key, name, strlen(name)))
            continue;
        buffer_add_char(&text, text.len > 0 ? ',' : '{');
        buffer_add(&text, key.text, key.len);
        buffer_add_char(&text, ':');
        buffer_add(&text, value.text, value.len);
    }
    buffer_add_text(&text, text.len > 0 ? "}" : "{}");
    record.text = arena_copy(&columns->texts, text.data, text.len);
    record.len = text.len;
    buffer_free(&text);
    return record;
}

/* The record with the columns as its last members. */
static struct span extend(struct rows_columns *columns, struct span record)
{
    if (columns->taken++ % ROWS_ALIVE == 0) {
        struct arena older = columns->before;
        columns->before = columns->texts;
        columns->texts = older;
        arena_reset(&columns->texts);
    }
    columns->record.len = 0;
    if (columns->rows->options.file_column)
        record = without(columns, record, columns->rows->options.file_column);
    parquet_partitions_extend(columns->file, record.text, record.len, NULL, &columns->record);
    record.len = columns->record.len;
    buffer_add(&columns->record, "\0\0\0\0\0\0\0", 8); /* spans may be read beyond their end */
    record.text = arena_copy(&columns->texts, columns->record.data, columns->record.len);
    return record;
}

/* Puts the columns of the file's name into the row. */
static void add_columns(struct rows_columns *columns, struct rows_reader *row)
{
    const size_t *from = columns->rows->from;
    if (!from)
        memcpy(columns->slots, row->slots, columns->rows->paths->count * sizeof *columns->slots);
    for (size_t k = 0; from && k < columns->rows->paths->count; k++)
        if (from[k] != SIZE_MAX)
            columns->slots[k] = row->slots[from[k]];
    for (size_t i = 0; i < columns->file->count; i++)
        if (columns->path[i] != SIZE_MAX)
            columns->slots[columns->path[i]] = columns->file->columns[i].typed;
    if (columns->whole != SIZE_MAX && columns->slots[columns->whole].type == SPAN_OBJECT)
        row->record = columns->slots[columns->whole] = extend(columns, columns->slots[columns->whole]);
    row->slots = columns->slots;
}

struct rows_reader *rows_reader_new(struct rows *rows)
{
    struct rows_reader *reader = rows->form->reader_new(rows->state);
    reader->form = rows->form;
    reader->columns = rows->columns ? columns_new(rows) : NULL;
    return reader;
}

void rows_start(struct rows_reader *reader, const struct batch *batch, struct result *result)
{
    if (reader->columns)
        enter_file(reader->columns, &reader->columns->rows->partitions[batch->file_index]);
    reader->form->start(reader, batch, result);
}

bool rows_next(struct rows_reader *reader)
{
    if (!reader->form->next(reader))
        return false;
    if (reader->columns && reader->columns->file->count > 0)
        add_columns(reader->columns, reader);
    return true;
}

bool rows_have_columns(const struct rows_reader *reader, const enum rows_want *wants)
{
    return !reader->columns && reader->form->has_columns && reader->form->has_columns(reader, wants);
}

size_t rows_columns(struct rows_reader *reader, const enum rows_want *wants, struct rows_column *columns,
                    uint64_t *index)
{
    return reader->form->columns(reader, wants, columns, index);
}

void rows_reader_free(struct rows *rows, struct rows_reader *reader)
{
    struct rows_columns *columns = reader->columns;
    if (columns) {
        free(columns->slots);
        free(columns->path);
        buffer_free(&columns->record);
        arena_free(&columns->texts);
        arena_free(&columns->before);
        free(columns);
    }
    rows->form->reader_free(rows->state, reader);
}
