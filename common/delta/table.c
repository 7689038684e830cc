#include "delta/table.h"

#include <stdlib.h>
#include <string.h>

#include "delta/action.h"
#include "delta/features_inner.h"
#include "delta/listing_inner.h"
#include "json/cursor.h"
#include "json/json.h"
#include "parquet/file.h"
#include "parquet/reader.h"

/* A commit longer than this is refused; so many bytes of a checkpoint are put into one text. */
enum { COMMIT_MAX = 1 << 30, TEXT_BYTES = 4 << 20 };

void delta_commit_name(int64_t version, struct buffer *into)
{
    buffer_add_format(into, "%s/%020lld.json", DELTA_LOG, (long long)version);
}

bool delta_load(const struct delta_place *place, const char *file, uint64_t size, struct buffer *into,
                struct problem *problem)
{
    if (size > COMMIT_MAX)
        return problem_set(problem, STATUS_DATA, "%s/%s: more than %d bytes", place->name, file, COMMIT_MAX);
    buffer_reserve(into, (size_t)size + 1);
    if (size > 0 && !place->read(place->context, file, 0, into->data + into->len, (size_t)size, problem))
        return false;
    into->len += (size_t)size;
    return true;
}

static const char *decoded(struct delta_table *table, struct span string, size_t *len)
{
    struct buffer text = {0};
    delta_text(string, &text);
    const char *copy = arena_copy(&table->arena, text.data ? text.data : "", text.len);
    *len = text.len;
    buffer_free(&text);
    return copy;
}

static bool damaged(const struct delta_table *table, struct problem *problem, const char *what)
{
    return problem_set(problem, STATUS_DATA, "%s: its log is damaged: %s", table->name, what);
}

/* The number of the file with that path; the count: there is none. */
static size_t find_file(const struct delta_table *table, uint64_t hash, const char *path)
{
    const struct index *index = &table->by_path;
    for (size_t at = index_first(index, hash); at != INDEX_NONE; at = index_next(index, hash, at))
        if (strcmp(table->files[index_number(index, at)].path, path) == 0)
            return index_number(index, at);
    return table->file_count;
}

/* An add or a remove: the last one of a path counts. */
static bool take_file(struct delta_table *table, struct span body, bool removed, struct problem *problem)
{
    struct buffer encoded = {0}, path = {0};
    delta_text(delta_member(body, "path"), &encoded);
    delta_path_decode(encoded.data ? encoded.data : "", encoded.len, &path);
    buffer_add_char(&path, '\0');
    bool good = path.len > 1 || damaged(table, problem, "a file has no path");
    bool outside = path.data[0] == '/' || strstr(path.data, ":/") != NULL || strncmp(path.data, "../", 3) == 0 ||
                   strstr(path.data, "/../") != NULL;
    if (good && !removed && delta_member(body, "deletionVector").type != SPAN_ABSENT)
        good = problem_set(problem, STATUS_USAGE, "%s: %s has a deletion vector, which is not read", table->name,
                           path.data);
    if (good && outside && !removed)
        good = problem_set(problem, STATUS_USAGE, "%s: %s lies outside of the table, where it is not read from",
                           table->name, path.data);
    uint64_t hash = index_hash(path.data, path.len);
    size_t at = good ? find_file(table, hash, path.data) : 0;
    if (good && at == table->file_count) {
        if (at == table->file_cap) {
            table->file_cap = table->file_cap ? 2 * table->file_cap : 64;
            table->files = mem_resize(table->files, table->file_cap, sizeof *table->files);
        }
        table->files[table->file_count++] =
            (struct delta_file){.path = arena_copy(&table->arena, path.data, path.len - 1)};
        index_add(&table->by_path, hash, at);
    }
    if (good) {
        table->files[at].action = body;
        table->files[at].removed = removed;
        table->files[at].size = (uint64_t)delta_whole(delta_member(body, "size"), 0);
    }
    buffer_free(&encoded);
    buffer_free(&path);
    return good;
}

static size_t find_txn(const struct delta_table *table, uint64_t hash, const char *app, size_t len)
{
    const struct index *index = &table->by_app;
    for (size_t at = index_first(index, hash); at != INDEX_NONE; at = index_next(index, hash, at)) {
        const char *found = table->txns[index_number(index, at)].app;
        if (strlen(found) == len && memcmp(found, app, len) == 0)
            return index_number(index, at);
    }
    return table->txn_count;
}

static bool take_txn(struct delta_table *table, struct span body, struct problem *problem)
{
    size_t len;
    const char *app = decoded(table, delta_member(body, "appId"), &len);
    uint64_t hash = index_hash(app, len);
    size_t at = find_txn(table, hash, app, len);
    int64_t version = delta_whole(delta_member(body, "version"), INT64_MIN);
    if (version == INT64_MIN)
        return damaged(table, problem, "a txn has no version");
    if (at == table->txn_count) {
        if (at == table->txn_cap) {
            table->txn_cap = table->txn_cap ? 2 * table->txn_cap : 16;
            table->txns = mem_resize(table->txns, table->txn_cap, sizeof *table->txns);
        }
        index_add(&table->by_app, hash, table->txn_count++);
    }
    table->txns[at] = (struct delta_txn){.app = app, .version = version, .action = body};
    return true;
}

static bool take_action(void *context, struct span name, struct span body, struct problem *problem)
{
    struct delta_table *table = context;
    if (delta_is(name, "add") || delta_is(name, "remove"))
        return take_file(table, body, delta_is(name, "remove"), problem);
    if (delta_is(name, "txn"))
        return take_txn(table, body, problem);
    if (delta_is(name, "protocol"))
        table->protocol = body;
    else if (delta_is(name, "metaData"))
        table->metadata = body;
    else if (delta_is(name, "sidecar") || delta_is(name, "checkpointMetadata"))
        return problem_set(problem, STATUS_USAGE, "%s: its checkpoints are of the kind v2Checkpoint, which is not read",
                           table->name);
    return true;
}

/* A text that actions may stand in as long as the table lives. */
static struct buffer *new_text(struct delta_table *table)
{
    table->texts = mem_resize(table->texts, table->text_count + 1, sizeof *table->texts);
    table->texts[table->text_count] = (struct buffer){0};
    return &table->texts[table->text_count++];
}

static void add_log_name(const struct delta_log_file *file, struct buffer *into)
{
    buffer_add_format(into, "%s/%s", DELTA_LOG, file->name);
    buffer_add_char(into, '\0');
}

static bool read_commit(struct delta_table *table, const struct delta_place *place, const struct delta_log_file *file,
                        struct problem *problem)
{
    struct buffer name = {0}, shown = {0};
    struct buffer *text = new_text(table);
    add_log_name(file, &name);
    buffer_add_format(&shown, "%s/%s", place->name, name.data);
    buffer_add_char(&shown, '\0');
    bool good = delta_load(place, name.data, file->size, text, problem) &&
                delta_actions(shown.data, text->data, text->len, take_action, table, problem);
    buffer_free(&name);
    buffer_free(&shown);
    return good;
}

struct checkpoint_source {
    const struct delta_place *place;
    const char *file;
};

static bool read_source(void *context, uint64_t at, void *into, size_t len, struct problem *problem)
{
    const struct checkpoint_source *source = context;
    return source->place->read(source->place->context, source->file, at, into, len, problem);
}

/* Rows as lines of JSON, which have the shape of those in commits. */
static bool read_rows(struct delta_table *table, const struct parquet_file *file, const char *shown,
                      struct problem *problem)
{
    const struct parquet_request everything = {.records = true};
    struct parquet_plan *plan = parquet_plan_new(file, &everything);
    struct parquet_reader *reader = parquet_reader_new(plan);
    bool good = true;
    for (size_t group = 0; good && group < parquet_row_groups(file); group++) {
        good = parquet_reader_start(reader, group, problem);
        for (size_t rows = 1; good && rows > 0;) {
            struct buffer *text = new_text(table);
            rows = parquet_reader_json(reader, SIZE_MAX, TEXT_BYTES, text);
            good = problem->status == STATUS_OK &&
                   delta_actions(shown, text->data ? text->data : "", text->len, take_action, table, problem);
        }
    }
    parquet_reader_free(reader);
    parquet_plan_free(plan);
    return good;
}

static bool read_checkpoint(struct delta_table *table, const struct delta_place *place,
                            const struct delta_log_file *file, struct problem *problem)
{
    struct buffer name = {0}, shown = {0};
    add_log_name(file, &name);
    buffer_add_format(&shown, "%s/%s", place->name, name.data);
    buffer_add_char(&shown, '\0');
    struct checkpoint_source own = {place, name.data};
    struct parquet_source source = {.context = &own, .read = read_source, .size = file->size, .name = shown.data};
    struct parquet_file *opened = parquet_open(&source, problem);
    bool good = opened && read_rows(table, opened, shown.data, problem);
    if (opened)
        parquet_close(opened);
    buffer_free(&name);
    buffer_free(&shown);
    return good;
}

static bool take_schema(struct delta_table *table, struct problem *problem)
{
    size_t len, at;
    const char *message;
    const char *text = decoded(table, delta_member(table->metadata, "schemaString"), &len);
    if (!json_check(text, len, &at, &message))
        return damaged(table, problem, "the schema is no JSON");
    table->schema = json_value_trim(text, len);
    if (table->schema.type != SPAN_OBJECT)
        return damaged(table, problem, "the schema is no object");
    struct span columns = delta_member(table->metadata, "partitionColumns"), column;
    if (columns.type != SPAN_ARRAY)
        return true;
    struct json_cursor cursor = json_cursor_into(columns);
    table->partition_columns = arena_alloc(&table->arena, (json_cursor_count(cursor) + 1) * sizeof(char *));
    while (json_cursor_next(&cursor, &column))
        table->partition_columns[table->partition_column_count++] = decoded(table, column, &len);
    return true;
}

static bool no_version(const struct delta_table *table, int64_t version, int64_t latest, struct problem *problem)
{
    if (latest < 0)
        return problem_set(problem, STATUS_USAGE, "%s: no Delta table: it has no versions", table->name);
    if (version > latest)
        return problem_set(problem, STATUS_USAGE, "%s: there is no version %lld: the last one is %lld", table->name,
                           (long long)version, (long long)latest);
    return problem_set(problem, STATUS_USAGE, "%s: version %lld can't be made up any more: the log does not reach back",
                       table->name, (long long)version);
}

static bool read_versions(struct delta_table *table, const struct delta_place *place,
                          const struct delta_listing *listing, int64_t version, struct problem *problem)
{
    int64_t latest = delta_listing_latest(listing);
    table->version = version == DELTA_LATEST ? latest : version;
    if (latest < 0 && version == DELTA_LATEST)
        return true;
    if (table->version > latest)
        return no_version(table, version, latest, problem);
    const struct delta_log_file *checkpoint = delta_listing_checkpoint(listing, table->version);
    table->checkpoint = checkpoint ? checkpoint->version : -1;
    for (unsigned i = 0; checkpoint && i < checkpoint->parts; i++)
        if (!read_checkpoint(table, place, &checkpoint[i], problem))
            return false;
    for (int64_t next = table->checkpoint + 1; next <= table->version; next++) {
        const struct delta_log_file *commit = delta_listing_commit(listing, next);
        if (!commit)
            return no_version(table, table->version, latest, problem);
        if (!read_commit(table, place, commit, problem))
            return false;
    }
    if (table->protocol.type != SPAN_OBJECT || table->metadata.type != SPAN_OBJECT)
        return damaged(table, problem, "it has no protocol or no metaData");
    return take_schema(table, problem) && delta_features_readable(table, problem);
}

struct delta_table *delta_table_read(const struct delta_place *place, int64_t version, struct problem *problem)
{
    struct delta_table *table = mem_zero(1, sizeof *table);
    struct delta_listing listing = {0};
    table->name = place->name;
    table->checkpoint = -1;
    bool good = delta_listing_read(place, &listing, problem) && read_versions(table, place, &listing, version, problem);
    delta_listing_free(&listing);
    if (good)
        return table;
    delta_table_free(table);
    return NULL;
}

void delta_table_free(struct delta_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->text_count; i++)
        buffer_free(&table->texts[i]);
    free(table->texts);
    free(table->files);
    free(table->txns);
    index_free(&table->by_path);
    index_free(&table->by_app);
    arena_free(&table->arena);
    free(table);
}

const struct delta_txn *delta_table_txn(const struct delta_table *table, const char *app, size_t len)
{
    size_t at = find_txn(table, index_hash(app, len), app, len);
    return at < table->txn_count ? &table->txns[at] : NULL;
}

struct span delta_setting(const struct delta_table *table, const char *name)
{
    return delta_member(delta_member(table->metadata, "configuration"), name);
}
