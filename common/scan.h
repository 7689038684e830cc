/* scan: what is where in a piece of text, found 64 bytes at a time by the widest instructions this machine has.
 * Kernels for AVX-512, AVX2 and plain C stand side by side (scan_avx512.c, scan_avx2.c, scan.c) and give the same
 * bits; one is chosen when first asked for, or by the environment: ATOOLS_KERNEL=portable|avx2|avx512.
 *
 * All functions may be called from any thread. */
#ifndef ATOOLS_SCAN_H
#define ATOOLS_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* True if text is valid UTF-8 (RFC 3629). Else false and *at is the offset of the byte that cannot stand there
 * (len: the text ends within a character). */
bool scan_utf8(const char *text, size_t len, size_t *at);

#endif
