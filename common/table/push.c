#include "table/push.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Up to here doubles have each whole number, so that SQL, which compares as doubles, and statistics agree. */
static const int64_t exact_most = INT64_C(1) << 53;

static const struct parquet_node *leaf_of(const struct parquet_node *root, const struct path *path)
{
    const struct parquet_node *node = root;
    for (size_t i = 0; node && i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        bool goes_on = step->key && node->shape == PARQUET_STRUCT;
        node = goes_on ? parquet_member(node, step->key, step->key_len) : NULL;
    }
    return node && path->count > 0 && node->shape == PARQUET_LEAF && node->repeats == 0 ? node : NULL;
}

/* Floats, decimals, times and the like become JSON whose value is another one, if ever so little. */
static bool is_number(const struct parquet_node *leaf)
{
    bool plain = leaf->meaning == PARQUET_AS_IS || (leaf->meaning == PARQUET_INTEGER && leaf->is_signed);
    bool whole = leaf->physical == PARQUET_INT32 || leaf->physical == PARQUET_INT64;
    return (whole && plain) || (leaf->physical == PARQUET_DOUBLE && leaf->meaning == PARQUET_AS_IS);
}

/* Bytes that are no UTF-8 become U+FFFD in JSON, which moves them behind other texts that are not ASCII. */
static bool is_ascii(const struct value *text)
{
    for (size_t i = 0; i < text->len; i++)
        if ((unsigned char)text->text[i] >= 0x80)
            return false;
    return true;
}

static bool is_alike(const struct parquet_node *leaf, const struct expr_bound *bound)
{
    bool text = leaf->physical == PARQUET_BYTE_ARRAY && leaf->meaning == PARQUET_STRING;
    const struct value *constant = &bound->constant;
    if (bound->kind == EXPR_BOUND_NULL || bound->kind == EXPR_BOUND_NOT_NULL)
        return text || is_number(leaf);
    if (constant->type == VALUE_LONG)
        return is_number(leaf) && constant->integer <= exact_most && constant->integer >= -exact_most;
    return text && constant->type == VALUE_STRING && is_ascii(constant);
}

size_t push_predicates(const struct expr *where, const struct path_set *paths, const struct parquet_node *root,
                       const struct parquet_partitions *columns, struct parquet_predicate predicates[PUSH_MAX])
{
    static const enum parquet_comparison comparisons[] = {
        [EXPR_BOUND_EQUAL] = PARQUET_EQUAL,     [EXPR_BOUND_LESS] = PARQUET_LESS,
        [EXPR_BOUND_LESS_EQUAL] = PARQUET_LESS_EQUAL, [EXPR_BOUND_GREATER] = PARQUET_GREATER,
        [EXPR_BOUND_GREATER_EQUAL] = PARQUET_GREATER_EQUAL, [EXPR_BOUND_NULL] = PARQUET_IS_NULL,
        [EXPR_BOUND_NOT_NULL] = PARQUET_IS_NOT_NULL,
    };
    struct expr_bound bounds[PUSH_MAX];
    size_t count = expr_bounds(where, bounds, PUSH_MAX), made = 0;
    for (size_t i = 0; i < count; i++) {
        const struct path *path = paths->paths[bounds[i].slot];
        const struct parquet_node *leaf = leaf_of(root, path);
        if (!leaf || parquet_partitions_find(columns, path) || !is_alike(leaf, &bounds[i]))
            continue;
        predicates[made++] = (struct parquet_predicate){
            .path = path, .comparison = comparisons[bounds[i].kind], .constant = bounds[i].constant};
    }
    return made;
}

bool push_excludes(const struct expr *where, const struct path_set *paths, const struct parquet_partitions *columns)
{
    struct arena arena = {0};
    if (columns->count == 0)
        return false;
    struct span *slots = mem_zero(paths->count + 1, sizeof *slots);
    bool *known = mem_zero(paths->count + 1, sizeof *known);
    for (size_t i = 0; i < paths->count; i++) {
        const struct parquet_partition *column = parquet_partitions_find(columns, paths->paths[i]);
        known[i] = column != NULL;
        if (column)
            slots[i] = column->typed;
    }
    struct row row = {.slots = slots, .arena = &arena};
    bool excluded = expr_refuted(where, known, &row);
    arena_free(&arena);
    free(slots);
    free(known);
    return excluded;
}
