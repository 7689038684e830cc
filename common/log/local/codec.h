/* codec: the compressions of Kafka's record batches, whose numbers stand in a batch's attributes: packing with
 * gzip, unpacking all. Any thread may call anything. */
#ifndef ATOOLS_CODEC_H
#define ATOOLS_CODEC_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

enum codec { CODEC_NONE, CODEC_GZIP, CODEC_SNAPPY, CODEC_LZ4, CODEC_ZSTD };

/* What unpacks to more is taken for damage, not for data (Kafka's own sizes are int32). */
enum { CODEC_UNPACKED_MAX = INT_MAX };

/* Appends the gzip form of len bytes. */
void codec_pack_gzip(const char *bytes, size_t len, struct buffer *into);

/* Unpacks len bytes behind into->len: gzip of several members, snappy as it is or in snappy-java's framing (what Java
 * clients write), lz4 and zstd of several frames. NULL, or what is wrong; then `into` holds some of it. */
const char *codec_unpack(enum codec codec, const char *bytes, size_t len, struct buffer *into);

#endif
