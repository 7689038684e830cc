/* filter: jq's path language, compiled once and run over one value at a time.
 *
 * The grammar: `.`, `.a`, `."a b"`, `.["a"]`, `.[n]`, `.[-n]`, `.[a:b]`, `.[]`, each with `?`; chains, `|`, `,`,
 * parentheses; length, keys, keys_unsorted, type. Results are jq's, except that numbers and strings keep
 * the text they came with.
 *
 * A filter is immutable once compiled and shared by threads; a machine that runs it belongs to one thread. */
#ifndef ATOOLS_FILTER_H
#define ATOOLS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "json/path.h"
#include "json/span.h"

/* Longer ones are not taken: each step may take a call of its own. */
enum { FILTER_LENGTH_MAX = 8192 };

enum filter_kind {
    FILTER_KEY,
    FILTER_INDEX,
    FILTER_SLICE,
    FILTER_EACH,
    FILTER_LENGTH,
    FILTER_KEYS,
    FILTER_KEYS_UNSORTED,
    FILTER_TYPE,
    FILTER_COMMA, /* both pipelines, one after the other */
    FILTER_TRY,   /* the left pipeline; its errors end it silently */
};

/* A pipeline is a list of stages; no stage at all is `.`. */
struct filter_stage {
    enum filter_kind kind;
    bool optional;          /* `?` directly behind a path step */
    const char *key;        /* KEY: decoded bytes */
    size_t key_len;
    bool has_from, has_to;  /* SLICE */
    int64_t from, to;       /* INDEX: from */
    const struct filter_stage *left, *right;
    const struct filter_stage *next;
};

struct filter {
    const struct filter_stage *stages;
    struct arena arena;
};

/* Compiles text; NULL: it is not of this grammar. */
struct filter *filter_parse(const char *text);
void filter_free(struct filter *filter);

/* How a filter goes over one large value without holding it. */
enum filter_stream {
    STREAM_NONE,    /* whole values are needed */
    STREAM_EACH,    /* each element delivered runs through stages[step_count] */
    STREAM_COLLECT, /* all elements delivered form one array, which runs through stages[step_count] (`.[a:b]`) */
    STREAM_COUNT,   /* their number runs through stages[step_count] (`length`) */
};
struct filter_plan {
    enum filter_stream stream;
    struct frame_step *steps; /* for frame_options; freed with the filter */
    size_t step_count;
    /* step_count + 1: what is left of the filter before each step, and behind the last */
    const struct filter_stage **stages;
};
struct filter_plan filter_plan(struct filter *filter);

/* The plan for the elements of what the filter leads to, which are made into an array (STREAM_COLLECT); STREAM_NONE
 * where it is more than keys. */
struct filter_plan filter_plan_elements(struct filter *filter);

/* The keys that `stages` begins with (`.a.b` of `.a.b[] | .c`), none optional, as a path in
 * filter's arena; *rest is what follows them. NULL if it begins otherwise. */
const struct path *filter_prefix(struct filter *filter, const struct filter_stage *stages,
                                 const struct filter_stage **rest);

struct filter_machine;
struct filter_machine *filter_machine_new(void);
void filter_machine_free(struct filter_machine *machine);

enum filter_outcome {
    FILTER_DONE,
    FILTER_STOPPED, /* emit returned false */
    FILTER_ERROR,   /* a step met a value it cannot enter */
};

/* Takes one result: a whole valid JSON value, which may hold white space only if `spaced`. It is alive
 * during the call. False stops the run. */
typedef bool (*filter_emit)(void *context, struct span result, bool spaced);

/* Runs stages over a valid value. On FILTER_ERROR *message says what (alive until the next run) and *where
 * points at the value it is about, within value's text. */
enum filter_outcome filter_run(struct filter_machine *machine, const struct filter_stage *stages, struct span value,
                               bool spaced, filter_emit emit, void *context, const char **message, const char **where);

/* The message for a KEY step that met a value of this type; alive until the machine's next run. */
const char *filter_key_error(struct filter_machine *machine, unsigned char type, const char *key, size_t len);

/* A value of that type, for a FRAME_MISMATCH whose text was not kept (an empty container). */
struct span filter_sample(unsigned char type);

#endif
