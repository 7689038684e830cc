/* options: the command line, out of tables: an option is one row, and parsing, --help and the completions of bash and
 * zsh are made from it. Options that several tools share have their rows in one place (filter_options, data_options,
 * connect), a tool's own stand in its cmd/NAME.c. Also what command lines share otherwise: checked numbers, the check
 * of files.
 *
 * Called by main() before any work. Nothing here ends the program: false and a problem, for problem_die. */
#ifndef ATOOLS_OPTIONS_H
#define ATOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"

/* What identifies an option: its letter, or for one without a number from one of these on (so that the rows of several
 * places go together). Below: what options_next says otherwise. */
enum {
    OPTIONS_OWN = 256,     /* a tool's own */
    OPTIONS_CONNECT = 512, /* log/connect */
    OPTIONS_FILTER = 768,  /* frame/filter_options */
    OPTIONS_DATA = 1024,   /* table/data_options */
    OPTIONS_LAYOUT = 1280, /* slice/layout_options */
    OPTIONS_SCHEMA = 1536, /* table/schema_options */
    OPTIONS_EXPLODE = 1792, /* table/explode_options */
    OPTIONS_COMMON = 2048, /* here */
    OPTIONS_OPERAND = 1, /* an operand, in parser->argument: only of a table that wants them in their turn */
    OPTIONS_END = 0,
    OPTIONS_STOP = -1,
};

/* Where several tools in a pipe do what one is asked for: who gets the option. */
enum option_side {
    SIDE_NONE,
    SIDE_EACH,
    SIDE_IN,   /* those that read what comes in */
    SIDE_OUT,  /* the one that writes what goes out */
    SIDE_BOTH, /* these two */
};

struct option_row {
    int id;               /* 0 ends a list */
    const char *name;     /* the long name, or NULL */
    /* What --help calls its argument; NULL: it takes none. Alternatives in small letters ("line|nest"), FILE and TOPIC
     * are completed. One in brackets is not getopt's: the tool looks for it itself (options_following). */
    const char *argument;
    const char *help;     /* one line, whatever its length */
    const char *heading;  /* what --help says above it and those behind it */
    /* Other words that complete the argument, parted by spaces; FILE and TOPIC as above; EXPRESSION: the names of the
     * table's calls complete its last word. */
    const char *words;
    /* adds the argument's alternatives ("tsv|json"), which are known elsewhere */
    void (*alternatives)(struct buffer *into);
    const char *excludes; /* options it does not go with, parted by spaces: letters and long names */
    bool optional;        /* the argument may be missing: --name or --name=ARGUMENT only */
    bool repeats;         /* may be given several times */
    enum option_side side;
};

/* What is no option: the first ones in turn, the last one for all that follow. */
struct option_operand {
    const char *name;    /* NULL ends the list */
    const char *words;   /* that complete it, as above; NULL: nothing does */
    bool repeats;
};

struct option_table {
    const char *usage; /* the beginning of --help: how it is called, what it does; ends in a newline */
    const struct option_row *parts[7];     /* the lists of rows in the order of --help, up to a NULL */
    const struct option_operand *operands;
    void (*calls)(
        struct buffer *into); /* adds what may be called in an expression: names, a space before each; or NULL */
    bool in_turn; /* operands come from options_next as OPTIONS_OPERAND, but for those behind `--` */
};

/* -h, --help, --version: what each table ends with. options_next answers them. */
extern const struct option_row options_common[];

/* A command line being parsed; uses getopt, so there is one at a time. */
struct options_parser {
    const struct option_table *table;
    int argc;
    char **argv;
    const char *argument; /* of the last option; NULL without */
    const char *wrong;    /* the option as typed that OPTIONS_STOP is about, if it is one that is not known */
    struct option *longs; /* getopt's own forms of the table; freed at the end */
    char *letters;
    char letter[3];
};

/* The row with this id. */
const struct option_row *options_row(const struct option_table *table, int id);

/* The table must live on. */
void options_start(struct options_parser *parser, const struct option_table *table, int argc, char **argv);

/* The next option's id, its argument in parser->argument. OPTIONS_END: what is left are operands, moved to argv's end
 * (options_operands). OPTIONS_STOP: the problem says why: an option that is wrong, or, with STATUS_OK, that the help,
 * the version or a completion (`TOOL --completion bash|zsh`, when nothing else is given) has been printed. */
int options_next(struct options_parser *parser, struct problem *problem);

/* The word behind the option just taken, `ahead` words on; NULL behind the last one. options_pass takes `count` of them
 * away from what is parsed next. */
const char *options_following(const struct options_parser *parser, int ahead);
void options_pass(struct options_parser *parser, int count);

/* That word, if it begins with no '-': it is passed; otherwise `usual`. */
const char *options_word(struct options_parser *parser, const char *usual);

/* After OPTIONS_END: the operands, and how many. */
char **options_operands(const struct options_parser *parser, size_t *count);

/* --help all's text, and the completion of a shell ("bash", "zsh"; false for another), added to the buffer. Lines have
 * at most OPTIONS_COLUMNS columns, unless usage has longer ones. */
enum { OPTIONS_COLUMNS = 80 };
void options_help(const struct option_table *table, struct buffer *into);

/* --help's text: the same where that fits a terminal, else a line for each option with a letter, as far as they do. */
enum { OPTIONS_LINES = 24 };
void options_short_help(const struct option_table *table, const char *tool, struct buffer *into);
bool options_completion(const struct option_table *table, const char *tool, const char *shell, struct buffer *into);

/* A whole number in [min, max]; K, M, G multiply by 1024, 1024^2, 1024^3 (case does not
 * matter). `option` is the option as typed, for the message, which names the range. */
bool options_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *number,
                    struct problem *problem);

/* "A-B": from A, a number from 0, up to before B; "A-": up to the end, UINT64_MAX. */
struct option_range {
    bool on; /* it was given; else there is no bound */
    uint64_t from, to;
};
bool options_range(const char *option, const char *text, struct option_range *range, struct problem *problem);
static inline bool option_range_has(const struct option_range *range, uint64_t number)
{
    return !range->on || (number >= range->from && number < range->to);
}
/* Whether neither this number nor a higher one is in it. */
static inline bool option_range_over(const struct option_range *range, uint64_t number)
{
    return range->on && number >= range->to;
}

/* Checks that each of count arguments is "-" or an existing file that is no directory; one that is
 * not is a problem of status 2 with `hint` (what the user probably meant, such as
 * "quote the select list"); one that may not be read of status 3. None of them (no file: stdin) may be the file
 * that stdout goes to: status 2. */
bool options_files(char *const *files, size_t count, const char *hint, struct problem *problem);

/* Checks that the file an option writes ("-" is stdout, NULL none) is none of the count input files (none
 * of them: stdin), which opening it would empty, and not where stdout goes; otherwise a problem of status 2. */
bool options_apart(const char *option, const char *path, char *const *files, size_t count, struct problem *problem);

#endif
