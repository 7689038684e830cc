/* walk: the hot loop. Goes once over a batch's records, validates every byte (as json_check
 * would), and remembers only the spans of the paths that were asked for. Uses scan's bitmaps; no
 * tree, no allocation per record.
 *
 * Memory of a walk: the index of a piece, for records above 32 KiB up to ten times the record's size (at one token a
 * byte; usually less than its size); records above 64 MiB are walked byte by byte without one.
 *
 * A plan is shared read-only between threads; a walk belongs to one thread. */
#ifndef ATOOLS_WALK_H
#define ATOOLS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/path.h"
#include "json/scan/scan.h"
#include "json/span.h"

struct piece;
struct walk_plan;

/* Slots 0..count-1 for the paths of the set. An array met in the middle of a path where a
 * key is asked for gives the array of that path over its elements (Spark: array<struct>.field),
 * null for one without it or that is no object, in the walk's own memory, until the next record; a
 * negative or too large index gives ABSENT. A key that repeats in an object: the last wins. */
struct walk_plan *walk_plan_new(const struct path_set *paths);

/* Watch the object at path (NULL: the record itself; all = true: every object at or below it that is
 * on the way to a slot): a member that leads to no slot is reported in walk.stranger. For `*`. */
void walk_plan_watch(struct walk_plan *plan, const struct path *path, bool all);
void walk_plan_free(struct walk_plan *plan);

enum walk_verdict {
    WALK_RECORD, /* record and slots are set */
    WALK_BAD,    /* a bad record: bad_at, record, message; the next call goes on behind it (by line) or ends */
    WALK_END,
};

struct walk {
    bool reads_on;        /* may be set before walk_start: a line that is no value begins one of several lines, or holds
                           * several; from there on the text is taken by value */
    struct span *slots;   /* of the plan's paths, for the present record; text points into the batch */
    struct span record;   /* the present record (for WALK_BAD: the bytes to set aside) */
    uint64_t index;       /* records before this one in the batch (good and bad) */
    bool spaced;          /* there may be white space outside strings within the record */
    struct span stranger; /* STRING span of an unexpected key (ABSENT: none) */
    size_t stranger_slot_path; /* which watched object it was in: number of the walk_plan_watch call */
    size_t bad_at;        /* WALK_BAD: offset in the batch of the byte that cannot stand there */
    bool malformed;       /* WALK_BAD: no JSON (false: JSON, but no record, such as a scalar) */
    const char *message;
};

enum walk_records {
    WALK_VALUES,  /* any value is a record (aslice) */
    WALK_OBJECTS, /* objects are records, a top-level array counts as its elements, a scalar is bad (SQL tools) */
};

struct walk *walk_new(const struct walk_plan *plan, enum walk_records records);

/* Begins with the records of this text, one a line, value or element; it must live until the last walk_next and be
 * followed by 64 bytes that may be read. */
void walk_start(struct walk *walk, const char *text, size_t len, enum scan_records by);

enum walk_verdict walk_next(struct walk *walk);

/* The piece that the present record stands in, until the next walk_next; NULL: it was read byte by byte. */
const struct piece *walk_piece(const struct walk *walk);

void walk_free(struct walk *walk);

#endif
