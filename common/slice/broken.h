/* broken: the events (as tostream gives them) of a value that ends before it is whole. */
#ifndef ATOOLS_BROKEN_H
#define ATOOLS_BROKEN_H

#include <stddef.h>

#include "base/mem.h"

/* text: the beginning of a JSON value, valid so far, up to the byte that cannot stand there. Adds a line for each event
 * that is complete in it, and [message, path] for the place where it ends; the path of an object's member whose key is
 * not known ends in null. */
void broken_events(const char *text, size_t len, const char *message, struct buffer *events);

#endif
