#include "join/spill_inner.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/spill.h"
#include "base/threads.h"
#include "join/emit_inner.h"
#include "join/rows.h"

enum {
    PARTITIONS = 32,
    PARTITION_SHIFT = 27, /* these bits of a hash choose the file; the table uses those above and below */
    BLOCK = 1 << 20,      /* rows are read back in such blocks */
    WINDOW = 256 * 1024,
};

struct join_spill {
    struct spill *files[2][PARTITIONS];
    size_t rows[2][PARTITIONS];
};

struct join_spill *join_spill_new(void)
{
    struct join_spill *spill = mem_zero(1, sizeof *spill);
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < PARTITIONS; i++)
            spill->files[side][i] = spill_new();
    return spill;
}

void join_spill_free(struct join_spill *spill)
{
    if (!spill)
        return;
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < PARTITIONS; i++)
            spill_free(spill->files[side][i]);
    free(spill);
}

void join_spill_add(struct join_spill *spill, enum join_side_name side, const struct buffer *rows)
{
    for (size_t at = 0; at < rows->len;) {
        const struct join_row *row = (const struct join_row *)(const void *)(rows->data + at);
        size_t partition = (size_t)(row->hash >> PARTITION_SHIFT) % PARTITIONS;
        spill_write(spill->files[side][partition], row, row->size);
        spill->rows[side][partition]++;
        at += row->size;
    }
}

/* Appends the next row of a file; false at its end, or where it holds no row (a problem). */
static bool read_row(struct spill_reader *reader, struct buffer *into, struct problem *problem)
{
    size_t head_len = offsetof(struct join_row, bytes);
    const char *head = spill_read(reader, head_len);
    if (!head)
        return false;
    struct join_row row;
    memcpy(&row, head, head_len);
    if (row.size <= head_len)
        return problem_set(problem, STATUS_IO, "a temporary file was damaged");
    buffer_reserve(into, row.size);
    memcpy(into->data + into->len, head, head_len);
    const char *rest = spill_read(reader, row.size - head_len);
    if (!rest)
        return problem_set(problem, STATUS_IO, "a temporary file ends too early");
    memcpy(into->data + into->len + head_len, rest, row.size - head_len);
    into->len += row.size;
    return true;
}

/* Shared by the threads. */
struct run {
    struct join *join; /* its problem is the first that a thread met */
    size_t next;          /* partition to be taken */
    pthread_mutex_t lock; /* for taking one, for making and freeing joiners, and for join->problem */
    size_t memory;        /* for each thread's table */
};

/* A thread's own. */
struct partition {
    struct run *run;
    size_t number;
    struct join_table table;
    struct asof_index times;
    struct arena arena;
    struct joiner *joiner;
    struct buffer row;
    struct result result; /* where collected rows are counted */
    unsigned char *met;   /* of each probe row, over the pieces of the table */
    struct asof_best *best; /* the same in an asof join of several pieces; or NULL */
    struct problem problem;
};

static void start_reader(struct spill_reader *reader, const struct partition *partition, enum join_side_name side)
{
    const struct spill *file = partition->run->join->spill->files[side][partition->number];
    spill_reader_start(reader, file, 0, spill_end(file), WINDOW);
}

/* Reads rows into the table until its memory is used up; true if that was the last piece. */
static bool load(struct partition *partition, struct spill_reader *reader)
{
    struct join_table *table = &partition->table;
    struct buffer block = {0};
    size_t rows = 0;
    bool more = true;
    table->row_extra = partition->run->join->asof ? ASOF_ROW_BYTES : 0;
    while (more && table->bytes < partition->run->memory && table->rows < JOIN_TABLE_ROWS_MAX) {
        more = read_row(reader, &block, &partition->problem);
        rows += more;
        if (block.len >= BLOCK || (!more && rows > 0)) {
            join_table_add(table, &block, rows);
            block.len = rows = 0;
        }
    }
    buffer_free(&block);
    join_index(partition->run->join, table, &partition->times, 1);
    return spill_at_end(reader);
}

/* False: there is a problem, nothing need be done any more. */
static bool check(struct partition *partition, bool good, enum join_side_name side, uint64_t place)
{
    return good || join_bad_row(partition->run->join, partition->joiner->error, side, place, &partition->problem);
}

/* What is done with each row of the probe side; false: it failed. */
typedef bool piece_work(struct partition *partition, struct probe_row *probe, size_t number);

static bool probe_row(struct partition *partition, struct probe_row *probe, size_t number)
{
    probe->met = partition->met[number];
    probe->best = partition->best ? &partition->best[number] : NULL;
    if (probe->best && probe->best->failed)
        return true;
    bool good = joiner_probe(partition->joiner, probe, &partition->result);
    partition->met[number] = probe->met;
    return good;
}

static bool look_for_row(struct partition *partition, struct probe_row *probe, size_t number)
{
    struct asof_best *best = &partition->best[number];
    if (best->failed)
        return true; /* which was told */
    best->failed = !joiner_look(partition->joiner, probe, best);
    return !best->failed;
}

static void each_probe_row(struct partition *partition, bool last, piece_work *each)
{
    const struct join *join = partition->run->join;
    enum join_side_name side = join_probe_side(join);
    const struct join_names *names = join->names;
    struct joiner *joiner = partition->joiner;
    struct spill_reader reader = {0};
    start_reader(&reader, partition, side);
    bool good = true;
    for (size_t i = 0; good; i++) {
        partition->row.len = 0;
        if (!read_row(&reader, &partition->row, &partition->problem))
            break;
        const struct join_row *row = (const struct join_row *)(const void *)partition->row.data;
        join_row_unpack(row, joiner->slots[side], names->sides[side].paths.count);
        struct probe_row probe = {.hash = row->hash, .key = row->bytes, .key_len = row->key_len, .no_key = row->no_key,
                                  .spaced = row->spaced, .place = row->place, .last = last};
        if (join->asof && partition->arena.blocks)
            arena_reset(&partition->arena);
        if (join->asof)
            join_asof_read(join->asof, joiner->slots[side][names->time->slots[side]], &partition->arena, &probe.time);
        good = check(partition, each(partition, &probe, i), side, row->place);
    }
    spill_reader_free(&reader);
}

static void clear_piece(struct partition *partition)
{
    join_table_clear(&partition->table);
    asof_index_free(&partition->times);
}

static void write_alone(struct partition *partition)
{
    bool good = partition->problem.status == STATUS_OK && join_keeps_alone(partition->run->join);
    for (size_t i = 0; good && i < partition->table.rows; i++)
        good = check(partition, joiner_alone(partition->joiner, (uint32_t)i, &partition->result),
                     partition->run->join->build, partition->table.row[i]->place);
}

/* The piece that is loaded, and those behind it. */
static void each_piece(struct partition *partition, struct spill_reader *reader, bool last, piece_work *each)
{
    for (;; last = load(partition, reader)) {
        each_probe_row(partition, last, each);
        if (each == probe_row)
            write_alone(partition);
        clear_piece(partition);
        if (last || partition->problem.status != STATUS_OK)
            return;
    }
}

/* In an asof join of several pieces which row is the nearest one is known when all were looked at. */
static void join_partition(struct partition *partition)
{
    const struct join *join = partition->run->join;
    size_t rows = join->spill->rows[join_probe_side(join)][partition->number];
    struct spill_reader reader = {0};
    start_reader(&reader, partition, join->build);
    partition->met = mem_zero(rows, 1);
    bool last = load(partition, &reader);
    if (join->asof && !last) {
        partition->best = mem_zero(rows, sizeof *partition->best);
        each_piece(partition, &reader, last, look_for_row);
        start_reader(&reader, partition, join->build);
        last = load(partition, &reader);
    }
    each_piece(partition, &reader, last, probe_row);
    free(partition->met);
    free(partition->best);
    partition->best = NULL;
    spill_reader_free(&reader);
}

static bool take_partition(struct partition *partition)
{
    struct run *run = partition->run;
    pthread_mutex_lock(&run->lock);
    partition->number = run->next;
    if (run->join->problem.status == STATUS_OK)
        run->join->problem = partition->problem;
    bool more = run->next < PARTITIONS && run->join->problem.status == STATUS_OK;
    run->next += more;
    pthread_mutex_unlock(&run->lock);
    return more;
}

static void work(void *context, unsigned share)
{
    (void)share; /* whoever is free takes the next partition */
    struct run *run = context;
    struct partition partition = {.run = run};
    pthread_mutex_lock(&run->lock);
    partition.joiner = joiner_new(run->join, &partition.table, &partition.times);
    pthread_mutex_unlock(&run->lock);
    while (take_partition(&partition))
        join_partition(&partition);
    pthread_mutex_lock(&run->lock);
    joiner_free(partition.joiner);
    pthread_mutex_unlock(&run->lock);
    buffer_free(&partition.row);
    arena_free(&partition.arena);
}

int join_spill_run(struct join *join)
{
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < PARTITIONS; i++) {
            spill_flush(join->spill->files[side][i]);
            spill_settle(join->spill->files[side][i]);
        }
    struct run run = {.join = join, .memory = join->memory / join->threads, .lock = PTHREAD_MUTEX_INITIALIZER};
    threads_share(join->threads, work, &run);
    return (int)join->problem.status;
}
