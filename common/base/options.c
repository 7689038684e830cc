#include "base/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static uint64_t unit(char suffix)
{
    switch (suffix) {
    case 'k':
    case 'K':
        return UINT64_C(1) << 10;
    case 'm':
    case 'M':
        return UINT64_C(1) << 20;
    case 'g':
    case 'G':
        return UINT64_C(1) << 30;
    default:
        return 0;
    }
}

bool options_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *number,
                    struct problem *problem)
{
    char *end = NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    bool good = text[0] >= '0' && text[0] <= '9' && errno == 0;
    if (good && *end) {
        uint64_t factor = unit(*end);
        good = factor && end[1] == '\0' && *number <= UINT64_MAX / factor;
        *number *= factor ? factor : 1;
    }
    if (good && *number >= min && *number <= max)
        return true;
    return problem_usage(problem, "%s %s: expected a whole number from %llu to %llu (K, M, G allowed)", option, text,
                         (unsigned long long)min, (unsigned long long)max);
}

bool options_range(const char *option, const char *text, struct option_range *range, struct problem *problem)
{
    const char *dash = strchr(text, '-');
    char *first = dash ? strndup(text, (size_t)(dash - text)) : NULL;
    *range = (struct option_range){.on = true, .to = UINT64_MAX};
    bool good = first && options_number(option, first, 0, INT64_MAX, &range->from, problem) &&
                (!dash[1] || options_number(option, dash + 1, 0, INT64_MAX, &range->to, problem)) &&
                range->from <= range->to;
    free(first);
    return good || problem_usage(problem, "%s %s: expected two numbers, as in 0-1000", option, text);
}

static bool same_file(const struct stat *target, const char *file)
{
    struct stat info;
    return (strcmp(file, "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(file, &info)) == 0 &&
           info.st_dev == target->st_dev && info.st_ino == target->st_ino;
}

/* Which of the input files (none: stdin) is this one; NULL if none is. */
static const char *input_that_is(const struct stat *target, char *const *files, size_t count)
{
    if (count == 0)
        return same_file(target, "-") ? "-" : NULL;
    for (size_t i = 0; i < count; i++)
        if (same_file(target, files[i]))
            return files[i];
    return NULL;
}

/* What appends to its own input never ends. */
static bool refuse_own_output(char *const *files, size_t count, struct problem *problem)
{
    struct stat output;
    const char *input =
        fstat(STDOUT_FILENO, &output) == 0 && S_ISREG(output.st_mode) ? input_that_is(&output, files, count) : NULL;
    return !input || problem_usage(problem, "%s: stdout goes to the file that is read; let it go to another",
                                   strcmp(input, "-") == 0 ? "stdin" : input);
}

bool options_files(char *const *files, size_t count, const char *hint, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        if (strcmp(files[i], "-") == 0)
            continue;
        if (stat(files[i], &info) != 0) {
            if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
                return problem_usage(problem, "%s: no such file%s%s", files[i], hint ? "; " : "", hint ? hint : "");
            return problem_set(problem, STATUS_IO, "%s: %s", files[i], strerror(errno));
        }
        if (S_ISDIR(info.st_mode))
            return problem_usage(problem, "%s: is a directory", files[i]);
        if (access(files[i], R_OK) != 0)
            return problem_set(problem, STATUS_IO, "%s: %s", files[i], strerror(errno));
    }
    return refuse_own_output(files, count, problem);
}

bool options_apart(const char *option, const char *path, char *const *files, size_t count, struct problem *problem)
{
    struct stat target, output;
    if (!path || strcmp(path, "-") == 0 || stat(path, &target) != 0 || !S_ISREG(target.st_mode))
        return true;
    if (input_that_is(&target, files, count))
        return problem_usage(problem, "%s %s: is read as input; name another file", option, path);
    if (fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == target.st_dev && output.st_ino == target.st_ino)
        return problem_usage(problem, "%s %s: stdout goes to that file too; name another", option, path);
    return true;
}

enum { COMMON_VERSION = OPTIONS_COMMON };

const struct option_row options_common[] = {
    {'h', "help", "all", .help = "this text, or all of it", .optional = true},
    {COMMON_VERSION, "version", .help = "the version"},
    {0},
};

const struct option_row *options_row(const struct option_table *table, int id)
{
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++)
            if (row->id == id)
                return row;
    return NULL;
}

static bool is_getopts(const struct option_row *row)
{
    return row->argument && row->argument[0] != '[';
}

static struct option getopt_long_of(const struct option_row *row)
{
    int argument = !is_getopts(row) ? no_argument : row->optional ? optional_argument : required_argument;
    return (struct option){row->name, argument, NULL, row->id};
}

void options_start(struct options_parser *parser, const struct option_table *table, int argc, char **argv)
{
    *parser = (struct options_parser){.table = table, .argc = argc, .argv = argv};
    size_t rows = 0, longs = 0, letters = 0;
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++)
            rows++;
    parser->longs = mem_zero(rows + 1, sizeof *parser->longs);
    parser->letters = mem_zero(2 * rows + 3, 1);
    if (table->in_turn)
        parser->letters[letters++] = '-';
    parser->letters[letters++] = ':'; /* a missing argument is told from an unknown option */
    for (const struct option_row *const *part = table->parts; *part; part++) {
        for (const struct option_row *row = *part; row->id; row++) {
            if (row->name)
                parser->longs[longs++] = getopt_long_of(row);
            if (row->id < OPTIONS_OWN)
                parser->letters[letters++] = (char)row->id;
            if (row->id < OPTIONS_OWN && is_getopts(row) && !row->optional)
                parser->letters[letters++] = ':';
        }
    }
    optind = 0; /* getopt begins anew */
    opterr = 0;
}

/* Prints the text as a tool's whole output. */
static int print(struct buffer *text, struct problem *problem)
{
    bool good = file_write(STDOUT_FILENO, text->data, text->len) && close(STDOUT_FILENO) == 0;
    buffer_free(text);
    if (!good)
        problem_set(problem, STATUS_IO, "stdout: %s", strerror(errno));
    return OPTIONS_STOP;
}

static int answer(struct options_parser *parser, int option, struct problem *problem)
{
    struct buffer text = {0};
    const char *word = parser->argument ? parser->argument : options_word(parser, "");
    if (option == 'h' && strcmp(word, "all") == 0)
        options_help(parser->table, &text);
    else if (option == 'h')
        options_short_help(parser->table, diag_program(), &text);
    else
        buffer_add_format(&text, "%s (atools) %s\n", diag_program(), ATOOLS_VERSION);
    return print(&text, problem);
}

/* What getopt did not take, as typed. It names a letter, known or not, in optopt; of a long option that is not known
 * nothing, and of one that is, with an argument too many or none, its id. */
static int refuse(struct options_parser *parser, bool missing, struct problem *problem)
{
    const char *word = parser->argv[optind - 1];
    bool known_long = false;
    for (const struct option *option = parser->longs; option->name; option++)
        known_long = known_long || option->val == optopt;
    bool is_long = strncmp(word, "--", 2) == 0 && (optopt == 0 || known_long);
    snprintf(parser->letter, sizeof parser->letter, "-%c", optopt);
    const char *named = is_long ? word : parser->letter;
    parser->wrong = missing ? NULL : named;
    problem_usage(problem, missing ? "%s: needs an argument" : "%s: no such option", named);
    return OPTIONS_STOP;
}

int options_next(struct options_parser *parser, struct problem *problem)
{
    if (parser->argc == 3 && strcmp(parser->argv[1], "--completion") == 0) {
        struct buffer text = {0};
        if (options_completion(parser->table, diag_program(), parser->argv[2], &text))
            return print(&text, problem);
        problem_usage(problem, "--completion %s: expected bash or zsh", parser->argv[2]);
        return OPTIONS_STOP;
    }
    int option = getopt_long(parser->argc, parser->argv, parser->letters, parser->longs, NULL);
    parser->argument = optarg;
    if (option == '?' || option == ':')
        return refuse(parser, option == ':', problem);
    if (option == 'h' || option == COMMON_VERSION)
        return answer(parser, option, problem);
    if (option != -1)
        return option;
    free(parser->longs);
    free(parser->letters);
    parser->longs = NULL;
    parser->letters = NULL;
    return OPTIONS_END;
}

const char *options_following(const struct options_parser *parser, int ahead)
{
    return ahead < parser->argc - optind ? parser->argv[optind + ahead] : NULL;
}

void options_pass(struct options_parser *parser, int count)
{
    (void)parser; /* getopt keeps the place */
    optind += count;
}

const char *options_word(struct options_parser *parser, const char *usual)
{
    const char *word = options_following(parser, 0);
    if (!word || word[0] == '-')
        return usual;
    options_pass(parser, 1);
    return word;
}

char **options_operands(const struct options_parser *parser, size_t *count)
{
    *count = (size_t)(parser->argc - optind);
    return parser->argv + optind;
}
