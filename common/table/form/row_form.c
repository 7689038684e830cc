#include "table/form/row_form.h"

#include <string.h>
#include <strings.h>

#include "table/form/names_inner.h"

extern const struct row_form row_form_json, row_form_envelope, row_form_parquet, row_form_csv, row_form_tsv;

/* In the order in which they are asked whether an input is theirs; the first one is that of empty input, the last one
 * takes what is nobody's. */
static const struct row_form *const forms[] = {
    &row_form_json,
    &row_form_envelope,
    &row_form_parquet,
    &row_form_csv,
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

static bool ends_in(const char *name, size_t len, const char *suffix)
{
    size_t suffix_len = strlen(suffix);
    return len > suffix_len && strncasecmp(name + len - suffix_len, suffix, suffix_len) == 0;
}

/* The form whose suffix the name has, or NULL. */
static const struct row_form *of_name(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    if (len > 0 && ends_in(name, len, ".gz"))
        len -= 3;
    for (size_t i = 0; len > 0 && i < FORMS; i++)
        if (forms[i]->suffix && ends_in(name, len, forms[i]->suffix))
            return forms[i];
    return NULL;
}

const struct row_form *row_form_of(const char *name, const char *text, size_t len,
                                   const struct rows_options *options)
{
    const struct row_form *named = text ? of_name(name) : NULL, *last = forms[FORMS - 1];
    size_t i = 0;
    if (named && named != last)
        return named;
    while (text && i + 1 < FORMS && !forms[i]->begins(text, len, options))
        i++;
    return named && forms[i]->flat ? named : forms[i];
}

void row_form_names(struct buffer *into)
{
    for (size_t i = 0; i < FORMS; i++)
        form_names_add(into, forms[i]->name, FORMS - i - 1);
}
