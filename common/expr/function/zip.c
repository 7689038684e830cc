/* Functions that put arrays side by side. */
#include <stdio.h>

#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "expr/parse_inner.h"
#include "value/nested.h"

/* A name, an array, a name, an array, …: structs of what stands at the same places, as many as the longest has. */
static struct value arrays_zip(struct call *call, const struct value *args, size_t count)
{
    size_t arrays = count / 2, most = 0;
    struct elements *all = arena_alloc(call->arena, (arrays + 1) * sizeof *all);
    for (size_t i = 0; i < arrays; i++) {
        if (args[2 * i + 1].type != VALUE_ARRAY)
            return value_null();
        all[i] = array_elements(call->arena, &args[2 * i + 1]);
        most = all[i].count > most ? all[i].count : most;
    }
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (size_t k = 0; k < most && !nested_too_long(&text); k++) {
        struct nested_text row = {.arena = call->arena};
        nested_add(&row, "{", 1);
        for (size_t i = 0; i < arrays; i++) {
            const struct value null = value_null();
            nested_add_key(&row, &args[2 * i]);
            nested_add_value(&row, k < all[i].count ? &all[i].values[k] : &null);
        }
        struct value whole = nested_finish(&row, VALUE_STRUCT);
        nested_add_value(&text, &whole);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

/* Members are called as the paths that they are of, or 0, 1 and so on. */
static struct expr *parse_arrays_zip(struct parser *parser, const struct function *function, size_t offset,
                                     struct expr_list *first)
{
    (void)first;
    struct expr_list given = {0}, named = {0};
    expr_parse_arguments(parser, &given);
    for (size_t i = 0; i < given.count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        const char *name = expr_member_name(parser, given.items[i]);
        name = name ? name : arena_copy(parser->arena, number, strlen(number));
        expr_list_add(parser, &named, expr_literal(parser->arena, value_string(name, strlen(name))));
        expr_list_add(parser, &named, given.items[i]);
    }
    return expr_build_call(parser, function, function->callable.name, offset, named.items, named.count);
}

static const void *prepare_stack(struct arena *arena, const struct value *const *args, size_t count, const char **wrong)
{
    (void)arena, (void)count;
    if (!args[0] || args[0]->type != VALUE_LONG || args[0]->integer < 1)
        *wrong = "stack takes how many rows there are, a whole number from 1, and then their values";
    return NULL;
}

/* So many structs of the values, one after the other; what is lacking in the last one is null. */
static struct value stack(struct call *call, const struct value *args, size_t count)
{
    size_t values = count - 1;
    uint64_t rows = (uint64_t)args[0].integer;
    size_t width = (size_t)((values + rows - 1) / rows);
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (uint64_t row = 0; row < rows && !nested_too_long(&text); row++) {
        struct nested_text made = {.arena = call->arena};
        nested_add(&made, "{", 1);
        for (size_t i = 0; i < width; i++) {
            char name[24];
            int len = snprintf(name, sizeof name, "col%zu", i);
            const struct value key = value_string(name, (size_t)len), null = value_null();
            nested_add_key(&made, &key);
            nested_add_value(&made, row * width + i < values ? &args[1 + row * width + i] : &null);
        }
        struct value whole = nested_finish(&made, VALUE_STRUCT);
        nested_add_value(&text, &whole);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

const struct function functions_zip[] = {
    {{"arrays_zip", NULL, "a, ...", "Array of structs; null if an array is",
      "What stands at the same places, as structs with a member of each array's name; shorter ones go on with nulls",
      "arrays_zip(array(1, 2), array('a')) => [{\"0\":1,\"1\":\"a\"},{\"0\":2,\"1\":null}]"},
     "x*", .run = arrays_zip, .sees_null = true, .parse = parse_arrays_zip},
    {{"stack", NULL, "n, x, ...", "Array of structs, for -e",
      "The values in n rows, one after the other, as structs of col0, col1 and so on: a row each under -e",
      "stack(2, 'a', 1, 'b') => [{\"col0\":\"a\",\"col1\":1},{\"col0\":\"b\",\"col1\":null}]"},
     "ixx*", .run = stack, .sees_null = true, .prepare = prepare_stack},
    {.takes = NULL},
};
