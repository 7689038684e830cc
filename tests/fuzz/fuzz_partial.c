/* libFuzzer: the first byte chooses an aggregate, the rest is a state of it as a partial line would bring it. What is
 * read is merged with itself and with a state of records, written, read again, and gives a result or an error; a state
 * that was written is read back and written as the same bytes. Keys and base64 are read as well. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "group/aggregate/aggregate.h"
#include "group/key.h"
#include "group/partial.h"
#include "value/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const calls[] = {
    "count(x)",
    "sum(x)",
    "avg(x)",
    "stddev(x)",
    "corr(x, y)",
    "bit_xor(x)",
    "min(x)",
    "max_by(x, y)",
    "bool_and(x)",
    "mode(x)",
    "approx_count_distinct(x)",
    "approx_count_distinct(x, 0.3)",
    "percentile(x, array(0, 0.5, 1))",
    "approx_percentile(x, 0.3)",
    "collect_set(x)",
    "count(distinct x, y)",
    "sum(distinct x)",
    "max(distinct x)",
    "percentile(distinct x, 0.5)",
    "corr(distinct x, y)",
    "bool_or(distinct x)",
    "mode(distinct x)",
    "first(x)",
    "collect_list(x)",
    "string_agg(x, '-')",
    "string_agg(distinct x, '-')",
    "string_agg(x, '-') within group (order by y desc)",
    "collect_list(distinct x)",
    "bit_and(distinct x)",
    "stddev(distinct x)",
    "approx_count_distinct(distinct x)",
    "regr_r2(x, y)",
    "covar_samp(x, y)",
    "skewness(x)",
    "kurtosis(distinct x)",
    "percentile(x, array(0, 0.5, 1), y)",
    "percentile(distinct x, 0.5, y)",
    "histogram_numeric(x, 3)",
    "bitmap_construct_agg(x)",
    "bitmap_construct_agg(distinct x)",
    "bitmap_or_agg(x)",
    "mode(x, true)",
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void read_others(const char *bytes, size_t len)
{
    struct arena arena = {0};
    struct buffer decoded = {0};
    struct unpack key = {.at = bytes, .end = bytes + len / 2},
                  head = {.at = bytes + len / 2, .end = bytes + len, .untrusted = true};
    struct span span;
    struct value value;
    while (key.at < key.end && group_key_next(&key, &head, &span, &value, &arena))
        ;
    partial_add_front(PARTIAL_TEXT, bytes, len, &decoded);
    struct span state = {.text = bytes, .len = len, .type = SPAN_STRING};
    (void)sealed_open(state, &decoded);
    decoded.len = 0;
    buffer_add_char(&decoded, '"');
    sealed_add(bytes, len, &decoded);
    buffer_add_char(&decoded, '"');
    struct buffer back = {0};
    must(sealed_open((struct span){.text = decoded.data, .len = decoded.len, .type = SPAN_STRING}, &back));
    must(back.len == len && (len == 0 || memcmp(back.data, bytes, len) == 0));
    buffer_free(&back);
    buffer_free(&decoded);
    arena_free(&arena);
}

static char *zeroed(const struct aggregates *aggregates, struct pool *pool)
{
    return memset(pool_alloc(pool, aggregates->size), 0, aggregates->size);
}

static bool read_state(const struct aggregates *aggregates, char *states, const char *bytes, size_t len,
                       struct pool *pool)
{
    struct unpack from = {.at = bytes, .end = bytes + len, .untrusted = true};
    return aggregates_read(aggregates, states, &from, pool) && from.at == from.end;
}

/* The state of a few records. */
static char *collected(const struct aggregates *aggregates, size_t slots, struct pool *pool, struct arena *arena)
{
    static const char *const texts[] = {"1", "2.5", "1e300", "-7", "123456789012345678901234567890"};
    char *states = zeroed(aggregates, pool);
    struct aggregate_inputs *inputs = aggregates_inputs_new(aggregates, 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct span spans[2];
        for (size_t k = 0; k < slots; k++)
            spans[k] =
                (struct span){.text = texts[(i + k) % 5], .len = strlen(texts[(i + k) % 5]), .type = SPAN_NUMBER};
        struct row row = {.slots = spans, .arena = arena};
        if (aggregates_evaluate(aggregates, inputs, &row))
            aggregates_collect(aggregates, inputs, states, i, pool, arena);
    }
    aggregates_inputs_free(inputs);
    return states;
}

static void use(const struct aggregates *aggregates, size_t slots, const char *bytes, size_t len)
{
    struct pool pool = {0};
    struct arena arena = {0};
    struct buffer written = {0}, again = {0};
    char *states = zeroed(aggregates, &pool);
    if (read_state(aggregates, states, bytes, len, &pool)) {
        struct value result;
        const char *error = NULL;
        (void)aggregates_result(aggregates, states, &result, &arena, &error);
        aggregates_write(aggregates, states, &written);
        char *back = zeroed(aggregates, &pool);
        must(read_state(aggregates, back, written.data, written.len, &pool));
        aggregates_write(aggregates, back, &again);
        must(written.len == again.len && memcmp(written.data, again.data, again.len) == 0);
        aggregates_merge(aggregates, states, back, &pool);
        aggregates_merge(aggregates, states, collected(aggregates, slots, &pool, &arena), &pool);
        char *of_records = collected(aggregates, slots, &pool, &arena);
        aggregates_merge(aggregates, of_records, states, &pool);
        (void)aggregates_result(aggregates, of_records, &result, &arena, &error);
        again.len = 0;
        aggregates_write(aggregates, of_records, &again);
    }
    buffer_free(&written);
    buffer_free(&again);
    arena_free(&arena);
    pool_free(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct path_set paths = {0};
    struct problem problem = {0};
    const struct expr_options options = {.aggregates = true, .aggregate_at = aggregate_function_at, .paths = &paths};
    struct select *select = select_compile("call", calls[*data % (sizeof calls / sizeof *calls)], &options, &problem);
    must(select != NULL);
    struct aggregates *aggregates = aggregates_new(select->aggregates, select->aggregate_count, false, &problem);
    must(aggregates != NULL);
    use(aggregates, paths.count, (const char *)data + 1, size - 1);
    read_others((const char *)data + 1, size - 1);
    aggregates_free(aggregates);
    select_free(select);
    path_set_free(&paths);
    return 0;
}
