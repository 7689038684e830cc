#include "pool.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "diag.h"

enum { POOL_BLOCK = 1 << 20, POOL_HUGE = 2 << 20 };

struct pool_block {
    struct pool_block *older;
    size_t size; /* of the whole mapping */
};

void *pool_map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die(STATUS_IO, "out of memory (%zu bytes asked for)", size);
#ifdef MADV_HUGEPAGE
    if (size >= POOL_HUGE)
        (void)madvise(memory, size, MADV_HUGEPAGE); /* random access to tables: fewer TLB misses */
#endif
    return memory;
}

void pool_unmap(void *memory, size_t size)
{
    if (memory)
        (void)munmap(memory, size);
}

void *pool_grow(struct pool *pool, size_t size)
{
    if (size > (size_t)-1 / 2)
        die(STATUS_IO, "out of memory (%zu bytes asked for)", size);
    size = (size + 7) & ~(size_t)7;
    size_t head = (sizeof(struct pool_block) + 7) & ~(size_t)7;
    bool alone = size > POOL_BLOCK / 4; /* a large piece gets a block of its own; the present block goes on */
    size_t whole = alone ? head + size : POOL_BLOCK;
    struct pool_block *block = pool_map(whole);
    block->size = whole;
    pool->used += size;
    if (alone && pool->blocks) {
        block->older = pool->blocks->older;
        pool->blocks->older = block;
        return (char *)block + head;
    }
    pool->used += pool->left;
    block->older = pool->blocks;
    pool->blocks = block;
    pool->next = (char *)block + head + size;
    pool->left = whole - head - size;
    return (char *)block + head;
}

void pool_join(struct pool *pool, struct pool *other)
{
    if (!other->blocks)
        return;
    struct pool_block *last = other->blocks;
    while (last->older)
        last = last->older;
    if (pool->blocks) { /* the newest block stays in front: allocation goes on there */
        last->older = pool->blocks->older;
        pool->blocks->older = other->blocks;
        pool->used += other->used;
    } else {
        *pool = *other;
    }
    *other = (struct pool){0};
}

void pool_free(struct pool *pool)
{
    for (struct pool_block *block = pool->blocks, *older; block; block = older) {
        older = block->older;
        pool_unmap(block, block->size);
    }
    *pool = (struct pool){0};
}
