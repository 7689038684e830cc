#include "join/names.h"

#include <stdlib.h>
#include <string.h>

#include "table/form/row_form.h"
#include "table/star.h"

static const char *const letters[2] = {"l", "r"};

static bool is_outer_pair(const struct join_names *names)
{
    return names->kind != JOIN_SEMI && names->kind != JOIN_ANTI;
}

/* Looks at what comes first on a side, to know its names. */
static void look(struct join_side *side)
{
    if (rows_form(side->rows)->flat)
        return;
    side->window = schema_new();
    side->empty = side->unseen || !rows_shape(side->rows, side->window);
}

static const struct path *parse_key(struct join_names *names, const char *text, const char **at,
                                    struct problem *problem)
{
    size_t offset = 0;
    const char *message = NULL;
    const char *start = *at + strspn(*at, " \t");
    const struct path *path = path_parse(&names->arena, start, at, &offset, &message);
    if (path)
        *at += strspn(*at, " \t");
    else
        problem_caret(problem, "-k", text, (size_t)(start - text) + offset, message);
    return path;
}

static void add_key(struct join_names *names, const struct path *const *paths)
{
    struct join_key key = {.paths = {paths[0], paths[1]}};
    for (size_t side = 0; side < 2; side++)
        key.slots[side] = path_set_add(&names->sides[side].paths, key.paths[side]);
    names->keys = mem_resize(names->keys, names->key_count + 1, sizeof key);
    names->keys[names->key_count++] = key;
}

bool join_names_start(struct join_names *names, const char *keys, struct problem *problem)
{
    look(&names->sides[JOIN_SIDE_LEFT]);
    look(&names->sides[JOIN_SIDE_RIGHT]);
    const char *at = keys;
    for (bool more = true; more;) {
        const struct path *paths[2] = {parse_key(names, keys, &at, problem), NULL};
        paths[1] = paths[0];
        if (paths[0] && *at == '=') {
            at++;
            paths[1] = parse_key(names, keys, &at, problem);
        }
        if (!paths[0] || !paths[1])
            return false;
        more = *at == ',';
        if (!more && *at != '\0')
            return problem_caret(problem, "-k", keys, (size_t)(at - keys), "expected ',' , '=' or the end");
        at += more;
        add_key(names, paths);
    }
    return true;
}

static bool header_has(const struct join_side *side, const char *name, size_t len)
{
    size_t count;
    const struct span *header = rows_header(side->rows, &count);
    for (size_t i = 0; i < count; i++)
        if (header[i].len == len && memcmp(header[i].text, name, len) == 0)
            return true;
    return false;
}

static bool side_has(const struct join_side *side, const struct path *path)
{
    const struct path_step *first = &path->steps[0];
    if (!first->key)
        return false;
    if (rows_form(side->rows)->flat)
        return header_has(side, path->text, strlen(path->text)) || header_has(side, first->key, first->key_len);
    return schema_member(schema_root(side->window), first->key, first->key_len) != NULL;
}

static bool same_source(const struct join_source *a, const struct join_source *b)
{
    return a->is_key == b->is_key && a->side == b->side && a->slots[0] == b->slots[0] && a->slots[1] == b->slots[1];
}

static size_t add_source(struct join_names *names, struct join_source source)
{
    const size_t parts[] = {source.is_key, source.side, source.slots[0], source.slots[1]};
    uint64_t hash = index_hash(parts, sizeof parts);
    struct index *index = &names->source_index;
    for (size_t at = index_first(index, hash); at != INDEX_NONE; at = index_next(index, hash, at))
        if (same_source(&names->sources[index_number(index, at)], &source))
            return index_number(index, at);
    if (names->source_count == names->source_cap) {
        names->source_cap = names->source_cap ? 2 * names->source_cap : 16;
        names->sources = mem_resize(names->sources, names->source_cap, sizeof source);
    }
    index_add(index, hash, names->source_count);
    names->sources[names->source_count] = source;
    return names->source_count++;
}

static size_t side_source(struct join_names *names, enum join_side_name side, const struct path *path)
{
    struct join_source source = {.side = side};
    source.slots[side] = path_set_add(&names->sides[side].paths, path);
    return add_source(names, source);
}

static bool key_source(struct join_names *names, const struct path *path, size_t *slot)
{
    for (size_t i = 0; i < names->key_count; i++) {
        const struct join_key *key = &names->keys[i];
        if (!path_equal(path, key->paths[0]))
            continue;
        *slot = add_source(names, (struct join_source){.is_key = true, .slots = {key->slots[0], key->slots[1]}});
        return true;
    }
    return false;
}

/* l.x: the path behind the letter. Its text is what the header is asked for. */
static const struct path *behind_letter(struct join_names *names, const struct path *path)
{
    struct path *rest = arena_alloc(&names->arena, sizeof *rest);
    const char *dot = strchr(path->text, '.');
    *rest = (struct path){.steps = path->steps + 1, .count = path->count - 1, .text = dot ? dot + 1 : path->text};
    return rest;
}

static bool starts_with_letter(const struct path *path, enum join_side_name side)
{
    return path->count > 1 && path->steps[0].key && path->steps[0].key_len == 1 &&
           path->steps[0].key[0] == letters[side][0];
}

/* A bare name belongs to the one side that has it; where nothing is known of a side, to the other. */
static bool bare_side(const struct join_names *names, const struct path *path, enum join_side_name *side,
                      const char **message)
{
    bool left = side_has(&names->sides[0], path), right = is_outer_pair(names) && side_has(&names->sides[1], path);
    if (left && right) {
        *message = "both sides have this name: write l.NAME or r.NAME";
        return false;
    }
    if (!left && !right) {
        left = names->sides[0].empty || !is_outer_pair(names);
        right = !left && names->sides[1].empty;
    }
    if (!left && !right) {
        *message = "neither side has this name in its first records: write l.NAME or r.NAME";
        return false;
    }
    *side = left ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT;
    return true;
}

bool join_names_resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    struct join_names *names = context;
    enum join_side_name side = JOIN_SIDE_LEFT;
    if (path->count == 0) {
        *message = "a joined row is no record: name the columns, or one side's object";
        return false;
    }
    if (starts_with_letter(path, JOIN_SIDE_LEFT) || starts_with_letter(path, JOIN_SIDE_RIGHT)) {
        side = starts_with_letter(path, JOIN_SIDE_LEFT) ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT;
        path = behind_letter(names, path);
        if (side == JOIN_SIDE_RIGHT && !is_outer_pair(names)) {
            *message = "a semi or anti join has the left side's columns only";
            return false;
        }
    } else if (key_source(names, path, slot)) {
        return true;
    } else if (!bare_side(names, path, &side, message)) {
        return false;
    }
    *slot = side_source(names, side, path);
    return true;
}

/* Columns while a star is expanded. */
struct columns {
    struct join_names *names;
    const struct path **paths;
    const char **heads;
    size_t count, cap;
    bool unseen; /* some are of a stream */
};

static void add_column(struct columns *columns, const struct path *path, const char *name)
{
    if (columns->count == columns->cap) {
        columns->cap = columns->cap ? 2 * columns->cap : 16;
        columns->paths = mem_resize(columns->paths, columns->cap, sizeof *columns->paths);
        columns->heads = mem_resize(columns->heads, columns->cap, sizeof *columns->heads);
    }
    columns->paths[columns->count] = path;
    columns->heads[columns->count++] = name;
}

static bool is_key_of(const struct join_names *names, enum join_side_name side, const struct path *path)
{
    for (size_t i = 0; i < names->key_count; i++)
        if (path_equal(names->keys[i].paths[side], path))
            return true;
    return false;
}

/* path, with the side's letter before it. */
static struct path *lettered(struct join_names *names, enum join_side_name side, const struct path *path)
{
    struct path *full = arena_alloc(&names->arena, sizeof *full);
    full->count = path->count + 1;
    full->steps = arena_alloc(&names->arena, full->count * sizeof *full->steps);
    full->steps[0] = (struct path_step){.key = letters[side], .key_len = 1};
    memcpy(full->steps + 1, path->steps, path->count * sizeof *full->steps);
    size_t len = strlen(path->text);
    char *text = arena_alloc(&names->arena, len + 3);
    text[0] = letters[side][0];
    text[1] = '.';
    memcpy(text + 2, path->text, len + 1);
    full->text = text;
    return full;
}

static void add_side(struct columns *columns, enum join_side_name which, const struct path *prefix, bool with_keys)
{
    struct join_names *names = columns->names;
    struct join_side *side = &names->sides[which];
    columns->unseen |= side->unseen && !rows_form(side->rows)->flat;
    struct star_columns all;
    if (rows_form(side->rows)->flat) {
        size_t count;
        const struct span *header = rows_header(side->rows, &count);
        all = star_header(&names->arena, header, count, prefix);
    } else {
        all = star_columns(&names->arena, star_node(schema_root(side->window), prefix), prefix, prefix == NULL);
    }
    for (size_t i = 0; i < all.count; i++)
        if (with_keys || !is_key_of(names, which, all.paths[i]))
            add_column(columns, lettered(names, which, all.paths[i]), all.names[i]);
    if (!prefix)
        side->watched = true;
}

static void add_keys(struct columns *columns)
{
    for (size_t i = 0; i < columns->names->key_count; i++) {
        const struct path *path = columns->names->keys[i].paths[0];
        const struct path_step *last = &path->steps[path->count - 1];
        add_column(columns, path, last->key ? last->key : path->text);
    }
}

static bool is_letter_alone(const struct path *path, enum join_side_name side)
{
    return path->count == 1 && path->steps[0].key && path->steps[0].key_len == 1 &&
           path->steps[0].key[0] == letters[side][0];
}

static bool expand(struct columns *columns, const struct select *select, const struct select_item *item,
                   struct problem *problem)
{
    const struct join_names *names = columns->names;
    const struct path *path = item->path;
    if (item->change_count > 0)
        return problem_caret(problem, select->what, select->text, item->changes[0].offset,
                             "a join's * takes no except or replace: name the columns, or pipe into aflatten");
    if (!path) {
        add_keys(columns);
        add_side(columns, JOIN_SIDE_LEFT, NULL, false);
        if (is_outer_pair(names))
            add_side(columns, JOIN_SIDE_RIGHT, NULL, false);
        return true;
    }
    for (int side = JOIN_SIDE_LEFT; side <= JOIN_SIDE_RIGHT; side++) {
        if (is_letter_alone(path, (enum join_side_name)side)) {
            add_side(columns, (enum join_side_name)side, NULL, true);
            return true;
        }
        if (starts_with_letter(path, (enum join_side_name)side)) {
            add_side(columns, (enum join_side_name)side, behind_letter(columns->names, path), true);
            return true;
        }
    }
    enum join_side_name side = JOIN_SIDE_LEFT;
    const char *message = NULL;
    if (!bare_side(names, path, &side, &message))
        return problem_caret(problem, select->what, select->text, item->offset, message);
    add_side(columns, side, path, true);
    return true;
}

bool join_names_stars(struct join_names *names, struct select *select, const struct expr_options *expr,
                      struct problem *problem)
{
    for (size_t i = 0; i < select->count;) {
        if (select->items[i].kind != ITEM_STAR) {
            i++;
            continue;
        }
        struct columns columns = {.names = names};
        bool done = expand(&columns, select, &select->items[i], problem) &&
                    (!columns.unseen ||
                     problem_caret(problem, select->what, select->text, select->items[i].offset,
                                   "--follow: a stream's columns are not known before it is read: name them")) &&
                    select_replace(select, i, columns.paths, columns.heads, NULL, columns.count, expr, problem);
        i += columns.count;
        free(columns.paths);
        free(columns.heads);
        if (!done)
            return false;
    }
    return select_check_names(select, problem);
}

bool join_names_bind_side(struct join_names *names, enum join_side_name side, struct problem *problem)
{
    struct join_side *one = &names->sides[side];
    if (!rows_bind(one->rows, &one->paths, problem))
        return false;
    if (one->watched)
        rows_watch(one->rows, NULL, true);
    return true;
}

bool join_names_bind(struct join_names *names, struct problem *problem)
{
    return join_names_bind_side(names, JOIN_SIDE_LEFT, problem) &&
           join_names_bind_side(names, JOIN_SIDE_RIGHT, problem);
}

void join_names_free(struct join_names *names)
{
    for (size_t i = 0; i < 2; i++) {
        path_set_free(&names->sides[i].paths);
        schema_free(names->sides[i].window);
    }
    free(names->keys);
    free(names->sources);
    index_free(&names->source_index);
    arena_free(&names->arena);
}
