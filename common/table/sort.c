#include "table/sort_inner.h"

#include <stdlib.h>
#include <string.h>

enum { PRUNE_EXTRA = 1024, PRUNE_UNSURE_MAX = 3 };

struct sort *sort_new(const struct sort_options *options)
{
    struct sort *sort = mem_zero(1, sizeof *sort);
    sort->options = *options;
    sort->key_count = options->order ? options->order->count : 0;
    sort->prefixed = true;
    sort->prune_at =
        options->has_limit && options->limit < SIZE_MAX / 4 ? 2 * (size_t)options->limit + PRUNE_EXTRA : SIZE_MAX;
    return sort;
}

sort_mode sort_final_mode(const struct sort *sort)
{
    return ~sort->words;
}

void sort_keep(struct sort *sort, struct sort_row row)
{
    size_t bytes = 2;
    for (size_t left = row.len; left > 127; left >>= 7)
        bytes++;
    char *piece = pool_alloc_bytes(&sort->pool, bytes + row.len), *at = piece;
    *at++ = 0;
    size_t left = row.len;
    for (; left > 127; left >>= 7)
        *at++ = (char)(left | 0x80);
    *at++ = (char)left;
    memcpy(at, row.at, row.len);
    if (sort->count == sort->cap) {
        sort->cap = sort->cap ? sort->cap * 2 : 256;
        sort->entries = mem_resize(sort->entries, sort->cap, sizeof *sort->entries);
    }
    struct sort_entry *entry = &sort->entries[sort->count++];
    entry->piece = piece;
    entry->prefix = sort_first_prefix(sort, (struct sort_row){.at = at, .len = row.len});
}

/* The modes that may turn out to be the final one, at most cap; 0 if there are more. */
static size_t possible_modes(const struct sort *sort, sort_mode *modes, size_t cap)
{
    size_t count = 1;
    modes[0] = sort_final_mode(sort);
    for (size_t bit = 0; bit < 64; bit++) {
        if (!(sort_unsure(sort) >> bit & 1))
            continue;
        if (count * 2 > cap)
            return 0;
        for (size_t i = 0; i < count; i++)
            modes[count + i] = modes[i] & ~((sort_mode)1 << bit);
        count *= 2;
    }
    return count;
}

/* Forgets the rows that can't be among the first N, whatever the mode turns out to be. */
static void prune(struct sort *sort)
{
    sort_mode modes[1 << PRUNE_UNSURE_MAX];
    size_t mode_count = possible_modes(sort, modes, sizeof modes / sizeof modes[0]);
    if (mode_count == 0) {
        sort->prune_at = SIZE_MAX;
        return;
    }
    size_t limit = (size_t)sort->options.limit;
    const char *last[1 << PRUNE_UNSURE_MAX] = {NULL};
    for (size_t m = 0; m < mode_count; m++) {
        sort_entries(sort, modes[m], 1);
        for (size_t i = 0; i < limit && i < sort->count; i++)
            sort->entries[i].piece[0] = 1;
        if (limit > 0 && limit <= sort->count)
            last[m] = sort->entries[limit - 1].piece;
    }
    struct pool old = sort->pool;
    size_t count = sort->count;
    sort->pool = (struct pool){0};
    sort->count = 0;
    sort->prefixed = true;
    sort->last_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *piece = sort->entries[i].piece;
        if (!piece[0])
            continue;
        sort_keep(sort, sort_piece_row(piece)); /* never beyond i: the array is read ahead of what is written */
        for (size_t m = 0; m < mode_count; m++)
            if (last[m] == piece)
                sort->last[m] = sort_piece_row(sort->entries[sort->count - 1].piece);
    }
    pool_free(&old);
    sort->last_count = limit > 0 ? mode_count : 0;
    sort->last_unsure = sort_unsure(sort);
    sort->prune_at = sort->count + limit + PRUNE_EXTRA;
}

/* True if the row comes behind N others in every mode that is possible. */
static bool beyond_limit(const struct sort *sort, struct sort_row row)
{
    if (sort->last_count == 0 || sort->last_unsure != sort_unsure(sort))
        return false;
    sort_mode modes[1 << PRUNE_UNSURE_MAX];
    size_t count = possible_modes(sort, modes, sizeof modes / sizeof modes[0]);
    if (count != sort->last_count)
        return false;
    for (size_t m = 0; m < count; m++)
        if (sort_compare(sort, row, sort->last[m], modes[m]) < 0)
            return false;
    return true;
}

static size_t memory_used(const struct sort *sort)
{
    return sort->pool.used + 2 * sort->count * sizeof *sort->entries; /* twice: sorting needs as many again */
}

void sort_add(struct sort *sort, const struct value *keys, uint64_t place, uint64_t part, const void *row, size_t len)
{
    if (sort->options.has_limit && sort->options.limit == 0)
        return;
    sort->packed.len = 0;
    sort_pack(sort, keys, place, part, row, len, &sort->packed);
    const struct sort_row packed = {.at = sort->packed.data, .len = sort->packed.len};
    if (beyond_limit(sort, packed))
        return;
    sort_keep(sort, packed);
    if (sort->count >= sort->prune_at)
        prune(sort);
    if (sort->options.memory > 0 && memory_used(sort) > sort->options.memory)
        sort_spill(sort);
}

static void join_entries(struct sort *sort, struct sort *other)
{
    if (sort->count == 0) { /* theirs, as they are */
        struct sort_entry *none = sort->entries;
        sort->entries = other->entries;
        sort->count = other->count;
        sort->cap = other->cap;
        other->entries = none;
        return;
    }
    if (other->count == 0)
        return;
    sort->cap = sort->count + other->count;
    sort->entries = mem_resize(sort->entries, sort->cap, sizeof *sort->entries);
    memcpy(sort->entries + sort->count, other->entries, other->count * sizeof *sort->entries);
    sort->count += other->count;
}

void sort_merge(struct sort *sort, struct sort *other)
{
    join_entries(sort, other);
    pool_join(&sort->pool, &other->pool);
    sort->classes |= other->classes;
    sort->prefixed = sort->prefixed && other->prefixed;
    sort->cells |= other->cells;
    sort->words |= other->words;
    sort->last_count = 0;
    if (other->spill)
        spill_settle(other->spill);
    sort->runs = mem_resize(sort->runs, sort->run_count + other->run_count, sizeof *sort->runs);
    sort->spills = mem_resize(sort->spills, sort->spill_count + other->spill_count, sizeof *sort->spills);
    if (other->run_count > 0)
        memcpy(sort->runs + sort->run_count, other->runs, other->run_count * sizeof *sort->runs);
    if (other->spill_count > 0)
        memcpy(sort->spills + sort->spill_count, other->spills, other->spill_count * sizeof *sort->spills);
    sort->run_count += other->run_count;
    sort->run_cap = sort->run_count;
    sort->spill_count += other->spill_count;
    other->spill_count = 0;
    other->count = 0;
    sort_free(other);
    if (sort->count >= sort->prune_at)
        prune(sort);
    if (sort->options.memory > 0 && memory_used(sort) > sort->options.memory)
        sort_spill(sort);
}

/* A row of a run lives only until the next one. */
static void copy_row(struct sort *sort, struct sort_row row)
{
    sort->copy.len = 0;
    buffer_add(&sort->copy, row.at, row.len);
    sort->before = (struct sort_row){.at = sort->copy.data, .len = row.len};
}

size_t sort_same(const struct sort *sort)
{
    return sort->same;
}

bool sort_in_memory(const struct sort *sort)
{
    return !sort->merging;
}

/* The next row in memory. Where rows are is no order that a processor could foresee. */
static struct sort_row step(struct sort *sort)
{
    size_t at = sort->next++;
    sort_fetch(sort->entries, at, sort->count);
    return sort_piece_row(sort->entries[at].piece);
}

bool sort_next(struct sort *sort, const char **row, size_t *len)
{
    if (!sort->reading) {
        sort->reading = true;
        if (sort->run_count > 0)
            sort_merging_start(sort);
        else
            sort_entries(sort, sort_final_mode(sort), sort->options.threads);
    }
    if (sort->options.has_limit && sort->given >= sort->options.limit)
        return false;
    struct sort_row next = {0};
    if (!sort->merging && sort->next == sort->count)
        return false;
    if (!sort->merging)
        next = step(sort);
    else if (!sort_merging_next(sort, &next))
        return false;
    sort->given++;
    if (sort->options.compares) {
        sort->same = sort->before.at ? sort_same_keys(sort, sort->before, next) : 0;
        sort->before = next;
        if (sort->merging)
            copy_row(sort, next);
    }
    *row = sort_row_bytes(sort, next, len);
    return true;
}

void sort_free(struct sort *sort)
{
    if (!sort)
        return;
    if (sort->merging)
        sort_merging_free(sort->merging);
    for (size_t i = 0; i < sort->spill_count; i++)
        spill_free(sort->spills[i]);
    pool_free(&sort->pool);
    buffer_free(&sort->packed);
    buffer_free(&sort->copy);
    free(sort->starts);
    free(sort->entries);
    free(sort->runs);
    free(sort->spills);
    free(sort);
}
