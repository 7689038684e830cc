/* Rows of some groups, again and again while more records come. */
#include "group/report_inner.h"

#include <stdlib.h>

/* One row, if it says something new. */
static bool report_cell(struct report_worker *worker, const struct group_cell *cell, uint64_t part,
                        const struct group_told *told, const char **error)
{
    struct buffer *out = &worker->result.out;
    size_t before = out->len;
    uint64_t rows = worker->result.rows;
    if (!report_row(worker, cell->group, cell->session, part, error))
        return false;
    if (cell->gone) {
        out->len = before;
        worker->result.rows = rows;
    }
    if (!told || project_collects(worker->project))
        return true;
    if (out->len > before && !told->changed(told->context, cell, out->data + before, out->len - before)) {
        out->len = before;
        worker->result.rows = rows;
    } else if (out->len == before && told->vanished(told->context, cell)) {
        struct row row = {.slots = worker->slots, .aggregates = worker->aggregates, .arena = &worker->arena};
        worker->result.rows += project_gone(worker->writer, &row, worker->report->select->key_count, out);
    }
    return true;
}

bool group_report_cells(const struct group_report *report, const struct group_cell *cells, size_t count,
                        const struct group_told *told, bool header, struct output *out, uint64_t *rows,
                        struct problem *problem)
{
    struct project_options options = report->project;
    options.order = report->select->order;
    struct project *project = project_new(report->select->select, &options);
    uint64_t most = options.order ? UINT64_MAX : project_wanted(project);
    struct report_worker worker;
    report_worker_start(&worker, report, project, most);
    for (size_t i = 0; i < count && worker.result.rows < most && problem->status == STATUS_OK; i++) {
        const char *error = NULL;
        arena_reset(&worker.arena);
        if (!report_cell(&worker, &cells[i], i, told, &error)) {
            char *text = report_describe(&worker, error);
            problem_set(problem, STATUS_DATA, "%s", text);
            free(text);
        }
    }
    bool good = problem->status == STATUS_OK;
    worker.result.rows -= result_skip(&worker.result, worker.skip);
    *rows = good ? worker.result.rows : 0;
    if (good && header)
        project_header(project, out);
    if (good)
        output_write(out, worker.result.out.data, worker.result.out.len);
    report_worker_end(&worker);
    project_finish(project, good, out);
    return good;
}
