#include "join.h"

#include <stdlib.h>

#include "diag.h"
#include "join_emit.h"
#include "join_rows.h"
#include "join_spill.h"
#include "rows.h"
#include "sort.h"
#include "star.h"

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
    struct buffer key;
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
    free(packer);
}

static bool bad_record(const struct rows_reader *reader, const struct batch *batch, struct result *result, const char *reason)
{
    return result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false, reason);
}

static bool pack_record(struct packer *packer, const struct batch *batch, struct result *result)
{
    const struct reading *reading = packer->reading;
    const struct rows_reader *reader = packer->reader;
    const struct join_names *names = reading->join->names;
    arena_reset(&packer->arena);
    if (reader->stranger.type != SPAN_ABSENT)
        return bad_record(reader, batch, result, star_stranger(&packer->arena, reader->stranger));
    bool has_key = join_row_key(reader->slots, reading->key_slots, names->key_count, &packer->arena, &packer->key);
    if (!has_key && reading->drop_no_key)
        return true;
    if (!join_row_pack(reader->slots, names->sides[reading->side].paths.count, reader->spaced, &packer->key, !has_key,
                       sort_place(batch->sequence, reader->index), &result->out))
        return bad_record(reader, batch, result, too_large);
    result_row(result);
    return true;
}

static void pack_work(void *state, const struct batch *batch, struct result *result)
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
    if (result->out.len == 0)
        return true;
    if (join->spill) {
        join_spill_add(join->spill, reading->side, &result->out);
        return true;
    }
    size_t cap = result->out.cap;
    join_table_add(&join->table, &result->out, result->rows);
    buffer_reserve(&result->out, cap);
    if (join->table.bytes > join->memory || join->table.rows > JOIN_TABLE_ROWS_MAX)
        begin_spill(join);
    return true;
}

static int read_side(struct join *join, enum join_side_name side, const struct chunks_options *options)
{
    static const struct chunks_work parts = {.start = packer_start, .work = pack_work, .finish = packer_finish, .take = take_rows};
    struct reading reading = {.join = join, .side = side, .drop_no_key = !comes_out_alone(join, side),
                              .key_slots = key_slots(join->names, side)};
    struct chunks_options chunks = *options;
    chunks.out = NULL;
    chunks.has_limit = false;
    struct rows *rows = join->names->sides[side].rows;
    struct chunks_total total;
    int status = chunks_run(rows_frame(rows), &chunks, &parts, &reading, &total);
    rows_warn_absent(rows, &join->names->sides[side].paths, total.records);
    free(reading.key_slots);
    return status;
}

int join_build(struct join *join, const struct chunks_options *chunks)
{
    int status = read_side(join, join->build, chunks);
    if (status == STATUS_OK && !join->spill)
        join_table_index(&join->table, join->threads);
    return status;
}

bool join_out_of_order(const struct join *join)
{
    bool half = is_semi(join) || join->names->kind == JOIN_ANTI;
    return join->spill || (join->build == JOIN_SIDE_LEFT && !half);
}

/* The other side streaming past the table. */
struct probing {
    struct join *join;
    size_t *key_slots;
};

struct prober {
    const struct probing *probing;
    struct rows_reader *reader;
    struct joiner *joiner;
    struct arena arena;
};

static void *probe_start(void *tool)
{
    const struct probing *probing = tool;
    struct prober *prober = mem_zero(1, sizeof *prober);
    prober->probing = probing;
    prober->reader = rows_reader_new(probing->join->names->sides[join_probe_side(probing->join)].rows);
    prober->joiner = joiner_new(probing->join, &probing->join->table);
    return prober;
}

static void probe_finish(void *tool, void *state)
{
    const struct probing *probing = tool;
    struct prober *prober = state;
    joiner_free(prober->joiner);
    rows_reader_free(probing->join->names->sides[join_probe_side(probing->join)].rows, prober->reader);
    arena_free(&prober->arena);
    free(prober);
}

static bool probe_record(struct prober *prober, const struct batch *batch, struct result *result)
{
    const struct join *join = prober->probing->join;
    const struct rows_reader *reader = prober->reader;
    struct joiner *joiner = prober->joiner;
    arena_reset(&prober->arena);
    if (reader->stranger.type != SPAN_ABSENT)
        return bad_record(reader, batch, result, star_stranger(&prober->arena, reader->stranger));
    bool has_key = join_row_key(reader->slots, prober->probing->key_slots, join->names->key_count, &prober->arena, &joiner->key);
    struct probe_row probe = {.key = joiner->key.data, .key_len = joiner->key.len, .no_key = !has_key, .last = true,
                              .spaced = reader->spaced, .place = sort_place(batch->sequence, reader->index)};
    if (has_key)
        probe.hash = join_row_hash(probe.key, probe.key_len);
    memcpy(joiner->slots[join_probe_side(join)], reader->slots,
           join->names->sides[join_probe_side(join)].paths.count * sizeof(struct span));
    size_t out = result->out.len, ends = result->row_ends.len;
    uint64_t rows = result->rows;
    if (joiner_probe(joiner, &probe, result))
        return true;
    result->out.len = out; /* all joined rows of a record or none */
    result->row_ends.len = ends;
    result->rows = rows;
    return bad_record(reader, batch, result, joiner->error);
}

static void probe_work(void *state, const struct batch *batch, struct result *result)
{
    struct prober *prober = state;
    rows_start(prober->reader, batch, result);
    while (rows_next(prober->reader) && probe_record(prober, batch, result))
        ;
}

/* Rows of the table that come out without a partner, behind everything else. `left`: rows at most. */
static void write_alone(struct join *join, bool limited, uint64_t left, struct output *out)
{
    struct joiner *joiner = joiner_new(join, &join->table);
    struct result result = {0};
    for (size_t i = 0; i < join->table.rows && !(limited && result.rows >= left); i++) {
        if (!joiner_alone(joiner, (uint32_t)i, &result))
            join_bad_row(join, joiner->error);
        if (result.out.len >= WRITE_PIECE) {
            output_write(out, result.out.data, result.out.len);
            result.out.len = 0;
        }
    }
    output_write(out, result.out.data, result.out.len);
    buffer_free(&result.out);
    joiner_free(joiner);
}

static int probe_table(struct join *join, const struct chunks_options *options, struct output *out)
{
    static const struct chunks_work parts = {.start = probe_start, .work = probe_work, .finish = probe_finish};
    enum join_side_name side = join_probe_side(join);
    struct rows *rows = join->names->sides[side].rows;
    struct probing probing = {.join = join, .key_slots = key_slots(join->names, side)};
    struct chunks_options chunks = *options;
    project_chunks(join->project, &chunks);
    struct chunks_total total;
    int status = chunks_run(rows_frame(rows), &chunks, &parts, &probing, &total);
    rows_warn_absent(rows, &join->names->sides[side].paths, total.records);
    bool limited = chunks.has_limit;
    if (status == STATUS_OK && join_keeps_alone(join) && !(limited && total.rows >= chunks.limit))
        write_alone(join, limited, limited ? chunks.limit - total.rows : 0, out);
    free(probing.key_slots);
    return status;
}

int join_probe(struct join *join, const struct chunks_options *chunks, struct output *out)
{
    if (!join->spill)
        return probe_table(join, chunks, out);
    int status = read_side(join, join_probe_side(join), chunks);
    if (status == STATUS_OK)
        join_spill_run(join);
    return status;
}

void join_free(struct join *join)
{
    join_table_clear(&join->table);
    join_spill_free(join->spill);
}
