#include "parquet/chunk_inner.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/hash.h"
#include "parquet/hybrid_inner.h"

enum { NUMBERS_FIRST = 64, AHEAD = 8 /* values whose places in the dictionary are asked for */ };

void parquet_chunk_start(struct parquet_chunk_writer *chunk, const struct parquet_target *leaf,
                         enum parquet_codec codec)
{
    *chunk = (struct parquet_chunk_writer){.leaf = leaf, .codec = codec};
    chunk->plain = leaf->physical == PARQUET_BOOLEAN;
}

void parquet_chunk_reset(struct parquet_chunk_writer *chunk)
{
    parquet_strings_clear(&chunk->strings);
    chunk->number_count = 0;
    if (chunk->number_table)
        memset(chunk->number_table, 0, (chunk->number_mask + 1) * sizeof *chunk->number_table);
    if (chunk->met)
        memset(chunk->met, 0, chunk->met_cap * sizeof *chunk->met);
    chunk->plain = chunk->leaf->physical == PARQUET_BOOLEAN;
    chunk->pages.len = chunk->uncompressed = chunk->note_count = chunk->first_row = 0;
    chunk->total_entries = chunk->total_nulls = 0;
    chunk->coded_pages = chunk->plain_pages = false;
    chunk->whole.there = chunk->whole.has_nan = false;
    arena_reset(&chunk->memory);
}

void parquet_chunk_free(struct parquet_chunk_writer *chunk)
{
    struct buffer *buffers[] = {&chunk->definitions, &chunk->repetitions, &chunk->values,      &chunk->bounds.least,
                                &chunk->bounds.most, &chunk->pages,       &chunk->whole.least, &chunk->whole.most,
                                &chunk->scratch,     &chunk->packed};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_free(buffers[i]);
    parquet_strings_free(&chunk->strings);
    free(chunk->numbers);
    free(chunk->number_table);
    free(chunk->met);
    free(chunk->codes);
    free(chunk->notes);
    free(chunk->map);
    arena_free(&chunk->memory);
}

static bool is_bytes(const struct parquet_target *leaf)
{
    return leaf->physical == PARQUET_BYTE_ARRAY || leaf->physical == PARQUET_FIXED;
}

static size_t number_width(const struct parquet_target *leaf)
{
    return leaf->physical == PARQUET_INT32 || leaf->physical == PARQUET_FLOAT ? 4 : 8;
}

/* A number as it stands in PLAIN encoding, without what is left of 8 bytes. */
static uint64_t plain_number(const struct parquet_target *leaf, int64_t number)
{
    if (leaf->physical != PARQUET_FLOAT)
        return (uint64_t)number;
    double real;
    memcpy(&real, &number, sizeof real);
    float narrow = (float)real;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return bits;
}

static void put_number(const struct parquet_target *leaf, int64_t number, struct buffer *into)
{
    uint64_t plain = plain_number(leaf, number);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    plain = __builtin_bswap64(plain);
#endif
    buffer_add(into, &plain, number_width(leaf));
}

static size_t dictionary_count(const struct parquet_chunk_writer *chunk)
{
    return is_bytes(chunk->leaf) ? chunk->strings.count : chunk->number_count;
}

static size_t dictionary_bytes(const struct parquet_chunk_writer *chunk)
{
    return is_bytes(chunk->leaf) ? chunk->strings.bytes.len : chunk->number_count * number_width(chunk->leaf);
}

static void grow_numbers(struct parquet_chunk_writer *chunk)
{
    size_t places = chunk->number_mask ? 4 * (chunk->number_mask + 1) : NUMBERS_FIRST;
    free(chunk->number_table);
    chunk->number_table = mem_zero(places, sizeof *chunk->number_table);
    chunk->number_mask = places - 1;
    for (size_t i = 0; i < chunk->number_count; i++) {
        size_t at = (size_t)hash_mix((uint64_t)chunk->numbers[i], UINT64_C(0x9E3779B97F4A7C15));
        while (chunk->number_table[at & chunk->number_mask] != 0)
            at++;
        chunk->number_table[at & chunk->number_mask] = i + 1;
    }
}

static uint32_t number_code(struct parquet_chunk_writer *chunk, int64_t number)
{
    if (2 * chunk->number_count >= chunk->number_mask)
        grow_numbers(chunk);
    size_t at = (size_t)hash_mix((uint64_t)number, UINT64_C(0x9E3779B97F4A7C15));
    for (;; at++) {
        uint64_t found = chunk->number_table[at & chunk->number_mask];
        if (found == 0)
            break;
        if (chunk->numbers[found - 1] == number)
            return (uint32_t)found - 1;
    }
    if (chunk->number_count == chunk->number_cap) {
        chunk->number_cap = chunk->number_cap ? 2 * chunk->number_cap : NUMBERS_FIRST;
        chunk->numbers = mem_resize(chunk->numbers, chunk->number_cap, sizeof *chunk->numbers);
    }
    chunk->numbers[chunk->number_count] = number;
    chunk->number_table[at & chunk->number_mask] = ++chunk->number_count;
    return (uint32_t)chunk->number_count - 1;
}

static void grow_codes(struct parquet_chunk_writer *chunk)
{
    chunk->code_cap = chunk->code_cap ? 2 * chunk->code_cap : 1024;
    chunk->codes = mem_resize(chunk->codes, chunk->code_cap, sizeof *chunk->codes);
}

static void add_code(struct parquet_chunk_writer *chunk, uint32_t code)
{
    if (chunk->code_count == chunk->code_cap)
        grow_codes(chunk);
    chunk->codes[chunk->code_count++] = code;
}

/* The value of a code, in PLAIN encoding without length; a number goes into *number. */
static struct thrift_bytes dictionary_value(const struct parquet_chunk_writer *chunk, uint32_t code, uint64_t *number)
{
    if (is_bytes(chunk->leaf)) {
        const struct parquet_string *item = &chunk->strings.items[code];
        return (struct thrift_bytes){chunk->strings.bytes.data + item->at, item->len};
    }
    *number = plain_number(chunk->leaf, chunk->numbers[code]);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    *number = __builtin_bswap64(*number);
#endif
    return (struct thrift_bytes){(const char *)number, number_width(chunk->leaf)};
}

static void put_bytes(const struct parquet_target *leaf, struct thrift_bytes bytes, struct buffer *into)
{
    if (leaf->physical == PARQUET_BYTE_ARRAY) {
        uint32_t len = (uint32_t)bytes.len;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        len = __builtin_bswap32(len);
#endif
        buffer_add(into, &len, sizeof len);
    }
    buffer_add(into, bytes.data, bytes.len);
}

/* Bounds over the codes of the page, each looked at once. */
static void bound_codes(struct parquet_chunk_writer *chunk)
{
    size_t count = dictionary_count(chunk);
    if (count > chunk->met_cap) {
        chunk->met = mem_resize(chunk->met, 2 * count, sizeof *chunk->met);
        memset(chunk->met + chunk->met_cap, 0, (2 * count - chunk->met_cap) * sizeof *chunk->met);
        chunk->met_cap = 2 * count;
    }
    uint32_t page = (uint32_t)chunk->note_count + 1;
    for (size_t i = 0; i < chunk->code_count; i++) {
        uint32_t code = chunk->codes[i];
        if (chunk->met[code] == page)
            continue;
        chunk->met[code] = page;
        uint64_t number;
        parquet_bounds_add(chunk->leaf, dictionary_value(chunk, code, &number), &chunk->bounds);
    }
}

/* The page's codes become the values they stand for, and the dictionary is not used any more. */
static void spell_out(struct parquet_chunk_writer *chunk)
{
    for (size_t i = 0; i < chunk->code_count; i++) {
        uint64_t number;
        put_bytes(chunk->leaf, dictionary_value(chunk, chunk->codes[i], &number), &chunk->values);
    }
    chunk->code_count = 0;
    chunk->plain = true;
}

static void put_levels(const struct buffer *levels, unsigned most, struct buffer *into)
{
    if (most == 0)
        return;
    size_t at = into->len;
    buffer_add(into, "\0\0\0\0", 4);
    parquet_hybrid_put_levels((const unsigned char *)levels->data, levels->len, parquet_bits(most), into);
    size_t len = into->len - at - 4;
    for (size_t i = 0; i < 4; i++)
        into->data[at + i] = (char)(len >> 8 * i);
}

static void put_booleans(const struct buffer *values, struct buffer *into)
{
    for (size_t i = 0; i < values->len; i += 8) {
        unsigned bits = 0;
        for (size_t k = i; k < i + 8 && k < values->len; k++)
            bits |= (unsigned)(values->data[k] & 1) << (k - i);
        buffer_add_char(into, (char)bits);
    }
}

/* Appends a page of these bytes, compressed, with its header. */
static size_t put_page(struct parquet_chunk_writer *chunk, const struct buffer *bytes, bool dictionary, size_t entries,
                       int encoding, struct buffer *into)
{
    size_t start = into->len;
    struct buffer *packed = &chunk->packed;
    packed->len = 0;
    parquet_codec_shrink(chunk->codec, bytes->data, bytes->len, packed);
    struct thrift_writer writer = {.into = into};
    thrift_write_i32(&writer, 1, dictionary ? PAGE_DICTIONARY : PAGE_DATA);
    thrift_write_i32(&writer, 2, (int32_t)bytes->len);
    thrift_write_i32(&writer, 3, (int32_t)packed->len);
    thrift_write_i32(&writer, 4, (int32_t)(uint32_t)crc32(0, (const Bytef *)packed->data, (uInt)packed->len));
    struct thrift_writer inner = thrift_write_struct(&writer, dictionary ? 7 : 5);
    thrift_write_i32(&inner, 1, (int32_t)entries);
    thrift_write_i32(&inner, 2, encoding);
    if (!dictionary) {
        thrift_write_i32(&inner, 3, ENCODING_RLE);
        thrift_write_i32(&inner, 4, ENCODING_RLE);
    }
    thrift_end(&inner);
    thrift_end(&writer);
    chunk->uncompressed += into->len - start + bytes->len;
    buffer_add(into, packed->data, packed->len);
    return into->len - start;
}

static struct thrift_bytes kept(struct parquet_chunk_writer *chunk, const struct buffer *bytes)
{
    return (struct thrift_bytes){arena_copy(&chunk->memory, bytes->data ? bytes->data : "", bytes->len), bytes->len};
}

/* What the column index will say of the page that ends. */
static void note_page(struct parquet_chunk_writer *chunk, size_t offset, size_t len)
{
    if (chunk->note_count == chunk->note_cap) {
        chunk->note_cap = chunk->note_cap ? 2 * chunk->note_cap : 8;
        chunk->notes = mem_resize(chunk->notes, chunk->note_cap, sizeof *chunk->notes);
    }
    struct parquet_page_note *note = &chunk->notes[chunk->note_count++];
    *note = (struct parquet_page_note){.offset = offset, .len = len, .first_row = chunk->first_row,
                                       .nulls = (int64_t)(chunk->entries - chunk->value_count),
                                       .all_null = chunk->value_count == 0};
    struct parquet_bounds *bounds = &chunk->bounds;
    chunk->whole.has_nan |= bounds->has_nan;
    if (bounds->there) {
        parquet_bounds_add(chunk->leaf, (struct thrift_bytes){bounds->least.data, bounds->least.len}, &chunk->whole);
        parquet_bounds_add(chunk->leaf, (struct thrift_bytes){bounds->most.data, bounds->most.len}, &chunk->whole);
        parquet_bounds_finish(chunk->leaf, bounds);
        note->has_bounds = bounds->has_most;
        note->least = kept(chunk, &bounds->least);
        note->most = kept(chunk, &bounds->most);
    }
    chunk->total_nulls += note->nulls;
    chunk->total_entries += (int64_t)chunk->entries;
}

/* True if the page's values take no more room as they are than in a dictionary: then there is none. */
static bool dictionary_fails(const struct parquet_chunk_writer *chunk)
{
    return chunk->note_count == 0 && dictionary_count(chunk) > chunk->code_count / 2 && chunk->code_count > 0;
}

static void end_page(struct parquet_chunk_writer *chunk)
{
    struct buffer *bytes = &chunk->scratch;
    if (chunk->entries == 0)
        return;
    if (!chunk->plain) {
        bound_codes(chunk);
        if (dictionary_fails(chunk))
            spell_out(chunk);
    }
    bytes->len = 0;
    put_levels(&chunk->repetitions, chunk->leaf->repeats, bytes);
    put_levels(&chunk->definitions, chunk->leaf->definition, bytes);
    if (chunk->leaf->physical == PARQUET_BOOLEAN) {
        put_booleans(&chunk->values, bytes);
    } else if (chunk->plain) {
        buffer_add(bytes, chunk->values.data, chunk->values.len);
    } else {
        unsigned width = dictionary_count(chunk) > 0 ? parquet_bits(dictionary_count(chunk) - 1) : 0;
        buffer_add_char(bytes, (char)width);
        parquet_hybrid_put_codes(chunk->codes, chunk->code_count, width, bytes);
    }
    size_t offset = chunk->pages.len;
    size_t len = put_page(chunk, bytes, false, chunk->entries, chunk->plain ? ENCODING_PLAIN : ENCODING_RLE_DICTIONARY,
                          &chunk->pages);
    chunk->coded_pages |= !chunk->plain;
    chunk->plain_pages |= chunk->plain;
    note_page(chunk, offset, len);
    chunk->first_row += chunk->rows;
    chunk->definitions.len = chunk->repetitions.len = chunk->values.len = 0;
    chunk->code_count = chunk->entries = chunk->rows = chunk->value_count = 0;
    chunk->bounds.there = chunk->bounds.has_nan = false;
}

void parquet_chunk_batch(struct parquet_chunk_writer *chunk, const struct parquet_shred *from)
{
    size_t count = from->strings.count;
    if (count > chunk->map_cap) {
        chunk->map_cap = 2 * count;
        chunk->map = mem_resize(chunk->map, chunk->map_cap, sizeof *chunk->map);
    }
    if (count > 0)
        memset(chunk->map, 0xFF, count * sizeof *chunk->map);
}

static void add_plain(struct parquet_chunk_writer *chunk, struct thrift_bytes value)
{
    put_bytes(chunk->leaf, value, &chunk->values);
    parquet_bounds_add(chunk->leaf, value, &chunk->bounds);
}

/* The next value of the batch. */
static void add_value(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, int64_t number)
{
    const struct parquet_target *leaf = chunk->leaf;
    if (is_bytes(leaf)) {
        const struct parquet_string *item = &from->strings.items[number];
        struct thrift_bytes value = {from->strings.bytes.data + item->at, item->len};
        if (chunk->plain) {
            add_plain(chunk, value);
            return;
        }
        uint32_t *code = &chunk->map[number];
        if (*code == UINT32_MAX)
            *code = parquet_strings_number(&chunk->strings, value.data, value.len, item->hash,
                                           leaf->physical == PARQUET_BYTE_ARRAY ? 4 : 0);
        add_code(chunk, *code);
    } else if (leaf->physical == PARQUET_BOOLEAN) {
        char byte = (char)number;
        add_plain(chunk, (struct thrift_bytes){&byte, 1});
    } else if (chunk->plain) {
        size_t at = chunk->values.len;
        put_number(leaf, number, &chunk->values);
        parquet_bounds_add(leaf, (struct thrift_bytes){chunk->values.data + at, chunk->values.len - at},
                           &chunk->bounds);
    } else {
        add_code(chunk, number_code(chunk, number));
    }
}

/* The next `count` values of the batch. */
static void add_values(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t value, size_t count)
{
    const int64_t *numbers = from->numbers + value;
    if (chunk->plain || !is_bytes(chunk->leaf)) {
        for (size_t i = 0; i < count; i++)
            add_value(chunk, from, numbers[i]);
        return;
    }
    while (chunk->code_count + count > chunk->code_cap)
        grow_codes(chunk);
    for (size_t i = 0; i < count; i++) {
        uint32_t code = chunk->map[numbers[i]];
        if (value + i + AHEAD < from->values && chunk->map[numbers[i + AHEAD]] == UINT32_MAX)
            parquet_strings_expect(&chunk->strings, from->strings.items[numbers[i + AHEAD]].hash);
        if (code == UINT32_MAX)
            add_value(chunk, from, numbers[i]);
        else
            chunk->codes[chunk->code_count++] = code;
    }
}

/* The entry behind a row's last one. */
static inline size_t row_end(const struct parquet_shred *from, size_t entry, bool repeats)
{
    size_t end = entry + 1;
    while (repeats && end < from->entries && from->repetitions[end] > 0)
        end++;
    return end;
}

static void add_levels(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t entry, size_t end)
{
    buffer_add(&chunk->definitions, from->definitions + entry, end - entry);
    if (chunk->leaf->repeats > 0)
        buffer_add(&chunk->repetitions, from->repetitions + entry, end - entry);
}

void parquet_chunk_add(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t rows, size_t *entry,
                       size_t *value)
{
    unsigned char full = chunk->leaf->definition;
    size_t at = *entry, noted = at; /* entries whose levels the page has */
    for (size_t row = 0; row < rows; row++) {
        size_t end = row_end(from, at, chunk->leaf->repeats > 0), count = 0;
        for (size_t i = at; i < end; i++)
            count += from->definitions[i] == full;
        add_values(chunk, from, *value, count);
        *value += count;
        chunk->entries += end - at;
        chunk->value_count += count;
        at = end;
        bool dictionary_full = !chunk->plain && dictionary_bytes(chunk) > PARQUET_DICTIONARY_BYTES;
        bool page_full = ++chunk->rows == PARQUET_PAGE_ROWS || chunk->entries >= PARQUET_PAGE_ENTRIES ||
                         chunk->values.len >= PARQUET_PAGE_BYTES;
        if (page_full || dictionary_full) {
            add_levels(chunk, from, noted, at);
            noted = at;
            end_page(chunk);
        }
        chunk->plain |= dictionary_full;
    }
    add_levels(chunk, from, noted, at);
    *entry = at;
}

size_t parquet_chunk_size(const struct parquet_chunk_writer *chunk)
{
    size_t dictionary = chunk->coded_pages || !chunk->plain ? dictionary_bytes(chunk) : 0;
    return chunk->pages.len + chunk->entries / 4 + chunk->code_count + chunk->values.len + dictionary;
}

void parquet_chunk_finish(struct parquet_chunk_writer *chunk, struct buffer *into, size_t *dictionary)
{
    end_page(chunk);
    *dictionary = 0;
    if (chunk->coded_pages) {
        struct buffer *bytes = &chunk->scratch;
        bytes->len = 0;
        if (is_bytes(chunk->leaf))
            buffer_add(bytes, chunk->strings.bytes.data, chunk->strings.bytes.len);
        for (size_t i = 0; i < chunk->number_count; i++)
            put_number(chunk->leaf, chunk->numbers[i], bytes);
        *dictionary = put_page(chunk, bytes, true, dictionary_count(chunk), ENCODING_PLAIN, into);
    }
    buffer_add(into, chunk->pages.data, chunk->pages.len);
    parquet_bounds_finish(chunk->leaf, &chunk->whole);
}
