/* group_table: what group.c (tables in memory) and group_spill.c (parts in files) share; nobody else's. */
#ifndef ATOOLS_GROUP_TABLE_H
#define ATOOLS_GROUP_TABLE_H

#include "group.h"
#include "spill.h"

enum {
    PART_BITS = 6, /* merged one by one, in a cache: more than a few; each a table of its own, for huge pages: not many */
    PARTS = 1 << PART_BITS, /* tables by hash within a table: what threads merge and files hold one by one */
    LEVELS = 6,             /* how often a part can be split again */
};

/* One part: open addressing. A slot has the whole hash, so tables grow and merge without touching groups. */
struct slot {
    uint64_t hash;
    struct group *group; /* NULL: free */
};
struct part {
    struct slot *slots;
    size_t cap, count; /* cap: power of two, or 0 */
    unsigned shift;    /* bits of the hash that number the slots begin here */
    struct loose *loose, *last_loose;
    size_t loose_count;
};

/* Groups of a part that were added blindly (group_blind.c), one behind the other: some of them may be one group. In the
 * pool. */
struct loose {
    struct loose *next;
    size_t used, size; /* of bytes */
    _Alignas(8) char bytes[];
};

/* A stretch of a temporary file that holds groups of one part. */
struct segment {
    const struct spill *spill;
    uint64_t from, to;
};

struct segments {
    struct segment *list;
    size_t count, cap;
};

/* Parts of one level in files, waiting to be loaded. */
struct waiting {
    unsigned level; /* of the table they were written from */
    unsigned next;  /* part to load next */
    struct segments parts[PARTS];
    struct spill **spills;
    size_t spill_count;
    struct waiting *outer;
};

struct groups {
    struct groups_options options;
    struct part parts[PARTS];
    struct pool pool;
    size_t slot_bytes;
    size_t count;
    struct group **list; /* in the order they were added */
    size_t list_cap;
    unsigned level;
    struct waiting *waiting;
    struct spill *spill; /* the one being written */
    struct buffer scratch;
    bool merged, given;
    bool ascending;  /* the list is by place */
    bool gone;       /* there are groups in the list that became part of others: their key_len is UINT32_MAX */
    bool blind;      /* see group_blind.c */
    size_t records;  /* groups_check was called so often */
    size_t look_at;  /* at so many of them it is looked how many are groups of their own; */
    size_t had;      /* so many groups there were when it was looked last */
    struct spill_reader reader;
};

static inline struct part *part_of(const struct groups *groups, uint64_t hash)
{
    return (struct part *)&groups->parts[hash >> (64 - PART_BITS * (groups->level + 1)) & (PARTS - 1)];
}

/* Files hold groups in the order of their slots. A table that grows while it reads them must number its own slots by other
 * bits, or they would pile up at its front. */
enum { SLOT_SHIFT = 20 };
static inline unsigned slot_shift(const struct groups *groups)
{
    return groups->level % 2 ? SLOT_SHIFT : 0;
}

static inline size_t slot_of(const struct part *part, uint64_t hash)
{
    return (size_t)(hash >> part->shift) & (part->cap - 1);
}

static inline size_t group_size(const struct groups *groups, size_t key_len, size_t head_len)
{
    return sizeof(struct group) + ((groups->options.state_size + 7) & ~(size_t)7) + key_len + head_len;
}

/* Slots, zeroed. */
struct slot *slots_new(size_t cap);
void slots_free(struct slot *slots, size_t cap);

/* Puts a group into its part. */
void part_insert(struct part *part, struct group *group, uint64_t hash);
/* Makes room for `more` groups. */
void part_grow(struct part *part, size_t more);
/* The slot of a key, or NULL; not among the loose ones. */
struct slot *part_find(const struct groups *groups, const struct part *part, const char *key, size_t len, uint64_t hash);

/* The slots in use one by one, then those that loose groups would have; the place is zero-initialised. NULL behind the last. */
struct part_place {
    size_t at;
    bool loose;
    const struct loose *block;
    size_t in_block;
    struct slot slot;
};
const struct slot *part_next(const struct groups *groups, const struct part *part, struct part_place *place);

void part_free(struct part *part);

/* Puts a group into the part unless it is there; then they become one, which stays where the first record was. */
void part_merge(const struct groups *groups, struct part *part, const struct slot *other, struct pool *pool);

/* Memory for a group of this size that is added without looking for it. */
struct group *groups_add_loose(struct groups *groups, struct part *part, size_t size);
/* Looks whether it pays to look for groups before they are added; goes over to the better way. */
void groups_look(struct groups *groups);
/* From now on it is looked again, as in a new table. */
void groups_open_eyes(struct groups *groups);

/* A copy of the group, in its place, that begins at an earlier record, with that one's head. */
struct group *groups_replace(struct groups *groups, struct group *old, uint64_t place, const char *head, size_t head_len);

/* Forgets every group in memory. */
void groups_reset(struct groups *groups);
size_t groups_memory(const struct groups *groups);

/* Writes every group in memory to files, and forgets them. */
void groups_spill(struct groups *groups);
void segments_add(struct segments *segments, struct segment segment);
struct waiting *waiting_new(unsigned level);
void waiting_free(struct waiting *waiting);

/* Loads the next part into memory; false when none waits. */
bool groups_load_part(struct groups *groups);

#endif
