/* store_inner: what a kind of store is: one file, one row of the table in store.c. Paths here are the store's root
 * and the name joined, as the kind's system knows them (a path of HDFS, a key of S3). */
#ifndef ATOOLS_STORE_INNER_H
#define ATOOLS_STORE_INNER_H

#include "store/store.h"

struct store_kind;

struct store {
    const struct store_kind *kind;
    char *place; /* what a path has before it in messages: "webhdfs://host:1234", "s3://bucket/" */
    char *root;  /* without a '/' at its end, unless it is "/" */
    unsigned patience;
    bool owners; /* names are looked up, where that takes a call of its own */
    void *own; /* the kind's */
};

struct store_writer {
    struct store *store;
    char *path;
    struct buffer piece; /* what has not been handed to the kind yet */
    unsigned pieces;     /* that were */
    void *own;           /* the kind's, freed by finish or abandon */
};

struct store_kind {
    const char *prefix; /* of its URLs; ends in "://" */
    /* Sets place, root and own; rest is the URL behind the prefix. */
    bool (*open)(struct store *store, const char *rest, struct problem *problem);
    void (*close)(struct store *store);
    enum store_answer (*stat)(struct store *store, const char *path, struct arena *arena, struct store_entry *entry,
                              struct problem *problem);
    /* In any order. */
    bool (*list)(struct store *store, const char *path, struct store_listing *listing, struct problem *problem);
    bool (*read_at)(struct store *store, const char *path, uint64_t at, void *into, size_t len,
                    struct problem *problem);
    /* A piece of a file that will have more of them; the first one when writer->pieces is 0. */
    bool (*piece)(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem);
    /* The last one, perhaps empty, perhaps the only one; then the file appears. False: abandon follows. */
    bool (*finish)(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem);
    void (*abandon)(struct store_writer *writer);
    enum store_answer (*put_absent)(struct store *store, const char *path, const void *bytes, size_t len,
                                    struct problem *problem);
    /* NULL: it can't. */
    enum store_answer (*rename)(struct store *store, const char *from, const char *to, struct problem *problem);
    enum store_answer (*remove)(struct store *store, const char *path, struct problem *problem);
};

extern const struct store_kind store_kind_local, store_kind_file, store_kind_webhdfs, store_kind_swebhdfs,
    store_kind_s3, store_kind_s3a;

/* "PLACE PATH: cannot WHAT: why", STATUS_IO; gives false. */
bool store_fail(const struct store *store, const char *path, struct problem *problem, const char *what,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A new name in the folder of path that nobody else takes and that readers of datasets pass over; freed with free(). */
char *store_temporary(const char *path);

/* The path of its last '/' up to it, "." or "/" where there is none or it is the first; freed with free(). */
char *store_parent(const char *path);

#endif
