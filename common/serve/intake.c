#include "serve/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "json/cursor.h"
#include "json/json.h"
#include "json/walk/walk.h"
#include "table/form/row_form.h"
#include "value/value.h"

/* Of an envelope. */
enum { SLOT_KEY, SLOT_VALUE, ENVELOPE_SLOTS };

struct intake {
    const struct intake_options *options;
    struct rows *rows;
    struct live *live;
    bool flat;
    struct columns own;      /* members that are neither keys nor the options': _deleted, an envelope's, a header's */
    struct path_set paths;   /* what the rows are asked for */
    struct path_set members; /* what a row is asked for: the same, or under `envelope` the value's */
    size_t *key_slots, deleted, *column_slots;
    size_t column_count;
    bool has_deleted, picks; /* picks: rows are made of columns, not taken as they are */
    struct walk_plan *plan;  /* of a value; NULL without envelopes */
    bool warned;             /* that rows were refused */

    /* Below: of the thread that reads. */
    struct rows_reader *reader;
    struct walk *walk;
    struct arena arena;
    struct buffer text, row, key, key_json;
};

/* What a row is read from, wherever it stood. */
struct source_row {
    const struct span *slots;
    struct span record;
    bool spaced;
};

static void bind_members(struct intake *intake)
{
    const struct columns *keys = intake->options->keys, *columns = intake->options->columns;
    intake->key_slots = mem_zero(keys->count, sizeof *intake->key_slots);
    for (size_t i = 0; i < keys->count; i++)
        intake->key_slots[i] = path_set_add(&intake->members, keys->list[i]);
    columns_add(&intake->own, INTAKE_DELETED, strlen(INTAKE_DELETED));
    intake->deleted = path_set_add(&intake->members, intake->own.list[0]);
    intake->has_deleted = true;
    intake->picks = columns != NULL;
    intake->column_count = keys->count + (columns ? columns->count : 0);
    intake->column_slots = mem_zero(intake->column_count, sizeof *intake->column_slots);
    memcpy(intake->column_slots, intake->key_slots, keys->count * sizeof *intake->key_slots);
    for (size_t i = keys->count; i < intake->column_count; i++)
        intake->column_slots[i] = path_set_add(&intake->members, columns->list[i - keys->count]);
}

static bool is_called(const struct path *path, const char *name)
{
    return path->steps->key_len == strlen(name) && memcmp(path->steps->key, name, path->steps->key_len) == 0;
}

/* A flat form: its columns in their order, but for _deleted; those that the options name, if they do. */
static void bind_header(struct intake *intake)
{
    const struct columns *keys = intake->options->keys, *columns = intake->options->columns;
    size_t count;
    const struct span *header = rows_header(intake->rows, &count);
    intake->key_slots = mem_zero(keys->count, sizeof *intake->key_slots);
    intake->column_slots = mem_zero(count + keys->count, sizeof *intake->column_slots);
    for (size_t i = 0; i < keys->count; i++)
        intake->key_slots[i] = path_set_add(&intake->members, keys->list[i]);
    for (size_t i = 0; i < count; i++) {
        columns_add(&intake->own, header[i].text, header[i].len);
        const struct path *path = intake->own.list[i];
        bool key = columns_have(keys, path->steps->key, path->steps->key_len);
        bool wanted = !columns || key || columns_have(columns, path->steps->key, path->steps->key_len);
        if (is_called(path, INTAKE_DELETED)) {
            intake->deleted = path_set_add(&intake->members, path);
            intake->has_deleted = true;
        } else if (wanted) {
            intake->column_slots[intake->column_count++] = path_set_add(&intake->members, path);
        }
    }
    for (size_t i = 0; columns && i < columns->count; i++)
        path_set_add(&intake->members, columns->list[i]); /* one that is not there is refused as any other */
    intake->picks = true;
}

static bool bind(struct intake *intake, struct problem *problem)
{
    if (intake->flat)
        bind_header(intake);
    else
        bind_members(intake);
    if (!intake->options->envelope)
        return rows_bind(intake->rows, &intake->members, problem);
    intake->plan = walk_plan_new(&intake->members);
    columns_add(&intake->own, "key", 3);
    columns_add(&intake->own, "value", 5);
    for (size_t i = 0; i < ENVELOPE_SLOTS; i++)
        path_set_add(&intake->paths, intake->own.list[1 + i]);
    return rows_bind(intake->rows, &intake->paths, problem);
}

struct intake *intake_new(struct rows *rows, struct live *live, const struct intake_options *options,
                          struct problem *problem)
{
    struct intake *intake = mem_zero(1, sizeof *intake);
    *intake = (struct intake){.options = options, .rows = rows, .live = live, .flat = rows_form(rows)->flat};
    bool good = (!intake->flat || !options->envelope ||
                 problem_usage(problem, "--envelope reads messages as aconsume -J writes them, not %s",
                               rows_form(rows)->title)) &&
                bind(intake, problem);
    if (good)
        return intake;
    intake_free(intake);
    return NULL;
}

void intake_free(struct intake *intake)
{
    if (intake->plan)
        walk_plan_free(intake->plan);
    path_set_free(&intake->paths);
    path_set_free(&intake->members);
    free(intake->key_slots);
    free(intake->column_slots);
    columns_free(&intake->own);
    free(intake);
}

static void *start(void *tool)
{
    struct intake *intake = tool;
    intake->reader = rows_reader_new(intake->rows);
    intake->walk = intake->plan ? walk_new(intake->plan, WALK_OBJECTS) : NULL;
    return intake;
}

static void finish(void *tool, void *state)
{
    struct intake *intake = tool;
    (void)state;
    rows_reader_free(intake->rows, intake->reader);
    if (intake->walk)
        walk_free(intake->walk);
    arena_free(&intake->arena);
    buffer_free(&intake->text);
    buffer_free(&intake->row);
    buffer_free(&intake->key);
    buffer_free(&intake->key_json);
}

/* A value without the white space it may hold; NULL where there is none, or where strings stand as TSV has them. */
static void add_value(struct span value, bool spaced, struct buffer *into)
{
    if (value.type == SPAN_ABSENT)
        buffer_add_text(into, "null");
    else
        value_write_span_json(value, spaced, into);
}

/* An object of the members with these slots; those that are absent are left out if `sparse`. */
static void write_object(const struct intake *intake, const struct source_row *row, const size_t *slots, size_t count,
                         bool sparse, struct buffer *into)
{
    into->len = 0;
    buffer_add_char(into, '{');
    for (size_t i = 0; i < count; i++) {
        struct span value = row->slots[slots[i]];
        if (sparse && value.type == SPAN_ABSENT)
            continue;
        const struct path_step *name = intake->members.paths[slots[i]]->steps;
        if (into->len > 1)
            buffer_add_char(into, ',');
        json_encode(name->key, name->key_len, into);
        buffer_add_char(into, ':');
        add_value(value, row->spaced, into);
    }
    buffer_add_char(into, '}');
}

static bool says_deleted(const struct intake *intake, const struct source_row *row)
{
    if (!intake->has_deleted)
        return false;
    struct span deleted = row->slots[intake->deleted];
    return deleted.type == SPAN_TRUE || (deleted.type == SPAN_CELL && deleted.len == 4 &&
                                         memcmp(deleted.text, "true", 4) == 0);
}

static void make_key(struct intake *intake, const struct source_row *row)
{
    intake->key.len = 0;
    for (size_t i = 0; i < intake->options->keys->count; i++) {
        struct value value = value_from_span(row->slots[intake->key_slots[i]], &intake->arena);
        value_key(&value, &intake->key);
    }
}

static bool has_key(const struct intake *intake, const struct source_row *row)
{
    for (size_t i = 0; i < intake->options->keys->count; i++)
        if (row->slots[intake->key_slots[i]].type != SPAN_ABSENT)
            return true;
    return false;
}

/* Puts the row on the board, or takes it away. NULL, or why it is bad. */
static const char *take_row(struct intake *intake, const struct source_row *row)
{
    if (!has_key(intake, row))
        return "none of the key's columns is in this record";
    make_key(intake, row);
    if (says_deleted(intake, row)) {
        write_object(intake, row, intake->key_slots, intake->options->keys->count, false, &intake->key_json);
        live_remove(intake->live, &intake->key, &intake->key_json);
        return NULL;
    }
    intake->row.len = 0;
    if (intake->picks)
        write_object(intake, row, intake->column_slots, intake->column_count, !intake->flat, &intake->row);
    else if (row->spaced)
        json_compact(row->record.text, row->record.len, &intake->row);
    else
        buffer_add(&intake->row, row->record.text, row->record.len);
    if (intake->row.len > INTAKE_ROW_MAX || intake->key.len > INTAKE_ROW_MAX)
        return "a row has at most 1 MiB";
    if (!live_put(intake->live, &intake->key, intake->row.data, intake->row.len) && !intake->warned) {
        diag_warn("there are too many rows (--rows, --memory): new ones are refused, /metrics counts them");
        intake->warned = true;
    }
    return NULL;
}

/* A text that holds one object, into the walk. NULL, or why not. */
static const char *enter(struct intake *intake, struct span text, struct source_row *row)
{
    intake->text.len = 0;
    if (text.type == SPAN_STRING)
        json_decode(text, &intake->text);
    else
        buffer_add(&intake->text, text.text, text.len);
    struct buffer *copy = &intake->text;
    size_t len = copy->len, at;
    const char *message;
    if (!json_check(len > 0 ? copy->data : "", len, &at, &message) ||
        *json_skip_blank(copy->data, copy->data + len) != '{')
        return "the message's value is no object";
    for (size_t i = 0; i < len; i++) /* white space between tokens: within strings there are none of these */
        if (copy->data[i] == '\n' || copy->data[i] == '\r')
            copy->data[i] = ' ';
    buffer_reserve(copy, BATCH_PADDING);
    memset(copy->data + len, 0, BATCH_PADDING);
    walk_start(intake->walk, copy->data, len, SCAN_BY_LINE);
    if (walk_next(intake->walk) != WALK_RECORD)
        return "the message's value is no object";
    *row = (struct source_row){intake->walk->slots, intake->walk->record, true};
    return NULL;
}

/* A message without a value: its key says whose row is gone. */
static const char *take_tombstone(struct intake *intake, struct span key)
{
    const struct columns *keys = intake->options->keys;
    struct source_row row;
    if (key.type == SPAN_ABSENT || key.type == SPAN_NULL)
        return "a message without a value needs a key";
    if (keys->count == 1) {
        struct value value = value_from_span(key, &intake->arena);
        intake->key.len = intake->key_json.len = 0;
        value_key(&value, &intake->key);
        buffer_add_char(&intake->key_json, '{');
        json_encode(keys->list[0]->steps->key, keys->list[0]->steps->key_len, &intake->key_json);
        buffer_add_char(&intake->key_json, ':');
        add_value(key, true, &intake->key_json);
        buffer_add_char(&intake->key_json, '}');
    } else {
        if (enter(intake, key, &row) || !has_key(intake, &row))
            return "the key of a message without a value is no object of the key's columns";
        make_key(intake, &row);
        write_object(intake, &row, intake->key_slots, keys->count, false, &intake->key_json);
    }
    live_remove(intake->live, &intake->key, &intake->key_json);
    return NULL;
}

static const char *take_message(struct intake *intake, const struct rows_reader *reader)
{
    struct span value = reader->slots[SLOT_VALUE];
    if (value.type == SPAN_NULL)
        return take_tombstone(intake, reader->slots[SLOT_KEY]);
    if (value.type == SPAN_ABSENT)
        return "no message as aconsume -J writes it: there is no value";
    struct source_row row;
    const char *reason = enter(intake, value, &row);
    return reason ? reason : take_row(intake, &row);
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct intake *intake = state;
    struct rows_reader *reader = intake->reader;
    bool go = true;
    rows_start(reader, batch, result);
    while (go && rows_next(reader)) {
        struct source_row row = {reader->slots, reader->record, reader->spaced};
        arena_reset(&intake->arena);
        const char *reason = intake->plan ? take_message(intake, reader) : take_row(intake, &row);
        if (reason)
            go = result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                            reason);
    }
    intake->options->changed(intake->options->context);
}

const struct chunks_work intake_work = {.start = start, .work = work, .finish = finish};
