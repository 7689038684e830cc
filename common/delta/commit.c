#include "delta/commit.h"

#include <string.h>

#include "delta/action.h"
#include "delta/schema.h"
#include "json/cursor.h"
#include "json/json.h"
#include "parquet/partition.h"

static void add_string(const char *text, struct buffer *into)
{
    json_encode(text, strlen(text), into);
}

/* ["a","b"] */
static void add_names(const char *const *names, size_t count, struct buffer *into)
{
    buffer_add_char(into, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_char(into, ',');
        add_string(names[i], into);
    }
    buffer_add_char(into, ']');
}

void delta_add_info(const struct delta_info *info, struct buffer *into)
{
    struct buffer names = {0};
    add_names(info->partition_columns, info->partition_column_count, &names);
    buffer_add_format(into,
                      "{\"commitInfo\":{\"timestamp\":%lld,\"operation\":\"WRITE\",\"operationParameters\":"
                      "{\"mode\":\"%s\",\"partitionBy\":",
                      (long long)info->now_ms, info->mode);
    json_encode(names.data, names.len, into);
    buffer_add_text(into, "},");
    if (info->read_version >= 0)
        buffer_add_format(into, "\"readVersion\":%lld,", (long long)info->read_version);
    buffer_add_format(into,
                      "\"isolationLevel\":\"Serializable\",\"isBlindAppend\":%s,\"operationMetrics\":"
                      "{\"numFiles\":\"%llu\",\"numOutputRows\":\"%llu\",\"numOutputBytes\":\"%llu\"},"
                      "\"engineInfo\":\"atools/%s\"}}\n",
                      info->blind ? "true" : "false", (unsigned long long)info->files, (unsigned long long)info->rows,
                      (unsigned long long)info->bytes, ATOOLS_VERSION);
    buffer_free(&names);
}

void delta_add_protocol(struct span schema, struct buffer *into)
{
    if (delta_schema_has(schema, "timestamp_ntz"))
        buffer_add_text(into, "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
                              "[\"timestampNtz\"],\"writerFeatures\":[\"appendOnly\",\"invariants\",\"timestampNtz\"]"
                              "}}\n");
    else
        buffer_add_text(into, "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n");
}

void delta_add_metadata(const struct delta_table *table, struct span schema, const char *const *partition_columns,
                        size_t partition_column_count, int64_t now_ms, const char *id, struct buffer *into)
{
    struct span key, value;
    struct buffer text = {0};
    buffer_add_text(into, "{\"metaData\":{");
    if (table->version < 0) {
        buffer_add_format(into,
                          "\"id\":\"%s\",\"format\":{\"provider\":\"parquet\",\"options\":{}},\"configuration\":{},"
                          "\"createdTime\":%lld,",
                          id, (long long)now_ms);
    } else {
        struct json_cursor cursor = json_cursor_into(table->metadata);
        while (json_cursor_member(&cursor, &key, &value))
            if (!delta_is(key, "schemaString") && !delta_is(key, "partitionColumns") && value.type != SPAN_NULL)
                buffer_add_format(into, "%.*s:%.*s,", (int)key.len, key.text, (int)value.len, value.text);
    }
    json_compact(schema.text, schema.len, &text);
    buffer_add_text(into, "\"schemaString\":");
    json_encode(text.data, text.len, into);
    buffer_add_text(into, ",\"partitionColumns\":");
    add_names(partition_columns, partition_column_count, into);
    buffer_add_text(into, "}}\n");
    buffer_free(&text);
}

void delta_add_txn(const char *app, int64_t version, int64_t now_ms, struct buffer *into)
{
    buffer_add_text(into, "{\"txn\":{\"appId\":");
    add_string(app, into);
    buffer_add_format(into, ",\"version\":%lld,\"lastUpdated\":%lld}}\n", (long long)version, (long long)now_ms);
}

static void add_path(const char *path, struct buffer *into)
{
    struct buffer encoded = {0};
    delta_path_encode(path, &encoded);
    json_encode(encoded.data ? encoded.data : "", encoded.len, into);
    buffer_free(&encoded);
}

/* {"a":"1","b":null} of folders a=1/b=…/ */
static void add_partition(const char *folders, struct buffer *into)
{
    struct buffer path = {0}, name = {0}, value = {0};
    bool is_null, any = false;
    buffer_add_format(&path, "%s/", folders);
    buffer_add_char(&path, '\0');
    const char *at = path.data;
    buffer_add_char(into, '{');
    while (parquet_partition_next(&at, &name, &value, &is_null)) {
        if (any)
            buffer_add_char(into, ',');
        json_encode(name.data, name.len, into);
        buffer_add_char(into, ':');
        if (is_null)
            buffer_add_text(into, "null");
        else
            json_encode(value.data ? value.data : "", value.len, into);
        any = true;
    }
    buffer_add_char(into, '}');
    buffer_free(&path);
    buffer_free(&name);
    buffer_free(&value);
}

void delta_add_file(const struct delta_new_file *file, struct buffer *into)
{
    buffer_add_text(into, "{\"add\":{\"path\":");
    add_path(file->path, into);
    buffer_add_text(into, ",\"partitionValues\":");
    add_partition(file->partition, into);
    buffer_add_format(into, ",\"size\":%llu,\"modificationTime\":%lld,\"dataChange\":true,\"stats\":",
                      (unsigned long long)file->size, (long long)file->now_ms);
    json_encode(file->stats, file->stats_len, into);
    buffer_add_text(into, "}}\n");
}

void delta_add_remove(const struct delta_file *file, int64_t now_ms, struct buffer *into)
{
    struct span values = delta_member(file->action, "partitionValues");
    buffer_add_text(into, "{\"remove\":{\"path\":");
    add_path(file->path, into);
    buffer_add_format(into, ",\"deletionTimestamp\":%lld,\"dataChange\":true,\"extendedFileMetadata\":true,",
                      (long long)now_ms);
    if (values.type == SPAN_OBJECT)
        buffer_add_format(into, "\"partitionValues\":%.*s,", (int)values.len, values.text);
    else
        buffer_add_text(into, "\"partitionValues\":{},");
    buffer_add_format(into, "\"size\":%llu}}\n", (unsigned long long)file->size);
}
