#include "over/over.h"

#include <stdlib.h>
#include <string.h>

#include "expr/node.h"
#include "table/sort.h"
#include "value/cast.h"
#include "value/pack.h"
#include "over/over_inner.h"

enum { OUTPUT_PIECE = 256 * 1024 };

/* A thread's rows on their way into the sort. */
struct writer {
    struct over *window;
    struct sort *sort;
    struct value *keys;
    struct buffer key, packed;
};

/* A row as bytes: where it came from, its slots, then the results of the groups before, by group and call. */
static void pack_slots(const struct over *window, const struct row *row, bool spaced, uint64_t place, uint64_t part,
                       struct buffer *into)
{
    into->len = 0;
    buffer_add_char(into, (char)spaced);
    pack_number(into, place);
    pack_number(into, part);
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
    view->place = unpack_number(from);
    view->part = unpack_number(from);
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
    const char *bytes = over_store_row(&partition->store, &view->reader, i, &len);
    struct unpack from = {.at = bytes, .end = bytes + len};
    unpack_slots(partition->window, partition->group, &from, view);
}

/* The sort's keys of a group for a row; false: row->error. */
static bool sort_keys(const struct over_group *group, struct row *row, struct buffer *key, struct value *keys)
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

static struct sort *sort_start(const struct over *window, size_t group)
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
    writer->sort = sort_start(writer->window, 0);
    writer->keys = mem_zero(writer->window->groups[0].order.count + 1, sizeof *writer->keys);
    return writer;
}

static bool take(void *context, struct row *row, bool spaced, uint64_t place, uint64_t part)
{
    struct writer *writer = context;
    if (!sort_keys(&writer->window->groups[0], row, &writer->key, writer->keys))
        return false;
    pack_slots(writer->window, row, spaced, place, part, &writer->packed);
    sort_add(writer->sort, writer->keys, place, part, writer->packed.data, writer->packed.len);
    return true;
}

static void writer_free(void *context)
{
    struct writer *writer = context;
    sort_merge(writer->window->sort, writer->sort);
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
    window->sort = sort_start(window, 0);
    window->project = project;
    const struct project_taker taker = {
        .writer_new = writer_new, .take = take, .writer_free = writer_free, .context = window};
    project_give(project, &taker);
    return window;
}

/* Where rows go when a group is done: to the next group's sort, or, behind the last one, to the project. */
struct finishing {
    struct over *window;
    struct over_partition partition;
    struct sort *next;
    struct writer packing; /* of the next group: its keys and bytes */
    struct project *project;
    struct project_writer *out_writer;
    struct output *out;
    struct result result;
    uint64_t given, limit, skip; /* skip: rows still to be left out */
    struct arena arena;
    const char *error;
};

static void write_out(struct finishing *to, size_t least)
{
    if (to->result.out.len < least)
        return;
    to->skip -= result_skip(&to->result, to->skip);
    output_write(to->out, to->result.out.data, to->result.out.len);
    to->result.out.len = to->result.row_ends.len = 0;
}

static bool to_next(struct finishing *to, struct row *row)
{
    const struct over_partition *partition = &to->partition;
    const struct over *window = to->window;
    const struct over_group *done = &window->groups[partition->group];
    struct buffer *packed = &to->packing.packed;
    size_t len;
    if (!sort_keys(&window->groups[partition->group + 1], row, &to->packing.key, to->packing.keys))
        return false;
    struct over_reader *reader = &to->partition.view.reader;
    const char *bytes = over_store_row(&partition->store, reader, partition->row, &len);
    packed->len = 0;
    buffer_add(packed, bytes, len);
    for (size_t i = 0; i < done->call_count; i++)
        pack_value(packed, &partition->view.windows[done->calls[i]]);
    sort_add(to->next, to->packing.keys, partition->view.place, partition->view.part, packed->data, packed->len);
    return true;
}

/* The present row with its results, handed on. */
static bool hand_on(struct finishing *to, struct row *row)
{
    if (row->error)
        return false;
    if (to->next)
        return to_next(to, row);
    if (!project_row(to->out_writer, row, to->partition.view.spaced, to->given++, 0, &to->result))
        return false;
    write_out(to, OUTPUT_PIECE);
    return true;
}

/* The keys that a range of amounts is measured by. */
static void measure(struct over_partition *partition, struct row *row)
{
    const struct over *window = partition->window;
    const struct over_group *group = &window->groups[partition->group];
    bool needed = false;
    for (size_t i = 0; i < group->call_count; i++)
        needed = needed || over_frame_measures(&window->options->select->windows[group->calls[i]].spec);
    free(partition->keys);
    partition->keys = NULL;
    if (!needed)
        return;
    arena_reset(&partition->key_texts);
    partition->keys = mem_zero(partition->store.count, sizeof *partition->keys);
    for (size_t i = 0; i < partition->store.count; i++) {
        over_view_row(partition, &partition->view, i);
        struct row at = {.slots = partition->view.slots, .windows = partition->view.windows,
                         .arena = &partition->key_texts};
        struct value key = expr_eval(group->spec->order.keys[0].expr, &at);
        bool time = key.type == VALUE_DATE || key.type == VALUE_TIMESTAMP || key.type == VALUE_INTERVAL;
        partition->keys[i] = time ? key : cast_number(&key);
        if (!time && key.type != VALUE_NULL && partition->keys[i].type == VALUE_NULL)
            row_fail(row, "a range of amounts is over numbers and times: %s is none", row_show(row, &key));
    }
}

static bool each_row(struct finishing *to)
{
    struct over_partition *partition = &to->partition;
    const struct over *window = to->window;
    const struct over_group *group = &window->groups[partition->group];
    size_t count = partition->store.count;
    struct row row = {.arena = &to->arena};
    measure(partition, &row);
    partition->row = partition->peers_from = partition->peers_to = partition->peer_group = 0;
    for (size_t i = 0; i < group->call_count && !row.error; i++)
        over_compute_start(window->computes[group->calls[i]], partition, &row);
    to->error = row.error;
    for (size_t at = 0; at < count && !row.error && to->result.rows < to->limit; at++) {
        partition->row = at;
        if (at == partition->peers_to) {
            partition->peer_group += at > 0;
            partition->peers_from = at;
            partition->peers_to = at + 1;
            while (partition->peers_to < count && !partition->store.rows[partition->peers_to].starts)
                partition->peers_to++;
        }
        arena_reset(&to->arena);
        over_view_row(partition, &partition->view, at);
        row = (struct row){.slots = partition->view.slots, .windows = partition->view.windows, .arena = &to->arena};
        for (size_t i = 0; i < group->call_count && !row.error; i++)
            partition->view.windows[group->calls[i]] =
                over_compute_result(window->computes[group->calls[i]], partition, &row);
        if (!hand_on(to, &row))
            to->error = row.error;
    }
    return !to->error;
}

/* All partitions of a group's sort. */
static bool each_partition(struct finishing *to, struct sort *sort)
{
    struct over_partition *partition = &to->partition;
    const struct over_group *group = &to->window->groups[partition->group];
    const char *bytes;
    size_t len;
    bool more = sort_next(sort, &bytes, &len), good = true;
    bool divides = group->spec->partition_count > 0, lasting = sort_in_memory(sort);
    while (more && good && to->result.rows < to->limit) {
        over_store_empty(&partition->store);
        do {
            bool starts = partition->store.count == 0 || sort_same(sort) < group->order.count;
            over_store_add(&partition->store, bytes, len, starts, lasting);
            more = sort_next(sort, &bytes, &len);
        } while (more && (!divides || sort_same(sort) > 0));
        over_store_settle(&partition->store);
        good = each_row(to);
    }
    return good;
}

static void start_group(struct finishing *to, size_t group)
{
    struct over *window = to->window;
    bool last = group + 1 == window->group_count;
    to->partition.group = group;
    to->limit = last && !project_collects(to->project) ? project_wanted(to->project) : UINT64_MAX;
    to->next = last ? NULL : sort_start(window, group + 1);
    free(to->packing.keys);
    to->packing.keys = last ? NULL : mem_zero(window->groups[group + 1].order.count + 1, sizeof *to->packing.keys);
}

static bool give_results(struct over *window, struct output *out, struct problem *problem)
{
    struct finishing to = {.window = window, .project = window->project, .out = out,
                           .out_writer = project_writer_new(window->project)};
    bool good = true;
    to.skip = project_skips(to.project);
    to.result.limited = to.skip > 0;
    to.result.limit = UINT64_MAX;
    to.partition.window = window;
    to.partition.store.memory = window->options->memory;
    over_view_start(&to.partition.view, window);
    for (size_t group = 0; good && group < window->group_count; group++) {
        start_group(&to, group);
        good = each_partition(&to, window->sort);
        sort_free(window->sort);
        window->sort = to.next;
    }
    write_out(&to, 1);
    if (!good)
        problem_set(problem, STATUS_DATA, "a row's window: %s", to.error);
    project_writer_free(to.out_writer);
    over_view_free(&to.partition.view);
    over_store_free(&to.partition.store);
    free(to.partition.keys);
    arena_free(&to.partition.key_texts);
    free(to.packing.keys);
    buffer_free(&to.packing.key);
    buffer_free(&to.packing.packed);
    result_free(&to.result);
    arena_free(&to.arena);
    return good;
}

bool over_end(struct over *window, bool good, struct output *out, struct problem *problem)
{
    project_give(window->project, NULL);
    good = !good || give_results(window, out, problem);
    free_window(window);
    return good;
}
