#include "log/latest.h"

#include <stdlib.h>
#include <string.h>

static struct latest_entry *find(const struct latest *latest, uint64_t hash, const char *key, size_t len)
{
    for (size_t at = index_first(&latest->index, hash); at != INDEX_NONE; at = index_next(&latest->index, hash, at)) {
        struct latest_entry *entry = &latest->entries[index_number(&latest->index, at)];
        if (entry->key_len == len && memcmp(entry->key, key, len) == 0)
            return entry;
    }
    return NULL;
}

void latest_put(struct latest *latest, const char *key, size_t key_len, const char *bytes, size_t len)
{
    uint64_t hash = index_hash(key, key_len);
    struct latest_entry *entry = find(latest, hash, key, key_len);
    if (!entry) {
        if (latest->count == latest->cap) {
            latest->cap = latest->cap ? latest->cap * 2 : 64;
            latest->entries = mem_resize(latest->entries, latest->cap, sizeof *latest->entries);
        }
        index_add(&latest->index, hash, latest->count);
        entry = &latest->entries[latest->count++];
        *entry = (struct latest_entry){.key = mem_copy(key, key_len), .key_len = key_len};
    }
    free(entry->bytes);
    entry->bytes = bytes ? mem_copy(bytes, len) : NULL;
    entry->len = len;
}

bool latest_next(const struct latest *latest, size_t *at, const char **bytes, size_t *len)
{
    while (*at < latest->count && !latest->entries[*at].bytes)
        ++*at;
    if (*at == latest->count)
        return false;
    *bytes = latest->entries[*at].bytes;
    *len = latest->entries[(*at)++].len;
    return true;
}

void latest_free(struct latest *latest)
{
    for (size_t i = 0; i < latest->count; i++) {
        free(latest->entries[i].key);
        free(latest->entries[i].bytes);
    }
    free(latest->entries);
    index_free(&latest->index);
    buffer_free(&latest->made);
    *latest = (struct latest){0};
}
