#include "frame/chunks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/progress.h"
#include "base/threads.h"

/* A batch on its way: being read, worked on, or waiting for those before it to be delivered. */
struct parcel {
    struct run *run;
    struct batch batch;
    struct result result;
    bool last;           /* no batch: the end of the input, or what made it end */
    uint64_t epoch;      /* of the run, when it was handed out */
    struct parcel *next; /* of those that are free, or of those to be worked on */
};

struct run {
    struct source *source;
    const struct chunks_options *options;
    const struct chunks_work *work;
    void *tool;
    struct chunks_total total;
    uint64_t skipped;
    struct progress progress;
    int status;
    bool stop; /* atomic: no more batches are wanted */

    pthread_mutex_t lock;  /* all below */
    pthread_cond_t posted; /* a parcel is free, or something was delivered */
    pthread_cond_t read;   /* a parcel is in the queue, or there will be none */
    bool reading;          /* somebody is at it */
    bool ended;            /* the input has no more */
    size_t idle;           /* threads that wait for work */
    struct parcel *parcels, *free;
    size_t parcel_count;
    struct parcel *queue;  /* read for those that wait, the first one first */
    size_t queued;
    struct parcel **waiting; /* by sequence, modulo parcel_count */
    uint64_t next;           /* the batch that is delivered next */
    bool delivering;         /* somebody is at it */
    uint64_t guessed;        /* elements in guesses that turned out right, since reading went on from a known place */
    uint64_t epoch;          /* guesses that turned out wrong so far: what was handed out before the last one is void */
    bool rewind;             /* one did: reading goes on at */
    uint64_t rewind_from;
};

struct worker {
    struct run *run;
    void *state;
    uint64_t worked; /* behind the last batch it worked on */
};

static bool is_stopped(const struct run *run)
{
    return __atomic_load_n(&run->stop, __ATOMIC_ACQUIRE);
}

static void stop(struct run *run)
{
    __atomic_store_n(&run->stop, true, __ATOMIC_RELEASE);
    source_stop(run->source);
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
    diag_warn("%s", error);
    run->status = status;
}

static void show_progress(struct run *run)
{
    uint64_t done, size;
    if (!run->progress.wanted)
        return;
    source_progress(run->source, &done, &size);
    progress_show(&run->progress, done, size, run->total.records);
}

/* In input order, one thread at a time; `ends`: nothing of the batch is still to come. False: no more is wanted. */
static bool deliver(struct run *run, const struct batch *batch, struct result *result, bool ends)
{
    const struct chunks_options *options = run->options;
    bool more = true;
    if (options->has_limit && result->rows >= options->limit - run->total.rows) {
        result_cut(result, options->limit - run->total.rows);
        more = false;
    }
    if (run->work->take && batch->kind != BATCH_IDLE && !run->work->take(run->tool, batch, result))
        more = false;
    run->total.records += result->records;
    run->total.rows += result->rows;
    run->total.bad += result->bad_count;
    if (options->bad)
        output_write(options->bad, result->bad.data, result->bad.len);
    if (options->out) {
        if (run->skipped < options->skip)
            run->skipped += result_skip(result, options->skip - run->skipped);
        output_write(options->out, result->text, result->text_len);
        output_write(options->out, result->out.data, result->out.len);
    }
    if (result->status != STATUS_OK) {
        report(run, result->status, result->error);
        return false;
    }
    if (batch->status != STATUS_OK && more && ends) {
        report(run, batch->status, batch->error);
        return false;
    }
    if ((batch->idle && ends) || options->flush)
        flush(run);
    show_progress(run);
    return more;
}

static void give_back(struct run *run, struct parcel *parcel)
{
    parcel->next = run->free;
    run->free = parcel;
    pthread_cond_broadcast(&run->posted);
}

/* A guess that turned out wrong, or has something wrong in it: from there on all is read again as any other input. */
static void take_back(struct run *run, const struct parcel *parcel)
{
    run->epoch++;
    run->rewind = true;
    run->rewind_from = parcel->batch.from;
    for (size_t i = 0; i < run->parcel_count; i++) { /* those behind it are void */
        if (run->waiting[i])
            give_back(run, run->waiting[i]);
        run->waiting[i] = NULL;
    }
}

static void finish_parcel(struct run *run, struct parcel *parcel)
{
    const struct batch *batch = &parcel->batch;
    if (parcel->last && batch->status != STATUS_OK)
        report(run, batch->status, batch->error);
    else if (!parcel->last && !deliver(run, batch, &parcel->result, true))
        stop(run);
}

/* Delivers what is due, in order; with the lock held, which is let go meanwhile. */
static void deliver_due(struct run *run)
{
    struct parcel *parcel;
    run->delivering = true;
    while ((parcel = run->waiting[run->next % run->parcel_count])) {
        const struct batch *batch = &parcel->batch;
        run->waiting[run->next % run->parcel_count] = NULL;
        if (batch->guess && (parcel->result.status != STATUS_OK || batch->status != STATUS_OK)) {
            take_back(run, parcel);
        } else {
            pthread_mutex_unlock(&run->lock);
            if (!is_stopped(run))
                finish_parcel(run, parcel);
            pthread_mutex_lock(&run->lock);
            run->guessed += batch->guess ? parcel->result.records : 0;
            run->next++;
        }
        give_back(run, parcel);
    }
    run->delivering = false;
}

/* The parcel is worked out. Who finds the next one in order delivers it; nobody waits for that. */
static void post(struct run *run, struct parcel *parcel)
{
    pthread_mutex_lock(&run->lock);
    if (parcel->epoch != run->epoch) {
        give_back(run, parcel);
    } else {
        run->waiting[parcel->batch.sequence % run->parcel_count] = parcel;
        if (!run->delivering)
            deliver_due(run);
    }
    pthread_mutex_unlock(&run->lock);
}

/* Waits until the parcel is the next one to be delivered. False: it never will be. With the lock. */
static bool await_turn(struct run *run, const struct parcel *parcel)
{
    while ((run->next != parcel->batch.sequence || run->delivering) && !is_stopped(run) && parcel->epoch == run->epoch)
        pthread_cond_wait(&run->posted, &run->lock);
    return !is_stopped(run) && parcel->epoch == run->epoch;
}

/* result_hand_on: a piece of a parcel that is still being worked on. Those before it are with threads that never wait
 * for this one, or wait in the queue for one that is about to take them. */
static bool hand_on(struct result *result)
{
    struct parcel *parcel = (struct parcel *)(void *)((char *)result - offsetof(struct parcel, result));
    struct run *run = parcel->run;
    pthread_mutex_lock(&run->lock);
    bool more = await_turn(run, parcel);
    if (more) {
        run->delivering = true;
        pthread_mutex_unlock(&run->lock);
        more = deliver(run, &parcel->batch, result, false);
        if (!more)
            stop(run);
        pthread_mutex_lock(&run->lock);
        run->delivering = false;
        pthread_cond_broadcast(&run->posted);
    }
    pthread_mutex_unlock(&run->lock);
    result_empty(result, result->limited, result->skip_bad);
    return more;
}

/* Guesses are out that reading on depends on: waits until they are delivered, or one was wrong. With the lock. */
static void settle(struct run *run, uint64_t sequence)
{
    while (run->next < sequence && !run->rewind)
        pthread_cond_wait(&run->posted, &run->lock);
    if (run->rewind)
        return;
    source_settle(run->source, run->guessed);
    run->guessed = 0;
}

/* Goes back to where a guess was wrong, if one was. With the lock. */
static void catch_up(struct run *run)
{
    if (!run->rewind)
        return;
    source_rewind(run->source, run->rewind_from, run->next, run->guessed);
    run->guessed = 0;
    run->rewind = false;
}

/* The next batch, or the end. With the lock, which is let go meanwhile; one thread at a time. */
static struct parcel *read_parcel(struct run *run)
{
    while (!run->free)
        pthread_cond_wait(&run->posted, &run->lock);
    struct parcel *parcel = run->free; /* the one used last: its memory is still in the cache */
    run->free = parcel->next;
    for (bool got = false; !got && !run->ended;) {
        catch_up(run);
        parcel->epoch = run->epoch;
        pthread_mutex_unlock(&run->lock);
        got = source_next(run->source, &parcel->batch);
        pthread_mutex_lock(&run->lock);
        if (!got && run->source->waits)
            settle(run, parcel->batch.sequence);
        else
            run->ended = !got;
    }
    parcel->last = run->ended;
    return parcel;
}

static void enqueue(struct run *run, struct parcel *parcel)
{
    struct parcel **last = &run->queue;
    while (*last)
        last = &(*last)->next;
    *last = parcel;
    parcel->next = NULL;
    run->queued++;
    pthread_cond_signal(&run->read);
}

static struct parcel *dequeue(struct run *run)
{
    struct parcel *parcel = run->queue;
    run->queue = parcel->next;
    run->queued--;
    return parcel;
}

/* The first parcel in the queue is for this thread: unless its work is pure, it gets its batches in their order. One
 * for which it is too late was put there for a thread that still waits, and is about to wake up. */
static bool may_take(const struct worker *worker)
{
    const struct parcel *parcel = worker->run->queue;
    return parcel && (worker->run->work->pure || parcel->batch.sequence >= worker->worked);
}

/* What to do next; NULL: nothing is left for this thread. Reading is for one thread at a time: it goes on with it as
 * long as others wait for work, so that a slow input (a pipe, gzip) never waits for one of them to wake up. */
static struct parcel *next_parcel(struct worker *worker)
{
    struct run *run = worker->run;
    struct parcel *parcel = NULL;
    pthread_mutex_lock(&run->lock);
    while (!parcel) {
        if (may_take(worker)) {
            parcel = dequeue(run);
        } else if (run->ended || is_stopped(run)) {
            pthread_cond_broadcast(&run->read);
            break;
        } else if (!run->reading) {
            run->reading = true;
            parcel = read_parcel(run);
            for (; run->idle > run->queued && !run->ended; parcel = read_parcel(run))
                enqueue(run, parcel);
            run->reading = false;
        } else {
            run->idle++;
            pthread_cond_wait(&run->read, &run->lock);
            run->idle--;
        }
    }
    if (parcel)
        worker->worked = parcel->batch.sequence + 1;
    pthread_mutex_unlock(&run->lock);
    return parcel;
}

/* From a batch in hand to its delivery. */
static void handle(struct worker *worker, struct parcel *parcel)
{
    struct run *run = worker->run;
    struct batch *batch = &parcel->batch;
    bool has_limit = run->options->has_limit;
    result_empty(&parcel->result, has_limit || run->options->skip > 0, run->options->skip_bad);
    parcel->result.limit = has_limit ? run->options->limit : UINT64_MAX;
    parcel->result.hand_on = hand_on;
    if (!parcel->last) {
        if (batch->claimed)
            source_load(batch);
        if (batch->kind == BATCH_EVENT || batch->len > 0)
            run->work->work(worker->state, batch, &parcel->result);
    }
    post(run, parcel);
}

static void *work_on(void *argument)
{
    struct worker *worker = argument;
    struct parcel *parcel;
    while ((parcel = next_parcel(worker)))
        handle(worker, parcel);
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
}

/* One for each thread, and some for what waits until a slower one is delivered. */
static void make_parcels(struct run *run, size_t threads)
{
    run->parcel_count = threads == 1 ? 1 : threads + threads / 2 + 1;
    run->parcels = mem_zero(run->parcel_count, sizeof *run->parcels);
    run->waiting = mem_zero(run->parcel_count, sizeof(struct parcel *));
    for (size_t i = run->parcel_count; i > 0; i--) {
        run->parcels[i - 1].run = run;
        give_back(run, &run->parcels[i - 1]);
    }
}

static void free_parcels(struct run *run)
{
    for (size_t i = 0; i < run->parcel_count; i++) {
        struct parcel *parcel = &run->parcels[i];
        source_release(&parcel->batch);
        result_free(&parcel->result);
    }
    free(run->parcels);
    free(run->waiting);
}

/* Small input never gets here: threads are for a second batch that is large. */
static void start_threads(struct worker *workers, unsigned count, struct threads *threads)
{
    bool more = true;
    for (unsigned i = 1; more && i < count; i++) {
        start_worker(&workers[i], workers[0].run);
        more = threads_add(threads, work_on, &workers[i]);
        if (!more)
            end_worker(&workers[i]); /* fewer do it too */
    }
}

/* The calling thread's share; it starts the others. */
static void work_first(struct worker *workers, unsigned count, struct threads *threads)
{
    struct run *run = workers[0].run;
    bool started = count == 1;
    struct parcel *parcel;
    while ((parcel = next_parcel(&workers[0]))) {
        const struct batch *batch = &parcel->batch;
        bool large = batch->sequence > 0 && (batch->claimed || batch->len >= run->source->batch_size / 2);
        if (!started && large)
            start_threads(workers, count, threads);
        started = started || large;
        handle(&workers[0], parcel);
    }
}

int chunks_run(struct source *source, const struct chunks_options *options, const struct chunks_work *work, void *tool,
               struct chunks_total *total)
{
    struct run run = {
        .source = source, .options = options, .work = work, .tool = tool, .lock = PTHREAD_MUTEX_INITIALIZER,
        .posted = PTHREAD_COND_INITIALIZER, .read = PTHREAD_COND_INITIALIZER,
    };
    unsigned count = threads_wanted(options->threads);
    struct threads threads = {0};
    struct worker *workers = mem_zero(count, sizeof *workers);
    make_parcels(&run, count);
    progress_start(&run.progress, source->progress &&
                                      !(options->out && isatty(output_descriptor(options->out))));
    if (options->out)
        source_watch_output(source, output_descriptor(options->out));
    source_divide(source, work->pure);
    run.stop = options->has_limit && options->limit == 0;
    start_worker(&workers[0], &run);
    work_first(workers, count, &threads);
    unsigned others = threads.count;
    threads_join(&threads);
    for (unsigned i = 0; i <= others; i++)
        end_worker(&workers[i]);
    free(workers);
    free_parcels(&run);
    progress_clear(&run.progress);
    if (run.total.bad > 0)
        diag_notice("%llu bad record%s skipped", (unsigned long long)run.total.bad, run.total.bad == 1 ? "" : "s");
    if (total)
        *total = run.total;
    return run.status;
}
