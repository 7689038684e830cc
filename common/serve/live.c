#include "serve/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"

void live_start(struct live *live, const struct live_options *options)
{
    *live = (struct live){.board = board_new(options->rows_max, options->bytes_max),
                          .backlog = backlog_new(options->window_bytes, LIVE_EVENTS_MAX)};
    pthread_mutex_init(&live->lock, NULL);
    unsigned char drawn[LIVE_RUN_DIGITS / 2];
    if (getrandom(drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn) {
        uint64_t seed[2] = {(uint64_t)clock_wall_us(), (uint64_t)getpid()};
        uint64_t hash = hash_keyed((const char *)seed, sizeof seed, hash_seed());
        memcpy(drawn, &hash, sizeof drawn);
    }
    text_hex(drawn, sizeof drawn, false, live->run);
}

void live_end(struct live *live)
{
    board_free(live->board);
    backlog_free(live->backlog);
    buffer_free(&live->event);
    pthread_mutex_destroy(&live->lock);
}

/* With the lock. */
static void publish(struct live *live, const char *kind, const char *data, size_t len)
{
    struct buffer *event = &live->event;
    event->len = 0;
    buffer_add_format(event, "id: %s-%" PRIu64 "\nevent: %s\ndata: ", live->run, backlog_next(live->backlog), kind);
    buffer_add(event, data, len);
    buffer_add_text(event, "\n\n");
    backlog_add(live->backlog, event->data, event->len);
    live->counts.changes++;
    live->counts.changed_ms = clock_wall_ms();
}

bool live_put(struct live *live, const struct buffer *key, const char *json, size_t len)
{
    pthread_mutex_lock(&live->lock);
    enum board_change change = board_put(live->board, key->data, key->len, json, len);
    live->counts.puts++;
    if (change == BOARD_FULL)
        live->counts.refused++;
    else if (change != BOARD_SAME)
        publish(live, "row", json, len);
    pthread_mutex_unlock(&live->lock);
    return change != BOARD_FULL;
}

void live_remove(struct live *live, const struct buffer *key, const struct buffer *key_json)
{
    pthread_mutex_lock(&live->lock);
    live->counts.removes++;
    if (board_remove(live->board, key->data, key->len) == BOARD_REMOVED)
        publish(live, "delete", key_json->data, key_json->len);
    pthread_mutex_unlock(&live->lock);
}

void live_copy(struct live *live, struct buffer *into, uint64_t *event)
{
    pthread_mutex_lock(&live->lock);
    board_copy(live->board, into);
    *event = backlog_next(live->backlog) - 1;
    pthread_mutex_unlock(&live->lock);
}

bool live_find(struct live *live, const struct buffer *key, struct buffer *into)
{
    pthread_mutex_lock(&live->lock);
    struct span row = board_find(live->board, key->data, key->len);
    if (row.type != SPAN_ABSENT)
        buffer_add(into, row.text, row.len);
    pthread_mutex_unlock(&live->lock);
    return row.type != SPAN_ABSENT;
}

void live_id(const struct live *live, uint64_t event, char text[LIVE_ID_MAX])
{
    snprintf(text, LIVE_ID_MAX, "%s-%" PRIu64, live->run, event);
}

bool live_id_read(const struct live *live, const char *text, uint64_t *event)
{
    if (strncmp(text, live->run, LIVE_RUN_DIGITS) != 0 || text[LIVE_RUN_DIGITS] != '-')
        return false;
    const char *at = text + LIVE_RUN_DIGITS + 1;
    uint64_t number = 0;
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 18 || at[digits])
        return false;
    while (*at)
        number = number * 10 + (uint64_t)(*at++ - '0');
    *event = number;
    return true;
}
