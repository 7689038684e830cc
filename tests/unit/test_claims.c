/* Claims and guesses: a file that is divided among threads gives what the same bytes give through a pipe, which can't
 * be divided: results, message and status, on random documents made to mislead, half of them damaged. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/mem.h"
#include "frame/chunks.h"
#include "frame/frame.h"
#include "slice/slicer.h"

static uint64_t seed = 11;

static uint32_t pick(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* A sanitizer's program is slow to start. */
static unsigned rounds(unsigned wanted)
{
    return getenv("ATOOLS_SANITIZE") ? wanted / 8 : wanted;
}

static void add_element(struct buffer *into, unsigned depth, bool misleading)
{
    static const char *const strings[] = {"", "x", "],[", ",{\\\"id\\\":1}", "\\\\", "\\\",{", "\xc3\xa9"};
    if (pick(40) == 0) {
        static const char *const others[] = {"7", "null", "[]", "[{\"id\":1},{\"id\":2}]", "{}", "\",{\\\"id\\\"\""};
        buffer_add_text(into, others[pick(6)]);
        return;
    }
    buffer_add_format(into, "{\"id\":%u,\"s\":\"%s\"", pick(1000), strings[pick(7)]);
    if (depth > 0 && pick(3) == 0) {
        buffer_add_text(into, ",\"kids\":[");
        for (unsigned i = pick(misleading ? 5 : 2); i > 0; i--) {
            add_element(into, depth - 1, misleading);
            if (i > 1)
                buffer_add_char(into, ',');
        }
        buffer_add_char(into, ']');
    }
    if (pick(30) == 0)
        buffer_add_format(into, ",\"long\":\"%0*d\"", (int)pick(3000), 7);
    buffer_add_char(into, '}');
}

static void add_array(struct buffer *into, unsigned count)
{
    static const char *const separators[] = {",", ",\n", " , ", ",\n  "};
    const char *separator = separators[pick(4)];
    bool misleading = pick(3) == 0;
    buffer_add_char(into, '[');
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_text(into, pick(50) ? separator : ",\n\n");
        add_element(into, 3, misleading);
    }
    buffer_add_text(into, pick(2) ? "]" : "\n]");
}

static void damage(struct buffer *text)
{
    size_t at = pick((uint32_t)text->len);
    switch (pick(5)) {
    case 0:
        text->len = at;
        break;
    case 1:
        text->data[at] = "{}[]\",:x\n\\\x01\xff"[pick(12)];
        break;
    case 2:
        memmove(text->data + at, text->data + at + 1, text->len - at - 1);
        text->len--;
        break;
    default:
        buffer_add_char(text, ' ');
        memmove(text->data + at + 1, text->data + at, text->len - at - 1);
        text->data[at] = "{}[]\",:1"[pick(8)];
    }
}

struct job {
    const char *filter;
    size_t batch_size;
    unsigned threads;
    bool skip_bad, has_limit;
    bool cut; /* the first batch at work cuts the file off in its middle */
    uint64_t limit;
};

static const struct chunks_work *whole_work;

/* Somebody cuts the input off while it is read. */
static void work_cutting(void *state, struct batch *batch, struct result *result)
{
    static int cut;
    if (__atomic_exchange_n(&cut, 1, __ATOMIC_SEQ_CST) == 0) {
        struct stat file;
        assert_int_equal(fstat(STDIN_FILENO, &file), 0);
        assert_int_equal(ftruncate(STDIN_FILENO, file.st_size / 2), 0);
    }
    whole_work->work(state, batch, result);
}

static _Noreturn void run_job(const struct job *job)
{
    struct slicer_options options = {
        .filter = {.text = job->filter}, .end = '\n', .has_limit = job->has_limit, .limit = job->limit};
    struct slicer *slicer = slicer_new(&options, &(struct problem){0});
    struct frame_options frame_options = {.batch_size = job->batch_size, .whole_max = 200};
    slicer_frame(slicer, &frame_options);
    struct frame *frame = frame_open(NULL, 0, &frame_options);
    struct chunks_options chunks = {.threads = job->threads,
                                    .skip_bad = job->skip_bad,
                                    .has_limit = job->has_limit,
                                    .limit = job->limit,
                                    .out = output_start(STDOUT_FILENO, "stdout")};
    whole_work = slicer_work(slicer);
    struct chunks_work work = *whole_work;
    if (job->cut)
        work.work = work_cutting;
    int status = chunks_run(frame_source(frame), &chunks, &work, slicer, NULL);
    frame_close(frame);
    slicer_free(slicer);
    output_close(chunks.out);
    exit(status);
}

/* What the job says and how it ends, its input being descriptor `in`. */
static void run(const struct job *job, int in, struct buffer *said)
{
    int out = memfd_create("out", 0), error = memfd_create("error", 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(error, STDERR_FILENO);
        run_job(job);
    }
    int status = 0;
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    said->len = 0;
    buffer_add_format(said, "status %d\n", status);
    for (int i = 0; i < 2; i++) {
        int from = i == 0 ? error : out;
        off_t size = lseek(from, 0, SEEK_END);
        buffer_reserve(said, (size_t)size + 1);
        assert_int_equal(pread(from, said->data + said->len, (size_t)size, 0), size);
        said->len += (size_t)size;
    }
    buffer_add_char(said, '\0');
    close(out);
    close(error);
}

/* The same through a pipe, which holds all of it. */
static void run_piped(const struct job *job, const struct buffer *text, struct buffer *said)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    assert_int_equal(write(ends[1], text->data, text->len), text->len);
    close(ends[1]);
    run(job, ends[0], said);
    close(ends[0]);
}

static void compare(const struct job *first, const struct buffer *text, off_t begin)
{
    struct job job = *first;
    struct buffer wanted = {0}, got = {0};
    run_piped(&job, text, &wanted);
    int file = memfd_create("in", 0); /* a regular file, which may stand somewhere in its middle */
    assert_int_equal(pwrite(file, text->data, text->len, begin), text->len);
    for (unsigned i = 0; i < 3; i++) {
        job.threads = (unsigned[]){1, 2, 5}[i];
        lseek(file, begin, SEEK_SET);
        run(&job, file, &got);
        if (strcmp(got.data, wanted.data) != 0) {
            print_message("%s, %u threads, batches of %zu: %.*s\n", job.filter, job.threads, job.batch_size,
                          (int)text->len, text->data);
            assert_string_equal(got.data, wanted.data);
        }
    }
    close(file);
    buffer_free(&wanted);
    buffer_free(&got);
}

static struct job random_job(const char *filter)
{
    struct job job = {.filter = filter, .threads = 1, .batch_size = (size_t[]){50, 120, 400, 1500}[pick(4)]};
    job.skip_bad = pick(4) == 0;
    job.has_limit = pick(6) == 0;
    job.limit = pick(60);
    return job;
}

static void test_elements(void **state)
{
    (void)state;
    static const char *const filters[] = {".[]",      ".[].id", ".[2:][]", ".[]|.kids[]?",
                                          ".[-3:][]", "length", ".[1:]",   ".[].id?"};
    for (unsigned i = 0; i < rounds(700); i++) {
        struct buffer text = {0};
        add_array(&text, 20 + pick(150));
        if (pick(4) == 0)
            add_array(&text, 20 + pick(50)); /* another one behind it */
        if (pick(2))
            buffer_add_char(&text, '\n');
        if (pick(2))
            damage(&text);
        struct job job = random_job(filters[pick(8)]);
        compare(&job, &text, pick(2) ? 0 : pick(5000));
        buffer_free(&text);
    }
}

static void test_elements_within(void **state)
{
    (void)state;
    for (unsigned i = 0; i < rounds(300); i++) {
        struct buffer text = {0};
        buffer_add_text(&text, "{\"x\":[{\"id\":1}],\n\"a\":{\"c\":0,\"b\":");
        add_array(&text, 20 + pick(150));
        buffer_add_text(&text, ",\"id\":");
        add_array(&text, pick(40));
        buffer_add_text(&text, "}}\n");
        if (pick(2))
            damage(&text);
        struct job job = random_job(pick(2) ? ".a.b[]" : ".a.b[].id?");
        compare(&job, &text, 0);
        buffer_free(&text);
    }
}

static void test_lines(void **state)
{
    (void)state;
    for (unsigned i = 0; i < rounds(500); i++) {
        struct buffer text = {0};
        for (unsigned line = 20 + pick(200); line > 0; line--) {
            add_element(&text, 3, true);
            buffer_add_text(&text, line == 1 && pick(2) ? "" : pick(20) ? "\n" : "\n\n");
        }
        if (pick(2))
            damage(&text);
        struct job job = random_job(pick(2) ? ".id?" : ".id");
        compare(&job, &text, pick(2) ? 0 : pick(5000));
        buffer_free(&text);
    }
}

static void test_cut_off(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        struct buffer text = {0}, said = {0};
        bool lines = i % 2;
        if (!lines)
            add_array(&text, 20000);
        for (unsigned line = 0; lines && line < 20000; line++)
            buffer_add_text(&text, "{\"id\":1,\"s\":\"abcdefghijklmnopqrstuvwxyz\"}\n");
        struct job job = {
            .filter = lines ? ".id" : ".[]", .threads = (unsigned[]){1, 2, 5}[i / 4], .batch_size = 5000, .cut = true};
        int file = memfd_create("in", 0);
        assert_int_equal(write(file, text.data, text.len), text.len);
        lseek(file, 0, SEEK_SET);
        run(&job, file, &said);
        assert_non_null(strstr(said.data, "status 768\n"));
        assert_non_null(strstr(said.data, "test_claims: stdin: the file became shorter while it was read\n"));
        close(file);
        buffer_free(&text);
        buffer_free(&said);
    }
}

int main(void)
{
    diag_start("test_claims");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_elements_within),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
