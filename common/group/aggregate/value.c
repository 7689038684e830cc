/* The aggregates that keep values: min, max, min_by, max_by, first, last, mode, bool_and, bool_or,
 * approx_count_distinct. */
#include <string.h>

#include "group/aggregate/aggregate_inner.h"
#include "group/hyperloglog.h"
#include "value/cast.h"

static const struct value null_value = {.type = VALUE_NULL};

/* Kept values. */

static void kept_bytes(struct kept *kept, const char *packed, size_t len, struct pool *pool)
{
    if (len > kept->cap) {
        size_t cap = kept->cap ? len + len / 2 : len;
        if (cap > UINT32_MAX)
            cap = len; /* the packed value itself is below that, or its length would not fit */
        kept->packed = pool_alloc(pool, cap);
        kept->cap = (uint32_t)cap;
    }
    memcpy(kept->packed, packed, len);
    kept->len = (uint32_t)len;
}

void kept_set(struct kept *kept, const struct value *value, struct pool *pool)
{
    struct buffer packed = {0};
    char small[256]; /* most values need no memory on the way */
    packed.data = small;
    packed.cap = sizeof small;
    bool large = value->text && value->len > sizeof small - 64;
    if (large)
        packed = (struct buffer){0};
    pack_value(&packed, value);
    kept_bytes(kept, packed.data, packed.len, pool);
    if (large)
        buffer_free(&packed);
}

struct value kept_value(const struct kept *kept)
{
    if (kept->len == 0)
        return null_value;
    struct unpack from = {.at = kept->packed, .end = kept->packed + kept->len};
    return unpack_value(&from);
}

void kept_write(const struct kept *kept, struct buffer *into)
{
    pack_bytes(into, kept->packed, kept->len);
}

bool kept_read(struct kept *kept, struct unpack *from, struct pool *pool)
{
    size_t len;
    const char *packed = unpack_bytes(from, &len);
    if (from->failed || len > UINT32_MAX)
        return false;
    struct unpack value = {.at = packed, .end = packed + len, .untrusted = from->untrusted};
    if (len > 0)
        (void)unpack_value(&value);
    if (value.failed || value.at != value.end)
        return false;
    *kept = (struct kept){0};
    if (len > 0)
        kept_bytes(kept, packed, len, pool);
    return true;
}

int aggregate_value_order(const struct value *a, const struct value *b)
{
    if (a->type == VALUE_NULL || b->type == VALUE_NULL)
        return (a->type != VALUE_NULL) - (b->type != VALUE_NULL);
    int order = value_compare(a, b, false);
    if (order != 0)
        return order;
    struct buffer left = {0}, right = {0}; /* equal, such as 1 and 1.0: rare */
    pack_value(&left, a);
    pack_value(&right, b);
    order = memcmp(left.data, right.data, left.len < right.len ? left.len : right.len);
    if (order == 0)
        order = (left.len > right.len) - (left.len < right.len);
    buffer_free(&left);
    buffer_free(&right);
    return order;
}

/* min, max, min_by, max_by. Cells are numbers only if all of the column are, which the last one decides: so two
 * candidates are kept as long as all cells were numbers. */

struct candidate {
    struct kept key;
    struct kept *with; /* the value that min_by and max_by give */
};

struct extreme_state {
    struct candidate bytes;    /* the extreme when cells are bytes; without cells the only one */
    struct candidate *numbers; /* the extreme when cells are numbers; kept once a cell was met */
    uint64_t cells;            /* 0: none yet; 1: all were numbers; 2: words among them */
};

/* Of equal keys the same one stays whatever the order: the greatest value goes with it, and its form is the least. */
static bool is_better(const struct aggregate *aggregate, const struct candidate *candidate, const struct value *key,
                      const struct value *with, bool numeric)
{
    if (candidate->key.len == 0)
        return true;
    struct value best = kept_value(&candidate->key);
    int order = value_compare(key, &best, numeric);
    if (order != 0)
        return (order > 0) == aggregate->descending;
    if (with) {
        struct value other = candidate->with ? kept_value(candidate->with) : null_value;
        order = aggregate_value_order(with, &other);
        if (order != 0)
            return order > 0;
    }
    return aggregate_value_order(key, &best) < 0;
}

static void offer(const struct aggregate *aggregate, struct candidate *candidate, const struct value *key,
                  const struct value *with, bool numeric, struct pool *pool)
{
    if (!is_better(aggregate, candidate, key, with, numeric))
        return;
    kept_set(&candidate->key, key, pool);
    if (!with)
        return;
    if (!candidate->with)
        candidate->with = memset(pool_alloc(pool, sizeof *candidate->with), 0, sizeof *candidate->with);
    kept_set(candidate->with, with, pool);
}

static void start_numbers(struct extreme_state *extreme, struct pool *pool)
{
    extreme->cells = 1;
    extreme->numbers = memset(pool_alloc(pool, sizeof *extreme->numbers), 0, sizeof *extreme->numbers);
    if (extreme->bytes.key.len == 0)
        return;
    struct value key = kept_value(&extreme->bytes.key);
    kept_set(&extreme->numbers->key, &key, pool);
    if (extreme->bytes.with) {
        struct value with = kept_value(extreme->bytes.with);
        extreme->numbers->with = memset(pool_alloc(pool, sizeof(struct kept)), 0, sizeof(struct kept));
        kept_set(extreme->numbers->with, &with, pool);
    }
}

static void extreme_add(const struct aggregate *aggregate, struct extreme_state *extreme, const struct value *key,
                        const struct value *with, struct pool *pool)
{
    if (key->type == VALUE_CELL && extreme->cells < 2) {
        if (extreme->cells == 0)
            start_numbers(extreme, pool);
        if (!value_is_number(key)) {
            extreme->cells = 2;
            extreme->numbers = NULL;
        }
    }
    offer(aggregate, &extreme->bytes, key, with, false, pool);
    if (extreme->cells == 1)
        offer(aggregate, extreme->numbers, key, with, true, pool);
}

static void extreme_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    extreme_add(aggregate, state, &collect->args[0], NULL, collect->pool);
}

static void extreme_by_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    if (collect->args[1].type != VALUE_NULL)
        extreme_add(aggregate, state, &collect->args[1], &collect->args[0], collect->pool);
}

static void candidate_merge(const struct aggregate *aggregate, struct candidate *candidate,
                            const struct candidate *other, bool numeric, struct pool *pool)
{
    if (other->key.len == 0)
        return;
    struct value key = kept_value(&other->key), with = other->with ? kept_value(other->with) : null_value;
    offer(aggregate, candidate, &key, other->with ? &with : NULL, numeric, pool);
}

static void extreme_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    struct extreme_state *extreme = state;
    const struct extreme_state *other = from;
    if (other->cells == 2) {
        extreme->cells = 2;
        extreme->numbers = NULL;
    } else if (other->cells == 1 && extreme->cells == 0) {
        start_numbers(extreme, pool);
    }
    if (extreme->cells == 1)
        candidate_merge(aggregate, extreme->numbers, other->cells == 1 ? other->numbers : &other->bytes, true, pool);
    candidate_merge(aggregate, &extreme->bytes, &other->bytes, false, pool);
}

static void candidate_write(const struct candidate *candidate, struct buffer *into)
{
    kept_write(&candidate->key, into);
    buffer_add_char(into, candidate->with != NULL);
    if (candidate->with)
        kept_write(candidate->with, into);
}

static bool candidate_read(struct candidate *candidate, struct unpack *from, struct pool *pool)
{
    if (!kept_read(&candidate->key, from, pool))
        return false;
    const char *with = unpack_raw(from, 1);
    if (!with || !*with)
        return with != NULL;
    candidate->with = memset(pool_alloc(pool, sizeof *candidate->with), 0, sizeof *candidate->with);
    return kept_read(candidate->with, from, pool);
}

static void extreme_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct extreme_state *extreme = state;
    pack_number(into, extreme->cells);
    candidate_write(&extreme->bytes, into);
    if (extreme->cells == 1)
        candidate_write(extreme->numbers, into);
}

static bool extreme_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct extreme_state *extreme = state;
    extreme->cells = unpack_number(from);
    if (extreme->cells > 2 || !candidate_read(&extreme->bytes, from, pool))
        return false;
    if (extreme->cells != 1)
        return true;
    extreme->numbers = memset(pool_alloc(pool, sizeof *extreme->numbers), 0, sizeof *extreme->numbers);
    return candidate_read(extreme->numbers, from, pool);
}

static const struct candidate *decided(const struct extreme_state *extreme)
{
    return extreme->cells == 1 ? extreme->numbers : &extreme->bytes;
}

static struct value extreme_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                   const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    return kept_value(&decided(state)->key);
}

static struct value extreme_by_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                      const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    const struct candidate *candidate = decided(state);
    return candidate->with ? kept_value(candidate->with) : null_value;
}

static const struct aggregate_kind kind_extreme = {
    .name = "min", .state_size = sizeof(struct extreme_state), .collect = extreme_collect, .merge = extreme_merge,
    .write = extreme_write, .read = extreme_read, .result = extreme_result};
static const struct aggregate_kind kind_extreme_by = {
    .name = "min_by", .state_size = sizeof(struct extreme_state), .sees_nulls = true, .collect = extreme_by_collect,
    .merge = extreme_merge, .write = extreme_write, .read = extreme_read, .result = extreme_by_result};

/* first, last, any_value: the value with the least, or greatest, place. */

struct first_state {
    uint64_t place;
    struct kept value; /* empty: none yet */
};

static bool comes_before(const struct aggregate *aggregate, const struct first_state *first, uint64_t place)
{
    return first->value.len == 0 || (aggregate->descending ? place > first->place : place < first->place);
}

static void first_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct first_state *first = state;
    if (aggregate->ignore_nulls && collect->args[0].type == VALUE_NULL)
        return;
    if (!comes_before(aggregate, first, collect->place))
        return;
    first->place = collect->place;
    kept_set(&first->value, &collect->args[0], collect->pool);
}

static void first_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)pool;
    const struct first_state *other = from;
    if (other->value.len > 0 && comes_before(aggregate, state, other->place))
        *(struct first_state *)state = *other;
}

static void first_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct first_state *first = state;
    pack_number(into, first->place);
    kept_write(&first->value, into);
}

static bool first_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct first_state *first = state;
    first->place = unpack_number(from);
    return kept_read(&first->value, from, pool);
}

static struct value first_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                 const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    return kept_value(&((const struct first_state *)state)->value);
}

static const char *first_prepare(struct aggregate *aggregate, const struct value *constants, size_t count,
                                 struct arena *arena)
{
    (void)arena;
    if (count == 0)
        return NULL;
    struct value ignore = cast_boolean(&constants[0]);
    if (ignore.type != VALUE_BOOLEAN)
        return "expected true or false: whether nulls are ignored";
    aggregate->ignore_nulls = ignore.boolean;
    return NULL;
}

static const struct aggregate_kind kind_first = {
    .name = "first", .state_size = sizeof(struct first_state), .constants = 1, .ordered = true, .sees_nulls = true,
    .prepare = first_prepare, .collect = first_collect, .merge = first_merge, .write = first_write, .read = first_read,
    .result = first_result,
};

/* bool_and, bool_or: how many were true, how many false. */

struct bool_state {
    uint32_t trues, falses; /* only whether there was any */
};

static void bool_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    struct bool_state *seen = state;
    if (collect->args[0].boolean)
        seen->trues = 1;
    else
        seen->falses = 1;
}

static void bool_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    (void)pool;
    struct bool_state *seen = state;
    seen->trues |= ((struct bool_state *)from)->trues;
    seen->falses |= ((struct bool_state *)from)->falses;
}

static void bool_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct bool_state *seen = state;
    buffer_add_char(into, (char)(seen->trues | seen->falses << 1));
}

static bool bool_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    (void)pool;
    struct bool_state *seen = state;
    const char *bits = unpack_raw(from, 1);
    if (!bits)
        return false;
    seen->trues = *bits & 1;
    seen->falses = *bits >> 1 & 1;
    return true;
}

static struct value bool_and_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                    const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    const struct bool_state *seen = state;
    return seen->trues || seen->falses ? value_boolean(!seen->falses) : null_value;
}

static struct value bool_or_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                   const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    const struct bool_state *seen = state;
    return seen->trues || seen->falses ? value_boolean(seen->trues) : null_value;
}

static const struct aggregate_kind kind_bool_and = {
    .name = "bool_and", .takes = TAKES_BOOLEAN, .state_size = sizeof(struct bool_state), .collect = bool_collect,
    .merge = bool_merge, .write = bool_write, .read = bool_read, .result = bool_and_result};
static const struct aggregate_kind kind_bool_or = {
    .name = "bool_or", .takes = TAKES_BOOLEAN, .state_size = sizeof(struct bool_state), .collect = bool_collect,
    .merge = bool_merge, .write = bool_write, .read = bool_read, .result = bool_or_result};

/* mode: how often each value came; of several most frequent ones the least. */

static void mode_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    struct buffer bytes = {.data = arena_alloc(collect->arena, 1024), .cap = 1024};
    const struct value *value = &collect->args[0];
    bool large = value->text && value->len > 200;
    if (large)
        bytes = (struct buffer){0};
    value_key(value, &bytes);
    size_t key_len = bytes.len;
    pack_value(&bytes, value);
    tally_add(state, bytes.data, key_len, bytes.data + key_len, bytes.len - key_len, 1, collect->pool);
    if (large)
        buffer_free(&bytes);
}

static void mode_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    tally_merge(state, from, pool);
}

static void mode_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    tally_write(state, into);
}

static struct value mode_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                const char **error)
{
    (void)arena;
    (void)error;
    struct value best = null_value;
    uint64_t most = 0;
    size_t at = 0;
    for (const struct tally_entry *entry; (entry = tally_next(state, &at));) {
        struct unpack from = {.at = entry->extra, .end = entry->extra ? entry->extra + entry->extra_len : NULL};
        struct value value = unpack_value(&from);
        bool further = entry->count == most && (aggregate->descending ? aggregate_value_order(&best, &value)
                                                                      : aggregate_value_order(&value, &best)) < 0;
        if (entry->count > most || further) {
            best = value;
            most = entry->count;
        }
    }
    return best;
}

/* mode(x, true) is the least of several; so it is without, where Spark gives any of them. */
static const char *mode_prepare(struct aggregate *aggregate, const struct value *constants, size_t count,
                                struct arena *arena)
{
    (void)aggregate;
    (void)arena;
    return count == 0 || constants[0].type == VALUE_BOOLEAN ? NULL : "expected true or false";
}

static const struct aggregate_kind kind_mode = {
    .name = "mode", .state_size = sizeof(struct tally), .constants = 1, .prepare = mode_prepare,
    .collect = mode_collect, .merge = mode_merge, .write = mode_write, .read = aggregate_distinct_read,
    .result = mode_result};

/* approx_count_distinct */

static void approximate_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    hyperloglog_add(state, aggregate->precision, &collect->args[0], collect->pool);
}

static void approximate_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    hyperloglog_merge(state, aggregate->precision, from, pool);
}

static void approximate_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    hyperloglog_write(state, aggregate->precision, into);
}

static bool approximate_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    return hyperloglog_read(state, aggregate->precision, from, pool);
}

static struct value approximate_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                       const char **error)
{
    (void)arena;
    (void)error;
    return value_long(hyperloglog_estimate(state, aggregate->precision));
}

static const char *approximate_prepare(struct aggregate *aggregate, const struct value *constants, size_t count,
                                       struct arena *arena)
{
    (void)arena;
    struct value deviation = count > 0 ? cast_double(&constants[0]) : value_double(0.05);
    aggregate->precision = deviation.type == VALUE_DOUBLE ? hyperloglog_precision(deviation.real) : 0;
    return aggregate->precision ? NULL : "expected a relative deviation from 0.003 to 0.39";
}

static const struct aggregate_kind kind_approximate = {
    .name = "approx_count_distinct", .state_size = sizeof(struct hyperloglog), .constants = 1,
    .prepare = approximate_prepare, .collect = approximate_collect, .merge = approximate_merge,
    .write = approximate_write, .read = approximate_read, .result = approximate_result,
};

const struct aggregate_row aggregates_value[] = {
    {.function = {.callable = {"min", NULL, "x", "As x, null of no value",
      "The least value. TSV cells are compared as numbers if all cells of the group are numbers, else bytewise",
      "min(x) => 1"},
     .least = 1, .most = 1},
     .kind = &kind_extreme},
    {.function = {.callable = {"max", NULL, "x", "As x, null of no value",
      "The greatest value",
      "max(x) => 4\n"
      "max(s) => c"},
     .least = 1, .most = 1},
     .kind = &kind_extreme, .descending = true},
    {.function = {.callable = {"min_by", NULL, "x, y", "As x, null of no value",
      "The x of the record with the least y; of several such the greatest x",
      "min_by(s, x) => a"},
     .least = 2, .most = 2},
     .kind = &kind_extreme_by},
    {.function = {.callable = {"max_by", NULL, "x, y", "As x, null of no value",
      "The x of the record with the greatest y; of several such the greatest x",
      "max_by(s, y) => c"},
     .least = 2, .most = 2},
     .kind = &kind_extreme_by, .descending = true},
    {.function = {.callable = {"first", "first_value any_value", "x[, ignore]", "As x",
      "The value of the first record of the group; with true, or ignore nulls behind, of the first that is "
      "not null",
      "first(s) => a\n"
      "first(s) ignore nulls => a"},
     .least = 1, .most = 2},
     .kind = &kind_first},
    {.function = {.callable = {"last", "last_value", "x[, ignore]", "As x",
      "The same of the last record",
      "last(s, true) => c"},
     .least = 1, .most = 2},
     .kind = &kind_first, .descending = true},
    {.function = {.callable = {"bool_and", "every", "x", "Boolean, null of no value",
      "Whether all are true",
      "bool_and(b) => false"},
     .least = 1, .most = 1},
     .kind = &kind_bool_and},
    {.function = {.callable = {"bool_or", "some any", "x", "Boolean, null of no value",
      "Whether one is true",
      "bool_or(b) => true"},
     .least = 1, .most = 1},
     .kind = &kind_bool_or},
    {.function = {.callable = {"mode", NULL, "[x[, deterministic]]", "As x, null of no value",
      "The most frequent value; of several the least, whatever deterministic says. Also without argument, within "
      "group (order by x [desc]); with desc it is the greatest of several",
      "mode(x) => 2\n"
      "mode(x, true) => 2\n"
      "mode() within group (order by s desc) => b"},
     .least = 0, .most = 2, .order = AGGREGATE_ORDER_OR_ARGUMENT},
     .kind = &kind_mode},
    {.function = {.callable = {"approx_count_distinct", NULL, "x[, deviation]", "Bigint, never null",
      "About how many different values there are, with a relative standard deviation of 0.05 unless said "
      "(0.003 to 0.39): HyperLogLog++, in 512 bytes a group unless said",
      "approx_count_distinct(x) => 3"},
     .least = 1, .most = 2},
     .kind = &kind_approximate},
    {.kind = NULL},
};
