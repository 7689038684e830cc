#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "store/store_inner.h"

static const struct store_kind *const kinds[] = {&store_kind_file, &store_kind_webhdfs, &store_kind_swebhdfs,
                                                 &store_kind_s3, &store_kind_s3a};

/* Temporary files: hidden from readers of datasets by the dot. */
static const char temporary_prefix[] = ".atools-";
enum { TEMPORARY_BYTES = 12, WHY_MAX = 1024 };

static const struct store_kind *kind_of(const char *url)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(url, kinds[i]->prefix, strlen(kinds[i]->prefix)) == 0)
            return kinds[i];
    return NULL;
}

/* "abc://" at the beginning. */
static bool has_scheme(const char *url)
{
    size_t len = 0;
    while (text_digit(url[len]) != TEXT_NO_DIGIT)
        len++;
    return len > 1 && strncmp(url + len, "://", 3) == 0;
}

struct store *store_open(const char *url, unsigned patience, struct problem *problem)
{
    const struct store_kind *kind = kind_of(url);
    if (!kind && strncmp(url, "hdfs://", 7) == 0) {
        problem_set(problem, STATUS_USAGE, "%s: HDFS is reached over WebHDFS: webhdfs://HOST:9870/PATH", url);
        return NULL;
    }
    if (!kind && has_scheme(url)) {
        problem_set(problem, STATUS_USAGE, "%s: expected a path, or a URL of webhdfs, swebhdfs or s3", url);
        return NULL;
    }
    struct store *store = mem_zero(1, sizeof *store);
    store->kind = kind ? kind : &store_kind_local;
    store->patience = patience > 0 ? patience : STORE_PATIENCE;
    if (!store->kind->open(store, url + strlen(store->kind->prefix), problem)) {
        store_close(store);
        return NULL;
    }
    for (size_t len = strlen(store->root); len > 1 && store->root[len - 1] == '/'; len--)
        store->root[len - 1] = '\0';
    return store;
}

void store_close(struct store *store)
{
    store->kind->close(store);
    free(store->place);
    free(store->root);
    free(store);
}

/* Freed with free(). */
static char *join(const struct store *store, const char *name)
{
    struct buffer path = {0};
    size_t root = strlen(store->root);
    buffer_add(&path, store->root, root);
    if (*name && root > 0 && store->root[root - 1] != '/')
        buffer_add_char(&path, '/');
    buffer_add(&path, name, strlen(name) + 1);
    return path.data;
}

void store_add_url(const struct store *store, const char *name, struct buffer *into)
{
    char *path = join(store, name);
    buffer_add_text(into, store->place);
    buffer_add_text(into, path);
    free(path);
}

bool store_fail(const struct store *store, const char *path, struct problem *problem, const char *what,
                const char *format, ...)
{
    char why[WHY_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    return problem_set(problem, STATUS_IO, "%s%s: cannot %s: %s", store->place, path, what, why);
}

char *store_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? mem_copy(".", 1) : mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

char *store_temporary(const char *path)
{
    unsigned char random[TEMPORARY_BYTES];
    char hex[2 * TEMPORARY_BYTES];
    if (getentropy(random, sizeof random) != 0)
        mem_refuse(1, sizeof random);
    text_hex(random, sizeof random, false, hex);
    struct buffer name = {0};
    const char *slash = strrchr(path, '/');
    buffer_add(&name, path, slash ? (size_t)(slash + 1 - path) : 0);
    buffer_add_text(&name, temporary_prefix);
    buffer_add(&name, hex, sizeof hex);
    buffer_add(&name, ".tmp", sizeof ".tmp");
    return name.data;
}

enum store_answer store_stat(struct store *store, const char *name, struct arena *arena, struct store_entry *entry,
                             struct problem *problem)
{
    char *path = join(store, name);
    *entry = (struct store_entry){.modified_ms = STORE_UNKNOWN_TIME, .owner = "-", .group = "-"};
    enum store_answer answer = store->kind->stat(store, path, arena, entry, problem);
    entry->name = arena_copy(arena, name, strlen(name));
    free(path);
    return answer;
}

struct store_entry *store_listing_add(struct store_listing *listing, const char *name, size_t len)
{
    if (listing->count == listing->cap) {
        listing->cap = 2 * listing->cap + 64;
        listing->entries = mem_resize(listing->entries, listing->cap, sizeof *listing->entries);
    }
    struct store_entry *entry = &listing->entries[listing->count++];
    *entry = (struct store_entry){.modified_ms = STORE_UNKNOWN_TIME, .owner = "-", .group = "-"};
    entry->name = arena_copy(&listing->arena, name, len);
    return entry;
}

void store_listing_free(struct store_listing *listing)
{
    free(listing->entries);
    arena_free(&listing->arena);
    *listing = (struct store_listing){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct store_entry *)a)->name, ((const struct store_entry *)b)->name);
}

static void sort(struct store_listing *listing)
{
    if (listing->count > 1)
        qsort(listing->entries, listing->count, sizeof *listing->entries, compare_names);
}

bool store_list(struct store *store, const char *name, struct store_listing *listing, struct problem *problem)
{
    char *path = join(store, name);
    bool good = store->kind->list(store, path, listing, problem);
    free(path);
    sort(listing);
    return good;
}

/* Adds the files of one folder; the names of those in it, as they stand within the store, to folders. */
static bool list_one(struct store *store, const char *folder, struct store_listing *listing,
                     struct store_listing *folders, struct problem *problem)
{
    struct store_listing here = {0};
    struct buffer name = {0};
    bool good = store_list(store, folder, &here, problem);
    for (size_t i = 0; good && i < here.count; i++) {
        const struct store_entry *entry = &here.entries[i];
        if (entry->name[0] == '_' || entry->name[0] == '.')
            continue;
        name.len = 0;
        if (*folder)
            buffer_add_format(&name, "%s/", folder);
        buffer_add_text(&name, entry->name);
        struct store_entry *added = store_listing_add(entry->is_folder ? folders : listing, name.data, name.len);
        added->size = entry->size;
        added->modified_ms = entry->modified_ms;
    }
    store_listing_free(&here);
    buffer_free(&name);
    return good;
}

bool store_list_dataset(struct store *store, const char *name, struct store_listing *listing, struct problem *problem)
{
    struct store_listing folders = {0}; /* those to be looked into yet, the first one included */
    store_listing_add(&folders, name, strlen(name));
    bool good = true;
    for (size_t i = 0; good && i < folders.count; i++)
        good = list_one(store, folders.entries[i].name, listing, &folders, problem);
    store_listing_free(&folders);
    sort(listing);
    return good;
}

bool store_read_at(struct store *store, const char *name, uint64_t at, void *into, size_t len, struct problem *problem)
{
    if (len == 0)
        return true;
    char *path = join(store, name);
    bool good = store->kind->read_at(store, path, at, into, len, problem);
    free(path);
    return good;
}

struct store_reader {
    struct store *store;
    char *path;
    uint64_t next, to; /* to be asked for */
    char *window;
    size_t at, len; /* what of the window has not been given yet */
};

struct store_reader *store_reader_new(struct store *store, const char *name, uint64_t from, uint64_t to, uint64_t size)
{
    struct store_reader *reader = mem_zero(1, sizeof *reader);
    reader->store = store;
    reader->path = join(store, name);
    reader->to = to < size ? to : size;
    reader->next = from < reader->to ? from : reader->to;
    uint64_t left = reader->to - reader->next;
    reader->window = mem_resize(NULL, left < STORE_WINDOW ? (size_t)left + 1 : STORE_WINDOW, 1);
    return reader;
}

ptrdiff_t store_read(struct store_reader *reader, void *into, size_t cap, struct problem *problem)
{
    if (reader->at == reader->len) {
        uint64_t left = reader->to - reader->next;
        size_t len = left < STORE_WINDOW ? (size_t)left : STORE_WINDOW;
        const struct store_kind *kind = reader->store->kind;
        if (len > 0 && !kind->read_at(reader->store, reader->path, reader->next, reader->window, len, problem))
            return -1;
        reader->at = 0;
        reader->len = len;
        reader->next += len;
    }
    size_t n = reader->len - reader->at;
    n = n < cap ? n : cap;
    if (n > 0)
        memcpy(into, reader->window + reader->at, n);
    reader->at += n;
    return (ptrdiff_t)n;
}

void store_reader_free(struct store_reader *reader)
{
    free(reader->window);
    free(reader->path);
    free(reader);
}

struct store_writer *store_write(struct store *store, const char *name, struct problem *problem)
{
    if (!*name && !*store->root) {
        store_fail(store, name, problem, "write", "expected the name of a file");
        return NULL;
    }
    struct store_writer *writer = mem_zero(1, sizeof *writer);
    writer->store = store;
    writer->path = join(store, name);
    return writer;
}

static void free_writer(struct store_writer *writer)
{
    buffer_free(&writer->piece);
    free(writer->path);
    free(writer);
}

/* Hands a full piece to the kind; there is more behind it. */
static bool send_piece(struct store_writer *writer, struct problem *problem)
{
    struct buffer *piece = &writer->piece;
    if (writer->pieces == STORE_PIECES_MAX - 1)
        return store_fail(writer->store, writer->path, problem, "write", "more than %d pieces of %d bytes",
                          STORE_PIECES_MAX, STORE_PIECE);
    if (!writer->store->kind->piece(writer, piece->data, piece->len, problem))
        return false;
    writer->pieces++;
    piece->len = 0;
    return true;
}

bool store_add(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    for (const char *from = bytes; len > 0;) {
        struct buffer *piece = &writer->piece;
        if (piece->len == STORE_PIECE && !send_piece(writer, problem))
            return false;
        size_t n = STORE_PIECE - piece->len;
        n = n < len ? n : len;
        buffer_add(piece, from, n);
        from += n;
        len -= n;
    }
    return true;
}

bool store_finish(struct store_writer *writer, struct problem *problem)
{
    const struct buffer *piece = &writer->piece;
    bool good = writer->store->kind->finish(writer, piece->data ? piece->data : "", piece->len, problem);
    if (!good)
        writer->store->kind->abandon(writer);
    free_writer(writer);
    return good;
}

void store_abandon(struct store_writer *writer)
{
    writer->store->kind->abandon(writer);
    free_writer(writer);
}

enum store_answer store_put_absent(struct store *store, const char *name, const void *bytes, size_t len,
                                   struct problem *problem)
{
    char *path = join(store, name);
    enum store_answer answer = store->kind->put_absent(store, path, len > 0 ? bytes : "", len, problem);
    free(path);
    return answer;
}

void store_name_owners(struct store *store)
{
    store->owners = true;
}

bool store_can_rename(const struct store *store)
{
    return store->kind->rename != NULL;
}

enum store_answer store_rename(struct store *store, const char *from, const char *to, struct problem *problem)
{
    char *old = join(store, from), *new = join(store, to);
    enum store_answer answer = STORE_FAILED;
    if (store->kind->rename)
        answer = store->kind->rename(store, old, new, problem);
    else
        store_fail(store, old, problem, "rename", "there is no such thing here");
    free(old);
    free(new);
    return answer;
}

enum store_answer store_remove(struct store *store, const char *name, struct problem *problem)
{
    char *path = join(store, name);
    enum store_answer answer = store->kind->remove(store, path, problem);
    free(path);
    return answer;
}
