/* reader: inputs one by one, for programs that ask for them: values of a text, or its lines. One thread at a time. */
#ifndef ATOOLS_READER_H
#define ATOOLS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame/frame.h"
#include "jq/jq.h"
#include "json/path.h"
#include "json/span.h"
#include "json/walk/walk.h"

struct reader {
    struct frame *frame;
    struct batch batch;
    struct walk_plan *plan;
    struct walk *walk;
    bool lines;     /* of text: frame_options.lines */
    bool open;      /* there is more in the batch */
    size_t line_at; /* where in it the next line begins */
    size_t end;     /* where in it the last input ended */
    size_t counted_at; /* so far newlines of the batch are in `counted`, with those before it */
    uint64_t counted;
    struct span bad;
    uint64_t lines_read; /* what reader_lines said last */
    bool counting;       /* reader_lines will be asked when all has been read, too */
    bool ended;
    /* Called before the reader waits for more. NULL: nothing is */
    void (*idle)(void *context);
    void *context;
};

/* Zero-initialised but for idle, context and counting. The files and options live on; paths (NULL: none) are those that
 * reader->walk->slots will have of each value. */
void reader_open(struct reader *reader, char *const *files, size_t count, const struct frame_options *options,
                 const struct path_set *paths);
void reader_close(struct reader *reader);

/* The next value, alive until the next call. JQ_READ_BAD: problem says what and where; a bad line may be passed over by
 * reading on, anything else ends in JQ_READ_END then. */
enum jq_read reader_value(struct reader *reader, struct span *value, bool *spaced, struct problem *problem);

/* After JQ_READ_BAD: the bad value up to the byte that cannot stand there; empty where that is not known. */
struct span reader_bad(const struct reader *reader);

/* The next line's bytes, without its newline. */
enum jq_read reader_line(struct reader *reader, const char **line, size_t *len, struct problem *problem);

/* The file of the last input, NULL for stdin or before the first; how many newlines have been read with it, counting
 * the one that ends its line. */
const char *reader_file(const struct reader *reader);
uint64_t reader_lines(struct reader *reader);

/* Where the last input ends: "FILE:LINE: byte N"; "" before the first and behind the last one. */
void reader_place(const struct reader *reader, char *text, size_t size);

#endif
