/* shrink: bytes into streams that expand reads: gzip, zstd, lz4, bzip2, xz. One belongs to one thread at a time. The
 * libraries but zlib are loaded when they are needed. */
#ifndef ATOOLS_SHRINK_H
#define ATOOLS_SHRINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/expand.h"
#include "base/mem.h"
#include "base/problem.h"

/* Which form, and how much is tried: its own scale, from `least` to `most`. */
struct shrink_options {
    enum expand_form form; /* EXPAND_NONE: as it is */
    int level;
};

/* Reads FORM or FORM:LEVEL, such as "zstd" or "gzip:9"; false and a problem for anything else, or where the form's
 * library is not there. */
bool shrink_parse(const char *option, const char *text, struct shrink_options *options, struct problem *problem);

/* "gzip|zstd|…", for --help and completions. */
void shrink_names(struct buffer *into);

struct shrinker;

/* Begins a stream. No memory ends the program. The form is not EXPAND_NONE, and was parsed. */
struct shrinker *shrink_new(const struct shrink_options *options);

/* Appends what comes out for these bytes, which may be nothing yet. False, here and below: the library failed. */
bool shrink_add(struct shrinker *shrinker, const char *bytes, size_t len, struct buffer *into);

/* Appends what is still inside, so that all bytes so far can be read. */
bool shrink_flush(struct shrinker *shrinker, struct buffer *into);

/* Appends the end of the stream. */
bool shrink_end(struct shrinker *shrinker, struct buffer *into);

/* "gzip". */
const char *shrink_name(const struct shrinker *shrinker);

void shrink_free(struct shrinker *shrinker);

#endif
