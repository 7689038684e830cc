/* draw: numbers as pictures in a line of text: bars in eighths of a character, sparklines. In plain, ASCII, where the
 * terminal may have no other characters. Pure. */
#ifndef ATOOLS_DRAW_H
#define ATOOLS_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"

/* Characters that a bar takes, with what is empty. */
enum { DRAW_BAR = 20 };

struct draw_options {
    bool plain; /* ASCII only */
    bool color; /* with the terminal's colours */
};

/* Behind into->len the bar of a number between the least and the largest of its column (which it is; 0 is made to be
 * among them): DRAW_BAR characters, from where 0 is to the right, negative ones to the left. What is not finite has
 * none. */
void draw_bar(const struct draw_options *options, double number, double least, double most, struct buffer *into);

/* Behind into->len a character for each element of an ARRAY, lowest for its least number and highest for its largest,
 * blank where there is no number; where there are more elements than width (0: any number), each character is the mean
 * of several. */
void draw_spark(const struct draw_options *options, struct span array, size_t width, struct buffer *into);

#endif
