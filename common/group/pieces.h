/* pieces: stretches of an argument: what stands between commas, in calls and lists. Nothing is copied. */
#ifndef ATOOLS_PIECES_H
#define ATOOLS_PIECES_H

#include <stdbool.h>
#include <stddef.h>

/* A stretch of an argument without the white space around it. */
struct piece {
    const char *text;
    size_t len;
};

struct pieces {
    struct piece *items; /* to be freed */
    size_t count;
};

struct piece piece_trimmed(const char *text, size_t len);

/* What stands between the commas that are in no bracket or quotes; nothing of white space alone. */
struct pieces pieces_split(struct piece all);

/* "WORD ( inside )": the inside. */
bool piece_called(struct piece piece, const char *word, struct piece *inside);

/* Where a word stands by itself, in no bracket or quotes, the first time; SIZE_MAX: nowhere. */
size_t piece_word(struct piece all, const char *word);

#endif
