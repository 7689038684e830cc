/* star: the columns that `*` and `a.b.*` stand for: of a flat form the header's, else
 * those of the first records (the window) or, with --scan all, of every record.
 *
 * Bare `*`: every leaf under its dotted name, sorted; a leaf is whatever is no object with members.
 * `a.b.*`: the members of the object at a.b, sorted by name. One thread. */
#ifndef ATOOLS_STAR_H
#define ATOOLS_STAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "json/path.h"
#include "json/span.h"
#include "table/schema.h"
#include "table/star_edit.h"

struct star_columns {
    const struct path **paths;
    const char **names;
    struct expr **exprs; /* or NULL: what stands instead of a path (replace), by column */
    size_t count;
};

/* The columns below the object at `prefix` (NULL: the record), of which node is the shape (NULL: never
 * seen). All in arena. */
struct star_columns star_columns(struct arena *arena, const struct schema_node *node, const struct path *prefix,
                                 bool leaves);

/* A flat form: the header's columns, or those whose name begins with the prefix's text and a dot. */
struct star_columns star_header(struct arena *arena, const struct span *header, size_t count,
                                const struct path *prefix);

/* Keys as one text, in the arena: as a column of `*` is called, or as a path that is read back. */
char *star_dotted(struct arena *arena, const struct path_step *steps, size_t count, bool as_name);

/* The node at a path below `node` (an index leads to an array's elements), or NULL. */
const struct schema_node *star_node(const struct schema_node *node, const struct path *path);

/* What is wrong with a record that has this key (walk.stranger), in arena. */
const char *star_stranger(struct arena *arena, struct span key);

/* How a star's members are written, and by whom. */
struct star_writing {
    bool leaves;                   /* every leaf under its dotted name */
    bool spaced;
    const struct star_edit *edits; /* what is changed of the object, or NULL */
    const struct value *values;    /* of what is replaced */
    struct buffer *name;           /* scratch */
};

/* Writes the members of an OBJECT span as NDJSON members, each behind a comma, in the record's order; anything that is
 * no object has none. */
void star_write_members(struct span object, const struct star_writing *writing, struct buffer *into);

#endif
