/* terminal: what the user's terminal can show. Looked up whenever it is asked: windows change their size. */
#ifndef ATOOLS_TERMINAL_H
#define ATOOLS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the locale's characters are UTF-8 (LC_ALL, LC_CTYPE, LANG). */
bool terminal_is_utf8(void);

/* Whether colours are wanted on this descriptor: it is a terminal, and NO_COLOR is not set. */
bool terminal_is_colored(int descriptor);

/* Characters in a line of the terminal that this descriptor is, and lines; 0: it is none, or does not say. */
size_t terminal_columns(int descriptor);
size_t terminal_lines(int descriptor);

#endif
