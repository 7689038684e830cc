#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_first(const struct problem *problem)
{
    return problem->status == STATUS_OK;
}

bool problem_set(struct problem *problem, enum status status, const char *format, ...)
{
    if (is_first(problem)) {
        va_list args;
        va_start(args, format);
        vsnprintf(problem->text, sizeof problem->text, format, args);
        va_end(args);
        problem->status = status;
    }
    return false;
}

bool problem_usage(struct problem *problem, const char *format, ...)
{
    if (is_first(problem)) {
        va_list args;
        va_start(args, format);
        vsnprintf(problem->text, sizeof problem->text, format, args);
        va_end(args);
        problem->status = STATUS_USAGE;
        problem->hint = true;
    }
    return false;
}

bool problem_caret(struct problem *problem, const char *what, const char *argument, size_t offset, const char *text)
{
    if (is_first(problem)) {
        problem_set(problem, STATUS_USAGE, "%s", text);
        problem->what = what;
        problem->argument = argument;
        problem->offset = offset;
    }
    return false;
}

void problem_die(const struct problem *problem)
{
    if (problem->argument)
        diag_die_caret(problem->what, problem->argument, problem->offset, problem->text);
    if (problem->hint)
        diag_die_usage("%s", problem->text);
    if (problem->status == STATUS_OK)
        exit(STATUS_OK);
    diag_die(problem->status, "%s", problem->text);
}

void problem_check(bool good, const struct problem *problem)
{
    if (!good)
        problem_die(problem);
}
