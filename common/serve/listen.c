#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK "127.0.0.1"
#define USUAL_PORT "8080"

/* Connections that wait to be taken, at most. */
enum { BACKLOG = 4096 };

/* What the kernel keeps for a reader who does not read; more would only be lost with him. */
enum { SEND_BUFFER = 256 * 1024 };

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    unsigned number = 0;
    if (digits == 0 || digits > 5 || text[digits])
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    return number <= UINT16_MAX;
}

bool listen_parse(const char *text, struct listen_address *address, struct problem *problem)
{
    const char *host = text, *end = text + strcspn(text, ":"), *port = *end ? end + 1 : USUAL_PORT;
    if (*text == '[') {
        host++;
        end = text + strcspn(text, "]");
        port = *end && end[1] == ':' ? end + 2 : *end && !end[1] ? USUAL_PORT : "";
    } else if (!*end && is_port(text)) {
        host = LOOPBACK;
        end = host + strlen(host);
        port = text;
    }
    size_t len = (size_t)(end - host);
    if (!is_port(port) || len >= sizeof address->host)
        return problem_usage(problem, "-l %s: expected ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080", text);
    memcpy(address->host, host, len);
    address->host[len] = '\0';
    snprintf(address->port, sizeof address->port, "%s", port);
    return true;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static int open_one(const struct addrinfo *info)
{
    const int on = 1, off = 0, buffer = SEND_BUFFER;
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void note_port(int fd, struct listen_address *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    socklen_t len = sizeof bound;
    memset(&bound, 0, sizeof bound);
    if (getsockname(fd, &bound.any, &len) == 0)
        snprintf(address->port, sizeof address->port, "%u",
                 (unsigned)ntohs(bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port));
}

int listen_open(struct listen_address *address, bool *loopback, struct problem *problem)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    int wrong = getaddrinfo(*address->host ? address->host : NULL, address->port, &wanted, &list), fd = -1;
    if (wrong != 0) {
        problem_set(problem, STATUS_IO, "%s: %s", address->host, gai_strerror(wrong));
        return -1;
    }
    for (const struct addrinfo *info = list; info && fd < 0; info = info->ai_next) {
        fd = open_one(info);
        *loopback = is_loopback(info->ai_addr);
    }
    if (fd < 0)
        problem_set(problem, STATUS_IO, "%s port %s: cannot listen: %s", address->host, address->port,
                    strerror(errno));
    else
        note_port(fd, address);
    freeaddrinfo(list);
    return fd;
}

bool listen_is_own_name(const struct listen_address *address, const char *host)
{
    char name[LISTEN_HOST_MAX];
    bool bracket = *host == '[';
    const char *begin = host + bracket;
    size_t len = strcspn(begin, bracket ? "]" : ":");
    if (len >= sizeof name)
        return false;
    memcpy(name, begin, len);
    name[len] = '\0';
    struct in6_addr v6;
    struct in_addr v4;
    if (bracket)
        return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    const char *last = strrchr(name, '.');
    return strcasecmp(name, "localhost") == 0 || (last && strcasecmp(last, ".localhost") == 0) ||
           strcasecmp(name, address->host) == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
}
