#include "parquet/writer.h"

#include <stdlib.h>
#include <string.h>

#include "parquet/file.h"
#include "parquet/writer_inner.h"

/* The row group's size is looked at after so many rows, or records of so many bytes. */
enum { STEP_ROWS = 1024, STEP_BYTES = 4 << 20 };

static void put(struct parquet_writer *writer, const void *bytes, size_t len)
{
    writer->options.write(writer->options.context, bytes, len);
    writer->written += len;
}

struct parquet_writer *parquet_writer_new(const struct parquet_layout *layout,
                                          const struct parquet_write_options *options)
{
    struct parquet_writer *writer = mem_zero(1, sizeof *writer);
    size_t columns = layout->root.column_count;
    writer->layout = layout;
    writer->options = *options;
    if (writer->options.row_group_bytes == 0)
        writer->options.row_group_bytes = PARQUET_ROW_GROUP_BYTES;
    writer->chunks = mem_zero(columns + 1, sizeof *writer->chunks);
    writer->entries = mem_zero(columns + 1, sizeof *writer->entries);
    writer->values = mem_zero(columns + 1, sizeof *writer->values);
    for (size_t i = 0; i < columns; i++)
        parquet_chunk_start(&writer->chunks[i], layout->leaves[i], writer->options.codec);
    put(writer, parquet_magic, PARQUET_MAGIC_LEN);
    return writer;
}

void parquet_writer_free(struct parquet_writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < writer->layout->root.column_count; i++)
        parquet_chunk_free(&writer->chunks[i]);
    free(writer->chunks);
    free(writer->entries);
    free(writer->values);
    buffer_free(&writer->groups);
    buffer_free(&writer->indexes);
    buffer_free(&writer->places);
    buffer_free(&writer->scratch);
    free(writer);
}

/* After a step: is the row group large enough? */
static void look_at_size(struct parquet_writer *writer)
{
    size_t size = 0;
    for (size_t i = 0; i < writer->layout->root.column_count; i++)
        size += parquet_chunk_size(&writer->chunks[i]);
    writer->step_rows = writer->step_bytes = 0;
    if (size >= writer->options.row_group_bytes)
        parquet_write_group(writer);
}

void parquet_write(struct parquet_writer *writer, const struct parquet_batch *batch)
{
    size_t columns = writer->layout->root.column_count;
    for (size_t i = 0; i < columns; i++) {
        parquet_chunk_batch(&writer->chunks[i], &batch->columns[i]);
        writer->entries[i] = writer->values[i] = 0;
    }
    for (size_t row = 0; row < batch->rows;) {
        size_t first = row;
        while (row < batch->rows && writer->step_rows < STEP_ROWS && writer->step_bytes < STEP_BYTES) {
            writer->step_bytes += batch->weights[row++];
            writer->step_rows++;
        }
        for (size_t i = 0; i < columns; i++)
            parquet_chunk_add(&writer->chunks[i], &batch->columns[i], row - first, &writer->entries[i],
                              &writer->values[i]);
        writer->group_rows += row - first;
        writer->rows += row - first;
        if (writer->step_rows == STEP_ROWS || writer->step_bytes >= STEP_BYTES) {
            size_t groups = writer->group_count;
            look_at_size(writer);
            for (size_t i = 0; groups != writer->group_count && i < columns; i++) /* their dictionaries are new */
                parquet_chunk_batch(&writer->chunks[i], &batch->columns[i]);
        }
    }
}

uint64_t parquet_written(const struct parquet_writer *writer)
{
    return writer->written;
}

uint64_t parquet_written_rows(const struct parquet_writer *writer)
{
    return writer->rows;
}

void parquet_writer_finish(struct parquet_writer *writer)
{
    if (writer->group_rows > 0)
        parquet_write_group(writer);
    parquet_write_footer(writer);
    parquet_writer_free(writer);
}
