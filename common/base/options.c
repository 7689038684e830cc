#include "base/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"

static uint64_t unit(char suffix)
{
    switch (suffix) {
    case 'k':
    case 'K':
        return UINT64_C(1) << 10;
    case 'm':
    case 'M':
        return UINT64_C(1) << 20;
    case 'g':
    case 'G':
        return UINT64_C(1) << 30;
    default:
        return 0;
    }
}

uint64_t options_number(const char *option, const char *text, uint64_t min, uint64_t max)
{
    char *end = NULL;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    bool good = text[0] >= '0' && text[0] <= '9' && errno == 0;
    if (good && *end) {
        uint64_t factor = unit(*end);
        good = factor && end[1] == '\0' && number <= UINT64_MAX / factor;
        number *= factor ? factor : 1;
    }
    if (!good || number < min || number > max)
        die_usage("%s %s: expected a whole number from %llu to %llu (K, M, G allowed)", option, text,
                  (unsigned long long)min, (unsigned long long)max);
    return number;
}

static bool same_file(const struct stat *target, const char *file)
{
    struct stat info;
    return (strcmp(file, "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(file, &info)) == 0 && info.st_dev == target->st_dev &&
           info.st_ino == target->st_ino;
}

/* Which of the input files (none: stdin) is this one; NULL if none is. */
static const char *input_that_is(const struct stat *target, char *const *files, size_t count)
{
    if (count == 0)
        return same_file(target, "-") ? "-" : NULL;
    for (size_t i = 0; i < count; i++)
        if (same_file(target, files[i]))
            return files[i];
    return NULL;
}

/* What appends to its own input never ends. */
static void refuse_own_output(char *const *files, size_t count)
{
    struct stat output;
    const char *input = fstat(STDOUT_FILENO, &output) == 0 && S_ISREG(output.st_mode) ? input_that_is(&output, files, count) : NULL;
    if (input)
        die_usage("%s: stdout goes to the file that is read; let it go to another", strcmp(input, "-") == 0 ? "stdin" : input);
}

void options_files(char *const *files, size_t count, const char *hint)
{
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        if (strcmp(files[i], "-") == 0)
            continue;
        if (stat(files[i], &info) != 0) {
            if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
                die_usage("%s: no such file%s%s", files[i], hint ? "; " : "", hint ? hint : "");
            die(STATUS_IO, "%s: %s", files[i], strerror(errno));
        }
        if (S_ISDIR(info.st_mode))
            die_usage("%s: is a directory", files[i]);
        if (access(files[i], R_OK) != 0)
            die(STATUS_IO, "%s: %s", files[i], strerror(errno));
    }
    refuse_own_output(files, count);
}

void options_apart(const char *option, const char *path, char *const *files, size_t count)
{
    struct stat target, output;
    if (!path || strcmp(path, "-") == 0 || stat(path, &target) != 0 || !S_ISREG(target.st_mode))
        return;
    if (input_that_is(&target, files, count))
        die_usage("%s %s: is read as input; name another file", option, path);
    if (fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == target.st_dev && output.st_ino == target.st_ino)
        die_usage("%s %s: stdout goes to that file too; name another", option, path);
}

static _Noreturn void print_and_exit(const char *text)
{
    if (fputs(text, stdout) == EOF || fclose(stdout) == EOF)
        die(STATUS_IO, "stdout: %s", strerror(errno));
    exit(STATUS_OK);
}

void options_help(const char *text)
{
    print_and_exit(text);
}

_Noreturn void options_refuse(int verdict, char *const *argv)
{
    const char *text = argv[optind - 1];
    const char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(text, "--", 2) == 0;
    if (verdict == ':')
        die_usage("%s: needs an argument", is_long ? text : letter);
    die_usage("%s: no such option", is_long ? text : letter);
}

void options_version(void)
{
    char line[128];
    snprintf(line, sizeof line, "%s (atools) %s\n", diag_program(), ATOOLS_VERSION);
    print_and_exit(line);
}
