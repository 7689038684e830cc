/* explode_options: -e and --outer of the tools that make rows of elements. Belongs to main(). */
#ifndef ATOOLS_EXPLODE_OPTIONS_H
#define ATOOLS_EXPLODE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/options.h"
#include "base/problem.h"
#include "table/explode.h"
#include "table/form/row_form.h"

struct explode_asked {
    const char *array, *name; /* name: NULL, or the word behind "as", given apart */
};

/* Zero-initialised: none. */
struct explode_options {
    struct explode_asked *list;
    size_t count;
    bool outer;
};

extern const struct option_row explode_options_rows[];

/* Takes one option of these; false: it is none. */
bool explode_options_take(struct explode_options *options, int option, struct options_parser *parser);

/* What they ask for, to be freed by explode_free; NULL without -e, or with the problem. */
struct explode *explode_options_start(const struct explode_options *options, bool ansi, aggregate_table *aggregate_at,
                                      struct problem *problem);

/* Whether records of this form can have such arrays. explode: may be NULL. */
bool explode_options_fit(const struct explode *explode, const struct row_form *form, struct problem *problem);

void explode_options_free(struct explode_options *options);

#endif
