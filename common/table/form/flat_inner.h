/* flat: what the flat forms of text share: cells below a header of column names, which are found by name in each file.
 * The first batch of a file settles that file's columns, readers of its later batches wait for that. */
#ifndef ATOOLS_FORM_FLAT_H
#define ATOOLS_FORM_FLAT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/index.h"
#include "base/mem.h"
#include "base/problem.h"
#include "frame/frame.h"
#include "frame/source.h"
#include "json/path.h"
#include "json/span.h"
#include "table/form/row_form.h"

/* What one file's first record settled. */
struct flat_file {
    bool returns;         /* it ends in \r\n */
    size_t count;         /* cells a record must have */
    size_t *column;       /* of each path */
    struct span stranger; /* a column that the first file had not, as a JSON string; for `*` */
    char *error;          /* not NULL: the whole message: this file can't be read */
};

struct flat_names {
    struct span *names;
    size_t count;
    struct index index;
};

/* What a file's first record holds. */
struct flat_head {
    struct span *cells;  /* decoded, in the arena */
    size_t count;
    bool returns;        /* it ends in \r\n */
    const char *wrong;   /* not NULL: what is, in a few words, */
    uint64_t line, byte; /* and where, both from 1 */
};

/* The state of a form; a form may put it at the head of its own. */
struct flat_rows {
    struct frame *frame;
    bool header, watched;
    const char *null; /* a cell that is null, too; or NULL */
    size_t null_len;
    /* Splits and decodes the record at text, of len > 0 bytes; the rest of *head is zero. */
    void (*read_head)(const struct flat_rows *rows, const char *text, size_t len, struct arena *arena,
                      struct flat_head *head);
    struct arena arena;
    struct flat_names first; /* the first file's */
    const struct path_set *paths;
    const struct span **wanted; /* by path: its column's name */
    pthread_mutex_t lock;
    pthread_cond_t settled;
    struct flat_file **files;
    size_t file_cap;
};

/* Begins the state (zeroed, read_head set) on an input whose first record is in text (NULL: it is empty). */
void flat_open(struct flat_rows *rows, const struct row_input *input, const char *text, size_t len);

/* Frees all but *rows itself. */
void flat_close(struct flat_rows *rows);

/* The columns of the batch's file. Any thread. */
const struct flat_file *flat_file(struct flat_rows *rows, const struct batch *batch);

/* Of row_form; a form is a struct flat_rows, or begins with one. */
struct source *flat_source(void *form);
const struct span *flat_header(const void *form, size_t *count);
bool flat_bind(void *form, const struct path_set *paths, struct problem *problem);
void flat_watch(void *form, const struct path *path, bool all);

#endif
