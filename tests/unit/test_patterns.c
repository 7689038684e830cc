/* like and regexp: patterns, what they match, and those that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "expr/function/like.h"
#include "expr/function/regexp.h"

static void test_like(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool any_case, matches;
    } cases[] = {{"", "", false, true},          {"", "a", false, false},      {"%", "", false, true},
                 {"%", "abc", false, true},      {"_", "", false, false},      {"_", "\xC5\xBC", false, true},
                 {"_", "ab", false, false},      {"a%c", "abbbc", false, true}, {"a%c", "abbbd", false, false},
                 {"%b%", "abc", false, true},    {"A_C", "abc", false, false}, {"A_C", "abc", true, true},
                 {"\\%", "%", false, true},      {"\\%", "x", false, false},
                    {"%a%a%a%b", "aaaaaaaaaaaaaaaa", false, false}};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value pattern = value_string(cases[i].pattern, strlen(cases[i].pattern));
        const char *wrong = NULL;
        const struct like *like = like_compile(&arena, &pattern, NULL, &wrong);
        assert_non_null(like);
        if (like_match(like, cases[i].text, strlen(cases[i].text), cases[i].any_case) != cases[i].matches)
            fail_msg("'%s' like '%s'", cases[i].text, cases[i].pattern);
    }
    const char *wrong = NULL;
    struct value ends = value_string("a/", 2), escape = value_string("/", 1), good = value_string("a/%", 3);
    assert_null(like_compile(&arena, &ends, &escape, &wrong));
    assert_non_null(wrong);
    assert_true(like_match(like_compile(&arena, &good, &escape, &wrong), "a%", 2, false));
    arena_free(&arena);
}

static void test_regexp(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *wrong = NULL;
    for (int lasting = 0; lasting < 2; lasting++) {
        const struct regex *regex = regexp_compile(&arena, "(?<word>[a-z]+)(\\d)?", 20, lasting, &wrong);
        const size_t *places;
        assert_non_null(regex);
        assert_int_equal(regexp_groups(regex), 2);
        assert_int_equal(regexp_group_named(regex, "word", 4), 1);
        assert_int_equal(regexp_group_named(regex, "worm", 4), 0);
        assert_int_equal(regexp_find(regex, "12 ab3 cd", 9, 0, &arena, &places), REGEX_FOUND);
        assert_int_equal(places[0], 3);
        assert_int_equal(places[1], 6);
        assert_int_equal(places[4], 5);
        assert_int_equal(regexp_find(regex, "12 ab3 cd", 9, 6, &arena, &places), REGEX_FOUND);
        assert_int_equal(places[0], 7);
        assert_true(places[4] == REGEX_UNSET);
        assert_int_equal(regexp_find(regex, "12 ab3 cd", 9, 9, &arena, &places), REGEX_NONE);
    }
    assert_null(regexp_compile(&arena, "(", 1, false, &wrong));
    assert_non_null(wrong);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_like), cmocka_unit_test(test_regexp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
