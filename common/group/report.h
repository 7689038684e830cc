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

struct group_pivot;

struct group_report {
    const struct group_select *select;
    const struct groups_options *groups_options;
    struct group_pivot *pivot; /* which turns the rows; or NULL */
    size_t slot_count; /* of a row that the select is computed from */
    struct project_options project; /* form, header, null, table, limit, memory; the order is the select's */
    unsigned threads;
};

/* Writes the rows of all groups. False, with the problem and nothing written, where a group has no result. */
bool group_report_write(const struct group_report *report, struct groups *groups, struct output *out,
                        struct problem *problem);

/* Writes all groups as partial states (partial.h) under a name, as first seen; what stands in front of each line is
 * `front`'s. positions: how far they go, said before them; or NULL. False with a problem. */
bool group_report_partial(const struct group_report *report, struct groups *groups, const char *name,
                          enum partial_front front, struct positions *positions, struct output *out,
                          struct problem *problem);

struct session;

/* A row to be: a group, or one session of it. */
struct group_cell {
    struct group *group;
    struct session *session; /* or NULL */
    bool gone;               /* its row is no more, whatever it would be */
};

/* Who knows what was reported before. */
struct group_told {
    /* Whether this row is another one than was told of the group before; from now on it was. */
    bool (*changed)(void *context, const struct group_cell *cell, const char *row, size_t len);
    /* Whether a row of the group was told that is there no more (HAVING); from now on none was. */
    bool (*vanished)(void *context, const struct group_cell *cell);
    void *context;
};

/* Writes the rows of some groups while more come: in their order, or by the select's ORDER BY. told: NULL, or rows in a
 * text form that are as they were are left out, and those that vanished are told where the form can. False, with the
 * problem and nothing written, where one has no result. *rows: how many were written. */
bool group_report_cells(const struct group_report *report, const struct group_cell *cells, size_t count,
                        const struct group_told *told, bool header, struct output *out, uint64_t *rows,
                        struct problem *problem);

/* Writes some groups as partial states, a line each. */
void group_report_states(const struct group_report *report, struct group *const *list, size_t count, const char *name,
                         struct output *out);

#endif
