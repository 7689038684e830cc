/* index: names are found whatever their number, equal ones in the order they came; the seed is another one each run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/index.h"

static const char *self;

static void nothing_is_in_an_empty_one(void **state)
{
    (void)state;
    struct index index = {0};
    assert_true(index_first(&index, index_hash("a", 1)) == INDEX_NONE);
    index_free(&index);
}

static size_t name_of(size_t number, char *name, size_t cap)
{
    return (size_t)snprintf(name, cap, "column%zu", number);
}

static void many_names(void **state)
{
    (void)state;
    enum { NAMES = 100000 };
    struct index index = {0};
    char name[32];
    for (size_t i = 0; i < NAMES; i++)
        index_add(&index, index_hash(name, name_of(i, name, sizeof name)), i);
    for (size_t i = 0; i < NAMES; i++) {
        uint64_t hash = index_hash(name, name_of(i, name, sizeof name));
        size_t at = index_first(&index, hash);
        assert_true(at != INDEX_NONE);
        assert_int_equal(index_number(&index, at), i);
        assert_true(index_next(&index, hash, at) == INDEX_NONE);
    }
    assert_true(index_first(&index, index_hash("column", 6)) == INDEX_NONE);
    index_free(&index);
    assert_true(index_first(&index, index_hash("column1", 7)) == INDEX_NONE);
}

/* Also where they stand over the end of the slots, and through each growth. */
static void equal_hashes_keep_their_order(void **state)
{
    (void)state;
    for (uint64_t hash = 0; hash < 70; hash++) {
        struct index index = {0};
        for (size_t i = 0; i < 40; i++) {
            index_add(&index, hash, i);
            index_add(&index, hash + 64 * (i + 1), 1000 + i); /* others in their way */
            size_t want = 0;
            for (size_t at = index_first(&index, hash); at != INDEX_NONE; at = index_next(&index, hash, at))
                assert_int_equal(index_number(&index, at), want++);
            assert_int_equal(want, i + 1);
        }
        index_free(&index);
    }
}

static void parts_are_told_apart(void **state)
{
    (void)state;
    uint64_t ab = index_hash_more(index_hash_more(0, "a", 1), "b", 1);
    assert_true(ab == index_hash_more(index_hash_more(0, "a", 1), "b", 1));
    assert_true(ab != index_hash_more(index_hash_more(0, "b", 1), "a", 1));
    assert_true(ab != index_hash_more(0, "ab", 2));
    assert_true(index_hash("ab", 2) != hash_bytes("ab", 2));
}

static uint64_t seed_of_another_run(void)
{
    char command[4200];
    unsigned long long seed = 0;
    snprintf(command, sizeof command, "'%s' seed", self);
    FILE *run = popen(command, "r");
    assert_non_null(run);
    assert_int_equal(fscanf(run, "%llu", &seed), 1);
    pclose(run);
    return seed;
}

static void the_seed_is_of_a_run(void **state)
{
    (void)state;
    assert_true(hash_seed() != 0);
    assert_true(hash_seed() == hash_seed());
    assert_true(seed_of_another_run() != hash_seed());
    assert_true(seed_of_another_run() != seed_of_another_run());
}

/* Words that make a product 0 where the seed is known do not where it isn't. */
static void no_word_is_swallowed(void **state)
{
    (void)state;
    uint64_t one = UINT64_C(0x9e3779b97f4a7c15);
    char a[24] = {0}, b[24] = {0};
    memcpy(a, &one, sizeof one);
    memcpy(b, &one, sizeof one);
    b[8] = 1;
    assert_true(hash_bytes(a, sizeof a) == hash_bytes(b, sizeof b));
    assert_true(hash_keyed(a, sizeof a, hash_seed()) != hash_keyed(b, sizeof b, hash_seed()));
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "seed") == 0)
        return printf("%llu\n", (unsigned long long)hash_seed()) < 0;
    self = argv[0];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_in_an_empty_one), cmocka_unit_test(many_names),
        cmocka_unit_test(equal_hashes_keep_their_order), cmocka_unit_test(parts_are_told_apart),
        cmocka_unit_test(the_seed_is_of_a_run), cmocka_unit_test(no_word_is_swallowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
