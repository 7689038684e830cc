#include "group/columns.h"

#include <stdlib.h>
#include <string.h>

#include "group/key.h"
#include "table/sort.h"

/* Places for numbers: at first, at most, and the share of a table's memory that they may take. */
enum { NUMBERS_FIRST = 1024, NUMBERS_MAX = 1 << 21, NUMBERS_SHARE = 8 };

/* Where a number's group is. */
struct number_place {
    int64_t number;
    char *states; /* NULL: free */
};

struct group_columns {
    const struct group_select *select;
    enum rows_want *wants;       /* by path */
    struct rows_column *columns; /* of the rows at hand */
    char **states;               /* by row at hand */
    bool *nulls;
    char **by_code;              /* of the batch; NULL: not looked for yet */
    size_t code_cap;
    struct number_place *numbers;
    size_t mask, count, most;
    char *of_null;               /* the group of null, or of everything; NULL: not looked for yet */
    uint64_t sequence, first;    /* of the batch; the number in it of the first row at hand */
    size_t added;                /* looked for, since the table was checked */
    struct buffer key, head;
    struct arena arena;
};

struct group_columns *group_columns_new(const struct group_select *select, size_t path_count, size_t memory)
{
    bool one_key = select->key_count == 0 || (select->key_count == 1 && select->keys[0].plain);
    if (!one_key || select->sets.count > 0 || select->record_items > 0 || !aggregates_take_columns(select->aggregates))
        return NULL;
    struct group_columns *columns = mem_zero(1, sizeof *columns);
    columns->select = select;
    columns->wants = mem_zero(path_count + 1, sizeof *columns->wants);
    columns->columns = mem_zero(path_count + 1, sizeof *columns->columns);
    columns->states = mem_zero(ROWS_ALIVE, sizeof(char *));
    columns->nulls = mem_zero(ROWS_ALIVE, sizeof *columns->nulls);
    columns->most = NUMBERS_MAX;
    while (memory > 0 && columns->most > NUMBERS_FIRST &&
           columns->most * sizeof *columns->numbers > memory / NUMBERS_SHARE)
        columns->most /= 2;
    for (size_t i = 0; i < path_count; i++)
        columns->wants[i] = ROWS_WANT_CODES;
    for (size_t i = 0; i < select->aggregates->count; i++)
        if (aggregate_takes_numbers(&select->aggregates->list[i]))
            columns->wants[select->aggregates->list[i].slot] = ROWS_WANT_NUMBERS;
    return columns;
}

void group_columns_free(struct group_columns *columns)
{
    if (!columns)
        return;
    free(columns->wants);
    free(columns->columns);
    free(columns->states);
    free(columns->nulls);
    free(columns->by_code);
    free(columns->numbers);
    buffer_free(&columns->key);
    buffer_free(&columns->head);
    arena_free(&columns->arena);
    free(columns);
}

bool group_columns_fit(const struct group_columns *columns, const struct rows_reader *reader)
{
    return rows_have_columns(reader, columns->wants);
}

void group_columns_forget(struct group_columns *columns)
{
    if (columns->numbers)
        memset(columns->numbers, 0, (columns->mask + 1) * sizeof *columns->numbers);
    if (columns->by_code)
        memset(columns->by_code, 0, columns->code_cap * sizeof(char *));
    columns->count = 0;
    columns->of_null = NULL;
}

/* The states of a key's group, as row number `row` of those at hand has it; NULL: no key. */
static char *look_for(struct group_columns *columns, struct groups *groups, const struct span *span, size_t row)
{
    columns->key.len = columns->head.len = 0;
    if (span)
        group_key_span(*span, &columns->key, &columns->head, &columns->arena);
    const char *key = columns->key.len > 0 ? columns->key.data : "";
    uint64_t hash = groups_hash(key, columns->key.len);
    struct group *group = groups_find(groups, key, columns->key.len, hash);
    if (!group)
        group = groups_add(groups, key, columns->key.len, hash, sort_place(columns->sequence, columns->first + row),
                           columns->head.data, columns->head.len);
    if (columns->arena.blocks)
        arena_reset(&columns->arena);
    columns->added++;
    return group->states;
}

static char *of_null(struct group_columns *columns, struct groups *groups, size_t row)
{
    const struct span null = {.text = "null", .len = 4, .type = SPAN_NULL};
    if (!columns->of_null)
        columns->of_null = look_for(columns, groups, columns->select->key_count > 0 ? &null : NULL, row);
    return columns->of_null;
}

static void find_codes(struct group_columns *columns, struct groups *groups, const struct rows_column *key,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t code = key->codes[i];
        if (code == UINT32_MAX) {
            columns->states[i] = of_null(columns, groups, i);
            continue;
        }
        if (!columns->by_code[code])
            columns->by_code[code] = look_for(columns, groups, &key->texts[code], i);
        columns->states[i] = columns->by_code[code];
    }
}

static size_t place_of(const struct group_columns *columns, int64_t number)
{
    return (size_t)hash_mix((uint64_t)number, hash_seed()) & columns->mask;
}

static void put_number(struct group_columns *columns, int64_t number, char *states)
{
    size_t at = place_of(columns, number);
    while (columns->numbers[at].states)
        at = (at + 1) & columns->mask;
    columns->numbers[at] = (struct number_place){.number = number, .states = states};
    columns->count++;
}

/* Room for `more` numbers, unless that would be too much: then no more are kept. */
static void grow_numbers(struct group_columns *columns, size_t more)
{
    size_t places = columns->numbers ? columns->mask + 1 : NUMBERS_FIRST;
    struct number_place *old = columns->numbers;
    size_t old_places = old ? places : 0;
    while (columns->count + more > places / 4 * 3 && places < columns->most)
        places *= 2;
    if (places == old_places)
        return;
    columns->numbers = mem_zero(places, sizeof *columns->numbers);
    columns->mask = places - 1;
    columns->count = 0;
    for (size_t i = 0; i < old_places; i++)
        if (old[i].states)
            put_number(columns, old[i].number, old[i].states);
    free(old);
}

static char *find_number(struct group_columns *columns, struct groups *groups, int64_t number, size_t at, size_t row)
{
    char digits[VALUE_LONG_DIGITS];
    for (; columns->numbers[at].states; at = (at + 1) & columns->mask)
        if (columns->numbers[at].number == number)
            return columns->numbers[at].states;
    struct span span = {.type = SPAN_NUMBER};
    span.text = value_long_digits(number, digits, &span.len);
    char *states = look_for(columns, groups, &span, row);
    if (columns->count < (columns->mask + 1) / 4 * 3) {
        columns->numbers[at] = (struct number_place){.number = number, .states = states};
        columns->count++;
    }
    return states;
}

static void find_numbers(struct group_columns *columns, struct groups *groups, const struct rows_column *key,
                         size_t count)
{
    size_t places[ROWS_ALIVE];
    grow_numbers(columns, count);
    for (size_t i = 0; i < count; i++) {
        places[i] = place_of(columns, key->numbers[i]);
        __builtin_prefetch(&columns->numbers[places[i]]);
    }
    for (size_t i = 0; i < count; i++) {
        columns->states[i] = key->nulls && key->nulls[i]
                                 ? of_null(columns, groups, i)
                                 : find_number(columns, groups, key->numbers[i], places[i], i);
        __builtin_prefetch(columns->states[i], 1);
    }
}

/* The group of each of the rows at hand. */
static void find_groups(struct group_columns *columns, struct groups *groups, size_t count)
{
    const struct group_select *select = columns->select;
    const struct rows_column *key = select->key_count > 0 ? &columns->columns[select->keys[0].slot] : NULL;
    if (key && key->codes) {
        find_codes(columns, groups, key, count);
    } else if (key && key->numbers) {
        find_numbers(columns, groups, key, count);
    } else {
        for (size_t i = 0; i < count; i++)
            columns->states[i] = key ? look_for(columns, groups, &key->spans[i], i)
                                     : of_null(columns, groups, i);
    }
}

/* Which of the rows at hand are null; NULL: none. */
static const bool *nulls_of(struct group_columns *columns, const struct rows_column *column, size_t count)
{
    if (column->numbers)
        return column->nulls;
    for (size_t i = 0; i < count; i++)
        columns->nulls[i] = column->codes ? column->codes[i] == UINT32_MAX : column->spans[i].type <= SPAN_NULL;
    return columns->nulls;
}

static void collect(struct group_columns *columns, struct groups *groups, size_t count)
{
    const struct aggregates *aggregates = columns->select->aggregates;
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        const struct rows_column *column = aggregate->star ? NULL : &columns->columns[aggregate->slot];
        aggregates_collect_column(aggregates, i, columns->states, column ? column->numbers : NULL,
                                  column ? nulls_of(columns, column, count) : NULL, count, groups_pool(groups));
    }
    bool gone = false;
    for (; columns->added > 0; columns->added--)
        gone |= groups_check(groups);
    if (gone)
        group_columns_forget(columns);
}

/* Before the first rows of a batch, whose codes are its own. */
static void start_codes(struct group_columns *columns)
{
    const struct group_select *select = columns->select;
    const struct rows_column *key = select->key_count > 0 ? &columns->columns[select->keys[0].slot] : NULL;
    if (!key || !key->codes || key->text_count <= columns->code_cap)
        return;
    columns->by_code = mem_resize(columns->by_code, 2 * key->text_count, sizeof(char *));
    memset(columns->by_code + columns->code_cap, 0, (2 * key->text_count - columns->code_cap) * sizeof(char *));
    columns->code_cap = 2 * key->text_count;
}

void group_columns_take(struct group_columns *columns, struct rows_reader *reader, struct groups *groups,
                        const struct batch *batch, const struct result *result)
{
    columns->sequence = batch->sequence;
    if (columns->by_code)
        memset(columns->by_code, 0, columns->code_cap * sizeof(char *));
    for (size_t count; (count = rows_columns(reader, columns->wants, columns->columns, &columns->first)) > 0;) {
        if (result->status != STATUS_OK)
            return;
        start_codes(columns);
        find_groups(columns, groups, count);
        collect(columns, groups, count);
    }
}
