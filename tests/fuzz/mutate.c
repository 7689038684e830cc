/* Calls a driver of this folder with mutated inputs, the same in each run: mutate COUNT [FILE…], where the files are
 * what is mutated. For builds without libFuzzer: gcc's sanitizers, and `make check`. Prints how many there were. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 8192, SEEDS_MAX = 256, CHANGES_MAX = 6, NUMBERS = 9 };

static struct seed {
    uint8_t bytes[INPUT_MAX];
    size_t len;
} seeds[SEEDS_MAX];

static size_t seed_count;
static uint64_t state = 0x9E3779B97F4A7C15u; /* xorshift */

static size_t below(size_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state >> 11) % limit;
}

static void read_seed(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || seed_count == SEEDS_MAX)
        exit(2);
    struct seed *seed = &seeds[seed_count++];
    seed->len = fread(seed->bytes, 1, INPUT_MAX, file);
    fclose(file);
}

/* Numbers at which things end. */
static size_t put_number(uint8_t *at, size_t room)
{
    static const char *const texts[NUMBERS] = {"0", "-1", "9223372036854775807", "18446744073709551616", "1e999",
                                               "\xff\xff\xff\xff", "\x7f\xff\xff\xff", "\x80", "\xff\xff\xff\xff\x0f"};
    const char *text = texts[below(NUMBERS)];
    size_t len = strlen(text) < room ? strlen(text) : room;
    memcpy(at, text, len);
    return len;
}

static size_t change(uint8_t *bytes, size_t len)
{
    static const char marks[] = "\"\\{}[],:\t\n\r\0 -'`";
    size_t at = len > 0 ? below(len) : 0, some = 1 + below(8);
    switch (below(7)) {
    case 0: /* a bit */
        bytes[at] ^= (uint8_t)(1u << below(8));
        return len > 0 ? len : 1;
    case 1: /* any byte */
        bytes[at] = (uint8_t)below(256);
        return len > 0 ? len : 1;
    case 2: /* a byte that means something */
        bytes[at] = (uint8_t)marks[below(sizeof marks)];
        return len > 0 ? len : 1;
    case 3: /* less */
        some = some < len - at ? some : len - at;
        memmove(bytes + at, bytes + at + some, len - at - some);
        return len - some;
    case 4: /* more: what is there, again */
        some = some < len - at ? some : len - at;
        some = some < INPUT_MAX - len ? some : INPUT_MAX - len;
        memmove(bytes + at + some, bytes + at, len - at);
        return len + some;
    case 5: {
        size_t end = at + put_number(bytes + at, INPUT_MAX - at);
        return end > len ? end : len;
    }
    default: { /* the rest of another one */
        const struct seed *other = &seeds[below(seed_count)];
        size_t from = other->len > 0 ? below(other->len) : 0, rest = other->len - from;
        rest = rest < INPUT_MAX - at ? rest : INPUT_MAX - at;
        memcpy(bytes + at, other->bytes + from, rest);
        return at + rest;
    }
    }
}

int main(int argc, char **argv)
{
    static uint8_t bytes[INPUT_MAX];
    diag_start(argv[0]);
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc; i++)
        read_seed(argv[i]);
    seed_count += seed_count == 0; /* an empty one */
    for (unsigned long i = 0; i < count; i++) {
        const struct seed *seed = &seeds[i % seed_count];
        size_t len = seed->len;
        memcpy(bytes, seed->bytes, len);
        for (size_t changes = i < seed_count ? 0 : 1 + below(CHANGES_MAX); changes > 0; changes--)
            len = change(bytes, len);
        uint8_t *exact = malloc(len > 0 ? len : 1); /* its end is where the sanitizers look */
        if (!exact)
            return 3;
        memcpy(exact, bytes, len);
        LLVMFuzzerTestOneInput(exact, len);
        free(exact);
    }
    printf("%lu\n", count);
    return 0;
}
