#include "dataset/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "json/walk/walk.h"
#include "parquet/batch.h"
#include "parquet/partition.h"
#include "table/form/row_form.h"
#include "value/tsv.h"
#include "value/value.h"

/* A parcel with so many bytes goes on before its batch is done; so many rows stay in a batch that only tries them. */
enum { PARCEL_BYTES = 4 << 20, TRIED_ROWS = 1000 };

/* As Kafka has it. */
enum { TOPIC_NAME_MAX = 249 };

enum { SLOT_VALUE, SLOT_TOPIC, SLOT_PARTITION, SLOT_OFFSET, ENVELOPE_SLOTS };
static const char *const envelope_members[ENVELOPE_SLOTS] = {"value", "topic", "partition", "offset"};

struct collect {
    struct rows *rows;
    struct gather *gather;
    const struct collect_options *options;
    const struct parquet_layout *layout; /* atomic; NULL, or what records must fit */
    struct path_set paths;
    struct arena arena;
    const struct span *header; /* of a flat form */
    size_t header_count;
    struct buffer *heads; /* of each member that a column of it becomes: "name": */
    size_t *column_slots;
    struct walk_plan *values; /* of messages */
    uint64_t empty;           /* atomic */
    pthread_mutex_t lock;
    struct pocket *free; /* under the lock */
};

/* A parcel on its way from work to take. */
struct pocket {
    struct gather_parcel parcel;
    struct pocket *next;
};

/* A thread's own. */
struct worker {
    struct collect *collect;
    struct rows_reader *reader;
    const struct parquet_layout *layout;
    struct parquet_batch *tried; /* by the layout */
    struct walk *walk;
    struct buffer record, name, last_name, text;
    struct pocket *pocket;
    size_t last_group;
    bool has_group;
    char reason[BATCH_ERROR_MAX];
};

static void bind_name(struct collect *collect, const char *name, size_t len, size_t *slot)
{
    *slot = path_set_add(&collect->paths, path_of_key(&collect->arena, name, len));
}

static void bind_header(struct collect *collect)
{
    size_t slot;
    collect->heads = mem_zero(collect->header_count + 1, sizeof *collect->heads);
    for (size_t i = 0; i < collect->header_count; i++) {
        const struct span *name = &collect->header[i];
        json_encode(name->text, name->len, &collect->heads[i]);
        buffer_add_char(&collect->heads[i], ':');
        bind_name(collect, name->text, name->len, &slot);
    }
}

struct collect *collect_new(struct rows *rows, struct gather *gather, const struct collect_options *options,
                            struct problem *problem)
{
    static const struct path whole = {.text = ""};
    static const struct path_set none;
    struct collect *collect = mem_zero(1, sizeof *collect);
    size_t slot;
    collect->rows = rows;
    collect->gather = gather;
    collect->options = options;
    collect->layout = options->layout;
    collect->column_slots = mem_zero(options->column_count + 1, sizeof *collect->column_slots);
    collect->values = walk_plan_new(&none);
    pthread_mutex_init(&collect->lock, NULL);
    collect->header = rows_header(rows, &collect->header_count);
    if (options->envelope)
        for (size_t i = 0; i < ENVELOPE_SLOTS; i++)
            bind_name(collect, envelope_members[i], strlen(envelope_members[i]), &slot);
    else if (rows_form(rows)->flat)
        bind_header(collect);
    else
        path_set_add(&collect->paths, &whole);
    for (size_t i = 0; i < options->column_count; i++)
        bind_name(collect, options->columns[i], strlen(options->columns[i]), &collect->column_slots[i]);
    if (rows_bind(rows, &collect->paths, problem)) {
        if (rows_form(rows)->flat)
            rows_watch(rows, NULL, true); /* a column that only a later file has would be lost */
        return collect;
    }
    collect_free(collect);
    return NULL;
}

void collect_free(struct collect *collect)
{
    for (struct pocket *next; collect->free; collect->free = next) {
        next = collect->free->next;
        gather_parcel_free(&collect->free->parcel);
        free(collect->free);
    }
    for (size_t i = 0; collect->heads && i < collect->header_count; i++)
        buffer_free(&collect->heads[i]);
    free(collect->heads);
    free(collect->column_slots);
    walk_plan_free(collect->values);
    pthread_mutex_destroy(&collect->lock);
    path_set_free(&collect->paths);
    arena_free(&collect->arena);
    free(collect);
}

void collect_hold(struct collect *collect, const struct parquet_layout *layout)
{
    __atomic_store_n(&collect->layout, layout, __ATOMIC_RELEASE);
}

uint64_t collect_empty(const struct collect *collect)
{
    return collect->empty;
}

static struct pocket *take_pocket(struct collect *collect)
{
    pthread_mutex_lock(&collect->lock);
    struct pocket *pocket = collect->free;
    if (pocket)
        collect->free = pocket->next;
    pthread_mutex_unlock(&collect->lock);
    return pocket ? pocket : mem_zero(1, sizeof *pocket);
}

static void give_pocket(struct collect *collect, struct pocket *pocket)
{
    pthread_mutex_lock(&collect->lock);
    pocket->next = collect->free;
    collect->free = pocket;
    pthread_mutex_unlock(&collect->lock);
}

static void *start(void *context)
{
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->collect = context;
    worker->reader = rows_reader_new(worker->collect->rows);
    worker->walk = walk_new(worker->collect->values, WALK_OBJECTS);
    buffer_reserve(&worker->name, 1); /* names and cells may be empty, but not nowhere */
    buffer_reserve(&worker->last_name, 1);
    buffer_reserve(&worker->text, 1);
    return worker;
}

static void finish(void *context, void *state)
{
    struct collect *collect = context;
    struct worker *worker = state;
    rows_reader_free(collect->rows, worker->reader);
    walk_free(worker->walk);
    if (worker->tried)
        parquet_batch_free(worker->tried);
    buffer_free(&worker->record);
    buffer_free(&worker->name);
    buffer_free(&worker->last_name);
    buffer_free(&worker->text);
    free(worker);
}

/* A cell is a number if no character of it is lost, true and false are booleans, all else is text. */
static bool is_bare(const char *text, size_t len)
{
    struct value number;
    bool sign = len > 0 && text[0] == '-';
    if ((len == 4 && memcmp(text, "true", 4) == 0) || (len == 5 && memcmp(text, "false", 5) == 0))
        return true;
    if (!value_parse_number(text, len, &number) || (len > 1u + sign && text[sign] == '0' && text[1 + sign] != '.'))
        return false;
    bool whole = memchr(text, '.', len) == NULL && memchr(text, 'e', len) == NULL && memchr(text, 'E', len) == NULL;
    return whole ? number.type != VALUE_DOUBLE && !(sign && number.type == VALUE_LONG && number.integer == 0)
                 : number.type == VALUE_DOUBLE;
}

/* The row of a flat form as an object; nulls are left out. */
static struct span object_of(struct worker *worker)
{
    const struct collect *collect = worker->collect;
    struct buffer *record = &worker->record;
    record->len = 0;
    buffer_add_char(record, '{');
    for (size_t i = 0; i < collect->header_count; i++) {
        struct span cell = worker->reader->slots[i];
        if (cell.type != SPAN_CELL)
            continue;
        if (record->len > 1)
            buffer_add_char(record, ',');
        buffer_add(record, collect->heads[i].data, collect->heads[i].len);
        worker->text.len = 0;
        tsv_decode(cell, &worker->text);
        if (is_bare(worker->text.data, worker->text.len))
            buffer_add(record, worker->text.data, worker->text.len);
        else
            json_encode(worker->text.data, worker->text.len, record);
    }
    buffer_add_char(record, '}');
    size_t len = record->len;
    buffer_add(record, "\0\0\0\0\0\0\0", GATHER_SLACK);
    return (struct span){.text = record->data, .len = len, .type = SPAN_OBJECT};
}

/* A batch is tried by the layout that counts when it begins. */
static void take_layout(struct worker *worker)
{
    const struct parquet_layout *layout = __atomic_load_n(&worker->collect->layout, __ATOMIC_ACQUIRE);
    if (layout == worker->layout)
        return;
    if (worker->tried)
        parquet_batch_free(worker->tried);
    worker->layout = layout;
    worker->tried = parquet_batch_new(layout);
}

/* Under --strict: false if it has a member that the layout has not got. */
static bool is_known(struct worker *worker, struct span record)
{
    struct buffer path = {0};
    bool known = !worker->collect->options->strict || !parquet_layout_strange(worker->layout, record, &path);
    if (!known)
        snprintf(worker->reason, sizeof worker->reason, "%.*s: not in the schema", (int)path.len, path.data);
    buffer_free(&path);
    return known;
}

/* False: it does not fit the layout; the reason says so. */
static bool fits(struct worker *worker, struct span record)
{
    struct parquet_misfit misfit;
    if (!worker->tried)
        return true;
    if (parquet_batch_rows(worker->tried) == TRIED_ROWS)
        parquet_batch_clear(worker->tried);
    if (parquet_batch_add(worker->tried, record, &misfit))
        return is_known(worker, record);
    struct buffer path = {0};
    parquet_misfit_path(&misfit, &path);
    snprintf(worker->reason, sizeof worker->reason, "%.*s: expected %s, not %.*s", (int)path.len, path.data,
             misfit.wanted, misfit.value.len < 100 ? (int)misfit.value.len : 100, misfit.value.text);
    buffer_free(&path);
    return false;
}

/* The number of the group of that name; false: there are too many. */
static bool find_group(struct worker *worker, size_t *group)
{
    struct buffer *name = &worker->name, *last = &worker->last_name;
    bool same = name->len == last->len && (name->len == 0 || memcmp(name->data, last->data, name->len) == 0);
    if (!worker->has_group || !same) {
        worker->last_group = gather_group(worker->collect->gather, name->data, name->len);
        worker->has_group = worker->last_group < GATHER_GROUPS_MAX;
        last->len = 0;
        buffer_add(last, name->data, name->len);
    }
    *group = worker->last_group;
    if (!worker->has_group)
        snprintf(worker->reason, sizeof worker->reason, "more than %d different partitions", GATHER_GROUPS_MAX);
    return worker->has_group;
}

/* Appends NAME=VALUE for one partition column. */
static bool add_column(struct worker *worker, size_t number)
{
    const char *column = worker->collect->options->columns[number];
    struct span value = worker->reader->slots[worker->collect->column_slots[number]];
    bool is_null = value.type == SPAN_NULL || value.type == SPAN_ABSENT;
    worker->text.len = 0;
    if (value.type == SPAN_ARRAY || value.type == SPAN_OBJECT) {
        snprintf(worker->reason, sizeof worker->reason, "%.100s: a partition is named by a plain value", column);
        return false;
    }
    if (value.type == SPAN_STRING)
        json_decode(value, &worker->text);
    else if (value.type == SPAN_CELL)
        tsv_decode(value, &worker->text);
    else if (!is_null)
        buffer_add(&worker->text, value.text, value.len);
    if (number > 0)
        buffer_add_char(&worker->name, '/');
    parquet_partition_add(column, strlen(column), is_null ? NULL : worker->text.data, worker->text.len, &worker->name);
    return true;
}

static bool plain_record(struct worker *worker)
{
    const struct collect *collect = worker->collect;
    struct span record = rows_form(collect->rows)->flat ? object_of(worker) : worker->reader->record;
    size_t group;
    record.type = SPAN_OBJECT;
    worker->name.len = 0;
    for (size_t i = 0; i < collect->options->column_count; i++)
        if (!add_column(worker, i))
            return false;
    if (worker->reader->stranger.type != SPAN_ABSENT) {
        snprintf(worker->reason, sizeof worker->reason, "the first file has no column %.*s",
                 (int)worker->reader->stranger.len, worker->reader->stranger.text);
        return false;
    }
    if (!fits(worker, record) || !find_group(worker, &group))
        return false;
    struct gather_parcel *parcel = &worker->pocket->parcel;
    gather_record(parcel, gather_message(parcel, group, -1), collect->gather->schema != NULL, record, -1, true);
    return true;
}

static bool envelope_fails(struct worker *worker, const char *what)
{
    snprintf(worker->reason, sizeof worker->reason, "no message as aconsume -J writes it: %s", what);
    return false;
}

static bool whole_number(struct span span, int64_t most, int64_t *number)
{
    struct value value;
    if (span.type != SPAN_NUMBER || !value_parse_number(span.text, span.len, &value) || value.type != VALUE_LONG)
        return false;
    *number = value.integer;
    return value.integer >= 0 && value.integer <= most;
}

/* The group's name out of topic and partition. */
static bool name_source(struct worker *worker, int64_t *offset)
{
    const struct span *slots = worker->reader->slots;
    int64_t partition;
    if (slots[SLOT_TOPIC].type != SPAN_STRING || !whole_number(slots[SLOT_PARTITION], INT32_MAX, &partition) ||
        !whole_number(slots[SLOT_OFFSET], INT64_MAX - 1, offset))
        return envelope_fails(worker, "expected topic, partition and offset");
    worker->name.len = 0;
    json_decode(slots[SLOT_TOPIC], &worker->name);
    for (size_t i = 0; i < worker->name.len; i++)
        if (text_digit(worker->name.data[i]) == TEXT_NO_DIGIT && !memchr("._-", worker->name.data[i], 3))
            return envelope_fails(worker, "a topic has letters, digits, '.', '_' and '-'");
    if (worker->name.len == 0 || worker->name.len > TOPIC_NAME_MAX)
        return envelope_fails(worker, "a topic has 1 to 249 characters");
    buffer_add_format(&worker->name, "+%lld", (long long)partition);
    return true;
}

/* The records in a message's value, of which there may be none; all are tried before one is added. */
static bool value_records(struct worker *worker, const struct span *value, size_t part, int64_t offset)
{
    const struct collect *collect = worker->collect;
    for (int adds = 0; adds < 2; adds++) {
        enum walk_verdict verdict;
        bool begins = true;
        walk_start(worker->walk, value->text, value->len, SCAN_BY_VALUE);
        while ((verdict = walk_next(worker->walk)) == WALK_RECORD) {
            if (!adds && !fits(worker, worker->walk->record))
                return false;
            if (adds)
                gather_record(&worker->pocket->parcel, part, collect->gather->schema != NULL, worker->walk->record,
                              offset, begins);
            begins = false;
        }
        if (verdict == WALK_BAD) {
            snprintf(worker->reason, sizeof worker->reason, "the value of offset %lld: byte %zu: %s",
                     (long long)offset, worker->walk->bad_at + 1, worker->walk->message);
            return false;
        }
    }
    return true;
}

/* A message that is bad is passed over for good (--bad): its offset counts. */
static bool envelope_record(struct worker *worker)
{
    struct span value = worker->reader->slots[SLOT_VALUE];
    struct gather_parcel *parcel = &worker->pocket->parcel;
    int64_t offset;
    size_t group;
    if (!name_source(worker, &offset) || !find_group(worker, &group))
        return false;
    size_t part = gather_message(parcel, group, offset);
    if (value.type == SPAN_NULL) {
        __atomic_add_fetch(&worker->collect->empty, 1, __ATOMIC_RELAXED);
        return true;
    }
    worker->text.len = 0;
    if (value.type == SPAN_STRING)
        json_decode(value, &worker->text);
    else if (value.type == SPAN_OBJECT || value.type == SPAN_ARRAY)
        buffer_add(&worker->text, value.text, value.len);
    else
        return envelope_fails(worker, "its value is no JSON text");
    struct span text = {.len = worker->text.len};
    buffer_reserve(&worker->text, BATCH_PADDING);
    memset(worker->text.data + worker->text.len, 0, BATCH_PADDING);
    text.text = worker->text.data;
    return value_records(worker, &text, part, offset);
}

/* What take() gets: the parcel's address. */
static void hand_over(struct worker *worker, struct result *result)
{
    buffer_add(&result->out, &worker->pocket, sizeof(struct pocket *));
    worker->pocket = NULL;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct rows_reader *reader = worker->reader;
    bool go = true;
    worker->pocket = take_pocket(worker->collect);
    take_layout(worker);
    rows_start(reader, batch, result);
    while (go && rows_next(reader)) {
        if (!(worker->collect->options->envelope ? envelope_record(worker) : plain_record(worker)))
            go = result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                            worker->reason);
        if (go && worker->pocket->parcel.bytes >= PARCEL_BYTES && result->hand_on) {
            hand_over(worker, result);
            go = result_hand_on(result);
            worker->pocket = take_pocket(worker->collect);
        }
    }
    hand_over(worker, result);
}

static bool take(void *context, const struct batch *batch, struct result *result)
{
    struct collect *collect = context;
    (void)batch;
    for (size_t at = 0; at + sizeof(struct pocket *) <= result->out.len; at += sizeof(struct pocket *)) {
        struct pocket *pocket;
        memcpy(&pocket, result->out.data + at, sizeof(struct pocket *));
        gather_take(collect->gather, &pocket->parcel);
        give_pocket(collect, pocket);
    }
    return true;
}

const struct chunks_work collect_work = {.start = start, .work = work, .finish = finish, .take = take};
