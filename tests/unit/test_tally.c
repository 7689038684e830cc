/* tally: distinct keys are counted, merged, and written the same however they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/tally.h"

static uint64_t random_state = 0x2545f4914f6cdd1du;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void tallies_count_and_merge(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct tally parts[2] = {{0}}, back;
    unsigned counts[500] = {0}, least[500];
    memset(least, 0xff, sizeof least);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned number = (unsigned)(next_random() % 500);
        char key[16], extra[16];
        int len = snprintf(key, sizeof key, "k%u", number);
        unsigned form = 9000 - i % 1000;
        int extra_len = snprintf(extra, sizeof extra, "%u", form);
        least[number] = form < least[number] ? form : least[number];
        tally_add(&parts[i % 2], key, (size_t)len, extra, (size_t)extra_len, 1, &pool);
        counts[number]++;
    }
    struct buffer written = {0};
    tally_write(&parts[1], &written);
    struct unpack from = {.at = written.data, .end = written.data + written.len};
    assert_true(tally_read(&back, &from, &pool) && from.at == from.end);
    tally_merge(&parts[0], &back, &pool);
    assert_int_equal(parts[0].count, 500);
    size_t at = 0;
    for (const struct tally_entry *entry; (entry = tally_next(&parts[0], &at));) {
        char key[8] = "";
        assert_in_range(entry->key_len, 2, sizeof key - 1);
        memcpy(key, entry->key, entry->key_len);
        unsigned number = (unsigned)strtoul(key + 1, NULL, 10);
        assert_int_equal(entry->count, counts[number]);
        assert_int_equal(entry->extra_len, 4);
        char form[5] = "";
        memcpy(form, entry->extra, 4);
        assert_int_equal(strtoul(form, NULL, 10), least[number]);
        counts[number] = 0;
    }
    for (size_t len = 0; len < written.len; len += 97) {
        from = (struct unpack){.at = written.data, .end = written.data + len};
        assert_false(tally_read(&back, &from, &pool));
    }
    buffer_free(&written);
    pool_free(&pool);
}

/* The same keys in another order, in one piece or several, are the same bytes; sizes around those where a list becomes
 * a table. */
static void written_forms_are_one(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 2, 7, 8, 9, 21, 22, 33, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct pool pool = {0};
        struct tally up = {0}, down = {0}, odd = {0}, even = {0};
        for (unsigned i = 0; i < sizes[s]; i++) {
            char key[16];
            int len = snprintf(key, sizeof key, "%u", i * 7919);
            tally_add(&up, key, (size_t)len, "x", 1, 1, &pool);
            tally_add(i % 2 ? &odd : &even, key, (size_t)len, "x", 1, 1, &pool);
            len = snprintf(key, sizeof key, "%u", (sizes[s] - 1 - i) * 7919);
            tally_add(&down, key, (size_t)len, "x", 1, 1, &pool);
        }
        tally_merge(&odd, &even, &pool);
        const struct tally *const all[] = {&up, &down, &odd};
        struct buffer first = {0};
        for (size_t i = 0; i < 3; i++) {
            struct buffer written = {0};
            tally_write(all[i], &written);
            if (i == 0)
                buffer_add(&first, written.data, written.len);
            assert_int_equal(written.len, first.len);
            assert_memory_equal(written.data, first.data, first.len);
            buffer_free(&written);
        }
        buffer_free(&first);
        pool_free(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tallies_count_and_merge),
        cmocka_unit_test(written_forms_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
