/* The evaluator: goes over a value's token tree and hands each result on as the span it came with. Results
 * that are not in the input (slices, lengths, keys) are written compactly into the machine's memory. */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "json.h"

/* A value on its way through the filter: a node of a tree, a run of an array's elements, or a text of our own. */
struct item {
    const struct json_tree *tree; /* NULL: a text of our own */
    uint32_t node;                /* in tree; a run: its first element (0 if empty) */
    uint32_t count;               /* a run: how many elements */
    bool run;
    struct span span;             /* not for a run */
};

/* What is still to be done with each result of a pipeline. */
struct rest {
    const struct filter_stage *stage;
    const struct rest *outer;
    bool leaves_try; /* errors from here on are not the inner try's business */
};

struct machine_tree { /* a tree over a text of our own */
    struct json_tree tree;
    struct machine_tree *next;
};

/* An object's member: its key decoded, and where it stands. */
struct member {
    const char *key;
    size_t len;
    uint32_t name, value;
};

struct filter_machine {
    struct json_tree tree;
    struct machine_tree *trees, *free_trees;
    struct arena arena;      /* alive until the run ends */
    struct buffer scratch;   /* a run's text */
    struct buffer keys;      /* a list of keys in the making */
    struct buffer message;
    bool spaced;
    filter_emit emit;
    void *context;
    unsigned try_depth;
    bool stopped;
    const char *where;       /* an error, not NULL: the value it is about */
    unsigned error_depth;    /* try_depth when it happened */
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

static unsigned char item_type(const struct item *item)
{
    return item->run ? SPAN_ARRAY : item->span.type;
}

static uint32_t array_size(const struct item *item)
{
    return item->run ? item->count : item->tree->nodes[item->node].size;
}

static struct item node_item(const struct json_tree *tree, uint32_t node)
{
    return (struct item){.tree = tree, .node = node, .span = tree->nodes[node].span};
}

static struct item text_item(const char *text, size_t len, unsigned char type)
{
    return (struct item){.span = {.text = text, .len = len, .type = type}};
}

static struct item null_item(void)
{
    return (struct item){.span = null_span};
}

/* A text of our own that is a container gets its tree when it is first entered. */
static void enter(struct filter_machine *machine, struct item *item)
{
    if (item->tree || item->run || item->span.type != SPAN_ARRAY)
        return;
    struct machine_tree *own = machine->free_trees;
    if (own)
        machine->free_trees = own->next;
    else
        own = mem_zero(1, sizeof *own);
    own->next = machine->trees;
    machine->trees = own;
    size_t at;
    const char *message;
    json_tree_build(&own->tree, item->span.text, item->span.len, &at, &message);
    *item = node_item(&own->tree, 0);
}

/* The text of a value; a run's lives until the next call. */
static struct span item_text(struct filter_machine *machine, const struct item *item)
{
    if (!item->run)
        return item->span;
    struct buffer *scratch = &machine->scratch;
    scratch->len = 0;
    buffer_add_char(scratch, '[');
    uint32_t node = item->node;
    for (uint32_t i = 0; i < item->count; i++, node = item->tree->nodes[node].next) {
        struct span element = item->tree->nodes[node].span;
        if (i > 0)
            buffer_add_char(scratch, ',');
        if (machine->spaced)
            json_compact(element.text, element.len, scratch);
        else
            buffer_add(scratch, element.text, element.len);
    }
    buffer_add_char(scratch, ']');
    return (struct span){.text = scratch->data, .len = scratch->len, .type = SPAN_ARRAY};
}

/* Where an error about the item is: itself if it stands in the input, else the whole value. */
static bool raise_error(struct filter_machine *machine, const struct item *item)
{
    buffer_add_char(&machine->message, '\0');
    const char *root = machine->tree.nodes[0].span.text;
    if (item->tree == &machine->tree)
        machine->where = item->run && item->count == 0 ? root : item->tree->nodes[item->node].span.text;
    else
        machine->where = root;
    machine->error_depth = machine->try_depth;
    return false;
}

/* A step met a type it cannot enter: an error, or nothing at all if the step is optional. */
static bool refuse(struct filter_machine *machine, const struct filter_stage *stage, const struct item *item)
{
    if (stage->optional)
        return true;
    const char *type = type_name(item_type(item));
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
        bool spaced = machine->spaced && item.tree == &machine->tree && !item.run;
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
    return a->name < b->name ? -1 : a->name > b->name;
}

static int compare_places(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    return a->name < b->name ? -1 : a->name > b->name;
}

/* An object's members; of a repeated key the first place and the last value, as in jq. Sorted by key
 * (UTF-8 order is code point order), or in their own order. The list lives in the arena. */
static struct member *object_members(struct filter_machine *machine, const struct item *item, bool sorted, uint32_t *count)
{
    uint32_t size = item->tree->nodes[item->node].size, used = 0;
    struct member *members = arena_alloc(&machine->arena, (size + 1) * sizeof *members);
    for (uint32_t name = size ? item->node + 1 : 0; name; name = item->tree->nodes[name].next) {
        struct span span = item->tree->nodes[name].span;
        struct member member = {span.text + 1, span.len - 2, name, name + 1};
        if (span.escaped) {
            struct buffer *scratch = &machine->scratch;
            scratch->len = 0;
            json_decode(span, scratch);
            member.key = arena_copy(&machine->arena, scratch->data, scratch->len);
            member.len = scratch->len;
        }
        members[used++] = member;
    }
    qsort(members, size, sizeof *members, compare_members);
    *count = 0;
    for (uint32_t i = 0; i < size; i++) {
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
    return text_item(arena_copy(&machine->arena, digits + at, len), len, SPAN_NUMBER);
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
    struct item item = text_item(text, len + 2, SPAN_STRING);
    item.span.escaped = string.escaped && memchr(start, '\\', len) != NULL;
    return item;
}

/* The element `skip` places behind the array's first. */
static uint32_t array_element(const struct item *item, uint64_t skip)
{
    uint32_t node = item->run ? item->node : item->node + 1;
    for (; skip > 0; skip--)
        node = item->tree->nodes[node].next;
    return node;
}

static struct item slice_array(const struct filter_stage *stage, const struct item *item)
{
    uint64_t from, to;
    slice_bounds(stage, array_size(item), &from, &to);
    struct item slice = {.tree = item->tree, .run = true, .count = (uint32_t)(to - from)};
    if (slice.count > 0)
        slice.node = array_element(item, from);
    return slice;
}

static struct item index_array(const struct filter_stage *stage, const struct item *item)
{
    int64_t size = array_size(item), index = stage->from < 0 ? stage->from + size : stage->from;
    if (index < 0 || index >= size)
        return null_item();
    return node_item(item->tree, array_element(item, (uint64_t)index));
}

/* A KEY, INDEX or SLICE step: at most one result, into *item. False: the item's type was refused. */
static bool step_into(struct filter_machine *machine, const struct filter_stage *stage, struct item *item)
{
    unsigned char type = item_type(item);
    if (type == SPAN_NULL) {
        *item = null_item();
        return true;
    }
    if (stage->kind == FILTER_KEY) {
        if (type != SPAN_OBJECT)
            return false;
        uint32_t value = json_tree_member(item->tree, item->node, stage->key, stage->key_len);
        *item = value ? node_item(item->tree, value) : null_item();
        return true;
    }
    if (type == SPAN_ARRAY) {
        enter(machine, item);
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
static struct item length_of(struct filter_machine *machine, struct item *item)
{
    uint32_t count = 0;
    switch (item_type(item)) {
    case SPAN_ARRAY:
        enter(machine, item);
        return number_item(machine, array_size(item));
    case SPAN_OBJECT:
        object_members(machine, item, false, &count);
        return number_item(machine, count);
    case SPAN_STRING:
        return number_item(machine, string_length(item->span));
    case SPAN_NUMBER:
        if (item->span.text && *item->span.text == '-')
            return text_item(item->span.text + 1, item->span.len - 1, SPAN_NUMBER);
        return *item;
    default:
        return number_item(machine, 0);
    }
}

static struct item keys_of(struct filter_machine *machine, struct item *item, bool sorted)
{
    struct buffer *text = &machine->keys;
    text->len = 0;
    buffer_add_char(text, '[');
    if (item_type(item) == SPAN_ARRAY) {
        enter(machine, item);
        for (uint32_t i = 0; i < array_size(item); i++)
            buffer_add_format(text, i ? ",%u" : "%u", i);
    } else {
        uint32_t count;
        const struct member *members = object_members(machine, item, sorted, &count);
        for (uint32_t i = 0; i < count; i++) {
            struct span name = item->tree->nodes[members[i].name].span;
            if (i > 0)
                buffer_add_char(text, ',');
            buffer_add(text, name.text, name.len);
        }
    }
    buffer_add_char(text, ']');
    return text_item(arena_copy(&machine->arena, text->data, text->len), text->len, SPAN_ARRAY);
}

static bool run_each(struct filter_machine *machine, const struct filter_stage *stage, struct item item,
                     const struct rest *rest)
{
    if (item_type(&item) == SPAN_ARRAY) {
        enter(machine, &item);
        uint32_t size = array_size(&item), node = size ? array_element(&item, 0) : 0;
        for (uint32_t i = 0; i < size; i++, node = item.tree->nodes[node].next)
            if (!run_stages(machine, stage->next, node_item(item.tree, node), rest))
                return false;
        return true;
    }
    if (item_type(&item) != SPAN_OBJECT)
        return refuse(machine, stage, &item);
    uint32_t count;
    const struct member *members = object_members(machine, &item, false, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!run_stages(machine, stage->next, node_item(item.tree, members[i].value), rest))
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
    return (struct item){.span = names[item_type(item)]};
}

/* Runs the item through the stages and then through the rest. False: an error, or the emitter stopped. */
static bool run_stages(struct filter_machine *machine, const struct filter_stage *stage, struct item item,
                       const struct rest *rest)
{
    for (; stage; stage = stage->next) {
        unsigned char type = item_type(&item);
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

static void free_trees(struct machine_tree *tree)
{
    while (tree) {
        struct machine_tree *next = tree->next;
        json_tree_free(&tree->tree);
        free(tree);
        tree = next;
    }
}

void filter_machine_free(struct filter_machine *machine)
{
    json_tree_free(&machine->tree);
    free_trees(machine->trees);
    free_trees(machine->free_trees);
    arena_free(&machine->arena);
    buffer_free(&machine->scratch);
    buffer_free(&machine->keys);
    buffer_free(&machine->message);
    free(machine);
}

static void start_run(struct filter_machine *machine)
{
    arena_reset(&machine->arena);
    machine->try_depth = 0;
    machine->stopped = false;
    machine->where = NULL;
    while (machine->trees) {
        struct machine_tree *tree = machine->trees;
        machine->trees = tree->next;
        tree->next = machine->free_trees;
        machine->free_trees = tree;
    }
}

enum filter_outcome filter_run(struct filter_machine *machine, const struct filter_stage *stages, struct span value,
                               bool spaced, filter_emit emit, void *context, const char **message, const char **where)
{
    if (!stages) /* the value itself: no tree is needed */
        return emit(context, value, spaced) ? FILTER_DONE : FILTER_STOPPED;
    start_run(machine);
    size_t at = 0;
    if (!json_tree_build(&machine->tree, value.text, value.len, &at, message)) {
        *where = value.text + at; /* too large for a tree */
        return FILTER_ERROR;
    }
    machine->spaced = spaced;
    machine->emit = emit;
    machine->context = context;
    if (run_stages(machine, stages, node_item(&machine->tree, 0), NULL))
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
