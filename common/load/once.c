#include "load/once.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "load/sift.h"

enum {
    WAIT_MS = 20,
    AGAIN_MAX = 5, /* a transaction that fails so often through no fault of its records is given up */
};

/* The open transaction. */
struct transaction {
    bool open;
    uint64_t first; /* its first record in the feed */
    uint64_t bytes; /* load->bytes before it */
    int64_t began;
};

static bool take_entry(void *context, const char *name, size_t len, const struct ledger_entry *entry,
                       struct broker_error *error)
{
    struct once *once = context;
    (void)error;
    if (len != strlen(once->name) || memcmp(name, once->name, len) != 0)
        return true;
    once->known = entry != NULL;
    if (entry)
        once->entry = *entry;
    return true;
}

/* The record's bytes and its delimiter, which the last record of a file may lack. */
static void count_in(void *context, const struct feed_record *record)
{
    struct once *once = context;
    once->crc = (uint32_t)crc32_z(once->crc, (const unsigned char *)record->bytes, record->len);
    once->crc = (uint32_t)crc32_z(once->crc, (const unsigned char *)once->load->delimiter, once->load->delimiter_len);
    once->records++;
}

static bool refuse_input(struct once *once, const char *format, unsigned long long records, const char *topic)
{
    char text[480];
    snprintf(text, sizeof text, format, once->name, records, topic);
    load_error(once->load, STATUS_DATA, text);
    return false;
}

/* The writer cannot go on. */
static void lose(struct once *once)
{
    char text[sizeof once->load->error.text + 64];
    snprintf(text, sizeof text, "--once %s: %s", once->name,
             once->load->error.class == BROKER_FENCED
                 ? "another run of this name has taken over; this one ends, its open batch is not published"
                 : once->load->error.text);
    load_error(once->load, STATUS_IO, text);
}

/* The ledger's word is good only as long as the topic holds what it says. False: the load is over. */
static bool look(struct once *once, struct broker *broker)
{
    struct load *load = once->load;
    const struct ledger_entry *entry = &once->entry;
    enum ledger_sight sight;
    if (!once->known)
        return true;
    if (strcmp(entry->topic, load->topic) != 0)
        return refuse_input(once, "--once %s: this name has loaded %llu records into topic %s; take another name",
                            entry->records, entry->topic);
    if (!ledger_look(broker, entry, &sight, &load->error)) {
        lose(once);
        return false;
    }
    if (sight == LEDGER_OTHER)
        return refuse_input(once,
                            "--once %s: the %llu records that this name has loaded are not in topic %s any more, which "
                            "was made anew or "
                            "has lost its end: take another name, or have this one forgotten (atopic once --forget)",
                            entry->records, entry->topic);
    if (sight == LEDGER_EMPTY) {
        diag_notice("--once %s: topic %s is empty, made anew since %llu records were loaded: all are loaded again",
                    once->name, entry->topic, (unsigned long long)entry->records);
        once->known = false;
    }
    return true;
}

/* Passes over what is in already. */
static bool skip(struct once *once)
{
    struct load *load = once->load;
    const struct ledger_entry *entry = &once->entry;
    enum feed_state state = FEED_RECORD;
    while (once->records < entry->records && !*load->stop && (state == FEED_RECORD || state == FEED_WAIT)) {
        struct feed_record record;
        state = feed_next(load->feed, &record);
        if (state == FEED_WAIT && !load_wait(load, LOAD_IDLE_MS)) {
            load_error(load, STATUS_IO, load->error.text);
            return false;
        }
        if (state != FEED_RECORD)
            continue;
        count_in(once, &record);
        feed_done(load->feed, record.number);
        load->taken++;
    }
    if (state == FEED_FAILED) {
        int status;
        const char *reason = feed_error(load->feed, &status);
        load_error(load, (enum status)status, reason);
        return false;
    }
    if (*load->stop)
        return false;
    if (once->records != entry->records || once->crc != entry->crc)
        return refuse_input(
            once,
            "--once %s: this is not the input of which it has loaded %llu records into topic %s; take another name",
            entry->records, entry->topic);
    once->skipped = once->records;
    return true;
}

/* The mark is the last message delivered, or with none in this transaction that of the one before. */
static void set_mark(struct once *once, struct ledger_entry *entry)
{
    struct load *load = once->load;
    struct feed_record record;
    struct broker_record made;
    size_t at;
    const char *message;
    entry->marked = once->known ? once->entry.marked : LEDGER_NONE;
    if (load->last.offset < 0)
        return;
    feed_find(load->feed, load->last.number, &record);
    recipe_make(load->recipe, &record, &made, &at, &message); /* it was made before */
    entry->marked = LEDGER_MARKED;
    entry->partition = load->last.partition;
    entry->offset = load->last.offset;
    entry->mark = ledger_mark(made.key, made.key_len, made.value, made.value_len);
}

/* The transaction's own record in the ledger, delivered. */
static bool write_entry(struct once *once)
{
    struct load *load = once->load;
    struct buffer entry = {0};
    snprintf(once->entry.topic, sizeof once->entry.topic, "%s", load->topic);
    once->entry.records = once->records;
    once->entry.crc = once->crc;
    set_mark(once, &once->entry);
    once->known = true;
    ledger_write(&once->entry, &entry);
    struct broker_record record = {.number = LOAD_NOT_OF_FEED,
                                   .key = once->name,
                                   .key_len = strlen(once->name),
                                   .value = entry.data,
                                   .value_len = entry.len,
                                   .partition = 0,
                                   .timestamp = BROKER_TIMESTAMP_NOW};
    ssize_t accepted = 0;
    atomic_fetch_add_explicit(&load->open, 1, memory_order_relaxed);
    while (accepted == 0) {
        accepted = broker_append(load->writer, 1, &record, 1, &load->error);
        if (accepted == 0 && !broker_poll(load->writer, -1, WAIT_MS, &load->error))
            accepted = -1;
    }
    bool good = accepted == 1 && broker_flush(load->writer, -1, &load->error) && !load->undelivered;
    buffer_free(&entry);
    return good;
}

/* Tries to commit what has been appended. `sent`: all of it was accepted. */
static bool try_commit(struct once *once, bool sent)
{
    struct load *load = once->load;
    if (!sent || !broker_flush(load->writer, -1, &load->error) || load->refusals > 0 || load->suspect_count > 0 ||
        load->undelivered)
        return false;
    load_keep_refused(load); /* rather twice in rejects than nowhere */
    if (!write_entry(once))
        return false;
    while (!broker_commit(load->writer, &load->error))
        if (load->error.class != BROKER_RETRIABLE)
            return false;
    return true;
}

/* Ends the open transaction with its ledger entry. One that cannot be committed is aborted and sent again:
 * without the records that the broker refused, if they are kept aside. False: the load is over. */
static bool finish(struct once *once, struct transaction *transaction, bool sent)
{
    struct load *load = once->load;
    for (int again = 0; !try_commit(once, sent);) {
        bool lost = load->error.class == BROKER_FENCED || load->error.class == BROKER_FATAL || !load_abort(load) ||
                    !sift_suspects(load);
        if (lost || (load->refusals == 0 && ++again > AGAIN_MAX)) {
            lose(once);
            return false;
        }
        if (load->refusals > 0 && !load->rejects)
            return false;
        load->refusals = 0;
        load->undelivered = false;
        load->bytes = transaction->bytes;
        load->error.class = BROKER_OK;
        load->last.offset = -1;
        sent = broker_begin(load->writer, &load->error) && load_again(load, transaction->first, load->taken);
    }
    once->published += load->taken - transaction->first - load->refused_count;
    load->refused_count = 0;
    feed_done_before(load->feed, load->taken);
    transaction->open = false;
    return true;
}

static bool is_full(const struct once *once, const struct transaction *transaction)
{
    const struct load *load = once->load;
    return load->taken - transaction->first >= once->batch_records ||
           load->bytes - transaction->bytes >= once->batch_bytes ||
           clock_steady_ms() - transaction->began >= once->batch_ms;
}

static bool begin(struct load *load, struct transaction *transaction, uint64_t first, uint64_t bytes)
{
    *transaction = (struct transaction){.open = true, .first = first, .bytes = bytes, .began = clock_steady_ms()};
    load->refusals = 0;
    load->undelivered = false;
    load->error.class = BROKER_OK;
    load->last.offset = -1;
    return broker_begin(load->writer, &load->error);
}

/* Transactions to the end of the input. A transaction begins with its first record, not before. */
static void load_rest(struct once *once)
{
    struct load *load = once->load;
    struct transaction transaction = {0};
    enum load_state state = LOAD_MORE;
    while (state != LOAD_END) {
        uint64_t first = load->taken, bytes = load->bytes;
        uint64_t room = transaction.open ? once->batch_records - (first - transaction.first) : once->batch_records;
        state = load_read(load, room < LOAD_BATCH ? (size_t)room : LOAD_BATCH);
        bool sent = true;
        if (!transaction.open && load->taken > first)
            sent = begin(load, &transaction, first, bytes);
        sent = sent && load_append(load);
        if (sent && state == LOAD_WAIT)
            sent = load_wait(load, transaction.open ? transaction.began + once->batch_ms - clock_steady_ms()
                                                    : LOAD_IDLE_MS);
        if (!transaction.open && !sent) {
            lose(once);
            return;
        }
        if (transaction.open && (!sent || state == LOAD_END || is_full(once, &transaction)) &&
            !finish(once, &transaction, sent)) {
            load->bytes = transaction.bytes; /* nothing of this one is in */
            return;
        }
    }
}

void once_run(struct once *once, struct broker *broker, struct load *load)
{
    once->load = load;
    once->crc = (uint32_t)crc32_z(0, NULL, 0);
    load->transactional = true;
    while (!broker_init_transactions(load->writer, &load->error))
        if (load->error.class != BROKER_RETRIABLE) {
            lose(once);
            return;
        }
    if (!ledger_read(broker, once->ledger, load->stop, take_entry, once, &load->error)) {
        lose(once);
        return;
    }
    if (!look(once, broker) || (once->known && !skip(once)))
        return;
    load->hold = true;
    load->taken_in = count_in;
    load->context = once;
    load_rest(once);
    load->delivered = once->published;
}
