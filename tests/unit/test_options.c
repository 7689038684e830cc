/* options: a table parsed, shown, completed; numbers and files. What getopt_long promises (abbreviations, clusters,
 * options behind operands, --) holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/options.h"

enum { OPTION_LIMIT = OPTIONS_OWN, OPTION_LINES, OPTION_TABLE };

static void add_forms(struct buffer *into)
{
    buffer_add_text(into, "tsv|json");
}

static const struct option_row own[] = {
    {'a', NULL, .help = "a flag", .heading = "first", .excludes = "limit b"},
    {'b', "both", "FILE", .help = "with both names"},
    {OPTION_LIMIT, "limit", "N",
     .help = "a text that is so long that it takes a second line of the help, and more than that"},
    {OPTION_LINES, "lines", "line|nest", .help = "it's [a] choice: one"},
    {OPTION_TABLE, "table", "ROWS[,WIDTH]", .help = "optional", .optional = true},
    {'Z', NULL, "[TEXT]", .help = "the tool looks for it itself"},
    {0},
};
static const struct option_row shared[] = {
    {'T', "to", "FORM", .help = "forms", .heading = "second", .alternatives = add_forms},
    {'s', "schema", "json", .help = "schema", .optional = true},
    {'o', NULL, "WHERE", .help = "where", .words = "begin end TOPIC", .repeats = true},
    {'k', NULL, "skip|FILE", .help = "words and files"},
    {0},
};
static const struct option_table table = {
    .usage = "usage: tool\n",
    .parts = {own, shared, options_common},
    .operands = (const struct option_operand[]){{.name = "verb", .words = "make take"},
        {.name = "file", .words = "FILE", .repeats = true}, {0}},
};

/* Parses the words (behind "tool"); the options as "id=argument " or why it stopped, then | and the operands. */
static const char *parse(const char *words)
{
    static char said[1000];
    char copy[200], *argv[20] = {"tool"};
    int argc = 1;
    size_t used = 0, count;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *rest = copy, *word; (word = strsep(&rest, " ")) && *word;)
        argv[argc++] = word;
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;) {
        if (option == OPTIONS_STOP) {
            snprintf(said + used, sizeof said - used, "%d %s [%s]", (int)problem.status, problem.text,
                     parser.wrong ? parser.wrong : "");
            free(parser.longs);
            free(parser.letters);
            return said;
        }
        const char *argument = parser.argument;
        if (option == 'Z') {
            assert_null(options_following(&parser, argc));
            argument = options_word(&parser, NULL);
        }
        used += (size_t)snprintf(said + used, sizeof said - used, option < OPTIONS_OWN ? "%c%s%s " : "%d%s%s ", option,
                                 argument ? "=" : "", argument ? argument : "");
    }
    char **operands = options_operands(&parser, &count);
    used += (size_t)snprintf(said + used, sizeof said - used, "|");
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(said + used, sizeof said - used, " %s", operands[i]);
    return said;
}

static void test_parse(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "|"},
        {"x y", "| x y"},
        {"-a x -b f", "a b=f | x"},
        {"x -bf --both g --both=h", "b=f b=g b=h | x"},
        {"-ab f --lim 5 --lin=nest", "a b=f 256=5 257=nest |"},
        {"--table --table=1,2 3", "258 258=1,2 | 3"},
        {"-a -- -b x", "a | -b x"},
        {"-Z text x", "Z=text | x"},
        {"-Z -a x", "Z a | x"},
        {"-T tsv -o 1 -o 2 --schema=json --schema", "T=tsv o=1 o=2 s=json s |"},
        {"-q x", "2 -q: no such option [-q]"},
        {"-aqb x", "a 2 -q: no such option [-q]"},
        {"--table=5 -qa", "258=5 2 -q: no such option [-q]"},
        {"--none x", "2 --none: no such option [--none]"},
        {"--li 5", "2 --li: no such option [--li]"},
        {"--both", "2 --both: needs an argument []"},
        {"-ab", "a 2 -b: needs an argument []"},
        {"--limit", "2 --limit: needs an argument []"},
        {"--completion fish", "2 --completion fish: expected bash or zsh []"},
        {"--completion", "2 --completion: no such option [--completion]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(parse(cases[i][0]), cases[i][1]);
}

static void test_help(void **state)
{
    (void)state;
    struct buffer text = {0};
    options_help(&table, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, "usage: tool\n"
                                   "\nfirst:\n"
                                   "  -a                     a flag\n"
                                   "  -b, --both FILE        with both names\n"
                                   "      --limit N          a text that is so long that it takes a second line of\n"
                                   "                         the help, and more than that\n"
                                   "      --lines line|nest  it's [a] choice: one\n"
                                   "      --table[=ROWS[,WIDTH]]\n"
                                   "                         optional\n"
                                   "  -Z [TEXT]              the tool looks for it itself\n"
                                   "\nsecond:\n"
                                   "  -T, --to tsv|json      forms\n"
                                   "  -s, --schema[=json]    schema\n"
                                   "  -o WHERE               where\n"
                                   "  -k skip|FILE           words and files\n"
                                   "  -h, --help[=all]       this text, or all of it\n"
                                   "      --version          the version\n");
    buffer_free(&text);
}

static bool holds(const struct buffer *text, const char *part)
{
    return strstr(text->data, part) != NULL;
}

static void test_completion(void **state)
{
    (void)state;
    struct buffer text = {0};
    assert_true(options_completion(&table, "tool", "bash", &text));
    buffer_add_char(&text, '\0');
    assert_true(holds(&text, "    --lines)\n        mapfile -t COMPREPLY < <(compgen -W 'line nest' -- \"$word\")\n"));
    assert_true(holds(&text, "    -T | --to)\n        mapfile -t COMPREPLY < <(compgen -W 'tsv json' -- \"$word\")\n"));
    assert_true(holds(
        &text,
        "    -b | --both)\n        compopt -o filenames\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"));
    assert_true(holds(&text, "    --limit)\n        return ;;\n"));
    assert_true(
        holds(&text, "(compgen -W 'begin end' -- \"$word\"; compgen -W \"$(atopic list 2>/dev/null)\" -- \"$word\")"));
    assert_true(holds(&text, "(compgen -W 'skip' -- \"$word\"; compgen -f -- \"$word\")"));
    assert_true(
        holds(&text,
              "'-a -b --both --limit --lines --table -Z -T --to -s --schema --schema=json -o -k -h --help --help=all "
              "--version'"));
    assert_true(holds(&text, "[[ $COMP_CWORD = 1 ]]; then\n        mapfile -t COMPREPLY < <(compgen -W 'make take' "
                             "-- \"$word\")\n    else\n"));
    assert_true(holds(&text, "complete -F _tool tool\n"));
    assert_false(holds(&text, "--table)")); /* its argument is never a word of its own */
    text.len = 0;
    assert_true(options_completion(&table, "tool", "zsh", &text));
    buffer_add_char(&text, '\0');
    assert_true(holds(&text, "#compdef tool\n\n_arguments -s -S \\\n    '(-a --limit -b --both)-a[a flag]' \\\n"));
    assert_true(holds(&text, "'(-b --both)'{-b,--both}'[with both names]:FILE:_files'"));
    assert_true(holds(&text, "'--lines[it'\\''s \\[a\\] choice\\: one]:line|nest:(line nest)'"));
    assert_true(holds(&text, "'--table=-[optional]::ROWS\\[,WIDTH\\]:'"));
    assert_true(holds(&text, "'*-o[where]:WHERE:(begin end $(atopic list 2>/dev/null))'"));
    assert_true(holds(&text, "'-k[words and files]:skip|FILE:{compadd skip; _files}'"));
    assert_true(holds(&text, "'(-)'{-h,--help}'=-[this text, or all of it]::all:(all)' \\\n"
                             "    '(-)--version[the version]' \\\n    '1:verb:(make "
                             "take)' \\\n    '*:file:_files'\n"));
    assert_false(options_completion(&table, "tool", "fish", &text));
    buffer_free(&text);
}

static void test_number(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t min, max;
        bool good;
        uint64_t number;
    } cases[] = {
        {"0", 0, 10, true, 0}, {"10", 0, 10, true, 10}, {"11", 0, 10, false, 0}, {"4", 5, 10, false, 0},
         {"5", 5, 10, true, 5},
        {"2k", 0, 4096, true, 2048}, {"2K", 0, 2047, false, 0}, {"3M", 0, UINT64_MAX, true, 3 << 20},
         {"1G", 0, UINT64_MAX, true, 1 << 30},
        {"18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX}, {"18446744073709551616", 0, UINT64_MAX, false, 0},
        {"17179869184G", 0, UINT64_MAX, false, 0}, {"17179869183G", 0, UINT64_MAX, true, UINT64_C(17179869183) << 30},
        {"", 0, 10, false, 0}, {"-1", 0, 10, false, 0}, {"+1", 0, 10, false, 0}, {" 1", 0, 10, false, 0},
         {"1x", 0, 10, false, 0},
        {"1KB", 0, 9999, false, 0}, {"0x1", 0, 10, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problem problem = {0};
        uint64_t number = 77;
        bool good = options_number("-n", cases[i].text, cases[i].min, cases[i].max, &number, &problem);
        assert_int_equal(good, cases[i].good);
        assert_int_equal(problem.status, good ? STATUS_OK : STATUS_USAGE);
        if (good)
            assert_int_equal(number, cases[i].number);
    }
    struct problem problem = {0};
    uint64_t number;
    assert_false(options_number("-n", "x", 1, 5, &number, &problem));
    assert_string_equal(problem.text, "-n x: expected a whole number from 1 to 5 (K, M, G allowed)");
    assert_true(problem.hint);
}

static void test_files(void **state)
{
    (void)state;
    char name[] = "/tmp/test_options.XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    struct problem problem = {0};
    assert_true(options_files((char *[]){"-", name}, 2, NULL, &problem));
    assert_false(options_files((char *[]){name, "/none/there"}, 2, "quote it", &problem));
    assert_string_equal(problem.text, "/none/there: no such file; quote it");
    problem = (struct problem){0};
    assert_false(options_files((char *[]){"/tmp"}, 1, NULL, &problem));
    assert_string_equal(problem.text, "/tmp: is a directory");
    problem = (struct problem){0};
    assert_true(options_apart("--bad", NULL, (char *[]){name}, 1, &problem));
    assert_true(options_apart("--bad", "-", (char *[]){name}, 1, &problem));
    assert_true(options_apart("--bad", "/tmp/none there", (char *[]){name}, 1, &problem));
    assert_false(options_apart("--bad", name, (char *[]){"/dev/null", name}, 2, &problem));
    assert_int_equal(problem.status, STATUS_USAGE);
    close(fd);
    unlink(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_help),
                                       cmocka_unit_test(test_completion), cmocka_unit_test(test_number),
                                       cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
