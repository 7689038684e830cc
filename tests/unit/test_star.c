/* star: the columns that a star stands for, and the members it writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "table/star.h"

static struct schema *schema_of(const char *record)
{
    struct schema *schema = schema_new();
    schema_add(schema, (struct span){.text = record, .len = strlen(record), .type = SPAN_OBJECT});
    return schema;
}

/* NAME=PATH of each column. */
static void expect_columns(const struct star_columns *columns, const char *wanted)
{
    struct buffer got = {0};
    for (size_t i = 0; i < columns->count; i++)
        buffer_add_format(&got, "%s%s=%s", i > 0 ? " " : "", columns->names[i], columns->paths[i]->text);
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, wanted);
    buffer_free(&got);
}

static void leaves_and_members(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct schema *schema =
        schema_of("{\"b\":{\"y\":1,\"x\":{\"z\":[2]}},\"a\":1,\"e\":{},\"o.d\":1,\"two words\":{\"c\":1}}");
    const struct schema_node *root = schema_root(schema);
    struct star_columns columns = star_columns(&arena, root, NULL, true);
    expect_columns(&columns, "`o.d`=`o.d` a=a b.x.z=b.x.z b.y=b.y e=e two words.c=`two words`.c");
    size_t offset;
    const char *message;
    const struct path *prefix = path_parse(&arena, "b", NULL, &offset, &message);
    columns = star_columns(&arena, star_node(root, prefix), prefix, false);
    expect_columns(&columns, "x=b.x y=b.y");
    columns = star_columns(&arena, NULL, prefix, false);
    expect_columns(&columns, "");
    assert_null(star_node(root, path_parse(&arena, "b.nothing", NULL, &offset, &message)));
    schema_free(schema);
    arena_free(&arena);
}

/* What was an object here and something else there is a column of its own. */
static void a_place_of_two_kinds(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct schema *schema = schema_of("{\"a\":{\"b\":1}}");
    const char *other = "{\"a\":7}";
    schema_add(schema, (struct span){.text = other, .len = strlen(other), .type = SPAN_OBJECT});
    struct star_columns columns = star_columns(&arena, schema_root(schema), NULL, true);
    expect_columns(&columns, "a=a");
    schema_free(schema);
    arena_free(&arena);
}

static void headers(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct span header[] = {{.text = "b.y", .len = 3, .type = SPAN_CELL},
                                  {.text = "a", .len = 1, .type = SPAN_CELL},
                                  {.text = "b.x", .len = 3, .type = SPAN_CELL},
                                  {.text = "bx", .len = 2, .type = SPAN_CELL}};
    struct star_columns columns = star_header(&arena, header, 4, NULL);
    expect_columns(&columns, "b.y=b.y a=a b.x=b.x bx=bx");
    size_t offset;
    const char *message;
    columns = star_header(&arena, header, 4, path_parse(&arena, "b", NULL, &offset, &message));
    expect_columns(&columns, "x=b.x y=b.y");
    arena_free(&arena);
}

static void members_are_written(void **state)
{
    (void)state;
    const char *text = "{\"b\":{\"y\":1,\"x.z\":2},\"a\":[1, 2],\"e\":{}}";
    struct span object = {.text = text, .len = strlen(text), .type = SPAN_OBJECT};
    struct buffer name = {0}, got = {0};
    struct star_writing writing = {.leaves = true, .spaced = true, .name = &name};
    star_write_members(object, &writing, &got);
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, ",\"b.y\":1,\"b.`x.z`\":2,\"a\":[1,2],\"e\":{}");
    got.len = 0;
    writing = (struct star_writing){.name = &name};
    star_write_members(object, &writing, &got);
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, ",\"b\":{\"y\":1,\"x.z\":2},\"a\":[1, 2],\"e\":{}");
    got.len = 0;
    writing.leaves = true;
    star_write_members((struct span){.text = "[1]", .len = 3, .type = SPAN_ARRAY}, &writing, &got);
    assert_int_equal(got.len, 0);
    buffer_free(&name);
    buffer_free(&got);
}

static struct star_edit *edit_at(struct arena *arena, struct star_edit *root, const char *path)
{
    size_t offset;
    const char *message;
    const struct path *parsed = path_parse(arena, path, NULL, &offset, &message);
    return star_edit_add(arena, root, parsed->steps, parsed->count);
}

static void members_are_left_out_and_replaced(void **state)
{
    (void)state;
    const char *text = "{\"a\":{\"p\":1,\"q\":{\"r\":2,\"s\":3}},\"l\":[{\"x\":1,\"y\":2},5],\"k\":4}";
    struct span object = {.text = text, .len = strlen(text), .type = SPAN_OBJECT};
    struct arena arena = {0};
    struct star_edit root = {0};
    edit_at(&arena, &root, "a.q.r")->gone = true;
    edit_at(&arena, &root, "l.x")->gone = true;
    assert_ptr_equal(star_edit_fails(object, &root), NULL);
    struct star_edit *replaced = edit_at(&arena, &root, "k");
    replaced->replaced = true;
    replaced->number = 1;
    const struct value values[] = {value_long(7), value_string("new", 3)};
    struct buffer name = {0}, got = {0};
    struct star_writing writing = {.edits = &root, .values = values, .name = &name};
    star_write_members(object, &writing, &got);
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, ",\"a\":{\"p\":1,\"q\":{\"s\":3}},\"l\":[{\"y\":2},5],\"k\":\"new\"");
    got.len = 0;
    writing.leaves = true;
    star_write_members(object, &writing, &got);
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, ",\"a.p\":1,\"a.q.s\":3,\"l\":[{\"y\":2},5],\"k\":\"new\"");
    struct star_edit *within = edit_at(&arena, &root, "l.y");
    within->replaced = true;
    root.deep = root.first->next->deep = true; /* l */
    assert_ptr_not_equal(star_edit_fails(object, &root), NULL);
    buffer_free(&name);
    buffer_free(&got);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_and_members), cmocka_unit_test(a_place_of_two_kinds),
                                       cmocka_unit_test(headers), cmocka_unit_test(members_are_written),
                                       cmocka_unit_test(members_are_left_out_and_replaced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
