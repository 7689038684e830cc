/* expr: grammar, names, messages, cells, --ansi, aggregates, order keys. What functions and operators give is compared
 * with Spark (tests/interop/spark). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expr/expr.h"
#include "expr/parse_inner.h"
#include "group/aggregate/aggregate.h"

/* The row of all tests: paths a, b, c, d are these JSON values; x, y, z are cells. */
static struct span slot_of(const char *name)
{
    static const struct {
        const char *name, *text;
        enum span_type type;
    } row[] = {{"a", "1", SPAN_NUMBER},
               {"b", "2.50", SPAN_NUMBER},
               {"c", "\"te\\u0078t\"", SPAN_STRING},
               {"d", NULL, SPAN_ABSENT},
               {"e", "{\"f\":[1,{\"g\":2}]}", SPAN_OBJECT},
               {"x", "10", SPAN_CELL},
               {"y", "9", SPAN_CELL},
               {"z", "abc", SPAN_CELL},
               {"t", "true", SPAN_CELL},
               {"s", "\"text\"", SPAN_STRING},
               {"big", "9223372036854775807", SPAN_NUMBER}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (strcmp(row[i].name, name) == 0 && row[i].text)
            return (struct span){.text = row[i].text, .len = strlen(row[i].text), .type = (unsigned char)row[i].type,
                                 .escaped = strchr(row[i].text, '\\') != NULL};
    return (struct span){.type = SPAN_ABSENT};
}

static void evaluate(struct select *select, const struct path_set *set, struct buffer *text)
{
    struct arena arena = {0};
    struct span slots[32];
    struct value items[32], aggregates[8] = {value_long(7), value_long(8)};
    for (size_t i = 0; i < set->count; i++)
        slots[i] = slot_of(set->paths[i]->steps[0].key);
    struct row row = {.slots = slots, .items = items, .aggregates = aggregates, .arena = &arena};
    for (size_t i = 0; i < select->count; i++) {
        row.error = NULL;
        items[i] = expr_eval(select->items[i].expr, &row);
        if (i > 0)
            buffer_add_char(text, '|');
        value_write_tsv(&items[i], "null", text);
        if (row.error)
            buffer_add_format(text, " !%s", row.error);
    }
    arena_free(&arena);
}

static void check_with(const char *list, const char *wanted, struct expr_options options)
{
    struct path_set set = {0};
    struct buffer text = {0};
    options.paths = &set;
    struct problem problem = {0};
    struct select *select = select_compile("test", list, &options, &problem);
    evaluate(select, &set, &text);
    if (text.len != strlen(wanted) || memcmp(text.data, wanted, text.len) != 0)
        fail_msg("%s: %.*s, expected %s", list, (int)text.len, text.data, wanted);
    buffer_free(&text);
    select_free(select);
    path_set_free(&set);
}

static void check(const char *list, const char *wanted)
{
    check_with(list, wanted, (struct expr_options){0});
}

static void test_grammar(void **state)
{
    (void)state;
    check("1 + 2 * 3 as p, (1 + 2) * 3 as q, -2 - -3 as r, 2 * -3 as u", "7|9|1|-6");
    check("1 < 2 and 2 < 3 or false as p, not 1 = 2 as q, !true as r, 1 + 1 = 2 as u", "true|true|false|true");
    check("true or false and false as p, 1 | 2 ^ 3 & 2 as q, 1 << 2 + 1 as r, 'a' || 1 * 3 as u", "true|1|8|a3");
    check("case when a = 1 then 'x' end as p, case a when 2 then 'y' else 'z' end as q", "x|z");
    check("e.f[0], e['f'] as q, `a`, .a as r", "{\"f\":[1,{\"g\":2}]}|{\"f\":[1,{\"g\":2}]}|1|1");
    check("a -- the end\n + /* one */ 1 as p", "2");
    check("'a' 'b' as p, \"c\" as q, r'\\d' as r, 'it\\'s \\u00e9' as u", "ab|c|\\\\d|it's \xC3\xA9");
    check("array(1,2)[1] as p, named_struct('k', array(5)).k[0] as q, '5'::int + 1 as r", "2|5|6");
    check("b, b as c2, b + 0 as n, a between 1 and 2 and true as m", "2.50|2.50|2.5|true");
    check("d is null as p, d is not distinct from null as q, a not in (2, 3) as r, c not like 't%' as u",
          "true|true|true|false");
    check("c = 'text' as p, 'text' = c as q, s = 'text' as r, s <> 'text' as u, d = 'text' as v",
          "true|true|true|false|null");
}

static void test_names(void **state)
{
    (void)state;
    struct path_set set = {0};
    struct expr_options options = {.paths = &set, .aggregates = true, .aggregate_at = aggregate_function_at};
    struct problem problem = {0};
    struct select *select =
        select_compile("test", "a.b, a.b[0], `x y`, upper(c) , a as n, n + 1 m, q.*, *, count(*)", &options, &problem);
    static const char *const names[] = {"b", "b[0]", "x y", "upper(c)", "n", "m", NULL, NULL, "count(*)"};
    assert_int_equal(select->count, 9);
    for (size_t i = 0; i < 9; i++) {
        if (names[i])
            assert_string_equal(select->items[i].name, names[i]);
        else
            assert_int_equal(select->items[i].kind, ITEM_STAR);
    }
    assert_string_equal(select->items[6].path->text, "q");
    assert_null(select->items[7].path);
    assert_true(select->items[8].has_aggregate);
    assert_null(select->items[5].path); /* the alias, not a path called n */
    assert_int_equal(set.count, 5);
    select_free(select);
    path_set_free(&set);
}

static void test_replace(void **state)
{
    (void)state;
    struct path_set set = {0};
    struct expr_options options = {.aggregate_at = aggregate_function_at, .paths = &set};
    struct problem problem = {0};
    struct select *select = select_compile("test", "q.*, a as k, k + 1 as l", &options, &problem);
    struct path_step steps[] = {{.key = "b", .key_len = 1}, {.key = "c", .key_len = 1}};
    struct path paths[] = {{.steps = steps, .count = 1, .text = "b"}, {.steps = steps + 1, .count = 1, .text = "c"}};
    const struct path *both[] = {&paths[0], &paths[1]};
    static const char *const names[] = {"b", "c"};
    assert_true(select_replace(select, 0, both, names, NULL, 2, &options, &problem));
    assert_true(select_check_names(select, &problem));
    struct buffer text = {0};
    evaluate(select, &set, &text);
    assert_int_equal(text.len, strlen("2.50|text|1|2"));
    assert_memory_equal(text.data, "2.50|text|1|2", text.len);
    buffer_free(&text);
    select_free(select);
    path_set_free(&set);
}

static void parse_list(struct parser *parser, void *context)
{
    (void)context;
    expr_parse_expression(parser);
}

/* What is wrong, and at which byte. */
static void test_messages(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        size_t offset;
    } cases[] = {
        {"1 + * 2", "expected a value, not *", 4},
        {"1 +", "expected a value, but the text ends", 3},
        {"lenght(a)", "no function lenght; did you mean length?", 0},
        {"cuont(a)", "no function cuont; did you mean count?", 0},
        {"zzzzzzzz(a)", "no function zzzzzzzz; atools-expr(7) lists them", 0},
        {"substring(a)", "substring takes 2 to 3 arguments, not 1", 0},
        {"upper(a, b)", "upper takes 1 argument, not 2", 0},
        {"'abc", "a string that is not closed", 0},
        {"`abc", "a backtick that is not closed", 0},
        {"a = /* x", "a comment that is not closed", 4},
        {"a ? b", "'?' has no meaning here", 2},
        {"a b", "expected the end or an operator, not b", 2},
        {"cast(a as nothing)",
         "no type nothing; there are boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), string, "
         "date, timestamp",
         10},
        {"date '2020-02-30'", "not a date: 2020-02-30", 5},
        {"sum(a)", "sum is an aggregate: it cannot stand here", 0},
        {"a rlike '('", "rlike: missing closing parenthesis at character 2 of the pattern", 2},
        {"a like 'x\\\\'", "like: the pattern ends with its escape character", 2},
        {"date_format(a, 'bb')",
         "date_format: there is no such letter in a date pattern; text stands in '\xE2\x80\xA6'", 0},
        {"a in 1", "expected (, not 1", 5},
        {"a is 1", "expected null, true, false or distinct from behind is, not 1", 5},
        {"case a end", "expected when, not end", 7},
        {"99999999999999999999999999999999999999999", "a decimal of more than 38 digits", 0},
        {"300Y", "300Y is out of its type's range", 0},
        {"interval day", "expected the end or an operator, not day", 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct path_set set = {0};
        struct expr_options options = {.aggregate_at = aggregate_function_at, .paths = &set};
        struct parser parser = {.what = "test", .text = cases[i].text, .arena = &arena, .options = &options};
        if (expr_parse_run(&parser, parse_list, NULL))
            fail_msg("%s: accepted", cases[i].text);
        if (strcmp(parser.error, cases[i].message) != 0 || parser.error_offset != cases[i].offset)
            fail_msg("%s: byte %zu: %s", cases[i].text, parser.error_offset, parser.error);
        path_set_free(&set);
        arena_free(&arena);
    }
}

/* What whole arguments say of themselves: a problem with its place, and nothing compiled. */
static void test_problems(void **state)
{
    (void)state;
    struct path_set set = {0};
    const struct expr_options options = {.paths = &set};
    struct problem problem = {0};
    assert_null(select_compile("select list", "a, b as a", &options, &problem));
    assert_string_equal(problem.text, "two columns are called a; name one with as");
    assert_int_equal(problem.status, STATUS_USAGE);
    assert_int_equal(problem.offset, 3);
    assert_string_equal(problem.what, "select list");
    assert_string_equal(problem.argument, "a, b as a");
    problem = (struct problem){0};
    path_set_free(&set);
    set = (struct path_set){0};
    assert_null(expr_compile("where", "a = ", NULL, &options, &problem));
    assert_string_equal(problem.text, "expected a value, but the text ends");
    assert_int_equal(problem.offset, 4);
    problem = (struct problem){0};
    path_set_free(&set);
    set = (struct path_set){0};
    struct select *select = select_compile("select list", "a, b", &options, &problem);
    assert_non_null(select);
    assert_int_equal(problem.status, STATUS_OK);
    assert_null(order_compile("order by", "a, 3", select, &options, &problem));
    assert_string_equal(problem.text, "there is no column 3: the select list has 2");
    assert_int_equal(problem.offset, 3);
    select_free(select);
    path_set_free(&set);
}

/* Nesting up to the limit is fine, beyond it is refused. */
static void test_depth(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        char text[2 * PARSE_DEPTH_MAX + 64];
        size_t deep = (PARSE_DEPTH_MAX - 2) / 2 + (over ? 10 : 0), used = 0;
        for (size_t i = 0; i < deep; i++)
            text[used++] = '(';
        text[used++] = '1';
        for (size_t i = 0; i < deep; i++)
            text[used++] = ')';
        text[used] = '\0';
        struct arena arena = {0};
        struct expr_options options = {0};
        struct parser parser = {.what = "test", .text = text, .arena = &arena, .options = &options};
        assert_int_equal(expr_parse_run(&parser, parse_list, NULL), !over);
        arena_free(&arena);
    }
}

static void test_cells(void **state)
{
    (void)state;
    check("x > y as p, x > '9' as q, x + 1 as r, y = 9.0 as u", "true|false|11|true");
    check("z > 1 as p, z = 'abc' as q, z < y as r, x = z as u", "null|true|false|false");
    check("t and true as p, t = true as q, not t as r, if(t, 1, 2) as u", "true|true|false|1");
    check("upper(z) as p, length(x) as q, x as r, x || y as u, size(z) as v", "ABC|2|10|109|-1");
    check("greatest(x, y) as p, least(x, y) as q, cast(x as double) as r", "10|9|10.0");
}

static void test_ansi(void **state)
{
    (void)state;
    struct expr_options options = {.ansi = true};
    check_with("cast(c as int) as p", "null !'text' cannot be cast to int", options);
    check_with("cast(c as date) as p", "null !'text' cannot be cast to date", options);
    check_with("a / 0 as p, a % 0 as q, a div 0 as r",
               "null !division by zero: 1 / 0|null !division by zero: 1 % 0|null !division by zero: 1 div 0", options);
    check_with("cast(3000000000 as int) as p", "null !3000000000 cannot be cast to int", options);
    check_with("try_cast(c as int) as p, cast('12' as int) as q, c + 1 as r", "null|12|null !'text' is no number",
               options);
    check_with("to_date(c) as p, to_timestamp('x', 'yyyy') as q",
               "null !'text' is no date|null !'x' does not fit the pattern 'yyyy'", options);
    check("cast(c as int) as p, a / 0 as q", "null|null");
    check("big + 1 as p, -(-9223372036854775807 - 1) as q, big * 2 as r",
          "null !9223372036854775807 + 1 is beyond a 64-bit integer|null !- -9223372036854775808 is beyond a 64-bit "
          "integer|"
          "null !9223372036854775807 * 2 is beyond a 64-bit integer");
}

/* Values at the ends of their types. */
static void test_limits(void **state)
{
    (void)state;
    check("cast(-9223372036854775808 as timestamp) as p, date '2020-01-31' - 9223372036854775807 as q, date_sub(date "
          "'2020-01-31', -9223372036854775808) as r",
          "-290308-12-21 19:59:05.224192|null|null !a date beyond the years that are supported");
    check("interval 106751991 days * 2 as p, date_trunc('hour', cast(-9223372036854775808 as timestamp)) as q",
          "null|null");
    check("substring('abc', 9223372036854775807, 3) as p, substring('abc', -5, 3) as q, left('abc', "
          "9223372036854775807) as r",
          "|a|abc");
    check("cast('0.5' as decimal(38,38)) * cast('0.5' as decimal(38,38)) as p, cast(1 as decimal(38,0)) + cast('0.25' "
          "as decimal(38,38)) as q",
          "0.2500000000000000000000000000000000000|1.250000");
    check("repeat('abcdefgh', 100000000) as p", "null !repeat: a value of more than 67108864 bytes");
    check("conv('1', 10, -9223372036854775808) as p, -9223372036854775808 % -1 as q, -9223372036854775808 div -1 as r",
          "null|0|null !-9223372036854775808 div -1 is beyond a 64-bit integer");
}

/* At the longest value there is, and one past it; and what is more than all values of a record may be. */
static void test_sizes(void **state)
{
    (void)state;
    check("length(repeat('x', 67108864)) as p, length(lpad('x', 67108864)) as q", "67108864|67108864");
    check("repeat('x', 67108865) as p", "null !repeat: a value of more than 67108864 bytes");
    check("lpad('x', 67108865) as p", "null !lpad: a value of more than 67108864 bytes");
    check("length(aggregate(sequence(1, 26), 'x', (s, x) -> s || s)) as p", "67108864");
    check("aggregate(sequence(1, 40), 'x', (s, x) -> s || s) as p",
          "null !concat: a value of more than 67108864 bytes");
    check("aggregate(sequence(1, 40), 'x', (s, x) -> concat_ws(s, s, s)) as p",
          "null !concat_ws: a value of more than 67108864 bytes");
    check("aggregate(sequence(1, 40), 'x', (s, x) -> regexp_replace(s, '^', s)) as p",
          "null !regexp_replace: values of more than 268435456 bytes made of one record");
    check("aggregate(sequence(1, 40), 'x', (s, x) -> format_string('%s%s%s%s', s, s, s, s)) as p",
          "null !format_string: values of more than 268435456 bytes made of one record");
    check("sequence(1, 1000000000) as p", "null !sequence: a value of more than 67108864 bytes");
    check("array_repeat(repeat('x', 1048573), 64) as p", "null !array_repeat: a value of more than 67108864 bytes");
    check("length(to_json(array_repeat(repeat('x', 1048573), 63))) as p", "66060289");
    check("size(array_insert(array(1), 100000, 1)) as p", "100000");
    check("array_insert(array(1), 10000000, 1) as p",
          "null !array_insert: values of more than 268435456 bytes made of one record");
    check("transform(sequence(1, 1000), x -> repeat('x', 1000000 + x)) as p",
          "null !repeat: values of more than 268435456 bytes made of one record");
    check("map_from_arrays(sequence(1, 2000000), sequence(1, 2000000)) as p",
          "null !map_from_arrays: values of more than 268435456 bytes made of one record");
}

static void test_aggregates(void **state)
{
    (void)state;
    struct path_set set = {0};
    struct expr_options options = {.paths = &set, .aggregates = true, .aggregate_at = aggregate_function_at};
    struct problem problem = {0};
    struct select *select = select_compile("test",
                                           "lower(c) as k, sum(a) / count(*) as m, count(distinct a, b) filter (where "
                                           "k = 'x') as n, first(a) ignore nulls as f, m + 1 as o",
                                           &options, &problem);
    assert_int_equal(select->aggregate_count, 4);
    const struct aggregate_call *calls = select->aggregates;
    assert_string_equal(calls[0].function, "sum");
    assert_true(calls[1].star && calls[1].arg_count == 0);
    assert_true(calls[2].distinct && calls[2].arg_count == 2 && calls[2].filter);
    assert_int_equal(calls[3].arg_count, 2);
    assert_true(select->items[4].has_aggregate && !select->items[0].has_aggregate);
    struct expr *having = expr_compile("test", "m > 0 and count(*) > 1", select, &options, &problem);
    assert_int_equal(select->aggregate_count, 4); /* the count is there already */
    struct value items[8] = {[1] = value_double(0.5)}, aggregates[4] = {[1] = value_long(2)};
    struct arena arena = {0};
    struct row row = {.items = items, .aggregates = aggregates, .arena = &arena};
    assert_true(expr_true(having, &row));
    struct order *order =
        order_compile("test", "m desc, n, f desc nulls first, k nulls last", select, &options, &problem);
    assert_int_equal(order->count, 4);
    static const bool descending[] = {true, false, true, false}, nulls_last[] = {true, false, false, true};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(order->keys[i].descending, descending[i]);
        assert_int_equal(order->keys[i].nulls_last, nulls_last[i]);
    }
    arena_free(&arena);
    select_free(select);
    path_set_free(&set);
}

static void test_constant(void **state)
{
    (void)state;
    struct path_set set = {0};
    struct expr_options options = {.aggregate_at = aggregate_function_at, .paths = &set};
    struct problem problem = {0};
    struct expr *constant = expr_compile("test", "upper('a') || 1 + 1", NULL, &options, &problem);
    struct expr *path = expr_compile("test", "a.b", NULL, &options, &problem);
    size_t slot = 9;
    assert_true(expr_is_constant(constant));
    assert_false(expr_is_constant(path));
    assert_true(expr_is_path(path, &slot) && slot == 0);
    assert_false(expr_is_path(constant, &slot));
    expr_free(constant);
    expr_free(path);
    path_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),    cmocka_unit_test(test_names),    cmocka_unit_test(test_replace),
        cmocka_unit_test(test_messages),   cmocka_unit_test(test_problems), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_cells),      cmocka_unit_test(test_ansi),     cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_aggregates), cmocka_unit_test(test_constant), cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
