#include "table/schema_scan.h"

#include <stdlib.h>

#include "base/hash.h"
#include "table/form/row_form.h"

struct scan {
    struct rows *rows;
    const struct path_set *paths; /* NULL: of whole records */
    double share;
    struct schema *schema;
};

/* A thread's own. */
struct scanner {
    struct rows_reader *reader;
    const struct path_set *paths;
    double share;
    struct schema *schema;
};

/* Whether a record is in the sample: all threads, and all runs, agree. */
static bool is_taken(struct span record, double share)
{
    return share >= 1 || (double)hash_bytes(record.text, record.len) < share * 0x1p64;
}

static void *scan_start(void *tool)
{
    struct scan *scan = tool;
    struct scanner *scanner = mem_zero(1, sizeof *scanner);
    scanner->reader = rows_reader_new(scan->rows);
    scanner->paths = scan->paths;
    scanner->share = scan->share;
    scanner->schema = schema_new_like(scan->schema);
    return scanner;
}

static void scan_work(void *state, struct batch *batch, struct result *result)
{
    struct scanner *scanner = state;
    rows_start(scanner->reader, batch, result);
    while (rows_next(scanner->reader)) {
        if (!scanner->paths && is_taken(scanner->reader->record, scanner->share))
            schema_add(scanner->schema, scanner->reader->record);
        for (size_t i = 0; scanner->paths && i < scanner->paths->count; i++)
            if (scanner->reader->slots[i].type != SPAN_ABSENT)
                schema_add_at(scanner->schema, scanner->paths->paths[i], scanner->reader->slots[i]);
    }
}

static void scan_finish(void *tool, void *state)
{
    struct scan *scan = tool;
    struct scanner *scanner = state;
    schema_merge(scan->schema, scanner->schema);
    schema_free(scanner->schema);
    rows_reader_free(scan->rows, scanner->reader);
    free(scanner);
}

int schema_scan(struct rows *rows, const struct path_set *paths, double share, const struct chunks_options *options,
                struct schema *schema)
{
    static const struct chunks_work parts = {.start = scan_start, .work = scan_work, .finish = scan_finish};
    static const struct path whole = {.text = ""};
    const struct path *path = &whole;
    const struct path_set records = {.paths = &path, .count = 1};
    struct scan scan = {.rows = rows, .paths = paths, .share = share, .schema = schema};
    struct problem problem = {0};
    rows_bind(rows, paths ? paths : &records, &problem); /* of JSON's paths nothing can be wrong */
    if (!paths && rows_form(rows)->columns && rows_shape(rows, schema)) /* what has columns knows their types */
        return STATUS_OK;
    int status = chunks_run(rows_source(rows), options, &parts, &scan, NULL);
    if (schema_root(schema)->seen)
        rows_shape_columns(rows, schema);
    return status;
}
