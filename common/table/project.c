#include "table/project.h"

#include <stdlib.h>

#include "expr/node.h"
#include "json/cursor.h"
#include "json/json.h"
#include "table/sort.h"
#include "table/split.h"
#include "table/star_edit.h"
#include "value/pack.h"

struct project {
    const struct select *select;
    struct select shown; /* what of it is written */
    struct project_options options;
    const struct output_form *form;
    void *output;         /* the form's own */
    struct output_star *stars; /* by item */
    bool clashes;         /* a row may bring a column that another item is called, or nothing to change */
    bool spans_only;      /* all items are plain paths and nothing needs their values */
    bool by_place;        /* rows are written as they come */
    bool apart;           /* each thread collects its own in the form's way */
    bool given;           /* all rows go to the taker */
    struct project_taker taker;
    uint64_t taken;       /* rows for a form that takes them as they come (one thread: project_chunks) */
    struct sort *sort;    /* all writers' rows, merged */
};

struct project_writer {
    struct project *project;
    struct value *items, *keys;
    struct sort *sort;
    struct buffer text;    /* a collected row */
    struct buffer scratch; /* of the form */
    void *rows;            /* of the form, if rows are apart */
    void *taker;           /* of the project's taker, who has the rows; or NULL */
};

static bool is_plain(const struct select *select)
{
    for (size_t i = 0; i < select->count; i++)
        if (select->items[i].change_count > 0)
            return false;
        else if (select->items[i].kind != ITEM_STAR && !select->items[i].path)
            return false;
    return true;
}

uint64_t project_wanted(const struct project *project)
{
    uint64_t wanted = project->form->wanted ? project->form->wanted(project->output) : UINT64_MAX;
    const struct project_options *options = &project->options;
    wanted = options->has_limit && options->limit < wanted ? options->limit : wanted;
    return wanted > UINT64_MAX - options->skip ? UINT64_MAX : wanted + options->skip;
}

uint64_t project_skips(const struct project *project)
{
    return project->by_place ? project->options.skip : 0;
}

static struct sort *sort_start(const struct project *project)
{
    const struct project_options *options = &project->options;
    struct sort_options sort = {.order = options->order->count > 0 ? options->order : NULL, .memory = options->memory,
                                .threads = options->threads};
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
    project->shown = *select;
    project->shown.items += select->hidden;
    project->shown.count -= select->hidden;
    project->output = options->form->start(&project->shown, &options->form_options);
    project->stars = mem_zero(select->count, sizeof *project->stars);
    project->by_place = options->form->row && !options->order;
    project->spans_only = project->by_place && is_plain(select) && !options->qualify && !options->file;
    if (options->order)
        project->sort = sort_start(project);
    return project;
}

void project_star(struct project *project, size_t i, struct output_star star)
{
    project->stars[i] = star;
    project->clashes = project->clashes || project->select->count > 1 || (star.edits && star.edits->deep);
}

bool project_wants_types(const struct project *project)
{
    return project->form->column != NULL;
}

void project_column(struct project *project, size_t column, const struct schema_node *node)
{
    project->form->column(project->output, column, node);
}

void project_give(struct project *project, const struct project_taker *taker)
{
    project->given = taker != NULL;
    if (taker)
        project->taker = *taker;
}

void project_chunks(struct project *project, struct chunks_options *options)
{
    if (!project->by_place || project->given)
        options->out = NULL;
    if (project->options.order || project->given)
        return;
    options->limit = project_wanted(project);
    options->has_limit = options->limit != UINT64_MAX;
    options->skip = project_skips(project);
    project->apart = project->form->apart && project->options.batches && !options->has_limit &&
                     project->options.skip == 0;
    project->spans_only |= project->apart && is_plain(project->select) && !project->options.qualify;
    if (project->apart)
        options->out = project->form->apart->output(project->output);
    else if (!project->by_place)
        options->threads = 1;
}

void project_head(const struct project *project, struct buffer *into)
{
    if (project->form->header)
        project->form->header(project->output, into);
}

void project_header(const struct project *project, struct output *out)
{
    struct buffer head = {0};
    project_head(project, &head);
    output_write(out, head.data, head.len);
    buffer_free(&head);
}

struct project_writer *project_writer_new(struct project *project)
{
    struct project_writer *writer = mem_zero(1, sizeof *writer);
    writer->project = project;
    if (project->given) {
        writer->taker = project->taker.writer_new(project->taker.context);
        return writer;
    }
    writer->items = mem_zero(project->select->count + project->select->change_count, sizeof *writer->items);
    if (project->options.order) {
        writer->keys = mem_zero(project->options.order->count, sizeof *writer->keys);
        writer->sort = sort_start(project);
    }
    if (project->apart)
        writer->rows = project->form->apart->rows_new(project->output);
    return writer;
}

void project_writer_free(struct project_writer *writer)
{
    if (writer->taker)
        writer->project->taker.writer_free(writer->taker);
    if (writer->sort)
        sort_merge(writer->project->sort, writer->sort);
    if (writer->rows)
        writer->project->form->apart->rows_free(writer->rows);
    free(writer->items);
    free(writer->keys);
    buffer_free(&writer->text);
    buffer_free(&writer->scratch);
    free(writer);
}

/* What stands instead of members of a star that stays. */
static void evaluate_changes(struct project_writer *writer, const struct select_item *item, struct row *row)
{
    struct value *values = writer->items + writer->project->select->count;
    for (size_t i = 0; i < item->change_count; i++)
        if (item->changes[i].expr)
            values[item->changes[i].number] = expr_eval(item->changes[i].expr, row);
}

/* The values of all items, in order: later ones may use earlier ones by name. */
static bool evaluate(struct project_writer *writer, struct row *row)
{
    const struct select *select = writer->project->select;
    row->items = writer->items;
    for (size_t i = 0; i < select->count; i++) {
        if (select->change_count > 0)
            evaluate_changes(writer, &select->items[i], row);
        if (select->items[i].kind == ITEM_STAR)
            continue;
        writer->items[i] = expr_eval(select->items[i].expr, row);
        if (row->error)
            return false;
    }
    return true;
}

/* A member's name that another item has, too: of the row itself only where stars stay. */
static bool is_called(const struct project *project, const struct row *row, size_t star, struct span key)
{
    const struct select *select = project->select;
    for (size_t i = 0; i < select->count; i++) {
        const struct select_item *item = &select->items[i];
        if (item->kind != ITEM_STAR && json_string_equal(key, item->name, item->name_len))
            return true;
        struct span other = {0};
        if (item->kind == ITEM_STAR && i > star)
            other = pack_container(row->slots[project->stars[i].slot]);
        if (other.type != SPAN_OBJECT)
            continue;
        struct value name = value_from_span(key, row->arena);
        struct json_cursor cursor = json_cursor_into(other);
        struct span member, value;
        while (json_cursor_member(&cursor, &member, &value)) {
            const struct star_edit *edit = star_edit_find(project->stars[i].edits, member);
            if (!(edit && edit->gone) && json_string_equal(member, name.text, name.len))
                return true;
        }
    }
    return false;
}

/* A star's members are the row's own: two columns of one name, and changes within arrays, show only here. */
static bool check_star(const struct project *project, struct row *row, size_t number)
{
    const struct output_star *star = &project->stars[number];
    bool is_star = project->select->items[number].kind == ITEM_STAR;
    struct span object = pack_container(row->slots[is_star ? star->slot : project->select->items[number].slot]);
    const struct star_edit *failed = star->edits ? star_edit_fails(object, star->edits) : NULL;
    if (failed) {
        row_fail(row, "%.*s is an array: replace reaches into structs only; transform(…) changes elements",
                 (int)failed->key_len, failed->key ? failed->key : "");
        return false;
    }
    if (!is_star || object.type != SPAN_OBJECT || project->select->count == 1)
        return true;
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    while (json_cursor_member(&cursor, &key, &value)) {
        const struct star_edit *edit = star_edit_find(star->edits, key);
        bool spread = star->leaves && value.type == SPAN_OBJECT && !json_empty(value);
        if ((edit && edit->gone) || spread || !is_called(project, row, number, key))
            continue;
        row_fail(row, "two columns are called %.*s; name one with as, or leave one out: * except (…)",
                 key.len < 150 ? (int)key.len : 150, key.text);
        return false;
    }
    return true;
}

static bool check_stars(const struct project *project, struct row *row)
{
    for (size_t i = 0; project->clashes && i < project->select->count; i++)
        if ((project->select->items[i].kind == ITEM_STAR || project->stars[i].edits) && !check_star(project, row, i))
            return false;
    return true;
}

static void write_row(struct project_writer *writer, const struct row *row, bool spaced, struct buffer *into)
{
    const struct project *project = writer->project;
    size_t hidden = project->select->hidden;
    const struct output_row out = {.slots = row->slots, .items = writer->items + hidden,
                                   .stars = project->stars + hidden, .spaced = spaced, .scratch = &writer->scratch};
    if (!project->apart) {
        project->form->row(project->output, &out, into);
        return;
    }
    project->form->apart->add(writer->rows, &out, row->arena);
    project->form->apart->put(writer->rows, false, into);
}

/* The same for its file, where there are several; false, and nothing was written: row->error. */
static bool put_row(struct project_writer *writer, struct row *row, bool spaced, struct buffer *into)
{
    const struct file_name *file = writer->project->options.file;
    size_t begun = file ? split_begin(file, row, into) : 0;
    if (row->error) {
        into->len = begun;
        return false;
    }
    write_row(writer, row, spaced, into);
    if (file)
        split_end(begun, into);
    return true;
}

/* A row that waits to be written: its text, or its values for a form that takes these. */
static bool keep_row(struct project_writer *writer, struct row *row, bool spaced, uint64_t place, uint64_t part)
{
    writer->text.len = 0;
    if (writer->project->options.places)
        buffer_add_format(&writer->text, "%016llx%016llx\t", (unsigned long long)place, (unsigned long long)part);
    if (writer->project->form->row)
        return put_row(writer, row, spaced, &writer->text);
    for (size_t i = writer->project->select->hidden; i < writer->project->select->count; i++)
        pack_value(&writer->text, &writer->items[i]);
    return true;
}

bool project_row(struct project_writer *writer, struct row *row, bool spaced, uint64_t place, uint64_t part,
                 struct result *result)
{
    struct project *project = writer->project;
    if (writer->taker) {
        if (!project->taker.take(writer->taker, row, spaced, place, part))
            return false;
        result_row(result);
        return true;
    }
    if (!project->spans_only && !evaluate(writer, row))
        return false;
    if (project->options.qualify && !expr_true(project->options.qualify, row))
        return !row->error;
    if (!check_stars(project, row))
        return false;
    if (project->by_place || project->apart) {
        if (!put_row(writer, row, spaced, &result->out))
            return false;
    } else if (project->options.order) {
        const struct order *order = project->options.order;
        for (size_t i = 0; i < order->count; i++)
            writer->keys[i] = expr_eval(order->keys[i].expr, row);
        if (row->error || !keep_row(writer, row, spaced, place, part))
            return false;
        sort_add(writer->sort, writer->keys, place, part, writer->text.data, writer->text.len);
    } else if (project->taken++ >= project->options.skip &&
               (!project->options.has_limit || project->taken - project->options.skip <= project->options.limit)) {
        /* a batch may hold rows beyond the limit that chunks ends at */
        project->form->take(project->output, writer->items + project->select->hidden);
    }
    result_row(result);
    return true;
}

void project_end_batch(struct project_writer *writer, struct result *result)
{
    if (writer->rows)
        writer->project->form->apart->put(writer->rows, true, &result->out);
}

void project_deliver(struct project *project, const struct result *result)
{
    if (project->apart)
        project->form->apart->come(project->output, result->out.data, result->out.len);
}

bool project_gone(struct project_writer *writer, struct row *row, size_t count, struct buffer *into)
{
    const struct project *project = writer->project;
    if (!project->form->gone)
        return false;
    row->items = writer->items;
    for (size_t i = 0; i < count; i++)
        writer->items[i] = expr_eval(project->select->items[i].expr, row);
    const struct output_row out = {.slots = row->slots, .items = writer->items, .spaced = true,
                                   .scratch = &writer->scratch};
    if (!row->error)
        project->form->gone(project->output, &out, count, into);
    return !row->error;
}

bool project_try(struct project_writer *writer, struct row *row)
{
    const struct order *order = writer->project->options.order;
    if (writer->taker)
        return true;
    if (!evaluate(writer, row) || !check_stars(writer->project, row))
        return false;
    for (size_t i = 0; order && i < order->count; i++)
        expr_eval(order->keys[i].expr, row);
    writer->text.len = 0;
    if (writer->project->options.file)
        file_name_write(writer->project->options.file, row, &writer->text);
    return !row->error;
}

bool project_collects(const struct project *project)
{
    return !project->by_place || project->given;
}

bool project_can_fail(const struct project *project)
{
    return !project->spans_only || project->clashes;
}

static void sorted_to_form(struct project *project)
{
    struct value *values = mem_zero(project->select->count, sizeof *values);
    const char *row;
    size_t len;
    while (sort_next(project->sort, &row, &len)) {
        struct unpack from = {.at = row, .end = row + len};
        for (size_t i = 0; i < project->shown.count; i++)
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
    const char *row;
    size_t len;
    for (uint64_t i = 0; project->sort && complete && i < project->options.skip; i++)
        if (!sort_next(project->sort, &row, &len))
            break;
    if (project->sort && complete && project->form->take)
        sorted_to_form(project);
    else if (project->sort && complete)
        sorted_to_output(project, out);
    project->form->finish(project->output, complete, complete || !project->sort ? out : NULL);
    sort_free(project->sort);
    free(project->stars);
    free(project);
}
