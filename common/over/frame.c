/* Frames: which rows of its partition a row's result is of. */
#include "expr/node.h"
#include "over/over_inner.h"

bool over_frame_measures(const struct window_spec *spec)
{
    return spec->framed && !spec->rows &&
           (spec->from.edge == WINDOW_PRECEDING || spec->from.edge == WINDOW_FOLLOWING ||
            spec->to.edge == WINDOW_PRECEDING || spec->to.edge == WINDOW_FOLLOWING);
}

/* a rows behind `at`, at most `count`. */
static size_t behind(size_t at, const struct window_bound *bound, size_t count)
{
    uint64_t amount = (uint64_t)bound->amount.integer;
    return amount < count - at ? at + (size_t)amount : count;
}

static size_t before(size_t at, const struct window_bound *bound)
{
    uint64_t amount = (uint64_t)bound->amount.integer;
    return amount < at ? at - (size_t)amount : 0;
}

static struct over_frame frame_of_rows(const struct window_spec *spec, const struct over_partition *partition)
{
    size_t at = partition->row, count = partition->count;
    struct over_frame frame = {0, count};
    if (spec->from.edge == WINDOW_PRECEDING)
        frame.from = before(at, &spec->from);
    else if (spec->from.edge == WINDOW_CURRENT)
        frame.from = at;
    else if (spec->from.edge == WINDOW_FOLLOWING)
        frame.from = behind(at, &spec->from, count);
    if (spec->to.edge == WINDOW_PRECEDING)
        frame.to = before(at + 1, &spec->to);
    else if (spec->to.edge == WINDOW_CURRENT)
        frame.to = at + 1;
    else if (spec->to.edge == WINDOW_FOLLOWING)
        frame.to = behind(at, &spec->to, count - 1) + 1;
    return frame;
}

/* What lies an amount before or behind a key, in the order's direction. */
static struct value measured(const struct window_spec *spec, const struct window_bound *bound, const struct value *key,
                             struct row *row)
{
    struct call call = {.row = row, .arena = row->arena, .name = "range"};
    bool back = (bound->edge == WINDOW_PRECEDING) != spec->order.keys[0].descending;
    struct value value = expr_arithmetic(&call, back ? '-' : '+', key, &bound->amount);
    if (value.type == VALUE_NULL)
        row_fail(row, "a range of %s around %s cannot be measured", row_show(row, &bound->amount), row_show(row, key));
    return value;
}

/* A key against a bound in the order's direction; nulls stand where the order has them. */
static int against(const struct window_spec *spec, const struct value *key, const struct value *bound)
{
    if (key->type == VALUE_NULL)
        return spec->order.keys[0].nulls_last ? 1 : -1;
    int order = value_compare(key, bound, true);
    return spec->order.keys[0].descending ? -order : order;
}

static struct over_frame frame_of_range(const struct window_spec *spec, const struct over_partition *partition,
                                          struct over_edges *edges, struct row *row)
{
    size_t count = partition->count;
    struct over_frame frame = {0, count};
    const struct value *key = partition->keys ? &partition->keys[partition->row] : NULL;
    bool measures = key && key->type != VALUE_NULL;
    if (spec->from.edge == WINDOW_CURRENT || (spec->from.edge != WINDOW_FIRST && !measures)) {
        frame.from = partition->peers_from;
    } else if (spec->from.edge != WINDOW_FIRST) {
        struct value bound = measured(spec, &spec->from, key, row);
        while (!row->error && edges->from < count && against(spec, &partition->keys[edges->from], &bound) < 0)
            edges->from++;
        frame.from = edges->from;
    }
    if (spec->to.edge == WINDOW_CURRENT || (spec->to.edge != WINDOW_LAST && !measures)) {
        frame.to = partition->peers_to;
    } else if (spec->to.edge != WINDOW_LAST) {
        struct value bound = measured(spec, &spec->to, key, row);
        while (!row->error && edges->to < count && against(spec, &partition->keys[edges->to], &bound) <= 0)
            edges->to++;
        frame.to = edges->to;
    }
    return frame;
}

struct over_frame over_frame_of(const struct window_spec *spec, const struct over_partition *partition,
                                    struct over_edges *edges, struct row *row)
{
    struct over_frame frame = {0, partition->count};
    if (!spec->framed)
        frame.to = spec->order.count > 0 ? partition->peers_to : frame.to;
    else if (spec->rows)
        frame = frame_of_rows(spec, partition);
    else
        frame = frame_of_range(spec, partition, edges, row);
    if (frame.to < frame.from)
        frame.to = frame.from;
    return frame;
}
