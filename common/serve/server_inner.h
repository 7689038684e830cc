/* What the files of the server share: the connections (visits.c), the readers of events (streams.c), the queries that
 * wait (questions.c), and what is answered (answer.c, route.c). */
#ifndef ATOOLS_SERVE_SERVER_INNER_H
#define ATOOLS_SERVE_SERVER_INNER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/query.h"
#include "serve/server.h"

/* What a connection is at. */
enum visit_phase {
    VISIT_REQUEST, /* somebody is to send one */
    VISIT_QUESTION, /* it waits for a query */
    VISIT_ANSWER,  /* it is to be taken */
    VISIT_STREAM,
};

struct stream;

/* A connection. */
struct visit {
    struct visit *before, *next; /* of the same phase, the longest in it first */
    enum visit_phase phase;
    int64_t since_ms;
    int fd;
    bool dropped;
};

enum { VISIT_PHASES = VISIT_STREAM + 1 };

struct visits {
    pthread_mutex_t lock;
    struct {
        struct visit *first, *last;
    } phases[VISIT_PHASES];
    unsigned count, count_max;
    uint64_t total, dropped;
    int event; /* eventfd: somebody came */
};

/* Readers of events; under the live board's lock. */
struct streams {
    struct stream *first;
    unsigned count;
    uint64_t dropped;
    bool stopped;
};

struct question {
    struct question *next;
    struct MHD_Connection *connection;
    struct query query;
    bool asked; /* it is on its way, or done */
    enum apart_outcome outcome;
    struct buffer answer;
    struct problem problem;
    bool in_order;
    uint64_t event; /* the last one in the rows */
};

struct questions {
    pthread_mutex_t lock;
    pthread_cond_t come;
    pthread_t thread;
    bool started, stopped;
    struct question *first, **last;
    unsigned count;
    uint64_t late;
};

struct server {
    struct live *live;
    struct apart *apart;
    struct server_options options;
    struct MHD_Daemon *daemon;
    struct visits visits;
    struct streams streams;
    struct questions questions;
    size_t answers; /* atomic: bytes of answers on their way */
    uint64_t statuses[6]; /* atomic: requests answered, by the status' first digit */
    bool ended;     /* atomic: the input has */
};

/* A request: from its first line to the end of its answer. */
struct request {
    struct visit *visit;
    struct question question;
    struct buffer where, order, from; /* arguments; NUL behind them */
    uint64_t limit, replay;
    bool has_where, has_order, has_from, has_limit, has_replay;
};

void visits_start(struct visits *visits, unsigned count_max);
void visits_end(struct visits *visits);
struct visit *visits_come(struct visits *visits, int fd);
void visits_go(struct visits *visits, struct visit *visit);
void visits_enter(struct visits *visits, struct visit *visit, enum visit_phase phase);
/* Ends a connection, as if its other end had gone. */
void visits_drop(struct visits *visits, struct visit *visit);
/* Drops whoever is over his time; how many are left. */
unsigned visits_tick(struct visits *visits);

/* Answers with the events from `event` on; `reset`: the reader has to begin again. */
enum MHD_Result streams_answer(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                               uint64_t event, bool reset);
void streams_wake(struct server *server, bool ping);
void streams_stop(struct server *server);

bool questions_start(struct server *server);
/* Suspends the connection until there is an answer. False: too many wait. */
bool questions_ask(struct server *server, struct question *question);
void questions_stop(struct server *server);

/* Queues an answer. The body is taken over and emptied; type NULL: there is none. `id`: of the last event in it, or
 * NULL. */
enum MHD_Result server_answer_send(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                            unsigned status, const char *type, struct buffer *body, const char *id);
/* {"error": …}; place: the argument and the offset it is about, or NULL. */
enum MHD_Result server_answer_error(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                             unsigned status, const char *text, const char *place, size_t offset);
/* Bytes that live for ever. */
enum MHD_Result server_answer_constant(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                                const char *type, const void *bytes, size_t len);
/* The headers that every answer has. */
void server_answer_headers(const struct server *server, struct MHD_Response *response);
void server_answer_count(struct server *server, unsigned status);

/* libmicrohttpd's callbacks. */
enum MHD_Result server_route(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request);
void server_route_end(void *context, struct MHD_Connection *connection, void **request,
               enum MHD_RequestTerminationCode code);

void server_metrics(struct server *server, struct buffer *into);

#endif
