/* source: one without any text goes through chunks like a frame: payloads that are fetched by the threads, in order,
 * with places of their own, up to a limit, an error, or a failure of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "frame/chunks.h"

enum { BATCHES = 200, RECORDS = 10 };

/* Hands out BATCHES payloads of RECORDS numbers each. */
struct numbers {
    struct source source;
    uint64_t next;
    uint64_t broken; /* fetching this batch fails; BATCHES: none */
    int held;        /* atomic: payloads that are not released */
};

struct payload {
    struct numbers *from;
    uint64_t numbers[RECORDS];
};

static bool next(struct source *source, struct batch *batch)
{
    struct numbers *numbers = (struct numbers *)source;
    batch->status = 0;
    batch->sequence = numbers->next;
    if (numbers->next == BATCHES || source_stopped(source))
        return false;
    if (!batch->payload) {
        struct payload *payload = mem_zero(1, sizeof *payload);
        payload->from = numbers;
        batch->payload = payload;
        __atomic_add_fetch(&numbers->held, 1, __ATOMIC_RELAXED);
    }
    batch->kind = BATCH_PAYLOAD;
    batch->claimed = true;
    batch->len = 0;
    batch->from = numbers->next++ * RECORDS;
    batch->to = batch->from + RECORDS;
    return true;
}

static void load(struct batch *batch)
{
    struct payload *payload = batch->payload;
    if (batch->from / RECORDS == payload->from->broken) {
        batch->status = STATUS_IO;
        strcpy(batch->error, "numbers: out of them");
        return;
    }
    for (uint64_t i = batch->from; i < batch->to; i++)
        payload->numbers[i - batch->from] = i;
    batch->len = sizeof payload->numbers;
}

static void place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    (void)at;
    snprintf(text, size, "numbers: record %llu", (unsigned long long)(batch->from + record));
}

static void release(struct batch *batch)
{
    struct payload *payload = batch->payload;
    if (payload)
        __atomic_sub_fetch(&payload->from->held, 1, __ATOMIC_RELAXED);
}

static void progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    (void)source;
    *done = *size = 0;
}

static const struct source_kind kind = {
    .next = next, .load = load, .place = place, .release = release, .progress = progress};

static uint64_t bad; /* the number that is not liked */

static void work(void *state, struct batch *batch, struct result *result)
{
    const struct payload *payload = batch->payload;
    (void)state;
    for (uint64_t i = 0; i < RECORDS; i++) {
        result->records++;
        if (payload->numbers[i] == bad) {
            if (!result_bad(result, batch, 0, i, "", 0, false, "not liked"))
                return;
            continue;
        }
        buffer_add_format(&result->out, "%llu\n", (unsigned long long)payload->numbers[i]);
        result_row(result);
    }
}

/* How many lines came, which must be 0, 1, 2, … but for `bad`. */
static uint64_t lines(FILE *file)
{
    uint64_t count = 0;
    unsigned long long number;
    rewind(file);
    for (; fscanf(file, "%llu", &number) == 1; count++)
        assert_int_equal(number, count + (count >= bad));
    return count;
}

static uint64_t run(struct chunks_options options, uint64_t broken, int wanted_status)
{
    static const struct chunks_work functions = {.work = work, .pure = true};
    struct numbers numbers = {.source = {.kind = &kind, .batch_size = 1}, .broken = broken};
    int ends[2];
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(pipe(ends), 0);
    int stderr_copy = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    options.out = output_start(dup(fileno(file)), "file");
    int status = chunks_run(&numbers.source, &options, &functions, NULL, NULL);
    output_close(options.out);
    dup2(stderr_copy, STDERR_FILENO);
    close(stderr_copy);
    close(ends[1]);
    char told[200] = "";
    assert_true(read(ends[0], told, sizeof told - 1) >= 0);
    close(ends[0]);
    assert_int_equal(status, wanted_status);
    assert_string_equal(told, status == STATUS_IO     ? "test_source: numbers: out of them\n"
                              : status == STATUS_DATA ? "test_source: numbers: record 777: not liked\n"
                              : bad < BATCHES * RECORDS && options.skip_bad ? "test_source: 1 bad record skipped\n"
                                                                            : "");
    assert_int_equal(numbers.held, 0);
    uint64_t count = lines(file);
    fclose(file);
    return count;
}

static void test_payloads(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 5; threads++) {
        bad = UINT64_MAX;
        assert_int_equal(run((struct chunks_options){.threads = threads}, BATCHES, STATUS_OK), BATCHES * RECORDS);
        assert_int_equal(
            run((struct chunks_options){.threads = threads, .has_limit = true, .limit = 123}, BATCHES, STATUS_OK), 123);
        assert_int_equal(run((struct chunks_options){.threads = threads}, 150, STATUS_IO), 150 * RECORDS);
        bad = 777;
        assert_int_equal(run((struct chunks_options){.threads = threads}, BATCHES, STATUS_DATA), 777);
        assert_int_equal(run((struct chunks_options){.threads = threads, .skip_bad = true}, BATCHES, STATUS_OK),
                         BATCHES * RECORDS - 1);
    }
}

int main(void)
{
    diag_start("test_source");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_payloads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
