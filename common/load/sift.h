/* sift: of batches that the broker has refused whole, which records are the cause. All of them are sent again, in
 * groups; a group that is refused is halved until what is refused is one record, which is named and counted. In
 * transactions a refusal costs much more than a record sent alone, and hides all that is behind it: there the records
 * of a refused group are sent one by one, in transactions that are aborted. One thread. */
#ifndef ATOOLS_SIFT_H
#define ATOOLS_SIFT_H

#include "load/load.h"

/* A record that was refused with its batch: under suspicion. */
void sift_suspect(struct load *load, const struct broker_outcome *outcome);

/* Clears up every suspicion; nothing of the load is in flight then. Without transactions all that the broker takes is
 * delivered; with them no transaction may be open, and what it takes is only known. When it took each record alone the
 * groups sent from now on are smaller (load->group). False: the writer is lost, load->error. */
bool sift_suspects(struct load *load);

#endif
