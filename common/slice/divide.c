#include "slice/divide.h"

#include <stdlib.h>

#include "expr/file_name.h"
#include "json/walk/walk.h"

enum { READ_BEYOND = 64 }; /* walk_start */

struct divide {
    struct file_name *name;
    struct path_set paths;
    struct walk_plan *plan;
    struct walk *walk;
    struct scatter *scatter;
    struct buffer waiting, file;
    struct arena arena;
};

static bool write_lines(struct divide *divide, size_t len, struct problem *problem)
{
    walk_start(divide->walk, divide->waiting.data, len, SCAN_BY_LINE);
    enum walk_verdict verdict;
    while ((verdict = walk_next(divide->walk)) == WALK_RECORD) {
        struct row row = {.slots = divide->walk->slots, .arena = &divide->arena};
        struct span record = divide->walk->record;
        arena_reset(&divide->arena);
        divide->file.len = 0;
        file_name_write(divide->name, &row, &divide->file);
        buffer_add_char(&divide->file, '\0');
        if (row.error)
            return problem_set(problem, STATUS_DATA, "--split: %s", row.error);
        if (!scatter_write(divide->scatter, divide->file.data, record.text, record.len, problem) ||
            !scatter_write(divide->scatter, divide->file.data, "\n", 1, problem))
            return false;
    }
    return verdict == WALK_END || /* a result may be deeper than what is read */
           problem_set(problem, STATUS_DATA, "--split: a result: %s", divide->walk->message);
}

static bool take(void *context, const char *bytes, size_t len, struct problem *problem)
{
    struct divide *divide = context;
    struct buffer *waiting = &divide->waiting;
    buffer_add(waiting, bytes, len);
    buffer_reserve(waiting, READ_BEYOND);
    const char *newline = waiting->len > 0 ? memrchr(waiting->data, '\n', waiting->len) : NULL;
    if (!newline)
        return true;
    size_t whole = (size_t)(newline - waiting->data) + 1;
    bool good = write_lines(divide, whole, problem);
    memmove(waiting->data, waiting->data + whole, waiting->len - whole);
    waiting->len -= whole;
    return good;
}

static void end(void *context)
{
    struct divide *divide = context;
    file_name_free(divide->name);
    walk_free(divide->walk);
    walk_plan_free(divide->plan);
    path_set_free(&divide->paths);
    buffer_free(&divide->waiting);
    buffer_free(&divide->file);
    arena_free(&divide->arena);
    free(divide);
}

struct output *divide_output(const char *option, const char *name, aggregate_table *aggregate_at,
                             const struct shrink_options *shrink, struct scatter **scatter,
                             struct problem *problem)
{
    struct divide *divide = mem_zero(1, sizeof *divide);
    const struct expr_options expr = {.paths = &divide->paths, .aggregate_at = aggregate_at};
    divide->name = file_name_compile(option, name, NULL, &expr, problem);
    *scatter = divide->name ? scatter_new(file_name_folder(divide->name), shrink, problem) : NULL;
    divide->scatter = *scatter;
    divide->plan = walk_plan_new(&divide->paths);
    divide->walk = walk_new(divide->plan, WALK_VALUES);
    if (*scatter)
        return output_to(take, end, divide);
    end(divide);
    return NULL;
}
