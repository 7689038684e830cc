/* flatten: rows, exploded where that is asked, chosen by a condition, and projected: the first half of aflatten. All or
 * none of a record's rows come out. */
#ifndef ATOOLS_FLATTEN_H
#define ATOOLS_FLATTEN_H

#include "expr/expr.h"
#include "frame/chunks.h"
#include "table/explode.h"
#include "table/project.h"
#include "table/rows.h"

/* All of it is bound and compiled, and shared by the threads. */
struct flatten {
    struct rows *rows;
    struct explode *explode;  /* or NULL */
    const struct expr *where; /* or NULL */
    struct project *project;
};

/* What chunks_run needs; the tool is the flatten. */
extern const struct chunks_work flatten_work;

#endif
