/* FROM: tables, queries, joins. */
#include <string.h>
#include <strings.h>

#include "sql/statement_inner.h"

static void read_table_alias(struct reader *reader, struct sql_from *from)
{
    from->alias = sql_read_alias(reader);
    if (from->alias && syntax_is(reader->parser, 0, "("))
        from->columns = sql_read_names(reader, &from->column_count);
}

/* NAME, 'FILE', `FILE`, json.`FILE` */
void sql_read_table(struct reader *reader, struct sql_from *from)
{
    static const char *const forms[] = {"json", "parquet", "csv", "tsv"};
    struct parser *parser = reader->parser;
    bool quoted = false, next = false;
    from->name = syntax_string(parser);
    from->is_file = from->name != NULL;
    if (from->name)
        return;
    if (sql_is_clause(parser, 0) || !syntax_is_name(parser, 0, &quoted))
        syntax_unexpected(parser, "a table");
    struct buffer name = {0};
    buffer_add_text(&name, syntax_name(parser, "a table"));
    while (syntax_is(parser, 0, ".") && syntax_is_name(parser, 1, &next)) {
        syntax_pass(parser);
        bool form = false;
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
            form |= next && strlen(forms[i]) == name.len && strncasecmp(name.data, forms[i], name.len) == 0;
        if (form) {
            name.len = 0;
            from->is_file = true;
        } else {
            buffer_add_char(&name, '.');
        }
        buffer_add_text(&name, syntax_name(parser, "a table"));
    }
    from->name = arena_copy(&reader->script->arena, name.data, name.len);
    buffer_free(&name);
}

static struct sql_from *read_joins(struct reader *reader);

/* A table, (a query), values …, (a join). */
static struct sql_from *read_relation(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_from *from = sql_make(reader, sizeof *from);
    from->offset = syntax_offset(parser);
    if (syntax_word(parser, 0, "values") && syntax_is(parser, 1, "(")) {
        from->kind = SQL_FROM_QUERY;
        from->query = sql_read_values(reader);
    } else if (syntax_is(parser, 0, "(")) {
        size_t ahead = 0;
        while (syntax_is(parser, ahead, "("))
            ahead++;
        bool query = sql_begins_query(parser, ahead);
        syntax_pass(parser);
        if (query) {
            from->kind = SQL_FROM_QUERY;
            from->query = sql_read_query(reader);
        } else {
            from = read_joins(reader);
        }
        syntax_expect(parser, ")");
        if (!query)
            return from;
    } else {
        from->kind = SQL_FROM_TABLE;
        sql_read_table(reader, from);
    }
    read_table_alias(reader, from);
    return from;
}

/* The words in front of a table that make it a join; false: none. */
static bool read_join_kind(struct reader *reader, struct sql_from *join)
{
    struct parser *parser = reader->parser;
    join->natural = syntax_accept_word(parser, "natural");
    join->join = SQL_INNER;
    if (syntax_accept_word(parser, "cross"))
        join->join = SQL_CROSS;
    else if (syntax_accept_word(parser, "inner"))
        join->join = SQL_INNER;
    else if (syntax_accept_word(parser, "left"))
        join->join = syntax_accept_word(parser, "semi") ? SQL_SEMI : syntax_accept_word(parser, "anti") ? SQL_ANTI
                                                                                                     : SQL_LEFT;
    else if (syntax_accept_word(parser, "right"))
        join->join = SQL_RIGHT;
    else if (syntax_accept_word(parser, "full"))
        join->join = SQL_FULL;
    else if (syntax_accept_word(parser, "semi"))
        join->join = SQL_SEMI;
    else if (syntax_accept_word(parser, "anti"))
        join->join = SQL_ANTI;
    else if (!syntax_word(parser, 0, "join"))
        return false;
    if (join->join == SQL_LEFT || join->join == SQL_RIGHT || join->join == SQL_FULL)
        syntax_accept_word(parser, "outer");
    syntax_expect_word(parser, "join");
    return true;
}

static struct sql_from *read_joins(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_from *left = sql_read_turned(reader, read_relation(reader));
    for (;;) {
        struct sql_from *join = sql_make(reader, sizeof *join);
        join->kind = SQL_FROM_JOIN;
        join->offset = syntax_offset(parser);
        if (!read_join_kind(reader, join))
            return left;
        join->left = left;
        join->right = read_relation(reader);
        if (syntax_accept_word(parser, "on"))
            join->on = syntax_expression(parser);
        else if (syntax_accept_word(parser, "using"))
            join->using = sql_read_names(reader, &join->using_count);
        left = sql_read_turned(reader, join);
    }
}

/* a, b join c, … */
struct sql_from *sql_read_from(struct reader *reader)
{
    struct sql_from *left = read_joins(reader);
    while (syntax_accept(reader->parser, ",")) {
        struct sql_from *join = sql_make(reader, sizeof *join);
        join->kind = SQL_FROM_JOIN;
        join->join = SQL_CROSS;
        join->offset = syntax_offset(reader->parser);
        join->left = left;
        join->right = read_joins(reader);
        left = join;
    }
    return left;
}
