/* row_form: the forms that records come in (-i). A form is one file of this folder and one line of the list in
 * row_form.c; it makes rows of numbered slots (rows.h) from the batches of a source: the frame that rows has opened, or
 * one of its own. Nobody else asks which form it is: what differs for those who read rows is `flat`.
 *
 * A form's state is shared by all threads once it is bound; each thread has a reader. */
#ifndef ATOOLS_ROW_FORM_H
#define ATOOLS_ROW_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "frame/frame.h"
#include "frame/result.h"
#include "json/path.h"
#include "json/span.h"
#include "table/rows.h"
#include "table/schema.h"

/* What a form is opened on. All of it lives on. */
struct row_input {
    struct frame *frame; /* nothing was taken from it yet */
    char *const *files;
    size_t count;
    const struct rows_options *options;
    const struct parquet_partitions *columns; /* by file, as struct inputs has them; or NULL */
    const char
        *text; /* how the first input that is not empty begins (frame_sniff), NULL: all are empty; for a flat form */
    size_t len;          /* at least its first line. Only until the frame is used */
};

struct row_form {
    const char *name, *alias; /* as -i has them; alias may be NULL */
    const char *title;        /* in messages */
    const char *suffix;       /* flat: what names of such files end in (and then .gz, perhaps) */
    bool quoted;              /* options.quoting is heeded */
    bool flat; /* columns have names in an order, known before the first row, and cells have no types. Otherwise
                * records nest, and their shape is known from what they are */

    /* Whether an input that begins so is of this form. NULL: it is, if it is of no form before it in the list. */
    bool (*begins)(const char *text, size_t len, const struct rows_options *options);

    void *(*open)(const struct row_input *input);
    /* What chunks takes the form's batches from. */
    struct source *(*source)(void *form);
    /* Flat: the names of the columns, decoded. Else NULL. */
    const struct span *(*header)(const void *form, size_t *count);
    /* Not flat: adds what is known of the records before they are read; false: there are none. Else NULL. */
    bool (*shape)(void *form, struct schema *schema);

    /* See rows_bind, rows_watch, rows_warn_absent. */
    bool (*bind)(void *form, const struct path_set *paths, struct problem *problem);
    void (*where)(void *form, const struct expr *where); /* see rows_where; or NULL */
    void (*watch)(void *form, const struct path *path, bool all);
    /* But of what is `known`, by path. Or NULL: a path that is in no record was refused by bind. */
    void (*warn_absent)(const void *form, const bool *known);
    void (*close)(void *form);

    /* See rows_reader. Readers are made and freed one at a time. */
    struct rows_reader *(*reader_new)(void *form);
    void (*start)(struct rows_reader *reader, const struct batch *batch, struct result *result);
    bool (*next)(struct rows_reader *reader);
    /* See rows_have_columns; NULL: never. */
    bool (*has_columns)(const struct rows_reader *reader, const enum rows_want *wants);
    size_t (*columns)(struct rows_reader *reader, const enum rows_want *wants, struct rows_column *columns,
                      uint64_t *index);
    void (*reader_free)(void *form, struct rows_reader *reader);
};

/* The form that -i calls so, or NULL. */
const struct row_form *row_form_find(const char *name);

/* The form of an input that begins so (NULL: that is empty), and whose first file is called so (NULL: nothing).
 * A flat form's may be cut off too early: ask again with the whole first line. */
const struct row_form *row_form_of(const char *name, const char *text, size_t len,
                                   const struct rows_options *options);

/* The names of all forms, as a message has them: "json or tsv". NUL-terminated. */
void row_form_names(struct buffer *into);

#endif
