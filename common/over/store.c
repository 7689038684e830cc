#include "over/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { READ_AHEAD = 64 * 1024 };

void over_store_empty(struct over_store *store)
{
    store->count = 0;
    pool_free(&store->pool);
    if (store->spill)
        spill_free(store->spill);
    store->spill = NULL;
    store->generation++;
}

/* What has been copied, and lasting rows too, goes to the file: then all are there. */
static void to_file(struct over_store *store)
{
    store->spill = spill_new();
    for (size_t i = 0; i < store->count; i++) {
        struct over_row *row = &store->rows[i];
        const char *bytes = row->bytes;
        row->offset = spill_end(store->spill);
        spill_write(store->spill, bytes, row->len);
    }
    pool_free(&store->pool);
}

void over_store_add(struct over_store *store, const char *bytes, size_t len, bool starts, bool lasting)
{
    if (store->count == store->cap) {
        store->cap = store->cap ? 2 * store->cap : 256;
        store->rows = mem_resize(store->rows, store->cap, sizeof *store->rows);
    }
    struct over_row *row = &store->rows[store->count++];
    row->len = len & (UINT64_MAX >> 1);
    row->starts = starts;
    if (store->spill) {
        row->offset = spill_end(store->spill);
        spill_write(store->spill, bytes, len);
        return;
    }
    row->bytes = bytes;
    if (lasting)
        return;
    char *copy = pool_alloc(&store->pool, len);
    memcpy(copy, bytes, len);
    row->bytes = copy;
    if (store->memory > 0 && store->pool.used > store->memory)
        to_file(store);
}

void over_store_settle(struct over_store *store)
{
    if (store->spill)
        spill_flush(store->spill);
}

const char *over_store_row(const struct over_store *store, struct over_reader *reader, size_t i, size_t *len)
{
    const struct over_row *row = &store->rows[i];
    *len = row->len;
    if (!store->spill)
        return row->bytes;
    bool there = reader->store == store && reader->generation == store->generation && reader->bytes &&
                 row->offset >= reader->from && row->offset + row->len <= reader->to;
    if (!there) {
        uint64_t left = spill_end(store->spill) - row->offset, size = row->len > READ_AHEAD ? row->len : READ_AHEAD;
        reader->from = row->offset;
        reader->to = row->offset + (size < left ? size : left);
        reader->store = store;
        reader->generation = store->generation;
        size_t window = (size_t)(reader->to - reader->from);
        spill_reader_start(&reader->reader, store->spill, reader->from, reader->to, window);
        reader->bytes = spill_read(&reader->reader, window);
    }
    return reader->bytes + (row->offset - reader->from);
}

void over_reader_free(struct over_reader *reader)
{
    spill_reader_free(&reader->reader);
}

void over_store_free(struct over_store *store)
{
    over_store_empty(store);
    free(store->rows);
}
