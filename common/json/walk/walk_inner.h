/* walk_inner: a walk from within: what walk.c (pieces), fill.c (slots from a piece) and text.c, slow.c (from the text)
 * share. */
#ifndef ATOOLS_WALK_INNER_H
#define ATOOLS_WALK_INNER_H

#include "base/mem.h"
#include "json/cursor.h"
#include "json/walk/piece.h"
#include "json/walk/plan_inner.h"
#include "json/walk/walk.h"

/* What the caller sees, and behind it what is ours. */
struct walker {
    struct walk walk;
    const struct walk_plan *plan;
    enum walk_records records;
    const char *text; /* of the batch: what walk_start was given */
    size_t len;
    enum scan_records by;
    size_t at;           /* offset in the batch of what was not looked at yet: behind the piece */
    bool in_array;       /* in one whose elements are records, read from its text, */
    struct json_cursor elements; /* behind the present one */
    bool after_comma;    /* by element: another element must come */
    bool ended;          /* a malformed value in a batch framed by nesting */
    struct piece piece;
    size_t piece_size;   /* of the next piece */
    size_t token;        /* the next one to look at in the piece; >= piece.limit: none left */
    size_t array_end;    /* not 0: within an array whose elements are records, which ends at this token */
    uint64_t stamp;      /* number of the record, over all batches */
    uint64_t *stamps;    /* by node: the last record that had it */
    struct arena arena;  /* arrays made for this record */
    struct buffer made;  /* where they are put together */
};

/* Begins a record: its slots are empty, its number is the next. */
void walker_next_record(struct walker *walker, struct span record);

/* The present record is JSON, but no record. */
enum walk_verdict walker_no_record(struct walker *walker);

void walker_note_stranger(struct walker *walker, const struct plan_node *node, struct span key);

/* An array where members are asked for: the slots below the node that lead over a key. */
void walker_fill_over(struct walker *walker, const struct plan_node *node, struct span array);

/* Fills the slots from the object (or other value) at this token of the piece. */
void walker_fill(struct walker *walker, uint32_t node, size_t token, size_t key);

/* Byte by byte: the next record at walker->at, judged by json_check. WALK_END: there is none in the rest of the batch.
 * For records that are wrong, and for those that are too long to be indexed. */
enum walk_verdict walker_next_slow(struct walker *walker);

/* The next one of walker->elements; WALK_END: there is none, and walker->in_array is over. */
enum walk_verdict walker_next_element(struct walker *walker);

/* Top-level arrays stand for their elements. */
static inline bool walker_expands(const struct walker *walker, char first)
{
    return first == '[' && walker->records == WALK_OBJECTS && walker->by != SCAN_BY_ELEMENT;
}

#endif
