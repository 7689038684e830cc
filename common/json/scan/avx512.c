#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "json/scan/kernel_inner.h"

#define AVX512                                                                                                         \
    __attribute__((                                                                                                    \
        target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define AVX512_INLINE static inline AVX512 __attribute__((always_inline))

/* Repeats 16 bytes four times. */
AVX512_INLINE __m512i table(char a, char b, char c, char d, char e, char f, char g, char h, char i, char j, char k,
                            char l, char m, char n, char o, char p)
{
    return _mm512_broadcast_i32x4(_mm_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p));
}

AVX512_INLINE uint64_t equal(__m512i bytes, char c)
{
    return _cvtmask64_u64(_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)));
}

AVX512_INLINE void compare_block(__m512i bytes, enum scan_records records, struct scan_block *block)
{
    /* by the lower four bits: the one byte that is white space (an operator, bit 5 set) and has these */
    const __m512i spaces = table(' ', 100, 100, 100, 17, 100, 113, 2, 100, '\t', '\n', 112, 100, '\r', 100, 100);
    const __m512i operators = table(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
    const __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    block->backslash = equal(bytes, '\\');
    block->quote = equal(bytes, '"');
    block->operators = _cvtmask64_u64(_mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(operators, bytes), folded));
    block->space = _cvtmask64_u64(_mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(spaces, bytes), bytes));
    block->control = _cvtmask64_u64(_mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)));
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

AVX512_INLINE uint64_t prefix_xor(uint64_t mask)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)mask), _mm_set1_epi8((char)0xFF), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

struct utf8 {
    __m512i before; /* the last block */
    bool pending;   /* it ended within a character */
};

/* The bytes `by` places before each byte of the block. */
AVX512_INLINE __m512i shifted(__m512i bytes, __m512i before, char by)
{
    const __m512i places =
        _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
                        39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i from = _mm512_add_epi8(places, _mm512_set1_epi8((char)(64 - by)));
    return _mm512_permutex2var_epi8(before, from, bytes);
}

/* Keiser and Lemire's lookup: three tables, each a set of the errors that four bits leave possible; an error that all
 * three leave is one. Bit 7 is no error: it tells second continuation bytes, which must stand where 3 and 4 byte
 * characters want them and only there. */
AVX512_INLINE bool check_utf8(struct utf8 *state, __m512i bytes)
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
    };
    const __m512i byte_1_high =
        table(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, (char)TWO_CONTS,
              (char)TWO_CONTS, (char)TWO_CONTS, (char)TWO_CONTS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
              TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4);
    const __m512i byte_1_low =
        table((char)(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), (char)(CARRY | OVERLONG_2), (char)CARRY,
              (char)CARRY, (char)(CARRY | TOO_LARGE), (char)(CARRY | TOO_LARGE | TOO_LARGE_1000),
              (char)(CARRY | TOO_LARGE | TOO_LARGE_1000), (char)(CARRY | TOO_LARGE | TOO_LARGE_1000),
              (char)(CARRY | TOO_LARGE | TOO_LARGE_1000), (char)(CARRY | TOO_LARGE | TOO_LARGE_1000),
              (char)(CARRY | TOO_LARGE | TOO_LARGE_1000), (char)(CARRY | TOO_LARGE | TOO_LARGE_1000),
              (char)(CARRY | TOO_LARGE | TOO_LARGE_1000), (char)(CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE),
              (char)(CARRY | TOO_LARGE | TOO_LARGE_1000), (char)(CARRY | TOO_LARGE | TOO_LARGE_1000));
    const __m512i byte_2_high = table(
        TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
        (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
        (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE),
        (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE),
        (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT);
    const __m512i low_four = _mm512_set1_epi8(0x0F);
    __m512i one = shifted(bytes, state->before, 1), two = shifted(bytes, state->before, 2),
            three = shifted(bytes, state->before, 3);
    __m512i errors = _mm512_and_si512(
        _mm512_and_si512(_mm512_shuffle_epi8(byte_1_high, _mm512_and_si512(_mm512_srli_epi16(one, 4), low_four)),
                         _mm512_shuffle_epi8(byte_1_low, _mm512_and_si512(one, low_four))),
        _mm512_shuffle_epi8(byte_2_high, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low_four)));
    __mmask64 must = _mm512_cmpge_epu8_mask(two, _mm512_set1_epi8((char)0xE0)) |
                     _mm512_cmpge_epu8_mask(three, _mm512_set1_epi8((char)0xF0));
    errors = _mm512_xor_si512(errors, _mm512_maskz_set1_epi8(must, (char)TWO_CONTS));
    uint64_t lead_4 = _cvtmask64_u64(_mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xF0)));
    uint64_t lead_3 = _cvtmask64_u64(_mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xE0)));
    uint64_t lead_2 = _cvtmask64_u64(_mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xC0)));
    state->pending = (lead_4 >> 61 | lead_3 >> 62 | lead_2 >> 63) != 0;
    state->before = bytes;
    return _mm512_test_epi8_mask(errors, errors) == 0;
}

/* UTF-8 of a block; blocks of ASCII cost one comparison. */
AVX512_INLINE bool check_characters(struct utf8 *state, __m512i bytes)
{
    if (_mm512_movepi8_mask(bytes) == 0 && !state->pending) {
        state->before = _mm512_setzero_si512();
        return true;
    }
    return check_utf8(state, bytes);
}

/* Packs the bytes of the mask, and where they are, behind the last token. */
AVX512_INLINE size_t pack(unsigned char *tokens, uint32_t *positions, __m512i bytes, uint64_t mask, size_t from)
{
    const __m512i places =
        _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
                        39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    size_t count = (size_t)__builtin_popcountll(mask);
    __m512i start = _mm512_set1_epi32((int)from);
    __m512i packed = _mm512_maskz_compress_epi8(_cvtu64_mask64(mask), places);
    _mm512_storeu_si512(tokens, _mm512_maskz_compress_epi8(_cvtu64_mask64(mask), bytes));
    _mm512_storeu_si512(positions, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    _mm512_storeu_si512(positions + 16,
                        _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1))));
    if (count > 32) {
        _mm512_storeu_si512(positions + 32,
                            _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 2))));
        _mm512_storeu_si512(positions + 48,
                            _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 3))));
    }
    return count;
}

/* What is left of a text shorter than a block, with blanks behind it. */
AVX512_INLINE __m512i load_last(const char *text, size_t len)
{
    return _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), _cvtu64_mask64((UINT64_C(1) << len) - 1), text);
}

AVX512_INLINE bool index_block(struct scan_index *index, struct scan_state *state, struct utf8 *utf8, __m512i bytes,
                               const char *source, enum scan_records records)
{
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
    index->count += pack(index->tokens + index->count, index->positions + index->count, bytes, tokens, from);
    return true;
}

AVX512_INLINE void index_records(struct scan_index *result, const char *text, size_t len, enum scan_records records)
{
    struct scan_state state = {0};
    struct utf8 utf8 = {.before = _mm512_setzero_si512()};
    struct scan_index index = *result; /* a copy of our own: it stays in registers */
    index.count = index.scanned = 0;
    index.any_space = index.any_backslash = index.in_string = false;
    bool good = true;
    for (; len - index.scanned >= SCAN_BLOCK; index.scanned += SCAN_BLOCK) {
        const char *block = text + index.scanned;
        good = index_block(&index, &state, &utf8, _mm512_loadu_si512(block), block, records);
        if (!good)
            break;
    }
    if (good && index.scanned < len) {
        const char *block = text + index.scanned;
        bool any_space = index.any_space;
        good = index_block(&index, &state, &utf8, load_last(block, len - index.scanned), block, records);
        if (good) {
            scan_forget_padding(&index, len, any_space);
            index.scanned = len;
        }
    }
    index.in_string = good && state.in_string != 0;
    *result = index;
}

static AVX512 void index_json(struct scan_index *index, const char *text, size_t len, enum scan_records records)
{
    if (records == SCAN_BY_LINE)
        index_records(index, text, len, SCAN_BY_LINE);
    else if (records == SCAN_BY_VALUE)
        index_records(index, text, len, SCAN_BY_VALUE);
    else
        index_records(index, text, len, SCAN_BY_ELEMENT);
}

AVX512_INLINE void judge_records(struct scan_index *index, enum scan_records records)
{
    struct scan_before before = scan_judge_start();
    for (size_t first = 0; first < index->count; first += 64) {
        __m512i tokens = _mm512_loadu_si512(index->tokens + first);
        __m512i later = _mm512_loadu_si512(index->tokens + first + 2);
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

static AVX512 void judge(struct scan_index *index, enum scan_records records)
{
    if (records == SCAN_BY_LINE)
        judge_records(index, SCAN_BY_LINE);
    else if (records == SCAN_BY_VALUE)
        judge_records(index, SCAN_BY_VALUE);
    else
        judge_records(index, SCAN_BY_ELEMENT);
}

/* What one block of TSV (quote 0), or of CSV, ends cells with. */
AVX512_INLINE bool cells_block(struct scan_cells *cells, struct scan_state *state, struct utf8 *utf8, __m512i bytes,
                             char delimiter, char quote)
{
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
        pack(cells->kinds + cells->count, cells->positions + cells->count, bytes, newline | ends, cells->scanned);
    return true;
}

AVX512_INLINE void index_cells(struct scan_cells *result, const char *text, size_t len, char delimiter, char quote)
{
    struct scan_state state = {0};
    struct utf8 utf8 = {.before = _mm512_setzero_si512()};
    struct scan_cells cells = *result;
    cells.count = cells.scanned = 0;
    cells.any_backslash = cells.any_quote = false;
    bool good = true;
    for (; good && len - cells.scanned >= SCAN_BLOCK; cells.scanned += good ? SCAN_BLOCK : 0)
        good = cells_block(&cells, &state, &utf8, _mm512_loadu_si512(text + cells.scanned), delimiter, quote);
    if (good && cells.scanned < len) {
        __m512i last = load_last(text + cells.scanned, len - cells.scanned);
        good = cells_block(&cells, &state, &utf8, last, delimiter, quote);
        cells.scanned = good ? len : cells.scanned;
    } else if (good && utf8.pending) {
        cells.scanned -= SCAN_BLOCK;
    }
    *result = cells;
}

static AVX512 void scan_lines(struct scan_cells *cells, const char *text, size_t len)
{
    index_cells(cells, text, len, '\t', 0);
}

static AVX512 void scan_quoted(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote)
{
    if (delimiter == ',' && quote == '"') /* what the compiler knows costs no register */
        index_cells(cells, text, len, ',', '"');
    else
        index_cells(cells, text, len, delimiter, quote);
}

const struct scan_kernel scan_avx512 = {
    .name = "avx512", .json = index_json, .judge = judge, .tsv = scan_lines, .csv = scan_quoted};
#endif
