/* join_table: every row is found by its key, those of one key in their order, however many threads made the index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "join/table.h"

enum { ROWS = 250000, KEYS = 70001 }; /* more rows than one thread indexes */

static size_t key_of(size_t number, char *key)
{
    return (size_t)snprintf(key, 24, "%zu", number * 7919 % KEYS);
}

static void fill(struct join_table *table, size_t rows)
{
    struct buffer packed = {0}, key = {0};
    size_t some = 0;
    for (size_t i = 0; i < rows; i++) {
        char text[24];
        key.len = 0;
        buffer_add(&key, text, key_of(i, text));
        struct span slot = {.text = text, .len = key.len, .type = SPAN_CELL};
        assert_true(join_row_pack(&slot, 1, false, &key, i % 100 == 99, i, &packed));
        if (++some < 1000 && i + 1 < rows)
            continue;
        join_table_add(table, &packed, some);
        packed.len = some = 0;
    }
    buffer_free(&packed);
    buffer_free(&key);
}

static void check(size_t rows, unsigned threads)
{
    struct join_table table = {0};
    fill(&table, rows);
    assert_int_equal(table.rows, rows);
    join_table_index(&table, threads);
    char key[24];
    size_t met = 0, wanted = 0;
    for (size_t i = 0; i < rows && i < KEYS; i++) {
        size_t len = key_of(i, key);
        uint64_t hash = join_row_hash(key, len);
        uint32_t number = join_table_find(&table, hash, key, len), last = 0;
        join_table_ask_slot(&table, hash);
        join_table_ask_row(&table, join_table_ask_entry(&table, hash));
        for (bool first = true; number != JOIN_NO_ROW; number = table.next[number], first = false) {
            assert_true(first || number > last);
            assert_int_equal(table.row[number]->place, number);
            assert_true(join_row_matches(table.row[number], hash, key, len));
            last = number;
            met++;
        }
    }
    for (size_t i = 0; i < rows; i++)
        wanted += i % 100 != 99;
    assert_int_equal(met, wanted);
    assert_true(join_table_find(&table, join_row_hash("none", 4), "none", 4) == JOIN_NO_ROW);
    join_table_clear(&table);
    assert_int_equal(table.rows, 0);
}

static void all_rows_are_found(void **state)
{
    (void)state;
    check(0, 1);
    check(1, 3);
    check(5000, 2);
    check(ROWS, 1);
    check(ROWS, 5);
}

/* One row a key, put, replaced and removed, beside a plain list; what is replaced takes no room for ever. */
static void rows_change(void **state)
{
    (void)state;
    enum { CHANGES = 300000, NAMES = 5000, LONG = 200, MOST = 8 << 20 };
    static uint64_t place[NAMES]; /* of each key's row; 0: none */
    struct join_table table = {0};
    struct buffer packed = {0}, key = {0};
    char name[24], text[LONG];
    memset(text, 'x', sizeof text);
    join_table_index(&table, 1);
    for (uint64_t i = 1, draw = 1; i <= CHANGES; i++) {
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        size_t which = (size_t)(draw >> 33) % NAMES;
        key.len = packed.len = 0;
        buffer_add(&key, name, (size_t)snprintf(name, sizeof name, "%zu", which));
        struct span slot = {.text = text, .len = (draw >> 20) % LONG, .type = SPAN_CELL};
        assert_true(join_row_pack(&slot, 1, false, &key, false, i, &packed));
        bool removes = (draw >> 50) % 4 == 0;
        (removes ? join_table_remove : join_table_put)(&table, (const struct join_row *)(const void *)packed.data);
        place[which] = removes ? 0 : i;
        assert_true(table.bytes < MOST);
    }
    for (size_t i = 0; i < NAMES; i++) {
        size_t len = (size_t)snprintf(name, sizeof name, "%zu", i);
        uint32_t number = join_table_find(&table, join_row_hash(name, len), name, len);
        assert_int_equal(number == JOIN_NO_ROW ? 0 : table.row[number]->place, place[i]);
        assert_true(number == JOIN_NO_ROW || table.next[number] == JOIN_NO_ROW);
    }
    join_table_clear(&table);
    buffer_free(&packed);
    buffer_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_rows_are_found), cmocka_unit_test(rows_change)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
