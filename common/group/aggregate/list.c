/* The aggregates that keep all values: collect_list, string_agg (by place), collect_set, and DISTINCT
 * before any other aggregate. */
#include <stdlib.h>
#include <string.h>

#include "group/aggregate/aggregate_inner.h"
#include "value/cast.h"
#include "value/nested.h"

struct value aggregate_json_array(struct arena *arena, const struct buffer *text)
{
    return (struct value){.type = VALUE_ARRAY, .text = arena_copy(arena, text->data, text->len), .len = text->len};
}

/* Lists: (place, packed value, packed keys of its order) one behind the other. */

struct list_state {
    char *data;
    size_t len, cap;
    uint64_t count;
};

static void list_append(struct list_state *list, const char *bytes, size_t len, struct pool *pool)
{
    if (list->cap - list->len < len) {
        size_t cap = list->cap + list->cap / 2 + len + 16;
        char *data = pool_alloc(pool, cap);
        if (list->len > 0)
            memcpy(data, list->data, list->len);
        list->data = data;
        list->cap = cap;
    }
    if (len > 0)
        memcpy(list->data + list->len, bytes, len);
    list->len += len;
}

static void list_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct list_state *list = state;
    struct buffer bytes = {0};
    size_t texts = 0;
    for (size_t i = 0; i < 1 + aggregate->order_count; i++)
        texts += collect->args[i].text ? collect->args[i].len : 0;
    bool large = texts > 200 || aggregate->order_count > 2;
    if (!large)
        bytes = (struct buffer){.data = arena_alloc(collect->arena, 512), .cap = 512};
    pack_number(&bytes, collect->place);
    for (size_t i = 0; i < 1 + aggregate->order_count; i++)
        pack_value(&bytes, &collect->args[i]);
    list_append(list, bytes.data, bytes.len, collect->pool);
    list->count++;
    if (large)
        buffer_free(&bytes);
}

static void list_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    const struct list_state *other = from;
    list_append(state, other->data, other->len, pool);
    ((struct list_state *)state)->count += other->count;
}

static void list_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct list_state *list = state;
    pack_number(into, list->count);
    pack_bytes(into, list->data, list->len);
}

static bool list_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    struct list_state *list = state;
    list->count = unpack_number(from);
    size_t len;
    const char *bytes = unpack_bytes(from, &len);
    if (from->failed)
        return false;
    struct unpack items = {.at = bytes, .end = bytes + len, .untrusted = from->untrusted};
    for (uint64_t i = 0; i < list->count && !from->failed && !items.failed; i++) {
        (void)unpack_number(&items);
        for (size_t k = 0; k < 1 + aggregate->order_count; k++)
            (void)unpack_value(&items);
    }
    if (items.failed || items.at != items.end)
        return false;
    list_append(list, bytes, len, pool);
    return true;
}

struct list_item {
    uint64_t place;
    struct value value;
    const struct value *keys;
    const struct order *order; /* NULL: by place alone */
};

static int compare_items(const void *left, const void *right)
{
    const struct list_item *a = left, *b = right;
    for (size_t i = 0; a->order && i < a->order->count; i++) {
        const struct order_key *key = &a->order->keys[i];
        bool null = a->keys[i].type == VALUE_NULL, also = b->keys[i].type == VALUE_NULL;
        int order = null || also ? (key->nulls_last ? null - also : also - null)
                                 : value_compare(&a->keys[i], &b->keys[i], false);
        if (order != 0)
            return key->descending && !null && !also ? -order : order;
    }
    return (a->place > b->place) - (a->place < b->place);
}

/* The items in their order; free() them. */
static struct list_item *list_items(const struct aggregate *aggregate, const struct list_state *list,
                                    struct arena *arena)
{
    struct list_item *items = mem_resize(NULL, (size_t)list->count + 1, sizeof *items);
    struct unpack from = {.at = list->data, .end = list->data ? list->data + list->len : NULL};
    bool sorted = aggregate->order_count == 0;
    for (size_t i = 0; i < list->count; i++) {
        struct value *keys =
            aggregate->order_count > 0 ? arena_alloc(arena, aggregate->order_count * sizeof *keys) : NULL;
        items[i].place = unpack_number(&from);
        items[i].value = unpack_value(&from);
        for (size_t k = 0; k < aggregate->order_count; k++)
            keys[k] = unpack_value(&from);
        items[i].keys = keys;
        items[i].order = aggregate->call->order;
        sorted = sorted && (i == 0 || items[i - 1].place < items[i].place);
    }
    if (!sorted)
        qsort(items, (size_t)list->count, sizeof *items, compare_items);
    return items;
}

static struct value list_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                const char **error)
{
    (void)error;
    const struct list_state *list = state;
    struct list_item *items = list_items(aggregate, list, arena);
    struct buffer text = {0};
    for (size_t i = 0; i < list->count; i++) {
        buffer_add_char(&text, i == 0 ? '[' : ',');
        value_write_json(&items[i].value, &text);
    }
    buffer_add_text(&text, list->count == 0 ? "[]" : "]");
    struct value result = aggregate_json_array(arena, &text);
    result.of = nested_types_of(arena, &items->value, (size_t)list->count, sizeof *items);
    buffer_free(&text);
    free(items);
    return result;
}

static struct value join_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                const char **error)
{
    (void)error;
    const struct list_state *list = state;
    if (list->count == 0)
        return value_null();
    struct list_item *items = list_items(aggregate, list, arena);
    struct buffer text = {0};
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buffer_add(&text, aggregate->separator.text, aggregate->separator.len);
        buffer_add(&text, items[i].value.text, items[i].value.len);
    }
    struct value result = value_string(arena_copy(arena, text.data, text.len), text.len);
    buffer_free(&text);
    free(items);
    return result;
}

static const char *join_prepare(struct aggregate *aggregate, const struct value *constants, size_t count,
                                struct arena *arena)
{
    if (count == 0 || constants[0].type == VALUE_NULL) {
        aggregate->separator = value_string("", 0);
        return NULL;
    }
    struct value separator = cast_string(&constants[0], arena);
    if (separator.type != VALUE_STRING)
        return "expected a string as separator";
    aggregate->separator = value_keep(&separator, arena);
    return NULL;
}

static const struct aggregate_kind kind_list = {
    .name = "collect_list", .state_size = sizeof(struct list_state), .ordered = true, .collect = list_collect,
    .merge = list_merge, .write = list_write, .read = list_read, .result = list_result,
};
static const struct aggregate_kind kind_join = {
    .name = "string_agg", .state_size = sizeof(struct list_state), .constants = 1, .takes = TAKES_TEXT, .ordered = true,
    .prepare = join_prepare, .collect = list_collect, .merge = list_merge, .write = list_write, .read = list_read,
    .result = join_result,
};

/* DISTINCT: the rows' arguments as keys; what the aggregate behind it needs of them is kept as the key's extra
 * bytes: nothing for count, the values for others, led by their place where order matters. */

static void put_place(struct buffer *into, uint64_t place)
{
    for (int shift = 56; shift >= 0; shift -= 8) /* so that the least bytes are the first place */
        buffer_add_char(into, (char)(place >> shift));
}

static void distinct_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct buffer bytes = {0};
    size_t texts = 0;
    for (size_t i = 0; i < aggregate->arg_count; i++)
        texts += collect->args[i].text ? collect->args[i].len : 0;
    bool large = texts > 200 || aggregate->arg_count > 4;
    if (!large)
        bytes = (struct buffer){.data = arena_alloc(collect->arena, 1024), .cap = 1024};
    for (size_t i = 0; i < aggregate->arg_count - aggregate->order_count; i++)
        value_key(&collect->args[i], &bytes);
    size_t key_len = bytes.len;
    if (aggregate->kind->ordered)
        put_place(&bytes, collect->place);
    for (size_t i = 0; i < aggregate->arg_count && aggregate->kind != &aggregate_kind_count; i++)
        pack_value(&bytes, &collect->args[i]);
    tally_add(state, bytes.data, key_len, bytes.data + key_len, bytes.len - key_len, 1, collect->pool);
    if (large)
        buffer_free(&bytes);
}

static void distinct_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    tally_merge(state, from, pool);
}

static void distinct_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    tally_write(state, into);
}

/* Whether a value that was read is one of those. */
static bool fits(enum aggregate_takes takes, const struct value *value)
{
    enum value_type type = value->type;
    switch (takes) {
    case TAKES_ANY:
        return true;
    case TAKES_TEXT:
        return type == VALUE_STRING;
    case TAKES_BOOLEAN:
        return type == VALUE_BOOLEAN;
    case TAKES_BIT:
        return type == VALUE_LONG && value->integer >= 0 && value->integer < BITMAP_BITS;
    case TAKES_BINARY:
        return value_is_binary(value);
    case TAKES_MOMENT:
        if (type == VALUE_DATE || type == VALUE_TIMESTAMP)
            return true;
        /* fall through */
    case TAKES_AMOUNT:
        if (type == VALUE_INTERVAL)
            return true;
        /* fall through */
    case TAKES_NUMBER:
        return type == VALUE_LONG || type == VALUE_DOUBLE || type == VALUE_DECIMAL;
    }
    return false;
}

/* Whether what an entry keeps beside its key is what distinct_collect would have put there. */
static bool is_entry(const struct aggregate *aggregate, const struct tally_entry *entry)
{
    if (aggregate->kind == &aggregate_kind_count)
        return entry->extra_len == 0;
    struct unpack from = {
        .at = entry->extra, .end = entry->extra ? entry->extra + entry->extra_len : NULL, .untrusted = true,
    };
    if (aggregate->kind->ordered)
        (void)unpack_raw(&from, 8);
    for (size_t i = 0; i < aggregate->arg_count; i++) {
        struct value value = unpack_value(&from);
        if (from.failed || (i == 0 && !fits(aggregate->kind->takes, &value)))
            return false;
        if (i == 1 && aggregate->call->row->weighs && (value.type != VALUE_LONG || value.integer <= 0))
            return false;
    }
    return from.at == from.end;
}

bool aggregate_distinct_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    if (!tally_read(state, from, pool))
        return false;
    size_t at = 0;
    for (const struct tally_entry *entry; from->untrusted && (entry = tally_next(state, &at));)
        if (!is_entry(aggregate, entry))
            return false;
    return true;
}

/* Gives one distinct row to the aggregate behind. */
static void distinct_replay(const struct aggregate *aggregate, const struct tally_entry *entry, void *state,
                            struct pool *pool, struct arena *arena)
{
    struct value *args = arena_alloc(arena, (aggregate->arg_count + 1) * sizeof *args);
    struct unpack from = {.at = entry->extra, .end = entry->extra ? entry->extra + entry->extra_len : NULL};
    uint64_t place = 0;
    const unsigned char *bytes = aggregate->kind->ordered ? (const unsigned char *)unpack_raw(&from, 8) : NULL;
    for (int i = 0; bytes && i < 8; i++)
        place = place << 8 | bytes[i];
    for (size_t i = 0; i < aggregate->arg_count; i++)
        args[i] = unpack_value(&from);
    const struct collect collect = {.args = args, .place = place, .pool = pool, .arena = arena};
    aggregate->kind->collect(aggregate, state, &collect);
}

static struct value distinct_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                    const char **error)
{
    const struct tally *tally = state;
    if (aggregate->kind == &aggregate_kind_count)
        return value_long((int64_t)tally->count);
    struct pool pool = {0};
    struct arena scratch = {0};
    void *inner = memset(pool_alloc(&pool, aggregate->kind->state_size), 0, aggregate->kind->state_size);
    size_t at = 0;
    for (const struct tally_entry *entry; (entry = tally_next(tally, &at));)
        distinct_replay(aggregate, entry, inner, &pool, &scratch);
    struct value result = aggregate->kind->result(aggregate, inner, arena, error);
    result = value_keep(&result, arena);
    pool_free(&pool);
    arena_free(&scratch);
    return result;
}

const struct aggregate_kind aggregate_kind_distinct = {
    .name = "distinct", .state_size = sizeof(struct tally), .collect = distinct_collect, .merge = distinct_merge,
    .write = distinct_write, .read = aggregate_distinct_read, .result = distinct_result,
};

/* collect_set: sorted, so that no order of input or merging changes it (Spark leaves the order open). */

static int compare_values(const void *left, const void *right)
{
    return aggregate_value_order(left, right);
}

static struct value set_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                               const char **error)
{
    (void)aggregate;
    (void)error;
    const struct tally *tally = state;
    struct value *values = mem_resize(NULL, (size_t)tally->count + 1, sizeof *values);
    size_t at = 0, count = 0;
    for (const struct tally_entry *entry; (entry = tally_next(tally, &at));) {
        struct unpack from = {.at = entry->extra, .end = entry->extra ? entry->extra + entry->extra_len : NULL};
        values[count++] = unpack_value(&from);
    }
    qsort(values, count, sizeof *values, compare_values);
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_add_char(&text, i == 0 ? '[' : ',');
        value_write_json(&values[i], &text);
    }
    buffer_add_text(&text, count == 0 ? "[]" : "]");
    struct value result = aggregate_json_array(arena, &text);
    result.of = nested_types_of(arena, values, count, sizeof *values);
    buffer_free(&text);
    free(values);
    return result;
}

static const struct aggregate_kind kind_set = {
    .name = "collect_set", .state_size = sizeof(struct tally), .collect = distinct_collect, .merge = distinct_merge,
    .write = distinct_write, .read = aggregate_distinct_read, .result = set_result,
};

const struct aggregate_row aggregates_list[] = {
    {.function = {.callable = {"collect_list", "array_agg", "x", "Array, never null",
      "All values in input order",
      "collect_list(x) => [1,2,2,4]"},
     .least = 1, .most = 1},
     .kind = &kind_list},
    {.function = {.callable = {"collect_set", NULL, "x", "Array, never null",
      "The different values, sorted",
      "collect_set(x) => [1,2,4]"},
     .least = 1, .most = 1},
     .kind = &kind_set},
    {.function = {.callable = {"string_agg", "listagg", "x[, separator]", "String, null of no value",
      "The values as strings in input order, with the separator between them; within group (order by ...) "
      "behind gives another order",
      "string_agg(s, '-') => a-b-b-c\n"
      "string_agg(s, ',') within group (order by s desc) => c,b,b,a"},
     .least = 1, .most = 2, .order = AGGREGATE_ORDER_KEYS},
     .kind = &kind_join},
    {.kind = NULL},
};
