#include "load/sift.h"

#include <stdio.h>
#include <stdlib.h>
enum {
    SMALLER = 8,   /* how much smaller groups become */
    AGAIN_MAX = 5, /* a record alone that has no outcome so often */
};

void sift_suspect(struct load *load, const struct broker_outcome *outcome)
{
    if (load->suspect_count == load->suspect_cap) {
        load->suspect_cap += load->suspect_cap / 2 + 64;
        load->suspects = mem_resize(load->suspects, load->suspect_cap, sizeof *load->suspects);
    }
    load->suspects[load->suspect_count++] = outcome->number;
    load->refusal = outcome->class;
    snprintf(load->refusal_text, sizeof load->refusal_text, "%s", outcome->text);
}

/* The suspects' array, the caller's from now on. */
static uint64_t *take_suspects(struct load *load)
{
    uint64_t *suspects = load->suspects;
    load->suspects = NULL;
    load->suspect_count = load->suspect_cap = 0;
    return suspects;
}

/* Sends at most LOAD_BATCH of them, to their outcomes, apart from all others. False: the writer is lost, or the
 * transaction is at its end. */
static bool send(struct load *load, const uint64_t *numbers, size_t count)
{
    load->batch_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct feed_record record;
        size_t at;
        const char *message;
        feed_find(load->feed, numbers[i], &record);
        if (recipe_make(load->recipe, &record, &load->batch[load->batch_count], &at, &message)) /* it was before */
            load->batch_count++;
    }
    return load_append(load) && broker_flush(load->writer, -1, &load->error);
}

/* Finds the bad ones among records that were refused together. */
static bool halve(struct load *load, const uint64_t *numbers, size_t count)
{
    if (count == 1) {
        load_condemn(load, numbers[0]);
        return true;
    }
    bool good = true;
    for (size_t half = 0, from = 0; half < 2 && good; half++) {
        size_t until = half ? count : count / 2;
        good = send(load, numbers + from, until - from);
        size_t again = load->suspect_count;
        uint64_t *refused = take_suspects(load);
        good = good && (again == 0 || halve(load, refused, again));
        free(refused);
        from = until;
    }
    return good;
}

static bool end_probe(struct load *load, bool sent)
{
    if (!sent && (load->error.class == BROKER_FENCED || load->error.class == BROKER_FATAL))
        return false;
    return load_abort(load) && !load->undelivered;
}

/* Sends them one by one, in transactions that are aborted: a new one behind each that is bad. */
static bool try_each(struct load *load, const uint64_t *numbers, size_t count)
{
    bool good = true;
    int again = 0;
    for (size_t i = 0; i < count && good;) {
        bool sent = true, refused = false;
        bool known = true; /* what became of the one before */
        good = broker_begin(load->writer, &load->error);
        while (good && sent && known && !refused && i < count) {
            uint64_t delivered = load->delivered;
            sent = send(load, &numbers[i], 1);
            refused = load->suspect_count > 0;
            known = refused || load->delivered > delivered;
            again = known ? 0 : again + 1;
            i += known;
        }
        good = good && end_probe(load, sent) && again <= AGAIN_MAX;
        load->suspect_count = 0;
        if (good && refused)
            load_condemn(load, numbers[i - 1]);
    }
    return good;
}

/* A group, which may be as it should be. */
static bool try_group(struct load *load, const uint64_t *numbers, size_t count)
{
    load->suspect_count = 0;
    if (load->transactional && !broker_begin(load->writer, &load->error))
        return false;
    bool good = send(load, numbers, count);
    if (load->transactional)
        good = end_probe(load, good);
    size_t again = load->suspect_count;
    uint64_t *refused = take_suspects(load);
    if (good && again > 0)
        good = load->transactional ? try_each(load, numbers, count) : halve(load, refused, again);
    free(refused);
    return good;
}

bool sift_suspects(struct load *load)
{
    if (load->suspect_count == 0)
        return true;
    if (!load->transactional && !broker_flush(load->writer, -1, &load->error)) /* there may be more of them in flight */
        return false;
    size_t count = load->suspect_count;
    uint64_t bytes = load->bytes, condemned = load->refusals, *numbers = take_suspects(load);
    bool good = true;
    load->probing = load->transactional;
    load->undelivered = false;
    if (count == 1) /* it had no neighbours */
        load_condemn(load, numbers[0]);
    for (size_t from = 0, some; count > 1 && from < count && good; from += some) {
        some = count - from < LOAD_BATCH ? count - from : LOAD_BATCH;
        good = try_group(load, numbers + from, some);
    }
    free(numbers);
    load->probing = false;
    if (load->transactional)
        load->bytes = bytes;
    if (load->refusals == condemned)
        load->group = !load->group ? LOAD_BATCH : load->group > SMALLER ? load->group / SMALLER : 1;
    return good;
}
