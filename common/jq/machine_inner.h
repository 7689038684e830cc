/* jq_machine: what runs a program. Private to common/jq.
 *
 * A node with at most one result for an input is evaluated (jq_eval); any other runs and hands each result to a sink
 * (jq_run_node). Neither keeps anything on the C stack for what comes in the last place, so loops by recursion do
 * not grow it. What ends a run early (an error, break, halt) goes back through false and JQ_GOT_STOP, with jq->ending
 * set.
 *
 * Paths: where they are asked for, each value goes with the array of keys that leads to it; a value that is not at a
 * path any more goes with JQ_FALSE. JQ_NONE: nobody asks. */
#ifndef ATOOLS_JQ_MACHINE_INNER_H
#define ATOOLS_JQ_MACHINE_INNER_H

#include "jq/node_inner.h"

struct jq_closure {
    const struct jq_argument *argument;
    struct jq_frame *frame; /* where it was made; one reference */
};

union jq_slot {
    struct jq_value value;
    struct jq_closure closure;
    uint64_t label;
};

struct jq_frame {
    uint32_t refs;
    const struct jq_scope *scope;
    struct jq_frame *parent; /* one reference; NULL: the program's */
    union jq_slot slots[];
};

enum jq_ending {
    JQ_GOES_ON,
    JQ_ENDS_ERROR, /* jq->error, may be caught */
    JQ_ENDS_BREAK, /* jq->label */
    JQ_ENDS_HALT,
    JQ_ENDS_STOPPED, /* the caller wants no more */
    JQ_ENDS_LIMIT,   /* jq->error, may not be caught: too deep, too much memory */
    JQ_ENDS_INPUT,   /* jq->problem */
};

struct jq_regex;
struct jq_editor;

struct jq_machine {
    struct jq_heap heap; /* first: jq_heap_of */
    const struct jq_program *program;
    struct jq_settings settings;
    struct jq_value *globals, *constants;
    enum jq_ending ending;
    struct jq_value error;
    uint64_t label, labels;  /* the one that ends; those given out */
    const char *stack_limit; /* the stack may not grow below it */
    unsigned steps;          /* until the next look at memory and settings.stop */
    const char *record;      /* the text that slots belong to */
    size_t record_len;
    const struct span *slots;
    const struct piece *piece; /* the walk's index of text of owner 0; or NULL */
    size_t near;               /* the token in it that was looked for last */
    int halt_status;
    bool halt_says;
    struct problem problem;
    struct buffer message; /* of the last error */
    struct jq_regex *regexes;
    unsigned regex_count;
    struct jq_editor *editor; /* of jq_edit */
    struct buffer spare; /* for functions that make text; empty between calls */
};

/* Ends the run with an error whose message or value this is (taken over). Gives JQ_NONE. */
struct jq_value jq_fail(struct jq_machine *jq, struct jq_value error);
struct jq_value jq_fail_text(struct jq_machine *jq, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "TYPE (VALUE) words"; takes over value. */
struct jq_value jq_fail_value(struct jq_machine *jq, struct jq_value value, const char *words);
/* "TYPE (VALUE) and TYPE (VALUE) words"; takes over both. */
struct jq_value jq_fail_values(struct jq_machine *jq, struct jq_value a, struct jq_value b, const char *words);
/* "Cannot iterate over TYPE (VALUE)"; takes it over. */
struct jq_value jq_fail_iterate(struct jq_machine *jq, struct jq_value value);
/* True, and the run ends, when the stack is used up. */
bool jq_deep_slow(struct jq_machine *jq);
static inline bool jq_deep(struct jq_machine *jq)
{
    return __builtin_expect((const char *)__builtin_frame_address(0) < jq->stack_limit, 0) && jq_deep_slow(jq);
}
/* True, and the run ends, when memory is used up or nobody waits for it any more. Called once a step of a loop. */
bool jq_ends_slow(struct jq_machine *jq);
/* The same for a step that is about to take so many bytes. */
bool jq_ends_with(struct jq_machine *jq, size_t bytes);
enum { JQ_STEPS = 1024 };
static inline bool jq_ends(struct jq_machine *jq)
{
    return __builtin_expect(--jq->steps == 0, 0) && jq_ends_slow(jq);
}

/* Frames. */
struct jq_frame *jq_frame_new(struct jq_machine *jq, const struct jq_scope *scope, struct jq_frame *parent);
void jq_frame_free(struct jq_machine *jq, struct jq_frame *frame);
static inline struct jq_frame *jq_frame_keep(struct jq_frame *frame)
{
    if (frame)
        frame->refs++;
    return frame;
}
static inline void jq_frame_drop(struct jq_machine *jq, struct jq_frame *frame)
{
    if (frame && --frame->refs == 0)
        jq_frame_free(jq, frame);
}
static inline struct jq_frame *jq_frame_at(struct jq_frame *frame, uint32_t hops)
{
    for (; hops > 0; hops--)
        frame = frame->parent;
    return frame;
}
/* A frame for a call of node's function with arguments closed over env. With by_value arguments set by the caller. */
struct jq_frame *jq_frame_call(struct jq_machine *jq, const struct jq_node *call, struct jq_frame *env);

enum jq_got { JQ_GOT_STOP = -1, JQ_GOT_NOTHING = 0, JQ_GOT = 1 };
/* The one result of a node with jq_is_one. Takes over in; *path (NULL: not asked for) is followed. */
enum jq_got jq_eval(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                    struct jq_value *path, struct jq_value *out);
bool jq_is_one_slow(const struct jq_node *node, struct jq_frame *env);
static inline bool jq_is_one(const struct jq_node *node, struct jq_frame *env)
{
    return node->count == JQ_ONE || (node->count == JQ_DEPENDS && jq_is_one_slow(node, env));
}

/* Takes results. take: takes over value and path; false ends what gives them. */
struct jq_sink {
    bool (*take)(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path);
};
/* All results. Takes over in and path. False: ended early (by the sink or by jq->ending). */
bool jq_run_node(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                 struct jq_value path, struct jq_sink *sink);

/* Whether a node's results may stand at a path of its input. */
bool jq_is_path(const struct jq_node *node);

/* Access (access.c): a value's part by key, index or slice. Takes over both. */
struct jq_value jq_get(struct jq_machine *jq, struct jq_value of, struct jq_value key);
/* After an error of a step (JQ_FIELD to JQ_EACH): true, and it is forgotten, if the step has a ?. */
bool jq_step_failed(struct jq_machine *jq, const struct jq_node *node);
struct jq_value jq_get_field(struct jq_machine *jq, struct jq_value of, const struct jq_node *field);
/* What the walk found for a field chain, when `of` (looked at) is the record. */
bool jq_record_field(struct jq_machine *jq, struct jq_value of, const struct jq_node *field, struct jq_value *value);
/* Takes the part at key out of *of for a while, so that it is changed in place: null stands there (jq_set puts it
 * back). */
struct jq_value jq_take_part(struct jq_machine *jq, struct jq_value *of, struct jq_value *key);
struct jq_value jq_set(struct jq_machine *jq, struct jq_value of, struct jq_value key, struct jq_value value);
/* {"start": from, "end": to}. */
struct jq_value jq_slice_key(struct jq_machine *jq, struct jq_value from, struct jq_value to);
/* Follows a path (looks at it); errors as .a.b has them, null is entered. */
struct jq_value jq_get_path(struct jq_machine *jq, struct jq_value of, struct jq_value *path);
struct jq_value jq_set_path(struct jq_machine *jq, struct jq_value of, struct jq_value *path, struct jq_value value);
struct jq_value jq_delete_paths(struct jq_machine *jq, struct jq_value of, struct jq_value paths);
/* The path with one more key. Takes over both; a lost path stays so, with an error about `of` (looked at). */
bool jq_path_add(struct jq_machine *jq, struct jq_value *path, struct jq_value key, struct jq_value of);
/* Bounds of a slice of len items. False: they are no numbers or null. */
bool jq_slice_bounds(struct jq_machine *jq, struct jq_value *slice, size_t len, size_t *from, size_t *to);

/* Updates (update.c): a |= b, a = b, a op= b. Takes over in. */
enum jq_got jq_update(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                      struct jq_value *operand, struct jq_value *out);

/* What becomes of a value at a place of node's left side (taken over); operand is the result of the right side of = and
 * op=. JQ_GOT_NOTHING: the place is deleted. */
enum jq_got jq_change(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                      const struct jq_value *operand, struct jq_value value, struct jq_value *out);

/* The result of a node that edits text (edit.c); operand as above. JQ_GOT_NOTHING: it cannot be made so, and `in` is
 * not taken over. */
enum jq_got jq_edit_text(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                         const struct jq_value *operand, struct jq_value *out);
static inline enum jq_got jq_edit(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env,
                                  struct jq_value in, const struct jq_value *operand, struct jq_value *out)
{
    return node->edit ? jq_edit_text(jq, node, env, in, operand, out) : JQ_GOT_NOTHING;
}
void jq_editor_free(struct jq_machine *jq);

/* Operators of two values (operate.c). Take over both. JQ_NONE after an error. */
struct jq_value jq_operate(struct jq_machine *jq, enum jq_kind operation, struct jq_value a, struct jq_value b);
struct jq_value jq_negate(struct jq_machine *jq, struct jq_value a);
/* The pieces of a string between separators (both strings); takes over both. */
struct jq_value jq_split(struct jq_machine *jq, struct jq_value text, struct jq_value separator);

/* A string through a format; takes over. JQ_NONE after an error. */
struct jq_value jq_format(struct jq_machine *jq, enum jq_format format, struct jq_value value);
struct jq_value jq_to_string(struct jq_machine *jq, struct jq_value value);

/* The next input: JQ_GOT, JQ_GOT_NOTHING at the end. */
enum jq_got jq_next_input(struct jq_machine *jq, struct jq_value *out);

/* Frees compiled regular expressions. */
void jq_regexes_free(struct jq_machine *jq);

#endif
