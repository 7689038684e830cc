#include "table/form/output_form.h"

#include <string.h>

#include "table/form/names_inner.h"

extern const struct output_form output_form_tsv, output_form_json, output_form_table, output_form_parquet,
    output_form_csv;

/* The first one is the default. */
static const struct output_form *const forms[] = {
    &output_form_tsv,
    &output_form_csv,
    &output_form_json,
    &output_form_table,
    &output_form_parquet,
};
enum { FORMS = sizeof forms / sizeof *forms };

const struct output_form *output_form_find(const char *name)
{
    for (size_t i = 0; i < FORMS; i++)
        if (strcmp(forms[i]->name, name) == 0 || (forms[i]->alias && strcmp(forms[i]->alias, name) == 0))
            return forms[i];
    return NULL;
}

const struct output_form *output_form_default(void)
{
    return forms[0];
}

void output_form_names(bool null_text, struct buffer *into)
{
    size_t left = 0;
    for (size_t i = 0; i < FORMS; i++)
        left += !null_text || forms[i]->null_text;
    for (size_t i = 0; i < FORMS; i++) {
        if (null_text && !forms[i]->null_text)
            continue;
        form_names_add(into, forms[i]->name, --left);
    }
}
