#include "table/star.h"

#include <stdlib.h>

#include "json/cursor.h"
#include "value/pack.h"
#include "value/tsv.h"
#include "value/value.h"

/* One column while they are gathered: the steps from the prefix down. */
struct gather {
    struct arena *arena;
    struct path_step *steps; /* of the place we are at, prefix included */
    size_t depth, cap;
    struct buffer paths; /* struct path * */
};

/* A segment as path_parse would read it back, and as dotted names have it. */
static bool is_plain_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return len > 0;
}

static void add_segment(const char *name, size_t len, bool quote, struct buffer *into)
{
    if (quote)
        path_add_quoted(name, len, into);
    else
        buffer_add(into, name, len);
}

/* As a column's name only what holds a dot is quoted, as a path all that must be. */
char *star_dotted(struct arena *arena, const struct path_step *steps, size_t count, bool as_name)
{
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        const struct path_step *step = &steps[i];
        if (!step->key) {
            buffer_add_format(&text, "[%lld]", (long long)step->index);
            continue;
        }
        bool quote = as_name ? memchr(step->key, '.', step->key_len) != NULL : !is_plain_name(step->key, step->key_len);
        if (i > 0)
            buffer_add_char(&text, '.');
        add_segment(step->key, step->key_len, quote, &text);
    }
    buffer_reserve(&text, 1);
    char *copy = arena_copy(arena, text.data, text.len);
    buffer_free(&text);
    return copy;
}

static void gather_push(struct gather *gather, const struct schema_node *node)
{
    if (gather->depth == gather->cap) {
        gather->cap = gather->cap ? 2 * gather->cap : 16;
        gather->steps = mem_resize(gather->steps, gather->cap, sizeof *gather->steps);
    }
    gather->steps[gather->depth++] = (struct path_step){.key = node->name, .key_len = node->name_len};
}

static void gather_path(struct gather *gather)
{
    struct path *path = arena_alloc(gather->arena, sizeof *path);
    path->count = gather->depth;
    path->steps = arena_alloc(gather->arena, gather->depth * sizeof *path->steps);
    memcpy(path->steps, gather->steps, gather->depth * sizeof *path->steps);
    for (size_t i = 0; i < path->count; i++)
        if (path->steps[i].key)
            path->steps[i].key = arena_copy(gather->arena, path->steps[i].key, path->steps[i].key_len);
    path->text = star_dotted(gather->arena, path->steps, path->count, false);
    buffer_add(&gather->paths, &path, sizeof path);
}

static void gather_below(struct gather *gather, const struct schema_node *node, bool leaves)
{
    for (size_t i = 0; i < node->member_count; i++) {
        const struct schema_node *member = node->members[i];
        unsigned others = member->seen & ~(unsigned)(SEEN_NULL | SEEN_STRUCT);
        gather_push(gather, member);
        /* a place that also held something else is a column of its own: nothing is lost */
        if (!leaves || member->member_count == 0 || others)
            gather_path(gather);
        if (leaves && !others)
            gather_below(gather, member, leaves);
        gather->depth--;
    }
}

struct named {
    const struct path *path;
    const char *name;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return schema_name_compare(x->name, strlen(x->name), y->name, strlen(y->name));
}

static struct star_columns named_columns(struct arena *arena, struct named *columns, size_t count)
{
    struct star_columns result = {.count = count};
    result.paths = arena_alloc(arena, count * sizeof *result.paths);
    result.names = arena_alloc(arena, count * sizeof *result.names);
    for (size_t i = 0; i < count; i++) {
        result.paths[i] = columns[i].path;
        result.names[i] = columns[i].name;
    }
    return result;
}

struct star_columns star_columns(struct arena *arena, const struct schema_node *node, const struct path *prefix,
                                 bool leaves)
{
    struct gather gather = {.arena = arena};
    size_t above = prefix ? prefix->count : 0;
    gather.cap = above + 16;
    gather.steps = mem_resize(NULL, gather.cap, sizeof *gather.steps);
    if (above > 0)
        memcpy(gather.steps, prefix->steps, above * sizeof *gather.steps);
    gather.depth = above;
    if (node)
        gather_below(&gather, node, leaves);
    size_t count = gather.paths.len / sizeof(struct path *);
    struct named *columns = mem_zero(count, sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        memcpy(&columns[i].path, gather.paths.data + i * sizeof(struct path *), sizeof(struct path *));
        const struct path_step *steps = columns[i].path->steps + above;
        columns[i].name = leaves ? star_dotted(arena, steps, columns[i].path->count - above, true) : steps[0].key;
    }
    qsort(columns, count, sizeof *columns, compare_named);
    struct star_columns result = named_columns(arena, columns, count);
    free(columns);
    buffer_free(&gather.paths);
    free(gather.steps);
    return result;
}

struct star_columns star_header(struct arena *arena, const struct span *header, size_t count, const struct path *prefix)
{
    size_t prefix_len = prefix ? strlen(prefix->text) : 0;
    struct named *columns = mem_zero(count, sizeof *columns);
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        if (prefix && (header[i].len <= prefix_len || memcmp(header[i].text, prefix->text, prefix_len) != 0 ||
                       header[i].text[prefix_len] != '.'))
            continue;
        const struct path *path = path_of_key(arena, header[i].text, header[i].len);
        columns[taken++] = (struct named){path, path->text + (prefix ? prefix_len + 1 : 0)};
    }
    if (prefix)
        qsort(columns, taken, sizeof *columns, compare_named);
    struct star_columns result = named_columns(arena, columns, taken);
    free(columns);
    return result;
}

const struct schema_node *star_node(const struct schema_node *node, const struct path *path)
{
    for (size_t i = 0; node && path && i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        node = step->key ? schema_member(node, step->key, step->key_len) : node->element;
    }
    return node;
}

const char *star_stranger(struct arena *arena, struct span key)
{
    enum { SHOWN = 200 };
    struct buffer text = {0};
    buffer_add(&text, key.text, key.len < SHOWN ? key.len : SHOWN);
    buffer_add_text(&text, " does not fit the columns of *, which are those of the first records;"
                           " use --scan all (on files), or -T json, or name the columns");
    const char *reason = arena_copy(arena, text.data, text.len);
    buffer_free(&text);
    return reason;
}

/* A key as written, without its quotes, as a segment of a dotted name. */
static void add_key(struct span key, bool leaves, struct buffer *into)
{
    const char *name = key.text + 1;
    size_t len = key.len - 2;
    add_segment(name, len, leaves && memchr(name, '.', len), into);
}

/* What stands at writing->name, the dotted name so far. */
static void write_member(struct span value, const struct star_edit *edit, const struct star_writing *writing,
                         struct buffer *into)
{
    buffer_add_text(into, ",\"");
    buffer_add(into, writing->name->data, writing->name->len);
    buffer_add_text(into, "\":");
    if (edit && edit->replaced)
        value_write_json(&writing->values[edit->number], into);
    else
        star_edit_write(value, edit, writing->values, writing->spaced, into);
}

static void write_below(struct span object, const struct star_edit *edit, const struct star_writing *writing,
                        struct buffer *into)
{
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    struct buffer *name = writing->name;
    size_t above = name->len;
    while (json_cursor_member(&cursor, &key, &value)) {
        const struct star_edit *inner = star_edit_find(edit, key);
        if (inner && inner->gone)
            continue;
        name->len = above;
        if (above > 0)
            buffer_add_char(name, '.');
        add_key(key, writing->leaves, name);
        if (writing->leaves && value.type == SPAN_OBJECT && !json_empty(value) && !(inner && inner->replaced))
            write_below(value, inner, writing, into);
        else
            write_member(value, inner, writing, into);
    }
    name->len = above;
}

void star_write_members(struct span object, const struct star_writing *writing, struct buffer *into)
{
    writing->name->len = 0;
    object = pack_container(object);
    if (object.type == SPAN_OBJECT)
        write_below(object, writing->edits, writing, into);
}
