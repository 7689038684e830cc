#include "expr/function/function.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct function *const tables[] = {functions_text, functions_string, functions_code,  functions_hash, functions_regex, functions_number, functions_angle,
                                                functions_time, functions_units, functions_array, functions_lambda, functions_map, functions_json, functions_logic};

static const struct aggregate_name aggregates[] = {
    {"count", 1, SIZE_MAX},
    {"count_if", 1, 1},
    {"sum", 1, 1},
    {"try_sum", 1, 1},
    {"avg", 1, 1},
    {"try_avg", 1, 1},
    {"mean", 1, 1},
    {"min", 1, 1},
    {"max", 1, 1},
    {"stddev", 1, 1},
    {"std", 1, 1},
    {"stddev_samp", 1, 1},
    {"stddev_pop", 1, 1},
    {"variance", 1, 1},
    {"var_samp", 1, 1},
    {"var_pop", 1, 1},
    {"percentile", 2, 2},
    {"percentile_cont", 1, 1},
    {"percentile_disc", 1, 1},
    {"median", 1, 1},
    {"approx_percentile", 2, 3},
    {"percentile_approx", 2, 3},
    {"corr", 2, 2},
    {"covar_pop", 2, 2},
    {"covar_samp", 2, 2},
    {"regr_count", 2, 2},
    {"regr_avgx", 2, 2},
    {"regr_avgy", 2, 2},
    {"regr_sxx", 2, 2},
    {"regr_syy", 2, 2},
    {"regr_sxy", 2, 2},
    {"regr_slope", 2, 2},
    {"regr_intercept", 2, 2},
    {"regr_r2", 2, 2},
    {"bit_and", 1, 1},
    {"bit_or", 1, 1},
    {"bit_xor", 1, 1},
    {"mode", 0, 1},
    {"approx_count_distinct", 1, 2},
    {"first", 1, 2},
    {"first_value", 1, 2},
    {"last", 1, 2},
    {"last_value", 1, 2},
    {"any_value", 1, 2},
    {"collect_list", 1, 1},
    {"array_agg", 1, 1},
    {"collect_set", 1, 1},
    {"bool_and", 1, 1},
    {"every", 1, 1},
    {"bool_or", 1, 1},
    {"any", 1, 1},
    {"some", 1, 1},
    {"max_by", 2, 2},
    {"min_by", 2, 2},
    {"string_agg", 1, 2},
    {"listagg", 1, 2},
};
enum { AGGREGATES = sizeof aggregates / sizeof *aggregates };

static bool same_name(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

const struct function *function_at(size_t number)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct function *row = tables[t]; row->name; row++)
            if (number-- == 0)
                return row;
    return NULL;
}

const struct function *function_find(const char *name, size_t len)
{
    const struct function *row;
    for (size_t i = 0; (row = function_at(i)); i++)
        if (same_name(row->name, name, len))
            return row;
    return NULL;
}

const struct aggregate_name *aggregate_find(const char *name, size_t len)
{
    for (size_t i = 0; i < AGGREGATES; i++)
        if (same_name(aggregates[i].name, name, len))
            return &aggregates[i];
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

enum { NAME_MAX_LEN = 40 };

/* Insertions, deletions, changes and swaps of neighbours between two names. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = (a[i - 1] | 0x20) == (b[j - 1] | 0x20);
            size_t best = before[j - 1] + !same;
            best = before[j] + 1 < best ? before[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && (a[i - 1] | 0x20) == (b[j - 2] | 0x20) && (a[i - 2] | 0x20) == (b[j - 1] | 0x20) &&
                earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

/* True if name is candidate with letters left out behind the first one: cnt of count. */
static bool abbreviates(const char *name, size_t len, const char *candidate)
{
    size_t at = 0;
    for (const char *c = candidate; *c && at < len; c++)
        at += (name[at] | 0x20) == *c && (at > 0 || c == candidate);
    return len >= 3 && at == len;
}

/* The nearest so far, and how far it is. */
struct nearest {
    const char *name;
    size_t distance;
};

static void try_name(struct nearest *nearest, const char *candidate, const char *name, size_t len)
{
    size_t d = strchr(candidate, ' ') ? SIZE_MAX : 2 * distance(name, len, candidate, strlen(candidate));
    bool abbreviated = d != SIZE_MAX && abbreviates(name, len, candidate);
    if (abbreviated && strlen(candidate) < 2 * len) /* before one with another letter; the shortest one */
        d = strlen(candidate) - len < 2 ? 1 : strlen(candidate) == len + 2 ? 2 : d;
    if (d < nearest->distance || (d == nearest->distance && abbreviated && nearest->name && !abbreviates(name, len, nearest->name))) {
        nearest->distance = d;
        nearest->name = candidate;
    }
}

const char *function_nearest(const char *name, size_t len)
{
    struct nearest nearest = {.distance = len < 4 ? 4 : 6}; /* twice the changes that are too many */
    if (len > NAME_MAX_LEN)
        return NULL;
    const struct function *row;
    for (size_t i = 0; (row = function_at(i)); i++)
        try_name(&nearest, row->name, name, len);
    for (size_t i = 0; i < AGGREGATES; i++)
        try_name(&nearest, aggregates[i].name, name, len);
    return nearest.name;
}
