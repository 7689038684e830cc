#include "json/walk/walk.h"

#include <stdlib.h>
#include <string.h>

#include "json/walk/walk_inner.h"

/* A piece is large enough that what it costs to begin one does not count, and small enough that it and its index stay
 * in the nearest caches. Behind a bad record pieces are small again, for what was scanned beyond it is scanned twice.
 * A record too long for the largest piece is walked byte by byte: slower, but an index would be larger than itself. */
enum { PIECE_MIN = 512, PIECE = 32 * 1024, PIECE_MAX = 64 * 1024 * 1024 };

struct walk *walk_new(const struct walk_plan *plan, enum walk_records records)
{
    struct walker *walker = mem_zero(1, sizeof *walker);
    walker->plan = plan;
    walker->records = records;
    walker->piece_size = PIECE;
    walker->walk.slots = mem_zero(plan->paths->count, sizeof(struct span));
    walker->stamps = mem_zero(plan->node_count, sizeof *walker->stamps);
    return &walker->walk;
}

const struct piece *walk_piece(const struct walk *walk)
{
    const struct walker *walker = (const struct walker *)walk;
    return walker->piece.limit > 0 ? &walker->piece : NULL;
}

void walk_free(struct walk *walk)
{
    if (!walk)
        return;
    struct walker *walker = (struct walker *)walk;
    arena_free(&walker->arena);
    buffer_free(&walker->made);
    piece_free(&walker->piece);
    free(walker->stamps);
    free(walk->slots);
    free(walker);
}

void walk_start(struct walk *walk, const char *text, size_t len, enum scan_records by)
{
    struct walker *walker = (struct walker *)walk;
    walker->text = text;
    walker->len = len;
    walker->by = by;
    walker->at = 0;
    walker->in_array = walker->after_comma = walker->ended = false;
    walker->token = walker->piece.limit = walker->array_end = 0;
    walker->piece.wrong = false;
    if (walker->piece_size > PIECE)
        walker->piece_size = PIECE;
    walk->index = (uint64_t)-1;
}

/* Chooses the next piece: how long, and whether it ends with a record. */
static size_t piece_len(const struct walker *walker, bool *whole)
{
    const char *text = walker->text + walker->at;
    size_t left = walker->len - walker->at;
    size_t len = left <= walker->piece_size ? left : walker->piece_size & ~(size_t)63;
    *whole = len == left;
    if (*whole || walker->by != SCAN_BY_LINE)
        return len;
    const char *newline = memrchr(text, '\n', len);
    if (!newline)
        newline = memchr(text + len, '\n', left - len);
    *whole = true;
    return newline ? (size_t)(newline - text) + 1 : left;
}

/* Goes on to the next piece with a record in it. False: the record at walker->at must be read byte by byte, or there
 * is nothing left. */
static bool next_piece(struct walker *walker)
{
    while (walker->at < walker->len) {
        bool whole;
        size_t len = piece_len(walker, &whole);
        if (len > PIECE_MAX)
            return false;
        struct piece *piece = &walker->piece;
        piece_load(piece, walker->text + walker->at, len, whole, walker->by);
        walker->token = 0;
        walker->at += piece->end;
        if (piece->limit > 0) {
            walker->after_comma = walker->by == SCAN_BY_ELEMENT && piece->limit < piece->index.count;
            if (walker->piece_size < PIECE && !piece->wrong)
                walker->piece_size *= 4;
            return true;
        }
        if (piece->wrong || (whole && walker->after_comma))
            return false;
        if (!whole)
            walker->piece_size = len * 8;
    }
    return false;
}

/* The next token of the piece at which a record begins; false: there is none. */
static bool find_record(struct walker *walker)
{
    const unsigned char *tokens = walker->piece.index.tokens;
    size_t token = walker->token, limit = walker->piece.limit;
    if (walker->array_end > 0) {
        if (token < walker->array_end)
            return true;
        token = walker->array_end + 1;
        walker->array_end = 0;
    }
    while (token < limit && (tokens[token] == '\n' || tokens[token] == ',' || tokens[token] == 0x1e))
        token++;
    walker->token = token;
    return token < limit;
}

/* For a bad record in BATCH_LINES: all of its line. */
static void widen_to_line(struct walker *walker)
{
    struct span *record = &walker->walk.record;
    const char *end = walker->text + walker->len;
    const char *newline = memchr(record->text, '\n', (size_t)(end - record->text));
    record->len = (size_t)((newline ? newline : end) - record->text);
}

/* The record at the present token of the piece. WALK_END: it is an array that stands for its elements. */
static enum walk_verdict take(struct walker *walker)
{
    struct piece *piece = &walker->piece;
    size_t token = walker->token;
    unsigned char first = piece->index.tokens[token];
    size_t last = piece_last(piece, token);
    if (walker->array_end == 0 && walker_expands(walker, (char)first)) {
        walker->token = token + 1;
        walker->array_end = last;
        return WALK_END;
    }
    struct span record = piece_value(piece, token);
    walker_next_record(walker, record);
    walker->token = last + 1;
    if (walker->array_end > 0 && walker->token < walker->array_end)
        walker->token++; /* the comma */
    if (walker->records == WALK_OBJECTS && first != '{') {
        if (walker->array_end == 0 && walker->by == SCAN_BY_LINE)
            widen_to_line(walker);
        return walker_no_record(walker);
    }
    walker->walk.spaced = piece_spaced(piece, record);
    /* the empty path: the record itself */
    if (walker->plan->nodes[0].inner || walker->plan->nodes[0].slot != PLAN_NONE)
        walker_fill(walker, 0, token, token);
    return WALK_RECORD;
}

enum walk_verdict walk_next(struct walk *walk)
{
    struct walker *walker = (struct walker *)walk;
    while (!walker->ended) {
        enum walk_verdict verdict = WALK_END;
        if (walker->in_array) {
            verdict = walker_next_element(walker);
        } else if (find_record(walker)) {
            verdict = take(walker);
        } else if (walker->piece.wrong ||
                   !next_piece(walker)) { /* behind a piece's good records stands the wrong one */
            walker->piece.limit = 0;
            walker->piece.wrong = false;
            verdict = walker_next_slow(walker);
            if (verdict == WALK_BAD)
                walker->piece_size = PIECE_MIN;
            if (verdict == WALK_END && !walker->in_array)
                return WALK_END;
        }
        if (verdict != WALK_END)
            return verdict;
    }
    return WALK_END;
}
