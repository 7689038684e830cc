/* Definitions, calls and variables: what names mean. */
#include <stdio.h>
#include <stdlib.h>

#include "jq/parse_inner.h"

static const struct jq_name *find_name(const struct jq_parser *parser, int kind, const char *text, size_t len,
                                       uint32_t arity)
{
    for (const struct jq_name *name = parser->names; name; name = name->next) {
        if (name->len != len || memcmp(name->text, text, len) != 0)
            continue;
        if ((int)name->kind == kind && kind != JQ_NAME_FUNCTION)
            return name;
        if (kind != JQ_NAME_FUNCTION)
            continue;
        if (name->kind == JQ_NAME_CLOSURE && arity == 0)
            return name;
        if (name->kind == JQ_NAME_FUNCTION && name->definition->arity == arity)
            return name;
    }
    return NULL;
}

static struct jq_name *push_name(struct jq_parser *parser, unsigned kind, const char *text, size_t len)
{
    struct jq_name *name = arena_alloc(&parser->program->arena, sizeof *name);
    *name = (struct jq_name){.next = parser->names, .text = text, .len = len, .scope = parser->scope};
    name->kind = kind;
    parser->names = name;
    return name;
}

static struct jq_node *parse_location(struct jq_parser *parser)
{
    unsigned line = 1;
    for (const char *at = parser->text; at < parser->start; at++)
        line += *at == '\n';
    struct buffer text = {0};
    buffer_add_format(&text, "{\"file\":\"<top-level>\",\"line\":%u}", line);
    struct jq_node *node = jq_node_new(parser, JQ_LITERAL, NULL, NULL);
    node->literal = (struct jq_value){.type = JQ_OBJECT,
                                      .form = JQ_TEXT,
                                      .len = (uint32_t)text.len,
                                      .text = arena_copy(&parser->program->arena, text.data, text.len)};
    buffer_free(&text);
    jq_lex(parser);
    return node;
}

struct jq_node *jq_parse_variable(struct jq_parser *parser)
{
    const char *text = parser->word;
    size_t len = parser->word_len;
    if (len == 7 && memcmp(text, "__loc__", 7) == 0)
        return parse_location(parser);
    const struct jq_name *name = find_name(parser, JQ_NAME_VARIABLE, text, len, 0);
    struct jq_node *node = jq_node_new(parser, name ? JQ_VARIABLE : JQ_GLOBAL, NULL, NULL);
    if (name) {
        node->slot = name->slot;
        node->from = parser->scope;
        node->to = name->scope;
        jq_lex(parser);
        return node;
    }
    for (uint32_t i = parser->program->global_count; i-- > 0;) {
        if (strlen(parser->program->globals[i]) == len && memcmp(parser->program->globals[i], text, len) == 0) {
            node->slot = i;
            jq_lex(parser);
            return node;
        }
    }
    return jq_wrong(parser, "$%.*s is not defined", (int)(len < 100 ? len : 100), text);
}

/* One parameter: name or $name. False when something is wrong. */
static bool parse_parameter(struct jq_parser *parser, struct jq_definition *definition, bool *used, bool *value)
{
    if (parser->token != JQ_TOKEN_NAME && parser->token != JQ_TOKEN_VARIABLE) {
        jq_wrong(parser, "expected a parameter's name");
        return false;
    }
    uint32_t number = definition->arity++;
    *value = parser->token == JQ_TOKEN_VARIABLE;
    struct jq_name *name = push_name(parser, JQ_NAME_CLOSURE, parser->word, parser->word_len);
    name->slot = number;
    name->used = used;
    definition->scope->slots++;
    definition->scope->closures++;
    jq_lex(parser);
    return true;
}

enum { PARAMETERS_MAX = 64 };
struct parameters {
    bool used[PARAMETERS_MAX], value[PARAMETERS_MAX];
    uint32_t slots[PARAMETERS_MAX];
};

static bool parse_parameters(struct jq_parser *parser, struct jq_definition *definition, struct parameters *parameters)
{
    if (!jq_lex_is(parser, "("))
        return true;
    do {
        jq_lex(parser);
        uint32_t number = definition->arity;
        if (number == PARAMETERS_MAX) {
            jq_wrong(parser, "a function has at most %d parameters", PARAMETERS_MAX);
            return false;
        }
        if (!parse_parameter(parser, definition, &parameters->used[number], &parameters->value[number]))
            return false;
    } while (jq_lex_is(parser, ";"));
    struct jq_name *name = parser->names;
    for (uint32_t i = definition->arity; i-- > 0; name = name->next) { /* variables behind all closures */
        if (!parameters->value[i])
            continue;
        struct jq_name *variable = push_name(parser, JQ_NAME_VARIABLE, name->text, name->len);
        variable->slot = parameters->slots[i] = jq_new_slot(definition->scope);
    }
    return jq_expect(parser, ")");
}

/* Binds $parameters whose closure is asked for too before the body; the others are given by value. */
static void finish_parameters(struct jq_parser *parser, struct jq_definition *definition,
                              const struct parameters *parameters)
{
    bool *by_value = arena_alloc(&parser->program->arena, definition->arity + (size_t)1);
    uint32_t *slots = arena_alloc(&parser->program->arena, (definition->arity + (size_t)1) * sizeof *slots);
    for (uint32_t i = definition->arity; i-- > 0;) {
        by_value[i] = parameters->value[i] && !parameters->used[i];
        slots[i] = parameters->slots[i];
        if (!parameters->value[i] || by_value[i])
            continue;
        struct jq_node *closure = jq_node_new(parser, JQ_CLOSURE, NULL, NULL);
        closure->slot = i;
        closure->from = closure->to = definition->scope;
        definition->body = jq_node_new(parser, JQ_BIND, closure, definition->body);
        definition->body->slot = parameters->slots[i];
    }
    definition->by_value = by_value;
    definition->value_slots = slots;
}

static void add_definition(struct jq_parser *parser, struct jq_definition *definition)
{
    size_t count = parser->definition_count;
    if ((count & (count - 1)) == 0)
        parser->definitions = mem_resize(parser->definitions, count * 2 + 1, sizeof(struct jq_definition *));
    parser->definitions[parser->definition_count++] = definition;
}

bool jq_parse_definition(struct jq_parser *parser)
{
    struct parameters parameters = {0};
    struct jq_scope *home = parser->scope;
    jq_lex(parser);
    if (parser->token != JQ_TOKEN_NAME || (jq_lex_keyword(parser->word, parser->word_len) && !parser->in_prelude)) {
        jq_wrong(parser, "expected a function's name");
        return false;
    }
    struct jq_definition *definition = arena_alloc(&parser->program->arena, sizeof *definition);
    *definition = (struct jq_definition){.name = parser->word,
                                         .name_len = parser->word_len,
                                         .home = home,
                                         .count = JQ_ONE,
                                         .scope = jq_new_scope(parser, home)};
    struct jq_name *function = push_name(parser, JQ_NAME_FUNCTION, parser->word, parser->word_len);
    function->definition = definition;
    jq_lex(parser);
    parser->scope = definition->scope;
    bool good = parse_parameters(parser, definition, &parameters) && jq_expect(parser, ":");
    if (good) {
        definition->body = jq_parse_pipe(parser);
        good = definition->body != NULL && jq_expect(parser, ";");
    }
    if (good)
        finish_parameters(parser, definition, &parameters);
    parser->scope = home;
    parser->names = function;
    add_definition(parser, definition);
    return good;
}

/* The definition of a function written in jq, parsed when it is first asked for. */
static struct jq_definition *prelude_definition(struct jq_parser *parser, const struct jq_native *native)
{
    for (struct jq_prelude *prelude = parser->prelude; prelude; prelude = prelude->next)
        if (prelude->native == native)
            return prelude->definition;
    struct jq_prelude *prelude = arena_alloc(&parser->program->arena, sizeof *prelude);
    *prelude = (struct jq_prelude){.native = native, .next = parser->prelude};
    struct jq_parser outer = *parser;
    parser->names = NULL;
    parser->scope = parser->program->scope;
    parser->text = parser->at = native->source;
    parser->end = native->source + strlen(native->source);
    parser->in_prelude = true;
    jq_lex(parser);
    prelude->definition = jq_parse_definition(parser) ? parser->names->definition : NULL;
    if (prelude->definition)
        prelude->definition->one = native->form == JQ_IN_JQ_ONE;
    outer.prelude = parser->prelude;
    prelude->next = outer.prelude;
    outer.prelude = prelude;
    outer.definitions = parser->definitions;
    outer.definition_count = parser->definition_count;
    if (parser->wrong && !outer.wrong) {
        outer.wrong = parser->wrong;
        outer.wrong_at = outer.start;
    }
    *parser = outer;
    return prelude->definition;
}

/* An argument that runs where it stands: in a frame of its own where it has variables. */
static const struct jq_node *in_place(struct jq_parser *parser, const struct jq_argument *argument)
{
    if (argument->scope->slots == 0)
        return argument->body;
    struct jq_node *block = jq_node_new(parser, JQ_BLOCK, argument->body, NULL);
    block->scope = argument->scope;
    block->from = parser->scope;
    return block;
}

static struct jq_node *native_call(struct jq_parser *parser, const struct jq_native *native,
                                   struct jq_argument *arguments)
{
    struct jq_node *node = jq_node_new(parser, JQ_NATIVE, NULL, NULL);
    node->native = native;
    node->arguments = arguments;
    for (uint32_t i = 0; i < native->arity; i++)
        if (arguments[i].scope)
            arguments[i].body = in_place(parser, &arguments[i]);
    return node;
}

static struct jq_node *native_named(struct jq_parser *parser, const char *name, uint32_t arity,
                                    const struct jq_node *argument)
{
    struct jq_argument *arguments = arena_alloc(&parser->program->arena, sizeof *arguments);
    *arguments = (struct jq_argument){.body = argument};
    return native_call(parser, jq_native_find(name, strlen(name), arity), arguments);
}

/* [.[] | f] */
static struct jq_node *over_each(struct jq_parser *parser, const struct jq_node *f)
{
    const struct jq_node *each = jq_node_new(parser, JQ_EACH, jq_node_new(parser, JQ_IDENTITY, NULL, NULL), NULL);
    return jq_node_new(parser, JQ_COLLECT, jq_node_new(parser, JQ_PIPE, each, f), NULL);
}

static struct jq_node *each_of_input(struct jq_parser *parser)
{
    return jq_node_new(parser, JQ_EACH, jq_node_new(parser, JQ_IDENTITY, NULL, NULL), NULL);
}

static struct jq_node *integer(struct jq_parser *parser, int64_t value)
{
    struct jq_node *node = jq_node_new(parser, JQ_LITERAL, NULL, NULL);
    node->literal = jq_int(value);
    return node;
}

/* Functions that are kinds of nodes. a, b: the arguments in place. */
static struct jq_node *special_call(struct jq_parser *parser, const struct jq_native *native,
                                    struct jq_argument *arguments)
{
    const char *name = native->name;
    const struct jq_node *a = native->arity > 0 ? in_place(parser, &arguments[0]) : NULL;
    const struct jq_node *b = native->arity > 1 ? in_place(parser, &arguments[1]) : NULL;
    static const struct {
        const char *name;
        uint8_t arity, kind, operation;
    } direct[] = {
        {"empty", 0, JQ_EMPTY, 0},      {"path", 1, JQ_PATHS, 0},      {"first", 1, JQ_FIRST, 0},
        {"last", 1, JQ_LAST, 0},        {"limit", 2, JQ_LIMIT, 0},     {"skip", 2, JQ_LIMIT, 1},
        {"range", 2, JQ_RANGE, 0},      {"recurse", 0, JQ_RECURSE, 0}, {"recurse", 1, JQ_RECURSE, 0},
        {"isempty", 1, JQ_IS_EMPTY, 0}, {"any", 2, JQ_ANY, 0},         {"all", 2, JQ_ALL, 0},
        {"inputs", 0, JQ_INPUTS, 0},    {"repeat", 1, JQ_REPEAT, 0},   {"while", 2, JQ_REPEAT, 1},
        {"until", 2, JQ_REPEAT, 2},     {"add", 1, JQ_SUM, 0},         {"env", 0, JQ_GLOBAL, 0},
    };
    for (size_t i = 0; i < sizeof direct / sizeof *direct; i++) {
        if (direct[i].arity != native->arity || strcmp(direct[i].name, name) != 0)
            continue;
        struct jq_node *node = jq_node_new(parser, direct[i].kind, a, b);
        node->operation = direct[i].operation;
        return node;
    }
    struct jq_node *dot = jq_node_new(parser, JQ_IDENTITY, NULL, NULL);
    if (strcmp(name, "select") == 0) {
        struct jq_node *node = jq_node_new(parser, JQ_IF, a, dot);
        node->c = jq_node_new(parser, JQ_EMPTY, NULL, NULL);
        return node;
    }
    if (strcmp(name, "map") == 0)
        return over_each(parser, a);
    if (strcmp(name, "map_values") == 0)
        return jq_node_new(parser, JQ_UPDATE, each_of_input(parser), a);
    if (strcmp(name, "range") == 0)
        return jq_node_new(parser, JQ_RANGE, integer(parser, 0), a);
    if (strcmp(name, "any") == 0 || strcmp(name, "all") == 0)
        return jq_node_new(parser, name[1] == 'n' ? JQ_ANY : JQ_ALL, each_of_input(parser), a ? a : dot);
    if (strcmp(name, "del") == 0)
        return native_named(parser, "delpaths", 1,
                            jq_node_new(parser, JQ_COLLECT, jq_node_new(parser, JQ_PATHS, a, NULL), NULL));
    if (strcmp(name, "with_entries") == 0)
        return jq_node_new(
            parser, JQ_PIPE, native_named(parser, "to_entries", 0, NULL),
            jq_node_new(parser, JQ_PIPE, over_each(parser, a), native_named(parser, "from_entries", 0, NULL)));
    if (strcmp(name, "first") == 0 || strcmp(name, "last") == 0)
        return jq_node_new(parser, JQ_INDEX, dot, integer(parser, name[0] == 'f' ? 0 : -1));
    if (strcmp(name, "nth") == 0)
        return jq_node_new(parser, JQ_INDEX, dot, a);
    char by[24]; /* sort_by(f): _sort_by([.[] | [f]]) */
    snprintf(by, sizeof by, "_%s", name);
    return native_named(parser, by, 1, over_each(parser, jq_node_new(parser, JQ_COLLECT, a, NULL)));
}

/* The arguments of a call, each in a scope of its own. */
static bool parse_arguments(struct jq_parser *parser, struct jq_argument *arguments, uint32_t *count)
{
    *count = 0;
    if (!jq_lex_is(parser, "("))
        return true;
    struct jq_scope *scope = parser->scope;
    do {
        jq_lex(parser);
        if (*count == PARAMETERS_MAX) {
            jq_wrong(parser, "a function has at most %d parameters", PARAMETERS_MAX);
            return false;
        }
        struct jq_argument *argument = &arguments[(*count)++];
        argument->scope = parser->scope = jq_new_scope(parser, scope);
        argument->body = jq_parse_pipe(parser);
        parser->scope = scope;
        if (!argument->body)
            return false;
    } while (jq_lex_is(parser, ";"));
    return jq_expect(parser, ")");
}

static struct jq_node *parse_break(struct jq_parser *parser)
{
    if (parser->token != JQ_TOKEN_VARIABLE)
        return jq_wrong(parser, "break needs a label: break $out");
    const struct jq_name *name = find_name(parser, JQ_NAME_LABEL, parser->word, parser->word_len, 0);
    if (!name)
        return jq_wrong(parser, "$*label-%.*s is not defined", (int)(parser->word_len < 100 ? parser->word_len : 100),
                        parser->word);
    struct jq_node *node = jq_node_new(parser, JQ_BREAK, NULL, NULL);
    node->slot = name->slot;
    node->from = parser->scope;
    node->to = name->scope;
    jq_lex(parser);
    return node;
}

static struct jq_node *parse_constant(struct jq_parser *parser, const char *text, size_t len)
{
    enum jq_type type = len == 4 && memcmp(text, "null", 4) == 0    ? JQ_NULL
                        : len == 4 && memcmp(text, "true", 4) == 0  ? JQ_TRUE
                        : len == 5 && memcmp(text, "false", 5) == 0 ? JQ_FALSE
                                                                    : JQ_NONE;
    if (type == JQ_NONE)
        return NULL;
    struct jq_node *node = jq_node_new(parser, JQ_LITERAL, NULL, NULL);
    node->literal = jq_self(type);
    return node;
}

static struct jq_node *call(struct jq_parser *parser, struct jq_definition *definition, struct jq_argument *arguments)
{
    struct jq_node *node = jq_node_new(parser, JQ_CALL, NULL, NULL);
    node->definition = definition;
    node->arguments = arguments;
    node->from = parser->scope;
    node->to = definition->home;
    return node;
}

struct jq_node *jq_call_prelude(struct jq_parser *parser, const char *name, uint32_t arity,
                                struct jq_argument *arguments)
{
    return call(parser, prelude_definition(parser, jq_native_find(name, strlen(name), arity)), arguments);
}

const char *jq_called_prelude(const struct jq_parser *parser, const struct jq_node *node)
{
    if (node->kind == JQ_CALL)
        for (const struct jq_prelude *prelude = parser->prelude; prelude; prelude = prelude->next)
            if (prelude->definition == node->definition)
                return prelude->native->name;
    return NULL;
}

/* How many letters to add, take away or change for one name to become the other; NEAR + 1 for any more than NEAR. */
enum { NEAR = 2, NAME_MAX_COMPARED = 32 };
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned row[NAME_MAX_COMPARED + 1];
    if (a_len > NAME_MAX_COMPARED || b_len > a_len + NEAR || a_len > b_len + NEAR)
        return NEAR + 1;
    for (unsigned i = 0; i <= a_len; i++)
        row[i] = i;
    for (unsigned j = 1; j <= b_len; j++) {
        unsigned corner = row[0];
        row[0] = j;
        for (size_t i = 1; i <= a_len; i++) {
            unsigned changed = corner + (a[i - 1] != b[j - 1]);
            corner = row[i];
            unsigned moved = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + 1;
            row[i] = moved < changed ? moved : changed;
        }
    }
    return row[a_len];
}

/* A function that is not there: what was probably meant. */
static void *undefined(struct jq_parser *parser, const char *text, size_t len, uint32_t arity)
{
    int shown = (int)(len < 100 ? len : 100);
    if (text >= parser->text + 2 && text[-1] == '-' && text[-2] != ' ' && text[-2] != '(')
        return jq_wrong(parser, "%.*s/%u is not defined; a key with odd characters is written .\"odd-key\"", shown,
                        text, arity);
    const struct jq_native *best = NULL;
    unsigned least = len > 4 ? NEAR + 1 : NEAR;
    for (size_t i = 0; jq_native_row(i); i++) {
        const struct jq_native *row = jq_native_row(i);
        unsigned far = *row->name == '_' ? NEAR + 1 : distance(text, len, row->name, strlen(row->name));
        if (far < least || (best && far == least && row->arity == arity && best->arity != arity)) {
            least = far;
            best = row;
        }
    }
    if (!best)
        return jq_wrong(parser, "%.*s/%u is not defined%s", shown, text, arity,
                        arity == 0 ? "; a key is written .key" : "");
    return jq_wrong(parser, "%.*s/%u is not defined; there is %s/%u", shown, text, arity, best->name, best->arity);
}

struct jq_node *jq_parse_call(struct jq_parser *parser)
{
    const char *text = parser->word, *start = parser->start;
    size_t len = parser->word_len;
    struct jq_argument list[PARAMETERS_MAX];
    uint32_t arity;
    jq_lex(parser);
    if (len == 5 && memcmp(text, "break", 5) == 0)
        return parse_break(parser);
    if (!parse_arguments(parser, list, &arity))
        return NULL;
    struct jq_argument *arguments = arena_alloc(&parser->program->arena, arity * sizeof *arguments);
    memcpy(arguments, list, arity * sizeof *arguments);
    const struct jq_name *name = find_name(parser, JQ_NAME_FUNCTION, text, len, arity);
    if (name && name->kind == JQ_NAME_CLOSURE) {
        struct jq_node *node = jq_node_new(parser, JQ_CLOSURE, NULL, NULL);
        node->slot = name->slot;
        node->from = parser->scope;
        node->to = name->scope;
        *name->used = true;
        return node;
    }
    if (name)
        return call(parser, name->definition, arguments);
    struct jq_node *constant = arity == 0 ? parse_constant(parser, text, len) : NULL;
    if (constant)
        return constant;
    const struct jq_native *native = jq_native_find(text, len, arity);
    if (!native || (*text == '_' && !parser->in_prelude)) {
        parser->start = start;
        return undefined(parser, text, len, arity);
    }
    if (native->form == JQ_BY_VALUE || native->form == JQ_BY_VALUE_ORDERED)
        return native_call(parser, native, arguments);
    if (native->form == JQ_BY_PARSER)
        return special_call(parser, native, arguments);
    struct jq_definition *definition = prelude_definition(parser, native);
    return definition ? call(parser, definition, arguments) : NULL;
}
