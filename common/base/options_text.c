/* What is made of a table of options: --help, and completions for bash and zsh. */
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/unicode.h"

/* The texts begin in one column, as far to the right as options not longer than this ask for. */
enum { LEFT_MAX = 26, GAP = 2 };

/* What lists topics for a completion. */
static const char topics[] = "$(atopic list 2>/dev/null)";

static bool has_letter(const struct option_row *row)
{
    return row->id < OPTIONS_OWN;
}

/* The argument as --help shows it. */
static void add_argument(const struct option_row *row, struct buffer *into)
{
    if (row->alternatives)
        row->alternatives(into);
    else if (row->argument)
        buffer_add_text(into, row->argument);
}

/* "  -w, --where EXPR" */
static void add_left(const struct option_row *row, struct buffer *into)
{
    if (has_letter(row))
        buffer_add_format(into, "  -%c%s", row->id, row->name ? ", " : "");
    else
        buffer_add_text(into, "      ");
    if (row->name)
        buffer_add_format(into, "--%s", row->name);
    if (!row->argument)
        return;
    buffer_add_text(into, row->optional ? "[=" : " ");
    add_argument(row, into);
    if (row->optional)
        buffer_add_char(into, ']');
}

static void add_spaces(struct buffer *into, size_t count)
{
    for (; count > 0; count--)
        buffer_add_char(into, ' ');
}

/* The text from `column` on, in lines that break at spaces, the first one where the buffer stands (`used` columns). */
static void add_wrapped(const char *text, size_t used, size_t column, struct buffer *into)
{
    if (used + GAP > column) {
        buffer_add_char(into, '\n');
        used = 0;
    }
    add_spaces(into, column - used);
    for (size_t at = column; *text;) {
        size_t len = strcspn(text, " "), width = unicode_count(text, len);
        if (at > column && at + 1 + width > OPTIONS_COLUMNS) {
            buffer_add_char(into, '\n');
            add_spaces(into, column);
            at = column;
        } else if (at > column) {
            buffer_add_char(into, ' ');
            at++;
        }
        buffer_add(into, text, len);
        at += width;
        text += len;
        text += strspn(text, " ");
    }
    buffer_add_char(into, '\n');
}

/* Whether --help has it where not all has room. */
static bool is_short(const struct option_row *row)
{
    return has_letter(row) && row->id != 'h';
}

/* Where the texts begin: of all rows, or of the short ones. */
static size_t text_column(const struct option_table *table, bool all)
{
    size_t column = 0;
    struct buffer left = {0};
    for (const struct option_row *const *part = table->parts; *part; part++) {
        for (const struct option_row *row = *part; row->id; row++) {
            left.len = 0;
            add_left(row, &left);
            size_t width = unicode_count(left.data, left.len);
            if ((all || is_short(row)) && width > column && width <= LEFT_MAX)
                column = width;
        }
    }
    buffer_free(&left);
    return column + GAP;
}

void options_help(const struct option_table *table, struct buffer *into)
{
    size_t column = text_column(table, true);
    buffer_add_text(into, table->usage);
    for (const struct option_row *const *part = table->parts; *part; part++) {
        for (const struct option_row *row = *part; row->id; row++) {
            if (row->heading)
                buffer_add_format(into, "\n%s:\n", row->heading);
            size_t start = into->len;
            add_left(row, into);
            add_wrapped(row->help, unicode_count(into->data + start, into->len - start), column, into);
        }
    }
}

static size_t count_lines(const struct buffer *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->len; i++)
        lines += text->data[i] == '\n';
    return lines;
}

/* As much of the text as has room in one line: to where it pauses, or whole words and dots. */
static void add_cut(const char *text, size_t room, struct buffer *into)
{
    static const char dots[] = " ...";
    size_t word = 0, pause = 0, depth = 0;
    for (size_t at = 0; text[at] && unicode_count(text, at) <= room; at++) {
        depth += text[at] == '(' ? 1 : text[at] == ')' && depth > 0 ? SIZE_MAX : 0;
        if (text[at] == ' ' && unicode_count(text, at) + sizeof dots - 1 <= room)
            word = at;
        if (depth == 0 && (text[at] == ';' || text[at] == ':' || (text[at] == ' ' && text[at + 1] == '(')))
            pause = at;
    }
    if (unicode_count(text, strlen(text)) <= room) {
        buffer_add_text(into, text);
    } else if (pause > 0) {
        buffer_add(into, text, pause);
    } else {
        buffer_add(into, text, word);
        buffer_add_text(into, dots);
    }
    buffer_add_char(into, '\n');
}

void options_short_help(const struct option_table *table, const char *tool, struct buffer *into)
{
    size_t start = into->len, column = text_column(table, false);
    options_help(table, into);
    if (count_lines(into) <= OPTIONS_LINES)
        return;
    into->len = start;
    buffer_add_text(into, table->usage);
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++) {
            if (!is_short(row) || count_lines(into) + 1 >= OPTIONS_LINES)
                continue;
            size_t left = into->len;
            add_left(row, into);
            size_t width = unicode_count(into->data + left, into->len - left);
            size_t from = width + GAP > column ? width + GAP : column;
            add_spaces(into, from - width);
            add_cut(row->help, from < OPTIONS_COLUMNS ? OPTIONS_COLUMNS - from : 0, into);
        }
    buffer_add_format(into, "%s --help all: all options; man %s: with examples\n", tool, tool);
}

/* The words that complete an argument, parted by spaces; nothing if none do. `argument` are alternatives, parted by
 * |. */
static void add_words(const char *argument, const char *words, struct buffer *into)
{
    for (const char *at = argument; argument && *at; at += strspn(at, "|")) {
        size_t len = strcspn(at, "|");
        bool known = (len == 4 && memcmp(at, "FILE", 4) == 0) || (len == 5 && memcmp(at, "TOPIC", 5) == 0);
        bool word = len > 0 && strspn(at, "abcdefghijklmnopqrstuvwxyz") >= len;
        if (word || known)
            buffer_add_format(into, "%s%.*s", into->len > 0 ? " " : "", (int)len, at);
        at += len;
    }
    if (words)
        buffer_add_format(into, "%s%s", into->len > 0 ? " " : "", words);
    buffer_add_char(into, '\0');
}

static char *words_of(const struct option_row *row)
{
    struct buffer argument = {0}, words = {0};
    add_argument(row, &argument);
    buffer_add_char(&argument, '\0');
    add_words(argument.data, row->words, &words);
    buffer_free(&argument);
    return words.data;
}

/* Takes one of the words out of the list (FILE, TOPIC); whether it was there. */
static bool take_word(char *words, const char *word)
{
    size_t len = strlen(word);
    for (char *at = words; (at = strstr(at, word)); at++) {
        if ((at > words && at[-1] != ' ') || (at[len] != ' ' && at[len] != '\0'))
            continue;
        size_t taken = len + strspn(at + len, " ");
        memmove(at, at + taken, strlen(at + taken) + 1);
        return true;
    }
    return false;
}

/* The commands that set COMPREPLY to what the words say. */
static void add_bash_reply(const char *tool, const char *words, const char *indent, struct buffer *into)
{
    char *rest = mem_copy(words, strlen(words));
    bool files = take_word(rest, "FILE"), topic = take_word(rest, "TOPIC"), calls = take_word(rest, "EXPRESSION");
    size_t len = strlen(rest);
    while (len > 0 && rest[len - 1] == ' ')
        rest[--len] = '\0';
    if (calls)
        buffer_add_format(into, "%s_%s_calls\n", indent, tool);
    if (files)
        buffer_add_format(into, "%scompopt -o filenames\n", indent);
    if (len > 0 || topic || files)
        buffer_add_format(into, "%smapfile -t COMPREPLY < <(", indent);
    if (len > 0)
        buffer_add_format(into, "compgen -W '%s' -- \"$word\"", rest);
    if (topic)
        buffer_add_format(into, "%scompgen -W \"%s\" -- \"$word\"", len > 0 ? "; " : "", topics);
    if (files)
        buffer_add_format(into, "%scompgen -f -- \"$word\"", len > 0 || topic ? "; " : "");
    if (len > 0 || topic || files)
        buffer_add_text(into, ")\n");
    free(rest);
}

static void add_bash_case(const char *tool, const struct option_row *row, struct buffer *into)
{
    buffer_add_text(into, "    ");
    if (has_letter(row))
        buffer_add_format(into, "-%c%s", row->id, row->name ? " | " : "");
    if (row->name)
        buffer_add_format(into, "--%s", row->name);
    buffer_add_text(into, ")\n");
    char *words = words_of(row);
    add_bash_reply(tool, words, "        ", into);
    buffer_add_text(into, "        return ;;\n");
    free(words);
}

/* All options as words; --schema and --schema=json. */
static void add_bash_options(const struct option_row *row, struct buffer *into)
{
    if (has_letter(row))
        buffer_add_format(into, " -%c", row->id);
    if (row->name)
        buffer_add_format(into, " --%s", row->name);
    if (!row->optional)
        return;
    char *words = words_of(row);
    for (char *at = words, *next; *at; at = next) {
        size_t len = strcspn(at, " ");
        next = at + len + strspn(at + len, " ");
        buffer_add_format(into, " --%s=%.*s", row->name, (int)len, at);
    }
    free(words);
}

/* A function of the shell that completes the last name of an expression, whose opening quote, if any, is no part of
 * what bash puts in. */
static void add_bash_calls(const struct option_table *table, const char *tool, struct buffer *into)
{
    buffer_add_format(into, "_%s_calls() {\n    local name=${word##*[!a-zA-Z0-9_]} names='", tool);
    table->calls(into);
    buffer_add_text(into, "'\n    local before=${word#[\\\"\\']}\n"
                          "    compopt -o nospace\n"
                          "    mapfile -t COMPREPLY < <(compgen -P \"${before%\"$name\"}\" -S '(' -W \"$names\" -- "
                          "\"$name\")\n}\n");
}

static void add_bash(const struct option_table *table, const char *tool, struct buffer *into)
{
    buffer_add_format(into, "# bash completion for %s\n", tool);
    if (table->calls)
        add_bash_calls(table, tool, into);
    buffer_add_format(into, "_%s() {\n", tool);
    buffer_add_text(into, "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                          "    COMPREPLY=()\n    case $previous in\n");
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++)
            if (row->argument && row->argument[0] != '[' && !row->optional)
                add_bash_case(tool, row, into);
    buffer_add_text(into, "    esac\n    if [[ $word == -* ]]; then\n        mapfile -t COMPREPLY < <(compgen -W '");
    size_t start = into->len;
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++)
            add_bash_options(row, into);
    memmove(into->data + start, into->data + start + 1, --into->len - start); /* the first space */
    buffer_add_text(into, "' -- \"$word\")\n");
    const struct option_operand *last = table->operands;
    while (last->name && last[1].name)
        last++;
    /* the first operand where words complete it, but not where it is an expression: then files, as behind it */
    if (last > table->operands && table->operands->words) {
        bool quoted = strstr(table->operands->words, "EXPRESSION") != NULL; /* wherever it stands */
        buffer_add_format(into, "    elif [[ $COMP_CWORD = 1%s ]]; then\n", quoted ? " || $word == [\\\"\\']*" : "");
        add_bash_reply(tool, table->operands->words, "        ", into);
    }
    if (last->name && last->words) {
        buffer_add_text(into, "    else\n");
        add_bash_reply(tool, last->words, "        ", into);
    }
    buffer_add_format(into, "    fi\n}\ncomplete -F _%s %s\n", tool, tool);
}

/* Within single quotes of the shell; `special` are zsh's own there. */
static void add_quoted(const char *text, const char *special, struct buffer *into)
{
    for (; *text; text++) {
        if (*text == '\'')
            buffer_add_text(into, "'\\'");
        else if (strchr(special, *text))
            buffer_add_char(into, '\\');
        buffer_add_char(into, *text);
    }
}

/* What completes an argument or operand, behind its name: :_files, :(line nest), nothing. */
static void add_zsh_action(const char *tool, const char *words, struct buffer *into)
{
    char *rest = mem_copy(words, strlen(words));
    bool files = take_word(rest, "FILE"), topic = take_word(rest, "TOPIC"), calls = take_word(rest, "EXPRESSION");
    size_t len = strlen(rest);
    while (len > 0 && rest[len - 1] == ' ')
        rest[--len] = '\0';
    buffer_add_char(into, ':');
    if (calls)
        buffer_add_format(into, "_%s_calls", tool);
    else if (files && len == 0)
        buffer_add_text(into, "_files");
    else if (files)
        buffer_add_format(into, "{compadd %s; _files}", rest);
    else if (topic)
        buffer_add_format(into, "(%s%s%s)", rest, len > 0 ? " " : "", topics);
    else if (len > 0)
        buffer_add_format(into, "(%s)", rest);
    free(rest);
}

static const struct option_row *find(const struct option_table *table, const char *name, size_t len)
{
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++)
            if ((len == 1 && row->id == name[0]) ||
                (row->name && strlen(row->name) == len && memcmp(row->name, name, len) == 0))
                return row;
    return NULL;
}

static void add_names(const struct option_row *row, const char *between, struct buffer *into)
{
    if (has_letter(row))
        buffer_add_format(into, "-%c%s", row->id, row->name ? between : "");
    if (row->name)
        buffer_add_format(into, "--%s", row->name);
}

/* (those that no longer go): itself, unless it may be repeated, and what it excludes. */
static void add_zsh_excluded(const struct option_table *table, const struct option_row *row, struct buffer *into)
{
    bool both = has_letter(row) && row->name;
    if (row->id == 'h' || row->id == OPTIONS_COMMON) {
        buffer_add_text(into, "(-)");
        return;
    }
    if (row->repeats || (!both && !row->excludes)) {
        buffer_add_text(into, row->repeats ? "*" : "");
        return;
    }
    buffer_add_char(into, '(');
    add_names(row, " ", into);
    for (const char *at = row->excludes; at && *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        const struct option_row *other = find(table, at, len);
        buffer_add_char(into, ' ');
        if (other)
            add_names(other, " ", into);
        at += len;
    }
    buffer_add_char(into, ')');
}

static void add_zsh_option(const struct option_table *table, const char *tool, const struct option_row *row,
                           struct buffer *into)
{
    buffer_add_text(into, " \\\n    '");
    add_zsh_excluded(table, row, into);
    if (has_letter(row) && row->name) {
        buffer_add_text(into, "'{");
        add_names(row, ",", into);
        buffer_add_text(into, "}'");
    } else {
        add_names(row, "", into);
    }
    if (row->optional)
        buffer_add_text(into, "=-");
    buffer_add_char(into, '[');
    add_quoted(row->help, "[]:\\", into);
    buffer_add_char(into, ']');
    if (row->argument && row->argument[0] != '[') {
        struct buffer argument = {0};
        add_argument(row, &argument);
        buffer_add_char(&argument, '\0');
        buffer_add_text(into, row->optional ? "::" : ":");
        add_quoted(argument.data, "[]:\\", into);
        buffer_free(&argument);
        char *words = words_of(row);
        add_zsh_action(tool, words, into);
        free(words);
    }
    buffer_add_char(into, '\'');
}

static void add_zsh(const struct option_table *table, const char *tool, struct buffer *into)
{
    buffer_add_format(into, "#compdef %s\n\n", tool);
    if (table->calls) {
        buffer_add_format(into, "_%s_calls() {\n    compset -P '*[^a-zA-Z0-9_]'\n    compadd -S '(' --", tool);
        table->calls(into);
        buffer_add_text(into, "\n}\n\n");
    }
    buffer_add_text(into, "_arguments -s -S");
    for (const struct option_row *const *part = table->parts; *part; part++)
        for (const struct option_row *row = *part; row->id; row++)
            add_zsh_option(table, tool, row, into);
    for (const struct option_operand *operand = table->operands; operand->name; operand++) {
        if (operand->repeats)
            buffer_add_format(into, " \\\n    '*:%s", operand->name);
        else
            buffer_add_format(into, " \\\n    '%d:%s", (int)(operand - table->operands) + 1, operand->name);
        add_zsh_action(tool, operand->words ? operand->words : "", into);
        buffer_add_char(into, '\'');
    }
    buffer_add_char(into, '\n');
}

bool options_completion(const struct option_table *table, const char *tool, const char *shell, struct buffer *into)
{
    if (strcmp(shell, "bash") == 0)
        add_bash(table, tool, into);
    else if (strcmp(shell, "zsh") == 0)
        add_zsh(table, tool, into);
    else
        return false;
    return true;
}
