/* Stars: the columns that `*`, `t.*` and `a.b.*` stand for, without what except (…) leaves out and as replace (…) has
 * them. */
#include <string.h>
#include <strings.h>

#include "expr/node.h"
#include "sql/plan_inner.h"

/* A member of a struct, and what is changed in it: `exact` (its value, or that it is gone) or some of what is below. */
struct altered_member {
    const struct schema_node *node;
    const struct sql_change *exact;
    const struct altered *within;
};

struct altered {
    const struct altered *element; /* of an array, the n-th one on the way; NULL: it is a struct */
    unsigned number;
    bool keeps_null; /* where it is null, nothing is made; or else null members, as Spark's except does */
    struct altered_member *members;
    size_t member_count;
};

/* Changes of a star that begin with the path that we are at, which is `depth` names long. */
struct changes {
    const struct sql_change **list;
    size_t count, depth;
};

static struct changes all_changes(struct planner *planner, const struct sql_item *star)
{
    struct changes all = {.list = plan_make(planner, (star->change_count + 1) * sizeof *all.list)};
    for (size_t i = 0; i < star->change_count; i++)
        all.list[all.count++] = &star->changes[i];
    return all;
}

/* Those of a member. */
static struct changes changes_of(struct planner *planner, const struct changes *changes, const char *name)
{
    struct changes of = {.list = plan_make(planner, (changes->count + 1) * sizeof *of.list),
                         .depth = changes->depth + 1};
    for (size_t i = 0; i < changes->count; i++)
        if (plan_step_is(&changes->list[i]->place->path->steps[changes->depth], name))
            of.list[of.count++] = changes->list[i];
    return of;
}

/* The change of just this path; NULL: there is none. False: more than one change is made there. */
static bool exact_change(struct block *block, const struct changes *changes, const struct sql_change **exact)
{
    *exact = NULL;
    for (size_t i = 0; i < changes->count; i++)
        if (changes->list[i]->place->path->count == changes->depth)
            *exact = changes->list[i];
    const struct expr *last = changes->count > 0 ? changes->list[changes->count - 1]->place : NULL;
    return !*exact || changes->count == 1 ||
           plan_fail(block->planner, last->offset, "%s is changed twice", (*exact)->place->path->text);
}

/* There is no member where a change is to be made. */
static bool no_place(struct block *block, const struct sql_change *change, size_t depth)
{
    const struct path_step *step = &change->place->path->steps[depth];
    return plan_fail(block->planner, change->place->offset, "%s: there is no member %.*s", change->place->path->text,
                     (int)step->key_len, step->key);
}

/* Whether something stands at the node that such changes would lose. */
static bool holds_others(struct block *block, const struct schema_node *node, const struct changes *changes)
{
    const struct expr *first = changes->list[0]->place;
    const unsigned kind = node->member_count > 0 ? SEEN_STRUCT : SEEN_ARRAY; /* not a map, which has elements too */
    const bool others = (node->member_count > 0 || node->element) && (node->seen & ~(kind | SEEN_NULL)) != 0;
    for (size_t i = 0; i < changes->count && kind == SEEN_ARRAY && node->element; i++)
        if (changes->list[i]->expr)
            return !plan_fail(block->planner, changes->list[i]->place->offset,
                              "%s: replace reaches into structs only, not into an array's elements: transform(…) does",
                              changes->list[i]->place->path->text);
    return others && !plan_fail(block->planner, first->offset, "%s: what it is a member of is not %s in all records",
                                first->path->text, kind == SEEN_STRUCT ? "a struct" : "an array");
}

/* Of what a member is replaced by. */
static bool find_names(struct block *block, const struct expr *expr)
{
    if (plan_has_aggregate(block, expr))
        return plan_fail(block->planner, expr->offset, "an aggregate for a member of a struct: a query in from may "
                                                       "have it");
    return plan_subqueries(block, expr) && plan_resolve(block, expr, ALIAS_NONE);
}

/* What changes make of the values at a node, behind so many arrays. NULL: a problem. */
static const struct altered *alter(struct block *block, const struct schema_node *node, const struct changes *changes,
                                   unsigned arrays)
{
    struct planner *planner = block->planner;
    struct altered *altered = plan_make(planner, sizeof *altered);
    if (node && holds_others(block, node, changes))
        return NULL;
    if (node && node->member_count == 0 && node->element) {
        altered->element = alter(block, node->element, changes, arrays + 1);
        altered->number = arrays + 1;
        return altered->element ? altered : NULL;
    }
    altered->keeps_null = arrays > 0;
    for (size_t i = 0; i < changes->count; i++)
        altered->keeps_null |= changes->list[i]->expr != NULL;
    altered->member_count = node ? node->member_count : 0;
    altered->members = plan_make(planner, (altered->member_count + 1) * sizeof *altered->members);
    for (size_t i = 0; i < altered->member_count; i++) {
        struct altered_member *member = &altered->members[i];
        struct changes of = changes_of(planner, changes, node->members[i]->name);
        *member = (struct altered_member){.node = node->members[i]};
        if (!exact_change(block, &of, &member->exact))
            return NULL;
        if (member->exact && member->exact->expr && !find_names(block, member->exact->expr))
            return NULL;
        if (of.count > 0 && !member->exact && !(member->within = alter(block, member->node, &of, arrays)))
            return NULL;
    }
    for (size_t i = 0; i < changes->count; i++)
        if (!node || !plan_member(node, &changes->list[i]->place->path->steps[changes->depth]))
            return no_place(block, changes->list[i], changes->depth), NULL;
    return altered;
}

const char *plan_altered_text(struct block *block, const struct altered *altered, const char *text, bool keyed)
{
    struct planner *planner = block->planner;
    const char *list = NULL;
    if (altered->element) {
        const char *name = plan_format(planner, "element_%u", altered->number);
        const char *value = plan_altered_text(block, altered->element, name, keyed);
        return value ? plan_format(planner, "transform(%s, %s -> %s)", text, name, value) : NULL;
    }
    for (size_t i = 0; i < altered->member_count; i++) {
        const struct altered_member *member = &altered->members[i];
        const char *name = member->node->name, *value = NULL;
        if (member->exact && !member->exact->expr)
            continue;
        value = member->exact ? plan_text(block, member->exact->expr, keyed)
                              : plan_format(planner, "%s.%s", text, plan_quote(planner, name));
        if (value && member->within)
            value = plan_altered_text(block, member->within, value, keyed);
        if (!value)
            return NULL;
        list = plan_append(planner, list, ", ",
                           plan_format(planner, "%s, %s", plan_string(planner, name, strlen(name)), value));
    }
    list = plan_format(planner, "named_struct(%s)", list ? list : "");
    return altered->keeps_null ? plan_format(planner, "if(%s is null, null, %s)", text, list) : list;
}

const struct schema_node *plan_altered_shape(struct block *block, const struct altered *altered)
{
    struct schema_node *node = plan_make(block->planner, sizeof *node);
    if (altered->element)
        node->element = (struct schema_node *)plan_altered_shape(block, altered->element);
    node->members = plan_make(block->planner, (altered->member_count + 1) * sizeof(struct schema_node *));
    for (size_t i = 0; i < altered->member_count; i++) {
        const struct altered_member *member = &altered->members[i];
        if (member->exact && !member->exact->expr)
            continue;
        struct schema_node *copy = plan_make(block->planner, sizeof *copy);
        const struct schema_node *other = member->exact ? plan_shape(block, member->exact->expr) : NULL;
        if (!member->exact)
            *copy = member->within ? *plan_altered_shape(block, member->within) : *member->node;
        else if (other)
            *copy = *other;
        copy->name = member->node->name;
        copy->name_len = member->node->name_len;
        node->members[node->member_count++] = copy;
    }
    return node;
}

bool plan_altered_typed(const struct block *block, const struct altered *altered)
{
    bool typed = altered->element && plan_altered_typed(block, altered->element);
    for (size_t i = 0; i < altered->member_count; i++) {
        const struct altered_member *member = &altered->members[i];
        typed |= member->exact && member->exact->expr && plan_is_typed(block, member->exact->expr);
        typed |= member->within && plan_altered_typed(block, member->within);
    }
    return typed;
}

/* A column of a star (node NULL), or a member that it is of, as `changes` have it: an item, or none. False: a
 * problem. */
static bool add_changed(struct block *block, const struct item *item, const struct changes *changes,
                        const struct schema_node *node)
{
    struct changes of = changes_of(block->planner, changes, item->name);
    const struct sql_change *exact;
    struct item changed = *item;
    if (!exact_change(block, &of, &exact))
        return false;
    if (exact && !exact->expr)
        return true;
    if (exact) {
        changed = (struct item){.expr = exact->expr, .name = item->name, .offset = exact->expr->offset};
    } else if (of.count > 0) {
        node = node ? node : plan_column_shape(block, item->column, NULL);
        if (!(changed.altered = alter(block, node, &of, 0)))
            return false;
    }
    if (!exact)
        item->column->used = true;
    plan_new_item(block, changed);
    return true;
}

/* What is below a column by the names of a star from `at` on; `path` becomes the column's and theirs, as the schema has
 * them. NULL: nothing that was seen yet. */
static const struct schema_node *node_below(struct planner *planner, const struct column *column,
                                            const struct sql_item *star, size_t at, struct path *path)
{
    const struct schema_node *node = column->node;
    path->steps = plan_make(planner, (star->name_count + 1) * sizeof *path->steps);
    path->steps[0] = (struct path_step){.key = column->name, .key_len = strlen(column->name)};
    path->count = 1;
    for (; node && at < star->name_count; at++) {
        const struct path_step step = {.key = star->names[at], .key_len = strlen(star->names[at])};
        node = plan_member(node, &step);
        if (node)
            path->steps[path->count++] = (struct path_step){.key = node->name, .key_len = node->name_len};
    }
    return node;
}

/* The column that a star of members is of, by its first name, or by its second one behind its table's; *at: how many
 * names that are. */
static struct column *column_of_star(struct block *block, const struct sql_item *star, size_t *at)
{
    *at = 1;
    for (size_t i = 0; i < block->binding_count; i++)
        if (strcasecmp(block->bindings[i].name, star->names[0]) == 0)
            return block->bindings[i].column;
    *at = 2;
    for (size_t i = 0; star->name_count > 1 && i < block->binding_count; i++)
        if (block->bindings[i].qualifier && strcasecmp(block->bindings[i].qualifier, star->names[0]) == 0 &&
            strcasecmp(block->bindings[i].name, star->names[1]) == 0)
            return block->bindings[i].column;
    return NULL;
}

/* A member at the end of a path, as what stands behind its column: .`a`.`b` */
static const char *member_text(struct planner *planner, const struct path *path, const char *member)
{
    const char *text = "";
    for (size_t i = 1; i < path->count; i++)
        text = plan_format(planner, "%s.%s", text, plan_quote(planner, path->steps[i].key));
    return plan_format(planner, "%s.%s", text, plan_quote(planner, member));
}

static bool no_struct(struct block *block, const struct sql_item *star)
{
    const char *text = NULL;
    for (size_t i = 0; i < star->name_count; i++)
        text = plan_append(block->planner, text, ".", plan_quote(block->planner, star->names[i]));
    return plan_fail(block->planner, star->offset, "%s.*: there is no such table, and no such struct", text);
}

/* What is below a node, as columns of a star: a.b.* */
static bool star_of_struct(struct block *block, const struct sql_item *star)
{
    size_t at;
    struct path *path = plan_make(block->planner, sizeof *path);
    struct column *column = column_of_star(block, star, &at);
    if (!column)
        return no_struct(block, star);
    const struct schema_node *node = node_below(block->planner, column, star, at, path);
    plan_column_shape(block, column, node ? path : NULL);
    node = node_below(block->planner, column, star, at, path);
    if (!node || node->member_count == 0)
        return no_struct(block, star);
    const struct changes changes = all_changes(block->planner, star);
    for (size_t i = 0; i < star->change_count; i++) {
        const struct path_step *step = &star->changes[i].place->path->steps[0];
        if (!plan_member(node, step))
            return no_place(block, &star->changes[i], 0);
    }
    for (size_t i = 0; i < node->member_count; i++) {
        const struct item item = {.column = column,
                                  .inner_path = member_text(block->planner, path, node->members[i]->name),
                                  .name = node->members[i]->name,
                                  .offset = star->offset};
        if (!add_changed(block, &item, &changes, node->members[i]))
            return false;
    }
    return true;
}

/* Whether a column is one of the star's; of a struct's star none is. */
static bool is_of_star(const struct binding *binding, const struct sql_item *star)
{
    return star->name_count > 0 ? star->name_count == 1 && binding->qualifier &&
                                      strcasecmp(binding->qualifier, star->names[0]) == 0
                                : !binding->qualified_only;
}

/* Each change is of a column that the star has. */
static bool check_changes(struct block *block, const struct sql_item *star)
{
    for (size_t i = 0; i < star->change_count; i++) {
        const struct expr *place = star->changes[i].place;
        bool found = false;
        for (size_t k = 0; k < block->binding_count && !found; k++)
            found = is_of_star(&block->bindings[k], star) &&
                    plan_step_is(&place->path->steps[0], block->bindings[k].name);
        if (!found)
            return plan_unknown(block, place);
    }
    return true;
}

bool plan_expand_star(struct block *block, const struct sql_item *star)
{
    const struct changes changes = all_changes(block->planner, star);
    const size_t before = block->item_count;
    bool any = false;
    for (size_t i = 0; i < block->binding_count; i++) {
        const struct binding *binding = &block->bindings[i];
        const struct item item = {.column = binding->column, .name = binding->name, .offset = star->offset};
        if (!is_of_star(binding, star))
            continue;
        if (!any && !check_changes(block, star))
            return false;
        any = true;
        if (!add_changed(block, &item, &changes, NULL))
            return false;
    }
    if (!any && star->name_count > 0)
        return star_of_struct(block, star);
    return block->item_count > before || plan_fail(block->planner, star->offset, "* without columns");
}
