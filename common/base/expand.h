/* expand: streams of compressed bytes into what they hold: gzip, zstd, lz4, bzip2, xz. A stream is members behind each
 * other. One belongs to one thread at a time. The libraries but zlib are loaded when they are needed. */
#ifndef ATOOLS_EXPAND_H
#define ATOOLS_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

enum expand_form { EXPAND_NONE, EXPAND_GZIP, EXPAND_ZSTD, EXPAND_LZ4, EXPAND_BZIP2, EXPAND_XZ };

struct expander;

/* NULL: its library is not there, or has no memory; *why says so, in static memory. */
struct expander *expand_new(enum expand_form form, const char **why);
void expand_free(struct expander *expander);

/* "gzip", and what a member is called: "gzip member". */
const char *expand_name(const struct expander *expander);
const char *expand_member(const struct expander *expander);

/* Whether zeros between members are padding. */
bool expand_pads(const struct expander *expander);

/* Begins the next member, or the first; false: none begins with this byte. */
bool expand_begin(struct expander *expander, unsigned char first);

/* Bytes to be taken and room to be filled; both move on. */
struct expand_bytes {
    const unsigned char *in;
    size_t in_len;
    char *out;
    size_t out_len;
};

enum expand_result {
    EXPAND_GOES_ON, /* more bytes are wanted, or more room */
    EXPAND_ENDS,    /* this was the member's end */
    EXPAND_DAMAGED, /* why says what is wrong */
};

/* Unpacks what can be. */
enum expand_result expand_step(struct expander *expander, struct expand_bytes *bytes, const char **why);

#endif
