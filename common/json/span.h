/* span: one value of a record as it stands in the input: where it is and what kind it is.
 *
 * A span points into a batch's text (or a reader's arena) and lives as long as that does.
 * It is what path lookups hand to expressions and writers, for JSON and TSV alike; a copy
 * of a span's text is the value exactly as written (no digit, no escape changed). */
#ifndef ATOOLS_SPAN_H
#define ATOOLS_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum span_type {
    SPAN_ABSENT, /* the path is not in this record; text is NULL */
    SPAN_NULL,   /* JSON null, or TSV \N */
    SPAN_FALSE,
    SPAN_TRUE,
    SPAN_NUMBER, /* RFC 8259 number, as written */
    SPAN_STRING, /* with its two quotes, escapes as written */
    SPAN_ARRAY,  /* with its brackets, white space as written */
    SPAN_OBJECT,
    SPAN_CELL, /* an untyped TSV cell, escapes as written */
    SPAN_PACKED, /* a value as value/pack writes it: what no text of JSON says, in tables between two steps of asql */
};

struct span {
    const char *text;
    size_t len;
    unsigned char type; /* enum span_type */
    bool escaped;       /* STRING, CELL: there is a backslash inside */
};

/* The order of their bytes, the shorter one first where it is the other's beginning. */
static inline int span_compare(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.text, b.text, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
