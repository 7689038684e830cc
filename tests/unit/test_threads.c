/* threads: each share is done once, whatever threads there are; cores are counted on machines of any size. Both
 * pthread_create and sched_getaffinity are replaced here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/threads.h"

static unsigned threads_left; /* so many more can be had */
static unsigned machine,
    mine; /* cores of the machine, and those of them that are ours, every second one; 0: the real ones */
static int refuse;             /* errno of sched_getaffinity */

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*work)(void *),
                   void *restrict context)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
    if (threads_left == 0)
        return EAGAIN;
    threads_left--;
    return real(thread, attributes, work, context);
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    int (*real)(pid_t, size_t, cpu_set_t *) =
        (int (*)(pid_t, size_t, cpu_set_t *))dlsym(RTLD_NEXT, "sched_getaffinity");
    if (machine == 0 && refuse == 0)
        return real(pid, size, set);
    if (refuse || 8 * size < machine) {
        errno = refuse ? refuse : EINVAL;
        return -1;
    }
    memset(set, 0, size);
    for (unsigned i = 0; i < mine; i++)
        CPU_SET_S(2 * i, size, set);
    return 0;
}

static void test_cores(void **state)
{
    (void)state;
    static const struct {
        unsigned machine, mine;
    } cases[] = {{2, 1}, {64, 32}, {512, 256}, {514, 257}, {1024, 300}, {1026, 513}, {4096, 2048}, {65536, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        machine = cases[i].machine;
        mine = cases[i].mine;
        assert_int_equal(threads_cores(), mine);
        assert_int_equal(threads_wanted(0), mine < THREADS_MAX ? mine : THREADS_MAX);
    }
    machine = 0;
    refuse = ENOSYS;
    assert_int_equal(threads_cores(), 1);
    refuse = EINVAL; /* whatever the size */
    assert_int_equal(threads_cores(), 1);
    refuse = 0;
    assert_true(threads_cores() >= 1);
    assert_int_equal(threads_wanted(1), 1);
    assert_int_equal(threads_wanted(THREADS_MAX), THREADS_MAX);
    assert_int_equal(threads_wanted(THREADS_MAX + 1), THREADS_MAX);
}

/* The last one: it stays so. */
static void one_thread_where_rows_are_counted(void **state)
{
    (void)state;
    threads_in_order();
    assert_int_equal(threads_wanted(0), 1);
    assert_int_equal(threads_wanted(7), 1);
}

static unsigned done[300];

static void count(void *context, unsigned share)
{
    __atomic_fetch_add(&((unsigned *)context)[share], 1, __ATOMIC_RELAXED);
}

static void test_share(void **state)
{
    (void)state;
    static const unsigned counts[] = {0, 1, 2, 7, 300}, left[] = {0, 1, 3, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t j = 0; j < sizeof left / sizeof *left; j++) {
            memset(done, 0, sizeof done);
            threads_left = left[j];
            threads_share(counts[i], count, done);
            for (unsigned k = 0; k < 300; k++)
                assert_int_equal(done[k], k < counts[i]);
            unsigned wanted = counts[i] > 1 ? counts[i] - 1 : 0;
            assert_int_equal(threads_left, left[j] - (wanted < left[j] ? wanted : left[j]));
        }
    }
}

static void *count_one(void *context)
{
    __atomic_fetch_add((unsigned *)context, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void test_add(void **state)
{
    (void)state;
    struct threads threads = {0};
    unsigned sum = 0;
    threads_join(&threads); /* none */
    threads_left = 20;
    for (unsigned i = 0; i < 20; i++)
        assert_true(threads_add(&threads, count_one, &sum));
    assert_false(threads_add(&threads, count_one, &sum));
    assert_int_equal(threads.count, 20);
    threads_join(&threads);
    assert_int_equal(threads.count, 0);
    assert_int_equal(sum, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cores), cmocka_unit_test(test_share),
                                       cmocka_unit_test(test_add),
                                       cmocka_unit_test(one_thread_where_rows_are_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
