/* A machine: its frames, its errors, its runs. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "jq/machine_inner.h"

struct jq_heap *jq_heap_of(struct jq_machine *jq)
{
    return &jq->heap;
}

struct jq_value jq_fail(struct jq_machine *jq, struct jq_value error)
{
    if (jq->ending == JQ_GOES_ON) {
        jq->ending = JQ_ENDS_ERROR;
        jq_drop(jq, jq->error);
        jq->error = error;
    } else {
        jq_drop(jq, error);
    }
    return jq_none();
}

struct jq_value jq_fail_text(struct jq_machine *jq, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return jq_fail(jq, jq_string_text(jq, text));
}

struct jq_value jq_fail_value(struct jq_machine *jq, struct jq_value value, const char *words)
{
    char shown[JQ_SHOWN_MAX + 1];
    jq_show(jq, value, shown);
    jq_fail_text(jq, "%s (%s) %s", jq_type_name(value), shown, words);
    jq_drop(jq, value);
    return jq_none();
}

struct jq_value jq_fail_values(struct jq_machine *jq, struct jq_value a, struct jq_value b, const char *words)
{
    char left[JQ_SHOWN_MAX + 1], right[JQ_SHOWN_MAX + 1];
    jq_show(jq, a, left);
    jq_show(jq, b, right);
    jq_fail_text(jq, "%s (%s) and %s (%s) %s", jq_type_name(a), left, jq_type_name(b), right, words);
    jq_drop(jq, a);
    jq_drop(jq, b);
    return jq_none();
}

struct jq_value jq_fail_iterate(struct jq_machine *jq, struct jq_value value)
{
    char shown[JQ_SHOWN_MAX + 1];
    jq_show(jq, value, shown);
    if (value.type == JQ_NULL)
        jq_fail_text(jq, "Cannot iterate over null");
    else
        jq_fail_text(jq, "Cannot iterate over %s (%s)", jq_type_name(value), shown);
    jq_drop(jq, value);
    return jq_none();
}

static void end_by_limit(struct jq_machine *jq, const char *text)
{
    if (jq->ending != JQ_GOES_ON && jq->ending != JQ_ENDS_ERROR && jq->ending != JQ_ENDS_BREAK)
        return;
    jq_drop(jq, jq->error);
    jq->ending = JQ_ENDS_LIMIT;
    jq->error = jq_string_text(jq, text);
}

bool jq_deep_slow(struct jq_machine *jq)
{
    end_by_limit(jq, "the program recurses, or a value is nested, too deep");
    return true;
}

bool jq_ends_slow(struct jq_machine *jq)
{
    jq->steps = JQ_STEPS;
    return jq_ends_with(jq, 0);
}

bool jq_ends_with(struct jq_machine *jq, size_t bytes)
{
    if (jq_heap_full(jq, bytes)) {
        char text[128];
        snprintf(text, sizeof text, "the program needs more than %zu bytes of memory", jq->heap.limit);
        end_by_limit(jq, text);
        return true;
    }
    if (jq->settings.stop && *jq->settings.stop) {
        jq->ending = JQ_ENDS_STOPPED;
        return true;
    }
    return false;
}

struct jq_frame *jq_frame_new(struct jq_machine *jq, const struct jq_scope *scope, struct jq_frame *parent)
{
    struct jq_frame *frame = jq_alloc(jq, sizeof *frame + scope->slots * sizeof *frame->slots);
    frame->refs = 1;
    frame->scope = scope;
    frame->parent = jq_frame_keep(parent);
    memset(frame->slots, 0, scope->slots * sizeof *frame->slots);
    return frame;
}

void jq_frame_free(struct jq_machine *jq, struct jq_frame *frame)
{
    struct jq_frame *list = frame; /* frames to be freed, by their parents' place; no recursion over long chains */
    frame->refs = 0;
    while (list) {
        frame = list;
        list = NULL;
        const struct jq_scope *scope = frame->scope;
        struct jq_frame *parent = frame->parent;
        for (uint32_t i = 0; i < scope->closures; i++) {
            struct jq_frame *made = frame->slots[i].closure.argument ? frame->slots[i].closure.frame : NULL;
            if (made && made != parent && made->refs == 1 && !list) {
                made->refs = 0;
                list = made;
            } else {
                jq_frame_drop(jq, made);
            }
        }
        for (uint32_t i = scope->closures; i < scope->slots; i++)
            jq_drop(jq, frame->slots[i].value);
        jq_free(jq, frame, sizeof *frame + scope->slots * sizeof *frame->slots);
        if (!parent || --parent->refs > 0)
            continue;
        if (!list)
            list = parent;
        else
            jq_frame_free(jq, parent);
    }
}

struct jq_frame *jq_frame_call(struct jq_machine *jq, const struct jq_node *call, struct jq_frame *env)
{
    const struct jq_definition *definition = call->definition;
    struct jq_frame *frame = jq_frame_new(jq, definition->scope, jq_frame_at(env, call->hops));
    for (uint32_t i = 0; i < definition->arity; i++) {
        if (definition->by_value[i])
            continue;
        const struct jq_argument *argument = &call->arguments[i];
        struct jq_closure *closure = &frame->slots[i].closure;
        if (argument->body->kind == JQ_CLOSURE && argument->scope->slots == 0) /* handed on: no chain of frames */
            *closure = jq_frame_at(env, argument->body->hops)->slots[argument->body->slot].closure;
        else
            *closure = (struct jq_closure){argument, env};
        jq_frame_keep(closure->frame);
    }
    return frame;
}

static bool closure_is_one(const struct jq_closure *closure)
{
    const struct jq_argument *argument = closure->argument;
    if (argument->scope->slots > 0) /* names in it are another frame away; rare */
        return argument->body->count == JQ_ONE;
    return jq_is_one_slow(argument->body, closure->frame);
}

/* All closures of the functions that a function is defined in; by_value leaves a slot without one. */
static bool outer_are_one(const struct jq_scope *home, const struct jq_frame *frame)
{
    for (; home; home = home->parent) {
        for (uint32_t i = 0; i < home->closures; i++)
            if (frame->slots[i].closure.argument && !closure_is_one(&frame->slots[i].closure))
                return false;
        if (home->slots > 0)
            frame = frame->parent;
    }
    return true;
}

bool jq_is_one_slow(const struct jq_node *node, struct jq_frame *env)
{
    if (node->count != JQ_DEPENDS)
        return node->count == JQ_ONE;
    if (node->kind == JQ_CLOSURE)
        return closure_is_one(&jq_frame_at(env, node->hops)->slots[node->slot].closure);
    if (node->kind == JQ_CALL && !outer_are_one(node->definition->home, jq_frame_at(env, node->hops)))
        return false;
    if (node->kind == JQ_BLOCK)
        return false;
    bool second_counts = node->kind == JQ_REDUCE || node->kind == JQ_ASSIGN || node->kind == JQ_UPDATE_WITH;
    const struct jq_node *children[] = {node->a, node->b, node->c, node->d};
    for (size_t i = 0; i < 4; i++)
        if (children[i] && !jq_is_one(children[i], env) && (i == 1 || !second_counts))
            return false;
    for (uint32_t i = 0; i < node->part_count; i++)
        if (!jq_is_one(node->parts[i], env))
            return false;
    uint32_t arity = node->kind == JQ_CALL     ? node->definition->arity
                     : node->kind == JQ_NATIVE ? node->native->arity
                                               : 0;
    for (uint32_t i = 0; i < arity; i++) {
        const struct jq_argument *argument = &node->arguments[i];
        if (node->kind == JQ_CALL && !node->definition->by_value[i] && argument->scope->slots > 0 &&
            argument->body->count != JQ_ONE)
            return false;
        if (!jq_is_one(argument->body, env))
            return false;
    }
    return true;
}

static struct jq_value make_environment(struct jq_machine *jq)
{
    extern char **environ;
    struct jq_value object = jq_object(jq, 64);
    for (char **entry = environ; *entry; entry++) {
        const char *sign = strchr(*entry, '=');
        if (sign)
            object =
                jq_object_set(jq, object, jq_string(jq, *entry, (size_t)(sign - *entry)), jq_string_text(jq, sign + 1));
    }
    return object;
}

struct jq_value jq_text_parse(struct jq_machine *jq, const char *text, size_t len)
{
    const char *message;
    size_t at;
    struct jq_value value = jq_parse(jq, text, len, &message, &at);
    return value.type == JQ_NONE ? jq_null() : value;
}

static void set_globals(struct jq_machine *jq)
{
    const struct jq_program *program = jq->program;
    jq->globals = mem_zero(program->global_count, sizeof *jq->globals);
    const char *named = jq->settings.named ? jq->settings.named : "{\"positional\":[],\"named\":{}}";
    jq->globals[1] = jq_text_parse(jq, named, strlen(named));
    for (size_t i = 0; i < jq->settings.variable_count; i++) {
        const struct jq_variable *variable = &jq->settings.variables[i];
        jq->globals[i + 2] = variable->json ? jq_text_parse(jq, variable->text, variable->len)
                                            : jq_string(jq, variable->text, variable->len);
    }
    jq->constants = mem_zero(program->constant_count + (size_t)1, sizeof *jq->constants);
    for (uint32_t i = 0; i < program->constant_count; i++)
        jq->constants[i] = jq_string(jq, program->constants[i].at, program->constants[i].len);
}

struct jq_machine *jq_machine_new(const struct jq_program *program, const struct jq_settings *settings)
{
    struct jq_machine *jq = mem_zero(1, sizeof *jq);
    jq->program = program;
    jq->settings = *settings;
    jq->heap.limit = settings->memory_limit;
    jq->steps = JQ_STEPS;
    set_globals(jq);
    return jq;
}

void jq_machine_free(struct jq_machine *jq)
{
    if (!jq)
        return;
    for (uint32_t i = 0; i < jq->program->global_count; i++)
        jq_drop(jq, jq->globals[i]);
    for (uint32_t i = 0; i < jq->program->constant_count; i++)
        jq_drop(jq, jq->constants[i]);
    jq_drop(jq, jq->error);
    jq_regexes_free(jq);
    jq_editor_free(jq);
    free(jq->globals);
    free(jq->constants);
    buffer_free(&jq->message);
    buffer_free(&jq->spare);
    jq_heap_free(&jq->heap);
    free(jq);
}

struct emitter {
    struct jq_sink sink;
    jq_emit emit;
    void *context;
};

static bool emit_result(struct jq_machine *jq, struct jq_sink *sink, struct jq_value value, struct jq_value path)
{
    struct emitter *emitter = (struct emitter *)sink;
    (void)path;
    bool more = emitter->emit(emitter->context, value);
    jq_drop(jq, value);
    if (!more && jq->ending == JQ_GOES_ON)
        jq->ending = JQ_ENDS_STOPPED;
    return more && jq->ending == JQ_GOES_ON;
}

static enum jq_outcome outcome(struct jq_machine *jq)
{
    switch (jq->ending) {
    case JQ_GOES_ON:
        return JQ_DONE;
    case JQ_ENDS_STOPPED:
        return JQ_STOPPED;
    case JQ_ENDS_HALT:
        return JQ_HALTED;
    case JQ_ENDS_INPUT:
        return JQ_BAD_INPUT;
    default:
        return JQ_FAILED;
    }
}

static enum jq_outcome run(struct jq_machine *jq, struct jq_value in, jq_emit emit, void *context)
{
    struct emitter emitter = {{emit_result}, emit, context};
    if (!jq->globals[0].type && jq->program->global_count > 0)
        jq->globals[0] = make_environment(jq);
    size_t stack = jq->settings.stack_bytes ? jq->settings.stack_bytes : JQ_STACK_BYTES;
    jq->stack_limit = (const char *)__builtin_frame_address(0) - stack;
    jq->ending = JQ_GOES_ON;
    const struct jq_scope *scope = jq->program->scope;
    struct jq_frame *env = scope->slots > 0 ? jq_frame_new(jq, scope, NULL) : NULL;
    jq_run_node(jq, jq->program->root, env, in, jq_none(), &emitter.sink);
    jq_frame_drop(jq, env);
    jq->record = NULL;
    return outcome(jq);
}

/* A record's text as a value: where its brackets are around all of it nothing is to be looked for. */
static struct jq_value record_value(struct jq_machine *jq, const char *text, size_t len)
{
    if (len >= UINT32_MAX)
        return jq_text_parse(jq, text, len);
    bool whole = len > 0 && (text[len - 1] == ']' || text[len - 1] == '}');
    return whole ? jq_text_whole(jq, text, len, 0) : jq_text_value(jq, text, len, 0);
}

enum jq_outcome jq_run(struct jq_machine *jq, const struct jq_input *input, jq_emit emit, void *context)
{
    jq->heap.spaced = input->spaced;
    jq->record = input->text.text;
    jq->record_len = input->text.len;
    jq->slots = input->slots;
    jq->piece = input->piece;
    jq->near = 0;
    enum jq_outcome ended = run(jq, record_value(jq, input->text.text, input->text.len), emit, context);
    jq->piece = NULL;
    return ended;
}

enum jq_outcome jq_run_null(struct jq_machine *jq, jq_emit emit, void *context)
{
    return run(jq, jq_null(), emit, context);
}

enum jq_outcome jq_run_string(struct jq_machine *jq, const char *bytes, size_t len, jq_emit emit, void *context)
{
    return run(jq, jq_string(jq, bytes, len), emit, context);
}

enum jq_outcome jq_run_slurped(struct jq_machine *jq, jq_emit emit, void *context)
{
    struct jq_value all = jq_array(jq, 4), input;
    jq->ending = JQ_GOES_ON;
    while (jq_next_input(jq, &input) == JQ_GOT && !jq_ends(jq))
        all = jq_array_add(jq, all, input);
    if (jq->ending == JQ_GOES_ON)
        return run(jq, all, emit, context);
    jq_drop(jq, all);
    return outcome(jq);
}

struct jq_value jq_text_copy(struct jq_machine *jq, const char *text, size_t len, bool spaced)
{
    unsigned owner = 0;
    char *copy = NULL;
    /* a small one is cheaper parsed than counted, but its escapes are to stay */
    if (len < UINT32_MAX && (len > 64 || memchr(text, '\\', len))) {
        copy = mem_copy(text, len);
        owner = jq_owner_new(jq, copy, spaced);
    }
    if (owner == 0) {
        free(copy);
        return jq_text_parse(jq, text, len);
    }
    struct jq_value value = jq_text_whole(jq, copy, len, owner);
    jq_owner_drop(jq, owner); /* the value has its own */
    return value;
}

/* Inputs are copied: they may outlive the text that the reader gives. */
enum jq_got jq_next_input(struct jq_machine *jq, struct jq_value *out)
{
    struct span text;
    bool spaced;
    if (!jq->settings.read)
        return JQ_GOT_NOTHING;
    enum jq_read read = jq->settings.read(jq->settings.context, &text, &spaced, &jq->problem);
    if (read == JQ_READ_BAD) {
        jq->ending = JQ_ENDS_INPUT;
        return JQ_GOT_STOP;
    }
    if (read == JQ_READ_END)
        return JQ_GOT_NOTHING;
    *out = jq_text_copy(jq, text.text, text.len, spaced);
    return JQ_GOT;
}

const char *jq_message(struct jq_machine *jq, size_t *len)
{
    jq->message.len = 0;
    if (jq->error.type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &jq->error);
        buffer_add(&jq->message, bytes.at, bytes.len);
    } else {
        jq_write_compact(jq, jq->error, &jq->message);
    }
    *len = jq->message.len;
    buffer_add_char(&jq->message, '\0');
    return jq->message.data;
}

int jq_halt_status(const struct jq_machine *jq, bool *says)
{
    *says = jq->halt_says;
    return jq->halt_status;
}

const struct problem *jq_problem(const struct jq_machine *jq)
{
    return &jq->problem;
}
