/* Reading a local log: ranges one after the other, a batch at a time, transactions resolved. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/local/local_inner.h"

enum {
    WAIT_MS = 10,     /* between two looks at a log that has nothing new, where nobody tells of that */
    EVENTS_SIZE = 4096,
    GROW_MS = 1000,   /* between two looks for partitions made after the start */
};

/* An end marker seen ahead of what has been read. */
struct marker {
    int64_t producer_id, offset;
    bool commit;
};

struct local_range {
    char *topic;
    int32_t partition;
    int64_t next, until; /* `next` is what a commit would say: everything below has been handed out */
    char dir[LOCAL_PATH_MAX];
    struct partition_reader *reader; /* NULL: not begun */
    struct record_batch_reader batch;
    bool in_batch;
    int64_t behind_batch; /* the offset that follows the batch being read */
    struct buffer markers; /* struct marker, ascending by offset */
    struct partition_reader *ahead; /* looks for markers */
    int claim;            /* group: the lock on this partition; -1: not ours */
    bool done;
    int64_t committed;    /* group: what is on disk */
};

struct local_reader {
    struct broker_reader reader;
    struct local *local;
    struct local_range *ranges;
    size_t count, turn;
    char *group;
    bool grows; /* group without ends: partitions made after the start are read too */
    int64_t next_look; /* for them, on the monotonic clock in ms */
    bool read_uncommitted;
    int watch; /* an inotify of the partitions' folders; -1: not yet, -2: there is none */
    struct buffer headers; /* struct log_record of the messages handed out: what their handles point to */
};

static bool start_range(struct local_reader *reader, struct local_range *range, struct broker_error *error)
{
    if (range->reader || range->done)
        return true;
    int64_t start, end;
    if (!partition_log_ends(range->dir, &start, &end, error))
        return false;
    if (range->committed > end) /* what comes up to there would be passed over */
        return broker_fail(error, BROKER_FAILED,
                           "%s partition %" PRId32 ": the group has committed offset %" PRId64
                           ", but the log ends at %" PRId64 " (atopic reset)",
                           range->topic, range->partition, range->committed, end);
    if (range->next >= range->until) {
        range->done = true;
        return true;
    }
    if (range->next < start || range->next > end)
        return broker_fail(error, BROKER_FAILED,
                           "%s partition %" PRId32 ": offset %" PRId64 " is not there (%" PRId64 " to %" PRId64 " are)",
                           range->topic, range->partition, range->next, start, end);
    range->reader = partition_reader_open(range->dir, range->next, error);
    (void)reader;
    return range->reader;
}

/* Tries to become the group's reader of this partition; begins where the group has come to. */
static bool claim_range(struct local_reader *reader, struct local_range *range, struct broker_error *error)
{
    range->claim = local_group_claim(reader->local, reader->group, range->topic, range->partition, error);
    if (range->claim < 0 && error->class != BROKER_OK)
        return false;
    if (!local_group_read(reader->local, reader->group, range->topic, range->partition, &range->committed, error))
        return false;
    if (range->committed >= 0)
        range->next = range->committed;
    return true;
}

/* Makes the range of a partition ready; with a group, begins where that has come to. */
static bool set_range(struct local_reader *reader, struct local_range *range, const struct broker_range *asked,
                      struct broker_error *error)
{
    *range = (struct local_range){.claim = -1,
                                  .committed = -1,
                                  .topic = mem_copy(asked->topic, strlen(asked->topic)),
                                  .partition = asked->partition,
                                  .next = asked->from,
                                  .until = asked->until};
    return local_path(range->dir, error, "%s/%s-%" PRId32, reader->local->dir, asked->topic, asked->partition) &&
           (!reader->group || claim_range(reader, range, error));
}

/* Adds what has been made of topic number i's partitions (the range of partition 0) since the start. */
static bool grow_topic(struct local_reader *reader, size_t i, struct broker_error *error)
{
    const char *topic = reader->ranges[i].topic;
    int32_t known = 0, present = local_partition_count(reader->local, topic, error);
    if (present < 0)
        return false;
    for (size_t j = 0; j < reader->count; j++)
        if (strcmp(reader->ranges[j].topic, topic) == 0 && reader->ranges[j].partition >= known)
            known = reader->ranges[j].partition + 1;
    for (; known < present; known++) {
        struct broker_range asked = {.topic = topic, .partition = known, .until = BROKER_NO_END};
        int64_t end;
        reader->ranges = mem_resize(reader->ranges, reader->count + 1, sizeof *reader->ranges);
        struct local_range *range = &reader->ranges[reader->count++];
        if (!set_range(reader, range, &asked, error))
            return false;
        if (range->committed < 0 && !partition_log_ends(range->dir, &range->next, &end, error))
            return false;
    }
    return true;
}

static bool grow(struct local_reader *reader, struct broker_error *error)
{
    if (!reader->grows || clock_steady_ms() < reader->next_look)
        return true;
    reader->next_look = clock_steady_ms() + GROW_MS;
    size_t count = reader->count;
    for (size_t i = 0; i < count; i++)
        if (reader->ranges[i].partition == 0 && !grow_topic(reader, i, error))
            return false;
    return true;
}

struct broker_reader *local_reader_open(struct broker *broker, const struct broker_reader_options *options,
                                        struct broker_error *error)
{
    struct local_reader *reader = mem_zero(1, sizeof *reader);
    reader->reader.side = broker->side;
    reader->watch = -1;
    reader->local = (struct local *)broker;
    reader->ranges = mem_zero(options->range_count, sizeof *reader->ranges);
    reader->read_uncommitted = options->read_uncommitted || reader->local->read_uncommitted;
    reader->group = options->group ? mem_copy(options->group, strlen(options->group)) : NULL;
    bool good = true;
    for (size_t i = 0; i < options->range_count && good; i++) {
        const struct broker_range *asked = &options->ranges[i];
        int32_t present = local_partition_count(reader->local, asked->topic, error);
        if (asked->partition >= present) {
            good = present < 0 ? false
                               : broker_fail(error, BROKER_UNKNOWN, "%s partition %" PRId32 ": not in %s", asked->topic,
                                             asked->partition, reader->local->dir);
            break;
        }
        good = set_range(reader, &reader->ranges[reader->count++], asked, error);
        reader->grows = reader->grows || (reader->group && asked->until == BROKER_NO_END);
    }
    if (!good) {
        local_reader_close(&reader->reader);
        return NULL;
    }
    return &reader->reader;
}

/* The producer's next marker behind `offset`, if it has been seen already. */
static bool known_marker(const struct local_range *range, int64_t producer_id, int64_t offset, bool *commit)
{
    const struct marker *markers = (const struct marker *)(const void *)range->markers.data;
    for (size_t i = 0; i < range->markers.len / sizeof *markers; i++)
        if (markers[i].producer_id == producer_id && markers[i].offset > offset) {
            *commit = markers[i].commit;
            return true;
        }
    return false;
}

/* Reads ahead until the producer's next marker behind `offset` is known; 1 found, 0 not there (yet), -1. */
static int find_marker(struct local_range *range, int64_t producer_id, int64_t offset, bool *commit,
                       struct broker_error *error)
{
    if (!range->ahead && !(range->ahead = partition_reader_open(range->dir, offset, error)))
        return -1;
    struct record_batch_reader control = {0};
    struct record_batch front;
    const char *bytes;
    int got = 0, result = 0;
    while (result == 0 && (got = partition_reader_next(range->ahead, &bytes, &front, true, error)) > 0) {
        bool known = false;
        if (!(front.attributes & RECORD_BATCH_CONTROL) || !record_batch_reader_start(&control, bytes))
            continue;
        struct marker marker = {front.producer_id, front.base_offset, record_batch_reader_commits(&control, &known)};
        if (known)
            buffer_add(&range->markers, &marker, sizeof marker);
        if (known && marker.producer_id == producer_id && marker.offset > offset) {
            *commit = marker.commit;
            result = 1;
        }
    }
    record_batch_reader_free(&control);
    return got < 0 ? -1 : result;
}

/* Forgets markers that lie behind what has been read. */
static void drop_markers(struct local_range *range)
{
    struct marker *markers = (struct marker *)(void *)range->markers.data;
    size_t count = range->markers.len / sizeof *markers, gone = 0;
    while (gone < count && markers[gone].offset < range->next)
        gone++;
    if (gone > 0) {
        memmove(markers, markers + gone, (count - gone) * sizeof *markers);
        range->markers.len = (count - gone) * sizeof *markers;
    }
}

/* What becomes of a transactional batch for a read_committed reader. */
static bool batch_fate(struct local_reader *reader, struct local_range *range, const struct record_batch *front,
                       enum transaction_fate *fate, struct broker_error *error)
{
    bool commit = false;
    drop_markers(range);
    if (known_marker(range, front->producer_id, front->base_offset, &commit)) {
        *fate = commit ? FATE_COMMITTED : FATE_ABORTED;
        return true;
    }
    /* the state is asked first: a marker written in between is then found behind it */
    if (!local_transaction_fate(reader->local, front->producer_id, range->topic, range->partition, front->base_offset,
                                fate, error))
        return false;
    int found = find_marker(range, front->producer_id, front->base_offset, &commit, error);
    if (found > 0)
        *fate = commit ? FATE_COMMITTED : FATE_ABORTED;
    return found >= 0;
}

/* The next batch with records for us: 1; 0: nothing at present; -1. */
static int next_batch(struct local_reader *reader, struct local_range *range, struct broker_error *error)
{
    const char *bytes;
    struct record_batch front;
    int got;
    while (range->next < range->until) {
        got = partition_reader_next(range->reader, &bytes, &front, false, error);
        if (got < 0)
            return got;
        if (got == 0) {
            int64_t reached = partition_reader_expected(range->reader);
            if (reached < range->until) {
                range->next = reached > range->next ? reached : range->next;
                return 0;
            }
            range->next = range->until; /* a gap (repair) reaches to the end */
            break;
        }
        if (front.base_offset >= range->until) {
            range->next = range->until; /* a gap (compaction) reaches over the end */
            break;
        }
        range->behind_batch = front.base_offset + front.last_offset_delta + 1;
        enum transaction_fate fate = FATE_COMMITTED;
        if (front.attributes & RECORD_BATCH_CONTROL)
            fate = FATE_ABORTED; /* no records of anybody's */
        else if (front.attributes & RECORD_BATCH_TRANSACTIONAL && !reader->read_uncommitted &&
                 !batch_fate(reader, range, &front, &fate, error))
            return -1;
        if (fate == FATE_OPEN) { /* come back to it: reopen at this batch */
            partition_reader_close(range->reader);
            range->reader = partition_reader_open(range->dir, front.base_offset, error);
            return range->reader ? 0 : -1;
        }
        if (fate == FATE_ABORTED || front.count == 0) {
            range->next = range->behind_batch;
            continue;
        }
        if (!record_batch_reader_start(&range->batch, bytes)) {
            broker_fail(error, BROKER_FAILED, "%s: batch at offset %" PRId64 ": %s", range->dir, front.base_offset,
                        range->batch.error);
            return -1;
        }
        range->in_batch = true;
        return 1;
    }
    range->done = true;
    return 0;
}

static int timestamp_type(const struct local_range *range, int64_t timestamp)
{
    if (timestamp < 0)
        return -1;
    return range->batch.front.attributes & RECORD_BATCH_APPEND_TIME ? 1 : 0;
}

/* Hands out records of the range's batch. -1: malformed. */
static ssize_t take_messages(struct local_reader *reader, struct local_range *range, struct broker_message *messages,
                             size_t cap, struct broker_error *error)
{
    size_t count = 0;
    buffer_reserve(&reader->headers, cap * sizeof(struct log_record));
    struct log_record *records = (struct log_record *)(void *)reader->headers.data;
    while (count < cap) {
        struct log_record *record = &records[count];
        int got = record_batch_reader_next(&range->batch, record);
        if (got < 0) {
            broker_fail(error, BROKER_FAILED, "%s: batch at offset %" PRId64 ": %s", range->dir,
                        range->batch.front.base_offset, range->batch.error);
            return -1;
        }
        if (got == 0 || record->offset >= range->until) {
            range->in_batch = false;
            range->next = got == 0 && range->behind_batch < range->until ? range->behind_batch : range->until;
            if (got == 0 && range->behind_batch < range->until)
                break;
            range->done = true;
            break;
        }
        if (record->offset < range->next)
            continue; /* the batch begins before the range */
        range->next = record->offset + 1;
        messages[count++] = (struct broker_message){.topic = range->topic,
                                                    .partition = range->partition,
                                                    .offset = record->offset,
                                                    .timestamp = record->timestamp,
                                                    .timestamp_type = timestamp_type(range, record->timestamp),
                                                    .key = record->key,
                                                    .key_len = record->key_len,
                                                    .value = record->value,
                                                    .value_len = record->value_len,
                                                    .handle = record};
    }
    return (ssize_t)count;
}

/* One look at a range: messages, 0 for nothing at present (or done), -1. */
static ssize_t read_range(struct local_reader *reader, struct local_range *range, struct broker_message *messages,
                          size_t cap, struct broker_error *error)
{
    if (range->done)
        return 0;
    if (reader->group && range->claim < 0) {
        if (!claim_range(reader, range, error))
            return -1;
        if (range->claim < 0) { /* somebody else's; done when that one has committed the end */
            range->done = range->committed >= range->until;
            return 0;
        }
    }
    if (!start_range(reader, range, error))
        return -1;
    while (!range->done) {
        if (!range->in_batch) {
            int got = next_batch(reader, range, error);
            if (got <= 0)
                return got;
        }
        ssize_t count = take_messages(reader, range, messages, cap, error);
        if (count != 0)
            return count;
    }
    return 0;
}

/* From now on writing to the partitions' folders is told. */
static void watch_folders(struct local_reader *reader)
{
    reader->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    for (size_t i = 0; i < reader->count && reader->watch >= 0; i++)
        if (inotify_add_watch(reader->watch, reader->ranges[i].dir, IN_MODIFY | IN_MOVED_TO | IN_CREATE) < 0) {
            close(reader->watch);
            reader->watch = -1;
        }
    if (reader->watch < 0)
        reader->watch = -2; /* the system has no more of them */
}

/* Until there may be something new, at most so long. In a group others may let go of a partition, which nobody
 * tells. */
static void wait_for_news(struct local_reader *reader, int ms)
{
    if (!reader->group && reader->watch == -1) {
        watch_folders(reader); /* and what came before is looked for first */
        return;
    }
    if (reader->watch < 0) {
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000}, NULL);
        return;
    }
    char events[EVENTS_SIZE];
    struct pollfd news = {.fd = reader->watch, .events = POLLIN};
    if (poll(&news, 1, ms) > 0)
        while (read(reader->watch, events, sizeof events) > 0)
            ; /* which of them it was is no matter */
}

enum broker_read local_read(struct broker_reader *broker_reader, struct broker_message *messages, size_t cap,
                            int timeout_ms, size_t *count, struct broker_error *error)
{
    struct local_reader *reader = (struct local_reader *)broker_reader;
    *count = 0;
    for (int64_t began = clock_steady_ms();;) {
        size_t done = 0;
        if (!grow(reader, error))
            return BROKER_READ_FAILED;
        for (size_t i = 0; i < reader->count; i++) {
            struct local_range *range = &reader->ranges[(reader->turn + i) % reader->count];
            ssize_t got = read_range(reader, range, messages, cap, error);
            if (got < 0)
                return BROKER_READ_FAILED;
            if (got > 0) { /* stay with a batch until it is empty, then let the next partition have its turn */
                reader->turn = (reader->turn + i + (range->in_batch ? 0 : 1)) % reader->count;
                *count = (size_t)got;
                return BROKER_READ_MESSAGES;
            }
            done += range->done;
        }
        if (done == reader->count)
            return BROKER_READ_DONE;
        int64_t left = timeout_ms < 0 ? -1 : began + timeout_ms - clock_steady_ms();
        if (timeout_ms >= 0 && left <= 0)
            return BROKER_READ_IDLE;
        wait_for_news(reader, (int)left);
    }
}

size_t local_message_headers(const struct broker_message *message, struct arena *arena,
                             const struct broker_header **headers)
{
    const struct log_record *record = message->handle;
    struct log_header *found = arena_alloc(arena, (record->header_count + 1) * sizeof *found);
    struct broker_header *copies = arena_alloc(arena, (record->header_count + 1) * sizeof *copies);
    *headers = copies;
    if (!record_batch_headers(record, found))
        return 0;
    for (size_t i = 0; i < record->header_count; i++)
        copies[i] = (struct broker_header){arena_copy(arena, found[i].key, found[i].key_len), found[i].value,
                                           found[i].value_len};
    return record->header_count;
}

bool local_reader_commit(struct broker_reader *broker_reader, struct broker_error *error)
{
    struct local_reader *reader = (struct local_reader *)broker_reader;
    for (size_t i = 0; i < reader->count; i++) {
        struct local_range *range = &reader->ranges[i];
        if (range->claim < 0 || range->next == range->committed)
            continue;
        if (!local_group_write(reader->local, reader->group, range->topic, range->partition, range->next, error))
            return false;
        range->committed = range->next;
    }
    return true;
}

void local_reader_close(struct broker_reader *broker_reader)
{
    struct local_reader *reader = (struct local_reader *)broker_reader;
    if (reader->watch >= 0)
        close(reader->watch);
    for (size_t i = 0; i < reader->count; i++) {
        struct local_range *range = &reader->ranges[i];
        partition_reader_close(range->reader);
        partition_reader_close(range->ahead);
        record_batch_reader_free(&range->batch);
        buffer_free(&range->markers);
        if (range->claim >= 0)
            close(range->claim);
        free(range->topic);
    }
    free(reader->ranges);
    free(reader->group);
    buffer_free(&reader->headers);
    free(reader);
}
