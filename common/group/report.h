/* group_report: groups into rows of the result: HAVING, ORDER BY, the limit, and the written form: the second
 * half of aagg. Everything is computed before the first byte is written, so a result that cannot be given
 * (a sum beyond 64 bits) leaves no part of it. */
#ifndef ATOOLS_GROUP_REPORT_H
#define ATOOLS_GROUP_REPORT_H

#include "base/output.h"
#include "group/group.h"
#include "group/partial.h"
#include "group/select.h"
#include "json/path.h"
#include "table/project.h"

struct group_report {
    const struct group_select *select;
    const struct groups_options *groups_options;
    const struct path_set *paths;
    struct project_options project; /* form, header, null, table, limit, memory; the order is the select's */
    unsigned threads;
};

/* Writes the rows of all groups. False, with the problem and nothing written, where a group has no result. */
bool group_report_write(const struct group_report *report, struct groups *groups, struct output *out,
                        struct problem *problem);

/* Writes all groups as partial states (partial.h) under a name, as first seen; what stands in front of each line is
 * `front`'s. False with a problem. */
bool group_report_partial(const struct group_report *report, struct groups *groups, const char *name,
                          enum partial_front front, struct output *out, struct problem *problem);

#endif
