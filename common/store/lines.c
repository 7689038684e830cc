#include "store/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Bytes that are asked for at once. */
enum { LINES_PIECE = 1 << 20 };

struct lines {
    struct store_reader *reader;
    char *piece;
    const char *at;
    size_t left; /* bytes of the piece that are behind `at` */
};

/* More bytes into the piece: 1, 0 at the end, -1 and the problem. */
static int lines_more(struct lines *lines, struct problem *problem)
{
    ptrdiff_t count = store_read(lines->reader, lines->piece, LINES_PIECE, problem);
    lines->at = lines->piece;
    lines->left = count > 0 ? (size_t)count : 0;
    return count > 0 ? 1 : (int)count;
}

/* Hands over (take NULL: passes over) the bytes up to the first newline that is at `least` bytes from here or behind
 * it, with it; or up to the end. */
static bool lines_until(struct lines *lines, uint64_t least, void (*take)(void *, const char *, size_t), void *context,
                        struct problem *problem)
{
    for (;;) {
        if (lines->left == 0) {
            int more = lines_more(lines, problem);
            if (more <= 0)
                return more == 0;
        }
        const char *newline =
            least < lines->left ? memchr(lines->at + least, '\n', lines->left - (size_t)least) : NULL;
        size_t len = newline ? (size_t)(newline - lines->at) + 1 : lines->left;
        if (take)
            take(context, lines->at, len);
        lines->at += len;
        lines->left -= len;
        if (newline)
            return true;
        least = least > len ? least - len : 0;
    }
}

static struct lines lines_start(struct store *store, const char *name, uint64_t from, uint64_t size)
{
    return (struct lines){.reader = store_reader_new(store, name, from, size, size), .piece = mem_zero(1, LINES_PIECE)};
}

static void lines_end(struct lines *lines)
{
    store_reader_free(lines->reader);
    free(lines->piece);
}

/* Counts what is passed over. */
static void lines_count(void *context, const char *bytes, size_t len)
{
    (void)bytes;
    *(uint64_t *)context += len;
}

bool lines_read(struct store *store, const char *name, uint64_t from, uint64_t to, uint64_t size, bool header,
                void (*take)(void *context, const char *bytes, size_t len), void *context, struct problem *problem)
{
    if (to > size)
        to = size;
    bool good = true;
    if (header && from > 0) {
        struct lines first = lines_start(store, name, 0, size);
        good = lines_until(&first, 0, take, context, problem);
        lines_end(&first);
    }
    if (!good || from >= to)
        return good;
    /* A line begins at `from` if the byte before it ends one. */
    struct lines lines = lines_start(store, name, from > 0 ? from - 1 : 0, size);
    uint64_t begin = from > 0 ? from - 1 : 0;
    if (from > 0)
        good = lines_until(&lines, 0, lines_count, &begin, problem);
    if (good && begin < to)
        good = lines_until(&lines, to - 1 - begin, take, context, problem);
    lines_end(&lines);
    return good;
}
