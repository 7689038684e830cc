/* result: what working on a batch gave: bytes for the output, counts, bad records put aside, or the message that stops
 * the tool. The batch's worker fills it, chunks delivers it in input order. One thread at a time. */
#ifndef ATOOLS_RESULT_H
#define ATOOLS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "frame/source.h"

/* So much output of one batch is handed on before more is made. */
enum { RESULT_PIECE = 4 * 1024 * 1024 };

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
    uint64_t limit;         /* how many are wanted at most, over all batches */
    bool skip_bad;          /* --bad is in force */
    bool (*hand_on)(struct result *result); /* private: who delivers a piece; NULL: nobody */
};

/* For the next batch, or the next piece of one. */
void result_empty(struct result *result, bool limited, bool skip_bad);

/* A row has been completed in result->out. */
static inline void result_row(struct result *result)
{
    result->rows++;
    if (result->limited)
        buffer_add(&result->row_ends, &result->out.len, sizeof result->out.len);
}

/* More rows would only be cut off again. */
static inline bool result_is_full(const struct result *result)
{
    return result->limited && result->rows >= result->limit;
}

/* Enough has come together: result_hand_on, lest the output of one batch (all pairs of a join, say) fill the memory. */
static inline bool result_is_large(const struct result *result)
{
    return (result->out.len >= RESULT_PIECE || result->row_ends.len >= RESULT_PIECE) && result->hand_on;
}

/* Waits until all batches before this one are delivered, then delivers what is there: it cannot be taken back any more,
 * and the result is empty again. False: no more is wanted, return from work(). Not for work that is pure (chunks.h). */
static inline bool result_hand_on(struct result *result)
{
    return result->hand_on(result);
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

/* Takes away the text of the first rows, of as many as there are at most; how many. They stay counted. Only if it is
 * limited. */
uint64_t result_skip(struct result *result, uint64_t rows);

void result_free(struct result *result);

#endif
