/* handover: what the members of a group that leave committing to others (aconsume --leave-commit) say to them
 * (aproduce --commit), through what is between (aagg --partial): lines of JSON among the envelopes,
 *
 *     {"group":"Q0dNRHYy…"}                                 the messages behind it are of this generation of the group
 *     {"group":"Q0dNRHYy…","offsets":{"exams":{"0":42}}}    and those before it are to be committed now
 *
 * and out of aagg a line behind the states of a report, with both. One thread at a time. */
#ifndef ATOOLS_LOG_HANDOVER_H
#define ATOOLS_LOG_HANDOVER_H

#include "base/output.h"
#include "json/json.h"
#include "log/broker.h"
#include "log/connect.h"

/* Zero-initialised. */
struct handover {
    struct buffer line;   /* the last one made, with its newline */
    struct buffer member; /* private */
    struct arena arena;   /* private */
};

/* Whether there is something new to say of our member: line. */
bool handover_member(struct handover *handover, struct broker_reader *reader);

/* Has what was read committed, if it is not, by who reads the output, and waits for it, a minute at most. False: it is
 * not, and may never be. */
bool handover_settle(struct handover *handover, struct broker_reader *reader, struct output *output,
                     struct broker_error *error);

/* False and a problem if the properties are such that a member keeps partitions while they are shared out anew. */
bool handover_fits(const struct connect *connect, struct problem *problem);

/* Whether a record of aagg is the line of offsets behind its states. */
bool handover_is_end(const char *text, size_t len);

/* Reads such a line into the arena; `tree` is working memory. False if it is damaged, or says no group. */
bool handover_read(const char *text, size_t len, struct json_tree *tree, struct arena *arena, const char **member,
                   const struct broker_position **positions, size_t *count);

#endif
