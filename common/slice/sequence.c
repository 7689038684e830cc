#include "slice/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "json/json.h"
#include "slice/broken.h"
#include "slice/reader.h"

/* Results are written when so much has come together. */
enum { PIECE = 256 * 1024 };

struct sequence {
    const struct sequence_options *options;
    struct jq_program *program, *events_program;
    struct jq_machine *machine, *events_machine;
    struct reader reader;
    struct buffer out;
    struct buffer line;    /* a line of text as JSON */
    struct buffer slurped; /* all inputs as one */
    struct buffer events;  /* of the present value, one a line */
    size_t event_at;
    struct buffer current; /* the input being worked on, where the program may read another meanwhile */
    bool slurped_all, pure, is_full, last_true;
    bool items; /* the program reads the items of the slurped array, which is not held */
    uint64_t results;
    const char *failure; /* not NULL: why a result can't be written */
    struct problem bad;
};

static void write_out(struct sequence *sequence)
{
    output_write(sequence->options->out, sequence->out.data, sequence->out.len);
    sequence->out.len = 0;
}

/* The reader is about to wait. */
static void flush(void *context)
{
    struct sequence *sequence = context;
    write_out(sequence);
    output_flush(sequence->options->out);
}

/* jq_emit. */
static bool on_result(void *context, struct jq_value value)
{
    struct sequence *sequence = context;
    const struct sequence_options *options = sequence->options;
    struct buffer *out = &sequence->out;
    size_t before = out->len;
    /* a string that is written raw has none, as with jq */
    if (options->seq && !(options->layout.raw && !options->layout.ascii && jq_value_is_string(value)))
        buffer_add_char(out, '\x1e');
    size_t start = out->len;
    jq_write(sequence->machine, value, &options->layout, out);
    bool nul = options->end_len == 1 && *options->end == '\0';
    if (nul && options->layout.raw && memchr(out->data + start, '\0', out->len - start)) {
        out->len = before;
        sequence->failure = "a string with a NUL byte can't be written with -r -0";
        return false;
    }
    buffer_add(out, options->end, options->end_len);
    sequence->last_true = jq_value_truth(value);
    sequence->results++;
    sequence->is_full = options->has_limit && sequence->results >= options->limit;
    if (out->len >= PIECE)
        write_out(sequence);
    return !sequence->is_full;
}

static bool on_event(void *context, struct jq_value value)
{
    struct sequence *sequence = context;
    jq_write(sequence->events_machine, value, &(struct jq_layout){0}, &sequence->events);
    buffer_add_char(&sequence->events, '\n');
    return true;
}

static enum jq_read next_plain(struct sequence *sequence, struct span *text, bool *spaced, struct problem *problem)
{
    if (!sequence->options->raw)
        return reader_value(&sequence->reader, text, spaced, problem);
    const char *line;
    size_t len;
    enum jq_read read = reader_line(&sequence->reader, &line, &len, problem);
    if (read != JQ_READ_VALUE)
        return read;
    sequence->line.len = 0;
    json_encode(line, len, &sequence->line);
    *text = (struct span){.text = sequence->line.data, .len = sequence->line.len, .type = SPAN_STRING};
    *spaced = false;
    return JQ_READ_VALUE;
}

static enum jq_read next_event(struct sequence *sequence, struct span *text, bool *spaced, struct problem *problem)
{
    struct buffer *events = &sequence->events;
    while (sequence->event_at == events->len) {
        struct span value;
        enum jq_read read = next_plain(sequence, &value, spaced, problem);
        bool bad = read == JQ_READ_BAD && sequence->options->stream_errors && problem->status == STATUS_DATA;
        if (read != JQ_READ_VALUE && !bad)
            return read;
        events->len = sequence->event_at = 0;
        if (bad) {
            value = reader_bad(&sequence->reader);
            broken_events(value.text, value.len, problem->text, events);
            *problem = (struct problem){0};
            continue;
        }
        const struct jq_input input = {.text = value, .spaced = *spaced};
        jq_run(sequence->events_machine, &input, on_event, sequence);
    }
    const char *at = events->data + sequence->event_at;
    size_t len = (size_t)((const char *)memchr(at, '\n', events->len - sequence->event_at) - at);
    sequence->event_at += len + 1;
    *text = (struct span){.text = at, .len = len, .type = SPAN_ARRAY};
    *spaced = false;
    return JQ_READ_VALUE;
}

static enum jq_read next_one(struct sequence *sequence, struct span *text, bool *spaced, struct problem *problem)
{
    return sequence->options->stream && !sequence->options->raw ? next_event(sequence, text, spaced, problem)
                                                                : next_plain(sequence, text, spaced, problem);
}

/* jq_settings.read where inputs are items. */
static enum jq_read next_item(void *context, struct span *text, bool *spaced, struct problem *problem)
{
    return next_one(context, text, spaced, problem);
}

/* All text of the inputs as it is. */
static enum jq_read slurp_text(struct sequence *sequence, struct problem *problem)
{
    struct buffer text = {0};
    const char *line;
    size_t len;
    enum jq_read read;
    while ((read = reader_line(&sequence->reader, &line, &len, problem)) == JQ_READ_VALUE) {
        bool ended = sequence->reader.line_at > sequence->reader.end;
        buffer_add(&text, line, len + ended);
    }
    json_encode(text.data, text.len, &sequence->slurped);
    buffer_free(&text);
    return read;
}

static enum jq_read slurp_values(struct sequence *sequence, struct problem *problem)
{
    struct buffer *all = &sequence->slurped;
    struct span text;
    bool spaced;
    enum jq_read read;
    buffer_add_char(all, '[');
    while ((read = next_one(sequence, &text, &spaced, problem)) == JQ_READ_VALUE) {
        if (all->len > 1)
            buffer_add_char(all, ',');
        if (spaced)
            json_compact(text.text, text.len, all);
        else
            buffer_add(all, text.text, text.len);
    }
    buffer_add_char(all, ']');
    return read;
}

/* jq_settings.read: the next input, whatever the options make one. */
static enum jq_read next_input(void *context, struct span *text, bool *spaced, struct problem *problem)
{
    struct sequence *sequence = context;
    const struct sequence_options *options = sequence->options;
    if (!options->slurp)
        return next_one(sequence, text, spaced, problem);
    if (sequence->slurped_all)
        return JQ_READ_END;
    sequence->slurped_all = true;
    enum jq_read read = options->raw ? slurp_text(sequence, problem) : slurp_values(sequence, problem);
    *text = (struct span){.text = sequence->slurped.data,
                          .len = sequence->slurped.len,
                          .type = options->raw ? SPAN_STRING : SPAN_ARRAY};
    *spaced = false;
    return read == JQ_READ_END ? JQ_READ_VALUE : read;
}

static void on_message(void *context, const char *text, size_t len)
{
    (void)context;
    diag_raw(text, len);
}

static const char *file_of(void *context)
{
    return reader_file(&((struct sequence *)context)->reader);
}

static uint64_t line_of(void *context)
{
    return reader_lines(&((struct sequence *)context)->reader);
}

static bool compile(struct sequence *sequence, struct problem *problem)
{
    const struct sequence_options *options = sequence->options;
    sequence->program = program_whole(&options->filter, problem);
    if (!sequence->program)
        return false;
    struct jq_program *items = NULL;
    if (options->slurp && !options->raw && !options->null && jq_program_is_pure(sequence->program))
        items = program_items(&options->filter);
    if (items) {
        jq_program_free(sequence->program);
        sequence->program = items;
        sequence->items = true;
    }
    const struct jq_settings settings = {.read = items ? next_item : next_input,
                                         .message = on_message,
                                         .file = file_of,
                                         .line = line_of,
                                         .context = sequence};
    sequence->machine = program_machine(sequence->program, &options->filter, &settings);
    sequence->pure = jq_program_is_pure(sequence->program) && !options->stream && !options->raw && !options->slurp;
    if (!options->stream)
        return true;
    const struct program_text events = {.text = "tostream"};
    sequence->events_program = program_whole(&events, problem);
    sequence->events_machine = program_machine(sequence->events_program, &events, NULL);
    return true;
}

/* An error of the program about the present input. False: nothing more is to be done. */
static bool say_error(struct sequence *sequence, const char *message, int *status)
{
    const struct sequence_options *options = sequence->options;
    flush(sequence);
    if (options->forgiving) {
        const char *file = reader_file(&sequence->reader);
        const char *name = file ? file : options->null && !sequence->reader.batch.text ? "<unknown>" : "<stdin>";
        diag_warn("error (at %s:%llu): %s", name, (unsigned long long)reader_lines(&sequence->reader), message);
        *status = SEQUENCE_ERROR;
        return true;
    }
    char place[BATCH_ERROR_MAX];
    reader_place(&sequence->reader, place, sizeof place);
    if (options->null || options->slurp || *place == '\0')
        diag_warn("%s", message);
    else
        diag_warn("%s: %s", place, message);
    *status = STATUS_DATA;
    return false;
}

/* Input that cannot be read. */
static bool say_bad(struct sequence *sequence, const struct problem *problem, int *status)
{
    flush(sequence);
    if (sequence->options->forgiving && problem->status == STATUS_DATA) {
        diag_warn("parse error: %s", problem->text);
        *status = SEQUENCE_BAD_INPUT;
    } else {
        diag_warn("%s", problem->text);
        *status = (int)problem->status;
    }
    return false;
}

/* What became of a run over one input. False: it was the last. */
static bool take_outcome(struct sequence *sequence, enum jq_outcome outcome, int *status)
{
    size_t len;
    bool says;
    switch (outcome) {
    case JQ_DONE:
        if (*status == SEQUENCE_ERROR) /* as with jq it is the last input that counts */
            *status = STATUS_OK;
        break;
    case JQ_STOPPED:
        return !sequence->is_full && sequence->failure && say_error(sequence, sequence->failure, status);
    case JQ_FAILED:
        return say_error(sequence, jq_message(sequence->machine, &len), status);
    case JQ_HALTED:
        *status = jq_halt_status(sequence->machine, &says);
        write_out(sequence);
        if (says) {
            output_flush(sequence->options->out);
            const char *text = jq_message(sequence->machine, &len);
            diag_raw(text, len);
        }
        sequence->results = 0; /* -e is not asked */
        return false;
    case JQ_BAD_INPUT:
        return say_bad(sequence, jq_problem(sequence->machine), status);
    }
    if (sequence->options->flush)
        flush(sequence);
    return true;
}

static enum jq_outcome run_input(struct sequence *sequence, struct span text, bool spaced)
{
    sequence->failure = NULL;
    struct jq_input input = {.spaced = spaced};
    if (sequence->pure) {
        input.slots = sequence->reader.walk->slots;
        input.piece = walk_piece(sequence->reader.walk);
    } else if (!sequence->options->slurp) {
        sequence->current.len = 0;
        buffer_add(&sequence->current, text.text, text.len);
        text.text = sequence->current.data;
    }
    input.text = text;
    return jq_run(sequence->machine, &input, on_result, sequence);
}

static int run_all(struct sequence *sequence)
{
    int status = STATUS_OK;
    struct span text = {0};
    bool spaced = false, halted = false;
    if (sequence->options->has_limit && sequence->options->limit == 0)
        return status;
    if (sequence->options->null || sequence->items) {
        enum jq_outcome outcome = jq_run_null(sequence->machine, on_result, sequence);
        halted = outcome == JQ_HALTED;
        take_outcome(sequence, outcome, &status);
    } else {
        enum jq_read read;
        struct problem problem = {0};
        bool more = true;
        while (more && (read = next_input(sequence, &text, &spaced, &problem)) != JQ_READ_END) {
            if (read == JQ_READ_BAD) {
                say_bad(sequence, &problem, &status);
                break;
            }
            enum jq_outcome outcome = run_input(sequence, text, spaced);
            halted = outcome == JQ_HALTED;
            more = take_outcome(sequence, outcome, &status);
        }
    }
    if (status != STATUS_OK || halted || !sequence->options->exit_status)
        return status;
    return sequence->results == 0 ? SEQUENCE_NONE : sequence->last_true ? STATUS_OK : SEQUENCE_FALSE;
}

int sequence_run(const struct sequence_options *options, struct problem *problem)
{
    struct sequence sequence = {.options = options};
    int status = -1;
    if (compile(&sequence, problem)) {
        sequence.reader.idle = flush;
        sequence.reader.counting = !sequence.pure;
        sequence.reader.context = &sequence;
        reader_open(&sequence.reader, options->files, options->file_count, &options->frame,
                    sequence.pure ? jq_program_paths(sequence.program) : NULL);
        status = run_all(&sequence);
        write_out(&sequence);
        reader_close(&sequence.reader);
    }
    jq_machine_free(sequence.machine);
    jq_machine_free(sequence.events_machine);
    jq_program_free(sequence.program);
    jq_program_free(sequence.events_program);
    buffer_free(&sequence.out);
    buffer_free(&sequence.line);
    buffer_free(&sequence.slurped);
    buffer_free(&sequence.events);
    buffer_free(&sequence.current);
    return status;
}
