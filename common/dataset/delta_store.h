/* delta_store: a Delta table in a store, as far as its log is read (delta/place.h). */
#ifndef ATOOLS_DATASET_DELTA_STORE_H
#define ATOOLS_DATASET_DELTA_STORE_H

#include "delta/place.h"
#include "delta/table.h"
#include "store/store.h"

struct delta_store {
    struct store *store;
    const char *folder; /* the table's name in the store */
    const char *name;   /* for messages */
};

/* The store, the strings and `table` live on. */
struct delta_place delta_store_place(struct delta_store *table);

/* Whether the table's folder has a log. */
enum store_answer delta_store_has_log(const struct delta_store *table, struct problem *problem);

/* A file's name in the store, by its name in the table; freed with free(). */
char *delta_store_path(const struct delta_store *table, const char *file);

#endif
