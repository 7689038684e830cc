#include "join/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/form/row_form.h"
#include "table/star.h"

/* What stands in front of a side's columns: l, r, r2, r3, … */
enum { LETTERS_SIZE = 24 };

static void write_letters(size_t side, char letters[LETTERS_SIZE])
{
    if (side < 2)
        snprintf(letters, LETTERS_SIZE, "%c", side == JOIN_SIDE_LEFT ? 'l' : 'r');
    else
        snprintf(letters, LETTERS_SIZE, "r%zu", side);
}

static bool is_outer_pair(const struct join_names *names)
{
    return names->kind != JOIN_SEMI && names->kind != JOIN_ANTI;
}

/* Looks at what comes first on a side, to know its names. */
static void look(struct join_side *side)
{
    if (!side->rows || rows_form(side->rows)->flat)
        return;
    side->window = schema_new();
    side->empty = side->unseen || !rows_shape(side->rows, side->window);
}

void join_names_init(struct join_names *names, size_t sides)
{
    names->sides = mem_zero(sides, sizeof *names->sides);
    names->side_count = sides;
}

static const struct path *parse_path(struct join_names *names, const char *option, const char *text, const char **at,
                                     struct problem *problem)
{
    size_t offset = 0;
    const char *message = NULL;
    const char *start = *at + strspn(*at, " \t");
    const struct path *path = path_parse(&names->arena, start, at, &offset, &message);
    if (path)
        *at += strspn(*at, " \t");
    else
        problem_caret(problem, option, text, (size_t)(start - text) + offset, message);
    return path;
}

/* NAME, the same on all sides, or NAME=NAME2=…, one for each. */
static bool parse_key(struct join_names *names, const char *option, const char *text, const char **at,
                      struct join_key *key, struct problem *problem)
{
    size_t count = 0, sides = names->side_count;
    key->paths = arena_alloc(&names->arena, sides * sizeof *key->paths);
    key->slots = arena_alloc(&names->arena, sides * sizeof *key->slots);
    do {
        *at += count > 0;
        if (count == sides)
            return problem_caret(problem, option, text, (size_t)(*at - text), "more names than there are sides");
        key->paths[count] = parse_path(names, option, text, at, problem);
        if (!key->paths[count++])
            return false;
    } while (**at == '=');
    if (count > 1 && count < sides)
        return problem_caret(problem, option, text, (size_t)(*at - text), "expected one name, or one for each side");
    for (size_t i = 0; i < sides; i++) {
        key->paths[i] = key->paths[i < count ? i : 0];
        key->slots[i] = path_set_add(&names->sides[i].paths, key->paths[i]);
    }
    return true;
}

static bool parse_time(struct join_names *names, const char *text, struct problem *problem)
{
    const char *at = text;
    names->time = arena_alloc(&names->arena, sizeof *names->time);
    return parse_key(names, "--asof", text, &at, names->time, problem) &&
           (*at == '\0' ||
            problem_caret(problem, "--asof", text, (size_t)(at - text), "expected one column, or one of each side"));
}

bool join_names_start(struct join_names *names, const char *keys, const char *time, struct problem *problem)
{
    for (size_t i = 0; i < names->side_count; i++)
        look(&names->sides[i]);
    const char *at = keys;
    for (bool more = keys != NULL; more;) {
        struct join_key key;
        if (!parse_key(names, "-k", keys, &at, &key, problem))
            return false;
        more = *at == ',';
        if (!more && *at != '\0')
            return problem_caret(problem, "-k", keys, (size_t)(at - keys), "expected ',' , '=' or the end");
        at += more;
        names->keys = mem_resize(names->keys, names->key_count + 1, sizeof key);
        names->keys[names->key_count++] = key;
    }
    return !time || parse_time(names, time, problem);
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
    return a->kind == b->kind && a->side == b->side && a->slot == b->slot && a->key == b->key;
}

static size_t add_source(struct join_names *names, struct join_source source)
{
    const size_t parts[] = {source.kind, source.side, source.slot, source.key};
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

size_t join_names_of_side(struct join_names *names, size_t side, const struct path *path)
{
    size_t slot = path_set_add(&names->sides[side].paths, path);
    return add_source(names, (struct join_source){.side = side, .slot = slot});
}

size_t join_names_of_key(struct join_names *names, size_t key)
{
    return add_source(names, (struct join_source){.kind = JOIN_KEY, .key = key});
}

size_t join_names_of_time(struct join_names *names)
{
    return add_source(names, (struct join_source){.kind = JOIN_TIME});
}

static bool is_same_time(const struct join_names *names, size_t side)
{
    return names->time && path_equal(names->time->paths[0], names->time->paths[side]);
}

static bool key_source(struct join_names *names, const struct path *path, size_t *slot)
{
    for (size_t i = 0; i < names->key_count; i++) {
        if (!path_equal(path, names->keys[i].paths[0]))
            continue;
        *slot = join_names_of_key(names, i);
        return true;
    }
    if (!names->time || !is_same_time(names, JOIN_SIDE_RIGHT) || !path_equal(path, names->time->paths[0]))
        return false;
    *slot = join_names_of_time(names);
    return true;
}

/* l.x: the path behind the letter. Its text is what the header is asked for. */
static const struct path *behind_letter(struct join_names *names, const struct path *path)
{
    struct path *rest = arena_alloc(&names->arena, sizeof *rest);
    const char *dot = strchr(path->text, '.');
    *rest = (struct path){.steps = path->steps + 1, .count = path->count - 1, .text = dot ? dot + 1 : path->text};
    return rest;
}

/* Whether the path's first step is what stands in front of a side's columns. */
static bool is_lettered(const struct join_names *names, const struct path *path, size_t *side)
{
    char letters[LETTERS_SIZE];
    for (*side = 0; path->count > 0 && path->steps[0].key && *side < names->side_count; ++*side) {
        write_letters(*side, letters);
        if (path->steps[0].key_len == strlen(letters) && strcmp(path->steps[0].key, letters) == 0)
            return true;
    }
    return false;
}

/* How many sides have columns in a joined row. */
static size_t shown_sides(const struct join_names *names)
{
    return is_outer_pair(names) ? names->side_count : 1;
}

/* A bare name belongs to the one side that has it; where nothing is known of a side, to the other. */
static bool bare_side(const struct join_names *names, const struct path *path, size_t *side, const char **message)
{
    size_t having = 0, shown = shown_sides(names);
    for (size_t i = 0; i < shown; i++)
        if (side_has(&names->sides[i], path)) {
            *side = i;
            having++;
        }
    if (having > 1) {
        *message = "both sides have this name: write l.NAME or r.NAME";
        return false;
    }
    for (size_t i = 0; having == 0 && i < shown; i++)
        if (names->sides[i].empty || shown == 1) {
            *side = i;
            having = 1;
        }
    if (having == 0)
        *message = "neither side has this name in its first records: write l.NAME or r.NAME";
    return having > 0;
}

bool join_names_resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    struct join_names *names = context;
    size_t side = 0;
    if (path->count == 0) {
        *message = "a joined row is no record: name the columns, or one side's object";
        return false;
    }
    if (path->count > 1 && is_lettered(names, path, &side)) {
        path = behind_letter(names, path);
        if (side >= shown_sides(names)) {
            *message = "a semi or anti join has the left side's columns only";
            return false;
        }
    } else if (key_source(names, path, slot)) {
        return true;
    } else if (!bare_side(names, path, &side, message)) {
        return false;
    }
    *slot = join_names_of_side(names, side, path);
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

/* Whether a column is written once for all sides; of the left one the time stays where it is. */
static bool is_key_of(const struct join_names *names, size_t side, const struct path *path)
{
    for (size_t i = 0; i < names->key_count; i++)
        if (path_equal(names->keys[i].paths[side], path))
            return true;
    return side != JOIN_SIDE_LEFT && is_same_time(names, side) && path_equal(names->time->paths[side], path);
}

/* path, with the side's letter before it. */
static struct path *lettered(struct join_names *names, size_t side, const struct path *path)
{
    char letters[LETTERS_SIZE];
    write_letters(side, letters);
    struct path *full = arena_alloc(&names->arena, sizeof *full);
    full->count = path->count + 1;
    full->steps = arena_alloc(&names->arena, full->count * sizeof *full->steps);
    size_t front = strlen(letters), len = strlen(path->text);
    char *text = arena_alloc(&names->arena, front + len + 2);
    memcpy(text, letters, front);
    text[front] = '.';
    memcpy(text + front + 1, path->text, len + 1);
    full->text = text;
    full->steps[0] = (struct path_step){.key = arena_copy(&names->arena, letters, front), .key_len = front};
    memcpy(full->steps + 1, path->steps, path->count * sizeof *full->steps);
    return full;
}

static void add_side(struct columns *columns, size_t which, const struct path *prefix, bool with_keys)
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
    for (size_t i = 0; i < all.count; i++) {
        bool time = !with_keys && which == JOIN_SIDE_LEFT && is_same_time(names, JOIN_SIDE_RIGHT) &&
                    path_equal(names->time->paths[0], all.paths[i]);
        if (time)
            add_column(columns, names->time->paths[0], all.names[i]);
        else if (with_keys || !is_key_of(names, which, all.paths[i]))
            add_column(columns, lettered(names, which, all.paths[i]), all.names[i]);
    }
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
        for (size_t i = 0; i < shown_sides(names); i++)
            add_side(columns, i, NULL, false);
        for (size_t i = 0; i < names->element_count; i++)
            add_column(columns, names->elements[i], names->element_names[i]);
        return true;
    }
    size_t side = 0;
    if (is_lettered(names, path, &side)) {
        add_side(columns, side, path->count > 1 ? behind_letter(columns->names, path) : NULL, true);
        return true;
    }
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

bool join_names_bind_side(struct join_names *names, size_t side, struct problem *problem)
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
    for (size_t i = 0; i < names->side_count; i++) {
        path_set_free(&names->sides[i].paths);
        schema_free(names->sides[i].window);
    }
    free(names->sides);
    free(names->keys);
    free(names->sources);
    index_free(&names->source_index);
    arena_free(&names->arena);
}
