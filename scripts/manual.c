/* manual PAGE: the page, on stdout, with the lists of functions in it made anew from the functions' rows: they stand
 * between the lines `.\" functions SECTION` (or `.\" aggregates`, `.\" windows`, `.\" jq`) and `.\" end`.
 * `make man-functions` puts it in the page's place. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "expr/function/function.h"
#include "group/aggregate/aggregate.h"
#include "jq/jq.h"
#include "over/over.h"

enum { LINE_WIDTH = 78 };

/* A text for mdoc; in code a hyphen is one that can be copied. */
static void escape(struct buffer *into, const char *text, size_t len, bool code)
{
    for (size_t i = 0; i < len; i++) {
        static const char special[] = "\\'\"`^~", *const escapes[] = {"\\e",   "\\(aq", "\\(dq",
                                                                      "\\(ga", "\\(ha", "\\(ti"};
        const char *found = strchr(special, text[i]);
        bool option = text[i] == '-' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '-');
        if (found)
            buffer_add_text(into, escapes[found - special]);
        else if (text[i] == '-' && (code || option))
            buffer_add_text(into, "\\-");
        else
            buffer_add_char(into, text[i]);
    }
}

/* Sentences, each on a line of its own, wrapped. */
static void print_text(const char *text)
{
    size_t width = 0;
    for (const char *word = text; *word;) {
        size_t len = strcspn(word, " ");
        bool last = word[len] == '\0',
             ends = last || (word[len - 1] == '.' && word[len + 1] >= 'A' && word[len + 1] <= 'Z');
        struct buffer escaped = {0};
        escape(&escaped, word, len, false);
        if (last)
            buffer_add_char(&escaped, '.');
        if (width > 0 && width + 1 + escaped.len > LINE_WIDTH) {
            putchar('\n');
            width = 0;
        }
        if (width == 0 && (escaped.data[0] == '.' || escaped.data[0] == '\''))
            fputs("\\&", stdout);
        printf("%s%.*s", width > 0 ? " " : "", (int)escaped.len, escaped.data);
        width += (width > 0) + escaped.len;
        if (ends) {
            putchar('\n');
            width = 0;
        }
        buffer_free(&escaped);
        word += len + !last;
    }
}

static void print_code(const char *macro, const char *text, size_t len)
{
    struct buffer escaped = {0};
    escape(&escaped, text, len, true);
    printf("%s %.*s", macro, (int)escaped.len, escaped.data);
    buffer_free(&escaped);
}

static void print_row(const struct callable *row)
{
    struct buffer call = {0};
    buffer_add_text(&call, row->name);
    buffer_add_char(&call, '(');
    buffer_add_text(&call, row->arguments);
    buffer_add_char(&call, ')');
    print_code(".It Li", call.data, call.len);
    buffer_free(&call);
    for (const char *alias = row->aliases ? row->aliases : ""; *alias; alias += strspn(alias, " ")) {
        size_t len = strcspn(alias, " ");
        printf(" , %.*s", (int)len, alias);
        alias += len;
    }
    putchar('\n');
    print_text(row->result);
    print_text(row->about);
    for (const char *example = row->examples; *example; example += *example == '\n') {
        size_t len = strcspn(example, "\n");
        print_code(".Dl", example, len);
        putchar('\n');
        example += len;
    }
}

/* False if there is no such section. */
static bool print_functions(const char *wanted)
{
    const struct function *function;
    const char *section;
    bool any = false;
    for (size_t i = 0; (function = function_at(i, &section)); i++) {
        if (strcmp(section, wanted) != 0)
            continue;
        print_row(&function->callable);
        any = true;
    }
    return any;
}

static bool print_aggregates(void)
{
    const struct aggregate_function *aggregate;
    for (size_t i = 0; (aggregate = aggregate_function_at(i)); i++)
        print_row(&aggregate->callable);
    return true;
}

static bool print_windows(void)
{
    const struct window_function *window;
    for (size_t i = 0; (window = over_function_at(i)); i++)
        print_row(&window->callable);
    return true;
}

static bool print_jq(void)
{
    struct jq_entry entry;
    for (size_t i = 0; jq_function_entry(i, &entry); i++) {
        struct buffer call = {0};
        buffer_add_text(&call, entry.name);
        for (unsigned argument = 0; argument < entry.arity; argument++) {
            buffer_add_text(&call, argument == 0 ? "(" : "; ");
            buffer_add_char(&call, (char)('f' + argument));
        }
        if (entry.arity > 0)
            buffer_add_char(&call, ')');
        print_code(".It Li", call.data, call.len);
        putchar('\n');
        print_text(entry.description);
        print_code(".Dl", entry.example, strlen(entry.example));
        putchar('\n');
        buffer_free(&call);
    }
    return true;
}

int main(int argc, char **argv)
{
    static const char functions[] = ".\\\" functions ", aggregates[] = ".\\\" aggregates\n",
                      windows[] = ".\\\" windows\n",
                      jq[] = ".\\\" jq\n", end[] = ".\\\" end\n";
    diag_start(argv[0]);
    FILE *page = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!page)
        diag_die(STATUS_USAGE, "manual PAGE: %s", argc == 2 ? strerror(errno) : "no page");
    char *line = NULL;
    size_t cap = 0;
    bool within = false;
    while (getline(&line, &cap, page) > 0) {
        within = within && strcmp(line, end) != 0;
        if (within)
            continue;
        fputs(line, stdout);
        bool list = strncmp(line, functions, sizeof functions - 1) == 0;
        if (list)
            line[strcspn(line, "\n")] = '\0';
        if (list && !print_functions(line + sizeof functions - 1))
            diag_die(STATUS_USAGE, "%s: no section of functions: %s", argv[1], line);
        within = list || (strcmp(line, aggregates) == 0 && print_aggregates()) ||
                 (strcmp(line, windows) == 0 && print_windows()) || (strcmp(line, jq) == 0 && print_jq());
    }
    if (within)
        diag_die(STATUS_USAGE, "%s: a list without its end", argv[1]);
    free(line);
    return fclose(page) == 0 && fflush(stdout) == 0 ? STATUS_OK : STATUS_IO;
}
