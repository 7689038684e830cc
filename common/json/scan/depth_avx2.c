#include "json/scan/depth_inner.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,pclmul,popcnt,bmi,bmi2,lzcnt")))

TARGET static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

TARGET static inline uint64_t equal(__m256i low, __m256i high, __m256i byte)
{
    return mask_of(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte));
}

TARGET static inline uint64_t at_most(__m256i low, __m256i high, __m256i byte)
{
    return mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(low, byte), low),
                   _mm256_cmpeq_epi8(_mm256_min_epu8(high, byte), high));
}

TARGET void scan_depth_avx2(struct scan_depth *shared, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                            uint64_t max)
{
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'), case_bit = _mm256_set1_epi8(0x20);
    const __m256i open = _mm256_set1_epi8('{'), close = _mm256_set1_epi8('}');
    const __m256i comma = _mm256_set1_epi8(','), space = _mm256_set1_epi8(' ');
    struct scan_depth state = *shared;
    size_t at = from;
    for (; at + SCAN_BLOCK <= to; at += SCAN_BLOCK) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(text + at));
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(text + at + 32));
        /* [ ] become { } */
        __m256i folded_low = _mm256_or_si256(low, case_bit), folded_high = _mm256_or_si256(high, case_bit);
        uint64_t escaped = scan_escaped(&state, equal(low, high, backslash));
        uint64_t quotes = equal(low, high, quote) & ~escaped;
        __m128i prefix = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
        uint64_t inside = (uint64_t)_mm_cvtsi128_si64(prefix) ^ state.in_string;
        uint64_t opens = equal(folded_low, folded_high, open) & ~inside;
        uint64_t closes = equal(folded_low, folded_high, close) & ~inside;
        uint64_t close_count = (uint64_t)__builtin_popcountll(closes);
        state.in_string = (uint64_t)((int64_t)inside >> 63);
        if (state.depth > close_count) { /* depth 0 is out of reach */
            state.depth += (uint64_t)__builtin_popcountll(opens) - close_count;
            continue;
        }
        uint64_t separators = cuts == SCAN_ELEMENTS ? equal(low, high, comma) : at_most(low, high, space);
        if (scan_shallow_block(&state, cuts, opens, closes, separators & ~inside, quotes & ~inside, at, max)) {
            *shared = state;
            return;
        }
    }
    *shared = state;
    scan_depth_portable(shared, cuts, text, at, to, max);
}

TARGET size_t scan_newlines_avx2(const char *text, size_t len)
{
    const __m256i newline = _mm256_set1_epi8('\n');
    size_t count = 0, at = 0;
    for (; at + SCAN_BLOCK <= len; at += SCAN_BLOCK) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(text + at));
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(text + at + 32));
        count += (size_t)__builtin_popcountll(equal(low, high, newline));
    }
    return count + scan_newlines_portable(text + at, len - at);
}
#endif
