/* Programs whose result is the text of their input with some stretches taken out or replaced: `del` of constant paths,
 * assignments to them, `map` of such. In the last place of a program, where results are written and forgotten, they are
 * made by copying the stretches between; only what must change is looked into. Whatever is not plain here (a repeated
 * or escaped key where something changes, another type than the path has, an error) is left to the ordinary way. */
#include <stdlib.h>

#include "base/hash.h"
#include "jq/machine_inner.h"

enum edit_kind {
    EDIT_NEW,    /* nothing yet */
    EDIT_KEYS,   /* members by name */
    EDIT_EACH,   /* all items */
    EDIT_ITEMS,  /* all items of an array */
    EDIT_TEST,   /* where node is true of the value */
    EDIT_GONE,   /* the value is taken out */
    EDIT_CHANGE, /* the value becomes what node, an assignment, makes of it */
};

struct jq_edit {
    enum edit_kind kind;
    bool made;                  /* KEYS: a member that is not there is */
    bool of_null;               /* nothing comes of it where null is (not made KEYS, and GONE below them) */
    const struct jq_node *node; /* TEST, CHANGE */
    struct jq_bytes key;        /* of this one among the KEYS that it is in */
    size_t count;               /* of KEYS */
    struct jq_edit *below;      /* the first of KEYS, or the only one of what is inside */
    struct jq_edit *next;       /* of KEYS */
};

static struct jq_edit *below(struct jq_program *program, struct jq_edit *edit)
{
    if (!edit->below) {
        edit->below = arena_alloc(&program->arena, sizeof *edit);
        *edit->below = (struct jq_edit){0};
    }
    return edit->below;
}

/* The edit of one of the members; *edit is to be of KEYS, or nothing yet. NULL: it is something else. */
static struct jq_edit *member(struct jq_program *program, struct jq_edit *edit, struct jq_bytes key, bool made)
{
    if (edit->kind != EDIT_NEW && edit->kind != EDIT_KEYS)
        return NULL;
    edit->kind = EDIT_KEYS;
    edit->made = made;
    for (struct jq_edit *at = edit->below; at; at = at->next)
        if (at->key.len == key.len && memcmp(at->key.at, key.at, key.len) == 0)
            return at;
    struct jq_edit *fresh = arena_alloc(&program->arena, sizeof *fresh);
    *fresh = (struct jq_edit){.key = key, .next = edit->below};
    edit->below = fresh;
    edit->count++;
    return fresh;
}

/* The edit at the end of a path, which begins at *edit; NULL: the path is not of constant steps, or goes another way
 * than those before it. `made` is that of KEYS. */
static struct jq_edit *path_end(struct jq_program *program, struct jq_edit *edit, const struct jq_node *path, bool made)
{
    switch (edit ? path->kind : JQ_EMPTY) {
    case JQ_IDENTITY:
        return edit;
    case JQ_PIPE:
        return path_end(program, path_end(program, edit, path->a, made), path->b, made);
    case JQ_FIELD:
        edit = path->operation ? NULL : path_end(program, edit, path->a, made);
        return edit ? member(program, edit, path->key, made) : NULL;
    case JQ_EACH:
        edit = path->operation ? NULL : path_end(program, edit, path->a, made);
        if (!edit || (edit->kind != EDIT_NEW && edit->kind != EDIT_EACH))
            return NULL;
        edit->kind = EDIT_EACH;
        return below(program, edit);
    case JQ_IF:
        if (edit->kind != EDIT_NEW || path->a->count != JQ_ONE || !path->c || path->c->kind != JQ_EMPTY)
            return NULL;
        edit->kind = EDIT_TEST;
        edit->node = path->a;
        return path_end(program, below(program, edit), path->b, made);
    default:
        return NULL;
    }
}

/* What is at the path, or at each of several, is taken out. */
static bool take_out(struct jq_program *program, struct jq_edit *edit, const struct jq_node *path)
{
    if (path->kind == JQ_COMMA)
        return take_out(program, edit, path->a) && take_out(program, edit, path->b);
    struct jq_edit *end = path_end(program, edit, path, false);
    if (!end || end->kind != EDIT_NEW)
        return false;
    end->kind = EDIT_GONE;
    return true;
}

/* The right side of = and op= as it stands in the program; NULL: it is to be worked out. */
static const struct jq_value *literal_operand(const struct jq_node *node)
{
    bool literal = node->kind != JQ_UPDATE && node->b->kind == JQ_LITERAL && node->b->literal.type != JQ_NONE;
    return literal ? &node->b->literal : NULL;
}

static bool make_edit(struct jq_program *program, struct jq_edit *edit, const struct jq_node *node, bool whole);

/* The same of what is made of each place. What takes out all of its own input makes null of it, and no place vanishes:
 * that is left to the ordinary way. */
static bool make_inner(struct jq_program *program, struct jq_edit *edit, const struct jq_node *node)
{
    if (!make_edit(program, edit, node, false))
        return false;
    while (edit->kind == EDIT_TEST)
        edit = edit->below;
    return edit->kind != EDIT_GONE && (edit->kind != EDIT_CHANGE || edit->node->kind != JQ_UPDATE);
}

/* Makes an edit of a node; false: it is none. `whole`: it is all of it, not what is made of a place. */
static bool make_edit(struct jq_program *program, struct jq_edit *edit, const struct jq_node *node, bool whole)
{
    const struct jq_node *paths, *each;
    switch (node->kind) {
    case JQ_NATIVE: /* delpaths([path(…)]) */
        if (node->native->arity != 1 || strcmp(node->native->name, "delpaths") != 0)
            return false;
        paths = node->arguments[0].body;
        return paths->kind == JQ_COLLECT && paths->a && paths->a->kind == JQ_PATHS &&
               take_out(program, edit, paths->a->a);
    case JQ_COLLECT: /* [.[] | …] */
        each = node->a && node->a->kind == JQ_PIPE ? node->a->a : NULL;
        if (!each || each->kind != JQ_EACH || each->operation || each->a->kind != JQ_IDENTITY)
            return false;
        edit->kind = EDIT_ITEMS;
        return make_inner(program, below(program, edit), node->a->b);
    case JQ_ASSIGN:
    case JQ_UPDATE_WITH:
    case JQ_UPDATE:
        if (node->kind != JQ_UPDATE && (whole ? node->b->count != JQ_ONE : !literal_operand(node)))
            return false;
        edit = path_end(program, edit, node->a, true);
        if (!edit || edit->kind != EDIT_NEW)
            return false;
        if (node->kind == JQ_UPDATE && make_inner(program, edit, node->b))
            return true;
        *edit = (struct jq_edit){.kind = EDIT_CHANGE, .node = node, .key = edit->key, .next = edit->next};
        return true;
    default:
        return false;
    }
}

/* Sets of_null in all of it. */
static void find_of_null(struct jq_edit *edit)
{
    edit->of_null = edit->kind == EDIT_GONE || (edit->kind == EDIT_KEYS && !edit->made);
    for (struct jq_edit *at = edit->below; at; at = at->next) {
        find_of_null(at);
        edit->of_null &= at->of_null;
    }
}

/* Whether something of the program runs when the edit is made, which would run again if it cannot be. */
static bool runs(const struct jq_edit *edit)
{
    if (edit->kind == EDIT_TEST || (edit->kind == EDIT_CHANGE && edit->node->kind == JQ_UPDATE))
        return true;
    for (const struct jq_edit *at = edit->below; at; at = at->next)
        if (runs(at))
            return true;
    return false;
}

bool jq_edit_find(struct jq_program *program, struct jq_node *node)
{
    struct jq_edit *edit = arena_alloc(&program->arena, sizeof *edit);
    *edit = (struct jq_edit){0};
    if (!make_edit(program, edit, node, true) || edit->kind == EDIT_GONE || edit->kind == EDIT_CHANGE ||
        (runs(edit) && !jq_program_is_pure(program)))
        return false;
    find_of_null(edit);
    node->edit = edit;
    return true;
}

/* The names of one object, to see whether one is there twice. */
enum { NAMES_MAX = 1024, PLACES = 2 * NAMES_MAX };
struct names {
    uint64_t hashes[NAMES_MAX]; /* of the objects that are being gone through, the inner behind the outer ones */
    size_t count;
    struct {
        uint32_t stamp, hash;
    } places[PLACES];
    uint32_t stamp;
};

struct jq_editor {
    struct names names;
    struct buffer text;
};

struct editing {
    struct jq_machine *jq;
    struct jq_frame *env;
    const struct jq_value *operand;
    struct names *names;
    struct buffer *into;
};

enum edited { EDITED, TAKEN_OUT, GIVEN_UP };

static bool add_name(struct names *names, const struct jq_value *key)
{
    if (names->count == NAMES_MAX || key->form != JQ_TEXT)
        return false;
    names->hashes[names->count++] = hash_bytes(key->text + 1, key->len - 2);
    return true;
}

/* The names from `first` on are those of one object: true if each is there once (or, rarely, false all the same). They
 * are forgotten. */
static bool all_differ(struct names *names, size_t first)
{
    size_t mask = 7, count = names->count - first;
    bool differ = true;
    while (mask < 2 * count)
        mask = mask * 2 + 1;
    if (++names->stamp == 0) {
        memset(names->places, 0, sizeof names->places);
        names->stamp = 1;
    }
    for (size_t i = first; i < names->count; i++) {
        uint32_t hash = (uint32_t)(names->hashes[i] >> 32);
        size_t at = names->hashes[i] & mask;
        while (names->places[at].stamp == names->stamp) {
            differ &= names->places[at].hash != hash;
            at = (at + 1) & mask;
        }
        names->places[at].stamp = names->stamp;
        names->places[at].hash = hash;
    }
    names->count = first;
    return differ;
}

/* A container's text on the way into a new one: what is before `from` has been copied or left out. */
struct copying {
    const char *from;
    const char *last; /* the end of the last item that stays; NULL: none stayed yet */
    bool skips;       /* up to the next item: the first ones were left out */
};

/* The next item begins at `start`. */
static void begin_item(struct copying *copying, const char *start)
{
    if (copying->skips)
        copying->from = start;
    copying->skips = false;
}

static void copy_to(const struct editing *editing, struct copying *copying, const char *end)
{
    buffer_add(editing->into, copying->from, (size_t)(end - copying->from));
    copying->from = end;
}

static void leave_out(const struct editing *editing, struct copying *copying, const char *start, const char *end)
{
    const char *stays = copying->last ? copying->last : start;
    if (stays > copying->from)
        copy_to(editing, copying, stays);
    copying->from = end;
    copying->skips = !copying->last;
}

static enum edited edit_value(const struct editing *editing, const struct jq_edit *edit, struct jq_value value,
                              const char *text, size_t len);

/* An item, whose value stands in steps->from..to, goes through its edit; `start` is where it begins, with its key. */
static bool edit_item(const struct editing *editing, const struct jq_edit *edit, struct copying *copying,
                      const struct jq_steps *steps, const char *start, struct jq_value value)
{
    const char *end = steps->to;
    size_t before = editing->into->len;
    const struct copying was = *copying;
    copy_to(editing, copying, steps->from);
    switch (edit_value(editing, edit, value, steps->from, (size_t)(end - steps->from))) {
    case GIVEN_UP:
        return false;
    case TAKEN_OUT:
        editing->into->len = before;
        *copying = was;
        leave_out(editing, copying, start, end);
        return true;
    default:
        copying->from = copying->last = end;
        return true;
    }
}

static const struct jq_edit *find_edit(const struct jq_edit *edit, struct jq_value key)
{
    for (edit = edit->below; edit; edit = edit->next)
        if (edit->key.len == key.len - 2 && memcmp(edit->key.at, key.text + 1, edit->key.len) == 0)
            break;
    return edit;
}

/* The one member that an assignment asks for is not there: it comes behind the others. False: it is not plain. */
static bool make_member(const struct editing *editing, const struct jq_edit *edit, struct copying *copying,
                        const char *end)
{
    struct buffer *into = editing->into;
    if (!edit || edit->kind != EDIT_CHANGE)
        return false;
    leave_out(editing, copying, end, end);
    size_t before = into->len;
    if (copying->last)
        buffer_add_char(into, ',');
    buffer_add_char(into, '"');
    buffer_add(into, edit->key.at, edit->key.len);
    buffer_add(into, "\":", 2);
    enum edited made = edit_value(editing, edit, jq_null(), "", 0);
    if (made == TAKEN_OUT)
        into->len = before;
    return made != GIVEN_UP;
}

static enum edited edit_object(const struct editing *editing, const struct jq_edit *edit, struct jq_value object)
{
    struct jq_machine *jq = editing->jq;
    struct jq_steps steps = jq_steps(jq, &object);
    struct copying copying = {.from = object.text};
    struct jq_value key, value;
    size_t first = editing->names->count, found = 0;
    while (jq_text_next(jq, &steps, object.owner, &key)) {
        const char *start = steps.from;
        if (!add_name(editing->names, &key))
            return GIVEN_UP;
        begin_item(&copying, start);
        const struct jq_edit *with = edit->kind == EDIT_KEYS ? find_edit(edit, key) : edit->below;
        if (!with || with->kind == EDIT_GONE)
            jq_text_pass(jq, &steps);
        else if (!jq_text_next(jq, &steps, object.owner, &value) ||
                 !edit_item(editing, with, &copying, &steps, start, value))
            return GIVEN_UP;
        found += with != NULL;
        if (!with)
            copying.last = steps.to;
        else if (with->kind == EDIT_GONE)
            leave_out(editing, &copying, start, steps.to);
    }
    const char *end = object.text + object.len - 1;
    if (!all_differ(editing->names, first))
        return GIVEN_UP;
    if (found < edit->count && (edit->made ? !make_member(editing, edit->below, &copying, end) : !edit->of_null))
        return GIVEN_UP;
    if (copying.skips)
        copying.from = end;
    copy_to(editing, &copying, end + 1);
    return EDITED;
}

static enum edited edit_array(const struct editing *editing, const struct jq_edit *edit, struct jq_value array)
{
    struct jq_machine *jq = editing->jq;
    struct jq_steps steps = jq_steps(jq, &array);
    struct copying copying = {.from = array.text};
    struct jq_value value;
    while (jq_text_next(jq, &steps, array.owner, &value)) {
        begin_item(&copying, steps.from);
        if (jq_ends(jq) || !edit_item(editing, edit->below, &copying, &steps, steps.from, value))
            return GIVEN_UP;
    }
    const char *end = array.text + array.len - 1;
    if (copying.skips)
        copying.from = end;
    copy_to(editing, &copying, end + 1);
    return EDITED;
}

static enum edited edit_test(const struct editing *editing, const struct jq_edit *edit, struct jq_value value,
                             const char *text, size_t len)
{
    struct jq_machine *jq = editing->jq;
    struct jq_value truth;
    enum jq_got got = jq_eval(jq, edit->node, editing->env, jq_keep(jq, value), NULL, &truth);
    if (got == JQ_GOT_STOP)
        return GIVEN_UP;
    bool holds = got == JQ_GOT && jq_truth(truth);
    if (got == JQ_GOT)
        jq_drop(jq, truth);
    if (holds)
        return edit_value(editing, edit->below, value, text, len);
    buffer_add(editing->into, text, len);
    return EDITED;
}

/* The value, which stands in text (looked at), goes through the edit and behind editing->into. */
static enum edited edit_value(const struct editing *editing, const struct jq_edit *edit, struct jq_value value,
                              const char *text, size_t len)
{
    struct jq_machine *jq = editing->jq;
    const struct jq_value *operand;
    struct jq_value made;
    enum jq_got got;
    switch (edit->kind) {
    case EDIT_GONE:
        return TAKEN_OUT;
    case EDIT_TEST:
        return edit_test(editing, edit, value, text, len);
    case EDIT_CHANGE:
        operand = literal_operand(edit->node) ? literal_operand(edit->node) : editing->operand;
        got = jq_change(jq, edit->node, editing->env, operand, jq_keep(jq, value), &made);
        if (got != JQ_GOT)
            return got == JQ_GOT_NOTHING ? TAKEN_OUT : GIVEN_UP;
        jq_write_compact(jq, made, editing->into);
        jq_drop(jq, made);
        return jq->ending == JQ_GOES_ON && !jq_ends_with(jq, editing->into->len) ? EDITED : GIVEN_UP;
    default:
        if (jq_deep(jq))
            return GIVEN_UP;
        if (value.type == JQ_OBJECT && edit->kind != EDIT_ITEMS)
            return edit_object(editing, edit, value);
        if (value.type == JQ_ARRAY && edit->kind != EDIT_KEYS)
            return edit_array(editing, edit, value);
        if (value.type != JQ_NULL || !edit->of_null)
            return GIVEN_UP;
        buffer_add(editing->into, text, len); /* del: nothing is in null */
        return EDITED;
    }
}

void jq_editor_free(struct jq_machine *jq)
{
    if (jq->editor)
        buffer_free(&jq->editor->text);
    free(jq->editor);
}

/* Only values of this size at most are copied: of larger ones a second time would take too much memory. */
enum { EDIT_BYTES_MAX = 8 * 1024 * 1024 };

/* The edited text of `in` (looked at) as a value; JQ_NONE: there is no room for it. */
static struct jq_value text_value(struct jq_machine *jq, struct jq_value in, const struct buffer *text)
{
    const struct jq_heap *heap = jq_heap_of(jq);
    bool spaced = in.owner ? heap->owners[in.owner].spaced : heap->spaced;
    if (text->len >= UINT32_MAX)
        return jq_none();
    char *copy = mem_copy(text->data, text->len);
    unsigned owner = jq_owner_new(jq, copy, spaced);
    if (owner == 0) {
        free(copy);
        return jq_none();
    }
    struct jq_value value = jq_text_whole(jq, copy, text->len, owner);
    jq_owner_drop(jq, owner); /* the value has its own */
    return value;
}

/* Nothing has been made: the ordinary way comes upon the same error again. */
static enum jq_got give_up(struct jq_machine *jq, struct jq_value in)
{
    if (jq->ending == JQ_ENDS_ERROR || jq->ending == JQ_ENDS_BREAK) {
        jq_drop(jq, jq->error);
        jq->error = jq_none();
        jq->ending = JQ_GOES_ON;
    }
    if (jq->ending == JQ_GOES_ON)
        return JQ_GOT_NOTHING;
    jq_drop(jq, in);
    return JQ_GOT_STOP;
}

enum jq_got jq_edit_text(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                         const struct jq_value *operand, struct jq_value *out)
{
    if (in.form != JQ_TEXT || in.type < JQ_ARRAY || in.len > EDIT_BYTES_MAX)
        return JQ_GOT_NOTHING;
    if (!jq->editor)
        jq->editor = mem_zero(1, sizeof *jq->editor);
    struct jq_editor *editor = jq->editor;
    editor->text.len = editor->names.count = 0;
    const struct editing editing = {jq, env, operand, &editor->names, &editor->text};
    if (edit_value(&editing, node->edit, in, in.text, in.len) == EDITED)
        *out = text_value(jq, in, &editor->text);
    else
        *out = jq_none();
    if (out->type == JQ_NONE)
        return give_up(jq, in);
    jq_drop(jq, in);
    return JQ_GOT;
}
