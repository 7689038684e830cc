#include "group/sets.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "group/pieces.h"

struct reading {
    struct problem *problem;
    const char *text;
    struct pieces list;           /* items of the select list */
    bool *taken;                  /* which of them are keys */
    bool (*is_key)(void *context, size_t item);
    void *context;
    struct piece keys[GROUP_SETS_KEYS_MAX];
    size_t key_count;
    uint64_t *sets;               /* the keys that are in each, bit i key i */
    size_t set_count;
    bool several;                 /* rollup, cube or grouping sets stands there */
};

static bool refuse(const struct reading *reading, const char *what)
{
    return problem_set(reading->problem, STATUS_USAGE, "-g %s: %s", reading->text, what);
}

/* The number of a key, a new one if it is. */
static bool key_number(struct reading *reading, struct piece key, size_t *number)
{
    if (key.len == 0)
        return refuse(reading, "a key is missing");
    if (strspn(key.text, "0123456789") >= key.len) { /* a place in the list */
        size_t place = key.len < 5 ? (size_t)strtoul(key.text, NULL, 10) : 0;
        if (place == 0 || place > reading->list.count)
            return refuse(reading, "the select list has no item of that number");
        if (!reading->is_key(reading->context, place - 1))
            return refuse(reading, "the item of that number is an aggregate, or a *");
        reading->taken[place - 1] = true;
        key = reading->list.items[place - 1];
    }
    for (size_t i = 0; i < reading->key_count; i++)
        if (reading->keys[i].len == key.len && memcmp(reading->keys[i].text, key.text, key.len) == 0) {
            *number = i;
            return true;
        }
    if (reading->key_count == GROUP_SETS_KEYS_MAX)
        return refuse(reading, "too many keys");
    reading->keys[reading->key_count] = key;
    *number = reading->key_count++;
    return true;
}

/* "a", "(a, b)", "()": the keys of one element of a set. */
static bool keys_of(struct reading *reading, struct piece element, uint64_t *keys)
{
    struct piece inside;
    *keys = 0;
    bool several = piece_called(element, "", &inside);
    struct pieces pieces = several ? pieces_split(inside) : (struct pieces){&element, 1};
    bool good = true;
    for (size_t i = 0; good && i < pieces.count; i++) {
        size_t number = 0;
        good = key_number(reading, pieces.items[i], &number);
        *keys |= UINT64_C(1) << number;
    }
    if (several)
        free(pieces.items);
    return good;
}

/* The sets so far, each with each of `more`. */
static bool multiply(struct reading *reading, const uint64_t *more, size_t count)
{
    if (count > GROUP_SETS_MAX / reading->set_count)
        return refuse(reading, "more than 4096 grouping sets");
    uint64_t *all = mem_resize(NULL, reading->set_count * count + 1, sizeof *all);
    for (size_t i = 0; i < reading->set_count; i++)
        for (size_t k = 0; k < count; k++)
            all[i * count + k] = reading->sets[i] | more[k];
    free(reading->sets);
    reading->sets = all;
    reading->set_count *= count;
    return true;
}

enum shape { SHAPE_ROLLUP, SHAPE_CUBE, SHAPE_SETS };

static bool add_element(struct reading *reading, struct piece element);

/* grouping sets: of elements that may be rollup and cube themselves. */
static bool add_listed(struct reading *reading, const struct pieces *elements)
{
    uint64_t *before = reading->sets, *all = NULL;
    size_t before_count = reading->set_count, count = 0;
    bool good = elements->count > 0 || refuse(reading, "grouping sets of nothing");
    for (size_t i = 0; good && i < elements->count; i++) {
        reading->sets = mem_zero(1, sizeof *reading->sets);
        reading->set_count = 1;
        good = add_element(reading, elements->items[i]) &&
               (count + reading->set_count <= GROUP_SETS_MAX || refuse(reading, "more than 4096 grouping sets"));
        if (good) {
            all = mem_resize(all, count + reading->set_count, sizeof *all);
            memcpy(all + count, reading->sets, reading->set_count * sizeof *all);
            count += reading->set_count;
        }
        free(reading->sets);
    }
    reading->sets = before;
    reading->set_count = before_count;
    good = good && multiply(reading, all, count);
    free(all);
    return good;
}

static bool add_shape(struct reading *reading, enum shape shape, struct piece inside)
{
    struct pieces elements = pieces_split(inside);
    uint64_t keys[GROUP_SETS_KEYS_MAX];
    reading->several = true;
    bool good = true;
    if (shape == SHAPE_SETS) {
        good = add_listed(reading, &elements);
        free(elements.items);
        return good;
    }
    if (elements.count > (shape == SHAPE_CUBE ? 12 : GROUP_SETS_KEYS_MAX))
        good = refuse(reading, "more than 4096 grouping sets");
    for (size_t i = 0; good && i < elements.count; i++)
        good = keys_of(reading, elements.items[i], &keys[i]);
    size_t n = elements.count, count = shape == SHAPE_CUBE ? (size_t)1 << n : n + 1;
    free(elements.items);
    if (!good)
        return false;
    uint64_t *more = mem_zero(count, sizeof *more);
    for (size_t set = 0; set < count; set++)
        for (size_t i = 0; i < n; i++) /* all keys first, none last */
            if (shape == SHAPE_CUBE ? !(set >> (n - 1 - i) & 1) : i < n - set)
                more[set] |= keys[i];
    good = multiply(reading, more, count);
    free(more);
    return good;
}

static bool add_element(struct reading *reading, struct piece element)
{
    struct piece inside;
    uint64_t keys;
    if (piece_called(element, "rollup", &inside))
        return add_shape(reading, SHAPE_ROLLUP, inside);
    if (piece_called(element, "cube", &inside))
        return add_shape(reading, SHAPE_CUBE, inside);
    if (piece_called(element, "grouping sets", &inside))
        return add_shape(reading, SHAPE_SETS, inside);
    return keys_of(reading, element, &keys) && multiply(reading, &keys, 1);
}

/* Every item without an aggregate. */
static bool add_all(struct reading *reading)
{
    uint64_t keys = 0;
    for (size_t i = 0; i < reading->list.count; i++) {
        size_t number = 0;
        if (!reading->is_key(reading->context, i))
            continue;
        if (!key_number(reading, reading->list.items[i], &number))
            return false;
        reading->taken[i] = true;
        keys |= UINT64_C(1) << number;
    }
    return multiply(reading, &keys, 1);
}

static char *joined(const struct piece *pieces, size_t count, const bool *left_out)
{
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        if (left_out && left_out[i])
            continue;
        if (text.len > 0)
            buffer_add_text(&text, ", ");
        buffer_add(&text, pieces[i].text, pieces[i].len);
    }
    buffer_add_char(&text, '\0');
    return text.data;
}

static void give(const struct reading *reading, struct group_sets *sets)
{
    uint64_t all = reading->key_count > 0 ? UINT64_MAX >> (64 - reading->key_count) : 0;
    sets->keys = joined(reading->keys, reading->key_count, NULL);
    sets->list = joined(reading->list.items, reading->list.count, reading->taken);
    sets->count = reading->several ? reading->set_count : 0;
    sets->sets = mem_zero(sets->count, sizeof *sets->sets);
    for (size_t i = 0; i < sets->count; i++)
        for (size_t k = 0; k < reading->key_count; k++)
            if ((all & ~reading->sets[i]) >> k & 1)
                sets->sets[i] |= UINT64_C(1) << (reading->key_count - 1 - k);
}

bool group_sets_read(const char *keys, const char *list, bool (*is_key)(void *context, size_t item), void *context,
                     struct group_sets *sets, struct problem *problem)
{
    struct reading *reading = mem_zero(1, sizeof *reading);
    *reading = (struct reading){.problem = problem, .text = keys, .is_key = is_key, .context = context};
    reading->list = pieces_split((struct piece){list, strlen(list)});
    reading->taken = mem_zero(reading->list.count, sizeof *reading->taken);
    reading->sets = mem_zero(1, sizeof *reading->sets);
    reading->set_count = 1;
    struct pieces elements = pieces_split((struct piece){keys ? keys : "", keys ? strlen(keys) : 0});
    bool all = elements.count == 1 && elements.items[0].len == 3 && strncasecmp(elements.items[0].text, "all", 3) == 0;
    bool good = true;
    for (size_t i = 0; good && i < elements.count; i++)
        good = all ? add_all(reading) : add_element(reading, elements.items[i]);
    if (good)
        give(reading, sets);
    free(elements.items);
    free(reading->list.items);
    free(reading->taken);
    free(reading->sets);
    free(reading);
    return good;
}

void group_sets_free(struct group_sets *sets)
{
    free(sets->keys);
    free(sets->list);
    free(sets->sets);
}
