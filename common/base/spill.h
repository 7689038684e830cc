/* spill: one temporary file in TMPDIR (or /tmp), without a name from its first moment, so nothing is
 * left behind however the program ends. Appended by one thread, then read in place by any number.
 *
 * A failure (disk full) ends the program with status 3. */
#ifndef ATOOLS_SPILL_H
#define ATOOLS_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/output.h"

struct spill;

struct spill *spill_new(void);
void spill_write(struct spill *spill, const void *bytes, size_t len);

/* Only the file, for who writes it in another way: its descriptor. */
int spill_open(void);
/* Another descriptor of such a file, closed on its own. */
int spill_copy(int descriptor);
/* Such a file as a spill to be read, of all that was written to it; closed with it. */
struct spill *spill_of(int descriptor);
/* It could not be written or read: ends the program, as errno says. */
_Noreturn void spill_lost(void);

/* The offset of the next byte written. */
uint64_t spill_end(const struct spill *spill);

/* Writes out what is buffered; needed before reading. */
void spill_flush(struct spill *spill);

/* Frees its write buffer (spill_flush first): it is only read from now on. */
void spill_settle(struct spill *spill);

void spill_free(struct spill *spill);

/* Flushes, and writes all that is in it to `out`. */
void spill_pour(struct spill *spill, struct output *out);

/* Reads [from, to) of a flushed spill piece by piece, `window` bytes at a time. Zero-initialise; each
 * reader belongs to one thread. */
struct spill_reader {
    const struct spill *spill;
    uint64_t next, to;      /* of the file */
    size_t window;
    struct buffer memory;   /* owned */
    size_t at;              /* read so far of memory */
};
void spill_reader_start(struct spill_reader *reader, const struct spill *spill, uint64_t from, uint64_t to,
                        size_t window);

/* The next len bytes, alive until the next call; NULL when the range ends before them. */
const char *spill_read(struct spill_reader *reader, size_t len);
bool spill_at_end(const struct spill_reader *reader);
void spill_reader_free(struct spill_reader *reader);

#endif
