/* accept: which form of an answer a reader wants, by his Accept header (RFC 9110 §12.5.1). Pure. */
#ifndef ATOOLS_SERVE_ACCEPT_H
#define ATOOLS_SERVE_ACCEPT_H

#include "serve/query.h"

/* The form with the largest q, of equal ones the one named first; JSON if there is no header, or nothing in it that we
 * have. */
enum query_form accept_form(const char *header);

/* The Content-Type of a form. */
const char *accept_type(enum query_form form);

#endif
