#include "chunks.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "progress.h"

enum { THREADS_MAX = 256 };

/* A bad record was put aside behind so many rows; its bytes end there in result->bad. */
struct bad_end {
    uint64_t rows;
    size_t end;
};

struct run {
    struct frame *frame;
    const struct chunks_options *options;
    const struct chunks_work *work;
    void *tool;
    struct chunks_total total;
    struct progress progress;
    int status;
    bool stop; /* atomic: no more batches are wanted */

    pthread_mutex_t input_lock; /* frame_next */
    pthread_mutex_t turn_lock;  /* next, and whose turn it is */
    pthread_cond_t turn;
    uint64_t next;  /* the batch that is delivered next */
    uint64_t waits; /* threads that wait for their turn */
};

struct worker {
    struct run *run;
    struct batch batch;
    struct result result;
    void *state;
    pthread_t thread;
};

static struct position place_of(const struct batch *batch, size_t at)
{
    struct position place = batch->start;
    const char *text = batch->text, *end = batch->text + at;
    for (const char *newline; text < end && (newline = memchr(text, '\n', (size_t)(end - text))); text = newline + 1) {
        place.line++;
        place.byte = 1;
    }
    place.byte += (uint64_t)(end - text);
    return place;
}

bool result_bad(struct result *result, const struct batch *batch, size_t at, uint64_t element, const char *text, size_t len,
                bool malformed, const char *reason)
{
    if (result->skip_bad && !(malformed && batch->kind != BATCH_LINES)) {
        result->bad_count++;
        buffer_add(&result->bad, text, len);
        if (len == 0 || text[len - 1] != '\n')
            buffer_add_char(&result->bad, '\n');
        struct bad_end mark = {.rows = result->rows, .end = result->bad.len};
        if (result->limited)
            buffer_add(&result->bad_ends, &mark, sizeof mark);
        return true;
    }
    struct position place = place_of(batch, at);
    char index[40] = "";
    if (batch->kind == BATCH_ELEMENTS)
        snprintf(index, sizeof index, "element %llu: ", (unsigned long long)(batch->start.element + element));
    result->status = STATUS_DATA;
    snprintf(result->error, sizeof result->error, "%s:%llu: byte %llu: %s%s", batch->file, (unsigned long long)place.line,
             (unsigned long long)place.byte, index, reason);
    return false;
}

static void empty(struct result *result, const struct chunks_options *options)
{
    result->out.len = result->bad.len = result->row_ends.len = result->bad_ends.len = 0;
    result->records = result->rows = result->bad_count = 0;
    result->status = STATUS_OK;
    result->error[0] = '\0';
    result->limited = options->has_limit;
    result->skip_bad = options->skip_bad;
}

/* Takes back what lies behind the first `rows` rows, as if reading had ended there. */
static void cut(struct result *result, uint64_t rows)
{
    const size_t *ends = (const size_t *)(const void *)result->row_ends.data;
    const struct bad_end *bad = (const struct bad_end *)(const void *)result->bad_ends.data;
    result->out.len = rows > 0 ? ends[rows - 1] : 0;
    result->rows = rows;
    while (result->bad_count > 0 && bad[result->bad_count - 1].rows >= rows)
        result->bad_count--;
    result->bad.len = result->bad_count > 0 ? bad[result->bad_count - 1].end : 0;
    result->status = STATUS_OK;
}

static bool is_stopped(const struct run *run)
{
    return __atomic_load_n(&run->stop, __ATOMIC_ACQUIRE);
}

static void stop(struct run *run)
{
    __atomic_store_n(&run->stop, true, __ATOMIC_RELEASE);
    frame_stop(run->frame);
}

static void flush(struct run *run)
{
    if (run->options->bad)
        output_flush(run->options->bad);
    if (run->options->out)
        output_flush(run->options->out);
}

/* What was read before goes out before the message. */
static void report(struct run *run, int status, const char *error)
{
    flush(run);
    progress_clear(&run->progress);
    warn("%s", error);
    run->status = status;
}

static void show_progress(struct run *run)
{
    uint64_t done, size;
    if (!run->progress.wanted)
        return;
    frame_progress(run->frame, &done, &size);
    progress_show(&run->progress, done, size, run->total.records);
}

/* In input order, one thread at a time. False: no more is wanted. */
static bool deliver(struct run *run, const struct batch *batch, struct result *result)
{
    const struct chunks_options *options = run->options;
    bool more = true;
    if (options->has_limit && result->rows >= options->limit - run->total.rows) {
        cut(result, options->limit - run->total.rows);
        more = false;
    }
    bool event = batch->kind == BATCH_EVENT && batch->event == FRAME_NO_EVENT;
    if (run->work->take && !event && !run->work->take(run->tool, batch, result))
        more = false;
    run->total.records += result->records;
    run->total.rows += result->rows;
    run->total.bad += result->bad_count;
    if (options->bad)
        output_write(options->bad, result->bad.data, result->bad.len);
    if (options->out)
        output_write(options->out, result->out.data, result->out.len);
    if (result->status != STATUS_OK) {
        report(run, result->status, result->error);
        return false;
    }
    if (batch->status != STATUS_OK && more) {
        report(run, batch->status, batch->error);
        return false;
    }
    if (batch->idle || options->flush)
        flush(run);
    show_progress(run);
    return more;
}

static void wait_for_turn(struct run *run, uint64_t sequence)
{
    pthread_mutex_lock(&run->turn_lock);
    run->waits++;
    while (run->next != sequence)
        pthread_cond_wait(&run->turn, &run->turn_lock);
    run->waits--;
    pthread_mutex_unlock(&run->turn_lock);
}

static void pass_turn(struct run *run)
{
    pthread_mutex_lock(&run->turn_lock);
    run->next++;
    if (run->waits > 0)
        pthread_cond_broadcast(&run->turn);
    pthread_mutex_unlock(&run->turn_lock);
}

/* The end of the input, or what made it end. Every thread comes here, the first one that finds all batches delivered
 * speaks for all. */
static void end_of_input(struct run *run, const struct batch *batch)
{
    wait_for_turn(run, batch->sequence);
    pthread_mutex_lock(&run->turn_lock);
    if (batch->status != STATUS_OK && !is_stopped(run)) {
        report(run, batch->status, batch->error);
        stop(run);
    }
    pthread_mutex_unlock(&run->turn_lock);
}

static bool next_batch(struct worker *worker)
{
    struct run *run = worker->run;
    pthread_mutex_lock(&run->input_lock);
    bool got = !is_stopped(run) && frame_next(run->frame, &worker->batch);
    pthread_mutex_unlock(&run->input_lock);
    if (!got && !is_stopped(run))
        end_of_input(run, &worker->batch);
    return got;
}

/* From a batch in hand to its delivery. */
static void handle(struct worker *worker)
{
    struct run *run = worker->run;
    empty(&worker->result, run->options);
    if (worker->batch.kind != BATCH_EVENT || worker->batch.event != FRAME_NO_EVENT)
        run->work->work(worker->state, &worker->batch, &worker->result);
    wait_for_turn(run, worker->batch.sequence);
    if (!is_stopped(run) && !deliver(run, &worker->batch, &worker->result))
        stop(run);
    pass_turn(run);
}

static void *work_on(void *argument)
{
    struct worker *worker = argument;
    while (next_batch(worker))
        handle(worker);
    return NULL;
}

static void start_worker(struct worker *worker, struct run *run)
{
    worker->run = run;
    worker->state = run->work->start ? run->work->start(run->tool) : run->tool;
}

static void end_worker(struct worker *worker)
{
    if (worker->run->work->finish)
        worker->run->work->finish(worker->run->tool, worker->state);
    buffer_free(&worker->batch.memory);
    buffer_free(&worker->result.out);
    buffer_free(&worker->result.bad);
    buffer_free(&worker->result.row_ends);
    buffer_free(&worker->result.bad_ends);
}

static unsigned thread_count(const struct chunks_options *options)
{
    cpu_set_t cpus;
    unsigned count = options->threads;
    if (count == 0)
        count = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
    return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
}

/* Small input never gets here: threads are for a second batch that is large. */
static unsigned start_threads(struct worker *workers, unsigned count, struct run *run)
{
    unsigned started = 1;
    for (; started < count; started++) {
        start_worker(&workers[started], run);
        if (pthread_create(&workers[started].thread, NULL, work_on, &workers[started]) != 0) {
            end_worker(&workers[started]); /* fewer do it too */
            break;
        }
    }
    return started;
}

int chunks_run(struct frame *frame, const struct chunks_options *options, const struct chunks_work *work, void *tool,
               struct chunks_total *total)
{
    struct run run = {.frame = frame,
                      .options = options,
                      .work = work,
                      .tool = tool,
                      .input_lock = PTHREAD_MUTEX_INITIALIZER,
                      .turn_lock = PTHREAD_MUTEX_INITIALIZER,
                      .turn = PTHREAD_COND_INITIALIZER};
    unsigned count = thread_count(options), started = 1;
    struct worker *workers = mem_zero(count, sizeof *workers);
    progress_start(&run.progress, frame_wants_progress(frame) &&
                                      !(options->out && isatty(output_descriptor(options->out))));
    if (options->out)
        frame_watch_output(frame, output_descriptor(options->out));
    run.stop = options->has_limit && options->limit == 0;
    start_worker(&workers[0], &run);
    while (next_batch(&workers[0])) {
        const struct batch *batch = &workers[0].batch;
        if (started == 1 && count > 1 && batch->sequence > 0 && batch->len >= frame_batch_size(frame) / 2)
            started = start_threads(workers, count, &run);
        handle(&workers[0]);
    }
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < started; i++)
        end_worker(&workers[i]);
    free(workers);
    progress_clear(&run.progress);
    if (run.total.bad > 0)
        notice("%llu bad record%s skipped", (unsigned long long)run.total.bad, run.total.bad == 1 ? "" : "s");
    if (total)
        *total = run.total;
    return run.status;
}
