#include "sql/pipe.h"

#include <stdio.h>
#include <string.h>

struct printer {
    struct buffer *into;
    const struct pipe_options *options;
    size_t readers;  /* tools that read what comes in */
    const char *why; /* not NULL: it cannot be printed */
};

static bool print_stage(struct printer *printer, const struct stage *stage, bool last);

static bool refuse(struct printer *printer, const char *why)
{
    printer->why = printer->why ? printer->why : why;
    return false;
}

/* A word for the shell; a name of a file after `--` never is an option. */
static void add_word(struct buffer *into, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,@%+=-";
    if (*word && strspn(word, plain) == strlen(word) && *word != '=') {
        buffer_add_text(into, word);
        return;
    }
    buffer_add_char(into, '\'');
    for (; *word; word++)
        if (*word == '\'')
            buffer_add_text(into, "'\\''");
        else
            buffer_add_char(into, *word);
    buffer_add_char(into, '\'');
}

static void add_option(struct buffer *into, const char *option, const char *argument)
{
    if (!argument)
        return;
    buffer_add_format(into, " %s ", option);
    add_word(into, argument);
}

static bool is_for(const struct option_row *row, bool reads, bool last)
{
    switch (row->side) {
    case SIDE_EACH:
        return true;
    case SIDE_IN:
        return reads;
    case SIDE_OUT:
        return last;
    case SIDE_BOTH:
        return reads || last;
    case SIDE_NONE:
        break;
    }
    return false;
}

/* One as it was given; where the argument may say which side it is about (in|out), a tool on one side gets that. */
static void add_given(struct buffer *into, const struct pipe_option *given, bool reads, bool last)
{
    const struct option_row *row = given->row;
    const char *argument = given->argument;
    if (row->optional && row->side == SIDE_BOTH) {
        const char *side = reads ? "in" : "out";
        if (argument && strcmp(argument, side) != 0 && !(reads && last))
            return;
        argument = argument || (reads && last) ? argument : side;
    }
    buffer_add_text(into, row->id < OPTIONS_OWN ? " -" : " --");
    if (row->id < OPTIONS_OWN)
        buffer_add_char(into, (char)row->id);
    else
        buffer_add_text(into, row->name);
    if (!argument)
        return;
    buffer_add_char(into, row->optional ? '=' : ' ');
    add_word(into, argument);
}

/* The options of a tool: which of those that were given depends on whether it reads what comes in, and is the last;
 * what a tool in front of another writes is JSON. Ends in a blank. */
static void add_options(struct printer *printer, bool reads, bool last)
{
    printer->readers += reads;
    for (size_t i = 0; i < printer->options->count; i++)
        if (is_for(printer->options->list[i].row, reads, last))
            add_given(printer->into, &printer->options->list[i], reads, last);
    buffer_add_text(printer->into, last ? " " : " -T json ");
}

static bool is_topic(const struct sql_source *source)
{
    return source->child != 0 || (strchr(source->argument, '/') && source->once &&
                                  (strncmp(source->argument, "kafka://", 8) == 0 ||
                                   strncmp(source->argument, "file:", 5) == 0));
}

/* aconsume -b BROKER -t TOPIC */
static void add_topic(struct buffer *into, const char *argument)
{
    bool kafka = strncmp(argument, "kafka://", 8) == 0;
    const char *start = kafka ? argument + 8 : argument, *question = strchr(start, '?'),
               *end = question ? question : start + strlen(start), *slash = end;
    while (slash > start && *slash != '/')
        slash--;
    struct buffer word = {0};
    buffer_add(&word, start, (size_t)(slash - start));
    buffer_add_char(&word, '\0');
    buffer_add_text(into, "aconsume -b ");
    add_word(into, word.data);
    word.len = 0;
    buffer_add(&word, slash + 1, (size_t)(end - slash - 1));
    buffer_add_char(&word, '\0');
    buffer_add_text(into, " -t ");
    add_word(into, word.data);
    if (question)
        add_option(into, "-o", question + 1);
    buffer_free(&word);
}

/* What comes in front of a stage: "tool … |\n"; or nothing, and *file is what it reads. */
static bool print_feed(struct printer *printer, const struct stage_feed *feed, const char **file)
{
    *file = NULL;
    if (feed->source && is_topic(feed->source)) {
        add_topic(printer->into, feed->source->argument);
        buffer_add_text(printer->into, " |\n");
        return true;
    }
    if (feed->source) {
        *file = feed->source->argument;
        return true;
    }
    if (!print_stage(printer, feed->stage, false))
        return false;
    buffer_add_text(printer->into, " |\n");
    return true;
}

/* The file of a stage at the end of its line. */
static void add_file(struct buffer *into, const char *file)
{
    if (!file || strcmp(file, "-") == 0)
        return;
    buffer_add_char(into, ' ');
    if (*file == '-')
        buffer_add_text(into, "./");
    add_word(into, file);
}

/* A select list; one that begins with a minus is no option behind a blank. */
static void add_list(struct buffer *into, const char *list)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%s%s", *list == '-' ? " " : "", list);
    buffer_add_char(&text, '\0');
    add_word(into, text.data);
    buffer_free(&text);
}

/* The statement's limit; of what it leaves, the last tool has the one that was asked for. */
static void add_limit(const struct printer *printer, const struct stage *stage, bool last)
{
    const struct pipe_options *options = printer->options;
    uint64_t limit = stage->has_limit ? stage->limit : UINT64_MAX, skip = stage->skip;
    if (last) {
        limit = limit == UINT64_MAX ? limit : limit > options->skip ? limit - options->skip : 0;
        limit = options->has_limit && options->limit < limit ? options->limit : limit;
        skip += options->skip;
    }
    if (limit != UINT64_MAX)
        buffer_add_format(printer->into, " -n %llu", (unsigned long long)limit);
    if (skip > 0)
        buffer_add_format(printer->into, " --offset %llu", (unsigned long long)skip);
}

static void add_explodes(struct buffer *into, const struct stage *stage)
{
    for (size_t i = 0; i < stage->explode_count; i++) {
        struct buffer text = {0};
        buffer_add_format(&text, "%s as %s", stage->explodes[i].array, stage->explodes[i].name);
        buffer_add_char(&text, '\0');
        add_option(into, "-e", text.data);
        buffer_free(&text);
    }
    if (stage->outer)
        buffer_add_text(into, " --outer");
}

static bool print_rows(struct printer *printer, const struct stage *stage, bool last)
{
    const char *file;
    if (!print_feed(printer, &stage->feeds[0], &file))
        return false;
    buffer_add_text(printer->into, "aflatten");
    add_explodes(printer->into, stage);
    add_option(printer->into, "-w", stage->where);
    add_option(printer->into, "--qualify", stage->qualify);
    add_option(printer->into, "-o", stage->order);
    add_limit(printer, stage, last);
    add_options(printer, stage->feeds[0].source, last);
    add_list(printer->into, stage->select);
    add_file(printer->into, file);
    return true;
}

static bool print_group(struct printer *printer, const struct stage *stage, bool last)
{
    const char *file;
    if (!print_feed(printer, &stage->feeds[0], &file))
        return false;
    buffer_add_text(printer->into, "aagg");
    bool more = stage->keys && stage->select && !stage->shows_key && !stage->pivot; /* the keys must go again */
    add_explodes(printer->into, stage);
    add_option(printer->into, "-g", stage->keys);
    add_option(printer->into, "--pivot", stage->pivot);
    add_option(printer->into, "-w", stage->where);
    add_option(printer->into, "--having", stage->having);
    add_option(printer->into, "-o", stage->order);
    add_limit(printer, stage, last);
    add_options(printer, stage->feeds[0].source, last && !more);
    add_list(printer->into, stage->select ? stage->select : "");
    add_file(printer->into, file);
    if (!more)
        return true;
    return refuse(printer, "the keys are not in the list, and aagg writes them");
}

/* One side of a join: its file, or <(a pipe). */
static bool print_side(struct printer *printer, const struct stage_feed *feed)
{
    struct buffer *into = printer->into;
    if (feed->source && !is_topic(feed->source)) {
        buffer_add_char(into, ' ');
        add_word(into, feed->source->argument);
        return true;
    }
    buffer_add_text(into, " <(");
    if (feed->source)
        add_topic(into, feed->source->argument);
    else if (!print_stage(printer, feed->stage, false))
        return false;
    buffer_add_char(into, ')');
    return true;
}

static bool print_join(struct printer *printer, const struct stage *stage, bool last)
{
    static const char *const kinds[] = {"", " --left", " --right", " --full", " --semi", " --anti"};
    bool cross = !stage->keys && !stage->on;
    buffer_add_format(printer->into, "ajoin%s",
                      cross ? stage->join == JOIN_INNER ? " --cross" : " --on true" : "");
    buffer_add_text(printer->into, kinds[stage->join]);
    add_option(printer->into, "-k", stage->keys);
    add_option(printer->into, "--on", stage->on);
    add_option(printer->into, "-w", stage->where);
    add_option(printer->into, "-o", stage->order);
    add_limit(printer, stage, last);
    add_options(printer, stage->feeds[0].source || stage->feeds[1].source, last);
    add_list(printer->into, stage->select);
    return print_side(printer, &stage->feeds[0]) && print_side(printer, &stage->feeds[1]);
}

static bool print_union(struct printer *printer, const struct stage *stage)
{
    buffer_add_text(printer->into, "{ ");
    for (size_t i = 0; i < stage->part_count; i++) {
        if (!print_stage(printer, stage->parts[i], false))
            return false;
        buffer_add_text(printer->into, i + 1 < stage->part_count ? ";\n" : "; }");
    }
    return true;
}

static bool print_stage(struct printer *printer, const struct stage *stage, bool last)
{
    bool good = false;
    if (stage->no_pipe)
        return refuse(printer, stage->no_pipe);
    for (size_t i = 0; i < stage->column_count && !last; i++)
        if (stage->columns[i].typed)
            return refuse(printer, "a date, a time or a decimal goes from step to step, for which JSON has no type");
    switch (stage->kind) {
    case STAGE_ONE:
        buffer_add_text(printer->into, "echo '{}'");
        return true;
    case STAGE_ROWS:
        good = print_rows(printer, stage, last);
        break;
    case STAGE_GROUP:
        good = print_group(printer, stage, last);
        break;
    case STAGE_JOIN:
        good = print_join(printer, stage, last);
        break;
    case STAGE_UNION:
        good = print_union(printer, stage);
        break;
    }
    return good;
}

bool stage_pipe(const struct stage *stage, const struct pipe_options *options, struct buffer *into, const char **why)
{
    struct printer printer = {.into = into, .options = options};
    for (size_t i = 0; i < stage->column_count; i++)
        if (strcmp(stage->columns[i].name, stage->columns[i].inner) != 0) {
            *why = "two columns have one name, or one hides another";
            return false;
        }
    bool good = true;
    if (stage->kind == STAGE_UNION) { /* its lines are JSON: one more tool writes them as it is asked for */
        good = print_union(&printer, stage);
        buffer_add_text(into, " |\naflatten");
        add_limit(&printer, &(struct stage){0}, true);
        add_options(&printer, false, true);
        buffer_add_char(into, '\'');
        for (size_t i = 0; i < stage->column_count; i++)
            buffer_add_format(into, "%s`%s`", i > 0 ? ", " : "", stage->columns[i].inner);
        buffer_add_text(into, "'");
    } else {
        good = print_stage(&printer, stage, true);
    }
    if (good && printer.readers > 1 && options->one_reader)
        good = refuse(&printer, "several tools would write the file of --bad");
    buffer_add_text(into, "\n");
    *why = printer.why;
    return good;
}
