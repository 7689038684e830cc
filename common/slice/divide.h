/* divide: results of aslice into files called by their values, as they come out of it: a value a line. One thread. */
#ifndef ATOOLS_DIVIDE_H
#define ATOOLS_DIVIDE_H

#include "base/output.h"
#include "base/problem.h"
#include "base/scatter.h"
#include "expr/expr.h"

/* An output for lines of JSON, each of which goes into the file that `name` (file_name.h) makes of it; closed by
 * output_close, behind which the scatter is finished by who has it. NULL: the name is wrong, or its folder. */
struct output *divide_output(const char *option, const char *name, aggregate_table *aggregate_at,
                             const struct shrink_options *shrink, struct scatter **scatter,
                             struct problem *problem);

#endif
