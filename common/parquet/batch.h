/* parquet_batch: JSON records taken apart into columns, by a layout: what stands between the text and a file. Records
 * go through once, from their text, without a tree.
 *
 * One thread a batch; batches of several threads are written (writer.h) one after the other, in the order of their
 * records, and the file's bytes do not depend on where batches begin. */
#ifndef ATOOLS_PARQUET_BATCH_H
#define ATOOLS_PARQUET_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"
#include "parquet/layout.h"

struct parquet_batch;
struct parquet_target;

/* The layout lives as long as the batch. */
struct parquet_batch *parquet_batch_new(const struct parquet_layout *layout);
void parquet_batch_free(struct parquet_batch *batch);

/* Forgets its records; keeps its memory. */
void parquet_batch_clear(struct parquet_batch *batch);

/* From now on only records fit whose shape and types are the layout's, as schema infers them: no member that it has not
 * got, no text for a number, no key twice. So what fits has not widened a schema that the layout was made of, if that
 * has no decimals and had seen more than nulls everywhere. (What fits not need not say so in its misfit.) */
void parquet_batch_set_strict(struct parquet_batch *batch);

size_t parquet_batch_rows(const struct parquet_batch *batch);

/* A value that its field can't hold. */
struct parquet_misfit {
    const struct parquet_target *target; /* its field: parquet_misfit_path says which */
    const char *wanted;                  /* "a number", … */
    struct span value;
};

/* Adds a record: an OBJECT span of valid JSON (as walk gives it), 8 bytes behind it readable. Members that the layout
 * has not got are left out; what is lacking is null, so is "" where no string and no bytes are wanted (as Spark reads
 * JSON); of a repeated key the last counts; a value that is no string is its compact text where one is wanted. False: a
 * value does not fit; *misfit says which, and nothing was added. */
bool parquet_batch_add(struct parquet_batch *batch, struct span record, struct parquet_misfit *misfit);

/* True if the record has a member that the layout has not got: appends its path, names with dots between them. Only
 * what a batch of the layout takes is looked at. */
bool parquet_layout_strange(const struct parquet_layout *layout, struct span record, struct buffer *path);

/* Appends the field's path, names with dots between them ("element" for an array's). */
void parquet_misfit_path(const struct parquet_misfit *misfit, struct buffer *into);

#endif
