#include "parquet/codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

/* How many times larger than itself a block can become, at most: LZ4 and deflate by their formats (255, 1032). */
enum { LZ4_RATIO = 255, GZIP_RATIO = 1040, RATIO_SLACK = 64 };
enum { ZSTD_LEVEL = 3 };

static const char *const names[CODEC_COUNT] = {"none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"};

const char *codec_name(int codec)
{
    return codec >= 0 && codec < CODEC_COUNT ? names[codec] : NULL;
}

int codec_by_name(const char *name)
{
    static const enum codec written[] = {CODEC_NONE, CODEC_SNAPPY, CODEC_GZIP, CODEC_ZSTD};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (strcmp(name, names[written[i]]) == 0)
            return (int)written[i];
    return strcmp(name, "lz4") == 0 || strcmp(name, "lz4_raw") == 0 ? CODEC_LZ4_RAW : -1;
}

bool codec_possible(enum codec codec, const char *bytes, size_t len, size_t whole)
{
    size_t said;
    switch (codec) {
    case CODEC_NONE:
        return len == whole;
    case CODEC_SNAPPY:
        return snappy_uncompressed_length(bytes, len, &said) == SNAPPY_OK && said == whole;
    case CODEC_GZIP:
        return whole / GZIP_RATIO <= len + RATIO_SLACK;
    case CODEC_LZ4:
    case CODEC_LZ4_RAW:
        return whole / LZ4_RATIO <= len + RATIO_SLACK;
    case CODEC_ZSTD: {
        unsigned long long frame = ZSTD_getFrameContentSize(bytes, len);
        return frame != ZSTD_CONTENTSIZE_ERROR && (frame == ZSTD_CONTENTSIZE_UNKNOWN || frame <= whole);
    }
    case CODEC_BROTLI:
        return true;
    case CODEC_LZO:
    case CODEC_COUNT:
    default:
        return false;
    }
}

/* One gzip or zlib stream (or several members) of exactly that size. */
static bool expand_gzip(const char *bytes, size_t len, char *into, size_t whole)
{
    z_stream stream = {0};
    if (len > UINT32_MAX || whole > UINT32_MAX || inflateInit2(&stream, MAX_WBITS + 32) != Z_OK)
        return false;
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)len;
    stream.next_out = (Bytef *)into;
    stream.avail_out = (uInt)whole;
    int result = Z_STREAM_END;
    do {
        result = inflate(&stream, Z_FINISH);
    } while (result == Z_STREAM_END && stream.avail_in > 0 && stream.avail_out > 0 && inflateReset(&stream) == Z_OK);
    bool good = result == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    return good;
}

static bool expand_lz4(const char *bytes, size_t len, char *into, size_t whole)
{
    if (len > INT32_MAX || whole > INT32_MAX)
        return false;
    return LZ4_decompress_safe(bytes, into, (int)len, (int)whole) == (int)whole;
}

static size_t big_endian(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* Hadoop's framing: blocks of one or more, each with its expanded and its compressed size in front, big-endian. */
static bool expand_hadoop(const char *bytes, size_t len, char *into, size_t whole)
{
    while (len >= 8) {
        size_t expanded = big_endian(bytes), compressed = big_endian(bytes + 4);
        bytes += 8;
        len -= 8;
        if (compressed > len || expanded > whole || !expand_lz4(bytes, compressed, into, expanded))
            return false;
        bytes += compressed;
        len -= compressed;
        into += expanded;
        whole -= expanded;
    }
    return len == 0 && whole == 0;
}

static bool expand_brotli(const char *bytes, size_t len, char *into, size_t whole)
{
    size_t made = whole;
    return BrotliDecoderDecompress(len, (const uint8_t *)bytes, &made, (uint8_t *)into) == BROTLI_DECODER_RESULT_SUCCESS &&
           made == whole;
}

bool codec_expand(enum codec codec, const char *bytes, size_t len, char *into, size_t whole)
{
    size_t made = whole;
    switch (codec) {
    case CODEC_NONE:
        if (len == whole && len > 0)
            memcpy(into, bytes, len);
        return len == whole;
    case CODEC_SNAPPY:
        return snappy_uncompress(bytes, len, into, &made) == SNAPPY_OK && made == whole;
    case CODEC_GZIP:
        return expand_gzip(bytes, len, into, whole);
    case CODEC_BROTLI:
        return expand_brotli(bytes, len, into, whole);
    case CODEC_LZ4:
        return expand_hadoop(bytes, len, into, whole) || expand_lz4(bytes, len, into, whole);
    case CODEC_ZSTD:
        return ZSTD_decompress(into, whole, bytes, len) == whole;
    case CODEC_LZ4_RAW:
        return expand_lz4(bytes, len, into, whole);
    case CODEC_LZO:
    case CODEC_COUNT:
    default:
        return false;
    }
}

/* Memory that is there, or the program ends: so deflate cannot fail. */
static void *memory_take(void *none, unsigned count, unsigned size)
{
    (void)none;
    return mem_zero(count, size);
}

static void memory_give(void *none, void *memory)
{
    (void)none;
    free(memory);
}

static void shrink_gzip(const char *bytes, size_t len, struct buffer *into)
{
    z_stream stream = {.zalloc = memory_take, .zfree = memory_give};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY);
    size_t room = deflateBound(&stream, len);
    buffer_reserve(into, room);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)len;
    stream.next_out = (Bytef *)into->data + into->len;
    stream.avail_out = (uInt)room;
    deflate(&stream, Z_FINISH);
    into->len += stream.total_out;
    deflateEnd(&stream);
}

void codec_shrink(enum codec codec, const char *bytes, size_t len, struct buffer *into)
{
    size_t room = 0;
    switch (codec) {
    case CODEC_SNAPPY:
        room = snappy_max_compressed_length(len);
        buffer_reserve(into, room);
        snappy_compress(bytes, len, into->data + into->len, &room);
        into->len += room;
        return;
    case CODEC_GZIP:
        shrink_gzip(bytes, len, into);
        return;
    case CODEC_ZSTD:
        room = ZSTD_compressBound(len);
        buffer_reserve(into, room);
        into->len += ZSTD_compress(into->data + into->len, room, bytes, len, ZSTD_LEVEL);
        return;
    case CODEC_LZ4_RAW:
        room = (size_t)LZ4_compressBound((int)len);
        buffer_reserve(into, room);
        into->len += (size_t)LZ4_compress_default(bytes, into->data + into->len, (int)len, (int)room);
        return;
    case CODEC_NONE:
    default:
        buffer_add(into, bytes, len);
        return;
    }
}
