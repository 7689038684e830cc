#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/foreign.h"
#include "base/text.h"
#include "base/tls.h"
#include "store/http_inner.h"

/* libcurl's global part can be begun only once in a program, whoever opens the first store. */
static pthread_once_t begun = PTHREAD_ONCE_INIT;

struct http {
    pthread_mutex_t lock;
    CURL **idle; /* handles nobody uses now */
    size_t count, cap;
    unsigned patience;
};

static void begin(void)
{
    tls_outlives_exit();
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *http_new(unsigned patience)
{
    pthread_once(&begun, begin);
    struct http *http = mem_zero(1, sizeof *http);
    pthread_mutex_init(&http->lock, NULL);
    http->patience = patience;
    return http;
}

void http_free(struct http *http)
{
    for (size_t i = 0; i < http->count; i++)
        curl_easy_cleanup(http->idle[i]);
    free(http->idle);
    pthread_mutex_destroy(&http->lock);
    free(http);
}

static CURL *take_handle(struct http *http)
{
    pthread_mutex_lock(&http->lock);
    CURL *curl = http->count > 0 ? http->idle[--http->count] : NULL;
    pthread_mutex_unlock(&http->lock);
    if (curl)
        curl_easy_reset(curl); /* its connections stay */
    else
        curl = curl_easy_init();
    if (!curl)
        mem_refuse(1, 1);
    return curl;
}

static void give_handle(struct http *http, CURL *curl)
{
    pthread_mutex_lock(&http->lock);
    if (http->count == http->cap) {
        http->cap = 2 * http->cap + 4;
        http->idle = mem_resize(http->idle, http->cap, sizeof *http->idle);
    }
    http->idle[http->count++] = curl;
    pthread_mutex_unlock(&http->lock);
}

/* What a request's callbacks write to. */
struct answer {
    struct http_reply *reply;
    size_t most;
    bool too_long;
    bool whole_head; /* the empty line behind the header lines has come */
};

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t len = size * count;
    foreign_wrote(bytes, len);
    if (len > answer->most - answer->reply->body.len) {
        answer->too_long = true;
        return 0; /* fewer than came: libcurl ends the transfer */
    }
    buffer_add(&answer->reply->body, bytes, len);
    return len;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t len = size * count, used = len;
    foreign_wrote(bytes, len);
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) { /* that of the answer behind a 100 or 401 */
        answer->reply->head.len = 0;
        answer->whole_head = false;
    }
    while (used > 0 && text_is_space(bytes[used - 1]))
        used--;
    if (used > 0) {
        buffer_add(&answer->reply->head, bytes, used);
        buffer_add_char(&answer->reply->head, '\0');
    } else {
        answer->whole_head = true;
    }
    return len;
}

static struct curl_slist *add_headers(const struct http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no waiting for a 100 */
    for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++)
        list = curl_slist_append(list, request->headers[i]);
    return list;
}

static void set_method(CURL *curl, const struct http_request *request)
{
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    } else if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    }
}

static void set_up(CURL *curl, const struct http *http, const struct http_request *request)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)http->patience);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)http->patience);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    set_method(curl, request);
    if (request->sigv4) {
        curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, request->sigv4);
        curl_easy_setopt(curl, CURLOPT_USERPWD, request->user);
    } else if (request->negotiate) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_NEGOTIATE);
        curl_easy_setopt(curl, CURLOPT_USERPWD, ":");
    }
}

/* What may be different in a moment: connections that break, servers that are being started. */
static bool may_pass(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

static bool is_overload(int status)
{
    return status == 408 || status == 429 || (status >= 500 && status != 501);
}

static void note_failure(struct http_reply *reply, CURLcode code, const char *said, bool too_long)
{
    reply->status = 0;
    reply->temporary = may_pass(code);
    reply->unsent = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
                    code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_SSL_CONNECT_ERROR ||
                    code == CURLE_URL_MALFORMAT;
    snprintf(reply->why, sizeof reply->why, "%s",
             too_long ? "the answer is longer than was asked for"
             : *said  ? said
                      : curl_easy_strerror(code));
    if (reply->why[0] >= 'A' && reply->why[0] <= 'Z' && !(reply->why[1] >= 'A' && reply->why[1] <= 'Z'))
        reply->why[0] = (char)(reply->why[0] | 0x20);
}

void http_once(struct http *http, const struct http_request *request, struct http_reply *reply)
{
    CURL *curl = take_handle(http);
    struct curl_slist *headers = add_headers(request);
    struct answer answer = {.reply = reply, .most = request->most};
    char said[CURL_ERROR_SIZE] = "";
    reply->status = 0;
    reply->temporary = reply->unsent = false;
    reply->head.len = reply->body.len = 0;
    set_up(curl, http, request);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, said);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    foreign_wrote(&status, sizeof status);
    foreign_wrote_text(said);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(headers);
    give_handle(http, curl);
    buffer_reserve(&reply->body, 1);
    reply->body.data[reply->body.len] = '\0';
    if (code == CURLE_OK && !answer.whole_head) { /* libcurl takes a connection that ends there for an empty answer */
        code = CURLE_PARTIAL_FILE;
        snprintf(said, sizeof said, "the connection was closed within the answer's head");
    }
    if (code != CURLE_OK) {
        note_failure(reply, code, said, answer.too_long);
        return;
    }
    reply->status = (int)status;
    reply->temporary = is_overload(reply->status);
}

void http_try(void (*attempt)(void *context, struct http_reply *reply), void *context, struct http_reply *reply)
{
    long pause = HTTP_PAUSE_MS;
    reply->doubtful = false;
    for (reply->tries = 1;; reply->tries++) {
        attempt(context, reply);
        if (!reply->temporary)
            return;
        reply->doubtful = reply->doubtful || !reply->unsent;
        if (reply->tries == HTTP_TRIES)
            return;
        nanosleep(&(struct timespec){.tv_sec = pause / 1000, .tv_nsec = pause % 1000 * 1000000}, NULL);
        pause *= HTTP_PAUSE_GROWTH;
    }
}

const char *http_header(const struct http_reply *reply, const char *name)
{
    size_t len = strlen(name);
    for (size_t at = 0; at < reply->head.len;) {
        const char *line = reply->head.data + at;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 1 + strspn(line + len + 1, " \t");
        at += strlen(line) + 1;
    }
    return NULL;
}

void http_reply_free(struct http_reply *reply)
{
    buffer_free(&reply->head);
    buffer_free(&reply->body);
}

bool http_can_negotiate(void)
{
    return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SPNEGO) != 0;
}

void http_add_escaped(const char *bytes, bool slashes, struct buffer *into)
{
    for (const char *at = bytes; *at; at++) {
        char hex[2];
        if (text_digit(*at) != TEXT_NO_DIGIT || strchr("-._~", *at) || (slashes && *at == '/')) {
            buffer_add_char(into, *at);
            continue;
        }
        text_hex(at, 1, true, hex);
        buffer_add_char(into, '%');
        buffer_add(into, hex, sizeof hex);
    }
}
