/* join_names: whose column a name of ajoin's select list is: l.x, r.x, a key, or a bare name that only
 * one side has; and the columns of `*`, `l.*`, `r.*`. Built by main(), then shared read-only.
 *
 * A joined row's slots are numbered as names are met; each comes from the left row, the right row, or
 * is a key (in a full join the one of the side that has the row). */
#ifndef ATOOLS_JOIN_NAMES_H
#define ATOOLS_JOIN_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/index.h"
#include "base/mem.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "json/path.h"
#include "table/rows.h"
#include "table/schema.h"

enum join_kind { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_SEMI, JOIN_ANTI };
enum join_side_name { JOIN_SIDE_LEFT, JOIN_SIDE_RIGHT };

struct join_side {
    struct rows *rows;
    const char *name;       /* of the file, for messages */
    struct path_set paths;  /* what its rows must give; the first key_count slots are not special */
    struct schema *window;  /* not flat: what the first records hold */
    bool unseen;            /* a stream: it is not looked at before it is read, */
    bool empty;             /* nothing is known of it, or there are no records at all */
    bool watched;           /* a star has taken its columns from the window */
};

struct join_key {
    const struct path *paths[2];
    size_t slots[2]; /* in each side's path set */
};

/* Where a joined row's slot comes from: a slot of a side; or a key, whose slot each side has its own. */
struct join_source {
    bool is_key;
    enum join_side_name side;
    size_t slots[2]; /* by side; a plain source uses its own side's only */
};

struct join_names {
    enum join_kind kind;
    struct join_side sides[2];
    struct join_key *keys;
    size_t key_count;
    struct join_source *sources;
    size_t source_count, source_cap;
    struct index source_index; /* private */
    struct arena arena;
};

/* Sides' rows are open (not bound), kind is set. Parses KEY[=KEY2],…; false: it is wrong. */
bool join_names_start(struct join_names *names, const char *keys, struct problem *problem);

/* For expr_options.resolve; context is the join_names. */
bool join_names_resolve(void *context, const struct path *path, size_t *slot, const char **message);

/* Replaces the stars of a select list. */
bool join_names_stars(struct join_names *names, struct select *select, const struct expr_options *expr,
                      struct problem *problem);

/* Binds both sides' rows, or those of one; when everything is compiled. False: a problem of rows_bind. */
bool join_names_bind_side(struct join_names *names, enum join_side_name side, struct problem *problem);
bool join_names_bind(struct join_names *names, struct problem *problem);

void join_names_free(struct join_names *names);

#endif
