#include "dataset/delta_store.h"

#include <stdlib.h>

char *delta_store_path(const struct delta_store *table, const char *file)
{
    struct buffer path = {0};
    buffer_add_text(&path, table->folder);
    if (*table->folder)
        buffer_add_char(&path, '/');
    buffer_add(&path, file, strlen(file) + 1);
    return path.data;
}

enum store_answer delta_store_has_log(const struct delta_store *table, struct problem *problem)
{
    struct arena arena = {0};
    struct store_entry entry;
    char *log = delta_store_path(table, DELTA_LOG);
    enum store_answer answer = store_stat(table->store, log, &arena, &entry, problem);
    arena_free(&arena);
    free(log);
    return answer;
}

static bool list(void *context, delta_found *found, void *into, struct problem *problem)
{
    const struct delta_store *table = context;
    struct store_listing listing = {0};
    enum store_answer there = delta_store_has_log(table, problem);
    char *log = delta_store_path(table, DELTA_LOG);
    bool good = there == STORE_NO || (there == STORE_YES && store_list(table->store, log, &listing, problem));
    for (size_t i = 0; good && i < listing.count; i++)
        if (!listing.entries[i].is_folder)
            found(into, listing.entries[i].name, listing.entries[i].size);
    store_listing_free(&listing);
    free(log);
    return good;
}

static bool read_bytes(void *context, const char *file, uint64_t at, void *into, size_t len, struct problem *problem)
{
    const struct delta_store *table = context;
    char *path = delta_store_path(table, file);
    bool good = store_read_at(table->store, path, at, into, len, problem);
    free(path);
    return good;
}

struct delta_place delta_store_place(struct delta_store *table)
{
    return (struct delta_place){.context = table, .name = table->name, .list = list, .read = read_bytes};
}
