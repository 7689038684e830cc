#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

enum { SPILL_BUFFER = 256 * 1024, SPILL_POURED = 1 << 20, SPILL_NAME_MAX = 4096 };

struct spill {
    int fd;
    struct buffer pending;
    uint64_t written;
};

static const char *folder(void)
{
    const char *name = getenv("TMPDIR");
    return name && *name ? name : "/tmp";
}

static _Noreturn void failed(const char *what)
{
    diag_die(STATUS_IO, "temporary file in %s: %s%s%s (TMPDIR says where; --memory how much is kept without)", folder(),
             what, *what ? ": " : "", strerror(errno));
}

_Noreturn void spill_lost(void)
{
    failed("");
}

/* A file without a name: O_TMPFILE where the file system has it, else made and unlinked at once. */
int spill_open(void)
{
#ifdef O_TMPFILE
    int fd = file_open(folder(), O_TMPFILE | O_RDWR, 0600);
    if (fd >= 0)
        return fd;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)
        failed("");
#endif
    char name[SPILL_NAME_MAX];
    int len = snprintf(name, sizeof name, "%s/atools.XXXXXX", folder());
    if (len < 0 || (size_t)len >= sizeof name) {
        errno = ENAMETOOLONG;
        failed("");
    }
    int named;
    do
        named = mkostemp(name, O_CLOEXEC);
    while (named < 0 && errno == EINTR);
    if (named < 0 || unlink(name) != 0)
        failed("");
    return named;
}

struct spill *spill_new(void)
{
    struct spill *spill = mem_zero(1, sizeof *spill);
    spill->fd = spill_open();
    return spill;
}

int spill_copy(int descriptor)
{
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        failed("");
    return copy;
}

struct spill *spill_of(int descriptor)
{
    struct spill *spill = mem_zero(1, sizeof *spill);
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        failed("");
    spill->fd = descriptor;
    spill->written = (uint64_t)status.st_size;
    return spill;
}

void spill_flush(struct spill *spill)
{
    if (!file_write_at(spill->fd, spill->pending.data, spill->pending.len, spill->written))
        failed("");
    spill->written += spill->pending.len;
    spill->pending.len = 0;
}

void spill_write(struct spill *spill, const void *bytes, size_t len)
{
    if (spill->pending.len + len > SPILL_BUFFER)
        spill_flush(spill);
    buffer_add(&spill->pending, bytes, len);
    if (spill->pending.len >= SPILL_BUFFER)
        spill_flush(spill);
}

uint64_t spill_end(const struct spill *spill)
{
    return spill->written + spill->pending.len;
}

void spill_settle(struct spill *spill)
{
    spill_flush(spill);
    buffer_free(&spill->pending);
}

void spill_free(struct spill *spill)
{
    if (!spill)
        return;
    buffer_free(&spill->pending);
    (void)close(spill->fd); /* nothing of it is wanted any more */
    free(spill);
}

void spill_reader_start(struct spill_reader *reader, const struct spill *spill, uint64_t from, uint64_t to,
                        size_t window)
{
    reader->spill = spill;
    reader->next = from;
    reader->to = to;
    reader->window = window;
    reader->memory.len = 0;
    reader->at = 0;
}

/* Moves the unread rest to the front and reads until `len` bytes are there. */
static void fill(struct spill_reader *reader, size_t len)
{
    struct buffer *memory = &reader->memory;
    if (memory->len > reader->at)
        memmove(memory->data, memory->data + reader->at, memory->len - reader->at);
    memory->len -= reader->at;
    reader->at = 0;
    size_t room = len > reader->window ? len : reader->window;
    if (room > memory->len)
        buffer_reserve(memory, room - memory->len);
    while (memory->len < len && reader->next < reader->to) {
        uint64_t want = memory->cap - memory->len;
        if (want > reader->to - reader->next)
            want = reader->to - reader->next;
        ssize_t n = file_read_at(reader->spill->fd, memory->data + memory->len, (size_t)want, reader->next);
        if (n == 0)
            errno = EIO;
        if (n <= 0)
            failed("read");
        memory->len += (size_t)n;
        reader->next += (uint64_t)n;
    }
}

const char *spill_read(struct spill_reader *reader, size_t len)
{
    if (reader->memory.len - reader->at < len) {
        if (len - (reader->memory.len - reader->at) > reader->to - reader->next)
            return NULL;
        fill(reader, len);
    }
    const char *bytes = reader->memory.data + reader->at;
    reader->at += len;
    return bytes;
}

bool spill_at_end(const struct spill_reader *reader)
{
    return reader->at == reader->memory.len && reader->next == reader->to;
}

void spill_reader_free(struct spill_reader *reader)
{
    buffer_free(&reader->memory);
}

void spill_pour(struct spill *spill, struct output *out)
{
    struct spill_reader reader = {0};
    spill_flush(spill);
    uint64_t left = spill->written;
    spill_reader_start(&reader, spill, 0, left, SPILL_POURED);
    for (size_t len; left > 0; left -= len) {
        len = left < SPILL_POURED ? (size_t)left : SPILL_POURED;
        output_write(out, spill_read(&reader, len), len);
    }
    spill_reader_free(&reader);
}
