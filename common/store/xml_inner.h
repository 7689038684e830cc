/* xml: the small documents that S3 answers with, element by element, over expat. One with a document type is
 * refused, and with it entities of its own. */
#ifndef ATOOLS_STORE_XML_INNER_H
#define ATOOLS_STORE_XML_INNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Deeper nesting and longer names than S3 has are refused. */
enum { XML_DEPTH_MAX = 16, XML_NAME_MAX = 63 };

/* Called at the end of each element, with the name of the one it is in ("" for the outermost one) and the text that
 * stands directly in it (NUL behind its len bytes). */
typedef void xml_element(void *context, const char *parent, const char *name, const char *text, size_t len);

/* False: it is not well-formed, or too deep. */
bool xml_parse(const char *bytes, size_t len, xml_element *element, void *context);

/* Appends text with <, > and & as entities. */
void xml_add_escaped(const char *text, struct buffer *into);

#endif
