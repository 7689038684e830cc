/* group: tables that merge and spill give the same groups as one table in memory; and the hash below them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/group.h"

static uint64_t random_state = 0x2545f4914f6cdd1du;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* The state: how many records, and the sum of their places. */
struct state {
    uint64_t count, places;
};

static void merge(void *context, char *states, char *from, struct pool *pool)
{
    (void)context;
    (void)pool;
    ((struct state *)(void *)states)->count += ((struct state *)(void *)from)->count;
    ((struct state *)(void *)states)->places += ((struct state *)(void *)from)->places;
}

static void write_state(void *context, const char *states, struct buffer *into)
{
    (void)context;
    pack_raw(into, states, sizeof(struct state));
}

static bool read_state(void *context, char *states, struct unpack *from, struct pool *pool)
{
    (void)context;
    (void)pool;
    const char *bytes = unpack_raw(from, sizeof(struct state));
    if (bytes)
        memcpy(states, bytes, sizeof(struct state));
    return bytes != NULL;
}

static void add(struct groups *groups, const char *key, size_t len, uint64_t place)
{
    uint64_t hash = groups_hash(key, len);
    struct group *group = groups_find(groups, key, len, hash);
    char head[16];
    int head_len = snprintf(head, sizeof head, "%*s", (int)(place % 10), ""); /* of the record, not of the key */
    if (!group)
        group = groups_add(groups, key, len, hash, place, head, (size_t)head_len);
    struct state *state = (struct state *)(void *)group->states;
    state->count++;
    state->places += place;
    groups_check(groups);
}

enum { RECORDS = 60000 };

/* Record number `place` has this key. */
typedef unsigned key_of(uint64_t place, unsigned keys);

static unsigned at_random(uint64_t place, unsigned keys)
{
    (void)place;
    return (unsigned)(next_random() % keys);
}

/* All different at first; then the same ones come again and again. */
static unsigned in_turn(uint64_t place, unsigned keys)
{
    return (unsigned)(place % keys);
}

/* All different, but for a few in between that were there. */
static unsigned mostly_new(uint64_t place, unsigned keys)
{
    return (unsigned)(place % 50 == 0 ? next_random() % place : place) % keys;
}

struct expected {
    uint64_t first, count, places;
};

/* Random records over `tables` tables with little memory: every group once, with all its records, its first place,
 * and that record's head. */
static void check_records(size_t tables, size_t memory, unsigned threads, unsigned keys, uint64_t records, key_of *pick)
{
    const struct groups_options options = {
        .state_size = sizeof(struct state), .memory = memory, .merge = merge, .write = write_state, .read = read_state};
    struct groups *all[8];
    struct expected *expected = calloc(keys, sizeof *expected);
    assert_non_null(expected);
    for (size_t i = 0; i < tables; i++)
        all[i] = groups_new(&options);
    size_t distinct = 0;
    for (uint64_t place = 1; place <= records; place++) {
        unsigned number = pick(place, keys);
        char key[64];
        int len = snprintf(key, sizeof key, "%0*u", (int)(number % 40), number);
        add(all[next_random() % tables], key, (size_t)len, place);
        if (expected[number].count++ == 0) {
            expected[number].first = place;
            distinct++;
        }
        expected[number].places += place;
    }
    struct groups *groups = groups_merge(all, tables, threads);
    struct group **list;
    size_t count, seen = 0;
    struct problem problem = {0};
    bool whole;
    while (groups_load(groups, &list, &count, &whole, &problem)) {
        for (size_t i = 0; i < count; i++) {
            char key[64];
            memcpy(key, group_key(list[i], &options), list[i]->key_len);
            key[list[i]->key_len] = '\0';
            struct expected *want = &expected[strtoul(key, NULL, 10)];
            const struct state *state = (const struct state *)(const void *)list[i]->states;
            assert_int_equal(list[i]->place, want->first);
            assert_int_equal(state->count, want->count);
            assert_int_equal(state->places, want->places);
            assert_int_equal(list[i]->head_len, want->first % 10);
            assert_true(i == 0 || list[i - 1]->place < list[i]->place);
            want->count = 0; /* not again */
        }
        seen += count;
        assert_true(!whole || seen == distinct);
    }
    assert_int_equal(problem.status, STATUS_OK);
    assert_int_equal(seen, distinct);
    assert_false(groups_load(groups, &list, &count, &whole, &problem));
    groups_free(groups);
    free(expected);
}

static void check_run(size_t tables, size_t memory, unsigned threads, unsigned keys)
{
    check_records(tables, memory, threads, keys, RECORDS, at_random);
}

/* Tables large enough to be added to without looking. */
static void added_blindly(void **state)
{
    (void)state;
    check_records(1, 0, 1, 400000, 400000, in_turn);
    check_records(1, 0, 1, 200000, 1200000, in_turn);
    check_records(2, 0, 2, 450000, 1300000, in_turn);
    check_records(3, 0, 2, 1000000, 900000, mostly_new);
    check_records(1, 12000000, 1, 300000, 700000, in_turn);
    check_records(2, 9000000, 2, 1000000, 600000, mostly_new);
}

static void in_memory(void **state)
{
    (void)state;
    check_run(1, 0, 1, 10);
    check_run(1, 0, 1, 50000);
    check_run(3, 0, 1, 50000);
    check_run(7, 0, 4, 50000);
}

static void in_files(void **state)
{
    (void)state;
    check_run(1, 200000, 1, 50000);
    check_run(4, 50000, 2, 50000);
    check_run(2, 1000, 1, 50); /* a few groups over and over */
}

/* So little memory that parts are split again, and those too. */
static void in_files_of_files(void **state)
{
    (void)state;
    check_run(2, 9000, 1, 60000);
    check_run(1, 5000, 1, 3000);
}

static void empty(void **state)
{
    (void)state;
    const struct groups_options options = {.state_size = 8};
    struct groups *groups = groups_new(&options);
    assert_true(groups_empty(groups));
    groups = groups_merge(&groups, 1, 2);
    struct group **list;
    size_t count = 1;
    struct problem problem = {0};
    bool whole;
    assert_true(groups_load(groups, &list, &count, &whole, &problem));
    assert_true(whole && count == 0);
    assert_false(groups_load(groups, &list, &count, &whole, &problem));
    groups_free(groups);
}

/* No two of many alike keys share 64 bits, and each bit of the hash is set half the time. */
static void hashes_are_spread(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    uint64_t *hashes = calloc(KEYS, sizeof *hashes);
    assert_non_null(hashes);
    unsigned ones[64] = {0};
    for (unsigned i = 0; i < KEYS; i++) {
        char key[80];
        int len =
            snprintf(key, sizeof key, "%.*s%u", (int)(i % 50), "user-user-user-user-user-user-user-user-user-user-", i);
        hashes[i] = hash_bytes(key, (size_t)len);
        for (unsigned bit = 0; bit < 64; bit++)
            ones[bit] += (unsigned)(hashes[i] >> bit & 1);
        for (unsigned k = i > 300 ? i - 300 : 0; k < i; k++)
            assert_true(hashes[k] != hashes[i]);
    }
    for (unsigned bit = 0; bit < 64; bit++)
        assert_in_range(ones[bit], KEYS / 2 - 500, KEYS / 2 + 500);
    free(hashes);
    assert_true(hash_bytes("", 0) != hash_bytes("\0", 1));
    assert_true(hash_bytes("a", 1) != hash_bytes("aa", 2) && hash_bytes("abc", 3) != hash_bytes("acb", 3));
}

/* Keys that an enemy made for the plain hash: one hash for all of them there, and as many as there are in a run. */
static void chosen_keys_do_not_collide(void **state)
{
    (void)state;
    enum { KEYS = 2000 };
    uint64_t *hashes = calloc(KEYS, sizeof *hashes);
    assert_non_null(hashes);
    for (unsigned i = 0; i < KEYS; i++) {
        char key[24] = {0x15, 0x7c, 0x4a, 0x7f, (char)0xb9, 0x79, 0x37, (char)0x9e};
        memcpy(key + 8, &i, sizeof i); /* multiplied by 0 */
        assert_true(hash_bytes(key, sizeof key) ==
                    hash_bytes("\x15\x7c\x4a\x7f\xb9\x79\x37\x9e\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", sizeof key));
        hashes[i] = groups_hash(key, sizeof key);
        for (unsigned k = i > 100 ? i - 100 : 0; k < i; k++)
            assert_true(hashes[k] != hashes[i]);
    }
    free(hashes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_memory),
        cmocka_unit_test(added_blindly), cmocka_unit_test(in_files),          cmocka_unit_test(in_files_of_files),
        cmocka_unit_test(empty),     cmocka_unit_test(hashes_are_spread), cmocka_unit_test(chosen_keys_do_not_collide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
