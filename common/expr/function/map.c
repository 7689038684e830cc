/* Maps: JSON objects whose keys are data. Keys are strings; entries stand in the object's order, and of a repeated key
 * the last one counts, as everywhere. What makes a map refuses a null or repeated key, as Spark does. */
#include <stdlib.h>
#include <string.h>

#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/nested.h"

struct entry {
    struct value key, value;
    size_t number;
};

struct entries {
    struct entry *list;
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = value_compare(&x->key, &y->key, false);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_number(const void *a, const void *b)
{
    const struct nested_member *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static struct entries entries_of(struct arena *arena, const struct value *object)
{
    struct nested_member *members;
    if (!expr_room(arena, nested_count(object) + 1, sizeof *members + sizeof(struct entry)))
        return (struct entries){0};
    size_t count = nested_sorted(object, arena, &members);
    qsort(members, count, sizeof *members, by_number);
    struct entries all = {.list = arena_alloc(arena, (count + 1) * sizeof *all.list), .count = count};
    for (size_t i = 0; i < count; i++) {
        const struct value key = value_string(members[i].key.text, members[i].key.len);
        all.list[i] = (struct entry){nested_key_value(object, &key, arena),
                                     nested_member_value(object, members[i].number, members[i].value, arena), i};
    }
    return all;
}

/* The map of these entries; null, and the row's error, if two have one key or a key is null. */
static struct value make_map(struct row *row, const char *function, const struct entries *all)
{
    struct arena *arena = row->arena;
    if (!expr_room(arena, all->count + 1, 2 * sizeof(struct entry))) /* qsort takes as much again */
        return expr_limited(row, function, value_null());
    struct entry *sorted = arena_alloc(arena, (all->count + 1) * sizeof *sorted);
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].key.type == VALUE_NULL)
            return row_fail(row, "%s: a key is null", function);
        sorted[i] = all->list[i];
        sorted[i].key = cast_string(&sorted[i].key, arena);
        sorted[i].number = i;
    }
    qsort(sorted, all->count, sizeof *sorted, by_key);
    for (size_t i = 1; i < all->count; i++)
        if (value_compare(&sorted[i - 1].key, &sorted[i].key, false) == 0)
            return row_fail(row, "%s: the key %s comes twice", function, row_show(row, &sorted[i].key));
    struct nested_text text = {.arena = arena, .map = true};
    nested_add(&text, "{", 1);
    for (size_t i = 0; i < all->count; i++) {
        nested_add_key(&text, &all->list[i].key);
        nested_add_value(&text, &all->list[i].value);
    }
    return expr_limited(row, function, nested_finish(&text, VALUE_STRUCT));
}

static struct value map(struct call *call, const struct value *args, size_t count)
{
    struct entries all = {.list = arena_alloc(call->arena, (count / 2 + 1) * sizeof *all.list), .count = count / 2};
    if (count % 2 != 0)
        return row_fail(call->row, "map: a key without a value");
    for (size_t i = 0; i < all.count; i++)
        all.list[i] = (struct entry){args[2 * i], args[2 * i + 1], i};
    return make_map(call->row, "map", &all);
}

static struct value map_from_arrays(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements keys = array_elements(call->arena, &args[0]), values = array_elements(call->arena, &args[1]);
    if (keys.count != values.count)
        return row_fail(call->row, "map_from_arrays: %zu keys and %zu values", keys.count, values.count);
    if (!expr_room(call->arena, keys.count + 1, sizeof(struct entry)))
        return value_null();
    struct entries all = {.list = arena_alloc(call->arena, (keys.count + 1) * sizeof *all.list), .count = keys.count};
    for (size_t i = 0; i < keys.count; i++)
        all.list[i] = (struct entry){keys.values[i], values.values[i], i};
    return make_map(call->row, "map_from_arrays", &all);
}

/* An entry has a member key and a member value or, if it lacks them, two members. A null entry makes the map null. */
static struct value map_from_entries(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements from = array_elements(call->arena, &args[0]);
    if (!expr_room(call->arena, from.count + 1, sizeof(struct entry)))
        return value_null();
    struct entries all = {.list = arena_alloc(call->arena, (from.count + 1) * sizeof *all.list), .count = from.count};
    for (size_t i = 0; i < from.count; i++) {
        struct nested_member *members;
        if (from.values[i].type != VALUE_STRUCT)
            return value_null();
        size_t pair = nested_all(&from.values[i], call->arena, &members);
        struct value key = nested_member(&from.values[i], "key", 3, call->arena),
                     value = nested_member(&from.values[i], "value", 5, call->arena);
        if (key.type == VALUE_NULL && pair == 2) {
            key = nested_member_value(&from.values[i], 0, members[0].value, call->arena);
            value = nested_member_value(&from.values[i], 1, members[1].value, call->arena);
        }
        all.list[i] = (struct entry){key, value, i};
    }
    return make_map(call->row, "map_from_entries", &all);
}

static struct value map_concat(struct call *call, const struct value *args, size_t count)
{
    struct entries all = {0};
    for (size_t i = 0; i < count; i++) {
        if (args[i].type != VALUE_STRUCT)
            return value_null();
        struct entries more = entries_of(call->arena, &args[i]);
        struct entry *list = arena_alloc(call->arena, (all.count + more.count + 1) * sizeof *list);
        for (size_t k = 0; k < all.count; k++)
            list[k] = all.list[k];
        for (size_t k = 0; k < more.count; k++)
            list[all.count + k] = more.list[k];
        all.list = list;
        all.count += more.count;
    }
    return make_map(call->row, "map_concat", &all);
}

/* Where `part` begins in text behind `at`, or the end. */
static size_t find_text(const struct value *text, size_t at, size_t end, const struct value *part)
{
    for (; part->len > 0 && at + part->len <= end; at++)
        if (memcmp(text->text + at, part->text, part->len) == 0)
            return at;
    return end;
}

/* 'a:1,b:2': the delimiters are plain text. A piece without the second one is a key whose value is null. */
static struct value str_to_map(struct call *call, const struct value *args, size_t count)
{
    const struct value *text = &args[0], comma = value_string(",", 1), colon = value_string(":", 1);
    const struct value *between = count > 1 ? &args[1] : &comma, *inside = count > 2 ? &args[2] : &colon;
    size_t most = 2;
    for (size_t at = 0; (at = find_text(text, at, text->len, between)) < text->len; at += between->len)
        most++;
    struct entries all = {.list = arena_alloc(call->arena, most * sizeof *all.list)};
    for (size_t at = 0; at <= text->len;) {
        size_t end = find_text(text, at, text->len, between), middle = find_text(text, at, end, inside);
        struct entry *entry = &all.list[all.count++];
        *entry = (struct entry){value_string(text->text + at, middle - at), value_null(), all.count};
        if (middle < end)
            entry->value = value_string(text->text + middle + inside->len, end - middle - inside->len);
        if (end == text->len)
            break;
        at = end + between->len;
    }
    return make_map(call->row, "str_to_map", &all);
}

/* The keys, or the values. */
static struct value one_side(struct call *call, const struct value *object, bool keys)
{
    if (object->type != VALUE_STRUCT)
        return value_null();
    struct entries all = entries_of(call->arena, object);
    struct value *side = arena_alloc(call->arena, (all.count + 1) * sizeof *side);
    for (size_t i = 0; i < all.count; i++)
        side[i] = keys ? all.list[i].key : all.list[i].value;
    return array_of_elements(call->arena, side, all.count);
}

static struct value map_keys(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return one_side(call, args, true);
}

static struct value map_values(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return one_side(call, args, false);
}

static struct value map_entries(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type != VALUE_STRUCT)
        return value_null();
    struct entries all = entries_of(call->arena, &args[0]);
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (size_t i = 0; i < all.count; i++) {
        static const char *const names[] = {"key", "value"};
        struct nested_text entry = {.arena = call->arena};
        nested_add(&entry, "{", 1);
        for (int side = 0; side < 2; side++) {
            const struct value name = value_string(names[side], strlen(names[side]));
            nested_add_key(&entry, &name);
            nested_add_value(&entry, side == 0 ? &all.list[i].key : &all.list[i].value);
        }
        struct value whole = nested_finish(&entry, VALUE_STRUCT);
        nested_add_value(&text, &whole);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

static struct value map_contains_key(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type != VALUE_STRUCT)
        return value_null();
    struct json_cursor cursor = nested_cursor(&args[0]);
    struct span key, element;
    while (json_cursor_member(&cursor, &key, &element)) {
        struct value name = value_from_span(key, call->arena);
        if (name.len == args[1].len && memcmp(name.text, args[1].text, name.len) == 0)
            return value_boolean(true);
    }
    return value_boolean(false);
}

/* The entries of argument 0, each with what the lambda gives for it; false: it is no map. */
static bool apply_to_map(const struct expr *expr, struct row *row, struct entries *all, struct value **results)
{
    struct value object = expr->args[0]->eval(expr->args[0], row);
    if (object.type != VALUE_STRUCT)
        return false;
    *all = entries_of(row->arena, &object);
    *results = arena_alloc(row->arena, (all->count + 1) * sizeof **results);
    for (size_t i = 0; i < all->count; i++) {
        const struct value variables[] = {all->list[i].key, all->list[i].value};
        (*results)[i] = expr_apply_lambda(expr->args[1], row, variables);
    }
    return true;
}

static struct value map_filter(const struct expr *expr, struct row *row)
{
    struct entries all;
    struct value *results;
    if (!apply_to_map(expr, row, &all, &results))
        return value_null();
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++) {
        struct value truth = results[i].type == VALUE_BOOLEAN ? results[i] : cast_boolean(&results[i]);
        if (truth.type == VALUE_BOOLEAN && truth.boolean)
            all.list[kept++] = all.list[i];
    }
    all.count = kept;
    return make_map(row, "map_filter", &all);
}

static struct value transform_values(const struct expr *expr, struct row *row)
{
    struct entries all;
    struct value *results;
    if (!apply_to_map(expr, row, &all, &results))
        return value_null();
    for (size_t i = 0; i < all.count; i++)
        all.list[i].value = results[i];
    return make_map(row, "transform_values", &all);
}

static struct value transform_keys(const struct expr *expr, struct row *row)
{
    struct entries all;
    struct value *results;
    if (!apply_to_map(expr, row, &all, &results))
        return value_null();
    for (size_t i = 0; i < all.count; i++)
        all.list[i].key = results[i];
    return make_map(row, "transform_keys", &all);
}

static int by_key_there(const void *a, const void *b)
{
    return by_key(*(const struct entry *const *)a, *(const struct entry *const *)b);
}

/* The entries by their keys: to be looked into. */
static const struct entry **sorted_by_key(struct arena *arena, const struct entries *all)
{
    const struct entry **sorted = arena_alloc(arena, (all->count + 1) * sizeof *sorted);
    for (size_t i = 0; i < all->count; i++)
        sorted[i] = &all->list[i];
    qsort(sorted, all->count, sizeof *sorted, by_key_there);
    return sorted;
}

/* The first entry of this key, or NULL. */
static const struct entry *entry_of(const struct entry *const *sorted, size_t count, const struct value *key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (value_compare(&sorted[middle]->key, key, false) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && value_compare(&sorted[low]->key, key, false) == 0 ? sorted[low] : NULL;
}

/* The keys of the left map, then those that only the right one has. */
static struct value map_zip_with(const struct expr *expr, struct row *row)
{
    struct value objects[2];
    struct entries maps[2];
    const struct entry **sorted[2];
    for (int i = 0; i < 2; i++)
        objects[i] = expr->args[i]->eval(expr->args[i], row);
    if (objects[0].type != VALUE_STRUCT || objects[1].type != VALUE_STRUCT)
        return value_null();
    for (int i = 0; i < 2; i++)
        maps[i] = entries_of(row->arena, &objects[i]);
    size_t most = maps[0].count + maps[1].count;
    if (!expr_room(row->arena, most + 1, sizeof *maps[0].list + 2 * sizeof **sorted)) /* qsort takes as much again */
        return expr_limited(row, expr->name, value_null());
    for (int i = 0; i < 2; i++)
        sorted[i] = sorted_by_key(row->arena, &maps[i]);
    struct entries zipped = {.list = arena_alloc(row->arena, (most + 1) * sizeof *zipped.list)};
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < maps[i].count; k++) {
            const struct value *key = &maps[i].list[k].key;
            const struct entry *other = entry_of(sorted[1 - i], maps[1 - i].count, key);
            if (i == 1 && other)
                continue;
            const struct value null = value_null(), *mine = &maps[i].list[k].value;
            const struct value variables[] = {*key, i == 0 ? *mine : null,
                                              i == 1 ? *mine : other ? other->value : null};
            zipped.list[zipped.count++] = (struct entry){*key, expr_apply_lambda(expr->args[2], row, variables), 0};
        }
    return make_map(row, expr->name, &zipped);
}

const struct function functions_map[] = {
    {{"map", NULL, "k, x, ...", "Map", "Of keys and values", "map('a', 1, 'b', 2) => {\"a\":1,\"b\":2}"},
     "x*", .run = map, .sees_null = true},
    {{"map_from_arrays", NULL, "keys, values", "Map", "",
      "map_from_arrays(array('a', 'b'), array(1, 2)) => {\"a\":1,\"b\":2}"},
     "aa", .run = map_from_arrays},
    {{"map_from_entries", NULL, "a", "Map; also null if an entry is", "Of structs with a key and a value",
      "map_from_entries(array(struct('a', 1), struct('b', 2))) => {\"a\":1,\"b\":2}"},
     "a", .run = map_from_entries},
    {{"map_concat", NULL, "m, ...", "Map", "All entries together",
      "map_concat(map('a', 1), map('b', 2)) => {\"a\":1,\"b\":2}"},
     "x*", .run = map_concat},
    {{"str_to_map", NULL, "s[, between[, inside]]", "Map",
      "A string taken apart at commas and colons, or at what is said: plain text (in Spark patterns)",
      "str_to_map('a=1&b', '&', '=') => {\"a\":\"1\",\"b\":null}"},
     "s|ss", .run = str_to_map},
    {{"map_keys", NULL, "m", "Array", "", "map_keys(map('a', 1, 'b', 2)) => [\"a\",\"b\"]"},
     "x", .run = map_keys},
    {{"map_values", NULL, "m", "Array", "", "map_values(map('a', 1, 'b', 2)) => [1,2]"},
     "x", .run = map_values},
    {{"map_entries", NULL, "m", "Array",
      "Its entries, each with key and value: aflatten -e 'map_entries(counts) as c' 'c.key, c.value' makes rows of "
      "them", "map_entries(map('a', 1)) => [{\"key\":\"a\",\"value\":1}]"},
     "x", .run = map_entries},
    {{"map_contains_key", NULL, "m, k", "Boolean", "", "map_contains_key(map('a', null), 'a') => true"},
     "xs", .run = map_contains_key},
    {{"map_filter", NULL, "m, (k, x) -> condition", "Map", "The entries for which it is true",
      "map_filter(map('a', 1, 'b', 2), (k, x) -> x > 1) => {\"b\":2}"},
     "xm", .lazy = map_filter},
    {{"transform_values", NULL, "m, (k, x) -> y", "Map", "With other values",
      "transform_values(map('a', 1, 'b', 2), (k, x) -> x * 10) => {\"a\":10,\"b\":20}"},
     "xm", .lazy = transform_values},
    {{"transform_keys", NULL, "m, (k, x) -> y", "Map", "With other keys",
      "transform_keys(map('a', 1), (k, x) -> upper(k)) => {\"A\":1}"},
     "xm", .lazy = transform_keys},
    {{"map_zip_with", NULL, "m, n, (k, x, y) -> z", "Map; null if a map is",
      "Of two maps, key by key; what a map has no entry for is null",
      "map_zip_with(map('a', 1, 'b', 2), map('a', 10), (k, x, y) -> x + coalesce(y, 0)) => {\"a\":11,\"b\":2}"},
     "xxh", .lazy = map_zip_with},
    {.takes = NULL},
};
