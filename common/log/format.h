/* format: kcat's -f: a message laid out by a text with % letters, and delimiters with escapes. */
#ifndef ATOOLS_FORMAT_H
#define ATOOLS_FORMAT_H

#include "log/broker.h"

/* An option's text with \n \r \t \0 \\ \xNN resolved; *len bytes. A wrong escape ends the program
 * with status 2. Lives as long as the program. */
const char *format_bytes(const char *option, const char *text, size_t *len);

struct format;

/* %s value, %S its length (-1: null), %R the same as 4 bytes, most significant first, %k key, %K its length, %T
 * time (epoch ms), %h headers (name=value,…), %t topic, %p partition, %o offset, %% a percent sign; escapes as
 * format_bytes. A wrong one ends the program with status 2. */
struct format *format_compile(const char *option, const char *text);

/* True if %h occurs. */
bool format_wants_headers(const struct format *format);

/* Appends the message; nulls as null_text. */
void format_write(const struct format *format, const struct broker_message *message, const struct broker_header *headers,
                  size_t header_count, const char *null_text, struct buffer *into);

#endif
