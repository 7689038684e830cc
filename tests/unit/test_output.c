/* output: everything arrives in order, through small pipes and non-blocking ones too. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/output.h"

struct job {
    int fd;
};

/* Pieces of many sizes, numbered so that any loss or change of order shows. */
static void *write_pieces(void *argument)
{
    const struct job *job = argument;
    struct output *output = output_start(job->fd, "pipe");
    struct buffer piece = {0};
    for (size_t i = 0; i < 300; i++) {
        piece.len = 0;
        for (size_t n = 0; n < i * i % 40000; n++)
            buffer_add_char(&piece, (char)('a' + (i + n) % 26));
        output_write(output, piece.data, piece.len);
        if (i % 50 == 0)
            output_flush(output);
    }
    buffer_free(&piece);
    output_close(output);
    return NULL;
}

static void check_pipe(bool blocking)
{
    int ends[2];
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    if (!blocking)
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
    struct job job = {ends[1]};
    pthread_create(&thread, NULL, write_pieces, &job);
    static char got[3001];
    for (size_t i = 0; i < 300; i++)
        for (size_t n = 0; n < i * i % 40000;) {
            size_t want = i * i % 40000 - n < 3000 ? i * i % 40000 - n : 3000;
            ssize_t count = read(ends[0], got, want);
            assert_true(count > 0);
            for (ssize_t k = 0; k < count; k++, n++)
                assert_int_equal(got[k], 'a' + (char)((i + n) % 26));
        }
    assert_int_equal(read(ends[0], got, 1), 0);
    pthread_join(thread, NULL);
    close(ends[0]);
}

static void test_pipe(void **state)
{
    (void)state;
    check_pipe(true);
}

static void test_pipe_that_does_not_block(void **state)
{
    (void)state;
    check_pipe(false);
}

static void write_something(const char *path, size_t len)
{
    char *bytes = mem_zero(len, 1);
    struct output *output = output_open(path);
    output_write(output, bytes, len);
    free(bytes);
    output_close(output);
    exit(0);
}

/* The exit status of a process that writes len bytes to path, and what it says. */
static int status_of(const char *path, size_t len, char *said, size_t cap)
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        write_something(path, len);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, cap - 1);
    said[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_failures(void **state)
{
    (void)state;
    char said[200];
    assert_int_equal(status_of("/dev/full", 5, said, sizeof said), 3); /* found when closing */
    assert_string_equal(said, "test_output: /dev/full: No space left on device\n");
    assert_int_equal(status_of("/dev/full", 5000000, said, sizeof said), 3);
    assert_string_equal(said, "test_output: /dev/full: No space left on device\n");
    assert_int_equal(status_of("/nowhere/at all", 5, said, sizeof said), 3);
    assert_string_equal(said, "test_output: /nowhere/at all: No such file or directory\n");
    assert_int_equal(status_of("/dev/null", 5000000, said, sizeof said), 0);
    assert_string_equal(said, "");
}

int main(void)
{
    diag_start("test_output");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pipe), cmocka_unit_test(test_pipe_that_does_not_block),
                                       cmocka_unit_test(test_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
