#include "table/schema_options.h"

#include <stdlib.h>
#include <string.h>

#include "table/schema.h"
#include "table/schema_scan.h"
#include "value/datetime_format.h"

enum { SCHEMA_TREE = OPTIONS_SCHEMA, SCHEMA_AS_STRING, SCHEMA_INFER, SCHEMA_SAMPLING };

const struct option_row schema_options_rows[] = {
    {SCHEMA_TREE, "schema", "json", .help = "print the inferred schema instead", .optional = true},
    {SCHEMA_INFER, "infer-timestamp", "FORMAT", .help = "of --schema: strings that are timestamps are such",
     .optional = true},
    {SCHEMA_AS_STRING, "primitives-as-string", .help = "of --schema: numbers and booleans are strings"},
    {SCHEMA_SAMPLING, "sampling", "RATIO", .help = "of --schema: look at such a share of the records only, 0.1"},
    {0},
};

struct schema_options schema_options_start(void)
{
    return (struct schema_options){.share = 1};
}

static bool take_share(struct schema_options *options, const char *argument, struct problem *problem)
{
    char *end;
    options->share = strtod(argument, &end);
    return (end > argument && *end == '\0' && options->share > 0 && options->share <= 1) ||
           problem_usage(problem, "--sampling %s: expected a number above 0 up to 1", argument);
}

static bool take_format(struct schema_options *options, const char *argument, struct problem *problem)
{
    const char *wrong;
    options->infer = true;
    if (argument)
        options->format = datetime_format_compile(&options->arena, argument, strlen(argument), &wrong);
    return !argument || options->format || problem_usage(problem, "--infer-timestamp=%s: %s", argument, wrong);
}

bool schema_options_take(struct schema_options *options, int option, const char *argument, struct problem *problem)
{
    switch (option) {
    case SCHEMA_TREE:
        options->wanted = true;
        options->json = argument != NULL;
        return !argument || strcmp(argument, "json") == 0 ||
               problem_usage(problem, "--schema=%s: expected --schema or --schema=json", argument);
    case SCHEMA_INFER:
        return take_format(options, argument, problem);
    case SCHEMA_AS_STRING:
        return options->as_strings = true;
    case SCHEMA_SAMPLING:
        return take_share(options, argument, problem);
    default:
        return false;
    }
}

bool schema_options_check(const struct schema_options *options, struct problem *problem)
{
    bool some = options->as_strings || options->infer || options->share < 1;
    return options->wanted || !some ||
           problem_usage(problem, "--infer-timestamp, --primitives-as-string and --sampling go with --schema");
}

void schema_options_free(struct schema_options *options)
{
    arena_free(&options->arena);
}

int schema_print(struct rows *rows, const struct schema_options *options, const struct chunks_options *chunks,
                 struct output *out)
{
    struct schema *schema = schema_new();
    struct buffer text = {0};
    if (options->infer)
        schema_infer_timestamps(schema, options->format);
    int status = schema_scan(rows, NULL, options->share, chunks, schema);
    if (options->as_strings)
        schema_as_strings(schema);
    if (options->json)
        schema_write_json(schema, &text);
    else
        schema_write_tree(schema, &text);
    if (status == STATUS_OK)
        output_write(out, text.data, text.len);
    buffer_free(&text);
    schema_free(schema);
    return status;
}
