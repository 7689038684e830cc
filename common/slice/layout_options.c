#include "slice/layout_options.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/terminal.h"
#include "json/json.h"

enum { INDENT_MAX = 7 };
enum { LAYOUT_TAB = OPTIONS_LAYOUT, LAYOUT_INDENT, LAYOUT_RAW_OUTPUT0 };

const struct option_row layout_options_rows[] = {
    {'c', "compact-output", .help = "one line each (the default in pipes and files)", .heading = "results"},
    {'p', "pretty", .help = "indented (the default on a terminal)"},
    {LAYOUT_TAB, "tab", .help = "indented by tabs"},
    {LAYOUT_INDENT, "indent", "N", .help = "indented by N spaces, up to 7"},
    {'S', "sort-keys", .help = "keys of objects in their order"},
    {'C', "color-output", .help = "in colours ($JQ_COLORS)"},
    {'M', "monochrome-output", .help = "without colours"},
    {'a', "ascii-output", .help = "\\u escapes for what is not ASCII"},
    {'r', "raw-output", .help = "strings without quotes and escapes"},
    {'j', "join-output", .help = "as -r, with nothing behind each"},
    {LAYOUT_RAW_OUTPUT0, "raw-output0", .help = "as -r -0"},
    {'0', NULL, .help = "a NUL byte instead of the newline behind each"},
    {0},
};

static bool take_indent(struct layout_options *options, const char *argument, struct problem *problem)
{
    uint64_t number;
    if (!options_number("--indent", argument, 0, INDENT_MAX, &number, problem))
        return false;
    options->layout.indent = (int)number;
    options->layout.tab = false;
    options->compact = number == 0;
    return options->pretty = true;
}

/* Of options that contradict each other the last one counts, as with jq. */
bool layout_options_take(struct layout_options *options, int option, const char *argument, struct problem *problem)
{
    struct jq_layout *layout = &options->layout;
    switch (option) {
    case 'c':
    case 'p':
        options->compact = option == 'c';
        options->pretty = !options->compact;
        return true;
    case LAYOUT_TAB:
        layout->tab = options->pretty = true;
        options->compact = false;
        return true;
    case LAYOUT_INDENT:
        return take_indent(options, argument, problem);
    case 'S':
        return layout->sorted = true;
    case 'C':
    case 'M':
        options->colored = option == 'C';
        options->plain = !options->colored;
        return true;
    case 'a':
        return layout->ascii = true;
    case 'r':
        return layout->raw = true;
    case 'j':
        return options->join = layout->raw = true;
    case LAYOUT_RAW_OUTPUT0:
        return options->nul = layout->raw = true;
    case '0':
        return options->nul = true;
    default:
        return false;
    }
}

struct jq_layout layout_options_settle(struct layout_options *options, bool jq, bool lines, int descriptor)
{
    struct jq_layout layout = options->layout;
    bool terminal = isatty(descriptor);
    bool usual = (jq || terminal) && !lines;
    if (options->compact || (!options->pretty && !usual))
        layout = (struct jq_layout){.raw = layout.raw, .ascii = layout.ascii, .sorted = layout.sorted};
    else if (!layout.tab && layout.indent == 0)
        layout.indent = JSON_PRETTY_INDENT;
    layout.again = jq;
    bool wanted = terminal_is_colored(descriptor) && !lines;
    if (options->plain || !(options->colored || wanted))
        return layout;
    if (!jq_colors_parse(&options->colors, getenv("JQ_COLORS")))
        diag_warn("JQ_COLORS is malformed: jq's own colours are taken");
    layout.colors = &options->colors;
    return layout;
}
