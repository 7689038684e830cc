/* What is made of the elements of a large value: an array of them, or of what map made of them, or their number; or a
 * program goes over them as they come. */
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "slice/slicer_inner.h"

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

bool slicer_map(struct worker *worker, const struct walk *walk, const struct batch *batch)
{
    const struct mark before = slicer_mark(worker->result);
    size_t len;
    const struct jq_input input = {walk->record, walk->spaced, walk->slots, walk_piece(walk)};
    if (jq_run(worker->element, &input, on_mapped, worker) == JQ_DONE)
        return true;
    return slicer_bad(worker, batch, before, walk->index, walk->record, walk->record.text,
                      jq_message(worker->element, &len));
}

void slicer_keep(struct worker *worker, const struct walk *walk)
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
    bool more = slicer_on_result(worker, value);
    return (out->len == 0 || fold_give(worker->fold, out->data, out->len)) && more;
}

/* What the fold's thread does. */
static void fold_items(void *tool, struct fold *fold)
{
    struct slicer *slicer = tool;
    struct result result = {0};
    struct worker *worker = slicer_worker(slicer);
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
    slicer_worker_free(worker);
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

static void put_items(struct slicer *slicer, struct result *result)
{
    if (!slicer->fold)
        slicer->fold = fold_begin(fold_items, slicer);
    fold_put(slicer->fold, &result->out);
    fold_take(slicer->fold, &slicer->folded, &slicer->lengths);
    result->out.len = 0;
    move_folded(slicer, result);
}

/* Behind all that came before, the rest of the fold's results. */
void slicer_end_items(struct worker *worker, const struct batch *batch)
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
        slicer_bad(worker, batch, slicer_mark(result), 0, filter_sample(SPAN_ARRAY), NULL, slicer->fold_error.data);
    slicer->fold_error.len = 0;
}

static struct worker *start_tail(struct slicer *slicer)
{
    struct worker *tail = slicer_worker(slicer);
    if (slicer->rest) {
        jq_machine_free(tail->program);
        tail->program = program_machine(slicer->rest, &slicer->options.filter, NULL);
    }
    return tail;
}

void slicer_take_end(struct slicer *slicer, const struct batch *batch, struct result *result)
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
    const struct mark before = slicer_mark(result);
    const char *message, *where;
    slicer->tail->result = result;
    if (!slicer_run(slicer->tail, slicer->plan.stages[slicer->plan.step_count], value, false, &message, &where))
        slicer_bad(slicer->tail, batch, before, 0, value, where, message);
    made->len = 0;
    slicer->count = 0;
}

void slicer_take_elements(struct slicer *slicer, struct result *result)
{
    if (slicer->items) {
        put_items(slicer, result);
    } else if (slicer->plan.stream == STREAM_COLLECT) {
        buffer_add(&slicer->collected, result->out.data, result->out.len);
        result->out.len = 0;
    } else if (slicer->plan.stream == STREAM_COUNT) {
        slicer->count += result->records;
    }
}
