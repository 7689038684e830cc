/* crc32c: CRC-32C (Castagnoli, RFC 3720), the checksum of Kafka's record batches. By the
 * processor's instruction where it has one, by table elsewhere; both give the same. */
#ifndef ATOOLS_CRC32C_H
#define ATOOLS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what `crc` is the checksum of, followed by these bytes (start with 0). */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The portable way, for tests and other processors. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len);

#endif
