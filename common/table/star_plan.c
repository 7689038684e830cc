#include "table/star_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "table/form/row_form.h"
#include "table/star.h"

/* Members beyond the columns of this object are unexpected. */
struct star_watch {
    const struct path *path; /* NULL: the record */
    bool all;
};

/* A star that stays an item of the select, or the element of a level under it. */
struct star_kept {
    size_t item;
    struct output_star star;
};

static bool is_star(const struct select_item *item)
{
    return item->kind == ITEM_STAR;
}

/* Bare flat `*` under -e joins several places: it needs columns. In a flat form the header says them. */
static bool stays(const struct star_plan *plan, const struct select_item *item)
{
    return plan->keep && !rows_form(plan->rows)->flat && (item->path || !plan->explode || !plan->flat);
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

bool star_plan_paths(const struct star_plan *plan, bool types, struct path_set *paths)
{
    if (types || plan->explode)
        return false;
    for (size_t i = 0; i < plan->select->count; i++) {
        const struct select_item *item = &plan->select->items[i];
        if (!is_star(item))
            continue;
        if (!item->path || !path_keys_only(item->path))
            return false;
        path_set_add(paths, item->path);
    }
    return true;
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
    columns.paths = arena_alloc(&plan->arena, sizeof *columns.paths);
    columns.names = arena_alloc(&plan->arena, sizeof *columns.names);
    columns.paths[0] = path_of_key(&plan->arena, name, strlen(name));
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

static size_t slot_of(struct star_plan *plan, const struct path *path)
{
    size_t slot = 0;
    const char *message = NULL;
    if (!plan->expr->resolve)
        return path_set_add(plan->expr->paths, path);
    plan->expr->resolve(plan->expr->context, path, &slot, &message);
    return slot;
}

/* The text of a path below the first `from` steps, as a header of a flat form has it. */
static char *header_text(struct star_plan *plan, const struct path *path, size_t from)
{
    struct buffer text = {0};
    for (size_t i = from; i < path->count; i++) {
        if (i > from)
            buffer_add_char(&text, '.');
        if (path->steps[i].key)
            buffer_add(&text, path->steps[i].key, path->steps[i].key_len);
    }
    char *copy = arena_copy(&plan->arena, text.data, text.len);
    buffer_free(&text);
    return copy;
}

enum place { PLACE_ELSEWHERE, PLACE_WITHIN, PLACE_ABOVE };

/* Whether a column is (within) what a change is about, or what holds it. A flat form's columns are but names. */
static enum place column_place(struct star_plan *plan, const struct select_item *star, const struct path *column,
                               const char *name, const struct path *change)
{
    if (rows_form(plan->rows)->flat) {
        const char *wanted = header_text(plan, change, 0);
        size_t len = strlen(wanted);
        bool begins = strncmp(name, wanted, len) == 0;
        return begins && (name[len] == '\0' || name[len] == '.') ? PLACE_WITHIN : PLACE_ELSEWHERE;
    }
    size_t above = star->path ? star->path->count : 0;
    size_t count = column->count - above, least = count < change->count ? count : change->count;
    for (size_t i = 0; i < least; i++) {
        const struct path_step *step = &column->steps[above + i];
        if (!step->key || step->key_len != change->steps[i].key_len ||
            memcmp(step->key, change->steps[i].key, step->key_len) != 0)
            return PLACE_ELSEWHERE;
    }
    return count >= change->count ? PLACE_WITHIN : PLACE_ABOVE;
}

static bool change_refused(const struct star_plan *plan, const struct star_change *change, const char *why,
                           struct problem *problem)
{
    char text[512];
    snprintf(text, sizeof text, "%.200s: %s", change->path->text, why);
    return problem_caret(problem, plan->select->what, plan->select->text, change->offset, text);
}

/* Applies one change; false: it meets no column, or a part of one. */
static bool change_column(struct star_plan *plan, const struct select_item *star, const struct star_change *change,
                          struct star_columns *columns, struct problem *problem)
{
    size_t kept = 0, met = 0;
    for (size_t i = 0; i < columns->count; i++) {
        enum place place = column_place(plan, star, columns->paths[i], columns->names[i], change->path);
        if (place == PLACE_ABOVE)
            return change_refused(plan, change, "it is a part of one column; -T json reaches into it", problem);
        bool stays = place == PLACE_ELSEWHERE || (change->expr && met == 0);
        met += place == PLACE_WITHIN;
        if (place == PLACE_WITHIN)
            slot_of(plan, columns->paths[i]); /* it is not unexpected in a record */
        if (!stays)
            continue;
        columns->paths[kept] = columns->paths[i];
        columns->exprs[kept] = place == PLACE_WITHIN ? change->expr : columns->exprs[i];
        columns->names[kept] = place == PLACE_WITHIN && columns->paths[i]->count > 1
                                   ? header_text(plan, change->path, 0) : columns->names[i];
        kept++;
    }
    columns->count = kept;
    bool unseen = !rows_form(plan->rows)->flat && !schema_root(need_schema(plan))->seen;
    if (met == 0 && !unseen)
        return change_refused(plan, change, "there is no such column", problem);
    return true;
}

/* except and replace of a star that has become columns. */
static bool change_columns(struct star_plan *plan, const struct select_item *star, struct star_columns *columns,
                           struct problem *problem)
{
    if (star->change_count == 0)
        return true;
    columns->exprs = arena_alloc(&plan->arena, (columns->count + 1) * sizeof *columns->exprs);
    memset(columns->exprs, 0, (columns->count + 1) * sizeof *columns->exprs);
    for (size_t i = 0; i < star->change_count; i++)
        if (!change_column(plan, star, &star->changes[i], columns, problem))
            return false;
    return true;
}

static void keep(struct star_plan *plan, size_t item, struct output_star star)
{
    struct star_kept entry = {item, star};
    buffer_add(&plan->kept, &entry, sizeof entry);
}

/* Whether a path begins with a level's name. */
static bool within_level(const struct star_plan *plan, const struct path *path, size_t level)
{
    const char *name = explode_name(plan->explode, level);
    return path->count > 0 && path->steps[0].key && path->steps[0].key_len == strlen(name) &&
           memcmp(path->steps[0].key, name, path->steps[0].key_len) == 0;
}

/* The last level that a path begins with, or the number of levels: it is of the record itself. */
static size_t level_of(const struct star_plan *plan, const struct path *path)
{
    size_t count = plan->explode ? explode_count(plan->explode) : 0;
    for (size_t level = count; level > 0; level--)
        if (within_level(plan, path, level - 1))
            return level - 1;
    return count;
}

/* The path of what a star's change is about. */
static const struct path *below_star(struct star_plan *plan, const struct select_item *star, const struct path *path)
{
    if (!star->path)
        return path;
    struct path *whole = arena_alloc(&plan->arena, sizeof *whole);
    struct buffer text = {0};
    whole->count = star->path->count + path->count;
    whole->steps = arena_alloc(&plan->arena, whole->count * sizeof *whole->steps);
    memcpy(whole->steps, star->path->steps, star->path->count * sizeof *whole->steps);
    memcpy(whole->steps + star->path->count, path->steps, path->count * sizeof *whole->steps);
    buffer_add_format(&text, "%s.%s", star->path->text, path->text);
    whole->text = arena_copy(&plan->arena, text.data, text.len);
    buffer_free(&text);
    return whole;
}

/* Puts what `item` changes of the object at `level` (the record: their number) into the edits. Deep: replacements below
 * this object. */
static void add_changes(struct star_plan *plan, const struct select_item *item, size_t level, struct star_edit *root)
{
    size_t count = plan->explode ? explode_count(plan->explode) : 0;
    for (size_t i = 0; i < item->change_count; i++) {
        const struct star_change *change = &item->changes[i];
        size_t within = item->path ? count : level_of(plan, change->path), skipped = within < count;
        if (within != level)
            continue;
        struct star_edit *edit =
            star_edit_add(&plan->arena, root, change->path->steps + skipped, change->path->count - skipped);
        slot_of(plan, below_star(plan, item, change->path)); /* one that no record has is remarked on */
        edit->gone = !change->expr;
        edit->replaced = change->expr != NULL;
        edit->number = change->number;
        struct star_edit *at = root;
        for (size_t depth = skipped; change->expr && at != edit; depth++) {
            at->deep = true;
            at = star_edit_add(&plan->arena, at, change->path->steps + depth, 1);
        }
    }
}

/* The arrays of levels that lie in the object at `level` are not shown a second time. */
static void leave_arrays(struct star_plan *plan, size_t level, struct star_edit *root)
{
    size_t count = explode_count(plan->explode);
    for (size_t i = 0; i < count; i++) {
        const struct path *path = explode_array(plan->explode, i);
        if (!explode_is_path(plan->explode, i) || !path_keys_only(path))
            continue;
        size_t within = count;
        for (size_t k = i; k > 0 && within == count; k--)
            if (within_level(plan, path, k - 1))
                within = k - 1;
        size_t skipped = within < count;
        if (within == level && path->count > skipped)
            star_edit_add(&plan->arena, root, path->steps + skipped, path->count - skipped)->gone = true;
    }
}

/* What is written of the object at a level: NULL where nothing is changed. */
static struct star_edit *edits_of(struct star_plan *plan, const struct select_item *item, size_t level)
{
    struct star_edit *root = arena_alloc(&plan->arena, sizeof *root);
    *root = (struct star_edit){0};
    add_changes(plan, item, level, root);
    if (plan->explode && !item->path)
        leave_arrays(plan, level, root);
    return root->first ? root : NULL;
}

/* Under -e the elements of each level stand behind the record's own members. False: see select_replace. */
static bool keep_levels(struct star_plan *plan, size_t item, struct problem *problem)
{
    size_t count = explode_count(plan->explode);
    struct select_item star = plan->select->items[item];
    struct star_columns all = {0};
    for (size_t i = 0; i < count; i++) {
        struct star_columns level = name_column(plan, explode_name(plan->explode, i));
        append(&plan->arena, &all, &level);
    }
    if (!select_insert(plan->select, item + 1, all.paths, all.names, count, plan->expr, problem))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct star_edit *edits = edits_of(plan, &star, i);
        if (edits)
            keep(plan, item + 1 + i, (struct output_star){.edits = edits});
    }
    return true;
}

/* A star that becomes no columns. Gives how many items there are for it now. */
static size_t keep_star(struct star_plan *plan, size_t number, struct problem *problem)
{
    static const struct path record = {.text = ""};
    const struct select_item *item = &plan->select->items[number];
    size_t levels = plan->explode && !item->path ? explode_count(plan->explode) : 0;
    struct output_star star = {.slot = slot_of(plan, item->path ? item->path : &record),
                               .leaves = plan->flat && !item->path,
                               .edits = edits_of(plan, item, plan->explode ? explode_count(plan->explode) : 0)};
    keep(plan, number, star);
    if (levels > 0 && !keep_levels(plan, number, problem))
        return 0;
    return 1 + levels;
}

/* A column that a star brings beside another item that reads what is called the same: user.*, mask(user.email) as
 * email. It shows before a record comes. */
static bool check_clash(const struct star_plan *plan, const struct select_item *star, struct problem *problem)
{
    size_t above = star->path ? star->path->count : 0;
    struct path_step *steps = mem_zero(above + 1, sizeof *steps);
    if (above > 0)
        memcpy(steps, star->path->steps, above * sizeof *steps);
    bool good = true;
    for (size_t i = 0; good && i < plan->select->count; i++) {
        const struct select_item *item = &plan->select->items[i];
        if (item->kind == ITEM_STAR)
            continue;
        steps[above] = (struct path_step){.key = item->name, .key_len = item->name_len};
        bool changed = false;
        for (size_t k = 0; k < star->change_count; k++)
            changed = changed || (!star->changes[k].expr && star->changes[k].path->count == 1 &&
                                  star->changes[k].path->steps[0].key_len == item->name_len &&
                                  memcmp(star->changes[k].path->steps[0].key, item->name, item->name_len) == 0);
        if (changed || !expr_reads(item->expr, steps, above + 1))
            continue;
        char text[600];
        snprintf(text, sizeof text,
                 "two columns are called %.100s: it is one of the star's; name this with as, or change it there: "
                 "* replace (… as %.100s), * except (%.100s)", item->name, item->name, item->name);
        good = problem_caret(problem, plan->select->what, plan->select->text, item->offset, text);
    }
    free(steps);
    return good;
}

bool star_plan_expand(struct star_plan *plan, struct problem *problem)
{
    for (size_t i = 0; i < plan->select->count;) {
        const struct select_item *item = &plan->select->items[i];
        if (!is_star(item)) {
            i++;
            continue;
        }
        if (stays(plan, item)) {
            if (!check_clash(plan, item, problem))
                return false;
            i += keep_star(plan, i, problem);
            if (problem->status != STATUS_OK)
                return false;
            continue;
        }
        struct star_columns columns = columns_of(plan, item, problem);
        if (problem->status != STATUS_OK || !change_columns(plan, item, &columns, problem) ||
            !select_replace(plan->select, i, columns.paths, columns.names, columns.exprs, columns.count, plan->expr,
                            problem))
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
        project_star(project, entry.item, entry.star);
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
