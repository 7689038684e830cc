/* session: the state of a group under session_window: its sessions, by start, none touching another. A group is then
 * what the other keys say, and a row of the result is a session.
 *
 * Sessions and what their states point to come from the pool given; one thread at a time. Zero-initialised: none. */
#ifndef ATOOLS_GROUP_SESSION_H
#define ATOOLS_GROUP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "expr/function/time_window.h"
#include "group/aggregate/aggregate.h"
#include "value/pack.h"

struct session {
    struct session *next;
    struct time_window window;
    _Alignas(8) char states[];
};

struct sessions {
    struct session *first;
    struct session *closed; /* those that take no more, as they were closed: new ones may touch them */
};

/* The session that the window is in from now on: it touches it, or is new; those that it brings together are one.
 * state_size: bytes of a session's states, of which the aggregates' come first. */
struct session *sessions_take(struct sessions *sessions, const struct time_window *window,
                              const struct aggregates *aggregates, size_t state_size, struct pool *pool);

/* Adds those of `other`, which are used up. */
void sessions_merge(struct sessions *sessions, struct sessions *other, const struct aggregates *aggregates,
                    struct pool *pool);

/* It takes no more. */
void sessions_close(struct sessions *sessions, struct session *session);

/* Takes a closed one out. */
void sessions_drop(struct sessions *sessions, const struct session *session);

void sessions_write(const struct sessions *sessions, const struct aggregates *aggregates, struct buffer *into);
/* Into empty sessions; false if the bytes are none. */
bool sessions_read(struct sessions *sessions, struct unpack *from, const struct aggregates *aggregates,
                   size_t state_size, struct pool *pool);

#endif
