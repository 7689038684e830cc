#include "slice/slicer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "expr/expr.h"
#include "jq/jq.h"
#include "json/cursor.h"
#include "json/json.h"
#include "json/path.h"
#include "json/walk/walk.h"
#include "slice/bundle.h"
#include "slice/filter.h"
#include "slice/fold.h"
#include "slice/verbatim.h"

/* How one kind of record goes: the keys it begins with are left to the walk, which validates the record
 * anyway; only what follows them needs a tree. */
struct route {
    const struct filter_stage *rest;
    size_t key_count;       /* slots 0..key_count-1: the record's member keys[0], that one's member keys[1], … */
    const struct path *keys;
    bool verbatim;          /* the result is the record as it stands, but for white space */
    bool program_slots;     /* the result is the record itself: slots are those of the program */
    bool where_slots;       /* the result is the record itself: slots are those of the condition */
    struct path_set paths;
    struct walk_plan *plan;
};

struct slicer {
    struct slicer_options options;
    struct filter *filter;
    struct jq_program *program; /* what the filter's results go through, where the text is more than paths; or NULL */
    struct jq_program *element, *rest; /* the program is `map(element) | rest`: collected along a stream; or NULL */
    struct jq_program *items; /* rest, or the program, over the elements of a stream, which nobody holds; or NULL */
    bool arrays;
    bool single; /* the program gives one result at most, so that what a batch gives is no larger than it */
    struct filter_plan plan;
    struct route whole, behind; /* whole values; what a stream delivers */
    struct expr *where;
    struct path_set where_paths;
    struct walk_plan *where_plan;
    struct arena arena;
    /* in input order, one thread at a time: */
    struct worker *tail;      /* runs the rest of the filter over what was collected or counted */
    struct buffer collected;  /* '[' and the elements of an array in the making */
    uint64_t count;
    struct bundle bundle;
    struct buffer bundled;
    uint64_t taken;           /* results so far */
    struct fold *fold;        /* runs items; NULL: no element has come */
    struct buffer folded, lengths; /* its results */
    struct buffer fold_error; /* what it ended in, set by its thread */
};

struct worker {
    struct slicer *slicer;
    struct filter_machine *machine;
    struct walk *whole, *behind, *where;
    struct result *result;    /* of the present batch */
    const struct span *slots; /* the condition's, when the walk has filled them already */
    struct arena arena;       /* the condition's */
    struct buffer copy;       /* a result for the condition's walk, with its padding */
    struct buffer message;
    struct verbatim verbatim;
    struct jq_machine *program; /* runs slicer->program; the tail's runs slicer->rest, if there is one */
    struct jq_machine *element; /* runs slicer->element */
    const struct span *program_slots;
    struct fold *fold;        /* whose thread this is; or NULL */
    struct buffer made;       /* a result of it, where it is looked at before it is written */
    const char *failure;      /* not NULL: why the present result can't be written */
};

static void make_route(struct slicer *slicer, struct route *route, const struct filter_stage *stages,
                       const struct jq_program *program)
{
    route->keys = filter_prefix(slicer->filter, stages, &route->rest);
    if (route->keys)
        for (route->key_count = 0; route->key_count < route->keys->count; route->key_count++) {
            struct path *prefix = arena_alloc(&slicer->arena, sizeof *prefix);
            *prefix = (struct path){.steps = route->keys->steps, .count = route->key_count + 1, .text = ""};
            path_set_add(&route->paths, prefix);
        }
    route->program_slots = program && !stages;
    const struct path_set *asked = program ? jq_program_paths(program) : NULL;
    for (size_t i = 0; route->program_slots && i < asked->count; i++)
        path_set_add(&route->paths, asked->paths[i]);
    route->where_slots = slicer->where && !stages && !slicer->program;
    route->verbatim = !slicer->where && !slicer->program && !stages && slicer->options.layout.indent == 0 &&
                      !slicer->options.bundles;
    for (size_t i = 0; route->where_slots && i < slicer->where_paths.count; i++)
        path_set_add(&route->paths, slicer->where_paths.paths[i]);
    route->plan = walk_plan_new(&route->paths);
}

static void free_route(struct route *route)
{
    walk_plan_free(route->plan);
    path_set_free(&route->paths);
}

/* Written otherwise than from the text alone. */
static bool is_styled(const struct jq_layout *layout)
{
    return layout->ascii || layout->sorted || layout->tab || layout->colors ||
           (layout->indent != 0 && layout->indent != JSON_PRETTY_INDENT);
}

/* The filter and the condition; false where one is wrong. */
static bool compile(struct slicer *slicer, struct problem *problem)
{
    const struct slicer_options *options = &slicer->options;
    const char *text = options->filter.text;
    struct stat info;
    if (!is_styled(&options->layout))
        slicer->filter = filter_parse(text);
    struct program_parts parts = {0};
    if (!slicer->filter && !program_divide(&options->filter, &parts, problem)) {
        if (stat(text, &info) != 0 || !S_ISREG(info.st_mode))
            return false;
        *problem = (struct problem){0};
        return problem_usage(problem, "%s is a file; the filter comes first, such as '.[]'", text);
    }
    if (!slicer->filter) {
        slicer->filter = parts.filter;
        slicer->program = parts.program;
        slicer->element = parts.element;
        slicer->rest = parts.rest;
        slicer->items = parts.items;
        slicer->arrays = parts.arrays;
    }
    if (options->whole) {
        jq_program_free(slicer->items);
        slicer->items = NULL;
    }
    slicer->plan = slicer->element || slicer->items ? filter_plan_elements(slicer->filter) : filter_plan(slicer->filter);
    if (!options->where)
        return true;
    const struct expr_options where = {.paths = &slicer->where_paths, .aggregate_at = options->aggregate_at};
    slicer->where = expr_compile("-w", options->where, NULL, &where, problem);
    if (!slicer->where)
        return false;
    slicer->where_plan = walk_plan_new(&slicer->where_paths);
    return true;
}

struct slicer *slicer_new(const struct slicer_options *options, struct problem *problem)
{
    struct slicer *slicer = mem_zero(1, sizeof *slicer);
    slicer->options = *options;
    if (!compile(slicer, problem)) {
        slicer_free(slicer);
        return NULL;
    }
    slicer->single = slicer->program && jq_program_is_single(slicer->program);
    make_route(slicer, &slicer->whole, slicer->filter->stages, slicer->program);
    bool each = slicer->plan.stream == STREAM_EACH;
    make_route(slicer, &slicer->behind, each ? slicer->plan.stages[slicer->plan.step_count] : NULL,
               slicer->element ? slicer->element : slicer->items ? NULL : slicer->program);
    slicer->bundle.count_max = options->count_max;
    slicer->bundle.bytes_max = options->bytes_max;
    return slicer;
}

void slicer_frame(const struct slicer *slicer, struct frame_options *options)
{
    options->steps = slicer->plan.steps;
    options->step_count = slicer->plan.step_count;
    options->arrays = slicer->items && slicer->arrays;
    options->ends = slicer->plan.stream == STREAM_COLLECT || slicer->plan.stream == STREAM_COUNT;
}

static void *start(void *tool)
{
    struct slicer *slicer = tool;
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->slicer = slicer;
    worker->machine = filter_machine_new();
    worker->whole = walk_new(slicer->whole.plan, WALK_VALUES);
    worker->behind = walk_new(slicer->behind.plan, WALK_VALUES);
    if (slicer->program)
        worker->program = program_machine(slicer->program, &slicer->options.filter, NULL);
    if (slicer->element)
        worker->element = program_machine(slicer->element, &slicer->options.filter, NULL);
    if (slicer->where)
        worker->where = walk_new(slicer->where_plan, WALK_VALUES);
    return worker;
}

static void free_worker(struct worker *worker)
{
    if (!worker)
        return;
    filter_machine_free(worker->machine);
    walk_free(worker->whole);
    walk_free(worker->behind);
    walk_free(worker->where);
    arena_free(&worker->arena);
    jq_machine_free(worker->program);
    jq_machine_free(worker->element);
    buffer_free(&worker->made);
    buffer_free(&worker->copy);
    buffer_free(&worker->message);
    buffer_free(&worker->verbatim.ends);
    free(worker);
}

static void finish(void *tool, void *state)
{
    (void)tool;
    free_worker(state);
}

/* The condition's slots for a result that is not the record the walk went over. */
static const struct span *where_slots(struct worker *worker, struct span value)
{
    struct buffer *copy = &worker->copy;
    copy->len = 0;
    buffer_add(copy, value.text, value.len);
    buffer_reserve(copy, BATCH_PADDING);
    memset(copy->data + copy->len, 0, BATCH_PADDING);
    struct batch batch = {.text = copy->data, .len = copy->len, .kind = BATCH_VALUES};
    walk_start(worker->where, batch.text, batch.len, batch_by(&batch));
    walk_next(worker->where); /* the result is valid JSON: this finds it */
    return worker->where->slots;
}

static bool matches(struct worker *worker, struct span value)
{
    struct row row = {.arena = &worker->arena};
    row.slots = worker->slots ? worker->slots : where_slots(worker, value);
    arena_reset(&worker->arena);
    bool good = expr_true(worker->slicer->where, &row);
    worker->failure = row.error;
    return good && !row.error;
}

/* Whether a written result may go out. */
static bool check_result(struct worker *worker, const char *text, size_t len)
{
    const struct slicer_options *options = &worker->slicer->options;
    if (options->end == '\0' && options->layout.raw && memchr(text, '\0', len)) {
        worker->failure = "a string with a NUL byte can't be written with -r -0";
    } else if (options->bytes_max > 0 && len > options->bytes_max - 2) {
        worker->message.len = 0;
        buffer_add_format(&worker->message, "a result of %zu bytes does not fit into an array of --batch-bytes %zu",
                          len, options->bytes_max);
        buffer_add_char(&worker->message, '\0');
        worker->failure = worker->message.data;
    }
    return !worker->failure;
}

static bool write_text(struct worker *worker, struct span value, bool spaced, struct buffer *out)
{
    const struct slicer_options *options = &worker->slicer->options;
    size_t start_len = out->len;
    if (options->layout.raw && value.type == SPAN_STRING)
        json_decode(value, out);
    else if (options->layout.indent > 0)
        json_pretty(value.text, value.len, out);
    else if (spaced)
        json_compact(value.text, value.len, out);
    else
        buffer_add(out, value.text, value.len);
    return check_result(worker, out->data + start_len, out->len - start_len);
}

/* A result of `value` has been written from start_len on: keeps it, unless it may not go out. */
static bool end_result(struct worker *worker, size_t start_len, bool good)
{
    struct result *result = worker->result;
    if (!good) {
        result->out.len = start_len;
        return false;
    }
    buffer_add_char(&result->out, worker->slicer->options.end);
    result_row(result);
    if (!worker->program)
        return true;
    if (result_is_large(result) && !worker->slicer->single && !result->skip_bad && worker != worker->slicer->tail)
        return result_hand_on(result);
    return !result_is_full(result);
}

/* Writes one result, if the condition lets it. */
static bool put_result(struct worker *worker, struct span value, bool spaced)
{
    if (worker->slicer->where && !matches(worker, value))
        return !worker->failure;
    struct buffer *out = &worker->result->out;
    size_t start_len = out->len;
    return end_result(worker, start_len, write_text(worker, value, spaced, out));
}

/* jq_emit: one result of the program. */
static bool on_program_result(void *context, struct jq_value value)
{
    struct worker *worker = context;
    static const struct jq_layout compact = {0};
    worker->slots = NULL;
    if (worker->slicer->where) {
        worker->made.len = 0;
        jq_write(worker->program, value, &compact, &worker->made);
        if (!matches(worker, json_value_trim(worker->made.data, worker->made.len)))
            return !worker->failure;
    }
    struct buffer *out = &worker->result->out;
    size_t start_len = out->len;
    jq_write(worker->program, value, &worker->slicer->options.layout, out);
    return end_result(worker, start_len, check_result(worker, out->data + start_len, out->len - start_len));
}

/* filter_emit: one result, through the program where there is one. */
static bool on_result(void *context, struct span value, bool spaced)
{
    struct worker *worker = context;
    size_t len;
    if (!worker->program)
        return put_result(worker, value, spaced);
    enum jq_outcome outcome = jq_run(worker->program, value, spaced, worker->program_slots, on_program_result, worker);
    if (outcome == JQ_FAILED)
        worker->failure = jq_message(worker->program, &len);
    return outcome == JQ_DONE;
}

/* Follows the route's keys through the walk's slots, as jq would: the value they lead to, null where there is none. On
 * a type that has no members false; then *value is what was met and *step the key that was asked of it. */
static bool follow_keys(const struct route *route, const struct walk *walk, struct span *value, size_t *step)
{
    *value = walk->record;
    for (*step = 0; *step < route->key_count; ++*step) {
        if (value->type != SPAN_OBJECT)
            break;
        *value = walk->slots[*step];
    }
    bool null = value->type == SPAN_ABSENT || value->type == SPAN_NULL;
    if (*step < route->key_count && !null)
        return false;
    if (value->type == SPAN_ABSENT)
        *value = filter_sample(SPAN_NULL);
    return true;
}

/* Runs one value through the stages; on failure *message, and *where within the value. */
static bool run(struct worker *worker, const struct filter_stage *stages, struct span value, bool spaced,
                const char **message, const char **where)
{
    worker->failure = NULL;
    enum filter_outcome outcome = filter_run(worker->machine, stages, value, spaced, on_result, worker, message, where);
    if (outcome != FILTER_STOPPED)
        return outcome == FILTER_DONE;
    *message = worker->failure;
    *where = value.text;
    return !worker->failure; /* otherwise no more is wanted */
}

/* Where the results stood before a record. */
struct mark {
    size_t out_len, row_ends_len;
    uint64_t rows;
};

static struct mark mark_results(const struct result *result)
{
    return (struct mark){result->out.len, result->row_ends.len, result->rows};
}

static bool in_batch(const struct batch *batch, const char *at)
{
    return batch->len > 0 && at >= batch->text && at < batch->text + batch->len;
}

/* As jq, a record that fails midway keeps the results before its error; but not when it is put aside to be
 * mended, for then it comes again. */
static bool record_bad(struct worker *worker, const struct batch *batch, struct mark before, uint64_t index,
                       struct span record, const char *where, const char *message)
{
    struct result *result = worker->result;
    if (result->skip_bad) {
        result->out.len = before.out_len;
        result->rows = before.rows;
        result->row_ends.len = before.row_ends_len;
    }
    size_t at = 0;
    if (in_batch(batch, where))
        at = (size_t)(where - batch->text);
    else if (in_batch(batch, record.text)) /* a null that stands nowhere */
        at = (size_t)(record.text - batch->text);
    return result_bad(result, batch, at, index, record.text, record.len, false, message);
}

static bool run_record(struct worker *worker, const struct route *route, const struct walk *walk,
                       const struct batch *batch)
{
    const struct mark before = mark_results(worker->result);
    const char *message, *where;
    struct span value;
    size_t step;
    worker->slots = route->where_slots ? walk->slots : NULL;
    worker->program_slots = route->program_slots ? walk->slots : NULL;
    if (!follow_keys(route, walk, &value, &step)) {
        const struct path_step *key = &route->keys->steps[step];
        message = filter_key_error(worker->machine, value.type, key->key, key->key_len);
        return record_bad(worker, batch, before, walk->index, walk->record, value.text, message);
    }
    if (run(worker, route->rest, value, walk->spaced, &message, &where))
        return true;
    return record_bad(worker, batch, before, walk->index, walk->record, where, message);
}

/* What a stream met instead of elements. */
static void run_event(struct worker *worker, const struct batch *batch)
{
    if (batch->event == FRAME_END)
        return;
    struct span value = filter_sample(batch->event == FRAME_MISSING ? SPAN_NULL : batch->event_type);
    if (batch->len > 0) {
        value.text = batch->text;
        value.len = batch->len;
    }
    const struct mark before = mark_results(worker->result);
    const char *message, *where;
    worker->slots = worker->program_slots = NULL;
    worker->result->records++;
    if (!run(worker, worker->slicer->plan.stages[batch->event_step], value, true, &message, &where))
        record_bad(worker, batch, before, 0, value, where, message);
}

/* Elements that are kept: behind a comma each, or as items of the fold. */
static size_t begin_element(struct worker *worker)
{
    struct buffer *out = &worker->result->out;
    if (worker->slicer->items)
        return fold_item_begin(out);
    buffer_add_char(out, ',');
    return 0;
}

static void end_element(struct worker *worker, size_t place)
{
    if (worker->slicer->items)
        fold_item_end(&worker->result->out, place);
}

/* jq_emit: an element of the array that map makes. */
static bool on_mapped(void *context, struct jq_value value)
{
    static const struct jq_layout compact = {0};
    struct worker *worker = context;
    size_t place = begin_element(worker);
    jq_write(worker->element, value, &compact, &worker->result->out);
    end_element(worker, place);
    return true;
}

static bool map_element(struct worker *worker, const struct walk *walk, const struct batch *batch)
{
    const struct mark before = mark_results(worker->result);
    size_t len;
    if (jq_run(worker->element, walk->record, walk->spaced, walk->slots, on_mapped, worker) == JQ_DONE)
        return true;
    return record_bad(worker, batch, before, walk->index, walk->record, walk->record.text,
                      jq_message(worker->element, &len));
}

/* An element of an array that is collected or counted as a whole. */
static void keep_element(struct worker *worker, const struct walk *walk)
{
    if (worker->slicer->plan.stream != STREAM_COLLECT)
        return;
    struct buffer *out = &worker->result->out;
    size_t place = begin_element(worker);
    if (walk->spaced)
        json_compact(walk->record.text, walk->record.len, out);
    else
        buffer_add(out, walk->record.text, walk->record.len);
    end_element(worker, place);
}

/* A record that was found good; false: it was not, and nothing comes behind it. */
static bool use_record(struct worker *worker, const struct route *route, const struct walk *walk,
                       const struct batch *batch, bool *verbatim)
{
    const struct slicer *slicer = worker->slicer;
    if (batch->skipped)
        return true; /* not asked for, only checked */
    if (batch->kind == BATCH_ELEMENTS && slicer->element)
        return map_element(worker, walk, batch);
    if (batch->kind == BATCH_ELEMENTS && slicer->plan.stream != STREAM_EACH) {
        keep_element(worker, walk);
        return true;
    }
    bool decoded = slicer->options.layout.raw && walk->record.type == SPAN_STRING;
    if (*verbatim && !walk->spaced && !decoded && verbatim_add(&worker->verbatim, walk->record)) {
        worker->result->rows++;
        return true;
    }
    if (*verbatim)
        verbatim_copy(&worker->verbatim, slicer->options.end, &worker->result->out);
    *verbatim = false;
    return run_record(worker, route, walk, batch) && !(worker->program && result_is_full(worker->result));
}

/* jq_settings.read of the machine that runs items. */
static enum jq_read read_item(void *context, struct span *text, bool *spaced, struct problem *problem)
{
    (void)problem;
    *spaced = false;
    return fold_read(((struct worker *)context)->fold, text) ? JQ_READ_VALUE : JQ_READ_END;
}

/* jq_emit: a result of items. */
static bool on_folded(void *context, struct jq_value value)
{
    struct worker *worker = context;
    struct buffer *out = &worker->result->out;
    out->len = 0;
    bool more = on_program_result(worker, value);
    return (out->len == 0 || fold_give(worker->fold, out->data, out->len)) && more;
}

/* What the fold's thread does. */
static void fold_items(void *tool, struct fold *fold)
{
    struct slicer *slicer = tool;
    struct result result = {0};
    struct worker *worker = start(slicer);
    const struct jq_settings settings = {.read = read_item, .context = worker};
    size_t len = 0;
    worker->fold = fold;
    worker->result = &result;
    jq_machine_free(worker->program);
    worker->program = program_machine(slicer->items, &slicer->options.filter, &settings);
    enum jq_outcome outcome = jq_run_null(worker->program, on_folded, worker);
    const char *message = outcome == JQ_FAILED ? jq_message(worker->program, &len) : worker->failure;
    if (message) {
        buffer_add(&slicer->fold_error, message, strlen(message));
        buffer_add_char(&slicer->fold_error, '\0');
    }
    buffer_free(&result.out);
    buffer_free(&result.row_ends);
    free_worker(worker);
}

/* Results that came out of the fold into a batch's result. */
static void move_folded(struct slicer *slicer, struct result *result)
{
    const size_t *lengths = (const size_t *)(const void *)slicer->lengths.data;
    const char *at = slicer->folded.data;
    for (size_t i = 0; i < slicer->lengths.len / sizeof *lengths; at += lengths[i++]) {
        buffer_add(&result->out, at, lengths[i]);
        result_row(result);
    }
    slicer->folded.len = slicer->lengths.len = 0;
}

/* In input order: the batch's items go into the fold. */
static void put_items(struct slicer *slicer, struct result *result)
{
    if (!slicer->fold)
        slicer->fold = fold_begin(fold_items, slicer);
    fold_put(slicer->fold, &result->out);
    fold_take(slicer->fold, &slicer->folded, &slicer->lengths);
    result->out.len = 0;
    move_folded(slicer, result);
}

/* The array has ended: behind all that came before, the rest of the fold's results. */
static void end_fold(struct worker *worker, const struct batch *batch)
{
    struct slicer *slicer = worker->slicer;
    struct result *result = worker->result;
    if (!result_hand_on(result))
        return;
    if (!slicer->fold)
        slicer->fold = fold_begin(fold_items, slicer);
    fold_end(slicer->fold);
    bool more = true;
    while (more && fold_rest(slicer->fold, &slicer->folded, &slicer->lengths)) {
        move_folded(slicer, result);
        more = !result_is_large(result) || result_hand_on(result);
    }
    fold_free(slicer->fold);
    slicer->fold = NULL;
    if (more && slicer->fold_error.len > 0)
        record_bad(worker, batch, mark_results(result), 0, filter_sample(SPAN_ARRAY), NULL, slicer->fold_error.data);
    slicer->fold_error.len = 0;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct slicer *slicer = worker->slicer;
    worker->result = result;
    if (batch->kind == BATCH_EVENT && batch->event == FRAME_END && slicer->items) {
        end_fold(worker, batch);
        return;
    }
    if (batch->kind == BATCH_EVENT) {
        run_event(worker, batch);
        return;
    }
    bool streamed = batch->kind == BATCH_ELEMENTS, go_on = true;
    const struct route *route = streamed ? &slicer->behind : &slicer->whole;
    struct walk *walk = streamed ? worker->behind : worker->whole;
    bool verbatim = route->verbatim && !result->limited;
    verbatim_start(&worker->verbatim);
    walk->reads_on = batch->reads_on;
    walk_start(walk, batch->text, batch->len, batch_by(batch));
    while (go_on) {
        enum walk_verdict verdict = walk_next(walk);
        if (verdict == WALK_END)
            break;
        result->records++;
        if (verdict == WALK_RECORD)
            go_on = use_record(worker, route, walk, batch, &verbatim);
        else
            go_on = result_bad(result, batch, walk->bad_at, walk->index, walk->record.text, walk->record.len,
                               walk->malformed, walk->message);
    }
    if (go_on)
        verbatim_finish(&worker->verbatim, batch, slicer->options.end, result);
    else
        verbatim_copy(&worker->verbatim, slicer->options.end, &result->out);
}

/* What take() makes has not been cut to the limit by chunks. */
static void cut_to_limit(const struct slicer *slicer, struct result *result)
{
    if (!result->limited || result->rows <= slicer->options.limit - slicer->taken)
        return;
    const size_t *ends = (const size_t *)(const void *)result->row_ends.data;
    result->rows = slicer->options.limit - slicer->taken;
    result->out.len = result->rows > 0 ? ends[result->rows - 1] : 0;
}

static struct worker *start_tail(struct slicer *slicer)
{
    struct worker *tail = start(slicer);
    if (slicer->rest) {
        jq_machine_free(tail->program);
        tail->program = program_machine(slicer->rest, &slicer->options.filter, NULL);
    }
    return tail;
}

/* A streamed array has ended: the rest of the filter runs over what was made of its elements. */
static void end_stream(struct slicer *slicer, const struct batch *batch, struct result *result)
{
    if (!slicer->tail)
        slicer->tail = start_tail(slicer);
    struct buffer *made = &slicer->collected;
    struct span value = {.type = SPAN_ARRAY};
    if (slicer->plan.stream == STREAM_COUNT) {
        made->len = 0;
        buffer_add_format(made, "%llu", (unsigned long long)slicer->count);
        value.type = SPAN_NUMBER;
    } else {
        if (made->len == 0)
            buffer_add_char(made, '[');
        made->data[0] = '[';
        buffer_add_char(made, ']');
    }
    value.text = made->data;
    value.len = made->len;
    const struct mark before = mark_results(result);
    const char *message, *where;
    slicer->tail->result = result;
    if (!run(slicer->tail, slicer->plan.stages[slicer->plan.step_count], value, false, &message, &where))
        record_bad(slicer->tail, batch, before, 0, value, where, message);
    cut_to_limit(slicer, result);
    made->len = 0;
    slicer->count = 0;
}

/* Moves the batch's results, as many as the limit allows, into the open bundle. */
static void pack_results(struct slicer *slicer, struct result *result)
{
    const char *at = result->out.data, *end = at + result->out.len;
    uint64_t left = slicer->options.has_limit ? slicer->options.limit - slicer->taken : UINT64_MAX;
    slicer->bundled.len = 0;
    for (result->rows = 0; at < end && result->rows < left; result->rows++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)); /* compact results hold none */
        bundle_add(&slicer->bundle, at, (size_t)(newline - at), &slicer->bundled);
        at = newline + 1;
    }
    struct buffer results = result->out;
    result->out = slicer->bundled;
    slicer->bundled = results;
}

static bool take(void *tool, const struct batch *batch, struct result *result)
{
    struct slicer *slicer = tool;
    bool elements = batch->kind == BATCH_ELEMENTS && !batch->skipped;
    if (slicer->items) {
        if (elements)
            put_items(slicer, result);
        cut_to_limit(slicer, result);
    } else if (elements && slicer->plan.stream == STREAM_COLLECT) {
        buffer_add(&slicer->collected, result->out.data, result->out.len);
        result->out.len = 0;
    } else if (elements && slicer->plan.stream == STREAM_COUNT) {
        slicer->count += result->records;
    } else if (batch->kind == BATCH_EVENT && batch->event == FRAME_END) {
        end_stream(slicer, batch, result);
    }
    if (slicer->options.bundles)
        pack_results(slicer, result);
    slicer->taken += result->rows;
    return !slicer->options.has_limit || slicer->taken < slicer->options.limit;
}

const struct chunks_work *slicer_work(const struct slicer *slicer)
{
    static const struct chunks_work pure = {
        .start = start, .work = work, .finish = finish, .take = take, .pure = true};
    static const struct chunks_work large = {.start = start, .work = work, .finish = finish, .take = take};
    return (slicer->single || !slicer->program) && !slicer->items ? &pure : &large;
}

bool slicer_is_sequence(const struct slicer *slicer)
{
    return slicer->program && !jq_program_is_pure(slicer->program);
}

void slicer_end(struct slicer *slicer, struct buffer *into)
{
    bundle_end(&slicer->bundle, into);
}

void slicer_free(struct slicer *slicer)
{
    fold_free(slicer->fold);
    buffer_free(&slicer->folded);
    buffer_free(&slicer->lengths);
    buffer_free(&slicer->fold_error);
    jq_program_free(slicer->items);
    free_worker(slicer->tail);
    free_route(&slicer->whole);
    free_route(&slicer->behind);
    if (slicer->where) {
        walk_plan_free(slicer->where_plan);
        expr_free(slicer->where);
    }
    path_set_free(&slicer->where_paths);
    filter_free(slicer->filter);
    jq_program_free(slicer->program);
    jq_program_free(slicer->element);
    jq_program_free(slicer->rest);
    arena_free(&slicer->arena);
    buffer_free(&slicer->collected);
    buffer_free(&slicer->bundled);
    bundle_free(&slicer->bundle);
    free(slicer);
}
