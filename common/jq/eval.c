/* Nodes that have one result at most: evaluated straight. */
#include "jq/machine_inner.h"

bool jq_is_path(const struct jq_node *node)
{
    switch (node->kind) {
    case JQ_IDENTITY:
    case JQ_FIELD:
    case JQ_INDEX:
    case JQ_SLICE:
    case JQ_EACH:
    case JQ_PIPE:
    case JQ_COMMA:
    case JQ_ELSE:
    case JQ_IF:
    case JQ_TRY:
    case JQ_REDUCE:
    case JQ_FOREACH:
    case JQ_BIND:
    case JQ_ALTERNATIVES:
    case JQ_LABEL:
    case JQ_BREAK:
    case JQ_CLOSURE:
    case JQ_CALL:
    case JQ_FIRST:
    case JQ_LAST:
    case JQ_LIMIT:
    case JQ_RECURSE:
    case JQ_EMPTY:
    case JQ_REPEAT:
    case JQ_BLOCK:
        return true;
    case JQ_NATIVE:
        return node->native->arity == 1 && strcmp(node->native->name, "getpath") == 0;
    default:
        return false;
    }
}

/* A sink for the one result that there may be. */
struct one {
    struct jq_sink sink;
    struct jq_value value, path;
    bool taken;
};

static bool take_one(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct one *one = (struct one *)sink;
    if (one->taken) {
        jq_drop(jq, one->value);
        jq_drop(jq, one->path);
    }
    one->taken = true;
    one->value = value;
    one->path = path;
    return true;
}

/* A node without an evaluation of its own. */
static enum jq_got eval_by_run(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                               struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    struct one one = {.sink.take = take_one};
    bool good = jq_run_node(jq, node, env, in, path ? *path : jq_none(), &one.sink);
    if (path)
        *path = one.taken ? one.path : jq_none();
    if (good && one.taken) {
        *out = one.value;
        return JQ_GOT;
    }
    if (one.taken) {
        jq_drop(jq, one.value);
        if (path) {
            jq_drop(jq, *path);
            *path = jq_none();
        }
    }
    return good ? JQ_GOT_NOTHING : JQ_GOT_STOP;
}

static enum jq_got result(struct jq_value value, struct jq_value *out)
{
    *out = value;
    return value.type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
}

/* a op b: b first, as jq does. */
static enum jq_got eval_binary(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                               struct jq_value in, struct jq_value *out)
{
    struct jq_value b, a;
    if (node->b->kind == JQ_LITERAL && node->b->literal.type != JQ_NONE) {
        b = node->b->literal;
    } else {
        enum jq_got got = jq_eval(jq, node->b, env, jq_keep(jq, in), NULL, &b);
        if (got != JQ_GOT) {
            jq_drop(jq, in);
            return got;
        }
    }
    enum jq_got got = jq_eval(jq, node->a, env, in, NULL, &a);
    if (got != JQ_GOT) {
        jq_drop(jq, b);
        return got;
    }
    if (a.form == JQ_INT && b.form == JQ_INT && node->kind >= JQ_EQUAL) {
        static const bool truth[][3] = {{0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {1, 1, 0}, {0, 0, 1}, {0, 1, 1}};
        *out = jq_bool(truth[node->kind - JQ_EQUAL][1 + (a.integer > b.integer) - (a.integer < b.integer)]);
        return JQ_GOT;
    }
    return result(jq_operate(jq, (enum jq_kind)node->kind, a, b), out);
}

static enum jq_got eval_logic(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                              struct jq_value in, struct jq_value *out)
{
    struct jq_value side;
    enum jq_got got = jq_eval(jq, node->a, env, jq_keep(jq, in), NULL, &side);
    if (got == JQ_GOT) {
        bool truth = jq_truth(side);
        jq_drop(jq, side);
        if (truth == (node->kind == JQ_AND)) {
            got = jq_eval(jq, node->b, env, in, NULL, &side);
            if (got != JQ_GOT)
                return got;
            truth = jq_truth(side);
            jq_drop(jq, side);
        } else {
            jq_drop(jq, in);
        }
        *out = jq_bool(truth);
        return JQ_GOT;
    }
    jq_drop(jq, in);
    return got;
}

static enum jq_got eval_construct(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                                  struct jq_value in, struct jq_value *out)
{
    struct jq_value object = jq_object(jq, node->part_count / 2);
    enum jq_got got = JQ_GOT;
    for (uint32_t i = 0; i < node->part_count; i += 2) {
        struct jq_value key, value;
        got = jq_eval(jq, node->parts[i], env, jq_keep(jq, in), NULL, &key);
        if (got != JQ_GOT)
            break;
        if (key.type != JQ_STRING) {
            jq_fail_text(jq, "Object keys must be strings");
            jq_drop(jq, key);
            got = JQ_GOT_STOP;
            break;
        }
        got = jq_eval(jq, node->parts[i + 1], env, jq_keep(jq, in), NULL, &value);
        if (got != JQ_GOT) {
            jq_drop(jq, key);
            break;
        }
        object = jq_object_set(jq, object, key, value);
    }
    jq_drop(jq, in);
    if (got == JQ_GOT)
        *out = object;
    else
        jq_drop(jq, object);
    return got;
}

/* One expression's text within a string. */
static struct jq_value part_text(struct jq_machine *jq, const struct jq_node *node, struct jq_value part)
{
    return node->operation <= JQ_FORMAT_TEXT ? jq_to_string(jq, part)
                                             : jq_format(jq, (enum jq_format)node->operation, part);
}

static enum jq_got eval_interpolate(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                                    struct jq_value in, struct jq_value *out)
{
    struct jq_value string = jq_string(jq, NULL, 0);
    enum jq_got got = JQ_GOT;
    for (uint32_t i = 0; i < node->part_count && got == JQ_GOT; i++) {
        struct jq_value part;
        got = jq_eval(jq, node->parts[i], env, jq_keep(jq, in), NULL, &part);
        if (got != JQ_GOT)
            break;
        if (i % 2 == 1)
            part = part_text(jq, node, part);
        if (part.type == JQ_NONE) {
            got = JQ_GOT_STOP;
            break;
        }
        struct jq_bytes bytes = jq_string_bytes(jq, &part);
        string = jq_string_add(jq, string, bytes.at, bytes.len);
        jq_drop(jq, part);
    }
    jq_drop(jq, in);
    if (got == JQ_GOT)
        *out = string;
    else
        jq_drop(jq, string);
    return got;
}

static enum jq_got eval_native(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                               struct jq_value in, struct jq_value *out)
{
    struct jq_value arguments[8];
    uint32_t arity = node->native->arity;
    enum jq_got edited = jq_edit(jq, node, env, in, NULL, out);
    if (edited != JQ_GOT_NOTHING)
        return edited;
    for (uint32_t i = arity; i-- > 0;) {
        enum jq_got got = jq_eval(jq, node->arguments[i].body, env, jq_keep(jq, in), NULL, &arguments[i + 1]);
        if (got == JQ_GOT)
            continue;
        for (uint32_t k = i + 1; k < arity; k++)
            jq_drop(jq, arguments[k + 1]);
        jq_drop(jq, in);
        return got;
    }
    arguments[0] = in;
    *out = node->native->call(jq, arguments);
    if (out->type != JQ_NONE)
        return JQ_GOT;
    return jq->ending == JQ_GOES_ON ? JQ_GOT_NOTHING : JQ_GOT_STOP;
}

/* getpath where paths are followed: what is not there is null, not an error. */
static enum jq_got eval_getpath(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                                struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    struct jq_value keys;
    enum jq_got got = jq_eval(jq, node->arguments[0].body, env, jq_keep(jq, in), NULL, &keys);
    if (got != JQ_GOT || keys.type != JQ_ARRAY) {
        if (got == JQ_GOT) {
            jq_drop(jq, keys);
            jq_fail_text(jq, "Path must be specified as an array");
            got = JQ_GOT_STOP;
        }
        jq_drop(jq, in);
        return got;
    }
    size_t len = jq_array_length(jq, &keys);
    for (size_t i = 0; i < len && got == JQ_GOT; i++)
        if (!jq_path_add(jq, path, jq_keep(jq, keys.array->items[i]), in))
            got = JQ_GOT_STOP;
    if (got == JQ_GOT) {
        *out = jq_get_path(jq, in, &keys);
        got = out->type == JQ_NONE ? JQ_GOT_STOP : JQ_GOT;
    } else {
        jq_drop(jq, in);
    }
    jq_drop(jq, keys);
    return got;
}

/* .[key] and .[from:to] of a term; *key is made with the outer input. */
static enum jq_got eval_key(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                            struct jq_value *key)
{
    if (node->kind == JQ_INDEX)
        return jq_eval(jq, node->b, env, jq_keep(jq, in), NULL, key);
    struct jq_value from = jq_null(), to = jq_null();
    enum jq_got got = node->c ? jq_eval(jq, node->c, env, jq_keep(jq, in), NULL, &to) : JQ_GOT;
    if (got != JQ_GOT)
        return got;
    got = node->b ? jq_eval(jq, node->b, env, jq_keep(jq, in), NULL, &from) : JQ_GOT;
    if (got != JQ_GOT) {
        jq_drop(jq, to);
        return got;
    }
    *key = jq_slice_key(jq, from, to);
    return JQ_GOT;
}

static enum jq_got eval_index(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                              struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    struct jq_value key, of;
    enum jq_got got = eval_key(jq, node, env, in, &key);
    if (got != JQ_GOT) {
        jq_drop(jq, in);
        return got;
    }
    got = jq_eval(jq, node->a, env, in, path, &of);
    if (got != JQ_GOT) {
        jq_drop(jq, key);
        return got;
    }
    if (path && !jq_path_add(jq, path, jq_keep(jq, key), of)) {
        jq_drop(jq, key);
        jq_drop(jq, of);
        return JQ_GOT_STOP;
    }
    *out = jq_get(jq, of, key);
    return out->type != JQ_NONE ? JQ_GOT : jq_step_failed(jq, node) ? JQ_GOT_NOTHING : JQ_GOT_STOP;
}

static enum jq_got eval_field(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                              struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    struct jq_value of;
    if (!path && jq_record_field(jq, in, node, out))
        return JQ_GOT;
    if (node->a->kind == JQ_IDENTITY) {
        of = in;
    } else {
        enum jq_got got = jq_eval(jq, node->a, env, in, path, &of);
        if (got != JQ_GOT)
            return got;
    }
    if (path && !jq_path_add(jq, path, node->literal, of)) {
        jq_drop(jq, of);
        return JQ_GOT_STOP;
    }
    *out = jq_get_field(jq, of, node);
    return out->type != JQ_NONE ? JQ_GOT : jq_step_failed(jq, node) ? JQ_GOT_NOTHING : JQ_GOT_STOP;
}

/* The input, path and environment that a try may need again. */
static enum jq_got eval_try(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                            struct jq_value *path, struct jq_value *out)
{
    enum jq_got got = jq_eval(jq, node->a, env, in, path, out);
    if (got != JQ_GOT_STOP || jq->ending != JQ_ENDS_ERROR)
        return got;
    struct jq_value error = jq->error;
    jq->error = jq_none();
    jq->ending = JQ_GOES_ON;
    if (path) {
        jq_drop(jq, *path);
        *path = jq_self(JQ_FALSE);
    }
    if (error.type == JQ_OBJECT) { /* error({__jq: n}) is a break of old */
        struct jq_value number = jq_object_get(jq, error, (struct jq_bytes){"__jq", 4});
        jq_drop(jq, number);
        if (number.type != JQ_NONE) {
            jq_drop(jq, error);
            return JQ_GOT_NOTHING;
        }
    }
    if (node->b)
        return jq_eval(jq, node->b, env, error, path, out);
    jq_drop(jq, error);
    return JQ_GOT_NOTHING;
}

static enum jq_got eval_else(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                             struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    struct jq_value left_path = path ? jq_keep(jq, *path) : jq_none();
    enum jq_got got = jq_eval(jq, node->a, env, jq_keep(jq, in), path ? &left_path : NULL, out);
    if (got == JQ_GOT && jq_truth(*out)) {
        jq_drop(jq, in);
        if (path) {
            jq_drop(jq, *path);
            *path = left_path;
        }
        return got;
    }
    if (got == JQ_GOT)
        jq_drop(jq, *out);
    jq_drop(jq, left_path);
    if (got == JQ_GOT_STOP) {
        jq_drop(jq, in);
        return got;
    }
    return jq_eval(jq, node->b, env, in, path, out);
}

/* path(a) of a node with one result. */
static enum jq_got eval_paths(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                              struct jq_value in, struct jq_value *out)
{
    struct jq_value path = jq_array(jq, 4), value;
    enum jq_got got = jq_eval(jq, node->a, env, in, &path, &value);
    if (got == JQ_GOT && path.type != JQ_ARRAY) {
        char shown[JQ_SHOWN_MAX + 1];
        jq_show(jq, value, shown);
        jq_fail_text(jq, "Invalid path expression with result %s", shown);
        got = JQ_GOT_STOP;
        jq_drop(jq, value);
    } else if (got == JQ_GOT) {
        jq_drop(jq, value);
        *out = path;
        return got;
    }
    jq_drop(jq, path);
    return got;
}

/* a = b and a op= b with one result of b, a |= b: what is changed is held by nobody else. */
static enum jq_got eval_update(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                               struct jq_value in, struct jq_value *out)
{
    struct jq_value operand = jq_none();
    enum jq_got got = JQ_GOT;
    if (node->kind != JQ_UPDATE)
        got = jq_eval(jq, node->b, env, jq_keep(jq, in), NULL, &operand);
    if (got != JQ_GOT) {
        jq_drop(jq, in);
        return got;
    }
    got = jq_edit(jq, node, env, in, &operand, out);
    if (got == JQ_GOT_NOTHING)
        got = jq_update(jq, node, env, in, &operand, out);
    jq_drop(jq, operand);
    return got;
}

static enum jq_got eval_literal(struct jq_machine *jq, const struct jq_node *node, struct jq_value in,
                                struct jq_value *out)
{
    *out = node->literal.type != JQ_NONE ? node->literal : jq_keep(jq, jq->constants[node->slot]);
    jq_drop(jq, in);
    return JQ_GOT;
}

static void set_slot(struct jq_machine *jq, struct jq_frame *env, uint32_t slot, struct jq_value value)
{
    struct jq_value old = env->slots[slot].value;
    env->slots[slot].value = value;
    jq_drop(jq, old);
}

/* A call's frame in *made (NULL: it needs none, *env is moved). By-value arguments are evaluated with in (looked at).
 */
static enum jq_got enter(struct jq_machine *jq, const struct jq_node *node, struct jq_frame **env, struct jq_value in,
                         struct jq_frame **made)
{
    const struct jq_definition *definition = node->definition;
    *made = NULL;
    if (definition->scope->slots == 0) {
        *env = jq_frame_at(*env, node->hops);
        return JQ_GOT;
    }
    struct jq_frame *frame = jq_frame_call(jq, node, *env);
    for (uint32_t i = 0; i < definition->arity; i++) {
        if (!definition->by_value[i])
            continue;
        enum jq_got got = jq_eval(jq, node->arguments[i].body, *env, jq_keep(jq, in), NULL,
                                  &frame->slots[definition->value_slots[i]].value);
        if (got != JQ_GOT) {
            frame->slots[definition->value_slots[i]].value = jq_none();
            jq_frame_drop(jq, frame);
            return got;
        }
    }
    *made = *env = frame;
    return JQ_GOT;
}

/* A value that was made while a path is followed: still at it only when it is the very input. */
static enum jq_got eval_off_path(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                                 struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    struct jq_value before = jq_keep(jq, in);
    enum jq_got got = jq_eval(jq, node, env, in, NULL, out);
    if (got == JQ_GOT && !jq_identical(before, *out)) {
        jq_drop(jq, *path);
        *path = jq_self(JQ_FALSE);
    }
    jq_drop(jq, before);
    return got;
}

/* The next node, environment and input of what comes in the last place; what was entered for it is in *owned. */
struct tail {
    const struct jq_node *node;
    struct jq_frame *env, *owned;
    struct jq_value in;
};

static void own(struct jq_machine *jq, struct tail *tail, struct jq_frame *frame)
{
    jq_frame_drop(jq, tail->owned);
    tail->owned = frame;
}

/* One step of the tail: JQ_GOT means go on with it. */
static enum jq_got step(struct jq_machine *jq, struct tail *tail, struct jq_value *path)
{
    const struct jq_node *node = tail->node;
    struct jq_value value;
    struct jq_frame *made;
    enum jq_got got;
    switch (node->kind) {
    case JQ_PIPE:
        got = jq_eval(jq, node->a, tail->env, tail->in, path, &tail->in);
        tail->node = node->b;
        return got;
    case JQ_IF:
        got = jq_eval(jq, node->a, tail->env, jq_keep(jq, tail->in), NULL, &value);
        if (got != JQ_GOT) {
            jq_drop(jq, tail->in);
            return got;
        }
        tail->node = jq_truth(value) ? node->b : node->c;
        jq_drop(jq, value);
        return got;
    case JQ_BIND:
        got = jq_eval(jq, node->a, tail->env, jq_keep(jq, tail->in), NULL, &value);
        if (got != JQ_GOT) {
            jq_drop(jq, tail->in);
            return got;
        }
        set_slot(jq, tail->env, node->slot, value);
        tail->node = node->b;
        return got;
    case JQ_CALL:
        got = enter(jq, node, &tail->env, tail->in, &made);
        if (got != JQ_GOT || jq_ends(jq)) {
            jq_frame_drop(jq, got == JQ_GOT ? made : NULL);
            jq_drop(jq, tail->in);
            return got == JQ_GOT ? JQ_GOT_STOP : got;
        }
        if (made)
            own(jq, tail, made);
        tail->node = node->definition->body;
        return got;
    case JQ_BLOCK:
        tail->env = jq_frame_new(jq, node->scope, tail->env);
        own(jq, tail, tail->env);
        tail->node = node->a;
        return JQ_GOT;
    default: { /* JQ_CLOSURE */
        struct jq_closure closure = jq_frame_at(tail->env, node->hops)->slots[node->slot].closure;
        const struct jq_scope *scope = closure.argument->scope;
        made = scope->slots > 0 ? jq_frame_new(jq, scope, closure.frame) : jq_frame_keep(closure.frame);
        tail->node = closure.argument->body;
        tail->env = made;
        own(jq, tail, made);
        if (!jq_ends(jq))
            return JQ_GOT;
        jq_drop(jq, tail->in);
        return JQ_GOT_STOP;
    }
    }
}

static enum jq_got eval_last(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                             struct jq_value in, struct jq_value *path, struct jq_value *out)
{
    switch (node->kind) {
    case JQ_FIELD:
        return eval_field(jq, node, env, in, path, out);
    case JQ_INDEX:
    case JQ_SLICE:
        return eval_index(jq, node, env, in, path, out);
    case JQ_LITERAL:
        return eval_literal(jq, node, in, out);
    case JQ_INTERPOLATE:
        return eval_interpolate(jq, node, env, in, out);
    case JQ_CONSTRUCT:
        return eval_construct(jq, node, env, in, out);
    case JQ_AND:
    case JQ_OR:
        return eval_logic(jq, node, env, in, out);
    case JQ_ELSE:
        return eval_else(jq, node, env, in, path, out);
    case JQ_TRY:
        return eval_try(jq, node, env, in, path, out);
    case JQ_EMPTY:
        jq_drop(jq, in);
        return JQ_GOT_NOTHING;
    case JQ_UPDATE:
    case JQ_ASSIGN:
    case JQ_UPDATE_WITH:
        return eval_update(jq, node, env, in, out);
    case JQ_PATHS:
        return eval_paths(jq, node, env, in, out);
    case JQ_NATIVE:
        return path ? eval_getpath(jq, node, env, in, path, out) : eval_native(jq, node, env, in, out);
    case JQ_VARIABLE:
        *out = jq_keep(jq, jq_frame_at(env, node->hops)->slots[node->slot].value);
        jq_drop(jq, in);
        return JQ_GOT;
    case JQ_GLOBAL:
        *out = jq_keep(jq, jq->globals[node->slot]);
        jq_drop(jq, in);
        return JQ_GOT;
    case JQ_NEGATE: {
        enum jq_got got = jq_eval(jq, node->a, env, in, NULL, out);
        return got == JQ_GOT ? result(jq_negate(jq, *out), out) : got;
    }
    default:
        if (node->kind >= JQ_ADD && node->kind <= JQ_GREATER_EQUAL)
            return eval_binary(jq, node, env, in, out);
        return eval_by_run(jq, node, env, in, path, out);
    }
}

enum jq_got jq_eval(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                    struct jq_value *path, struct jq_value *out)
{
    struct tail tail = {.node = node, .env = env, .in = in};
    enum jq_got got = JQ_GOT;
    if (jq_deep(jq)) {
        jq_drop(jq, in);
        return JQ_GOT_STOP;
    }
    while (got == JQ_GOT) {
        node = tail.node;
        if (!node || node->kind == JQ_IDENTITY) {
            *out = tail.in;
            break;
        }
        bool goes_on = node->kind == JQ_PIPE || node->kind == JQ_IF || node->kind == JQ_BIND || node->kind == JQ_CALL ||
                       node->kind == JQ_CLOSURE || node->kind == JQ_BLOCK;
        if (path && !jq_is_path(node)) {
            got = eval_off_path(jq, node, tail.env, tail.in, path, out);
            break;
        }
        if (!goes_on || (node->kind == JQ_CALL && node->definition->one)) {
            got = eval_last(jq, node, tail.env, tail.in, path, out);
            break;
        }
        got = step(jq, &tail, path);
    }
    jq_frame_drop(jq, tail.owned);
    return got;
}
