#include "dataset/put.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "delta/schema.h"
#include "frame/chunks.h"
#include "json/cursor.h"
#include "parquet/batch.h"
#include "parquet/writer.h"

enum { UNIT_ROWS = 4000, READ_WINDOW = 1 << 20 };

static const struct put_form forms[] = {
    {"parquet", "snappy", PARQUET_CODEC_SNAPPY, ".snappy.parquet"}, /* the first one of each form is its usual one */
    {"parquet", "zstd", PARQUET_CODEC_ZSTD, ".zstd.parquet"},
    {"parquet", "gzip", PARQUET_CODEC_GZIP, ".gz.parquet"},
    {"parquet", "lz4", PARQUET_CODEC_LZ4_RAW, ".lz4raw.parquet"},
    {"parquet", "none", PARQUET_CODEC_NONE, ".parquet"},
    {"ndjson", "gzip", PARQUET_CODEC_GZIP, ".ndjson.gz"},
    {"ndjson", "zstd", PARQUET_CODEC_ZSTD, ".ndjson.zst"},
    {"ndjson", "none", PARQUET_CODEC_NONE, ".ndjson"},
};
enum { FORMS = sizeof forms / sizeof *forms };

bool put_form_is_parquet(const struct put_form *form)
{
    return strcmp(form->name, "parquet") == 0;
}

const struct put_form *put_form_find(const char *name, const char *codec, struct problem *problem)
{
    const char *library;
    bool known = false;
    for (size_t i = 0; i < FORMS; i++) {
        if (strcmp(forms[i].name, name) != 0)
            continue;
        known = true;
        if (codec && strcmp(forms[i].codec, codec) != 0)
            continue;
        if (parquet_codec_ready(forms[i].number, &library))
            return &forms[i];
        problem_set(problem, STATUS_IO, "--codec %s: %s cannot be loaded", forms[i].codec, library);
        return NULL;
    }
    if (!known)
        problem_usage(problem, "-T %s: expected parquet or ndjson", name);
    else if (strcmp(name, "parquet") == 0)
        problem_usage(problem, "--codec %s: expected snappy, zstd, gzip, lz4 or none", codec);
    else
        problem_usage(problem, "--codec %s: NDJSON is compressed with gzip, zstd or none", codec);
    return NULL;
}

/* Where a unit stands: records of one group that go into one file. */
struct unit {
    size_t group;
    bool begins, ends; /* the file */
};

struct put {
    struct source source; /* first */
    struct gather *gather;
    struct landing *landing;
    const struct put_options *options;
    struct put_total *total;
    struct problem *problem;
    const struct parquet_layout *layout; /* of Parquet */
    struct parquet_layout *made;         /* by put_direct_start */
    char uuid[UUID_TEXT];
    /* what is read */
    size_t group, extent;
    bool reading; /* an extent */
    uint64_t file_rows; /* of the file at hand */
    struct spill_reader reader;
    uint64_t sequence;
    /* the file that is written */
    struct store_writer *file;
    struct parquet_writer *writer;
    struct parquet_stats *stats; /* of a Delta table's file */
    struct buffer name;          /* the file's, NUL behind it */
    size_t file_group;
    uint64_t file_bytes, written_rows;
    unsigned number; /* of the next file */
};

/* True if there is an extent to be read, of this group. */
static bool next_extent(struct put *put)
{
    const struct gather_group *group = put->gather->groups[put->group];
    if (put->reading && !spill_at_end(&put->reader))
        return true;
    put->reading = put->extent < group->extent_count;
    if (!put->reading)
        return false;
    const struct gather_extent *extent = &group->extents[put->extent++];
    spill_reader_start(&put->reader, put->gather->spill, extent->from, extent->to, READ_WINDOW);
    return true;
}

/* Whether no record of the group is left. */
static bool group_is_read(const struct put *put)
{
    return (!put->reading || spill_at_end(&put->reader)) &&
           put->extent == put->gather->groups[put->group]->extent_count;
}

static bool next_unit(struct source *source, struct batch *batch)
{
    struct put *put = (struct put *)source;
    batch->status = STATUS_OK;
    batch->sequence = put->sequence;
    while (!source_stopped(source) && put->group < put->gather->count) {
        if (!next_extent(put)) {
            put->group++;
            put->extent = 0;
            continue;
        }
        if (!batch->payload)
            batch->payload = mem_zero(1, sizeof(struct unit));
        struct unit *unit = batch->payload;
        *unit = (struct unit){.group = put->group, .begins = put->file_rows == 0};
        uint64_t left = put->options->file_rows - put->file_rows;
        batch->memory.len = 0;
        put->file_rows += gather_next(&put->reader, left < UNIT_ROWS ? left : UNIT_ROWS, &batch->memory);
        unit->ends = put->file_rows == put->options->file_rows || group_is_read(put);
        if (unit->ends)
            put->file_rows = 0;
        batch->kind = BATCH_PAYLOAD;
        batch->text = batch->memory.data;
        batch->len = batch->memory.len;
        batch->file = put->gather->groups[put->group]->name;
        batch->first = unit->begins;
        put->sequence++;
        return true;
    }
    return false;
}

static void place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    (void)at;
    snprintf(text, size, "%s: record %llu", batch->file, (unsigned long long)record);
}

static void progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    (void)source;
    *done = *size = 0;
}

static const struct source_kind kind = {
    .next = next_unit, .place = place, .progress = progress};

static void *start(void *context)
{
    return context;
}

static void finish(void *context, void *state)
{
    (void)context;
    (void)state;
}

/* A unit's records as the columns of a batch, which take() gets by its address. */
static void make_batch(struct put *put, const struct batch *from, struct result *result)
{
    struct parquet_batch *batch = parquet_batch_new(put->layout);
    for (size_t at = 0; at < from->len && result->status == STATUS_OK;) {
        struct gather_head head;
        struct parquet_misfit misfit;
        memcpy(&head, from->text + at, sizeof head);
        at += sizeof head;
        struct span record = {.text = from->text + at, .len = (size_t)head.len, .type = SPAN_OBJECT};
        if (!parquet_batch_add(batch, record, &misfit)) { /* the layout was made for them, or has been tried */
            result->status = STATUS_DATA;
            snprintf(result->error, sizeof result->error, "a record does not fit the schema: expected %s",
                     misfit.wanted);
        }
        result->records++;
        at += (size_t)head.len + GATHER_SLACK;
    }
    buffer_add(&result->out, &batch, sizeof(struct parquet_batch *));
}

static void make_lines(struct put *put, const struct batch *from, struct result *result)
{
    struct buffer lines = {0};
    for (size_t at = 0; at < from->len;) {
        struct gather_head head;
        memcpy(&head, from->text + at, sizeof head);
        buffer_add(&lines, from->text + at + sizeof head, (size_t)head.len);
        buffer_add_char(&lines, '\n');
        at += sizeof head + (size_t)head.len + GATHER_SLACK;
        result->records++;
    }
    if (put->options->form->number == PARQUET_CODEC_NONE)
        buffer_add(&result->out, lines.data, lines.len);
    else /* frames of both stand behind each other */
        parquet_codec_shrink(put->options->form->number, lines.data, lines.len, &result->out);
    buffer_free(&lines);
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct put *put = state;
    if (put_form_is_parquet(put->options->form))
        make_batch(put, batch, result);
    else
        make_lines(put, batch, result);
}

static void write_bytes(void *context, const void *bytes, size_t len)
{
    struct put *put = context;
    put->file_bytes += len;
    if (put->problem->status == STATUS_OK)
        store_add(put->file, bytes, len, put->problem);
}

static void add_name(struct put *put, const struct gather_group *group, struct buffer *name)
{
    bool offsets = put->options->by_offsets;
    if (offsets && !landing_delta(put->landing)) {
        landing_offset_name(group->name, group->first, group->next, name);
    } else {
        if (group->name_len > 0 && !offsets)
            buffer_add_format(name, "%s/", group->name);
        buffer_add_format(name, "part-%05u-%s", put->number++, put->uuid);
    }
    buffer_add_text(name, put->options->form->ending);
    buffer_add_char(name, '\0');
}

/* Of a group, by its number; without gather there is one without a name. */
static bool begin_file(struct put *put, size_t number)
{
    static const struct gather_group only = {.name = (char *)(uintptr_t)""};
    const struct put_options *options = put->options;
    put->name.len = 0;
    add_name(put, put->gather ? put->gather->groups[number] : &only, &put->name);
    put->file = landing_write(put->landing, put->name.data, put->problem);
    put->file_bytes = put->written_rows = 0;
    put->file_group = number;
    if (put->file && put_form_is_parquet(options->form)) {
        size_t group = options->row_group_bytes > 0 ? options->row_group_bytes : PARQUET_ROW_GROUP_BYTES;
        if (options->file_bytes < group) /* bytes go out by row groups */
            group = options->file_bytes > PUT_ROW_GROUP_LEAST ? (size_t)options->file_bytes : PUT_ROW_GROUP_LEAST;
        if (landing_delta(put->landing))
            put->stats = parquet_stats_new(put->layout);
        struct parquet_write_options write = {.stats = put->stats, .codec = options->form->number,
                                              .write = write_bytes, .context = put,
                                              .row_group_bytes = group};
        put->writer = parquet_writer_new(put->layout, &write);
    }
    return put->file != NULL;
}

/* Tells the log of the file that was finished. */
static void note_file(const struct put *put)
{
    struct buffer stats = {0};
    struct delta_landed file = {.name = put->name.data, .partition = "", .rows = put->written_rows,
                                .bytes = put->file_bytes};
    if (!put->options->by_offsets)
        file.partition = put->gather->groups[put->file_group]->name;
    parquet_stats_json(put->stats, put->written_rows, &stats);
    file.stats = stats.data;
    file.stats_len = stats.len;
    delta_landing_add(landing_delta(put->landing), &file);
    buffer_free(&stats);
}

static bool end_file(struct put *put)
{
    if (put->writer)
        parquet_writer_finish(put->writer);
    put->writer = NULL;
    bool good = put->problem->status == STATUS_OK;
    if (good)
        good = store_finish(put->file, put->problem);
    else
        store_abandon(put->file);
    put->file = NULL;
    if (good && put->stats)
        note_file(put);
    parquet_stats_free(put->stats);
    put->stats = NULL;
    put->total->files++;
    put->total->bytes += put->file_bytes;
    return good;
}

static bool take(void *context, const struct batch *batch, struct result *result)
{
    struct put *put = context;
    const struct unit *unit = batch->payload;
    bool good = result->status == STATUS_OK && (put->file || begin_file(put, unit->group));
    if (put_form_is_parquet(put->options->form)) {
        struct parquet_batch *columns;
        memcpy(&columns, result->out.data, sizeof(struct parquet_batch *));
        if (good)
            parquet_write(put->writer, columns);
        parquet_batch_free(columns);
    } else if (good) {
        write_bytes(put, result->out.data, result->out.len);
    }
    if (!good)
        return false;
    put->total->rows += result->records;
    put->written_rows += result->records;
    if (put->problem->status == STATUS_OK && (unit->ends || put->file_bytes >= put->options->file_bytes))
        end_file(put);
    return put->problem->status == STATUS_OK;
}

/* The schema of all records as Spark's JSON; empty where there are none. */
static void write_schema(const struct put *put, struct schema *schema, struct buffer *json)
{
    if (put->options->layout)
        parquet_layout_spark(put->options->layout, json);
    else if (schema && schema_node_type(schema_root(schema)) == SCHEMA_STRUCT)
        schema_write_json(schema, json);
}

static bool has_rows(const struct gather *gather)
{
    for (size_t i = 0; i < gather->count; i++)
        if (gather->groups[i]->rows > 0)
            return true;
    return false;
}

/* What the records are written as: all their members but those that are left out. NULL: nothing is written as Parquet,
 * or the problem. */
static struct parquet_layout *make_layout(const struct put *put, struct problem *problem)
{
    const struct put_options *options = put->options;
    struct delta_landing *delta = landing_delta(put->landing);
    struct buffer json = {0};
    struct parquet_layout *layout = NULL;
    if (!put_form_is_parquet(options->form) || (!has_rows(put->gather) && !(delta && options->layout)))
        return NULL;
    write_schema(put, put->gather->schema, &json);
    if (json.len == 0)
        problem_set(problem, STATUS_DATA, "nothing to be written: no record has a member");
    else if (delta)
        layout = delta_landing_schema(delta, json.data, json.len, problem);
    else
        layout = delta_schema_layout(json_value_trim(json.data, json.len), options->left_out, options->left_out_count,
                                     landing_name(put->landing), problem);
    buffer_free(&json);
    return layout;
}

/* A Delta table's log keeps what otherwise stands in the names of files. */
static void note_offsets(const struct put *put)
{
    struct delta_landing *delta = landing_delta(put->landing);
    for (size_t i = 0; delta && put->options->by_offsets && i < put->gather->count; i++)
        if (put->gather->groups[i]->next >= 0)
            delta_landing_offset(delta, put->gather->groups[i]->name, put->gather->groups[i]->next);
}

static void release(struct put *put)
{
    if (put->writer)
        parquet_writer_free(put->writer);
    if (put->file)
        store_abandon(put->file);
    parquet_stats_free(put->stats);
    buffer_free(&put->name);
    spill_reader_free(&put->reader);
}

bool put_groups(struct gather *gather, struct landing *landing, const struct put_options *options,
                struct put_total *total, struct problem *problem)
{
    static const struct chunks_work parts = {.start = start, .work = work, .finish = finish, .take = take};
    struct put put = {.source = {.kind = &kind, .batch_size = READ_WINDOW}, .gather = gather, .landing = landing,
                      .options = options, .total = total, .problem = problem};
    struct chunks_options chunks = {.threads = options->threads};
    uuid_draw(put.uuid);
    spill_flush(gather->spill);
    struct parquet_layout *layout = make_layout(&put, problem);
    put.layout = layout;
    note_offsets(&put);
    int status = problem->status == STATUS_OK ? chunks_run(&put.source, &chunks, &parts, &put, NULL) : STATUS_OK;
    release(&put);
    parquet_layout_free(layout);
    return status == STATUS_OK && problem->status == STATUS_OK;
}

struct put *put_direct_start(struct schema *schema, struct landing *landing, const struct put_options *options,
                             struct put_total *total, struct problem *problem)
{
    struct put *put = mem_zero(1, sizeof *put);
    struct buffer json = {0};
    *put = (struct put){.landing = landing, .options = options, .total = total, .problem = problem};
    uuid_draw(put->uuid);
    write_schema(put, schema, &json);
    put->made = delta_schema_layout(json_value_trim(json.data, json.len), NULL, 0, landing_name(landing), problem);
    put->layout = put->made;
    buffer_free(&json);
    if (put->layout)
        return put;
    free(put);
    return NULL;
}

struct parquet_batch *put_direct_batch(const struct put *put)
{
    return parquet_batch_new(put->layout);
}

bool put_direct_add(struct put *put, const struct parquet_batch *batch)
{
    if (parquet_batch_rows(batch) > 0 && (put->file || begin_file(put, 0))) {
        parquet_write(put->writer, batch);
        put->written_rows += parquet_batch_rows(batch);
    }
    return put->problem->status == STATUS_OK;
}

bool put_direct_end(struct put *put, bool whole)
{
    if (whole)
        put->total->rows += put->written_rows;
    bool good = !whole || !put->file || end_file(put);
    release(put);
    parquet_layout_free(put->made);
    free(put);
    return good;
}
