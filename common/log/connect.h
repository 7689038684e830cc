/* connect: -b, -X, -F: how the Kafka tools find their broker and what they tell it, and how they
 * end when it fails. Used by main() only. */
#ifndef ATOOLS_CONNECT_H
#define ATOOLS_CONNECT_H

#include "base/diag.h"
#include "log/broker.h"

/* Zero-initialised is empty. Lives as long as the program. */
struct connect {
    const char *brokers; /* -b */
    const char *file;    /* -F */
    struct broker_property *properties;
    size_t count;
};

/* "name=value" of an option: a wrong form ends the program with status 2. */
struct broker_property connect_pair(const char *option, const char *text);

/* -X name=value. */
void connect_property(struct connect *connect, const char *text);

/* Makes the broker: properties of -F FILE (or $ATOOLS_CONFIG), then those of -X; the address from -b,
 * or $ATOOLS_BROKERS, or the property bootstrap.servers. Without one, or with a property that does not
 * exist, the program ends with status 2. Asks the network nothing. */
struct broker *connect_open(struct connect *connect);

/* The value of a property as set by the user (the last one wins), or NULL. After connect_open. */
const char *connect_value(const struct connect *connect, const char *name);

/* Prints the error and ends the program: 1 for refused records, 2 for what the broker calls an
 * invalid argument, 3 for everything else. */
_Noreturn void connect_die(const struct broker_error *error);
enum status connect_status(enum broker_class class);

#endif
