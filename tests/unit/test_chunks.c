/* chunks: the same bytes for any number of threads and any batches; bad records, limits, failures. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
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
#include "frame/chunks.h"
#include "frame/frame.h"

static char folder[] = "/tmp/atools-test-chunks-XXXXXX";

/* The path of a file in the folder; it lives on. */
static char *in_folder(const char *name)
{
    static char paths[8][sizeof folder + 32];
    size_t i = 0;
    while (paths[i][0] && strcmp(paths[i] + sizeof folder, name) != 0)
        i++;
    snprintf(paths[i], sizeof paths[i], "%s/%s", folder, name);
    return paths[i];
}

struct job {
    char *files[3];
    size_t file_count;
    size_t batch_size;
    struct chunks_options options;
    const char *out; /* instead of the file "out" */
    bool bad_file;
    uint64_t take_until; /* > 0: take() stops when so many records were seen */
    unsigned delay;      /* microseconds a batch, differing */
    uint64_t piece;      /* > 0: after so many lines what there is is handed on */
    bool started_only_one;
};

struct tool {
    const struct job *job;
    uint64_t taken;
    uint64_t finished_records; /* added up by finish */
    unsigned states;           /* not yet finished */
};

struct state {
    uint64_t records;
    uint64_t next; /* behind the last batch */
    struct tool *tool;
};

static void *start(void *tool)
{
    struct state *state = mem_zero(1, sizeof *state);
    state->tool = tool;
    ((struct tool *)tool)->states++;
    return state;
}

static void finish(void *tool, void *state)
{
    ((struct tool *)tool)->finished_records += ((struct state *)state)->records;
    ((struct tool *)tool)->states--;
    free(state);
}

/* "bad…" is a bad record, with the second byte to blame; others are copied in angle brackets. */
static void work(void *context, struct batch *batch, struct result *result)
{
    struct state *state = context;
    if (batch->sequence < state->next) /* each state sees its batches in order */
        abort();
    state->next = batch->sequence + 1;
    if (state->tool->job->delay > 0)
        usleep((unsigned)(batch->sequence * 7919 % state->tool->job->delay));
    for (size_t at = 0; at < batch->len;) {
        const char *line = batch->text + at;
        const char *newline = memchr(line, '\n', batch->len - at);
        size_t len = newline ? (size_t)(newline - line) : batch->len - at;
        if (len >= 3 && memcmp(line, "bad", 3) == 0) {
            if (!result_bad(result, batch, at + 1, 0, line, len, true, "not good"))
                return;
        } else {
            buffer_add_char(&result->out, '<');
            buffer_add(&result->out, line, len);
            buffer_add_text(&result->out, ">\n");
            result_row(result);
            state->records++;
        }
        result->records++;
        at += len + 1;
        uint64_t piece = state->tool->job->piece;
        if (piece > 0 && result->records % piece == 0 && !result_hand_on(result))
            return;
    }
}

static bool take(void *context, const struct batch *batch, struct result *result)
{
    struct tool *tool = context;
    (void)batch;
    tool->taken += result->records;
    return tool->job->take_until == 0 || tool->taken < tool->job->take_until;
}

static _Noreturn void run_job(const struct job *job)
{
    struct frame_options frame_options = {.lines = true, .batch_size = job->batch_size};
    struct frame *frame = frame_open(job->files, job->file_count, &frame_options);
    struct chunks_options options = job->options;
    options.out = job->out ? output_open(job->out) : output_start(STDOUT_FILENO, "stdout");
    options.bad = job->bad_file ? output_open(in_folder("bad")) : NULL;
    struct tool tool = {.job = job};
    const struct chunks_work functions = {.start = start, .work = work, .finish = finish, .take = take};
    struct chunks_total total = {0};
    int status = chunks_run(frame_source(frame), &options, &functions, &tool, &total);
    frame_close(frame);
    if (options.bad)
        output_close(options.bad);
    output_close(options.out);
    if (tool.states != 0 ||
        (!options.has_limit && job->take_until == 0 && status == 0 && tool.finished_records != total.rows))
        abort();
    exit(status);
}

/* Runs the job in a process of its own, stdout and stderr into files; its wait status. */
static int run(const struct job *job)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int out = open(in_folder("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int err = open(in_folder("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        run_job(job);
    }
    int status = 0;
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static char *content(const char *name)
{
    struct buffer all = {0};
    int fd = open(in_folder(name), O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n;
    do {
        buffer_reserve(&all, 65536);
        n = read(fd, all.data + all.len, 65536);
        all.len += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    close(fd);
    buffer_add_char(&all, '\0');
    return all.data;
}

static void write_file(const char *name, const char *text, size_t len)
{
    int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
}

static void expect_file(const char *name, const char *wanted)
{
    char *got = content(name);
    assert_string_equal(got, wanted);
    free(got);
}

static const unsigned thread_counts[] = {1, 2, 7};
static const size_t batch_sizes[] = {1, 17, 200, 0};

/* Lines 1 to count; every `bad_every`th is bad (0: none). */
static void write_lines(size_t count, size_t bad_every)
{
    struct buffer text = {0};
    for (size_t i = 1; i <= count; i++)
        buffer_add_format(&text, "%s%zu\n", bad_every && i % bad_every == 0 ? "bad" : "", i);
    write_file("in", text.data, text.len);
    buffer_free(&text);
}

static char *wanted_lines(size_t count, size_t bad_every)
{
    struct buffer text = {0};
    for (size_t i = 1; i <= count; i++)
        if (!bad_every || i % bad_every != 0)
            buffer_add_format(&text, "<%zu>\n", i);
    buffer_add_char(&text, '\0');
    return text.data;
}

static void for_all(struct job job, int wait_status, const char *out, const char *err)
{
    job.files[0] = in_folder("in");
    job.file_count = job.file_count ? job.file_count : 1;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++) {
            job.options.threads = thread_counts[i];
            job.batch_size = batch_sizes[j];
            assert_int_equal(run(&job), wait_status);
            expect_file("out", out);
            expect_file("err", err);
        }
}

static void test_order(void **state)
{
    (void)state;
    write_lines(3000, 0);
    char *wanted = wanted_lines(3000, 0);
    for_all((struct job){.delay = 300}, 0, wanted, "");
    free(wanted);
    write_lines(0, 0);
    for_all((struct job){0}, 0, "", "");
}

/* In pieces the same comes out as whole, also where they are cut off or end with an error. */
static void test_pieces(void **state)
{
    (void)state;
    for (uint64_t piece = 1; piece <= 5; piece += 2) {
        write_lines(3000, 0);
        char *wanted = wanted_lines(3000, 0);
        for_all((struct job){.piece = piece, .delay = 200}, 0, wanted, "");
        free(wanted);
        wanted = wanted_lines(321, 0);
        for_all((struct job){.piece = piece, .options = {.has_limit = true, .limit = 321}}, 0, wanted, "");
        free(wanted);
        write_lines(1000, 300);
        wanted = wanted_lines(1000, 300);
        for_all((struct job){.piece = piece, .options.skip_bad = true, .bad_file = true}, 0, wanted,
                "test_chunks: 3 bad records skipped\n");
        expect_file("bad", "bad300\nbad600\nbad900\n");
        free(wanted);
        wanted = wanted_lines(299, 0);
        char error[sizeof folder + 100];
        snprintf(error, sizeof error, "test_chunks: %s/in:300: byte 2: not good\n", folder);
        for_all((struct job){.piece = piece, .delay = 200}, 1 << 8, wanted, error);
        free(wanted);
    }
}

static void test_bad_record_stops(void **state)
{
    (void)state;
    write_lines(1000, 700);
    char *wanted = wanted_lines(699, 0), error[sizeof folder + 100];
    snprintf(error, sizeof error, "test_chunks: %s/in:700: byte 2: not good\n", folder);
    for_all((struct job){.delay = 300}, 1 << 8, wanted, error);
    free(wanted);
}

static void test_bad_records_are_skipped(void **state)
{
    (void)state;
    write_lines(1000, 300);
    char *wanted = wanted_lines(1000, 300);
    for_all((struct job){.options.skip_bad = true}, 0, wanted, "test_chunks: 3 bad records skipped\n");
    for_all((struct job){.options.skip_bad = true, .bad_file = true}, 0, wanted,
            "test_chunks: 3 bad records skipped\n");
    expect_file("bad", "bad300\nbad600\nbad900\n");
    free(wanted);
}

static void test_limit(void **state)
{
    (void)state;
    write_lines(1000, 0);
    struct chunks_options options = {.has_limit = true, .limit = 321};
    char *wanted = wanted_lines(321, 0);
    for_all((struct job){.options = options}, 0, wanted, "");
    write_lines(1000, 322); /* what stands behind the limit is not looked at */
    for_all((struct job){.options = options}, 0, wanted, "");
    options.skip_bad = true;
    write_lines(1000, 161);
    free(wanted);
    wanted = wanted_lines(322, 161);
    options.limit = 320;
    for_all((struct job){.options = options, .bad_file = true}, 0, wanted, "test_chunks: 1 bad record skipped\n");
    expect_file("bad", "bad161\n");
    free(wanted);
    options.limit = 0;
    for_all((struct job){.options = options}, 0, "", "");
}

static void test_take_stops(void **state)
{
    (void)state;
    write_lines(1000, 0);
    struct job job = {.files = {in_folder("in")}, .file_count = 1, .batch_size = 1, .take_until = 10};
    for (size_t i = 0; i < 3; i++) {
        job.options.threads = thread_counts[i];
        assert_int_equal(run(&job), 0);
        char *wanted = wanted_lines(10, 0);
        expect_file("out", wanted);
        free(wanted);
    }
}

static void test_read_failure(void **state)
{
    (void)state;
    write_lines(500, 0);
    char *wanted = wanted_lines(500, 0), error[sizeof folder + 100];
    struct job job = {.file_count = 2, .files = {NULL, folder}};
    snprintf(error, sizeof error, "test_chunks: %s: Is a directory\n", folder);
    for_all(job, 3 << 8, wanted, error);
    job.files[1] = in_folder("nothing");
    snprintf(error, sizeof error, "test_chunks: %s/nothing: No such file or directory\n", folder);
    for_all(job, 3 << 8, wanted, error);
    free(wanted);
}

static void test_full_disk(void **state)
{
    (void)state;
    write_lines(100000, 0);
    for_all((struct job){.out = "/dev/full"}, 3 << 8, "", "test_chunks: /dev/full: No space left on device\n");
}

static void test_closed_pipe(void **state)
{
    (void)state;
    write_lines(100000, 0);
    for (size_t i = 0; i < 3; i++)
        for (int ignored = 0; ignored < 2; ignored++) {
            int ends[2];
            char name[32];
            assert_int_equal(pipe(ends), 0);
            close(ends[0]);
            snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
            struct job job = {.files = {in_folder("in")}, .file_count = 1, .batch_size = 500};
            job.options.threads = thread_counts[i];
            fflush(NULL);
            pid_t child = fork();
            if (child == 0) {
                int err = open(in_folder("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
                dup2(err, STDERR_FILENO);
                dup2(ends[1], STDOUT_FILENO);
                signal(SIGPIPE, ignored ? SIG_IGN : SIG_DFL);
                run_job(&job);
            }
            close(ends[1]);
            int status = 0;
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
            expect_file("err", "");
        }
}

/* Records come out while the writer is still there; and stopping does not wait for it. */
static void test_idle(void **state)
{
    (void)state;
    for (int limited = 0; limited < 2; limited++) {
        int in[2], out[2];
        assert_true(pipe(in) == 0 && pipe(out) == 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            char name[] = "-";
            struct job job = {
                .files = {name}, .file_count = 1, .options = {.threads = 3, .has_limit = limited, .limit = 4}};
            dup2(in[0], STDIN_FILENO);
            dup2(out[1], STDOUT_FILENO);
            close(in[1]);
            close(out[0]);
            run_job(&job);
        }
        close(out[1]);
        close(in[0]);
        char got[64];
        assert_int_equal(write(in[1], "1\n2\n3", 5), 5);
        ssize_t n = read(out[0], got, sizeof got);
        assert_true(n == 8 && memcmp(got, "<1>\n<2>\n", 8) == 0);
        assert_int_equal(write(in[1], "0\n4\n", 4), 4);
        n = read(out[0], got, sizeof got);
        assert_true(n == 9 && memcmp(got, "<30>\n<4>\n", 9) == 0);
        if (!limited)
            close(in[1]);
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        if (limited)
            close(in[1]);
        close(out[0]);
    }
}

/* The reader goes away while nothing comes in: the end comes at once, not with the next record. */
static void test_reader_leaves_while_idle(void **state)
{
    (void)state;
    int in[2], out[2];
    assert_true(pipe(in) == 0 && pipe(out) == 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char name[] = "-";
        struct job job = {.files = {name}, .file_count = 1};
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        run_job(&job);
    }
    close(out[1]);
    char got[64];
    assert_int_equal(write(in[1], "1\n", 2), 2);
    assert_int_equal(read(out[0], got, sizeof got), 4);
    close(out[0]);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    close(in[0]);
    close(in[1]);
}

int main(void)
{
    diag_start("test_chunks");
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_order),       cmocka_unit_test(test_bad_record_stops),
        cmocka_unit_test(test_limit),       cmocka_unit_test(test_bad_records_are_skipped),
        cmocka_unit_test(test_take_stops),  cmocka_unit_test(test_read_failure),
        cmocka_unit_test(test_full_disk),   cmocka_unit_test(test_closed_pipe),
        cmocka_unit_test(test_idle),        cmocka_unit_test(test_reader_leaves_while_idle),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    const char *names[] = {"in", "out", "err", "bad"};
    for (size_t i = 0; i < 4; i++)
        unlink(in_folder(names[i]));
    rmdir(folder);
    return failed;
}
