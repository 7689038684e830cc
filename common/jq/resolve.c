/* What is known of a program once all of it is parsed: frames between a name's use and its definition, and how many
 * results each node has. */
#include "jq/node_inner.h"

static uint32_t hops(const struct jq_scope *from, const struct jq_scope *to)
{
    uint32_t count = 0;
    for (; from && from != to; from = from->parent)
        count += from->slots > 0;
    return count;
}

/* Arguments given by value run in place: in a frame of their own where they have variables. */
static void wrap_values(struct jq_program *program, struct jq_node *call)
{
    for (uint32_t i = 0; i < call->definition->arity; i++) {
        struct jq_argument *argument = &call->arguments[i];
        if (!call->definition->by_value[i] || argument->scope->slots == 0)
            continue;
        struct jq_node *block = arena_alloc(&program->arena, sizeof *block);
        *block =
            (struct jq_node){.kind = JQ_BLOCK, .a = argument->body, .scope = argument->scope, .next = program->nodes};
        program->nodes = block;
        argument->body = block;
    }
}

static enum jq_count least(enum jq_count a, enum jq_count b)
{
    return a < b ? a : b;
}

struct counter {
    uint32_t pass;
};

static enum jq_count count_of(struct counter *counter, const struct jq_node *node);

static enum jq_count count_call(struct counter *counter, const struct jq_node *node)
{
    const struct jq_definition *definition = node->definition;
    enum jq_count count = definition->count;
    for (uint32_t i = 0; i < definition->arity; i++) {
        enum jq_count argument = count_of(counter, node->arguments[i].body);
        if (definition->by_value[i])
            count = least(count, argument);
    }
    return count;
}

/* The body may depend on closures of a function that it is defined in. */
static bool is_inside(const struct jq_definition *definition)
{
    const struct jq_scope *scope = definition->home;
    while (scope && scope->closures == 0)
        scope = scope->parent;
    return scope != NULL;
}

/* A body that depends on its closures: as they are here. */
static enum jq_count count_depending(struct counter *counter, const struct jq_node *node)
{
    enum jq_count count = is_inside(node->definition) ? JQ_DEPENDS : JQ_ONE;
    for (uint32_t i = 0; i < node->definition->arity; i++)
        count = least(count, count_of(counter, node->arguments[i].body));
    return count;
}

static enum jq_count count_parts(struct counter *counter, const struct jq_node *node)
{
    enum jq_count count = JQ_ONE;
    for (uint32_t i = 0; i < node->part_count; i++)
        count = least(count, count_of(counter, node->parts[i]));
    return count;
}

static enum jq_count count_kind(struct counter *counter, const struct jq_node *node)
{
    enum jq_count a = node->a ? count_of(counter, node->a) : JQ_ONE, b = node->b ? count_of(counter, node->b) : JQ_ONE;
    enum jq_count c = node->c ? count_of(counter, node->c) : JQ_ONE, count = JQ_ONE;
    if (node->d)
        count_of(counter, node->d);
    switch (node->kind) {
    case JQ_EACH:
    case JQ_COMMA:
    case JQ_FOREACH:
    case JQ_LIMIT:
    case JQ_RANGE:
    case JQ_RECURSE:
    case JQ_INPUTS:
        return JQ_MANY;
    case JQ_REPEAT:
        return node->operation == 2 ? least(a, b) : JQ_MANY;
    case JQ_COLLECT:
    case JQ_TALLY:
    case JQ_FIRST:
    case JQ_LAST:
    case JQ_IS_EMPTY:
    case JQ_ANY:
    case JQ_ALL:
    case JQ_UPDATE:
    case JQ_SUM:
        return JQ_ONE;
    case JQ_SORTED:
        return node->operation == JQ_MIN || node->operation == JQ_MAX ? JQ_ONE : JQ_MANY;
    case JQ_ASSIGN:
    case JQ_UPDATE_WITH:
    case JQ_REDUCE:
        return b;
    case JQ_INTERPOLATE:
    case JQ_CONSTRUCT:
    case JQ_ALTERNATIVES:
        return count_parts(counter, node);
    case JQ_CLOSURE:
        return JQ_DEPENDS;
    case JQ_CALL:
        return node->definition->count == JQ_DEPENDS ? count_depending(counter, node) : count_call(counter, node);
    case JQ_NATIVE:
        for (uint32_t i = 0; i < node->native->arity; i++)
            count = least(count, count_of(counter, node->arguments[i].body));
        return count;
    default:
        return least(a, least(b, c));
    }
}

/* Nodes may be reached on several ways: each is counted once a pass. */
static enum jq_count count_of(struct counter *counter, const struct jq_node *seen)
{
    struct jq_node *node = (struct jq_node *)seen;
    if (node->pass != counter->pass) {
        node->pass = counter->pass;
        node->count = JQ_ONE;
        node->count = (uint8_t)count_kind(counter, node);
    }
    return (enum jq_count)node->count;
}

static void add_path(struct jq_program *program, struct jq_node *field)
{
    size_t count = 0;
    for (const struct jq_node *node = field; node->kind == JQ_FIELD; node = node->a)
        count++;
    struct path *path = arena_alloc(&program->arena, sizeof *path);
    *path =
        (struct path){.steps = arena_alloc(&program->arena, count * sizeof *path->steps), .count = count, .text = "."};
    for (const struct jq_node *node = field; node->kind == JQ_FIELD; node = node->a)
        path->steps[--count] = (struct path_step){.key = node->key.at, .key_len = node->key.len};
    field->slot = (uint32_t)path_set_add(&program->paths, path);
}

/* Chains of fields from `.`: perhaps of the record, whose walk will know them. */
static void find_paths(struct jq_program *program)
{
    for (struct jq_node *node = program->nodes; node; node = node->next) {
        const struct jq_node *of = node;
        while (of->kind == JQ_FIELD)
            of = of->a;
        node->plain = node->kind == JQ_FIELD && of->kind == JQ_IDENTITY;
        if (node->plain)
            add_path(program, node);
    }
}

/* Nodes whose results are the program's: what edits text is found among them. True: this one does. */
static bool find_edits(struct jq_program *program, const struct jq_node *seen)
{
    struct jq_node *node = (struct jq_node *)seen;
    switch (node ? node->kind : JQ_IDENTITY) {
    case JQ_IDENTITY:
        return false;
    case JQ_PIPE:
        return find_edits(program, node->b) && find_edits(program, node->a); /* one made of the other's result */
    case JQ_COMMA:
    case JQ_TRY:
        find_edits(program, node->a);
        find_edits(program, node->b);
        return false;
    case JQ_IF:
        find_edits(program, node->c);
        find_edits(program, node->b);
        return false;
    case JQ_ELSE:
    case JQ_BIND:
        find_edits(program, node->b);
        return false;
    case JQ_LABEL:
    case JQ_BLOCK:
        find_edits(program, node->a);
        return false;
    default:
        return jq_edit_find(program, node);
    }
}

static bool is_length(const struct jq_node *node)
{
    return node->kind == JQ_NATIVE && node->native->arity == 0 && strcmp(node->native->name, "length") == 0;
}

/* [a] | length, alone or with more behind it: the array is not made. */
static void find_tallies(struct jq_program *program)
{
    for (struct jq_node *node = program->nodes; node; node = node->next) {
        const struct jq_node *a = node->a, *b = node->b;
        if (node->kind != JQ_PIPE || a->kind != JQ_COLLECT || !a->a)
            continue;
        if (is_length(b)) {
            node->kind = JQ_TALLY;
            node->a = a->a;
            node->b = NULL;
        } else if (b->kind == JQ_PIPE && is_length(b->a)) {
            struct jq_node *tally = arena_alloc(&program->arena, sizeof *tally);
            *tally = (struct jq_node){.kind = JQ_TALLY, .a = a->a};
            node->a = tally;
            node->b = b->b;
        }
    }
}

void jq_resolve(struct jq_program *program, struct jq_definition **definitions, size_t count)
{
    for (struct jq_node *node = program->nodes; node; node = node->next) {
        if (node->to)
            node->hops = hops(node->from, node->to);
        if (node->kind == JQ_CALL)
            wrap_values(program, node);
    }
    find_tallies(program);
    struct counter counter = {0};
    bool settled;
    do {
        counter.pass++;
        settled = true;
        for (size_t i = 0; i < count; i++) {
            enum jq_count now = definitions[i]->one ? JQ_ONE : count_of(&counter, definitions[i]->body);
            if (definitions[i]->one)
                count_of(&counter, definitions[i]->body);
            settled &= now == definitions[i]->count;
            definitions[i]->count = now;
        }
        count_of(&counter, program->root);
    } while (!settled);
    find_paths(program);
    find_edits(program, program->root);
}
