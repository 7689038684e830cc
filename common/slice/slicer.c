#include "slice/slicer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "json/json.h"
#include "slice/slicer_inner.h"

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
    bool elements = slicer->element || slicer->items;
    slicer->plan = elements ? filter_plan_elements(slicer->filter) : filter_plan(slicer->filter);
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

struct worker *slicer_worker(struct slicer *slicer)
{
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

void slicer_worker_free(struct worker *worker)
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

static void *start(void *tool)
{
    return slicer_worker(tool);
}

static void finish(void *tool, void *state)
{
    (void)tool;
    slicer_worker_free(state);
}

/* A record that was found good; false: it was not, and nothing comes behind it. */
static bool use_record(struct worker *worker, const struct route *route, const struct walk *walk,
                       const struct batch *batch, bool *verbatim)
{
    const struct slicer *slicer = worker->slicer;
    if (batch->skipped)
        return true; /* not asked for, only checked */
    if (batch->kind == BATCH_ELEMENTS && slicer->element)
        return slicer_map(worker, walk, batch);
    if (batch->kind == BATCH_ELEMENTS && slicer->plan.stream != STREAM_EACH) {
        slicer_keep(worker, walk);
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
    return slicer_record(worker, route, walk, batch) && !(worker->program && result_is_full(worker->result));
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct slicer *slicer = worker->slicer;
    worker->result = result;
    if (batch->kind == BATCH_EVENT && batch->event == FRAME_END && slicer->items) {
        slicer_end_items(worker, batch);
        return;
    }
    if (batch->kind == BATCH_EVENT) {
        slicer_event(worker, batch);
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
    if (batch->kind == BATCH_ELEMENTS && !batch->skipped)
        slicer_take_elements(slicer, result);
    else if (batch->kind == BATCH_EVENT && batch->event == FRAME_END && !slicer->items)
        slicer_take_end(slicer, batch, result);
    cut_to_limit(slicer, result);
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
    slicer_worker_free(slicer->tail);
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
