#include "table/explode_options.h"

#include <stdlib.h>
#include <strings.h>

enum { EXPLODE_OUTER = OPTIONS_EXPLODE };

const struct option_row explode_options_rows[] = {
    {'e', "explode", "ARRAY [as NAME]",
     .help = "a row for each element of a path or an expression; NAME_pos is its position (repeatable)",
     .heading = "elements", .repeats = true},
    {EXPLODE_OUTER, "outer", .help = "with -e: keep records whose array is empty or null"},
    {0},
};

/* "-e PATH as NAME": the two words behind the array belong to it. */
static void take_array(struct explode_options *options, struct options_parser *parser)
{
    options->list = mem_resize(options->list, options->count + 1, sizeof *options->list);
    options->list[options->count] = (struct explode_asked){.array = parser->argument};
    const char *as = options_following(parser, 0), *name = options_following(parser, 1);
    if (name && strcasecmp(as, "as") == 0) {
        options->list[options->count].name = name;
        options_pass(parser, 2);
    }
    options->count++;
}

bool explode_options_take(struct explode_options *options, int option, struct options_parser *parser)
{
    if (option == 'e')
        take_array(options, parser);
    else if (option == EXPLODE_OUTER)
        options->outer = true;
    else
        return false;
    return true;
}

struct explode *explode_options_start(const struct explode_options *options, bool ansi, aggregate_table *aggregate_at,
                                      struct problem *problem)
{
    if (options->count == 0) {
        if (options->outer)
            problem_usage(problem, "--outer goes with -e");
        return NULL;
    }
    struct explode *explode = explode_new(options->outer, ansi, aggregate_at);
    for (size_t i = 0; i < options->count; i++)
        if (!explode_add(explode, options->list[i].array, options->list[i].name, problem)) {
            explode_free(explode);
            return NULL;
        }
    return explode;
}

bool explode_options_fit(const struct explode *explode, const struct row_form *form, struct problem *problem)
{
    if (!explode || !form->flat || !explode_is_path(explode, 0))
        return true;
    const char *array = explode_array(explode, 0)->text;
    return problem_usage(problem, "-e %s: a %s cell holds no array; make one of it: -e 'split(%s, \",\") as NAME'",
                         array, form->title, array);
}

void explode_options_free(struct explode_options *options)
{
    free(options->list);
}
