/* star_edit: what is written of an object that a `*` stands for, where members of it, at any depth, are left out
 * (except) or have other values (replace). Made by one thread, then shared. */
#ifndef ATOOLS_STAR_EDIT_H
#define ATOOLS_STAR_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/path.h"
#include "json/span.h"
#include "value/value.h"

/* A member that is changed, or holds one that is. The root is the object itself. */
struct star_edit {
    const char *key;
    size_t key_len;
    bool gone;         /* it is left out */
    bool replaced;     /* its value is values[number] */
    size_t number;
    bool deep;         /* a member below is replaced */
    struct star_edit *first, *next; /* what is changed within; its neighbour */
};

/* Adds a change of what is at a path of keys below root, to the member itself or within. */
struct star_edit *star_edit_add(struct arena *arena, struct star_edit *root, const struct path_step *steps,
                                size_t count);

/* The change of a member, whose key is a span with quotes; NULL if there is none. edit may be NULL. */
const struct star_edit *star_edit_find(const struct star_edit *edit, struct span key);

/* Writes a value as JSON with what is changed within; in the elements of an array members can only be left out. */
void star_edit_write(struct span value, const struct star_edit *edit, const struct value *values, bool spaced,
                     struct buffer *into);

/* The change that cannot be made in this value, since an array stands where an object should; NULL: all can. */
const struct star_edit *star_edit_fails(struct span value, const struct star_edit *edit);

#endif
