#include "table/project.h"

#include <stdlib.h>

#include "table/sort.h"
#include "value/pack.h"

struct project {
    const struct select *select;
    struct project_options options;
    const struct output_form *form;
    void *output;         /* the form's own */
    size_t *star_slots;
    bool spans_only;      /* all items are plain paths and nothing needs their values */
    bool by_place;        /* rows are written as they come */
    uint64_t taken;       /* rows that the form has taken as they came (one thread: project_chunks) */
    struct sort *sort;    /* all writers' rows, merged */
};

struct project_writer {
    struct project *project;
    struct value *items, *keys;
    struct sort *sort;
    struct buffer text;    /* a collected row */
    struct buffer scratch; /* of the form */
};

static bool is_plain(const struct select *select)
{
    for (size_t i = 0; i < select->count; i++)
        if (select->items[i].kind != ITEM_STAR && !select->items[i].path)
            return false;
    return true;
}

uint64_t project_wanted(const struct project *project)
{
    uint64_t wanted = project->form->wanted ? project->form->wanted(project->output) : UINT64_MAX;
    const struct project_options *options = &project->options;
    return options->has_limit && options->limit < wanted ? options->limit : wanted;
}

static struct sort *sort_start(const struct project *project)
{
    const struct project_options *options = &project->options;
    struct sort_options sort = {.order = options->order->count > 0 ? options->order : NULL, .memory = options->memory};
    sort.limit = project_wanted(project);
    sort.has_limit = sort.limit != UINT64_MAX;
    return sort_new(&sort);
}

struct project *project_new(const struct select *select, const struct project_options *options)
{
    struct project *project = mem_zero(1, sizeof *project);
    project->select = select;
    project->options = *options;
    project->form = options->form;
    project->output = options->form->start(select, &options->form_options);
    project->star_slots = mem_zero(select->count, sizeof *project->star_slots);
    project->by_place = options->form->row && !options->order;
    project->spans_only = project->by_place && is_plain(select);
    if (options->order)
        project->sort = sort_start(project);
    return project;
}

void project_star_slot(struct project *project, size_t i, size_t slot)
{
    project->star_slots[i] = slot;
}

bool project_wants_types(const struct project *project)
{
    return project->form->column != NULL;
}

void project_column(struct project *project, size_t column, const struct schema_node *node)
{
    project->form->column(project->output, column, node);
}

void project_chunks(const struct project *project, struct chunks_options *options)
{
    if (!project->by_place)
        options->out = NULL;
    if (project->options.order)
        return;
    options->limit = project_wanted(project);
    options->has_limit = options->limit != UINT64_MAX;
    if (!project->by_place)
        options->threads = 1;
}

void project_header(const struct project *project, struct output *out)
{
    if (!project->form->header)
        return;
    struct buffer head = {0};
    project->form->header(project->output, &head);
    output_write(out, head.data, head.len);
    buffer_free(&head);
}

struct project_writer *project_writer_new(struct project *project)
{
    struct project_writer *writer = mem_zero(1, sizeof *writer);
    writer->project = project;
    writer->items = mem_zero(project->select->count, sizeof *writer->items);
    if (project->options.order) {
        writer->keys = mem_zero(project->options.order->count, sizeof *writer->keys);
        writer->sort = sort_start(project);
    }
    return writer;
}

void project_writer_free(struct project_writer *writer)
{
    if (writer->sort)
        sort_merge(writer->project->sort, writer->sort);
    free(writer->items);
    free(writer->keys);
    buffer_free(&writer->text);
    buffer_free(&writer->scratch);
    free(writer);
}

/* The values of all items, in order: later ones may use earlier ones by name. */
static bool evaluate(struct project_writer *writer, struct row *row)
{
    const struct select *select = writer->project->select;
    row->items = writer->items;
    for (size_t i = 0; i < select->count; i++) {
        if (select->items[i].kind == ITEM_STAR)
            continue;
        writer->items[i] = expr_eval(select->items[i].expr, row);
        if (row->error)
            return false;
    }
    return true;
}

static void write_row(struct project_writer *writer, const struct row *row, bool spaced, struct buffer *into)
{
    const struct project *project = writer->project;
    const struct output_row out = {.slots = row->slots, .items = writer->items, .star_slots = project->star_slots,
                                   .spaced = spaced, .scratch = &writer->scratch};
    project->form->row(project->output, &out, into);
}

/* A row that waits to be written: its text, or its values for a form that takes these. */
static void keep_row(struct project_writer *writer, const struct row *row, bool spaced)
{
    writer->text.len = 0;
    if (writer->project->form->row)
        write_row(writer, row, spaced, &writer->text);
    else
        for (size_t i = 0; i < writer->project->select->count; i++)
            pack_value(&writer->text, &writer->items[i]);
}

bool project_row(struct project_writer *writer, struct row *row, bool spaced, uint64_t place, uint64_t part,
                 struct result *result)
{
    struct project *project = writer->project;
    if (!project->spans_only && !evaluate(writer, row))
        return false;
    if (project->by_place) {
        write_row(writer, row, spaced, &result->out);
    } else if (project->options.order) {
        const struct order *order = project->options.order;
        for (size_t i = 0; i < order->count; i++)
            writer->keys[i] = expr_eval(order->keys[i].expr, row);
        if (row->error)
            return false;
        keep_row(writer, row, spaced);
        sort_add(writer->sort, writer->keys, place, part, writer->text.data, writer->text.len);
    } else if (!project->options.has_limit || project->taken < project->options.limit) {
        /* a batch may hold rows beyond the limit that chunks ends at */
        project->form->take(project->output, writer->items);
        project->taken++;
    }
    result_row(result);
    return true;
}

bool project_try(struct project_writer *writer, struct row *row)
{
    const struct order *order = writer->project->options.order;
    if (!evaluate(writer, row))
        return false;
    for (size_t i = 0; order && i < order->count; i++)
        expr_eval(order->keys[i].expr, row);
    return !row->error;
}

bool project_collects(const struct project *project)
{
    return !project->by_place;
}

bool project_can_fail(const struct project *project)
{
    return !project->spans_only;
}

static void sorted_to_form(struct project *project)
{
    struct value *values = mem_zero(project->select->count, sizeof *values);
    const char *row;
    size_t len;
    while (sort_next(project->sort, &row, &len)) {
        struct unpack from = {.at = row, .end = row + len};
        for (size_t i = 0; i < project->select->count; i++)
            values[i] = unpack_value(&from);
        project->form->take(project->output, values);
    }
    free(values);
}

static void sorted_to_output(struct project *project, struct output *out)
{
    const char *row;
    size_t len;
    while (sort_next(project->sort, &row, &len))
        output_write(out, row, len);
}

void project_finish(struct project *project, bool complete, struct output *out)
{
    if (project->sort && complete && project->form->take)
        sorted_to_form(project);
    else if (project->sort && complete)
        sorted_to_output(project, out);
    project->form->finish(project->output, complete, complete || !project->sort ? out : NULL);
    sort_free(project->sort);
    free(project->star_slots);
    free(project);
}
