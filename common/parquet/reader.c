#include "parquet/reader.h"

#include <stdlib.h>
#include <string.h>

#include "parquet/reader_inner.h"

/* Goes down a path as far as the schema knows its steps. Keys pass through lists, to their elements. Returns how many
 * steps were taken; *node is where they lead, NULL: nowhere; *lists: through a list. */
static size_t follow(const struct parquet_node *root, const struct path *path, const struct parquet_node **node,
                     bool *lists)
{
    const struct parquet_node *at = root;
    size_t step = 0;
    *lists = false;
    for (; step < path->count && path->steps[step].key; step++) {
        const struct parquet_node *inner = at;
        while (inner->shape == PARQUET_LIST)
            inner = parquet_element(inner);
        if (inner->shape != PARQUET_STRUCT)
            break;
        const struct parquet_node *member = parquet_member(inner, path->steps[step].key, path->steps[step].key_len);
        if (!member) {
            *node = NULL;
            return step;
        }
        *lists |= member->repeats > 0;
        at = member;
    }
    *node = at;
    return step;
}

/* A path that leads through lists: their elements' members, each in the place of its struct. */
static void build_through(struct parquet_plan *plan, struct parquet_part *part, const struct parquet_node *node,
                          bool as_element, const struct parquet_node *target)
{
    if (node == target) {
        parquet_part_build(plan, part, node, as_element, NULL);
        return;
    }
    size_t first = plan->column_count;
    if (node->repetition == PARQUET_REPEATED && !as_element) {
        *part = (struct parquet_part){
            .shape = PARQUET_LIST, .there = node->parent->definition, .filled = node->definition,
            .repeats = node->repeats};
    } else if (node->shape == PARQUET_LIST) {
        *part = (struct parquet_part){.shape = PARQUET_LIST,
                                      .there = node->definition,
                                      .filled = parquet_repeated(node)->definition,
                                      .repeats = parquet_repeated(node)->repeats};
    } else { /* the member that leads on */
        size_t i = 0;
        while (target->first_leaf >= node->children[i].first_leaf + node->children[i].leaf_count)
            i++;
        build_through(plan, part, &node->children[i], false, target);
        return;
    }
    part->children = arena_alloc(&plan->arena, sizeof *part->children);
    *part->children = (struct parquet_part){0};
    part->child_count = 1;
    part->column = first;
    if (node->shape == PARQUET_LIST && !(node->repetition == PARQUET_REPEATED && !as_element)) {
        const struct parquet_node *element = parquet_element(node);
        build_through(plan, part->children, element, element == parquet_repeated(node), target);
    } else {
        build_through(plan, part->children, node, true, target);
    }
    part->column_count = plan->column_count - first;
}

static void build_slot(struct parquet_plan *plan, struct parquet_plan_slot *slot, const struct path *path)
{
    const struct parquet_node *root = parquet_schema(plan->file), *node;
    bool lists;
    size_t steps = follow(root, path, &node, &lists);
    if (!node || (steps < path->count && node->shape != PARQUET_MAP && node->shape != PARQUET_LIST &&
                  node->repetition != PARQUET_REPEATED))
        return;
    slot->found = true;
    slot->rest = path->steps + steps;
    slot->rest_count = path->count - steps;
    if (lists)
        build_through(plan, &slot->part, root, false, node);
    else
        parquet_part_build(plan, &slot->part, node, false, NULL);
    if (slot->part.shape != PARQUET_LEAF && path->count > 0)
        slot->types = parquet_part_types(&slot->part, &plan->arena);
}

/* Marks the leaves that a path leads to. */
static void want(const struct parquet_node *root, const struct path *path, bool *wanted)
{
    const struct parquet_node *node;
    bool lists;
    follow(root, path, &node, &lists);
    for (size_t i = 0; node && i < node->leaf_count; i++)
        wanted[node->first_leaf + i] = true;
}

static void build_records(struct parquet_plan *plan)
{
    const struct parquet_node *root = parquet_schema(plan->file);
    const struct path_set *paths = plan->request.paths;
    bool *wanted = paths ? mem_zero(root->leaf_count + 1, sizeof *wanted) : NULL;
    for (size_t i = 0; paths && i < paths->count; i++)
        want(root, paths->paths[i], wanted);
    plan->slots[0].found = true;
    parquet_part_build(plan, &plan->slots[0].part, root, false, wanted);
    free(wanted);
}

struct parquet_plan *parquet_plan_new(const struct parquet_file *file, const struct parquet_request *request)
{
    struct parquet_plan *plan = mem_zero(1, sizeof *plan);
    const struct path_set *paths = request->paths;
    size_t leaves = parquet_schema(file)->leaf_count;
    plan->file = file;
    plan->request = *request;
    plan->slot_count = request->records || !paths ? 1 : paths->count;
    plan->slots = mem_zero(plan->slot_count + 1, sizeof *plan->slots);
    plan->columns = mem_zero(plan->slot_count * leaves + 1, sizeof *plan->columns);
    if (request->records || !paths) {
        plan->request.records = true;
        build_records(plan);
    } else {
        for (size_t i = 0; i < paths->count; i++)
            build_slot(plan, &plan->slots[i], paths->paths[i]);
    }
    return plan;
}

void parquet_plan_free(struct parquet_plan *plan)
{
    if (!plan)
        return;
    free(plan->slots);
    free(plan->columns);
    arena_free(&plan->arena);
    free(plan);
}

bool parquet_plan_found(const struct parquet_plan *plan, size_t path)
{
    const struct parquet_node *node;
    bool lists;
    if (!plan->request.records)
        return plan->slots[path].found;
    follow(parquet_schema(plan->file), plan->request.paths->paths[path], &node, &lists);
    return node != NULL;
}

struct parquet_reader *parquet_reader_new(const struct parquet_plan *plan)
{
    struct parquet_reader *reader = mem_zero(1, sizeof *reader);
    reader->plan = plan;
    reader->columns = mem_zero(plan->column_count + 1, sizeof *reader->columns);
    if (plan->request.records)
        return reader;
    reader->slots = mem_zero(plan->slot_count + 1, sizeof *reader->slots);
    if (plan->request.texts) {
        reader->spans = mem_zero(plan->slot_count * PARQUET_ROWS + 1, sizeof *reader->spans);
        return reader;
    }
    reader->values = mem_zero(plan->slot_count * PARQUET_ROWS + 1, sizeof *reader->values);
    reader->codes = mem_zero(plan->slot_count * PARQUET_ROWS + 1, sizeof *reader->codes);
    return reader;
}

void parquet_reader_free(struct parquet_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < reader->plan->column_count; i++)
        parquet_column_free(&reader->columns[i]);
    free(reader->columns);
    free(reader->slots);
    free(reader->values);
    free(reader->spans);
    free(reader->codes);
    free(reader->numbers);
    free(reader->nulls);
    buffer_free(&reader->text);
    arena_free(&reader->arena);
    arena_free(&reader->made);
    arena_free(&reader->before);
    free(reader);
}

bool parquet_reader_start(struct parquet_reader *reader, size_t row_group, struct problem *problem)
{
    const struct parquet_plan *plan = reader->plan;
    reader->row_group = row_group;
    reader->problem = problem;
    reader->row = 0;
    reader->range = 0;
    reader->skipped = false;
    arena_reset(&reader->arena);
    for (size_t i = 0; i < plan->column_count; i++) {
        struct parquet_column *column = &reader->columns[i];
        column->keep = !plan->request.records;
        parquet_column_start(column, plan->file, row_group, plan->columns[i], problem);
    }
    reader->open = parquet_prune(reader, row_group);
    return reader->open;
}

uint64_t parquet_reader_row(const struct parquet_reader *reader)
{
    return reader->row;
}

/* Goes to where rows are wanted: how many follow there; 0: none, or the problem is set. */
static uint64_t rows_ahead(struct parquet_reader *reader)
{
    uint64_t rows = parquet_group_rows(reader->plan->file, reader->row_group);
    if (!reader->open || reader->problem->status != STATUS_OK)
        return 0;
    while (reader->range < reader->range_count && reader->row >= reader->ranges[reader->range].to)
        reader->range++;
    if (reader->range == reader->range_count) {
        /* nothing may be left of columns that were read to the end */
        for (size_t i = 0; rows > 0 && reader->row == rows && i < reader->plan->column_count; i++)
            if (!parquet_column_done(&reader->columns[i]) && reader->problem->status == STATUS_OK)
                parquet_damaged(reader->plan->file, reader->row_group, reader->columns[i].leaf,
                                reader->columns[i].page_number, reader->problem,
                                "more rows than the row group should have");
        reader->open = false;
        return 0;
    }
    struct parquet_range range = reader->ranges[reader->range];
    if (reader->row < range.from) {
        for (size_t i = 0; i < reader->plan->column_count; i++)
            parquet_column_skip(&reader->columns[i], reader->row, range.from);
        reader->row = range.from;
        if (reader->problem->status != STATUS_OK)
            return 0;
    }
    return range.to - reader->row;
}

size_t parquet_reader_json(struct parquet_reader *reader, size_t rows, size_t bytes, struct buffer *into)
{
    const struct parquet_part *part = &reader->plan->slots[0].part;
    size_t made = 0, most = into->len + bytes;
    while (made < rows && (made == 0 || into->len < most)) {
        for (uint64_t ahead = rows_ahead(reader); ahead > 0 && made < rows && (made == 0 || into->len < most);
             ahead--) {
            size_t start = into->len;
            parquet_part_write(reader, part, 0, into);
            buffer_add_char(into, '\n');
            if (reader->problem->status != STATUS_OK) {
                into->len = start;
                return made;
            }
            reader->row++;
            made++;
        }
        if (reader->range >= reader->range_count || reader->problem->status != STATUS_OK || !reader->open)
            break;
    }
    return made;
}

/* The dictionary's values, once. */
static void make_dictionary(struct parquet_column *column)
{
    struct parquet_dictionary *dictionary = &column->dictionary;
    dictionary->values = mem_resize(NULL, dictionary->count + 1, sizeof *dictionary->values);
    for (size_t i = 0; i < dictionary->count; i++)
        dictionary->values[i] = parquet_cell_value(column->leaf, &dictionary->cells[i], &dictionary->made);
}

/* The next `count` entries of a column without repetitions, all in its batch. */
static void take_coded(struct parquet_column *column, size_t count, struct value *values, uint32_t *codes)
{
    const struct parquet_dictionary *dictionary = &column->dictionary;
    const unsigned char *definitions = column->definitions + column->at_entry;
    for (size_t i = 0; i < count; i++) {
        if (definitions[i] < column->leaf->definition) {
            values[i] = value_null();
            codes[i] = UINT32_MAX;
        } else {
            codes[i] = column->codes[column->value_at++];
            values[i] = dictionary->values[codes[i]];
        }
    }
}

static void take_cells(struct parquet_reader *reader, struct parquet_column *column, size_t count, struct value *values)
{
    const unsigned char *definitions = column->definitions + column->at_entry;
    for (size_t i = 0; i < count; i++)
        values[i] = definitions[i] < column->leaf->definition || column->over
                        ? value_null()
                        : parquet_cell_value(column->leaf, &column->cells[column->value_at++], &reader->made);
}

static void fill_leaf(struct parquet_reader *reader, const struct parquet_part *part, size_t rows, struct value *values,
                      uint32_t *codes, struct parquet_slot *slot)
{
    struct parquet_column *column = &reader->columns[part->column];
    bool coded = true;
    for (size_t row = 0; row < rows && reader->problem->status == STATUS_OK;) {
        parquet_column_peek(column);
        if (column->over)
            parquet_misfit(reader, column);
        size_t left = column->count - column->at_entry, count = left < rows - row ? left : rows - row;
        if (column->coded && !column->over) {
            if (!column->dictionary.values)
                make_dictionary(column);
            take_coded(column, count, values + row, codes + row);
        } else {
            coded = false;
            take_cells(reader, column, count, values + row);
        }
        column->at_entry += count;
        row += count;
    }
    *slot = (struct parquet_slot){.values = values};
    if (coded) {
        slot->codes = codes;
        slot->dictionary = column->dictionary.values;
        slot->dictionary_count = column->dictionary.count;
    }
}

struct value parquet_follow_rest(struct parquet_reader *reader, const struct parquet_plan_slot *plan,
                                 struct value value)
{
    for (size_t i = 0; i < plan->rest_count && value.type != VALUE_NULL; i++)
        value = nested_step(&value, &plan->rest[i], &reader->made);
    return value;
}

static void fill_nested(struct parquet_reader *reader, const struct parquet_plan_slot *plan, size_t rows,
                        struct value *values, struct parquet_slot *slot)
{
    struct buffer *text = &reader->text;
    enum value_type type = plan->part.shape == PARQUET_LIST ? VALUE_ARRAY : VALUE_STRUCT;
    for (size_t row = 0; row < rows && reader->problem->status == STATUS_OK; row++) {
        values[row] = value_null();
        if (parquet_part_null(reader, &plan->part)) {
            parquet_part_skip(reader, &plan->part, 0);
            continue;
        }
        size_t start = text->len;
        parquet_part_write(reader, &plan->part, 0, text);
        char *kept = arena_alloc(&reader->made, text->len - start + 1);
        memcpy(kept, text->data + start, text->len - start);
        values[row] = (struct value){.type = type, .text = kept, .len = text->len - start, .of = plan->types};
        text->len = start;
        if (plan->rest_count > 0)
            values[row] = parquet_follow_rest(reader, plan, values[row]);
    }
    *slot = (struct parquet_slot){.values = values};
}

size_t parquet_reader_go_on(struct parquet_reader *reader)
{
    const struct parquet_plan *plan = reader->plan;
    for (size_t i = 0; i < plan->column_count; i++)
        parquet_column_release(&reader->columns[i]);
    struct arena older = reader->before;
    reader->before = reader->made;
    reader->made = older;
    arena_reset(&reader->made);
    reader->text.len = 0;
    uint64_t ahead = rows_ahead(reader);
    return ahead < PARQUET_ROWS ? (size_t)ahead : PARQUET_ROWS;
}

size_t parquet_reader_values(struct parquet_reader *reader)
{
    const struct parquet_plan *plan = reader->plan;
    size_t rows = parquet_reader_go_on(reader);
    for (size_t i = 0; rows > 0 && i < plan->slot_count; i++) {
        struct value *values = reader->values + i * PARQUET_ROWS;
        const struct parquet_plan_slot *slot = &plan->slots[i];
        if (plan->request.texts) {
            reader->slots[i] = (struct parquet_slot){.spans = reader->spans + i * PARQUET_ROWS};
            parquet_fill_spans(reader, slot, rows, reader->spans + i * PARQUET_ROWS);
        } else if (!slot->found) {
            memset(values, 0, rows * sizeof *values);
            reader->slots[i] = (struct parquet_slot){.values = values};
        } else if (slot->part.shape == PARQUET_LEAF && slot->rest_count == 0) {
            fill_leaf(reader, &slot->part, rows, values, reader->codes + i * PARQUET_ROWS, &reader->slots[i]);
        } else {
            fill_nested(reader, slot, rows, values, &reader->slots[i]);
        }
        if (reader->problem->status != STATUS_OK)
            return 0;
    }
    reader->row += rows;
    return rows;
}

const struct parquet_slot *parquet_reader_slot(const struct parquet_reader *reader, size_t path)
{
    return &reader->slots[path];
}
