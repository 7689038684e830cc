/* Functions that choose among their arguments. Those that must not evaluate all of them are lazy. */
#include "expr/function/charset_inner.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/nested.h"

static struct value at(const struct expr *expr, size_t number, struct row *row)
{
    return expr->args[number]->eval(expr->args[number], row);
}

static struct value lazy_coalesce(const struct expr *expr, struct row *row)
{
    for (size_t i = 0; i + 1 < expr->arg_count; i++) {
        struct value value = at(expr, i, row);
        if (value.type != VALUE_NULL)
            return value;
    }
    return at(expr, expr->arg_count - 1, row);
}

static struct value lazy_if(const struct expr *expr, struct row *row)
{
    return at(expr, expr_true(expr->args[0], row) ? 1 : 2, row);
}

static struct value lazy_nvl2(const struct expr *expr, struct row *row)
{
    return at(expr, at(expr, 0, row).type != VALUE_NULL ? 1 : 2, row);
}

static struct value nullif(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int order;
    bool both = args[0].type != VALUE_NULL && args[1].type != VALUE_NULL;
    return both && expr_compare(&args[0], &args[1], &order) && order == 0 ? value_null() : args[0];
}

static struct value equal_null(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int order;
    if (args[0].type == VALUE_NULL || args[1].type == VALUE_NULL)
        return value_boolean(args[0].type == args[1].type);
    return value_boolean(expr_compare(&args[0], &args[1], &order) && order == 0);
}

static struct value isnull(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_boolean(args[0].type == VALUE_NULL);
}

static struct value isnotnull(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_boolean(args[0].type != VALUE_NULL);
}

static struct value type_of(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct buffer name = {0};
    nested_type_name(&args[0], call->arena, &name);
    return expr_take_text(call->arena, &name);
}

/* decode(x, this, then, this, then, …[, else]); nulls are equal here. */
static struct value lazy_decode(const struct expr *expr, struct row *row)
{
    struct value value = at(expr, 0, row);
    size_t i = 1;
    if (expr->arg_count == 2) { /* bytes, charset */
        struct value charset = at(expr, 1, row), bytes = cast_string(&value, row->arena);
        struct call call = {.row = row, .arena = row->arena, .name = expr->name};
        charset = cast_string(&charset, row->arena);
        return bytes.type == VALUE_NULL || charset.type == VALUE_NULL ? value_null()
                                                                      : function_decode_bytes(&call, &bytes, &charset);
    }
    for (; i + 1 < expr->arg_count; i += 2) {
        struct value this = at(expr, i, row);
        int order;
        bool nulls = value.type == VALUE_NULL || this.type == VALUE_NULL;
        if (nulls ? value.type == this.type : expr_compare(&value, &this, &order) && order == 0)
            return at(expr, i + 1, row);
    }
    return i < expr->arg_count ? at(expr, i, row) : value_null();
}

const struct function functions_logic[] = {
    {{"coalesce", NULL, "x, ...", "Any; null only if all are", "The first argument that is not null",
      "coalesce(null, 'b', 'c') => b"},
     "xx*", .branches = 1, .lazy = lazy_coalesce, .sees_null = true},
    {{"nvl", "ifnull", "x, y", "Any; null if both are", "The same with two arguments",
      "nvl(null, 1) => 1\n"
      "ifnull(2, 1) => 2"},
     "xx", .branches = 1, .lazy = lazy_coalesce, .sees_null = true},
    {{"nvl2", NULL, "x, y, z", "Any; x may be null", "y where x is not null, else z",
      "nvl2(null, 'there', 'missing') => missing"},
     "xxx", .branches = 2, .lazy = lazy_nvl2, .sees_null = true},
    {{"if", NULL, "c, x, y", "Any; c null counts as false", "x where c is true, else y",
      "if(1 < 2, 'less', 'more') => less"},
     "xxx", .branches = 2, .lazy = lazy_if, .sees_null = true},
    {{"nullif", NULL, "x, y", "Any; x where y is null", "Null where x equals y, else x", "nullif(1, 1) => null"},
     "xx", .run = nullif, .sees_null = true},
    {{"decode", NULL, "x, this, then, ...[, else]", "Any; null if nothing is equal and there is no else",
      "What stands behind the first that equals x; nulls are equal. Of two arguments: the text of bytes in a charset",
      "decode(2, 1, 'one', 2, 'two', 'many') => two\n"
      "decode(x'e4', 'iso-8859-1') => \xC3\xA4"},
     "xxx*", .lazy = lazy_decode, .sees_null = true},
    {{"equal_null", NULL, "x, y", "Boolean; never null", "As x <=> y: nulls are equal",
      "equal_null(null, null) => true"},
     "xx", .run = equal_null, .sees_null = true},
    {{"isnull", NULL, "x", "Boolean; never null", "As x is null", "isnull(null) => true"},
     "x", .run = isnull, .sees_null = true},
    {{"isnotnull", NULL, "x", "Boolean; never null", "As x is not null", "isnotnull(null) => false"},
     "x", .run = isnotnull, .sees_null = true},
    {{"typeof", NULL, "x", "String; void for null", "The name of the value's type, with what is in it",
      "typeof(1.5) => decimal(2,1)\n"
      "typeof(array(struct(1 as a))) => array<struct<a:int>>"},
     "x", .run = type_of, .sees_null = true},
    {.takes = NULL},
};
