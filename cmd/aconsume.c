/* aconsume: Kafka messages to lines, from where one says to the end as it stood at the start. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/text.h"
#include "json/json.h"
#include "log/connect.h"
#include "log/envelope.h"
#include "log/format.h"
#include "log/handover.h"
#include "log/latest.h"
#include "log/names.h"
#include "log/ranges.h"

enum { OPT_UNTIL = OPTIONS_OWN, OPT_FOLLOW, OPT_VALUE_JSON, OPT_COMPACT, OPT_LATEST, OPT_LEAVE };

static const struct option_row own_rows[] = {
    {'t', NULL, "TOPIC", .help = "what to read; several times, or ^REGEX", .heading = "what", .repeats = true},
    {'p', NULL, "N[,N...]", .help = "only these partitions", .excludes = "g"},
    {'o', NULL, "WHERE", .help = "from earliest (default), latest, N, -N (before the end), @TIME, @FILE or JSON",
     .words = "earliest latest @-10m"},
    {OPT_UNTIL, "until", "WHERE", .help = "stop there (default: the end as it is at the start)",
     .words = "earliest latest @-10m"},
    {OPT_FOLLOW, "follow", .help = "go on when the end is reached", .excludes = "e latest"},
    {OPT_LATEST, "latest", .help = "as a table: of each key the last message only, none if that is a tombstone",
     .excludes = "follow g c"},
    {'e', NULL, .help = "end at the end, as in kcat: the default, accepted", .excludes = "follow"},
    {'C', NULL, .help = "read, as in kcat: what aconsume does anyway, accepted"},
    {'c', NULL, "N", .help = "at most N messages"},
    {'g', NULL, "GROUP", .help = "share the partitions with the group's other members, commit what is written",
     .excludes = "p"},
    {OPT_LEAVE, "leave-commit", .help = "with -g, -J: who reads commits (aagg --partial --every, aproduce --commit)",
     .excludes = "c"},
    {'J', NULL, .help = "one JSON object a message: key, value, topic, partition, offset, timestamp, ...",
     .heading = "how",
     .excludes = "f K"},
    {OPT_VALUE_JSON, "value-json", .help = "with -J: the value is JSON and stands as such"},
    {OPT_COMPACT, "compact", .help = "the values are JSON: written on one line"},
    {'f', NULL, "FORMAT", .help = "kcat's: %s value %k key %t topic %p partition %o offset %T time %h headers ...",
     .excludes = "J K"},
    {'K', NULL, "DELIM", .help = "the key and DELIM before each value", .excludes = "J f"},
    {'D', NULL, "DELIM", .help = "DELIM after each message instead of a newline", .excludes = "0"},
    {'0', NULL, .help = "NUL after each message instead of a newline", .excludes = "D"},
    {'Z', NULL, "[TEXT]", .help = "write TEXT (NULL) for a value or key that is null"},
    {'u', NULL, .help = "flush each message"},
    {'z', "compress", "FORM[:LEVEL]", .help = "compress what goes out", .alternatives = shrink_names},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aconsume -t TOPIC [-b BROKERS] [options]\n"
             "Kafka messages to lines, up to the end as it is at the start.\n",
    .parts = {own_rows, connect_rows, options_common},
    .operands = (const struct option_operand[]){{0}},
};

struct options {
    struct connect connect;
    struct partitions partitions; /* -p */
    struct offsets from, until;
    bool has_until, follow, ends, latest, has_count, json, value_json, compact, flush, leave;
    uint64_t count;
    const char *group, *null_text, *key_delimiter, *delimiter;
    size_t key_delimiter_len, delimiter_len;
    struct shrink_options shrink;
    struct format *format;
};

/* A run: what is read, where it goes. */
struct run {
    const struct options *options;
    struct broker *broker;
    struct ranges ranges;
    struct output *output;
    struct buffer line;
    struct latest latest; /* --latest: a message goes there and not to the output */
    bool keeping;
    struct arena arena;
    struct handover handover; /* --leave-commit */
    uint64_t messages, bytes;
    int64_t next_commit;
};

enum { READ_MAX = 2048, WAIT_MS = 200, COMMIT_EVERY_MS = 1000 };

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

/* However a run ends, its group does not wait for a member that is gone. */
static struct broker_reader *reader_at_work;

static void leave(void)
{
    broker_reader_close(reader_at_work);
    reader_at_work = NULL;
}

static _Noreturn void give_up(const struct broker_error *error)
{
    diag_die(connect_status(error->class), "%s", error->text);
}

static void check_options(const struct options *options)
{
    if (options->connect.topic_count == 0)
        diag_die_usage("expected a topic: -t TOPIC");
    if (options->json + (options->format != NULL) + (options->key_delimiter != NULL) > 1)
        diag_die_usage("-J, -f and -K exclude each other");
    if (options->value_json && !options->json)
        diag_die_usage("--value-json goes with -J");
    if (options->compact && (options->json || options->format))
        diag_die_usage("--compact is for plain values, without -J and -f");
    if (options->group && options->partitions.wanted)
        diag_die_usage("-g and -p exclude each other: the group shares out the partitions");
    if (options->group && *options->group == '\0')
        diag_die_usage("-g: the name of the group must not be empty");
    if (options->latest && (options->follow || options->group || options->has_count))
        diag_die_usage("--latest reads a topic to its end: --follow, -g and -c do not go with it");
    if (options->leave && (!options->group || !options->json || options->has_count))
        diag_die_usage("--leave-commit goes with -g and -J, without -c");
    struct problem problem = {0};
    problem_check(!options->leave || handover_fits(&options->connect, &problem), &problem);
    if (options->ends && options->follow)
        diag_die_usage("-e and --follow exclude each other");
    if (options->delimiter_len == 0)
        diag_die_usage("-D: the delimiter must not be empty");
    if (options->key_delimiter && options->key_delimiter_len == 0)
        diag_die_usage("-K: the delimiter must not be empty");
}

/* How messages are written. */
static bool take_form(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    const char *argument = parser->argument;
    switch (option) {
    case 'J': return options->json = true;
    case 'f': return (options->format = format_compile("-f", argument, problem)) != NULL;
    case 'K':
        options->key_delimiter = format_bytes("-K", argument, &options->key_delimiter_len, problem);
        return options->key_delimiter != NULL;
    case 'D':
        options->delimiter = format_bytes("-D", argument, &options->delimiter_len, problem);
        return options->delimiter != NULL;
    case '0':
        options->delimiter = "";
        options->delimiter_len = 1;
        return true;
    case 'Z': /* a text may follow, as nothing else stands alone here */
        options->null_text = options_word(parser, "NULL");
        return true;
    case 'u': return options->flush = true;
    case 'z': return shrink_parse("-z", argument, &options->shrink, problem);
    case OPT_VALUE_JSON: return options->value_json = true;
    case OPT_COMPACT: return options->compact = true;
    default: return connect_option(&options->connect, option, argument, problem);
    }
}

static bool take_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    const char *argument = parser->argument;
    switch (option) {
    case 't':
        connect_topic(&options->connect, argument);
        return true;
    case 'p': return partitions_parse(&options->partitions, "-p", argument, problem);
    case 'o': return offsets_parse("-o", argument, &options->from, problem);
    case 'c':
        return options->has_count = options_number("-c", argument, 0, UINT64_MAX, &options->count, problem);
    case 'g': return (options->group = argument) != NULL;
    case 'C': return true; /* kcat's, for what is done anyway */
    case 'e': return options->ends = true;
    case OPT_UNTIL:
        return options->has_until = offsets_parse("--until", argument, &options->until, problem);
    case OPT_FOLLOW: return options->follow = true;
    case OPT_LATEST: return options->latest = true;
    case OPT_LEAVE: return options->leave = true;
    default: return take_form(options, option, parser, problem);
    }
}

static struct options parse(int argc, char **argv)
{
    struct options options = {.from = {.kind = OFFSETS_EARLIEST}, .delimiter = "\n", .delimiter_len = 1};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    size_t count;
    char **operands = options_operands(&parser, &count);
    if (count > 0)
        diag_die_usage("%s: not expected here; a topic is given with -t", operands[0]);
    check_options(&options);
    return options;
}

/* A message that its form cannot carry: what was written before stands, nothing of this batch is committed. */
static _Noreturn void refuse(struct run *run, const struct broker_message *message, const char *what)
{
    output_flush(run->output);
    diag_die(STATUS_DATA, "%s [%d] offset %lld: %s", message->topic, (int)message->partition,
             (long long)message->offset, what);
}

/* Bytes of a message: to the output, or kept for --latest. */
static void put(struct run *run, const char *bytes, size_t len)
{
    if (run->keeping)
        buffer_add(&run->latest.made, bytes, len);
    else
        output_write(run->output, bytes, len);
}

static void check_json(struct run *run, const struct broker_message *message)
{
    char text[160];
    if (!envelope_json(message, text, sizeof text))
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
    if (text_holds(message->value, message->value_len, options->delimiter, options->delimiter_len))
        refuse(run, message,
               options->delimiter[0] == '\n' ? "the value holds a newline: use -J, -0, or --compact for JSON"
                                             : "the value holds the delimiter: use -J");
    if (options->key_delimiter) {
        if (text_holds(message->key, message->key_len, options->key_delimiter, options->key_delimiter_len) ||
            text_holds(message->key, message->key_len, options->delimiter, options->delimiter_len))
            refuse(run, message, "the key holds a delimiter: use -J");
        if (message->key)
            put(run, message->key, message->key_len);
        else if (options->null_text)
            put(run, options->null_text, strlen(options->null_text));
        put(run, options->key_delimiter, options->key_delimiter_len);
    }
    if (message->value)
        put(run, message->value, message->value_len);
    else
        put(run, options->null_text, strlen(options->null_text));
    put(run, options->delimiter, options->delimiter_len);
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
        size_t count = options->json || format_wants_headers(options->format)
                           ? broker_message_headers(reader, message, &run->arena, &headers)
                           : 0;
        run->line.len = 0;
        if (options->json) {
            if (options->value_json)
                check_json(run, message);
            envelope_write(message, headers, count, options->value_json, &run->line);
            buffer_add(&run->line, options->delimiter, options->delimiter_len);
        } else {
            format_write(options->format, message, headers, count, options->null_text ? options->null_text : "",
                         &run->line);
        }
        put(run, run->line.data, run->line.len);
    }
    if (options->flush && !run->keeping)
        output_flush(run->output);
}

/* --latest: the message as it would be written takes the place of the one with its key. */
static void keep_latest(struct run *run, struct broker_reader *reader, struct broker_message *message)
{
    struct broker_message as_read = *message;
    if (!message->key)
        refuse(run, message, "there is no key, of which --latest gives the last message");
    run->latest.made.len = 0;
    run->keeping = true;
    if (message->value)
        write_message(run, reader, message);
    run->keeping = false;
    latest_put(&run->latest, as_read.key, as_read.key_len, as_read.value ? run->latest.made.data : NULL,
               run->latest.made.len);
}

/* Everything handed out so far is with the reader of our output: said to the group. --leave-commit: `all` of it is to
 * be committed by that reader. */
static void settle(struct run *run, struct broker_reader *reader, bool all)
{
    output_flush(run->output);
    struct broker_error error;
    bool leave = run->options->leave;
    if (!run->options->group || (leave && (!all || handover_settle(&run->handover, reader, run->output, &error))))
        return;
    run->next_commit = clock_steady_ms() + COMMIT_EVERY_MS;
    if (leave || (!broker_reader_commit(reader, &error) && error.class != BROKER_RETRIABLE))
        give_up(&error);
}

/* Whether more is wanted than was read. */
static bool goes_on(const struct run *run)
{
    return !stop_signal && (!run->options->has_count || run->messages < run->options->count);
}

static void read_all(struct run *run, struct broker_reader *reader)
{
    static struct broker_message messages[READ_MAX];
    const struct options *options = run->options;
    struct progress progress;
    progress_start(&progress, !options->connect.quiet && !isatty(output_descriptor(run->output)));
    bool idle = false, ends = !options->follow || options->has_until; /* when the group has committed all */
    while (goes_on(run)) {
        size_t cap = options->has_count && options->count - run->messages < READ_MAX
                         ? (size_t)(options->count - run->messages)
                         : READ_MAX;
        struct broker_error error;
        size_t count;
        enum broker_read result = broker_read(reader, messages, cap, idle ? WAIT_MS : 0, &count, &error);
        if (result == BROKER_READ_DONE)
            break;
        if (result == BROKER_READ_FAILED) {
            settle(run, reader, false);
            progress_clear(&progress);
            give_up(&error);
        }
        if (options->leave && handover_member(&run->handover, reader))
            output_write(run->output, run->handover.line.data, run->handover.line.len);
        for (size_t i = 0; i < count; i++)
            (options->latest ? keep_latest : write_message)(run, reader, &messages[i]);
        idle = result == BROKER_READ_IDLE;
        if (idle)
            output_look(run->output);
        if (result != BROKER_READ_MESSAGES || (options->group && clock_steady_ms() >= run->next_commit))
            settle(run, reader, result == BROKER_READ_REVOKING || (idle && ends));
        if (progress.wanted && run->messages > 0) /* bytes to come: as those that came */
            progress_show(&progress, run->bytes,
                          (uint64_t)((double)run->bytes / (double)run->messages * (double)run->ranges.total),
                          run->messages);
    }
    progress_clear(&progress);
    settle(run, reader, true);
}

static void read_ranges(struct run *run)
{
    const struct options *options = run->options;
    const char *isolation = connect_value(&options->connect, "isolation.level");
    struct broker_reader_options reading = {.ranges = run->ranges.list,
                                            .range_count = run->ranges.count,
                                            .group = options->group,
                                            .read_uncommitted =
                                                isolation && strcmp(isolation, "read_uncommitted") == 0};
    struct broker_error error;
    reader_at_work = broker_reader_open(run->broker, &reading, &error);
    if (!reader_at_work)
        give_up(&error);
    read_all(run, reader_at_work);
}

/* What is alive, and then what was not; --latest tells of all together. */
static void read_topics(struct run *run, const char *const *topics, size_t count)
{
    const struct options *options = run->options;
    const struct ranges_options ranges = {.from = &options->from, .until = options->has_until ? &options->until : NULL,
                                          .partitions = &options->partitions, .follow = options->follow,
                                          .shared = options->group != NULL};
    struct broker_error error;
    for (size_t i = 0; topics && i < count; i++)
        if (!ranges_add(&run->ranges, run->broker, topics[i], &ranges, &error))
            give_up(&error);
    if (run->ranges.count > 0 || run->ranges.late_count == 0)
        read_ranges(run);
    if (run->ranges.late_count > 0 && goes_on(run)) {
        leave();
        if (!ranges_take_late(&run->ranges, run->broker, &ranges, &error))
            give_up(&error);
        read_ranges(run);
    }
    size_t at = 0, len;
    for (const char *bytes; !stop_signal && latest_next(&run->latest, &at, &bytes, &len);)
        put(run, bytes, len);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    static struct options options; /* what these point to is in use until the end, wherever that is */
    static struct run run;
    static const char **topics;
    options = parse(argc, argv);
    struct problem problem = {0};
    run = (struct run){.options = &options, .broker = connect_open(&options.connect, &problem)};
    problem_check(run.broker != NULL, &problem);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}; /* the second one kills */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    size_t count;
    topics = names_expand(run.broker, options.connect.topics, options.connect.topic_count, &count, &problem);
    problem_check(topics && offsets_check_topics(&options.from, "-o", topics, count, &problem) &&
          offsets_check_topics(&options.until, "--until", topics, count, &problem), &problem);
    if (atexit(leave) != 0)
        diag_die(STATUS_IO, "nothing can be done at the end: no memory");
    run.output = output_standard(&options.shrink);
    read_topics(&run, topics, count);
    output_close(run.output);
    leave();
    ranges_free(&run.ranges);
    broker_close(run.broker);
    if (stop_signal)
        raise(stop_signal);
    return STATUS_OK;
}
