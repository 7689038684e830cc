#include "parquet/dictionary_inner.h"

#include <stdlib.h>

enum { TABLE_FIRST = 64 };

static void insert(struct parquet_strings *strings, uint64_t hash, uint32_t number)
{
    size_t at = (size_t)hash;
    while (strings->table[at & strings->mask] != 0)
        at++;
    strings->table[at & strings->mask] = (hash & ~(uint64_t)UINT32_MAX) | (number + 1);
}

void parquet_strings_grow(struct parquet_strings *strings)
{
    size_t places = strings->mask ? 2 * (strings->mask + 1) : TABLE_FIRST;
    free(strings->table);
    strings->table = mem_zero(places, sizeof *strings->table);
    strings->mask = places - 1;
    for (size_t i = 0; i < strings->count; i++)
        insert(strings, strings->items[i].hash, (uint32_t)i);
}

void parquet_strings_reserve(struct parquet_strings *strings, size_t count)
{
    if (strings->cap - strings->count >= count)
        return;
    while (strings->cap - strings->count < count)
        strings->cap = strings->cap ? 2 * strings->cap : TABLE_FIRST;
    strings->items = mem_resize(strings->items, strings->cap, sizeof *strings->items);
}

uint32_t parquet_strings_append(struct parquet_strings *strings, const char *text, size_t len, uint64_t hash)
{
    parquet_strings_reserve(strings, 1);
    strings->items[strings->count] = (struct parquet_string){.hash = hash, .at = strings->bytes.len, .len = len};
    buffer_add(&strings->bytes, text, len);
    return (uint32_t)strings->count++;
}

uint32_t parquet_strings_add(struct parquet_strings *strings, const char *text, size_t len, uint64_t hash,
                             size_t prefix)
{
    buffer_reserve(&strings->bytes, prefix + len + 1); /* somewhere, if it is empty */
    for (size_t i = 0; i < prefix; i++) /* little-endian */
        buffer_add_char(&strings->bytes, (char)(len >> 8 * i));
    uint32_t number = parquet_strings_append(strings, text, len, hash);
    insert(strings, hash, number);
    return number;
}

void parquet_strings_clear(struct parquet_strings *strings)
{
    strings->count = 0;
    strings->bytes.len = 0;
    if (strings->table)
        memset(strings->table, 0, (strings->mask + 1) * sizeof *strings->table);
}

void parquet_strings_free(struct parquet_strings *strings)
{
    buffer_free(&strings->bytes);
    free(strings->items);
    free(strings->table);
    *strings = (struct parquet_strings){0};
}
