/* columns: lists of members' names as options have them (-k, --columns), and keys made of their values. A key is bytes
 * in which equal values are equal (value_key): 1, 1.0 and "1" are one.
 *
 * Made by main(), read-only from then on. */
#ifndef ATOOLS_SERVE_COLUMNS_H
#define ATOOLS_SERVE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "json/path.h"

/* Key columns at most. */
enum { COLUMNS_KEYS_MAX = 16 };

struct columns {
    const struct path **list; /* of one step each, whose text is the name */
    size_t count;
    struct arena arena;
};

/* "a, `b c`": names with commas between them; each once, and none within another. `what` names the option. */
bool columns_parse(struct columns *columns, const char *what, const char *text, struct problem *problem);

/* Adds one by its name. */
void columns_add(struct columns *columns, const char *name, size_t len);
void columns_free(struct columns *columns);

/* Whether one is called so. */
bool columns_have(const struct columns *columns, const char *name, size_t len);

/* The key in the segments of a URL's path, "VALUE/VALUE", as many as there are columns: each percent-encoded; behind
 * that as in TSV: `\N` is null, a backslash is `\\`. False: it is none such. */
bool columns_url_key(const struct columns *keys, const char *path, struct buffer *key);

/* Decodes %XX behind what is in the buffer; false where something else follows a '%'. */
bool columns_url_decode(const char *text, size_t len, struct buffer *into);

#endif
