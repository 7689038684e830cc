/* Nodes that fold many results into few, or stop at some. */
#include "jq/run_inner.h"

struct fold {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_value value, path; /* gathered so far */
    struct jq_value in;
    struct jq_sink *to;
    int64_t count;
    bool done, passing;
};

static bool take_collect(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)path;
    fold->value = jq_array_add(jq, fold->value, value);
    return !jq_ends(jq);
}

static bool run_collect(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                        struct jq_sink *to)
{
    struct jq_value edited;
    enum jq_got got = jq_edit(jq, node, env, in, NULL, &edited);
    if (got != JQ_GOT_NOTHING)
        return got == JQ_GOT && to->take(jq, to, edited, jq_none());
    struct fold fold = {.sink.take = take_collect, .value = jq_array(jq, node->a ? 4 : 0)};
    bool good = true;
    if (node->a)
        good = jq_run_node(jq, node->a, env, in, jq_none(), &fold.sink);
    else
        jq_drop(jq, in);
    if (good)
        return to->take(jq, to, fold.value, jq_none());
    jq_drop(jq, fold.value);
    return false;
}

static bool take_tally(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    (void)path;
    ((struct fold *)sink)->value.integer++;
    jq_drop(jq, value);
    return !jq_ends(jq);
}

static bool take_sum(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)path;
    fold->value = jq_operate(jq, JQ_ADD, fold->value, value);
    return fold->value.type != JQ_NONE && !jq_ends(jq);
}

/* The last result of an update; null where it has none. */
static bool take_update(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    jq_drop(jq, fold->value);
    jq_drop(jq, fold->path);
    fold->value = value;
    fold->path = path;
    return true;
}

/* reduce: one item of the source is in the slot. */
static bool take_reduce(struct jq_machine *jq, struct jq_sink *sink, struct jq_value item, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)path;
    jq_run_set_slot(jq, fold->env, fold->node->slot, item);
    struct jq_value value = fold->value;
    fold->value = jq_none();
    if (jq_is_one(fold->node->c, fold->env)) {
        enum jq_got got =
            jq_eval(jq, fold->node->c, fold->env, value, fold->path.type == JQ_NONE ? NULL : &fold->path, &fold->value);
        if (got == JQ_GOT_NOTHING)
            fold->value = jq_null();
        if (got != JQ_GOT && fold->path.type != JQ_NONE) {
            jq_drop(jq, fold->path);
            fold->path = jq_self(JQ_FALSE);
        }
        if (got == JQ_GOT_STOP)
            fold->value = jq_none();
        return got != JQ_GOT_STOP && !jq_ends(jq);
    }
    struct fold update = {.sink.take = take_update,
                          .value = jq_null(),
                          .path = fold->path.type == JQ_NONE ? jq_none() : jq_self(JQ_FALSE)};
    bool good = jq_run_node(jq, fold->node->c, fold->env, value, fold->path, &update.sink);
    fold->value = update.value;
    fold->path = update.path;
    return good && !jq_ends(jq);
}

static bool take_extracted(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *outer = (struct fold *)sink;
    jq_drop(jq, outer->value);
    outer->value = jq_keep(jq, value);
    if (outer->path.type != JQ_NONE) {
        jq_drop(jq, outer->path);
        outer->path = jq_keep(jq, path);
    }
    if (!outer->node->d)
        return outer->to->take(jq, outer->to, value, path);
    return jq_run_node(jq, outer->node->d, outer->env, value, path, outer->to);
}

/* foreach: as reduce, but every state is given, through the third part. */
static bool take_foreach(struct jq_machine *jq, struct jq_sink *sink, struct jq_value item, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)path;
    jq_run_set_slot(jq, fold->env, fold->node->slot, item);
    struct jq_value value = fold->value, at = fold->path;
    fold->value = jq_null();
    fold->path = at.type == JQ_NONE ? at : jq_self(JQ_FALSE);
    struct fold states = *fold;
    states.sink.take = take_extracted;
    bool good = jq_run_node(jq, fold->node->c, fold->env, value, at, &states.sink);
    fold->value = states.value;
    fold->path = states.path;
    return good && !jq_ends(jq);
}

/* The source runs; takes over fold.in. */
static bool begin(struct jq_machine *jq, struct fold fold, struct jq_value value, struct jq_value path)
{
    fold.value = value;
    fold.path = path;
    fold.sink.take = fold.node->kind == JQ_REDUCE ? take_reduce : take_foreach;
    bool good = jq_run_node(jq, fold.node->a, fold.env, fold.in, jq_none(), &fold.sink);
    if (good && fold.node->kind == JQ_REDUCE)
        return fold.to->take(jq, fold.to, fold.value, fold.path);
    jq_drop(jq, fold.value);
    jq_drop(jq, fold.path);
    return good;
}

/* One beginning of several. */
static bool take_init(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    jq_keep(jq, fold->in);
    return begin(jq, *fold, value, path);
}

/* first(a), isempty(a), any, all, last: what they keep. */
static bool take_first(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)jq;
    fold->value = value;
    fold->path = path;
    fold->done = true;
    return false;
}

static bool take_verdict(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)path;
    bool truth = jq_truth(value);
    jq_drop(jq, value);
    fold->done = truth == (fold->node->kind == JQ_ANY);
    return !fold->done;
}

static bool take_tested(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    (void)path;
    struct fold verdict = {.sink.take = take_verdict, .node = fold->node};
    bool good = jq_run_node(jq, fold->node->b, fold->env, value, jq_none(), &verdict.sink);
    fold->done = verdict.done;
    return good && !jq_ends(jq);
}

static bool run_kept(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to)
{
    bool first = node->kind == JQ_FIRST, last = node->kind == JQ_LAST,
         test = node->kind == JQ_ANY || node->kind == JQ_ALL;
    struct fold fold = {.node = node, .env = env, .sink.take = last ? take_update : test ? take_tested : take_first};
    bool good = jq_run_node(jq, node->a, env, in, path, &fold.sink) || fold.done;
    if (!good) {
        jq_drop(jq, fold.value);
        jq_drop(jq, fold.path);
        return false;
    }
    if (first || last)
        return fold.value.type == JQ_NONE || to->take(jq, to, fold.value, fold.path);
    jq_drop(jq, fold.value);
    return to->take(jq, to, jq_bool(test ? fold.done == (node->kind == JQ_ANY) : !fold.done), jq_none());
}

static bool take_limited(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold *fold = (struct fold *)sink;
    if (fold->node->operation == 1) { /* skip */
        if (fold->count-- <= 0)
            return fold->to->take(jq, fold->to, value, path);
        jq_drop(jq, value);
        jq_drop(jq, path);
        return true;
    }
    fold->passing = !fold->to->take(jq, fold->to, value, path);
    fold->done = !fold->passing && --fold->count == 0;
    return !fold->passing && !fold->done;
}

static bool take_limit(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct fold fold = *(struct fold *)sink;
    bool skip = fold.node->operation == 1;
    (void)path;
    double number = value.type == JQ_NUMBER ? jq_to_double(&value) : 0;
    if (value.type != JQ_NUMBER || number < 0) {
        if (value.type == JQ_NUMBER)
            jq_fail_text(jq, "%s doesn't support negative count", skip ? "skip" : "limit");
        else
            jq_fail_text(jq, "Invalid arguments: %s needs a number", skip ? "skip" : "limit");
        jq_drop(jq, value);
        return false;
    }
    jq_drop(jq, value);
    fold.count = number > 9e18 ? INT64_MAX : (int64_t)__builtin_ceil(number);
    if (fold.count == 0 && !skip)
        return true;
    fold.sink.take = take_limited;
    return jq_run_node(jq, fold.node->b, fold.env, jq_keep(jq, fold.in), jq_keep(jq, fold.path), &fold.sink) ||
           fold.done;
}

static bool take_path(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct jq_sink *to = ((struct fold *)sink)->to;
    if (path.type == JQ_ARRAY) {
        jq_drop(jq, value);
        return to->take(jq, to, path, jq_none());
    }
    char shown[JQ_SHOWN_MAX + 1];
    jq_show(jq, value, shown);
    jq_drop(jq, value);
    jq_fail_text(jq, "Invalid path expression with result %s", shown);
    return false;
}

/* reduce and foreach with one beginning: the source alone has the input, so what came of it is changed in place. */
static bool run_begun(struct jq_machine *jq, struct fold *fold)
{
    struct jq_value value;
    enum jq_got got = jq_eval(jq, fold->node->b, fold->env, jq_keep(jq, fold->in), NULL, &value);
    if (got == JQ_GOT)
        return begin(jq, *fold, value, jq_none());
    jq_drop(jq, fold->in);
    return got == JQ_GOT_NOTHING;
}

bool jq_run_fold(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                 struct jq_value path, struct jq_sink *to)
{
    struct fold fold = {.node = node, .env = env, .in = in, .path = path, .to = to};
    bool good;
    switch (node->kind) {
    case JQ_COLLECT:
        return run_collect(jq, node, env, in, to);
    case JQ_TALLY:
        fold = (struct fold){.sink.take = take_tally, .value = jq_int(0)};
        return jq_run_node(jq, node->a, env, in, jq_none(), &fold.sink) && to->take(jq, to, fold.value, jq_none());
    case JQ_SUM:
        fold = (struct fold){.sink.take = take_sum, .value = jq_null()};
        good = jq_run_node(jq, node->a, env, in, jq_none(), &fold.sink);
        if (good)
            return to->take(jq, to, fold.value, jq_none());
        jq_drop(jq, fold.value);
        return false;
    case JQ_SORTED:
        return jq_run_sorted(jq, node, env, in, to);
    case JQ_FIRST:
    case JQ_LAST:
    case JQ_IS_EMPTY:
    case JQ_ANY:
    case JQ_ALL:
        return run_kept(jq, node, env, in, path, to);
    case JQ_PATHS:
        fold.sink.take = take_path;
        return jq_run_node(jq, node->a, env, in, jq_array(jq, 4), &fold.sink);
    case JQ_REDUCE:
    case JQ_FOREACH:
        if (path.type == JQ_NONE && jq_is_one(node->b, env))
            return run_begun(jq, &fold);
        fold.sink.take = take_init;
        good = jq_run_node(jq, node->b, env, jq_keep(jq, in), jq_keep(jq, path), &fold.sink);
        break;
    case JQ_LIMIT:
        fold.sink.take = take_limit;
        good = jq_run_node(jq, node->a, env, jq_keep(jq, in), jq_none(), &fold.sink);
        break;
    default:
        return jq_run_combined(jq, node, env, in, path, to);
    }
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}
