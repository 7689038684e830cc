/* error: why a call of the log's parts failed: a class that says what may be done about it, and words for the user.
 * Filled by the function that returns false (or -1), left alone otherwise. */
#ifndef ATOOLS_LOG_ERROR_H
#define ATOOLS_LOG_ERROR_H

#include <stdbool.h>

enum broker_class {
    BROKER_OK,
    BROKER_RETRIABLE, /* may work when the same call is made again (commit, abort, init of a transaction) */
    BROKER_ABORTABLE, /* the transaction must be aborted; then a new one may begin */
    BROKER_FENCED,    /* another writer with the same transactional id took over: this one is lost */
    BROKER_FATAL,     /* the handle is of no more use */
    BROKER_TOO_LARGE, /* a record that its topic does not take (max.message.bytes) */
    BROKER_REFUSED,   /* a record that the broker does not take for another reason (no key in a compacted topic) */
    BROKER_PURGED,    /* a record dropped by broker_abort or broker_writer_close: not delivered, nobody's fault */
    BROKER_UNKNOWN,   /* no such topic, partition or group */
    BROKER_EXISTS,    /* the topic is already there */
    BROKER_INVALID,   /* an argument the broker does not accept: a property, a config, a topic name */
    BROKER_TIMEOUT,   /* nobody answered in time, or a record was not delivered in time */
    BROKER_DAMAGED,   /* what was completely written is no longer as it was (local): broker_check, broker_repair */
    BROKER_FAILED,    /* anything else */
};

struct broker_error {
    enum broker_class class;
    char text[512]; /* what is wrong, in diag's style, without the tool's name */
};

/* Fills error. Returns false, for `return broker_fail(…)`. */
bool broker_fail(struct broker_error *error, enum broker_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
