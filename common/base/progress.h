/* progress: how far long work has come, on stderr when that is a terminal; nothing otherwise, nor in
 * the first second. One thread at a time. */
#ifndef ATOOLS_PROGRESS_H
#define ATOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool wanted;
    bool shown;       /* a line stands on the terminal */
    double start, last; /* seconds */
};

/* wanted: false keeps it silent (the caller writes to the same terminal). */
void progress_start(struct progress *progress, bool wanted);

/* done and size in bytes; size 0: unknown. Prints at most five times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t size, uint64_t records);

/* Takes the line away, before a message or the end. */
void progress_clear(struct progress *progress);

/* The text of the line, for tests: seconds since the start; NUL-terminated, at most cap bytes. */
void progress_text(char *into, unsigned cap, uint64_t done, uint64_t size, uint64_t records, double seconds);

#endif
