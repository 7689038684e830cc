/* group_sets: what -g says: keys, and the grouping sets that rollup, cube and grouping sets make of them. */
#ifndef ATOOLS_GROUP_SETS_H
#define ATOOLS_GROUP_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

/* Keys beside grouping sets, and sets. */
enum { GROUP_SETS_KEYS_MAX = 60, GROUP_SETS_MAX = 4096 };

struct group_sets {
    char *keys;     /* all keys once, as one list; "" if there are none */
    char *list;     /* the select list without the items that became keys; "" if nothing is left */
    size_t count;   /* of the sets; 0: one group by all keys */
    uint64_t *sets; /* of each, the keys that are not in it: bit 0 is the last key, as grouping_id has it */
};

/* Reads the keys (NULL: none): expressions, numbers of items of the select list, rollup (…), cube (…), grouping sets
 * (…), or `all`: every item of the list without an aggregate, which is_key tells by number. False where it is wrong. */
bool group_sets_read(const char *keys, const char *list, bool (*is_key)(void *context, size_t item), void *context,
                     struct group_sets *sets, struct problem *problem);
void group_sets_free(struct group_sets *sets);

#endif
