#include "join/join.h"

#include <stdlib.h>

#include "join/emit_inner.h"
#include "join/follow.h"
#include "join/partial_inner.h"
#include "join/rows.h"
#include "join/spill_inner.h"
#include "table/rows.h"
#include "table/sort.h"
#include "table/star.h"

enum { WRITE_PIECE = 256 * 1024 };

static const char too_large[] = "a record of 4 GiB or more cannot be joined";

/* One side being read into packed rows: the side that is kept, or both when they spill. */
struct reading {
    struct join *join;
    enum join_side_name side;
    bool drop_no_key; /* rows with a null in the key can never come out */
    size_t *key_slots;
};

/* A thread's own. */
struct packer {
    const struct reading *reading;
    struct rows_reader *reader;
    struct arena arena;
    struct buffer key, scratch;
};

static bool is_semi(const struct join *join)
{
    return join->names->kind == JOIN_SEMI;
}

static size_t *key_slots(const struct join_names *names, enum join_side_name side)
{
    size_t *slots = mem_zero(names->key_count, sizeof *slots);
    for (size_t i = 0; i < names->key_count; i++)
        slots[i] = names->keys[i].slots[side];
    return slots;
}

/* Whether a row that matches nothing can come out at all. */
static bool comes_out_alone(const struct join *join, enum join_side_name side)
{
    return join_preserves(join, side) || (join->names->kind == JOIN_ANTI && side == JOIN_SIDE_LEFT);
}

static void *packer_start(void *tool)
{
    const struct reading *reading = tool;
    struct packer *packer = mem_zero(1, sizeof *packer);
    packer->reading = reading;
    packer->reader = rows_reader_new(reading->join->names->sides[reading->side].rows);
    return packer;
}

static void packer_finish(void *tool, void *state)
{
    const struct reading *reading = tool;
    struct packer *packer = state;
    rows_reader_free(reading->join->names->sides[reading->side].rows, packer->reader);
    arena_free(&packer->arena);
    buffer_free(&packer->key);
    buffer_free(&packer->scratch);
    free(packer);
}

static bool bad_record(const struct rows_reader *reader, const struct batch *batch, struct result *result,
                       const char *reason)
{
    return result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false, reason);
}

/* What an asof join compares; or why the row is bad. */
static const char *read_time(const struct join *join, enum join_side_name side, const struct span *slots,
                             struct arena *arena, struct asof_time *time)
{
    time->kind = ASOF_NONE;
    if (!join->asof)
        return NULL;
    return join_asof_read(join->asof, slots[join->names->time->slots[side]], arena, time);
}

static bool pack_record(struct packer *packer, const struct batch *batch, struct result *result)
{
    const struct reading *reading = packer->reading;
    const struct rows_reader *reader = packer->reader;
    const struct join_names *names = reading->join->names;
    arena_reset(&packer->arena);
    if (reader->stranger.type != SPAN_ABSENT)
        return bad_record(reader, batch, result, star_stranger(&packer->arena, reader->stranger));
    struct asof_time time;
    const char *wrong = read_time(reading->join, reading->side, reader->slots, &packer->arena, &time);
    if (wrong)
        return bad_record(reader, batch, result, wrong);
    bool has_key = join_row_key(reader->slots, reading->key_slots, names->key_count, &packer->arena, &packer->key);
    if (!has_key && reading->drop_no_key)
        return true;
    size_t count = names->sides[reading->side].paths.count;
    if (reading->join->partial)
        join_partial_add(reading->join->partial, reader->slots, count, reader->spaced, &packer->key, !has_key,
                         reader->index, &packer->scratch, &result->out);
    else if (!join_row_pack(reader->slots, count, reader->spaced, &packer->key, !has_key,
                            sort_place(batch->sequence, reader->index), &result->out))
        return bad_record(reader, batch, result, too_large);
    result_row(result);
    return true;
}

static void pack_work(void *state, struct batch *batch, struct result *result)
{
    struct packer *packer = state;
    rows_start(packer->reader, batch, result);
    while (rows_next(packer->reader) && pack_record(packer, batch, result))
        ;
}

/* From now on both sides go to temporary files; what is already kept moves there. */
static void begin_spill(struct join *join)
{
    join->spill = join_spill_new();
    for (size_t i = 0; i < join->table.block_count; i++)
        join_spill_add(join->spill, join->build, &join->table.blocks[i]);
    join_table_clear(&join->table);
}

/* Keeps a batch's rows, in input order. */
static bool take_rows(void *tool, const struct batch *batch, struct result *result)
{
    (void)batch;
    struct reading *reading = tool;
    struct join *join = reading->join;
    if (join->partial)
        join_partial_place(join->partial, result);
    if (join->partial || result->out.len == 0)
        return true;
    if (join->follow)
        return join_follow_take(join->follow, &result->out);
    if (join->spill) {
        join_spill_add(join->spill, reading->side, &result->out);
        return true;
    }
    join_table_add(&join->table, &result->out, result->rows);
    if (join->table.bytes > join->memory || join->table.rows > JOIN_TABLE_ROWS_MAX)
        begin_spill(join);
    return true;
}

int join_read(struct join *join, enum join_side_name side, const struct chunks_options *options)
{
    static const struct chunks_work parts = {
        .start = packer_start, .work = pack_work, .finish = packer_finish, .take = take_rows};
    struct reading reading = {.join = join, .side = side, .drop_no_key = !comes_out_alone(join, side),
                              .key_slots = key_slots(join->names, side)};
    struct chunks_options chunks = *options;
    chunks.out = join->partial ? options->out : NULL;
    chunks.has_limit = false;
    struct rows *rows = join->names->sides[side].rows;
    struct chunks_total total;
    int status = chunks_run(rows_source(rows), &chunks, &parts, &reading, &total);
    rows_warn_absent(rows, status == STATUS_OK && !join->follow ? total.records : 0);
    free(reading.key_slots);
    return status;
}

void join_index(const struct join *join, struct join_table *table, struct asof_index *times, unsigned threads)
{
    const struct join_names *names = join->names;
    join_table_index(table, threads);
    if (join->asof)
        asof_index_make(times, join->asof, table, names->time->slots[join->build],
                        names->sides[join->build].paths.count, threads);
}

int join_build(struct join *join, const struct chunks_options *chunks)
{
    join->table.row_extra = join->asof ? ASOF_ROW_BYTES : 0;
    int status = join_read(join, join->build, chunks);
    if (status == STATUS_OK && !join->spill)
        join_index(join, &join->table, &join->times, join->threads);
    return status;
}

bool join_out_of_order(const struct join *join)
{
    bool half = is_semi(join) || join->names->kind == JOIN_ANTI;
    return join->spill || (join->build == JOIN_SIDE_LEFT && !half);
}

/* The other side streaming past the table, a group of rows at a time: while some wait for the memory that others look
 * at, nobody does. */
enum { GROUP = 32 };

struct probing {
    struct join *join;
    enum join_side_name side;
    size_t slot_count;
    size_t *key_slots;
};

struct pending {
    struct probe_row probe;
    size_t key_at; /* in prober->keys */
    uint32_t number;
    struct span record;
    size_t at;
    uint64_t index;
};

/* A thread's own. */
struct prober {
    const struct probing *probing;
    struct rows_reader *reader;
    struct joiner *joiner;
    struct arena arena;
    struct buffer keys;
    struct pending pending[GROUP];
    struct span *spans; /* slots of each pending row */
    size_t count;
};

static void *probe_start(void *tool)
{
    const struct probing *probing = tool;
    struct prober *prober = mem_zero(1, sizeof *prober);
    prober->probing = probing;
    prober->reader = rows_reader_new(probing->join->names->sides[probing->side].rows);
    prober->joiner = joiner_new(probing->join, &probing->join->table, &probing->join->times);
    prober->spans = mem_zero(GROUP * probing->slot_count, sizeof *prober->spans);
    return prober;
}

static void probe_finish(void *tool, void *state)
{
    const struct probing *probing = tool;
    struct prober *prober = state;
    joiner_free(prober->joiner);
    rows_reader_free(probing->join->names->sides[probing->side].rows, prober->reader);
    arena_free(&prober->arena);
    buffer_free(&prober->keys);
    free(prober->spans);
    free(prober);
}

/* The rows of a pending record in one pass; if that ends early, what it has left in the result is taken back. */
static bool probe_pass(struct prober *prober, size_t number, enum join_pass pass, struct result *result)
{
    const struct probing *probing = prober->probing;
    struct joiner *joiner = prober->joiner;
    size_t out = result->out.len, ends = result->row_ends.len;
    uint64_t rows = result->rows;
    memcpy(joiner->slots[probing->side], prober->spans + number * probing->slot_count,
           probing->slot_count * sizeof(struct span));
    joiner->pass = pass;
    joiner->too_many = false;
    if (joiner_probe(joiner, &prober->pending[number].probe, result))
        return true;
    if (pass != JOIN_HAND_ON) {
        result->out.len = out;
        result->row_ends.len = ends;
        result->rows = rows;
    }
    return false;
}

/* All joined rows of a record or none. */
static bool probe_one(struct prober *prober, size_t number, const struct batch *batch, struct result *result)
{
    const struct join *join = prober->probing->join;
    const struct pending *pending = &prober->pending[number];
    if (result_is_full(result))
        return true;
    bool can_fail = join->where || project_can_fail(join->project);
    bool good = probe_pass(prober, number, can_fail ? JOIN_KEEP : JOIN_HAND_ON, result);
    if (!good && prober->joiner->too_many)
        good = probe_pass(prober, number, JOIN_TRY, result) && probe_pass(prober, number, JOIN_HAND_ON, result);
    if (!good)
        return result_bad(result, batch, pending->at, pending->index, pending->record.text, pending->record.len, false,
                          prober->joiner->error);
    return !result_is_large(result) || result_hand_on(result);
}

static bool probe_group(struct prober *prober, const struct batch *batch, struct result *result)
{
    const struct join_table *table = &prober->probing->join->table;
    size_t count = prober->count;
    prober->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct pending *pending = &prober->pending[i];
        pending->probe.key = prober->keys.data + pending->key_at;
        pending->number = pending->probe.no_key ? JOIN_NO_ROW : join_table_ask_entry(table, pending->probe.hash);
    }
    for (size_t i = 0; i < count; i++)
        join_table_ask_row(table, prober->pending[i].number);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = probe_one(prober, i, batch, result);
    prober->keys.len = 0;
    return good;
}

/* Puts the reader's row to the pending ones. */
static void add_pending(struct prober *prober, const struct batch *batch, struct asof_time time)
{
    const struct probing *probing = prober->probing;
    const struct rows_reader *reader = prober->reader;
    struct joiner *joiner = prober->joiner;
    struct pending *pending = &prober->pending[prober->count];
    bool has_key =
        join_row_key(reader->slots, probing->key_slots, probing->join->names->key_count, &prober->arena, &joiner->key);
    *pending = (struct pending){
        .key_at = prober->keys.len, .record = reader->record, .at = reader->at, .index = reader->index};
    pending->probe = (struct probe_row){.key_len = joiner->key.len,
                                        .no_key = !has_key,
                                        .last = true,
                                        .spaced = reader->spaced,
                                        .time = time,
                                        .place = sort_place(batch->sequence, reader->index)};
    if (has_key) {
        buffer_reserve(&prober->keys, joiner->key.len + 1);
        buffer_add(&prober->keys, joiner->key.data, joiner->key.len);
        pending->probe.hash = join_row_hash(joiner->key.data, joiner->key.len);
        join_table_ask_slot(&probing->join->table, pending->probe.hash);
    }
    memcpy(prober->spans + prober->count * probing->slot_count, reader->slots,
           probing->slot_count * sizeof(struct span));
    prober->count++;
}

/* Whether the row's spans outlive the next row: those that walk put together itself do not. */
static bool is_in_batch(const struct prober *prober, const struct batch *batch)
{
    for (size_t i = 0; i < prober->probing->slot_count; i++) {
        const struct span *slot = &prober->reader->slots[i];
        bool inside = slot->text >= batch->text && slot->text < batch->text + batch->len;
        if (!inside && slot->type != SPAN_ABSENT && slot->type != SPAN_NULL)
            return false;
    }
    return true;
}

static bool probe_record(struct prober *prober, const struct batch *batch, struct result *result)
{
    const struct rows_reader *reader = prober->reader;
    const struct probing *probing = prober->probing;
    arena_reset(&prober->arena);
    struct asof_time time;
    const char *wrong = read_time(probing->join, probing->side, reader->slots, &prober->arena, &time);
    if (reader->stranger.type != SPAN_ABSENT)
        wrong = star_stranger(&prober->arena, reader->stranger);
    if (wrong)
        return probe_group(prober, batch, result) && bad_record(reader, batch, result, wrong);
    add_pending(prober, batch, time);
    return (prober->count < GROUP && is_in_batch(prober, batch)) || probe_group(prober, batch, result);
}

static void probe_work(void *state, struct batch *batch, struct result *result)
{
    struct prober *prober = state;
    rows_start(prober->reader, batch, result);
    prober->count = prober->keys.len = 0;
    bool good = true;
    struct join_follow *follow = prober->probing->join->follow;
    if (follow)
        join_follow_hold(follow);
    while (good && rows_next(prober->reader))
        good = probe_record(prober, batch, result);
    if (good)
        probe_group(prober, batch, result); /* also those before a bad record that ended the loop */
    if (follow)
        join_follow_let_go(follow);
}

/* Rows of the table that come out without a partner, behind everything else, `left` at most, of which the first `skip`
 * are left out. */
static int write_alone(struct join *join, uint64_t left, uint64_t skip, struct output *out)
{
    struct joiner *joiner = joiner_new(join, &join->table, &join->times);
    struct result result = {.limited = skip > 0, .limit = UINT64_MAX};
    bool good = true;
    for (size_t i = 0; good && i < join->table.rows && result.rows < left; i++) {
        good = joiner_alone(joiner, (uint32_t)i, &result) ||
               join_bad_row(join, joiner->error, join->build, join->table.row[i]->place, &join->problem);
        skip -= result_skip(&result, skip);
        if (result.out.len >= WRITE_PIECE) {
            output_write(out, result.out.data, result.out.len);
            result.out.len = result.row_ends.len = 0;
        }
    }
    output_write(out, result.out.data, result.out.len);
    result_free(&result);
    joiner_free(joiner);
    return (int)join->problem.status;
}

static int probe_table(struct join *join, const struct chunks_options *options, struct output *out)
{
    static const struct chunks_work parts = {.start = probe_start, .work = probe_work, .finish = probe_finish};
    enum join_side_name side = join_probe_side(join);
    struct rows *rows = join->names->sides[side].rows;
    struct probing probing = {.join = join, .side = side, .slot_count = join->names->sides[side].paths.count,
                              .key_slots = key_slots(join->names, side)};
    struct chunks_options chunks = *options;
    project_chunks(join->project, &chunks);
    struct chunks_total total;
    int status = chunks_run(rows_source(rows), &chunks, &parts, &probing, &total);
    rows_warn_absent(rows, status == STATUS_OK ? total.records : 0);
    uint64_t limit = chunks.has_limit ? chunks.limit : UINT64_MAX;
    if (status == STATUS_OK && join_keeps_alone(join) && total.rows < limit)
        status = write_alone(join, limit - total.rows, chunks.skip > total.rows ? chunks.skip - total.rows : 0, out);
    free(probing.key_slots);
    return status;
}

int join_probe(struct join *join, const struct chunks_options *chunks, struct output *out)
{
    if (!join->spill)
        return probe_table(join, chunks, out);
    int status = join_read(join, join_probe_side(join), chunks);
    return status == STATUS_OK ? join_spill_run(join) : status;
}

void join_free(struct join *join)
{
    join_table_clear(&join->table);
    asof_index_free(&join->times);
    join_spill_free(join->spill);
}
