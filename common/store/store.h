/* store: the places where datasets lie, and the files in them: a local folder, HDFS (over WebHDFS), a bucket of S3.
 * A store is opened by its URL, and names within it are relative to that: "" is what the URL itself names. Names
 * are bytes as they are, parted by '/'; nothing is percent-decoded.
 *
 * * What is written appears under its name whole, when it was closed well, or not at all. What fails for a moment
 * (a lost connection, 5xx) is tried again, with pauses, a few times. Any thread may call anything with one store (a
 * writer and a reader belong to one thread each). What goes wrong fills the problem: STATUS_IO, and in its words
 * the URL, what was tried and why. */
#ifndef ATOOLS_STORE_H
#define ATOOLS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"

/* Bytes that a writer keeps, and sends at once: a larger file goes in pieces of this size. A file has at most
 * STORE_PIECES_MAX of them (S3's limit). */
enum { STORE_PIECE = 8 << 20, STORE_PIECES_MAX = 10000 };

/* Bytes that a reader asks for at once. */
enum { STORE_WINDOW = 4 << 20 };

/* Seconds for which a server may say nothing, unless store_open is told otherwise. */
enum { STORE_PATIENCE = 30 };

struct store;

/* URL: PATH or file://PATH, webhdfs://[USER@]HOST[:PORT]/PATH, swebhdfs://…, s3://BUCKET[/PREFIX] (s3a:// is the
 * same). Nothing is asked of a server yet. patience: seconds, 0: STORE_PATIENCE. NULL: the URL is none of these, or
 * what goes with it (keys) is missing or wrong; STATUS_USAGE. */
struct store *store_open(const char *url, unsigned patience, struct problem *problem);
void store_close(struct store *store);

/* Appends what a name's URL is. */
void store_add_url(const struct store *store, const char *name, struct buffer *into);

enum store_answer { STORE_FAILED, STORE_NO, STORE_YES };

struct store_entry {
    const char *name; /* within the folder that was listed */
    bool is_folder;
    uint64_t size;       /* bytes; a folder's: 0 */
    int64_t modified_ms; /* since 1970; STORE_UNKNOWN_TIME */
    unsigned mode;       /* permissions: the low 9 bits, and 01000 (sticky) */
    bool has_acl;
    unsigned replicas; /* 0: that is not known, or a folder */
    const char *owner, *group; /* "-": not known, or not looked up (store_name_owners) */
};
#define STORE_UNKNOWN_TIME INT64_MIN

/* STORE_NO: there is nothing of that name. Strings are put into the arena. In S3 a folder is what names begin with. */
enum store_answer store_stat(struct store *store, const char *name, struct arena *arena, struct store_entry *entry,
                             struct problem *problem);

struct store_listing {
    struct store_entry *entries;
    size_t count, cap;
    struct arena arena; /* their strings */
};

/* What is directly in a folder, in the order of their names' bytes. One that does not exist is a problem (an empty
 * one in S3 does not exist). The listing is zero-initialised, and freed by store_listing_free. */
bool store_list(struct store *store, const char *name, struct store_listing *listing, struct problem *problem);
void store_listing_free(struct store_listing *listing);

/* Adds a zeroed entry with a copy of the name; for kinds of stores and those who collect entries of their own. */
struct store_entry *store_listing_add(struct store_listing *listing, const char *name, size_t len);

/* The files of a dataset: those in the folder and in folders in it (a=1/b=2/…), in the order of their names (which
 * are relative to the store), without what begins with '_' or '.', as Spark and Hive read one. */
bool store_list_dataset(struct store *store, const char *name, struct store_listing *listing, struct problem *problem);

/* len bytes at `at`, which are there. */
bool store_read_at(struct store *store, const char *name, uint64_t at, void *into, size_t len, struct problem *problem);

/* Bytes in their order, from `from` up to `to`, or the end (`size`, as store_stat tells it) where that comes before.
 * store_read gives 1 to cap bytes, 0 at the end, -1 and the problem. */
struct store_reader;
struct store_reader *store_reader_new(struct store *store, const char *name, uint64_t from, uint64_t to, uint64_t size);
ptrdiff_t store_read(struct store_reader *reader, void *into, size_t cap, struct problem *problem);
void store_reader_free(struct store_reader *reader);

/* A file that is being written; folders on the way to it are made. store_finish makes it appear, in the place of
 * one that was there; it, whether it goes well or not, and store_abandon free the writer. After a failure of store_add
 * only store_abandon may follow. What was sent of a file that fails is taken away again. */
struct store_writer;
struct store_writer *store_write(struct store *store, const char *name, struct problem *problem);
bool store_add(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem);
bool store_finish(struct store_writer *writer, struct problem *problem);
void store_abandon(struct store_writer *writer);

/* A file of these bytes, if there is none of that name: of several who try at a time one gets STORE_YES, the others
 * STORE_NO. */
enum store_answer store_put_absent(struct store *store, const char *name, const void *bytes, size_t len,
                                   struct problem *problem);

/* From now on, entries tell their owners and groups: locally each is a call to the system's databases. */
void store_name_owners(struct store *store);

/* True where a file or folder can be renamed in one step (not in S3, where store_rename is a problem). */
bool store_can_rename(const struct store *store);

/* STORE_NO: there is something of the new name already; nothing was done. */
enum store_answer store_rename(struct store *store, const char *from, const char *to, struct problem *problem);

/* A file, or a folder with all that is in it. STORE_NO: there was nothing. The store itself ("") may be removed,
 * too. */
enum store_answer store_remove(struct store *store, const char *name, struct problem *problem);

#endif
