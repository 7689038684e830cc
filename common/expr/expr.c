/* Whole arguments: select lists, single expressions, order keys. */
#include "expr/expr.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/index.h"
#include "expr/function/function.h"
#include "expr/parse_inner.h"

bool expr_parse_run(struct parser *parser, void (*body)(struct parser *parser, void *context), void *context)
{
    if (setjmp(parser->failed))
        return false;
    expr_lex(parser);
    body(parser, context);
    if (expr_token_now(parser)->kind != TOKEN_END)
        expr_parse_unexpected(parser, "the end or an operator");
    return true;
}

static bool compile(struct parser *parser, void (*body)(struct parser *, void *), void *context,
                    struct problem *problem)
{
    return expr_parse_run(parser, body, context) ||
           problem_caret(problem, parser->what, parser->text, parser->error_offset, parser->error);
}

/* [NAME {. NAME} .] * — the path in front, NULL for a bare star; false if no star stands here. */
static bool parse_star(struct parser *parser, const struct path **path)
{
    size_t names = 0;
    while (expr_token_ahead(parser, 2 * names)->kind == TOKEN_NAME &&
           expr_token_is(expr_token_ahead(parser, 2 * names + 1), "."))
        names++;
    if (!expr_token_is(expr_token_ahead(parser, 2 * names), "*"))
        return false;
    *path = NULL;
    if (names > 0) {
        struct path *prefix = arena_alloc(parser->arena, sizeof *prefix);
        struct path_step *steps = arena_alloc(parser->arena, names * sizeof *steps);
        for (size_t i = 0; i < names; i++)
            steps[i] = (struct path_step){.key = expr_token_ahead(parser, 2 * i)->text,
                                          .key_len = expr_token_ahead(parser, 2 * i)->text_len};
        size_t start = expr_token_now(parser)->offset, end = expr_token_ahead(parser, 2 * names - 1)->offset;
        *prefix = (struct path){
            .steps = steps, .count = names, .text = arena_copy(parser->arena, parser->text + start, end - start)};
        *path = prefix;
    }
    parser->at += 2 * names + 1;
    return true;
}

static void add_change(struct parser *parser, struct select_item *item, const struct star_change *change)
{
    size_t count = item->change_count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct star_change *all = arena_alloc(parser->arena, (count ? 2 * count : 1) * sizeof *all);
        if (count > 0)
            memcpy(all, item->changes, count * sizeof *all);
        item->changes = all;
    }
    item->changes[item->change_count++] = *change;
}

/* Two changes of one place, or of one within the other, contradict each other. */
static void check_change(struct parser *parser, const struct select_item *item, const struct star_change *change)
{
    if (!path_keys_only(change->path))
        expr_parse_fail(parser, change->offset, "%s: a member is named by keys, not by an index", change->path->text);
    for (size_t i = 0; i < item->change_count; i++) {
        const struct path *other = item->changes[i].path;
        size_t least = other->count < change->path->count ? other->count : change->path->count, same = 0;
        while (same < least && other->steps[same].key_len == change->path->steps[same].key_len &&
               memcmp(other->steps[same].key, change->path->steps[same].key, other->steps[same].key_len) == 0)
            same++;
        if (same == least)
            expr_parse_fail(parser, change->offset, "%s is changed twice: %s stands there, too", change->path->text,
                            other->text);
    }
}

/* Behind a star: except (path, …), replace (expr as path, …), in any order. */
static void parse_changes(struct parser *parser, struct select *select, struct select_item *item)
{
    for (;;) {
        const struct token *word = expr_token_now(parser);
        bool replace = expr_token_word(word, "replace");
        bool known = replace || expr_token_word(word, "except") || expr_token_word(word, "exclude");
        if (!known || !expr_token_is(expr_token_ahead(parser, 1), "("))
            return;
        parser->at += 2;
        do {
            struct star_change change = {.offset = expr_token_now(parser)->offset};
            if (replace) {
                change.expr = expr_parse_expression(parser);
                expr_expect_word(parser, "as");
                change.number = select->change_count++;
            }
            if (expr_token_now(parser)->kind != TOKEN_NAME)
                expr_parse_unexpected(parser, "a member's name");
            change.offset = expr_token_now(parser)->offset;
            change.path = expr_parse_steps(parser);
            check_change(parser, item, &change);
            add_change(parser, item, &change);
        } while (expr_accept(parser, ","));
        expr_expect(parser, ")");
    }
}

/* The last key, with the indexes behind it as typed: a.b[0] is b[0]. */
static void path_name(struct parser *parser, const struct path *path, struct select_item *item)
{
    size_t last = path->count - 1;
    while (last > 0 && !path->steps[last].key)
        last--;
    const struct path_step *step = &path->steps[last];
    char *name = arena_copy(parser->arena, step->key, step->key_len);
    item->name_len = step->key_len;
    for (size_t i = last + 1; i < path->count; i++) {
        char longer[64];
        int len = snprintf(longer, sizeof longer, "[%lld]", (long long)path->steps[i].index);
        char *both = arena_alloc(parser->arena, item->name_len + (size_t)len + 1);
        memcpy(both, name, item->name_len);
        memcpy(both + item->name_len, longer, (size_t)len + 1);
        name = both;
        item->name_len += (size_t)len;
    }
    item->name = name;
}

static void name_item(struct parser *parser, struct select_item *item)
{
    const struct token *last = &parser->tokens[parser->at - 1];
    bool as = expr_accept_word(parser, "as");
    const struct token *token = expr_token_now(parser);
    if (token->kind == TOKEN_NAME) {
        item->name = token->text;
        item->name_len = token->text_len;
        parser->at++;
        return;
    }
    if (as)
        expr_parse_unexpected(parser, "a name");
    if (item->expr->kind == EXPR_ITEM && parser->scope && last->kind == TOKEN_NAME && last->offset == item->offset) {
        item->name = parser->scope->items[item->expr->number].name; /* an earlier one again */
        item->name_len = parser->scope->items[item->expr->number].name_len;
        return;
    }
    if (item->expr->kind == EXPR_SLOT && item->expr->path->count > 0) {
        path_name(parser, item->expr->path, item);
        return;
    }
    item->name_len = last->offset + last->len - item->offset;
    item->name = arena_copy(parser->arena, parser->text + item->offset, item->name_len);
}

static void add_item(struct select *select, const struct select_item *item)
{
    size_t count = select->count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct select_item *items = arena_alloc(&select->arena, (count ? 2 * count : 1) * sizeof *items);
        if (count > 0)
            memcpy(items, select->items, count * sizeof *items);
        select->items = items;
    }
    select->items[select->count++] = *item;
}

/* Names in parentheses, so many. */
static void tuple_names(struct parser *parser, const char **names, size_t count)
{
    size_t offset = expr_token_now(parser)->offset;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && !expr_accept(parser, ","))
            expr_parse_fail(parser, offset, "json_tuple gives %zu columns: that many names", count);
        if (expr_token_now(parser)->kind != TOKEN_NAME)
            expr_parse_unexpected(parser, "a name");
        names[i] = expr_token_now(parser)->text;
        parser->at++;
    }
    if (!expr_accept(parser, ")"))
        expr_parse_fail(parser, offset, "json_tuple gives %zu columns: that many names", count);
}

/* json_tuple(s, 'a', 'b') [as (x, y)] as an item is one of each name. False: another item stands there. */
static bool parse_tuple(struct parser *parser, struct select *select)
{
    const struct token *token = expr_token_now(parser);
    const struct function *function = function_find("json_tuple", 10);
    if (!expr_token_word(token, "json_tuple") || !expr_token_is(expr_token_ahead(parser, 1), "("))
        return false;
    const struct token *behind = expr_token_ahead(parser, expr_behind_parentheses(parser, 2));
    bool as = expr_token_word(behind, "as");
    if (behind->kind != TOKEN_END && !expr_token_is(behind, ",") && !as)
        return false;
    struct expr_list list = {0};
    parser->at += 2;
    expr_parse_arguments(parser, &list);
    expr_check_counts(parser, "json_tuple", token->offset, list.count, 2, SIZE_MAX);
    const char **names = arena_alloc(parser->arena, list.count * sizeof *names);
    for (size_t i = 0; i + 1 < list.count; i++) {
        char name[24];
        snprintf(name, sizeof name, "c%zu", i);
        names[i] = arena_copy(parser->arena, name, strlen(name));
    }
    if (as && expr_token_is(expr_token_ahead(parser, 1), "(")) {
        parser->at += 2;
        tuple_names(parser, names, list.count - 1);
    } else if (as) {
        if (list.count > 2)
            expr_parse_fail(parser, behind->offset, "json_tuple gives %zu columns: as (x, y, …)", list.count - 1);
        parser->at++;
        names[0] = expr_token_now(parser)->text;
        if (expr_token_now(parser)->kind != TOKEN_NAME)
            expr_parse_unexpected(parser, "a name");
        parser->at++;
    }
    for (size_t i = 1; i < list.count; i++) {
        struct expr *const args[] = {list.items[0], list.items[i]};
        struct select_item item = {.offset = token->offset, .name = names[i - 1], .name_len = strlen(names[i - 1])};
        item.expr = expr_build_call(parser, function, "json_tuple", token->offset, args, 2);
        item.has_aggregate = item.expr->has_aggregate;
        add_item(select, &item);
    }
    return true;
}

static void parse_select(struct parser *parser, void *context)
{
    struct select *select = context;
    do {
        struct select_item item = {.offset = expr_token_now(parser)->offset};
        if (parse_tuple(parser, select))
            continue;
        if (parse_star(parser, &item.path)) {
            item.kind = ITEM_STAR;
            parse_changes(parser, select, &item);
        } else {
            item.expr = expr_parse_expression(parser);
            item.has_aggregate = item.expr->has_aggregate;
            if (item.expr->kind == EXPR_SLOT) {
                item.path = item.expr->path;
                item.slot = item.expr->number;
            }
            name_item(parser, &item);
        }
        add_item(select, &item);
    } while (expr_accept(parser, ","));
}

static void parse_named(struct parser *parser, void *context)
{
    (void)context;
    expr_parse_named_windows(parser);
}

/* The windows that the list may mean by name. */
static bool read_named_windows(struct select *select, const struct expr_options *options, struct problem *problem)
{
    struct parser parser = {
        .what = "--window", .text = options->named_windows, .arena = &select->arena, .scope = select,
        .options = options};
    if (!options->named_windows)
        return true;
    bool good = compile(&parser, parse_named, NULL, problem);
    select->named_windows = parser.named;
    return good;
}

struct select *select_compile(const char *what, const char *text, const struct expr_options *options,
                              struct problem *problem)
{
    struct select *select = mem_zero(1, sizeof *select);
    select->what = what;
    select->text = text;
    struct parser parser = {
        .what = what, .text = text, .arena = &select->arena, .scope = select, .in_list = true, .options = options};
    if (read_named_windows(select, options, problem)) {
        parser.named = select->named_windows;
        if (compile(&parser, parse_select, select, problem) &&
            (options->names_later || select_check_names(select, problem)))
            return select;
    }
    select_free(select);
    return NULL;
}

/* Whether an item before this one is called so; adds it. */
static bool is_taken(const struct select *select, size_t number, struct index *names)
{
    const struct select_item *item = &select->items[number];
    uint64_t hash = index_hash(item->name, item->name_len);
    for (size_t at = index_first(names, hash); at != INDEX_NONE; at = index_next(names, hash, at)) {
        const struct select_item *other = &select->items[index_number(names, at)];
        if (other->name_len == item->name_len && memcmp(other->name, item->name, item->name_len) == 0)
            return true;
    }
    index_add(names, hash, number);
    return false;
}

size_t select_twin(const struct select *select)
{
    struct index names = {0};
    size_t i = select->hidden;
    while (i < select->count && !(select->items[i].name && is_taken(select, i, &names)))
        i++;
    index_free(&names);
    return i < select->count ? i : SIZE_MAX;
}

bool select_check_names(const struct select *select, struct problem *problem)
{
    size_t twin = select_twin(select);
    char text[256];
    if (twin == SIZE_MAX)
        return true;
    const struct select_item *item = &select->items[twin];
    snprintf(text, sizeof text, "two columns are called %.150s; name one with as", item->name);
    return problem_caret(problem, select->what, select->text, item->offset, text);
}

/* count items at place i, where `gone` go; offset: where they stand in the text. */
static bool replace(struct select *select, size_t i, size_t gone, size_t offset, const struct path *const *paths,
                    const char *const *names, struct expr *const *exprs, size_t count,
                    const struct expr_options *options, struct problem *problem)
{
    struct select_item *items = arena_alloc(&select->arena, (select->count + count) * sizeof *items);
    memcpy(items, select->items, i * sizeof *items);
    for (size_t k = 0; k < count; k++) {
        if (exprs && exprs[k]) {
            items[i + k] = (struct select_item){.kind = ITEM_EXPR, .name = names[k], .name_len = strlen(names[k]),
                                                .expr = exprs[k], .offset = offset};
            if (exprs[k]->kind == EXPR_SLOT) {
                items[i + k].path = exprs[k]->path;
                items[i + k].slot = exprs[k]->number;
            }
            continue;
        }
        struct expr *expr = expr_node(&select->arena, expr_eval_slot, NULL, 0);
        expr->kind = EXPR_SLOT;
        expr->constant = false;
        expr->path = paths[k];
        expr->offset = offset;
        const char *message = NULL;
        if (!options->resolve)
            expr->number = path_set_add(options->paths, paths[k]);
        else if (!options->resolve(options->context, paths[k], &expr->number, &message))
            return problem_caret(problem, select->what, select->text, offset, message);
        items[i + k] = (struct select_item){.kind = ITEM_EXPR,
                                            .name = names[k],
                                            .name_len = strlen(names[k]),
                                            .expr = expr,
                                            .path = paths[k],
                                            .slot = expr->number,
                                            .offset = offset};
    }
    memcpy(items + i + count, select->items + i + gone, (select->count - i - gone) * sizeof *items);
    for (size_t k = 0; k < select->reference_count; k++)
        if (select->references[k]->number >= i + gone)
            select->references[k]->number += count - gone;
    select->items = items;
    select->count += count - gone;
    return true;
}

bool select_replace(struct select *select, size_t i, const struct path *const *paths, const char *const *names,
                    struct expr *const *exprs, size_t count, const struct expr_options *options,
                    struct problem *problem)
{
    return replace(select, i, 1, select->items[i].offset, paths, names, exprs, count, options, problem);
}

bool select_insert(struct select *select, size_t i, const struct path *const *paths, const char *const *names,
                   size_t count, const struct expr_options *options, struct problem *problem)
{
    size_t offset = i > 0 ? select->items[i - 1].offset : 0;
    return replace(select, i, 0, offset, paths, names, NULL, count, options, problem);
}

void select_free(struct select *select)
{
    if (!select)
        return;
    arena_free(&select->arena);
    free(select);
}

static void parse_one(struct parser *parser, void *context)
{
    struct expr **expr = context;
    *expr = expr_parse_expression(parser);
}

static void free_arena(struct arena *arena)
{
    if (!arena)
        return;
    arena_free(arena);
    free(arena);
}

struct expr *expr_compile(const char *what, const char *text, struct select *scope, const struct expr_options *options,
                          struct problem *problem)
{
    struct arena *owned = scope ? NULL : mem_zero(1, sizeof *owned);
    struct parser parser = {
        .what = what, .text = text, .arena = scope ? &scope->arena : owned, .scope = scope, .options = options,
        .named = scope ? scope->named_windows : NULL};
    struct expr *expr = NULL;
    if (!compile(&parser, parse_one, &expr, problem) || !expr) {
        free_arena(owned);
        return NULL;
    }
    expr->owned = owned;
    return expr;
}

void expr_free(struct expr *expr)
{
    if (expr)
        free_arena(expr->owned);
}

/* A key that is nothing but a whole number: the item of that number, from 1. */
static struct expr *numbered_item(struct parser *parser)
{
    const struct token *number = expr_token_now(parser), *next = expr_token_ahead(parser, 1);
    bool alone = number->kind == TOKEN_NUMBER &&
                 (next->kind == TOKEN_END || expr_token_is(next, ",") || expr_token_word(next, "asc") ||
                  expr_token_word(next, "desc") || expr_token_word(next, "nulls"));
    if (!alone || strspn(number->text, "0123456789") != number->text_len)
        return NULL;
    const struct select *select = parser->scope;
    size_t place = number->text_len < 10 ? (size_t)strtoul(number->text, NULL, 10) : SIZE_MAX;
    if (place == 0 || place > select->count)
        expr_parse_fail(parser, number->offset, "there is no column %.20s: the select list has %zu", number->text,
                        select->count);
    if (select->items[place - 1].kind == ITEM_STAR)
        expr_parse_fail(parser, number->offset, "column %zu is a *: name what to order by", place);
    parser->at++;
    return expr_parse_item(parser, place - 1, number->offset);
}

void expr_parse_order_keys(struct parser *parser, bool numbers, struct order *order)
{
    size_t cap = 0;
    do {
        struct expr *item = numbers ? numbered_item(parser) : NULL;
        struct order_key key = {.expr = item ? item : expr_parse_expression(parser)};
        if (expr_accept_word(parser, "desc"))
            key.descending = true;
        else
            expr_accept_word(parser, "asc");
        key.nulls_last = key.descending;
        if (expr_accept_word(parser, "nulls")) {
            key.nulls_last = expr_accept_word(parser, "last");
            if (!key.nulls_last)
                expr_expect_word(parser, "first");
        }
        if (order->count == cap) {
            cap = cap ? 2 * cap : 4;
            struct order_key *keys = arena_alloc(parser->arena, cap * sizeof *keys);
            if (order->count > 0)
                memcpy(keys, order->keys, order->count * sizeof *keys);
            order->keys = keys;
        }
        order->keys[order->count++] = key;
    } while (expr_accept(parser, ","));
}

static void parse_order(struct parser *parser, void *context)
{
    expr_parse_order_keys(parser, true, context);
}

struct order *order_compile(const char *what, const char *text, struct select *scope,
                            const struct expr_options *options, struct problem *problem)
{
    struct order *order = arena_alloc(&scope->arena, sizeof *order);
    *order = (struct order){0};
    struct parser parser = {.what = what, .text = text, .arena = &scope->arena, .scope = scope, .options = options,
                            .named = scope->named_windows};
    return compile(&parser, parse_order, order, problem) ? order : NULL;
}

static void add_name(const struct callable *callable, struct buffer *into)
{
    buffer_add_format(into, " %s", callable->name);
    if (callable->aliases)
        buffer_add_format(into, " %s", callable->aliases);
}

void expr_call_names(aggregate_table *aggregates, window_table *windows, struct buffer *into)
{
    const struct function *function;
    const struct aggregate_function *aggregate;
    const struct window_function *window;
    for (size_t i = 0; (function = function_at(i, NULL)); i++)
        add_name(&function->callable, into);
    for (size_t i = 0; aggregates && (aggregate = aggregates(i)); i++)
        add_name(&aggregate->callable, into);
    for (size_t i = 0; windows && (window = windows(i)); i++)
        add_name(&window->callable, into);
}
