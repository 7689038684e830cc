/* fold: items in pieces, read in a thread of their own, and its results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slice/fold.h"

enum { ITEMS = 40000 };

struct told {
    size_t items, bytes; /* read */
    size_t wanted;       /* items after which it ends; 0: all */
    size_t given;        /* results of each item */
    bool refused;
};

static void tell(void *context, struct fold *fold)
{
    struct told *told = context;
    struct span item;
    char text[64];
    while (fold_read(fold, &item)) {
        told->items++;
        told->bytes += item.len;
        for (size_t i = 0; i < told->given; i++) {
            memset(text, 'a', sizeof text);
            memcpy(text, item.text, item.len < sizeof text ? item.len : sizeof text);
            if (!fold_give(fold, text, sizeof text)) {
                told->refused = true;
                return;
            }
        }
        if (told->items == told->wanted)
            return;
    }
}

static size_t put(struct fold *fold, size_t items, struct buffer *results, struct buffer *lengths)
{
    struct buffer piece = {0};
    size_t bytes = 0;
    for (size_t i = 0; i < items; i++) {
        size_t place = fold_item_begin(&piece);
        buffer_add_format(&piece, "%zu", i);
        fold_item_end(&piece, place);
        bytes += piece.len - place - sizeof(size_t);
        if (i % 1000 == 999) {
            fold_put(fold, &piece);
            assert_int_equal(piece.len, 0);
            fold_take(fold, results, lengths);
        }
    }
    fold_put(fold, &piece);
    buffer_free(&piece);
    return bytes;
}

static void test_all(void **state)
{
    (void)state;
    struct told told = {.given = 3};
    struct buffer results = {0}, lengths = {0};
    struct fold *fold = fold_begin(tell, &told);
    size_t bytes = put(fold, ITEMS, &results, &lengths);
    fold_end(fold);
    while (fold_rest(fold, &results, &lengths))
        ;
    fold_free(fold);
    assert_int_equal(told.items, ITEMS);
    assert_int_equal(told.bytes, bytes);
    assert_int_equal(lengths.len, ITEMS * 3 * sizeof(size_t));
    assert_int_equal(results.len, ITEMS * 3 * 64);
    for (size_t i = 0; i < ITEMS * 3; i++)
        assert_int_equal(strtoul(results.data + i * 64, NULL, 10), i / 3);
    buffer_free(&results);
    buffer_free(&lengths);
}

/* The work ends before its items do: those who bring more are not held up. */
static void test_early(void **state)
{
    (void)state;
    struct told told = {.wanted = 5, .given = 1};
    struct buffer results = {0}, lengths = {0};
    struct fold *fold = fold_begin(tell, &told);
    put(fold, ITEMS, &results, &lengths);
    fold_end(fold);
    while (fold_rest(fold, &results, &lengths))
        ;
    fold_free(fold);
    assert_int_equal(told.items, 5);
    assert_int_equal(results.len, 5 * 64);
    buffer_free(&results);
    buffer_free(&lengths);
}

/* Nobody waits for the results any more. */
static void test_left(void **state)
{
    (void)state;
    struct told told = {.given = 100000};
    struct buffer results = {0}, lengths = {0};
    struct fold *fold = fold_begin(tell, &told);
    put(fold, 10, &results, &lengths);
    fold_end(fold);
    assert_true(fold_rest(fold, &results, &lengths));
    fold_free(fold);
    assert_true(told.refused);
    fold_free(NULL);
    buffer_free(&results);
    buffer_free(&lengths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
