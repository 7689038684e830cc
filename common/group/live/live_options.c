#include "group/live/live_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "expr/function/time_window.h"
#include "table/form/row_form.h"

/* Of one tool at present: aagg, whose own begin at OPTIONS_OWN. */
enum {
    OPTION_EVERY = OPTIONS_OWN + 100,
    OPTION_MODE,
    OPTION_WATERMARK,
    OPTION_LATE,
    OPTION_IDLE,
    OPTION_ENVELOPE,
    OPTION_STATE,
    OPTION_CHECKPOINT,
    OPTION_BASE,
    OPTION_REREAD,
};

enum { IDLE_US = 60 * 1000000, CHECKPOINT_US = 10 * 1000000, MILLISECOND = 1000, MONTH_DAYS = 31 /* as in Spark */ };

const struct option_row live_options_rows[] = {
    {OPTION_EVERY, "every", "DURATION|N", .help = "report while records come: so often, or behind N records",
     .heading = "while records come"},
    {OPTION_MODE, "mode", "update|complete|append",
     .help = "report rows that changed (default), all rows, or rows of closed windows"},
    {OPTION_WATERMARK, "watermark", "TIME, DELAY",
     .help = "close windows so long behind the latest TIME: 'ts, 10 minutes'", .words = "EXPRESSION"},
    {OPTION_LATE, "late", "FILE", .help = "keep records that are too late for a window"},
    {OPTION_IDLE, "idle", "DURATION", .help = "partitions silent for so long don't hold the watermark (default 1m)"},
    {OPTION_ENVELOPE, "envelope", .help = "the input is envelopes (aconsume -J): records are their values"},
    {OPTION_STATE, "state", "FILE", .help = "keep groups and offsets there, and go on from them"},
    {OPTION_CHECKPOINT, "checkpoint", "DURATION", .help = "write --state so often (default 10s)"},
    {OPTION_BASE, "base", "FILE", .help = "begin with these partial states, and behind their offsets"},
    {OPTION_REREAD, "reread", "COMMAND", .help = "prints the messages behind a new --base (SIGHUP) once more"},
    {0},
};

struct live_options live_options_start(void)
{
    return (struct live_options){.idle_us = IDLE_US, .checkpoint_us = CHECKPOINT_US};
}

static bool take_duration(const char *option, const char *argument, int64_t *microseconds, struct problem *problem)
{
    int64_t ms;
    if (!moment_duration(argument, strlen(argument), &ms) || ms <= 0 ||
        __builtin_mul_overflow(ms, MILLISECOND, microseconds))
        return problem_usage(problem, "%s %s: expected a length of time such as 500ms, 10s or 1m", option, argument);
    return true;
}

/* "500ms", "1s", or a number of records. */
static bool take_every(struct live_options *options, const char *argument, struct problem *problem)
{
    options->every = true;
    options->every_records = 0;
    options->every_us = 0;
    if (*argument && argument[strspn(argument, "0123456789")] == '\0')
        return options_number("--every", argument, 1, UINT64_MAX, &options->every_records, problem);
    return take_duration("--every", argument, &options->every_us, problem);
}

static bool take_mode(struct live_options *options, const char *argument, struct problem *problem)
{
    static const char *const modes[] = {"update", "complete", "append"};
    options->mode_given = true;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(argument, modes[i]) == 0) {
            options->mode = (enum live_mode)i;
            return true;
        }
    return problem_usage(problem, "--mode: expected update, complete or append, not '%s'", argument);
}

bool live_options_take(struct live_options *options, int option, const char *argument, struct problem *problem)
{
    switch (option) {
    case OPTION_EVERY: return take_every(options, argument, problem);
    case OPTION_MODE: return take_mode(options, argument, problem);
    case OPTION_WATERMARK: return (options->watermark = argument) != NULL;
    case OPTION_LATE: return (options->late_path = argument) != NULL;
    case OPTION_IDLE: return take_duration("--idle", argument, &options->idle_us, problem);
    case OPTION_ENVELOPE: return options->envelope = true;
    case OPTION_STATE: return (options->state = argument) != NULL;
    case OPTION_CHECKPOINT: return take_duration("--checkpoint", argument, &options->checkpoint_us, problem);
    case OPTION_BASE: return (options->base = argument) != NULL;
    case OPTION_REREAD: return (options->reread = argument) != NULL;
    default: return false;
    }
}

/* With --every: what goes with each mode. */
static bool check_modes(const struct live_options *options, const struct data_options *data, struct problem *problem)
{
    if ((data->order || data->has_limit || data->skip > 0) && options->mode != LIVE_COMPLETE)
        return problem_usage(problem, "-o, -n and --offset are of all rows: they go with --mode complete");
    if (options->mode == LIVE_APPEND && !options->watermark)
        return problem_usage(problem, "--mode append: a --watermark says when a row is final");
    if (options->late_path && !options->watermark)
        return problem_usage(problem, "--late goes with --watermark");
    if (options->reread && !options->base)
        return problem_usage(problem, "--reread reads behind a new --base: it goes with that");
    if ((options->state || options->base) && !options->envelope)
        return problem_usage(problem, "--state and --base need the offsets of --envelope");
    if (data->to == output_form_find("parquet"))
        return problem_usage(problem, "--every: a Parquet file is written once");
    return true;
}

bool live_options_check(struct live_options *options, const struct data_options *data, struct problem *problem)
{
    const char *alone = options->mode_given  ? "--mode"
                        : options->watermark ? "--watermark"
                        : options->late_path ? "--late"
                        : options->state     ? "--state"
                        : options->base      ? "--base"
                        : options->reread    ? "--reread"
                                             : NULL;
    const struct row_form *envelopes = row_form_find("envelope");
    if (!options->every && alone)
        return problem_usage(problem, "%s goes with --every", alone);
    if (options->deltas && options->every &&
        (options->mode_given || options->watermark || options->state || options->base))
        return problem_usage(problem, "--partial --every writes what came since the last report: --mode, --watermark, "
                                      "--state and --base do not go with it");
    if (options->envelope && data->from && data->from != envelopes)
        return problem_usage(problem, "--envelope: envelopes are not %s", data->from->title);
    options->envelope = options->envelope || data->from == envelopes;
    bool table = data->to == output_form_find("table");
    if (table && !options->mode_given)
        options->mode = LIVE_COMPLETE; /* what a table is looked at for */
    options->repaint = table && options->mode == LIVE_COMPLETE;
    return !options->every || check_modes(options, data, problem);
}

/* "ts, 10 minutes": the time and the delay stand on both sides of the last comma. */
static bool compile_watermark(struct live_options *options, const struct group_select *select,
                              const struct expr_options *expr, struct problem *problem)
{
    const char *text = options->watermark, *comma = strrchr(text, ',');
    struct value delay = comma ? value_string(comma + 1, strlen(comma + 1)) : value_null();
    int64_t length;
    if (!comma || !time_window_length(&delay, MONTH_DAYS, &length) || length < 0)
        return problem_usage(problem, "--watermark %s: expected a time and a delay: 'ts, 10 minutes'", text);
    if (!select->window.shape)
        return problem_usage(problem, "--watermark closes windows: -g 'window(ts, ...) as w'");
    options->watermark_time = mem_copy(text, (size_t)(comma - text));
    options->time = options->compiled = expr_compile("--watermark", options->watermark_time, NULL, expr, problem);
    options->delay_ms = length / MILLISECOND;
    return options->time != NULL;
}

bool live_options_compile(struct live_options *options, const struct group_select *select,
                          const struct expr_options *expr, struct problem *problem)
{
    if (options->every && options->mode == LIVE_UPDATE && select->window.shape && select->window.shape->session)
        return problem_usage(problem, "sessions grow together: --mode complete, or append with a --watermark");
    return !options->watermark || compile_watermark(options, select, expr, problem);
}

void live_options_free(struct live_options *options)
{
    expr_free(options->compiled);
    free(options->watermark_time);
}
