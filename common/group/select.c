#include "group/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "expr/node.h"

/* False where the keys are wrong. */
static bool count_keys(const char *keys, const struct expr_options *options, size_t *count, struct problem *problem)
{
    struct path_set unused = {0};
    struct expr_options alone = *options;
    alone.aggregates = false;
    alone.resolve = NULL; /* nothing of what is freed here may be known elsewhere */
    alone.paths = &unused;
    struct select *select = select_compile("-g", keys, &alone, problem);
    *count = select ? select->count : 0;
    for (size_t i = 0; i < *count; i++)
        if (select->items[i].kind == ITEM_STAR)
            problem_caret(problem, "-g", keys, select->items[i].offset, "name the keys: * can't be one");
    select_free(select);
    path_set_free(&unused);
    return problem->status == STATUS_OK;
}

static bool no_stars(const struct select *select, struct problem *problem)
{
    for (size_t i = 0; i < select->count; i++)
        if (select->items[i].kind == ITEM_STAR)
            return problem_caret(problem, select->what, select->text, select->items[i].offset,
                                 "* can't be grouped; name what to aggregate");
    return true;
}

/* Whether an item of the list can be a key. */
struct listed {
    const char *list;
    const struct expr_options *options;
    struct select *select; /* NULL: not read yet */
    struct path_set paths;
};

static bool can_be_key(void *context, size_t item)
{
    struct listed *listed = context;
    struct problem unused = {0};
    struct expr_options options = *listed->options;
    options.resolve = NULL;
    options.paths = &listed->paths;
    if (!listed->select)
        listed->select = select_compile("select list", listed->list, &options, &unused);
    if (!listed->select || item >= listed->select->count)
        return false;
    return listed->select->items[item].kind == ITEM_EXPR && !listed->select->items[item].has_aggregate;
}

/* Which bit each argument of grouping() is; false, with the problem, where one is no key. */
static bool find_groupings(const struct group_select *select, const char *what, const char *text,
                           const struct expr *expr, struct problem *problem)
{
    for (size_t i = 0; i < expr->arg_count; i++) {
        struct expr *arg = expr->args[i];
        if (expr->eval != expr_eval_grouping) {
            if (!find_groupings(select, what, text, arg, problem))
                return false;
            continue;
        }
        size_t key = 0;
        while (key < select->key_count && !(arg->kind == EXPR_ITEM && arg->number == key) &&
               !expr_equal(arg, select->keys[key].expr))
            key++;
        if (key == select->key_count)
            return problem_caret(problem, what, text, arg->offset, "grouping is of a key (-g)");
        arg->level = select->key_count - 1 - key;
    }
    return true;
}

/* The first path in an expression, outside aggregates, that is no key; NULL if there is none. */
static const struct expr *stray_path(const struct group_select *select, const struct expr *expr)
{
    if (expr->eval == expr_eval_grouping)
        return NULL;
    if (expr->kind == EXPR_SLOT) {
        for (size_t i = 0; i < select->key_count; i++)
            if (select->keys[i].plain && select->keys[i].slot == expr->number)
                return NULL;
        return expr;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        const struct expr *stray = stray_path(select, expr->args[i]);
        if (stray)
            return stray;
    }
    return NULL;
}

static bool check_paths(const struct group_select *select, const char *what, const char *text, const struct expr *expr,
                        struct problem *problem)
{
    if (!find_groupings(select, what, text, expr, problem))
        return false;
    const struct expr *stray = stray_path(select, expr);
    if (!stray)
        return true;
    char message[512];
    snprintf(message, sizeof message,
             "%.200s is neither a key (-g) nor in an aggregate; first(%.200s) takes one of its values",
             stray->path->text, stray->path->text);
    return problem_caret(problem, what, text, stray->offset, message);
}

/* From here on, the item of a computed key stands for the key's value. */
static void take_keys(struct group_select *select)
{
    struct select *list = select->select;
    for (size_t i = 0; i < select->key_count; i++) {
        if (select->keys[i].plain)
            continue;
        struct expr *value = expr_node(&list->arena, expr_eval_aggregate, NULL, 0);
        value->kind = EXPR_AGGREGATE;
        value->constant = false;
        value->has_aggregate = true;
        value->number = list->aggregate_count + i;
        list->items[i].expr = value;
    }
}

/* The number behind the last item an expression uses; 0 if none. */
static size_t items_used(const struct expr *expr)
{
    size_t most = expr->kind == EXPR_ITEM ? expr->number + 1 : 0;
    for (size_t i = 0; i < expr->arg_count; i++) {
        size_t used = items_used(expr->args[i]);
        most = used > most ? used : most;
    }
    return most;
}

/* Aliases within aggregates and keys are of this record, not of the group. */
static void find_record_items(struct group_select *select)
{
    size_t most = 0;
    for (size_t i = 0; i < select->key_count; i++) {
        size_t used = items_used(select->keys[i].expr);
        most = used > most ? used : most;
    }
    for (size_t i = 0; i < select->select->aggregate_count; i++) {
        const struct aggregate_call *call = &select->select->aggregates[i];
        for (size_t k = 0; k < call->arg_count + (call->filter ? 1 : 0); k++) {
            size_t used = items_used(k < call->arg_count ? call->args[k] : call->filter);
            most = used > most ? used : most;
        }
    }
    select->record_items = most;
}

static void find_keys(struct group_select *select)
{
    select->keys = mem_zero(select->key_count, sizeof *select->keys);
    for (size_t i = 0; i < select->key_count; i++) {
        select->keys[i].expr = select->select->items[i].expr;
        select->keys[i].plain = expr_is_path(select->keys[i].expr, &select->keys[i].slot);
    }
}

/* The key that is a window, if one is. */
static bool find_window(struct group_select *select, struct problem *problem)
{
    for (size_t i = 0; i < select->key_count; i++) {
        const struct time_window_shape *shape = time_window_of(select->keys[i].expr);
        if (!shape)
            continue;
        if (select->window.shape)
            return problem_caret(problem, select->select->what, select->text, select->select->items[i].offset,
                                 "there can be one window only");
        if (select->sets.count > 0)
            return problem_caret(problem, select->select->what, select->text, select->select->items[i].offset,
                                 "windows of time stand beside plain keys only, not beside rollup, cube and sets");
        select->window = (struct group_window){.shape = shape, .key = i, .time = time_window_time(select->keys[i].expr),
                                               .gap = time_window_gap(select->keys[i].expr)};
    }
    return true;
}

/* Whether an item of the list is a key under the key's own name: one that is named again there is written there. */
static bool is_key(const struct group_select *select, const struct select_item *item)
{
    const struct expr *expr = item->expr;
    for (size_t i = 0; i < select->key_count; i++) {
        const struct select_item *key = &select->select->items[i];
        bool same = expr->kind == EXPR_ITEM ? expr->number == i
                                            : expr->kind == EXPR_SLOT && select->keys[i].plain &&
                                                  select->keys[i].slot == expr->number;
        if (same && item->name_len == key->name_len && memcmp(item->name, key->name, key->name_len) == 0)
            return true;
    }
    return false;
}

static bool compile_list(struct group_select *select, bool keys, const struct expr_options *options,
                         struct problem *problem)
{
    struct expr_options later = *options;
    later.names_later = true;
    select->select = select_compile(keys ? "keys and select list" : "select list", select->text, &later, problem);
    if (!select->select || !no_stars(select->select, problem))
        return false;
    find_keys(select);
    if (!find_window(select, problem))
        return false;
    for (size_t i = select->key_count; i < select->select->count; i++)
        if (is_key(select, &select->select->items[i]))
            select->select->hidden = select->key_count;
    if (!select_check_names(select->select, problem))
        return false;
    for (size_t i = select->key_count; i < select->select->count; i++)
        if (!check_paths(select, select->select->what, select->text, select->select->items[i].expr, problem))
            return false;
    return true;
}

static bool compile_having(struct group_select *select, const char *having, const struct expr_options *options,
                           struct problem *problem)
{
    select->having = expr_compile("--having", having, select->select, options, problem);
    return select->having && check_paths(select, "--having", having, select->having, problem);
}

static bool compile_order(struct group_select *select, const char *order, const struct expr_options *options,
                          struct problem *problem)
{
    select->order = order_compile("-o", order, select->select, options, problem);
    for (size_t i = 0; select->order && i < select->order->count; i++)
        if (!check_paths(select, "-o", order, select->order->keys[i].expr, problem))
            return false;
    return select->order != NULL;
}

/* Keys that are more than a list of expressions, and a list that is empty, become what they mean. */
static bool take_sets(struct group_select *select, const char **keys, const char **list,
                      const struct expr_options *options, struct problem *problem)
{
    struct listed listed = {.list = *list, .options = options};
    bool blank = (*list)[strspn(*list, " \t\n")] == '\0';
    if (!*keys)
        return true;
    bool good = group_sets_read(*keys, *list, can_be_key, &listed, &select->sets, problem);
    select_free(listed.select);
    path_set_free(&listed.paths);
    if (!good)
        return false;
    bool taken = strcmp(select->sets.list, *list) != 0 && !blank;
    if (select->sets.count > 0 || listed.select || (taken && select->sets.list[0] == '\0')) {
        *keys = select->sets.keys[0] ? select->sets.keys : NULL;
        *list = select->sets.list;
    }
    if (blank)
        *list = "";
    return true;
}

/* grouping_id(), by which rows come where nothing is said. */
static const struct order *by_grouping(struct select *list)
{
    struct order *order = arena_alloc(&list->arena, sizeof *order);
    struct expr *id = expr_node(&list->arena, expr_eval_grouping, NULL, 0);
    id->constant = false;
    id->has_aggregate = true;
    order->keys = arena_alloc(&list->arena, sizeof *order->keys);
    order->keys[0] = (struct order_key){.expr = id};
    order->count = 1;
    return order;
}

struct group_select *group_select_new(const char *keys, const char *list, const char *having, const char *order,
                                      bool merging, const struct expr_options *options, struct problem *problem)
{
    struct group_select *select = mem_zero(1, sizeof *select);
    struct buffer text = {0};
    struct expr_options with_groupings = *options;
    with_groupings.groupings = true;
    options = &with_groupings;
    if (!take_sets(select, &keys, &list, options, problem)) {
        group_select_free(select);
        return NULL;
    }
    bool good = !keys || count_keys(keys, options, &select->key_count, problem);
    bool empty = list[strspn(list, " \t\n")] == '\0' && keys; /* the keys alone: DISTINCT */
    if (keys) {
        buffer_add_text(&text, keys);
        buffer_add_text(&text, empty ? "" : ", ");
    }
    buffer_add_text(&text, empty ? "" : list);
    buffer_add_char(&text, '\0');
    select->text = text.data;
    good = good && compile_list(select, keys != NULL, options, problem);
    size_t in_list = good ? select->select->aggregate_count : 0;
    good = good && (!having || compile_having(select, having, options, problem)) &&
           (!order || compile_order(select, order, options, problem));
    if (good && merging && select->select->aggregate_count > in_list)
        good = problem_set(problem, STATUS_USAGE, "%s: not in the select list, so the partial states don't have it",
                           select->select->aggregates[in_list].text);
    if (good) {
        select->aggregates =
            aggregates_new(select->select->aggregates, select->select->aggregate_count, options->ansi, problem);
        good = select->aggregates != NULL;
    }
    if (!good) {
        if (problem->argument == select->text)
            select->text = NULL; /* it is shown with the problem */
        group_select_free(select);
        return NULL;
    }
    find_record_items(select);
    take_keys(select);
    if (select->sets.count > 0 && !select->order)
        select->order = by_grouping(select->select);
    return select;
}

void group_select_free(struct group_select *select)
{
    if (!select)
        return;
    aggregates_free(select->aggregates);
    group_sets_free(&select->sets);
    select_free(select->select);
    free(select->keys);
    free(select->text);
    free(select);
}
