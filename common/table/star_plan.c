#include "table/star_plan.h"

#include <stdlib.h>

#include "table/form/row_form.h"
#include "table/star.h"

/* Members beyond the columns of this object are unexpected. */
struct star_watch {
    const struct path *path; /* NULL: the record */
    bool all;
};

/* A star that stays an item of the select, and the slot of its object. */
struct star_kept {
    size_t item, slot;
};

static bool is_star(const struct select_item *item)
{
    return item->kind == ITEM_STAR;
}

/* Bare `*` under -e joins several places: it needs columns. In a flat form the header says them. */
static bool stays(const struct star_plan *plan, const struct select_item *item)
{
    return plan->keep && !rows_form(plan->rows)->flat && (item->path || !plan->explode);
}

bool star_plan_asks(const struct star_plan *plan, bool types)
{
    if (types && !rows_form(plan->rows)->flat)
        return true;
    for (size_t i = 0; i < plan->select->count; i++)
        if (is_star(&plan->select->items[i]) && !stays(plan, &plan->select->items[i]))
            return !rows_form(plan->rows)->flat;
    return false;
}

static struct schema *need_schema(struct star_plan *plan)
{
    if (!plan->schema) {
        plan->schema = schema_new();
        rows_shape(plan->rows, plan->schema);
    }
    return plan->schema;
}

static void watch(struct star_plan *plan, const struct path *path, bool all)
{
    struct star_watch entry = {path, all};
    buffer_add(&plan->watches, &entry, sizeof entry);
}

static void append(struct arena *arena, struct star_columns *all, const struct star_columns *more)
{
    struct star_columns joined = {.count = all->count + more->count};
    joined.paths = arena_alloc(arena, joined.count * sizeof *joined.paths);
    joined.names = arena_alloc(arena, joined.count * sizeof *joined.names);
    for (size_t i = 0; i < joined.count; i++) {
        const struct star_columns *from = i < all->count ? all : more;
        size_t at = i < all->count ? i : i - all->count;
        joined.paths[i] = from->paths[at];
        joined.names[i] = from->names[at];
    }
    *all = joined;
}

static bool is_exploded(const struct star_plan *plan, const struct path *path, size_t from)
{
    for (size_t i = from; i < explode_count(plan->explode); i++)
        if (path_equal(explode_array(plan->explode, i), path))
            return true;
    return false;
}

/* The arrays that -e takes apart, from that level on, are no columns of their own. */
static void drop_exploded(const struct star_plan *plan, struct star_columns *columns, size_t from)
{
    size_t kept = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (is_exploded(plan, columns->paths[i], from))
            continue;
        columns->paths[kept] = columns->paths[i];
        columns->names[kept++] = columns->names[i];
    }
    columns->count = kept;
}

/* A level's name as the only column. */
static struct star_columns name_column(struct star_plan *plan, const char *name)
{
    struct star_columns columns = {.count = 1};
    struct path *path = arena_alloc(&plan->arena, sizeof *path);
    struct path_step *step = arena_alloc(&plan->arena, sizeof *step);
    *step = (struct path_step){.key = name, .key_len = strlen(name)};
    *path = (struct path){.steps = step, .count = 1, .text = name};
    columns.paths = arena_alloc(&plan->arena, sizeof *columns.paths);
    columns.names = arena_alloc(&plan->arena, sizeof *columns.names);
    columns.paths[0] = path;
    columns.names[0] = name;
    return columns;
}

/* The leaves of a level's elements, under NAME.…; NAME itself if elements are no objects, or not all of them. */
static struct star_columns level_columns(struct star_plan *plan, size_t level)
{
    const char *name = explode_name(plan->explode, level);
    struct star_columns whole = name_column(plan, name);
    const struct path *path = whole.paths[0];
    const struct path *origin = explode_origin(plan->explode, path);
    const struct schema_node *node = star_node(schema_root(need_schema(plan)), origin);
    if (node && node->seen & ~(unsigned)(SEEN_NULL | SEEN_STRUCT))
        return whole;
    struct star_columns columns = star_columns(&plan->arena, node, path, true);
    for (size_t i = 0; i < columns.count; i++) {
        size_t len = strlen(name) + strlen(columns.names[i]) + 2;
        char *dotted = arena_alloc(&plan->arena, len);
        memcpy(dotted, name, strlen(name));
        dotted[strlen(name)] = '.';
        memcpy(dotted + strlen(name) + 1, columns.names[i], strlen(columns.names[i]) + 1);
        columns.names[i] = dotted;
    }
    if (columns.count == 0)
        return whole;
    watch(plan, path, true);
    return columns;
}

static struct star_columns all_columns(struct star_plan *plan)
{
    struct star_columns columns = star_columns(&plan->arena, schema_root(need_schema(plan)), NULL, true);
    watch(plan, NULL, true);
    if (!plan->explode)
        return columns;
    drop_exploded(plan, &columns, 0);
    for (size_t i = 0; i < explode_count(plan->explode); i++) {
        struct star_columns level = level_columns(plan, i);
        drop_exploded(plan, &level, i + 1);
        append(&plan->arena, &columns, &level);
    }
    return columns;
}

static struct star_columns refuse(const struct star_plan *plan, const struct select_item *item, const char *why,
                                  struct problem *problem)
{
    problem_caret(problem, plan->select->what, plan->select->text, item->offset, why);
    return (struct star_columns){0};
}

static struct star_columns member_columns(struct star_plan *plan, const struct select_item *item,
                                          struct problem *problem)
{
    const struct path *origin = plan->explode ? explode_origin(plan->explode, item->path) : item->path;
    if (plan->explode && !explode_known(plan->explode, origin))
        return refuse(plan, item, "the fields of what -e computes are not known before: name them", problem);
    const struct schema_node *root = schema_root(need_schema(plan));
    const struct schema_node *node = star_node(root, origin);
    if (root->seen && (!node || node->member_count == 0))
        return refuse(plan, item, "no object is there in the first records; --scan all (on files) looks at every one",
                      problem);
    watch(plan, item->path, false);
    return star_columns(&plan->arena, node, item->path, false);
}

/* Where a star cannot be, there is a problem. */
static struct star_columns columns_of(struct star_plan *plan, const struct select_item *item, struct problem *problem)
{
    if (rows_form(plan->rows)->flat) {
        size_t count;
        const struct span *header = rows_header(plan->rows, &count);
        struct star_columns columns = star_header(&plan->arena, header, count, item->path);
        if (item->path && columns.count == 0)
            return refuse(plan, item, "no column's name begins so", problem);
        if (!item->path)
            watch(plan, NULL, true);
        for (size_t i = 0; !item->path && plan->explode && i < explode_count(plan->explode); i++) {
            struct star_columns element = name_column(plan, explode_name(plan->explode, i));
            append(&plan->arena, &columns, &element);
        }
        return columns;
    }
    return item->path ? member_columns(plan, item, problem) : all_columns(plan);
}

static void keep(struct star_plan *plan, size_t item)
{
    static const struct path record = {.text = ""};
    const struct path *path = plan->select->items[item].path;
    struct star_kept entry = {.item = item};
    const char *message = NULL;
    if (!path)
        path = &record;
    if (plan->expr->resolve)
        plan->expr->resolve(plan->expr->context, path, &entry.slot, &message);
    else
        entry.slot = path_set_add(plan->expr->paths, path);
    buffer_add(&plan->kept, &entry, sizeof entry);
}

bool star_plan_expand(struct star_plan *plan, struct problem *problem)
{
    for (size_t i = 0; i < plan->select->count;) {
        const struct select_item *item = &plan->select->items[i];
        if (!is_star(item) || stays(plan, item)) {
            if (is_star(item))
                keep(plan, i);
            i++;
            continue;
        }
        struct star_columns columns = columns_of(plan, item, problem);
        if (problem->status != STATUS_OK ||
            !select_replace(plan->select, i, columns.paths, columns.names, columns.count, plan->expr, problem))
            return false;
        i += columns.count;
    }
    return select_check_names(plan->select, problem);
}

void star_plan_watch(struct star_plan *plan)
{
    for (size_t at = 0; at < plan->watches.len; at += sizeof(struct star_watch)) {
        struct star_watch entry;
        memcpy(&entry, plan->watches.data + at, sizeof entry);
        if (plan->explode && entry.path && explode_owns(plan->explode, entry.path))
            explode_watch(plan->explode, entry.path, entry.all);
        else
            rows_watch(plan->rows, entry.path, entry.all);
    }
}

void star_plan_slots(const struct star_plan *plan, struct project *project)
{
    for (size_t at = 0; at < plan->kept.len; at += sizeof(struct star_kept)) {
        struct star_kept entry;
        memcpy(&entry, plan->kept.data + at, sizeof entry);
        project_star_slot(project, entry.item, entry.slot);
    }
}

void star_plan_types(struct star_plan *plan, struct project *project)
{
    if (!project_wants_types(project) || rows_form(plan->rows)->flat)
        return;
    const struct schema_node *root = schema_root(need_schema(plan));
    for (size_t i = 0; i < plan->select->count; i++) {
        const struct path *path = plan->select->items[i].path;
        const struct path *origin = plan->explode ? explode_origin(plan->explode, path) : path;
        const struct schema_node *node = path ? star_node(root, origin) : NULL;
        if (node)
            project_column(project, i, node);
    }
}

void star_plan_free(struct star_plan *plan)
{
    schema_free(plan->schema);
    buffer_free(&plan->watches);
    buffer_free(&plan->kept);
    arena_free(&plan->arena);
}
