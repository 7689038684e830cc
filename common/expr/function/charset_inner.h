/* charset_inner: bytes of a charset as text; for function_*.c. */
#ifndef ATOOLS_FUNCTION_CHARSET_H
#define ATOOLS_FUNCTION_CHARSET_H

#include "expr/function/function.h"

/* The text that the bytes are in a charset; null, and the row's error, where they are none. */
struct value function_decode_bytes(struct call *call, const struct value *bytes, const struct value *name);

#endif
