/* libFuzzer: what stands behind options: numbers, offsets, times, formats, delimiters, properties, patterns of topics,
 * table sizes; and command lines made of it. Each is taken, or told in a problem of wrong usage. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/moment.h"
#include "base/options.h"
#include "log/broker.h"
#include "log/connect.h"
#include "log/format.h"
#include "log/offsets.h"
#include "table/data_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void judge(bool good, struct problem *problem)
{
    must(good || (problem->status == STATUS_USAGE && problem->text[0] != '\0'));
    *problem = (struct problem){0};
}

static void offsets(const char *text)
{
    struct problem problem = {0};
    struct offsets where = {0};
    const struct broker_ends ends[] = {{0, 10, 8}, {5, 5, 5}, {INT64_MAX - 1, INT64_MAX, INT64_MAX}};
    const char *const topics[] = {"t", "u"}, *const *named;
    struct broker_error error;
    struct arena arena = {0};
    int64_t at[3];
    size_t count;
    bool good = offsets_parse("-o", text, &where, &problem);
    if (good && where.kind != OFFSETS_TIME) { /* which the broker is asked for */
        struct problem other = {0};
        judge(offsets_check_topics(&where, "-o", topics, 2, &other), &other);
        (void)offsets_resolve(&where, NULL, "t", NULL, ends, 3, OFFSETS_NONE, at, &error);
        (void)offsets_topics(&where, &arena, &named, &count);
    }
    judge(good, &problem);
    json_tree_free(&where.tree);
    arena_free(&arena);
}

static void words(const char *text)
{
    struct problem problem = {0};
    struct table_options table;
    uint64_t number;
    int64_t ms;
    size_t len = strlen(text);
    judge(options_number("-n", text, 1, 1000000, &number, &problem), &problem);
    judge(options_number("-n", text, 0, UINT64_MAX, &number, &problem), &problem);
    judge(table_parse("--table", text, &table, &problem), &problem);
    (void)moment_parse(text, len, INT64_MAX - 5, &ms);
    (void)moment_parse(text, len, INT64_MIN + 5, &ms);
    (void)moment_duration(text, len, &ms);
}

/* What formats are made of lives as long as the program, which the leak checker is not to count. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void formats(const char *text)
{
    struct problem problem = {0};
    struct broker_property pair;
    size_t len;
    judge(format_bytes("-D", text, &len, &problem) != NULL, &problem);
    struct format *format = format_compile("-f", text, &problem);
    judge(format != NULL, &problem);
    const struct broker_message message = {.topic = "t", .key = "k", .key_len = 1, .value = NULL, .timestamp = -1};
    struct buffer into = {0};
    if (format)
        format_write(format, &message, NULL, 0, "NULL", &into);
    buffer_free(&into);
    judge(connect_pair("-X", text, &pair, &problem), &problem);
}

/* A command line of the tools with a select list: a word for each line. */
static void command_line(char *text)
{
    enum { WORDS_MAX = 30 };
    static const struct option_operand operands[] = {{"FILE", "FILE", true}, {0}};
    static const struct option_table table = {
        .usage = "usage: x\n", .parts = {data_options_list}, .operands = operands};
    char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t) "x"}, *rest = text;
    int argc = 1;
    for (char *word; argc <= WORDS_MAX && (word = strsep(&rest, "\n"));)
        if (strcmp(word, "--completion") != 0)
            argv[argc++] = word;
    struct data_options options = data_options_start();
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    int option;
    while ((option = options_next(&parser, &problem)) > 0) {
        bool bad = strcmp(parser.letter, "b") == 0; /* would open a file */
        if (!bad && !data_options_take(&options, option, parser.argument, &problem))
            break;
    }
    struct problem ignored; /* what parses is freed at the end */
    while (option != OPTIONS_END)
        option = options_next(&parser, &ignored);
    if (problem.status == STATUS_OK)
        (void)data_options_check(&options, &problem);
    must(problem.status == STATUS_OK || problem.status == STATUS_USAGE);
    size_t count;
    if (problem.status == STATUS_OK)
        (void)options_operands(&parser, &count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    bool lives = data[0] % 4 == 2;
    if (lives && __lsan_disable)
        __lsan_disable();
    char *text = calloc(1, size + 64);
    must(text != NULL);
    memcpy(text, data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: offsets(text); break;
    case 1: words(text); break;
    case 2: formats(text); break;
    default: command_line(text); break;
    }
    if (lives && __lsan_enable)
        __lsan_enable();
    if (!lives)
        free(text);
    return 0;
}
