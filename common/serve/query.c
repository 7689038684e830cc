#include "serve/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "expr/expr.h"
#include "frame/source.h"
#include "json/cursor.h"
#include "json/json.h"
#include "json/walk/walk.h"
#include "table/form/output_form.h"
#include "table/sort.h"

/* A row that is wanted: where it stands. */
struct match {
    const char *text;
    size_t len;
};

struct matches {
    struct match *list;
    size_t count, cap;
};

/* What one query needs. */
struct run {
    const struct query *query;
    struct path_set paths;
    struct select *scope; /* nothing but the memory of the order */
    struct expr *where;
    struct order *order;
    struct walk_plan *plan;
    struct walk *walk;
    struct sort *sort;
    struct arena arena;
    struct matches matches;
};

static void matches_add(struct matches *matches, struct match match)
{
    if (matches->count == matches->cap) {
        matches->cap = matches->cap ? matches->cap * 2 : 256;
        matches->list = mem_resize(matches->list, matches->cap, sizeof *matches->list);
    }
    matches->list[matches->count++] = match;
}

static bool compile(struct run *run, struct problem *problem)
{
    const struct expr_options options = {.paths = &run->paths};
    const struct query *query = run->query;
    if (query->where && !(run->where = expr_compile("where", query->where, NULL, &options, problem)))
        return false;
    if (query->order) {
        run->scope = select_compile("scope", "'' as ` `", &options, problem);
        run->order = run->scope ? order_compile("order", query->order, run->scope, &options, problem) : NULL;
        if (!run->order)
            return false;
        const struct sort_options sort = {.order = run->order, .has_limit = query->has_limit, .limit = query->limit};
        run->sort = sort_new(&sort);
    }
    run->plan = walk_plan_new(&run->paths);
    run->walk = walk_new(run->plan, WALK_OBJECTS);
    return true;
}

static void sort_match(struct run *run, struct row *row, struct match match)
{
    struct value *keys = arena_alloc(&run->arena, run->order->count * sizeof *keys);
    for (size_t i = 0; i < run->order->count; i++)
        keys[i] = expr_eval(run->order->keys[i].expr, row);
    sort_add(run->sort, keys, run->walk->index, 0, &match, sizeof match);
}

/* An expression that fails for a row (an integer too large) is an answer too: the query's problem. */
static bool choose(struct run *run, const char *text, size_t len, struct problem *problem)
{
    const struct query *query = run->query;
    struct matches *matches = &run->matches;
    const uint64_t wanted = query->has_limit ? query->limit : UINT64_MAX;
    const struct value nothing = value_null(); /* the scope's item, which `order=1` means */
    walk_start(run->walk, text, len, SCAN_BY_LINE);
    while ((run->sort || matches->count < wanted) && walk_next(run->walk) == WALK_RECORD) {
        arena_reset(&run->arena);
        struct row row = {.slots = run->walk->slots, .items = &nothing, .arena = &run->arena};
        struct match match = {run->walk->record.text, run->walk->record.len};
        bool chosen = !run->where || expr_true(run->where, &row);
        if (chosen && run->sort)
            sort_match(run, &row, match);
        else if (chosen)
            matches_add(matches, match);
        if (row.error)
            return problem_set(problem, STATUS_USAGE, "%s", row.error);
    }
    const char *sorted;
    size_t size;
    while (run->sort && sort_next(run->sort, &sorted, &size)) {
        struct match match;
        memcpy(&match, sorted, sizeof match);
        matches_add(matches, match);
    }
    return true;
}

static bool too_large(struct problem *problem)
{
    return problem_set(problem, STATUS_USAGE, "the answer would have more than %d MiB: ask for less",
                       QUERY_ANSWER_MAX >> 20);
}

static bool write_json(const struct matches *matches, struct buffer *into, struct problem *problem)
{
    buffer_add_char(into, '[');
    for (size_t i = 0; i < matches->count; i++) {
        if (into->len > QUERY_ANSWER_MAX)
            return too_large(problem);
        buffer_add_text(into, i > 0 ? ",\n" : "");
        buffer_add(into, matches->list[i].text, matches->list[i].len);
    }
    buffer_add_text(into, "]\n");
    return true;
}

/* The members of all rows, in the order in which they come. */
struct names {
    const struct path **paths;
    const char **texts;
    size_t *lens;
    size_t count, cap;
    struct index index;
    struct arena arena;
};

static void names_add(struct names *names, const char *name, size_t len)
{
    uint64_t hash = index_hash(name, len);
    for (size_t at = index_first(&names->index, hash); at != INDEX_NONE; at = index_next(&names->index, hash, at)) {
        size_t number = index_number(&names->index, at);
        if (names->lens && names->lens[number] == len && memcmp(names->texts[number], name, len) == 0)
            return;
    }
    if (names->count == names->cap) {
        names->cap = names->cap ? names->cap * 2 : 32;
        names->paths = mem_resize(names->paths, names->cap, sizeof *names->paths);
        names->texts = mem_resize(names->texts, names->cap, sizeof *names->texts);
        names->lens = mem_resize(names->lens, names->cap, sizeof *names->lens);
    }
    const struct path *path = path_of_key(&names->arena, name, len);
    index_add(&names->index, hash, names->count);
    names->paths[names->count] = path;
    names->texts[names->count] = path->text;
    names->lens[names->count++] = len;
}

static bool names_of(const struct matches *matches, struct names *names, struct problem *problem)
{
    struct buffer decoded = {0};
    for (size_t i = 0; i < matches->count && names->count <= QUERY_COLUMNS_MAX; i++) {
        const struct match *match = &matches->list[i];
        struct json_cursor cursor = json_cursor_into(
            (struct span){.text = match->text, .len = match->len, .type = SPAN_OBJECT});
        struct span key, value;
        while (json_cursor_member(&cursor, &key, &value)) {
            decoded.len = 0;
            if (key.escaped)
                json_decode(key, &decoded);
            names_add(names, key.escaped && decoded.data ? decoded.data : key.text + 1,
                      key.escaped ? decoded.len : key.len - 2);
        }
    }
    buffer_free(&decoded);
    return names->count <= QUERY_COLUMNS_MAX ||
           problem_set(problem, STATUS_USAGE, "the rows have more than %d columns: JSON has no such limit",
                       QUERY_COLUMNS_MAX);
}

static void names_free(struct names *names)
{
    free(names->paths);
    free(names->texts);
    free(names->lens);
    index_free(&names->index);
    arena_free(&names->arena);
}

static bool write_rows(const struct output_form *form, const struct select *select, const struct path_set *paths,
                       const struct matches *matches, struct buffer *into, struct problem *problem)
{
    const struct output_form_options options = {.header = true, .quoting = {',', '"'}};
    struct buffer scratch = {0};
    struct walk_plan *plan = walk_plan_new(paths);
    struct walk *walk = walk_new(plan, WALK_OBJECTS);
    void *writer = form->start(select, &options);
    form->header(writer, into);
    for (size_t i = 0; i < matches->count && into->len <= QUERY_ANSWER_MAX; i++) {
        walk_start(walk, matches->list[i].text, matches->list[i].len, SCAN_BY_LINE);
        if (walk_next(walk) != WALK_RECORD)
            continue;
        const struct output_row row = {.slots = walk->slots, .scratch = &scratch};
        form->row(writer, &row, into);
    }
    form->finish(writer, true, NULL);
    walk_free(walk);
    walk_plan_free(plan);
    buffer_free(&scratch);
    return into->len <= QUERY_ANSWER_MAX || too_large(problem);
}

static bool write_flat(const char *form, const struct matches *matches, struct buffer *into, struct problem *problem)
{
    struct names names = {0};
    struct path_set paths = {0};
    const struct expr_options options = {.paths = &paths};
    struct select *select = NULL;
    bool good = names_of(matches, &names, problem);
    if (good && names.count > 0) {
        select = select_compile("columns", "*", &options, problem);
        good = select && select_replace(select, 0, names.paths, names.texts, NULL, names.count, &options, problem) &&
               write_rows(output_form_find(form), select, &paths, matches, into, problem);
    }
    select_free(select);
    path_set_free(&paths);
    names_free(&names);
    return good;
}

static bool write_matches(enum query_form form, const struct matches *matches, struct buffer *into,
                          struct problem *problem)
{
    return form == QUERY_JSON ? write_json(matches, into, problem)
                              : write_flat(form == QUERY_TSV ? "tsv" : "csv", matches, into, problem);
}

bool query_run(const struct query *query, const char *text, size_t len, struct buffer *into, struct problem *problem)
{
    struct run run = {.query = query};
    bool good = compile(&run, problem) && choose(&run, text, len, problem) &&
                write_matches(query->form, &run.matches, into, problem);
    if (run.walk)
        walk_free(run.walk);
    if (run.plan)
        walk_plan_free(run.plan);
    if (run.sort)
        sort_free(run.sort);
    select_free(run.scope);
    expr_free(run.where);
    path_set_free(&run.paths);
    arena_free(&run.arena);
    free(run.matches.list);
    return good;
}

bool query_row(enum query_form form, const char *row, size_t len, struct buffer *into, struct problem *problem)
{
    struct buffer padded = {0};
    buffer_add(&padded, row, len);
    buffer_reserve(&padded, BATCH_PADDING);
    memset(padded.data + len, 0, BATCH_PADDING);
    struct match match = {padded.data, len};
    const struct matches matches = {.list = &match, .count = 1};
    bool good = true;
    if (form == QUERY_JSON) {
        buffer_add(into, row, len);
        buffer_add_char(into, '\n');
    } else {
        good = write_matches(form, &matches, into, problem);
    }
    buffer_free(&padded);
    return good;
}
