/* plan: the paths asked for as a tree of keys and indexes.
 *
 * Immutable once walk_new was called with it; shared read-only between threads. */
#ifndef ATOOLS_WALK_PLAN_H
#define ATOOLS_WALK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/index.h"
#include "base/mem.h"
#include "json/path.h"
#include "json/span.h"

enum { PLAN_NONE = UINT32_MAX };

/* A node with more keys finds them by an index: whoever chose them, that is fast, while in the table those that differ
 * only in their middle collide. With this few the table is faster. */
enum { PLAN_TABLE_MAX = 256 };

/* A key of a node. Its first and last 8 bytes (little-endian; of a shorter one all, zeros behind them) tell keys of up
 * to 16 bytes apart without a loop. */
struct plan_key {
    const char *key; /* decoded bytes; NULL: an unused place */
    size_t len;
    uint64_t head, tail;
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
    struct plan_key *keys;   /* in order of mention */
    struct plan_key *table;  /* the same by plan_hash, with many unused places; 1 << (64 - table_shift) of them */
    unsigned table_shift;
    struct index index;      /* above PLAN_TABLE_MAX: their numbers */
    struct plan_item *items; /* ascending */
    uint32_t *slots;         /* every slot below this node (without its own) */
    uint32_t slot_count;
};

struct walk_plan {
    struct plan_node *nodes; /* node 0 is the record */
    uint32_t node_count, node_cap;
    uint32_t watch_count;
    const struct path_set *paths;
};

/* The node of a key below a node, or PLAN_NONE, for a key that may hold escapes (a STRING span; 8 bytes behind it must
 * be readable). What scratch holds is lost. */
uint32_t plan_find_text(const struct plan_node *node, struct span key, struct buffer *scratch);

/* As plan_find, where there is an index. */
uint32_t plan_find_indexed(const struct plan_node *node, const char *key, size_t len);

/* The node of an array's element, or PLAN_NONE. */
uint32_t plan_find_item(const struct plan_node *node, int64_t index);

/* A key's first and last bytes; 8 bytes behind it must be readable. */
static inline void plan_key_ends(const char *key, size_t len, uint64_t *head, uint64_t *tail)
{
    memcpy(head, key, sizeof *head);
    if (len >= sizeof *tail) {
        memcpy(tail, key + len - sizeof *tail, sizeof *tail);
        return;
    }
    *tail = 0;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    *head = __builtin_bswap64(*head);
#endif
    *head &= (UINT64_C(1) << 8 * len) - 1;
}

static inline uint64_t plan_hash(uint64_t head, uint64_t tail, size_t len)
{
    return (head ^ (tail << 21 | tail >> 43) ^ (uint64_t)len << 57) * UINT64_C(0x9E3779B97F4A7C15);
}

/* The node of a key without escapes, or PLAN_NONE; 8 bytes behind it must be readable. */
static inline uint32_t plan_find(const struct plan_node *node, const char *key, size_t len)
{
    if (node->key_count == 0)
        return PLAN_NONE;
    if (node->index.count > 0)
        return plan_find_indexed(node, key, len);
    uint64_t head, tail;
    plan_key_ends(key, len, &head, &tail);
    size_t mask = (size_t)(~UINT64_C(0) >> node->table_shift);
    for (size_t i = (size_t)(plan_hash(head, tail, len) >> node->table_shift);; i = (i + 1) & mask) {
        const struct plan_key *place = &node->table[i];
        if (!place->key)
            return PLAN_NONE;
        if (place->head == head && place->tail == tail && place->len == len &&
            (len <= 16 || memcmp(place->key, key, len) == 0))
            return place->node;
    }
}

#endif
