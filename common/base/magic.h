/* magic: formats that are neither text nor read here, told by the bytes that they begin with. Any thread. */
#ifndef ATOOLS_MAGIC_H
#define ATOOLS_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/expand.h"

enum { MAGIC_MAX = 16 }; /* bytes that tell any of them */

/* The compression that something begins as; EXPAND_NONE: none that is read here. */
enum expand_form magic_packed(const char *bytes, size_t len);

/* What something that begins with `bytes` is and what to do about it, to be said behind its name; NULL: text, one of
 * expand's, or nothing known. `parquet`: Parquet counts as text. *more: more bytes may tell otherwise. */
const char *magic_find(const char *bytes, size_t len, bool parquet, bool *more);

#endif
