/* scan_kernel: what the kernels share: the arithmetic on masks once the bytes are compared.
 *
 * A mask is 64 bits, the lowest for the first byte (or token). The functions here are inlined into each kernel, so
 * they are compiled for its instructions. */
#ifndef ATOOLS_SCAN_KERNEL_H
#define ATOOLS_SCAN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/scan/scan.h"

struct scan_kernel {
    const char *name;
    void (*json)(struct scan_index *index, const char *text, size_t len, enum scan_records records);
    void (*judge)(struct scan_index *index, enum scan_records records);
    void (*tsv)(struct scan_cells *cells, const char *text, size_t len);
    void (*csv)(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote);
};

extern const struct scan_kernel scan_portable;
#ifdef __x86_64__
extern const struct scan_kernel scan_avx2, scan_avx512;
#endif

#define SCAN_INLINE static inline __attribute__((always_inline))

enum { SCAN_BLOCK = 64 };

/* What comparing a block's bytes gave. */
struct scan_block {
    uint64_t backslash, quote;
    uint64_t operators; /* { } [ ] : , (and two control bytes, which no judge takes for these) */
    uint64_t space;     /* blank, tab, newline, return */
    uint64_t control;   /* below 0x20 */
    uint64_t newline, rs; /* those that are tokens */
};

/* What one block leaves to the next. */
struct scan_state {
    uint64_t escaped;   /* 1: the first byte stands behind an odd run of backslashes */
    uint64_t in_string; /* all ones: it is within a string */
    uint64_t scalar;    /* 1: the byte before it belonged to a number or literal */
    uint64_t returned;  /* 1: the byte before it was a return (CSV) */
};

/* Which bytes stand behind an odd run of backslashes. The subtraction carries through each run; where a run starts on
 * an odd bit decides what comes out behind it. */
SCAN_INLINE uint64_t scan_escaped(struct scan_state *state, uint64_t backslash)
{
    const uint64_t odd = UINT64_C(0xAAAAAAAAAAAAAAAA);
    uint64_t escaped = state->escaped;
    if (backslash == 0) {
        state->escaped = 0;
        return escaped;
    }
    uint64_t starts = backslash & ~escaped;
    uint64_t code = (((starts << 1) | odd) - starts) ^ odd;
    state->escaped = (code & backslash) >> 63;
    return code ^ (backslash | escaped);
}

/* Whether there is a return that no newline follows. */
SCAN_INLINE bool scan_lone_return(struct scan_state *state, uint64_t returns, uint64_t newline)
{
    bool lone = (returns & ~(newline >> 1) & ~(UINT64_C(1) << 63)) || (state->returned & ~newline & 1);
    state->returned = returns >> 63;
    return lone;
}

extern const unsigned char scan_escape_class[256]; /* 1: may stand behind a backslash; 2: 'u'; 4: hexadecimal digit */

/* True if what stands behind backslashes is right: one of "\/bfnrt or u and four digits. */
SCAN_INLINE bool scan_escapes_good(const char *block, uint64_t escaped)
{
    const unsigned char *bytes = (const unsigned char *)block;
    for (; escaped; escaped &= escaped - 1) {
        unsigned i = (unsigned)__builtin_ctzll(escaped);
        unsigned char class = scan_escape_class[bytes[i]];
        if ((class & 3) == 0)
            return false;
        if ((class & 2) && (scan_escape_class[bytes[i + 1]] & scan_escape_class[bytes[i + 2]] &
                            scan_escape_class[bytes[i + 3]] & scan_escape_class[bytes[i + 4]] & 4) == 0)
            return false;
    }
    return true;
}

/* Where tokens begin, from the strings: in_string covers each opening quote up to before the closing one. */
SCAN_INLINE uint64_t scan_tokens(struct scan_state *state, const struct scan_block *block, uint64_t quotes,
                                 uint64_t in_string)
{
    uint64_t separators = block->newline | block->rs;
    uint64_t scalars = ~(block->operators | block->space | separators | quotes);
    uint64_t starts = scalars & ~(scalars << 1 | state->scalar);
    state->scalar = scalars >> 63;
    return ((block->operators | separators | starts) & ~in_string) | (quotes & in_string);
}

/* The blanks that filled up the last block, of a text of len bytes, are no white space of the text; any_space is what
 * was known before that block. */
SCAN_INLINE void scan_forget_padding(struct scan_index *index, size_t len, bool any_space)
{
    uint64_t *spaces = &index->spaces[len / SCAN_BLOCK];
    *spaces &= (UINT64_C(1) << len % SCAN_BLOCK) - 1;
    index->any_space = any_space || *spaces != 0;
}

/* Token classes of one word; `later`: two tokens on comes a colon. */
struct scan_classes {
    uint64_t string, colon, comma, later;
    uint64_t open_object, close_object, open_array, close_array;
    uint64_t newline, rs;
};

/* The masks of the word before that the first tokens of the next one are judged by. */
struct scan_before {
    uint64_t string, open_object, open_array, key_place, value_place, value_end, separator;
};

/* What stands before the first token: the beginning of a record. */
SCAN_INLINE struct scan_before scan_judge_start(void)
{
    const uint64_t last = UINT64_C(1) << 63;
    return (struct scan_before){.value_place = last, .separator = last};
}

/* The token before is in mask; its last word's mask is `before`. */
SCAN_INLINE uint64_t scan_after(uint64_t mask, uint64_t before)
{
    return mask << 1 | before >> 63;
}

/* The token before the one before. */
SCAN_INLINE uint64_t scan_after_next(uint64_t mask, uint64_t before)
{
    return mask << 2 | before >> 62;
}

/* The grammar between neighbours. What it can't see from here, the containers, is left to the walk. */
SCAN_INLINE void scan_judge_word(const struct scan_classes *c, struct scan_before *before, uint64_t valid,
                                 enum scan_records records, struct scan_word *word)
{
    uint64_t separator = c->newline | c->rs;
    uint64_t open = c->open_object | c->open_array, close = c->close_object | c->close_array;
    uint64_t scalar = valid & ~(c->string | c->colon | c->comma | open | close | separator);
    uint64_t value = scalar | c->string | open;
    struct scan_before here = {
        .string = c->string,
        .open_object = c->open_object,
        .open_array = c->open_array,
        .key_place = c->open_object | c->comma,                               /* behind it a key may stand, */
        .value_place = c->comma | c->colon | c->open_array | separator, /* a value, */
        .value_end = scalar | c->string | close,                              /* a comma or a close */
        .separator = separator,
    };
    uint64_t after_string = scan_after(here.string, before->string);
    uint64_t after_object = scan_after(here.open_object, before->open_object);
    uint64_t after_array = scan_after(here.open_array, before->open_array);
    uint64_t after_value = scan_after(here.value_end, before->value_end);
    uint64_t after_separator = scan_after(here.separator, before->separator);
    uint64_t value_may = scan_after(here.value_place, before->value_place);
    uint64_t colon_may = after_string & scan_after_next(here.key_place, before->key_place);
    uint64_t colon_must = after_string & scan_after_next(here.open_object, before->open_object);
    uint64_t next_value = records == SCAN_BY_VALUE ? value & after_value : 0;

    word->wrong = (c->colon & ~colon_may) | (valid & colon_must & ~c->colon) |
                  (value & ~(value_may | next_value | (c->string & after_object))) | (c->comma & ~after_value) |
                  (c->close_object & ~(after_value | after_object)) | (c->close_array & ~(after_value | after_array)) |
                  (c->newline & ~(after_value | after_separator)) |
                  (c->rs & ~(after_separator | (records == SCAN_BY_VALUE ? after_value : 0)));
    word->brackets = open | close;
    word->closes = close;
    word->curly = c->open_object | c->close_object;
    word->keyed = c->comma & c->later;
    word->plain = c->comma & ~c->later;
    word->outside = separator | next_value;
    word->scalars = scalar;
    *before = here;
}

/* The mask of the tokens there are in a word that begins at token `first`. */
SCAN_INLINE uint64_t scan_valid(size_t count, size_t first)
{
    return count - first >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (count - first)) - 1;
}

#endif
