/* Answers: their headers, and the bytes of those on their way. */
#include "serve/server_inner.h"

#include <stdlib.h>
#include <string.h>

#include "json/json.h"

/* A body that goes when it has been taken, or nobody wants it any more. */
struct body {
    struct server *server;
    char *bytes;
    size_t len;
};

static const char *const headers[][2] = {
    {"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                                "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Cache-Control", "no-store"},
};

void server_answer_headers(const struct server *server, struct MHD_Response *response)
{
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (server->options.tls_cert && !server->options.loopback)
        MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
}

void server_answer_count(struct server *server, unsigned status)
{
    __atomic_add_fetch(&server->statuses[status / 100], 1, __ATOMIC_RELAXED);
}

static void free_body(void *context)
{
    struct body *body = context;
    __atomic_sub_fetch(&body->server->answers, body->len, __ATOMIC_RELAXED);
    free(body->bytes);
    free(body);
}

static enum MHD_Result queue(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                             unsigned status, const char *type, struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    server_answer_headers(server, response);
    if (type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "2");
    server_answer_count(server, status);
    visits_enter(&server->visits, visit, VISIT_ANSWER);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result server_answer_constant(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                                const char *type, const void *bytes, size_t len)
{
    /* the library does not write to what is persistent */
    void *writable = (void *)(uintptr_t)bytes;
    struct MHD_Response *response = MHD_create_response_from_buffer(len, writable, MHD_RESPMEM_PERSISTENT);
    return queue(server, connection, visit, MHD_HTTP_OK, type, response);
}

enum MHD_Result server_answer_send(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                            unsigned status, const char *type, struct buffer *buffer, const char *id)
{
    size_t all = __atomic_add_fetch(&server->answers, buffer->len, __ATOMIC_RELAXED);
    struct body *body = mem_zero(1, sizeof *body);
    *body = (struct body){server, buffer->data, buffer->len};
    *buffer = (struct buffer){0};
    if (all > SERVER_ANSWERS_MAX && body->len > 4096) {
        free_body(body);
        return server_answer_error(server, connection, visit, MHD_HTTP_SERVICE_UNAVAILABLE,
                            "too many answers are on their way", NULL, 0);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback_cls(body->len, body->bytes, free_body, body);
    if (!response)
        free_body(body);
    if (response && id)
        MHD_add_response_header(response, "Last-Event-ID", id);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept");
    return queue(server, connection, visit, status, type, response);
}

enum MHD_Result server_answer_error(struct server *server, struct MHD_Connection *connection, struct visit *visit,
                             unsigned status, const char *text, const char *place, size_t offset)
{
    struct buffer body = {0};
    buffer_add_text(&body, "{\"error\":");
    json_encode(text, strlen(text), &body);
    if (place)
        buffer_add_format(&body, ",\"in\":\"%s\",\"offset\":%zu", place, offset);
    buffer_add_text(&body, "}\n");
    return server_answer_send(server, connection, visit, status, "application/json", &body, NULL);
}
