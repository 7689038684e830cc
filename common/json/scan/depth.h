/* scan_depth: where values end, by counting brackets outside strings. The sequential half of framing
 * by nesting; it trusts nothing and checks nothing: in malformed text the cuts are somewhere, but
 * those before the first malformed byte are right. Kernels for AVX-512, AVX2 and plain C give the same
 * answer; the fastest the machine has is chosen at the first call. Any thread may call. */
#ifndef ATOOLS_SCAN_DEPTH_H
#define ATOOLS_SCAN_DEPTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scan_cuts {
    SCAN_ELEMENTS, /* cuts are the commas at depth 0; the scan ends at the bracket that closes depth 0 */
    SCAN_VALUES,   /* cuts are the ends of values at depth 0: behind a bracket or quote, before white space or RS */
};

/* The state between two pieces of one text. Zero-initialised at the start of a value. */
struct scan_depth {
    uint64_t in_string; /* all ones inside a string, else 0 */
    uint64_t escaped;   /* 1: the next byte is escaped */
    uint64_t depth;     /* brackets open */
    uint64_t count;     /* cuts seen so far */
    size_t cut;         /* the offset of the last one, if count > 0 */
    bool closed;        /* SCAN_ELEMENTS: the closing bracket was met, */
    size_t end;         /* at this offset */
};

/* Scans text[from, to) until its end, the closing bracket, or the cut number max (> 0, counted from
 * the start of the text). Bytes outside [from, to) are not read. After closed or count == max the state
 * must not be used for further scanning. */
void scan_depth(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to, uint64_t max);

/* How many newlines stand in text[0, len). */
size_t scan_newlines(const char *text, size_t len);

/* For tests and benchmarks: the kernels by name ("avx512", "avx2", "portable"), NULL behind the last; only
 * those this machine can run. */
struct scan_depth_kernel {
    const char *name;
    void (*depth)(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                  uint64_t max);
    size_t (*newlines)(const char *text, size_t len);
};
const struct scan_depth_kernel *scan_depth_kernel(size_t i);

#endif
