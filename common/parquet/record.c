#include <string.h>

#include "parquet/reader_inner.h"

static const char *key_text(struct arena *arena, const struct parquet_node *node, size_t *len)
{
    struct buffer text = {0};
    parquet_render_string(node->name, node->name_len, &text);
    buffer_add_char(&text, ':');
    *len = text.len;
    const char *key = arena_copy(arena, text.data, text.len);
    buffer_free(&text);
    return key;
}

static bool any_wanted(const struct parquet_node *node, const bool *wanted)
{
    for (size_t i = 0; i < node->leaf_count; i++)
        if (!wanted || wanted[node->first_leaf + i])
            return true;
    return false;
}

static void new_children(struct parquet_plan *plan, struct parquet_part *part, size_t count)
{
    part->children = arena_alloc(&plan->arena, count * sizeof *part->children + 1);
    memset(part->children, 0, count * sizeof *part->children);
}

static void build_members(struct parquet_plan *plan, struct parquet_part *part, const struct parquet_node *node,
                          const bool *wanted)
{
    new_children(plan, part, node->child_count);
    for (size_t i = 0; i < node->child_count; i++) {
        if (!any_wanted(&node->children[i], wanted))
            continue;
        struct parquet_part *child = &part->children[part->child_count++];
        child->key = key_text(&plan->arena, &node->children[i], &child->key_len);
        parquet_part_build(plan, child, &node->children[i], false, wanted);
    }
}

/* A map's keys are always read: they say how many entries there are. */
static void build_entries(struct parquet_plan *plan, struct parquet_part *part, const struct parquet_node *node,
                          const bool *wanted)
{
    const struct parquet_node *value = parquet_map_value(node);
    new_children(plan, part, 2);
    part->child_count = 1 + (value != NULL);
    parquet_part_build(plan, &part->children[0], parquet_map_key(node), false, NULL);
    if (value)
        parquet_part_build(plan, &part->children[1], value, false, any_wanted(value, wanted) ? wanted : NULL);
}

/* Recursion is bounded by PARQUET_DEPTH_MAX, twice. */
void parquet_part_build(struct parquet_plan *plan, struct parquet_part *part, const struct parquet_node *node,
                        bool as_element, const bool *wanted)
{
    part->column = plan->column_count;
    part->there = node->definition;
    if (node->repetition == PARQUET_REPEATED && !as_element) { /* a list that is not said to be one: never null */
        part->shape = PARQUET_LIST;
        part->there = node->parent->definition;
        part->filled = node->definition;
        part->repeats = node->repeats;
        new_children(plan, part, 1);
        part->child_count = 1;
        parquet_part_build(plan, part->children, node, true, wanted);
        part->column_count = plan->column_count - part->column;
        return;
    }
    part->shape = node->shape;
    if (node->shape == PARQUET_LIST || node->shape == PARQUET_MAP) {
        part->filled = parquet_repeated(node)->definition;
        part->repeats = parquet_repeated(node)->repeats;
    }
    switch (node->shape) {
    case PARQUET_LEAF:
        part->leaf = node;
        plan->columns[plan->column_count++] = node;
        break;
    case PARQUET_STRUCT:
        build_members(plan, part, node, wanted);
        break;
    case PARQUET_LIST:
        new_children(plan, part, 1);
        part->child_count = 1;
        parquet_part_build(plan, part->children, parquet_element(node), parquet_element(node) == parquet_repeated(node),
                           wanted);
        break;
    case PARQUET_MAP:
        build_entries(plan, part, node, wanted);
        break;
    }
    part->column_count = plan->column_count - part->column;
}

void parquet_misfit(struct parquet_reader *reader, const struct parquet_column *column)
{
    parquet_damaged(reader->plan->file, reader->row_group, column->leaf, column->page_number, reader->problem,
                    "its levels do not fit those of other columns, or rows");
}

/* Takes the column's next entry, which repeats at `level`: its definition level. */
static inline unsigned take(struct parquet_reader *reader, struct parquet_column *column, unsigned level)
{
    parquet_column_peek(column);
    size_t at = column->at_entry++;
    if (column->repetitions[at] != level || column->over)
        parquet_misfit(reader, column);
    return column->definitions[at];
}

void parquet_part_skip(struct parquet_reader *reader, const struct parquet_part *part, unsigned level)
{
    for (size_t i = 0; i < part->column_count; i++) {
        struct parquet_column *column = &reader->columns[part->column + i];
        column->value_at += take(reader, column, level) == column->leaf->definition;
    }
}

/* The definition level of what comes next. */
static inline unsigned next_definition(struct parquet_reader *reader, const struct parquet_part *part)
{
    struct parquet_column *column = &reader->columns[part->column];
    parquet_column_peek(column);
    return column->definitions[column->at_entry];
}

bool parquet_part_null(struct parquet_reader *reader, const struct parquet_part *part)
{
    return next_definition(reader, part) < part->there;
}

/* Writes all values of a column's dictionary. */
static void write_dictionary(struct parquet_column *column)
{
    struct parquet_dictionary *dictionary = &column->dictionary;
    dictionary->text_ends = mem_resize(NULL, dictionary->count + 1, sizeof *dictionary->text_ends);
    dictionary->text_ends[0] = 0;
    for (size_t i = 0; i < dictionary->count; i++) {
        parquet_render(column->leaf, &dictionary->cells[i], &dictionary->text);
        dictionary->text_ends[i + 1] = dictionary->text.len;
    }
    buffer_reserve(&dictionary->text, PARQUET_SLACK); /* for copying in large steps */
}

/* Copies len bytes, perhaps reading and writing up to 15 more. */
static inline void copy_fast(char *into, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i += 16)
        memcpy(into + i, from + i, 16);
}

/* Appends the value that an entry which was just taken has. */
static void write_cell(struct parquet_column *column, struct buffer *into)
{
    size_t at = column->value_at++;
    if (!column->coded) {
        parquet_render(column->leaf, &column->cells[at], into);
        return;
    }
    struct parquet_dictionary *dictionary = &column->dictionary;
    if (!dictionary->text_ends)
        write_dictionary(column);
    uint32_t code = column->codes[at];
    size_t start = dictionary->text_ends[code];
    size_t len = dictionary->text_ends[code + 1] - start;
    buffer_reserve(into, len + 16);
    copy_fast(into->data + into->len, dictionary->text.data + start, len);
    into->len += len;
}

static void write_leaf(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                       struct buffer *into)
{
    struct parquet_column *column = &reader->columns[part->column];
    unsigned definition = take(reader, column, level);
    if (definition < part->there || column->over)
        buffer_add(into, "null", 4);
    else
        write_cell(column, into);
}

static void write_struct(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                         struct buffer *into)
{
    bool nulls = part->nulls || reader->plan->request.nulls;
    buffer_add_char(into, '{');
    size_t start = into->len;
    for (size_t i = 0; i < part->child_count; i++) {
        const struct parquet_part *child = &part->children[i];
        if (!nulls && parquet_part_null(reader, child)) {
            parquet_part_skip(reader, child, level);
            continue;
        }
        buffer_reserve(into, child->key_len + 1);
        if (into->len > start)
            into->data[into->len++] = ',';
        memcpy(into->data + into->len, child->key, child->key_len);
        into->len += child->key_len;
        parquet_part_write(reader, child, level, into);
    }
    buffer_add_char(into, '}');
}

/* True if the next entry is a further element of the list. */
static inline bool another(struct parquet_reader *reader, const struct parquet_part *part)
{
    struct parquet_column *column = &reader->columns[part->column];
    parquet_column_peek(column);
    return column->repetitions[column->at_entry] == part->repeats;
}

static void write_list(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                       struct buffer *into)
{
    buffer_add_char(into, '[');
    parquet_part_write(reader, part->children, level, into);
    while (another(reader, part)) {
        buffer_add_char(into, ',');
        parquet_part_write(reader, part->children, part->repeats, into);
    }
    buffer_add_char(into, ']');
}

/* A key is a string in JSON, whatever it is in the map. */
static void write_key(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                      struct buffer *into)
{
    size_t start = into->len;
    parquet_part_write(reader, part, level, into);
    if (into->data[start] == '"')
        return;
    buffer_add_char(into, '"');
    memmove(into->data + start + 1, into->data + start, into->len - 1 - start);
    into->data[start] = '"';
    buffer_add_char(into, '"');
}

static void write_map(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                      struct buffer *into)
{
    buffer_add_char(into, '{');
    for (const char *comma = "";; comma = ",", level = part->repeats) {
        buffer_add_text(into, comma);
        write_key(reader, &part->children[0], level, into);
        buffer_add_char(into, ':');
        if (part->child_count == 2)
            parquet_part_write(reader, &part->children[1], level, into);
        else
            buffer_add_text(into, "null");
        if (!another(reader, part))
            break;
    }
    buffer_add_char(into, '}');
}

void parquet_part_write(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                        struct buffer *into)
{
    if (part->shape == PARQUET_LEAF) {
        write_leaf(reader, part, level, into);
        return;
    }
    unsigned definition = part->column_count > 0 ? next_definition(reader, part) : part->there;
    if (definition < part->there) {
        parquet_part_skip(reader, part, level);
        buffer_add_text(into, "null");
        return;
    }
    if (part->shape != PARQUET_STRUCT && definition < part->filled) {
        parquet_part_skip(reader, part, level);
        buffer_add_text(into, part->shape == PARQUET_LIST ? "[]" : "{}");
        return;
    }
    if (part->shape == PARQUET_STRUCT)
        write_struct(reader, part, level, into);
    else if (part->shape == PARQUET_LIST)
        write_list(reader, part, level, into);
    else
        write_map(reader, part, level, into);
}
