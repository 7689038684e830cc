#include "serve/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "serve/server_inner.h"

/* Descriptors for all that is no connection. */
enum { OTHER_DESCRIPTORS = 64 };

/* TLS before 1.2 is not spoken. */
#define TLS_VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static void notice_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        visits_go(&server->visits, *socket_context);
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *socket_context = visits_come(&server->visits, info->connect_fd);
}

/* Arguments and paths are decoded here, with their lengths. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* As many connections as there may be, if there are descriptors for them. */
static unsigned connections_max(unsigned clients)
{
    struct rlimit limit;
    unsigned wanted = clients + SERVER_SPARE_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t most = limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS : OTHER_DESCRIPTORS;
    return wanted < most ? wanted : (unsigned)most;
}

/* The library's last word, for the problem. */
struct said {
    char text[256];
};

__attribute__((format(printf, 2, 0))) static void listen_to(void *context, const char *format, va_list arguments)
{
    struct said *said = context;
    if (!*said->text)
        vsnprintf(said->text, sizeof said->text, format, arguments);
    said->text[strcspn(said->text, "\n")] = '\0';
}

static bool start_daemon(struct server *server, struct problem *problem)
{
    const struct server_options *options = &server->options;
    static struct said said; /* the library may speak as long as it runs, and is not listened to any more */
    said.text[0] = '\0';
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_VERSIONS},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                           (options->tls_cert ? (unsigned)MHD_USE_TLS : 0U);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, server_route, server, MHD_OPTION_EXTERNAL_LOGGER, listen_to, &said,
        MHD_OPTION_LISTEN_SOCKET, options->socket, MHD_OPTION_CONNECTION_LIMIT, server->visits.count_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_REQUEST_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)SERVER_STALL_S, MHD_OPTION_NOTIFY_COMPLETED, server_route_end, server, MHD_OPTION_NOTIFY_CONNECTION,
        notice_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_ARRAY, options->tls_cert ? tls : none, MHD_OPTION_END);
    return server->daemon || problem_set(problem, STATUS_IO, "the server cannot be started: %s",
                                         *said.text ? said.text : "no reason is known");
}

struct server *server_start(struct live *live, struct apart *apart, const struct server_options *options,
                            struct problem *problem)
{
    struct server *server = mem_zero(1, sizeof *server);
    server->live = live;
    server->apart = apart;
    server->options = *options;
    visits_start(&server->visits, connections_max(options->clients));
    bool asks = questions_start(server) || problem_set(problem, STATUS_IO, "no thread for queries can be had");
    if (asks && start_daemon(server, problem))
        return server;
    questions_stop(server);
    visits_end(&server->visits);
    free(server);
    return NULL;
}

void server_wake(struct server *server)
{
    streams_wake(server, false);
}

bool server_tick(struct server *server)
{
    unsigned left = visits_tick(&server->visits);
    streams_wake(server, true);
    return left > 0;
}

int server_descriptor(const struct server *server)
{
    return server->visits.event;
}

void server_note_end(struct server *server)
{
    __atomic_store_n(&server->ended, true, __ATOMIC_RELAXED);
}

void server_stop(struct server *server)
{
    streams_stop(server);
    questions_stop(server);
    MHD_stop_daemon(server->daemon);
    visits_end(&server->visits);
    free(server);
}
