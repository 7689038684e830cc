/* codec: the compressions of Parquet's pages, each by its library. Only tools that read or write Parquet link them.
 *
 * Nothing is kept between calls; any thread may call anything. */
#ifndef ATOOLS_CODEC_H
#define ATOOLS_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Numbers of parquet.thrift's CompressionCodec. */
enum codec {
    CODEC_NONE,
    CODEC_SNAPPY,
    CODEC_GZIP,
    CODEC_LZO, /* refused */
    CODEC_BROTLI,
    CODEC_LZ4, /* Hadoop's frames of LZ4 blocks, or one bare block, as writers differ */
    CODEC_ZSTD,
    CODEC_LZ4_RAW,
    CODEC_COUNT,
};

/* "snappy", …; NULL: no codec has that number. */
const char *codec_name(int codec);

/* The codec of that name that pages can be written with (none, snappy, gzip, zstd, lz4: which is LZ4_RAW); -1: there is none. */
int codec_by_name(const char *name);

/* False if len compressed bytes can't become `whole` bytes with this codec: to be asked before memory is taken for them. */
bool codec_possible(enum codec codec, const char *bytes, size_t len, size_t whole);

/* Decompresses len bytes to exactly `whole` ones; false: they are damaged. */
bool codec_expand(enum codec codec, const char *bytes, size_t len, char *into, size_t whole);

/* Appends the compressed bytes. For codecs that codec_by_name knows. */
void codec_shrink(enum codec codec, const char *bytes, size_t len, struct buffer *into);

#endif
