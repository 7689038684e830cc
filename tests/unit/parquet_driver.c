/* Reads and writes Parquet for tests/interop/parquet.tap.py, before and beside the tools:
 *     parquet_driver json [--nulls] FILE [PATH…]     records as NDJSON, with only the paths' columns if there are some
 *     parquet_driver values FILE PATH…               the paths' values, a row a line, tabs between them
 *     parquet_driver groups FILE                     rows of each row group
 *     parquet_driver write CODEC BYTES RECORDS DDL|-  stdin's NDJSON to stdout, in row groups of BYTES, by batches of
 * RECORDS;
 *                                                    -: by the schema that is inferred */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/output.h"
#include "json/walk/walk.h"
#include "parquet/ddl.h"
#include "parquet/reader.h"
#include "parquet/writer.h"
#include "table/schema_layout.h"

struct driver {
    struct parquet_file *file;
    struct arena arena;
    struct path_set paths;
    struct output *out;
    struct buffer text;
    struct problem problem;
};

static void take_paths(struct driver *driver, char **arguments, int count)
{
    for (int i = 0; i < count; i++) {
        size_t offset;
        const char *message;
        const struct path *path = path_parse(&driver->arena, arguments[i], NULL, &offset, &message);
        if (!path)
            diag_die(STATUS_USAGE, "%s: %s", arguments[i], message);
        path_set_add(&driver->paths, path);
    }
}

static void flush(struct driver *driver)
{
    output_write(driver->out, driver->text.data, driver->text.len);
    driver->text.len = 0;
}

static void write_json(struct driver *driver, bool nulls)
{
    struct parquet_request request = {
        .paths = driver->paths.count ? &driver->paths : NULL, .records = true, .nulls = nulls};
    struct parquet_plan *plan = parquet_plan_new(driver->file, &request);
    struct parquet_reader *reader = parquet_reader_new(plan);
    for (size_t g = 0; g < parquet_row_groups(driver->file) && driver->problem.status == STATUS_OK; g++) {
        if (!parquet_reader_start(reader, g, &driver->problem))
            break;
        while (parquet_reader_json(reader, SIZE_MAX, 1 << 18, &driver->text) > 0)
            flush(driver);
    }
    parquet_reader_free(reader);
    parquet_plan_free(plan);
}

static void write_values(struct driver *driver)
{
    struct parquet_request request = {.paths = &driver->paths};
    struct parquet_plan *plan = parquet_plan_new(driver->file, &request);
    struct parquet_reader *reader = parquet_reader_new(plan);
    for (size_t g = 0; g < parquet_row_groups(driver->file) && driver->problem.status == STATUS_OK; g++) {
        if (!parquet_reader_start(reader, g, &driver->problem))
            break;
        for (size_t rows; (rows = parquet_reader_values(reader)) > 0; flush(driver))
            for (size_t i = 0; i < rows; i++)
                for (size_t p = 0; p < driver->paths.count; p++) {
                    value_write_tsv(&parquet_reader_slot(reader, p)->values[i], NULL, &driver->text);
                    buffer_add_char(&driver->text, p + 1 < driver->paths.count ? '\t' : '\n');
                }
    }
    parquet_reader_free(reader);
    parquet_plan_free(plan);
}

static void write_groups(struct driver *driver)
{
    for (size_t g = 0; g < parquet_row_groups(driver->file); g++)
        buffer_add_format(&driver->text, "%" PRIu64 "\n", parquet_group_rows(driver->file, g));
    flush(driver);
}

static void read_all(struct buffer *into)
{
    ssize_t count;
    do {
        buffer_reserve(into, 1 << 20);
        count = read(STDIN_FILENO, into->data + into->len, (1 << 20) - 64);
        into->len += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    buffer_reserve(into, 64);
    memset(into->data + into->len, 0, 64);
}

static struct parquet_layout *infer(struct walk *walk, const struct buffer *text, struct problem *problem)
{
    struct schema *schema = schema_new();
    walk_start(walk, text->data, text->len, SCAN_BY_LINE);
    while (walk_next(walk) == WALK_RECORD)
        schema_add(schema, walk->record);
    struct parquet_layout *layout = schema_layout(schema, problem);
    schema_free(schema);
    return layout;
}

static void write_out(void *context, const void *bytes, size_t len)
{
    output_write(context, bytes, len);
}

static bool write_file(struct driver *driver, char **arguments)
{
    static const struct path_set none;
    struct walk_plan *plan = walk_plan_new(&none);
    struct walk *walk = walk_new(plan, WALK_OBJECTS);
    struct buffer text = {0};
    read_all(&text);
    const char *ddl = arguments[3];
    struct parquet_layout *layout =
        strcmp(ddl, "-") == 0 ? infer(walk, &text, &driver->problem) : parquet_ddl(ddl, "schema", &driver->problem);
    if (!layout)
        return false;
    struct parquet_write_options options = {.codec = (enum parquet_codec)parquet_codec_by_name(arguments[0]),
                                            .row_group_bytes = strtoul(arguments[1], NULL, 10),
                                            .write = write_out,
                                            .context = driver->out};
    const char *library;
    if (!parquet_codec_ready(options.codec, &library))
        return problem_set(&driver->problem, STATUS_IO, "%s is not installed", library);
    size_t together = strtoul(arguments[2], NULL, 10);
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct parquet_misfit misfit;
    walk_start(walk, text.data, text.len, SCAN_BY_LINE);
    while (walk_next(walk) == WALK_RECORD) {
        if (!parquet_batch_add(batch, walk->record, &misfit)) {
            parquet_misfit_path(&misfit, &driver->text);
            problem_set(&driver->problem, STATUS_DATA, "%.*s: expected %s, not %.*s", (int)driver->text.len,
                        driver->text.data, misfit.wanted, (int)(misfit.value.len < 40 ? misfit.value.len : 40),
                        misfit.value.text);
            driver->text.len = 0;
            break;
        }
        if (parquet_batch_rows(batch) == together) {
            parquet_write(writer, batch);
            parquet_batch_clear(batch);
        }
    }
    parquet_write(writer, batch);
    parquet_writer_finish(writer);
    parquet_batch_free(batch);
    parquet_layout_free(layout);
    walk_free(walk);
    walk_plan_free(plan);
    buffer_free(&text);
    return driver->problem.status == STATUS_OK;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct driver driver = {.out = output_start(STDOUT_FILENO, "stdout")};
    int at = 2;
    bool nulls = argc > 2 && strcmp(argv[2], "--nulls") == 0;
    at += nulls;
    if (argc == 6 && strcmp(argv[1], "write") == 0) {
        if (!write_file(&driver, argv + 2))
            problem_die(&driver.problem);
        output_close(driver.out);
        return 0;
    }
    if (argc <= at)
        diag_die(STATUS_USAGE, "parquet_driver json|values|groups FILE [PATH…]");
    int descriptor = open(argv[at], O_RDONLY);
    struct parquet_source source;
    if (descriptor < 0 || !parquet_source_local(&source, descriptor, argv[at], &driver.problem))
        problem_die(&driver.problem);
    driver.file = parquet_open(&source, &driver.problem);
    if (!driver.file)
        problem_die(&driver.problem);
    take_paths(&driver, argv + at + 1, argc - at - 1);
    if (strcmp(argv[1], "json") == 0)
        write_json(&driver, nulls);
    else if (strcmp(argv[1], "values") == 0)
        write_values(&driver);
    else
        write_groups(&driver);
    flush(&driver);
    output_close(driver.out);
    parquet_close(driver.file);
    arena_free(&driver.arena);
    path_set_free(&driver.paths);
    buffer_free(&driver.text);
    close(descriptor);
    if (driver.problem.status != STATUS_OK)
        problem_die(&driver.problem);
    return 0;
}
