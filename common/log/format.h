/* format: kcat's -f: a message laid out by a text with % letters, and delimiters with escapes. */
#ifndef ATOOLS_FORMAT_H
#define ATOOLS_FORMAT_H

#include "base/problem.h"
#include "log/broker.h"

/* An option's text with \n \r \t \0 \\ \xNN resolved; *len bytes, which live as long as the program. NULL and a
 * problem for a wrong escape. */
const char *format_bytes(const char *option, const char *text, size_t *len, struct problem *problem);

struct format;

/* %s value, %S its length (-1: null), %R the same as 4 bytes, most significant first, %k key, %K its length, %T
 * time (epoch ms), %h headers (name=value,…), %t topic, %p partition, %o offset, %% a percent sign; escapes as
 * format_bytes. NULL and a problem for a wrong one. It lives as long as the program. */
struct format *format_compile(const char *option, const char *text, struct problem *problem);

/* True if %h occurs. */
bool format_wants_headers(const struct format *format);

/* Appends the message; nulls as null_text. */
void format_write(const struct format *format, const struct broker_message *message,
                  const struct broker_header *headers, size_t header_count, const char *null_text, struct buffer *into);

#endif
