/* Nodes with any number of results: each is handed on. */
#include "jq/run_inner.h"

struct onto {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_sink *to;
};

/* a | b */
static bool take_pipe(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct onto *onto = (struct onto *)sink;
    return jq_run_node(jq, onto->node, onto->env, value, path, onto->to);
}

static bool run_pipe(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to)
{
    struct onto onto = {{take_pipe}, node->b, env, to};
    return jq_run_node(jq, node->a, env, in, path, &onto.sink);
}

/* Results of a condition, value or bound, with the input that the rest is run on. */
struct with_input {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_value in, path;
    struct jq_sink *to;
};

static bool take_condition(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct with_input *with = (struct with_input *)sink;
    (void)path;
    const struct jq_node *branch = jq_truth(value) ? with->node->b : with->node->c;
    jq_drop(jq, value);
    struct jq_value in = jq_keep(jq, with->in), at = jq_keep(jq, with->path);
    return branch ? jq_run_node(jq, branch, with->env, in, at, with->to) : with->to->take(jq, with->to, in, at);
}

static bool take_bound(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct with_input *with = (struct with_input *)sink;
    (void)path;
    jq_run_set_slot(jq, with->env, with->node->slot, value);
    return jq_run_node(jq, with->node->b, with->env, jq_keep(jq, with->in), jq_keep(jq, with->path), with->to);
}

/* Runs node->a on the input and each result through take. */
static bool run_with(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to,
                     bool (*take)(struct jq_machine *, struct jq_sink *, struct jq_value, struct jq_value))
{
    struct with_input with = {{take}, node, env, in, path, to};
    bool good = jq_run_node(jq, node->a, env, jq_keep(jq, in), jq_none(), &with.sink);
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}

static bool take_logic(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct with_input *with = (struct with_input *)sink;
    bool truth = jq_truth(value);
    jq_drop(jq, value);
    jq_drop(jq, path);
    if (!with->node) /* the second side */
        return with->to->take(jq, with->to, jq_bool(truth), jq_none());
    if (truth != (with->node->kind == JQ_AND))
        return with->to->take(jq, with->to, jq_bool(truth), jq_none());
    struct with_input second = {{take_logic}, NULL, with->env, jq_none(), jq_none(), with->to};
    return jq_run_node(jq, with->node->b, with->env, jq_keep(jq, with->in), jq_none(), &second.sink);
}

static bool run_comma(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                      struct jq_value path, struct jq_sink *to)
{
    return jq_run_node(jq, node->a, env, jq_keep(jq, in), jq_keep(jq, path), to);
}

/* a // b: the true ones of a; b when there were none. */
struct otherwise {
    struct jq_sink sink;
    struct jq_sink *to;
    bool any, passing; /* passing: what ended came from the sink */
};

static bool take_true(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct otherwise *otherwise = (struct otherwise *)sink;
    if (!jq_truth(value)) {
        jq_drop(jq, value);
        jq_drop(jq, path);
        return true;
    }
    otherwise->any = true;
    otherwise->passing = !otherwise->to->take(jq, otherwise->to, value, path);
    return !otherwise->passing;
}

static void forget_error(struct jq_machine *jq)
{
    jq_drop(jq, jq->error);
    jq->error = jq_none();
    jq->ending = JQ_GOES_ON;
}

static bool run_else(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to)
{
    struct otherwise otherwise = {.sink.take = take_true, .to = to};
    bool good = jq_run_node(jq, node->a, env, jq_keep(jq, in), jq_keep(jq, path), &otherwise.sink);
    if (good && !otherwise.any)
        return jq_run_node(jq, node->b, env, in, path, to);
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}

/* try a catch b: errors of a only, not those of what its results go through. */
static bool take_passing(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct otherwise *otherwise = (struct otherwise *)sink;
    otherwise->passing = !otherwise->to->take(jq, otherwise->to, value, path);
    return !otherwise->passing;
}

static bool run_try(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                    struct jq_value path, struct jq_sink *to)
{
    struct otherwise otherwise = {.sink.take = take_passing, .to = to};
    bool tracked = path.type != JQ_NONE;
    if (jq_run_node(jq, node->a, env, in, path, &otherwise.sink))
        return true;
    if (otherwise.passing || jq->ending != JQ_ENDS_ERROR)
        return false;
    struct jq_value error = jq->error;
    jq->error = jq_none();
    jq->ending = JQ_GOES_ON;
    if (node->b)
        return jq_run_node(jq, node->b, env, error, tracked ? jq_self(JQ_FALSE) : jq_none(), to);
    jq_drop(jq, error);
    return true;
}

static bool run_label(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                      struct jq_value path, struct jq_sink *to)
{
    uint64_t label = ++jq->labels;
    jq_run_set_slot(jq, env, node->slot, jq_int((int64_t)label));
    if (jq_run_node(jq, node->a, env, in, path, to))
        return true;
    if (jq->ending != JQ_ENDS_BREAK || jq->label != label)
        return false;
    jq->ending = JQ_GOES_ON;
    return true;
}

static bool run_alternatives(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                             struct jq_value in, struct jq_value path, struct jq_sink *to)
{
    bool good = true;
    for (uint32_t i = 0; i < node->part_count; i++) {
        struct otherwise otherwise = {.sink.take = take_passing, .to = to};
        for (uint32_t k = 0; k < node->slot; k++)
            jq_run_set_slot(jq, env, node->slots[k], jq_null());
        good = jq_run_node(jq, node->parts[i], env, jq_keep(jq, in), jq_keep(jq, path), &otherwise.sink);
        if (good || otherwise.passing || jq->ending != JQ_ENDS_ERROR || i + 1 == node->part_count)
            break;
        forget_error(jq);
    }
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}

/* By-value arguments with several results: one call for each combination, the first argument outermost. */
struct calling {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env, *frame;
    uint32_t next;
    struct jq_value in, path;
    struct jq_sink *to;
};

static bool call_on(struct jq_machine *jq, struct calling *calling);

static bool take_argument(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct calling calling = *(struct calling *)sink;
    (void)path;
    const struct jq_scope *scope = calling.node->definition->scope;
    /* a frame of its own: the body may still run when the next value comes */
    struct jq_frame *frame = jq_frame_call(jq, calling.node, calling.env);
    for (uint32_t i = scope->closures; calling.frame && i < scope->slots; i++)
        frame->slots[i].value = jq_keep(jq, calling.frame->slots[i].value);
    frame->slots[calling.node->definition->value_slots[calling.next]].value = value;
    calling.frame = frame;
    calling.next++;
    bool good = call_on(jq, &calling);
    jq_frame_drop(jq, frame);
    return good;
}

static bool call_on(struct jq_machine *jq, struct calling *calling)
{
    const struct jq_definition *definition = calling->node->definition;
    while (calling->next < definition->arity && !definition->by_value[calling->next])
        calling->next++;
    if (calling->next == definition->arity)
        return jq_run_node(jq, definition->body, calling->frame, jq_keep(jq, calling->in), jq_keep(jq, calling->path),
                           calling->to);
    struct calling next = *calling;
    next.sink.take = take_argument;
    return jq_run_node(jq, calling->node->arguments[calling->next].body, calling->env, jq_keep(jq, calling->in),
                       jq_none(), &next.sink);
}

static bool run_call(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to)
{
    struct calling calling = {.node = node, .env = env, .in = in, .path = path, .to = to};
    bool good = call_on(jq, &calling);
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}

static bool values_are_one(const struct jq_node *node, struct jq_frame *env)
{
    const struct jq_definition *definition = node->definition;
    for (uint32_t i = 0; i < definition->arity; i++)
        if (definition->by_value[i] && !jq_is_one(node->arguments[i].body, env))
            return false;
    return true;
}

/* What comes in the last place, and the frame entered for it. */
struct tail {
    const struct jq_node *node;
    struct jq_frame *env, *owned;
    struct jq_value in, path;
};

static void enter(struct jq_machine *jq, struct tail *tail, const struct jq_node *node, struct jq_frame *frame,
                  bool ours)
{
    if (ours) {
        jq_frame_drop(jq, tail->owned);
        tail->owned = frame;
    }
    tail->env = frame;
    tail->node = node;
}

enum step { STEP_ON, STEP_DONE, STEP_ENDED };

static enum step drop_tail(struct jq_machine *jq, struct tail *tail, bool good)
{
    jq_drop(jq, tail->in);
    jq_drop(jq, tail->path);
    return good ? STEP_DONE : STEP_ENDED;
}

static enum step step_call(struct jq_machine *jq, struct tail *tail, struct jq_sink *to)
{
    const struct jq_node *node = tail->node;
    const struct jq_definition *definition = node->definition;
    if (jq_ends(jq))
        return drop_tail(jq, tail, false);
    if (definition->scope->slots == 0) {
        enter(jq, tail, definition->body, jq_frame_at(tail->env, node->hops), false);
        return STEP_ON;
    }
    if (!values_are_one(node, tail->env))
        return run_call(jq, node, tail->env, tail->in, tail->path, to) ? STEP_DONE : STEP_ENDED;
    struct jq_frame *frame = jq_frame_call(jq, node, tail->env);
    for (uint32_t i = 0; i < definition->arity; i++) {
        struct jq_value *slot = &frame->slots[definition->value_slots[i]].value;
        if (!definition->by_value[i])
            continue;
        enum jq_got got = jq_eval(jq, node->arguments[i].body, tail->env, jq_keep(jq, tail->in), NULL, slot);
        if (got == JQ_GOT)
            continue;
        *slot = jq_none();
        jq_frame_drop(jq, frame);
        return drop_tail(jq, tail, got == JQ_GOT_NOTHING);
    }
    enter(jq, tail, definition->body, frame, true);
    return STEP_ON;
}

static enum step step_closure(struct jq_machine *jq, struct tail *tail)
{
    struct jq_closure closure = jq_frame_at(tail->env, tail->node->hops)->slots[tail->node->slot].closure;
    const struct jq_argument *argument = closure.argument;
    if (jq_ends(jq))
        return drop_tail(jq, tail, false);
    struct jq_frame *frame =
        argument->scope->slots > 0 ? jq_frame_new(jq, argument->scope, closure.frame) : jq_frame_keep(closure.frame);
    enter(jq, tail, argument->body, frame, true);
    return STEP_ON;
}

/* One result of a node that is known to have no more. */
static enum step step_one(struct jq_machine *jq, struct tail *tail, const struct jq_node *node, struct jq_value *value)
{
    enum jq_got got = jq_eval(jq, node, tail->env, tail->in, tail->path.type == JQ_NONE ? NULL : &tail->path, value);
    if (got == JQ_GOT)
        return STEP_ON;
    jq_drop(jq, tail->path);
    return got == JQ_GOT_NOTHING ? STEP_DONE : STEP_ENDED;
}

/* A condition or bound value with one result. */
static enum step step_beside(struct jq_machine *jq, struct tail *tail, struct jq_value *value)
{
    enum jq_got got = jq_eval(jq, tail->node->a, tail->env, jq_keep(jq, tail->in), NULL, value);
    return got == JQ_GOT ? STEP_ON : drop_tail(jq, tail, got == JQ_GOT_NOTHING);
}

static enum step step_many(struct jq_machine *jq, struct tail *tail, struct jq_sink *to)
{
    const struct jq_node *node = tail->node;
    struct jq_frame *env = tail->env;
    struct jq_value in = tail->in, path = tail->path, value;
    enum step step;
    bool good;
    switch (node->kind) {
    case JQ_PIPE:
        if (!jq_is_one(node->a, env)) {
            good = run_pipe(jq, node, env, in, path, to);
            break;
        }
        step = step_one(jq, tail, node->a, &tail->in);
        tail->node = node->b;
        return step;
    case JQ_COMMA:
        if (!run_comma(jq, node, env, in, path, to))
            return drop_tail(jq, tail, false);
        tail->node = node->b;
        return STEP_ON;
    case JQ_IF:
        if (!jq_is_one(node->a, env)) {
            good = run_with(jq, node, env, in, path, to, take_condition);
            break;
        }
        step = step_beside(jq, tail, &value);
        if (step == STEP_ON) {
            tail->node = jq_truth(value) ? node->b : node->c;
            jq_drop(jq, value);
        }
        return step;
    case JQ_BIND:
        if (!jq_is_one(node->a, env)) {
            good = run_with(jq, node, env, in, path, to, take_bound);
            break;
        }
        step = step_beside(jq, tail, &value);
        if (step == STEP_ON) {
            jq_run_set_slot(jq, env, node->slot, value);
            tail->node = node->b;
        }
        return step;
    case JQ_CALL:
        return step_call(jq, tail, to);
    case JQ_CLOSURE:
        return step_closure(jq, tail);
    case JQ_BLOCK:
        enter(jq, tail, node->a, jq_frame_new(jq, node->scope, env), true);
        return STEP_ON;
    case JQ_AND:
    case JQ_OR:
        good = run_with(jq, node, env, in, path, to, take_logic);
        break;
    case JQ_ELSE:
        good = run_else(jq, node, env, in, path, to);
        break;
    case JQ_TRY:
        good = run_try(jq, node, env, in, path, to);
        break;
    case JQ_LABEL:
        good = run_label(jq, node, env, in, path, to);
        break;
    case JQ_ALTERNATIVES:
        good = run_alternatives(jq, node, env, in, path, to);
        break;
    default:
        good = jq_run_loop(jq, node, env, in, path, to);
    }
    return good ? STEP_DONE : STEP_ENDED;
}

/* Results while paths are followed, of a node that gives none: see jq_identical. */
struct off_path {
    struct jq_sink sink;
    struct jq_value before, path;
    struct jq_sink *to;
};

static bool take_off_path(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct off_path *off = (struct off_path *)sink;
    (void)path;
    return off->to->take(jq, off->to, value,
                         jq_identical(off->before, value) ? jq_keep(jq, off->path) : jq_self(JQ_FALSE));
}

static bool run_off_path(struct jq_machine *jq, struct tail *tail, struct jq_sink *to)
{
    struct off_path off = {{take_off_path}, jq_keep(jq, tail->in), tail->path, to};
    bool good = jq_run_node(jq, tail->node, tail->env, tail->in, jq_none(), &off.sink);
    jq_drop(jq, off.before);
    jq_drop(jq, off.path);
    return good;
}

/* Nodes that have no evaluation of their own come here with one result too. */
static bool only_runs(const struct jq_node *node)
{
    switch (node->kind) {
    case JQ_COLLECT:
    case JQ_TALLY:
    case JQ_REDUCE:
    case JQ_FIRST:
    case JQ_LAST:
    case JQ_IS_EMPTY:
    case JQ_ANY:
    case JQ_ALL:
    case JQ_SUM:
    case JQ_SORTED:
    case JQ_LABEL:
    case JQ_BREAK:
    case JQ_ALTERNATIVES:
    case JQ_REPEAT:
        return true;
    case JQ_CALL:
        return node->definition->one;
    default:
        return false;
    }
}

bool jq_run_node(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                 struct jq_value path, struct jq_sink *to)
{
    struct tail tail = {.node = node, .env = env, .in = in, .path = path};
    enum step step = STEP_ON;
    if (jq_deep(jq))
        step = drop_tail(jq, &tail, false);
    while (step == STEP_ON) {
        if (!tail.node || tail.node->kind == JQ_IDENTITY) {
            step = to->take(jq, to, tail.in, tail.path) ? STEP_DONE : STEP_ENDED;
        } else if (tail.path.type != JQ_NONE && !jq_is_path(tail.node)) {
            step = run_off_path(jq, &tail, to) ? STEP_DONE : STEP_ENDED;
        } else if (jq_is_one(tail.node, tail.env) && !only_runs(tail.node)) {
            step = step_one(jq, &tail, tail.node, &tail.in);
            tail.node = NULL;
        } else {
            step = step_many(jq, &tail, to);
        }
    }
    jq_frame_drop(jq, tail.owned);
    return step == STEP_DONE;
}
