#include "join_table.h"

#include <pthread.h>
#include <stdlib.h>

#include "diag.h"
#include "pool.h"

enum {
    ROW_INDEX_BYTES = 32, /* what a row's entries in all arrays take, about */
    AHEAD = 16,           /* rows between asking for a slot and using it */
};

/* Open addressing; a slot is a key's first row and the upper half of its hash. */
struct slot {
    uint32_t row, tag;
};

struct join_part {
    struct slot *slots;
    size_t mask;
};

void join_table_add(struct join_table *table, struct buffer *block, size_t rows)
{
    if (table->block_count == table->block_cap) {
        table->block_cap = table->block_cap ? 2 * table->block_cap : 64;
        table->blocks = mem_resize(table->blocks, table->block_cap, sizeof *table->blocks);
    }
    block->data = mem_resize(block->data, block->len, 1);
    block->cap = block->len;
    table->blocks[table->block_count++] = *block;
    table->bytes += block->cap + rows * ROW_INDEX_BYTES;
    table->rows += rows;
    *block = (struct buffer){0};
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

static void number_rows(struct join_table *table)
{
    size_t number = 0;
    for (size_t i = 0; i < table->block_count; i++) {
        const struct buffer *block = &table->blocks[i];
        for (size_t at = 0; at < block->len;) {
            const struct join_row *row = (const struct join_row *)(const void *)(block->data + at);
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
    size_t part;
    pthread_t thread;
};

static bool belongs(const struct builder *builder, size_t number)
{
    return part_of(builder->table, builder->hashes[number]) == builder->part && !builder->table->row[number]->no_key;
}

static void *build(void *context)
{
    struct builder *builder = context;
    struct join_table *table = builder->table;
    struct join_part *part = &table->parts[builder->part];
    size_t count = 0, cap = 16;
    for (size_t i = 0; i < table->rows; i++)
        count += part_of(table, builder->hashes[i]) == builder->part;
    while (cap < count + count / 2)
        cap *= 2;
    part->mask = cap - 1;
    part->slots = pool_map(cap * sizeof *part->slots);
    memset(part->slots, 0xFF, cap * sizeof *part->slots);
    for (size_t i = table->rows; i-- > 0;) {
        if (i >= AHEAD && part_of(table, builder->hashes[i - AHEAD]) == builder->part) {
            __builtin_prefetch(&part->slots[(size_t)builder->hashes[i - AHEAD] & part->mask], 1);
            __builtin_prefetch(table->row[i - AHEAD]);
        }
        if (belongs(builder, i))
            insert(table, part, (uint32_t)i);
    }
    return NULL;
}

void join_table_index(struct join_table *table, unsigned threads)
{
    table->row = mem_zero(table->rows, sizeof *table->row);
    table->next = mem_resize(NULL, table->rows, sizeof *table->next);
    table->matched = mem_zero(table->rows, 1);
    number_rows(table);
    uint64_t *hashes = mem_resize(NULL, table->rows, sizeof *hashes);
    for (size_t i = 0; i < table->rows; i++)
        hashes[i] = table->row[i]->hash;
    table->part_count = table->rows < 100000 ? 1 : threads;
    table->parts = mem_zero(table->part_count, sizeof *table->parts);
    struct builder *builders = mem_zero(table->part_count, sizeof *builders);
    for (size_t i = 0; i < table->part_count; i++) {
        builders[i] = (struct builder){.table = table, .hashes = hashes, .part = i};
        if (i > 0 && pthread_create(&builders[i].thread, NULL, build, &builders[i]) != 0)
            die(STATUS_IO, "cannot start a thread");
    }
    build(&builders[0]);
    for (size_t i = 1; i < table->part_count; i++)
        pthread_join(builders[i].thread, NULL);
    free(builders);
    free(hashes);
}

void join_table_prefetch(const struct join_table *table, uint64_t hash)
{
    const struct join_part *part = &table->parts[part_of(table, hash)];
    __builtin_prefetch(&part->slots[(size_t)hash & part->mask]);
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

void join_table_clear(struct join_table *table)
{
    for (size_t i = 0; i < table->block_count; i++)
        buffer_free(&table->blocks[i]);
    for (size_t i = 0; i < table->part_count; i++)
        pool_unmap(table->parts[i].slots, (table->parts[i].mask + 1) * sizeof(struct slot));
    free(table->blocks);
    free(table->row);
    free(table->next);
    free(table->matched);
    free(table->parts);
    *table = (struct join_table){0};
}
