/* The keys that an object being streamed has had, for frame's own files only: a set of 128-bit hashes, so
 * that 16 to 64 bytes a key are all that is kept of an object of any size. (Two of a billion keys are
 * taken for one with a chance of about 10^-21.) */
#ifndef ATOOLS_FRAME_KEYS_H
#define ATOOLS_FRAME_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_keys {
    uint64_t (*slots)[2]; /* 0, 0: free */
    size_t count, cap;    /* cap: a power of two, or 0 */
};

/* Adds a key; false if it was there. A zero-initialised set is empty. */
bool frame_keys_add(struct frame_keys *keys, const char *key, size_t len);
void frame_keys_free(struct frame_keys *keys);

#endif
