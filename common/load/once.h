/* once: exactly-once loading. Records go in transactions; each also writes into the ledger (ledger.h) how many input
 * records are in by then, and a CRC-32 of their bytes. A run begins by reading the ledger, passes over as many records
 * and compares the CRC: so a re-run publishes the rest after a crash, and nothing after success, and another input is
 * noticed; and so is a topic that no longer holds what was loaded into it: an empty one is loaded from the beginning
 * again. */
#ifndef ATOOLS_ONCE_H
#define ATOOLS_ONCE_H

#include "load/ledger.h"
#include "load/load.h"

struct once {
    const char *name;   /* the load's */
    const char *ledger; /* the topic; number 1 of the writer */
    uint64_t batch_records, batch_bytes; /* a transaction is at most so large … */
    int64_t batch_ms;                    /* … and open for so long */

    /* private, but for reading */
    struct load *load;
    uint64_t records;   /* input records in, or in the open transaction */
    uint64_t skipped;   /* of them at the start */
    uint64_t published; /* messages of this run */
    uint32_t crc;
    struct ledger_entry entry; /* the last committed one */
    bool known;                /* there is one */
};

/* The whole load: init_transactions, ledger, skipping, transactions to the end of the input. */
void once_run(struct once *once, struct broker *broker, struct load *load);

#endif
