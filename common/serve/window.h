/* window: the last events, as bytes that go out to readers as they are, each reader at a place of its own. An event has
 * a number, counted from 1; when the window is full the oldest ones go, and a reader who still stood among them has
 * fallen behind. Memory is the window's alone, however many read and however slowly.
 *
 * Belongs to whoever holds the lock around it (live). */
#ifndef ATOOLS_SERVE_WINDOW_H
#define ATOOLS_SERVE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window;

/* Holds `size` bytes and `events` events at most, both rounded up to powers of two. Free with window_free. */
struct window *window_new(size_t size, size_t events);
void window_free(struct window *window);

/* Adds an event; one that is larger than the window empties it, and nobody can read it. */
void window_add(struct window *window, const char *bytes, size_t len);

/* The numbers of the oldest event that is there, and of the one to come; the same when there is none. */
uint64_t window_first(const struct window *window);
uint64_t window_next(const struct window *window);

/* The place in the stream of bytes where an event begins, or where the one to come will. False: it is not there any
 * more, or yet. */
bool window_place(const struct window *window, uint64_t event, uint64_t *place);

/* Whether what is at a place is still there (or is the end). */
bool window_holds(const struct window *window, uint64_t place);

/* Copies up to cap bytes from a place on, which window_holds; how many: 0 at the end. */
size_t window_read(const struct window *window, uint64_t place, char *into, size_t cap);

#endif
