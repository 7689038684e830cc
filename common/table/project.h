/* project: what a select list makes of rows, written in a form of output, in input order or by
 * ORDER BY: the second half of aflatten and ajoin.
 *
 * A project is shared by all threads; each thread has a writer. In input order, rows go into the
 * batch's result; otherwise, and where the form is not text, they are collected and written by project_finish. */
#ifndef ATOOLS_PROJECT_H
#define ATOOLS_PROJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "table/form/output_form.h"

struct project_options {
    const struct output_form *form;
    struct output_form_options form_options;
    bool has_limit;             /* -n */
    uint64_t limit;
    uint64_t skip;              /* --offset: rows left out at the beginning; the limit counts from there */
    const struct order *order;  /* -o, or NULL; without keys: by place, for rows that come out of order */
    size_t memory;              /* for sorting, a writer's before it spills */
    unsigned threads;           /* that put the rows in order when all are there */
    const struct file_name *file; /* split.h: each row goes into the file called so; or NULL. A form of text */
    const struct expr *qualify; /* only rows of which this is true, when all items are known; or NULL */
    bool places;                /* in front of each row stands its place and part, 16 hexadecimal digits each, and a
                                 * tab: a form of text, with an order */
    bool batches;               /* project_end_batch, project_deliver are called: threads may collect rows */
};

struct project;

/* Who takes rows instead of the writers, to bring them back when he knows what they lacked: windows. One of his writers
 * a thread, made and freed one at a time. */
struct project_taker {
    void *(*writer_new)(void *context);
    /* False: row->error says why it cannot be taken. */
    bool (*take)(void *writer, struct row *row, bool spaced, uint64_t place, uint64_t part);
    void (*writer_free)(void *writer);
    void *context;
};

/* STAR items that are still in the select are written from each row's own members (form->own_members). The
 * select and the options' pointers must live on. */
struct project *project_new(const struct select *select, const struct project_options *options);

/* From now on the taker (which is copied) has the rows; NULL: writers have them again. */
void project_give(struct project *project, const struct project_taker *taker);

/* What chunks must know: the limit, the offset, one thread where rows are taken one by one, no output where they are
 * collected. */
void project_chunks(struct project *project, struct chunks_options *options);

/* Rows that are needed at most of those in order: the limit, or what the form wants, and those left out before.
 * UINT64_MAX: all. */
uint64_t project_wanted(const struct project *project);

/* Rows that whoever writes text in order leaves out himself: result_skip. 0 where the project does, which collects. */
uint64_t project_skips(const struct project *project);

/* What stands before the rows, if anything; as text. */
void project_head(const struct project *project, struct buffer *into);
void project_header(const struct project *project, struct output *out);

struct project_writer;
struct project_writer *project_writer_new(struct project *project);

/* Writes one row: its slots and arena are set, spaced says whether spans may hold white space. (place,
 * part) is its place in the input (sort.h). False if an expression failed: row->error says why, nothing
 * was written. */
bool project_row(struct project_writer *writer, struct row *row, bool spaced, uint64_t place, uint64_t part,
                 struct result *result);

/* A batch's last row has been written; and, in input order, one thread at a time: its result (or a piece of it) comes
 * to the output. */
void project_end_batch(struct project_writer *writer, struct result *result);
void project_deliver(struct project *project, const struct result *result);

/* Writes behind into->len that the row of this key, the first `count` items, is there no more; false: the form has no
 * way to say so, or an expression failed. */
bool project_gone(struct project_writer *writer, struct row *row, size_t count, struct buffer *into);

/* Whether project_row would do: for rows that are collected and cannot be taken back. */
bool project_try(struct project_writer *writer, struct row *row);
bool project_collects(const struct project *project);

/* False: no row can fail, so that none need be tried. */
bool project_can_fail(const struct project *project);

/* Gives back what the writer has collected; one thread at a time. */
void project_writer_free(struct project_writer *writer);

/* Writes what was collected. Frees. complete: no bad record stopped the run; without that ORDER BY writes
 * nothing (which rows came in before the stop is chance), otherwise the rows before it are there. */
void project_finish(struct project *project, bool complete, struct output *out);

/* How STAR item i, or a plain path of which members are changed, is written (bare `*`: the slot of the record). Set
 * before writers are made; what it points to lives on. */
void project_star(struct project *project, size_t i, struct output_star star);

/* Whether the form wants to know what was seen at the places that columns are taken from; and to tell it, before rows
 * come. */
bool project_wants_types(const struct project *project);
void project_column(struct project *project, size_t column, const struct schema_node *node);

#endif
