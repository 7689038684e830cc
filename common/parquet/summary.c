/* What a file's statistics say of its columns, over all row groups. */
#include "json/json.h"
#include "parquet/file_inner.h"
#include "parquet/reader_inner.h"

/* Puts what is known of one row group to what is known of those before. */
static void join(struct parquet_known *all, const struct parquet_known *group, bool first)
{
    bool empty = group->has_nulls && group->nulls == group->rows; /* of values: bounds are not asked of it */
    bool none = first || (all->has_nulls && all->nulls == all->rows);
    if (!empty && none) {
        all->least = group->least;
        all->most = group->most;
        all->has_least = group->has_least;
        all->has_most = group->has_most;
    } else if (!empty) {
        all->has_least &= group->has_least;
        all->has_most &= group->has_most;
        if (all->has_least && value_compare(&group->least, &all->least, false) < 0)
            all->least = group->least;
        if (all->has_most && value_compare(&group->most, &all->most, false) > 0)
            all->most = group->most;
    }
    all->has_nulls = (first || all->has_nulls) && group->has_nulls;
    all->nulls += group->nulls;
    all->rows += group->rows;
}

/* The names that a path of SQL has: without those of the groups that make lists and maps. */
static void add_path(const struct parquet_node *node, struct buffer *into)
{
    const struct parquet_node *parent = node->parent;
    if (!parent)
        return;
    add_path(parent, into);
    const struct parquet_node *above = parent->parent;
    bool element = above && above->shape == PARQUET_LIST && parquet_element(above) == node;
    if (parent->shape == PARQUET_LIST || parent->shape == PARQUET_MAP || element)
        return;
    if (into->len > 0)
        buffer_add_char(into, '.');
    buffer_add(into, node->name, node->name_len);
}

static void add_member(const char *name, const struct value *value, const char **comma, struct buffer *into)
{
    buffer_add_format(into, "%s\"%s\":", *comma, name);
    value_write_json(value, into);
    *comma = ",";
}

static void add_column(const struct parquet_file *file, size_t number, struct arena *arena, struct buffer *into)
{
    const struct parquet_node *leaf = file->leaves[number];
    struct parquet_known all = {0};
    struct buffer path = {0};
    const char *comma = "";
    for (size_t i = 0; i < file->footer.row_group_count; i++) {
        struct parquet_known group;
        parquet_chunk_known(leaf, &file->footer.row_groups[i].chunks[number], arena, &group);
        join(&all, &group, i == 0);
    }
    add_path(leaf, &path);
    json_encode(path.data ? path.data : "", path.len, into);
    buffer_free(&path);
    buffer_add_text(into, ":{");
    struct value nulls = value_long(all.nulls);
    if (all.has_nulls)
        add_member("nulls", &nulls, &comma, into);
    if (all.has_least)
        add_member("min", &all.least, &comma, into);
    if (all.has_most)
        add_member("max", &all.most, &comma, into);
    buffer_add_char(into, '}');
}

void parquet_statistics_json(const struct parquet_file *file, struct buffer *into)
{
    struct arena arena = {0};
    buffer_add_char(into, '{');
    for (size_t i = 0; i < parquet_schema(file)->leaf_count; i++) {
        if (i > 0)
            buffer_add_char(into, ',');
        add_column(file, i, &arena, into);
        arena_reset(&arena);
    }
    buffer_add_char(into, '}');
    arena_free(&arena);
}
