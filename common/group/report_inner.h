/* group_report_inner: a thread that makes rows of groups, for those of this room who report. */
#ifndef ATOOLS_GROUP_REPORT_INNER_H
#define ATOOLS_GROUP_REPORT_INNER_H

#include "group/report.h"
#include "group/session.h"

/* One thread's share. */
struct report_worker {
    const struct group_report *report;
    struct project_writer *writer;
    struct project *project;
    struct span *slots;
    struct value *aggregates; /* results of the calls, then values of computed keys */
    size_t set;               /* the group's grouping set */
    struct arena arena;
    struct result result;
    struct spill *spool;      /* rows that no longer fit into result.out */
    struct group **list;
    size_t count;
    uint64_t most, skip;      /* rows wanted, of which the first ones are still to be left out */
    size_t failed_at;         /* the group that has no result, and why; count if none */
    char *error;
};

/* Whether groups hold sessions. */
static inline bool report_has_sessions(const struct group_report *report)
{
    return report->select->window.shape && report->select->window.shape->session;
}

/* What report_key needs, or all; the end of either. */
void report_worker_keys(struct report_worker *worker, const struct group_report *report);
void report_worker_start(struct report_worker *worker, const struct group_report *report, struct project *project,
                         uint64_t most);
void report_worker_end(struct report_worker *worker);

/* The columns of a group's key into slots and aggregates; session: its own column is filled too. False: it is none. */
bool report_key(struct report_worker *worker, const struct group *group, const struct session *session);

/* The row of a group (or of this session of it), if HAVING lets it pass. False if it cannot be computed: *error. part:
 * its number among those of the group. */
bool report_row(struct report_worker *worker, const struct group *group, const struct session *session, uint64_t part,
                const char **error);

/* "exam_name=Learning Git, year=2018: what"; to be freed. After report_key. */
char *report_describe(const struct report_worker *worker, const char *what);

#endif
