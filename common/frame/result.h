/* result: what working on a batch gave: bytes for the output, counts, bad records put aside, or the message that stops the
 * tool. The batch's worker fills it, chunks delivers it in input order. One thread at a time. */
#ifndef ATOOLS_RESULT_H
#define ATOOLS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "frame/source.h"

/* Reused (emptied, memory kept) from batch to batch. Zero-initialised: empty. */
struct result {
    const char *text;   /* bytes for the output that stand in the batch itself, */
    size_t text_len;    /* written before those in out; 0 with a limit set */
    struct buffer out;  /* bytes for the output */
    uint64_t records;   /* records seen */
    uint64_t rows;      /* results written into out */
    uint64_t bad_count; /* records set aside under --bad */
    struct buffer bad;  /* their bytes, one a line, for --bad FILE */
    int status;         /* not 0: a record stopped the tool here, */
    char error[BATCH_ERROR_MAX]; /* with this message ("FILE:LINE: byte N: what") */
    struct buffer row_ends; /* size_t offsets into out, kept only when a limit is set */
    struct buffer bad_ends; /* private: where each bad record stands among the rows, kept with row_ends */
    bool limited;           /* there is a limit: call result_row() for each row */
    bool skip_bad;          /* --bad is in force */
};

/* For the next batch. */
void result_empty(struct result *result, bool limited, bool skip_bad);

/* A row has been completed in result->out. */
static inline void result_row(struct result *result)
{
    result->rows++;
    if (result->limited)
        buffer_add(&result->row_ends, &result->out.len, sizeof result->out.len);
}

/* A bad record (text, len, its bytes) was met at batch->start moved on to `at` bytes into the
 * batch, reason says what is wrong there. Under --bad it is put aside and the result is true: go
 * on. Otherwise result->status and error are set and it is false: return from work(). `element`
 * is the index of the record within the batch (used for arrays and payloads only). In BATCH_ELEMENTS and
 * BATCH_VALUES a malformed record is fatal even under --bad (malformed = true). */
bool result_bad(struct result *result, const struct batch *batch, size_t at, uint64_t element,
                const char *text, size_t len, bool malformed, const char *reason);

/* Takes back what lies behind the first `rows` rows, as if reading had ended there. Only if it is limited. */
void result_cut(struct result *result, uint64_t rows);

void result_free(struct result *result);

#endif
