/* Functions of regular expressions. */
#include "function.h"

const struct function functions_regex[] = {
    {0},
};
