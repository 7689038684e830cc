/* PIVOT and UNPIVOT. */
#include "sql/statement_inner.h"

bool sql_is_turn(const struct parser *parser, size_t ahead)
{
    if (syntax_word(parser, ahead, "pivot"))
        return syntax_is(parser, ahead + 1, "(");
    bool nulls = syntax_word(parser, ahead + 1, "include") || syntax_word(parser, ahead + 1, "exclude");
    return syntax_word(parser, ahead, "unpivot") && (nulls || syntax_is(parser, ahead + 1, "("));
}

/* a, (a, b); of a name with its table in front the last part. */
static const char **read_names(struct reader *reader, size_t *count)
{
    struct parser *parser = reader->parser;
    bool list = syntax_accept(parser, "(");
    const char **names = NULL;
    do {
        names = sql_grow(reader, names, *count, sizeof *names);
        names[*count] = syntax_name(parser, "a column");
        while (syntax_accept(parser, "."))
            names[*count] = syntax_name(parser, "a column");
        ++*count;
    } while (list && syntax_accept(parser, ","));
    if (list)
        syntax_expect(parser, ")");
    return names;
}

static struct sql_turned_value *new_value(struct reader *reader, struct sql_turned *turned)
{
    turned->values = sql_grow(reader, turned->values, turned->value_count, sizeof *turned->values);
    struct sql_turned_value *value = &turned->values[turned->value_count++];
    value->offset = syntax_offset(reader->parser);
    return value;
}

/* 1, (1, 2) as x */
static void read_constants(struct reader *reader, struct sql_turned *turned)
{
    struct parser *parser = reader->parser;
    struct sql_turned_value *value = new_value(reader, turned);
    bool list = turned->column_count > 1;
    if (list)
        syntax_expect(parser, "(");
    do {
        value->constants = sql_grow(reader, value->constants, value->count, sizeof *value->constants);
        value->constants[value->count++] = syntax_expression(parser);
    } while (list && syntax_accept(parser, ","));
    if (list)
        syntax_expect(parser, ")");
    if (value->count != turned->column_count)
        syntax_fail(parser, value->offset, "%zu values for %zu columns", value->count, turned->column_count);
    value->alias = sql_read_alias(reader);
}

/* a, (a, b) as 'x' */
static void read_columns(struct reader *reader, struct sql_turned *turned)
{
    struct parser *parser = reader->parser;
    struct sql_turned_value *value = new_value(reader, turned);
    value->columns = read_names(reader, &value->count);
    if (value->count != turned->value_name_count)
        syntax_fail(parser, value->offset, "%zu columns for %zu values", value->count, turned->value_name_count);
    syntax_accept_word(parser, "as");
    value->alias = syntax_string(parser);
    if (!value->alias)
        value->alias = sql_read_alias(reader);
}

static void read_items(struct reader *reader, struct sql_turned *turned)
{
    struct parser *parser = reader->parser;
    turned->scope = sql_new_scope(reader);
    struct select *outer = syntax_scope(parser, turned->scope);
    do {
        turned->items = sql_grow(reader, turned->items, turned->item_count, sizeof *turned->items);
        struct sql_item *item = &turned->items[turned->item_count++];
        item->offset = syntax_offset(parser);
        item->expr = syntax_expression(parser);
        if (!syntax_word(parser, 0, "for"))
            item->alias = sql_read_alias(reader);
    } while (syntax_accept(parser, ","));
    syntax_scope(parser, outer);
}

static struct sql_turned *read_turned(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_turned *turned = sql_make(reader, sizeof *turned);
    turned->unpivot = !syntax_accept_word(parser, "pivot");
    if (turned->unpivot) {
        syntax_expect_word(parser, "unpivot");
        turned->include_nulls = syntax_accept_word(parser, "include");
        if (turned->include_nulls || syntax_accept_word(parser, "exclude"))
            syntax_expect_word(parser, "nulls");
    }
    syntax_expect(parser, "(");
    if (turned->unpivot) {
        turned->value_names = read_names(reader, &turned->value_name_count);
        turned->scope = sql_new_scope(reader);
    } else {
        read_items(reader, turned);
    }
    syntax_expect_word(parser, "for");
    if (turned->unpivot)
        turned->name = syntax_name(parser, "a name");
    else
        turned->columns = read_names(reader, &turned->column_count);
    syntax_expect_word(parser, "in");
    syntax_expect(parser, "(");
    do {
        if (turned->unpivot)
            read_columns(reader, turned);
        else
            read_constants(reader, turned);
    } while (syntax_accept(parser, ","));
    syntax_expect(parser, ")");
    syntax_expect(parser, ")");
    return turned;
}

struct sql_from *sql_read_turned(struct reader *reader, struct sql_from *from)
{
    while (sql_is_turn(reader->parser, 0)) {
        struct sql_from *made = sql_make(reader, sizeof *made);
        made->kind = SQL_FROM_TURNED;
        made->offset = syntax_offset(reader->parser);
        made->left = from;
        made->turned = read_turned(reader);
        made->alias = sql_read_alias(reader);
        if (made->alias && syntax_is(reader->parser, 0, "("))
            made->columns = sql_read_names(reader, &made->column_count);
        from = made;
    }
    return from;
}
