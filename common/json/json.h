/* json: one bounded record: the exact check, the token tree (jsmn), strings and numbers.
 *
 * json_check is the judge of what JSON is (RFC 8259 in valid UTF-8, nothing else): every faster
 * reader must agree with it, and comes back here to say what is wrong and where. */
#ifndef ATOOLS_JSON_H
#define ATOOLS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"

/* Containers nested deeper than this are refused. */
enum { JSON_DEPTH_MAX = 10000 };

/* The check, piece by piece: a byte-wise automaton in constant memory (one bit a level). */
struct json_checker {
    unsigned char state;
    unsigned char sub;   /* progress within a literal, escape, or UTF-8 sequence */
    unsigned depth;
    uint64_t stack[(JSON_DEPTH_MAX + 63) / 64]; /* 1 = object */
    const char *message; /* after JSON_BAD */
};

enum json_verdict {
    JSON_MORE,  /* all bytes fit so far; the value is not complete */
    JSON_WHOLE, /* a value ended; *used bytes belong to it (a number ends at the byte behind it,
                 * or at json_check_end) */
    JSON_BAD,   /* byte *used cannot stand there; message says why */
};

/* A checker that expects white space and then one value. */
void json_check_start(struct json_checker *checker);
enum json_verdict json_check_feed(struct json_checker *checker, const char *bytes, size_t len, size_t *used);
/* No more bytes follow: JSON_WHOLE if a value is complete (a root number may be), else JSON_BAD. */
enum json_verdict json_check_end(struct json_checker *checker);

/* Checks that text is exactly one value, with white space around it. On failure false, *at is
 * the offset of the first byte that cannot stand there (len if the text ended too early) and
 * *message says what was expected. */
bool json_check(const char *text, size_t len, size_t *at, const char **message);

/* Whether the text of the span is one value of the span's type (not ABSENT or CELL), with nothing around it. */
bool json_is(struct span span);

/* The token tree of one valid value. */
struct json_node {
    struct span span;
    uint32_t next;  /* index of the next sibling node, 0 if none: for an object's members, key and value
                     * nodes alternate: key.next is the next key; the value is the node behind the key */
    uint32_t size;  /* ARRAY: elements, OBJECT: members */
};
struct json_tree {
    struct json_node *nodes; /* node 0 is the root; a container's first child is the node behind it */
    uint32_t count;
    struct buffer memory, tokens; /* private */
};

/* Builds the tree of text, which json_check accepts (it is checked again: false, *at, *message as
 * there). Memory in the tree is reused; text must live as long as the tree is looked at. */
bool json_tree_build(struct json_tree *tree, const char *text, size_t len, size_t *at, const char **message);
void json_tree_free(struct json_tree *tree);

/* The value node of an object's member `key` (decoded bytes; the last one wins), or 0. */
uint32_t json_tree_member(const struct json_tree *tree, uint32_t object, const char *key, size_t len);

/* The character of the escape at `at` (a backslash) within a valid string that ends at `end`; a pair of surrogates is
 * one. Returns the escape's length. A lone surrogate comes as it is. */
size_t json_unescape(const char *at, const char *end, uint32_t *code);

/* Decodes a STRING span (quotes dropped, escapes resolved, lone surrogates as U+FFFD) behind into->len. */
void json_decode(struct span string, struct buffer *into);

/* True if a STRING span's decoded bytes equal these. No allocation. */
bool json_string_equal(struct span string, const char *bytes, size_t len);

/* Writes bytes (UTF-8; invalid sequences become U+FFFD) as a JSON string, jq's escapes. */
void json_encode(const char *bytes, size_t len, struct buffer *into);

/* Copies a valid value without white space between tokens; tokens as written. */
void json_compact(const char *text, size_t len, struct buffer *into);

/* Copies a valid value as `jq .` lays it out (JSON_PRETTY_INDENT spaces a level), tokens as written, no final newline.
 */
enum { JSON_PRETTY_INDENT = 2 };
void json_pretty(const char *text, size_t len, struct buffer *into);

#endif
