/* direct: records into a dataset in one go, where the input can be read again: the first ones say what they are written
 * as, and as long as all others are like them, they become columns at once and need not be put by until the schema of
 * all is known. The files are the same as by gather and put. */
#ifndef ATOOLS_DATASET_DIRECT_H
#define ATOOLS_DATASET_DIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "dataset/landing.h"
#include "dataset/put.h"
#include "table/inputs.h"
#include "table/rows.h"

enum direct_end {
    DIRECT_DONE,  /* all records are in files of the landing, if there are any */
    DIRECT_AGAIN, /* nothing is: this is not for these records; read them again, and gather them */
    DIRECT_BAD,   /* the problem is set, or it was said already: *status */
};

/* Writes the records of these files, without columns or a schema of anybody's, as one file of Parquet. */
enum direct_end direct_land(const struct inputs *inputs, const struct rows_options *rows_options,
                            struct landing *landing, const struct put_options *options, struct put_total *total,
                            int *status, struct problem *problem);

#endif
