/* piece: a piece of a batch, indexed and judged whole: which records in it are right, where each container
 * closes. Outsiders look at one that the walk has loaded (walk_piece). */
#ifndef ATOOLS_WALK_PIECE_H
#define ATOOLS_WALK_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/scan/scan.h"
#include "json/span.h"

struct piece {
    const char *text;
    struct scan_index index;
    uint32_t *link;  /* of an opening token, if another follows before it closes: its closing token */
    uint32_t *stack; /* of open containers, see piece.c */
    size_t limit;    /* tokens before this one are whole records, all right */
    size_t end;      /* how many bytes these and what is between them take: where the next piece begins */
    bool wrong;      /* the record behind them is wrong; else it is longer than the piece, or there is none */
};

/* Indexes text[0..len), which begins at a record and, if `whole`, ends with one. See scan_json for what must be
 * readable. */
void piece_load(struct piece *piece, const char *text, size_t len, bool whole, enum scan_records records);
void piece_free(struct piece *piece);

/* The value whose first token this is. */
struct span piece_value(const struct piece *piece, size_t token);

/* The token that closes what this one opens: the next bracket, or there is a link. */
static inline size_t piece_close(const struct piece *piece, size_t open)
{
    size_t at = open / 64;
    uint64_t brackets = piece->index.words[at].brackets & (~UINT64_C(1) << open % 64);
    while (brackets == 0)
        brackets = piece->index.words[++at].brackets;
    if (piece->index.words[at].closes & brackets & -brackets)
        return at * 64 + (unsigned)__builtin_ctzll(brackets);
    return piece->link[open];
}

/* The last token of the value whose first token this is. */
static inline size_t piece_last(const struct piece *piece, size_t token)
{
    unsigned char c = piece->index.tokens[token];
    return c == '{' || c == '[' ? piece_close(piece, token) : token;
}

/* White space outside strings within a span of this piece. */
bool piece_spaced(const struct piece *piece, struct span value);

#endif
