/* Rows that --qualify will not let through are left out before they are sorted: behind the first N of their partition,
 * where it asks for row_number() <= N, or rank() or dense_rank(). What a thread needs to know for that are the keys of
 * the best rows it has seen of each partition: a row behind N of these is behind as many of all. Which rows those are
 * depends on the threads, so nothing else may: no row that is left out may have an error to tell, nor be needed for
 * another one's result. */
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "base/mem.h"
#include "expr/expr.h"
#include "over/over_inner.h"

enum {
    WANTED_MAX = 1024,         /* rows of a partition that are worth it */
    BOUNDS_MAX = 16,           /* conditions that are looked at */
    MEMORY_MAX = 16 * 1024 * 1024, /* of a thread's best rows: beyond it none are added */
};

struct candidate {
    uint64_t place, part;
    struct value keys[];
};

struct top {
    const char *key;
    size_t len, count;
    struct candidate *rows[]; /* in order, `wanted` at most */
};

struct over_best {
    const struct order *order;
    enum over_kind kind;
    size_t wanted, memory;
    struct index index;
    struct top **tops;
    size_t count, cap;
    struct arena arena;
    size_t used; /* of it */
    bool full; /* no more is added */
    bool open; /* a cell was met, of which nobody knows yet how it compares: all rows are wanted */
};

/* Whether a call's result for a row is of no row behind it that is no peer. */
static bool looks_back(const struct window_call *call)
{
    if (!call->row)
        return false;
    enum over_kind kind = (enum over_kind)call->row->kind;
    return kind == WINDOW_ROW_NUMBER || kind == WINDOW_RANK || kind == WINDOW_DENSE_RANK;
}

static bool can_leave_out(const struct over *window)
{
    const struct over_options *options = window->options;
    const struct select *select = options->select;
    bool can = options->qualify && !options->ansi && window->group_count == 1 && expr_is_harmless(options->qualify);
    for (size_t i = 0; i < select->window_count && can; i++)
        can = looks_back(&select->windows[i]);
    for (size_t i = 0; i < select->count && can; i++)
        can = select->items[i].kind == ITEM_EXPR && select->items[i].change_count == 0 &&
              expr_is_harmless(select->items[i].expr);
    return can;
}

/* The last place that a condition lets through; SIZE_MAX: it does not say. */
static size_t last_place(const struct expr_bound *bound)
{
    int64_t last = bound->constant.integer;
    bool ends = bound->kind == EXPR_BOUND_LESS || bound->kind == EXPR_BOUND_LESS_EQUAL ||
                bound->kind == EXPR_BOUND_EQUAL;
    if (!ends || bound->constant.type != VALUE_LONG || last > WANTED_MAX)
        return SIZE_MAX;
    if (bound->kind == EXPR_BOUND_LESS)
        last = last > INT64_MIN ? last - 1 : last;
    return last < 1 ? 1 : (size_t)last; /* one more than needed, then */
}

struct over_best *over_best_new(const struct over *window)
{
    struct expr_bound bounds[BOUNDS_MAX];
    struct over_best best = {.wanted = SIZE_MAX, .memory = MEMORY_MAX};
    if (!can_leave_out(window))
        return NULL;
    const struct select *select = window->options->select;
    size_t count = expr_window_bounds(window->options->qualify, select, bounds, BOUNDS_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t last = last_place(&bounds[i]);
        if (last >= best.wanted)
            continue;
        best.wanted = last;
        best.kind = (enum over_kind)select->windows[bounds[i].slot].row->kind;
    }
    if (best.wanted == SIZE_MAX)
        return NULL;
    best.order = &window->groups[0].spec->order;
    if (window->options->memory > 0 && window->options->memory / 4 < best.memory)
        best.memory = window->options->memory / 4;
    struct over_best *made = mem_zero(1, sizeof *made);
    *made = best;
    return made;
}

void over_best_free(struct over_best *best)
{
    if (!best)
        return;
    index_free(&best->index);
    arena_free(&best->arena);
    free(best->tops);
    free(best);
}

/* By the keys alone. */
static int compare_keys(const struct order *order, const struct value *a, const struct value *b)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct order_key *how = &order->keys[i];
        bool nulls = a[i].type == VALUE_NULL || b[i].type == VALUE_NULL;
        if (nulls && a[i].type == b[i].type)
            continue;
        if (nulls)
            return (a[i].type == VALUE_NULL) == how->nulls_last ? 1 : -1;
        int which = a[i].type == VALUE_LONG && b[i].type == VALUE_LONG
                        ? (a[i].integer > b[i].integer) - (a[i].integer < b[i].integer)
                        : value_compare(&a[i], &b[i], false);
        if (which != 0)
            return (which > 0) != how->descending ? 1 : -1;
    }
    return 0;
}

/* Whether the row is behind the candidate, as far as the kind of place counts it. */
static bool is_behind(const struct over_best *best, const struct value *keys, uint64_t place, uint64_t part,
                      const struct candidate *other)
{
    int which = compare_keys(best->order, keys, other->keys);
    if (which != 0 || best->kind != WINDOW_ROW_NUMBER)
        return which > 0;
    return place != other->place ? place > other->place : part > other->part;
}

static void *take_memory(struct over_best *best, size_t size)
{
    best->used += size;
    return arena_alloc(&best->arena, size);
}

static struct top *top_of(struct over_best *best, const struct buffer *key)
{
    uint64_t hash = index_hash(key->data, key->len);
    for (size_t at = index_first(&best->index, hash); at != INDEX_NONE; at = index_next(&best->index, hash, at)) {
        struct top *top = best->tops[index_number(&best->index, at)];
        if (top->len == key->len && (key->len == 0 || memcmp(top->key, key->data, key->len) == 0))
            return top;
    }
    size_t size = sizeof(struct top) + best->wanted * sizeof(struct candidate *);
    if (best->full || best->used + size + key->len > best->memory) {
        best->full = true;
        return NULL;
    }
    if (best->count == best->cap) {
        best->cap = best->cap ? 2 * best->cap : 64;
        best->tops = mem_resize(best->tops, best->cap, sizeof(struct top *));
    }
    struct top *top = take_memory(best, size);
    char *text = take_memory(best, key->len);
    if (key->len > 0)
        memcpy(text, key->data, key->len);
    *top = (struct top){.key = text, .len = key->len};
    index_add(&best->index, hash, best->count);
    return best->tops[best->count++] = top;
}

static struct candidate *candidate_new(struct over_best *best, const struct value *keys, uint64_t place, uint64_t part)
{
    size_t count = best->order->count;
    struct candidate *row = take_memory(best, sizeof *row + count * sizeof *keys);
    row->place = place;
    row->part = part;
    for (size_t i = 0; i < count; i++) {
        struct value *key = &row->keys[i];
        *key = keys[i];
        key->as_written = false;
        if (key->type != VALUE_STRING) {
            key->text = NULL;
            key->len = 0;
            continue;
        }
        char *text = take_memory(best, key->len + 1);
        memcpy(text, key->len > 0 ? key->text : "", key->len);
        key->text = text;
    }
    return row;
}

/* The row takes its place among the best ones. */
static void add(struct over_best *best, struct top *top, const struct value *keys, uint64_t place, uint64_t part)
{
    size_t at = top->count;
    while (at > 0 && !is_behind(best, keys, place, part, top->rows[at - 1]))
        at--;
    bool known = best->kind == WINDOW_DENSE_RANK && at < top->count &&
                 compare_keys(best->order, keys, top->rows[at]->keys) == 0;
    best->full = best->full || best->used > best->memory;
    if (known || best->full)
        return;
    size_t kept = top->count < best->wanted ? top->count : best->wanted - 1;
    memmove(top->rows + at + 1, top->rows + at, (kept - at) * sizeof(struct candidate *));
    top->rows[at] = candidate_new(best, keys, place, part);
    top->count = kept + 1;
}

/* Values whose order is known, and that can be kept as they are. */
static bool are_plain(const struct over_best *best, const struct value *keys)
{
    for (size_t i = 0; i < best->order->count; i++)
        if (keys[i].type == VALUE_CELL || keys[i].type == VALUE_ARRAY || keys[i].type == VALUE_STRUCT)
            return false;
    return true;
}

bool over_best_wants(struct over_best *best, const struct buffer *key, const struct value *keys, uint64_t place,
                     uint64_t part)
{
    best->open = best->open || !are_plain(best, keys);
    struct top *top = best->open ? NULL : top_of(best, key);
    if (!top)
        return true;
    bool whole = top->count > 0 && top->count == best->wanted;
    if (whole && is_behind(best, keys, place, part, top->rows[top->count - 1]))
        return false;
    add(best, top, keys, place, part);
    return true;
}
