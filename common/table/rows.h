/* rows: records as rows of numbered slots, whatever form they come in: what the SQL tools read.
 *
 * The form is told by option or by how the first input begins: '{' or '[' (behind
 * white space, BOM, RS) is JSON; "PAR1" is Parquet; a first line that is one JSON scalar is JSON too (and bad data);
 * a name that ends in .csv, or a first line with commas and without a tab, is CSV;
 * anything else is TSV with a header line. What forms do is in table/form/row_form.h.
 *
 * Opened, looked at and bound by one thread; then readers, each a thread's own. */
#ifndef ATOOLS_ROWS_H
#define ATOOLS_ROWS_H

#include "base/problem.h"
#include "expr/expr.h"
#include "frame/frame.h"
#include "frame/quoted.h"
#include "frame/result.h"
#include "frame/source.h"
#include "json/path.h"
#include "json/span.h"
#include "table/inputs.h"
#include "table/schema.h"

struct row_form;
struct relation;

/* Bytes of the first records, over all inputs, that say what columns there are where no header does (`*`, bare names of
 * joins). */
enum { ROWS_WINDOW = 256 * 1024 };

struct rows_options {
    const struct row_form *form; /* NULL: told by how the first input begins */
    bool header;          /* flat forms: the first line of each file names the columns; else they are c1, c2, … */
    const char *null;     /* flat forms: a cell that is this text is null, too; or NULL */
    unsigned allow;        /* NDJSON: enum lenient, of lines that are no JSON */
    const char *corrupt;   /* NDJSON: a record that is bad is a row with its text in this column; or NULL */
    const char *file_column; /* a column of this name holds each record's file (null: standard input); or NULL */
    struct option_range row_groups; /* Parquet: counted over all files; its columns are those of all files */
    struct option_range lines;      /* NDJSON: see frame_options */
    struct quoting quoting; /* CSV's delimiter and quote; not set: comma and double quote */
    enum framing framing;
    bool raw;
    bool single;          /* -u */
    bool at_once;         /* a form that was said and is not flat: rows_open does not wait for the first of the input */
    bool groups;          /* envelopes: what is said between them of their group is wanted (rows_reader.group) */
    struct relation *relation; /* not NULL: it is read instead of any input */
};

struct rows; /* the source: inputs, their form, the header; one a tool */

/* Opens the inputs and looks at the first block to settle the form (and reads the first header). Never NULL: what is
 * wrong with an input is told by the source. inputs must live on. Columns in the names of their folders win over
 * members of the same name; flat forms know nothing of them. */
struct rows *rows_open(const struct inputs *inputs, const struct rows_options *options);

/* The settled form; empty input is JSON. */
const struct row_form *rows_form(const struct rows *rows);

/* A flat form: the first file's column names, decoded; count in *count. Otherwise NULL and 0. */
const struct span *rows_header(const struct rows *rows, size_t *count);

/* A form that is not flat: adds to schema what is known of the records before they are read (of JSON what the first
 * ROWS_WINDOW bytes of them hold, for which it waits); false: there are none. A flat form: false. Before the source is
 * used. */
bool rows_shape(struct rows *rows, struct schema *schema);

/* Of that the columns that stand in no record, but in folders' names, or are the file: also where all are null. */
void rows_shape_columns(const struct rows *rows, struct schema *schema);

/* Says which paths are wanted; slot i of each row is path i. On TSV a path is first matched against
 * the whole header name by its text, then by its first segment (the rest looks into JSON text only
 * through get_json_object, never implicitly: such a path is unknown); an unknown column is
 * a problem (STATUS_USAGE) that names the columns there are. Call once, before chunks_run; the paths must live on. */
bool rows_bind(struct rows *rows, const struct path_set *paths, struct problem *problem);

/* Only rows for which this is true (NULL: all) will be looked at; its slots are those of rows_bind. A form may leave
 * out others, of which statistics say that it is not, but need not. After rows_bind; it lives on. */
void rows_where(struct rows *rows, const struct expr *where);

/* As walk_plan_watch, for `*`: in a flat form with path NULL a column that only a later file has is a stranger in each
 * of that file's rows. After rows_bind. */
void rows_watch(struct rows *rows, const struct path *path, bool all);

/* What to hand to chunks_run. */
struct source *rows_source(struct rows *rows);

/* Whether the input could not be opened, or nothing be read of it: the first batch will tell it, and no header is
 * right. */
bool rows_failed(const struct rows *rows);

/* The problem of one that failed, for who does not get that far. */
void rows_tell(const struct rows *rows, struct problem *problem);

/* After the run: warns of each path that was found in no record at all (if records > 0; pass 0 after a failure, which
 * is what the user has to see). In a flat form there is none. */
void rows_warn_absent(const struct rows *rows, uint64_t records);

void rows_close(struct rows *rows);

/* A row's spans live as long as its batch, or at least until ROWS_ALIVE more rows have come. */
enum { ROWS_ALIVE = 1024 };
/* Where a record comes from, as envelopes say it. */
struct rows_origin {
    struct span topic; /* STRING */
    int32_t partition;
    int64_t offset;
};
struct rows_reader {
    const struct row_form *form; /* private */
    struct rows_columns *columns; /* private: of names of folders */
    const struct span *slots;
    struct span record;   /* the whole record as written (JSON value, or line without newline) */
    uint64_t index;       /* its number within the batch, from 0: with batch->sequence, its place in the input */
    size_t at;            /* its offset within the batch */
    struct span stranger; /* see walk.h */
    bool spaced;          /* see walk.h */
    bool has_origin;      /* of each record: the form is envelopes */
    struct rows_origin origin;
    /* rows_options.groups: not a row, but what is said between rows of the group that they are read in
     * (log/handover.h): a STRING, and an OBJECT or nothing; type ABSENT: it is a row. */
    struct span group, group_offsets;
};
struct rows_reader *rows_reader_new(struct rows *rows);
void rows_start(struct rows_reader *reader, const struct batch *batch, struct result *result);
/* True with the next row (counted in result->records); false at the end of the batch or after a fatal bad record
 * (result->status). Bad records are handled (result_bad) and counted inside. */
bool rows_next(struct rows_reader *reader);

/* Rows by columns, for who can work so, from forms that have them so: of each slot one of the three. */
enum rows_want { ROWS_WANT_SPANS, ROWS_WANT_NUMBERS, ROWS_WANT_CODES }; /* codes of texts, or numbers */
struct rows_column {
    const struct span *spans;
    const int64_t *numbers; /* whole numbers, as SQL sees them, but */
    const bool *nulls;      /* these; NULL: none */
    const uint32_t *codes;  /* of `texts`; UINT32_MAX: null */
    const struct span *texts;
    size_t text_count;
};
/* Behind rows_start, instead of rows_next: whether the batch's rows can be had so, with numbers for each slot that
 * wants them. */
bool rows_have_columns(const struct rows_reader *reader, const enum rows_want *wants);
/* The next rows, counted in result->records: how many, and the first one's number within the batch in *index. 0: at
 * the end, or result->status is set. Texts of codes are the same for all of a batch; spans live as those of rows. */
size_t rows_columns(struct rows_reader *reader, const enum rows_want *wants, struct rows_column *columns,
                    uint64_t *index);

void rows_reader_free(struct rows *rows, struct rows_reader *reader);

#endif
