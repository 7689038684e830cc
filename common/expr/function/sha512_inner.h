/* sha512: the SHA-512 checksum of bytes, and SHA-384, which is its first 48 bytes from another start. */
#ifndef ATOOLS_SHA512_H
#define ATOOLS_SHA512_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA384_BYTES = 48, SHA512_BYTES = 64 };

void sha512_sum(const char *text, size_t len, bool is_384, unsigned char digest[SHA512_BYTES]);

#endif
