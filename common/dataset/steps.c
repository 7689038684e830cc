#include "dataset/steps.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/threads.h"
#include "dataset/types.h"
#include "delta/schema.h"
#include "json/cursor.h"

struct steps {
    const struct steps_options *options;
    struct put_options *put;
    struct landing *landing; /* of the next step, if it is open */
    struct gather *gather;
    int64_t *landed; /* by group: the offset that the dataset is at; -1: it has none */
    size_t landed_count;
    struct parquet_layout *layouts[2]; /* what records must fit: at first, and from the first step on */
    struct put_total total;
    struct problem problem; /* of a step in between */
    bool failed;
    struct threads threads;
    struct collect *collect;
    struct source *source;
    struct arena arena; /* columns that the table told */
    bool stopping; /* atomic: SIGNAL_STOP is ours */
    int ended_by;
    sigset_t signals;
};

/* Steps in between are waited for by sigtimedwait: this one means that there are no more. */
enum { SIGNAL_STOP = SIGUSR1 };

static void note_landed(struct steps *steps, size_t group, int64_t next)
{
    if (group >= steps->landed_count) {
        steps->landed = mem_resize(steps->landed, group + 1, sizeof *steps->landed);
        while (steps->landed_count <= group)
            steps->landed[steps->landed_count++] = -1;
    }
    steps->landed[group] = next;
}

static int64_t landed(const struct steps *steps, size_t group)
{
    return group < steps->landed_count ? steps->landed[group] : -1;
}

/* The number of the group that a topic's partition is; GATHER_GROUPS_MAX: there are too many. */
static size_t group_of(struct steps *steps, const struct landing_offset *offset)
{
    struct buffer name = {0};
    buffer_add_format(&name, "%s+%d", offset->topic, (int)offset->partition);
    size_t group = gather_group(steps->gather, name.data, name.len);
    buffer_free(&name);
    return group;
}

/* Tells gather what was landed before (first), or that it is what we know. */
static bool heed_offsets(struct steps *steps, bool first, struct problem *problem)
{
    struct landing_offsets offsets = {0};
    const char *url = steps->options->url;
    struct store *store = landing_store(steps->landing);
    bool good = landing_read_offsets(store, landing_name(steps->landing), url, &offsets, problem);
    for (size_t i = 0; good && i < offsets.count; i++) {
        size_t group = group_of(steps, &offsets.list[i]);
        if (group == GATHER_GROUPS_MAX) {
            good = problem_set(problem, STATUS_DATA, "more than %d partitions of topics", GATHER_GROUPS_MAX);
        } else if (first) {
            steps->gather->groups[group]->next = offsets.list[i].next;
            note_landed(steps, group, offsets.list[i].next);
        } else if (offsets.list[i].next != landed(steps, group)) {
            good = problem_set(problem, STATUS_IO, "%s: another landing has gone on with it meanwhile", url);
        }
    }
    landing_offsets_free(&offsets);
    return good;
}

/* What records must fit from now on: a Delta table's schema, or --schema; or under --strict what the files that are
 * there have, in which the new ones are written, too. */
static bool take_layout(struct steps *steps, struct problem *problem)
{
    const struct steps_options *options = steps->options;
    struct delta_landing *delta = landing_delta(steps->landing);
    if (delta)
        steps->layouts[0] = delta_landing_layout(delta, options->schema, problem);
    else if (options->strict && !options->schema && options->mode == LANDING_APPEND && landing_is_there(steps->landing))
        steps->put->layout = steps->layouts[0] =
            types_of_dataset(options->url, steps->put->left_out, steps->put->left_out_count, problem);
    return problem->status == STATUS_OK;
}

static bool open_landing(struct steps *steps, enum landing_mode mode, bool *ignored, struct problem *problem)
{
    const struct steps_options *options = steps->options;
    steps->landing = landing_open(options->url, mode, options->delta, ignored, problem);
    if (!steps->landing)
        return false;
    struct delta_landing *delta = landing_delta(steps->landing);
    if (delta && !put_form_is_parquet(steps->put->form))
        return problem_set(problem, STATUS_USAGE, "%s: a Delta table, whose files are Parquet", options->url);
    return !delta || delta_landing_partition(delta, steps->put->left_out, steps->put->left_out_count, problem);
}

/* The columns that the table's files are parted by, unless they were told. */
static bool take_columns(struct steps *steps, struct collect_options *collect, struct problem *problem)
{
    struct delta_landing *delta = landing_delta(steps->landing);
    const struct delta_table *table = delta ? delta_landing_table(delta) : NULL;
    if (!table || table->version < 0 || steps->options->mode == LANDING_OVERWRITE ||
        table->partition_column_count == 0)
        return true;
    if (steps->options->envelope)
        return problem_set(problem, STATUS_USAGE, "%s: a Delta table with partition columns, which --envelope can't "
                           "be landed in", steps->options->url);
    const char **columns = arena_alloc(&steps->arena, table->partition_column_count * sizeof(char *));
    for (size_t i = 0; i < table->partition_column_count; i++)
        columns[i] = arena_copy(&steps->arena, table->partition_columns[i], strlen(table->partition_columns[i]));
    collect->columns = steps->put->left_out = columns;
    collect->column_count = steps->put->left_out_count = table->partition_column_count;
    return true;
}

/* For all threads from now on: only the one that takes steps waits for them. */
static void block_signals(struct steps *steps)
{
    sigemptyset(&steps->signals);
    sigaddset(&steps->signals, SIGINT);
    sigaddset(&steps->signals, SIGTERM);
    sigaddset(&steps->signals, SIGNAL_STOP);
    pthread_sigmask(SIG_BLOCK, &steps->signals, NULL);
}

struct steps *steps_open(const struct steps_options *options, struct put_options *put, struct collect_options *collect,
                         bool *ignored, struct problem *problem)
{
    struct steps *steps = mem_zero(1, sizeof *steps);
    steps->options = options;
    steps->put = put;
    bool good = open_landing(steps, options->mode, ignored, problem) && take_columns(steps, collect, problem) &&
                take_layout(steps, problem);
    steps->gather = gather_new(put_form_is_parquet(put->form) && !put->layout);
    good = good && (!options->envelope || heed_offsets(steps, true, problem));
    collect->layout = steps->layouts[0] ? steps->layouts[0] : options->schema;
    if (good && options->strict && !collect->layout && options->every_ms == 0)
        good = problem_set(problem, STATUS_USAGE, "--strict: there is no schema yet that records could be held "
                           "against: give --schema");
    if (good && options->every_ms > 0)
        block_signals(steps);
    if (good)
        return steps;
    steps_free(steps);
    return NULL;
}

struct gather *steps_gather(struct steps *steps)
{
    return steps->gather;
}

enum direct_end steps_direct(struct steps *steps, const struct inputs *inputs, const struct rows_options *options,
                             int *status, struct problem *problem)
{
    const struct put_options *put = steps->put;
    bool plain = !steps->options->schema && !steps->options->envelope && !steps->options->strict &&
                 steps->options->every_ms == 0 && !steps->layouts[0] && !landing_delta(steps->landing);
    if (!plain || !put_form_is_parquet(put->form) || put->left_out_count > 0 || put->file_rows != UINT64_MAX ||
        put->file_bytes != UINT64_MAX)
        return DIRECT_AGAIN;
    return direct_land(inputs, options, steps->landing, put, &steps->total, status, problem);
}

static bool has_news(const struct steps *steps, const struct gather *part)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->groups[i]->rows > 0 || (steps->options->envelope && part->groups[i]->next > landed(steps, i)))
            return true;
    return false;
}

static bool take_step(struct steps *steps, struct gather *part, struct problem *problem)
{
    bool ignored;
    if (!steps->landing && !(open_landing(steps, LANDING_APPEND, &ignored, problem) &&
                             (!steps->options->envelope || heed_offsets(steps, false, problem))))
        return false;
    bool delta = landing_delta(steps->landing) != NULL;
    bool good = put_groups(part, steps->landing, steps->put, &steps->total, problem) &&
                landing_finish(steps->landing, problem);
    for (size_t i = 0; good && steps->options->envelope && i < part->count; i++)
        if (part->groups[i]->rows > 0 || delta)
            note_landed(steps, i, part->groups[i]->next);
    landing_close(steps->landing);
    steps->landing = NULL;
    return good;
}

/* After the first step there is a schema that records have to fit: a Delta table's, or under --strict any. */
static void hold_schema(struct steps *steps, const struct gather *part)
{
    struct problem ignored = {0}; /* the step itself meets it, too */
    struct buffer json = {0};
    bool delta = steps->landing && landing_delta(steps->landing);
    struct schema *schema = part->schema;
    if ((!delta && !steps->options->strict) || steps->layouts[0] || steps->options->schema || steps->layouts[1] ||
        !schema || schema_node_type(schema_root(schema)) != SCHEMA_STRUCT)
        return;
    schema_write_json(schema, &json);
    const struct span span = json_value_trim(json.data, json.len);
    steps->layouts[1] = delta_schema_layout(span, NULL, 0, steps->options->url, &ignored);
    if (steps->layouts[1])
        collect_hold(steps->collect, steps->layouts[1]);
    buffer_free(&json);
}

static bool step_between(struct steps *steps)
{
    struct gather *part = gather_split(steps->gather);
    bool good = true;
    if (has_news(steps, part)) {
        hold_schema(steps, part);
        good = take_step(steps, part, &steps->problem);
    }
    gather_free(part);
    return good;
}

static bool is_stopping(const struct steps *steps)
{
    return __atomic_load_n(&steps->stopping, __ATOMIC_ACQUIRE);
}

static void *run(void *context)
{
    struct steps *steps = context;
    int64_t ms = steps->options->every_ms;
    const struct timespec every = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    for (;;) {
        int got = sigtimedwait(&steps->signals, NULL, &every);
        if (got == SIGNAL_STOP && is_stopping(steps))
            return NULL;
        if (got == SIGINT || got == SIGTERM) {
            steps->ended_by = got;
            break;
        }
        if (got < 0 && errno == EAGAIN && !step_between(steps)) {
            steps->failed = true;
            break;
        }
    }
    source_stop(steps->source);
    int got;
    while (!is_stopping(steps) && sigwait(&steps->signals, &got) == 0)
        ;
    return NULL;
}

void steps_start(struct steps *steps, struct collect *collect, struct source *source)
{
    steps->collect = collect;
    steps->source = source;
    if (steps->options->every_ms == 0)
        return;
    if (!threads_add(&steps->threads, run, steps)) {
        problem_set(&steps->problem, STATUS_IO, "--every: no thread can be had");
        steps->failed = true;
        source_stop(source);
    }
}

bool steps_stop(struct steps *steps, struct problem *problem)
{
    __atomic_store_n(&steps->stopping, true, __ATOMIC_RELEASE);
    if (steps->threads.count > 0)
        pthread_kill(steps->threads.list[0], SIGNAL_STOP);
    threads_join(&steps->threads);
    if (steps->failed)
        *problem = steps->problem;
    return !steps->failed;
}

bool steps_end(struct steps *steps, struct problem *problem)
{
    /* Without records the first step makes a dataset all the same. */
    return !(steps->landing || has_news(steps, steps->gather)) || take_step(steps, steps->gather, problem);
}

const struct put_total *steps_total(const struct steps *steps)
{
    return &steps->total;
}

int steps_signal(const struct steps *steps)
{
    return steps->ended_by;
}

void steps_free(struct steps *steps)
{
    if (steps->landing)
        landing_close(steps->landing);
    gather_free(steps->gather);
    parquet_layout_free(steps->layouts[0]);
    parquet_layout_free(steps->layouts[1]);
    arena_free(&steps->arena);
    free(steps->landed);
    free(steps);
}
