#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <jsmn.h>
#pragma GCC diagnostic pop

#include "json/cursor.h"
#include "json/json.h"

enum { FIRST_TOKENS = 256 };

static struct span token_span(const char *text, const jsmntok_t *token)
{
    struct span span = {.text = text + token->start, .len = (size_t)(token->end - token->start)};
    if (token->type == JSMN_STRING) { /* jsmn leaves the quotes out */
        span.escaped = memchr(span.text, '\\', span.len) != NULL;
        span.text--;
        span.len += 2;
    }
    span.type = json_type(*span.text);
    return span;
}

static void reserve_nodes(struct json_tree *tree, size_t count)
{
    tree->memory.len = 0;
    buffer_reserve(&tree->memory, count * sizeof *tree->nodes);
    tree->nodes = (struct json_node *)(void *)tree->memory.data;
}

/* Tokens of text, in a buffer that grows as jsmn asks for more. Their count, or a jsmnerr. */
static int tokenize(struct json_tree *tree, const char *text, size_t len)
{
    jsmn_parser parser;
    jsmn_init(&parser);
    if (tree->tokens.cap < FIRST_TOKENS * sizeof(jsmntok_t))
        buffer_reserve(&tree->tokens, FIRST_TOKENS * sizeof(jsmntok_t));
    for (;;) {
        size_t cap = tree->tokens.cap / sizeof(jsmntok_t);
        if (cap > INT_MAX)
            cap = INT_MAX;
        int count = jsmn_parse(&parser, text, len, (jsmntok_t *)(void *)tree->tokens.data, (unsigned)cap);
        if (count != JSMN_ERROR_NOMEM || cap == INT_MAX)
            return count < 0 ? count : (int)parser.toknext;
        tree->tokens.len = tree->tokens.cap; /* all of it is in use: growing must keep it */
        buffer_reserve(&tree->tokens, tree->tokens.cap);
        tree->tokens.len = 0;
    }
}

static void link_nodes(struct json_tree *tree, const char *text, uint32_t count)
{
    jsmntok_t *tokens = (jsmntok_t *)(void *)tree->tokens.data;
    reserve_nodes(tree, count);
    tree->count = count;
    for (uint32_t i = 0; i < count; i++) {
        jsmntok_t *token = &tokens[i];
        tree->nodes[i] = (struct json_node){.span = token_span(text, token)};
        int parent = token->parent;
        token->start = 0; /* from here on: the container's latest child */
        if (parent < 0 || tokens[parent].type == JSMN_STRING)
            continue; /* the root, or a member's value */
        if (tokens[parent].start > 0)
            tree->nodes[tokens[parent].start].next = i;
        tokens[parent].start = (int)i;
        tree->nodes[parent].size++;
    }
}

bool json_tree_build(struct json_tree *tree, const char *text, size_t len, size_t *at, const char **message)
{
    tree->count = 0;
    if (!json_check(text, len, at, message))
        return false;
    struct span root = json_value_trim(text, len);
    text = root.text;
    len = root.len;
    /* jsmn refuses a scalar that no comma or bracket follows */
    if (root.type != SPAN_ARRAY && root.type != SPAN_OBJECT) {
        reserve_nodes(tree, 1);
        tree->nodes[0] = (struct json_node){.span = root};
        tree->count = 1;
        return true;
    }
    int count = len <= INT_MAX ? tokenize(tree, text, len) : JSMN_ERROR_NOMEM;
    if (count < 0) { /* the check accepted it, so only its size can be the matter */
        *at = 0;
        *message = "a single value larger than 2 GiB";
        return false;
    }
    link_nodes(tree, text, (uint32_t)count);
    return true;
}

void json_tree_free(struct json_tree *tree)
{
    buffer_free(&tree->memory);
    buffer_free(&tree->tokens);
    tree->nodes = NULL;
    tree->count = 0;
}

uint32_t json_tree_member(const struct json_tree *tree, uint32_t object, const char *key, size_t len)
{
    if (tree->nodes[object].size == 0)
        return 0;
    uint32_t found = 0;
    for (uint32_t name = object + 1; name; name = tree->nodes[name].next)
        if (json_string_equal(tree->nodes[name].span, key, len))
            found = name + 1;
    return found;
}
