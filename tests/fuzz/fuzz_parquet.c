/* libFuzzer: any bytes as a Parquet file: it is refused or read, as records, as values of some paths, and with
 * predicates; what comes out as a record is JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/json.h"
#include "json/path.h"
#include "parquet/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A small file may say that it has billions of rows. */
enum { ROWS_MAX = 3000, GROUPS_MAX = 8 };

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_records(const struct buffer *text)
{
    for (size_t at = 0; at < text->len;) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        must(end);
        size_t len = (size_t)(end - text->data) - at, bad;
        const char *message;
        must(json_check(text->data + at, len, &bad, &message));
        at += len + 1;
    }
}

static void read_records(const struct parquet_file *file, const struct parquet_request *request)
{
    struct parquet_plan *plan = parquet_plan_new(file, request);
    struct parquet_reader *reader = parquet_reader_new(plan);
    struct buffer text = {0};
    size_t groups = parquet_row_groups(file);
    for (size_t g = 0; g < groups && g < GROUPS_MAX; g++) {
        struct problem problem = {0};
        if (!parquet_reader_start(reader, g, &problem)) {
            must(problem.status != STATUS_OK);
            continue;
        }
        parquet_reader_json(reader, ROWS_MAX, 1 << 20, &text);
        check_records(&text);
        text.len = 0;
    }
    buffer_free(&text);
    parquet_reader_free(reader);
    parquet_plan_free(plan);
}

static void read_columns(const struct parquet_file *file, const struct path_set *paths)
{
    struct parquet_request request = {.paths = paths, .texts = true};
    struct parquet_plan *plan = parquet_plan_new(file, &request);
    struct parquet_reader *reader = parquet_reader_new(plan);
    enum parquet_want *wants = mem_zero(paths->count + 1, sizeof *wants);
    for (size_t p = 0; p < paths->count; p++)
        wants[p] = (enum parquet_want)((p + 2) % 3);
    uint64_t seen = 0;
    size_t groups = parquet_row_groups(file);
    for (size_t g = 0; g < groups && g < GROUPS_MAX; g++) {
        struct problem problem = {0};
        if (!parquet_reader_start(reader, g, &problem))
            continue;
        for (size_t done = 0, rows; done < ROWS_MAX && (rows = parquet_reader_columns(reader, wants)) > 0;
             done += rows) {
            for (size_t p = 0; p < paths->count; p++) {
                const struct parquet_slot *slot = parquet_reader_slot(reader, p);
                must((slot->spans != NULL) + (slot->numbers != NULL) + (slot->codes != NULL) == 1);
                for (size_t i = 0; i < rows; i++) {
                    must(!slot->codes || slot->codes[i] == UINT32_MAX || slot->codes[i] < slot->dictionary_count);
                    seen += slot->spans     ? slot->spans[i].len
                            : slot->numbers ? (uint64_t)slot->numbers[i] + (slot->nulls && slot->nulls[i])
                            : slot->codes[i] != UINT32_MAX ? slot->texts[slot->codes[i]].len
                                                           : 0;
                }
            }
        }
    }
    must(seen != 1 || groups > 0); /* so that nothing of it is left out */
    free(wants);
    parquet_reader_free(reader);
    parquet_plan_free(plan);
}

static void read_values(const struct parquet_file *file, const struct path_set *paths)
{
    struct parquet_request request = {.paths = paths};
    struct parquet_plan *plan = parquet_plan_new(file, &request);
    struct parquet_reader *reader = parquet_reader_new(plan);
    struct buffer text = {0};
    size_t groups = parquet_row_groups(file);
    for (size_t g = 0; g < groups && g < GROUPS_MAX; g++) {
        struct problem problem = {0};
        if (!parquet_reader_start(reader, g, &problem))
            continue;
        for (size_t done = 0, rows; done < ROWS_MAX && (rows = parquet_reader_values(reader)) > 0; done += rows) {
            for (size_t p = 0; p < paths->count; p++)
                for (size_t i = 0; i < rows; i++)
                    value_write_tsv(&parquet_reader_slot(reader, p)->values[i], NULL, &text);
            text.len = 0;
        }
    }
    buffer_free(&text);
    parquet_reader_free(reader);
    parquet_plan_free(plan);
}

/* The paths of the first leaves. */
static void take_paths(const struct parquet_file *file, struct arena *arena, struct path_set *paths)
{
    for (size_t leaf = 0; leaf < parquet_schema(file)->leaf_count && leaf < 4; leaf++) {
        const struct parquet_node *node = parquet_leaf(file, leaf);
        size_t count = 0;
        for (const struct parquet_node *at = node; at->parent; at = at->parent)
            count += at->parent->shape == PARQUET_STRUCT;
        struct path *path = arena_alloc(arena, sizeof *path);
        *path =
            (struct path){.count = count, .steps = arena_alloc(arena, count * sizeof *path->steps + 1), .text = "path"};
        for (const struct parquet_node *at = node; at->parent; at = at->parent)
            if (at->parent->shape == PARQUET_STRUCT)
                path->steps[--count] = (struct path_step){.key = at->name, .key_len = at->name_len};
        path_set_add(paths, path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size ? size : 1); /* a copy, so that a read behind it is noticed */
    must(bytes);
    memcpy(bytes, data, size);
    struct problem problem = {0};
    struct parquet_source source = parquet_source_memory(bytes, size, "fuzz");
    struct parquet_file *file = parquet_open(&source, &problem);
    must(file || problem.status != STATUS_OK);
    if (file) {
        struct arena arena = {0};
        struct path_set paths = {0};
        read_records(file, &(struct parquet_request){.records = true});
        take_paths(file, &arena, &paths);
        read_values(file, &paths);
        read_columns(file, &paths);
        if (paths.count > 0) {
            struct parquet_predicate predicate = {
                .path = paths.paths[0], .comparison = size % 7, .constant = value_long(3)};
            struct parquet_request request = {.records = true, .predicates = &predicate, .predicate_count = 1};
            read_records(file, &request);
        }
        arena_free(&arena);
        path_set_free(&paths);
        parquet_close(file);
    }
    free(bytes);
    return 0;
}
