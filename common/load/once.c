#include "load/once.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "base/clock.h"
#include "json/json.h"

enum {
    WAIT_MS = 20,
    READ_MS = 1000,
    READ_MAX = 256,
    AGAIN_MAX = 5, /* a transaction that fails so often through no fault of its records is given up */
};

bool once_prepare(struct broker *broker, const char *ledger, struct broker_error *error)
{
    /* small segments, so that compaction keeps it short */
    static const struct broker_property configs[] = {
        {"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}, {"min.cleanable.dirty.ratio", "0.1"}};
    struct arena arena = {0};
    const struct broker_topic *topics;
    size_t count;
    bool good = broker_topics(broker, ledger, &arena, &topics, &count, error);
    if (!good && error->class == BROKER_UNKNOWN)
        good = broker_create(broker, ledger, 1, 0, configs, sizeof configs / sizeof *configs, error) ||
               error->class == BROKER_EXISTS;
    arena_free(&arena);
    return good;
}

/* The open transaction. */
struct transaction {
    bool open;
    uint64_t first; /* its first record in the feed */
    uint64_t bytes; /* load->bytes before it */
    int64_t began;
};

/* What a ledger entry says: {"topic":…,"records":N,"crc32":"…"}. */
struct entry {
    bool there;
    char topic[256];
    uint64_t records;
    uint32_t crc;
};

static bool parse_entry(const struct broker_message *message, struct entry *entry)
{
    struct json_tree tree = {0};
    struct buffer text = {0};
    size_t at;
    const char *reason;
    bool good = message->value && json_tree_build(&tree, message->value, message->value_len, &at, &reason);
    uint32_t topic = good ? json_tree_member(&tree, 0, "topic", 5) : 0,
             records = good ? json_tree_member(&tree, 0, "records", 7) : 0;
    uint32_t crc = good ? json_tree_member(&tree, 0, "crc32", 5) : 0;
    good = topic && records && crc && tree.nodes[topic].span.type == SPAN_STRING &&
           tree.nodes[crc].span.type == SPAN_STRING;
    if (good) {
        json_decode(tree.nodes[topic].span, &text);
        snprintf(entry->topic, sizeof entry->topic, "%.*s", (int)text.len, text.data ? text.data : "");
        entry->records = strtoull(tree.nodes[records].span.text, NULL, 10);
        entry->crc = (uint32_t)strtoul(tree.nodes[crc].span.text + 1, NULL, 16);
        entry->there = true;
    }
    buffer_free(&text);
    json_tree_free(&tree);
    return good;
}

/* The last committed entry of the name: up to the end of the ledger as it is now, behind our own init. Another name's
 * run that died before its commit holds back what can be read (the last stable offset), our own entries among it: that
 * is waited for, until the log has given that run up. */
static bool read_ledger(struct once *once, struct broker *broker, struct entry *entry, struct broker_error *error)
{
    static struct broker_message messages[READ_MAX];
    struct broker_ends ends;
    if (!broker_offsets(broker, once->ledger, &ends, 1, error))
        return false;
    struct broker_range range = {once->ledger, 0, ends.low, ends.high};
    bool told = false;
    struct broker_reader_options options = {.ranges = &range, .range_count = 1};
    struct broker_reader *reader = broker_reader_open(broker, &options, error);
    enum broker_read result = reader ? BROKER_READ_IDLE : BROKER_READ_FAILED;
    bool good = reader != NULL;
    while (good && result != BROKER_READ_DONE) {
        size_t count;
        result = broker_read(reader, messages, READ_MAX, READ_MS, &count, error);
        good = result != BROKER_READ_FAILED;
        if (good && *once->load->stop)
            good = broker_fail(error, BROKER_FAILED, "ended while waiting for the ledger %s", once->ledger);
        if (result == BROKER_READ_IDLE && ends.stable < ends.high && !told) {
            diag_notice("--once %s: waiting for a transaction in %s that another run has left open", once->name,
                        once->ledger);
            told = true;
        }
        for (size_t i = 0; i < count && good; i++) {
            const struct broker_message *message = &messages[i];
            if (!message->key || message->key_len != strlen(once->name) ||
                memcmp(message->key, once->name, message->key_len) != 0)
                continue;
            if (!parse_entry(message, entry))
                good = broker_fail(error, BROKER_FAILED, "%s [0] offset %lld: not an entry of a ledger", once->ledger,
                                   (long long)message->offset);
        }
    }
    broker_reader_close(reader);
    return good;
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

/* Passes over what is in already. */
static bool skip(struct once *once, const struct entry *entry)
{
    struct load *load = once->load;
    if (strcmp(entry->topic, load->topic) != 0)
        return refuse_input(once, "--once %s: this name has loaded %llu records into topic %s; take another name",
                            entry->records, entry->topic);
    enum feed_state state = FEED_RECORD;
    while (once->records < entry->records && !*load->stop && (state == FEED_RECORD || state == FEED_WAIT)) {
        struct feed_record record;
        state = feed_next(load->feed, &record);
        if (state == FEED_WAIT && !broker_poll(load->writer, WAIT_MS, &load->error)) {
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

/* The transaction's own record in the ledger, delivered. */
static bool write_entry(struct once *once)
{
    struct load *load = once->load;
    struct buffer entry = {0};
    buffer_add_text(&entry, "{\"topic\":");
    json_encode(load->topic, strlen(load->topic), &entry);
    buffer_add_format(&entry, ",\"records\":%llu,\"crc32\":\"%08x\"}", (unsigned long long)once->records,
                      (unsigned)once->crc);
    struct broker_record record = {
        .number = LOAD_NOT_OF_FEED, .key = once->name, .key_len = strlen(once->name), .value = entry.data,
        .value_len = entry.len, .partition = 0, .timestamp = BROKER_TIMESTAMP_NOW,
    };
    ssize_t accepted = 0;
    atomic_fetch_add_explicit(&load->open, 1, memory_order_relaxed);
    while (accepted == 0) {
        accepted = broker_append(load->writer, 1, &record, 1, &load->error);
        if (accepted == 0 && !broker_poll(load->writer, WAIT_MS, &load->error))
            accepted = -1;
    }
    bool good = accepted == 1 && broker_flush(load->writer, -1, &load->error) && !load->undelivered;
    buffer_free(&entry);
    return good;
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

/* Tries to commit what has been appended. `sent`: all of it was accepted. */
static bool try_commit(struct once *once, bool sent)
{
    struct load *load = once->load;
    if (!sent || !broker_flush(load->writer, -1, &load->error) || load->refusals > 0 || load->undelivered)
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
        bool refused = load->refusals > 0;
        if (load->error.class == BROKER_FENCED || load->error.class == BROKER_FATAL || !load_abort(load) ||
            (!refused && ++again > AGAIN_MAX)) {
            lose(once);
            return false;
        }
        if (refused && !load->rejects)
            return false;
        load->refusals = 0;
        load->undelivered = false;
        load->bytes = transaction->bytes;
        load->error.class = BROKER_OK;
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
    struct entry entry = {0};
    once->load = load;
    once->crc = (uint32_t)crc32_z(0, NULL, 0);
    load->transactional = true;
    while (!broker_init_transactions(load->writer, &load->error))
        if (load->error.class != BROKER_RETRIABLE) {
            lose(once);
            return;
        }
    if (!read_ledger(once, broker, &entry, &load->error)) {
        lose(once);
        return;
    }
    if (entry.there && !skip(once, &entry))
        return;
    load->hold = true;
    load->taken_in = count_in;
    load->context = once;
    load_rest(once);
    load->delivered = once->published;
}
