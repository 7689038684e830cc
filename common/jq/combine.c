/* Nodes made of several others, each with any number of results: every combination. */
#include "jq/run_inner.h"

/* Nodes in the order they are run, the first one outermost, and where each one's value goes. */
struct combined {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_value in, path; /* path: for the last one, which it is followed along */
    struct jq_sink *to;
    const struct jq_node **order;
    struct jq_value *values;
    uint32_t count, next;
    bool last_has_path;
};

static bool give(struct jq_machine *jq, struct combined *combined, struct jq_value value, struct jq_value path)
{
    if (value.type != JQ_NONE)
        return combined->to->take(jq, combined->to, value, path);
    jq_drop(jq, path);
    return jq->ending == JQ_GOES_ON;
}

static struct jq_value value_of(struct jq_machine *jq, struct combined *combined, uint32_t number)
{
    return jq_keep(jq, combined->values[number]);
}

static struct jq_value construct(struct jq_machine *jq, struct combined *combined)
{
    struct jq_value object = jq_object(jq, combined->count / 2);
    for (uint32_t i = 0; i < combined->count; i += 2) {
        struct jq_value key = value_of(jq, combined, i);
        if (key.type != JQ_STRING) {
            jq_drop(jq, key);
            jq_drop(jq, object);
            return jq_fail_text(jq, "Object keys must be strings");
        }
        object = jq_object_set(jq, object, key, value_of(jq, combined, i + 1));
    }
    return object;
}

/* Values stand from the last part to the first. */
static struct jq_value interpolate(struct jq_machine *jq, struct combined *combined)
{
    struct jq_value string = jq_string(jq, NULL, 0);
    const struct jq_node *node = combined->node;
    for (uint32_t i = 0; i < combined->count; i++) {
        struct jq_value part = value_of(jq, combined, combined->count - 1 - i);
        if (i % 2 == 1)
            part = node->operation <= JQ_FORMAT_TEXT ? jq_to_string(jq, part)
                                                     : jq_format(jq, (enum jq_format)node->operation, part);
        if (part.type == JQ_NONE) {
            jq_drop(jq, string);
            return part;
        }
        struct jq_bytes bytes = jq_string_bytes(jq, &part);
        string = jq_string_add(jq, string, bytes.at, bytes.len);
        jq_drop(jq, part);
    }
    return string;
}

static struct jq_value call_native(struct jq_machine *jq, struct combined *combined)
{
    struct jq_value arguments[8];
    const struct jq_native *native = combined->node->native;
    arguments[0] = jq_keep(jq, combined->in);
    for (uint32_t i = 0; i < native->arity; i++)
        arguments[i + 1] = value_of(jq, combined, native->form == JQ_BY_VALUE_ORDERED ? i : native->arity - 1 - i);
    return native->call(jq, arguments);
}

/* of[key], with its path. */
static bool give_part(struct jq_machine *jq, struct combined *combined, struct jq_value key, struct jq_value path)
{
    struct jq_value of = value_of(jq, combined, combined->count - 1);
    if (path.type != JQ_NONE && !jq_path_add(jq, &path, jq_keep(jq, key), of)) {
        jq_drop(jq, key);
        jq_drop(jq, of);
        jq_drop(jq, path);
        return false;
    }
    struct jq_value part = jq_get(jq, of, key);
    if (part.type == JQ_NONE)
        jq_step_failed(jq, combined->node);
    return give(jq, combined, part, path);
}

static bool getpath(struct jq_machine *jq, struct combined *combined)
{
    struct jq_value keys = value_of(jq, combined, 0), path = jq_keep(jq, combined->path);
    bool good = keys.type == JQ_ARRAY;
    if (!good)
        jq_fail_text(jq, "Path must be specified as an array");
    for (size_t i = 0; good && i < jq_array_length(jq, &keys); i++)
        good = jq_path_add(jq, &path, jq_keep(jq, keys.array->items[i]), combined->in);
    if (good)
        good = give(jq, combined, jq_get_path(jq, jq_keep(jq, combined->in), &keys), path);
    else
        jq_drop(jq, path);
    jq_drop(jq, keys);
    return good;
}

static bool finish(struct jq_machine *jq, struct combined *combined, struct jq_value path)
{
    const struct jq_node *node = combined->node;
    struct jq_value value;
    enum jq_got got;
    switch (node->kind) {
    case JQ_FIELD:
        return give_part(jq, combined, node->literal, path);
    case JQ_INDEX:
        return give_part(jq, combined, value_of(jq, combined, 0), path);
    case JQ_SLICE: {
        uint32_t next = 0;
        struct jq_value from = node->b ? value_of(jq, combined, next++) : jq_null();
        return give_part(jq, combined, jq_slice_key(jq, from, node->c ? value_of(jq, combined, next) : jq_null()),
                         path);
    }
    case JQ_CONSTRUCT:
        return give(jq, combined, construct(jq, combined), path);
    case JQ_INTERPOLATE:
        return give(jq, combined, interpolate(jq, combined), path);
    case JQ_NEGATE:
        return give(jq, combined, jq_negate(jq, value_of(jq, combined, 0)), path);
    case JQ_NATIVE:
        if (combined->path.type != JQ_NONE)
            return getpath(jq, combined);
        return give(jq, combined, call_native(jq, combined), path);
    case JQ_ASSIGN:
    case JQ_UPDATE_WITH:
        got = jq_update(jq, node, combined->env, jq_keep(jq, combined->in), &combined->values[0], &value);
        return got == JQ_GOT ? combined->to->take(jq, combined->to, value, path) : got == JQ_GOT_NOTHING;
    default:
        return give(jq, combined,
                    jq_operate(jq, (enum jq_kind)node->kind, value_of(jq, combined, 1), value_of(jq, combined, 0)),
                    path);
    }
}

static bool go_on(struct jq_machine *jq, struct combined *combined);

static bool take_value(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct combined *combined = (struct combined *)sink;
    uint32_t at = combined->next;
    combined->values[at] = value;
    combined->next++;
    bool good = combined->next == combined->count ? finish(jq, combined, path) : go_on(jq, combined);
    combined->next = at;
    jq_drop(jq, combined->values[at]);
    combined->values[at] = jq_none();
    return good;
}

static bool go_on(struct jq_machine *jq, struct combined *combined)
{
    bool last = combined->next + 1 == combined->count;
    struct jq_value path = last && combined->last_has_path ? jq_keep(jq, combined->path) : jq_none();
    return jq_run_node(jq, combined->order[combined->next], combined->env, jq_keep(jq, combined->in), path,
                       &combined->sink);
}

/* The nodes in their order. */
static void set_order(struct combined *combined)
{
    const struct jq_node *node = combined->node;
    uint32_t count = 0;
    switch (node->kind) {
    case JQ_FIELD:
    case JQ_NEGATE:
        combined->order[count++] = node->a;
        break;
    case JQ_ASSIGN:
    case JQ_UPDATE_WITH:
        combined->order[count++] = node->b;
        break;
    case JQ_SLICE:
    case JQ_INDEX:
        if (node->b)
            combined->order[count++] = node->b;
        if (node->c)
            combined->order[count++] = node->c;
        combined->order[count++] = node->a;
        break;
    case JQ_CONSTRUCT:
        for (; count < node->part_count; count++)
            combined->order[count] = node->parts[count];
        break;
    case JQ_INTERPOLATE:
        for (; count < node->part_count; count++)
            combined->order[count] = node->parts[node->part_count - 1 - count];
        break;
    case JQ_NATIVE:
        for (; count < node->native->arity; count++)
            combined->order[count] =
                node->arguments[node->native->form == JQ_BY_VALUE_ORDERED ? count : node->native->arity - 1 - count]
                    .body;
        break;
    default:
        combined->order[count++] = node->b;
        combined->order[count++] = node->a;
    }
    combined->count = count;
}

bool jq_run_combined(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to)
{
    size_t most = node->part_count + (size_t)8;
    struct combined combined = {.sink.take = take_value, .node = node, .env = env, .in = in, .path = path, .to = to};
    combined.last_has_path = node->kind == JQ_FIELD || node->kind == JQ_INDEX || node->kind == JQ_SLICE;
    combined.order = jq_alloc(jq, most * sizeof *combined.order);
    combined.values = jq_alloc(jq, most * sizeof *combined.values);
    set_order(&combined);
    bool good = go_on(jq, &combined);
    jq_free(jq, combined.order, most * sizeof *combined.order);
    jq_free(jq, combined.values, most * sizeof *combined.values);
    jq_drop(jq, in);
    jq_drop(jq, path);
    return good;
}
