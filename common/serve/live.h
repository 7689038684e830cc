/* live: the board that is served and the backlog of its changes, together under one lock, so that a state and the
 * number of the event behind it belong to each other. One thread puts rows in, any read.
 *
 * An event goes out as a server-sent event: its id is RUN-NUMBER (RUN is drawn anew by each run: a reader of an
 * earlier one is told to begin again), `event: row` with the row as data, or `event: delete` with the key's members. */
#ifndef ATOOLS_SERVE_LIVE_H
#define ATOOLS_SERVE_LIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "serve/board.h"
#include "serve/backlog.h"

enum { LIVE_RUN_DIGITS = 12 };

/* Events that a reader who comes back can have missed at most. */
enum { LIVE_EVENTS_MAX = 1 << 17 };

struct live_options {
    size_t rows_max, bytes_max; /* of the board */
    size_t window_bytes;
};

struct live_counts {
    uint64_t puts, removes; /* that came in, whatever came of them */
    uint64_t refused;       /* rows that were too many */
    uint64_t changes;       /* events */
    int64_t changed_ms;     /* the wall's clock at the last one; 0: none */
};

struct live {
    pthread_mutex_t lock; /* of all below but what is constant */
    struct board *board;
    struct backlog *backlog;
    struct live_counts counts;
    struct buffer event; /* private */
    char run[LIVE_RUN_DIGITS + 1]; /* constant */
};

void live_start(struct live *live, const struct live_options *options);
void live_end(struct live *live);

/* A row under its key (board_put), and the event of it. False: there is no room for it, which has been counted. */
bool live_put(struct live *live, const struct buffer *key, const char *json, size_t len);

/* No row under this key any more, and the event of that; key_json is its data: the object of the key's members. */
void live_remove(struct live *live, const struct buffer *key, const struct buffer *key_json);

/* All rows (board_copy), and the number of the last event in them. */
void live_copy(struct live *live, struct buffer *into, uint64_t *event);

/* The row of a key behind what is in the buffer; false: there is none. */
bool live_find(struct live *live, const struct buffer *key, struct buffer *into);

/* "RUN-NUMBER". */
enum { LIVE_ID_MAX = LIVE_RUN_DIGITS + 24 };
void live_id(const struct live *live, uint64_t event, char text[LIVE_ID_MAX]);

/* The number that such a text ends in; false: it is none, or another run's. */
bool live_id_read(const struct live *live, const char *text, uint64_t *event);

#endif
