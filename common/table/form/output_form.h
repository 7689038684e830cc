/* output_form: the forms that rows of results are written in (-T). A form is one file of this folder and one line of
 * the list in output_form.c; project brings the rows, and nobody asks which form it is: what differs stands in struct
 * output_form.
 *
 * There are two kinds. A form of text writes each row for itself, in any thread, as bytes that need only be put behind
 * each other (row). Any other form is given the values of all rows one by one, in their order (take), or lets each
 * thread collect its own (apart), and says at the end what comes of them. */
#ifndef ATOOLS_OUTPUT_FORM_H
#define ATOOLS_OUTPUT_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/output.h"
#include "expr/expr.h"
#include "frame/quoted.h"
#include "json/span.h"
#include "table/schema.h"
#include "table/star_edit.h"
#include "table/table.h"

/* What the options say of how rows are written; each form takes what concerns it. */
struct output_form_options {
    bool header;      /* column names first */
    const char *null; /* what stands for null; NULL: the form's own */
    bool raw_json;    /* TSV: arrays and objects are not escaped once more */
    struct quoting quoting;
    struct table_options table;
};

/* An item that is written from what the row itself holds. */
struct output_star {
    size_t slot;                   /* where the object of a STAR item is */
    bool leaves;                   /* STAR: see star.h */
    const struct star_edit *edits; /* what is changed of it, or of a plain path's value; or NULL */
};

/* A row to be written as text. */
struct output_row {
    const struct span *slots;   /* of the row: items that are plain paths are copied from here */
    const struct value *items;  /* of the others, by number; behind them those of star_change.number */
    const struct output_star *stars; /* by item; only where own_members */
    bool spaced;                /* spans may hold white space outside strings */
    struct buffer *scratch;
};

/* For a form that is not text, and yet takes rows in any thread: each has rows of its own, which it puts behind each
 * other as bytes. */
struct output_apart {
    void *(*rows_new)(void *form);
    /* Adds a row; what is made of its spans goes into the arena. */
    void (*add)(void *rows, const struct output_row *row, struct arena *arena);
    /* Appends what has been added, if it is much or `all`. Whose bytes come first, their rows do. */
    void (*put)(void *rows, bool all, struct buffer *into);
    /* One thread at a time; all has been put. */
    void (*rows_free)(void *rows);
    /* Where the bytes are to go, in the order of the input; and what is told of them before. One thread at a time. */
    struct output *(*output)(void *form);
    void (*come)(void *form, const char *bytes, size_t len);
};

struct output_form {
    const char *name, *alias; /* as -T has them; alias may be NULL */
    bool own_members;         /* a row may bring members of its own: `*` need not become columns (text only) */
    bool null_text;           /* options.null is heeded */
    bool quoted;              /* options.quoting is heeded */

    /* The form's own state, shared by all threads; the select lives on. */
    void *(*start)(const struct select *select, const struct output_form_options *options);
    /* What stands before all rows; or NULL. */
    void (*header)(const void *form, struct buffer *into);
    /* Text: writes one row behind into->len; any thread. NULL: see take. */
    void (*row)(const void *form, const struct output_row *row, struct buffer *into);

    /* Text: writes that the row of these first `count` columns, its key, is there no more; or NULL: it has no way to
     * say so. */
    void (*gone)(const void *form, const struct output_row *row, size_t count, struct buffer *into);

    /* Forms that are not text; one thread. */
    void (*take)(void *form, const struct value *values);
    /* Forms that are not text: how threads bring rows without an order or limit instead; or NULL. */
    const struct output_apart *apart;
    /* Rows it needs at most, over all; or NULL: all. */
    uint64_t (*wanted)(const void *form);
    /* Says what was seen at the place of the input that a column is taken from; or NULL: it does not care. Before the
     * first row. */
    void (*column)(void *form, size_t column, const struct schema_node *node);

    /* Ends the output and frees. out NULL: write nothing. complete: no error stopped the rows. */
    void (*finish)(void *form, bool complete, struct output *out);
};

/* The form that -T calls so, or NULL. */
const struct output_form *output_form_find(const char *name);

/* The form if nothing is said. */
const struct output_form *output_form_default(void);

/* The names of all forms, or of those that heed options.null, as a message has them: "tsv, csv or table".
 * NUL-terminated. */
void output_form_names(bool null_text, struct buffer *into);

#endif
