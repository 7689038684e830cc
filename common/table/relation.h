/* relation: rows of a result that another step reads, with their types: a temporary file without a name, mapped when it
 * is read, so that memory holds of it what the system sees fit.
 *
 * Written by one step after the other, in output_form_relation, through relation_output; then read any number of times,
 * by any number of threads (rows_options.relation). */
#ifndef ATOOLS_RELATION_H
#define ATOOLS_RELATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "json/span.h"
#include "table/form/output_form.h"
#include "table/form/row_form.h"

struct relation;

/* With columns of these names (copied). */
struct relation *relation_new(const char *const *names, size_t count);
void relation_free(struct relation *relation);

/* What the rows of a step are written to, behind those that are there; to be closed by output_close. */
struct output *relation_output(struct relation *relation);

/* All is written: from now on it is read. */
void relation_settle(struct relation *relation);

/* The bytes of its rows. */
uint64_t relation_bytes(const struct relation *relation);

/* The next row from *at on (0: the first), its cells into `cells`, which live as long as the relation; false: there is
 * none. */
bool relation_next(const struct relation *relation, uint64_t *at, struct span *cells);

extern const struct output_form output_form_relation;
extern const struct row_form row_form_relation;

#endif
