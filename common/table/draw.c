#include "table/draw.h"

#include <math.h>
#include <stdlib.h>

#include "json/cursor.h"
#include "value/value.h"

enum { EIGHTHS = 8 };

static void add_times(const char *text, int count, struct buffer *into)
{
    for (int i = 0; i < count; i++)
        buffer_add_text(into, text);
}

/* From the zero's place to the right. */
static void add_right(const struct draw_options *options, int zero, double length, struct buffer *into)
{
    static const char *const parts[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int room = DRAW_BAR - zero, eighths = (int)(length * EIGHTHS + 0.5);
    if (options->plain)
        eighths = (int)(length + 0.5) * EIGHTHS;
    if (eighths > room * EIGHTHS)
        eighths = room * EIGHTHS;
    add_times(" ", zero, into);
    buffer_add_text(into, options->color ? "\x1b[36m" : "");
    add_times(options->plain ? "#" : "█", eighths / EIGHTHS, into);
    buffer_add_text(into, parts[eighths % EIGHTHS]);
    buffer_add_text(into, options->color ? "\x1b[0m" : "");
    add_times(" ", room - eighths / EIGHTHS - (eighths % EIGHTHS > 0), into);
}

/* From the zero's place to the left: there is a half, and an eighth, but no other part. */
static void add_left(const struct draw_options *options, int zero, double length, struct buffer *into)
{
    int quarters = (int)(length * 4 + 0.5);
    if (options->plain)
        quarters = (int)(length + 0.5) * 4;
    if (quarters > zero * 4)
        quarters = zero * 4;
    const char *part = quarters % 4 == 0 ? "" : quarters % 4 == 1 ? "▕" : quarters % 4 == 2 ? "▐" : "█";
    add_times(" ", zero - quarters / 4 - (*part != '\0'), into);
    buffer_add_text(into, options->color ? "\x1b[31m" : "");
    buffer_add_text(into, part);
    add_times(options->plain ? "#" : "█", quarters / 4, into);
    buffer_add_text(into, options->color ? "\x1b[0m" : "");
    add_times(" ", DRAW_BAR - zero, into);
}

/* Characters to the left of 0: at least one where there is anything. */
static int zero_place(double least, double most, double unit)
{
    int zero = (int)(-least / unit + 0.5);
    if (zero == 0 && least < 0)
        return 1;
    return zero == DRAW_BAR && most > 0 ? DRAW_BAR - 1 : zero;
}

void draw_bar(const struct draw_options *options, double number, double least, double most, struct buffer *into)
{
    least = least < 0 ? least : 0;
    most = most > 0 ? most : 0;
    double unit = most / DRAW_BAR - least / DRAW_BAR; /* of a character */
    if (!isfinite(number) || !(unit > 0)) {
        add_times(" ", DRAW_BAR, into);
        return;
    }
    int zero = zero_place(least, most, unit);
    if (zero > 0)
        unit = -least / zero;
    if (zero < DRAW_BAR && most / (DRAW_BAR - zero) > unit)
        unit = most / (DRAW_BAR - zero);
    if (number < 0)
        add_left(options, zero, -number / unit, into);
    else
        add_right(options, zero, number / unit, into);
}

/* The numbers of an array, NaN for what is none. How many. */
static size_t read_numbers(struct span array, double **numbers)
{
    struct json_cursor cursor = json_cursor_into(array);
    struct span element;
    size_t count = 0, cap = 0;
    *numbers = NULL;
    while (json_cursor_next(&cursor, &element)) {
        struct value value;
        if (count == cap)
            *numbers = mem_resize(*numbers, cap = cap ? 2 * cap : 16, sizeof **numbers);
        bool number = element.type == SPAN_NUMBER && value_parse_number(element.text, element.len, &value);
        (*numbers)[count++] = number ? value_to_double(&value) : NAN;
    }
    return count;
}

/* The means of as many parts as there is width. */
static size_t make_fewer(double *numbers, size_t count, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        size_t first = i * count / width, end = (i + 1) * count / width, some = 0;
        double sum = 0;
        for (size_t j = first; j < end; j++)
            if (isfinite(numbers[j])) {
                sum += numbers[j];
                some++;
            }
        numbers[i] = some > 0 ? sum / (double)some : NAN;
    }
    return width;
}

void draw_spark(const struct draw_options *options, struct span array, size_t width, struct buffer *into)
{
    static const char *const levels[EIGHTHS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char plain[EIGHTHS + 1] = "_.:-=+*#";
    double *numbers, least = INFINITY, most = -INFINITY;
    size_t count = read_numbers(array, &numbers);
    if (width > 0 && count > width)
        count = make_fewer(numbers, count, width);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(numbers[i]))
            continue;
        least = numbers[i] < least ? numbers[i] : least;
        most = numbers[i] > most ? numbers[i] : most;
    }
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(numbers[i])) {
            buffer_add_char(into, ' ');
            continue;
        }
        double range = most / 2 - least / 2, share = range > 0 ? (numbers[i] / 2 - least / 2) / range : 0;
        int level = (int)(share * (EIGHTHS - 1) + 0.5);
        if (options->plain)
            buffer_add_char(into, plain[level]);
        else
            buffer_add_text(into, levels[level]);
    }
    free(numbers);
}
