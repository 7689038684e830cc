/* Evaluation of everything that is neither comparison nor arithmetic. */
#include "expr/node.h"
#include "value/nested.h"

struct value expr_eval_literal(const struct expr *expr, struct row *row)
{
    (void)row;
    return expr->literal;
}

struct value expr_eval_slot(const struct expr *expr, struct row *row)
{
    return value_from_span(row->slots[expr->number], row->arena);
}

struct value expr_eval_item(const struct expr *expr, struct row *row)
{
    return row->items[expr->number];
}

struct value expr_eval_aggregate(const struct expr *expr, struct row *row)
{
    return row->aggregates[expr->number];
}

struct value expr_eval_window(const struct expr *expr, struct row *row)
{
    return row->windows[expr->number];
}

struct value expr_eval_grouping(const struct expr *expr, struct row *row)
{
    if (expr->arg_count == 0)
        return value_long((int64_t)row->grouping);
    int64_t bits = 0;
    for (size_t i = 0; i < expr->arg_count; i++)
        bits = bits << 1 | (int64_t)(row->grouping >> expr->args[i]->level & 1);
    struct value value = value_long(bits);
    value.width = expr->number ? 1 : 0; /* grouping(x) is a tinyint */
    return value;
}

struct value expr_eval_variable(const struct expr *expr, struct row *row)
{
    const struct row_frame *frame = row->frame;
    for (size_t i = 0; i < expr->level; i++)
        frame = frame->outer;
    return frame->values[expr->number];
}

struct value expr_apply_lambda(const struct expr *lambda, struct row *row, const struct value *values)
{
    const struct expr *body = lambda->args[0];
    if (row->error)
        return value_null();
    const struct row_frame frame = {.values = values, .outer = row->frame};
    row->frame = &frame;
    struct value result = body->eval(body, row);
    row->frame = frame.outer;
    return expr_limited(row, "a lambda", result);
}

/* Three-valued logic: a truth, a lie, or neither. */
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_NULL };

static enum truth truth_of(const struct expr *expr, struct row *row)
{
    struct value value = expr->eval(expr, row);
    if (value.type != VALUE_BOOLEAN)
        value = cast_boolean(&value);
    if (value.type == VALUE_NULL)
        return TRUTH_NULL;
    return value.boolean ? TRUTH_TRUE : TRUTH_FALSE;
}

static struct value truth_value(enum truth truth)
{
    return truth == TRUTH_NULL ? value_null() : value_boolean(truth == TRUTH_TRUE);
}

struct value expr_eval_and(const struct expr *expr, struct row *row)
{
    enum truth left = truth_of(expr->args[0], row);
    if (left == TRUTH_FALSE)
        return value_boolean(false);
    enum truth right = truth_of(expr->args[1], row);
    return truth_value(right == TRUTH_FALSE ? right : left == TRUTH_NULL ? left : right);
}

struct value expr_eval_or(const struct expr *expr, struct row *row)
{
    enum truth left = truth_of(expr->args[0], row);
    if (left == TRUTH_TRUE)
        return value_boolean(true);
    enum truth right = truth_of(expr->args[1], row);
    return truth_value(right == TRUTH_TRUE ? right : left == TRUTH_NULL ? left : right);
}

struct value expr_eval_not(const struct expr *expr, struct row *row)
{
    enum truth truth = truth_of(expr->args[0], row);
    return truth == TRUTH_NULL ? value_null() : value_boolean(truth == TRUTH_FALSE);
}

struct value expr_eval_is_null(const struct expr *expr, struct row *row)
{
    return value_boolean(expr->args[0]->eval(expr->args[0], row).type == VALUE_NULL);
}

struct value expr_eval_is_not_null(const struct expr *expr, struct row *row)
{
    return value_boolean(expr->args[0]->eval(expr->args[0], row).type != VALUE_NULL);
}

struct value expr_eval_is_true(const struct expr *expr, struct row *row)
{
    return value_boolean(truth_of(expr->args[0], row) == TRUTH_TRUE);
}

struct value expr_eval_is_false(const struct expr *expr, struct row *row)
{
    return value_boolean(truth_of(expr->args[0], row) == TRUTH_FALSE);
}

/* when, then, when, then, …, else */
struct value expr_eval_case(const struct expr *expr, struct row *row)
{
    size_t last = expr->arg_count - 1;
    for (size_t i = 0; i < last; i += 2)
        if (truth_of(expr->args[i], row) == TRUTH_TRUE)
            return expr->args[i + 1]->eval(expr->args[i + 1], row);
    return expr->args[last]->eval(expr->args[last], row);
}

/* value, when, then, when, then, …, else */
struct value expr_eval_case_of(const struct expr *expr, struct row *row)
{
    size_t last = expr->arg_count - 1;
    struct value value = expr->args[0]->eval(expr->args[0], row);
    for (size_t i = 1; i < last && value.type != VALUE_NULL; i += 2) {
        struct value when = expr->args[i]->eval(expr->args[i], row);
        int order;
        if (when.type != VALUE_NULL && expr_compare(&value, &when, &order) && order == 0)
            return expr->args[i + 1]->eval(expr->args[i + 1], row);
    }
    return expr->args[last]->eval(expr->args[last], row);
}

static struct value evaluate_cast(const struct expr *expr, struct row *row, const struct value *value, bool strict,
                                  bool *failed)
{
    struct value result = strict ? cast_strict(value, expr->type, row->arena, failed)
                                 : cast_value(value, expr->type, row->arena, failed);
    return result.len > VALUE_SIZE_MAX && result.len > value->len ? expr_too_long(row, "cast") : result;
}

struct value expr_eval_cast(const struct expr *expr, struct row *row)
{
    bool failed = false;
    struct value value = expr->args[0]->eval(expr->args[0], row);
    if (!expr->ansi && !expr->type.inner)
        return cast_value(&value, expr->type, row->arena, NULL);
    struct value result = evaluate_cast(expr, row, &value, expr->ansi, &failed);
    if (expr->ansi && failed) {
        struct value named = {.type = expr->type.type, .precision = expr->type.precision, .scale = expr->type.scale,
                              .width = expr->type.width};
        return row_fail(row, "%s cannot be cast to %s", row_show(row, &value), cast_type_name(&named, row->arena));
    }
    return result;
}

/* As with --ansi, but null instead of an error; no fraction is cut off a cell's text either. */
struct value expr_eval_try_cast(const struct expr *expr, struct row *row)
{
    bool failed = false;
    struct value value = expr->args[0]->eval(expr->args[0], row);
    if (value.type == VALUE_CELL && expr->type.type == VALUE_LONG && memchr(value.text, '.', value.len))
        return value_null();
    return evaluate_cast(expr, row, &value, true, &failed);
}

/* An argument as the letter of the function's row asks for it. */
static struct value take(char letter, const struct value *value, struct arena *arena)
{
    switch (letter) {
    case 's':
        return cast_string(value, arena);
    case 'i':
        return cast_long(value);
    case 'd':
        return cast_double(value);
    case 'n':
        return cast_number(value);
    case 'v':
        return value->type == VALUE_INTERVAL ? *value : cast_number(value);
    case 'b':
        return cast_boolean(value);
    case 'D':
        return cast_date(value);
    case 't':
        return cast_timestamp(value);
    case 'a':
        return value->type == VALUE_ARRAY ? *value : value_null();
    default:
        return *value;
    }
}

/* Functions of more arguments take them from the arena. */
enum { ARGUMENTS_HERE = 8 };

struct value expr_eval_call(const struct expr *expr, struct row *row)
{
    const struct function *function = expr->function;
    struct value here[ARGUMENTS_HERE];
    size_t count = expr->arg_count;
    struct value *args = count <= ARGUMENTS_HERE ? here : arena_alloc(row->arena, count * sizeof *args);
    const char *letter = function->takes;
    for (size_t i = 0; i < count; i++) {
        struct value value = expr->args[i]->eval(expr->args[i], row);
        if (*letter == '|')
            letter++;
        if (value.type != VALUE_NULL) {
            args[i] = take(*letter, &value, row->arena);
            if (args[i].type == VALUE_NULL && expr->ansi)
                return row_fail(row, "%s: argument %zu cannot be %s", expr->name, i + 1, row_show(row, &value));
        } else {
            args[i] = value;
        }
        if (args[i].type == VALUE_NULL && !function->sees_null)
            return value_null();
        if (letter[1] && letter[1] != '*')
            letter++;
    }
    struct call call = {
        .row = row, .arena = row->arena, .name = expr->name, .prepared = expr->prepared, .ansi = expr->ansi};
    return expr_limited(row, expr->name, function->run(&call, args, count));
}

struct value expr_eval_subscript(const struct expr *expr, struct row *row)
{
    struct value container = expr->args[0]->eval(expr->args[0], row);
    struct value index = expr->args[1]->eval(expr->args[1], row);
    if (container.type == VALUE_STRUCT && index.type != VALUE_NULL) {
        index = cast_string(&index, row->arena);
        return nested_member(&container, index.text, index.len, row->arena);
    }
    index = cast_long(&index);
    if (container.type != VALUE_ARRAY || index.type == VALUE_NULL || index.integer < 0)
        return value_null();
    return nested_element(&container, (uint64_t)index.integer, row->arena);
}

struct value expr_eval_field(const struct expr *expr, struct row *row)
{
    struct value container = expr->args[0]->eval(expr->args[0], row);
    const struct value *key = &expr->args[1]->literal;
    if (container.type == VALUE_STRUCT)
        return nested_member(&container, key->text, key->len, row->arena);
    if (container.type == VALUE_ARRAY)
        return expr_limited(row, "a field of an array", nested_members(&container, key->text, key->len, row->arena));
    return value_null();
}
