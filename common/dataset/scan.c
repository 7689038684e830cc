#include "dataset/scan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "dataset/delta_store.h"
#include "parquet/partition.h"
#include "parquet/reader.h"
#include "store/store.h"
#include "table/push.h"
#include "value/value.h"

/* A file, and while somebody is at it, open. */
struct scan_file {
    struct store *store;
    char *name, *url;
    uint64_t size;
    const struct parquet_partitions *columns; /* in the names of folders */
    struct parquet_source source;
    struct parquet_file *file;
    struct parquet_plan *plan, *where_plan;
    struct parquet_predicate predicates[PUSH_MAX];
    size_t users; /* under the lock */
};

struct scan {
    struct source source; /* first */
    const struct scan_options *options;
    struct store **stores;
    size_t store_count;
    struct scan_file *files;
    struct parquet_partitions *columns; /* by file */
    size_t count, cap;
    size_t next, row_group; /* to be handed out */
    uint64_t groups_before; /* row groups of the files before that one */
    bool open;              /* the file `next` is */
    bool begun;             /* something of it was handed out */
    bool excluded;          /* a file was passed over */
    uint64_t sequence, done;
    bool *found, *where_found; /* by path */
    pthread_mutex_t lock;
};

/* What a batch carries. */
struct unit {
    struct scan_file *file;
    size_t row_group;
};

/* A thread's own. */
struct worker {
    struct scan *scan;
    struct scan_file *file; /* of the last batch */
    struct parquet_reader *reader, *where_reader;
    struct span *slots;
    struct buffer lines;
    struct arena arena;
    struct problem problem;
};

static void add_file(struct scan *scan, struct store *store, const char *name, uint64_t size)
{
    if (scan->count == scan->cap) {
        scan->cap = scan->cap ? 2 * scan->cap : 16;
        scan->files = mem_resize(scan->files, scan->cap, sizeof *scan->files);
        scan->columns = mem_resize(scan->columns, scan->cap, sizeof *scan->columns);
    }
    scan->columns[scan->count] = (struct parquet_partitions){0};
    parquet_partitions_read(&scan->columns[scan->count], name);
    struct scan_file *file = &scan->files[scan->count++];
    struct buffer url = {0};
    store_add_url(store, name, &url);
    *file = (struct scan_file){.store = store, .name = mem_copy(name, strlen(name)), .size = size};
    file->url = mem_copy(url.data, url.len);
    buffer_free(&url);
}

/* The files of a Delta table, as its log has them, with the columns of their partition, which the schema types. */
static bool add_table(struct scan *scan, struct delta_store *at, struct problem *problem)
{
    const struct delta_place place = delta_store_place(at);
    int64_t version = scan->options->as_of ? scan->options->version : DELTA_LATEST;
    struct delta_table *table = delta_table_read(&place, version, problem);
    for (size_t i = 0; table && problem->status == STATUS_OK && i < table->file_count; i++) {
        const struct delta_file *file = &table->files[i];
        if (file->removed)
            continue;
        add_file(scan, at->store, file->path, file->size);
        parquet_partitions_free(&scan->columns[scan->count - 1]);
        delta_partitions(table, file, &scan->columns[scan->count - 1], problem);
    }
    delta_table_free(table);
    return problem->status == STATUS_OK;
}

/* The files of a folder, with what the names of folders in it say. */
static bool add_folder(struct scan *scan, struct store *store, const char *url, struct problem *problem)
{
    struct store_listing listing = {0};
    size_t first = scan->count;
    bool good = !scan->options->as_of ||
                problem_set(problem, STATUS_USAGE, "%s: no Delta table: it has no versions", url);
    good = good && store_list_dataset(store, "", &listing, problem);
    for (size_t i = 0; good && i < listing.count; i++)
        add_file(scan, store, listing.entries[i].name, listing.entries[i].size);
    parquet_partitions_type(scan->columns + first, scan->count - first);
    store_listing_free(&listing);
    return good;
}

/* Adds the files of one argument. */
static bool add_dataset(struct scan *scan, const char *url, struct problem *problem)
{
    struct arena arena = {0};
    struct store_entry entry;
    struct store *store = store_open(url, 0, problem);
    if (!store)
        return false;
    scan->stores[scan->store_count++] = store;
    struct delta_store table = {.store = store, .folder = "", .name = url};
    enum store_answer there = store_stat(store, "", &arena, &entry, problem), log = STORE_NO;
    bool folder = there == STORE_YES && entry.is_folder;
    arena_free(&arena);
    if (there == STORE_NO)
        return problem_set(problem, STATUS_USAGE, "%s: no such dataset", url);
    if (folder)
        log = delta_store_has_log(&table, problem);
    if (log == STORE_YES)
        return add_table(scan, &table, problem);
    if (folder && log == STORE_NO)
        return add_folder(scan, store, url, problem);
    if (there == STORE_YES && log != STORE_FAILED) {
        add_file(scan, store, "", entry.size);
        parquet_partitions_type(&scan->columns[scan->count - 1], 1);
    }
    return problem->status == STATUS_OK;
}

static bool read_source(void *context, uint64_t at, void *into, size_t len, struct problem *problem)
{
    const struct scan_file *file = context;
    return store_read_at(file->store, file->name, at, into, len, problem);
}

static void name_source(struct scan_file *file)
{
    file->source = (struct parquet_source){.context = file, .read = read_source, .size = file->size, .name = file->url};
}

/* What the condition says of row groups and their pages. Both readers have it, and so come to the same rows. */
static void plan_file(const struct scan *scan, struct scan_file *file)
{
    const struct scan_options *options = scan->options;
    struct parquet_request request = {.paths = options->columns, .records = !options->cells, .texts = options->cells},
                           where = {.paths = options->where_paths, .texts = true};
    if (options->where)
        request.predicate_count = push_predicates(options->where, options->where_paths, parquet_schema(file->file),
                                                  file->columns, file->predicates);
    request.predicates = where.predicates = file->predicates;
    where.predicate_count = request.predicate_count;
    file->plan = parquet_plan_new(file->file, &request);
    file->where_plan = options->where ? parquet_plan_new(file->file, &where) : NULL;
}

/* Opens the file that is next as far as its footer. */
static bool open_file(struct scan *scan, struct problem *problem)
{
    struct scan_file *file = &scan->files[scan->next];
    const struct scan_options *options = scan->options;
    name_source(file);
    file->file = parquet_open(&file->source, problem);
    if (!file->file)
        return false;
    plan_file(scan, file);
    for (size_t i = 0; options->columns && i < options->columns->count; i++)
        scan->found[i] |= parquet_plan_found(file->plan, i);
    for (size_t i = 0; options->where && i < options->where_paths->count; i++)
        scan->where_found[i] |= parquet_plan_found(file->where_plan, i);
    file->users = 1;
    scan->row_group = 0;
    scan->begun = false;
    return scan->open = true;
}

/* One less is at it. */
static void leave_file(struct scan *scan, struct scan_file *file)
{
    pthread_mutex_lock(&scan->lock);
    bool last = --file->users == 0;
    pthread_mutex_unlock(&scan->lock);
    if (!last)
        return;
    parquet_plan_free(file->plan);
    parquet_plan_free(file->where_plan);
    parquet_close(file->file);
}

/* Whether the row group of the file at hand is one that is asked for. */
static bool is_asked(const struct scan *scan, size_t row_group)
{
    return option_range_has(&scan->options->row_groups, scan->groups_before + row_group);
}

/* Whether no file that is not open yet has any. */
static bool is_over(const struct scan *scan)
{
    return scan->next == scan->count ||
           (!scan->open && option_range_over(&scan->options->row_groups, scan->groups_before));
}

/* Files of which the names of their folders say that no row is asked for are not opened; where row groups are asked for
 * by number, they are, to count theirs. */
static void pass_excluded(struct scan *scan)
{
    const struct scan_options *options = scan->options;
    while (options->where && !options->row_groups.on && !scan->open && scan->next < scan->count &&
           push_excludes(options->where, options->where_paths, scan->files[scan->next].columns)) {
        scan->next++;
        scan->excluded = true;
    }
}

static bool next_batch(struct source *source, struct batch *batch)
{
    struct scan *scan = (struct scan *)source;
    struct problem problem = {0};
    batch->status = STATUS_OK;
    batch->sequence = scan->sequence;
    for (pass_excluded(scan); !source_stopped(source) && !is_over(scan); pass_excluded(scan)) {
        if (!scan->open && !open_file(scan, &problem))
            break;
        struct scan_file *file = &scan->files[scan->next];
        size_t groups = parquet_row_groups(file->file);
        while (scan->row_group < groups &&
               !(is_asked(scan, scan->row_group) && parquet_plan_wants(file->plan, scan->row_group)))
            scan->row_group++;
        if (scan->row_group == groups) {
            scan->groups_before += groups;
            leave_file(scan, file);
            scan->open = false;
            scan->next++;
            continue;
        }
        if (!batch->payload)
            batch->payload = mem_zero(1, sizeof(struct unit));
        struct unit *unit = batch->payload;
        *unit = (struct unit){.file = file, .row_group = scan->row_group++};
        pthread_mutex_lock(&scan->lock);
        file->users++;
        pthread_mutex_unlock(&scan->lock);
        uint64_t bytes = parquet_group_bytes(file->file, unit->row_group);
        batch->kind = BATCH_PAYLOAD;
        batch->text = NULL;
        batch->len = (size_t)bytes + 1;
        batch->file = file->url;
        batch->file_index = (unsigned)scan->next;
        batch->first = !scan->begun;
        scan->begun = true;
        scan->sequence++;
        scan->done += bytes;
        return true;
    }
    if (problem.status != STATUS_OK) {
        batch->status = (int)problem.status;
        snprintf(batch->error, sizeof batch->error, "%.*s", (int)sizeof batch->error - 1, problem.text);
    }
    return false;
}

static void place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    const struct unit *unit = batch->payload;
    (void)at;
    snprintf(text, size, "%s: row group %zu, row %llu", batch->file, unit->row_group, (unsigned long long)record);
}

static void progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    const struct scan *scan = (const struct scan *)source;
    *done = scan->done;
    *size = 0;
}

static const struct source_kind kind = {
    .next = next_batch, .place = place, .progress = progress};

struct scan *scan_new(char *const *urls, size_t count, const struct scan_options *options, struct problem *problem)
{
    struct scan *scan = mem_zero(1, sizeof *scan);
    scan->source = (struct source){.kind = &kind, .batch_size = 1, .progress = true};
    scan->options = options;
    scan->stores = mem_zero(count + 1, sizeof(struct store *));
    scan->found = mem_zero(options->columns ? options->columns->count + 1 : 1, sizeof *scan->found);
    scan->where_found = mem_zero(options->where ? options->where_paths->count + 1 : 1, sizeof *scan->where_found);
    pthread_mutex_init(&scan->lock, NULL);
    for (size_t i = 0; i < count; i++)
        if (!add_dataset(scan, urls[i], problem)) {
            scan_free(scan);
            return NULL;
        }
    for (size_t i = 0; i < scan->count; i++)
        scan->files[i].columns = &scan->columns[i];
    return scan;
}

void scan_free(struct scan *scan)
{
    if (scan->open)
        leave_file(scan, &scan->files[scan->next]);
    for (size_t i = 0; i < scan->count; i++) {
        parquet_partitions_free(&scan->columns[i]);
        free(scan->files[i].name);
        free(scan->files[i].url);
    }
    free(scan->columns);
    for (size_t i = 0; i < scan->store_count; i++)
        store_close(scan->stores[i]);
    free(scan->files);
    free(scan->stores);
    free(scan->found);
    free(scan->where_found);
    pthread_mutex_destroy(&scan->lock);
    free(scan);
}

bool scan_each(struct scan *scan, scan_visit *visit, void *context, struct problem *problem)
{
    for (size_t i = 0; i < scan->count; i++) {
        struct scan_file *file = &scan->files[i];
        name_source(file);
        struct parquet_file *opened = parquet_open(&file->source, problem);
        if (!opened)
            return false;
        visit(context, file->url, file->size, opened, file->columns);
        parquet_close(opened);
    }
    return true;
}

struct source *scan_source(struct scan *scan)
{
    return &scan->source;
}

static void warn_of(const struct scan *scan, const struct path_set *paths, const bool *found)
{
    for (size_t i = 0; i < paths->count; i++) {
        bool named = found[i] || paths->paths[i]->count == 0;
        for (size_t k = 0; k < scan->count && !named; k++)
            named = parquet_partitions_find(&scan->columns[k], paths->paths[i]) != NULL;
        if (!named)
            diag_warn("no record has the path %s", paths->paths[i]->text);
    }
}

void scan_warn_absent(const struct scan *scan)
{
    if (scan->excluded)
        return; /* that file may have it */
    if (scan->options->columns)
        warn_of(scan, scan->options->columns, scan->found);
    if (scan->options->where)
        warn_of(scan, scan->options->where_paths, scan->where_found);
}

static void *start(void *context)
{
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->scan = context;
    const struct scan_options *options = worker->scan->options;
    worker->slots = mem_zero(options->where ? options->where_paths->count + 1 : 1, sizeof *worker->slots);
    return worker;
}

static void leave(struct worker *worker)
{
    if (!worker->file)
        return;
    parquet_reader_free(worker->reader);
    if (worker->where_reader)
        parquet_reader_free(worker->where_reader);
    leave_file(worker->scan, worker->file);
    worker->file = NULL;
    worker->where_reader = NULL;
}

static void finish(void *context, void *state)
{
    struct worker *worker = state;
    (void)context;
    leave(worker);
    buffer_free(&worker->lines);
    arena_free(&worker->arena);
    free(worker->slots);
    free(worker);
}

/* The worker is at the batch's file, whose batch was at it for the worker. */
static void enter(struct worker *worker, struct scan_file *file)
{
    if (worker->file == file) {
        leave_file(worker->scan, file);
        return;
    }
    leave(worker);
    worker->file = file;
    worker->reader = parquet_reader_new(file->plan);
    worker->where_reader = file->where_plan ? parquet_reader_new(file->where_plan) : NULL;
}

/* Whether row `at` of the values at hand is wanted; *error, if the condition fails. */
static bool is_wanted(struct worker *worker, size_t at, const char **error)
{
    const struct scan_options *options = worker->scan->options;
    for (size_t i = 0; i < options->where_paths->count; i++) {
        const struct parquet_partition *column =
            parquet_partitions_find(worker->file->columns, options->where_paths->paths[i]);
        worker->slots[i] = column ? column->typed : parquet_reader_slot(worker->where_reader, i)->spans[at];
    }
    arena_reset(&worker->arena);
    struct row row = {.slots = worker->slots, .arena = &worker->arena};
    bool wanted = expr_true(options->where, &row);
    *error = row.error;
    return wanted && !row.error;
}

/* The next rows as lines of cells: how many. */
static size_t write_cells(struct worker *worker)
{
    const struct path_set *columns = worker->scan->options->columns;
    size_t count = parquet_reader_values(worker->reader);
    for (size_t row = 0; row < count; row++)
        for (size_t i = 0; i < columns->count; i++) {
            const struct parquet_partition *column =
                parquet_partitions_find(worker->file->columns, columns->paths[i]);
            struct span cell = column ? column->typed : parquet_reader_slot(worker->reader, i)->spans[row];
            value_write_span_tsv(cell, false, NULL, &worker->lines);
            buffer_add_char(&worker->lines, i + 1 < columns->count ? '\t' : '\n');
        }
    return count;
}

/* Some more rows of the row group. False: there are none, or the result says why. */
static bool some_rows(struct worker *worker, const struct batch *batch, struct result *result)
{
    size_t rows = worker->where_reader ? parquet_reader_values(worker->where_reader) : PARQUET_ROWS;
    uint64_t first = parquet_reader_row(worker->where_reader ? worker->where_reader : worker->reader) -
                     (worker->where_reader ? rows : 0);
    worker->lines.len = 0;
    const struct scan_options *options = worker->scan->options;
    size_t count = rows == 0       ? 0
                   : options->cells ? write_cells(worker)
                                    : parquet_reader_json(worker->reader, rows, SIZE_MAX, &worker->lines);
    const char *line = worker->lines.data;
    if (worker->problem.status == STATUS_OK && worker->where_reader && count != rows)
        problem_set(&worker->problem, STATUS_DATA, "%s: row group ends within a row", batch->file);
    if (worker->problem.status != STATUS_OK) {
        result->status = (int)worker->problem.status;
        snprintf(result->error, sizeof result->error, "%.*s", (int)sizeof result->error - 1, worker->problem.text);
        return false;
    }
    for (size_t i = 0; i < count && !result_is_full(result); i++) {
        size_t left = worker->lines.len - (size_t)(line - worker->lines.data);
        size_t len = (size_t)((const char *)memchr(line, '\n', left) - line);
        const char *error = NULL;
        result->records++;
        if (!worker->where_reader || is_wanted(worker, i, &error)) {
            if (options->cells)
                buffer_add(&result->out, line, len);
            else
                parquet_partitions_extend(worker->file->columns, line, len, options->columns, &result->out);
            buffer_add_char(&result->out, '\n');
            result_row(result);
        }
        if (error && !result_bad(result, batch, 0, first + i, line, len, false, error))
            return false;
        line += len + 1;
    }
    return count > 0;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    const struct unit *unit = batch->payload;
    worker->problem = (struct problem){0};
    enter(worker, unit->file);
    bool good = parquet_reader_start(worker->reader, unit->row_group, &worker->problem) &&
                (!worker->where_reader ||
                 parquet_reader_start(worker->where_reader, unit->row_group, &worker->problem));
    if (!good) {
        result->status = (int)worker->problem.status;
        snprintf(result->error, sizeof result->error, "%.*s", (int)sizeof result->error - 1, worker->problem.text);
    }
    while (good && !result_is_full(result) && some_rows(worker, batch, result))
        good = !result_is_large(result) || result_hand_on(result);
}

const struct chunks_work scan_work = {.start = start, .work = work, .finish = finish};
