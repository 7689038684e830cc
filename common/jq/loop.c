/* Nodes that give many results one by one. */
#include <math.h>

#include "jq/run_inner.h"

struct each {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_sink *to;
};

/* Hands on the items of a container. */
static bool take_each(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct jq_sink *to = ((struct each *)sink)->to;
    if (value.type != JQ_ARRAY && value.type != JQ_OBJECT) {
        jq_fail_iterate(jq, value);
        jq_drop(jq, path);
        return jq_step_failed(jq, ((struct each *)sink)->node);
    }
    bool tracked = path.type != JQ_NONE, good = true;
    if (tracked && path.type != JQ_ARRAY)
        good = jq_path_add(jq, &path, jq_none(), value);
    if (value.type == JQ_OBJECT && value.form == JQ_TEXT) /* a repeated key counts once */
        jq_expand(jq, &value);
    struct jq_steps steps = jq_steps(jq, &value);
    struct jq_value key, item;
    for (size_t i = 0; good && jq_steps_next(jq, &steps, tracked ? &key : NULL, &item); i++) {
        struct jq_value at = jq_none();
        if (tracked)
            at = jq_array_add(jq, jq_keep(jq, path), value.type == JQ_ARRAY ? jq_int((int64_t)i) : key);
        good = to->take(jq, to, item, at);
    }
    jq_drop(jq, value);
    jq_drop(jq, path);
    return good;
}

/* The value and all in it, a container before its items. */
static bool recurse_all(struct jq_machine *jq, struct jq_value value, struct jq_value path, struct jq_sink *to)
{
    bool tracked = path.type != JQ_NONE;
    if (value.type < JQ_ARRAY)
        return to->take(jq, to, value, path);
    if (jq_deep(jq) || !to->take(jq, to, jq_keep(jq, value), jq_keep(jq, path)) ||
        (tracked && path.type != JQ_ARRAY && !jq_path_add(jq, &path, jq_none(), value))) {
        jq_drop(jq, value);
        jq_drop(jq, path);
        return false;
    }
    jq_expand(jq, &value);
    struct jq_steps steps = jq_steps(jq, &value);
    struct jq_value key, item;
    bool good = true;
    for (size_t i = 0; good && jq_steps_next(jq, &steps, tracked ? &key : NULL, &item); i++) {
        struct jq_value at = jq_none();
        if (tracked)
            at = jq_array_add(jq, jq_keep(jq, path), value.type == JQ_ARRAY ? jq_int((int64_t)i) : key);
        good = recurse_all(jq, item, at, to);
    }
    jq_drop(jq, value);
    jq_drop(jq, path);
    return good;
}

/* recurse(a), while(a; b), until(a; b): results of a go through the same again. */
struct again {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_sink *to;
};

static bool run_again(struct jq_machine *jq, struct again *again, struct jq_value in, struct jq_value path);

static bool take_again(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    return run_again(jq, (struct again *)sink, value, path);
}

/* while(a; b), until(a; b): true as long as it goes on. */
static enum jq_got holds(struct jq_machine *jq, struct again *again, struct jq_value in, bool *truth)
{
    struct jq_value value;
    enum jq_got got = jq_eval(jq, again->node->a, again->env, jq_keep(jq, in), NULL, &value);
    if (got == JQ_GOT) {
        *truth = jq_truth(value);
        jq_drop(jq, value);
    }
    return got;
}

/* repeat(f): all results of f, again and again, of the same input. */
static bool run_repeat(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                       struct jq_value path, struct jq_sink *to)
{
    bool good = true;
    while (good && !jq_ends(jq))
        good = jq_run_node(jq, node->a, env, jq_keep(jq, in), jq_keep(jq, path), to);
    jq_drop(jq, in);
    jq_drop(jq, path);
    return false;
}

/* recurse(f): ., (f | recurse(f)); while(c; f): only while c is true. */
static bool run_again(struct jq_machine *jq, struct again *again, struct jq_value in, struct jq_value path)
{
    const struct jq_node *node = again->node,
                         *body = node->kind == JQ_REPEAT && node->operation > 0 ? node->b : node->a;
    bool until = node->kind == JQ_REPEAT && node->operation == 2,
         until_or_while = node->kind == JQ_REPEAT && node->operation > 0;
    for (;;) {
        bool truth = false;
        enum jq_got got = JQ_GOT;
        if (jq_deep(jq) || jq_ends(jq))
            got = JQ_GOT_STOP;
        else if (until_or_while)
            got = holds(jq, again, in, &truth);
        if (got != JQ_GOT || (until_or_while && !until && !truth)) {
            jq_drop(jq, in);
            jq_drop(jq, path);
            return got != JQ_GOT_STOP;
        }
        if (until && truth)
            return again->to->take(jq, again->to, in, path);
        if (!until && !again->to->take(jq, again->to, jq_keep(jq, in), jq_keep(jq, path))) {
            jq_drop(jq, in);
            jq_drop(jq, path);
            return false;
        }
        if (!jq_is_one(body, again->env))
            return jq_run_node(jq, body, again->env, in, path, &again->sink);
        got = jq_eval(jq, body, again->env, in, path.type == JQ_NONE ? NULL : &path, &in);
        if (got != JQ_GOT) {
            jq_drop(jq, path);
            return got == JQ_GOT_NOTHING;
        }
    }
}

static bool run_range(struct jq_machine *jq, struct jq_value from, struct jq_value to_value, struct jq_sink *to)
{
    if (from.type != JQ_NUMBER || to_value.type != JQ_NUMBER) {
        jq_drop(jq, from);
        jq_drop(jq, to_value);
        jq_fail_text(jq, "Range bounds must be numeric");
        return false;
    }
    from = jq_settle(jq, from);
    double end = jq_to_double(&to_value);
    jq_drop(jq, to_value);
    if (from.form == JQ_INT) {
        for (int64_t i = from.integer; (double)i < end; i++)
            if (jq_ends(jq) || !to->take(jq, to, jq_int(i), jq_none()))
                return false;
        return true;
    }
    double start = jq_to_double(&from);
    jq_drop(jq, from);
    while (start < end) {
        if (jq_ends(jq) || !to->take(jq, to, jq_double(start), jq_none()))
            return false;
        start += 1;
    }
    return true;
}

struct bounds {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_value in, from;
    struct jq_sink *to;
};

static bool take_upper(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct bounds *bounds = (struct bounds *)sink;
    (void)path;
    return run_range(jq, jq_keep(jq, bounds->from), value, bounds->to);
}

static bool take_lower(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct bounds upper = *(struct bounds *)sink;
    (void)path;
    upper.sink.take = take_upper;
    upper.from = value;
    bool good = jq_run_node(jq, upper.node->b, upper.env, jq_keep(jq, upper.in), jq_none(), &upper.sink);
    jq_drop(jq, value);
    return good;
}

/* range with one bound each: nothing of the input is kept while it goes on. */
static bool run_one_range(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                          struct jq_value path, struct jq_sink *to)
{
    struct jq_value from, end;
    jq_drop(jq, path);
    enum jq_got got = jq_eval(jq, node->a, env, jq_keep(jq, in), NULL, &from);
    if (got != JQ_GOT) {
        jq_drop(jq, in);
        return got == JQ_GOT_NOTHING;
    }
    got = jq_eval(jq, node->b, env, in, NULL, &end);
    if (got == JQ_GOT)
        return run_range(jq, from, end, to);
    jq_drop(jq, from);
    return got == JQ_GOT_NOTHING;
}

static bool run_inputs(struct jq_machine *jq, struct jq_sink *to)
{
    struct jq_value input;
    for (;;) {
        enum jq_got got = jq_next_input(jq, &input);
        if (got != JQ_GOT)
            return got == JQ_GOT_NOTHING;
        if (!to->take(jq, to, input, jq_none()))
            return false;
    }
}

bool jq_run_loop(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                 struct jq_value path, struct jq_sink *to)
{
    bool good;
    switch (node->kind) {
    case JQ_EACH: {
        struct each each = {{take_each}, node, to};
        return jq_run_node(jq, node->a, env, in, path, &each.sink);
    }
    case JQ_RECURSE:
        if (!node->a)
            return recurse_all(jq, in, path, to);
        /* fall through */
    case JQ_REPEAT: {
        if (node->kind == JQ_REPEAT && node->operation == 0)
            return run_repeat(jq, node, env, in, path, to);
        struct again again = {{take_again}, node, env, to};
        return run_again(jq, &again, in, path);
    }
    case JQ_RANGE: {
        if (jq_is_one(node->a, env) && jq_is_one(node->b, env))
            return run_one_range(jq, node, env, in, path, to);
        struct bounds lower = {{take_lower}, node, env, in, jq_none(), to};
        good = jq_run_node(jq, node->a, env, jq_keep(jq, in), jq_none(), &lower.sink);
        break;
    }
    case JQ_INPUTS:
        jq_drop(jq, in);
        jq_drop(jq, path);
        return run_inputs(jq, to);
    case JQ_BREAK:
        jq->ending = JQ_ENDS_BREAK;
        jq->label = (uint64_t)jq_frame_at(env, node->hops)->slots[node->slot].value.integer;
        good = false;
        break;
    default:
        return jq_run_fold(jq, node, env, in, path, to);
    }
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}
