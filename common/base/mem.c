#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

enum { ARENA_BLOCK = 16 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* usable bytes behind this header */
    _Alignas(16) char bytes[];
};

/* What cannot be undone and must not be lost with the process; any thread may be the one that gets no memory. */
static const char *_Atomic last_word;

void mem_last_word(const char *word)
{
    last_word = word;
}

void mem_refuse(size_t count, size_t size)
{
    const char *word = last_word;
    diag_die(STATUS_IO, "out of memory (%zu x %zu bytes asked for)%s%s", count, size, word ? "; " : "",
             word ? word : "");
}

void *mem_zero(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        mem_refuse(count, size);
    return p;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        mem_refuse(count, size);
    void *p = realloc(old, count > 0 && size > 0 ? count * size : 1);
    if (!p)
        mem_refuse(count, size);
    return p;
}

void *mem_take(void *none, unsigned count, unsigned size)
{
    (void)none;
    return mem_zero(count, size);
}

void *mem_take_signed(void *none, int count, int size)
{
    (void)none;
    return mem_zero((size_t)count, (size_t)size);
}

void mem_give(void *none, void *memory)
{
    (void)none;
    free(memory);
}

char *mem_copy(const char *bytes, size_t len)
{
    if (len == SIZE_MAX)
        mem_refuse(len, 1);
    char *copy = mem_resize(NULL, len + 1, 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void buffer_grow(struct buffer *buffer, size_t more)
{
    if (more > SIZE_MAX / 2 - buffer->len)
        mem_refuse(buffer->len, more);
    size_t need = buffer->len + more;
    size_t cap = buffer->cap ? buffer->cap : 256;
    while (cap < need)
        cap += cap / 2 + 64;
    buffer->data = mem_resize(buffer->data, cap, 1);
    buffer->cap = cap;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        buffer_reserve(buffer, (size_t)len + 1);
        vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}

void *arena_grow(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        mem_refuse(size, 1);
    if (size == 0 && arena->blocks)
        return arena->next;
    size = (size + 15) & ~(size_t)15;
    size_t usable = size > ARENA_BLOCK ? size : ARENA_BLOCK;
    struct arena_block *block = mem_resize(NULL, sizeof *block + usable, 1);
    block->older = arena->blocks;
    block->size = usable;
    arena->blocks = block;
    arena->size += usable;
    arena->next = block->bytes + size;
    arena->left = usable - size;
    return block->bytes;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t len)
{
    if (len > SIZE_MAX / 2)
        mem_refuse(len, 1);
    char *copy = arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = NULL;
    for (struct arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        if (!keep && block->size == ARENA_BLOCK)
            keep = block;
        else
            free(block);
    }
    arena->blocks = keep;
    arena->next = keep ? keep->bytes : NULL;
    arena->left = keep ? keep->size : 0;
    arena->size = arena->left;
    if (keep)
        keep->older = NULL;
}

void arena_free(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        free(block);
    }
    *arena = (struct arena){0};
}
