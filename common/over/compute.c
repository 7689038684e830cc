/* One call's results over a partition. */
#include <stdlib.h>

#include "expr/node.h"
#include "value/cast.h"
#include "over/over_inner.h"

/* Rows of which a sliding frame keeps the states together; what may lie behind given up states before it is freed. */
enum { BLOCK_ROWS = 32, POOL_KEPT = 1 << 20 };

struct block {
    size_t from, len; /* of its states in `written`; len 0: not made yet */
};

struct over_compute {
    const struct over *window;
    const struct window_call *call;
    enum over_kind kind;
    bool ignore_nulls;
    int64_t number;             /* lag, lead: how far; ntile: parts; nth_value: which */
    struct over_view view;    /* another row than the present one */
    struct over_edges edges;
    struct arena scratch;
    /* ignore nulls: the rows whose value is not null, and how many of them are before the present row */
    size_t *full;
    size_t full_count, full_cap, passed;
    /* aggregates */
    struct aggregates *aggregates;
    struct aggregate_inputs *inputs;
    char *states, *part;        /* of the frame; of a block */
    struct pool pool;
    struct over_frame done;   /* what the states hold */
    bool has_result;
    struct value result;        /* of `done` */
    struct arena results;       /* its text */
    struct value *ahead;        /* frames that end with the partition: all results, made from the end */
    struct block *blocks;
    size_t block_cap;
    struct buffer written;
};

static bool refuse(struct problem *problem, const struct window_call *call, const char *what)
{
    return problem_set(problem, STATUS_USAGE, "%s: %s", call->text, what);
}

/* A constant whole number among the arguments. */
static bool take_number(struct over_compute *compute, size_t i, struct problem *problem)
{
    const struct window_call *call = compute->call;
    if (i >= call->arg_count)
        return true;
    struct arena arena = {0};
    struct row row = {.arena = &arena};
    bool constant = expr_is_constant(call->args[i]);
    struct value value = constant ? expr_eval(call->args[i], &row) : value_null();
    arena_free(&arena);
    if (value.type != VALUE_LONG)
        return refuse(problem, call, "how many is a constant whole number");
    compute->number = value.integer;
    bool counts = compute->kind == WINDOW_NTILE || compute->kind == WINDOW_NTH_VALUE;
    if ((counts && value.integer < 1) || value.integer > INT32_MAX || value.integer < -INT32_MAX)
        return refuse(problem, call, counts ? "expected 1 or more" : "too many rows");
    return true;
}

/* first_value(x, true) */
static bool take_ignore(struct over_compute *compute, struct problem *problem)
{
    const struct window_call *call = compute->call;
    if (call->arg_count < 2)
        return true;
    struct arena arena = {0};
    struct row row = {.arena = &arena};
    bool constant = expr_is_constant(call->args[1]);
    struct value value = constant ? expr_eval(call->args[1], &row) : value_null();
    arena_free(&arena);
    if (value.type != VALUE_BOOLEAN)
        return refuse(problem, call, "its second argument is true or false: whether nulls are ignored");
    compute->ignore_nulls = compute->ignore_nulls || value.boolean;
    return true;
}

static bool prepare(struct over_compute *compute, struct problem *problem)
{
    const struct window_call *call = compute->call;
    switch (compute->kind) {
    case WINDOW_AGGREGATE:
        compute->aggregates = aggregates_new(&call->aggregate, 1, compute->window->options->ansi, problem);
        if (!compute->aggregates)
            return false;
        compute->inputs = aggregates_inputs_new(compute->aggregates, 1);
        compute->states = mem_zero(1, compute->aggregates->size + 1);
        compute->part = mem_zero(1, compute->aggregates->size + 1);
        return true;
    case WINDOW_LAG:
    case WINDOW_LEAD:
        compute->number = 1;
        return take_number(compute, 1, problem);
    case WINDOW_NTILE:
        return take_number(compute, 0, problem);
    case WINDOW_NTH_VALUE:
        return take_number(compute, 1, problem);
    case WINDOW_FIRST_VALUE:
    case WINDOW_LAST_VALUE:
        return take_ignore(compute, problem);
    default:
        return true;
    }
}

struct over_compute *over_compute_new(const struct over *window, const struct window_call *call,
                                          struct problem *problem)
{
    struct over_compute *compute = mem_zero(1, sizeof *compute);
    compute->window = window;
    compute->call = call;
    compute->kind = call->row ? (enum over_kind)call->row->kind : WINDOW_AGGREGATE;
    compute->ignore_nulls = call->ignore_nulls;
    over_view_start(&compute->view, window);
    if (prepare(compute, problem))
        return compute;
    over_compute_free(compute);
    return NULL;
}

void over_compute_free(struct over_compute *compute)
{
    if (!compute)
        return;
    over_view_free(&compute->view);
    arena_free(&compute->scratch);
    arena_free(&compute->results);
    free(compute->full);
    aggregates_inputs_free(compute->inputs);
    aggregates_free(compute->aggregates);
    free(compute->states);
    free(compute->part);
    pool_free(&compute->pool);
    free(compute->ahead);
    free(compute->blocks);
    buffer_free(&compute->written);
    free(compute);
}

bool over_compute_unordered(const struct over_compute *compute)
{
    const struct window_spec *spec = &compute->call->spec;
    bool whole = !spec->framed || (spec->from.edge == WINDOW_FIRST && spec->to.edge == WINDOW_LAST);
    return compute->aggregates && spec->order.count == 0 && whole &&
           !aggregate_is_ordered(&compute->aggregates->list[0]);
}

/* An expression's value for row number i, in the arena. */
static struct value value_at(struct over_compute *compute, const struct over_partition *partition,
                             const struct expr *expr, size_t i, struct arena *arena, struct row *outer)
{
    over_view_row(partition, &compute->view, i);
    struct row row = {.slots = compute->view.slots, .windows = compute->view.windows, .arena = arena,
                      .aggregates = outer->aggregates};
    struct value value = expr_eval(expr, &row);
    if (row.error && !outer->error)
        outer->error = row.error;
    /* the view's next row may overwrite what the value points to */
    return partition->store->spill && value.len > 0 ? value_keep(&value, arena) : value;
}

/* Notes the rows whose value is not null. */
static void find_full(struct over_compute *compute, const struct over_partition *partition, struct row *row)
{
    compute->full_count = compute->passed = 0;
    for (size_t i = 0; i < partition->count && !row->error; i++) {
        arena_reset(&compute->scratch);
        if (value_at(compute, partition, compute->call->args[0], i, &compute->scratch, row).type == VALUE_NULL)
            continue;
        if (compute->full_count == compute->full_cap) {
            compute->full_cap = compute->full_cap ? 2 * compute->full_cap : 64;
            compute->full = mem_resize(compute->full, compute->full_cap, sizeof *compute->full);
        }
        compute->full[compute->full_count++] = i;
    }
    if (row->error)
        row->error = arena_copy(row->arena, row->error, strlen(row->error));
}

/* The first of the full rows from row `from` on. */
static size_t first_full(const struct over_compute *compute, size_t from)
{
    size_t low = 0, high = compute->full_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compute->full[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void empty_states(struct over_compute *compute)
{
    if (compute->pool.used > POOL_KEPT)
        pool_free(&compute->pool);
    memset(compute->states, 0, compute->aggregates->size);
    compute->has_result = false;
}

static void collect(struct over_compute *compute, const struct over_partition *partition, size_t i, char *states,
                    struct row *outer)
{
    if (compute->aggregates->rows_only) {
        aggregates_collect(compute->aggregates, compute->inputs, states, i, &compute->pool, &compute->scratch);
        return;
    }
    arena_reset(&compute->scratch);
    bool here = partition->in_view && i == partition->row;
    const struct over_view *view = here ? &partition->view : &compute->view;
    if (!here)
        over_view_row(partition, &compute->view, i);
    struct row row = {.slots = view->slots, .windows = view->windows, .arena = &compute->scratch,
                      .aggregates = outer->aggregates};
    if (aggregates_evaluate(compute->aggregates, compute->inputs, &row))
        aggregates_collect(compute->aggregates, compute->inputs, states, i, &compute->pool, &compute->scratch);
    else if (!outer->error)
        outer->error = arena_copy(outer->arena, row.error, strlen(row.error));
}

static struct value state_result(const struct over_compute *compute, struct arena *arena, struct row *row)
{
    struct value value = value_null();
    const char *error = NULL;
    if (!aggregates_result(compute->aggregates, compute->states, &value, arena, &error) && !row->error)
        row->error = arena_copy(row->arena, error, strlen(error));
    return value;
}

/* Adds a whole block to the states, from its own, which are made when it is first asked for. */
static void add_block(struct over_compute *compute, const struct over_partition *partition, size_t number,
                      struct row *row)
{
    struct block *block = &compute->blocks[number];
    memset(compute->part, 0, compute->aggregates->size);
    if (block->len == 0) {
        for (size_t i = 0; i < BLOCK_ROWS; i++)
            collect(compute, partition, number * BLOCK_ROWS + i, compute->part, row);
        block->from = compute->written.len;
        aggregates_write(compute->aggregates, compute->part, &compute->written);
        block->len = compute->written.len - block->from;
        memset(compute->part, 0, compute->aggregates->size);
    }
    struct unpack from = {.at = compute->written.data + block->from};
    from.end = from.at + block->len;
    if (!aggregates_read(compute->aggregates, compute->part, &from, &compute->pool) && !row->error)
        row->error = "a block of states cannot be read";
    aggregates_merge(compute->aggregates, compute->states, compute->part, &compute->pool);
}

/* A frame that loses rows: its states are made anew, of whole blocks where it has them. */
static void collect_frame(struct over_compute *compute, const struct over_partition *partition,
                          struct over_frame frame, struct row *row)
{
    empty_states(compute);
    size_t i = frame.from;
    while (i < frame.to) {
        if (i % BLOCK_ROWS == 0 && frame.to - i >= BLOCK_ROWS) {
            add_block(compute, partition, i / BLOCK_ROWS, row);
            i += BLOCK_ROWS;
        } else {
            collect(compute, partition, i++, compute->states, row);
        }
    }
}

/* Frames that end with the partition: collected from its end, and their results kept. */
static void collect_backwards(struct over_compute *compute, struct over_partition *partition, struct row *row)
{
    size_t count = partition->count, *froms = mem_resize(NULL, count, sizeof *froms);
    compute->ahead = mem_resize(compute->ahead, count, sizeof *compute->ahead);
    for (partition->row = 0; partition->row < count; partition->row++) {
        if (partition->row == partition->peers_to || partition->row == 0) {
            partition->peers_from = partition->row;
            partition->peers_to = partition->row + 1;
            while (partition->peers_to < count && !over_starts(partition, partition->peers_to))
                partition->peers_to++;
        }
        froms[partition->row] = over_frame_of(&compute->call->spec, partition, &compute->edges, row).from;
    }
    partition->row = partition->peers_from = partition->peers_to = 0;
    for (size_t i = count, at = count; i-- > 0;) {
        bool moved = at != froms[i] || i + 1 == count;
        while (at > froms[i])
            collect(compute, partition, --at, compute->states, row);
        compute->ahead[i] = moved ? state_result(compute, &compute->results, row) : compute->ahead[i + 1];
        if (moved && compute->ahead[i].len > 0)
            compute->ahead[i] = value_keep(&compute->ahead[i], &compute->results);
    }
    free(froms);
}

static bool ends_last(const struct window_spec *spec)
{
    return spec->framed && spec->to.edge == WINDOW_LAST && spec->from.edge != WINDOW_FIRST;
}

void over_compute_start(struct over_compute *compute, const struct over_partition *partition, struct row *row)
{
    compute->edges = (struct over_edges){0};
    arena_reset(&compute->results);
    if (compute->ignore_nulls)
        find_full(compute, partition, row);
    if (!compute->aggregates)
        return;
    empty_states(compute);
    compute->done = (struct over_frame){0};
    compute->written.len = 0;
    size_t blocks = partition->count / BLOCK_ROWS + 1;
    if (blocks > compute->block_cap) {
        compute->blocks = mem_resize(compute->blocks, blocks, sizeof *compute->blocks);
        compute->block_cap = blocks;
    }
    memset(compute->blocks, 0, blocks * sizeof *compute->blocks);
    if (ends_last(&compute->call->spec)) {
        struct over_partition walked = *partition;
        collect_backwards(compute, &walked, row);
    }
}

static struct value aggregate_result(struct over_compute *compute, const struct over_partition *partition,
                                     struct row *row)
{
    if (ends_last(&compute->call->spec))
        return compute->ahead[partition->row];
    struct over_frame frame = over_frame_of(&compute->call->spec, partition, &compute->edges, row);
    bool same = compute->has_result && frame.from == compute->done.from && frame.to == compute->done.to;
    if (same)
        return compute->result;
    if (frame.from == compute->done.from && frame.to >= compute->done.to) {
        for (size_t i = compute->done.to; i < frame.to && !row->error; i++)
            collect(compute, partition, i, compute->states, row);
    } else {
        collect_frame(compute, partition, frame, row);
    }
    compute->done = frame;
    arena_reset(&compute->results);
    compute->result = state_result(compute, &compute->results, row);
    compute->has_result = true;
    return compute->result;
}

/* lag is lead the other way. */
static struct value neighbour(struct over_compute *compute, const struct over_partition *partition,
                              struct row *row)
{
    int64_t step = compute->kind == WINDOW_LAG ? -compute->number : compute->number;
    size_t count = partition->count, at = partition->row;
    const struct window_call *call = compute->call;
    if (compute->ignore_nulls && step != 0) {
        while (compute->passed < compute->full_count && compute->full[compute->passed] < at)
            compute->passed++;
        bool here = compute->passed < compute->full_count && compute->full[compute->passed] == at;
        int64_t wanted = (int64_t)compute->passed + (step < 0 ? step : step - 1 + here);
        if (wanted >= 0 && (uint64_t)wanted < compute->full_count)
            return value_at(compute, partition, call->args[0], compute->full[wanted], row->arena, row);
    } else if (step < 0 ? (uint64_t)-step <= at : (uint64_t)step < count - at) {
        return value_at(compute, partition, call->args[0], (size_t)((int64_t)at + step), row->arena, row);
    }
    return call->arg_count > 2 ? expr_eval(call->args[2], row) : value_null();
}

static struct value of_frame(struct over_compute *compute, const struct over_partition *partition, struct row *row)
{
    struct over_frame frame = over_frame_of(&compute->call->spec, partition, &compute->edges, row);
    size_t from = frame.from, to = frame.to;
    if (compute->ignore_nulls) {
        from = first_full(compute, frame.from);
        to = first_full(compute, frame.to);
    }
    size_t number = compute->kind == WINDOW_NTH_VALUE ? (size_t)compute->number : 1;
    if (number > to - from)
        return value_null();
    size_t at = compute->kind == WINDOW_LAST_VALUE ? to - 1 : from + number - 1;
    if (compute->ignore_nulls)
        at = compute->full[at];
    return value_at(compute, partition, compute->call->args[0], at, row->arena, row);
}

/* The first parts have a row more where it does not come out even. */
static int64_t part_of(size_t at, size_t count, size_t parts)
{
    size_t size = count / parts, larger = count % parts, in_larger = larger * (size + 1);
    return (int64_t)(at < in_larger ? at / (size + 1) : larger + (at - in_larger) / size) + 1;
}

struct value over_compute_result(struct over_compute *compute, const struct over_partition *partition,
                                   struct row *row)
{
    size_t at = partition->row, count = partition->count;
    switch (compute->kind) {
    case WINDOW_AGGREGATE:
        return aggregate_result(compute, partition, row);
    case WINDOW_ROW_NUMBER:
        return value_int((int64_t)at + 1);
    case WINDOW_RANK:
        return value_int((int64_t)partition->peers_from + 1);
    case WINDOW_DENSE_RANK:
        return value_int((int64_t)partition->peer_group + 1);
    case WINDOW_PERCENT_RANK:
        return value_double(count > 1 ? (double)partition->peers_from / (double)(count - 1) : 0);
    case WINDOW_CUME_DIST:
        return value_double((double)partition->peers_to / (double)count);
    case WINDOW_NTILE:
        return value_int(part_of(at, count, (size_t)compute->number));
    case WINDOW_LAG:
    case WINDOW_LEAD:
        return neighbour(compute, partition, row);
    case WINDOW_FIRST_VALUE:
    case WINDOW_LAST_VALUE:
    case WINDOW_NTH_VALUE:
        break;
    }
    return of_frame(compute, partition, row);
}
