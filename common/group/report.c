#include "group/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/spill.h"
#include "base/threads.h"
#include "group/key.h"
#include "group/partial.h"
#include "json/json.h"
#include "table/sort.h"

enum {
    REPORT_SMALL = 5000,          /* fewer groups are one thread's work */
    REPORT_SPOOL = 4 * 1024 * 1024, /* rows held in memory until all are computed; the rest waits in a file */
    REPORT_WINDOW = 1024 * 1024,
    REPORT_AHEAD = 12,
};

/* One thread's share. */
struct report_worker {
    const struct group_report *report;
    struct project_writer *writer;
    struct project *project;
    struct span *slots;
    struct value *aggregates; /* results of the calls, then values of computed keys */
    struct arena arena;
    struct result result;
    struct spill *spool;      /* rows that no longer fit into result.out */
    struct group **list;
    size_t count;
    uint64_t most;            /* rows wanted */
    size_t failed_at;         /* the group that has no result, and why; count if none */
    char *error;
};

static bool read_key(struct report_worker *worker, const struct group *group)
{
    const struct group_select *select = worker->report->select;
    const char *key = group_key(group, worker->report->groups_options),
               *head = group_head(group, worker->report->groups_options);
    struct unpack keys = {.at = key, .end = key + group->key_len}, heads = {.at = head, .end = head + group->head_len};
    for (size_t i = 0; i < select->key_count; i++) {
        struct span span;
        struct value value;
        if (!group_key_next(&keys, &heads, &span, &value, &worker->arena))
            return false;
        if (select->keys[i].plain)
            worker->slots[select->keys[i].slot] = span;
        else
            worker->aggregates[select->aggregates->count + i] = value;
    }
    return true;
}

/* "exam_name=Learning Git, year=2018: what" */
static char *describe(const struct report_worker *worker, const char *what)
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

/* The group's row, if HAVING lets it pass. False if it cannot be computed: *error. */
static bool report_group(struct report_worker *worker, const struct group *group, const char **error)
{
    const struct group_select *select = worker->report->select;
    *error = "a damaged partial state";
    if (!read_key(worker, group))
        return false;
    if (!aggregates_result(select->aggregates, group->states, worker->aggregates, &worker->arena, error))
        return false;
    struct row row = {.slots = worker->slots, .aggregates = worker->aggregates, .arena = &worker->arena};
    if (select->having) {
        if (project_try(worker->writer, &row) && !expr_true(select->having, &row) && !row.error)
            return true;
        *error = row.error;
        if (row.error)
            return false;
    }
    bool good = project_row(worker->writer, &row, true, group->place, 0, &worker->result);
    *error = row.error;
    return good;
}

static void spool(struct report_worker *worker)
{
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
            worker->error = describe(worker, error);
            return;
        }
        if (worker->result.out.len > REPORT_SPOOL)
            spool(worker);
    }
}

/* What read_key needs. */
static void worker_keys(struct report_worker *worker, const struct group_report *report)
{
    worker->report = report;
    worker->slots = mem_zero(report->paths->count, sizeof *worker->slots);
    worker->aggregates =
        mem_zero(report->select->aggregates->count + report->select->key_count, sizeof *worker->aggregates);
}

static void worker_start(struct report_worker *worker, const struct group_report *report, struct project *project,
                         uint64_t most)
{
    *worker = (struct report_worker){.project = project, .most = most};
    worker_keys(worker, report);
    worker->writer = project_writer_new(project);
}

static void worker_end(struct report_worker *worker)
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
    if (worker->spool) {
        spill_flush(worker->spool);
        struct spill_reader reader = {0};
        uint64_t left = spill_end(worker->spool);
        spill_reader_start(&reader, worker->spool, 0, left, REPORT_WINDOW);
        while (left > 0) {
            size_t some = left < REPORT_WINDOW ? (size_t)left : REPORT_WINDOW;
            output_write(out, spill_read(&reader, some), some);
            left -= some;
        }
        spill_reader_free(&reader);
    }
    output_write(out, worker->result.out.data, worker->result.out.len);
}

bool group_report_write(const struct group_report *report, struct groups *groups, struct output *out,
                        struct problem *problem)
{
    static const struct order by_place = {0};
    struct group **list;
    size_t count;
    bool whole, more = groups_load(groups, &list, &count, &whole, problem), good = problem->status == STATUS_OK;
    struct project_options options = report->project;
    options.order = report->select->order ? report->select->order : !more || whole ? NULL : &by_place;
    bool in_order = !options.order;
    bool one_by_one = in_order && (options.has_limit || options.form->take);
    unsigned threads = one_by_one || report->threads < 1 ? 1 : report->threads;
    options.memory /= threads;
    struct project *project = project_new(report->select->select, &options);
    uint64_t most = in_order ? project_wanted(project) : UINT64_MAX;
    struct report_worker *workers = mem_zero(threads, sizeof *workers);
    for (unsigned i = 0; i < threads; i++)
        worker_start(&workers[i], report, project, most);
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
        worker_end(&workers[i]);
    free(workers);
    project_finish(project, good, out);
    return good;
}

/* One thread's tools for writing states. */
struct partial_writer {
    struct report_worker keys; /* what read_key needs of it */
    enum partial_front front;
    const char *name;
    struct buffer state, line;
};

static bool write_partial(struct partial_writer *writer, const struct group *group)
{
    const struct group_select *select = writer->keys.report->select;
    const struct groups_options *options = writer->keys.report->groups_options;
    struct buffer *line = &writer->line, *state = &writer->state;
    arena_reset(&writer->keys.arena);
    if (!read_key(&writer->keys, group))
        return false;
    line->len = 0;
    partial_add_front(writer->front, group_key(group, options), group->key_len, line);
    buffer_add_format(line, "{\"aagg\":%d,\"of\":\"%s\",\"keys\":{", (int)PARTIAL_VERSION, writer->name);
    for (size_t i = 0; i < select->key_count; i++) {
        const struct select_item *item = &select->select->items[i];
        if (i > 0)
            buffer_add_char(line, ',');
        json_encode(item->name, item->name_len, line);
        buffer_add_char(line, ':');
        if (select->keys[i].plain)
            value_write_span_json(writer->keys.slots[select->keys[i].slot], true, line);
        else
            value_write_json(&writer->keys.aggregates[select->aggregates->count + i], line);
    }
    state->len = 0;
    pack_bytes(state, group_key(group, options), group->key_len);
    pack_bytes(state, group_head(group, options), group->head_len);
    aggregates_write(select->aggregates, group->states, state);
    buffer_add_text(line, "},\"state\":\"");
    partial_encode(state->data, state->len, line);
    buffer_add_text(line, "\"}\n");
    return true;
}

static void write_sorted(struct sort *sort, struct output *out)
{
    const char *row;
    size_t len;
    while (sort_next(sort, &row, &len))
        output_write(out, row, len);
}

bool group_report_partial(const struct group_report *report, struct groups *groups, const char *name,
                          enum partial_front front, struct output *out, struct problem *problem)
{
    struct partial_writer writer = {.front = front, .name = name};
    worker_keys(&writer.keys, report);
    const struct sort_options by_place = {.memory = report->project.memory};
    struct sort *sort = NULL; /* of what comes out of files a part at a time */
    struct group **list;
    size_t count;
    bool whole, good = true, more = groups_load(groups, &list, &count, &whole, problem);
    if (more && !whole)
        sort = sort_new(&by_place);
    while (more && good) {
        for (size_t i = 0; i < count && good; i++) {
            good = write_partial(&writer, list[i]);
            if (good && sort)
                sort_add(sort, NULL, list[i]->place, 0, writer.line.data, writer.line.len);
            else if (good)
                output_write(out, writer.line.data, writer.line.len);
        }
        more = good && !whole && groups_load(groups, &list, &count, &whole, problem);
    }
    if (!good)
        problem_set(problem, STATUS_DATA, "a damaged partial state");
    if (problem->status == STATUS_OK && sort)
        write_sorted(sort, out);
    if (sort)
        sort_free(sort);
    buffer_free(&writer.state);
    buffer_free(&writer.line);
    worker_end(&writer.keys);
    return problem->status == STATUS_OK;
}
