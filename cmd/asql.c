/* asql: Spark SQL over files and topics. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "group/aggregate/aggregate.h"
#include "over/over.h"
#include "sql/describe.h"
#include "sql/pipe.h"
#include "sql/plan.h"
#include "sql/run.h"
#include "sql/statement.h"
#include "table/data_options.h"

enum { OPTION_PIPE = OPTIONS_OWN };

/* A script may be so long. */
enum { SCRIPT_MAX = 64 << 20, SOURCES_MAX = 1000 };

static const struct option_row own_rows[] = {
    {'f', "file", "SCRIPT", .help = "statements out of a file (-: stdin)", .heading = "statements"},
    {OPTION_PIPE, "pipe", .help = "print the pipe of the other tools that does the same"},
    {0},
};

static void add_calls(struct buffer *into)
{
    expr_call_names(aggregate_function_at, over_function_at, into);
}

static const struct option_table table = {
    .usage = "usage: asql [options] STATEMENT... [NAME=SOURCE...]\n"
             "       asql [options] -f SCRIPT [NAME=SOURCE...]\n"
             "Spark SQL over files, folders of files, stdin (-), and topics: file:DIR/TOPIC,\n"
             "kafka://BROKERS/TOPIC.\n",
    .parts = {own_rows, data_options_list + DATA_OPTIONS_ASKED, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "statement", .words = "EXPRESSION"},
        {.name = "source", .words = "FILE", .repeats = true}, {0}},
    .calls = add_calls,
};

struct binding {
    const char *name, *argument;
    struct sql_source *source; /* NULL until it is used */
};

struct tool {
    struct data_options data;
    bool pipe;
    struct pipe_options given; /* for --pipe */
    const char *text; /* all statements */
    struct binding *bindings;
    size_t count, bound; /* of which so many were given as arguments */
    struct plan_view *views;
    struct arena arena;
    struct stage_runner runner;
    int status;
};

/* NAME=SOURCE: a name, and = right behind it. */
static const char *binding_of(const char *argument)
{
    size_t len = 0;
    if (!isalpha((unsigned char)argument[0]) && argument[0] != '_')
        return NULL;
    while (isalnum((unsigned char)argument[len]) || argument[len] == '_')
        len++;
    return argument[len] == '=' ? argument + len : NULL;
}

static char *read_script(const char *path)
{
    struct buffer text = {0};
    if (!file_load(strcmp(path, "-") == 0 ? "/dev/stdin" : path, SCRIPT_MAX, &text))
        diag_die(STATUS_IO, "%s: %s", path, errno == EFBIG ? "a script of more than 64 MiB" : strerror(errno));
    return text.data;
}

static void bind_name(struct tool *tool, const char *name, const char *argument)
{
    tool->bindings = mem_resize(tool->bindings, tool->count + 1, sizeof *tool->bindings);
    tool->bindings[tool->count++] = (struct binding){.name = name, .argument = argument};
}

static void take_operands(struct tool *tool, char **operands, size_t count, const char *script)
{
    struct buffer text = {0};
    if (script) {
        char *read = read_script(script);
        buffer_add_text(&text, read);
        free(read);
    }
    for (size_t i = 0; i < count; i++) {
        const char *equals = binding_of(operands[i]);
        if (equals) {
            bind_name(tool, arena_copy(&tool->arena, operands[i], (size_t)(equals - operands[i])), equals + 1);
            continue;
        }
        if (text.len > 0)
            buffer_add_text(&text, ";\n");
        buffer_add_text(&text, operands[i]);
    }
    if (text.len == 0)
        diag_die_usage("expected a statement, such as 'select * from t limit 10' t=FILE");
    if (memchr(text.data, '\0', text.len))
        diag_die_usage("a NUL byte in the statement");
    tool->text = arena_copy(&tool->arena, text.data, text.len);
    tool->bound = tool->count;
    buffer_free(&text);
}

/* Notes an option for the tools of a pipe. */
static void note_given(struct tool *tool, int option, const char *argument)
{
    const struct pipe_option given = {.row = options_row(&table, option), .argument = argument};
    struct pipe_option *list = arena_alloc(&tool->arena, (tool->given.count + 1) * sizeof *list);
    if (tool->given.count > 0)
        memcpy(list, tool->given.list, tool->given.count * sizeof *list);
    list[tool->given.count++] = given;
    tool->given.list = list;
}

static void parse_options(struct tool *tool, int argc, char **argv)
{
    struct options_parser parser;
    struct problem problem = {0};
    const char *script = NULL;
    tool->data = data_options_start();
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;) {
        if (option == 'f')
            script = parser.argument;
        else if (option == OPTION_PIPE)
            tool->pipe = true;
        else
            problem_check(data_options_take(&tool->data, option, parser.argument, &problem), &problem);
        if (option != OPTIONS_STOP && options_row(&table, option)->side != SIDE_NONE)
            note_given(tool, option, parser.argument);
    }
    problem_check(data_options_check(&tool->data, &problem), &problem);
    tool->given.has_limit = tool->data.has_limit;
    tool->given.limit = tool->data.limit;
    tool->given.skip = tool->data.skip;
    tool->given.one_reader = tool->data.filter.bad && strcmp(tool->data.filter.bad, "skip") != 0;
    size_t count;
    char **operands = options_operands(&parser, &count);
    take_operands(tool, operands, count, script);
}

/* Whether a word stands in the statements more than once: what can be read only once must be kept then. */
static bool stands_twice(const char *text, const char *word)
{
    size_t len = strlen(word), times = 0;
    for (const char *at = text; *at; at++) {
        bool start = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        bool end = strncasecmp(at, word, len) == 0 && !isalnum((unsigned char)at[len]) && at[len] != '_';
        times += start && end && at[len] != '.';
    }
    return times > 1;
}

static struct sql_source *open_binding(struct tool *tool, struct binding *binding, struct problem *problem)
{
    struct rows_options rows = data_options_rows(&tool->data);
    if (!binding->source)
        binding->source = sql_source_open(binding->name, binding->argument, stands_twice(tool->text, binding->name),
                                          &rows, data_options_threads(&tool->data), &tool->arena, problem);
    return binding->source;
}

/* For the planner: a bound name, or a file that is called so. */
static struct sql_source *find_source(void *context, const char *name, bool is_file, struct problem *problem)
{
    struct tool *tool = context;
    for (size_t i = 0; i < tool->count; i++)
        if (i < tool->bound ? !is_file && strcasecmp(tool->bindings[i].name, name) == 0
                            : strcmp(tool->bindings[i].name, name) == 0)
            return open_binding(tool, &tool->bindings[i], problem);
    bool topic = strncmp(name, "kafka://", 8) == 0 || strncmp(name, "file:", 5) == 0;
    if (!is_file && !topic && access(name, F_OK) != 0 && strcmp(name, "-") != 0)
        return NULL;
    bind_name(tool, name, name);
    return open_binding(tool, &tool->bindings[tool->count - 1], problem);
}

static const char *source_name(void *context, size_t number)
{
    const struct tool *tool = context;
    return number < tool->bound ? tool->bindings[number].name : NULL;
}

static bool run_now(void *context, struct stage *stage, struct problem *problem)
{
    struct tool *tool = context;
    int status = stage_run(&tool->runner, stage, NULL, problem);
    if (status != STATUS_OK && problem->status == STATUS_OK)
        exit(status); /* what is wrong has been said */
    return status == STATUS_OK;
}

static struct plan_options plan_options(struct tool *tool)
{
    return (struct plan_options){
        .source = find_source, .source_name = source_name, .run = tool->pipe ? NULL : run_now, .context = tool};
}

static void print_pipe(struct tool *tool, const struct stage *stage, struct output *out)
{
    struct buffer text = {0};
    const char *why = NULL;
    if (!stage_pipe(stage, &tool->given, &text, &why)) {
        text.len = 0;
        buffer_add_format(&text, "# no pipe of the other tools does the same: %s\n", why);
    }
    output_write(out, text.data, text.len);
    buffer_free(&text);
}

static int run_query(struct tool *tool, struct sql_script *script, struct sql_query *query, struct output *out)
{
    struct problem problem = {0};
    const struct plan_options options = plan_options(tool);
    struct stage *stage = plan_make_query(&options, script, query, tool->views, &tool->arena, &problem);
    int status = STATUS_OK;
    if (!stage)
        problem_die(&problem);
    if (tool->pipe)
        print_pipe(tool, stage, out);
    else if (stage->kind == STAGE_UNION || stage->kind == STAGE_ONE)
        status = stage_run_through(&tool->runner, stage, out, &tool->arena, &problem);
    else
        status = stage_run(&tool->runner, stage, out, &problem);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    stage_free(stage);
    return status;
}

/* A statement made of another. */
static int run_text(struct tool *tool, const char *text, struct output *out)
{
    struct problem problem = {0};
    struct sql_script *script = sql_read(text, &problem);
    if (!script)
        problem_die(&problem);
    int status = run_query(tool, script, script->statements[0].query, out);
    sql_script_free(script);
    return status;
}

static int describe(struct tool *tool, struct sql_script *script, const struct sql_statement *statement,
                    struct output *out)
{
    struct problem problem = {0};
    const struct plan_options options = plan_options(tool);
    struct sql_source *source = NULL;
    struct stage *stage = NULL;
    struct buffer text = {0};
    if (statement->query)
        stage = plan_make_query(&options, script, statement->query, tool->views, &tool->arena, &problem);
    else
        plan_find(&options, script, statement->name, statement->offset, tool->views, &tool->arena, &source, &stage,
                  &problem);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    bool pipe = tool->pipe;
    tool->pipe = false;
    if (source) {
        describe_source(source, &text);
    } else {
        run_now(tool, stage, &problem);
        if (problem.status != STATUS_OK)
            problem_die(&problem);
        describe_stage(stage, &text);
        stage_free(stage);
    }
    int status = STATUS_OK;
    if (pipe)
        output_write(out, "# no pipe of the other tools does the same: aflatten --schema shows types\n", 74);
    else
        status = run_text(tool, text.data, out);
    tool->pipe = pipe;
    buffer_free(&text);
    return status;
}

/* A folder of files that an earlier run has written. */
static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *found;
    while (folder && (found = readdir(folder)) != NULL)
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            unlinkat(dirfd(folder), found->d_name, 0);
    if (folder)
        closedir(folder);
    if (rmdir(path) != 0)
        diag_warn("%s: what was there before stays: %s", path, strerror(errno));
}

/* Into a folder that appears, or takes the place of the one before, when it is whole. */
static int insert(struct tool *tool, struct sql_script *script, const struct sql_statement *statement,
                  struct output *out)
{
    const struct output_form *before = tool->data.to, *form = output_form_find(statement->format);
    struct buffer folder = {0}, file = {0}, old = {0};
    if (!form || strcmp(form->name, "table") == 0)
        diag_die_usage("using %s: expected parquet, json, csv or tsv", statement->format);
    if (tool->pipe) {
        tool->data.to = form;
        int status = run_query(tool, script, statement->query, out);
        tool->data.to = before;
        return status;
    }
    const char *name = strncmp(statement->directory, "file://", 7) == 0 ? statement->directory + 7
                                                                        : statement->directory;
    if (strstr(name, "://"))
        diag_die_usage("%s: asql writes local folders; for others: asql -T json … | aland -d %s", name, name);
    size_t len = strlen(name);
    while (len > 1 && name[len - 1] == '/')
        len--;
    buffer_add_format(&folder, "%.*s.asql-%ld", (int)len, name, (long)getpid());
    buffer_add_char(&folder, '\0');
    buffer_add_format(&old, "%.*s.asql-old-%ld", (int)len, name, (long)getpid());
    buffer_add_char(&old, '\0');
    buffer_add_format(&file, "%s/part-00000.%s", folder.data, form->name);
    buffer_add_char(&file, '\0');
    if (mkdir(folder.data, 0777) != 0)
        diag_die(STATUS_IO, "%s: %s", folder.data, strerror(errno));
    struct output *part = output_open(file.data);
    tool->data.to = form;
    int status = run_query(tool, script, statement->query, part);
    tool->data.to = before;
    output_close(part);
    const char *target = arena_copy(&tool->arena, name, len);
    bool there = access(target, F_OK) == 0;
    if (status != STATUS_OK) {
        unlink(file.data);
        rmdir(folder.data);
    } else if ((there && rename(target, old.data) != 0) || rename(folder.data, target) != 0) {
        diag_die(STATUS_IO, "%s: %s", target, strerror(errno));
    } else if (there) {
        remove_folder(old.data);
    }
    buffer_free(&folder);
    buffer_free(&file);
    buffer_free(&old);
    return status;
}

static void make_view(struct tool *tool, struct sql_script *script, const struct sql_statement *statement)
{
    for (const struct plan_view *view = tool->views; view && !statement->replace; view = view->before)
        if (strcasecmp(view->name, statement->name) == 0)
            diag_die(STATUS_USAGE, "there is a view %s: create or replace temporary view", statement->name);
    struct plan_view *view = arena_alloc(&tool->arena, sizeof *view);
    *view = (struct plan_view){
        .name = statement->name, .query = statement->query, .script = script, .before = tool->views};
    tool->views = view;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct tool tool = {.status = STATUS_OK};
    struct problem problem = {0};
    parse_options(&tool, argc, argv);
    tool.runner.data = &tool.data;
    struct sql_script *script = sql_read(tool.text, &problem);
    if (!script)
        problem_die(&problem);
    const struct shrink_options plain = {0}; /* a pipe is read */
    struct output *out = output_standard(tool.pipe ? &plain : &tool.data.shrink);
    for (size_t i = 0; i < script->count && tool.status == STATUS_OK; i++) {
        const struct sql_statement *statement = &script->statements[i];
        if (statement->kind == SQL_VIEW)
            make_view(&tool, script, statement);
        else if (statement->kind == SQL_INSERT)
            tool.status = insert(&tool, script, statement, out);
        else if (statement->kind == SQL_DESCRIBE)
            tool.status = describe(&tool, script, statement, out);
        else
            tool.status = run_query(&tool, script, statement->query, out);
    }
    output_close(out);
    for (size_t i = 0; i < tool.count; i++)
        if (tool.bindings[i].source && !sql_source_close(tool.bindings[i].source) && tool.status == STATUS_OK)
            tool.status = STATUS_IO;
    sql_script_free(script);
    free(tool.bindings);
    arena_free(&tool.arena);
    return tool.status;
}
