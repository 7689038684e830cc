/* What was taken, given back with its results: the sort's rows are a source of whole partitions, over threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/node.h"
#include "frame/chunks.h"
#include "over/over_inner.h"
#include "value/cast.h"
#include "value/pack.h"

/* A batch is ended by the first partition that comes to so many rows, or bytes of them. */
enum { BATCH_ROWS = 4096, BATCH_BYTES = 256 * 1024 };

/* A batch's payload: partitions, one behind the other. */
struct piece {
    struct over_store store;
    char *near;   /* BATCH_BYTES: what of the rows goes in there lies together, for the processor's cache; */
    size_t used;  /* so much of it */
    size_t *ends; /* in the store, of each partition */
    size_t count, cap;
    uint64_t first; /* number of its first row, over all */
    size_t from, to; /* parts of the sort that it is made of */
    struct sort_reader reader;
};

struct partitions {
    struct source source;
    const struct over *window;
    const struct over_group *group;
    bool begun, more; /* whether there is a row ahead: */
    const char *bytes;
    size_t len;
    uint64_t rows, sequence;
    size_t parts, part; /* of the sort, and the next one; 0: it has none */
};

static bool step(struct partitions *from)
{
    from->more = sort_next(from->window->sort, &from->bytes, &from->len);
    return from->more;
}

static void add_row(struct piece *piece, const char *bytes, size_t len, bool starts, bool lasting)
{
    if (len > BATCH_BYTES - piece->used) {
        over_store_add(&piece->store, bytes, len, starts, lasting);
        return;
    }
    char *copy = piece->near + piece->used;
    memcpy(copy, bytes, len);
    piece->used += len;
    over_store_add(&piece->store, copy, len, starts, true);
}

static void end_partition(struct piece *piece)
{
    if (piece->count == piece->cap) {
        piece->cap = piece->cap ? 2 * piece->cap : 64;
        piece->ends = mem_resize(piece->ends, piece->cap, sizeof *piece->ends);
    }
    piece->ends[piece->count++] = piece->store.count;
}

static void add_partition(struct partitions *from, struct piece *piece, struct batch *batch)
{
    const struct over_group *group = from->group;
    bool divides = group->spec->partition_count > 0, starts = true;
    do {
        add_row(piece, from->bytes, from->len, starts, sort_in_memory(from->window->sort));
        batch->len += from->len;
        step(from);
        starts = from->more && sort_same(from->window->sort) < group->order.count;
    } while (from->more && (!divides || sort_same(from->window->sort) > 0));
    end_partition(piece);
}

static struct piece *piece_new(const struct partitions *from)
{
    struct piece *piece = mem_zero(1, sizeof *piece);
    piece->store.memory = from->window->options->memory;
    piece->near = mem_resize(NULL, BATCH_BYTES, 1);
    return piece;
}

/* Some parts of the sort, which whoever has the batch puts in order. */
static void claim_parts(struct partitions *from, struct piece *piece, struct batch *batch)
{
    const struct sort *sort = from->window->sort;
    piece->from = from->part++;
    piece->first = sort_part_start(sort, piece->from);
    while (from->part < from->parts && sort_part_start(sort, from->part) - piece->first < BATCH_ROWS)
        from->part++;
    piece->to = from->part;
    from->rows = from->part < from->parts ? sort_part_start(sort, from->part) : UINT64_MAX;
    batch->claimed = true;
}

static void load(struct batch *batch)
{
    struct partitions *from = (struct partitions *)batch->source;
    struct piece *piece = batch->payload;
    const char *bytes;
    size_t len;
    for (size_t part = piece->from; part < piece->to; part++) {
        sort_part_open(from->window->sort, part, &piece->reader);
        while (sort_part_next(&piece->reader, &bytes, &len)) {
            if (piece->reader.same == 0 && piece->store.count > 0)
                end_partition(piece);
            add_row(piece, bytes, len, piece->reader.same < from->group->order.count, true);
            batch->len += len;
        }
    }
    if (piece->store.count > 0)
        end_partition(piece);
    over_store_settle(&piece->store);
}

static bool next(struct source *source, struct batch *batch)
{
    struct partitions *from = (struct partitions *)source;
    struct piece *piece = batch->payload;
    batch->sequence = from->sequence;
    if (!from->begun && from->group->spec->partition_count > 0)
        from->parts = sort_divide(from->window->sort);
    if (!from->begun && from->parts == 0)
        step(from);
    from->begun = true;
    if (from->parts > 0)
        from->more = from->part < from->parts;
    if (!from->more || source_stopped(source))
        return false;
    if (!piece)
        piece = batch->payload = piece_new(from);
    over_store_empty(&piece->store);
    piece->used = piece->count = 0;
    batch->kind = BATCH_PAYLOAD;
    batch->len = 0;
    from->sequence++;
    if (from->parts > 0) {
        claim_parts(from, piece, batch);
        return true;
    }
    piece->first = from->rows;
    while (from->more && piece->store.count < BATCH_ROWS && batch->len < BATCH_BYTES)
        add_partition(from, piece, batch);
    over_store_settle(&piece->store);
    from->rows += piece->store.count;
    return true;
}

static void place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    const struct piece *piece = batch->payload;
    (void)at;
    snprintf(text, size, "row %llu of a window", (unsigned long long)(piece->first + record + 1));
}

static void release(struct batch *batch)
{
    struct piece *piece = batch->payload;
    if (!piece)
        return;
    over_store_free(&piece->store);
    sort_reader_free(&piece->reader);
    free(piece->near);
    free(piece->ends);
}

static void progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    (void)source;
    *done = *size = 0;
}

static const struct source_kind partitions_kind = {
    .next = next, .load = load, .place = place, .release = release, .progress = progress};

/* A group's round: its rows go into the next group's sort, or, behind the last one, to the project. */
struct round {
    const struct over *window;
    size_t group;
    bool last;
    struct sort *next;
};

/* What a thread has of it. */
struct giver {
    const struct round *round;
    struct over_compute **computes; /* of the group's calls */
    struct over_partition partition;
    struct project_writer *writer;
    struct sort *next;
    struct value *keys; /* of the next group, */
    struct buffer key, packed;
    struct arena arena;
};

static void *start(void *context)
{
    const struct round *round = context;
    const struct over *window = round->window;
    const struct over_group *group = &window->groups[round->group];
    struct giver *giver = mem_zero(1, sizeof *giver);
    struct problem none = {0};
    giver->round = round;
    giver->computes = mem_zero(group->call_count, sizeof *giver->computes);
    for (size_t i = 0; i < group->call_count; i++) /* they could be made before: over_start */
        giver->computes[i] = over_compute_new(window, &window->options->select->windows[group->calls[i]], &none);
    giver->partition.window = window;
    giver->partition.group = round->group;
    over_view_start(&giver->partition.view, window);
    if (round->last) {
        giver->writer = project_writer_new(window->project);
    } else {
        giver->next = over_sort_start(window, round->group + 1);
        giver->keys = mem_zero(window->groups[round->group + 1].order.count + 1, sizeof *giver->keys);
    }
    return giver;
}

static void finish(void *context, void *state)
{
    struct round *round = context;
    struct giver *giver = state;
    for (size_t i = 0; i < round->window->groups[round->group].call_count; i++)
        over_compute_free(giver->computes[i]);
    free(giver->computes);
    over_view_free(&giver->partition.view);
    free(giver->partition.keys);
    arena_free(&giver->partition.key_texts);
    if (giver->writer)
        project_writer_free(giver->writer);
    if (giver->next)
        sort_merge(round->next, giver->next);
    free(giver->keys);
    buffer_free(&giver->key);
    buffer_free(&giver->packed);
    arena_free(&giver->arena);
    free(giver);
}

static bool to_next(struct giver *giver, struct row *row)
{
    const struct over_partition *partition = &giver->partition;
    const struct over *window = partition->window;
    const struct over_group *done = &window->groups[partition->group];
    struct buffer *packed = &giver->packed;
    size_t len;
    if (!over_sort_keys(&window->groups[partition->group + 1], row, &giver->key, giver->keys))
        return false;
    struct over_reader *reader = &giver->partition.view.reader;
    const char *bytes = over_store_row(partition->store, reader, partition->first + partition->row, &len);
    packed->len = 0;
    buffer_add(packed, bytes, len);
    for (size_t i = 0; i < done->call_count; i++)
        pack_value(packed, &partition->view.windows[done->calls[i]]);
    sort_add(giver->next, giver->keys, partition->view.place, partition->view.part, packed->data, packed->len);
    return true;
}

/* The present row with its results, handed on; number: of it, over all. */
static bool hand_on(struct giver *giver, struct row *row, uint64_t number, struct result *result)
{
    if (row->error)
        return false;
    if (giver->next)
        return to_next(giver, row);
    return project_row(giver->writer, row, giver->partition.view.spaced, number, 0, result);
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
    partition->keys = mem_zero(partition->count, sizeof *partition->keys);
    for (size_t i = 0; i < partition->count; i++) {
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

/* Begins the partition: row->error is set where that fails. */
static void begin(struct giver *giver, struct row *row)
{
    struct over_partition *partition = &giver->partition;
    partition->row = partition->peers_from = partition->peers_to = partition->peer_group = 0;
    partition->in_view = false;
    measure(partition, row);
    for (size_t i = 0; i < partition->window->groups[partition->group].call_count && !row->error; i++)
        over_compute_start(giver->computes[i], partition, row);
}

/* Goes to the row: its peers, and its results. */
static void come_to(struct giver *giver, size_t at, struct row *row)
{
    struct over_partition *partition = &giver->partition;
    const struct over_group *group = &partition->window->groups[partition->group];
    partition->row = at;
    if (at == partition->peers_to) {
        partition->peer_group += at > 0;
        partition->peers_from = at;
        partition->peers_to = at + 1;
        while (partition->peers_to < partition->count && !over_starts(partition, partition->peers_to))
            partition->peers_to++;
    }
    arena_reset(&giver->arena);
    over_view_row(partition, &partition->view, at);
    partition->in_view = true;
    *row = (struct row){.slots = partition->view.slots, .windows = partition->view.windows, .arena = &giver->arena};
    for (size_t i = 0; i < group->call_count && !row->error; i++)
        partition->view.windows[group->calls[i]] = over_compute_result(giver->computes[i], partition, row);
}

/* False: no more rows are wanted, or the result says why one has none. */
static bool each_row(struct giver *giver, uint64_t number, struct result *result)
{
    struct row row = {.arena = &giver->arena};
    begin(giver, &row);
    for (size_t at = 0; at < giver->partition.count && !row.error; at++) {
        if (result_is_full(result) || (result_is_large(result) && !result_hand_on(result)))
            return false;
        come_to(giver, at, &row);
        if (hand_on(giver, &row, number + at, result))
            continue;
        break;
    }
    if (row.error) {
        result->status = STATUS_DATA;
        snprintf(result->error, sizeof result->error, "a row's window: %s", row.error);
    }
    return !row.error;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct giver *giver = state;
    const struct piece *piece = batch->payload;
    size_t from = 0;
    bool more = true;
    giver->partition.store = &piece->store;
    for (size_t i = 0; i < piece->count && more; from = piece->ends[i++]) {
        giver->partition.first = from;
        giver->partition.count = piece->ends[i] - from;
        more = each_row(giver, piece->first + from, result);
    }
    if (giver->writer)
        project_end_batch(giver->writer, result);
}

static bool take(void *context, const struct batch *batch, struct result *result)
{
    const struct round *round = context;
    (void)batch;
    if (round->last)
        project_deliver(round->window->project, result);
    return true;
}

int over_give(struct over *window, struct output *out)
{
    static const struct chunks_work chunks_work = {.start = start, .work = work, .finish = finish, .take = take};
    int status = STATUS_OK;
    for (size_t group = 0; status == STATUS_OK && group < window->group_count; group++) {
        struct round round = {.window = window, .group = group, .last = group + 1 == window->group_count};
        struct partitions from = {.source = {.kind = &partitions_kind, .batch_size = BATCH_BYTES / 8}, .window = window,
                                  .group = &window->groups[group]};
        struct chunks_options options = {.threads = window->options->threads > 0 ? window->options->threads : 1};
        if (round.last) {
            options.out = out;
            project_chunks(window->project, &options);
        } else {
            round.next = over_sort_start(window, group + 1);
        }
        status = chunks_run(&from.source, &options, &chunks_work, &round, NULL);
        sort_free(window->sort);
        window->sort = round.next;
    }
    return status;
}
