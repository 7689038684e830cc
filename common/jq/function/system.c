/* Functions of what is around the program: inputs, messages, the end. */
#include "jq/function/function_inner.h"

static struct jq_value input(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value;
    jq_drop(jq, arguments[0]);
    enum jq_got got = jq_next_input(jq, &value);
    if (got == JQ_GOT)
        return value;
    return got == JQ_GOT_STOP ? jq_none() : jq_fail_text(jq, "No more inputs");
}

static void say(struct jq_machine *jq)
{
    if (jq->settings.message)
        jq->settings.message(jq->settings.context, jq->spare.data, jq->spare.len);
    jq->spare.len = 0;
}

static struct jq_value debug(struct jq_machine *jq, struct jq_value *arguments)
{
    jq->spare.len = 0;
    buffer_add_text(&jq->spare, "[\"DEBUG:\",");
    jq_write_again(jq, arguments[0], &jq->spare);
    buffer_add_text(&jq->spare, "]\n");
    say(jq);
    return arguments[0];
}

/* A string as it is, anything else as JSON. */
static void add_plain(struct jq_machine *jq, struct jq_value *value)
{
    if (value->type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, value);
        buffer_add(&jq->spare, bytes.at, bytes.len);
    } else {
        jq_write_again(jq, *value, &jq->spare);
    }
}

static struct jq_value stderr_function(struct jq_machine *jq, struct jq_value *arguments)
{
    jq->spare.len = 0;
    add_plain(jq, &arguments[0]);
    say(jq);
    return arguments[0];
}

static struct jq_value input_filename(struct jq_machine *jq, struct jq_value *arguments)
{
    const char *name = jq->settings.file ? jq->settings.file(jq->settings.context) : NULL;
    jq_drop(jq, arguments[0]);
    return name ? jq_string_text(jq, name) : jq_null();
}

static struct jq_value input_line_number(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    return jq_int(jq->settings.line ? (int64_t)jq->settings.line(jq->settings.context) : 0);
}

static struct jq_value halt(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    jq->ending = JQ_ENDS_HALT;
    jq->halt_status = 0;
    jq->halt_says = false;
    return jq_none();
}

static struct jq_value halt_error(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[1].type != JQ_NUMBER) {
        jq_drop_all(jq, arguments, 1);
        return jq_fail_text(jq, "halt_error/1: number required");
    }
    jq->halt_status = (int)(jq_to_int(&arguments[1]) & 0xFF);
    jq_drop(jq, arguments[1]);
    jq->halt_says = arguments[0].type != JQ_NULL;
    jq->spare.len = 0;
    add_plain(jq, &arguments[0]);
    if (arguments[0].type != JQ_STRING)
        buffer_add_char(&jq->spare, '\n');
    jq_drop(jq, arguments[0]);
    jq_drop(jq, jq->error);
    jq->error = jq_string_buffer(jq, &jq->spare);
    jq->ending = JQ_ENDS_HALT;
    return jq_none();
}

static struct jq_value get_search_list(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    return jq_array(jq, 0);
}

#define ROW(name, arity, call, description, example) {name, arity, JQ_BY_VALUE, call, NULL, description, example}
const struct jq_native jq_system_functions[] = {
    ROW("input", 0, input, "the next input", "[., input]"),
    ROW("debug", 0, debug, "the input, which is also written to stderr", "debug"),
    ROW("stderr", 0, stderr_function, "the input, which is also written to stderr as it is", "stderr"),
    ROW("input_filename", 0, input_filename, "the file that is being read", "input_filename"),
    ROW("input_line_number", 0, input_line_number, "how many lines were read", "input_line_number"),
    ROW("halt", 0, halt, "ends the program with status 0", "halt"),
    ROW("halt_error", 1, halt_error, "ends the program with the input as its message and this status", "halt_error(1)"),
    ROW("get_search_list", 0, get_search_list, "[]: there are no modules", "get_search_list"),
    {0},
};
