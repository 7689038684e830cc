/* partitions: those that -p names. */
#ifndef ATOOLS_LOG_PARTITIONS_H
#define ATOOLS_LOG_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

enum { PARTITIONS_MAX = 1000000 };

/* Zero-initialised: all. */
struct partitions {
    bool *wanted; /* by number; NULL: all are */
    size_t cap;
};

/* Adds those of "0,3,7"; false with a problem. */
bool partitions_parse(struct partitions *partitions, const char *option, const char *text, struct problem *problem);

static inline bool partitions_has(const struct partitions *partitions, size_t number)
{
    return !partitions->wanted || (number < partitions->cap && partitions->wanted[number]);
}

#endif
