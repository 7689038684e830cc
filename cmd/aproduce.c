/* aproduce: lines to Kafka messages, each followed to its outcome. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/moment.h"
#include "base/options.h"
#include "base/output.h"
#include "load/commit.h"
#include "load/feed.h"
#include "load/load.h"
#include "load/once.h"
#include "load/recipe.h"
#include "log/connect.h"
#include "log/format.h"

enum {
    PARTITION_MAX = 1000000,
    COMMIT_NAME_MAX = 249,             /* --commit */
    BATCH_RECORDS = 200000,            /* --once-batch unless said */
    BATCH_BYTES = 16 * 1024 * 1024,
    BATCH_MS = 5000,
    TRANSACTION_MS = 60 * 1000,        /* librdkafka's transaction.timeout.ms unless said */
    TIMEOUT_SHARE = 4,                 /* a batch is open for at most this part of it */
};
static const char WHOLE_LOAD_MS[] = "300000"; /* transaction.timeout.ms of --transaction unless said */

struct options {
    struct connect connect;
    const char *topic, *delimiter, *rejects, *commit;
    size_t delimiter_len;
    bool whole, lines, raw, flush, transaction;
    uint64_t limit;
    struct recipe recipe;
    struct broker_header *headers;
    struct once once;
    struct arena arena;
    char *const *files;
    size_t file_count;
};

enum {
    OPT_KEY_PATH = OPTIONS_OWN,
    OPT_TIME_PATH,
    OPT_TOMBSTONE,
    OPT_PARTITIONER,
    OPT_REJECTS,
    OPT_TRANSACTION,
    OPT_COMMIT,
    OPT_ONCE,
    OPT_ONCE_BATCH,
    OPT_ONCE_TOPIC,
    OPT_VALUE_JSON,
    OPT_RAW,
};

static const struct option_row own_rows[] = {
    {'t', NULL, "TOPIC", .help = "where to", .heading = "records"},
    {'D', NULL, "DELIM", .help = "records end with DELIM (default: a newline)", .excludes = "0 W"},
    {'0', NULL, .help = "records end with NUL", .excludes = "D W"},
    {'W', NULL, .help = "each file is one record", .excludes = "D 0 l"},
    {'l', NULL, .help = "each line of a file is a record, as in kcat: the default, accepted", .excludes = "W"},
    {'J', NULL, .help = "records are envelopes as aconsume -J writes them"},
    {OPT_VALUE_JSON, "value-json", .help = "with -J: the value is embedded JSON"},
    {'c', NULL, "N", .help = "at most N records"},
    {OPT_RAW, "raw", .help = "do not look for gzip"},
    {'K', NULL, "DELIM", .help = "what stands before DELIM is the key", .heading = "messages",
     .excludes = "k key-path"},
    {'k', NULL, "KEY", .help = "this key for all", .excludes = "K key-path"},
    {OPT_KEY_PATH, "key-path", "PATH", .help = "the key is this value of the JSON record", .excludes = "k K"},
    {OPT_TIME_PATH, "time-path", "PATH", .help = "the create time is this value (ISO 8601 or epoch milliseconds)"},
    {OPT_TOMBSTONE, "tombstone", "PATH",
     .help = "no value where this one of the JSON record is true (_deleted of aagg)"},
    {'H', NULL, "NAME=VALUE", .help = "a header for all; several times", .repeats = true},
    {'p', NULL, "N", .help = "the partition"},
    {OPT_PARTITIONER, "partitioner", "P",
     .help = "murmur2_random (default, as Java), consistent_random, random, fnv1a, ...",
     .words = "murmur2_random murmur2 consistent_random consistent fnv1a_random fnv1a random"},
    {'Z', NULL, .help = "an empty value (or key) is sent as null"},
    {'z', NULL, "CODEC", .help = "compress: none, gzip, snappy, lz4, zstd", .words = "none gzip snappy lz4 zstd"},
    {'u', NULL, .help = "send each record at once", .heading = "delivery"},
    {OPT_REJECTS, "rejects", "FILE", .help = "keep refused records there, byte for byte"},
    {OPT_TRANSACTION, "transaction", .help = "all records or none", .excludes = "once commit"},
    {OPT_ONCE, "once", "NAME", .help = "exactly once, through crashes and re-runs", .excludes = "transaction commit"},
    {OPT_COMMIT, "commit", "NAME",
     .help = "states of aagg --partial --every, with the offsets of the group they come from",
     .excludes = "transaction once"},
    {OPT_ONCE_BATCH, "once-batch", "N|SIZE|TIME", .help = "what one transaction of --once holds (200000, 16M, 5s)",
     .repeats = true},
    {OPT_ONCE_TOPIC, "once-topic", "T", .help = "the ledger of --once (atools.once)"},
    {'P', NULL, .help = "publish, as in kcat: what aproduce does anyway, accepted"},
    {'e', NULL, .help = "accepted, as kcat has it"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aproduce -t TOPIC [-b BROKERS] [options] [FILE...]\n"
             "Lines to Kafka messages, each followed to its outcome.\n",
    .parts = {own_rows, connect_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "file", .words = "FILE", .repeats = true}, {0}},
};

static volatile sig_atomic_t stop_signal;
static struct load *signalled; /* the load whose open records a second signal tells */

/* The first one: stop reading, deliver what was accepted. The second: give up, and say what is open. */
static void on_signal(int number)
{
    if (!stop_signal) {
        stop_signal = number;
        return;
    }
    char text[96], digits[24];
    size_t len = 0, count = 0;
    unsigned long long open = signalled ? atomic_load(&signalled->open) : 0;
    do
        digits[count++] = (char)('0' + open % 10);
    while ((open /= 10) > 0);
    static const char before[] = "aproduce: given up; messages unconfirmed: ";
    memcpy(text, before, sizeof before - 1);
    len = sizeof before - 1;
    while (count > 0)
        text[len++] = digits[--count];
    text[len++] = '\n';
    diag_raw(text, len);
    signal(number, SIG_DFL);
    raise(number);
}

static bool parse_path(struct options *options, const char *option, const char *text, const struct path **path,
                       struct problem *problem)
{
    size_t offset;
    const char *message;
    *path = path_parse(&options->arena, text, NULL, &offset, &message);
    return *path || problem_caret(problem, option, text, offset, message);
}

static bool add_header(struct options *options, const char *text, struct problem *problem)
{
    struct broker_property pair;
    struct recipe *recipe = &options->recipe;
    if (!connect_pair("-H", text, &pair, problem))
        return false;
    options->headers = mem_resize(options->headers, recipe->header_count + 1, sizeof *options->headers);
    options->headers[recipe->header_count++] = (struct broker_header){pair.name, pair.value, strlen(pair.value)};
    recipe->headers = options->headers;
    return true;
}

static bool add_property(struct options *options, const char *name, const char *value, struct problem *problem)
{
    char text[256];
    snprintf(text, sizeof text, "%s=%s", name, value);
    return connect_property(&options->connect, mem_copy(text, strlen(text)), problem);
}

/* N records, SIZE with K, M or G, TIME with ms, s, m or h. */
static bool set_once_batch(struct once *once, const char *text, struct problem *problem)
{
    size_t len = strlen(text);
    char last = len > 0 ? text[len - 1] : '\0';
    if (last == 's' || last == 'm' || last == 'h')
        return (moment_duration(text, len, &once->batch_ms) && once->batch_ms != 0) ||
               problem_usage(problem, "--once-batch %s: expected a number of records, a size (16M) or a time (5s)",
                             text);
    uint64_t *limit = last >= '0' && last <= '9' ? &once->batch_records : &once->batch_bytes;
    return options_number("--once-batch", text, 1, UINT32_MAX, limit, problem);
}

static void check_options(const struct options *options)
{
    const struct recipe *recipe = &options->recipe;
    if (!options->topic)
        diag_die_usage("expected a topic: -t TOPIC");
    if (options->whole && options->lines)
        diag_die_usage("-l and -W exclude each other: a record is a line of a file, or the whole file");
    if (options->delimiter_len == 0)
        diag_die_usage("-D: the delimiter must not be empty");
    if ((recipe->key != NULL) + (recipe->key_delimiter != NULL) + (recipe->key_path != NULL) > 1)
        diag_die_usage("-k, -K and --key-path exclude each other");
    if (recipe->envelope && (recipe->key || recipe->key_delimiter || recipe->key_path || recipe->time_path))
        diag_die_usage("-J: key and time are the envelope's; -k, -K, --key-path and --time-path do not go with it");
    if (recipe->tombstone_path && (recipe->envelope || recipe->key_delimiter))
        diag_die_usage("--tombstone needs a JSON record: -J and -K do not go with it");
    if (recipe->tombstone_path && !recipe->key && !recipe->key_path)
        diag_die_usage("--tombstone: of which key? it goes with --key-path");
    if (recipe->value_json && !recipe->envelope)
        diag_die_usage("--value-json goes with -J");
    if (recipe->time_path && recipe->key_delimiter)
        diag_die_usage("--time-path needs a JSON record, so it does not go with -K");
    if (recipe->key_delimiter && recipe->key_delimiter_len == 0)
        diag_die_usage("-K: the delimiter must not be empty");
    if (options->transaction && options->once.name)
        diag_die_usage("--transaction and --once exclude each other");
    if (options->commit && (options->transaction || options->once.name || options->rejects || options->whole ||
                            options->recipe.envelope || options->limit != UINT64_MAX))
        diag_die_usage("--commit publishes whole reports: without --transaction, --once, --rejects, -W, -J and -c");
    if (options->commit && (*options->commit == '\0' || strlen(options->commit) > COMMIT_NAME_MAX))
        diag_die_usage("--commit: expected a name of 1 to %d bytes", (int)COMMIT_NAME_MAX);
    if (options->once.name && *options->once.name == '\0')
        diag_die_usage("--once: the name must not be empty");
    if (options->once.name && strcmp(options->once.ledger, options->topic) == 0)
        diag_die_usage("--once-topic %s: the ledger is a topic of its own", options->once.ledger);
}

/* How messages are delivered. */
static bool take_delivery(struct options *options, int option, const char *argument, struct problem *problem)
{
    switch (option) {
    case 'z': return add_property(options, "compression.codec", argument, problem);
    case 'u': return options->flush = true;
    case 'e':
    case 'P': return true; /* kcat's, for what is done anyway */
    case OPT_PARTITIONER: return add_property(options, "partitioner", argument, problem);
    case OPT_REJECTS:
        options->rejects = argument;
        return true;
    case OPT_TRANSACTION: return options->transaction = true;
    case OPT_COMMIT: return (options->commit = argument) != NULL;
    case OPT_ONCE:
        options->once.name = argument;
        return true;
    case OPT_ONCE_BATCH: return set_once_batch(&options->once, argument, problem);
    case OPT_ONCE_TOPIC:
        options->once.ledger = argument;
        return true;
    default: return connect_option(&options->connect, option, argument, problem);
    }
}

/* What a message is made of. */
static bool take_message(struct options *options, int option, const char *argument, struct problem *problem)
{
    struct recipe *recipe = &options->recipe;
    uint64_t number;
    switch (option) {
    case 'p':
        if (!options_number("-p", argument, 0, PARTITION_MAX, &number, problem))
            return false;
        recipe->partition = (int32_t)number;
        return true;
    case 'k':
        recipe->key = argument;
        return true;
    case 'K':
        recipe->key_delimiter = format_bytes("-K", argument, &recipe->key_delimiter_len, problem);
        return recipe->key_delimiter != NULL;
    case 'H': return add_header(options, argument, problem);
    case 'J': return recipe->envelope = true;
    case 'Z': return recipe->empty_is_null = true;
    case OPT_KEY_PATH: return parse_path(options, "--key-path", argument, &recipe->key_path, problem);
    case OPT_TIME_PATH: return parse_path(options, "--time-path", argument, &recipe->time_path, problem);
    case OPT_TOMBSTONE: return parse_path(options, "--tombstone", argument, &recipe->tombstone_path, problem);
    case OPT_VALUE_JSON: return recipe->value_json = true;
    default: return take_delivery(options, option, argument, problem);
    }
}

/* Where records come from, and where they go. */
static bool take_option(struct options *options, int option, const struct options_parser *parser,
                        struct problem *problem)
{
    const char *argument = parser->argument;
    switch (option) {
    case 't':
        options->topic = argument;
        return true;
    case 'c': return options_number("-c", argument, 0, UINT64_MAX, &options->limit, problem);
    case 'D':
        options->raw = true;
        options->delimiter = format_bytes("-D", argument, &options->delimiter_len, problem);
        return options->delimiter != NULL;
    case '0':
        options->delimiter = "";
        options->delimiter_len = 1;
        return options->raw = true;
    case 'W': return options->whole = options->raw = true;
    case 'l': return options->lines = true;
    case OPT_RAW: return options->raw = true;
    default: return take_message(options, option, argument, problem);
    }
}

static void parse(struct options *options, int argc, char **argv)
{
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(options, option, &parser, &problem), &problem);
    options->files = options_operands(&parser, &options->file_count);
    check_options(options);
    problem_check(options_files(options->files, options->file_count,
                                "records come from files or stdin; a topic is given with -t", &problem) &&
                      options_apart("--rejects", options->rejects, options->files, options->file_count, &problem),
                  &problem);
}

/* --rejects: a re-run of --once goes on behind what earlier runs have refused. */
static struct output *open_rejects(const struct options *options)
{
    if (!options->rejects)
        return NULL;
    if (!options->once.name || strcmp(options->rejects, "-") == 0)
        return output_open(options->rejects);
    int fd = file_open(options->rejects, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0)
        diag_die(STATUS_IO, "%s: %s", options->rejects, strerror(errno));
    return output_start(fd, options->rejects);
}

static _Noreturn void give_up(const struct broker_error *error)
{
    diag_die(connect_status(error->class), "%s", error->text);
}

static struct broker_writer *open_writer(const struct options *options, struct broker *broker, struct load *load)
{
    char id[LEDGER_ID_MAX] = "";
    const char *const topics[] = {options->topic, options->once.ledger};
    struct broker_error error;
    if (options->once.name) {
        ledger_id(options->once.name, id);
        if (!ledger_prepare(broker, options->once.ledger, &error))
            give_up(&error);
    } else if (options->commit) {
        snprintf(id, sizeof id, "atools-commit.%s", options->commit);
    } else if (options->transaction) { /* nobody else has this one */
        char host[128] = "";
        gethostname(host, sizeof host - 1);
        snprintf(id, sizeof id, "atools.transaction.%s.%ld.%lld", host, (long)getpid(), (long long)clock_wall_ms());
    }
    struct broker_writer_options writing = {.topics = topics,
                                            .topic_count = options->once.name ? 2 : 1,
                                            .transactional_id = *id ? id : NULL,
                                            .linger_ms = options->flush ? 0 : -1,
                                            .outcome = load_outcome,
                                            .context = load};
    struct broker_writer *writer = broker_writer_open(broker, &writing, &error);
    if (!writer)
        give_up(&error);
    return writer;
}

static void run(const struct options *options, struct broker *broker, struct load *load, struct once *once)
{
    if (once->name)
        return once_run(once, broker, load);
    if (options->commit)
        return commit_run(load);
    while (options->transaction && !broker_init_transactions(load->writer, &load->error))
        if (load->error.class != BROKER_RETRIABLE)
            give_up(&load->error);
    if (options->transaction)
        load_transaction(load);
    else
        load_plain(load);
}

static void report(const struct load *load, const struct once *once)
{
    char more[64] = "";
    if (once->name && once->skipped > 0)
        snprintf(more, sizeof more, "; %llu records were in already", (unsigned long long)once->skipped);
    diag_notice("%llu messages, %llu bytes, %llu failed%s", (unsigned long long)load->delivered,
                (unsigned long long)load->bytes, (unsigned long long)load->failed, more);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    static struct options options; /* what it points to is in use until the end, wherever that is */
    options = (struct options){.delimiter = "\n",
                               .delimiter_len = 1,
                               .limit = UINT64_MAX,
                               .recipe = {.partition = BROKER_ANY_PARTITION},
                               .once = {.ledger = LEDGER_TOPIC, .batch_records = BATCH_RECORDS,
                                        .batch_bytes = BATCH_BYTES, .batch_ms = BATCH_MS}};
    struct problem problem = {0};
    parse(&options, argc, argv);
    if (options.transaction && !connect_value(&options.connect, "transaction.timeout.ms"))
        problem_check(add_property(&options, "transaction.timeout.ms", WHOLE_LOAD_MS, &problem), &problem);
    struct broker *broker = connect_open(&options.connect, &problem);
    problem_check(broker != NULL, &problem);
    if (connect_value(&options.connect, "transactional.id"))
        diag_die_usage("transactional.id is not set by hand: use --once NAME or --transaction");
    const char *timeout = connect_value(&options.connect, "transaction.timeout.ms");
    uint64_t open_ms = TRANSACTION_MS;
    problem_check(!timeout || options_number("transaction.timeout.ms", timeout, 1, INT32_MAX, &open_ms, &problem),
                  &problem);
    if (options.once.name && options.once.batch_ms > (int64_t)open_ms / TIMEOUT_SHARE)
        diag_die_usage("--once-batch: a batch may be open for at most %lld ms, a quarter of transaction.timeout.ms",
                  (long long)open_ms / TIMEOUT_SHARE);
    struct load *load = mem_zero(1, sizeof *load);
    signalled = load;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const struct feed_options feeding = {options.delimiter, options.whole ? 0 : options.delimiter_len, options.whole,
                                         options.raw};
    load->feed = feed_open(options.files, options.file_count, &feeding);
    load->recipe = &options.recipe;
    load->topic = options.topic;
    load->delimiter = options.delimiter;
    load->delimiter_len = feeding.delimiter_len;
    load->limit = options.limit;
    load->stop = &stop_signal;
    load->writer = open_writer(&options, broker, load);
    if (broker_writer_created(load->writer)) /* a name that was mistyped is seen */
        diag_notice("topic %s: created", options.topic);
    options.recipe.partitions = broker_writer_partitions(load->writer, 0);
    if (options.recipe.partition >= options.recipe.partitions)
        diag_die(STATUS_USAGE, "-p %d: topic %s has partitions 0 to %d only", (int)options.recipe.partition,
                 options.topic, (int)options.recipe.partitions - 1);
    load->rejects = open_rejects(&options);
    progress_start(&load->progress, !options.connect.quiet);
    run(&options, broker, load, &options.once);
    progress_clear(&load->progress);
    broker_writer_close(load->writer);
    report(load, &options.once);
    if (load->rejects)
        output_close(load->rejects);
    feed_close(load->feed);
    broker_close(broker);
    json_tree_free(&options.recipe.tree);
    arena_free(&options.arena);
    if (stop_signal) {
        signal(stop_signal, SIG_DFL);
        raise(stop_signal);
    }
    return load->status;
}
