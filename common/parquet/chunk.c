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

static void add_string(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, int64_t number)
{
    const struct parquet_string *item = &from->strings.items[number];
    uint32_t *code = &chunk->map[number];
    if (*code == UINT32_MAX)
        *code = parquet_strings_number(&chunk->strings, from->strings.bytes.data + item->at, item->len, item->hash,
                                       chunk->leaf->physical == PARQUET_BYTE_ARRAY ? 4 : 0);
    chunk->codes[chunk->code_count++] = *code;
}

static bool dictionary_is_full(const struct parquet_chunk_writer *chunk)
{
    return dictionary_bytes(chunk) > PARQUET_DICTIONARY_BYTES;
}

/* Values `value` and on of the batch as codes: `count` of them, or (bounded) up to the one that makes the dictionary
 * too large. How many. */
static size_t add_codes(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t value,
                        size_t count, bool bounded)
{
    const int64_t *numbers = from->numbers + value;
    bool bytes = is_bytes(chunk->leaf);
    size_t i = 0;
    while (chunk->code_count + count > chunk->code_cap)
        grow_codes(chunk);
    for (; i < count && bytes && !(bounded && dictionary_is_full(chunk)); i++) {
        if (value + i + AHEAD < from->values && chunk->map[numbers[i + AHEAD]] == UINT32_MAX)
            parquet_strings_expect(&chunk->strings, from->strings.items[numbers[i + AHEAD]].hash);
        add_string(chunk, from, numbers[i]);
    }
    for (; i < count && !bytes && !(bounded && dictionary_is_full(chunk)); i++)
        chunk->codes[chunk->code_count++] = number_code(chunk, numbers[i]);
    return i;
}

/* The next `count` values of the batch as they are. */
static void add_plain(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t value, size_t count)
{
    const struct parquet_target *leaf = chunk->leaf;
    for (size_t i = value; i < value + count; i++) {
        size_t at = chunk->values.len;
        struct thrift_bytes bytes;
        if (is_bytes(leaf)) {
            const struct parquet_string *item = &from->strings.items[from->numbers[i]];
            bytes = (struct thrift_bytes){from->strings.bytes.data + item->at, item->len};
            put_bytes(leaf, bytes, &chunk->values);
        } else {
            put_number(leaf, from->numbers[i], &chunk->values);
            bytes = (struct thrift_bytes){chunk->values.data + at, chunk->values.len - at};
        }
        parquet_bounds_add(leaf, bytes, &chunk->bounds);
    }
}

static void add_booleans(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t value,
                         size_t count)
{
    const int64_t *numbers = from->numbers + value;
    int64_t some = 0, all = 1;
    if (count == 0)
        return;
    buffer_reserve(&chunk->values, count);
    char *into = chunk->values.data + chunk->values.len;
    for (size_t i = 0; i < count; i++) {
        into[i] = (char)numbers[i];
        some |= numbers[i];
        all &= numbers[i];
    }
    chunk->values.len += count;
    const char least = (char)all, most = (char)some;
    parquet_bounds_add(chunk->leaf, (struct thrift_bytes){&least, 1}, &chunk->bounds);
    parquet_bounds_add(chunk->leaf, (struct thrift_bytes){&most, 1}, &chunk->bounds);
}

/* How many of the levels are this one. */
static size_t count_levels(const unsigned char *levels, size_t count, unsigned char level)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), low = ones * 0x7F;
    size_t found = 0, i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t word;
        memcpy(&word, levels + i, sizeof word);
        word ^= level * ones;
        uint64_t same = ~(((word & low) + low) | word) >> 7 & ones; /* a byte's lowest bit: it is 0 */
        found += same * ones >> 56;
    }
    for (; i < count; i++)
        found += levels[i] == level;
    return found;
}

/* Entries of a batch that a page takes. */
struct piece {
    size_t rows, end; /* how many rows, and the entry behind the last one's */
};

/* The rows from entry `at` on that still go into the page, at most `rows`: the last one makes it full of rows or
 * entries, if any does. */
static struct piece next_piece(const struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t at,
                               size_t rows)
{
    size_t entries = PARQUET_PAGE_ENTRIES - chunk->entries;
    struct piece piece = {.end = at};
    if (rows > PARQUET_PAGE_ROWS - chunk->rows)
        rows = PARQUET_PAGE_ROWS - chunk->rows;
    if (chunk->leaf->repeats == 0) {
        piece.rows = rows < entries ? rows : entries;
        piece.end += piece.rows;
        return piece;
    }
    while (piece.rows < rows && piece.end - at < entries) {
        do
            piece.end++;
        while (piece.end < from->entries && from->repetitions[piece.end] > 0);
        piece.rows++;
    }
    return piece;
}

/* The rows from entry `at` on that hold so many values, more than none. */
static struct piece piece_of_values(const struct parquet_chunk_writer *chunk, const struct parquet_shred *from,
                                    size_t at, size_t values)
{
    struct piece piece = {.rows = 1, .end = at};
    for (size_t seen = 0; seen < values; piece.end++) {
        piece.rows += piece.end > at && from->repetitions[piece.end] == 0;
        seen += from->definitions[piece.end] == chunk->leaf->definition;
    }
    while (chunk->leaf->repeats > 0 && piece.end < from->entries && from->repetitions[piece.end] > 0)
        piece.end++;
    return piece;
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
    bool booleans = chunk->leaf->physical == PARQUET_BOOLEAN;
    while (rows > 0) {
        /* a page of values as they are is full of bytes, too, which is looked at after each row */
        struct piece piece = next_piece(chunk, from, *entry, chunk->plain && !booleans ? 1 : rows);
        size_t count = count_levels(from->definitions + *entry, piece.end - *entry, full);
        bool dictionary_full = false;
        if (booleans) {
            add_booleans(chunk, from, *value, count);
        } else if (chunk->plain) {
            add_plain(chunk, from, *value, count);
        } else {
            size_t added = add_codes(chunk, from, *value, count, true);
            dictionary_full = dictionary_is_full(chunk);
            if (dictionary_full) { /* the row at hand is the page's last one */
                piece = piece_of_values(chunk, from, *entry, added);
                count = count_levels(from->definitions + *entry, piece.end - *entry, full);
                add_codes(chunk, from, *value + added, count - added, false);
            }
        }
        add_levels(chunk, from, *entry, piece.end);
        chunk->entries += piece.end - *entry;
        chunk->rows += piece.rows;
        chunk->value_count += count;
        *entry = piece.end;
        *value += count;
        rows -= piece.rows;
        if (dictionary_full || chunk->rows == PARQUET_PAGE_ROWS || chunk->entries >= PARQUET_PAGE_ENTRIES ||
            chunk->values.len >= PARQUET_PAGE_BYTES)
            end_page(chunk);
        chunk->plain |= dictionary_full;
    }
}

size_t parquet_chunk_size(const struct parquet_chunk_writer *chunk)
{
    size_t dictionary = chunk->coded_pages || !chunk->plain ? dictionary_bytes(chunk) : 0;
    return chunk->pages.len + chunk->entries / 4 + chunk->code_count + chunk->values.len + dictionary;
}

void parquet_chunk_finish(struct parquet_chunk_writer *chunk, struct buffer *dictionary)
{
    end_page(chunk);
    if (chunk->coded_pages) {
        struct buffer *bytes = &chunk->scratch;
        bytes->len = 0;
        if (is_bytes(chunk->leaf))
            buffer_add(bytes, chunk->strings.bytes.data, chunk->strings.bytes.len);
        for (size_t i = 0; i < chunk->number_count; i++)
            put_number(chunk->leaf, chunk->numbers[i], bytes);
        put_page(chunk, bytes, true, dictionary_count(chunk), ENCODING_PLAIN, dictionary);
    }
    parquet_bounds_finish(chunk->leaf, &chunk->whole);
}
