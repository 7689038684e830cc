/* Casts, which have a grammar of their own: cast(x as type). */
#include "expr/function/function.h"
#include "expr/parse_inner.h"

static struct expr *parse_cast_as(struct parser *parser, size_t offset, bool try)
{
    struct expr *expr = expr_parse_expression(parser);
    expr_expect_word(parser, "as");
    struct cast_type type = expr_parse_type(parser);
    expr_expect(parser, ")");
    return expr_parse_cast(parser, expr, type, try, offset);
}

static struct expr *parse_cast_call(struct parser *parser, const struct function *function, size_t offset,
                                    struct expr_list *first)
{
    (void)function, (void)first;
    return parse_cast_as(parser, offset, false);
}

static struct expr *parse_try_cast(struct parser *parser, const struct function *function, size_t offset,
                                   struct expr_list *first)
{
    (void)function, (void)first;
    return parse_cast_as(parser, offset, true);
}

const struct function functions_cast[] = {
    {{"cast", NULL, "x as type", "That type; also null if x cannot be cast",
      "x as a value of the type; int(x) is cast(x as int)", "cast('12' as int) + 1 => 13"},
     "x",
     .parse = parse_cast_call},
    {{"try_cast", NULL, "x as type", "That type; null if x cannot be cast, also with --ansi", "The same",
      "try_cast('x' as int) => null"},
     "x",
     .parse = parse_try_cast},
    {.takes = NULL},
};
