#include "parquet/values_inner.h"

#include <string.h>

/* DELTA_BYTE_ARRAY: so many bytes are put together at a time, and one value at least. */
enum { MADE_MAX = 1 << 20 };

static inline uint32_t load32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint64_t load64(const unsigned char *bytes)
{
    uint64_t number;
    memcpy(&number, bytes, sizeof number);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    number = __builtin_bswap64(number);
#endif
    return number;
}

size_t parquet_value_width(const struct parquet_node *leaf)
{
    switch (leaf->physical) {
    case PARQUET_INT32:
    case PARQUET_FLOAT:
        return 4;
    case PARQUET_INT64:
    case PARQUET_DOUBLE:
        return 8;
    case PARQUET_INT96:
        return 12;
    case PARQUET_FIXED:
        return leaf->width;
    default:
        return 0;
    }
}

static bool is_bytes(const struct parquet_node *leaf)
{
    return leaf->physical == PARQUET_BYTE_ARRAY || leaf->physical == PARQUET_FIXED;
}

static const char *start_codes(struct parquet_values *values)
{
    if (values->at == values->end) { /* as for a page of nulls */
        parquet_hybrid_start(&values->hybrid, values->at, 0, 0);
        return NULL;
    }
    unsigned width = *values->at++;
    if (width > 32)
        return "dictionary codes of more than 32 bits";
    parquet_hybrid_start(&values->hybrid, values->at, (size_t)(values->end - values->at), width);
    return NULL;
}

static const char *start_booleans(struct parquet_values *values)
{
    size_t len = (size_t)(values->end - values->at);
    if (values->leaf->physical != PARQUET_BOOLEAN)
        return "RLE for other values than booleans";
    if (len == 0) {
        parquet_hybrid_start(&values->hybrid, values->at, 0, 1);
        return NULL;
    }
    if (len < 4 || load32(values->at) > len - 4)
        return "booleans are truncated";
    parquet_hybrid_start(&values->hybrid, values->at + 4, load32(values->at), 1);
    return NULL;
}

static const char *start_split(struct parquet_values *values)
{
    size_t width = parquet_value_width(values->leaf), len = (size_t)(values->end - values->at);
    if (width == 0 || values->leaf->physical == PARQUET_INT96)
        return "BYTE_STREAM_SPLIT for values that have no such encoding";
    if (len % width != 0)
        return "streams of different lengths";
    values->stride = len / width;
    return NULL;
}

static const char *start_delta(struct parquet_values *values)
{
    static const char damaged[] = "delta encoding is damaged";
    if (values->at == values->end) { /* as for a page of nulls */
        values->delta = (struct parquet_delta){0};
        values->prefixes = (struct parquet_delta){0};
        return NULL;
    }
    if (values->encoding == ENCODING_DELTA_BINARY_PACKED) {
        if (values->leaf->physical != PARQUET_INT32 && values->leaf->physical != PARQUET_INT64)
            return "DELTA_BINARY_PACKED for other values than integers";
        return parquet_delta_start(&values->delta, values->at, values->end) ? NULL : damaged;
    }
    if (!is_bytes(values->leaf))
        return "an encoding of byte arrays for other values";
    if (values->encoding == ENCODING_DELTA_BYTE_ARRAY) {
        if (!parquet_delta_start(&values->prefixes, values->at, values->end))
            return damaged;
        values->at = parquet_delta_end(values->prefixes);
        if (!values->at)
            return damaged;
    }
    if (!parquet_delta_start(&values->delta, values->at, values->end))
        return damaged;
    values->at = parquet_delta_end(values->delta);
    return values->at ? NULL : damaged;
}

const char *parquet_values_start(struct parquet_values *values, const struct parquet_node *leaf, int32_t encoding,
                                 const char *bytes, size_t len)
{
    values->leaf = leaf;
    values->encoding = encoding;
    values->at = (const unsigned char *)bytes;
    values->end = values->at + len;
    values->bit = 0;
    values->last.len = 0;
    values->peeked = false;
    switch (encoding) {
    case ENCODING_PLAIN:
        return NULL;
    case ENCODING_PLAIN_DICTIONARY:
    case ENCODING_RLE_DICTIONARY:
        return start_codes(values);
    case ENCODING_RLE:
        return start_booleans(values);
    case ENCODING_DELTA_BINARY_PACKED:
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
    case ENCODING_DELTA_BYTE_ARRAY:
        return start_delta(values);
    case ENCODING_BYTE_STREAM_SPLIT:
        return start_split(values);
    default:
        return "an encoding that is not known for values";
    }
}

/* The cell of a value of fixed width at these bytes. */
static union parquet_cell fixed_cell(const struct parquet_node *leaf, const unsigned char *bytes)
{
    uint32_t low;
    float narrow;
    uint64_t all;
    union parquet_cell cell;
    switch (leaf->physical) {
    case PARQUET_INT32:
        cell.integer = (int32_t)load32(bytes);
        break;
    case PARQUET_INT64:
        cell.integer = (int64_t)load64(bytes);
        break;
    case PARQUET_FLOAT:
        low = load32(bytes);
        memcpy(&narrow, &low, sizeof narrow);
        cell.real = (double)narrow;
        break;
    case PARQUET_DOUBLE:
        all = load64(bytes);
        memcpy(&cell.real, &all, sizeof cell.real);
        break;
    default:
        cell.bytes.data = (const char *)bytes;
        cell.bytes.len = parquet_value_width(leaf);
        break;
    }
    return cell;
}

static size_t read_plain_fixed(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    const struct parquet_node *leaf = values->leaf;
    size_t width = parquet_value_width(leaf);
    if (width == 0 || (size_t)(values->end - values->at) / width < count)
        return 0;
    const unsigned char *at = values->at;
    switch (leaf->physical) { /* loops of their own for what is frequent */
    case PARQUET_INT32:
        for (size_t i = 0; i < count; i++)
            cells[i].integer = (int32_t)load32(at + 4 * i);
        break;
    case PARQUET_INT64:
        for (size_t i = 0; i < count; i++)
            cells[i].integer = (int64_t)load64(at + 8 * i);
        break;
    default:
        for (size_t i = 0; i < count; i++)
            cells[i] = fixed_cell(leaf, at + width * i);
        break;
    }
    values->at += width * count;
    return count;
}

static size_t read_plain_bytes(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    const unsigned char *at = values->at;
    for (size_t i = 0; i < count; i++) {
        size_t left = (size_t)(values->end - at);
        if (left < 4)
            return 0;
        uint32_t len = load32(at);
        if (len > left - 4)
            return 0;
        cells[i].bytes.data = (const char *)at + 4;
        cells[i].bytes.len = len;
        at += 4 + (size_t)len;
    }
    values->at = at;
    return count;
}

static size_t read_plain_booleans(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    if ((uint64_t)(values->end - values->at) * 8 - values->bit < count)
        return 0;
    for (size_t i = 0; i < count; i++, values->bit++)
        cells[i].integer = values->at[values->bit / 8] >> values->bit % 8 & 1;
    return count;
}

static size_t read_plain(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    switch (values->leaf->physical) {
    case PARQUET_BOOLEAN:
        return read_plain_booleans(values, cells, count);
    case PARQUET_BYTE_ARRAY:
        return read_plain_bytes(values, cells, count);
    default:
        return read_plain_fixed(values, cells, count);
    }
}

static size_t read_rle_booleans(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    uint32_t bits[256];
    size_t taken = count < 256 ? count : 256;
    if (!parquet_hybrid_codes(&values->hybrid, bits, taken))
        return 0;
    for (size_t i = 0; i < taken; i++)
        cells[i].integer = bits[i];
    return taken;
}

static size_t read_delta(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    int64_t numbers[256];
    size_t taken = count < 256 ? count : 256;
    if (!parquet_delta_read(&values->delta, numbers, taken))
        return 0;
    bool narrow = values->leaf->physical == PARQUET_INT32;
    for (size_t i = 0; i < taken; i++)
        cells[i].integer = narrow ? (int32_t)numbers[i] : numbers[i];
    return taken;
}

static bool right_length(const struct parquet_node *leaf, size_t len)
{
    return leaf->physical != PARQUET_FIXED || len == leaf->width;
}

static size_t read_delta_lengths(struct parquet_values *values, union parquet_cell *cells, size_t count)
{
    int64_t lengths[256];
    size_t taken = count < 256 ? count : 256;
    if (!parquet_delta_read(&values->delta, lengths, taken))
        return 0;
    for (size_t i = 0; i < taken; i++) {
        if (lengths[i] < 0 || lengths[i] > values->end - values->at || !right_length(values->leaf, (size_t)lengths[i]))
            return 0;
        cells[i].bytes.data = (const char *)values->at;
        cells[i].bytes.len = (size_t)lengths[i];
        values->at += lengths[i];
    }
    return taken;
}

/* One value: its first bytes are the last one's, the others stand in the page. */
static bool make_front_coded(struct parquet_values *values, union parquet_cell *cell, struct arena *arena)
{
    size_t prefix = (size_t)values->prefix, suffix = (size_t)values->suffix;
    if (values->prefix < 0 || prefix > values->last.len || values->suffix < 0 ||
        suffix > (size_t)(values->end - values->at) || !right_length(values->leaf, prefix + suffix))
        return false;
    values->last.len = prefix;
    buffer_add(&values->last, values->at, suffix);
    values->at += suffix;
    char *made = arena_alloc(arena, prefix + suffix + 1);
    if (values->last.len > 0)
        memcpy(made, values->last.data, values->last.len);
    cell->bytes.data = made;
    cell->bytes.len = prefix + suffix;
    return true;
}

static size_t read_front_coded(struct parquet_values *values, union parquet_cell *cells, size_t count,
                               struct arena *arena)
{
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        if (!values->peeked && (!parquet_delta_read(&values->prefixes, &values->prefix, 1) ||
                                !parquet_delta_read(&values->delta, &values->suffix, 1)))
            return 0;
        values->peeked = true;
        if (i > 0 && made > MADE_MAX)
            return i;
        if (!make_front_coded(values, &cells[i], arena))
            return 0;
        values->peeked = false;
        made += cells[i].bytes.len;
    }
    return count;
}

static size_t read_split(struct parquet_values *values, union parquet_cell *cells, size_t count, struct arena *arena)
{
    size_t width = parquet_value_width(values->leaf);
    if (values->stride - (size_t)values->bit < count)
        return 0;
    for (size_t i = 0; i < count; i++, values->bit++) {
        unsigned char numbers[8], *joined = width > 8 || is_bytes(values->leaf) ? arena_alloc(arena, width) : numbers;
        for (size_t k = 0; k < width; k++)
            joined[k] = values->at[k * values->stride + values->bit];
        cells[i] = fixed_cell(values->leaf, joined);
    }
    return count;
}

size_t parquet_values_read(struct parquet_values *values, union parquet_cell *cells, size_t count, struct arena *arena)
{
    switch (values->encoding) {
    case ENCODING_PLAIN:
        return read_plain(values, cells, count);
    case ENCODING_RLE:
        return read_rle_booleans(values, cells, count);
    case ENCODING_DELTA_BINARY_PACKED:
        return read_delta(values, cells, count);
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        return read_delta_lengths(values, cells, count);
    case ENCODING_DELTA_BYTE_ARRAY:
        return read_front_coded(values, cells, count, arena);
    case ENCODING_BYTE_STREAM_SPLIT:
        return read_split(values, cells, count, arena);
    default:
        return 0;
    }
}

void parquet_values_free(struct parquet_values *values)
{
    buffer_free(&values->last);
}
