/* json_cursor: goes over the values of one valid container in its text, without a tree. What is passed over
 * is skipped by scan_depth's kernels, so finding a value costs little more than reading the text once. Nothing is
 * checked: the text must have been accepted (json_check, walk). */
#ifndef ATOOLS_JSON_CURSOR_H
#define ATOOLS_JSON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/span.h"

struct json_cursor {
    const char *at, *end; /* what is left of the text between the brackets */
};

/* A value without the white space around it. */
struct span json_value_trim(const char *text, size_t len);

/* Over what an ARRAY or OBJECT span has between its brackets. */
struct json_cursor json_cursor_into(struct span container);

/* Over values with commas between them. */
struct json_cursor json_cursor_over(const char *text, size_t len);

/* The next element (in an object: key or member's value, in turn). False at the end. */
bool json_cursor_next(struct json_cursor *cursor, struct span *value);

/* An object's next member. False at the end. */
bool json_cursor_member(struct json_cursor *cursor, struct span *name, struct span *value);

/* Passes `count` elements, which are there, with at least one more behind them. */
void json_cursor_skip(struct json_cursor *cursor, uint64_t count);

/* How many elements (members) are left. */
uint64_t json_cursor_count(const struct json_cursor *cursor);

#endif
