/* atopic: topics, their offsets and consumer groups, asked for and changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/output.h"
#include "json/json.h"
#include "log/connect.h"
#include "log/listing.h"
#include "log/offsets.h"

enum { OPT_PARTITIONS = OPTIONS_OWN, OPT_REPLICATION, OPT_CONFIG, OPT_DELETE_CONFIG, OPT_IF_NOT_EXISTS, OPT_IF_EXISTS };
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
    {0},
};

#define VERBS "create describe list alter delete offsets groups lag reset"

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
             "\n",
    .parts = {own_rows, connect_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "verb", .words = VERBS}, {.name = "name", .words = "TOPIC", .repeats = true}, {0}},
};

struct options {
    struct connect connect;
    const char *verb;
    char *const *names;
    size_t name_count;
    uint64_t partitions, replication; /* fit into 32 bits */
    struct broker_property *configs;
    size_t config_count;
    bool if_not_exists, if_exists, json, has_offsets;
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

static bool take_option(struct options *options, int option, const struct options_parser *parser, struct problem *problem)
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
    default: return connect_option(&options->connect, option, argument, problem);
    }
}

static struct options parse(int argc, char **argv)
{
    struct options options = {0};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    size_t count;
    char **operands = options_operands(&parser, &count);
    if (count == 0)
        diag_die_usage("expected a verb: create, describe, list, alter, delete, offsets, groups, lag, reset");
    options.verb = operands[0];
    options.names = operands + 1;
    options.name_count = count - 1;
    return options;
}

static void print_line(struct run *run)
{
    buffer_add_char(&run->line, '\n');
    output_write(run->output, run->line.data, run->line.len);
    run->line.len = 0;
}

/* "name":"text" with what stands before it. */
static void add_text(struct run *run, const char *before, const char *text)
{
    buffer_add_text(&run->line, before);
    json_encode(text, strlen(text), &run->line);
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
        if (broker_create(run->broker, topic, (int32_t)options->partitions, (int32_t)options->replication, options->configs,
                          options->config_count, &run->error))
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
        check(broker_alter(run->broker, options->names[i], (int32_t)options->partitions, options->configs, options->config_count,
                           &run->error), run);
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
        if (run->options->json) {
            add_text(run, "{\"topic\":", topics[i].name);
            buffer_add_format(&run->line, ",\"partitions\":%zu}", topics[i].partition_count);
        } else {
            buffer_add_text(&run->line, topics[i].name);
        }
        print_line(run);
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
    output_write(run->output, run->line.data, run->line.len);
    run->line.len = 0;
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
    bool asked = run->options->has_offsets, json = run->options->json;
    check(broker_offsets(run->broker, topic->name, ends, count, &run->error), run);
    if (asked)
        check(offsets_resolve(&run->options->offsets, run->broker, topic->name, ends, count, OFFSETS_EARLIEST, at, &run->error), run);
    for (size_t i = 0; i < count; i++) {
        if (json) {
            add_text(run, "{\"topic\":", topic->name);
            buffer_add_format(&run->line, ",\"partition\":%zu", i);
        } else {
            buffer_add_format(&run->line, "%s\t%zu", topic->name, i);
        }
        if (asked)
            buffer_add_format(&run->line, json ? ",\"offset\":%lld}" : "\t%lld", (long long)at[i]);
        else
            buffer_add_format(&run->line, json ? ",\"low\":%lld,\"stable\":%lld,\"high\":%lld}" : "\t%lld\t%lld\t%lld", (long long)ends[i].low,
                              (long long)ends[i].stable, (long long)ends[i].high);
        print_line(run);
    }
}

static void offsets(struct run *run)
{
    if (!run->options->json) {
        buffer_add_text(&run->line, run->options->has_offsets ? "topic\tpartition\toffset" : "topic\tpartition\tlow\tstable\thigh");
        print_line(run);
    }
    for_topics(run, offsets_one);
}

static void groups(struct run *run)
{
    const struct broker_group *list_of_groups;
    size_t count, names = run->options->name_count;
    if (!run->options->json) {
        buffer_add_text(&run->line, "group\tstate\tmembers");
        print_line(run);
    }
    for (size_t i = 0; i < (names ? names : 1); i++) {
        check(broker_groups(run->broker, names ? run->options->names[i] : NULL, &run->arena, &list_of_groups, &count, &run->error), run);
        for (size_t j = 0; j < count; j++) {
            if (run->options->json)
                listing_group_json(&list_of_groups[j], &run->line);
            else
                listing_group(&list_of_groups[j], &run->line);
            output_write(run->output, run->line.data, run->line.len);
            run->line.len = 0;
        }
    }
}

/* The ends of a topic's partitions, and how many there are. */
static size_t ends_of(struct run *run, const char *topic, struct broker_ends **ends)
{
    const struct broker_topic *topics;
    size_t count;
    check(broker_topics(run->broker, topic, &run->arena, &topics, &count, &run->error), run);
    count = topics[0].partition_count;
    *ends = arena_alloc(&run->arena, (count + 1) * sizeof **ends);
    check(broker_offsets(run->broker, topic, *ends, count, &run->error), run);
    return count;
}

/* What the group has committed; ends with status 3 if that is nothing. */
static const struct broker_position *committed_by(struct run *run, const char *group, size_t *count)
{
    const struct broker_position *positions;
    check(broker_committed(run->broker, group, &run->arena, &positions, count, &run->error), run);
    if (*count == 0)
        diag_die(STATUS_IO, "group %s: it has committed nothing", group);
    return positions;
}

static void lag(struct run *run)
{
    const char *group = run->options->names[0];
    size_t count, partitions = 0;
    const struct broker_position *positions = committed_by(run, group, &count);
    struct broker_ends *ends = NULL;
    bool json = run->options->json;
    if (!json) {
        buffer_add_text(&run->line, "group\ttopic\tpartition\tcommitted\tend\tlag");
        print_line(run);
    }
    for (size_t i = 0; i < count; i++) {
        const struct broker_position *position = &positions[i];
        if (i == 0 || strcmp(position->topic, positions[i - 1].topic) != 0)
            partitions = ends_of(run, position->topic, &ends);
        int64_t end = (size_t)position->partition < partitions ? ends[position->partition].stable : position->offset;
        int64_t behind = end > position->offset ? end - position->offset : 0;
        if (json) {
            add_text(run, "{\"group\":", group);
            add_text(run, ",\"topic\":", position->topic);
            buffer_add_format(&run->line, ",\"partition\":%d,\"committed\":%lld,\"end\":%lld,\"lag\":%lld}", (int)position->partition,
                              (long long)position->offset, (long long)end, (long long)behind);
        } else {
            buffer_add_format(&run->line, "%s\t%s\t%d\t%lld\t%lld\t%lld", group, position->topic, (int)position->partition,
                              (long long)position->offset, (long long)end, (long long)behind);
        }
        print_line(run);
    }
}

/* Sets the group's offsets of one topic; what lies outside of the log is brought to its nearer end. */
static void reset_topic(struct run *run, const char *group, const char *topic)
{
    struct broker_ends *ends;
    size_t count = ends_of(run, topic, &ends);
    int64_t *at = arena_alloc(&run->arena, (count + 1) * sizeof *at);
    struct broker_position *positions = arena_alloc(&run->arena, (count + 1) * sizeof *positions);
    check(offsets_resolve(&run->options->offsets, run->broker, topic, ends, count, OFFSETS_EARLIEST, at, &run->error), run);
    for (size_t i = 0; i < count; i++) {
        int64_t offset = at[i] < ends[i].low ? ends[i].low : at[i] > ends[i].high ? ends[i].high : at[i];
        positions[i] = (struct broker_position){topic, (int32_t)i, offset};
    }
    check(broker_commit_group(run->broker, group, positions, count, &run->error), run);
    for (size_t i = 0; i < count; i++) {
        if (run->options->json) {
            add_text(run, "{\"group\":", group);
            add_text(run, ",\"topic\":", topic);
            buffer_add_format(&run->line, ",\"partition\":%zu,\"committed\":%lld}", i, (long long)positions[i].offset);
        } else {
            buffer_add_format(&run->line, "%s\t%s\t%zu\t%lld", group, topic, i, (long long)positions[i].offset);
        }
        print_line(run);
    }
}

static void reset(struct run *run)
{
    const struct options *options = run->options;
    const char *group = options->names[0];
    if (!options->has_offsets)
        diag_die_usage("reset: expected -o WHERE");
    if (!options->json) {
        buffer_add_text(&run->line, "group\ttopic\tpartition\tcommitted");
        print_line(run);
    }
    for (size_t i = 0; i < options->connect.topic_count; i++)
        reset_topic(run, group, options->connect.topics[i]);
    if (options->connect.topic_count > 0)
        return;
    size_t count;
    const struct broker_position *positions = committed_by(run, group, &count);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(positions[i].topic, positions[i - 1].topic) != 0)
            reset_topic(run, group, positions[i].topic);
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
        {"create", create, 1, SIZE_MAX, "TOPIC"}, {"describe", describe, 0, SIZE_MAX, "TOPIC"}, {"list", list, 0, 0, "TOPIC"},
        {"alter", alter, 1, 1, "TOPIC"},          {"delete", delete, 1, SIZE_MAX, "TOPIC"},     {"offsets", offsets, 0, SIZE_MAX, "TOPIC"},
        {"groups", groups, 0, SIZE_MAX, "GROUP"}, {"lag", lag, 1, 1, "GROUP"},                  {"reset", reset, 1, 1, "GROUP"},
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
    diag_die_usage("%s: expected a verb: create, describe, list, alter, delete, offsets, groups, lag, reset", options->verb);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse(argc, argv);
    const struct verb *verb = find_verb(&options);
    struct problem problem = {0};
    struct run run = {.options = &options, .broker = connect_open(&options.connect, &problem)};
    problem_check(run.broker != NULL, &problem);
    run.output = output_open("-");
    verb->run(&run);
    output_close(run.output);
    broker_close(run.broker);
    return STATUS_OK;
}
