#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"

enum {
    OUTPUT_BUFFER = 64 * 1024,
    PIPE_SIZE = 1024 * 1024, /* what an unprivileged process may ask for by default on Linux */
};

struct output {
    int fd; /* -1: there is take */
    bool (*take)(void *context, const char *bytes, size_t len, struct problem *problem);
    void (*end)(void *context);
    void *context;
    char *name;
    char *buffer;
    size_t len;
    struct shrinker *shrinker; /* or NULL */
    struct buffer shrunk;
    bool inside; /* there may be bytes in it */
};

static _Noreturn void fail(const struct output *output, int error)
{
    if (error == EPIPE)
        diag_die_of_closed_pipe();
    diag_die(STATUS_IO, "%s: %s", output->name, strerror(error));
}

static void write_plain(struct output *output, const char *bytes, size_t len)
{
    struct problem problem = {0};
    if (output->take) {
        if (!output->take(output->context, bytes, len, &problem))
            diag_die(problem.status, "%s", problem.text);
        return;
    }
    if (!file_write(output->fd, bytes, len))
        fail(output, errno);
}

/* What came out of the shrinker. */
static void write_shrunk(struct output *output, bool good)
{
    if (!good)
        diag_die(STATUS_IO, "%s: %s failed", output->name, shrink_name(output->shrinker));
    write_plain(output, output->shrunk.data, output->shrunk.len);
    output->shrunk.len = 0;
}

static void write_all(struct output *output, const char *bytes, size_t len)
{
    if (!output->shrinker) {
        write_plain(output, bytes, len);
        return;
    }
    bool good = shrink_add(output->shrinker, bytes, len, &output->shrunk);
    output->inside = output->inside || len > 0;
    if (!good || output->shrunk.len >= OUTPUT_BUFFER)
        write_shrunk(output, good);
}

struct output *output_start(int fd, const char *name)
{
    struct output *output = mem_zero(1, sizeof *output);
    struct stat info;
    output->fd = fd;
    output->name = mem_copy(name, strlen(name));
    output->buffer = mem_resize(NULL, OUTPUT_BUFFER, 1);
#ifdef F_SETPIPE_SZ
    if (fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode) && fcntl(fd, F_GETPIPE_SZ) < PIPE_SIZE)
        fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE); /* only faster: a refusal does not matter */
#else
    (void)info;
#endif
    return output;
}

struct output *output_standard(const struct shrink_options *options)
{
    struct output *output = output_start(STDOUT_FILENO, "stdout");
    if (options->form == EXPAND_NONE)
        return output;
    if (isatty(STDOUT_FILENO))
        diag_die_usage("compressed output is not for a terminal: redirect it");
    output->shrinker = shrink_new(options);
    return output;
}

struct output *output_to(bool (*take)(void *context, const char *bytes, size_t len, struct problem *problem),
                         void (*end)(void *context), void *context)
{
    struct output *output = mem_zero(1, sizeof *output);
    *output = (struct output){.fd = -1, .take = take, .end = end, .context = context};
    output->name = mem_copy("", 0);
    output->buffer = mem_resize(NULL, OUTPUT_BUFFER, 1);
    return output;
}

struct output *output_open(const char *path)
{
    if (strcmp(path, "-") == 0)
        return output_start(STDOUT_FILENO, "stdout");
    int fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        diag_die(STATUS_IO, "%s: %s", path, strerror(errno));
    return output_start(fd, path);
}

static void drain(struct output *output)
{
    size_t len = output->len;
    output->len = 0;
    write_all(output, output->buffer, len);
}

void output_write(struct output *output, const void *bytes, size_t len)
{
    if (len > OUTPUT_BUFFER - output->len)
        drain(output);
    if (len >= OUTPUT_BUFFER) {
        write_all(output, bytes, len);
    } else if (len > 0) {
        memcpy(output->buffer + output->len, bytes, len);
        output->len += len;
    }
}

void output_flush(struct output *output)
{
    drain(output);
    if (!output->inside)
        return;
    bool good = shrink_flush(output->shrinker, &output->shrunk);
    output->inside = false;
    write_shrunk(output, good);
}

void output_look(const struct output *output)
{
    struct pollfd look = {.fd = output->fd, .events = 0}; /* errors are told unasked */
    if (poll(&look, 1, 0) > 0 && (look.revents & POLLERR))
        diag_die_of_closed_pipe();
}

int output_descriptor(const struct output *output)
{
    return output->fd;
}

void output_close(struct output *output)
{
    drain(output);
    if (output->shrinker) {
        bool good = shrink_end(output->shrinker, &output->shrunk);
        write_shrunk(output, good);
        shrink_free(output->shrinker);
    }
    if (output->end)
        output->end(output->context);
    /* EINTR: Linux has closed the descriptor all the same, and everything was written */
    if (output->fd >= 0 && close(output->fd) != 0 && errno != EINTR)
        fail(output, errno);
    buffer_free(&output->shrunk);
    free(output->buffer);
    free(output->name);
    free(output);
}
