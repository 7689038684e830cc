/* Patterns behind `as`: parsed into a tree, then turned into a chain of bindings before the body. */
#include "jq/parse_inner.h"

struct jq_pattern {
    enum { PATTERN_NAME, PATTERN_ARRAY, PATTERN_OBJECT } kind;
    uint32_t slot; /* NAME; otherwise of the value that is taken apart */
    const struct jq_scope *scope;
    struct item {
        const struct jq_node *key; /* OBJECT */
        bool named;                /* {$name}, {$name: pattern}: slot takes the value itself */
        uint32_t slot;
        struct jq_pattern *pattern; /* or NULL */
        struct item *next;
    } * items;
};

static uint32_t bind_name(struct jq_parser *parser, struct jq_patterns *patterns)
{
    for (struct jq_name *name = parser->names; name; name = name->next) {
        if (name->kind != JQ_NAME_VARIABLE || name->len != parser->word_len ||
            memcmp(name->text, parser->word, name->len) != 0)
            continue;
        for (uint32_t i = 0; i < patterns->slot_count; i++)
            if (patterns->slots[i] == name->slot && name->scope == parser->scope)
                return name->slot;
        break;
    }
    struct jq_name *name = arena_alloc(&parser->program->arena, sizeof *name);
    *name = (struct jq_name){.next = parser->names,
                             .text = parser->word,
                             .len = parser->word_len,
                             .kind = JQ_NAME_VARIABLE,
                             .scope = parser->scope,
                             .slot = jq_new_slot(parser->scope)};
    parser->names = name;
    uint32_t count = patterns->slot_count;
    uint32_t *slots = arena_alloc(&parser->program->arena, (count + (size_t)1) * sizeof *slots);
    if (count > 0)
        memcpy(slots, patterns->slots, count * sizeof *slots);
    patterns->slots = slots;
    slots[patterns->slot_count++] = name->slot;
    return name->slot;
}

static struct jq_pattern *parse_pattern(struct jq_parser *parser, struct jq_patterns *patterns);

static bool parse_key_item(struct jq_parser *parser, struct jq_patterns *patterns, struct item *item)
{
    if (parser->token == JQ_TOKEN_VARIABLE) {
        item->named = true;
        item->key = jq_node_text(parser, parser->word, parser->word_len);
        item->slot = bind_name(parser, patterns);
        jq_lex(parser);
        if (!jq_lex_is(parser, ":"))
            return true;
    } else if (parser->token == JQ_TOKEN_NAME) {
        item->key = jq_node_text(parser, parser->word, parser->word_len);
        jq_lex(parser);
    } else if (parser->token == JQ_TOKEN_QUOTE || parser->token == JQ_TOKEN_FORMAT) {
        item->key = jq_parse_term(parser);
    } else if (jq_expect(parser, "(")) {
        item->key = jq_parse_pipe(parser);
        if (item->key && !jq_expect(parser, ")"))
            return false;
    }
    if (!item->key || !jq_expect(parser, ":"))
        return false;
    item->pattern = parse_pattern(parser, patterns);
    return item->pattern != NULL;
}

static bool parse_items(struct jq_parser *parser, struct jq_patterns *patterns, struct jq_pattern *pattern,
                        const char *close)
{
    struct item **last = &pattern->items;
    do {
        jq_lex(parser);
        struct item *item = arena_alloc(&parser->program->arena, sizeof *item);
        *item = (struct item){0};
        if (pattern->kind == PATTERN_OBJECT) {
            if (!parse_key_item(parser, patterns, item))
                return false;
        } else {
            item->pattern = parse_pattern(parser, patterns);
            if (!item->pattern)
                return false;
        }
        *last = item;
        last = &item->next;
    } while (jq_lex_is(parser, ","));
    return jq_expect(parser, close);
}

static struct jq_pattern *parse_pattern(struct jq_parser *parser, struct jq_patterns *patterns)
{
    if (++parser->depth > JQ_NESTING_MAX) {
        jq_wrong(parser, "nested more than %d deep", JQ_NESTING_MAX);
        return NULL;
    }
    struct jq_pattern *pattern = arena_alloc(&parser->program->arena, sizeof *pattern);
    *pattern = (struct jq_pattern){.scope = parser->scope};
    bool good = true;
    if (parser->token == JQ_TOKEN_VARIABLE) {
        pattern->slot = bind_name(parser, patterns);
        jq_lex(parser);
    } else if (jq_lex_is(parser, "[") || jq_lex_is(parser, "{")) {
        pattern->kind = jq_lex_is(parser, "[") ? PATTERN_ARRAY : PATTERN_OBJECT;
        pattern->slot = jq_new_slot(parser->scope);
        good = parse_items(parser, patterns, pattern, pattern->kind == PATTERN_ARRAY ? "]" : "}");
    } else {
        jq_wrong(parser, "expected a pattern: $name, [...] or {...}");
        good = false;
    }
    parser->depth--;
    return good ? pattern : NULL;
}

bool jq_parse_patterns(struct jq_parser *parser, struct jq_patterns *patterns)
{
    *patterns = (struct jq_patterns){0};
    for (;;) {
        struct jq_pattern *pattern = parse_pattern(parser, patterns);
        if (!pattern)
            return false;
        struct jq_pattern **list =
            arena_alloc(&parser->program->arena, (patterns->count + 1) * sizeof(struct jq_pattern *));
        if (patterns->count > 0)
            memcpy(list, patterns->list, patterns->count * sizeof(struct jq_pattern *));
        patterns->list = list;
        list[patterns->count++] = pattern;
        if (!jq_lex_is(parser, "?//"))
            break;
        jq_lex(parser);
    }
    patterns->slot = patterns->count == 1 ? patterns->list[0]->slot : jq_new_slot(parser->scope);
    return true;
}

static struct jq_node *variable(struct jq_parser *parser, uint32_t slot)
{
    struct jq_node *node = jq_node_new(parser, JQ_VARIABLE, NULL, NULL);
    node->slot = slot;
    node->from = node->to = parser->scope;
    return node;
}

static const struct jq_node *bind(struct jq_parser *parser, const struct jq_node *source, uint32_t slot,
                                  const struct jq_node *body)
{
    struct jq_node *node = jq_node_new(parser, JQ_BIND, source, body);
    node->slot = slot;
    return node;
}

/* The body behind the bindings of what is in pattern, whose value is in its slot. */
static const struct jq_node *chain(struct jq_parser *parser, const struct jq_pattern *pattern,
                                   const struct jq_node *body);

/* Items from this one on; they are bound in their order, so the chain is made from the last. */
static const struct jq_node *chain_items(struct jq_parser *parser, const struct jq_pattern *pattern,
                                         const struct item *first, const struct jq_node *body)
{
    size_t count = 0;
    for (const struct item *item = first; item; item = item->next)
        count++;
    for (; count > 0; count--) {
        const struct item *item = first;
        for (size_t i = 1; i < count; i++)
            item = item->next;
        const struct jq_node *key = item->key;
        if (!key) {
            struct jq_node *index = jq_node_new(parser, JQ_LITERAL, NULL, NULL);
            index->literal = jq_int((int64_t)count - 1);
            key = index;
        }
        const struct jq_node *source = jq_node_new(parser, JQ_INDEX, variable(parser, pattern->slot), key);
        if (item->pattern)
            body = bind(parser, item->named ? variable(parser, item->slot) : source, item->pattern->slot,
                        chain(parser, item->pattern, body));
        if (item->named)
            body = bind(parser, source, item->slot, body);
    }
    return body;
}

static const struct jq_node *chain(struct jq_parser *parser, const struct jq_pattern *pattern,
                                   const struct jq_node *body)
{
    return pattern->kind == PATTERN_NAME ? body : chain_items(parser, pattern, pattern->items, body);
}

struct jq_node *jq_pattern_body(struct jq_parser *parser, const struct jq_patterns *patterns,
                                const struct jq_node *body)
{
    if (patterns->count == 1)
        return (struct jq_node *)chain(parser, patterns->list[0], body);
    struct jq_node *node = jq_node_new(parser, JQ_ALTERNATIVES, NULL, NULL);
    node->part_count = (uint32_t)patterns->count;
    node->parts = arena_alloc(&parser->program->arena, patterns->count * sizeof *node->parts);
    node->slots = patterns->slots;
    node->slot = patterns->slot_count;
    for (size_t i = 0; i < patterns->count; i++)
        node->parts[i] = bind(parser, variable(parser, patterns->slot), patterns->list[i]->slot,
                              chain(parser, patterns->list[i], body));
    return node;
}
