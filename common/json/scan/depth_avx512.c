#include "json/scan/depth_inner.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,pclmul,popcnt,bmi,bmi2,lzcnt")))

TARGET void scan_depth_avx512(struct scan_depth *shared, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                              uint64_t max)
{
    const __m512i quote = _mm512_set1_epi8('"'), backslash = _mm512_set1_epi8('\\'), case_bit = _mm512_set1_epi8(0x20);
    const __m512i open = _mm512_set1_epi8('{'), close = _mm512_set1_epi8('}');
    const __m512i comma = _mm512_set1_epi8(','), space = _mm512_set1_epi8(' ');
    struct scan_depth state = *shared;
    size_t at = from;
    for (; at + SCAN_BLOCK <= to; at += SCAN_BLOCK) {
        __m512i bytes = _mm512_loadu_si512(text + at);
        __m512i folded = _mm512_or_si512(bytes, case_bit); /* [ ] become { } */
        uint64_t escaped = scan_escaped(&state, _mm512_cmpeq_epi8_mask(bytes, backslash));
        uint64_t quotes = _mm512_cmpeq_epi8_mask(bytes, quote) & ~escaped;
        __m128i prefix = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
        uint64_t inside = (uint64_t)_mm_cvtsi128_si64(prefix) ^ state.in_string;
        uint64_t opens = _mm512_cmpeq_epi8_mask(folded, open) & ~inside;
        uint64_t closes = _mm512_cmpeq_epi8_mask(folded, close) & ~inside;
        uint64_t close_count = (uint64_t)__builtin_popcountll(closes);
        state.in_string = (uint64_t)((int64_t)inside >> 63);
        if (state.depth > close_count) { /* depth 0 is out of reach */
            state.depth += (uint64_t)__builtin_popcountll(opens) - close_count;
            continue;
        }
        uint64_t separators =
            cuts == SCAN_ELEMENTS ? _mm512_cmpeq_epi8_mask(bytes, comma) : _mm512_cmple_epu8_mask(bytes, space);
        if (scan_shallow_block(&state, cuts, opens, closes, separators & ~inside, quotes & ~inside, at, max)) {
            *shared = state;
            return;
        }
    }
    *shared = state;
    scan_depth_portable(shared, cuts, text, at, to, max);
}

TARGET size_t scan_newlines_avx512(const char *text, size_t len)
{
    const __m512i newline = _mm512_set1_epi8('\n');
    size_t count = 0, at = 0;
    for (; at + SCAN_BLOCK <= len; at += SCAN_BLOCK)
        count += (size_t)__builtin_popcountll(_mm512_cmpeq_epi8_mask(_mm512_loadu_si512(text + at), newline));
    return count + scan_newlines_portable(text + at, len - at);
}
#endif
