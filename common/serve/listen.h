/* listen: the address a server listens at, as -l says it, and its socket. */
#ifndef ATOOLS_SERVE_LISTEN_H
#define ATOOLS_SERVE_LISTEN_H

#include <stdbool.h>

#include "base/problem.h"

enum { LISTEN_HOST_MAX = 256 };

struct listen_address {
    char host[LISTEN_HOST_MAX]; /* a name or number, without brackets; "" is any address of this machine */
    char port[8];               /* "0": any that is free */
};

/* "HOST:PORT", "[V6]:PORT", ":PORT" (any address), "PORT" (loopback), "HOST" (the usual port). False: it is none. */
bool listen_parse(const char *text, struct listen_address *address, struct problem *problem);

/* Opens the socket; -1 and the problem (STATUS_IO). *loopback: nobody outside of this machine reaches it. The port it
 * got is put into the address. */
int listen_open(struct listen_address *address, bool *loopback, struct problem *problem);

/* Whether a name, as the Host header has it (a port may follow), is this machine's own or the address's: a page of
 * another name that was made to point here must not read what we serve. */
bool listen_is_own_name(const struct listen_address *address, const char *host);

#endif
