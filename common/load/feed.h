/* feed: inputs cut into records that stay where they were read until somebody says they are done
 * with: what makes sending without copying possible. Records are numbered from 0 over all inputs;
 * memory is what is held, in blocks of 1 MiB or one record. One thread. */
#ifndef ATOOLS_FEED_H
#define ATOOLS_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct feed;

struct feed_options {
    const char *delimiter; /* ends a record; the last one of a file may do without */
    size_t delimiter_len;
    bool whole;            /* each file is one record */
    bool raw;              /* no gzip */
};

/* A record where it lies. */
struct feed_record {
    uint64_t number;
    const char *bytes;   /* without the delimiter */
    size_t len;
    const char *file;    /* for messages */
    uint64_t line;       /* from 1, within its file */
    struct arena *arena; /* memory that lives as long as the record: for decoded keys and values */
};

enum feed_state {
    FEED_RECORD, /* *record is the next one */
    FEED_WAIT,   /* the next read would have to wait for somebody */
    FEED_END,
    FEED_FAILED, /* reading failed: feed_error */
};

/* files: count names ("-" is stdin), count 0 means stdin; the array must live on. A file that cannot be
 * opened is a failed read when its turn comes. */
struct feed *feed_open(char *const *files, size_t count, const struct feed_options *options);

/* The next record. Never waits for input. */
enum feed_state feed_next(struct feed *feed, struct feed_record *record);

/* After FEED_FAILED: "FILE: what", and the exit status. */
const char *feed_error(const struct feed *feed, int *status);

/* The record is done with. Each record handed out once, in any order. */
void feed_done(struct feed *feed, uint64_t number);

/* Every record before `number` is done with: the other way, for those who hold many together. */
void feed_done_before(struct feed *feed, uint64_t number);

/* Finds a record that is not done with. */
void feed_find(struct feed *feed, uint64_t number, struct feed_record *record);

/* After FEED_WAIT: what can be read again when the wait is over. */
int feed_descriptor(const struct feed *feed);

/* For progress: bytes read of the present file, and its size (0: unknown). */
void feed_progress(const struct feed *feed, uint64_t *done, uint64_t *size);

void feed_close(struct feed *feed);

#endif
