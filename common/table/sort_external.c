/* Runs: sorted rows in temporary files, and their merge. A run's row is its length (8 bytes, so that a reader knows how
 * much to ask for) and then the packed row. */
#include <stdlib.h>
#include <string.h>

#include "table/sort_inner.h"

enum {
    RUN_WAYS = 64, /* runs merged at once */
    RUN_WINDOW_MIN = 64 * 1024,
    RUN_WINDOW_MAX = 1024 * 1024,
};

struct run_cursor {
    struct spill_reader reader;
    struct sort_row row; /* the present one; its bytes are the reader's */
};

struct sort_merging {
    struct run_cursor cursors[RUN_WAYS];
    struct run_cursor *heap[RUN_WAYS]; /* the first is the least */
    size_t count, used;
    bool given; /* the least has been given out: step on first */
};

static void write_row(struct sort *sort, struct sort_row row)
{
    const uint64_t len = row.len;
    spill_write(sort->spill, &len, sizeof len);
    spill_write(sort->spill, row.at, row.len);
}

/* The next row of a run into its cursor; false at the end. */
static bool read_row(struct run_cursor *cursor)
{
    const char *head = spill_read(&cursor->reader, sizeof(uint64_t));
    if (!head)
        return false;
    uint64_t len;
    memcpy(&len, head, sizeof len);
    cursor->row = (struct sort_row){.at = spill_read(&cursor->reader, (size_t)len), .len = (size_t)len};
    return cursor->row.at != NULL;
}

static void own_spill(struct sort *sort)
{
    if (sort->spill)
        return;
    sort->spill = spill_new();
    sort->spills = mem_resize(sort->spills, sort->spill_count + 1, sizeof(struct spill *));
    sort->spills[sort->spill_count++] = sort->spill;
}

static void add_run(struct sort *sort, struct sort_run run)
{
    if (sort->run_count == sort->run_cap) {
        sort->run_cap = sort->run_cap ? sort->run_cap * 2 : 16;
        sort->runs = mem_resize(sort->runs, sort->run_cap, sizeof *sort->runs);
    }
    sort->runs[sort->run_count++] = run;
}

/* Writes the rows in memory, in order, as a run that is not yet listed. */
static struct sort_run write_run(struct sort *sort)
{
    own_spill(sort);
    sort_entries(sort, sort_final_mode(sort), 1);
    struct sort_run run = {.spill = sort->spill, .from = spill_end(sort->spill), .unsure = sort_unsure(sort)};
    size_t count = sort->count;
    if (sort->options.has_limit && run.unsure == 0 && count > sort->options.limit)
        count = (size_t)sort->options.limit;
    for (size_t i = 0; i < count; i++)
        write_row(sort, sort_piece_row(sort->entries[i].piece));
    run.to = spill_end(sort->spill);
    pool_free(&sort->pool);
    sort->count = 0;
    sort->prefixed = true;
    sort->last_count = 0; /* they were in the pool */
    return run;
}

void sort_spill(struct sort *sort)
{
    if (sort->count == 0)
        return;
    add_run(sort, write_run(sort));
    spill_flush(sort->spill);
}

static void cursor_open(struct run_cursor *cursor, const struct sort_run *run, size_t window)
{
    spill_reader_start(&cursor->reader, run->spill, run->from, run->to, window);
}

/* Runs that took cells for numbers when a word was still to come are sorted again, as words. */
static void resort_runs(struct sort *sort)
{
    struct run_cursor cursor = {0};
    for (size_t i = 0; i < sort->run_count; i++) {
        if (!(sort->runs[i].unsure & sort->words))
            continue;
        cursor_open(&cursor, &sort->runs[i], RUN_WINDOW_MAX);
        while (read_row(&cursor))
            sort_keep(sort, cursor.row);
        sort->runs[i] = write_run(sort);
        spill_flush(sort->spill);
    }
    spill_reader_free(&cursor.reader);
}

static bool cursor_before(const struct sort *sort, const struct run_cursor *a, const struct run_cursor *b)
{
    return sort_compare(sort, a->row, b->row, sort_final_mode(sort)) < 0;
}

static void sift_down(const struct sort *sort, struct sort_merging *merging, size_t at)
{
    for (;;) {
        size_t least = at, child = 2 * at + 1;
        for (size_t i = child; i < child + 2 && i < merging->count; i++)
            if (cursor_before(sort, merging->heap[i], merging->heap[least]))
                least = i;
        if (least == at)
            return;
        struct run_cursor *swap = merging->heap[at];
        merging->heap[at] = merging->heap[least];
        merging->heap[least] = swap;
        at = least;
    }
}

/* Opens the last `ways` runs for merging, and takes them off the list. */
static void open_runs(struct sort *sort, struct sort_merging *merging, size_t ways)
{
    size_t window = sort->options.memory > 0 ? sort->options.memory / (ways + 1) : RUN_WINDOW_MAX;
    if (window < RUN_WINDOW_MIN)
        window = RUN_WINDOW_MIN;
    if (window > RUN_WINDOW_MAX)
        window = RUN_WINDOW_MAX;
    merging->count = 0;
    merging->given = false;
    for (size_t i = 0; i < ways; i++) {
        struct run_cursor *cursor = &merging->cursors[i];
        cursor_open(cursor, &sort->runs[--sort->run_count], window);
        if (read_row(cursor))
            merging->heap[merging->count++] = cursor;
    }
    if (ways > merging->used)
        merging->used = ways;
    for (size_t i = merging->count; i-- > 0;)
        sift_down(sort, merging, i);
}

bool sort_merging_next(struct sort *sort, struct sort_row *row)
{
    struct sort_merging *merging = sort->merging;
    if (merging->given) {
        if (!read_row(merging->heap[0]))
            merging->heap[0] = merging->heap[--merging->count];
        sift_down(sort, merging, 0);
    }
    merging->given = merging->count > 0;
    if (merging->given)
        *row = merging->heap[0]->row;
    return merging->given;
}

void sort_merging_start(struct sort *sort)
{
    own_spill(sort); /* runs may all have come from other sorts */
    sort_spill(sort);
    free(sort->entries);
    sort->entries = NULL;
    sort->cap = 0;
    resort_runs(sort);
    sort->merging = mem_zero(1, sizeof *sort->merging);
    while (sort->run_count > RUN_WAYS) {
        struct sort_run run = {.spill = sort->spill, .from = spill_end(sort->spill)};
        size_t ways = sort->run_count - RUN_WAYS + 1;
        open_runs(sort, sort->merging, ways < RUN_WAYS ? ways : RUN_WAYS);
        for (struct sort_row row; sort_merging_next(sort, &row);)
            write_row(sort, row);
        run.to = spill_end(sort->spill);
        spill_flush(sort->spill);
        /* room is there: two or more were taken */
        memmove(sort->runs + 1, sort->runs, sort->run_count * sizeof *sort->runs);
        sort->runs[0] = run;
        sort->run_count++;
    }
    for (size_t i = 0; i < sort->spill_count; i++)
        spill_settle(sort->spills[i]);
    open_runs(sort, sort->merging, sort->run_count);
}

void sort_merging_free(struct sort_merging *merging)
{
    for (size_t i = 0; i < merging->used; i++)
        spill_reader_free(&merging->cursors[i].reader);
    free(merging);
}
