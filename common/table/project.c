#include "table/project.h"

#include <stdlib.h>

#include "json/json.h"
#include "table/sort.h"
#include "table/star.h"
#include "value/pack.h"
#include "value/tsv.h"


struct project {
    const struct select *select;
    struct project_options options;
    struct buffer *heads; /* NDJSON: ["{" or ","] "name": of each item */
    size_t *star_slots;
    bool spans_only;      /* all items are plain paths and nothing needs their values */
    bool by_place;        /* rows are written as they come */
    struct table *table;
    uint64_t shown;       /* rows given to the table as they came (one thread: project_chunks) */
    struct sort *sort;    /* all writers' rows, merged */
};

struct project_writer {
    struct project *project;
    struct value *items, *keys;
    struct sort *sort;
    struct buffer text; /* a collected row */
    struct buffer name; /* of a star's member */
};

static bool is_plain(const struct select *select)
{
    for (size_t i = 0; i < select->count; i++)
        if (select->items[i].kind != ITEM_STAR && !select->items[i].path)
            return false;
    return true;
}

/* Rows the table needs: one more than shown tells that there are more. */
static uint64_t table_limit(const struct project_options *options)
{
    uint64_t limit = (uint64_t)options->table.rows + 1;
    return options->has_limit && options->limit < limit ? options->limit : limit;
}

static void write_heads(struct project *project)
{
    for (size_t i = 0; i < project->select->count; i++) {
        const struct select_item *item = &project->select->items[i];
        if (item->kind == ITEM_STAR)
            continue;
        buffer_add_char(&project->heads[i], i == 0 ? '{' : ',');
        json_encode(item->name, item->name_len, &project->heads[i]);
        buffer_add_char(&project->heads[i], ':');
    }
}

static struct sort *sort_start(const struct project *project)
{
    const struct project_options *options = &project->options;
    struct sort_options sort = {.order = options->order->count > 0 ? options->order : NULL, .memory = options->memory};
    sort.has_limit = options->has_limit || project->table;
    sort.limit = project->table ? table_limit(options) : options->limit;
    return sort_new(&sort);
}

struct project *project_new(const struct select *select, const struct project_options *options)
{
    struct project *project = mem_zero(1, sizeof *project);
    project->select = select;
    project->options = *options;
    project->heads = mem_zero(select->count, sizeof *project->heads);
    project->star_slots = mem_zero(select->count, sizeof *project->star_slots);
    project->spans_only = options->form != PROJECT_TABLE && !options->order && is_plain(select);
    project->by_place = options->form != PROJECT_TABLE && !options->order;
    write_heads(project);
    if (options->form == PROJECT_TABLE) {
        const char **names = mem_zero(select->count, sizeof *names);
        size_t *lens = mem_zero(select->count, sizeof *lens);
        for (size_t i = 0; i < select->count; i++) {
            names[i] = select->items[i].name;
            lens[i] = select->items[i].name_len;
        }
        project->table = table_start(&options->table, names, lens, select->count);
        free(names);
        free(lens);
    }
    if (options->order)
        project->sort = sort_start(project);
    return project;
}

void project_star_slot(struct project *project, size_t i, size_t slot)
{
    project->star_slots[i] = slot;
}

struct table *project_table(const struct project *project)
{
    return project->table;
}

void project_chunks(const struct project *project, struct chunks_options *options)
{
    const struct project_options *own = &project->options;
    if (own->order) {
        options->out = NULL;
    } else if (project->table) {
        options->out = NULL;
        options->threads = 1;
        options->has_limit = true;
        options->limit = table_limit(own);
    } else {
        options->has_limit = own->has_limit;
        options->limit = own->limit;
    }
}

void project_header(const struct project *project, struct output *out)
{
    if (project->options.form != PROJECT_TSV || !project->options.header || project->select->count == 0)
        return;
    struct buffer line = {0};
    for (size_t i = 0; i < project->select->count; i++) {
        if (i > 0)
            buffer_add_char(&line, '\t');
        tsv_encode(project->select->items[i].name, project->select->items[i].name_len, &line);
    }
    buffer_add_char(&line, '\n');
    output_write(out, line.data, line.len);
    buffer_free(&line);
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
    buffer_free(&writer->name);
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

static void write_tsv(struct project_writer *writer, const struct row *row, bool spaced, struct buffer *into)
{
    const struct project *project = writer->project;
    const struct select *select = project->select;
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (i > 0)
            buffer_add_char(into, '\t');
        if (item->path)
            span_write_tsv(row->slots[item->slot], spaced, project->options.null, into);
        else
            value_write_tsv(&writer->items[i], project->options.null, into);
    }
    buffer_add_char(into, '\n');
}

/* The members that STAR item i stands for in this row, each behind a comma. */
static void write_star(struct project_writer *writer, size_t i, const struct row *row, bool spaced, struct buffer *into)
{
    const struct project *project = writer->project;
    bool leaves = !project->select->items[i].path;
    star_write_members(row->slots[project->star_slots[i]], leaves, spaced, &writer->name, into);
}

static void write_json(struct project_writer *writer, const struct row *row, bool spaced, struct buffer *into)
{
    const struct project *project = writer->project;
    const struct select *select = project->select;
    size_t start = into->len;
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (item->kind == ITEM_STAR) {
            write_star(writer, i, row, spaced, into);
            continue;
        }
        buffer_add(into, project->heads[i].data, project->heads[i].len);
        if (item->path)
            span_write_json(row->slots[item->slot], spaced, into);
        else
            value_write_json(&writer->items[i], into);
    }
    if (into->len == start)
        buffer_add_char(into, '{');
    else
        into->data[start] = '{'; /* a star's members come with a comma before each */
    buffer_add_text(into, "}\n");
}

static void write_row(struct project_writer *writer, const struct row *row, bool spaced, struct buffer *into)
{
    if (writer->project->options.form == PROJECT_JSON)
        write_json(writer, row, spaced, into);
    else if (writer->project->options.form == PROJECT_TSV)
        write_tsv(writer, row, spaced, into);
    else
        for (size_t i = 0; i < writer->project->select->count; i++)
            pack_value(into, &writer->items[i]);
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
        writer->text.len = 0;
        write_row(writer, row, spaced, &writer->text);
        sort_add(writer->sort, writer->keys, place, part, writer->text.data, writer->text.len);
    } else if (!project->options.has_limit || project->shown < project->options.limit) {
        /* a batch may hold rows beyond the limit that chunks ends at */
        table_row(project->table, writer->items);
        project->shown++;
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

static void sorted_to_table(struct project *project)
{
    struct value *values = mem_zero(project->select->count, sizeof *values);
    const char *row;
    size_t len;
    while (sort_next(project->sort, &row, &len)) {
        struct unpack from = {.at = row, .end = row + len};
        for (size_t i = 0; i < project->select->count; i++)
            values[i] = unpack_value(&from);
        table_row(project->table, values);
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
    if (project->sort && complete && project->table)
        sorted_to_table(project);
    else if (project->sort && complete)
        sorted_to_output(project, out);
    if (project->table) {
        struct buffer text = {0};
        table_finish(project->table, complete || !project->sort ? &text : NULL);
        output_write(out, text.data, text.len);
        buffer_free(&text);
    }
    if (project->sort)
        sort_free(project->sort);
    for (size_t i = 0; i < project->select->count; i++)
        buffer_free(&project->heads[i]);
    free(project->heads);
    free(project->star_slots);
    free(project);
}
