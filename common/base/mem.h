/* mem: memory that either is there or ends the program (status 3), so callers never check.
 *
 * buffer: bytes that grow; owned by whoever declares it, freed with buffer_free.
 * arena: many small pieces with one end; reset after each record, freed once.
 * Neither is shared between threads without a lock. */
#ifndef ATOOLS_MEM_H
#define ATOOLS_MEM_H

#include <stddef.h>
#include <string.h>

/* count * size bytes, zeroed; overflow or no memory ends the program. Free with free(). */
void *mem_zero(size_t count, size_t size);

/* Resizes to count * size bytes (contents kept, new bytes undefined); checked as mem_zero. */
void *mem_resize(void *old, size_t count, size_t size);

/* Ends the program as one that got no memory: for those who cannot even ask for so much. */
_Noreturn void mem_refuse(size_t count, size_t size);

/* What a program that gets no memory from now on says besides (it lives on), because it is done and stands; NULL:
 * nothing. */
void mem_last_word(const char *word);

/* mem_zero and free() for libraries that let themselves be given memory (zlib's zalloc and zfree), and for one that
 * counts it in int (bzip2). */
void *mem_take(void *none, unsigned count, unsigned size);
void *mem_take_signed(void *none, int count, int size);
void mem_give(void *none, void *memory);

/* A NUL-terminated copy of len bytes. */
char *mem_copy(const char *bytes, size_t len);

struct buffer {
    char *data;
    size_t len;
    size_t cap;
};

/* Makes room for `more` bytes behind len; data may move. */
void buffer_grow(struct buffer *buffer, size_t more);
void buffer_free(struct buffer *buffer);

static inline void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->cap - buffer->len < more)
        buffer_grow(buffer, more);
}

static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    buffer_reserve(buffer, len);
    if (len > 0)
        memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
}

static inline void buffer_add_char(struct buffer *buffer, char c)
{
    buffer_reserve(buffer, 1);
    buffer->data[buffer->len++] = c;
}

static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

/* printf behind len. */
void buffer_add_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct arena_block;
struct arena {
    struct arena_block *blocks; /* newest first */
    char *next;
    size_t left;
    size_t size; /* bytes of all blocks: what it holds, rounded up */
};

/* `size` bytes aligned for any type, undefined contents, alive until arena_reset or arena_free.
 * A zero-initialised struct arena is ready for use. */
void *arena_grow(struct arena *arena, size_t size);

static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + 15) & ~(size_t)15; /* 0 for none, and for more than there can be: that is arena_grow's */
    if (rounded - 1 >= arena->left)
        return arena_grow(arena, size);
    void *piece = arena->next;
    arena->next += rounded;
    arena->left -= rounded;
    return piece;
}

/* A NUL-terminated copy in the arena. */
char *arena_copy(struct arena *arena, const char *bytes, size_t len);

/* Forgets every piece; keeps one block of ordinary size for the next record. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
