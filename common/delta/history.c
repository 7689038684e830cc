#include "delta/history.h"

#include <string.h>

#include "delta/action.h"
#include "delta/listing_inner.h"
#include "delta/table.h"
#include "json/cursor.h"
#include "json/json.h"
#include "value/datetime.h"
#include "value/tsv.h"

struct commit {
    struct span info;
    uint64_t added, removed;
    int64_t rows; /* -1: not known */
};

/* Rows that the statistics of an add tell; -1: none. */
static int64_t rows_of(struct span add)
{
    struct buffer stats = {0};
    size_t at;
    const char *message;
    delta_text(delta_member(add, "stats"), &stats);
    int64_t rows = -1;
    if (stats.len > 0 && json_check(stats.data, stats.len, &at, &message))
        rows = delta_whole(delta_member(json_value_trim(stats.data, stats.len), "numRecords"), -1);
    buffer_free(&stats);
    return rows;
}

static bool look(void *context, struct span name, struct span body, struct problem *problem)
{
    struct commit *commit = context;
    (void)problem;
    if (delta_is(name, "commitInfo")) {
        commit->info = body;
    } else if (delta_is(name, "add")) {
        int64_t rows = rows_of(body);
        commit->added++;
        commit->rows = rows < 0 || commit->rows < 0 ? -1 : commit->rows + rows;
    } else if (delta_is(name, "remove")) {
        commit->removed++;
    }
    return true;
}

static void add_text(struct span text, struct buffer *into)
{
    struct buffer decoded = {0};
    delta_text(text, &decoded);
    buffer_add_char(into, '\t');
    if (text.type == SPAN_STRING)
        tsv_encode(decoded.data ? decoded.data : "", decoded.len, into);
    else
        buffer_add_text(into, "\\N");
    buffer_free(&decoded);
}

static void add_timestamp(struct span info, struct buffer *into)
{
    int64_t ms = delta_whole(delta_member(info, "timestamp"), -1);
    char date[DATETIME_TEXT_MAX];
    buffer_add_char(into, '\t');
    if (ms < 0) {
        buffer_add_text(into, "\\N");
        return;
    }
    int of_day = (int)(ms % 86400000);
    buffer_add(into, date, datetime_date_text(ms / 86400000, date));
    buffer_add_format(into, "T%02d:%02d:%02d.%03dZ", of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60,
                      of_day % 1000);
}

static void add_line(int64_t version, const struct commit *commit, struct buffer *into)
{
    buffer_add_format(into, "%lld", (long long)version);
    add_timestamp(commit->info, into);
    add_text(delta_member(commit->info, "operation"), into);
    add_text(delta_member(delta_member(commit->info, "operationParameters"), "mode"), into);
    buffer_add_format(into, "\t%llu\t%llu", (unsigned long long)commit->added, (unsigned long long)commit->removed);
    if (commit->rows < 0)
        buffer_add_text(into, "\t\\N");
    else
        buffer_add_format(into, "\t%lld", (long long)commit->rows);
    add_text(delta_member(commit->info, "engineInfo"), into);
    buffer_add_char(into, '\n');
}

static bool add_commit(const struct delta_place *place, const struct delta_log_file *file, struct buffer *into,
                       struct problem *problem)
{
    struct buffer name = {0}, text = {0};
    struct commit commit = {.info = {.type = SPAN_ABSENT}};
    buffer_add_format(&name, "%s/%s", DELTA_LOG, file->name);
    buffer_add_char(&name, '\0');
    bool good = delta_load(place, name.data, file->size, &text, problem) &&
                delta_actions(name.data, text.data ? text.data : "", text.len, look, &commit, problem);
    if (good)
        add_line(file->version, &commit, into);
    buffer_free(&name);
    buffer_free(&text);
    return good;
}

bool delta_history(const struct delta_place *place, struct buffer *into, struct problem *problem)
{
    struct delta_listing listing = {0};
    bool good = delta_listing_read(place, &listing, problem);
    if (good && listing.count == 0)
        good = problem_set(problem, STATUS_USAGE, "%s: no Delta table: it has no versions", place->name);
    buffer_add_text(into, "version\ttimestamp\toperation\tmode\tadded\tremoved\trows\tengine\n");
    for (size_t i = listing.count; good && i-- > 0;)
        if (listing.files[i].kind == DELTA_COMMIT)
            good = add_commit(place, &listing.files[i], into, problem);
    delta_listing_free(&listing);
    return good;
}
