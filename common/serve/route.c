/* What is asked for, and whether it may be; each request ends in an answer. */
#include "serve/server_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/unicode.h"
#include "json/json.h"
#include "serve/accept.h"
#include "serve/assets.h"

#define ROWS "/rows"

/* A request on its way to its answer. */
struct call {
    struct server *server;
    struct MHD_Connection *connection;
    struct visit *visit;
    struct request *request;
    const char *url;
    unsigned status;     /* of what is wrong with it; 0: nothing so far */
    const char *wrong;
};

static enum MHD_Result fail(const struct call *call, unsigned status, const char *text)
{
    return server_answer_error(call->server, call->connection, call->visit, status, text, NULL, 0);
}

static enum MHD_Result send_body(const struct call *call, const char *type, struct buffer *body, const char *id)
{
    return server_answer_send(call->server, call->connection, call->visit, MHD_HTTP_OK, type, body, id);
}

static const char *header(const struct call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

/* In a time that does not depend on where they differ. */
static bool is_token(const char *token, const char *shown)
{
    size_t len = strlen(token);
    if (strlen(shown) != len)
        return false;
    unsigned char different = 0;
    for (size_t i = 0; i < len; i++)
        different |= (unsigned char)(token[i] ^ shown[i]);
    return different == 0;
}

static bool is_shown(const struct call *call)
{
    const char *token = call->server->options.token, *shown = header(call, MHD_HTTP_HEADER_AUTHORIZATION);
    static const char scheme[] = "Bearer ";
    return !token || (shown && strncasecmp(shown, scheme, strlen(scheme)) == 0 &&
                      is_token(token, shown + strlen(scheme)));
}

/* Who needs no token could be anybody's page, in a browser of this machine, whose name points here. */
static bool is_for_us(const struct call *call)
{
    const struct server_options *options = &call->server->options;
    const char *host = header(call, MHD_HTTP_HEADER_HOST);
    return !options->loopback || options->token || !host || listen_is_own_name(options->address, host);
}

static bool is_text(const struct buffer *text)
{
    size_t len;
    for (size_t at = 0; at < text->len; at += len) {
        len = unicode_valid(text->data + at, text->len - at);
        if (len == 0 || text->data[at] == '\0')
            return false;
    }
    return true;
}

static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits])
        return false;
    *number = 0;
    while (*text)
        *number = *number * 10 + (uint64_t)(*text++ - '0');
    return *number <= most;
}

static enum MHD_Result wrong_argument(struct call *call, const char *text)
{
    call->status = MHD_HTTP_BAD_REQUEST;
    call->wrong = text;
    return MHD_NO;
}

/* An argument's value, decoded, with a NUL behind it. */
static bool take_text(struct call *call, const char *value, size_t len, bool *has, struct buffer *into)
{
    if (*has)
        return wrong_argument(call, "an argument is given twice") == MHD_YES;
    buffer_reserve(into, 1);
    if (!columns_url_decode(value ? value : "", value ? len : 0, into) || !is_text(into))
        return wrong_argument(call, "an argument is no text in UTF-8, percent-encoded") == MHD_YES;
    buffer_add_char(into, '\0');
    return *has = true;
}

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                     const char *value, size_t len)
{
    struct call *call = context;
    struct request *request = call->request;
    struct buffer number = {0};
    bool rows = strncmp(call->url, ROWS, strlen(ROWS)) == 0, events = strcmp(call->url, "/events") == 0, good;
    (void)kind;
    (void)name_len;
    if (rows && strcmp(name, "where") == 0)
        return take_text(call, value, len, &request->has_where, &request->where) ? MHD_YES : MHD_NO;
    if (rows && strcmp(name, "order") == 0)
        return take_text(call, value, len, &request->has_order, &request->order) ? MHD_YES : MHD_NO;
    if (events && strcmp(name, "last-event-id") == 0)
        return take_text(call, value, len, &request->has_from, &request->from) ? MHD_YES : MHD_NO;
    if (rows && strcmp(name, "limit") == 0) {
        good = take_text(call, value, len, &request->has_limit, &number) &&
               read_number(number.data, INT64_MAX, &request->limit);
    } else if (events && strcmp(name, "replay") == 0) {
        good = take_text(call, value, len, &request->has_replay, &number) &&
               read_number(number.data, SERVER_REPLAY_MAX, &request->replay);
    } else {
        return wrong_argument(call, rows     ? "expected the arguments where, order, limit"
                                    : events ? "expected the arguments last-event-id, replay"
                                             : "expected no arguments");
    }
    buffer_free(&number);
    return good ? MHD_YES : call->wrong ? MHD_NO : wrong_argument(call, "expected a number");
}

/* What a query gave. */
static enum MHD_Result answer_rows(const struct call *call)
{
    struct question *question = &call->request->question;
    char id[LIVE_ID_MAX];
    switch (question->outcome) {
    case APART_DONE:
        live_id(call->server->live, question->event, id);
        return send_body(call, accept_type(question->query.form), &question->answer, id);
    case APART_WRONG:
        return server_answer_error(call->server, call->connection, call->visit, MHD_HTTP_BAD_REQUEST,
                                   question->problem.text,
                                   !question->problem.hint ? NULL : question->in_order ? "order" : "where",
                                   question->problem.offset);
    case APART_LATE:
        return fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "the query took too long");
    default:
        return fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "the query could not be finished: it needs too much memory");
    }
}

static enum MHD_Result ask(const struct call *call, enum query_form form)
{
    struct request *request = call->request;
    struct question *question = &request->question;
    question->connection = call->connection;
    question->query = (struct query){.where = request->has_where ? request->where.data : NULL,
                                     .order = request->has_order ? request->order.data : NULL,
                                     .has_limit = request->has_limit, .limit = request->limit, .form = form};
    visits_enter(&call->server->visits, call->visit, VISIT_QUESTION);
    return questions_ask(call->server, question)
               ? MHD_YES
               : fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "too many queries are waiting");
}

static enum MHD_Result answer_row(const struct call *call, const char *path)
{
    struct buffer key = {0}, row = {0}, body = {0};
    struct problem problem = {0};
    enum query_form form = accept_form(header(call, MHD_HTTP_HEADER_ACCEPT));
    enum MHD_Result result;
    if (call->request->has_where || call->request->has_order || call->request->has_limit)
        result = fail(call, MHD_HTTP_BAD_REQUEST, "where, order and limit go with " ROWS);
    else if (!columns_url_key(call->server->options.keys, path, &key))
        result = fail(call, MHD_HTTP_BAD_REQUEST, "expected " ROWS "/VALUE, a value for each column of the key");
    else if (!live_find(call->server->live, &key, &row))
        result = fail(call, MHD_HTTP_NOT_FOUND, "there is no row with this key");
    else if (!query_row(form, row.data, row.len, &body, &problem))
        result = fail(call, MHD_HTTP_NOT_ACCEPTABLE, problem.text);
    else
        result = send_body(call, accept_type(form), &body, NULL);
    buffer_free(&key);
    buffer_free(&row);
    buffer_free(&body);
    return result;
}

/* Where a reader of events begins: behind the one he saw last; `replay` events back; or with the next one. */
static enum MHD_Result answer_events(const struct call *call)
{
    struct server *server = call->server;
    const char *seen = header(call, "Last-Event-ID");
    if (!seen && call->request->has_from)
        seen = call->request->from.data;
    pthread_mutex_lock(&server->live->lock);
    uint64_t first = backlog_first(server->live->backlog), next = backlog_next(server->live->backlog);
    pthread_mutex_unlock(&server->live->lock);
    uint64_t event = next, last = 0;
    bool reset = false;
    if (call->request->has_replay)
        event = next - first > call->request->replay ? next - call->request->replay : first;
    if (seen && *seen) {
        reset = !live_id_read(server->live, seen, &last) || last >= next || last + 1 < first;
        event = reset ? next : last + 1;
    }
    return streams_answer(server, call->connection, call->visit, event, reset);
}

static void add_names(const struct columns *columns, struct buffer *into)
{
    buffer_add_char(into, '[');
    for (size_t i = 0; columns && i < columns->count; i++) {
        if (i > 0)
            buffer_add_char(into, ',');
        json_encode(columns->list[i]->steps->key, columns->list[i]->steps->key_len, into);
    }
    buffer_add_char(into, ']');
}

/* What the page has to know before it shows anything; nothing that is in the rows. */
static enum MHD_Result answer_about(const struct call *call)
{
    const struct server_options *options = &call->server->options;
    struct buffer body = {0};
    buffer_add_text(&body, "{\"title\":");
    json_encode(options->title, strlen(options->title), &body);
    buffer_add_text(&body, ",\"keys\":");
    add_names(options->keys, &body);
    buffer_add_text(&body, ",\"columns\":");
    add_names(options->columns, &body);
    buffer_add_format(&body, ",\"token\":%s,\"version\":\"%s\"}\n", options->token ? "true" : "false", ATOOLS_VERSION);
    return send_body(call, "application/json", &body, NULL);
}

static enum MHD_Result answer_metrics(const struct call *call)
{
    struct buffer body = {0};
    server_metrics(call->server, &body);
    return send_body(call, "text/plain; version=0.0.4; charset=utf-8", &body, NULL);
}

static enum MHD_Result answer_health(const struct call *call)
{
    struct buffer body = {0};
    bool ended = __atomic_load_n(&call->server->ended, __ATOMIC_RELAXED);
    buffer_add_text(&body, ended ? "ok, the input has ended\n" : "ok\n");
    return send_body(call, "text/plain; charset=utf-8", &body,
                       NULL);
}

/* What is there for everybody: nothing in it is of the rows. */
static bool is_open(const char *url)
{
    struct asset asset;
    return asset_find(url, &asset) || strcmp(url, "/about") == 0 || strcmp(url, "/healthz") == 0;
}

static enum MHD_Result route(const struct call *call)
{
    const char *url = call->url;
    struct asset asset;
    if (asset_find(url, &asset))
        return server_answer_constant(call->server, call->connection, call->visit, asset.type, asset.bytes, asset.len);
    if (strcmp(url, ROWS) == 0)
        return ask(call, accept_form(header(call, MHD_HTTP_HEADER_ACCEPT)));
    if (strcmp(url, ROWS ".json") == 0)
        return ask(call, QUERY_JSON);
    if (strcmp(url, ROWS ".tsv") == 0)
        return ask(call, QUERY_TSV);
    if (strcmp(url, ROWS ".csv") == 0)
        return ask(call, QUERY_CSV);
    if (strncmp(url, ROWS "/", strlen(ROWS "/")) == 0)
        return answer_row(call, url + strlen(ROWS "/"));
    if (strcmp(url, "/events") == 0)
        return answer_events(call);
    if (strcmp(url, "/about") == 0)
        return answer_about(call);
    if (strcmp(url, "/metrics") == 0)
        return answer_metrics(call);
    if (strcmp(url, "/healthz") == 0)
        return answer_health(call);
    return fail(call, MHD_HTTP_NOT_FOUND, "there is no such thing here");
}

static bool has_body(const struct call *call)
{
    const char *len = header(call, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return header(call, MHD_HTTP_HEADER_TRANSFER_ENCODING) || (len && strcmp(len, "0") != 0);
}

/* The request's head has come. What is answered here closes the connection: nobody waits for a body. */
static enum MHD_Result begin(struct call *call, const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return fail(call, MHD_HTTP_METHOD_NOT_ALLOWED, "this is for reading: GET and HEAD");
    if (has_body(call))
        return fail(call, MHD_HTTP_CONTENT_TOO_LARGE, "a request has no body here");
    return MHD_YES;
}

/* All of it has come. */
static enum MHD_Result answer(struct call *call)
{
    if (!is_for_us(call))
        return fail(call, MHD_HTTP_FORBIDDEN, "this server is not of that name: --token-file lets it be any");
    if (!is_open(call->url) && !is_shown(call))
        return fail(call, MHD_HTTP_UNAUTHORIZED, "expected the token: Authorization: Bearer TOKEN");
    MHD_get_connection_values_n(call->connection, MHD_GET_ARGUMENT_KIND, take_argument, call);
    if (call->status != 0)
        return fail(call, call->status, call->wrong);
    return route(call);
}

enum MHD_Result server_route(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request_place)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct call call = {.server = context, .connection = connection, .visit = info->socket_context, .url = url,
                        .request = *request_place};
    (void)version;
    (void)upload;
    *upload_size = 0;
    if (call.request)
        return call.request->question.asked ? answer_rows(&call) : answer(&call);
    *request_place = call.request = mem_zero(1, sizeof *call.request);
    call.request->visit = call.visit;
    return begin(&call, method);
}

void server_route_end(void *context, struct MHD_Connection *connection, void **request_place,
               enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct request *request = *request_place;
    (void)connection;
    (void)code;
    if (!request)
        return;
    visits_enter(&server->visits, request->visit, VISIT_REQUEST);
    buffer_free(&request->where);
    buffer_free(&request->order);
    buffer_free(&request->from);
    buffer_free(&request->question.answer);
    free(request);
    *request_place = NULL;
}
