/* aggregate: each function's examples hold, in one piece and in two that are written, read back and merged; a state
 * that ends early or is made up is refused, or harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/aggregate/aggregate.h"

enum { RECORDS = 5, COLUMNS = 4 };

/* What the examples are about: aggregate_inner.h tells it to those who write them. */
static const char *const columns[COLUMNS] = {"x", "y", "s", "b"};
static const char *const records[RECORDS][COLUMNS] = {
    {"1", "10", "\"a\"", "true"}, {"2", "20", "\"b\"", "false"}, {"2", "21", "\"b\"", "true"},
     {"null", "5", "null", "null"}, {"4", "40", "\"c\"", "true"},
};

static struct span span_of(const char *text)
{
    const char *const types = "ntf\"";
    static const unsigned char of[] = {SPAN_NULL, SPAN_TRUE, SPAN_FALSE, SPAN_STRING};
    const char *type = strchr(types, *text);
    return (struct span){.text = text, .len = strlen(text), .type = type ? of[type - types] : SPAN_NUMBER};
}

/* One example, compiled. */
struct example {
    struct path_set paths;
    struct select *select;
    struct aggregates *aggregates;
    struct arena arena;
    struct pool pool;
};

static void compile(struct example *example, const char *text)
{
    *example = (struct example){.select = NULL};
    const struct expr_options options = {
        .aggregates = true, .aggregate_at = aggregate_function_at, .paths = &example->paths};
    struct problem problem = {0};
    example->select = select_compile("example", text, &options, &problem);
    if (!example->select)
        fail_msg("%s: %s", text, problem.text);
    example->aggregates =
        aggregates_new(example->select->aggregates, example->select->aggregate_count, false, &problem);
    if (!example->aggregates)
        fail_msg("%s", problem.text);
}

static void leave(struct example *example)
{
    aggregates_free(example->aggregates);
    select_free(example->select);
    path_set_free(&example->paths);
    arena_free(&example->arena);
    pool_free(&example->pool);
}

/* States of the records [from, to). */
static char *states_of(struct example *example, size_t from, size_t to)
{
    char *states = memset(pool_alloc(&example->pool, example->aggregates->size), 0, example->aggregates->size);
    struct aggregate_inputs *inputs = aggregates_inputs_new(example->aggregates, 1);
    for (size_t i = from; i < to; i++) {
        struct span slots[COLUMNS];
        for (size_t slot = 0; slot < example->paths.count; slot++)
            for (size_t k = 0; k < COLUMNS; k++)
                if (strcmp(example->paths.paths[slot]->text, columns[k]) == 0)
                    slots[slot] = span_of(records[i][k]);
        struct row row = {.slots = slots, .arena = &example->arena};
        assert_true(aggregates_evaluate(example->aggregates, inputs, &row));
        aggregates_collect(example->aggregates, inputs, states, i + 1, &example->pool, &example->arena);
    }
    aggregates_inputs_free(inputs);
    return states;
}

static void check_result(struct example *example, const char *text, const char *states, const char *wanted)
{
    struct value results[8];
    const char *error = NULL;
    assert_in_range(example->aggregates->count, 1, 8);
    bool good = aggregates_result(example->aggregates, states, results, &example->arena, &error);
    assert_true(good || error);
    struct row row = {.aggregates = results, .arena = &example->arena};
    struct value result = good ? expr_eval(example->select->items[0].expr, &row) : value_null();
    struct buffer written = {0};
    if (result.type == VALUE_NULL)
        buffer_add_text(&written, "null");
    value_write_plain(&result, &written);
    buffer_add_char(&written, '\0');
    if (strcmp(written.data, wanted) != 0)
        fail_msg("%s is %s, not %s", text, written.data, wanted);
    buffer_free(&written);
}

/* The states as bytes and back. */
static char *through_bytes(struct example *example, const char *states)
{
    struct buffer bytes = {0};
    aggregates_write(example->aggregates, states, &bytes);
    char *back = memset(pool_alloc(&example->pool, example->aggregates->size), 0, example->aggregates->size);
    char *kept = pool_alloc(&example->pool, bytes.len + 1);
    memcpy(kept, bytes.data, bytes.len);
    struct unpack from = {.at = kept, .end = kept + bytes.len};
    assert_true(aggregates_read(example->aggregates, back, &from, &example->pool));
    assert_ptr_equal(from.at, from.end);
    char *early = memset(pool_alloc(&example->pool, example->aggregates->size), 0, example->aggregates->size);
    for (size_t len = 0; len < bytes.len; len++) {
        from = (struct unpack){.at = kept, .end = kept + len};
        assert_false(aggregates_read(example->aggregates, early, &from, &example->pool));
        memset(early, 0, example->aggregates->size);
    }
    buffer_free(&bytes);
    return back;
}

static bool same_bytes(struct example *example, const char *a, const char *b)
{
    struct buffer left = {0}, right = {0};
    aggregates_write(example->aggregates, a, &left);
    aggregates_write(example->aggregates, b, &right);
    bool same = left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
    buffer_free(&left);
    buffer_free(&right);
    return same;
}

static void check_example(const char *line, size_t len)
{
    const char *arrow = strstr(line, " => ");
    assert_true(arrow && arrow < line + len);
    char *text = strndup(line, (size_t)(arrow - line)), *wanted = strndup(arrow + 4, (size_t)(line + len - arrow - 4));
    assert_true(text && wanted);
    struct example example;
    compile(&example, text);
    char *whole = states_of(&example, 0, RECORDS);
    check_result(&example, text, whole, wanted);
    for (size_t cut = 0; cut <= RECORDS; cut++) {
        char *early = through_bytes(&example, states_of(&example, 0, cut)),
             *late = through_bytes(&example, states_of(&example, cut, RECORDS));
        char *other = through_bytes(&example, late);
        aggregates_merge(example.aggregates, early, late, &example.pool);
        check_result(&example, text, early, wanted);
        if (aggregate_is_ordered(&example.aggregates->list[0]))
            continue;
        assert_true(same_bytes(&example, early, whole));
        aggregates_merge(example.aggregates, other, through_bytes(&example, states_of(&example, 0, cut)),
                         &example.pool);
        assert_true(same_bytes(&example, other, whole));
    }
    leave(&example);
    free(text);
    free(wanted);
}

static void examples_hold(void **state)
{
    (void)state;
    const struct aggregate_function *function;
    size_t count = 0;
    for (; (function = aggregate_function_at(count)); count++) {
        const char *line = function->callable.examples;
        assert_non_null(line);
        assert_true(*line);
        assert_true(strncmp(line, function->callable.name, strlen(function->callable.name)) == 0);
        for (; *line; line += *line == '\n') {
            size_t len = strcspn(line, "\n");
            check_example(line, len);
            line += len;
        }
    }
    assert_in_range(count, 40, 100);
}

static void names_are_told_once(void **state)
{
    (void)state;
    const struct aggregate_function *a, *b;
    for (size_t i = 0; (a = aggregate_function_at(i)); i++) {
        assert_true(*a->callable.about && *a->callable.result && a->callable.arguments);
        for (size_t k = 0; (b = aggregate_function_at(k)); k++)
            if (i != k)
                assert_null(callable_named(&b->callable, a->callable.name, strlen(a->callable.name)));
    }
}

static void wrong_constants_are_problems(void **state)
{
    (void)state;
    static const char *const wrong[] = {"percentile(x, 2)", "percentile(x, y)", "approx_count_distinct(x, 0.9)",
                                        "string_agg(s, s)", "first(x, 'maybe')"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct path_set paths = {0};
        const struct expr_options options = {
            .aggregates = true, .aggregate_at = aggregate_function_at, .paths = &paths};
        struct problem problem = {0};
        struct select *select = select_compile("select list", wrong[i], &options, &problem);
        assert_non_null(select);
        assert_null(aggregates_new(select->aggregates, select->aggregate_count, false, &problem));
        assert_int_equal(problem.status, STATUS_USAGE);
        assert_true(strncmp(problem.text, wrong[i], strlen(wrong[i])) == 0);
        select_free(select);
        path_set_free(&paths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_hold),
        cmocka_unit_test(names_are_told_once),
        cmocka_unit_test(wrong_constants_are_problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
