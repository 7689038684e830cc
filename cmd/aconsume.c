/* aconsume: Kafka messages to lines, from where one says to the end as it stood at the start. */
#include <getopt.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/output.h"
#include "base/progress.h"
#include "json/json.h"
#include "log/connect.h"
#include "log/envelope.h"
#include "log/format.h"
#include "log/offsets.h"

static const char help[] =
    "usage: aconsume -t TOPIC [-b BROKERS] [options]\n"
    "\n"
    "  -b BROKERS        host:port[,…], or file:DIR (default: $ATOOLS_BROKERS)\n"
    "  -t TOPIC          what to read; several times, or ^REGEX\n"
    "  -p N[,N…]         only these partitions\n"
    "  -o WHERE          from earliest (default), latest, N, -N (before the end), @TIME or JSON\n"
    "  --until WHERE     stop there (default: the end as it is at the start)\n"
    "  --follow          go on when the end is reached\n"
    "  -c N              at most N messages\n"
    "  -g GROUP          share the partitions with the group's other members, commit what is written\n"
    "  -J                one JSON object a message: key, value, topic, partition, offset, timestamp, …\n"
    "  --value-json      with -J: the value is JSON and stands as such\n"
    "  --compact         the values are JSON: written on one line\n"
    "  -f FORMAT         kcat's: %s value %k key %t topic %p partition %o offset %T time %h headers …\n"
    "  -K DELIM          the key and DELIM before each value\n"
    "  -D DELIM, -0      DELIM or NUL after each message instead of a newline\n"
    "  -Z [TEXT]         write TEXT (NULL) for a value or key that is null\n"
    "  -u                flush each message\n"
    "  -F FILE, -X NAME=VALUE  properties of librdkafka\n"
    "  -e                end at the end: the default, accepted\n"
    "  -q, --help, --version\n";

struct options {
    struct connect connect;
    const char **topics;
    size_t topic_count;
    bool *partitions; /* -p: wanted ones; NULL: all */
    size_t partition_cap;
    struct offsets from, until;
    bool has_until, follow, has_count, json, value_json, compact, flush, quiet;
    uint64_t count;
    const char *group, *null_text, *key_delimiter, *delimiter;
    size_t key_delimiter_len, delimiter_len;
    struct format *format;
};

/* A run: what is read, where it goes. */
struct run {
    const struct options *options;
    struct broker *broker;
    struct broker_range *ranges;
    size_t range_count;
    struct output *output;
    struct buffer line;
    struct arena arena;
    uint64_t messages, bytes, total;
    int64_t next_commit;
};

enum { PARTITION_MAX = 1000000, READ_MAX = 2048, WAIT_MS = 200, COMMIT_EVERY_MS = 1000 };
enum { OPT_UNTIL = 256, OPT_FOLLOW, OPT_VALUE_JSON, OPT_COMPACT, OPT_VERSION };

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

static _Noreturn void give_up(const struct broker_error *error)
{
    die(connect_status(error->class), "%s", error->text);
}

static void check(bool good, const struct problem *problem)
{
    if (!good)
        problem_die(problem);
}

static void add_topic(struct options *options, const char *topic)
{
    options->topics = mem_resize(options->topics, options->topic_count + 1, sizeof *options->topics);
    options->topics[options->topic_count++] = topic;
}

static void add_partitions(struct options *options, const char *text)
{
    char *copy = mem_copy(text, strlen(text)), *rest = copy;
    for (char *part; (part = strsep(&rest, ",")) != NULL;) {
        size_t number = options_number("-p", part, 0, PARTITION_MAX);
        if (number >= options->partition_cap) {
            options->partitions = mem_resize(options->partitions, number + 1, sizeof *options->partitions);
            memset(options->partitions + options->partition_cap, 0, number + 1 - options->partition_cap);
            options->partition_cap = number + 1;
        }
        options->partitions[number] = true;
    }
    free(copy);
}

static void check_options(const struct options *options)
{
    if (options->topic_count == 0)
        die_usage("expected a topic: -t TOPIC");
    if (options->json + (options->format != NULL) + (options->key_delimiter != NULL) > 1)
        die_usage("-J, -f and -K exclude each other");
    if (options->value_json && !options->json)
        die_usage("--value-json goes with -J");
    if (options->compact && (options->json || options->format))
        die_usage("--compact is for plain values, without -J and -f");
    if (options->group && options->partitions)
        die_usage("-g and -p exclude each other: the group shares out the partitions");
    if (options->group && *options->group == '\0')
        die_usage("-g: the name of the group must not be empty");
    if (options->delimiter_len == 0)
        die_usage("-D: the delimiter must not be empty");
    if (options->key_delimiter && options->key_delimiter_len == 0)
        die_usage("-K: the delimiter must not be empty");
}

static struct options parse(int argc, char **argv)
{
    static const struct option longs[] = {
        {"until", required_argument, NULL, OPT_UNTIL},   {"follow", no_argument, NULL, OPT_FOLLOW},
        {"value-json", no_argument, NULL, OPT_VALUE_JSON}, {"compact", no_argument, NULL, OPT_COMPACT},
        {"help", no_argument, NULL, 'h'},                {"version", no_argument, NULL, OPT_VERSION},
        {0},
    };
    struct options options = {.from = {.kind = OFFSETS_EARLIEST}, .delimiter = "\n", .delimiter_len = 1};
    struct problem problem = {0};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":b:t:p:o:c:g:Jf:K:D:0ZuF:X:eqh", longs, NULL)) != -1;) {
        switch (option) {
        case 'b': options.connect.brokers = optarg; break;
        case 't': add_topic(&options, optarg); break;
        case 'p': add_partitions(&options, optarg); break;
        case 'o': check(offsets_parse("-o", optarg, &options.from, &problem), &problem); break;
        case 'c':
            options.count = options_number("-c", optarg, 0, UINT64_MAX);
            options.has_count = true;
            break;
        case 'g': options.group = optarg; break;
        case 'J': options.json = true; break;
        case 'f': check((options.format = format_compile("-f", optarg, &problem)) != NULL, &problem); break;
        case 'K': check((options.key_delimiter = format_bytes("-K", optarg, &options.key_delimiter_len, &problem)) != NULL, &problem); break;
        case 'D': check((options.delimiter = format_bytes("-D", optarg, &options.delimiter_len, &problem)) != NULL, &problem); break;
        case '0':
            options.delimiter = "";
            options.delimiter_len = 1;
            break;
        case 'Z': /* a text may follow, as nothing else stands alone here */
            options.null_text = optind < argc && argv[optind][0] != '-' ? argv[optind++] : "NULL";
            break;
        case 'u': options.flush = true; break;
        case 'F': options.connect.file = optarg; break;
        case 'X': check(connect_property(&options.connect, optarg, &problem), &problem); break;
        case 'e': break;
        case 'q':
            diag_quiet();
            options.quiet = true;
            break;
        case OPT_UNTIL:
            check(offsets_parse("--until", optarg, &options.until, &problem), &problem);
            options.has_until = true;
            break;
        case OPT_FOLLOW: options.follow = true; break;
        case OPT_VALUE_JSON: options.value_json = true; break;
        case OPT_COMPACT: options.compact = true; break;
        case 'h': options_help(help);
        case OPT_VERSION: options_version();
        default: options_refuse(option, argv);
        }
    }
    if (optind < argc)
        die_usage("%s: not expected here; a topic is given with -t", argv[optind]);
    check_options(&options);
    return options;
}

/* The topics meant: names as they are, ^REGEX as those that match it. */
static const char **expand_topics(struct run *run, size_t *count)
{
    const struct options *options = run->options;
    const char **names = NULL;
    struct broker_error error;
    *count = 0;
    for (size_t i = 0; i < options->topic_count; i++) {
        const struct broker_topic *topics;
        size_t topic_count;
        bool pattern = options->topics[i][0] == '^';
        regex_t regex;
        if (pattern && regcomp(&regex, options->topics[i], REG_EXTENDED | REG_NOSUB) != 0)
            die_usage("-t %s: not a regular expression (POSIX extended)", options->topics[i]);
        if (!broker_topics(run->broker, pattern ? NULL : options->topics[i], &run->arena, &topics, &topic_count, &error))
            give_up(&error);
        for (size_t j = 0; j < topic_count; j++) {
            bool wanted = !pattern || (strncmp(topics[j].name, "__", 2) != 0 && regexec(&regex, topics[j].name, 0, NULL, 0) == 0);
            for (size_t k = 0; k < *count && wanted; k++)
                wanted = strcmp(names[k], topics[j].name) != 0;
            if (!wanted)
                continue;
            names = mem_resize(names, *count + 1, sizeof *names);
            names[(*count)++] = topics[j].name;
        }
        if (pattern)
            regfree(&regex);
        if (pattern && *count == 0)
            die(STATUS_IO, "-t %s: no topic matches", options->topics[i]);
    }
    return names;
}

/* The range of one partition; what -o asks for must be there. */
static struct broker_range make_range(const struct options *options, const char *topic, size_t partition, const struct broker_ends *ends,
                                      int64_t from, int64_t until)
{
    struct broker_range range = {.topic = topic, .partition = (int32_t)partition, .from = from, .until = BROKER_NO_END};
    if (from < ends->low)
        die(STATUS_IO, "%s [%zu]: offset %lld is deleted, the first there is %lld", topic, partition, (long long)from, (long long)ends->low);
    if (from > ends->high)
        die(STATUS_IO, "%s [%zu]: offset %lld is beyond the end, which is %lld", topic, partition, (long long)from, (long long)ends->high);
    if (options->has_until)
        range.until = until;
    if (!options->follow && range.until > ends->stable)
        range.until = ends->stable;
    return range;
}

static void add_ranges(struct run *run, const char *topic)
{
    const struct options *options = run->options;
    const struct broker_topic *topics;
    struct broker_error error;
    size_t count;
    if (!broker_topics(run->broker, topic, &run->arena, &topics, &count, &error))
        give_up(&error);
    count = topics[0].partition_count;
    for (size_t i = count; i < options->partition_cap; i++)
        if (options->partitions[i])
            die(STATUS_USAGE, "-p %zu: topic %s has partitions 0 to %zu only", i, topic, count - 1);
    struct broker_ends *ends = arena_alloc(&run->arena, (count + 1) * sizeof *ends);
    int64_t *from = arena_alloc(&run->arena, (count + 1) * sizeof *from), *until = arena_alloc(&run->arena, (count + 1) * sizeof *until);
    if (!broker_offsets(run->broker, topic, ends, count, &error) ||
        !offsets_resolve(&options->from, run->broker, topic, ends, count, OFFSETS_EARLIEST, from, &error) ||
        (options->has_until && !offsets_resolve(&options->until, run->broker, topic, ends, count, OFFSETS_LATEST, until, &error)))
        give_up(&error);
    run->ranges = mem_resize(run->ranges, run->range_count + count, sizeof *run->ranges);
    for (size_t i = 0; i < count; i++) {
        if (options->partitions && (i >= options->partition_cap || !options->partitions[i]))
            continue;
        struct broker_range range = make_range(options, topic, i, &ends[i], from[i], until[i]);
        run->ranges[run->range_count++] = range;
        if (range.until != BROKER_NO_END && range.until > range.from)
            run->total += (uint64_t)(range.until - range.from);
    }
}

/* A message that its form cannot carry: what was written before stands, nothing of this batch is committed. */
static _Noreturn void refuse(struct run *run, const struct broker_message *message, const char *what)
{
    output_flush(run->output);
    die(STATUS_DATA, "%s [%d] offset %lld: %s", message->topic, (int)message->partition, (long long)message->offset, what);
}

static bool holds(const char *bytes, size_t len, const char *what, size_t what_len)
{
    return bytes && len > 0 && (what_len == 1 ? memchr(bytes, what[0], len) : memmem(bytes, len, what, what_len)) != NULL;
}

static void check_json(struct run *run, const struct broker_message *message)
{
    size_t at;
    const char *reason;
    char text[160];
    if (!message->value || json_check(message->value, message->value_len, &at, &reason))
        return;
    snprintf(text, sizeof text, "the value is not JSON: byte %zu: %s", at + 1, reason);
    refuse(run, message, text);
}

/* Key and value between delimiters: refused where a reader could not tell what they were. */
static void write_plain(struct run *run, struct broker_message *message)
{
    const struct options *options = run->options;
    if (options->compact && message->value) {
        check_json(run, message);
        run->line.len = 0;
        json_compact(message->value, message->value_len, &run->line);
        message->value = run->line.data;
        message->value_len = run->line.len;
    }
    if (!message->value && !options->null_text)
        refuse(run, message, "the value is null (a tombstone): use -J, or -Z NULL");
    if (holds(message->value, message->value_len, options->delimiter, options->delimiter_len))
        refuse(run, message, options->delimiter[0] == '\n' ? "the value holds a newline: use -J, -0, or --compact for JSON"
                                                           : "the value holds the delimiter: use -J");
    if (options->key_delimiter) {
        if (holds(message->key, message->key_len, options->key_delimiter, options->key_delimiter_len) ||
            holds(message->key, message->key_len, options->delimiter, options->delimiter_len))
            refuse(run, message, "the key holds a delimiter: use -J");
        if (message->key)
            output_write(run->output, message->key, message->key_len);
        else if (options->null_text)
            output_write(run->output, options->null_text, strlen(options->null_text));
        output_write(run->output, options->key_delimiter, options->key_delimiter_len);
    }
    if (message->value)
        output_write(run->output, message->value, message->value_len);
    else
        output_write(run->output, options->null_text, strlen(options->null_text));
    output_write(run->output, options->delimiter, options->delimiter_len);
}

static void write_message(struct run *run, struct broker_reader *reader, struct broker_message *message)
{
    const struct options *options = run->options;
    run->messages++;
    run->bytes += message->key_len + message->value_len;
    if (!options->json && !options->format) {
        write_plain(run, message);
    } else {
        const struct broker_header *headers = NULL;
        arena_reset(&run->arena);
        size_t count = options->json || format_wants_headers(options->format) ? broker_message_headers(reader, message, &run->arena, &headers) : 0;
        run->line.len = 0;
        if (options->json) {
            if (options->value_json)
                check_json(run, message);
            envelope_write(message, headers, count, options->value_json, &run->line);
            buffer_add(&run->line, options->delimiter, options->delimiter_len);
        } else {
            format_write(options->format, message, headers, count, options->null_text ? options->null_text : "", &run->line);
        }
        output_write(run->output, run->line.data, run->line.len);
    }
    if (options->flush)
        output_flush(run->output);
}

/* Everything handed out so far is with the reader of our output: said to the group. */
static void settle(struct run *run, struct broker_reader *reader)
{
    output_flush(run->output);
    if (!run->options->group)
        return;
    struct broker_error error;
    run->next_commit = clock_steady_ms() + COMMIT_EVERY_MS;
    if (!broker_reader_commit(reader, &error) && error.class != BROKER_RETRIABLE)
        give_up(&error);
}

static void read_all(struct run *run, struct broker_reader *reader)
{
    static struct broker_message messages[READ_MAX];
    const struct options *options = run->options;
    struct progress progress;
    progress_start(&progress, !options->quiet && !isatty(output_descriptor(run->output)));
    bool idle = false;
    while (!stop_signal && (!options->has_count || run->messages < options->count)) {
        size_t cap = options->has_count && options->count - run->messages < READ_MAX ? (size_t)(options->count - run->messages) : READ_MAX;
        struct broker_error error;
        size_t count;
        enum broker_read result = broker_read(reader, messages, cap, idle ? WAIT_MS : 0, &count, &error);
        if (result == BROKER_READ_DONE)
            break;
        if (result == BROKER_READ_FAILED) {
            settle(run, reader);
            progress_clear(&progress);
            give_up(&error);
        }
        for (size_t i = 0; i < count; i++)
            write_message(run, reader, &messages[i]);
        idle = result == BROKER_READ_IDLE;
        if (result != BROKER_READ_MESSAGES || (options->group && clock_steady_ms() >= run->next_commit))
            settle(run, reader);
        if (progress.wanted && run->messages > 0) /* bytes to come: as those that came */
            progress_show(&progress, run->bytes, (uint64_t)((double)run->bytes / (double)run->messages * (double)run->total), run->messages);
    }
    progress_clear(&progress);
    settle(run, reader);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse(argc, argv);
    struct problem problem = {0};
    struct run run = {.options = &options, .broker = connect_open(&options.connect, &problem)};
    check(run.broker != NULL, &problem);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}; /* the second one kills */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    size_t count;
    const char **topics = expand_topics(&run, &count);
    check(offsets_check_topics(&options.from, "-o", topics, count, &problem) &&
          offsets_check_topics(&options.until, "--until", topics, count, &problem), &problem);
    for (size_t i = 0; i < count; i++)
        add_ranges(&run, topics[i]);
    for (size_t i = 0; i < count; i++)
        topics[i] = mem_copy(topics[i], strlen(topics[i])); /* the arena is reset for each message */
    for (size_t i = 0; i < run.range_count; i++)
        for (size_t j = 0; j < count; j++)
            if (strcmp(topics[j], run.ranges[i].topic) == 0)
                run.ranges[i].topic = topics[j];
    const char *isolation = connect_value(&options.connect, "isolation.level");
    struct broker_reader_options reading = {.ranges = run.ranges,
                                            .range_count = run.range_count,
                                            .group = options.group,
                                            .read_uncommitted = isolation && strcmp(isolation, "read_uncommitted") == 0};
    struct broker_error error;
    struct broker_reader *reader = broker_reader_open(run.broker, &reading, &error);
    if (!reader)
        give_up(&error);
    run.output = output_open("-");
    read_all(&run, reader);
    output_close(run.output);
    broker_reader_close(reader);
    broker_close(run.broker);
    if (stop_signal)
        raise(stop_signal);
    return STATUS_OK;
}
