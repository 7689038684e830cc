/* options: what every tool's command line shares: checked numbers and sizes, the check of file
 * arguments, help and version. Called from main() before any work; ends the program with
 * status 2 on a wrong argument. */
#ifndef ATOOLS_OPTIONS_H
#define ATOOLS_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/* A whole number in [min, max]; K, M, G multiply by 1024, 1024^2, 1024^3 (case does not
 * matter). `option` is the option as typed, for the message, which names the range. */
uint64_t options_number(const char *option, const char *text, uint64_t min, uint64_t max);

/* Checks that each of count arguments is "-" or an existing file that is no directory; one that is
 * not ends the program with status 2 and `hint` (what the user probably meant, such as
 * "quote the select list"); one that may not be read ends it with status 3. None of them (no file: stdin) may be the file
 * that stdout goes to: status 2. */
void options_files(char *const *files, size_t count, const char *hint);

/* Checks that the file an option writes ("-" is stdout, NULL none) is none of the count input files (none
 * of them: stdin), which opening it would empty, and not where stdout goes; ends the program with status 2. */
void options_apart(const char *option, const char *path, char *const *files, size_t count);

/* What getopt_long gave '?' or ':' for (opterr 0, letters beginning with ':') is named; status 2. */
_Noreturn void options_refuse(int verdict, char *const *argv);

/* --version: prints "NAME (atools) VERSION" on stdout and exits 0 (3 if stdout fails). */
_Noreturn void options_version(void);

/* --help: prints text on stdout and exits 0 (3 if stdout fails). */
_Noreturn void options_help(const char *text);

#endif
