/* aproduce: lines to Kafka messages, each followed to its outcome. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/options.h"
#include "base/output.h"
#include "load/feed.h"
#include "load/load.h"
#include "load/once.h"
#include "load/recipe.h"
#include "log/connect.h"
#include "log/format.h"
#include "log/moment.h"

static const char help[] =
    "usage: aproduce -t TOPIC [-b BROKERS] [options] [FILE…]\n"
    "\n"
    "  -b BROKERS        host:port[,…], or file:DIR (default: $ATOOLS_BROKERS)\n"
    "  -t TOPIC          where to\n"
    "  -D DELIM, -0, -W  records end with DELIM, with NUL, or are whole files (default: a newline)\n"
    "  -J                records are envelopes as aconsume -J writes them\n"
    "  --value-json      with -J: the value is embedded JSON\n"
    "  -K DELIM          what stands before DELIM is the key\n"
    "  -k KEY            this key for all\n"
    "  --key-path PATH   the key is this value of the JSON record\n"
    "  --time-path PATH  the create time is this value (ISO 8601 or epoch milliseconds)\n"
    "  -H NAME=VALUE     a header for all; several times\n"
    "  -p N              the partition\n"
    "  --partitioner P   murmur2_random (default, as Java), consistent_random, random, fnv1a, …\n"
    "  -Z                an empty value (or key) is sent as null\n"
    "  -z CODEC          compress: gzip, snappy, lz4, zstd\n"
    "  -c N              at most N records\n"
    "  -u                send each record at once\n"
    "  --rejects FILE    keep refused records there, byte for byte\n"
    "  --transaction     all records or none\n"
    "  --once NAME       exactly once, through crashes and re-runs\n"
    "  --once-batch N|SIZE|TIME  what one transaction of --once holds (200000, 16M, 5s)\n"
    "  --once-topic T    the ledger of --once (atools.once)\n"
    "  --raw             do not look for gzip\n"
    "  -F FILE, -X NAME=VALUE  properties of librdkafka\n"
    "  -e, -q, --help, --version\n";

enum {
    PARTITION_MAX = 1000000,
    BATCH_RECORDS = 200000,            /* --once-batch unless said */
    BATCH_BYTES = 16 * 1024 * 1024,
    BATCH_MS = 5000,
    TRANSACTION_MS = 60 * 1000,        /* librdkafka's transaction.timeout.ms unless said */
    TIMEOUT_SHARE = 4,                 /* a batch is open for at most this part of it */
};
static const char WHOLE_LOAD_MS[] = "300000"; /* transaction.timeout.ms of --transaction unless said */

struct options {
    struct connect connect;
    const char *topic, *delimiter, *rejects;
    size_t delimiter_len;
    bool whole, raw, flush, quiet, transaction;
    uint64_t limit;
    struct recipe recipe;
    struct broker_header *headers;
    struct once once;
    struct arena arena;
    char *const *files;
    size_t file_count;
};

enum {
    OPT_KEY_PATH = 256,
    OPT_TIME_PATH,
    OPT_PARTITIONER,
    OPT_REJECTS,
    OPT_TRANSACTION,
    OPT_ONCE,
    OPT_ONCE_BATCH,
    OPT_ONCE_TOPIC,
    OPT_VALUE_JSON,
    OPT_RAW,
    OPT_VERSION,
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

static const struct path *parse_path(struct options *options, const char *option, const char *text)
{
    size_t offset;
    const char *message;
    const struct path *path = path_parse(&options->arena, text, NULL, &offset, &message);
    if (!path)
        die_caret(option, text, offset, message);
    return path;
}

static void check(bool good, const struct problem *problem)
{
    if (!good)
        problem_die(problem);
}

static void add_header(struct options *options, const char *text, struct problem *problem)
{
    struct broker_property pair;
    check(connect_pair("-H", text, &pair, problem), problem);
    struct recipe *recipe = &options->recipe;
    options->headers = mem_resize(options->headers, recipe->header_count + 1, sizeof *options->headers);
    options->headers[recipe->header_count++] = (struct broker_header){pair.name, pair.value, strlen(pair.value)};
    recipe->headers = options->headers;
}

static void add_property(struct options *options, const char *name, const char *value)
{
    char text[256];
    snprintf(text, sizeof text, "%s=%s", name, value);
    struct problem problem = {0};
    check(connect_property(&options->connect, mem_copy(text, strlen(text)), &problem), &problem);
}

/* N records, SIZE with K, M or G, TIME with ms, s, m or h. */
static void set_once_batch(struct once *once, const char *text)
{
    size_t len = strlen(text);
    char last = len > 0 ? text[len - 1] : '\0';
    if (last == 's' || last == 'm' || last == 'h') {
        if (!moment_duration(text, len, &once->batch_ms) || once->batch_ms == 0)
            die_usage("--once-batch %s: expected a number of records, a size (16M) or a time (5s)", text);
    } else if (last >= '0' && last <= '9') {
        once->batch_records = options_number("--once-batch", text, 1, UINT32_MAX);
    } else {
        once->batch_bytes = options_number("--once-batch", text, 1, UINT32_MAX);
    }
}

static void check_options(const struct options *options)
{
    const struct recipe *recipe = &options->recipe;
    if (!options->topic)
        die_usage("expected a topic: -t TOPIC");
    if (options->delimiter_len == 0)
        die_usage("-D: the delimiter must not be empty");
    if ((recipe->key != NULL) + (recipe->key_delimiter != NULL) + (recipe->key_path != NULL) > 1)
        die_usage("-k, -K and --key-path exclude each other");
    if (recipe->envelope && (recipe->key || recipe->key_delimiter || recipe->key_path || recipe->time_path))
        die_usage("-J: key and time are the envelope's; -k, -K, --key-path and --time-path do not go with it");
    if (recipe->value_json && !recipe->envelope)
        die_usage("--value-json goes with -J");
    if (recipe->time_path && recipe->key_delimiter)
        die_usage("--time-path needs a JSON record, so it does not go with -K");
    if (recipe->key_delimiter && recipe->key_delimiter_len == 0)
        die_usage("-K: the delimiter must not be empty");
    if (options->transaction && options->once.name)
        die_usage("--transaction and --once exclude each other");
    if (options->once.name && *options->once.name == '\0')
        die_usage("--once: the name must not be empty");
    if (options->once.name && strcmp(options->once.ledger, options->topic) == 0)
        die_usage("--once-topic %s: the ledger is a topic of its own", options->once.ledger);
}

static void parse_long(struct options *options, int option, char *const *argv)
{
    switch (option) {
    case OPT_KEY_PATH: options->recipe.key_path = parse_path(options, "--key-path", optarg); break;
    case OPT_TIME_PATH: options->recipe.time_path = parse_path(options, "--time-path", optarg); break;
    case OPT_PARTITIONER: add_property(options, "partitioner", optarg); break;
    case OPT_REJECTS: options->rejects = optarg; break;
    case OPT_TRANSACTION: options->transaction = true; break;
    case OPT_ONCE: options->once.name = optarg; break;
    case OPT_ONCE_BATCH: set_once_batch(&options->once, optarg); break;
    case OPT_ONCE_TOPIC: options->once.ledger = optarg; break;
    case OPT_VALUE_JSON: options->recipe.value_json = true; break;
    case OPT_RAW: options->raw = true; break;
    case OPT_VERSION: options_version();
    default: options_refuse(option, argv);
    }
}

static void parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        {"key-path", required_argument, NULL, OPT_KEY_PATH},       {"time-path", required_argument, NULL, OPT_TIME_PATH},
        {"partitioner", required_argument, NULL, OPT_PARTITIONER}, {"rejects", required_argument, NULL, OPT_REJECTS},
        {"transaction", no_argument, NULL, OPT_TRANSACTION},       {"once", required_argument, NULL, OPT_ONCE},
        {"once-batch", required_argument, NULL, OPT_ONCE_BATCH},   {"once-topic", required_argument, NULL, OPT_ONCE_TOPIC},
        {"value-json", no_argument, NULL, OPT_VALUE_JSON},         {"raw", no_argument, NULL, OPT_RAW},
        {"help", no_argument, NULL, 'h'},                          {"version", no_argument, NULL, OPT_VERSION},
        {0},
    };
    struct problem problem = {0};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":b:t:p:c:k:K:H:z:X:F:JZD:0Wquh" "e", longs, NULL)) != -1;) {
        switch (option) {
        case 'b': options->connect.brokers = optarg; break;
        case 't': options->topic = optarg; break;
        case 'p': options->recipe.partition = (int32_t)options_number("-p", optarg, 0, PARTITION_MAX); break;
        case 'c': options->limit = options_number("-c", optarg, 0, UINT64_MAX); break;
        case 'k': options->recipe.key = optarg; break;
        case 'K': check((options->recipe.key_delimiter = format_bytes("-K", optarg, &options->recipe.key_delimiter_len, &problem)) != NULL, &problem); break;
        case 'H': add_header(options, optarg, &problem); break;
        case 'z': add_property(options, "compression.codec", optarg); break;
        case 'X': check(connect_property(&options->connect, optarg, &problem), &problem); break;
        case 'F': options->connect.file = optarg; break;
        case 'J': options->recipe.envelope = true; break;
        case 'Z': options->recipe.empty_is_null = true; break;
        case 'D':
            check((options->delimiter = format_bytes("-D", optarg, &options->delimiter_len, &problem)) != NULL, &problem);
            options->raw = true;
            break;
        case '0':
            options->delimiter = "";
            options->delimiter_len = 1;
            options->raw = true;
            break;
        case 'W': options->whole = options->raw = true; break;
        case 'q':
            diag_quiet();
            options->quiet = true;
            break;
        case 'u': options->flush = true; break;
        case 'e': break;
        case 'h': options_help(help);
        default: parse_long(options, option, argv);
        }
    }
    options->files = argv + optind;
    options->file_count = (size_t)(argc - optind);
    check_options(options);
    options_files(options->files, options->file_count, "records come from files or stdin; a topic is given with -t");
    options_apart("--rejects", options->rejects, options->files, options->file_count);
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
        die(STATUS_IO, "%s: %s", options->rejects, strerror(errno));
    return output_start(fd, options->rejects);
}

static _Noreturn void give_up(const struct broker_error *error)
{
    die(connect_status(error->class), "%s", error->text);
}

static struct broker_writer *open_writer(const struct options *options, struct broker *broker, struct load *load)
{
    char id[512] = "";
    const char *const topics[] = {options->topic, options->once.ledger};
    struct broker_error error;
    if (options->once.name) {
        snprintf(id, sizeof id, "atools.%s", options->once.name);
        if (!once_prepare(broker, options->once.ledger, &error))
            give_up(&error);
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
    if (once->name) {
        once_run(once, broker, load);
        return;
    }
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
    notice("%llu messages, %llu bytes, %llu failed%s", (unsigned long long)load->delivered, (unsigned long long)load->bytes,
           (unsigned long long)load->failed, more);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = {.delimiter = "\n",
                              .delimiter_len = 1,
                              .limit = UINT64_MAX,
                              .recipe = {.partition = BROKER_ANY_PARTITION},
                              .once = {.ledger = "atools.once", .batch_records = BATCH_RECORDS, .batch_bytes = BATCH_BYTES, .batch_ms = BATCH_MS}};
    parse(&options, argc, argv);
    if (options.transaction && !connect_value(&options.connect, "transaction.timeout.ms"))
        add_property(&options, "transaction.timeout.ms", WHOLE_LOAD_MS);
    struct problem problem = {0};
    struct broker *broker = connect_open(&options.connect, &problem);
    check(broker != NULL, &problem);
    if (connect_value(&options.connect, "transactional.id"))
        die_usage("transactional.id is not set by hand: use --once NAME or --transaction");
    const char *timeout = connect_value(&options.connect, "transaction.timeout.ms");
    int64_t longest = (timeout ? (int64_t)options_number("transaction.timeout.ms", timeout, 1, INT32_MAX) : TRANSACTION_MS) / TIMEOUT_SHARE;
    if (options.once.name && options.once.batch_ms > longest)
        die_usage("--once-batch: a batch may be open for at most %lld ms, a quarter of transaction.timeout.ms", (long long)longest);
    struct load *load = mem_zero(1, sizeof *load);
    signalled = load;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const struct feed_options feeding = {options.delimiter, options.whole ? 0 : options.delimiter_len, options.whole, options.raw};
    load->feed = feed_open(options.files, options.file_count, &feeding);
    load->recipe = &options.recipe;
    load->topic = options.topic;
    load->delimiter = options.delimiter;
    load->delimiter_len = feeding.delimiter_len;
    load->limit = options.limit;
    load->stop = &stop_signal;
    load->writer = open_writer(&options, broker, load);
    options.recipe.partitions = broker_writer_partitions(load->writer, 0);
    if (options.recipe.partition >= options.recipe.partitions)
        die(STATUS_USAGE, "-p %d: topic %s has partitions 0 to %d only", (int)options.recipe.partition, options.topic,
            (int)options.recipe.partitions - 1);
    load->rejects = open_rejects(&options);
    progress_start(&load->progress, !options.quiet);
    run(&options, broker, load, &options.once);
    progress_clear(&load->progress);
    broker_writer_close(load->writer);
    report(load, &options.once);
    if (load->rejects)
        output_close(load->rejects);
    feed_close(load->feed);
    broker_close(broker);
    if (stop_signal) {
        signal(stop_signal, SIG_DFL);
        raise(stop_signal);
    }
    return load->status;
}
