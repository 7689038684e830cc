#include "parquet/codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "base/foreign.h"
#include "base/library.h"
#include "parquet/snappy_inner.h"

/* How many times larger than itself a block can become, at most: LZ4 and deflate by their formats (255, 1032). */
enum { LZ4_RATIO = 255, GZIP_RATIO = 1040, RATIO_SLACK = 64 };
enum { ZSTD_LEVEL = 3 };

/* What is used of the libraries; set once for each, then only read. */
static struct {
    __typeof__(snappy_compress) *snappy_compress;
    __typeof__(snappy_max_compressed_length) *snappy_max_compressed_length;
    __typeof__(BrotliDecoderDecompress) *brotli_decompress;
    __typeof__(LZ4_decompress_safe) *lz4_decompress;
    __typeof__(LZ4_compress_default) *lz4_compress;
    __typeof__(LZ4_compressBound) *lz4_bound;
    __typeof__(ZSTD_decompress) *zstd_decompress;
    __typeof__(ZSTD_compress) *zstd_compress;
    __typeof__(ZSTD_compressBound) *zstd_bound;
    __typeof__(ZSTD_getFrameContentSize) *zstd_size;
} used;

static const struct library_function snappy_functions[] = {
    {"snappy_compress", &used.snappy_compress},
    {"snappy_max_compressed_length", &used.snappy_max_compressed_length},
    {0},
};
static const struct library_function brotli_functions[] = {
    {"BrotliDecoderDecompress", &used.brotli_decompress},
    {0},
};
static const struct library_function lz4_functions[] = {
    {"LZ4_decompress_safe", &used.lz4_decompress},
    {"LZ4_compress_default", &used.lz4_compress},
    {"LZ4_compressBound", &used.lz4_bound},
    {0},
};
static const struct library_function zstd_functions[] = {
    {"ZSTD_decompress", &used.zstd_decompress},
    {"ZSTD_compress", &used.zstd_compress},
    {"ZSTD_compressBound", &used.zstd_bound},
    {"ZSTD_getFrameContentSize", &used.zstd_size},
    {0},
};

/* Whether each is loaded is found once for all threads. */
static struct library libraries[PARQUET_CODEC_COUNT] = {
    [PARQUET_CODEC_SNAPPY] = {LIBRARY_FILE("snappy", "1"), snappy_functions, false},
    [PARQUET_CODEC_BROTLI] = {LIBRARY_FILE("brotlidec", "1"), brotli_functions, false},
    [PARQUET_CODEC_LZ4_RAW] = {LIBRARY_FILE("lz4", "1"), lz4_functions, false},
    [PARQUET_CODEC_ZSTD] = {LIBRARY_FILE("zstd", "1"), zstd_functions, false},
};

bool parquet_codec_ready(enum parquet_codec codec, const char **library)
{
    struct library *needed = &libraries[codec == PARQUET_CODEC_LZ4 ? PARQUET_CODEC_LZ4_RAW : codec];
    if (!needed->file)
        return true;
    *library = needed->file;
    return library_ready(needed);
}

static const char *const names[PARQUET_CODEC_COUNT] = {"none",   "snappy", "gzip", "lzo",
                                                       "brotli", "lz4",    "zstd", "lz4_raw"};

const char *parquet_codec_name(int codec)
{
    return codec >= 0 && codec < PARQUET_CODEC_COUNT ? names[codec] : NULL;
}

int parquet_codec_by_name(const char *name)
{
    static const enum parquet_codec written[] = {PARQUET_CODEC_NONE, PARQUET_CODEC_SNAPPY, PARQUET_CODEC_GZIP,
                                                 PARQUET_CODEC_ZSTD};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (strcmp(name, names[written[i]]) == 0)
            return (int)written[i];
    return strcmp(name, "lz4") == 0 || strcmp(name, "lz4_raw") == 0 ? PARQUET_CODEC_LZ4_RAW : -1;
}

bool parquet_codec_possible(enum parquet_codec codec, const char *bytes, size_t len, size_t whole)
{
    size_t said = 0;
    switch (codec) {
    case PARQUET_CODEC_NONE:
        return len == whole;
    case PARQUET_CODEC_SNAPPY:
        return parquet_snappy_length(bytes, len, &said) && said == whole;
    case PARQUET_CODEC_GZIP:
        return whole / GZIP_RATIO <= len + RATIO_SLACK;
    case PARQUET_CODEC_LZ4:
    case PARQUET_CODEC_LZ4_RAW:
        return whole / LZ4_RATIO <= len + RATIO_SLACK;
    case PARQUET_CODEC_ZSTD: {
        unsigned long long frame = used.zstd_size(bytes, len);
        return frame != ZSTD_CONTENTSIZE_ERROR && (frame == ZSTD_CONTENTSIZE_UNKNOWN || frame <= whole);
    }
    case PARQUET_CODEC_BROTLI:
        return true;
    case PARQUET_CODEC_LZO:
    case PARQUET_CODEC_COUNT:
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
    return used.lz4_decompress(bytes, into, (int)len, (int)whole) == (int)whole;
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
    return used.brotli_decompress(len, (const uint8_t *)bytes, &made, (uint8_t *)into) ==
               BROTLI_DECODER_RESULT_SUCCESS &&
           made == whole;
}

static bool expand(enum parquet_codec codec, const char *bytes, size_t len, char *into, size_t whole)
{
    switch (codec) {
    case PARQUET_CODEC_NONE:
        if (len == whole && len > 0)
            memcpy(into, bytes, len);
        return len == whole;
    case PARQUET_CODEC_SNAPPY:
        return parquet_snappy_expand(bytes, len, into, whole);
    case PARQUET_CODEC_GZIP:
        return expand_gzip(bytes, len, into, whole);
    case PARQUET_CODEC_BROTLI:
        return expand_brotli(bytes, len, into, whole);
    case PARQUET_CODEC_LZ4:
        return expand_hadoop(bytes, len, into, whole) || expand_lz4(bytes, len, into, whole);
    case PARQUET_CODEC_ZSTD:
        return used.zstd_decompress(into, whole, bytes, len) == whole;
    case PARQUET_CODEC_LZ4_RAW:
        return expand_lz4(bytes, len, into, whole);
    case PARQUET_CODEC_LZO:
    case PARQUET_CODEC_COUNT:
    default:
        return false;
    }
}

bool parquet_codec_expand(enum parquet_codec codec, const char *bytes, size_t len, char *into, size_t whole)
{
    bool good = expand(codec, bytes, len, into, whole);
    if (good && codec != PARQUET_CODEC_NONE)
        foreign_wrote(into, whole);
    return good;
}

static void shrink_gzip(const char *bytes, size_t len, struct buffer *into)
{
    z_stream stream = {.zalloc = mem_take, .zfree = mem_give}; /* so deflate cannot fail */
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

void parquet_codec_shrink(enum parquet_codec codec, const char *bytes, size_t len, struct buffer *into)
{
    size_t room = 0, start = into->len;
    switch (codec) {
    case PARQUET_CODEC_SNAPPY:
        room = used.snappy_max_compressed_length(len);
        buffer_reserve(into, room);
        used.snappy_compress(bytes, len, into->data + into->len, &room);
        into->len += room;
        break;
    case PARQUET_CODEC_GZIP:
        shrink_gzip(bytes, len, into);
        break;
    case PARQUET_CODEC_ZSTD:
        room = used.zstd_bound(len);
        buffer_reserve(into, room);
        into->len += used.zstd_compress(into->data + into->len, room, bytes, len, ZSTD_LEVEL);
        break;
    case PARQUET_CODEC_LZ4_RAW:
        room = (size_t)used.lz4_bound((int)len);
        buffer_reserve(into, room);
        into->len += (size_t)used.lz4_compress(bytes, into->data + into->len, (int)len, (int)room);
        break;
    case PARQUET_CODEC_NONE:
    default:
        buffer_add(into, bytes, len);
        return;
    }
    foreign_wrote(into->data + start, into->len - start);
}
