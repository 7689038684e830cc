#include "group/pivot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/index.h"
#include "group/key.h"
#include "group/pieces.h"
#include "table/relation.h"
#include "table/sort.h"

/* One of the values: of each column, if there are several. */
struct pivot_value {
    const char *key; /* all of them as one key */
    size_t key_len;
    struct value *of;
    const char *name;
};

struct group_pivot {
    const char *text;
    struct expr_options expr;
    struct piece columns; /* as written, without parentheses */
    size_t column_count;
    bool listed;
    struct pivot_value *values;
    size_t count, cap;
    struct index index;   /* of values by key */
    const struct group_select *select;
    size_t key_count, item_count; /* of what comes out: keys, and what each value has */
    struct group_pivot_options options;
    struct select *wide;  /* the columns that come out, slot by slot */
    char *wide_text;
    struct expr *qualify;
    struct order *order;
    char *keys;           /* what is grouped by */
    struct arena arena;
};

static size_t find_value(const struct group_pivot *pivot, const char *key, size_t len)
{
    uint64_t hash = index_hash(key, len);
    for (size_t at = index_first(&pivot->index, hash); at != INDEX_NONE; at = index_next(&pivot->index, hash, at)) {
        const struct pivot_value *value = &pivot->values[index_number(&pivot->index, at)];
        if (value->key_len == len && memcmp(value->key, key, len) == 0)
            return index_number(&pivot->index, at);
    }
    return SIZE_MAX;
}

/* As Spark names it: the text of the value, {a, b} of several. */
static const char *name_of(struct group_pivot *pivot, const struct value *of)
{
    struct buffer text = {0};
    bool several = pivot->column_count > 1;
    for (size_t i = 0; i < pivot->column_count; i++) {
        buffer_add_text(&text, i > 0 ? ", " : several ? "{" : "");
        if (of[i].type == VALUE_NULL)
            buffer_add_text(&text, "null");
        else
            value_write_plain(&of[i], &text);
    }
    buffer_add_text(&text, several ? "}" : "");
    const char *name = arena_copy(&pivot->arena, text.data ? text.data : "", text.len);
    buffer_free(&text);
    return name;
}

/* A new value, copied. name: NULL, or what it is called. */
static void add_value(struct group_pivot *pivot, const struct value *of, const struct buffer *key, const char *name)
{
    if (pivot->count == pivot->cap) {
        pivot->cap = pivot->cap ? 2 * pivot->cap : 16;
        pivot->values = mem_resize(pivot->values, pivot->cap, sizeof *pivot->values);
    }
    struct pivot_value *value = &pivot->values[pivot->count];
    *value = (struct pivot_value){.key = arena_copy(&pivot->arena, key->data, key->len), .key_len = key->len};
    value->of = arena_alloc(&pivot->arena, pivot->column_count * sizeof *value->of);
    for (size_t i = 0; i < pivot->column_count; i++)
        value->of[i] = value_keep(&of[i], &pivot->arena);
    value->name = name ? name : name_of(pivot, value->of);
    index_add(&pivot->index, index_hash(key->data, key->len), pivot->count++);
}

static bool refuse(const struct group_pivot *pivot, struct problem *problem, const char *what)
{
    return problem_usage(problem, "--pivot %s: %s", pivot->text, what);
}

static const char *copy_piece(struct group_pivot *pivot, struct piece piece)
{
    return arena_copy(&pivot->arena, piece.text, piece.len);
}

/* A constant. */
static bool read_constant(struct group_pivot *pivot, struct piece piece, struct value *value, struct problem *problem)
{
    struct path_set paths = {0};
    struct expr_options options = pivot->expr;
    options.resolve = NULL;
    options.paths = &paths;
    options.aggregates = false;
    struct problem inner = {0};
    struct expr *expr = expr_compile("--pivot", copy_piece(pivot, piece), NULL, &options, &inner);
    bool good = expr != NULL;
    if (!expr) /* shown where it stands in the whole text, which lives on */
        problem_caret(problem, "--pivot", pivot->text, (size_t)(piece.text - pivot->text) + inner.offset, inner.text);
    if (expr && paths.count > 0)
        good = refuse(pivot, problem, "a value is a constant; text stands in quotes");
    if (good) {
        struct row row = {.arena = &pivot->arena};
        struct value made = expr_eval(expr, &row);
        *value = value_keep(&made, &pivot->arena);
        good = !row.error || refuse(pivot, problem, row.error);
    }
    expr_free(expr);
    path_set_free(&paths);
    return good;
}

/* "VALUE", "VALUE as NAME", "(VALUE, …) as NAME". */
static bool read_value(struct group_pivot *pivot, struct piece piece, struct problem *problem)
{
    const char *name = NULL;
    size_t as = piece_word(piece, "as");
    if (as != SIZE_MAX) {
        struct piece behind = piece_trimmed(piece.text + as + 2, piece.len - as - 2);
        size_t offset;
        const char *message, *text = copy_piece(pivot, behind);
        struct path *path = path_parse(&pivot->arena, text, NULL, &offset, &message);
        if (!path || path->count != 1 || !path->steps[0].key)
            return refuse(pivot, problem, "expected a name behind as");
        name = path->steps[0].key;
        piece = piece_trimmed(piece.text, as);
    }
    struct piece inside = piece;
    struct pieces parts = {&piece, 1};
    bool tuple = pivot->column_count > 1 && piece_called(piece, "", &inside);
    if (tuple)
        parts = pieces_split(inside);
    struct value *of = arena_alloc(&pivot->arena, (parts.count + 1) * sizeof *of);
    struct buffer key = {0};
    bool good = parts.count == pivot->column_count ||
                refuse(pivot, problem, "a value for each column: (a, b) in ((1, 2), (3, 4))");
    for (size_t i = 0; good && i < parts.count; i++) {
        good = read_constant(pivot, parts.items[i], &of[i], problem);
        if (good)
            value_key(&of[i], &key);
    }
    if (good && find_value(pivot, key.data, key.len) != SIZE_MAX)
        good = refuse(pivot, problem, "a value is listed twice");
    if (good)
        add_value(pivot, of, &key, name);
    buffer_free(&key);
    if (tuple)
        free(parts.items);
    return good;
}

static bool read_values(struct group_pivot *pivot, struct piece list, struct problem *problem)
{
    struct piece inside;
    if (!piece_called(list, "", &inside))
        return refuse(pivot, problem, "expected in (value, …)");
    struct pieces values = pieces_split(inside);
    bool good = values.count > 0 || refuse(pivot, problem, "no values");
    for (size_t i = 0; good && i < values.count; i++)
        good = read_value(pivot, values.items[i], problem);
    free(values.items);
    return good;
}

struct group_pivot *group_pivot_new(const char *text, const struct expr_options *expr, struct problem *problem)
{
    struct group_pivot *pivot = mem_zero(1, sizeof *pivot);
    struct piece all = piece_trimmed(text, strlen(text));
    size_t in = piece_word(all, "in");
    pivot->text = text;
    pivot->expr = *expr;
    pivot->listed = in != SIZE_MAX;
    struct piece front = pivot->listed ? piece_trimmed(all.text, in) : all;
    if (!piece_called(front, "", &pivot->columns))
        pivot->columns = front;
    struct pieces columns = pieces_split(pivot->columns);
    pivot->column_count = columns.count;
    bool good = columns.count > 0 || refuse(pivot, problem, "expected a column");
    good = good && (front.text[0] == '(' || columns.count == 1 || refuse(pivot, problem, "several columns: (a, b)"));
    free(columns.items);
    if (good && pivot->listed)
        good = read_values(pivot, piece_trimmed(all.text + in + 2, all.len - in - 2), problem);
    if (good)
        return pivot;
    group_pivot_free(pivot);
    return NULL;
}

void group_pivot_free(struct group_pivot *pivot)
{
    if (!pivot)
        return;
    select_free(pivot->wide);
    index_free(&pivot->index);
    free(pivot->values);
    free(pivot->wide_text);
    free(pivot->keys);
    arena_free(&pivot->arena);
    free(pivot);
}

const char *group_pivot_name(const struct group_pivot *pivot, size_t value)
{
    return pivot->values[value].name;
}

const char *group_pivot_keys(const struct group_pivot *pivot)
{
    return pivot->keys;
}

/* The keys with the columns behind them. */
static const char *add_columns(struct group_pivot *pivot, const char *keys, struct problem *problem)
{
    struct piece trimmed = piece_trimmed(keys ? keys : "", keys ? strlen(keys) : 0);
    if (trimmed.len == 3 && strncasecmp(trimmed.text, "all", 3) == 0) {
        refuse(pivot, problem, "-g all: name the keys");
        return NULL;
    }
    struct buffer text = {0};
    buffer_add(&text, trimmed.text, trimmed.len);
    buffer_add_text(&text, trimmed.len > 0 ? ", " : "");
    buffer_add(&text, pivot->columns.text, pivot->columns.len);
    buffer_add_char(&text, '\0');
    pivot->keys = text.data;
    return pivot->keys;
}

/* The names of what comes out: keys, then what each value has. */
static const char *column_name(struct group_pivot *pivot, size_t number)
{
    const struct select_item *items = pivot->select->select->items;
    if (number < pivot->key_count)
        return arena_copy(&pivot->arena, items[number].name, items[number].name_len);
    const struct pivot_value *value = &pivot->values[(number - pivot->key_count) / pivot->item_count];
    if (pivot->item_count == 1)
        return value->name;
    const struct select_item *item =
        &items[pivot->select->key_count + (number - pivot->key_count) % pivot->item_count];
    struct buffer text = {0};
    buffer_add_format(&text, "%s_%.*s", value->name, (int)item->name_len, item->name);
    const char *name = arena_copy(&pivot->arena, text.data, text.len);
    buffer_free(&text);
    return name;
}

/* Column number 7 is _7 while they are read; later names are theirs. */
static bool resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    const struct group_pivot *pivot = context;
    if (pivot->wide) {
        *message = "no column that comes out is called so: with --pivot, --having and -o are of those";
        return false;
    }
    *slot = strtoul(path->steps[0].key + 1, NULL, 10);
    return true;
}

static bool name_columns(struct group_pivot *pivot, struct problem *problem)
{
    struct select_item *items = pivot->wide->items;
    for (size_t i = 0; i < pivot->wide->count; i++) {
        items[i].name = column_name(pivot, i);
        items[i].name_len = strlen(items[i].name);
    }
    size_t twin = select_twin(pivot->wide);
    return twin == SIZE_MAX || problem_usage(problem, "--pivot %s: two columns are called %s; name one with as",
                                             pivot->text, items[twin].name);
}

/* The values are known. */
static bool compile_wide(struct group_pivot *pivot, struct problem *problem)
{
    struct buffer text = {0};
    size_t count = pivot->key_count + pivot->count * pivot->item_count;
    struct expr_options options = pivot->expr;
    options.aggregates = false;
    options.resolve = resolve;
    options.context = pivot;
    for (size_t i = 0; i < count; i++)
        buffer_add_format(&text, "%s_%zu", i > 0 ? ", " : "", i);
    if (count == 0) /* nothing is grouped by, and no values were found */
        return true;
    buffer_add_char(&text, '\0');
    pivot->wide_text = text.data;
    pivot->wide = select_compile("columns", text.data, &options, problem);
    if (!pivot->wide || !name_columns(pivot, problem) ||
        (pivot->options.table && !table_check(pivot->options.table, pivot->wide, problem)))
        return false;
    if (pivot->options.having)
        pivot->qualify = expr_compile("--having", pivot->options.having, pivot->wide, &options, problem);
    if (pivot->options.order && problem->status == STATUS_OK)
        pivot->order = order_compile("-o", pivot->options.order, pivot->wide, &options, problem);
    return problem->status == STATUS_OK;
}

static bool compile(struct group_pivot *pivot, const struct group_select *select, struct problem *problem)
{
    pivot->select = select;
    pivot->key_count = select->key_count - pivot->column_count;
    pivot->item_count = select->select->count - select->key_count;
    if (select->sets.count > 0)
        return refuse(pivot, problem, "goes with plain keys, not with rollup, cube and grouping sets");
    if (pivot->item_count == 0)
        return refuse(pivot, problem, "expected aggregates to stand in the columns");
    for (size_t i = select->key_count; i < select->select->count; i++)
        if (!select->select->items[i].has_aggregate)
            return problem_caret(problem, "select list", select->text, select->select->items[i].offset,
                                 "with --pivot the list is of aggregates; the keys come first anyway");
    return !pivot->listed || compile_wide(pivot, problem);
}

struct group_pivot *group_pivot_start(const struct group_pivot_options *options, const struct expr_options *expr,
                                      struct group_select **select, struct problem *problem)
{
    struct group_pivot *pivot = group_pivot_new(options->pivot, expr, problem);
    const char *keys = pivot ? add_columns(pivot, options->keys, problem) : NULL;
    *select = keys ? group_select_new(keys, options->list, NULL, NULL, options->merging, expr, problem) : NULL;
    if (*select) {
        pivot->options = *options;
        compile(pivot, *select, problem);
    }
    return pivot;
}

/* The groups' rows: cells of the keys, of the pivot's columns, of the items. */
struct turning {
    struct group_pivot *pivot;
    struct relation *rows;
    struct span *cells;
    struct arena arena;
    struct buffer key, head;
    struct order_key key_order; /* ascending, */
    struct order by_key;        /* of one key: all keys as one */
};

static void key_of(struct turning *turning, size_t first, size_t count)
{
    turning->key.len = turning->head.len = 0;
    for (size_t i = first; i < first + count; i++)
        group_key_span(turning->cells[i], &turning->key, &turning->head, &turning->arena);
}

/* The values of a row's pivot columns, new ones too. */
static bool meet_value(struct turning *turning, struct problem *problem)
{
    struct group_pivot *pivot = turning->pivot;
    key_of(turning, pivot->key_count, pivot->column_count);
    if (find_value(pivot, turning->key.data, turning->key.len) != SIZE_MAX)
        return true;
    if (pivot->count == PIVOT_VALUES_MAX)
        return problem_set(problem, STATUS_DATA, "--pivot %s: more than %d values; list those that are wanted: "
                           "--pivot 'COLUMN in (…)'", pivot->text, (int)PIVOT_VALUES_MAX);
    struct value *of = arena_alloc(&turning->arena, pivot->column_count * sizeof *of);
    for (size_t i = 0; i < pivot->column_count; i++)
        of[i] = value_from_span(turning->cells[pivot->key_count + i], &turning->arena);
    add_value(pivot, of, &turning->key, NULL);
    return true;
}

struct ordering {
    size_t count;
    bool *numeric; /* of each column */
};

static int compare_values(const void *left, const void *right, void *context)
{
    const struct pivot_value *a = left, *b = right;
    const struct ordering *ordering = context;
    int order = 0;
    for (size_t i = 0; order == 0 && i < ordering->count; i++)
        order = value_compare(&a->of[i], &b->of[i], ordering->numeric[i]);
    return order;
}

/* Those that are in the data, in their order. */
static bool find_values(struct turning *turning, struct problem *problem)
{
    struct group_pivot *pivot = turning->pivot;
    bool good = true;
    for (uint64_t at = 0; good && relation_next(turning->rows, &at, turning->cells);) {
        arena_reset(&turning->arena);
        good = meet_value(turning, problem);
    }
    struct ordering ordering = {.count = pivot->column_count};
    ordering.numeric = arena_alloc(&pivot->arena, pivot->column_count * sizeof *ordering.numeric);
    for (size_t i = 0; i < pivot->column_count; i++) {
        ordering.numeric[i] = true;
        for (size_t k = 0; k < pivot->count; k++)
            ordering.numeric[i] = ordering.numeric[i] && (pivot->values[k].of[i].type == VALUE_NULL ||
                                                          value_is_number(&pivot->values[k].of[i]));
    }
    if (pivot->count > 0)
        qsort_r(pivot->values, pivot->count, sizeof *pivot->values, compare_values, &ordering);
    index_free(&pivot->index);
    pivot->index = (struct index){0};
    for (size_t i = 0; i < pivot->count; i++)
        index_add(&pivot->index, index_hash(pivot->values[i].key, pivot->values[i].key_len), i);
    return good;
}

/* A row of a group: which value it has, and where it stands. */
struct turned {
    uint64_t value, at, number;
};

/* All rows, those of the same keys behind each other. */
static struct sort *sort_rows(struct turning *turning, size_t memory)
{
    turning->by_key = (struct order){.keys = &turning->key_order, .count = 1};
    const struct sort_options options = {.order = &turning->by_key, .memory = memory, .compares = true};
    struct group_pivot *pivot = turning->pivot;
    struct sort *sort = sort_new(&options);
    uint64_t number = 0;
    for (uint64_t at = 0, next = 0; relation_next(turning->rows, &next, turning->cells); at = next, number++) {
        arena_reset(&turning->arena);
        key_of(turning, pivot->key_count, pivot->column_count);
        const struct turned row = {find_value(pivot, turning->key.data, turning->key.len), at, number};
        key_of(turning, 0, pivot->key_count);
        struct value key = value_string(turning->key.data ? turning->key.data : "", turning->key.len);
        sort_add(sort, &key, number, 0, &row, sizeof row);
    }
    return sort;
}

/* The rows of one value of the keys as one row. */
struct widening {
    struct turning *turning;
    struct project_writer *writer;
    struct span *slots;
    struct result result;
    uint64_t place; /* of the first of them */
    bool open;
    const char *error;
};

static bool write_wide(struct widening *widening)
{
    struct turning *turning = widening->turning;
    arena_reset(&turning->arena);
    struct row row = {.slots = widening->slots, .arena = &turning->arena};
    bool good = project_row(widening->writer, &row, true, widening->place, 0, &widening->result);
    memset(widening->slots, 0, turning->pivot->wide->count * sizeof *widening->slots);
    widening->error = row.error;
    return good;
}

static void widen(struct widening *widening, const struct turned *row)
{
    struct turning *turning = widening->turning;
    const struct group_pivot *pivot = turning->pivot;
    uint64_t at = row->at;
    relation_next(turning->rows, &at, turning->cells);
    if (!widening->open) {
        memcpy(widening->slots, turning->cells, pivot->key_count * sizeof *widening->slots);
        widening->place = row->number;
        widening->open = true;
    }
    if (row->value != SIZE_MAX)
        memcpy(widening->slots + pivot->key_count + row->value * pivot->item_count,
               turning->cells + pivot->key_count + pivot->column_count, pivot->item_count * sizeof *widening->slots);
}

static bool each_row(struct widening *widening, struct sort *sort)
{
    const char *bytes;
    size_t len;
    bool good = true;
    while (good && sort_next(sort, &bytes, &len)) {
        struct turned row;
        memcpy(&row, bytes, sizeof row);
        if (widening->open && sort_same(sort) == 0) {
            good = write_wide(widening);
            widening->open = false;
        }
        if (good)
            widen(widening, &row);
    }
    bool one = widening->turning->pivot->key_count == 0; /* which is there even for no records */
    return good && (!(widening->open || one) || write_wide(widening));
}

static bool write_turned(struct turning *turning, const struct group_report *report, struct output *out,
                         struct problem *problem)
{
    static const struct order by_place = {0};
    struct group_pivot *pivot = turning->pivot;
    struct project_options options = report->project;
    options.order = pivot->order ? pivot->order : &by_place;
    options.qualify = pivot->qualify;
    options.memory /= 2;
    struct sort *sort = sort_rows(turning, options.memory);
    struct project *project = project_new(pivot->wide, &options);
    struct widening widening = {.turning = turning, .writer = project_writer_new(project)};
    widening.slots = mem_zero(pivot->wide->count, sizeof *widening.slots);
    bool good = each_row(&widening, sort);
    if (!good)
        problem_set(problem, STATUS_DATA, "--pivot: a row: %s", widening.error);
    project_writer_free(widening.writer);
    if (good)
        project_header(project, out);
    project_finish(project, good, out);
    sort_free(sort);
    free(widening.slots);
    result_free(&widening.result);
    return good;
}

static void forget_values(struct group_pivot *pivot)
{
    select_free(pivot->wide);
    free(pivot->wide_text);
    index_free(&pivot->index);
    pivot->wide = NULL;
    pivot->wide_text = NULL;
    pivot->index = (struct index){0};
    pivot->qualify = NULL;
    pivot->order = NULL;
    pivot->count = 0;
}

/* The groups' rows into a relation. */
static struct relation *narrow(const struct group_pivot *pivot, const struct group_report *report,
                               struct groups *groups, struct problem *problem)
{
    const struct select *select = pivot->select->select;
    struct arena arena = {0};
    const char **names = arena_alloc(&arena, (select->count + 1) * sizeof *names);
    for (size_t i = 0; i < select->count; i++)
        names[i] = arena_copy(&arena, select->items[i].name, select->items[i].name_len);
    struct relation *relation = relation_new(names, select->count);
    arena_free(&arena);
    struct group_report narrow = *report;
    narrow.pivot = NULL;
    narrow.project.form = &output_form_relation;
    narrow.project.has_limit = false;
    narrow.project.skip = 0;
    struct output *out = relation_output(relation);
    group_report_write(&narrow, groups, out, problem);
    output_close(out);
    relation_settle(relation);
    return relation;
}

bool group_pivot_write(struct group_pivot *pivot, const struct group_report *report, struct groups *groups,
                       struct output *out, struct problem *problem)
{
    struct turning turning = {.pivot = pivot};
    turning.rows = narrow(pivot, report, groups, problem);
    turning.cells = mem_zero(pivot->select->select->count + 1, sizeof *turning.cells);
    bool good = problem->status == STATUS_OK;
    if (good && !pivot->listed)
        good = find_values(&turning, problem) && compile_wide(pivot, problem);
    if (good && pivot->wide)
        good = write_turned(&turning, report, out, problem);
    if (!pivot->listed)
        forget_values(pivot); /* there may be more the next time */
    free(turning.cells);
    buffer_free(&turning.key);
    buffer_free(&turning.head);
    arena_free(&turning.arena);
    relation_free(turning.rows);
    return good;
}
