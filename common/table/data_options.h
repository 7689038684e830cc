/* data_options: the options that the tools with a select list share (aflatten, ajoin): what comes in,
 * how it goes out, threads, bad records. Belongs to main(). */
#ifndef ATOOLS_DATA_OPTIONS_H
#define ATOOLS_DATA_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/expr.h"
#include "frame/chunks.h"
#include "frame/frame.h"
#include "table/project.h"
#include "table/rows.h"

struct data_options {
    const char *where, *order;
    const struct row_form *from; /* NULL: told by the input */
    const struct output_form *to;
    bool header;
    const char *null;
    struct table_options table;
    bool has_limit;
    uint64_t limit;
    unsigned threads;
    const char *bad; /* "skip", a file, or NULL */
    enum framing framing;
    bool raw, flush, ansi;
    size_t memory;
};

/* The letters for getopt, and values of options that have no letter. */
#define DATA_LETTERS "hi:j:n:o:qT:uw:"
enum {
    DATA_ANSI = 256,
    DATA_BAD,
    DATA_FRAMING,
    DATA_MEMORY,
    DATA_NO_HEADER,
    DATA_NULL,
    DATA_RAW,
    DATA_TABLE,
    DATA_VERSION,
    DATA_VERTICAL,
    DATA_OWN, /* a tool's own begin here */
};

/* The defaults. */
struct data_options data_options_start(void);

/* The long options of all these, then `count` of the tool's own, then the end. Free with free(). */
struct option *data_options_long(const struct option *own, size_t count);

/* Takes one option that getopt_long returned (opterr 0, letters beginning with ':'); an unknown one ('?' or ':', argument is
 * then the word as typed), or a wrong argument, ends the program with status 2. help is printed by -h. */
void data_option(struct data_options *options, int option, const char *argument, const char *help);

/* Checks what must fit together. */
void data_options_check(struct data_options *options);

/* Checks that the file of --bad, if any, is not read as input; status 2 otherwise. */
void data_options_apart(const struct data_options *options, char *const *files, size_t count);

/* Threads there will be. */
unsigned data_options_threads(const struct data_options *options);

struct rows_options data_options_rows(const struct data_options *options);
struct project_options data_options_project(const struct data_options *options, const struct order *order);

/* Opens the file of --bad, if any. Threads, flush and out are set; project_chunks sets the rest. */
struct chunks_options data_options_chunks(const struct data_options *options, struct output *out);

#endif
