#include "table/data_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/threads.h"
#include "json/lenient.h"
#include "table/form/row_form.h"
#include "value/datetime.h"

enum { MEMORY_LEAST = 1 << 20 };

enum { DATA_ALLOW = OPTIONS_DATA, DATA_ANSI, DATA_BARS, DATA_CELLS, DATA_CORRUPT, DATA_DELIMITER, DATA_FILE_COLUMN,
       DATA_LINES, DATA_MEMORY, DATA_NO_HEADER, DATA_NULL, DATA_OFFSET, DATA_QUOTE, DATA_ROW_GROUPS, DATA_SPARK,
       DATA_TABLE, DATA_TYPES, DATA_VERTICAL };

/* "tsv, json or table" as "tsv|json|table". */
static void add_alternatives(const char *names, struct buffer *into)
{
    while (*names) {
        size_t len = strcspn(names, " ,");
        buffer_add(into, names, len);
        names += len;
        names += strspn(names, " ,");
        names += strncmp(names, "or ", 3) == 0 ? 3 : 0;
        if (*names)
            buffer_add_char(into, '|');
    }
}

static void add_row_forms(struct buffer *into)
{
    struct buffer names = {0};
    row_form_names(&names);
    add_alternatives(names.data, into);
    buffer_free(&names);
}

static void add_output_forms(struct buffer *into)
{
    struct buffer names = {0};
    output_form_names(false, &names);
    add_alternatives(names.data, into);
    buffer_free(&names);
}

const struct option_row data_options_list[] = {
    {'w', "where", "EXPR", .help = "only rows for which this is true", .heading = "rows", .words = "EXPRESSION"},
    {'o', "order-by", "KEYS", .help = "a, b desc nulls last, ... (default: as they come)",
     .words = "EXPRESSION"},
    {DATA_ROW_GROUPS, "row-groups", "A-B",
     .help = "Parquet: of all row groups, counted from 0, those from A up to before B", .side = SIDE_IN},
    {DATA_LINES, "lines", "A-B",
     .help = "NDJSON: the whole lines of a file that begin from byte A up to before byte B", .side = SIDE_IN},
    {'n', "limit", "N", .help = "at most N rows"},
    {DATA_OFFSET, "offset", "N", .help = "leave out the first N rows; -n counts from there"},
    {DATA_ANSI, "ansi", .help = "failing casts and divisions are errors, not nulls", .side = SIDE_EACH},
    {DATA_MEMORY, "memory", "SIZE",
     .help = "what may be kept before temporary files are used (default: a quarter of the machine's)",
     .side = SIDE_EACH},
    {'i', "from", "FORM", .help = "what comes in (default: told by name and first line)", .heading = "forms",
     .alternatives = add_row_forms, .side = SIDE_IN},
    {'T', "to", "FORM", .help = "what goes out (default: tsv)", .alternatives = add_output_forms, .side = SIDE_OUT},
    {'z', "compress", "FORM[:LEVEL]", .help = "compress what goes out", .alternatives = shrink_names, .side = SIDE_OUT},
    {DATA_TABLE, "table", "ROWS[,WIDTH]",
     .help = "a table as Spark's show() prints: 20 rows, cells of 20 characters; WIDTH 0: uncut",
     .optional = true, .side = SIDE_OUT},
    {DATA_VERTICAL, "vertical", .help = "the table with a line for each cell", .side = SIDE_OUT},
    {DATA_TYPES, "types", .help = "the table with each column's type below its name", .side = SIDE_OUT},
    {DATA_BARS, "bars", "COLUMN", .help = "a table with bars behind the numbers of a column",
     .repeats = true, .side = SIDE_OUT},
    {DATA_SPARK, "spark", "COLUMN", .help = "a table in which a column's arrays are drawn",
     .repeats = true, .side = SIDE_OUT},
    {DATA_NO_HEADER, "no-header", "in|out", .help = "TSV and CSV without a header line, on this side or on all",
     .optional = true, .side = SIDE_BOTH},
    {DATA_NULL, "null", "STRING", .help = "TSV, CSV: what stands for null (default: \\N, nothing)", .side = SIDE_BOTH},
    {DATA_ALLOW, "allow", "LIST", .help = "NDJSON: also what is not quite JSON", .alternatives = lenient_names,
     .repeats = true, .side = SIDE_IN},
    {DATA_CORRUPT, "corrupt", "NAME", .help = "NDJSON: a bad record is a row with its text in this column",
     .side = SIDE_IN},
    {DATA_FILE_COLUMN, "file-column", "NAME", .help = "a column more: the file that each record is in",
     .side = SIDE_IN},
    {DATA_CELLS, "cells", "copy|json",
     .help = "TSV: arrays and objects as COPY reads them (the default), or as JSON without its escapes",
     .side = SIDE_OUT},
    {DATA_DELIMITER, "delimiter", "BYTE", .help = "CSV, in and out: what is between cells (default: ,)",
     .side = SIDE_BOTH},
    {DATA_QUOTE, "quote", "BYTE", .help = "CSV, in and out: what quotes cells (default: \")", .side = SIDE_BOTH},
    {0},
};

/* A quarter of the machine's memory. */
static size_t default_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0)
        return (size_t)1 << 30;
    return (size_t)pages / 4 * (size_t)size;
}

void data_options_calls(struct buffer *into)
{
    expr_call_names(NULL, NULL, into);
}

struct data_options data_options_start(void)
{
    struct data_options options = {.header_in = true, .header_out = true, .to = output_form_default(),
                                   .quoting = {',', '"'}, .memory = default_memory()};
    table_parse("--table", NULL, &options.table, NULL); /* the defaults are no problem */
    return options;
}

static bool parse_from(const char *argument, const struct row_form **form, struct problem *problem)
{
    *form = row_form_find(argument);
    if (*form)
        return true;
    struct buffer names = {0};
    row_form_names(&names);
    problem_usage(problem, "-i %s: expected %s", argument, names.data);
    buffer_free(&names);
    return false;
}

static bool parse_to(const char *argument, const struct output_form **form, struct problem *problem)
{
    *form = output_form_find(argument);
    if (*form)
        return true;
    struct buffer names = {0};
    output_form_names(false, &names);
    problem_usage(problem, "-T %s: expected %s", argument, names.data);
    buffer_free(&names);
    return false;
}

/* One byte of ASCII that ends no line; \t is a tab. */
static bool parse_byte(const char *option, const char *argument, char *byte, struct problem *problem)
{
    *byte = strcmp(argument, "\\t") == 0 ? '\t' : argument[0];
    if ((argument[0] && argument[1] && *byte != '\t') || (*byte != '\t' && ((unsigned char)*byte < ' ' || *byte > '~')))
        return problem_usage(problem, "%s %s: expected one character of ASCII, or \\t", option, argument);
    return true;
}

/* --table and --vertical are -T table with something more. */
static void take_table(struct data_options *options)
{
    options->to = output_form_find("table");
}

static bool parse_table(struct data_options *options, const char *argument, struct problem *problem)
{
    struct table_options parsed;
    bool good = table_parse("--table", argument, &parsed, problem);
    options->table.rows = parsed.rows;
    options->table.width = parsed.width;
    options->table.sized = parsed.sized;
    take_table(options);
    return good;
}

static bool parse_no_header(struct data_options *options, const char *argument, struct problem *problem)
{
    bool in = argument && strcmp(argument, "in") == 0, out = argument && strcmp(argument, "out") == 0;
    if (argument && !in && !out)
        return problem_usage(problem, "--no-header=%s: expected in, out or nothing", argument);
    options->header_in = options->header_in && out;
    options->header_out = options->header_out && in;
    return true;
}

static bool form_option(struct data_options *options, int option, const char *argument, struct problem *problem)
{
    switch (option) {
    case 'i':
        return parse_from(argument, &options->from, problem);
    case 'T':
        return parse_to(argument, &options->to, problem);
    case 'z':
        return shrink_parse("-z", argument, &options->shrink, problem);
    case DATA_NO_HEADER:
        return parse_no_header(options, argument, problem);
    case DATA_NULL:
        options->null = argument;
        return true;
    case DATA_ALLOW:
        return lenient_parse("--allow", argument, &options->allow, problem);
    case DATA_CELLS:
        options->raw_json = strcmp(argument, "json") == 0;
        return options->raw_json || strcmp(argument, "copy") == 0 ||
               problem_usage(problem, "--cells %s: expected copy or json", argument);
    case DATA_CORRUPT:
        options->corrupt = argument;
        return *argument || problem_usage(problem, "--corrupt: expected a name");
    case DATA_FILE_COLUMN:
        options->file_column = argument;
        return *argument || problem_usage(problem, "--file-column: expected a name");
    case DATA_ROW_GROUPS:
        return options_range("--row-groups", argument, &options->row_groups, problem);
    case DATA_LINES:
        return options_range("--lines", argument, &options->lines, problem);
    case DATA_DELIMITER:
        options->quoting_given = true;
        return parse_byte("--delimiter", argument, &options->quoting.delimiter, problem);
    case DATA_QUOTE:
        options->quoting_given = true;
        return parse_byte("--quote", argument, &options->quoting.quote, problem);
    case DATA_BARS:
        take_table(options);
        return table_drawn_add("--bars", argument, options->table.bars, problem);
    case DATA_SPARK:
        take_table(options);
        return table_drawn_add("--spark", argument, options->table.sparks, problem);
    case DATA_TABLE:
        return parse_table(options, argument, problem);
    case DATA_VERTICAL:
        options->table.vertical = true;
        take_table(options);
        return true;
    case DATA_TYPES:
        options->table.types = true;
        take_table(options);
        return true;
    default:
        return filter_options_take(&options->filter, option, argument, problem);
    }
}

bool data_options_take(struct data_options *options, int option, const char *argument, struct problem *problem)
{
    uint64_t memory;
    switch (option) {
    case 'n':
        options->has_limit = true;
        return options_number("-n", argument, 0, INT64_MAX, &options->limit, problem);
    case DATA_OFFSET:
        return options_number("--offset", argument, 0, INT64_MAX, &options->skip, problem);
    case 'o':
        options->order = argument;
        return true;
    case 'w':
        options->where = argument;
        return true;
    case DATA_ANSI:
        options->ansi = true;
        return true;
    case DATA_MEMORY:
        if (!options_number("--memory", argument, MEMORY_LEAST, SIZE_MAX / 2, &memory, problem))
            return false;
        options->memory = (size_t)memory;
        return true;
    default:
        return form_option(options, option, argument, problem);
    }
}

bool data_options_check(const struct data_options *options, struct problem *problem)
{
    if (options->corrupt && options->filter.bad)
        return problem_usage(problem, "--corrupt keeps bad records as rows, --bad leaves them out: one of them");
    if (options->raw_json && strcmp(options->to->name, "tsv") != 0)
        return problem_usage(problem, "--cells is of TSV: not with -T %s, which has JSON as it is", options->to->name);
    if (options->shrink.form != EXPAND_NONE && strcmp(options->to->name, "parquet") == 0)
        return problem_usage(problem, "-z: Parquet is compressed within: not with -T parquet");
    bool drawn = *options->table.bars || *options->table.sparks || options->table.types;
    if (drawn && strcmp(options->to->name, "table") != 0)
        return problem_usage(problem, "--bars, --spark and --types are of tables: not with -T %s", options->to->name);
    if (options->null && !options->to->null_text && options->from && !options->from->flat)
        return problem_usage(problem, "--null is of TSV and CSV: neither -i nor -T says so");
    if (options->null && strpbrk(options->null, "\t\n\r"))
        return problem_usage(problem, "--null must not hold a tab or a line end");
    const char specials[] = {options->quoting.delimiter, options->quoting.quote, '\0'};
    if (options->null && options->to->quoted && strpbrk(options->null, specials))
        return problem_usage(problem, "--null must not hold the delimiter or the quote");
    if (options->quoting_given && !options->to->quoted && options->from && !options->from->quoted)
        return problem_usage(problem, "--delimiter and --quote are of CSV: neither -i nor -T says so");
    if (options->quoting.delimiter == options->quoting.quote)
        return problem_usage(problem, "--delimiter and --quote must not be the same");
    return datetime_session(false, problem);
}

unsigned data_options_threads(const struct data_options *options)
{
    return threads_wanted(options->filter.threads);
}

struct rows_options data_options_rows(const struct data_options *options)
{
    return (struct rows_options){.form = options->from, .header = options->header_in, .null = options->null,
                                 .quoting = options->quoting, .file_column = options->file_column,
                                 .allow = options->allow, .corrupt = options->corrupt,
                                 .row_groups = options->row_groups, .lines = options->lines,
                                 .framing = options->filter.framing, .raw = options->filter.raw,
                                 .single = options->filter.flush};
}

struct project_options data_options_project(const struct data_options *options, const struct order *order)
{
    return (struct project_options){.form = options->to,
                                    .form_options = {.header = options->header_out, .raw_json = options->raw_json,
                                        .null = options->null,
                                        .quoting = options->quoting, .table = options->table},
                                    .has_limit = options->has_limit, .limit = options->limit, .skip = options->skip,
                                    .order = order,
                                    .memory = options->memory / data_options_threads(options),
                                    .threads = data_options_threads(options)};
}

struct chunks_options data_options_chunks(const struct data_options *options, struct output *out)
{
    struct chunks_options chunks = {.out = out};
    filter_options_chunks(&options->filter, &chunks);
    return chunks;
}
