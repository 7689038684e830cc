#include "log/connect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_row connect_rows[] = {
    {'b', NULL, "BROKERS", .help = "host:port[,...], or file:DIR (default: $ATOOLS_BROKERS)", .heading = "brokers"},
    {'F', NULL, "FILE", .help = "properties, one name=value a line (default: $ATOOLS_CONFIG)"},
    {'X', NULL, "NAME=VALUE", .help = "a property of librdkafka", .repeats = true},
    {'q', NULL, .help = "no remarks, no progress"},
    {0},
};

bool connect_option(struct connect *connect, int option, const char *argument, struct problem *problem)
{
    switch (option) {
    case 'b':
        connect->brokers = argument;
        return true;
    case 'F':
        connect->file = argument;
        return true;
    case 'X':
        return connect_property(connect, argument, problem);
    case 'q':
        diag_quiet();
        connect->quiet = true;
        return true;
    default:
        return false; /* OPTIONS_STOP: the problem is set */
    }
}

void connect_topic(struct connect *connect, const char *topic)
{
    connect->topics = mem_resize(connect->topics, connect->topic_count + 1, sizeof *connect->topics);
    connect->topics[connect->topic_count++] = topic;
}

bool connect_pair(const char *option, const char *text, struct broker_property *pair, struct problem *problem)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return problem_usage(problem, "%s %s: expected name=value", option, text);
    *pair = (struct broker_property){mem_copy(text, (size_t)(equals - text)), equals + 1};
    return true;
}

static void add(struct connect *connect, struct broker_property property)
{
    connect->properties = mem_resize(connect->properties, connect->count + 1, sizeof *connect->properties);
    connect->properties[connect->count++] = property;
}

bool connect_property(struct connect *connect, const char *text, struct problem *problem)
{
    struct broker_property pair;
    bool good = connect_pair("-X", text, &pair, problem);
    if (good)
        add(connect, pair);
    return good;
}

/* The text without white space around it; cuts it in place. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* A properties file: name=value lines, # comments, blank lines. */
static bool read_file(struct connect *connect, const char *path, struct problem *problem)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return problem_set(problem, errno == ENOENT ? STATUS_USAGE : STATUS_IO, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t cap = 0;
    bool good = true;
    for (unsigned number = 1; good && getline(&line, &cap, file) >= 0; number++) {
        char *text = trim(line);
        if (*text == '\0' || *text == '#')
            continue;
        char *equals = strchr(text, '=');
        good = equals && equals != text;
        if (!good) {
            problem_set(problem, STATUS_USAGE, "%s:%u: expected name=value", path, number);
            break;
        }
        *equals = '\0';
        const char *name = trim(text), *value = trim(equals + 1);
        add(connect, (struct broker_property){mem_copy(name, strlen(name)), mem_copy(value, strlen(value))});
    }
    if (good && ferror(file))
        good = problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    free(line);
    fclose(file);
    return good;
}

/* The file's properties go before those of -X, so that -X wins. */
static bool read_properties(struct connect *connect, struct problem *problem)
{
    const char *path = connect->file ? connect->file : getenv("ATOOLS_CONFIG");
    if (!path || *path == '\0')
        return true;
    struct connect file = {0};
    if (!read_file(&file, path, problem))
        return false;
    for (size_t i = 0; i < connect->count; i++)
        add(&file, connect->properties[i]);
    free(connect->properties);
    connect->properties = file.properties;
    connect->count = file.count;
    return true;
}

const char *connect_value(const struct connect *connect, const char *name)
{
    for (size_t i = connect->count; i > 0; i--)
        if (strcmp(connect->properties[i - 1].name, name) == 0)
            return connect->properties[i - 1].value;
    return NULL;
}

struct broker *connect_open(struct connect *connect, struct problem *problem)
{
    if (!read_properties(connect, problem))
        return NULL;
    const char *brokers = connect->brokers;
    if (!brokers)
        brokers = getenv("ATOOLS_BROKERS");
    if (!brokers || *brokers == '\0')
        brokers = connect_value(connect, "bootstrap.servers");
    if (!brokers)
        brokers = connect_value(connect, "metadata.broker.list");
    if (!brokers || *brokers == '\0') {
        problem_usage(problem, "no broker: give -b HOST:PORT or -b file:DIR, or set ATOOLS_BROKERS");
        return NULL;
    }
    struct broker_error error;
    struct broker *broker = broker_open(brokers, connect->properties, connect->count, &error);
    if (!broker)
        connect_problem(&error, problem);
    return broker;
}

enum status connect_status(enum broker_class class)
{
    switch (class) {
    case BROKER_OK:
        return STATUS_OK;
    case BROKER_TOO_LARGE:
    case BROKER_REFUSED:
        return STATUS_DATA;
    case BROKER_INVALID:
        return STATUS_USAGE;
    default:
        return STATUS_IO;
    }
}

bool connect_problem(const struct broker_error *error, struct problem *problem)
{
    return problem_set(problem, connect_status(error->class), "%s", error->text);
}
