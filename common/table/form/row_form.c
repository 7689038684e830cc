#include "table/form/row_form.h"

#include <string.h>

#include "table/form/names_inner.h"

extern const struct row_form row_form_json, row_form_parquet, row_form_tsv;

/* In the order in which they are asked whether an input is theirs; the first one is that of empty input, the last one
 * takes what is nobody's. */
static const struct row_form *const forms[] = {
    &row_form_json,
    &row_form_parquet,
    &row_form_tsv,
};
enum { FORMS = sizeof forms / sizeof *forms };

const struct row_form *row_form_find(const char *name)
{
    for (size_t i = 0; i < FORMS; i++)
        if (strcmp(forms[i]->name, name) == 0 || (forms[i]->alias && strcmp(forms[i]->alias, name) == 0))
            return forms[i];
    return NULL;
}

const struct row_form *row_form_of(const char *text, size_t len, const struct rows_options *options, bool *fallback)
{
    size_t i = 0;
    while (text && i + 1 < FORMS && !forms[i]->begins(text, len, options))
        i++;
    *fallback = text && i + 1 == FORMS;
    return forms[i];
}

void row_form_names(struct buffer *into)
{
    for (size_t i = 0; i < FORMS; i++)
        form_names_add(into, forms[i]->name, FORMS - i - 1);
}
