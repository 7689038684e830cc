#include "dataset/delta_landing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/uuid.h"
#include "delta/action.h"
#include "delta/commit.h"
#include "delta/schema.h"
#include "json/cursor.h"
#include "json/json.h"

/* In the log of a table before its first commit: whoever finds it knows that the folder is a table that is being made,
 * or whose maker died. */
static const char begun_file[] = DELTA_LOG "/.aland-begun";

/* A transaction's application: the messages of a topic's partition, "aland/TOPIC/PARTITION". */
static const char app_prefix[] = "aland/";

struct delta_landing {
    struct delta_store at;
    struct delta_table *table;
    bool overwrites, begun; /* begun_file is there */
    bool in_doubt;
    const char *mode;
    const char *const *columns;
    size_t column_count;
    struct buffer schema; /* of the table from now on, if it is another */
    struct buffer adds;   /* the lines of the commit */
    struct buffer txns;
    struct buffer *apps; /* whose transactions they are */
    size_t app_count;
    struct delta_info info;
};

static bool put_begun(struct delta_landing *landing, struct problem *problem)
{
    char *path = delta_store_path(&landing->at, begun_file);
    enum store_answer answer = store_put_absent(landing->at.store, path, "", 0, problem);
    free(path);
    return landing->begun = answer != STORE_FAILED;
}

static bool check_table(const struct delta_landing *landing, struct problem *problem)
{
    const struct delta_table *table = landing->table;
    if (landing->overwrites && delta_is(delta_setting(table, "delta.appendOnly"), "true"))
        return problem_set(problem, STATUS_USAGE, "%s: a Delta table that is only added to (delta.appendOnly)",
                           landing->at.name);
    return delta_table_writable(table, problem);
}

static bool read_table(struct delta_landing *landing, struct problem *problem)
{
    const struct delta_place place = delta_store_place(&landing->at);
    delta_table_free(landing->table);
    return (landing->table = delta_table_read(&place, DELTA_LATEST, problem)) != NULL;
}

/* Files, but no mark of one who begins: another landing may have made its first version since we looked. */
static bool take_up_table(struct delta_landing *landing, struct problem *problem)
{
    if (!read_table(landing, problem))
        return false;
    if (landing->table->version < 0)
        return problem_set(problem, STATUS_USAGE, "%s: is there already, and no Delta table", landing->at.name);
    return check_table(landing, problem);
}

/* A folder without versions may become a table if it is not there, begun by another landing, or empty. Who begins puts
 * the mark, then files, then the first version, and removes the mark: so the files are looked for first, then the mark,
 * then versions, or those of another that begins meanwhile were nobody's. */
static bool begin_table(struct delta_landing *landing, struct problem *problem)
{
    struct store_listing listing = {0};
    struct store_entry entry;
    char *begun = delta_store_path(&landing->at, begun_file);
    struct store *store = landing->at.store;
    enum store_answer there = store_stat(store, landing->at.folder, &listing.arena, &entry, problem), mark = there;
    bool good = there == STORE_NO ||
                (there == STORE_YES && store_list_dataset(store, landing->at.folder, &listing, problem));
    if (good && there == STORE_YES)
        mark = store_stat(store, begun, &listing.arena, &entry, problem);
    const bool taken = listing.count > 0;
    landing->begun = mark == STORE_YES;
    store_listing_free(&listing);
    free(begun);
    if (!good || mark == STORE_FAILED)
        return false;
    if (taken && !landing->begun)
        return take_up_table(landing, problem);
    return landing->begun || put_begun(landing, problem);
}

struct delta_landing *delta_landing_open(struct store *store, const char *folder, const char *url, bool overwrites,
                                         const char *mode, struct problem *problem)
{
    struct delta_landing *landing = mem_zero(1, sizeof *landing);
    landing->at = (struct delta_store){.store = store, .folder = folder, .name = url};
    landing->overwrites = overwrites;
    landing->mode = mode;
    bool good = read_table(landing, problem);
    if (good)
        good = landing->table->version < 0 ? begin_table(landing, problem) : check_table(landing, problem);
    if (good)
        return landing;
    delta_landing_free(landing);
    return NULL;
}

void delta_landing_free(struct delta_landing *landing)
{
    if (!landing)
        return;
    for (size_t i = 0; i < landing->app_count; i++)
        buffer_free(&landing->apps[i]);
    free(landing->apps);
    buffer_free(&landing->schema);
    buffer_free(&landing->adds);
    buffer_free(&landing->txns);
    delta_table_free(landing->table);
    free(landing);
}

const struct delta_table *delta_landing_table(const struct delta_landing *landing)
{
    return landing->table;
}

/* Whether there is a table whose files stay. */
static bool adds_to_table(const struct delta_landing *landing)
{
    return landing->table->version >= 0 && !landing->overwrites;
}

bool delta_landing_partition(struct delta_landing *landing, const char *const *columns, size_t count,
                             struct problem *problem)
{
    const struct delta_table *table = landing->table;
    bool own = adds_to_table(landing), same = count == table->partition_column_count;
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(columns[i], table->partition_columns[i]) == 0;
    if (own && count > 0 && !same)
        return problem_set(problem, STATUS_USAGE, "%s: a Delta table that is partitioned by other columns",
                           landing->at.name);
    landing->columns = own ? table->partition_columns : columns;
    landing->column_count = own ? table->partition_column_count : count;
    return true;
}

static struct span schema_span(const char *json, size_t len)
{
    return json_value_trim(json, len);
}

static bool has_columns(struct span schema)
{
    struct span fields = delta_member(schema, "fields");
    return fields.type == SPAN_ARRAY && !json_empty(fields);
}

/* The table's schema with what the newer one has besides. False and the problem: they do not go together (`what` the
 * newer one is). */
static bool merge(const struct delta_landing *landing, struct span newer, const char *what, struct buffer *into,
                  struct problem *problem)
{
    struct buffer conflict = {0};
    const struct span own = landing->table->schema;
    if (!delta_schema_merge(own, newer, into, what ? &conflict : NULL)) {
        into->len = 0; /* as it stands there */
        buffer_add(into, own.text, own.len);
    }
    bool good = conflict.len == 0 ||
                problem_set(problem, STATUS_USAGE, "%s: %s has another type in the Delta table", what, conflict.data);
    buffer_free(&conflict);
    return good;
}

struct parquet_layout *delta_landing_layout(const struct delta_landing *landing, const struct parquet_layout *asked,
                                            struct problem *problem)
{
    struct buffer json = {0}, whole = {0};
    struct parquet_layout *layout = NULL;
    struct span schema = {.type = SPAN_ABSENT};
    if (asked) {
        parquet_layout_spark(asked, &json);
        schema = schema_span(json.data, json.len);
    }
    bool good = true, own = adds_to_table(landing);
    if (own && asked)
        good = merge(landing, schema, "--schema", &whole, problem);
    if (own)
        schema = asked ? schema_span(whole.data, whole.len) : landing->table->schema;
    if (good && schema.type == SPAN_OBJECT && has_columns(schema))
        layout = delta_schema_layout(schema, NULL, 0, landing->at.name, problem);
    buffer_free(&json);
    buffer_free(&whole);
    return layout;
}

struct parquet_layout *delta_landing_schema(struct delta_landing *landing, const char *json, size_t len,
                                            struct problem *problem)
{
    const struct delta_table *table = landing->table;
    struct span newer = schema_span(json, len), schema;
    landing->schema.len = 0;
    if (adds_to_table(landing))
        merge(landing, newer, NULL, &landing->schema, problem); /* records were tried: what differs fits */
    else
        buffer_add(&landing->schema, newer.text, newer.len);
    schema = schema_span(landing->schema.data, landing->schema.len);
    struct span name = delta_member(table->protocol, "minReaderVersion");
    if (table->version >= 0 && delta_whole(name, 0) < 3 && delta_schema_has(schema, "timestamp_ntz")) {
        problem_set(problem, STATUS_USAGE, "%s: a Delta table without the feature timestampNtz", landing->at.name);
        return NULL;
    }
    for (size_t i = 0; i < landing->column_count; i++)
        if (delta_schema_type(schema, landing->columns[i]).type != SPAN_STRING) {
            problem_set(problem, STATUS_USAGE, "%s: no column that files can be partitioned by: %s", landing->at.name,
                        landing->columns[i]);
            return NULL;
        }
    if (!delta_schema_names(schema, landing->at.name, problem))
        return NULL;
    return delta_schema_layout(schema, landing->columns, landing->column_count, landing->at.name, problem);
}

void delta_landing_add(struct delta_landing *landing, const struct delta_landed *file)
{
    const struct delta_new_file added = {.path = file->name, .partition = file->partition, .size = file->bytes,
                                         .now_ms = clock_wall_ms(), .stats = file->stats,
                                         .stats_len = file->stats_len};
    delta_add_file(&added, &landing->adds);
    landing->info.files++;
    landing->info.rows += file->rows;
    landing->info.bytes += file->bytes;
}

static void add_app(const char *group, struct buffer *into)
{
    const char *plus = strrchr(group, '+');
    buffer_add_format(into, "%s%.*s/%s", app_prefix, (int)(plus - group), group, plus + 1);
}

void delta_landing_offset(struct delta_landing *landing, const char *group, int64_t next)
{
    struct buffer app = {0};
    add_app(group, &app);
    const struct delta_txn *known = delta_table_txn(landing->table, app.data, app.len);
    if (known && known->version == next) {
        buffer_free(&app);
        return;
    }
    buffer_add_char(&app, '\0');
    delta_add_txn(app.data, next, clock_wall_ms(), &landing->txns);
    landing->apps = mem_resize(landing->apps, landing->app_count + 1, sizeof *landing->apps);
    landing->apps[landing->app_count++] = app;
}

void delta_landing_offsets(const struct delta_table *table, delta_offset_visit *visit, void *context)
{
    for (size_t i = 0; i < table->txn_count; i++) {
        const char *app = table->txns[i].app, *topic = app + sizeof app_prefix - 1, *slash;
        if (strncmp(app, app_prefix, sizeof app_prefix - 1) != 0 || !(slash = strchr(topic, '/')))
            continue;
        char *end;
        long partition = text_is_digit(slash[1]) ? strtol(slash + 1, &end, 10) : -1;
        if (partition >= 0 && partition <= INT32_MAX && *end == '\0')
            visit(context, topic, (size_t)(slash - topic), (int32_t)partition, table->txns[i].version);
    }
}

static bool same_columns(const struct delta_landing *landing)
{
    const struct delta_table *table = landing->table;
    bool same = landing->column_count == table->partition_column_count;
    for (size_t i = 0; same && i < landing->column_count; i++)
        same = strcmp(landing->columns[i], table->partition_columns[i]) == 0;
    return same;
}

static bool same_schema(struct span schema, struct span other)
{
    struct buffer a = {0}, b = {0};
    json_compact(schema.text, schema.len, &a);
    json_compact(other.text, other.len, &b);
    bool same = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    buffer_free(&a);
    buffer_free(&b);
    return same;
}

/* The lines of the commit; *changes: the table's metadata is among them. */
static void write_commit(struct delta_landing *landing, struct buffer *text, bool *changes)
{
    static const char nothing[] = "{\"type\":\"struct\",\"fields\":[]}";
    const struct delta_table *table = landing->table;
    char id[UUID_TEXT];
    int64_t now_ms = clock_wall_ms();
    struct span schema = landing->schema.len > 0 ? schema_span(landing->schema.data, landing->schema.len)
                         : table->version >= 0   ? table->schema
                                                 : schema_span(nothing, sizeof nothing - 1);
    *changes = table->version < 0 || !same_schema(schema, table->schema) || !same_columns(landing);
    landing->info.now_ms = now_ms;
    landing->info.read_version = table->version;
    landing->info.mode = landing->mode;
    landing->info.partition_columns = landing->columns;
    landing->info.partition_column_count = landing->column_count;
    landing->info.blind = !landing->overwrites && landing->app_count == 0;
    delta_add_info(&landing->info, text);
    if (table->version < 0)
        delta_add_protocol(schema, text);
    uuid_draw(id);
    if (*changes)
        delta_add_metadata(table, schema, landing->columns, landing->column_count, now_ms, id, text);
    buffer_add(text, landing->txns.data, landing->txns.len);
    for (size_t i = 0; landing->overwrites && i < table->file_count; i++)
        if (!table->files[i].removed)
            delta_add_remove(&table->files[i], now_ms, text);
    buffer_add(text, landing->adds.data, landing->adds.len);
}

/* What somebody else's commit has in it. */
struct other {
    const struct delta_landing *landing;
    bool metadata, files, ours;
};

static bool look(void *context, struct span name, struct span body, struct problem *problem)
{
    struct other *other = context;
    (void)problem;
    other->metadata |= delta_is(name, "metaData") || delta_is(name, "protocol");
    other->files |= delta_is(name, "add") || delta_is(name, "remove");
    if (delta_is(name, "txn"))
        for (size_t i = 0; i < other->landing->app_count; i++)
            other->ours |= delta_is(delta_member(body, "appId"), other->landing->apps[i].data);
    return true;
}

/* Whether the commit goes with one of that version that came before it. */
static bool goes_with(struct delta_landing *landing, int64_t version, struct problem *problem)
{
    struct buffer name = {0}, text = {0};
    struct arena arena = {0};
    struct store_entry entry;
    struct other other = {.landing = landing};
    const struct delta_place place = delta_store_place(&landing->at);
    delta_commit_name(version, &name);
    buffer_add_char(&name, '\0');
    char *path = delta_store_path(&landing->at, name.data);
    bool good = store_stat(landing->at.store, path, &arena, &entry, problem) == STORE_YES &&
                delta_load(&place, name.data, entry.size, &text, problem) &&
                delta_actions(path, text.data ? text.data : "", text.len, look, &other, problem);
    bool conflict = landing->table->version < 0 || other.metadata || other.ours || (landing->overwrites && other.files);
    if (good && conflict)
        good = problem_set(problem, STATUS_IO,
                           "%s: version %lld was committed meanwhile by another landing; nothing was landed by this "
                           "one",
                           landing->at.name, (long long)version);
    else if (!good)
        problem_set(problem, STATUS_IO, "%s: cannot be read again", path);
    free(path);
    arena_free(&arena);
    buffer_free(&name);
    buffer_free(&text);
    return good;
}

/* A file of the table, whole. */
static bool put_file(const struct delta_landing *landing, const char *name, const struct buffer *bytes,
                     struct problem *problem)
{
    char *path = delta_store_path(&landing->at, name);
    struct store_writer *writer = store_write(landing->at.store, path, problem);
    bool good = writer != NULL;
    if (good && store_add(writer, bytes->data, bytes->len, problem)) {
        good = store_finish(writer, problem);
    } else if (good) {
        store_abandon(writer);
        good = false;
    }
    free(path);
    return good;
}

/* Readers are the faster for it, but do without: what goes wrong is no problem of the commit's, which is done. */
static void write_checkpoint(struct delta_landing *landing, int64_t version)
{
    struct problem problem = {0};
    struct buffer bytes = {0}, last = {0}, name = {0};
    const struct delta_place place = delta_store_place(&landing->at);
    struct delta_table *table = delta_table_read(&place, version, &problem);
    delta_checkpoint_name(version, &name);
    buffer_add_char(&name, '\0');
    bool good = table && delta_checkpoint(table, clock_wall_ms(), &bytes, &last, &problem) &&
                put_file(landing, name.data, &bytes, &problem) &&
                put_file(landing, DELTA_LAST_CHECKPOINT, &last, &problem);
    if (!good)
        diag_warn("no checkpoint was written: %s", problem.text);
    delta_table_free(table);
    buffer_free(&bytes);
    buffer_free(&last);
    buffer_free(&name);
}

static void remove_begun(const struct delta_landing *landing)
{
    struct problem ignored = {0}; /* it tells nothing any more */
    char *path = delta_store_path(&landing->at, begun_file);
    store_remove(landing->at.store, path, &ignored);
    free(path);
}

/* The version that it has become; -1 and the problem. */
static int64_t put_commit(struct delta_landing *landing, const struct buffer *text, struct problem *problem)
{
    for (int64_t version = landing->table->version + 1;; version++) {
        struct buffer name = {0};
        delta_commit_name(version, &name);
        buffer_add_char(&name, '\0');
        char *path = delta_store_path(&landing->at, name.data);
        enum store_answer answer = store_put_absent(landing->at.store, path, text->data, text->len, problem);
        free(path);
        buffer_free(&name);
        if (answer == STORE_YES)
            return version;
        landing->in_doubt = answer == STORE_FAILED;
        if (answer == STORE_FAILED || !goes_with(landing, version, problem))
            return -1;
    }
}

bool delta_landing_in_doubt(const struct delta_landing *landing)
{
    return landing->in_doubt;
}

bool delta_landing_commit(struct delta_landing *landing, struct problem *problem)
{
    struct buffer text = {0};
    bool changes;
    write_commit(landing, &text, &changes);
    bool nothing = !changes && !landing->overwrites && landing->adds.len == 0 && landing->txns.len == 0;
    int64_t version = nothing ? 0 : put_commit(landing, &text, problem);
    buffer_free(&text);
    if (version > 0 && version % DELTA_CHECKPOINT_EVERY == 0)
        write_checkpoint(landing, version);
    if (landing->begun && !landing->in_doubt) /* there is a version, be it another's */
        remove_begun(landing);
    return version >= 0;
}
