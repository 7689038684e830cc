/* libFuzzer: rows of TSV and CSV, whatever the bytes, are the same for any cut into batches: as many cells as there are
 * columns, or a complaint. The first byte chooses the form. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "frame/result.h"
#include "table/form/row_form.h"
#include "table/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* The cells of all rows, up to what could not be read. */
static void take_all(struct rows *rows, size_t columns, struct buffer *into)
{
    struct rows_reader *reader = rows_reader_new(rows);
    struct source *source = rows_source(rows);
    struct batch batch = {0};
    bool more = true;
    while (more && source_next(source, &batch)) {
        struct result result = {0};
        if (batch.claimed)
            source_load(&batch);
        if (batch.len > 0) {
            rows_start(reader, &batch, &result);
            while (rows_next(reader)) {
                for (size_t i = 0; i < columns; i++) {
                    const struct span *cell = &reader->slots[i];
                    buffer_add(into, cell->text, cell->type == SPAN_CELL ? cell->len : 0);
                    buffer_add_char(into, i + 1 < columns ? '\t' : '\n');
                }
            }
        }
        more = result.status == STATUS_OK && batch.status == STATUS_OK;
        if (!more)
            buffer_add_text(into, "bad\n");
        result_free(&result);
    }
    source_release(&batch);
    rows_reader_free(rows, reader);
}

static void read_file(char *path, const struct rows_options *options, struct buffer *into)
{
    char *files[] = {path};
    struct inputs inputs = {.files = files, .count = 1};
    struct rows *rows = rows_open(&inputs, options);
    struct path_set paths = {0};
    struct problem problem = {0};
    size_t count;
    const struct span *header = rows_header(rows, &count);
    struct buffer name = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < count && i < 8; i++) { /* names that paths can have */
        size_t at;
        const char *message;
        name.len = 0;
        buffer_add_char(&name, '`');
        buffer_add(&name, header[i].text, header[i].len);
        buffer_add_text(&name, "`");
        buffer_add_char(&name, '\0');
        const char *text = arena_copy(&arena, name.data, name.len);
        bool whole = strlen(text) == name.len - 1;
        const struct path *column = whole ? path_parse(&arena, text, NULL, &at, &message) : NULL;
        if (column)
            path_set_add(&paths, column);
    }
    if (rows_bind(rows, &paths, &problem))
        take_all(rows, paths.count, into);
    else
        buffer_add_text(into, problem.text);
    rows_close(rows);
    path_set_free(&paths);
    arena_free(&arena);
    buffer_free(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 65536)
        return 0;
    struct rows_options options = {.form = row_form_find(data[0] & 1 ? "csv" : "tsv"), .header = (data[0] & 2) == 0,
                                   .null = data[0] & 4 ? "x" : NULL, .raw = true};
    char path[32];
    int fd = memfd_create("input", MFD_CLOEXEC);
    must(fd >= 0 && pwrite(fd, data + 1, size - 1, 0) == (ssize_t)size - 1);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    struct buffer whole = {0}, single = {0};
    read_file(path, &options, &whole);
    options.single = true;
    read_file(path, &options, &single);
    must(whole.len == single.len && (whole.len == 0 || memcmp(whole.data, single.data, whole.len) == 0));
    buffer_free(&whole);
    buffer_free(&single);
    close(fd);
    return 0;
}
