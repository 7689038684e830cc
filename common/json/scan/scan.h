/* scan: what is where in a piece of text, found 64 bytes at a time by the widest instructions this machine has.
 * Kernels for AVX-512, AVX2 and plain C stand side by side (avx512.c, avx2.c, portable.c) and give the
 * same bits; one is chosen when first asked for, or by the environment: ATOOLS_KERNEL=portable|avx2|avx512.
 *
 * After Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019), and Keiser and Lemire, "Validating UTF-8
 * In Less Than One Instruction Per Byte" (2020); that the grammar is judged on masks of the packed tokens, too, is
 * ours.
 *
 * An index belongs to one thread; the functions may be called from any. */
#ifndef ATOOLS_SCAN_H
#define ATOOLS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How records stand in the text; decides what newlines and commas outside containers mean. */
enum scan_records {
    SCAN_BY_LINE,    /* a newline ends a record */
    SCAN_BY_VALUE,   /* values follow each other; RS may stand before one */
    SCAN_BY_ELEMENT, /* values with a comma between each two */
};

enum { SCAN_RS = 0x1e };

/* What is to be known of 64 tokens: bit i is about token 64 * n + i. */
struct scan_word {
    uint64_t brackets;
    uint64_t closes;   /* the closing ones of them */
    uint64_t curly;    /* { and } */
    uint64_t keyed;    /* commas before a key: right in objects only */
    uint64_t plain;    /* other commas: right in arrays only (and between elements) */
    uint64_t outside;  /* what is right outside of all containers only */
    uint64_t scalars;  /* numbers and literals: their bytes are not checked yet */
    uint64_t wrong;    /* cannot stand behind the token before it, wherever it is */
};

/* The tokens of a piece: brackets, colons, commas, opening quotes, first bytes of numbers and literals; with
 * SCAN_BY_LINE also newlines, and RS unless SCAN_BY_ELEMENT. */
struct scan_index {
    unsigned char *tokens;  /* the byte at which each token begins */
    uint32_t *positions;    /* where that is; positions[count] is the end of what was scanned */
    size_t count;
    struct scan_word *words;
    uint64_t *spaces;       /* a bit a byte: white space outside of strings (but newlines that are tokens) */
    uint64_t *backslashes;  /* a bit a byte */
    bool any_space, any_backslash;
    bool in_string;         /* the text ends within a string */
    size_t scanned;         /* how far strings, escapes and UTF-8 are right; below the length: what is wrong lies in the
                             * 64 bytes from here, or is the last byte before them (a lead byte no character has) */
    size_t cap;             /* bytes there is room for */
};

/* A piece longer than this can't be indexed. */
enum { SCAN_MAX = 1 << 29 };

/* Makes room for pieces of len bytes; contents are lost. */
void scan_index_reserve(struct scan_index *index, size_t len);
void scan_index_free(struct scan_index *index);

/* Indexes text, which begins at a record. If it ends within one, len must be a multiple of 64; and what behind
 * text + len can be read for 64 bytes. Checked are: strings (control bytes, escapes, UTF-8) and which token may
 * follow which. Not yet: that brackets match, commas' containers, numbers and literals. */
void scan_json(struct scan_index *index, const char *text, size_t len, enum scan_records records);

/* True if a bit of bits[first..end) is set. */
bool scan_any(const uint64_t *bits, size_t first, size_t end);

/* The delimiters of TSV lines: tabs (not behind a backslash) and newlines; or of CSV: those, and all quotes. */
struct scan_cells {
    unsigned char *kinds; /* the byte itself */
    uint32_t *positions;
    size_t count;
    bool any_backslash;   /* CSV: or tab, or return without a newline: what TSV escapes */
    bool any_quote;       /* CSV */
    size_t scanned;       /* as above: how far the text is UTF-8 */
    size_t cap;
};
void scan_cells_reserve(struct scan_cells *cells, size_t len);
void scan_cells_free(struct scan_cells *cells);
void scan_tsv(struct scan_cells *cells, const char *text, size_t len);
void scan_csv(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote);

/* True if text is valid UTF-8 (RFC 3629). Else false and *at is the offset of the byte that cannot stand there
 * (len: the text ends within a character). */
bool scan_utf8(const char *text, size_t len, size_t *at);

/* The chosen kernel's name. */
const char *scan_kernel_name(void);

/* For tests: chooses the kernel of this name. False: this machine has not got it. */
bool scan_choose(const char *name);

#endif
