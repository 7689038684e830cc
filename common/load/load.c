#include "load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/sift.h"

enum {
    FULL_MS = 100, /* how long is waited for outcomes when the queue is full */
    TOLD_MAX = 20, /* failures named one by one */
};

static void worsen(struct load *load, enum status status)
{
    if ((int)status > load->status)
        load->status = (int)status;
}

void load_error(struct load *load, enum status status, const char *text)
{
    progress_clear(&load->progress);
    diag_warn("%s", text);
    worsen(load, status);
}

static void keep(struct load *load, uint64_t number)
{
    struct feed_record record;
    feed_find(load->feed, number, &record);
    output_write(load->rejects, record.bytes, record.len);
    output_write(load->rejects, load->delimiter, load->delimiter_len);
}

void load_keep_refused(struct load *load)
{
    if (!load->rejects || load->refused_count == 0)
        return;
    for (size_t i = 0; i < load->refused_count; i++)
        keep(load, load->refused[i]);
    output_flush(load->rejects);
}

static void remember_refused(struct load *load, uint64_t number)
{
    if (load->refused_count == load->refused_cap) {
        load->refused_cap += load->refused_cap / 2 + 16;
        load->refused = mem_resize(load->refused, load->refused_cap, sizeof *load->refused);
    }
    size_t at = load->refused_count++;
    for (; at > 0 && load->refused[at - 1] > number; at--) /* outcomes come nearly in order */
        load->refused[at] = load->refused[at - 1];
    load->refused[at] = number;
}

/* The record failed: named, kept aside, counted. */
static void fail(struct load *load, uint64_t number, enum status status, const char *text)
{
    struct feed_record record;
    feed_find(load->feed, number, &record);
    load->failed++;
    worsen(load, status);
    progress_clear(&load->progress);
    if (load->told < TOLD_MAX)
        diag_warn("%s:%llu: %s", record.file, (unsigned long long)record.line, text);
    else if (load->told == TOLD_MAX)
        diag_warn("more records failed, not named here");
    load->told += load->told <= TOLD_MAX;
    if (load->hold)
        remember_refused(load, number);
    else if (load->rejects)
        keep(load, number);
}

static void say_too_large(const struct load *load, const struct feed_record *record, char *text, size_t size)
{
    snprintf(text, size,
             "%zu bytes are too large a message for topic %s, which takes %zu with overhead (max.message.bytes): "
             "split it (aslice --batch-bytes) or raise the limit (atopic alter --config)",
             record->len, load->topic, broker_writer_limit(load->writer, 0));
}

void load_condemn(struct load *load, uint64_t number)
{
    struct feed_record record;
    char text[480];
    feed_find(load->feed, number, &record);
    if (load->refusal == BROKER_TOO_LARGE)
        snprintf(text, sizeof text,
                 "%zu bytes are too large a message for topic %s (max.message.bytes, %zu at the start)", record.len,
                 load->topic, broker_writer_limit(load->writer, 0));
    else
        snprintf(text, sizeof text, "%s", load->refusal_text);
    load->refusals++;
    fail(load, number, STATUS_DATA, text);
    if (!load->hold)
        feed_done(load->feed, number);
}

/* One record's bad outcome. False: it is not its last. */
static bool take_failure(struct load *load, const struct broker_outcome *outcome)
{
    bool ours = outcome->number != LOAD_NOT_OF_FEED;
    if (outcome->class == BROKER_PURGED && load->transactional) /* its transaction is aborted */
        return !load->probing;
    bool refused = outcome->class == BROKER_TOO_LARGE || outcome->class == BROKER_REFUSED;
    if (load->transactional && (!refused || !ours)) {
        if (!load->undelivered)
            broker_fail(&load->error, outcome->class, "%s", outcome->text);
        load->undelivered = true;
        return true;
    }
    struct feed_record record;
    struct broker_record made;
    char text[480];
    size_t at;
    const char *message;
    feed_find(load->feed, outcome->number, &record);
    if (recipe_make(load->recipe, &record, &made, &at, &message)) /* it was made before */
        load->bytes -= made.key_len + made.value_len;
    if (outcome->among) {
        sift_suspect(load, outcome);
        return false;
    }
    if (outcome->class == BROKER_TOO_LARGE)
        say_too_large(load, &record, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s", outcome->text);
    load->refusals += refused;
    fail(load, outcome->number, refused ? STATUS_DATA : STATUS_IO, text);
    return true;
}

void load_outcome(void *context, const struct broker_outcome *outcomes, size_t count)
{
    struct load *load = context;
    for (size_t i = 0; i < count; i++) {
        bool last = outcomes[i].class == BROKER_OK || take_failure(load, &outcomes[i]);
        if (outcomes[i].class == BROKER_OK)
            load->delivered++;
        if (outcomes[i].class == BROKER_OK && load->hold && outcomes[i].number != LOAD_NOT_OF_FEED)
            load->last = outcomes[i];
        if (!load->hold && last)
            feed_done(load->feed, outcomes[i].number);
    }
    atomic_fetch_sub_explicit(&load->open, count, memory_order_relaxed);
}

/* Records that the writer, which is of no more use, did not even accept. Those of a transaction go with it. */
static void fail_rest(struct load *load, const struct broker_record *records, size_t count)
{
    for (size_t i = 0; i < count && !load->transactional; i++) {
        load->bytes -= records[i].key_len + records[i].value_len;
        fail(load, records[i].number, STATUS_IO, load->error.text);
    }
}

bool load_append(struct load *load)
{
    size_t sent = 0, count = load->batch_count;
    load->batch_count = 0;
    for (size_t i = 0; i < count; i++)
        load->bytes += load->batch[i].key_len + load->batch[i].value_len;
    atomic_fetch_add_explicit(&load->open, count, memory_order_relaxed);
    while (sent < count) {
        size_t some = load->group && load->group < count - sent ? load->group : count - sent;
        ssize_t accepted = broker_append(load->writer, 0, load->batch + sent, some, &load->error);
        if (accepted < 0 || (accepted == 0 && !broker_poll(load->writer, -1, FULL_MS, &load->error))) {
            atomic_fetch_sub_explicit(&load->open, count - sent, memory_order_relaxed);
            fail_rest(load, load->batch + sent, count - sent);
            return false;
        }
        sent += (size_t)accepted;
        if (load->group && accepted > 0 && !broker_flush(load->writer, -1, &load->error)) {
            atomic_fetch_sub_explicit(&load->open, count - sent, memory_order_relaxed);
            fail_rest(load, load->batch + sent, count - sent);
            return false;
        }
    }
    return broker_poll(load->writer, -1, 0, &load->error);
}

bool load_wait(struct load *load, int64_t most_ms)
{
    int ms = (int)(most_ms < 1 ? 1 : most_ms > LOAD_IDLE_MS ? LOAD_IDLE_MS : most_ms);
    return broker_poll(load->writer, feed_descriptor(load->feed), ms, &load->error);
}

/* What load_read has read, or its wait. */
static bool append_or_wait(struct load *load, enum load_state state)
{
    return load_append(load) && (state != LOAD_WAIT || load_wait(load, LOAD_IDLE_MS));
}

/* A record that is no message: kept aside, or the end of all. */
static void take_bad(struct load *load, const struct feed_record *record, size_t at, const char *message)
{
    char text[480];
    snprintf(text, sizeof text, "byte %zu: %s", at + 1, message);
    fail(load, record->number, STATUS_DATA, text);
    load->stopped = !load->rejects;
    if (!load->stopped && load->taken_in)
        load->taken_in(load->context, record);
    if (!load->hold)
        feed_done(load->feed, record->number);
}

enum load_state load_read(struct load *load, size_t most)
{
    enum feed_state state = FEED_RECORD;
    size_t cap = most < LOAD_BATCH ? most : LOAD_BATCH;
    load->batch_count = 0;
    while (load->batch_count < cap && !load->stopped && !*load->stop && load->taken < load->limit) {
        struct feed_record record;
        size_t at;
        const char *message;
        state = feed_next(load->feed, &record);
        if (state != FEED_RECORD)
            break;
        load->taken++;
        if (!recipe_make(load->recipe, &record, &load->batch[load->batch_count], &at, &message)) {
            take_bad(load, &record, at, message);
            continue;
        }
        load->batch_count++;
        if (load->taken_in)
            load->taken_in(load->context, &record);
    }
    uint64_t done, size;
    feed_progress(load->feed, &done, &size);
    progress_show(&load->progress, done, size, load->taken);
    if (state == FEED_FAILED) {
        int status;
        const char *text = feed_error(load->feed, &status);
        load_error(load, (enum status)status, text);
        load->stopped = true;
    }
    if (state == FEED_END || load->stopped || *load->stop || load->taken >= load->limit)
        return LOAD_END;
    return state == FEED_WAIT && load->batch_count == 0 ? LOAD_WAIT : LOAD_MORE;
}

bool load_again(struct load *load, uint64_t first, uint64_t last)
{
    size_t refused = 0;
    for (uint64_t number = first; number < last;) {
        size_t count = 0;
        for (; count < LOAD_BATCH && number < last; number++) {
            struct feed_record record;
            size_t at;
            const char *message;
            if (refused < load->refused_count && load->refused[refused] == number) {
                refused++;
                continue;
            }
            feed_find(load->feed, number, &record);
            count += recipe_make(load->recipe, &record, &load->batch[count], &at, &message); /* it was made before */
        }
        load->batch_count = count;
        if (count > 0 && !load_append(load))
            return false;
    }
    return true;
}

void load_plain(struct load *load)
{
    enum load_state state;
    bool good;
    do {
        state = load_read(load, LOAD_BATCH);
        good = append_or_wait(load, state) && sift_suspects(load);
    } while (good && state != LOAD_END);
    if (!good || !broker_flush(load->writer, -1, &load->error) || !sift_suspects(load))
        load_error(load, STATUS_IO, load->error.text);
}

bool load_abort(struct load *load)
{
    while (!broker_abort(load->writer, &load->error))
        if (load->error.class != BROKER_RETRIABLE)
            return false;
    return true;
}

/* All records of the open transaction, flushed. False: load->error. */
static bool fill_transaction(struct load *load, enum load_state *state)
{
    do {
        *state = load_read(load, LOAD_BATCH);
        if (load->stopped || *load->stop)
            return true;
        if (!append_or_wait(load, *state))
            return false;
    } while (*state != LOAD_END && load->failed == 0 && load->suspect_count == 0 && !load->undelivered);
    return broker_flush(load->writer, -1, &load->error);
}

void load_name_refused(struct load *load)
{
    if (!sift_suspects(load))
        load_error(load, STATUS_IO, load->error.text);
    else if (load->group) /* some batch of the records was refused, but none of them alone */
        load_error(load, STATUS_DATA, "the topic takes smaller batches than it did at the start: run it again");
}

void load_transaction(struct load *load)
{
    load->transactional = true;
    if (!broker_begin(load->writer, &load->error)) {
        load_error(load, STATUS_IO, load->error.text);
        return;
    }
    enum load_state state;
    bool good = fill_transaction(load, &state) && !load->undelivered;
    bool whole = good && state == LOAD_END && load->status == STATUS_OK && load->suspect_count == 0 && !*load->stop;
    while (whole && !broker_commit(load->writer, &load->error))
        whole = good = load->error.class == BROKER_RETRIABLE;
    if (whole)
        return;
    if (!good)
        load_error(load, STATUS_IO, load->error.text);
    if ((good || (load->error.class != BROKER_FENCED && load->error.class != BROKER_FATAL)) && load_abort(load))
        load_name_refused(load);
    load->delivered = 0;
    load->bytes = 0;
    diag_warn("the transaction is aborted: nothing was published");
}
