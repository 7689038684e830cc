/* sealed: bytes that go to other processes and machines as text: base64 of a checksum and of them; and the hash by
 * which they are told apart. What partial states are made with (atools-partial(5)): a change here is a new version of
 * theirs. Any thread may call anything. */
#ifndef ATOOLS_SEALED_H
#define ATOOLS_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"

/* FNV-1a of 64 bits, which anyone can compute. */
uint64_t sealed_hash(const char *bytes, size_t len);

/* Adds bytes with a checksum as base64. */
void sealed_add(const char *bytes, size_t len, struct buffer *into);

/* Reads what is in a STRING span behind into->len; false if that is damaged, or no such text. */
bool sealed_open(struct span text, struct buffer *into);

#endif
