#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "json/scan/kernel_inner.h"

#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define AVX2_INLINE static inline AVX2 __attribute__((always_inline))

/* A block: its first and last 32 bytes. */
struct bytes {
    __m256i low, high;
};

AVX2_INLINE struct bytes load(const void *text)
{
    const __m256i *at = text;
    return (struct bytes){_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1)};
}

AVX2_INLINE uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2_INLINE uint64_t equal(struct bytes bytes, char c)
{
    __m256i wanted = _mm256_set1_epi8(c);
    return mask_of(_mm256_cmpeq_epi8(bytes.low, wanted), _mm256_cmpeq_epi8(bytes.high, wanted));
}

AVX2_INLINE __m256i table(char a, char b, char c, char d, char e, char f, char g, char h, char i, char j, char k,
                          char l, char m, char n, char o, char p)
{
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p));
}

AVX2_INLINE void compare_block(struct bytes bytes, enum scan_records records, struct scan_block *block)
{
    /* by the lower four bits: the one byte that is white space (an operator, bit 5 set) and has these */
    const __m256i spaces = table(' ', 100, 100, 100, 17, 100, 113, 2, 100, '\t', '\n', 112, 100, '\r', 100, 100);
    const __m256i operators = table(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
    const __m256i fold = _mm256_set1_epi8(0x20), last_control = _mm256_set1_epi8(0x1F);
    block->backslash = equal(bytes, '\\');
    block->quote = equal(bytes, '"');
    block->operators = mask_of(
        _mm256_cmpeq_epi8(_mm256_shuffle_epi8(operators, bytes.low), _mm256_or_si256(bytes.low, fold)),
        _mm256_cmpeq_epi8(_mm256_shuffle_epi8(operators, bytes.high), _mm256_or_si256(bytes.high, fold)));
    block->space = mask_of(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(spaces, bytes.low), bytes.low),
                           _mm256_cmpeq_epi8(_mm256_shuffle_epi8(spaces, bytes.high), bytes.high));
    block->control = mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes.low, last_control), bytes.low),
                             _mm256_cmpeq_epi8(_mm256_min_epu8(bytes.high, last_control), bytes.high));
    block->newline = block->rs = 0;
    if (block->control == 0)
        return;
    if (records == SCAN_BY_LINE) {
        block->newline = equal(bytes, '\n');
        block->space &= ~block->newline;
    }
    if (records != SCAN_BY_ELEMENT)
        block->rs = equal(bytes, SCAN_RS);
}

AVX2_INLINE uint64_t prefix_xor(uint64_t mask)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)mask), _mm_set1_epi8((char)0xFF), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

struct utf8 {
    __m256i before;     /* the last 32 bytes */
    __m256i incomplete; /* not zero: they end within a character */
};

/* Keiser and Lemire's lookup, as in avx512.c: not zero where there is an error. */
AVX2_INLINE __m256i utf8_errors(__m256i bytes, __m256i before)
{
    enum {
        TOO_SHORT = 1 << 0,
        TOO_LONG = 1 << 1,
        OVERLONG_3 = 1 << 2,
        TOO_LARGE = 1 << 3,
        SURROGATE = 1 << 4,
        OVERLONG_2 = 1 << 5,
        TOO_LARGE_1000 = 1 << 6,
        OVERLONG_4 = 1 << 6,
        TWO_CONTS = 1 << 7,
        CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS,
        LARGE = CARRY | TOO_LARGE | TOO_LARGE_1000,
        SECOND = TOO_LONG | OVERLONG_2 | TWO_CONTS,
    };
    const __m256i byte_1_high =
        table(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, (char)TWO_CONTS,
              (char)TWO_CONTS, (char)TWO_CONTS, (char)TWO_CONTS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
              TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4);
    const __m256i byte_1_low =
        table((char)(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), (char)(CARRY | OVERLONG_2), (char)CARRY,
              (char)CARRY, (char)(CARRY | TOO_LARGE), (char)LARGE, (char)LARGE, (char)LARGE, (char)LARGE, (char)LARGE,
              (char)LARGE, (char)LARGE, (char)LARGE, (char)(LARGE | SURROGATE), (char)LARGE, (char)LARGE);
    const __m256i byte_2_high =
        table(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
              (char)(SECOND | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4), (char)(SECOND | OVERLONG_3 | TOO_LARGE),
              (char)(SECOND | SURROGATE | TOO_LARGE), (char)(SECOND | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT,
              TOO_SHORT, TOO_SHORT);
    const __m256i low_four = _mm256_set1_epi8(0x0F), top = _mm256_set1_epi8((char)0x80);
    __m256i across = _mm256_permute2x128_si256(before, bytes, 0x21);
    __m256i one = _mm256_alignr_epi8(bytes, across, 15), two = _mm256_alignr_epi8(bytes, across, 14),
            three = _mm256_alignr_epi8(bytes, across, 13);
    __m256i errors = _mm256_and_si256(
        _mm256_and_si256(_mm256_shuffle_epi8(byte_1_high, _mm256_and_si256(_mm256_srli_epi16(one, 4), low_four)),
                         _mm256_shuffle_epi8(byte_1_low, _mm256_and_si256(one, low_four))),
        _mm256_shuffle_epi8(byte_2_high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_four)));
    __m256i must = _mm256_or_si256(_mm256_subs_epu8(two, _mm256_set1_epi8(0xE0 - 0x80)),
                                   _mm256_subs_epu8(three, _mm256_set1_epi8(0xF0 - 0x80)));
    return _mm256_xor_si256(errors, _mm256_and_si256(must, top));
}

/* Not zero if the bytes end within a character. */
AVX2_INLINE __m256i incomplete(__m256i bytes)
{
    const __m256i most =
        _mm256_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                         -1, -1, -1, -1, -1, (char)(0xF0 - 1), (char)(0xE0 - 1), (char)(0xC0 - 1));
    return _mm256_subs_epu8(bytes, most);
}

/* UTF-8 of a block; blocks of ASCII cost one test. */
AVX2_INLINE bool check_characters(struct utf8 *state, struct bytes bytes)
{
    if (_mm256_movemask_epi8(_mm256_or_si256(bytes.low, bytes.high)) == 0) {
        bool good = _mm256_testz_si256(state->incomplete, state->incomplete) != 0;
        state->before = state->incomplete = _mm256_setzero_si256();
        return good;
    }
    __m256i errors = _mm256_or_si256(utf8_errors(bytes.low, state->before), utf8_errors(bytes.high, bytes.low));
    state->before = bytes.high;
    state->incomplete = incomplete(bytes.high);
    return _mm256_testz_si256(errors, errors) != 0;
}

/* Writes the first byte of the mask, and where it is; returns the rest of the mask. */
AVX2_INLINE uint64_t pack_one(unsigned char *token, uint32_t *position, const unsigned char *block, uint64_t mask,
                              size_t from)
{
    unsigned place = (unsigned)_tzcnt_u64(mask) & 63;
    *token = block[place];
    *position = (uint32_t)from + place;
    return _blsr_u64(mask);
}

/* Writes the bytes of the mask, and where they are, behind the last token. */
AVX2_INLINE size_t pack(unsigned char *tokens, uint32_t *positions, const unsigned char *block, uint64_t mask,
                        size_t from)
{
    size_t count = (size_t)__builtin_popcountll(mask);
    /* four at a time and a few too many: there is room, and how many it are is hard to foresee */
    for (size_t i = 0; i < count; i += 4) {
        mask = pack_one(tokens + i, positions + i, block, mask, from);
        mask = pack_one(tokens + i + 1, positions + i + 1, block, mask, from);
        mask = pack_one(tokens + i + 2, positions + i + 2, block, mask, from);
        mask = pack_one(tokens + i + 3, positions + i + 3, block, mask, from);
    }
    return count;
}

AVX2_INLINE bool index_block(struct scan_index *index, struct scan_state *state, struct utf8 *utf8, const char *text,
                             const char *source, enum scan_records records)
{
    struct bytes bytes = load(text);
    struct scan_block block;
    compare_block(bytes, records, &block);
    uint64_t escaped = scan_escaped(state, block.backslash);
    uint64_t quotes = block.quote & ~escaped;
    uint64_t in_string = prefix_xor(quotes) ^ state->in_string;
    state->in_string = (uint64_t)((int64_t)in_string >> 63);
    uint64_t tokens = scan_tokens(state, &block, quotes, in_string);
    uint64_t spaces = block.space & ~in_string;
    size_t from = index->scanned;
    index->spaces[from / SCAN_BLOCK] = spaces;
    index->backslashes[from / SCAN_BLOCK] = block.backslash;
    index->any_backslash |= block.backslash != 0;
    if (!check_characters(utf8, bytes) || (block.control & in_string) != 0)
        return false;
    if ((escaped & in_string) != 0 && !scan_escapes_good(source, escaped & in_string))
        return false;
    index->any_space |= spaces != 0;
    index->count +=
        pack(index->tokens + index->count, index->positions + index->count, (const unsigned char *)text, tokens, from);
    return true;
}

AVX2_INLINE void index_records(struct scan_index *result, const char *text, size_t len, enum scan_records records)
{
    struct scan_state state = {0};
    struct utf8 utf8 = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    struct scan_index index = *result; /* a copy of our own: it stays in registers */
    index.count = index.scanned = 0;
    index.any_space = index.any_backslash = index.in_string = false;
    bool good = true;
    for (; len - index.scanned >= SCAN_BLOCK; index.scanned += SCAN_BLOCK) {
        const char *block = text + index.scanned;
        good = index_block(&index, &state, &utf8, block, block, records);
        if (!good)
            break;
    }
    if (good && index.scanned < len) {
        char last[SCAN_BLOCK];
        memset(last, ' ', sizeof last);
        memcpy(last, text + index.scanned, len - index.scanned);
        bool any_space = index.any_space;
        good = index_block(&index, &state, &utf8, last, text + index.scanned, records);
        if (good) {
            scan_forget_padding(&index, len, any_space);
            index.scanned = len;
        }
    }
    index.in_string = good && state.in_string != 0;
    *result = index;
}

static AVX2 void index_json(struct scan_index *index, const char *text, size_t len, enum scan_records records)
{
    if (records == SCAN_BY_LINE)
        index_records(index, text, len, SCAN_BY_LINE);
    else if (records == SCAN_BY_VALUE)
        index_records(index, text, len, SCAN_BY_VALUE);
    else
        index_records(index, text, len, SCAN_BY_ELEMENT);
}

static AVX2 void judge(struct scan_index *index, enum scan_records records)
{
    struct scan_before before = scan_judge_start();
    for (size_t first = 0; first < index->count; first += 64) {
        struct bytes tokens = load(index->tokens + first), later = load(index->tokens + first + 2);
        struct scan_classes classes = {
            .string = equal(tokens, '"'),
            .colon = equal(tokens, ':'),
            .comma = equal(tokens, ','),
            .later = equal(later, ':'),
            .open_object = equal(tokens, '{'),
            .close_object = equal(tokens, '}'),
            .open_array = equal(tokens, '['),
            .close_array = equal(tokens, ']'),
            .newline = records == SCAN_BY_LINE ? equal(tokens, '\n') : 0,
            .rs = records == SCAN_BY_ELEMENT ? 0 : equal(tokens, SCAN_RS),
        };
        scan_judge_word(&classes, &before, scan_valid(index->count, first), records, &index->words[first / 64]);
    }
}

/* What one block of TSV (quote 0), or of CSV, ends cells with. */
AVX2_INLINE bool cells_block(struct scan_cells *cells, struct scan_state *state, struct utf8 *utf8, const char *text,
                             char delimiter, char quote)
{
    struct bytes bytes = load(text);
    uint64_t backslash = equal(bytes, '\\'), newline = equal(bytes, '\n'), ends = equal(bytes, delimiter);
    if (quote) {
        uint64_t quotes = equal(bytes, quote);
        bool lone = scan_lone_return(state, equal(bytes, '\r'), newline);
        cells->any_backslash |= lone || (backslash | equal(bytes, '\t')) != 0;
        cells->any_quote |= quotes != 0;
        ends |= quotes;
    } else {
        ends &= ~scan_escaped(state, backslash);
        cells->any_backslash |= backslash != 0;
    }
    if (!check_characters(utf8, bytes))
        return false;
    cells->count +=
        pack(cells->kinds + cells->count, cells->positions + cells->count, (const unsigned char *)text, newline | ends,
             cells->scanned);
    return true;
}

AVX2_INLINE void index_cells(struct scan_cells *result, const char *text, size_t len, char delimiter, char quote)
{
    struct scan_state state = {0};
    struct utf8 utf8 = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    struct scan_cells cells = *result;
    cells.count = cells.scanned = 0;
    cells.any_backslash = cells.any_quote = false;
    bool good = true;
    for (; good && len - cells.scanned >= SCAN_BLOCK; cells.scanned += good ? SCAN_BLOCK : 0)
        good = cells_block(&cells, &state, &utf8, text + cells.scanned, delimiter, quote);
    if (good && cells.scanned < len) {
        char last[SCAN_BLOCK];
        memset(last, ' ', sizeof last);
        memcpy(last, text + cells.scanned, len - cells.scanned);
        good = cells_block(&cells, &state, &utf8, last, delimiter, quote);
        cells.scanned = good ? len : cells.scanned;
    } else if (good && !_mm256_testz_si256(utf8.incomplete, utf8.incomplete)) {
        cells.scanned -= SCAN_BLOCK;
    }
    *result = cells;
}

static AVX2 void scan_lines(struct scan_cells *cells, const char *text, size_t len)
{
    index_cells(cells, text, len, '\t', 0);
}

static AVX2 void scan_quoted(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote)
{
    if (delimiter == ',' && quote == '"') /* what the compiler knows costs no register */
        index_cells(cells, text, len, ',', '"');
    else
        index_cells(cells, text, len, delimiter, quote);
}

const struct scan_kernel scan_avx2 = {
    .name = "avx2", .json = index_json, .judge = judge, .tsv = scan_lines, .csv = scan_quoted};
#endif
