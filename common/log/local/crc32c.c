#include "log/local/crc32c.h"

#include <pthread.h>
#include <string.h>

/* table[k][b]: the byte b in front of k zero bytes. Computed once, then only read. */
static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_fill(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ UINT32_C(0x82F63B78) : crc >> 1; /* the polynomial, reflected */
        table[0][i] = crc;
    }
    for (int row = 1; row < 8; row++)
        for (int i = 0; i < 256; i++)
            table[row][i] = table[row - 1][i] >> 8 ^ table[0][table[row - 1][i] & 0xFF];
}

uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len)
{
    pthread_once(&table_once, table_fill);
    const unsigned char *p = bytes;
    crc = ~crc;
    for (; len >= 8; p += 8, len -= 8) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = table[7][crc & 0xFF] ^ table[6][crc >> 8 & 0xFF] ^ table[5][crc >> 16 & 0xFF] ^ table[4][crc >> 24] ^
              table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
    for (; len > 0; p++, len--)
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

/* The instruction takes three cycles but can begin each cycle: three streams of so many bytes go side by side. */
enum { STREAM = 1024 };

/* shift[k][b]: the state b << 8k behind STREAM zero bytes. States add by exclusive or. */
static uint32_t shift[4][256];
static pthread_once_t shift_once = PTHREAD_ONCE_INIT;

static void shift_fill(void)
{
    pthread_once(&table_once, table_fill);
    for (int bit = 0; bit < 32; bit++) {
        uint32_t state = UINT32_C(1) << bit;
        for (int i = 0; i < STREAM; i++)
            state = state >> 8 ^ table[0][state & 0xFF];
        for (int b = 0; b < 256; b++)
            if (b >> bit % 8 & 1)
                shift[bit / 8][b] ^= state;
    }
}

static uint32_t shifted(uint32_t state)
{
    return shift[0][state & 0xFF] ^ shift[1][state >> 8 & 0xFF] ^ shift[2][state >> 16 & 0xFF] ^ shift[3][state >> 24];
}

static uint64_t word_at(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t three_streams(uint32_t state, const unsigned char *p)
{
    uint64_t first = state, second = 0, third = 0;
    for (const unsigned char *end = p + STREAM; p < end; p += 8) {
        first = _mm_crc32_u64(first, word_at(p));
        second = _mm_crc32_u64(second, word_at(p + STREAM));
        third = _mm_crc32_u64(third, word_at(p + 2 * STREAM));
    }
    return shifted(shifted((uint32_t)first) ^ (uint32_t)second) ^ (uint32_t)third;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    uint64_t state = ~crc;
    if (len >= 3 * STREAM)
        pthread_once(&shift_once, shift_fill);
    for (; len >= 3 * STREAM; p += 3 * STREAM, len -= 3 * STREAM)
        state = three_streams((uint32_t)state, p);
    for (; len >= 8; p += 8, len -= 8)
        state = _mm_crc32_u64(state, word_at(p));
    uint32_t rest = (uint32_t)state;
    for (; len > 0; p++, len--)
        rest = _mm_crc32_u8(rest, *p);
    return ~rest;
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, bytes, len) : crc32c_portable(crc, bytes, len);
}
#else
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
    return crc32c_portable(crc, bytes, len);
}
#endif
