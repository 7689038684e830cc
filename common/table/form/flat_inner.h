/* flat: what the flat forms of text share: cells below a header of column names, which are found by name in each file.
 * The first batch of a file settles that file's columns, readers of its later batches wait for that. */
#ifndef ATOOLS_FORM_FLAT_H
#define ATOOLS_FORM_FLAT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/index.h"
#include "base/mem.h"
#include "base/problem.h"
#include "frame/frame.h"
#include "frame/source.h"
#include "frame/result.h"
#include "json/path.h"
#include "json/scan/scan.h"
#include "json/span.h"
#include "table/form/row_form.h"

/* What one file's first record settled. */
struct flat_file {
    bool returns;         /* it ends in \r\n */
    size_t count;         /* cells a record must have */
    size_t *column;       /* of each path */
    struct span stranger; /* a column that the first file had not, as a JSON string; for `*` */
    char *error;          /* not NULL: the whole message: this file can't be read */
};

struct flat_names {
    struct span *names;
    size_t count;
    struct index index;
};

/* What a file's first record holds. */
struct flat_head {
    struct span *cells;  /* decoded, in the arena */
    size_t count;
    bool returns;        /* it ends in \r\n */
    const char *wrong;   /* not NULL: what is, in a few words, */
    uint64_t line, byte; /* and where, both from 1 */
};

/* The state of a form; a form may put it at the head of its own. */
struct flat_rows {
    struct frame *frame;
    bool header, watched;
    const char *null; /* a cell that is null, too; or NULL */
    size_t null_len;
    /* Splits and decodes the record at text, of len > 0 bytes; the rest of *head is zero. */
    void (*read_head)(const struct flat_rows *rows, const char *text, size_t len, struct arena *arena,
                      struct flat_head *head);
    /* Finds what ends cells in whole lines: scan_tsv, scan_csv. */
    void (*scan)(const struct flat_rows *rows, struct scan_cells *ends, const char *text, size_t len);
    struct arena arena;
    struct flat_names first; /* the first file's */
    bool first_wrong;        /* its first record can't be read */
    const struct path_set *paths;
    const struct span **wanted; /* by path: its column's name */
    pthread_mutex_t lock;
    pthread_cond_t settled;
    struct flat_file **files;
    size_t file_cap;
};

/* Begins the state (zeroed, read_head and scan set) on an input whose first record is in text (NULL: it is empty). */
void flat_open(struct flat_rows *rows, const struct row_input *input, const char *text, size_t len);

/* Frees all but *rows itself. */
void flat_close(struct flat_rows *rows);

/* The columns of the batch's file. Any thread. */
const struct flat_file *flat_file(struct flat_rows *rows, const struct batch *batch);

/* As in json/walk: a piece and its index stay in the nearest caches, behind a bad record pieces are small again, and a
 * line that is longer than the largest piece is read byte by byte. */
enum { FLAT_PIECE_MIN = 512, FLAT_PIECE = 64 * 1024, FLAT_PIECE_MAX = 64 * 1024 * 1024 };

/* A reader's state; a form puts it at the head of its own. */
struct flat_reader {
    struct rows_reader row; /* first: the public face */
    struct flat_rows *rows;
    const struct flat_file *file;
    const struct batch *batch;
    struct result *result;
    size_t at;      /* the next record */
    uint64_t index; /* of records begun */
    struct span *slots;
    struct scan_cells ends; /* of the cells of a piece of the batch, */
    size_t piece, end;      /* which is here, and right up to there; */
    size_t next;            /* the first one of the next record */
    size_t piece_size;
};

/* The state (zeroed) of a reader of these rows; and its end, all but *reader itself. */
void flat_reader_open(struct flat_reader *reader, struct flat_rows *rows);
void flat_reader_close(struct flat_reader *reader);

/* Begins a batch, at its first byte. False: its file can't be read, which the result says. */
bool flat_reader_start(struct flat_reader *reader, const struct batch *batch, struct result *result);

/* Finds the cells of the next piece: whole lines. False if the next line ends the batch without a newline, or is longer
 * than any piece. */
bool flat_reader_piece(struct flat_reader *reader);

/* Calls the record bad: where within it, and why; or that it has another count of cells than its file has columns, the
 * last one it may have ending at `last`. Returns whether to go on. */
bool flat_reader_bad(struct flat_reader *reader, size_t record, size_t len, size_t at, const char *reason);
bool flat_reader_miscounted(struct flat_reader *reader, size_t record, size_t len, size_t count, size_t last);

/* Where the next record lies in the piece, without its newline, if it ends with as many tokens of `ends` as its file
 * has columns; false: look closer. Then: it is done with. */
static inline bool flat_reader_line(const struct flat_reader *reader, size_t *start, size_t *end)
{
    const struct scan_cells *ends = &reader->ends;
    const unsigned char *kinds = ends->kinds + reader->next;
    size_t count = reader->file->count;
    if (ends->count - reader->next < count || memchr(kinds, '\n', count) != kinds + count - 1)
        return false;
    *start = reader->at - reader->piece;
    *end = ends->positions[reader->next + count - 1];
    return reader->piece + *end < reader->end;
}

static inline void flat_reader_line_done(struct flat_reader *reader)
{
    size_t count = reader->file->count;
    reader->at = reader->piece + reader->ends.positions[reader->next + count - 1] + 1;
    reader->next += count;
}

/* Gives the record, `len` bytes at `record` of the batch, to the row's readers. */
static inline void flat_reader_give(struct flat_reader *reader, size_t record, size_t len)
{
    reader->row.record = (struct span){.text = reader->batch->text + record, .len = len, .type = SPAN_CELL};
    reader->row.index = reader->index - 1;
    reader->row.at = record;
}

/* Of row_form; a form is a struct flat_rows, or begins with one. */
struct source *flat_source(void *form);
const struct span *flat_header(const void *form, size_t *count);
bool flat_bind(void *form, const struct path_set *paths, struct problem *problem);
void flat_watch(void *form, const struct path *path, bool all);

#endif
