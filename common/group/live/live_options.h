/* live_options: the options of results while records come (aagg --every), beside those of data_options. Belongs to
 * main(). */
#ifndef ATOOLS_LIVE_OPTIONS_H
#define ATOOLS_LIVE_OPTIONS_H

#include "base/options.h"
#include "group/live/live.h"
#include "table/data_options.h"

extern const struct option_row live_options_rows[];

/* The defaults. */
struct live_options live_options_start(void);

/* Takes one of these options. False: it is none of them, or a problem with its argument. */
bool live_options_take(struct live_options *options, int option, const char *argument, struct problem *problem);

/* Checks what must fit together, and settles the mode of a table. */
bool live_options_check(struct live_options *options, const struct data_options *data, struct problem *problem);

/* The watermark, and whether the select can be told while records come. False with a problem. */
bool live_options_compile(struct live_options *options, const struct group_select *select,
                          const struct expr_options *expr, struct problem *problem);

void live_options_free(struct live_options *options);

#endif
