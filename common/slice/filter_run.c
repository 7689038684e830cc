/* The evaluator: walks through a value's text and hands each result on as the span it came with. What a step
 * does not enter is skipped many bytes at a time (json_cursor); so no tree is built, and a step costs little more than
 * reading its value once. Results that are not in the input (lengths, keys, pieces of strings) are
 * written compactly into the machine's memory. */
#include <stdlib.h>
#include <string.h>

#include "json/cursor.h"
#include "json/json.h"
#include "slice/filter.h"

/* A value on its way through the filter. */
struct item {
    struct span span;
    bool bare; /* ARRAY: a slice; span is its elements and the commas between them, without brackets */
    bool own;  /* the text is the machine's: no white space in it */
};

/* What is still to be done with each result of a pipeline. */
struct rest {
    const struct filter_stage *stage;
    const struct rest *outer;
    bool leaves_try; /* errors from here on are not the inner try's business */
};

/* An object's member: its key decoded, and where it stands. */
struct member {
    const char *key;
    size_t len;
    size_t place; /* among the members */
    struct span name, value;
};

struct filter_machine {
    struct arena arena;    /* alive until the run ends */
    struct buffer scratch; /* a slice's text, a decoded key */
    struct buffer keys;    /* a list of keys in the making */
    struct buffer message;
    struct span root;      /* the value that is gone over */
    bool spaced;
    filter_emit emit;
    void *context;
    unsigned try_depth;
    bool stopped;
    const char *where;     /* an error, not NULL: the value it is about */
    unsigned error_depth;  /* try_depth when it happened */
};

static const struct span null_span = {.text = "null", .len = 4, .type = SPAN_NULL};

static bool run_stages(struct filter_machine *machine, const struct filter_stage *stage, struct item item,
                       const struct rest *rest);

static const char *type_name(unsigned char type)
{
    static const char *const names[] = {
        [SPAN_ABSENT] = "null",   [SPAN_NULL] = "null",     [SPAN_FALSE] = "boolean", [SPAN_TRUE] = "boolean",
        [SPAN_NUMBER] = "number", [SPAN_STRING] = "string", [SPAN_ARRAY] = "array",   [SPAN_OBJECT] = "object"};
    return names[type];
}

static struct item own_item(const char *text, size_t len, unsigned char type)
{
    return (struct item){.span = {.text = text, .len = len, .type = type}, .own = true};
}

static struct item null_item(void)
{
    return (struct item){.span = null_span, .own = true};
}

static struct json_cursor inside(const struct item *item)
{
    return item->bare ? json_cursor_over(item->span.text, item->span.len) : json_cursor_into(item->span);
}

static uint64_t array_size(const struct item *item)
{
    return json_cursor_count(inside(item));
}

/* The text of a value; a slice's lives until the next call. */
static struct span item_text(struct filter_machine *machine, const struct item *item)
{
    if (!item->bare)
        return item->span;
    struct buffer *scratch = &machine->scratch;
    scratch->len = 0;
    buffer_add_char(scratch, '[');
    if (machine->spaced && !item->own)
        json_compact(item->span.text, item->span.len, scratch);
    else
        buffer_add(scratch, item->span.text, item->span.len);
    buffer_add_char(scratch, ']');
    return (struct span){.text = scratch->data, .len = scratch->len, .type = SPAN_ARRAY};
}

/* Where an error about the item is: itself if it stands in the input, else the whole value. */
static bool raise_error(struct filter_machine *machine, const struct item *item)
{
    buffer_add_char(&machine->message, '\0');
    machine->where = item->own || item->span.len == 0 ? machine->root.text : item->span.text;
    machine->error_depth = machine->try_depth;
    return false;
}

/* A step met a type it cannot enter: an error, or nothing at all if the step is optional. */
static bool refuse(struct filter_machine *machine, const struct filter_stage *stage, const struct item *item)
{
    if (stage->optional)
        return true;
    const char *type = type_name(item->span.type);
    struct buffer *message = &machine->message;
    message->len = 0;
    switch (stage->kind) {
    case FILTER_KEY:
        buffer_add_format(message, "cannot index %s with ", type);
        json_encode(stage->key, stage->key_len, message);
        break;
    case FILTER_INDEX:
        buffer_add_format(message, "cannot index %s with number", type);
        break;
    case FILTER_SLICE:
        buffer_add_format(message, "cannot index %s with a slice", type);
        break;
    case FILTER_EACH:
        buffer_add_format(message, "cannot iterate over %s", type);
        break;
    case FILTER_LENGTH:
        buffer_add_format(message, "%s has no length", type);
        break;
    default:
        buffer_add_format(message, "%s has no keys", type);
        break;
    }
    return raise_error(machine, item);
}

/* One result has come through all stages of a pipeline. */
static bool hand_on(struct filter_machine *machine, struct item item, const struct rest *rest)
{
    if (!rest) {
        struct span text = item_text(machine, &item);
        bool spaced = machine->spaced && !item.own && !item.bare;
        machine->stopped = !machine->emit(machine->context, text, spaced);
        return !machine->stopped;
    }
    machine->try_depth -= rest->leaves_try;
    bool good = run_stages(machine, rest->stage, item, rest->outer);
    machine->try_depth += rest->leaves_try;
    return good;
}

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->key, b->key, len);
    if (order != 0)
        return order;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int compare_places(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    return a->place < b->place ? -1 : a->place > b->place;
}

static struct member read_member(struct filter_machine *machine, struct span name, struct span value, size_t place)
{
    struct member member = {name.text + 1, name.len - 2, place, name, value};
    if (name.escaped) {
        struct buffer *scratch = &machine->scratch;
        scratch->len = 0;
        json_decode(name, scratch);
        member.key = arena_copy(&machine->arena, scratch->data, scratch->len);
        member.len = scratch->len;
    }
    return member;
}

static struct member *read_members(struct filter_machine *machine, const struct item *item, size_t *count)
{
    size_t cap = 16;
    struct member *members = arena_alloc(&machine->arena, cap * sizeof *members);
    struct json_cursor cursor = inside(item);
    struct span name, value;
    for (*count = 0; json_cursor_member(&cursor, &name, &value); ++*count) {
        if (*count == cap) {
            struct member *more = arena_alloc(&machine->arena, 2 * cap * sizeof *members);
            memcpy(more, members, cap * sizeof *members);
            members = more;
            cap *= 2;
        }
        members[*count] = read_member(machine, name, value, *count);
    }
    return members;
}

/* An object's members; of a repeated key the first place and the last value, as in jq. Sorted by key
 * (UTF-8 order is code point order), or in their own order. The list lives in the arena. */
static struct member *object_members(struct filter_machine *machine, const struct item *item, bool sorted,
                                     size_t *count)
{
    size_t size;
    struct member *members = read_members(machine, item, &size);
    qsort(members, size, sizeof *members, compare_members);
    *count = 0;
    for (size_t i = 0; i < size; i++) {
        struct member *last = *count > 0 ? &members[*count - 1] : NULL;
        if (last && last->len == members[i].len && memcmp(last->key, members[i].key, last->len) == 0)
            last->value = members[i].value;
        else
            members[(*count)++] = members[i];
    }
    if (!sorted)
        qsort(members, *count, sizeof *members, compare_places);
    return members;
}

static struct item number_item(struct filter_machine *machine, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    size_t len = sizeof digits - at;
    return own_item(arena_copy(&machine->arena, digits + at, len), len, SPAN_NUMBER);
}

/* The written length of the first character at `at` in a string: an escape, a pair of surrogate escapes, or a
 * UTF-8 sequence. */
static size_t character_length(const char *at, const char *end)
{
    unsigned char c = (unsigned char)*at;
    if (c == '\\') {
        if (at[1] != 'u')
            return 2;
        bool high = (at[2] == 'd' || at[2] == 'D') && strchr("89abAB", at[3]);
        bool low = high && end - at >= 12 && at[6] == '\\' && at[7] == 'u' && (at[8] == 'd' || at[8] == 'D') &&
                   strchr("cdefCDEF", at[9]);
        return low ? 12 : 6;
    }
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

static uint64_t string_length(struct span string)
{
    const char *at = string.text + 1, *end = string.text + string.len - 1;
    uint64_t count = 0;
    for (; at < end; at += character_length(at, end))
        count++;
    return count;
}

/* Bounds of a slice of `size` things, as jq clamps them. */
static void slice_bounds(const struct filter_stage *stage, uint64_t size, uint64_t *from, uint64_t *to)
{
    int64_t len = (int64_t)size, first = stage->has_from ? stage->from : 0, last = stage->has_to ? stage->to : len;
    first = first < 0 ? first + len : first;
    last = last < 0 ? last + len : last;
    first = first < 0 ? 0 : first > len ? len : first;
    last = last > len ? len : last < first ? first : last;
    *from = (uint64_t)first;
    *to = (uint64_t)last;
}

static struct item slice_string(struct filter_machine *machine, const struct filter_stage *stage, struct span string)
{
    uint64_t from, to, i = 0;
    slice_bounds(stage, string_length(string), &from, &to);
    const char *at = string.text + 1, *end = string.text + string.len - 1;
    for (; i < from; i++)
        at += character_length(at, end);
    const char *start = at;
    for (; i < to; i++)
        at += character_length(at, end);
    size_t len = (size_t)(at - start);
    char *text = arena_alloc(&machine->arena, len + 2);
    text[0] = text[len + 1] = '"';
    memcpy(text + 1, start, len);
    struct item item = own_item(text, len + 2, SPAN_STRING);
    item.span.escaped = string.escaped && memchr(start, '\\', len) != NULL;
    return item;
}

static struct item slice_array(const struct filter_stage *stage, const struct item *item)
{
    uint64_t from, to;
    slice_bounds(stage, array_size(item), &from, &to);
    struct json_cursor cursor = inside(item);
    struct item slice = {.span = {.text = cursor.at, .type = SPAN_ARRAY}, .bare = true, .own = item->own};
    if (from == to)
        return slice;
    json_cursor_skip(&cursor, from);
    json_cursor_more(&cursor);
    slice.span.text = cursor.at;
    json_cursor_skip(&cursor, to - from - 1);
    json_cursor_more(&cursor);
    struct span last = json_cursor_take(&cursor);
    slice.span.len = (size_t)(last.text + last.len - slice.span.text);
    return slice;
}

static struct item index_array(const struct filter_stage *stage, const struct item *item)
{
    int64_t size = (int64_t)array_size(item), index = stage->from < 0 ? stage->from + size : stage->from;
    if (index < 0 || index >= size)
        return null_item();
    struct json_cursor cursor = inside(item);
    struct item element = {.own = item->own};
    json_cursor_skip(&cursor, (uint64_t)index);
    json_cursor_next(&cursor, &element.span);
    return element;
}

/* The object's member of that name, the last one. */
static struct item find_member(const struct filter_stage *stage, const struct item *item)
{
    struct span value = json_cursor_find(inside(item), stage->key, stage->key_len, NULL);
    return value.type == SPAN_ABSENT ? null_item() : (struct item){.span = value, .own = item->own};
}

/* A KEY, INDEX or SLICE step: at most one result, into *item. False: the item's type was refused. */
static bool step_into(struct filter_machine *machine, const struct filter_stage *stage, struct item *item)
{
    unsigned char type = item->span.type;
    if (type == SPAN_NULL) {
        *item = null_item();
        return true;
    }
    if (stage->kind == FILTER_KEY) {
        if (type != SPAN_OBJECT)
            return false;
        *item = find_member(stage, item);
        return true;
    }
    if (type == SPAN_ARRAY) {
        *item = stage->kind == FILTER_INDEX ? index_array(stage, item) : slice_array(stage, item);
        return true;
    }
    if (stage->kind == FILTER_SLICE && type == SPAN_STRING) {
        *item = slice_string(machine, stage, item->span);
        return true;
    }
    return false;
}

/* The length of anything but a boolean. A number's is its absolute value, as written. */
static struct item length_of(struct filter_machine *machine, const struct item *item)
{
    size_t count = 0;
    switch (item->span.type) {
    case SPAN_ARRAY:
        return number_item(machine, array_size(item));
    case SPAN_OBJECT:
        object_members(machine, item, false, &count);
        return number_item(machine, count);
    case SPAN_STRING:
        return number_item(machine, string_length(item->span));
    case SPAN_NUMBER:
        if (item->span.text && *item->span.text == '-')
            return own_item(item->span.text + 1, item->span.len - 1, SPAN_NUMBER);
        return *item;
    default:
        return number_item(machine, 0);
    }
}

static struct item keys_of(struct filter_machine *machine, const struct item *item, bool sorted)
{
    struct buffer *text = &machine->keys;
    text->len = 0;
    buffer_add_char(text, '[');
    if (item->span.type == SPAN_ARRAY) {
        uint64_t size = array_size(item);
        for (uint64_t i = 0; i < size; i++)
            buffer_add_format(text, i ? ",%llu" : "%llu", (unsigned long long)i);
    } else {
        size_t count;
        const struct member *members = object_members(machine, item, sorted, &count);
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                buffer_add_char(text, ',');
            buffer_add(text, members[i].name.text, members[i].name.len);
        }
    }
    buffer_add_char(text, ']');
    return own_item(arena_copy(&machine->arena, text->data, text->len), text->len, SPAN_ARRAY);
}

static bool run_each(struct filter_machine *machine, const struct filter_stage *stage, struct item item,
                     const struct rest *rest)
{
    if (item.span.type == SPAN_ARRAY) {
        struct json_cursor cursor = inside(&item);
        struct item element = {.own = item.own};
        while (json_cursor_next(&cursor, &element.span))
            if (!run_stages(machine, stage->next, element, rest))
                return false;
        return true;
    }
    if (item.span.type != SPAN_OBJECT)
        return refuse(machine, stage, &item);
    size_t count;
    const struct member *members = object_members(machine, &item, false, &count);
    for (size_t i = 0; i < count; i++)
        if (!run_stages(machine, stage->next, (struct item){.span = members[i].value, .own = item.own}, rest))
            return false;
    return true;
}

static bool run_try(struct filter_machine *machine, const struct filter_stage *stage, struct item item,
                    const struct rest *rest)
{
    struct rest behind = {stage->next, rest, true};
    unsigned depth = ++machine->try_depth;
    bool good = run_stages(machine, stage->left, item, &behind);
    machine->try_depth--;
    if (!good && !machine->stopped && machine->error_depth >= depth) {
        machine->where = NULL;
        return true;
    }
    return good;
}

static struct item type_item(const struct item *item)
{
    static const struct span names[] = {
        [SPAN_NULL] = {"\"null\"", 6, SPAN_STRING, false},     [SPAN_FALSE] = {"\"boolean\"", 9, SPAN_STRING, false},
        [SPAN_TRUE] = {"\"boolean\"", 9, SPAN_STRING, false},  [SPAN_NUMBER] = {"\"number\"", 8, SPAN_STRING, false},
        [SPAN_STRING] = {"\"string\"", 8, SPAN_STRING, false}, [SPAN_ARRAY] = {"\"array\"", 7, SPAN_STRING, false},
        [SPAN_OBJECT] = {"\"object\"", 8, SPAN_STRING, false},
    };
    return (struct item){.span = names[item->span.type], .own = true};
}

/* Runs the item through the stages and then through the rest. False: an error, or the emitter stopped. */
static bool run_stages(struct filter_machine *machine, const struct filter_stage *stage, struct item item,
                       const struct rest *rest)
{
    for (; stage; stage = stage->next) {
        unsigned char type = item.span.type;
        switch (stage->kind) {
        case FILTER_KEY:
        case FILTER_INDEX:
        case FILTER_SLICE:
            if (!step_into(machine, stage, &item))
                return refuse(machine, stage, &item);
            break;
        case FILTER_LENGTH:
            if (type == SPAN_TRUE || type == SPAN_FALSE)
                return refuse(machine, stage, &item);
            item = length_of(machine, &item);
            break;
        case FILTER_KEYS:
        case FILTER_KEYS_UNSORTED:
            if (type != SPAN_OBJECT && type != SPAN_ARRAY)
                return refuse(machine, stage, &item);
            item = keys_of(machine, &item, stage->kind == FILTER_KEYS);
            break;
        case FILTER_TYPE:
            item = type_item(&item);
            break;
        case FILTER_EACH:
            return run_each(machine, stage, item, rest);
        case FILTER_TRY:
            return run_try(machine, stage, item, rest);
        case FILTER_COMMA: {
            struct rest behind = {stage->next, rest, false};
            return run_stages(machine, stage->left, item, &behind) && run_stages(machine, stage->right, item, &behind);
        }
        }
    }
    return hand_on(machine, item, rest);
}

struct filter_machine *filter_machine_new(void)
{
    return mem_zero(1, sizeof(struct filter_machine));
}

void filter_machine_free(struct filter_machine *machine)
{
    arena_free(&machine->arena);
    buffer_free(&machine->scratch);
    buffer_free(&machine->keys);
    buffer_free(&machine->message);
    free(machine);
}

enum filter_outcome filter_run(struct filter_machine *machine, const struct filter_stage *stages, struct span value,
                               bool spaced, filter_emit emit, void *context, const char **message, const char **where)
{
    if (!stages) /* the value itself */
        return emit(context, value, spaced) ? FILTER_DONE : FILTER_STOPPED;
    arena_reset(&machine->arena);
    machine->try_depth = 0;
    machine->stopped = false;
    machine->where = NULL;
    machine->root = json_value_trim(value.text, value.len);
    machine->spaced = spaced;
    machine->emit = emit;
    machine->context = context;
    if (run_stages(machine, stages, (struct item){.span = machine->root}, NULL))
        return FILTER_DONE;
    if (machine->stopped)
        return FILTER_STOPPED;
    *message = machine->message.data;
    *where = machine->where;
    return FILTER_ERROR;
}

const char *filter_key_error(struct filter_machine *machine, unsigned char type, const char *key, size_t len)
{
    struct buffer *message = &machine->message;
    message->len = 0;
    buffer_add_format(message, "cannot index %s with ", type_name(type));
    json_encode(key, len, message);
    buffer_add_char(message, '\0');
    return message->data;
}

struct span filter_sample(unsigned char type)
{
    static const struct span samples[] = {
        [SPAN_ABSENT] = {"null", 4, SPAN_NULL, false},    [SPAN_NULL] = {"null", 4, SPAN_NULL, false},
        [SPAN_FALSE] = {"false", 5, SPAN_FALSE, false},   [SPAN_TRUE] = {"true", 4, SPAN_TRUE, false},
        [SPAN_NUMBER] = {"0", 1, SPAN_NUMBER, false},     [SPAN_STRING] = {"\"\"", 2, SPAN_STRING, false},
        [SPAN_ARRAY] = {"[]", 2, SPAN_ARRAY, false},      [SPAN_OBJECT] = {"{}", 2, SPAN_OBJECT, false},
    };
    return samples[type];
}
