/* filter: the parser's verdicts, the plan for streaming, the machine on pieces the tool can't show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/json.h"
#include "slice/filter.h"

static struct filter *parse(const char *text)
{
    struct filter *filter = filter_parse(text);
    if (!filter)
        fail_msg("%s: is a filter", text);
    return filter;
}

/* What is left to the whole language, or is wrong. */
static void test_others(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",     "..",    ".a.",  ".[",   ".[1",      ".[1.5]", ".[a]", ".[\"a]", ".\"\\(1)\"", ".\"\\q\"", "a",
        "keyz", "(.a",   ".a)",  ".a]",  "[.]",      "{a}",    ".a-1", ".a|",    ".a,",         ".1",         ".\xc3",
        "-1",   ".[1:2", ".[:]", ".|.|", ".a == .b", ".a as $x|.",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (filter_parse(texts[i]))
            fail_msg("%s: is no filter", texts[i]);
    static char deep[FILTER_LENGTH_MAX + 2] = ".";
    memset(deep + 1, ' ', FILTER_LENGTH_MAX - 1);
    filter_free(parse(deep));
    deep[FILTER_LENGTH_MAX] = ' ';
    assert_null(filter_parse(deep));
    for (size_t open = 200; open <= 201; open++) {
        memset(deep, '(', open);
        deep[open] = '.';
        memset(deep + open + 1, ')', open);
        deep[2 * open + 1] = '\0';
        struct filter *filter = filter_parse(deep);
        assert_int_equal(filter != NULL, open == 200);
        filter_free(filter);
    }
}

/* A step's form as text: k key, i index, s slice, e each. */
static const char step_letters[] = {[STEP_KEY] = 'k', [STEP_INDEX] = 'i', [STEP_SLICE] = 's', [STEP_EACH] = 'e'};

static void test_plan(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *steps;
        enum filter_stream stream;
        int rest; /* kind of the stage behind the last step, or -1 */
    } cases[] = {
        {".", "", STREAM_NONE, -1},
        {".a.b", "", STREAM_NONE, -1},
        {".[]", "e", STREAM_EACH, -1},
        {".[]?", "e", STREAM_EACH, -1},
        {".a.b[]", "kke", STREAM_EACH, -1},
        {".a|.b|.[]|.c", "kke", STREAM_EACH, FILTER_KEY},
        {"(.a).b[]", "kke", STREAM_EACH, -1},
        {".[][]", "e", STREAM_EACH, FILTER_EACH},
        {".[1:2][]", "se", STREAM_EACH, -1},
        {".a[-3:]|.[]|.b", "kse", STREAM_EACH, FILTER_KEY},
        {".[3]", "i", STREAM_EACH, -1},
        {".[3].a", "i", STREAM_EACH, FILTER_KEY},
        {".[3].a[]", "ike", STREAM_EACH, -1},
        {".[0][-1].x", "ii", STREAM_EACH, FILTER_KEY},
        {".[0:9]", "se", STREAM_COLLECT, -1},
        {".a[0:9]|length", "kse", STREAM_COLLECT, FILTER_LENGTH},
        {".[0:9][1]", "se", STREAM_COLLECT, FILTER_INDEX},
        {"length", "e", STREAM_COUNT, -1},
        {".a.b|length", "kke", STREAM_COUNT, -1},
        {".[2]|length|type", "ie", STREAM_COUNT, FILTER_TYPE},
        {".[]|length", "e", STREAM_EACH, FILTER_LENGTH},
        {"keys", "", STREAM_NONE, -1},
        {".[0]|keys", "i", STREAM_EACH, FILTER_KEYS},
        {".[],.a", "", STREAM_NONE, -1},
        {"(.a[])?", "", STREAM_NONE, -1},
        {".a,.b|.[]", "", STREAM_NONE, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = parse(cases[i].filter);
        struct filter_plan plan = filter_plan(filter);
        char steps[8] = "";
        for (size_t step = 0; step < plan.step_count; step++)
            steps[step] = step_letters[plan.steps[step].kind];
        int rest = plan.step_count && plan.stages[plan.step_count] ? (int)plan.stages[plan.step_count]->kind : -1;
        if (plan.stream != cases[i].stream || strcmp(steps, cases[i].steps) != 0 || rest != cases[i].rest)
            fail_msg("%s: stream %d, steps %s, rest %d", cases[i].filter, (int)plan.stream, steps, rest);
        filter_free(filter);
    }
}

static void test_plan_bounds(void **state)
{
    (void)state;
    struct filter *filter = parse(".\"k\\u0041\"[-7][2:-1][]");
    struct filter_plan plan = filter_plan(filter);
    assert_int_equal(plan.step_count, 4);
    assert_string_equal(plan.steps[0].key, "kA");
    assert_int_equal(plan.steps[1].from, -7);
    assert_true(plan.steps[2].has_from && plan.steps[2].has_to);
    assert_int_equal(plan.steps[2].from, 2);
    assert_int_equal(plan.steps[2].to, -1);
    filter_free(filter);
    filter = parse(".[:99999999999999999999999]");
    plan = filter_plan(filter);
    assert_true(!plan.steps[0].has_from && plan.steps[0].to > INT64_MAX / 8);
    filter_free(filter);
}

static void test_plan_elements(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *steps; /* NULL: no plan */
    } cases[] = {
        {".", "e"}, {".a.b", "kke"}, {".a?|.b", "kke"}, {".[0]", NULL}, {".a[]", NULL}, {".a,.b", NULL}, {"keys", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = parse(cases[i].filter);
        struct filter_plan plan = filter_plan_elements(filter);
        assert_int_equal(plan.stream, cases[i].steps ? STREAM_COLLECT : STREAM_NONE);
        assert_int_equal(plan.step_count, cases[i].steps ? strlen(cases[i].steps) : 0);
        for (size_t step = 0; step < plan.step_count; step++)
            assert_int_equal(step_letters[plan.steps[step].kind], cases[i].steps[step]);
        if (plan.step_count > 0) { /* an array that is not there is met by what is left before the step */
            assert_ptr_equal(plan.stages[0], filter->stages);
            assert_null(plan.stages[plan.step_count - 1]);
            assert_null(plan.stages[plan.step_count]);
        }
        filter_free(filter);
    }
}

static void test_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        size_t keys;
        int rest;
    } cases[] = {
        {".", 0, -1},         {".a", 1, -1},       {".a.b.c", 3, -1},          {".a|.b[0]", 2, FILTER_INDEX},
        {".a?", 0, FILTER_KEY}, {".a.b?", 1, FILTER_KEY}, {".a,.b", 0, FILTER_COMMA}, {"length", 0, FILTER_LENGTH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = parse(cases[i].filter);
        const struct filter_stage *rest;
        const struct path *path = filter_prefix(filter, filter->stages, &rest);
        assert_int_equal(path ? path->count : 0, cases[i].keys);
        assert_int_equal(rest ? (int)rest->kind : -1, cases[i].rest);
        filter_free(filter);
    }
}

struct gathered {
    struct buffer text;
    size_t stop_after;
};

static bool gather(void *context, struct span result, bool spaced)
{
    struct gathered *gathered = context;
    (void)spaced;
    buffer_add(&gathered->text, result.text, result.len);
    buffer_add_char(&gathered->text, ' ');
    return --gathered->stop_after > 0;
}

static enum filter_outcome run(const char *text, const char *value, size_t stop_after, struct gathered *gathered)
{
    struct filter *filter = parse(text);
    struct filter_machine *machine = filter_machine_new();
    struct span span = {.text = value, .len = strlen(value)};
    const char *message = NULL, *where = NULL;
    enum filter_outcome outcome = FILTER_DONE;
    for (int again = 0; again < 3; again++) { /* a machine is used again and again */
        gathered->text.len = 0;
        gathered->stop_after = stop_after;
        outcome = filter_run(machine, filter->stages, span, false, gather, gathered, &message, &where);
        if (outcome == FILTER_ERROR)
            assert_true(message && where >= value && where < value + span.len);
    }
    buffer_add_char(&gathered->text, '\0');
    filter_machine_free(machine);
    filter_free(filter);
    return outcome;
}

static void test_stop(void **state)
{
    (void)state;
    struct gathered gathered = {0};
    assert_int_equal(run(".[]", "[1,2,3]", 2, &gathered), FILTER_STOPPED);
    assert_string_equal(gathered.text.data, "1 2 ");
    /* a stop is no error that `?` could catch */
    assert_int_equal(run("(.[])?,.", "[1,2,3]", 1, &gathered), FILTER_STOPPED);
    buffer_free(&gathered.text);
}

/* Errors behind a try are not the try's, however deep it stands. */
static void test_try(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *value, *results;
        enum filter_outcome outcome;
    } cases[] = {
        {"(.a)?", "1", "", FILTER_DONE},
        {"(.[]|.a)?", "[{\"a\":1},2,{\"a\":3}]", "1 ", FILTER_DONE},
        {"(.[])?|.a", "[{\"a\":1},2]", "1 ", FILTER_ERROR},
        {"((.[])?|.a)?", "[{\"a\":1},2,{\"a\":3}]", "1 ", FILTER_DONE},
        {"((.[]|(.a)?),.b)?", "[{\"a\":1},2]", "1 ", FILTER_DONE},
        {"((.[])?|.a),.b", "[{\"a\":1},2]", "1 ", FILTER_ERROR},
        {"(.a,(.b)?|.c)?", "{\"a\":{\"c\":1},\"b\":2}", "1 ", FILTER_DONE},
        {"((.a)?,.b)|.c", "{\"a\":{\"c\":1},\"b\":2}", "1 ", FILTER_ERROR},
    };
    struct gathered gathered = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum filter_outcome outcome = run(cases[i].filter, cases[i].value, 99, &gathered);
        if (outcome != cases[i].outcome || strcmp(gathered.text.data, cases[i].results) != 0)
            fail_msg("%s: outcome %d, results %s", cases[i].filter, (int)outcome, gathered.text.data);
    }
    buffer_free(&gathered.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others), cmocka_unit_test(test_plan), cmocka_unit_test(test_plan_bounds),
        cmocka_unit_test(test_plan_elements), cmocka_unit_test(test_prefix), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
