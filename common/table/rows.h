/* rows: records as rows of numbered slots, NDJSON or TSV alike: what the SQL tools read.
 *
 * A rows_plan is built once (which paths), bound to each input's form, and shared; a reader
 * belongs to one thread. The form is told by option or by the first byte: '{' or '[' (behind
 * white space, BOM, RS) is JSON; a first line that is one JSON scalar is JSON too (and bad data);
 * anything else is TSV with a header line. */
#ifndef ATOOLS_ROWS_H
#define ATOOLS_ROWS_H

#include "frame/chunks.h"
#include "frame/frame.h"
#include "json/path.h"
#include "json/span.h"

enum rows_form { ROWS_AUTO, ROWS_JSON, ROWS_TSV };

struct rows_options {
    enum rows_form form;
    bool header;          /* TSV: the first line of each file names the columns; else they are c1, c2, … */
    enum framing framing;
    bool raw;
    bool single;          /* -u */
};

struct rows; /* the source: inputs, their form, the header; one a tool */

/* Opens the inputs and looks at the first block to settle the form (and reads the first header).
 * Ends the program on failure. */
struct rows *rows_open(char *const *files, size_t count, const struct rows_options *options);

/* The settled form: ROWS_JSON or ROWS_TSV. Empty input is ROWS_JSON. */
enum rows_form rows_form(const struct rows *rows);

/* TSV: the first file's header: column names, decoded; count in *count. */
const struct span *rows_header(const struct rows *rows, size_t *count);

/* The first batch without consuming it (for `*`: its keys); NULL when there is no input. */
const struct batch *rows_peek(struct rows *rows);

/* Says which paths are wanted; slot i of each row is path i. On TSV a path is first matched against
 * the whole header name by its text, then by its first segment (the rest looks into JSON text only
 * through get_json_object, never implicitly: such a path is unknown); an unknown column ends the
 * program with status 2, naming the columns there are. Call once, before chunks_run. */
void rows_bind(struct rows *rows, const struct path_set *paths);

/* As walk_plan_watch, for `*`: on TSV with path NULL a column that only a later file has is a stranger in each of
 * that file's rows. After rows_bind. */
void rows_watch(struct rows *rows, const struct path *path, bool all);

/* What to hand to chunks_run. */
struct source *rows_source(struct rows *rows);

/* After the run: warns of each path that was found in no record at all (JSON, if records > 0; pass 0 after a
 * failure, which is what the user has to see). */
void rows_warn_absent(const struct rows *rows, const struct path_set *paths, uint64_t records);

void rows_close(struct rows *rows);

struct rows_reader {
    const struct span *slots;
    struct span record;   /* the whole record as written (JSON value or TSV line without newline) */
    uint64_t index;       /* its number within the batch, from 0: with batch->sequence, its place in the input */
    size_t at;            /* its offset within the batch */
    struct span stranger; /* see walk.h */
    size_t stranger_watch;
    bool spaced;          /* see walk.h */
};
struct rows_reader *rows_reader_new(struct rows *rows);
void rows_start(struct rows_reader *reader, const struct batch *batch, struct result *result);
/* True with the next row (counted in result->records); false at the end of the batch or after a fatal bad record (result->status).
 * Bad records are handled (result_bad) and counted inside. */
bool rows_next(struct rows_reader *reader);
void rows_reader_free(struct rows *rows, struct rows_reader *reader);

#endif
