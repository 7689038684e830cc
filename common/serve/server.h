/* server: a live board behind HTTP, read-only: the page, /rows, /events, /metrics, /healthz. One thread of
 * libmicrohttpd's serves all connections; queries run apart (apart.h), one at a time; whoever puts rows in never waits
 * for a reader. Limits are the options and the constants below; a reader who is too slow is dropped.
 *
 * Started and stopped by main(); server_wake from any thread. */
#ifndef ATOOLS_SERVE_SERVER_H
#define ATOOLS_SERVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "serve/apart.h"
#include "serve/columns.h"
#include "serve/listen.h"
#include "serve/live.h"

enum {
    SERVER_REQUEST_BYTES = 32 * 1024, /* of a request line and its headers: 431 or 414 beyond */
    SERVER_REQUEST_MS = 10 * 1000,    /* from a connection, or the answer before, to a request's last byte */
    SERVER_ANSWER_MS = 60 * 1000,     /* until an answer has been taken */
    SERVER_STALL_S = 45,              /* a connection on which nothing moves */
    SERVER_PING_MS = 15 * 1000,       /* between two signs of life to a reader of events */
    SERVER_QUESTIONS = 64,            /* queries that wait: 503 beyond */
    SERVER_SPARE_CONNECTIONS = 1024,  /* besides readers of events */
    SERVER_REPLAY_MAX = 10000,        /* events that replay= asks for */
};

/* Bytes of answers on their way, over all connections: 503 beyond. */
#define SERVER_ANSWERS_MAX ((size_t)512 << 20)

struct server_options {
    struct listen_address *address; /* the port it got is put there */
    int socket;                     /* listen_open's; the server closes it */
    bool loopback;
    const char *token;              /* that is to be shown; or NULL */
    const char *tls_cert, *tls_key; /* PEM; or NULL */
    unsigned clients;               /* readers of events */
    unsigned query_ms;
    const char *title;
    const struct columns *keys, *columns; /* columns: NULL, or in which order the page shows them */
};

struct server;

/* NULL and the problem. The live board, the queries' process and all in the options live on. */
struct server *server_start(struct live *live, struct apart *apart, const struct server_options *options,
                            struct problem *problem);

/* There is something new on the board. */
void server_wake(struct server *server);

/* Drops who is too slow, gives signs of life; about once a second. False: there is nobody, so nothing is to be done
 * until somebody comes, which server_descriptor tells. */
bool server_tick(struct server *server);

/* Becomes readable when the first connection comes; server_tick empties it. */
int server_descriptor(const struct server *server);

/* The input has ended, or how many of its records were bad so far: for /healthz, /metrics and the page. */
void server_note_end(struct server *server);

void server_stop(struct server *server);

#endif
