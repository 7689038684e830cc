/* session: sessions of one group come out the same in whatever order records and other sessions come to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/session.h"

static struct aggregates nothing; /* sessions alone are looked at: no aggregate has a state */

static void take(struct sessions *sessions, int64_t start, int64_t end, struct pool *pool)
{
    struct time_window window = {start, end};
    sessions_take(sessions, &window, &nothing, 0, pool);
}

static void show(const struct sessions *sessions, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (const struct session *session = sessions->first; session; session = session->next)
        len += (size_t)snprintf(text + len, size - len, "%d-%d ", (int)session->window.start,
                                (int)session->window.end);
}

static void expect(const struct sessions *sessions, const char *wanted)
{
    char text[256];
    show(sessions, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void test_take(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct sessions sessions = {0};
    take(&sessions, 10, 20, &pool);
    take(&sessions, 40, 50, &pool);
    expect(&sessions, "10-20 40-50 ");
    take(&sessions, 21, 31, &pool); /* one off on both sides */
    expect(&sessions, "10-20 21-31 40-50 ");
    take(&sessions, 31, 40, &pool); /* touches both */
    expect(&sessions, "10-20 21-50 ");
    take(&sessions, 0, 100, &pool);
    expect(&sessions, "0-100 ");
    take(&sessions, -20, -10, &pool);
    expect(&sessions, "-20--10 0-100 ");
    struct session *closed = sessions.first->next;
    sessions_close(&sessions, closed);
    expect(&sessions, "-20--10 ");
    take(&sessions, 50, 60, &pool); /* within the closed one, which takes no more */
    expect(&sessions, "-20--10 50-60 ");
    assert_true(sessions.closed == closed && closed->window.end == 100 && !closed->next);
    sessions_close(&sessions, sessions.first);
    assert_true(sessions.closed == closed && closed->next && !closed->next->next);
    sessions_drop(&sessions, closed);
    assert_int_equal(sessions.closed->window.end, -10);
    pool_free(&pool);
}

static void test_any_order(void **state)
{
    (void)state;
    srand(5);
    for (int round = 0; round < 2000; round++) {
        struct pool pool = {0};
        struct sessions one = {0}, parts[3] = {{0}}, read = {0};
        int64_t starts[12];
        for (size_t i = 0; i < 12; i++) {
            starts[i] = rand() % 120;
            take(&one, starts[i], starts[i] + 6, &pool);
        }
        for (size_t i = 12; i-- > 0;)
            take(&parts[rand() % 3], starts[i], starts[i] + 6, &pool);
        sessions_merge(&parts[2], &parts[0], &nothing, &pool);
        sessions_merge(&parts[1], &parts[2], &nothing, &pool);
        char want[256];
        show(&one, want, sizeof want);
        expect(&parts[1], want);
        struct buffer bytes = {0};
        sessions_write(&one, &nothing, &bytes);
        struct unpack from = {.at = bytes.data, .end = bytes.data + bytes.len};
        assert_true(sessions_read(&read, &from, &nothing, 0, &pool) && from.at == from.end);
        expect(&read, want);
        for (size_t cut = 0; cut < bytes.len; cut++) { /* damage is seen */
            struct sessions part = {0};
            from = (struct unpack){.at = bytes.data, .end = bytes.data + cut, .untrusted = true};
            assert_false(sessions_read(&part, &from, &nothing, 0, &pool));
        }
        buffer_free(&bytes);
        pool_free(&pool);
    }
}

static void test_refused(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct sessions overlapping = {0}, read = {0};
    take(&overlapping, 10, 20, &pool);
    take(&overlapping, 30, 40, &pool);
    overlapping.first->next->window.start = 20; /* it would touch */
    struct buffer bytes = {0};
    sessions_write(&overlapping, &nothing, &bytes);
    struct unpack from = {.at = bytes.data, .end = bytes.data + bytes.len, .untrusted = true};
    assert_false(sessions_read(&read, &from, &nothing, 0, &pool));
    buffer_free(&bytes);
    pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_take), cmocka_unit_test(test_any_order),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
