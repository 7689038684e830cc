#include "dataset/describe.h"

#include <string.h>

#include "table/schema_parquet.h"
#include "value/tsv.h"

/* More codecs than there are. */
enum { CODECS_MAX = 16 };

/* The file's codecs in the order in which columns have them. */
static void add_codecs(const struct parquet_file *file, struct buffer *into)
{
    const char *names[CODECS_MAX];
    size_t count = 0, leaves = parquet_schema(file)->leaf_count;
    for (size_t group = 0; group < parquet_row_groups(file); group++)
        for (size_t leaf = 0; leaf < leaves; leaf++) {
            const char *name = parquet_group_codec(file, group, leaf);
            size_t i = 0;
            while (i < count && strcmp(names[i], name) != 0)
                i++;
            if (i < count || count == CODECS_MAX)
                continue;
            names[count++] = name;
            buffer_add_format(into, "%s%s", count > 1 ? "," : "", name);
        }
}

static void add_file(void *context, const char *url, uint64_t size, const struct parquet_file *file,
                     const struct parquet_partitions *columns)
{
    struct buffer *into = context, statistics = {0};
    (void)columns;
    buffer_add_format(into, "%llu\t%llu\t%zu\t", (unsigned long long)parquet_rows(file), (unsigned long long)size,
                      parquet_row_groups(file));
    add_codecs(file, into);
    buffer_add_char(into, '\t');
    tsv_encode(url, strlen(url), into);
    buffer_add_char(into, '\t');
    parquet_statistics_json(file, &statistics);
    tsv_encode(statistics.data, statistics.len, into);
    buffer_free(&statistics);
    buffer_add_char(into, '\n');
}

bool describe_files(struct scan *scan, struct buffer *into, struct problem *problem)
{
    buffer_add_text(into, "rows\tbytes\trow_groups\tcodecs\tfile\tstatistics\n");
    return scan_each(scan, add_file, into, problem);
}

static void add_schema(void *context, const char *url, uint64_t size, const struct parquet_file *file,
                       const struct parquet_partitions *columns)
{
    struct schema *schema = context;
    (void)url;
    (void)size;
    schema_parquet_add(schema, parquet_schema(file));
    schema_parquet_add_partitions(schema, columns);
}

bool describe_schema(struct scan *scan, struct schema *schema, struct problem *problem)
{
    return scan_each(scan, add_schema, schema, problem);
}
