#include "slice/variables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "json/json.h"
#include "slice/reader.h"

/* One JSON value, without the white space around it. */
static bool add_json(struct buffer *into, const char *what, const char *text, struct problem *problem)
{
    size_t at;
    const char *message;
    if (!json_check(text, strlen(text), &at, &message))
        return problem_usage(problem, "%s: not JSON: %s at byte %zu: %s", what, message, at + 1, text);
    json_compact(text, strlen(text), into);
    return true;
}

/* All values of a file as an array. */
static bool add_file(struct buffer *into, const char *option, const char *path, struct problem *problem)
{
    char *const files[] = {(char *)path};
    const struct frame_options options = {.framing = FRAMING_NEST};
    struct reader reader = {0};
    struct span value;
    bool spaced;
    enum jq_read read;
    reader_open(&reader, files, 1, &options, NULL);
    buffer_add_char(into, '[');
    struct problem found = {0};
    for (size_t start = into->len; (read = reader_value(&reader, &value, &spaced, &found)) == JQ_READ_VALUE;) {
        if (into->len > start)
            buffer_add_char(into, ',');
        json_compact(value.text, value.len, into);
    }
    buffer_add_char(into, ']');
    reader_close(&reader);
    return read == JQ_READ_END || problem_set(problem, STATUS_USAGE, "%s: %s", option, found.text);
}

static bool add_bytes(struct buffer *into, const char *option, const char *path, struct problem *problem)
{
    struct buffer bytes = {0};
    bool good = file_load(path, VARIABLES_FILE_MAX, &bytes);
    if (good)
        json_encode(bytes.data, bytes.len, into);
    else
        problem_set(problem, STATUS_USAGE, "%s %s: %s", option, path, strerror(errno));
    buffer_free(&bytes);
    return good;
}

static bool add_value(struct buffer *into, enum variables_kind kind, const char *option, const char *text,
                      struct problem *problem)
{
    switch (kind) {
    case VARIABLES_JSON:
        return add_json(into, option, text, problem);
    case VARIABLES_SLURP:
        return add_file(into, option, text, problem);
    case VARIABLES_RAW:
        return add_bytes(into, option, text, problem);
    default:
        json_encode(text, strlen(text), into);
        return true;
    }
}

bool variables_add(struct variables *variables, enum variables_kind kind, const char *option, const char *name,
                   const char *text, struct problem *problem)
{
    struct buffer value = {0};
    bool good = add_value(&value, kind, option, text, problem);
    for (size_t i = 0; good && i < variables->count; i++)
        if (strcmp(variables->list[i].name, name) == 0) {
            buffer_free(&value);
            return true;
        }
    if (!good) {
        buffer_free(&value);
        return false;
    }
    if (variables->count == variables->cap) {
        variables->cap = variables->cap > 0 ? 2 * variables->cap : 8;
        variables->list = mem_resize(variables->list, variables->cap, sizeof *variables->list);
    }
    variables->list[variables->count++] =
        (struct jq_variable){.name = name, .text = value.data, .len = value.len, .json = true};
    if (variables->named.len > 0)
        buffer_add_char(&variables->named, ',');
    json_encode(name, strlen(name), &variables->named);
    buffer_add_char(&variables->named, ':');
    buffer_add(&variables->named, value.data, value.len);
    return true;
}

bool variables_positional(struct variables *variables, bool json, const char *text, struct problem *problem)
{
    struct buffer *into = &variables->positional;
    if (into->len > 0)
        buffer_add_char(into, ',');
    return add_value(into, json ? VARIABLES_JSON : VARIABLES_STRING, "--jsonargs", text, problem);
}

const char *variables_args(struct variables *variables)
{
    struct buffer *args = &variables->args;
    args->len = 0;
    buffer_add_text(args, "{\"positional\":[");
    buffer_add(args, variables->positional.data, variables->positional.len);
    buffer_add_text(args, "],\"named\":{");
    buffer_add(args, variables->named.data, variables->named.len);
    buffer_add(args, "}}", 3);
    return args->data;
}

void variables_free(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++)
        free((char *)variables->list[i].text);
    free(variables->list);
    buffer_free(&variables->positional);
    buffer_free(&variables->named);
    buffer_free(&variables->args);
}
