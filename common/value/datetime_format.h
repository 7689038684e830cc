/* datetime_format: dates and times by java.time's patterns ("yyyy-MM-dd HH:mm:ss.SSS"), English names, for reading and
 * writing. A compiled format is immutable and shared by threads. */
#ifndef ATOOLS_DATETIME_FORMAT_H
#define ATOOLS_DATETIME_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "value/value.h"

struct datetime_format;

/* Letters y M L d D E a H h K k m s S Q q G z V X x Z O, text in quotes, [optional]. NULL with *wrong (static) for a
 * pattern that Spark 3 and later do not take either. */
const struct datetime_format *datetime_format_compile(struct arena *arena, const char *pattern, size_t len,
                                                      const char **wrong);

/* The timestamp in the session zone, behind into->len. */
void datetime_format_write(const struct datetime_format *format, int64_t microseconds, struct buffer *into);
/* The same, as a string in the arena. */
struct value datetime_format_text(const struct datetime_format *format, int64_t microseconds, struct arena *arena);

/* Reads the whole text; fields that the pattern lacks are those of 1970-01-01 00:00:00. False if it does not fit, or
 * there is no such day. */
bool datetime_format_read(const struct datetime_format *format, const char *text, size_t len, int64_t *microseconds);

#endif
