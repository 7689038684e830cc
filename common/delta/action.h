/* delta_action: the lines of a Delta log (PROTOCOL.md of Delta Lake, "Actions"): JSON objects with one member that is
 * not null, whose name says what is done. Pure. */
#ifndef ATOOLS_DELTA_ACTION_H
#define ATOOLS_DELTA_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "json/span.h"

/* Called for each action with its name ("add", …) and what it holds, an OBJECT in the text. False: stop, the problem is
 * set. */
typedef bool delta_action_visit(void *context, struct span name, struct span body, struct problem *problem);

/* Goes over the lines of a text. False and the problem: one is no JSON (STATUS_DATA, with file, line and byte), or
 * visit said so. */
bool delta_actions(const char *file, const char *text, size_t len, delta_action_visit *visit, void *context,
                   struct problem *problem);

/* A member of an object; ABSENT if there is none, or it is null. */
struct span delta_member(struct span object, const char *name);

bool delta_is(struct span string, const char *text);

/* Appends a string's bytes; of anything else nothing. */
void delta_text(struct span string, struct buffer *into);

/* A whole number; `otherwise` where the span is none. */
int64_t delta_whole(struct span span, int64_t otherwise);

/* Appends bytes as a path of the log has them: percent-encoded as in a URI; and back. */
void delta_path_encode(const char *path, struct buffer *into);
void delta_path_decode(const char *text, size_t len, struct buffer *into);

#endif
