/* data_options: the options that the tools with a select list share (aflatten, ajoin): what comes in,
 * how it goes out, threads, bad records. Belongs to main(). */
#ifndef ATOOLS_DATA_OPTIONS_H
#define ATOOLS_DATA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/expr.h"
#include "frame/filter_options.h"
#include "frame/quoted.h"
#include "table/project.h"
#include "table/rows.h"

struct data_options {
    const char *where, *order;
    const struct row_form *from; /* NULL: told by the input */
    const struct output_form *to;
    bool header_in, header_out;
    bool raw_json; /* --cells json */
    const char *null, *file_column, *corrupt;
    unsigned allow; /* enum lenient */
    struct option_range row_groups, lines; /* of Parquet, of NDJSON */
    struct quoting quoting; /* of CSV */
    bool quoting_given;     /* --delimiter or --quote */
    struct shrink_options shrink; /* of what goes out */
    struct table_options table;
    bool has_limit;
    uint64_t limit;
    uint64_t skip; /* --offset */
    bool ansi;
    struct filter_options filter;
    size_t memory;
};

/* An option of all tools with a select list is one row here, a field above, and its case in data_options_take. */
/* The first ones say which rows are asked for. */
enum { DATA_OPTIONS_ASKED = 4 };
extern const struct option_row data_options_list[];

/* For option_table.calls: the scalar functions. */
void data_options_calls(struct buffer *into);

/* The defaults. */
struct data_options data_options_start(void);

/* Takes one option of these, or of filter_options; false and a problem for a wrong argument. */
bool data_options_take(struct data_options *options, int option, const char *argument, struct problem *problem);

/* Checks what must fit together, and that TZ names a zone. */
bool data_options_check(const struct data_options *options, struct problem *problem);

/* Threads there will be. */
unsigned data_options_threads(const struct data_options *options);

struct rows_options data_options_rows(const struct data_options *options);
struct project_options data_options_project(const struct data_options *options, const struct order *order);

/* Opens the file of --bad, if any. Threads, flush and out are set; project_chunks sets the rest. */
struct chunks_options data_options_chunks(const struct data_options *options, struct output *out);

#endif
