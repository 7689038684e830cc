/* join_names: whose column a name of ajoin's select list is: l.x, r.x, a key, or a bare name that only
 * one side has; and the columns of `*`, `l.*`, `r.*`. Built by main(), then shared read-only.
 *
 * A joined row's slots are numbered as names are met; each comes from the left row, the right row, or
 * is a key (in a full join the one of the side that has the row).
 *
 * A join has two sides; several joins in a row (several.h) have more, r2.x being the third one's, which are
 * only named so here: the engine (join.h) has two. */
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

/* The columns of each side that are one. */
struct join_key {
    const struct path **paths;
    size_t *slots; /* in each side's path set */
};

/* Where a joined row's slot comes from: a slot of a side; or a key, whose slot each side has its own. */
struct join_source {
    enum { JOIN_PLAIN, JOIN_KEY, JOIN_TIME } kind; /* TIME: of --asof, the left row's if there is one */
    size_t side, slot; /* PLAIN */
    size_t key;        /* KEY: its number */
};

struct join_names {
    enum join_kind kind;
    struct join_side *sides;
    size_t side_count;
    struct join_key *keys;
    size_t key_count;
    struct join_key *time; /* of an asof join: what is compared; or NULL */
    const struct path **elements; /* that * gives behind all columns, */
    const char **element_names;
    size_t element_count;
    struct join_source *sources;
    size_t source_count, source_cap;
    struct index source_index; /* private */
    struct arena arena;
};

/* So many sides, all empty. */
void join_names_init(struct join_names *names, size_t sides);

/* Sides' rows are open (not bound; NULL: this side is not to be looked at), kind is set. Parses KEY[=KEY2],…, a name
 * for all sides or one for each, and TIME[=TIME2], one of these. NULL: none. False: it is wrong. */
bool join_names_start(struct join_names *names, const char *keys, const char *time, struct problem *problem);

/* Slots of a joined row, for those who know what they want: a path of a side, a key by its number, the time. */
size_t join_names_of_side(struct join_names *names, size_t side, const struct path *path);
size_t join_names_of_key(struct join_names *names, size_t key);
size_t join_names_of_time(struct join_names *names);

/* For expr_options.resolve; context is the join_names. */
bool join_names_resolve(void *context, const struct path *path, size_t *slot, const char **message);

/* Replaces the stars of a select list. */
bool join_names_stars(struct join_names *names, struct select *select, const struct expr_options *expr,
                      struct problem *problem);

/* Binds both sides' rows, or those of one; when everything is compiled. False: a problem of rows_bind. */
bool join_names_bind_side(struct join_names *names, size_t side, struct problem *problem);
bool join_names_bind(struct join_names *names, struct problem *problem);

void join_names_free(struct join_names *names);

#endif
