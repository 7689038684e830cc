/* Readers of events: each at its own place in the backlog, from which libmicrohttpd takes what its socket has room for.
 * One who has read all is suspended until there is more; one whose place has left the backlog is dropped. */
#include "serve/server_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

struct stream {
    struct server *server;
    struct stream *before, *next;
    struct MHD_Connection *connection;
    struct visit *visit;
    uint64_t place;
    int64_t sent_ms;
    struct buffer front; /* what goes out before the events */
    size_t front_sent;
    bool waits, ping;
};

/* What a block of the response is taken from. */
enum { BLOCK = 16 * 1024 };

/* Milliseconds until a reader who lost us should come back. */
#define RETRY "retry: 2000\n\n"
#define PING ":\n\n"

static ssize_t take(struct stream *stream, char *into, size_t cap)
{
    struct backlog *backlog = stream->server->live->backlog;
    size_t front = stream->front.len - stream->front_sent;
    if (stream->server->streams.stopped)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (front > 0) {
        front = front < cap ? front : cap;
        memcpy(into, stream->front.data + stream->front_sent, front);
        stream->front_sent += front;
        return (ssize_t)front;
    }
    if (!backlog_holds(backlog, stream->place)) {
        stream->server->streams.dropped++;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t len = backlog_read(backlog, stream->place, into, cap);
    stream->place += len;
    if (len == 0 && stream->ping && cap >= strlen(PING)) {
        len = strlen(PING);
        memcpy(into, PING, len);
    }
    return (ssize_t)len;
}

static ssize_t read_stream(void *context, uint64_t at, char *into, size_t cap)
{
    struct stream *stream = context;
    (void)at;
    pthread_mutex_lock(&stream->server->live->lock);
    ssize_t len = take(stream, into, cap);
    if (len == 0) {
        stream->waits = true;
        MHD_suspend_connection(stream->connection);
    } else {
        stream->ping = false;
        stream->sent_ms = clock_steady_ms();
    }
    pthread_mutex_unlock(&stream->server->live->lock);
    return len;
}

static void end_stream(void *context)
{
    struct stream *stream = context;
    struct streams *streams = &stream->server->streams;
    pthread_mutex_lock(&stream->server->live->lock);
    *(stream->before ? &stream->before->next : &streams->first) = stream->next;
    if (stream->next)
        stream->next->before = stream->before;
    streams->count--;
    pthread_mutex_unlock(&stream->server->live->lock);
    buffer_free(&stream->front);
    free(stream);
}

static struct stream *begin_stream(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                                   uint64_t event, bool reset)
{
    struct streams *streams = &server->streams;
    pthread_mutex_lock(&server->live->lock);
    struct stream *stream = NULL;
    if (streams->count < server->options.clients && !streams->stopped) {
        stream = mem_zero(1, sizeof *stream);
        *stream = (struct stream){.server = server, .connection = connection, .visit = visit, .next = streams->first,
                                  .sent_ms = clock_steady_ms()};
        buffer_add_text(&stream->front, RETRY);
        if (!backlog_place(server->live->backlog, event, &stream->place)) {
            reset = true;
            event = backlog_next(server->live->backlog);
            backlog_place(server->live->backlog, event, &stream->place);
        }
        char id[LIVE_ID_MAX];
        live_id(server->live, event - 1, id);
        if (reset)
            buffer_add_format(&stream->front, "id: %s\nevent: reset\ndata: {}\n\n", id);
        if (streams->first)
            streams->first->before = stream;
        streams->first = stream;
        streams->count++;
    }
    pthread_mutex_unlock(&server->live->lock);
    return stream;
}

enum MHD_Result streams_answer(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                               uint64_t event, bool reset)
{
    struct stream *stream = begin_stream(server, connection, visit, event, reset);
    if (!stream)
        return server_answer_error(server, connection, visit, MHD_HTTP_SERVICE_UNAVAILABLE,
                                   "too many readers of events", NULL, 0);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, stream, end_stream);
    if (!response) {
        end_stream(stream);
        return MHD_NO;
    }
    server_answer_headers(server, response);
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    visits_enter(&server->visits, visit, VISIT_STREAM);
    server_answer_count(server, MHD_HTTP_OK);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

/* One who waits is woken if there is something for him, or it is time for a sign of life. One who does not wait has
 * not taken what was sent: when he has fallen behind he is dropped. */
void streams_wake(struct server *server, bool ping)
{
    const int64_t now = ping ? clock_steady_ms() : 0;
    pthread_mutex_lock(&server->live->lock);
    uint64_t end = 0;
    backlog_place(server->live->backlog, backlog_next(server->live->backlog), &end);
    for (struct stream *stream = server->streams.first; stream; stream = stream->next) {
        stream->ping = stream->ping || (ping && stream->waits && now - stream->sent_ms >= SERVER_PING_MS);
        bool due = stream->place != end || stream->ping || server->streams.stopped;
        if (stream->waits && due) {
            stream->waits = false;
            MHD_resume_connection(stream->connection);
        } else if (!stream->waits && ping && !backlog_holds(server->live->backlog, stream->place)) {
            server->streams.dropped += stream->visit->dropped ? 0 : 1;
            visits_drop(&server->visits, stream->visit);
        }
    }
    pthread_mutex_unlock(&server->live->lock);
}

void streams_stop(struct server *server)
{
    pthread_mutex_lock(&server->live->lock);
    server->streams.stopped = true;
    pthread_mutex_unlock(&server->live->lock);
    streams_wake(server, false);
}
