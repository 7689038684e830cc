/* Names: what a path of the text means, and expressions as the stages' texts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expr/function/function.h"
#include "json/path.h"
#include "sql/plan_inner.h"

enum { NAME_MESSAGE = 400 };

void *plan_make(struct planner *planner, size_t size)
{
    void *made = arena_alloc(planner->arena, size);
    memset(made, 0, size);
    return made;
}

void *plan_grow(struct planner *planner, void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return list;
    char *larger = plan_make(planner, (count ? 2 * count : 1) * size);
    if (count > 0)
        memcpy(larger, list, count * size);
    return larger;
}

const char *plan_format(struct planner *planner, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(planner->arena, (size_t)(len < 0 ? 0 : len) + 1);
    vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

bool plan_fail(struct planner *planner, size_t offset, const char *format, ...)
{
    char text[NAME_MESSAGE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return problem_caret(planner->problem, "statement", planner->script->text, offset, text);
}

/* Words that mean something where a name could stand. */
static bool is_word(const char *name)
{
    static const char *const words[] = {
        "and",   "or",  "not",  "in",  "is",   "between", "like", "ilike", "rlike", "regexp", "case", "when", "then",
        "else",  "end", "as",   "div", "null", "true",    "false", "interval", "date", "timestamp", "timestamp_ltz",
        "distinct", "exists", "asc", "desc", "nulls", "escape", "filter", "within", "over", "all", "any", "some", "r",
        "except", "replace", "select", "values", "with"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], name) == 0)
            return true;
    const struct function *function = function_find(name, strlen(name));
    return function && function->bare;
}

const char *plan_quote(struct planner *planner, const char *name)
{
    size_t len = strlen(name), plain = 0;
    while (plain < len && ((name[plain] >= 'a' && name[plain] <= 'z') || (name[plain] >= 'A' && name[plain] <= 'Z') ||
                           name[plain] == '_' || (plain > 0 && name[plain] >= '0' && name[plain] <= '9')))
        plain++;
    if (len > 0 && plain == len && !is_word(name))
        return name;
    struct buffer text = {0};
    path_add_quoted(name, len, &text);
    const char *copy = arena_copy(planner->arena, text.data, text.len);
    buffer_free(&text);
    return copy;
}

const char *plan_string(struct planner *planner, const char *text, size_t len)
{
    struct buffer quoted = {0};
    buffer_add_char(&quoted, '\'');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'' || text[i] == '\\')
            buffer_add_char(&quoted, '\\');
        if (text[i] == '\0')
            buffer_add_text(&quoted, "\\000");
        else
            buffer_add_char(&quoted, text[i]);
    }
    buffer_add_char(&quoted, '\'');
    const char *copy = arena_copy(planner->arena, quoted.data, quoted.len);
    buffer_free(&quoted);
    return copy;
}

struct column *plan_column(struct planner *planner, const char *name, const struct schema_node *node,
                           struct node *owner)
{
    struct column *column = plan_make(planner, sizeof *column);
    *column = (struct column){.name = name, .node = node, .owner = owner};
    return column;
}

void plan_bind(struct block *block, const char *qualifier, const char *name, struct column *column, bool qualified)
{
    block->bindings = plan_grow(block->planner, block->bindings, block->binding_count, sizeof *block->bindings);
    block->bindings[block->binding_count++] = (struct binding){
        .qualifier = qualifier, .name = name, .column = column, .qualified_only = qualified};
}

/* Calls visit for what stands in a node: arguments, and those of its aggregate or window call. */
void plan_each_part(const struct block *block, const struct expr *expr,
                    void (*visit)(void *context, const struct expr *part), void *context)
{
    const struct aggregate_call *aggregate = NULL;
    for (size_t i = 0; i < expr->arg_count; i++)
        visit(context, expr->args[i]);
    if (expr->kind == EXPR_AGGREGATE)
        aggregate = &block->scope->aggregates[expr->number];
    if (expr->kind == EXPR_WINDOW) {
        const struct window_call *call = &block->scope->windows[expr->number];
        aggregate = call->row ? NULL : &call->aggregate;
        for (size_t i = 0; i < call->arg_count; i++)
            visit(context, call->args[i]);
        for (size_t i = 0; i < call->spec.partition_count; i++)
            visit(context, call->spec.partition[i]);
        for (size_t i = 0; i < call->spec.order.count; i++)
            visit(context, call->spec.order.keys[i].expr);
    }
    for (size_t i = 0; aggregate && i < aggregate->arg_count; i++)
        visit(context, aggregate->args[i]);
    if (aggregate && aggregate->filter)
        visit(context, aggregate->filter);
}

struct visiting {
    const struct block *block;
    void (*visit)(void *context, const struct expr *slot);
    void *context;
};

static void visit_slots(void *context, const struct expr *expr)
{
    const struct visiting *visiting = context;
    if (expr->kind == EXPR_SLOT)
        visiting->visit(visiting->context, expr);
    plan_each_part(visiting->block, expr, visit_slots, context);
}

void plan_each(const struct block *block, const struct expr *expr,
               void (*visit)(void *context, const struct expr *slot), void *context)
{
    struct visiting visiting = {block, visit, context};
    visit_slots(&visiting, expr);
}

static bool is_type(enum value_type type, unsigned width)
{
    return type == VALUE_DATE || type == VALUE_TIMESTAMP || type == VALUE_DECIMAL || type == VALUE_INTERVAL ||
           (type == VALUE_STRING && width == 1);
}

/* Whether a cast makes such values, or arrays, maps and structs of them. */
static bool casts_to_type(struct cast_type type)
{
    const struct cast_inner *inner = type.inner;
    bool typed = is_type(type.type, type.width) ||
                 (inner && (casts_to_type(inner->element) || (type.type == VALUE_STRUCT && casts_to_type(inner->key))));
    for (size_t i = 0; inner && i < inner->member_count; i++)
        typed |= casts_to_type(inner->members[i].type);
    return typed;
}

static bool any_typed(const struct block *block, struct expr *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plan_is_typed(block, args[i]))
            return true;
    return false;
}

/* Whether a function's row says that it gives one of these. */
static bool gives(const struct expr *expr, const char *const *types)
{
    for (; expr->function && *types; types++)
        if (strncmp(expr->function->callable.result, *types, strlen(*types)) == 0)
            return true;
    return false;
}

static bool is_condition(const struct expr *expr)
{
    static expr_evaluate *const conditions[] = {
        expr_eval_equal, expr_eval_less,    expr_eval_greater,     expr_eval_less_equal, expr_eval_greater_equal,
        expr_eval_and,   expr_eval_or,      expr_eval_not,         expr_eval_is_null,    expr_eval_is_not_null,
        expr_eval_in,    expr_eval_between, expr_eval_not_equal,   expr_eval_same,
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (expr->eval == conditions[i])
            return true;
    return false;
}

bool plan_is_typed(const struct block *block, const struct expr *expr)
{
    static const char *const plain[] = {"String", "Int", "Bigint", "Double", "Float", "Boolean", "Long", NULL};
    static const char *const typed[] = {"Date", "Timestamp", "Decimal", "Interval", "Binary", NULL};
    const struct meaning *meaning = expr->kind == EXPR_SLOT ? plan_meaning(block, expr) : NULL;
    if (meaning && meaning->column)
        return meaning->column->typed;
    if (meaning)
        return meaning->item->expr && plan_is_typed(block, meaning->item->expr);
    if (expr->kind == EXPR_LITERAL)
        return is_type(expr->literal.type, expr->literal.width);
    if (expr->kind == EXPR_AGGREGATE) {
        const struct aggregate_call *call = &block->scope->aggregates[expr->number];
        return strcmp(call->function, "count") != 0 && any_typed(block, call->args, call->arg_count);
    }
    if (expr->kind == EXPR_WINDOW) {
        const struct window_call *call = &block->scope->windows[expr->number];
        return call->row ? any_typed(block, call->args, call->arg_count)
                         : strcmp(call->aggregate.function, "count") != 0 &&
                               any_typed(block, call->aggregate.args, call->aggregate.arg_count);
    }
    if (expr->kind == EXPR_SUBQUERY || is_condition(expr) || gives(expr, plain))
        return false;
    if (expr->eval == expr_eval_cast || expr->eval == expr_eval_try_cast)
        return casts_to_type(expr->type);
    return gives(expr, typed) || any_typed(block, expr->args, expr->arg_count);
}

bool plan_has_aggregate(const struct block *block, const struct expr *expr)
{
    (void)block;
    return expr->has_aggregate;
}

void plan_conditions(struct block *block, const struct expr *expr, struct clause **list, size_t *count)
{
    if (expr->kind == EXPR_CALL && expr->eval == expr_eval_and) {
        plan_conditions(block, expr->args[0], list, count);
        plan_conditions(block, expr->args[1], list, count);
        return;
    }
    *list = plan_grow(block->planner, *list, *count, sizeof **list);
    (*list)[(*count)++] = (struct clause){.expr = expr, .block = block};
}

const struct meaning *plan_meaning(const struct block *block, const struct expr *slot)
{
    for (size_t i = 0; i < block->meaning_count; i++)
        if (block->meanings[i].slot == slot)
            return &block->meanings[i];
    return NULL;
}

static void mean(struct block *block, struct meaning meaning)
{
    block->meanings = plan_grow(block->planner, block->meanings, block->meaning_count, sizeof *block->meanings);
    block->meanings[block->meaning_count++] = meaning;
    if (meaning.column)
        meaning.column->used = true;
}

bool plan_step_is(const struct path_step *step, const char *name)
{
    return step->key && name && strlen(name) == step->key_len && strncasecmp(step->key, name, step->key_len) == 0;
}

const struct schema_node *plan_member(const struct schema_node *node, const struct path_step *step)
{
    const struct schema_node *found = node ? schema_member(node, step->key, step->key_len) : NULL;
    for (size_t i = 0; node && !found && i < node->member_count; i++)
        if (plan_step_is(step, node->members[i]->name))
            found = node->members[i];
    return found;
}

enum found { FOUND_NONE, FOUND_ONE, FOUND_SEVERAL };

/* A column by its name in this block alone. */
static enum found find_column(const struct block *block, const struct path *path, struct meaning *meaning)
{
    struct column *found = NULL;
    bool several = false;
    size_t steps = 2;
    for (size_t i = 0; i < block->binding_count && path->count >= 2; i++) {
        const struct binding *binding = &block->bindings[i];
        if (!plan_step_is(&path->steps[0], binding->qualifier) || !plan_step_is(&path->steps[1], binding->name))
            continue;
        several |= found && found != binding->column;
        found = binding->column;
    }
    for (size_t i = 0; i < block->binding_count && !found; i++) {
        const struct binding *binding = &block->bindings[i];
        if (binding->qualified_only || !plan_step_is(&path->steps[0], binding->name))
            continue;
        for (size_t k = i; k < block->binding_count; k++) {
            const struct binding *other = &block->bindings[k];
            several |= !other->qualified_only && other->column != binding->column &&
                       plan_step_is(&path->steps[0], other->name);
        }
        found = binding->column;
        steps = 1;
    }
    *meaning = (struct meaning){.column = found, .steps = steps};
    return !found ? FOUND_NONE : several ? FOUND_SEVERAL : FOUND_ONE;
}

/* Looks closer at the sources below a node; whether any has more columns now. */
static bool scan_sources(struct block *block, struct node *node)
{
    if (!node || node->kind == NODE_STAGE)
        return false;
    if (node->kind == NODE_JOIN) {
        bool left = scan_sources(block, node->left);
        return scan_sources(block, node->right) || left;
    }
    size_t before = node->source->column_count;
    if (!sql_source_scan(node->source))
        return false;
    const char *qualifier = NULL;
    for (size_t i = 0; i < block->binding_count; i++)
        if (block->bindings[i].column->owner == node)
            qualifier = block->bindings[i].qualifier;
    for (size_t i = 0; i < node->source->column_count; i++) {
        const struct sql_column *seen = &node->source->columns[i];
        bool known = false;
        for (size_t k = 0; k < node->column_count; k++) {
            known |= strcmp(node->columns[k]->name, seen->name) == 0;
            if (strcmp(node->columns[k]->name, seen->name) == 0)
                node->columns[k]->node = seen->node;
        }
        if (known)
            continue;
        struct column *column = plan_column(block->planner, seen->name, seen->node, node);
        node->columns = plan_grow(block->planner, node->columns, node->column_count, sizeof(struct column *));
        node->columns[node->column_count++] = column;
        plan_bind(block, qualifier, column->name, column, false);
    }
    return node->source->column_count > before;
}

static const struct item *find_alias(const struct block *block, const struct path *path)
{
    for (size_t i = 0; i < block->item_limit; i++)
        if (plan_step_is(&path->steps[0], block->items[i].name))
            return &block->items[i];
    return NULL;
}

bool plan_unknown(struct block *block, const struct expr *slot)
{
    const struct path *path = slot->path;
    bool table = false;
    for (size_t i = 0; i < block->binding_count && path->count >= 2; i++)
        table |= plan_step_is(&path->steps[0], block->bindings[i].qualifier);
    const struct path_step *step = &path->steps[table && path->steps[1].key ? 1 : 0];
    const char *typed = arena_copy(block->planner->arena, step->key, step->key_len);
    struct nearest_name nearest = callable_nearest(step->key_len);
    for (size_t i = 0; i < block->binding_count; i++) {
        const struct callable name = {.name = block->bindings[i].name};
        callable_offer(&nearest, &name, typed, step->key_len);
    }
    if (nearest.name)
        return plan_fail(block->planner, slot->offset, "no column %s; did you mean %.*s?", typed, (int)nearest.len,
                         nearest.name);
    struct buffer all = {0};
    for (size_t i = 0; i < block->binding_count && all.len < 200; i++)
        if (!block->bindings[i].qualified_only)
            buffer_add_format(&all, "%s%s", all.len > 0 ? ", " : "; there are ", block->bindings[i].name);
    bool good = plan_fail(block->planner, slot->offset, "no column %s%.*s", typed, (int)all.len,
                          all.data ? all.data : "");
    buffer_free(&all);
    return good;
}

/* The n-th column of sources that are not fully known takes a name that nobody has. */
static bool invent(struct block *block, const struct path *path, struct meaning *meaning)
{
    struct node *node = block->from;
    if (!node || node->kind != NODE_SOURCE || node->source->flat || node->source->scanned)
        return false;
    bool qualified = path->count >= 2 && block->binding_count > 0 &&
                     plan_step_is(&path->steps[0], block->bindings[0].qualifier);
    const struct path_step *step = &path->steps[qualified ? 1 : 0];
    if (!step->key)
        return false;
    const char *name = arena_copy(block->planner->arena, step->key, step->key_len);
    const struct sql_column *added = sql_source_add(node->source, name);
    struct column *column = plan_column(block->planner, added->name, NULL, node);
    node->columns = plan_grow(block->planner, node->columns, node->column_count, sizeof(struct column *));
    node->columns[node->column_count++] = column;
    plan_bind(block, block->binding_count > 0 ? block->bindings[0].qualifier : NULL, column->name, column, false);
    *meaning = (struct meaning){.column = column, .steps = qualified ? 2 : 1};
    return true;
}

struct resolving {
    struct block *block;
    enum alias_rule rule;
    bool good;
};

static void resolve_slot(void *context, const struct expr *slot)
{
    struct resolving *resolving = context;
    struct block *block = resolving->block;
    struct meaning meaning = {0};
    if (!resolving->good || slot->path->count == 0 || plan_meaning(block, slot))
        return;
    const struct item *item = resolving->rule == ALIAS_NONE ? NULL : find_alias(block, slot->path);
    enum found found = item && resolving->rule == ALIAS_FIRST ? FOUND_NONE
                                                             : find_column(block, slot->path, &meaning);
    if (item && found == FOUND_NONE) {
        mean(block, (struct meaning){.slot = slot, .item = item, .steps = 1});
        return;
    }
    if (found == FOUND_NONE && block->outer) {
        struct meaning outside;
        enum found outer = FOUND_NONE;
        outer = find_column(block->outer, slot->path, &outside);
        if (outer != FOUND_NONE) {
            if (!block->correlated)
                block->correlated_offset = slot->offset;
            block->correlated = true;
            outside.column->used = true;
            return;
        }
    }
    if (found == FOUND_NONE && scan_sources(block, block->from))
        found = find_column(block, slot->path, &meaning);
    if (found == FOUND_NONE && invent(block, slot->path, &meaning))
        found = FOUND_ONE;
    if (found == FOUND_NONE)
        resolving->good = plan_unknown(block, slot);
    else if (found == FOUND_SEVERAL)
        resolving->good = plan_fail(block->planner, slot->offset, "%s is a column of several tables: say of which",
                                    slot->path->text);
    meaning.slot = slot;
    if (resolving->good)
        mean(block, meaning);
}

bool plan_resolve(struct block *block, const struct expr *expr, enum alias_rule rule)
{
    struct resolving resolving = {.block = block, .rule = rule, .good = true};
    plan_each(block, expr, resolve_slot, &resolving);
    return resolving.good;
}

struct writing {
    struct block *block;
    bool canonical;
};

/* A path in a column's name: as typed, without the table. */
static void name_path(void *context, const struct expr *slot, struct buffer *into)
{
    const struct writing *writing = context;
    const struct meaning *meaning = plan_meaning(writing->block, slot);
    const struct path *path = slot->path;
    if (writing->canonical && meaning) {
        if (meaning->column)
            buffer_add_format(into, "#%p", (void *)meaning->column);
        else
            buffer_add_format(into, "@%s", meaning->item->name);
    }
    size_t first = meaning && meaning->steps > 0 ? meaning->steps - 1 : 0;
    for (size_t i = writing->canonical ? first + 1 : first; i < path->count; i++) {
        if (!path->steps[i].key)
            buffer_add_format(into, "[%lld]", (long long)path->steps[i].index);
        else
            buffer_add_format(into, "%s%.*s", i > first ? "." : "", (int)path->steps[i].key_len, path->steps[i].key);
    }
}

static const char *write_out(struct block *block, const struct expr *expr, bool canonical)
{
    struct writing writing = {block, canonical};
    struct syntax_writer writer = {.scope = block->scope, .text = block->planner->script->text, .path = name_path,
                                   .context = &writing};
    struct buffer text = {0};
    syntax_write(&writer, expr, &text);
    const char *copy = arena_copy(block->planner->arena, text.data ? text.data : "", text.len);
    buffer_free(&text);
    return copy;
}

const char *plan_name(struct block *block, const struct expr *expr)
{
    if (expr->kind != EXPR_SLOT || !path_keys_only(expr->path))
        return write_out(block, expr, false); /* q[0].r, too, is called as it is typed */
    const struct path_step *last = &expr->path->steps[expr->path->count - 1];
    return arena_copy(block->planner->arena, last->key, last->key_len);
}

const char *plan_canonical(struct block *block, const struct expr *expr)
{
    return write_out(block, expr, true);
}
