#include "base/magic.h"

#include <string.h>

#define UNPACK(command) "unpack it first (" command ")"
#define BYTES(text) (text), sizeof(text) - 1
#define TOLD(what) what, EXPAND_NONE
#define READ(form) NULL, EXPAND_##form
#define BZIP2(level) {BYTES("BZh" level "1AY&SY"), 0, READ(BZIP2)}

/* Some bytes may be one of several: there `any` says how many low bits of the first byte do not matter. */
static const struct magic {
    const char *bytes;
    size_t len;
    unsigned char any;
    const char *what;
    enum expand_form form;
} magics[] = {
    {BYTES("\x1f\x8b"), 0, READ(GZIP)},
    {BYTES("\x28\xb5\x2f\xfd"), 0, READ(ZSTD)},
    {BYTES("\x50\x2a\x4d\x18"), 4, READ(ZSTD)}, /* a frame that is passed over, as pzstd begins with */
    {BYTES("\x04\x22\x4d\x18"), 0, READ(LZ4)},
    {BYTES("\x02\x21\x4c\x18"), 0, TOLD("this is lz4 of its first kind: " UNPACK("lz4 -dc"))},
    {BYTES("\xfd" "7zXZ\0"), 0, READ(XZ)},
    {BYTES("\x5d\0\0"), 0, TOLD("this is lzma: " UNPACK("xz -dc --format=lzma"))},
    BZIP2("1"), BZIP2("2"), BZIP2("3"), BZIP2("4"), BZIP2("5"), BZIP2("6"), BZIP2("7"), BZIP2("8"), BZIP2("9"),
    {BYTES("\x1f\x9d"), 0, TOLD("this is compress's: " UNPACK("gzip -dc"))},
    {BYTES("\xff\x06\0\0sNaPpY"), 0, TOLD("this is snappy: " UNPACK("snzip -dc"))},
    {BYTES("PK\x03\x04"), 0, TOLD("this is a zip archive: " UNPACK("unzip -p"))},
    {BYTES("PK\x05\x06"), 0, TOLD("this is an empty zip archive")},
    {BYTES("7z\xbc\xaf\x27\x1c"), 0, TOLD("this is a 7z archive: " UNPACK("7z x -so"))},
    {BYTES("PAR1\x15"), 0, TOLD("this is Parquet: aread, aflatten, aagg, ajoin and aland read it")},
    {BYTES("Obj\x01"), 0, TOLD("this is Avro: convert it first (avro-tools tojson)")},
    {BYTES("ARROW1\0\0"), 0, TOLD("this is Arrow: convert it to Parquet first")},
    {BYTES("SEQ\x06"), 0, TOLD("this is a sequence file: convert it first (hadoop fs -text)")},
    {BYTES("SQLite format 3\0"), 0, TOLD("this is a database of SQLite: export what you need first (sqlite3 -json)")},
    {BYTES("\xff\xfe\0\0"), 0, TOLD("this is UTF-32: convert it first (iconv -f UTF-32 -t UTF-8)")},
    {BYTES("\0\0\xfe\xff"), 0, TOLD("this is UTF-32: convert it first (iconv -f UTF-32 -t UTF-8)")},
    {BYTES("\xff\xfe"), 0, TOLD("this is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)")},
    {BYTES("\xfe\xff"), 0, TOLD("this is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)")},
};

enum { MAGICS = sizeof magics / sizeof *magics };

static const char parquet_what[] = "this is Parquet";

static bool begins(const struct magic *magic, const char *bytes, size_t len)
{
    unsigned char mask = (unsigned char)(0xFF << magic->any);
    return ((unsigned char)bytes[0] & mask) == ((unsigned char)magic->bytes[0] & mask) &&
           memcmp(bytes + 1, magic->bytes + 1, (len < magic->len ? len : magic->len) - 1) == 0;
}

/* Characters of ASCII that stand two bytes or four apart, the others 0: text of wider units without their mark. */
static const char *find_wide(const char *bytes, size_t len, bool *more)
{
    static const struct {
        const char *zero; /* where a byte is 0 and where it is not */
        const char *what;
    } forms[] = {
        {"x000", "this is UTF-32 (little endian): convert it first (iconv -f UTF-32LE -t UTF-8)"},
        {"000x", "this is UTF-32 (big endian): convert it first (iconv -f UTF-32BE -t UTF-8)"},
        {"x0x0", "this is UTF-16 (little endian): convert it first (iconv -f UTF-16LE -t UTF-8)"},
        {"0x0x", "this is UTF-16 (big endian): convert it first (iconv -f UTF-16BE -t UTF-8)"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t at = 0;
        while (at < 4 && at < len && (forms[i].zero[at] == '0' ? bytes[at] == 0 : bytes[at] > ' ' && bytes[at] < 0x7F))
            at++;
        if (at == 4)
            return forms[i].what;
        *more = *more || at == len;
    }
    return NULL;
}

const char *magic_find(const char *bytes, size_t len, bool parquet, bool *more)
{
    *more = len == 0;
    const char *found = NULL;
    size_t found_len = 0;
    for (size_t i = 0; i < MAGICS && len > 0; i++) {
        const struct magic *magic = &magics[i];
        if (!begins(magic, bytes, len) || (parquet && magic->what && strstr(magic->what, parquet_what)))
            continue;
        if (len < magic->len) {
            *more = true;
        } else if (magic->len > found_len) {
            found = magic->what;
            found_len = magic->len;
        }
    }
    return found_len > 0 || len == 0 ? found : find_wide(bytes, len, more);
}

enum expand_form magic_packed(const char *bytes, size_t len)
{
    for (size_t i = 0; i < MAGICS; i++)
        if (magics[i].form != EXPAND_NONE && len >= magics[i].len && begins(&magics[i], bytes, len))
            return magics[i].form;
    return EXPAND_NONE;
}
