/* filter_options: the options of all filters over records (aslice and the tools with a select list): threads, bad
 * records, framing, gzip, flushing. */
#ifndef ATOOLS_FILTER_OPTIONS_H
#define ATOOLS_FILTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/options.h"
#include "frame/chunks.h"
#include "frame/frame.h"

/* Zero-initialised: the defaults. */
struct filter_options {
    unsigned threads; /* 0: one a core */
    const char *bad;  /* "skip", a file, or NULL */
    enum framing framing;
    bool raw, flush, quiet;
};

/* The first one is -j: who has another use for that letter begins behind it. */
extern const struct option_row filter_options_rows[];

/* Takes one of these options; false and a problem for a wrong argument. */
bool filter_options_take(struct filter_options *options, int option, const char *argument, struct problem *problem);

/* Checks that the file of --bad, if any, is not read as input; false and a problem otherwise. */
bool filter_options_apart(const struct filter_options *options, char *const *files, size_t count,
                          struct problem *problem);

/* Sets threads, flushing and bad records, and opens the file of --bad, if any (to be closed with output_close). */
void filter_options_chunks(const struct filter_options *options, struct chunks_options *chunks);

#endif
