/* Envelopes (aconsume -J): the records are the messages' values, JSON as text or as it stands; a row
 * also says where its message is (rows_origin). Messages without a value are no records.
 *
 * The values of a batch are decoded one behind the other, a line each, and walked like any other lines. */
#include "table/form/row_form.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "json/json.h"
#include "json/walk/walk.h"

enum member {
    MEMBER_VALUE, MEMBER_TOPIC, MEMBER_PARTITION, MEMBER_OFFSET, MEMBER_BASE64, MEMBER_GROUP, MEMBER_OFFSETS, MEMBERS
};
static const char *const member_names[MEMBERS] = {"value", "topic", "partition", "offset", "value_base64", "group",
                                                  "offsets"};

struct envelope_rows {
    struct frame *frame;
    const struct path_set *paths;
    struct arena arena;
    struct path_set members;
    struct walk_plan *outer, *inner;
    pthread_mutex_t lock;
    bool *found; /* by path: some record had it */
    bool groups; /* what is said of groups is wanted */
};

/* One envelope whose value was decoded. */
struct envelope {
    size_t value; /* where that begins among the values */
    struct span record;
    uint64_t index;
    struct rows_origin origin;
};

struct envelope_reader {
    struct rows_reader row; /* first: the public face */
    const struct batch *batch;
    struct result *result;
    struct walk *outer, *inner;
    struct buffer values; /* of this batch: with room for all of them, so that none moves */
    size_t from;          /* where those begin that are being walked */
    struct envelope *envelopes;
    size_t count, cap, at;
    /* what ended the values: a bad envelope, reported behind the rows before it */
    bool bad, malformed;
    bool said; /* or what is said of a group: given behind the rows before it */
    bool groups;
    size_t bad_at;
    struct span bad_record;
    uint64_t bad_index;
    const char *message;
    bool *found;
    size_t *missing; /* numbers of the paths not found yet by this reader */
    size_t missing_count;
    struct buffer text; /* of a message */
};

/* Nobody's input is taken for envelopes: it must be said. */
static bool begins(const char *text, size_t len, const struct rows_options *options)
{
    (void)text, (void)len, (void)options;
    return false;
}

static void *open_rows(const struct row_input *input)
{
    struct envelope_rows *rows = mem_zero(1, sizeof *rows);
    rows->frame = input->frame;
    rows->groups = input->options->groups;
    pthread_mutex_init(&rows->lock, NULL);
    for (size_t i = 0; i < MEMBERS; i++) {
        size_t offset;
        const char *message;
        path_set_add(&rows->members, path_parse(&rows->arena, member_names[i], NULL, &offset, &message));
    }
    rows->outer = walk_plan_new(&rows->members);
    return rows;
}

static struct source *source(void *form)
{
    return frame_source(((struct envelope_rows *)form)->frame);
}

static bool shape(void *form, struct schema *schema)
{
    (void)form, (void)schema;
    return false;
}

static bool bind_paths(void *form, const struct path_set *paths, struct problem *problem)
{
    (void)problem;
    struct envelope_rows *rows = form;
    rows->paths = paths;
    rows->found = mem_zero(paths->count + 1, sizeof *rows->found);
    rows->inner = walk_plan_new(paths);
    return true;
}

static void watch(void *form, const struct path *path, bool all)
{
    walk_plan_watch(((struct envelope_rows *)form)->inner, path, all);
}

static void warn_absent(const void *form, const bool *known)
{
    const struct envelope_rows *rows = form;
    for (size_t i = 0; i < rows->paths->count; i++)
        if (!rows->found[i] && !known[i] && rows->paths->paths[i]->count > 0)
            diag_warn("no value has the path %s", rows->paths->paths[i]->text);
}

static void close_rows(void *form)
{
    struct envelope_rows *rows = form;
    walk_plan_free(rows->outer);
    walk_plan_free(rows->inner);
    path_set_free(&rows->members);
    arena_free(&rows->arena);
    pthread_mutex_destroy(&rows->lock);
    free(rows->found);
    free(rows);
}

static struct rows_reader *reader_new(void *form)
{
    struct envelope_rows *rows = form;
    struct envelope_reader *reader = mem_zero(1, sizeof *reader);
    reader->outer = walk_new(rows->outer, WALK_OBJECTS);
    reader->inner = walk_new(rows->inner, WALK_OBJECTS);
    reader->found = mem_zero(rows->paths->count + 1, sizeof *reader->found);
    reader->missing = mem_zero(rows->paths->count + 1, sizeof *reader->missing);
    for (size_t i = 0; i < rows->paths->count; i++)
        reader->missing[reader->missing_count++] = i;
    reader->row.has_origin = true;
    reader->groups = rows->groups;
    return &reader->row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    struct envelope_rows *rows = form;
    struct envelope_reader *reader = (struct envelope_reader *)row;
    pthread_mutex_lock(&rows->lock);
    for (size_t i = 0; i < rows->paths->count; i++)
        rows->found[i] |= reader->found[i];
    pthread_mutex_unlock(&rows->lock);
    walk_free(reader->outer);
    walk_free(reader->inner);
    buffer_free(&reader->values);
    buffer_free(&reader->text);
    free(reader->envelopes);
    free(reader->found);
    free(reader->missing);
    free(reader);
}

/* A whole number that is not negative, at most `most`. */
static bool read_number(struct span span, int64_t most, int64_t *number)
{
    *number = 0;
    if (span.type != SPAN_NUMBER || span.len > 18)
        return false;
    for (size_t i = 0; i < span.len; i++) {
        if (!text_is_digit(span.text[i]))
            return false;
        *number = *number * 10 + (span.text[i] - '0');
    }
    return *number <= most;
}

static void refuse(struct envelope_reader *reader, const char *message)
{
    const struct walk *outer = reader->outer;
    reader->bad = true;
    reader->malformed = false;
    reader->bad_at = (size_t)(outer->record.text - reader->batch->text);
    reader->bad_record = outer->record;
    reader->bad_index = outer->index;
    reader->message = message;
}

/* The value of the envelope behind the others, on one line; false if it cannot be one. */
static bool add_value(struct envelope_reader *reader, struct span value)
{
    struct buffer *values = &reader->values;
    size_t start = values->len, at;
    const char *message;
    if (value.type == SPAN_STRING && value.escaped)
        json_decode(value, values);
    else if (value.type == SPAN_STRING)
        buffer_add(values, value.text + 1, value.len - 2);
    else
        buffer_add(values, value.text, value.len);
    char *text = values->data + start, *newline = memchr(text, '\n', values->len - start);
    bool good = values->len > start;
    if (newline && good) /* white space within JSON; anything else is found before it is hidden */
        good = json_check(text, values->len - start, &at, &message);
    for (; newline && good; newline = memchr(newline, '\n', (size_t)(values->data + values->len - newline)))
        *newline = ' ';
    size_t first = 0;
    while (good && first < values->len - start && text_is_space(text[first]))
        first++;
    good = good && first < values->len - start;
    if (good)
        buffer_add_char(values, '\n');
    else
        values->len = start;
    return good;
}

/* One envelope; false ends the values here: reader->bad, or said. */
static bool take_envelope(struct envelope_reader *reader)
{
    const struct walk *outer = reader->outer;
    const struct span *slots = outer->slots;
    struct envelope envelope = {.value = reader->values.len, .record = outer->record, .index = outer->index};
    struct span topic = slots[MEMBER_TOPIC];
    int64_t partition;
    if (slots[MEMBER_GROUP].type == SPAN_STRING && topic.type == SPAN_ABSENT) {
        reader->said = reader->groups;
        if (!reader->groups)
            refuse(reader, "of a group's members (aconsume --leave-commit), which goes with aagg --partial --every");
        return false;
    }
    if (topic.type != SPAN_STRING || !read_number(slots[MEMBER_PARTITION], INT32_MAX, &partition) ||
        !read_number(slots[MEMBER_OFFSET], INT64_MAX, &envelope.origin.offset))
        return refuse(reader, "no envelope with topic, partition and offset (aconsume -J, aread --envelope)"), false;
    envelope.origin.topic = topic;
    envelope.origin.partition = (int32_t)partition;
    struct span value = slots[MEMBER_VALUE];
    if (slots[MEMBER_BASE64].type == SPAN_STRING)
        return refuse(reader, "the message's value is no text (value_base64)"), false;
    if (value.type == SPAN_NULL || value.type == SPAN_ABSENT)
        return true;
    if (!add_value(reader, value))
        return refuse(reader, "the message's value is no JSON"), false;
    if (reader->count == reader->cap) {
        reader->cap = reader->cap ? reader->cap * 2 : 64;
        reader->envelopes = mem_resize(reader->envelopes, reader->cap, sizeof *reader->envelopes);
    }
    reader->envelopes[reader->count++] = envelope;
    return true;
}

/* Decodes the values up to the end of the batch, or a bad envelope. Those decoded before stay where they are: their
 * spans live as long as the batch. */
static void decode(struct envelope_reader *reader)
{
    enum walk_verdict verdict = WALK_RECORD;
    reader->bad = reader->said = false;
    reader->count = reader->at = 0;
    reader->from = reader->values.len;
    while ((verdict = walk_next(reader->outer)) == WALK_RECORD)
        if (!take_envelope(reader))
            break;
    if (verdict == WALK_BAD) {
        reader->bad = true;
        reader->malformed = reader->outer->malformed;
        reader->bad_at = reader->outer->bad_at;
        reader->bad_record = reader->outer->record;
        reader->bad_index = reader->outer->index;
        reader->message = reader->outer->message;
    }
    memset(reader->values.data + reader->values.len, 0, BATCH_PADDING);
    walk_start(reader->inner, reader->values.data + reader->from, reader->values.len - reader->from, SCAN_BY_LINE);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct envelope_reader *reader = (struct envelope_reader *)row;
    reader->batch = batch;
    reader->result = result;
    reader->values.len = 0;
    buffer_reserve(&reader->values, batch->len + BATCH_PADDING); /* a value is shorter than its envelope */
    walk_start(reader->outer, batch->text, batch->len, batch_by(batch));
    decode(reader);
}

static bool report(struct envelope_reader *reader, size_t at, uint64_t index, struct span record, bool malformed,
                   const char *message)
{
    reader->result->records++;
    return result_bad(reader->result, reader->batch, at, index, record.text, record.len, malformed, message);
}

/* The envelope of a value that begins at `at` among the values, or behind it. */
static const struct envelope *envelope_of(struct envelope_reader *reader, size_t at)
{
    while (reader->at + 1 < reader->count && reader->envelopes[reader->at + 1].value <= at)
        reader->at++;
    return &reader->envelopes[reader->at];
}

static bool bad_value(struct envelope_reader *reader)
{
    const struct walk *inner = reader->inner;
    size_t at = reader->from + inner->bad_at;
    const struct envelope *envelope = envelope_of(reader, at);
    reader->text.len = 0;
    buffer_add_format(&reader->text, "the value's byte %zu: %s", at - envelope->value + 1, inner->message);
    buffer_add_char(&reader->text, '\0');
    return report(reader, (size_t)(envelope->record.text - reader->batch->text), envelope->index, envelope->record,
                  false, reader->text.data);
}

/* Crosses the paths that this record has off the list; soon it is empty. */
static void note_found(struct envelope_reader *reader)
{
    for (size_t i = 0; i < reader->missing_count;) {
        size_t path = reader->missing[i];
        if (reader->inner->slots[path].type == SPAN_ABSENT) {
            i++;
            continue;
        }
        reader->found[path] = true;
        reader->missing[i] = reader->missing[--reader->missing_count];
    }
}

static void give(struct envelope_reader *reader)
{
    const struct walk *inner = reader->inner;
    const struct envelope *envelope = envelope_of(reader, (size_t)(inner->record.text - reader->values.data));
    struct rows_reader *row = &reader->row;
    reader->result->records++;
    if (reader->missing_count > 0)
        note_found(reader);
    row->slots = inner->slots;
    row->record = envelope->record;
    row->index = envelope->index;
    row->at = (size_t)(envelope->record.text - reader->batch->text);
    row->stranger = inner->stranger;
    row->spaced = inner->spaced;
    row->origin = envelope->origin;
}

static void give_said(struct envelope_reader *reader)
{
    const struct walk *outer = reader->outer;
    struct rows_reader *row = &reader->row;
    row->group = outer->slots[MEMBER_GROUP];
    row->group_offsets = outer->slots[MEMBER_OFFSETS];
    row->record = outer->record;
    row->index = outer->index;
    row->at = (size_t)(outer->record.text - reader->batch->text);
}

static bool next(struct rows_reader *row)
{
    struct envelope_reader *reader = (struct envelope_reader *)row;
    if (row->group.type != SPAN_ABSENT) { /* it was said; on behind it */
        row->group = row->group_offsets = (struct span){0};
        decode(reader);
    }
    for (;;) {
        enum walk_verdict verdict = walk_next(reader->inner);
        if (verdict == WALK_RECORD) {
            give(reader);
            return true;
        }
        if (verdict == WALK_BAD) {
            if (!bad_value(reader))
                return false;
        } else if (reader->said) {
            give_said(reader);
            return true;
        } else if (!reader->bad) {
            return false;
        } else {
            if (!report(reader, reader->bad_at, reader->bad_index, reader->bad_record, reader->malformed,
                        reader->message))
                return false;
            decode(reader);
        }
    }
}

const struct row_form row_form_envelope = {
    .name = "envelope", .title = "envelopes", .begins = begins, .open = open_rows, .source = source, .shape = shape,
    .bind = bind_paths, .watch = watch, .warn_absent = warn_absent, .close = close_rows, .reader_new = reader_new,
    .start = start, .next = next, .reader_free = reader_free};
