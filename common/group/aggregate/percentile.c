/* percentile and median. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group/aggregate/percentile_inner.h"
#include "value/cast.h"
#include "value/datetime.h"
#include "value/interval.h"
#include "value/nested.h"

/* percentile, median: every value, as sorted runs of (value, how often), and beside them what waits to be sorted in: a
 * heap of fresh values, and the runs of merged states. Both may grow as large as the runs are, so that each value is
 * moved a few times only, however small the pieces are that come. */

enum { FRESH_LEAST = 8 };

/* No state is of more values: what says so is damaged. */
static const uint64_t VALUES_MAX = UINT64_C(1) << 48;

/* NaN is the largest, as in ORDER BY. */
static int compare_reals(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

static void append_run(struct percentile_run *runs, size_t *count, double real, uint64_t times)
{
    if (*count > 0 && compare_reals(&runs[*count - 1].real, &real) == 0)
        runs[*count - 1].count += times;
    else
        runs[(*count)++] = (struct percentile_run){.real = real, .count = times};
}

/* Merges sorted runs into the state's. */
static void merge_runs(struct percentile_state *state, const struct percentile_run *more, size_t more_count,
                       struct pool *pool)
{
    size_t need = state->run_count + more_count, count = 0, a = 0, b = 0;
    struct percentile_run *merged = mem_resize(NULL, need, sizeof *merged);
    while (a < state->run_count && b < more_count) {
        const struct percentile_run *next =
            compare_reals(&state->runs[a].real, &more[b].real) <= 0 ? &state->runs[a++] : &more[b++];
        append_run(merged, &count, next->real, next->count);
    }
    for (; a < state->run_count; a++)
        append_run(merged, &count, state->runs[a].real, state->runs[a].count);
    for (; b < more_count; b++)
        append_run(merged, &count, more[b].real, more[b].count);
    if (count > state->run_cap) { /* repeated values need no new memory; others rarely */
        state->run_cap = count > 2 * state->run_cap ? count : 2 * state->run_cap;
        state->runs = pool_alloc(pool, state->run_cap * sizeof *merged);
    }
    memcpy(state->runs, merged, count * sizeof *merged);
    free(merged);
    state->run_count = count;
}

static int compare_runs(const void *left, const void *right)
{
    return compare_reals(&((const struct percentile_run *)left)->real, &((const struct percentile_run *)right)->real);
}

static void settle_pending(struct percentile_state *state, struct pool *pool)
{
    struct percentile_pending *pending = state->pending;
    if (!pending || pending->count == 0)
        return;
    qsort(pending->runs, pending->count, sizeof *pending->runs, compare_runs);
    size_t count = 0;
    for (size_t i = 0; i < pending->count; i++) /* never before where it reads */
        append_run(pending->runs, &count, pending->runs[i].real, pending->runs[i].count);
    merge_runs(state, pending->runs, count, pool);
    pending->count = 0;
}

static void settle_fresh(struct percentile_state *state, struct pool *pool)
{
    if (state->fresh_count == 0)
        return;
    qsort(state->fresh, state->fresh_count, sizeof *state->fresh, compare_reals);
    struct percentile_run *runs = mem_resize(NULL, state->fresh_count, sizeof *runs);
    size_t count = 0;
    for (size_t i = 0; i < state->fresh_count; i++)
        append_run(runs, &count, state->fresh[i], 1);
    merge_runs(state, runs, count, pool);
    free(runs);
    state->fresh_count = 0;
}

/* A type of times as a number: of lengths the kind of their fields alone, the widest of them besides. */
static uint32_t kind_of(const struct value *value)
{
    if (value->type == VALUE_DATE || value->type == VALUE_TIMESTAMP || value->type == VALUE_INTERVAL)
        return (uint32_t)value->type << 24 | (uint32_t)value->width << 16 | (uint32_t)value->scale << 8 |
               value->precision;
    return PERCENTILE_NUMBERS;
}

static struct value of_kind(uint32_t of)
{
    return (struct value){.type = (enum value_type)(of >> 24), .width = (unsigned char)(of >> 16 & 255),
                          .scale = (unsigned char)(of >> 8 & 255), .precision = (unsigned char)(of & 255)};
}

/* What values of two kinds are together. */
static uint32_t kind_of_both(uint32_t a, uint32_t b)
{
    if (a == b || b == PERCENTILE_NONE)
        return a;
    if (a == PERCENTILE_NONE)
        return b;
    struct value x = of_kind(a), y = of_kind(b);
    if (x.type != VALUE_INTERVAL || y.type != VALUE_INTERVAL ||
        (x.precision <= INTERVAL_MONTH) != (y.precision <= INTERVAL_MONTH))
        return PERCENTILE_MIXED;
    x.scale = x.scale < y.scale ? x.scale : y.scale;
    x.precision = x.precision > y.precision ? x.precision : y.precision;
    return kind_of(&x);
}

static double real_of(const struct value *value)
{
    if (value->type == VALUE_INTERVAL)
        return (double)interval_amount(value);
    if (value->type == VALUE_DATE || value->type == VALUE_TIMESTAMP)
        return (double)value->integer;
    double real = value_to_double(value);
    return isnan(real) ? (double)NAN : real + 0.0; /* one NaN, one zero */
}

static void await_runs(struct percentile_state *state, const struct percentile_run *runs, size_t count,
                       struct pool *pool);

static void percentile_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct percentile_state *percentile = state;
    const struct value *value = &collect->args[0];
    percentile->of = kind_of_both(percentile->of, kind_of(value));
    if (aggregate->arg_count > 1) { /* the second says how often it counts */
        struct percentile_run run = {.real = real_of(value), .count = (uint64_t)collect->args[1].integer};
        await_runs(percentile, &run, 1, collect->pool);
        return;
    }
    if (percentile->fresh_count == percentile->fresh_cap) {
        settle_fresh(percentile, collect->pool);
        size_t want = percentile->run_count > FRESH_LEAST ? percentile->run_count : FRESH_LEAST;
        if (percentile->fresh_cap < want) {
            percentile->fresh_cap = 2 * want;
            percentile->fresh = pool_alloc(collect->pool, percentile->fresh_cap * sizeof *percentile->fresh);
        }
    }
    percentile->fresh[percentile->fresh_count++] = real_of(value);
}

/* Puts runs aside until there are as many as the state has. */
static void await_runs(struct percentile_state *state, const struct percentile_run *runs, size_t count,
                       struct pool *pool)
{
    if (!state->pending)
        state->pending = memset(pool_alloc(pool, sizeof *state->pending), 0, sizeof *state->pending);
    struct percentile_pending *pending = state->pending;
    if (pending->cap - pending->count < count) {
        pending->cap = 2 * (pending->count + count);
        struct percentile_run *more = pool_alloc(pool, pending->cap * sizeof *more);
        if (pending->count > 0)
            memcpy(more, pending->runs, pending->count * sizeof *more);
        pending->runs = more;
    }
    if (count > 0)
        memcpy(pending->runs + pending->count, runs, count * sizeof *runs);
    pending->count += count;
    if (pending->count >= state->run_count)
        settle_pending(state, pool);
}

static void percentile_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    struct percentile_state *percentile = state, *other = from;
    percentile->of = kind_of_both(percentile->of, other->of);
    settle_fresh(other, pool);
    settle_pending(other, pool);
    if (other->run_count < percentile->run_count) {
        await_runs(percentile, other->runs, other->run_count, pool);
        return;
    }
    settle_fresh(percentile, pool);
    settle_pending(percentile, pool);
    if (other->run_count > 0)
        merge_runs(percentile, other->runs, other->run_count, pool);
}

/* What waits is merged in a copy. */
const struct percentile_run *percentile_runs(const struct percentile_state *state, struct pool *memory, size_t *count)
{
    struct percentile_state copy = *state;
    struct percentile_pending pending = {0};
    copy.run_cap = 0; /* the state's own runs are not written to */
    copy.pending = &pending;
    if (copy.fresh_count > 0) {
        copy.fresh = pool_alloc(memory, copy.fresh_count * sizeof *copy.fresh);
        memcpy(copy.fresh, state->fresh, copy.fresh_count * sizeof *copy.fresh);
        settle_fresh(&copy, memory);
    }
    if (state->pending && state->pending->count > 0) {
        pending.count = state->pending->count;
        pending.runs = pool_alloc(memory, pending.count * sizeof *pending.runs);
        memcpy(pending.runs, state->pending->runs, pending.count * sizeof *pending.runs);
        settle_pending(&copy, memory);
    }
    *count = copy.run_count;
    return copy.runs;
}

/* What is no number is told by a run in front that came 0 times. */
static void percentile_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    struct pool memory = {0};
    size_t count;
    const struct percentile_run *runs = percentile_runs(state, &memory, &count);
    uint32_t of = ((const struct percentile_state *)state)->of;
    pack_number(into, count + (of > PERCENTILE_NUMBERS));
    if (of > PERCENTILE_NUMBERS) {
        pack_number(into, 0);
        pack_real(into, of);
    }
    for (size_t i = 0; i < count; i++) {
        pack_number(into, runs[i].count);
        pack_real(into, runs[i].real);
    }
    pool_free(&memory);
}

/* The run in front, if it is one; false if it is of no kind that there is. */
static bool read_kind(struct percentile_state *percentile, uint64_t *count, struct unpack *from)
{
    percentile->of = *count > 0 ? PERCENTILE_NUMBERS : PERCENTILE_NONE;
    if (*count == 0 || from->at == from->end || *from->at != 0)
        return true;
    (void)unpack_number(from);
    double code = unpack_real(from);
    if (from->failed || !(code >= PERCENTILE_MIXED && code <= UINT32_MAX) || code != floor(code))
        return false;
    percentile->of = (uint32_t)code;
    --*count;
    struct value kind = of_kind(percentile->of);
    bool length = kind.type == VALUE_INTERVAL && kind.scale <= kind.precision && kind.precision <= INTERVAL_SECOND &&
                  !interval_is_mixed(&kind);
    return percentile->of == PERCENTILE_MIXED || length || kind.type == VALUE_DATE || kind.type == VALUE_TIMESTAMP;
}

/* Whether an amount is one of its kind: a day that there is, months of 32 bits, a whole number of 64. */
static bool is_amount(uint32_t of, double real)
{
    struct value kind = of_kind(of);
    if (of <= PERCENTILE_MIXED)
        return true;
    double most = kind.type == VALUE_DATE                                             ? YEAR_LIMIT * 366.0
                  : kind.type == VALUE_INTERVAL && kind.precision <= INTERVAL_MONTH ? (double)INT32_MAX
                                                                                    : 0x1p63;
    return real >= -most - 1 && real <= most;
}

static bool percentile_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct percentile_state *percentile = state;
    uint64_t count = unpack_number(from);
    if (from->failed || count > (uint64_t)(from->end - from->at) || !read_kind(percentile, &count, from))
        return false;
    percentile->runs = pool_alloc(pool, (size_t)count * sizeof *percentile->runs);
    percentile->run_cap = percentile->run_count = (size_t)count;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        percentile->runs[i].count = unpack_number(from);
        percentile->runs[i].real = unpack_real(from);
        if (!is_amount(percentile->of, percentile->runs[i].real) ||
            (i > 0 && compare_reals(&percentile->runs[i - 1].real, &percentile->runs[i].real) >= 0))
            return false;
        if (percentile->runs[i].count == 0 || percentile->runs[i].count > VALUES_MAX - total)
            return false;
        total += percentile->runs[i].count;
    }
    return !from->failed;
}

/* The value at sorted position `at`, from 0. */
static double value_at(const struct percentile_run *runs, uint64_t at)
{
    while (at >= runs->count)
        at -= runs++->count;
    return runs->real;
}

/* Spark's Percentile: linear between the two nearest. */
static double percentile_of(const struct percentile_run *runs, uint64_t total, double fraction)
{
    double position = (double)(total - 1) * fraction;
    uint64_t lower = (uint64_t)floor(position), higher = (uint64_t)ceil(position);
    double low = value_at(runs, lower);
    if (higher == lower)
        return low;
    double high = value_at(runs, higher);
    if (high == low)
        return low;
    return ((double)higher - position) * low + (position - (double)lower) * high;
}

bool percentile_is_of_one(const struct percentile_state *state, const char **error)
{
    if (state->of == PERCENTILE_MIXED)
        *error = "numbers, dates, timestamps and lengths of time have no common order: cast them to one type";
    return state->of != PERCENTILE_MIXED;
}

/* Towards zero; the greatest long is 2^63 as a double. */
static int64_t whole_of(double real)
{
    return real >= 0x1p63 ? INT64_MAX : real < -0x1p63 ? INT64_MIN : isnan(real) ? 0 : (int64_t)real;
}

/* So many days and parts of one since 1970, by the local clock. */
static struct value moment_between(double days)
{
    double whole = floor(days);
    return value_timestamp(datetime_midnight(whole_of(whole)) + whole_of((days - whole) * (double)MICROS_PER_DAY));
}

/* Between two dates lies a time; between two lengths one of all fields of their kind, as in Spark. */
struct value percentile_value(const struct percentile_state *state, double real, enum result_form form)
{
    if (state->of <= PERCENTILE_MIXED)
        return form == RESULT_WHOLE_VALUE && real >= -0x1p63 ? value_long(whole_of(real)) : value_double(real);
    struct value value = of_kind(state->of);
    if (value.type == VALUE_DATE && form == RESULT_BETWEEN)
        return moment_between(real);
    if (value.type != VALUE_INTERVAL) {
        value.integer = whole_of(real);
        return value;
    }
    bool months = value.precision <= INTERVAL_MONTH;
    if (form != RESULT_WHOLE_VALUE) {
        value.scale = months ? INTERVAL_YEAR : INTERVAL_DAY;
        value.precision = months ? INTERVAL_MONTH : INTERVAL_SECOND;
    }
    int64_t amount = whole_of(real);
    value.interval.months = months ? (int32_t)amount : 0;
    value.interval.microseconds = months ? 0 : amount;
    return value;
}

static struct value result_of(const struct percentile_state *state, const struct percentile_run *runs, uint64_t total,
                              double fraction, enum result_form form, bool descending)
{
    if (form == RESULT_BETWEEN)
        return percentile_value(state, percentile_of(runs, total, descending ? 1 - fraction : fraction), form);
    double rank = ceil(fraction * (double)total);
    uint64_t behind = rank < 1 ? 0 : (uint64_t)rank - 1;
    return percentile_value(state, value_at(runs, descending ? total - 1 - behind : behind), form);
}

static struct value percentile_results(const struct aggregate *aggregate, const struct percentile_state *state,
                                       struct arena *arena, enum result_form form, const char **error)
{
    struct pool memory = {0};
    size_t count;
    if (!percentile_is_of_one(state, error))
        return value_null();
    const struct percentile_run *runs = percentile_runs(state, &memory, &count);
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += runs[i].count;
    struct value result = value_null();
    if (total > 0 && !aggregate->many) {
        result = result_of(state, runs, total, aggregate->fractions[0], form, aggregate->descending);
    } else if (total > 0) {
        struct nested_text text = {.arena = arena};
        nested_add(&text, "[", 1);
        for (size_t i = 0; i < aggregate->fraction_count; i++) {
            struct value one = result_of(state, runs, total, aggregate->fractions[i], form, aggregate->descending);
            nested_add_value(&text, &one);
        }
        result = nested_finish(&text, VALUE_ARRAY);
    }
    pool_free(&memory);
    return result;
}

static struct value percentile_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                      const char **error)
{
    return percentile_results(aggregate, state, arena,
                              aggregate->variant == DISCRETE ? RESULT_REAL_VALUE : RESULT_BETWEEN, error);
}

/* One fraction within [0, 1]. */
static bool fraction_of(const char *text, size_t len, double *fraction)
{
    struct value number;
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (!value_parse_number(text, len, &number))
        return false;
    *fraction = value_to_double(&number);
    return *fraction >= 0 && *fraction <= 1;
}

static const char *percentile_prepare(struct aggregate *aggregate, const struct value *constants, size_t count,
                                      struct arena *arena)
{
    static const double half[] = {0.5};
    static const char wrong[] = "expected a fraction from 0 to 1, or an array of such";
    if (count == 0) { /* median */
        aggregate->fractions = half;
        aggregate->fraction_count = 1;
        return NULL;
    }
    const struct value *given = &constants[0];
    double *fractions = arena_alloc(arena, (given->type == VALUE_ARRAY ? given->len : 1) * sizeof *fractions);
    aggregate->fractions = fractions;
    if (given->type != VALUE_ARRAY) {
        struct value number = cast_double(given);
        aggregate->fraction_count = 1;
        fractions[0] = number.type == VALUE_DOUBLE ? number.real : -1;
        return fractions[0] >= 0 && fractions[0] <= 1 ? NULL : wrong;
    }
    aggregate->many = true;
    const char *at = given->text + 1, *end = given->text + given->len - 1;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        if (!fraction_of(at, (size_t)(stop - at), &fractions[aggregate->fraction_count++]))
            return wrong;
        at = comma ? comma + 1 : end;
    }
    return NULL;
}

static const struct aggregate_kind kind_percentile = {
    .name = "percentile", .state_size = sizeof(struct percentile_state), .constants = 1, .takes = TAKES_MOMENT,
    .prepare = percentile_prepare, .collect = percentile_collect, .merge = percentile_merge,
    .write = percentile_write, .read = percentile_read, .result = percentile_result,
};

/* approx_percentile, percentile_approx: exact here, too. A value that came: the least of which so large a share is not
 * larger. Whole numbers stay such, unless others came as well. */

void percentile_discrete_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct discrete_state *discrete = state;
    discrete->fractional |= collect->args[0].type != VALUE_LONG;
    percentile_collect(aggregate, &discrete->values, collect);
}

void percentile_discrete_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    struct discrete_state *discrete = state, *other = from;
    discrete->fractional |= other->fractional;
    percentile_merge(aggregate, &discrete->values, &other->values, pool);
}

void percentile_discrete_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    const struct discrete_state *discrete = state;
    buffer_add_char(into, (char)discrete->fractional);
    percentile_write(aggregate, &discrete->values, into);
}

bool percentile_discrete_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    struct discrete_state *discrete = state;
    const char *fractional = unpack_raw(from, 1);
    if (!fractional)
        return false;
    discrete->fractional = *fractional != 0;
    return percentile_read(aggregate, &discrete->values, from, pool);
}

enum result_form percentile_discrete_form(const struct discrete_state *state)
{
    return !state->fractional || state->values.of > PERCENTILE_MIXED ? RESULT_WHOLE_VALUE : RESULT_REAL_VALUE;
}

static struct value discrete_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                    const char **error)
{
    const struct discrete_state *discrete = state;
    return percentile_results(aggregate, &discrete->values, arena, percentile_discrete_form(discrete), error);
}

static const struct aggregate_kind kind_percentile_discrete = {
    .name = "approx_percentile", .state_size = sizeof(struct discrete_state), .constants = 1, .takes = TAKES_MOMENT,
    .prepare = percentile_prepare, .collect = percentile_discrete_collect, .merge = percentile_discrete_merge,
    .write = percentile_discrete_write, .read = percentile_discrete_read, .result = discrete_result,
};

const struct aggregate_row aggregates_percentile[] = {
    {.function = {.callable = {"percentile", NULL, "x, p[, n]",
      "Double, or an array of such for an array; of times a time; null of no value",
      "The exact percentile, interpolated, of numbers, lengths of time, dates (between which are timestamps) and "
      "timestamps; p is from 0 to 1, or an array of such; n is how often x counts. All different values are kept",
      "percentile(x, 0.5) => 2.0\n"
      "percentile(x, array(0.25, 0.5)) => [1.75,2.0]\n"
      "percentile(x, 0.9, y) => 4.0"},
     .least = 2, .most = 3, .weighs = true},
     .kind = &kind_percentile},
    {.function = {.callable = {"median", NULL, "x", "Double, of times a time; null of no value",
      "percentile(x, 0.5)",
      "median(x) => 2.0"},
     .least = 1, .most = 1},
     .kind = &kind_percentile},
    {.function = {.callable = {"percentile_cont", NULL, "p", "Double, null of no value",
      "percentile(x, p), with within group (order by x [desc]) behind; counted from the end with desc",
      "percentile_cont(0.25) within group (order by x desc) => 2.5"},
     .least = 1, .most = 1, .order = AGGREGATE_ORDER_VALUE},
     .kind = &kind_percentile},
    {.function = {.callable = {"percentile_disc", NULL, "p", "Double, null of no value",
      "A value that came: the first one that a share of p is not behind; with within group (order by x [desc])",
      "percentile_disc(0.75) within group (order by x) => 2.0"},
     .least = 1, .most = 1, .order = AGGREGATE_ORDER_VALUE},
     .kind = &kind_percentile, .variant = DISCRETE},
    {.function = {.callable = {"approx_percentile", "percentile_approx", "x, p[, accuracy]",
      "Bigint of whole numbers, of times such a time, else double; null of no value",
      "A value that came: the least one that a share of p is not larger than. It is exact; the accuracy is "
      "accepted",
      "approx_percentile(x, 0.9) => 4"},
     .least = 2, .most = 3},
     .kind = &kind_percentile_discrete},
    {.kind = NULL},
};
