/* path: a compiled path into a record: keys and indexes. Paths come from SQL expressions
 * (a.b[0].`odd name`) and from options; path sets number the paths a tool asks for, so a record
 * is walked once for all of them (walk.h). Immutable once built; freed with their arena. */
#ifndef ATOOLS_PATH_H
#define ATOOLS_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/index.h"
#include "base/mem.h"

struct path_step {
    const char *key; /* decoded bytes; NULL: an index */
    size_t key_len;
    int64_t index;
};

struct path {
    struct path_step *steps;
    size_t count;
    const char *text; /* as typed, for messages */
};

/* Parses a path: [.]name(.name|[n]|['name'])*, a name is letters, digits, _ , $, @, - , non-ASCII,
 * or anything between backticks (a doubled backtick is one). On error NULL, *offset says where
 * and *message what. Parsing stops at the first byte that cannot go on if `end` is not NULL, which
 * then points there; otherwise the whole text must be a path. */
struct path *path_parse(struct arena *arena, const char *text, const char **end, size_t *offset, const char **message);

/* Appends a name in backticks, as path_parse takes it: whatever is in it. */
void path_add_quoted(const char *name, size_t len, struct buffer *into);

/* The path that is one key, which is copied. */
struct path *path_of_key(struct arena *arena, const char *key, size_t len);

bool path_equal(const struct path *a, const struct path *b);

/* Whether no step is an index. */
bool path_keys_only(const struct path *path);

/* The set of distinct paths a program asks for, numbered from 0 in order of first mention. */
struct path_set {
    const struct path **paths;
    size_t count, cap;
    struct index index;
};

/* The number of this path, added if new. */
size_t path_set_add(struct path_set *set, const struct path *path);
void path_set_free(struct path_set *set);

#endif
