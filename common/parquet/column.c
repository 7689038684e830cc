#include "parquet/column_inner.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "parquet/codec.h"
#include "value/value.h"

/* A page header longer than this is damaged. */
enum { HEADER_MAX = 1 << 24, HEADER_FIRST = 256 };

static bool damaged(struct parquet_column *column, const char *what)
{
    return parquet_damaged(column->file, column->row_group, column->leaf, column->page_number, column->problem, what);
}

static void dictionary_clear(struct parquet_dictionary *dictionary)
{
    dictionary->count = 0;
    dictionary->text.len = 0;
    free(dictionary->text_ends);
    free(dictionary->values);
    free(dictionary->spans);
    dictionary->spans = NULL;
    dictionary->text_ends = NULL;
    dictionary->values = NULL;
    arena_reset(&dictionary->made);
}

void parquet_column_start(struct parquet_column *column, const struct parquet_file *file, size_t row_group,
                          const struct parquet_node *leaf, struct problem *problem)
{
    column->file = file;
    column->leaf = leaf;
    column->row_group = row_group;
    column->chunk = &file->footer.row_groups[row_group].chunks[leaf->first_leaf];
    column->problem = problem;
    parquet_chunk_place(column->chunk, &column->at, &column->to);
    column->window.len = 0;
    column->window_at = column->at;
    column->entries_left = column->chunk->values;
    column->jumped = false;
    column->page_number = -1;
    column->places = NULL;
    column->place_count = 0;
    column->page_left = column->at_entry = column->count = column->value_at = column->spare = 0;
    column->coded = column->over = column->has_dictionary = false;
    dictionary_clear(&column->dictionary);
    parquet_column_release(column);
}

/* The bytes at column->at, `need` of them or all that the chunk has; *there is how many. NULL: they can't be read. */
static const char *look(struct parquet_column *column, size_t need, size_t *there)
{
    uint64_t left = column->to - column->at;
    if (need > left)
        need = (size_t)left;
    struct buffer *window = &column->window;
    size_t skipped = (size_t)(column->at - column->window_at);
    if (skipped > window->len)
        skipped = window->len; /* jumped */
    if (window->len - skipped < need || column->at != column->window_at + skipped) {
        size_t kept = column->at == column->window_at + skipped ? window->len - skipped : 0;
        if (kept > 0 && skipped > 0)
            memmove(window->data, window->data + skipped, kept);
        size_t wanted = need > PARQUET_WINDOW ? need : left < PARQUET_WINDOW ? (size_t)left : PARQUET_WINDOW;
        window->len = kept;
        column->window_at = column->at;
        buffer_reserve(window, wanted - kept + PARQUET_SLACK);
        if (!parquet_file_read(column->file, column->at + kept, window->data + kept, wanted - kept, column->problem))
            return NULL;
        window->len = wanted;
        skipped = 0;
    }
    *there = window->len - skipped;
    return window->data + skipped;
}

/* Reads the header of the next page, and sees to it that the whole page is in the window; *body is behind the
 * header. */
static bool next_header(struct parquet_column *column, struct parquet_page_header *header, const char **body)
{
    size_t there, used = 0;
    bool more = true;
    for (size_t need = HEADER_FIRST; more && need <= HEADER_MAX; need *= 4) {
        const char *bytes = look(column, need, &there);
        if (!bytes)
            return false;
        if (parquet_page_header_read(bytes, there, header, &used, &more))
            break;
        if (there < need) /* all that there is */
            more = false;
        if (!more)
            return damaged(column, "the page header is damaged");
        used = 0;
    }
    if (used == 0)
        return damaged(column, "the page header is damaged");
    if (header->compressed < 0 || header->uncompressed < 0 ||
        (uint64_t)header->compressed > column->to - column->at - used)
        return damaged(column, "the page is longer than its column");
    const char *bytes = look(column, used + (size_t)header->compressed, &there);
    if (!bytes)
        return false;
    *body = bytes + used;
    column->at += used + (uint64_t)header->compressed;
    if (header->has_crc && crc32(0, (const Bytef *)*body, (uInt)header->compressed) != header->crc)
        return damaged(column, "its checksum does not match: the page is damaged");
    return true;
}

/* Expands a page's bytes (or copies them) into `into`, with slack behind. */
static bool expand(struct parquet_column *column, bool compressed, const char *bytes, size_t len, size_t whole,
                   struct buffer *into)
{
    enum parquet_codec codec = compressed ? (enum parquet_codec)column->chunk->codec : PARQUET_CODEC_NONE;
    const char *library;
    into->len = 0;
    if (!parquet_codec_ready(codec, &library))
        return parquet_lacks(column->file, library, column->problem);
    if (whole > 0 && !parquet_codec_possible(codec, bytes, len, whole))
        return damaged(column, "the compressed bytes are damaged");
    buffer_reserve(into, whole + PARQUET_SLACK);
    if (whole > 0 && !parquet_codec_expand(codec, bytes, len, into->data, whole))
        return damaged(column, "the compressed bytes are damaged");
    memset(into->data + whole, 0, PARQUET_SLACK);
    into->len = whole;
    return true;
}

static bool load_dictionary(struct parquet_column *column, const struct parquet_page_header *header, const char *body)
{
    struct parquet_dictionary *dictionary = &column->dictionary;
    if (column->has_dictionary)
        return damaged(column, "a second dictionary");
    if (header->encoding != ENCODING_PLAIN && header->encoding != ENCODING_PLAIN_DICTIONARY)
        return damaged(column, "a dictionary in an unknown encoding");
    if (header->values < 0)
        return damaged(column, "a negative number of values");
    if (!expand(column, true, body, (size_t)header->compressed, (size_t)header->uncompressed, &dictionary->page))
        return false;
    size_t count = (size_t)header->values;
    size_t width = parquet_value_width(column->leaf), least = width > 0 ? width : 4; /* of an entry, but a boolean */
    if (column->leaf->physical == PARQUET_BOOLEAN ? count > 8 * dictionary->page.len
                                                  : count > dictionary->page.len / least)
        return damaged(column, "the dictionary is truncated");
    if (count > dictionary->cap) {
        dictionary->cells = mem_resize(dictionary->cells, count, sizeof *dictionary->cells);
        dictionary->cap = count;
    }
    struct parquet_values values = {0};
    parquet_values_start(&values, column->leaf, ENCODING_PLAIN, dictionary->page.data, dictionary->page.len);
    if (count > 0 && parquet_values_read(&values, dictionary->cells, count, &dictionary->made) != count)
        return damaged(column, "the dictionary is damaged");
    dictionary->count = count;
    column->has_dictionary = true;
    return true;
}

/* Levels of a page v1 at *bytes, which are moved behind them. */
static bool start_levels(struct parquet_column *column, struct parquet_hybrid *levels, int32_t encoding, unsigned most,
                         size_t count, const char **bytes, size_t *len)
{
    unsigned width = parquet_bits(most);
    size_t taken;
    if (most == 0)
        return true;
    if (encoding == ENCODING_BIT_PACKED) {
        if (!parquet_hybrid_start_packed(levels, *bytes, *len, width, count))
            return damaged(column, "the levels are truncated");
        taken = (count * width + 7) / 8;
    } else if (encoding == ENCODING_RLE) {
        unsigned char b[4] = {0};
        if (*bytes && *len >= sizeof b)
            memcpy(b, *bytes, sizeof b);
        size_t said = *len < 4 ? 0 : (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
        if (*len < 4 || said > *len - 4)
            return damaged(column, "the levels are truncated");
        parquet_hybrid_start(levels, *bytes + 4, said, width);
        taken = 4 + said;
    } else {
        return damaged(column, "the levels have an unknown encoding");
    }
    *bytes += taken;
    *len -= taken;
    return true;
}

static bool start_values(struct parquet_column *column, int32_t encoding, const char *bytes, size_t len)
{
    const char *what = parquet_values_start(&column->values, column->leaf, encoding, bytes, len);
    if (what)
        return damaged(column, what);
    if (parquet_values_coded(&column->values) && !column->has_dictionary)
        return damaged(column, "dictionary codes without a dictionary");
    return true;
}

static bool load_page_v1(struct parquet_column *column, const struct parquet_page_header *header, const char *body)
{
    if (!expand(column, true, body, (size_t)header->compressed, (size_t)header->uncompressed, &column->page))
        return false;
    const char *bytes = column->page.data;
    size_t len = column->page.len, count = (size_t)header->values;
    return start_levels(column, &column->repetition_levels, header->repetition_encoding, column->leaf->repeats, count,
                        &bytes, &len) &&
           start_levels(column, &column->definition_levels, header->definition_encoding, column->leaf->definition,
                        count, &bytes, &len) &&
           start_values(column, header->encoding, bytes, len);
}

static bool load_page_v2(struct parquet_column *column, const struct parquet_page_header *header, const char *body)
{
    if (header->repetition_len < 0 || header->definition_len < 0 ||
        (int64_t)header->repetition_len + header->definition_len > header->compressed ||
        (int64_t)header->repetition_len + header->definition_len > header->uncompressed)
        return damaged(column, "the levels are longer than the page");
    size_t repetition = (size_t)header->repetition_len, definition = (size_t)header->definition_len,
           levels = repetition + definition;
    struct buffer *page = &column->page;
    /* the levels go behind the values, each with slack */
    size_t whole = (size_t)header->uncompressed - levels;
    if (!expand(column, header->is_compressed, body + levels, (size_t)header->compressed - levels, whole, page))
        return false;
    page->len += PARQUET_SLACK;
    buffer_reserve(page, levels + PARQUET_SLACK);
    if (!page->data) /* never: there is room now */
        return false;
    char *behind = page->data + page->len;
    if (levels > 0 && body)
        memcpy(behind, body, levels);
    memset(behind + levels, 0, PARQUET_SLACK);
    parquet_hybrid_start(&column->repetition_levels, behind, repetition, parquet_bits(column->leaf->repeats));
    parquet_hybrid_start(&column->definition_levels, behind + repetition, definition,
                         parquet_bits(column->leaf->definition));
    page->len = whole;
    return start_values(column, header->encoding, page->data, whole);
}

/* With `keep`, cells may still point into the page that is about to go. */
static void retire_page(struct parquet_column *column)
{
    if (!column->keep || column->page.len == 0)
        return;
    if (column->retired_count == column->retired_cap) {
        column->retired_cap = column->retired_cap ? 2 * column->retired_cap : 4;
        column->retired = mem_resize(column->retired, column->retired_cap, sizeof *column->retired);
    }
    column->retired[column->retired_count++] = column->page;
    column->page = (struct buffer){0};
}

/* Begins the next data page that has entries. */
static bool next_page(struct parquet_column *column)
{
    struct parquet_page_header header;
    const char *body = NULL;
    while (column->at < column->to) {
        column->page_number++;
        if (!next_header(column, &header, &body))
            return false;
        if (header.type == PAGE_DICTIONARY) {
            if (!load_dictionary(column, &header, body))
                return false;
            continue;
        }
        if (header.type != PAGE_DATA && header.type != PAGE_DATA_V2)
            continue;
        if (header.values < 0 || (!column->jumped && header.values > column->entries_left))
            return damaged(column, "more values than the column should have");
        column->entries_left -= header.values;
        if (header.values == 0)
            continue;
        retire_page(column);
        if (!(header.type == PAGE_DATA ? load_page_v1(column, &header, body) : load_page_v2(column, &header, body)))
            return false;
        column->page_left = (size_t)header.values;
        return true;
    }
    if (column->entries_left > 0 && !column->jumped)
        return damaged(column, "fewer values than the column should have");
    return false;
}

/* The chunk is at its end: an entry that is not there stands for all that might be asked for. */
static bool end(struct parquet_column *column)
{
    if (column->over && column->at_entry > 0) /* it was taken */
        damaged(column, "fewer rows than the row group should have");
    column->over = true;
    column->page_left = column->spare = 0;
    column->at = column->to;
    column->at_entry = 0;
    column->count = 1;
    column->definitions[0] = column->repetitions[0] = 0;
    return false;
}

static unsigned char greatest(const unsigned char *levels, size_t count)
{
    unsigned char most = 0;
    for (size_t i = 0; i < count; i++)
        most = levels[i] > most ? levels[i] : most;
    return most;
}

static bool read_levels(struct parquet_column *column, size_t count)
{
    const struct parquet_node *leaf = column->leaf;
    if (leaf->repeats == 0)
        memset(column->repetitions, 0, count);
    else if (!parquet_hybrid_levels(&column->repetition_levels, column->repetitions, count) ||
             greatest(column->repetitions, count) > leaf->repeats)
        return damaged(column, "the repetition levels are damaged");
    if (leaf->definition == 0)
        memset(column->definitions, 0, count);
    else if (!parquet_hybrid_levels(&column->definition_levels, column->definitions, count))
        return damaged(column, "the definition levels are damaged");
    column->full = column->definitions[0] == leaf->definition &&
                   memcmp(column->definitions, column->definitions + 1, count - 1) == 0;
    if (!column->full && greatest(column->definitions, count) > leaf->definition)
        return damaged(column, "the definition levels are damaged");
    column->page_left -= count;
    return true;
}

static size_t count_values(const struct parquet_column *column, size_t entries)
{
    unsigned char full = column->leaf->definition;
    size_t count = 0;
    for (size_t i = 0; i < entries; i++)
        count += column->definitions[i] == full;
    return count;
}

static bool read_codes(struct parquet_column *column, size_t count)
{
    if (!parquet_hybrid_codes(&column->values.hybrid, column->codes, count))
        return damaged(column, "the dictionary codes are damaged");
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = column->codes[i] > most ? column->codes[i] : most;
    if (count > 0 && most >= column->dictionary.count)
        return damaged(column, "a dictionary code beyond the dictionary");
    return true;
}

/* Values did not fit: the entries from the one of value number `count` on come with the next batch. */
static void put_off(struct parquet_column *column, size_t entries, size_t count)
{
    size_t entry = 0;
    for (size_t seen = 0; entry < entries; entry++)
        if (column->definitions[entry] == column->leaf->definition && seen++ == count)
            break;
    column->count = entry;
    column->spare = entries - entry;
}

static bool read_cells(struct parquet_column *column, size_t entries, size_t count)
{
    size_t made = 0;
    while (made < count) {
        size_t step = parquet_values_read(&column->values, column->cells + made, count - made, &column->made);
        if (step == 0)
            return damaged(column, "the values are damaged");
        made += step;
        if (column->values.peeked) {
            put_off(column, entries, made);
            break;
        }
    }
    return true;
}

bool parquet_column_fill(struct parquet_column *column)
{
    size_t entries = column->spare;
    if (column->over)
        return end(column);
    if (entries > 0) {
        memmove(column->definitions, column->definitions + column->count, entries);
        memmove(column->repetitions, column->repetitions + column->count, entries);
    } else {
        if (column->page_left == 0 && !next_page(column))
            return end(column);
        entries = column->page_left < PARQUET_BATCH ? column->page_left : PARQUET_BATCH;
        if (!read_levels(column, entries))
            return end(column);
    }
    column->at_entry = column->value_at = column->spare = 0;
    column->count = entries;
    if (!column->keep && column->made.blocks)
        arena_reset(&column->made);
    size_t values = column->full ? entries : count_values(column, entries);
    column->coded = parquet_values_coded(&column->values);
    bool good = column->coded ? read_codes(column, values) : read_cells(column, entries, values);
    return good || end(column);
}

/* Goes to the page that has the row, if the offset index knows a later one than where the column is. */
static uint64_t jump(struct parquet_column *column, uint64_t from, uint64_t row)
{
    size_t low = 0, high = column->place_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if ((uint64_t)column->places[middle].first_row <= row)
            low = middle;
        else
            high = middle;
    }
    const struct parquet_page_place *place = &column->places[low];
    if ((uint64_t)place->first_row <= from || (uint64_t)place->offset < column->at ||
        (uint64_t)place->offset >= column->to)
        return from;
    if (column->page_number < 0 && column->at < (uint64_t)column->places[0].offset) { /* the dictionary is seen first */
        if (!next_page(column))
            return from;
        if ((uint64_t)place->offset < column->at)
            return from;
    }
    column->at = (uint64_t)place->offset;
    column->jumped = true;
    column->page_number = (int64_t)low - 1 + column->has_dictionary;
    column->page_left = column->spare = column->at_entry = column->count = 0;
    return (uint64_t)place->first_row;
}

void parquet_column_skip(struct parquet_column *column, uint64_t from, uint64_t row)
{
    if (column->place_count > 0)
        from = jump(column, from, row);
    /* a row begins at each entry that repeats nothing: passed are `row - from` beginnings and what belongs to them */
    for (;;) {
        parquet_column_peek(column);
        if (column->over)
            return;
        if (column->repetitions[column->at_entry] == 0 && from++ == row)
            return;
        column->value_at += column->definitions[column->at_entry++] == column->leaf->definition;
    }
}

bool parquet_column_done(struct parquet_column *column)
{
    parquet_column_peek(column);
    return column->over && column->at_entry == 0;
}

void parquet_column_release(struct parquet_column *column)
{
    for (size_t i = 0; i < column->retired_count; i++)
        buffer_free(&column->retired[i]);
    column->retired_count = 0;
    if (column->made.blocks)
        arena_reset(&column->made);
}

void parquet_column_free(struct parquet_column *column)
{
    parquet_column_release(column);
    dictionary_clear(&column->dictionary);
    buffer_free(&column->dictionary.page);
    buffer_free(&column->dictionary.text);
    arena_free(&column->dictionary.made);
    free(column->dictionary.cells);
    free(column->retired);
    buffer_free(&column->window);
    buffer_free(&column->page);
    arena_free(&column->made);
    parquet_values_free(&column->values);
}
