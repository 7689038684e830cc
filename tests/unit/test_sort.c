/* sort: order, ties, nulls, the TSV rule for cells, top-N, and the same answer from temporary files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table/sort.h"

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static struct value long_value(int64_t number)
{
    return (struct value){.type = VALUE_LONG, .integer = number};
}

static struct value text_value(enum value_type type, const char *text)
{
    return (struct value){.type = type, .text = text, .len = strlen(text)};
}

/* Adds the texts as cells (NULL: null) and returns the rows' order as letters a, b, c… */
static void order_cells(const char *const *cells, size_t count, bool descending, bool nulls_last,
                        const struct sort_options *base, char *letters)
{
    struct order_key key = {.descending = descending, .nulls_last = nulls_last};
    struct order order = {.keys = &key, .count = 1};
    struct sort_options options = *base;
    options.order = &order;
    struct sort *sort = sort_new(&options);
    for (size_t i = 0; i < count; i++) {
        struct value value = cells[i] ? text_value(VALUE_CELL, cells[i]) : (struct value){.type = VALUE_NULL};
        char letter = (char)('a' + i);
        sort_add(sort, &value, i, 0, &letter, 1);
    }
    const char *row;
    size_t len, given = 0;
    while (sort_next(sort, &row, &len)) {
        assert_int_equal(len, 1);
        letters[given++] = *row;
    }
    letters[given] = '\0';
    sort_free(sort);
}

static void cells_are_numbers_only_together(void **state)
{
    (void)state;
    char letters[32];
    const struct sort_options plain = {0};
    order_cells((const char *[]){"10", "9", NULL, "1e1", "-3"}, 5, false, false, &plain, letters);
    assert_string_equal(letters, "cebad");
    order_cells((const char *[]){"10", "9", NULL, "x", "-3"}, 5, false, false, &plain, letters);
    assert_string_equal(letters, "ceabd");
    order_cells((const char *[]){"10", "9", NULL, "1e1", "-3"}, 5, true, true, &plain, letters);
    assert_string_equal(letters, "adbec");
}

/* The word that makes the column bytewise comes after the rows it reorders were pruned or spilled. */
static void late_word_changes_the_order(void **state)
{
    (void)state;
    for (int limited = 0; limited < 2; limited++) {
        struct order_key key = {0};
        struct order order = {.keys = &key, .count = 1};
        struct sort_options options = {.order = &order, .has_limit = limited, .limit = 3, .memory = limited ? 0 : 4096};
        struct sort *sort = sort_new(&options);
        char text[16];
        for (unsigned i = 0; i < 5000; i++) {
            snprintf(text, sizeof text, "%u", 2000 + i); /* "10000" is last by number, first by bytes */
            if (i == 4999)
                snprintf(text, sizeof text, "10000");
            struct value value = text_value(VALUE_CELL, text);
            sort_add(sort, &value, i, 0, text, strlen(text));
        }
        struct value word = text_value(VALUE_CELL, "word");
        sort_add(sort, &word, 5000, 0, "word", 4);
        const char *row;
        size_t len;
        assert_true(sort_next(sort, &row, &len));
        assert_memory_equal(row, "10000", 5);
        assert_true(sort_next(sort, &row, &len));
        assert_memory_equal(row, "2000", 4);
        size_t rest = 0;
        while (sort_next(sort, &row, &len))
            rest++;
        assert_int_equal(rest, limited ? 1 : 4999);
        sort_free(sort);
    }
}

struct sample {
    int64_t first;
    bool first_null;
    char second[12];
    uint64_t place;
};

static const struct order_key *sample_keys;

static int compare_samples(const void *left, const void *right)
{
    const struct sample *a = left, *b = right;
    if (a->first_null != b->first_null)
        return a->first_null == sample_keys[0].nulls_last ? 1 : -1;
    if (!a->first_null && a->first != b->first)
        return (a->first > b->first) != sample_keys[0].descending ? 1 : -1;
    int order = strcmp(a->second, b->second);
    if (order != 0)
        return (order > 0) != sample_keys[1].descending ? 1 : -1;
    return a->place < b->place ? -1 : 1;
}

/* Random rows against qsort: in memory, with runs (more than are merged at once), with limits, merged from several
 * sorts. */
static void random_rows_come_in_order(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    struct sample *samples = calloc(ROWS, sizeof *samples);
    assert_non_null(samples);
    for (unsigned round = 0; round < 16; round++) {
        struct order_key keys[2] = {{.descending = round & 1, .nulls_last = round & 2},
                                    {.descending = round & 4, .nulls_last = round & 4}};
        struct order order = {.keys = keys, .count = 2};
        struct sort_options options = {.order = &order,
                                       .has_limit = round & 8,
                                       .limit = round & 1 ? 100 : 7000,
                                       .memory = round % 3 == 0   ? 0
                                                 : round % 3 == 1 ? 20000
                                                                  : 300000};
        struct sort *sorts[3];
        for (size_t i = 0; i < 3; i++)
            sorts[i] = sort_new(&options);
        for (uint64_t i = 0; i < ROWS; i++) {
            struct sample *sample = &samples[i];
            *sample = (struct sample){
                .first = (int64_t)(next_random() % 500) - 250, .first_null = next_random() % 20 == 0, .place = i};
            snprintf(sample->second, sizeof sample->second, "k%u", (unsigned)(next_random() % 30));
            struct value values[2] = {sample->first_null ? (struct value){.type = VALUE_NULL}
                                                         : long_value(sample->first),
                                      text_value(VALUE_STRING, sample->second)};
            sort_add(sorts[next_random() % 3], values, i / 7, i % 7, &i, sizeof i);
        }
        sort_merge(sorts[0], sorts[1]);
        sort_merge(sorts[0], sorts[2]);
        sample_keys = keys;
        qsort(samples, ROWS, sizeof *samples, compare_samples);
        const char *row;
        size_t len, given = 0;
        while (sort_next(sorts[0], &row, &len)) {
            uint64_t place;
            memcpy(&place, row, sizeof place);
            assert_int_equal(place, samples[given].place);
            given++;
        }
        assert_int_equal(given, options.has_limit ? options.limit : ROWS);
        sort_free(sorts[0]);
    }
    free(samples);
}

enum kind {
    KIND_TEXT,
    KIND_LONG_TEXT,
    KIND_NUMBER,
    KIND_CELL,
    KIND_CELL_NUMBER,
    KIND_TIME,
    KIND_BOOLEAN,
    KIND_KEY,
    KIND_ANY,
    KINDS
};

/* A value of a kind; its text goes to the arena. Few different ones of some, so that later keys count. */
static struct value random_value(enum kind kind, struct arena *arena)
{
    static const char *const texts[] = {"", "a", "a\0", "ab", "abcdefg", "abcdefgh", "abcdefg\0", "\xff\xfe", "zz"};
    static const size_t lens[] = {0, 1, 2, 2, 7, 8, 8, 2, 2};
    char text[120];
    size_t pick = next_random() % (sizeof lens / sizeof *lens);
    if (next_random() % 11 == 0)
        return (struct value){.type = VALUE_NULL};
    switch (kind) {
    case KIND_TEXT:
        return (struct value){.type = VALUE_STRING, .text = texts[pick], .len = lens[pick]};
    case KIND_LONG_TEXT:
        memset(text, 'x', sizeof text);
        text[next_random() % 100] = (char)('w' + next_random() % 3);
        return (struct value){.type = VALUE_STRING, .text = arena_copy(arena, text, 100), .len = 100 - pick};
    case KIND_NUMBER:
        switch (next_random() % 4) {
        case 0:
            return (struct value){.type = VALUE_DOUBLE, .real = pick == 0 ? NAN : (double)(int)pick * -0.5};
        case 1:
            return (struct value){.type = VALUE_DECIMAL, .unscaled = (__int128)pick * 1000 - 2500, .scale = 3};
        default:
            return long_value(pick == 1   ? INT64_MAX - (int64_t)(next_random() % 3)
                              : pick == 2 ? INT64_MIN + (int64_t)(next_random() % 3)
                                          : (int64_t)(next_random() % 7) - 3);
        }
    case KIND_CELL:
        return (struct value){.type = VALUE_CELL, .text = texts[pick], .len = lens[pick]};
    case KIND_CELL_NUMBER:
        snprintf(text, sizeof text, pick % 2 ? "%d" : "%d.50", (int)(next_random() % 2000) - 1000);
        return (struct value){.type = VALUE_CELL, .text = arena_copy(arena, text, strlen(text)), .len = strlen(text)};
    case KIND_TIME:
        return (struct value){.type = VALUE_TIMESTAMP, .integer = pick == 0 ? INT64_MAX : (int64_t)next_random() % 50};
    case KIND_BOOLEAN:
        return (struct value){.type = VALUE_BOOLEAN, .boolean = next_random() % 2};
    case KIND_KEY: /* its length, what all have, a number, and perhaps no more than zeros */
        memset(text, 0, sizeof text);
        snprintf(text + 1, sizeof text - 1, "key %u", (unsigned)(next_random() % 9000));
        text[0] = (char)(strlen(text + 1) + pick % 3);
        return (struct value){
            .type = VALUE_STRING, .text = arena_copy(arena, text, 20), .len = (unsigned char)text[0] + 1u};
    case KIND_ANY:
    case KINDS:
        break;
    }
    return random_value((enum kind)(next_random() % KIND_CELL), arena);
}

/* More rows than are sorted in one piece, of each kind of key, over threads: each comes once, and none before one that
 * it is not to be before. */
static void many_rows_of_any_kind(void **state)
{
    (void)state;
    enum { ROWS = 70000, KEYS = 3 };
    struct value(*values)[KEYS] = calloc(ROWS, sizeof *values);
    bool *seen = calloc(ROWS, sizeof *seen);
    assert_non_null(values);
    assert_non_null(seen);
    for (unsigned round = 0; round < 3 * KINDS; round++) {
        struct arena arena = {0};
        struct order_key keys[KEYS];
        enum kind kinds[KEYS] = {(enum kind)(round % KINDS), (enum kind)(next_random() % KINDS),
                                 (enum kind)(next_random() % KINDS)};
        bool alone = next_random() % 3 == 0; /* one value for all: the second key decides */
        for (size_t k = 0; k < KEYS; k++)
            keys[k] = (struct order_key){.descending = next_random() % 2, .nulls_last = next_random() % 2};
        struct order order = {.keys = keys, .count = KEYS};
        struct sort_options options = {.order = &order, .threads = round % 4};
        struct sort *sort = sort_new(&options);
        for (size_t i = 0; i < ROWS; i++) {
            for (size_t k = 0; k < KEYS; k++)
                values[i][k] = k == 0 && alone && i > 0 ? values[0][0] : random_value(kinds[k], &arena);
            sort_add(sort, values[i], i, 0, &i, sizeof i);
        }
        memset(seen, 0, ROWS * sizeof *seen);
        const char *row;
        size_t len, before = 0, at, given = 0;
        for (; sort_next(sort, &row, &len); before = at, given++) {
            memcpy(&at, row, sizeof at);
            assert_false(seen[at]);
            seen[at] = true;
            int order_of = 0;
            for (size_t k = 0; k < KEYS && given > 0 && order_of == 0; k++) {
                const struct value *a = &values[before][k], *b = &values[at][k];
                if (a->type == VALUE_NULL || b->type == VALUE_NULL)
                    order_of = a->type == b->type ? 0 : (a->type == VALUE_NULL) == keys[k].nulls_last ? 1 : -1;
                else
                    order_of = value_compare(a, b, kinds[k] == KIND_CELL_NUMBER) * (keys[k].descending ? -1 : 1);
            }
            assert_true(given == 0 || order_of < 0 || (order_of == 0 && before < at));
        }
        assert_int_equal(given, ROWS);
        sort_free(sort);
        arena_free(&arena);
    }
    free(values);
    free(seen);
}

/* Parts, read by several readers in any order, are what sort_next gives, and so are the keys that rows share. */
static void parts_are_the_rows_in_order(void **state)
{
    (void)state;
    enum { ROWS = 70000 };
    size_t divided = 0;
    for (unsigned round = 0; round < 3 * KINDS; round++) {
        struct arena arena = {0};
        struct order_key keys[2] = {{.descending = round & 1, .nulls_last = round & 2}, {.descending = round & 2}};
        struct order order = {.keys = keys, .count = 2};
        struct sort_options options = {.order = &order, .threads = round % 4, .compares = true};
        struct sort *plain = sort_new(&options), *parted = sort_new(&options), *other = sort_new(&options);
        for (size_t i = 0; i < ROWS; i++) {
            struct value values[2] = {random_value((enum kind)(round % KINDS), &arena),
                                      random_value(round % 2 ? KIND_CELL_NUMBER : KIND_TEXT, &arena)};
            sort_add(plain, values, i, 0, &i, sizeof i);
            sort_add(next_random() % 2 ? parted : other, values, i, 0, &i, sizeof i);
        }
        sort_merge(parted, other);
        size_t parts = sort_divide(parted), *rows = calloc(ROWS, sizeof *rows), *same = calloc(ROWS, sizeof *same);
        struct sort_reader readers[2] = {0};
        const char *row;
        size_t len, given = 0;
        divided += parts > 0;
        for (size_t part = parts; part-- > 0;) {
            struct sort_reader *reader = &readers[next_random() % 2];
            size_t at = (size_t)sort_part_start(parted, part);
            for (sort_part_open(parted, part, reader); sort_part_next(reader, &row, &len); at++) {
                memcpy(&rows[at], row, sizeof rows[at]);
                same[at] = reader->same;
            }
        }
        for (; parts > 0 && sort_next(plain, &row, &len); given++) {
            size_t wanted;
            memcpy(&wanted, row, sizeof wanted);
            assert_int_equal(rows[given], wanted);
            assert_int_equal(same[given], sort_same(plain));
        }
        assert_int_equal(given, parts > 0 ? ROWS : 0);
        if (parts == 0) /* they are all still there */
            while (sort_next(parted, &row, &len))
                given++;
        assert_int_equal(given, ROWS);
        sort_reader_free(&readers[0]);
        sort_reader_free(&readers[1]);
        sort_free(plain);
        sort_free(parted);
        free(rows);
        free(same);
        arena_free(&arena);
    }
    assert_true(divided >= 2);
}

/* What is in order, has a limit, is in files, or is few stays whole. */
static void what_is_not_divided(void **state)
{
    (void)state;
    for (unsigned what = 0; what < 5; what++) {
        struct order_key key = {0};
        struct order order = {.keys = &key, .count = 1};
        struct sort_options options = {
            .order = &order, .has_limit = what == 1, .limit = 99999, .memory = what == 2 ? 100000 : 0};
        struct sort *sort = sort_new(&options);
        int64_t rows = what == 3 ? 1000 : 40000;
        for (int64_t i = 0; i < rows; i++) {
            struct value value = long_value(what == 0 ? i : i * 7919 % 40009);
            sort_add(sort, &value, (uint64_t)i, 0, &i, sizeof i);
        }
        assert_int_equal(sort_divide(sort) > 0, what == 4);
        sort_free(sort);
    }
}

static void every_type_survives_a_run(void **state)
{
    (void)state;
    struct order_key key = {0};
    struct order order = {.keys = &key, .count = 1};
    struct sort_options options = {.order = &order, .memory = 1};
    struct sort *sort = sort_new(&options);
    const struct value values[] = {
        {.type = VALUE_DECIMAL, .unscaled = (__int128)5 * 1000000000000000000 * 1000000000, .scale = 2},
        {.type = VALUE_DOUBLE, .real = 2.5},
        {.type = VALUE_LONG, .integer = -7},
        {.type = VALUE_DECIMAL, .unscaled = -725, .scale = 2},
        {.type = VALUE_NULL},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char letter = (char)('a' + i);
        sort_add(sort, &values[i], i, 0, &letter, 1);
    }
    char letters[8] = "";
    const char *row;
    size_t len;
    while (sort_next(sort, &row, &len))
        strncat(letters, row, 1);
    assert_string_equal(letters, "edcba");
    sort_free(sort);
}

static void without_keys_by_place(void **state)
{
    (void)state;
    struct sort_options options = {.memory = 3000};
    struct sort *sort = sort_new(&options);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t place = i * 617 % 1000;
        sort_add(sort, NULL, sort_place(place, place), 0, &place, sizeof place);
    }
    const char *row;
    size_t len;
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(sort_next(sort, &row, &len));
        assert_memory_equal(row, &i, sizeof i);
    }
    assert_false(sort_next(sort, &row, &len));
    sort_free(sort);
}

static void limit_zero_and_empty(void **state)
{
    (void)state;
    const char *row;
    size_t len;
    struct sort_options options = {.has_limit = true, .memory = 1};
    struct sort *sort = sort_new(&options);
    sort_add(sort, NULL, 1, 0, "x", 1);
    assert_false(sort_next(sort, &row, &len));
    sort_free(sort);
    options = (struct sort_options){.memory = 1};
    sort = sort_new(&options);
    assert_false(sort_next(sort, &row, &len));
    sort_free(sort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_numbers_only_together), cmocka_unit_test(late_word_changes_the_order),
        cmocka_unit_test(random_rows_come_in_order),       cmocka_unit_test(many_rows_of_any_kind),
        cmocka_unit_test(parts_are_the_rows_in_order),     cmocka_unit_test(what_is_not_divided),
        cmocka_unit_test(every_type_survives_a_run),
        cmocka_unit_test(without_keys_by_place),           cmocka_unit_test(limit_zero_and_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
