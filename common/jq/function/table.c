/* All functions, by name. */
#include <stdlib.h>

#include "jq/function/function_inner.h"

static const struct jq_native *const tables[] = {jq_core_functions,   jq_text_functions,   jq_list_functions,
                                                 jq_object_functions, jq_math_functions,   jq_time_functions,
                                                 jq_regex_functions,  jq_system_functions, jq_prelude_functions};

const struct jq_native *jq_native_row(size_t number)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct jq_native *row = tables[i]; row->name; row++)
            if (number-- == 0)
                return row;
    return NULL;
}

const struct jq_native *jq_native_find(const char *name, size_t len, uint32_t arity)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct jq_native *row = tables[i]; row->name; row++)
            if (row->arity == arity && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
                return row;
    return NULL;
}

bool jq_native_acts(const struct jq_native *native)
{
    for (const struct jq_native *row = jq_system_functions; row->name; row++)
        if (row == native)
            return true;
    return false;
}

struct jq_value jq_drop_all(struct jq_machine *jq, struct jq_value *arguments, unsigned count)
{
    for (unsigned i = 0; i <= count; i++)
        jq_drop(jq, arguments[i]);
    return jq_none();
}

static int by_name(const void *left, const void *right)
{
    const struct jq_native *a = *(const struct jq_native *const *)left, *b = *(const struct jq_native *const *)right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : a->arity - b->arity;
}

bool jq_function_entry(size_t number, struct jq_entry *entry)
{
    const struct jq_native *rows[512];
    size_t count = 0;
    for (size_t i = 0; jq_native_row(i); i++)
        if (jq_native_row(i)->name[0] != '_')
            rows[count++] = jq_native_row(i);
    if (number >= count)
        return false;
    qsort(rows, count, sizeof(struct jq_native *), by_name);
    *entry =
        (struct jq_entry){rows[number]->name, rows[number]->arity, rows[number]->description, rows[number]->example};
    return true;
}
