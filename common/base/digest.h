/* digest: checksums of messages that are taken in blocks of 64 bytes: SHA-256 and SHA-224, which is its first 28 bytes
 * from another start (FIPS 180-4, 6.2 and 6.3), and what MD5 and SHA-1 share with them. Pure. */
#ifndef ATOOLS_DIGEST_H
#define ATOOLS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SHA224_BYTES = 28, DIGEST_SHA256_BYTES = 32 };

/* Hands the message to `take` in blocks of 64 bytes, closed with a 1 bit, zeros and the length in bits, 64 of them, the
 * highest first if big_endian (FIPS 180-4, 5.1.1; RFC 1321, 3.1 and 3.2). */
void digest_blocks(const void *bytes, size_t len, bool big_endian,
                   void (*take)(uint32_t *state, const unsigned char *block), uint32_t *state);

void digest_sha256(const void *bytes, size_t len, bool is_224, unsigned char digest[DIGEST_SHA256_BYTES]);

#endif
