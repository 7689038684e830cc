/* parquet_codec: the compressions of Parquet's pages, each by its library. All but zlib are loaded when they are first
 * needed, so that a tool that could read Parquet starts no later for it.
 *
 * Any thread may call anything. */
#ifndef ATOOLS_PARQUET_CODEC_H
#define ATOOLS_PARQUET_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Numbers of parquet.thrift's CompressionCodec. */
enum parquet_codec {
    PARQUET_CODEC_NONE,
    PARQUET_CODEC_SNAPPY,
    PARQUET_CODEC_GZIP,
    PARQUET_CODEC_LZO, /* refused */
    PARQUET_CODEC_BROTLI,
    PARQUET_CODEC_LZ4, /* Hadoop's frames of LZ4 blocks, or one bare block, as writers differ */
    PARQUET_CODEC_ZSTD,
    PARQUET_CODEC_LZ4_RAW,
    PARQUET_CODEC_COUNT,
};

/* "snappy", …; NULL: no codec has that number. */
const char *parquet_codec_name(int codec);

/* The codec of that name that pages can be written with (none, snappy, gzip, zstd, lz4: which is LZ4_RAW); -1: there is
 * none. */
int parquet_codec_by_name(const char *name);

/* True if the codec's library is there, from now on; else *library is its name. To be asked before
 * parquet_codec_possible, parquet_codec_expand and parquet_codec_shrink. */
bool parquet_codec_ready(enum parquet_codec codec, const char **library);

/* False if len compressed bytes can't become `whole` bytes with this codec: to be asked before memory is taken for
 * them. */
bool parquet_codec_possible(enum parquet_codec codec, const char *bytes, size_t len, size_t whole);

/* Decompresses len bytes to exactly `whole` ones; false: they are damaged. */
bool parquet_codec_expand(enum parquet_codec codec, const char *bytes, size_t len, char *into, size_t whole);

/* Appends the compressed bytes. For codecs that parquet_codec_by_name knows. */
void parquet_codec_shrink(enum parquet_codec codec, const char *bytes, size_t len, struct buffer *into);

#endif
