#include "over/over.h"

#include <stdlib.h>
#include <string.h>

#include "expr/node.h"
#include "table/sort.h"
#include "value/cast.h"
#include "value/pack.h"
#include "over/over_inner.h"

/* A thread's rows on their way into the sort. */
struct writer {
    struct over *window;
    struct sort *sort;
    struct over_best *best; /* or NULL */
    struct value *keys;
    struct buffer key, packed;
};

/* A row as bytes: where it came from, if there will be a sort that asks, its slots, then the results of the groups
 * before, by group and call. */
static void pack_slots(const struct over *window, const struct row *row, bool spaced, uint64_t place, uint64_t part,
                       struct buffer *into)
{
    into->len = 0;
    buffer_add_char(into, (char)spaced);
    if (window->group_count > 1) {
        pack_number(into, place);
        pack_number(into, part);
    }
    for (size_t i = 0; i < window->options->slot_count; i++) {
        struct span span = row->slots[i];
        buffer_add_char(into, (char)(span.type | (span.escaped ? 0x80 : 0)));
        if (span.type != SPAN_ABSENT)
            pack_bytes(into, span.text, span.len);
    }
}

static void unpack_slots(const struct over *window, size_t group, struct unpack *from, struct over_view *view)
{
    view->spaced = *unpack_raw(from, 1) != 0;
    if (window->group_count > 1) {
        view->place = unpack_number(from);
        view->part = unpack_number(from);
    }
    for (size_t i = 0; i < window->options->slot_count; i++) {
        unsigned char type = (unsigned char)*unpack_raw(from, 1);
        view->slots[i] = (struct span){.type = type & 0x7f, .escaped = type >> 7};
        if (view->slots[i].type != SPAN_ABSENT)
            view->slots[i].text = unpack_bytes(from, &view->slots[i].len);
    }
    for (size_t g = 0; g < group; g++)
        for (size_t i = 0; i < window->groups[g].call_count; i++)
            view->windows[window->groups[g].calls[i]] = unpack_value(from);
}

void over_view_start(struct over_view *view, const struct over *window)
{
    view->slots = mem_zero(window->options->slot_count + 1, sizeof *view->slots);
    view->windows = mem_zero(window->options->select->window_count + 1, sizeof *view->windows);
}

void over_view_free(struct over_view *view)
{
    over_reader_free(&view->reader);
    free(view->slots);
    free(view->windows);
}

void over_view_row(const struct over_partition *partition, struct over_view *view, size_t i)
{
    size_t len;
    const char *bytes = over_store_row(partition->store, &view->reader, partition->first + i, &len);
    struct unpack from = {.at = bytes, .end = bytes + len};
    unpack_slots(partition->window, partition->group, &from, view);
}

bool over_sort_keys(const struct over_group *group, struct row *row, struct buffer *key, struct value *keys)
{
    const struct window_spec *spec = group->spec;
    size_t count = 0;
    key->len = 0;
    for (size_t i = 0; i < spec->partition_count; i++) {
        struct value value = expr_eval(spec->partition[i], row);
        value_key(&value, key);
    }
    if (spec->partition_count > 0)
        keys[count++] = value_string(key->data, key->len);
    for (size_t i = 0; i < spec->order.count; i++)
        keys[count++] = expr_eval(spec->order.keys[i].expr, row);
    return !row->error;
}

struct sort *over_sort_start(const struct over *window, size_t group)
{
    struct sort_options options = {.order = window->groups[group].order.count > 0 ? &window->groups[group].order : NULL,
                                   .memory = window->options->memory, .compares = true,
                                   .threads = window->options->threads};
    return sort_new(&options);
}

static void *writer_new(void *context)
{
    struct writer *writer = mem_zero(1, sizeof *writer);
    writer->window = context;
    writer->sort = over_sort_start(writer->window, 0);
    writer->best = over_best_new(writer->window);
    writer->keys = mem_zero(writer->window->groups[0].order.count + 1, sizeof *writer->keys);
    return writer;
}

static bool take(void *context, struct row *row, bool spaced, uint64_t place, uint64_t part)
{
    struct writer *writer = context;
    const struct over_group *group = &writer->window->groups[0];
    if (!over_sort_keys(group, row, &writer->key, writer->keys))
        return false;
    const struct value *keys = writer->keys + (group->spec->partition_count > 0);
    if (writer->best && !over_best_wants(writer->best, &writer->key, keys, place, part))
        return true;
    pack_slots(writer->window, row, spaced, place, part, &writer->packed);
    sort_add(writer->sort, writer->keys, place, part, writer->packed.data, writer->packed.len);
    return true;
}

static void writer_free(void *context)
{
    struct writer *writer = context;
    sort_merge(writer->window->sort, writer->sort);
    over_best_free(writer->best);
    free(writer->keys);
    buffer_free(&writer->key);
    buffer_free(&writer->packed);
    free(writer);
}

/* Whether a window without an order may go with one that has one. */
static bool goes_with(const struct over *window, size_t call, const struct window_spec *group)
{
    const struct window_spec *spec = &window->options->select->windows[call].spec;
    struct window_spec same = *group;
    same.order = (struct order){0};
    return over_compute_unordered(window->computes[call]) && expr_same_window(spec, &same);
}

/* The group of a call; those that any order suits come last, and make one of their own only where they must. */
static size_t group_for(struct over *window, size_t call)
{
    const struct window_spec *spec = &window->options->select->windows[call].spec;
    for (size_t g = 0; g < window->group_count; g++)
        if (expr_same_window(spec, window->groups[g].spec) || goes_with(window, call, window->groups[g].spec))
            return g;
    window->groups[window->group_count] = (struct over_group){.spec = spec};
    return window->group_count++;
}

static void add_to_group(struct over *window, size_t call)
{
    size_t number = group_for(window, call);
    struct over_group *group = &window->groups[number];
    window->group_of[call] = number;
    group->calls = mem_resize(group->calls, group->call_count + 1, sizeof *group->calls);
    group->calls[group->call_count++] = call;
}

/* The order of a group's sort. */
static void set_order(struct over *window, struct over_group *group)
{
    const struct window_spec *spec = group->spec;
    size_t head = spec->partition_count > 0;
    group->order.count = head + spec->order.count;
    group->order.keys = arena_alloc(&window->arena, (group->order.count + 1) * sizeof *group->order.keys);
    memset(group->order.keys, 0, (group->order.count + 1) * sizeof *group->order.keys);
    if (spec->order.count > 0)
        memcpy(group->order.keys + head, spec->order.keys, spec->order.count * sizeof *spec->order.keys);
}

static void free_window(struct over *window)
{
    for (size_t i = 0; i < window->options->select->window_count; i++)
        over_compute_free(window->computes[i]);
    for (size_t g = 0; g < window->group_count; g++)
        free(window->groups[g].calls);
    free(window->groups);
    free(window->group_of);
    free(window->computes);
    sort_free(window->sort);
    arena_free(&window->arena);
    free(window);
}

struct over *over_start(const struct over_options *options, struct project *project, struct problem *problem)
{
    struct over *window = mem_zero(1, sizeof *window);
    size_t count = options->select->window_count;
    window->options = arena_alloc(&window->arena, sizeof *window->options);
    *window->options = *options;
    window->groups = mem_zero(count, sizeof *window->groups);
    window->group_of = mem_zero(count, sizeof *window->group_of);
    window->computes = mem_zero(count, sizeof(struct over_compute *));
    for (size_t i = 0; i < count; i++) {
        window->computes[i] = over_compute_new(window, &options->select->windows[i], problem);
        if (!window->computes[i]) {
            free_window(window);
            return NULL;
        }
    }
    for (int unordered = 0; unordered <= 1; unordered++)
        for (size_t i = 0; i < count; i++)
            if (over_compute_unordered(window->computes[i]) == unordered)
                add_to_group(window, i);
    for (size_t g = 0; g < window->group_count; g++)
        set_order(window, &window->groups[g]);
    window->sort = over_sort_start(window, 0);
    window->project = project;
    const struct project_taker taker = {
        .writer_new = writer_new, .take = take, .writer_free = writer_free, .context = window};
    project_give(project, &taker);
    return window;
}

int over_end(struct over *window, int status, struct output *out)
{
    project_give(window->project, NULL);
    if (status == STATUS_OK)
        status = over_give(window, out);
    free_window(window);
    return status;
}
