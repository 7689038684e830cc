/* moment: points in time as people write them. Pure functions. */
#ifndef ATOOLS_MOMENT_H
#define ATOOLS_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ISO 8601: YYYY-MM-DD, then perhaps T or a blank and HH:MM[:SS[.fraction]], then perhaps Z or
 * +HH[:MM] (UTC if not said). Into epoch milliseconds, fractions cut off. */
bool moment_iso(const char *text, size_t len, int64_t *ms);

/* moment_iso, or epoch milliseconds (digits only), or relative to now: -10m, -1h30m, +5s (units ms s m h d w). */
bool moment_parse(const char *text, size_t len, int64_t now, int64_t *ms);

/* A span of time: 500ms, 10s, 5m, 1h30m. */
bool moment_duration(const char *text, size_t len, int64_t *ms);

#endif
