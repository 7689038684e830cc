/* output: bytes out to a descriptor: one buffer, short writes and EINTR continued, widened
 * pipes, errors found at the latest at output_close. One thread at a time.
 *
 * A failing write ends the program: EPIPE by SIGPIPE's default action (as coreutils die,
 * quietly), anything else (ENOSPC, EIO) with "stdout: No space left on device", status 3. */
#ifndef ATOOLS_OUTPUT_H
#define ATOOLS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "base/shrink.h"

struct output;

/* Writes to descriptor fd, called `name` in messages. The descriptor is closed by output_close. */
struct output *output_start(int fd, const char *name);

/* Standard output, compressed if the options say so (but to a terminal, which ends the program). */
struct output *output_standard(const struct shrink_options *options);

/* Gives what is written to a function instead, in pieces of any length; false, with the problem, ends the program as a
 * failing write does. Behind the last one, output_close calls `end`. The descriptor is -1. */
struct output *output_to(bool (*take)(void *context, const char *bytes, size_t len, struct problem *problem),
                         void (*end)(void *context), void *context);

/* Creates or truncates a file; failure ends the program with status 3. "-" is stdout. */
struct output *output_open(const char *path);

/* Large pieces (above the buffer's size) are written without copying. */
void output_write(struct output *output, const void *bytes, size_t len);
/* All that was written can be read now, also where it is compressed. */
void output_flush(struct output *output);

/* For who has nothing to write: ends the program, as writing would, if it is a pipe that nobody reads any more. */
void output_look(const struct output *output);

/* The descriptor, to be watched or asked whether it is a terminal; never to be written to. */
int output_descriptor(const struct output *output);

/* Flushes, closes, checks both; frees. The last act of every main(). */
void output_close(struct output *output);

#endif
