#include "parquet/hybrid_inner.h"

#include <string.h>

static inline uint64_t load(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t unpack(const unsigned char *bytes, uint64_t bit, unsigned width)
{
    return load(bytes + bit / 8) >> bit % 8 & ((UINT64_C(1) << width) - 1);
}

uint64_t parquet_unpack(const unsigned char *bytes, uint64_t bit, unsigned width)
{
    return unpack(bytes, bit, width);
}

void parquet_hybrid_start(struct parquet_hybrid *hybrid, const void *bytes, size_t len, unsigned width)
{
    *hybrid = (struct parquet_hybrid){.at = bytes, .end = (const unsigned char *)bytes + len, .width = width};
}

bool parquet_hybrid_start_packed(struct parquet_hybrid *hybrid, const void *bytes, size_t len, unsigned width,
                                 size_t count)
{
    parquet_hybrid_start(hybrid, bytes, len, width);
    hybrid->packed = count;
    hybrid->backward = true;
    return (count * width + 7) / 8 <= len;
}

/* The head of the next run; false: there is none, or it is longer than the bytes. */
static bool next_run(struct parquet_hybrid *hybrid)
{
    if (hybrid->backward)
        return false;
    uint64_t head = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (hybrid->at == hybrid->end || shift > 28)
            return false;
        unsigned char byte = *hybrid->at++;
        head |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    size_t left = (size_t)(hybrid->end - hybrid->at);
    if (head & 1) {
        uint64_t groups = head >> 1;
        /* some writers leave out the end of the last group, whose values do not count */
        uint64_t most = hybrid->width == 0 ? groups * 8 : (uint64_t)left * 8 / hybrid->width;
        hybrid->packed = groups * 8 < most ? groups * 8 : most;
        hybrid->packed_at = 0;
        return hybrid->packed > 0 || groups == 0;
    }
    size_t bytes = (hybrid->width + 7) / 8;
    if (left < bytes)
        return false;
    hybrid->value = (uint32_t)(load(hybrid->at) & ((UINT64_C(1) << 8 * bytes) - 1));
    hybrid->at += bytes;
    hybrid->repeated = head >> 1;
    return hybrid->width == 32 || hybrid->value >> hybrid->width == 0;
}

/* Behind a bit-packed run's values. */
static void end_packed(struct parquet_hybrid *hybrid, uint64_t taken)
{
    hybrid->packed -= taken;
    hybrid->packed_at += taken * hybrid->width;
    if (hybrid->packed == 0)
        hybrid->at += (hybrid->packed_at + 7) / 8;
}

static uint32_t unpack_backward(const unsigned char *bytes, uint64_t bit, unsigned width)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < width; i++, bit++)
        value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
    return value;
}

bool parquet_hybrid_codes(struct parquet_hybrid *hybrid, uint32_t *into, size_t count)
{
    while (count > 0) {
        size_t taken;
        if (hybrid->repeated > 0) {
            taken = hybrid->repeated < count ? (size_t)hybrid->repeated : count;
            for (size_t i = 0; i < taken; i++)
                into[i] = hybrid->value;
            hybrid->repeated -= taken;
        } else if (hybrid->packed > 0) {
            taken = hybrid->packed < count ? (size_t)hybrid->packed : count;
            uint64_t bit = hybrid->packed_at;
            for (size_t i = 0; i < taken; i++, bit += hybrid->width)
                into[i] = (uint32_t)unpack(hybrid->at, bit, hybrid->width);
            end_packed(hybrid, taken);
        } else {
            if (!next_run(hybrid))
                return false;
            continue;
        }
        into += taken;
        count -= taken;
    }
    return true;
}

/* Eight bits as eight bytes. */
static inline uint64_t spread(uint64_t bits)
{
    uint64_t each = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
    return (each + UINT64_C(0x7F7F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
}

static void unpack_levels(const struct parquet_hybrid *hybrid, unsigned char *into, size_t count)
{
    uint64_t bit = hybrid->packed_at;
    size_t i = 0;
    if (hybrid->backward) {
        for (; i < count; i++, bit += hybrid->width)
            into[i] = (unsigned char)unpack_backward(hybrid->at, bit, hybrid->width);
        return;
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (hybrid->width == 1)
        for (; i + 8 <= count; i += 8, bit += 8) {
            uint64_t bytes = spread(unpack(hybrid->at, bit, 8));
            memcpy(into + i, &bytes, sizeof bytes);
        }
#endif
    for (; i < count; i++, bit += hybrid->width)
        into[i] = (unsigned char)unpack(hybrid->at, bit, hybrid->width);
}

bool parquet_hybrid_levels(struct parquet_hybrid *hybrid, unsigned char *into, size_t count)
{
    while (count > 0) {
        size_t taken;
        if (hybrid->repeated > 0) {
            taken = hybrid->repeated < count ? (size_t)hybrid->repeated : count;
            memset(into, (int)hybrid->value, taken);
            hybrid->repeated -= taken;
        } else if (hybrid->packed > 0) {
            taken = hybrid->packed < count ? (size_t)hybrid->packed : count;
            unpack_levels(hybrid, into, taken);
            end_packed(hybrid, taken);
        } else {
            if (!next_run(hybrid))
                return false;
            continue;
        }
        into += taken;
        count -= taken;
    }
    return true;
}

static void put_varint(struct buffer *into, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buffer_add_char(into, (char)(value | 0x80));
    buffer_add_char(into, (char)value);
}

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE uint32_t number_at(const void *numbers, bool wide, size_t i)
{
    return wide ? ((const uint32_t *)numbers)[i] : ((const unsigned char *)numbers)[i];
}

/* Eight bytes, little-endian. */
static inline void put_word(char *bytes, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(bytes, &word, sizeof word);
}

/* The low `width` bits of each of eight bytes, packed; no byte has others. */
static inline uint64_t pack(uint64_t bytes, unsigned width)
{
    const uint64_t eights = UINT64_C(0x00FF00FF00FF00FF), sixteens = UINT64_C(0x0000FFFF0000FFFF);
    bytes = (bytes & eights) | (bytes >> 8 & eights) << width;
    bytes = (bytes & sixteens) | (bytes >> 16 & sixteens) << 2 * width;
    return (bytes & UINT32_MAX) | bytes >> 32 << 4 * width;
}

/* Numbers [from, to) as one bit-packed run of whole groups of eight; behind the last number are zeros. */
ALWAYS_INLINE void put_packed(const void *numbers, bool wide, size_t from, size_t to, unsigned width,
                              struct buffer *into)
{
    size_t groups = (to - from + 7) / 8;
    if (groups == 0)
        return;
    put_varint(into, groups << 1 | 1);
    buffer_reserve(into, groups * width + 8);
    char *out = into->data + into->len;
    uint64_t bits = 0;
    unsigned held = 0;
    size_t i = from;
    for (; width <= 8 && i + 8 <= to; i += 8, out += width) {
        uint64_t group = 0;
        if (!wide)
            group = pack(load((const unsigned char *)numbers + i), width);
        for (unsigned k = 0; wide && k < 8; k++)
            group |= (uint64_t)number_at(numbers, wide, i + k) << k * width;
        put_word(out, group);
    }
    for (; i < from + 8 * groups; i++) {
        bits |= (i < to ? (uint64_t)number_at(numbers, wide, i) : 0) << held;
        for (held += width; held >= 8; held -= 8, bits >>= 8)
            *out++ = (char)bits;
    }
    into->len += groups * width;
}

/* Where the run of equal numbers that begins at `at` ends. */
ALWAYS_INLINE size_t run_end(const void *numbers, bool wide, size_t at, size_t count)
{
    uint32_t value = number_at(numbers, wide, at);
    size_t end = at + 1;
    const uint64_t all = value * UINT64_C(0x0101010101010101);
    for (uint64_t word; !wide && end + 8 <= count; end += 8) {
        memcpy(&word, (const unsigned char *)numbers + end, sizeof word);
        if (word != all)
            break;
    }
    while (end < count && number_at(numbers, wide, end) == value)
        end++;
    return end;
}

/* Behind those runs from `at` on that are seen at once to be shorter than eight numbers; `at` if none is. */
ALWAYS_INLINE size_t skip_short_runs(const void *numbers, bool wide, size_t at, size_t count)
{
    const unsigned char *bytes = numbers;
    while (!wide && at + 9 <= count) {
        uint64_t changes = load(bytes + at) ^ load(bytes + at + 1); /* byte k: number k + 1 is another one than k */
        if (changes << 8 == 0)
            break;
        at += 8 - (size_t)__builtin_clzll(changes) / 8;
    }
    return at;
}

ALWAYS_INLINE void put_runs(const void *numbers, bool wide, size_t count, unsigned width, struct buffer *into)
{
    size_t start = 0, at = 0; /* of numbers that are not written yet */
    while ((at = skip_short_runs(numbers, wide, at, count)) < count) {
        uint32_t value = number_at(numbers, wide, at);
        size_t end = run_end(numbers, wide, at, count);
        size_t lacking = (8 - (at - start) % 8) % 8; /* until groups of eight are full */
        if (end - at < 8 + lacking) {
            at = end;
            continue;
        }
        at += lacking;
        put_packed(numbers, wide, start, at, width, into);
        put_varint(into, (end - at) << 1);
        for (unsigned i = 0; i < width; i += 8)
            buffer_add_char(into, (char)(value >> i));
        start = at = end;
    }
    put_packed(numbers, wide, start, count, width, into);
}

void parquet_hybrid_put_codes(const uint32_t *codes, size_t count, unsigned width, struct buffer *into)
{
    put_runs(codes, true, count, width, into);
}

void parquet_hybrid_put_levels(const unsigned char *levels, size_t count, unsigned width, struct buffer *into)
{
    put_runs(levels, false, count, width, into);
}
