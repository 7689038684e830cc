/* sha256: the SHA-256 checksum of bytes, and SHA-224, which is its first 28 bytes from another start (FIPS 180-4,
 * 6.2 and 6.3). Pure. */
#ifndef ATOOLS_SHA256_H
#define ATOOLS_SHA256_H

#include <stdbool.h>
#include <stddef.h>

enum { SHA224_BYTES = 28, SHA256_BYTES = 32 };

void sha256_sum(const void *bytes, size_t len, bool is_224, unsigned char digest[SHA256_BYTES]);

#endif
