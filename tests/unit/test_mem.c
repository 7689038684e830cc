/* mem, pool: buffers, arenas, pools; sizes that overflow end the program with status 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"

static void test_buffer(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_add(&buffer, NULL, 0);
    buffer_add_text(&buffer, "ab");
    buffer_add_char(&buffer, 'c');
    buffer_add_format(&buffer, "%d-%s", 42, "x");
    assert_int_equal(buffer.len, 7);
    assert_memory_equal(buffer.data, "abc42-x", 7);
    for (size_t i = 0; i < 10000; i++)
        buffer_add(&buffer, &i, sizeof i);
    assert_int_equal(buffer.len, 7 + 10000 * sizeof(size_t));
    size_t last;
    memcpy(&last, buffer.data + buffer.len - sizeof last, sizeof last);
    assert_int_equal(last, 9999);
    assert_memory_equal(buffer.data, "abc42-x", 7);
    buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.cap, 0);
}

static void test_arena(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *pieces[1000];
    for (size_t i = 0; i < 1000; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        if (i > 0) /* no bytes may be nowhere */
            memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < 1000; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal((unsigned char)pieces[i][j], i % 251);
    assert_string_equal(arena_copy(&arena, "text\0more", 4), "text");
    char *large = arena_alloc(&arena, 10 << 20);
    memset(large, 1, 10 << 20);
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 8));
    arena_free(&arena);
    assert_null(arena.blocks);
}

static void test_pool(void **state)
{
    (void)state;
    struct pool one = {0}, two = {0};
    uint64_t *numbers[2000];
    for (size_t i = 0; i < 2000; i++) {
        numbers[i] = pool_alloc(i % 2 ? &one : &two, sizeof(uint64_t) + i);
        assert_int_equal((uintptr_t)numbers[i] % 8, 0);
        *numbers[i] = i;
    }
    assert_true(one.used >= 1000 * sizeof(uint64_t));
    uint64_t *large = pool_alloc(&one, 64 << 20);
    large[0] = large[(64 << 20) / sizeof *large - 1] = 7;
    pool_join(&one, &two);
    assert_null(two.blocks);
    for (size_t i = 0; i < 2000; i++)
        assert_int_equal(*numbers[i], i);
    pool_free(&one);
    assert_int_equal(one.used, 0);
    unsigned char *mapped = pool_map(3 << 20), *small = pool_map_small(3 << 20);
    assert_int_equal(mapped[(3 << 20) - 1] | small[(3 << 20) - 1] | mapped[0] | small[0], 0);
    pool_unmap(mapped, 3 << 20);
    pool_unmap(small, 3 << 20);
}

static void too_many(void)
{
    free(mem_zero(SIZE_MAX / 2, 4));
}

static void too_large(void)
{
    free(mem_resize(NULL, SIZE_MAX / 2 + 1, 2));
}

static void too_much_arena(void)
{
    struct arena arena = {0};
    arena_alloc(&arena, SIZE_MAX - 8);
}

static void too_much_buffer(void)
{
    struct buffer buffer = {0};
    buffer_add_char(&buffer, 'x');
    buffer_reserve(&buffer, SIZE_MAX);
}

static void too_much_pool(void)
{
    struct pool pool = {0};
    pool_alloc(&pool, SIZE_MAX - 8);
}

static void test_refused(void **state)
{
    (void)state;
    void (*const cases[])(void) = {too_many, too_large, too_much_arena, too_much_buffer, too_much_pool};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pid_t child = fork();
        if (child == 0) {
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
            cases[i]();
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_buffer), cmocka_unit_test(test_arena),
                                       cmocka_unit_test(test_pool), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
