/* project: what a select list makes of rows, written as TSV, NDJSON or a table, in input order or by
 * ORDER BY: the second half of aflatten and ajoin.
 *
 * A project is shared by all threads; each thread has a writer. In input order, rows go into the
 * batch's result; otherwise, and for a table, they are collected and written by project_finish. */
#ifndef ATOOLS_PROJECT_H
#define ATOOLS_PROJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "table/table.h"

enum project_form { PROJECT_TSV, PROJECT_JSON, PROJECT_TABLE };

struct project_options {
    enum project_form form;
    bool header;                /* TSV: names first */
    const char *null;           /* TSV: what stands for null; NULL: \N */
    struct table_options table;
    bool has_limit;             /* -n */
    uint64_t limit;
    const struct order *order;  /* -o, or NULL; without keys: by place, for rows that come out of order */
    size_t memory;              /* for sorting, a writer's before it spills */
};

struct project;

/* STAR items that are still in the select are written from each row's own members (NDJSON only). The
 * select and the options' pointers must live on. */
struct project *project_new(const struct select *select, const struct project_options *options);

/* What chunks must know: the limit, one thread for a table, no output where rows are collected. */
void project_chunks(const struct project *project, struct chunks_options *options);

/* The header line, if there is one. */
void project_header(const struct project *project, struct output *out);

struct project_writer;
struct project_writer *project_writer_new(struct project *project);

/* Writes one row: its slots and arena are set, spaced says whether spans may hold white space. (place,
 * part) is its place in the input (sort.h). False if an expression failed: row->error says why, nothing
 * was written. */
bool project_row(struct project_writer *writer, struct row *row, bool spaced, uint64_t place, uint64_t part,
                 struct result *result);

/* Whether project_row would do: for rows that are collected and cannot be taken back. */
bool project_try(struct project_writer *writer, struct row *row);
bool project_collects(const struct project *project);

/* Gives back what the writer has collected; one thread at a time. */
void project_writer_free(struct project_writer *writer);

/* Writes what was collected. Frees. complete: no bad record stopped the run; without that ORDER BY writes
 * nothing (which rows came in before the stop is chance), a table the rows before it. */
void project_finish(struct project *project, bool complete, struct output *out);

/* Where the members of STAR item i begin in a row: the slot of its object (bare `*`: the record). Set
 * before writers are made. */
void project_star_slot(struct project *project, size_t i, size_t slot);

/* The table being made, or NULL. */
struct table *project_table(const struct project *project);

#endif
