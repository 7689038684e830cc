#include "table/data_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/threads.h"
#include "table/form/row_form.h"

enum { MEMORY_LEAST = 1 << 20 };

static const struct option shared[] = {
    {"ansi", no_argument, NULL, DATA_ANSI},
    {"bad", required_argument, NULL, DATA_BAD},
    {"framing", required_argument, NULL, DATA_FRAMING},
    {"from", required_argument, NULL, 'i'},
    {"help", no_argument, NULL, 'h'},
    {"limit", required_argument, NULL, 'n'},
    {"memory", required_argument, NULL, DATA_MEMORY},
    {"no-header", no_argument, NULL, DATA_NO_HEADER},
    {"null", required_argument, NULL, DATA_NULL},
    {"order-by", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"raw", no_argument, NULL, DATA_RAW},
    {"table", optional_argument, NULL, DATA_TABLE},
    {"threads", required_argument, NULL, 'j'},
    {"to", required_argument, NULL, 'T'},
    {"unbuffered", no_argument, NULL, 'u'},
    {"version", no_argument, NULL, DATA_VERSION},
    {"vertical", no_argument, NULL, DATA_VERTICAL},
    {"where", required_argument, NULL, 'w'},
};
enum { SHARED_COUNT = sizeof shared / sizeof *shared };

struct option *data_options_long(const struct option *own, size_t count)
{
    struct option *all = mem_zero(SHARED_COUNT + count + 1, sizeof *all);
    memcpy(all, shared, sizeof shared);
    if (count > 0)
        memcpy(all + SHARED_COUNT, own, count * sizeof *own);
    return all;
}

/* A quarter of the machine's memory. */
static size_t default_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0)
        return (size_t)1 << 30;
    return (size_t)pages / 4 * (size_t)size;
}

struct data_options data_options_start(void)
{
    return (struct data_options){.header = true, .to = output_form_default(), .table = table_parse("--table", NULL), .memory = default_memory()};
}

static const struct row_form *parse_from(const char *argument)
{
    const struct row_form *form = row_form_find(argument);
    if (form)
        return form;
    struct buffer names = {0};
    row_form_names(&names);
    die_usage("-i %s: expected %s", argument, names.data);
}

static const struct output_form *parse_to(const char *argument)
{
    const struct output_form *form = output_form_find(argument);
    if (form)
        return form;
    struct buffer names = {0};
    output_form_names(false, &names);
    die_usage("-T %s: expected %s", argument, names.data);
}

static enum framing parse_framing(const char *argument)
{
    if (strcmp(argument, "line") == 0)
        return FRAMING_LINE;
    if (strcmp(argument, "nest") == 0)
        return FRAMING_NEST;
    die_usage("--framing %s: expected line or nest", argument);
}

/* --table and --vertical are -T table with something more. */
static void take_table(struct data_options *options)
{
    options->to = output_form_find("table");
}

static void parse_table(struct data_options *options, const char *argument)
{
    bool vertical = options->table.vertical;
    options->table = table_parse("--table", argument);
    options->table.vertical = vertical;
    take_table(options);
}

static void other_option(struct data_options *options, int option, const char *argument)
{
    switch (option) {
    case DATA_ANSI:
        options->ansi = true;
        return;
    case DATA_BAD:
        options->bad = argument;
        return;
    case DATA_FRAMING:
        options->framing = parse_framing(argument);
        return;
    case DATA_MEMORY:
        options->memory = options_number("--memory", argument, MEMORY_LEAST, SIZE_MAX / 2);
        return;
    case DATA_NO_HEADER:
        options->header = false;
        return;
    case DATA_NULL:
        options->null = argument;
        return;
    case DATA_RAW:
        options->raw = true;
        return;
    case DATA_TABLE:
        parse_table(options, argument);
        return;
    case DATA_VERSION:
        options_version();
    case DATA_VERTICAL:
        options->table.vertical = true;
        take_table(options);
        return;
    case ':':
        die_usage("%s: needs an argument", argument);
    default:
        die_usage("%s: no such option", argument);
    }
}

void data_option(struct data_options *options, int option, const char *argument, const char *help)
{
    switch (option) {
    case 'h':
        options_help(help);
    case 'i':
        options->from = parse_from(argument);
        return;
    case 'j':
        options->threads = (unsigned)options_number("-j", argument, 1, THREADS_MAX);
        return;
    case 'n':
        options->limit = options_number("-n", argument, 0, INT64_MAX);
        options->has_limit = true;
        return;
    case 'o':
        options->order = argument;
        return;
    case 'q':
        diag_quiet();
        return;
    case 'T':
        options->to = parse_to(argument);
        return;
    case 'u':
        options->flush = true;
        return;
    case 'w':
        options->where = argument;
        return;
    default:
        other_option(options, option, argument);
        return;
    }
}

void data_options_check(struct data_options *options)
{
    if (options->null && !options->to->null_text) {
        struct buffer names = {0};
        output_form_names(true, &names);
        die_usage("--null goes with -T %s only", names.data);
    }
    if (options->null && strpbrk(options->null, "\t\n\r"))
        die_usage("--null must not hold a tab or a line end");
}

unsigned data_options_threads(const struct data_options *options)
{
    return threads_wanted(options->threads);
}

struct rows_options data_options_rows(const struct data_options *options)
{
    return (struct rows_options){.form = options->from, .header = options->header, .framing = options->framing,
                                 .raw = options->raw, .single = options->flush};
}

struct project_options data_options_project(const struct data_options *options, const struct order *order)
{
    return (struct project_options){.form = options->to,
                                    .form_options = {.header = options->header, .null = options->null, .table = options->table},
                                    .has_limit = options->has_limit, .limit = options->limit, .order = order,
                                    .memory = options->memory / data_options_threads(options)};
}

void data_options_apart(const struct data_options *options, char *const *files, size_t count)
{
    if (options->bad && strcmp(options->bad, "skip") != 0)
        options_apart("--bad", options->bad, files, count);
}

struct chunks_options data_options_chunks(const struct data_options *options, struct output *out)
{
    struct chunks_options chunks = {.threads = options->threads, .out = out, .flush = options->flush,
                                    .skip_bad = options->bad != NULL};
    if (options->bad && strcmp(options->bad, "skip") != 0)
        chunks.bad = output_open(options->bad);
    return chunks;
}
