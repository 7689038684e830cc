/* pool: many small pieces with one end, in large mapped blocks: for tables and states that must know
 * their size and give all of it back to the system at once (mem's arena is for one record).
 *
 * One thread at a time. No memory ends the program (status 3). A zero-initialised pool is ready. */
#ifndef ATOOLS_POOL_H
#define ATOOLS_POOL_H

#include <stddef.h>

struct pool_block;
struct pool {
    struct pool_block *blocks; /* newest first */
    char *next;
    size_t left;
    size_t used; /* bytes handed out, with the ends of blocks that were too short */
};

/* `size` bytes aligned to 8, undefined contents, alive until pool_free. */
void *pool_grow(struct pool *pool, size_t size);

static inline void *pool_alloc(struct pool *pool, size_t size)
{
    if (size > (size_t)-1 / 2 || ((size + 7) & ~(size_t)7) > pool->left)
        return pool_grow(pool, size);
    size = (size + 7) & ~(size_t)7;
    void *piece = pool->next;
    pool->next += size;
    pool->left -= size;
    pool->used += size;
    return piece;
}

/* The same without alignment, for pieces that are read byte by byte; not from a pool that pool_alloc is used on. */
static inline void *pool_alloc_bytes(struct pool *pool, size_t size)
{
    if (size > pool->left)
        return pool_grow(pool, size);
    void *piece = pool->next;
    pool->next += size;
    pool->left -= size;
    pool->used += size;
    return piece;
}

/* Takes over all pieces of other, which is empty then. */
void pool_join(struct pool *pool, struct pool *other);

/* Gives everything back; the pool is empty and ready again. */
void pool_free(struct pool *pool);

/* Zeroed memory straight from the system, for large arrays, from 2 MiB on in large pages (which are taken whole); given
 * back with pool_unmap. */
void *pool_map(size_t size);
/* The same in small pages: only what is touched is taken. */
void *pool_map_small(size_t size);
void pool_unmap(void *memory, size_t size);

#endif
