#include "base/shrink.h"

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
#include "base/options.h"

enum {
    GZIP_WINDOW = 15 + 16,
    GZIP_MEMORY = 8,
    ROOM = 64 * 1024,    /* for what comes out of one step */
    TAKEN = 1024 * 1024, /* at most goes into one */
};

/* What a step is to do besides taking bytes. */
enum wish { WISH_MORE, WISH_FLUSH, WISH_END };

struct shrinker {
    const struct format *format;
    union {
        z_stream gzip;
        ZSTD_CStream *zstd;
        struct {
            LZ4F_cctx *context;
            LZ4F_preferences_t preferences;
            bool begun;
        } lz4;
        bz_stream bzip2;
        lzma_stream xz;
    };
};

/* What is used of each library outlives every call: it is loaded once. */
static struct {
    __typeof__(ZSTD_createCStream) *create;
    __typeof__(ZSTD_freeCStream) *free;
    __typeof__(ZSTD_CCtx_setParameter) *set;
    __typeof__(ZSTD_compressStream2) *step;
    __typeof__(ZSTD_isError) *is_error;
} zstd;

/* Loaded once. */
static struct {
    __typeof__(LZ4F_createCompressionContext) *create;
    __typeof__(LZ4F_freeCompressionContext) *free;
    __typeof__(LZ4F_compressBegin) *begin;
    __typeof__(LZ4F_compressBound) *bound;
    __typeof__(LZ4F_compressUpdate) *update;
    __typeof__(LZ4F_flush) *flush;
    __typeof__(LZ4F_compressEnd) *end;
    __typeof__(LZ4F_isError) *is_error;
} lz4;

/* Loaded once. */
static struct {
    __typeof__(BZ2_bzCompressInit) *init;
    __typeof__(BZ2_bzCompress) *step;
    __typeof__(BZ2_bzCompressEnd) *end;
} bzip2;

/* Loaded once. */
static struct {
    __typeof__(lzma_easy_encoder) *init;
    __typeof__(lzma_code) *step;
    __typeof__(lzma_end) *end;
} xz;

static const struct library_function zstd_functions[] = {
    {"ZSTD_createCStream", &zstd.create},      {"ZSTD_freeCStream", &zstd.free}, {"ZSTD_CCtx_setParameter", &zstd.set},
    {"ZSTD_compressStream2", &zstd.step}, {"ZSTD_isError", &zstd.is_error}, {0},
};
static const struct library_function lz4_functions[] = {
    {"LZ4F_createCompressionContext", &lz4.create}, {"LZ4F_freeCompressionContext", &lz4.free},
    {"LZ4F_compressBegin", &lz4.begin},             {"LZ4F_compressBound", &lz4.bound},
    {"LZ4F_compressUpdate", &lz4.update},           {"LZ4F_flush", &lz4.flush},
    {"LZ4F_compressEnd", &lz4.end},                 {"LZ4F_isError", &lz4.is_error},
    {0},
};
static const struct library_function bzip2_functions[] = {
    {"BZ2_bzCompressInit", &bzip2.init}, {"BZ2_bzCompress", &bzip2.step}, {"BZ2_bzCompressEnd", &bzip2.end}, {0},
};
static const struct library_function xz_functions[] = {
    {"lzma_easy_encoder", &xz.init}, {"lzma_code", &xz.step}, {"lzma_end", &xz.end}, {0},
};

/* Whether each is loaded is found once. */
static struct library libraries[] = {
    [EXPAND_ZSTD] = {LIBRARY_FILE("zstd", "1"), zstd_functions, false},
    [EXPAND_LZ4] = {LIBRARY_FILE("lz4", "1"), lz4_functions, false},
    [EXPAND_BZIP2] = {LIBRARY_FILE("bz2", "1.0"), bzip2_functions, false},
    [EXPAND_XZ] = {LIBRARY_FILE("lzma", "5"), xz_functions, false},
};

/* One step of a library: bytes are taken and made; *done: all that the wish was about is out. */
struct step {
    const char *in;
    size_t in_len;
    char *out;
    size_t out_len;
    bool done;
};

static bool gzip_open(struct shrinker *shrinker, int level)
{
    shrinker->gzip = (z_stream){.zalloc = mem_take, .zfree = mem_give};
    return deflateInit2(&shrinker->gzip, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;
}

static bool gzip_step(struct shrinker *shrinker, enum wish wish, struct step *step)
{
    static const int wishes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    z_stream *stream = &shrinker->gzip;
    stream->next_in = (unsigned char *)(uintptr_t)step->in;
    stream->avail_in = (uInt)step->in_len;
    stream->next_out = (unsigned char *)step->out;
    stream->avail_out = (uInt)step->out_len;
    int result = deflate(stream, wishes[wish]);
    step->in_len = stream->avail_in;
    step->out_len = stream->avail_out;
    step->done = wish == WISH_END ? result == Z_STREAM_END : stream->avail_out > 0;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

static void gzip_close(struct shrinker *shrinker)
{
    deflateEnd(&shrinker->gzip);
}

static bool zstd_open(struct shrinker *shrinker, int level)
{
    shrinker->zstd = zstd.create();
    return shrinker->zstd && !zstd.is_error(zstd.set(shrinker->zstd, ZSTD_c_compressionLevel, level)) &&
           !zstd.is_error(zstd.set(shrinker->zstd, ZSTD_c_checksumFlag, 1));
}

static bool zstd_step(struct shrinker *shrinker, enum wish wish, struct step *step)
{
    static const ZSTD_EndDirective wishes[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
    ZSTD_inBuffer in = {step->in, step->in_len, 0};
    ZSTD_outBuffer out = {step->out, step->out_len, 0};
    size_t left = zstd.step(shrinker->zstd, &out, &in, wishes[wish]);
    foreign_wrote(&in, sizeof in);
    foreign_wrote(&out, sizeof out);
    step->in_len -= in.pos;
    step->out_len -= out.pos;
    step->done = wish == WISH_MORE ? step->in_len == 0 : left == 0;
    return !zstd.is_error(left);
}

static void zstd_close(struct shrinker *shrinker)
{
    zstd.free(shrinker->zstd);
}

static bool lz4_open(struct shrinker *shrinker, int level)
{
    shrinker->lz4.preferences = (LZ4F_preferences_t){
        .compressionLevel = level, .frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    bool good = !lz4.is_error(lz4.create(&shrinker->lz4.context, LZ4F_VERSION));
    foreign_wrote(&shrinker->lz4.context, sizeof shrinker->lz4.context);
    return good;
}

/* There is room for all that a step may make (lz4_room). */
static bool lz4_step(struct shrinker *shrinker, enum wish wish, struct step *step)
{
    LZ4F_cctx *context = shrinker->lz4.context;
    size_t made = 0;
    if (!shrinker->lz4.begun)
        made = lz4.begin(context, step->out, step->out_len, &shrinker->lz4.preferences);
    if (lz4.is_error(made))
        return false;
    shrinker->lz4.begun = true;
    step->out += made;
    step->out_len -= made;
    made = 0;
    if (step->in_len > 0)
        made = lz4.update(context, step->out, step->out_len, step->in, step->in_len, NULL);
    else if (wish == WISH_FLUSH)
        made = lz4.flush(context, step->out, step->out_len, NULL);
    else if (wish == WISH_END)
        made = lz4.end(context, step->out, step->out_len, NULL);
    if (lz4.is_error(made))
        return false;
    step->out_len -= made;
    step->done = step->in_len == 0 || wish == WISH_MORE;
    step->in_len = 0;
    return true;
}

static size_t lz4_room(const struct shrinker *shrinker, size_t len)
{
    return lz4.bound(len, &shrinker->lz4.preferences) + LZ4F_HEADER_SIZE_MAX;
}

static void lz4_close(struct shrinker *shrinker)
{
    lz4.free(shrinker->lz4.context);
}

static bool bzip2_open(struct shrinker *shrinker, int level)
{
    shrinker->bzip2 = (bz_stream){.bzalloc = mem_take_signed, .bzfree = mem_give};
    return bzip2.init(&shrinker->bzip2, level, 0, 0) == BZ_OK;
}

/* BZ_RUN without bytes is an error. */
static bool bzip2_step(struct shrinker *shrinker, enum wish wish, struct step *step)
{
    bz_stream *stream = &shrinker->bzip2;
    int action = step->in_len > 0 ? BZ_RUN : wish == WISH_END ? BZ_FINISH : BZ_FLUSH;
    step->done = step->in_len == 0 && wish == WISH_MORE;
    if (step->done)
        return true;
    stream->next_in = (char *)(uintptr_t)step->in;
    stream->avail_in = (unsigned)step->in_len;
    stream->next_out = step->out;
    stream->avail_out = (unsigned)step->out_len;
    int result = bzip2.step(stream, action);
    foreign_wrote(stream, sizeof *stream);
    step->in_len = stream->avail_in;
    step->out_len = stream->avail_out;
    step->done = action == BZ_RUN    ? wish == WISH_MORE && step->in_len == 0
                 : action == BZ_FLUSH ? result == BZ_RUN_OK
                                      : result == BZ_STREAM_END;
    return result >= 0;
}

static void bzip2_close(struct shrinker *shrinker)
{
    bzip2.end(&shrinker->bzip2);
}

static bool xz_open(struct shrinker *shrinker, int level)
{
    shrinker->xz = (lzma_stream)LZMA_STREAM_INIT;
    return xz.init(&shrinker->xz, (uint32_t)level, LZMA_CHECK_CRC64) == LZMA_OK;
}

static bool xz_step(struct shrinker *shrinker, enum wish wish, struct step *step)
{
    static const lzma_action wishes[] = {LZMA_RUN, LZMA_SYNC_FLUSH, LZMA_FINISH};
    lzma_stream *stream = &shrinker->xz;
    stream->next_in = (const uint8_t *)step->in;
    stream->avail_in = step->in_len;
    stream->next_out = (uint8_t *)step->out;
    stream->avail_out = step->out_len;
    lzma_ret result = xz.step(stream, wishes[wish]);
    foreign_wrote(stream, sizeof *stream);
    step->in_len = stream->avail_in;
    step->out_len = stream->avail_out;
    step->done = wish == WISH_MORE ? step->in_len == 0 : result == LZMA_STREAM_END;
    return result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR;
}

static void xz_close(struct shrinker *shrinker)
{
    xz.end(&shrinker->xz);
}

/* The usual levels are those of the programs of these names. */
static const struct format {
    const char *name;
    int least, most, usual;
    bool (*open)(struct shrinker *shrinker, int level);
    bool (*step)(struct shrinker *shrinker, enum wish wish, struct step *step);
    size_t (*room)(const struct shrinker *shrinker, size_t len); /* what a step must have; NULL: any */
    void (*close)(struct shrinker *shrinker);
} formats[] = {
    [EXPAND_GZIP] = {"gzip", 1, 9, 6, gzip_open, gzip_step, NULL, gzip_close},
    [EXPAND_ZSTD] = {"zstd", 1, 19, 3, zstd_open, zstd_step, NULL, zstd_close},
    [EXPAND_LZ4] = {"lz4", 1, 12, 1, lz4_open, lz4_step, lz4_room, lz4_close},
    [EXPAND_BZIP2] = {"bzip2", 1, 9, 9, bzip2_open, bzip2_step, NULL, bzip2_close},
    [EXPAND_XZ] = {"xz", 0, 9, 6, xz_open, xz_step, NULL, xz_close},
};
enum { FORMATS = sizeof formats / sizeof *formats };

void shrink_names(struct buffer *into)
{
    for (size_t i = EXPAND_GZIP; i < FORMATS; i++) {
        buffer_add_text(into, i > EXPAND_GZIP ? "|" : "");
        buffer_add_text(into, formats[i].name);
    }
}

static bool take_form(const char *option, size_t form, const char *level, struct shrink_options *options,
                      struct problem *problem)
{
    const struct format *format = &formats[form];
    uint64_t number = (uint64_t)format->usual;
    if (*level == ':' &&
        !options_number(option, level + 1, (uint64_t)format->least, (uint64_t)format->most, &number, problem))
        return false;
    *options = (struct shrink_options){.form = (enum expand_form)form, .level = (int)number};
    return form == EXPAND_GZIP || library_ready(&libraries[form]) ||
           problem_set(problem, STATUS_IO, "%s %s: its library is missing: install it, or pipe to %s", option,
                       format->name, format->name);
}

bool shrink_parse(const char *option, const char *text, struct shrink_options *options, struct problem *problem)
{
    size_t len = strcspn(text, ":");
    for (size_t i = EXPAND_GZIP; i < FORMATS; i++)
        if (strlen(formats[i].name) == len && memcmp(formats[i].name, text, len) == 0)
            return take_form(option, i, text + len, options, problem);
    struct buffer names = {0};
    shrink_names(&names);
    buffer_add_char(&names, '\0');
    problem_usage(problem, "%s %s: expected %s, or such a one with a level: zstd:9", option, text, names.data);
    buffer_free(&names);
    return false;
}

struct shrinker *shrink_new(const struct shrink_options *options)
{
    struct shrinker *shrinker = mem_zero(1, sizeof *shrinker);
    shrinker->format = &formats[options->form];
    if (!shrinker->format->open(shrinker, options->level))
        mem_refuse(1, sizeof *shrinker);
    return shrinker;
}

/* Steps until the bytes are taken and the wish is fulfilled. */
static bool go_on(struct shrinker *shrinker, enum wish wish, const char *bytes, size_t len, struct buffer *into)
{
    const struct format *format = shrinker->format;
    for (bool done = false; !done;) {
        size_t room = format->room ? format->room(shrinker, len) : ROOM;
        buffer_reserve(into, room);
        struct step step = {.in = bytes, .in_len = len, .out = into->data + into->len, .out_len = room};
        if (!format->step(shrinker, wish, &step))
            return false;
        foreign_wrote(into->data + into->len, room - step.out_len);
        into->len += room - step.out_len;
        bytes += len - step.in_len;
        len = step.in_len;
        done = step.done && len == 0;
    }
    return true;
}

bool shrink_add(struct shrinker *shrinker, const char *bytes, size_t len, struct buffer *into)
{
    for (size_t at = 0, some; at < len; at += some) {
        some = len - at < TAKEN ? len - at : TAKEN;
        if (!go_on(shrinker, WISH_MORE, bytes + at, some, into))
            return false;
    }
    return true;
}

bool shrink_flush(struct shrinker *shrinker, struct buffer *into)
{
    return go_on(shrinker, WISH_FLUSH, "", 0, into);
}

bool shrink_end(struct shrinker *shrinker, struct buffer *into)
{
    return go_on(shrinker, WISH_END, "", 0, into);
}

const char *shrink_name(const struct shrinker *shrinker)
{
    return shrinker->format->name;
}

void shrink_free(struct shrinker *shrinker)
{
    shrinker->format->close(shrinker);
    free(shrinker);
}
