/* group_table: what group.c (tables in memory) and group_spill.c (parts in files) share; nobody else's. */
#ifndef ATOOLS_GROUP_TABLE_H
#define ATOOLS_GROUP_TABLE_H

#include "base/spill.h"
#include "group/group.h"

enum {
    PART_BITS =
        6, /* merged one by one, in a cache: more than a few; each a table of its own, for huge pages: not many */
    PARTS = 1 << PART_BITS, /* tables by hash within a table: what threads merge and files hold one by one */
    LEVELS = 6,             /* how often a part can be split again */
};

/* Groups lie one behind the other in blocks, in the order they came. Where one is, is a number of 34 bits: the block's,
 * and how many times 8 bytes into it. */
enum {
    BLOCK_BITS = 18,
    BLOCK_SIZE = 8 << BLOCK_BITS,
    BLOCK_FIRST = 8, /* bytes: no group is at 0 */
    WHERE_BITS = 34,
    BLOCKS_MAX = 1 << (WHERE_BITS - BLOCK_BITS),
};
struct block {
    char *bytes;
    size_t size, used; /* a group larger than BLOCK_SIZE has a block of its own */
};

/* What tables are made of: some bits of the hash, by which they grow and merge without touching groups, and where the
 * group is. */
struct slot {
    uint64_t tag : 64 - WHERE_BITS;
    uint64_t where : WHERE_BITS; /* 0: free */
};
static inline struct slot slot_for(uint64_t tag, uint64_t where)
{
    return (struct slot){.tag = tag & ((UINT64_C(1) << (64 - WHERE_BITS)) - 1),
                         .where = where & ((UINT64_C(1) << WHERE_BITS) - 1)};
}

/* One part: open addressing, numbered by the tag. */
struct part {
    struct slot *slots;
    size_t cap, count; /* cap: power of two, or 0 */
    struct loose *loose, *last_loose;
    size_t loose_count;
};

/* Slots of groups that were added blindly (group_blind.c): some of them may be one group. */
enum { LOOSE_SLOTS = 2046 };
struct loose {
    struct loose *next;
    size_t count;
    struct slot slots[LOOSE_SLOTS];
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
    struct slot *slots; /* of all parts, which grow together */
    struct block *blocks;
    size_t block_count, block_cap;
    size_t block_bytes;   /* used, and left at the ends */
    size_t *runs;         /* after merging: the first block of each table's groups */
    size_t run_count;
    struct pool pool;     /* of the states */
    struct pool loose;    /* of blind adding */
    size_t count;
    struct group **list;  /* what groups_load gave last */
    size_t list_bytes;
    unsigned level;
    struct waiting *waiting;
    struct spill *spill;  /* the one being written */
    struct buffer scratch;
    bool merged, given;
    bool ascending;       /* the groups of each run are by place */
    uint64_t last_place;
    bool blind;           /* see group_blind.c */
    size_t records;       /* groups_check was called so often */
    size_t look_at;       /* at so many of them it is looked how many are groups of their own; */
    size_t had;           /* so many groups there were when it was looked last */
    struct spill_reader reader;
};

/* The place of a group that became part of another one: nothing of it is to be used but its size. */
static const uint64_t PLACE_GONE = UINT64_MAX;

static inline struct part *part_of(const struct groups *groups, uint64_t hash)
{
    return (struct part *)&groups->parts[hash >> (64 - PART_BITS * (groups->level + 1)) & (PARTS - 1)];
}

/* Files hold groups in the order of their slots. A table that grows while it reads them must number its own slots by
 * other bits, or they would pile up at its front. */
enum { TAG_SHIFT = 20 };
static inline uint64_t group_tag_of(const struct groups *groups, uint64_t hash)
{
    return hash >> (groups->level % 2 ? TAG_SHIFT : 0) & ((UINT64_C(1) << (64 - WHERE_BITS)) - 1);
}

static inline size_t slot_of(const struct part *part, uint64_t tag)
{
    return (size_t)tag & (part->cap - 1);
}

static inline struct group *group_at(const struct groups *groups, uint64_t where)
{
    const char *bytes = groups->blocks[where >> BLOCK_BITS].bytes + (where & ((UINT64_C(1) << BLOCK_BITS) - 1)) * 8;
    return (struct group *)(uintptr_t)bytes;
}

/* In its block. */
static inline size_t group_size(const struct groups *groups, size_t key_len, size_t head_len)
{
    size_t size = sizeof(struct group) + ((groups->options.state_size + 7) & ~(size_t)7) + key_len + head_len;
    return (size + 7) & ~(size_t)7;
}

/* Slots, free. */
struct slot *slots_new(size_t cap);
void slots_free(struct slot *slots, size_t cap);

/* Makes room for `most` groups in each part. */
void groups_grow(struct groups *groups, size_t most);
/* The slot of a key, or NULL; not among the loose ones. */
struct slot *part_find(const struct groups *groups, const struct part *part, const char *key, size_t len, uint64_t tag);
/* Puts a slot that is not there into a part that has room for it. */
static inline void part_put(struct part *part, struct slot slot)
{
    size_t i = slot_of(part, slot.tag);
    while (part->slots[i].where)
        i = (i + 1) & (part->cap - 1);
    part->slots[i] = slot;
}
/* Puts a slot into a part that has room, unless its group is there; then the two become one, which stays where the
 * first record was. */
void part_merge(const struct groups *groups, struct part *part, struct slot slot, struct pool *pool);
/* True if the part has a slot of the same key. */
bool part_has(const struct groups *groups, const struct part *part, struct slot slot);

/* The slots in use one by one, then the loose ones; the place is zero-initialised. where is 0 behind the last. */
struct part_place {
    size_t at;
    bool in_loose;
    const struct loose *loose;
    size_t in_block;
};
struct slot part_next(const struct part *part, struct part_place *place);

/* Room for a slot that is added without looking for its group. */
void groups_add_loose(struct groups *groups, struct part *part, struct slot slot);
/* Looks whether it pays to look for groups before they are added; goes over to the better way. True if groups that
 * were added blindly became one, and so are not where they were. */
bool groups_look(struct groups *groups);
/* From now on it is looked again, as in a new table. */
void groups_open_eyes(struct groups *groups);

/* The slots of all parts are forgotten: only the groups are left, to be loaded. */
void groups_drop_slots(struct groups *groups);

/* A copy of the group, in its place, that begins at an earlier record, with that one's head. */
struct group *groups_replace(struct groups *groups, struct group *old, uint64_t place, const char *head,
                             size_t head_len);

/* Forgets every group in memory. */
void groups_reset(struct groups *groups);
/* True if it is time for files. */
bool groups_full(const struct groups *groups);

/* Writes every group in memory to files, and forgets them. */
void groups_spill(struct groups *groups);
void segments_add(struct segments *segments, struct segment segment);
struct waiting *waiting_new(unsigned level);
void waiting_free(struct waiting *waiting);

/* Loads the next part into memory; false when none waits, or with a problem. */
bool groups_load_part(struct groups *groups, struct problem *problem);

#endif
