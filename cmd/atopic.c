/* atopic: topics, their offsets and consumer groups, asked for and changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/output.h"
#include "load/ledger.h"
#include "log/connect.h"
#include "log/lag.h"
#include "log/listing.h"
#include "log/offsets.h"

enum { OPT_PARTITIONS = OPTIONS_OWN, OPT_REPLICATION, OPT_CONFIG, OPT_DELETE_CONFIG, OPT_IF_NOT_EXISTS, OPT_IF_EXISTS,
       OPT_FORGET, OPT_ONCE_TOPIC };
enum { PARTITIONS_MAX = 1000000, REPLICATION_MAX = 32767 };

static const struct option_row own_rows[] = {
    {'J', NULL, .help = "one JSON object a line"},
    {'o', NULL, "WHERE", .help = "earliest, latest, N, -N (before the end), @TIME (ISO 8601, epoch ms, -10m) or JSON",
     .words = "earliest latest @-10m"},
    {'t', NULL, "TOPIC", .help = "the topics to reset (default: all that the group has committed)", .repeats = true},
    {OPT_PARTITIONS, "partitions", "N", .help = "how many partitions"},
    {OPT_REPLICATION, "replication-factor", "N", .help = "how many copies of each"},
    {OPT_CONFIG, "config", "NAME=VALUE", .help = "sets a property of the topic",
     .words = "max.message.bytes= cleanup.policy= retention.ms= segment.bytes= compression.type=", .repeats = true},
    {OPT_DELETE_CONFIG, "delete-config", "NAME", .help = "sets a property back to the default", .repeats = true},
    {OPT_IF_NOT_EXISTS, "if-not-exists", .help = "create: no error if the topic is there"},
    {OPT_IF_EXISTS, "if-exists", .help = "delete: no error if the topic is not there"},
    {OPT_FORGET, "forget", .help = "once: take these names out of the ledger"},
    {OPT_ONCE_TOPIC, "once-topic", "T", .help = "once: the ledger (atools.once)"},
    {0},
};

#define VERBS "create describe list alter delete offsets groups lag reset once check repair"

static const struct option_table table = {
    .usage = "usage: atopic create [--partitions N] [--replication-factor N]\n"
             "              [--config NAME=VALUE]... [--if-not-exists] TOPIC...\n"
             "       atopic describe [-J] [TOPIC...]\n"
             "       atopic list [-J]\n"
             "       atopic alter [--partitions N] [--config NAME=VALUE]...\n"
             "              [--delete-config NAME]... TOPIC\n"
             "       atopic delete [--if-exists] TOPIC...\n"
             "       atopic offsets [-o WHERE] [-J] [TOPIC...]\n"
             "       atopic groups [-J] [GROUP...]\n"
             "       atopic lag [-J] GROUP\n"
             "       atopic reset -o WHERE [-t TOPIC]... [-J] GROUP\n"
             "       atopic once [--once-topic T] [-J | --forget] [NAME...]\n"
             "       atopic check [-J] -b file:DIR [TOPIC...]\n"
             "       atopic repair [-J] -b file:DIR [TOPIC...]\n"
             "\n",
    .parts = {own_rows, connect_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "verb", .words = VERBS},
                                                {.name = "name", .words = "TOPIC", .repeats = true},
                                                {0}},
};

struct options {
    struct connect connect;
    const char *verb;
    char *const *names;
    size_t name_count;
    uint64_t partitions, replication; /* fit into 32 bits */
    struct broker_property *configs;
    size_t config_count;
    const char *ledger;
    bool if_not_exists, if_exists, json, has_offsets, forget;
    struct offsets offsets;
};

/* A run: the broker, where answers go, and the memory they live in. */
struct run {
    const struct options *options;
    struct broker *broker;
    struct output *output;
    struct buffer line;
    struct arena arena;
    struct broker_error error;
    bool damaged; /* check: something was found */
};

static _Noreturn void give_up(const struct run *run)
{
    diag_die(connect_status(run->error.class), "%s", run->error.text);
}

static void add_config(struct options *options, struct broker_property config)
{
    options->configs = mem_resize(options->configs, options->config_count + 1, sizeof *options->configs);
    options->configs[options->config_count++] = config;
}

static bool take_option(struct options *options, int option, const struct options_parser *parser,
                        struct problem *problem)
{
    const char *argument = parser->argument;
    struct broker_property pair;
    switch (option) {
    case 'J': return options->json = true;
    case 'o':
        return options->has_offsets = offsets_parse("-o", argument, &options->offsets, problem);
    case 't':
        connect_topic(&options->connect, argument);
        return true;
    case OPT_PARTITIONS:
        return options_number("--partitions", argument, 1, PARTITIONS_MAX, &options->partitions, problem);
    case OPT_REPLICATION:
        return options_number("--replication-factor", argument, 1, REPLICATION_MAX, &options->replication, problem);
    case OPT_CONFIG:
        if (!connect_pair("--config", argument, &pair, problem))
            return false;
        add_config(options, pair);
        return true;
    case OPT_DELETE_CONFIG:
        add_config(options, (struct broker_property){argument, NULL});
        return true;
    case OPT_IF_NOT_EXISTS: return options->if_not_exists = true;
    case OPT_IF_EXISTS: return options->if_exists = true;
    case OPT_FORGET: return options->forget = true;
    case OPT_ONCE_TOPIC: return (options->ledger = argument) != NULL;
    default: return connect_option(&options->connect, option, argument, problem);
    }
}

static struct options parse(int argc, char **argv)
{
    struct options options = {.ledger = LEDGER_TOPIC};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    size_t count;
    char **operands = options_operands(&parser, &count);
    if (count == 0)
        diag_die_usage("expected a verb, one of " VERBS);
    options.verb = operands[0];
    options.names = operands + 1;
    options.name_count = count - 1;
    return options;
}

static void print(struct run *run)
{
    output_write(run->output, run->line.data, run->line.len);
    run->line.len = 0;
}

static void print_header(struct run *run, const char *names)
{
    if (!run->options->json) {
        buffer_add_text(&run->line, names);
        buffer_add_char(&run->line, '\n');
        print(run);
    }
}

static void check(bool good, const struct run *run)
{
    if (!good)
        give_up(run);
}

static void create(struct run *run)
{
    const struct options *options = run->options;
    for (size_t i = 0; i < options->name_count; i++) {
        const char *topic = options->names[i];
        if (broker_create(run->broker, topic, (int32_t)options->partitions, (int32_t)options->replication,
                          options->configs, options->config_count, &run->error))
            diag_notice("topic %s: created", topic);
        else if (run->error.class == BROKER_EXISTS && options->if_not_exists)
            diag_notice("topic %s: already there", topic);
        else
            give_up(run);
    }
}

static void alter(struct run *run)
{
    const struct options *options = run->options;
    if (options->partitions == 0 && options->config_count == 0)
        diag_die_usage("alter: expected --partitions, --config or --delete-config");
    for (size_t i = 0; i < options->name_count; i++) {
        check(broker_alter(run->broker, options->names[i], (int32_t)options->partitions, options->configs,
                           options->config_count, &run->error), run);
        diag_notice("topic %s: altered", options->names[i]);
    }
}

static void delete(struct run *run)
{
    const struct options *options = run->options;
    for (size_t i = 0; i < options->name_count; i++) {
        if (broker_delete(run->broker, options->names[i], &run->error))
            diag_notice("topic %s: deleted", options->names[i]);
        else if (run->error.class == BROKER_UNKNOWN && options->if_exists)
            diag_notice("topic %s: not there", options->names[i]);
        else
            give_up(run);
    }
}

static void list(struct run *run)
{
    const struct broker_topic *topics;
    size_t count;
    check(broker_topics(run->broker, NULL, &run->arena, &topics, &count, &run->error), run);
    for (size_t i = 0; i < count; i++) {
        listing_name(&topics[i], run->options->json, &run->line);
        print(run);
    }
}

/* Calls `each` for the topics named, or for all. */
static void for_topics(struct run *run, void (*each)(struct run *, const struct broker_topic *))
{
    const struct broker_topic *topics;
    size_t count;
    if (run->options->name_count == 0) {
        check(broker_topics(run->broker, NULL, &run->arena, &topics, &count, &run->error), run);
        for (size_t i = 0; i < count; i++)
            each(run, &topics[i]);
    }
    for (size_t i = 0; i < run->options->name_count; i++) {
        check(broker_topics(run->broker, run->options->names[i], &run->arena, &topics, &count, &run->error), run);
        each(run, &topics[0]);
    }
}

static void describe_one(struct run *run, const struct broker_topic *topic)
{
    const struct broker_config *configs;
    size_t count;
    check(broker_configs(run->broker, topic->name, &run->arena, &configs, &count, &run->error), run);
    if (run->options->json)
        listing_topic_json(topic, configs, count, &run->line);
    else
        listing_topic(topic, configs, count, &run->line);
    print(run);
}

static void describe(struct run *run)
{
    for_topics(run, describe_one);
}

/* topic, partition, low, stable, high; or with -o topic, partition, offset. */
static void offsets_one(struct run *run, const struct broker_topic *topic)
{
    size_t count = topic->partition_count;
    struct broker_ends *ends = arena_alloc(&run->arena, (count + 1) * sizeof *ends);
    int64_t *at = arena_alloc(&run->arena, (count + 1) * sizeof *at);
    bool asked = run->options->has_offsets;
    check(broker_offsets(run->broker, topic->name, NULL, NULL, ends, count, &run->error), run);
    if (asked)
        check(offsets_resolve(&run->options->offsets, run->broker, topic->name, NULL, ends, count, OFFSETS_EARLIEST,
                              at, &run->error), run);
    for (size_t i = 0; i < count; i++) {
        if (asked)
            listing_offset(topic->name, i, at[i], run->options->json, &run->line);
        else
            listing_ends(topic->name, i, &ends[i], run->options->json, &run->line);
        print(run);
    }
}

static void offsets(struct run *run)
{
    print_header(run, run->options->has_offsets ? "topic\tpartition\toffset" : "topic\tpartition\tlow\tstable\thigh");
    for_topics(run, offsets_one);
}

static void groups(struct run *run)
{
    const struct broker_group *list_of_groups;
    size_t count, names = run->options->name_count;
    print_header(run, "group\tstate\tmembers");
    for (size_t i = 0; i < (names ? names : 1); i++) {
        check(broker_groups(run->broker, names ? run->options->names[i] : NULL, &run->arena, &list_of_groups, &count,
                            &run->error), run);
        for (size_t j = 0; j < count; j++) {
            if (run->options->json)
                listing_group_json(&list_of_groups[j], &run->line);
            else
                listing_group(&list_of_groups[j], &run->line);
            print(run);
        }
    }
}

static void lag(struct run *run)
{
    const char *group = run->options->names[0];
    const struct lag *lags;
    size_t count;
    check(lag_of(run->broker, group, &run->arena, &lags, &count, &run->error), run);
    print_header(run, "group\ttopic\tpartition\tcommitted\tend\tlag\thigh");
    for (size_t i = 0; i < count; i++) {
        listing_lag(group, &lags[i], run->options->json, &run->line);
        print(run);
    }
}

static void reset(struct run *run)
{
    const struct options *options = run->options;
    const char *group = options->names[0];
    const char *const *topics = options->connect.topics;
    size_t topic_count = options->connect.topic_count;
    if (!options->has_offsets)
        diag_die_usage("reset: expected -o WHERE");
    if (topic_count == 0)
        check(lag_topics(run->broker, group, &options->offsets, &run->arena, &topics, &topic_count, &run->error), run);
    print_header(run, "group\ttopic\tpartition\tcommitted");
    for (size_t t = 0; t < topic_count; t++) {
        const struct broker_position *positions;
        size_t count;
        check(lag_reset(run->broker, group, topics[t], &options->offsets, &run->arena, &positions, &count,
                        &run->error), run);
        for (size_t i = 0; i < count; i++) {
            listing_position(group, &positions[i], options->json, &run->line);
            print(run);
        }
    }
}

/* What loads with --once have written down. */
static void once(struct run *run)
{
    const struct options *options = run->options;
    const struct ledger_name *loads;
    size_t count, names = options->name_count;
    if (options->forget && names == 0)
        diag_die_usage("once --forget: expected a NAME");
    check(ledger_list(run->broker, options->ledger, &run->arena, &loads, &count, &run->error), run);
    if (!options->forget)
        print_header(run, "name\ttopic\trecords");
    for (size_t i = 0; i < (names ? names : count); i++) {
        const struct ledger_name *load = names ? ledger_find(loads, count, options->names[i]) : &loads[i];
        if (!load)
            diag_die(STATUS_IO, "once %s: %s holds no such name", options->names[i], options->ledger);
        if (options->forget) {
            check(ledger_forget(run->broker, options->ledger, load->name, &run->error), run);
            diag_notice("once %s: forgotten; it had loaded %llu records into topic %s", load->name,
                        (unsigned long long)load->entry.records, load->entry.topic);
        } else {
            listing_load(load->name, load->entry.topic, load->entry.records, options->json, &run->line);
            print(run);
        }
    }
}

static void show_finding(void *context, const struct broker_finding *finding)
{
    struct run *run = context;
    run->damaged = run->damaged || !finding->unfinished;
    listing_finding(finding, run->options->json, &run->line);
    print(run);
}

static void find_damage(struct run *run,
                        bool (*find)(struct broker *, const char *, broker_found *, void *, struct broker_error *))
{
    size_t names = run->options->name_count;
    print_header(run, "topic\tpartition\tfirst\tlast\tdamage");
    for (size_t i = 0; i < (names ? names : 1); i++)
        check(find(run->broker, names ? run->options->names[i] : NULL, show_finding, run, &run->error), run);
}

static void check_log(struct run *run)
{
    find_damage(run, broker_check);
}

static void repair_log(struct run *run)
{
    find_damage(run, broker_repair);
    run->damaged = false;
}

/* The verbs, with how many names each takes and what they are. */
struct verb {
    const char *name;
    void (*run)(struct run *run);
    size_t min, max;
    const char *names;
};

static const struct verb *find_verb(const struct options *options)
{
    static const struct verb verbs[] = {
        {"create", create, 1, SIZE_MAX, "TOPIC"},
        {"describe", describe, 0, SIZE_MAX, "TOPIC"},
        {"list", list, 0, 0, "TOPIC"},
        {"alter", alter, 1, 1, "TOPIC"},
        {"delete", delete, 1, SIZE_MAX, "TOPIC"},
        {"offsets", offsets, 0, SIZE_MAX, "TOPIC"},
        {"groups", groups, 0, SIZE_MAX, "GROUP"},
        {"lag", lag, 1, 1, "GROUP"},
        {"reset", reset, 1, 1, "GROUP"},
        {"once", once, 0, SIZE_MAX, "NAME"},
        {"check", check_log, 0, SIZE_MAX, "TOPIC"},
        {"repair", repair_log, 0, SIZE_MAX, "TOPIC"},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const struct verb *verb = &verbs[i];
        if (strcmp(options->verb, verb->name) != 0)
            continue;
        if (options->name_count < verb->min)
            diag_die_usage("%s: expected a %s", verb->name, verb->names);
        if (options->name_count > verb->max)
            diag_die_usage("%s: %s is one %s too many", verb->name, options->names[verb->max], verb->names);
        for (size_t j = 0; j < options->name_count; j++)
            if (*options->names[j] == '\0')
                diag_die_usage("%s: the name of a %s must not be empty", verb->name, verb->names);
        return verb;
    }
    diag_die_usage("%s: expected a verb, one of " VERBS, options->verb);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    static struct options options; /* what these point to is in use until the end, wherever that is */
    options = parse(argc, argv);
    const struct verb *verb = find_verb(&options);
    struct problem problem = {0};
    static struct run run;
    run = (struct run){.options = &options, .broker = connect_open(&options.connect, &problem)};
    problem_check(run.broker != NULL, &problem);
    run.output = output_open("-");
    verb->run(&run);
    output_close(run.output);
    broker_close(run.broker);
    return run.damaged ? STATUS_DATA : STATUS_OK;
}
