/* latest: of each key the bytes that were put last: a compacted topic as the table it stands for. In memory: all that
 * is left of it. One thread; zero-initialised: empty. */
#ifndef ATOOLS_LOG_LATEST_H
#define ATOOLS_LOG_LATEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/index.h"
#include "base/mem.h"

struct latest_entry {
    char *key, *bytes; /* bytes: NULL where there are none any more */
    size_t key_len, len;
};

struct latest {
    struct latest_entry *entries;
    size_t count, cap;
    struct index index;
    struct buffer made; /* the caller's, for what is put next */
};

/* Key and bytes are copied; bytes NULL: the key has none any more. */
void latest_put(struct latest *latest, const char *key, size_t key_len, const char *bytes, size_t len);

/* What there is, keys in the order in which they came first: *at starts as 0; false behind the last. */
bool latest_next(const struct latest *latest, size_t *at, const char **bytes, size_t *len);

void latest_free(struct latest *latest);

#endif
