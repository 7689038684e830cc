#include "join/table.h"

#include <stdlib.h>

#include "base/pool.h"
#include "base/threads.h"

enum {
    ROW_INDEX_BYTES = 32, /* what a row's entries in all arrays take, about */
    AHEAD = 16,           /* rows between asking for a slot and using it */
    BLOCK_LEAST = 1 << 20,
    BLOCK_MOST = 64 << 20,
    ROW_LINE = 64,        /* bytes of a cache line */
    WASTE_LEAST = 1 << 20,
};

/* Open addressing; a slot is a key's first row and the upper half of its hash. */
struct slot {
    uint32_t row, tag;
};

struct join_part {
    struct slot *slots;
    size_t mask;
};

/* A block with room for `more` bytes. */
static struct buffer *block_for(struct join_table *table, size_t more)
{
    struct buffer *last = table->block_count > 0 ? &table->blocks[table->block_count - 1] : NULL;
    if (last && last->cap - last->len >= more)
        return last;
    size_t cap = last ? 2 * last->cap : BLOCK_LEAST;
    if (cap > BLOCK_MOST)
        cap = BLOCK_MOST;
    if (cap < more)
        cap = more;
    table->blocks = mem_resize(table->blocks, table->block_count + 1, sizeof *table->blocks);
    last = &table->blocks[table->block_count++];
    *last = (struct buffer){.data = pool_map(cap), .cap = cap};
    return last;
}

void join_table_add(struct join_table *table, const struct buffer *packed, size_t rows)
{
    struct buffer *block = block_for(table, packed->len);
    memcpy(block->data + block->len, packed->data, packed->len);
    block->len += packed->len;
    table->bytes += packed->len + rows * (ROW_INDEX_BYTES + table->row_extra);
    table->rows += rows;
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* The tag's upper bits choose the part, the hash's lower ones the slot. */
static size_t part_of(const struct join_table *table, uint64_t hash)
{
    return (size_t)(((uint64_t)tag_of(hash) * table->part_count) >> 32);
}

static void number_rows(struct join_table *table, uint64_t *hashes)
{
    size_t number = 0;
    for (size_t i = 0; i < table->block_count; i++) {
        const struct buffer *block = &table->blocks[i];
        for (size_t at = 0; at < block->len;) {
            const struct join_row *row = (const struct join_row *)(const void *)(block->data + at);
            hashes[number] = row->hash;
            table->row[number++] = row;
            at += row->size;
        }
    }
}

/* Puts a row in front of those of its key that came in after it. */
static void insert(struct join_table *table, struct join_part *part, uint32_t number)
{
    const struct join_row *row = table->row[number];
    uint32_t tag = tag_of(row->hash);
    for (size_t at = (size_t)row->hash;; at++) {
        struct slot *slot = &part->slots[at & part->mask];
        if (slot->row == JOIN_NO_ROW) {
            *slot = (struct slot){number, tag};
            table->next[number] = JOIN_NO_ROW;
            return;
        }
        if (slot->tag == tag && join_row_matches(table->row[slot->row], row->hash, row->bytes, row->key_len)) {
            table->next[number] = slot->row;
            slot->row = number;
            return;
        }
    }
}

struct builder {
    struct join_table *table;
    const uint64_t *hashes;
};

static bool belongs(const struct builder *builder, size_t number, unsigned share)
{
    return part_of(builder->table, builder->hashes[number]) == share && !builder->table->row[number]->no_key;
}

static void build(void *context, unsigned share)
{
    const struct builder *builder = context;
    struct join_table *table = builder->table;
    struct join_part *part = &table->parts[share];
    size_t count = 0, cap = 16;
    for (size_t i = 0; i < table->rows; i++)
        count += part_of(table, builder->hashes[i]) == share;
    while (cap < count + count / 2)
        cap *= 2;
    part->mask = cap - 1;
    part->slots = pool_map(cap * sizeof *part->slots);
    memset(part->slots, 0xFF, cap * sizeof *part->slots);
    for (size_t i = table->rows; i-- > 0;) {
        if (i >= AHEAD && part_of(table, builder->hashes[i - AHEAD]) == share) {
            __builtin_prefetch(&part->slots[(size_t)builder->hashes[i - AHEAD] & part->mask], 1);
            __builtin_prefetch(table->row[i - AHEAD]);
        }
        if (belongs(builder, i, share))
            insert(table, part, (uint32_t)i);
    }
}

void join_table_index(struct join_table *table, unsigned threads)
{
    table->cap = table->rows + 1;
    table->row = pool_map(table->cap * sizeof *table->row);
    table->next = pool_map(table->cap * sizeof *table->next);
    table->matched = mem_zero(table->rows, 1);
    size_t hashes_size = (table->rows + 1) * sizeof(uint64_t);
    uint64_t *hashes = pool_map(hashes_size);
    number_rows(table, hashes);
    table->part_count = table->rows < 100000 ? 1 : threads;
    table->parts = mem_zero(table->part_count, sizeof *table->parts);
    struct builder builder = {.table = table, .hashes = hashes};
    threads_share((unsigned)table->part_count, build, &builder);
    pool_unmap(hashes, hashes_size);
}

void join_table_ask_slot(const struct join_table *table, uint64_t hash)
{
    const struct join_part *part = &table->parts[part_of(table, hash)];
    __builtin_prefetch(&part->slots[(size_t)hash & part->mask]);
}

uint32_t join_table_ask_entry(const struct join_table *table, uint64_t hash)
{
    const struct join_part *part = &table->parts[part_of(table, hash)];
    for (size_t at = (size_t)hash;; at++) {
        const struct slot *slot = &part->slots[at & part->mask];
        if (slot->row == JOIN_NO_ROW)
            return JOIN_NO_ROW;
        if (slot->tag == tag_of(hash)) {
            __builtin_prefetch(&table->row[slot->row]);
            __builtin_prefetch(&table->next[slot->row]);
            return slot->row;
        }
    }
}

void join_table_ask_row(const struct join_table *table, uint32_t number)
{
    if (number == JOIN_NO_ROW)
        return;
    const char *row = (const char *)table->row[number];
    __builtin_prefetch(row);
    __builtin_prefetch(row + ROW_LINE);
}

uint32_t join_table_find(const struct join_table *table, uint64_t hash, const char *key, size_t len)
{
    const struct join_part *part = &table->parts[part_of(table, hash)];
    for (size_t at = (size_t)hash;; at++) {
        const struct slot *slot = &part->slots[at & part->mask];
        if (slot->row == JOIN_NO_ROW)
            return JOIN_NO_ROW;
        if (slot->tag == tag_of(hash) && join_row_matches(table->row[slot->row], hash, key, len))
            return slot->row;
    }
}

/* What stands where a row was: no key is so long. */
static const struct join_row gone = {.key_len = UINT32_MAX, .no_key = true};

/* Room for one more row, whose number is table->rows. */
static void make_room(struct join_table *table)
{
    if (table->rows == table->cap) {
        size_t cap = 2 * table->cap;
        const struct join_row **row = pool_map(cap * sizeof *row);
        uint32_t *next = pool_map(cap * sizeof *next);
        memcpy(row, table->row, table->cap * sizeof *row);
        memcpy(next, table->next, table->cap * sizeof *next);
        pool_unmap(table->row, table->cap * sizeof *table->row);
        pool_unmap(table->next, table->cap * sizeof *table->next);
        table->row = row;
        table->next = next;
        table->cap = cap;
    }
    struct join_part *part = table->parts;
    size_t slots = part->mask + 1;
    if (table->rows + table->rows / 2 < slots)
        return;
    pool_unmap(part->slots, slots * sizeof *part->slots);
    part->mask = 2 * slots - 1;
    part->slots = pool_map(2 * slots * sizeof *part->slots);
    memset(part->slots, 0xFF, 2 * slots * sizeof *part->slots);
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i] != &gone)
            insert(table, part, (uint32_t)i);
}

/* Makes the table anew of the rows that are left, once most of it is waste. */
static void tidy(struct join_table *table)
{
    if (table->waste < WASTE_LEAST || table->waste < table->bytes / 2)
        return;
    struct join_table tidied = {0};
    for (size_t i = 0; i < table->rows; i++) {
        const struct buffer row = {.data = (char *)(uintptr_t)table->row[i], .len = table->row[i]->size};
        if (table->row[i] != &gone)
            join_table_add(&tidied, &row, 1);
    }
    join_table_index(&tidied, 1);
    join_table_clear(table);
    *table = tidied;
}

void join_table_put(struct join_table *table, const struct join_row *row)
{
    struct buffer *block = block_for(table, row->size);
    const struct join_row *copy = memcpy(block->data + block->len, row, row->size);
    block->len += row->size;
    table->bytes += row->size;
    uint32_t number = join_table_find(table, row->hash, row->bytes, row->key_len);
    if (number != JOIN_NO_ROW) {
        table->waste += table->row[number]->size;
        table->row[number] = copy;
    } else {
        make_room(table);
        table->bytes += ROW_INDEX_BYTES;
        table->row[table->rows] = copy;
        insert(table, table->parts, (uint32_t)table->rows++);
    }
    tidy(table);
}

void join_table_remove(struct join_table *table, const struct join_row *row)
{
    uint32_t number = join_table_find(table, row->hash, row->bytes, row->key_len);
    if (number == JOIN_NO_ROW)
        return;
    table->waste += table->row[number]->size + ROW_INDEX_BYTES;
    table->row[number] = &gone;
    tidy(table);
}

void join_table_clear(struct join_table *table)
{
    for (size_t i = 0; i < table->block_count; i++)
        pool_unmap(table->blocks[i].data, table->blocks[i].cap);
    for (size_t i = 0; i < table->part_count; i++)
        pool_unmap(table->parts[i].slots, (table->parts[i].mask + 1) * sizeof(struct slot));
    free(table->blocks);
    pool_unmap(table->row, table->cap * sizeof *table->row);
    pool_unmap(table->next, table->cap * sizeof *table->next);
    free(table->matched);
    free(table->parts);
    *table = (struct join_table){0};
}
