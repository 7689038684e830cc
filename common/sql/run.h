/* run: stages carried out, as the tools carry them out. */
#ifndef ATOOLS_SQL_RUN_H
#define ATOOLS_SQL_RUN_H

#include "base/output.h"
#include "base/problem.h"
#include "sql/stage.h"
#include "table/data_options.h"

struct stage_runner {
    const struct data_options *data;
};

/* Runs a stage, and first those that it takes rows from. out NULL: its rows become its relation; else they are written
 * there in the form of data. The exit status: what is wrong with records has been said, and a problem is set for all
 * else. */
int stage_run(const struct stage_runner *runner, struct stage *stage, struct output *out, struct problem *problem);

/* The same for a stage that only hands on what others give: with one more behind it, which lives in `arena`. */
int stage_run_through(const struct stage_runner *runner, struct stage *stage, struct output *out, struct arena *arena,
                      struct problem *problem);

#endif
