/* Requests to S3, and what its errors say. They are signed (SigV4) by libcurl; their paths and queries are written
 * here as the signature wants them. */
#include <stdio.h>

#include "base/digest.h"
#include "base/text.h"
#include "store/s3_inner.h"
#include "store/xml_inner.h"

enum { CODE_MAX = 64, SHOWN_MAX = 300 };

static void attempt(void *context, struct http_reply *reply)
{
    const struct s3_call *call = context;
    const struct s3 *s3 = call->s3;
    struct buffer url = {0};
    buffer_add_text(&url, s3->base);
    buffer_add_char(&url, '/');
    http_add_escaped(call->key, true, &url);
    if (call->query)
        buffer_add_format(&url, "?%s", call->query);
    buffer_add_char(&url, '\0');
    struct http_request request = {.method = call->method, .url = url.data, .body = call->body, .len = call->len,
                                   .sigv4 = s3->sigv4, .user = s3->user,
                                   .most = call->most > STORE_PIECE ? call->most : STORE_PIECE};
    size_t headers = 0;
    request.headers[headers++] = call->hash;
    if (call->body)
        request.headers[headers++] = "Content-Type: application/octet-stream";
    if (call->header)
        request.headers[headers++] = call->header;
    if (s3->token)
        request.headers[headers++] = s3->token;
    http_once(s3->http, &request, reply);
    if (call->completes && reply->status == 200 && strstr(reply->body.data, "<Error>")) {
        reply->status = 500;
        reply->temporary = true;
    }
    if (call->conflicts && reply->status == 409)
        reply->temporary = true;
    buffer_free(&url);
}

void s3_run(struct s3_call *call, struct http_reply *reply)
{
    unsigned char digest[DIGEST_SHA256_BYTES];
    char hex[2 * DIGEST_SHA256_BYTES];
    digest_sha256(call->body ? call->body : "", call->body ? call->len : 0, false, digest);
    text_hex(digest, sizeof digest, false, hex);
    snprintf(call->hash, sizeof call->hash, "x-amz-content-sha256: %.*s", (int)sizeof hex, hex);
    http_try(attempt, call, reply);
}

bool s3_good(const struct http_reply *reply)
{
    return reply->status >= 200 && reply->status < 300;
}

/* S3's error document. */
struct error {
    char code[CODE_MAX], message[SHOWN_MAX];
};

static void on_error(void *context, const char *parent, const char *name, const char *text, size_t len)
{
    struct error *error = context;
    (void)len;
    if (strcmp(parent, "Error") != 0)
        return;
    if (strcmp(name, "Code") == 0)
        snprintf(error->code, sizeof error->code, "%s", text);
    else if (strcmp(name, "Message") == 0)
        snprintf(error->message, sizeof error->message, "%s", text);
}

static struct error read_error(const struct http_reply *reply)
{
    struct error error = {0};
    if (reply->status >= 300 && reply->body.len > 0)
        xml_parse(reply->body.data, reply->body.len, on_error, &error); /* what is none says nothing */
    return error;
}

bool s3_is_error(const struct http_reply *reply, const char *code)
{
    struct error error = read_error(reply);
    return strcmp(error.code, code) == 0;
}

/* What the user can do about it. */
static const char *advice(const struct http_reply *reply, const struct error *error)
{
    static const struct {
        const char *code, *advice;
    } known[] = {
        {"ExpiredToken", "; the session token (AWS_SESSION_TOKEN) has expired: get a new one"},
        {"InvalidToken", "; is AWS_SESSION_TOKEN of these keys?"},
        {"InvalidAccessKeyId", "; are the keys right (AWS_ACCESS_KEY_ID, AWS_PROFILE)?"},
        {"XAdminUserNotFound", "; are the keys right (AWS_ACCESS_KEY_ID, AWS_PROFILE)?"}, /* versitygw's */
        {"SignatureDoesNotMatch", "; are the keys right (AWS_SECRET_ACCESS_KEY, AWS_PROFILE)?"},
        {"AuthorizationHeaderMalformed", "; is the region right (AWS_REGION)?"},
        {"PermanentRedirect", "; the bucket lies in another region (AWS_REGION)"},
        {"RequestTimeTooSkewed", "; this machine's clock is wrong"},
    };
    for (size_t i = 0; reply->status != 0 && i < sizeof known / sizeof *known; i++)
        if (strcmp(error->code, known[i].code) == 0)
            return known[i].advice;
    return "";
}

bool s3_fail(const struct store *store, const char *key, const struct http_reply *reply, struct problem *problem,
             const char *what)
{
    const struct s3 *s3 = store->own;
    struct error error = read_error(reply);
    char tries[32] = "";
    if (reply->tries > 1)
        snprintf(tries, sizeof tries, " (tried %u times)", reply->tries);
    if (reply->status == 0)
        return store_fail(store, key, problem, what, "%s%s", reply->why, tries);
    if (*error.code)
        return store_fail(store, key, problem, what, "%d %s: %s%s%s", reply->status, error.code, error.message, tries,
                          advice(reply, &error));
    return store_fail(store, key, problem, what, "%s answered %d%s", s3->base, reply->status, tries);
}
