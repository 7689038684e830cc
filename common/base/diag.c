#include "base/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/unicode.h"

/* What every message begins with, and --quiet: set by main before there are threads. */
static char program[DIAG_PROGRAM_MAX + 1] = "atools";
static bool quiet;

/* A standard descriptor that we were started without is opened the wrong way round: using it fails as it did, but the
 * next file, pipe or socket can no longer get its number and be taken for it. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void diag_start(const char *argv0)
{
    fill_standard_descriptors();
    const char *slash = strrchr(argv0, '/');
    snprintf(program, sizeof program, "%s", slash ? slash + 1 : argv0);
    signal(SIGXFSZ, SIG_IGN); /* write gives EFBIG instead */
}

const char *diag_program(void)
{
    return program;
}

void diag_quiet(void)
{
    quiet = true;
}

void diag_raw(const char *bytes, size_t len)
{
    (void)file_write(STDERR_FILENO, bytes, len); /* or there is nowhere left to say it */
}

size_t diag_printable(const char *text, size_t len, char *into)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        size_t size = unicode_valid(text + at, len - at);
        unsigned char first = (unsigned char)text[at], second = size == 2 ? (unsigned char)text[at + 1] : 0;
        bool control = size == 0 || first < ' ' || first == 0x7F || (first == 0xC2 && second < 0xA0);
        for (size_t end = at + (size > 0 ? size : 1); at < end; at++) {
            if (control) {
                into[used++] = '\\';
                into[used++] = 'x';
                into[used++] = digits[(unsigned char)text[at] >> 4];
                into[used++] = digits[text[at] & 15];
            } else {
                into[used++] = text[at];
            }
        }
    }
    return used;
}

static void message(const char *format, va_list args)
{
    char line[DIAG_TEXT_MAX], shown[DIAG_PRINTABLE_MAX * DIAG_TEXT_MAX + 1];
    int head = snprintf(line, sizeof line, "%s: ", program);
    size_t used = head < 0 ? 0 : (size_t)head;
    int body = vsnprintf(line + used, sizeof line - used - 1, format, args);
    if (body > 0)
        used += (size_t)body < sizeof line - used - 1 ? (size_t)body : sizeof line - used - 2;
    used = diag_printable(line, used, shown);
    shown[used++] = '\n';
    diag_raw(shown, used);
}

void diag_notice(const char *format, ...)
{
    if (quiet)
        return;
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
}

void diag_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
}

void diag_die(enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
    exit((int)status);
}

void diag_die_of_closed_pipe(void)
{
    sigset_t set;
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE);
}

void diag_die_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
    diag_warn("try '%s --help'", program);
    exit(STATUS_USAGE);
}

void diag_die_caret(const char *what, const char *argument, size_t offset, const char *text)
{
    diag_warn("%s: %s", what, text);
    size_t len = strlen(argument);
    if (offset > len)
        offset = len;
    /* Below the argument, a caret under the character. Controls and what is no UTF-8 would move it: spaces for them. */
    char *lines = malloc(2 * len + 8);
    if (lines) {
        size_t used = 2, before = 0;
        memcpy(lines, "  ", used);
        for (size_t i = 0, size; i < len; i += size) {
            char shown[DIAG_PRINTABLE_MAX * 4];
            size_t valid = unicode_valid(argument + i, len - i);
            size = valid > 0 ? valid : 1;
            bool plain = diag_printable(argument + i, size, shown) == size;
            memcpy(lines + used, plain ? argument + i : " ", plain ? size : 1);
            used += plain ? size : 1;
            before += i < offset;
        }
        lines[used++] = '\n';
        memset(lines + used, ' ', before + 2);
        used += before + 2;
        lines[used++] = '^';
        lines[used++] = '\n';
        diag_raw(lines, used);
        free(lines);
    }
    exit(STATUS_USAGE);
}
