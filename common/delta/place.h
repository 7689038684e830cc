/* delta_place: where a Delta table lies, as far as its log is read: what the log's folder holds, and bytes of files. A
 * place is filled by whoever knows how (a store); local folders are known here. */
#ifndef ATOOLS_DELTA_PLACE_H
#define ATOOLS_DELTA_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

/* The log's folder, in the table's. */
#define DELTA_LOG "_delta_log"

typedef void delta_found(void *into, const char *name, uint64_t size);

struct delta_place {
    void *context;
    const char *name; /* the table, for messages; lives as long as the place */
    /* Tells each file of the log's folder, in any order; where there is no such folder, none. */
    bool (*list)(void *context, delta_found *found, void *into, struct problem *problem);
    /* len bytes at `at` of a file (a name within the table), which are there. */
    bool (*read)(void *context, const char *file, uint64_t at, void *into, size_t len, struct problem *problem);
};

/* A local folder, by its path, which lives on. */
struct delta_place delta_place_local(const char *path);

#endif
