/* commit: the states that aagg --partial --every writes, report by report: each is a transaction, in which the offsets
 * that its last line tells are committed for the group that aconsume --leave-commit reads in. */
#ifndef ATOOLS_COMMIT_H
#define ATOOLS_COMMIT_H

#include "load/load.h"

/* All of the input; every report is published and committed, or nothing of it. An end within a report, and a
 * transaction that cannot be committed, end it: load->status. */
void commit_run(struct load *load);

#endif
