/* draw: bars to both sides of 0, sparklines, in blocks and in ASCII. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table/draw.h"

static void bar_is(bool plain, double number, double least, double most, const char *wanted)
{
    struct draw_options options = {.plain = plain};
    struct buffer bar = {0};
    draw_bar(&options, number, least, most, &bar);
    buffer_add_char(&bar, '\0');
    assert_string_equal(bar.data, wanted);
    buffer_free(&bar);
}

static void bars(void **state)
{
    (void)state;
    bar_is(false, 8, 1, 8, "████████████████████");
    bar_is(false, 1, 1, 8, "██▌                 ");
    bar_is(false, 0.05, 1, 8, "▏                   ");
    bar_is(false, 0, 0, 8, "                    ");
    bar_is(true, 4.2, 0, 8, "###########         ");
    bar_is(false, 5, -5, 5, "          ██████████");
    bar_is(false, -5, -5, 5, "██████████          ");
    bar_is(false, -2.25, -5, 5, "     ▐████          ");
    bar_is(true, -2.75, -5, 5, "    ######          ");
    bar_is(false, -1, -8, -1, "                 ▐██");
    bar_is(false, 100, -0.001, 100, " ███████████████████");
    bar_is(false, -100, -100, 0.001, "███████████████████ ");
    bar_is(false, 1e308, -1e308, 1e308, "          ██████████");
    bar_is(false, NAN, 0, 1, "                    ");
    bar_is(false, INFINITY, 0, 1, "                    ");
    bar_is(false, 0, 0, 0, "                    ");
}

static void spark_is(bool plain, size_t width, const char *array, const char *wanted)
{
    struct draw_options options = {.plain = plain};
    struct buffer line = {0};
    draw_spark(&options, (struct span){.text = array, .len = strlen(array), .type = SPAN_ARRAY}, width, &line);
    buffer_add_char(&line, '\0');
    assert_string_equal(line.data, wanted);
    buffer_free(&line);
}

static void sparks(void **state)
{
    (void)state;
    spark_is(false, 0, "[0,1,2,3,4,5,6,7]", "▁▂▃▄▅▆▇█");
    spark_is(true, 0, "[ 0, 1 ,2,3,4,5,6,7 ]", "_.:-=+*#");
    spark_is(false, 0, "[1,null,\"7\",[3],2]", "▁   █");
    spark_is(false, 0, "[-1e308,1e308]", "▁█");
    spark_is(false, 0, "[5,5]", "▁▁");
    spark_is(false, 0, "[]", "");
    spark_is(false, 2, "[1,1,null,9]", "▁█");
    spark_is(false, 3, "[1,2,3,4,5]", "▁▄█");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bars), cmocka_unit_test(sparks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
