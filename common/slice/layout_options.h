/* layout_options: the options that say how aslice's results are laid out: on lines, indented, raw, in colours. Belongs
 * to main(). */
#ifndef ATOOLS_LAYOUT_OPTIONS_H
#define ATOOLS_LAYOUT_OPTIONS_H

#include <stdbool.h>

#include "base/options.h"
#include "jq/jq.h"

/* Zero-initialised: nothing was said. */
struct layout_options {
    struct jq_layout layout;
    struct jq_colors colors;
    bool nul, join; /* what is behind each result: a NUL, or nothing */
    bool compact, pretty, colored, plain;
};

extern const struct option_row layout_options_rows[];

/* Takes one of these options; false and no problem: it is none of them. */
bool layout_options_take(struct layout_options *options, int option, const char *argument, struct problem *problem);

/* What they come to for results on this descriptor. jq: as jq has it without options; lines: each result is a line
 * without colours, unless something else was said. The options live on. */
struct jq_layout layout_options_settle(struct layout_options *options, bool jq, bool lines, int descriptor);

#endif
