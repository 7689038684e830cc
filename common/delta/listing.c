#include "delta/listing_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { VERSION_DIGITS = 20, PART_DIGITS = 10 };

/* So many digits, and what is behind them. False: they are not there, or too great a number. */
static bool take_digits(const char **text, size_t digits, int64_t *number)
{
    int64_t sum = 0;
    for (size_t i = 0; i < digits; i++)
        if (!text_is_digit((*text)[i]) || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (*text)[i] - '0', &sum))
            return false;
    *text += digits;
    *number = sum;
    return true;
}

static bool take_text(const char **text, const char *wanted)
{
    size_t len = strlen(wanted);
    if (strncmp(*text, wanted, len) != 0)
        return false;
    *text += len;
    return true;
}

/* False: the name is none that tells of versions. */
static bool read_name(const char *name, struct delta_log_file *file)
{
    const char *at = name;
    int64_t part = 1, parts = 1;
    if (!take_digits(&at, VERSION_DIGITS, &file->version))
        return false;
    if (strcmp(at, ".json") == 0) {
        file->kind = DELTA_COMMIT;
        return true;
    }
    if (!take_text(&at, ".checkpoint."))
        return false;
    file->kind = DELTA_CHECKPOINT;
    const char *numbers = at;
    if (strcmp(at, "parquet") != 0 && !(take_digits(&at, PART_DIGITS, &part) && take_text(&at, ".") &&
                                        take_digits(&at, PART_DIGITS, &parts) && strcmp(at, ".parquet") == 0)) {
        file->kind = DELTA_CHECKPOINT_V2; /* a UUID */
        return strchr(numbers, '.') != NULL;
    }
    file->part = (unsigned)part;
    file->parts = (unsigned)parts;
    return part >= 1 && part <= parts && parts <= UINT32_MAX;
}

static void take_found(void *into, const char *name, uint64_t size)
{
    struct delta_listing *listing = into;
    struct delta_log_file file = {.size = size};
    if (!read_name(name, &file))
        return;
    file.name = mem_copy(name, strlen(name));
    if (listing->count == listing->cap) {
        listing->cap = listing->cap ? 2 * listing->cap : 64;
        listing->files = mem_resize(listing->files, listing->cap, sizeof *listing->files);
    }
    listing->files[listing->count++] = file;
}

static int by_version(const void *a, const void *b)
{
    const struct delta_log_file *x = a, *y = b;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->parts != y->parts)
        return x->parts < y->parts ? -1 : 1;
    return x->part == y->part ? strcmp(x->name, y->name) : x->part < y->part ? -1 : 1;
}

bool delta_listing_read(const struct delta_place *place, struct delta_listing *listing, struct problem *problem)
{
    bool good = place->list(place->context, take_found, listing, problem);
    if (listing->count > 1)
        qsort(listing->files, listing->count, sizeof *listing->files, by_version);
    return good;
}

void delta_listing_free(struct delta_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->files[i].name);
    free(listing->files);
    *listing = (struct delta_listing){0};
}

int64_t delta_listing_latest(const struct delta_listing *listing)
{
    return listing->count > 0 ? listing->files[listing->count - 1].version : -1;
}

const struct delta_log_file *delta_listing_checkpoint(const struct delta_listing *listing, int64_t version)
{
    for (size_t i = listing->count; i-- > 0;) {
        const struct delta_log_file *file = &listing->files[i];
        if (file->kind != DELTA_CHECKPOINT || file->version > version || file->part != 1)
            continue;
        size_t whole = 1;
        while (i + whole < listing->count && whole < file->parts && file[whole].version == file->version &&
               file[whole].kind == DELTA_CHECKPOINT && file[whole].parts == file->parts &&
               file[whole].part == whole + 1)
            whole++;
        if (whole == file->parts)
            return file;
    }
    return NULL;
}

const struct delta_log_file *delta_listing_commit(const struct delta_listing *listing, int64_t version)
{
    size_t low = 0, high = listing->count;
    while (low < high) { /* the first file of that version: commits come first */
        size_t middle = low + (high - low) / 2;
        if (listing->files[middle].version < version)
            low = middle + 1;
        else
            high = middle;
    }
    const struct delta_log_file *file = low < listing->count ? &listing->files[low] : NULL;
    return file && file->version == version && file->kind == DELTA_COMMIT ? file : NULL;
}
