/* jq: the jq language: programs compiled once, run over any number of values.
 *
 * jq_program is immutable once compiled and may be shared by threads; a jq_machine runs it and belongs to one thread.
 * Memory of a run is the machine's; nothing of it is malloc'ed a record once the machine has warmed up. The grammar and
 * the functions are those of the jq 1.8 manual, without modules and SQL-style operators; see README.md for what
 * differs. */
#ifndef ATOOLS_JQ_H
#define ATOOLS_JQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "json/path.h"
#include "json/span.h"

/* A longer program, or deeper nesting in it, is refused. */
enum { JQ_PROGRAM_MAX = 1024 * 1024, JQ_NESTING_MAX = 1000 };

enum jq_type { JQ_NONE, JQ_NULL, JQ_FALSE, JQ_TRUE, JQ_NUMBER, JQ_STRING, JQ_ARRAY, JQ_OBJECT };

/* A value of a machine; only common/jq looks into it. */
struct jq_value {
    uint8_t type; /* enum jq_type */
    uint8_t form;
    uint16_t owner;
    uint32_t len;
    union {
        int64_t integer;
        double number;
        const char *text;
        struct jq_head *head;
        struct jq_string *string;
        struct jq_array *array;
        struct jq_object *object;
        struct jq_wide *wide;
    };
};

struct jq_machine;
struct jq_program;
struct piece;

/* A variable given from outside ($name): a JSON text, or bytes of a string. */
struct jq_variable {
    const char *name;
    const char *text;
    size_t len;
    bool json;
};

/* Compiles text. The variables' names are known to it; their values come with each machine. On error NULL, and
 * problem says what is wrong where. */
struct jq_program *jq_compile(const char *text, size_t len, const struct jq_variable *variables, size_t count,
                              struct problem *problem);
/* The same program over an array that nobody holds: run over null (jq_run_null), it reads the items by settings.read,
 * one after the other, and gives what the program gives for the array of them all. It holds what its results need, and
 * sorts in a temporary file where that is much. NULL where there is no such program, or the text is wrong. `sure`: an
 * error in reading need not keep results of the items before it from going out, and not all items need be read.
 * *arrays: the input must not be an object, whose values could be read as well. */
struct jq_program *jq_compile_items(const char *text, size_t len, const struct jq_variable *variables, size_t count,
                                    bool sure, bool *arrays);
void jq_program_free(struct jq_program *program);

/* The constant paths the program asks of its input (`.a.b`), for a walk that finds them beforehand; numbered as in the
 * set. */
const struct path_set *jq_program_paths(const struct jq_program *program);

/* Each input's results come of that input alone and nothing else happens: no input, debug, halt, input_filename … */
bool jq_program_is_pure(const struct jq_program *program);
/* An input has one result at most. */
bool jq_program_is_single(const struct jq_program *program);

enum jq_read {
    JQ_READ_VALUE,
    JQ_READ_END,
    JQ_READ_BAD, /* problem says what */
};

struct jq_settings {
    size_t stack_bytes;                  /* of the calling thread's stack that a run may take; 0: JQ_STACK_BYTES */
    size_t memory_limit;                 /* bytes of values; 0: any */
    const struct jq_variable *variables; /* those of jq_compile, in its order */
    size_t variable_count;
    const char *named;   /* a JSON object: $ARGS; NULL: {"positional":[],"named":{}} */
    volatile bool *stop; /* set from outside, a run ends soon (JQ_STOPPED); NULL: never */
    /* What `input` reads: a JSON text, valid, which lives until the next call. NULL: there is none. */
    enum jq_read (*read)(void *context, struct span *text, bool *spaced, struct problem *problem);
    /* What `debug` and `stderr` write. NULL: nothing is. */
    void (*message)(void *context, const char *text, size_t len);
    /* For input_filename and input_line_number. */
    const char *(*file)(void *context);
    uint64_t (*line)(void *context);
    void *context;
};
/* Bytes of stack a run may take where the settings do not say: of an ordinary thread's 8 MiB. Deeper recursion is an
 * error of the program. */
enum { JQ_STACK_BYTES = 7 * 1024 * 1024 };

struct jq_machine *jq_machine_new(const struct jq_program *program, const struct jq_settings *settings);
void jq_machine_free(struct jq_machine *machine);

enum jq_outcome {
    JQ_DONE,
    JQ_STOPPED,   /* emit returned false, or settings.stop was set */
    JQ_FAILED,    /* an error of the program that nobody caught: jq_message */
    JQ_HALTED,    /* halt, halt_error: jq_halt_status, jq_message */
    JQ_BAD_INPUT, /* settings.read met bad input: jq_problem */
};

/* Takes a result. It is the machine's: look at it (jq_write), no more. False ends the run. */
typedef bool (*jq_emit)(void *context, struct jq_value result);

/* A valid JSON value; all of it must live during a run. */
struct jq_input {
    struct span text;
    bool spaced;               /* there may be white space between its tokens */
    const struct span *slots;  /* what the walk found for jq_program_paths in this very text; or NULL */
    const struct piece *piece; /* the walk's index (walk_piece) of what the text may be from; or NULL */
};
/* Runs the program over a value. */
enum jq_outcome jq_run(struct jq_machine *machine, const struct jq_input *input, jq_emit emit, void *context);
/* The same over null (-n), over a string (-R), and over an array of all inputs (-s, which settings.read gives). */
enum jq_outcome jq_run_null(struct jq_machine *machine, jq_emit emit, void *context);
enum jq_outcome jq_run_string(struct jq_machine *machine, const char *bytes, size_t len, jq_emit emit, void *context);
enum jq_outcome jq_run_slurped(struct jq_machine *machine, jq_emit emit, void *context);

/* After JQ_FAILED and JQ_HALTED: the error as jq says it, alive until the next run. */
const char *jq_message(struct jq_machine *machine, size_t *len);
/* After JQ_HALTED: its status, and whether jq_message holds something for stderr. */
int jq_halt_status(const struct jq_machine *machine, bool *says);
const struct problem *jq_problem(const struct jq_machine *machine);

/* How results are written. */
struct jq_layout {
    bool raw;    /* strings without quotes, decoded; not with ascii */
    bool ascii;  /* only ASCII, \u escapes for the rest */
    bool sorted; /* keys in their order */
    bool again;  /* what is copied is written anew: no escape that is not needed, no repeated key */
    bool tab;
    int indent;                     /* spaces a level; 0 and no tab: one line */
    const struct jq_colors *colors; /* NULL: none */
};
enum jq_color {
    JQ_COLOR_NULL,
    JQ_COLOR_FALSE,
    JQ_COLOR_TRUE,
    JQ_COLOR_NUMBER,
    JQ_COLOR_STRING,
    JQ_COLOR_ARRAY,
    JQ_COLOR_OBJECT,
    JQ_COLOR_KEY,
    JQ_COLORS
};
/* Escape sequences: "\x1b[1;39m" and so on. */
enum { JQ_COLOR_MAX = 32 };
struct jq_colors {
    char start[JQ_COLORS][JQ_COLOR_MAX];
};
/* jq's colours, changed by the text of JQ_COLORS (NULL: none). False: it is malformed, and jq's stay. */
bool jq_colors_parse(struct jq_colors *colors, const char *text);

/* Writes a result behind into->len, without a newline. */
void jq_write(struct jq_machine *machine, struct jq_value value, const struct jq_layout *layout, struct buffer *into);
bool jq_value_truth(struct jq_value value);
bool jq_value_is_string(struct jq_value value);

/* One function of the language, as help and manual list it. */
struct jq_entry {
    const char *name;
    unsigned arity;
    const char *description, *example;
};
/* The functions in the order of their names; false behind the last. */
bool jq_function_entry(size_t number, struct jq_entry *entry);

#endif
