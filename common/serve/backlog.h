/* backlog: the last events, as bytes that go out to readers as they are, each reader at a place of its own. An event
 * has a number, counted from 1; when the backlog is full the oldest ones go, and a reader who still stood among them
 * has fallen behind. Memory is its own alone, however many read and however slowly.
 *
 * Belongs to whoever holds the lock around it (live). */
#ifndef ATOOLS_SERVE_BACKLOG_H
#define ATOOLS_SERVE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backlog;

/* Holds `size` bytes and `events` events at most, both rounded up to powers of two. Free with backlog_free. */
struct backlog *backlog_new(size_t size, size_t events);
void backlog_free(struct backlog *backlog);

/* Adds an event; one that is larger than the backlog empties it, and nobody can read it. */
void backlog_add(struct backlog *backlog, const char *bytes, size_t len);

/* The numbers of the oldest event that is there, and of the one to come; the same when there is none. */
uint64_t backlog_first(const struct backlog *backlog);
uint64_t backlog_next(const struct backlog *backlog);

/* The place in the stream of bytes where an event begins, or where the one to come will. False: it is not there any
 * more, or yet. */
bool backlog_place(const struct backlog *backlog, uint64_t event, uint64_t *place);

/* Whether what is at a place is still there (or is the end). */
bool backlog_holds(const struct backlog *backlog, uint64_t place);

/* Copies up to cap bytes from a place on, which backlog_holds; how many: 0 at the end. */
size_t backlog_read(const struct backlog *backlog, uint64_t place, char *into, size_t cap);

#endif
