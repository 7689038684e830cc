/* jq_driver: PROGRAM < INPUT, for tests of common/jq by itself: each line of stdin is a JSON value (-n: the input is
 * null, and `input` reads them). Results go to stdout, compact; the first error that is not caught ends that input's,
 * as "jq: error: TEXT" on stderr, and the status is 5 at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/diag.h"
#include "jq/jq.h"
#include "json/json.h"

struct driver {
    struct jq_machine *machine;
    struct buffer out;
    struct jq_layout layout;
    char *line;
    size_t cap;
};

static bool emit(void *context, struct jq_value result)
{
    struct driver *driver = context;
    jq_write(driver->machine, result, &driver->layout, &driver->out);
    buffer_add_char(&driver->out, '\n');
    if (driver->out.len > 1 << 16) {
        fwrite(driver->out.data, 1, driver->out.len, stdout);
        driver->out.len = 0;
    }
    return true;
}

static enum jq_read read_line(void *context, struct span *text, bool *spaced, struct problem *problem)
{
    struct driver *driver = context;
    ssize_t len;
    do
        len = getline(&driver->line, &driver->cap, stdin);
    while (len > 0 && strspn(driver->line, " \t\r\n") == (size_t)len);
    if (len <= 0)
        return JQ_READ_END;
    size_t at;
    const char *message;
    if (!json_check(driver->line, (size_t)len, &at, &message)) {
        problem_set(problem, STATUS_DATA, "byte %zu: %s", at + 1, message);
        return JQ_READ_BAD;
    }
    const char *start = driver->line + strspn(driver->line, " \t\r\n");
    while (len > 0 && strchr(" \t\r\n", driver->line[len - 1]))
        len--;
    *text = (struct span){.text = start, .len = (size_t)(driver->line + len - start)};
    *spaced = true;
    return JQ_READ_VALUE;
}

static void message(void *context, const char *text, size_t len)
{
    (void)context;
    fwrite(text, 1, len, stderr);
}

static int say_failure(struct driver *driver, enum jq_outcome outcome)
{
    size_t len;
    if (outcome == JQ_FAILED) {
        const char *text = jq_message(driver->machine, &len);
        fprintf(stderr, "jq: error: %.*s\n", (int)len, text);
        return 5;
    }
    if (outcome == JQ_BAD_INPUT) {
        fprintf(stderr, "jq: error: %s\n", jq_problem(driver->machine)->text);
        return 2;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct driver driver = {0};
    struct problem problem = {0};
    bool null = argc > 1 && strcmp(argv[1], "-n") == 0, slurp = argc > 1 && strcmp(argv[1], "-s") == 0;
    diag_start(argv[0]);
    if (argc != 2 + (null || slurp)) {
        fputs("usage: jq_driver [-n|-s] PROGRAM\n", stderr);
        return 2;
    }
    const char *text = argv[argc - 1];
    struct jq_program *program = jq_compile(text, strlen(text), NULL, 0, &problem);
    if (!program) {
        fprintf(stderr, "jq: compile error at byte %zu: %s\n", problem.offset, problem.text);
        return 3;
    }
    const char *limit = getenv("JQ_DRIVER_MEMORY");
    struct jq_settings settings = {.read = read_line,
                                   .message = message,
                                   .context = &driver,
                                   .memory_limit = limit ? strtoul(limit, NULL, 10) : 0};
    driver.machine = jq_machine_new(program, &settings);
    int status = 0;
    if (null || slurp) {
        status = say_failure(&driver, null ? jq_run_null(driver.machine, emit, &driver)
                                           : jq_run_slurped(driver.machine, emit, &driver));
    } else {
        struct span record;
        bool spaced;
        enum jq_read read;
        while ((read = read_line(&driver, &record, &spaced, &problem)) == JQ_READ_VALUE) {
            char *copy = mem_copy(record.text, record.len);
            record.text = copy;
            const struct jq_input input = {.text = record, .spaced = spaced};
            int failed = say_failure(&driver, jq_run(driver.machine, &input, emit, &driver));
            status = failed ? failed : status;
            free(copy);
        }
        if (read == JQ_READ_BAD) {
            fprintf(stderr, "jq: error: %s\n", problem.text);
            status = 2;
        }
    }
    if (driver.out.len > 0)
        fwrite(driver.out.data, 1, driver.out.len, stdout);
    buffer_free(&driver.out);
    free(driver.line);
    jq_machine_free(driver.machine);
    jq_program_free(program);
    return status;
}
