/* GROUP BY: keys, and the grouping sets of them. */
#include "sql/statement_inner.h"

/* rollup, cube and grouping sets within grouping sets: so deep. */
enum { SETS_DEPTH_MAX = 10 };

static struct sql_grouping *new_part(struct reader *reader, struct sql_grouping *of)
{
    of->parts = sql_grow(reader, of->parts, of->part_count, sizeof *of->parts);
    return &of->parts[of->part_count++];
}

static void read_key(struct reader *reader, struct sql_core *core, struct sql_grouping *into)
{
    *into = (struct sql_grouping){.kind = SQL_KEY, .key = core->key_count};
    core->keys = sql_grow(reader, core->keys, core->key_count, sizeof *core->keys);
    core->keys[core->key_count++] = syntax_expression(reader->parser);
}

/* Whether the parenthesis that begins here is a list of keys: it ends where the element does, not within a key such as
 * (a + b) * 2. */
static bool is_list(const struct parser *parser)
{
    if (!syntax_is(parser, 0, "("))
        return false;
    size_t depth = 0, ahead = 0;
    do {
        depth += syntax_is(parser, ahead, "(");
        depth -= syntax_is(parser, ahead, ")");
        ahead++;
    } while (depth > 0 && !syntax_at_end(parser, ahead));
    return depth == 0 && (syntax_is(parser, ahead, ",") || syntax_is(parser, ahead, ")"));
}

/* a; (a, b); () */
static void read_list(struct reader *reader, struct sql_core *core, struct sql_grouping *into)
{
    if (!is_list(reader->parser)) {
        read_key(reader, core, into);
        return;
    }
    *into = (struct sql_grouping){.kind = SQL_LIST};
    syntax_expect(reader->parser, "(");
    if (syntax_accept(reader->parser, ")"))
        return;
    do
        read_key(reader, core, new_part(reader, into));
    while (syntax_accept(reader->parser, ","));
    syntax_expect(reader->parser, ")");
}

/* What begins here: SQL_KEY if it is none of the words. */
static enum sql_grouping_kind kind_here(const struct parser *parser)
{
    if (syntax_word(parser, 0, "rollup") && syntax_is(parser, 1, "("))
        return SQL_ROLLUP;
    if (syntax_word(parser, 0, "cube") && syntax_is(parser, 1, "("))
        return SQL_CUBE;
    return syntax_word(parser, 0, "grouping") && syntax_word(parser, 1, "sets") ? SQL_SETS : SQL_KEY;
}

/* An element; of a set one may be (a, b), and so may those of rollup and cube. */
static void read_element(struct reader *reader, struct sql_core *core, struct sql_grouping *into, unsigned depth)
{
    struct parser *parser = reader->parser;
    enum sql_grouping_kind kind = kind_here(parser);
    if (kind == SQL_KEY && depth == 0) {
        read_key(reader, core, into);
        return;
    }
    if (kind == SQL_KEY) {
        read_list(reader, core, into);
        return;
    }
    if (depth == SETS_DEPTH_MAX)
        syntax_fail(parser, syntax_offset(parser), "grouping sets deeper than %d", SETS_DEPTH_MAX);
    syntax_pass(parser);
    if (kind == SQL_SETS)
        syntax_expect_word(parser, "sets");
    *into = (struct sql_grouping){.kind = kind};
    syntax_expect(parser, "(");
    do {
        struct sql_grouping *part = new_part(reader, into);
        if (kind == SQL_SETS)
            read_element(reader, core, part, depth + 1);
        else
            read_list(reader, core, part);
    } while (syntax_accept(parser, ","));
    syntax_expect(parser, ")");
}

/* GROUP BY a, b WITH ROLLUP; WITH CUBE; GROUPING SETS (…) */
static bool read_suffix(struct reader *reader, struct sql_core *core, struct sql_grouping *all)
{
    struct parser *parser = reader->parser;
    bool rollup = syntax_word(parser, 1, "rollup"), with = syntax_word(parser, 0, "with");
    if (with && (rollup || syntax_word(parser, 1, "cube"))) {
        syntax_pass(parser);
        syntax_pass(parser);
        struct sql_grouping *part = sql_make(reader, sizeof *part);
        *part = *all;
        part->kind = rollup ? SQL_ROLLUP : SQL_CUBE;
        *all = (struct sql_grouping){.kind = SQL_LIST, .parts = part, .part_count = 1};
        return true;
    }
    if (kind_here(parser) != SQL_SETS)
        return false;
    *all = (struct sql_grouping){.kind = SQL_LIST};
    read_element(reader, core, new_part(reader, all), 0);
    return true;
}

void sql_read_keys(struct reader *reader, struct sql_core *core)
{
    struct parser *parser = reader->parser;
    core->grouped = true;
    if (syntax_word(parser, 0, "all") && !syntax_is(parser, 1, ".") && !syntax_is(parser, 1, "(")) {
        syntax_pass(parser);
        core->group_all = true;
        return;
    }
    struct sql_grouping *all = sql_make(reader, sizeof *all);
    all->kind = SQL_LIST;
    bool sets = false;
    do {
        sets |= kind_here(parser) != SQL_KEY;
        read_element(reader, core, new_part(reader, all), 0);
    } while (syntax_accept(parser, ","));
    if (!sets)
        sets = read_suffix(reader, core, all);
    if (sets)
        core->sets = all;
}
