#include "group/session.h"

#include <string.h>

static struct session *new_session(const struct time_window *window, size_t state_size, struct pool *pool)
{
    struct session *session = pool_alloc(pool, sizeof *session + state_size);
    *session = (struct session){.window = *window};
    memset(session->states, 0, state_size);
    return session;
}

/* Those behind the session that it has grown up to. */
static void join_next(struct session *session, const struct aggregates *aggregates, struct pool *pool)
{
    struct session *next;
    while ((next = session->next) && next->window.start <= session->window.end) {
        if (next->window.end > session->window.end)
            session->window.end = next->window.end;
        aggregates_merge(aggregates, session->states, next->states, pool);
        session->next = next->next;
    }
}

struct session *sessions_take(struct sessions *sessions, const struct time_window *window,
                              const struct aggregates *aggregates, size_t state_size, struct pool *pool)
{
    struct session **at = &sessions->first;
    while (*at && (*at)->window.end < window->start)
        at = &(*at)->next;
    struct session *session = *at;
    if (!session || session->window.start > window->end) {
        session = new_session(window, state_size, pool);
        session->next = *at;
        *at = session;
        return session;
    }
    if (window->start < session->window.start)
        session->window.start = window->start;
    if (window->end > session->window.end) {
        session->window.end = window->end;
        join_next(session, aggregates, pool);
    }
    return session;
}

/* The link that leads to it, NULL: to the end. */
static struct session **link_of(struct session **first, const struct session *session)
{
    while (*first != session)
        first = &(*first)->next;
    return first;
}

void sessions_merge(struct sessions *sessions, struct sessions *other, const struct aggregates *aggregates,
                    struct pool *pool)
{
    struct session **at = &sessions->first;
    for (struct session *next, *from = other->first; from; from = next) {
        next = from->next;
        while (*at && (*at)->window.start < from->window.start)
            at = &(*at)->next;
        from->next = *at;
        *at = from;
    }
    other->first = NULL;
    *link_of(&sessions->closed, NULL) = other->closed;
    other->closed = NULL;
    for (struct session *session = sessions->first; session; session = session->next)
        join_next(session, aggregates, pool);
}

void sessions_close(struct sessions *sessions, struct session *session)
{
    *link_of(&sessions->first, session) = session->next;
    session->next = NULL;
    *link_of(&sessions->closed, NULL) = session;
}

void sessions_drop(struct sessions *sessions, const struct session *session)
{
    *link_of(&sessions->closed, session) = session->next;
}

static void write_list(const struct session *first, const struct aggregates *aggregates, struct buffer *into)
{
    uint64_t count = 0;
    for (const struct session *session = first; session; session = session->next)
        count++;
    pack_number(into, count);
    for (const struct session *session = first; session; session = session->next) {
        pack_word(into, (uint64_t)session->window.start);
        pack_word(into, (uint64_t)session->window.end);
        aggregates_write(aggregates, session->states, into);
    }
}

void sessions_write(const struct sessions *sessions, const struct aggregates *aggregates, struct buffer *into)
{
    write_list(sessions->first, aggregates, into);
    write_list(sessions->closed, aggregates, into);
}

/* ordered: they do not touch. */
static bool read_list(struct session **last, bool ordered, struct unpack *from, const struct aggregates *aggregates,
                      size_t state_size, struct pool *pool)
{
    uint64_t count = unpack_number(from);
    int64_t end = INT64_MIN;
    for (uint64_t i = 0; i < count && !from->failed; i++) {
        struct time_window window = {.start = (int64_t)unpack_word(from)};
        window.end = (int64_t)unpack_word(from);
        if (from->failed || window.start >= window.end || (ordered && i > 0 && window.start <= end))
            return false;
        end = window.end;
        struct session *session = new_session(&window, state_size, pool);
        *last = session;
        last = &session->next;
        if (!aggregates_read(aggregates, session->states, from, pool))
            return false;
    }
    return !from->failed;
}

bool sessions_read(struct sessions *sessions, struct unpack *from, const struct aggregates *aggregates,
                   size_t state_size, struct pool *pool)
{
    return read_list(&sessions->first, true, from, aggregates, state_size, pool) &&
           read_list(&sessions->closed, false, from, aggregates, state_size, pool);
}
