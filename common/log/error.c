#include "log/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool broker_fail(struct broker_error *error, enum broker_class class, const char *format, ...)
{
    char text[sizeof error->text]; /* the arguments may be the error's own text */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error->class = class;
    memcpy(error->text, text, strlen(text) + 1);
    return false;
}
