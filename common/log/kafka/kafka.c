#include "log/kafka/kafka_inner.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/tls.h"

/* A lost connection is remarked upon at most this often. */
enum { REMARK_EVERY_MS = 10 * 1000 };

enum broker_class kafka_class(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return BROKER_OK;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return BROKER_TOO_LARGE;
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
        return BROKER_REFUSED;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        return BROKER_PURGED;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
        return BROKER_UNKNOWN;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return BROKER_EXISTS;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return BROKER_INVALID;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        return BROKER_TIMEOUT;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
        return BROKER_FENCED;
    case RD_KAFKA_RESP_ERR__FATAL:
        return BROKER_FATAL;
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
        return BROKER_RETRIABLE;
    default:
        return BROKER_FAILED;
    }
}

bool kafka_fail(struct broker_error *error, rd_kafka_resp_err_t code, const char *format, ...)
{
    char what[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return broker_fail(error, kafka_class(code), "%s: %s", what, rd_kafka_err2str(code));
}

bool kafka_fail_silence(struct broker_error *error, const struct kafka_broker *kafka, struct kafka_client *client,
                        const char *what)
{
    if (!kafka_look(client, error))
        return false;
    const char *trouble = client->trouble;
    return broker_fail(error, BROKER_TIMEOUT, "%s: no answer from %s%s%s%s", what, kafka->servers, *trouble ? " (" : "",
                       trouble, *trouble ? ")" : "");
}

bool kafka_look(struct kafka_client *client, struct broker_error *error)
{
    rd_kafka_poll(client->rk, 0);
    return !client->is_lost || broker_fail(error, BROKER_FAILED, "%s", client->trouble);
}

/* True for a trouble that is among those told once in a while only. */
static bool is_due(struct kafka_client *client)
{
    int64_t now = clock_steady_ms(), last = client->last_remark;
    if (last && now - last < REMARK_EVERY_MS)
        return false;
    client->last_remark = now;
    return true;
}

/* A log line of librdkafka. Lost connections come in swarms: one in a while is enough; some lines
 * report what is no trouble at all. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    enum { LOG_LEVEL_WARNING = 4 };
    struct kafka_client *client = rd_kafka_opaque(rk);
    if (client && strcmp(facility, "TXNERR") == 0)
        client->is_doomed = true;
    if (client && client->debug) {
        diag_warn("librdkafka: %s: %s", facility, text);
        return;
    }
    if (level > LOG_LEVEL_WARNING || strcmp(facility, "GETPID") == 0 || strcmp(facility, "CONFWARN") == 0 ||
        strcmp(facility, "TERMINATE") == 0 || strcmp(facility, "FENCED") == 0 || strcmp(facility, "TXNERR") == 0 ||
        strcmp(facility, "FATAL") == 0) /* comes again, as an error */
        return;
    if (client && client->asks && strcmp(facility, "FAIL") == 0)
        return; /* comes again, as an error */
    if (client &&
        (strcmp(facility, "FAIL") == 0 || strcmp(facility, "REQTMOUT") == 0 || strcmp(facility, "ERROR") == 0) &&
        !is_due(client))
        return;
    if (strncmp(text, "[thrd:", 6) == 0) { /* whose thread it was says nothing to a user */
        const char *end = strstr(text, "]: ");
        text = end ? end + 3 : text;
    }
    diag_warn("%s", text);
}

/* Whether a trouble with a connection may go away by itself. A connection that is closed without a word may: what
 * stands in front of a broker that is starting does that. A name server may come back. */
static bool may_pass(rd_kafka_resp_err_t code, const char *reason)
{
    if (strstr(reason, "certificate verify failed")) /* is told as one of SSL only every other time */
        return false;
    switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        return false;
    case RD_KAFKA_RESP_ERR__RESOLVE:
        return strstr(reason, gai_strerror(EAI_NONAME)) == NULL;
    case RD_KAFKA_RESP_ERR__SSL:
        return strstr(reason, "unexpected eof") || strstr(reason, "Disconnected");
    default:
        return true;
    }
}

/* "ssl://host:port/bootstrap: what went wrong (after 3ms in state CONNECT)" as "host:port: what went wrong". */
static void take_trouble(struct kafka_client *client, const char *reason)
{
    const char *scheme = strstr(reason, "://"), *slash, *end = strstr(reason, " (after ");
    const char *host = scheme ? scheme + 3 : reason, *what = strstr(host, ": ");
    int len = end ? (int)(end - reason) : (int)strlen(reason);
    if (what && (slash = memchr(host, '/', (size_t)(what - host))))
        snprintf(client->trouble, sizeof client->trouble, "%.*s%.*s", (int)(slash - host), host,
                 len - (int)(what - reason), what);
    else
        snprintf(client->trouble, sizeof client->trouble, "%.*s", len, reason);
}

/* A trouble with a connection; that all are down is told behind the last one's. */
static void on_trouble(struct kafka_client *client, rd_kafka_resp_err_t code, const char *reason)
{
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        client->is_lost = client->is_lost || (client->asks && client->trouble[0] && !client->may_pass);
        return;
    }
    bool passes = may_pass(code, reason);
    client->may_pass = client->may_pass || passes;
    if (client->is_lost)
        return;
    take_trouble(client, reason);
    if (client->asks && passes && !client->debug && is_due(client))
        diag_warn("%s", client->trouble);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct kafka_client *client = opaque;
    if (code != RD_KAFKA_RESP_ERR__FATAL) {
        on_trouble(client, (rd_kafka_resp_err_t)code, reason);
        return;
    }
    if (client->is_fatal)
        return;
    char text[sizeof client->fatal];
    rd_kafka_resp_err_t original = rd_kafka_fatal_error(rk, text, sizeof text);
    snprintf(client->fatal, sizeof client->fatal, "%s", original ? text : reason);
    client->is_fenced = kafka_class(original) == BROKER_FENCED;
    client->is_fatal = true;
}

struct kafka_client *kafka_client_start(rd_kafka_type_t type, struct kafka_conf *conf, bool debug,
                                        struct broker_error *error)
{
    if (conf->wrong[0]) {
        rd_kafka_conf_destroy(conf->conf);
        broker_fail(error, BROKER_FAILED, "librdkafka: %s", conf->wrong);
        return NULL;
    }
    struct kafka_client *client = mem_zero(1, sizeof *client);
    client->debug = debug;
    client->asks = conf->asks;
    rd_kafka_conf_set_opaque(conf->conf, client);
    rd_kafka_conf_set_log_cb(conf->conf, on_log);
    rd_kafka_conf_set_error_cb(conf->conf, on_error);
    char text[sizeof error->text];
    tls_outlives_exit();
    client->rk = rd_kafka_new(type, conf->conf, text, sizeof text);
    if (!client->rk) {
        rd_kafka_conf_destroy(conf->conf);
        free(client);
        broker_fail(error, BROKER_INVALID, "%s", text);
        return NULL;
    }
    return client;
}

void kafka_client_end(struct kafka_client *client)
{
    if (!client)
        return;
    rd_kafka_destroy_flags(client->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(client);
}

struct kafka_conf kafka_conf(const struct kafka_broker *kafka)
{
    return (struct kafka_conf){.conf = rd_kafka_conf_dup(kafka->conf)};
}

void kafka_set(struct kafka_conf *conf, const char *name, const char *value)
{
    char text[sizeof conf->wrong]; /* written to on success, too */
    if (rd_kafka_conf_set(conf->conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK && !conf->wrong[0])
        memcpy(conf->wrong, text, sizeof text);
}

void kafka_default(struct kafka_conf *conf, const struct kafka_broker *kafka, const char *name, const char *value)
{
    /* set by the user: named, or (an alias was named) the value differs from a fresh configuration's */
    for (size_t i = 0; i < kafka->named_count; i++)
        if (strcmp(kafka->named[i], name) == 0)
            return;
    char mine[512], fresh[512];
    size_t mine_size = sizeof mine, fresh_size = sizeof fresh;
    rd_kafka_conf_t *untouched = rd_kafka_conf_new();
    bool set = rd_kafka_conf_get(kafka->conf, name, mine, &mine_size) == RD_KAFKA_CONF_OK &&
               (rd_kafka_conf_get(untouched, name, fresh, &fresh_size) != RD_KAFKA_CONF_OK || strcmp(mine, fresh) != 0);
    rd_kafka_conf_destroy(untouched);
    if (!set)
        kafka_set(conf, name, value);
}

struct kafka_client *kafka_ask(struct kafka_broker *kafka, bool committed, struct broker_error *error)
{
    struct kafka_client **client = committed ? &kafka->committed : &kafka->uncommitted;
    if (*client)
        return *client;
    struct kafka_conf conf = kafka_conf(kafka);
    kafka_set(&conf, "isolation.level", committed ? "read_committed" : "read_uncommitted");
    conf.asks = true;
    kafka_set(&conf, "group.id", ""); /* this instance is no member of anything */
    *client = kafka_client_start(RD_KAFKA_CONSUMER, &conf, kafka->debug, error);
    return *client;
}

static void kafka_close(struct broker *broker)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    kafka_client_end(kafka->committed);
    kafka_client_end(kafka->uncommitted);
    rd_kafka_conf_destroy(kafka->conf);
    for (size_t i = 0; i < kafka->named_count; i++)
        free(kafka->named[i]);
    free(kafka->named);
    free(kafka->servers);
    free(kafka);
}

struct broker *broker_kafka_open(const char *servers, const struct broker_property *properties, size_t count,
                                 struct broker_error *error)
{
    struct kafka_broker *kafka = mem_zero(1, sizeof *kafka);
    kafka->broker.side = &kafka_side;
    kafka->servers = mem_copy(servers, strlen(servers));
    kafka->conf = rd_kafka_conf_new();
    rd_kafka_conf_set(kafka->conf, "client.id", diag_program(), NULL, 0);
    kafka->named = mem_zero(count, sizeof *kafka->named);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        char text[sizeof error->text];
        const char *name = properties[i].name;
        rd_kafka_conf_res_t result = rd_kafka_conf_set(kafka->conf, name, properties[i].value, text, sizeof text);
        /* kcat's prefix of topic properties */
        if (result == RD_KAFKA_CONF_UNKNOWN && strncmp(name, "topic.", 6) == 0) {
            name += 6;
            result = rd_kafka_conf_set(kafka->conf, name, properties[i].value, text, sizeof text);
        }
        if (strcmp(name, "debug") == 0)
            kafka->debug = true;
        kafka->named[kafka->named_count++] = mem_copy(name, strlen(name));
        if (result != RD_KAFKA_CONF_OK)
            good = broker_fail(error, BROKER_INVALID, "property %s: %s", properties[i].name, text);
    }
    if (good) {
        char text[sizeof error->text];
        if (rd_kafka_conf_set(kafka->conf, "bootstrap.servers", servers, text, sizeof text) != RD_KAFKA_CONF_OK)
            good = broker_fail(error, BROKER_INVALID, "broker %s: %s", servers, text);
    }
    if (good && kafka_mechanism_there(kafka->conf, error))
        return &kafka->broker;
    kafka_close(&kafka->broker);
    return NULL;
}

const struct broker_side kafka_side = {
    .close = kafka_close,
    .topics = kafka_topics,
    .configs = kafka_configs,
    .create = kafka_create,
    .alter = kafka_alter,
    .delete = kafka_delete,
    .offsets = kafka_offsets,
    .offsets_at = kafka_offsets_at,
    .groups = kafka_groups,
    .committed = kafka_committed,
    .commit_group = kafka_commit_group,
    .writer_open = kafka_writer_open,
    .writer_partitions = kafka_writer_partitions,
    .writer_limit = kafka_writer_limit,
    .append = kafka_append,
    .poll = kafka_poll,
    .flush = kafka_flush,
    .init_transactions = kafka_init_transactions,
    .begin = kafka_begin,
    .commit = kafka_commit,
    .abort = kafka_abort,
    .commit_with = kafka_commit_with,
    .writer_close = kafka_writer_close,
    .reader_open = kafka_reader_open,
    .read = kafka_read,
    .message_headers = kafka_message_headers,
    .reader_commit = kafka_reader_commit,
    .reader_member = kafka_reader_member,
    .reader_positions = kafka_reader_positions,
    .reader_settled = kafka_reader_settled,
    .reader_close = kafka_reader_close,
};
