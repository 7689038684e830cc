/* connect: -b, -X, -F: how the Kafka tools find their broker and what they tell it, and which
 * exit status its failures are. */
#ifndef ATOOLS_CONNECT_H
#define ATOOLS_CONNECT_H

#include "base/options.h"
#include "base/problem.h"
#include "log/broker.h"

/* Zero-initialised is empty. Lives as long as the program. */
struct connect {
    const char *brokers; /* -b */
    const char *file;    /* -F */
    bool quiet;          /* -q */
    const char **topics; /* -t, where it may be given several times: connect_topic */
    size_t topic_count;
    struct broker_property *properties;
    size_t count;
};

/* -b, -F, -X and -q, which all Kafka tools have. */
extern const struct option_row connect_rows[];

/* Takes one of these (but -q is the tool's to know of, too); false and a problem for a wrong argument. */
bool connect_option(struct connect *connect, int option, const char *argument, struct problem *problem);

/* Another topic of -t. */
void connect_topic(struct connect *connect, const char *topic);

/* "name=value" of an option; false and a problem for another form. */
bool connect_pair(const char *option, const char *text, struct broker_property *pair, struct problem *problem);

/* -X name=value. */
bool connect_property(struct connect *connect, const char *text, struct problem *problem);

/* Makes the broker: properties of -F FILE (or $ATOOLS_CONFIG), then those of -X; the address from -b,
 * or $ATOOLS_BROKERS, or the property bootstrap.servers. NULL and a problem without one, or with a property
 * that does not exist. Asks the network nothing. */
struct broker *connect_open(struct connect *connect, struct problem *problem);

/* The value of a property as set by the user (the last one wins), or NULL. After connect_open. */
const char *connect_value(const struct connect *connect, const char *name);

/* A broker's error as a problem; gives false. Its status: 1 for refused records, 2 for what the broker calls an invalid
 * argument, 3 for everything else. */
bool connect_problem(const struct broker_error *error, struct problem *problem);
enum status connect_status(enum broker_class class);

#endif
