/* tell: what was found out, as JSON for the cells of a row. The buffer is scratch, empty before and behind; what is
 * returned lies in the arena. */
#ifndef ATOOLS_TELL_H
#define ATOOLS_TELL_H

#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"
#include "value/value.h"

/* The JSON that was written into the buffer. */
struct span tell_written(struct buffer *text, struct arena *arena);

struct span tell_value(struct value value, struct buffer *text, struct arena *arena);

struct span tell_string(const char *bytes, size_t len, struct buffer *text, struct arena *arena);

#endif
