#include "dataset/types.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/scan.h"
#include "delta/schema.h"
#include "json/cursor.h"
#include "json/json.h"

/* Columns in the names of folders: of each name one that is no null, if there is one, whose type all have in common.
 * They are the scan's. */
struct folders {
    const struct parquet_partition **columns;
    size_t count;
};

struct types {
    struct buffer json; /* of the files so far */
    struct folders folders;
    size_t files;
    struct problem *problem;
};

static void note_column(struct folders *folders, const struct parquet_partition *column)
{
    size_t at = 0;
    while (at < folders->count && !parquet_partition_is(folders->columns[at], column->name, column->name_len))
        at++;
    if (at == folders->count) {
        folders->columns = mem_resize(folders->columns, at + 1, sizeof(struct parquet_partition *));
        folders->columns[folders->count++] = column;
    }
    if (column->value.type != VALUE_NULL)
        folders->columns[at] = column;
}

/* Appends the type that records' members have to have: a whole number may be a long one, times are strings there. */
static void add_type(const struct value *value, struct buffer *into)
{
    if (value->type == VALUE_DECIMAL)
        buffer_add_format(into, "\"decimal(%u,%u)\"", value->precision, value->scale);
    else
        buffer_add_text(into, value->type == VALUE_LONG     ? "\"long\""
                              : value->type == VALUE_DOUBLE ? "\"double\""
                                                            : "\"string\"");
}

/* Puts a schema to what there is; takes it if there is none. False: a column has two types. */
static bool merge(struct buffer *json, struct buffer *newer, const char *url, struct problem *problem)
{
    struct buffer merged = {0}, conflict = {0};
    if (json->len == 0) {
        *json = *newer;
        *newer = (struct buffer){0};
        return true;
    }
    delta_schema_merge(json_value_trim(json->data, json->len), json_value_trim(newer->data, newer->len), &merged,
                       &conflict);
    bool good = conflict.len == 0;
    if (!good)
        problem_set(problem, STATUS_USAGE, "--strict: %s: column %s has another type than in files before it: give "
                    "--schema", url, conflict.data);
    buffer_free(json);
    buffer_free(&conflict);
    *json = merged;
    return good;
}

static void add_file(void *context, const char *url, uint64_t size, const struct parquet_file *file,
                     const struct parquet_partitions *columns)
{
    struct types *types = context;
    struct buffer json = {0};
    (void)size;
    types->files++;
    const struct parquet_node *strange = parquet_schema_spark(parquet_schema(file), &json);
    if (strange && types->problem->status == STATUS_OK)
        problem_set(types->problem, STATUS_USAGE, "--strict: %s: column %s has a type that records are not written "
                    "as: give --schema", url, strange->name);
    if (types->problem->status == STATUS_OK)
        merge(&types->json, &json, url, types->problem);
    for (size_t i = 0; i < columns->count; i++)
        note_column(&types->folders, &columns->columns[i]);
    buffer_free(&json);
}

static bool is_parted_so(const struct folders *folders, const char *const *columns, size_t count)
{
    bool same = folders->count == count;
    for (size_t i = 0; same && i < count; i++)
        same = parquet_partition_is(folders->columns[i], columns[i], strlen(columns[i]));
    return same;
}

/* The folders' columns are records' members, too. */
static bool add_folders(struct types *types, const char *url, const char *const *columns, size_t count)
{
    const struct folders *folders = &types->folders;
    struct buffer json = {0}, names = {0};
    buffer_add_text(&json, "{\"type\":\"struct\",\"fields\":[");
    for (size_t i = 0; i < folders->count; i++) {
        buffer_add_text(&json, i > 0 ? ",{\"name\":" : "{\"name\":");
        const struct parquet_partition *column = folders->columns[i];
        json_encode(column->name, column->name_len, &json);
        buffer_add_text(&json, ",\"type\":");
        add_type(&column->value, &json);
        buffer_add_text(&json, ",\"nullable\":true,\"metadata\":{}}");
        buffer_add_text(&names, i > 0 ? "," : "");
        buffer_add(&names, column->name, column->name_len);
    }
    buffer_add_text(&json, "]}");
    bool good = is_parted_so(folders, columns, count);
    if (!good && folders->count == 0)
        problem_set(types->problem, STATUS_USAGE, "--strict: %s has no folders by columns: leave --partition-by out",
                    url);
    else if (!good)
        problem_set(types->problem, STATUS_USAGE, "--strict: %s has folders by columns: give --partition-by %.*s", url,
                    (int)names.len, names.data);
    good = good && (count == 0 || merge(&types->json, &json, url, types->problem));
    buffer_free(&json);
    buffer_free(&names);
    return good;
}

static void release(struct types *types)
{
    free(types->folders.columns);
    buffer_free(&types->json);
}

struct parquet_layout *types_of_dataset(const char *url, const char *const *columns, size_t count,
                                        struct problem *problem)
{
    static const struct scan_options all;
    char *urls[] = {(char *)(uintptr_t)url};
    struct types types = {.problem = problem};
    struct parquet_layout *layout = NULL;
    struct scan *scan = scan_new(urls, 1, &all, problem);
    if (scan && scan_each(scan, add_file, &types, problem) && problem->status == STATUS_OK && types.files > 0 &&
        add_folders(&types, url, columns, count))
        layout = delta_schema_layout(json_value_trim(types.json.data, types.json.len), NULL, 0, url, problem);
    if (scan)
        scan_free(scan);
    release(&types);
    return layout;
}
