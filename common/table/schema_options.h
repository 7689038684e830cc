/* schema_options: --schema, and how types are inferred for it, as Spark's reader of JSON does with options of that
 * name. Belongs to main(). */
#ifndef ATOOLS_SCHEMA_OPTIONS_H
#define ATOOLS_SCHEMA_OPTIONS_H

#include <stdbool.h>

#include "base/options.h"
#include "base/output.h"
#include "frame/chunks.h"
#include "table/rows.h"

struct datetime_format;

struct schema_options {
    bool wanted, json;
    bool as_strings;
    bool infer;  /* timestamps, */
    const struct datetime_format *format; /* by this, or (NULL) as casts read them */
    double share; /* of the records that is looked at */
    struct arena arena;
};

extern const struct option_row schema_options_rows[];

struct schema_options schema_options_start(void);

/* Takes one of these options; false and no problem: it is none of them. */
bool schema_options_take(struct schema_options *options, int option, const char *argument, struct problem *problem);
bool schema_options_check(const struct schema_options *options, struct problem *problem);

void schema_options_free(struct schema_options *options);

/* Prints the schema of rows (JSON, not bound yet). The exit status as chunks_run; nothing is written unless it is 0. */
int schema_print(struct rows *rows, const struct schema_options *options, const struct chunks_options *chunks,
                 struct output *out);

#endif
