#include "dataset/direct.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "frame/chunks.h"
#include "parquet/batch.h"
#include "table/form/row_form.h"
#include "table/schema.h"

/* So many bytes of records say what all are written as: these are tried first, and then more. */
static const size_t guesses[] = {1 << 20, 8 << 20};
enum { GUESSES = sizeof guesses / sizeof *guesses };

/* A batch's columns on their way from work to take. */
struct columns {
    struct parquet_batch *batch;
    struct columns *next; /* free */
    struct columns *made; /* before it */
};

struct direct {
    const struct inputs *inputs;
    const struct rows_options *rows_options;
    struct landing *landing;
    const struct put_options *options;
    struct put_total *total;
    struct problem *problem;
    struct rows *rows;
    struct put *put;
    uint64_t seen; /* atomic: bytes of records, about */
    bool unlike; /* atomic: some record is not like the first ones */
    pthread_mutex_t lock;
    struct columns *free, *made; /* under the lock; the last one made: all are freed from there */
};

struct worker {
    struct direct *direct;
    struct rows_reader *reader;
};

static bool can_be_read_again(const struct inputs *inputs)
{
    struct stat info;
    for (size_t i = 0; i < inputs->count; i++)
        if (strcmp(inputs->files[i], "-") == 0 || stat(inputs->files[i], &info) != 0 || !S_ISREG(info.st_mode))
            return false;
    return inputs->count > 0;
}

/* Whether a later record could only be of the same types, or show that it is not. */
static bool is_definite(const struct schema_node *node)
{
    enum schema_type type = schema_node_type(node);
    if (type == SCHEMA_NULL || type == SCHEMA_DECIMAL || !schema_stays(node))
        return false;
    for (size_t i = 0; type == SCHEMA_STRUCT && i < node->member_count; i++)
        if (node->members[i]->name_len == 0 || !is_definite(node->members[i]))
            return false;
    return type != SCHEMA_ARRAY || is_definite(node->element);
}

static struct rows *open_rows(const struct inputs *inputs, const struct rows_options *options, struct path_set *paths)
{
    static const struct path whole = {.text = ""};
    struct problem problem = {0};
    struct rows *rows = rows_open(inputs, options);
    path_set_add(paths, &whole);
    if (!rows_form(rows)->flat && rows_bind(rows, paths, &problem))
        return rows;
    rows_close(rows);
    return NULL;
}

/* Adds the first records; false: they can't be read, or are not what this is for. */
static bool guess(const struct direct *direct, size_t bytes, struct schema *schema)
{
    struct path_set paths = {0};
    struct rows *rows = open_rows(direct->inputs, direct->rows_options, &paths);
    struct batch batch = {0};
    struct result result = {0};
    bool good = rows != NULL;
    struct rows_reader *reader = rows ? rows_reader_new(rows) : NULL;
    for (size_t seen = 0; good && seen < bytes && source_next(rows_source(rows), &batch); seen += batch.len) {
        rows_start(reader, &batch, &result);
        while (rows_next(reader))
            schema_add(schema, reader->record);
        good = result.status == STATUS_OK;
    }
    good = good && batch.status == STATUS_OK;
    if (rows) {
        source_release(&batch);
        rows_reader_free(rows, reader);
        rows_close(rows);
    }
    result_free(&result);
    path_set_free(&paths);
    return good && schema_node_type(schema_root(schema)) == SCHEMA_STRUCT && is_definite(schema_root(schema));
}

static void *start(void *context)
{
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->direct = context;
    worker->reader = rows_reader_new(worker->direct->rows);
    return worker;
}

static void finish(void *context, void *state)
{
    struct direct *direct = context;
    struct worker *worker = state;
    rows_reader_free(direct->rows, worker->reader);
    free(worker);
}

static struct columns *take_columns(struct direct *direct)
{
    pthread_mutex_lock(&direct->lock);
    struct columns *columns = direct->free;
    if (columns)
        direct->free = columns->next;
    pthread_mutex_unlock(&direct->lock);
    if (columns)
        return columns;
    columns = mem_zero(1, sizeof *columns);
    columns->batch = put_direct_batch(direct->put);
    parquet_batch_set_strict(columns->batch);
    pthread_mutex_lock(&direct->lock);
    columns->made = direct->made;
    direct->made = columns;
    pthread_mutex_unlock(&direct->lock);
    return columns;
}

static void give_columns(struct direct *direct, struct columns *columns)
{
    parquet_batch_clear(columns->batch);
    pthread_mutex_lock(&direct->lock);
    columns->next = direct->free;
    direct->free = columns;
    pthread_mutex_unlock(&direct->lock);
}

static bool is_unlike(struct direct *direct)
{
    return __atomic_load_n(&direct->unlike, __ATOMIC_ACQUIRE);
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct direct *direct = worker->direct;
    struct columns *columns = take_columns(direct);
    __atomic_fetch_add(&direct->seen, batch->len, __ATOMIC_RELAXED);
    rows_start(worker->reader, batch, result);
    while (!is_unlike(direct) && rows_next(worker->reader)) {
        struct parquet_misfit misfit;
        struct span record = worker->reader->record;
        record.type = SPAN_OBJECT;
        if (!parquet_batch_add(columns->batch, record, &misfit))
            __atomic_store_n(&direct->unlike, true, __ATOMIC_RELEASE);
    }
    buffer_add(&result->out, &columns, sizeof(struct columns *));
}

static bool take(void *context, const struct batch *batch, struct result *result)
{
    struct direct *direct = context;
    struct columns *columns;
    (void)batch;
    if (result->out.len < sizeof(struct columns *)) /* a batch of no records */
        return !is_unlike(direct);
    memcpy(&columns, result->out.data, sizeof(struct columns *));
    bool good = !is_unlike(direct) && result->status == STATUS_OK && put_direct_add(direct->put, columns->batch);
    give_columns(direct, columns);
    return good;
}

/* Brings all records into the file, as long as they are like the first ones. */
static enum direct_end bring(struct direct *direct, int *status)
{
    static const struct chunks_work parts = {.start = start, .work = work, .finish = finish, .take = take};
    struct chunks_options chunks = {.threads = direct->options->threads};
    *status = chunks_run(rows_source(direct->rows), &chunks, &parts, direct, NULL);
    enum direct_end end = direct->unlike                                                          ? DIRECT_AGAIN
                          : *status == STATUS_OK && direct->problem->status == STATUS_OK ? DIRECT_DONE
                                                                                         : DIRECT_BAD;
    for (struct columns *before; direct->made; direct->made = before) {
        before = direct->made->made;
        parquet_batch_free(direct->made->batch);
        free(direct->made);
    }
    direct->free = NULL;
    return end;
}

/* Lands all records by what the first ones are, so many bytes of them. */
static enum direct_end try_guess(struct direct *direct, size_t bytes, int *status)
{
    struct schema *schema = schema_new();
    struct path_set paths = {0};
    enum direct_end end = DIRECT_AGAIN;
    direct->put = NULL;
    direct->unlike = false;
    if (guess(direct, bytes, schema))
        direct->put = put_direct_start(schema, direct->landing, direct->options, direct->total, direct->problem);
    if (direct->put) {
        direct->rows = open_rows(direct->inputs, direct->rows_options, &paths);
        if (direct->rows)
            end = bring(direct, status);
        if (direct->rows)
            rows_close(direct->rows);
        if (!put_direct_end(direct->put, end == DIRECT_DONE))
            end = DIRECT_BAD;
    }
    schema_free(schema);
    path_set_free(&paths);
    return direct->problem->status != STATUS_OK ? DIRECT_BAD : end;
}

enum direct_end direct_land(const struct inputs *inputs, const struct rows_options *rows_options,
                            struct landing *landing, const struct put_options *options, struct put_total *total,
                            int *status, struct problem *problem)
{
    struct direct direct = {.inputs = inputs, .rows_options = rows_options, .landing = landing, .options = options,
                            .total = total, .problem = problem};
    enum direct_end end = DIRECT_AGAIN;
    bool again = can_be_read_again(inputs);
    pthread_mutex_init(&direct.lock, NULL);
    /* what was unlike is among the bytes of a guess, or no guess is better */
    for (size_t i = 0; again && end == DIRECT_AGAIN && i < GUESSES && direct.seen < guesses[i]; i++)
        end = try_guess(&direct, guesses[i], status);
    pthread_mutex_destroy(&direct.lock);
    return end;
}
