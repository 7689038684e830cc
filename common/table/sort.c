#include "table/sort_inner.h"

#include <stdlib.h>
#include <string.h>

enum { PRUNE_EXTRA = 1024, PRUNE_UNSURE_MAX = 3, AHEAD = 16 };

struct sort_key sort_key_of(const struct value *value, struct buffer *packed)
{
    struct sort_key key = {.type = value->type & 0x7f, .spaced = value->spaced, .len = 0};
    struct value plain = *value;
    switch (value->type) {
    case VALUE_NULL:
        break;
    case VALUE_BOOLEAN:
        key.integer = value->boolean;
        break;
    case VALUE_LONG:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        key.integer = value->integer;
        break;
    case VALUE_DOUBLE:
        key.real = value->real;
        break;
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        key.text = value->text;
        key.len = value->len & (UINT64_MAX >> 8);
        break;
    case VALUE_DECIMAL:
    case VALUE_INTERVAL:
        plain.as_written = false;
        size_t start = packed->len;
        pack_value(packed, &plain);
        key.text = NULL; /* set by the caller, when packed no longer moves */
        key.len = (packed->len - start) & (UINT64_MAX >> 8);
        break;
    }
    return key;
}

struct value sort_key_value(const struct sort_key *key)
{
    struct value value = {.type = (enum value_type)key->type};
    switch (value.type) {
    case VALUE_NULL:
        break;
    case VALUE_BOOLEAN:
        value.boolean = key->integer != 0;
        break;
    case VALUE_LONG:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        value.integer = key->integer;
        break;
    case VALUE_DOUBLE:
        value.real = key->real;
        break;
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        value.text = key->text;
        value.len = key->len;
        value.spaced = key->spaced;
        break;
    case VALUE_DECIMAL:
    case VALUE_INTERVAL: {
        struct unpack from = {.at = key->text, .end = key->text + key->len};
        value = unpack_value(&from);
        break;
    }
    }
    return value;
}

static int compare_bytes(const struct sort_key *a, const struct sort_key *b)
{
    size_t least = a->len < b->len ? a->len : b->len;
    int order = least > 0 ? memcmp(a->text, b->text, least) : 0;
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

int sort_compare_key(const struct sort_key *a, const struct sort_key *b, bool numeric)
{
    if (a->type == b->type) {
        if (a->type == VALUE_LONG || a->type == VALUE_DATE || a->type == VALUE_TIMESTAMP || a->type == VALUE_BOOLEAN)
            return (a->integer > b->integer) - (a->integer < b->integer);
        if (a->type == VALUE_STRING || (a->type == VALUE_CELL && !numeric))
            return compare_bytes(a, b);
    }
    struct value left = sort_key_value(a), right = sort_key_value(b);
    return value_compare(&left, &right, numeric);
}

int sort_compare_from(const struct sort *sort, const struct sort_row *a, const struct sort_row *b, sort_mode mode,
                      size_t key)
{
    for (size_t i = key; i < sort->key_count; i++) {
        const struct sort_key *left = &a->keys[i], *right = &b->keys[i];
        const struct order_key *how = &sort->options.order->keys[i];
        if (left->type == VALUE_NULL || right->type == VALUE_NULL) {
            if (left->type == right->type)
                continue;
            return (left->type == VALUE_NULL) == how->nulls_last ? 1 : -1;
        }
        int order = sort_compare_key(left, right, mode & sort_bit(i));
        if (order != 0)
            return (order > 0) != how->descending ? 1 : -1;
    }
    if (a->place != b->place)
        return a->place > b->place ? 1 : -1;
    return (a->part > b->part) - (a->part < b->part);
}

int sort_compare(const struct sort *sort, const struct sort_row *a, const struct sort_row *b, sort_mode mode)
{
    return sort_compare_from(sort, a, b, mode, 0);
}

struct sort *sort_new(const struct sort_options *options)
{
    struct sort *sort = mem_zero(1, sizeof *sort);
    sort->options = *options;
    sort->key_count = options->order ? options->order->count : 0;
    sort->scratch = mem_zero(1, sizeof *sort->scratch + sort->key_count * sizeof(struct sort_key));
    sort->prune_at =
        options->has_limit && options->limit < SIZE_MAX / 4 ? 2 * (size_t)options->limit + PRUNE_EXTRA : SIZE_MAX;
    return sort;
}

sort_mode sort_final_mode(const struct sort *sort)
{
    return ~sort->words;
}

void sort_keep(struct sort *sort, const struct sort_row *row)
{
    size_t head = sizeof *row + sort->key_count * sizeof row->keys[0];
    struct sort_row *copy = pool_alloc(&sort->pool, head);
    memcpy(copy, row, head);
    for (size_t i = 0; i < sort->key_count; i++)
        if (row->keys[i].len > 0) {
            char *text = pool_alloc(&sort->pool, row->keys[i].len);
            memcpy(text, row->keys[i].text, row->keys[i].len);
            copy->keys[i].text = text;
        }
    char *bytes = pool_alloc(&sort->pool, row->len);
    if (row->len > 0)
        memcpy(bytes, row->bytes, row->len);
    copy->bytes = bytes;
    if (sort->count == sort->cap) {
        sort->cap = sort->cap ? sort->cap * 2 : 256;
        sort->entries = mem_resize(sort->entries, sort->cap, sizeof *sort->entries);
    }
    sort->entries[sort->count++] = (struct sort_entry){.row = copy};
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
    struct sort_row *last[1 << PRUNE_UNSURE_MAX] = {NULL};
    for (size_t m = 0; m < mode_count; m++) {
        sort_entries(sort, modes[m], 1);
        for (size_t i = 0; i < limit && i < sort->count; i++)
            sort->entries[i].row->wanted = true;
        if (limit > 0 && limit <= sort->count)
            last[m] = sort->entries[limit - 1].row;
    }
    struct pool old = sort->pool;
    size_t count = sort->count;
    sort->pool = (struct pool){0};
    sort->count = 0;
    sort->last_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct sort_row *row = sort->entries[i].row;
        if (!row->wanted)
            continue;
        row->wanted = false;
        sort_keep(sort, row); /* never beyond i: the array is read ahead of what is written */
        for (size_t m = 0; m < mode_count; m++)
            if (last[m] == row)
                sort->last[m] = sort->entries[sort->count - 1].row;
    }
    pool_free(&old);
    sort->last_count = limit > 0 ? mode_count : 0;
    sort->last_unsure = sort_unsure(sort);
    sort->prune_at = sort->count + limit + PRUNE_EXTRA;
}

/* True if the row comes behind N others in every mode that is possible. */
static bool beyond_limit(const struct sort *sort, const struct sort_row *row)
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

static void note_kinds(struct sort *sort, size_t i, const struct value *key)
{
    if (key->type == VALUE_NULL)
        return;
    if (key->type != VALUE_CELL)
        return;
    sort->cells |= sort_bit(i);
    if (!(sort->words & sort_bit(i)) && !value_is_number(key))
        sort->words |= sort_bit(i);
}

static size_t memory_used(const struct sort *sort)
{
    return sort->pool.used + 2 * sort->count * sizeof *sort->entries; /* twice: sorting needs as many again */
}

void sort_add(struct sort *sort, const struct value *keys, uint64_t place, uint64_t part, const void *row, size_t len)
{
    if (sort->options.has_limit && sort->options.limit == 0)
        return;
    struct sort_row *scratch = sort->scratch;
    scratch->place = place;
    scratch->part = part;
    scratch->bytes = row;
    scratch->len = len;
    sort->packed.len = 0;
    for (size_t i = 0; i < sort->key_count; i++) {
        note_kinds(sort, i, &keys[i]);
        scratch->keys[i] = sort_key_of(&keys[i], &sort->packed);
    }
    for (size_t i = 0, at = 0; i < sort->key_count; i++)
        if (scratch->keys[i].type == VALUE_DECIMAL || scratch->keys[i].type == VALUE_INTERVAL) {
            scratch->keys[i].text = sort->packed.data + at;
            at += scratch->keys[i].len;
        }
    if (beyond_limit(sort, scratch))
        return;
    sort_keep(sort, scratch);
    if (sort->count >= sort->prune_at)
        prune(sort);
    if (sort->options.memory > 0 && memory_used(sort) > sort->options.memory)
        sort_spill(sort);
}

void sort_merge(struct sort *sort, struct sort *other)
{
    for (size_t i = 0; i < other->count; i++) {
        if (sort->count == sort->cap) {
            sort->cap = sort->cap ? sort->cap * 2 : 256;
            sort->entries = mem_resize(sort->entries, sort->cap, sizeof *sort->entries);
        }
        sort->entries[sort->count++] = other->entries[i];
    }
    pool_join(&sort->pool, &other->pool);
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

static size_t same_keys(const struct sort *sort, const struct sort_row *a, const struct sort_row *b)
{
    sort_mode mode = sort_final_mode(sort);
    for (size_t i = 0; i < sort->key_count; i++) {
        bool nulls = a->keys[i].type == VALUE_NULL || b->keys[i].type == VALUE_NULL;
        if (nulls ? a->keys[i].type != b->keys[i].type
                  : sort_compare_key(&a->keys[i], &b->keys[i], mode & sort_bit(i)) != 0)
            return i;
    }
    return sort->key_count;
}

/* A row of a run lives only until the next one: its keys are copied. */
static void copy_keys(struct sort *sort, const struct sort_row *row)
{
    if (!sort->copy)
        sort->copy = mem_zero(1, sizeof *row + sort->key_count * sizeof row->keys[0]);
    memcpy(sort->copy, row, sizeof *row + sort->key_count * sizeof row->keys[0]);
    sort->texts.len = 0;
    for (size_t i = 0; i < sort->key_count; i++)
        if (row->keys[i].len > 0)
            buffer_add(&sort->texts, row->keys[i].text, row->keys[i].len);
    for (size_t i = 0, at = 0; i < sort->key_count; i++)
        if (row->keys[i].len > 0) {
            sort->copy->keys[i].text = sort->texts.data + at;
            at += row->keys[i].len;
        }
    sort->before = sort->copy;
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
static const struct sort_row *step(struct sort *sort)
{
    size_t at = sort->next++;
    if (at + 2 * AHEAD < sort->count)
        __builtin_prefetch(sort->entries[at + 2 * AHEAD].row);
    if (at + AHEAD < sort->count) {
        const struct sort_row *soon = sort->entries[at + AHEAD].row;
        __builtin_prefetch(soon->bytes);
        if (sort->options.compares && sort->key_count > 0) {
            __builtin_prefetch(&soon->keys[sort->key_count - 1]);
            __builtin_prefetch(soon->keys[0].len > 0 ? soon->keys[0].text : soon->bytes);
        }
    }
    return sort->entries[at].row;
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
    const struct sort_row *next = NULL;
    if (sort->merging)
        next = sort_merging_next(sort);
    else if (sort->next < sort->count)
        next = step(sort);
    if (!next)
        return false;
    sort->given++;
    if (sort->options.compares) {
        sort->same = sort->before ? same_keys(sort, sort->before, next) : 0;
        sort->before = next;
        if (sort->merging)
            copy_keys(sort, next);
    }
    *row = next->bytes;
    *len = next->len;
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
    buffer_free(&sort->texts);
    free(sort->copy);
    free(sort->scratch);
    free(sort->entries);
    free(sort->runs);
    free(sort->spills);
    free(sort);
}
