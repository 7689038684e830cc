/* Assignments: values changed at the paths of their left side. */
#include "jq/run_inner.h"

/* What becomes of a value at a path. */
struct change {
    const struct jq_node *node; /* |=: its right side is run on the value; op=: operation with operand; =: operand */
    struct jq_frame *env;
    const struct jq_value *operand;
    bool *reached; /* set where a path leads to a value */
};

struct first {
    struct jq_sink sink;
    struct jq_value value;
};

static bool take_new(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    (void)jq;
    (void)path;
    ((struct first *)sink)->value = value;
    return false;
}

enum jq_got jq_change(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                      const struct jq_value *operand, struct jq_value value, struct jq_value *out)
{
    if (node->kind == JQ_ASSIGN) {
        jq_drop(jq, value);
        *out = jq_keep(jq, *operand);
        return JQ_GOT;
    }
    if (node->kind == JQ_UPDATE_WITH) {
        if (node->operation == JQ_ELSE && jq_truth(value)) {
            *out = value;
            return JQ_GOT;
        }
        if (node->operation == JQ_ELSE) {
            jq_drop(jq, value);
            *out = jq_keep(jq, *operand);
            return JQ_GOT;
        }
        *out = jq_operate(jq, (enum jq_kind)node->operation, value, jq_keep(jq, *operand));
        return out->type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
    }
    if (jq_is_one(node->b, env))
        return jq_eval(jq, node->b, env, value, NULL, out);
    struct first first = {.sink.take = take_new};
    bool good = jq_run_node(jq, node->b, env, value, jq_none(), &first.sink);
    *out = first.value;
    if (first.value.type != JQ_NONE)
        return JQ_GOT;
    return good ? JQ_GOT_NOTHING : JQ_GOT_STOP;
}

static enum jq_got change(struct jq_machine *jq, const struct change *to, struct jq_value value, struct jq_value *out)
{
    *to->reached = true;
    return jq_change(jq, to->node, to->env, to->operand, value, out);
}

/* A node's results do not depend on its input. */
static bool is_apart(const struct jq_node *node)
{
    bool apart = true;
    switch (node->kind) {
    case JQ_LITERAL:
    case JQ_VARIABLE:
    case JQ_GLOBAL:
        return true;
    case JQ_PIPE:
    case JQ_FIELD:
    case JQ_NEGATE:
        return is_apart(node->a);
    case JQ_INTERPOLATE:
        for (uint32_t i = 0; apart && i < node->part_count; i++)
            apart = is_apart(node->parts[i]);
        return apart;
    case JQ_INDEX:
        return is_apart(node->a) && is_apart(node->b);
    default:
        return node->kind >= JQ_ADD && node->kind <= JQ_GREATER_EQUAL && is_apart(node->a) && is_apart(node->b);
    }
}

/* .[key]: the key may be worked out where the way comes by. */
static bool is_direct_index(const struct jq_node *node, struct jq_frame *env)
{
    if (node->b->kind == JQ_LITERAL)
        return node->b->literal.type != JQ_OBJECT && node->b->literal.type != JQ_ARRAY;
    return jq_is_one(node->b, env) && (node->a->kind == JQ_IDENTITY || (node->a->count == JQ_ONE && is_apart(node->b)));
}

/* Left sides that are walked along the value itself: each place is met once, and none of them depends on another's
 * change. */
static bool is_direct(const struct jq_node *node, struct jq_frame *env)
{
    if (node->kind >= JQ_FIELD && node->kind <= JQ_EACH && node->operation)
        return false;
    switch (node->kind) {
    case JQ_IDENTITY:
        return true;
    case JQ_FIELD:
    case JQ_EACH:
        return is_direct(node->a, env);
    case JQ_INDEX:
        return is_direct_index(node, env) && is_direct(node->a, env);
    case JQ_PIPE:
        return is_direct(node->a, env) && is_direct(node->b, env);
    case JQ_IF:
        return node->a->count == JQ_ONE && is_direct(node->b, env) && node->c &&
               (node->c->kind == JQ_EMPTY || is_direct(node->c, env));
    default:
        return false;
    }
}

/* The rest of the way: what is to be done with a value that a node has led to. */
struct way {
    const struct jq_node *node; /* NULL: the change itself */
    const struct way *then;
};

static enum jq_got follow(struct jq_machine *jq, const struct change *to, const struct way *way, struct jq_value value,
                          struct jq_value *out);

static enum jq_got follow_each(struct jq_machine *jq, const struct change *to, const struct way *then,
                               struct jq_value value, struct jq_value *out)
{
    if (value.type == JQ_ARRAY) {
        size_t len = jq_array_length(jq, &value), kept = 0;
        value = jq_array_own(jq, value, 0);
        for (size_t i = 0; i < len; i++) {
            struct jq_value item;
            enum jq_got got = jq_ends(jq) ? JQ_GOT_STOP : follow(jq, to, then, jq_array_take(value, i), &item);
            if (got == JQ_GOT_STOP) {
                jq_drop(jq, value);
                return got;
            }
            if (got == JQ_GOT)
                value.array->items[kept++] = item;
        }
        value.array->len = kept;
        *out = value;
        return JQ_GOT;
    }
    if (value.type != JQ_OBJECT) {
        jq_fail_iterate(jq, value);
        return JQ_GOT_STOP;
    }
    struct jq_value made = jq_object(jq, jq_object_length(jq, &value));
    value = jq_object_own(jq, value);
    for (uint32_t i = 0; i < value.object->len; i++) {
        struct jq_member *member = &value.object->members[i];
        struct jq_value item;
        struct jq_value old = member->value;
        member->value = jq_null();
        enum jq_got got = follow(jq, to, then, old, &item);
        if (got == JQ_GOT_STOP) {
            jq_drop(jq, value);
            jq_drop(jq, made);
            return got;
        }
        if (got == JQ_GOT)
            made = jq_object_set(jq, made, jq_keep(jq, member->key), item);
    }
    jq_drop(jq, value);
    *out = made;
    return JQ_GOT;
}

static enum jq_got follow_key(struct jq_machine *jq, const struct change *to, const struct way *then,
                              struct jq_value key, struct jq_value value, struct jq_value *out)
{
    struct jq_value part = jq_take_part(jq, &value, &key), item;
    if (part.type == JQ_NONE) {
        jq_drop(jq, value);
        return JQ_GOT_STOP;
    }
    bool null = part.type == JQ_NULL, before = *to->reached;
    *to->reached = false;
    enum jq_got got = follow(jq, to, then, part, &item);
    bool reached = *to->reached;
    *to->reached |= before;
    if (got == JQ_GOT && null && !reached) { /* perhaps it was not there: it is not made for nothing */
        jq_drop(jq, key);
        *out = value;
        return got;
    }
    if (got == JQ_GOT) {
        *out = jq_set(jq, value, key, item);
        return out->type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
    }
    if (got == JQ_GOT_STOP) {
        jq_drop(jq, value);
        return got;
    }
    struct jq_value keys = jq_array_add(jq, jq_array(jq, 1), key);
    *out = jq_delete_paths(jq, value, jq_array_add(jq, jq_array(jq, 1), keys));
    return out->type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
}

static enum jq_got follow(struct jq_machine *jq, const struct change *to, const struct way *way, struct jq_value value,
                          struct jq_value *out)
{
    const struct jq_node *node = way->node;
    if (!node)
        return change(jq, to, value, out);
    if (jq_deep(jq)) {
        jq_drop(jq, value);
        return JQ_GOT_STOP;
    }
    if (node->kind == JQ_IDENTITY)
        return follow(jq, to, way->then, value, out);
    if (node->kind == JQ_PIPE) {
        struct way second = {node->b, way->then}, first = {node->a, &second};
        return follow(jq, to, &first, value, out);
    }
    if (node->kind == JQ_IF) {
        struct jq_value condition;
        enum jq_got got = jq_eval(jq, node->a, to->env, jq_keep(jq, value), NULL, &condition);
        if (got == JQ_GOT_STOP) {
            jq_drop(jq, value);
            return got;
        }
        bool truth = got == JQ_GOT && jq_truth(condition);
        if (got == JQ_GOT)
            jq_drop(jq, condition);
        struct way branch = {truth ? node->b : node->c, way->then};
        if (got == JQ_GOT && branch.node->kind != JQ_EMPTY)
            return follow(jq, to, &branch, value, out);
        *out = value; /* no path leads on: it stays */
        return JQ_GOT;
    }
    if (node->a->kind != JQ_IDENTITY) { /* a.b: first a, then .b of it */
        struct jq_node dot = {.kind = JQ_IDENTITY}, step = *node;
        step.a = &dot;
        struct way second = {&step, way->then}, first = {node->a, &second};
        return follow(jq, to, &first, value, out);
    }
    if (node->kind == JQ_EACH)
        return follow_each(jq, to, way->then, value, out);
    struct jq_value key = node->literal;
    enum jq_got got = JQ_GOT;
    if (node->kind == JQ_INDEX)
        got = jq_eval(jq, node->b, to->env, jq_keep(jq, value), NULL, &key);
    if (got == JQ_GOT)
        return follow_key(jq, to, way->then, key, value, out);
    if (got == JQ_GOT_STOP) {
        jq_drop(jq, value);
        return got;
    }
    *out = value; /* no path leads on */
    return JQ_GOT;
}

/* All other left sides: their paths first, then each changed in turn; those that come to nothing are deleted in the
 * end. */
static enum jq_got change_paths(struct jq_machine *jq, const struct change *to, struct jq_value in,
                                struct jq_value *out)
{
    struct jq_node paths_of = {.kind = JQ_PATHS, .a = to->node->a, .count = to->node->a->count};
    struct jq_node collect = {.kind = JQ_COLLECT, .a = &paths_of, .count = JQ_ONE};
    struct jq_value paths, deleted = jq_array(jq, 0);
    enum jq_got got = jq_eval(jq, &collect, to->env, jq_keep(jq, in), NULL, &paths);
    if (got != JQ_GOT) {
        jq_drop(jq, in);
        return got;
    }
    for (size_t i = 0; i < paths.array->len && got != JQ_GOT_STOP; i++) {
        struct jq_value *path = &paths.array->items[i], item, part;
        part = jq_get_path(jq, jq_keep(jq, in), path);
        got = part.type == JQ_NONE || jq_ends(jq) ? JQ_GOT_STOP : change(jq, to, part, &item);
        if (got == JQ_GOT_NOTHING) {
            deleted = jq_array_add(jq, deleted, jq_keep(jq, *path));
        } else if (got == JQ_GOT) {
            in = jq_set_path(jq, in, path, item);
            got = in.type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
        }
    }
    jq_drop(jq, paths);
    if (got == JQ_GOT_STOP) {
        jq_drop(jq, in);
        jq_drop(jq, deleted);
        return got;
    }
    *out = jq_delete_paths(jq, in, deleted);
    return out->type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
}

enum jq_got jq_update(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                      struct jq_value *operand, struct jq_value *out)
{
    bool reached = false;
    struct change to = {node, env, operand, &reached};
    if (!is_direct(node->a, env))
        return change_paths(jq, &to, in, out);
    struct way last = {0}, way = {node->a, &last};
    enum jq_got got = follow(jq, &to, &way, in, out);
    if (got != JQ_GOT_NOTHING)
        return got;
    *out = jq_null(); /* . itself came to nothing */
    return JQ_GOT;
}
