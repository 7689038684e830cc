/* diag: messages on stderr and exit statuses; the only part that prints to stderr.
 *
 * Owns the program name, the only global of the house. Any thread may call any function
 * here; each message is one write(2), so lines of several threads never mix.
 * Style: lower case, no full stop; what is wrong, where, what to do next. */
#ifndef ATOOLS_DIAG_H
#define ATOOLS_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define ATOOLS_VERSION "0.1.0"

/* A message longer than this is cut; nothing we print comes near. */
enum { DIAG_TEXT_MAX = 4096 };

/* Bytes of the program name that are shown. */
enum { DIAG_PROGRAM_MAX = 64 };

/* Bytes that diag_printable makes of one at most. */
enum { DIAG_PRINTABLE_MAX = 4 };

/* Text that may be anybody's, so that it does nothing to a terminal: control characters (C0, C1, DEL) and bytes that
 * are no UTF-8 become \\xHH, each of their bytes. into has room for DIAG_PRINTABLE_MAX * len bytes; returns how many
 * were written; no NUL. All messages go through it. */
size_t diag_printable(const char *text, size_t len, char *into);

/* Exit statuses of every tool. */
enum status {
    STATUS_OK = 0,
    STATUS_DATA = 1,  /* bad data, or records refused by a broker */
    STATUS_USAGE = 2, /* wrong options, arguments or expression */
    STATUS_IO = 3,    /* input, output, broker or memory failure */
};

/* The first call of every tool: sets the program name from argv[0] (its last path segment, cut to DIAG_PROGRAM_MAX),
 * lets a file size limit be an error of write, and sees to it that descriptors 0, 1 and 2, where they are closed, stay
 * useless instead of becoming some file of ours. */
void diag_start(const char *argv0);

/* The program name. */
const char *diag_program(void);

/* -q: from now on diag_notice() prints nothing. Warnings and errors are always printed. */
void diag_quiet(void);

/* A remark a user may want to know (counts, summaries): "tool: text". Silenced by -q. */
void diag_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something is wrong but work goes on: "tool: text". */
void diag_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "tool: text" and exits with status. */
_Noreturn void diag_die(enum status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "tool: text", the hint "try 'tool --help'", and exits with STATUS_USAGE. */
_Noreturn void diag_die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "tool: text", then the one-line argument it is about and a caret under byte `offset`
 * (counted in bytes, placed by characters), and exits with STATUS_USAGE. `what` names the
 * argument ("select list"). */
_Noreturn void diag_die_caret(const char *what, const char *argument, size_t offset, const char *text);

/* Ends the program by SIGPIPE as one that never heard of that signal would, even where it is ignored or blocked:
 * nobody reads its output any more. */
_Noreturn void diag_die_of_closed_pipe(void);

/* Writes raw bytes to stderr, as one write (progress lines). */
void diag_raw(const char *bytes, size_t len);

#endif
