#include "join/asof.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "base/pool.h"
#include "base/threads.h"
#include "value/cast.h"
#include "value/interval.h"

enum { THOUSAND = 1000, SORT_SMALL = 50000 };

bool join_asof_direction(struct join_asof *asof, const char *argument, struct problem *problem)
{
    static const char *const names[] = {"backward", "forward", "nearest"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(argument, names[i]) == 0) {
            asof->direction = (enum asof_direction)i;
            return true;
        }
    return problem_usage(problem, "--direction: expected backward, forward or nearest, not '%s'", argument);
}

/* A finite number in two parts; infinities and what is no number are no time. */
static struct asof_time of_double(double real)
{
    static const double limit = 9223372036854775808.0; /* 2^63 */
    if (!isfinite(real))
        return (struct asof_time){.kind = ASOF_NONE};
    if (real >= limit || real < -limit)
        return (struct asof_time){.kind = ASOF_NUMBER, .whole = real > 0 ? INT64_MAX : INT64_MIN, .part = real};
    double whole = floor(real);
    return (struct asof_time){.kind = ASOF_NUMBER, .whole = (int64_t)whole, .part = real - whole};
}

static struct asof_time of_number(const struct value *number)
{
    if (number->type == VALUE_LONG)
        return (struct asof_time){.kind = ASOF_NUMBER, .whole = number->integer};
    return of_double(value_to_double(number));
}

bool join_asof_tolerance(struct join_asof *asof, const char *argument, struct problem *problem)
{
    struct value number, interval;
    int64_t ms, us;
    asof->has_tolerance = true;
    if (value_parse_number(argument, strlen(argument), &number)) {
        asof->tolerance = of_number(&number);
        if (asof->tolerance.kind != ASOF_NONE && value_to_double(&number) >= 0)
            return true;
    } else if (moment_duration(argument, strlen(argument), &ms) && ms >= 0 &&
               !__builtin_mul_overflow(ms, THOUSAND, &us)) {
        asof->tolerance = (struct asof_time){.kind = ASOF_TIME, .whole = us};
        return true;
    }
    if (interval_parse(argument, strlen(argument), &interval) && interval.precision > INTERVAL_MONTH &&
        interval.interval.microseconds >= 0) {
        asof->tolerance = (struct asof_time){.kind = ASOF_TIME, .whole = interval.interval.microseconds};
        return true;
    }
    return problem_usage(problem, "--tolerance %s: expected a number, or a length of time such as 10s or 5 minutes",
                         argument);
}

static bool read_time(struct span span, struct arena *arena, struct asof_time *time)
{
    *time = (struct asof_time){.kind = ASOF_NONE};
    struct value value = value_from_span(span, arena), number;
    if (value.type == VALUE_NULL)
        return true;
    if (value.type == VALUE_LONG || value.type == VALUE_DOUBLE || value.type == VALUE_DECIMAL) {
        *time = of_number(&value);
        return true;
    }
    if (value.type == VALUE_BOOLEAN || value.type == VALUE_ARRAY || value.type == VALUE_STRUCT ||
        value.type == VALUE_INTERVAL)
        return false;
    bool text = value.type == VALUE_STRING || value.type == VALUE_CELL;
    if (text && value_parse_number(value.text, value.len, &number)) {
        *time = of_number(&number);
        return true;
    }
    value = cast_timestamp(&value);
    if (value.type != VALUE_TIMESTAMP)
        return false;
    *time = (struct asof_time){.kind = ASOF_TIME, .whole = value.integer};
    return true;
}

const char *join_asof_read(const struct join_asof *asof, struct span span, struct arena *arena, struct asof_time *time)
{
    if (!read_time(span, arena, time))
        return "--asof: neither a number nor a time";
    if (!asof->has_tolerance || time->kind == ASOF_NONE || time->kind == asof->tolerance.kind)
        return NULL;
    return time->kind == ASOF_TIME ? "--asof: a time, and --tolerance is a number"
                                   : "--asof: a number, and --tolerance is a length of time";
}

static int compare(const struct asof_time *a, const struct asof_time *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->whole != b->whole)
        return a->whole < b->whole ? -1 : 1;
    return (a->part > b->part) - (a->part < b->part);
}

/* How far apart two of one kind are: lesser ones compare less. */
struct distance {
    uint64_t whole;
    double part;
};

static struct distance distance_of(const struct asof_time *a, const struct asof_time *b)
{
    bool less = compare(a, b) < 0;
    const struct asof_time *low = less ? a : b, *high = less ? b : a;
    struct distance distance = {(uint64_t)high->whole - (uint64_t)low->whole, high->part - low->part};
    if (distance.part < 0 && distance.whole > 0 && distance.part >= -1) {
        distance.whole--;
        distance.part += 1;
    }
    return distance;
}

static int compare_distances(struct distance a, struct distance b)
{
    if (a.whole != b.whole)
        return a.whole < b.whole ? -1 : 1;
    return (a.part > b.part) - (a.part < b.part);
}

/* Whether a row of this time can be met from `at`. */
static bool is_near(const struct join_asof *asof, const struct asof_time *at, const struct asof_time *time)
{
    if (time->kind != at->kind)
        return false;
    const struct asof_time *most = &asof->tolerance;
    return !asof->has_tolerance ||
           (most->kind == at->kind && compare_distances(distance_of(at, time), (struct distance){(uint64_t)most->whole,
                                                                                                most->part}) <= 0);
}

bool join_asof_nearer(const struct join_asof *asof, struct asof_time at, struct asof_time time, uint64_t place,
                      struct asof_time than, uint64_t than_place)
{
    bool below = compare(&time, &at) <= 0;
    int order = compare_distances(distance_of(&at, &time), distance_of(&at, &than));
    if (order != 0)
        return order < 0;
    if (asof->direction == ASOF_NEAREST && below != (compare(&than, &at) <= 0))
        return below;
    bool last = asof->direction == ASOF_BACKWARD || (asof->direction == ASOF_NEAREST && below);
    return last ? place > than_place : place < than_place;
}

/* Sorting one key's rows by their times. */
static int compare_rows(const void *left, const void *right, void *context)
{
    const struct asof_time *times = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = compare(&times[a], &times[b]);
    return order != 0 ? order : (a > b) - (a < b);
}

struct making {
    struct asof_index *index;
    const struct join_asof *asof;
    const struct join_table *table;
    size_t slot, slot_count;
    unsigned shares;
};

/* A stretch of the rows: their times. */
static void read_times(void *context, unsigned share)
{
    const struct making *making = context;
    const struct join_table *table = making->table;
    struct span *slots = mem_zero(making->slot_count, sizeof *slots);
    struct arena arena = {0};
    size_t from = table->rows / making->shares * share;
    size_t to = share + 1 == making->shares ? table->rows : from + table->rows / making->shares;
    for (size_t i = from; i < to; i++) {
        if (table->row[i]->no_key)
            continue;
        arena_reset(&arena);
        join_row_unpack(table->row[i], slots, making->slot_count);
        join_asof_read(making->asof, slots[making->slot], &arena, &making->index->times[i]);
    }
    arena_free(&arena);
    free(slots);
}

/* The rows behind a first one, sorted; where they stand in order, from `at` on. */
static uint32_t order_key(const struct making *making, uint32_t head, uint32_t at)
{
    struct asof_index *index = making->index;
    uint32_t count = 0;
    bool sorted = true;
    for (uint32_t row = head; row != JOIN_NO_ROW; row = making->table->next[row]) {
        if (index->times[row].kind == ASOF_NONE)
            continue;
        const struct asof_time *before = count > 0 ? &index->times[index->order[at + count - 1]] : NULL;
        sorted = sorted && (!before || compare(before, &index->times[row]) <= 0);
        index->order[at + count++] = row;
    }
    if (!sorted)
        qsort_r(index->order + at, count, sizeof *index->order, compare_rows, index->times);
    index->first[head] = at;
    index->count[head] = count;
    return at + count;
}

void asof_index_make(struct asof_index *index, const struct join_asof *asof, const struct join_table *table,
                     size_t slot, size_t slot_count, unsigned threads)
{
    index->cap = table->rows + 1;
    index->times = pool_map(index->cap * sizeof *index->times);
    index->order = pool_map(index->cap * sizeof *index->order);
    index->first = pool_map(index->cap * sizeof *index->first);
    index->count = pool_map(index->cap * sizeof *index->count);
    memset(index->times, 0, index->cap * sizeof *index->times);
    memset(index->count, 0, index->cap * sizeof *index->count);
    struct making making = {.index = index, .asof = asof, .table = table, .slot = slot, .slot_count = slot_count,
                            .shares = table->rows < SORT_SMALL ? 1 : threads};
    threads_share(making.shares, read_times, &making);
    /* a row that follows none is the first one of its key */
    for (size_t i = 0; i < table->rows; i++)
        if (!table->row[i]->no_key && table->next[i] != JOIN_NO_ROW)
            index->count[table->next[i]] = 1;
    uint32_t at = 0;
    for (size_t i = 0; i < table->rows; i++) {
        bool head = index->count[i] == 0;
        index->count[i] = 0;
        if (head && !table->row[i]->no_key)
            at = order_key(&making, (uint32_t)i, at);
    }
}

void asof_index_free(struct asof_index *index)
{
    if (index->times) {
        pool_unmap(index->times, index->cap * sizeof *index->times);
        pool_unmap(index->order, index->cap * sizeof *index->order);
        pool_unmap(index->first, index->cap * sizeof *index->first);
        pool_unmap(index->count, index->cap * sizeof *index->count);
    }
    *index = (struct asof_index){0};
}

/* How many rows of [first, last) are before `at`, or, with `equal`, at it. */
static uint32_t bound(const struct asof_index *index, uint32_t first, uint32_t last, const struct asof_time *at,
                      bool equal)
{
    while (first < last) {
        uint32_t middle = first + (last - first) / 2;
        int order = compare(&index->times[index->order[middle]], at);
        if (order < 0 || (equal && order == 0))
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

void asof_search_start(struct asof_search *search, const struct join_asof *asof, const struct asof_index *index,
                       uint32_t head, struct asof_time at)
{
    *search = (struct asof_search){.asof = asof, .index = index, .at = at};
    if (head == JOIN_NO_ROW || at.kind == ASOF_NONE)
        return;
    uint32_t first = index->first[head], last = first + index->count[head];
    search->first = first;
    search->last = last;
    bool nearest = asof->direction == ASOF_NEAREST; /* which takes equal ones from below */
    search->before = bound(index, first, last, &at, !asof->no_equal);
    search->after = bound(index, first, last, &at, nearest || asof->no_equal);
    if (asof->direction == ASOF_BACKWARD)
        search->after = last;
    if (asof->direction == ASOF_FORWARD)
        search->before = first;
}

uint32_t asof_search_next(struct asof_search *search)
{
    const struct asof_index *index = search->index;
    const struct asof_time *below = NULL, *above = NULL;
    if (search->before > search->first)
        below = &index->times[index->order[search->before - 1]];
    if (search->after < search->last)
        above = &index->times[index->order[search->after]];
    if (below && !is_near(search->asof, &search->at, below))
        below = NULL;
    if (above && !is_near(search->asof, &search->at, above))
        above = NULL;
    if (below && above &&
        compare_distances(distance_of(&search->at, above), distance_of(&search->at, below)) < 0)
        below = NULL;
    if (below)
        return index->order[--search->before];
    return above ? index->order[search->after++] : JOIN_NO_ROW;
}
