/* Results of one record: the filter's stages, the program, the condition, and how each is written. */
#include <string.h>

#include "expr/expr.h"
#include "json/cursor.h"
#include "json/json.h"
#include "slice/slicer_inner.h"

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

bool slicer_on_result(void *context, struct jq_value value)
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
    const struct jq_input input = {value, spaced, worker->program_slots, worker->piece};
    enum jq_outcome outcome = jq_run(worker->program, &input, slicer_on_result, worker);
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

bool slicer_run(struct worker *worker, const struct filter_stage *stages, struct span value, bool spaced,
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

static bool in_batch(const struct batch *batch, const char *at)
{
    return batch->len > 0 && at >= batch->text && at < batch->text + batch->len;
}

bool slicer_bad(struct worker *worker, const struct batch *batch, struct mark before, uint64_t index,
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

bool slicer_record(struct worker *worker, const struct route *route, const struct walk *walk,
                   const struct batch *batch)
{
    const struct mark before = slicer_mark(worker->result);
    const char *message, *where;
    struct span value;
    size_t step;
    worker->slots = route->where_slots ? walk->slots : NULL;
    worker->program_slots = route->program_slots ? walk->slots : NULL;
    worker->piece = walk_piece(walk);
    if (!follow_keys(route, walk, &value, &step)) {
        const struct path_step *key = &route->keys->steps[step];
        message = filter_key_error(worker->machine, value.type, key->key, key->key_len);
        return slicer_bad(worker, batch, before, walk->index, walk->record, value.text, message);
    }
    if (slicer_run(worker, route->rest, value, walk->spaced, &message, &where))
        return true;
    return slicer_bad(worker, batch, before, walk->index, walk->record, where, message);
}

void slicer_event(struct worker *worker, const struct batch *batch)
{
    if (batch->event == FRAME_END)
        return;
    struct span value = filter_sample(batch->event == FRAME_MISSING ? SPAN_NULL : batch->event_type);
    if (batch->len > 0) {
        value.text = batch->text;
        value.len = batch->len;
    }
    const struct mark before = slicer_mark(worker->result);
    const char *message, *where;
    worker->slots = worker->program_slots = NULL;
    worker->piece = NULL;
    worker->result->records++;
    if (!slicer_run(worker, worker->slicer->plan.stages[batch->event_step], value, true, &message, &where))
        slicer_bad(worker, batch, before, 0, value, where, message);
}
