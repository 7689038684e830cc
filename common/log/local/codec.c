#include "log/local/codec.h"

#include <lz4frame.h>
#include <snappy-c.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "base/foreign.h"

enum {
    STEP_MIN = 4096,         /* room made for what comes out, at the least */
    GZIP_WINDOW = 15 + 16,   /* zlib: the largest window, with a gzip header */
    XERIAL_HEADER = 16,      /* snappy-java's: a magic number, version and lowest compatible version */
};
static const char xerial_magic[] = "\x82SNAPPY"; /* and the NUL behind it */

static uInt part_of(size_t len)
{
    return len > UINT_MAX ? UINT_MAX : (uInt)len;
}

void codec_pack_gzip(const char *bytes, size_t len, struct buffer *into)
{
    z_stream stream = {.zalloc = mem_take, .zfree = mem_give, .next_in = (Bytef *)(uintptr_t)bytes};
    /* fails only for want of memory */
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY);
    int result = Z_OK;
    buffer_reserve(into, deflateBound(&stream, (uLong)len));
    while (result != Z_STREAM_END) {
        buffer_reserve(into, STEP_MIN);
        size_t left = len - (size_t)((const char *)stream.next_in - bytes);
        stream.avail_in = part_of(left);
        stream.next_out = (Bytef *)into->data + into->len;
        uInt room = stream.avail_out = part_of(into->cap - into->len);
        result = deflate(&stream, left > UINT_MAX ? Z_NO_FLUSH : Z_FINISH);
        foreign_wrote(into->data + into->len, room - stream.avail_out);
        into->len += room - stream.avail_out;
    }
    deflateEnd(&stream);
}

static const char *unpack_gzip(const char *bytes, size_t len, struct buffer *into)
{
    static const char damaged[] = "its gzip stream is damaged";
    z_stream stream = {.zalloc = mem_take, .zfree = mem_give, .next_in = (Bytef *)(uintptr_t)bytes};
    size_t start = into->len;
    int result = inflateInit2(&stream, GZIP_WINDOW);
    stream.avail_in = part_of(len);
    while (result == Z_OK && into->len - start < CODEC_UNPACKED_MAX) {
        buffer_reserve(into, STEP_MIN + (len < CODEC_UNPACKED_MAX / 4 ? 4 * len : 0));
        stream.next_out = (Bytef *)into->data + into->len;
        uInt room = stream.avail_out = part_of(into->cap - into->len);
        result = inflate(&stream, Z_NO_FLUSH);
        foreign_wrote(into->data + into->len, room - stream.avail_out);
        into->len += room - stream.avail_out;
        if (result == Z_STREAM_END && stream.avail_in > 0)
            result = inflateReset(&stream);
        else if (result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)
            break; /* the stream is cut short */
    }
    inflateEnd(&stream);
    return result == Z_STREAM_END ? NULL : damaged;
}

static const char *unpack_snappy_block(const char *bytes, size_t len, size_t start, struct buffer *into)
{
    static const char damaged[] = "its snappy data is damaged";
    size_t size = 0;
    if (snappy_uncompressed_length(bytes, len, &size) != SNAPPY_OK || size > CODEC_UNPACKED_MAX - (into->len - start))
        return damaged;
    if (size / 64 > len) /* no copy makes more of a byte: a length that lies does not get its memory */
        return damaged;
    buffer_reserve(into, size + 1);
    if (snappy_uncompress(bytes, len, into->data + into->len, &size) != SNAPPY_OK)
        return damaged;
    foreign_wrote(into->data + into->len, size);
    into->len += size;
    return NULL;
}

static size_t big_endian_32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

static const char *unpack_snappy(const char *bytes, size_t len, struct buffer *into)
{
    size_t start = into->len;
    if (len < XERIAL_HEADER || memcmp(bytes, xerial_magic, sizeof xerial_magic) != 0)
        return unpack_snappy_block(bytes, len, start, into);
    for (size_t at = XERIAL_HEADER; at < len;) { /* blocks, each behind its length */
        if (len - at < 4 || big_endian_32(bytes + at) > len - at - 4)
            return "its snappy framing is damaged";
        size_t size = big_endian_32(bytes + at);
        const char *wrong = unpack_snappy_block(bytes + at + 4, size, start, into);
        if (wrong)
            return wrong;
        at += 4 + size;
    }
    return NULL;
}

static const char *unpack_lz4(const char *bytes, size_t len, struct buffer *into)
{
    LZ4F_dctx *context = NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return "there is no memory to unpack lz4";
    size_t start = into->len, at = 0, more = 1;
    while (at < len && into->len - start < CODEC_UNPACKED_MAX) {
        buffer_reserve(into, STEP_MIN + (len < CODEC_UNPACKED_MAX / 4 ? 4 * len : 0));
        size_t room = into->cap - into->len, taken = len - at;
        more = LZ4F_decompress(context, into->data + into->len, &room, bytes + at, &taken, NULL);
        foreign_wrote(into->data + into->len, room);
        into->len += room;
        at += taken;
        if (LZ4F_isError(more) || (room == 0 && taken == 0))
            break;
    }
    /* a frame's last bytes may come out only when all of it has gone in */
    while (at == len && more != 0 && !LZ4F_isError(more) && into->len - start < CODEC_UNPACKED_MAX) {
        buffer_reserve(into, STEP_MIN);
        size_t room = into->cap - into->len, taken = 0;
        more = LZ4F_decompress(context, into->data + into->len, &room, bytes + at, &taken, NULL);
        foreign_wrote(into->data + into->len, room);
        into->len += room;
        if (room == 0)
            break;
    }
    LZ4F_freeDecompressionContext(context);
    return at == len && more == 0 ? NULL : "its lz4 frame is damaged";
}

static const char *unpack_zstd(const char *bytes, size_t len, struct buffer *into)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context)
        return "there is no memory to unpack zstd";
    size_t start = into->len, more = 1;
    ZSTD_inBuffer in = {bytes, len, 0};
    while (!ZSTD_isError(more) && into->len - start < CODEC_UNPACKED_MAX) {
        buffer_reserve(into, STEP_MIN + (len < CODEC_UNPACKED_MAX / 4 ? 4 * len : 0));
        ZSTD_outBuffer out = {into->data + into->len, into->cap - into->len, 0};
        size_t before = in.pos;
        more = ZSTD_decompressStream(context, &out, &in);
        foreign_wrote(into->data + into->len, out.pos);
        into->len += out.pos;
        if (in.pos == len && (more == 0 || out.pos < out.size))
            break; /* all is out; or the frame is cut short */
        if (in.pos == before && out.pos == 0)
            break;
    }
    ZSTD_freeDCtx(context);
    return in.pos == len && more == 0 ? NULL : "its zstd frame is damaged";
}

const char *codec_unpack(enum codec codec, const char *bytes, size_t len, struct buffer *into)
{
    switch (codec) {
    case CODEC_NONE:
        buffer_add(into, bytes, len);
        return NULL;
    case CODEC_GZIP:
        return unpack_gzip(bytes, len, into);
    case CODEC_SNAPPY:
        return unpack_snappy(bytes, len, into);
    case CODEC_LZ4:
        return unpack_lz4(bytes, len, into);
    case CODEC_ZSTD:
        return unpack_zstd(bytes, len, into);
    default:
        return "its compression codec is unknown";
    }
}
