/* s3_inner: requests to a bucket, signed (s3_call.c), what there is in it (s3_list.c); for s3.c, which is the kind
 * of store. */
#ifndef ATOOLS_STORE_S3_INNER_H
#define ATOOLS_STORE_S3_INNER_H

#include "store/http_inner.h"
#include "store/store_inner.h"

struct s3 {
    struct http *http;
    char *base;  /* "https://host", with "/bucket" where that is not in the host's name */
    char *sigv4; /* what libcurl signs with: "aws:amz:REGION:s3" */
    char *user;  /* "KEY:SECRET" */
    char *token; /* the header line of a session token, or NULL */
};

enum { S3_HASH_LINE = 96 };

struct s3_call {
    const struct s3 *s3;
    const char *method, *key;
    const char *query;  /* its parts in the order of their names, escaped, each with its '='; NULL: none */
    const char *header; /* a further line, or NULL */
    const void *body;   /* NULL: none */
    size_t len, most;
    bool completes; /* errors may come under status 200 */
    bool conflicts; /* 409 passes */
    char hash[S3_HASH_LINE]; /* filled by s3_run */
};

/* Makes it, and again if need be. */
void s3_run(struct s3_call *call, struct http_reply *reply);

bool s3_good(const struct http_reply *reply);

/* The problem out of S3's answer: its code, message, and what to do about it; false. */
bool s3_fail(const struct store *store, const char *key, const struct http_reply *reply, struct problem *problem,
             const char *what);

/* True if the answer is an error of this code. */
bool s3_is_error(const struct http_reply *reply, const char *code);

/* What there is below a prefix: with `folders`, names up to the next '/' only, those with one as folders; at most
 * `most` of them, names without the prefix. The last answer stays in reply. */
bool s3_list(const struct store *store, const char *prefix, bool folders, size_t most, struct store_listing *listing,
             struct http_reply *reply, struct problem *problem);

/* "2026-11-28T19:31:08.000Z" or "Sat, 28 Nov 2026 19:31:08 GMT": milliseconds since 1970, or STORE_UNKNOWN_TIME. */
int64_t s3_time(const char *text);

#endif
