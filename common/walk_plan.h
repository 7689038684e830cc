/* walk_plan: the paths asked for as a tree of keys and indexes. Private to walk*.c.
 *
 * Immutable once walk_new was called with it; shared read-only between threads. */
#ifndef ATOOLS_WALK_PLAN_H
#define ATOOLS_WALK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "path.h"

enum { PLAN_NONE = UINT32_MAX };

/* A key of a node, reached over a hash of its first bytes and its length: see plan_find. */
struct plan_key {
    const char *key; /* decoded bytes */
    size_t len;
    uint64_t head;   /* the first 8 bytes as they stand in a little-endian word, zeros behind a shorter key */
    uint32_t node;
};

struct plan_item {
    int64_t index;
    uint32_t node;
};

struct plan_node {
    uint32_t slot;   /* PLAN_NONE: nobody asked for just this */
    uint32_t depth;  /* steps from the record to here */
    uint32_t watch;  /* number of the walk_plan_watch call, or PLAN_NONE */
    bool watch_type; /* under a watch for all: a value that can't hold the members asked for is a stranger */
    bool inner;      /* has keys or items, or is watched: its value must be looked into */
    uint32_t key_count, item_count;
    struct plan_key *keys;   /* in a table of key_mask + 1 places when sealed; an unused place has key NULL */
    struct plan_item *items;
    uint32_t key_mask;
    uint64_t key_factor;     /* makes the hash free of collisions among this node's keys */
    uint32_t *slots;         /* every slot below this node (without its own) */
    uint32_t slot_count;
};

struct walk_plan {
    struct plan_node *nodes; /* node 0 is the record */
    uint32_t node_count, node_cap;
    uint32_t watch_count;
    const struct path_set *paths;
    struct arena arena;
};

/* The node of key (decoded bytes) below a node, or PLAN_NONE. Not for the hot path. */
uint32_t plan_find_decoded(const struct plan_node *node, const char *key, size_t len);

#endif
