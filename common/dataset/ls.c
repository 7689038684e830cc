#include "dataset/ls.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/store.h"

/* The least widths that Hadoop's Ls.java has. */
enum { LEAST_REPLICAS = 3, LEAST_SIZE = 10, NUMBER_MAX = 24 };

struct widths {
    int owner, group, size;
};

static void widen(struct widths *widths, const struct store_entry *entry)
{
    char number[NUMBER_MAX];
    int size = snprintf(number, sizeof number, "%llu", (unsigned long long)entry->size);
    widths->size = size > widths->size ? size : widths->size;
    widths->owner = (int)strlen(entry->owner) > widths->owner ? (int)strlen(entry->owner) : widths->owner;
    widths->group = (int)strlen(entry->group) > widths->group ? (int)strlen(entry->group) : widths->group;
}

static void add_mode(const struct store_entry *entry, struct buffer *into)
{
    buffer_add_char(into, entry->is_folder ? 'd' : '-');
    for (int bit = 8; bit >= 0; bit--)
        buffer_add_char(into, entry->mode >> bit & 1 ? "xwr"[bit % 3] : '-');
    if (entry->mode & 01000)
        into->data[into->len - 1] = entry->mode & 1 ? 't' : 'T';
    buffer_add_char(into, entry->has_acl ? '+' : ' ');
}

/* In the time of this place (TZ), as Hadoop's. */
static void add_time(int64_t ms, struct buffer *into)
{
    char text[NUMBER_MAX] = "-";
    time_t seconds = (time_t)(ms / 1000);
    struct tm when;
    if (ms != STORE_UNKNOWN_TIME && localtime_r(&seconds, &when))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M", &when);
    buffer_add_text(into, text);
}

static void add_entry(const struct store *store, const char *name, const struct store_entry *entry,
                      const struct widths *widths, struct buffer *into)
{
    char replicas[NUMBER_MAX] = "-";
    if (!entry->is_folder && entry->replicas > 0)
        snprintf(replicas, sizeof replicas, "%u", entry->replicas);
    add_mode(entry, into);
    buffer_add_format(into, "%*s %-*s %-*s %*llu ", LEAST_REPLICAS, replicas, widths->owner, entry->owner,
                      widths->group, entry->group, widths->size, (unsigned long long)entry->size);
    add_time(entry->modified_ms, into);
    buffer_add_char(into, ' ');
    store_add_url(store, name, into);
    buffer_add_char(into, '\n');
}

static void add_folder(const struct store *store, const struct store_listing *listing, struct buffer *into)
{
    struct widths widths = {.size = LEAST_SIZE};
    for (size_t i = 0; i < listing->count; i++)
        widen(&widths, &listing->entries[i]);
    if (listing->count > 0)
        buffer_add_format(into, "Found %zu items\n", listing->count);
    for (size_t i = 0; i < listing->count; i++)
        add_entry(store, listing->entries[i].name, &listing->entries[i], &widths, into);
}

bool ls_write(const char *url, struct buffer *into, struct problem *problem)
{
    struct store_listing listing = {0};
    struct store_entry entry;
    struct widths widths = {.size = LEAST_SIZE};
    struct store *store = store_open(url, 0, problem);
    if (!store)
        return false;
    store_name_owners(store);
    enum store_answer there = store_stat(store, "", &listing.arena, &entry, problem);
    bool good = there == STORE_YES;
    if (there == STORE_NO)
        problem_set(problem, STATUS_USAGE, "%s: no such file or folder", url);
    if (good && entry.is_folder) {
        good = store_list(store, "", &listing, problem);
        if (good)
            add_folder(store, &listing, into);
    } else if (good) {
        widen(&widths, &entry);
        add_entry(store, "", &entry, &widths, into);
    }
    store_listing_free(&listing);
    store_close(store);
    return good;
}
