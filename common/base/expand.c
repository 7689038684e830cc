#include "base/expand.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/foreign.h"
#include "base/library.h"
#include "base/mem.h"

enum { GZIP_WINDOW = 15 + 16, XZ_MEMORY_MAX = 256 << 20 };

struct expander {
    const struct format *format;
    bool begun; /* bzip2, xz: what the last member needed is still there */
    lzma_allocator allocator;
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        LZ4F_dctx *lz4;
        bz_stream bzip2;
        lzma_stream xz;
    };
};

/* As mem_take. */
static void *take_xz(void *none, size_t count, size_t size)
{
    (void)none;
    return mem_resize(NULL, count, size);
}

/* What is used of each library outlives every call: it is loaded once. */
static struct {
    __typeof__(ZSTD_createDStream) *create;
    __typeof__(ZSTD_freeDStream) *free;
    __typeof__(ZSTD_initDStream) *init;
    __typeof__(ZSTD_decompressStream) *step;
    __typeof__(ZSTD_isError) *is_error;
    __typeof__(ZSTD_getErrorName) *error_name;
} zstd;

/* Loaded once. */
static struct {
    __typeof__(LZ4F_createDecompressionContext) *create;
    __typeof__(LZ4F_freeDecompressionContext) *free;
    __typeof__(LZ4F_resetDecompressionContext) *reset;
    __typeof__(LZ4F_decompress) *step;
    __typeof__(LZ4F_isError) *is_error;
    __typeof__(LZ4F_getErrorName) *error_name;
} lz4;

/* Loaded once. */
static struct {
    __typeof__(BZ2_bzDecompressInit) *init;
    __typeof__(BZ2_bzDecompress) *step;
    __typeof__(BZ2_bzDecompressEnd) *end;
} bzip2;

/* Loaded once. */
static struct {
    __typeof__(lzma_stream_decoder) *init;
    __typeof__(lzma_code) *step;
    __typeof__(lzma_end) *end;
} xz;

static const struct library_function zstd_functions[] = {
    {"ZSTD_createDStream", &zstd.create}, {"ZSTD_freeDStream", &zstd.free},
    {"ZSTD_initDStream", &zstd.init},     {"ZSTD_decompressStream", &zstd.step},
    {"ZSTD_isError", &zstd.is_error},     {"ZSTD_getErrorName", &zstd.error_name},
    {0},
};
static const struct library_function lz4_functions[] = {
    {"LZ4F_createDecompressionContext", &lz4.create}, {"LZ4F_freeDecompressionContext", &lz4.free},
    {"LZ4F_resetDecompressionContext", &lz4.reset},   {"LZ4F_decompress", &lz4.step},
    {"LZ4F_isError", &lz4.is_error},                  {"LZ4F_getErrorName", &lz4.error_name},
    {0},
};
static const struct library_function bzip2_functions[] = {
    {"BZ2_bzDecompressInit", &bzip2.init},
    {"BZ2_bzDecompress", &bzip2.step},
    {"BZ2_bzDecompressEnd", &bzip2.end},
    {0},
};
static const struct library_function xz_functions[] = {
    {"lzma_stream_decoder", &xz.init}, {"lzma_code", &xz.step}, {"lzma_end", &xz.end}, {0},
};

/* Whether each is loaded is found once. */
static struct library libraries[] = {
    [EXPAND_ZSTD] = {LIBRARY_FILE("zstd", "1"), zstd_functions, false},
    [EXPAND_LZ4] = {LIBRARY_FILE("lz4", "1"), lz4_functions, false},
    [EXPAND_BZIP2] = {LIBRARY_FILE("bz2", "1.0"), bzip2_functions, false},
    [EXPAND_XZ] = {LIBRARY_FILE("lzma", "5"), xz_functions, false},
};

static const char out_of_memory[] = "out of memory";

/* gzip */

static bool gzip_open(struct expander *expander)
{
    expander->gzip = (z_stream){.zalloc = mem_take, .zfree = mem_give};
    return inflateInit2(&expander->gzip, GZIP_WINDOW) == Z_OK;
}

static void gzip_begin(struct expander *expander)
{
    inflateReset(&expander->gzip);
}

static enum expand_result gzip_step(struct expander *expander, struct expand_bytes *bytes, const char **why)
{
    z_stream *stream = &expander->gzip;
    stream->next_in = (unsigned char *)(uintptr_t)bytes->in;
    stream->avail_in = bytes->in_len > UINT32_MAX ? UINT32_MAX : (uInt)bytes->in_len;
    stream->next_out = (unsigned char *)bytes->out;
    stream->avail_out = bytes->out_len > UINT32_MAX ? UINT32_MAX : (uInt)bytes->out_len;
    int result = inflate(stream, Z_NO_FLUSH);
    bytes->in_len -= (size_t)(stream->next_in - bytes->in);
    bytes->in = stream->next_in;
    bytes->out_len -= (size_t)((char *)stream->next_out - bytes->out);
    bytes->out = (char *)stream->next_out;
    if (result == Z_STREAM_END)
        return EXPAND_ENDS;
    *why = result == Z_MEM_ERROR ? out_of_memory : stream->msg ? stream->msg : "damaged gzip data";
    return result == Z_OK || result == Z_BUF_ERROR ? EXPAND_GOES_ON : EXPAND_DAMAGED;
}

static void gzip_close(struct expander *expander)
{
    inflateEnd(&expander->gzip);
}

/* zstd: a frame that may be passed over is one like the others. */

static bool zstd_open(struct expander *expander)
{
    expander->zstd = zstd.create();
    return expander->zstd;
}

static void zstd_begin(struct expander *expander)
{
    zstd.init(expander->zstd);
}

static enum expand_result zstd_step(struct expander *expander, struct expand_bytes *bytes, const char **why)
{
    ZSTD_inBuffer in = {bytes->in, bytes->in_len, 0};
    ZSTD_outBuffer out = {bytes->out, bytes->out_len, 0};
    size_t result = zstd.step(expander->zstd, &out, &in);
    foreign_wrote(&in, sizeof in);
    foreign_wrote(&out, sizeof out);
    bytes->in += in.pos;
    bytes->in_len -= in.pos;
    bytes->out += out.pos;
    bytes->out_len -= out.pos;
    if (!zstd.is_error(result))
        return result == 0 ? EXPAND_ENDS : EXPAND_GOES_ON;
    *why = zstd.error_name(result);
    return EXPAND_DAMAGED;
}

static void zstd_close(struct expander *expander)
{
    zstd.free(expander->zstd);
}

static bool lz4_open(struct expander *expander)
{
    bool good = !lz4.is_error(lz4.create(&expander->lz4, LZ4F_VERSION));
    foreign_wrote(&expander->lz4, sizeof expander->lz4);
    return good;
}

static void lz4_begin(struct expander *expander)
{
    lz4.reset(expander->lz4);
}

static enum expand_result lz4_step(struct expander *expander, struct expand_bytes *bytes, const char **why)
{
    size_t taken = bytes->in_len, made = bytes->out_len;
    size_t result = lz4.step(expander->lz4, bytes->out, &made, bytes->in, &taken, NULL);
    foreign_wrote(&taken, sizeof taken);
    foreign_wrote(&made, sizeof made);
    if (lz4.is_error(result)) {
        *why = lz4.error_name(result);
        return EXPAND_DAMAGED;
    }
    bytes->in += taken;
    bytes->in_len -= taken;
    bytes->out += made;
    bytes->out_len -= made;
    return result == 0 ? EXPAND_ENDS : EXPAND_GOES_ON;
}

static void lz4_close(struct expander *expander)
{
    lz4.free(expander->lz4);
}

static void bzip2_close(struct expander *expander)
{
    if (expander->begun)
        bzip2.end(&expander->bzip2);
    expander->begun = false;
}

static void bzip2_begin(struct expander *expander)
{
    bzip2_close(expander);
    expander->bzip2 = (bz_stream){.bzalloc = mem_take_signed, .bzfree = mem_give};
    expander->begun = bzip2.init(&expander->bzip2, 0, 0) == BZ_OK;
}

static enum expand_result bzip2_step(struct expander *expander, struct expand_bytes *bytes, const char **why)
{
    bz_stream *stream = &expander->bzip2;
    stream->next_in = (char *)(uintptr_t)bytes->in;
    stream->avail_in = bytes->in_len > UINT32_MAX ? UINT32_MAX : (unsigned)bytes->in_len;
    stream->next_out = bytes->out;
    stream->avail_out = bytes->out_len > UINT32_MAX ? UINT32_MAX : (unsigned)bytes->out_len;
    int result = bzip2.step(stream);
    foreign_wrote(stream, sizeof *stream);
    bytes->in_len -= (size_t)(stream->next_in - (char *)(uintptr_t)bytes->in);
    bytes->in = (unsigned char *)stream->next_in;
    bytes->out_len -= (size_t)(stream->next_out - bytes->out);
    bytes->out = stream->next_out;
    *why = result == BZ_MEM_ERROR ? out_of_memory : "damaged bzip2 data";
    return result == BZ_STREAM_END ? EXPAND_ENDS : result == BZ_OK ? EXPAND_GOES_ON : EXPAND_DAMAGED;
}

static void xz_close(struct expander *expander)
{
    if (expander->begun)
        xz.end(&expander->xz);
    expander->begun = false;
}

static void xz_begin(struct expander *expander)
{
    xz_close(expander);
    expander->allocator = (lzma_allocator){.alloc = take_xz, .free = mem_give};
    expander->xz = (lzma_stream){.allocator = &expander->allocator};
    expander->begun = xz.init(&expander->xz, XZ_MEMORY_MAX, 0) == LZMA_OK;
}

static enum expand_result xz_step(struct expander *expander, struct expand_bytes *bytes, const char **why)
{
    lzma_stream *stream = &expander->xz;
    stream->next_in = bytes->in;
    stream->avail_in = bytes->in_len;
    stream->next_out = (uint8_t *)bytes->out;
    stream->avail_out = bytes->out_len;
    lzma_ret result = xz.step(stream, LZMA_RUN);
    foreign_wrote(stream, sizeof *stream);
    bytes->in = stream->next_in;
    bytes->in_len = stream->avail_in;
    bytes->out = (char *)stream->next_out;
    bytes->out_len = stream->avail_out;
    *why = result == LZMA_MEM_ERROR        ? out_of_memory
           : result == LZMA_MEMLIMIT_ERROR ? "its window is more than 256 MiB: unpack it first (xz -dc)"
           : result == LZMA_OPTIONS_ERROR  ? "xz data of a kind that liblzma does not know"
                                           : "damaged xz data";
    return result == LZMA_STREAM_END                         ? EXPAND_ENDS
           : result == LZMA_OK || result == LZMA_BUF_ERROR ? EXPAND_GOES_ON
                                                           : EXPAND_DAMAGED;
}

static const struct format {
    const char *name, *member;
    const char *missing;   /* to be said where the library is not there */
    unsigned char first;   /* a member begins with it, */
    unsigned char skipped; /* or with this in its upper four bits; 0: nothing else */
    bool pads;
    bool (*open)(struct expander *expander); /* or NULL; false: out of memory */
    void (*begin)(struct expander *expander);
    enum expand_result (*step)(struct expander *expander, struct expand_bytes *bytes, const char **why);
    void (*close)(struct expander *expander);
} formats[] = {
    [EXPAND_GZIP] = {"gzip", "gzip member", NULL, 0x1F, 0, true, gzip_open, gzip_begin, gzip_step, gzip_close},
    [EXPAND_ZSTD] = {"zstd", "zstd frame", "this is zstd, and the library libzstd is missing: install it, or unpack "
                     "it first (zstd -dc)", 0x28, 0x50, false, zstd_open, zstd_begin, zstd_step, zstd_close},
    [EXPAND_LZ4] = {"lz4", "lz4 frame", "this is lz4, and the library liblz4 is missing: install it, or unpack it "
                    "first (lz4 -dc)", 0x04, 0x50, false, lz4_open, lz4_begin, lz4_step, lz4_close},
    [EXPAND_BZIP2] = {"bzip2", "bzip2 stream", "this is bzip2, and the library libbz2 is missing: install it, or "
                      "unpack it first (bzip2 -dc)", 'B', 0, false, NULL, bzip2_begin, bzip2_step, bzip2_close},
    [EXPAND_XZ] = {"xz", "xz stream", "this is xz, and the library liblzma is missing: install it, or unpack it "
                   "first (xz -dc)", 0xFD, 0, true, NULL, xz_begin, xz_step, xz_close},
};

struct expander *expand_new(enum expand_form form, const char **why)
{
    const struct format *format = &formats[form];
    if (format->missing && !library_ready(&libraries[form])) {
        *why = format->missing;
        return NULL;
    }
    struct expander *expander = mem_zero(1, sizeof *expander);
    expander->format = format;
    if (format->open && !format->open(expander)) {
        free(expander);
        *why = out_of_memory;
        return NULL;
    }
    return expander;
}

void expand_free(struct expander *expander)
{
    expander->format->close(expander);
    free(expander);
}

const char *expand_name(const struct expander *expander)
{
    return expander->format->name;
}

const char *expand_member(const struct expander *expander)
{
    return expander->format->member;
}

bool expand_pads(const struct expander *expander)
{
    return expander->format->pads;
}

bool expand_begin(struct expander *expander, unsigned char first)
{
    const struct format *format = expander->format;
    if (first != format->first && !(format->skipped && (first & 0xF0) == format->skipped))
        return false;
    format->begin(expander);
    return true;
}

enum expand_result expand_step(struct expander *expander, struct expand_bytes *bytes, const char **why)
{
    const char *into = bytes->out;
    size_t before = bytes->in_len;
    enum expand_result result = expander->format->step(expander, bytes, why);
    foreign_wrote(into, (size_t)(bytes->out - into));
    if (result == EXPAND_GOES_ON && before > 0 && bytes->in_len == before && bytes->out == into && bytes->out_len > 0) {
        *why = "damaged data"; /* neither takes nor gives anything: it never would */
        return EXPAND_DAMAGED;
    }
    return result;
}
