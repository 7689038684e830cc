/* What is asked of a table. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "table/table.h"

bool table_parse(const char *option, const char *argument, struct table_options *options, struct problem *problem)
{
    *options = (struct table_options){.rows = TABLE_ROWS, .width = TABLE_WIDTH};
    if (!argument)
        return true;
    const char *comma = strchr(argument, ',');
    char *rows = mem_copy(argument, comma ? (size_t)(comma - argument) : strlen(argument));
    uint64_t row_count = 0, width = TABLE_WIDTH;
    bool good = options_number(option, rows, 0, TABLE_ROWS_MAX, &row_count, problem) &&
                (!comma || options_number(option, comma + 1, 0, TABLE_WIDTH_MAX, &width, problem));
    options->rows = (size_t)row_count;
    options->width = (size_t)width;
    options->sized = comma != NULL;
    free(rows);
    return good;
}

bool table_drawn_add(const char *option, const char *name, const char *names[TABLE_DRAWN_MAX + 1],
                     struct problem *problem)
{
    for (size_t i = 0; i < TABLE_DRAWN_MAX; i++)
        if (!names[i]) {
            names[i] = name;
            return true;
        }
    return problem_usage(problem, "%s: at most %d columns", option, TABLE_DRAWN_MAX);
}

static bool is_called(const struct select_item *item, const char *name)
{
    return item->name && strlen(name) == item->name_len && memcmp(name, item->name, item->name_len) == 0;
}

static bool check_drawn(const char *option, const char *const *names, const struct select *select,
                        struct problem *problem)
{
    for (; *names; names++) {
        bool found = false;
        for (size_t i = select->hidden; i < select->count && !found; i++)
            found = is_called(&select->items[i], *names);
        if (found)
            continue;
        struct buffer all = {0};
        for (size_t i = select->hidden; i < select->count; i++) {
            const char *name = select->items[i].name;
            buffer_add_text(&all, i > select->hidden ? ", " : "");
            buffer_add(&all, name ? name : "*", name ? select->items[i].name_len : 1);
        }
        buffer_add_char(&all, '\0');
        problem_usage(problem, "%s %s: no such column among %s", option, *names, all.data);
        buffer_free(&all);
        return false;
    }
    return true;
}

bool table_check(const struct table_options *options, const struct select *select, struct problem *problem)
{
    return check_drawn("--bars", options->bars, select, problem) &&
           check_drawn("--spark", options->sparks, select, problem);
}
