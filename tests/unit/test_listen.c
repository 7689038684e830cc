/* listen: addresses as -l says them, and whose names are our own. */
#include "serve/listen.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_addresses(void **state)
{
    static const struct {
        const char *text, *host, *port;
    } cases[] = {
        {"127.0.0.1:80", "127.0.0.1", "80"}, {"8099", "127.0.0.1", "8099"}, {":8080", "", "8080"},
        {"host.example:1", "host.example", "1"}, {"host", "host", "8080"}, {"[::1]:65535", "::1", "65535"},
        {"[::]", "::", "8080"},
    };
    static const char *const wrong[] = {"h:", "h:65536", "h:-1", "h:1x", "[::1", "[::1]x", "[::1]:", "h:1:2"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct listen_address address;
        struct problem problem = {0};
        assert_true(listen_parse(cases[i].text, &address, &problem));
        assert_string_equal(address.host, cases[i].host);
        assert_string_equal(address.port, cases[i].port);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct listen_address address;
        struct problem problem = {0};
        assert_false(listen_parse(wrong[i], &address, &problem));
        assert_int_equal(problem.status, STATUS_USAGE);
    }
}

static void test_open(void **state)
{
    struct listen_address address, other;
    struct problem problem = {0};
    bool loopback = false;
    (void)state;
    assert_true(listen_parse("127.0.0.1:0", &address, &problem));
    int fd = listen_open(&address, &loopback, &problem);
    assert_true(fd >= 0);
    assert_true(loopback);
    assert_string_not_equal(address.port, "0");
    other = address;
    assert_int_equal(listen_open(&other, &loopback, &problem), -1);
    assert_int_equal(problem.status, STATUS_IO);
    close(fd);
    strcpy(address.host, "");
    strcpy(address.port, "0");
    fd = listen_open(&address, &loopback, &problem);
    assert_true(fd >= 0);
    assert_false(loopback);
    close(fd);
}

static void test_names(void **state)
{
    static const char *const own[] = {"localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:80",
                                      "a.localhost", "mine:8080"};
    static const char *const foreign[] = {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::2]",
                                          "128.0.0.1", "mine.evil", "0.0.0.0"};
    const struct listen_address address = {.host = "mine", .port = "8080"};
    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_true(listen_is_own_name(&address, own[i]));
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_false(listen_is_own_name(&address, foreign[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses), cmocka_unit_test(test_open),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
