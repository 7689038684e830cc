/* explode: lateral views over spans, one level and several, inner and outer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame/frame.h"
#include "json/walk/walk.h"
#include "table/explode.h"

/* The rows of one record as "slot slot|slot slot", or "error: …". */
static void check_rows(const char *const *levels, bool outer, const char *const *paths, const char *record,
                       const char *want)
{
    struct explode *explode = explode_new(outer, false, NULL);
    struct arena arena = {0};
    size_t slots[8], count = 0, offset;
    const char *message;
    for (; *levels; levels++)
        assert_true(explode_add(explode, *levels, NULL, &(struct problem){0}));
    for (; paths[count]; count++)
        explode_resolve(explode, path_parse(&arena, paths[count], NULL, &offset, &message), &slots[count], &message);
    struct walk_plan *plan = walk_plan_new(explode_record_paths(explode));
    struct walk *walk = walk_new(plan, WALK_OBJECTS);
    struct explode_reader *reader = explode_reader_new(explode);
    struct buffer text = {0}, got = {0};
    buffer_add_text(&text, record);
    buffer_reserve(&text, BATCH_PADDING);
    memset(text.data + text.len, 0, BATCH_PADDING);
    struct batch batch = {.text = text.data, .len = text.len, .kind = BATCH_LINES};
    walk_start(walk, batch.text, batch.len, batch_by(&batch));
    assert_int_equal(walk_next(walk), WALK_RECORD);
    for (int again = 0; again < 2; again++) { /* a reader starts afresh with each record */
        got.len = 0;
        explode_start(reader, walk->slots, walk->spaced);
        while (explode_next(reader)) {
            if (got.len > 0)
                buffer_add_char(&got, '|');
            for (size_t i = 0; i < count; i++) {
                struct span span = reader->slots[slots[i]];
                buffer_add_text(&got, i > 0 ? " " : "");
                buffer_add(&got, span.type == SPAN_ABSENT ? "-" : span.text, span.type == SPAN_ABSENT ? 1 : span.len);
            }
        }
        if (reader->error)
            buffer_add_format(&got, "error: %s", reader->error);
        buffer_add_char(&got, '\0');
        assert_string_equal(got.data, want);
    }
    buffer_free(&text);
    buffer_free(&got);
    explode_reader_free(reader);
    walk_free(walk);
    walk_plan_free(plan);
    explode_free(explode);
    arena_free(&arena);
}

static const char *const one[] = {"x as e", NULL};
static const char *const two[] = {"s.q", "q.o AS o", NULL};

static void test_one(void **state)
{
    (void)state;
    static const char *const paths[] = {"k", "e", "e.a", "e_pos", NULL};
    check_rows(one, false, paths, "{\"k\":1,\"x\":[{\"a\":2},3, null ,[4],{\"a\":{\"b\":5}}]}",
               "1 {\"a\":2} 2 0|1 3 - 1|1 null - 2|1 [4] [null] 3|1 {\"a\":{\"b\":5}} {\"b\":5} 4");
    check_rows(one, false, paths, "{\"k\":1,\"x\":[]}", "");
    check_rows(one, false, paths, "{\"k\":1,\"x\":null}", "");
    check_rows(one, false, paths, "{\"k\":1}", "");
    check_rows(one, true, paths, "{\"k\":1,\"x\":[ ]}", "1 - - -");
    check_rows(one, true, paths, "{\"k\":1,\"x\":[7]}", "1 7 - 0");
    check_rows(one, true, paths, "{\"k\":1}", "1 - - -");
    check_rows(one, true, paths, "{\"k\":1,\"x\":{\"a\":1}}",
               "1 {\"key\":\"a\",\"value\":1} - 0");
    check_rows(one, true, paths, "{\"k\":1,\"x\":{}}", "1 - - -");
    check_rows(one, true, paths, "{\"k\":1,\"x\":true}", "error: x: expected an array to explode, found a boolean");
}

static void test_two(void **state)
{
    (void)state;
    static const char *const paths[] = {"q.id", "o", "q_pos", "o_pos", NULL};
    static const char record[] = "{\"s\":{\"q\":[{\"id\":1,\"o\":[5,6]},{\"id\":2},{\"o\":[7],\"id\":3}]}}";
    check_rows(two, false, paths, record, "1 5 0 0|1 6 0 1|3 7 2 0");
    check_rows(two, true, paths, record, "1 5 0 0|1 6 0 1|2 - 1 -|3 7 2 0");
    check_rows(two, true, paths, "{\"s\":null}", "- - - -");
    check_rows(two, false, paths, "{\"s\":{\"q\":[{\"id\":1,\"o\":[5]},{\"id\":2,\"o\":\"x\"}]}}",
               "1 5 0 0error: q.o: expected an array to explode, found a string");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one), cmocka_unit_test(test_two)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
