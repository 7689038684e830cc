/* clock: what time it is. Any thread may call anything. */
#ifndef ATOOLS_CLOCK_H
#define ATOOLS_CLOCK_H

#include <stdint.h>

/* Time that only goes forward, whoever sets the clock on the wall: for how long something takes, and until when to
 * wait. Counted from some moment before the program began; never 0. */
int64_t clock_steady_us(void);
int64_t clock_steady_ms(void);

/* Since 1970 (UTC), leap seconds not counted. */
int64_t clock_wall_us(void);
int64_t clock_wall_ms(void);
int64_t clock_wall_s(void);

#endif
