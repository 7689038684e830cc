/* What stands inside of an expression's values, as far as that is known before any row comes: of a column what was seen
 * of it, of a struct, an array or a constant what it is made of. For stars and inline. */
#include <string.h>

#include "expr/node.h"
#include "expr/syntax.h"
#include "json/cursor.h"
#include "sql/plan_inner.h"
#include "value/nested.h"

static struct schema_node *new_node(struct planner *planner, const char *name, size_t len)
{
    struct schema_node *node = plan_make(planner, sizeof *node);
    node->name = name;
    node->name_len = len;
    return node;
}

static struct schema_node *add_member(struct planner *planner, struct schema_node *node, const char *name, size_t len)
{
    struct schema_node *member = new_node(planner, arena_copy(planner->arena, name, len), len);
    node->members = plan_grow(planner, node->members, node->member_count, sizeof(struct schema_node *));
    node->members[node->member_count++] = member;
    return member;
}

/* Of a constant: its first element stands for all of an array. */
static const struct schema_node *shape_of_value(struct planner *planner, const struct value *value)
{
    struct schema_node *node = new_node(planner, NULL, 0);
    if (value->type != VALUE_ARRAY && value->type != VALUE_STRUCT)
        return node;
    struct json_cursor cursor = nested_cursor(value);
    struct span key, element;
    if (value->type == VALUE_ARRAY) {
        if (json_cursor_next(&cursor, &element)) {
            const struct value one = value_from_span(element, planner->arena);
            node->element = (struct schema_node *)shape_of_value(planner, &one);
        }
        return node;
    }
    while (json_cursor_member(&cursor, &key, &element)) {
        const struct value name = value_from_span(key, planner->arena);
        add_member(planner, node, name.text, name.len);
    }
    return node;
}

static const struct schema_node *shape_of_type(struct planner *planner, const struct cast_type *type,
                                               struct schema_node *node)
{
    const struct cast_inner *inner = type->inner;
    if (inner && type->type == VALUE_ARRAY) {
        node->element = new_node(planner, NULL, 0);
        shape_of_type(planner, &inner->element, node->element);
    }
    for (size_t i = 0; inner && type->type == VALUE_STRUCT && i < inner->member_count; i++)
        shape_of_type(planner, &inner->members[i].type,
                      add_member(planner, node, inner->members[i].name, inner->members[i].len));
    return node;
}

/* from_json, from_csv: of the schema that is their second argument. */
static const struct schema_node *shape_of_schema(struct planner *planner, const struct expr *expr)
{
    const struct value *text = expr->arg_count > 1 ? &expr->args[1]->literal : NULL;
    struct cast_type type;
    const char *wrong = NULL;
    if (!text || expr->args[1]->kind != EXPR_LITERAL || text->type != VALUE_STRING ||
        !expr_schema(planner->arena, arena_copy(planner->arena, text->text, text->len), &type, &wrong))
        return NULL;
    return shape_of_type(planner, &type, new_node(planner, NULL, 0));
}

/* named_struct(name, value, …), which struct(…) is, too. */
static const struct schema_node *shape_of_struct(struct block *block, const struct expr *expr)
{
    struct schema_node *node = new_node(block->planner, NULL, 0);
    for (size_t i = 0; i + 1 < expr->arg_count; i += 2) {
        const struct value *name = &expr->args[i]->literal;
        const struct schema_node *inner = plan_shape(block, expr->args[i + 1]);
        if (expr->args[i]->kind != EXPR_LITERAL || name->type != VALUE_STRING)
            return NULL;
        struct schema_node *member = add_member(block->planner, node, name->text, name->len);
        if (inner) {
            member->element = inner->element;
            member->members = inner->members;
            member->member_count = inner->member_count;
        }
    }
    return node;
}

/* Of what a name means: what all records have there. */
static const struct schema_node *shape_of_slot(struct block *block, const struct expr *slot)
{
    const struct meaning *meaning = plan_meaning(block, slot);
    if (!meaning || !meaning->column)
        return meaning && meaning->item->expr ? plan_shape(block, meaning->item->expr) : NULL;
    const struct schema_node *node = plan_column_shape(block, meaning->column, NULL);
    for (size_t i = meaning->steps; node && i < slot->path->count; i++)
        node = slot->path->steps[i].key ? plan_member(node, &slot->path->steps[i]) : node->element;
    return node;
}

/* Of a column of a query: of its item, in there. */
static const struct schema_node *shape_of_made(const struct stage_column *column)
{
    const struct item *item = column->item;
    if (!item)
        return NULL;
    if (item->expr)
        return plan_shape(column->block, item->expr);
    if (item->altered)
        return plan_altered_shape(column->block, item->altered);
    return item->column && !item->inner_path ? plan_column_shape(column->block, item->column, NULL) : NULL;
}

static const struct schema_node *shape_in_stage(const struct node *owner, const struct column *column)
{
    for (size_t i = 0; i < owner->stage->column_count; i++)
        if (owner->columns[i] == column)
            return shape_of_made(&owner->stage->columns[i]);
    return NULL;
}

/* Of the elements that a view of the block has. */
static const struct schema_node *shape_in_view(struct block *block, const struct column *column)
{
    for (size_t i = 0; i < block->view_count; i++) {
        const struct view *view = &block->views[i];
        const struct schema_node *array =
            view->element == column ? plan_shape(block, view->generator->array) : NULL;
        if (array)
            return array->element;
    }
    return NULL;
}

static const struct schema_node *shape_in_source(struct sql_source *source, const char *name, const struct path *path)
{
    if (path)
        sql_source_scan_at(source, path);
    else
        sql_source_scan(source);
    for (size_t i = 0; i < source->column_count; i++)
        if (strcmp(source->columns[i].name, name) == 0)
            return source->columns[i].node;
    return NULL;
}

const struct schema_node *plan_column_shape(struct block *block, struct column *column, const struct path *path)
{
    const struct node *owner = column->owner;
    if (owner && owner->kind == NODE_SOURCE)
        column->node = shape_in_source(owner->source, column->name, path);
    else if (owner && owner->kind == NODE_STAGE)
        column->node = shape_in_stage(owner, column);
    else if (!owner)
        column->node = shape_in_view(block, column);
    return column->node;
}

/* Of container[key], container.key. */
static const struct schema_node *shape_within(const struct schema_node *container, const struct expr *key)
{
    const struct value *name = &key->literal;
    if (!container || container->member_count == 0)
        return container ? container->element : NULL;
    if (key->kind != EXPR_LITERAL || name->type != VALUE_STRING)
        return NULL;
    const struct path_step step = {.key = name->text, .key_len = name->len};
    return plan_member(container, &step);
}

/* Whether what a function gives has the shape of its first argument. */
static bool keeps_shape(const char *name)
{
    static const char *const names[] = {"filter", "slice", "reverse", "shuffle", "sort_array", "array_sort",
                                        "array_distinct", "array_union", "array_except", "array_intersect",
                                        "array_compact", "array_append", "array_prepend", "coalesce", "nvl", "ifnull"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const struct schema_node *plan_shape(struct block *block, const struct expr *expr)
{
    if (expr->kind == EXPR_LITERAL)
        return shape_of_value(block->planner, &expr->literal);
    if (expr->kind == EXPR_SLOT)
        return shape_of_slot(block, expr);
    if (expr->eval == expr_eval_cast || expr->eval == expr_eval_try_cast)
        return shape_of_type(block->planner, &expr->type, new_node(block->planner, NULL, 0));
    if (expr->eval == expr_eval_subscript || expr->eval == expr_eval_field)
        return shape_within(plan_shape(block, expr->args[0]), expr->args[1]);
    const char *name = expr->function ? expr->function->callable.name : "";
    if (strcmp(name, "named_struct") == 0 || strcmp(name, "struct") == 0)
        return shape_of_struct(block, expr);
    if (strcmp(name, "from_json") == 0 || strcmp(name, "from_csv") == 0)
        return shape_of_schema(block->planner, expr);
    if (expr->arg_count == 0)
        return NULL;
    if (keeps_shape(name))
        return plan_shape(block, expr->args[0]);
    if (strcmp(name, "array") != 0)
        return NULL;
    struct schema_node *node = new_node(block->planner, NULL, 0);
    node->element = (struct schema_node *)plan_shape(block, expr->args[0]);
    return node;
}
