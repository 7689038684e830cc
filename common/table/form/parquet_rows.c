/* Parquet: batches are row groups, read by the thread that works on them; slots are the JSON text of what paths lead
 * to. */
#include "table/form/row_form.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "parquet/reader.h"
#include "table/push.h"
#include "table/schema_parquet.h"

/* A file that is open: from its first row group's batch until the last reader has left it. */
struct parquet_input {
    const char *name;
    int descriptor;
    struct parquet_file *file;
    struct parquet_plan *plan;
    struct parquet_predicate predicates[PUSH_MAX];
    size_t users; /* readers at it, and the source as long as row groups are left; under the lock */
};

struct parquet_rows {
    struct source source; /* first */
    char *const *files;
    size_t count;
    size_t next;                   /* of the files */
    struct parquet_input *input;   /* the one whose row groups are handed out */
    size_t row_group;              /* the next one */
    const struct rows_options *options;
    uint64_t groups_before;        /* row groups of the files before */
    bool begun;                    /* something of it was handed out */
    bool excluded;                 /* a file was passed over */
    uint64_t sequence;
    uint64_t done;                 /* bytes handed out */
    const struct expr *where; /* see rows_where; or NULL */
    const struct parquet_partitions *columns; /* by file; or NULL */
    const struct path_set *paths;
    bool *found;                   /* by path: some file had it */
    pthread_mutex_t lock;
};

/* What a batch carries. */
struct parquet_payload {
    struct parquet_input *input;
    size_t row_group;
};

struct parquet_row_reader {
    struct rows_reader row; /* first: the public face */
    struct parquet_rows *rows;
    struct parquet_input *input; /* of the last batch */
    struct parquet_reader *reader;
    const struct batch *batch;
    struct result *result;
    struct span *slots;
    enum parquet_want *wants; /* by path */
    size_t count, at;  /* of the rows at hand */
    uint64_t first;    /* the first one's number in the row group */
    size_t whole;      /* which path is the record itself; or SIZE_MAX */
    struct problem problem;
};

static const enum parquet_want wanted[] = {
    [ROWS_WANT_SPANS] = PARQUET_WANT_SPANS,
    [ROWS_WANT_NUMBERS] = PARQUET_WANT_NUMBERS,
    [ROWS_WANT_CODES] = PARQUET_WANT_CODES,
};

_Static_assert((int)PARQUET_ROWS >= (int)ROWS_ALIVE, "what rows.h promises");

static bool begins(const char *text, size_t len, const struct rows_options *options)
{
    (void)options;
    return len >= PARQUET_MAGIC_LEN && memcmp(text, parquet_magic, PARQUET_MAGIC_LEN) == 0;
}

/* Opens a file ("-": stdin) as far as its footer. */
static struct parquet_input *open_input(const char *path, struct problem *problem)
{
    struct parquet_input *input = mem_zero(1, sizeof *input);
    bool standard = strcmp(path, "-") == 0;
    struct parquet_source source;
    input->name = standard ? "stdin" : path;
    input->users = 1;
    input->descriptor = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : file_open(path, O_RDONLY, 0);
    if (input->descriptor < 0)
        problem_set(problem, STATUS_IO, "%s: %s", input->name, strerror(errno));
    else if (parquet_source_local(&source, input->descriptor, input->name, problem))
        input->file = parquet_open(&source, problem);
    if (input->file)
        return input;
    if (input->descriptor >= 0)
        close(input->descriptor);
    free(input);
    return NULL;
}

static void close_input(struct parquet_input *input)
{
    parquet_plan_free(input->plan);
    parquet_close(input->file);
    close(input->descriptor);
    free(input);
}

/* One less is at it. */
static void leave_input(struct parquet_rows *rows, struct parquet_input *input)
{
    pthread_mutex_lock(&rows->lock);
    bool last = input && --input->users == 0;
    pthread_mutex_unlock(&rows->lock);
    if (last)
        close_input(input);
}

/* Whether the names of the next file's folders say that it has no row that is asked for. Its row groups are not counted
 * then, so not where these are asked for by number. */
static bool is_next_excluded(const struct parquet_rows *rows)
{
    return rows->where && rows->columns && !rows->options->row_groups.on && rows->next < rows->count &&
           push_excludes(rows->where, rows->paths, &rows->columns[rows->next]);
}

/* The file whose row groups come next. False: there is none, or (with the problem) it can't be read. */
static bool next_input(struct parquet_rows *rows, struct problem *problem)
{
    static const struct parquet_partitions no_columns;
    struct parquet_request request = {.paths = rows->paths, .texts = true};
    while (is_next_excluded(rows)) {
        rows->next++;
        rows->excluded = true;
    }
    bool over = option_range_over(&rows->options->row_groups, rows->groups_before);
    if (over || rows->next == rows->count)
        return false;
    struct parquet_input *input = open_input(rows->files[rows->next], problem);
    if (!input)
        return false;
    rows->next++;
    rows->row_group = 0;
    request.predicates = input->predicates;
    if (rows->where)
        request.predicate_count = push_predicates(rows->where, rows->paths, parquet_schema(input->file),
                                                  rows->columns ? &rows->columns[rows->next - 1] : &no_columns,
                                                  input->predicates);
    input->plan = parquet_plan_new(input->file, &request);
    for (size_t i = 0; i < rows->paths->count; i++)
        rows->found[i] |= parquet_plan_found(input->plan, i);
    rows->input = input;
    rows->begun = false;
    return true;
}

/* Whether the row group that comes next is asked for, and may have rows that are. */
static bool is_wanted(const struct parquet_rows *rows)
{
    const struct rows_options *options = rows->options;
    uint64_t number = rows->groups_before + rows->row_group;
    return option_range_has(&options->row_groups, number) && parquet_plan_wants(rows->input->plan, rows->row_group);
}

static bool next_batch(struct source *source, struct batch *batch)
{
    struct parquet_rows *rows = (struct parquet_rows *)source;
    struct problem problem = {0};
    batch->status = STATUS_OK;
    batch->sequence = rows->sequence; /* also of the end */
    while (!source_stopped(source)) {
        if (!rows->input && !next_input(rows, &problem))
            break;
        size_t groups = parquet_row_groups(rows->input->file);
        while (rows->row_group < groups && !is_wanted(rows))
            rows->row_group++;
        if (rows->row_group == groups) {
            rows->groups_before += groups;
            leave_input(rows, rows->input);
            rows->input = NULL;
            continue;
        }
        if (!batch->payload)
            batch->payload = mem_zero(1, sizeof(struct parquet_payload));
        struct parquet_payload *payload = batch->payload;
        *payload = (struct parquet_payload){.input = rows->input, .row_group = rows->row_group++};
        pthread_mutex_lock(&rows->lock);
        rows->input->users++;
        pthread_mutex_unlock(&rows->lock);
        uint64_t bytes = parquet_group_bytes(rows->input->file, payload->row_group);
        batch->kind = BATCH_PAYLOAD;
        batch->text = NULL;
        batch->len = (size_t)bytes + 1;
        batch->file = rows->input->name;
        batch->file_index = (unsigned)rows->next - 1;
        batch->first = !rows->begun;
        rows->begun = true;
        rows->sequence++;
        rows->done += bytes;
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
    const struct parquet_payload *payload = batch->payload;
    (void)at;
    snprintf(text, size, "%s: row group %zu, row %llu", batch->file, payload->row_group, (unsigned long long)record);
}

static void progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    const struct parquet_rows *rows = (const struct parquet_rows *)source;
    *done = rows->done;
    *size = 0;
}

static const struct source_kind kind = {
    .next = next_batch, .place = place, .progress = progress,
};

static void *open_rows(const struct row_input *input)
{
    static char *const standard[] = {(char *)(uintptr_t)"-"};
    struct parquet_rows *rows = mem_zero(1, sizeof *rows);
    rows->source = (struct source){.kind = &kind, .batch_size = 1, .progress = true};
    rows->options = input->options;
    rows->files = input->count > 0 ? input->files : standard;
    rows->count = input->count > 0 ? input->count : 1;
    rows->columns = input->count > 0 ? input->columns : NULL;
    pthread_mutex_init(&rows->lock, NULL);
    return rows;
}

static struct source *get_source(void *form)
{
    struct parquet_rows *rows = form;
    return &rows->source;
}

/* The shapes of all files; one that can't be read is told by the source. */
static bool shape(void *form, struct schema *schema)
{
    struct parquet_rows *rows = form;
    bool any = false;
    for (size_t i = 0; i < rows->count; i++) {
        struct problem problem = {0};
        struct parquet_input *input = open_input(rows->files[i], &problem);
        if (!input)
            break;
        schema_parquet_add(schema, parquet_schema(input->file));
        any |= parquet_rows(input->file) > 0;
        close_input(input);
    }
    return any;
}

static bool bind_paths(void *form, const struct path_set *paths, struct problem *problem)
{
    (void)problem;
    struct parquet_rows *rows = form;
    rows->paths = paths;
    rows->found = mem_zero(paths->count + 1, sizeof *rows->found);
    return true;
}

static void keep_where(void *form, const struct expr *where)
{
    struct parquet_rows *rows = form;
    rows->where = where;
}

/* Shapes are known in advance: there are no strangers. */
static void watch(void *form, const struct path *path, bool all)
{
    (void)form;
    (void)path;
    (void)all;
}

static void warn_absent(const void *form, const bool *known)
{
    const struct parquet_rows *rows = form;
    for (size_t i = 0; i < rows->paths->count; i++)
        if (!rows->found[i] && !known[i] && !rows->excluded) /* that file may have it */
            diag_warn("no record has the path %s", rows->paths->paths[i]->text);
}

static void close_rows(void *form)
{
    struct parquet_rows *rows = form;
    leave_input(rows, rows->input);
    pthread_mutex_destroy(&rows->lock);
    free(rows->found);
    free(rows);
}

static struct rows_reader *reader_new(void *form)
{
    struct parquet_row_reader *reader = mem_zero(1, sizeof *reader);
    reader->rows = form;
    reader->slots = mem_zero(reader->rows->paths->count + 1, sizeof *reader->slots);
    reader->wants = mem_zero(reader->rows->paths->count + 1, sizeof *reader->wants);
    reader->whole = SIZE_MAX;
    for (size_t i = 0; i < reader->rows->paths->count; i++)
        if (reader->rows->paths->paths[i]->count == 0)
            reader->whole = i;
    return &reader->row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    struct parquet_row_reader *reader = (struct parquet_row_reader *)row;
    parquet_reader_free(reader->reader);
    leave_input(form, reader->input);
    free(reader->slots);
    free(reader->wants);
    free(reader);
}

/* Ends the batch with what the reader's problem says. */
static void fail(struct parquet_row_reader *reader)
{
    reader->result->status = (int)reader->problem.status;
    snprintf(reader->result->error, sizeof reader->result->error, "%.*s", (int)sizeof reader->result->error - 1,
             reader->problem.text);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct parquet_row_reader *reader = (struct parquet_row_reader *)row;
    const struct parquet_payload *payload = batch->payload;
    reader->batch = batch;
    reader->result = result;
    reader->count = reader->at = 0;
    reader->problem.status = STATUS_OK;
    struct parquet_input *before = reader->input;
    if (before != payload->input) {
        parquet_reader_free(reader->reader);
        reader->reader = parquet_reader_new(payload->input->plan);
    }
    reader->input = payload->input;
    leave_input(reader->rows, before); /* the batch was at the new one for us */
    if (!parquet_reader_start(reader->reader, payload->row_group, &reader->problem))
        fail(reader);
}

static bool next(struct rows_reader *row)
{
    struct parquet_row_reader *reader = (struct parquet_row_reader *)row;
    if (reader->at == reader->count) {
        if (reader->result->status != STATUS_OK)
            return false;
        reader->at = 0;
        reader->count = parquet_reader_values(reader->reader);
        if (reader->count == 0) {
            if (reader->problem.status != STATUS_OK)
                fail(reader);
            return false;
        }
        reader->first = parquet_reader_row(reader->reader) - reader->count;
    }
    for (size_t i = 0; i < reader->rows->paths->count; i++)
        reader->slots[i] = parquet_reader_slot(reader->reader, i)->spans[reader->at];
    reader->result->records++;
    row->slots = reader->slots;
    row->record = reader->whole == SIZE_MAX ? (struct span){.text = "", .len = 0} : reader->slots[reader->whole];
    row->index = reader->first + reader->at++;
    row->at = 0;
    row->stranger = (struct span){0};
    row->spaced = false;
    return true;
}

static bool has_columns(const struct rows_reader *row, const enum rows_want *wants)
{
    const struct parquet_row_reader *reader = (const struct parquet_row_reader *)row;
    for (size_t i = 0; i < reader->rows->paths->count; i++)
        if (wants[i] == ROWS_WANT_NUMBERS && !parquet_plan_has_numbers(reader->input->plan, i))
            return false;
    return true;
}

static size_t columns(struct rows_reader *row, const enum rows_want *wants, struct rows_column *into, uint64_t *index)
{
    struct parquet_row_reader *reader = (struct parquet_row_reader *)row;
    if (reader->result->status != STATUS_OK)
        return 0;
    for (size_t i = 0; i < reader->rows->paths->count; i++)
        reader->wants[i] = wanted[wants[i]];
    size_t count = parquet_reader_columns(reader->reader, reader->wants);
    if (reader->problem.status != STATUS_OK)
        fail(reader);
    for (size_t i = 0; count > 0 && i < reader->rows->paths->count; i++) {
        const struct parquet_slot *slot = parquet_reader_slot(reader->reader, i);
        into[i] = (struct rows_column){.spans = slot->spans,
                                       .numbers = slot->numbers,
                                       .nulls = slot->nulls,
                                       .codes = slot->codes,
                                       .texts = slot->texts,
                                       .text_count = slot->dictionary_count};
    }
    *index = parquet_reader_row(reader->reader) - count;
    reader->result->records += count;
    return count;
}

const struct row_form row_form_parquet = {
    .name = "parquet", .title = "Parquet", .begins = begins, .open = open_rows, .source = get_source, .shape = shape,
    .bind = bind_paths, .where = keep_where,
    .watch = watch, .warn_absent = warn_absent, .close = close_rows, .reader_new = reader_new, .start = start,
    .next = next,
    .has_columns = has_columns,
    .columns = columns,
    .reader_free = reader_free};
