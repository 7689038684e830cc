/* program: what of a filter is jq's whole language: its compilation, together with the path it begins with, along which
 * large arrays are streamed. */
#ifndef ATOOLS_PROGRAM_H
#define ATOOLS_PROGRAM_H

#include "base/problem.h"
#include "jq/jq.h"
#include "slice/filter.h"

struct program_text {
    const char *text;
    const struct jq_variable *variables; /* $name; they live on */
    size_t variable_count;
    const char *named; /* $__prog_args, a JSON object; NULL: no arguments */
    size_t memory;     /* bytes of values that a machine may have; 0: any */
};

struct program_parts {
    struct filter *filter;
    struct jq_program *program;
    struct jq_program *element, *rest; /* the program is also `map(element) | rest`; or NULL */
    struct jq_program *items; /* rest, or the program, over items that nobody holds (jq_compile_items); or NULL */
    bool arrays;              /* of an array's items only */
};

/* The longest beginning of the text, up to a `|`, that is a path along which elements are delivered becomes the filter
 * (otherwise `.`), and the rest is the program. All of the text may be a path: then the program is `.`. If no elements
 * are delivered, and the text is keys and behind them `map(f)` or `[.[] | f]`, alone or with more behind a `|`: the
 * filter is the keys, and the program has its two parts. What goes over the items of an array (`add`, `reduce .[] …`),
 * alone, behind keys or behind that map, is there for items too. False and a problem where the text is wrong. */
bool program_divide(const struct program_text *text, struct program_parts *parts, struct problem *problem);

/* All of the text as one program; NULL and a problem where it is wrong. */
struct jq_program *program_whole(const struct program_text *text, struct problem *problem);

/* All of the text over the array of all inputs (-s), which is not held; NULL: there is no such program. */
struct jq_program *program_items(const struct program_text *text);

/* A machine for the calling thread. `settings` may be NULL, or what the program reads and says. */
struct jq_machine *program_machine(const struct jq_program *program, const struct program_text *text,
                                   const struct jq_settings *settings);

#endif
