/* names: which topics are meant by what was typed. */
#ifndef ATOOLS_NAMES_H
#define ATOOLS_NAMES_H

#include "base/problem.h"
#include "log/broker.h"

/* Names as they are, ^REGEX (POSIX extended) as those that match it, internal ones excepted; each once, in the order of
 * first mention. Each must mean at least one. NULL and problem otherwise; else *count of them, all of it from malloc.
 */
const char **names_expand(struct broker *broker, const char *const *typed, size_t typed_count, size_t *count,
                          struct problem *problem);

#endif
