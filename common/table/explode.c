#include "table/explode.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/index.h"
#include "base/text.h"
#include "expr/expr.h"
#include "frame/frame.h"
#include "json/cursor.h"
#include "json/walk/walk.h"
#include "value/nested.h"
#include "value/pack.h"

enum {
    POSITION_DIGITS = 24,
    SCOPE_RECORD = 0, /* a slot of the record; level k is scope k + 1 */
};

/* Where a slot of a row comes from. */
struct origin {
    size_t scope;
    size_t local;  /* number in the scope's path set */
    bool position; /* NAME_pos instead */
    bool whole;    /* the element itself instead */
};

struct watch {
    struct path path; /* within the element */
    bool all;
};

struct level {
    const char *name, *position_name;
    const struct path *path; /* as typed; of what is computed a name that no record has */
    struct path origin;      /* of its array, in the record */
    size_t slot;             /* of its array, in a row */
    struct select *computed; /* or what gives it: one item; NULL: it is a path */
    bool outer;              /* explode_outer: of this level alone */
    struct path_set paths;   /* within its elements */
    struct watch *watches;
    size_t watch_count;
};

struct explode {
    struct level *levels;
    size_t count;
    bool outer, ansi;
    aggregate_table *aggregate_at; /* those no level may call, for the message */
    struct path_set record_paths;
    struct origin *sources;
    size_t source_count, source_cap;
    struct index source_index;
    struct arena arena;
};

struct explode *explode_new(bool outer, bool ansi, aggregate_table *aggregate_at)
{
    struct explode *explode = mem_zero(1, sizeof *explode);
    explode->outer = outer;
    explode->ansi = ansi;
    explode->aggregate_at = aggregate_at;
    return explode;
}

void explode_free(struct explode *explode)
{
    if (!explode)
        return;
    for (size_t i = 0; i < explode->count; i++) {
        path_set_free(&explode->levels[i].paths);
        select_free(explode->levels[i].computed);
        free(explode->levels[i].watches);
    }
    free(explode->levels);
    free(explode->sources);
    index_free(&explode->source_index);
    path_set_free(&explode->record_paths);
    arena_free(&explode->arena);
    free(explode);
}

size_t explode_count(const struct explode *explode)
{
    return explode->count;
}

const char *explode_name(const struct explode *explode, size_t level)
{
    return explode->levels[level].name;
}

static bool begins_with(const struct path *path, const char *name)
{
    return path->count > 0 && path->steps[0].key && path->steps[0].key_len == strlen(name) &&
           memcmp(path->steps[0].key, name, path->steps[0].key_len) == 0;
}

/* The last level whose element or position the path begins with, or count. */
static size_t level_of(const struct explode *explode, const struct path *path)
{
    for (size_t i = explode->count; i > 0; i--) {
        const struct level *level = &explode->levels[i - 1];
        if (begins_with(path, level->name) || (path->count == 1 && begins_with(path, level->position_name)))
            return i - 1;
    }
    return explode->count;
}

bool explode_is_path(const struct explode *explode, size_t level)
{
    return !explode->levels[level].computed;
}

const struct path *explode_array(const struct explode *explode, size_t level)
{
    return explode->levels[level].path;
}

bool explode_owns(const struct explode *explode, const struct path *path)
{
    return level_of(explode, path) < explode->count;
}

static struct path *below_first(struct explode *explode, const struct path *path)
{
    struct path *rest = arena_alloc(&explode->arena, sizeof *rest);
    *rest = (struct path){.steps = path->steps + 1, .count = path->count - 1, .text = path->text};
    return rest;
}

/* The number of what comes from there, added if new. */
static size_t slot_of(struct explode *explode, const struct origin *source)
{
    const size_t parts[] = {source->scope, source->local, source->position, source->whole};
    uint64_t hash = index_hash(parts, sizeof parts);
    for (size_t at = index_first(&explode->source_index, hash); at != INDEX_NONE;
         at = index_next(&explode->source_index, hash, at)) {
        const struct origin *known = &explode->sources[index_number(&explode->source_index, at)];
        if (known->scope == source->scope && known->local == source->local && known->position == source->position &&
            known->whole == source->whole)
            return index_number(&explode->source_index, at);
    }
    if (explode->source_count == explode->source_cap) {
        explode->source_cap = explode->source_cap ? 2 * explode->source_cap : 16;
        explode->sources = mem_resize(explode->sources, explode->source_cap, sizeof *explode->sources);
    }
    index_add(&explode->source_index, hash, explode->source_count);
    explode->sources[explode->source_count] = *source;
    return explode->source_count++;
}

bool explode_resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    (void)message;
    struct explode *explode = context;
    size_t level = level_of(explode, path);
    struct origin source = {.scope = SCOPE_RECORD};
    if (level == explode->count) {
        source.local = path_set_add(&explode->record_paths, path);
    } else {
        source.scope = level + 1;
        source.position = !begins_with(path, explode->levels[level].name);
        source.whole = !source.position && path->count == 1;
        if (!source.position && !source.whole)
            source.local = path_set_add(&explode->levels[level].paths, below_first(explode, path));
    }
    *slot = slot_of(explode, &source);
    return true;
}

const struct path *explode_origin(struct explode *explode, const struct path *path)
{
    size_t level = path ? level_of(explode, path) : explode->count;
    if (level == explode->count)
        return path;
    const struct path *array = &explode->levels[level].origin;
    struct path *origin = arena_alloc(&explode->arena, sizeof *origin);
    origin->text = path->text;
    origin->count = array->count + path->count;
    origin->steps = arena_alloc(&explode->arena, origin->count * sizeof *origin->steps);
    memcpy(origin->steps, array->steps, array->count * sizeof *origin->steps);
    origin->steps[array->count] = (struct path_step){0};
    memcpy(origin->steps + array->count + 1, path->steps + 1, (path->count - 1) * sizeof *origin->steps);
    return origin;
}

bool explode_known(const struct explode *explode, const struct path *origin)
{
    for (size_t i = 0; i < explode->count; i++)
        if (explode->levels[i].computed && origin->count > 0 &&
            origin->steps[0].key == explode->levels[i].path->steps[0].key)
            return false;
    return true;
}

/* "PATH [as NAME]": true if it is that; *name is what stands behind as, if anything. */
static bool parse_level_path(struct explode *explode, const char *text, const char **name, struct level *level)
{
    size_t offset = 0;
    const char *message = NULL, *end = NULL;
    level->path = path_parse(&explode->arena, text + strspn(text, " \t\n"), &end, &offset, &message);
    if (!level->path)
        return false;
    const char *rest = end + strspn(end, " \t\n");
    if (*rest == '\0')
        return true;
    if (*name || strncasecmp(rest, "as", 2) != 0 || (rest[2] != ' ' && rest[2] != '`'))
        return false;
    rest += 2;
    *name = rest + strspn(rest, " ");
    return true;
}

/* "EXPRESSION as NAME": of names it sees those of the levels before. Gives the name, or NULL. */
static const char *parse_level_expression(struct explode *explode, const char *text, const char *name,
                                          struct level *level, struct problem *problem)
{
    const struct expr_options options = {
        .ansi = explode->ansi, .aggregate_at = explode->aggregate_at, .resolve = explode_resolve, .context = explode};
    level->computed = select_compile("-e", text, &options, problem);
    if (!level->computed)
        return NULL;
    const struct select_item *item = &level->computed->items[0];
    const char *array = text + strspn(text, " \t\n");
    size_t len = strlen(array);
    while (len > 0 && strchr(" \t\n", array[len - 1]))
        len--;
    if (level->computed->count != 1 || item->kind != ITEM_EXPR) {
        problem_caret(problem, "-e", text, level->computed->items[level->computed->count > 1].offset,
                      "expected one array: PATH as NAME, or EXPRESSION as NAME");
        return NULL;
    }
    if (!name && item->name_len == len) {
        problem_caret(problem, "-e", text, strlen(text), "expected as NAME behind the expression");
        return NULL;
    }
    level->path = path_of_key(&explode->arena, array, len);
    return name ? name : item->name;
}

/* A level's name is one key; NULL if it is not. */
static const char *level_name(struct explode *explode, const char *text, const struct path *path, const char *name,
                              struct problem *problem)
{
    if (!name) {
        const struct path_step *last = &path->steps[path->count - 1];
        if (!last->key)
            problem_caret(problem, "-e", text, strlen(text), "an element of an array needs a name: PATH as NAME");
        return last->key;
    }
    size_t offset = 0;
    const char *message = NULL;
    const struct path *parsed = path_parse(&explode->arena, name, NULL, &offset, &message);
    if (parsed && parsed->count == 1 && parsed->steps[0].key)
        return parsed->steps[0].key;
    problem_caret(problem, "-e", name, parsed ? 0 : offset, parsed ? "a name must be one word" : message);
    return NULL;
}

static bool name_is_taken(const struct explode *explode, const char *name)
{
    for (size_t i = 0; i < explode->count; i++)
        if (strcmp(explode->levels[i].name, name) == 0 || strcmp(explode->levels[i].position_name, name) == 0)
            return true;
    return false;
}

/* Behind the parenthesis that stands at `open`, with quotes passed over; NULL: it is not closed. */
static const char *behind_parenthesis(const char *open)
{
    size_t depth = 0, len = strlen(open);
    for (size_t at = 0; at < len; at++) {
        at = text_pass_quoted(open, len, at);
        depth += open[at] == '(';
        if (open[at] == ')' && --depth == 0)
            return open + at + 1;
    }
    return NULL;
}

/* explode(x) and its like are x here, which has its position and its members anyway: a copy with blanks for the rest,
 * so that all stands where it was; or text itself. */
static const char *without_generator(struct explode *explode, const char *text, bool *outer)
{
    static const char *const names[] = {"explode", "explode_outer", "posexplode", "posexplode_outer",
                                        "inline", "inline_outer"};
    const char *start = text + strspn(text, " \t\n"), *open = start + strcspn(start, "( ");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((size_t)(open - start) != strlen(names[i]) || strncasecmp(start, names[i], strlen(names[i])) != 0)
            continue;
        const char *end = *open == '(' ? behind_parenthesis(open) : NULL;
        if (!end || (*end && *end != ' '))
            return text;
        *outer = i % 2 == 1;
        char *array = arena_copy(&explode->arena, text, strlen(text));
        memset(array, ' ', (size_t)(open + 1 - text));
        array[end - 1 - text] = ' ';
        return array;
    }
    return text;
}

bool explode_add(struct explode *explode, const char *text, const char *name, struct problem *problem)
{
    struct level level = {0};
    const char *array = without_generator(explode, text, &level.outer), *given = name;
    if (!parse_level_path(explode, array, &name, &level)) {
        level.name = parse_level_expression(explode, array, name, &level, problem);
    } else {
        if (name != given) /* it is shown out of what was typed: the copy does not outlive the explode */
            name = &text[name - array];
        level.name = level_name(explode, text, level.path, name, problem);
    }
    if (problem->argument == array)
        problem->argument = text;
    if (level.name && name_is_taken(explode, level.name)) {
        problem_usage(problem, "-e %s: the name %s is taken; say -e PATH as NAME", text, level.name);
        level.name = NULL;
    }
    if (!level.name) {
        select_free(level.computed);
        return false;
    }
    size_t len = strlen(level.name);
    char *position_name = arena_alloc(&explode->arena, len + sizeof "_pos");
    memcpy(position_name, level.name, len);
    memcpy(position_name + len, "_pos", sizeof "_pos");
    level.position_name = position_name;
    const char *message = NULL;
    if (!level.computed)
        explode_resolve(explode, level.path, &level.slot, &message);
    level.origin = *explode_origin(explode, level.path);
    explode->levels = mem_resize(explode->levels, explode->count + 1, sizeof level);
    explode->levels[explode->count++] = level;
    return true;
}

const struct path_set *explode_record_paths(const struct explode *explode)
{
    return &explode->record_paths;
}

size_t explode_slot_count(const struct explode *explode)
{
    return explode->source_count;
}

void explode_watch(struct explode *explode, const struct path *path, bool all)
{
    struct level *level = &explode->levels[level_of(explode, path)];
    level->watches = mem_resize(level->watches, level->watch_count + 1, sizeof *level->watches);
    level->watches[level->watch_count++] = (struct watch){*below_first(explode, path), all};
}

/* A thread's state of one level: its array, copied so that it may be walked, and where we are in it. */
struct cursor {
    struct walk_plan *plan;
    struct walk *walk;
    struct buffer text;
    struct batch batch;
    uint64_t position;
    char position_text[POSITION_DIGITS];
    struct buffer types;  /* of its elements, where their text does not tell them */
    struct arena typed;   /* what such an element's slots point to */
    bool only_null; /* --outer: one row without an element */
    bool empty;
};

struct explode_state {
    struct explode_reader reader; /* first: the public face */
    const struct explode *explode;
    struct cursor *cursors;
    struct arena arena; /* for what is computed, until it is copied */
    size_t at;    /* the level to advance */
    bool started; /* level 0 has been entered */
    char message[256];
};

struct explode_reader *explode_reader_new(const struct explode *explode)
{
    struct explode_state *state = mem_zero(1, sizeof *state);
    state->explode = explode;
    state->reader.slots = mem_zero(explode->source_count, sizeof *state->reader.slots);
    state->cursors = mem_zero(explode->count, sizeof *state->cursors);
    for (size_t i = 0; i < explode->count; i++) {
        struct cursor *cursor = &state->cursors[i];
        cursor->plan = walk_plan_new(&explode->levels[i].paths);
        for (size_t w = 0; w < explode->levels[i].watch_count; w++)
            walk_plan_watch(cursor->plan, &explode->levels[i].watches[w].path, explode->levels[i].watches[w].all);
        cursor->walk = walk_new(cursor->plan, WALK_VALUES);
    }
    return &state->reader;
}

void explode_reader_free(struct explode_reader *reader)
{
    struct explode_state *state = (struct explode_state *)reader;
    for (size_t i = 0; i < state->explode->count; i++) {
        walk_free(state->cursors[i].walk);
        walk_plan_free(state->cursors[i].plan);
        buffer_free(&state->cursors[i].text);
        buffer_free(&state->cursors[i].types);
        arena_free(&state->cursors[i].typed);
    }
    free(state->cursors);
    arena_free(&state->arena);
    free(reader->slots);
    free(state);
}

static bool fails(struct explode_state *state, size_t level, struct span value)
{
    const char *found = value.type == SPAN_STRING   ? "a string"
                        : value.type == SPAN_NUMBER ? "a number"
                        : value.type == SPAN_CELL   ? "text"
                                                    : "a boolean";
    snprintf(state->message, sizeof state->message, "%.200s: expected an array to explode, found %s",
             state->explode->levels[level].path->text, found);
    state->reader.error = state->message;
    return false;
}

/* Keeps the type of the elements of what is computed: of a map's {"key":…,"value":…}. */
static void keep_types(const struct value *container, struct buffer *types)
{
    types->len = 0;
    bool map = nested_is_map(container);
    if ((container->type != VALUE_ARRAY && !map) || !container->of)
        return;
    const struct nested_type *type = map ? container->of : container->of + 1;
    struct nested_type first = *type; /* as of a struct: the map's key and value are its two members */
    first.width = map ? 0 : first.width;
    buffer_add(types, (const char *)&first, sizeof first);
    buffer_add(types, (const char *)(type + 1), (nested_type_size(type) - 1) * sizeof first);
}

/* A container as its text, its elements' types aside. */
static struct span container_span(const struct value *container, struct buffer *element_types)
{
    static const unsigned char types[] = {
        [VALUE_NULL] = SPAN_NULL,     [VALUE_BOOLEAN] = SPAN_TRUE,    [VALUE_LONG] = SPAN_NUMBER,
        [VALUE_DOUBLE] = SPAN_NUMBER, [VALUE_DECIMAL] = SPAN_NUMBER,  [VALUE_STRING] = SPAN_STRING,
        [VALUE_DATE] = SPAN_STRING,   [VALUE_TIMESTAMP] = SPAN_STRING, [VALUE_INTERVAL] = SPAN_STRING,
        [VALUE_ARRAY] = SPAN_ARRAY,   [VALUE_STRUCT] = SPAN_OBJECT,   [VALUE_CELL] = SPAN_CELL};
    keep_types(container, element_types);
    return (struct span){.text = container->text, .len = container->len, .type = types[container->type]};
}

/* What is computed of the present row; false, and the error set, if it cannot be. */
static bool compute(struct explode_state *state, const struct expr *expr, struct buffer *element_types,
                    struct span *array)
{
    arena_reset(&state->arena);
    struct row row = {.slots = state->reader.slots, .arena = &state->arena};
    struct value value = expr_eval(expr, &row);
    if (row.error) {
        snprintf(state->message, sizeof state->message, "%s", row.error);
        state->reader.error = state->message;
        return false;
    }
    *array = container_span(&value, element_types);
    state->reader.spaced = state->reader.spaced || value.spaced;
    return true;
}

/* A map's key of that type (NULL: it is text), as a value: without the quotes that all keys of objects have. */
static void add_key(struct span key, const struct nested_type *type, struct buffer *into)
{
    bool number = type && (type->type == VALUE_LONG || type->type == VALUE_DECIMAL || type->type == VALUE_DOUBLE);
    bool bare = (number && key.len > 2 && strchr("-0123456789", key.text[key.len - 2])) ||
                (type && type->type == VALUE_BOOLEAN);
    buffer_add(into, key.text + bare, key.len - 2 * (size_t)bare);
}

/* What lies between the brackets of an array; of an object, as of a map, {"key":…,"value":…} for each member. */
static void add_elements(struct span container, const struct buffer *element_types, struct buffer *into)
{
    if (container.type == SPAN_ARRAY) {
        buffer_add(into, container.text + 1, container.len - 2);
        return;
    }
    struct json_cursor members = json_cursor_into(container);
    struct span key, value;
    const struct nested_type *types = (const struct nested_type *)element_types->data;
    const struct nested_type *key_type = element_types->len > sizeof *types ? types + 1 : NULL;
    while (json_cursor_member(&members, &key, &value)) {
        if (into->len > 0)
            buffer_add_char(into, ',');
        buffer_add_text(into, "{\"key\":");
        add_key(key, key_type, into);
        buffer_add_text(into, ",\"value\":");
        buffer_add(into, value.text, value.len);
        buffer_add_char(into, '}');
    }
}

/* Puts the cursor of a level before its first element. */
static bool enter(struct explode_state *state, size_t level)
{
    struct cursor *cursor = &state->cursors[level];
    const struct select *computed = state->explode->levels[level].computed;
    struct span array;
    if (!computed) {
        array = state->reader.slots[state->explode->levels[level].slot];
        cursor->types.len = 0;
        struct value packed = array.type == SPAN_PACKED ? value_from_span(array, &state->arena) : value_null();
        if (array.type == SPAN_PACKED)
            array = container_span(&packed, &cursor->types);
    } else if (!compute(state, computed->items[0].expr, &cursor->types, &array)) {
        return false;
    }
    cursor->position = 0;
    cursor->only_null = false;
    cursor->empty = array.type == SPAN_ABSENT || array.type == SPAN_NULL;
    if (!cursor->empty && array.type != SPAN_ARRAY && array.type != SPAN_OBJECT)
        return fails(state, level, array);
    cursor->empty = cursor->empty || json_empty(array);
    if (cursor->empty) {
        cursor->only_null = state->explode->outer || state->explode->levels[level].outer;
        return true;
    }
    cursor->text.len = 0;
    add_elements(array, &cursor->types, &cursor->text);
    buffer_reserve(&cursor->text, BATCH_PADDING);
    memset(cursor->text.data + cursor->text.len, 0, BATCH_PADDING);
    cursor->batch = (struct batch){.text = cursor->text.data, .len = cursor->text.len, .kind = BATCH_ELEMENTS};
    walk_start(cursor->walk, cursor->batch.text, cursor->batch.len, batch_by(&cursor->batch));
    return true;
}

/* What a path leads to in a typed element, if its text does not tell its type; else the span as it is. */
static struct span typed_slot(struct cursor *cursor, const struct path *path, struct span span)
{
    struct value value = nested_typed(value_from_span(cursor->walk->record, &cursor->typed),
                                      (const struct nested_type *)cursor->types.data, &cursor->typed);
    for (size_t i = 0; path && i < path->count; i++)
        value = nested_step(&value, &path->steps[i], &cursor->typed);
    bool nested = value.type == VALUE_ARRAY || value.type == VALUE_STRUCT;
    bool told = nested ? !value.of : value.as_written;
    if (value.type == VALUE_NULL || (told && span.type != SPAN_ABSENT)) /* absent to the text: a map's, by a number */
        return span;
    return pack_span(&value, &cursor->typed);
}

/* The next element of a level, its slots filled. */
static bool advance(struct explode_state *state, size_t level)
{
    struct cursor *cursor = &state->cursors[level];
    bool null_row = cursor->only_null;
    if (cursor->empty && !null_row)
        return false;
    cursor->only_null = false;
    if (!null_row && walk_next(cursor->walk) != WALK_RECORD)
        return false;
    if (!null_row && cursor->walk->stranger.type != SPAN_ABSENT)
        state->reader.stranger = cursor->walk->stranger;
    const struct explode *explode = state->explode;
    const struct path_set *level_paths = &explode->levels[level].paths;
    arena_reset(&cursor->typed);
    for (size_t i = 0; i < explode->source_count; i++) {
        const struct origin *source = &explode->sources[i];
        if (source->scope != level + 1)
            continue;
        if (null_row) {
            state->reader.slots[i] = (struct span){0};
        } else if (source->position) {
            int len = snprintf(cursor->position_text, POSITION_DIGITS, "%llu", (unsigned long long)cursor->position);
            state->reader.slots[i] =
                (struct span){.text = cursor->position_text, .len = (size_t)len, .type = SPAN_NUMBER};
        } else {
            struct span span = source->whole ? cursor->walk->record : cursor->walk->slots[source->local];
            if (cursor->types.len > 0)
                span = typed_slot(cursor, source->whole ? NULL : level_paths->paths[source->local], span);
            state->reader.slots[i] = span;
        }
    }
    cursor->position++;
    return true;
}

void explode_start(struct explode_reader *reader, const struct span *record_slots, bool spaced)
{
    struct explode_state *state = (struct explode_state *)reader;
    const struct explode *explode = state->explode;
    for (size_t i = 0; i < explode->source_count; i++)
        if (explode->sources[i].scope == SCOPE_RECORD)
            reader->slots[i] = record_slots[explode->sources[i].local];
    reader->spaced = spaced;
    reader->error = NULL;
    reader->stranger = (struct span){0};
    state->at = 0;
    state->started = false;
}

bool explode_can_fail(const struct explode_reader *reader)
{
    const struct explode_state *state = (const struct explode_state *)reader;
    const struct explode *explode = state->explode;
    for (size_t i = 0; i < explode->count; i++) {
        const struct level *level = &explode->levels[i];
        if (level->computed || level->watch_count > 0 || explode->sources[level->slot].scope != SCOPE_RECORD)
            return true;
        unsigned char type = reader->slots[level->slot].type;
        if (type != SPAN_ARRAY && type != SPAN_OBJECT && type != SPAN_NULL && type != SPAN_ABSENT)
            return true;
    }
    return false;
}

bool explode_next(struct explode_reader *reader)
{
    struct explode_state *state = (struct explode_state *)reader;
    size_t last = state->explode->count - 1;
    if (!state->started) {
        state->started = true;
        if (!enter(state, 0))
            return false;
    }
    for (;;) {
        if (advance(state, state->at)) {
            if (state->at == last)
                return true;
            if (!enter(state, ++state->at))
                return false;
        } else if (state->at == 0) {
            return false;
        } else {
            state->at--;
        }
    }
}
