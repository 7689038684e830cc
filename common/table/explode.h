/* explode: one record to the rows that Spark's lateral view [outer] posexplode gives: -e PATH [as
 * NAME] or -e EXPRESSION as NAME, several in order, a later one over an earlier one's elements. NAME stands for
 * the element, NAME_pos for its position from 0.
 *
 * The explode is built while expressions are compiled (explode_resolve gives each path its slot),
 * then shared read-only; each thread has a reader. */
#ifndef ATOOLS_EXPLODE_H
#define ATOOLS_EXPLODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "json/path.h"
#include "json/span.h"

struct explode;

struct explode *explode_new(bool outer, bool ansi, aggregate_table *aggregate_at);
void explode_free(struct explode *explode);

/* Adds a level. `text` is PATH, or "PATH as NAME" with name NULL; without a name it is the path's last
 * segment. An expression that gives an array may stand for PATH; it needs a name. explode(PATH), posexplode and inline
 * are PATH, explode_outer and its like keep a record without elements. False: the text is wrong, or a name is taken.
 * Both strings must live on. */
bool explode_add(struct explode *explode, const char *text, const char *name, struct problem *problem);

size_t explode_count(const struct explode *explode);
const char *explode_name(const struct explode *explode, size_t level);

/* True if the level's array is a path and not computed. */
bool explode_is_path(const struct explode *explode, size_t level);

/* The array of a level, as typed; whether a path begins with a level's name. */
const struct path *explode_array(const struct explode *explode, size_t level);
bool explode_owns(const struct explode *explode, const struct path *path);

/* Where a path leads in the record itself: NAME.x becomes its array's path, an index, x. For a path
 * that begins with no level's name: itself. The path and the arrays' paths are what schemas know. */
const struct path *explode_origin(struct explode *explode, const struct path *path);

/* False for what explode_origin gives below a computed array: it is in no record, and no schema knows it. */
bool explode_known(const struct explode *explode, const struct path *origin);

/* For expr_options.resolve; context is the explode. Numbers the slots. */
bool explode_resolve(void *context, const struct path *path, size_t *slot, const char **message);

/* The paths that the record itself must give, slot by slot (rows_bind). */
const struct path_set *explode_record_paths(const struct explode *explode);

/* How many slots a row has. */
size_t explode_slot_count(const struct explode *explode);

/* As walk_plan_watch, on the elements of a level: `path` begins with a level's name. Before readers. */
void explode_watch(struct explode *explode, const struct path *path, bool all);

struct explode_reader {
    struct span *slots;   /* of the present row */
    struct span stranger; /* see walk.h */
    bool spaced;
    const char *error;    /* not NULL: the record cannot be exploded, and why */
};

struct explode_reader *explode_reader_new(const struct explode *explode);

/* Begins a record with its own slots. */
void explode_start(struct explode_reader *reader, const struct span *record_slots, bool spaced);

/* Behind explode_start. False: no row of this record can bring an error or a stranger. */
bool explode_can_fail(const struct explode_reader *reader);

/* True with the next row; false at the end, or with error set. */
bool explode_next(struct explode_reader *reader);
void explode_reader_free(struct explode_reader *reader);

#endif
