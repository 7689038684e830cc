/* walk: records and slots of a batch, told apart from what is no record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "json/walk/walk.h"

/* Walks text with the paths given (separated by blanks) and prints what was met, one line a record. */
struct scene {
    struct arena arena;
    struct path_set paths;
    struct buffer memory, out;
    struct walk_plan *plan;
    bool reads_on;
};

static void plan(struct scene *scene, const char *paths)
{
    while (*paths) {
        size_t len = strcspn(paths, " ");
        char *one = arena_copy(&scene->arena, paths, len);
        size_t offset;
        const char *message;
        const struct path *path = path_parse(&scene->arena, one, NULL, &offset, &message);
        assert_non_null(path);
        path_set_add(&scene->paths, path);
        paths += len;
        paths += strspn(paths, " ");
    }
    scene->plan = walk_plan_new(&scene->paths);
}

static void show_span(struct buffer *out, struct span span)
{
    if (span.type == SPAN_ABSENT)
        buffer_add_text(out, "-");
    else
        buffer_add(out, span.text, span.len);
    if (span.escaped)
        buffer_add_text(out, "\\");
}

static void show(struct scene *scene, struct walk *walk, enum walk_verdict verdict, const char *text)
{
    struct buffer *out = &scene->out;
    if (verdict == WALK_BAD) {
        buffer_add_format(out, "%d bad%s at %zu: %s|", (int)walk->index, walk->malformed ? "" : " record",
                          walk->bad_at, walk->message);
        buffer_add_format(out, "%.*s\n", (int)walk->record.len, walk->record.text);
        return;
    }
    buffer_add_format(out, "%d", (int)walk->index);
    assert_true(walk->record.text >= text);
    if (scene->paths.count == 0) {
        buffer_add_char(out, ' ');
        show_span(out, walk->record);
    }
    for (size_t i = 0; i < scene->paths.count; i++) {
        buffer_add_char(out, ' ');
        show_span(out, walk->slots[i]);
    }
    if (walk->stranger.type != SPAN_ABSENT) {
        buffer_add_format(out, " stranger %zu ", walk->stranger_slot_path);
        show_span(out, walk->stranger);
    }
    buffer_add_char(out, '\n');
}

static const char *run_bytes(struct scene *scene, enum batch_kind kind, enum walk_records records, const char *text,
                             size_t len)
{
    scene->memory.len = 0;
    buffer_add(&scene->memory, text, len);
    buffer_reserve(&scene->memory, BATCH_PADDING);
    memset(scene->memory.data + len, 0, BATCH_PADDING);
    struct batch batch = {.text = scene->memory.data, .len = len, .kind = kind, .file = "test"};
    struct walk *walk = walk_new(scene->plan, records);
    walk->reads_on = scene->reads_on;
    scene->out.len = 0;
    for (int again = 0; again < 2; again++) { /* a walk serves any number of batches */
        scene->out.len = 0;
        walk_start(walk, batch.text, batch.len, batch_by(&batch));
        for (enum walk_verdict verdict; (verdict = walk_next(walk)) != WALK_END;)
            show(scene, walk, verdict, batch.text);
    }
    walk_free(walk);
    buffer_add_char(&scene->out, '\0');
    return scene->out.data;
}

static const char *run(struct scene *scene, enum batch_kind kind, enum walk_records records, const char *text)
{
    return run_bytes(scene, kind, records, text, strlen(text));
}

static void end(struct scene *scene)
{
    walk_plan_free(scene->plan);
    path_set_free(&scene->paths);
    arena_free(&scene->arena);
    buffer_free(&scene->memory);
    buffer_free(&scene->out);
}

static void expect(const char *paths, enum batch_kind kind, enum walk_records records, const char *text,
                   const char *wanted)
{
    struct scene scene = {0};
    plan(&scene, paths);
    assert_string_equal(run(&scene, kind, records, text), wanted);
    end(&scene);
}

static void lines_are_records(void **state)
{
    (void)state;
    expect("a b.c", BATCH_LINES, WALK_OBJECTS, "{\"a\":1,\"b\":{\"c\":\"x\"}}\n\n  \n{\"b\":{\"d\":2}}\n{}",
           "0 1 \"x\"\n1 - -\n2 - -\n");
    expect("", BATCH_LINES, WALK_VALUES, "1\n \"a\\\"b\" \n[1, 2]\r\nnull", "0 1\n1 \"a\\\"b\"\\\n2 [1, 2]\n3 null\n");
    expect("a", BATCH_LINES, WALK_OBJECTS, "", "");
    expect("a", BATCH_LINES, WALK_OBJECTS, "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", "0 1\n1 2\n");
}

static void a_bad_line_spoils_no_other(void **state)
{
    (void)state;
    expect("a", BATCH_LINES, WALK_OBJECTS, "{\"a\":1}\n{\"a\":}\n{\"a\":3}\n",
           "0 1\n1 bad at 13: expected a value|{\"a\":}\n2 3\n");
    expect("a", BATCH_LINES, WALK_OBJECTS, "{\"a\":\"x}\n{\"a\":2}\n{\"a\":\"3}\n\"\n{\"a\":\"4\"}",
           "0 bad at 8: ends within a string|{\"a\":\"x}\n1 2\n2 bad at 25: ends within a string|{\"a\":\"3}\n"
           "3 bad at 27: ends within a string|\"\n4 \"4\"\n");
    expect("a", BATCH_LINES, WALK_OBJECTS, "{\"a\":[1}\n]\n{\"a\":2} 3\n{\"a\":4}",
           "0 bad at 7: expected ',' or ']'|{\"a\":[1}\n1 bad at 9: expected a value|]\n"
           "2 bad at 19: more text behind the value|{\"a\":2} 3\n3 4\n");
}

static void a_line_that_is_no_value_is_read_on(void **state)
{
    (void)state;
    struct scene scene = {.reads_on = true};
    plan(&scene, "a");
    const struct {
        const char *text, *wanted;
    } cases[] = {
        {"{\"a\":1}\n{\"a\":\n2}\n{\"a\":3}\n", "0 1\n1 2\n2 3\n"},
        {"{\"a\":1}\n{\"a\":2} {\"a\":3}\n[\n{\"a\":4}]\n{\"a\":5}", "0 1\n1 2\n2 3\n3 [4]\n4 5\n"},
        {"{\"a\":1}\n{\"a\":\n", "0 1\n1 bad at 13: ends within an object|{\"a\":\n\n"},
        {"{\"a\":1}\n{\"a\":2,\n{\"a\":3}\n", "0 1\n1 bad at 16: expected a key in double quotes|{\"a\":2,\n\n"},
        {"{\"a\":1}\n{\"a\":2}x\n{\"a\":3}\n", "0 1\n1 2\n2 bad at 15: expected a value|\n"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(run(&scene, BATCH_LINES, WALK_VALUES, cases[i].text), cases[i].wanted);
    end(&scene);
}

static void words_that_touch_are_no_two_values(void **state)
{
    (void)state;
    expect("", BATCH_VALUES, WALK_VALUES, "1 2024-10-12",
           "0 1\n1 bad at 6: expected white space between two values|2024\n");
    expect("", BATCH_VALUES, WALK_VALUES, "truefalse", "0 bad at 4: expected white space between two values|true\n");
    expect("", BATCH_VALUES, WALK_VALUES, "1\"a\"\"b\"[1]null{}2", "0 1\n1 \"a\"\n2 \"b\"\n3 [1]\n4 null\n5 {}\n6 2\n");
}

static void a_scalar_is_no_record(void **state)
{
    (void)state;
    expect(
        "a", BATCH_LINES, WALK_OBJECTS, " 12 \n{\"a\":1}\n\"x\"\nnull",
        "0 bad record at 1: a record must be an object|12 \n1 1\n"
        "2 bad record at 13: a record must be an object|\"x\"\n3 bad record at 17: a record must be an object|null\n");
}

static void an_array_counts_as_its_elements(void **state)
{
    (void)state;
    expect("a", BATCH_LINES, WALK_OBJECTS, "[{\"a\":1}, {\"a\":2}]\n[]\n[ ]\n[ {\"a\":3} ,[{}], 7,{}]\n{\"a\":4}",
           "0 1\n1 2\n2 3\n3 bad record at 37: a record must be an object|[{}]\n4 bad record at 43: a record must be "
           "an object|7\n"
           "5 -\n6 4\n");
    expect("a", BATCH_LINES, WALK_OBJECTS, "[{\"a\":1},{\"a\":x}]\n{\"a\":2}",
           "0 bad at 14: expected a value|[{\"a\":1},{\"a\":x}]\n1 2\n");
    expect("", BATCH_LINES, WALK_VALUES, "[{\"a\":1},{\"a\":2}]", "0 [{\"a\":1},{\"a\":2}]\n");
}

static void values_need_no_newline(void **state)
{
    (void)state;
    expect("a", BATCH_VALUES, WALK_OBJECTS, "{\"a\":1}{\"a\":2}\n {\"a\":\n3}\x1e\n[{\"a\":4}]",
           "0 1\n1 2\n2 3\n3 4\n");
    expect("", BATCH_VALUES, WALK_VALUES, "1 2\n\"x\"null[]", "0 1\n1 2\n2 \"x\"\n3 null\n4 []\n");
    expect("a", BATCH_VALUES, WALK_OBJECTS, "{\"a\":1} {\"a\" 2} {\"a\":3}",
           "0 1\n1 bad at 13: expected ':'|{\"a\" \n");
    expect("a", BATCH_VALUES, WALK_OBJECTS, "{\"a\":1} {\"a\":2", "0 1\n1 bad at 14: ends within an object|{\"a\":2\n");
}

static void elements_stand_between_commas(void **state)
{
    (void)state;
    expect("a", BATCH_ELEMENTS, WALK_OBJECTS, "{\"a\":1},{\"a\":2} ,\n{\"a\":3}", "0 1\n1 2\n2 3\n");
    expect("", BATCH_ELEMENTS, WALK_VALUES, "1,[2,3], \"x\"", "0 1\n1 [2,3]\n2 \"x\"\n");
    expect("", BATCH_ELEMENTS, WALK_VALUES, "1,2 3,4", "0 1\n1 bad at 4: expected ',' or ']'|2 \n");
    expect("", BATCH_ELEMENTS, WALK_VALUES, "1,", "0 1\n1 bad at 2: expected a value|\n");
    expect("", BATCH_ELEMENTS, WALK_VALUES, "1, \n", "0 1\n1 bad at 4: expected a value|\n");
    expect("", BATCH_ELEMENTS, WALK_VALUES, "1,,2", "0 1\n1 bad at 2: expected a value|\n");
    expect("a", BATCH_ELEMENTS, WALK_OBJECTS, "{\"a\":1},[{}],{\"a\":3}",
           "0 1\n1 bad record at 8: a record must be an object|[{}]\n2 3\n");
}

static void the_last_of_equal_keys_wins(void **state)
{
    (void)state;
    expect("a a.b a.c", BATCH_LINES, WALK_OBJECTS, "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", "0 {\"c\":2} - 2\n");
    expect("a.b", BATCH_LINES, WALK_OBJECTS, "{\"a\":{\"b\":1,\"b\":2}}\n{\"a\":{\"b\":1},\"a\":5}", "0 2\n1 -\n");
}

static void keys_compare_decoded(void **state)
{
    (void)state;
    expect("ab `a\"b` \xC3\xA9", BATCH_LINES, WALK_OBJECTS,
           "{\"\\u0061b\":1,\"a\\\"b\":2,\"\\u00e9\":3}\n{\"\xC3\xA9\":4,\"a\\\\b\":5}", "0 1 2 3\n1 - - 4\n");
}

static void indexes_take_elements(void **state)
{
    (void)state;
    expect("a[0] a[2].b a[-1] a", BATCH_LINES, WALK_OBJECTS, "{\"a\":[1,[2],{\"b\":3}]}\n{\"a\":[]}\n{\"a\":{\"b\":1}}",
           "0 1 3 - [1,[2],{\"b\":3}]\n1 - - - []\n2 - - - {\"b\":1}\n");
}

static void a_key_of_an_array_is_asked_of_each_element(void **state)
{
    (void)state;
    expect("a.b a.b[1] a.b.c", BATCH_LINES, WALK_OBJECTS,
           "{\"a\":[{\"b\":1}, {\"c\":2},{\"b\":{\"c\": 3}},4]}\n{\"a\":[ ]}",
           "0 [1,null,{\"c\": 3},null] - [null,null,3,null]\n1 [] - []\n");
    expect("a.b", BATCH_LINES, WALK_OBJECTS, "{\"a\":[[{\"b\":1}],{\"b\":[{\"b\":2}]}]}", "0 [null,[{\"b\":2}]]\n");
    expect("a.b[2].c", BATCH_LINES, WALK_OBJECTS, "{\"a\":[{\"b\":1},{\"c\":2},{\"b\":{\"c\":3}}]}", "0 3\n");
}

static void strangers_are_reported(void **state)
{
    (void)state;
    struct scene scene = {0};
    plan(&scene, "a b.c");
    walk_plan_watch(scene.plan, NULL, true);
    assert_string_equal(
        run(&scene, BATCH_LINES, WALK_OBJECTS, "{\"a\":1}\n{\"x\":1}\n{\"b\":{\"y\":1}}\n{\"b\":7}\n{\"b\":null}"),
        "0 1 -\n1 - - stranger 0 \"x\"\n2 - - stranger 0 \"y\"\n3 - - stranger 0 \"b\"\n4 - -\n");
    end(&scene);
    struct scene other = {0};
    plan(&other, "a b.c");
    struct path_step step = {.key = "b", .key_len = 1};
    struct path path = {.steps = &step, .count = 1, .text = "b"};
    walk_plan_watch(other.plan, &path, false);
    assert_string_equal(run(&other, BATCH_LINES, WALK_OBJECTS, "{\"x\":1}\n{\"b\":{\"y\":1}}\n{\"b\":7}"),
                        "0 - -\n1 - - stranger 0 \"y\"\n2 - -\n");
    end(&other);
}

/* More keys than stand in a plan's table, alike at both ends, some written with escapes; and many elements. */
static void many_keys_and_elements_are_found_by_an_index(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    struct scene scene = {0};
    struct buffer paths = {0}, text = {0}, wanted = {0};
    buffer_add_text(&wanted, "0");
    buffer_add_char(&text, '{');
    for (int i = 0; i < KEYS; i++) {
        int element = KEYS - 1 - i; /* asked for from the last one on */
        buffer_add_format(&paths, "same_head_%05d_same_tail list[%d] ", i, element);
        buffer_add_format(
            &text, i % 7 == 0 ? "\"s\\u0061me_head_%05d_same_tail\":%d," : "\"same_head_%05d_same_tail\":%d,", i, i);
        buffer_add_format(&wanted, " %d %d", i, 2 * element);
    }
    buffer_add_text(&text, "\"same_head_20000_same_tail\":1,\"list\":[");
    for (int i = 0; i < KEYS; i++)
        buffer_add_format(&text, "%s%d", i > 0 ? "," : "", 2 * i);
    buffer_add_text(&text, "]}");
    buffer_add_text(&wanted, " stranger 0 \"same_head_20000_same_tail\"\n");
    buffer_add_char(&paths, '\0');
    buffer_add_char(&text, '\0');
    buffer_add_char(&wanted, '\0');
    plan(&scene, paths.data);
    walk_plan_watch(scene.plan, NULL, false);
    assert_string_equal(run(&scene, BATCH_LINES, WALK_OBJECTS, text.data), wanted.data);
    end(&scene);
    buffer_free(&paths);
    buffer_free(&text);
    buffer_free(&wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_records),
        cmocka_unit_test(a_bad_line_spoils_no_other),
        cmocka_unit_test(a_line_that_is_no_value_is_read_on),
        cmocka_unit_test(words_that_touch_are_no_two_values),
        cmocka_unit_test(a_scalar_is_no_record),
        cmocka_unit_test(an_array_counts_as_its_elements),
        cmocka_unit_test(values_need_no_newline),
        cmocka_unit_test(elements_stand_between_commas),
        cmocka_unit_test(the_last_of_equal_keys_wins),
        cmocka_unit_test(keys_compare_decoded),
        cmocka_unit_test(indexes_take_elements),
        cmocka_unit_test(a_key_of_an_array_is_asked_of_each_element),
        cmocka_unit_test(strangers_are_reported),
        cmocka_unit_test(many_keys_and_elements_are_found_by_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
