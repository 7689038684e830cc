/* group_select: the select list of a grouping: key columns first, then items over keys and aggregates; with
 * its HAVING and ORDER BY. Checks what may stand where: outside aggregates, only keys and earlier items.
 *
 * A key is computed from a record once (keys[i].expr). When results are computed, the item of a key that is no plain
 * path takes its value from row.aggregates, behind the results of the aggregate calls. */
#ifndef ATOOLS_GROUP_SELECT_H
#define ATOOLS_GROUP_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/expr.h"
#include "expr/function/time_window.h"
#include "group/aggregate/aggregate.h"
#include "group/sets.h"

struct group_key_column {
    const struct expr *expr; /* over a record */
    bool plain;              /* a path: */
    size_t slot;
};

/* A key that is window or session_window: its expression is computed by whoever collects. */
struct group_window {
    const struct time_window_shape *shape; /* NULL: no key is a window */
    size_t key;
    const struct expr *time, *gap;
};

struct group_select {
    struct select *select; /* the keys' items, then the others */
    struct group_key_column *keys;
    size_t key_count;
    struct group_window window; /* never with grouping sets */
    struct group_sets sets; /* sets.count 0: every record is in one group, by all keys */
    size_t record_items; /* so many leading items are used within aggregates or keys, and so are computed from each
                            record */
    const struct expr *having;
    const struct order *order;
    struct aggregates *aggregates;
    char *text; /* both arguments as one list */
};

/* keys (see group_sets_read), having and order may be NULL; list may be empty where there are keys: their distinct
 * values. The keys' columns come first, unless the list names one of them (as it is called): then the list is all that
 * comes out. With grouping sets and no order, rows come by grouping_id. merging: --merge, where no aggregate may be
 * used that is not in the list. NULL where a text is wrong; a problem with the keys or the list shows both as one,
 * whose memory is then the problem's: whoever goes on after such a problem frees its argument. */
struct group_select *group_select_new(const char *keys, const char *list, const char *having, const char *order,
                                      bool merging, const struct expr_options *options, struct problem *problem);
void group_select_free(struct group_select *select);

#endif
