#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"

enum { POOL_BLOCK = 1 << 20, POOL_HUGE = 2 << 20, POOL_LARGE = 8 << 20 /* from here on blocks are huge */ };

struct pool_block {
    struct pool_block *older;
    size_t size; /* of the whole mapping */
};

void *pool_map_small(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        diag_die(STATUS_IO, "out of memory (%zu bytes asked for)", size);
    return memory;
}

void *pool_map(size_t size)
{
    if (size < POOL_HUGE || size > (size_t)-1 / 2)
        return pool_map_small(size);
    /* random access to large tables: whole large pages, where the system has them, miss the TLB less */
    char *wide = pool_map_small(size + POOL_HUGE);
    char *memory = wide + (POOL_HUGE - (uintptr_t)wide % POOL_HUGE) % POOL_HUGE;
    if (memory > wide)
        (void)munmap(wide, (size_t)(memory - wide));
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *end = memory + (size + page - 1) / page * page, *limit = wide + size + POOL_HUGE;
    if (end < limit)
        (void)munmap(end, (size_t)(limit - end));
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, size, MADV_HUGEPAGE);
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
        diag_die(STATUS_IO, "out of memory (%zu bytes asked for)", size);
    size = (size + 7) & ~(size_t)7;
    size_t head = (sizeof(struct pool_block) + 7) & ~(size_t)7;
    bool alone = size > POOL_BLOCK / 4; /* a large piece gets a block of its own; the present block goes on */
    size_t whole = alone ? head + size : pool->used > POOL_LARGE ? POOL_HUGE : POOL_BLOCK;
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
