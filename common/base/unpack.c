#include "base/unpack.h"

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

struct unpack {
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

/* Memory that is there, or the program ends: for the libraries that let themselves be given it. */
static void *take_zlib(void *none, unsigned count, unsigned size)
{
    (void)none;
    return mem_zero(count, size);
}

static void *take_bzip2(void *none, int count, int size)
{
    (void)none;
    return mem_zero((size_t)count, (size_t)size);
}

static void *take_xz(void *none, size_t count, size_t size)
{
    (void)none;
    return mem_resize(NULL, count, size);
}

static void give(void *none, void *memory)
{
    (void)none;
    free(memory);
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
    [UNPACK_ZSTD] = {LIBRARY_FILE("zstd", "1"), zstd_functions, false},
    [UNPACK_LZ4] = {LIBRARY_FILE("lz4", "1"), lz4_functions, false},
    [UNPACK_BZIP2] = {LIBRARY_FILE("bz2", "1.0"), bzip2_functions, false},
    [UNPACK_XZ] = {LIBRARY_FILE("lzma", "5"), xz_functions, false},
};

static const char out_of_memory[] = "out of memory";

/* gzip */

static bool gzip_open(struct unpack *unpack)
{
    unpack->gzip = (z_stream){.zalloc = take_zlib, .zfree = give};
    return inflateInit2(&unpack->gzip, GZIP_WINDOW) == Z_OK;
}

static void gzip_begin(struct unpack *unpack)
{
    inflateReset(&unpack->gzip);
}

static enum unpack_result gzip_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why)
{
    z_stream *stream = &unpack->gzip;
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
        return UNPACK_ENDS;
    *why = result == Z_MEM_ERROR ? out_of_memory : stream->msg ? stream->msg : "damaged gzip data";
    return result == Z_OK || result == Z_BUF_ERROR ? UNPACK_GOES_ON : UNPACK_DAMAGED;
}

static void gzip_close(struct unpack *unpack)
{
    inflateEnd(&unpack->gzip);
}

/* zstd: a frame that may be passed over is one like the others. */

static bool zstd_open(struct unpack *unpack)
{
    unpack->zstd = zstd.create();
    return unpack->zstd;
}

static void zstd_begin(struct unpack *unpack)
{
    zstd.init(unpack->zstd);
}

static enum unpack_result zstd_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why)
{
    ZSTD_inBuffer in = {bytes->in, bytes->in_len, 0};
    ZSTD_outBuffer out = {bytes->out, bytes->out_len, 0};
    size_t result = zstd.step(unpack->zstd, &out, &in);
    foreign_wrote(&in, sizeof in);
    foreign_wrote(&out, sizeof out);
    bytes->in += in.pos;
    bytes->in_len -= in.pos;
    bytes->out += out.pos;
    bytes->out_len -= out.pos;
    if (!zstd.is_error(result))
        return result == 0 ? UNPACK_ENDS : UNPACK_GOES_ON;
    *why = zstd.error_name(result);
    return UNPACK_DAMAGED;
}

static void zstd_close(struct unpack *unpack)
{
    zstd.free(unpack->zstd);
}

static bool lz4_open(struct unpack *unpack)
{
    bool good = !lz4.is_error(lz4.create(&unpack->lz4, LZ4F_VERSION));
    foreign_wrote(&unpack->lz4, sizeof unpack->lz4);
    return good;
}

static void lz4_begin(struct unpack *unpack)
{
    lz4.reset(unpack->lz4);
}

static enum unpack_result lz4_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why)
{
    size_t taken = bytes->in_len, made = bytes->out_len;
    size_t result = lz4.step(unpack->lz4, bytes->out, &made, bytes->in, &taken, NULL);
    foreign_wrote(&taken, sizeof taken);
    foreign_wrote(&made, sizeof made);
    if (lz4.is_error(result)) {
        *why = lz4.error_name(result);
        return UNPACK_DAMAGED;
    }
    bytes->in += taken;
    bytes->in_len -= taken;
    bytes->out += made;
    bytes->out_len -= made;
    return result == 0 ? UNPACK_ENDS : UNPACK_GOES_ON;
}

static void lz4_close(struct unpack *unpack)
{
    lz4.free(unpack->lz4);
}

static void bzip2_close(struct unpack *unpack)
{
    if (unpack->begun)
        bzip2.end(&unpack->bzip2);
    unpack->begun = false;
}

static void bzip2_begin(struct unpack *unpack)
{
    bzip2_close(unpack);
    unpack->bzip2 = (bz_stream){.bzalloc = take_bzip2, .bzfree = give};
    unpack->begun = bzip2.init(&unpack->bzip2, 0, 0) == BZ_OK;
}

static enum unpack_result bzip2_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why)
{
    bz_stream *stream = &unpack->bzip2;
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
    return result == BZ_STREAM_END ? UNPACK_ENDS : result == BZ_OK ? UNPACK_GOES_ON : UNPACK_DAMAGED;
}

static void xz_close(struct unpack *unpack)
{
    if (unpack->begun)
        xz.end(&unpack->xz);
    unpack->begun = false;
}

static void xz_begin(struct unpack *unpack)
{
    xz_close(unpack);
    unpack->allocator = (lzma_allocator){.alloc = take_xz, .free = give};
    unpack->xz = (lzma_stream){.allocator = &unpack->allocator};
    unpack->begun = xz.init(&unpack->xz, XZ_MEMORY_MAX, 0) == LZMA_OK;
}

static enum unpack_result xz_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why)
{
    lzma_stream *stream = &unpack->xz;
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
    return result == LZMA_STREAM_END                         ? UNPACK_ENDS
           : result == LZMA_OK || result == LZMA_BUF_ERROR ? UNPACK_GOES_ON
                                                           : UNPACK_DAMAGED;
}

static const struct format {
    const char *name, *member;
    const char *missing;   /* to be said where the library is not there */
    unsigned char first;   /* a member begins with it, */
    unsigned char skipped; /* or with this in its upper four bits; 0: nothing else */
    bool pads;
    bool (*open)(struct unpack *unpack); /* or NULL; false: out of memory */
    void (*begin)(struct unpack *unpack);
    enum unpack_result (*step)(struct unpack *unpack, struct unpack_bytes *bytes, const char **why);
    void (*close)(struct unpack *unpack);
} formats[] = {
    [UNPACK_GZIP] = {"gzip", "gzip member", NULL, 0x1F, 0, true, gzip_open, gzip_begin, gzip_step, gzip_close},
    [UNPACK_ZSTD] = {"zstd", "zstd frame", "this is zstd, and the library libzstd is missing: install it, or unpack "
                     "it first (zstd -dc)", 0x28, 0x50, false, zstd_open, zstd_begin, zstd_step, zstd_close},
    [UNPACK_LZ4] = {"lz4", "lz4 frame", "this is lz4, and the library liblz4 is missing: install it, or unpack it "
                    "first (lz4 -dc)", 0x04, 0x50, false, lz4_open, lz4_begin, lz4_step, lz4_close},
    [UNPACK_BZIP2] = {"bzip2", "bzip2 stream", "this is bzip2, and the library libbz2 is missing: install it, or "
                      "unpack it first (bzip2 -dc)", 'B', 0, false, NULL, bzip2_begin, bzip2_step, bzip2_close},
    [UNPACK_XZ] = {"xz", "xz stream", "this is xz, and the library liblzma is missing: install it, or unpack it "
                   "first (xz -dc)", 0xFD, 0, true, NULL, xz_begin, xz_step, xz_close},
};

struct unpack *unpack_new(enum unpack_form form, const char **why)
{
    const struct format *format = &formats[form];
    if (format->missing && !library_ready(&libraries[form])) {
        *why = format->missing;
        return NULL;
    }
    struct unpack *unpack = mem_zero(1, sizeof *unpack);
    unpack->format = format;
    if (format->open && !format->open(unpack)) {
        free(unpack);
        *why = out_of_memory;
        return NULL;
    }
    return unpack;
}

void unpack_free(struct unpack *unpack)
{
    unpack->format->close(unpack);
    free(unpack);
}

const char *unpack_name(const struct unpack *unpack)
{
    return unpack->format->name;
}

const char *unpack_member(const struct unpack *unpack)
{
    return unpack->format->member;
}

bool unpack_pads(const struct unpack *unpack)
{
    return unpack->format->pads;
}

bool unpack_begin(struct unpack *unpack, unsigned char first)
{
    const struct format *format = unpack->format;
    if (first != format->first && !(format->skipped && (first & 0xF0) == format->skipped))
        return false;
    format->begin(unpack);
    return true;
}

enum unpack_result unpack_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why)
{
    const char *into = bytes->out;
    size_t before = bytes->in_len;
    enum unpack_result result = unpack->format->step(unpack, bytes, why);
    foreign_wrote(into, (size_t)(bytes->out - into));
    if (result == UNPACK_GOES_ON && before > 0 && bytes->in_len == before && bytes->out == into && bytes->out_len > 0) {
        *why = "damaged data"; /* neither takes nor gives anything: it never would */
        return UNPACK_DAMAGED;
    }
    return result;
}
