/* The rows of a record under -e: those of its elements. */
#include "group/run_inner.h"

#include "table/sort.h"

/* Whether all of them would do. */
static bool try_each(struct run_state *state, struct row *row)
{
    const struct group_run *run = state->run;
    const struct group_select *select = run->select;
    struct explode_reader *exploded = state->exploded;
    explode_start(exploded, row->slots, state->reader->spaced);
    while (!row->error && explode_next(exploded)) {
        struct row one = {.slots = exploded->slots, .arena = row->arena};
        bool wanted = !run->where || expr_true(run->where, &one);
        if (wanted && !one.error && run_compute_items(state, &one)) {
            for (size_t i = select->record_items; i < select->key_count && !one.error; i++)
                if (i != select->window.key || !select->window.shape)
                    expr_eval(select->keys[i].expr, &one);
            if (!one.error && !select->aggregates->rows_only)
                aggregates_evaluate(select->aggregates, &state->inputs[0], &one);
        }
        row->error = one.error;
    }
    row->error = row->error ? row->error : exploded->error;
    return !row->error;
}

bool run_each(struct run_state *state, struct row *row, const struct batch *batch, bool careful, run_take *take,
              void *context)
{
    struct explode_reader *exploded = state->exploded;
    if (!exploded)
        return take(context, row, sort_place(batch->sequence, state->reader->index));
    if (state->sequence != batch->sequence || state->reader->index == 0)
        state->row_number = 0;
    state->sequence = batch->sequence;
    if (careful && !try_each(state, row))
        return false;
    explode_start(exploded, row->slots, state->reader->spaced);
    while (!row->error && explode_next(exploded)) {
        struct row one = {.slots = exploded->slots, .arena = row->arena};
        take(context, &one, sort_place(batch->sequence, state->row_number++));
        row->error = one.error;
    }
    row->error = row->error ? row->error : exploded->error;
    return !row->error;
}
