/* source: what a name in a statement stands for: files, folders, stdin, topics; and which columns are in them. */
#ifndef ATOOLS_SQL_SOURCE_H
#define ATOOLS_SQL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/mem.h"
#include "base/problem.h"
#include "table/inputs.h"
#include "table/rows.h"
#include "table/schema.h"

struct sql_column {
    const char *name;
    const struct schema_node *node; /* what is in it, as far as it was seen; NULL: a cell */
};

struct sql_source {
    const char *name;     /* that it is bound to; or what it is called in the statement */
    const char *argument; /* the file, folder or topic */
    char *files[1];       /* what is opened for it: the file, or a copy of what can be read only once */
    struct inputs inputs;
    struct rows *rows;    /* open, where it was looked at and is read from there; taken by who reads */
    struct schema *schema;
    struct sql_column *columns;
    size_t column_count;
    bool flat;            /* cells */
    bool scanned;         /* all records were looked at; */
    struct path_set looked; /* or at all of them for what is at these */
    bool once;            /* it can be read only once */
    pid_t child;          /* who reads the topic; 0: nobody */
    struct rows_options options;
    unsigned threads;
    struct arena *arena;
};

/* Opens what an argument names and looks for columns in its first records. several: it may be read more than once.
 * `name` and `argument` live on, `arena` is where the rest lives. */
struct sql_source *sql_source_open(const char *name, const char *argument, bool several,
                                   const struct rows_options *options, unsigned threads, struct arena *arena,
                                   struct problem *problem);

/* Looks at all records for columns; false: it cannot, or did before. */
bool sql_source_scan(struct sql_source *source);

/* Looks at all records for what is at a path of keys, which lives on, where that can be; once for each. */
void sql_source_scan_at(struct sql_source *source, const struct path *path);

/* Adds a column of that name. */
const struct sql_column *sql_source_add(struct sql_source *source, const char *name);

/* The rows to be read: each time anew where that can be. NULL: they have been read, and can't be again. */
struct rows *sql_source_rows(struct sql_source *source, struct problem *problem);

/* Waits for who reads a topic; false: it failed (and has said so). */
bool sql_source_close(struct sql_source *source);

#endif
