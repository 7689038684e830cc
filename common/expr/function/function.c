#include "expr/function/function.h"

#include <stdint.h>

/* In the manual's order; a section may be of several tables, one behind the other. */
static const struct {
    const char *section;
    const struct function *rows;
} tables[] = {
    {"choosing", functions_logic},
    {"choosing", functions_extreme},
    {"choosing", functions_cast},
    {"choosing", functions_check},
    {"strings", functions_text},
    {"strings", functions_concat},
    {"strings", functions_string},
    {"strings", functions_sentences},
    {"strings", functions_code},
    {"strings", functions_charset},
    {"strings", functions_hash},
    {"regex", functions_regex},
    {"numbers", functions_number},
    {"numbers", functions_digits},
    {"numbers", functions_number_format},
    {"numbers", functions_angle},
    {"numbers", functions_random},
    {"times", functions_time},
    {"times", functions_time_make},
    {"times", functions_units},
    {"times", functions_window},
    {"arrays", functions_array},
    {"arrays", functions_array_set},
    {"arrays", functions_zip},
    {"arrays", functions_lambda},
    {"maps", functions_map},
    {"json", functions_json},
    {"json", functions_schema_of_json},
    {"json", functions_csv},
};

const struct function *function_at(size_t number, const char **section)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct function *row = tables[t].rows; row->callable.name; row++)
            if (number-- == 0) {
                if (section)
                    *section = tables[t].section;
                return row;
            }
    return NULL;
}

const struct function *function_find(const char *name, size_t len)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct function *row = tables[t].rows; row->callable.name; row++)
            if (callable_named(&row->callable, name, len))
                return row;
    return NULL;
}

void function_counts(const struct function *function, size_t *least, size_t *most)
{
    *least = *most = 0;
    bool optional = false;
    for (const char *letter = function->takes; *letter; letter++) {
        if (*letter == '|') {
            optional = true;
        } else if (*letter == '*') {
            *most = SIZE_MAX;
        } else {
            ++*most;
            *least += !optional && letter[1] != '*';
        }
    }
}
