/* Checkpoints (PROTOCOL.md of Delta Lake, "Checkpoints"): all actions that still count, as rows of one Parquet file. */
#include "delta/action.h"
#include "delta/commit.h"
#include "parquet/batch.h"
#include "parquet/codec.h"
#include "parquet/ddl.h"
#include "parquet/writer.h"

/* Rows taken apart before they are written; bytes behind a row that may be read; how long removed files are told of,
 * unless the table says otherwise. */
enum { ROWS_TOGETHER = 1000, ROW_SLACK = 8 };
#define RETENTION_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

static const char columns[] =
    "txn STRUCT<appId: STRING, version: BIGINT, lastUpdated: BIGINT>, "
    "add STRUCT<path: STRING, partitionValues: MAP<STRING, STRING>, size: BIGINT, modificationTime: BIGINT, "
    "dataChange: BOOLEAN, tags: MAP<STRING, STRING>, stats: STRING>, "
    "remove STRUCT<path: STRING, deletionTimestamp: BIGINT, dataChange: BOOLEAN, extendedFileMetadata: BOOLEAN, "
    "partitionValues: MAP<STRING, STRING>, size: BIGINT>, "
    "metaData STRUCT<id: STRING, name: STRING, description: STRING, "
    "format: STRUCT<provider: STRING, options: MAP<STRING, STRING>>, schemaString: STRING, "
    "partitionColumns: ARRAY<STRING>, configuration: MAP<STRING, STRING>, createdTime: BIGINT>, "
    "protocol STRUCT<minReaderVersion: INT, minWriterVersion: INT, readerFeatures: ARRAY<STRING>, "
    "writerFeatures: ARRAY<STRING>>";

struct rows {
    struct parquet_batch *batch;
    struct parquet_writer *writer;
    struct buffer text;
    uint64_t count, files;
    struct problem *problem;
};

static void add_bytes(void *context, const void *bytes, size_t len)
{
    buffer_add(context, bytes, len);
}

/* A row with one action; `last` stands behind its members. */
static void add_row(struct rows *rows, const char *name, struct span action, const char *last)
{
    struct buffer *text = &rows->text;
    struct parquet_misfit misfit;
    text->len = 0;
    buffer_add_format(text, "{\"%s\":", name);
    buffer_add(text, action.text, action.len - 1);
    buffer_add_text(text, last);
    buffer_add_text(text, "}}");
    size_t len = text->len;
    buffer_add(text, "\0\0\0\0\0\0\0", ROW_SLACK);
    if (!parquet_batch_add(rows->batch, (struct span){.text = text->data, .len = len, .type = SPAN_OBJECT}, &misfit))
        problem_set(rows->problem, STATUS_DATA, "the log is damaged: %s: expected %s", name, misfit.wanted);
    if (parquet_batch_rows(rows->batch) == ROWS_TOGETHER) {
        parquet_write(rows->writer, rows->batch);
        parquet_batch_clear(rows->batch);
    }
    rows->count++;
}

static void add_files(struct rows *rows, const struct delta_table *table, int64_t now_ms)
{
    bool usual = delta_setting(table, "delta.deletedFileRetentionDuration").type == SPAN_ABSENT;
    for (size_t i = 0; i < table->file_count; i++) {
        const struct delta_file *file = &table->files[i];
        int64_t removed = delta_whole(delta_member(file->action, "deletionTimestamp"), now_ms);
        if (!file->removed)
            add_row(rows, "add", file->action, ",\"dataChange\":false"); /* of a repeated key the last counts */
        else if (!usual || removed > now_ms - RETENTION_MS)
            add_row(rows, "remove", file->action, ",\"dataChange\":false");
        rows->files += !file->removed;
    }
}

void delta_checkpoint_name(int64_t version, struct buffer *into)
{
    buffer_add_format(into, "%s/%020lld.checkpoint.parquet", DELTA_LOG, (long long)version);
}

bool delta_checkpoint(const struct delta_table *table, int64_t now_ms, struct buffer *into, struct buffer *last,
                      struct problem *problem)
{
    const char *library;
    struct parquet_write_options options = {.codec = PARQUET_CODEC_GZIP, .write = add_bytes, .context = into};
    struct parquet_layout *layout = parquet_ddl(columns, "checkpoint", problem);
    if (!layout)
        return false;
    if (parquet_codec_ready(PARQUET_CODEC_SNAPPY, &library))
        options.codec = PARQUET_CODEC_SNAPPY;
    struct rows rows = {.batch = parquet_batch_new(layout), .writer = parquet_writer_new(layout, &options),
                        .problem = problem};
    add_row(&rows, "protocol", table->protocol, "");
    add_row(&rows, "metaData", table->metadata, "");
    for (size_t i = 0; i < table->txn_count; i++)
        add_row(&rows, "txn", table->txns[i].action, "");
    add_files(&rows, table, now_ms);
    parquet_write(rows.writer, rows.batch);
    parquet_writer_finish(rows.writer);
    buffer_add_format(last, "{\"version\":%lld,\"size\":%llu,\"sizeInBytes\":%zu,\"numOfAddFiles\":%llu}",
                      (long long)table->version, (unsigned long long)rows.count, into->len,
                      (unsigned long long)rows.files);
    parquet_batch_free(rows.batch);
    parquet_layout_free(layout);
    buffer_free(&rows.text);
    return problem->status == STATUS_OK;
}
