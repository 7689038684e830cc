#include "parquet/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "parquet/layout_inner.h"
#include "parquet/render_inner.h"
#include "value/decimal.h"

uint32_t parquet_decimal_width(unsigned precision)
{
    __int128 most = decimal_power(precision) - 1;
    uint32_t width = 1;
    while (width < 16 && (most >> (8 * width - 1)) > 0)
        width++;
    return width;
}

static void set_physical(struct parquet_target *target)
{
    switch (target->kind) {
    case PARQUET_KIND_BOOLEAN:
        target->physical = PARQUET_BOOLEAN;
        return;
    case PARQUET_KIND_BYTE:
    case PARQUET_KIND_SHORT:
    case PARQUET_KIND_INT:
    case PARQUET_KIND_DATE:
        target->physical = PARQUET_INT32;
        return;
    case PARQUET_KIND_LONG:
    case PARQUET_KIND_TIMESTAMP:
    case PARQUET_KIND_TIMESTAMP_NTZ:
        target->physical = PARQUET_INT64;
        return;
    case PARQUET_KIND_FLOAT:
        target->physical = PARQUET_FLOAT;
        return;
    case PARQUET_KIND_DOUBLE:
        target->physical = PARQUET_DOUBLE;
        return;
    case PARQUET_KIND_DECIMAL: /* as Spark's writer chooses */
        target->physical = target->precision <= 9    ? PARQUET_INT32
                           : target->precision <= 18 ? PARQUET_INT64
                                                     : PARQUET_FIXED;
        target->width = target->precision <= 18 ? 0 : parquet_decimal_width(target->precision);
        return;
    default:
        target->physical = PARQUET_BYTE_ARRAY;
        return;
    }
}

/* Finds members by their names; false: two have the same. */
static bool index_names(struct arena *arena, struct parquet_target *parent)
{
    size_t places = 4;
    while (places < 2 * parent->child_count)
        places *= 2;
    parent->names = arena_alloc(arena, places * sizeof *parent->names);
    memset(parent->names, 0, places * sizeof *parent->names);
    parent->names_mask = places - 1;
    for (size_t i = 0; i < parent->child_count; i++) {
        const struct parquet_target *child = &parent->children[i];
        if (parquet_target_member(parent, child->name, child->name_len))
            return false;
        size_t at = (size_t)hash_bytes(child->name, child->name_len);
        while (parent->names[at & parent->names_mask] != 0)
            at++;
        parent->names[at & parent->names_mask] = (uint32_t)i + 1;
    }
    return true;
}

const struct parquet_target *parquet_target_member(const struct parquet_target *parent, const char *name, size_t len)
{
    for (size_t at = (size_t)hash_bytes(name, len);; at++) {
        uint32_t number = parent->names[at & parent->names_mask];
        if (number == 0)
            return NULL;
        const struct parquet_target *child = &parent->children[number - 1];
        if (child->name_len == len && memcmp(child->name, name, len) == 0)
            return child;
    }
}

struct maker {
    struct parquet_layout *layout;
    size_t columns, cap;
    struct problem *problem;
};

static void add_leaf(struct maker *maker, struct parquet_target *target)
{
    set_physical(target);
    if (maker->columns == maker->cap) {
        maker->cap = maker->cap ? 2 * maker->cap : 16;
        maker->layout->leaves = mem_resize(maker->layout->leaves, maker->cap, sizeof *maker->layout->leaves);
    }
    maker->layout->leaves[maker->columns++] = target;
}

/* Fills a target whose own group or leaf has that level; recursion is bounded by PARQUET_DEPTH_MAX. */
static bool make(struct maker *maker, struct parquet_target *target, const struct parquet_target *parent,
                 const struct parquet_field *field, unsigned definition, unsigned repeats)
{
    struct arena *arena = &maker->layout->arena;
    bool array = field->kind == PARQUET_KIND_ARRAY, map = field->kind == PARQUET_KIND_MAP;
    if (definition + 3 > PARQUET_DEPTH_MAX)
        return problem_set(maker->problem, STATUS_DATA, "'%s': nested deeper than Parquet files are written",
                           field->name);
    *target = (struct parquet_target){.name = arena_copy(arena, field->name, field->name_len),
                                      .name_len = field->name_len,
                                      .kind = field->kind,
                                      .precision = field->precision,
                                      .scale = field->scale,
                                      .column = maker->columns,
                                      .number = maker->layout->target_count++,
                                      .parent = parent,
                                      .definition = (unsigned char)definition,
                                      .repeats = (unsigned char)(repeats + (array || map))};
    struct buffer key = {0};
    parquet_render_string(field->name, field->name_len, &key);
    buffer_add_char(&key, ':');
    target->key_len = key.len;
    buffer_add(&key, "\0\0\0\0\0\0\0", 8);
    target->key = arena_copy(arena, key.data, key.len);
    buffer_free(&key);
    if (field->kind < PARQUET_KIND_STRUCT) {
        if (field->kind == PARQUET_KIND_DECIMAL &&
            (field->precision == 0 || field->precision > DECIMAL_DIGITS_MAX || field->scale > field->precision))
            return problem_set(maker->problem, STATUS_DATA, "'%s': a decimal has 1 to 38 digits", field->name);
        add_leaf(maker, target);
        target->column_count = 1;
        return true;
    }
    size_t right = array ? 1 : map ? 2 : field->child_count;
    if ((right == 0 && parent) || field->child_count != right)
        return problem_set(maker->problem, STATUS_DATA, "'%s': a struct without members can't be written", field->name);
    target->child_count = field->child_count;
    target->children = arena_alloc(arena, field->child_count * sizeof *target->children + 1);
    for (size_t i = 0; i < field->child_count; i++) {
        /* below a list or map: its repeated group, and unless a key the element's own level */
        unsigned inner = definition + (array ? 2 : map ? 1 + (unsigned)i : 1);
        if (!make(maker, &target->children[i], target, &field->children[i], inner, target->repeats))
            return false;
    }
    target->column_count = maker->columns - target->column;
    if (field->kind == PARQUET_KIND_STRUCT && !index_names(arena, target))
        return problem_set(maker->problem, STATUS_DATA, "'%s': two members have the same name", field->name);
    if (map && field->children[0].kind >= PARQUET_KIND_STRUCT)
        return problem_set(maker->problem, STATUS_DATA, "'%s': a map's keys are of a type without parts", field->name);
    return true;
}

struct parquet_layout *parquet_layout_new(const struct parquet_field *fields, size_t count, struct problem *problem)
{
    struct parquet_layout *layout = mem_zero(1, sizeof *layout);
    struct maker maker = {.layout = layout, .problem = problem};
    struct parquet_field root = {.name = "records", .name_len = 7, .kind = PARQUET_KIND_STRUCT, .child_count = count};
    root.children = (struct parquet_field *)(uintptr_t)fields;
    if (make(&maker, &layout->root, NULL, &root, 0, 0))
        return layout;
    parquet_layout_free(layout);
    return NULL;
}

void parquet_layout_free(struct parquet_layout *layout)
{
    if (!layout)
        return;
    free(layout->leaves);
    arena_free(&layout->arena);
    free(layout);
}
