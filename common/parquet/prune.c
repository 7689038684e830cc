#include <string.h>

#include "parquet/reader_inner.h"

/* A bound's value, if its bytes are one of the leaf's type, and values have that order in SQL, too. */
static bool bound_value(const struct parquet_node *leaf, struct thrift_bytes bytes, struct arena *arena,
                        struct value *value)
{
    size_t width = parquet_value_width(leaf);
    bool text = leaf->meaning == PARQUET_STRING || leaf->meaning == PARQUET_ENUM || leaf->meaning == PARQUET_JSON;
    if (leaf->physical == PARQUET_INT96 || leaf->meaning == PARQUET_TIME || leaf->meaning == PARQUET_INTERVAL)
        return false;
    if ((leaf->physical == PARQUET_BYTE_ARRAY || leaf->physical == PARQUET_FIXED) && !text &&
        leaf->meaning != PARQUET_DECIMAL)
        return false;
    if (leaf->physical == PARQUET_BOOLEAN ? bytes.len != 1 : width > 0 && bytes.len != width)
        return false;
    union parquet_cell cell = {.bytes = {bytes.data, bytes.len}};
    struct parquet_values values = {0};
    if (leaf->physical != PARQUET_BYTE_ARRAY) {
        parquet_values_start(&values, leaf, ENCODING_PLAIN, bytes.data, bytes.len);
        if (parquet_values_read(&values, &cell, 1, arena) != 1)
            return false;
    }
    *value = parquet_cell_value(leaf, &cell, arena);
    return !(value->type == VALUE_DOUBLE && value->real != value->real);
}

static void set_bounds(const struct parquet_node *leaf, const struct thrift_bytes *least,
                       const struct thrift_bytes *most, struct arena *arena, struct parquet_known *bounds)
{
    bounds->has_least = least && bound_value(leaf, *least, arena, &bounds->least);
    bounds->has_most = most && bound_value(leaf, *most, arena, &bounds->most);
}

static bool is_number(const struct value *value)
{
    return value->type == VALUE_LONG || value->type == VALUE_DOUBLE || value->type == VALUE_DECIMAL;
}

static bool comparable(const struct value *a, const struct value *b)
{
    return a->type == b->type || (is_number(a) && is_number(b));
}

static int compare(const struct value *bound, const struct value *constant)
{
    return value_compare(bound, constant, false);
}

/* False: no row within the bounds can fit. A NaN is in no bounds, and greater than all numbers. */
static bool may_fit(const struct parquet_known *bounds, const struct parquet_predicate *predicate)
{
    const struct value *constant = &predicate->constant;
    if (predicate->comparison == PARQUET_IS_NULL)
        return !bounds->has_nulls || bounds->nulls > 0;
    if (bounds->has_nulls && bounds->nulls == bounds->rows)
        return false;
    if (predicate->comparison == PARQUET_IS_NOT_NULL)
        return true;
    bool least = bounds->has_least && comparable(&bounds->least, constant);
    bool most = bounds->has_most && comparable(&bounds->most, constant);
    if (constant->type == VALUE_DOUBLE && constant->real != constant->real)
        return true;
    switch (predicate->comparison) {
    case PARQUET_EQUAL:
        return !(least && compare(&bounds->least, constant) > 0) && !(most && compare(&bounds->most, constant) < 0);
    case PARQUET_LESS:
        return !(least && compare(&bounds->least, constant) >= 0);
    case PARQUET_LESS_EQUAL:
        return !(least && compare(&bounds->least, constant) > 0);
    case PARQUET_GREATER:
        return !most || bounds->most.type == VALUE_DOUBLE || compare(&bounds->most, constant) > 0;
    case PARQUET_GREATER_EQUAL:
        return !most || bounds->most.type == VALUE_DOUBLE || compare(&bounds->most, constant) >= 0;
    default:
        return true;
    }
}

/* The column a predicate is about; NULL: none without repetitions. */
static const struct parquet_node *predicate_leaf(const struct parquet_plan *plan,
                                                 const struct parquet_predicate *predicate)
{
    const struct parquet_node *node = parquet_schema(plan->file);
    for (size_t i = 0; node && i < predicate->path->count; i++) {
        const struct path_step *step = &predicate->path->steps[i];
        node = step->key ? parquet_member(node, step->key, step->key_len) : NULL;
    }
    return node && node->shape == PARQUET_LEAF && node->repeats == 0 ? node : NULL;
}

void parquet_chunk_known(const struct parquet_node *leaf, const struct parquet_chunk *chunk, struct arena *arena,
                         struct parquet_known *bounds)
{
    const struct parquet_statistics *statistics = &chunk->statistics;
    bool number = leaf->physical != PARQUET_BYTE_ARRAY && leaf->physical != PARQUET_FIXED &&
                  !(leaf->meaning == PARQUET_INTEGER && !leaf->is_signed);
    *bounds = (struct parquet_known){
        .has_nulls = statistics->has_nulls, .nulls = statistics->nulls, .rows = chunk->values};
    const struct thrift_bytes *least = statistics->has_min                 ? &statistics->min
                                       : number && statistics->has_old_min ? &statistics->old_min
                                                                           : NULL;
    const struct thrift_bytes *most = statistics->has_max                 ? &statistics->max
                                      : number && statistics->has_old_max ? &statistics->old_max
                                                                          : NULL;
    set_bounds(leaf, least, most, arena, bounds);
}

bool parquet_plan_wants(const struct parquet_plan *plan, size_t row_group)
{
    const struct parquet_row_group *group = &plan->file->footer.row_groups[row_group];
    struct arena arena = {0};
    bool wanted = group->rows > 0; /* without rows its columns may have no page, or a dictionary alone */
    for (size_t i = 0; wanted && i < plan->request.predicate_count; i++) {
        const struct parquet_predicate *predicate = &plan->request.predicates[i];
        const struct parquet_node *leaf = predicate_leaf(plan, predicate);
        struct parquet_known bounds;
        if (!leaf)
            continue;
        parquet_chunk_known(leaf, &group->chunks[leaf->first_leaf], &arena, &bounds);
        wanted = may_fit(&bounds, predicate);
    }
    arena_free(&arena);
    return wanted;
}

/* Bytes of an index, in the arena. */
static const char *load_index(struct parquet_reader *reader, int64_t at, int32_t len, const struct parquet_node *leaf)
{
    const struct parquet_file *file = reader->plan->file;
    if (at < 0 || len <= 0 || (uint64_t)at > file->source.size || (uint64_t)len > file->source.size - (uint64_t)at) {
        parquet_damaged(file, reader->row_group, leaf, -1, reader->problem, "the place of its page index is wrong");
        return NULL;
    }
    char *bytes = arena_alloc(&reader->arena, (size_t)len);
    return parquet_file_read(file, (uint64_t)at, bytes, (size_t)len, reader->problem) ? bytes : NULL;
}

/* The offset index of a chunk; *count 0: it has none. */
static bool load_places(struct parquet_reader *reader, const struct parquet_node *leaf,
                        struct parquet_page_place **places, size_t *count)
{
    const struct parquet_row_group *group = &reader->plan->file->footer.row_groups[reader->row_group];
    const struct parquet_chunk *chunk = &group->chunks[leaf->first_leaf];
    *count = 0;
    if (chunk->offset_index == 0)
        return true;
    const char *bytes = load_index(reader, chunk->offset_index, chunk->offset_index_len, leaf);
    if (!bytes)
        return false;
    if (!parquet_offset_index_read(bytes, (size_t)chunk->offset_index_len, &reader->arena, places, count) ||
        (*places)[*count - 1].first_row >= group->rows)
        return parquet_damaged(reader->plan->file, reader->row_group, leaf, -1, reader->problem,
                               "its offset index is damaged");
    return true;
}

/* What of the ranges is in `other` as well; both go up. */
static void intersect(struct parquet_reader *reader, const struct parquet_range *other, size_t other_count)
{
    const struct parquet_range *old = reader->ranges;
    struct parquet_range *kept = arena_alloc(&reader->arena, (reader->range_count + other_count + 1) * sizeof *kept);
    size_t count = 0;
    for (size_t i = 0, k = 0; i < reader->range_count && k < other_count;) {
        uint64_t from = old[i].from > other[k].from ? old[i].from : other[k].from;
        uint64_t to = old[i].to < other[k].to ? old[i].to : other[k].to;
        if (from < to)
            kept[count++] = (struct parquet_range){from, to};
        if (old[i].to < other[k].to)
            i++;
        else
            k++;
    }
    reader->ranges = kept;
    reader->range_count = count;
}

/* Takes out the pages of a column that have nothing that fits. */
static bool prune_pages(struct parquet_reader *reader, const struct parquet_node *leaf,
                        const struct parquet_predicate *predicate)
{
    const struct parquet_row_group *group = &reader->plan->file->footer.row_groups[reader->row_group];
    const struct parquet_chunk *chunk = &group->chunks[leaf->first_leaf];
    struct parquet_page_place *places = NULL;
    struct parquet_column_index index = {0};
    size_t count;
    if (chunk->column_index == 0 || chunk->offset_index == 0)
        return true;
    if (!load_places(reader, leaf, &places, &count))
        return false;
    const char *bytes = load_index(reader, chunk->column_index, chunk->column_index_len, leaf);
    if (!bytes)
        return false;
    if (!parquet_column_index_read(bytes, (size_t)chunk->column_index_len, &reader->arena, &index) ||
        index.count != count)
        return parquet_damaged(reader->plan->file, reader->row_group, leaf, -1, reader->problem,
                               "its column index is damaged");
    struct parquet_range *kept = arena_alloc(&reader->arena, count * sizeof *kept);
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t end = i + 1 < count ? places[i + 1].first_row : group->rows, rows = end - places[i].first_row;
        bool empty = index.null_pages[i];
        struct parquet_known bounds = {
            .has_nulls = empty || index.nulls, .nulls = empty ? rows : index.nulls ? index.nulls[i] : 0, .rows = rows,
        };
        if (!empty)
            set_bounds(leaf, &index.mins[i], &index.maxs[i], &reader->arena, &bounds);
        if (!may_fit(&bounds, predicate))
            continue;
        if (kept_count > 0 && kept[kept_count - 1].to == (uint64_t)places[i].first_row)
            kept[kept_count - 1].to = (uint64_t)end;
        else
            kept[kept_count++] = (struct parquet_range){(uint64_t)places[i].first_row, (uint64_t)end};
    }
    intersect(reader, kept, kept_count);
    return true;
}

bool parquet_prune(struct parquet_reader *reader, size_t row_group)
{
    const struct parquet_plan *plan = reader->plan;
    uint64_t rows = parquet_group_rows(plan->file, row_group);
    reader->ranges = arena_alloc(&reader->arena, sizeof *reader->ranges);
    reader->ranges[0] = (struct parquet_range){0, rows};
    reader->range_count = rows > 0;
    if (!parquet_plan_wants(plan, row_group)) {
        reader->range_count = 0;
        return true;
    }
    for (size_t i = 0; i < plan->request.predicate_count; i++) {
        const struct parquet_node *leaf = predicate_leaf(plan, &plan->request.predicates[i]);
        if (leaf && !prune_pages(reader, leaf, &plan->request.predicates[i]))
            return false;
    }
    if (reader->range_count == 0 || (reader->ranges[0].from == 0 && reader->ranges[0].to == rows))
        return true;
    for (size_t i = 0; i < plan->column_count; i++)
        if (!load_places(reader, plan->columns[i], &reader->columns[i].places, &reader->columns[i].place_count))
            return false;
    return true;
}
