/* Programs over the items of an array that nobody holds: what a program asks of `.` is asked of its items, which come
 * one after the other. A program for which that cannot be done is left as it is. */
#include <math.h>

#include "jq/parse_inner.h"

/* The items, and what may be done with them before the last one is known. */
struct items {
    struct jq_parser *parser;
    const struct jq_node *source;
    bool sure;    /* nothing can fail before them that would have kept the first of them from coming, so not all need
                   * be asked for */
    bool held;    /* results are seen by nobody before all items have come */
    bool top;     /* they are the input's */
    bool *arrays; /* set: an object's values will not do */
};

static const struct jq_node *over(struct items items, const struct jq_node *node);

static struct jq_node *node_of(struct items items, enum jq_kind kind, const struct jq_node *a, const struct jq_node *b)
{
    return jq_node_new(items.parser, kind, a, b);
}

static struct jq_node *literal(struct items items, struct jq_value value)
{
    struct jq_node *node = node_of(items, JQ_LITERAL, NULL, NULL);
    node->literal = value;
    return node;
}

/* It has the same results whatever `.` is. */
static bool is_constant(const struct jq_node *node)
{
    if (!node)
        return true;
    switch (node->kind) {
    case JQ_LITERAL:
    case JQ_GLOBAL:
        return true;
    case JQ_NEGATE:
    case JQ_COLLECT:
        return is_constant(node->a);
    case JQ_CONSTRUCT:
        for (uint32_t i = 0; i < node->part_count; i++)
            if (!is_constant(node->parts[i]))
                return false;
        return true;
    case JQ_ADD:
    case JQ_SUBTRACT:
    case JQ_MULTIPLY:
    case JQ_DIVIDE:
        return is_constant(node->a) && is_constant(node->b);
    default:
        return false;
    }
}

/* A whole number of the program's text; -1 also for what is none. */
static int64_t whole_literal(const struct jq_node *node)
{
    if (!node || node->kind != JQ_LITERAL || node->literal.type != JQ_NUMBER)
        return -1;
    double number = jq_to_double(&node->literal);
    return number >= 0 && number < JQ_ARRAY_MAX && number == floor(number) ? (int64_t)number : -1;
}

static struct items behind_all(struct items items)
{
    items.held = true;
    return items;
}

static const struct jq_node *skip(struct items items, int64_t count)
{
    if (count == 0)
        return items.source;
    struct jq_node *node = node_of(items, JQ_LIMIT, literal(items, jq_int(count)), items.source);
    node->operation = 1;
    return node;
}

/* The items from..to of `items`, as bounds in the program's text say it; NULL where they say it otherwise. */
static const struct jq_node *slice(struct items items, const struct jq_node *from, const struct jq_node *to)
{
    int64_t first = from ? whole_literal(from) : 0, end = to ? whole_literal(to) : INT64_MAX;
    if (first < 0 || end < 0 || !items.sure)
        return NULL;
    items.source = skip(items, first);
    if (!to)
        return items.source;
    return node_of(items, JQ_LIMIT, literal(items, jq_int(end > first ? end - first : 0)), items.source);
}

/* min, max, sort, unique, and those by a key; NULL for any other function. */
static const struct jq_node *sorted(struct items items, const struct jq_node *call, bool *one)
{
    static const struct {
        const char *name;
        enum jq_sorting sorting;
    } functions[] = {{"sort", JQ_SORT}, {"group_by", JQ_GROUP}, {"unique", JQ_UNIQUE}, {"min", JQ_MIN}, {"max", JQ_MAX},
                     {"sort_by", JQ_SORT}, {"unique_by", JQ_UNIQUE}, {"min_by", JQ_MIN}, {"max_by", JQ_MAX}};
    bool by = call->native->arity == 1;
    if (call->native->arity > 1 || (by && *call->native->name != '_'))
        return NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, call->native->name + by) != 0)
            continue;
        /* the argument is [.[] | [f]]: each item's key */
        const struct jq_node *key = by ? call->arguments[0].body->a->b : NULL;
        struct jq_node *node = node_of(items, JQ_SORTED, items.source, key);
        node->operation = (uint8_t)functions[i].sorting;
        *one = node->operation == JQ_MIN || node->operation == JQ_MAX;
        *items.arrays |= items.top;
        return node;
    }
    return NULL;
}

/* The items of the array that the node gives of `items`, if it gives one. */
static bool inner_items(struct items items, const struct jq_node *node, struct items *inner)
{
    const struct jq_node *made;
    bool one;
    *inner = items;
    switch (node->kind) {
    case JQ_IDENTITY:
        return true;
    case JQ_PIPE:
        return inner_items(items, node->a, inner) && inner_items(*inner, node->b, inner);
    case JQ_COLLECT:
        made = node->a ? over(behind_all(items), node->a) : NULL;
        inner->sure = items.sure && made == items.source;
        break;
    case JQ_SLICE:
        if (!inner_items(items, node->a, inner))
            return false;
        *items.arrays |= inner->top;
        made = node->operation ? NULL : slice(*inner, node->b, node->c);
        break;
    case JQ_NATIVE:
        made = sorted(items, node, &one);
        if (!made || one)
            return false;
        inner->sure = true; /* all have been seen before the first comes */
        break;
    default:
        return false;
    }
    inner->source = made;
    inner->top = false;
    return made != NULL;
}

/* reduce and foreach over items. */
static const struct jq_node *folded(struct items items, const struct jq_node *node)
{
    bool reduce = node->kind == JQ_REDUCE;
    const struct jq_node *source = is_constant(node->b) ? over(reduce ? behind_all(items) : items, node->a) : NULL;
    if (!source)
        return NULL;
    struct jq_node *made = node_of(items, (enum jq_kind)node->kind, source, node->b);
    made->slot = node->slot;
    made->c = node->c;
    made->d = node->d;
    return made;
}

/* How many there are. */
static const struct jq_node *counted(struct items items)
{
    struct jq_node *made = node_of(items, JQ_REDUCE, items.source, literal(items, jq_int(0)));
    made->slot = jq_new_slot(items.parser->scope);
    made->c = node_of(items, JQ_ADD, node_of(items, JQ_IDENTITY, NULL, NULL), literal(items, jq_int(1)));
    return made;
}

static const struct jq_node *of_function(struct items items, const struct jq_node *call)
{
    const char *name = call->native->name;
    bool one = false;
    if (call->native->arity == 0 && strcmp(name, "add") == 0)
        return node_of(items, JQ_SUM, items.source, NULL);
    if (call->native->arity == 0 && strcmp(name, "length") == 0)
        return counted(items);
    const struct jq_node *made = sorted(items, call, &one);
    return !made || one ? made : node_of(items, JQ_COLLECT, made, NULL);
}

/* One item by its number in the program's text. */
static const struct jq_node *indexed(struct items items, const struct jq_node *node)
{
    struct items of;
    if (node->operation || !inner_items(items, node->a, &of))
        return NULL;
    struct jq_node *null = literal(items, jq_null());
    bool last = node->b->kind == JQ_LITERAL && node->b->literal.type == JQ_NUMBER &&
                jq_to_double(&node->b->literal) == -1;
    int64_t number = whole_literal(node->b);
    if (!last && (number < 0 || !of.sure))
        return NULL;
    *items.arrays |= of.top;
    if (last)
        return node_of(items, JQ_LAST, node_of(items, JQ_COMMA, null, of.source), NULL);
    return node_of(items, JQ_FIRST, node_of(items, JQ_COMMA, skip(of, number), null), NULL);
}

/* type == "…", of something else than arrays. */
static bool is_other_type(const struct jq_node *node)
{
    const struct jq_node *type = node->a, *text = node->b;
    return node->kind == JQ_EQUAL && type->kind == JQ_NATIVE && strcmp(type->native->name, "type") == 0 &&
           text->kind == JQ_LITERAL && text->literal.form == JQ_TEXT && text->literal.type == JQ_STRING &&
           (text->literal.len != 7 || memcmp(text->literal.text, "\"array\"", 7) != 0);
}

/* numbers, strings and the like. */
static bool is_type_filter(const struct jq_parser *parser, const struct jq_node *node)
{
    static const char *const filters[] = {"numbers", "strings", "booleans", "nulls", "scalars", "objects"};
    const char *name = jq_called_prelude(parser, node);
    for (size_t i = 0; name && i < sizeof filters / sizeof *filters; i++)
        if (strcmp(filters[i], name) == 0)
            return true;
    return false;
}

/* The node has no result for an array, and no error. */
static bool is_nothing(const struct jq_parser *parser, const struct jq_node *node)
{
    switch (node->kind) {
    case JQ_EMPTY:
        return true;
    case JQ_FIELD:
        return node->operation && node->a->kind == JQ_IDENTITY;
    case JQ_PIPE:
        return is_nothing(parser, node->a);
    case JQ_COMMA:
    case JQ_ELSE:
        return is_nothing(parser, node->a) && is_nothing(parser, node->b);
    case JQ_IF:
        return is_other_type(node->a) && node->c && node->c->kind == JQ_EMPTY;
    default:
        return is_type_filter(parser, node);
    }
}

/* Paths into the items, each behind the item's number. */
static const struct jq_node *paths_of(struct items items, const struct jq_node *node)
{
    static const char *const functions[][2] = {
        {"paths", "_paths"}, {"leaf_paths", "_leaf_paths"}, {"tostream", "_tostream"}};
    const char *name = items.sure || items.held ? jq_called_prelude(items.parser, node) : NULL;
    uint32_t arity = node->definition->arity;
    /* what is asked of all items together, too, must be no more than its type */
    if (!name || arity > 1 || (arity == 1 && !is_other_type(node->arguments[0].body) &&
                               !is_type_filter(items.parser, node->arguments[0].body)))
        return NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i][0], name) != 0)
            continue;
        struct jq_argument *arguments = arena_alloc(&items.parser->program->arena, 2 * sizeof *arguments);
        arguments[0] = (struct jq_argument){items.source, jq_new_scope(items.parser, items.parser->scope)};
        if (arity == 1)
            arguments[1] = node->arguments[0];
        *items.arrays |= items.top;
        return jq_call_prelude(items.parser, functions[i][1], arity + 1, arguments);
    }
    return NULL;
}

static const struct jq_node *piped(struct items items, const struct jq_node *node)
{
    struct items inner;
    const struct jq_node *made = NULL;
    bool all = node->a->kind == JQ_RECURSE && !node->a->a && (items.sure || items.held);
    if (all && is_nothing(items.parser, node->b)) { /* .. | numbers: of the array itself there is nothing */
        *items.arrays |= items.top;
        return node_of(items, JQ_PIPE, node_of(items, JQ_PIPE, items.source, node->a), node->b);
    }
    if (inner_items(items, node->a, &inner))
        made = over(inner, node->b);
    if (!made) {
        const struct jq_node *first = over(items, node->a);
        made = first ? node_of(items, JQ_PIPE, first, node->b) : NULL;
    }
    return made;
}

/* The node with the items in place of what it asks of the array; NULL: it asks for more than them. */
static const struct jq_node *over(struct items items, const struct jq_node *node)
{
    struct items inner;
    const struct jq_node *source;
    struct jq_node *made;
    switch (node->kind) {
    case JQ_EACH:
        return inner_items(items, node->a, &inner) && (inner.sure || items.held) ? inner.source : NULL;
    case JQ_PIPE:
        return piped(items, node);
    case JQ_COLLECT:
        source = node->a ? over(behind_all(items), node->a) : NULL;
        return source ? node_of(items, JQ_COLLECT, source, NULL) : NULL;
    case JQ_SUM:
    case JQ_LAST:
        source = over(behind_all(items), node->a);
        return source ? node_of(items, (enum jq_kind)node->kind, source, NULL) : NULL;
    case JQ_FIRST:
    case JQ_IS_EMPTY:
    case JQ_ANY:
    case JQ_ALL:
        source = items.sure ? over(items, node->a) : NULL;
        return source ? node_of(items, (enum jq_kind)node->kind, source, node->b) : NULL;
    case JQ_LIMIT:
        source = items.sure && is_constant(node->a) ? over(items, node->b) : NULL;
        if (!source)
            return NULL;
        made = node_of(items, JQ_LIMIT, node->a, source);
        made->operation = node->operation;
        return made;
    case JQ_REDUCE:
    case JQ_FOREACH:
        return folded(items, node);
    case JQ_INDEX:
        return indexed(items, node);
    case JQ_SLICE:
        return inner_items(items, node, &inner) ? node_of(items, JQ_COLLECT, inner.source, NULL) : NULL;
    case JQ_NATIVE:
        return of_function(items, node);
    case JQ_CALL:
        return paths_of(items, node);
    default:
        return NULL;
    }
}

const struct jq_node *jq_over_items(struct jq_parser *parser, const struct jq_node *root, bool sure, bool *arrays)
{
    *arrays = false;
    const struct jq_node *inputs = jq_node_new(parser, JQ_INPUTS, NULL, NULL);
    return over((struct items){.parser = parser, .source = inputs, .sure = sure, .top = true, .arrays = arrays}, root);
}
