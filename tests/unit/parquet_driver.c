/* Reads and writes Parquet for tests/interop/parquet.tap.py, before and beside the tools:
 *     parquet_driver json [--nulls] FILE [PATH…]     records as NDJSON, with only the paths' columns if there are some
 *     parquet_driver values FILE PATH…               the paths' values, a row a line, tabs between them
 *     parquet_driver groups FILE                     rows of each row group */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/output.h"
#include "parquet/reader.h"

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
    struct parquet_request request = {.paths = driver->paths.count ? &driver->paths : NULL, .records = true, .nulls = nulls};
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

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct driver driver = {.out = output_start(STDOUT_FILENO, "stdout")};
    int at = 2;
    bool nulls = argc > 2 && strcmp(argv[2], "--nulls") == 0;
    at += nulls;
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
