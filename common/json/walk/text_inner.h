/* walk_text: paths looked up in the text of one valid value, byte by byte. For what the index does not
 * cover: arrays in the middle of a path. */
#ifndef ATOOLS_WALK_TEXT_H
#define ATOOLS_WALK_TEXT_H

#include "base/mem.h"
#include "json/path.h"
#include "json/span.h"

/* What the steps lead to within value (SPAN_ABSENT: nothing). A key asked of an array gives the array of
 * that over its elements, null where one has it not or is no object, made in arena; an index behind it takes one of
 * these. */
struct span walk_text_find(struct span value, const struct path_step *steps, size_t count, struct arena *arena);

#endif
