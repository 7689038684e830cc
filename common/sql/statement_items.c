/* What stands in lists: expressions, stars, explode and the like; lateral views. */
#include <string.h>

#include "sql/statement_inner.h"

static void add_name(struct reader *reader, struct sql_generator *generator, const char *name)
{
    generator->names = sql_grow(reader, generator->names, generator->name_count, sizeof *generator->names);
    generator->names[generator->name_count++] = name;
}

/* "a, b" or "(a, b)"; without parentheses only one where commas have another meaning. */
static void generator_names(struct reader *reader, struct sql_generator *generator, bool bare)
{
    struct parser *parser = reader->parser;
    bool list = syntax_accept(parser, "(");
    do {
        if (generator->name_count == 3 && generator->kind == SQL_ELEMENTS)
            syntax_unexpected(parser, "at most three names");
        add_name(reader, generator, syntax_name(parser, "a column's name"));
    } while ((list || bare) && syntax_accept(parser, ","));
    if (list)
        syntax_expect(parser, ")");
}

/* stack(n, x, …): the call gives an array of n structs. */
static struct sql_generator *read_stack(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_generator *generator = sql_make(reader, sizeof *generator);
    generator->offset = syntax_offset(parser);
    generator->array = syntax_expression(parser);
    const struct expr *call = generator->array;
    bool good = call->kind == EXPR_CALL && call->arg_count > 1 && call->args[0]->kind == EXPR_LITERAL &&
                call->args[0]->literal.type == VALUE_LONG && call->args[0]->literal.integer > 0;
    if (!good)
        syntax_fail(parser, generator->offset, "stack takes how many rows there are, a whole number, and their values");
    generator->kind = SQL_STACK;
    size_t rows = (size_t)call->args[0]->literal.integer;
    generator->width = (call->arg_count - 1 + rows - 1) / rows;
    return generator;
}

/* json_tuple(text, name, …) */
static struct sql_generator *read_tuple(struct reader *reader)
{
    struct parser *parser = reader->parser;
    struct sql_generator *generator = sql_make(reader, sizeof *generator);
    generator->kind = SQL_TUPLE;
    generator->offset = syntax_offset(parser);
    syntax_pass(parser);
    syntax_pass(parser);
    generator->array = syntax_expression(parser);
    while (syntax_accept(parser, ",")) {
        generator->members = sql_grow(reader, generator->members, generator->width, sizeof *generator->members);
        generator->members[generator->width++] = syntax_expression(parser);
    }
    if (generator->width == 0)
        syntax_fail(parser, generator->offset, "json_tuple takes JSON text and names");
    syntax_expect(parser, ")");
    return generator;
}

/* Whether the call that begins here has more than two arguments. */
static bool has_many_arguments(const struct parser *parser)
{
    size_t commas = 0, depth = 0, at = 1;
    do {
        depth += syntax_is(parser, at, "(") || syntax_is(parser, at, "[");
        depth -= syntax_is(parser, at, ")") || syntax_is(parser, at, "]");
        commas += depth == 1 && syntax_is(parser, at, ",");
        at++;
    } while (depth > 0 && !syntax_at_end(parser, at));
    return commas > 1;
}

/* explode( and its kin: the generator with its argument; NULL if none begins here. json_tuple with one name is an
 * expression, too, where that may stand. */
static struct sql_generator *read_generator(struct reader *reader, bool in_view)
{
    static const char *const names[] = {"explode", "explode_outer", "posexplode", "posexplode_outer",
                                        "inline", "inline_outer"};
    enum { FIRST_POSITION = 2, FIRST_INLINE = 4 };
    struct parser *parser = reader->parser;
    if (syntax_word(parser, 0, "stack") && syntax_is(parser, 1, "("))
        return read_stack(reader);
    if (syntax_word(parser, 0, "json_tuple") && syntax_is(parser, 1, "(") && (in_view || has_many_arguments(parser)))
        return read_tuple(reader);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!syntax_word(parser, 0, names[i]) || !syntax_is(parser, 1, "("))
            continue;
        struct sql_generator *generator = sql_make(reader, sizeof *generator);
        generator->offset = syntax_offset(parser);
        syntax_pass(parser);
        syntax_pass(parser);
        generator->array = syntax_expression(parser);
        generator->outer = i % 2 == 1;
        generator->position = i >= FIRST_POSITION && i < FIRST_INLINE;
        generator->kind = i >= FIRST_INLINE ? SQL_INLINE : SQL_ELEMENTS;
        syntax_expect(parser, ")");
        return generator;
    }
    return NULL;
}

/* NAME {. NAME} . * */
static bool read_star(struct reader *reader, struct sql_item *item)
{
    struct parser *parser = reader->parser;
    size_t names = 0;
    bool quoted;
    while (syntax_is_name(parser, 2 * names, &quoted) && syntax_is(parser, 2 * names + 1, "."))
        names++;
    if (!syntax_is(parser, 2 * names, "*"))
        return false;
    item->star = true;
    for (size_t i = 0; i < names; i++) {
        item->names = sql_grow(reader, item->names, i, sizeof *item->names);
        item->names[item->name_count++] = syntax_name(parser, "a name");
        syntax_pass(parser);
    }
    syntax_pass(parser);
    return true;
}

/* Where a change is made: a path of names. */
static const struct expr *read_place(struct reader *reader)
{
    size_t offset = syntax_offset(reader->parser);
    const struct expr *place = syntax_expression(reader->parser);
    if (place->kind != EXPR_SLOT || place->path->count == 0 || !path_keys_only(place->path))
        syntax_fail(reader->parser, offset, "a column's or a member's name is expected here");
    return place;
}

/* Behind a star: except (path, …), replace (expr as path, …), in any order, as aflatten has them. */
static void read_changes(struct reader *reader, struct sql_item *item)
{
    struct parser *parser = reader->parser;
    for (;;) {
        bool replace = syntax_word(parser, 0, "replace");
        bool known = replace || syntax_word(parser, 0, "except") || syntax_word(parser, 0, "exclude");
        if (!known || !syntax_is(parser, 1, "("))
            return;
        syntax_pass(parser);
        syntax_pass(parser);
        do {
            item->changes = sql_grow(reader, item->changes, item->change_count, sizeof *item->changes);
            struct sql_change *change = &item->changes[item->change_count++];
            change->expr = replace ? syntax_expression(parser) : NULL;
            if (replace)
                syntax_expect_word(parser, "as");
            change->place = read_place(reader);
        } while (syntax_accept(parser, ","));
        syntax_expect(parser, ")");
    }
}

void sql_read_items(struct reader *reader, struct sql_core *core)
{
    struct parser *parser = reader->parser;
    do {
        core->items = sql_grow(reader, core->items, core->item_count, sizeof *core->items);
        struct sql_item *item = &core->items[core->item_count++];
        item->offset = syntax_offset(parser);
        if (read_star(reader, item)) {
            read_changes(reader, item);
            continue;
        }
        item->generator = read_generator(reader, false);
        if (item->generator) {
            if (syntax_accept_word(parser, "as"))
                generator_names(reader, item->generator, false);
            else if ((item->alias = sql_read_alias(reader)))
                add_name(reader, item->generator, item->alias);
            continue;
        }
        item->expr = syntax_expression(parser);
        if (syntax_is(parser, 0, "(") || (syntax_is(parser, 0, ".") && syntax_is(parser, 1, "*")))
            syntax_unexpected(parser, "a column's name or what comes behind the select list");
        item->alias = sql_read_alias(reader);
    } while (syntax_accept(parser, ","));
}

/* LATERAL VIEW [OUTER] explode(x) t AS a */
void sql_read_view(struct reader *reader, struct sql_core *core)
{
    struct parser *parser = reader->parser;
    syntax_expect_word(parser, "view");
    bool outer = syntax_accept_word(parser, "outer"), quoted;
    struct sql_generator *generator = read_generator(reader, true);
    if (!generator)
        syntax_unexpected(parser, "explode(…), posexplode(…), inline(…), stack(…) or json_tuple(…)");
    generator->outer |= outer;
    if (syntax_is_name(parser, 0, &quoted) && (quoted || !sql_is_clause(parser, 0)))
        generator->table = syntax_name(parser, "a name");
    if (syntax_accept_word(parser, "as"))
        generator_names(reader, generator, true);
    core->views = sql_grow(reader, core->views, core->view_count, sizeof *core->views);
    core->views[core->view_count++] = *generator;
}
