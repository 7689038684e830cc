/* intake: records into the live board: what each one's key is, what of it is served, and which of them say that a row
 * is gone:
 *
 *     a record with a member "_deleted" that is true (in TSV: a column _deleted, cell true): the row of its key;
 *     under `envelope`, where records are Kafka's messages as `aconsume -J` writes them and rows their values:
 *     a message whose value is null. Its key is the row's key; of several columns, an object of them.
 *
 * One thread: chunks_run with one. */
#ifndef ATOOLS_SERVE_INTAKE_H
#define ATOOLS_SERVE_INTAKE_H

#include <stdbool.h>

#include "base/problem.h"
#include "frame/chunks.h"
#include "serve/columns.h"
#include "serve/live.h"
#include "table/rows.h"

/* The member that says it. */
#define INTAKE_DELETED "_deleted"

/* Bytes that a row may have as it is served, its keys included. */
enum { INTAKE_ROW_MAX = 1 << 20 };

struct intake_options {
    const struct columns *keys;
    const struct columns *columns; /* what is served besides the keys; NULL: all */
    bool envelope;
    void (*changed)(void *context); /* behind each batch that brought something */
    void *context;
};

struct intake;

/* Binds the rows; NULL and the problem where a column is not there. All arguments live on. */
struct intake *intake_new(struct rows *rows, struct live *live, const struct intake_options *options,
                          struct problem *problem);
void intake_free(struct intake *intake);

/* For chunks_run, with the intake as its tool. */
extern const struct chunks_work intake_work;

#endif
