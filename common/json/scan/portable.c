#include <string.h>

#include "json/scan/kernel_inner.h"
#include "json/scan/utf8_inner.h"

/* Eight bytes in a word at a time. A comparison leaves each byte's answer in its highest bit. */
static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);

static inline uint64_t equal(uint64_t bytes, unsigned char c)
{
    uint64_t x = bytes ^ (ones * c);
    return ~(((x & ~highs) + ~highs) | x) & highs;
}

static inline uint64_t below_blank(uint64_t bytes)
{
    return ~(((bytes & ~highs) + ones * (0x80 - 0x20)) | bytes) & highs;
}

/* The highest bits of eight bytes, gathered into the lowest eight. */
static inline uint64_t gather(uint64_t answers)
{
    return (answers >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline uint64_t load(const char *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* Compares a block's bytes; true if all are ASCII. */
static bool compare_block(const char *text, enum scan_records records, struct scan_block *block)
{
    *block = (struct scan_block){0};
    uint64_t seen = 0, rs = 0;
    for (unsigned i = 0; i < SCAN_BLOCK; i += 8) {
        uint64_t bytes = load(text + i), folded = bytes | ones * 0x20;
        seen |= bytes;
        uint64_t control = below_blank(bytes);
        block->quote |= gather(equal(bytes, '"')) << i;
        block->backslash |= gather(equal(bytes, '\\')) << i;
        block->operators |= gather(equal(folded, '{') | equal(folded, '}') | equal(folded, ':') | equal(folded, ','))
                            << i;
        block->space |= gather(equal(bytes, ' ')) << i;
        if (control) {
            block->control |= gather(control) << i;
            block->space |= gather(equal(bytes, '\t') | equal(bytes, '\n') | equal(bytes, '\r')) << i;
            block->newline |= gather(equal(bytes, '\n')) << i;
            rs |= gather(equal(bytes, SCAN_RS)) << i;
        }
    }
    if (records == SCAN_BY_LINE)
        block->space &= ~block->newline;
    else
        block->newline = 0;
    block->rs = records == SCAN_BY_ELEMENT ? 0 : rs;
    return (seen & highs) == 0;
}

static uint64_t prefix_xor(uint64_t mask)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        mask ^= mask << shift;
    return mask;
}

static bool check_utf8(struct scan_utf8 *state, const char *block)
{
    for (unsigned i = 0; i < SCAN_BLOCK; i++)
        if (!scan_utf8_step(state, (unsigned char)block[i]))
            return false;
    return true;
}

/* One block at text (a copy padded with blanks if it is the last), `from` bytes into the piece. */
static bool index_block(struct scan_index *index, struct scan_state *state, struct scan_utf8 *utf8, const char *text,
                        const char *source, size_t from, enum scan_records records)
{
    struct scan_block block;
    bool ascii = compare_block(text, records, &block);
    if ((!ascii || utf8->rest > 0) && !check_utf8(utf8, text))
        return false;
    uint64_t escaped = scan_escaped(state, block.backslash);
    uint64_t quotes = block.quote & ~escaped;
    uint64_t in_string = prefix_xor(quotes) ^ state->in_string;
    state->in_string = -(in_string >> 63);
    if ((block.control & in_string) != 0 || !scan_escapes_good(source, escaped & in_string))
        return false;
    uint64_t tokens = scan_tokens(state, &block, quotes, in_string);
    index->backslashes[from / SCAN_BLOCK] = block.backslash;
    index->spaces[from / SCAN_BLOCK] = block.space & ~in_string;
    index->any_backslash |= block.backslash != 0;
    index->any_space |= (block.space & ~in_string) != 0;
    for (; tokens; tokens &= tokens - 1) {
        unsigned i = (unsigned)__builtin_ctzll(tokens);
        index->tokens[index->count] = (unsigned char)text[i];
        index->positions[index->count++] = (uint32_t)(from + i);
    }
    return true;
}

static void index_json(struct scan_index *index, const char *text, size_t len, enum scan_records records)
{
    struct scan_state state = {0};
    struct scan_utf8 utf8 = {0};
    index->count = 0;
    index->any_space = index->any_backslash = index->in_string = false;
    for (index->scanned = 0; len - index->scanned >= SCAN_BLOCK; index->scanned += SCAN_BLOCK) {
        const char *block = text + index->scanned;
        if (!index_block(index, &state, &utf8, block, block, index->scanned, records))
            return;
    }
    if (index->scanned < len) {
        char last[SCAN_BLOCK];
        memset(last, ' ', sizeof last);
        memcpy(last, text + index->scanned, len - index->scanned);
        bool any_space = index->any_space;
        if (!index_block(index, &state, &utf8, last, text + index->scanned, index->scanned, records))
            return;
        scan_forget_padding(index, len, any_space);
        index->scanned = len;
    }
    index->in_string = state.in_string != 0;
}

static uint64_t tokens_equal(const unsigned char *tokens, unsigned char c)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 64; i += 8)
        mask |= gather(equal(load((const char *)tokens + i), c)) << i;
    return mask;
}

static void judge(struct scan_index *index, enum scan_records records)
{
    struct scan_before before = scan_judge_start();
    for (size_t first = 0; first < index->count; first += 64) {
        const unsigned char *tokens = index->tokens + first;
        struct scan_classes classes = {
            .string = tokens_equal(tokens, '"'),
            .colon = tokens_equal(tokens, ':'),
            .comma = tokens_equal(tokens, ','),
            .later = tokens_equal(tokens + 2, ':'),
            .open_object = tokens_equal(tokens, '{'),
            .close_object = tokens_equal(tokens, '}'),
            .open_array = tokens_equal(tokens, '['),
            .close_array = tokens_equal(tokens, ']'),
            .newline = tokens_equal(tokens, '\n'),
            .rs = records == SCAN_BY_ELEMENT ? 0 : tokens_equal(tokens, SCAN_RS),
        };
        scan_judge_word(&classes, &before, scan_valid(index->count, first), records, &index->words[first / 64]);
    }
}

/* What ends cells of TSV (quote 0), or of CSV. */
SCAN_INLINE void index_cells(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote)
{
    struct scan_utf8 utf8 = {0};
    bool escaped = false, returned = false;
    cells->count = 0;
    cells->any_backslash = cells->any_quote = false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c >= 0x80 || utf8.rest > 0) && !scan_utf8_step(&utf8, c)) {
            cells->scanned = i - i % SCAN_BLOCK;
            return;
        }
        bool quotes = quote && c == (unsigned char)quote;
        if (c == '\n' || (c == (unsigned char)delimiter && !escaped) || quotes) {
            cells->kinds[cells->count] = c;
            cells->positions[cells->count++] = (uint32_t)i;
            cells->any_quote |= quotes;
        }
        cells->any_backslash |= c == '\\' || (quote && (c == '\t' || (returned && c != '\n')));
        escaped = !quote && c == '\\' && !escaped;
        returned = quote && c == '\r';
    }
    cells->any_backslash |= returned;
    cells->scanned = utf8.rest > 0 ? (len - 1) / SCAN_BLOCK * SCAN_BLOCK : len;
}

static void scan_lines(struct scan_cells *cells, const char *text, size_t len)
{
    index_cells(cells, text, len, '\t', 0);
}

static void scan_quoted(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote)
{
    index_cells(cells, text, len, delimiter, quote);
}

const struct scan_kernel scan_portable = {
    .name = "portable", .json = index_json, .judge = judge, .tsv = scan_lines, .csv = scan_quoted};

/* Here and not per kernel: lines that are wrong are looked at once more, to say where. */
bool scan_utf8(const char *text, size_t len, size_t *at)
{
    struct scan_utf8 state = {0};
    size_t i = 0;
    while (i < len) {
        while (state.rest == 0 && len - i >= 8 && (load(text + i) & highs) == 0)
            i += 8;
        if (i == len)
            break;
        if (!scan_utf8_step(&state, (unsigned char)text[i])) {
            *at = i;
            return false;
        }
        i++;
    }
    *at = len;
    return state.rest == 0;
}
