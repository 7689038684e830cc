#include "load/commit.h"

#include <stdio.h>

#include "log/handover.h"

struct commit {
    struct load *load;
    struct json_tree tree;
    struct arena arena;
    uint64_t published, bytes; /* of reports that are committed */
    bool open;          /* a report has begun */
    bool unread;        /* the input failed */
};

static bool begin(struct commit *commit)
{
    if (commit->open)
        return true;
    commit->open = true;
    return broker_begin(commit->load->writer, &commit->load->error);
}

/* False: the load is over; what it is, if it was not told. */
static bool refuse(struct load *load, const struct feed_record *record, const char *what)
{
    char text[480];
    snprintf(text, sizeof text, "%s:%llu: %s", record->file, (unsigned long long)record->line, what);
    load_error(load, STATUS_DATA, text);
    load->error.class = BROKER_OK;
    return false;
}

/* The line behind a report: its states and these offsets, together. */
static bool end_report(struct commit *commit, const struct feed_record *record)
{
    struct load *load = commit->load;
    const char *member;
    const struct broker_position *positions;
    size_t count;
    arena_reset(&commit->arena);
    if (!handover_read(record->bytes, record->len, &commit->tree, &commit->arena, &member, &positions, &count))
        return refuse(load, record, "no offsets with a group (aconsume --leave-commit, aagg --partial --envelope)");
    if (!begin(commit) || !load_append(load) || !broker_flush(load->writer, -1, &load->error))
        return false;
    if (load->status != STATUS_OK || load->suspect_count > 0 || load->undelivered)
        return false;
    while (!broker_commit_with(load->writer, member, positions, count, &load->error))
        if (load->error.class != BROKER_RETRIABLE)
            return false;
    while (!broker_commit(load->writer, &load->error))
        if (load->error.class != BROKER_RETRIABLE)
            return false;
    commit->open = false;
    commit->published = load->delivered;
    commit->bytes = load->bytes;
    feed_done(load->feed, record->number);
    return true;
}

static bool take_state(struct commit *commit, const struct feed_record *record)
{
    struct load *load = commit->load;
    size_t at;
    const char *message;
    load->taken++;
    if (!begin(commit))
        return false;
    if (!recipe_make(load->recipe, record, &load->batch[load->batch_count], &at, &message))
        return refuse(load, record, message);
    load->batch_count++;
    return load->batch_count < LOAD_BATCH || load_append(load);
}

/* To the end of the input, which is waited for also after a signal: those before us in the pipe have heard it, too. */
static bool take_all(struct commit *commit)
{
    struct load *load = commit->load;
    for (;;) {
        struct feed_record record;
        enum feed_state state = feed_next(load->feed, &record);
        bool good = true;
        if (state == FEED_RECORD)
            good = handover_is_end(record.bytes, record.len) ? end_report(commit, &record)
                                                             : take_state(commit, &record);
        else if (state == FEED_WAIT)
            good = load_append(load) && load_wait(load, LOAD_IDLE_MS);
        else if (state == FEED_FAILED)
            return commit->unread = true, false;
        else
            return true;
        if (!good)
            return false;
    }
}

/* Why it ended, and nothing of the open report is published. */
static void give_up(struct commit *commit)
{
    struct load *load = commit->load;
    int status;
    if (load->error.class != BROKER_OK)
        load_error(load, STATUS_IO, load->error.text);
    if (commit->unread) {
        const char *reason = feed_error(load->feed, &status);
        load_error(load, (enum status)status, reason);
    }
    bool lost = load->error.class == BROKER_FENCED || load->error.class == BROKER_FATAL;
    if (commit->open && !lost && load_abort(load))
        load_name_refused(load);
}

void commit_run(struct load *load)
{
    struct commit commit = {.load = load};
    load->transactional = true;
    bool good;
    while (!(good = broker_init_transactions(load->writer, &load->error)))
        if (load->error.class != BROKER_RETRIABLE)
            break;
    if (!good || !take_all(&commit))
        give_up(&commit);
    else if (commit.open && load_abort(load))
        load_error(load, STATUS_IO, "the input ended within a report: its states are not published");
    load->delivered = commit.published;
    load->bytes = commit.bytes;
    json_tree_free(&commit.tree);
    arena_free(&commit.arena);
}
