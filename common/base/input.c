#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/expand.h"
#include "base/file.h"
#include "base/magic.h"
#include "base/mem.h"

enum {
    PACKED_SIZE = 128 * 1024, /* compressed bytes read at once */
    STASH_SIZE = 4096,        /* unpacked ahead to know whether a read would wait */
    PIPE_SIZE = 1024 * 1024,  /* what an unprivileged process may ask for by default on Linux */
    HEAD_SIZE = 2 * MAGIC_MAX,
};

enum form { FORM_UNKNOWN, FORM_PLAIN, FORM_PACKED };

struct packed {
    struct expander *expander;
    unsigned char bytes[PACKED_SIZE];
    const unsigned char *next;
    size_t left;
    char stash[STASH_SIZE];
    size_t stash_at, stash_len;
    bool between;  /* a member has ended, or none has begun */
    bool more;     /* expand may hold output that did not fit */
    bool finished; /* the last member has ended and so has the file */
    uint64_t members;  /* begun so far */
    uint64_t consumed; /* compressed bytes handed to expand so far, those it has not taken yet included */
};

struct input {
    int fd;
    int wake, out; /* input_watch; -1: none */
    char *name;
    bool regular;
    bool woken;   /* the last read gave nothing, because somebody woke us */
    bool parquet; /* is what the caller reads */
    bool failed;
    unsigned users;
    enum form form;
    char head[HEAD_SIZE]; /* read while the form was not known, and not handed out */
    size_t head_at, head_len;
    uint64_t first; /* regular: where in the file reading began (stdin may stand anywhere) */
    uint64_t done, size;
    uint64_t end; /* regular: nothing from there on is read */
    struct packed *packed;
    int status;
    char error[256];
};

struct input *input_open(const char *path, bool raw)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : file_open(path, O_RDONLY, 0);
    if (fd < 0)
        return NULL;
    struct input *input = mem_zero(1, sizeof *input);
    input->fd = fd;
    input->users = 1;
    input->wake = input->out = -1;
    input->end = UINT64_MAX;
    input->form = raw ? FORM_PLAIN : FORM_UNKNOWN;
    const char *name = is_stdin ? "stdin" : path;
    input->name = mem_copy(name, strlen(name));
    struct stat info;
    if (fstat(fd, &info) == 0) {
        input->regular = S_ISREG(info.st_mode);
        if (input->regular) {
            input->size = (uint64_t)info.st_size;
            off_t at = is_stdin ? lseek(fd, 0, SEEK_CUR) : 0;
            input->regular = at >= 0; /* where it begins must be known, for reading at places */
            input->size = input->regular ? input->size : 0;
            input->first = at > 0 ? (uint64_t)at : 0;
            posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        }
#ifdef F_SETPIPE_SZ
        if (S_ISFIFO(info.st_mode) && fcntl(fd, F_GETPIPE_SZ) < PIPE_SIZE)
            fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE); /* only faster: a refusal does not matter */
#endif
    }
    return input;
}

void input_take_parquet(struct input *input)
{
    input->parquet = true;
}

bool input_range(struct input *input, uint64_t from, uint64_t to)
{
    char head[HEAD_SIZE] = {0};
    bool more;
    ssize_t n = input->regular ? input_read_at(input, head, sizeof head, 0) : -1;
    size_t len = n > 0 ? (size_t)n : 0;
    bool plain = magic_packed(head, len) == EXPAND_NONE && !magic_find(head, len, false, &more);
    if (n < 0 || (input->form != FORM_PLAIN && !plain) || lseek(input->fd, (off_t)from, SEEK_SET) < 0)
        return false;
    input->form = FORM_PLAIN;
    input->first = from;
    input->end = to;
    input->size = input->size < to ? input->size : to;
    return true;
}

const char *input_name(const struct input *input)
{
    return input->name;
}

void input_watch(struct input *input, int wake, int out)
{
    input->wake = wake;
    input->out = out;
}

static bool would_wait(const struct input *input)
{
    if (input->regular)
        return false;
    struct pollfd wait = {.fd = input->fd, .events = POLLIN};
    int n;
    do
        n = poll(&wait, 1, 0);
    while (n < 0 && errno == EINTR);
    return n == 0;
}

/* Waits until there is something to read (true) or somebody wakes us (false). */
static bool wait_for_bytes(const struct input *input)
{
    if (input->regular || (input->wake < 0 && input->out < 0))
        return true;
    struct pollfd wait[3] = {{.fd = input->fd, .events = POLLIN},
                             {.fd = input->wake, .events = POLLIN},
                             {.fd = input->out, .events = 0}}; /* its errors are told unasked */
    while (poll(wait, 3, -1) < 0)
        if (errno != EINTR && errno != EAGAIN)
            return true; /* read will say what is wrong */
    if (wait[0].revents == 0 && (wait[2].revents & POLLERR))
        diag_die_of_closed_pipe();
    return wait[1].revents == 0;
}

const char *const input_shorter = "the file became shorter while it was read";

static void fail_read(struct input *input, const char *what)
{
    input->status = STATUS_IO;
    snprintf(input->error, sizeof input->error, "%s", what);
    input->failed = true;
}

/* Somebody cut the file off since it was opened, before all of it was read. (The size alone tells nothing: in some
 * file systems files end before it.) */
static bool became_shorter(const struct input *input)
{
    struct stat stat;
    return input->size > 0 && lseek(input->fd, 0, SEEK_CUR) < (off_t)input->size && fstat(input->fd, &stat) == 0 &&
           (uint64_t)stat.st_size < input->size;
}

/* read(2) until it gives something: bytes, 0 at the end or when woken, -1 with the error noted. */
static ssize_t read_bytes(struct input *input, void *into, size_t cap)
{
    for (;;) {
        input->woken = !wait_for_bytes(input);
        uint64_t left = input->end - input->first - input->done;
        if (input->woken || left == 0)
            return 0;
        cap = cap < left ? cap : (size_t)left;
        ssize_t n = read(input->fd, into, cap);
        if (n == 0 && became_shorter(input)) {
            fail_read(input, input_shorter);
            return -1;
        }
        if (n >= 0) {
            __atomic_fetch_add(&input->done, (uint64_t)n, __ATOMIC_RELAXED);
            return n;
        }
        if (errno == EAGAIN) { /* somebody made our stdin non-blocking: wait as a blocking one would */
            struct pollfd wait = {.fd = input->fd, .events = POLLIN};
            poll(&wait, 1, input->wake < 0 ? -1 : 100);
        } else if (errno != EINTR) {
            fail_read(input, strerror(errno));
            return -1;
        }
    }
}

static ssize_t packed_fail(struct input *input, const char *what)
{
    const struct packed *packed = input->packed;
    input->status = STATUS_DATA;
    uint64_t at = packed->consumed - packed->left + 1;
    snprintf(input->error, sizeof input->error, "compressed byte %llu: %s", (unsigned long long)at, what);
    input->failed = true;
    return -1;
}

static ssize_t packed_fail_of(struct input *input, const char *format, const char *name)
{
    char text[128];
    snprintf(text, sizeof text, format, name);
    return packed_fail(input, text);
}

/* Gets more compressed bytes: 1, or 0 at the end (or when woken), or -1. */
static int packed_refill(struct input *input)
{
    struct packed *packed = input->packed;
    ssize_t n = read_bytes(input, packed->bytes, sizeof packed->bytes);
    if (n <= 0)
        return (int)n;
    packed->next = packed->bytes;
    packed->left = (size_t)n;
    packed->consumed += (uint64_t)n;
    return 1;
}

/* Between members: zeros may be padding, anything else must begin a member. */
static int packed_begin_member(struct input *input)
{
    struct packed *packed = input->packed;
    while (packed->left > 0 && packed->members > 0 && *packed->next == 0 && expand_pads(packed->expander)) {
        packed->next++;
        packed->left--;
    }
    if (packed->left == 0)
        return 0;
    if (!expand_begin(packed->expander, *packed->next))
        return (int)packed_fail_of(input, "something that is no %s follows the end of one",
                                   expand_member(packed->expander));
    packed->members++;
    packed->between = false;
    return 1;
}

/* Unpacks up to cap bytes out of what has been read; reads more only if may_read. Returns their count,
 * 0 when that needs more input (or at the end: packed->finished), -1 on failure. */
static ssize_t packed_read(struct input *input, char *into, size_t cap, bool may_read)
{
    struct packed *packed = input->packed;
    struct expand_bytes bytes = {.out = into, .out_len = cap};
    while (bytes.out_len > 0) {
        if (packed->left == 0 && !packed->more) {
            if (bytes.out > into || !may_read)
                break;
            int got = packed_refill(input);
            if (got < 0)
                return -1;
            if (got == 0) {
                packed->finished = packed->between;
                return packed->between || input->woken ? 0
                                                       : packed_fail_of(input, "the %s data is cut off here",
                                                                        expand_name(packed->expander));
            }
        }
        if (packed->between) {
            int begun = packed_begin_member(input);
            if (begun < 0)
                break;
            if (begun == 0)
                continue;
        }
        const char *why;
        bytes.in = packed->next;
        bytes.in_len = packed->left;
        enum expand_result result = expand_step(packed->expander, &bytes, &why);
        packed->next = bytes.in;
        packed->left = bytes.in_len;
        packed->more = bytes.out_len == 0 && result != EXPAND_ENDS;
        packed->between = result == EXPAND_ENDS;
        if (result == EXPAND_DAMAGED) {
            packed_fail(input, why);
            break;
        }
    }
    return bytes.out > into ? bytes.out - into : input->failed ? -1 : 0;
}

/* False: what unpacks it is not there. */
static bool packed_start(struct input *input, enum expand_form form, const char *bytes, size_t len, const char **why)
{
    struct expander *expander = expand_new(form, why);
    if (!expander)
        return false;
    struct packed *packed = mem_zero(1, sizeof *packed);
    memcpy(packed->bytes, bytes, len);
    packed->expander = expander;
    packed->next = packed->bytes;
    packed->left = len;
    packed->consumed = len;
    packed->between = true;
    input->packed = packed;
    input->form = FORM_PACKED;
    return true;
}

static ssize_t take_head(struct input *input, char *into, size_t cap)
{
    size_t n = input->head_len - input->head_at;
    n = n < cap ? n : cap;
    memcpy(into, input->head + input->head_at, n);
    input->head_at += n;
    return (ssize_t)n;
}

/* The form of what begins with these bytes; its first `len` bytes are in `bytes`. */
static void settle(struct input *input, const char *bytes, size_t len)
{
    bool more;
    const char *what = magic_find(bytes, len, input->parquet, &more);
    enum expand_form packed = magic_packed(bytes, len);
    input->form = FORM_PLAIN;
    if (packed != EXPAND_NONE && packed_start(input, packed, bytes, len, &what))
        return;
    if (what) {
        fail_read(input, what);
        input->status = packed != EXPAND_NONE ? STATUS_IO : STATUS_DATA;
    }
}

/* The first read, of as many bytes as tell the form. */
static ssize_t sniff(struct input *input, char *into, size_t cap)
{
    bool direct = cap > HEAD_SIZE, more = true;
    char *bytes = direct ? into : input->head;
    size_t len = input->head_len, room = !direct ? HEAD_SIZE : cap < PACKED_SIZE ? cap : PACKED_SIZE;
    ssize_t n = 1;
    if (direct)
        memcpy(bytes, input->head, len);
    while (more && n > 0) {
        n = read_bytes(input, bytes + len, room - len);
        len += n > 0 ? (size_t)n : 0;
        if (n > 0)
            magic_find(bytes, len, input->parquet, &more);
    }
    if (n < 0 && len == 0)
        return -1;
    if (n == 0 && input->woken) { /* another time */
        memcpy(input->head, bytes, direct ? len : 0);
        input->head_len = len;
        return 0;
    }
    bool broken = input->failed;
    input->head_len = 0;
    settle(input, bytes, len);
    if (input->form == FORM_PACKED)
        return input_read(input, into, cap);
    if (input->failed && !broken)
        return -1;
    input->head_len = direct ? 0 : len;
    return direct ? (ssize_t)len : take_head(input, into, cap);
}

ssize_t input_read(struct input *input, char *into, size_t cap)
{
    if (input->form == FORM_PLAIN && input->head_at < input->head_len)
        return take_head(input, into, cap);
    if (input->form == FORM_PLAIN && !input->failed)
        return read_bytes(input, into, cap);
    struct packed *packed = input->packed;
    if (packed && packed->stash_at < packed->stash_len) {
        size_t n = packed->stash_len - packed->stash_at;
        n = n < cap ? n : cap;
        memcpy(into, packed->stash + packed->stash_at, n);
        packed->stash_at += n;
        ssize_t more = n < cap && !packed->finished ? packed_read(input, into + n, cap - n, false) : 0;
        return (ssize_t)n + (more > 0 ? more : 0); /* a failure is told next time */
    }
    if (input->failed)
        return -1;
    if (!packed) /* the form is not known yet */
        return sniff(input, into, cap);
    return packed->finished ? 0 : packed_read(input, into, cap, true);
}

const char *input_error(const struct input *input, int *status)
{
    *status = input->status;
    return input->error;
}

int input_descriptor(const struct input *input)
{
    return input->fd;
}

bool input_ready(struct input *input)
{
    struct packed *packed = input->packed;
    if (!packed || input->failed)
        return input->failed || (input->form == FORM_PLAIN && input->head_at < input->head_len) || !would_wait(input);
    if (packed->finished)
        return true;
    while (packed->stash_at >= packed->stash_len) {
        packed->stash_at = packed->stash_len = 0;
        ssize_t n = packed_read(input, packed->stash, sizeof packed->stash, false);
        if (n > 0)
            packed->stash_len = (size_t)n;
        if (n < 0)
            return true;
        if (n == 0) {
            if (would_wait(input))
                return false;
            int got = packed_refill(input);
            if (got <= 0)
                return true; /* the end or a failure: input_read finds out */
        }
    }
    return true;
}

bool input_seekable(const struct input *input, uint64_t *at)
{
    *at = input->first + input_done(input) - (input->head_len - input->head_at);
    return input->regular && input->form == FORM_PLAIN && !input->failed;
}

ssize_t input_read_at(const struct input *input, char *into, size_t len, uint64_t at)
{
    return file_read_at(input->fd, into, len, at);
}

void input_seek(struct input *input, uint64_t at)
{
    if (lseek(input->fd, (off_t)at, SEEK_SET) < 0)
        fail_read(input, strerror(errno)); /* said by the next read */
    input->head_at = input->head_len;
    __atomic_store_n(&input->done, at - input->first, __ATOMIC_RELAXED);
}

uint64_t input_done(const struct input *input)
{
    return __atomic_load_n(&input->done, __ATOMIC_RELAXED);
}

uint64_t input_size(const struct input *input)
{
    return input->size;
}

void input_keep(struct input *input)
{
    input->users++;
}

void input_close(struct input *input)
{
    if (--input->users > 0)
        return;
    if (input->packed) {
        expand_free(input->packed->expander);
        free(input->packed);
    }
    if (input->fd != STDIN_FILENO)
        close(input->fd);
    free(input->name);
    free(input);
}
