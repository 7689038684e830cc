/* query: rows chosen, put in order and written, as a reader of /rows asks: `where` and `order` are SQL expressions over
 * the rows' members. Pure: text in, text out. Any thread. */
#ifndef ATOOLS_SERVE_QUERY_H
#define ATOOLS_SERVE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"

enum query_form { QUERY_JSON, QUERY_TSV, QUERY_CSV };

/* Columns and bytes that an answer has at most. */
enum { QUERY_COLUMNS_MAX = 4096, QUERY_ANSWER_MAX = 256 << 20 };

struct query {
    const char *where, *order; /* NULL: none */
    bool has_limit;
    uint64_t limit;
    enum query_form form;
};

/* The rows (board_copy; BATCH_PADDING zero bytes follow them) that the query asks for, behind what is in the buffer: a
 * JSON array, a row a line; or TSV or CSV with a header, whose columns are the rows' members in the order in which they
 * come. False and the problem: an expression is wrong (a problem with a caret), or the answer is too large. */
bool query_run(const struct query *query, const char *text, size_t len, struct buffer *into, struct problem *problem);

/* A single row, an OBJECT without white space around it, the same way; of JSON the object alone. */
bool query_row(enum query_form form, const char *row, size_t len, struct buffer *into, struct problem *problem);

#endif
