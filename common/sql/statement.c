#include "sql/statement.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expr/syntax.h"
#include "group/aggregate/aggregate.h"
#include "over/over.h"
#include "sql/statement_inner.h"

/* Queries within queries: as deep as expressions are. */
enum { SQL_DEPTH_MAX = 100 };

static struct sql_query *read_set(struct reader *reader, int level);

void *sql_make(struct reader *reader, size_t size)
{
    void *made = arena_alloc(&reader->script->arena, size);
    memset(made, 0, size);
    return made;
}

/* Room for one more at the end of a list in the arena, which grows at each power of two. */
void *sql_grow(struct reader *reader, void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return list;
    char *larger = sql_make(reader, (count ? 2 * count : 1) * size);
    if (count > 0)
        memcpy(larger, list, count * size);
    return larger;
}

static const char *const clause_words[] = {
    "from",  "where",  "group", "having", "order", "limit", "offset",  "union",  "intersect", "except", "minus",
    "lateral", "on",   "using", "join",   "inner", "left",  "right",   "full",   "cross",     "semi",   "anti",
    "natural", "select", "window", "sort", "cluster", "distribute", "qualify", "outer", "as", "values", "with", "set"};

bool sql_is_clause(const struct parser *parser, size_t ahead)
{
    for (size_t i = 0; i < sizeof clause_words / sizeof *clause_words; i++)
        if (syntax_word(parser, ahead, clause_words[i]))
            return true;
    return sql_is_turn(parser, ahead);
}

/* [as] NAME, where no clause begins. */
const char *sql_read_alias(struct reader *reader)
{
    struct parser *parser = reader->parser;
    bool quoted;
    if (syntax_accept_word(parser, "as"))
        return syntax_name(parser, "a name");
    if (!syntax_is_name(parser, 0, &quoted) || (!quoted && sql_is_clause(parser, 0)))
        return NULL;
    reader->alias_at = syntax_offset(parser);
    reader->alias = syntax_name(parser, "a name");
    reader->alias_end = syntax_end(parser);
    return reader->alias;
}

/* (a, b, c) */
const char **sql_read_names(struct reader *reader, size_t *count)
{
    const char **names = NULL;
    syntax_expect(reader->parser, "(");
    *count = 0;
    do {
        names = sql_grow(reader, names, *count, sizeof *names);
        names[(*count)++] = syntax_name(reader->parser, "a column's name");
    } while (syntax_accept(reader->parser, ","));
    syntax_expect(reader->parser, ")");
    return names;
}

struct select *sql_new_scope(struct reader *reader)
{
    return sql_make(reader, sizeof(struct select));
}

/* A whole number behind LIMIT or OFFSET. */
static uint64_t read_count(struct reader *reader, const char *what)
{
    size_t offset = syntax_offset(reader->parser);
    const struct expr *expr = syntax_expression(reader->parser);
    if (expr->kind != EXPR_LITERAL || expr->literal.type != VALUE_LONG || expr->literal.integer < 0)
        syntax_fail(reader->parser, offset, "%s takes a whole number", what);
    return (uint64_t)expr->literal.integer;
}

/* WINDOW stands behind the calls that use its names: it is read first, wherever this select has it. How many tokens it
 * is long, without its word. */
static size_t read_windows(struct reader *reader)
{
    static const char *const ends[] = {"union", "intersect", "except", "minus"};
    const struct parser *parser = reader->parser;
    size_t depth = 0;
    for (size_t ahead = 0; !syntax_at_end(parser, ahead) && !syntax_is(parser, ahead, ";"); ahead++) {
        if (syntax_is(parser, ahead, "("))
            depth++;
        if (syntax_is(parser, ahead, ")") && depth-- == 0)
            return 0;
        for (size_t i = 0; depth == 0 && i < sizeof ends / sizeof *ends; i++)
            if (syntax_word(parser, ahead, ends[i]))
                return 0;
        if (depth == 0 && syntax_word(parser, ahead, "window") && syntax_word(parser, ahead + 2, "as") &&
            syntax_is(parser, ahead + 3, "("))
            return syntax_named_windows(reader->parser, ahead + 1);
    }
    return 0;
}

/* QUALIFY and WINDOW, in either order. */
static void read_over(struct reader *reader, struct sql_core *core, size_t window_tokens)
{
    struct parser *parser = reader->parser;
    for (;;) {
        if (!core->qualify && syntax_accept_word(parser, "qualify")) {
            core->qualify = syntax_expression(parser);
        } else if (window_tokens > 0 && syntax_accept_word(parser, "window")) {
            for (; window_tokens > 0; window_tokens--)
                syntax_pass(parser);
        } else {
            return;
        }
    }
}

/* SELECT with its list; * if FROM stood in front of it (`from t where …`), and nothing else was said. How many tokens
 * WINDOW is long. */
static size_t read_list(struct reader *reader, struct sql_core *core)
{
    struct parser *parser = reader->parser;
    if (core->from && !syntax_word(parser, 0, "select")) {
        core->items = sql_grow(reader, NULL, 0, sizeof *core->items);
        core->items[core->item_count++] = (struct sql_item){.star = true, .offset = core->offset};
        return read_windows(reader);
    }
    syntax_expect_word(parser, "select");
    size_t window_tokens = read_windows(reader);
    core->distinct = syntax_accept_word(parser, "distinct");
    if (!core->distinct && syntax_word(parser, 0, "all") && !syntax_is(parser, 1, ","))
        syntax_pass(parser);
    sql_read_items(reader, core);
    return window_tokens;
}

static void read_from(struct reader *reader, struct sql_core *core)
{
    if (syntax_accept_word(reader->parser, "from"))
        core->from = sql_read_from(reader);
    while (syntax_accept_word(reader->parser, "lateral"))
        sql_read_view(reader, core);
}

static struct sql_query *read_core(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_query *query = sql_make(reader, sizeof *query);
    struct sql_core *core = query->core = sql_make(reader, sizeof *core);
    query->offset = core->offset = syntax_offset(parser);
    core->scope = query->scope = sql_new_scope(reader);
    struct select *outer = syntax_scope(parser, core->scope);
    const struct named_window *outer_windows = syntax_windows(parser, NULL);
    read_from(reader, core);
    size_t window_tokens = read_list(reader, core);
    if (!core->from)
        read_from(reader, core);
    if (syntax_accept_word(parser, "where"))
        core->where = syntax_expression(parser);
    if (syntax_accept_word(parser, "group")) {
        syntax_expect_word(parser, "by");
        sql_read_keys(reader, core);
    }
    if (syntax_accept_word(parser, "having"))
        core->having = syntax_expression(parser);
    read_over(reader, core, window_tokens);
    syntax_windows(parser, outer_windows);
    syntax_scope(parser, outer);
    return query;
}

struct sql_query *sql_read_values(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_query *query = sql_make(reader, sizeof *query);
    query->kind = SQL_VALUES;
    query->offset = syntax_offset(parser);
    query->scope = sql_new_scope(reader);
    syntax_expect_word(parser, "values");
    do {
        const struct expr **row = NULL;
        size_t width = 0, offset = syntax_offset(parser);
        bool list = syntax_accept(parser, "(");
        do {
            row = sql_grow(reader, row, width, sizeof *row);
            row[width++] = syntax_expression(parser);
        } while (list && syntax_accept(parser, ","));
        if (list)
            syntax_expect(parser, ")");
        if (query->row_count > 0 && width != query->row_width)
            syntax_fail(parser, offset, "a row of %zu values, where the first one has %zu", width, query->row_width);
        query->rows = sql_grow(reader, query->rows, query->row_count, sizeof *query->rows);
        query->rows[query->row_count++] = row;
        query->row_width = width;
    } while (syntax_accept(parser, ","));
    return query;
}

bool sql_begins_query(const struct parser *parser, size_t ahead)
{
    static const char *const words[] = {"select", "from", "with", "values"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (syntax_word(parser, ahead, words[i]))
            return true;
    return false;
}

/* select …, from … select …, values …, (query) */
static struct sql_query *read_term(struct reader *reader)
{
    if (syntax_accept(reader->parser, "(")) {
        struct sql_query *query = sql_read_query(reader);
        syntax_expect(reader->parser, ")");
        return query;
    }
    if (syntax_word(reader->parser, 0, "values"))
        return sql_read_values(reader);
    if (!syntax_word(reader->parser, 0, "select") && !syntax_word(reader->parser, 0, "from"))
        syntax_unexpected(reader->parser, "select");
    return read_core(reader);
}

/* INTERSECT binds before UNION and EXCEPT. */
static bool read_operator(struct reader *reader, int level, enum sql_set *set)
{
    struct parser *parser = reader->parser;
    if (level == 1) {
        *set = SQL_INTERSECT;
        return syntax_accept_word(parser, "intersect");
    }
    *set = SQL_UNION;
    if (syntax_accept_word(parser, "union"))
        return true;
    *set = SQL_EXCEPT;
    return syntax_accept_word(parser, "except") || syntax_accept_word(parser, "minus");
}

static struct sql_query *read_set(struct reader *reader, int level)
{
    struct sql_query *left = level == 0 ? read_set(reader, 1) : read_term(reader);
    enum sql_set set;
    while (read_operator(reader, level, &set)) {
        struct sql_query *both = sql_make(reader, sizeof *both);
        both->kind = SQL_SET;
        both->set = set;
        both->scope = sql_new_scope(reader);
        both->offset = syntax_offset(reader->parser);
        both->all = syntax_accept_word(reader->parser, "all");
        if (!both->all)
            syntax_accept_word(reader->parser, "distinct");
        both->left = left;
        both->right = level == 0 ? read_set(reader, 1) : read_term(reader);
        left = both;
    }
    return left;
}

static void read_order(struct reader *reader, struct sql_query *query)
{
    struct parser *parser = reader->parser;
    struct select *outer = syntax_scope(parser, query->scope);
    do {
        query->order = sql_grow(reader, query->order, query->order_count, sizeof *query->order);
        struct sql_order *order = &query->order[query->order_count++];
        order->expr = syntax_expression(parser);
        order->descending = syntax_accept_word(parser, "desc");
        if (!order->descending)
            syntax_accept_word(parser, "asc");
        order->nulls_last = order->descending;
        if (syntax_accept_word(parser, "nulls")) {
            order->nulls_given = true;
            order->nulls_last = syntax_accept_word(parser, "last");
            if (!order->nulls_last)
                syntax_expect_word(parser, "first");
        }
    } while (syntax_accept(parser, ","));
    syntax_scope(parser, outer);
}

static void read_with(struct reader *reader, struct sql_with **list, size_t *count)
{
    do {
        *list = sql_grow(reader, *list, *count, sizeof **list);
        struct sql_with *with = &(*list)[(*count)++];
        with->offset = syntax_offset(reader->parser);
        with->name = syntax_name(reader->parser, "a name");
        if (syntax_is(reader->parser, 0, "("))
            with->columns = sql_read_names(reader, &with->column_count);
        syntax_accept_word(reader->parser, "as");
        syntax_expect(reader->parser, "(");
        with->query = sql_read_query(reader);
        syntax_expect(reader->parser, ")");
    } while (syntax_accept(reader->parser, ","));
}

struct sql_query *sql_read_query(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_with *with = NULL;
    size_t with_count = 0, offset = syntax_offset(parser);
    if (++reader->depth > SQL_DEPTH_MAX)
        syntax_fail(parser, offset, "queries nested deeper than %d", SQL_DEPTH_MAX);
    if (syntax_accept_word(parser, "with"))
        read_with(reader, &with, &with_count);
    struct sql_query *query = read_set(reader, 0);
    if (with_count > 0 || query->order_count > 0 || query->has_limit || query->skip > 0) {
        if (query->with_count > 0 || query->order_count > 0 || query->has_limit || query->skip > 0) {
            /* (select … limit 1) order by …: one around the other */
            struct sql_query *outer = sql_make(reader, sizeof *outer);
            struct sql_core *core = outer->core = sql_make(reader, sizeof *core);
            outer->offset = core->offset = offset;
            core->scope = outer->scope = sql_new_scope(reader);
            core->items = sql_grow(reader, NULL, 0, sizeof *core->items);
            core->items[core->item_count++] = (struct sql_item){.star = true, .offset = offset};
            core->from = sql_make(reader, sizeof *core->from);
            *core->from = (struct sql_from){.kind = SQL_FROM_QUERY, .query = query, .offset = offset};
            query = outer;
        }
        query->with = with;
        query->with_count = with_count;
    }
    if (syntax_accept_word(parser, "order")) {
        syntax_expect_word(parser, "by");
        read_order(reader, query);
    }
    if (syntax_accept_word(parser, "limit")) {
        query->has_limit = !syntax_accept_word(parser, "all");
        if (query->has_limit)
            query->limit = read_count(reader, "limit");
    }
    if (syntax_accept_word(parser, "offset"))
        query->skip = read_count(reader, "offset");
    reader->depth--;
    return query;
}

/* For expressions: a query in parentheses, one with each place of the text. */
static size_t read_subquery(void *context, struct parser *parser, enum syntax_subquery kind)
{
    struct reader *reader = context;
    struct sql_script *script = reader->script;
    (void)kind;
    struct select *outer = syntax_scope(parser, NULL);
    syntax_expect(parser, "(");
    struct sql_query *query = sql_read_query(reader);
    syntax_expect(parser, ")");
    syntax_scope(parser, outer);
    script->subqueries = sql_grow(reader, script->subqueries, script->subquery_count, sizeof(struct sql_query *));
    script->subqueries[script->subquery_count] = query;
    return script->subquery_count++;
}

static void read_create(struct reader *reader, struct sql_statement *statement)
{
    struct parser *parser = reader->parser;
    statement->kind = SQL_VIEW;
    if (syntax_accept_word(parser, "or")) {
        syntax_expect_word(parser, "replace");
        statement->replace = true;
    }
    syntax_accept_word(parser, "global");
    if (!syntax_accept_word(parser, "temporary") && !syntax_accept_word(parser, "temp"))
        syntax_unexpected(parser, "temporary view: asql keeps no tables");
    syntax_expect_word(parser, "view");
    statement->name = syntax_name(parser, "the view's name");
    if (syntax_accept(parser, "."))
        statement->name = syntax_name(parser, "the view's name");
    syntax_expect_word(parser, "as");
    statement->query = sql_read_query(reader);
}

static void read_insert(struct reader *reader, struct sql_statement *statement)
{
    struct parser *parser = reader->parser;
    statement->kind = SQL_INSERT;
    syntax_expect_word(parser, "overwrite");
    syntax_accept_word(parser, "local");
    syntax_expect_word(parser, "directory");
    statement->directory = syntax_string(parser);
    if (!statement->directory)
        syntax_unexpected(parser, "a folder in quotes");
    syntax_expect_word(parser, "using");
    statement->format = syntax_name(parser, "parquet, json or csv");
    statement->query = sql_read_query(reader);
}

static void read_describe(struct reader *reader, struct sql_statement *statement)
{
    struct parser *parser = reader->parser;
    statement->kind = SQL_DESCRIBE;
    if (sql_begins_query(parser, 0) || syntax_accept_word(parser, "query")) {
        statement->query = sql_read_query(reader);
        return;
    }
    syntax_accept_word(parser, "table");
    struct sql_from from = {0};
    sql_read_table(reader, &from);
    statement->name = from.name;
}

/* What other systems have statements for, and is done by other means here. */
_Noreturn static void no_statement(struct parser *parser)
{
    static const char changed[] = "nothing is changed where it lies: select what is to be there, into another place "
                                  "(-T, insert overwrite directory, aland)";
    static const char kept[] = "no tables are kept: files, folders and topics are named behind the statement or in it";
    static const struct {
        const char *word, *instead;
    } others[] = {
        {"explain", "--pipe prints what a statement does, as a pipe of the other tools"},
        {"show", "tables are files, folders and topics that are named; describe shows one"},
        {"summarize", "aflatten --summary FILE does that"},
        {"copy", "a select does, with its form as -T and its file behind >; insert overwrite directory makes a folder"},
        {"set", "settings are options: asql --help all"},
        {"update", changed},
        {"delete", changed},
        {"merge", changed},
        {"drop", kept},
        {"alter", kept},
        {"use", kept},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (syntax_word(parser, 0, others[i].word))
            syntax_fail(parser, syntax_offset(parser), "%s: %s", others[i].word, others[i].instead);
    syntax_unexpected(parser, "select, with, values, create temporary view, insert overwrite directory or describe");
}

static void read_statement(struct reader *reader, struct sql_statement *statement)
{
    struct parser *parser = reader->parser;
    statement->offset = syntax_offset(parser);
    if (syntax_accept_word(parser, "create"))
        read_create(reader, statement);
    else if (syntax_accept_word(parser, "insert"))
        read_insert(reader, statement);
    else if (syntax_accept_word(parser, "describe") || syntax_accept_word(parser, "desc"))
        read_describe(reader, statement);
    else if (sql_begins_query(parser, 0) || syntax_is(parser, 0, "("))
        statement->query = sql_read_query(reader);
    else
        no_statement(parser);
}

/* Something stands behind the statement: perhaps since a clause's word was mistaken for a name: "from t wher x > 1". */
_Noreturn static void no_end(struct reader *reader)
{
    const size_t len = reader->alias ? strlen(reader->alias) : 0;
    struct nearest_name nearest = callable_nearest(len);
    for (size_t i = 0; len > 0 && i < sizeof clause_words / sizeof *clause_words; i++) {
        const struct callable word = {.name = clause_words[i]};
        callable_offer(&nearest, &word, reader->alias, len);
    }
    if (nearest.name && reader->alias_end == syntax_end(reader->parser))
        syntax_fail(reader->parser, reader->alias_at, "%s is taken for a name here; did you mean %.*s?", reader->alias,
                    (int)nearest.len, nearest.name);
    syntax_unexpected(reader->parser, "the end of the statement");
}

static void read_script(struct parser *parser, void *context)
{
    struct reader *reader = context;
    struct sql_script *script = reader->script;
    reader->parser = parser;
    while (!syntax_at_end(parser, 0)) {
        if (syntax_accept(parser, ";"))
            continue;
        script->statements = sql_grow(reader, script->statements, script->count, sizeof *script->statements);
        read_statement(reader, &script->statements[script->count++]);
        if (!syntax_at_end(parser, 0) && !syntax_is(parser, 0, ";"))
            no_end(reader);
    }
}

struct sql_script *sql_read(const char *text, struct problem *problem)
{
    struct sql_script *script = mem_zero(1, sizeof *script);
    struct reader reader = {.script = script};
    const struct syntax_hooks hooks = {.subquery = read_subquery, .context = &reader};
    script->text = text;
    if (syntax_read("statement", text, &hooks, aggregate_function_at, over_function_at, &script->arena, read_script,
                    &reader, problem))
        return script;
    sql_script_free(script);
    return NULL;
}

void sql_script_free(struct sql_script *script)
{
    if (!script)
        return;
    arena_free(&script->arena);
    free(script);
}
