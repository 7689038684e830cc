/* types: what the records of a dataset that is there are: the columns of all its files, by their footers, and those in
 * the names of its folders. For datasets that are no Delta tables, whose log says it. */
#ifndef ATOOLS_DATASET_TYPES_H
#define ATOOLS_DATASET_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "parquet/layout.h"

/* What its records are written as; freed by the caller. columns: those that records to come are parted into folders by,
 * which have to be the dataset's own. NULL without a problem: the dataset has no files, or is not there. NULL and the
 * problem: a file that can't be read, files of which two have a column of different types, a type that no record has,
 * other folders. */
struct parquet_layout *types_of_dataset(const char *url, const char *const *columns, size_t count,
                                        struct problem *problem);

#endif
