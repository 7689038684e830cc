/* http: requests to servers and their answers, over libcurl; what WebHDFS and S3 share. A body goes out and comes
 * in whole, in memory, so that whatever was lost on the way can be sent again.
 *
 * * struct http keeps handles, which keep connections: any thread may use it, each request takes a handle of its
 * own. */
#ifndef ATOOLS_STORE_HTTP_INNER_H
#define ATOOLS_STORE_HTTP_INNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* What failed for a moment is tried so often altogether, first after HTTP_PAUSE_MS, then HTTP_PAUSE_GROWTH times as
 * long. */
enum { HTTP_TRIES = 4, HTTP_PAUSE_MS = 100, HTTP_PAUSE_GROWTH = 4 };

/* An answer that is no file's content (listings, errors) and is longer than this is refused. */
enum { HTTP_ANSWER_MAX = 1 << 30 };

enum { HTTP_HEADERS_MAX = 8, HTTP_WHY_MAX = 512 };

struct http;

/* Gives up on a server that says nothing for so many seconds. */
struct http *http_new(unsigned patience);
void http_free(struct http *http);

struct http_request {
    const char *method, *url;
    const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", up to a NULL */
    const void *body;                      /* NULL: none, not even an empty one */
    size_t len;
    size_t most;       /* an answer's body longer than this is refused */
    const char *sigv4; /* libcurl's AWS SigV4, with "KEY:SECRET" in `user`; or NULL */
    const char *user;
    bool negotiate; /* SPNEGO */
};

struct http_reply {
    int status;     /* 0: no answer; `why` says what happened */
    bool temporary; /* may go well if it is tried again */
    bool unsent;    /* no connection came about: the request was not carried out */
    bool doubtful;  /* one of the tries may have been carried out, though no answer said so */
    unsigned tries;
    struct buffer head; /* the header lines, a NUL behind each */
    struct buffer body; /* a NUL behind its len bytes */
    char why[HTTP_WHY_MAX];
};

/* One try. */
void http_once(struct http *http, const struct http_request *request, struct http_reply *reply);

/* Tries, with pauses, as long as that fails for a moment: attempt(context, reply), which begins with an http_once
 * each. */
void http_try(void (*attempt)(void *context, struct http_reply *reply), void *context, struct http_reply *reply);

/* The value of a header line, by its name in any case; NULL without. Lives until the next try. */
const char *http_header(const struct http_reply *reply, const char *name);

void http_reply_free(struct http_reply *reply);

/* True if this libcurl can do SPNEGO. */
bool http_can_negotiate(void);

/* Adds bytes as they stand in a URL: all but letters, digits and -._~ (RFC 3986 §2.3) as %XX, '/' as it is if it
 * may. */
void http_add_escaped(const char *bytes, bool slashes, struct buffer *into);

#endif
