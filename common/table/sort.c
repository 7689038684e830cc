#include "table/sort_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Kinds of values whose prefixes can be compared with each other. */
enum sort_class {
    CLASS_NUMBER = 1,
    CLASS_STRING = 2,
    CLASS_BOOLEAN = 4,
    CLASS_DATE = 8,
    CLASS_TIMESTAMP = 16,
    CLASS_OTHER = 32,
    CLASS_CELL = 64,
};

enum { PRUNE_EXTRA = 1024, PRUNE_UNSURE_MAX = 3, INSERTION = 12 };

static enum sort_class class_of(unsigned type)
{
    switch (type) {
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        return CLASS_NUMBER;
    case VALUE_STRING:
        return CLASS_STRING;
    case VALUE_BOOLEAN:
        return CLASS_BOOLEAN;
    case VALUE_DATE:
        return CLASS_DATE;
    case VALUE_TIMESTAMP:
        return CLASS_TIMESTAMP;
    case VALUE_CELL:
        return CLASS_CELL;
    default:
        return CLASS_OTHER;
    }
}

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

static int compare_key(const struct sort_key *a, const struct sort_key *b, bool numeric)
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

int sort_compare(const struct sort *sort, const struct sort_row *a, const struct sort_row *b, sort_mode mode)
{
    for (size_t i = 0; i < sort->key_count; i++) {
        const struct sort_key *left = &a->keys[i], *right = &b->keys[i];
        const struct order_key *how = &sort->options.order->keys[i];
        if (left->type == VALUE_NULL || right->type == VALUE_NULL) {
            if (left->type == right->type)
                continue;
            return (left->type == VALUE_NULL) == how->nulls_last ? 1 : -1;
        }
        int order = compare_key(left, right, mode & sort_bit(i));
        if (order != 0)
            return (order > 0) != how->descending ? 1 : -1;
    }
    if (a->place != b->place)
        return a->place > b->place ? 1 : -1;
    return (a->part > b->part) - (a->part < b->part);
}

/* Doubles as whole numbers in the same order; NaN largest, as in Spark. */
static uint64_t ordered_bits(double real)
{
    if (isnan(real))
        return UINT64_MAX;
    real += 0.0; /* -0.0 is 0.0 */
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t leading_bytes(const struct sort_key *key)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; i++)
        bits = bits << 8 | (i < key->len ? (unsigned char)key->text[i] : 0);
    return bits;
}

static double number_of(const struct sort_key *key)
{
    struct value value = sort_key_value(key);
    switch (value.type) {
    case VALUE_LONG:
        return (double)value.integer;
    case VALUE_DOUBLE:
        return value.real;
    default:
        return 0;
    }
}

/* The prefix of a row: null or not, then what 63 bits can say of the first key. Only used where all
 * first keys are of one class; else rows differ by null alone. */
static uint64_t prefix_of(const struct sort *sort, const struct sort_row *row)
{
    if (sort->key_count == 0)
        return row->place;
    const struct sort_key *key = &row->keys[0];
    const struct order_key *how = &sort->options.order->keys[0];
    if (key->type == VALUE_NULL)
        return how->nulls_last ? UINT64_MAX : 0;
    uint64_t bits = 0;
    switch (sort->first_classes) {
    case CLASS_NUMBER:
        bits = key->type == VALUE_DECIMAL ? 0 : ordered_bits(number_of(key));
        break;
    case CLASS_STRING:
        bits = leading_bytes(key);
        break;
    case CLASS_CELL:
        bits = sort->words & 1 ? leading_bytes(key) : 0;
        break;
    case CLASS_BOOLEAN:
    case CLASS_DATE:
    case CLASS_TIMESTAMP:
        bits = (uint64_t)key->integer ^ UINT64_C(1) << 63;
        break;
    default:
        break;
    }
    bits >>= 1;
    if (how->descending)
        bits = (UINT64_MAX >> 1) - bits;
    return how->nulls_last ? bits : bits | UINT64_C(1) << 63;
}

static bool entry_before(const struct sort *sort, const struct sort_entry *a, const struct sort_entry *b,
                         sort_mode mode)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    return sort_compare(sort, a->row, b->row, mode) < 0;
}

static void insertion_sort(const struct sort *sort, struct sort_entry *entries, size_t count, sort_mode mode)
{
    for (size_t i = 1; i < count; i++) {
        struct sort_entry entry = entries[i];
        size_t j = i;
        for (; j > 0 && entry_before(sort, &entry, &entries[j - 1], mode); j--)
            entries[j] = entries[j - 1];
        entries[j] = entry;
    }
}

static void merge_halves(const struct sort *sort, const struct sort_entry *from, size_t middle, size_t count,
                         struct sort_entry *into, sort_mode mode)
{
    size_t a = 0, b = middle, at = 0;
    while (a < middle && b < count)
        into[at++] = entry_before(sort, &from[b], &from[a], mode) ? from[b++] : from[a++];
    while (a < middle)
        into[at++] = from[a++];
    while (b < count)
        into[at++] = from[b++];
}

static bool in_order(const struct sort *sort, sort_mode mode)
{
    for (size_t i = 1; i < sort->count; i++)
        if (entry_before(sort, &sort->entries[i], &sort->entries[i - 1], mode))
            return false;
    return true;
}

/* Merge sort from the bottom up; input that is in order already costs one look. */
void sort_entries(struct sort *sort, sort_mode mode)
{
    bool numbers = sort->first_classes != CLASS_NUMBER || sort->key_count == 0;
    for (size_t i = 0; i < sort->count && !numbers; i++)
        if (sort->entries[i].row->keys[0].type == VALUE_DECIMAL)
            sort->first_classes |= CLASS_OTHER; /* no prefixes: a decimal has none that fits the others' */
    for (size_t i = 0; i < sort->count; i++)
        sort->entries[i].prefix = prefix_of(sort, sort->entries[i].row);
    if (in_order(sort, mode))
        return;
    for (size_t at = 0; at < sort->count; at += INSERTION)
        insertion_sort(sort, sort->entries + at, sort->count - at < INSERTION ? sort->count - at : INSERTION, mode);
    struct sort_entry *from = sort->entries, *into = mem_resize(NULL, sort->cap, sizeof *into);
    for (size_t width = INSERTION; width < sort->count; width *= 2) {
        for (size_t at = 0; at < sort->count; at += 2 * width) {
            size_t left = sort->count - at;
            merge_halves(sort, from + at, left < width ? left : width, left < 2 * width ? left : 2 * width, into + at,
                         mode);
        }
        struct sort_entry *swap = from;
        from = into;
        into = swap;
    }
    sort->entries = from;
    free(into);
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
        sort_entries(sort, modes[m]);
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
    if (i == 0)
        sort->first_classes |= class_of(key->type);
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
    sort->first_classes |= other->first_classes;
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
        if (nulls ? a->keys[i].type != b->keys[i].type : compare_key(&a->keys[i], &b->keys[i], mode & sort_bit(i)) != 0)
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

bool sort_next(struct sort *sort, const char **row, size_t *len)
{
    if (!sort->reading) {
        sort->reading = true;
        if (sort->run_count > 0)
            sort_merging_start(sort);
        else
            sort_entries(sort, sort_final_mode(sort));
    }
    if (sort->options.has_limit && sort->given >= sort->options.limit)
        return false;
    const struct sort_row *next = NULL;
    if (sort->merging)
        next = sort_merging_next(sort);
    else if (sort->next < sort->count)
        next = sort->entries[sort->next++].row;
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
