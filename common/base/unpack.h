/* unpack: streams of compressed bytes into what they hold: gzip, zstd, lz4, bzip2, xz. A stream is members behind each
 * other. One belongs to one thread at a time. The libraries but zlib are loaded when they are needed. */
#ifndef ATOOLS_UNPACK_H
#define ATOOLS_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

enum unpack_form { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD, UNPACK_LZ4, UNPACK_BZIP2, UNPACK_XZ };

struct unpack;

/* NULL: its library is not there, or has no memory; *why says so, in static memory. */
struct unpack *unpack_new(enum unpack_form form, const char **why);
void unpack_free(struct unpack *unpack);

/* "gzip", and what a member is called: "gzip member". */
const char *unpack_name(const struct unpack *unpack);
const char *unpack_member(const struct unpack *unpack);

/* Whether zeros between members are padding. */
bool unpack_pads(const struct unpack *unpack);

/* Begins the next member, or the first; false: none begins with this byte. */
bool unpack_begin(struct unpack *unpack, unsigned char first);

/* Bytes to be taken and room to be filled; both move on. */
struct unpack_bytes {
    const unsigned char *in;
    size_t in_len;
    char *out;
    size_t out_len;
};

enum unpack_result {
    UNPACK_GOES_ON, /* more bytes are wanted, or more room */
    UNPACK_ENDS,    /* this was the member's end */
    UNPACK_DAMAGED, /* why says what is wrong */
};

/* Unpacks what can be. */
enum unpack_result unpack_step(struct unpack *unpack, struct unpack_bytes *bytes, const char **why);

#endif
