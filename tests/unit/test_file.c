/* file: partial, interrupted and refused reads and writes (pread, pwrite, write and read are replaced here by ones that
 * give a byte or a few at a time, and EINTR in between). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/foreign.h"

enum { PIECE = 3 };
static bool broken_up;      /* the calls below give pieces */
static unsigned calls;      /* every second one is interrupted */
static int refuse;          /* not 0: the call fails with this errno; -1: it gives 0 */

static bool interrupted(ssize_t *result)
{
    if (refuse) {
        *result = refuse > 0 ? -1 : 0;
        errno = refuse > 0 ? refuse : 0;
        return true;
    }
    if (!broken_up || calls++ % 2 == 1)
        return false;
    *result = -1;
    errno = EINTR;
    return true;
}

static size_t piece(size_t len)
{
    return broken_up && len > PIECE ? PIECE : len;
}

ssize_t pread(int fd, void *into, size_t len, off_t at)
{
    ssize_t result;
    ssize_t (*real)(int, void *, size_t, off_t) = (ssize_t (*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
    if (interrupted(&result))
        return result;
    result = real(fd, into, piece(len), at);
    if (result > 0)
        foreign_wrote(into, (size_t)result);
    return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t result;
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    return interrupted(&result) ? result : real(fd, bytes, piece(len), at);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t result;
    ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    return interrupted(&result) ? result : real(fd, bytes, piece(len));
}

ssize_t read(int fd, void *into, size_t len)
{
    ssize_t result;
    ssize_t (*real)(int, void *, size_t) = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    if (interrupted(&result))
        return result;
    result = real(fd, into, piece(len));
    if (result > 0)
        foreign_wrote(into, (size_t)result);
    return result;
}

static int temporary(char *name)
{
    strcpy(name, "/tmp/test_file.XXXXXX");
    int fd = mkostemp(name, O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void test_pieces(void **state)
{
    (void)state;
    char name[32], got[64] = "";
    int fd = temporary(name);
    broken_up = true;
    calls = 0;
    bool written = file_write(fd, "0123456789", 10), placed = file_write_at(fd, "abcdefgh", 8, 5);
    ssize_t some = file_read_at(fd, got, 8, 1), rest = file_read_at(fd, got + 20, 40, 10),
            none = file_read_at(fd, got, 1, 13);
    struct buffer whole = {0};
    bool loaded = file_load(name, 13, &whole);
    uint64_t size = file_size(fd);
    broken_up = false;
    assert_true(calls > 20);
    assert_true(written && placed && loaded);
    assert_int_equal(some, 8);
    assert_memory_equal(got, "1234abcd", 8);
    assert_int_equal(rest, 3);
    assert_memory_equal(got + 20, "fgh", 4);
    assert_int_equal(none, 0);
    assert_int_equal(whole.len, 13);
    assert_string_equal(whole.data, "01234abcdefgh");
    assert_int_equal(size, 13);
    buffer_free(&whole);
    close(fd);
    unlink(name);
}

static void test_refused(void **state)
{
    (void)state;
    char name[32], byte;
    int fd = temporary(name);
    struct buffer whole = {0};
    static const struct {
        int refuse, write, write_at;
    } cases[] = {{EIO, EIO, EIO}, {ENOSPC, ENOSPC, ENOSPC}, {-1, EIO, ENOSPC}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refuse = cases[i].refuse;
        bool written = file_write(fd, "x", 1);
        int why = errno;
        bool placed = file_write_at(fd, "x", 1, 0);
        int why_placed = errno;
        ssize_t n = file_read_at(fd, &byte, 1, 0);
        refuse = 0;
        assert_false(written || placed);
        assert_int_equal(why, cases[i].write);
        assert_int_equal(why_placed, cases[i].write_at);
        assert_int_equal(n, cases[i].refuse > 0 ? -1 : 0);
    }
    refuse = EIO;
    bool loaded = file_load(name, 10, &whole);
    int why = errno;
    refuse = 0;
    assert_false(loaded);
    assert_int_equal(why, EIO);
    buffer_free(&whole);
    close(fd);
    unlink(name);
}

/* At the limit and one past it; what is not there. */
static void test_load(void **state)
{
    (void)state;
    char name[32], bytes[10001];
    memset(bytes, 'b', sizeof bytes);
    int fd = temporary(name);
    assert_true(file_write(fd, bytes, sizeof bytes));
    struct buffer whole = {0};
    buffer_add_text(&whole, "from before");
    assert_true(file_load(name, 10001, &whole));
    assert_int_equal(whole.len, 10001);
    assert_memory_equal(whole.data, bytes, sizeof bytes);
    assert_false(file_load(name, 10000, &whole));
    assert_int_equal(errno, EFBIG);
    assert_false(file_load("/tmp/no such folder/file", 10, &whole));
    assert_int_equal(errno, ENOENT);
    assert_true(file_load("/dev/null", 0, &whole));
    assert_int_equal(whole.len, 0);
    buffer_free(&whole);
    close(fd);
    unlink(name);
    assert_int_equal(file_size(-1), 0);
}

/* Wherever the name has its slashes, whether or not the file is there. */
static void test_sync_folder(void **state)
{
    (void)state;
    assert_true(file_sync_folder("name"));
    assert_true(file_sync_folder("/name"));
    assert_true(file_sync_folder("/tmp/name"));
    assert_false(file_sync_folder("/tmp/no such folder/name"));
    assert_int_equal(errno, ENOENT);
}

struct drain {
    int fd;
    size_t got;
};

static void *drain(void *context)
{
    struct drain *job = context;
    char bytes[4096];
    for (ssize_t n; (n = read(job->fd, bytes, sizeof bytes)) > 0;)
        job->got += (size_t)n;
    return NULL;
}

/* A pipe that somebody made non-blocking, and that is full: waited for. */
static void test_not_blocking(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    size_t len = 1 << 20;
    char *bytes = calloc(len, 1);
    pthread_t thread;
    struct drain job = {.fd = ends[0]};
    assert_int_equal(pthread_create(&thread, NULL, drain, &job), 0);
    assert_true(file_write(ends[1], bytes, len));
    close(ends[1]);
    pthread_join(thread, NULL);
    assert_int_equal(job.got, len);
    close(ends[0]);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_load), cmocka_unit_test(test_sync_folder),
                                       cmocka_unit_test(test_not_blocking)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
