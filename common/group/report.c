#include "group/report_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/spill.h"
#include "base/threads.h"
#include "group/key.h"
#include "group/pivot.h"
#include "table/sort.h"

enum {
    REPORT_SMALL = 5000,          /* fewer groups are one thread's work */
    REPORT_SPOOL = 4 * 1024 * 1024, /* rows held in memory until all are computed; the rest waits in a file */
    REPORT_AHEAD = 12,
};

bool report_key(struct report_worker *worker, const struct group *group, const struct session *session)
{
    const struct group_select *select = worker->report->select;
    const char *key = group_key(group, worker->report->groups_options),
               *head = group_head(group, worker->report->groups_options);
    struct unpack keys = {.at = key, .end = key + group->key_len}, heads = {.at = head, .end = head + group->head_len};
    for (size_t i = 0; i < select->key_count + (select->sets.count > 0); i++) {
        struct span span = {.type = SPAN_ABSENT};
        struct value value = value_null();
        if (report_has_sessions(worker->report) && i == select->window.key)
            value = session ? time_window_value(session->window, &worker->arena) : value;
        else if (!group_key_next(&keys, &heads, &span, &value, &worker->arena))
            return false;
        if (i == select->key_count && (uint64_t)value.integer >= select->sets.count)
            return false;
        if (i == select->key_count)
            worker->set = (size_t)value.integer;
        else if (select->keys[i].plain)
            worker->slots[select->keys[i].slot] = span;
        else
            worker->aggregates[select->aggregates->count + i] = value;
    }
    return true;
}

char *report_describe(const struct report_worker *worker, const char *what)
{
    const struct group_select *select = worker->report->select;
    struct buffer text = {0};
    for (size_t i = 0; i < select->key_count; i++) {
        const struct select_item *item = &select->select->items[i];
        struct arena arena = {0};
        struct value value = select->keys[i].plain ? value_from_span(worker->slots[select->keys[i].slot], &arena)
                                                   : worker->aggregates[select->aggregates->count + i];
        buffer_add_format(&text, "%s%.*s=", i > 0 ? ", " : "group ", (int)item->name_len, item->name);
        value_write_json(&value, &text);
        arena_free(&arena);
    }
    buffer_add_format(&text, "%s%s", select->key_count > 0 ? ": " : "", what);
    buffer_add_char(&text, '\0');
    return text.data;
}

bool report_row(struct report_worker *worker, const struct group *group, const struct session *session, uint64_t part,
                const char **error)
{
    const struct group_select *select = worker->report->select;
    *error = "a damaged partial state";
    if (!report_key(worker, group, session))
        return false;
    const char *states = session ? session->states : group->states;
    if (!aggregates_result(select->aggregates, states, worker->aggregates, &worker->arena, error))
        return false;
    struct row row = {.slots = worker->slots, .aggregates = worker->aggregates, .arena = &worker->arena,
                      .grouping = select->sets.count > 0 ? select->sets.sets[worker->set] : 0};
    if (select->having) {
        if (project_try(worker->writer, &row) && !expr_true(select->having, &row) && !row.error)
            return true;
        *error = row.error;
        if (row.error)
            return false;
    }
    bool good = project_row(worker->writer, &row, true, group->place, part + worker->set, &worker->result);
    *error = row.error;
    return good;
}

/* The row of a group, or of each of its sessions. */
static bool report_group(struct report_worker *worker, const struct group *group, const char **error)
{
    if (!report_has_sessions(worker->report))
        return report_row(worker, group, NULL, 0, error);
    const struct sessions *sessions = (const struct sessions *)(const void *)group->states;
    const struct session *lists[] = {sessions->first, sessions->closed};
    uint64_t part = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const struct session *session = lists[i]; session; session = session->next)
            if (worker->result.rows < worker->most && !report_row(worker, group, session, part++, error))
                return false;
    return true;
}

static void spool(struct report_worker *worker)
{
    worker->skip -= result_skip(&worker->result, worker->skip);
    worker->result.row_ends.len = 0;
    if (!worker->spool)
        worker->spool = spill_new();
    spill_write(worker->spool, worker->result.out.data, worker->result.out.len);
    worker->result.out.len = 0;
}

static void report_list(void *workers, unsigned share)
{
    struct report_worker *worker = (struct report_worker *)workers + share;
    worker->failed_at = worker->count;
    for (size_t i = 0; i < worker->count && worker->result.rows < worker->most; i++) {
        const char *error = NULL;
        arena_reset(&worker->arena);
        if (i + REPORT_AHEAD < worker->count) { /* they lie about in memory: both of most groups' cache lines */
            __builtin_prefetch(worker->list[i + REPORT_AHEAD]);
            __builtin_prefetch((const char *)worker->list[i + REPORT_AHEAD] + 64);
        }
        if (!report_group(worker, worker->list[i], &error)) {
            worker->failed_at = i;
            worker->error = report_describe(worker, error);
            return;
        }
        if (worker->result.out.len > REPORT_SPOOL)
            spool(worker);
    }
}

void report_worker_keys(struct report_worker *worker, const struct group_report *report)
{
    worker->report = report;
    worker->slots = mem_zero(report->slot_count, sizeof *worker->slots);
    worker->aggregates =
        mem_zero(report->select->aggregates->count + report->select->key_count, sizeof *worker->aggregates);
}

void report_worker_start(struct report_worker *worker, const struct group_report *report, struct project *project,
                         uint64_t most)
{
    *worker = (struct report_worker){.project = project, .most = most};
    report_worker_keys(worker, report);
    worker->writer = project_writer_new(project);
    worker->skip = project_skips(project);
    worker->result.limited = worker->skip > 0;
    worker->result.limit = UINT64_MAX;
}

void report_worker_end(struct report_worker *worker)
{
    if (worker->writer)
        project_writer_free(worker->writer);
    free(worker->slots);
    free(worker->aggregates);
    arena_free(&worker->arena);
    buffer_free(&worker->result.out);
    buffer_free(&worker->result.row_ends);
    free(worker->error);
    spill_free(worker->spool);
}

/* Shares the list out in stretches; false, with a problem that is the first one's, if a group has no result. */
static bool report_part(struct report_worker *workers, unsigned threads, struct group **list, size_t count,
                        struct problem *problem)
{
    unsigned used = count < REPORT_SMALL ? 1 : threads;
    for (unsigned i = 0; i < used; i++) {
        workers[i].list = list + count / used * i;
        workers[i].count = i + 1 < used ? count / used : count - count / used * i;
    }
    threads_share(used, report_list, workers);
    for (unsigned i = 0; i < used; i++) {
        if (workers[i].failed_at < workers[i].count)
            return problem_set(problem, STATUS_DATA, "%s", workers[i].error);
    }
    return true;
}

static void write_spooled(struct report_worker *worker, struct output *out)
{
    worker->skip -= result_skip(&worker->result, worker->skip);
    if (worker->spool)
        spill_pour(worker->spool, out);
    output_write(out, worker->result.out.data, worker->result.out.len);
}

bool group_report_write(const struct group_report *report, struct groups *groups, struct output *out,
                        struct problem *problem)
{
    static const struct order by_place = {0};
    if (report->pivot)
        return group_pivot_write(report->pivot, report, groups, out, problem);
    struct group **list;
    size_t count;
    bool whole, more = groups_load(groups, &list, &count, &whole, problem), good = problem->status == STATUS_OK;
    struct project_options options = report->project;
    options.order = report->select->order ? report->select->order : !more || whole ? NULL : &by_place;
    bool in_order = !options.order;
    bool one_by_one = in_order && (options.has_limit || options.skip > 0 || options.form->take);
    unsigned threads = one_by_one || report->threads < 1 ? 1 : report->threads;
    options.memory /= threads;
    struct project *project = project_new(report->select->select, &options);
    uint64_t most = in_order ? project_wanted(project) : UINT64_MAX;
    struct report_worker *workers = mem_zero(threads, sizeof *workers);
    for (unsigned i = 0; i < threads; i++)
        report_worker_start(&workers[i], report, project, most);
    while (more && good) {
        good = report_part(workers, threads, list, count, problem);
        more = good && !whole && groups_load(groups, &list, &count, &whole, problem);
        good = problem->status == STATUS_OK;
    }
    if (good) {
        project_header(project, out);
        for (unsigned i = 0; i < threads; i++)
            write_spooled(&workers[i], out);
    }
    for (unsigned i = 0; i < threads; i++)
        report_worker_end(&workers[i]);
    free(workers);
    project_finish(project, good, out);
    return good;
}
